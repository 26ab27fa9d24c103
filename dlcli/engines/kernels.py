"""The kernels that have a name: smoothing, edges, lines, orientations."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from dlcli.engines.checks import Array, EngineError


@dataclass(frozen=True, slots=True)
class Argument:
    """One number behind the colon of a kernel's name.

    Without a ``default`` it must be given, unless the kernel finds a value from the others (``derived``).
    """

    name: str
    least: float
    most: float
    default: float | None = None
    whole: bool = False
    odd: bool = False
    derived: bool = False

    @property
    def needed(self) -> bool:
        """Whether the kernel cannot do without it."""
        return self.default is None and not self.derived

    @property
    def kind(self) -> str:
        """What is accepted, in words."""
        number = "an odd number" if self.odd else "a whole number" if self.whole else "a number"
        return f"{number} from {self.least:g} to {self.most:g}"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a kernel is made: what it does in one line, its arguments, and the function of them.

    ``build`` takes the arguments in order, and behind them a random generator when ``draws``.
    """

    summary: str
    build: Callable[..., Array]
    arguments: tuple[Argument, ...] = ()
    draws: bool = False

    def usage(self, name: str) -> str:
        """How the kernel is typed, such as ``line:ANGLE[,N=9]``."""
        text, mark, open_ = name, ":", 0
        for argument in self.arguments:
            told = argument.name if argument.default is None else f"{argument.name}={argument.default:g}"
            text += f"{mark}{told}" if argument.needed else f"[{mark}{told}"
            open_ += not argument.needed
            mark = ","
        return text + "]" * open_


@dataclass(frozen=True, slots=True)
class Named:
    """A kernel and the name it was asked for by; ``array`` is (height, width) in float64."""

    name: str
    summary: str
    array: Array = field(repr=False)


