"""The kernels of one run: named, typed, or read from files, and the biases that go with them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dlcli.commands.conv.record import Bank, Kernel
from dlcli.commands.kinds.one_tensor import check_free
from dlcli.commands.kinds.pictures.picture import ordered
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.convolution.filters import FILTERS, is_filter
from dlcli.engines.convolution.kernels import BANK, KERNELS, draws, expanded, named
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.inputs import parted, tensors
from dlcli.runner.result import Run
from dlcli.tensor import Tensor
from dlcli.wire.stream import LITERAL
from dlcli.wire.typed.literal import looks_like
from dlcli.words.near import did_you_mean

if TYPE_CHECKING:
    from dlcli.commands.kinds.pictures.conv_layer import ConvLayer

#: What the kernels of one layer are called: by Keras, by Keras in a depthwise layer, by PyTorch.
WORDS = ("kernel", "depthwise_kernel", "weight")

#: Weights of a kernel that a message writes out, at most.
LITERAL_WEIGHTS = 36


def kernel_bank(words: Sequence[str], biases: Sequence[float], run: Run) -> Bank:
    """The kernels that ``--kernel`` and ``--bias`` name."""
    if not words:
        raise WrongUsage("which kernel? Give --kernel a name (diag, sobel-x, box:5), a literal or a file")
    try:
        words = [one for word in words for one in expanded(word)]
    except EngineError as error:
        raise WrongUsage(f"--kernel: {error}") from error
    # One for all: two random kernels are not the same.
    generator = run.generator() if any(map(draws, words)) else None
    found, order = list[Kernel](), list[str]()
    for word in words:
        kernels = [] if is_filter(word) else _kernels(word, run, generator)
        found += kernels
        order += [""] * len(kernels) or [word]  # a filter waits for a sound and its sample rate
    if len({kernel.array.shape for kernel in found}) > 1:
        raise WrongUsage(_of_other_shapes(found))
    return Bank(_told_apart(found), _bias(biases, len(order)), order=tuple(order))


def _of_other_shapes(kernels: Sequence[Kernel]) -> str:
    """Why kernels of several sizes or depths are none of one run, and what to type."""
    told = ", ".join(f"{kernel.name} {_size(kernel.array)}" for kernel in kernels)
    if len({kernel.array.shape[:2] for kernel in kernels}) > 1:
        return (
            f"the kernels of one run need one size; received {told}: run conv once for each size, or give "
            "N (box:3) where a kernel has one"
        )
    depth = max(kernel.array.shape[2] for kernel in kernels)
    flat = next((kernel.array[..., 0] for kernel in kernels if kernel.array.shape[2] == 1), None)
    advice = "run conv once for each depth"
    if flat is not None and flat.size * depth <= LITERAL_WEIGHTS:
        matrix = "; ".join(" ".join(f"{weight:.6g}" for weight in row) for row in flat.tolist())
        advice += f", or write the matrix of each channel, {' | '.join([matrix] * depth)!r}"
    return f"the kernels of one run need one depth; received {told}: {advice}"


def _told_apart(kernels: Sequence[Kernel]) -> tuple[Kernel, ...]:
    """The kernels, where a name that comes again is numbered: ``diag``, ``diag#2``."""
    names = [kernel.name for kernel in kernels]
    counts = [names[: place + 1].count(name) for place, name in enumerate(names)]
    return tuple(
        kernel if count == 1 else replace(kernel, name=f"{kernel.name}#{count}")
        for kernel, count in zip(kernels, counts, strict=True)
    )


def _bias(biases: Sequence[float], kernels: int) -> Array:
    if len(biases) not in (0, 1, kernels):
        each = f" for all, or one each: --bias {kernels} times, in the order of the kernels" * (kernels > 1)
        raise WrongUsage(f"{len(biases)} biases for {kernels} kernel{'s' * (kernels > 1)}; give one{each}")
    return np.resize(np.array(biases or (0.0,)), kernels)


