"""The story of a training: what was learnt from, how it went, what the net gets wrong, what has changed."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.kinds.nets.confusion_story import confusion
from dlcli.commands.kinds.nets.forecast_story import forecast_notices, forecast_sections
from dlcli.commands.kinds.nets.gradient_check_story import gradients_checked
from dlcli.commands.train.record import Mistake, Outcome, Work
from dlcli.nets.training import Measured
from dlcli.tensor import Axis
from dlcli.views.again import again
from dlcli.views.charts.chart import LineChart
from dlcli.views.frames import DIGITS, Frames, thinned
from dlcli.views.pictures.colour_scale import ColourScale
from dlcli.views.pictures.picture import Picture
from dlcli.views.pictures.tone import Tone
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table, with_rest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, plain
from dlcli.words.number import counted, loss_words, number, percent

CURVE = 6  # terminal rows of a curve
LIVE, REPLAYED = 12, 4  # pictures a second of a training that is watched, and of one that has ended
EPOCHS = 60  # pictures of one
FIRST = 8  # kernels in each
SHOWN = 6  # terminal rows of a picture
NAME = 12  # cells of a class name below a picture
KERNELS = 6  # that have changed the most
NOTICED = 3
EXPLODED = 10  # times the loss of the first epoch
FAR = 2  # times the loss of a net that holds all classes for equally likely


def story(work: Work, *, precision: int = 4) -> Story:
    """Data and model, the rule, the curves, the best epoch, mistakes, kernels before and after."""
    outcome = work.outcome
    return Story(
        Section("input", "Data", plain(_data_words(outcome))),
        Section("input", "Model", plain(_model_words(work, outcome))),
        Section("formula", "Learning", plain(_rule_words(outcome, precision))),
        *gradients_checked(outcome.checks),
        *_curves(outcome.epochs),
        Section("result", "Best", plain(_best_words(outcome))),
        *(section for one in outcome.forecasts for section in forecast_sections(one)),
        *_compared(outcome),
        *_confused(outcome),
        *_mistakes(outcome),
        *_repaired(outcome),
        *_changes(outcome),
        Section("notice", "Notice", plain(" ".join([*_notices(work, outcome)][:NOTICED]))),
        Section("next", "Try next", body=CommandLine(*_next(work, outcome))),
    )


def frames(work: Work, *, precision: int = DIGITS, most: int | None = None) -> Frames:
    """The curves as they are after each epoch: while the net learns, or when it has learnt."""
    if not work.moments:
        epochs = thinned(work.epochs + 1, most or work.epochs + 1)
        said = _left_out(len(epochs), work.epochs)
        return Frames(_live(work, set(epochs)), len(epochs), work.epochs + 1, "epochs", LIVE, said)
    shown = thinned(len(work.moments), most or EPOCHS)
    said = _left_out(len(shown), len(work.moments) - 1)
    return Frames(_replayed(work, shown), len(shown), len(work.moments), "epochs", REPLAYED, said)


def _left_out(shown: int, epochs: int) -> str:
    return f"the start and {shown - 1} of {counted(epochs, 'epoch')} are shown"


def _live(work: Work, shown: set[int]) -> Iterator[RenderableType]:
    """The curves and the first kernels after those epochs as they end, and after the last one."""
    drawn = 0
    for _ in work.live():
        if not drawn:
            yield _moment(work, 0)
        drawn = len(work.moments) - 1
        if drawn in shown:
            yield _moment(work, drawn)
    if drawn not in shown or not drawn:
        yield _moment(work, drawn)


def _replayed(work: Work, shown: list[int]) -> Iterator[RenderableType]:
    """The curves so far within those of the whole training, and the first kernels as they were."""
    for place in shown:
        yield _moment(work, place)


def _moment(work: Work, place: int) -> RenderableType:
    """A moment of those that are known: its measures, the first kernels, the curves until then."""
    measured, now = work.moments[place].measured, work.moments[place].kernels
    known = [one.measured for one in work.moments if one.measured is not None]
    told = "before the first epoch: the weights as they were drawn"
    if measured is not None:
        told = f"epoch {measured.epoch}: {_measured(measured)}"
    parts: list[RenderableType] = []
    if now is not None:
        most = max(float(np.abs(one.kernels).max()) for one in work.moments if one.kernels is not None) or 1.0
        tone, count = Tone(-most, most, signed=True), min(FIRST, now.shape[-1])
        if count < now.shape[-1]:
            told += f"; the first {count} of {now.shape[-1]} kernels"
        parts.append(Shelf([("", _kernel(now[..., k], tone)) for k in range(count)], gap=2))
    parts += map(_body, _curves(known, 0 if measured is None else measured.epoch))
    return Group(plain(told, "bold"), *parts)


def _body(section: Section) -> RenderableType:
    return section.body or Text()


def _data_words(outcome: Outcome) -> str:
    classes = f", {len(outcome.classes)} classes" if outcome.classes else ""
    held = "nothing held out"
    if outcome.held_count:
        held = f"{outcome.held_count:,} held out ({outcome.held_name})"
    noise = "" if outcome.noise is None else f"normal noise of deviation {outcome.noise:g} on every input"
    learnt = f"{outcome.data}: {outcome.count:,} to learn from, {held}"
    return "; ".join(filter(None, (learnt, f"each {outcome.size}{classes}", outcome.pixels, noise)))


def _model_words(work: Work, outcome: Outcome) -> str:
    layers = counted(len(work.spec.layers), "layer")
    parts = [f"{work.spec.name}: {layers}, {work.spec.parameters:,} parameters"]
    if outcome.fitted:
        parts.append("input and outputs as the data have them")
    if outcome.taken:
        parts.append(f"{', '.join(outcome.taken)} from {outcome.source}")
    if outcome.frozen:
        parts.append(f"{outcome.trained:,} of them learn, {', '.join(outcome.frozen)} stay")
    return "; ".join(parts)


def _rule_words(outcome: Outcome, precision: int) -> str:
    settings = outcome.settings
    rule = settings.rule
    parts = [f"{rule.name}, learning rate {number(settings.rate, precision)}"]
    if settings.schedule.name != "constant":
        parts.append(f"schedule {settings.schedule}")
    parts.append(f"batches of {settings.batch}, {len(outcome.epochs)} of {settings.epochs} epochs")
    if rule.weight_decay:
        parts.append(f"weight decay {number(rule.weight_decay, precision)}")
    if settings.clip is not None:
        parts.append(f"gradients no longer than {number(settings.clip, precision)}")
    if settings.shift:
        parts.append(f"moved by up to {settings.shift}")
    if settings.flip:
        parts.append("mirrored by chance")
    if settings.patience is not None:
        waits = "an epoch brings" if settings.patience == 1 else f"{settings.patience} epochs bring"
        parts.append(f"ending when {waits} nothing better")
    if outcome.dtype != "float32":
        parts.append(f"in {outcome.dtype}")
    return ", ".join([*parts, f"seed {settings.seed}"])


def _curves(epochs: tuple[Measured, ...] | list[Measured], until: int | None = None) -> Iterator[Section]:
    """Loss and accuracy over the epochs, in training and on what is held out.

    With ``until`` only so many of them are drawn, between the ends that all of them have.
    """
    if min(len(epochs), len(epochs) if until is None else until) < 2:
        return
    axis = Axis("epoch", start=1, step=1)
    for what in ("loss", "accuracy"):
        series = {
            name: np.array([np.nan if value is None else value for value in values])
            for name, values in (
                ("training", [getattr(one, what) for one in epochs]),
                ("held out", [getattr(one, f"held_out_{what}") for one in epochs]),
            )
            if any(value is not None for value in values)
        }
        if series:
            span = None
            if until is not None:
                every = np.concatenate([*series.values()])
                span = (float(np.nanmin(every)), float(np.nanmax(every)))
                series = {name: values[:until] for name, values in series.items()}
            chart = LineChart(series, axis, y=what, height=CURVE, tight=True, span=span)
            yield Section("result", what.capitalize(), None, chart, of=("history",))


def _measured(measured: Measured) -> str:
    parts = [f"loss {loss_words(measured.loss)}"]
    if measured.accuracy is not None:
        parts[0] += f", {percent(measured.accuracy)} right"
    if measured.held_out_loss is not None:
        parts.append(f"held out: loss {loss_words(measured.held_out_loss)}")
        if measured.held_out_accuracy is not None:
            parts[1] += f", {percent(measured.held_out_accuracy)} right"
    return "; ".join(parts)


def _best_words(outcome: Outcome) -> str:
    best, evaluation = outcome.best, outcome.evaluation
    where = "held out" if outcome.held_count else "of those it learnt from"
    everything = "what is held out" if outcome.held_count else "what it learnt from"
    when = f"epoch {outcome.best_epoch} of {len(outcome.epochs)}" if best else "nothing is learnt yet"
    if best:
        when += f", with {_better(outcome)}"
    if evaluation.accuracy is not None:
        right = round(evaluation.accuracy * outcome.evaluated)
        units = f" {outcome.unit}s" if outcome.unit else ""
        told = f"{when}: {right:,} of {outcome.evaluated:,}{units} {where} are right, "
        told += percent(evaluation.accuracy)
        if (whole := evaluation.whole) is not None:
            told += f"; {int(whole.sum()):,} of {len(whole):,} examples are right in every {outcome.unit}"
        if outcome.ngram is not None:
            told += f"; {_bits_words(evaluation.loss / math.log(2), outcome.ngram)}"
        return told
    if evaluation.errors is not None and evaluation.noisy is not None:
        after, before = float(evaluation.errors.mean()), float(evaluation.noisy.mean())
        told = f"{when}: mean square error {number(after, 3)} of {everything}"
        if before > 0:
            told += f"; with the noise it was {number(before, 3)}, {number(before / after, 2)} times as much"
        return told
    if best:
        when = f"epoch {outcome.best_epoch} of {len(outcome.epochs)}, with the least"
    return f"{when}{'' if best else ':'} loss on {everything}: {number(evaluation.loss, 3)}"


def _bits_words(bits: float, counted_bits: float) -> str:
    """Bits a character, beside a model that has counted."""
    return (
        f"{number(bits, 3)} bits a character, {number(counted_bits, 3)} for a model that has counted three "
        "characters in a row"
    )


def _better(outcome: Outcome) -> str:
    """What the best epoch has: see ``Measured.goodness``."""
    where = " held out" if outcome.held_count else ""
    if outcome.best is not None and outcome.best.accuracy is not None and not outcome.unit:
        return f"the most right{where}, then the least loss"
    return f"the least loss{where}"


def _compared(outcome: Outcome) -> Iterator[Section]:
    """The same training with and without another net's weights."""
    other = outcome.compared
    if other is None or not other.epochs or outcome.best is None:
        return
    rows = [
        [name, str(best), *(_share_words(value) for value in values)]
        for name, best, values in (
            (
                f"with {', '.join(outcome.taken)}",
                outcome.best_epoch,
                _figures(outcome.epochs, outcome.best_epoch),
            ),
            ("without", other.best_epoch, _figures(other.epochs, other.best_epoch)),
        )
    ]
    measure = "right" if outcome.best.accuracy is not None else "loss"
    heads = ["held out" if outcome.held_count else "training", "best epoch", f"{measure}: best", "last"]
    yield Section("result", "Compared", None, Table(heads, rows, right=[1, 2, 3], whole=[0]))


