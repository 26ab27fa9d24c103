"""What a lesson is made of: slides, and on them text, questions and commands."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cached_property

#: A command of dlcli in a line of a shell.
TOOL = re.compile(r"\bdlcli ([a-z]\w*)")


@dataclass(frozen=True)
class Text:
    """Markdown; ``line`` is where it begins in the file, counted from 1."""

    line: int
    markdown: str


@dataclass(frozen=True)
class Question:
    """A question before which a player waits: the answer comes with what follows."""

    line: int
    markdown: str


@dataclass(frozen=True)
class Command:
    """A step: a command of one or more lines, and what is to be seen.

    ``expected`` are the lines of its output, in which ``...`` stands for any lines and ``{*}`` for any
    letters; none of them leaves it open. ``code`` is the exit code. In the file the command's lines end
    before line ``end``, and from there to ``after`` (exclusive) stands what is expected.
    """

    line: int
    text: str
    expected: tuple[str, ...] = ()
    code: int = 0
    end: int = 0
    after: int = 0

    @property
    def pipe(self) -> str | None:
        r"""Its line, where it is a pipe of dlcli's commands and nothing else; None where a shell is needed.

        >>> Command(1, "dlcli stft sample:speech |\n  dlcli istft \\\n  -o a.wav").pipe
        'dlcli stft sample:speech | dlcli istft -o a.wav'
        >>> [Command(1, text).pipe for text in ("k=1\ndlcli show $k", "dlcli show 1 | wc", "dlcli show 1 >a")]
        [None, None, None]
        """
        line = re.sub(r"\\\n\s*", "", re.sub(r"\|\n\s*", "| ", self.text))
        if "\n" in line or re.search(r"[$`]", re.sub(r"'[^']*'", "", line)):
            return None
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split = True
        first = True
        for word in words:
            if (set(word) <= set("();<>|&") and word != "|") or (first and word != "dlcli"):
                return None
            first = word == "|"
        return line


Block = Text | Question | Command


@dataclass(frozen=True)
class Slide:
    """What stands together on a wall."""

    blocks: tuple[Block, ...]

    @property
    def commands(self) -> list[Command]:
        """Its steps."""
        return [block for block in self.blocks if isinstance(block, Command)]


@dataclass(frozen=True)
class Lesson:
    """A lesson; ``name`` is what messages call it, ``source`` its whole file."""

    name: str
    source: str
    slides: tuple[Slide, ...]

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """All steps, in order."""
        return tuple(command for slide in self.slides for command in slide.commands)

    @cached_property
    def title(self) -> str:
        """The first heading; the name where there is none."""
        lines = (line for block in self._texts for line in block.markdown.split("\n"))
        return next((line[2:].strip() for line in lines if line.startswith("# ")), self.name)

    @cached_property
    def minutes(self) -> int | None:
        """How long it takes: a line such as ``20 minutes`` says it."""
        for block in self._texts:
            for line in block.markdown.split("\n"):
                number, _, unit = line.strip(" .*_").partition(" ")
                if unit == "minutes" and number.isdecimal():
                    return int(number)
        return None

    @property
    def tools(self) -> list[str]:
        """The commands of dlcli that its steps name."""
        found = (TOOL.findall(command.text) for command in self.commands)
        return sorted({name for names in found for name in names})

    @property
    def _texts(self) -> list[Text]:
        return [block for slide in self.slides for block in slide.blocks if isinstance(block, Text)]
