"""Sets of data as inputs of a command: pictures or rows of numbers, most often with labels."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlcli.errors import WrongUsage, printable
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block, Reading
from dlcli.tensor import Attr, Tensor
from dlcli.wire.datasets.array_files import files_of_arrays
from dlcli.wire.datasets.words import BUILT_IN, is_data, is_labelled
from dlcli.wire.stream import Limits

if TYPE_CHECKING:
    from dlcli.wire.datasets.dataset import DataSet


@dataclass(frozen=True)
class Data:
    """A set of data that was named on a command line."""

    set: DataSet
    attrs: Mapping[str, Attr]

    @property
    def name(self) -> str:
        """What file names call it."""
        if len(self.set.shape) == 3:
            return "pictures"
        return "sequences" if self.set.sequences else "rows"


def data_sets(
    word: str, environment: Environment, limits: Limits, block: Block | None = None, *, series: bool = False
) -> Iterator[Data]:
    """The set of one word; with ``series`` tables and arrays are such."""
    from dlcli.commands.kinds.sounds.words_heard import open_set

    found = open_set(word, limits=limits, say=environment.say, stdin=environment.stdin, series=series)
    yield Data(found, {"source": word, **found.origin})


def named_once(words: tuple[str, ...], say: Callable[[str], None]) -> tuple[str, ...]:
    """Words of which each names another set: of ``x.npy y.npy``, which are one, the first is left.

    Raises ``WrongUsage`` for an array named beside others that belongs to no set with labels.
    """
    arrays = [word for word in words if word.lower().endswith(".npy") and os.path.isfile(word)]
    if len(arrays) < 2:
        return words
    for word in arrays:
        if not {"y", "y_train"} & set(files_of_arrays(word)):
            raise WrongUsage(
                f"{printable(word)} belongs to no set: inputs and labels of .npy are found by their names, "
                "in one folder, as x.npy and y.npy or NAME-x.npy and NAME-y.npy; name the x file alone"
            )
    return _once(words, arrays, say)


def _once(words: tuple[str, ...], arrays: Sequence[str], say: Callable[[str], None]) -> tuple[str, ...]:
    """The words without .npy files of a set that another of these ``arrays`` has named."""
    named: dict[frozenset[str], str] = {}
    kept = []
    for word in words:
        if word in arrays:
            first = named.setdefault(frozenset(map(os.path.realpath, files_of_arrays(word).values())), word)
            if first != word:
                say(f"dlcli: {printable(word)} is of the same set as {printable(first)}: it is read once")
                continue
        kept.append(word)
    return tuple(kept)


def _sets_once(words: tuple[str, ...], say: Callable[[str], None]) -> tuple[str, ...]:
    """The same among words that need not name sets."""
    arrays = [word for word in words if word.lower().endswith(".npy")]
    return words if len(arrays) < 2 else _once(words, list(filter(is_data, arrays)), say)


#: What learns reads sets.
DATA = Reading(
    data_sets,
    "a set of data such as sample:digits, shapes:2000 or a folder with one folder for each class",
    names=lambda: BUILT_IN,
    metavar="DATA",
    once=named_once,
)


def piped_text(environment: Environment, limits: Limits) -> tuple[str | None, Environment]:
    """The text at standard input, None where it is none; and an environment in which it is still there."""
    from dlcli.wire.sniff import kind_of
    from dlcli.wire.stream import STANDARD_INPUT, Source
    from dlcli.wire.typed.text import read_text

    if environment.stdin is None:
        return None, environment
    source = Source(environment.stdin, STANDARD_INPUT)
    if source.at_end() or kind_of(source) != "text":
        return None, replace(environment, stdin=source.whole())
    text = read_text(source, limits=limits)
    return text, replace(environment, stdin=io.BytesIO(text.encode()))


def or_data(reading: Reading, typed: str = "") -> Reading:
    """A reading that takes a word for the set of data that it names, and every other word as before.

    ``typed`` is what can be typed now. Nothing of a set is loaded for a word that names none.
    """

    def items(
        word: str, environment: Environment, limits: Limits, block: Block | None = None
    ) -> Iterator[Tensor | Data]:
        labelled = False
        if word == "-":
            text, environment = piped_text(environment, limits)
            labelled = text is not None and is_labelled(text)
        read = data_sets if labelled or is_data(word) else reading.items
        yield from read(word, environment, limits, block)

    return replace(
        reading, items=items, typed=typed or reading.typed, names=lambda: BUILT_IN, once=_sets_once
    )
