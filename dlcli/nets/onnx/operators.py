"""What each of ONNX' operators is as a layer: one function for each, which takes the node in.

Source: ONNX operators, https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil, prod
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.base.padding import pads_of_axis
from dlcli.engines.tensors.activations import HARD_SLOPE, NEGATIVE_SLOPE, SELU_ALPHA, SELU_SCALE
from dlcli.nets.flat_order import FIRST, LAST, order_of
from dlcli.nets.layers.base import Shape
from dlcli.nets.layers.transposed import ConvTranspose
from dlcli.nets.onnx.graph import Node
from dlcli.nets.onnx.reader import MOST, NotRead, Pads, Place, Reader, same_order, short

#: Beside a variance of 1 nothing of it is left in 32 bits: batch normalisation as a factor and a shift alone.
NO_EPSILON = 1e-12

#: Rows and columns of zeros that a kernel may be given so that Keras' ``same`` cuts off as PyTorch does.
MOST_ZEROS = 8


#: How many times a picture may become higher or wider.
MOST_TIMES = 1024

#: Cells that are looked at together.
TOGETHER = 1 << 20

#: What an attribute is -> the attributes that are it.
ATTRIBUTES: dict[str, tuple[tuple[type, ...], str]] = {
    "a whole number": (
        (int,), "group axis keepdims transA transB ceil_mode count_include_pad training_mode allowzero"
    ),
    "a number": ((int, float), "alpha beta epsilon momentum ratio value"),
    "a word": ((str,), "auto_pad mode nearest_mode coordinate_transformation_mode approximate"),
    "numbers": (
        (tuple,), "kernel_shape strides dilations pads output_padding output_shape axes perm shape scales"
    ),
}  # fmt: skip


def check_attributes(node: Node) -> None:
    """Raise ``NotRead`` for an attribute of another type than the operators give it."""
    for what, (types, names) in ATTRIBUTES.items():
        for name in names.split():
            value = node.attributes.get(name, types[0]())
            inside = value if isinstance(value, tuple) else ()
            if not isinstance(value, types) or not all(isinstance(number, int | float) for number in inside):
                raise NotRead(node, f"its attribute {name} is {what}; received {str(value)[:40]!r}")


def numbers_of(node: Node, name: str, count: int, least: int, default: int) -> tuple[int, ...]:
    """An attribute of so many whole numbers; pictures have two axes."""
    told = node.attributes.get(name, (default,) * count)
    if len(told) != count or any(not isinstance(one, int) or one < least for one in told):
        raise NotRead(node, f"its {name} are {told}; {count} whole numbers from {least} on go with pictures")
    return tuple(told)


def activation(function: str) -> Callable[[Reader, Node], None]:
    """The operator of an activation: the end of the layer before, or a layer of its own."""

    def read(reader: Reader, node: Node) -> None:
        place = reader.take(node)
        made = reader.last(node, place)
        if made is not None and reader.may_activate(made):
            reader.change(made, place, activation=function)
            reader.alias(node, place)
            return
        _append_alike(reader, node, "activation", {"function": function}, place)

    return read


def _append_alike(
    reader: Reader, node: Node, word: str, settings: dict[str, Any], place: Place,
    weights: dict[str, Array] | None = None,
) -> None:  # fmt: skip
    """A layer whose numbers lie as those that come in."""
    reader.append(
        node, word, settings, place, node.outputs[0], weights=weights, axes=place.axes, order=place.order,
        ones=place.ones, called=_called(node),
    )  # fmt: skip


def _called(node: Node) -> str:
    """The name that a layer gets from that of its weights, as PyTorch writes them."""
    for name in node.inputs[1:2]:
        stem, dot, end = name.rpartition(".")
        if dot and end == "weight" and "/" not in stem and "::" not in stem:
            return stem
    return ""


def _leaky(reader: Reader, node: Node) -> None:
    alpha = short(node.attributes.get("alpha", 0.01))
    if alpha == NEGATIVE_SLOPE:
        activation("leaky-relu")(reader, node)
        return
    place = reader.take(node)
    slopes = np.full(place.shape[-1:], alpha, np.float32)
    _append_alike(reader, node, "prelu", {}, place, {"alpha": slopes})


def _prelu(reader: Reader, node: Node) -> None:
    place = reader.take(node)
    slope = reader.array(node, 1, "slopes")
    if slope.size == 1:
        alpha: Array | None = np.full(place.shape[-1:], slope.item(), slope.dtype)
    else:
        if reader.graph.opset < 7:  # axes were counted from the channels then
            slope = slope.reshape(-1, *(1,) * (len(place.lengths) - 1))
        alpha = reader.vector(node, place, slope)
    if alpha is None:
        reader.refuse(node, f"its slopes have shape {slope.shape}; prelu has one a channel")
    _append_alike(reader, node, "prelu", {}, place, {"alpha": alpha})


def _elu(reader: Reader, node: Node) -> None:
    if short(node.attributes.get("alpha", 1.0)) != 1:
        reader.refuse(node, f"its alpha is {short(node.attributes['alpha'])}; elu has 1")
    activation("elu")(reader, node)


def _selu(reader: Reader, node: Node) -> None:
    for word, value in (("alpha", SELU_ALPHA), ("gamma", SELU_SCALE)):
        given = node.attributes.get(word, value)
        if not np.isclose(given, value, rtol=1e-6):
            reader.refuse(node, f"its {word} is {short(given)}; selu has {value:.7g}")
    activation("selu")(reader, node)


def _hard_sigmoid(reader: Reader, node: Node) -> None:
    slope, shift = node.attributes.get("alpha", 0.2), node.attributes.get("beta", 0.5)
    if not np.isclose(slope, HARD_SLOPE, rtol=1e-6) or shift != 0.5:
        told = f"its alpha is {short(slope)} and its beta {short(shift)}"
        reader.refuse(node, f"{told}; hard-sigmoid has 1/6 and 0.5")
    activation("hard-sigmoid")(reader, node)


def _clip(reader: Reader, node: Node) -> None:
    ends = [
        float(reader.array(node, place, word).item())
        if len(node.inputs) > place and node.inputs[place]
        else node.attributes.get(word)
        for place, word in ((1, "min"), (2, "max"))
    ]
    if ends != [-1, 1]:
        told = " to ".join("anything" if end is None else f"{end:g}" for end in ends)
        reader.refuse(node, f"it cuts off at {told}; hard-tanh does at -1 to 1")
    activation("hard-tanh")(reader, node)


def _gelu(reader: Reader, node: Node) -> None:
    if node.attributes.get("approximate", "none") != "none":
        reader.refuse(node, "it is computed by tanh; gelu is the exact form")
    activation("gelu")(reader, node)


def _swish(reader: Reader, node: Node) -> None:
    if short(node.attributes.get("alpha", 1.0)) != 1:
        reader.refuse(node, f"its alpha is {short(node.attributes['alpha'])}; silu has 1")
    activation("silu")(reader, node)


def _softmax(reader: Reader, node: Node) -> None:
    place = reader.take(node)
    rank, old = 1 + len(place.lengths), reader.graph.opset < 13
    axis = node.attributes.get("axis", 1 if old else -1) % rank
    channel = 1 + (place.axes.index(2) if len(place.shape) == 3 else 0)
    over = place.lengths[axis - 1 :] if old else place.lengths[axis - 1 : axis]
    if axis == 0 or axis != channel or prod(over) != place.shape[-1]:
        found = f"it runs over axis {axis}"
        if old and len(over) > 1:
            found = f"before opset 13 it runs over all axes from {axis} on as over one, {prod(over)} numbers"
        what = "channels of each cell" if len(place.shape) == 3 else "features"
        reader.refuse(node, f"{found}; softmax here runs over the {place.shape[-1]} {what}, axis {channel}")
    activation("softmax")(reader, node)


def _same(reader: Reader, node: Node) -> None:
    """What changes no number."""
    place = reader.places.get(node.inputs[0])
    if place is None:
        reader.refuse(node, f"it takes {node.inputs[0]!r}, which no node before it gives")
    reader.alias(node, place)


def _dropout(reader: Reader, node: Node) -> None:
    place = reader.take(node)
    ratio = reader.optional(node, 1, "shares")
    rate = float(ratio.item()) if ratio is not None else node.attributes.get("ratio", 0.5)
    _append_alike(reader, node, "dropout", {"rate": short(rate)}, place)


def _window(node: Node, place: Place, kernel: tuple[int, ...], ceiling: bool = False) -> dict[str, Any]:
    """The attributes of a window over a picture that lies behind ``place``'s own pads."""
    attributes = node.attributes
    strides, dilations = numbers_of(node, "strides", 2, 1, 1), numbers_of(node, "dilations", 2, 1, 1)
    spans = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True))
    size, auto = place.shape[:2], attributes.get("auto_pad", "NOTSET")
    same = tuple(pads_of_axis(axis, size[axis], spans[axis], strides[axis], "same") for axis in (0, 1))
    if auto == "SAME_UPPER":
        pads = same
    elif auto == "SAME_LOWER":
        pads = tuple((after, before) for before, after in same)
    else:
        told = numbers_of(node, "pads", 4, 0, 0) if auto == "NOTSET" else (0, 0, 0, 0)
        pads = ((told[0], told[2]), (told[1], told[3]))
    if place.pads:
        pads = tuple(
            (before + more, after + less)
            for (before, after), (more, less) in zip(pads, place.pads, strict=True)
        )
    if ceiling:
        pads = tuple(
            (before, after + _beyond(n + before + after, span, stride, n + before))
            for n, (before, after), span, stride in zip(size, pads, spans, strides, strict=True)
        )
    if prod(n + before + after for n, (before, after) in zip(size, pads, strict=True)) > MOST:
        raise NotRead(node, f"its frame {pads} makes more than {MOST} cells of a picture")
    padding: Any = pads
    if pads == ((0, 0), (0, 0)):
        padding = "valid"
    elif pads == same:
        padding = "same"
    return {"strides": one(strides), "padding": padding, "dilation_rate": one(dilations)}


