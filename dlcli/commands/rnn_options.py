"""The options of ``dlcli rnn`` as they were typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dlcli.commands.rnn_net import UNITS, Architecture, CellWord, cell_word
from dlcli.commands.rnn_targets import NEXT

#: Option -> the only kind of cell that heeds it.
OF_CELL = {"alpha": "leaky", "reset_before": "gru", "forget_bias": "lstm"}


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
        seed, so is what belongs to the words or the number of the steps, and the file of weights. What is
        only written, by ``--save-weights``, never comes back.
        """
        kinds = {cell_word(cell).kind for cell in cells}
        own = None if elsewhere else self.weights
        for cell in cells:
            yield from ("--cell", cell)
        for name, value, usual in (
            ("units", self.units, None),
            ("layers", self.layers, 1),
            ("bidirectional", self.bidirectional, False),
            ("merge", self._merge(own), None),
            ("skip", self.skip, None),
            ("alpha", self.alpha, 0.9),
            ("activation", self.activation, None),
            ("reset_before", self.reset_before, False),
            ("forget_bias", self.forget_bias, 1.0),
            ("shape", None if elsewhere else self.shape, None),
            ("vocabulary", None if elsewhere else self.vocabulary, None),
            ("standardize", self.standardize, False),
            ("weights", own, None),
            ("targets", NEXT if elsewhere else self.targets, NEXT),
            ("loss", None if elsewhere else self.loss, None),
            ("truncate", self.truncate, None),
            ("paths_of", self.paths_of, None),
            ("clip", self.clip, None),
            ("seed", self.seed, 0),
        ):
            heeded = OF_CELL.get(name) in (None, *kinds) or (own is not None and name in self.typed)
            if value != usual and heeded:
                yield f"--{name.replace('_', '-')}"
                yield from () if value is True else (_word(value),)

    def _merge(self, weights: str | None) -> str | None:
        """How directions are merged, where there are two and it is not as it would be anyway."""
        told = self.merge if self.merge != "concat" or (weights and "merge" in self.typed) else None
        return told if self.bidirectional or weights else None


def _word(value: object) -> str:
    """A value as it is typed.

    >>> _word(0.5), _word(2.0), _word("next")
    ('0.5', '2', 'next')
    """
    return f"{value:.15g}" if isinstance(value, float) else str(value)
