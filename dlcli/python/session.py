"""A line of commands run from Python: no shell, no process, arrays in and results out."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import click

from dlcli.cli import AROUND, COMMANDS, front_door, invoke
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.python.outcome import Notes, Outcome
from dlcli.python.words import frames_of, held, input_word, line_of, option_words, split
from dlcli.runner.command import LabCommand
from dlcli.runner.endings import told
from dlcli.runner.environment import Environment
from dlcli.words.near import plain


def run(
    line: str | Sequence[str], /, *inputs: Any, environment: Mapping[str, str] | None = None, **options: Any
) -> Outcome:
    """Run a line of commands, as it would be typed, and return what its last command gave.

    Parameters
    ----------
    line : str, or its words
        A command with its inputs and options, or several, each of which reads what the one before it sends:
        ``"conv photo.png --kernel diag | pool --size 2"``.
    *inputs
        Further inputs of the first command: an array, lists of numbers, a ``Tensor``, what another run gave,
        or words as they are typed (a file, ``sample:cat``, a sentence).
    environment : mapping of str, optional
        Variables such as ``DLCLI_CONV_STRIDE`` that are to be heeded; by default none is.
    **options
        Options under their long names, ``pad_mode="same"`` for ``--pad-mode same``; of a single command.
        True is a switch, a list has a value for each time that the option is given, a matrix may be an array.

    Raises ``DlcliError``, in the words of the command line, for whatever is wrong with it or with the data:
    ``WrongUsage`` or ``BadData`` where it is one of these. What was given before that is its ``outcome``.

    >>> shares = run("softmax", [[1, 2], [3, 4]], axis="row")
    >>> shares["probabilities"].round(4).tolist()
    [[0.1192, 0.1192], [0.8808, 0.8808]]
    >>> shares.line
    "dlcli softmax '1 2; 3 4' --axis row"
    >>> run("conv", [[0, 1], [1, 0]], kernel=[[0, 1], [1, 0]])["feature-map"].tolist()
    [[2.0]]
    """
    if not isinstance(line, str) and not (
        isinstance(line, Sequence) and all(isinstance(w, str) for w in line)
    ):
        raise WrongUsage(
            f"a line of commands is wanted, as in 'conv photo.png --kernel diag'; received {line!r}"
        )
    commands = split(line) if isinstance(line, str) else [[*line]]
    return run_commands(commands, inputs, options, variables=environment or {})


def run_commands(
    commands: Sequence[Sequence[str]],
    inputs: Sequence[Any] = (),
    options: Mapping[str, Any] | None = None,
    *,
    variables: Mapping[str, str],
    stdin: bytes | None = None,
) -> Outcome:
    """The same of commands with the words of each; ``stdin`` is what comes down a pipe to the first."""
    if len(commands) > 1 and options:
        names = ", ".join(options)
        raise WrongUsage(
            f"{names}: this line has {len(commands)} commands, and an argument of the call does not say "
            "which of them it is for: write it into the line"
        )
    for words in commands:
        if words and plain(words[0]) in AROUND:
            raise WrongUsage(f"{words[0]} gives no result, and is for a shell: {line_of([words])}")
    first, stdin, before = _first(commands[0], inputs, options or {}, stdin)
    commands = [first, *commands[1:]]
    notes = Notes()
    outcome = Outcome(" | ".join(filter(None, (before, line_of(commands)))), notes)
    for place, words in enumerate(commands):
        last = place == len(commands) - 1
        stdout = io.BytesIO()
        piped = io.BytesIO(stdin or b"")
        world = Environment(
            stdin=piped,
            stdout=stdout,
            stderr=notes,
            stdin_is_terminal=stdin is None,
            stdin_piped=stdin is not None,
            variables=variables,
            receive=outcome.add if last else None,
        )
        _stage(words, world, outcome, place, len(commands))
        if stdin and not piped.tell():
            sent = "what was to be read" if place == 0 else f"what {commands[place - 1][0]} sends"
            world.say(f"dlcli {words[0]}: {sent} is not read: the line names its input")
        stdin = stdout.getvalue()
    return outcome


def _first(
    words: Sequence[str], inputs: Sequence[Any], options: Mapping[str, Any], stdin: bytes | None
) -> tuple[list[str], bytes | None, str]:
    """The words of the first command, what comes down its pipe, and the line of what is sent there.

    A single result of another run goes down the pipe as it would in a shell.
    """
    command = command_of(words)
    before = ""
    if len(inputs) == 1 and isinstance(inputs[0], Outcome) and stdin is None:
        stdin, before = frames_of(inputs[0].sent), inputs[0].line
        inputs = ()
    taken = list(words)
    for one in inputs:
        taken.append(word_of(one, command, taken))
    if options and command is not None:
        taken += option_words(command, options)
    return taken, stdin, before


def word_of(value: Any, command: LabCommand | None, taken: Sequence[str]) -> str:
    """The word that stands for a value of Python's as an input of a command."""
    if isinstance(value, Outcome):
        return held(value.sent, taken)
    typed = command is not None and command.reads is not None and command.reads.part("0")
    return input_word(value, typed=typed, taken=taken)


def command_of(words: Sequence[str]) -> LabCommand | None:
    """The command that a line begins with, if it is one."""
    name = plain(words[0]) if words else ""
    found = front_door.get_command(click.Context(front_door), name) if name in COMMANDS else None
    return found if isinstance(found, LabCommand) else None


def _stage(words: Sequence[str], world: Environment, outcome: Outcome, place: int, of: int) -> None:
    """Run one command of a line; what goes wrong is a ``DlcliError`` in the words of the command line."""
    try:
        invoke(words, world)
    except click.exceptions.Exit:
        pass  # help was asked for, and has been printed
    except Exception as error:
        command = " ".join(["dlcli", *(word for word in words[:1] if word in COMMANDS)])
        text = told(error, command)
        if text is None:
            raise
        raised = error if isinstance(error, DlcliError) else None
        if raised is None:
            kind = WrongUsage if isinstance(error, click.UsageError) else DlcliError
            raised = kind(text.removeprefix(f"{command}: "))
        if of > 1:
            raised.add_note(f"in command {place + 1} of {of}: {printable(line_of([words]))}")
        raised.outcome = outcome
        raise raised.with_traceback(None) from None  # what stands below is no business of the caller's
