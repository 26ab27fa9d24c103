"""Features, sequences and sentences as a net takes them."""

from __future__ import annotations

from functools import partial
from math import prod

import numpy as np

from dlcli.commands.predict.inputs.checks import named, taken
from dlcli.commands.predict.inputs.pictures import check_used, pixel_words
from dlcli.commands.predict.inputs.preparing import Inputs, Preparing
from dlcli.commands.predict.inputs.scaled import Scaled
from dlcli.commands.predict.inputs.words import known_words
from dlcli.engines.base.checks import Array
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.tensor import Tensor, default_axes
from dlcli.wire.datasets.dataset import PADDING, DataSet
from dlcli.words.number import counted


def of_sentence(x: Tensor, how: Preparing) -> Inputs:
    """A sentence, its words by their numbers; filled up where a net counts its steps."""
    if how.part is not None:
        raise WrongUsage(f"--part {how.part} is of a set of data; received a sentence: leave it out")
    if how.rescale is not None:
        raise WrongUsage(f"--rescale {how.rescale:g} is of numbers; received a sentence: leave it out")
    check_no_picture(how)
    model, most = how.model, how.model.spec.input[0]
    words, numbers = known_words(x.axes[0].labels or (), model, how.run)
    if not model.net.any_length:
        if len(numbers) > most or (len(numbers) < most and model.vocabulary[0] != PADDING):
            raise DlcliError(
                f"{printable(model.word)} takes {asked_for(how)}; received {counted(len(numbers), 'word')}"
            )
        numbers = np.pad(numbers, (0, most - len(numbers)))
        words = (*words, *[PADDING] * (most - len(words)))
    batch = numbers[None]
    return Inputs(1, lambda at: batch[at], True, words=words)


def of_table(x: Tensor, how: Preparing) -> DataSet | None:
    """The set in a table with a column of labels, read as train reads it, where the net takes its inputs."""
    if x.data.ndim != 2 or x.shape[1] != prod(how.model.spec.input) + 1:
        return None
    from dlcli.wire.datasets.table import from_table

    source = str(x.attrs.get("source", x.name))
    found = from_table(x, source, how.run.warn, values=how.model.answers == "values")
    return found if found is not None and found.shape == how.model.spec.input else None


def of_rows(x: Tensor, how: Preparing) -> Inputs:
    """The inputs of a net that takes features or sequences: one, or several, by their first axis."""
    wanted = how.model.spec.input
    check_no_picture(how)
    data = x.data[..., None] if len(wanted) == 2 and wanted[1] == 1 and x.data.ndim == 1 else x.data
    rank, shape = len(wanted), data.shape[-len(wanted) :]
    if how.model.net.any_length and data.ndim >= rank and shape[0] and shape[1:] == wanted[1:]:
        wanted = shape
    if data.ndim not in (rank, rank + 1) or shape != wanted:
        flat = "; dlcli flatten puts them in one row" if x.data.size == prod(wanted) and rank == 1 else ""
        raise DlcliError(
            f"{printable(how.model.word)} takes {asked_for(how)}, one {how.model.one} for each input; "
            f"received {x.describe()}{flat}"
        )
    batch, where = data.reshape(-1, *wanted), named(x)
    check_words(batch, how, where)
    check_used(batch[:1], Scaled(how, where), how, where)
    alone = data.ndim == rank or (rank == 1 and len(batch) == 1 and x.axes == default_axes(2))
    known = how.model.vocabulary if alone else ()
    return Inputs(
        len(batch),
        partial(taken, batch, Scaled(how, where)),
        alone,
        x.axes[0].labels if not alone else None,
        pixels=pixel_words(batch, how),
        words=tuple(known[one] for one in batch[0].astype(np.intp).tolist()) if known else (),
    )


def asked_for(how: Preparing) -> str:
    """What a net that takes no pictures takes, in words."""
    spec = how.model.spec
    if spec.words:
        return f"{counted(spec.input[0], 'step')}, each a word by its number"
    if len(spec.input) == 2:
        return f"{counted(spec.input[0], 'step')} of {counted(spec.input[1], 'feature')}"
    return counted(spec.input[0], "feature")


def check_no_picture(how: Preparing) -> None:
    """Raise ``WrongUsage`` for what is asked of pictures, where a net takes features."""
    if how.fit or how.invert:
        flag, word = "--fit" if how.fit else "--invert", printable(how.model.word)
        raise WrongUsage(f"{flag} is for pictures; {word} takes {asked_for(how)}: leave it out")


def check_vocabulary(data: DataSet, how: Preparing, where: str) -> None:
    """Raise ``DlcliError`` where the words of a set have other numbers than those of the net."""
    known = how.model.vocabulary
    if data.vocabulary and known and data.vocabulary != known:
        first = next(
            (pair for pair in zip(known, data.vocabulary, strict=False) if pair[0] != pair[1]),
            (f"{len(known)} words", f"{len(data.vocabulary)} words"),
        )
        raise DlcliError(
            f"{where} has another vocabulary than {printable(how.model.word)} learnt from: "
            f"{printable(repr(first[1]))} where that has {printable(repr(first[0]))}"
        )


def check_words(batch: Array, how: Preparing, where: str) -> None:
    """Raise ``DlcliError`` for numbers that name no word of the net, where it takes such."""
    known = how.model.spec.words
    if not known:
        return
    wrong = (batch < 0) | (batch >= known) | (batch != np.floor(batch))
    if wrong.any():
        raise DlcliError(
            f"{where}: {printable(how.model.word)} knows words by their numbers, 0 to {known - 1}; received "
            f"{batch.reshape(-1)[wrong.reshape(-1).argmax()]:g}"
        )
