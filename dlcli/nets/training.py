"""Training: batch after batch, the gradient and a step; after each pass over the data, how good the net is.

Everything random is a function of the seed, the epoch and the step, so that a training which goes on from a
stored state gives the same bits as one that never stopped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.nets.augment import mirrored, shifted
from dlcli.nets.evaluation import Evaluation, Examples, evaluate, hits, targets_of
from dlcli.nets.net import Net
from dlcli.nets.optimisers import Optimiser, Rule, clip
from dlcli.nets.schedules import Schedule

#: What is drawn for, behind the seed: the order of the examples, and what happens in a step.
ORDER, STEP = 1, 2


@dataclass(frozen=True)
class Settings:
    """How a net is trained.

    ``rate`` is the learning rate that the schedule takes its share of. ``shift`` moves each picture by up to
    so many cells, ``flip`` mirrors half of them. ``clip`` is the length that no gradient exceeds.
    ``patience`` is after how many epochs without a better one the training ends.
    """

    epochs: int = 10
    batch: int = 32
    rule: Rule = field(default_factory=Rule)
    rate: float = 0.001
    schedule: Schedule = field(default_factory=Schedule)
    shift: int = 0
    flip: bool = False
    clip: float | None = None
    patience: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class Measured:
    """How good the net was in one epoch, counted from 1.

    ``loss`` and ``accuracy`` are means over the batches as they were learnt from; those with ``held_out``
    over what was not learnt from, at the epoch's end. ``rate`` is the learning rate of the last step.
    """

    epoch: int
    loss: float
    accuracy: float | None
    held_out_loss: float | None
    held_out_accuracy: float | None
    rate: float

    def goodness(self, by_step: bool) -> tuple[float, float]:
        """What the best epoch has the most of: right answers held out, then little loss.

        Where each step of a sequence has an answer little loss alone counts: what is asked is how well the
        next word is foretold, not how often the first guess is right.
        """
        loss = self.loss if self.held_out_loss is None else self.held_out_loss
        right = self.accuracy if self.held_out_loss is None else self.held_out_accuracy
        return (0.0 if by_step else right or 0.0, -loss)


class NotFinite(EngineError):
    """A loss, or weights, that are no finite numbers: when, and in which layer or example first.

    The weights are those with which all was finite.
    """


class Training:
    """A net, what it learns from, and how far it has come.

    ``history`` holds the epochs that are over; ``best`` the weights (all of them, flat) of the best of these.
    ``epoch`` and ``step`` count what is done of the present one, from 0. ``longest`` is the length of the
    longest gradient so far, before it was clipped, and the epoch and step it came in, from 1.

    >>> from dlcli.nets.builtin import builtin
    >>> rng = np.random.default_rng(0)
    >>> x = rng.random((40, 2, 2, 1))
    >>> y = (x.sum(axis=(1, 2, 3)) > 2).astype(int)
    >>> net = Net(builtin("mlp", input=(2, 2, 1), classes=2)).draw(0)
    >>> training = Training(net, Examples(40, lambda i: x[i], y), None, Settings(epochs=30, rate=0.01))
    >>> measured = [epoch.accuracy for epoch in training.epochs()]
    >>> len(measured), measured[-1] > 0.9
    (30, True)

    Raises ``EngineError`` for labels that the outputs have no place for.
    """

    def __init__(self, net: Net, examples: Examples, held_out: Examples | None, settings: Settings) -> None:
        for part in filter(None, (examples, held_out)):
            part.check(net)
        if not examples.count:
            raise EngineError("there is nothing to learn from: 0 examples")
        if net.carriers and examples.count < settings.batch:
            raise EngineError(
                f"{net.spec.name} goes on from batch to batch, and takes whole ones: {examples.count} "
                f"examples are less than one of {settings.batch}; try smaller batches"
            )
        self.net, self.examples, self.held_out, self.settings = net, examples, held_out, settings
        self.optimiser = Optimiser(settings.rule, net.trained, net.dtype)
        self.history: list[Measured] = []
        self.best: Array = net.flat.copy()
        self.best_epoch = 0
        self.epoch = self.step = 0
        self.longest = (0.0, 0, 0)
        self._sums = [0.0, 0.0]  # loss and right answers of the epoch so far
        self._before = net.flat.copy()

    @property
    def steps(self) -> int:
        """Steps of one epoch; a net that goes on from batch to batch takes whole batches alone."""
        whole, rest = divmod(self.examples.count, self.settings.batch)
        return whole if self.net.carriers else whole + bool(rest)

    @property
    def measures(self) -> tuple[float, float]:
        """Loss and share of right answers of the epoch so far."""
        seen = (
            min(self.step * self.settings.batch, self.examples.count) or 1
        )  # all batches but the last are whole
        return self._sums[0] / seen, self._sums[1] / seen

    @property
    def over(self) -> bool:
        """Whether nothing is left to be done."""
        patience = self.settings.patience
        tired = patience is not None and self.epoch - self.best_epoch >= patience
        return self.epoch >= self.settings.epochs or (tired and self.step == 0)

    def epochs(
        self, *, stop: Callable[[], bool] = lambda: False, seen: Callable[[Training], None] = lambda _: None
    ) -> Iterator[Measured]:
        """Train, and measure each epoch as it ends.

        ``seen`` is called after each step. Once ``stop`` says so there is no further step: the state between
        two steps is whole. Raises ``NotFinite``.
        """
        while not self.over:
            order = self._order()
            while self.step < self.steps:
                if stop():
                    self._check(None)
                    return
                self._learn(order)
                seen(self)
            yield self._close()

    def _order(self) -> Array:
        """The examples in the order of this epoch.

        They are shuffled, unless the net goes on from batch to batch: then each batch follows on the one
        before.
        """
        if not self.net.carriers:
            return self._generator(ORDER, self.epoch).permutation(self.examples.count)
        if not self.step:
            self.net.forget()
        batch = self.settings.batch
        return np.arange(self.steps * batch).reshape(batch, self.steps).T.reshape(-1)

    def _learn(self, order: Array) -> None:
        """One step."""
        net, settings = self.net, self.settings
        begin = self.step * settings.batch
        places = order[begin : begin + settings.batch]
        generator = self._generator(STEP, self.epoch, self.step)
        inputs = self.examples.take(places)
        if settings.shift:
            inputs = shifted(inputs, settings.shift, generator)
        if settings.flip:
            inputs = mirrored(inputs, generator)
        x = net.batch(inputs)
        target = targets_of(net, self.examples, places, x)
        with net.following():
            loss, slope, outputs = net.loss_of(x, target, generator=generator)
        if not math.isfinite(loss):
            told = f"the loss is {loss:g} in epoch {self.epoch + 1}, step {self.step + 1}"
            raise self._not_finite(told, self.examples, places, x, "the data")
        right = hits(net, outputs, target) if self.examples.counts(net) else 0.0
        net.backward(slope)
        gradient = net.gradient[: net.trained]
        length = clip(gradient, settings.clip)
        if length > self.longest[0]:
            self.longest = (length, self.epoch + 1, self.step + 1)
        np.copyto(self._before, net.flat)
        self.optimiser.step(net.flat[: net.trained], gradient, self.rate())
        self._sums[0] += loss * len(places)
        self._sums[1] += right
        self.step += 1

    def rate(self) -> float:
        """The learning rate of the step that comes next."""
        settings, steps = self.settings, self.steps
        done = self.epoch * steps + self.step
        return settings.rate * settings.schedule.share(done, settings.epochs * steps, steps)

    def _close(self) -> Measured:
        """Measure the epoch that is over, and begin the next."""
        self.step -= 1
        rate = self.rate()
        self.step += 1
        loss, accuracy = self.measures
        apart = self.evaluate()
        self._check(apart)
        measured = Measured(
            self.epoch + 1,
            loss,
            accuracy if self.examples.counts(self.net) else None,
            apart.loss if apart else None,
            apart.accuracy if apart else None,
            rate,
        )
        self.history.append(measured)
        by_step = len(self.net.spec.output) == 2
        so_far = self.history[self.best_epoch - 1].goodness(by_step) if self.best_epoch else None
        if so_far is None or measured.goodness(by_step) > so_far:
            np.copyto(self.best, self.net.flat)
            self.best_epoch = measured.epoch
        self.epoch, self.step, self._sums = self.epoch + 1, 0, [0.0, 0.0]
        return measured

    def _check(self, apart: Evaluation | None) -> None:
        """Raise ``NotFinite`` where the steps have left weights, or a loss held out, that are not finite."""
        when, part = f"after epoch {self.epoch + 1}, step {self.step}", self.examples
        if apart is not None and self.held_out is not None and not math.isfinite(apart.loss):
            told, part = f"the loss on what is held out is {apart.loss:g} {when}", self.held_out
        elif not np.isfinite(self.net.flat).all():
            told = f"weights are not finite {when}"
        elif not self.optimiser.finite:
            told = f"what {self.settings.rule.name} remembers of its gradients is not finite {when}"
        else:
            return
        where = "the data" if part.places is not None or part is self.examples else "what is held out"
        bad = next((places for places in part.batches() if part.first_bad(self.net, places)), np.arange(1))
        raise self._not_finite(told, part, bad, self.net.batch(part.take(bad)), where)

    def _not_finite(self, told: str, part: Examples, places: Array, x: Array, where: str) -> NotFinite:
        """What is to be said of a loss that is not finite; the weights are again those before that."""
        blamed = part.first_bad(self.net, places)
        if blamed is not None:
            why = f"{blamed} in {where} is not finite: leave it out"
        else:
            layer = self.net.first_bad(x) or ("the loss" if self.optimiser.finite else None)
            decay = ", less weight decay" * bool(self.settings.rule.weight_decay)
            why = f"the first layer whose output is not finite is {layer}; " * (layer is not None)
            with np.errstate(over="ignore"):
                length = float(np.linalg.norm(self.net.gradient[: self.net.trained].astype(np.float64)))
            why += f"the last gradient had length {length:.3g}; " * bool(self.optimiser.steps)
            why += f"try a lower learning rate{decay}, or clip the gradient to a length of 1"
        self.net.flat[...] = self._before if np.isfinite(self._before).all() else self.best
        if not self.optimiser.finite:
            self.optimiser = Optimiser(self.settings.rule, self.net.trained, self.net.dtype)
        return NotFinite(f"{told}; {why}")

    def evaluate(self) -> Evaluation | None:
        """How the net does on what is held out."""
        if self.held_out is None:
            return None
        return evaluate(self.net, self.held_out, seed=self.settings.seed)

    def _generator(self, *what: int) -> np.random.Generator:
        return np.random.default_rng([self.settings.seed, *what])

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """What goes on from here: arrays, and facts that JSON can hold exactly."""
        arrays = {"training/net/weights": self.net.flat.copy()}
        arrays |= {f"training/optimizer/{name}": slot.copy() for name, slot in self.optimiser.slots.items()}
        for layer, at_work in self.net.carriers.items():
            arrays |= {f"training/state/{layer}/{name}": one.copy() for name, one in at_work.state.items()}
        facts = {
            "epoch": self.epoch,
            "step": self.step,
            "steps": self.optimiser.steps,
            "sums": list(self._sums),
            "best_epoch": self.best_epoch,
            "history": [[getattr(one, name) for name in MEASURES] for one in self.history],
        }
        return arrays, facts

    def restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any], best: Array) -> None:
        """Take up a state; ``best`` are the weights of the best epoch so far, flat.

        Raises ``EngineError`` where an array lacks or does not fit.
        """
        for name, place in (
            ("training/net/weights", self.net.flat),
            *((f"training/optimizer/{name}", slot) for name, slot in self.optimiser.slots.items()),
        ):
            array = arrays.get(name)
            if array is None or array.shape != place.shape or array.dtype != place.dtype:
                found = "is not there" if array is None else f"is {array.dtype} {array.shape}"
                raise EngineError(f"{name} is {place.dtype} {place.shape} in this training; it {found}")
            place[...] = array
        for layer, at_work in self.net.carriers.items():
            front = f"training/state/{layer}/"
            at_work.state = {
                name.removeprefix(front): array.copy()
                for name, array in arrays.items()
                if name.startswith(front)
            }
        self.epoch, self.step, self.optimiser.steps = facts["epoch"], facts["step"], facts["steps"]
        self._sums = list(facts["sums"])
        self.best_epoch = facts["best_epoch"]
        self.history = [Measured(*values) for values in facts["history"]]
        self.best[...] = best
        np.copyto(self._before, self.net.flat)


#: The numbers of an epoch, in their order.
MEASURES = ("epoch", "loss", "accuracy", "held_out_loss", "held_out_accuracy", "rate")
