"""The story of how well a net foretells a text that is there."""

from __future__ import annotations

import math

from rich.text import Text

from dlcli.commands.predict.net_facts import again, learnt, net_words
from dlcli.commands.predict.writing.record import Measured
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, plain
from dlcli.words.number import counted, number, percent


def story(work: Measured, *, precision: int = 4) -> Story:
    """The text, the net, bits a character beside a guess, and the share of right ones."""
    known = len(work.model.vocabulary)
    rows = [
        ["this net", number(work.bits, 3), percent(work.evaluation.accuracy or 0.0)],
        ["a guess", number(math.log2(known), 3), percent(1 / known)],
    ]
    body = Table(["", "bits a character", "right"], rows, right=[1, 2], whole=[0])
    return Story(
        Section("input", "Input", _whence(work)),
        Section("parameters", "Net", net_words(work.model)),
        *(Section("parameters", "Learnt", told) for told in learnt(work.model, precision)),
        Section("result", "Foretold", None, body),
        *([Section("notice", "Notice", plain(_LEARNT))] if work.learnt else []),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    )


_LEARNT = "It has learnt from this very text: of others it will know less."


def _whence(work: Measured) -> Text:
    part = f", {work.part}" if work.part else ""
    told = counted(work.count, "character")
    return plain(f"{clip(str(work.attrs.get('source', '')), 40)}: {told} foretold{part}")


def _next(work: Measured) -> list[list[str]]:
    return again(work, "--steps", "200")
