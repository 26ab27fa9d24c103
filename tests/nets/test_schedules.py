"""Courses of the learning rate beside PyTorch's (stored by tests/data/make_torch_nets.py)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.nets.schedules import schedule

with np.load(Path(__file__).parents[1] / "data" / "torch_nets.npz") as file:
    TORCH = dict(file)


@pytest.mark.parametrize("word", ["step:2,0.5", "cosine", "warm-up:2"])
def test_a_course_is_that_of_torch(word: str) -> None:
    found = [schedule(word).share(step, 24, 4) for step in range(24)]
    np.testing.assert_allclose(found, TORCH[f"schedule/{word}"], rtol=1e-12, atol=1e-14)


def test_constant_is_constant() -> None:
    assert {schedule("constant").share(step, 24, 4) for step in range(24)} == {1.0}


@pytest.mark.parametrize("word", ["constant", "cosine", "step:3,0.25", "warm-up:2", "step", "warm-up"])
def test_a_schedule_says_itself_again(word: str) -> None:
    made = schedule(word)
    assert schedule(str(made)) == made


@pytest.mark.parametrize(
    "word",
    ["cosine:3", "constant:1", "step:0", "step:2,0", "step:x", "warm-up:2,0.5", "warm-up:-1", "step:2,nan"],
)
def test_what_is_no_schedule_is_refused(word: str) -> None:
    with pytest.raises(
        EngineError, match="a schedule is written step:EPOCHS,FACTOR or warm-up:EPOCHS; received"
    ):
        schedule(word)


def test_a_rise_that_is_longer_than_the_training_never_falls() -> None:
    course = [schedule("warm-up:10").share(step, 24, 4) for step in range(24)]
    assert course == sorted(course)
    assert course[0] == 1 / 40
