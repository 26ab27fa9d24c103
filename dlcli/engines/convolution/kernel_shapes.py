"""The weights of the named kernels: bell curves, derivatives, lines and stripes."""

from __future__ import annotations

import math

import numpy as np

from dlcli.engines.base.checks import Array, EngineError

#: A weight of a smear below it is where the way just misses a cell.
ROUNDING = 1e-12


def gaussian(size: int, sigma: float | None = None) -> Array:
    """The bell curve over ``size`` by ``size`` cells, its weights adding up to 1.

    w[i, j] is proportional to exp(-(y^2 + x^2) / (2 sigma^2)), y and x counted from the middle. Without
    ``sigma`` it is 0.3 ((size - 1) / 2 - 1) + 0.8, as OpenCV's ``getGaussianKernel`` has it.

    >>> gaussian(3, 1.0).round(4)
    array([[0.0751, 0.1238, 0.0751],
           [0.1238, 0.2042, 0.1238],
           [0.0751, 0.1238, 0.0751]])
    """
    sigma = 0.3 * ((size - 1) / 2 - 1) + 0.8 if sigma is None else sigma
    bell = np.exp(-0.5 * (_places(size) / sigma) ** 2)
    bell /= bell.sum()
    return np.outer(bell, bell)


def laplacian_of_gaussian(size: int, sigma: float) -> Array:
    """The Laplacian of a smoothed picture: negative in the middle, the weights adding up to 0.

    w = (r^2 - 2 sigma^2) / sigma^4 * gaussian, minus its mean.

    >>> laplacian_of_gaussian(5, 1.0)[2].round(3)
    array([ 0.05 , -0.092, -0.318, -0.092,  0.05 ])

    Source: Marr and Hildreth, Theory of edge detection, 1980; scaled as MATLAB's ``fspecial('log')``.
    """
    y, x = grid(size)
    w = (y**2 + x**2 - 2 * sigma**2) / sigma**4 * gaussian(size, sigma)
    return _balanced(w)


def difference_of_gaussians(sigma: float, wider: float | None = None, size: int | None = None) -> Array:
    """A bell curve minus a wider one: what lies between two scales, the weights adding up to 0.

    w = gaussian(sigma) - gaussian(wider), both over ``size`` cells; unless they are given ``wider`` is 1.6
    sigma and ``size`` reaches 4 ``wider`` to each side, as in scikit-image's ``difference_of_gaussians``,
    which cuts off the narrower one earlier.

    >>> difference_of_gaussians(1.0, 2.0, 5)[2].round(3)
    array([-0.016,  0.043,  0.099,  0.043, -0.016])

    Raises ``EngineError`` where ``wider`` is not above ``sigma``.

    Source: Marr and Hildreth, Theory of edge detection, 1980: with 1.6 nearly the Laplacian of a Gaussian.
    """
    wider = 1.6 * sigma if wider is None else wider
    if wider <= sigma:
        raise EngineError(f"SIGMA2 is the wider one; received {sigma:g} and {wider:g}")
    size = reach(wider) if size is None else size
    return gaussian(size, sigma) - gaussian(size, wider)


def unsharp(sigma: float, amount: float, size: int | None = None) -> Array:
    """The picture plus ``amount`` times what a bell curve takes away from it; the weights add up to 1.

    w = identity + amount (identity - gaussian(sigma)). Without ``size`` it reaches 4 sigma to each side, as
    in scikit-image's ``unsharp_mask``, which calls sigma the radius.

    >>> unsharp(1.0, 0.5, 3)[1].round(3)
    array([-0.062,  1.398, -0.062])

    Source: Gonzalez and Woods, Digital image processing, section 3.6: unsharp masking.
    """
    size = reach(sigma) if size is None else size
    return (1 + amount) * identity(size) - amount * gaussian(size, sigma)


def reach(sigma: float) -> int:
    """Cells of a bell curve that is cut off 4 sigma to each side, as SciPy's ``gaussian_filter`` does.

    >>> reach(1.0), reach(1.6)
    (9, 13)
    """
    return 2 * int(4 * sigma + 0.5) + 1


