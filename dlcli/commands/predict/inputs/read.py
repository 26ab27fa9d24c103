"""From a tensor or a set of data to inputs of the shape that a net takes."""

from __future__ import annotations

from functools import partial

from dlcli.commands.kinds.nets.data import Data
from dlcli.commands.kinds.pictures.picture import white_of
from dlcli.commands.kinds.sounds.words_heard import spoken
from dlcli.commands.predict.inputs.checks import check_numbers, named, taken
from dlcli.commands.predict.inputs.of_set import of_data
from dlcli.commands.predict.inputs.pictures import (
    Prepared,
    batch_of,
    check_ink,
    check_range,
    check_used,
    pixel_words,
)
from dlcli.commands.predict.inputs.preparing import BATCH, Inputs, Preparing
from dlcli.commands.predict.inputs.rows import of_rows, of_sentence, of_table
from dlcli.commands.predict.inputs.words import is_sentence, renumbered
from dlcli.errors import WrongUsage, printable
from dlcli.tensor import Tensor
from dlcli.wire.datasets.dataset import DEEP
from dlcli.wire.datasets.read import from_tensor


def inputs_of(x: Tensor | Data, how: Preparing) -> Inputs:
    """The inputs in a tensor, one or a batch, or in a set of data.

    Raises ``DlcliError`` for another shape than the net takes, for nothing, and for NaN or infinity.
    """
    if isinstance(x, Data):
        data = x.set
        if data.shape == (*how.model.spec.input, 1) and len(data.shape) == 3:
            data = data.as_sequences()
        return of_data(renumbered(data, how.model, how.run), how)
    if how.model.vocabulary and is_sentence(x):
        return of_sentence(x, how)
    check_numbers(x)
    if sound := how.model.data.get("sound"):
        x = spoken(x, sound, printable(how.model.word), how.run)
    wanted = how.model.spec.input
    if x.data.ndim == len(wanted) + 1 and x.axes[0].name in BATCH and x.axes[0].labels is not None:
        return of_data(renumbered(from_tensor(x), how.model, how.run), how, named=False)
    if (table := of_table(x, how)) is not None:
        return of_data(table, how)
    if how.part is not None:
        raise WrongUsage(f"--part {how.part} is of a set of data; received {x.describe()}: leave it out")
    if len(wanted) < 3:
        return of_rows(x, how)
    batch, channels_, alone = batch_of(x, how)
    where = named(x)
    white = white_of(x, deep=how.model.data.get("white") == DEEP)
    prepared = Prepared(how, channels_, where, white)
    first = prepared(batch[:1])
    check_range(x, first, how)
    check_ink(x, first, how)
    check_used(batch[:1], prepared, how, where)
    take = partial(taken, batch, prepared)
    return Inputs(
        len(batch),
        take,
        alone,
        x.axes[0].labels if not alone else None,
        fitted=prepared.fits(batch),
        pixels=pixel_words(batch, how, white),
    )