def _figures(epochs: tuple[Measured, ...], best: int) -> tuple[tuple[float, bool], tuple[float, bool]]:
    """What was measured in the best epoch and in the last, and whether it is a share."""
    return _figure(epochs[best - 1]), _figure(epochs[-1])


def _figure(measured: Measured) -> tuple[float, bool]:
    for value, share in (
        (measured.held_out_accuracy, True),
        (measured.held_out_loss if measured.accuracy is None else None, False),
        (measured.accuracy, True),
    ):
        if value is not None:
            return value, share
    return measured.loss, False


def _share_words(figure: tuple[float, bool]) -> str:
    value, share = figure
    return percent(value) if share else number(value, 3)


def _confused(outcome: Outcome) -> Iterator[Section]:
    """What was taken for what, where something was."""
    if outcome.confusion is not None and outcome.wrong and not outcome.unit:
        yield confusion(outcome.confusion, outcome.classes)


def _mistakes(outcome: Outcome) -> Iterator[Section]:
    """The examples that the net is most wrong about."""
    if not outcome.mistakes or len(outcome.shape) != 3:
        return
    told = "what it is as what it was taken for; the true class got the least probability"
    blocks = [(_taken(one), _picture(one.picture)) for one in outcome.mistakes]
    body = with_rest(Shelf(blocks), outcome.wrong - len(outcome.mistakes), "mistakes")
    yield Section("result", "Worst mistakes", plain(told), body)


