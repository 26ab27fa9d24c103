"""The kinds of value that ``tensor`` takes: an index, a shape, an order of axes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import EllipsisType
from typing import Any

import click

from dlcli.runner.kinds import Words

#: A place, places in steps, all axes that are not named, a new axis (None), or a label.
IndexItem = int | slice | EllipsisType | None | str

WHOLE = re.compile(r"[+-]?\d{1,18}")
SLICE = re.compile(r"\s*([+-]?\d{1,18})?\s*:\s*([+-]?\d{1,18})?\s*(?::\s*([+-]?\d{1,18})?\s*)?")
PART = re.compile(r"""\s*("[^"]*"|'[^']*'|[^,]*?)\s*(,|$)""")
SHAPE = re.compile(r"\d{1,18}(,\d{1,18})*,?|[(\[]\s*(\d{1,18}\s*(,\s*\d{1,18}\s*)*,?)?\s*[)\]]")


class Index(Words):
    """An index as Python writes it: ``0``, ``1,2``, ``:,0``, ``..., -1``, ``::2``; labels as words."""

    name = "INDEX"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[IndexItem, ...]:
        """The items between the commas."""
        if isinstance(value, tuple):
            return value
        items = parse_index(value)
        if items is None:
            self.fail(
                f"{value!r} is no index: between commas stands a whole number, a slice such as 1:3 or ::2, "
                "..., newaxis, or a label",
                param,
                ctx,
            )
        if sum(item is ... for item in items) > 1:
            self.fail(
                f"{value!r} has more than one ...: it stands for all axes that are not named", param, ctx
            )
        return items


def parse_index(text: str) -> tuple[IndexItem, ...] | None:
    """The items of an index; None when there is nothing between two commas.

    >>> parse_index("1, ::2, ..., red")
    (1, slice(None, None, 2), Ellipsis, 'red')
    >>> parse_index("'7',newaxis"), parse_index("1,,2")
    (('7', None), None)
    """
    text = _unbracketed(text)
    items: list[IndexItem] = []
    end = 0
    while True:
        found = PART.match(text, end)
        if found is None or not found[1]:
            return None
        items.append(_item(found[1]))
        end = found.end()
        if not found[2]:
            return tuple(items)


def index_text(items: Sequence[IndexItem]) -> str:
    """The index as it is typed, quotes around a label that would be read as something else.

    >>> index_text((1, slice(None, None, 2), ..., None, "red", "7"))
    "1,::2,...,newaxis,red,'7'"
    """
    return ",".join(_text(item) for item in items)


class Lengths(Words):
    """A shape: ``3,4``, ``(3, 4)``, one length -1."""

    name = "SHAPE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The lengths."""
        if isinstance(value, tuple):
            return value
        text = _unbracketed(value)
        parts = [part.strip() for part in text.rstrip(", ").split(",")] if text else []
        if not all(WHOLE.fullmatch(part) for part in parts) or (not parts and value.strip() == ""):
            self.fail(
                f"{value!r} is no shape: give its lengths, such as 3,4 or 3,-1 (-1 is what is left over)",
                param,
                ctx,
            )
        return tuple(int(part) for part in parts)


def parse_shape(text: str) -> tuple[int, ...] | None:
    """The shape that a word without blanks, or one in brackets, stands for; None when it is none.

    Numbers divided by blanks are a literal.

    >>> parse_shape("3,4"), parse_shape("(3, 1)"), parse_shape("()"), parse_shape("3 4")
    ((3, 4), (3, 1), (), None)
    """
    if SHAPE.fullmatch(text.strip()) is None:
        return None
    return tuple(int(length) for length in re.findall(r"\d+", text))


class Axes(Words):
    """An order of axes by their names or indices, or ``reverse``."""

    name = "AXES"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The names, as they were typed."""
        if isinstance(value, tuple):
            return value
        parts = tuple(part.strip() for part in _unbracketed(value).split(","))
        if not all(parts):
            self.fail(
                f"{value!r} is no order of axes: give names or indices, such as width,height "
                "or 1,0, or reverse",
                param,
                ctx,
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
        return item if parse_index(item) == (item,) else f"{quote}{item}{quote}"
    return "newaxis" if item is None else "..." if item is ... else str(item)


def _unbracketed(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if text[:1] + text[-1:] in ("[]", "()") else text
