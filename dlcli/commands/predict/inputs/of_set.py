"""The inputs of a set of data, what they are to be taken for, and what was learnt from among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from dlcli.commands.predict.inputs.checks import size_words
from dlcli.commands.predict.inputs.part import Part, has_changed, part_of
from dlcli.commands.predict.inputs.pictures import Prepared, check_used, pixel_words
from dlcli.commands.predict.inputs.preparing import Inputs, Preparing
from dlcli.commands.predict.inputs.rows import (
    asked_for,
    check_no_picture,
    check_vocabulary,
    check_words,
)
from dlcli.commands.predict.inputs.scaled import Scaled
from dlcli.engines.base.checks import Array
from dlcli.errors import DlcliError, called, printable
from dlcli.wire.datasets.dataset import DEEP, DataSet
from dlcli.words.near import some
from dlcli.words.number import counted


def of_data(data: DataSet, how: Preparing, *, named: bool = True) -> Inputs:
    """A part of a set, with its labels as the net numbers them; all of one that has no name, unless asked."""
    part = (
        part_of(data, how.part, how.model) if named or how.part else Part(len(data), data.take, data.labels)
    )
    if named and _tell_changed(data, how):
        part = replace(part, learnt=False)
    count, take, labels = part.count, part.take, part.labels
    where = called(data.name)
    if not count:
        raise DlcliError(f"{where} is empty: there is nothing to predict")
    check_vocabulary(data, how, where)
    names = None
    if data.classes and labels is not None and labels.ndim == 1:
        names = tuple(data.classes[i] for i in labels.tolist())
    if len(how.model.spec.input) < 3:
        wanted = how.model.spec.input
        check_no_picture(how)
        longer = how.model.net.any_length and data.shape[1:] == wanted[1:]
        if data.shape != wanted and not longer:
            raise DlcliError(
                f"{where} has inputs of {data.size_words()}; {printable(how.model.word)} takes "
                f"{asked_for(how)}"
            )
        first = take(np.arange(1))
        check_words(first, how, where)
        check_used(first, Scaled(how, where), how, where)
        return Inputs(
            count,
            partial(_checked, take, Scaled(how, where), where),
            False,
            names,
            _numbered(labels, data, how),
            part.words,
            learnt=part.learnt,
            wanted=_wanted(labels, data, how),
            pixels=pixel_words(first, how),
        )
    if len(data.shape) != 3:
        raise DlcliError(
            f"{where} has inputs of {data.size_words()}; {printable(how.model.word)} takes "
            f"pictures of {size_words(how.model.spec.input)}"
        )
    white = DEEP if data.dtype == np.uint16 and how.model.data.get("white") == DEEP else data.white
    prepared = Prepared(how, (), where, white)
    first = take(np.arange(1))
    prepared(first)
    check_used(first, prepared, how, where)
    checked = partial(_checked, take, prepared, where)
    return Inputs(
        count, checked, False, names, _numbered(labels, data, how), part.words, prepared.fits(first),
        part.learnt, _wanted(labels, data, how), pixel_words(first, how, white),
    )  # fmt: skip


def _tell_changed(data: DataSet, how: Preparing) -> bool:
    """A line on standard error where a set has the name of that which was learnt from, and holds another.

    Of a set without that name nothing is read, nor of one whose own test part is asked for.
    """
    validation = how.model.data.get("validation")
    apart = data.held_out is not None and validation is None and how.part in (None, "held-out")
    if apart or not has_changed(data, how.model):
        return False
    examples = f"{how.model.one}s"
    how.run.warn(
        f"{called(data.name)} has changed since {printable(how.model.word)} learnt from a set of this "
        f"name: its {examples} may be among what was learnt from"
    )
    return True


def _checked(
    take: Callable[[Array], Array], prepared: Callable[[Array], Array], where: str, at: Array
) -> Array:
    found = take(at)
    if found.dtype.kind == "f":
        wrong = np.flatnonzero(~np.isfinite(found).reshape(len(found), -1).all(axis=1))
        if len(wrong):
            raise DlcliError(f"{where}: input {at[wrong[0]]} holds NaN or infinity; its output would be NaN")
    return prepared(found)


def _wanted(labels: Array | None, data: DataSet, how: Preparing) -> Array | None:
    """The values (k, value) that the net was to give; None of a set or a net without them."""
    model = how.model
    if labels is None or model.answers != "values":
        return None
    wanted = labels.reshape(len(labels), -1)
    if data.classes or wanted.shape[1] != model.count:
        have = (
            f"{len(data.classes)} class{'es' * (len(data.classes) != 1)}"
            if data.classes
            else f"{counted(wanted.shape[1], 'value')} for each input"
        )
        how.run.warn(
            f"{called(data.name)} has {have}, and {printable(model.word)} gives {model.count} "
            f"value{'s' * (model.count > 1)}: no error is measured"
        )
        return None
    return wanted.astype(np.float64)


def _numbered(labels: Array | None, data: DataSet, how: Preparing) -> Array | None:
    """The classes that inputs have, by the numbers that the net gives them; None where there are none."""
    model = how.model
    if labels is not None and labels.dtype.kind == "f" and labels.size == len(labels) and model.binary:
        zeros_and_ones = labels.reshape(-1).astype(np.int64)
        labels = zeros_and_ones if np.array_equal(zeros_and_ones, labels.reshape(-1)) else None
    if labels is None or labels.dtype.kind not in "iu" or model.answers not in ("probabilities", "scores"):
        return None
    theirs, ours, where = data.classes, model.labels, called(data.name)
    if ours is None or theirs == ours or not theirs:
        return labels if labels.max(initial=0) < model.count else None
    if set(theirs) <= set(ours):
        return np.array([ours.index(name) for name in theirs])[labels]
    shown = some([printable(name) for name in theirs], 3)
    if len(theirs) == len(ours):
        how.run.warn(
            f"the classes of {where} ({shown}) have other names than those of {printable(model.word)}: they "
            "are compared by their numbers"
        )
        return labels
    how.run.warn(
        f"the classes of {where} ({shown}) are not those of {printable(model.word)}: no answer is counted as "
        "right"
    )
    return None
