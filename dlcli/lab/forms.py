"""The forms of the page: what the declarations of commands say of their options, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from dlcli.cli import COMMANDS, front_door
from dlcli.runner.command import LabCommand
from dlcli.runner.inputs import Reading
from dlcli.runner.kinds import AxisName, Cell, Pair, Real, Whole
from dlcli.runner.manual import grouped, help_record
from dlcli.runner.option import SHARED, HeadedOption

SAVED = "The page writes what Save… asks for."
SHOWN = "The page shows the story itself."
MOVES = "Save… as .gif, .apng or .webp writes pictures that move."
BOUND = "The page has limits of its own."

#: Options that the page has other means for: where results go, and how a terminal shows them.
ELSEWHERE = {
    **dict.fromkeys(("format_", "output"), SAVED),
    **dict.fromkeys(("show", "pixels", "width", "theme"), SHOWN),
    **dict.fromkeys(("watch", "fps", "most_frames", "magnify"), MOVES),
    **dict.fromkeys(("max_pixels", "max_bytes"), BOUND),
    "explain": "A click on a number explains it.",
    "help": "The help stands beside each option.",
}


def form(name: str) -> dict[str, Any]:
    """One command: what it does, what it reads, its arguments, its options under their headings."""
    command = command_of(name)
    context = _context(command)
    groups = [
        {
            "heading": heading,
            "shared": heading in SHARED,
            "options": [field(option, context) for option in options],
        }
        for heading, options in grouped(command.get_params(context))
    ]
    arguments = [one for one in command.params if isinstance(one, click.Argument) and one.name != "inputs"]
    reads = next((one for one in command.params if one.name == "inputs"), None)
    return {
        "name": name,
        "text": COMMANDS[name],
        "examples": list(command.manual.examples),
        "explains": any(one.name == "explain" for one in command.params),
        "reads": None if reads is None else _reading(reads.type.reading),  # type: ignore[attr-defined]
        "arguments": [_argument(one, context) for one in arguments],
        "groups": [group for group in groups if group["options"]],
    }


def command_of(name: str) -> LabCommand:
    """The command of this name."""
    command = front_door.get_command(click.Context(front_door), name)
    assert isinstance(command, LabCommand)
    return command


def _context(command: LabCommand) -> click.Context:
    """Where a command stands: below the front door, whose words for help it keeps from the first time on."""
    door = click.Context(front_door, info_name="dlcli", **front_door.context_settings)
    return click.Context(command, parent=door, info_name=command.name)


def typed(command: LabCommand, words: Sequence[str]) -> Iterator[tuple[click.Option, list[str]]]:
    """The options that words give to a command, each with its values.

    Raises ``click.UsageError`` for words that are no options and values of the command.

    >>> [(one.name, given) for one, given in typed(command_of("conv"), ["-kdiag", "--STRIDE=2", "x.png"])]
    [('kernels', ['diag']), ('stride', ['2'])]
    """
    context = _context(command)
    found, _, _ = command.make_parser(context).parse_args(command.inputs_apart(context, [*words]))
    for option in command.params:
        if isinstance(option, click.Option) and option.name in found:
            value = found[option.name]
            given = value if isinstance(value, list) else [value]
            yield option, [one for one in given if isinstance(one, str)]


def field(option: click.Option, context: click.Context) -> dict[str, Any]:
    """One option: how it is typed, and what a control for it has to know."""
    flag = max(option.opts, key=len)
    record = help_record(option, context)
    found: dict[str, Any] = {
        "flag": flag,
        "off": max(option.secondary_opts, key=len) if option.secondary_opts else None,
        "kind": _kind(option),
        "help": record[1] if record else "",
        "metavar": "" if option.is_flag else option.make_metavar(context),
        "default": _default(option),
        "many": option.multiple,
        "needs": list(_fact(option, "needs")),
        "excludes": list(_fact(option, "excludes")),
        "words": _words(option, context),
        "elsewhere": left_out(option),
    }
    return found | _bounds(option.type)


def left_out(option: click.Option) -> str | None:
    """Where else the page has what an option is for; None for one that it has a control for.

    >>> [left_out(option) for option in command_of("softmax").params if "-o" in option.opts]
    ['The page writes what Save… asks for.']
    """
    name = "help" if "--help" in option.opts else option.name
    return ELSEWHERE.get(name or "") or (SAVED if _kind(option) == "write" else None)


def _kind(option: click.Option) -> str:
    if option.is_flag:
        return "switch"
    type_ = option.type
    if getattr(type_, "file", ""):
        return str(type_.file)  # type: ignore[attr-defined]
    if isinstance(type_, click.Choice):
        return "choice"
    if isinstance(type_, Whole | click.types.IntParamType):
        return "whole"
    if isinstance(type_, Real | click.types.FloatParamType):
        return "real"
    for kind, name in ((Pair, "pair"), (AxisName, "axis"), (Cell, "cell")):
        if isinstance(type_, kind):
            return name
    return "text"


def _default(option: click.Option) -> Any:
    """The value as it would be typed; a switch is true or false, or neither."""
    default = option.default
    if option.is_flag:
        return bool(default) if default in (True, False) else None
    if default is None or not isinstance(default, str | int | float):
        return None
    return str(default)


def _fact(option: click.Option, name: str) -> Iterable[str]:
    return getattr(option, name, ()) if isinstance(option, HeadedOption) else ()


def _words(parameter: click.Parameter, context: click.Context) -> list[str]:
    """The words that a shell completes."""
    return [str(item.value) for item in parameter.shell_complete(context, "") if item.type == "plain"]


def _bounds(type_: Any) -> dict[str, Any]:
    """The least and the largest value, where they are known."""
    if isinstance(type_, click.IntRange):
        return {"least": type_.min, "most": type_.max}
    if isinstance(type_, Pair):
        return {"least": 1, "most": None}
    if isinstance(type_, Real):
        least = type_.least if type_.least is not None else type_.above
        return {"least": least, "most": type_.most, "open": type_.above is not None}
    return {}


def _argument(argument: click.Argument, context: click.Context) -> dict[str, Any]:
    return {
        "name": argument.make_metavar(context).strip("[]."),
        "needed": argument.required,
        "many": argument.nargs == -1,
        "words": _words(argument, context),
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {"typed": reading.typed, "metavar": reading.metavar, "names": list(reading.names())}