def _beyond(length: int, span: int, stride: int, last: int) -> int:
    """Cells behind the end, with which the last window fits where its start is rounded up.

    A window that would begin behind the picture and its frame in front (``last`` cells) is none.
    """
    count = ceil((length - span) / stride)
    if count * stride >= last:
        count -= 1
    return max(0, count * stride + span - length)


def one(numbers: tuple[int, ...]) -> Any:
    """Two numbers that are equal as one.

    >>> one((2, 2)), one((2, 1))
    (2, (2, 1))
    """
    return numbers[0] if len(set(numbers)) == 1 else tuple(numbers)


def _without_defaults(settings: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value != defaults.get(name)}


def _conv(reader: Reader, node: Node) -> None:
    place = reader.picture(node, pads=True)
    kernel, bias = reader.array(node, 1, "weights"), reader.optional(node, 2, "biases")
    if kernel.ndim != 4:
        reader.refuse(
            node,
            f"its kernels have {kernel.ndim} axes, {kernel.shape}; those over pictures have 4, "
            "(channel out, channel in, rows, columns)",
        )
    if place.pads and place.pad_value:
        reader.refuse(
            node,
            f"the Pad before it fills the frame with {place.pad_value:g}; a convolution here has a frame "
            "of zeros",
        )
    groups, size = node.attributes.get("group", 1), kernel.shape[2:]
    window = _window(node, place, (size[0], size[1]))
    settings = {"kernel_size": one(size), **window, "use_bias": bias is not None}
    settings = _without_defaults(
        settings, {"strides": 1, "padding": "valid", "dilation_rate": 1, "kernel_size": 3, "use_bias": True}
    )
    if groups == place.shape[2] > 1 and kernel.shape[1] == 1 and len(kernel) % groups == 0:
        multiplier = len(kernel) // groups
        word, arrays = "depthwise-conv", kernel.reshape(groups, multiplier, *size).transpose(2, 3, 0, 1)
        settings |= {"depth_multiplier": multiplier} if multiplier > 1 else {}
    else:
        word, arrays = "conv", kernel.transpose(2, 3, 1, 0)
        settings |= {"filters": len(kernel)} | ({"groups": groups} if groups > 1 else {})
    weights = {"kernel": arrays} | ({} if bias is None else {"bias": bias.reshape(-1)})
    reader.append(
        node, word, settings, place, node.outputs[0], weights=weights, called=_called(node)
    )  # fmt: skip


