"""The words that ``tensor`` takes: an index, a shape, an order of axes, noise."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import Any

import click

from dlcli.runner.kinds import Words
from dlcli.words.numeral import number

#: A place, places in steps, all axes that are not named, a new axis (None), or a label.
IndexItem = int | slice | EllipsisType | None | str

WHOLE = re.compile(r"[+-]?\d{1,18}")
SLICE = re.compile(r"\s*([+-]?\d{1,18})?\s*:\s*([+-]?\d{1,18})?\s*(?::\s*([+-]?\d{1,18})?\s*)?")
PART = re.compile(r"""\s*("[^"]*"|'[^']*'|[^,]*?)\s*(,|$)""")
SHAPE = re.compile(r"\d{1,18}(,\d{1,18})*,?|\(\s*(\d{1,18}\s*(,\s*\d{1,18}\s*)*,?)?\s*\)")


class Commas(Words):
    """Words between commas, in brackets or without.

    ``parse`` makes the value of them, or says by a ``ValueError`` what they are not.
    """

    between = ","

    def __init__(self, name: str, parse: Callable[[str], tuple[Any, ...]]) -> None:
        self.name = name
        self.parse = parse

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Any, ...]:
        """What stands between the commas."""
        if isinstance(value, tuple):
            return value
        try:
            return self.parse(value)
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


class NoiseKind(Words):
    """``gaussian:DEVIATION`` or ``uniform:SIZE``: a kind of noise and how large it is."""

    name = "gaussian:SIGMA|uniform:SIZE"
    words = ("gaussian:", "uniform:")

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        """The kind, and its size."""
        if isinstance(value, tuple):
            return value
        kind, _, size = str(value).partition(":")
        try:
            large = number(size.strip())
        except ValueError:
            large = math.nan
        if (
            kind.lower() not in ("gaussian", "uniform")
            or isinstance(large, complex)
            or not 0 <= large < math.inf
        ):
            self.fail(
                f"{value!r} is no noise: gaussian:0.1 has the mean 0 and the deviation 0.1, uniform:0.1 lies "
                "between -0.1 and 0.1",
                param,
                ctx,
            )
        return kind.lower(), float(large)


def parse_index(text: str) -> tuple[IndexItem, ...]:
    """The items of an index as Python writes it; labels are words.

    >>> parse_index("1, ::2, ..., red"), parse_index("('7',newaxis)")
    ((1, slice(None, None, 2), Ellipsis, 'red'), ('7', None))

    Raises ``ValueError`` when there is nothing between two commas, and when there is more than one ``...``.
    """
    text = _unbracketed(text)
    items: list[IndexItem] = []
    end, more = 0, True
    while more:
        found = PART.match(text, end)
        if found is None or not found[1]:
            raise ValueError(
                "is no index: between commas stands a whole number, a slice such as 1:3 or ::2, ..., "
                "newaxis, or a label"
            )
        items.append(_item(found[1]))
        end, more = found.end(), bool(found[2])
    if items.count(...) > 1:
        raise ValueError("has more than one ...: it stands for all axes that are not named")
    return tuple(items)


def index_text(items: Sequence[IndexItem]) -> str:
    """The index as it is typed, quotes around a label that would be read as something else.

    >>> index_text((1, slice(None, None, 2), ..., None, "red", "7"))
    "1,::2,...,newaxis,red,'7'"
    """
    return ",".join(_text(item) for item in items)


def parse_lengths(text: str) -> tuple[int, ...]:
    """The lengths of a shape, of which one may be -1.

    >>> parse_lengths("3,-1"), parse_lengths("(3, 4)"), parse_lengths("()")
    ((3, -1), (3, 4), ())

    Raises ``ValueError`` when one of them is no whole number, and when there is nothing.
    """
    inner = _unbracketed(text)
    parts = [part.strip() for part in inner.rstrip(", ").split(",")] if inner else []
    if not all(WHOLE.fullmatch(part) for part in parts) or not text.strip():
        raise ValueError("is no shape: give its lengths, such as 3,4 or 3,-1 (-1 is what is left over)")
    return tuple(int(part) for part in parts)


def parse_shape(text: str) -> tuple[int, ...] | None:
    """The shape that a word without blanks, or one in parentheses, stands for; None when it is none.

    Numbers divided by blanks, or in square brackets, are a literal.

    >>> parse_shape("3,4"), parse_shape("(3, 1)"), parse_shape("()"), parse_shape("3 4"), parse_shape("[3]")
    ((3, 4), (3, 1), (), None, None)
    """
    if SHAPE.fullmatch(text.strip()) is None:
        return None
    return tuple(int(length) for length in re.findall(r"\d+", text))


def parse_order(text: str) -> tuple[str, ...]:
    """The names or indices of axes, or ``reverse``, as they were typed.

    Raises ``ValueError`` when there is nothing between two commas.
    """
    parts = tuple(part.strip() for part in _unbracketed(text).split(","))
    if not all(parts):
        raise ValueError(
            "is no order of axes: give names or indices, such as width,height or 1,0, or reverse"
        )
    return parts


def _item(text: str) -> IndexItem:
    if text[0] in "\"'" and text[-1] == text[0] and len(text) > 1:
        return text[1:-1]
    if text in ("...", "…"):
        return ...
    if text in ("newaxis", "None"):
        return None
    if WHOLE.fullmatch(text):
        return int(text)
    found = SLICE.fullmatch(text)
    return slice(*(int(part) if part else None for part in found.groups())) if found else text


def _text(item: IndexItem) -> str:
    if isinstance(item, slice):
        start, stop, step = ("" if part is None else str(part) for part in (item.start, item.stop, item.step))
        return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
    if isinstance(item, str):
        quote = '"' if "'" in item else "'"
        return item if _reads_as_itself(item) else f"{quote}{item}{quote}"
    return "newaxis" if item is None else "..." if item is ... else str(item)


def _reads_as_itself(label: str) -> bool:
    try:
        return parse_index(label) == (label,)
    except ValueError:
        return False


def _unbracketed(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if text[:1] + text[-1:] in ("[]", "()") else text
