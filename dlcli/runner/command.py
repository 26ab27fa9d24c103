"""The decorator that turns a function over tensors into a subcommand."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from dlcli.runner.environment import Environment
from dlcli.runner.hyphens import check_hyphens
from dlcli.runner.inputs import TENSORS, Reading, check_value
from dlcli.runner.kinds import Words
from dlcli.runner.manual import Manual, write_formulas, write_options, write_tables
from dlcli.runner.option import check_repeated, heeded, parameters
from dlcli.runner.options import shared, variable
from dlcli.runner.result import Prepare
from dlcli.words.numeral import is_negative


class LabCommand(click.Command):
    """A subcommand of the laboratory: its own options first, the shared ones after them."""

    manual = Manual({}, ())
    reads: Reading | None = TENSORS

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember the words of the command line: they travel with the result as its origin."""
        from shlex import join

        line = join([self.name or "", *args])
        ctx.meta["dlcli.line"] = line.encode(errors="surrogateescape").decode(errors="replace")
        ctx.meta["dlcli.example"] = self.manual.examples[0]
        if args == ["help"] and not os.path.lexists("help"):
            raise click.UsageError("help is an option of a command: --help", ctx)
        words = self.inputs_apart(ctx, args)
        ctx.meta["dlcli.words"] = tuple(words)
        rest = super().parse_args(ctx, list(words))
        if not ctx.resilient_parsing:
            self._check_values(ctx, words)
        return rest

    def _check_values(self, ctx: click.Context, words: list[str]) -> None:
        """Raise ``WrongUsage`` where the numbers of an option lack their quotes and some became inputs.

        What is to be said where one of them stands in the way of what is piped in is kept.
        """
        several = {
            name: option.type.between
            for option in self.get_params(ctx)
            if isinstance(option, click.Option) and isinstance(option.type, Words)
            for name in option.opts
        }
        for place, word in enumerate(words[:-1]):
            if between := several.get(word):
                inputs = ctx.params.get("inputs", ())
                told = check_value(word, words[place + 1], words[place + 2 :], between, inputs)
                ctx.meta["dlcli.unread"] = told or ctx.meta.get("dlcli.unread", "")

    def inputs_apart(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The words, where a literal that starts with a minus can no longer be taken for an option.

        Numbers ignore the blank before them; a word that is an option's value stays as it is. A file behind
        ``--`` whose name begins with a hyphen gets one that may stand anywhere in a line: ``./-x.png``.
        """
        valued = {
            name
            for option in self.get_params(ctx)
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        end = args.index("--") if "--" in args else len(args)
        words = list(zip(["", *args], args[:end], strict=False))
        for before, word in words:
            if before not in valued:
                check_hyphens(ctx, word, self.get_params(ctx))
        return [
            f" {word}" if is_negative(word) and before not in valued else word for before, word in words
        ] + [os.path.join(os.curdir, word) if _is_hidden(word) else word for word in args[end:]]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The formulas, then the options by groups."""
        write_formulas(formatter, self.manual)
        write_options(formatter, ctx, self.get_params(ctx))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Words that options know, and lines to try."""
        write_tables(formatter, self.manual)


def _is_hidden(word: str) -> bool:
    """Whether a word names a file, and would be taken for an option elsewhere in a line."""
    return word.startswith("-") and os.path.lexists(word)


def command(
    name: str,
    manual: Manual,
    options: type | None = None,
    *,
    explains: bool = True,
    reads: Reading | None = TENSORS,
) -> Callable[[Prepare], LabCommand]:
    """Make a subcommand of a function that prepares a worker.

    The decorated function takes the ``Run`` and the command's own options, which the fields of the dataclass
    ``options`` declare (see ``dlcli.runner.option``), and returns a worker; the worker takes one tensor (or
    whatever ``reads`` makes of the words of a command line) and returns a ``Result`` whose outputs bear the
    names in ``manual.emits``, or some of those in ``manual.results``. Reading, frames, formats, files,
    stories and exit codes are the runner's. What works on all inputs at once it returns as ``Together``; a
    command that ``reads`` nothing, None, returns a ``Catalogue``. What tells of the results is the module
    ``story`` of the command's folder, loaded when a story is asked for. An option of its own takes the place
    of a shared one with the same flag.
    """

    def decorate(prepare: Prepare) -> LabCommand:
        def callback(**values: Any) -> None:
            from dlcli.runner.run import run

            run(name, prepare, values, reads, options)

        own = parameters(options) if options else []
        for option in own:
            if isinstance(option, click.Option):
                option.envvar = variable(option, name)
        taken = {flag for option in own for flag in option.opts}
        others = [
            option
            for option in shared(
                name,
                tuple(manual.results),
                explains=explains and (manual.explains or True),
                reads=reads,
                texts=manual.texts,
                sections=manual.sections,
            )
            if not taken & set(option.opts)
        ]
        made = LabCommand(name, callback=callback, params=own + others, help=prepare.__doc__)
        made.manual, made.reads = manual, reads
        return made

    return decorate


#: What a tool does: takes the world and its own options.
Use = Callable[[Environment, Any], None]


def tool(name: str, manual: Manual, options: type) -> Callable[[Use], LabCommand]:
    """Make a subcommand of a function that is no work over tensors: it writes what it has to say itself.

    The decorated function takes the ``Environment`` and the options, which the fields of the dataclass
    declare, arguments among them. They are checked as those of any command are.
    """

    def decorate(use: Use) -> LabCommand:
        def callback(**values: Any) -> None:
            context = click.get_current_context()
            check_repeated(context)
            use(context.obj or Environment.of_process(), heeded(options(**values), context))

        own = parameters(options)
        for one in own:
            if isinstance(one, click.Option):
                one.envvar = variable(one, name)
        made = LabCommand(name, callback=callback, params=own, help=use.__doc__)
        made.manual, made.reads = manual, None
        return made

    return decorate
