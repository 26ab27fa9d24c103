"""Whether the gradients of a net are right: beside some of each array, those of central differences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from dlcli.engines.base.central_differences import JITTER, Checked, check_array
from dlcli.engines.base.checks import Array
from dlcli.nets.net import Net


def check_gradients(net: Net, x: Array, target: Array, *, seed: int = 0) -> Iterator[Checked]:
    """Try weights of every array of a net in float64 on a batch; what draws draws the same each time.

    All weights are moved a little at random first, and stay there: a bias of exactly 0 stands on the kink of
    a relu, where there is no derivative to be measured.
    """
    net.flat[: net.learnt] += JITTER * np.random.default_rng(seed).standard_normal(net.learnt)

    def loss() -> float:
        return net.loss_of(x, target, generator=np.random.default_rng(seed))[0]

    value, slope, _ = net.loss_of(x, target, generator=np.random.default_rng(seed))
    net.backward(slope)
    derived = net.gradient.copy()
    rng = np.random.default_rng(seed)
    for layer in net.spec.layers:
        for name, weight in layer.weights.items():
            if not weight.trained or layer.name in net.frozen:
                continue
            values = net.values[layer.name][name]
            slopes = derived[_begin(net, values) :][: values.size]
            found = check_array(layer.name, name, values, slopes, loss, rng=rng, value=value)
            outer = tuple(found.place[weight.order.index(axis)] for axis in range(values.ndim))
            yield replace(found, place=outer)


def _begin(net: Net, values: Array) -> int:
    """Where in the flat vector an array begins."""
    offset = values.__array_interface__["data"][0] - net.flat.__array_interface__["data"][0]
    return int(offset // net.flat.itemsize)
