"""``%dlcli`` and ``%%dlcli`` of IPython and of notebooks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dlcli.errors import DlcliError, WrongUsage
from dlcli.python.outcome import Outcome
from dlcli.python.session import command_of, run_commands, word_of
from dlcli.python.words import flags_of, split, value_word

#: ``name =`` before the line of a cell, and ``{name}`` as a word of a line.
ASSIGNED = re.compile(r"\s*([^\W\d]\w*)\s*=\s*(.*)", re.DOTALL)
NAMED = re.compile(r"\{([^\W\d]\w*)\}")

#: What looks like one within a word.
WITHIN = re.compile(r"\{([^\W\d]\w*)[^{}]*\}")

#: What ``-o`` fills in itself.
FILLED = ("stem", "name", "index")


def load(shell: Any) -> None:
    """Make both known to an IPython shell."""

    def dlcli(line: str, cell: str | None = None) -> Outcome | None:
        """Run a line of dlcli commands; the text of a cell is what a pipe would bring.

        %dlcli conv photo.png --kernel diag | pool --size 2
        r = %dlcli softmax {scores} --axis row

        %%dlcli r = softmax --axis row
        1 2
        3 4

        {name}, as a whole word, is a value of the notebook: an array, a tensor, an outcome, a word.
        """
        assigned = ASSIGNED.fullmatch(line) if cell is not None else None
        name, line = assigned.groups() if assigned else ("", line)
        try:
            outcome = run_line(line, shell.user_ns, cell)
        except DlcliError as error:
            if error.outcome:
                shell.display_pub.publish(*shell.display_formatter.format(error.outcome))
            told = lines_of(error)
            error._render_traceback_ = lambda: told  # type: ignore[attr-defined]
            raise
        if name:
            shell.user_ns[name] = outcome
        return None if name or not outcome else outcome

    dlcli._ipython_magic_no_var_expand = True  # type: ignore[attr-defined]
    shell.register_magic_function(dlcli, magic_kind="line_cell", magic_name="dlcli")


def run_line(line: str, names: Mapping[str, Any], cell: str | None = None) -> Outcome:
    """Run a line in which ``{name}`` stands for a value; ``cell`` is what standard input brings.

    >>> run_line("softmax {scores} --axis row", {"scores": [[1, 2], [3, 4]]}).line
    "dlcli softmax '1 2; 3 4' --axis row"
    """
    commands = split(line)
    inputs: list[Any] = []
    first = [NAMED.fullmatch(word) for word in commands[0]]
    values = [names.get(found[1]) for found in first if found]
    if cell is None and len(values) == 1 and isinstance(values[0], Outcome):  # alone, it goes down the pipe
        inputs = values
        commands[0] = [word for word, found in zip(commands[0], first, strict=True) if not found]
    commands = [_with_values(words, names) for words in commands]
    return run_commands(commands, inputs, variables={}, stdin=None if cell is None else cell.encode())


def _with_values(words: Sequence[str], names: Mapping[str, Any]) -> list[str]:
    """The words of a command, where one that names a value is the word for that."""
    command = command_of(words)
    flags = flags_of(command) if command else {}
    made: list[str] = []
    for word in words:
        found = NAMED.fullmatch(word)
        option = flags.get(made[-1]) if made else None
        if not found or (found[1] in FILLED and option is not None and option.name == "output"):
            filled = option is not None and option.name == "output"
            if not found and not filled and (within := WITHIN.search(word)) and within[1] in names:
                raise WrongUsage(
                    f"{word}: a value of Python's is a word by itself, a name between braces: name it before"
                )
            made.append(word)
        elif found[1] not in names:
            raise WrongUsage(f"{word} is to be a value of Python's, and nothing has the name {found[1]}")
        elif option is not None and not option.is_flag:
            made.append(value_word(made[-1], names[found[1]], option.type))
        else:
            made.append(word_of(names[found[1]], command, made))
    return made


def lines_of(error: DlcliError) -> list[str]:
    """An error as a notebook shows it: what the shell would say, and of which command."""
    return [f"dlcli: {error}", *getattr(error, "__notes__", ())]
