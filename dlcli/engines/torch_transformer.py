"""PyTorch's names for the weights of transformer layers, and ours.

A file may hold one layer, a stack (``layers.0.``, ``layers.1.``, ... and perhaps a ``norm``), or a whole
transformer (``encoder.layers.0.``, ``decoder.layers.0.``); what stands before these names does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dlcli.engines.checks import Array, EngineError
from dlcli.engines.dense import DenseWeights
from dlcli.engines.feed_forward import FeedForwardWeights
from dlcli.engines.heads import MultiHeadWeights
from dlcli.engines.layer_norm import NormWeights
from dlcli.engines.transformer import BlockWeights

#: The one name that each layer has; before it stands where the layer is.
_LAYER = re.compile(r"(?P<stack>|.*?\.)(?P<layer>layers\.(?P<number>\d+)\.)?self_attn\.in_proj_weight")

WANTED = (
    "the names of torch's TransformerEncoderLayer or TransformerDecoderLayer (self_attn.in_proj_weight, "
    "linear1.weight, norm1.weight …)"
)


@dataclass(frozen=True)
class Stack:
    """The layers of a file, and the norm behind the last one where there is one."""

    layers: tuple[BlockWeights, ...]
    norm: NormWeights | None

    @property
    def features(self) -> int:
        """Features of a token."""
        return int(self.layers[0].norms[0].gain.size)

    @property
    def hidden(self) -> int:
        """Units between the two layers of the feed-forward part."""
        return int(self.layers[0].feed_forward.widen.kernel.shape[1])


def read_stack(arrays: Mapping[str, Array], *, decoder: bool) -> Stack:
    """The layers that the arrays of a file are, under PyTorch's names, in the order of their numbers.

    ``decoder`` says which are wanted: layers with an attention to a memory (multihead_attn) or without.

    Raises ``EngineError`` when there are none, when a number is missing, or when a shape does not fit.
    """
    stacks: dict[str, dict[int, str]] = {}
    for name in arrays:
        if found := _LAYER.fullmatch(name):
            number = int(found["number"] or 0)
            stacks.setdefault(found["stack"], {})[number] = found["stack"] + (found["layer"] or "")
    if not stacks:
        has = ", ".join(list(arrays)[:4]) + (" …" if len(arrays) > 4 else "")
        raise EngineError(f"expected {WANTED}; received {has or 'nothing'}")
    looks = {stack: f"{layers[min(layers)]}multihead_attn.in_proj_weight" in arrays
             for stack, layers in stacks.items()}  # fmt: skip
    fitting = [stack for stack, with_memory in looks.items() if with_memory == decoder]
    if not fitting:
        kind, try_ = ("encoder", "without") if decoder else ("decoder", "with")
        raise EngineError(f"these are the layers of a{'n' * decoder} {kind}; try {try_} --decoder")
    if len(fitting) > 1:
        raise EngineError(f"expected one stack of layers; received {', '.join(map(repr, fitting))}")
    layers = stacks[fitting[0]]
    if sorted(layers) != list(range(len(layers))):
        raise EngineError(f"the layers are numbered {sorted(layers)}; expected 0 to {len(layers) - 1}")
    reader = _Reader(arrays)
    blocks = tuple(reader.block(layers[number], decoder) for number in range(len(layers)))
    widths = {block.norms[0].gain.size for block in blocks}
    if len(widths) > 1:
        raise EngineError(f"the layers have {', '.join(map(str, sorted(widths)))} features; expected as many")
    norm = f"{fitting[0]}norm"
    last = reader.norm(norm, blocks[0].norms[0].gain.size) if f"{norm}.weight" in arrays else None
    return Stack(blocks, last)


class _Reader:
    """Arrays by name, each with the shape that it must have."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.arrays = arrays

    def block(self, at: str, decoder: bool) -> BlockWeights:
        """One layer."""
        width = self.get(f"{at}self_attn.in_proj_weight", None, None).shape[1]
        hidden = self.get(f"{at}linear1.weight", None, width).shape[0]
        return BlockWeights(
            attention=self.attention(f"{at}self_attn", width),
            feed_forward=FeedForwardWeights(
                self.dense(f"{at}linear1", hidden, width), self.dense(f"{at}linear2", width, hidden)
            ),
            norms=tuple(self.norm(f"{at}norm{i}", width) for i in range(1, 4 if decoder else 3)),
            memory=self.attention(f"{at}multihead_attn", width) if decoder else None,
        )

    def attention(self, at: str, width: int) -> MultiHeadWeights:
        """Queries, keys and values come as one matrix, one above the other."""
        kernels = np.split(self.get(f"{at}.in_proj_weight", 3 * width, width), 3)
        biases = np.split(self.bias(f"{at}.in_proj_bias", 3 * width), 3)
        query, key, value = (DenseWeights(k.T, b) for k, b in zip(kernels, biases, strict=True))
        return MultiHeadWeights(query, key, value, self.dense(f"{at}.out_proj", width, width))

    def dense(self, at: str, outputs: int, inputs: int) -> DenseWeights:
        return DenseWeights(self.get(f"{at}.weight", outputs, inputs).T, self.bias(f"{at}.bias", outputs))

    def norm(self, at: str, width: int) -> NormWeights:
        return NormWeights(self.get(f"{at}.weight", width), self.bias(f"{at}.bias", width))

    def bias(self, name: str, length: int) -> Array:
        """A layer that was made without biases has zeros."""
        return self.get(name, length) if name in self.arrays else np.zeros(length)

    def get(self, name: str, *shape: int | None) -> Array:
        """The array of that name; None stands for any length."""
        if name not in self.arrays:
            raise EngineError(f"there is no {name}; expected {WANTED}")
        array = self.arrays[name]
        fits = array.ndim == len(shape) and all(
            want in (None, have) and have > 0 for want, have in zip(shape, array.shape, strict=True)
        )
        if not fits or array.dtype.kind != "f":
            wanted = ", ".join("any" if length is None else str(length) for length in shape)
            raise EngineError(f"{name} is floats ({wanted}); received {array.dtype} {array.shape}")
        return array
