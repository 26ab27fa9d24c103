"""A command line that can be copied into a shell as it stands."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.views.page.figures import Lines, Run
from dlcli.views.text.markdown import fence
from dlcli.views.text.text import DIM, STEERING, text_line


class CommandLine:
    """Words quoted for the shell; a line that is too long goes on after a backslash, as the shell reads it.

    >>> from rich.console import Console
    >>> Console(width=30).print(CommandLine(["dlcli", "conv", "my cat.png", "--kernel", "diag"]))
    dlcli conv 'my cat.png' \\
        --kernel diag

    Further commands stand behind it in a pipe.

    >>> CommandLine(["dlcli", "stft", "a b.wav"], ["dlcli", "istft"]).text
    "dlcli stft 'a b.wav' | dlcli istft"
    """

    def __init__(self, words: Sequence[str], *piped: Sequence[str]) -> None:
        self.words = [*map(_quote, words)]
        for more in piped:
            self.words += ["|", *map(_quote, more)]

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def markdown(self, width: int = 80) -> str:
        """The command in a fence of shell code."""
        return fence(self.text, "sh")

    def figure(self) -> Lines:
        """The command in one line, to be copied."""
        return Lines([[Run(self.text)]], copy=True)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = self._lines(options.max_width)
        for place, line in enumerate(lines):
            yield Segment(line, Style(color="cyan"))
            yield from text_line(" \\" if place + 1 < len(lines) else "", DIM)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(
            min(4 + max(map(cell_len, self.words)) + 2, options.max_width), cell_len(self.text)
        )

    def _lines(self, width: int) -> list[str]:
        if cell_len(self.text) <= width:
            return [self.text]
        # An option and its value stay together, and a pipe's bar with the command behind it.
        parts: list[str] = []
        for word in self.words:
            if parts and (_takes(parts[-1], word) or parts[-1] in ("|", "| dlcli")):
                parts[-1] += f" {word}"
            else:
                parts.append(word)
        lines = [parts[0]]
        for part in parts[1:]:
            if cell_len(lines[-1]) + 1 + cell_len(part) + 2 <= width:
                lines[-1] += f" {part}"
            else:
                lines.append(f"    {part}")
        return lines


def _takes(option: str, word: str) -> bool:
    """Whether a word is the value of the one before it."""
    named = option.startswith("-") and option.lstrip("-")[:1].isalpha() and " " not in option
    return named and not word.startswith("--") and word != "|"


def quote(word: str) -> str:
    r"""The word as a POSIX shell reads it back, with nothing in it that steers the terminal.

    >>> print(quote("my cat.png"), quote("a\x1b[31m'b"))
    'my cat.png' $'a\033[31m\'b'

    Source: POSIX.1-2024, Shell Command Language, 2.2.4 Dollar-Single-Quotes.
    """
    if not any(unicodedata.category(character) in STEERING for character in word):
        return shlex.quote(word)
    return "$'" + "".join(_escaped(character) for character in word) + "'"


def _quote(word: str) -> str:
    """The word quoted, but for dots that stand for what is not known."""
    return word if word == "…" else quote(word)


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if unicodedata.category(character) in STEERING:
        return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))
    return character
