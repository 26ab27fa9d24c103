"""What a file says of its training, checked before anything is built on it."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from dlcli.commands.kinds.nets.net_file import NetFile
from dlcli.errors import BadData, printable
from dlcli.nets.layers.base import UnknownName
from dlcli.nets.optimisers import SLOTS, Rule
from dlcli.nets.schedules import schedule
from dlcli.nets.training import MEASURES, Settings

#: A fact: whether it is one, and what it would be in words.
Fact = tuple[Callable[[Any], bool], str]

#: No training has had so many steps.
MOST = 1 << 53


def _whole(least: int, most: float = math.inf) -> Fact:
    def fits(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    return fits, f"a whole number from {least} on"


def _real(least: float = -math.inf, most: float = math.inf, *, open_: bool = False) -> Fact:
    """A finite number from ``least`` to below ``most``; ``open_`` without ``least``."""

    def fits(value: Any) -> bool:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        return abs(value) <= sys.float_info.max and least <= value < most and not (open_ and value == least)

    low = "" if least == -math.inf else f" above {least:g}" if open_ else f" from {least:g} on"
    return fits, f"a number{low}" + f" below {most:g}" * (most < math.inf)


def _or_null(fact: Fact) -> Fact:
    fits, words = fact
    return lambda value: value is None or fits(value), f"null, or {words}"


def _list(fact: Fact, length: int | None = None) -> Fact:
    fits, words = fact

    def all_fit(value: Any) -> bool:
        return isinstance(value, list) and length in (None, len(value)) and all(map(fits, value))

    return all_fit, f"a list of {words}" if length is None else f"{length} times {words}"


def _schedule(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(schedule(value))
    except (ValueError, UnknownName):
        return False


def _epochs(value: Any) -> bool:
    loss, share = _real()[0], _or_null(_real())[0]
    row = (_whole(1)[0], loss, share, share, share, loss)
    return isinstance(value, list) and all(
        isinstance(one, list)
        and len(one) == len(row)
        and all(fits(x) for fits, x in zip(row, one, strict=True))
        for one in value
    )


def _validation(value: Any) -> bool:
    try:
        return value is None or (isinstance(value, str) and 0 <= float(value) < 1)
    except ValueError:
        return True


TEXT: Fact = (lambda value: isinstance(value, str), "text")
FLAG: Fact = (lambda value: isinstance(value, bool), "true or false")
SHARE = _real(0, 1)

#: The facts by the part that they stand in; "" is the whole.
FACTS: Mapping[str, Mapping[str, Fact]] = {
    "": {
        "dtype": (lambda value: value in ("float32", "float64"), "float32 or float64"),
        "frozen": _list(TEXT),
    },
    "data": {
        "name": TEXT,
        "digest": TEXT,
        "validation": (_validation, "null, or a share from 0 to below 1, or a set"),
        "per_class": _or_null(_whole(1)),
        "noise": _or_null(_real(0, open_=True)),
        "window": _or_null(_whole(1)),
    },
    "settings": {
        "epochs": _whole(0), "batch": _whole(1), "rate": _real(0, open_=True),
        "schedule": (_schedule, "a schedule"), "shift": _whole(0), "flip": FLAG,
        "clip": _or_null(_real(0, open_=True)), "patience": _or_null(_whole(1)), "seed": _whole(0),
        "rule": (lambda value: isinstance(value, dict), "an object"),
    },
    "rule": {
        "name": (lambda value: isinstance(value, str) and value in SLOTS, f"one of {', '.join(SLOTS)}"),
        "momentum": SHARE, "beta_1": SHARE, "beta_2": SHARE, "rho": SHARE,
        "epsilon": _real(0, open_=True), "weight_decay": _real(0),
    },
    "progress": {
        "epoch": _whole(0, MOST), "step": _whole(0, MOST), "steps": _whole(0, MOST),
        "best_epoch": _whole(0, MOST),
        "sums": _list(_real(), 2), "history": (_epochs, f"a list of {', '.join(MEASURES)}"),
    },
}  # fmt: skip


def settings_of(file: NetFile) -> Settings:
    """The settings of the training in a file, all of whose facts are checked.

    Raises ``BadData`` for one that lacks, or is of another type or out of range.
    """
    settings, progress = file.facts.get("settings"), file.facts.get("progress")
    rule = settings.get("rule") if isinstance(settings, dict) else None
    parts = {"": file.facts, "data": file.facts.get("data"), "settings": settings, "rule": rule}
    for part, told in {**parts, "progress": progress}.items():
        _check(file, part, told)
    assert isinstance(settings, dict)
    assert isinstance(progress, dict)
    assert isinstance(rule, dict)
    if len(progress["history"]) != progress["epoch"] or progress["best_epoch"] > progress["epoch"]:
        raise _none(file, "progress", f"it counts {progress['epoch']} epochs and holds others")
    room = min(file.spec.input[:2]) if len(file.spec.input) == 3 else 1
    if settings["shift"] >= max(room, 1) or (settings["flip"] and len(file.spec.input) != 3):
        raise _none(file, "settings", f"inputs {file.spec.input} cannot be moved or mirrored so")
    known = {one.name: settings[one.name] for one in fields(Settings)}
    made = {one.name: rule[one.name] for one in fields(Rule)}
    return Settings(**{**known, "rule": Rule(**made), "schedule": schedule(settings["schedule"])})


def _check(file: NetFile, part: str, told: Any) -> None:
    where = part or "facts"
    if not isinstance(told, Mapping):
        raise _none(file, where, f"an object is expected, received {told!r:.40}")
    for name, (fits, words) in FACTS[part].items():
        if name not in told:
            raise _none(file, where, f"{name} is not there")
        if not fits(told[name]):
            raise _none(file, where, f"{name} is {words}; received {printable(repr(told[name])[:40])}")


def _none(file: NetFile, part: str, why: str) -> BadData:
    verb = "are" if part.endswith("s") and part != "progress" else "is"
    return BadData(f"{printable(file.source)}: its {part} {verb} none of a training: {why}")