def _kernels(word: str, run: Run, generator: np.random.Generator | None) -> list[Kernel]:
    """The kernel that a word names, or those that a file, a pipe or a literal holds."""
    if word.partition(":")[0] in KERNELS:
        try:
            return [Kernel(word, np.atleast_3d(named(word, generator).array))]
        except EngineError as error:
            raise WrongUsage(f"--kernel {word}: {error}") from error
    part = parted(word)[1]
    if word == "-":
        check_free(run, "--kernel")
    elif not (part or word.startswith("sample:") or os.path.exists(word) or looks_like(word)):
        try:
            named(word, generator)
        except EngineError as error:
            near = did_you_mean(word, os.listdir(), cutoff=0.8)
            near = near or did_you_mean(word.partition(":")[0], FILTERS, cutoff=0.8)
            told = f": {printable(near)}" if near else f", and {error}"
            names = re.split(r"[\s,;]+", word.strip())
            if len(names) > 1 and all(name.partition(":")[0] in KERNELS for name in names):
                told = f" (for several: {' '.join(f'--kernel {name}' for name in names)})"
            from dlcli.wire.typed.sentence import is_missing_file

            missing = is_missing_file(word) and ":" not in word  # no name with its arguments
            raise (DlcliError if missing else WrongUsage)(
                f"--kernel {word} is neither a file nor a literal such as '0 1; 1 0'{told}"
            ) from error
    found = list(tensors(word, run.environment, run.limits))
    if not found or any(tensor.data.ndim not in (1, 2, 3) or 0 in tensor.shape for tensor in found):
        told = " and ".join(tensor.describe() for tensor in found[:2]) or "nothing"
        more = f" and {len(found) - 2} more" if len(found) > 2 else ""
        layer = (
            "; those of a layer are read by --weights, from a .npz or .safetensors that calls them kernel "
            "(height, width, in, out) as Keras does or weight (out, in, height, width) as PyTorch"
        )
        four = layer if any(tensor.data.ndim == 4 for tensor in found) else ""
        raise (WrongUsage if any(one.attrs["source"] == LITERAL for one in found) else DlcliError)(
            f"--kernel {word}: a kernel is (height, width[, depth]), not empty; received {told}{more}{four}"
        )
    if len(found) > BANK:
        raise DlcliError(f"--kernel {word}: {len(found)} kernels, and one run takes {BANK} at most")
    of_tensor = part or word == "-" or len(found) > 1
    typed = " ".join(word.split())
    return [_read(tensor, tensor.name if of_tensor else typed, f"--kernel {word}", run) for tensor in found]


def _read(tensor: Tensor, name: str, flag: str, run: Run) -> Kernel:
    """A kernel that was typed or read: a vector is one row of weights, for a sound."""
    if tensor.data.ndim == 1:
        return Kernel(name, tensor.data.reshape(1, -1, 1), vector=True)
    return Kernel(name, np.atleast_3d(ordered(tensor, run, flag).data))


def weight_bank(
    path: str,
    words: Sequence[str],
    biases: Sequence[float],
    run: Run,
    layer: str | None = None,
    *,
    transposed: bool = False,
) -> Bank:
    """The kernels and biases of one layer, in Keras' or PyTorch's names and order of axes.

    Of several layers it is the one that is named, and of a trained net all that it is. Those of a transposed
    convolution have the two axes of the channels in the other order.
    """
    from dlcli.commands.kinds.nets.net_file import is_net, net_in
    from dlcli.commands.kinds.pictures.conv_layer import conv_layer
    from dlcli.commands.kinds.weights import check_no_model

    if words:
        raise WrongUsage("--weights and --kernel both name kernels; give one of them")
    if path == "-":
        check_free(run, "--weights")
    check_no_model(path)
    found = {tensor.name: tensor for tensor in tensors(path, run.environment, run.limits)}
    if is_net(found):
        return _net_bank(path, conv_layer(net_in(path, found), layer, transposed=transposed), biases)
    kernel, bias = _layer(path, found, layer)
    if kernel.data.ndim != 4 or 0 in kernel.shape:
        raise DlcliError(
            f"{path}: a Conv2D layer's weights have 4 axes, none of them empty; received {kernel.describe()}"
        )
    word = _word(kernel.name)
    keras, groups = word != "weight", None
    data = kernel.data if keras else kernel.data.transpose(2, 3, 1, 0)  # (kh, kw, in, out)
    if transposed:
        return _transposed_bank(path, kernel, data.swapaxes(2, 3), bias, biases)
    depthwise = data.shape[2] * data.shape[3]
    biased = bias is not None and data.shape[2] > 1 and bias.shape == (depthwise,)
    if word == "depthwise_kernel" or (keras and biased):
        groups, data = data.shape[2], data.reshape(*data.shape[:2], 1, depthwise)  # (kh, kw, 1, in * times)
    out = data.shape[3]
    if bias is not None and bias.shape != (out,):
        order = "kernel (height, width, in, out)" if keras else "weight (out, in, height, width)"
        raise DlcliError(
            f"{path}: {order} of shape {kernel.shape} gives {out} outputs; the bias has shape {bias.shape}"
        )
    if bias is not None:
        _check_bias(path, bias.data, biases)
    kernels = tuple(Kernel(str(k), data[..., k]) for k in range(out))
    return Bank(
        kernels,
        bias.data if bias is not None else _bias(biases, out),
        layer=True,
        biased=bias is not None or bool(biases),
        groups=groups,
    )


