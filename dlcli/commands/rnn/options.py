"""The options of ``dlcli rnn`` as they were typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from dlcli.commands.rnn.net import UNITS, Architecture, CellWord, cell_word

#: Option -> the only kind of cell that heeds it.
OF_CELL = {"alpha": "leaky", "reset_before": "gru", "forget_bias": "lstm"}

#: Options that a line gets anew, and those that only write.
ADDED = ("cell", "bptt", "save_weights", "layout")

#: Options that belong to one input, or to one net.
BOUND = ("shape", "vocabulary", "weights", "targets", "loss")

#: Options that say more of a net from a file.
OF_FILE = ("merge", "paths_of")


@dataclass(frozen=True)
class Options:
    """The options of one run, as they were typed."""

    cell: tuple[CellWord, ...]
    units: int | None
    layers: int
    bidirectional: bool
    merge: str
    skip: int | None
    alpha: float
    activation: str | None
    reset_before: bool
    forget_bias: float
    shape: str | None
    vocabulary: str | None
    standardize: bool
    weights: str | None
    save_weights: str | None
    layout: str
    bptt: bool
    targets: str
    loss: str | None
    paths_of: str | None
    truncate: int | None
    clip: float | None
    #: ``--seed``, which all commands share.
    seed: int = 0
    #: Names of those that stand on the command line, none of them a default or the environment's.
    typed: frozenset[str] = frozenset()

    @property
    def cells(self) -> tuple[str, ...]:
        """The words of ``--cell``."""
        return tuple(cell.typed for cell in self.cell)

    def architecture(self, cell: CellWord) -> Architecture:
        """The net of one of the cells."""
        return Architecture(
            cell=cell,
            units=self.units or (UNITS if len(self.cell) > 1 else None),
            layers=self.layers,
            bidirectional=self.bidirectional,
            merge=self.merge,
            skip=self.skip or 0,
            alpha=self.alpha,
            activation=self.activation,
            reset_after=not self.reset_before,
            forget_bias=self.forget_bias,
        )

    def words(self, cells: Sequence[str], *, elsewhere: bool = False) -> Iterator[str]:
        """Those that decide about the result, as they would be typed again, with these words of ``--cell``.

        What no one of these cells heeds is left out; ``elsewhere``, for another input and a net from the
        seed, so is what belongs to this input or to the file of weights. What the environment says it says
        to the next line, too.
        """
        these = [cell_word(cell) for cell in cells]
        out = {*ADDED, *(BOUND if elsewhere else ()), *(OF_FILE if elsewhere and self.weights else ())}
        for cell in cells:
            yield from ("--cell", cell)
        for name in [field.name for field in fields(self) if field.name in self.typed - out]:
            kind = OF_CELL.get(name)
            left = [cell for cell in these if kind in (None, cell.kind) and not cell.says(name)]
            if left or (kind is None and not these) or self.weights:
                value = getattr(self, name)
                yield f"--{name.replace('_', '-')}"
                yield from () if value is True else (_word(value),)
        if self.seed:
            yield from ("--seed", str(self.seed))


def _word(value: object) -> str:
    """A value as it is typed.

    >>> _word(0.5), _word(2.0), _word("next")
    ('0.5', '2', 'next')
    """
    return f"{value:.15g}" if isinstance(value, float) else str(value)
