"""How many weights a convolution has and how often it multiplies, as formulas with its numbers in them."""

from __future__ import annotations

from math import prod

from dlcli.engines.base.checks import pair
from dlcli.nets.layers.base import Kind, Shape
from dlcli.nets.layers.convolution import Conv
from dlcli.nets.layers.transposed import ConvTranspose

#: A formula: what it gives, and its sides.
Line = tuple[str, list[str]]

#: Beyond it a count is told by its size alone.
READABLE = 10**15


def count_words(count: int) -> str:
    """A count as it is read: 18,496; one that nobody would read, in powers of ten.

    >>> count_words(18496), count_words(3 * 10**20)
    ('18,496', '3.00e20')
    """
    if count < READABLE:
        return f"{count:,}"
    digits = str(count) if count < 10**4000 else f"9{'9' * 4000}"
    return f"{digits[0]}.{digits[1:3]}e{len(digits) - 1}"


def length_words(n: int) -> str:
    """A length without commas, which stand between numbers of a shape elsewhere."""
    return str(n) if n < READABLE else count_words(n)


def conv_parameters(kind: Conv | ConvTranspose, x: Shape) -> Line:
    """The weights of all kernels on inputs of shape x, with a bias for each.

    >>> conv_parameters(Conv(filters=16), (8, 8, 3))
    ('parameters', ['(3·3·3 + 1)·16', '448'])
    """
    window, depth = cells_words(kind), depth_words(kind, x)
    into = f"{window}·{depth} + 1" if kind.use_bias else f"{window}·{depth}"
    count = sum(prod(weight.shape) for weight in kind.weights(x).values())
    return ("parameters", [f"({into})·{kind.filters}", count_words(count)])


def conv_work(kind: Conv, x: Shape) -> Line:
    """The products of all windows on an input of shape x, each added to a sum.

    >>> conv_work(Conv(filters=16), (8, 8, 3))
    ('multiply-adds', ['6·6·16·(3·3·3)', '15,552'])
    """
    outputs = "·".join(map(length_words, kind.output(x)))
    sides = [f"{outputs}·({cells_words(kind)}·{depth_words(kind, x)})", count_words(kind.multiply_adds(x))]
    return ("multiply-adds", sides)


def cells_words(kind: Kind) -> str:
    """The rows and columns of a kernel."""
    return "·".join(map(str, pair("kernel_size", getattr(kind, "kernel_size"))))  # noqa: B009 (not every kind has it)


def depth_words(kind: Conv | ConvTranspose, x: Shape) -> str:
    """The channels that one kernel sees."""
    if isinstance(kind, Conv) and kind.groups > 1:
        return f"({length_words(x[2])}/{kind.groups})"
    return length_words(x[2])