def _transposed_bank(
    path: str, kernel: Tensor, data: Array, bias: Tensor | None, biases: Sequence[float]
) -> Bank:
    """The weights (kernel_height, kernel_width, in, out) of a transposed convolution."""
    if _word(kernel.name) == "depthwise_kernel":
        raise DlcliError(
            f"{path}: {kernel.describe()} is that of a depthwise layer, which is none that --transposed lays "
            "down; leave --transposed out"
        )
    out = data.shape[3]
    if bias is not None and bias.shape != (out,):
        order = (
            "weight (in, out, height, width)"
            if _word(kernel.name) == "weight"
            else "kernel (height, width, out, in)"
        )
        raise DlcliError(
            f"{path}: of a transposed convolution, {order} of shape {kernel.shape} gives {out} outputs; the "
            f"bias has shape {bias.shape}"
        )
    if bias is not None:
        _check_bias(path, bias.data, biases)
    kernels = tuple(Kernel(str(k), data[..., k]) for k in range(out))
    return Bank(kernels, bias.data if bias is not None else _bias(biases, out), layer=True)


def _check_bias(path: str, bias: Array, typed: Sequence[float]) -> None:
    """Raise ``WrongUsage`` where biases are typed and a file has others."""
    for place, (wanted, has) in enumerate(zip(_bias(typed, len(bias)) if typed else (), bias, strict=False)):
        if wanted != has and not np.isclose(wanted, has, rtol=1e-6):
            raise WrongUsage(f"--bias {wanted:g}: {path} has {has:g} at {place}; leave --bias out")


def _net_bank(path: str, layer: ConvLayer, biases: Sequence[float]) -> Bank:
    """A layer of a trained net."""
    count = layer.kernels.shape[3]
    if layer.bias is not None:
        _check_bias(path, layer.bias, biases)
    return Bank(
        tuple(Kernel(str(k), layer.kernels[..., k]) for k in range(count)),
        _bias(biases, count) if layer.bias is None else layer.bias,
        layer=True,
        biased=layer.bias is not None or bool(biases),
        groups=layer.groups,
        net=f"{layer.name} of {path}",
        channels=layer.channels,
        sliding=layer.sliding,
        rescaling=layer.rescaling,
    )


