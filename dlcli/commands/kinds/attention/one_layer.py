"""Which results are not of the one layer that ``--layer`` looks into."""

from __future__ import annotations

from collections.abc import Container

from dlcli.errors import WrongUsage
from dlcli.runner.option import was_typed


def check_layer(layer: int | str | None, emit: str | None, of_all: Container[str], word: str) -> None:
    """Raise ``WrongUsage`` for one ``--layer`` that was typed beside a result of all layers, ``of_all``."""
    if isinstance(layer, int) and emit in of_all and was_typed("layer"):
        raise WrongUsage(
            f"--layer {layer} does nothing beside --emit {emit}, which is of all {word}s: leave one of "
            "them out"
        )