def _conv_transpose(reader: Reader, node: Node) -> None:
    place = reader.picture(node)
    kernel, bias = reader.array(node, 1, "weights"), reader.optional(node, 2, "biases")
    attributes = node.attributes
    if attributes.get("group", 1) != 1 or any(one != 1 for one in attributes.get("dilations", ())):
        reader.refuse(node, "it has groups or dilation; conv-transpose has neither")
    if kernel.ndim != 4:
        reader.refuse(node, f"its kernel has shape {kernel.shape}; pictures take four axes")
    strides = numbers_of(node, "strides", 2, 1, 1)
    fits = [_cut(node, axis, place.shape[axis], kernel.shape[2 + axis], strides[axis]) for axis in (0, 1)]
    choices = [{**fits[0]}, {**fits[1]}]
    word = next((word for word in ("valid", "same") if all(word in choice for choice in choices)), None)
    if word is None:
        reader.refuse(
            node,
            "its pads cut the edges off neither as Keras' padding valid does nor as same",
        )
    zeros = [choice[word] for choice in choices]
    if any(before or after for before, after in zeros):
        kernel = np.pad(kernel, ((0, 0), (0, 0), *zeros))
        reader.notes.append(
            f"the kernels of {node.name or node.outputs[0]} get rows and columns of zeros, {kernel.shape[2]}x"
            f"{kernel.shape[3]} in all: so Keras' padding '{word}' cuts off what its pads do"
        )
    settings = {
        "filters": kernel.shape[1], "kernel_size": one(kernel.shape[2:]), "strides": one(strides),
        "padding": word, "use_bias": bias is not None,
    }  # fmt: skip
    settings = _without_defaults(
        settings, {"kernel_size": 3, "strides": 1, "padding": "valid", "use_bias": True}
    )
    weights = {"kernel": kernel.transpose(2, 3, 1, 0)} | ({} if bias is None else {"bias": bias})
    reader.append(
        node, "conv-transpose", settings, place, node.outputs[0], weights=weights, called=_called(node)
    )


