"""Options of ``dlcli rnn`` that would do nothing: each belongs to one kind of cell, or to another option."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from dlcli.commands.rnn.net import LATCH, CellWord
from dlcli.commands.rnn.options import OF_CELL
from dlcli.errors import WrongUsage
from dlcli.runner.line import was_typed

#: Option -> the other one that it says more of.
OF_OPTION = {"merge": "bidirectional", "layout": "save_weights"}

#: What a file of weights has decided already.
IN_FILE = ("layers", "bidirectional", "alpha", "forget_bias")

#: All that a latch has: two signals, and no weights to learn.
OF_LATCH = ("cell",)


def typed_options(owns: Iterable[str]) -> frozenset[str]:
    """Those of the options that stand on the command line, none of them a default or the environment's."""
    return frozenset(filter(was_typed, owns))


def refuse_idle(cells: Sequence[CellWord], typed: Collection[str], weights: bool) -> None:
    """Raise ``WrongUsage`` for an option that was typed and would do nothing.

    ``weights`` says whether they come from a file.
    """
    kinds = {cell.kind for cell in cells}
    for name in sorted(typed):
        option = f"--{name.replace('_', '-')}"
        if LATCH in kinds and name not in OF_LATCH:
            raise WrongUsage(f"{option}: a latch has two signals and nothing to learn; leave {option} out")
        if weights and name in IN_FILE:
            raise WrongUsage(f"{option} is decided by the file of --weights; leave {option} out")
        kind = OF_CELL.get(name)
        if kind is not None and not weights and kind not in kinds:
            raise WrongUsage(f"{option} is for another cell: add --cell {kind}, or leave {option} out")
        said = [cell.typed for cell in cells if cell.says(name)]
        if said and len(said) == sum(kind in (None, cell.kind) for cell in cells):
            says = "says" if len(said) == 1 else "say"
            raise WrongUsage(f"{option}: {' and '.join(said)} {says} it already; leave one of both out")
        other = OF_OPTION.get(name)
        if other is not None and other not in typed and not (weights and name == "merge"):
            raise WrongUsage(f"{option} goes with --{other.replace('_', '-')}: add it, or leave {option} out")
