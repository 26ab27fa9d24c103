"""Where episodes end: the fundamental matrix, known chances, episodes that were lived through."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.ends import Ends, SeenEnds, ends_of, goals, greedy_ends, mean_ends
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.transitions import Transitions
from dlcli.engines.decisions.walk import sample_episodes
from dlcli.worlds.builtin import random_walk


def chain(seed: int, *, loops: bool) -> tuple[Transitions, np.ndarray]:
    """Twelve states, two of them ends, two actions; with ``loops`` states 2, 3 and 4 lead to each other alone."""
    rng = np.random.default_rng(seed)
    rows = []
    for s in range(2, 12):
        among = range(2, 5) if loops and s < 5 else range(12)
        for a in range(2):
            for t, p in zip(among, rng.dirichlet(np.ones(len(among))), strict=True):
                rows.append((s, a, t, p, rng.normal()))
    start = np.concatenate([np.zeros(5), rng.dirichlet(np.ones(7))])
    moves = Transitions.of(*np.array(rows).T, n_states=12, n_actions=2, start=start)
    share = rng.random((12, 1)) * ~moves.terminal[:, None]
    return moves, np.hstack([share, (1 - share) * ~moves.terminal[:, None]])


def plain(moves: Transitions, policy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P (S, S) and the rewards of its steps times P (S, S), by the definition."""
    p, paid = np.zeros((2, moves.n_states, moves.n_states))
    for s, a, t, chance, reward in zip(
        moves.state, moves.action, moves.next, moves.probability, moves.reward, strict=True
    ):
        p[s, t] += policy[s, a] * chance
        paid[s, t] += policy[s, a] * chance * reward
    return p, paid


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("loops", [False, True])
def test_chances_steps_and_rewards_are_those_of_the_fundamental_matrix(seed: int, loops: bool) -> None:
    """E[T; end] = start N² R and E[sum; end] = start (N W N R + N (r ∘ R)), with N = (I − Q)⁻¹."""
    moves, policy = chain(seed, loops=loops)
    p, paid = plain(moves, policy)
    passing = np.arange(5 if loops else 2, 12)
    inner, to_ends = np.ix_(passing, passing), np.ix_(passing, [0, 1])
    n = np.linalg.inv(np.eye(len(passing)) - p[inner])
    start = moves.start[passing]
    chance = start @ n @ p[to_ends]
    found = ends_of(moves, policy)
    np.testing.assert_allclose(found.chance, chance, rtol=1e-12)
    np.testing.assert_allclose(found.steps, start @ n @ n @ p[to_ends] / chance, rtol=1e-12)
    rewards = start @ n @ (paid[inner] @ n @ p[to_ends] + paid[to_ends]) / chance
    np.testing.assert_allclose(found.reward, rewards, rtol=1e-10, atol=1e-13)
    assert found.chance.sum() + found.never == pytest.approx(1, abs=1e-13)
    if loops:
        ring = np.ix_([2, 3, 4], [2, 3, 4])
        power = np.linalg.matrix_power(p[ring], 500)[0]
        assert found.pace == pytest.approx(power @ paid[ring].sum(axis=1), rel=1e-12)
        assert found.pays
        assert found.mean_steps == np.inf
        assert np.isnan(found.mean_reward)
    else:
        assert found.never == 0
        assert found.mean_steps == pytest.approx(start @ n @ np.ones(10), rel=1e-12)
        assert found.mean_reward == pytest.approx(start @ n @ paid[passing].sum(axis=1), rel=1e-10)


def test_a_walk_that_ends_on_one_side_takes_as_long_as_the_gambler_who_wins() -> None:
    """From i of n, (n² − i²) / 3 steps on the way to n: Feller, volume 1, chapter XIV."""
    walk = random_walk(9).transitions
    moves = Transitions.of(
        walk.state, walk.action, walk.next, walk.probability, walk.reward, n_states=11, n_actions=2, start=3
    )
    found = ends_of(moves, random_policy(moves))
    np.testing.assert_allclose(found.chance, [0.7, 0.3], rtol=1e-13)
    np.testing.assert_allclose(found.steps, [(100 - 49) / 3, (100 - 9) / 3], rtol=1e-13)
    np.testing.assert_allclose(found.reward, [0, 1], atol=1e-13)


def seen_of(episodes: Episodes, terminal: np.ndarray) -> Ends:
    seen = SeenEnds(terminal)
    seen.see(episodes)
    return seen.ends


