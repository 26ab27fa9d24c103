"""A run once more: what the definitions find is what was learnt, and pictures end where learning ends."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.decisions.learning.prediction import Method, Prediction, predict
from dlcli.engines.decisions.learning.replay import Replay
from dlcli.engines.decisions.policy import random_policy
from dlcli.worlds.builtin import random_walk

MOVES = random_walk().transitions
EPISODES = 12

METHODS = {
    "td0": Method("td0", 0.2),
    "td0, 1/n": Method("td0", None),
    "mc": Method("mc", 0.2),
    "first visits": Method("mc", None, first_visit=True),
    "3 steps": Method("n-step", 0.2, n=3),
    "lambda": Method("lambda", 0.2, decay=0.7),
    "lambda, 1/n": Method("lambda", None, decay=0.7, traces="replacing"),
}


def learnt(method: Method, runs: int = 1) -> tuple[Prediction, Replay]:
    found = predict(
        MOVES, random_policy(MOVES), [method], np.random.default_rng(3).spawn(runs), episodes=EPISODES,
        gamma=0.9, initial=0.5,
    )  # fmt: skip
    return found, Replay(method, found.first, MOVES.terminal, 0.9, 0.5)


@pytest.mark.parametrize("runs", [1, 3])
@pytest.mark.parametrize("name", METHODS)
def test_the_first_run_replayed_ends_with_what_was_learnt(name: str, runs: int) -> None:
    found, replay = learnt(METHODS[name], runs)
    np.testing.assert_allclose(replay.upto(replay.count).values, found.values[0, 0], rtol=1e-12)


@pytest.mark.parametrize("runs", [1, 3])
@pytest.mark.parametrize("name", METHODS)
def test_the_last_picture_shows_what_was_learnt(name: str, runs: int) -> None:
    found, replay = learnt(METHODS[name], runs)
    first, *others = replay.moments(8, EPISODES)
    assert first.episode is None
    np.testing.assert_array_equal(first.values, np.where(MOVES.terminal, 0.0, 0.5))
    np.testing.assert_allclose(others[-1].values, found.values[0, 0], rtol=1e-12)
    assert others[-1].episode == EPISODES - 1
    assert len(others) <= 8
    assert any(moment.step is not None for moment in others) == (METHODS[name].name != "lambda")


@pytest.mark.parametrize("name", METHODS)
def test_columns_are_the_updates_in_their_order(name: str) -> None:
    _, replay = learnt(METHODS[name])
    columns = replay.columns(replay.upto(20).updates)
    assert ("trace" in columns) == (METHODS[name].name == "lambda")
    places = [replay.place(i) for i in range(20)]
    assert columns["episode"].tolist() == [episode for episode, _ in places]
    moves = columns["alpha"] * columns.get("trace", 1.0) * columns["delta"]
    np.testing.assert_allclose(columns["after"], columns["before"] + moves)
    seen, offsets = replay.episodes, replay.episodes.offsets
    assert [seen.state[offsets[e] + step] for e, step in places] == columns["state"].tolist()


def test_of_traces_only_those_asked_for_are_kept() -> None:
    _, replay = learnt(METHODS["lambda"])
    every, last = replay.upto(9).traces, replay.upto(9, keep=2).traces
    assert every is not None
    assert last is not None
    np.testing.assert_array_equal(every[-2:], last)
    assert learnt(METHODS["td0"])[1].upto(9).traces is None