def _taken(mistake: Mistake) -> str:
    return f"{clip(mistake.true, NAME)} as {clip(mistake.taken_for, NAME)}"


def _picture(picture: np.ndarray, tone: Tone | None = None) -> RenderableType:
    values = picture[..., 0] if picture.shape[-1] not in (3, 4) else picture
    return Picture(values, tone=tone, height=SHOWN, legend=False)


def _repaired(outcome: Outcome) -> Iterator[Section]:
    """Pictures with noise, what the net makes of them, and the clean ones."""
    if outcome.repaired is None:
        return
    tone = Tone(0, 1)
    noisy = not np.array_equal(outcome.repaired[:, 0], outcome.repaired[:, 2])
    names = ("what it sees", "what it makes of it", "the clean picture") if noisy else ("input", "output")
    rows = [
        Shelf([(names[k] if not place else "", _picture(one[k], tone)) for k in range(len(names))])
        for place, one in enumerate(outcome.repaired.clip(0, 1))
    ]
    yield Section("result", "Pictures", None, Group(*rows))


def _changes(outcome: Outcome) -> Iterator[Section]:
    """The kernels that have moved the most."""
    changes = outcome.changes[:KERNELS]
    if not changes or not outcome.epochs or changes[0].size == 0:
        return
    limit = max(float(np.abs(one).max()) for change in changes for one in (change.before, change.after))
    tone = Tone(-limit, limit, signed=True)
    blocks = [
        (
            f"{change.place}: {percent(change.size, precision=2)}",
            Shelf([("", _kernel(change.before, tone)), ("", _kernel(change.after, tone))], gap=1),
        )
        for change in changes
    ]
    told = f"{outcome.layer}, before and after: those that moved the most, as a share of their length"
    yield Section("result", "Kernels", plain(told), Group(Shelf(blocks), ColourScale(tone)))


