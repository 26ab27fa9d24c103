"""The cell that words mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.errors import WrongUsage
from dlcli.tensor import Axis, Tensor
from dlcli.words.cell import place

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
        (("0", "0", "x"), SAID, "--explain '0,0,x' is not a cell: name token,unit"),
        (("cat", "the"), HEADS, "--explain 'cat,the' is not a cell: name head,query,key"),
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
