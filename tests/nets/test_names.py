"""Weights under Keras' and PyTorch's names: read, they give what those libraries gave; written, they are theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import Array
from dlcli.nets.builtin import BUILTIN, builtin
from dlcli.nets.flat_order import ordered_weights
from dlcli.nets.layers.recurrent import LSTM, SimpleRNN
from dlcli.nets.names import read_names, write_names
from dlcli.nets.net import DifferentWeights, Net, picture_first
from dlcli.nets.spec import ModelSpec, model_spec

STORED = np.load(Path(__file__).parents[1] / "data" / "names.npz")


def layer(kind: str, **settings: Any) -> dict[str, Any]:
    return {"kind": kind, **settings}


KERAS = model_spec(
    {
        "input": [6, 6, 2],
        "loss": "mean-squared",
        "layer": [
            layer("conv", filters=4, padding="same"), layer("prelu"), layer("depthwise-conv", depth_multiplier=2),
            layer("batchnorm"), layer("separable-conv", filters=3, kernel_size=2),
            layer("conv-transpose", filters=2, strides=2), layer("layernorm"), layer("flatten"),
            layer("dense", units=5), layer("prelu"),
        ],
    }
)  # fmt: skip
TORCH = model_spec(
    {
        "input": [6, 6, 2],
        "loss": "mean-squared",
        "layer": [
            layer("conv", filters=4, padding="same"), layer("batchnorm", epsilon=1e-5), layer("relu"),
            layer("maxpool"), layer("conv", filters=6, groups=2), layer("prelu"),
            layer("depthwise-conv", depth_multiplier=2, kernel_size=2, padding=1),
            layer("conv-transpose", filters=3, kernel_size=2, strides=2), layer("flatten"), layer("dense", units=5),
            layer("layernorm", epsilon=1e-5), layer("dense", units=3),
        ],
    }
)  # fmt: skip


def stored(whose: str) -> dict[str, Array]:
    """The arrays of a file by their names there."""
    start = f"{whose}/w/"
    return {key.removeprefix(start): STORED[key] for key in STORED.files if key.startswith(start)}


def given(spec: ModelSpec, weights: dict[str, Array], x: Array) -> Array:
    net = Net(spec, np.float64).load(weights)
    return picture_first(net.forward(net.batch(x)))


def test_what_keras_saved() -> None:
    read = read_names(KERAS, stored("keras"))
    assert (read.layout, read.sources, read.flattens) == ("keras", {}, False)
    np.testing.assert_allclose(given(KERAS, read.arrays, STORED["keras/x"]), STORED["keras/y"], rtol=1e-5)


def test_what_pytorch_saved() -> None:
    """Its classifier comes before its features by name, and its flatten has channels first."""
    read = read_names(TORCH, stored("torch"))
    assert (read.layout, read.flattens, read.flatten) == ("torch", True, "channels-first")
    assert list(read.sources.values())[-1] == "classifier.3"
    x = STORED["torch/x"].transpose(0, 2, 3, 1)
    np.testing.assert_allclose(given(TORCH, read.arrays, x), STORED["torch/y"], rtol=1e-4)
    shuffled = dict(sorted(stored("torch").items(), reverse=True))
    again = read_names(TORCH, shuffled)
    assert again.sources == read.sources
    last = read_names(TORCH, stored("torch"), flatten="channels-last")
    assert not np.array_equal(last.arrays["dense/kernel"], read.arrays["dense/kernel"])


@pytest.mark.parametrize("flatten", ["channels-last", "channels-first"])
@pytest.mark.parametrize("layout", ["keras", "torch"])
@pytest.mark.parametrize("name", [*BUILTIN, "keras", "torch"])
def test_what_is_written_is_read_again(name: str, layout: str, flatten: str) -> None:
    spec = {"keras": KERAS, "torch": TORCH}.get(name) or builtin(
        name, input=(16, 16, 3) if name == "image-classifier" else None
    )
    weights = Net(spec).draw(0).weights()
    named = write_names(spec, weights, layout, flatten)
    second = sum(  # PyTorch's recurrent layers have two biases
        one.weights["bias"].size
        for one in spec.layers
        if layout == "torch" and isinstance(one.kind, LSTM | SimpleRNN)
    )
    assert sum(array.size for array in named.values()) == spec.parameters + second
    read = read_names(spec, named, flatten=flatten)
    assert (read.layout, read.sources) == (layout, {})
    assert list(read.arrays) == list(weights)
    for key, array in weights.items():
        np.testing.assert_array_equal(read.arrays[key], array)


def test_names_and_layouts_of_pytorch() -> None:
    spec = model_spec(
        {
            "input": [5, 5, 2],
            "layer": [layer("separable-conv", filters=3), layer("batchnorm"), layer("prelu")],
        }
    )
    shapes = {name: w.shape for name, w in write_names(spec, Net(spec).draw(0).weights(), "torch").items()}
    assert shapes == {
        "separable_conv2d.depthwise.weight": (2, 1, 3, 3),
        "separable_conv2d.pointwise.weight": (3, 2, 1, 1),
        "separable_conv2d.pointwise.bias": (3,),
        "batch_normalization.weight": (3,),
        "batch_normalization.bias": (3,),
        "batch_normalization.running_mean": (3,),
        "batch_normalization.running_var": (3,),
        "p_re_lu.weight": (3,),
    }


def test_names_in_front() -> None:
    """Of a Sequential of Keras, of DataParallel; and Keras 2's colon and nought."""
    spec = builtin("mlp", input=(2, 2, 1), classes=3)
    weights = Net(spec).draw(0).weights()
    for layout, front, end in (("keras", "sequential_3/", ":0"), ("torch", "module.", "")):
        named = {f"{front}{key}{end}": w for key, w in write_names(spec, weights, layout).items()}
        read = read_names(spec, named)
        assert read.sources == {}
        np.testing.assert_array_equal(read.arrays["dense_2/kernel"], weights["dense_2/kernel"])


