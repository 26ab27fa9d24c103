"""A command line that is to be typed again, with something more or less."""

from __future__ import annotations

import shlex
from collections.abc import Container
from dataclasses import dataclass, field

from dlcli.words.numeral import is_negative

#: Options that say where a story goes, how it looks there, and whether it has gaps; how many words follow.
ELSEWHERE = {
    "-o": 1,
    "--output": 1,
    "-f": 1,
    "--format": 1,
    "--theme": 1,
    "--width": 1,
    "--pixels": 1,
    "--show": 0,
    "--blank": 0,
}


def typed(history: str) -> str:
    """The line of a shell that made something, without where it went: of a pipe all commands.

    >>> typed("conv me.png -k '0 1 | 1 0' -o x.html | pool --size=2 --format svg")
    "dlcli conv me.png -k '0 1 | 1 0' | dlcli pool --size=2"
    """
    lexer = shlex.shlex(history, posix=True, punctuation_chars="|")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError:  # cut off in the middle of a quotation
        return f"dlcli {history}"
    kept: list[str] = ["dlcli"]
    skip = 0
    for word in words:
        flag = word.partition("=")[0]
        if skip:
            skip -= 1
        elif word == "|":
            kept += ["|", "dlcli"]
        elif word in ELSEWHERE:
            skip = ELSEWHERE[word]
        elif not (flag.startswith("--") and flag in ELSEWHERE):
            kept.append(shlex.quote(word))
    return " ".join(kept)


@dataclass(frozen=True)
class Line:
    """The options of a command line as they were typed: long names, each with the words behind it.

    ``inputs`` are the words of the inputs; there are none where a pipe brings it. What a variable of the
    environment says is not in the line: it says it to the next one, too.
    """

    command: str = ""
    options: tuple[tuple[str, ...], ...] = ()
    inputs: tuple[str, ...] = ()
    several: set[str] = field(default_factory=set, compare=False)

    @property
    def piped(self) -> bool:
        """Whether an option's value came by standard input: it cannot be typed again."""
        return any("-" in words[1:] for words in self.options)

    def __contains__(self, flag: str) -> bool:
        return any(words[0] == flag for words in self.options)

    def again(self, source: str | None, *more: str, without: Container[str] = ()) -> list[str]:
        """The words of the line for an input, but some of its options, and what is to stand behind them.

        >>> typed = Line("td", (("--runs", "5"), ("--batch",), ("--seed", "1")))
        >>> " ".join(typed.again("cliff", "--trace", "10", without=("--batch",)))
        'dlcli td cliff --runs 5 --seed 1 --trace 10'

        What would be taken for an option stands behind all of them.

        >>> Line("attn", (("--seed", "1"),)).again("-dash it")
        ['dlcli', 'attn', '--seed', '1', '--', '-dash it']
        """
        kept = [word for words in self.options if words[0] not in without for word in words]
        if source is not None and source[:1] == "-" != source and not is_negative(source):
            return ["dlcli", self.command, *kept, *more, "--", source]
        return ["dlcli", self.command, *([] if source is None else [source]), *kept, *more]
