"""Examples with what is to be said of them, and how well a net says it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.nets.losses import SEQUENCE, asked_of
from dlcli.nets.net import Net, picture_first

#: Examples that are looked at together when nothing is learnt.
TOGETHER = 64

#: Examples of a stream at least, where a net goes on from batch to batch: at its beginning it knows nothing.
ALONG = 16

#: How far rows of shares may be from a sum of 1.
NEAR_ONE = 1e-3

#: What examples are called that are no part of what is learnt from.
HELD_OUT = "what is held out"

#: Numbers up to this one are not told from 1 by four digits.
NEXT = 1.0005

#: What noise for an evaluation is drawn for, behind the seed.
NOISE = 3


@dataclass(frozen=True)
class Examples:
    """Inputs, of which only those that are asked for are read, and what belongs to each.

    ``take`` gives inputs (k, …) for indices (k,); ``labels`` are class numbers (count,), or of every step
    (count, time), below 0 where nothing is asked, numbers to come near (count,) or (count, k), or none.
    ``places`` (count,) are their indices in the set that they are part of, which ``called`` names in words.
    ``clean`` gives inputs as they were before noise, where there is any.
    """

    count: int
    take: Callable[[Array], Array]
    labels: Array | None = None
    places: Array | None = None
    called: str = "the data"
    clean: Callable[[Array], Array] | None = None

    def counts(self, net: Net) -> bool:
        """Whether answers are right or wrong, for this net."""
        return self.labels is not None and net.spec.target == "label" and self.labels.dtype.kind in "iub"

    def check(self, net: Net) -> None:
        """Raise ``EngineError`` where the net's outputs cannot be compared with the labels."""
        output = net.spec.output
        if net.spec.target == "input":
            first = np.arange(min(self.count, TOGETHER))
            targets_of(net, self, first, net.batch(self.take(first)))
            return
        if self.labels is None:
            raise EngineError(
                f"{net.spec.name} learns from labels, and the data have none; a model whose target is the "
                "input learns without"
            )
        by_step = len(output) == 2
        if len(output) == 3 or (by_step and self.labels.ndim < 2):
            tail = "a last-step" if by_step else "a flatten and a dense layer"
            raise EngineError(
                f"a model that learns from labels ends with (class,); {net.spec.name} gives {output}; put "
                f"{tail} at its end"
            )
        if by_step and self.labels.shape[1] != output[0]:
            raise EngineError(
                f"targets have {self.labels.shape[1]} steps, and {net.spec.name} gives {output[0]}: they "
                "must be as many"
            )
        if not by_step and self.counts(net) and self.labels.ndim > 1:
            raise EngineError(
                f"there is a class for each of {self.labels.shape[1]} steps, and {net.spec.name} gives one "
                "for all: leave the last-step out"
            )
        if net.loss.name == "cross-entropy" and output[-1] == 1:
            raise EngineError(
                f"softmax over the one output of {net.spec.layers[-1].name} is always 1, and nothing can be "
                'learnt; loss = "binary-cross-entropy" tells two classes apart by one output'
            )
        if self.labels.dtype.kind not in "iub" and not by_step:
            if net.loss.name == "cross-entropy" and self.labels.shape[1:] != output:
                raise EngineError(
                    f"{net.spec.name} tells {output[0]} classes apart by cross-entropy: its labels are "
                    f"class numbers, saved as integers, or rows of {output[0]} shares, one for each output; "
                    f'received {self.labels.dtype} {self.labels.shape}; loss = "mean-squared" fits numbers'
                )
            if self.labels.shape[1:] not in (output, () if output == (1,) else output):
                units = self.labels.shape[1] if self.labels.ndim > 1 else 1
                raise EngineError(
                    f"a label is {_numbers(units)}, an output {_numbers(output[0])}: give the last layer "
                    f"{units} unit{'s' * (units > 1)}"
                )
            _check_shares(self.labels, net, self, "labels")
            return
        if self.labels.dtype.kind not in "iub":
            _check_shares(self.labels, net, self, "labels")
            return
        classes = 2 if output[-1] == 1 else output[-1]
        out_of_range = (self.labels < (-1 if by_step else 0)) | (self.labels >= classes)
        wrong = np.flatnonzero(out_of_range.reshape(len(self.labels), -1).any(axis=1))
        if len(wrong):
            has = self.labels[wrong[0]][out_of_range[wrong[0]]][0] if by_step else self.labels[wrong[0]]
            raise EngineError(
                f"labels are 0 to {classes - 1} for the {output[-1]} outputs of {net.spec.layers[-1].name}; "
                f"{self.words(wrong[0])} has {has}"
                + f" ({len(wrong)} of {len(self.labels)} are out of range)"
                * (len(wrong) > 1)
            )

    def first_bad(self, net: Net, places: Array) -> str | None:
        """Which of these examples has an input or a label that is not finite, in words; None where none has.

        Examples are counted from 0, in the set that they are part of.
        """
        x = net.batch(self.take(places))
        wrong = ~np.isfinite(x).all(axis=tuple(range(x.ndim - 1)))
        what = "the input"
        if not wrong.any() and self.labels is not None and self.labels.dtype.kind == "f":
            wrong, what = ~np.isfinite(self.labels[places].reshape(len(places), -1)).all(axis=1), "the label"
        if not wrong.any():
            return None
        return f"{what} of {self._example(places[wrong.argmax()])}"

    def _example(self, index: int) -> str:
        """What an example is called: its place in the set that it is part of."""
        return f"example {index if self.places is None else self.places[index]} (counted from 0)"

    def words(self, index: int) -> str:
        """The same, with the set where that is not what is learnt from."""
        return self._example(index) + f" of {self.called}" * (self.called == HELD_OUT)

    def not_finite(self, net: Net) -> str | None:
        """The first example that is not finite, as ``first_bad`` says it, with what to do; None without."""
        found = (self.first_bad(net, places) for places in self.batches())
        bad = next(filter(None, found), None)
        return bad and f"{bad} in {self.called} is not finite: leave it out"

    def batches(self, size: int = TOGETHER) -> Iterator[Array]:
        """The indices of all examples, so many at a time."""
        return (np.arange(begin, min(begin + size, self.count)) for begin in range(0, self.count, size))

    def read_by(self, net: Net) -> Iterator[Array]:
        """The indices of all examples as a net reads them: in streams where it goes on along them."""
        if not net.carriers:
            return self.batches()
        return self.streams(max(1, min(TOGETHER, self.count // ALONG)))

    def streams(self, size: int) -> Iterator[Array]:
        """The indices of all examples, in so many streams that go on side by side.

        Each batch holds what follows on the one before, stream by stream; the last stream may end early.

        >>> [batch.tolist() for batch in Examples(7, lambda at: at).streams(3)]
        [[0, 3, 6], [1, 4], [2, 5]]
        """
        steps = -(-self.count // size)
        return (np.arange(step, self.count, steps) for step in range(steps))


@dataclass(frozen=True)
class Evaluation:
    """How a net does on examples.

    ``loss`` is the mean. Where answers are right or wrong, ``accuracy`` is the share of right ones,
    ``predicted`` (count,) the classes and ``given`` (count,) the probability of the true class; where each
    step has an answer they are of all steps that are asked, whose classes are ``labels``, and ``whole``
    (count,) says of which examples every answer is right. For a net whose target is its input, ``errors``
    (count,) are the mean square errors of its outputs and ``noisy`` those of its inputs with the noise that
    the model begins with.
    """

    loss: float
    accuracy: float | None = None
    predicted: Array | None = None
    given: Array | None = None
    errors: Array | None = None
    noisy: Array | None = None
    labels: Array | None = None
    whole: Array | None = None


def _numbers(count: int) -> str:
    return "one number" if count == 1 else f"{count} numbers"


def _check_shares(found: Array, net: Net, examples: Examples, what: str, places: Array | None = None) -> None:
    """Raise ``EngineError`` for targets that are not the shares that a cross-entropy compares with.

    ``places`` are those of inputs: where these were shares before their noise, the noise is blamed.
    """
    if not net.loss.head:
        return
    low, high = _ends(found)
    if (low, high) != (0, 1):
        told = f"{net.loss.name} compares with numbers from 0 to 1; "
        ends = f"the {what} of {examples.called} go from {low:.4g} to {high:.{4 if high > NEXT else 9}g}"
        others = 'take a model with loss = "mean-squared"'
        if (bad := examples.not_finite(net)) is not None:
            raise EngineError(bad)
        clean = None if places is None or examples.clean is None else net.batch(examples.clean(places))
        if clean is not None and _ends(clean) == (0, 1):
            raise EngineError(
                f"{told}with their noise {ends}: begin the model with a noise layer in its place, or {others}"
            )
        raise EngineError(f"{told}{ends}: scale them, or {others}")
    if what == "labels" and net.loss.head == "softmax":
        sums = found.reshape(len(found), -1).sum(axis=1)
        wrong = np.flatnonzero(np.abs(sums - 1) > NEAR_ONE)
        if len(wrong):
            raise EngineError(
                f"{net.loss.name} compares with rows of shares that add up to 1; those of "
                f"{examples.words(wrong[0])} add up to {sums[wrong[0]]:.4g}; where several classes may be "
                'true at once, loss = "binary-cross-entropy" takes each for itself'
            )


def _ends(found: Array) -> tuple[float, float]:
    """The least number, at most 0, and the largest, at least 1; what is no number counts for neither."""
    return float(np.fmin.reduce(found, None, initial=0)), float(np.fmax.reduce(found, None, initial=1))


def targets_of(net: Net, examples: Examples, places: Array, x: Array) -> Array:
    """What the outputs of a batch x are compared with, as the loss takes it.

    Raises ``EngineError`` where that is the input, and holds numbers that the loss cannot be compared with.
    """
    if net.spec.target == "input":
        _check_shares(x, net, examples, "inputs", places)
        return x
    assert examples.labels is not None  # the training has checked it
    labels = examples.labels[places]
    if len(net.spec.output) == 2:
        if labels.dtype.kind in "iub" and net.spec.output[1] > 1:
            return labels.T
        return labels.reshape(*labels.shape[:2], -1).transpose(2, 1, 0).astype(net.dtype)
    if labels.dtype.kind not in "iub":
        return labels.reshape(len(labels), -1).T.astype(net.dtype)
    if net.loss.name == "cross-entropy" and net.spec.output != (1,):
        return labels
    if net.spec.output == (1,):
        return labels[None].astype(net.dtype)
    return (np.arange(net.spec.output[0])[:, None] == labels).astype(net.dtype)


def hits(net: Net, outputs: Array, target: Array) -> float:
    """How many answers of a batch are right; where each step has one, an example counts by its share."""
    true, predicted, _ = _answers(net, outputs, target)
    return int((true == predicted).sum()) * outputs.shape[-1] / len(true)


def _answers(net: Net, outputs: Array, target: Array) -> tuple[Array, Array, Array]:
    """What is true, the classes that outputs before the head speak for, and the outputs (class, answer).

    Of sequences only what is asked counts.
    """
    if outputs.ndim == SEQUENCE:
        asked = asked_of(target, net.mask)
        true = target[0] if target.ndim == SEQUENCE else target
        some = slice(None) if asked is None else asked
        outputs, target = outputs[:, some].reshape(len(outputs), -1), true[some].reshape(-1)
    if len(outputs) == 1:
        predicted = (outputs[0] > (0 if net.loss.head else 0.5)).astype(np.int64)
    else:
        predicted = outputs.argmax(axis=0)
    if target.ndim > 1:  # of one output, or each class for itself
        target = target[0] if len(target) == 1 else target.argmax(axis=0)
    return target.astype(np.int64), predicted, outputs


def evaluate(net: Net, examples: Examples, *, seed: int = 0) -> Evaluation:
    """Look at all examples without learning.

    Dropout is off, and so is noise, as in Keras; but where the target is the input, the noise that a model
    begins with is on, drawn by the seed: it is what the net is to take away. A net that goes on from batch to
    batch begins anew, and reads what lies in time in streams side by side.
    """
    generator = np.random.default_rng([seed, NOISE])
    counts, itself = examples.counts(net), net.spec.target == "input"
    total, weight = 0.0, 0
    true, predicted, given, errors, noisy = [], [], [], [], []
    whole: list[Array] = []
    net.forget()
    for places in examples.read_by(net):
        x = net.batch(examples.take(places))
        seen = net.noised(x, generator) if itself else x
        with net.following():
            outputs = net.forward(seen)
        target = targets_of(net, examples, places, x)
        loss, _ = net.loss.of(outputs, target, None, net.mask)
        asked = len(places)
        if counts:
            right, found, outputs = _answers(net, outputs, target)
            true.append(right)
            predicted.append(found)
            if len(net.spec.output) == 2:
                whole.append(_whole(right == found, target, net.mask))
            probabilities = net.probabilities(outputs)
            if len(outputs) == 1:
                given.append(np.where(right == 1, probabilities[0], 1 - probabilities[0]))
            else:
                given.append(probabilities[right, np.arange(len(right))])
            asked = len(right)
        elif itself:
            errors.append(_mean_square(net.probabilities(outputs), x))
            noisy.append(_mean_square(seen, x))
        total, weight = total + loss * asked, weight + asked
    net.forget()
    parts = predicted, given, errors, noisy, true, whole
    joined = [np.concatenate(part) if part else None for part in parts]
    accuracy = None
    if counts and joined[0] is not None:
        accuracy = float((joined[0] == joined[4]).mean())
    return Evaluation(total / max(weight, 1), accuracy, *joined)


def _whole(right: Array, target: Array, mask: Array | None) -> Array:
    """Of which sequences all answers are right (sequence,), from those of the steps that are asked."""
    steps = target[0] if target.ndim == SEQUENCE else target
    asked = asked_of(target, mask)
    answers = np.ones(steps.shape, bool)
    answers[slice(None) if asked is None else asked] = right.reshape(steps.shape) if asked is None else right
    return np.asarray(answers.all(axis=0))


def _mean_square(y: Array, x: Array) -> Array:
    """The mean square difference of each picture."""
    difference = picture_first(y - x).reshape(x.shape[-1], -1)
    return (difference * difference).mean(axis=1)
