"""Slips of counting: the weights of a layer without its biases, its channels, or with those of a neighbour.

Numbers are exact. A convolution has kernels of k × k cells, c channels deep, o of them; a dense layer has n
inputs and m units.
"""

from __future__ import annotations

from dlcli.engines.base.exact import Exact
from dlcli.engines.base.slips import slip


def parameters(k: Exact, c: Exact, o: Exact) -> Exact:
    """(k·k·c + 1)·o.

    >>> parameters(3, 3, 32)
    896
    """
    return (k * k * c + 1) * o


def dense_parameters(n: Exact, m: Exact) -> Exact:
    """(n + 1)·m.

    >>> dense_parameters(1024, 64)
    65600
    """
    return (n + 1) * m


@slip("params.bias", "without the biases", "Every kernel, and every unit, has a bias: + 1.")
def no_bias(k: Exact, c: Exact, o: Exact) -> Exact:
    """k·k·c·o."""
    return k * k * c * o


@slip(
    "params.channels",
    "without the channels",
    "All channels count: a kernel has k·k·channels weights, a map rows·columns·channels numbers.",
)
def flat_kernel(k: Exact, c: Exact, o: Exact) -> Exact:
    """(k·k + 1)·o."""
    return (k * k + 1) * o


@slip(
    "params.both",
    "from the cells of the kernels alone, without channels and biases",
    "A kernel has k·k·c weights and a bias.",
)
def cells_alone(k: Exact, c: Exact, o: Exact) -> Exact:
    """k·k·o."""
    return k * k * o


@slip(
    "params.bias-once",
    "with one bias for the whole layer",
    "Every kernel, and every unit, has a bias of its own.",
)
def one_bias(k: Exact, c: Exact, o: Exact) -> Exact:
    """k·k·c·o + 1."""
    return k * k * c * o + 1


@slip(
    "params.pool",
    "when a layer that only picks or arranges is given weights",
    "Pooling, flatten and dropout learn nothing: 0 parameters.",
)
def pooling_weights(k: Exact) -> Exact:
    """k·k."""
    return k * k


@slip(
    "params.bias-inputs",
    "with a bias for each input",
    "A bias belongs to a unit: as many as there are units.",
)
def bias_of_inputs(n: Exact, m: Exact) -> Exact:
    """n·m + n."""
    return n * m + n


@slip(
    "shapes.channels",
    "with the channels that came in",
    "A convolution gives a channel for each of its kernels; pooling keeps the channels.",
)
def same_channels(c: Exact, o: Exact) -> Exact:
    """The channels that came in."""
    return c
