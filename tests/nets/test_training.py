"""A training that goes on from a stored state is the one that never stopped."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.nets.evaluation import Examples
from dlcli.nets.net import Net
from dlcli.nets.optimisers import Rule
from dlcli.nets.schedules import Schedule
from dlcli.nets.spec import model_spec
from dlcli.nets.training import NotFinite, Settings, Training
from tests.nets.recipe import bits

SPEC = model_spec(
    {
        "input": [8, 7, 1],
        "layer": [
            {"kind": "conv", "filters": 4, "activation": "relu"},
            {"kind": "maxpool"},
            {"kind": "batchnorm"},
            {"kind": "flatten"},
            {"kind": "dropout", "rate": 0.3},
            {"kind": "dense", "units": 3},
        ],
    }
)
PICTURES = (bits(26 * 56, 1) % 256).astype(np.uint8).reshape(26, 8, 7, 1)
LABELS = (bits(26, 2) % 3).astype(np.int64)


def training(**more: Any) -> Training:
    """26 pictures in batches of 8: the last has two."""
    told: dict[str, Any] = {
        "epochs": 3,
        "batch": 8,
        "rule": Rule("adam"),
        "shift": 1,
        "flip": True,
        "seed": 5,
    }
    examples = Examples(26, lambda places: PICTURES[places], LABELS)
    held_out = Examples(10, lambda places: PICTURES[places], LABELS[:10])
    net = Net(SPEC, more.pop("dtype", np.float32)).draw(5)
    return Training(net, examples, held_out, Settings(**(told | {"schedule": Schedule("cosine")} | more)))


@pytest.mark.parametrize("rule", ["adam", "nesterov", "rmsprop"])
@pytest.mark.parametrize("steps", [1, 3, 4, 6])
def test_resumed_in_the_middle_of_an_epoch_it_gives_the_same_bits(rule: str, steps: int) -> None:
    whole = training(rule=Rule(rule, weight_decay=0.01), clip=1.0)
    list(whole.epochs())
    broken = training(rule=Rule(rule, weight_decay=0.01), clip=1.0)
    done: list[int] = []
    list(broken.epochs(stop=lambda: len(done) == steps, seen=lambda _: done.append(1)))
    assert broken.epoch * 4 + broken.step == steps
    arrays, facts = broken.state()
    arrays, facts = {name: array.copy() for name, array in arrays.items()}, json.loads(json.dumps(facts))
    best = broken.best.copy()
    list(broken.epochs())  # it goes on by itself: what it gave away does not change with it
    resumed = training(rule=Rule(rule, weight_decay=0.01), clip=1.0)
    resumed.restore(arrays, facts, best)
    list(resumed.epochs())
    for other in (resumed, broken):
        np.testing.assert_array_equal(whole.net.flat, other.net.flat)
        np.testing.assert_array_equal(whole.best, other.best)
        assert whole.history == other.history
        for name, slot in whole.optimiser.slots.items():
            np.testing.assert_array_equal(slot, other.optimiser.slots[name])
    assert len(whole.history) == 3


def test_a_state_is_a_copy() -> None:
    one = training()
    arrays, _ = one.state()
    kept = {name: array.copy() for name, array in arrays.items()}
    list(one.epochs())
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, kept[name])


@pytest.mark.parametrize("name", ["training/net/weights", "training/optimizer/velocity"])
def test_a_state_that_does_not_fit_is_refused(name: str) -> None:
    arrays, facts = training().state()
    for bad in ({name: arrays[name][:-1]}, {name: arrays[name].astype(np.float64)}):
        with pytest.raises(EngineError, match=f"{name} is float32 .* in this training; it is float"):
            training().restore(arrays | bad, facts, arrays["training/net/weights"])
    del arrays[name]
    with pytest.raises(EngineError, match=f"{name} is float32 .* it is not there"):
        training().restore(arrays, facts, np.zeros(1))


def test_each_picture_is_seen_once_an_epoch_and_counts_alike() -> None:
    seen: list[int] = []

    def take(places: Any) -> Any:
        seen.extend(places.tolist())
        return PICTURES[places]

    plain = model_spec({"input": [8, 7, 1], "layer": [{"kind": "flatten"}, {"kind": "dense", "units": 3}]})
    net = Net(plain, np.float64).draw(5)
    one = Training(net, Examples(26, take, LABELS), None, Settings(1, 8, Rule("sgd"), 1e-12))
    (measured,) = one.epochs()
    assert sorted(seen) == list(range(26))
    assert seen != sorted(seen)
    loss, _, outputs = net.loss_of(net.batch(PICTURES), LABELS)
    assert measured.loss == pytest.approx(loss, rel=1e-9)
    assert measured.accuracy == (outputs.argmax(axis=0) == LABELS).mean()
    assert one.best_epoch == 1


def test_a_loss_that_is_no_number_ends_it_with_the_weights_of_before() -> None:
    one = training(rule=Rule("sgd"), rate=1e30, shift=0, flip=False)
    with (
        np.errstate(all="ignore"),
        pytest.raises(NotFinite, match="the first layer whose output is not finite is"),
    ):
        list(one.epochs())
    assert np.isfinite(one.net.flat).all()
