"""How a command line ends when it does not end well: words on standard error and an exit code."""

from __future__ import annotations

import errno
import os
import sys

import click

from dlcli.errors import DlcliError, Stopped, printable, printable_lines
from dlcli.runner.environment import Environment
from dlcli.runner.option import variables

#: What a shell adds to the number of the signal that ended a command; Ctrl-C is signal 2.
SIGNALLED = 128
INTERRUPTED = SIGNALLED + 2

#: How NumPy refuses, with a ``ValueError``, arrays that are larger than any memory.
TOO_LARGE = ("Maximum allowed dimension exceeded", "array is too big")

#: Errors of writing, which name no file.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

#: What every command can do with less memory.
LESS = "try a smaller input, or options that ask for less of it"


def tell(error: BaseException, environment: Environment | None, command: str = "dlcli") -> int:
    """Say what went wrong in a line or two and return the exit code; re-raise what is a bug of ours."""
    if isinstance(error, Stopped):
        return SIGNALLED + error.number
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        _forget_standard_output(environment)
        return 0
    text = told(error, command)
    if text is None:
        raise error
    stderr = environment.stderr if environment else sys.stderr
    if stderr is not None:
        print(printable_lines(text), file=stderr, flush=True)
    return int(getattr(error, "exit_code", DlcliError.exit_code))


def told(error: BaseException, command: str = "dlcli") -> str | None:
    """What is said of an error, the command in front; None of what is a bug of ours."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message()
    if isinstance(error, click.UsageError):
        return usage_lines(error, command)
    if isinstance(error, click.ClickException):
        return f"dlcli: {error.format_message()}"
    if isinstance(error, DlcliError):
        return f"{command}: {error}"
    if isinstance(error, MemoryError) or (isinstance(error, ValueError) and str(error).startswith(TOO_LARGE)):
        return f"{command}: not enough memory; {LESS}"
    if isinstance(error, OSError) and error.errno is not None:
        where = f" {error.filename}" if error.filename else " the output" if error.errno in FULL else ""
        return f"{command}: cannot use{where}: {os.strerror(error.errno)}"
    return None


def usage_lines(error: click.UsageError, command: str) -> str:
    """A usage error in two lines: what is wrong, and where the options are described."""
    command = error.ctx.command_path if error.ctx else command
    message = printable(" ".join(error.format_message().split("\n")))
    return f"{command}: {message[:1].lower() + message[1:]}{_variable(error)}\nTry '{command} --help'."


def _variable(error: click.UsageError) -> str:
    """Where a wrong value came from, when it was not the command line."""
    option = getattr(error, "param", None)
    if error.ctx is None or not isinstance(option, click.Option) or option.name is None:
        return ""
    if error.ctx.get_parameter_source(option.name) is not click.core.ParameterSource.ENVIRONMENT:
        return ""
    names = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())
    return f" (from {next((name for name in names if variables(error.ctx).get(name)), 'the environment')})"


def _forget_standard_output(environment: Environment | None) -> None:
    """Point descriptor 1 at nothing, so that the interpreter's last flush finds no closed pipe."""
    if environment is None:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.close(nothing)
