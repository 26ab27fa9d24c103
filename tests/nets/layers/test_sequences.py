"""Layers over sequences beside PyTorch's (stored by tests/data/make_torch_sequences.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.nets.small import net_of, sequences_of, there_and_back

DATA = Path(__file__).parents[2] / "data"

with np.load(DATA / "torch_sequences.npz") as file:
    TORCH = dict(file)
CASES = json.loads(str(TORCH["cases"]))

CLOSE = {"rtol": 1e-11, "atol": 1e-12}


@pytest.mark.parametrize("case", CASES, ids=[one["label"] for one in CASES])
def test_a_layer_and_its_gradients_are_those_of_torch(case: dict[str, Any]) -> None:
    net, label = net_of(case["layers"], case["input"]), case["label"]
    x, pull = sequences_of(case)
    wanted = TORCH[f"{label}/y"]
    dy = pull(wanted.shape)
    y, dx, slopes = there_and_back(net, x, dy=dy)
    asked = dy != 0  # what is at steps that are not there is nobody's business
    np.testing.assert_allclose(y * asked, wanted * asked, **CLOSE)
    if not case["words"]:
        np.testing.assert_allclose(dx, TORCH[f"{label}/dx"], **CLOSE)
    assert {f"{label}/{name}" for name in slopes} == {
        name for name in TORCH if name.startswith(f"{label}/") and name.count("/") == 2
    }
    for name, slope in slopes.items():
        np.testing.assert_allclose(slope, TORCH[f"{label}/{name}"], err_msg=name, **CLOSE)


with np.load(DATA / "keras_sequences.npz") as file:  # tests/data/make_keras_sequences.py
    KERAS = dict(file)
OF_KERAS = json.loads(str(KERAS["cases"]))


@pytest.mark.parametrize("case", OF_KERAS, ids=[one["label"] for one in OF_KERAS])
def test_a_layer_and_its_gradients_are_those_of_keras(case: dict[str, Any]) -> None:
    """At the steps that are not there, too: the state stays."""
    net, label = net_of(case["layers"], case["input"]), case["label"]
    x, _ = sequences_of(case)
    y, dx, slopes = there_and_back(net, x)
    close = {"rtol": 1e-6, "atol": 1e-6} if label == "batchnorm" else CLOSE  # in single precision there
    np.testing.assert_allclose(y, KERAS[f"{label}/y"], **close)
    if not case["words"]:
        np.testing.assert_allclose(dx, KERAS[f"{label}/dx"], **close)
    assert f"{label}/{len(slopes)}" not in KERAS
    for i, (name, slope) in enumerate(slopes.items()):
        np.testing.assert_allclose(slope, KERAS[f"{label}/{i}"], err_msg=name, **close)
