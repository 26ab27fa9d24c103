"""The story of a walk: the inputs beside what their codes draw, and the pictures on the way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.predict.net_facts import again, learnt, net_words
from dlcli.commands.predict.walk.record import Walk
from dlcli.views.again import UNKNOWN
from dlcli.views.look import facts, look
from dlcli.views.pictures.contact_sheet import ContactSheet
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import with_rest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, plain
from dlcli.words.number import number

LEGS = 4  # ways from an input to the next that are drawn
MOST = 40  # pictures of one way
PAIRS = 2  # inputs with their outputs that stand in one row
NAME = 24  # cells of the name of an input


def story(work: Walk, *, precision: int = 4) -> Story:
    """The inputs, the net, how far apart the codes are, and what is drawn between them."""
    sections = [
        Section("input", "Input", plain(_whence(work))),
        Section("parameters", "Net", net_words(work.model)),
        *(Section("parameters", "Learnt", told) for told in learnt(work.model, precision)),
        Section("parameters", "Codes", plain(_codes(work, precision))),
        *_results(work, precision),
        Section("notice", "Notice", plain(" ".join(_notices(work, precision)))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    ]
    return Story(*sections)


def _whence(work: Walk) -> str:
    what = work.model.one
    of = f" of {clip(work.source, 60)}" if work.source else ""
    noise = ", with noise" if work.answers.noise else ""
    return f"{work.answers.count} {what}s{of}{', brought to the size of the net' * work.fitted}{noise}"


def _codes(work: Walk, precision: int) -> str:
    size = " × ".join(map(str, work.ends.shape[1:]))
    lengths = work.lengths
    apart = number(lengths[0], precision)
    if len(lengths) > 1:
        apart = f"{number(lengths.min(), precision)} to {number(lengths.max(), precision)}"
    return f"layer {clip(work.at, 24)}, {size} numbers; {apart} apart"


def _results(work: Walk, precision: int) -> Iterator[Section]:
    if len(work.model.spec.output) != 3:
        yield Section("result", "Walk", facts(work.walk, precision), look(work.walk, precision=precision))
        return
    legs = min(len(work.ends) - 1, LEGS)
    if work.model.spec.input == work.model.spec.output:
        yield Section("result", "Ends", Text("inputs, and what their codes draw"), _ends(work, legs + 1))
    parts: list[RenderableType] = []
    for place in range(legs):
        parts += [Text()] * bool(place) + [_leg(work, place)]
    left = len(work.ends) - 1 - legs
    yield Section("result", "Walk", _way(work), with_rest(Group(*parts), left, f"way{'s' * (left > 1)}"))


def _way(work: Walk) -> Text:
    names = [clip(name, NAME) for name in work.called[:2]]
    if len(work.ends) > 2:
        return Text(f"{work.steps} steps from each input to the next")
    return plain(f"{work.steps} steps from {names[0]} to {names[1]}")


def _ends(work: Walk, count: int) -> RenderableType:
    """Each input beside the output that the walk has for it."""
    sheets = []
    for begin in range(0, count, PAIRS):
        pictures, names = [], []
        for place in range(begin, min(begin + PAIRS, count)):
            seen = work.answers.noised if work.answers.noise else work.answers.seen
            pictures += [seen(place), work.outputs[place * (work.steps - 1)]]
            names += [clip(work.called[place], NAME), f"→ at {place}"]
        sheets.append(ContactSheet(np.stack(pictures), names))
    return Group(*sheets)


def _leg(work: Walk, place: int) -> RenderableType:
    """The pictures from an input to the next, each by how far it is."""
    steps = range(*work.leg(place).indices(len(work.outputs)))
    shown = steps[:MOST]
    names = [f"{work.axis.value(i):.4g}" for i in shown]
    left = len(steps) - len(shown)
    return with_rest(ContactSheet(work.outputs[list(shown)], names), left, f"step{'s' * (left > 1)}")


def _notices(work: Walk, precision: int) -> Iterator[str]:
    if not work.lengths[0]:
        yield "The first two inputs have the same code: nothing changes on the way."
        return
    if work.steps % 2 == 0:
        yield "Steps are of equal length in the code; what is drawn need not change evenly."
        return
    away = number(work.mixture(0), precision)
    yield (
        f"Halfway between the first two codes what is drawn differs by {away} (mean square) from the mean of "
        "the two ends."
    )


def _next(work: Walk) -> list[list[str]]:
    """The same walk in the first layer, which is next to one from pixel to pixel; from there, in the code."""
    first = work.model.spec.layers[0].name
    more = () if work.at == first else ("--at", first)
    if len(work.line.inputs) < 2:
        return again(work, *more, without=("--at", "--emit"))
    words = work.line.again(None, *more, without=("--at", "--emit"))
    inputs = [word.lstrip() for word in work.line.inputs]
    line = [*words[:2], work.model.word, *inputs, *words[2:]]
    return [[UNKNOWN], line] if "-" in inputs else [line]
