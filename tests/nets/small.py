"""Small nets for tests, and one pass through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dlcli.nets.net import Net, picture_first
from dlcli.nets.spec import model_spec
from tests.nets.recipe import Array, numbers

Listed = Mapping[str, Any]


def net_of(
    layers: Sequence[Listed], input: Sequence[int], *, dtype: type = np.float64, **more: Any
) -> Net:
    """A net with weights that are all different, what is called a variance being positive."""
    keys = {key: more.pop(key) for key in ("loss", "target") if key in more}
    spec = model_spec({"input": list(input), "layer": list(layers), "loss": "mean-squared"} | keys)
    net = Net(spec, dtype, **more)
    return net.load(
        {
            f"{layer.name}/{name}": np.abs(made) if "variance" in name else made
            for layer in spec.layers
            for i, (name, weight) in enumerate(layer.weights.items())
            for made in [numbers(weight.shape, 60 + i)]
        }
    )


def there_and_back(
    net: Net, x: Array, *, generator: np.random.Generator | None = None, dy: Array | None = None
) -> tuple[Array, Array, dict[str, Array]]:
    """Outputs (picture, …) in training; gradients at the input and at the weights in Keras' layout.

    The loss is the sum of the outputs times ``dy``, numbers of the recipe unless given.
    """
    y = picture_first(net.forward(net.batch(x), training=True, generator=generator)).copy()
    dy = numbers(y.shape, 70) if dy is None else dy
    innermost = np.ascontiguousarray(dy.transpose(3, 1, 2, 0) if dy.ndim == 4 else dy.T)
    dx = net.backward(innermost.astype(net.dtype), to_input=True)
    return y, picture_first(dx).copy(), gradients(net)


def gradients(net: Net) -> dict[str, Array]:
    """The last gradient at each weight that learns, in Keras' layout."""
    return {
        f"{layer.name}/{name}": weight.in_keras(net.slopes[layer.name][name]).copy()
        for layer in net.spec.layers
        for name, weight in layer.weights.items()
        if weight.trained
    }
