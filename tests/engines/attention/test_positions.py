"""Positions: the published formulas, and what each of them promises."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dlcli.engines.attention.positions import learned, rotary, sinusoidal
from dlcli.engines.base.checks import EngineError

RNG = np.random.default_rng(2)


def test_sinusoidal_is_the_formula() -> None:
    found = sinusoidal(9, 6)
    for place in range(9):
        for pair in range(3):
            angle = place / 10000 ** (2 * pair / 6)
            assert found[place, 2 * pair : 2 * pair + 2] == pytest.approx([math.sin(angle), math.cos(angle)])
    assert sinusoidal(9, 5).shape == (9, 5)
    np.testing.assert_array_equal(sinusoidal(4, 6, start=5), found[5:])


def test_the_products_of_two_places_depend_on_their_distance() -> None:
    products = (p := sinusoidal(20, 16)) @ p.T
    np.testing.assert_allclose(products[1:, 1:], products[:-1, :-1], rtol=1e-10)
    assert (np.diff(products[0, :4]) < 0).all()


@pytest.mark.parametrize("interleaved", [False, True])
def test_rotary_turns_and_keeps_lengths(interleaved: bool) -> None:
    x, y = RNG.normal(size=(2, 3, 8)), RNG.normal(size=(2, 3, 8))
    turned = rotary(x, interleaved=interleaved)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-12)
    np.testing.assert_allclose(rotary(turned, interleaved=interleaved, back=True), x, atol=1e-12)
    np.testing.assert_array_equal(turned[:, 0], x[:, 0])
    at = lambda z, start: rotary(z, start=start, interleaved=interleaved)  # noqa: E731
    near, far = (np.einsum("btd,bsd->bts", at(x, start), at(y, start)) for start in (0, 1000))
    np.testing.assert_allclose(near, far, rtol=1e-9, atol=1e-9)
    gradient = rotary(y, interleaved=interleaved, back=True)
    assert (turned * y).sum() == pytest.approx((x * gradient).sum())


def test_pairs_of_features_make_complex_numbers_that_turn() -> None:
    x = RNG.normal(size=(5, 8))
    turns = np.exp(1j * np.arange(5)[:, None] / 10000 ** (np.arange(4) / 4))
    z = (x[:, 0::2] + 1j * x[:, 1::2]) * turns
    found = rotary(x, interleaved=True)
    np.testing.assert_allclose(found[:, 0::2] + 1j * found[:, 1::2], z, rtol=1e-12)
    halves = (x[:, :4] + 1j * x[:, 4:]) * turns
    np.testing.assert_allclose(rotary(x)[:, :4] + 1j * rotary(x)[:, 4:], halves, rtol=1e-12)


def test_a_learnt_table_has_a_row_for_each_place() -> None:
    table = RNG.normal(size=(4, 3))
    np.testing.assert_array_equal(learned(table, 2, start=2), table[2:])
    with pytest.raises(EngineError, match=r"received \(4, 3\) for 5 tokens"):
        learned(table, 5)


def test_rotary_wants_pairs_and_keeps_the_precision() -> None:
    with pytest.raises(EngineError, match="in pairs; received 3 of them"):
        rotary(np.ones((2, 3)))
    assert rotary(np.ones((2, 4), np.float32)).dtype == np.float32
