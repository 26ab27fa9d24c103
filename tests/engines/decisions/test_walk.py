"""Episodes are what the world and the policy allow, as likely as they say, and each run's own."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions import walk
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.transitions import Transitions
from dlcli.engines.decisions.walk import Moves, sample_episodes
from dlcli.worlds.builtin import builtin


def world(name: str) -> Transitions:
    found = builtin(name)
    assert found is not None
    return found.transitions


#: Outcomes whose probabilities are no multiples of anything: they are searched for.
UNEVEN = Transitions.of(
    [0, 0, 0, 1, 1], [0, 0, 1, 0, 0], [1, 2, 0, 0, 2], [0.1234567, 0.8765433, 1, 0.3, 0.7], [1, 2, 3, 4, 5],
    n_states=3, n_actions=2, start=[0.4, 0.6, 0],
)  # fmt: skip

WORLDS = {name: world(name) for name in ("random-walk", "gridworld:4x4", "cliff", "frozen-lake", "predictor")}
WORLDS["uneven"] = UNEVEN


def uneven_policy(transitions: Transitions) -> Array:
    """Of every state's actions the first is ten times as likely as each of the others."""
    weights = transitions.allowed * np.array([10.0] + [1.0] * (transitions.n_actions - 1))
    return weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)


@pytest.mark.parametrize("limit", [1, 7, 300])
@pytest.mark.parametrize("name", WORLDS)
def test_steps_follow_each_other_from_a_start_to_an_end_or_to_the_limit(name: str, limit: int) -> None:
    moves = WORLDS[name]
    seen = sample_episodes(moves, random_policy(moves), 300, np.random.default_rng(1).spawn(3), limit=limit)
    assert (seen.runs, len(seen.lengths)) == (3, 900)
    last = seen.offsets[1:] - 1
    ended = moves.terminal[seen.next[last]]
    np.testing.assert_array_equal(ended, ~seen.cut)
    assert seen.lengths.max() <= limit
    assert (seen.lengths[seen.cut] == limit).all()
    assert (moves.start[seen.state[seen.offsets[:-1]]] > 0).all()
    inner = np.ones(len(seen.state), bool)
    inner[last] = False
    assert not moves.terminal[seen.next[inner]].any()
    np.testing.assert_array_equal(seen.next[:-1][inner[:-1]], seen.state[1:][inner[:-1]])
    possible = set(
        zip(
            moves.state.tolist(),
            moves.action.tolist(),
            moves.next.tolist(),
            moves.reward.tolist(),
            strict=True,
        )
    )
    happened = zip(
        seen.state.tolist(), seen.action.tolist(), seen.next.tolist(), seen.reward.tolist(), strict=True
    )
    assert set(happened) <= possible


@pytest.mark.parametrize("policy", [random_policy, uneven_policy])
@pytest.mark.parametrize("name", WORLDS)
def test_outcomes_are_as_likely_as_policy_and_world_say(name: str, policy: object) -> None:
    """Chi-squared of all outcomes with K degrees of freedom stays below K + 5 √(2K) + 10: once in 10⁵ seeds.

    The outcomes of the steps of one state are independent, so that the counts, given how often each state
    occurred, are multinomial.
    """
    moves = WORLDS[name]
    chances = policy(moves)  # type: ignore[operator]
    seen = sample_episodes(moves, chances, 2000, np.random.default_rng(2).spawn(1), limit=1000)
    key = np.rec.fromarrays([moves.state, moves.action, moves.next, moves.reward])
    where = np.argsort(key)
    steps = np.rec.fromarrays([seen.state, seen.action, seen.next, seen.reward])
    counts = np.bincount(where[np.searchsorted(key[where], steps)], minlength=len(key))
    visits = np.bincount(seen.state, minlength=moves.n_states)
    expected = visits[moves.state] * chances[moves.state, moves.action] * moves.probability
    common = expected > 5
    chi = ((counts - expected)[common] ** 2 / expected[common]).sum()
    freedom = int(common.sum())
    assert chi < freedom + 5 * np.sqrt(2 * freedom) + 10, (chi, freedom)


def test_a_start_is_as_likely_as_the_world_says() -> None:
    """The share of 8000 starts is within 5 standard deviations, but once in 10⁶ seeds."""
    seen = sample_episodes(UNEVEN, random_policy(UNEVEN), 8000, np.random.default_rng(3).spawn(1))
    share = (seen.state[seen.offsets[:-1]] == 0).mean()
    assert abs(share - 0.4) < 5 * np.sqrt(0.24 / 8000)


@pytest.mark.parametrize("name", ["random-walk", "uneven"])
def test_what_a_run_sees_does_not_depend_on_the_others(name: str) -> None:
    moves = WORLDS[name]
    many = sample_episodes(moves, random_policy(moves), 20, np.random.default_rng(4).spawn(5))
    alone = sample_episodes(moves, random_policy(moves), 20, np.random.default_rng(4).spawn(5)[3:4])
    mine = slice(*many.run_offsets[3:5].tolist())
    np.testing.assert_array_equal(many.state[mine], alone.state)
    np.testing.assert_array_equal(many.reward[mine], alone.reward)


def test_a_seeded_run_is_the_same_everywhere() -> None:
    """Recorded once; PCG64 and IEEE arithmetic leave no choice."""
    moves = WORLDS["random-walk"]
    seen = sample_episodes(moves, random_policy(moves), 3, np.random.default_rng(0).spawn(1))
    assert seen.lengths.tolist() == [13, 5, 5]
    assert seen.next.tolist() == [2, 1, 2, 3, 4, 3, 4, 3, 4, 5, 4, 5, 6, 2, 3, 4, 5, 6, 4, 3, 2, 1, 0]


def test_rows_of_equal_shares_are_drawn_from_tables_and_others_searched() -> None:
    even = Moves.of(WORLDS["frozen-lake"], random_policy(WORLDS["frozen-lake"]))
    assert even.n.size
    np.testing.assert_array_equal(np.bincount(even.state), even.n)
    assert not Moves.of(UNEVEN, random_policy(UNEVEN)).n.size


def test_more_steps_than_are_held_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MOST_STEPS", 1000)
    moves = WORLDS["cliff"]
    with pytest.raises(
        EngineError, match="20 episodes take more than 1000 steps; try fewer episodes or runs"
    ):
        sample_episodes(moves, random_policy(moves), 20, np.random.default_rng(0).spawn(1))
