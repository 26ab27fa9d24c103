"""The line that was typed, to be typed again with something more or less: the pipe before it stays."""

from __future__ import annotations

import re
import shlex
from collections.abc import Container, Mapping
from typing import Protocol

from dlcli.tensor import Attr, Tensor
from dlcli.views.origin import source_word, typed_word
from dlcli.words.line import Line

#: Stands for what was typed before the bar, where nobody can know it.
UNKNOWN = "…"

#: The first word behind ``dlcli`` of what may stand in a pipe, and options there that write a file.
COMMAND = re.compile(r"[a-z][a-z0-9-]*")
WRITES = re.compile(r"-\w*o|--output\b|--save-")

#: Options whose value names a place or a size, which another tensor need not have.
OF_ONE = {"--explain", "--index", "--reshape", "--transpose", "--axis"}


class Read(Protocol):
    """Something that was read: ``attrs`` tells where, and which commands made it."""

    @property
    def attrs(self) -> Mapping[str, Attr]: ...


def again(
    line: Line, read: Read, *more: str, without: Container[str] = (), command: str | None = None
) -> list[list[str]]:
    """The commands of the pipe that was typed; the last has ``more`` options, and those in ``without`` not.

    ``command`` is another one to put in the place of the last, with ``more`` as all its options.

    >>> made = Tensor([1.0], attrs={"source": "a.png", "command": "conv a.png --kernel diag | flatten"})
    >>> [" ".join(words) for words in again(Line("softmax"), made, "--temperature", "3")]
    ['dlcli conv a.png --kernel diag', 'dlcli flatten', 'dlcli softmax --temperature 3']

    What another program sent cannot be told: dots stand for it.

    >>> again(Line("softmax"), Tensor([1.0], attrs={"source": "-"}), "--temperature", "3")
    [['…'], ['dlcli', 'softmax', '--temperature', '3']]

    Where others come beside what was read, no option that fits it alone is added: it is shown instead.

    >>> again(Line("pool", (), ("a.npz",), {"a.npz"}), Tensor([[[1.0]]]), "--explain", "0,0,0")
    [['dlcli', 'show', 'a.npz']]
    """
    a_part = "block" in read.attrs and "--block" not in line  # which the pipe brought, and others
    if not OF_ONE.isdisjoint(more) and (a_part or (of_several(line, read) and _typed(read) is None)):
        command, more = "tensor" if line.command == "show" else "show", ()
    source = source_of(line, read)
    before = [] if source is not None else _pipe(read)
    if line.piped:  # the value of an option came by standard input, of which nothing is known
        before = [[UNKNOWN]]
    if command is not None:
        return [*before, ["dlcli", command, *([] if source is None else [source]), *more]]
    return [*before, line.again(source, *more, without=without)]


def source_of(line: Line, read: Read) -> str | None:
    """The word of the input as it was typed; None for what came down a pipe.

    In place of a file or pipe of several that one of them which was read, where it can be typed.
    """
    if of_several(line, read) and (typed := _typed(read)) is not None:
        return typed
    if len(line.inputs) == 1:
        word = line.inputs[0]
        return None if word == "-" else word.lstrip() if word.startswith(" -") else word
    if isinstance(read, Tensor):
        return source_word(read)
    source = str(read.attrs.get("source", "-"))
    if source == "-" or "command" in read.attrs:
        return None
    return f"./{source}" if source.startswith("-") else source


def of_several(line: Line, read: Read) -> bool:
    """Whether the line reads others beside it from the same file or pipe; a world goes by its own word."""
    if not isinstance(read, Tensor):
        return False
    source = str(read.attrs.get("source", "-"))
    words = set(line.inputs) if len(line.inputs) == 1 else {"-", source}
    return not words.isdisjoint(line.several)


def _typed(read: Read) -> str | None:
    return typed_word(read) if isinstance(read, Tensor) else None


def _pipe(read: Read) -> list[list[str]]:
    """The commands that made what came down a pipe, as far as they are known and only compute."""
    stages: list[list[str]] = [[]]
    try:
        words = shlex.split(str(read.attrs.get("command", "")))
    except ValueError:
        return [[UNKNOWN]]
    for word in words:
        if word == "|":
            stages.append([])
        else:
            stages[-1].append(word)
    if not all(words and COMMAND.fullmatch(words[0]) for words in stages):
        return [[UNKNOWN]]
    if any(WRITES.match(word) for words in stages for word in words):
        return [[UNKNOWN]]
    known = [["dlcli", *words] for words in stages]
    return known if str(read.attrs.get("source", "-")) != "-" else [[UNKNOWN], *known]
