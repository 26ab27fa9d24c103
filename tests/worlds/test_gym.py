"""Gymnasium's worlds: by their tables, by stepping, and what is said when it is not there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dlcli.engines.decisions.bellman import evaluate
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.policy import random_policy
from dlcli.errors import BadData, DlcliError
from dlcli.worlds.builtin import builtin
from dlcli.worlds.gym import Simulator, SteppedWorld, gym_world
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

    @pytest.mark.parametrize("word", ["no", "off", "False", "0"])
    def test_ice_that_does_not_slip_can_be_said_in_several_words(self, word: str) -> None:
        dry, said = (
            tabled("gym:FrozenLake-v1?is_slippery=false"),
            tabled(f"gym:FrozenLake-v1?is_slippery={word}"),
        )
        assert np.array_equal(dry.transitions.next, said.transitions.next)
        assert np.array_equal(dry.transitions.probability, said.transitions.probability)

    def test_a_version_may_be_left_out_beside_options(self) -> None:
        assert len(tabled("gym:FrozenLake?is_slippery=no").transitions.state) == 44

    def test_a_lake_of_ones_own(self) -> None:
        own = tabled("gym:FrozenLake-v1?desc=SFF,FHF,FFG&reward_schedule=5,-1,0&is_slippery=no")
        assert own.transitions.n_states == 9
        assert set(own.transitions.reward.tolist()) == {5.0, -1.0, 0.0}

    def test_a_passenger_who_changes_his_mind_is_in_no_table(self) -> None:
        assert isinstance(gym_world("gym:Taxi-v4?fickle_passenger=yes"), SteppedWorld)
        assert isinstance(gym_world("gym:Taxi-v4?fickle_passenger=no"), World)

    def test_the_taxi_has_names_for_its_actions(self) -> None:
        taxi = tabled("gym:Taxi-v4")
        assert taxi.actions == ("south", "north", "east", "west", "pickup", "dropoff")
        assert taxi.transitions.n_states == 500
        assert taxi.transitions.terminal.sum() == 4
        assert taxi.layout is None

    def test_states_of_the_taxi_are_called_by_what_they_mean(self) -> None:
        import gymnasium

        taxi, decode = tabled("gym:Taxi-v4"), gymnasium.make("Taxi-v4").unwrapped.decode
        assert taxi.states[328] == "3,1 Y to R"  # the example of Gymnasium's documentation
        assert [*map(int, decode(328))] == [3, 1, 2, 0]
        ends = [taxi.states[s] for s in np.flatnonzero(taxi.transitions.terminal)]
        assert ends == ["0,0 R to R", "0,4 G to G", "4,0 Y to Y", "4,3 B to B"]
        assert len(set(taxi.states)) == 500
        assert (
            int((~taxi.reachable).sum()) == 96
        )  # where the passenger is where he wants to be: 100 but the ends
        assert all(
            taxi.states[s].split()[1] == taxi.states[s].split()[3] for s in np.flatnonzero(~taxi.reachable)
        )

    @pytest.mark.parametrize(
        ("name", "limit"), [("Taxi-v4", 200), ("FrozenLake-v1", 100), ("CliffWalking-v1", None)]
    )
    def test_the_limit_that_gymnasium_sets_is_known(self, name: str, limit: int | None) -> None:
        world = tabled(f"gym:{name}")
        assert (world.time_limit, world.max_steps) == (limit, None)

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
                assert 4 <= int(game.states[state].removeprefix("soft ").split()[0]) <= 21
                state, reward, over = table.step(1)
                assert over == (state == 704)
                seen.append(reward)
        assert set(seen) == {0.0, -1.0}

    def test_hands_of_blackjack_have_the_names_and_places_of_ours(self) -> None:
        game, ours = gym_world("gym:Blackjack-v1"), builtin("blackjack")
        assert isinstance(game, SteppedWorld)
        assert ours is not None
        assert game.layout is not None
        assert ours.layout is not None
        theirs = dict(zip(game.states, game.layout.places.tolist(), strict=True))
        for name, place in zip(ours.states[:200], ours.layout.places.tolist(), strict=False):
            assert theirs[name] == place
        assert theirs["end"] == theirs["11 against 10"] == [-1, -1]
        assert len(set(game.states)) == len(game.states)

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
            ("gym:FrozenLake-v1?slipery=1", "gym:FrozenLake-v1 has no option slipery: did you mean is_slippery?"),
            ("gym:FrozenLake-v1?success_rate=2", "gym:FrozenLake-v1?success_rate=2: the probability of action left in state 0,0 expects a finite number from 0 to 1; received -0.5; try another success_rate"),
            ("gym:FrozenLake-v1?is_slippery=maybe", "gym:FrozenLake-v1?is_slippery=maybe: is_slippery expects true or false, yes or no, on or off; received 'maybe'"),
            ("gym:FrozenLake-v1?map_name=9x9", "gym:FrozenLake-v1?map_name=9x9: map_name expects 4x4 or 8x8; received '9x9'"),
            ("gym:FrozenLake-v1?desc=SFG,FH", "Gymnasium cannot make gym:FrozenLake-v1?desc=SFG,FH: "),
            ("gym:FrozenLake-v1?desc=FFG,FHF", "gym:FrozenLake-v1?desc=FFG,FHF: the start of state 0,0 expects a finite number from 0 to 1; received nan; try another desc"),
            ("gym:Blackjack-v1?render_mode=human", "gym:Blackjack-v1?render_mode=human: dlcli draws the world itself: leave out render_mode"),
            ("gym:Pendulum-v1", "gym:Pendulum-v1 has actions that cannot be counted: Box(-2.0, 2.0, (1,), float32); dlcli needs Discrete or MultiDiscrete actions"),
            ("gym:", "Gymnasium cannot make gym:: "),
        ],
    )  # fmt: skip
    def test_what_cannot_be_made_is_said(self, word: str, told: str) -> None:
        with pytest.raises(DlcliError, match=f"^{re.escape(told)}"):
            gym_world(word)

    def test_an_option_needs_a_value(self) -> None:
        with pytest.raises(BadData, match="'slippery' is no option; try gym:FrozenLake"):
            gym_world("gym:FrozenLake-v1?slippery")

    @pytest.fixture
    def odd(self) -> Iterator[None]:
        """``gym:Odd-v0`` is a world of which everything may be as nobody expects."""
        import gymnasium

        gymnasium.register("Odd-v0", entry_point=_odd, disable_env_checker=True)
        yield
        del gymnasium.registry["Odd-v0"]

    @pytest.mark.usefixtures("odd")
    @pytest.mark.parametrize(
        ("query", "told"),
        [
            ("fails=yes", "Gymnasium cannot make gym:Odd-v0?fails=yes: ZeroDivisionError"),
            ("table=short", "gym:Odd-v0?table=short has another table than P[state][action] = [(probability, next state, reward, ended), …]: "),
            ("table=flat", "gym:Odd-v0?table=flat has another table than "),
            ("table=over", "gym:Odd-v0?table=over: in each of 2 states the episode has ended: there is nowhere to start; try another table"),
            ("table=far", "gym:Odd-v0?table=far: there is no next state 7; there are 2, from 0 on; try another table"),
            ("states=0", "gym:Odd-v0?states=0 has states that cannot be counted: None; dlcli needs Discrete or MultiDiscrete states, or a Box of one row of numbers"),
        ],
    )  # fmt: skip
    def test_a_world_that_is_odd_is_told(self, query: str, told: str) -> None:
        with pytest.raises(DlcliError, match=f"^{re.escape(told)}"):
            gym_world(f"gym:Odd-v0?{query}")

    @pytest.mark.usefixtures("odd")
    @pytest.mark.parametrize(
        ("query", "told"),
        [
            ("begins=5", "gym:Odd-v0?begins=5 cannot begin an episode: it is in 5, outside of Discrete(2)"),
            (
                "begins=-1",
                "gym:Odd-v0?begins=-1 cannot begin an episode: it is in -1, outside of Discrete(2)",
            ),
            ("begins=0", "gym:Odd-v0?begins=0 cannot do action 1: NotImplementedError"),
        ],
    )
    def test_a_world_that_breaks_on_the_way_is_told(self, query: str, told: str) -> None:
        game = gym_world(f"gym:Odd-v0?{query}")
        assert isinstance(game, SteppedWorld)

        def play(table: Simulator) -> None:
            table.reset()
            table.step(1)

        with pytest.raises(DlcliError, match=f"^{re.escape(told)}$"):
            play(game.simulate(0))


TABLES: dict[str, Any] = {
    "short": {0: {0: [(1.0, 1, 0)]}},
    "flat": {0: [(1.0, 1, 0, True)]},
    "over": {0: {0: [(1.0, 0, 0, True)], 1: [(1.0, 1, 0, True)]}},
    "far": {0: {0: [(1.0, 7, 0, True)], 1: [(1.0, 1, 0, True)]}},
}


def _odd(table: str = "", begins: int = 0, states: int | None = 2, fails: bool = False) -> Any:
    import gymnasium

    class Odd(gymnasium.Env[Any, Any]):
        action_space = gymnasium.spaces.Discrete(2)
        observation_space: Any = gymnasium.spaces.Discrete(states) if states else None

        def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
            return begins, {}

        def step(self, action: Any) -> Any:
            raise NotImplementedError

    if fails:
        raise ZeroDivisionError
    world = Odd()
    if table:
        world.P = TABLES[table]  # type: ignore[attr-defined]
    return world
