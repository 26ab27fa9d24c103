"""Weights under the names and in the layouts of Keras and PyTorch, both ways.

Here a weight is ``layer/weight`` in Keras' layout, (rows, columns, channel in, channel out) and (in, out).

    Keras     conv2d/kernel, as ``w.path`` has it; a Sequential writes its own name in front
    PyTorch   conv2d.weight of a state_dict, (channel out, channel in, rows, columns) and (out, in)

A layer whose name is no name of Python's, or one that a module has a use for, is another module: a b is a_b.
Other names than those of the model's layers are taken by order and shape. Behind a flatten, and before a
reshape to pictures, PyTorch's own nets have channels first, where Keras and the models here have them last.

Sources: https://keras.io/api/layers/base_layer/,
https://pytorch.org/docs/stable/generated/torch.nn.Module.html.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.nets.flat_order import Ordered, check_channels_first, ordered_weights
from dlcli.nets.layers.activation import Prelu
from dlcli.nets.layers.base import Shape, Weight
from dlcli.nets.layers.depthwise import DepthwiseConv
from dlcli.nets.net import DifferentWeights
from dlcli.nets.spec import ModelSpec, NamedLayer

#: Whose names weights may have.
LAYOUTS = ("keras", "torch")

#: What a weight is called here and in Keras -> what follows the layer's name in PyTorch.
TORCH = {
    "kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias", "moving_mean": "running_mean",
    "moving_variance": "running_var", "alpha": "weight",
}  # fmt: skip

#: The same of a separable convolution, which is two modules in PyTorch.
SEPARABLE = {
    "depthwise_kernel": "depthwise.weight", "pointwise_kernel": "pointwise.weight", "bias": "pointwise.bias",
}  # fmt: skip

#: The last word of a name in PyTorch that no layer here has: how many batches a mean was taken over.
COUNTED = "num_batches_tracked"

#: Words that a module of PyTorch uses itself.
TAKEN = re.compile(
    r"T_destination|add_module|append|apply|bfloat16|buffers|call_super_init|children|compile|cpu|cuda"
    r"|double|dump_patches|eval|extend|extra_repr|float|forward|get_buffer|get_extra_state|get_parameter"
    r"|get_submodule|half|insert|ipu|load_state_dict|modules|mtia|named_buffers|named_children"
    r"|named_modules|named_parameters|parameters|pop|register_\w*[a-z]|requires_grad_|set_extra_state"
    r"|set_submodule|share_memory|state_dict|to|to_empty|train|training|type|xpu|zero_grad"
)


@dataclass(frozen=True)
class Weights:
    """Weights that were read: ``arrays`` by ``layer/weight``, and how they were found.

    ``sources`` says for each layer what it is called in the file, where that is something else. ``flattens``
    says whether the order behind a flatten matters, and ``flatten`` which one was taken.
    """

    arrays: dict[str, Array]
    layout: str
    sources: dict[str, str]
    flattens: bool
    flatten: str


@dataclass(frozen=True)
class _Slot:
    """One array of a model as it stands in a file: its module and name there, its shape there."""

    layer: str
    weight: str
    module: str
    name: str
    shape: Shape
    of: Weight
    layout: str

    def back(self, array: Array) -> Array:
        """An array of the file in the layout of the model."""
        if self.layout == "keras":
            return array.reshape(self.of.shape)
        return self.of.in_keras(array.reshape(self.of.inner))


def write_names(
    spec: ModelSpec, weights: Mapping[str, Array], layout: str = "keras", flatten: str = "channels-last"
) -> dict[str, Array]:
    """Weights by ``layer/weight`` under the names and in the layouts of Keras or PyTorch.

    >>> from dlcli.nets import Net, builtin
    >>> net = Net(builtin("mlp", input=(2, 2, 1), classes=3)).draw(0)
    >>> {name: w.shape for name, w in list(write_names(net.spec, net.weights(), "torch").items())[:2]}
    {'dense.weight': (128, 4), 'dense.bias': (128,)}

    Raises ``BadModel`` where no order of weights makes up for rows with channels first.
    """
    named = {}
    turned = layout == "torch" and flatten == "channels-first"
    if turned:
        check_channels_first(spec)
    ordered, modules = _ordered(spec) if turned else {}, module_names(spec)
    for layer in spec.layers:
        for name in layer.weights:
            array = weights[f"{layer.name}/{name}"]
            for one in ordered.get(f"{layer.name}/{name}", ()):
                array = one.channels_first(array)
            key = (
                f"{layer.name}/{name}" if layout == "keras" else torch_name(layer, name, modules[layer.name])
            )
            there = _keras_shape(layer, name) if layout == "keras" else None
            named[key] = array.reshape(there) if there else _to_torch(layer, name, array)
    return named


def torch_name(layer: NamedLayer, weight: str, module: str) -> str:
    """What a weight of a layer is called in a state_dict, by the name of its module: ``conv2d.weight``."""
    words = SEPARABLE if "pointwise_kernel" in layer.weights else TORCH
    return f"{module}.{words[weight]}"


def module_names(spec: ModelSpec) -> dict[str, str]:
    """What the module of each layer is called in PyTorch: a name of Python's, like that of the layer.

    >>> from dlcli.nets.spec import model_spec
    >>> names = ["class", "größe", "a b", "a_b", "1st", "x.y", "forward"]
    >>> layers = [{"kind": "dense", "units": 1, "name": name} for name in names]
    >>> list(module_names(model_spec({"input": [1], "layer": layers})).values())
    ['class_', 'größe', 'a_b', 'a_b_', 'layer_1st', 'x_y', 'forward_']
    """
    used: set[str] = set()
    return {layer.name: free_name(_identifier(layer.name), used) for layer in spec.layers}


def _identifier(name: str) -> str:
    """A name of Python's that is like this one, in the form in which Python itself keeps names."""
    letters = unicodedata.normalize("NFKC", name)
    word = "".join(one if f"a{one}".isidentifier() else "_" for one in letters)
    return word if word.isidentifier() and word[0] != "_" else f"layer_{word}"