def _cut(node: Node, axis: int, n: int, k: int, s: int) -> dict[str, tuple[int, int]]:
    """The zeros (before, after) in a kernel of k with which Keras gives the same, by its padding."""
    attributes, full = node.attributes, (n - 1) * s + k
    pads, more_length = numbers_of(node, "pads", 4, 0, 0), numbers_of(node, "output_padding", 2, 0, 0)[axis]
    begin, end = pads[axis], pads[axis + 2]
    length = full - begin - end + more_length
    auto = attributes.get("auto_pad", "NOTSET")
    if "output_shape" in attributes or auto in ("SAME_UPPER", "SAME_LOWER"):
        told = (n * s,) * 2 if "output_shape" not in attributes else attributes["output_shape"][-2:]
        length = told[axis] if len(told) == 2 else 0
        missing = max(0, full + more_length - length)
        begin = missing - missing // 2 if auto != "SAME_UPPER" else missing // 2
    found: dict[str, tuple[int, int]] = {}
    for more in range(MOST_ZEROS):
        for before in range(more + 1):
            size = k + more
            tried = ConvTranspose(filters=1, kernel_size=size, strides=s, padding="same")
            if (tried.cut()[0], n * s) == (begin + before, length):
                found.setdefault("same", (before, more - before))
            if (0, (n - 1) * s + max(size, s)) == (begin + before, length):
                found.setdefault("valid", (before, more - before))
    return found


def _pool(reader: Reader, node: Node) -> None:
    place = reader.picture(node, pads=True)
    attributes, largest = node.attributes, node.op == "MaxPool"
    if any(one != 1 for one in attributes.get("dilations", ())):
        reader.refuse(node, "it is dilated; pooling here is not")
    kernel = numbers_of(node, "kernel_shape", 2, 1, 0)
    if len(node.outputs) > 1 and reader.uses[node.outputs[1]]:
        reader.refuse(node, "where the largest stood is used, too; only the largest is given")
    if place.pads and not (largest and _lowest(reader, place)):
        reader.refuse(node, "the cells that Pad puts around are counted; those around a window here are not")
    settings = _window(node, place, kernel, bool(attributes.get("ceil_mode", 0)))
    del settings["dilation_rate"]
    framed = settings["padding"] != "valid"
    if not largest and framed and attributes.get("count_include_pad", 0):
        reader.refuse(node, "its mean counts the frame; avgpool counts cells of the picture alone")
    settings = {"pool_size": one(kernel), **settings}
    settings = _without_defaults(
        settings, {"pool_size": 2, "strides": settings["pool_size"], "padding": "valid"}
    )
    reader.append(node, "maxpool" if largest else "avgpool", settings, place, node.outputs[0])


def _lowest(reader: Reader, place: Place) -> bool:
    """Whether what Pad puts around is never larger than what is there: −inf, or 0 behind a relu."""
    if place.pad_value == -np.inf:
        return True
    made = reader.layers[place.layer] if place.layer >= 0 else None
    ends = None if made is None else made.settings.get("activation", made.settings.get("function"))
    return place.pad_value == 0 and ends in ("relu", "sigmoid", "softmax", "softplus")


def _global(reader: Reader, node: Node) -> None:
    place = reader.picture(node)
    reader.append(node, "global-avgpool", {}, place, node.outputs[0], ones=2)


