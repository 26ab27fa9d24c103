"""``dlcli predict``: what a net answers, any layer of it, why, and what it refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.engines.tensors.softmax import softmax
from dlcli.nets.builtin import builtin
from dlcli.nets.names import write_names
from dlcli.nets.net import Net
from dlcli.nets.training import Measured
from dlcli.tensor import Axis, Tensor

W = "w.safetensors"
NAMES = ("cat", "dog", "owl")
RNG = np.random.default_rng(5)
PICTURE = RNG.integers(0, 256, (8, 8), dtype=np.uint8)
BATCH = RNG.random((5, 8, 8, 1)).astype(np.float32)


def picture(data: Any = PICTURE, name: str = "image") -> Tensor:
    return Tensor(data, (Axis("height"), Axis("width"), Axis("channel"))[: np.ndim(data)], name)


def batch(labels: tuple[str, ...] | None = None, data: Any = BATCH) -> Tensor:
    axes = (Axis("picture", labels), Axis("height"), Axis("width"), Axis("channel"))
    return Tensor(data, axes, "pictures")


def test_probabilities_have_the_names_of_the_classes(cli: Any, save: Any) -> None:
    net = save()
    made = cli("predict", W, stdin=picture()).tensor
    assert (made.name, made.axis_names, made.axes[0].labels) == ("probabilities", ("class",), NAMES)
    np.testing.assert_allclose(made.data, net.predict(PICTURE[None, ..., None])[0])
    logits = cli("predict", W, "--emit", "logits", stdin=picture()).tensor
    np.testing.assert_allclose(softmax(logits.data, 0), made.data, rtol=1e-5)
    found = cli("predict", W, "--emit", "classes", stdin=picture()).tensor
    assert found.data == made.data.argmax()


def test_logits_probabilities_and_gradient_are_those_of_torch(cli: Any, save: Any) -> None:
    """Numbers of tests/data/make_torch_predict.py."""
    rng = np.random.default_rng(0)
    shapes = {"conv2d/kernel": (3, 3, 2, 4), "conv2d/bias": (4,), "dense/kernel": (36, 3), "dense/bias": (3,)}
    weights = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    x = picture(rng.random((8, 8, 2)))
    layers = [
        {"kind": "conv", "filters": 4, "activation": "relu"},
        {"kind": "maxpool"},
        {"kind": "flatten"},
        {"kind": "dense", "units": 3},
    ]
    save({"input": [8, 8, 2], "layer": layers}, weights=weights)
    logits = cli("predict", W, "--emit", "logits", stdin=x).tensor.data
    np.testing.assert_allclose(logits, [-2.4081283690749826, -5.0768498929029615, -14.216691974693369], 1e-5)
    shares = cli("predict", W, stdin=x).tensor.data
    np.testing.assert_allclose(shares, [0.9351490413160835, 0.0648440006455383, 6.958038378322494e-06], 1e-4)
    gradient = cli("predict", W, "--saliency", "--emit", "gradient", stdin=x).tensor
    assert gradient.axis_names == ("height", "width", "channel")
    cells = {(0, 0, 0): 0.06613023923620993, (3, 4, 1): -1.8936855054331811,
             (5, 2, 0): 0.27663660958852976, (7, 7, 1): 0.3353586876175124}  # fmt: skip
    for cell, value in cells.items():
        assert gradient.data[cell] == pytest.approx(value, rel=1e-4)
    saliency = cli("predict", W, "--saliency", stdin=x).tensor
    assert (saliency.name, saliency.shape) == ("saliency", (8, 8))
    np.testing.assert_array_equal(saliency.data, np.abs(gradient.data).max(axis=2))


def test_a_layer_is_what_the_commands_of_its_steps_make(shell: Any, save: Any) -> None:
    save()
    Image.fromarray(PICTURE).save("me.png")
    conv = f"dlcli conv --weights {W} --layer"
    chains = {
        "conv2d": f"{conv} conv2d me.png",
        "max_pooling2d": f"{conv} conv2d me.png | dlcli pool --size 2",
        "conv2d_1": f"{conv} conv2d me.png | dlcli pool --size 2 | {conv} conv2d_1",
    }
    for name, line in chains.items():
        theirs, ours = shell(line).tensors[0], shell(f"dlcli predict {W} me.png --emit {name}").tensor
        assert ours.name == name
        assert ours.axis_names == ("height", "width", "channel")
        np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-5, atol=1e-6)


def test_a_dense_layer_is_a_vector_of_units_and_the_last_has_the_classes(cli: Any, save: Any) -> None:
    save()
    assert cli("predict", W, "--emit", "dense", stdin=picture()).tensor.axis_names == ("unit",)
    assert cli("predict", W, "--emit", "flatten", stdin=picture()).tensor.axis_names == ("feature",)
    last = cli("predict", W, "--emit", "dense_1", stdin=picture()).tensor
    assert last.axes[0].labels == NAMES
    np.testing.assert_array_equal(
        last.data, cli("predict", W, "--emit", "logits", stdin=picture()).tensor.data
    )


def test_what_is_typed_is_one_picture(cli: Any, save: Any) -> None:
    save({"input": [2, 2, 1], "layer": [{"kind": "flatten"}, {"kind": "dense", "units": 3}]})
    assert cli("predict", W, "1 2; 3 4").tensor.axis_names == ("class",)
    assert cli("predict", W, stdin=Tensor(np.ones((5, 2, 2)))).tensor.shape == (5, 3)
    assert cli("predict", W, stdin=Tensor(np.ones((1, 2, 2, 1)))).tensor.shape == (1, 3)


def test_top_keeps_the_most_probable(cli: Any, save: Any) -> None:
    save()
    all_ = cli("predict", W, stdin=picture()).tensor.data
    kept = cli("predict", W, "--top", "2", stdin=picture()).tensor
    order = np.argsort(-all_)[:2]
    np.testing.assert_array_equal(kept.data, all_[order])
    assert kept.axes[0].labels == tuple(NAMES[i] for i in order)
    several = cli("predict", W, "--top", "2", stdin=batch()).tensor
    assert (several.shape, several.axis_names) == ((5, 4), ("picture", "answer"))
    assert several.axes[1].labels == ("class 1", "probability 1", "class 2", "probability 2")
    shares = cli("predict", W, stdin=batch()).tensor.data
    places = several.data[:, ::2].astype(int)
    np.testing.assert_array_equal(places, np.argsort(-shares, axis=1)[:, :2])
    np.testing.assert_array_equal(several.data[:, 1::2], np.take_along_axis(shares, places, axis=1))
    told = cli("predict", W, "--top", "2", "--emit", "probabilities", "--explain", "3,class 2",
               "-f", "plain", stdin=batch()).out  # fmt: skip
    assert f"Logit of {NAMES[places[3, 1]]}" in told
    found = cli("predict", W, "--top", "2", "--emit", "classes", stdin=picture()).tensor
    assert (found.data.tolist(), found.axes[0].labels) == (order.tolist(), kept.axes[0].labels)
    logits = cli("predict", W, "--top", "2", "--emit", "logits", stdin=picture())
    assert logits.err == "dlcli: --top 2 is of classes: --emit logits is not shortened\n"
    all_of_them = cli("predict", W, "--top", "99", stdin=picture())
    assert len(all_of_them.raw) == len(cli("predict", W, "--top", "3", stdin=picture()).raw)
    assert all_of_them.err == "dlcli: --top 99: w.safetensors has 3 classes, and all of them are kept\n"
    told = cli("predict", W, "--top", "2", "--emit", "probabilities", "--explain", NAMES[order[1]],
               "-f", "plain", stdin=picture()).out  # fmt: skip
    assert f"Logit of {NAMES[order[1]]}" in told


def test_a_batch_is_predicted_picture_by_picture_and_compared_with_its_labels(cli: Any, save: Any) -> None:
    net = save()
    expected = net.predict(BATCH)
    assert cli("predict", W, stdin=batch()).tensor.axes[0].labels is None
    labels = ("owl", "cat", "dog", "cat", "owl")
    made = cli("predict", W, stdin=batch(labels)).tensor
    assert (made.axis_names, made.axes[0].labels) == (("true", "class"), labels)
    table = cli("predict", W, "-f", "csv", stdin=batch(labels)).out.splitlines()
    assert table[0].startswith("true\\class,")
    assert table[1].startswith("owl,")
    assert cli("predict", W, "--emit", "classes", "-f", "csv", stdin=batch(labels)).out.startswith("true,")
    (outputs,) = cli("predict", W, "--emit", "dense", stdin=batch(labels)).tensors
    assert outputs.axes[0].name == "picture"  # a set, that is read as one
    np.testing.assert_allclose(made.data, expected, rtol=1e-5)
    confusion = cli("predict", W, "--emit", "confusion", stdin=batch(labels)).tensor
    true = np.array([NAMES.index(name) for name in labels])
    wanted = np.zeros((3, 3), int)
    np.add.at(wanted, (true, expected.argmax(axis=1)), 1)
    np.testing.assert_array_equal(confusion.data, wanted)
    assert confusion.axes[0].labels == NAMES
    right = np.trace(wanted)
    told = cli("predict", W, "-f", "plain", stdin=batch(labels)).out
    assert f"{right} of 5 are right" in told
    assert "Least sure" in told


def test_of_a_set_what_is_held_out_is_predicted(cli: Any, save: Any) -> None:
    x = RNG.integers(0, 256, (12, 8, 8), dtype=np.uint8)
    y = np.arange(12) % 3
    np.savez("set.npz", x_train=x[:8], y_train=y[:8], x_test=x[8:], y_test=y[8:])
    save(classes=("0", "1", "2"), data={"name": "set.npz"})
    assert cli("predict", W, "set.npz").tensor.shape == (4, 3)
    assert cli("predict", W, "set.npz", "--part", "learnt").tensor.shape == (8, 3)
    whole = cli("predict", W, "set.npz", "--part", "all").tensor
    parts = [cli("predict", W, "set.npz", "--part", part).tensor.data for part in ("learnt", "held-out")]
    np.testing.assert_allclose(whole.data, np.concatenate(parts), rtol=1e-5)
    assert whole.axes[0].labels == tuple(map(str, y))
    told = cli("predict", W, "set.npz", "--part", "learnt", "-f", "plain").out
    assert "has learnt from these" in told
    assert "has learnt from these" not in cli("predict", W, "set.npz", "-f", "plain").out


def test_classes_of_another_order_are_compared_by_their_names(cli: Any, save: Any) -> None:
    save()
    rows = cli("predict", W, "--emit", "classes", stdin=batch()).tensor.data
    labels = tuple(NAMES[i] for i in rows)  # right answers all of them, in whatever order the set has
    turned = batch(labels).with_attrs(classes="\t".join(reversed(NAMES)))
    confusion = cli("predict", W, "--emit", "confusion", stdin=turned).tensor.data
    assert np.trace(confusion) == 5
    other = cli("predict", W, "-f", "csv", stdin=batch(("a", "b", "c", "a", "b")))
    assert "compared by their numbers" in other.err
    other = cli("predict", W, "-f", "csv", stdin=batch(("a", "b", "a", "a", "b")))
    assert "no answer is counted as right" in other.err


def test_the_sum_behind_a_logit(cli: Any, save: Any) -> None:
    net = save()
    below = cli("predict", W, "--emit", "dense", stdin=picture()).tensor.data
    logits = cli("predict", W, "--emit", "logits", stdin=picture()).tensor.data
    kernel, bias = net.weights()["dense_1/kernel"], net.weights()["dense_1/bias"]
    assert below @ kernel[:, 1] + bias[1] == pytest.approx(logits[1], rel=1e-5)
    told = cli("predict", W, "--explain", "dog", "-f", "plain", "--precision", "3", stdin=picture()).out
    assert "Logit of dog  unit of dense_1: 5 products of dense with its weights" in told
    rows = [line.split() for line in told.split("\n") if line.startswith("  unit ")]
    assert [row[1] for row in rows] == ["0", "1", "2", "3", "4"]
    assert told == cli("predict", W, "--explain", "1", "-f", "plain", "--precision", "3", stdin=picture()).out
    of_many = cli("predict", W, "--explain", "3,owl", "-f", "plain", stdin=batch()).out
    assert "Logit of owl" in of_many
    assert "Input  picture 3\n" in of_many


def test_the_terms_of_a_flattened_picture_have_their_places_there(cli: Any, save: Any) -> None:
    layers = [
        {"kind": "conv", "filters": 2, "kernel_size": 7},
        {"kind": "flatten"},
        {"kind": "dropout", "rate": 0.5},
        {"kind": "dense", "units": 3},
    ]
    net = save({"input": [8, 8, 1], "layer": layers})
    below = cli("predict", W, "--emit", "conv2d", stdin=picture()).tensor.data
    told = cli("predict", W, "--explain", "cat", "-f", "plain", "--precision", "6", stdin=picture()).out
    assert "8 products of conv2d with its weights" in told
    product = below[1, 0, 1] * net.weights()["dense/kernel"][5, 0]
    (row,) = (line for line in told.split("\n") if line.startswith("  1, 0, channel 1"))
    assert float(row.split()[-1].replace("−", "-")) == pytest.approx(product, rel=1e-3)


def test_what_ends_with_no_dense_layer_says_what_can_be_asked(cli: Any, save: Any) -> None:
    layers = [{"kind": "conv", "filters": 3}, {"kind": "global-avgpool"}]
    save({"input": [8, 8, 1], "layer": layers})
    ended = cli("predict", W, "--explain", "dog", "-f", "plain", stdin=picture())
    assert ended.code == 2
    assert "ends with global_average_pooling2d (global-avgpool): --emit conv2d gives what goes" in ended.err


def test_monte_carlo_is_the_mean_of_passes_with_dropout_left_on(cli: Any, save: Any) -> None:
    layers = [
        {"kind": "flatten"},
        {"kind": "dense", "units": 6, "activation": "relu"},
        {"kind": "dropout", "rate": 0.5},
        {"kind": "dense", "units": 3},
    ]
    save({"input": [8, 8, 1], "layer": layers})
    line = ("predict", W, "--monte-carlo", "400")
    mean = cli(*line, stdin=picture()).tensor
    spread = cli(*line, "--emit", "spread", stdin=picture()).tensor
    assert (mean.name, spread.name, spread.axes[0].labels) == ("mean", "spread", NAMES)
    # By definition: every mask of the six units, each as likely as the others.
    w = {name: array.astype(float) for name, array in _weights().items()}
    hidden = np.maximum(PICTURE.reshape(-1) / 255 @ w["dense/kernel"] + w["dense/bias"], 0)
    masks = (np.arange(64)[:, None] >> np.arange(6)) % 2
    every = softmax(masks * hidden * 2 @ w["dense_1/kernel"] + w["dense_1/bias"], 1)
    error = every.std(axis=0) / np.sqrt(400)
    assert (np.abs(mean.data - every.mean(axis=0)) < 4 * error).all()
    np.testing.assert_allclose(spread.data, every.std(axis=0), rtol=0.2, atol=1e-4)
    assert (cli(*line, stdin=picture()).tensor.data == mean.data).all()
    assert (cli(*line, "--seed", "1", stdin=picture()).tensor.data != mean.data).any()
    assert cli("predict", W, "--monte-carlo", "1", "--emit", "spread", stdin=picture()).tensor.data.max() == 0


def _weights() -> dict[str, np.ndarray]:
    from dlcli.wire.read import read_tensors
    from dlcli.wire.stream import Limits, Source

    with open(W, "rb") as file:
        return {one.name: one.data for one in read_tensors(Source(file, W), limits=Limits())}


def test_saliency_of_another_class_and_through_batch_normalisation(cli: Any, save: Any) -> None:
    """By central differences of the logit."""
    layers = [
        {"kind": "conv", "filters": 2},
        {"kind": "batchnorm", "activation": "tanh"},
        {"kind": "dropout", "rate": 0.5},
        {"kind": "flatten"},
        {"kind": "dense", "units": 3},
    ]
    net = save({"input": [8, 8, 1], "layer": layers})
    x = BATCH[0].astype(np.float64)
    line = ("predict", W, "--saliency", "--class", "owl", "--emit", "gradient")
    found = cli(*line, stdin=picture(BATCH[0])).tensor.data
    for cell in [(0, 0, 0), (4, 3, 0)]:
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[cell] += sign * 1e-2
            ends.append(net.forward(net.batch(moved[None]))[2, 0].item())
        assert found[cell] == pytest.approx((ends[0] - ends[1]) / 2e-2, rel=2e-2, abs=1e-4)


AUTOENCODER = {
    "input": [4, 4, 1],
    "target": "input",
    "loss": "binary-cross-entropy",
    "layer": [
        {"kind": "noise", "stddev": 0.5, "low": 0.0, "high": 1.0},
        {"kind": "flatten"},
        {"kind": "dense", "units": 3, "activation": "relu", "name": "code"},
        {"kind": "dense", "units": 16, "activation": "sigmoid"},
        {"kind": "reshape", "target_shape": [4, 4, 1]},
    ],
}


def test_an_autoencoder_gives_pictures_and_its_code(cli: Any, save: Any) -> None:
    net = save(AUTOENCODER, classes=())
    x = picture(RNG.random((4, 4)).astype(np.float32))
    output = cli("predict", W, stdin=x).tensor
    assert (output.name, output.axis_names) == ("output", ("height", "width", "channel"))
    np.testing.assert_allclose(output.data, net.predict(x.data[None, ..., None])[0])
    assert cli("predict", W, "--emit", "code", stdin=x).tensor.axis_names == ("unit",)
    told = cli("predict", W, "-f", "plain", stdin=x).out
    error = np.square(output.data[..., 0] - x.data).mean()
    assert f"mean square difference {error:.3g}"[:28] in told
    noisy = cli("predict", W, "--noise", stdin=x).tensor.data
    assert (noisy != output.data).any()
    assert (noisy == cli("predict", W, "--noise", stdin=x).tensor.data).all()
    told = cli("predict", W, "--explain", "1,2,0", "-f", "plain", stdin=x).out
    assert "sigmoid(" in told
    assert "at 1, 2, 0" in told
    refused(cli("predict", W, "--top", "1", stdin=x), 2, "it gives an output of 4 x 4 x 1")
    refused(cli("predict", W, "--saliency", stdin=x), 2, "--saliency is the gradient of one number")


def test_an_autoencoder_gives_one_output_on_every_road(cli: Any, save: Any) -> None:
    """Also where the sigmoid is in its loss alone."""
    layers = [{"kind": "dense", "units": 2, "name": "code"}, {"kind": "dense", "units": 4}]
    save({"input": [4], "target": "input", "loss": "binary-cross-entropy", "layer": layers}, classes=())
    rows = "0.1 0.9 0.4 0.5; 1 0 0.3 0.2"
    output = cli("predict", W, rows).tensor.data
    codes = cli("predict", W, rows, "--emit", "code").tensor
    np.testing.assert_allclose(cli("predict", W, "--decode", stdin=codes).tensor.data, output, rtol=1e-6)
    np.testing.assert_allclose(cli("predict", W, rows, "--walk", "2").tensor.data, output, rtol=1e-6)
    assert 0 < output.min() < output.max() < 1
    told = cli("predict", W, rows, "--explain", "0,1", "-f", "plain").out
    assert re.search(r"Output  sigmoid\((−?[\d.]+)\) = ([\d.]+) at 1", told)


@pytest.mark.parametrize(
    ("loss", "units", "ending", "steps"),
    [
        (
            "binary-cross-entropy",
            1,
            "tanh",
            ["Sum of 1", r"Activation  tanh\(", r"p\[1\]  1 / \(1 \+ exp\(−"],
        ),
        (
            "binary-cross-entropy",
            3,
            "linear",
            ["Sum of value 1", r"output\[1\]  1 / \(1 \+ exp\(−", "Output  "],
        ),
        ("binary-cross-entropy", 3, "softmax", [r"Activation  softmax\(−?[\d.]+, …\) = ", r"output\[1\]"]),
        ("cross-entropy", 3, "tanh", ["Sum of 1", r"Activation  tanh\(", "Softmax"]),
        ("cross-entropy", 3, "softmax", ["Logit of 1", "Softmax"]),
        ("mean-squared", 3, "relu", ["Sum of value 1", r"Activation  relu\(", "Output  "]),
    ],
)
def test_no_step_from_the_sum_to_the_output_is_left_out(
    cli: Any, save: Any, loss: str, units: int, ending: str, steps: list[str]
) -> None:
    layers = [{"kind": "dense", "units": units}, {"kind": "activation", "function": ending}]
    save({"input": [4], "loss": loss, "layer": layers}, classes=())
    told = cli("predict", W, "1 2 -1 0.5", "--explain", "1", "-f", "plain").out
    places = [found.start() for step in steps if (found := re.search(step, told))]
    assert len(places) == len(steps), told
    assert places == sorted(places)
    assert ("Activation" in told) == any("Activation" in step for step in steps)


def test_the_saliency_of_several_inputs_is_not_passed_over_in_silence(cli: Any, save: Any) -> None:
    save()
    told = cli("predict", W, "--saliency", "-f", "plain", stdin=batch()).out
    assert "of several --emit saliency gives it" in " ".join(told.split())


@pytest.mark.parametrize("dtype", [np.int64, np.float32, bool])
def test_zeros_and_ones_are_the_classes_of_one_output(cli: Any, save: Any, dtype: Any) -> None:
    net = save(
        {"input": [4], "loss": "binary-cross-entropy", "layer": [{"kind": "dense", "units": 1}]}, classes=()
    )
    x = RNG.normal(size=(20, 4)).astype(np.float32)
    y = np.arange(20) % 2
    np.savez("rows.npz", x=x, y=y.astype(dtype))
    told = " ".join(cli("predict", W, "rows.npz", "-f", "plain").out.split())
    right = int(((net.predict(x)[:, 0] > 0.5) == y).sum())
    assert f"{right} of 20 are right" in told


@pytest.mark.parametrize(("layout", "idle"), [("keras", True), ("torch", False)])
def test_an_order_that_changes_nothing_is_said_to(cli: Any, layout: str, idle: bool) -> None:
    net = Net(builtin("small-cnn")).draw(0)
    np.savez("n.npz", **write_names(net.spec, net.weights(), layout))
    x = picture(RNG.random((28, 28)).astype(np.float32))
    ended = cli("predict", "n.npz", "--model", "small-cnn", "--flatten", "channels-first", stdin=x)
    assert ended.code == 0
    assert ("--flatten channels-first changes nothing of n.npz" in ended.err) == idle


@pytest.mark.parametrize("ending", ["linear", "sigmoid"])
def test_one_number_tells_two_classes_apart(cli: Any, save: Any, ending: str) -> None:
    model = {
        "input": [4],
        "loss": "binary-cross-entropy",
        "layer": [{"kind": "dense", "units": 1, "activation": ending}],
    }
    save(model, classes=("no", "yes"))
    made = cli("predict", W, "[0.5, 1, -2, 0.25]").tensor
    logit = cli("predict", W, "[0.5, 1, -2, 0.25]", "--emit", "logits").tensor
    assert made.axes[0].labels == ("no", "yes")
    assert made.data.sum() == pytest.approx(1)
    assert made.data[1] == pytest.approx(1 / (1 + np.exp(-logit.data[0])), rel=1e-5)
    up, down = (
        cli(
            "predict", W, "[0.5, 1, -2, 0.25]", "--saliency", "--class", name, "--emit", "gradient"
        ).tensor.data
        for name in ("yes", "no")
    )
    np.testing.assert_array_equal(up, -down)
    told = cli("predict", W, "[0.5, 1, -2, 0.25]", "--explain", "no", "-f", "plain").out
    assert "Sigmoid" in told


@pytest.mark.parametrize("name", ["output", "saliency", "probabilities"])
def test_a_layer_that_is_called_as_a_result_is_emitted_where_there_is_no_such_result(
    cli: Any, save: Any, name: str
) -> None:
    layers = [{"kind": "dense", "units": 3, "name": name}, {"kind": "softmax"}]
    net = save({"input": [4], "layer": layers}, classes=())
    ended = cli("predict", W, "1 2 3 4", "--emit", name, *["--saliency"] * (name == "saliency"))
    if name == "output":
        layer = next(y for at, y in net.activations(net.batch(np.array([[1.0, 2, 3, 4]]))) if at == name)
        np.testing.assert_allclose(ended.tensor.data, layer[:, 0], rtol=1e-6)
    else:
        assert ended.err == f"dlcli: --emit {name} is the result of this name, not the layer\n"


def test_values_that_are_fitted_are_the_output(cli: Any, save: Any) -> None:
    model = {"input": [2], "loss": "mean-squared", "layer": [{"kind": "dense", "units": 1}]}
    kernel = np.array([[2.0], [3.0]])
    save(model, classes=(), weights={"dense/kernel": kernel, "dense/bias": np.array([1.0])})
    assert cli("predict", W, "1 2").tensor.data.tolist() == [9.0]
    rows = cli("predict", W, "1 2; 0 1").tensor
    assert (rows.axis_names, rows.data.tolist()) == (("row", "value"), [[9.0], [4.0]])
    refused(cli("predict", W, "1 2", "--top", "1"), 2, "--top is of classes")
    refused(cli("predict", W, "1 2 3"), 1, "takes 2 features, one row for each input")


@pytest.mark.parametrize("way", ["stretch", "crop", "center"])
def test_a_picture_of_another_size_is_brought_to_that_of_the_net(way: str, cli: Any, save: Any) -> None:
    save()
    photo = np.zeros((30, 50, 3), np.uint8)
    photo[5:20, 20:30] = 255
    Image.fromarray(photo).save("me.png")
    ended = cli("predict", W, "me.png")
    refused(
        ended, 1, "me.png is 30 x 50 x 3 (height, width, channel); w.safetensors takes 8 x 8 x 1: add --fit"
    )
    seen = cli("predict", W, "me.png", "--fit", way, "--emit", "conv2d")
    assert (seen.code, seen.err) == (0, "")
    dark = 255 - photo
    Image.fromarray(dark).save("dark.png")
    again = cli("predict", W, "dark.png", "--fit", way, "--invert", "--emit", "conv2d")
    np.testing.assert_allclose(again.tensor.data, seen.tensor.data, atol=1e-5)
    clear = np.dstack([np.zeros_like(photo), photo[..., 0]])  # black ink on nothing
    Image.fromarray(clear, "RGBA").save("clear.png")
    again = cli("predict", W, "clear.png", "--fit", way, "--invert", "--emit", "conv2d")
    np.testing.assert_allclose(again.tensor.data, seen.tensor.data, atol=1e-5)
    several = cli("predict", W, "me.png", "dark.png", "--fit", "stretch").tensors
    assert len(several) == 2


def test_dark_ink_that_is_to_be_centred_needs_invert(cli: Any, save: Any) -> None:
    save()
    paper = np.full((20, 20), 250, np.uint8)
    paper[4:15, 8:11] = 10
    refused(cli("predict", W, "--fit", "center", stdin=picture(paper)), 1, "--invert takes dark ink on white")
    flat = cli("predict", W, "--fit", "center", stdin=picture(np.zeros((20, 20), np.uint8)))
    refused(flat, 1, "no ink brighter than the border of the picture")


@pytest.mark.parametrize(
    "more", [(), ("--fit", "center"), ("--fit", "center", "--invert"), ("--fit", "crop")]
)
def test_what_rescale_makes_infinite_is_refused(more: tuple[str, ...], cli: Any, save: Any) -> None:
    save()
    ended = cli("predict", W, "--rescale", "1e308", *more, stdin=picture())
    refused(ended, 1, "times --rescale 1e+308 are infinite in float32, which the net computes in")
    save({"input": [3], "layer": [{"kind": "dense", "units": 3}]})
    refused(cli("predict", W, "1e300 1 2"), 1, "the literal: numbers up to 1e+300 are infinite in float32")
    refused(cli("predict", W, "1 1 2", "--rescale", "1e308"), 1, "times --rescale 1e+308 are infinite")
    weights = {"dense/kernel": np.full((3, 3), 1e3), "dense/bias": np.zeros(3)}
    save({"input": [3], "layer": [{"kind": "dense", "units": 3}]}, weights=weights)
    ended = cli("predict", W, "3e38 1 2")
    refused(ended, 1, f"{W} gives NaN or infinity for input 0: its numbers, or the weights, are too large")


def test_numbers_that_are_no_pixels_are_not_to_be_inverted(cli: Any, save: Any) -> None:
    save(data={"name": "digits", "mean": 0.13})
    large = np.full((8, 8), 2**33)
    large[4, 4] = 7
    assert "--invert" not in cli("predict", W, "-f", "csv", stdin=picture(large)).err
    ended = cli("predict", W, "--fit", "center", stdin=picture(large))
    refused(ended, 1, "--fit center finds no ink brighter than the border of the picture")
    assert "--invert" not in ended.err


def test_a_picture_that_is_bright_where_the_data_were_dark_is_told(cli: Any, save: Any) -> None:
    save(data={"name": "digits", "mean": 0.13})
    bright = picture(np.full((8, 8), 230, np.uint8))
    assert "--invert takes dark ink on white" in cli("predict", W, "-f", "csv", stdin=bright).err
    assert cli("predict", W, "--invert", "-f", "csv", stdin=bright).err == ""
    save(data={"name": "digits"})
    assert cli("predict", W, "-f", "csv", stdin=bright).err == ""


def test_pixels_are_what_the_net_learnt_from(cli: Any, save: Any) -> None:
    save()
    whole = cli("predict", W, stdin=picture()).tensor.data
    share = cli("predict", W, stdin=picture(PICTURE / 255)).tensor.data
    deep = cli("predict", W, stdin=picture(PICTURE.astype(np.uint16) * 257)).tensor.data
    np.testing.assert_allclose(share, whole, rtol=1e-4)
    np.testing.assert_allclose(deep, whole, rtol=1e-4)
    floats = cli("predict", W, "-f", "json", stdin=picture(PICTURE.astype(float)))
    assert "are taken as they are" in floats.err
    assert "--rescale 1/255" in floats.err
    again = cli("predict", W, "--rescale", "1/255", stdin=picture(PICTURE.astype(float))).tensors[0].data
    np.testing.assert_allclose(again, whole, rtol=1e-4)
    layers = [{"kind": "rescaling"}, {"kind": "flatten"}, {"kind": "dense", "units": 3}]
    save({"input": [8, 8, 1], "layer": layers})
    low = cli("predict", W, "-f", "json", stdin=picture(PICTURE / 255))
    assert "--rescale 255" in low.err
    np.testing.assert_allclose(
        cli("predict", W, "--rescale", "255", stdin=picture(PICTURE / 255)).tensor.data,
        cli("predict", W, stdin=picture()).tensor.data,
        rtol=1e-4,
    )


def test_all_results_go_into_one_file(cli: Any, save: Any) -> None:
    save()
    assert cli("predict", W, "--saliency", "-o", "all.npz", stdin=picture()).code == 0
    with np.load("all.npz") as held:
        names = {name.partition(".")[0] for name in held.files}
    assert {"saliency", "gradient", "probabilities", "logits", "classes"} <= names


def test_the_story_says_what_the_net_learnt_and_how_good_it_was(cli: Any, save: Any) -> None:
    """The epoch that its weights are of is what the file says, whatever another one has the most of."""
    epochs = (Measured(1, 0.9, 0.5, 0.8, 0.6, 0.001), Measured(2, 0.5, 0.7, 0.6, 0.925, 0.001),
              Measured(3, 0.4, 0.8, 0.7, 0.9, 0.001))  # fmt: skip
    save(data={"name": "sample:digits", "count": 1600}, epochs=epochs, best=2)
    told = cli("predict", W, "-f", "plain", stdin=picture()).out
    assert "Learnt  from 1,600 of sample:digits, 2 epochs, 92.5 % right on what was held out" in told
    save(data={"name": "sample:digits", "count": 1600}, epochs=epochs, best=3)
    assert "sample:digits, 3 epochs, 90 % right" in cli("predict", W, "-f", "plain", stdin=picture()).out
    save(data={"name": "sample:digits", "count": 1600}, epochs=epochs)  # an older file, or another's
    assert "Learnt  from 1,600 of sample:digits\n" in cli("predict", W, "-f", "plain", stdin=picture()).out
    assert told.rstrip().endswith("dlcli predict w.safetensors --saliency")
    best = NAMES[cli("predict", W, stdin=picture()).tensor.data.argmax()]
    assert f"Answer  {best}\n" in told


def test_bad_weights_and_words(cli: Any, save: Any) -> None:
    net = save()
    np.savez("plain.npz", kernel=np.ones((3, 3, 1, 2)))
    x = picture()
    refused(cli("predict", "plain.npz", stdin=x), 1, "does not say what model its weights are of")
    refused(cli("predict", "none.safetensors", stdin=x), 1, "none.safetensors")
    refused(cli("predict", W, "--emit", "conv3d", stdin=x), 2, "did you mean conv2d?")
    refused(cli("predict", W, "--emit", "zzz", stdin=x), 2, "the layers are conv2d, max_pooling2d")
    refused(cli("predict", W, "--explain", "dogg", "-f", "plain", stdin=x), 2, "did you mean dog?")
    refused(cli("predict", W, "--saliency", "--class", "dogg", stdin=x), 2, "did you mean dog?")
    refused(cli("predict", W, "--class", "dog", stdin=x), 2, "--class goes with --saliency")
    refused(cli("predict", W, "--emit", "saliency", stdin=x), 2, "--emit saliency goes with --saliency")
    refused(cli("predict", W, "--monte-carlo", "0", stdin=x), 2, "0 is not in the range")
    refused(cli("predict", W, "--top", "0", stdin=x), 2, "0 is not in the range")
    refused(
        cli("predict", W, "--monte-carlo", "3", stdin=x), 2, "leaves dropout on, and w.safetensors has none"
    )
    refused(cli("predict", W, "--noise", stdin=x), 2, "w.safetensors begins with conv")
    refused(cli("predict", W, "--part", "all", stdin=batch(("cat",) * 5)), 2, "nothing is held out")
    assert net.spec.name == "tiny"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (np.full((8, 8), np.nan), "the number at 0, 0 is nan, and 63 more are not finite"),
        (np.diag([np.inf] + [0.0] * 7), "the number at 0, 0 is inf; every output would be NaN"),
        (np.full((8, 8), 1e300), "numbers up to 1e+300 are infinite in float32, which the net computes in"),
        (np.full((2, 8, 8, 1), 1e300), "numbers up to 1e+300 are infinite in float32"),
        (np.ones((8, 8), complex), "a net takes real numbers"),
        (np.zeros((0, 8, 8, 1)), "is empty: there is nothing to predict"),
        (np.zeros((7, 8)), "is 7 x 8 x 1 (height, width, channel); w.safetensors takes 8 x 8 x 1"),
        (np.zeros((2, 9, 9, 1)), "is 9 x 9 x 1"),
        (np.zeros(64), "takes pictures 8 x 8 x 1 (height, width, channel), or a batch"),
    ],
)  # fmt: skip
def test_bad_numbers_and_shapes(data: Any, told: str, cli: Any, save: Any) -> None:
    save()
    refused(cli("predict", W, stdin=Tensor(data)), 1, told)


def refused(ended: Any, code: int, told: str) -> None:
    """Whether a line ended with this exit code, wrote nothing, and said this in two lines at most."""
    assert (ended.code, ended.raw) == (code, b""), ended.err
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2


def test_in_a_pipe_no_module_of_training_or_telling_is_loaded(tmp_path: Path, cli: Any, save: Any) -> None:
    save()
    np.save("x.npy", PICTURE)
    program = (
        "import json, sys\nfrom dlcli.cli import run\n"
        "assert run(sys.argv[1:]) == 0\nprint(json.dumps(list(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "predict", W, "x.npy"], capture_output=True, check=True
    )
    loaded = set(json.loads(done.stderr.decode().splitlines()[-1]))
    assert "dlcli.nets.net" in loaded
    assert not loaded & {"rich", "PIL", "soundfile", "numpy.fft", "difflib", "csv", "zipfile", "tempfile"}
    assert not loaded & {f"dlcli.nets.{name}" for name in ("training", "optimisers", "schedules", "augment")}
    assert not loaded & {"dlcli.runner.storyteller", "dlcli.wire.datasets.shapes"}


def test_a_place_among_several_inputs_is_a_number_and_a_class(cli: Any, save: Any) -> None:
    save()
    labels = ("cat", "cat", "dog", "owl", "dog")
    ended = cli("predict", W, "--explain", "1", "-f", "plain", stdin=batch(labels))
    assert ended.code == 2
    assert ended.err.splitlines() == [
        "dlcli predict: --explain takes PICTURE,CLASS of several pictures, such as 4,dog: the picture by its "
        "number, 0 to 4; received 1 of 2"
    ]
    ended = cli("predict", W, "--explain", "cat", "-f", "plain", stdin=batch(labels))
    assert "name picture,class, such as 0,cat" in ended.err
    assert len(ended.err.splitlines()) == 1
    told = cli("predict", W, "--explain", "3,dog", "-f", "plain", stdin=batch(labels))
    assert "Logit of dog" in told.out
    assert told.err == ""


def test_a_class_that_is_not_there_and_names_that_are_left_out(cli: Any, save: Any) -> None:
    names = tuple("abcdefghij")
    save({"input": [8, 8, 1], "layer": [{"kind": "flatten"}, {"kind": "dense", "units": 10}]}, classes=names)
    ended = cli("predict", W, "--explain", "zoo", "-f", "plain", stdin=picture())
    assert "give one of a, b, c, d, e, f, g, h, …, or an index" in ended.err
    ended = cli("predict", W, "--saliency", "--class", "zoo", stdin=picture())
    assert "there are a, b, c, d, e, f, g, h, …\n" in ended.err


def test_an_option_that_changes_nothing_is_told(cli: Any, save: Any) -> None:
    save()

    def said(*words: str, stdin: Tensor) -> str:
        ended = cli("predict", W, *words, stdin=stdin)
        assert ended.code == 0
        return str(ended.err)

    assert said("--fit", "crop", stdin=picture()) == (
        "dlcli: --fit crop changes nothing of image: it is 8 x 8 x 1 already\n"
    )
    assert "--fit stretch changes nothing" in said("--fit", "stretch", stdin=batch(("cat",) * 5))
    assert "--rescale changes nothing of image" in said("--rescale", "1/255", stdin=picture())
    assert "--invert changes nothing of image" in said("--invert", stdin=picture(np.full((8, 8), 0.5)))
    for words in (("--invert",), ("--rescale", "1/200"), ("--fit", "center", "--invert")):
        assert said(*words, stdin=picture()) == ""
    assert said("--fit", "crop", stdin=picture(np.zeros((9, 8), np.uint8))) == ""


def test_what_is_for_pictures_is_refused_for_rows_of_a_set_and_a_part_for_a_tensor(
    cli: Any, save: Any
) -> None:
    save({"input": [3], "layer": [{"kind": "dense", "units": 2}]}, classes=("0", "1"))
    np.savez("set.npz", x=np.ones((4, 3)), y=np.arange(4) % 2)
    for words in (("--invert",), ("--fit", "crop")):
        ended = cli("predict", W, "set.npz", *words)
        assert (ended.code, f"{words[0]} is for pictures" in ended.err) == (2, True)
    assert "--rescale changes nothing of set.npz" in cli("predict", W, "set.npz", "--rescale", "1").err
    ended = cli("predict", W, "1 2 3", "--part", "all")
    assert (ended.code, "--part all is of a set of data" in ended.err) == (2, True)


NOISE, DENSE = {"kind": "noise", "stddev": 0.1}, {"kind": "dense", "units": 3}
BEGINNINGS: dict[str, list[dict[str, Any]]] = {
    "nothing": [],
    "rescaling": [{"kind": "rescaling"}],
    "noise and rescaling": [NOISE, {"kind": "rescaling", "scale": 1 / 127.5, "offset": -1}],
    "dropout and rescaling of 0 to 1": [{"kind": "dropout", "rate": 0.5}, {"kind": "rescaling", "scale": 2}],
}


@pytest.mark.parametrize("begin", BEGINNINGS)
def test_pixels_come_in_alike_out_of_every_kind_of_file(cli: Any, save: Any, begin: str) -> None:
    save({"input": [8, 8, 1], "layer": [*BEGINNINGS[begin], {"kind": "flatten"}, DENSE]})
    want = cli("predict", W, stdin=picture()).tensor.data
    for path, *more in (["n.onnx"], ["k.npz"], ["t.safetensors", "--layout", "torch"]):
        cli("summary", W, "--save-weights", path, *more, "-f", "csv")
        np.testing.assert_allclose(cli("predict", path, stdin=picture()).tensor.data, want, rtol=1e-5)
    told = cli("predict", W, "-f", "plain", stdin=picture()).out
    words = "which the model rescales" if begin in ("rescaling", "noise and rescaling") else "divided by 255"
    assert words in " ".join(told.split())


def test_a_net_from_elsewhere_that_rescales_nothing_says_what_was_taken(cli: Any, save: Any) -> None:
    net = save({"input": [8, 8, 1], "layer": [{"kind": "flatten"}, DENSE]})
    np.savez("k.npz", **net.weights())
    layers = '[[layer]]\nkind = "flatten"\n[[layer]]\nkind = "dense"\nunits = 3\n'
    Path("m.toml").write_text(f"input = [8, 8, 1]\n{layers}")
    there = ("predict", "k.npz", "--model", "m.toml")
    pixels = cli(*there, stdin=picture())
    assert "k.npz rescales no pixels" in pixels.err
    assert "they are divided by 255; --rescale 1 takes them as they are" in pixels.err
    assert not cli(*there, stdin=picture(PICTURE / 255)).err
    taken = cli(*there, "--rescale", "1", stdin=picture())
    again = cli(*there, "--rescale", "1", stdin=picture(PICTURE.astype(float))).tensors[0].data
    assert not taken.err
    np.testing.assert_array_equal(taken.tensor.data, again)
