"""A folder with a folder of recordings for each word."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import BinaryIO, cast

import numpy as np

from dlcli.errors import BadData, printable
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import DataSet
from dlcli.wire.datasets.folder import TEST, TRAIN, folders_in, walk
from dlcli.wire.datasets.sounds import sound_set, too_short
from dlcli.wire.sniff import promised
from dlcli.wire.stream import Limits, Source
from dlcli.words.near import some
from dlcli.words.number import counted

NAMED = 3  # files that are named of those that are passed over


def holds_sounds(path: str) -> bool:
    """Whether the first file below a folder that is a picture or a sound by its name is a sound."""
    for name in folders_in(path):
        for file in walk(path, name):
            if (kind := promised(file)) in ("image", "audio"):
                return kind == "audio"
    return False


def read_sound_folder(path: str, word: str, *, limits: Limits, say: Callable[[str], None]) -> DataSet:
    """The recordings below a folder, their classes the folders in it, in the order of their names.

    Where these are called train and test (or val), the classes are in there, and the second is held out.
    Raises ``BadData`` where there is no recording, for different sample rates, and for a class of what is
    held out that is not learnt.
    """
    where, names = printable(word), {name.lower(): name for name in folders_in(path)}
    train = next((names[name] for name in TRAIN if name in names), None)
    test = next((names[name] for name in TEST if train is not None and name in names), None)
    root = path if train is None else os.path.join(path, train)
    classes = tuple(folders_in(root))
    learnt = _recordings(root, classes, where, limits, say)
    held, rates = None, {**learnt.rates}
    if test is not None:
        other = os.path.join(path, test)
        unknown = [name for name in folders_in(other) if name not in classes]
        if unknown:
            raise BadData(
                f"{where}: {printable(test)} has a folder '{printable(unknown[0])}', which is none of the "
                f"classes {some(tuple(map(printable, classes)), 6)}"
            )
        apart = _recordings(other, tuple(folders_in(other)), where, limits, say, numbers=classes)
        held, rates = (apart.sounds, apart.labels), {**rates, **apart.rates}
    if len(rates) > 1:
        (a, first), (b, second) = list(rates.items())[:2]
        raise BadData(
            f"{where}: {printable(first)} has {a} samples a second, {printable(second)} {b}; another program "
            f"brings them together: ffmpeg -i {printable(second)} -ar {a} converted.wav"
        )
    (rate,) = rates
    return sound_set(word, learnt.sounds, rate, learnt.labels, tuple(map(printable, classes)), held)


class _Read:
    """Recordings, the numbers of their classes, and for each sample rate a file that has it."""

    def __init__(self) -> None:
        self.sounds: list[Array] = []
        self.numbers: list[int] = []
        self.rates: dict[int, str] = {}

    @property
    def labels(self) -> Array:
        return np.array(self.numbers, np.int64)


def _recordings(
    root: str, classes: Sequence[str], where: str, limits: Limits, say: Callable[[str], None],
    *, numbers: Sequence[str] = (),
) -> _Read:  # fmt: skip
    from dlcli.wire.sounds.audio import read_audio

    found, skipped, mixed = _Read(), [], 0
    for name in classes:
        for file in walk(root, name):
            try:
                with open(os.path.join(root, file), "rb", buffering=0) as raw:
                    sound = read_audio(Source(cast(BinaryIO, raw), file), limits=limits)
            except BadData as error:
                skipped.append(str(error))
                continue
            except OSError as error:
                skipped.append(f"{printable(file)}: cannot be read: {os.strerror(error.errno or 0)}")
                continue
            rate = int(sound.attrs["sample_rate"])
            if short := too_short(len(sound.data), rate):
                skipped.append(f"{printable(file)}: {short}")
                continue
            mixed += sound.data.ndim > 1
            samples = sound.data if sound.data.ndim == 1 else sound.data.mean(axis=1)
            found.sounds.append(samples.astype(np.float32))
            found.numbers.append((numbers or classes).index(name))
            found.rates.setdefault(rate, file)
    if skipped:
        more = f"; and {len(skipped) - NAMED} more" * (len(skipped) > NAMED)
        say(f"{where}: {counted(len(skipped), 'file')} passed over: {'; '.join(skipped[:NAMED])}{more}")
    if mixed:
        say(f"{where}: {counted(mixed, 'recording')} with several channels: their mean is taken")
    if not found.sounds:
        raise BadData(f"{where}: no recording in its folders {some(tuple(map(printable, classes)), 6)}")
    return found
