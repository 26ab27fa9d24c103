"""An option, said once: its flag, type, default, heading and help, and what it needs or stands against.

The options of a command are the fields of one frozen dataclass. From it come click's parameters, the headings
of help and manual page, what the shell completes, and the refusals that are facts about an option.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import suppress
from copy import copy
from dataclasses import field, fields, replace
from itertools import pairwise
from typing import Any

import click
from click.core import ParameterSource
from click.types import convert_type

from dlcli.errors import WrongUsage, printable
from dlcli.runner.kinds import Input, Word
from dlcli.words.numeral import keyboard

Type = click.ParamType | type | None

#: The heading of a command's own options that have no other.
OTHERS = "Options"

#: The headings of the options that all commands share; they stand last.
SHARED = ("Result", "Input", "Moving pictures", "Story")


#: What stands between values where a flag has only one.
SEPARATORS = re.compile(r"[\s,;]+")


class HeadedOption(click.Option):
    """An option of the command line that stands under a heading of ``--help``."""

    def __init__(
        self,
        *names: Any,
        under: str = OTHERS,
        needs: tuple[str, ...] = (),
        excludes: tuple[str, ...] = (),
        **facts: Any,
    ) -> None:
        super().__init__(*names, **facts)
        self.heading, self.needs, self.excludes = under, needs, excludes

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """The value in its type; numbers may be typed in the signs of print, as the screens show them.

        Raises ``click.BadParameter`` for a value that is empty: that of a script's variable that is not set.
        """
        typed = value
        if not isinstance(self.type, Word | Input | click.Path | click.types.StringParamType):
            if isinstance(value, str):
                value = keyboard(value)
            elif isinstance(value, tuple | list):
                value = tuple(keyboard(one) if isinstance(one, str) else one for one in value)
        try:
            made = super().type_cast_value(ctx, value)  # first, for a type may have better words for it
        except click.BadParameter as error:
            apart = self._apart(ctx, value) if self.multiple and not getattr(self.type, "between", "") else ""
            if not apart:
                raise
            told = f"{error.message.removesuffix('.')} (for several: {apart})"
            raise click.BadParameter(told, ctx=error.ctx, param=error.param) from error
        if any(isinstance(one, str) and not one.strip() for one in _several(typed)):
            raise click.BadParameter("it is empty: give a value, or leave the option out", ctx, self)
        return made

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """What the first of its variables that is not empty holds, in the environment of the run."""
        names = [self.envvar] if isinstance(self.envvar, str) else self.envvar or ()
        return next(filter(None, (variables(ctx).get(name) for name in names)), None)

    def _apart(self, ctx: click.Context, values: Iterable[str]) -> str:
        """What to type for several values that stand behind one flag; empty where none do."""
        flag = max(self.opts, key=len)
        for words in (SEPARATORS.split(value.strip()) for value in values):
            with suppress(click.BadParameter):
                if len(words) > 1 and super().type_cast_value(ctx, tuple(words)):
                    return " ".join(f"{flag} {word}" for word in words)
        return ""


def variables(context: click.Context) -> Mapping[str, str]:
    """The variables of the environment that a run was given, which is the process unless it was."""
    return os.environ if context.obj is None else context.obj.variables or {}


def heading(option: click.Parameter) -> str:
    """What an option stands under; ``--help`` stands last."""
    if isinstance(option, HeadedOption):
        return option.heading
    return SHARED[-1] if "--help" in option.opts else OTHERS


def option(
    flags: str,
    type_: Type = None,
    default: Any = None,
    *,
    under: str = OTHERS,
    help: str,
    many: bool = False,
    metavar: str | None = None,
    needs: str | tuple[str, ...] = (),
    excludes: str | tuple[str, ...] = (),
) -> Any:
    """A field of a dataclass of options: one option of a command line.

    Parameters
    ----------
    flags : str
        Its names, apart by blanks: ``"-k --kernel"``; ``"--center/--no-center"`` is a switch with two sides.
    type_ : a type of click's, or of Python's
        What its value is; without one it is a switch, off unless typed.
    default : any
        The value as it would be typed, where there is one; ``--help`` shows it.
    under : str
        The heading that it stands under; ``""`` is that of the field before it, in a bundle that several
        commands share.
    help : str
        What it does, in a sentence.
    many : bool
        Whether it can be given several times, each with one value; the field is a tuple. Any other is
        refused where a line gives it two values.
    metavar : str
        What ``--help`` calls the value, where its type has no name for it.
    needs : str or tuple of str
        Another option without which it does nothing, ``"--weights"`` or ``"--kind lp"``; one of several.
    excludes : str or tuple of str
        Options that it cannot stand beside.
    """
    names = flags.split()
    facts: dict[str, Any] = {"multiple": many, "metavar": metavar, "help": help, "under": under}
    facts["needs"] = (needs,) if isinstance(needs, str) else needs
    facts["excludes"] = (excludes,) if isinstance(excludes, str) else excludes
    given: Any = () if many else None
    if type_ is None:
        facts["is_flag"] = True
        given = None if "/" in flags else False
    else:
        facts["type"] = type_
    if default is not None:
        given = convert_type(type_)(default)
        facts |= {"default": default, "show_default": True}
    elif "/" in flags:
        facts["default"] = None
    return field(default=given, metadata={"click": lambda name: HeadedOption([*names, name], **facts)})


def argument(type_: click.ParamType, *, metavar: str, many: bool = False, needed: bool = True) -> Any:
    """A field of a dataclass of options: what is typed before the inputs, without a flag."""
    make: Callable[[str], click.Argument] = lambda name: click.Argument(  # noqa: E731
        [name], type=type_, metavar=metavar, nargs=-1 if many else 1, required=needed and not many
    )
    return field(default=() if many else None, metadata={"click": make})


def parameters(options: type) -> list[click.Parameter]:
    """What click is told of a dataclass of options, in the order of its fields."""
    made = [one.metadata["click"](one.name) for one in fields(options)]
    for before, one in pairwise(made):
        if isinstance(one, HeadedOption):
            one.heading = one.heading or heading(before)
    return made


def heeded(options: Any, context: click.Context, *, everything: bool = False) -> Any:
    """The options, where one that a variable gives has its default again if it stands against another.

    Raises ``WrongUsage`` for an option that was typed, be it with its default, and lacks what it needs, and
    for one that is not its default and has what it excludes. With ``everything`` all results are asked for,
    and none that is needed is missing.
    """
    flags = {flag: param for param in context.command.params for flag in param.opts}
    options_of = {param.name: param for param in flags.values() if isinstance(param, HeadedOption)}
    defaults = {one.name: one.default for one in fields(options)}

    def holds(condition: str) -> bool:
        flag, _, word = condition.partition(" ")
        if flag not in flags:  # another command's
            return False
        param = flags[flag]
        value = context.params[param.name or ""]
        if value == ():  # not given; what the shared options are by default does not stand above
            return False
        if not word:
            return bool(value != defaults.get(param.name or ""))
        values = value if isinstance(value, tuple) else (value,)
        return word in [" ".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in values]

    for one in fields(options):
        param = options_of.get(one.name)
        if param is None or not (param.needs or param.excludes):
            continue
        needs, excludes = param.needs, param.excludes
        usual = getattr(options, one.name) == one.default
        if not was_typed(one.name):
            if not usual and any(map(holds, excludes)):
                options = replace(options, **{one.name: one.default})
            continue
        off = getattr(options, one.name) is False and param.secondary_opts
        flag = max(off or param.opts, key=len)
        if needs and not any((everything and need.startswith("--emit ")) or holds(need) for need in needs):
            for need in needs:
                if " " not in need and was_typed(flags[need].name or ""):
                    (words,) = typed_options(context, (flags[need].name,))
                    told = printable(" ".join(words))
                    raise WrongUsage(f"{flag} does nothing beside {told}: give another, or leave {flag} out")
            raise WrongUsage(f"{flag} goes with {' or '.join(needs)}: add it, or leave {flag} out")
        for other in filter(holds, () if usual else excludes):
            raise WrongUsage(f"{flag} does not go with {other}: leave one of them out")
    return options


def check_repeated(context: click.Context) -> None:
    """Raise ``WrongUsage`` for an option that takes one value and has two different ones on the line.

    The last is not taken in silence: both may be meant, to be compared.
    """
    given: dict[click.Option, list[tuple[str, ...]]] = {}
    for option, value in _on_the_line(context):
        given.setdefault(option, []).append(_words(option, value))
    for option, found in given.items():
        if not option.multiple and len(set(found)) > 1:
            listed = " and ".join(printable(" ".join(words)) for words in found)
            told = "keep one of them"
            if getattr(option.type, "listed", False):
                told = printable(f"write {found[0][0]} {','.join(words[-1] for words in found)}")
            raise WrongUsage(f"{listed} stand on one line, and the option takes one value: {told}")


def typed_options(context: click.Context, names: Container[str]) -> tuple[tuple[str, ...], ...]:
    """Each option that was typed and is one of ``names``, with its values, in the order of the line.

    Options have their long names and values their own words, ``1/n`` or ``./me.csv``; what comes from a
    variable or is a default is not among them. An option that takes one value is among them once.
    """
    typed = [(option, value) for option, value in _on_the_line(context) if option.name in names]
    return tuple(
        _words(option, value)
        for place, (option, value) in enumerate(typed)
        if option.multiple or option not in (later for later, _ in typed[place + 1 :])
    )


def _on_the_line(context: click.Context) -> list[tuple[click.Option, Any]]:
    """Each option of the line with what was typed behind it, as often as it stands there, in this order."""
    options = {one.name: one for one in context.command.params if isinstance(one, HeadedOption)}
    all_kept = copy(context.command)
    all_kept.params = [copy(one) for one in context.command.params]
    for one in all_kept.params:
        if isinstance(one, click.Option):
            one.multiple = True  # click keeps the last value of other options
    parser = all_kept.make_parser(context)
    values, _, order = parser.parse_args(list(context.meta["dlcli.words"]))
    left = {name: iter(values[name]) for name in options if name in values}
    return [(options[one.name], next(left[one.name])) for one in order if one.name in left]


def converted(options: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for options by the names of their fields, checked as typed ones are; None is not given.

    Raises ``WrongUsage`` for a value that the option does not take.
    """
    types = {one.name: one for one in parameters(options)}
    made = {}
    for name, value in values.items():
        try:
            made[name] = value if value is None else types[name].type.convert(value, None, None)
        except click.BadParameter as error:
            raise WrongUsage(f"{max(types[name].opts, key=len)}: {error.message}") from error
    return made


def was_typed(name: str) -> bool:
    """Whether an option stands on the command line; one that has its default or a variable's value does not.

    False, too, where there is no command line.
    """
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _words(option: click.Option, given: Any) -> tuple[str, ...]:
    if option.is_flag:
        names = option.opts if given or not option.secondary_opts else option.secondary_opts
        return (max(names, key=len),)
    return (max(option.opts, key=len), *map(str, _several(given)))
