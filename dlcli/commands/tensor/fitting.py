"""What makes two tensors fit that do not: the reshape or the transpose of one of them, as it is typed."""

from __future__ import annotations

import math
import shlex

from dlcli.engines.tensors.broadcast import MISFIT, broadcast_rule, with_ones
from dlcli.engines.tensors.reshape import written
from dlcli.errors import printable

Shape = tuple[int, ...]


def fitting(left: Shape, right: Shape, word: str, flag: str) -> str:
    """What makes two tensors fit that do not: the other one in another shape or turned, or this one."""
    if len(right) > 1 and _broadcasts(left, right[::-1]):
        return f"; the other one fits turned: {line_of(word, '--transpose', 'reverse', flag)}"
    theirs, mine = with_ones(right, left), with_ones(left, right)
    found = []
    if theirs:
        shape = left if math.prod(left) == math.prod(right) else theirs
        line = line_of(word, "--reshape", written(shape), flag)
        found.append(f"the other one fits as {written(shape)}: {line}")
        if shape == left or len(theirs) - len(right) < len(mine or ()) - len(left):
            mine = None
    if mine:
        found.append(f"this one fits as {written(mine)}: --reshape {written(mine)} before")
    return f"; {'; '.join(found)}" if found else ""


def line_of(word: str, step: str, value: str, flag: str) -> str:
    """The line that turns the other one and pipes it in as ``-``."""
    return f"dlcli tensor {shlex.quote(printable(word))} {step} {value} | dlcli tensor … {flag} -"


def _broadcasts(left: Shape, right: Shape) -> bool:
    return all(rule.rule != MISFIT for rule in broadcast_rule(left, right))
