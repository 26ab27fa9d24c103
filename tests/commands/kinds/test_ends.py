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
    assert "Ends of 100 episodes, 50 in each of 2 runs, nothing" in first
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


def test_episodes_that_were_cut_are_counted_as_that(cli: Any) -> None:
    """They would have come to an end: of them nobody says that they never do."""
    words = ("td", "random-walk:9", "--episodes", "40", "--max-steps", "10")
    text = told(cli, *words)
    assert "no end" not in text
    assert "∞" not in text
    sent = cli(*words, "--emit", "ends").tensors[0]
    assert sent.axes[-2].labels == ("left end", "right end", "cut")
    data = sent.data.reshape(3, 4)
    cut = data[2]
    assert f"cut before an end {100 * cut[0]:.3g} % 10 0 on average" in text
    assert cut[:3].tolist() == pytest.approx([1 - data[:2, 0].sum(), 10, 0])
    all_cut = told(cli, "td", "gridworld:5x5", "--episodes", "4", "--max-steps", "10")
    assert (
        "Ends of 4 episodes: all were cut before an end, after 10 steps; undiscounted rewards add up to"
        in all_cut
    )


@pytest.mark.parametrize("words", [("mdp", "--optimal"), ("td", "--control", "q-learning")])
def test_a_boat_that_goes_round_for_ever_is_told_of(words: tuple[str, ...], cli: Any) -> None:
    text = told(cli, words[0], "sample:boat-race", *words[1:])
    assert "0,7 (finish: +10) 0 % no end 100 % ∞ 0.1667 a step, no limit" in text
    assert f"{MISSED}: the best actions never come to 0,7 (finish: +10), 7 steps away" in text
    assert "--gamma 0.95 makes the best ones end" in text


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
    assert "There is more to gain: the best actions never come to 0,7 (finish: +10)" in text


@pytest.mark.parametrize("most", ["0", "'x'", "1.5", "true"])
def test_steps_that_are_no_number_are_refused(most: str, cli: Any) -> None:
    ended = cli("mdp", "-", stdin=b"max_steps = " + most.encode() + b"\n" + boat())
    assert ended.code == 1
    assert "max_steps expects a whole number from 1 to 1000000; received" in ended.err


def test_ends_are_of_all_episodes_even_of_many(cli: Any) -> None:
    """Episodes are lived through in blocks of 8192: the share of three blocks is no multiple of 1/8192."""
    words = ("td", "random-walk:1", "--episodes", "20001", "--runs", "1")
    right = cli(*words, "--emit", "returns").tensor.data.sum()  # the right end pays 1, the left one 0
    assert cli(*words, "--emit", "ends").tensor.data[1, 0] == right / 20001


def test_only_states_on_the_way_count_for_what_best_actions_are_worth(cli: Any) -> None:
    """Along the cliff it is 13 steps; away from it there is more to learn, which no such episode sees."""
    words = ("td", "cliff", "--control", "q-learning", "--alpha", "0.5", "--episodes", "300", "--seed", "1")
    text = told(cli, *words)
    assert "best actions only Q-learning −139.3 −58.23 −13 optimum −13" in text
    assert "From states that are not on the way some best actions lead round in a circle." in text
    assert "there is more to learn" not in text


def test_the_ends_of_several_runs_are_the_mean_of_those_of_each_table(cli: Any) -> None:
    words = ("td", "frozen-lake", "--control", "q-learning", "--episodes", "60", "--alpha", "0.5")
    q = cli(*words, "--runs", "1", "--emit", "q").tensor.data
    alone = cli(*words, "--runs", "1", "--emit", "ends").tensor.data
    both = cli(*words, "--runs", "2", "--emit", "ends").tensor.data
    mean = cli(*words, "--runs", "2", "--emit", "q").tensor.data
    from dlcli.engines.decisions.ends import greedy_ends
    from dlcli.worlds.builtin import builtin

    world = builtin("frozen-lake")
    assert world is not None
    other = greedy_ends(world.transitions, 2 * mean - q)  # the table of the second run
    assert other is not None
    np.testing.assert_allclose(both[:-1, 0], (alone[:-1, 0] + other.chance) / 2)
    text = told(cli, *words, "--runs", "2")
    assert "of the best actions of Q-learning, the mean of 2 runs" in text


