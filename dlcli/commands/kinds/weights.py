"""Files of weights, every one a finite number; another is named with its place."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dlcli.errors import BadData, printable
from dlcli.runner.inputs import weights
from dlcli.runner.result import Run
from dlcli.tensor import Array, Tensor


def finite_weights(path: str, run: Run) -> dict[str, Tensor]:
    """The tensors by name of a file of weights. Raises ``BadData`` as ``check_finite`` does."""
    tensors = weights(path, run.environment, run.limits)
    check_finite(path, {name: tensor.data for name, tensor in tensors.items()})
    return tensors


def check_finite(path: str, arrays: Mapping[str, Array]) -> None:
    """Raise ``BadData`` for a weight that is not real or not finite: it would make no numbers of any input.

    >>> check_finite("net.npz", {"bias": np.array([0.0, np.nan])})
    Traceback (most recent call last):
    dlcli.errors.BadData: net.npz: bias is nan at 1; a net needs numbers it can add
    """
    for name, array in arrays.items():
        if array.dtype.kind not in "biuf":
            raise BadData(printable(f"{path}: {name} is real numbers; received {array.dtype} {array.shape}"))
        wrong = np.argwhere(~np.isfinite(array))
        if len(wrong):
            place = tuple(wrong[0].tolist())
            at = f" at {', '.join(map(str, place))}" if place else ""
            raise BadData(
                printable(f"{path}: {name} is {array[place]:g}{at}; a net needs numbers it can add")
            )
