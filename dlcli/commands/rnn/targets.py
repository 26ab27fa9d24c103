"""What a net should have said at each step: typed, read from a file, or simply what comes next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlcli.commands.kinds.sequence import Sequence, word_place
from dlcli.engines.recurrent.sequence_loss import Loss, cross_entropy, squared_error
from dlcli.errors import DlcliError, WrongUsage
from dlcli.tensor import Array, Tensor

NEXT = "next"

MOST = 9999  # the highest number of a class

#: What ``--loss`` knows.
LOSSES = ("squared", "cross-entropy")


@dataclass(frozen=True, eq=False)
class Targets:
    """What each step's output is compared with, and how.

    ``values`` is (time, output) with NaN where there is no target, or of a cross entropy (time,) with −1;
    ``labels`` names the outputs.
    """

    loss: str
    values: Array
    labels: tuple[str, ...] | None
    said: str

    @property
    def outputs(self) -> int:
        """How many numbers each step gives, when nothing else says so."""
        return len(self.labels) if self.labels else int(self.values.shape[1])

    def fits(self, outputs: int) -> bool:
        """Whether a step that gives so many numbers can be compared with them; of classes, more will do."""
        if self.loss == LOSSES[1]:
            return int(self.values.max()) < outputs
        return int(self.values.shape[1]) == outputs

    def __call__(self, outputs: Array) -> Loss:
        """The loss of outputs (time, output)."""
        function: Callable[[Array, Array], Loss] = cross_entropy if self.loss == LOSSES[1] else squared_error
        return function(outputs, self.values)

    def words(self, t: int) -> str:
        """The target of step t, for a label; empty when there is none."""
        if self.loss != LOSSES[1]:
            return ""
        place = int(self.values[t])
        return "" if place < 0 else self.labels[place] if self.labels else str(place)


def next_targets(sequence: Sequence, *, last_only: bool, loss: str | None = None) -> Targets:
    """The input of the step after: the last one has no target. Raises ``WrongUsage`` for another's loss."""
    if last_only:
        raise DlcliError(
            "nothing comes after the last step, and only its output counts: say what it should be, "
            "such as --targets 1"
        )
    if len(sequence.data) < 2:
        raise DlcliError("nothing comes next in a sequence of 1 step; give --targets, or a longer sequence")
    if sequence.words is not None:
        _expect(loss, LOSSES[1], "is for numbers; what comes next is words: give numbers with --targets")
        values = np.append(sequence.ids[1:], -1)
        return Targets(LOSSES[1], values, sequence.words, "the next word")
    _expect(loss, LOSSES[0], "is for classes; what comes next is numbers: give classes with --targets")
    gap = np.full_like(sequence.data[:1], np.nan)
    return Targets(
        LOSSES[0], np.concatenate([sequence.data[1:], gap]), sequence.feature.labels, "the next input"
    )


def _expect(loss: str | None, wanted: str, why: str) -> None:
    if loss not in (None, wanted):
        raise WrongUsage(f"--loss {loss} {why}, or leave --loss out")


def given_targets(
    tensor: Tensor, sequence: Sequence, *, last_only: bool, loss: str | None, closed: bool = False
) -> Targets:
    """Targets as they were typed or read: a row or word for each step, or only for the last.

    ``closed`` says that there are no other words than those of the sequence's vocabulary.
    """
    steps, wanted = len(sequence.data), 1 if last_only else len(sequence.data)
    words = tensor.axes[0].labels if tensor.axis_names == ("token",) else None
    data = tensor.data
    if data.dtype.kind == "c" or data.ndim not in (1, 2) or not data.size:
        raise DlcliError(f"--targets are real numbers, a row for each step; received {tensor.describe()}")
    if data.ndim == 2 and len(data) == 1 and tensor.axes[0].name == "row" and wanted > 1:
        data = data.T
    if len(data) != wanted and not (last_only and data.ndim == 1 and words is None):
        raise DlcliError(_miscounted(len(data), "row" if words is None else "word", steps, last_only))
    if words is not None:
        _expect(loss, LOSSES[1], "is for numbers; --targets are words: give numbers")
        known = (sequence.words or ()) if closed else (*(sequence.words or ()), *words)
        known = tuple(dict.fromkeys(known))
        try:
            places = np.array([word_place(word, known) for word in words])
        except DlcliError as error:
            raise DlcliError(f"--targets: {error}") from error
        return Targets(LOSSES[1], _padded(places, steps, -1), known, "the words given")
    if np.isinf(data).any():
        raise DlcliError("--targets are finite numbers, or nan where a step has none; received an infinity")
    if loss == LOSSES[1]:
        classes = data.reshape(-1)
        if len(classes) != wanted:
            raise DlcliError(
                f"--loss cross-entropy wants one class for each step; received {tensor.describe()}"
            )
        if not (classes == np.round(classes)).all() or not 0 <= classes.min() <= classes.max() <= MOST:
            raise DlcliError(
                f"--loss cross-entropy wants classes from 0 to {MOST} as --targets; received other numbers"
            )
        labels = tuple(str(i) for i in range(int(classes.max()) + 1))
        return Targets(LOSSES[1], _padded(classes.astype(int), steps, -1), labels, "the classes given")
    values = data.reshape(wanted, -1).astype(np.float64)
    return Targets(LOSSES[0], _padded(values, steps, np.nan), None, "those given")


def _miscounted(count: int, what: str, steps: int, last_only: bool) -> str:
    """In words, that there are not as many targets as steps that want one."""
    wants = f"the sequence has {steps} step{'s' * (steps > 1)}"
    wants = "the last step needs 1 target" if last_only else wants
    each = "" if last_only or steps == 1 else " for each"
    return f"--targets has {count} {what}{'s' * (count > 1)}; {wants}: give one{each}"


def _padded(values: Array, steps: int, gap: float) -> Array:
    """The targets of all steps: ``gap`` before the last ones, which have one."""
    before = np.full((steps - len(values), *values.shape[1:]), gap, values.dtype)
    return np.concatenate([before, values])
