"""Where decibels go through a command: what is still a level, and what is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

AXES = Axis("frequency", unit="Hz", start=0.0, step=100.0), Axis("frame")
LEVELS = Tensor(np.linspace(-80, 0, 120).reshape(12, 10), AXES, attrs={"quantity": "db"})

#: Lines, and whether what they make of decibels is a level.
LINES = {
    ("conv", "-k", "box:3"): True,
    ("conv", "-k", "gaussian:3"): True,
    ("conv", "-k", "sharpen", "--padding", "same"): True,
    ("conv", "-k", "box:3", "-k", "identity"): True,
    ("conv", "-k", "box:3", "--bias", "1"): False,
    ("conv", "-k", "box:3", "--activation", "relu"): False,
    ("conv", "-k", "sobel-y"): False,
    ("conv", "-k", "laplacian"): False,
    ("conv", "-k", "1 1"): False,
    ("conv", "-k", "identity", "-k", "sobel-x"): False,
    ("pool",): True,
    ("pool", "--kind", "avg"): True,
    ("pool", "--kind", "lp"): False,
    ("pool", "--emit", "argmax"): False,
    ("tensor", "--transpose", "reverse"): True,
    ("flatten",): True,
    ("activate", "tanh"): False,
    ("activate", "tanh", "--emit", "derivative"): False,
    ("softmax",): False,
    ("softmax", "--emit", "log-probabilities"): False,
    ("softmax", "--emit", "exponentials"): False,
    ("dropout",): True,
    ("dropout", "--emit", "mask"): False,
}


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_decibels_stay_decibels_where_they_are_levels(line: tuple[str, ...], cli: Any) -> None:
    made = cli(*line, stdin=LEVELS)
    assert made.code == 0, made.err
    assert (made.tensor.attrs["quantity"] == "db") == LINES[line]
    other = cli(*line, stdin=LEVELS.with_attrs(quantity="phase"))
    assert other.tensor.attrs["quantity"] == "phase"


def test_an_edge_map_of_decibels_is_signed(cli: Any) -> None:
    """Of a hill of levels: its two sides differ."""
    hill = np.repeat(-np.abs(np.linspace(-40, 40, 81))[:, None], 40, axis=1)
    levels = Tensor(hill, AXES, attrs={"quantity": "db"})
    told = cli("conv", "-k", "sobel-y", "-f", "plain", "--width", "80", stdin=levels).out
    same = cli("conv", "-k", "sobel-y", "-f", "plain", "--width", "80", stdin=levels.with_attrs(quantity="x"))
    assert told.split("Feature map")[1] == same.out.split("Feature map")[1]
