"""The update rule by hand, its fast paths against it to the last bit, and where falling step sizes lead."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning import td_fast
from dlcli.engines.decisions.learning.backups import (
    Backups,
    first_visits,
    monte_carlo_backups,
    n_step_backups,
    td0_backups,
    visit_numbers,
)
from dlcli.engines.decisions.learning.td import backed_up, td0
from dlcli.engines.decisions.learning.td_fast import learn, td0_long
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.transitions import Transitions
from dlcli.engines.decisions.walk import sample_episodes
from dlcli.worlds.builtin import builtin


def world(name: str) -> Transitions:
    found = builtin(name)
    assert found is not None
    return found.transitions


def lived(name: str, episodes: int, runs: int, seed: int = 0, limit: int = 1000) -> Episodes:
    moves = world(name)
    return sample_episodes(
        moves, random_policy(moves), episodes, np.random.default_rng(seed).spawn(runs), limit=limit
    )


def alone(backups: Backups, run: int) -> Backups:
    mine = slice(*backups.offsets[run : run + 2].tolist())
    columns = (backups.step, backups.state, backups.reward, backups.discount, backups.follower)
    count = mine.stop - mine.start
    return Backups.of(*(column[mine] for column in columns), np.array([0, count]))


def by_hand(states: list[int], rewards: list[float], v: dict[int, float], alpha: float, gamma: float) -> None:
    """Tabular TD(0) in a dozen words: an independent writing of the textbook's box."""
    for t, r in enumerate(rewards):
        s, s2 = states[t], states[t + 1]
        v[s] = v[s] + alpha * (r + gamma * v.get(s2, 0.0) - v[s])


PLANS = {
    "td0": lambda seen: td0_backups(seen, 0.9),
    "2 steps": lambda seen: n_step_backups(seen, 0.9, 2),
    "5 steps": lambda seen: n_step_backups(seen, 0.9, 5),
    "every visit": lambda seen: monte_carlo_backups(seen, 0.9),
    "first visit": lambda seen: monte_carlo_backups(seen, 0.9, first_visit=True),
}
plans = pytest.mark.parametrize("plan", PLANS)


def test_one_update_is_that_of_the_notes() -> None:
    """V = 4 and 5, reward 1, γ 0.9, α 0.5: δ = 1 + 4.5 − 4 = 1.5, and V becomes 4.75."""
    values = np.array([4.0, 5.0])
    happened = backed_up(values, td0_backups(Episodes.of([0], [0], [1.0], [1], lengths=[1]), 0.9), 0.5)
    assert (happened.target[0], happened.delta[0], happened.after[0]) == (5.5, 1.5, 4.75)
    assert values.tolist() == [4.75, 5.0]


def test_td0_is_the_box_of_the_textbook() -> None:
    seen = lived("random-walk", 30, 1)
    v = dict.fromkeys(range(1, 6), 0.5)
    for begin, end in zip(seen.offsets[:-1], seen.offsets[1:], strict=True):
        states = [*seen.state[begin:end].tolist(), int(seen.next[end - 1])]
        by_hand(states, seen.reward[begin:end].tolist(), v, 0.1, 0.95)
    learnt = td0(seen, 7, alpha=0.1, gamma=0.95, initial=0.5)
    assert learnt.tolist() == [0.0, *(v[s] for s in range(1, 6)), 0.0]


