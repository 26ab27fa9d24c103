"""Sound by libsndfile, from tensors whose first axis is time."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
import soundfile

from dlcli.errors import DlcliError
from dlcli.tensor import Array, Tensor
from dlcli.words.axes import by_role

BLOCK = 1 << 16  # samples that are looked at and written at once
MOST_CHANNELS = {"WAV": 1024, "FLAC": 8, "OGG": 255}


def write_audio(tensor: Tensor, file: BinaryIO, *, format: str) -> str | None:
    """Write a tensor (time,) or (time, channel) as WAV, FLAC or OGG (Vorbis), numbers from -1 to 1.

    The rate is ``attrs["sample_rate"]``, or one over the step of a time axis in seconds. WAV and FLAC take 16
    bits a sample when that is exact, as it is for what was read from 16 bits, and 24 otherwise. Returns a
    sentence when samples beyond full scale were clipped. Raises ``DlcliError`` when the tensor is no sound.
    """
    tensor = by_role(tensor, ("time",), ("channel",))
    data, rate = _samples(tensor, format), sample_rate(tensor)
    subtype = "VORBIS" if format == "OGG" else "PCM_16" if _fits_16_bits(data) else "PCM_24"
    channels = 1 if data.ndim == 1 else data.shape[1]
    clipped, peak = 0, 0.0
    try:
        with soundfile.SoundFile(file, "w", rate, channels, subtype, format=format) as sound:
            for start in range(0, len(data), BLOCK):
                block = _as_float(data[start : start + BLOCK])
                sizes = np.abs(block)
                clipped += int(np.count_nonzero(sizes > 1))
                peak = max(peak, float(sizes.max()))
                sound.write(block.clip(-1, 1))
    except (soundfile.SoundFileError, ValueError) as error:
        raise DlcliError(
            f"libsndfile cannot write {tensor.describe()} at {rate} Hz as {format}: {error}"
        ) from error
    if not clipped:
        return None
    return f"{clipped} samples beyond full scale were clipped to ±1 (the largest was {peak:g})"


def sample_rate(tensor: Tensor) -> int:
    """Samples a second of a sound. Raises ``DlcliError`` when neither attributes nor time axis tell."""
    rate = tensor.attrs.get("sample_rate")
    axis = tensor.axes[0]
    if rate is None and axis.step and axis.unit == "s":
        rate = 1 / axis.step
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0.5 <= rate < 2**31:
        told = "none" if rate is None else repr(rate)
        raise DlcliError(
            f"a sound file needs a sample rate: attribute sample_rate in hertz, or a time axis in seconds; "
            f"{tensor.describe()} has {told}"
        )
    return round(rate)


def _samples(tensor: Tensor, format: str) -> Array:
    data = tensor.data
    if data.dtype.kind == "c":
        raise DlcliError(
            f"complex numbers are no sound; bring {tensor.name} back with istft, or write a .npy"
        )
    if data.ndim not in (1, 2) or 0 in data.shape:
        raise DlcliError(f"a sound is (time) or (time, channel), not empty; received {tensor.describe()}")
    if data.ndim == 2 and data.shape[1] > MOST_CHANNELS[format]:
        raise DlcliError(
            f"a {format} file has at most {MOST_CHANNELS[format]} channels; received {tensor.describe()}"
        )
    if data.dtype.kind == "f" and not np.isfinite(data).all():
        raise DlcliError(f"a sound has finite numbers; {tensor.describe()} has NaN or infinity")
    return data


def _as_float(block: Array) -> Array:
    """Floats as they are; integers of 8, 16 or 32 bits as the share of their full scale."""
    if block.dtype.kind == "f":
        return block if block.dtype.itemsize > 2 else block.astype(np.float32)
    if block.dtype == np.uint8:
        return (block.astype(np.float32) - 128) / 128
    if block.dtype in (np.int8, np.int16, np.int32):
        return block.astype(np.float64) / -float(np.iinfo(block.dtype).min)
    return block.astype(np.float64)


def _fits_16_bits(data: Array) -> bool:
    """Whether every sample is a whole number of 1 / 32768 below full scale."""
    for start in range(0, len(data), BLOCK):
        steps = _as_float(data[start : start + BLOCK]) * 32768
        if not (np.array_equal(steps, np.rint(steps)) and steps.max() <= 32767 and steps.min() >= -32768):
            return False
    return True
