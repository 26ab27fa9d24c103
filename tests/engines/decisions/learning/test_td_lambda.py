"""TD(λ) between TD(0) and Monte Carlo, all runs at once against each by itself."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning.backups import monte_carlo_backups, td0_backups
from dlcli.engines.decisions.learning.td import backed_up
from dlcli.engines.decisions.learning.td_lambda import TRACES, td_lambda, td_lambda_plain
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.walk import sample_episodes
from dlcli.worlds.builtin import builtin


def lived(name: str, episodes: int, runs: int) -> tuple[Episodes, int]:
    world = builtin(name)
    assert world is not None
    moves = world.transitions
    return sample_episodes(
        moves, random_policy(moves), episodes, np.random.default_rng(0).spawn(runs), limit=100
    ), moves.n_states


def run_of(seen: Episodes, run: int) -> Episodes:
    each = len(seen.lengths) // seen.runs
    mine = slice(*seen.run_offsets[run : run + 2].tolist())
    return Episodes.of(
        seen.state[mine], seen.action[mine], seen.reward[mine], seen.next[mine],
        lengths=seen.lengths[run * each : (run + 1) * each],
    )  # fmt: skip


@pytest.mark.parametrize("traces", TRACES)
@pytest.mark.parametrize("decay", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", ["random-walk", "cliff"])
def test_all_runs_at_once_equal_each_by_itself_to_the_last_bit(name: str, decay: float, traces: str) -> None:
    seen, n_states = lived(name, 6, 3)
    values = np.random.default_rng(1).normal(size=(3, n_states))
    wanted = values.copy()
    after = td_lambda(values, seen, alpha=0.2, gamma=0.9, decay=decay, traces=traces)
    for run in range(3):
        td_lambda_plain(wanted[run], run_of(seen, run), alpha=0.2, gamma=0.9, decay=decay, traces=traces)
    np.testing.assert_array_equal(values, wanted)
    np.testing.assert_array_equal(after.reshape(3, 6, -1)[:, -1], wanted)


@pytest.mark.parametrize("kind", TRACES)
def test_every_update_is_the_formula_with_the_trace_of_its_state(kind: str) -> None:
    seen, n_states = lived("random-walk", 12, 1)
    values = np.full(n_states, 0.5)
    values[[0, -1]] = 0.0
    happened, traces = td_lambda_plain(values, seen, alpha=0.2, gamma=0.9, decay=0.8, traces=kind)
    steps = np.arange(len(seen.state))
    np.testing.assert_array_equal(happened.trace, traces[steps, seen.state])
    np.testing.assert_array_equal(happened.target, seen.reward + 0.9 * happened.ahead)
    np.testing.assert_array_equal(
        happened.after, happened.before + happened.alpha * happened.trace * happened.delta
    )
    assert (happened.trace != 1).any() == (kind == "accumulating")


@pytest.mark.parametrize("keep", [0, 1, 2, 10_000])
def test_of_all_traces_the_last_ones_can_be_kept_alone(keep: int) -> None:
    seen, n_states = lived("random-walk", 12, 1)
    options = {"alpha": 0.2, "gamma": 0.9, "decay": 0.8}
    values, wanted = np.zeros((2, n_states))
    _, every = td_lambda_plain(wanted, seen, **options)
    happened, last = td_lambda_plain(values, seen, **options, keep=keep)
    np.testing.assert_array_equal(last, every[len(every) - min(keep, len(every)) :])
    np.testing.assert_array_equal(values, wanted)
    assert len(happened.trace) == len(every) > 10


def test_lambda_0_is_td0() -> None:
    seen, n_states = lived("random-walk", 20, 1)
    values, wanted = np.full((2, n_states), 0.5)
    td_lambda_plain(values, seen, alpha=0.2, gamma=0.9, decay=0.0)
    backed_up(wanted, td0_backups(seen, 0.9), 0.2)
    np.testing.assert_allclose(values, wanted, rtol=1e-12)


def test_lambda_1_adds_up_to_monte_carlo_when_no_state_is_met_again() -> None:
    """The sum of all later errors is the return minus the value, as long as values stay as they were."""
    one = Episodes.of([0, 1, 2, 3], [0] * 4, [1.0, -2.0, 0.5, 4.0], [1, 2, 3, 4], lengths=[4])
    values, wanted = np.zeros((2, 5))
    td_lambda_plain(values, one, alpha=0.25, gamma=0.9, decay=1.0)
    backed_up(wanted, monte_carlo_backups(one, 0.9), 0.25)
    # Each state is updated by itself first, so that only the step sizes of second order differ.
    np.testing.assert_allclose(values[3], wanted[3])
    tiny, small = np.zeros((2, 5))
    td_lambda_plain(tiny, one, alpha=1e-6, gamma=0.9, decay=1.0)
    backed_up(small, monte_carlo_backups(one, 0.9), 1e-6)
    np.testing.assert_allclose(tiny, small, rtol=1e-5)


def test_a_replacing_trace_never_exceeds_one_and_an_accumulating_one_does() -> None:
    again = Episodes.of([0, 0, 0], [0] * 3, [0.0] * 3, [0, 0, 1], lengths=[3])
    traces = {
        kind: td_lambda_plain(np.zeros(2), again, alpha=0.1, gamma=1.0, decay=0.5, traces=kind)[1][:, 0]
        for kind in TRACES
    }
    assert traces["replacing"].tolist() == [1.0, 1.0, 1.0]
    assert traces["accumulating"].tolist() == [1.0, 1.5, 1.75]


def test_a_trace_ends_with_its_episode() -> None:
    two = Episodes.of([0, 1], [0, 0], [1.0, 1.0], [2, 2], lengths=[1, 1])
    _, traces = td_lambda_plain(np.zeros(3), two, alpha=0.1, gamma=1.0, decay=1.0)
    assert traces.tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]


def test_what_is_no_trace_is_refused() -> None:
    seen, n_states = lived("random-walk", 1, 1)
    with pytest.raises(EngineError, match="traces are accumulating or replacing; received 'dutch'"):
        td_lambda(np.zeros((1, n_states)), seen, alpha=0.1, gamma=1.0, decay=0.5, traces="dutch")
    with pytest.raises(EngineError, match=r"lambda expects a number from 0 to 1; received 1\.5"):
        td_lambda(np.zeros((1, n_states)), seen, alpha=0.1, gamma=1.0, decay=1.5)
