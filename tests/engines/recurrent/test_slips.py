"""What each slip of recurrence makes of numbers that tell all of them apart, written out by hand."""

from __future__ import annotations

from math import exp, tanh
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.slips import SLIPS
from dlcli.engines.recurrent import slips

ROW, MATRIX = np.array([1, 2], object), np.array([[3, 4], [5, 7]], object)

#: Slip -> what it is given, what it makes of that.
MADE: dict[str, tuple[tuple[Any, ...], Any]] = {
    # x = 2, h = 3, w = 5, u = 7, b = 11, the input before 13
    "rnn.memory-cut": ((2, 3, 5, 7, 11, 13), 5 * 2 + 11),
    "rnn.swapped": ((2, 3, 5, 7, 11, 13), 7 * 2 + 5 * 3 + 11),
    "rnn.prev-input": ((2, 3, 5, 7, 11, 13), 5 * 2 + 7 * 13 + 11),
    "rnn.transpose": ((ROW, ROW, MATRIX, MATRIX, 0), [3 + 10 + 3 + 8, 4 + 14 + 5 + 14]),
    "rnn.no-act": ((0.5, 3, 7), 0.5),
    "rnn.outside": ((0.5, 3, 7), tanh(0.5) + 21),
    "rnn.backwards": (([1, 2, 3],), [3, 2, 1]),
    "leaky.reversed": ((0.3, 5, 2), 0.7 * 5 + 0.3 * 2),
    "leaky.no-complement": ((0.3, 5, 2), 0.3 * 5 + 2),
    "leaky.new-alone": ((0.3, 5, 2), 0.7 * 2),
    "skip.forgotten": ((2, 3, 5, 7, 11, 13), 2 * 7 + 3 * 11),
    "skip.near": ((2, 3, 5, 7, 11, 13), 2 * 7 + 3 * 11 + 3 * 13),
    "skip.instead": ((2, 3, 5, 7, 11, 13), 2 * 7 + 5 * 13),
    # f = 0.2, i = 0.7, g = 3, c = 5
    "lstm.f-i": ((0.2, 0.7, 3, 5), 0.7 * 5 + 0.2 * 3),
    "lstm.complement": ((0.2, 0.7, 3, 5), 0.8 * 5 + 0.7 * 3),
    "lstm.coupled": ((0.2, 0.7, 3, 5), 0.2 * 5 + 0.8 * 3),
    "lstm.forget-all": ((0.2, 0.7, 3, 5), 0.2 * (5 + 0.7 * 3)),
    "lstm.tanh-c": ((0.4, 0.5, 2), 0.4 * 0.5),
    "lstm.c-for-h": ((0.4, 0.5, 2), 0.5),
    "lstm.old-c": ((0.4, 0.5, 2), 0.4 * tanh(2)),
    "lstm.candidate-sigmoid": ((0.5,), 1 / (1 + exp(-0.5))),
    "lstm.gate-order": (((1, 2, 3, 4),), {"i": 1, "o": 2, "f": 3, "g": 4}),
    "lstm.formula-order": (((1, 2, 3, 4),), {"f": 1, "i": 2, "g": 3, "o": 4}),
    # a = 2, h = 3, u = 5, b = 7, r = 0.1, z = 0.4
    "gru.reset-before": ((2, 3, 5, 7, 0.1, 0.4), 2 + 5 * 0.3 + 7),
    "gru.reset-missing": ((2, 3, 5, 7, 0.1, 0.4), 2 + 15 + 7),
    "gru.r-z": ((2, 3, 5, 7, 0.1, 0.4), 2 + 0.4 * 22),
    # z = 0.4, n = 3, h = 5, r = 0.1
    "gru.z": ((0.4, 3, 5, 0.1), 0.4 * 3 + 0.6 * 5),
    "gru.no-blend": ((0.4, 3, 5, 0.1), 3 + 0.4 * 5),
    "gru.reset-blend": ((0.4, 3, 5, 0.1), 0.6 * 3 + 0.4 * 0.1 * 5),
    # m = 3, n = 5
    "params.lstm-one-gate": ((3, 5, 4, 1), 15 + 25 + 5),
    "params.lstm-recurrent": ((3, 5, 4, 1), 4 * (15 + 5)),
    "params.lstm-bias": ((3, 5, 4, 1), 4 * (15 + 25)),
    "params.lstm-square": ((3, 5, 4, 1), 4 * (15 + 9 + 5)),
    "params.two-biases": ((3, 5, 4, 1), 4 * (15 + 25 + 10)),
    "loss.no-half": ((7, 4), 9),
    "loss.not-squared": ((4, 7), 1.5),
    "bptt.last-loss": (([1, 2, 6],), 6),
    "bptt.mean": (([1, 2, 6],), 3),
    "bptt.direct-only": ((2, 3, 5), 2),
    "bptt.no-factor": ((2, 3, 5), 7),
    "bptt.h-index": ((2, 3, 5), 10),
    "bptt.tanh-prime": ((2, 0.25), 1.5),
    "bptt.no-prime": ((2, 0.25), 2),
    "bptt.transpose": ((ROW, MATRIX), [3 + 10, 4 + 14]),
    "vanish.power": ((2, 3), 16),
    "vanish.power-less": ((2, 3), 4),
    "vanish.linear": ((2, 5), 10),
    "vanish.no-derivative": ((0.5, 0.2), 0.5),
    "seq.product": (([0.1, 0.2, 0.4],), 0.7),
    "seq.last-factor": (([0.1, 0.2, 0.4],), 0.4),
    "seq.context": (([1, 2, 6],), 3),
    "seq.first": (([1, 2, 6],), 1),
    "seq.largest": (([1, 7, 6],), 7),
    "seq.unconditioned": (([[1, 2], [3, 4], [5, 6]], 2, 1), 2),
}


@pytest.mark.parametrize("name", MADE)
def test_a_slip_makes_what_its_formula_says(name: str) -> None:
    numbers, expected = MADE[name]
    made = SLIPS[name].wrong(*numbers)
    if isinstance(expected, dict):
        assert made == expected
    else:
        assert np.allclose(np.array(made, float), np.array(expected, float), rtol=1e-12)


def test_rows_and_numbers_are_weighed_alike() -> None:
    assert slips.added(ROW, ROW, MATRIX, MATRIX, 1).tolist() == [27, 37]
    assert slips.candidate_sum(1, ROW, MATRIX, 0, 2).tolist() == [27, 37]
