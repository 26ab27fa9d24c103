"""Which ends are reached, on the screen and as data, in mdp and td; the goal that is not what was rewarded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

BOAT = """
gamma = 0.99
step_reward = {step}
grid = '''
S......{end}
.#.#####
t#T#####
'''
[legend]
{end} = {{ end = true, reward = {pays}, label = "{label}" }}
T = {{ reward = 1, to = "t" }}
t = "floor"
"""
MISSED = "What was rewarded is not the goal"


def told(cli: Any, *words: str, stdin: bytes | None = None) -> str:
    ended = cli(*words, "-f", "plain", "--width", "100", **({} if stdin is None else {"stdin": stdin}))
    assert ended.code == 0, ended.err
    return " ".join(str(ended.out).split())


def boat(step: float = 0.0, pays: float = 10.0, end: str = "F", label: str = "finish") -> bytes:
    return BOAT.format(step=step, pays=pays, end=end, label=label).encode()


def test_the_ends_of_a_policy_are_a_table_with_their_means(cli: Any) -> None:
    text = told(cli, "mdp", "random-walk:9", "--start", "C")
    assert "Ends of the random policy, nothing discounted end reached steps sum of rewards" in text
    assert "left end 70 % 17 0 right end 30 % 30.33 1 on average 21 0.3" in text
    sent = cli("mdp", "random-walk:9", "--start", "C", "--emit", "ends").tensor
    assert sent.axes[0].labels == ("left end", "right end", "no end")
    assert sent.axes[1].labels == ("probability", "steps", "rewards", "a step")
    np.testing.assert_allclose(sent.data[:2, :3], [[0.7, 17, 0], [0.3, 91 / 3, 1]], atol=1e-12)
    assert sent.data[2, 0] == 0


def test_what_is_certain_is_a_sentence(cli: Any) -> None:
    text = told(cli, "mdp", "sample:maze", "--optimal")
    assert "Ends of the optimal policy: 3,5 (goal: +1) for certain, after 10.47 steps; undiscounted" in text
    text = told(cli, "mdp", "gridworld:5x5")
    assert "no end, a step pays −0.01122 on average, and the sum of rewards has no limit" in text


def test_ends_are_of_the_episodes_or_of_the_best_actions_learnt(cli: Any) -> None:
    assert "Ends of 50 episodes, nothing discounted" in told(cli, "td", "random-walk", "--episodes", "50")
    first = told(cli, "td", "random-walk", "--episodes", "50", "--runs", "2")
    assert "Ends of 50 episodes, those of the first run, nothing" in first
    words = (
        "td",
        "cliff",
        "--control",
        "q-learning",
        "--control",
        "sarsa",
        "--alpha",
        "0.5",
        "--episodes",
        "300",
    )
    assert "Ends of the best actions of Q-learning: 3,11 (goal) for certain, after 13 steps" in told(
        cli, *words
    )
    sent = cli(*words, "--emit", "ends").tensor
    assert sent.axis_names == ("method", "end", "column")
    assert sent.data[:, 0, 0].tolist() == [1, 1]
    assert sent.data[:, 0, 1].tolist() == [13, 17]


def test_episodes_that_were_cut_came_to_no_end(cli: Any) -> None:
    text = told(cli, "td", "random-walk:9", "--episodes", "40", "--max-steps", "10")
    assert "no end" in text
    assert "∞ 0 a step" in text


@pytest.mark.parametrize("words", [("mdp", "--optimal"), ("td", "--control", "q-learning")])
def test_a_boat_that_goes_round_for_ever_is_told_of(words: tuple[str, ...], cli: Any) -> None:
    text = told(cli, words[0], "sample:boat-race", *words[1:])
    assert "0,7 (finish: +10) 0 % no end 100 % ∞ 0.1667 a step, no limit" in text
    assert f"{MISSED}: the best actions never come to 0,7 (finish: +10), 7 steps away" in text
    assert "--gamma 0.95 makes them end" in text


def test_a_race_is_called_off_after_the_steps_of_its_world(cli: Any) -> None:
    ended = cli("td", "sample:boat-race", "--control", "q-learning", "--episodes", "20")
    assert "cut after 100 steps" in ended.err
    ended = cli("td", "sample:boat-race", "--control", "q-learning", "--episodes", "20", "--max-steps", "50")
    assert "cut after 50 steps" in ended.err


@pytest.mark.parametrize(
    ("world", "words", "missed"),
    [
        (boat(), (), True),
        (boat(), ("--gamma", "0.95"), False),
        (boat(step=-0.2), (), False),
        (boat(pays=-10, label="rocks"), (), False),
        (boat(pays=0, label="the finish"), (), True),
        (boat(pays=0, end="X", label="rocks"), (), False),
    ],
    ids=["bonus", "less patient", "costly steps", "a trap", "a goal by name", "an end without one"],
)
def test_only_a_goal_that_is_missed_for_rewards_is_told_of(
    world: bytes, words: tuple[str, ...], missed: bool, cli: Any
) -> None:
    assert (MISSED in told(cli, "mdp", "-", "--optimal", *words, stdin=world)) == missed
    assert MISSED not in told(cli, "mdp", "-", *words, stdin=world)  # the random policy rewards nothing


def test_what_is_not_learnt_yet_is_not_the_rewards_fault(cli: Any) -> None:
    text = told(cli, "td", "sample:boat-race", "--control", "q-learning", "--gamma", "0.9")
    assert MISSED not in text
    assert "There is more to learn: the best actions never come to 0,7 (finish: +10)" in text


@pytest.mark.parametrize("most", ["0", "'x'", "1.5", "true"])
def test_steps_that_are_no_number_are_refused(most: str, cli: Any) -> None:
    ended = cli("mdp", "-", stdin=b"max_steps = " + most.encode() + b"\n" + boat())
    assert ended.code == 1
    assert "max_steps expects a whole number from 1 to 1000000; received" in ended.err
