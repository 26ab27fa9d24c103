"""One tensor beside the input, as the value of an option names it."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np

from dlcli.errors import BadData, DlcliError, WrongUsage, printable
from dlcli.runner.inputs import tensors
from dlcli.runner.result import Run
from dlcli.tensor import Tensor
from dlcli.words.near import did_you_mean, some
from dlcli.words.numeral import is_number, number

SAMPLE = "sample:"


def one_tensor(word: str, run: Run, flag: str) -> Tensor:
    """The tensor that a word stands for: a number, a literal, a file, a sample, one of them by ``:NAME``.

    ``-`` is standard input where that is not the input of the command. Raises ``WrongUsage`` where it is, and
    ``DlcliError`` where there are several tensors and none is named.
    """
    if is_number(word) and not os.path.lexists(word):
        value = np.asarray(number(word))
        value = value.astype(float) if value.dtype == object else value  # beyond the integers
        return Tensor(value, (), "number", {"source": "literal"})
    if word == "-":
        check_free(run, flag)
    file, name = _parted(word)
    try:
        found = list(tensors(file, run.environment, run.limits))
    except BadData as error:
        if error.typed is not None:
            raise
        raise DlcliError(f"{flag}: {error}") from error
    if name:
        return _by_name(found, file, name, flag)
    if len(found) != 1:
        told = " and ".join(tensor.describe() for tensor in found[:2])
        more = f" and {len(found) - 2} more" if len(found) > 2 else ""
        known = file if file.startswith(SAMPLE) else os.path.basename(file)
        by_name = "" if file == "-" else f"; for one of them write {flag} {file}:{found[0].name}"
        raise DlcliError(printable(f"{flag} {known}: expected one tensor; received {told}{more}{by_name}"))
    return found[0]


def check_free(run: Run, flag: str) -> None:
    """Raise ``WrongUsage`` unless standard input can be read for the value of an option."""
    if not run.line.inputs or "-" in run.line.inputs or run.line.inputs == (run.environment.stdin_file,):
        raise WrongUsage(
            f"{flag} cannot read standard input, which is the tensor; name the input, or give a file"
        )
    if sum("-" in words[1:] for words in run.line.options) > 1:
        raise WrongUsage("'-' (standard input) can be read once; it is named more than once")
    if run.environment.stdin_is_terminal:
        raise WrongUsage(f"{flag} - reads standard input, and nothing is piped in; give a file or numbers")


def _parted(word: str) -> tuple[str, str]:
    """A file or a sample, and the name of a tensor in it, where the word has both.

    >>> _parted("sample:digits-cnn:dense/kernel"), _parted("1 2; 3 4")
    (('sample:digits-cnn', 'dense/kernel'), ('1 2; 3 4', ''))
    """
    if os.path.lexists(word):
        return word, ""
    start = len(SAMPLE) if word.startswith(SAMPLE) else 0
    for place in (i for i, letter in enumerate(word) if letter == ":" and i > start):
        if start or os.path.isfile(word[:place]):
            return word[:place], word[place + 1 :]
    return word, ""


def _by_name(found: Iterable[Tensor], file: str, name: str, flag: str) -> Tensor:
    by_name = {tensor.name: tensor for tensor in found}
    if name not in by_name:
        hint = did_you_mean(name, by_name, f"there are {some(list(by_name))}")
        raise DlcliError(printable(f"{flag} {file}: there is no tensor {name!r}: {hint}"))
    return by_name[name]
