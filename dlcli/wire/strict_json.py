"""Strict JSON: no duplicate keys, no NaN, no crash from deep nesting."""

from __future__ import annotations

import json
from typing import Any, NoReturn, TypeGuard


class BadJson(ValueError):
    """A text that is not strict JSON, and why."""


def loads(text: str | bytes) -> Any:
    """The value that a JSON text stands for.

    >>> loads('{"rate": 0.5}')
    {'rate': 0.5}

    Raises ``BadJson`` for anything that RFC 8259 does not allow, and for an object that names a key twice.
    """
    try:
        value = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_refuse)
        if (b"\\u" if isinstance(text, bytes) else "\\u") in text:  # type: ignore[operator]
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except BadJson:
        raise
    except RecursionError:
        raise BadJson("it is nested too deeply") from None
    except UnicodeError:
        raise BadJson("it is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} (line {error.lineno}, column {error.colno})") from None
    except ValueError:
        raise BadJson("it holds a number with too many digits") from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadJson(f"it names {brief(twice)} twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise BadJson(f'{constant} is no JSON number; write it as the string "{constant}"')


def is_shape(value: Any) -> TypeGuard[list[int]]:
    """Whether a value is a list of whole numbers that can be lengths or places."""
    return isinstance(value, list) and all(type(number) is int and 0 <= number < 2**63 for number in value)


def brief(value: Any) -> str:
    """A value as an error message quotes it."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
