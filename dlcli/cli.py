"""The front door: one table of subcommands, each loaded only when it is called."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import click

from dlcli.errors import Stopped
from dlcli.runner.hyphens import check_hyphens
from dlcli.version import __version__
from dlcli.words.near import did_you_mean, plain

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from dlcli.runner.environment import Environment

#: chapter -> command -> what it does, in one line.
CHAPTERS: dict[str, dict[str, str]] = {
    "Tensors": {
        "show": "Look at any tensor: its axes, its numbers, where it comes from.",
        "samples": "The pictures, sounds and tables that come along, to try things on.",
        "flatten": "Put all numbers in one row; see which neighbours part.",
        "tensor": "Look at shape and axes; index, transpose, reshape, broadcast, compute.",
        "compare": "Hold a tensor, sound or picture against a reference; fail where it is too far off.",
        "softmax": "Turn scores into probabilities; see the exponentials and their sum.",
        "normalize": "Give numbers mean 0 and variance 1: batch, layer, group; see which share a mean.",
        "activate": "Apply relu, sigmoid, tanh and the like, or their derivatives.",
        "dropout": "Set units to 0 at random; see the mask, the scaling, and the mean that stays.",
    },
    "See": {
        "conv": "Slide kernels over a picture or any matrix; see where they answer.",
        "pool": "Keep the largest number of each window, or the mean, the least, a norm.",
        "upsample": "Make a picture larger: repeat cells, mix them, or undo a pooling.",
        "kernels": "The kernels that have a name: their weights and what they answer to.",
    },
    "Hear": {
        "stft": "Cut a sound into frames; see which frequencies each of them holds.",
        "istft": "Put a sound together again from its frequencies.",
        "mask": "Keep what is strong enough, or what lies in a band; the rest becomes 0.",
    },
    "Remember": {
        "rnn": "Read a sequence step by step with a net that remembers; follow the gradient back.",
        "seq2seq": "Read a sequence into one context vector; write another from it, word by word.",
    },
    "Attend": {
        "attn": "Let each token look at all others; see scores, shares and the weighted sum.",
        "transformer": "Send words through blocks of attention; see what each part does to them.",
    },
    "Learn": {
        "summary": "A net, layer by layer: shapes, parameters, work, what each number sees.",
        "train": "Let a net learn from pictures, words, sounds; watch the loss fall, see its mistakes.",
        "predict": "Ask a trained net: probabilities, any layer, the sum behind an answer.",
    },
    "Decide": {
        "returns": "Add up the rewards from each step on, later ones discounted.",
        "mdp": "Compute what the states of a world are worth, and what is best done in each.",
        "td": "Learn that from experience: temporal differences, Monte Carlo, SARSA, Q-learning.",
    },
}

#: What is no command over tensors, but works with all of them: heading -> command -> what it does.
TOOLS: dict[str, dict[str, str]] = {
    "Teach": {
        "lesson": "Take a lesson: read, predict, run a command, look; or write one of your own.",
        "exercise": "Draw tasks to solve by hand: a sheet, a class's sheets, a bank for Moodle.",
        "check": "Mark answers: what is right, which slip is behind what is not, statistics of a class.",
        "learn": "The next task of the course: asked, marked, remembered, asked again in time.",
        "hint": "Help with the open task in three steps: idea, formula with its numbers, first line.",
        "why": "The whole way to the answer that was right, and what the usual slips would have given.",
    },
    "All of it": {
        "lab": "Touch everything in the browser: every option a control, every number a click.",
    },
}

AROUND = {name: text for tools in TOOLS.values() for name, text in tools.items()}

COMMANDS = {name: text for commands in CHAPTERS.values() for name, text in commands.items()}


#: The signals that end a program unless it hears them: of timeout and kill, of a terminal that is closed, of
#: Ctrl-\, of a limit on seconds, of clocks and other programs; none that tells of a fault in this one.
STOPS = tuple(
    signal.Signals[f"SIG{name}"]
    for name in ("TERM", "HUP", "QUIT", "XCPU", "ALRM", "VTALRM", "PROF", "USR1", "USR2", "IO", "PWR")
    if f"SIG{name}" in signal.Signals.__members__
)


def no_command(word: str, known: Sequence[str] = tuple(COMMANDS)) -> str:
    """What is said of a word that is no command.

    >>> no_command("softmx")
    "no command 'softmx': did you mean 'softmax'?"
    """
    hint = did_you_mean(word, known, f"the commands are {', '.join(known)}", called="'{}'")
    return f"no command {word!r}: {hint}"


class FrontDoor(click.Group):
    """The group of all subcommands; knows their names and one-liners without importing any of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the chapters."""
        return [*COMMANDS, *AROUND]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one subcommand, and with it only what that subcommand needs."""
        if cmd_name not in COMMANDS and cmd_name not in AROUND:
            return None
        module = import_module(f"dlcli.commands.{cmd_name.replace('-', '_')}.command")
        command: click.Command = module.command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As ever; an option that is typed with one hyphen, or with a dash, is named as it is meant."""
        for word in args[:1]:
            check_hyphens(ctx, word, self.get_params(ctx))
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a subcommand, ``help conv`` being ``conv --help``, or say which one was probably meant."""
        if args and args[0] == "help":
            if len(args) > 2:
                raise click.UsageError(
                    f"help tells of one command at a time: dlcli help {args[1]}, dlcli help {args[2]}", ctx
                )
            if args[1:] in ([], ["help"]):
                click.echo(ctx.get_help())
                ctx.exit()
            args = [*args[1:], "--help"]
        known = self.list_commands(ctx)
        if args and plain(args[0]) in known:
            args = [plain(args[0]), *args[1:]]
        if args and args[0] not in known and not args[0].startswith("-"):
            raise click.UsageError(no_command(args[0], known), ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names that begin so, with what they do; the options of the front door behind a dash."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=text)
            for name, text in {**COMMANDS, **AROUND}.items()
            if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by chapter of the course."""
        for chapter, commands in CHAPTERS.items():
            with formatter.section(chapter):
                formatter.write_dl(list(commands.items()))
        for heading, tools in TOOLS.items():
            with formatter.section(heading):
                formatter.write_dl(list(tools.items()))


@click.command(
    cls=FrontDoor,
    context_settings={"help_option_names": ["-h", "--help"], "token_normalize_func": plain},
    epilog="Start here: dlcli conv sample:cat --kernel diag",
)
@click.version_option(__version__, "-V", "--version", message="dlcli %(version)s")
def front_door() -> None:
    """A deep-learning laboratory for the shell.

    One command per idea: each runs the maths on your picture, sound, sentence, table or little world, shows
    what happened with these numbers, and passes its result down the pipe.
    """


def invoke(argv: Sequence[str], environment: Environment | None = None) -> None:
    """Run one command line; what goes wrong is raised, as click's ``Exit`` is where help was asked for."""
    with front_door.make_context("dlcli", list(argv), obj=environment) as context:
        front_door.invoke(context)


def run(argv: Sequence[str], environment: Environment | None = None) -> int:
    """Run one command line and return its exit code; errors have been told on standard error by then."""
    if environment is None and "_DLCLI_COMPLETE" in os.environ:
        from click.shell_completion import add_completion_class

        from dlcli.completion import ColonBash

        add_completion_class(ColonBash)
        front_door.main(list(argv), prog_name="dlcli")
    try:
        invoke(argv, environment)
        if environment is None:
            sys.stdout.flush()
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except BaseException as error:  # noqa: BLE001 (tell raises again what is no user's doing)
        from dlcli.runner.endings import tell

        known = (*COMMANDS, *AROUND)
        return tell(error, environment, " ".join(["dlcli", *(word for word in argv[:1] if word in known)]))
    return 0


def _stop(number: int, frame: object) -> NoReturn:
    """End as Ctrl-C does: files that are half written go, and the terminal is as it was."""
    for one in STOPS:
        signal.signal(one, signal.SIG_IGN)  # once is enough: nothing is to interrupt the tidying up
    raise Stopped(number)  # nothing is imported here: it may be in the middle of another import


def main() -> NoReturn:
    """The ``dlcli`` executable."""
    # Our own strips run in threads; a second crew of BLAS threads under each of them only gets in the way.
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    for number in STOPS:
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup has us ignore one of them
            signal.signal(number, _stop)
    sys.exit(run(sys.argv[1:]))
