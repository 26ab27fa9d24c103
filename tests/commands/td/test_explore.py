"""``dlcli td --explore`` and bandits: what is chosen and why, how much it pays, what is refused."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

BANDIT = ("td", "bandit:10", "--control", "q-learning")


def plain(cli: Any, *words: str) -> str:
    told = cli(*words, "-f", "plain", "--width", "80")
    assert told.code == 0, told.err
    return " ".join(str(told.out).split())


def plain_loop(
    epsilon: float, first: float, alpha: float | None, *, runs: int, pulls: int
) -> tuple[float, float]:
    """Average reward and share of best arms in the last tenth, by the definition, with chance of its own."""
    rng = np.random.default_rng(99)
    paid, right = [], []
    for _ in range(runs):
        worth = [rng.normal() for _ in range(10)]
        q, count = [first] * 10, [0] * 10
        for pull in range(pulls):
            arm = max(range(10), key=lambda a: (q[a], rng.random()))
            if rng.random() < epsilon:
                arm = int(rng.integers(10))
            reward = worth[arm] + rng.normal()
            count[arm] += 1
            q[arm] += (alpha or 1 / count[arm]) * (reward - q[arm])
            if pull >= 0.9 * pulls:
                paid.append(reward)
                right.append(worth[arm] == max(worth))
    return float(np.mean(paid)), float(np.mean(right))


@pytest.mark.parametrize(
    ("words", "setting"),
    [
        (("--explore", "greedy", "--alpha", "1/n"), (0.0, 0.0, None)),
        (("--explore", "epsilon-greedy:0.1", "--alpha", "1/n"), (0.1, 0.0, None)),
        (("--explore", "optimistic:5", "--alpha", "0.1"), (0.0, 5.0, 0.1)),
    ],
    ids=lambda words: words[1] if isinstance(words[0], str) else "",
)
def test_a_bandit_pays_as_much_as_a_plain_loop_is_paid(
    words: tuple[str, ...], setting: tuple[float, float, float | None], cli: Any
) -> None:
    """Means of 1,000 and of 150 runs of 200 pulls: two deviations of the smaller are some 0.12 and 8 %."""
    made = {
        name: cli(*BANDIT, *words, "--runs", "1000", "--episodes", "200", "--emit", name).tensor
        for name in ("rewards", "best-actions")
    }
    reward, right = plain_loop(*setting, runs=150, pulls=200)
    assert made["rewards"].axes[0].name == "episode"
    assert made["rewards"].data[-20:].mean() == pytest.approx(reward, abs=0.15)
    assert made["best-actions"].data[-20:].mean() == pytest.approx(right, abs=0.09)


def test_ways_are_compared_in_one_chart_and_table(cli: Any) -> None:
    words = ("--explore", "greedy", "--explore", "ucb:1.5", "--explore", "softmax:0.3:0.99", "--alpha", "1/n")
    told = plain(cli, *BANDIT, *words, "--runs", "300", "--episodes", "200")
    assert "bandit:10, 10 arms, whose worth q* is drawn from N(0, 1) for each run" in told
    assert "α = 1/n, greedy; UCB 1.5; softmax 0.3·0.99ⁿ" in told
    assert "a greedy b UCB 1.5 c softmax 0.3·0.99ⁿ" in told
    assert re.search(r"way reward, first 20 last 20 best arm greedy [\d.]+ [\d.]+ [\d.]+ %", told)
    assert "In the end UCB 1.5 earns most" in told
    assert "Greedy tries nothing that seems worse" in told
    rewards = cli(*BANDIT, *words, "--runs", "5", "--episodes", "7").tensor
    assert rewards.name == "rewards"
    assert rewards.axes[1].labels == ("greedy", "UCB 1.5", "softmax 0.3·0.99ⁿ")
    assert rewards.shape == (7, 3)


def test_a_choice_by_an_upper_bound_is_told_with_its_bonus(cli: Any) -> None:
    words = (*BANDIT, "--explore", "ucb:2", "--alpha", "1/n")
    told = plain(cli, *words, "--explain", "12")
    assert "in bandit, c = 2, t = 13: the largest sum: arm" in told
    (q, n, bonus, total) = re.search(r"▸ arm \d+ ([−\d.]+) (\d+) ([\d.]+) ([\d.]+)", told).groups()  # type: ignore[union-attr]
    assert float(bonus) == pytest.approx(2 * math.sqrt(math.log(13) / int(n)), abs=1e-3)
    assert float(total) == pytest.approx(float(q.replace("−", "-")) + float(bonus), abs=2e-3)
    early = plain(cli, *words, "--explain", "4")
    assert re.search(
        r"in bandit, 6 never tried: the draw of [\d.e−]+ takes one: arm \d+ a Q\(s, a\) N", early
    )
    assert "worth q*(a)" in early


def test_a_choice_by_softmax_is_told_with_its_chances(cli: Any) -> None:
    words = ("td", "sample:student", "--control", "sarsa", "--gamma", "0.9", "--explore", "softmax:0.5:0.9")
    told = plain(cli, *words, "--explain", "12")
    found = re.search(
        r"Choice in ([\w ]+), τ = ([\d.]+): the π, added up from the first, pass the draw of ([\d.]+) at: ([\w ]+?) "
        r"a Q\(s, a\) exp\(Q / τ\) π\(a\|s\) (.*?) Update 12",
        told,
    )
    assert found is not None
    _, tau, draw, done, rows = found.groups()
    row = re.compile(r"(▸ )?([a-zé ]+?) ([−\d.]+) ([\d.]+) ([\d.]+)(?: |$)")
    lines = [
        (mark, name, *(float(x.replace("−", "-")) for x in numbers))
        for mark, name, *numbers in row.findall(rows)
    ]
    reached, total = 0.0, sum(line[3] for line in lines)
    for mark, name, q, likely, share in lines:
        assert likely == pytest.approx(math.exp(q / float(tau)), rel=2e-3)
        assert share == pytest.approx(likely / total, rel=2e-3)
        here = reached <= float(draw) < reached + share
        assert (bool(mark), name == done) == (here, here)
        reached += share


def test_a_choice_at_random_says_that_the_draw_was_below_epsilon(cli: Any) -> None:
    trace = [
        plain(
            cli,
            "td",
            "cliff",
            "--control",
            "q-learning",
            "--epsilon",
            "0.5",
            "--episodes",
            "1",
            "--explain",
            str(i),
        )
        for i in range(8)
    ]
    kinds = {"is below ε = 0.5: any of 4 at random": 0, "is not below ε = 0.5: ": 0}
    for told in trace:
        draw = float(re.search(r"the draw of ([\d.]+) is", told)[1])  # type: ignore[index]
        for kind, below in zip(kinds, (True, False), strict=True):
            assert (kind in told) == ((draw < 0.5) == below)
            kinds[kind] += kind in told
    assert all(kinds.values())


@pytest.mark.parametrize(
    "way", ["greedy", "epsilon-greedy:1:0.9", "optimistic:0.5", "softmax:0.1", "ucb:0.5"]
)
@pytest.mark.parametrize("rule", ["sarsa", "expected-sarsa", "q-learning", "double-q"])
def test_every_way_goes_with_every_rule_in_every_world(way: str, rule: str, cli: Any) -> None:
    words = ("td", "frozen-lake", "--control", rule, "--explore", way, "--episodes", "20", "--explain", "9")
    told = plain(cli, *words)
    assert "Choice in" in told
    assert "Update 9 episode" in told


def test_best_actions_are_counted_in_other_worlds_too(cli: Any) -> None:
    words = ("td", "cliff", "--control", "q-learning", "--alpha", "0.5", "--episodes", "200", "--runs", "5")
    share = cli(*words, "--epsilon", "0", "--emit", "best-actions").tensor.data
    assert share[0] < 0.6
    assert share[-20:].mean() > 0.99


def test_epsilon_is_a_short_word_for_one_way(cli: Any) -> None:
    words = ("td", "cliff", "--control", "sarsa", "--episodes", "9", "--emit", "returns")
    short, long = (
        cli(*words, *more).tensor.data for more in (("--epsilon", "0.3"), ("--explore", "e-greedy:0.3"))
    )
    np.testing.assert_array_equal(short, long)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("bandit:10",), 1, "bandit:10 asks what to do, and --control learns that: add --control q-learning"),
        (("bandit:1", "--control", "sarsa"), 1, "'1' is no number of arms from 2 to 10000; try bandit:10"),
        ((*BANDIT[1:], "--emit", "values"), 1, "this run gives no values; it gives rewards, best-actions"),
        (
            (*BANDIT[1:], "--explore", "egredy"),
            2,
            "'egredy' is no way to choose actions: did you mean greedy?",
        ),
        (
            (*BANDIT[1:], "--explore", "softmax:0"),
            2,
            "'softmax:0': temperature expects a number above 0; received 0",
        ),
        ((*BANDIT[1:], "--explore", "softmax:x"), 2, "what follows softmax is a number, as in softmax:1"),
        ((*BANDIT[1:], "--explore", "greedy:1"), 2, "'greedy:1': greedy has no number"),
        ((*BANDIT[1:], "--explore", "ucb:1:0.9:0.5:2"), 2, "'ucb:1:0.9:0.5:2': ucb has three numbers"),
        (
            (*BANDIT[1:], "--explore", "epsilon-greedy:2"),
            2,
            "epsilon expects a number from 0 to 1; received 2",
        ),
        ((*BANDIT[1:], "--explore", "greedy,ucb"), 2, "(for several: --explore greedy --explore ucb)"),
        ((*BANDIT[1:], "--explore", "ucb", "--epsilon", "0.2"), 2, "--epsilon does not go with --explore"),
        (("cliff", "--explore", "ucb"), 2, "--explore goes with --control: add it"),
    ],
)
def test_what_cannot_be_is_told(words: tuple[str, ...], code: int, told: str, cli: Any) -> None:
    ended = cli("td", *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err


def test_a_bandit_has_nothing_to_compute_or_to_watch(cli: Any) -> None:
    ended = cli("mdp", "bandit:10")
    assert ended.code == 1
    assert "it can be learnt: dlcli td bandit:10 --control q-learning" in ended.err
    watched = cli(*BANDIT, "--watch", stdout_is_terminal=True)
    assert (watched.code, "bandit:10 has one state: leave it out" in watched.err) == (2, True)
