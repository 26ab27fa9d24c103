"""Kernels that are laid down: PyTorch's and Keras' numbers, the definition, and conv2d seen from behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.convolution.backward import conv2d_backward
from dlcli.engines.convolution.conv2d import conv2d
from dlcli.engines.convolution.transposed import (
    checked,
    conv_transpose2d,
    conv_transpose2d_plain,
    stamps,
    transposed_terms,
)

DATA = Path(__file__).parents[2] / "data"
TORCH = np.load(DATA / "torch_decoder.npz")
KERAS = np.load(DATA / "keras_decoder.npz")
LAID = [name for name in TORCH.files if name.startswith("lay ") and name.split()[1].isdigit()]
WORDS = [name for name in KERAS.files if name.split()[-1] in ("valid", "same")]


@pytest.mark.parametrize("name", LAID)
def test_it_is_what_pytorch_gives(name: str) -> None:
    kernel, stride, padding, extra, dilation, groups = map(int, name.split()[1:])
    weight, bias = TORCH[f"lay weight {kernel} {groups}"], TORCH[f"lay bias {groups}"]
    w = weight.reshape(groups, 2 // groups, 4 // groups, kernel, kernel).transpose(3, 4, 1, 0, 2)
    w = w.reshape(kernel, kernel, 2 // groups, 4)
    made = conv_transpose2d(
        TORCH["lay x"], w, bias, stride=stride, padding=padding, output_padding=extra, dilation=dilation,
        groups=groups,
    )  # fmt: skip
    np.testing.assert_allclose(made, TORCH[name], rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", WORDS)
def test_it_is_what_keras_gives(name: str) -> None:
    kernel, stride, padding = name.split()
    w = KERAS[f"kernel {kernel}"].swapaxes(2, 3)
    made = conv_transpose2d(KERAS["x"], w, stride=int(stride), padding=padding)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, KERAS[name], rtol=0, atol=2e-6)


CASES = [
    {"stride": 1}, {"stride": 2}, {"stride": (2, 3)}, {"padding": 1}, {"padding": "same", "stride": 2},
    {"dilation": 2}, {"stride": 3, "padding": 1, "output_padding": 2}, {"stride": 2, "groups": 2},
    {"stride": 4}, {"padding": 2, "stride": 3, "dilation": (1, 2)},
]  # fmt: skip


@pytest.mark.parametrize("options", CASES, ids=str)
def test_the_definition(options: dict[str, int]) -> None:
    rng, groups = np.random.default_rng(0), options.get("groups", 1)
    x, w, b = rng.normal(size=(2, 3, 4, 4)), rng.normal(size=(3, 2, 4 // groups, 6)), rng.normal(size=6)
    plain = conv_transpose2d_plain(x, w, b, checked(x, w, b, **options), groups)
    np.testing.assert_allclose(conv_transpose2d(x, w, b, **options), plain, rtol=0, atol=1e-13)


@pytest.mark.parametrize("stride", [1, 2, (3, 2)])
@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("dilation", [1, 2])
def test_it_is_the_adjoint_of_conv2d(stride: int, padding: int, dilation: int) -> None:
    """<conv x, y> = <x, conv transposed y>, with the same kernel, its channels the other way round."""
    rng = np.random.default_rng(1)
    y, w = rng.normal(size=(1, 4, 5, 3)), rng.normal(size=(3, 2, 2, 3))  # conv's kernel: 2 channels to 3
    back = conv_transpose2d(y, w.swapaxes(2, 3), stride=stride, padding=padding, dilation=dilation)
    x = rng.normal(size=back.shape)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    forth = conv2d(x, w, **options)
    assert forth.shape == y.shape
    np.testing.assert_allclose((forth * y).sum(), (x * back).sum(), rtol=1e-12)
    np.testing.assert_allclose(conv2d_backward(y, x, w, **options).dx, back, rtol=0, atol=1e-12)


@pytest.mark.parametrize("options", CASES, ids=str)
def test_the_terms_of_each_cell_add_up_to_it(options: dict[str, int]) -> None:
    options = {key: value for key, value in options.items() if key != "groups"}
    rng = np.random.default_rng(2)
    x, w, b = rng.normal(size=(1, 3, 4, 2)), rng.normal(size=(3, 2, 2, 2)), np.array([0.5, -1])
    where = checked(x, w, b, **options)
    made = conv_transpose2d(x, w, b, **options)
    for i, j, o in np.ndindex(*made.shape[1:]):
        terms = transposed_terms(x[0], w[..., o], b[o], where, (i, j))
        np.testing.assert_allclose(terms.before, made[0, i, j, o], rtol=0, atol=1e-13)
        for row, r in zip(terms.rows, terms.kernel_rows, strict=True):
            assert row * where.stride[0] + r * where.dilation[0] - where.cut[0][0] == i


def test_an_infinite_number_reaches_its_own_stamp_alone() -> None:
    x = np.array([[1.0, np.inf, 1]]).reshape(1, 1, 3, 1)
    made = conv_transpose2d(x, np.ones((1, 2, 1, 1)), stride=(1, 2))[0, 0, :, 0]
    assert np.isinf(made).tolist() == [False, False, True, True, False, False]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"output_padding": 1}, "below the stride 1 or the dilation 1; received 1"),
        ({"output_padding": 0, "padding": "same"}, "no output_padding beside it"),
        ({"padding": "full"}, "expects valid, same or a whole number from 0 on; received 'full'"),
        ({"padding": -1}, "received -1"),
        ({"padding": 3}, r"\(3 − 1\) · 1 \+ 3 − 2 · 3 \+ 0 = -1: nothing would be left"),
    ],
    ids=str,
)
def test_what_it_refuses(options: dict[str, int], words: str) -> None:
    with pytest.raises(EngineError, match=words):
        stamps((3, 4), (3, 3), **options)


def test_shapes_that_do_not_fit() -> None:
    x, w = np.zeros((1, 3, 3, 2)), np.zeros((2, 2, 3, 1))
    for more in ((x, w), (x[0], w), (x, w[:, :, :2], np.zeros(2)), (x[:, :0], w[:, :, :2])):
        with pytest.raises(EngineError):
            conv_transpose2d(*more)
