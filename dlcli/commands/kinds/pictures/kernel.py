"""The kind of value that names a kernel, and how a shell completes it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from dlcli.engines.convolution.filters import FILTERS
from dlcli.engines.convolution.kernels import KERNELS
from dlcli.runner.kinds import Words
from dlcli.words.near import known_as
from dlcli.words.numeral import plainly

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class KernelWord(Words):
    """A kernel's name with its arguments, a literal, or a file."""

    file = "read"
    name = "KERNEL"
    between = " "

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word, a name in small letters, its numbers plain; a file of that name comes first."""
        if os.path.lexists(value):
            return str(value)
        word = known_as(str(value), (*KERNELS, *FILTERS, "sample"))
        return plainly(word) if word.partition(":")[0] in KERNELS else word

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names, those that need an argument with their colon; files when no name begins so."""
        from click.shell_completion import CompletionItem

        names = [
            CompletionItem(
                name + ":" * any(argument.needed for argument in recipe.arguments), help=recipe.summary
            )
            for name, recipe in {**KERNELS, **FILTERS}.items()
            if name.startswith(incomplete)
        ]
        return names or [CompletionItem(incomplete, type="file")]
