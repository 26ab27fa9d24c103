"""The kind of value that names an activation function, with its number behind a colon where it has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.cell_activations import SLOPES, cell_activation
from dlcli.engines.tensors.activations import ACTIVATIONS, PARAMETRIC, activation
from dlcli.runner.kinds import Words
from dlcli.words.near import did_you_mean, known_as
from dlcli.words.numeral import plainly

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

NAMES = ", ".join(ACTIVATIONS)

#: What some are called elsewhere.
ALSO = {"swish": "silu", "identity": "linear", "leakyrelu": "leaky-relu", "hardtanh": "hard-tanh"}

#: How they are typed.
USAGE = ", ".join(name + "[:ALPHA]" * (name in PARAMETRIC) for name in ACTIVATIONS)


class CellActivationWord(Words):
    """The name of an activation that a recurrent cell can have, with its number where it has one."""

    name = "FUNCTION"
    words = tuple(SLOPES)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name as it is written."""
        name = known_as(str(value).strip(), SLOPES)
        kind = name.partition(":")[0]
        if kind not in SLOPES:
            hint = did_you_mean(kind, SLOPES, f"try one of {', '.join(SLOPES)}")
            self.fail(f"{str(value)!r} is no activation of a cell: {hint}", param, ctx)
        try:
            return cell_activation(name).name
        except EngineError as error:
            self.fail(str(error), param, ctx)


class ActivationWord(Words):
    """The name of an activation; what is none is told the nearest, or ``otherwise``."""

    name = "FUNCTION"
    words = tuple(ACTIVATIONS)

    def __init__(self, otherwise: str = f"there are {NAMES}") -> None:
        self.otherwise = otherwise

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name as it is written, its number in the digits of a keyboard."""
        word = known_as(str(value).strip(), (*ACTIVATIONS, *ALSO))
        name, colon, typed = plainly(word).partition(":")
        name = ALSO.get(name, name)
        if name not in ACTIVATIONS:
            hint = did_you_mean(name.lower(), ACTIVATIONS, self.otherwise)
            self.fail(f"{str(value)!r} is no activation function: {hint}", param, ctx)
        try:
            return activation(name + colon + typed).name
        except EngineError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names, and what they compute."""
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=one.formula)
            for name, one in ACTIVATIONS.items()
            if name.startswith(incomplete)
        ]
