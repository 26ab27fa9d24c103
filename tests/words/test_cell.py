"""Which axis and which cell words mean."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from dlcli.errors import WrongUsage
from dlcli.tensor import Axis, Tensor
from dlcli.words.cell import axis_place, place

SAID = Tensor(np.zeros((3, 2)), (Axis("token", labels=("the", "cat", "the")), Axis("unit")))
HEADS = Tensor(
    np.zeros((2, 2, 2)), (Axis("head"), *(Axis(name, labels=("the", "cat")) for name in ("query", "key")))
)
STATES = Tensor(np.zeros(3), (Axis("state", labels=("1,1", "2", "1")),))


@pytest.mark.parametrize(
    ("words", "tensor", "cell"),
    [
        (("1", "0"), SAID, (1, 0)),
        (("cat", "1"), SAID, (1, 1)),
        (("the", "0"), SAID, (0, 0)),
        (("2",), STATES, (1,)),
        (("0",), STATES, (0,)),
        (("1", "1"), STATES, (0,)),
        (("1", "7"), STATES, (2, 7)),
        (("9", "-4"), SAID, (9, -4)),
        (("1", "2", "3"), SAID, (1, 2, 3)),
    ],
)
def test_indices_and_labels(words: tuple[str, ...], tensor: Tensor, cell: tuple[int, ...]) -> None:
    assert place(words, tensor) == cell


@pytest.mark.parametrize(
    ("words", "tensor", "told"),
    [
        (("catt", "0"), SAID, "--explain catt,0: 'catt' is no token and no index: did you mean cat?"),
        (("dog", "0"), SAID, "--explain dog,0: 'dog' is no token and no index: give one of the, cat, the, or an index"),
        (("0", "a"), SAID, "--explain '0,a' is not a cell: give token,unit, counted from 0 and up to 2,1"),
        (("0", "0", "x"), SAID, "--explain '0,0,x' is not a cell: name token,unit, such as the,0"),
        (("all",), Tensor(5), "--explain 'all' is not a cell: that of a single number is ()"),
        (("cat", "the"), HEADS, "--explain 'cat,the' is not a cell: name head,query,key, such as 0,the,the"),
    ],
)  # fmt: skip
def test_words_that_mean_nothing(words: tuple[str, ...], tensor: Tensor, told: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        place(words, tensor)
    assert str(refused.value) == told


def test_a_label_from_the_command_line(cli: Any) -> None:
    scores = Tensor([1.0, 2.0], (Axis("class", labels=("cat", "dog")),), "scores")
    by_name = cli("softmax", "--explain", "dog", "-f", "plain", stdin=scores)
    assert by_name.code == 0, by_name.err
    assert by_name.out == cli("softmax", "--explain", "1", "-f", "plain", stdin=scores).out
    refused = cli("softmax", "--explain", "dgo", "-f", "plain", stdin=scores)
    assert (refused.code, refused.raw) == (2, b"")
    assert refused.err == "dlcli softmax: --explain dgo: 'dgo' is no class and no index: did you mean dog?\n"


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


def test_of_words_that_name_no_cell_nothing_is_said_to_be_taken() -> None:
    told: list[str] = []
    assert place(("the",), SAID, told.append) == (0,)
    assert told == []
