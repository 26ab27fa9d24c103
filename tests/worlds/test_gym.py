"""Gymnasium's worlds: by their tables, by stepping, and what is said when it is not there."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

from dlcli.engines.mdp import evaluate
from dlcli.engines.optimal import policy_iteration
from dlcli.engines.policy import random_policy
from dlcli.errors import DlcliError, WrongUsage
from dlcli.worlds.builtin import builtin
from dlcli.worlds.gym import SteppedWorld, gym_world
from dlcli.worlds.world import World


def tabled(word: str) -> World:
    world = gym_world(word)
    assert isinstance(world, World)
    return world


def dense(world: World, actions: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """P (S, A, S) and expected rewards (S, A), the actions in a given order."""
    moves = world.transitions
    order = np.array([actions.index(name) for name in world.actions])
    table = np.zeros((moves.n_states, moves.n_actions, moves.n_states))
    np.add.at(table, (moves.state, order[moves.action], moves.next), moves.probability)
    rewards = np.empty((moves.n_states, moves.n_actions))
    rewards[:, order] = moves.expected_reward
    return table, rewards


def test_without_gymnasium_the_way_to_install_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    told = "gym:FrozenLake-v1 needs Gymnasium, which is not installed: pip install 'dlcli[rl]'"
    with pytest.raises(DlcliError, match=f"^{re.escape(told)}$"):
        gym_world("gym:FrozenLake-v1")


class TestWithGymnasium:
    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        pytest.importorskip("gymnasium")

    @pytest.mark.parametrize("size", ["4x4", "8x8"])
    def test_its_frozen_lake_is_ours(self, size: str) -> None:
        theirs = tabled(f"gym:FrozenLake-v1?map_name={size}")
        ours = builtin(f"frozen-lake:{size}")
        assert ours is not None
        for mine, other in zip(dense(ours, ours.actions), dense(theirs, ours.actions), strict=True):
            assert np.abs(mine - other).max() < 1e-15
        assert np.array_equal(theirs.transitions.terminal, ours.transitions.terminal)
        assert np.array_equal(theirs.transitions.start, ours.transitions.start)
        assert theirs.states == ours.states
        assert theirs.layout is not None
        assert ours.layout is not None
        named = {place: mark for place, mark in ours.layout.marks.items() if mark != "F"}
        assert theirs.layout.marks == named

    @pytest.mark.parametrize("gamma", [0.95, 1.0])
    def test_its_frozen_lake_is_worth_what_ours_is(self, gamma: float) -> None:
        theirs, ours = tabled("gym:FrozenLake-v1"), builtin("frozen-lake")
        assert ours is not None
        best = [policy_iteration(world.transitions, gamma).values for world in (theirs, ours)]
        wandering = [
            evaluate(world.transitions, random_policy(world.transitions), gamma) for world in (theirs, ours)
        ]
        assert np.abs(best[0] - best[1]).max() < 1e-14
        assert np.abs(wandering[0] - wandering[1]).max() < 1e-14
        assert best[0].max() > 0.5 > wandering[0][0] > 0

    def test_its_cliff_is_ours_where_an_agent_can_be(self) -> None:
        theirs, ours = tabled("gym:CliffWalking-v1"), builtin("cliff")
        assert ours is not None
        where = np.array([theirs.states.index(state) for state in ours.states])
        table, rewards = dense(theirs, ours.actions)
        mine, paid = dense(ours, ours.actions)
        assert np.array_equal(table[where][:, :, where], mine)
        assert np.array_equal(rewards[where], paid)

    def test_options_are_passed_on(self) -> None:
        assert len(tabled("gym:FrozenLake-v1?is_slippery=false").transitions.state) == 44
        assert len(tabled("gym:FrozenLake-v1?is_slippery=true").transitions.state) > 100

    def test_the_taxi_has_names_for_its_actions(self) -> None:
        taxi = tabled("gym:Taxi-v4")
        assert taxi.actions == ("south", "north", "east", "west", "pickup", "dropoff")
        assert taxi.transitions.n_states == 500
        assert taxi.transitions.terminal.sum() == 4
        assert taxi.layout is None

    def test_blackjack_is_stepped_in(self) -> None:
        game = gym_world("gym:Blackjack-v1?sab=true")
        assert isinstance(game, SteppedWorld)
        assert game.name == "gym:Blackjack-v1?sab=true"
        assert game.actions == ("stick", "hit")
        assert len(game.states) == 32 * 11 * 2 + 1
        assert game.states[-1] == "end"
        table = game.simulate(7)
        seen = []
        for _ in range(200):
            state, over = table.reset(), False
            while not over:
                assert 4 <= int(game.states[state].split(",")[0]) <= 21
                state, reward, over = table.step(1)
                assert over == (state == 704)
                seen.append(reward)
        assert set(seen) == {0.0, -1.0}

    def test_a_seed_plays_the_same_game(self) -> None:
        game = gym_world("gym:Blackjack-v1")
        assert isinstance(game, SteppedWorld)
        first, second = game.simulate(3), game.simulate(3)
        assert [first.reset() for _ in range(20)] == [second.reset() for _ in range(20)]
        assert len({game.simulate(seed).reset() for seed in range(10)}) > 3

    @pytest.mark.parametrize(
        ("word", "told"),
        [
            ("gym:FrozenLke-v1", "Gymnasium cannot make gym:FrozenLke-v1: Environment 'FrozenLke' doesn't exist. Did you mean: 'FrozenLake'?"),
            ("gym:FrozenLake-v1?slipery=1", "Gymnasium cannot make gym:FrozenLake-v1?slipery=1: FrozenLakeEnv.__init__() got an unexpected"),
            ("gym:CartPole-v1", "gym:CartPole-v1 has states that cannot be counted: Box("),
            ("gym:", "Gymnasium cannot make gym:: "),
        ],
    )  # fmt: skip
    def test_what_cannot_be_made_is_said(self, word: str, told: str) -> None:
        with pytest.raises(DlcliError, match=f"^{re.escape(told)}"):
            gym_world(word)

    def test_an_option_needs_a_value(self) -> None:
        with pytest.raises(WrongUsage, match="'slippery' is no option; try gym:FrozenLake"):
            gym_world("gym:FrozenLake-v1?slippery")
