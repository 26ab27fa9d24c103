"""A spectrum that comes in blocks, one tensor after the other, and the sound that they add up to."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.istft_stream import IstftStream
from dlcli.engines.spectral.stft_plan import Plan
from dlcli.errors import DlcliError
from dlcli.tensor import Tensor


class Blocks:
    """Takes the blocks in their order and keeps their sound, which is a fraction of what they take."""

    def __init__(self, plan: Plan) -> None:
        self.stream = IstftStream.of(plan)
        self.parts: list[Array] = []
        self.count = 0
        self.samples: int | None = 0  # of the sound that the blocks were made of, when they say so

    def add(self, tensor: Tensor) -> None:
        """One more block.

        Raises ``DlcliError`` for one whose turn it is not, and for sizes without phases.
        """
        number = tensor.attrs["block"]
        if number != self.count:
            raise DlcliError(f"block {number!r} of a spectrum came where block {self.count} was due")
        if tensor.data.dtype.kind != "c":
            raise DlcliError(
                "Griffin-Lim looks for the phases of a whole spectrum; this is one block of many: "
                "leave out --block in stft"
            )
        self.parts.append(self.stream.feed(tensor.data))
        self.count += 1
        samples = tensor.attrs.get("samples")
        if self.samples is None or not isinstance(samples, int) or isinstance(samples, bool):
            self.samples = None
        else:
            self.samples += samples

    def sound(self, length: int | None, uncovered: str) -> Array:
        """All samples, or ``length`` of them."""
        if length is None or length > self.stream.samples:
            self.parts.append(self.stream.finish(length=length, uncovered=uncovered))
        whole: Array = np.concatenate(self.parts)
        return whole[:length]


def goes_on(tensor: Tensor) -> bool:
    """Whether a spectrum is one block of many."""
    return "block" in tensor.attrs and not (tensor.attrs["block"] == 0 and bool(tensor.attrs.get("last")))
