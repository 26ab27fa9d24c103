"""What a net should have said at each step: typed, read from a file, or simply what comes next."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlcli.commands.kinds.recurrence.sequence import Sequence, word_place
from dlcli.engines.recurrent.sequence_loss import Loss, binary_cross_entropy, cross_entropy, squared_error
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.tensor import Array, Tensor
from dlcli.words.number import number

NEXT = "next"

#: Classes between which a cross entropy can choose: with a single one there is nothing to choose.
LEAST_CLASSES, MOST_CLASSES = 2, 10_000

#: What ``--loss`` knows.
LOSSES = ("squared", "cross-entropy", "binary-cross-entropy")

#: What makes probabilities of the outputs -> the loss that compares these.
READ_BY = {"softmax": LOSSES[1], "sigmoid": LOSSES[2]}

_FUNCTIONS: dict[str, Callable[[Array, Array], Loss]] = dict(
    zip(LOSSES, (squared_error, cross_entropy, binary_cross_entropy), strict=True)
)

#: How many classes there are, or their words in the order of the outputs.
Classes = int | tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Targets:
    """What each step's output is compared with, and how.

    ``values`` is (time, output) with NaN where there is no target, or of a cross entropy (time,) with −1;
    ``labels`` names the outputs; ``note`` says what was taken for granted, and how to say it otherwise.
    """

    loss: str
    values: Array
    labels: tuple[str, ...] | None
    said: str
    note: str = ""

    @property
    def outputs(self) -> int:
        """How many numbers each step gives, when nothing else says so."""
        return len(self.labels) if self.labels else int(self.values.shape[1])

    def fits(self, outputs: int) -> bool:
        """Whether a step that gives so many numbers can be compared with them; of classes, more will do."""
        if self.loss == LOSSES[1]:
            return int(self.values.max()) < outputs >= LEAST_CLASSES
        return int(self.values.shape[1]) == outputs

    def __call__(self, outputs: Array) -> Loss:
        """The loss of outputs (time, output)."""
        return _FUNCTIONS[self.loss](outputs, self.values)

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
        if len(sequence.words) < LEAST_CLASSES:
            raise DlcliError(
                f"the only word is '{printable(sequence.words[0])}': to say what comes next is no choice; "
                "name more words with --vocabulary, or give --targets"
            )
        values = np.append(sequence.ids[1:], -1)
        return Targets(LOSSES[1], values, sequence.words, "the next word")
    if loss == LOSSES[1]:
        _expect(loss, LOSSES[0], "is for classes; what comes next is numbers: give classes with --targets")
    values = np.concatenate([sequence.data[1:], np.full_like(sequence.data[:1], np.nan)])
    if loss == LOSSES[2]:
        _expect_shares(values, "what comes next is numbers")
    return Targets(loss or LOSSES[0], values, sequence.feature.labels, "the next input")


def _expect_shares(values: Array, what: str) -> None:
    """Raise ``DlcliError`` for a target of a binary cross entropy outside of 0 to 1."""
    outside = values[(values < 0) | (values > 1)]
    if outside.size:
        raise DlcliError(
            f"{what}, and those of a binary cross entropy are from 0 to 1; received "
            f"{number(float(outside[0]), 15)}; for numbers as they are try --loss squared"
        )


def _expect(loss: str | None, wanted: str, why: str) -> None:
    if loss not in (None, wanted):
        raise WrongUsage(f"--loss {loss} {why}, or leave --loss out")


def given_targets(
    tensor: Tensor,
    steps: int,
    *,
    last_only: bool,
    loss: str | None,
    classes: Classes | None = None,
    vocabulary: tuple[str, ...] = (),
    outputs: int | None = None,
) -> Targets:
    """Targets as they were typed or read: a row or word for each of so many steps, or only for the last.

    Words are classes of their own, in the order in which they come, unless ``classes`` or the ``vocabulary``
    that was given name them. ``outputs`` is how many numbers each step gives, where a file decides that.
    Raises ``DlcliError`` for what does not fit, and for a single class: it would always be right.
    """
    data = tensor.data
    count = len(classes) if isinstance(classes, tuple) else classes
    if count is not None and outputs not in (None, count):
        raise WrongUsage(f"--classes says {count}, the file of --weights gives {outputs} outputs a step")
    if data.dtype.kind == "c" or data.ndim not in (1, 2) or not data.size:
        raise DlcliError(f"--targets are real numbers, a row for each step; received {tensor.describe()}")
    if tensor.axis_names == ("token",):
        _expect(loss, LOSSES[1], "is for numbers; --targets are words: give numbers")
        words = tensor.axes[0].labels or ()
        if len(words) != (1 if last_only else steps):
            raise DlcliError(_miscounted(len(words), "word", steps, last_only))
        return _word_targets(words, steps, classes, vocabulary, outputs)
    rows = _rows(tensor, steps, last_only, outputs)
    if np.isinf(rows).any():
        raise DlcliError("--targets are finite numbers, or nan where a step has none; received an infinity")
    if np.isnan(rows).all():
        raise DlcliError("--targets are all nan: no step would have one; give at least one number")
    if loss == LOSSES[1] or classes is not None:
        if rows.shape[1] > 1:
            raise DlcliError(
                f"--loss cross-entropy wants one class for each step; received {tensor.describe()}"
            )
        return _class_targets(rows[:, 0], steps, classes, outputs)
    if loss == LOSSES[2]:
        _expect_shares(rows, "--targets are numbers")
    return Targets(loss or LOSSES[0], _padded(rows, steps, np.nan), None, "those given")


def _word_targets(
    words: tuple[str, ...],
    steps: int,
    classes: Classes | None,
    vocabulary: tuple[str, ...],
    outputs: int | None,
) -> Targets:
    own = tuple(dict.fromkeys(words))
    said, among = "the words given", "--classes"
    if isinstance(classes, tuple):
        known = classes
    elif classes is None and set(own) & set(vocabulary):
        known, said, among = vocabulary, "the words given, of those of --vocabulary", "--vocabulary"
    else:
        known = own
        if outputs is not None:
            raise DlcliError(
                printable(f"which of the {outputs} outputs of the file stands for {own[0]!r}?")
                + " Name the words of all, in their order, with --classes"
            )
    if isinstance(classes, int):
        if len(known) > classes:
            raise DlcliError(f"--targets are {len(known)} different words; --classes {classes} are fewer")
        known = (*known, *map(str, range(len(known), classes)))
    if len(known) < LEAST_CLASSES:
        raise DlcliError(
            printable(f"--targets name one class, {own[0]!r}: a net with no other is always right; ")
            + f"name all classes, such as --classes {shlex.quote(f'{printable(own[0])} other')}"
        )
    try:
        places = np.array([word_place(word, known) for word in words])
    except DlcliError as error:
        other = "" if among == "--classes" else f"; for classes of their own add --classes {len(own)}"
        raise DlcliError(f"--targets: {str(error).replace('the vocabulary', among)}{other}") from error
    return Targets(LOSSES[1], _padded(places, steps, -1), known, said)


def _class_targets(numbers: Array, steps: int, classes: Classes | None, outputs: int | None) -> Targets:
    """Classes by their numbers; nan where a step has none."""
    given = numbers[~np.isnan(numbers)]
    outputs = None if outputs is None else max(outputs, LEAST_CLASSES)
    most = (len(classes) if isinstance(classes, tuple) else classes) or outputs or MOST_CLASSES
    wrong = given[(given != np.round(given)) | (given < 0)]
    if wrong.size or given.max() >= most:
        value = float(wrong[0] if wrong.size else given.max())
        raise DlcliError(_no_class(value, most, classes, outputs))
    note = ""
    if isinstance(classes, tuple):
        labels = classes
    else:
        count = classes or outputs or max(int(given.max()) + 1, LEAST_CLASSES)
        labels = tuple(map(str, range(count)))
        if classes is None and outputs is None and len(np.unique(given)) < count:
            note = f"--targets are read as {count} classes, 0 to {count - 1}; for more, add --classes N"
    places = np.where(np.isnan(numbers), -1, numbers).astype(int)
    return Targets(LOSSES[1], _padded(places, steps, -1), labels, "the classes given", note)


def _no_class(value: float, most: int, classes: Classes | None, outputs: int | None) -> str:
    """In words, that a number among the targets is no class, and what to try."""
    received = f"received {number(value, 15)}"
    if value != round(value) or value < 0:
        squared = "" if classes is not None else "; for numbers as they are try --loss squared"
        return f"--targets of a cross entropy are classes, 0, 1, 2 and so on; {received}{squared}"
    if isinstance(classes, int) and outputs is None and value < MOST_CLASSES:
        return (
            f"--classes {classes}: --targets are from 0 to {most - 1}; {received}; "
            f"try --classes {value + 1:.0f}"
        )
    said = "there are no more"
    if isinstance(classes, tuple):
        said = f"--classes names {most}"
    elif outputs is not None:
        said = f"the file of --weights gives {outputs} output{'s' * (outputs > 1)}"
    return f"--targets of a cross entropy are classes, from 0 to {most - 1}: {said}; {received}"


def _rows(tensor: Tensor, steps: int, last_only: bool, outputs: int | None) -> Array:
    """Numbers (step, output) for each of the steps, or for the last alone.

    Where the last alone has an output, as many numbers as steps are no row of outputs unless a file says so.
    """
    data = tensor.data.astype(np.float64)
    one_row = data.ndim == 1 or len(data) == 1
    if not last_only:
        if data.ndim == 2 and one_row and tensor.axes[0].name == "row" and steps > 1:
            data = data.T
        if len(data) != steps:
            raise DlcliError(_miscounted(len(data), "row", steps, last_only))
        return data.reshape(steps, -1)
    if one_row and (steps == 1 or data.size != steps or data.size == outputs):
        return data.reshape(1, -1)
    rows = data.reshape(-1, 1) if one_row else data
    if len(rows) == steps and np.isnan(rows[:-1]).all():
        return rows[-1:]
    if len(rows) == steps:
        last = " ".join(map(number, rows[-1])) if np.isfinite(rows[-1]).all() else "1"
        raise DlcliError(
            f"--targets has {steps} {'numbers' if one_row else 'rows'}, one for each step, but only the last "
            f"step has an output: give its own, such as --targets {shlex.quote(last)}, or leave --shape out"
            + (f"; for {steps} outputs of the last step give nan in all rows before it" if one_row else "")
        )
    raise DlcliError(_miscounted(len(rows), "row", steps, last_only))


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
