"""A series of numbers over time as a set to learn the next from: windows of it, each with what follows.

The held-out part is the end of the series, never a window out of its middle: what is to be foretold lies in
the future of all that was learnt from.
"""

from __future__ import annotations

import numpy as np

from dlcli.errors import BadData, called
from dlcli.tensor import Array, Axis, Tensor
from dlcli.wire.datasets.dataset import DataSet

#: Steps of a window where nobody says how many, and the least of a series.
WINDOW, LEAST = 24, 3

#: Numbers beyond this are too large to be squared in float32.
MOST = 1e18


def is_series(tensor: Tensor) -> bool:
    """Whether a tensor is a series: numbers over a first axis that counts time, and features at most.

    >>> from dlcli.tensor import Axis
    >>> is_series(Tensor(np.zeros(5), (Axis("time"),))), is_series(Tensor(np.zeros(5), (Axis("unit"),)))
    (True, False)
    """
    data, axes = tensor.data, tensor.axes
    if data.ndim not in (1, 2) or data.dtype.kind not in "iuf" or axes[0].labels is not None:
        return False
    return axes[0].name == "time" or axes[0].step is not None


def series_set(name: str, tensor: Tensor, window: int | None = None) -> DataSet:
    """The windows of a series, one beginning at each step; labels are the numbers behind them.

    >>> from dlcli.tensor import Axis
    >>> three = series_set("x", Tensor(np.arange(5.0), (Axis("time"),)), 2)
    >>> three.take(np.array([0])).ravel().tolist(), three.labels.tolist()
    ([0.0, 1.0], [2.0, 3.0, 4.0])

    Raises ``BadData`` for one that is shorter than a window and a step, and for numbers that are not finite.
    """
    numbers = tensor.data.astype(np.float64).reshape(len(tensor.data), -1)
    where = called(name)
    if not np.isfinite(numbers).all():
        at = int(np.flatnonzero(~np.isfinite(numbers).all(axis=1))[0])
        raise BadData(f"{where}: step {at} of the series is no finite number: leave it out")
    if (most := float(np.abs(numbers).max(initial=0))) > MOST:
        raise BadData(
            f"{where}: the series has numbers up to {most:.3g}, whose squares float32 has no room for: "
            "divide them, by the largest for instance"
        )
    last = len(numbers) - 1
    size = min(WINDOW, max(1, last // 2)) if window is None else window
    if last < size or len(numbers) < LEAST:
        raise BadData(
            f"{where}: a window of {size} steps and one behind it are more than the {len(numbers)} "
            f"of the series; try --window {max(1, last // 2)}"
        )
    names = tensor.axes[1].labels if tensor.data.ndim == 2 else None
    return _windows(name, numbers, size, tensor.axes[0], names or ())


def _windows(name: str, numbers: Array, size: int, time: Axis, names: tuple[str, ...]) -> DataSet:
    count, features = len(numbers) - size, numbers.shape[1]
    seen = np.lib.stride_tricks.sliding_window_view(numbers, size, axis=0)  # (step, feature, time)

    def take(at: Array) -> Array:
        return np.ascontiguousarray(seen[at].transpose(0, 2, 1), np.float32)

    labels = numbers[size:].astype(np.float32)
    return DataSet(
        name, (size, features), np.dtype(np.float32), labels[:, 0] if features == 1 else labels, (), take,
        count, in_time=True, series=numbers, time=time, features=names,
        window=lambda other: _resized(name, numbers, other, time, names),
    )  # fmt: skip


def _resized(name: str, numbers: Array, size: int, time: Axis, names: tuple[str, ...]) -> DataSet:
    if len(numbers) <= size:
        raise BadData(
            f"{called(name)}: a window of {size} steps and one behind it are more than the {len(numbers)} "
            f"of the series; try --window {max(1, (len(numbers) - 1) // 2)}"
        )
    return _windows(name, numbers, size, time, names)