def named(text: str, generator: np.random.Generator | None = None) -> Named:
    """The kernel that ``NAME`` or ``NAME:ARGUMENT,ARGUMENT`` stands for; ``KERNELS`` lists them.

    ``generator`` is what ``random`` draws from. Raises ``EngineError`` for a name that is none (with the
    nearest one), and for an argument that is missing, no number, or out of its range.

    >>> named("diag").array
    array([[0., 1.],
           [1., 0.]])
    >>> named("box:2").array
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    name, colon, rest = text.partition(":")
    if name not in KERNELS:
        from difflib import get_close_matches

        near = get_close_matches(name, KERNELS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the kernels are {', '.join(KERNELS)}"
        raise EngineError(f"there is no kernel {name!r}: {hint}")
    recipe = KERNELS[name]
    usage = recipe.usage(name)
    words = rest.split(",") if colon else []
    if len(words) > len(recipe.arguments):
        raise EngineError(f"too many arguments in {text!r}: try {usage}")
    padded = [*words, *[None] * (len(recipe.arguments) - len(words))]
    values: list[object] = [
        _value(argument, word, usage) for argument, word in zip(recipe.arguments, padded, strict=True)
    ]
    if recipe.draws:
        values.append(generator if generator is not None else np.random.default_rng(0))
    return Named(text, recipe.summary, np.asarray(recipe.build(*values), np.float64))


def _value(argument: Argument, word: str | None, usage: str) -> float | None:
    """The number that a word gives to an argument, or its default."""
    if word is None:
        if argument.needed:
            raise EngineError(f"{argument.name} is missing ({argument.kind}): try {usage}")
        return argument.default
    try:
        value = int(word) if argument.whole else float(word)
    except ValueError:
        value = math.nan
    if not argument.least <= value <= argument.most or (argument.odd and value % 2 == 0):
        raise EngineError(f"{argument.name} is {argument.kind}; received {word!r}: try {usage}")
    return value


def gaussian(size: int, sigma: float | None = None) -> Array:
    """The bell curve over ``size`` by ``size`` cells, its weights adding up to 1.

    w[i, j] is proportional to exp(-(y^2 + x^2) / (2 sigma^2)), y and x counted from the middle. Without
    ``sigma`` it is 0.3 ((size - 1) / 2 - 1) + 0.8, as OpenCV's ``getGaussianKernel`` has it.
    """
    sigma = 0.3 * ((size - 1) / 2 - 1) + 0.8 if sigma is None else sigma
    bell = np.exp(-0.5 * (_places(size) / sigma) ** 2)
    bell /= bell.sum()
    return np.outer(bell, bell)


def laplacian_of_gaussian(size: int, sigma: float) -> Array:
    """Where brightness bends, after smoothing: negative in the middle, the weights adding up to 0.

    w = (r^2 - 2 sigma^2) / sigma^4 * gaussian, minus its mean. Source: Marr and Hildreth, Theory of edge
    detection, 1980; scaled as MATLAB's ``fspecial('log')``.
    """
    y, x = _grid(size)
    w = (y**2 + x**2 - 2 * sigma**2) / sigma**4 * gaussian(size, sigma)
    return _balanced(w)


def sobel(size: int, *, down: bool) -> Array:
    """The derivative to the right (or downwards) of one axis, the other one smoothed.

    Of size 3 the outer product of 1 2 1 and -1 0 1; each further pair of cells smooths both once more by
    1 2 1, as in OpenCV's ``getDerivKernels``. Source: Sobel and Feldman, 1968.
    """
    smooth, slope = np.ones(1), np.array([-1.0, 0.0, 1.0])
    for _ in range((size - 3) // 2):
        slope = np.convolve(slope, [1, 2, 1])
    for _ in range((size - 1) // 2):
        smooth = np.convolve(smooth, [1, 2, 1])
    w = np.outer(smooth, slope)
    return w.T if down else w


def gradient(edge: float, middle: float, *, down: bool) -> Array:
    """The derivative to the right (or downwards) of 3 by 3 cells whose rows weigh ``edge middle edge``.

    Prewitt's rows weigh the same; Scharr's 3 10 3 answer alike to edges in all directions. Sources: Prewitt,
    Object enhancement and extraction, 1970; Scharr, Optimale Operatoren, dissertation, Heidelberg, 2000.
    """
    w = np.outer([edge, middle, edge], [-1, 0, 1])
    return w.T if down else w


def line(angle: float, size: int) -> Array:
    """A line through the middle at ``angle`` degrees (0: level, 90: upright, 45: rising to the right).

    A cell weighs 1 on the line and less up to a distance of one cell from it; the mean is taken away, so
    that the weights add up to 0 and an even area gives no answer.
    """
    y, x = _grid(size)
    distance = np.abs(_across(angle, y, x))
    w = np.clip(1 - distance, 0, None)
    return _balanced(w)


def gabor(angle: float, size: int, wavelength: float) -> Array:
    """Stripes that run at ``angle`` degrees under a bell curve: one orientation, one spacing.

    w = exp(-(u^2 + v^2 / 4) / (2 sigma^2)) cos(2 pi u / wavelength), u across and v along the stripes, sigma
    0.56 wavelengths (a band of one octave); the mean is taken away. OpenCV's ``getGaborKernel`` has the same
    formula, and its theta is at right angles to our ``angle``. Source: Daugman, Uncertainty relation for
    resolution in space, spatial frequency, and orientation, 1985; sigma from Petkov and Kruizinga, 1997.
    """
    y, x = _grid(size)
    u, v = _across(angle, y, x), _across(angle + 90, y, x)
    sigma = 0.56 * wavelength
    w = np.exp(-(u**2 + v**2 / 4) / (2 * sigma**2)) * np.cos(2 * np.pi * u / wavelength)
    return _balanced(w)


def middle_row(size: int) -> Array:
    """A level line of one row: its cells count as much as all others together, which count against it."""
    w = np.full((size, size), -1.0)
    w[size // 2] = size - 1
    return w


def rising(size: int) -> Array:
    """1 from the bottom left to the top right, 0 elsewhere."""
    return np.eye(size)[::-1]


def _identity(size: int) -> Array:
    w = np.zeros((size, size))
    w[size // 2, size // 2] = 1
    return w


def _outline(size: int) -> Array:
    w = np.full((size, size), -1.0)
    w[size // 2, size // 2] = size * size - 1
    return w


def _balanced(w: Array) -> Array:
    """The weights with their mean taken away, so that they add up to 0."""
    balanced: Array = w - w.mean()
    return balanced


def _places(size: int) -> Array:
    """Cells counted from the middle of ``size``."""
    return np.arange(size) - (size - 1) / 2


def _grid(size: int) -> tuple[Array, Array]:
    """The place of each cell below and to the right of the middle."""
    y, x = np.meshgrid(_places(size), _places(size), indexing="ij")
    return y, x


def _across(angle: float, y: Array, x: Array) -> Array:
    """How far a cell lies from a line through the middle at ``angle``; exact at right angles."""
    quarter, rest = divmod(angle, 90)
    cos, sin = (math.cos(math.radians(rest)), math.sin(math.radians(rest)))
    for _ in range(int(quarter) % 4):
        cos, sin = -sin, cos
    return x * sin + y * cos  # rows count downwards


def _size(default: int, least: int = 2, *, odd: bool = True) -> Argument:
    return Argument("N", least, 999, default, whole=True, odd=odd)


_ANGLE = Argument("ANGLE", -360, 360)
_ARRAYS = {
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "roberts": [[1, 0], [0, -1]],
}


def _fixed(name: str) -> Callable[[], Array]:
    return lambda: np.array(_ARRAYS[name], np.float64)


#: Every kernel by name, in the order in which a course meets them.
KERNELS: dict[str, Recipe] = {
    "identity": Recipe("leaves everything as it is", _identity, (_size(3, 1),)),
    "box": Recipe("the mean around a cell", lambda n: np.full((n, n), n**-2.0), (_size(3, 1, odd=False),)),
    "gaussian": Recipe(
        "the mean weighted by a bell curve: smooths",
        gaussian,
        (_size(5, 1), Argument("SIGMA", 0.01, 999, derived=True)),
    ),
    "sharpen": Recipe("more contrast at edges", _fixed("sharpen")),
    "emboss": Recipe("a relief lit from the top left", _fixed("emboss")),
    "outline": Recipe("differs from its neighbours", _outline, (_size(3, 3),)),
    "laplacian": Recipe("second derivative: where brightness bends", _fixed("laplacian")),
    "log": Recipe(
        "Laplacian of a Gaussian: blobs and edges of one scale",
        laplacian_of_gaussian,
        (_size(9, 3), Argument("SIGMA", 0.1, 999, 1.4)),
    ),
    "sobel-x": Recipe("brighter to the right", partial(sobel, down=False), (_size(3, 3),)),
    "sobel-y": Recipe("brighter downwards", partial(sobel, down=True), (_size(3, 3),)),
    "prewitt-x": Recipe("brighter to the right, unweighted", partial(gradient, 1, 1, down=False)),
    "prewitt-y": Recipe("brighter downwards, unweighted", partial(gradient, 1, 1, down=True)),
    "scharr-x": Recipe("brighter to the right, the same all round", partial(gradient, 3, 10, down=False)),
    "scharr-y": Recipe("brighter downwards, the same all round", partial(gradient, 3, 10, down=True)),
    "roberts": Recipe("brighter to the top left, over a 2x2 cross", _fixed("roberts")),
    "horizontal": Recipe("level lines", middle_row, (_size(3, 3),)),
    "vertical": Recipe("upright lines", lambda n: middle_row(n).T, (_size(3, 3),)),
    "diag": Recipe("lines that rise to the right", rising, (_size(2, 2, odd=False),)),
    "antidiag": Recipe("lines that fall to the right", np.eye, (_size(2, 2, odd=False),)),
    "diag-only": Recipe(
        "lines that rise to the right with nothing beside them",
        lambda n: 2 * rising(n) - 1,
        (_size(2, 2, odd=False),),
    ),
    "line": Recipe("lines at ANGLE degrees: 0 level, 45 rising", line, (_ANGLE, _size(9, 3))),
    "gabor": Recipe(
        "stripes at ANGLE degrees, WAVELENGTH cells apart",
        gabor,
        (_ANGLE, _size(11, 3), Argument("WAVELENGTH", 2, 999, 5)),
    ),
    "random": Recipe("numbers from the bell curve, by --seed", lambda n, rng: rng.standard_normal((n, n)),
                     (_size(3, 1, odd=False),), draws=True),
}  # fmt: skip