def free_name(name: str, used: set[str]) -> str:
    """The name, with a line behind it for each time that it is taken; it is ``used`` from then on."""
    while name in used or TAKEN.fullmatch(name) or keyword.iskeyword(name):
        name += "_"
    used.add(name)
    return name


def read_names(spec: ModelSpec, arrays: Mapping[str, Array], *, flatten: str | None = None) -> Weights:
    """The weights of a model out of arrays under Keras' or PyTorch's names.

    Names that are those of the layers are taken so; others by order, and where that does not fit by shape.
    ``flatten`` says in which order the numbers behind a flatten lie: where it does not, that of Keras under
    Keras' names and under the names of the layers, that of PyTorch under others of PyTorch.

    Raises ``DifferentWeights`` with the first layer that nothing fits, and both shapes; ``BadModel`` where no
    order of weights makes up for rows with channels first.
    """
    layout = layout_of(arrays)
    found = {key.removesuffix(":0"): array for key, array in arrays.items()}
    found = {key: array for key, array in found.items() if not key.endswith(COUNTED)}
    mark = "/" if layout == "keras" else "."
    groups: dict[str, dict[str, Array]] = {}
    for key, array in found.items():
        module, _, name = key.rpartition(mark)
        groups.setdefault(module, {})[name] = array
    own = {layer.name: layer.name for layer in spec.layers}
    for called in (own,) if layout == "keras" else (own, module_names(spec)):
        slots = _slots(spec, layout, called)
        modules = list(dict.fromkeys(slot.module for slot in slots))
        front = _front(list(groups), modules, mark)
        matched = {module: front + module for module in modules}
        if by_name := all(one in groups for one in matched.values()):
            break
    if not by_name:
        matched = _by_order(slots, modules, groups)
    _check_fit(slots, matched, groups, layout)
    left = [group for group in groups if group not in matched.values()]
    if left:
        raise DifferentWeights(
            spec.layers[-1].name, f"it is the last; in the file there are weights of {', '.join(left)}, too"
        )
    ordered = _ordered(spec) if layout == "torch" else {}
    taken = flatten or ("channels-first" if layout == "torch" and not by_name else "channels-last")
    if layout == "torch" and taken == "channels-first":
        check_channels_first(spec)
    read: dict[str, Array] = {}
    for slot in slots:
        key, array = f"{slot.layer}/{slot.weight}", slot.back(groups[matched[slot.module]][slot.name])
        for one in ordered.get(key, ()) if taken == "channels-first" else ():
            array = one.channels_last(array)
        read[key] = np.ascontiguousarray(array)
    sources = {slot.layer: matched[slot.module] for slot in slots if not by_name}
    return Weights(read, layout, sources, bool(ordered), taken)


def layout_of(arrays: Mapping[str, Array]) -> str:
    """Whose names these are.

    >>> layout_of({"0.weight": np.zeros(1)}), layout_of({"sequential/dense/kernel": np.zeros(1)})
    ('torch', 'keras')
    """
    ends = (*TORCH.values(), COUNTED)
    return "torch" if all(name.rpartition(".")[2] in ends and "/" not in name for name in arrays) else "keras"


