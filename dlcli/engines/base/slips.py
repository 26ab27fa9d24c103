"""Slips: wrong versions of a formula that people have computed, each with a name.

A slip stands beside the engine that it parodies and takes what the right formula takes, so that whatever is
drawn, it gives the number that somebody who makes this slip would give. A *convention* is no mistake: another
book defines it so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

Wrong = TypeVar("Wrong", bound=Callable[..., Any])


@dataclass(frozen=True)
class Slip:
    """One way to get something else.

    ``says`` completes "6 is what comes out …"; ``instead`` is what is right, in a sentence. ``same`` are the
    slips whose value it always has, where that is so: both are named then.
    """

    id: str
    says: str
    instead: str
    wrong: Callable[..., Any]
    convention: bool = False
    same: tuple[str, ...] = ()


#: All slips that have been loaded, by their names.
SLIPS: dict[str, Slip] = {}


def slip(
    id: str, says: str, instead: str, *, convention: bool = False, same: tuple[str, ...] = ()
) -> Callable[[Wrong], Wrong]:
    """Name a wrong version of a formula.

    Raises ``ValueError`` when another has that name.
    """

    def decorate(wrong: Wrong) -> Wrong:
        known = SLIPS.get(id)
        if known is not None and known.wrong.__qualname__ != wrong.__qualname__:
            raise ValueError(f"two slips are called {id!r}")
        SLIPS[id] = Slip(id, says, instead, wrong, convention, same)
        return wrong

    return decorate


def wrong(
    prefix: str, *numbers: Any, leaving: tuple[str, ...] = (), **named: Any
) -> dict[str, Callable[[], Any]]:
    """What each slip whose name begins so makes of these numbers, computed once, when it is asked for."""
    names = [name for name in SLIPS if name.startswith(prefix) and name not in leaving]
    return these(names, *numbers, **named)


def these(names: Iterable[str], *numbers: Any, **named: Any) -> dict[str, Callable[[], Any]]:
    """What the slips of these names make of some numbers, computed once, when it is asked for."""
    return {name: cache(partial(SLIPS[name].wrong, *numbers, **named)) for name in names}
