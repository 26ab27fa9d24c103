"""A cell as it is typed, and the letters of its gates and weights in formulas."""

from __future__ import annotations

from dataclasses import dataclass

from dlcli.engines.recurrent.cell import Cell

LATCH = "latch"

#: Option -> the only kinds of cell that heed it.
OF_CELL = {
    "--alpha": ("leaky",),
    "--reset-before": ("gru",),
    "--reset-after": ("gru",),
    "--forget-bias": ("lstm",),
    "--update-bias": ("gru",),
    "--recurrent-activation": ("lstm", "gru"),
}

#: Option -> the results of several cells that it changes; what is told of them beside each other it does not.
OF_ONE_CELL: dict[str, tuple[str, ...]] = {
    "--check": (),
    "--without-memory": (),
    "--initial-state": (),
    "--stateful": (),
    "--clip": (),
    "--truncate": ("gradients", "paths"),
    "--paths-of": ("paths",),
}

#: Those of them that change how nets learn.
OF_LEARNING = ("--clip", "--truncate")

#: The matrices of a cell by their letters.
MATRICES = {"U": "recurrent_kernel", "W": "kernel", "S": "skip_kernel"}

#: How each gate is written.
GATES = {
    "hidden": "h", "input": "i", "forget": "f", "candidate": "g", "output": "o", "update": "z", "reset": "r",
    "recall": "q",
}  # fmt: skip


@dataclass(frozen=True)
class CellWord:
    """A kind of cell as it is typed: ``lstm``, ``leaky:0.95``, ``simple+5`` with a skip connection of 5.

    >>> str(CellWord("leaky", 0.5, 2))
    'leaky:0.5+2'
    """

    kind: str = "simple"
    alpha: float | None = None
    skip: int = 0

    def __str__(self) -> str:
        alpha = "" if self.alpha is None else f":{self.alpha:.15g}"
        return f"{self.kind}{alpha}{f'+{self.skip}' if self.skip else ''}"

    def says(self, flag: str) -> bool:
        """Whether the word itself says what an option would."""
        return (flag == "--alpha" and self.alpha is not None) or (flag == "--skip" and self.skip > 0)

    def heeds(self, flag: str) -> bool:
        """Whether an option changes anything of this cell.

        >>> CellWord("lstm").heeds("--alpha"), CellWord("leaky").heeds("--alpha")
        (False, True)
        """
        return self.kind in OF_CELL.get(flag, (self.kind,)) and not self.says(flag)


@dataclass(frozen=True)
class Weight:
    """A matrix of a cell by its letter, and which ``entry`` of it (row, column): ``U`` or ``U[0,1]``.

    >>> str(Weight("U", (0, 1)))
    'U[0,1]'
    """

    letter: str
    entry: tuple[int, int] | None = None

    def __str__(self) -> str:
        return self.letter if self.entry is None else f"{self.letter}[{self.entry[0]},{self.entry[1]}]"


def letter(gate: str, kind: str) -> str:
    """How a gate is written: the candidate of a GRU is n, that of an LSTM g."""
    return "n" if gate == "candidate" and kind == "gru" else GATES[gate]


def letters(cell: Cell) -> str:
    """The letters of the matrices that a cell has, one after the other.

    >>> import numpy as np
    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> letters(LeakyCell(np.eye(2), alpha=0.5))
    'W'
    """
    return "".join(one for one, name in MATRICES.items() if name in cell.arrays())
