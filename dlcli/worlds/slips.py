"""Names that may be another one with a slip of the pen in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Letters, digits, and every other sign, each by itself; blanks and underscores only stand between them.
PART = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")

#: Letters from which on two words may be alike by mistake: A and B, bad and bed are so on purpose.
SHORTEST = 4


def slip_of(name: str, others: Iterable[str]) -> str | None:
    """The first of the others that may have been meant by a name, or None.

    That is one of the same letters, large or small, with or without blanks; or one with a single word that
    becomes the same when at most one letter is left out of either: a letter too many or too few, a wrong one,
    two that changed places. Another number is another name.

    >>> slip_of("lectrue 1", ["exercise", "lecture 1"]), slip_of("Phone", ["phone"])
    ('lecture 1', 'phone')
    >>> slip_of("lecture 3", ["lecture 1"]), slip_of("state C", ["state B"]), slip_of("no end", ["low end"])
    (None, None, None)
    """
    parts = _parts(name)
    return next((other for other in others if other != name and _alike(parts, _parts(other))), None)


def _parts(name: str) -> list[str]:
    return PART.findall(name.casefold())


def _alike(parts: list[str], others: list[str]) -> bool:
    if parts and "".join(parts) == "".join(others):
        return True
    if len(parts) != len(others):
        return False
    differing = [pair for pair in zip(parts, others, strict=True) if pair[0] != pair[1]]
    return len(differing) == 1 and all(
        word.isalpha() and len(word) >= SHORTEST for word in differing[0]
    ) and not _shortened(differing[0][0]).isdisjoint(_shortened(differing[0][1]))  # fmt: skip


def _shortened(word: str) -> set[str]:
    """The word, and what is left of it without one of its letters."""
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}
