"""``dlcli returns``: by hand, episodes by rows or columns, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor


def test_by_hand(cli: Any) -> None:
    found = cli("returns", "-1 2 6 3 2", "--gamma", "0.5").tensor
    assert found.data.tolist() == [[2, 6, 8, 4, 2]]
    assert (found.name, found.attrs["gamma"]) == ("returns", 0.5)


def test_each_reward_discounted(cli: Any) -> None:
    found = cli("returns", "1 1 4; 0 2 0", "--gamma", "0.5", "--emit", "discounted").tensor
    assert found.data.tolist() == [[1, 0.5, 1], [0, 1, 0]]


@pytest.mark.parametrize(
    ("words", "returned"),
    [((), [[3, 2], [7, 4]]), (("--axis", "row"), [[4, 6], [3, 4]]), (("--axis", "0"), [[4, 6], [3, 4]])],
)
def test_the_axis_of_the_steps(words: tuple[str, ...], returned: list[list[float]], cli: Any) -> None:
    assert cli("returns", "1 2; 3 4", "--gamma", "1", *words).tensor.data.tolist() == returned


def test_a_single_column_is_one_episode(cli: Any) -> None:
    assert cli("returns", "-", "--gamma", "1", stdin=b"reward\n1\n2\n3\n").tensor.data.tolist() == [6, 5, 3]
    told = cli("returns", "1; 2; 3", "--gamma", "1", "--explain", "1,0", "-f", "plain").out
    assert "G_1  R_2 + γ·G_2 = 2 + 1·3 = 5" in told


def test_axes_and_labels_stay(cli: Any) -> None:
    rewards = Tensor(np.ones((2, 3)), (Axis("run", ("a", "b")), Axis("step")), "rewards")
    found = cli("returns", "--gamma", "1", stdin=rewards).tensor
    assert found.axes == rewards.axes
    assert found.data[0].tolist() == [3, 2, 1]


def test_the_gamma_that_notes_leave_out_is_told(cli: Any) -> None:
    told = cli("returns", "1 10 100", "--gamma", "0.5", "-f", "plain", "--width", "120").out
    assert re.search(r"G_0 +31\n", told)
    assert "that would give 36 at the first step" in " ".join(told.split())
    assert "one is missing" not in cli("returns", "1 10 100", "--gamma", "1", "-f", "plain").out
    assert "one is missing" not in cli("returns", "1 0 100", "-f", "plain").out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("1 2", "--gamma", "2"), 2, "'2' is not a number from 0 to 1"),
        (("1 2", "--axis", "step"), 2, "--axis step: there is no such axis"),
        (("1+2j 2",), 1, "literal: rewards are real numbers; received complex128"),
    ],
)
def test_what_cannot_be_is_told(words: tuple[str, ...], code: int, told: str, cli: Any) -> None:
    ended = cli("returns", *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err


def test_a_single_number_is_no_episode(cli: Any) -> None:
    ended = cli("returns", stdin=Tensor(np.array(3.0)))
    assert (ended.code, ended.err) == (
        1,
        "dlcli returns: returns wants the rewards of at least one step; received tensor () float64\n",
    )


def test_rewards_that_overflow_are_told_of(cli: Any) -> None:
    told = "1 of 2 returns is no finite number: the rewards add up to more than 1.798e308, the most that a number here can be"
    ended = cli("returns", "1e308 1e308", "--gamma", "1", "-f", "plain", "--width", "80")
    assert ended.code == 1
    assert ended.err.startswith(f"dlcli returns: {told}; try")
    assert told in " ".join(ended.out.split())


def test_rewards_that_are_no_numbers_are_told_of(cli: Any) -> None:
    ended = cli("returns", "1 nan 3", "-f", "plain", "--width", "80")
    assert (ended.code, ended.err) == (0, "")
    assert "1 reward is no finite number, nor is any return before" in " ".join(ended.out.split())


def test_of_a_table_the_column_of_rewards_is_taken(cli: Any) -> None:
    returned = cli("returns", "--gamma", "0.5", stdin=b"state,reward\n7,1\n8,2\n9,-3\n").tensor
    assert (returned.data.tolist(), returned.axes) == ([1.25, 0.5, -3], (Axis("step"),))
    asked = cli("returns", "--gamma", "0.5", "--axis", "row", stdin=b"state,reward\n7,1\n8,2\n9,-3\n").tensor
    assert asked.shape == (3, 2)


def test_words_beside_the_column_of_rewards_do_not_matter(cli: Any) -> None:
    for text in (b"reward,state\n1,A\n2,B\n", b"state,reward\nA,1\nB,2\n", b"k,state,reward\n0,A,1\n1,B,2\n"):
        assert cli("returns", "--gamma", "0.5", stdin=text).tensor.data.tolist() == [2, 2]


def test_two_columns_of_rewards_are_refused(cli: Any) -> None:
    ended = cli("returns", stdin=b"reward,Reward\n1,2\n3,4\n")
    told = "dlcli returns: two columns are called reward; give one of them another name\n"
    assert (ended.code, ended.err) == (1, told)


def test_rewards_of_several_episodes_are_not_added_up(cli: Any) -> None:
    ended = cli("returns", stdin=b"episode,reward\n0,1\n1,2\n")
    assert (ended.code, ended.err.count("several episodes")) == (1, 1)