def motion(size: int, angle: float) -> Array:
    """A smear of ``size`` cells at ``angle`` degrees, the weights adding up to 1.

    A cell weighs 1 on the way, which is ``size`` - 1 long, and less up to a distance of one cell from it.

    >>> motion(3, 0).round(3)
    array([[0.   , 0.   , 0.   ],
           [0.333, 0.333, 0.333],
           [0.   , 0.   , 0.   ]])

    Source: MATLAB's ``fspecial('motion')``, which lays its weights by the distance from the same way.
    """
    y, x = grid(size)
    across, along = off_line(angle, y, x), np.abs(off_line(angle + 90, y, x))
    beyond = np.maximum(along - (size - 1) / 2, 0)
    w = np.clip(1 - np.hypot(across, beyond), 0, None)
    w[w < ROUNDING] = 0
    made: Array = w / w.sum()
    return made


def compass(east: tuple[float, ...], angle: float) -> Array:
    """The derivative of 3 by 3 cells towards ``angle``, a multiple of 45 degrees: 0 to the right, 90 upwards.

    ``east`` are the eight weights of 0 degrees around the middle, counterclockwise from the right; each step
    of 45 degrees moves them on by one.

    >>> compass((1, 1, 0, -1, -1, -1, 0, 1), 45)
    array([[ 0.,  1.,  1.],
           [-1.,  0.,  1.],
           [-1., -1.,  0.]])

    Sources: Kirsch, Computer determination of the constituent structure of biological images, 1971; Robinson,
    Edge detection by compass gradient masks, 1977.
    """
    w = np.zeros((3, 3))
    rows, columns = zip(*AROUND, strict=True)
    w[list(rows), list(columns)] = np.roll(east, round(angle / 45))
    return w


#: The cells around the middle of 3 by 3, counterclockwise from the right.
AROUND = ((1, 2), (0, 2), (0, 1), (0, 0), (1, 0), (2, 0), (2, 1), (2, 2))


def laplacian(size: int) -> Array:
    """The second derivative downwards plus that to the right, of 3 by 3 cells unsmoothed.

    From 5 on each is smoothed as ``sobel`` smooths the first derivative, as in OpenCV's ``Laplacian``, whose
    aperture 1 is our 3.

    >>> laplacian(3)
    array([[ 0.,  1.,  0.],
           [ 1., -4.,  1.],
           [ 0.,  1.,  0.]])
    """
    w = np.outer(*bend_and_smooth(size))
    made: Array = w + w.T
    return made


