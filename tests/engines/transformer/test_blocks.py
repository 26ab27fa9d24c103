"""Blocks and stacks against PyTorch, forward and backward; the cache against the pass over all tokens."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.attention.heads import MultiHead
from dlcli.engines.base.checks import EngineError
from dlcli.engines.transformer.backward import block_backward
from dlcli.engines.transformer.blocks import Design, block, transformer
from dlcli.engines.transformer.decoding import Decoder, products
from dlcli.engines.transformer.random_weights import random_layers
from dlcli.engines.transformer.torch_weights import Stack, read_stack

TORCH = dict(np.load(Path(__file__).parents[2] / "data" / "torch_transformer.npz"))
CASES = sorted({key.partition("/")[0] for key in TORCH} - {"torch"})
SINGLE = [name for name in CASES if not name.startswith(("stack", "decoders"))]


def case(name: str) -> tuple[dict[str, Any], Stack, Design]:
    told = {key.removeprefix(f"{name}/"): value for key, value in TORCH.items() if key.startswith(f"{name}/")}
    kind, order, activation = name.split("-")
    weights = {key.removeprefix("w/"): value for key, value in told.items() if key.startswith("w/")}
    stack = read_stack(weights, decoder=kind.startswith("decoder"))
    causal = kind in ("causal", "decoder", "decoders")
    return told, stack, Design(2, norm_first=order == "pre", activation=activation, causal=causal)


def test_there_are_cases() -> None:
    assert len(SINGLE) == 12
    assert len(CASES) == 14


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("dtype", "off"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_equals_pytorch(name: str, dtype: type, off: float) -> None:
    told, stack, design = case(name)
    memory = told["memory"].astype(dtype) if "memory" in told else None
    found = transformer(told["x"].astype(dtype), stack.layers, design, memory=memory, norm=stack.norm)
    assert found.output.dtype == dtype
    np.testing.assert_allclose(found.output, told["y"], rtol=0, atol=off)
    for made in found.blocks:
        for weights in made.maps:
            np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-6)


def parts(gradients: Any) -> list[np.ndarray[Any, Any]]:
    """All arrays in a record of records, in the order of its fields."""
    if isinstance(gradients, np.ndarray):
        return [gradients]
    if is_dataclass(gradients):
        gradients = [getattr(gradients, field.name) for field in fields(gradients)]
    return [array for part in gradients or () for array in parts(part)]


@pytest.mark.parametrize("name", SINGLE)
def test_gradients_equal_pytorchs(name: str) -> None:
    told, stack, design = case(name)
    memory = told.get("memory")
    (layer,) = stack.layers
    terms = block(told["x"], layer, design, memory)
    found = block_backward(told["dy"], terms, layer, design, memory)
    np.testing.assert_allclose(found.x, told["dx"], atol=1e-12)
    if memory is not None:
        assert found.memory is not None
        np.testing.assert_allclose(found.memory, told["dmemory"], atol=1e-12)
    # PyTorch's gradients, read as if they were weights, come in the same order of fields.
    theirs = {key.removeprefix("dw/"): value for key, value in told.items() if key.startswith("dw/")}
    wanted = read_stack(theirs, decoder=memory is not None).layers[0]
    ours, expected = parts(found.weights), parts(wanted)
    assert len(ours) == len(expected) > 10
    for one, other in zip(ours, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("with_memory", [False, True])
def test_gradients_equal_central_differences(norm_first: bool, with_memory: bool) -> None:
    rng = np.random.default_rng(3)
    (layer,) = random_layers(rng, 1, 6, 10, memory=with_memory)
    design = Design(3, norm_first=norm_first, activation="gelu", causal=True)
    x, dy = rng.normal(size=(2, 4, 6))
    memory = rng.normal(size=(5, 6)) if with_memory else None
    found = block_backward(dy, block(x, layer, design, memory), layer, design, memory)
    for place in [(0, 0), (3, 5), (2, 1)]:
        ends = []
        for step in (1e-6, -1e-6):
            moved = x.copy()
            moved[place] += step
            ends.append((block(moved, layer, design, memory).output * dy).sum())
        assert found.x[place] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("with_memory", [False, True])
def test_decoding_with_a_cache_equals_the_pass_over_all_tokens(norm_first: bool, with_memory: bool) -> None:
    rng = np.random.default_rng(7)
    layers = random_layers(rng, 3, 8, 16, memory=with_memory)
    norm = layers[0].norms[0]
    design = Design(4, norm_first=norm_first, causal=True)
    x, memory = rng.normal(size=(6, 8)), rng.normal(size=(5, 8)) if with_memory else None
    whole = transformer(x, layers, design, memory=memory, norm=norm)
    decoder = Decoder(layers, design, 6, memory=memory, norm=norm)
    for t, token in enumerate(x):
        output, blocks = decoder.step(token)
        np.testing.assert_allclose(output, whole.output[t], atol=1e-13)
        for one, all_ in zip(blocks, whole.blocks, strict=True):
            np.testing.assert_allclose(one.maps[0][:, 0], all_.maps[0][:, t, : t + 1], atol=1e-14)
    with pytest.raises(EngineError, match="the cache has room for 6 tokens; received 7"):
        decoder.step(x[0])


def test_without_causality_an_earlier_token_changes_when_a_later_one_does() -> None:
    rng = np.random.default_rng(1)
    layers = random_layers(rng, 2, 4, 8)
    x = rng.normal(size=(4, 4))
    moved = x.copy()
    moved[3] += 1
    for causal in (True, False):
        design = Design(2, causal=causal)
        first, second = (transformer(tokens, layers, design).output for tokens in (x, moved))
        assert np.array_equal(first[:3], second[:3]) is causal
        assert not np.array_equal(first[3], second[3])


def test_without_positions_an_encoder_only_reorders_what_its_tokens_give() -> None:
    rng = np.random.default_rng(2)
    layers = random_layers(rng, 2, 6, 12)
    x, order = rng.normal(size=(5, 6)), rng.permutation(5)
    design = Design(2, activation="gelu")
    np.testing.assert_allclose(
        transformer(x[order], layers, design).output, transformer(x, layers, design).output[order], atol=1e-12
    )


def test_each_step_adds_its_change_to_its_input() -> None:
    rng = np.random.default_rng(5)
    layers = random_layers(rng, 2, 6, 12)
    x = rng.normal(size=(4, 6))
    pre = transformer(x, layers, Design(2, norm_first=True))
    total = x + sum(step.part.output for made in pre.blocks for step in made.steps)
    np.testing.assert_allclose(pre.output, total, atol=1e-12)
    post = transformer(x, layers, Design(2))
    np.testing.assert_allclose(post.output.mean(axis=-1), 0, atol=1e-12)
    assert pre.states.shape == post.states.shape == (3, 4, 6)
    np.testing.assert_array_equal(post.states[-1], post.output)


def test_products_are_counted() -> None:
    """Against the sizes of the matrices that a decoder multiplies."""
    tokens, features, hidden, memory = 5, 8, 12, 3
    count = products(tokens, features, hidden, 2, memory)
    dense = 4 * features * features + 2 * features * hidden + 2 * features * features
    assert count.cached == 2 * (dense + 2 * tokens * features + 2 * memory * features)
    assert count.again == 2 * (
        tokens * (dense + 2 * tokens * features + 2 * memory * features) + 2 * memory * features * features
    )
    assert products(1, features, hidden, 2).cached == products(1, features, hidden, 2).again


BAD: dict[str, tuple[Any, str]] = {
    "no block": (lambda x, layers: transformer(x, [], Design(2)), "at least one block; received none"),
    "heads": (lambda x, layers: transformer(x, layers, Design(4)), "4 heads do not divide 6 features evenly"),
    "no heads": (lambda x, layers: transformer(x, layers, Design(0)), "0 heads do not divide 6 features evenly"),
    "width": (lambda x, layers: transformer(x[:, :4], layers, Design(2)), r"takes 6 features; received shape \(4, 4\)"),
    "a memory": (lambda x, layers: transformer(x, layers, Design(2), memory=x), "no weights for a memory"),
    "norms": (lambda x, layers: block(x, replace(layers[0], norms=()), Design(2)), "2 parts has as many norms; received 0"),
    "activation": (lambda x, layers: block(x, layers[0], Design(2, activation="x")), "no activation 'x'"),
    "cache": (lambda x, layers: Decoder(layers, Design(2), 3, memory=x), "needs a memory"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_refused(name: str) -> None:
    work, told = BAD[name]
    with pytest.raises(EngineError, match=told):
        work(np.zeros((4, 6)), random_layers(np.random.default_rng(0), 1, 6, 8))


def test_a_decoders_block_needs_its_memory() -> None:
    layers = random_layers(np.random.default_rng(0), 1, 6, 8, memory=True)
    with pytest.raises(EngineError, match="weights for a memory and none was given"):
        transformer(np.zeros((4, 6)), layers, Design(2))


def test_integers_become_floats_and_steps_know_their_part() -> None:
    (layer,) = random_layers(np.random.default_rng(0), 1, 6, 8)
    made = block(np.ones((3, 6), np.uint8), layer, Design(2))
    assert made.output.dtype == np.float32
    assert [step.name for step in made.steps] == ["attention", "feed-forward"]
    assert isinstance(made.steps[0].part, MultiHead)
