"""Writes keras_nets.npz, Keras' layers: ``PYTHONPATH=. KERAS_BACKEND=torch python tests/data/make_keras_nets.py``.

Needs Keras on PyTorch, which the tests do not. ``cases`` lists, as JSON, Keras' class, its options, the layer
as a model file of dlcli has it, and the shape of an input. Of case i, ``i/y`` is the output for two inputs
that ``tests/nets/recipe.py`` makes (in training), ``i/dx`` and ``i/d0``, … are the gradients at the input and
at the weights in Keras' order, where the output is multiplied with numbers of the recipe; ``i/moved0``, … what
is not trained, afterwards.
"""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import torch

from tests.nets.recipe import numbers

FILE = Path(__file__).with_name("keras_nets.npz")
PICTURE = [5, 6, 2]


def conv(
    name: str, kind: str, **options: object
) -> tuple[str, dict[str, object], dict[str, object], list[int]]:
    """A layer that both call by the same attributes."""
    return name, options, {"kind": kind, **options}, PICTURE


CASES = [
    conv("Conv2D", "conv", filters=2, kernel_size=3),
    conv("Conv2D", "conv", filters=2, kernel_size=[2, 3], strides=[2, 1]),
    conv("Conv2D", "conv", filters=2, kernel_size=4, padding="same"),
    conv("Conv2D", "conv", filters=2, kernel_size=3, strides=2, padding="same"),
    conv("Conv2D", "conv", filters=2, kernel_size=2, dilation_rate=[2, 3]),
    conv("Conv2D", "conv", filters=2, kernel_size=2, dilation_rate=2, padding="same"),
    conv("Conv2D", "conv", filters=4, kernel_size=3, groups=2, use_bias=False),
    conv("Conv2D", "conv", filters=3, kernel_size=1, activation="sigmoid"),
    conv("DepthwiseConv2D", "depthwise-conv", kernel_size=[2, 3], depth_multiplier=2, padding="same"),
    conv("DepthwiseConv2D", "depthwise-conv", kernel_size=3, strides=2),
    conv("SeparableConv2D", "separable-conv", filters=3, kernel_size=3, depth_multiplier=2, padding="same"),
    conv("SeparableConv2D", "separable-conv", filters=2, kernel_size=2, strides=2, activation="relu"),
    conv("Conv2DTranspose", "conv-transpose", filters=2, kernel_size=3, strides=2),
    conv("Conv2DTranspose", "conv-transpose", filters=2, kernel_size=3, strides=2, padding="same"),
    conv("Conv2DTranspose", "conv-transpose", filters=2, kernel_size=[4, 5], strides=[1, 2], padding="same"),
    conv("Conv2DTranspose", "conv-transpose", filters=2, kernel_size=2, strides=3),
    conv("Conv2DTranspose", "conv-transpose", filters=2, kernel_size=[1, 2], strides=3, padding="same"),
    conv("MaxPooling2D", "maxpool", pool_size=2),
    conv("MaxPooling2D", "maxpool", pool_size=[3, 2], strides=2, padding="same"),
    conv("MaxPooling2D", "maxpool", pool_size=3, strides=1),
    conv("AveragePooling2D", "avgpool", pool_size=2),
    conv("AveragePooling2D", "avgpool", pool_size=[2, 3], strides=[2, 1]),  # same repeats edges on PyTorch
    ("GlobalAveragePooling2D", {}, {"kind": "global-avgpool"}, PICTURE),
    ("UpSampling2D", {"size": [2, 3]}, {"kind": "upsampling", "size": [2, 3]}, PICTURE),
    ("Flatten", {}, {"kind": "flatten"}, PICTURE),
    ("Reshape", {"target_shape": [6, 2, 5]}, {"kind": "reshape", "target_shape": [6, 2, 5]}, PICTURE),
    ("Reshape", {"target_shape": [2, 3, 4]}, {"kind": "reshape", "target_shape": [2, 3, 4]}, [24]),
    ("Rescaling", {"scale": 0.5, "offset": -1}, {"kind": "rescaling", "scale": 0.5, "offset": -1}, PICTURE),
    ("Dense", {"units": 3, "activation": "gelu"}, {"kind": "dense", "units": 3, "activation": "gelu"}, [7]),
    ("BatchNormalization", {"momentum": 0.9}, {"kind": "batchnorm", "momentum": 0.9}, PICTURE),
    ("BatchNormalization", {}, {"kind": "batchnorm"}, [5]),
    ("LayerNormalization", {"epsilon": 0.01}, {"kind": "layernorm", "epsilon": 0.01}, PICTURE),
    ("LayerNormalization", {}, {"kind": "layernorm"}, [5]),
    ("PReLU", {"shared_axes": [1, 2]}, {"kind": "prelu"}, PICTURE),
    ("PReLU", {}, {"kind": "prelu"}, [5]),
    ("Softmax", {}, {"kind": "softmax"}, PICTURE),
]


def main() -> None:
    keras.backend.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    found = {"cases": np.array(json.dumps(CASES))}
    for i, (name, options, _, shape) in enumerate(CASES):
        layer = getattr(keras.layers, name)(**options)
        x = torch.tensor(numbers((2, *shape), 50), requires_grad=True)
        layer.build(x.shape)
        layer.set_weights([np.abs(numbers(w.shape, 60 + j)) if "variance" in w.path else numbers(w.shape, 60 + j)
                           for j, w in enumerate(layer.weights)])  # fmt: skip
        y = layer(x, training=True) if name == "BatchNormalization" else layer(x)
        (y * torch.tensor(numbers(tuple(y.shape), 70))).sum().backward()
        found |= {f"{i}/y": y.detach().numpy(), f"{i}/dx": x.grad.numpy()}
        for j, weight in enumerate(layer.trainable_weights):
            found[f"{i}/d{j}"] = weight.value.grad.numpy().copy()
        for j, weight in enumerate(layer.non_trainable_weights):
            found[f"{i}/moved{j}"] = weight.value.detach().numpy().copy()
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
