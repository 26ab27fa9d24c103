"""``dlcli conv --weights FILE --layer NAME`` with the file of a trained net."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.commands.kinds.nets.net_file import history_tensor, write_net_file
from dlcli.nets.net import Net
from dlcli.nets.spec import model_spec
from dlcli.tensor import Axis, Tensor

W = "w.safetensors"
LAYERS = [
    {
        "kind": "conv",
        "filters": 4,
        "kernel_size": [2, 3],
        "strides": 2,
        "padding": "same",
        "activation": "relu",
    },
    {"kind": "depthwise-conv", "kernel_size": 2, "depth_multiplier": 2, "activation": "tanh"},
    {"kind": "conv", "filters": 6, "kernel_size": 2, "groups": 2, "dilation_rate": 2},
    {"kind": "separable-conv", "filters": 2, "kernel_size": 1},
    {"kind": "flatten"},
    {"kind": "dense", "units": 2},
]
NAMES = ("conv2d", "depthwise_conv2d", "conv2d_1")
X = np.random.default_rng(0).random((12, 14, 3)).astype(np.float32)


@pytest.fixture
def net(cli: Any) -> Net:
    spec = model_spec({"input": [12, 14, 3], "layer": LAYERS})
    made = Net(spec).draw(0)
    rng = np.random.default_rng(1)
    drawn = {name: rng.normal(size=array.shape) for name, array in made.weights().items()}
    made.load(drawn)
    write_net_file(W, spec, made.weights(), state={}, facts={}, history=history_tensor([]))
    return made


def picture(data: Any) -> Tensor:
    return Tensor(data, (Axis("height"), Axis("width"), Axis("channel")))


def test_each_layer_is_what_the_net_computes(net: Net, cli: Any) -> None:
    x = X
    found = {
        name: y.transpose(3, 1, 2, 0)[0].copy()
        for name, y in net.activations(net.batch(X[None]))
        if y.ndim == 4
    }
    for name in NAMES:
        made = cli("conv", "--weights", W, "--layer", name, stdin=picture(x)).tensor
        np.testing.assert_allclose(made.data, found[name], rtol=1e-4, atol=1e-5)
        x = found[name]


def test_what_is_typed_stands_above_what_was_learnt(net: Net, cli: Any) -> None:
    line = ("conv", "--weights", W, "--layer", "conv2d")
    bent = cli(*line, stdin=picture(X)).tensor.data
    plain = cli(*line, "--activation", "linear", stdin=picture(X)).tensor.data
    assert plain.min() < 0
    np.testing.assert_array_equal(np.maximum(plain, 0), bent)
    assert cli(*line, "--stride", "1", stdin=picture(X)).tensor.shape == (12, 14, 4)


def test_pixels_are_divided_as_the_net_has_learnt_from_them(net: Net, cli: Any) -> None:
    pixels = (X * 255).astype(np.uint8)
    made = cli("conv", "--weights", W, "--layer", "conv2d", stdin=picture(pixels))
    assert "pixels are divided by 255, as conv2d of w.safetensors has learnt from them" in made.err
    floats = cli("conv", "--weights", W, "--layer", "conv2d", stdin=picture(pixels / np.float32(255))).tensor
    np.testing.assert_array_equal(made.tensors[0].data, floats.data)


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ([{"kind": "rescaling"}], "pixels are divided by 255, as"),
        (
            [{"kind": "rescaling", "scale": 1 / 127.5, "offset": -1}],
            "pixels are divided by 127.5, then -1, as",
        ),
        ([{"kind": "rescaling", "scale": 2, "offset": 1}], "pixels are divided by 127.5, then +1, as"),
        (
            [{"kind": "rescaling"}, {"kind": "rescaling", "scale": 0.5, "offset": 3}],
            "divided by 510, then +3, as",
        ),
    ],
)
def test_pixels_are_rescaled_as_the_net_does_it(cli: Any, before: list[dict[str, Any]], told: str) -> None:
    spec = model_spec({"input": [12, 14, 3], "layer": before + LAYERS})
    made = Net(spec).draw(0)
    write_net_file(W, spec, made.weights(), state={}, facts={}, history=history_tensor([]))
    pixels = (X * 255).astype(np.uint8)
    y = dict(made.activations(made.batch(pixels[None])))["conv2d"].transpose(3, 1, 2, 0)[0].copy()
    ended = cli("conv", "--weights", W, "--layer", "conv2d", stdin=picture(pixels))
    assert told in ended.err
    np.testing.assert_allclose(ended.tensors[0].data, y, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "which layer of w.safetensors? Add --layer: conv2d, depthwise_conv2d, conv2d_1"),
        (("--layer", "conv2"), 2, "there is no layer 'conv2': did you mean conv2d?"),
        (
            ("--layer", "dense"),
            2,
            "it is a layer of kind dense; the convolutions of w.safetensors are conv2d",
        ),
        (("--layer", "separable_conv2d"), 2, "it is a layer of kind separable-conv"),
        (("--layer", "conv2d_1"), 1, "conv2d_1 of w.safetensors takes 8 channels; received"),
        (
            ("--layer", "conv2d", "--channels", "gray"),
            1,
            "conv2d of w.safetensors takes 3 channels; received",
        ),
        (("--layer", "conv2d", "--groups", "3"), 2, "--groups 3: conv2d of w.safetensors has 1"),
        (("--layer", "conv2d", "--bias", "3"), 2, "--bias 3: w.safetensors has"),
        (("--layer", "conv2d", "--flip"), 2, "--layer does not go with --flip"),
        (("--layer", "conv2d", "--channels", "keep"), 2, "--layer does not go with --channels keep"),
        (("--layer", "conv2d", "-k", "diag"), 2, "--weights and --kernel both name kernels"),
    ],
)
def test_what_does_not_go_with_a_layer(
    words: tuple[str, ...], code: int, told: str, net: Net, cli: Any
) -> None:
    ended = cli("conv", "--weights", W, *words, stdin=picture(X))
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err


def test_a_layer_of_weights_that_are_no_net_is_named_too(cli: Any) -> None:
    rng = np.random.default_rng(2)
    first, second = rng.random((2, 3, 3, 3)), rng.random((4, 2, 3, 3))
    np.savez("torch.npz", **{"conv1.weight": first, "conv2.weight": second, "conv1.bias": np.ones(2)})
    made = cli("conv", "--weights", "torch.npz", "--layer", "conv1", stdin=picture(X)).tensor
    assert made.shape == (10, 12, 2)
    ended = cli("conv", "--weights", "torch.npz", "--layer", "conv3", stdin=picture(X))
    assert (ended.code, "did you mean conv" in ended.err) == (2, True)
    ended = cli("conv", "sample:exercise", "-k", "diag", "--layer", "conv1")
    assert (ended.code, "--layer goes with --weights" in ended.err) == (2, True)


def test_pixels_of_16_bits_are_divided_by_65535(net: Net, cli: Any) -> None:
    pixels = (X * 255).astype(np.uint8)
    line = ("conv", "--weights", W, "--layer", "conv2d")
    deep = cli(*line, stdin=picture(pixels.astype(np.uint16) * 257))
    assert "pixels are divided by 65535, as conv2d of w.safetensors has learnt from them" in deep.err
    np.testing.assert_allclose(
        deep.tensors[0].data, cli(*line, stdin=picture(pixels)).tensors[0].data, rtol=1e-5
    )


def test_a_later_layer_has_learnt_from_no_pixels(net: Net, cli: Any) -> None:
    whole = np.arange(7 * 8 * 4).reshape(7, 8, 4) % 200
    line = ("conv", "--weights", W, "--layer", "depthwise_conv2d")
    made = cli(*line, stdin=picture(whole.astype(np.uint8)))
    assert "takes what layers before it give, no pixels: numbers are taken as they are" in made.err
    floats = cli(*line, stdin=picture(whole.astype(np.float32))).tensor
    np.testing.assert_allclose(made.tensors[0].data, floats.data, rtol=1e-6)


def test_a_table_is_no_picture_of_three_channels(net: Net, cli: Any) -> None:
    ended = cli("conv", "1 2 3; 4 5 6; 7 8 9", "--weights", W, "--layer", "conv2d")
    assert (ended.code, ended.raw) == (1, b"")
    assert "conv2d of w.safetensors takes 3 channels; received" in ended.err
