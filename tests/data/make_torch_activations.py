"""Ask PyTorch and Keras what their activations give: ``python make_torch_activations.py``.

Asked of torch 2.13 in float64, and of Keras 3.15 over JAX in float32. A key is the program (``slope`` is
PyTorch's gradient) and our name for the function.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch
from torch import nn

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras

X = np.array([-9.0, -3.0, -2.5, -1.0, -0.75, -0.001, 0.0, 0.3, 1.0, 1.5, 3.0, 4.0])

TORCH = {
    "leaky-relu": nn.LeakyReLU(),
    "leaky-relu:0.3": nn.LeakyReLU(0.3),
    "leaky-relu:3": nn.LeakyReLU(3),
    "prelu": nn.PReLU(dtype=torch.float64),
    "elu": nn.ELU(),
    "elu:0.5": nn.ELU(0.5),
    "selu": nn.SELU(),
    "silu": nn.SiLU(),
    "hard-sigmoid": nn.Hardsigmoid(),
    "hard-tanh": nn.Hardtanh(),
}
KERAS = {
    "leaky-relu:0.2": keras.activations.leaky_relu,
    "leaky-relu:0.3": keras.layers.LeakyReLU(),
    "elu": keras.activations.elu,
    "selu": keras.activations.selu,
    "silu": keras.activations.silu,
    "hard-sigmoid": keras.activations.hard_sigmoid,
    "hard-tanh": keras.activations.hard_tanh,
}


def main() -> None:
    """Write the values and PyTorch's gradients."""
    stored = {"x": X}
    for name, function in TORCH.items():
        x = torch.tensor(X, requires_grad=True)
        y = function(x)
        y.sum().backward()
        stored |= {f"torch {name}": y.detach().numpy(), f"slope {name}": x.grad.numpy()}
    for name, function in KERAS.items():
        y = function(keras.ops.convert_to_tensor(X.astype("float32")))
        stored[f"keras {name}"] = keras.ops.convert_to_numpy(y)
    np.savez_compressed(Path(__file__).with_name("torch_activations.npz"), **stored)


if __name__ == "__main__":
    main()
