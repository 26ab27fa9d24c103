"""What no input may be, whatever a net takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from dlcli.commands.predict.model import Model
from dlcli.engines.base.checks import Array
from dlcli.errors import BadData, DlcliError, printable
from dlcli.runner.result import Run
from dlcli.tensor import Tensor
from dlcli.wire.stream import memory


def allow(
    shape: tuple[int, ...], count: int, model: Model, name: str, run: Run, *, of: str = "inputs"
) -> None:
    """Raise ``BadData`` where so many outputs of a shape take more memory than may be used."""
    size = count * prod(shape) * model.net.dtype.itemsize
    most = run.limits.max_bytes if run.limits.chosen else min(run.limits.max_bytes, memory() // 2)
    if size > most:
        raise BadData(
            f"{name} of {count} {of} takes {size} bytes, more than the {most} allowed: "
            "--max-bytes allows more"
        )


def named(x: Tensor) -> str:
    """What an input is called in messages."""
    source = str(x.attrs.get("source", x.name))
    return printable({"-": x.name, "literal": "the literal"}.get(source, source))


def check_numbers(x: Tensor) -> None:
    """Raise ``DlcliError`` for what is empty, complex or not finite."""
    if not x.data.size:
        raise DlcliError(f"{x.describe()} is empty: there is nothing to predict")
    if x.data.dtype.kind not in "biuf":
        raise DlcliError(
            f"a net takes real numbers; received {x.describe()}; try dlcli stft --emit magnitude"
        )
    check_finite(x)


def check_finite(x: Tensor) -> None:
    """Raise ``DlcliError`` for NaN or infinity."""
    if x.data.dtype.kind in "fc":
        finite = np.isfinite(x.data)
        if not finite.all():
            cell = tuple(np.argwhere(~finite)[0].tolist())
            count = int(x.data.size - finite.sum())
            many = f", and {count - 1} more are not finite" if count > 1 else ""
            raise DlcliError(
                f"{named(x)}: the number at {', '.join(map(str, cell))} is {x.data[cell]:g}{many}; every "
                "output would be NaN"
            )


def size_words(shape: Sequence[int]) -> str:
    """A shape in words: ``28 x 28 x 1``."""
    return " x ".join(map(str, shape))


def taken(batch: Array, prepared: Callable[[Array], Array], at: Array) -> Array:
    """The inputs at some places of a batch, prepared."""
    return prepared(batch[at])
