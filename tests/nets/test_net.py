"""A net as a whole: what stays where it is, what memory may not matter to, how residuals go back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dlcli.nets.builtin import BUILTIN, builtin
from dlcli.nets.layers.base import Layer, UnknownName
from dlcli.nets.memory import Memory
from dlcli.nets.net import DifferentWeights, Net
from dlcli.nets.optimisers import Optimiser, Rule
from tests.nets.recipe import Array, numbers
from tests.nets.small import PICTURES, ROWS, ends, net_of, there_and_back

KINDS = [*((one, True) for one in PICTURES), *((one, False) for one in ROWS)]


def label(value: Any) -> str:
    return value["kind"] if isinstance(value, dict) else "pictures" if value else "rows"


def memories(owner: Any) -> Iterator[Memory]:
    """All memories of a net, those of layers within layers, too."""
    for value in vars(owner).values():
        if isinstance(value, Memory):
            yield value
        elif isinstance(value, Layer):
            yield from memories(value)


def poison(net: Net) -> None:
    """What a batch left behind becomes what no number is."""
    found = [net.memory, *(one for step in (*net._fast, *net._plain) for one in memories(step.layer))]
    assert any(memory.nbytes for memory in found)
    for memory in found:
        for flat in memory._flat.values():
            flat.fill(np.nan if flat.dtype.kind == "f" else 1)


def step(net: Net, count: int) -> list[Array]:
    """Outputs and gradients of a batch of so many, what is random drawn by the same seed."""
    x = numbers((count, *net.spec.input), 50 + count)
    y, dx, slopes = there_and_back(net, x, generator=np.random.default_rng(0))
    return [y, dx, *slopes.values()]


@pytest.mark.parametrize(("one", "picture"), KINDS, ids=label)
def test_bits_depend_on_no_memory_of_before_and_on_no_batch_of_another_size(
    one: dict[str, Any], picture: bool
) -> None:
    layers = ends(one, picture=picture)
    shape = (5, 6, 2) if picture else (5,)
    fresh = step(net_of(layers, shape, dtype=np.float32), 3)
    used = net_of(layers, shape, dtype=np.float32)
    for before in (4, 2):
        step(used, before)
        poison(used)
        used.flat[...] = net_of(layers, shape, dtype=np.float32).flat  # batch normalisation has measured
        for found, want in zip(step(used, 3), fresh, strict=True):
            np.testing.assert_array_equal(found, want)


def test_a_pooled_convolution_depends_on_no_memory_of_before() -> None:
    layers = [{"kind": "conv", "filters": 3, "activation": "relu", "padding": "same"}, {"kind": "maxpool"}]
    fresh = step(net_of(layers, (7, 6, 2), dtype=np.float32), 3)
    used = net_of(layers, (7, 6, 2), dtype=np.float32)
    for before in (4, 2):
        step(used, before)
        poison(used)
        for found, want in zip(step(used, 3), fresh, strict=True):
            np.testing.assert_array_equal(found, want)


def test_a_smaller_batch_counts_as_part_of_the_larger() -> None:
    """The gradient of a mean over six pictures is the mean of those of its parts, by their sizes."""
    net = net_of(ends(PICTURES[0], picture=True), (5, 6, 2), loss="cross-entropy")
    x, labels = numbers((6, 5, 6, 2), 50), np.array([0, 1, 2, 0, 1, 2])

    def gradient(part: slice) -> Array:
        _, slope, _ = net.loss_of(net.batch(x[part]), labels[part])
        net.backward(slope)
        return net.gradient.copy()

    whole, first, rest = (gradient(part) for part in (slice(6), slice(4), slice(4, 6)))
    np.testing.assert_allclose(whole, (4 * first + 2 * rest) / 6, rtol=1e-12, atol=1e-15)


def test_a_residual_that_is_used_twice_goes_back_three_ways() -> None:
    """y = relu(x W + b) V + 2 relu(x W + b), by hand."""
    layers = [
        {"kind": "dense", "units": 4, "activation": "relu", "name": "kept"},
        {"kind": "dense", "units": 4},
        {"kind": "add", "source": "kept"},
        {"kind": "add", "source": "kept"},
    ]
    net = net_of(layers, (3,))
    x, dy = numbers((5, 3), 50), numbers((5, 4), 70)
    y, dx, slopes = there_and_back(net, x, dy=dy)
    w, b, v, c = (net.weights()[name] for name in ("kept/kernel", "kept/bias", "dense/kernel", "dense/bias"))
    h = np.maximum(x @ w + b, 0)
    np.testing.assert_allclose(y, h @ v + c + 2 * h, rtol=1e-13)
    dh = (dy @ v.T + 2 * dy) * (h > 0)
    np.testing.assert_allclose(slopes["kept/kernel"], x.T @ dh, rtol=1e-13)
    np.testing.assert_allclose(slopes["dense/kernel"], h.T @ dy, rtol=1e-13)
    np.testing.assert_allclose(dx, dh @ w.T, rtol=1e-13)


@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_frozen_layers_do_not_move_and_what_lies_above_learns_as_before(optimiser: str) -> None:
    layers = [
        {"kind": "conv", "filters": 2, "name": "low"},
        {"kind": "batchnorm", "name": "norm"},
        {"kind": "conv", "filters": 3, "name": "middle"},
        {"kind": "flatten"},
        {"kind": "dense", "units": 3, "name": "high"},
    ]
    moved = {}
    for frozen in ((), ("low", "norm"), ("middle",)):
        net = net_of(layers, (6, 6, 1), loss="cross-entropy", frozen=frozen)
        before = net.weights()
        rule = Optimiser(Rule(optimiser, weight_decay=0.1), net.trained, net.dtype)
        for _ in range(3):
            _, slope, _ = net.loss_of(net.batch(numbers((4, 6, 6, 1), 50)), np.array([0, 1, 2, 0]))
            net.backward(slope)
            rule.step(net.flat[: net.trained], net.gradient[: net.trained], 0.01)
        after = net.weights()
        moved[frozen] = {name for name in before if (before[name] != after[name]).any()}
    assert moved[()] == set(before)
    assert moved["low", "norm"] == {name for name in before if name.partition("/")[0] in ("middle", "high")}
    assert moved["middle",] == {name for name in before if name.partition("/")[0] != "middle"}


def test_a_frozen_batch_normalisation_goes_back_through_the_numbers_that_it_keeps() -> None:
    layers = [
        {"kind": "dense", "units": 2, "name": "low"},
        {"kind": "batchnorm"},
        {"kind": "dense", "units": 2},
    ]
    net = net_of(layers, (3,), frozen=("batch_normalization",))
    x = numbers((4, 3), 50)
    y, dx, slopes = there_and_back(net, x)
    w = net.weights()
    scale = w["batch_normalization/gamma"] / np.sqrt(w["batch_normalization/moving_variance"] + 0.001)
    h = (x @ w["low/kernel"] + w["low/bias"] - w["batch_normalization/moving_mean"]) * scale
    np.testing.assert_allclose(
        y, (h + w["batch_normalization/beta"]) @ w["dense/kernel"] + w["dense/bias"], rtol=1e-12
    )
    dh = numbers(y.shape, 70) @ w["dense/kernel"].T * scale
    np.testing.assert_allclose(dx, dh @ w["low/kernel"].T, rtol=1e-12)
    np.testing.assert_allclose(slopes["low/kernel"], x.T @ dh, rtol=1e-12)


def test_a_layer_that_is_to_be_frozen_is_there() -> None:
    with pytest.raises(UnknownName, match="there is no layer 'convolution'; there are conv2d, "):
        Net(builtin("cnn"), frozen=("convolution",))


@pytest.mark.parametrize("name", BUILTIN)
def test_weights_come_back_as_they_went(name: str) -> None:
    spec = builtin(name) if name != "image-classifier" else builtin(name, input=(20, 20, 3))
    net = Net(spec).draw(1)
    other = Net(spec).load(net.weights())
    np.testing.assert_array_equal(net.flat, other.flat)
    x = numbers((2, *spec.input), 50)
    np.testing.assert_array_equal(net.predict(x), other.predict(x))


def test_weights_of_another_model_are_refused_by_the_first_layer_that_differs() -> None:
    other = Net(builtin("small-cnn", classes=5)).weights()
    with pytest.raises(
        DifferentWeights, match=r"layer dense_1: its kernel has shape \(64, 10\); received \(64, 5\)"
    ):
        Net(builtin("small-cnn")).load(other)
    with pytest.raises(
        DifferentWeights, match="layer conv2d: there is no kernel for it; the layers are dense"
    ):
        Net(builtin("small-cnn")).load({"dense/kernel": np.zeros(3)})


@pytest.mark.parametrize(
    ("loss", "activation"),
    [("cross-entropy", "softmax"), ("binary-cross-entropy", "sigmoid"), ("mean-squared", "softmax")],
)
@pytest.mark.parametrize("as_layer", [True, False])
def test_what_a_loss_includes_is_predicted_all_the_same(loss: str, activation: str, as_layer: bool) -> None:
    end = [{"kind": "dense", "units": 3}, {"kind": activation}] if as_layer else [
        {"kind": "dense", "units": 3, "activation": activation}]  # fmt: skip
    net = net_of(end, (4,), loss=loss)
    x = numbers((5, 4), 50)
    z = x @ net.weights()["dense/kernel"] + net.weights()["dense/bias"]
    y = 1 / (1 + np.exp(-z))
    if activation == "softmax":
        y = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(net.predict(x), y, rtol=1e-12)
    found = dict(net.activations(net.batch(x)))
    np.testing.assert_allclose(found[net.spec.layers[-1].name].T, y, rtol=1e-12)
    if as_layer:
        np.testing.assert_allclose(found["dense"].T, z, rtol=1e-12)


def test_the_buffer_of_numpy_is_what_it_was() -> None:
    before = np.setbufsize(4096)
    try:
        there_and_back(net_of([{"kind": "dense", "units": 3}], (4,)), numbers((5, 4), 50))
        assert np.getbufsize() == 4096
    finally:
        np.setbufsize(before)


NOISE, DROPOUT = {"kind": "noise", "stddev": 0.1}, {"kind": "dropout", "rate": 0.5}


@pytest.mark.parametrize(
    ("layers", "rescales"),
    [
        ([], False),
        ([{"kind": "rescaling"}], True),
        ([{"kind": "rescaling", "scale": 1 / 127.5, "offset": -1}], True),
        ([{"kind": "rescaling", "scale": 2, "offset": -1}], False),
        ([NOISE, {"kind": "rescaling"}], True),
        ([NOISE, {"kind": "flatten"}, DROPOUT, {"kind": "linear"}, {"kind": "rescaling"}], True),
        ([{"kind": "relu"}, {"kind": "rescaling"}], False),
        ([{"kind": "rescaling", "scale": 2}, {"kind": "rescaling"}], False),
    ],
)
def test_the_first_layer_that_changes_numbers_says_how_pixels_come_in(
    layers: list[dict[str, Any]], rescales: bool
) -> None:
    net = net_of([*layers, {"kind": "flatten"}, {"kind": "dense", "units": 1}], (2, 2, 1))
    white = net.batch(np.full((1, 2, 2, 1), 255, np.uint8))
    assert (net.spec.rescales, white.max()) == (rescales, 255 if rescales else 1)
    words = "pixels of 0 to 255, which the model rescales" if rescales else "pixels divided by 255"
    assert (net.pixel_words(np.uint8), net.pixel_words(np.float32)) == (words, "")
    assert net.batch(np.full((1, 2, 2, 1), 255.0)).max() == 255
