"""Decoding step by step, beside the pass over all tokens."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.transformer.blocks import Design, parameters, transformer
from dlcli.engines.transformer.decoding import decoded_steps, products
from dlcli.engines.transformer.random_weights import random_layers


@pytest.mark.parametrize("with_memory", [False, True])
def test_steps_are_the_rows_of_a_causal_pass(with_memory: bool) -> None:
    rng = np.random.default_rng(3)
    layers = random_layers(rng, 2, 8, 12, memory=with_memory)
    x, memory = rng.normal(size=(5, 8)), rng.normal(size=(3, 8)) if with_memory else None
    norm, tokens = layers[0].norms[0], 3 * with_memory
    for causal in (True, False):
        design = Design(2, causal=causal)
        whole = transformer(x, layers, design, memory=memory, norm=norm)
        steps = decoded_steps(whole, layers, design, memory=memory, norm=norm)
        assert [step.products for step in steps] == [products(t, 8, 12, 2, tokens) for t in range(1, 6)]
        assert (max(step.difference for step in steps) < 1e-12) is causal


def test_a_number_that_both_ways_lose_does_not_set_them_apart() -> None:
    layers, design = random_layers(np.random.default_rng(0), 1, 4, 8), Design(2, causal=True)
    x = np.eye(4)
    x[0, 1] = np.nan
    steps = decoded_steps(transformer(x, layers, design), layers, design)
    assert max(step.difference for step in steps) < 1e-12


def test_parameters_are_counted() -> None:
    """Four layers of attention, two of the feed-forward part, a gain and a bias for each norm."""
    (encoder,) = random_layers(np.random.default_rng(0), 1, 4, 8)
    (decoder,) = random_layers(np.random.default_rng(0), 1, 4, 8, memory=True)
    attention, forward, norm = 4 * (4 * 4 + 4), 4 * 8 + 8 + 8 * 4 + 4, 2 * 4
    assert parameters(encoder) == attention + forward + 2 * norm
    assert parameters(decoder) == 2 * attention + forward + 3 * norm
