"""Batch learning: solved values against updates repeated until nothing moves, and the textbook's example."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning.backups import monte_carlo_backups, td0_backups
from dlcli.engines.decisions.learning.batch import Batch, batch_plain
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.walk import sample_episodes
from dlcli.worlds.builtin import random_walk

#: The eight episodes of example 6.4: A is 0, B is 1, the end 2.
SEEN = Episodes.of([0, *[1] * 8], [0] * 9, [0.0, 0.0, *[1.0] * 6, 0.0], [1, *[2] * 8], lengths=[2, *[1] * 7])


def rest(seen: Episodes, kind: str, n_states: int, gamma: float = 1.0) -> np.ndarray:
    backups = td0_backups(seen, gamma) if kind == "td" else monte_carlo_backups(seen, gamma)
    batch = Batch(1, n_states)
    batch.see(backups, np.arange(len(backups.state)))
    return batch.values(np.zeros(n_states))[0]


def test_the_predictor_of_the_textbook() -> None:
    assert rest(SEEN, "td", 3).tolist() == [0.75, 0.75, 0.0]
    assert rest(SEEN, "mc", 3).tolist() == [0.0, 0.75, 0.0]


@pytest.mark.parametrize("kind", ["td", "mc"])
@pytest.mark.parametrize("gamma", [1.0, 0.9])
def test_solved_values_are_where_the_updates_come_to_rest(kind: str, gamma: float) -> None:
    moves = random_walk().transitions
    seen = sample_episodes(moves, random_policy(moves), 10, np.random.default_rng(1).spawn(1))
    backups = td0_backups(seen, gamma) if kind == "td" else monte_carlo_backups(seen, gamma)
    values = np.zeros(7)
    assert batch_plain(values, backups, alpha=0.01) > 10
    np.testing.assert_allclose(rest(seen, kind, 7, gamma), values, atol=1e-9)


def test_a_state_that_was_never_seen_keeps_its_value() -> None:
    one = Episodes.of([0], [0], [2.0], [2], lengths=[1])
    batch = Batch(1, 4)
    batch.see(td0_backups(one, 1.0), np.arange(1))
    assert batch.values(np.array([0.5, 0.5, 0.0, 0.25])).tolist() == [[2.0, 0.5, 0.0, 0.25]]


def test_what_never_comes_to_rest_is_said() -> None:
    loop = Episodes.of([0, 1], [0, 0], [1.0, 1.0], [1, 0], lengths=[2])
    with pytest.raises(EngineError, match="nothing that was seen leads to an end"):
        rest(loop, "td", 2)
    with pytest.raises(EngineError, match="do not come to rest with step size 3"):
        batch_plain(np.zeros(3), td0_backups(SEEN, 1.0), alpha=3)


def test_too_many_states_are_refused() -> None:
    with pytest.raises(EngineError, match="at most 512 states after every episode; this world has 513"):
        Batch(1, 513)
