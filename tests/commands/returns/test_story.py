"""The story of returns: sums, long episodes, several at once."""

from __future__ import annotations

from typing import Any


def told(cli: Any, *words: str) -> str:
    ended = cli("returns", *words, "-f", "plain", "--width", "80")
    assert ended.code == 0, ended.err
    return ended.out


def test_every_step_from_the_one_after_it(cli: Any) -> None:
    rows = told(cli, "-1 2 6 3 2", "--gamma", "0.5").split("\nReturns")[1].splitlines()[2:7]
    assert [row.split()[2:] for row in rows] == [
        ["0", "−1", "3", "2"],
        ["1", "2", "4", "6"],
        ["2", "6", "2", "8"],
        ["3", "3", "1", "4"],
        ["4", "2", "0", "2"],
    ]


def test_long_episodes_list_the_first_rewards_and_add_up_the_others(cli: Any) -> None:
    text = told(cli, " ".join(["1"] * 40), "--gamma", "1")
    assert "25 later ones" in text
    assert "R_15" in text
    assert "R_16" not in text
    assert "G_0" in text


def test_several_episodes_are_a_matrix(cli: Any) -> None:
    text = told(cli, "1 2; 3 4", "--gamma", "1")
    assert "First step  t = 0 in row 0" in text
    assert "2 × 2 (row, column)" in text


def test_the_last_step_has_nothing_after_it(cli: Any) -> None:
    assert "G_1  R_2 + γ·G_2 = 7 + 0.9·0 = 7" in told(cli, "1 7", "--explain", "0,1")


def test_what_is_noticed_of_the_discount(cli: Any) -> None:
    assert "is worth 1 / (1 − γ) = 10" in " ".join(told(cli, "0 1").split())
    assert "the plain sum of what is to come" in told(cli, "0 1", "--gamma", "1")
    assert "the next reward alone" in told(cli, "0 1", "--gamma", "0")


def test_what_comes_next_can_be_typed(cli: Any, shell: Any) -> None:
    line = told(cli, "-1 2", "--gamma", "0.5").split("Try next\n  ")[1].strip()
    assert line == "dlcli returns '-1 2' --gamma 1"
    assert shell(line).code == 0


def test_the_axis_of_the_steps_stays_in_the_next_line(cli: Any) -> None:
    assert told(cli, "1 2; 3 4", "--axis", "row").endswith(
        "dlcli returns '1 2; 3 4' --axis row --gamma 0.5\n"
    )
