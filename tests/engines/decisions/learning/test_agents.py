"""Learners that look further than a step: beside one-step rules, plain boxes, weighted means, exact values."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.average import average_reward
from dlcli.engines.decisions.bellman import start_value
from dlcli.engines.decisions.learning.agents import AGENTS, Settings, Update
from dlcli.engines.decisions.learning.control_definition import Control, TableEnvironment, control_plain
from dlcli.engines.decisions.learning.control_long import ListEnvironment, control_long, joined
from dlcli.engines.decisions.learning.control_replay import Rule
from dlcli.engines.decisions.learning.exploration import Exploration, Fall
from dlcli.engines.decisions.learning.long_replay import LongReplay
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.policy import epsilon_greedy, single_best
from dlcli.engines.decisions.transitions import Transitions
from dlcli.worlds.builtin import builtin


def moves(name: str) -> Transitions:
    world = builtin(name)
    assert world is not None
    return world.transitions


def learnt(name: str, rule: str, seed: int = 1, **options: object) -> Control:
    common = {"episodes": 30, "gamma": 0.95, "trace": 10**6} | options
    return control_long(moves(name), rule, np.random.default_rng(seed), **common)  # type: ignore[arg-type]


def updates(found: Control) -> list[Update]:
    return [step for step in found.happened if isinstance(step, Update)]


def test_lists_draw_what_tables_draw() -> None:
    lake = moves("frozen-lake")
    table, lists, rng = TableEnvironment(lake), ListEnvironment(lake), np.random.default_rng(0)
    for state, action in np.argwhere(lake.allowed).tolist():
        for uniform in [*rng.random(20).tolist(), 0.0, 1 - 2**-53]:
            assert table.step(state, action, uniform) == lists.step(state, action, uniform)


@pytest.mark.parametrize("way", [Exploration(), Exploration("softmax", 0.5), Exploration("ucb", 1.0)])
@pytest.mark.parametrize(
    ("rule", "plain", "settings"),
    [
        ("n-step-sarsa", "sarsa", Settings(n=1)),
        ("sarsa-lambda", "sarsa", Settings(decay=0.0)),
        ("sarsa-lambda", "sarsa", Settings(decay=0.0, traces="replacing")),
        ("dyna-q", "q-learning", Settings(planning=0)),
    ],
)
def test_with_one_step_they_learn_what_the_one_step_rule_learns(
    rule: str, plain: str, settings: Settings, way: Exploration
) -> None:
    for name in ("cliff", "frozen-lake"):
        options = {"episodes": 20, "gamma": 0.95, "explore": way, "alpha": 0.5, "fall": Fall(0.9, 0.1)}
        one = control_long(moves(name), rule, np.random.default_rng(4), settings=settings, **options)  # type: ignore[arg-type]
        other = control_plain(moves(name), plain, np.random.default_rng(4), **options)  # type: ignore[arg-type]
        np.testing.assert_array_equal(one.q, other.q)
        np.testing.assert_array_equal(one.returns, other.returns)


@pytest.mark.parametrize("name", ["gridworld:4x4", "frozen-lake"])
def test_with_more_steps_than_an_episode_has_it_is_monte_carlo(name: str) -> None:
    n = learnt(name, "n-step-sarsa", settings=Settings(n=10_000), gamma=1.0, episodes=20)
    mc = learnt(name, "mc", gamma=1.0, episodes=20)
    np.testing.assert_array_equal(n.q, mc.q)  # rewards are whole numbers: any order adds up to the same


def lived(found: Control) -> list[list[Update]]:
    """The steps of each episode, in the order in which they came."""
    steps = sorted(updates(found), key=lambda step: (step.episode, step.time))
    return [list(group) for _, group in groupby(steps, key=lambda step: step.episode)]


@pytest.mark.parametrize("n", [2, 3, 8])
def test_n_steps_are_those_of_the_box_in_the_book(n: int) -> None:
    found = learnt("cliff", "n-step-sarsa", settings=Settings(n=n))
    q = np.where(moves("cliff").allowed, 0.0, np.nan)
    for episode in lived(found):
        total = len(episode)
        for t in range(total + n - 1):
            tau = t - n + 1
            if tau < 0:
                continue
            target = sum(0.95**i * episode[tau + i].reward for i in range(min(n, total - tau)))
            if tau + n < total:
                after = episode[tau + n]
                target += 0.95**n * q[after.state, after.action]
            s, a = episode[tau].state, episode[tau].action
            q[s, a] += 0.1 * (target - q[s, a])
    np.testing.assert_allclose(found.q[0], q, atol=1e-12)


@pytest.mark.parametrize("traces", ["accumulating", "replacing"])
@pytest.mark.parametrize("decay", [0.5, 0.9, 1.0])
def test_traces_are_those_of_a_table_of_all_pairs(decay: float, traces: str) -> None:
    settings = Settings(decay=decay, traces=traces)
    found = learnt("frozen-lake", "sarsa-lambda", settings=settings, episodes=60, initial=1.0)
    assert not found.cut
    q = np.where(moves("frozen-lake").allowed, 1.0, np.nan)
    for episode in lived(found):
        trace = np.zeros(q.shape)
        for i, step in enumerate(episode):
            after = episode[i + 1] if i + 1 < len(episode) else None
            ahead = 0.0 if after is None else q[after.state, after.action]
            delta = step.reward + 0.95 * ahead - q[step.state, step.action]
            trace[step.state, step.action] = 1 + trace[step.state, step.action] * (traces == "accumulating")
            q += 0.1 * delta * trace
            trace *= 0.95 * decay
    np.testing.assert_allclose(found.q[0], q, atol=1e-9)


@pytest.mark.parametrize("first", [False, True])
def test_monte_carlo_is_the_mean_of_the_returns(first: bool) -> None:
    found = learnt("frozen-lake", "mc", alpha=None, settings=Settings(first_visit=first), episodes=200)
    every = learnt("frozen-lake", "mc", alpha=None, settings=Settings(first_visit=first), episodes=200)
    returns: dict[tuple[int, int], list[float]] = {}
    for step in updates(every):
        paid = sum(0.95**k * reward for k, reward in enumerate(step.rewards))
        returns.setdefault((step.state, step.action), []).append(paid)
    for (s, a), paid in returns.items():
        assert found.q[0, s, a] == pytest.approx(np.mean(paid), abs=1e-12)
    pairs = [(step.episode, step.state, step.action) for step in updates(found)]
    assert (len(set(pairs)) == len(pairs)) is first


def test_off_policy_values_are_weighted_means_of_returns() -> None:
    found = learnt("frozen-lake", "off-policy-mc", explore=Exploration(value=0.5), episodes=300)
    weights: dict[tuple[int, int], float] = {}
    sums: dict[tuple[int, int], float] = {}
    for step in updates(found):
        pair = step.state, step.action
        paid = sum(0.95**k * reward for k, reward in enumerate(step.rewards))
        weights[pair] = weights.get(pair, 0.0) + (step.weight or 0.0)
        sums[pair] = sums.get(pair, 0.0) + (step.weight or 0.0) * paid
        assert step.after == pytest.approx(sums[pair] / weights[pair], abs=1e-12)
        assert step.total == pytest.approx(weights[pair])
    last = [step for step in updates(found) if len(step.rewards) == 1]
    assert {step.weight for step in last} == {1.0}
    before = [step for step in updates(found) if len(step.rewards) == 2]
    # One greedy step among four actions: 1 / (1 − ε + ε / 4), or where several were tied with their share.
    assert min(step.weight or 0 for step in before) == pytest.approx(1 / (0.5 + 0.5 / 4))


def test_planned_steps_are_what_was_seen_last() -> None:
    found = learnt("frozen-lake", "dyna-q", settings=Settings(planning=4), episodes=40)
    model: dict[tuple[int, int], tuple[float, int]] = {}
    counts = [0, 0]
    for step in updates(found):
        counts[step.planned] += 1
        if not step.planned:
            model[step.state, step.action] = step.reward, step.next
        assert model[step.state, step.action] == (step.reward, step.next)
    assert counts[1] == 4 * counts[0] == 4 * int(found.steps.sum())
    assert found.updates == sum(counts)


def test_planning_needs_fewer_steps_in_the_maze() -> None:
    steps = [
        learnt("dyna-maze", "dyna-q", seed, settings=Settings(planning=n), episodes=10, trace=0)
        .steps[0, 2:]
        .mean()
        for n in (0, 20)
        for seed in range(5)
    ]
    assert max(steps[5:]) < min(steps[:5])


def test_the_average_reward_is_learnt_of_what_is_done() -> None:
    loops = Transitions.of(
        [0, 0, 1, 2, 3], [0, 1, 0, 0, 0], [1, 2, 0, 3, 0], [1] * 5, [0, 0, 1, 0, 6], n_states=4, n_actions=2
    )
    found = control_long(
        loops, "differential-sarsa", np.random.default_rng(0), episodes=1, limit=60_000, alpha=0.05,
        settings=Settings(beta=0.001),
    )  # fmt: skip
    policy = epsilon_greedy(found.q[0], 0.1)
    assert policy[0].argmax() == 1
    exact = average_reward(loops, policy).gain
    assert found.average is not None
    assert found.average[0] == pytest.approx(exact, abs=0.05)
    assert found.returns[0, 0] / 60_000 == pytest.approx(exact, abs=0.1)


def test_exploring_starts_find_the_best_actions_without_other_exploring() -> None:
    found = learnt(
        "gridworld:4x4", "mc", exploring_starts=True, explore=Exploration("greedy"), alpha=None, gamma=1.0,
        episodes=4000, trace=0, initial=0.0, limit=50,
    )  # fmt: skip
    world = moves("gridworld:4x4")
    best = policy_iteration(world, 1.0)
    assert start_value(world, single_best(world, found.q[0]), 1.0) == pytest.approx(
        float(world.start @ best.values), abs=0.2
    )


def test_exploring_starts_begin_anywhere_with_anything() -> None:
    found = learnt("cliff", "mc", exploring_starts=True, episodes=3000, limit=2)
    first = {(step.state, step.action) for step in updates(found) if step.time == 0}
    assert len(first) == int(moves("cliff").allowed.sum())


@pytest.mark.parametrize("rule", AGENTS)
def test_what_is_kept_can_be_replayed(rule: str) -> None:
    found = learnt("cliff", rule, episodes=3, limit=40)
    replay = LongReplay(moves("cliff"), Rule(rule), found, 0.0, lambda count: found)
    assert replay.count == found.updates == len(found.happened)
    last = [*replay.moments(50)][-1]
    values = np.where(moves("cliff").terminal, 0.0, np.nanmax(np.nan_to_num(found.q[0], nan=-np.inf), axis=1))
    np.testing.assert_allclose(last.values, values, atol=1e-9)
    few = replay.steps(min(5, replay.count))
    step = few[-1]
    if step.values and not step.planned:
        choice = replay.choice(few)
        assert choice.action == step.action
        assert choice.policy[step.action] > 0
        assert choice.policy.sum() == pytest.approx(1.0)


def test_choices_are_by_the_values_at_their_time() -> None:
    for rule in ("n-step-sarsa", "sarsa-lambda", "mc", "dyna-q"):
        found = learnt("cliff", rule, explore=Exploration("greedy"), episodes=5)
        for step in updates(found):
            if step.values and not step.planned:
                assert step.values[step.action] == max(step.values)


def test_runs_are_joined() -> None:
    runs = [learnt("cliff", "mc", seed, trace=(seed == 0) * 9, episodes=4) for seed in range(3)]
    both = joined(runs)
    assert both.q.shape == (3, 38, 4)
    assert both.happened == runs[0].happened
    assert both.errors is None
    np.testing.assert_array_equal(both.steps[2], runs[2].steps[0])


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"rule": "td"}, "there is no rule 'td'; there are n-step-sarsa, "),
        ({"settings": Settings(n=0)}, "n expects"),
        ({"settings": Settings(decay=1.5)}, "lambda expects a number from 0 to 1; received 1.5"),
        ({"settings": Settings(traces="dutch")}, "traces are accumulating or replacing; received 'dutch'"),
        ({"settings": Settings(planning=-1)}, "planning expects a number of steps from 0 on; received -1"),
        ({"settings": Settings(beta=2.0)}, "beta expects a number from 0 to 1"),
        ({"alpha": 0.0}, "alpha"),
        ({"gamma": 1.5}, "gamma expects"),
        ({"episodes": 0}, "episodes expects a whole number, at least 1; received 0"),
    ],
)
def test_refused(options: dict[str, object], wrong: str) -> None:
    rule = str(options.pop("rule", "mc"))
    with pytest.raises(EngineError, match=wrong):
        learnt("cliff", rule, **options)