@plans
@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("many", [1, 1000])
@pytest.mark.parametrize("name", ["random-walk", "cliff", "predictor"])
def test_all_runs_at_once_equal_each_by_itself_to_the_last_bit(
    name: str, many: int, falling: bool, plan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(td_fast, "MANY", many)
    seen = lived(name, 10, 4, limit=200)
    backups, n_states = PLANS[plan](seen), world(name).n_states
    alpha: float | Array = 0.3
    if falling:
        alpha = 1 / visit_numbers(backups, np.zeros((4, n_states), int))
    values = np.random.default_rng(1).normal(size=(4, n_states))
    wanted = values.copy()
    after = np.full(len(backups.state), np.nan)
    learn(values, backups, alpha, after.__setitem__)
    for run in range(4):
        mine = slice(*backups.offsets[run : run + 2].tolist())
        step = alpha[mine] if isinstance(alpha, np.ndarray) else alpha
        happened = backed_up(wanted[run], alone(backups, run), step)
        np.testing.assert_array_equal(after[mine], happened.after)
    np.testing.assert_array_equal(values, wanted)


@pytest.mark.parametrize("name", ["random-walk", "gridworld:4x4", "cliff", "gridworld:20x20", "predictor"])
def test_one_long_run_equals_the_plain_loop_to_the_last_bit(name: str) -> None:
    seen = lived(name, 40, 1, limit=200)
    values = np.random.default_rng(1).normal(size=world(name).n_states)
    wanted = values.copy()
    td0_long(values, seen, alpha=0.1, gamma=0.97)
    backed_up(wanted, td0_backups(seen, 0.97), 0.1)
    np.testing.assert_array_equal(values, wanted)


def test_n_steps_are_td0_when_they_are_one_and_monte_carlo_when_they_are_all() -> None:
    seen = lived("gridworld:4x4", 20, 2)
    for n, other in ((1, td0_backups(seen, 0.9)), (2**70, monte_carlo_backups(seen, 0.9))):
        plan = n_step_backups(seen, 0.9, n)
        np.testing.assert_allclose(plan.reward, other.reward, rtol=1e-12)
        np.testing.assert_array_equal(plan.state, other.state)
        ended = world("gridworld:4x4").terminal[plan.follower]
        np.testing.assert_array_equal(plan.discount * ~ended, other.discount * ~ended)
    assert world("gridworld:4x4").terminal[n_step_backups(seen, 0.9, 10_000).follower].all()


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_an_n_step_return_is_the_sum_of_the_textbook(n: int) -> None:
    seen = lived("cliff", 5, 1, limit=30)
    plan = n_step_backups(seen, 0.9, n)
    for t in range(0, len(seen.state), 7):
        end = int(seen.offsets[1:][seen.episode[t]])
        steps = min(n, end - t)
        wanted = sum(0.9**i * seen.reward[t + i] for i in range(steps))
        assert plan.reward[t] == pytest.approx(wanted, rel=1e-12)
        assert plan.discount[t] == pytest.approx(0.9**steps, rel=1e-12)
        assert plan.follower[t] == seen.next[t + steps - 1]


def test_a_cut_episode_goes_on_from_the_state_it_had_come_to() -> None:
    seen = lived("cliff", 3, 1, limit=4)
    assert seen.cut.any()
    last = seen.offsets[1:][seen.cut] - 1
    assert (td0_backups(seen, 1.0).discount[last] == 1).all()
    assert (td0_backups(seen, 1.0).follower[last] == seen.next[last]).all()


def test_first_visits_are_the_first_of_each_state_in_each_episode() -> None:
    seen = lived("random-walk", 30, 2)
    wanted = [
        t
        for begin, end in zip(seen.offsets[:-1].tolist(), seen.offsets[1:].tolist(), strict=True)
        for t in range(begin, end)
        if seen.state[t] not in seen.state[begin:t]
    ]
    assert first_visits(seen).tolist() == wanted
    assert len(wanted) < len(seen.state)


def test_with_one_over_n_a_value_is_the_mean_of_its_targets() -> None:
    seen = lived("random-walk", 50, 1)
    for first in (False, True):
        backups = monte_carlo_backups(seen, 0.9, first_visit=first)
        values = np.full(7, 99.0)
        learn(values[None], backups, 1 / visit_numbers(backups, np.zeros((1, 7), int)))
        for s in range(1, 6):
            assert values[s] == pytest.approx(backups.reward[backups.state == s].mean(), rel=1e-12)


def test_visits_go_on_being_counted_from_block_to_block() -> None:
    seen = lived("random-walk", 12, 3)
    whole = visit_numbers(td0_backups(seen, 1.0), np.zeros((3, 7), int))
    for run in range(3):
        for s in range(7):
            mine = slice(*seen.run_offsets[run : run + 2].tolist())
            numbers = whole[mine][seen.state[mine] == s]
            assert numbers.tolist() == list(range(1, len(numbers) + 1))


def test_a_falling_step_size_leads_to_the_exact_values() -> None:
    """Each state's mean over 16 runs is within 7 standard errors of n/6: by chance it is not in 1 seed of 50,000.

    (Student's t with 15 degrees of freedom, five states. The step size 10/(9 + n) falls slowly enough for
    the bias to be small beside the error.)
    """
    seen = lived("random-walk", 4000, 16)
    backups = td0_backups(seen, 1.0)
    values = np.zeros((16, 7))
    n = visit_numbers(backups, np.zeros((16, 7), int))
    learn(values, backups, 10 / (9 + n))
    exact = np.arange(1, 6) / 6
    mean, error = values[:, 1:6].mean(axis=0), values[:, 1:6].std(axis=0, ddof=1) / 4
    assert (np.abs(mean - exact) < 7 * error).all(), (mean - exact) / error
    assert error.max() < 0.01


@plans
def test_what_a_target_took_in_is_written_down(plan: str) -> None:
    seen = lived("gridworld:4x4", 3, 1)
    backups, values = PLANS[plan](seen), np.random.default_rng(2).normal(size=16)
    kept = values.copy()
    happened = backed_up(values, backups, 0.5)
    for i in range(len(backups.state)):
        assert happened.ahead[i] == kept[backups.follower[i]]
        assert happened.target[i] == backups.reward[i] + backups.discount[i] * happened.ahead[i]
        kept[backups.state[i]] = happened.after[i]
    assert (happened.trace == 1).all()


def test_a_value_moves_by_its_share_of_the_error() -> None:
    seen = lived("random-walk", 2, 1)
    happened = backed_up(np.zeros(7), td0_backups(seen, 1.0), 0.5)
    np.testing.assert_array_equal(happened.after, happened.before + happened.alpha * happened.delta)


@pytest.mark.parametrize(
    ("lengths", "runs", "told"),
    [
        ([2], 1, "episodes need columns as long as all of them together, 2; received 1, 1, 1, 1"),
        ([0, 1], 1, "episodes need columns"),
        ([1], 2, "1 episodes cannot be shared out among 2 runs"),
    ],
)
def test_episodes_that_contradict_themselves_are_refused(lengths: list[int], runs: int, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        Episodes.of([0], [0], [1.0], [1], lengths=lengths, runs=runs)


def test_a_number_of_steps_that_is_none_is_refused() -> None:
    with pytest.raises(EngineError, match="n expects a whole number of steps, at least 1; received 0"):
        n_step_backups(lived("random-walk", 1, 1), 1.0, 0)
