"""Importance sampling: products by hand, both means, what is expected of them, refusals."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.bellman import evaluate, start_value
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning import prediction
from dlcli.engines.decisions.learning.importance import importance_estimates, importance_ratios
from dlcli.engines.decisions.learning.prediction import EpisodeSource, Method, learn_from, predict
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.transitions import Transitions
from dlcli.engines.decisions.walk import sample_episodes
from dlcli.worlds.builtin import builtin

RNG = np.random.default_rng(2)
COLUMNS = ("state", "action", "reward", "next")


def test_a_ratio_is_the_product_over_the_steps_of_its_episode() -> None:
    lengths = [3, 1, 4]
    state, action = RNG.integers(0, 3, 8), RNG.integers(0, 2, 8)
    seen = Episodes.of(state, action, np.zeros(8), state, lengths=lengths)
    target, behaviour = RNG.dirichlet(np.ones(2), 3), RNG.dirichlet(np.ones(2), 3)
    plain, t = [], 0
    for length in lengths:
        product = 1.0
        for _ in range(length):
            product *= target[state[t], action[t]] / behaviour[state[t], action[t]]
            t += 1
        plain.append(product)
    np.testing.assert_allclose(importance_ratios(seen, target, behaviour), plain, rtol=1e-13)


def test_estimates_are_means_episode_by_episode() -> None:
    returns, ratios = RNG.normal(size=(2, 30)), RNG.exponential(size=(2, 30))
    ratios[:, :3] = 0.0
    ordinary, weighted = importance_estimates(returns, ratios)
    for run in range(2):
        for n in range(1, 31):
            some = ratios[run, :n] * returns[run, :n]
            assert ordinary[run, n - 1] == pytest.approx(some.mean())
            if n > 3:
                assert weighted[run, n - 1] == pytest.approx(some.sum() / ratios[run, :n].sum())
    assert (weighted[:, :3] == 0).all()
    assert (np.abs(weighted[:, 3:]) <= np.abs(returns).max(axis=1, keepdims=True)).all()


def test_from_the_same_policy_nothing_is_weighted() -> None:
    world = builtin("frozen-lake")
    assert world is not None
    policy = random_policy(world.transitions)
    seen = sample_episodes(world.transitions, policy, 50, [np.random.default_rng(0)])
    np.testing.assert_array_equal(importance_ratios(seen, policy, policy), 1.0)


def test_another_policy_comes_to_what_it_is_worth() -> None:
    world = builtin("random-walk")
    assert world is not None
    moves = world.transitions
    target = random_policy(moves) * np.array([0.6, 1.4])
    seen = sample_episodes(moves, random_policy(moves), 40_000, [np.random.default_rng(0)])
    ratios = importance_ratios(seen, target, random_policy(moves))
    exact = start_value(moves, target, 1.0)
    for found in importance_estimates(seen.first_returns(1.0), ratios):
        assert found[-1] == pytest.approx(exact, abs=0.03)


def test_what_is_never_done_cannot_be_weighted() -> None:
    seen = Episodes.of([0, 1], [0, 1], [0.0, 0.0], [1, 2], lengths=[2])
    half, one = np.full((2, 2), 0.5), np.array([[0.5, 0.5], [1.0, 0.0]])
    with pytest.raises(EngineError, match="never takes action 1 in state 1"):
        importance_ratios(seen, half, one)
    with pytest.raises(EngineError, match=r"received \(2, 2\) and \(2, 1\)"):
        importance_ratios(seen, half, half[:, :1])


def walk_off_policy(runs: int = 1, episodes: int = 30) -> tuple[Transitions, Array, Array, Episodes]:
    """A walk, a policy that prefers the right, the random one, and its episodes."""
    world = builtin("random-walk")
    assert world is not None
    moves = world.transitions
    behaviour = random_policy(moves)
    target = behaviour * np.array([0.6, 1.4])
    seen = sample_episodes(moves, behaviour, episodes, [np.random.default_rng(i) for i in range(runs)])
    return moves, target, behaviour, seen


def ratio_of(target: Array, behaviour: Array) -> Array:
    return np.divide(target, behaviour, out=np.zeros_like(target), where=behaviour > 0)


@pytest.mark.parametrize("first_visit", [False, True])
@pytest.mark.parametrize("way", ["ordinary", "weighted"])
def test_values_are_the_means_over_all_visits(way: str, first_visit: bool) -> None:
    moves, target, behaviour, seen = walk_off_policy()
    method = Method("mc", None, first_visit=first_visit, off_policy=way, ratio=ratio_of(target, behaviour))
    found = predict(moves, behaviour, [method], [np.random.default_rng(0)], episodes=30)
    total, weight, count = (np.zeros(moves.n_states) for _ in range(3))
    for start, end in itertools.pairwise(seen.offsets.tolist()):
        steps = range(start, end)
        for t in steps:
            s = int(seen.state[t])
            if first_visit and s in seen.state[start:t]:
                continue
            rho, back = 1.0, 0.0
            for k in range(t, end):
                pair = seen.state[k], seen.action[k]
                rho *= target[pair] / behaviour[pair]
                back += seen.reward[k]
            total[s] += rho * back
            weight[s] += rho
            count[s] += 1
    inner = count > 0
    plain = total[inner] / (count if way == "ordinary" else weight)[inner]
    np.testing.assert_allclose(found.values[0, 0, inner], plain, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("runs", [1, 60])
@pytest.mark.parametrize("way", ["ordinary", "weighted"])
def test_values_come_to_those_of_the_other_policy(way: str, runs: int) -> None:
    moves, target, behaviour, _ = walk_off_policy()
    method = Method("mc", None, off_policy=way, ratio=ratio_of(target, behaviour))
    generators = [np.random.default_rng(i) for i in range(runs)]
    games = 20_000 // runs
    found = predict(moves, behaviour, [method], generators, episodes=games).values[0].mean(axis=0)
    exact = evaluate(moves, target, 1.0)
    assert np.abs(found - exact).max() < 0.06
    assert np.abs(evaluate(moves, behaviour, 1.0) - exact).max() > 0.2


def test_learning_goes_on_where_a_block_of_episodes_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    moves, target, behaviour, _ = walk_off_policy()
    methods = [
        Method("mc", None, off_policy=way, ratio=ratio_of(target, behaviour))
        for way in ("ordinary", "weighted")
    ]
    generator = lambda: [np.random.default_rng(3)]  # noqa: E731
    source = lambda seen: EpisodeSource(1, lambda count: next(seen))  # noqa: E731
    whole = sample_episodes(moves, behaviour, 40, generator())
    monkeypatch.setattr(prediction, "BLOCK", 10)
    cut = [
        Episodes.of(*(getattr(whole, name)[slice(*whole.offsets[[i, i + 10]])] for name in COLUMNS),
                    lengths=np.diff(whole.offsets[i : i + 11]))
        for i in range(0, 40, 10)
    ]  # fmt: skip
    pieces = learn_from([source(iter(cut))], moves.terminal, methods, episodes=40)
    monkeypatch.setattr(prediction, "BLOCK", 8192)
    once = learn_from([source(iter([whole]))], moves.terminal, methods, episodes=40)
    np.testing.assert_allclose(pieces.values, once.values, rtol=1e-12)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"off_policy": "both"}, "received 'both'"),
        ({"off_policy": "ordinary", "alpha": 0.1}, "step size of 1/n"),
        ({"off_policy": "ordinary", "name": "td0"}, "is there for mc"),
        ({"off_policy": "ordinary", "ratio": None}, "needs the ratio"),
    ],
)
def test_what_cannot_be_learnt_from_another_policy(wrong: dict[str, Any], why: str) -> None:
    moves, target, behaviour, _ = walk_off_policy()
    settings = {"name": "mc", "alpha": None, "ratio": ratio_of(target, behaviour)} | wrong
    with pytest.raises(EngineError, match=why):
        predict(moves, behaviour, [Method(**settings)], [np.random.default_rng(0)], episodes=1)