def _mean(reader: Reader, node: Node) -> None:
    """A mean over all cells of a channel."""
    place = reader.take(node)
    told = reader.optional(node, 1, "axes")
    axes = node.attributes.get("axes", ()) if told is None else tuple(told.ravel().tolist())
    rank = 1 + len(place.lengths)
    over = {axis % rank for axis in axes}
    cells = {1 + place.axes.index(axis) for axis in (0, 1)} if len(place.shape) == 3 else set()
    if not cells or over != cells:
        reader.refuse(
            node, f"its mean runs over the axes {sorted(over)}; global-avgpool takes height and width"
        )
    ones = 2 if node.attributes.get("keepdims", 1) else 0
    reader.append(node, "global-avgpool", {}, place, node.outputs[0], ones=ones)


def _flatten(reader: Reader, node: Node) -> None:
    place = reader.take(node)
    if node.attributes.get("axis", 1) % (1 + len(place.lengths)) != 1:
        reader.refuse(node, f"its axis is {node.attributes['axis']}; flatten keeps the batch alone")
    _in_a_row(reader, node, place)


def _in_a_row(reader: Reader, node: Node, place: Place) -> None:
    if len(place.shape) == 1:
        reader.alias(node, place, ones=0)
        return
    reader.append(node, "flatten", {}, place, node.outputs[0], order=order_of(place.shape, place.axes))


def _reshape(reader: Reader, node: Node) -> None:
    place = reader.take(node)
    told = reader.optional(node, 1, "lengths")
    target = list(node.attributes.get("shape", ())) if told is None else told.ravel().tolist()
    if not node.attributes.get("allowzero", 0):
        now = (-1, *place.lengths)
        target = [
            now[at] if length == 0 and at < len(now) else length for at, length in enumerate(target)
        ]  # fmt: skip
    rest, total = target[1:], prod(place.shape)
    if rest.count(-1) == 1 and (known := -prod(rest)) > 0 and total % known == 0:
        rest[rest.index(-1)] = total // known
    if not target or target[0] not in (-1, reader.batch) or any(length < 1 for length in rest):
        reader.refuse(
            node, f"it makes {target} of (N, {', '.join(map(str, place.lengths))}); the batch stays first"
        )
    if prod(rest) != total:
        reader.refuse(node, f"it makes {target} of pictures of {total} numbers")
    if tuple(rest) == place.lengths:
        reader.alias(node, place)
    elif len(rest) == 1:
        _in_a_row(reader, node, place)
    elif len(rest) == 3 and len(place.shape) == 1 and rest == [total, 1, 1]:
        reader.alias(node, place, ones=2)
    elif len(rest) == 3:
        _into_picture(reader, node, place, (rest[0], rest[1], rest[2]))
    else:
        reader.refuse(
            node, f"it makes {target}; there are pictures (N, channel, height, width) and features (N, n)"
        )


def _into_picture(reader: Reader, node: Node, place: Place, rest: tuple[int, int, int]) -> None:
    """Numbers into (channel, height, width), or (height, width, channel) where a transpose follows."""
    axes = LAST if reader.channels_last(node.outputs[0]) else FIRST
    shape: Shape = rest if axes == LAST else (rest[1], rest[2], rest[0])
    now, then = place.flat_order, order_of(shape, axes)
    if not same_order(now, then):
        if now is not None or then is None or not place.alone or reader.uses[node.inputs[0]] != 1:
            reader.refuse(node, "it puts numbers in another order than (height, width, channel)")
        reader.reorder(node, place, then)
    reader.append(node, "reshape", {"target_shape": shape}, place, node.outputs[0], axes=axes)


def _transpose(reader: Reader, node: Node) -> None:
    place = reader.take(node)
    rank = 1 + len(place.lengths)
    perm = tuple(node.attributes.get("perm", range(rank)[::-1]))
    if perm[:1] != (0,) or sorted(perm) != list(range(rank)):
        reader.refuse(node, f"its perm is {perm}; the batch stays first")
    if len(place.shape) == 3:
        reader.alias(node, place, axes=tuple(place.axes[axis - 1] for axis in perm[1:]))
    elif perm == tuple(range(rank)):
        reader.alias(node, place)
    else:
        reader.refuse(node, f"its perm is {perm} on features (N, {place.shape[0]})")


def _squeeze(reader: Reader, node: Node) -> None:
    place = reader.take(node)
    if len(place.shape) != 1 or not place.ones:
        reader.refuse(
            node, "it takes axes away; only those that a mean over all cells leaves are taken away here"
        )
    told = reader.optional(node, 1, "axes")
    axes = node.attributes.get("axes", ()) if told is None else tuple(told.ravel().tolist())
    gone = {axis % (2 + place.ones) for axis in axes} or set(range(2, 2 + place.ones))
    if gone & {0, 1}:
        reader.refuse(node, f"it takes the axes {sorted(gone)} away; batch and channel stay")
    reader.alias(node, place, ones=place.ones - len(gone))


