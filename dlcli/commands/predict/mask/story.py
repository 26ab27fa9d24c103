"""The story of a spectrum that a net has masked: before and after, what was kept, and one number of it."""

from __future__ import annotations

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.predict.mask.record import Masked
from dlcli.commands.predict.net_facts import again, learnt, net_words
from dlcli.tensor import Tensor
from dlcli.views.look import LOW, facts, look
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.words.number import number, percent


def story(work: Masked, *, precision: int = 4) -> Story:
    """The spectrum, the net, its mask, what comes out."""
    shares = work.shares
    told = f"{percent(float((shares >= 0.5).mean()))} of its numbers keep half or more of their size"
    return Story(
        Section("input", "Input", origin_words(work.input, precision), _drawn(work.input, precision)),
        Section("parameters", "Net", net_words(work.model)),
        *(Section("parameters", "Learnt", told) for told in learnt(work.model, precision)),
        Section("formula", "Mask", body=Formula("y[k, t]", "mask[k, t] · s[k, t],  0 < mask < 1")),
        Section("result", "Mask", Text(told), _drawn(work.mask, precision)),
        Section("result", "Spectrum", facts(work.masked, precision), _drawn(work.masked, precision)),
        Section("notice", "Notice", Text(_notice(work))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    )


def explain(work: Masked, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One number of the spectrum times its share. Raises ``WrongUsage`` when there is no such cell."""
    cell = checked(cell, work.input)
    parts = [work.shares[cell], work.input.data[cell], work.masked.data[cell]]
    share, before, after = (number(part, precision) for part in parts)
    place = tuple(np.r_[cell, 0][:3])
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("parameters", "Net", net_words(work.model)),
        Section("arithmetic", "Seen", Text(f"{number(work.seen[place], precision)} dB, 20 log10 |{before}|")),
        Section("arithmetic", "Mask", body=Formula("mask · s", f"{share} · {before}", after)),
        Section("result", "Spectrum", Text(f"{after} at {cell_words(cell, work.input)}")),
    )


def _drawn(tensor: Tensor, precision: int) -> RenderableType:
    return look(tensor, precision=precision, height=LOW)


def _notice(work: Masked) -> str:
    told = "Sizes are changed; phases stay as the noise has left them."
    if (taken := work.taken) is None:
        return told
    return f"What is left has {number(taken, 3)} dB less energy. {told}"


def _next(work: Masked) -> list[list[str]]:
    return [*again(work), ["dlcli", "istft", "-o", "clean.wav"]]
