"""The names of weights: paths whose last part says what they are, and the rest whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.leaky import LeakyCell
from dlcli.engines.recurrent.net import StoredFacts, cell_of

NUMBER = re.compile(r"^(.*?)_?(\d*)$")


@dataclass(frozen=True)
class Block:
    """Layers that bear one name together, and the names of the arrays that they were made of."""

    name: str
    layers: tuple[Layer, ...]
    used: frozenset[str]


def split(name: str) -> tuple[str, str]:
    """The owner of a weight, and which of its weights it is, out of a name.

    >>> split("sequential/gru_1/gru_cell/kernel:0"), split("encoder.rnn.weight_ih_l0"), split("W")
    (('sequential/gru_1/gru_cell', 'kernel'), ('encoder.rnn', 'weight_ih_l0'), ('', 'W'))
    """
    name = name.removesuffix(":0")
    cut = max(name.rfind("/"), name.rfind("."))
    return name[: max(cut, 0)], name[cut + 1 :]


def by_owner(arrays: Iterable[str], wanted: Iterable[str]) -> dict[str, dict[str, str]]:
    """Owner -> what of it -> name, of the weights whose last part is one of those that are wanted."""
    known = set(wanted)
    found: dict[str, dict[str, str]] = {}
    for name in arrays:
        owner, what = split(name)
        if what in known:
            found.setdefault(owner, {})[what] = name
    return found


def in_order(blocks: Sequence[Block]) -> list[Block]:
    """Blocks from the lowest to the highest layer.

    As they come in the file, when their numbers grow there and each reads what the one before gives; else
    by number, since programs that sort names put 10 before 2, as far as shapes allow that.
    """
    stems = [_stem(block.name) for block in blocks]
    seen = list(dict.fromkeys(stem for stem, _ in stems))
    order = sorted(range(len(blocks)), key=lambda i: (seen.index(stems[i][0]), stems[i][1]))
    grow = all(i < j for i, j in pairwise(order) if stems[i][0] == stems[j][0])
    if grow and all(_fits(below, above) for below, above in pairwise(blocks)):
        return list(blocks)
    numbered = [blocks[i] for i in order]
    return next(_orders([], numbered), numbered)


def order_is_told(blocks: Sequence[Block]) -> bool:
    """Whether numbers and shapes leave no second order for these blocks."""
    return len(list(islice(_orders([], blocks), 2))) < 2


def _orders(below: list[Block], rest: Sequence[Block]) -> Iterator[list[Block]]:
    """The orders that go on so: each reads what the one before gives, and numbers behind a name grow."""
    if not rest:
        yield below
    for block in rest:
        stem, number = _stem(block.name)
        lower = any(found == stem and n < number for found, n in (_stem(one.name) for one in rest))
        if not lower and (not below or _fits(below[-1], block)):
            yield from _orders([*below, block], [one for one in rest if one is not block])


def _fits(below: Block, above: Block) -> bool:
    return below.layers[-1].width == above.layers[0].forward.features


def _stem(name: str) -> tuple[str, int]:
    """A name without the number behind the part that has one, and that number.

    >>> _stem("sequential/gru_12/gru_cell"), _stem("rnn")
    (('sequential/gru/gru_cell', 12), ('rnn', 0))
    """
    parts = re.split(r"([/.])", name)
    number = 0
    for place, part in enumerate(parts):
        found = NUMBER.match(part)
        if found and found[2]:
            parts[place], number = found[1], int(found[2])
    return "".join(parts), number


def described(arrays: Mapping[str, Array]) -> str:
    """Names and shapes, for a message.

    >>> described({"a": np.zeros(3), "b": np.zeros((2, 1))})
    'a (3,), b (2, 1)'
    """
    listed = [f"{name} {array.shape}" for name, array in arrays.items()]
    more = f" and {len(listed) - 6} more" if len(listed) > 6 else ""
    return (", ".join(listed[:6]) or "nothing") + more


def reordered(array: Array, order: Sequence[int]) -> Array:
    """The blocks of an array, side by side along its last axis, in another order.

    >>> reordered(np.arange(6), (1, 0, 2))
    array([2, 3, 0, 1, 4, 5])
    """
    blocks = array.reshape(*array.shape[:-1], len(order), -1)
    return blocks[..., list(order), :].reshape(array.shape)


def cell_by_rows(
    w: Array,
    u: Array,
    biases: Sequence[Array],
    facts: StoredFacts,
    orders: Mapping[int, Sequence[int]],
    *,
    apart: bool,
    where: str,
) -> Cell:
    """The cell of kernels with outputs in rows, (gates·unit, feature) and (gates·unit, unit).

    ``biases`` are the one beside the input and the one beside the state, or none; they are added up, unless a
    GRU keeps them ``apart``. ``orders`` says, by how many blocks there are, which of the library's each of
    Keras' is. Raises ``EngineError`` as ``cell_of`` does.
    """
    w, u, bias = w.T, u.T, None
    units = u.shape[0] if u.ndim == 2 else 0
    gates, rest = divmod(u.shape[-1], units) if units else (0, 0)
    if len(biases):
        bias = np.stack(biases) if gates == 3 and apart else biases[0] + biases[1]
    if gates in orders and not rest and w.shape[-1] == u.shape[-1]:
        w, u = reordered(w, orders[gates]), reordered(u, orders[gates])
        bias = None if bias is None else reordered(bias, orders[gates])
    return cell_of(w, u, bias, facts, where=where)


def by_rows(
    cell: Cell, library: str, orders: Mapping[int, Sequence[int]]
) -> tuple[Array, Array, tuple[Array, ...]]:
    """The kernels of a cell with outputs in rows, and its two biases or none: what ``cell_by_rows`` reads.

    Raises ``EngineError`` for a cell that Keras alone has a place for.
    """
    if isinstance(cell, LeakyCell) or cell.skip:
        what = "leaky units" if isinstance(cell, LeakyCell) else "skip connections"
        raise EngineError(f"{library} has no {what}; try layout=keras, which has a place for them")
    order = [orders[len(cell.gates)].index(i) for i in range(len(cell.gates))]
    weights = {name: reordered(array, order) for name, array in cell.arrays().items()}
    w, u, bias = weights["kernel"].T, weights["recurrent_kernel"].T, weights.get("bias")
    if bias is None:
        return w, u, ()
    return w, u, tuple(bias) if bias.ndim == 2 else (bias, np.zeros_like(bias))
