"""The kind of value that names a window, and how a shell completes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.windows import WINDOWS, named
from dlcli.errors import WrongUsage
from dlcli.runner.kinds import Words

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class WindowWord(Words):
    """One of ``WINDOWS``, with its parameter where it has one."""

    name = "NAME[:N]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word, if there is such a window."""
        try:
            named(value)
        except EngineError as error:
            self.fail(str(error), param, ctx)
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names that begin so."""
        from click.shell_completion import CompletionItem

        names = [f"{name}:" if one.parameter else name for name, one in WINDOWS.items()]
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def check_n_fft(n_fft: int | None, frame: int) -> None:
    """Raise ``WrongUsage`` for a transform that was asked to be shorter than a frame."""
    if n_fft is not None and n_fft < frame:
        raise WrongUsage(f"--n-fft {n_fft} is less than a frame of {frame} samples; try --n-fft {frame}")