def test_weights_whose_features_have_an_order() -> None:
    """Behind a flatten up to the dense layer, and from a dense layer to a reshape."""
    assert ordered_weights(builtin("mlp")) == []  # one channel
    layers = [layer("flatten"), layer("batchnorm"), layer("dense", units=8), layer("prelu"),
              layer("reshape", target_shape=[2, 2, 2])]  # fmt: skip
    found = ordered_weights(model_spec({"input": [2, 2, 3], "layer": layers}))
    assert [(one.weight.rpartition("/")[2], one.axis, len(one.order)) for one in found] == [
        ("gamma", 0, 12), ("beta", 0, 12), ("moving_mean", 0, 12), ("moving_variance", 0, 12), ("kernel", 0, 12),
        ("alpha", 0, 8), ("kernel", 1, 8), ("bias", 0, 8),
    ]  # fmt: skip
    assert found[0].order.tolist() == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]


def test_layers_alike_are_taken_as_their_numbers_count() -> None:
    """Files that sort by name put 10 before 2; those that do not keep the order of the net."""
    spec = model_spec({"input": [2], "layer": [layer("dense", units=2, use_bias=False)] * 12})
    weights = {f"{place}.weight": np.full((2, 2), place) for place in range(12)}
    for told in (weights, dict(sorted(weights.items()))):
        read = read_names(spec, told)
        assert [array[0, 0] for array in read.arrays.values()] == list(range(12))
    words = ["in", "middle", "again", "out", *"abcdefgh"]
    read = read_names(spec, {f"{word}.weight": np.zeros((2, 2)) for word in words})
    assert list(read.sources.values()) == words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"0.weight": np.zeros((8, 1, 5, 5))}, r"layer conv2d: its kernel has shape \(8, 1, 3, 3\) in PyTorch's"
         r" layout; weight of 0 has \(8, 1, 5, 5\)"),
        ({"7.weight": np.zeros((2, 10))}, "layer dense_1: it is the last; .* weights of 7, too"),
        ({"0.bias": None}, "layer conv2d: its bias .* would be bias of 0, which has weight alone"),
        ({"6.weight": None, "6.bias": None}, "layer dense_1: there is no weight for it"),
        ({"6.running_mean": np.zeros(10)}, "layer dense_1: it has no running_mean; 6 of the file has one"),
    ],
)  # fmt: skip
def test_the_first_layer_that_differs(change: dict[str, Array | None], words: str) -> None:
    spec = builtin("small-cnn")
    named = write_names(spec, Net(spec).draw(0).weights(), "torch")
    numbers = dict(zip(["conv2d", "conv2d_1", "dense", "dense_1"], "0246", strict=True))
    told: dict[str, Any] = {
        f"{numbers[key.partition('.')[0]]}.{key.partition('.')[2]}": array for key, array in named.items()
    }
    assert read_names(spec, told).sources["conv2d_1"] == "2"
    with pytest.raises(DifferentWeights, match=words):
        read_names(spec, {key: array for key, array in (told | change).items() if array is not None})
