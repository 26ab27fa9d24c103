"""The story of codes that came in: what the rest of the net draws of them."""

from __future__ import annotations

from rich.console import RenderableType

from dlcli.commands.predict.net_facts import again, learnt, net_words
from dlcli.commands.predict.walk.record import Decoded
from dlcli.views.look import LOW, facts, look
from dlcli.views.origin import origin_words
from dlcli.views.pictures.contact_sheet import ContactSheet
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import with_rest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, plain

SHEET = 20  # pictures that are drawn


def story(work: Decoded, *, precision: int = 4) -> Story:
    """The codes, the net, and the outputs."""
    behind = len(work.model.spec.layers) - 1 - [one.name for one in work.model.spec.layers].index(work.at)
    many = f"the {behind} layers" if behind > 1 else "the layer" if behind else "no layer"
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("parameters", "Net", net_words(work.model)),
        *(Section("parameters", "Learnt", told) for told in learnt(work.model, precision)),
        Section("parameters", "Decoder", plain(f"{many} behind {clip(work.at, 24)}")),
        Section("result", "Output", facts(work.output, precision), _drawn(work, precision)),
        Section("next", "Try next", body=CommandLine(
            *again(work, without=("--emit",)), ["dlcli", "predict", work.model.word])),
    )  # fmt: skip


def _drawn(work: Decoded, precision: int) -> RenderableType:
    if work.axis is None or len(work.model.spec.output) != 3:
        return look(work.output, precision=precision, height=2 * LOW, scale="gray", legend=False)
    shown = range(min(len(work.codes), SHEET))
    left = len(work.codes) - len(shown)
    names = [work.axis.place(i) for i in shown]
    return with_rest(ContactSheet(work.outputs[: len(shown)], names), left, f"code{'s' * (left > 1)}")