def _pad(reader: Reader, node: Node) -> None:
    place = reader.picture(node)
    told, filled = reader.optional(node, 1, "pads"), reader.optional(node, 2, "values")
    axes = reader.optional(node, 3, "axes")
    pads = list(node.attributes.get("pads", ()) if told is None else told.ravel().tolist())
    value = node.attributes.get("value", 0.0) if filled is None else float(filled.item())
    where = [axis % 4 for axis in axes.ravel().tolist()] if axes is not None else [0, 1, 2, 3]
    full = [0] * 8
    if len(pads) == 2 * len(where):
        for at, axis in enumerate(where):
            full[axis], full[4 + axis] = pads[at], pads[at + len(where)]
    if len(pads) != 2 * len(where) or node.attributes.get("mode", "constant") != "constant":
        reader.refuse(
            node, f"it fills by {node.attributes.get('mode', 'constant')}; frames here are constant"
        )
    if any(full[at] for at in (0, 1, 4, 5)) or min(full) < 0:
        reader.refuse(node, f"its pads are {pads}; frames lie around height and width")
    frame: Pads = ((full[2], full[6]), (full[3], full[7]))
    reader.alias(node, place, pads=frame, pad_value=value)


def _resize(reader: Reader, node: Node) -> None:
    place = reader.picture(node)
    attributes = node.attributes
    upsample = node.op == "Upsample" or reader.graph.opset < 11
    scales = reader.optional(node, 1 if upsample else 2, "factors")
    sizes = None if upsample else reader.optional(node, 3, "lengths")
    axes = [axis % 4 for axis in attributes.get("axes", range(4))]
    factors = [1.0] * 4
    told = (
        list(attributes.get("scales", ())) if scales is None or not scales.size else scales.ravel().tolist()
    )
    if sizes is not None and sizes.size:
        lengths = (1, *place.lengths)
        told = [length / lengths[axis] for axis, length in zip(axes, sizes.ravel().tolist(), strict=False)]
    for axis, factor in zip(axes, told, strict=False):
        factors[axis] = factor
    height, width, _ = place.shape
    if attributes.get("mode", "nearest") != "nearest":
        reader.refuse(node, f"its mode is {attributes['mode']}; upsampling repeats the nearest cell")
    whole = all(factor >= 1 and factor == int(factor) for factor in factors)
    if len(told) != len(axes) or factors[:2] != [1, 1] or not whole:
        reader.refuse(node, f"its factors are {told}; upsampling takes whole ones of height and width")
    down, across = int(factors[2]), int(factors[3])
    if max(down, across) > MOST_TIMES:
        reader.refuse(node, f"its factors are {told}; at most {MOST_TIMES} are read")
    if height * width * down * across > MOST:
        reader.refuse(node, f"its output has more than {MOST} numbers")
    how = attributes.get("coordinate_transformation_mode", "asymmetric" if upsample else "half_pixel")
    rounds = attributes.get("nearest_mode", "floor" if upsample else "round_prefer_floor")
    for n, factor in ((height, down), (width, across)):
        if not _even(n, factor, how, rounds):
            reader.refuse(node, f"{how} with {rounds} repeats some cells more often than others")
    settings = {} if (down, across) == (2, 2) else {"size": one((down, across))}
    reader.append(node, "upsampling", settings, place, node.outputs[0])


