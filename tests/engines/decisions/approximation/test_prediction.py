"""Semi-gradient prediction: with one feature for each state it is the table, with groups the book's walk."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.approximation.features import Features, Groups, OneHot, Position, Tiles
from dlcli.engines.decisions.approximation.prediction import Estimates, LinearEstimate, Updated, estimate
from dlcli.engines.decisions.learning.prediction import Method, predict
from dlcli.engines.decisions.policy import random_policy
from dlcli.worlds.builtin import random_walk
from dlcli.worlds.positions import positions

WALK = random_walk(9)
MOVES = WALK.transitions
EXACT = np.append(np.arange(10) / 10, 0.0)
POLICY = random_policy(MOVES)


def linear(features: Features, points: np.ndarray, runs: int, alpha: float = 0.1) -> LinearEstimate:
    active = features(np.clip(points, 0, None))
    return LinearEstimate(active, features.size, runs, alpha=alpha, terminal=MOVES.terminal)


def learnt(
    features: Features, *, method: Method | None = None, runs: int = 3, episodes: int = 20, alpha: float = 0.1
) -> Estimates:
    points = np.arange(11.0)[:, None] if isinstance(features, OneHot) else positions(WALK)
    generators = np.random.default_rng(1).spawn(runs)
    return estimate(
        MOVES, POLICY, [linear(features, points, runs, alpha)], generators,
        method=method or Method("td0"), episodes=episodes, exact=EXACT,
    )  # fmt: skip


@pytest.mark.parametrize("method", [Method("td0", 0.1), Method("n-step", 0.1, n=3), Method("mc", 0.1)])
def test_one_feature_for_each_state_is_the_table(method: Method) -> None:
    table = predict(MOVES, POLICY, [method], np.random.default_rng(1).spawn(3), episodes=20, exact=EXACT)
    (mine,) = learnt(OneHot(11), method=method).learnt
    np.testing.assert_allclose(mine.values, table.values[0], atol=1e-12)
    assert table.rms is not None
    assert mine.rms is not None
    np.testing.assert_allclose(mine.rms, table.rms[0], atol=1e-12)


def test_every_update_is_the_formula() -> None:
    points, seen = positions(WALK), []
    one = linear(Tiles(4, 3, 1), points, 1)
    weights, active = np.zeros(16), Tiles(4, 3, 1)(np.clip(points, 0, None))

    def told(update: Updated) -> bool:
        seen.append(update)
        return len(seen) == 300

    estimate(MOVES, POLICY, [one], [np.random.default_rng(0)], method=Method(), episodes=100, seen=told)
    for update in seen:
        ahead = 0.0 if MOVES.terminal[update.follower] else weights[active.index[update.follower]].sum()
        before = weights[active.index[update.state]].sum()
        assert update.before == pytest.approx(before, abs=1e-12)
        assert update.delta == pytest.approx(update.reward + ahead - before, abs=1e-12)
        weights[active.index[update.state]] += 0.1 / 4 * update.delta
        assert update.after == pytest.approx(before + 0.1 * update.delta, abs=1e-12)
    assert len(seen) == 300
    np.testing.assert_allclose(one.weights[0], weights, atol=1e-12)


def test_runs_beside_each_other_are_the_runs_alone() -> None:
    points, generators = positions(WALK), np.random.default_rng(1).spawn(3)
    (together,) = learnt(Groups(3, 1)).learnt
    for run, generator in enumerate(generators):
        one = linear(Groups(3, 1), points, 1)
        alone = estimate(MOVES, POLICY, [one], [generator], method=Method(), episodes=20, exact=EXACT).learnt[
            0
        ]
        np.testing.assert_array_equal(alone.values[0], together.values[run])
        np.testing.assert_allclose(alone.rms, together.rms[run : run + 1], atol=1e-14)  # type: ignore[index]


def test_states_of_a_group_share_a_value_and_ends_are_worth_nothing() -> None:
    (mine,) = learnt(Groups(3, 1)).learnt
    assert mine.values[0, [0, 10]].tolist() == [0, 0]
    for first in (1, 4, 7):
        assert len(set(mine.values[0, first : first + 3].tolist())) == 1


def test_a_plane_finds_the_walk_whose_values_are_one() -> None:
    (mine,) = learnt(Position(1), runs=20, episodes=150, alpha=0.02).learnt
    assert mine.rms is not None
    assert mine.rms[:, -1].mean() < 0.15 < 0.5 < mine.rms[0, 0]


def test_a_method_without_such_an_update_is_refused() -> None:
    with pytest.raises(EngineError, match="approximation is there for td0, n-step and mc; received lambda"):
        learnt(OneHot(11), method=Method("lambda"))
