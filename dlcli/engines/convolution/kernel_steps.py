"""How one weight of a named kernel comes about: the formula with the numbers of its cell, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.convolution.kernel_shapes import (
    AROUND,
    ROUNDING,
    bend_and_smooth,
    grid,
    identity,
    laplacian,
    off_line,
)
from dlcli.engines.convolution.kernels import EAST, Named


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the arithmetic: ``name`` = ``told`` with the ``numbers`` in its places = ``value``."""

    name: str
    told: str
    numbers: tuple[float, ...]
    value: float


def weight_steps(kernel: Named, cell: tuple[int, int]) -> list[Step]:
    """The steps to the weight of a cell, which is the value of the last; none where the formula says it all.

    >>> from dlcli.engines.convolution.kernels import named
    >>> for step in weight_steps(named("laplacian"), (1, 1)):
    ...     print(step.name, "=", step.told.format(*step.numbers), "=", step.value)
    weight = -2.0 × 1.0 + 1.0 × -2.0 = -4.0
    """
    made = _STEPS.get(kernel.name.partition(":")[0])
    return [] if made is None else made(kernel, cell)


def _places(kernel: Named, cell: tuple[int, int]) -> tuple[Array, Array, float, float]:
    """Rows below and columns to the right of the middle: of all cells, and of one."""
    y, x = grid(len(kernel.array))
    return y, x, float(y[cell]), float(x[cell])


def _box(kernel: Named, cell: tuple[int, int]) -> list[Step]:
    size = len(kernel.array)
    return [Step("weight", "1 / {}²", (size,), size**-2.0)]


def _outline(kernel: Named, cell: tuple[int, int]) -> list[Step]:
    size = len(kernel.array)
    one = float(identity(size)[cell])
    return [Step("weight", "{}² × {} − 1", (size, one), size * size * one - 1)]


def _sharpen(kernel: Named, cell: tuple[int, int]) -> list[Step]:
    one, bend = float(identity(3)[cell]), float(laplacian(3)[cell])
    return [Step("weight", "{} − {}", (one, bend), one - bend)]


def _emboss(kernel: Named, cell: tuple[int, int]) -> list[Step]:
    _, _, y, x = _places(kernel, cell)
    return [] if cell == (1, 1) else [Step("weight", "{} + {}", (x, y), x + y)]


def _laplacian(kernel: Named, cell: tuple[int, int]) -> list[Step]:
    bend, smooth = bend_and_smooth(len(kernel.array))
    row, column = cell
    numbers = float(bend[row]), float(smooth[column]), float(smooth[row]), float(bend[column])
    value = numbers[0] * numbers[1] + numbers[2] * numbers[3]
    return [Step("weight", "{} × {} + {} × {}", numbers, value)]


def _bell(kernel: Named, cell: tuple[int, int], sigma: float, name: str = "gaussian") -> Step:
    """The bell curve at a cell: its height there by the sum of all."""
    y, x, down, right = _places(kernel, cell)
    heights = np.exp(-(y**2 + x**2) / (2 * sigma**2))
    total = float(heights.sum())
    told = "exp(−({}² + {}²) / (2 × {}²)) / {}"
    return Step(name, told, (down, right, sigma, total), float(heights[cell]) / total)


def _unsharp(kernel: Named, cell: tuple[int, int]) -> list[Step]:
    sigma, amount = kernel.values[:2]
    bell, one = _bell(kernel, cell, sigma), float(identity(len(kernel.array))[cell])
    numbers = (amount, one, amount, bell.value)
    return [
        bell,
        Step("weight", "(1 + {}) × {} − {} × {}", numbers, (1 + amount) * one - amount * bell.value),
    ]


def _log(kernel: Named, cell: tuple[int, int]) -> list[Step]:
    sigma = kernel.values[1]
    y, x, down, right = _places(kernel, cell)
    bell = np.exp(-(y**2 + x**2) / (2 * sigma**2))
    bends = (y**2 + x**2 - 2 * sigma**2) / sigma**4 * bell / bell.sum()
    height, bent, mean = _bell(kernel, cell, sigma), float(bends[cell]), float(bends.mean())
    told = "({}² + {}² − 2 × {}²) / {}⁴ × {}"
    return [
        height,
        Step("bend", told, (down, right, sigma, sigma, height.value), bent),
        Step("weight", "{} − {}", (bent, mean), bent - mean),
    ]


