"""The terms of one frequency add up to it, those of one sample to that one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.engines.spectral.istft import inverse
from dlcli.engines.spectral.stft import transform
from dlcli.engines.spectral.stft_plan import Plan
from dlcli.engines.spectral.terms import frequency_terms, sample_terms

X = np.random.default_rng(0).uniform(-1, 1, 100)
PLANS: list[dict[str, Any]] = [
    {"frame": 16, "hop": 4},
    {"frame": 9, "hop": 3, "n_fft": 16, "window": "hamming", "center": False},
    {"frame": 10, "hop": 4, "phase": "middle", "edges": "touch", "scale": "psd"},
]


@pytest.mark.parametrize("options", PLANS, ids=str)
def test_the_terms_of_a_frequency_add_up_to_it(options: dict[str, Any]) -> None:
    plan = Plan.of(**options)
    s = transform(X, plan)
    first = plan.framing(len(X)).first + 5 * plan.hop + plan.offset
    for k in range(plan.bins):
        terms = frequency_terms(X[first : first + plan.frame], k, plan)
        assert complex(terms.real.sum(), terms.imaginary.sum()) == pytest.approx(s[k, 5], abs=1e-12)
        np.testing.assert_allclose(terms.cosine + 1j * terms.sine, np.exp(-1j * terms.angle), atol=1e-14)


@pytest.mark.parametrize("options", PLANS, ids=str)
def test_the_terms_of_a_sample_are_what_its_frames_hold(options: dict[str, Any]) -> None:
    plan = Plan.of(**options)
    s = transform(X, plan) * np.random.default_rng(1).uniform(0.5, 1, plan.bins)[:, None]  # that of no sound
    y = inverse(s, plan, length=90, uncovered="zero")
    for sample in (20, 41, 63):
        terms = sample_terms(s, sample, plan)
        mean = (terms.weights * terms.values).sum() / np.square(terms.weights).sum()
        assert mean == pytest.approx(y[sample], abs=1e-12)
        assert ((terms.places >= 0) & (terms.places < plan.frame)).all()


def test_a_sample_that_no_frame_reaches_has_no_terms() -> None:
    plan = Plan.of(frame=4, hop=4, center=False)
    assert len(sample_terms(transform(X[:8], plan), 9, plan).frames) == 0
