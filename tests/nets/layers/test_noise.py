"""Dropout and noise: how often, how much, what goes back."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.nets.layers.noise import Dropped, Noisy
from tests.nets.recipe import numbers
from tests.nets.small import net_of, there_and_back


def test_dropout_keeps_the_mean_and_sends_back_what_it_let_through() -> None:
    net = net_of([{"kind": "dropout", "rate": 0.3}], (40, 50, 2))
    x = np.ones((5, 40, 50, 2))
    y, dx, _ = there_and_back(net, x, generator=np.random.default_rng(0), dy=2 * x)
    np.testing.assert_allclose(np.unique(y), [0, 1 / 0.7])
    assert (y == 0).mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / y.size))
    np.testing.assert_array_equal(dx, 2 * y)
    again, _, _ = there_and_back(net, x, generator=np.random.default_rng(1), dy=x)
    assert (again != y).mean() == pytest.approx(0.42, abs=0.02)


def test_noise_has_its_deviation_and_is_kept_inside() -> None:
    x = np.full((5, 40, 50, 2), 0.25)
    net = net_of([{"kind": "noise", "stddev": 0.5}], (40, 50, 2), dtype=np.float32)
    y, dx, _ = there_and_back(net, x, generator=np.random.default_rng(0), dy=x)
    assert y.mean() == pytest.approx(0.25, abs=4 * 0.5 / np.sqrt(y.size))
    assert y.std() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(2 * y.size))
    np.testing.assert_array_equal(dx, x)
    net = net_of([{"kind": "noise", "stddev": 0.5, "low": 0, "high": 1}], (40, 50, 2), dtype=np.float32)
    kept, dx, _ = there_and_back(net, x, generator=np.random.default_rng(0), dy=x)
    np.testing.assert_array_equal(kept, y.clip(0, 1))
    np.testing.assert_array_equal(dx, np.where((y >= 0) & (y <= 1), x, 0))


@pytest.mark.parametrize(("low", "high"), [(0.0, None), (None, 0.0)])
def test_noise_may_have_one_bound(low: float | None, high: float | None) -> None:
    bounds = {name: value for name, value in (("low", low), ("high", high)) if value is not None}
    net = net_of([{"kind": "noise", "stddev": 0.5, **bounds}], (30,))
    y, dx, _ = there_and_back(
        net, np.zeros((20, 30)), generator=np.random.default_rng(0), dy=np.ones((20, 30))
    )
    assert (y.min() if high is None else y.max()) == 0
    assert y.std() > 0.1
    assert 0.3 < dx.mean() < 0.7


def test_without_a_generator_all_goes_through_and_one_kind_can_be_let_draw_alone() -> None:
    net = net_of([{"kind": "noise", "stddev": 0.5}, {"kind": "dropout", "rate": 0.5}], (30,))
    x = 1 + numbers((20, 30), 50) / 2
    y, dx, _ = there_and_back(net, x)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(dx, numbers(y.shape, 70))
    batch = net.batch(x)
    dropped = net.forward(batch, generator=np.random.default_rng(0), draws=Dropped)
    assert set(np.unique(dropped / batch).round(9)) == {0, 2}
    noisy = net.forward(batch, generator=np.random.default_rng(0), draws=Noisy)
    assert (noisy != batch).all()
    assert np.abs(noisy - batch).mean() == pytest.approx(0.5 * np.sqrt(2 / np.pi), abs=0.05)
