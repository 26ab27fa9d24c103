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

from dlcli.engines.base.checks import Array, EngineError
from dlcli.nets.flat_order import Ordered, check_channels_first, ordered_weights
from dlcli.nets.layer_names import MARKS, TORCH, is_whole, named_weights, weights_named
from dlcli.nets.layers.base import Shape
from dlcli.nets.net import DifferentWeights
from dlcli.nets.spec import BadModel, ModelSpec, NamedLayer

#: Whose names weights may have.
LAYOUTS = ("keras", "torch")

#: The last word of a name in PyTorch that no layer here has: how many batches a mean was taken over.
COUNTED = "num_batches_tracked"

#: Names by which weights are known as PyTorch's.
KNOWN = re.compile(
    rf"{'|'.join(one.rpartition('.')[2] for one in TORCH.values())}|{COUNTED}"
    r"|(weight|bias)_(ih|hh)_l\d+(_reverse)?|weight_skip_l0(_reverse)?"
)

#: A cell among the parts of Keras' names, and the direction before it, which are numbered through a program;
#: the number of a layer of one recurrent module in PyTorch's.
CELL = re.compile(r"(?:/(forward|backward)_[^/]+)?/(?:lstm|gru|simple_rnn|leaky)_cell(?:_\d+)?(?=/)")
STACKED = re.compile(r"\.(weight|bias)_(ih|hh)_l([1-9]\d*)(_reverse)?$")

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
    """One array of a layer as it stands in a file: its module and name there, its shape there.

    ``told`` is its name behind that of the layer, and ``weight`` what a message calls it.
    """

    layer: str
    weight: str
    module: str
    name: str
    shape: Shape
    told: str


def write_names(
    spec: ModelSpec, weights: Mapping[str, Array], layout: str = "keras", flatten: str = "channels-last"
) -> dict[str, Array]:
    """Weights by ``layer/weight`` under the names and in the layouts of Keras or PyTorch.

    >>> from dlcli.nets import Net, builtin
    >>> net = Net(builtin("mlp", input=(2, 2, 1), classes=3)).draw(0)
    >>> {name: w.shape for name, w in list(write_names(net.spec, net.weights(), "torch").items())[:2]}
    {'dense.weight': (128, 4), 'dense.bias': (128,)}

    Raises ``BadModel`` where no order of weights makes up for rows with channels first, and for a recurrent
    layer that PyTorch computes otherwise.
    """
    named: dict[str, Array] = {}
    turned = layout == "torch" and flatten == "channels-first"
    if turned:
        check_channels_first(spec)
    ordered, modules = _ordered(spec) if turned else {}, module_names(spec)
    for layer in spec.layers:
        arrays = {name: weights[f"{layer.name}/{name}"] for name in layer.weights}
        for name in arrays:
            for one in ordered.get(f"{layer.name}/{name}", ()):
                arrays[name] = one.channels_first(arrays[name])
        front = f"{layer.name}/" if layout == "keras" else f"{modules[layer.name]}."
        named |= {f"{front}{name}": array for name, array in _named(layer, arrays, layout).items()}
    return named


def _named(layer: NamedLayer, arrays: Mapping[str, Array], layout: str) -> dict[str, Array]:
    """The weights of a layer under their names there. Raises ``BadModel`` where there are none."""
    try:
        return named_weights(layer.kind, layer.input, arrays, layout)
    except EngineError as error:
        raise BadModel(
            layer.name, f"{str(error).partition('; try')[0]}; Keras' names have a place for it"
        ) from error


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
    found = {_canonical(key.removesuffix(":0"), layout): array for key, array in arrays.items()}
    found = {key: array for key, array in found.items() if not key.endswith(COUNTED)}
    mark = MARKS[layout]
    own = {layer.name: layer.name for layer in spec.layers}
    for called in (own,) if layout == "keras" else (own, module_names(spec)):
        slots = _slots(spec, layout, called)
        modules = list(dict.fromkeys(slot.module for slot in slots))
        groups = _groups(found, slots, mark)
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
    for layer in spec.layers:
        its = {
            slot.told: groups[matched[slot.module]][slot.name] for slot in slots if slot.layer == layer.name
        }
        for name, array in weights_named(layer.kind, layer.input, its, layout).items() if its else ():
            key = f"{layer.name}/{name}"
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
    known = (KNOWN.fullmatch(name.rpartition(".")[2]) and "/" not in name for name in arrays)
    return "torch" if all(known) else "keras"


def _canonical(key: str, layout: str) -> str:
    """A name without what is numbered through a program, a layer of several being a module of its own.

    >>> _canonical("both/forward_gru_3/gru_cell/bias", "keras"), _canonical("a/lstm/lstm_cell/bias", "keras")
    ('both/forward/bias', 'a/lstm/bias')
    >>> _canonical("rnn.weight_ih_l1_reverse", "torch")
    'rnn layer 1.weight_ih_l0_reverse'
    """
    if layout == "keras":
        return CELL.sub(lambda one: f"/{one[1]}" if one[1] else "", key)
    return STACKED.sub(lambda one: f" layer {one[3]}.{one[1]}_{one[2]}_l0{one[4] or ''}", key)


def _groups(found: Mapping[str, Array], slots: list[_Slot], mark: str) -> dict[str, dict[str, Array]]:
    """The arrays of a file by module and name, of several parts where most are there that a layer has."""
    inside: dict[str, set[str]] = {}
    for slot in slots:
        inside.setdefault(slot.module, set()).add(slot.name)
    parts = {frozenset(names) for names in inside.values() if any(mark in name for name in names)}
    module_of: dict[str, tuple[str, str]] = {}
    for names in sorted(parts, key=len, reverse=True):
        first = max(names, key=len)
        for key in found:
            module = key.removesuffix(mark + first)
            there = {f"{module}{mark}{name}": (module, name) for name in names}
            there = {one: place for one, place in there.items() if one in found and one not in module_of}
            if module != key and 2 * len(there) > len(names):
                module_of |= there
    groups: dict[str, dict[str, Array]] = {}
    for key, array in found.items():
        module, _, name = key.rpartition(mark)
        module, name = module_of.get(key, (module, name))
        groups.setdefault(module, {})[name] = array
    return groups


def _ordered(spec: ModelSpec) -> dict[str, list[Ordered]]:
    """By ``layer/weight``: the axes of it along which features lie that may have channels first."""
    found: dict[str, list[Ordered]] = {}
    for one in ordered_weights(spec):
        found.setdefault(one.weight, []).append(one)
    return found


def _slots(spec: ModelSpec, layout: str, called: Mapping[str, str]) -> list[_Slot]:
    """All arrays of a model as they stand in a file where its layers are ``called`` so."""
    slots: list[_Slot] = []
    mark = MARKS[layout]
    for layer in spec.layers:
        nothing = {name: np.broadcast_to(np.float32(0), one.shape) for name, one in layer.weights.items()}
        named = _named(layer, nothing, layout) if nothing else {}
        plain = len(named) == len(nothing) and not is_whole(layer.kind)
        for name, (told, array) in zip(nothing if plain else named, named.items(), strict=True):
            key = _canonical(f"{called[layer.name]}{mark}{told}", layout)
            module, _, last = key.rpartition(mark)
            if is_whole(layer.kind):
                module, last = called[layer.name], key.removeprefix(f"{called[layer.name]}{mark}")
            slots.append(_Slot(layer.name, name, module, last, array.shape, told))
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
