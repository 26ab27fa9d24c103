"""Weights to begin with, drawn as Keras draws them by default."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.cell import Cell, Skip
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.leaky import LeakyCell
from dlcli.engines.recurrent.lstm import LSTMCell
from dlcli.engines.recurrent.sequence_loss import Readout
from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell
from dlcli.engines.tensors.initializers import glorot_uniform, orthogonal

#: Every kind of cell by the name it has on the command line.
CELLS: dict[str, type[Cell]] = {kind.kind: kind for kind in (SimpleRNNCell, LeakyCell, LSTMCell, GRUCell)}


def seeded_cell(
    kind: str,
    features: int,
    units: int,
    rng: np.random.Generator,
    *,
    skip: int = 0,
    alpha: float = 0.9,
    activation: str | None = None,
    recurrent_activation: str | None = None,
    reset_after: bool = True,
    forget_bias: float = 1.0,
    update_bias: float = 0.0,
) -> Cell:
    """A cell with weights as Keras draws them: kernel Glorot uniform, recurrent kernel orthogonal, bias 0.

    The forget gate's bias is ``forget_bias`` and the update gate's ``update_bias``: above 0 an LSTM or a
    GRU begins by remembering. A leaky layer with as many units as features takes its inputs as they are: the
    kernel is the identity. A skip connection is orthogonal, too.

    >>> seeded_cell("lstm", 3, 2, np.random.default_rng(0)).arrays()["bias"]
    array([0., 0., 1., 1., 0., 0., 0., 0.])
    >>> seeded_cell("gru", 3, 1, np.random.default_rng(0), update_bias=5.0).arrays()["bias"]
    array([[5., 0., 0.],
           [0., 0., 0.]])

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
        np.atleast_2d(bias)[0, :units] = update_bias
    if recurrent_activation is not None and made in (GRUCell, LSTMCell):
        own["recurrent_activation"] = recurrent_activation
    if made is LSTMCell:
        bias[units : 2 * units] = forget_bias
    connection = Skip(orthogonal(rng, units, columns), skip) if skip else None
    return made(kernel, bias, connection, **own)


def seeded_readout(units: int, outputs: int, rng: np.random.Generator) -> Readout:
    """An output layer with a Glorot uniform kernel (unit, output) and bias 0.

    >>> seeded_readout(3, 2, np.random.default_rng(0)).kernel.shape
    (3, 2)
    """
    return Readout(glorot_uniform(rng, units, outputs), np.zeros(outputs))
