"""The options that every command has, and the kinds of value that several commands take."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from dlcli.runner.inputs import Reading

STORIES = ("rich", "plain", "markdown", "html", "svg")
DATA = ("frame", "json", "csv", "tsv", "npy")
FORMATS = (*STORIES[:2], "json", "csv", "tsv", "npy", "frame", *STORIES[2:])


#: An argument as it stands in a call in Python: ``padding='same'``, ``n_fft=4``.
ARGUMENT = re.compile(r"\b([a-z]\w*)=('?)(-?[\w.]+)\2")


class Words(click.ParamType):
    """A kind of value whose name is shown in help as it is written, and the ``range`` of its numbers."""

    range = ""

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The name, small letters and all: they are what is typed."""
        return self.name


class Pair(Words):
    """One number for height and width, or two: ``2`` or ``2,1``."""

    name = "N[,N]"

    def __init__(self, least: int = 1) -> None:
        self.least = least
        self.range = f"x>={least}"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """The (height, width) pair that the text names."""
        if isinstance(value, tuple):
            return value
        numbers = _integers(value)
        if numbers is None or len(numbers) not in (1, 2) or min(numbers) < self.least:
            self.fail(
                f"{value!r} is neither a whole number from {self.least} on nor two of them (height,width), "
                "such as 2 or 2,1",
                param,
                ctx,
            )
        return numbers[0], numbers[-1]


class Cell(Words):
    """A place in the output: for each of its axes a 0-based index or a label; see ``dlcli.runner.cell``."""

    name = "I[,J...]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The words, one for each axis."""
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
    """``valid``, ``same``, ``full``, or a number of rows and columns on every side."""

    name = "valid|same|full|N"
    words = ("valid", "same", "full")

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The words that begin so."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(word) for word in self.words if word.startswith(incomplete)]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | int:
        """The name, or the number."""
        if isinstance(value, int):
            return value
        text = str(value).lower()
        if text in self.words:
            return text
        if text.isdecimal():
            return int(text)
        self.fail(
            f"{value!r} is none of valid, same, full, nor a number of rows and columns such as 1", param, ctx
        )


class Real(Words):
    """A finite number in a range: above ``above``, or from ``least`` to ``most``."""

    def __init__(
        self, name: str, *, above: float | None = None, least: float | None = None, most: float | None = None
    ) -> None:
        self.name = name
        self.above, self.least, self.most = above, least, most
        self.range = _range(above, least, most)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        try:
            number = float(value)
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
            self.fail(f"{str(value)!r} is not a number {' '.join(words)}".rstrip(), param, ctx)
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

    Which one that is, ``dlcli.runner.axis.axis_place`` says for each tensor.
    """

    name = "NAME|INDEX"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word as it was typed."""
        return str(value)


def _integers(value: Any) -> list[int] | None:
    try:
        return [int(part) for part in str(value).split(",")]
    except ValueError:
        return None


def shared(
    command: str, emits: tuple[str, ...], *, explains: bool, reads: Reading | None
) -> list[click.Parameter]:
    """The inputs and the options that each command carries, for a command that emits these results.

    Without ``explains`` there is no ``--explain``; what is not to be read has no input, and no limits on
    one. Each option is also read from ``DLCLI_COMMAND_OPTION`` and ``DLCLI_OPTION``; input and output are
    not.
    """
    options: list[click.Parameter] = [
        click.Option(
            ["-f", "--format", "format_"],
            type=click.Choice(FORMATS),
            help="How the result is written. "
            "[default: rich on a terminal, frame in a pipe, by suffix with -o]",
        ),
        click.Option(
            ["-o", "--output"],
            metavar="FILE",
            help="Write to FILE, whole or not at all, by its suffix. {stem}, {name} and {index} stand for "
            "the input's file name, the tensor's name and its number.",
        ),
        click.Option(
            ["--emit"],
            type=click.Choice(emits),
            help=f"Which result is written. [default: {emits[0]}; all of them into .npz and .safetensors]",
        ),
        click.Option(
            ["--explain"],
            type=Cell(),
            multiple=True,
            metavar="CELL",
            help="Show the arithmetic behind CELL (0-based indices, such as 40,61, or labels). Repeatable.",
        ),
        click.Option(["--show"], is_flag=True, help="Tell the story on standard error beside the data."),
        click.Option(
            ["--scale"],
            type=click.Choice(("clip", "minmax", "symmetric", "view")),
            help="How numbers become the 0..255 of a picture file; view: in the colours of the screen, all "
            "channels, small ones magnified. [default: by content]",
        ),
        click.Option(
            ["--seed"],
            type=click.IntRange(min=0),
            default=0,
            show_default=True,
            metavar="N",
            help="Make everything random repeatable.",
        ),
        click.Option(
            ["--pixels"],
            type=click.Choice(("auto", "kitty", "iterm", "sixel", "blocks", "ascii")),
            default="auto",
            show_default=True,
            help="How pictures are drawn on a terminal; auto asks it.",
        ),
        click.Option(
            ["--precision"],
            type=click.IntRange(1, 17),
            default=4,
            show_default=True,
            metavar="N",
            help="Significant digits in the story.",
        ),
        click.Option(
            ["--width"],
            type=click.IntRange(min=40),
            metavar="COLUMNS",
            help="Columns of the story. [default: the terminal's, or 80]",
        ),
        click.Option(
            ["--max-pixels"],
            type=click.IntRange(min=1),
            metavar="N",
            help="Largest picture to decode. [default: Pillow's limit]",
        ),
        click.Option(
            ["--max-bytes"],
            type=click.IntRange(min=1),
            metavar="N",
            default=2**33,
            show_default=True,
            help="Most bytes of data to read for one tensor.",
        ),
    ]
    left_out = {"max_pixels", "max_bytes"}
    if reads is not None:
        left_out -= set(reads.bounds)
        inputs = click.Argument(["inputs"], nargs=-1, type=Input(reads), metavar=f"[{reads.metavar}]...")
        options.insert(0, inputs)
    if not explains:
        left_out.add("explain")
    options = [option for option in options if option.name not in left_out]
    for option in options:
        if isinstance(option, click.Option) and option.name not in ("output", "explain"):
            option.envvar = [variable(option, command), variable(option)]
    return options


def in_shell_words(text: str, command: click.Command) -> str:
    """What an engine says, with its arguments as this command's options, where they are.

    >>> pool = click.Command("pool", params=[click.Option(["--padding"]), click.Option(["--n-fft"])])
    >>> in_shell_words("try padding='same', n_fft=4 or axis=-1", pool)
    'try --padding same, --n-fft 4 or axis=-1'
    """
    options = {name for param in command.params if isinstance(param, click.Option) for name in param.opts}

    def spelled(found: re.Match[str]) -> str:
        option = f"--{found[1].replace('_', '-')}"
        return f"{option} {found[3]}" if option in options else found[0]

    return ARGUMENT.sub(spelled, text)


def variable(option: click.Option, *command: str) -> str:
    """The environment variable of an option: ``DLCLI_CONV_STRIDE``, or ``DLCLI_FORMAT`` for all commands."""
    word = max(option.opts, key=len).lstrip("-")
    return "_".join(["dlcli", *command, word]).upper().replace("-", "_")
