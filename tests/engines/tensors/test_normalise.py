"""Normalisation: PyTorch's numbers, the definition, and what must hold of whatever was normalised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.normalise import (
    BLOCK,
    Sharing,
    local_response,
    neighbours,
    normalise,
    normalise_plain,
)
from dlcli.engines.transformer.layer_norm import NormWeights, layer_norm, layer_norm_plain
from dlcli.nets.net import Net
from dlcli.nets.spec import model_spec

TORCH = np.load(Path(__file__).parents[2] / "data" / "torch_decoder.npz")
X, GAIN, SHIFT = (TORCH[f"norm {name}"] for name in ("x", "gain", "shift"))  # (3, 2, 3, 6)

CASES = {
    "batch": (Sharing(X.shape, (0, 1, 2)), True, 1e-5),
    "instance": (Sharing(X.shape, (1, 2)), True, 1e-5),
    "layer": (Sharing(X.shape, (3,)), True, 1e-5),
    "layer all": (Sharing(X.shape, (1, 2, 3)), False, 1e-5),
    "group 1": (Sharing(X.shape, (1, 2), 3, 1), True, 1e-5),
    "group 2": (Sharing(X.shape, (1, 2), 3, 2), True, 1e-5),
    "group 3": (Sharing(X.shape, (1, 2), 3, 3), True, 1e-3),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_what_pytorch_gives(name: str) -> None:
    sharing, affine, eps = CASES[name]
    more = {"gain": GAIN, "bias": SHIFT} if affine else {}
    np.testing.assert_allclose(
        normalise(X, sharing, eps=eps, **more).output, TORCH[f"norm {name}"], rtol=0, atol=1e-13
    )


LARGE = (5, 40, 17, 24)

SHARINGS = {
    "batch": ((0, 1, 2), None, 1),
    "instance": ((1, 2), None, 1),
    "layer": ((3,), None, 1),
    "layer all": ((1, 2, 3), None, 1),
    "channels first": ((0, 2, 3), None, 1),
    "every other axis": ((0, 2), None, 1),
    "groups": ((1, 2), 3, 4),
    "groups first": ((2, 3), 1, 8),
    "all": ((0, 1, 2, 3), None, 1),
}


@pytest.mark.parametrize("name", SHARINGS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arrays_of_many_blocks_are_the_definition(name: str, dtype: str) -> None:
    assert np.prod(LARGE) > 2 * BLOCK
    x = np.random.default_rng(2).normal(3, 2, LARGE).astype(dtype)
    axes, group_axis, groups = SHARINGS[name]
    sharing = Sharing(LARGE, axes, group_axis, groups)
    made, expected = normalise(x, sharing), normalise_plain(x, sharing)
    assert made.output.dtype == dtype
    np.testing.assert_allclose(made.output, expected, rtol=0, atol=1e-12 if dtype == "float64" else 5e-7)
    cell = (4, 39, 16, 23)
    assert made.normalised(cell) == pytest.approx(expected[cell], abs=1e-12)
    for gain_shape in ((24,), (17, 1), (5, 1, 1, 24), LARGE):
        gain, bias = np.random.default_rng(3).normal(size=(2, *gain_shape))
        turned = normalise(x, sharing, gain=gain, bias=bias).output
        np.testing.assert_allclose(
            turned, expected * gain + bias, rtol=0, atol=1e-11 if dtype == "float64" else 5e-6
        )


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize(("size", "beta"), [(1, 0.75), (4, 0.6), (5, 0.75), (200, 1.0)])
def test_local_responses_of_many_blocks_are_the_definition(axis: int, size: int, beta: float) -> None:
    x = np.random.default_rng(4).normal(size=(60, 90, 40))
    made = local_response(x, axis, size=size, alpha=0.3, beta=beta, k=1.5)
    seen, found = np.moveaxis(x, axis, -1), np.moveaxis(made, axis, -1)
    channels = seen.shape[-1]
    for c in (0, 1, channels // 2, channels - 1):
        energy = np.square(seen[..., neighbours(c, channels, size)]).sum(axis=-1)
        expected = seen[..., c] / (1.5 + 0.3 / size * energy) ** beta
        np.testing.assert_allclose(found[..., c], expected, rtol=1e-13)


def test_moving_statistics_and_root_mean_squares_are_pytorchs() -> None:
    sharing = Sharing(X.shape, (0, 1, 2))
    moving = [TORCH[f"norm {name}"].reshape(sharing.stat_shape) for name in ("mean", "variance")]
    made = normalise(X, sharing, eps=1e-3, gain=GAIN, bias=SHIFT, moving=(moving[0], moving[1]))
    np.testing.assert_allclose(made.output, TORCH["norm batch moving"], rtol=0, atol=1e-13)
    made = normalise(X, Sharing(X.shape, (3,)), eps=1e-6, gain=GAIN, centred=False)
    np.testing.assert_allclose(made.output, TORCH["norm rms"], rtol=0, atol=1e-13)


def test_local_responses_are_pytorchs() -> None:
    np.testing.assert_allclose(local_response(X, 3), TORCH["norm response 5"], rtol=0, atol=1e-14)
    made = local_response(X, 3, size=4, alpha=0.5, beta=0.6, k=2.0)
    np.testing.assert_allclose(made, TORCH["norm response 4"], rtol=0, atol=1e-14)
    turned = local_response(np.moveaxis(X, 3, 0), 0)
    np.testing.assert_allclose(turned, np.moveaxis(TORCH["norm response 5"], 3, 0), rtol=0, atol=1e-14)


def test_the_layers_of_nets_and_transformers_give_the_same() -> None:
    """The same fact where it is trained, and where it is fast."""
    found = layer_norm(X, NormWeights(GAIN, SHIFT)).output
    made = normalise(X, Sharing(X.shape, (3,)), gain=GAIN, bias=SHIFT)
    np.testing.assert_allclose(made.output, found, rtol=0, atol=1e-13)
    np.testing.assert_allclose(
        made.output[1, 1, 2], layer_norm_plain(X[1, 1, 2], GAIN, SHIFT), rtol=0, atol=1e-13
    )
    spec = model_spec({"input": [2, 3, 6], "layer": [{"kind": "batchnorm"}, {"kind": "flatten"}]})
    net = Net(spec).draw(0)
    moving = {"moving_mean": TORCH["norm mean"], "moving_variance": TORCH["norm variance"]}
    head = next(name.rpartition("/")[0] for name in net.weights() if name.endswith("gamma"))
    net.load({f"{head}/{name}": array for name, array in {"gamma": GAIN, "beta": SHIFT, **moving}.items()})
    y = next(y for name, y in net.activations(net.batch(X.astype(np.float32))) if name == head)
    np.testing.assert_allclose(y.transpose(3, 1, 2, 0), TORCH["norm batch moving"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_every_set_has_mean_0_and_variance_1(name: str) -> None:
    sharing = CASES[name][0]
    made = normalise(X, sharing, eps=0.0)
    for place in np.ndindex(*sharing.stat_shape):
        numbers, before = made.output[sharing.members(place)], X[sharing.members(place)]
        assert numbers.size == sharing.count
        np.testing.assert_allclose([numbers.mean(), numbers.var()], [0, 1], atol=1e-12)
        np.testing.assert_allclose([made.mean[place], made.variance[place]], [before.mean(), before.var()])
    cells = np.indices(X.shape).reshape(4, -1).T
    assert all(
        all(part.start <= index < part.stop for part, index in zip(sharing.members(sharing.place(cell)), cell, strict=True))
        for cell in cells
    )  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_shifted_and_stretched_alike_comes_out_the_same(name: str) -> None:
    sharing = CASES[name][0]
    np.testing.assert_allclose(
        normalise(X * 7 - 1000, sharing, eps=0.0).output, normalise(X, sharing, eps=0.0).output, atol=1e-10
    )


def test_large_numbers_of_single_precision_keep_their_variance() -> None:
    x = (np.arange(8, dtype=np.float32) + 1e6).reshape(1, 8)
    made = normalise(x, Sharing((1, 8), (1,)))
    assert made.output.dtype == np.float32
    np.testing.assert_allclose(
        made.output, (np.arange(8) - 3.5) / np.sqrt(5.25 + 1e-5) + np.zeros((1, 8)), rtol=1e-6
    )


def test_groups_of_one_channel_and_of_all() -> None:
    each, instance = Sharing(X.shape, (1, 2), 3, 6), Sharing(X.shape, (1, 2))
    np.testing.assert_allclose(normalise(X, each).output, normalise(X, instance).output, atol=1e-13)
    whole, layer = Sharing(X.shape, (1, 2), 3, 1), Sharing(X.shape, (1, 2, 3))
    np.testing.assert_allclose(normalise(X, whole).output, normalise(X, layer).output, atol=1e-13)


def test_windows_at_the_ends() -> None:
    assert [neighbours(c, 4, 3) for c in range(4)] == [slice(0, 2), slice(0, 3), slice(1, 4), slice(2, 4)]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Sharing((2, 3), ()), "along one axis or more"),
        (lambda: Sharing((2, 3), (2,)), r"has no axes \(2,\)"),
        (lambda: Sharing((2, 6), (0,), 1, 4), "divides the 6 channels; received 4; try one of 1, 2, 3, 6"),
        (lambda: normalise(np.ones((2, 3)) * 1j, Sharing((2, 3), (1,))), "not defined for complex"),
        (lambda: normalise(np.ones((3, 2)), Sharing((2, 3), (1,))), r"expects shape \(2, 3\)"),
        (lambda: normalise(np.ones((2, 3)), Sharing((2, 3), (1,)), eps=-1.0), "from 0 on; received -1"),
        (lambda: normalise(np.ones((2, 3)), Sharing((2, 3), (1,)), gain=np.ones((4, 2, 3))), "does not go with"),
        (lambda: normalise(np.ones((2, 3)), Sharing((2, 3), (1,)), moving=(np.ones(3), np.ones(3))), r"have shape \(2, 1\)"),
        (lambda: local_response(np.ones(3), 0, size=0), "at least 1 channel"),
        (lambda: local_response(np.ones(3) * 1j, 0), "not defined for complex"),
    ],
)  # fmt: skip
def test_what_it_refuses(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(EngineError, match=words):
        make()


@pytest.mark.parametrize(("factor", "eps"), [(2.0**996, 0.0), (2.0**996, 1e-5), (2.0**-600, 0.0)])
@pytest.mark.parametrize("centred", [True, False])
def test_numbers_whose_squares_no_float_holds(factor: float, eps: float, centred: bool) -> None:
    """One factor on all numbers of a set changes none of what comes out, beyond what eps did."""
    sharing = Sharing(X.shape, (1, 2), 3, 2)
    plain = normalise(X, sharing, eps=0.0, centred=centred, gain=GAIN, bias=SHIFT)
    made = normalise(X * factor, sharing, eps=eps, centred=centred, gain=GAIN, bias=SHIFT)
    np.testing.assert_allclose(made.output, plain.output, rtol=0, atol=1e-12)
    np.testing.assert_allclose(made.divisor / factor, plain.divisor, rtol=1e-13)
    np.testing.assert_allclose(made.mean, plain.mean * factor, rtol=1e-13)


def test_equal_numbers_become_0_however_large_they_are() -> None:
    sharing = Sharing((3, 2), (1,))
    huge = np.array([[1e300, 1e300], [1.7e308, -1.7e308], [1.0, 3.0]])
    made = normalise(huge, sharing)
    np.testing.assert_allclose(made.output, [[0, 0], [1, -1], [-1, 1]], atol=1e-5)
    np.testing.assert_allclose(made.mean.ravel(), [1e300, 0, 2])


def test_the_deviation_is_without_eps_and_the_divisor_with_it() -> None:
    made = normalise(X, Sharing(X.shape, (1, 2)), eps=0.5)
    np.testing.assert_allclose(made.deviation, X.std(axis=(1, 2), keepdims=True), rtol=1e-14)
    np.testing.assert_allclose(made.divisor**2, X.var(axis=(1, 2), keepdims=True) + 0.5, rtol=1e-14)


def test_local_responses_of_numbers_whose_squares_no_float_holds() -> None:
    x = np.array([3.0, 4, 1, 0])
    plain = local_response(x, 0, size=3, alpha=1.0, beta=0.5, k=1e-300)
    np.testing.assert_allclose(
        local_response(x * 2.0**996, 0, size=3, alpha=1.0, beta=0.5), plain, rtol=1e-13
    )
    np.testing.assert_array_equal(local_response(np.array([1e300]), 0, alpha=0.0), [1e300])
