"""How long the sound of a spectrum is, and how near its own spectrum comes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.engines.spectral.consistency import distance, frame_count, overlaps, reach, whole_length
from dlcli.engines.spectral.istft import inverse
from dlcli.engines.spectral.stft import transform
from dlcli.engines.spectral.stft_plan import Plan

X = np.random.default_rng(0).uniform(-1, 1, 50)
PLANS: list[dict[str, Any]] = [
    {"frame": 8, "hop": 2},
    {"frame": 8, "hop": 2, "center": False, "window": "hamming"},
    {"frame": 8, "hop": 4, "phase": "middle", "edges": "touch"},
]


@pytest.mark.parametrize("options", PLANS, ids=str)
def test_a_spectrum_of_a_sound_has_its_length_and_no_distance(options: dict[str, Any]) -> None:
    plan = Plan.of(**options)
    s = transform(X, plan)
    assert frame_count(len(X), plan) == s.shape[1]
    seen = np.zeros(200, bool)
    for t in range(s.shape[1]):
        first = plan.first + t * plan.hop
        seen[max(first, 0) : first + plan.frame] = True
    assert reach(s.shape[1], plan) == np.flatnonzero(seen)[-1] + 1
    assert whole_length(len(X), s.shape[1], plan) == len(X)
    part = X[:20]
    assert whole_length(len(part), s.shape[1], plan) == pytest.approx(len(X), abs=plan.frame)
    assert distance(s, part, plan, len(X)) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize("size", [1e-200, 1, 1e200])
def test_of_a_changed_spectrum_the_distance_is_a_part_of_its_norm(size: float) -> None:
    plan = Plan.of(frame=8, hop=2)
    s = transform(X, plan)
    s[3] = 0
    y = inverse(s, plan, length=len(X))
    by_hand = np.linalg.norm(transform(y, plan) - s) / np.linalg.norm(s)
    assert 0.1 < by_hand < 1
    assert distance(size * s, size * y, plan, len(X)) == pytest.approx(by_hand)
    assert distance(size * s, size * y[:9], plan, len(X)) == pytest.approx(by_hand)


def test_a_sound_shorter_than_a_frame_has_none() -> None:
    plan = Plan.of(frame=8, hop=2, center=False)
    assert frame_count(7, plan) == 0
    assert distance(np.ones((5, 1), complex), X[:7], plan, 7) is None


def test_few_frames_tell_of_no_sample_without_a_length() -> None:
    assert whole_length(3, 1, Plan.of(frame=4, hop=2)) == 3


def test_overlaps_count_from_the_first_sample_of_the_sound() -> None:
    constant, nonzero = overlaps(Plan.of(frame=4, hop=4))
    assert (constant.holds, nonzero.failing) == (False, (2,))
