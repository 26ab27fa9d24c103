"""What Python calls arrays and arguments, as the words of a command line."""

from __future__ import annotations

import io
import json
import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
import numpy as np

from dlcli.errors import WrongUsage, printable
from dlcli.runner.kinds import Cell, Words
from dlcli.tensor import DTYPES, Array, Axis, Tensor, default_axes
from dlcli.wire.read import Held
from dlcli.wire.tensors.frame import write_frame

#: What a shell does something with, and there is none here.
SHELL = "();<>|&"

#: Arrays of so many letters are written out in the line; what is larger has a name there.
TYPED = 160

#: The most numbers of an array that is the value of an option.
MOST = 10_000


def split(line: str, *, writes: str = "-o FILE writes a file") -> list[list[str]]:
    """The commands of a line with the words of each, quotes as in a shell; ``dlcli`` may stand before them.

    ``writes`` is what is advised in place of ``>``.

    >>> split("dlcli conv me.png --kernel '0 1; 1 0 | 1 0; 0 1' | pool --size 2")
    [['conv', 'me.png', '--kernel', '0 1; 1 0 | 1 0; 0 1'], ['pool', '--size', '2']]

    Raises ``WrongUsage`` for a quotation mark that is left open, and for what only a shell could do.
    """
    lexer = shlex.shlex(line.replace("\\\n", " "), posix=True, punctuation_chars=SHELL)
    lexer.whitespace_split, lexer.commenters = True, ""
    commands: list[list[str]] = [[]]
    try:
        words = list(lexer)
    except ValueError as error:
        raise WrongUsage(f"{printable(line)}: {str(error).lower()}") from error
    for word in words:
        if word == "|":
            commands.append([])
        elif word and set(word) <= set(SHELL):
            raise WrongUsage(
                f"{word!r} is for a shell, and there is none here: commands are joined by '|', {writes}; "
                "what is meant as it stands is put in quotes"
            )
        else:
            commands[-1].append(word)
    made = [words[words[:1] == ["dlcli"] :] for words in commands]
    if not all(made):
        raise WrongUsage(
            f"{printable(line) or 'an empty line'}: a command is missing, as in 'softmax scores.csv'"
        )
    return made


def array_of(value: Any) -> Array:
    """Numbers as an array: of NumPy, in nested lists, or of whatever makes itself one.

    Raises ``WrongUsage`` for anything else.
    """
    name = type(value).__name__
    if np.ma.is_masked(value):
        raise WrongUsage(f"numbers are wanted in all cells; received {name} with masked ones: see filled()")
    try:
        made = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:  # of rows of several lengths, of a GPU, …
        raise WrongUsage(f"an array of numbers is wanted; received {name}: {error}") from error
    if made.dtype.name not in DTYPES:
        wide = "; astype('float64') keeps most of it" if made.dtype.kind in "fc" else ""
        raise WrongUsage(f"an array of numbers is wanted; received {name} of dtype {made.dtype}{wide}")
    return made


def written(array: Array) -> str | None:
    """An array as it is typed so that the same one is read, or None where it cannot be.

    >>> written(np.array([[1, 2], [3, 4]])), written(np.array([0.5, 1])), written(np.array([[1, np.nan]]))
    ('1 2; 3 4', '[0.5, 1.0]', None)
    """
    if array.dtype.name not in ("int64", "float64") or not array.size or not np.isfinite(array).all():
        return None
    if array.ndim == 2:
        return "; ".join(" ".join(map(repr, row)) for row in array.tolist())
    return json.dumps(array.tolist()) if array.ndim else None


