"""``dlcli td --off-policy``: what a policy is worth from episodes of the random one."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

OFF = ("blackjack", "--policy", "optimal", "--method", "mc")


def told(cli: Any, *words: str) -> str:
    ended = cli("td", *words, "-f", "plain", "--width", "80")
    assert ended.code == 0, ended.err
    return str(ended.out)


@pytest.mark.parametrize("way", ["ordinary", "weighted"])
def test_what_is_learnt_is_the_value_of_the_other_policy(way: str, cli: Any) -> None:
    line = (*OFF, "--off-policy", way, "--start", "111", "--episodes", "4000", "--runs", "20")
    (sent,) = cli("td", *line, "--emit", "values").tensors
    (exact,) = cli("mdp", "blackjack", "--optimal", "--emit", "values").tensors
    assert abs(sent.data[111] - exact.data[111]) < 0.05
    (own,) = cli("td", "blackjack", "--method", "mc", "--alpha", "1/n", "--episodes", "4000", "--start", "111",
                 "--emit", "values").tensors  # fmt: skip
    assert abs(own.data[111] - exact.data[111]) > 0.2


def test_both_ways_stand_beside_each_other_from_the_same_episodes(cli: Any) -> None:
    ways = ("--off-policy", "ordinary", "--off-policy", "weighted")
    text = " ".join(told(cli, *OFF, *ways, "--episodes", "500").split())
    assert "ordinary V(s) V(s) + 1/n · [ρ·G − V(s)] weighted V(s) V(s) + ρ / Σρ · [G − V(s)]" in text
    assert "of the returns have ρ = 0" in text
    assert "one return may count up to ρ = " in text
    (both,) = cli("td", *OFF, *ways, "--emit", "values").tensors
    assert both.axes[1].labels == ("MC, ordinary", "MC, weighted")
    for i, way in enumerate(("ordinary", "weighted")):
        (one,) = cli("td", *OFF, "--off-policy", way, "--emit", "values").tensors
        np.testing.assert_array_equal(both.data[:, i], one.data)


@pytest.mark.parametrize("way", ["ordinary", "weighted"])
def test_an_update_is_the_product_of_its_ratios_its_return_and_both_together(way: str, cli: Any) -> None:
    line = (*OFF, "--off-policy", way, "--episodes", "300")
    (trace,) = cli("td", *line, "--emit", "trace").tensors
    columns = dict(zip(trace.axes[1].labels, trace.data.T, strict=True))
    moved = np.flatnonzero((columns["after"] != columns["before"]) & (columns["before"] != 0))
    i = int(moved[0])
    text = told(cli, *line, "--explain", str(i))
    rho = float(re.search(r"ρ +Π π\(a\|s\) / b\(a\|s\) = (\S+)", text)[1])  # type: ignore[index]
    assert re.search(rf"ρ, the product +{rho:g}$", text, re.MULTILINE)
    back = re.search(r"G +Σ γ\^k·r = (\S+)", text)[1].replace("−", "-")  # type: ignore[index]
    target = rho * float(back) if way == "ordinary" else float(back)
    assert columns["target"][i] == pytest.approx(target)
    steps = re.search(r"1/n = 1/(\d+) =" if way == "ordinary" else r"ρ / Σρ = \S+ / (\S+) =", text)
    assert steps is not None
    alpha = (1 if way == "ordinary" else rho) / float(steps[1])
    before = columns["before"][i]
    assert columns["after"][i] == pytest.approx(before + alpha * (target - before))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--policy", "optimal"), "--off-policy"),
        (("--method", "mc"), "say of which, as in --policy optimal"),
        (("--method", "mc", "--method", "td0", "--policy", "optimal"), "for --method mc alone"),
        (("--method", "mc", "--policy", "optimal", "--alpha", "0.1"), "--alpha"),
        (("--method", "mc", "--policy", "optimal", "--batch"), "--batch"),
    ],
)
def test_what_does_not_go_with_it(words: tuple[str, ...], why: str, cli: Any) -> None:
    ended = cli("td", "blackjack", "--off-policy", "ordinary", *words)
    assert (ended.code, ended.out) == (2, "")
    assert why in ended.err
    assert len(ended.err.splitlines()) <= 2


def test_it_may_be_a_way_that_no_episode_goes(cli: Any) -> None:
    line = (
        "random-walk",
        "--policy",
        "optimal",
        "--method",
        "mc",
        "--off-policy",
        "weighted",
        "--episodes",
        "1",
    )
    assert "Values" in told(cli, *line)


def test_hands_out_of_reach_have_no_value_in_the_map(cli: Any) -> None:
    text = told(cli, "blackjack", "--method", "mc", "--start", "111", "--episodes", "300")
    learnt, exact = text.split("  exact\n")
    assert re.search(r"^ +13 +· +−?0\.\d+ +·", learnt, re.MULTILINE)
    assert "·" not in exact.split("RMS error")[0]


def test_hands_of_gymnasium_are_drawn_as_ours_are(cli: Any) -> None:
    pytest.importorskip("gymnasium")
    text = told(cli, "gym:Blackjack-v1", "--control", "q-learning", "--episodes", "60")
    assert "values, soft hand" in text
    assert "S stick, H hit; sums below 12 are not drawn" in text
    assert re.search(r"^ +12 .*·", text, re.MULTILINE)  # hands that never came
    assert "nan" not in text
