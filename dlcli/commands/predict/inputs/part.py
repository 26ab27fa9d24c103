"""Which part of a set is asked: what its training held out, what it learnt from, or all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dlcli.commands.kinds.nets.parts import few, share_held_out, share_words, split
from dlcli.commands.predict.model import Model
from dlcli.engines.base.checks import Array
from dlcli.errors import WrongUsage, called, printable

if TYPE_CHECKING:
    from dlcli.wire.datasets.dataset import DataSet


@dataclass(frozen=True)
class Part:
    """Inputs of a set, as ``Inputs`` has them: ``words`` say which, ``learnt`` that the net knows them."""

    count: int
    take: Callable[[Array], Array]
    labels: Array | None
    words: str = ""
    learnt: bool = False


@dataclass(frozen=True)
class _Split:
    """The places that a training learnt from, and those that it held out by a share."""

    learnt: Array
    held: Array
    words: str


def part_of(data: DataSet, wanted: str | None, model: Model) -> Part:
    """The ``wanted`` part: ``held-out``, where something is, without a word.

    Of the set that the net learnt from it is what its training held out, drawn again by its seed. Raises
    ``WrongUsage`` where there is no such part.
    """
    known = _split(data, model)
    if wanted == "learnt" and known is not None:
        return _places(data, known.learnt, "which it learnt from", learnt=True)
    if wanted in (None, "held-out") and known is not None and len(known.held):
        return _places(data, known.held, f"held out in training ({known.words})")
    if data.held_out is None:
        mine = known is not None or model.data.get("name") == data.name
        if wanted is None or (wanted == "all" and known is not None):
            words = "with those held out in training" if known is not None and len(known.held) else ""
            return Part(len(data), data.take, data.labels, words, mine and not words)
        since = ""
        if has_changed(data, model):
            since = f", which has changed since {printable(model.word)} learnt from a set of this name"
        raise WrongUsage(
            f"--part {wanted}: nothing is held out of {called(data.name)}{since}; leave --part out"
        )
    if wanted == "learnt":
        return Part(len(data), data.take, data.labels, "not held out", model.data.get("name") == data.name)
    other = data.held_out
    if wanted != "all":
        return Part(len(other), other.take, other.labels, "held out")
    labels = None
    if data.labels is not None and other.labels is not None:
        labels = np.concatenate([data.labels, other.labels])
    return Part(len(data) + len(other), partial(_of_both, data, other), labels, "and those held out")


def has_changed(data: DataSet, model: Model) -> bool:
    """Whether a set has the name of that which was learnt from, and holds another."""
    name, digest = model.data.get("name"), model.data.get("digest")
    return name == data.name and name != "-" and bool(digest) and digest != data.digest()


def _split(data: DataSet, model: Model) -> _Split | None:
    """How a training has split a set; None where it was another, or its file does not say how.

    Of a large set all is read to tell that it is the same, where their counts are.
    """
    facts, settings = model.data, model.facts.get("settings")
    seed = settings.get("seed") if isinstance(settings, dict) else None
    validation, most = facts.get("validation"), facts.get("per_class")
    if not isinstance(seed, int) or seed < 0 or not isinstance(validation, str | None):
        return None
    try:
        share = share_held_out(validation, data)
    except WrongUsage:
        return None
    learnt, held = split(data, share, seed)
    if isinstance(most, int) and data.classes and data.labels is not None and len(learnt):
        learnt = few(data.labels, learnt, most, seed)
    if facts.get("count") != len(learnt):
        return None
    digest = facts.get("digest")
    if digest != data.digest() if digest else facts.get("name") != data.name:
        return None
    return _Split(learnt, held, share_words(share, data))


def _places(data: DataSet, places: Array, words: str, *, learnt: bool = False) -> Part:
    labels = None if data.labels is None else data.labels[places]
    return Part(len(places), lambda at: data.take(places[at]), labels, words, learnt)


def _of_both(first: DataSet, second: DataSet, at: Array) -> Array:
    """Inputs of two sets, the second's numbered after the first's."""
    inner, outer = at[at < len(first)], at[at >= len(first)] - len(first)
    parts = [one.take(places) for one, places in ((first, inner), (second, outer)) if len(places)]
    return np.concatenate(parts)
