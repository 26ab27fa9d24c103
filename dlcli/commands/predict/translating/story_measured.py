"""The story of how many translations of a set are right."""

from __future__ import annotations

from rich.text import Text

from dlcli.commands.predict.net_facts import again, learnt, net_words
from dlcli.commands.predict.translating.record import Measured
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table, with_rest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, plain, visible
from dlcli.words.number import percent


def story(work: Measured, *, precision: int = 4) -> Story:
    """The set, the net, how many are right as a whole, and those that are not."""
    right, count = int(work.whole.sum()), len(work.whole)
    unit = work.model.translated
    told = f"{percent(right, count)}: {right:,} of {count:,} in every {unit}"
    answers = work.evaluation.labels
    if answers is not None:
        told += f"; of {len(answers):,} {unit}s {percent(work.evaluation.accuracy or 0.0)}"
        told += ", each behind the right ones"
    table = Table(["read", "written", "wanted"], [list(map(visible, row)) for row in work.rows], whole=[1, 2])
    wrong = count - right
    left = wrong - len(work.rows) if wrong else count - len(work.rows)
    name = "Wrong" if wrong else "Some of them"
    return Story(
        Section("input", "Input", _whence(work, count)),
        Section("parameters", "Net", net_words(work.model)),
        *(Section("parameters", "Learnt", told_) for told_ in learnt(work.model, precision)),
        Section("result", "Right", plain(told)),
        Section("result", name, None, with_rest(table, left, "sequence" + "s" * (left != 1))),
        *([Section("notice", "Notice", plain(_LEARNT))] if work.learnt else []),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    )


_LEARNT = "The net has learnt from these: what it does on others shows only on what is held out."


def _whence(work: Measured, count: int) -> Text:
    part = f", {work.part}" if work.part else ""
    return plain(f"{count:,} sequences of {clip(str(work.attrs.get('source', '')), 40)}{part}")


def _next(work: Measured) -> list[list[str]]:
    if not work.rows:
        return again(work)
    return [["dlcli", "predict", work.model.word, work.rows[0][0]]]
