"""The samples that come along: one in full, or all of them on one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.console import RenderableType
from rich.text import Text

from dlcli.tensor import Tensor
from dlcli.views.command_line import CommandLine
from dlcli.views.listing import Listing
from dlcli.views.look import facts, look
from dlcli.views.story import Section, Story
from dlcli.views.text import plain

THUMBNAIL = 5  # terminal rows of a picture in the list


class Entry(Protocol):
    """What is said of a sample."""

    @property
    def what(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def licence(self) -> str: ...


class Work(Protocol):
    """What the command hands over for one sample."""

    @property
    def name(self) -> str: ...
    @property
    def entry(self) -> Entry: ...
    @property
    def output(self) -> Tensor: ...


def story(work: Work | Sequence[Work], *, precision: int = 4) -> Story:
    """One sample: what it is, its numbers, its source. Several: each with a small look at it."""
    if isinstance(work, Sequence):
        return _page(work, precision)
    return Story(
        (
            Section("input", "Sample", plain(f"sample:{work.name}: {work.entry.what}")),
            Section("parameters", "Source", plain(work.entry.source)),
            Section("parameters", "Licence", plain(work.entry.licence)),
            Section(
                "result", "Tensor", facts(work.output, precision), look(work.output, precision=precision)
            ),
            Section("next", "Try next", body=_example(work)),
        )
    )


def _page(works: Sequence[Work], precision: int) -> Story:
    rows: list[tuple[str, str, RenderableType | None]] = [
        (
            f"sample:{work.name}",
            f"{work.entry.what}\n{facts(work.output, precision).plain}",
            look(work.output, precision=precision, height=THUMBNAIL, legend=False, scale="gray"),
        )
        for work in works
    ]
    return Story(
        (
            Section("result", "Samples", Text(f"{len(works)}, for any command that reads"), Listing(rows)),
            Section("next", "Try next", body=CommandLine(["dlcli", "samples", works[0].name])),
        )
    )


def _example(work: Work) -> CommandLine:
    return CommandLine(["dlcli", "conv", f"sample:{work.name}", "--kernel", "sobel-x"])
