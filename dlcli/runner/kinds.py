"""The kinds of value that several commands take on their command lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from dlcli.words.numeral import DECIMAL_COMMA, whole, with_point
from dlcli.words.numeral import number as literal_number

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from dlcli.runner.inputs import Reading


class Words(click.ParamType):
    """A kind of value whose name is shown in help as it is written, and the ``range`` of its numbers.

    ``words`` are those that a shell completes; ``listed`` says that one value is a list with commas.
    """

    range = ""
    words: Sequence[str] = ()
    listed = False

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The name, small letters and all: they are what is typed."""
        return self.name

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The words that begin so."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(word) for word in self.words if word.startswith(incomplete)]


class Word(Words):
    """Any text, called ``name`` in help."""

    def __init__(self, name: str) -> None:
        self.name = name


class Whole(click.IntRange):
    """A whole number from ``least`` on, called ``name`` in help."""

    def __init__(self, name: str = "N", *, least: int = 1, most: int | None = None) -> None:
        super().__init__(least, most)
        self.called = name

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """What help calls it."""
        return self.called

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; 1e3 is one, too."""
        if isinstance(value, str):
            try:
                value = whole(value)
            except ValueError as error:
                self.fail(str(error), param, ctx)
        return int(super().convert(value, param, ctx))


class Pair(Words):
    """One number for height and width, or two: ``2`` or ``2,1``."""

    name = "N[,N]"
    listed = True
    range = "x>=1"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """The (height, width) pair that the text names."""
        if isinstance(value, tuple):
            return value
        numbers = _integers(value)
        if numbers is None or len(numbers) not in (1, 2) or min(numbers) < 1:
            self.fail(
                f"{value!r} is neither a whole number from 1 on nor two of them (height,width), "
                "such as 2 or 2,1",
                param,
                ctx,
            )
        return numbers[0], numbers[-1]


class Cell(Words):
    """A place in the output: for each of its axes a 0-based index or a label; see ``dlcli.words.cell``."""

    name = "I[,J...]"
    listed = True

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        words = tuple(word.strip() for word in str(value).split(","))
        if not all(words):
            self.fail(f"{value!r} is not a cell: give its 0-based indices, such as 40,61", param, ctx)
        return words


class Input(Words):
    """A file, ``-``, ``sample:NAME`` or a literal; what it is is found out when it is read."""

    name = "INPUT"

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Files, the names that the reading knows, and the samples once ``sample:`` has been begun."""
        from click.shell_completion import CompletionItem

        found = [CompletionItem(incomplete, type="file")]
        found += [CompletionItem(name) for name in self.reading.names() if name.startswith(incomplete)]
        if incomplete and "sample:".startswith(incomplete[:7]):
            from dlcli.wire.samples import samples

            found += [
                CompletionItem(word)
                for name in samples()
                if (word := f"sample:{name}").startswith(incomplete)
            ]
        return found


class Padding(Words):
    """``valid``, ``same``, ``full``, or a number of rows and columns on every side; 0 is ``valid``."""

    name = "valid|same|full|N"
    words = ("valid", "same", "full")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | int:
        text = str(value).lower()
        if text in self.words:
            return text
        if text.isdecimal():
            return int(text) or "valid"
        self.fail(
            f"{value!r} is none of valid, same, full, nor a number of rows and columns such as 1", param, ctx
        )


class Real(Words):
    """A finite number in a range, typed as in a literal (1/3): above ``above``, or ``least`` to ``most``."""

    def __init__(
        self, name: str, *, above: float | None = None, least: float | None = None, most: float | None = None
    ) -> None:
        self.name = name
        self.above, self.least, self.most = above, least, most
        self.range = _range(above, least, most)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            typed = literal_number(value.strip()) if isinstance(value, str) else value
            number = math.nan if isinstance(typed, complex) else float(typed)
        except ValueError:
            number = math.nan
        inside = (
            math.isfinite(number)
            and (self.above is None or number > self.above)
            and (self.least is None or number >= self.least)
            and (self.most is None or number <= self.most)
        )
        if not inside:
            words = [
                f"{word} {limit:g}"
                for word, limit in (("above", self.above), ("from", self.least), ("to", self.most))
                if limit is not None
            ]
            told = f"{str(value)!r} is not a number {' '.join(words)}".rstrip()
            if "," in str(value) and DECIMAL_COMMA.fullmatch(str(value).strip()):
                told += f"; with a decimal point it is {with_point(str(value).strip(), comma=True)}"
            self.fail(told, param, ctx)
        return number


def _range(above: float | None, least: float | None, most: float | None) -> str:
    """The range of a number x, as click writes those of its own types.

    >>> _range(0, None, None), _range(None, 0, 1), _range(None, None, None)
    ('x>0', '0<=x<=1', '')
    """
    if most is None:
        return f"x>{above:g}" if above is not None else f"x>={least:g}" if least is not None else ""
    low = f"{above:g}<" if above is not None else f"{least:g}<=" if least is not None else ""
    return f"{low}x<={most:g}"


class AxisName(Words):
    """One axis of whatever comes in, by its name or its place: ``channel``, ``0``, ``-1``.

    Which one that is, ``dlcli.words.cell.axis_place`` says for each tensor.
    """

    name = "NAME|INDEX"


def _integers(value: Any) -> list[int] | None:
    try:
        return [whole(part) for part in str(value).split(",")]
    except ValueError:
        return None
