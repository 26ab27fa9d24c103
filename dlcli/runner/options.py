"""The options that every command has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from dlcli.runner.kinds import Cell, Input, Sections, Whole, Writes
from dlcli.runner.option import HeadedOption, option, parameters
from dlcli.words.headings import PARTS, as_heading

if TYPE_CHECKING:
    from dlcli.runner.inputs import Reading

STORIES = ("rich", "plain", "markdown", "html", "svg")
DATA = ("frame", "json", "csv", "tsv", "npy")
FORMATS = (*STORIES[:2], "json", "csv", "tsv", "npy", "frame", *STORIES[2:])

#: An argument as it stands in a call in Python: ``padding='same'``, ``n_fft=4``.
ARGUMENT = re.compile(r"\b([a-z]\w*)=('?)(-?[\w.]+)\2")


#: Significant digits of the numbers of a story, where nobody says how many.
DIGITS = 4


@dataclass(frozen=True)
class Shared:
    """The options that all commands share, under the last headings of ``--help``."""

    format_: str | None = option(
        "-f --format",
        click.Choice(FORMATS),
        under="Result",
        help="How the result is written; rich has colours on a terminal only. Beside a file of data, a form "
        "of the story tells it, too. [default: rich on a terminal, frame in a pipe, by suffix with -o]",
    )
    output: str | None = option(
        "-o --output",
        Writes("FILE"),
        under="Result",
        help="Write to FILE, whole or not at all, by its suffix. {stem}, {name} and {index} stand for "
        "the input's file name, the name of the tensor that was read, and its number.",
    )
    emit: str | None = option("--emit", str, under="Result", help="Which result is written.")
    explain: tuple[tuple[str, ...], ...] = option(
        "--explain",
        Cell(),
        many=True,
        under="Story",
        metavar="CELL",
        help="Show the arithmetic behind CELL (0-based indices, such as 40,61, or labels; all: of each, in a "
        "page that can be clicked, with -o story.html)",
    )
    show: bool = option("--show", under="Story", help="Tell the story on standard error beside the data.")
    only: tuple[str, ...] = option(
        "--only",
        Sections(),
        under="Story",
        excludes="--without",
        help="Tell these sections alone, by their headings (below, and as they stand in the story) or by "
        f"what they are: {', '.join(PARTS)}.",
    )
    without: tuple[str, ...] = option(
        "--without",
        Sections(),
        under="Story",
        excludes="--only",
        help="Tell the story without these sections.",
    )
    details: bool = option(
        "--details",
        under="Story",
        help="Tell also how it was computed, and what libraries make of it that differ.",
    )
    blank: bool = option(
        "--blank",
        under="Story",
        excludes="--explain all",
        help="A worksheet: what is given, the formulas, and tables with gaps for the numbers. The same line "
        "without it is the solution.",
    )
    scale: str | None = option(
        "--scale",
        click.Choice(("clip", "minmax", "symmetric", "view")),
        under="Result",
        help="How numbers become the 0..255 of a picture file; view: in the colours of the screen, all "
        "channels, small ones magnified. [default: by content]",
    )
    axes: bool = option(
        "--axes",
        under="Result",
        help="Draw a picture file between its axes, with names and the scale of its colours.",
    )
    seed: int = option(
        "--seed",
        Whole(least=0),
        0,
        under="Result",
        metavar="N",
        help="Make everything random repeatable.",
    )
    pixels: str = option(
        "--pixels",
        click.Choice(("auto", "kitty", "iterm", "sixel", "blocks", "ascii")),
        "auto",
        under="Story",
        help="How pictures are drawn on a terminal; auto asks it.",
    )
    theme: str = option(
        "--theme",
        click.Choice(("auto", "light", "dark")),
        "auto",
        under="Story",
        help="Colours of an HTML or SVG file, or with --axes; auto: as the reader's system is set.",
    )
    precision: int | None = option(
        "--precision",
        Whole(most=17),
        under="Story",
        metavar="N",
        help="Significant digits in the story, halves rounded away from zero; from 4 on, what ends within "
        "two decimals, or has at most two digits more, is shown in full. [default: 4; 3 in pictures that "
        "move]",
    )
    width: int | None = option(
        "--width",
        Whole(least=40),
        under="Story",
        metavar="COLUMNS",
        help="Columns of the story. [default: the terminal's, or 80]",
    )
    max_pixels: int | None = option(
        "--max-pixels",
        Whole(),
        under="Input",
        metavar="N",
        help="Largest picture to decode. [default: Pillow's limit]",
    )
    max_bytes: int | None = option(
        "--max-bytes",
        Whole(),
        under="Input",
        metavar="N",
        help="Most bytes of data to read for one tensor. [default: 8589934592; of a packed file 268435456 "
        "or 100 times its size, and half the memory at most]",
    )

    @property
    def digits(self) -> int:
        """Significant digits of the numbers of a story."""
        return self.precision or DIGITS


def shared(
    command: str,
    emits: tuple[str, ...],
    *,
    explains: bool | str,
    reads: Reading | None,
    texts: Mapping[str, str] = MappingProxyType({}),
    sections: tuple[str, ...] = (),
) -> list[click.Parameter]:
    """The inputs and the options that each command carries, for a command that emits these results.

    Without ``explains`` there is no ``--explain``; words in it say what its cells are cells of. ``texts`` are
    further formats and what they are, ``sections`` the headings of its stories. What is not
    to be read has no input, and no limits on one. Each option is also read from ``DLCLI_COMMAND_OPTION`` and
    ``DLCLI_OPTION``; input and output are not.
    """
    left_out = {"max_pixels", "max_bytes"} - set(reads.bounds if reads else ())
    if not explains:
        left_out.add("explain")
    options = [one for one in parameters(Shared) if one.name not in left_out]
    for one in options:
        assert isinstance(one, HeadedOption)
        if one.name == "emit":
            one.type = click.Choice(emits)
            one.help = f"{one.help} [default: {emits[0]}; all of them into .npz and .safetensors]"
        elif one.name == "explain":
            one.help = f"{one.help}{f' of {explains}' if isinstance(explains, str) else ''}. Repeatable."
        elif isinstance(one.type, Sections):
            one.type = Sections(tuple(dict.fromkeys((*sections, *map(as_heading, emits)))))
        elif one.name == "format_" and texts:
            one.type = click.Choice((*FORMATS, *texts))
            told = "; ".join(f"{name}: {what}" for name, what in texts.items())
            one.help = (one.help or "").replace(". [", f"; {told}. [", 1)
        if one.name not in ("output", "explain"):
            one.envvar = [variable(one, command), variable(one)]
    if reads is None:
        return options
    return [
        click.Argument(["inputs"], nargs=-1, type=Input(reads), metavar=f"[{reads.metavar}]..."),
        *options,
    ]


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
