"""Write the manual pages from the commands: ``python man/make.py``, with ``--check`` to compare only."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

import click

from dlcli.cli import AROUND, CHAPTERS, COMMANDS, TOOLS, front_door
from dlcli.runner.command import LabCommand
from dlcli.runner.kinds import Input
from dlcli.runner.manual import grouped, help_record

FOLDER = Path(__file__).parent
DATE = "November 23, 2026"

STATUS = {
    "0": "Done, or whoever read the output had enough of it.",
    "1": "The work failed: bad data, no such file, a full disk.",
    "2": "The command line asks for something that cannot be.",
    "130": "Interrupted.",
    "143": "Ended by a signal: 128 and its number, here that of SIGTERM.",
}

VARIABLES = {
    "DLCLI_COMMAND_OPTION": "The value of an option that the command line leaves out: DLCLI_CONV_STRIDE=2.",
    "DLCLI_OPTION": "The same for an option that all commands have: DLCLI_FORMAT=json.",
    "NO_COLOR": "When set and not empty, stories have no colour.",
    "FORCE_COLOR": "When set and not empty, stories have colour in a pipe or file too.",
    "COLUMNS": "How wide a story is.",
}

HELP = (".It Fl h , Fl -help", "Show a summary and end.")

INPUTS = (
    "An INPUT is a file, whose kind is told by its content and then by its suffix; - or nothing for standard "
    "input; sample:NAME for an input that comes with the program; or a matrix written out, rows divided by "
    "semicolons: '1 2; 1/3 4'. One of several tensors is had by its name: net.npz:dense/kernel.",
    "Read are pictures (PNG, JPEG, GIF, BMP, TIFF, WebP), sound (WAV, FLAC, OGG, AIFF, MP3), arrays (.npy, "
    ".npz, .safetensors), tables (CSV, TSV or blanks between the values, with or without names of rows and "
    "columns), JSON, and what another command of the family pipes. Several inputs, and several tensors in "
    "one pipe, are worked on one after the other.",
    "On a terminal the result is told as a story; in a pipe it goes on as a tensor frame in the safetensors "
    "format.",
)


def main() -> int:
    """Write all pages, or say which are out of date."""
    pages = {"dlcli.1": "\n".join(front_page()) + "\n"}
    with click.Context(front_door, info_name="dlcli") as root:
        for name in (*COMMANDS, *AROUND):
            command = front_door.get_command(root, name)
            assert isinstance(command, LabCommand)
            pages[f"dlcli-{name}.1"] = "\n".join(command_page(command)) + "\n"
    if "--check" not in sys.argv[1:]:
        for file, text in pages.items():
            (FOLDER / file).write_text(text)
        return 0
    stale = [file for file, text in pages.items() if not _is(FOLDER / file, text)]
    stale += [file.name for file in FOLDER.glob("*.1") if file.name not in pages]
    for file in stale:
        print(f"man/{file} is out of date: run python man/make.py", file=sys.stderr)
    return 1 if stale else 0


def _is(file: Path, text: str) -> bool:
    return file.exists() and file.read_text() == text


def front_page() -> Iterator[str]:
    """The page of ``dlcli`` itself."""
    yield from head("dlcli", "a deep-learning laboratory for the shell")
    yield from (".Nm", ".Ar command", ".Op Ar options", ".Op Ar INPUT ...", ".Nm", ".Fl -help | -version")
    yield ".Sh DESCRIPTION"
    yield from paragraphs(front_door.help or "")
    for text in INPUTS:
        yield ".Pp"
        yield from wrapped(text)
    for chapter, commands in {**CHAPTERS, **TOOLS}.items():
        yield f".Ss {chapter}"
        yield ".Bl -tag -width transformer"
        for name, text in commands.items():
            yield f".It Xr dlcli-{name} 1"
            yield from wrapped(text)
        yield ".El"
    yield from listing("ENVIRONMENT", ".It Ev", VARIABLES)
    yield from listing("EXIT STATUS", ".It", STATUS)
    yield from examples(("dlcli conv sample:cat --kernel diag", "dlcli conv --help"))
    yield ".Sh SEE ALSO"
    names = sorted((*COMMANDS, *AROUND))
    yield from (f".Xr dlcli-{name} 1{' ,' if name != names[-1] else ''}" for name in names)


def command_page(command: LabCommand) -> Iterator[str]:
    """The page of one command."""
    name = command.name or ""
    yield from head(f"dlcli-{name}", {**COMMANDS, **AROUND}[name].rstrip("."))
    yield from (f".Nm dlcli {name}", ".Op Ar options", *map(argument, arguments(command)))
    yield ".Sh DESCRIPTION"
    manual = command.manual
    yield from paragraphs(command.help or "")
    if manual.formulas:
        wide = max(map(len, manual.formulas))
        yield ".Bd -literal -offset indent"
        yield from (escaped(f"{what:{wide}} = {how}") for what, how in manual.formulas.items())
        yield ".Ed"
    for argument_ in arguments(command):
        for text in about(argument_):
            yield ".Pp"
            yield from wrapped(text)
    yield ".Sh OPTIONS"
    with click.Context(command, info_name=f"dlcli {name}") as context:
        for title, options in grouped(command.params):
            yield from (f".Ss {title}", ".Bl -tag -width Ds")
            for option in options:
                yield from option_entry(option, context)
            if title == "Story":
                yield from HELP
            yield ".El"
        if command.reads is None and not manual.results:
            yield from (".Ss Options", ".Bl -tag -width Ds", *HELP, ".El")
    if manual.results:
        yield from (".Sh RESULTS", ".Bl -tag -width Ds")
        for i, (emit, text) in enumerate(manual.results.items()):
            yield f".It Cm {emit}"
            yield from wrapped(f"{text}{' The default.' if i == 0 else ''}")
        yield ".El"
    for title, entries in manual.tables.items():
        yield from listing(title.upper(), ".It Cm", {literal(word): text for word, text in entries.items()})
    if manual.sections:
        yield ".Sh SECTIONS"
        yield from wrapped("; ".join(manual.sections))
    yield from listing("ENVIRONMENT", ".It Ev", VARIABLES)
    yield from listing("EXIT STATUS", ".It", STATUS)
    yield from examples(manual.examples)
    yield from (".Sh SEE ALSO", ".Xr dlcli 1")


def arguments(command: click.Command) -> Iterator[click.Argument]:
    """What stands on the command line besides options."""
    yield from (found for found in command.params if isinstance(found, click.Argument))


def about(found: click.Argument) -> tuple[str, ...]:
    """What can stand for an argument, when it is an input."""
    if not isinstance(found.type, Input):
        return ()
    return (*found.type.reading.about, INPUTS[-1]) if found.type.reading.about else INPUTS


def argument(found: click.Argument) -> str:
    """How the synopsis shows an argument."""
    word = (found.metavar or found.human_readable_name).removesuffix("...").strip("[]")
    more = " ..." if found.nargs == -1 else ""
    return f".Ar {word}{more}" if found.required else f".Op Ar {word}{more}"


def head(name: str, what: str) -> Iterator[str]:
    """The lines up to the synopsis."""
    yield from ('.\\" Made by man/make.py from the commands themselves.', f".Dd {DATE}")
    yield from (f".Dt {name.upper()} 1", ".Os", ".Sh NAME", f".Nm {name}")
    yield f".Nd {what[:1].lower()}{escaped(what[1:])}"
    yield ".Sh SYNOPSIS"


def option_entry(option: click.Option, context: click.Context) -> Iterator[str]:
    """An option with its names, its value, what it does and its default."""
    names = " , ".join(f"Fl {name[1:]}" for name in sorted(option.opts, key=len))
    value = "" if option.is_flag else f" Ar {escaped(option.make_metavar(context)).replace(' ', '~')}"
    yield f".It {names}{value}"
    record = help_record(option, context)
    yield from wrapped(record[1] if record else "")


def listing(title: str, item: str, entries: dict[str, str]) -> Iterator[str]:
    """A section that is a list of names and what they mean."""
    yield from (f".Sh {title}", ".Bl -tag -width Ds")
    for name, text in entries.items():
        yield f"{item} {name}"
        yield from wrapped(text)
    yield ".El"


def examples(lines: tuple[str, ...]) -> Iterator[str]:
    """Command lines, each on a line of its own."""
    yield ".Sh EXAMPLES"
    for line in lines:
        yield f".Dl {escaped(line)}"


def paragraphs(text: str) -> Iterator[str]:
    """A docstring, its paragraphs divided by ``.Pp``."""
    for i, paragraph in enumerate(text.strip().split("\n\n")):
        if i:
            yield ".Pp"
        yield from wrapped(" ".join(paragraph.split()))


def wrapped(text: str) -> Iterator[str]:
    """Each sentence on lines of its own, as manual pages are written."""
    for sentence in re.split(r"(?<=[.;:?])\s+", " ".join(text.split())):
        for line in wrap(characters(sentence), 76, break_long_words=False, break_on_hyphens=False):
            yield protected(line)


def escaped(text: str) -> str:
    """Text with nothing in it that the formatter takes for a request or another character."""
    return protected(characters(text))


def literal(text: str) -> str:
    """Text for a macro's line, with its quotation marks and brackets as they are."""
    text = escaped(text).replace('"', "\\(dq")
    return text + "\\&" if text.endswith("]") else text


def characters(text: str) -> str:
    """Text whose special characters are named."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    text = text.replace("^", "\\(ha").replace("~", "\\(ti")
    return re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found[0]):04X}]", text)


def protected(line: str) -> str:
    """A line that does not begin with a control character."""
    return "\\&" + line if line.startswith((".", "\\(aq")) else line


if __name__ == "__main__":
    sys.exit(main())
