"""An option, said once: its flag, type, default, heading and help, and what it needs or stands against.

The options of a command are the fields of one frozen dataclass. From it come click's parameters, the headings
of help and manual page, what the shell completes, and the refusals that are facts about an option.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from dataclasses import field, fields, replace
from itertools import pairwise
from typing import Any

import click
from click.core import ParameterSource
from click.types import convert_type

from dlcli.errors import WrongUsage
from dlcli.runner.kinds import Input, Word
from dlcli.words.numeral import keyboard

Type = click.ParamType | type | None

#: The heading of a command's own options that have no other.
OTHERS = "Options"

#: The headings of the options that all commands share; they stand last.
SHARED = ("Result", "Input", "Story")


#: What stands between values where a flag has only one.
SEPARATORS = re.compile(r"[\s,;]+")


class HeadedOption(click.Option):
    """An option of the command line that stands under a heading of ``--help``."""

    def __init__(self, *names: Any, under: str = OTHERS, once: bool = False, **facts: Any) -> None:
        super().__init__(*names, **facts)
        self.heading = under
        self.once = once

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """The value in its type; numbers may be typed in the signs of print, as the screens show them."""
        if not isinstance(self.type, Word | Input | click.Path | click.types.StringParamType):
            if isinstance(value, str):
                value = keyboard(value)
            elif isinstance(value, tuple | list):
                value = tuple(keyboard(one) if isinstance(one, str) else one for one in value)
        try:
            return super().type_cast_value(ctx, value)
        except click.BadParameter as error:
            apart = self._apart(ctx, value) if self.multiple else ""
            if apart:
                error.message = f"{error.message.removesuffix('.')} (for several: {apart})"
            raise

    def _apart(self, ctx: click.Context, values: Iterable[str]) -> str:
        """What to type for several values that stand behind one flag; empty where none do."""
        flag = max(self.opts, key=len)
        for words in (SEPARATORS.split(value.strip()) for value in values):
            with suppress(click.BadParameter):
                if len(words) > 1 and super().type_cast_value(ctx, tuple(words)):
                    return " ".join(f"{flag} {word}" for word in words)
        return ""


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
    once: bool = False,
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
        Whether it can be given several times, each with one value; the field is a tuple.
    once : bool
        Whether it is refused where it stands several times; of others the last counts, which is said.
    metavar : str
        What ``--help`` calls the value, where its type has no name for it.
    needs : str or tuple of str
        Another option without which it does nothing, ``"--weights"`` or ``"--kind lp"``; one of several.
    excludes : str or tuple of str
        Options that it cannot stand beside.
    """
    names = flags.split()
    facts: dict[str, Any] = {"multiple": many, "metavar": metavar, "help": help, "under": under, "once": once}
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
    return field(
        default=given,
        metadata={
            "click": lambda name: HeadedOption([*names, name], **facts),
            "needs": (needs,) if isinstance(needs, str) else needs,
            "excludes": (excludes,) if isinstance(excludes, str) else excludes,
        },
    )


def argument(type_: click.ParamType, *, metavar: str, many: bool = False) -> Any:
    """A field of a dataclass of options: what is typed before the inputs, without a flag."""
    make: Callable[[str], click.Argument] = lambda name: click.Argument(  # noqa: E731
        [name], type=type_, metavar=metavar, nargs=-1 if many else 1, required=not many
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

    Raises ``WrongUsage`` for an option that was typed and lacks what it needs, or has what it excludes. With
    ``everything`` all results are asked for, and none that is needed is missing.
    """
    flags = {flag: param for param in context.command.params for flag in param.opts}
    defaults = {one.name: one.default for one in fields(options)}

    def holds(condition: str) -> bool:
        flag, _, word = condition.partition(" ")
        param = flags[flag]
        value = context.params[param.name or ""]
        if value == ():  # not given; what the shared options are by default does not stand above
            return False
        if not word:
            return bool(value != defaults.get(param.name or ""))
        return word in [str(one) for one in (value if isinstance(value, tuple) else (value,))]

    for one in fields(options):
        needs, excludes = one.metadata.get("needs", ()), one.metadata.get("excludes", ())
        if not (needs or excludes) or getattr(options, one.name) == one.default:
            continue
        if not was_typed(one.name):
            if any(map(holds, excludes)):
                options = replace(options, **{one.name: one.default})
            continue
        param = next(p for p in flags.values() if p.name == one.name)
        off = getattr(options, one.name) is False and param.secondary_opts
        flag = max(off or param.opts, key=len)
        if needs and not any((everything and need.startswith("--emit ")) or holds(need) for need in needs):
            raise WrongUsage(f"{flag} goes with {' or '.join(needs)}: add it, or leave {flag} out")
        for other in filter(holds, excludes):
            raise WrongUsage(f"{flag} does not go with {other}: leave one of them out")
    return options


def repeated(context: click.Context) -> list[str]:
    """A sentence on each option that counts once and stands on the line several times.

    Raises ``WrongUsage`` where each of its values may be meant to be compared with the others.
    """
    _, _, order = context.command.make_parser(context).parse_args(list(context.meta["dlcli.words"]))
    said = []
    for one in dict.fromkeys(order):
        times = order.count(one)
        if not isinstance(one, HeadedOption) or one.multiple or times < 2:
            continue
        stands = f"stands {'twice' if times == 2 else f'{times} times'} on the line"
        if one.once:
            raise WrongUsage(f"{max(one.opts, key=len)} {stands}, and its values are not compared: keep one")
        if not one.is_flag or one.secondary_opts:
            flags = " or ".join(max(names, key=len) for names in (one.opts, one.secondary_opts) if names)
            said.append(f"{flags} {stands}: the last counts")
    return said


def typed_options(context: click.Context, names: Container[str]) -> tuple[tuple[str, ...], ...]:
    """Each option that was typed and is one of ``names``, with its values, in the order of the line.

    Options have their long names and values their own words, ``1/n`` or ``./me.csv``; what comes from a
    variable or is a default is not among them. Of an option that counts once, the last time counts.
    """
    values, _, order = context.command.make_parser(context).parse_args(list(context.meta["dlcli.words"]))
    found = []
    for place, option in enumerate(order):
        if not isinstance(option, click.Option) or option.name not in names:
            continue
        given = values[option.name]
        if option.multiple:
            given = given[order[:place].count(option)]
        elif option in order[place + 1 :]:
            continue
        found.append(_words(option, given))
    return tuple(found)


def was_typed(name: str) -> bool:
    """Whether an option stands on the command line; one that has its default or a variable's value does not.

    False, too, where there is no command line.
    """
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _words(option: click.Option, given: Any) -> tuple[str, ...]:
    if option.is_flag:
        names = option.opts if given or not option.secondary_opts else option.secondary_opts
        return (max(names, key=len),)
    values = given if isinstance(given, tuple) else (given,)
    return (max(option.opts, key=len), *map(str, values))
