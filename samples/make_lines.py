"""Draw ``lines.png``: twelve chalk lines on a blackboard, from level round in steps of 15 degrees.

``python samples/make_lines.py`` writes it beside this file.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

FIELD = 80  # pixels of the square around each line
COLUMNS, ROWS = 4, 3
HALF_LENGTH = 30
HALF_WIDTH = 1.0


def draw() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The page (240, 320): line k of row r and column c is at (4 r + c) * 15 degrees, counted from level."""
    page = np.zeros((ROWS * FIELD, COLUMNS * FIELD), np.uint8)
    place = np.arange(FIELD) - (FIELD - 1) / 2
    y, x = np.meshgrid(-place, place, indexing="ij")  # y upwards
    for k in range(ROWS * COLUMNS):
        angle = math.radians(15 * k)
        along = np.abs(x * math.cos(angle) + y * math.sin(angle))
        across = np.abs(x * math.sin(angle) - y * math.cos(angle))
        beyond = np.maximum(along - HALF_LENGTH, 0)
        ink = np.clip(HALF_WIDTH + 0.5 - np.hypot(across, beyond), 0, 1)  # soft over one pixel
        row, column = divmod(k, COLUMNS)
        page[row * FIELD :, column * FIELD :][:FIELD, :FIELD] = np.rint(255 * ink)
    return page


if __name__ == "__main__":
    Image.fromarray(draw()).save(Path(__file__).with_name("lines.png"), optimize=True)
