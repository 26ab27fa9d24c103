"""Files of weights, every one a finite number; another is named with its place."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from dlcli.commands.kinds.nets.model import built_in, no_weights
from dlcli.errors import BadData, printable
from dlcli.runner.inputs import weights
from dlcli.runner.result import Run
from dlcli.tensor import Array, Tensor
from dlcli.wire.read import WEIGHTS, Literal


def finite_weights(path: str, run: Run, literal: Literal = WEIGHTS) -> dict[str, Tensor]:
    """The tensors by name of a file of weights. Raises ``BadData`` as ``check_finite`` does."""
    check_no_model(path)
    tensors = weights(path, run.environment, run.limits, literal)
    check_finite(path, {name: tensor.data for name, tensor in tensors.items()})
    return tensors


def check_no_model(path: str) -> None:
    """Raise ``BadData`` for a model by name, or a TOML file: neither holds weights."""
    if built_in(path) is not None or (path.lower().endswith(".toml") and os.path.isfile(path)):
        raise BadData(no_weights(path))


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