def _kernel(kernel: np.ndarray, tone: Tone) -> RenderableType:
    """A small kernel: of several channels, their mean."""
    return Picture(kernel.mean(axis=-1), tone=tone, height=2, legend=False)


def _notices(work: Work, outcome: Outcome) -> Iterator[str]:
    best, epochs = outcome.best, outcome.epochs
    if best is None or not epochs:
        yield "No epoch has ended: the weights are as they were drawn."
        return
    if outcome.told:
        yield outcome.told
    if outcome.confusion is not None and outcome.wrong and not outcome.unit:
        counts = outcome.confusion.copy()
        np.fill_diagonal(counts, 0)
        true, taken = np.unravel_index(int(counts.argmax()), counts.shape)
        most = int(counts[true, taken])
        if most > 1:
            of = int(outcome.confusion[true].sum())
            yield (
                f"Most often {outcome.classes[true]} is taken for {outcome.classes[taken]}: {most:,} times "
                f"of {of:,}."
            )
    if exploded := _exploded(work, outcome):
        yield exploded
    for one in () if exploded else outcome.forecasts:
        yield from forecast_notices(one)
    if (least := _by_heart(epochs)) is not None:
        moved = "--shift, " if len(outcome.shape) == 3 else ""
        yield (
            f"From epoch {least} on the loss falls in training alone: the net learns its examples by heart. "
            f"More data, {moved}dropout or --weight-decay help against that."
        )
    if len(epochs) < outcome.settings.epochs:
        yield (
            f"It ended early: after epoch {outcome.best_epoch}, with {_better(outcome)}, "
            f"{len(epochs) - outcome.best_epoch} brought nothing better."
        )
    if outcome.best_epoch == len(epochs) and len(epochs) > 1 and outcome.held_count and not exploded:
        yield "The last epoch was the best: with more of them it may get better still."
    if not outcome.held_count:
        yield "Nothing was held out: how it does on what it has never seen nobody knows."
    if best.accuracy is None and outcome.evaluation.errors is not None:
        called = "pictures" if len(work.spec.input) == 3 else "rows"
        yield f"Nobody told it what the {called} are: it learns what they look like from the inputs alone."


