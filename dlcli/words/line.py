"""A command line that is to be typed again, with something more or less."""

from __future__ import annotations

import shlex
from collections.abc import Container
from dataclasses import dataclass, field


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

    @property
    def text(self) -> str:
        """The line as it is typed into a shell, without where its result goes.

        >>> Line("conv", (("--kernel", "0 1; 1 0"),), ("me.png",)).text
        "dlcli conv me.png --kernel '0 1; 1 0'"
        """
        words = (word for words in self.options for word in words)
        return shlex.join(["dlcli", self.command, *self.inputs, *words])

    def __contains__(self, flag: str) -> bool:
        return any(words[0] == flag for words in self.options)

    def again(self, source: str | None, *more: str, without: Container[str] = ()) -> list[str]:
        """The words of the line for an input, but some of its options, and what is to stand behind them.

        >>> typed = Line("td", (("--runs", "5"), ("--batch",), ("--seed", "1")))
        >>> " ".join(typed.again("cliff", "--trace", "10", without=("--batch",)))
        'dlcli td cliff --runs 5 --seed 1 --trace 10'
        """
        kept = [word for words in self.options if words[0] not in without for word in words]
        return ["dlcli", self.command, *([] if source is None else [source]), *kept, *more]