def test_ends_that_are_seen_piece_by_piece_are_those_of_all_episodes() -> None:
    moves = random_walk(5).transitions
    pieces = [sample_episodes(moves, random_policy(moves), 3, [np.random.default_rng(i)]) for i in range(4)]
    seen = SeenEnds(moves.terminal)
    for piece in pieces:
        seen.see(piece)
    last = np.concatenate([piece.next[piece.offsets[1:] - 1] for piece in pieces])
    lengths = np.concatenate([piece.lengths for piece in pieces])
    right = last == 6
    assert seen.ends.chance.tolist() == [(~right).mean(), right.mean()]
    assert seen.ends.steps.tolist() == [lengths[~right].mean(), lengths[right].mean()]
    assert seen.ends.reward.tolist() == [0, 1]


def test_the_mean_of_ends_weighs_steps_by_how_often_an_end_is_reached() -> None:
    state, nan = np.array([1, 2]), np.nan
    one = Ends(state, np.array([0.25, 0.75]), np.array([8.0, 2.0]), np.array([0.0, 1.0]))
    other = Ends(state, np.array([0.75, 0.0]), np.array([4.0, nan]), np.array([2.0, nan]), 0.25, 3.0, True)
    mean = mean_ends([one, other])
    assert mean.chance.tolist() == [0.5, 0.375]
    assert mean.steps.tolist() == [5.0, 2.0]  # (0.25 · 8 + 0.75 · 4) / 1
    assert mean.reward.tolist() == [1.5, 1.0]
    assert (mean.never, mean.pace, mean.pays) == (0.125, 3.0, True)


def test_episodes_come_to_the_ends_that_are_expected() -> None:
    moves, policy = chain(1, loops=False)
    seen = seen_of(sample_episodes(moves, policy, 20_000, [np.random.default_rng(0)]), moves.terminal)
    exact = ends_of(moves, policy)
    for name, off in (("chance", 0.02), ("steps", 0.2), ("reward", 0.1)):
        np.testing.assert_allclose(getattr(seen, name), getattr(exact, name), atol=off)
    assert seen.never == 0


def test_of_episodes_that_were_cut_nobody_knows_where_they_end() -> None:
    moves = random_walk(9).transitions
    found = sample_episodes(moves, random_policy(moves), 400, [np.random.default_rng(0)], limit=9)
    seen = seen_of(found, moves.terminal)
    assert 0 < seen.cut < 1
    every = [one.lengths for one in (found if isinstance(found, list | tuple) else [found])]
    assert seen.mean_steps == pytest.approx(np.concatenate(every).mean())
    assert seen.chance.sum() + seen.cut == pytest.approx(1)
    assert (seen.never, seen.cut_steps, seen.cut_reward) == (0, 9, 0)
    assert (seen.steps <= 9).all()


def test_two_circles_pay_what_each_does_as_often_as_it_is_come_to() -> None:
    """Half of the time a step in the one that pays 2 every second step, half in the one that pays nothing."""
    moves = Transitions.of(
        [0, 0, 1, 2, 3], [0, 0, 0, 0, 0], [1, 3, 2, 1, 3], [0.5, 0.5, 1, 1, 1], [7, 7, 2, 0, 0],
        n_states=5, n_actions=1,
    )  # fmt: skip
    found = ends_of(moves, random_policy(moves))
    assert (found.never, found.pace, found.pays) == (1.0, 0.5, True)
    assert (found.chance.tolist(), found.state.tolist()) == ([0.0], [4])
    assert np.isnan(found.steps).all()


def test_the_first_of_the_best_actions_is_followed_and_what_is_no_number_is_not() -> None:
    fork = Transitions.of([0, 0], [0, 1], [1, 2], [1, 1], [4, -1], n_states=3, n_actions=2)
    tied = np.array([[1.0, 1.0], [np.nan, np.nan], [np.nan, np.nan]])
    found = greedy_ends(fork, tied)
    assert found is not None
    assert found.chance.tolist() == [1, 0]
    assert greedy_ends(fork, np.where(np.isnan(tied), tied, np.inf)) is None
    assert greedy_ends(fork, np.full((3, 2), np.nan)) is None


def test_goals_are_what_pays_and_what_is_named() -> None:
    fork = Transitions.of([0, 0], [0, 1], [1, 2], [1, 1], [-4, -1], n_states=3, n_actions=2)
    assert goals(fork).tolist() == []
    assert goals(fork, [2]).tolist() == [2]


def test_too_many_ends_are_refused() -> None:
    many = Transitions.of([0] * 1001, range(1001), range(1, 1002), [1] * 1001, [0] * 1001,
                          n_states=1002, n_actions=1001)  # fmt: skip
    with pytest.raises(EngineError, match="1001 ends are more than the 1000"):
        ends_of(many, random_policy(many))
