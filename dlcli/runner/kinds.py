"""The kinds of value that several commands take on their command lines."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from dlcli.words.headings import ANY, PARTS, divided, is_known
from dlcli.words.near import did_you_mean, known_as
from dlcli.words.numeral import DECIMAL_COMMA, whole, with_point
from dlcli.words.numeral import number as literal_number

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from dlcli.runner.inputs import Reading

#: More sections than these are not listed where one is not known, but these most like it.
MANY_SECTIONS, LIKE = 20, 5


class Words(click.ParamType):
    """A kind of value whose name is shown in help as it is written, and the ``range`` of its numbers.

    ``words`` are those that a shell completes; ``between`` is what divides the numbers of one value, where
    it can hold several; ``listed`` says that one value may be several words with commas. ``file`` says
    whether it may name a file, and what is done to that: ``read`` or ``write``.
    """

    range = ""
    file = ""
    between = ""
    listed = False
    words: Sequence[str] = ()

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
    """Any text, called ``name`` in help: a file, or what is typed in its place."""

    between = " "

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The text as it was typed, ``sample:`` in small letters."""
        return with_sample(value) if isinstance(value, str) else value


class Reads(Word):
    """A file that is read, or what is typed in its place; called ``name`` in help."""

    file = "read"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Files."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


class Writes(Reads):
    """A file that is written; its name ends with one of ``endings``, where these are given."""

    file = "write"

    def __init__(self, name: str, *, endings: tuple[str, ...] = ()) -> None:
        super().__init__(name)
        self.endings = endings


def with_sample(word: str) -> str:
    """A word where ``sample:`` is written in small letters, unless a file bears its name.

    >>> with_sample("Sample:Cat"), with_sample("Sample: a text")
    ('sample:Cat', 'Sample: a text')
    """
    if re.match(r"sample:\S+$", word, re.IGNORECASE) and not os.path.lexists(word):
        return known_as(word, ("sample",))
    return word


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


class WholeOr(Words):
    """A whole number from 0 on, or one of some words in its place."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.name = "|".join(("N", *words))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """The number, or the word in small letters."""
        if isinstance(value, int):
            return value
        if value.lower() in self.words:
            return str(value.lower())
        try:
            found = whole(value)
        except ValueError:
            found = -1
        if found < 0:
            listed = " or ".join(self.words)
            self.fail(f"{value!r} is neither a whole number from 0 on nor {listed}", param, ctx)
        return found


class Pair(Words):
    """One number for height and width, or two: ``2`` or ``2,1``."""

    name = "N[,N]"
    range = "x>=1"
    between = ","

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


#: How the cell of a single number is named, which has no axis: as NumPy indexes one.
NO_INDEX = "()"


#: ``--explain all``: each cell, in a page that can be clicked.
ALL = (("all",),)


class Cell(Words):
    """A place in the output: for each of its axes a 0-based index or a label; see ``dlcli.words.cell``.

    ``()`` is that of a single number, ``all`` is each, in a page.
    """

    name = "I[,J...]"
    between = ","

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        words = tuple(word.strip() for word in str(value).split(","))
        if words == (NO_INDEX,):
            return ()
        if not all(words):
            self.fail(f"{value!r} is not a cell: give its 0-based indices, such as 40,61", param, ctx)
        return words


class Sections(Words):
    """Sections of a story by their headings, or by the parts of a story, with commas between them."""

    name = "SECTION[,...]"
    listed = True

    def __init__(self, headings: Sequence[str] = ()) -> None:
        self.headings = headings

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The names as they were typed; one that no story of the command can have is refused."""
        if isinstance(value, tuple):
            return value
        words = divided(value, self.headings)
        if not words and value.strip():
            self.fail(f"{value!r} names no section: give one, such as result", param, ctx)
        for word in words:
            if not is_known(word, (*self.headings, *PARTS)):
                self.fail(f"no story has a section {word!r}: {self._others(word, ctx)}", param, ctx)
        return tuple(words)

    def _others(self, word: str, ctx: click.Context | None) -> str:
        """The heading that was meant; else all of them; of too many those most like it, and where all are."""
        if near := did_you_mean(word, self.headings):
            return near
        if len(self.headings) <= MANY_SECTIONS or ctx is None:
            return f"there are {'; '.join(self.headings)}"
        from difflib import get_close_matches

        like = get_close_matches(word, self.headings, n=LIKE, cutoff=0)
        return f"nearest are {'; '.join(like)}; all {len(self.headings)}: {ctx.command_path} --help"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names that begin as the last of the list: in small letters, their words apart by hyphens."""
        from click.shell_completion import CompletionItem

        before, comma, begun = incomplete.rpartition(",")
        names = [re.sub(r"[\W_]+", "-", name.partition(ANY)[0].lower()).strip("-") for name in self.headings]
        offered = dict.fromkeys(name for name in (*names, *PARTS) if name and name.startswith(begun.lower()))
        return [CompletionItem(before + comma + name) for name in offered]


class Input(Words):
    """A file, ``-``, ``sample:NAME`` or a literal; what it is is found out when it is read."""

    file = "read"
    name = "INPUT"

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word as it was typed, ``sample:`` in small letters."""
        return with_sample(value) if isinstance(value, str) else value

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
    words: Sequence[str] = ("valid", "same", "full")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | int:
        text = str(value).lower()
        if text in self.words:
            return text
        if text.isdecimal():
            return int(text) or "valid"
        self.fail(
            f"{value!r} is none of {', '.join(self.words)}, nor a number of rows and columns such as 1",
            param,
            ctx,
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
                f"{word} {_short(limit)}"
                for word, limit in (("above", self.above), ("from", self.least), ("to", self.most))
                if limit is not None
            ]
            told = f"{str(value)!r} is not a number {' '.join(words)}".rstrip()
            if "," in str(value) and DECIMAL_COMMA.fullmatch(str(value).strip()):
                told += f"; with a decimal point it is {with_point(str(value).strip(), comma=True)}"
            self.fail(told, param, ctx)
        return number


def _range(above: float | None, least: float | None, most: float | None) -> str:
    """The range of a number x in a help text: in words where it has two ends, else as click writes its own.

    >>> _range(0, None, None), _range(None, 0, 1), _range(None, 1e-9, 1e9), _range(None, None, None)
    ('x>0', 'from 0 to 1', 'from 1e-9 to 1e9', '')
    """
    if most is None:
        return f"x>{above:g}" if above is not None else f"x>={least:g}" if least is not None else ""
    low = (
        f"above {_short(above)}, "
        if above is not None
        else f"from {_short(least)} "
        if least is not None
        else ""
    )
    return f"{low}to {_short(most)}"


def _short(number: float) -> str:
    return re.sub(r"e([+-])0*", lambda found: "e" + found[1].strip("+"), f"{number:g}")


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
