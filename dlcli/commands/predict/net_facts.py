"""A net in words: what it takes and gives, what it learnt from, how good it was then; and the line again."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace

import numpy as np
from rich.text import Text

from dlcli.commands.predict.mask.record import Masked
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.record import Work
from dlcli.commands.predict.series.record import Going
from dlcli.commands.predict.sound.record import Heard
from dlcli.commands.predict.translating.record import Measured as MeasuredTranslation
from dlcli.commands.predict.translating.record import Translation
from dlcli.commands.predict.walk.record import Decoded, Walk
from dlcli.commands.predict.writing.record import Measured, Written
from dlcli.errors import called
from dlcli.tensor import Tensor
from dlcli.views import again as lines
from dlcli.views.origin import LETTERS
from dlcli.views.text.text import clip, plain
from dlcli.words.number import number, percent


def net_words(model: Model) -> Text:
    """Its model, parameters, and the shapes at its two ends."""
    spec = model.spec
    size = " × ".join(map(str, spec.input))
    gives = (
        " × ".join(map(str, spec.output))
        if model.answers in ("image", "values")
        else f"{model.count} classes"
    )
    if model.answers == "image" and spec.output == spec.input:
        gives = "the same"
    source = clip(model.word, 32)
    return plain(f"{clip(spec.name, 24)} of {source}, {spec.parameters:,} parameters: {size} → {gives}")


def learnt(model: Model, precision: int) -> Iterator[Text]:
    """What it learnt from and how good it was in its best epoch; nothing where the file does not say."""
    parts = []
    if name := model.data.get("source") or model.data.get("name"):
        count = model.data.get("count")
        many = f"{count:,} of " if isinstance(count, int) else ""
        parts.append(f"from {many}{clip(called(str(name)), 32)}")
    epoch, measured = model.best
    if epoch:
        parts.append(f"{epoch} epoch{'s' * (epoch > 1)}")
    elif model.history is not None and not model.history.data.size and "settings" in model.facts:
        parts.append("no whole epoch")
    if "val-accuracy" in measured:
        parts.append(f"{percent(measured['val-accuracy'])} right on what was held out")
    elif "accuracy" in measured:
        parts.append(f"{percent(measured['accuracy'])} right as it learnt")
    elif (name := "val-loss") in measured or (name := "loss") in measured:
        held = " on what was held out" if name == "val-loss" else " as it learnt"
        parts.append(f"loss {number(measured[name], precision)}{held}")
    if parts:
        yield plain(", ".join(parts))


def again(
    work: Work
    | Walk
    | Decoded
    | Written
    | Measured
    | Going
    | Translation
    | MeasuredTranslation
    | Heard
    | Masked,
    *more: str,
    without: Container[str] = (),
) -> list[list[str]]:
    """The pipe that was typed, with more options and without some; see ``dlcli.views.again``.

    Of several texts it is read alone, as it is typed.
    """
    line, several = work.line, bool(work.line.several)
    if isinstance(work, Written | Translation) and (several or len(line.inputs) > 1):
        text = work.prompt if isinstance(work, Written) else work.text
        if work.attrs["source"] == "literal" or (several and len(text) <= LETTERS):
            line = replace(line, inputs=(text,), several=set())
    read = work.input if work.input is not None else Tensor(np.zeros(0), attrs=work.attrs)
    *before, words = lines.again(line, read, *more, without=without)
    if words[1:2] != [line.command]:
        return [*before, words]
    return [*before, [*words[:2], work.model.word, *words[2:]]]
