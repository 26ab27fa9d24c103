"""The axis that a word means."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dlcli.errors import WrongUsage
from dlcli.tensor import Axis, Tensor
from dlcli.words.axis import axis_place

PHOTO = Tensor(np.zeros((2, 3, 4)), (Axis("height"), Axis("width"), Axis("channel")))


@pytest.mark.parametrize(
    ("word", "place"),
    [("height", 0), ("channel", 2), ("0", 0), ("2", 2), ("-1", 2), ("-3", 0), ("+1", 1)],
)
def test_by_name_or_by_place(word: str, place: int) -> None:
    assert axis_place(word, PHOTO) == place


def test_a_name_comes_before_a_place() -> None:
    assert axis_place("0", Tensor([[1]], (Axis("1"), Axis("0")))) == 1


@pytest.mark.parametrize(
    ("word", "tensor", "told"),
    [
        ("chanel", PHOTO, "--axis chanel: there is no such axis: did you mean channel? "
         "the axes are height (0), width (1), channel (2)"),
        ("3", PHOTO, "--axis 3: there is no such axis: the axes are height (0), width (1), channel (2)"),
        ("-4", PHOTO, "--axis -4: there is no such axis: the axes are height (0), width (1), channel (2)"),
        ("", Tensor([1]), "--axis : there is no such axis: the only one is index (0)"),
        ("0", Tensor(3.0), "--axis 0: there is no such axis: a single number has none"),
        ("a\x1b[2Jb", Tensor([1], (Axis("a\x1b[2Jc"),)), "--axis a\\x1b[2Jb: there is no such axis: "
         "did you mean a\\x1b[2Jc? the only one is a\\x1b[2Jc (0)"),
    ],
)  # fmt: skip
def test_an_axis_that_is_not_there(word: str, tensor: Tensor, told: str) -> None:
    with pytest.raises(WrongUsage, match=re.escape(told) + "$"):
        axis_place(word, tensor)
