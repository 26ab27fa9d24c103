"""The options of a command line as they were typed: for the line that is tried next, or to refuse one."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import click
from click.core import ParameterSource


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
