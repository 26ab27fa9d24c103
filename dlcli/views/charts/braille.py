"""A canvas of dots, two across and four down in every character cell."""

from __future__ import annotations

import numpy as np

from dlcli.tensor import Array

#: Which bit of U+2800 is which dot (Unicode Standard, Braille Patterns): rows of a cell from the top.
BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
BLANK = 0x2800

NOBODY = -1


class Canvas:
    """Dots that are drawn one over the other and read as rows of characters.

    ``dots`` is (4 * rows, 2 * columns), from the top left; ``owner`` (rows, columns) tells whose number was
    drawn into a cell last, ``NOBODY`` for an empty one. What lies outside is not drawn.

    >>> canvas = Canvas(3, 1)
    >>> canvas.line(np.array([0, 5]), np.array([3, 0]))
    >>> canvas.lines()
    ['⡠⠔⠊']
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.dots = np.zeros((4 * rows, 2 * columns), bool)
        self.owner = np.full((rows, columns), NOBODY)

    def points(self, x: Array, y: Array, owner: int = 0) -> None:
        """Single dots; ``x`` and ``y`` (n,) whole numbers from the top left."""
        inside = (x >= 0) & (x < 2 * self.columns) & (y >= 0) & (y < 4 * self.rows)
        x, y = x[inside], y[inside]
        self.dots[y, x] = True
        self.owner[y // 4, x // 2] = owner

    def line(self, x: Array, y: Array, owner: int = 0, runs: Array | None = None) -> None:
        """A line through points in their order; where ``runs`` (n,) changes, the next one starts.

        Source: J. E. Bresenham, "Algorithm for computer control of a digital plotter" (1965): one dot for
        every step along the longer side, here for all pieces at once.
        """
        x, y = x.astype(np.intp), y.astype(np.intp)
        self.points(x, y, owner)
        joined = np.arange(len(x) - 1) if runs is None else np.flatnonzero(runs[1:] == runs[:-1])
        dx, dy = x[joined + 1] - x[joined], y[joined + 1] - y[joined]
        steps = np.maximum(np.abs(dx), np.abs(dy))
        joined, dx, dy, steps = (part[steps > 1] for part in (joined, dx, dy, steps))
        which = np.repeat(np.arange(len(steps)), steps - 1)
        step = np.arange(len(which)) - np.repeat(np.cumsum(steps - 1) - (steps - 1), steps - 1) + 1
        total = steps[which]
        across = x[joined[which]] + (2 * step * dx[which] + total) // (2 * total)
        down = y[joined[which]] + (2 * step * dy[which] + total) // (2 * total)
        self.points(across, down, owner)

    def columns_filled(self, x: Array, top: Array, bottom: Array, owner: int = 0, *, every: int = 1) -> None:
        """Dots from ``top`` to ``bottom``, both included, in each column of ``x``; the three are (n,).

        With ``every`` above 1 only each so-many-th dot of a slanting pattern, which shades an area.
        """
        y = np.arange(4 * self.rows)[:, None]
        filled = (y >= top) & (y <= bottom) & ((y + x * (every // 2)) % every == 0)
        down, which = np.nonzero(filled)
        self.points(np.asarray(x)[which], down, owner)

    def characters(self) -> Array:
        """(rows, columns) characters, a blank where there is no dot."""
        cells = self.dots.reshape(self.rows, 4, self.columns, 2)
        codes = np.einsum("rick,ik->rc", cells, BITS) + BLANK
        letters = np.array([chr(BLANK + code) for code in range(256)])
        letters[0] = " "
        return np.asarray(letters[codes - BLANK])

    def lines(self) -> list[str]:
        """The rows as text, without blanks at their ends."""
        return ["".join(row).rstrip() for row in self.characters().tolist()]
