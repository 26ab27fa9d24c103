"""Arrays by name, each with the shape that it must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.dense import DenseWeights
from dlcli.engines.transformer.layer_norm import NormWeights


@dataclass(frozen=True)
class NamedArrays:
    """The arrays of a file of weights in PyTorch's layout: kernels are (output, input).

    ``before`` stands in front of every name; ``expected`` says what the file should hold; layers may lack
    their biases unless they are ``biased``.

    >>> arrays = NamedArrays({"a.weight": np.ones((3, 2)), "a.bias": np.zeros(3)}, "", "a layer")
    >>> arrays.dense("a", 3, 2).kernel.shape
    (2, 3)
    """

    arrays: Mapping[str, Array]
    before: str
    expected: str
    biased: bool = False

    def __contains__(self, name: str) -> bool:
        return self.before + name in self.arrays

    def get(self, name: str, *shape: int | None) -> Array:
        """The array of that name; None stands for any length.

        Raises ``EngineError`` when it is missing, of another shape, or holds no floats.
        """
        full = self.before + name
        if name not in self:
            raise EngineError(f"there is no {full}; expected {self.expected}")
        array = self.arrays[full]
        fits = array.ndim == len(shape) and all(
            want in (None, have) and have > 0 for want, have in zip(shape, array.shape, strict=True)
        )
        if not fits or array.dtype.kind != "f":
            wanted = ", ".join("any" if length is None else str(length) for length in shape)
            raise EngineError(f"{full} is floats ({wanted}); received {array.dtype} {array.shape}")
        return array

    def dense(self, at: str, outputs: int, inputs: int) -> DenseWeights:
        """A dense layer; one that was made without a bias has zeros."""
        return DenseWeights(self.get(f"{at}.weight", outputs, inputs).T, self.bias(f"{at}.bias", outputs))

    def norm(self, at: str, width: int) -> NormWeights:
        """A layer norm, whose gain and bias were once called gamma and beta."""
        if f"{at}.gamma" in self:
            return NormWeights(self.get(f"{at}.gamma", width), self.bias(f"{at}.beta", width))
        return NormWeights(self.get(f"{at}.weight", width), self.bias(f"{at}.bias", width))

    def bias(self, name: str, length: int) -> Array:
        """The biases of that name; zeros where there are none and none are needed."""
        return self.get(name, length) if name in self or self.biased else np.zeros(length, np.float32)
