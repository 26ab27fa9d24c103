"""The story of a sound that a net has heard: how probable it is when, from when to when, and why."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType

from dlcli.commands.kinds.sounds.sound_story import waveform
from dlcli.commands.predict.explain import sigmoid_formula, table
from dlcli.commands.predict.net_facts import again, learnt, net_words
from dlcli.commands.predict.sound.record import ENOUGH, PAUSE, Heard
from dlcli.nets.layers.recurrent import Recurrent
from dlcli.tensor import Axis
from dlcli.views.charts.chart import LineChart
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table, with_rest
from dlcli.views.text.cell import checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, plain
from dlcli.words.number import counted, number, percent

WAVE, CHART = 4, 6  # terminal rows of the waveform, and of the probability
LISTED = 10  # segments
DIGITS = 2  # of seconds, behind the point


def story(work: Heard, *, precision: int = 4) -> Story:
    """The sound, the net, the probability over time, the segments."""
    return Story(
        Section("input", "Input", origin_words(work.input, precision), _wave(work)),
        Section("parameters", "Net", net_words(work.model)),
        *(Section("parameters", "Learnt", told) for told in learnt(work.model, precision)),
        Section("parameters", "Chunks", plain(_chunks(work, precision))),
        Section(
            "result", "Probability", plain(f"of {_what(work)}, chunk by chunk"),
            LineChart({"probability": work.shares[:, 1]}, work.time, height=CHART), of=("probabilities",),
        ),
        Section("result", "Segments", plain(_rule(work)), _segments(work)),
        Section("notice", "Notice", plain(" ".join(_notices(work)))),
        Section("next", "Try next", body=CommandLine(*again(work, *_next(work)))),
    )  # fmt: skip


def explain(work: Heard, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The sum behind the logit of a chunk, and its probability.

    Raises ``WrongUsage`` for a chunk or a class that is not there.
    """
    place, at = checked(cell, work.probabilities)
    terms = work.terms(place)
    name = clip(work.model.named(at), 24)
    value = number(work.shares[place, at], precision)
    sums = f"unit of {terms.layer}: {len(terms.values)} products of {terms.below} with its weights"
    when = work.time.place(place)
    return Story(
        Section("input", "Input", plain(f"chunk {place} of {_source(work)}, from {when} on")),
        Section("parameters", "Net", net_words(work.model)),
        Section("arithmetic", f"Logit of {_what(work)}", plain(sums), table(terms, precision)),
        Section(
            "arithmetic", "Sigmoid",
            body=sigmoid_formula(f"p[{name}]", terms.total, value, precision, sign="−" if at else ""),
        ),
        Section("result", "Probability", plain(f"{value} for {name} at {when}")),
    )  # fmt: skip


def _source(work: Heard) -> str:
    return clip(str(work.attrs.get("source", work.input.name)), 40)


def _what(work: Heard) -> str:
    return clip(work.model.named(1), 24)


def _wave(work: Heard) -> LineChart:
    time = Axis("time", start=work.sound.start, step=1 / work.rate, unit="s")
    return waveform(work.sound.samples.reshape(-1), time, None, WAVE)


def _chunks(work: Heard, precision: int) -> str:
    before = work.model.spec.input[0] - work.chunk
    long = number(1000 * work.chunk / work.rate, precision)
    heard_again = f", each heard with the {before} samples before it" * (before > 0)
    return f"{counted(len(work.rows), 'chunk')} of {work.chunk} samples, {long} ms{heard_again}"


def _rule(work: Heard) -> str:
    if not work.segments:
        return f"none: {_what(work)} has nowhere as much as {percent(ENOUGH)}"
    return f"where {_what(work)} has at least {percent(ENOUGH)}; pauses up to {PAUSE:g} s count with it"


def _segments(work: Heard) -> RenderableType | None:
    found = work.segments
    if not found:
        return None
    rows = [[f"{one:.{DIGITS}f}" for one in (first, last, last - first)] for first, last in found]
    left = len(rows) - len(rows[:LISTED])
    body = Table(["from (s)", "to (s)", "long (s)"], rows[:LISTED], right=range(3))
    return with_rest(body, left, f"segment{'s' * (left > 1)}")


def _notices(work: Heard) -> Iterator[str]:
    there = work.shares[:, 1] >= ENOUGH
    told = f"{int(there.sum())} of {counted(len(there), 'chunk')}"
    yield f"{_what(work).capitalize()} is heard in {told}."
    if name := _remembers(work):
        yield (
            f"{name} goes on from chunk to chunk: what was heard before counts, too. "
            f"--emit {name} shows its {work.model.spec.layer(name).output[-1]} states."
        )


def _remembers(work: Heard) -> str:
    """The first layer that goes on from chunk to chunk."""
    layers = (one for one in work.model.spec.layers if isinstance(one.kind, Recurrent) and one.kind.stateful)
    return next((one.name for one in layers), "")


def _next(work: Heard) -> list[str]:
    """The sum where the probability rises most."""
    rise = int(np.argmax(np.diff(work.shares[:, 1], prepend=0.0)))
    return ["--explain", f"{rise},{work.model.named(1)}"]
