"""What is measured is measured as in Keras: noise is off, but where it is what the net is to take away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.nets.evaluation import Examples, evaluate
from dlcli.nets.net import Net
from dlcli.nets.spec import model_spec

NOISE = {"kind": "noise", "stddev": 2.0}
ROWS = np.random.default_rng(0).normal(size=(200, 3))


def measured(target: str, noise: bool, **more: Any) -> Any:
    told = {
        "input": [3],
        "target": target,
        "layer": [*([NOISE] * noise), {"kind": "dense", "units": 3}],
        **more,
    }
    net = Net(model_spec(told)).draw(0)
    return evaluate(net, Examples(200, lambda at: ROWS[at], np.arange(200) % 3), seed=1)


def test_a_classifier_is_measured_without_the_noise_it_begins_with() -> None:
    plain, noisy = (measured("label", noise) for noise in (False, True))
    assert (noisy.loss, noisy.accuracy) == (plain.loss, plain.accuracy)


def test_what_takes_noise_away_is_measured_with_it() -> None:
    plain, noisy = (measured("input", noise, loss="mean-squared") for noise in (False, True))
    assert noisy.loss > 2 * plain.loss
    assert noisy.noisy.mean() == pytest.approx(4, rel=0.2)  # the square of its deviation
    assert plain.noisy.mean() == 0


def test_values_are_no_labels_of_cross_entropy() -> None:
    net = Net(model_spec({"name": "m", "input": [2], "layer": [{"kind": "dense", "units": 10}]})).draw(0)
    data = Examples(lambda at: np.zeros((len(at), 2)), 4, np.zeros(4))
    with pytest.raises(
        EngineError, match=r"^m tells 10 classes apart .* rows of 10 shares, one for each output"
    ):
        data.check(net)
