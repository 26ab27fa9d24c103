"""Blocks with masks: PyTorch's layers with padding, a window as a mask, and decoding token by token."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.attention.masks import seen_mask
from dlcli.engines.transformer.blocks import Design, transformer
from dlcli.engines.transformer.decoding import decoded_steps
from dlcli.engines.transformer.random_weights import random_layers
from dlcli.engines.transformer.torch_weights import read_stack

STORED = np.load(Path(__file__).parents[2] / "data" / "torch_masks.npz")


def weights(case: str) -> dict[str, np.ndarray]:
    start = f"{case}/w/"
    return {name.removeprefix(start): STORED[name] for name in STORED.files if name.startswith(start)}


@pytest.mark.parametrize("case", ["padding", "scattered"])
def test_an_encoder_with_a_mask_is_pytorchs(case: str) -> None:
    stack = read_stack(weights(case), decoder=False)
    hidden = STORED[f"{case}/{'src_mask' if case == 'scattered' else 'src_key_padding_mask'}"]
    mask = ~(hidden if case == "scattered" else hidden[0])
    design = Design(2, norm_first=case == "scattered")
    found = transformer(STORED[f"{case}/x"], stack.layers, design, mask=mask).output
    np.testing.assert_allclose(found, STORED[f"{case}/y"], rtol=1e-12, atol=1e-12)


def test_a_decoder_with_padding_on_both_sides_is_pytorchs() -> None:
    stack = read_stack(weights("decoder"), decoder=True)
    masks = {
        "mask": ~STORED["decoder/tgt_key_padding_mask"][0],
        "memory_mask": ~STORED["decoder/memory_key_padding_mask"][0],
    }
    design, memory = Design(2, causal=True), STORED["decoder/memory"]
    made = transformer(STORED["decoder/x"], stack.layers, design, memory=memory, **masks)
    np.testing.assert_allclose(made.output, STORED["decoder/y"], rtol=1e-12, atol=1e-12)
    steps = decoded_steps(made, stack.layers, design, memory=memory, **masks)
    assert max(step.difference for step in steps) < 1e-12


def test_a_window_is_the_mask_of_its_places_also_step_by_step() -> None:
    rng = np.random.default_rng(2)
    x, layers = rng.normal(size=(6, 4)), random_layers(rng, 2, 4, 8)
    design = Design(2, causal=True, window=2)
    made = transformer(x, layers, design)
    by_mask = transformer(x, layers, Design(2), mask=seen_mask(6, 6, causal=True, window=2))
    np.testing.assert_array_equal(made.output, by_mask.output)
    assert max(step.difference for step in decoded_steps(made, layers, design)) < 1e-12
    assert not np.allclose(made.output, transformer(x, layers, Design(2, causal=True)).output)


def test_each_step_of_decoding_sees_by_its_own_row_of_a_mask() -> None:
    rng = np.random.default_rng(4)
    x, memory = rng.normal(size=(5, 4)), rng.normal(size=(3, 4))
    layers, design = random_layers(rng, 2, 4, 8, memory=True), Design(2, causal=True)
    masks = {"mask": rng.random((2, 5, 5)) > 0.3, "memory_mask": rng.normal(size=(5, 3))}
    made = transformer(x, layers, design, memory=memory, **masks)
    steps = decoded_steps(made, layers, design, memory=memory, **masks)
    assert max(step.difference for step in steps) < 1e-12


def test_what_is_hidden_changes_nothing_elsewhere() -> None:
    rng = np.random.default_rng(3)
    x, layers = rng.normal(size=(5, 4)), random_layers(rng, 2, 4, 8)
    mask = np.array([True, True, True, False, False])
    found = transformer(x, layers, Design(2), mask=mask).output[:3]
    np.testing.assert_allclose(found, transformer(x[:3], layers, Design(2)).output, atol=1e-12)
