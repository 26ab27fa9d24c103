"""The weights of one multi-head attention, by the names that PyTorch or Keras save them under.

What stands before these names (``self_attn.``, ``multi_head_attention/``) does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dlcli.engines.attention.heads import MultiHeadWeights
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.dense import DenseWeights
from dlcli.engines.tensors.named_arrays import NamedArrays

#: The name that each attention has once, before which its place in a model stands.
_TORCH = re.compile(r"(.*?)out_proj\.weight")
_KERAS = re.compile(r"(.*?)attention_output([/.])kernel")

WANTED = (
    "those of torch's MultiheadAttention (in_proj_weight, out_proj.weight …) or of Keras' MultiHeadAttention "
    "(query/kernel, attention_output/kernel …)"
)

_MISSING = f" among the weights; expected {WANTED}"


@dataclass(frozen=True)
class Attention:
    """The weights of a file, whose names they bear (``layout``), and the number of heads, if they tell it."""

    weights: MultiHeadWeights
    layout: str
    heads: int | None


def read_attention(arrays: Mapping[str, Array]) -> Attention:
    """The multi-head attention that the arrays of a file are.

    Keras' arrays tell the number of heads, PyTorch's do not. Raises ``EngineError`` where there is none or
    more than one, where one lacks a part, and where a shape does not fit.

    >>> arrays = {"in_proj_weight": np.zeros((12, 4)), "out_proj.weight": np.zeros((4, 4))}
    >>> found = read_attention(arrays)
    >>> found.layout, found.heads, found.weights.query.kernel.shape
    ('torch', None, (4, 4))
    """
    torch = [match[1] for name in arrays if (match := _TORCH.fullmatch(name))]
    keras = [(match[1], match[2]) for name in arrays if (match := _KERAS.fullmatch(name))]
    if len(torch) + len(keras) > 1:
        places = ", ".join(repr(place) for place in (*torch, *(place for place, _ in keras))[:4])
        raise EngineError(f"expected the weights of one attention; received those at {places}")
    if torch:
        return _torch(NamedArrays(arrays, torch[0], _MISSING))
    if keras:
        return _keras(NamedArrays(arrays, keras[0][0], _MISSING), keras[0][1])
    has = ", ".join(list(arrays)[:4]) + (" …" if len(arrays) > 4 else "")
    raise EngineError(f"expected the weights of an attention, {WANTED}; received {has or 'nothing'}")


def _torch(arrays: NamedArrays) -> Attention:
    """One matrix above the other, of (feature_out, feature_in) each, or three by themselves."""
    width = arrays.get("out_proj.weight", None, None).shape[0]
    output = arrays.dense("out_proj", width, width)
    for name in ("bias_k", "bias_v"):
        if name in arrays:
            raise EngineError(f"{arrays.prefix}{name}: an attention that adds a learnt key is not known here")
    biases_in = [name for name in ("in_proj_bias", "out_proj.bias") if name in arrays]
    if len(biases_in) == 1:
        raise EngineError(
            f"of the biases there is only {arrays.prefix}{biases_in[0]}; an attention has both or none"
        )
    if "in_proj_weight" in arrays:
        kernels = np.split(arrays.get("in_proj_weight", 3 * width, width), 3)
    else:
        kernels = [arrays.get(f"{part}_proj_weight", width, None) for part in "qkv"]
    biases = np.split(arrays.bias("in_proj_bias", 3 * width), 3)
    query, key, value = (DenseWeights(kernel.T, bias) for kernel, bias in zip(kernels, biases, strict=True))
    return Attention(MultiHeadWeights(query, key, value, output), "torch", None)


def _keras(arrays: NamedArrays, between: str) -> Attention:
    """Kernels (feature, head, width) and (head, width, feature); key heads may be fewer than query heads."""

    def layer(part: str, heads: int | None) -> tuple[DenseWeights, int]:
        kernel = arrays.get(f"{part}{between}kernel", None, heads, None)
        _, count, width = kernel.shape
        bias = arrays.bias(f"{part}{between}bias", count, width)
        return DenseWeights(kernel.reshape(len(kernel), -1), bias), count

    query, heads = layer("query", None)
    key, key_heads = layer("key", None)
    value, _ = layer("value", key_heads)
    if heads % key_heads or query.kernel.shape[1] // heads != key.kernel.shape[1] // key_heads:
        raise EngineError(
            f"the keys of {key_heads} heads and {key.kernel.shape[1]} numbers do not fit queries of "
            f"{heads} heads and {query.kernel.shape[1]} numbers"
        )
    value_width = value.kernel.shape[1] // key_heads
    kernel = arrays.get(f"attention_output{between}kernel", heads, value_width, None)
    bias = arrays.bias(f"attention_output{between}bias", kernel.shape[2])
    output = DenseWeights(kernel.reshape(-1, kernel.shape[2]), bias)
    shared = key_heads if key_heads != heads else None
    return Attention(MultiHeadWeights(query, key, value, output, key_heads=shared), "Keras", heads)
