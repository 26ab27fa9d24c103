"""What is worth noticing where tensors were computed with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.commands.tensor.record import Meeting, Product, Step, is_typed
from dlcli.tensor import Array
from dlcli.views.text.text import clip
from dlcli.words.number import number

FAINT = 1000  # noise of which so many sizes go into the largest number is not seen

NAME = 20  # cells that the name of an axis may take

#: Axes that mean something: such of different names that meet are likely a slip.
MEANING = ("height", "width", "channel", "time", "frequency", "frame", "token", "unit")


def computing_notices(steps: Sequence[Step]) -> list[str]:
    """What happened to numbers that a student would not expect, step by step."""
    found = []
    for step in steps:
        if isinstance(step, Meeting | Product):
            found += [_wrapped(step), _beyond(step)]
        if isinstance(step, Meeting):
            found += [_not_finite(step), _names(step), _faint(step)]
    return [notice for notice in found if notice]


def _wrapped(step: Meeting | Product) -> str:
    if (lost := step.wrapped) is None:
        return ""
    held = np.iinfo(lost.dtype)
    cells = f"{lost.count} of {step.after.data.size} cells"
    ends = f"{number(held.min)} to {number(held.max)}"
    refused = [
        one.data.item()
        for one in (step.before, step.other)
        if not one.axes and is_typed(one) and not held.min <= one.data.item() <= held.max
    ]
    where = f"NumPy refuses {number(refused[0])}, and in PyTorch" if refused else "in NumPy and PyTorch"
    return (
        f"{lost.dtype} holds {ends}: {where} {cells} would have "
        f"wrapped round ({number(step.after.data[lost.cell])} to {number(lost.would)}); here integers are "
        "computed in int64."
    )


def _beyond(step: Meeting | Product) -> str:
    if not step.floats:
        return ""
    return f"Not every result may fit in int64: computed in {step.after.data.dtype}, which rounds."


def _not_finite(step: Meeting) -> str:
    """Where inf and NaN came from finite numbers."""
    after = step.after.data
    if after.dtype.kind not in "fc" or np.isfinite(after).all():
        return ""
    x = np.broadcast_to(step.before.data, after.shape)
    y = np.broadcast_to(step.other.data, after.shape)
    made = ~np.isfinite(after) & np.isfinite(x) & np.isfinite(y)
    zero = made & ((y == 0) if step.operation == "divide" else (x == 0) & (np.real(y) < 0))
    nan = np.isnan(after)
    found = []
    if step.operation in ("divide", "power") and zero.any():
        infinite, without = np.count_nonzero(zero & ~nan), np.count_nonzero(zero & nan)
        told = [f"{infinite} inf (1 / 0)" * bool(infinite), f"{without} NaN (0 / 0)" * bool(without)]
        found.append(f"{_cells(zero)} divided by 0: {', '.join(filter(None, told))}, as in NumPy.")
    rest = made & ~zero if found else made
    if step.operation == "power" and (rest & nan).any():
        which = _cells(rest & nan)
        found.append(f"{which} a negative number to a power that is no whole number: NaN, as in NumPy.")
    if (rest & ~nan).any():
        found.append(f"{_cells(rest & ~nan)} beyond the largest {after.dtype}: inf.")
    return " ".join(found)


def _cells(which: Array) -> str:
    count = int(np.count_nonzero(which))
    return f"{count} {'cell is' if count == 1 else 'cells are'}"


def _names(step: Meeting) -> str:
    """Axes of equal length that mean something else: nothing checks that but the names."""
    found = []
    for rule in reversed(step.rules):
        if rule.rule != "equal":
            continue
        mine, other = step.before.axes[rule.axis], step.other.axes[rule.axis]
        if mine.labels and other.labels and mine.labels != other.labels:
            first = next(i for i, (a, b) in enumerate(zip(mine.labels, other.labels, strict=True)) if a != b)
            labels = [clip(axis.labels[first], NAME) for axis in (mine, other) if axis.labels]
            found.append(f"{clip(mine.name, NAME)} {' met '.join(labels)}")
        elif mine.name != other.name and mine.name in MEANING and other.name in MEANING:
            told = f"{mine.name.capitalize()} met {other.name}"
            return f"{told}: their lengths are equal, their names are not."
    if not found:
        return ""
    told = ", and ".join(found)
    return f"{told[:1].upper()}{told[1:]}: numbers meet by their places, whatever their labels say."


def _faint(step: Meeting) -> str:
    """Noise that is lost beside numbers that go up to 255."""
    if step.noise is None or not step.before.data.size or step.before.data.dtype.kind not in "iu":
        return ""
    largest = int(np.abs(step.before.data.astype(np.float64)).max())
    if not 0 < step.noise.size * FAINT < largest:
        return ""
    return (
        f"Beside numbers up to {number(largest)}, noise of {number(step.noise.size)} is not seen: "
        "--multiply 1/255 before it makes a photo of 0 to 1."
    )