def bend_and_smooth(size: int) -> tuple[Array, Array]:
    """The second derivative along one axis, and what smooths the other one.

    >>> bend_and_smooth(3)
    (array([ 1., -2.,  1.]), array([0., 1., 0.]))
    """
    bend, smooth = np.array([1.0, -2.0, 1.0]), np.array([0.0, 1.0, 0.0])
    if size > 3:
        smooth = np.array([1.0, 2.0, 1.0])
    for _ in range((size - 3) // 2):
        bend, smooth = (np.convolve(one, [1, 2, 1]) for one in (bend, smooth))
    return bend, smooth


def sobel(size: int, *, down: bool) -> Array:
    """The derivative to the right (or downwards) of one axis, the other one smoothed.

    Of size 3 the outer product of 1 2 1 and -1 0 1; each further pair of cells smooths both once more by
    1 2 1, as in OpenCV's ``getDerivKernels``.

    >>> sobel(3, down=False)
    array([[-1.,  0.,  1.],
           [-2.,  0.,  2.],
           [-1.,  0.,  1.]])

    Source: Sobel and Feldman, 1968.
    """
    smooth, slope = np.ones(1), np.array([-1.0, 0.0, 1.0])
    for _ in range((size - 3) // 2):
        slope = np.convolve(slope, [1, 2, 1])
    for _ in range((size - 1) // 2):
        smooth = np.convolve(smooth, [1, 2, 1])
    w = np.outer(smooth, slope)
    return w.T if down else w


def prewitt(size: int, *, down: bool) -> Array:
    """The derivative to the right (or downwards) of the plane that fits the cells best, by least squares.

    Its slope is proportional to the sum of x (or y) times the cell, x counted from the middle.

    >>> prewitt(5, down=False)[0]
    array([-2., -1.,  0.,  1.,  2.])

    Source: Prewitt, Object enhancement and extraction, 1970.
    """
    w = np.outer(np.ones(size), _places(size))
    return w.T if down else w


def scharr(*, down: bool) -> Array:
    """The derivative to the right (or downwards) of 3 by 3 cells that answers alike to edges all round.

    Source: Scharr, Optimale Operatoren, dissertation, Heidelberg, 2000.
    """
    w = np.outer([3.0, 10.0, 3.0], [-1.0, 0.0, 1.0])
    return w.T if down else w


def line(angle: float, size: int) -> Array:
    """A line through the middle at ``angle`` degrees (0: level, 90: upright, 45: rising to the right).

    A cell weighs 1 on the line and less up to a distance of one cell from it; the mean is taken away, so
    that the weights add up to 0 and an even area gives no answer. Then they are scaled to unit energy, their
    squares adding up to 1: white noise gets answers of the same size from every angle, and in a bank of lines
    the one that fits best answers most.

    >>> line(0, 3).round(3)
    array([[-0.236, -0.236, -0.236],
           [ 0.471,  0.471,  0.471],
           [-0.236, -0.236, -0.236]])

    Source: Turin, An introduction to matched filters, 1960.
    """
    y, x = grid(size)
    distance = np.abs(off_line(angle, y, x))
    w = _balanced(np.clip(1 - distance, 0, None))
    scaled: Array = w / np.sqrt(np.square(w).sum())
    return scaled


def gabor(angle: float, size: int, wavelength: float) -> Array:
    """Stripes that run at ``angle`` degrees under a bell curve: one orientation, one spacing.

    w = exp(-(u^2 + v^2 / 4) / (2 sigma^2)) cos(2 pi u / wavelength), u across and v along the stripes, sigma
    0.56 wavelengths (a band of one octave); the mean is taken away. OpenCV's ``getGaborKernel`` has the same
    formula, and its theta is at right angles to our ``angle``.

    >>> gabor(90, 5, 4.0)[2].round(2)  # upright stripes
    array([-0.61,  0.07,  1.07,  0.07, -0.61])

    Source: Daugman, Uncertainty relation for
    resolution in space, spatial frequency, and orientation, 1985; sigma from Petkov and Kruizinga, 1997.
    """
    y, x = grid(size)
    u, v = off_line(angle, y, x), off_line(angle + 90, y, x)
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


def identity(size: int) -> Array:
    w = np.zeros((size, size))
    w[size // 2, size // 2] = 1
    return w


def outline(size: int) -> Array:
    return size * size * identity(size) - 1


def _balanced(w: Array) -> Array:
    """The weights with their mean taken away, so that they add up to 0."""
    balanced: Array = w - w.mean()
    return balanced


def _places(size: int) -> Array:
    """Cells counted from the middle of ``size``."""
    return np.arange(size) - (size - 1) / 2


def grid(size: int) -> tuple[Array, Array]:
    """The place of each cell below and to the right of the middle."""
    y, x = np.meshgrid(_places(size), _places(size), indexing="ij")
    return y, x


def off_line(angle: float, y: Array, x: Array) -> Array:
    """How far a cell lies from a line through the middle at ``angle``; exact at right angles."""
    quarter, rest = divmod(angle, 90)
    cos, sin = (math.cos(math.radians(rest)), math.sin(math.radians(rest)))
    for _ in range(int(quarter) % 4):
        cos, sin = -sin, cos
    return x * sin + y * cos  # rows count downwards
