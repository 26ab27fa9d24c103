"""What is measured is measured as in Keras: noise is off, but where it is what the net is to take away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.nets.evaluation import HELD_OUT, Examples, evaluate
from dlcli.nets.net import Net
from dlcli.nets.spec import model_spec
from tests.nets.small import net_of

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
    data = Examples(4, lambda at: np.zeros((len(at), 2)), np.zeros(4))
    with pytest.raises(
        EngineError, match=r"^m tells 10 classes apart .* rows of 10 shares, one for each output"
    ):
        data.check(net)


ONE, THREE = ({"kind": "dense", "units": units} for units in (1, 3))
SIDES = {"target": "input", "loss": "binary-cross-entropy"}


@pytest.mark.parametrize(
    ("told", "labels", "inputs", "why"),
    [
        ({"layer": [THREE]}, [[2.0, -1, 0], [1, 0, 0]], 0, "cross-entropy compares with numbers from 0 to 1; the labels of the data go from -1 to 2"),
        ({"layer": [THREE]}, [[0.5, 0.5, 0], [1, 1, 0]], 0, "rows of shares that add up to 1; those of example 1 (counted from 0) add up to 2"),
        ({"layer": [THREE]}, [[0.0, 0, 0]], 0, "those of example 0 (counted from 0) add up to 0"),
        ({"layer": [ONE]}, [0, 1], 0, "softmax over the one output of dense is always 1"),
        ({"layer": [ONE], "loss": "binary-cross-entropy"}, [[0.5], [1.5]], 0, "the labels of the data go from 0 to 1.5"),
        ({"layer": [THREE], **SIDES}, None, -0.25, "binary-cross-entropy compares with numbers from 0 to 1; the inputs of the data go from -0.25 to 1"),
        ({"layer": [THREE], "loss": "mean-squared"}, [0.5, 1.5], 0, "a label is one number, an output 3 numbers: give the last layer 1 unit"),
        ({"layer": [ONE], "loss": "mean-squared"}, [[0.5, 1, 2]], 0, "a label is 3 numbers, an output one number: give the last layer 3 units"),
        ({"layer": [THREE], "loss": "mean-squared"}, [[0.5]], 0, "a label is one number, an output 3 numbers: give the last layer 1 unit"),
        ({"layer": [THREE], **SIDES}, None, 1 + 2**-12, "the inputs of the data go from 0 to 1.00024414"),
        ({"layer": [THREE], **SIDES}, None, 4, "the inputs of the data go from 0 to 4"),
    ],
)  # fmt: skip
def test_a_loss_of_shares_is_compared_with_shares_alone(
    told: dict[str, Any], labels: Any, inputs: float, why: str
) -> None:
    net = Net(model_spec({"input": [3], **told})).draw(0)
    found = None if labels is None else np.array(labels)
    data = Examples(2 if found is None else len(found), lambda at: np.full((len(at), 3), inputs), found)
    with pytest.raises(EngineError) as error:
        data.check(net)
    assert why in str(error.value)


@pytest.mark.parametrize(
    ("loss", "labels", "why"),
    [
        ("cross-entropy", [[1.0, 0, 0], [0, 0, 0]], "those of example {} add up to 0"),
        ("cross-entropy", [0, 7], "example {} has 7"),
        ("cross-entropy", [[1.0, 0, 0], [2, 0, 0]], "the labels of {} go from 0 to 2"),
        ("binary-cross-entropy", [[1.0, 0, 0], [2, np.nan, 0]], "the label of example 1 (counted from 0) in {} is"),
    ],
)  # fmt: skip
def test_labels_that_are_refused_are_named_by_their_place_in_their_set(
    loss: str, labels: Any, why: str
) -> None:
    net = Net(model_spec({"input": [3], "layer": [THREE], "loss": loss})).draw(0)
    whole = Examples(2, lambda at: np.zeros((len(at), 3)), np.array(labels))
    is_set = "of {}" in why or "in {}" in why
    for data, named in (
        (replace(whole, called=HELD_OUT), HELD_OUT if is_set else f"1 (counted from 0) of {HELD_OUT}"),
        (whole, "the data" if is_set else "1 (counted from 0)"),
        (replace(whole, places=np.array([3, 49])), "the data" if is_set else "49 (counted from 0)"),
    ):
        told = why.format(named)
        if data.places is not None:
            told = told.replace("example 1 ", "example 49 ")
        with pytest.raises(EngineError) as error:
            data.check(net)
        assert told in str(error.value)


def test_what_is_no_number_is_named_before_what_is_out_of_range_and_noise_where_it_is_the_noise() -> None:
    net = Net(model_spec({"input": [3], "layer": [THREE], **SIDES})).draw(0)
    rows = np.full((200, 3), 0.5)
    noisy = Examples(200, lambda at: rows[at] + 1, clean=lambda at: rows[at])
    with pytest.raises(
        EngineError, match=r"with their noise the inputs of the data go from 0 to 1\.5: begin"
    ):
        noisy.check(net)
    rows[0] = -1
    with pytest.raises(EngineError, match=r"; the inputs of the data go from 0 to 1\.5: scale them"):
        noisy.check(net)
    rows[150, 1] = np.nan
    with pytest.raises(
        EngineError, match=r"^the input of example 150 \(counted from 0\) in the data is not fin"
    ):
        noisy.check(net)


def test_shares_and_several_classes_at_once_are_taken() -> None:
    for loss, rows in (("cross-entropy", [[0.25, 0.25, 0.5]]), ("binary-cross-entropy", [[1.0, 1, 0]])):
        net = Net(model_spec({"input": [3], "layer": [THREE], "loss": loss})).draw(0)
        Examples(1, lambda at: np.zeros((len(at), 3)), np.array(rows)).check(net)


@pytest.mark.parametrize("ending", ["linear", "sigmoid"])
def test_what_a_loss_of_logits_compares_are_shares_whatever_the_model_ends_with(ending: str) -> None:
    layers = [{"kind": "dense", "units": 1, "activation": ending}]
    net = Net(model_spec({"input": [3], "layer": layers, "loss": "binary-cross-entropy"})).draw(3)
    z = net.values["dense"]["kernel"] @ ROWS.T + net.values["dense"]["bias"][:, None]
    shares = 1 / (1 + np.exp(-z[0]))
    np.testing.assert_allclose(net.predict(ROWS)[:, 0], shares, rtol=1e-5)
    made = evaluate(net, Examples(200, lambda at: ROWS[at], np.ones(200, int)))
    np.testing.assert_allclose(made.given, shares, rtol=1e-5)
    np.testing.assert_array_equal(made.predicted, shares > 0.5)


def test_a_net_that_goes_on_is_measured_as_it_reads_on() -> None:
    """Of 40 windows two streams of 20, each read from its beginning to its end."""
    layers = [{"kind": "embedding", "input_dim": 7, "output_dim": 4}, {"kind": "gru", "units": 5, "stateful": True},
              {"kind": "dense", "units": 7}]  # fmt: skip
    net = net_of(layers, (6,))
    text = np.random.default_rng(0).integers(0, 7, 241)
    windows, following = text[:240].reshape(40, 6), text[1:].reshape(40, 6)
    found = evaluate(net, Examples(40, lambda at: windows[at], following))
    alone = net_of([layers[0], {**layers[1], "stateful": False}, layers[2]], (120,)).load(net.weights())
    loss, _, _ = alone.loss_of(alone.batch(windows.reshape(2, 120)), following.reshape(2, 120).T)
    assert found.loss == pytest.approx(loss, rel=1e-12)


def test_which_sequences_are_right_in_every_step() -> None:
    """Answers lie step by step, in batches of 64; where nothing is asked nothing is wrong."""
    layers = [{"kind": "embedding", "input_dim": 3, "output_dim": 3}, {"kind": "dense", "units": 3}]
    net = Net(model_spec({"input": [4], "layer": layers})).draw(0)
    for name in net.values:
        net.values[name]["embeddings" if name == "embedding" else "kernel"][...] = np.eye(3)
    rng = np.random.default_rng(1)
    words, labels = rng.integers(0, 3, (150, 4)), rng.integers(-1, 3, (150, 4))
    labels[rng.random(150) < 0.5] = -1
    labels[::3] = words[::3]
    found = evaluate(net, Examples(150, lambda at: words[at], labels))
    wanted = ((words == labels) | (labels < 0)).all(axis=1)
    assert 50 < wanted.sum() < 150
    np.testing.assert_array_equal(found.whole, wanted)
    assert found.accuracy == (words == labels).sum() / (labels >= 0).sum()
    labels = np.where(rng.random((150, 4)) < 0.2, (words + 1) % 3, words)
    every = evaluate(net, Examples(150, lambda at: words[at], labels))
    np.testing.assert_array_equal(every.whole, (words == labels).all(axis=1))