def input_word(value: Any, *, typed: bool, taken: Sequence[str]) -> str:
    """The word that stands for an input in a command line.

    Parameters
    ----------
    value : str, path, Tensor or array
        Text is as it would be typed: a file, ``sample:cat``, a sentence.
    typed : bool
        Whether the command reads numbers that are written out.
    taken : sequence of str
        The words of the line that stand already: another name is found.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, os.PathLike):
        path = os.fsdecode(value)
        return os.path.join(os.curdir, path) if path.startswith("-") else path  # no option is meant
    if isinstance(value, Tensor):
        return held([value], taken)
    array = array_of(value)
    axes = _labelled(value, array)
    word = written(array) if typed and not axes and array.size <= TYPED else None
    if word is None or len(word) > TYPED:
        return held([Tensor(array, axes, name="array")], taken)
    return word


def _labelled(value: Any, array: Array) -> tuple[Axis, ...]:
    """The axes of a table, such as a ``DataFrame``, whose rows or columns are called by words; else none."""
    named = [getattr(value, name, None) for name in ("index", "columns")][: array.ndim]
    labels = [[*one] for one in named if isinstance(one, Iterable)]
    if len(labels) != array.ndim:
        return ()
    words = [tuple(one) if all(isinstance(word, str) for word in one) else None for one in labels]
    if not any(words):
        return ()
    plain = default_axes(array.ndim)
    return tuple(Axis(axis.name, labels=told) for axis, told in zip(plain, words, strict=True))


def held(tensors: Sequence[Tensor], taken: Sequence[str] = ()) -> Held:
    """A name for tensors of memory; its ending is that of the file that could hold them."""
    (first, *others) = tensors
    plain = not others and first.axes == default_axes(first.data.ndim) and not first.attrs
    stem = "".join(char if char.isalnum() or char in "-_." else "-" for char in first.name).lstrip("-.")
    ending = ".npy" if plain else ".safetensors"
    name, number = f"{stem or 'array'}{ending}", 1
    while name in taken or os.path.lexists(name):
        number += 1
        name = f"{stem or 'array'}-{number}{ending}"
    return Held.of(name, frames_of(tensors))


def frames_of(tensors: Iterable[Tensor]) -> bytes:
    """Tensors as they go down a pipe."""
    stream = io.BytesIO()
    for tensor in tensors:
        write_frame(tensor, stream)
    return stream.getvalue()


def option_words(command: click.Command, arguments: Mapping[str, Any]) -> list[str]:
    """Arguments of a call in Python as options of a command.

    >>> from dlcli.cli import front_door
    >>> conv = front_door.get_command(click.Context(front_door), "conv")
    >>> option_words(conv, {"kernel": ["diag", [[0, 1], [1, 0]]], "stride": (2, 1), "flip": True})
    ['--kernel', 'diag', '--kernel', '0 1; 1 0', '--stride', '2,1', '--flip']

    Raises ``WrongUsage`` for a value that cannot be typed.
    """
    flags = flags_of(command)
    words: list[str] = []
    for name, value in arguments.items():
        flag = f"--{name.rstrip('_').replace('_', '-')}"
        option = flags.get(flag)
        if option is None and (short := flags.get(f"-{name}")) is not None:
            raise WrongUsage(f"{name}: an option has its long name here, {max(short.opts, key=len)[2:]}")
        if option is None:
            words.append(flag)  # click knows what may have been meant
        elif value is None:
            continue
        elif option.is_flag:
            if not isinstance(value, bool | np.bool_):
                raise WrongUsage(f"{flag} is a switch, True or False; received {value!r}")
            other = option.secondary_opts
            words += [flag] if value else [max(other, key=len)] if other else []
        else:
            for one in _several(value, option.type) if option.multiple else [value]:
                words += [flag, value_word(flag, one, option.type)]
    return words


def flags_of(command: click.Command) -> dict[str, click.Option]:
    """The options of a command by each of their names."""
    return {
        name: param
        for param in command.params
        if isinstance(param, click.Option)
        for name in (*param.opts, *param.secondary_opts)
    }


def _several(value: Any, type_: Any) -> list[Any]:
    """The values of an option that can be given several times: a list has one each, unless it is a matrix."""
    if isinstance(value, Tensor | str | os.PathLike) or not isinstance(value, Iterable):
        return [value]
    if isinstance(value, tuple) and isinstance(type_, Cell):
        return [value]
    values = list(value)
    rows = all(isinstance(row, list | tuple) and all(map(_is_number, row)) for row in values)
    if isinstance(value, np.ndarray) and value.ndim > 1:
        return [value]
    return [value] if values and rows and not isinstance(type_, Cell) else values


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | complex | np.number | np.bool_)


def value_word(flag: str, value: Any, type_: Any) -> str:
    """One value of an option as it is typed."""
    if isinstance(value, str | os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, list | tuple) and all(isinstance(one, str) or _is_number(one) for one in value):
        between = type_.between if isinstance(type_, Words) else ""
        return (between or ",").join(map(str, value)) or "()"
    if _is_number(value):
        return str(value)
    array = value.data if isinstance(value, Tensor) else array_of(value)
    if array.ndim == 0:
        return str(array.item())
    if array.ndim == 1:
        return value_word(flag, array.tolist(), type_)
    exact = {"f": np.float64, "i": np.int64, "u": np.int64, "b": np.int64}.get(array.dtype.kind)
    fits = exact is not None and array.ndim == 2 and array.size <= MOST
    word = written(array.astype(exact)) if fits else None
    if word is None:
        raise WrongUsage(
            f"{flag}: an array {array.shape} of {array.dtype} cannot be typed as its value, which takes a "
            f"matrix of finite numbers, {MOST:,} at most: write a file (numpy.save) and give its name"
        )
    return word


def line_of(commands: Iterable[Sequence[str]]) -> str:
    """The line that is typed in a shell.

    >>> line_of([["conv", "me.png"], ["pool", "--size", "2"]])
    'dlcli conv me.png | dlcli pool --size 2'
    """
    return " | ".join(shlex.join(["dlcli", *map(str, words)]) for words in commands)
