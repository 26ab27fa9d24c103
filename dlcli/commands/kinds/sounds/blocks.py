"""Blocks of a sound that come one after the other: what a command that knows one alone says of it."""

from __future__ import annotations

from collections.abc import Iterable

from dlcli.runner.result import Run
from dlcli.tensor import Tensor

#: Axes along which the blocks of a sound follow each other.
ONWARDS = ("frame", "time")


def is_part(x: Tensor) -> bool:
    """Whether a tensor is one block of several of a sound, or was made of one.

    >>> is_part(Tensor([1])), is_part(Tensor([1], attrs={"block": 0, "last": False}))
    (False, True)
    """
    return bool(x.attrs.get("block", 0)) or ("block" in x.attrs and not x.attrs.get("last", True))


def say_alone(x: Tensor, axes: Iterable[int], run: Run, what: str) -> None:
    """Say once that ``what`` knows no neighbours beyond a block, where it mixes along these axes of one."""
    mixed = next((name for place in axes if (name := x.axis_names[place]) in ONWARDS), None)
    if mixed and is_part(x):
        places = {"frame": "frames", "time": "samples"}[mixed]
        run.warn(f"{what} works on the {places} of each block alone; without --block on the whole sound")
