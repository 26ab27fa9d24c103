"""A cell that somebody wants explained: there or not, and in words."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dlcli.errors import WrongUsage
from dlcli.tensor import Axis, Tensor
from dlcli.views.text.cell import cell_words, checked

TABLE = Tensor(np.arange(6).reshape(2, 3), (Axis("row"), Axis("colour", ("red", "g\x1breen", "blue"))), "hue")


def test_a_cell_that_is_there_is_itself() -> None:
    assert checked((1, 2), TABLE) == (1, 2)
    assert checked((), Tensor(3.0)) == ()


@pytest.mark.parametrize(
    ("cell", "tensor", "told"),
    [
        ((1,), TABLE, "cell 1 has 1 of 2 indices; in the hue: row 0 to 1, colour 0 to 2"),
        ((0, 1, 2), TABLE, "cell 0,1,2 has 3 of 2 indices; in the hue: row 0 to 1, colour 0 to 2"),
        ((2, 0), TABLE, "there is no cell 2,0 in the hue: row 0 to 1, colour 0 to 2"),
        ((0, -1), TABLE, "there is no cell 0,-1 in the hue: row 0 to 1, colour 0 to 2"),
        ((0,), Tensor(3.0), "the tensor is a single number, which has no index: its cell is ()"),
        ((0, 0), Tensor(np.zeros((3, 0))), "there is no cell 0,0 in the tensor: row 0 to 2, nothing along column"),
    ],
)  # fmt: skip
def test_one_that_is_not_is_wrong_usage(cell: tuple[int, ...], tensor: Tensor, told: str) -> None:
    with pytest.raises(WrongUsage, match=f"^{re.escape(told)}$"):
        checked(cell, tensor)


def test_words_steer_nothing() -> None:
    assert cell_words((1, 1), TABLE) == "row 1, colour g␛reen"
