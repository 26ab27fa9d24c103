"""Methods side by side: the same whatever stands beside them, and as far from the truth as the textbook says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning import prediction
from dlcli.engines.decisions.learning.backups import Backups, monte_carlo_backups, td0_backups
from dlcli.engines.decisions.learning.batch import Batch
from dlcli.engines.decisions.learning.learning_curve import Curve, by_transitions
from dlcli.engines.decisions.learning.prediction import Method, Prediction, predict
from dlcli.engines.decisions.learning.td import backed_up
from dlcli.engines.decisions.learning.td_fast import learn
from dlcli.engines.decisions.policy import random_policy
from dlcli.worlds.builtin import random_walk

WALK = random_walk().transitions
EXACT = np.array([0, 1, 2, 3, 4, 5, 0]) / 6

#: The value of the middle state after five episodes of the second run, by four methods.
RECORDED = ["0x1.02f869796d2bep-1", "0x1.380fff7076f60p-1", "0x1.6b3855cff8a88p-1", "0x1.999999999999ap-1"]

METHODS = [
    Method(),
    Method(alpha=None),
    Method("mc", 0.05),
    Method("mc", None, first_visit=True),
    Method("n-step", 0.2, n=3),
    Method("lambda", 0.1, decay=0.8),
    Method("lambda", 0.1, decay=0.8, traces="replacing"),
    Method("lambda", None, decay=0.5),
    Method(batch=True),
    Method("mc", batch=True),
]


def learnt(
    methods: list[Method], runs: int, episodes: int, exact: Array | None = EXACT, seed: int = 0
) -> Prediction:
    return predict(
        WALK, random_policy(WALK), methods, np.random.default_rng(seed).spawn(runs),
        episodes=episodes, initial=0.5, exact=exact,
    )  # fmt: skip


def test_a_method_learns_the_same_whatever_stands_beside_it() -> None:
    together = learnt(METHODS, 3, 12)
    for place, method in enumerate(METHODS):
        single = learnt([method], 3, 12)
        np.testing.assert_array_equal(single.values[0], together.values[place])
        assert single.rms is not None
        assert together.rms is not None
        np.testing.assert_array_equal(single.rms[0], together.rms[place])
        np.testing.assert_array_equal(learnt([method], 3, 12, exact=None).values[0], together.values[place])


def test_blocks_and_groups_change_no_number_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that are held one after the other learn as those that are held at once."""
    whole = learnt(METHODS, 5, 8)
    monkeypatch.setattr(prediction, "GROUP", 16)
    parts = learnt(METHODS, 5, 8)
    np.testing.assert_array_equal(whole.values, parts.values)
    np.testing.assert_array_equal(np.asarray(whole.rms), np.asarray(parts.rms))
    np.testing.assert_array_equal(whole.steps, parts.steps)


def test_values_go_on_from_block_to_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prediction, "BLOCK", 4)
    made = learnt(METHODS, 2, 10)
    assert made.rms is not None
    assert made.rms.shape == (len(METHODS), 2, 11)
    assert made.steps.shape == made.returns.shape == (2, 10)
    error = np.sqrt(((made.values - EXACT)[..., 1:6] ** 2).mean(axis=-1))
    np.testing.assert_allclose(made.rms[..., -1], error)


def test_the_error_after_each_episode_is_that_of_the_values_then() -> None:
    made = learnt([Method(alpha=0.2)], 1, 15)
    values = np.array([0, 0.5, 0.5, 0.5, 0.5, 0.5, 0])
    wanted = [np.sqrt(((values - EXACT)[1:6] ** 2).mean())]
    backups = td0_backups(made.first, 1.0)
    for begin, end in zip(made.first.offsets[:-1], made.first.offsets[1:], strict=True):
        here = slice(int(begin), int(end))
        columns = (backups.step, backups.state, backups.reward, backups.discount, backups.follower)
        part = Backups.of(*(column[here] for column in columns), np.array([0, end - begin]))
        backed_up(values, part, 0.2)
        wanted.append(np.sqrt(((values - EXACT)[1:6] ** 2).mean()))
    assert made.rms is not None
    np.testing.assert_array_equal(made.rms[0, 0], wanted)


def test_batch_values_are_those_of_all_episodes_so_far() -> None:
    made = learnt([Method(batch=True)], 1, 6)
    backups = td0_backups(made.first, 1.0)
    for episode in range(6):
        batch = Batch(1, 7)
        batch.see(backups, np.arange(made.first.offsets[episode + 1]))
        values = batch.values(np.array([0, 0.5, 0.5, 0.5, 0.5, 0.5, 0]))
        error = np.sqrt(((values - EXACT)[:, 1:6] ** 2).mean())
        assert made.rms is not None
        assert made.rms[0, 0, episode + 1] == pytest.approx(error, rel=1e-12)


