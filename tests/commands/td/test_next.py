"""The line to try next is the line that was typed, and what is suggested."""

from __future__ import annotations

import shlex
from typing import Any

import numpy as np
import pytest


def following(cli: Any, *words: str, stdin: bytes = b"") -> str:
    ended = cli("td", *words, "-f", "plain", "--width", "200", stdin=stdin)
    assert ended.code == 0, ended.err
    return str(ended.out.split("Try next\n")[1].strip())


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("random-walk --initial 0.5 --trace 6", "random-walk --initial 0.5 --explain 5"),
        ("random-walk --trace 99999 --episodes 2 --seed 3", "random-walk --episodes 2 --seed 3 --explain 27"),
        (
            "random-walk --method lambda --lambda 0.8 --traces replacing --gamma 0.9 --start B --trace 4",
            "random-walk --method lambda --lambda 0.8 --traces replacing --gamma 0.9 --start B --explain 3",
        ),
        ("gridworld:4x4 --policy greedy --trace=4", "gridworld:4x4 --policy greedy --explain 3"),
        ("random-walk", "random-walk --runs 100 --alpha 0.1 --alpha 0.03"),
        ("random-walk --alpha 1/2", "random-walk --alpha 1/2 --runs 100 --alpha 0.15"),
        ("random-walk --alpha 1/n --runs 1", "random-walk --alpha 1/n --runs 100 --alpha 0.1"),
        (
            "random-walk --runs 9 --initial 0.5",
            "random-walk --runs 9 --initial 0.5 --method td0 --method mc --against transitions",
        ),
        (
            "random-walk --runs 9 --method mc --first-visit --against transitions",
            "random-walk --runs 9 --method mc --first-visit --method td0 --against transitions",
        ),
        ("random-walk --alpha 0.1 --alpha 0.2", "random-walk --alpha 0.1 --alpha 0.2 --trace 10"),
        (
            "random-walk --alpha 0.1 --alpha 0.2 --trace 3",
            "random-walk --alpha 0.1 --alpha 0.2 --explain 2",
        ),
        (
            "random-walk --batch --method td0 --method mc --episodes 9",
            "random-walk --method td0 --method mc --episodes 9 --trace 10",
        ),
        ("cliff --control sarsa --trace 4", "cliff --control sarsa --explain 3"),
        (
            "cliff --control sarsa --epsilon 0.2 --alpha 0.3 --episodes 30",
            "cliff --control sarsa --epsilon 0.2 --alpha 0.3 --episodes 30 --control q-learning --runs 20",
        ),
        (
            "cliff --control q-learning --control sarsa --alpha 0.5 --episodes 30 --runs 2",
            "cliff --control q-learning --control sarsa --alpha 0.5 --episodes 30 --runs 2 --trace 10",
        ),
        ("cliff --control double-q --runs 2", "cliff --control double-q --runs 2 --control sarsa"),
        ("random-walk --precision 6 --trace 2 --show", "random-walk --explain 1"),
    ],
)
def test_what_was_typed_stays(typed: str, wanted: str, cli: Any) -> None:
    assert following(cli, *typed.split()) == f"dlcli td {wanted}"


@pytest.mark.parametrize(
    "typed",
    [
        "random-walk --initial 0.5 --gamma 0.9 --alpha 0.3 --seed 4 --trace 6",
        "random-walk --method n-step --n 2 --start A --episodes 7 --trace 6",
        "windy --control expected-sarsa --epsilon 0.3 --alpha 0.7 --episodes 9 --max-steps 50 --trace 6",
        "sample:student --policy greedy --method mc --alpha 1/n --trace 6",
    ],
)
def test_the_update_that_is_explained_is_the_last_of_those_shown(typed: str, cli: Any) -> None:
    ((*_, last),) = (cli("td", *typed.split(), "--emit", "trace").tensors[0].data,)
    words = shlex.split(following(cli, *typed.split()))[1:]
    assert words[-2:] == ["--explain", "5"]
    (trace,) = cli(*words, "--trace", "6", "--emit", "trace", "-f", "frame").tensors
    np.testing.assert_array_equal(trace.data[5], last)


def test_what_has_no_name_stands_before_the_bar(cli: Any) -> None:
    table = b"state,action,next,probability,reward\nhere,go,there,1,1\n"
    line = following(cli, "--start", "here", "--trace", "3", stdin=table)
    assert line == "… | dlcli td --start here --explain 2"
    line = following(cli, "-", "--control", "sarsa", "--trace", "3", stdin=table)
    assert line == "… | dlcli td --control sarsa --explain 2"


def test_no_more_runs_are_suggested_than_can_be_waited_for(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """100 episodes of the walk are 894 steps, 30 of the cliff some thousands."""
    monkeypatch.setattr("dlcli.commands.td.story.MOST", 10_000)
    monkeypatch.setattr("dlcli.commands.td.story_control.MOST", 10_000)
    assert following(cli, "random-walk") == "dlcli td random-walk --runs 5 --alpha 0.1 --alpha 0.03"
    line = following(cli, "cliff", "--control", "sarsa", "--episodes", "30")
    assert line == "dlcli td cliff --control sarsa --episodes 30 --control q-learning"
    monkeypatch.setattr("dlcli.commands.td.story.MOST", 1000)
    assert following(cli, "random-walk") == "dlcli td random-walk --trace 10"
