"""Numbers in the range that a net takes, and what is said of those that seem to be in another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.commands.predict.inputs.preparing import Preparing
from dlcli.engines.base.checks import Array
from dlcli.errors import DlcliError


@dataclass(frozen=True)
class Scaled:
    """Numbers times ``--rescale``, where that is given."""

    how: Preparing
    where: str

    def __call__(self, batch: Array) -> Array:
        return rescaled(batch, self.how, self.where)


def rescaled(batch: Array, how: Preparing, where: str) -> Array:
    """Numbers times ``--rescale``. Raises ``DlcliError`` for those that the net's dtype has no room for."""
    dtype, rescale = how.model.net.dtype, how.rescale
    with np.errstate(over="ignore", invalid="ignore"):
        made = batch if rescale is None else batch.astype(dtype) * dtype.type(rescale)
        finite = made.dtype.kind != "f" or np.isfinite(made.astype(dtype, copy=False)).all()
    if finite:
        return made
    times = "" if rescale is None else f" times --rescale {rescale:g}"
    raise DlcliError(
        f"{where}: numbers up to {float(np.abs(batch).max()):.4g}{times} are infinite in {dtype}, which the "
        "net computes in; its output would be NaN"
    )
