"""PyTorch's names for the weights of transformer layers, and ours.

A file may hold one layer, a stack (``layers.0.``, ``layers.1.``, ... and perhaps a ``norm``), or a whole
transformer (``encoder.layers.0.``, ``decoder.layers.0.``); what stands before these names does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dlcli.engines.attention.heads import MultiHeadWeights
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.dense import DenseWeights
from dlcli.engines.transformer.blocks import BlockWeights
from dlcli.engines.transformer.feed_forward import FeedForwardWeights
from dlcli.engines.transformer.layer_norm import NormWeights
from dlcli.engines.transformer.named_arrays import LayerArrays

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

    >>> names = ("self_attn.in_proj_weight", "self_attn.out_proj.weight", "linear1.weight", "linear2.weight")
    >>> arrays = {name: np.zeros(shape) for name, shape in zip(names, [(6, 2), (2, 2), (8, 2), (2, 8)])}
    >>> stack = read_stack(arrays | {"norm1.weight": np.ones(2), "norm2.weight": np.ones(2)}, decoder=False)
    >>> len(stack.layers), stack.features, stack.hidden
    (1, 2, 8)

    Raises ``EngineError`` when there are none, when a number or a single bias is missing, or when a shape
    does not fit.
    """
    stacks: dict[str, dict[int, str]] = {}
    for name in arrays:
        if found := _LAYER.fullmatch(name):
            number = int(found["number"] or 0)
            stacks.setdefault(found["stack"], {})[number] = found["stack"] + (found["layer"] or "")
    if not stacks:
        has = ", ".join(list(arrays)[:4]) + (" …" if len(arrays) > 4 else "")
        raise EngineError(f"expected {WANTED}; received {has or 'nothing'}")
    fitting = [
        stack
        for stack, layers in stacks.items()
        if (f"{layers[min(layers)]}multihead_attn.in_proj_weight" in arrays) == decoder
    ]
    if not fitting:
        kind = "n encoder" if decoder else " decoder"
        raise EngineError(f"these are the layers of a{kind}; try decoder={not decoder}")
    if len(fitting) > 1:
        raise EngineError(f"expected one stack of layers; received {', '.join(map(repr, fitting))}")
    layers = stacks[fitting[0]]
    if sorted(layers) != list(range(len(layers))):
        raise EngineError(f"the layers are numbered {sorted(layers)}; expected 0 to {len(layers) - 1}")
    reader = LayerArrays(arrays, "", f"; expected {WANTED}")
    blocks = tuple(_block(reader, layers[number], decoder) for number in range(len(layers)))
    widths = {block.norms[0].gain.size for block in blocks}
    if len(widths) > 1:
        raise EngineError(f"the layers have {', '.join(map(str, sorted(widths)))} features; expected as many")
    norm = f"{fitting[0]}norm"
    last = reader.norm(norm, blocks[0].norms[0].gain.size) if f"{norm}.weight" in reader else None
    return Stack(blocks, last)


def _block(arrays: LayerArrays, at: str, decoder: bool) -> BlockWeights:
    """One layer."""
    _check_biases(arrays, at, decoder)
    width = arrays.get(f"{at}self_attn.in_proj_weight", None, None).shape[1]
    hidden = arrays.get(f"{at}linear1.weight", None, width).shape[0]
    return BlockWeights(
        attention=_attention(arrays, f"{at}self_attn", width),
        feed_forward=FeedForwardWeights(
            arrays.dense(f"{at}linear1", hidden, width), arrays.dense(f"{at}linear2", width, hidden)
        ),
        norms=tuple(arrays.norm(f"{at}norm{i}", width) for i in range(1, 4 if decoder else 3)),
        memory=_attention(arrays, f"{at}multihead_attn", width) if decoder else None,
    )


def _check_biases(arrays: LayerArrays, at: str, decoder: bool) -> None:
    """Refuse a layer that has lost a bias: PyTorch makes all of them, or with ``bias=False`` none."""
    parts = ("self_attn", "multihead_attn") if decoder else ("self_attn",)
    names = [f"{part}.{name}" for part in parts for name in ("in_proj_bias", "out_proj.bias")]
    names += [f"{part}.bias" for part in ("linear1", "linear2", "norm1", "norm2", *["norm3"] * decoder)]
    lacking = [at + name for name in names if at + name not in arrays]
    if 0 < len(lacking) < len(names):
        raise EngineError(f"there is no {lacking[0]}; a layer has all of its biases or none")


def _attention(arrays: LayerArrays, at: str, width: int) -> MultiHeadWeights:
    """Queries, keys and values come as one matrix, one above the other."""
    kernels = np.split(arrays.get(f"{at}.in_proj_weight", 3 * width, width), 3)
    biases = np.split(arrays.bias(f"{at}.in_proj_bias", 3 * width), 3)
    query, key, value = (DenseWeights(k.T, b) for k, b in zip(kernels, biases, strict=True))
    return MultiHeadWeights(query, key, value, arrays.dense(f"{at}.out_proj", width, width))
