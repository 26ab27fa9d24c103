"""The arrays of a transformer's layers by name."""

from __future__ import annotations

from dlcli.engines.tensors.named_arrays import NamedArrays
from dlcli.engines.transformer.layer_norm import NormWeights


class LayerArrays(NamedArrays):
    """Arrays by name that hold layer norms, too."""

    def norm(self, at: str, width: int) -> NormWeights:
        """A layer norm, whose gain and bias were once called gamma and beta."""
        gain, bias = ("gamma", "beta") if f"{at}.gamma" in self else ("weight", "bias")
        return NormWeights(self.get(f"{at}.{gain}", width), self.bias(f"{at}.{bias}", width))
