"""The samples that come along: one in full, or all of them on one page."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.samples.record import Work
from dlcli.tensor import Tensor
from dlcli.views.look import facts, look
from dlcli.views.origin import is_sentence
from dlcli.views.page.cells import NOWHERE
from dlcli.views.pictures.contact_sheet import ContactSheet
from dlcli.views.story import Section, Story
from dlcli.views.tables.listing import Listing
from dlcli.views.tables.table import Table
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import plain
from dlcli.words.axes import PICTURE

ON_A_SHEET, IN_THE_LIST = 10, 2  # pictures of a set
THUMBNAIL = 5  # terminal rows of a picture in the list


def story(work: Work | Sequence[Work], *, precision: int = 4) -> Story:
    """One sample: what it is, its numbers, its source. Several: each with a small look at it."""
    if isinstance(work, Sequence):
        if len(work) != 1:
            return _page(work, precision)
        (work,) = work
    return Story(
        Section("input", "Sample", plain(f"sample:{work.name}: {work.entry.what}")),
        Section("parameters", "Source", plain(work.entry.source)),
        Section("parameters", "Licence", plain(work.entry.licence)),
        Section(
            "result",
            "World" if work.text is not None else "Weights" if len(work.outputs) > 1 else "Tensor",
            _facts(work, precision),
            _body(work, precision),
        ),
        Section("next", "Try next", body=_example(work)),
    )


def _page(works: Sequence[Work], precision: int) -> Story:
    rows: list[tuple[str, str, RenderableType | None]] = [
        (
            f"sample:{work.name}",
            f"{work.entry.what}\n{_facts(work, precision).plain}",
            _thumbnail(work, precision),
        )
        for work in works
    ]
    return Story(
        Section("result", "Samples", Text(f"{len(works)}, for any command that reads"), Listing(rows)),
        Section("next", "Try next", body=CommandLine(["dlcli", "samples", works[0].name])),
    )


def _facts(work: Work, precision: int) -> Text:
    if work.text is not None:
        return Text(f"{len(work.output.data)} outcomes of actions")
    if len(work.outputs) > 1:
        numbers = sum(tensor.data.size for tensor in work.outputs)
        return Text(f"{len(work.outputs)} tensors, {numbers} numbers")
    return facts(work.output, precision)


def _is_set(tensor: Tensor) -> bool:
    """Whether a tensor is many pictures, each with its class."""
    return tensor.axis_names == ("picture", *PICTURE, "channel") and tensor.axes[0].labels is not None


def _sheet(tensor: Tensor, count: int) -> ContactSheet:
    return ContactSheet(tensor.data[:count], (tensor.axes[0].labels or ())[:count])


def _body(work: Work, precision: int) -> RenderableType:
    if work.text is not None:
        return _lines(work.text)
    if _is_set(work.output):
        return _sheet(work.output, ON_A_SHEET)
    return _names(work.outputs) if len(work.outputs) > 1 else look(work.output, precision=precision)


def _thumbnail(work: Work, precision: int) -> RenderableType:
    if work.text is not None:
        return _lines(work.text, 2 * THUMBNAIL)
    if len(work.outputs) > 1:
        return _names(work.outputs[:THUMBNAIL])
    if _is_set(work.output):
        return _sheet(work.output, IN_THE_LIST)
    return look(work.output, precision=precision, height=THUMBNAIL, legend=False, scale="gray", at=NOWHERE)


def _names(tensors: Sequence[Tensor]) -> Table:
    shapes = (" × ".join(map(str, tensor.shape)) or "a single number" for tensor in tensors)
    return Table(["name", "shape"], list(zip((tensor.name for tensor in tensors), shapes, strict=True)))


def _lines(text: str, most: int | None = None) -> Text:
    """The lines of a file, each cut to what fits; of many the first ones."""
    lines = text.strip().splitlines()
    shown = lines if most is None or len(lines) <= most else [*lines[: most - 1], "…"]
    return Text("\n".join(plain(line).plain for line in shown), no_wrap=True, overflow="ellipsis")


def _example(work: Work) -> CommandLine:
    word, tensor = f"sample:{work.name}", work.output
    if work.text is not None:
        words = ["mdp", word]
    elif _is_set(tensor):
        words = ["show", word]
    elif any(tensor.name == "history" for tensor in work.outputs):  # a net that train has made
        words = ["predict", word, "sample:digits"]
    elif len(work.outputs) > 1:
        words = ["seq2seq", "the cat sees a dog", "--weights", word]
    elif is_sentence(tensor):
        words = ["rnn", word, "--cell", "lstm"]
    elif tensor.data.ndim == 2 and tensor.axes[0].numeric:
        words = ["rnn", word, "--standardize", "--cell", "lstm"]
    elif tensor.axis_names == ("character",):
        words = ["train", "char-rnn", word, "--clip", "1", "-o", "writer.safetensors"]
    elif tensor.data.ndim == 1:
        words = ["stft", word]
    else:
        words = ["conv", word, "--kernel", "sobel-x"]
    return CommandLine(["dlcli", *words])
