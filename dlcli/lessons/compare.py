"""What is to be seen against what came: the first line that differs, and what stands in its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

ANY_LINES, ANY = "...", "{*}"

#: What is said in the place of a line where there is none.
NOTHING = "(nothing more)"


def lines_of(output: str) -> list[str]:
    """The lines of an output as they are compared: without blanks at their ends, or empty ones at its end.

    >>> lines_of("a  \\n\\nb\\n\\n")
    ['a', '', 'b']
    """
    return [line.rstrip() for line in output.rstrip().split("\n")] if output.strip() else []


@cache
def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, line.rstrip().split(ANY))))


def is_wild(line: str) -> bool:
    """Whether a line leaves something open where it says what is to be seen."""
    return ANY in line or line.rstrip() == ANY_LINES


def _is(line: str, received: str) -> bool:
    return _pattern(line).fullmatch(received) is not None


def difference(expected: Sequence[str], received: Sequence[str]) -> tuple[str, str] | None:
    """The first line that differs, as it is expected and as it was received; None where none does.

    >>> difference(["a", "...", "{*} m"], ["a", "b", "c", "12 m"])
    >>> difference(["a", "b"], ["a", "c"]), difference(["a"], [])
    (('b', 'c'), ('a', '(nothing more)'))
    """
    if not expected:
        return None
    # Places in what is expected that the lines so far lead to: an automaton, so that "..." costs nothing.
    places = _closed({0}, expected)
    furthest, behind = max(places), 0
    for count, line in enumerate(received, 1):
        open_ = {place for place in places if place < len(expected) and expected[place].rstrip() == ANY_LINES}
        open_ |= {place + 1 for place in places if place < len(expected) and _is(expected[place], line)}
        places = _closed(open_, expected)
        if not places:
            break
        if max(places) >= furthest:
            furthest, behind = max(places), count
    if len(expected) in places:
        return None
    return (
        expected[furthest] if furthest < len(expected) else NOTHING,
        received[behind] if behind < len(received) else NOTHING,
    )


def _closed(places: set[int], expected: Sequence[str]) -> set[int]:
    """The places, and those behind a ``...`` that stands for no line."""
    found = set(places)
    for place in places:
        while place < len(expected) and expected[place].rstrip() == ANY_LINES:
            place += 1
            found.add(place)
    return found


def updated(expected: Sequence[str], received: Sequence[str]) -> list[str]:
    """What is to be expected of what came: lines that leave something open stay where they still fit.

    >>> updated(["1 a", "...", "{*} m", "9"], ["2 a", "b", "c", "12 m"])
    ['2 a', '...', '{*} m']
    """
    if expected and difference(expected, received) is None:
        return list(expected)
    if not any(map(is_wild, expected)):
        return list(received)
    rows, columns = len(expected), len(received)
    # The least number of lines to change, from each place on (Wagner and Fischer, 1974).
    costs = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows, -1, -1):
        for j in range(columns, -1, -1):
            if i < rows or j < columns:
                costs[i][j] = min(cost for cost, _, _, _ in _moves(expected, received, costs, i, j))
    found: list[str] = []
    i = j = 0
    while i < rows or j < columns:
        _, line, i, j = min(_moves(expected, received, costs, i, j), key=lambda move: move[0])
        if line is not None:
            found.append(line)
    return found


def _moves(
    expected: Sequence[str], received: Sequence[str], costs: list[list[int]], i: int, j: int
) -> list[tuple[int, str | None, int, int]]:
    """From a place in both: what each next line costs, what is written of it, and where it leads."""
    moves: list[tuple[int, str | None, int, int]] = []
    if i < len(expected) and expected[i].rstrip() == ANY_LINES:
        moves.append((costs[i + 1][j], ANY_LINES, i + 1, j))
        if j < len(received):
            moves.append((costs[i][j + 1], None, i, j + 1))
    elif i < len(expected) and j < len(received):
        same = _is(expected[i], received[j])
        moves.append((costs[i + 1][j + 1] + (not same), expected[i] if same else received[j], i + 1, j + 1))
    if j < len(received):
        moves.append((costs[i][j + 1] + 1, received[j], i, j + 1))
    if i < len(expected):
        moves.append((costs[i + 1][j] + 1, None, i + 1, j))
    return moves