def test_returns_and_steps_are_those_of_the_episodes() -> None:
    made = learnt([Method()], 2, 40)
    assert set(np.unique(made.returns).tolist()) == {0.0, 1.0}
    assert (made.steps[0] == made.first.lengths[:40]).all()
    assert (made.steps % 2 == 1).all()  # from the middle of five to an end it takes an odd number of steps


def test_a_seeded_run_is_the_same_everywhere() -> None:
    """Recorded once, as hexadecimal: every bit of it. Only sums, products and square roots were needed."""
    made = learnt([Method(), Method("mc", 0.03), Method("lambda", 0.1), Method(batch=True)], 2, 5)
    assert [value.hex() for value in made.values[:, 1, 3].tolist()] == RECORDED


def test_errors_between_episodes_hold_until_the_next_one_ends() -> None:
    curve, steps = np.array([[9.0, 5.0, 4.0], [9.0, 6.0, 2.0]]), np.array([[2, 2], [1, 1]])
    at = by_transitions(curve, steps, np.array([0, 1, 2, 3, 4]))
    np.testing.assert_array_equal(at, [[9, 9, 5, 5, 4], [9, 6, 2, np.nan, np.nan]])


@pytest.mark.parametrize(
    ("method", "told"),
    [
        (Method("sarsa"), "there is no method 'sarsa'; there are td0, mc, n-step, lambda"),
        (Method(alpha=0.0), "alpha expects a number above 0 and up to 1; received 0"),
        (Method(alpha=1.01), "received 1.01"),
        (Method("lambda", decay=2.0), "lambda expects a number from 0 to 1; received 2"),
        (Method("lambda", batch=True), "batch learning is there for td0 and mc; received lambda"),
    ],
)
def test_what_is_no_method_is_refused(method: Method, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        learnt([method], 1, 1)


def test_a_gamma_that_is_none_is_refused() -> None:
    with pytest.raises(EngineError, match=r"gamma expects a number from 0 to 1; received 1\.5"):
        predict(WALK, random_policy(WALK), [Method()], [np.random.default_rng(0)], episodes=1, gamma=1.5)


def test_errors_by_episode_are_those_of_the_values_then() -> None:
    rng = np.random.default_rng(3)
    state = rng.integers(0, 3, 70)
    walks = Episodes.of(state, np.zeros(70, int), rng.normal(size=70), rng.integers(0, 4, 70),
                        lengths=[2, 3, 4, 1] * 7, runs=7)  # fmt: skip
    exact, counted = rng.normal(size=4), np.array([True, True, True, False])
    before = rng.normal(size=(7, 4))
    for plan in (td0_backups(walks, 0.9), monte_carlo_backups(walks, 0.9, first_visit=True)):
        curve, after = Curve(plan, walks, before, exact, counted), np.full(len(plan.state), np.nan)

        def note(which: Array, came_out: Array, curve: Curve = curve, after: Array = after) -> None:
            after[which] = came_out
            curve.note(which, came_out)

        learn(before.copy(), plan, 0.3, note)
        values, wanted = before.copy(), np.empty((7, 4))
        for k, (first, end) in enumerate(pairwise(walks.offsets.tolist())):
            run, episode = divmod(k, 4)
            for i in np.flatnonzero((plan.step >= first) & (plan.step < end)):
                values[run, plan.state[i]] = after[i]
            wanted[run, episode] = np.sqrt(((values[run] - exact)[counted] ** 2).mean())
        np.testing.assert_allclose(curve.rms(), wanted, rtol=1e-14)


def test_values_of_many_states_are_held_for_few_runs_and_episodes_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 7 states 4 episodes of one run: the same as in blocks of 4, and no run sees another's."""
    monkeypatch.setattr(prediction, "BLOCK", 4)
    blocks = learnt(METHODS, 3, 10)
    monkeypatch.undo()
    seen = []
    kept = Curve.__init__

    def told(self: Curve, *args: Array) -> None:
        kept(self, *args)
        seen.append(self.values.size)

    monkeypatch.setattr(Curve, "__init__", told)
    monkeypatch.setattr(prediction, "HELD", 4 * 7)
    made = learnt(METHODS, 3, 10)
    np.testing.assert_array_equal(made.values, blocks.values)
    np.testing.assert_array_equal(np.asarray(made.rms), np.asarray(blocks.rms))
    assert max(seen) == (4 + 1) * 7