def test_best_actions_of_a_sweep_are_not_called_optimal(cli: Any) -> None:
    text = told(cli, "mdp", "sample:boat-race", "--optimal", "--sweeps", "5")
    assert "Ends of the greedy policy by the values of 5 sweeps: 0,7 (finish: +10) for certain" in text


def test_the_discount_that_is_proposed_lies_below_the_tie(cli: Any) -> None:
    """Going pays 10, waiting 3 / (1 − γ): at 0.7 as much, and half of those who may choose go on waiting."""
    world = b"state,action,next,probability,reward\nA,go,G,1,10\nA,wait,A,1,3\n"
    assert "--gamma 0.5 makes the best ones end" in told(
        cli, "mdp", "-", "--optimal", "--gamma", "0.9", stdin=world
    )


WALLED = b'step_reward = %d\ngrid = """\nS.#F\n..##\n"""\n[legend]\nF = { end = true, reward = 1 }\n'


def test_an_end_behind_a_wall_is_told_of(cli: Any) -> None:
    lost = "No end can be reached from 0,0"
    assert lost in told(cli, "mdp", "-", "--optimal", stdin=WALLED % 0)
    assert lost in told(cli, "mdp", "-", "--optimal", "--gamma", "0.9", stdin=WALLED % -1)
    text = told(cli, "td", "-", "--control", "q-learning", "--max-steps", "20", stdin=WALLED % -1)
    assert lost in text
    assert "never ends" in text
    assert "more to gain" not in text
    ended = cli("mdp", "-", "--optimal", stdin=WALLED % -1)
    assert "from state 0,0 no end can be reached: rewards come for ever" in ended.err
    assert lost not in told(cli, "mdp", "sample:maze", "--optimal")


def policy_file(tmp_path: Any, moves: dict[str, str]) -> str:
    path = tmp_path / "policy.csv"
    path.write_text("state,action\n" + "".join(f'"{state}",{action}\n' for state, action in moves.items()))
    return str(path)


ROUND = {"0,0": "down", "1,0": "up", "2,0": "up", **{f"0,{i}": "right" for i in range(1, 7)}}


def test_a_policy_that_goes_round_for_a_bonus_is_told_of(cli: Any, tmp_path: Any) -> None:
    """As the optimal one is; with little patience that one ends, and then it is not the rewards' fault."""
    path = policy_file(tmp_path, {**ROUND, "0,0": "right", "0,1": "right", "0,2": "down", "1,2": "down"})
    text = told(cli, "mdp", "sample:boat-race", "--policy", path)
    assert f"{MISSED}: the actions of this policy never come to 0,7 (finish: +10), 7 steps away" in text
    hasty = told(cli, "mdp", "sample:boat-race", "--policy", path, "--gamma", "0.9")
    assert MISSED not in hasty
    assert "There is more to gain: the actions of this policy never come to 0,7" in hasty


def test_a_policy_that_another_betters_elsewhere_alone_earns_as_much(cli: Any, tmp_path: Any) -> None:
    """From the start both take the shortest way; in the corner beside it this one turns back."""
    world = b"step_reward = -1\ngrid = '''\n.S.F\n'''\n[legend]\nF = { end = true }\n"
    best = {"0,0": "left", "0,1": "right", "0,2": "right"}
    path = policy_file(tmp_path, best)
    text = told(cli, "mdp", "-", "--policy", path, "--gamma", "0.9", stdin=world)
    assert "earns −1.9 from the start, as the policy does: other states gain by it." in text
