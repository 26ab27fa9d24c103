"""Which examples of a set a training learns from and which it holds out: the same whoever asks, by a seed."""

from __future__ import annotations

import numpy as np

from dlcli.errors import WrongUsage
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import DataSet

#: What a split is drawn for, behind the seed.
SPLIT = 4

#: Held out of a set that has no test part of its own, where nobody says how much.
SHARE = 0.2


def share_held_out(validation: str | None, data: DataSet) -> float:
    """The share of a set that --validation holds out of it; 0 where a part of its own or another set is.

    Raises ``WrongUsage`` for a number that is no share.
    """
    if validation is None:
        return 0.0 if data.held_out is not None else SHARE
    try:
        share = float(validation)
    except ValueError:
        return 0.0
    if not 0 <= share < 1:
        raise WrongUsage(f"--validation is a share from 0 to below 1, or a set; received {validation}")
    return share


def is_share(validation: str) -> bool:
    """Whether --validation names a share, not a set."""
    try:
        float(validation)
    except ValueError:
        return False
    return True


def split(data: DataSet, share: float, seed: int) -> tuple[Array, Array]:
    """The places of those to learn from and of those held out, each class by the same share, drawn by a seed.

    Of what lies in time the end is held out.

    >>> from dlcli.wire.datasets.dataset import of_array
    >>> ten = of_array("x", np.zeros((10, 2, 2)), np.array([0] * 5 + [1] * 5), ("a", "b"))
    >>> learnt, held = split(ten, 0.2, 0)
    >>> len(learnt), ten.labels[held].tolist()
    (8, [0, 1])
    """
    if not share:
        return np.arange(len(data)), np.empty(0, np.intp)
    if data.in_time:
        learnt = len(data) - round(share * len(data))
        return np.arange(learnt), np.arange(learnt, len(data))
    order = np.random.default_rng([seed, SPLIT]).permutation(len(data))
    labels = data.labels
    if labels is None or not data.classes or labels.ndim > 1:
        labels = np.zeros(len(data), np.int64)
    held = [places[: round(share * len(places))] for places in _by_class(order, labels)]
    apart = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(data)), apart), apart


def few(labels: Array, places: Array, most: int, seed: int) -> Array:
    """At most so many places of each class, drawn by a seed."""
    order = np.random.default_rng([seed, SPLIT]).permutation(places)
    return np.sort(np.concatenate([found[:most] for found in _by_class(order, labels)]))


def share_words(share: float, data: DataSet) -> str:
    """What was held out, in words: ``0.2 of each class``."""
    if data.in_time:
        return f"the last {share:g} of it"
    each = data.classes and data.labels is not None and data.labels.ndim == 1
    return f"{share:g} of each class" if each else f"{share:g}"


def _by_class(order: Array, labels: Array) -> list[Array]:
    """The places of each class, in an order."""
    return [order[labels[order] == one] for one in np.unique(labels[order])]