def _exploded(work: Work, outcome: Outcome) -> str | None:
    """That steps were too long, where the loss has grown, or is far above that of guessing."""
    epochs = outcome.epochs
    guessed = {"cross-entropy": math.log(max(len(outcome.classes), 2)), "binary-cross-entropy": math.log(2)}
    chance = start = guessed.get(work.spec.loss, math.inf) if outcome.classes else math.inf
    if outcome.constant is not None:
        chance, start = outcome.constant
    if epochs[-1].loss > EXPLODED * max(epochs[0].loss, 1e-9):
        told = f"The loss has grown from {number(epochs[0].loss, 3)} to {number(epochs[-1].loss, 3)}: the"
    elif epochs[-1].loss > FAR * max(chance, start):
        of = "guessing" if outcome.classes else "always the same answer"
        told = f"The loss, {number(epochs[-1].loss, 3)}, is far above that of {of}, {number(chance, 3)}: the"
    else:
        return None
    length, epoch, step = outcome.longest
    longest = f"; the longest gradient, in epoch {epoch}, step {step}, had length {number(length, 3)}" * bool(
        step
    )
    return f"{told} steps were too long{longest}. Try a lower --lr, or --clip 1."


def _by_heart(epochs: tuple[Measured, ...]) -> int | None:
    """The epoch with the least loss held out, where that has risen in two since, and it falls in training."""
    held = [one.held_out_loss for one in epochs if one.held_out_loss is not None]
    if not held or len(held) < len(epochs):
        return None
    least = held.index(min(held))
    rises = sum(later > before for before, later in zip(held[least:], held[least + 1 :], strict=False))
    apart = held[-1] > 1.1 * held[least] and epochs[-1].loss < 0.9 * epochs[least].loss
    return least + 1 if rises >= 2 and apart else None


def _next(work: Work, outcome: Outcome) -> list[list[str]]:
    """Ask the net, or go on."""
    line, output = work.line, outcome.output
    kept = output is not None  # a film keeps no net
    more, film = ([], set()) if kept else (["-o", "net.safetensors"], {"-o", "--output"})
    *before, last = again(line, work.read, *more, without=film)
    if output is not None and output.endswith((".safetensors", ".onnx")):
        return [
            *before,
            ["dlcli", "predict", output, *([] if before else [outcome.word])],
        ]
    if work.model is None:
        return [line.again(None, *more, without=film)]
    return [*before, [*last[:2], work.model, *last[2:]]]
