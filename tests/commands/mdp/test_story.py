"""The story of a world: every section, what is noticed, what comes next."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest


def told(cli: Any, *words: str) -> str:
    ended = cli("mdp", *words, "-f", "plain", "--width", "80")
    assert ended.code == 0, ended.err
    return ended.out


def flat(text: str) -> str:
    return " ".join(text.split())


def test_sections_stand_in_order(cli: Any) -> None:
    text = told(cli, "gridworld:4x4")
    heads = ["World", "Bellman equation", "Outcomes", "Values", "Start", "Notice", "Method", "Try next"]
    places = [text.index(f"\n{head}") if head != "World" else text.index(head) for head in heads]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("words", "notice"),
    [
        (
            ("gridworld:4x4",),
            "Whoever follows the arrows earns −2 from the start, not −18.29: policy improvement.",
        ),
        (("sample:student",), "Whoever follows the marked actions earns 6 from the start, not −1.308"),
        (
            ("gridworld:4x4", "--policy", "greedy"),
            "No action is better than what the policy does: it is optimal.",
        ),
        (("gridworld:4x4", "--optimal"), "Where several actions are marked they are equally good."),
        (("gridworld:4x4",), "Nothing is discounted: a reward counts the same whenever it comes."),
        (("gridworld:5x5",), "With γ = 0.9 a reward ten steps later counts 0.3487 of one now."),
        (("gridworld:5x5", "--gamma", "0"), "With γ = 0 only the next reward counts."),
        (("cliff", "--sweeps", "0"), "Before the first sweep every value is 0."),
        (("cliff", "--sweeps", "1"), "these values know what comes within 1 step."),
        (("cliff", "--sweeps", "4"), "these values know what comes within 4 steps."),
        (
            ("cliff", "--sweeps", "4", "--in-place"),
            "In place a sweep can carry a reward over many states at once",
        ),
    ],
)
def test_what_is_noticed(words: tuple[str, ...], notice: str, cli: Any) -> None:
    assert notice in flat(told(cli, *words))


BIG = ("gridworld:30x30", "random-walk:50", "gridworld:1x30")


@pytest.mark.parametrize("world", BIG)
def test_without_arrows_nothing_is_said_of_them(world: str, cli: Any) -> None:
    text = flat(told(cli, world))
    assert "Values too many cells for arrows; what actions are worth: --emit q -f csv" in text
    assert "Whoever takes the actions that are best by these values earns" in text
    best = flat(told(cli, world, "--optimal"))
    assert "Values too many cells for arrows; optimal actions: --emit policy -f csv" in best
    for said in (text, best):
        assert "arrows" not in said.replace("too many cells for arrows", "")
        assert "marked" not in said
    assert cli("mdp", world, "--optimal", "--emit", "policy", "-f", "csv").code == 0


@pytest.mark.parametrize("world", ["gridworld:4x4", "random-walk", "gridworld:1x20"])
def test_where_there_are_arrows_they_are_spoken_of(world: str, cli: Any) -> None:
    text = flat(told(cli, world))
    assert "Values arrows: actions that are best by these values" in text
    assert any(arrow in text.split("Values")[1].split("Start")[0] for arrow in "←↑→↓")


@pytest.mark.parametrize(
    ("words", "method"),
    [
        (("gridworld:4x4",), "exact: one linear equation for each of 14 states"),
        (("gridworld:4x4", "--optimal"), "exact: policy iteration, 2 rounds of one linear equation for each of 14 states"),
        (("gridworld:4x4", "--sweeps", "3"), "3 sweeps of iterative policy evaluation, each from the values before it; the last changed a value by 1; the exact values are up to 19 away"),
        (("gridworld:4x4", "--sweeps", "9", "--optimal", "--in-place"), "9 sweeps of value iteration, in place; the last changed a value by 0; the exact values are up to 0 away"),
        (("gridworld:5x5", "--sweeps", "3", "--gamma", "1"), "the last changed a value by"),
    ],
)  # fmt: skip
def test_how_it_was_computed(words: tuple[str, ...], method: str, cli: Any) -> None:
    text = flat(told(cli, *words))
    assert method in text
    assert ("exact values" in text) == ("away" in text)


def test_a_world_without_exact_values_says_nothing_of_them(cli: Any) -> None:
    assert "the exact values" not in flat(told(cli, "gridworld:5x5", "--sweeps", "3", "--gamma", "1"))


@pytest.mark.parametrize(
    ("words", "after"),
    [
        (("cliff",), "dlcli mdp cliff --optimal"),
        (("cliff", "--optimal"), "dlcli mdp cliff --optimal --explain 3,0"),
        (("cliff", "--policy", "greedy"), "dlcli mdp cliff --policy greedy --explain 3,0"),
        (("cliff", "--gamma", "0.5"), "dlcli mdp cliff --gamma 0.5 --optimal"),
        (("cliff", "--sweeps", "3"), "dlcli mdp cliff --sweeps 3 --in-place"),
        (("cliff", "--sweeps", "3", "--in-place"), "dlcli mdp cliff --sweeps 30"),
        (("sample:student", "--optimal"), "dlcli mdp sample:student --optimal --explain 'lecture 1'"),
    ],
)
def test_what_comes_next_can_be_typed(words: tuple[str, ...], after: str, cli: Any, shell: Any) -> None:
    assert told(cli, *words).rstrip().endswith(f"Try next\n  {after}")
    assert shell(after).code == 0


def test_the_equation_of_a_state_has_its_numbers_in_it(cli: Any) -> None:
    text = told(cli, "random-walk", "--explain", "C", "--gamma", "0.5")
    assert flat("v(C) 0.5·(0 + 0.5·0.01026) + 0.5·(0 + 0.5·0.1436) = 0.03846") in flat(text)
    assert "state C: π·p·(r + 0.5·v(s'))" in text


def test_the_optimum_of_a_state_is_the_largest_of_its_actions(cli: Any) -> None:
    text = flat(told(cli, "frozen-lake", "--optimal", "--gamma", "0.9", "--explain", "2,1"))
    assert "v*(2,1) max q(2,1, a) = 0.2475" in text
    assert "q(2,1, down) " in text


def test_the_equation_of_a_sweep_makes_a_new_value(cli: Any) -> None:
    swept = flat(told(cli, "sample:student", "--sweeps", "2", "--explain", "phone"))
    assert "new v(phone) 0.5·(−1 − 0.5) + 0.5·(0 − 1.5) = −1.5 Value" in swept
    best = flat(told(cli, "sample:student", "--optimal", "--sweeps", "2", "--explain", "phone"))
    assert "new v(phone) max q(phone, a) = " in best
    assert "v*" not in best


def test_before_the_first_sweep_there_is_no_equation(cli: Any) -> None:
    text = told(cli, "sample:student", "--sweeps", "0", "--explain", "exercise")
    assert "Value  v(exercise) = 0: values begin at 0, and no sweep has been made\n" in text
    assert "Arithmetic" not in text
    assert "\nEquation\n" not in text


def test_many_summands_are_cut_to_the_largest(cli: Any) -> None:
    rows = "".join(f"hub,go,s{i},1/50,{i}\n" for i in range(50))
    table = f"state,action,next,probability,reward\n{rows}".encode()
    ended = cli("mdp", "-", "--explain", "hub", "-f", "plain", "--width", "80", stdin=table)
    assert "18 others" in ended.out
    assert "24.5" in ended.out.split("sum")[1]
    assert "v(hub)  24.5" in ended.out


@pytest.mark.parametrize("words", [("--optimal",), ("--policy", "optimal")])
def test_what_may_go_round_for_ever_is_said_and_not_marked(words: tuple[str, ...], cli: Any) -> None:
    """Up at the start of the lake is worth 14/17 as all moves are, and leads along the edge, never down."""
    text = told(cli, "frozen-lake", *words)
    row = next(line for line in text.splitlines() if "│ S" in line)
    assert row.split("│")[1].split() == ["S", "→↓←"]
    said = "may lead round in a circle for ever are not marked where another as good leads out of it."
    assert (said in flat(text)) == (words == ("--optimal",))
    assert said not in flat(told(cli, "frozen-lake", "--optimal", "--gamma", "0.9"))


def test_staying_for_nothing_is_marked_where_nothing_as_good_leads_out(cli: Any) -> None:
    Path("w.csv").write_text(
        "state,action,next,probability,reward\nA,stay,A,1,0\nA,go,T,1,-1\n"
        "B,stay,B,1,0\nB,toA,A,1,0\nB,go,T,1,0\n"
    )
    text = flat(told(cli, "w.csv", "--optimal"))
    assert "A 0 ▸ stay 0 go −1 B 0 out of reach: ▸ go 0 ▸ toA 0 stay 0" in text
    assert "round in a circle for ever are not marked where another as good leads out of it." in text


def test_a_policy_that_no_single_action_betters_need_not_be_optimal(cli: Any) -> None:
    """Leaving costs 1, staying nothing; while one leaves, staying for a step changes nothing."""
    Path("price.csv").write_text("state,action,next,reward\nhere,stay,here,0\nhere,go,out,-1\n")
    Path("go.csv").write_text("state,action\nhere,go\n")
    text = flat(told(cli, "price.csv", "--policy", "go.csv"))
    assert "it is optimal" not in text
    assert "No single action is better than what the policy does, and yet 0 can be earned" in text
    assert "it is optimal" in flat(told(cli, "price.csv", "--policy", "optimal"))


def test_cells_that_nobody_comes_to_are_marked(cli: Any) -> None:
    drawn = cli("mdp", "windy", "-f", "plain").out
    assert len(re.findall(r"│ · [←↑→↓]", drawn)) == 7
    assert "· out of reach" in drawn
    assert "out of reach" not in cli("mdp", "gridworld:4x4", "-f", "plain").out
