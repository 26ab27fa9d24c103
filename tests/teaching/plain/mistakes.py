"""The mistake in a solution: what is right by the topic's own plain computation, and the first line that differs."""

from __future__ import annotations

import pkgutil
from fractions import Fraction
from importlib import import_module
from typing import Any

from dlcli.teaching.task import near
from tests.teaching import plain

Given = dict[str, Any]


def find_mistake(given: Given) -> list[Any]:
    """The answers of the right solution are those of the plain computation; the first other line is wrong."""
    plainly: dict[str, Any] = {}
    for found in pkgutil.iter_modules(plain.__path__):
        plainly |= import_module(f"tests.teaching.plain.{found.name}").KEYS
    right = dict(given["right"])
    for name, value in zip(given["fields"], plainly[given["topic"][0]](given["task"]), strict=True):
        assert near(right[name], value, Fraction(0)), (given["topic"][0], name)
    for place, ((name, value), (_, shown)) in enumerate(zip(given["right"], given["shown"], strict=True), 1):
        if not near(value, shown, Fraction(1, 1000)):
            return [place, right[name], *(given["says"] if given["level"] == 3 else [])]
    raise AssertionError("no line differs")


KEYS = {"find-mistake": find_mistake}
LINES: dict[str, Any] = {}
