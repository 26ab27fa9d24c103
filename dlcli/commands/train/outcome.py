"""What a training has come to: the net of its best epoch, looked at."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from dlcli.commands.kinds.nets.data import Data
from dlcli.commands.kinds.nets.forecast import Forecast, foretold, others_next
from dlcli.commands.train.plan import Plan
from dlcli.commands.train.record import Change, Compared, Mistake, Outcome
from dlcli.commands.train.record_sweep import CONSTANT, COUNTED
from dlcli.engines.base.central_differences import Checked
from dlcli.engines.language.ngram import ngram_bits
from dlcli.errors import called
from dlcli.nets.evaluation import Evaluation, Examples, evaluate
from dlcli.nets.losses import AVERAGE, LOSSES, loss_of_constant
from dlcli.nets.net import Net, picture_first
from dlcli.nets.training import Training
from dlcli.tensor import Array
from dlcli.wire.datasets.words import named_as_set

#: Mistakes that are shown.
MISTAKES = 8

#: Characters in a row that a model counts which a net over text is compared with.
ORDER = 3

#: Examples of what a net makes of its inputs, where these are its targets.
SHOWN = 4


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
    if plan.read.set.in_time:  # windows of a text are cut anywhere: none is a whole
        evaluation = replace(evaluation, whole=None)
    confusion, wrong = None, 0
    mistakes: tuple[Mistake, ...] = ()
    if evaluation.predicted is not None and evaluation.given is not None and plan.classes:
        assert evaluation.labels is not None
        size = len(plan.classes)
        pairs = evaluation.labels * size + evaluation.predicted
        confusion = np.bincount(pairs, minlength=size * size).reshape(size, size)
        missed = np.flatnonzero(evaluation.predicted != evaluation.labels)
        wrong = len(missed)
        by_example = len(evaluation.labels) == part.count and len(plan.read.set.shape) == 3
        worst = missed[np.argsort(evaluation.given[missed], kind="stable")][: MISTAKES * by_example]
        mistakes = tuple(
            Mistake(
                part.take(np.array([place]))[0],
                plan.classes[evaluation.labels[place]],
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
        shown_name(plan.read), plan.read.set.shape, plan.read.set.size_words(), plan.learnt.count,
        plan.held.count if plan.held else 0,
        plan.held_name, plan.classes, training.settings, net.trained, tuple(sorted(net.frozen)),
        tuple(training.history), training.best_epoch, evaluation, confusion, mistakes, wrong,
        _repaired(plan), layer, changes, checks, plan.taken, plan.source, compared, plan.fitted, plan.output,
        plan.resumed, plan.data_facts["noise"], net.dtype.name,
        net.pixel_words(plan.read.set.dtype, plan.read.set.white), named_as_set(plan.read.set.name),
        counted_bits(plan), unit_of(plan),
        forecasts_of(plan, [net]), plan.told, training.longest, constant_losses(plan, plan.learnt),
    )  # fmt: skip


def unit_of(plan: Plan) -> str:
    """What a step is that has an answer of its own; nothing where none has."""
    if len(plan.spec.output) != 2:
        return ""
    return "character" if plan.read.set.spelled else "word"


def forecasts_of(plan: Plan, nets: Sequence[Net]) -> tuple[Forecast, ...]:
    """What nets say follows on what is learnt from of a series, and behind its end where that is asked."""
    data, found = plan.read.set, []
    season = plan.data_facts.get("season")
    if data.series is None or data.time is None or season is None:
        return ()
    if (known := plan.known) < len(data.series):
        found.append(foretold(nets, data.series, known, data.time, season, names=data.features))
    if plan.steps is not None:
        ends = len(data.series)
        found.append(foretold(nets, data.series, ends, data.time, season, plan.steps, data.features))
    return tuple(found)


def measure_of(plan: Plan) -> str:
    """What of one training is compared with another's: see ``MEASURES``."""
    if not plan.learnt.counts(plan.training.net):
        return "loss"
    return "wrong" if counted_bits(plan) is None else "bits"


def error_of(evaluation: Evaluation, measure: str) -> float:
    """The error of a net, as it is measured."""
    if measure == "bits":
        return evaluation.loss / math.log(2)
    return evaluation.loss if evaluation.accuracy is None else 1 - evaluation.accuracy


def counted_bits(plan: Plan) -> float | None:
    """Bits a character of what is held out of a text, for a model that has counted; none without both."""
    data = plan.read.set
    if not (data.vocabulary and data.in_time) or plan.held is None or not plan.training.net.spec.words:
        return None
    texts = [part.take(np.arange(part.count)).reshape(-1) for part in (plan.learnt, plan.held)]
    return ngram_bits(texts[0], texts[1], len(data.vocabulary), ORDER)


def constant_losses(plan: Plan, part: Examples) -> tuple[float, float] | None:
    """The losses on a part of nets that always give the same: the best number of what is learnt from, and 0.

    None where what is to be given are no numbers.
    """
    spec, known = plan.training.net.spec, plan.learnt.labels
    if spec.target != "label" or spec.loss not in AVERAGE or known is None or part.labels is None:
        return None
    if known.dtype.kind != "f":
        return None
    return loss_of_constant(spec.loss, known, part.labels), loss_of_constant(
        spec.loss, 0 * known, part.labels
    )


def errors_without_net(plan: Plan) -> dict[str, float]:
    """The errors, on what is measured on, of answers without a net: see ``measure_of``.

    Of a text those of a model that has counted, of numbers those of a constant, of a series also naive ones.
    """
    if (bits := counted_bits(plan)) is not None:
        return {COUNTED: bits}
    part = plan.held or plan.learnt
    constant = constant_losses(plan, part)
    if constant is None:
        return {}
    found = {CONSTANT: constant[0]}
    data, season = plan.read.set, plan.data_facts.get("season")
    if season is not None and data.series is not None and plan.known < len(data.series):
        truth = data.series[plan.known :]
        loss = LOSSES[plan.training.net.spec.loss]
        for name, path in others_next(data.series[: plan.known], truth, season).items():
            found[name] = loss.compute(path, truth)[0]
    return found


def shown_name(read: Data) -> str:
    """What a set is called: for one that came down a pipe, what it was made of, where that is known."""
    name, source = read.set.name, str(read.attrs.get("source", "-"))
    return f"{source}, piped in" if name == "-" != source else called(name)


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
    made = net.probabilities(net.forward(seen))
    return np.stack([picture_first(one) for one in (seen, made, x)], axis=1)
