"""The stories of learning: every section, what is noticed, and that the line to try next can be typed."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
from rich.cells import cell_len

QUICK = ("--episodes", "20", "--max-steps", "2000")


def told(cli: Any, *words: str, width: int = 80) -> str:
    ended = cli("td", *words, "-f", "plain", "--width", str(width))
    assert ended.code == 0, ended.err
    return str(ended.out)


def flat(text: str) -> str:
    return " ".join(text.split())


STORIES = {
    "one step size": ("random-walk",),
    "several": ("random-walk", "--alpha", "0.1", "--alpha", "0.2", "--runs", "3"),
    "methods": (
        "random-walk",
        "--method",
        "td0",
        "--method",
        "mc",
        "--runs",
        "3",
        "--against",
        "transitions",
    ),
    "n steps": ("random-walk", "--method", "n-step", "--n", "2", "--n", "3"),
    "traces": ("random-walk", "--method", "lambda", "--traces", "replacing"),
    "batch": ("random-walk", "--batch"),
    "both in batches": ("random-walk", "--batch", "--method", "td0", "--method", "mc"),
    "one over n": ("random-walk", "--alpha", "1/n"),
    "first visits": ("random-walk", "--method", "mc", "--first-visit", "--alpha", "1/n"),
    "a trace": ("gridworld:4x4", "--trace", "5", "--gamma", "0.9"),
    "another policy": ("gridworld:4x4", "--policy", "greedy"),
    "a list": ("sample:student", "--gamma", "0.9"),
    "a large grid": ("gridworld:30x30",),
    "no truth": ("gridworld:5x5", "--gamma", "1"),
    "control": ("cliff", "--control", "sarsa"),
    "two rules": ("cliff", "--control", "q-learning", "--control", "sarsa", "--runs", "2"),
    "a trace of control": ("sample:student", "--control", "expected-sarsa", "--trace", "4", "--alpha", "1/n"),
}


@pytest.mark.parametrize("name", STORIES)
def test_every_story_fits_and_the_line_to_try_can_be_typed(name: str, cli: Any, also_on: Any) -> None:
    others = also_on({"width": 40}, {"width": 120})
    text = told(cli, *STORIES[name], *QUICK)
    for page, width in zip(
        [text, *(page.getvalue().decode() for page in others)], (80, 40, 120), strict=True
    ):
        heads = re.findall(r"^(\S.*?)(?:  |$)", page, re.MULTILINE)
        assert (heads[0], heads[-1]) == ("World", "Try next")
        for row in page.split("\n"):
            assert cell_len(row) <= width or re.match(r" {2,6}\S+( \\)?$", row), row
    line = text.split("Try next\n")[1].replace("\\\n", " ")
    words = shlex.split(line)
    assert words[:2] == ["dlcli", "td"]
    for flag, fewer in (("--runs", "2"), ("--episodes", "20")):  # that it takes no minute
        if flag in words:
            words[words.index(flag) + 1] = fewer
    ended = cli(*words[1:], *(() if "--episodes" in words else ("--episodes", "20")))
    assert ended.code == 0, ended.err


@pytest.mark.parametrize(
    ("words", "notice"),
    [
        (("random-walk",), "A constant step size never comes to rest"),
        (("random-walk", "--alpha", "1/n"), "With step size 1/n a value is the mean of all targets so far."),
        (("random-walk", "--alpha", "1/n"), "1/n suits mc better."),
        (("random-walk", "--method", "mc"), "Monte Carlo waits for the end of the episode"),
        (
            ("random-walk", "--batch"),
            "Batch updates come to rest where the values are right for what was seen",
        ),
        (
            ("random-walk", "--batch", "--method", "td0", "--method", "mc"),
            "TD finds the values of the chain that makes the episodes most likely",
        ),
        (("random-walk", "--alpha", "0.1", "--alpha", "0.9"), "TD(0), α = 0.1 ends with the smallest error."),
        (("cliff", "--method", "mc", "--max-steps", "9"), "MC takes what came until then."),
        (
            ("cliff", "--control", "sarsa", "--control", "q-learning"),
            "SARSA learns what it does, trying included.",
        ),
        (("cliff", "--control", "sarsa", "--epsilon", "0.2"), "One action in 5 is taken at random"),
        (
            ("random-walk", "--control", "q-learning", "--alpha", "0.9"),
            "The best actions of Q-learning are optimal.",
        ),
    ],
)
def test_what_is_noticed(words: tuple[str, ...], notice: str, cli: Any) -> None:
    assert notice in flat(told(cli, *words))


def test_an_error_that_grows_is_said_first(cli: Any) -> None:
    text = flat(told(cli, "gridworld:10x10", "--method", "lambda", "--alpha", "0.9"))
    assert (
        "Notice The error of TD(λ = 0.9) has grown: its steps are too large; "
        "try a smaller --alpha or --traces replacing." in text
    )
    assert "has grown" not in told(cli, "random-walk", "--method", "lambda")


def test_sample_efficiency_counts_transitions_until_the_error_is_down(cli: Any) -> None:
    text = told(cli, "random-walk", "--alpha", "0.5", "--alpha", "0.001", "--runs", "5", "--episodes", "50")
    rows = dict(
        re.findall(r"^  (TD\(0\), α = \S+) +(\S.*)$", text.split("Sample efficiency")[1], re.MULTILINE)
    )
    assert re.match(r"\d+ ", rows["TD(0), α = 0.5"])
    assert rows["TD(0), α = 0.001"].split("  ")[0] == "not reached"


def test_a_band_is_drawn_for_up_to_two_curves(cli: Any) -> None:
    few = told(cli, "random-walk", "--runs", "5", "--alpha", "0.1", "--alpha", "0.2")
    many = told(cli, "random-walk", "--runs", "5", "--alpha", "0.1", "--alpha", "0.2", "--alpha", "0.3")
    assert "band: 80 % of runs" in flat(few)
    assert "band" not in many


def test_values_of_a_grid_stand_beside_the_exact_ones(cli: Any) -> None:
    rows = told(cli, "gridworld:4x4", *QUICK).split("\n")
    heads = next(row for row in rows if "exact" in row)
    assert re.match(r"  TD\(0\) +exact$", heads)


@pytest.mark.parametrize("world", ["gridworld:1x30", "random-walk:50"])
def test_a_policy_without_arrows_is_not_announced_as_actions(world: str, cli: Any) -> None:
    text = flat(told(cli, world, "--control", "sarsa", "--episodes", "20"))
    assert (
        "Policy what the best actions after 20 episodes are worth; too many cells for arrows: --emit q -f csv"
        in text
    )
    assert "Policy the best actions after 20 episodes" in flat(
        told(cli, "random-walk", "--control", "sarsa", "--episodes", "20")
    )


MANY = {
    "step sizes": tuple(word for i in range(1, 9) for word in ("--alpha", f"0.0{i}")),
    "methods and step sizes": (
        *(word for method in ("td0", "mc", "n-step", "lambda") for word in ("--method", method)),
        *(word for alpha in ("0.01", "0.02", "0.03") for word in ("--alpha", alpha)),
    ),
    "long names": ("--method", "lambda", "--traces", "replacing", "--lambda", "0.5", "--lambda", "0.6",
                   "--alpha", "0.1", "--alpha", "0.2"),
}  # fmt: skip


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", MANY)
def test_many_contenders_are_told_apart_and_no_number_is_cut(name: str, width: int, cli: Any) -> None:
    words = ("td", "random-walk:19", *MANY[name], "--runs", "2", "--episodes", "30")
    text = cli(*words, "-f", "plain", "--width", str(width)).out
    assert max(map(cell_len, text.split("\n"))) <= width
    values, curve = text.split("\nValues ")[1].split("\nRMS error ")
    efficiency = curve.split("\nSample efficiency ")[1].split("\nNotice ")[0]
    assert "…" not in values
    assert not re.search(r"\d…", efficiency)
    expected = cli(*words).tensor
    rows = re.findall(r"^  A +(\S.*)$", values, re.MULTILINE)
    found = " ".join(rows).replace("−", "-").split()
    assert len(found) == expected.shape[1] + 1  # the exact values stand beside those that were learnt
    assert [float(word) for word in found[:-1]] == pytest.approx(expected.data[1].tolist(), rel=0.2, abs=1e-4)
    names = re.findall(r"^  ((?:TD|MC|\d-step).*?)  ", efficiency, re.MULTILINE)
    assert len(set(names)) == expected.shape[1]
    legend = " ".join(curve.split("\n  RMS error\n")[0].split("at the end")[1].split())
    marks = re.split(r" ?\b[a-z] (?=TD|MC|\d-step)", legend)[1:]
    assert len(set(marks)) == expected.shape[1]


def test_one_step_size_twice_has_two_names(cli: Any) -> None:
    assert "TD(0)  TD(0) (2)   exact" in told(cli, "random-walk", "--alpha", "0.1", "--alpha", "0.1")


def words_of(cli: Any, *words: str, **more: Any) -> str:
    ended = cli(*words, "-f", "plain", "--width", "100", **more)
    assert ended.code == 0, ended.err
    return " ".join(str(ended.out).split())


def test_it_is_said_where_episodes_are_cut_and_best_actions_are_not(cli: Any) -> None:
    text = words_of(cli, "td", "sample:boat-race", "--control", "q-learning", "--episodes", "20")
    assert "an episode pays, cut after 100 steps; in the last column it is never cut" in text
    assert "Worth what an episode pays rule" in words_of(cli, "td", "cliff", "--control", "q-learning")


def test_methods_that_err_alike_are_both_the_best(cli: Any) -> None:
    """With α = 1 and one step to an end TD(0) and Monte Carlo make the same updates."""
    text = words_of(cli, "td", "random-walk:1", "--method", "td0", "--method", "mc", "--alpha", "1")
    assert "TD(0) and MC end with the same error, the smallest." in text


def test_values_that_have_no_limit_are_not_called_right(cli: Any) -> None:
    world = b"state,action,next,probability,reward\nA,go,B,1,1\nB,go,A,1,1\n"
    text = words_of(cli, "td", "-", "--max-steps", "50", "--episodes", "10", stdin=world)
    assert "Nothing is discounted and no episode ended: values grow with every episode" in text
    assert "nothing is left to learn" not in text


def test_a_first_guess_that_is_too_large_is_told_of(cli: Any) -> None:
    for more in ((), ("--approximate", "linear")):
        text = words_of(cli, "td", "random-walk", "--initial", "1e300", "--episodes", "5", *more)
        assert "Errors are so large that their squares are no finite numbers: try an --initial" in text


def test_the_axis_of_a_share_goes_from_0_to_100(cli: Any) -> None:
    words = ("td", "bandit:2", "--control", "q-learning", "--episodes", "20", "--seed", "3")
    lines = cli(*words, "-f", "plain").out.split("\n")
    chart = lines[next(i for i, line in enumerate(lines) if "% of pulls" in line) :]
    ticks = [int(line.split("┤")[0]) for line in chart if "┤" in line]
    assert (ticks[0], ticks[-1]) == (100, 0)
