"""The story of many inputs: how many were right, what was taken for what, of which the net is least sure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.kinds.nets.confusion_story import confusion
from dlcli.commands.predict.explain import explain as explain
from dlcli.commands.predict.explain import explain_kept
from dlcli.commands.predict.net_facts import again, learnt, net_words
from dlcli.commands.predict.record import Work
from dlcli.tensor import Array
from dlcli.views.look import facts, look
from dlcli.views.pictures.contact_sheet import ContactSheet
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.table import Table
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, plain
from dlcli.words.number import number, percent

EXPLAIN = {"probabilities": explain_kept, "output": explain_kept, "logits": explain}

SHEET = 8  # pictures of the sheet
FARTHEST = 5  # outputs that are shown beside their inputs
SURE = 0.9  # probability of an answer that is sure
LISTED = 12  # classes that are listed of more


def story(work: Work, *, precision: int = 4) -> Story:
    """What they are, the net, its answers counted, and a sheet of those that it is least sure of."""
    sections = [
        Section("input", "Input", plain(_whence(work))),
        Section("parameters", "Net", net_words(work.model)),
        *(Section("parameters", "Learnt", told) for told in learnt(work.model, precision)),
        *_results(work, precision),
    ]
    if told := " ".join(_notices(work)):
        sections.append(Section("notice", "Notice", plain(told)))
    sections.append(Section("next", "Try next", body=CommandLine(*_next(work))))
    return Story(*sections)


def _whence(work: Work) -> str:
    count, one = work.answers.count, work.model.one
    of = f" of {clip(work.source, 40)}" if work.source not in ("-", "literal") else ""
    part = f", {work.part}" if work.part else ""
    fitted = ", brought to the size of the net" if work.fitted else ""
    return f"{count:,} {one}{'s' * (count != 1)}{of}{part}{fitted}{work.pixels and f'; {work.pixels}'}"


def _results(work: Work, precision: int) -> Iterator[Section]:
    answers = work.model.answers
    if answers == "image":
        yield from _images(work, precision)
        return
    if answers == "values":
        yield from _values(work, precision)
        return
    if work.labels is not None:
        right, count = int(work.right.sum()), work.answers.count
        told = f"{percent(right, count)}: {right:,} of {count:,} are right"
        yield Section("result", "Accuracy", Text(told))
        yield confusion(work.confusion, [work.model.named(i) for i in range(work.model.count)])
    else:
        yield Section("result", "Classes", None, _counts(work, precision))
    if work.answers.passes:
        yield Section("result", "Dropout left on", plain(_passes(work)))
    if answers == "probabilities":
        least = np.argsort(work.answers.margins, kind="stable")[:SHEET]
        title = Text("the first two classes are closest; number, answer, probability")
        if len(work.model.spec.input) == 3:
            yield Section("result", "Least sure", title, sheet(work, least))
        else:
            names = ", ".join(f"{i} ({_said(work, i)})" for i in least.tolist())
            yield Section("result", "Least sure", plain(names))


def _values(work: Work, precision: int) -> Iterator[Section]:
    """How far values are from those that were wanted, and the farthest of them; or the values alone."""
    if work.wanted is None:
        output = work.output
        yield Section("result", "Output", facts(output, precision), look(output, precision=precision))
    else:
        away = work.differences
        square = np.square(away).mean()
        told = (
            f"mean square {number(square, precision)} (root {number(np.sqrt(square), precision)}), "
            f"mean absolute {number(np.abs(away).mean(), precision)}"
        )
        if around := np.square(work.wanted - work.wanted.mean(axis=0)).mean():
            told += f", R² {number(1 - square / around, 3)}"
        yield Section("result", "Error", plain(told))
        yield Section("result", "Farthest", None, _farthest(work, precision))
    if work.answers.passes:
        yield Section("result", "Dropout left on", plain(_passes(work)))


def _farthest(work: Work, precision: int) -> RenderableType:
    """The values that are farthest from what was wanted."""
    assert work.wanted is not None
    away = work.differences
    order = np.argsort(-np.abs(away), axis=None, kind="stable")[:FARTHEST]
    rows = []
    for place, value in zip(*np.unravel_index(order, away.shape), strict=True):
        numbers = (work.wanted[place, value], work.answers.outputs[place, value], away[place, value])
        rows.append([str(place), str(value), *(number(one, precision) for one in numbers)])
    heads = ["row", "value", "wanted", "output", "difference"]
    if away.shape[1] == 1:
        heads, rows = [heads[0], *heads[2:]], [[row[0], *row[2:]] for row in rows]
    return Table(heads, rows, right=range(len(heads)))


def _passes(work: Work) -> str:
    """What the passes with dropout left on come to: their mean answer, and how far they are spread."""
    mean, spread = work.answers.spread
    told = f"{work.answers.passes} pass{'es' * (work.answers.passes > 1)}: "
    if work.model.answers == "values":
        widest = _widest(spread.max(axis=1))
        return f"{told}standard deviation {number(spread.mean(), 3)} on average, {widest}"
    best = mean.argmax(axis=1)
    of_best = np.take_along_axis(spread, best[:, None], axis=1)[:, 0]
    if work.labels is None:
        average, widest = number(of_best.mean(), 3), _widest(of_best)
        return f"{told}the answer's standard deviation is {average} on average, {widest}"
    right = best == work.labels
    told += f"their mean is right for {int(right.sum())} of {len(right)}, {percent(right.sum(), len(right))}"
    parts = [
        f"{number(of_best[which].mean(), 3)} where it is {word}"
        for which, word in ((right, "right"), (~right, "wrong"))
        if which.any()
    ]
    return f"{told}; the answer's standard deviation is on average {', '.join(parts)}"


def _widest(spread: Array) -> str:
    place = int(np.argmax(spread))
    return f"the most {number(spread[place], 3)}, of number {place}"


def _counts(work: Work, precision: int) -> RenderableType:
    """How often each class is the answer."""
    counts = np.bincount(work.answers.order[:, 0], minlength=work.model.count)
    listed = np.argsort(-counts, kind="stable")[:LISTED]
    listed = np.sort(listed[counts[listed] > 0])
    rest = int(counts.sum() - counts[listed].sum())
    columns = {"inputs": counts[listed], "share": counts[listed] / counts.sum()}
    totals = [("others", {"inputs": rest})] if rest else []
    names = [work.model.named(i) for i in listed.tolist()]
    return BarTable("class", names, columns, totals=totals, precision=precision)


def _said(work: Work, place: int) -> str:
    """What an input was taken for, and what it is where that is another."""
    best = int(work.answers.order[place, 0])
    said = clip(work.model.named(best), 10)
    if work.labels is None or work.labels[place] == best:
        return said
    return f"{clip(work.model.named(int(work.labels[place])), 10)} as {said}"


def sheet(work: Work, places: Array) -> RenderableType:
    """Some inputs as the net sees them, each with its number and what it was taken for."""
    names = []
    for place in places.tolist():
        share = number(work.answers.shares[place].max(), 2)
        names.append(f"{place}: {_said(work, place)}, {share}")
    return ContactSheet(np.stack([work.answers.seen(place) for place in places.tolist()]), names)


def _images(work: Work, precision: int) -> Iterator[Section]:
    """How far outputs are from their inputs, and the worst of them."""
    errors = work.answers.errors
    mean, least, most = (number(value, precision) for value in (errors.mean(), errors.min(), errors.max()))
    yield Section("result", "Mean square difference", Text(f"{mean} on average, {least} to {most}"))
    if len(work.model.spec.input) < 3:
        return
    places = np.argsort(-errors, kind="stable")[:FARTHEST].tolist()
    seen = work.answers.noised if work.answers.noise else work.answers.seen
    pictures = [*map(seen, places), *work.answers.outputs[places]]
    names = [*map(str, places), *(f"{place}: {number(errors[place], 2)}" for place in places)]
    title = Text("inputs, then their outputs")
    yield Section("result", "Farthest", title, ContactSheet(np.stack(pictures), names))


def _notices(work: Work) -> Iterator[str]:
    model = work.model
    if work.learnt:
        yield "The net has learnt from these: what it does on others shows only on what is held out."
    if work.saliency:
        yield "The saliency of one input is drawn; of several --emit saliency gives it."
    if work.labels is not None and not work.right.all():
        wrong = np.flatnonzero(~work.right)
        sure = (
            int((work.answers.shares[wrong].max(axis=1) > SURE).sum())
            if model.answers == "probabilities"
            else 0
        )
        if sure:
            verb = "were" if sure > 1 else "was"
            yield f"{sure:,} of the {len(wrong):,} mistakes {verb} made with a probability above {SURE}."


def _next(work: Work) -> list[list[str]]:
    """What was taken for what as a map; or the largest surprise, explained."""
    drop = ("--emit", "--explain", "--saliency", "--class")
    if work.wanted is not None:
        farthest, value = np.unravel_index(np.argmax(np.abs(work.differences)), work.wanted.shape)
        return again(work, "--explain", f"{farthest},{value}", without=drop)
    if work.model.answers in ("image", "values"):
        layer = work.model.spec.layers[len(work.model.spec.layers) // 2].name
        names = [one.name for one in work.model.spec.layers]
        layer = "code" if "code" in names else layer
        points = work.names is not None and len(work.model.spec.layer(layer).output) == 1
        look_at = ["dlcli", "show", *(["--view", "scatter"] if points else [])]
        return [*again(work, "--emit", layer, without=drop), look_at]
    place = int(np.argmin(work.answers.margins))
    if work.labels is not None and not work.right.all():
        wrong = np.flatnonzero(~work.right)
        place = int(wrong[np.argmax(work.answers.shares[wrong].max(axis=1))])
    best = work.model.named(int(work.answers.order[place, 0]))
    return again(work, "--explain", f"{place},{best}", without=drop)