def _dog(kernel: Named, cell: tuple[int, int]) -> list[Step]:
    sigma, wider = kernel.values[:2]
    wider = 1.6 * sigma if wider is None else wider
    narrow, wide = _bell(kernel, cell, sigma, "narrow"), _bell(kernel, cell, wider, "wide")
    return [narrow, wide, Step("weight", "{} − {}", (narrow.value, wide.value), narrow.value - wide.value)]


def _motion(kernel: Named, cell: tuple[int, int]) -> list[Step]:
    size, angle = kernel.values
    y, x, down, right = _places(kernel, cell)
    beside, along = off_line(angle, y, x), np.abs(off_line(angle + 90, y, x))
    beyond = np.maximum(0, along - (size - 1) / 2)
    near = np.maximum(0, 1 - np.hypot(beside, beyond))
    near[near < ROUNDING] = 0
    here, total = float(near[cell]), float(near.sum())
    aside, way, past = (_cells(one[cell]) for one in (beside, along, beyond))
    return [
        _beside("beside", angle, down, right, aside),
        Step("along", "|{} × cos({}°) − {} × sin({}°)|", (right, angle, down, angle), way),
        Step("beyond", "max(0, {} − ({} − 1) / 2)", (way, size), past),
        Step("near", "max(0, 1 − √({}² + {}²))", (aside, past), here),
        Step("weight", "{} / {}", (here, total), here / total),
    ]


def _cells(distance: float) -> float:
    """A distance, 0 where it is nothing but rounding."""
    return 0.0 if abs(distance) < ROUNDING else float(distance)


def _beside(name: str, angle: float, down: float, right: float, value: float) -> Step:
    """How far a cell lies from a line through the middle."""
    return Step(name, "{} × sin({}°) + {} × cos({}°)", (right, angle, down, angle), value)


def _line(kernel: Named, cell: tuple[int, int]) -> list[Step]:
    angle = kernel.values[0]
    y, x, down, right = _places(kernel, cell)
    beside = off_line(angle, y, x)
    near = np.maximum(0, 1 - np.abs(beside))
    mean, here, aside = float(near.mean()), float(near[cell]), _cells(beside[cell])
    energy = float(np.square(near - mean).sum())
    return [
        _beside("beside", angle, down, right, aside),
        Step("near", "max(0, 1 − |{}|)", (aside,), here),
        Step("weight", "({} − {}) / √{}", (here, mean, energy), (here - mean) / energy**0.5),
    ]


def _gabor(kernel: Named, cell: tuple[int, int]) -> list[Step]:
    angle, _, length = kernel.values
    y, x, down, right = _places(kernel, cell)
    u, v, sigma = off_line(angle, y, x), off_line(angle + 90, y, x), 0.56 * length
    bell, wave = np.exp(-(u**2 + v**2 / 4) / (2 * sigma**2)), np.cos(2 * np.pi * u / length)
    mean, a, b = float((bell * wave).mean()), _cells(u[cell]), _cells(v[cell])
    height, swing = float(bell[cell]), float(wave[cell])
    return [
        _beside("u", angle, down, right, a),
        Step("v", "{} × cos({}°) − {} × sin({}°)", (right, angle, down, angle), b),
        Step("bell", "exp(−({}² + {}² / 4) / (2 × {}²))", (a, b, sigma), height),
        Step("wave", "cos(2π × {} / {})", (a, length), swing),
        Step("weight", "{} × {} − {}", (height, swing, mean), height * swing - mean),
    ]


def _compass(east: tuple[int, ...], kernel: Named, cell: tuple[int, int]) -> list[Step]:
    if cell == (1, 1):
        return []
    angle, stands = kernel.values[0], 45 * AROUND.index(cell)
    place = (stands - angle) % 360 / 45
    weights = " ".join(f"{weight}".replace("-", "−") for weight in east)
    return [
        Step("place", "({}° − {}°) mod 360° / 45°", (stands, angle), place),
        Step("weight", f"number {{}}, counted from 0, of {weights}", (place,), float(east[int(place)])),
    ]


_STEPS: dict[str, Callable[[Named, Any], list[Step]]] = {
    "box": _box,
    "outline": _outline,
    "sharpen": _sharpen,
    "emboss": _emboss,
    "laplacian": _laplacian,
    "unsharp": _unsharp,
    "log": _log,
    "dog": _dog,
    "motion": _motion,
    "line": _line,
    "gabor": _gabor,
    **{name: partial(_compass, east) for name, east in EAST.items()},
}
