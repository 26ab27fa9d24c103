"""Sound by libsndfile: every sample a number from -1 to 1, every position a time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO

import soundfile

from dlcli.tensor import Axis, Tensor
from dlcli.wire.limits import Limits
from dlcli.wire.stream import Source

#: Sample formats that float32 cannot hold exactly.
WIDE = {"DOUBLE", "PCM_32"}


def read_audio(source: Source, *, limits: Limits) -> Tensor:
    """The sound in an input: (time,), or (time, channel), in float32 (float64 for 32-bit and double samples).

    WAV, FLAC, OGG, AIFF and MP3. The time axis counts in seconds; ``attrs["sample_rate"]`` is in hertz.
    Raises ``BadData`` for bytes that are no sound, for a sound without a sample or a rate, for one that is
    cut short, and for more data than allowed.
    """
    try:
        with _on_disk(source, limits) as disk, soundfile.SoundFile(disk.fileno(), closefd=False) as file:
            rate, frames, channels = file.samplerate, file.frames, file.channels
            kind = "float64" if file.subtype in WIDE else "float32"
            size = frames * channels * (8 if kind == "float64" else 4)
            if rate <= 0:
                source.bad(f"the sound has a sample rate of {rate} Hz; expected at least 1")
            if frames <= 0:
                source.bad("the sound has no sample")
            if size > limits.max_bytes:
                source.bad(
                    f"the sound takes {size} bytes, more than the {limits.max_bytes} allowed; "
                    "raise --max-bytes to read it"
                )
            data = file.read(dtype=kind, always_2d=channels > 1)
    except (soundfile.SoundFileError, OSError, RuntimeError, ValueError, OverflowError):
        source.bad("not a sound that dlcli reads, or one that is cut short: WAV, FLAC, OGG, AIFF or MP3")
    except MemoryError:
        source.bad("the sound needs more than this machine's memory")
    if len(data) != frames:
        source.bad(f"the sound is cut short: {len(data)} of its {frames} samples")
    axes = [Axis("time", start=0.0, step=1 / rate, unit="s")]
    if channels > 1:
        names = ("left", "right") if channels == 2 else tuple(str(i + 1) for i in range(channels))
        axes.append(Axis("channel", names))
    return Tensor(data, tuple(axes), "audio", {"sample_rate": rate})


@contextmanager
def _on_disk(source: Source, limits: Limits) -> Iterator[BinaryIO]:
    """The input as a file with a descriptor, which libsndfile reads by itself; a pipe is copied into one."""
    file = source.seekable(limits.max_bytes)
    try:
        file.fileno()
    except OSError:
        with TemporaryFile() as copy:
            shutil.copyfileobj(file, copy)
            copy.seek(0)
            yield copy
    else:
        yield file
