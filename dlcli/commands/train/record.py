"""One run of ``dlcli train``: what was learnt from, how it went, and what the net does now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dlcli.nets.evaluation import Evaluation, evaluate
from dlcli.nets.gradient_check import Checked
from dlcli.nets.net import picture_first
from dlcli.nets.spec import ModelSpec
from dlcli.nets.training import Measured, Settings, Training
from dlcli.tensor import Array
from dlcli.words.line import Line

if TYPE_CHECKING:
    from dlcli.commands.train.plan import Plan

#: Mistakes that are shown.
MISTAKES = 8

#: Examples of what a net makes of its inputs, where these are its targets.
SHOWN = 4


@dataclass(frozen=True)
class Mistake:
    """One example that the net is wrong about: the picture, what it is and what it was taken for.

    ``given`` is the probability that the true class got.
    """

    picture: Array
    true: str
    taken_for: str
    given: float


@dataclass(frozen=True)
class Change:
    """A kernel of the first layer that slides over pictures, before and after; (rows, columns, channel)."""

    place: int
    before: Array
    after: Array

    @property
    def size(self) -> float:
        """How far it has moved, as a share of its length before."""
        length = float(np.linalg.norm(self.before))
        return float(np.linalg.norm(self.after - self.before)) / length if length else 0.0


@dataclass(frozen=True)
class Compared:
    """How the same training went without the weights of another net."""

    epochs: tuple[Measured, ...]
    best_epoch: int


@dataclass(frozen=True)
class Outcome:
    """All that a training has come to.

    ``evaluation`` is of the best epoch's weights on what is held out, or on what was learnt from where
    nothing is. ``confusion`` counts (true class, predicted class). ``repaired`` are pictures (example, 3, …):
    with noise, as the net gives them, and clean. ``layer`` is the name of the layer of ``changes``.
    """

    data: str
    shape: tuple[int, ...]
    count: int
    held_count: int
    held_name: str
    classes: tuple[str, ...]
    settings: Settings
    trained: int
    frozen: tuple[str, ...]
    epochs: tuple[Measured, ...]
    best_epoch: int
    evaluation: Evaluation
    confusion: Array | None
    mistakes: tuple[Mistake, ...]
    wrong: int
    repaired: Array | None
    layer: str
    changes: tuple[Change, ...]
    checks: tuple[Checked, ...]
    taken: tuple[str, ...]
    source: str
    compared: Compared | None
    fitted: bool
    output: str | None
    resumed: int

    @property
    def best(self) -> Measured | None:
        """What was measured in the best epoch."""
        return self.epochs[self.best_epoch - 1] if self.best_epoch else None

    @property
    def evaluated(self) -> int:
        """How many examples the evaluation looked at."""
        return self.held_count or self.count


@dataclass(frozen=True)
class Work:
    """A training that has run, or that runs while it is looked at.

    ``live`` trains epoch by epoch; ``finish`` does what is left of it and looks at the net.
    """

    spec: ModelSpec
    line: Line
    live: Callable[[], Iterator[Measured]]
    finish: Callable[[], Outcome]

    @cached_property
    def outcome(self) -> Outcome:
        """What the training has come to."""
        return self.finish()


def outcome_of(
    plan: Plan, first: Mapping[str, Array], checks: tuple[Checked, ...], other: Training | None
) -> Outcome:
    """Look at the net of the best epoch, which it has from now on."""
    training = plan.training
    net = training.net
    if training.best_epoch:
        net.flat[...] = training.best
    part = plan.held or plan.learnt
    evaluation = evaluate(net, part, seed=training.settings.seed)
    confusion, wrong = None, 0
    mistakes: tuple[Mistake, ...] = ()
    if evaluation.predicted is not None and evaluation.given is not None and plan.classes:
        assert part.labels is not None
        size = len(plan.classes)
        pairs = part.labels * size + np.minimum(evaluation.predicted, size - 1)
        confusion = np.bincount(pairs, minlength=size * size).reshape(size, size)
        missed = np.flatnonzero(evaluation.predicted != part.labels)
        wrong = len(missed)
        worst = missed[np.argsort(evaluation.given[missed], kind="stable")][:MISTAKES]
        mistakes = tuple(
            Mistake(
                part.take(np.array([place]))[0],
                plan.classes[part.labels[place]],
                plan.classes[evaluation.predicted[place]],
                float(evaluation.given[place]),
            )
            for place in worst.tolist()
        )
    layer, changes = _changes(training, first)
    compared = None
    if other is not None:
        compared = Compared(tuple(other.history), other.best_epoch)
    return Outcome(
        plan.data.name, plan.data.shape, plan.learnt.count, plan.held.count if plan.held else 0,
        plan.held_name, plan.classes, training.settings, net.trained, tuple(sorted(net.frozen)),
        tuple(training.history), training.best_epoch, evaluation, confusion, mistakes, wrong,
        _repaired(plan), layer, changes, checks, plan.taken, plan.source, compared, plan.fitted, plan.output,
        plan.resumed,
    )  # fmt: skip


def _changes(training: Training, first: Mapping[str, Array]) -> tuple[str, tuple[Change, ...]]:
    """The kernels of the first layer with kernels over pictures, those that moved farthest first."""
    net = training.net
    for layer in net.spec.layers:
        before = first.get(f"{layer.name}/kernel")
        if before is not None and before.ndim == 4 and layer.kind.kind == "conv":
            after = net.weights()[f"{layer.name}/kernel"]
            changes = [Change(k, before[..., k], after[..., k]) for k in range(before.shape[-1])]
            return layer.name, tuple(sorted(changes, key=lambda one: -one.size))
    return "", ()


def _repaired(plan: Plan) -> Array | None:
    """The first held-out pictures with noise, as the net gives them, and clean."""
    training = plan.training
    net, part = training.net, plan.held or plan.learnt
    if net.spec.target != "input" or len(net.spec.input) != 3:
        return None
    x = net.batch(part.take(np.arange(min(SHOWN, part.count))))
    seen = net.noised(x, np.random.default_rng([training.settings.seed, SHOWN])).copy()
    made = net.headed(net.forward(seen))
    return np.stack([picture_first(one) for one in (seen, made, x)], axis=1)
