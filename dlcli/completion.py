"""What the shell is told when Tab is pressed; loaded for nothing else."""

from __future__ import annotations

import os
from typing import Any

from click.shell_completion import BashComplete, CompletionItem, split_arg_string


class ColonBash(BashComplete):
    """Bash, which takes the colon of ``sample:cat`` and ``gabor:45`` for the end of a word.

    Such words arrive in pieces (``sample``, ``:``, ``c``) and are put together again; what is offered is what
    follows the last colon, because that is all that bash will replace.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.known = ""  # what bash keeps of the word that is completed

    def get_completion_args(self) -> tuple[list[str], str]:
        """The finished words and the one that is being typed."""
        cursor = int(os.environ["COMP_CWORD"])
        pieces = split_arg_string(os.environ["COMP_WORDS"])[: cursor + 1]
        pieces += [""] * (cursor + 1 - len(pieces))
        words = joined(pieces)
        incomplete = words.pop()
        if incomplete != pieces[-1] or incomplete == ":":
            self.known = incomplete[: incomplete.rfind(":") + 1]
        return words[1:], incomplete

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        """What is offered, files first: where click's script hears of them it forgets what it has heard."""
        return sorted(super().get_completions(args, incomplete), key=lambda item: item.type == "plain")

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """One completion without what bash has already."""
        return f"{item.type},{str(item.value).removeprefix(self.known)}"


def joined(pieces: list[str]) -> list[str]:
    """Words put together at their colons.

    >>> joined(["conv", "sample", ":", "cat", "-k", "gabor", ":"])
    ['conv', 'sample:cat', '-k', 'gabor:']
    """
    words: list[str] = []
    glue = False
    for piece in pieces:
        if words and (glue or piece == ":"):
            words[-1] += piece
        else:
            words.append(piece)
        glue = piece == ":"
    return words
