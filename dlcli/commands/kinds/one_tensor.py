"""One tensor beside the input, as the value of an option names it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import numpy as np

from dlcli.errors import BadData, DlcliError, WrongUsage, printable
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import tensors
from dlcli.runner.result import Run
from dlcli.tensor import Tensor
from dlcli.wire.stream import Limits
from dlcli.words.numeral import is_number, number

#: What makes tensors of a word.
Read = Callable[[str, Environment, Limits], Iterable[Tensor]]


def one_tensor(word: str, run: Run, flag: str, read: Read = tensors) -> Tensor:
    """The tensor that a word stands for: a number, or what else an input may be, as ``read`` has it.

    ``-`` is standard input where that is not the input of the command; it is read once, however often it is
    asked for. Raises ``WrongUsage`` where it is the input, and ``DlcliError`` where there are several tensors
    and none is named.
    """
    if is_number(word) and not os.path.lexists(word):
        try:
            value = np.asarray(number(word))
        except ValueError as error:
            raise WrongUsage(f"{flag}: {error}") from error
        value = value.astype(float) if value.dtype == object else value  # beyond the integers
        return Tensor(value, (), "number", {"source": "literal"})
    if word == "-":
        check_free(run, flag)
    try:
        found = run.beside if word == "-" else []
        found += [] if found else read(word, run.environment, run.limits)
    except BadData as error:
        if error.typed is not None:
            raise
        raise DlcliError(f"{flag}: {error}") from error
    if len(found) != 1:
        told = " and ".join(tensor.describe() for tensor in found[:2])
        more = f" and {len(found) - 2} more" if len(found) > 2 else ""
        known = word if word.startswith("sample:") else os.path.basename(word)
        by_name = "" if word == "-" else f"; for one of them write {flag} {word}:{found[0].name}"
        raise DlcliError(printable(f"{flag} {known}: expected one tensor; received {told}{more}{by_name}"))
    return found[0]


def check_free(run: Run, flag: str) -> None:
    """Raise ``WrongUsage`` unless standard input, ``-``, can be read for the value of an option."""
    if "-" in run.inputs:
        raise WrongUsage(
            f"{flag} cannot read standard input, which is the tensor; name the input, or give a file"
        )
    if sum("-" in words[1:] for words in run.line.options) > 1:
        raise WrongUsage("'-' (standard input) can be read once; it is named more than once")
    if run.environment.stdin_is_terminal:
        raise WrongUsage(f"{flag} - reads standard input, and nothing is piped in; give a file or numbers")
