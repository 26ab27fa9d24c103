"""Multi-head attention beside PyTorch's and Keras' stored answers; positions; weights by their names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.attention.attention import attention
from dlcli.engines.attention.heads import (
    MultiHeadWeights,
    join_heads,
    multi_head_attention,
    multi_head_backward,
    sources_backward,
    split_heads,
)
from dlcli.engines.attention.masks import padding_mask
from dlcli.engines.attention.weights import read_attention
from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.dense import DenseWeights

STORED = np.load(Path(__file__).parents[2] / "data" / "torch_attention.npz")
RNG = np.random.default_rng(8)


def stored(case: str, folder: str = "") -> dict[str, np.ndarray]:
    start = f"{case}/{folder}"
    return {name.removeprefix(start): STORED[name] for name in STORED.files if name.startswith(start)}


def drawn(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape)


def random_weights(features: int, heads: int, width: int, key_heads: int | None = None) -> MultiHeadWeights:
    keys = key_heads or heads
    sizes = ((features, heads * width), (features, keys * width), (features, keys * 3), (heads * 3, 5))
    layers = [DenseWeights(drawn(*size), drawn(size[1])) for size in sizes]
    return MultiHeadWeights(*layers, key_heads=key_heads)


@pytest.mark.parametrize("case", ["self", "no-bias", "causal", "padding", "cross"])
def test_torch_says_the_same(case: str) -> None:
    its = stored(f"mha-{case}")
    read = read_attention(stored(f"mha-{case}", "w/"))
    assert (read.layout, read.heads) == ("torch", None)
    x = its["x"]
    keys, values = its.get("keys", x), its.get("values", x)
    mask = padding_mask(np.array([3, 5]), 5)[:, None] if case == "padding" else None
    found = multi_head_attention(x, keys, read.weights, 4, values=values, causal=case == "causal", mask=mask)
    np.testing.assert_allclose(found.output, its["y"], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(found.attended.weights, its["weights"], rtol=1e-9, atol=1e-12)
    dx, dkeys, dvalues, at = sources_backward(its["dy"], x, keys, values, found, read.weights)
    if case == "cross":
        np.testing.assert_allclose(dkeys, its["d/keys"], rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(dvalues, its["d/values"], rtol=1e-8, atol=1e-10)
        kernels = [its[f"dw/{part}_proj_weight"] for part in "qkv"]
    else:
        dx = dx + dkeys + dvalues
        both = multi_head_backward(its["dy"], x, x, found, read.weights)
        np.testing.assert_allclose(both[0] + both[1], dx, rtol=1e-12)
        kernels = np.split(its["dw/in_proj_weight"], 3)
    np.testing.assert_allclose(dx, its["d/x"], rtol=1e-8, atol=1e-10)
    for layer, kernel in zip((at.query, at.key, at.value), kernels, strict=True):
        np.testing.assert_allclose(layer.kernel.T, kernel, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(at.output.kernel.T, its["dw/out_proj.weight"], rtol=1e-8, atol=1e-10)
    if case != "no-bias":
        biases = np.concatenate([layer.bias for layer in (at.query, at.key, at.value)])
        np.testing.assert_allclose(biases, its["dw/in_proj_bias"], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    ("case", "heads"), [("self", 4), ("value", 2), ("causal", 2), ("cross", 2), ("grouped", 4)]
)
def test_keras_says_the_same(case: str, heads: int) -> None:
    its = stored(f"keras-{case}")
    read = read_attention({f"layer/{name}": array for name, array in stored(f"keras-{case}", "w/").items()})
    assert (read.layout, read.heads) == ("Keras", heads)
    found = multi_head_attention(
        its["x"], its.get("memory", its["x"]), read.weights, heads, causal=case == "causal"
    )
    np.testing.assert_allclose(found.output, its["y"], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found.attended.weights, its["weights"], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("rotate", [False, True])
@pytest.mark.parametrize("key_heads", [None, 2])
def test_gradients_are_central_differences(key_heads: int | None, rotate: bool) -> None:
    weights = random_weights(6, 4, 2, key_heads)
    x, memory, dy = drawn(3, 6), drawn(4, 6), drawn(3, 5)

    def run(x: np.ndarray, memory: np.ndarray, weights: MultiHeadWeights) -> Any:
        return multi_head_attention(x, memory, weights, 4, rotate=rotate)

    dx, dmemory, at = multi_head_backward(dy, x, memory, run(x, memory, weights), weights)
    np.testing.assert_allclose(dx, numeric(x, lambda z: run(z, memory, weights).output, dy), atol=1e-7)
    np.testing.assert_allclose(dmemory, numeric(memory, lambda z: run(x, z, weights).output, dy), atol=1e-7)
    for part in ("query", "key", "value", "output"):
        layer = getattr(weights, part)

        def changed(kernel: np.ndarray, part: str = part, layer: DenseWeights = layer) -> np.ndarray:
            layers = {name: getattr(weights, name) for name in ("query", "key", "value", "output")}
            layers[part] = DenseWeights(kernel, layer.bias)
            return run(x, memory, MultiHeadWeights(**layers, key_heads=key_heads)).output

        np.testing.assert_allclose(
            getattr(at, part).kernel, numeric(layer.kernel, changed, dy), atol=1e-7, err_msg=part
        )


def numeric(x: np.ndarray, y: Any, dy: np.ndarray, step: float = 1e-6) -> np.ndarray:
    found = np.empty_like(x)
    for cell in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[cell] += step
        down[cell] -= step
        found[cell] = (dy * (y(up) - y(down))).sum() / (2 * step)
    return found


def test_each_head_is_an_attention_over_its_own_features() -> None:
    weights, x = random_weights(6, 2, 4), drawn(5, 6)
    found = multi_head_attention(x, x, weights, 2)
    for head in range(2):
        columns, values = slice(4 * head, 4 * head + 4), slice(3 * head, 3 * head + 3)
        q, k = (x @ layer.kernel[:, columns] + layer.bias[columns] for layer in (weights.query, weights.key))
        v = x @ weights.value.kernel[:, values] + weights.value.bias[values]
        np.testing.assert_allclose(found.attended.weights[head], attention(q, k, v).weights, rtol=1e-12)
        np.testing.assert_allclose(found.joined[:, values], attention(q, k, v).output, rtol=1e-12)
    assert weights.parameters == 6 * 8 * 2 + 6 * 6 + 6 * 5 + 8 + 8 + 6 + 5


def test_turned_queries_and_keys_know_how_far_apart_they_are_and_no_more() -> None:
    weights = random_weights(6, 2, 4)
    x = np.tile(drawn(1, 6), (7, 1))
    found = multi_head_attention(x, x, weights, 2, rotate=True)
    scores = found.attended.scores
    np.testing.assert_allclose(scores[:, 1:, 1:], scores[:, :-1, :-1], rtol=1e-10)
    assert np.ptp(scores[0, 0]) > 1e-3


def test_heads_are_split_and_joined() -> None:
    x = drawn(2, 3, 8)
    np.testing.assert_array_equal(join_heads(split_heads(x, 4)), x)
    with pytest.raises(EngineError, match="3 heads do not divide 8 features evenly; try 2 or 4"):
        split_heads(x, 3)


def torch_names(width: int = 4, at: str = "") -> dict[str, np.ndarray]:
    return {
        f"{at}in_proj_weight": drawn(3 * width, width), f"{at}in_proj_bias": drawn(3 * width),
        f"{at}out_proj.weight": drawn(width, width), f"{at}out_proj.bias": drawn(width),
    }  # fmt: skip


def keras_names(at: str = "", between: str = "/") -> dict[str, np.ndarray]:
    names = {f"{part}/kernel": drawn(6, 2, 3) for part in ("query", "key", "value")}
    names |= {f"{part}/bias": drawn(2, 3) for part in ("query", "key", "value")}
    names |= {"attention_output/kernel": drawn(2, 3, 6), "attention_output/bias": drawn(6)}
    return {at + name.replace("/", between): array for name, array in names.items()}


def test_what_stands_before_the_names_does_not_matter() -> None:
    for at in ("", "self_attn.", "encoder.layers.0.self_attn."):
        assert read_attention(torch_names(at=at) | {"norm.weight": drawn(4)}).layout == "torch"
    for at, between in (("", "/"), ("multi_head_attention/", "/"), ("mha.", ".")):
        assert read_attention(keras_names(at, between)).heads == 2


BAD: dict[str, tuple[Any, str]] = {
    "other names": (lambda: {"kernel": drawn(2)}, "expected the weights of an attention, .*; received kernel"),
    "nothing": (dict, "received nothing"),
    "two": (lambda: torch_names(at="a.") | torch_names(at="b."), "of one attention; received those at 'a.', 'b.'"),
    "both": (lambda: torch_names(at="a.") | keras_names("b/"), "of one attention; received those at 'a.', 'b/'"),
    "lacking": (lambda: without(torch_names(), "in_proj_weight"), "there is no q_proj_weight among the weights"),
    "rows": (lambda: torch_names() | {"in_proj_weight": drawn(11, 4)}, r"\(12, 4\); received float64 \(11, 4\)"),
    "bias": (lambda: torch_names() | {"in_proj_bias": drawn(4)}, r"in_proj_bias is floats \(12\)"),
    "one bias": (lambda: without(torch_names(at="a."), "a.out_proj.bias"), r"of the biases there is only a\.in_proj_bias; an attention has both"),
    "learnt key": (lambda: torch_names() | {"bias_k": drawn(1, 1, 4)}, "bias_k: an attention that adds a learnt key"),
    "integers": (lambda: torch_names() | {"out_proj.weight": np.ones((4, 4), int)}, r"received int64 \(4, 4\)"),
    "keras kernel": (lambda: keras_names() | {"key/kernel": drawn(6, 6)}, r"key/kernel is floats \(any, any, any\)"),
    "keras heads": (lambda: keras_names() | {"key/kernel": drawn(6, 3, 3), "key/bias": drawn(3, 3),
                    "value/kernel": drawn(6, 3, 3), "value/bias": drawn(3, 3)}, "the keys of 3 heads and 9 numbers do not fit"),
    "keras width": (lambda: keras_names() | {"key/kernel": drawn(6, 2, 4), "key/bias": drawn(2, 4)}, "of 2 heads and 8 numbers do"),
    "keras values": (lambda: keras_names() | {"value/kernel": drawn(6, 1, 3)}, r"value/kernel is floats \(any, 2, any\)"),
}  # fmt: skip


def without(arrays: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    return {key: array for key, array in arrays.items() if key != name}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_told(name: str) -> None:
    make, told = BAD[name]
    with pytest.raises(EngineError, match=told):
        read_attention(make())
