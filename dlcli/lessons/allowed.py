"""Which lessons of others somebody has seen and allowed to run: by the digests of their files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from dlcli.errors import printable
from dlcli.lessons.lesson import Lesson


def digest(lesson: Lesson) -> str:
    """What its file is known by: another letter, and it is asked for again."""
    return sha256(lesson.source.encode()).hexdigest()


def record(variables: Mapping[str, str]) -> Path:
    """Where it is kept: a line for each.

    >>> record({"XDG_STATE_HOME": "/state"}).as_posix()
    '/state/dlcli/lessons'

    Source: XDG Base Directory Specification 0.8: what is no absolute path is left out.
    """
    told = variables.get("XDG_STATE_HOME", "")
    home = Path(variables.get("HOME") or os.path.expanduser("~"))
    return (Path(told) if os.path.isabs(told) else home / ".local" / "state") / "dlcli" / "lessons"


def is_allowed(lesson: Lesson, variables: Mapping[str, str]) -> bool:
    """Whether this file was allowed before."""
    try:
        lines = record(variables).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return digest(lesson) in (line.partition(" ")[0] for line in lines)


def allow(lesson: Lesson, variables: Mapping[str, str]) -> None:
    """Remember it; where that cannot be written it is asked for again the next time."""
    file = record(variables)
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(f"{digest(lesson)} {printable(lesson.name)}\n")
