"""What is compared: one piece of work, done by dlcli and by its peers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Does the work once; what it returns shows that all contenders did the same.
Work = Callable[[], Any]


@dataclass(frozen=True)
class Contest:
    """One row of the table.

    ``contenders`` are names in the module's ``CONTENDERS``, the first being ours: functions that prepare the
    work, and raise ``ImportError`` when the peer is not installed; ``options`` are what they are called with.
    ``goals`` holds, for a peer, the ratio of our time to its time not to be exceeded; ``memory_goal`` the
    bytes that our work may need beyond its input and its output. ``more`` names larger works that are as many
    times as long.
    """

    name: str
    contenders: Sequence[str]
    options: Mapping[str, Any] = field(default_factory=dict)
    goals: Mapping[str, float] = field(default_factory=dict)
    memory_goal: int | None = None
    same: bool = True
    rounds: int = 15
    more: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """What one contender did: seconds of each round, and bytes beyond input and output at its peak."""

    name: str
    seconds: tuple[float, ...]
    memory: int | None
