"""Make ``sunspots.json``: the yearly numbers as a tensor that knows its years.

``python samples/make_sunspots.py sunspots.csv`` writes it beside this file, from a table with a header and
the columns year and number, such as statsmodels has it in ``statsmodels/datasets/sunspots/``.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from dlcli.tensor import Axis, Tensor
from dlcli.wire.write import save_tensors


def sunspots(lines: list[str]) -> Tensor:
    """The numbers (year, feature); every year between the first and the last must be there."""
    years, numbers = zip(
        *((int(year), float(number)) for year, number in list(csv.reader(lines))[1:]), strict=True
    )
    if list(years) != list(range(years[0], years[0] + len(years))):
        raise ValueError("a year is missing")
    axes = Axis("year", start=years[0], step=1), Axis("feature", ("sunspots",))
    return Tensor(np.array(numbers)[:, None], axes, "sunspots")


if __name__ == "__main__":
    made = sunspots(Path(sys.argv[1]).read_text().splitlines())
    save_tensors({"sunspots": made}, str(Path(__file__).with_name("sunspots.json")))