def _ordered(spec: ModelSpec) -> dict[str, list[Ordered]]:
    """By ``layer/weight``: the axes of it along which features lie that may have channels first."""
    found: dict[str, list[Ordered]] = {}
    for one in ordered_weights(spec):
        found.setdefault(one.weight, []).append(one)
    return found


def _keras_shape(layer: NamedLayer, name: str) -> Shape:
    """The shape in Keras: of prelu over pictures one alpha for all cells, which are axes of length 1."""
    shape = layer.weights[name].shape
    return (1, 1, *shape) if isinstance(layer.kind, Prelu) and len(layer.input) == 3 else shape


def _to_torch(layer: NamedLayer, name: str, array: Array) -> Array:
    """An array in PyTorch's layout: kernels of channels apart are (channel out, 1, rows, columns)."""
    inner = layer.weights[name].in_net(array)
    apart = (isinstance(layer.kind, DepthwiseConv) and name == "kernel") or name == "depthwise_kernel"
    return np.ascontiguousarray(inner.reshape(-1, 1, *inner.shape[2:]) if apart else inner)


def _slots(spec: ModelSpec, layout: str, called: Mapping[str, str]) -> list[_Slot]:
    """All arrays of a model as they stand in a file where its layers are ``called`` so."""
    slots = []
    for layer in spec.layers:
        for name, weight in layer.weights.items():
            if layout == "keras":
                module, key, shape = layer.name, name, _keras_shape(layer, name)
            else:
                module, _, key = torch_name(layer, name, called[layer.name]).rpartition(".")
                shape = _to_torch(layer, name, np.broadcast_to(np.float32(0), weight.shape)).shape

            slots.append(_Slot(layer.name, name, module, key, shape, weight, layout))
    return slots


def _front(groups: list[str], modules: list[str], mark: str) -> str:
    """What stands in front of every module's name: that of a Sequential, or nothing."""
    for group in groups:
        if modules and (group == modules[0] or group.endswith(mark + modules[0])):
            return group.removesuffix(modules[0])
    return ""


def _by_order(
    slots: list[_Slot], modules: list[str], groups: Mapping[str, Mapping[str, Array]]
) -> dict[str, str]:
    """Which group of a file each module is.

    In the order of the file, unless that is alphabetical; then in that of the names with their numbers
    counted. Each is the first in that order that has its shapes; where one has none, all stay in the order.
    """
    wanted: dict[str, dict[str, Shape]] = {module: {} for module in modules}
    for slot in slots:
        wanted[slot.module][slot.name] = slot.shape
    shapes = {
        group: {name: array.shape for name, array in inside.items()} for group, inside in groups.items()
    }
    order = list(groups)
    if order == sorted(order):  # nobody's own order: 10 before 2
        order = sorted(groups, key=_counting)
    left, matched = list(order), {}
    for module in modules:
        fitting = next((group for group in left if shapes[group] == wanted[module]), None)
        if fitting is None:
            return dict(zip(modules, order, strict=False))
        matched[module] = fitting
        left.remove(fitting)
    return matched


def _counting(name: str) -> list[tuple[int, str]]:
    """A name as a key by which 2 comes before 10.

    >>> sorted(["10", "2", "conv1"], key=_counting)
    ['2', '10', 'conv1']
    """
    return [
        (int(word), "") if word.isdigit() else (1 << 62, word) for word in re.split(r"(\d+)", name) if word
    ]


def _check_fit(
    slots: list[_Slot], matched: Mapping[str, str], groups: Mapping[str, Mapping[str, Array]], layout: str
) -> None:
    """Raise ``DifferentWeights`` for the first array that is not there, or has another shape."""
    for slot in slots:
        group = matched.get(slot.module)
        if group is None or group not in groups:
            there = ", ".join(groups) or "none"
            raise DifferentWeights(slot.layer, f"there is no {slot.name} for it; the file holds {there}")
        if slot.name not in groups[group]:
            raise DifferentWeights(
                slot.layer, f"its {slot.weight} {slot.shape} would be {slot.name} of {group}, which has "
                f"{', '.join(groups[group])} alone"
            )  # fmt: skip
        shape = groups[group][slot.name].shape
        if shape != slot.shape:
            whose = "PyTorch" if layout == "torch" else "Keras"
            raise DifferentWeights(
                slot.layer,
                f"its {slot.weight} has shape {slot.shape} in {whose}'s layout; "
                f"{slot.name} of {group} has {shape}",
            )
    for group in matched.values():
        known = {slot.name for slot in slots if matched[slot.module] == group}
        if more := [name for name in groups[group] if name not in known]:
            layer = next(slot.layer for slot in slots if matched[slot.module] == group)
            raise DifferentWeights(layer, f"it has no {more[0]}; {group} of the file has one")