def _even(n: int, factor: int, how: str, rounds: str) -> bool:
    """Whether each of n cells is repeated as often as the others, side by side."""
    for begin in range(0, n * factor, TOGETHER):
        cell = np.arange(begin, min(begin + TOGETHER, n * factor))
        match how:
            case "half_pixel" | "half_pixel_symmetric" | "pytorch_half_pixel":
                at = (cell + 0.5) / factor - 0.5
            case "align_corners":
                at = cell * (n - 1) / max(1, n * factor - 1)
            case _:
                at = cell / factor
        match rounds:
            case "floor":
                near = np.floor(at)
            case "ceil":
                near = np.ceil(at)
            case "round_prefer_ceil":
                near = np.floor(at + 0.5)
            case _:
                near = np.ceil(at - 0.5)
        if (near.clip(0, n - 1) != cell // factor).any():
            return False
    return True


def _gemm(reader: Reader, node: Node) -> None:
    attributes = node.attributes
    if attributes.get("transA", 0):
        reader.refuse(node, "it transposes its input; a dense layer does not")
    kernel = reader.array(node, 1, "weights")
    if kernel.ndim == 2 and attributes.get("transB", 0):
        kernel = kernel.T
    bias = reader.optional(node, 2, "biases")
    alpha, beta = attributes.get("alpha", 1.0), attributes.get("beta", 1.0)
    kernel = kernel if alpha == 1 else kernel * kernel.dtype.type(alpha)
    if bias is not None:
        bias = bias if beta == 1 else bias * bias.dtype.type(beta)
    _dense(reader, node, kernel, bias)


def _matmul(reader: Reader, node: Node) -> None:
    _dense(reader, node, reader.array(node, 1, "weights"), None)


def _dense(reader: Reader, node: Node, kernel: Array, bias: Array | None) -> None:
    """A dense layer of a kernel (in, out), whose rows come into the model's order."""
    place = reader.take(node)
    if len(place.shape) != 1 or place.ones or kernel.ndim != 2 or len(kernel) != place.shape[0]:
        told = ", ".join(map(str, place.lengths))
        reader.refuse(
            node, f"its weights {kernel.shape} do not fit an input (N, {told}); a flatten may be missing"
        )
    units = kernel.shape[1]
    if bias is not None and bias.size not in (1, units):
        reader.refuse(node, f"its biases have shape {bias.shape}; {units} would fit")
    settings: dict[str, Any] = {"units": units} | ({"use_bias": False} if bias is None else {})
    if place.order is not None:
        ours = np.empty_like(kernel)
        ours[place.order] = kernel
        kernel = ours
    weights = {"kernel": kernel}
    if bias is not None:
        weights["bias"] = np.broadcast_to(bias.reshape(-1), (units,)).copy()
    reader.append(node, "dense", settings, place, node.outputs[0], weights=weights, called=_called(node))


def _batchnorm(reader: Reader, node: Node) -> None:
    place = reader.take(node)
    if node.attributes.get("training_mode", 0):
        reader.refuse(node, "it is exported in training; PyTorch's model.eval() before the export ends that")
    if len(place.shape) == 3 and place.axes[0] != 2:
        reader.refuse(node, "the axes of its input lie in another order than (N, channel, height, width)")
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = {
        name: reader.per_channel(place, reader.array(node, at, f"array {name}").reshape(-1))
        for at, name in enumerate(names, start=1)
    }
    settings = {
        "epsilon": short(node.attributes.get("epsilon", 1e-5)),
        "momentum": short(node.attributes.get("momentum", 0.9)),
    }
    settings = _without_defaults(settings, {"epsilon": 0.001, "momentum": 0.99})
    _append_alike(reader, node, "batchnorm", settings, place, weights)


def _axis_words(place: Place) -> list[str]:
    """What the axes of a value are called, the batch first."""
    if len(place.shape) == 3:
        return ["batch", *(("height", "width", "channel")[axis] for axis in place.axes)]
    return ["batch", "feature", *("an axis of length 1",) * place.ones]


def _layernorm(reader: Reader, node: Node) -> None:
    place = reader.take(node)
    rank = 1 + len(place.lengths)
    axis, epsilon = node.attributes.get("axis", -1) % rank, short(node.attributes.get("epsilon", 1e-5))
    last = rank - 1
    if place.ones or axis != last or (len(place.shape) == 3 and place.axes[-1] != 2):
        over, axes = ", ".join(map(str, range(axis, rank))), "axis" if axis == last else "axes"
        names = _axis_words(place)
        told = ", ".join(names[one] for one in range(axis, rank)) if axis else "the whole batch"
        reader.refuse(
            node,
            f"it runs over {told} ({axes} {over}); layernorm here runs over the channels of each cell alone",
        )
    if any(reader.uses[name] for name in node.outputs[1:]):
        reader.refuse(node, "its mean and deviation are used, too; only what is normalised is given")
    gamma, beta = reader.array(node, 1, "gains").reshape(-1), reader.optional(node, 2, "shifts")
    beta = np.zeros_like(gamma) if beta is None else beta.reshape(-1)
    weights = {"gamma": reader.per_channel(place, gamma), "beta": reader.per_channel(place, beta)}
    settings = _without_defaults({"epsilon": epsilon}, {"epsilon": 0.001})
    _append_alike(reader, node, "layernorm", settings, place, weights)


def _arithmetic(reader: Reader, node: Node) -> None:
    """Add, Sub, Mul, Div: of two values of the net, or a bias, a factor or a shift from an array."""
    known = [name in reader.constants for name in node.inputs]
    if known == [False, False] and node.op == "Add":
        _add(reader, node)
        return
    if known[:1] == [True] and node.op in ("Sub", "Div"):
        does, ways = {
            "Sub": ("subtracts a value of the net from an array of the file", "value - array"),
            "Div": ("divides an array of the file by a value of the net", "value / array"),
        }[node.op]
        reader.refuse(node, f"it {does}; the other way round, {ways}, is read")
    if known not in ([False, True], [True, False]):
        reader.refuse(node, "it takes two values of the net; only Add does so here")
    x, array = node.inputs if known[1] else node.inputs[::-1]
    node = Node(node.op, (x, array), node.outputs, node.name, node.attributes)
    place, numbers = reader.take(node), reader.constants[array]
    if numbers.dtype.kind != "f":
        numbers = numbers.astype(np.float32)
    numbers = {"Sub": np.negative, "Div": np.reciprocal}.get(node.op, np.positive)(numbers)
    adds, made = node.op in ("Add", "Sub"), reader.last(node, place)
    vector = reader.vector(node, place, numbers)
    weighted = made is not None and made.word in ("dense", "conv", "depthwise-conv", "conv-transpose")
    if vector is not None and adds and made is not None and weighted and reader.may_activate(made):
        bias = made.weights.get("bias", np.zeros_like(vector))
        made.settings.pop("use_bias", None)
        made.weights["bias"] = bias + vector
        reader.change(made, place)
        reader.alias(node, place)
    elif numbers.size == 1:
        number = float(numbers.item())
        if made is not None and made.word == "rescaling":
            scale, offset = made.kind.scale, made.kind.offset  # type: ignore[attr-defined]
            told = (
                {"offset": offset + number} if adds else {"scale": scale * number, "offset": offset * number}
            )
            reader.change(made, place, **told)
            reader.alias(node, place)
            return
        told = {"scale": 1.0, "offset": number} if adds else {"scale": number}
        _append_alike(reader, node, "rescaling", told, place)
    elif vector is not None:
        ones, zeros = np.ones_like(vector), np.zeros_like(vector)
        weights = {
            "gamma": ones if adds else vector, "beta": vector if adds else zeros, "moving_mean": zeros,
            "moving_variance": ones,
        }  # fmt: skip
        _append_alike(reader, node, "batchnorm", {"epsilon": NO_EPSILON}, place, weights)
    else:
        reader.refuse(node, f"its array of shape {numbers.shape} is neither one number nor one a channel")


def _add(reader: Reader, node: Node) -> None:
    """Two values of the net: what the last layer gives, and what one before gave."""
    places = [reader.places.get(name) for name in node.inputs]
    if len(places) != 2 or places[0] is None or places[1] is None:
        reader.refuse(
            node, f"it adds {' and '.join(map(repr, node.inputs))}, of which one is given by no node"
        )
    now, earlier = sorted((places[0], places[1]), key=lambda place: -place.layer)
    reader.check_chain(node, now)
    if now.shape != earlier.shape or now.axes != earlier.axes or not same_order(now.order, earlier.order):
        reader.refuse(
            node, f"it adds {now.shape} and {earlier.shape}, or in another order; two alike are added"
        )
    if now.pads or earlier.pads:
        reader.refuse(node, "a Pad stands before it, which only a convolution or a pooling can take in")
    if earlier.layer < 0:
        reader.keep_input()
        now, earlier = (replace(place, layer=place.layer + 1) for place in (now, earlier))
    _append_alike(reader, node, "add", {"source": str(earlier.layer)}, now)


#: Operator -> what takes it in.
OPERATORS: dict[str, Callable[[Reader, Node], None]] = {
    "Relu": activation("relu"), "Sigmoid": activation("sigmoid"), "Tanh": activation("tanh"),
    "Softplus": activation("softplus"), "Silu": activation("silu"), "Gelu": _gelu, "Elu": _elu,
    "Selu": _selu, "HardSigmoid": _hard_sigmoid, "Clip": _clip,
    "Swish": _swish, "LeakyRelu": _leaky, "PRelu": _prelu, "Softmax": _softmax, "Identity": _same,
    "Cast": _same, "Dropout": _dropout, "Conv": _conv, "ConvTranspose": _conv_transpose, "MaxPool": _pool,
    "AveragePool": _pool, "GlobalAveragePool": _global, "ReduceMean": _mean, "Flatten": _flatten,
    "Reshape": _reshape, "Transpose": _transpose, "Squeeze": _squeeze, "Pad": _pad, "Resize": _resize,
    "Upsample": _resize, "Gemm": _gemm, "MatMul": _matmul, "BatchNormalization": _batchnorm,
    "LayerNormalization": _layernorm, "Add": _arithmetic, "Sub": _arithmetic, "Mul": _arithmetic,
    "Div": _arithmetic,
}  # fmt: skip
