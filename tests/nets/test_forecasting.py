"""Forecasts: fed back step by step, and without a net."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.nets import Net, builtin
from dlcli.nets.forecasting import forecast, foretells, naive, season_of, seasonal_naive


def test_what_is_foretold_is_read_with_what_was_known() -> None:
    net = Net(builtin("forecast", input=(4, 2), said={"mean": [1.0], "variance": [4.0]}), np.float64).draw(3)
    known = np.random.default_rng(0).normal(size=(7, 2))
    series = known.copy()
    for _ in range(5):
        net.forget()
        step = net.forward(net.batch(series[None, -4:]))[:, 0]
        series = np.append(series, step[None], axis=0)
    np.testing.assert_allclose(forecast(net, known, 5), series[7:], rtol=1e-12)


def test_forecasts_without_a_net() -> None:
    known = np.arange(6.0)[:, None]
    assert naive(known, 3).ravel().tolist() == [5, 5, 5]
    assert seasonal_naive(known, 7, 3).ravel().tolist() == [3, 4, 5, 3, 4, 5, 3]


@pytest.mark.parametrize("season", [4, 7, 12])
def test_the_season_of_noisy_waves_is_found(season: int) -> None:
    t = np.arange(20 * season)
    noise = np.random.default_rng(season).normal(size=len(t))
    assert season_of((np.sin(2 * np.pi * t / season) + 0.2 * noise)[:, None]) == season


def test_noise_and_what_never_changes_have_no_season() -> None:
    assert season_of(np.ones((50, 1))) == 1
    assert season_of(np.arange(50.0)[:, None]) == 1
    assert season_of(np.random.default_rng(0).normal(size=(600, 1))) == 1


def test_a_series_that_is_too_short_and_another_net_are_refused() -> None:
    net = Net(builtin("forecast", input=(4, 1)))
    assert foretells(net.spec)
    with pytest.raises(EngineError, match=r"takes a window of 4 steps of 1 features; received \(3, 1\)"):
        forecast(net, np.zeros((3, 1)), 1)
    assert not foretells(builtin("mlp"))
    with pytest.raises(EngineError, match="that is no next step of a series"):
        forecast(Net(builtin("mlp")), np.zeros((9, 1)), 1)
