"""One update of an action's value in full: what the next state is worth, and the numbers it is made of."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.commands.td.test_explain import numbers, section, told

STUDENT = ("sample:student", "--gamma", "0.9", "--explain", "12")


def worth(text: str) -> float:
    found = re.search(r"^  worth of s' .*= (\S+)$", text, re.MULTILINE)
    assert found is not None, text
    return numbers(found[1])[0]


def test_sarsa_names_the_action_that_comes_next(cli: Any) -> None:
    text = told(cli, *STUDENT, "--control", "sarsa")
    assert "to phone; next comes put away" in " ".join(text.split())
    assert "Q(s', next action) = Q(phone, put away) = −0.0546" in " ".join(text.split())


def test_expected_sarsa_shows_every_summand(cli: Any) -> None:
    text = told(cli, *STUDENT, "--control", "expected-sarsa", "--epsilon", "0.2")
    head, *rows, _, total = section(text, "Worth of s'")
    assert head.split() == ["a", "π(a|s')", "Q(s',", "a)", "π·Q"]
    assert [row.split()[0] for row in rows] == ["listen", "scroll"]
    chances, values, products = zip(*(numbers(row)[-3:] for row in rows), strict=True)
    assert sorted(chances) == [0.1, 0.9]
    assert values[chances.index(0.9)] == max(values)
    assert products == pytest.approx([p * q for p, q in zip(chances, values, strict=True)], rel=1e-7)
    assert numbers(total)[-1] == pytest.approx(sum(products), rel=1e-7)
    assert worth(text) == pytest.approx(sum(products), rel=1e-7)


def test_q_learning_shows_what_the_largest_is_taken_of(cli: Any) -> None:
    text = told(cli, *STUDENT, "--control", "q-learning")
    rows = {row.split()[-2]: row for row in section(text, "Worth of s'")[1:]}
    values = {name: numbers(row)[-1] for name, row in rows.items()}
    assert set(values) == {"listen", "scroll"}
    best = max(values, key=lambda name: values[name])
    assert [name for name, row in rows.items() if "▸" in row] == [best]
    assert f"max Q(s', a) = Q(lecture 1, {best}) = " in text
    assert worth(text) == values[best]


@pytest.mark.parametrize("update", ["6", "9", "12", "14", "16"])
def test_double_q_says_which_table_is_which(update: str, cli: Any) -> None:
    text = told(cli, *STUDENT[:-1], update, "--control", "double-q")
    mine = re.findall(r"chance\s+updates\s+(Q[₁₂])\n", text)[0]
    other = {"Q₁": "Q₂", "Q₂": "Q₁"}[mine]
    assert f"Worth of s'  {mine} names the best action, {other} tells what it is worth" in text
    assert f"{other}(s', best by {mine}) = {other}(" in text
    assert re.search(rf"new {mine}\(.*\) +−?[\d.]+ \+ 0\.1·", text)
    head, *rows = section(text, "Worth of s'")
    place = {"Q₁": -2, "Q₂": -1}
    assert head.split()[1:] == ["Q₁(s',", "a)", "Q₂(s',", "a)"]
    (marked,) = [row for row in rows if "▸" in row]
    assert numbers(marked)[place[mine]] == max(numbers(row)[place[mine]] for row in rows)
    assert worth(text) == numbers(marked)[place[other]]


def test_both_tables_are_met(cli: Any) -> None:
    text = told(cli, "cliff", "--control", "double-q", "--trace", "12")
    head, *rows = section(text, "Updates")
    assert head.split()[:6] == ["episode", "s", "a", "s'", "table", "r"]
    assert {re.search("Q[₁₂]", row)[0] for row in rows} == {"Q₁", "Q₂"}  # type: ignore[index]
    assert "table" not in section(told(cli, "cliff", "--control", "sarsa", "--trace", "12"), "Updates")[0]


def test_a_negative_number_behind_an_operator_is_in_brackets(cli: Any) -> None:
    for rule in ("sarsa", "expected-sarsa", "q-learning", "double-q"):
        for gamma in ("0.9", "1"):
            words = (
                "cliff",
                "--control",
                rule,
                "--gamma",
                gamma,
                "--alpha",
                "0.5",
                "--episodes",
                "3",
                "--explain",
                "30",
            )
            text = " ".join(told(cli, *words).split())
            assert re.search(r"[+·] \(?−", text.replace("·(−", "+ (−")), text
            assert not re.search(r"[+·−] −", text), text


def test_an_end_is_worth_nothing(cli: Any) -> None:
    words = ("random-walk", "--control", "q-learning", "--episodes", "1")
    trace = cli("td", *words, "--emit", "trace", "--trace", "9999").tensors[0]
    text = told(cli, *words, "--explain", str(len(trace.data) - 1))
    assert re.search(r"worth of s' +0, (left|right) end is an end\n", text)
    assert "Worth of s'" not in text


MANY = "\n".join(
    ["state,action,next,probability,reward"]
    + [f"hub,a{i},hub,1,{-i}" for i in range(30)]
    + ["hub,out,end,1,1"]
)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_of_many_actions_those_that_count_are_listed(width: int, cli: Any) -> None:
    words = (
        "-",
        "--explain",
        "40",
        "--alpha",
        "0.5",
        "--epsilon",
        "0.9",
        "-f",
        "plain",
        "--width",
        str(width),
    )
    mean = cli("td", *words, "--control", "expected-sarsa", stdin=MANY.encode()).out
    rows = section(mean, "Worth of s'")
    assert len([row for row in rows if re.match(r"  (a\d|out)", row)]) == 11
    assert "20 other actions" in rows[-2]
    largest = cli("td", *words, "--control", "double-q", stdin=MANY.encode()).out
    rows = section(largest, "Worth of s'")
    assert len([row for row in rows if "▸" in row]) == 1
    assert re.match(r"  and 20 actions whose Q[₁₂] is no", rows[-1])