def layer_groups(bank: Bank, channels: Sequence[int], path: str) -> tuple[int, str]:
    """How many groups make the weights of a layer fit an input, and what was taken for granted, or nothing.

    ``channels`` are the numbers of channels that the input may be said to have, with alpha and without.
    PyTorch stores (out, in / groups, height, width) and not the groups. Raises ``WrongUsage`` where the
    weights may be those of a depthwise layer as well as those of a layer for gray pictures.
    """
    count, depth = len(bank.kernels), bank.depth
    if depth in channels:
        return 1, ""
    fits = [n for n in channels if n % depth == 0 and count % (n // depth) == 0]
    alike = "the same weights on every channel, added up, as of a layer for gray pictures"
    if not fits:
        told = f"{path} has kernels of depth 1, and the input {channels[0]} channels: {alike}"
        return 1, told if depth == 1 else ""
    one = next((n for n in fits if n == count), fits[0])
    groups = one // depth
    if depth == 1 and one != count:
        raise WrongUsage(
            f"{path}: {count} kernels of depth 1 on {one} channels are {count // one} for each channel, as "
            f"of a depthwise layer (add --groups {one}), or {alike} (add --groups 1)"
        )
    told = f"{path} is taken as a {'depthwise layer' if depth == 1 else 'layer'} of {groups} groups"
    return groups, told + (f"; {alike}: --groups 1" if depth == 1 else f", each of {depth} channels")


def _layer(path: str, found: dict[str, Tensor], layer: str | None = None) -> tuple[Tensor, Tensor | None]:
    """The one kernel in a file of weights, or that of a layer, and the bias beside it."""
    kernels = [name for name in found if _word(name) in WORDS and found[name].data.ndim == 4]
    if layer is not None:
        layers = {name[: -len(_tail(name))].rstrip("/."): name for name in kernels}
        if layer not in layers:
            hint = did_you_mean(layer, layers, f"there are {', '.join(layers) or 'none'}")
            raise WrongUsage(printable(f"--layer {layer}: {path} has no such convolution: {hint}"))
        kernels = [layers[layer]]
    if len(kernels) != 1:
        has = ", ".join(f"{name} {tensor.shape}" for name, tensor in found.items()) or "nothing"
        raise DlcliError(
            f"{path}: expected the weights of one Conv2D layer: Keras' kernel (height, width, in, out) or "
            f"PyTorch's weight (out, in, height, width), and bias; the file holds {has}"
        )
    head = kernels[0][: -len(_tail(kernels[0]))]
    biases = [name for name in found if _word(name) == "bias" and name[: -len(_tail(name))] == head]
    return found[kernels[0]], found[biases[0]] if biases else None


def _tail(name: str) -> str:
    """The last part of a weight's name: ``kernel:0`` of ``conv2d/kernel:0``, ``weight`` of ``0.weight``."""
    return name.replace("/", ".").rpartition(".")[2]


def _word(name: str) -> str:
    return _tail(name).removesuffix(":0")


def bank_of(bank: Bank, channels: int, groups: int, *, keep: bool) -> tuple[Array, Array, int]:
    """The weights for an input with so many channels, a bias for each output, and the number of groups.

    Weights are (kernel_height, kernel_width, channels / groups, output). With ``keep`` every channel is a
    group of its own, and output ``c * kernels + k`` is channel c under kernel k: of a kernel as deep as the
    input one part of its sum, to which the bias is added once, in the part of the first channel.
    """
    count = len(bank.kernels)
    if channels % groups:
        fits = channels > 1 and not (bank.layer and count % channels)
        raise EngineError(
            f"--groups {groups} must divide the channels of the input; received {channels}: "
            + (f"try --groups {channels}, one for each" if fits else "leave --groups out")
        )
    if count % groups:
        more = "leave --groups out"
        if not bank.layer:
            more = (
                f"give --kernel {groups} times, or --channels keep in place of --groups, which gives each "
                "channel every kernel"
            )
        raise EngineError(
            f"--groups {groups} needs {groups} kernels, or twice as many, …; received {count}: {more}"
        )
    depth = channels // groups
    if bank.depth not in (1, depth):
        of = "the input" if groups == 1 else "each of the groups"
        raise EngineError(
            f"the kernel has a depth of {bank.depth} and {of} {depth} "
            f"channel{'s' * (depth > 1)}: {_instead(bank, channels)}"
        )
    weights = np.stack([kernel.array for kernel in bank.kernels], axis=-1)  # (kh, kw, D, K)
    weights = np.broadcast_to(weights, (*weights.shape[:2], depth, count))
    if not keep:
        return weights, bank.bias, groups
    weights = weights.reshape(*weights.shape[:2], 1, channels * count)
    if bank.depth == 1:
        return weights, np.tile(bank.bias, channels), channels
    return weights, np.concatenate([bank.bias, np.zeros(count * (channels - 1), bank.bias.dtype)]), channels


def _instead(bank: Bank, channels: int) -> str:
    """What to do with kernels that are not as deep as the input has channels."""
    equal = "they must be equal, or the kernel's 1 (the same weights for every channel)"
    groups, left = divmod(channels, bank.depth)
    if left or not groups:
        return equal
    if groups == 1:
        return "leave --groups out"
    kernels = "" if len(bank.kernels) % groups == 0 else f" and {groups} kernels, or twice as many, …"
    return (
        f"{equal}; or groups of {bank.depth} channels, each with its own kernels: --groups {groups}{kernels}"
    )


def _size(array: Array) -> str:
    return "x".join(map(str, array.shape[:2] if array.shape[2] == 1 else array.shape))
