"""The options of a Gymnasium world, written behind the question mark of ``gym:ID?KEY=VALUE``."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from dlcli.errors import BadData, printable
from dlcli.words.near import did_you_mean

#: What Gymnasium can be told about every world, and what it is here.
ELSEWHERE = {
    "render_mode": "dlcli draws the world itself",
    "max_episode_steps": "dlcli td --max-steps N says when an episode is cut",
    "disable_env_checker": "dlcli needs no checker",
}

#: Words for options that are on or off.
ON, OFF = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True)
class KnownOptions:
    """The options that the maker of a world takes, with their defaults.

    ``lists`` are those that hold several words; when ``open``, there may be options beside these.
    """

    make: Callable[..., Any]
    defaults: Mapping[str, Any]
    lists: frozenset[str]
    open: bool

    @staticmethod
    def of(make: Callable[..., Any], registered: Mapping[str, Any]) -> KnownOptions:
        """The options of a function or class; what is ``registered`` goes before its own defaults.

        >>> KnownOptions.of(lambda size=4, *, windy=False: None, {"size": 8}).defaults
        {'size': 8, 'windy': False}
        """
        every = inspect.signature(make).parameters.values()
        named = [one for one in every if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
        defaults = {one.name: one.default for one in named} | dict(registered)
        return KnownOptions(
            make,
            {name: default for name, default in defaults.items() if name not in ELSEWHERE},
            frozenset(one.name for one in named if "list[" in str(one.annotation)),
            any(one.kind is one.VAR_KEYWORD for one in every),
        )

    def choices(self, option: str) -> tuple[str, ...]:
        """The words that an option can be, where they are the keys of a table beside ``make``.

        It is known by the option's default, which is one of its keys.
        """
        default = self.defaults.get(option)
        module = sys.modules.get(getattr(self.make, "__module__", ""))
        for table in list(vars(module).values()) if module is not None else ():
            if isinstance(table, dict) and isinstance(default, str) and default in table:
                return tuple(map(str, table))
        return ()


def split_options(word: str, query: str) -> dict[str, str]:
    """The options of ``KEY=VALUE&KEY=VALUE``, each with its text.

    >>> split_options("gym:Taxi-v4?is_rainy=yes", "is_rainy=yes")
    {'is_rainy': 'yes'}

    Raises ``BadData`` for what has no value, for an option that is given twice, and for one that is
    Gymnasium's own business.
    """
    found: dict[str, str] = {}
    for part in query.split("&") if query else ():
        key, equal, text = part.partition("=")
        if not key or not equal:
            raise BadData(printable(f"{word}: {part!r} is no option; try {word.partition('?')[0]}?key=value"))
        if key in found:
            raise BadData(printable(f"{word}: {key} is given twice"))
        if key in ELSEWHERE:
            raise BadData(printable(f"{word}: {ELSEWHERE[key]}: leave out {key}"))
        found[key] = text
    return found


def typed_options(word: str, given: Mapping[str, str], known: KnownOptions | None) -> dict[str, Any]:
    """The options in the types of their defaults: booleans, numbers, text; a list has commas between words.

    Where nothing is known of an option, its text decides.

    Raises ``BadData`` for options that the world does not have, and for what an option cannot be.
    """
    if known is None:
        return {key: by_its_look(text) for key, text in given.items()}
    found: dict[str, Any] = {}
    for key, text in given.items():
        if key not in known.defaults and not known.open:
            _unknown(word, key, tuple(known.defaults))
        found[key] = text.split(",") if key in known.lists else _as(word, key, text, known.defaults.get(key))
    return found


def by_its_look(text: str) -> str | int | float | bool | None:
    """The value that a text most likely means.

    >>> [by_its_look(text) for text in ("true", "none", "3", "0.5", "4x4")]
    [True, None, 3, 0.5, '4x4']
    """
    known = {"true": True, "false": False, "none": None}
    if text.lower() in known:
        return known[text.lower()]
    number = _number(text)
    return text if number is None else number


def _as(word: str, key: str, text: str, default: Any) -> Any:
    """The text as what the default is."""
    if isinstance(default, bool):
        if text.lower() not in (*ON, *OFF):
            _refuse(word, key, "true or false, yes or no, on or off", text)
        return text.lower() in ON
    if isinstance(default, str):
        return text
    if isinstance(default, int | float):
        number = _number(text)
        return _refuse(word, key, "a number", text) if number is None else number
    if isinstance(default, tuple) and default and all(isinstance(one, int | float) for one in default):
        numbers = [_number(part) for part in text.split(",")]
        if len(numbers) != len(default) or None in numbers:
            example = ",".join(map(str, default))
            _refuse(word, key, f"{len(default)} numbers, such as {example}", text)
        return tuple(numbers)
    return by_its_look(text)


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        return number if math.isfinite(number) else None
    return None


def _refuse(word: str, key: str, wanted: str, text: str) -> NoReturn:
    raise BadData(printable(f"{word}: {key} expects {wanted}; received {text!r}"))


def _unknown(word: str, key: str, known: tuple[str, ...]) -> NoReturn:
    """Refuse an option, with the nearest that there is."""
    hint = did_you_mean(key, known, f"there are {', '.join(known)}" if known else "it has none")
    raise BadData(printable(f"{word.partition('?')[0]} has no option {key}: {hint}"))
