"""What makes two tensors fit that do not: the reshape or the transpose of one of them, as it is typed."""

from __future__ import annotations

import math
import shlex

from dlcli.engines.tensors.broadcast import MISFIT, broadcast_rule, with_ones
from dlcli.engines.tensors.reshape import written
from dlcli.errors import printable

#: How many times as many numbers as the larger one has a result may have that is proposed, beyond a few.
TIMES, FEW = 4, 64

Shape = tuple[int, ...]


def fitting(left: Shape, right: Shape, word: str, flag: str) -> str:
    """What makes two tensors fit that do not: the other one in another shape, turned or cut, or this one.

    Nothing that would make far more numbers than both have: nobody meant that.
    """
    if len(right) > 1 and _broadcasts(left, right[::-1]):
        return f"; the other one fits turned: {line_of(word, '--transpose', 'reverse', flag)}"
    theirs, mine = with_ones(right, left), with_ones(left, right)
    theirs = theirs if theirs and _is_modest(left, theirs) else None
    mine = mine if mine and _is_modest(mine, right) else None
    found = []
    if theirs:
        shape = left if math.prod(left) == math.prod(right) else theirs
        line = line_of(word, "--reshape", written(shape), flag)
        found.append(f"the other one fits as {written(shape)}: {line}")
        if shape == left or len(theirs) - len(right) < len(mine or ()) - len(left):
            mine = None
    if mine:
        found.append(f"this one fits as {written(mine)}: --reshape {written(mine)} before")
    if not found and len(right) > 1:
        turned = with_ones(right[::-1], left)
        if turned and _is_modest(left, turned):
            line = line_of(word, "--transpose reverse --reshape", written(turned), flag)
            found.append(f"the other one fits turned, as {written(turned)}: {line}")
    found = found or _cut(left, right, word, flag)
    return f"; {'; '.join(found)}" if found else ""


def line_of(word: str, step: str, value: str, flag: str) -> str:
    """The line that turns the other one and pipes it in as ``-``."""
    return f"dlcli tensor {shlex.quote(printable(word))} {step} {value} | dlcli tensor … {flag} -"


def _is_modest(left: Shape, right: Shape) -> bool:
    """Whether what two shapes make is not far larger than both."""
    size = math.prod(rule.result or 0 for rule in broadcast_rule(left, right))
    return 0 < size <= max(FEW, TIMES * max(math.prod(left), math.prod(right)))


def _cut(left: Shape, right: Shape, word: str, flag: str) -> list[str]:
    """The index that makes the longer one as long as the other; nothing where it would lose most of it."""
    if len(left) != len(right) or math.prod(map(min, left, right)) * TIMES < math.prod(map(max, left, right)):
        return []
    more, less = [
        ",".join(f":{b}" if a > b else ":" for a, b in zip(*pair, strict=True))
        for pair in ((left, right), (right, left))
    ]
    if all(a >= b for a, b in zip(left, right, strict=True)):
        return [f"this one fits cut: --index {more} before"]
    if all(b >= a for a, b in zip(left, right, strict=True)):
        return [f"the other one fits cut: {line_of(word, '--index', less, flag)}"]
    return []


def _broadcasts(left: Shape, right: Shape) -> bool:
    return all(rule.rule != MISFIT for rule in broadcast_rule(left, right))
