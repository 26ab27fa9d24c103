"""Weights to begin with, drawn as Keras draws them by default."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.cell import Cell, Skip
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.leaky import LeakyCell
from dlcli.engines.recurrent.lstm import LSTMCell
from dlcli.engines.recurrent.sequence_loss import Readout
from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell

#: Every kind of cell by the name it has on the command line.
CELLS: dict[str, type[Cell]] = {kind.kind: kind for kind in (SimpleRNNCell, LeakyCell, LSTMCell, GRUCell)}


def glorot_uniform(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """Uniform between ±√(6 / (rows + columns)). Source: Glorot and Bengio, 2010, equation 16."""
    limit = math.sqrt(6 / (rows + columns))
    return rng.uniform(-limit, limit, (rows, columns))


def orthogonal(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """Rows at right angles and of length 1 (columns, when there are fewer of them), drawn evenly.

    >>> u = orthogonal(np.random.default_rng(0), 2, 6)
    >>> np.allclose(u @ u.T, np.eye(2))
    True

    Source: Saxe, McClelland and Ganguli, Exact solutions to the nonlinear dynamics of learning, 2014.
    """
    tall = rng.normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diag(r) < 0, -1.0, 1.0)  # else the signs would not be drawn evenly
    return q if rows >= columns else q.T


def seeded_cell(
    kind: str,
    features: int,
    units: int,
    rng: np.random.Generator,
    *,
    skip: int = 0,
    alpha: float = 0.9,
    activation: str | None = None,
    reset_after: bool = True,
    forget_bias: float = 1.0,
) -> Cell:
    """A cell with weights as Keras draws them: kernel Glorot uniform, recurrent kernel orthogonal, bias 0.

    The forget gate's bias is ``forget_bias``: above 0 an LSTM begins by remembering. A leaky layer with as
    many units as features takes its inputs as they are: the kernel is the identity. A skip connection is
    orthogonal, too.

    >>> seeded_cell("lstm", 3, 2, np.random.default_rng(0)).arrays()["bias"]
    array([0., 0., 1., 1., 0., 0., 0., 0.])

    Raises ``EngineError`` for a kind that is not in ``CELLS``.
    """
    if kind not in CELLS:
        raise EngineError(f"no cell is called '{kind}'; try one of {', '.join(CELLS)}")
    made = CELLS[kind]
    columns = len(made.gates) * units
    own: dict[str, Any] = {} if activation is None else {"activation": activation}
    kernel, bias = glorot_uniform(rng, features, columns), np.zeros(columns)
    if made is LeakyCell:
        own["alpha"] = alpha
        kernel = np.eye(units) if units == features else kernel
    else:
        own["recurrent_kernel"] = orthogonal(rng, units, columns)
    if made is GRUCell:
        own["reset_after"] = reset_after
        bias = np.zeros((2, columns)) if reset_after else bias
    if made is LSTMCell:
        bias[units : 2 * units] = forget_bias
    connection = Skip(orthogonal(rng, units, columns), skip) if skip else None
    return made(kernel, bias, connection, **own)


def seeded_readout(units: int, outputs: int, rng: np.random.Generator) -> Readout:
    """An output layer with a Glorot uniform kernel and bias 0."""
    return Readout(glorot_uniform(rng, units, outputs), np.zeros(outputs))
