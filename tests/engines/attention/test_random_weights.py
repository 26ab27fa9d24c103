"""Attention before any training: how its weights are drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dlcli.engines.attention.random_weights import random_heads, random_similarity
from dlcli.engines.attention.similarities import Additive, General
from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.initializers import glorot_uniform


def test_a_kernel_is_uniform_within_its_bound() -> None:
    kernel = glorot_uniform(np.random.default_rng(0), 300, 200)
    bound = math.sqrt(6 / 500)
    assert kernel.shape == (300, 200)
    assert bound * 0.99 < kernel.max() <= bound
    assert -bound <= kernel.min() < -bound * 0.99
    assert kernel.var() == pytest.approx(bound**2 / 3, rel=0.02)


def test_heads_have_the_widths_of_their_sources_and_no_bias() -> None:
    drawn = random_heads(np.random.default_rng(1), 4, 3, 2)
    layers = (drawn.query, drawn.key, drawn.value, drawn.output)
    assert [layer.kernel.shape for layer in layers] == [(4, 4), (3, 4), (2, 4), (4, 4)]
    assert not any(layer.bias.any() for layer in layers)
    assert not np.array_equal(drawn.query.kernel, drawn.output.kernel)


def test_similarities_fit_queries_and_keys_of_any_width() -> None:
    q, k = np.ones((3, 5)), np.ones((2, 4))
    for name, kind in (("general", General), ("additive", Additive)):
        drawn = random_similarity(np.random.default_rng(2), name, 5, 4)
        assert isinstance(drawn, kind)
        assert drawn.scores(q, k).shape == (3, 2)
    with pytest.raises(EngineError, match="the similarities with weights; received 'dot'"):
        random_similarity(np.random.default_rng(2), "dot", 5, 4)
