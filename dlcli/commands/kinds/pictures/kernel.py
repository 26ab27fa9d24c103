"""The kind of value that names a kernel, and how a shell completes it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from dlcli.engines.convolution.filters import FILTERS
from dlcli.engines.convolution.kernels import KERNELS
from dlcli.runner.kinds import Words
from dlcli.words.near import known_as

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class KernelWord(Words):
    """A kernel's name with its arguments, a literal, or a file."""

    name = "KERNEL"
    between = " "

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word, a name in small letters; a file of that name comes first."""
        return str(value) if os.path.lexists(value) else known_as(str(value), (*KERNELS, *FILTERS, "sample"))

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
