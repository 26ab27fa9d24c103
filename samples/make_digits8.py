"""Make ``digits8.npz``: the 1,797 digits of 8 x 8 that scikit-learn carries.

``python samples/make_digits8.py digits.csv.gz`` writes it beside this file, from the table that scikit-learn
has in ``sklearn/datasets/data/``: 64 numbers from 0 to 16 and the digit in each line.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from dlcli.tensor import Array
from dlcli.wire.datasets.digits import held_out


def digits8(table: Array) -> dict[str, Array]:
    """The digits in the order of the table, 0 to 16 as 0 to 255; every fifth of a class is held out."""
    x, y = np.rint(table[:, :-1] * 255 / 16).astype(np.uint8).reshape(-1, 8, 8), table[:, -1].astype(np.uint8)
    test = held_out(y)
    return {"x_train": x[~test], "y_train": y[~test], "x_test": x[test], "y_test": y[test]}


if __name__ == "__main__":
    found = digits8(np.loadtxt(sys.argv[1], delimiter=","))
    np.savez_compressed(Path(__file__).with_name("digits8.npz"), **found)
