"""The kernels that have a name: smoothing, edges, lines, orientations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.convolution.kernel_shapes import (
    compass,
    difference_of_gaussians,
    gabor,
    gaussian,
    identity,
    laplacian,
    laplacian_of_gaussian,
    line,
    middle_row,
    motion,
    outline,
    prewitt,
    rising,
    scharr,
    sobel,
    unsharp,
)  # fmt: skip

#: Kernels of one range, at most.
BANK = 360


@dataclass(frozen=True, slots=True)
class Argument:
    """One number behind the colon of a kernel's name.

    Without a ``default`` it must be given, unless the kernel finds a value from the others (``derived``).
    With a ``step`` only its multiples are accepted.
    """

    name: str
    least: float
    most: float
    default: float | None = None
    whole: bool = False
    odd: bool = False
    derived: bool = False
    step: int = 0

    @property
    def needed(self) -> bool:
        """Whether the kernel cannot do without it."""
        return self.default is None and not self.derived

    @property
    def kind(self) -> str:
        """What is accepted, in words."""
        number = "an odd number" if self.odd else "a whole number" if self.whole else "a number"
        number = f"a multiple of {self.step}" if self.step else number
        return f"{number} from {self.least:g} to {self.most:g}"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a kernel is made: what it answers to in one line, the formula of its weights, and its arguments.

    In the formula N is the size, y and x count the cells below and to the right of the middle, and r is the
    distance from it. ``build`` takes the arguments in order, and behind them a random generator when
    ``draws``. ``period`` is after how many degrees the first argument, an angle, gives the same kernel again;
    0 where it is none. ``fixed`` says why it has no size, and what has.
    """

    summary: str
    formula: str
    build: Callable[..., Array]
    arguments: tuple[Argument, ...] = ()
    draws: bool = False
    period: int = 0
    fixed: str = ""

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
    """A kernel and the name it was asked for by; ``array`` is (height, width) in float64.

    ``values`` are those of its arguments.
    """

    name: str
    summary: str
    formula: str
    array: Array = field(repr=False)
    values: tuple[Any, ...] = ()


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
    name = text.partition(":")[0]
    if name not in KERNELS:
        from difflib import get_close_matches

        near = get_close_matches(name, KERNELS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the kernels are {', '.join(KERNELS)}"
        raise EngineError(f"there is no kernel {name!r}: {hint}")
    recipe = KERNELS[name]
    values = values_of(recipe, text)
    drawn = (generator if generator is not None else np.random.default_rng(0),) if recipe.draws else ()
    array = np.asarray(recipe.build(*values, *drawn), np.float64)
    return Named(text, recipe.summary, recipe.formula, array, values)


def values_of(recipe: Recipe, text: str) -> tuple[float | None, ...]:
    """The arguments of a recipe that a text names, those that it leaves out with their defaults.

    Raises ``EngineError`` for one that is missing, no number, or out of its range.
    """
    name, colon, rest = text.partition(":")
    usage = recipe.usage(name)
    words = rest.split(",") if colon else []
    if len(words) > len(recipe.arguments):
        why = f"; {recipe.fixed}" if recipe.fixed else ""
        raise EngineError(f"too many arguments in {text!r}: try {usage}{why}")
    padded = [*words, *[None] * (len(recipe.arguments) - len(words))]
    return tuple(
        _value(argument, word, usage) for argument, word in zip(recipe.arguments, padded, strict=True)
    )


def expanded(text: str) -> tuple[str, ...]:
    """The names that a range in the place of the first argument stands for: ``NAME:START:STOP:STEP``.

    The stop is among them where a step meets it; further arguments are those of each.

    >>> expanded("line:0:90:45,5"), expanded("box:3")
    (('line:0,5', 'line:45,5', 'line:90,5'), ('box:3',))

    Raises ``EngineError`` for a step that does not lead from start to stop, and for more than ``BANK``.
    """
    name, _, rest = text.partition(":")
    first, comma, others = rest.partition(",")
    if name not in KERNELS or ":" not in first:
        return (text,)
    recipe = KERNELS[name]
    if not recipe.arguments:
        raise EngineError(f"{name} has no arguments to give a range of; received {text!r}")
    argument = recipe.arguments[0].name
    try:
        start, stop, step = map(float, first.split(":"))
        steps = (stop - start) / step
    except (ValueError, ZeroDivisionError):
        steps = math.nan
    if not 0 <= steps < math.inf:
        raise EngineError(
            f"a range is START:STOP:STEP, as in {name}:{'0:165:15' if recipe.period else '3:9:2'}; received "
            f"{first!r} for {argument}"
        )
    count = int(steps + 1e-9) + 1
    if count > BANK:
        raise EngineError(f"{text!r} is {count} kernels; a range has {BANK} at most")
    return tuple(f"{name}:{start + place * step:.10g}{comma}{others}" for place in range(count))


def orientations(names: Sequence[str]) -> tuple[int, list[float]] | None:
    """The period and the angles of kernels that have one name and an angle each; None of others.

    >>> orientations(["line:0,5", "line:45,5"]), orientations(["line:0", "box"]), orientations(["line"])
    ((180, [0.0, 45.0]), None, None)
    """
    kinds = {name.partition(":")[0] for name in names}
    recipe = KERNELS.get(next(iter(kinds))) if len(kinds) == 1 else None
    if recipe is None or not recipe.period:
        return None
    try:
        return recipe.period, [float(named(name.partition("#")[0]).values[0]) for name in names]
    except EngineError:  # in a file anything may be called so
        return None


def draws(text: str) -> bool:
    """Whether the kernel that a text names is random.

    >>> draws("random:2"), draws("box")
    (True, False)
    """
    recipe = KERNELS.get(text.partition(":")[0])
    return recipe is not None and recipe.draws


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
    stray = (argument.odd and value % 2 == 0) or (argument.step and value % argument.step)
    if not argument.least <= value <= argument.most or stray:
        raise EngineError(f"{argument.name} is {argument.kind}; received {word!r}: try {usage}")
    return value


def _size(default: int, least: int = 2, *, odd: bool = True) -> Argument:
    return Argument("N", least, 999, default, whole=True, odd=odd)


def _derived_size(least: int) -> Argument:
    return Argument("N", least, 999, whole=True, odd=True, derived=True)


_ANGLE = Argument("ANGLE", -360, 360)
_ARRAYS = {
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "roberts-x": [[1, 0], [0, -1]],
    "roberts-y": [[0, 1], [-1, 0]],
}


#: The weights of the compass kernels for 0 degrees, counterclockwise from the right.
EAST = {
    "sobel": (2, 1, 0, -1, -2, -1, 0, 1),
    "prewitt": (1, 1, 0, -1, -1, -1, 0, 1),
    "kirsch": (5, 5, -3, -3, -3, -3, -3, 5),
}


def _fixed(name: str) -> Callable[[], Array]:
    return lambda: np.array(_ARRAYS[name], np.float64)


def _compass(name: str, told: str, fixed: str) -> Recipe:
    """One of the eight kernels that are turned by 45 degrees each."""
    weights = " ".join(f"{weight}".replace("-", "−") for weight in EAST[name])
    return Recipe(
        f"brighter towards ANGLE: 0 to the right, 90 upwards{told}",
        f"{weights} around a 0, counterclockwise from ANGLE",
        partial(compass, EAST[name]),
        (Argument("ANGLE", -360, 360, step=45),),
        period=360,
        fixed=fixed,
    )


def _edges(
    name: str, told: str, across: str, build: Callable[..., Array], *arguments: Argument, fixed: str = ""
) -> dict[str, Recipe]:
    """A derivative to the right and one downwards, each smoothed at right angles by ``across``."""
    right, below = (f"{across} downwards times −1 0 1", f"−1 0 1 downwards times {across}")
    return {
        f"{name}-{axis}": Recipe(
            f"brighter {where}{told}",
            f"{formula} to the right",
            partial(build, down=axis == "y"),
            arguments,
            fixed=fixed,
        )
        for axis, where, formula in (("x", "to the right", right), ("y", "downwards", below))
    }


#: Every kernel by name, in the order in which a course meets them.
KERNELS: dict[str, Recipe] = {
    "identity": Recipe(
        "leaves everything as it is", "1 in the middle, 0 elsewhere", identity, (_size(3, 1),)
    ),
    "box": Recipe(
        "the mean around a cell", "1 / N²", lambda n: np.full((n, n), n**-2.0), (_size(3, 1, odd=False),)
    ),
    "gaussian": Recipe(
        "the mean weighted by a bell curve: smooths",
        "exp(−(y² + x²) / (2·SIGMA²)), divided by their sum",
        gaussian,
        (_size(5, 1), Argument("SIGMA", 0.01, 999, derived=True)),
    ),
    "sharpen": Recipe(
        "more contrast at edges",
        "identity − laplacian",
        _fixed("sharpen"),
        fixed="it is 3x3; a wider one is unsharp:SIGMA",
    ),
    "unsharp": Recipe(
        "more contrast at edges of one scale",
        "identity + AMOUNT·(identity − gaussian); N = 2·⌊4·SIGMA + ½⌋ + 1",
        unsharp,
        (Argument("SIGMA", 0.01, 99, 1), Argument("AMOUNT", -99, 99, 1), _derived_size(1)),
    ),
    "emboss": Recipe(
        "a relief lit from the top left",
        "x + y, and 1 in the middle",
        _fixed("emboss"),
        fixed="its weights are known for 3x3 alone",
    ),
    "outline": Recipe(
        "differs from its neighbours", "N² − 1 in the middle, −1 elsewhere", outline, (_size(3, 3),)
    ),
    "laplacian": Recipe(
        "second derivative: where brightness bends",
        "1 −2 1 downwards plus 1 −2 1 to the right; from 5x5 on each smoothed across by 1 2 1 as sobel",
        laplacian,
        (_size(3, 3),),
    ),
    "log": Recipe(
        "Laplacian of a Gaussian: blobs and edges of one scale",
        "(r² − 2·SIGMA²) / SIGMA⁴ · gaussian, minus the mean",
        laplacian_of_gaussian,
        (_size(9, 3), Argument("SIGMA", 0.1, 999, 1.4)),
    ),
    "dog": Recipe(
        "difference of Gaussians: what lies between two scales",
        "gaussian of SIGMA1 − gaussian of SIGMA2; SIGMA2 = 1.6·SIGMA1, N = 2·⌊4·SIGMA2 + ½⌋ + 1",
        difference_of_gaussians,
        (Argument("SIGMA1", 0.1, 60, 1), Argument("SIGMA2", 0.1, 99, derived=True), _derived_size(3)),
    ),
    "motion": Recipe(
        "smears N cells along ANGLE degrees",
        "max(0, 1 − distance from the way), divided by their sum; the way is N − 1 long",
        motion,
        (_size(9, 1), Argument("ANGLE", -360, 360, 0)),
    ),
    **_edges("sobel", "", "1 2 1", sobel, _size(3, 3)),
    "sobel": _compass("sobel", "", "turned it is 3x3; sobel-x and sobel-y have sizes"),
    "prewitt-x": Recipe(
        "brighter to the right, unweighted", "x in every row", partial(prewitt, down=False), (_size(3, 3),)
    ),
    "prewitt-y": Recipe(
        "brighter downwards, unweighted", "y in every column", partial(prewitt, down=True), (_size(3, 3),)
    ),
    "prewitt": _compass("prewitt", ", unweighted", "turned it is 3x3; prewitt-x and prewitt-y have sizes"),
    "kirsch": _compass("kirsch", ", against all that is around", "it is 3x3; sobel-x and sobel-y have sizes"),
    **_edges(
        "scharr", ", the same all round", "3 10 3", scharr, fixed="it is 3x3; sobel-x and sobel-y have sizes"
    ),
    **{
        name: Recipe(
            f"brighter to the {bright}, over a 2x2 cross",
            f"1 at the {bright}, −1 at the {dark}",
            _fixed(array),
            fixed="it is 2x2; sobel-x and sobel-y have sizes",
        )
        for name, array, bright, dark in (
            ("roberts", "roberts-x", "top left", "bottom right"),
            ("roberts-x", "roberts-x", "top left", "bottom right"),
            ("roberts-y", "roberts-y", "top right", "bottom left"),
        )
    },
    "horizontal": Recipe("level lines", "N − 1 in the middle row, −1 elsewhere", middle_row, (_size(3, 3),)),
    "vertical": Recipe(
        "upright lines", "N − 1 in the middle column, −1 elsewhere", lambda n: middle_row(n).T, (_size(3, 3),)
    ),
    "diag": Recipe(
        "lines that rise to the right",
        "1 from the bottom left to the top right, 0 elsewhere",
        rising,
        (_size(2, 2, odd=False),),
    ),
    "antidiag": Recipe(
        "lines that fall to the right",
        "1 from the top left to the bottom right, 0 elsewhere",
        np.eye,
        (_size(2, 2, odd=False),),
    ),
    "diag-only": Recipe(
        "lines that rise to the right with nothing beside them",
        "1 from the bottom left to the top right, −1 elsewhere",
        lambda n: 2 * rising(n) - 1,
        (_size(2, 2, odd=False),),
    ),
    "line": Recipe(
        "lines at ANGLE degrees: 0 level, 45 rising",
        "max(0, 1 − distance from the line), minus the mean, to unit energy: squares add up to 1",
        line,
        (_ANGLE, _size(9, 3)),
        period=180,
    ),
    "gabor": Recipe(
        "stripes at ANGLE degrees, WAVELENGTH cells apart",
        "exp(−(u² + v²/4) / (2σ²)) · cos(2π·u / WAVELENGTH), minus the mean; "
        "u across the stripes, v along them, σ = 0.56·WAVELENGTH",
        gabor,
        (_ANGLE, _size(11, 3), Argument("WAVELENGTH", 2, 999, 5)),
        period=180,
    ),
    "random": Recipe(
        "numbers from the bell curve, by --seed",
        "drawn from the normal distribution of mean 0 and deviation 1",
        lambda n, rng: rng.standard_normal((n, n)),
        (_size(3, 1, odd=False),),
        draws=True,
    ),
}
