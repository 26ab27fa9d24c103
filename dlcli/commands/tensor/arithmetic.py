"""The steps of ``tensor`` that compute: cell by cell with another tensor, matrix products, sums, noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from dlcli.commands.kinds.level import no_level
from dlcli.commands.tensor.fitting import fitting, line_of
from dlcli.commands.tensor.record import Meeting, Noise, Product, Summing, is_typed
from dlcli.commands.tensor.steps import met, named
from dlcli.engines.base.checks import EngineError, compute_dtype
from dlcli.engines.tensors import arithmetic, broadcast
from dlcli.engines.tensors.reshape import written
from dlcli.errors import DlcliError
from dlcli.tensor import Tensor
from dlcli.words.cell import axis_place


def computed(x: Tensor, *, operation: str, other: Tensor, word: str, most_bytes: int) -> Meeting:
    """The tensor with another one, cell by cell; ``word`` is what was typed for that.

    Raises ``EngineError`` where they do not broadcast, with the reshape or the transpose of the other one, or
    of this one, that would.
    """
    rules = broadcast.broadcast_rule(x.shape, other.shape)
    try:
        shape = broadcast.broadcast_shape(x.shape, other.shape)
    except EngineError as error:
        if all(rule.rule != broadcast.MISFIT for rule in rules):
            raise
        told = f"{written(x.shape)} and {written(other.shape)} do not broadcast"
        raise EngineError(
            f"{told}\n{error}{fitting(x.shape, other.shape, word, f'--{operation}')}"
        ) from error
    _check_size(shape, most_bytes)
    data, wrapped = arithmetic.combine(operation, x.data, other.data, typed=(is_typed(x), is_typed(other)))
    axes = named(met(rule, x, other) for rule in reversed(rules))
    after = Tensor(data, axes, x.name, no_level(x, operation))
    floats = arithmetic.beyond_integers(operation, x.data, other.data)
    origin = partial(broadcast.origin, shape=x.shape)
    return Meeting(x, after, origin, operation, rules, other, wrapped, floats)


def multiplied(x: Tensor, *, other: Tensor, word: str, most_bytes: int) -> Product:
    """The matrix product; raises ``EngineError`` with the transpose that would fit, where one does."""
    if x.data.ndim and other.data.ndim:
        if x.shape[-1] != other.shape[-2:][0]:
            raise EngineError(
                f"{written(x.shape)} · {written(other.shape)}: a row of {x.shape[-1]} numbers meets a column "
                f"of {other.shape[-2:][0]}: both must be as long{_turned(x, other, word)}"
            )
        before = broadcast.broadcast_shape(x.shape[:-2], other.shape[:-2])
        _check_size((*before, *x.shape[-2:-1], *other.shape[-1:][: other.data.ndim - 1]), most_bytes)
    data, wrapped = arithmetic.matmul(x.data, other.data, typed=(is_typed(x), is_typed(other)))
    several = broadcast.broadcast_rule(x.shape[:-2], other.shape[:-2])
    leading = [met(rule, _leading(x), _leading(other)) for rule in reversed(several)]
    axes = named([*leading, *x.axes[-2:-1], *(other.axes[-1:] if other.data.ndim > 1 else ())])
    after = Tensor(data, axes, "product", no_level(x, "product"))
    floats = arithmetic.beyond_integers("matmul", x.data, other.data)

    def origin(cell: tuple[int, ...]) -> tuple[int, ...]:
        return arithmetic.row_and_column(cell, x.shape, other.shape)[0][0]

    return Product(x, after, origin, other, wrapped, floats)


def summed(x: Tensor, *, word: str) -> Summing:
    """The sum along the axis that a word names."""
    axis = axis_place(word, x, "--sum")
    axes = tuple(one for place, one in enumerate(x.axes) if place != axis)
    after = Tensor(arithmetic.sum_along(x.data, axis), axes, x.name, no_level(x, "sum"))

    def origin(cell: tuple[int, ...]) -> tuple[int, ...]:
        return (*cell[:axis], 0, *cell[axis:])

    return Summing(x, after, origin, axis)


def noisy(x: Tensor, *, noise: Noise, generator: np.random.Generator) -> Meeting:
    """The tensor and random numbers, one for each of its own; raises ``EngineError`` for complex ones."""
    if x.data.dtype.kind == "c":
        raise EngineError(f"noise is drawn for real numbers; received {x.data.dtype}")
    if noise.kind == "gaussian":
        drawn = generator.normal(0, noise.size, x.shape)
    else:
        drawn = generator.uniform(-noise.size, noise.size, x.shape)
    other = Tensor(np.asarray(drawn).astype(compute_dtype(x.data)), x.axes, "noise")
    data, _ = arithmetic.combine("add", x.data, other.data)
    rules = broadcast.broadcast_rule(x.shape, x.shape)
    after = Tensor(data, x.axes, x.name, no_level(x, "sum"))
    return Meeting(x, after, lambda cell: cell, "add", rules, other, None, False, noise)


def _turned(x: Tensor, other: Tensor, word: str) -> str:
    """The transpose that makes a product possible."""
    inner, rank = x.shape[-1], other.data.ndim
    if rank > 1 and other.shape[-1] == inner:
        order = ",".join(map(str, (*range(rank - 2), rank - 1, rank - 2)))
        turned = line_of(word, "--transpose", "reverse" if rank == 2 else order, "--matmul")
        return f"; the other one fits turned, from (out, in) as PyTorch keeps weights to (in, out): {turned}"
    if x.data.ndim == 2 and x.shape[0] == other.shape[-2:][0]:
        return "; this one fits turned: --transpose reverse before"
    return ""


def _leading(x: Tensor) -> Tensor:
    """The axes before those of a matrix, as a tensor of no numbers that has them."""
    axes, shape = x.axes[:-2], x.shape[:-2]
    return Tensor(np.broadcast_to(np.zeros(()), shape), axes)


def _check_size(shape: Sequence[int], most_bytes: int) -> None:
    if math.prod(shape) * 8 > most_bytes:
        raise DlcliError(
            f"{' × '.join(map(str, shape))} numbers of 8 bytes are more than the {most_bytes} bytes allowed; "
            "raise --max-bytes, or give shapes that stretch less"
        )
