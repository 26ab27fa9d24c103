"""What of a graph is known before any picture comes: arrays computed from arrays, and activations in pieces.

PyTorch writes lengths as computations (the length of the batch, put before −1, is what to reshape to), and
``gelu`` and ``silu`` as several operators.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.nets.onnx.graph import Node

#: What stands for the length of a batch, which no file knows.
BATCH = -1


#: Arrays of more numbers are only turned and shaped, never computed with: lengths and axes are few.
FEW = 1024


def folded(node: Node, arrays: Sequence[Array | None]) -> Array | None:
    """What an operator gives on arrays alone; None where it is none of those that are computed here."""
    known = [array for array in arrays if array is not None]
    if len(known) < len(arrays) or not known:
        return None
    try:
        if node.op in SHAPES:
            return SHAPES[node.op](node, known)
        if node.op in FEW_NUMBERS and all(array.size <= FEW for array in known):
            return FEW_NUMBERS[node.op](node, known)
    except (ValueError, IndexError, TypeError, ArithmeticError, KeyError, AttributeError):
        return None
    return None


def constant(node: Node) -> Array | None:
    """The array that an operator Constant gives."""
    for name in ("value", "value_float", "value_int", "value_floats", "value_ints"):
        if name in node.attributes:
            value = node.attributes[name]
            return np.asarray(value, np.float32 if "float" in name else None)
    return None


def _axes(node: Node, arrays: Sequence[Array]) -> tuple[int, ...] | None:
    """The axes that an attribute gives, or the second input."""
    told = node.attributes.get("axes", arrays[1].tolist() if len(arrays) > 1 else None)
    return None if told is None else tuple(told)


def _reshape(node: Node, arrays: Sequence[Array]) -> Array:
    lengths = [
        arrays[0].shape[place] if length == 0 else length for place, length in enumerate(arrays[1].tolist())
    ]
    return arrays[0].reshape(lengths)


def _unsqueeze(node: Node, arrays: Sequence[Array]) -> Array:
    axes = _axes(node, arrays)
    return arrays[0] if axes is None else np.expand_dims(arrays[0], axes)


def _slice(node: Node, arrays: Sequence[Array]) -> Array:
    told = [array.tolist() for array in arrays[1:]]
    starts, ends = told[:2] if len(told) > 1 else (node.attributes["starts"], node.attributes["ends"])
    axes = told[2] if len(told) > 2 else node.attributes.get("axes", range(len(starts)))
    steps = told[3] if len(told) > 3 else [1] * len(starts)
    cut = [slice(None)] * arrays[0].ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        cut[axis] = slice(start, end, step)
    return arrays[0][tuple(cut)]


def _filled(node: Node, arrays: Sequence[Array]) -> Array:
    lengths = arrays[0].tolist()
    if prod(lengths) > FEW:
        raise ValueError("more numbers than lengths and axes have")
    value = node.attributes.get("value", np.zeros(1, np.float32))
    return np.full(lengths, value.item(), value.dtype)


def _whole(operation: Callable[..., Array]) -> Callable[[Node, Sequence[Array]], Array]:
    """An operation on whole numbers; the length of the batch is none that is known."""

    def compute(node: Node, arrays: Sequence[Array]) -> Array:
        if any(array.dtype.kind not in "iu" or (array == BATCH).any() for array in arrays):
            raise ValueError("not computed here")
        with np.errstate(all="raise"):
            computed: Array = operation(*arrays)
        return computed

    return compute


#: Operator -> what it makes of arrays: no more numbers than there were.
SHAPES: dict[str, Callable[[Node, Sequence[Array]], Array]] = {
    "Identity": lambda node, arrays: arrays[0],
    "Cast": lambda node, arrays: arrays[0],
    "Transpose": lambda node, arrays: arrays[0].transpose(node.attributes.get("perm")),
    "Squeeze": lambda node, arrays: np.squeeze(arrays[0], _axes(node, arrays)),
    "Unsqueeze": _unsqueeze,
    "Reshape": _reshape,
    "Slice": _slice,
}

#: The same where there may be more of them.
FEW_NUMBERS: dict[str, Callable[[Node, Sequence[Array]], Array]] = {
    "Concat": lambda node, arrays: np.concatenate(arrays, node.attributes.get("axis", 0)),
    "Gather": lambda node, arrays: arrays[0].take(arrays[1], node.attributes.get("axis", 0)),
    "ConstantOfShape": _filled,
    "Add": _whole(np.add),
    "Sub": _whole(np.subtract),
    "Mul": _whole(np.multiply),
    "Div": _whole(np.floor_divide),
    "Mod": _whole(np.mod),
}


def fused(nodes: Sequence[Node], constants: Mapping[str, Array]) -> list[Node]:
    """The nodes, with Silu, Gelu and Softplus in place of the operators that compute them."""
    uses = Counter(name for node in nodes for name in node.inputs)
    after: dict[str, Node] = {}
    before = {name: node for node in nodes for name in node.outputs}
    for node in nodes:
        for name in node.inputs:
            after[name] = node  # of a value that is used once, the only one
    gone: set[str] = set()
    made: dict[str, Node] = {}
    for node in nodes:
        found = None
        if not node.inputs or not node.outputs:
            continue
        if node.op == "Sigmoid":
            found = _silu(node, after, uses)
        if node.op == "Erf":
            found = _gelu(node, before, after, uses, constants)
        if node.op == "Where":
            found = _softplus(node, before, uses, constants)
        if found:
            op, x, pieces = found
            last = pieces[-1]
            made[last.outputs[0]] = replace(last, op=op, inputs=(x,), attributes={}, domain="")
            gone |= {piece.outputs[0] for piece in pieces}
    return [
        made.get(node.outputs[0], node)
        for node in nodes
        if node.outputs and (node.outputs[0] not in gone or node.outputs[0] in made)
    ]


Found = tuple[str, str, list[Node]]


def _silu(node: Node, after: Mapping[str, Node], uses: Mapping[str, int]) -> Found | None:
    """x sigmoid(x)."""
    product = after.get(node.outputs[0])
    if product is None or product.op != "Mul" or uses[node.outputs[0]] != 1:
        return None
    x = node.inputs[0]
    return ("Silu", x, [node, product]) if x in product.inputs else None


#: PyTorch's softplus is x from 20 on, where log(1 + exp(-x)) is 2e-9.
_FAR = 15


def _softplus(
    where: Node, before: Mapping[str, Node], uses: Mapping[str, int], constants: Mapping[str, Array]
) -> Found | None:
    """x where x is large, else softplus(x)."""
    if len(where.inputs) != 3:
        return None
    far, x, near = where.inputs
    greater, softplus = before.get(far), before.get(near)
    if greater is None or softplus is None or (greater.op, softplus.op) != ("Greater", "Softplus"):
        return None
    least = constants.get(greater.inputs[1])
    if least is None or least.size != 1 or least.item() < _FAR or greater.inputs[0] != x:
        return None
    if softplus.inputs != (x,) or uses[far] != 1 or uses[near] != 1:
        return None
    return "Softplus", x, [greater, softplus, where]


def _gelu(
    erf: Node, before: Mapping[str, Node], after: Mapping[str, Node], uses: Mapping[str, int],
    constants: Mapping[str, Array],
) -> Found | None:  # fmt: skip
    """x (1 + erf(x / √2)) / 2, the factors in any order."""

    def is_number(name: str, value: float) -> bool:
        array = constants.get(name)
        return array is not None and array.size == 1 and bool(np.isclose(array.item(), value, rtol=1e-4))

    root = before.get(erf.inputs[0])
    if root is None or root.op not in ("Div", "Mul") or len(root.inputs) != 2:
        return None
    x, factor = root.inputs
    if x in constants and root.op == "Mul":
        x, factor = factor, x
    if not is_number(factor, np.sqrt(2) if root.op == "Div" else np.sqrt(0.5)):
        return None
    add = after.get(erf.outputs[0])
    if add is None or add.op != "Add" or not any(is_number(name, 1) for name in add.inputs):
        return None
    pieces, wanted = [root, erf, add], {"x", "half"}
    while wanted:
        value = pieces[-1].outputs[0]
        product = after.get(value)
        if product is None or product.op != "Mul" or uses[value] != 1:
            return None
        (other,) = [name for name in product.inputs if name != value] or [""]
        halved = before.get(other)
        if other == x and "x" in wanted:
            wanted.remove("x")
        elif is_number(other, 0.5) and "half" in wanted:
            wanted.remove("half")
        elif (
            halved is not None and halved.op == "Mul" and wanted == {"x", "half"} and uses[other] == 1
            and x in halved.inputs and any(is_number(name, 0.5) for name in halved.inputs)
        ):  # fmt: skip
            pieces.insert(0, halved)
            wanted.clear()
        else:
            return None
        pieces.append(product)
    return "Gelu", x, pieces
