"""Slips of whoever looks for a mistake in a calculation: what is carried on is taken for what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from dlcli.engines.base.exact import Exact
from dlcli.engines.base.slips import slip


@slip(
    "find.carried",
    "with a line that only carries the mistake on",
    "The first wrong line is the one in which the mistake was made; what follows is right from it.",
)
def carried(wrong: Sequence[int], right: Sequence[Exact]) -> tuple[int, Exact]:
    """The next line that differs, with its right value; lines are counted from 1.

    Parameters
    ----------
    wrong : places of the lines that differ, from 0
    right : what all lines should be

    >>> carried([1, 3], [5, 6, 7, 8])
    (4, 8)
    """
    return wrong[1] + 1, right[wrong[1]]


@slip("find.before", "with the line before", "That line is right: compute it again.")
def before(wrong: Sequence[int], right: Sequence[Exact]) -> tuple[int, Exact]:
    """The line before the first that differs."""
    return wrong[0], right[wrong[0] - 1]


@slip("find.kept", "with the value as it stands there", "Asked for is the value that the line should have.")
def kept(wrong: Sequence[int], shown: Sequence[Exact]) -> tuple[int, Exact]:
    """The wrong value."""
    return wrong[0] + 1, shown[wrong[0]]


@slip(
    "find.other",
    "with the other of the two",
    "Compute the line in both ways: one of them gives what stands there.",
)
def other(made: str, not_made: str) -> str:
    """What did not happen."""
    return not_made
