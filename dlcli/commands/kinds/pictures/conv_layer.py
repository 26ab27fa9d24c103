"""One convolution layer of a trained net: its kernels, its biases, how they slide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dlcli.commands.kinds.nets.model import layer_word
from dlcli.commands.kinds.nets.net_file import NetFile
from dlcli.engines.base.checks import Array, pair
from dlcli.errors import WrongUsage, printable
from dlcli.nets.layers.convolution import Conv
from dlcli.nets.layers.depthwise import DepthwiseConv
from dlcli.nets.layers.shape import Rescaling
from dlcli.nets.layers.transposed import ConvTranspose
from dlcli.nets.net import WHITE
from dlcli.nets.spec import ModelSpec, NamedLayer, passes


@dataclass(frozen=True)
class ConvLayer:
    """A layer called ``name``, for inputs of so many ``channels``.

    ``kernels`` are (kernel_height, kernel_width, channels / groups, kernel). ``sliding`` are its strides,
    padding and dilation, as conv's options are called, and its activation. A pixel of 0 to 255 comes to it as
    ``rescaling[0]`` · pixel + ``rescaling[1]``; where layers of other kinds are before it, there is none.
    """

    name: str
    kernels: Array
    bias: Array | None
    channels: int
    groups: int
    sliding: Mapping[str, Any]
    rescaling: tuple[float, float] | None


def conv_layer(
    file: NetFile, name: str | None, *, first: bool = False, transposed: bool = False
) -> ConvLayer:
    """The layer of this name; without one the only one, or the ``first`` of several.

    With ``transposed`` it is a transposed convolution, whose kernels are laid down.
    Raises ``WrongUsage`` for a layer that is not there, or is no convolution, and where there is none.
    """
    word = printable(file.source)
    wanted = (ConvTranspose,) if transposed else (Conv, DepthwiseConv)
    what = "transposed convolution" if transposed else "convolution"
    there = [one for one in file.spec.layers if isinstance(one.kind, wanted)]
    if not there:
        do = "be laid down" if transposed else "slide"
        kinds = ", ".join(one.kind.kind for one in file.spec.layers)
        raise WrongUsage(f"{word} has no {what} whose kernels could {do} alone; its layers are {kinds}")
    names = ", ".join(one.name for one in there)
    if name is None and len(there) > 1 and not first:
        raise WrongUsage(f"which layer of {word}? Add --layer: {names}")
    layer = file.spec.layer(layer_word(file.spec, name, "--layer")) if name is not None else there[0]
    kind = layer.kind
    if not isinstance(kind, wanted) or not isinstance(kind, Conv | DepthwiseConv | ConvTranspose):
        raise WrongUsage(
            f"--layer {name}: it is a layer of kind {kind.kind}; the {what}s of {word} are {names}"
        )
    kernels = file.weights[f"{layer.name}/kernel"]
    groups, dilation = 1, (1, 1)
    if isinstance(kind, ConvTranspose):
        kernels = kernels.swapaxes(2, 3)
    else:
        groups = kind.groups if isinstance(kind, Conv) else layer.input[2]
        dilation = pair("dilation_rate", kind.dilation_rate)
    if isinstance(kind, DepthwiseConv):
        kernels = kernels.reshape(*kernels.shape[:2], 1, -1)
    sliding = {
        "stride": pair("strides", kind.strides),
        "padding": kind.padding,
        "dilation": dilation,
        "activation": kind.activation,
    }
    bias = file.weights.get(f"{layer.name}/bias")
    rescaling = _rescaling(file.spec, layer)
    return ConvLayer(layer.name, kernels, bias, layer.input[2], groups, sliding, rescaling)


def _rescaling(spec: ModelSpec, layer: NamedLayer) -> tuple[float, float] | None:
    """What the net does to pixels before a layer: what they are multiplied by, and what is added."""
    scale, offset = (1.0 if spec.rescales else 1 / WHITE), 0.0
    for one in spec.layers[: spec.layers.index(layer)]:
        if not (isinstance(one.kind, Rescaling) or passes(one.kind)):
            return None
        if isinstance(one.kind, Rescaling):
            scale, offset = scale * one.kind.scale, offset * one.kind.scale + one.kind.offset
    return scale, offset
