"""Recorded words as nets see them: log-mel frames, (frame, mel), of sets and of single sounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from dlcli.commands.kinds.sounds.sound import sound_of
from dlcli.engines.spectral.decibels import LEAST_POWER
from dlcli.errors import DlcliError
from dlcli.tensor import Array, Axis, Tensor
from dlcli.wire.datasets.sounds import FRAME, in_window
from dlcli.wire.stream import Limits
from dlcli.words.axes import reordered

if TYPE_CHECKING:
    from dlcli.runner.result import Run
    from dlcli.wire.datasets.dataset import DataSet

#: Seconds from frame to frame, and the mel filters.
HOP, MELS = 0.01, 40

#: Bytes of frames that are kept rather than computed anew in each epoch.
KEPT = 1 << 27


def open_set(
    word: str,
    *,
    limits: Limits,
    say: Callable[[str], None] = lambda _: None,
    stdin: BinaryIO | None = None,
    series: bool = False,
) -> DataSet:
    """``open_data``, sounds as log-mel frames."""
    from dlcli.wire.datasets.read import open_data

    return in_frames(open_data(word, limits=limits, say=say, stdin=stdin, series=series))


def in_frames(data: DataSet) -> DataSet:
    """A set of sounds (time, 1) as one of frames (frame, mel); any other as it is."""
    if not data.sound:
        return data
    sound = framing_of(int(data.sound["sample_rate"]), data.shape[0])
    count = data.shape[0] // sound["hop"] + 1
    shape = count, MELS
    known: dict[tuple[int, int], Array] = {}
    room = KEPT // (4 * count * MELS)
    draw = data.vary
    assert draw is not None

    def vary(at: Array, variants: Array) -> Array:
        made = np.empty((len(at), *shape), np.float32)
        for row, place, variant in zip(made, at.tolist(), variants.tolist(), strict=True):
            found = known.get((place, variant))
            if found is None:
                found = frames_of(draw(np.array([place]), np.array([variant]))[0, :, 0], sound)
                if len(known) < room:
                    known[place, variant] = found
            row[...] = found
        return made

    def take(at: Array) -> Array:
        return vary(at, np.zeros(len(at), np.int64))

    held = None if data.held_out is None else in_frames(data.held_out)
    return replace(
        data, shape=shape, dtype=np.dtype(np.float32), take=take, vary=vary, held_out=held, sound=sound
    )


def framing_of(rate: int, samples: int) -> dict[str, Any]:
    """What a file keeps of the frames of sounds of so many samples."""
    frame, hop = round(FRAME * rate), round(HOP * rate)
    return {"sample_rate": rate, "samples": samples, "frame": frame, "hop": hop, "mels": MELS}


def frames_of(x: Array, sound: Mapping[str, Any]) -> Array:
    """The frames (frame, mel) of a sound (time,)."""
    from dlcli.engines.spectral.log_mel import log_mel

    rate, frame, hop, mels = (sound[name] for name in ("sample_rate", "frame", "hop", "mels"))
    return log_mel(x.astype(np.float32, copy=False), rate, frame=frame, hop=hop, mels=mels).T


def spoken(x: Tensor, sound: Mapping[str, Any], net: str, run: Run) -> Tensor:
    """One input of a net that knows words, (frame, mel): of a sound, or of log-mel frames of ``stft``.

    ``sound`` is what the net's file keeps of the frames, ``net`` its name in messages. Any other tensor stays
    as it is. Raises ``DlcliError`` for sounds and frames that are others than those that it has learnt from.
    """
    if "mels" not in sound:
        return x
    rate, samples, hop = (sound[name] for name in ("sample_rate", "samples", "hop"))
    if set(x.axis_names) == {"mel", "frame"}:
        return _frames(x, sound, net)
    if x.axis_names[:1] not in (("time",), ("sample",)) or x.data.ndim > 2:
        return x
    heard = sound_of(x)
    if heard.channel is not None and heard.samples.shape[1] > 1:
        raise DlcliError(
            f"{net} hears one channel; received {x.describe()}: dlcli tensor … --index :,0 takes one"
        )
    if heard.rate not in (None, rate):
        raise DlcliError(
            f"{net} hears {rate} samples a second; received {heard.rate:g}; another program converts it: "
            f"ffmpeg -i word.wav -ar {rate} converted.wav"
        )
    word = heard.samples.reshape(-1)
    if len(word) > samples:
        run.warn(
            f"{x.describe()} is longer than the {samples / rate:g} s of a word: the middle of it is taken; "
            "cut out the word"
        )
        first = (len(word) - samples) // 2
        word = word[first : first + samples]
    found = frames_of(in_window(np.asarray(word, np.float64), samples, None), sound)
    return Tensor(
        found, (Axis("time", start=0.0, step=hop / rate, unit="s"), Axis("mel")), "log-mel", x.attrs
    )


def _frames(x: Tensor, sound: Mapping[str, Any], net: str) -> Tensor:
    """Frames that came by a pipe, turned; another framing than that which was learnt from is refused."""
    rate, frame, hop, mels = (sound[name] for name in ("sample_rate", "frame", "hop", "mels"))
    line = (
        f"dlcli stft word.wav --frame {1000 * frame / rate:g}ms --hop {1000 * hop / rate:g}ms --mels {mels}"
    )
    line += " --emit log-mel"
    if x.name != "log-mel" and x.attrs.get("quantity") != "db":
        raise DlcliError(f"{net} takes log-mel frames; received {x.describe()}: {line}")
    x = reordered(x, (1, 0)) if x.axis_names[0] == "mel" else x
    told = {
        "sample_rate": rate, "frame": frame, "hop": hop, "n_fft": frame, "window": "hann", "center": True,
        "mel_scale": "slaney", "mel_norm": "slaney", "fmin": 0, "fmax": rate / 2, "ref": 1, "top_db": "none",
    }  # fmt: skip
    other = {name: x.attrs[name] for name, value in told.items() if x.attrs.get(name, value) != value}
    if x.shape[1] != mels:
        other["mels"] = x.shape[1]
    if other:
        had = ", ".join(f"{name} {value}" for name, value in other.items())
        want = ", ".join(f"{name} {told.get(name, mels)}" for name in other)
        raise DlcliError(f"the frames have {had}, and {net} has learnt from {want}: {line}")
    count = sound["samples"] // hop + 1
    first = max(len(x.data) - count, 0) // 2
    kept = x.data[first : first + count]
    made = np.full((count, mels), 10 * np.log10(LEAST_POWER), kept.dtype)
    first = (count - len(kept)) // 2
    made[first : first + len(kept)] = kept
    return Tensor(made, (Axis("time"), Axis("mel")), x.name, x.attrs)
