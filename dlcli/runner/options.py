"""The options that every command has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from dlcli.runner.kinds import Cell, Input
from dlcli.runner.option import HeadedOption

if TYPE_CHECKING:
    from dlcli.runner.inputs import Reading

STORIES = ("rich", "plain", "markdown", "html", "svg")
DATA = ("frame", "json", "csv", "tsv", "npy")
FORMATS = (*STORIES[:2], "json", "csv", "tsv", "npy", "frame", *STORIES[2:])

#: An argument as it stands in a call in Python: ``padding='same'``, ``n_fft=4``.
ARGUMENT = re.compile(r"\b([a-z]\w*)=('?)(-?[\w.]+)\2")


def shared(
    command: str, emits: tuple[str, ...], *, explains: bool | str, reads: Reading | None
) -> list[click.Parameter]:
    """The inputs and the options that each command carries, for a command that emits these results.

    Without ``explains`` there is no ``--explain``; words in it say what its cells are cells of. What is not
    to be read has no input, and no limits on one. Each option is also read from ``DLCLI_COMMAND_OPTION`` and
    ``DLCLI_OPTION``; input and output are not.
    """
    options: list[click.Parameter] = [
        HeadedOption(
            ["-f", "--format", "format_"],
            under="Result",
            type=click.Choice(FORMATS),
            help="How the result is written. "
            "[default: rich on a terminal, frame in a pipe, by suffix with -o]",
        ),
        HeadedOption(
            ["-o", "--output"],
            under="Result",
            metavar="FILE",
            help="Write to FILE, whole or not at all, by its suffix. {stem}, {name} and {index} stand for "
            "the input's file name, the tensor's name and its number.",
        ),
        HeadedOption(
            ["--emit"],
            under="Result",
            type=click.Choice(emits),
            help=f"Which result is written. [default: {emits[0]}; all of them into .npz and .safetensors]",
        ),
        HeadedOption(
            ["--explain"],
            under="Story",
            type=Cell(),
            multiple=True,
            metavar="CELL",
            help="Show the arithmetic behind CELL (0-based indices, such as 40,61, or labels)"
            + (f" of {explains}" if isinstance(explains, str) else "")
            + ". Repeatable.",
        ),
        HeadedOption(
            ["--show"],
            under="Story",
            is_flag=True,
            help="Tell the story on standard error beside the data.",
        ),
        HeadedOption(
            ["--scale"],
            under="Result",
            type=click.Choice(("clip", "minmax", "symmetric", "view")),
            help="How numbers become the 0..255 of a picture file; view: in the colours of the screen, all "
            "channels, small ones magnified. [default: by content]",
        ),
        HeadedOption(
            ["--seed"],
            under="Result",
            type=click.IntRange(min=0),
            default=0,
            show_default=True,
            metavar="N",
            help="Make everything random repeatable.",
        ),
        HeadedOption(
            ["--pixels"],
            under="Story",
            type=click.Choice(("auto", "kitty", "iterm", "sixel", "blocks", "ascii")),
            default="auto",
            show_default=True,
            help="How pictures are drawn on a terminal; auto asks it.",
        ),
        HeadedOption(
            ["--precision"],
            under="Story",
            type=click.IntRange(1, 17),
            default=4,
            show_default=True,
            metavar="N",
            help="Significant digits in the story.",
        ),
        HeadedOption(
            ["--width"],
            under="Story",
            type=click.IntRange(min=40),
            metavar="COLUMNS",
            help="Columns of the story. [default: the terminal's, or 80]",
        ),
        HeadedOption(
            ["--max-pixels"],
            under="Input",
            type=click.IntRange(min=1),
            metavar="N",
            help="Largest picture to decode. [default: Pillow's limit]",
        ),
        HeadedOption(
            ["--max-bytes"],
            under="Input",
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
