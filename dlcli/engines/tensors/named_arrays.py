"""Arrays by name, each with the shape that it must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.dense import DenseWeights


@dataclass(frozen=True)
class NamedArrays:
    """The arrays of a file of weights, by what stands behind a prefix that all names have.

    ``missing`` is what a message says behind the name of an array that is not there; layers may lack their
    biases unless they are ``biased``.

    >>> arrays = NamedArrays({"a.weight": np.ones((3, 2)), "a.bias": np.zeros(3)}, "", "; expected a layer")
    >>> arrays.dense("a", 3, 2).kernel.shape
    (2, 3)
    """

    arrays: Mapping[str, Array]
    prefix: str
    missing: str
    biased: bool = False

    def __contains__(self, name: str) -> bool:
        return self.prefix + name in self.arrays

    def get(self, name: str, *shape: int | None) -> Array:
        """The array of that name; None stands for any length.

        Raises ``EngineError`` when it is missing, of another shape, or holds no floats.
        """
        full = self.prefix + name
        if name not in self:
            raise EngineError(f"there is no {full}{self.missing}")
        array = self.arrays[full]
        fits = array.ndim == len(shape) and all(
            want in (None, have) and have > 0 for want, have in zip(shape, array.shape, strict=True)
        )
        if not fits or array.dtype.kind != "f":
            wanted = ", ".join("any" if length is None else str(length) for length in shape)
            raise EngineError(f"{full} is floats ({wanted}); received {array.dtype} {array.shape}")
        return array

    def bias(self, name: str, *shape: int) -> Array:
        """A bias, flat; zeros in float32 where there is none and none is needed."""
        there = name in self or self.biased
        return self.get(name, *shape).reshape(-1) if there else np.zeros(int(np.prod(shape)), np.float32)

    def dense(self, at: str, outputs: int, inputs: int) -> DenseWeights:
        """A dense layer in PyTorch's layout, whose kernels are (output, input)."""
        return DenseWeights(self.get(f"{at}.weight", outputs, inputs).T, self.bias(f"{at}.bias", outputs))
