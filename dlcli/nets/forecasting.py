"""What follows on a series: a net's answer fed back to it, and forecasts without a net to compare with.

    net             y[t+1] = f(y[t−T+1], …, y[t]);  then y[t+2] from what was foretold, and so on
    naive           y[t+h] = y[t]
    seasonal naive  y[t+h] = y[t+h−m], the season m before

Source: Hyndman and Athanasopoulos, Forecasting: principles and practice, 3rd edition, sections 5.2 and 12.4.
"""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.nets.losses import AVERAGE
from dlcli.nets.net import Net
from dlcli.nets.spec import ModelSpec

#: The correlation with itself, moved by a season, from which on that is taken for one.
SEASONAL = 0.2


def forecast(net: Net, known: Array, steps: int) -> Array:
    """So many steps (step, feature) behind a series (time, feature), each from what was foretold before it.

    Raises ``EngineError`` for a net that gives something else than the features of the next step, and for a
    series shorter than the window that it takes.

    >>> from dlcli.nets.spec import model_spec
    >>> layers = [{"kind": "last-step"}, {"kind": "dense", "units": 1, "kernel_initializer": "ones"}]
    >>> net = Net(model_spec({"input": [2, 1], "loss": "mean-squared", "layer": layers})).draw(0)
    >>> forecast(net, np.array([[1.0], [3.0]]), 3).ravel()
    array([3., 3., 3.])
    """
    window, features = _window(net)
    if known.ndim != 2 or known.shape[1] != features or len(known) < window:
        raise EngineError(
            f"{net.spec.name} takes a window of {window} steps of {features} features; received {known.shape}"
        )
    series = np.empty((len(known) + steps, features))
    series[: len(known)] = known
    for t in range(len(known), len(series)):
        x = net.batch(series[None, t - window : t].astype(net.dtype))
        series[t] = net.forward(x)[:, 0]
    return series[len(known) :]


def foretells(spec: ModelSpec) -> bool:
    """Whether a net of a model gives the features of the step behind a window of them."""
    shape = spec.input
    return len(shape) == 2 and spec.output == (shape[1],) and spec.loss in AVERAGE


def _window(net: Net) -> tuple[int, int]:
    if not foretells(net.spec):
        raise EngineError(
            f"{net.spec.name} takes {net.spec.input} and gives {net.spec.output}: that is no next step of a "
            "series"
        )
    return net.spec.input[0], net.spec.input[1]


def naive(known: Array, steps: int) -> Array:
    """The last step again and again (step, feature)."""
    return np.repeat(known[-1:], steps, axis=0)


def seasonal_naive(known: Array, steps: int, season: int) -> Array:
    """The last season again and again (step, feature).

    >>> seasonal_naive(np.array([[9.0], [1.0], [2.0]]), 3, 2).ravel()
    array([1., 2., 1.])
    """
    last = known[-season:]
    return np.tile(last, (-(-steps // season), 1))[:steps]


def season_of(known: Array) -> int:
    """The steps after which a series (time, feature) is most like itself; 1 where it never is again.

    The lag of the highest peak of the autocorrelation of the first feature, up to half its length.

    >>> t = np.arange(100)
    >>> season_of(np.sin(2 * np.pi * t / 11)[:, None])
    11
    """
    y = known[:, 0] - known[:, 0].mean()
    n, power = len(y), float(y @ y)
    if n < 4 or power == 0:
        return 1
    like = np.array([y[lag:] @ y[: n - lag] / power for lag in range(n // 2 + 1)])
    peaks = [
        lag for lag in range(2, len(like) - 1) if like[lag] >= like[lag - 1] and like[lag] > like[lag + 1]
    ]
    if not peaks:
        return 1
    best = max(peaks, key=lambda lag: float(like[lag]))
    return best if like[best] > SEASONAL else 1
