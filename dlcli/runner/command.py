"""The decorator that turns a function over tensors into a subcommand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import click

from dlcli.runner.options import shared, variable
from dlcli.runner.result import Worker

Prepare = Callable[..., Worker]


class LabCommand(click.Command):
    """A subcommand of the laboratory: its own options first, the shared ones after them."""

    emits: Mapping[str, str] = MappingProxyType({})
    examples: tuple[str, ...] = ()
    tables: Mapping[str, Mapping[str, str]] = MappingProxyType({})

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember the words of the command line: they travel with the result as its origin."""
        from shlex import join

        line = join([self.name or "", *args])
        ctx.meta["dlcli.line"] = line.encode(errors="surrogateescape").decode(errors="replace")
        ctx.meta["dlcli.example"] = self.examples[0]
        return super().parse_args(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Words that options know, and lines to try, whole and unwrapped."""
        for title, entries in self.tables.items():
            with formatter.section(title):
                formatter.write_dl(list(entries.items()))
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")


def command(
    name: str,
    *,
    emits: Mapping[str, str],
    examples: tuple[str, ...],
    tables: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    explains: bool = True,
) -> Callable[[Prepare], LabCommand]:
    """Make a subcommand of a function that prepares a worker.

    The decorated function takes the ``Run`` and the command's own options and returns a worker; the worker
    takes one tensor and returns a ``Result`` whose outputs bear the names in ``emits``, which says of each
    what it is (the first is what goes down the pipe). Reading, frames, formats, files, stories and exit codes
    are the runner's. ``tables`` explain words that options know, under a title each. The view is
    ``dlcli.views.NAME``, loaded when a story is asked for.
    """

    def decorate(prepare: Prepare) -> LabCommand:
        def callback(**values: Any) -> None:
            from dlcli.runner.run import run

            run(name, prepare, values)

        own: list[click.Parameter] = list(reversed(getattr(prepare, "__click_params__", [])))
        for option in own:
            if isinstance(option, click.Option):
                option.envvar = variable(option, name)
        made = LabCommand(
            name, callback=callback, params=own + shared(name, tuple(emits), explains), help=prepare.__doc__
        )
        made.emits = emits
        made.examples = examples
        made.tables = tables
        return made

    return decorate
