"""What PyTorch says of a small net: its logits, probabilities, and the gradient at the input.

    python tests/data/make_torch_predict.py

prints the numbers that tests/commands/predict/test_command.py holds. Weights and picture are drawn in Keras'
layout by NumPy's generator, in the order of ``WEIGHTS``.
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

#: Name -> shape, as the file of the net has them.
WEIGHTS = {
    "conv2d/kernel": (3, 3, 2, 4),
    "conv2d/bias": (4,),
    "dense/kernel": (36, 3),
    "dense/bias": (3,),
}


def main() -> None:
    """Print the numbers."""
    rng = np.random.default_rng(0)
    weights = {name: torch.tensor(rng.normal(size=shape)) for name, shape in WEIGHTS.items()}
    x = torch.tensor(rng.random((8, 8, 2)), requires_grad=True)
    y = functional.conv2d(
        x.permute(2, 0, 1)[None], weights["conv2d/kernel"].permute(3, 2, 0, 1), weights["conv2d/bias"]
    )
    y = functional.max_pool2d(functional.relu(y), 2)
    z = y[0].permute(1, 2, 0).reshape(-1) @ weights["dense/kernel"] + weights["dense/bias"]
    print("logits", z.tolist())
    print("probabilities", torch.softmax(z, 0).tolist())
    z.max().backward()
    assert x.grad is not None
    print("gradient", {cell: float(x.grad[cell]) for cell in [(0, 0, 0), (3, 4, 1), (5, 2, 0), (7, 7, 1)]})
    print("saliency", float(x.grad.abs().amax(2)[3, 4]))


if __name__ == "__main__":
    main()
