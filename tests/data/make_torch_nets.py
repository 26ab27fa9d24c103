"""Writes torch_nets.npz, what PyTorch makes of nets: ``PYTHONPATH=. python tests/data/make_torch_nets.py``.

``cnn/STEP/DTYPE/loss`` and ``cnn/STEP/DTYPE/WEIGHT`` (some numbers of the gradient, and its length) are those
of the CNN of the notes over five steps of Adam; what it begins with and its batches are made from integers, by
``tests/nets/recipe.py``. ``optimiser/NAME/DECAY`` (step, weight), ``clip/MOST``, ``schedule/NAME`` (step,),
``loss/NAME`` with ``loss/NAME/slope``, and ``activation/NAME`` with ``activation/NAME/slope`` are the others.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.nets.recipe import CNN, STEPS, Array, cnn_batch, cnn_weights, looked_at, numbers

FILE = Path(__file__).with_name("torch_nets.npz")
found: dict[str, Array] = {}


def tensor(array: Array, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array)).to(dtype)


def in_torch(array: Array) -> Array:
    """A kernel in Keras' layout as PyTorch has it."""
    return array.transpose({1: (0,), 2: (1, 0), 4: (3, 2, 0, 1)}[array.ndim])


def in_keras(array: Array) -> Array:
    return array.transpose({1: (0,), 2: (1, 0), 4: (2, 3, 1, 0)}[array.ndim])


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(3, 32, 3), nn.Conv2d(32, 64, 3), nn.Conv2d(64, 64, 3)])
        self.dense = nn.ModuleList([nn.Linear(1024, 64), nn.Linear(64, 10)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for i, conv in enumerate(self.convs):
            x = F.relu(conv(x))
            if i < 2:
                x = F.max_pool2d(x, 2)
        x = x.permute(0, 2, 3, 1).flatten(1)  # as Keras counts
        return self.dense[1](F.relu(self.dense[0](x)))


def cnn(name: str, dtype: torch.dtype) -> None:
    net = Net().to(dtype)
    with torch.no_grad():
        for parameter, array in zip(net.parameters(), cnn_weights().values(), strict=True):
            parameter.copy_(tensor(in_torch(array), dtype))
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3, eps=1e-7)
    for step in range(STEPS):
        pixels, labels = cnn_batch(step)
        x = (tensor(pixels, dtype) / 255).permute(0, 3, 1, 2)
        optimiser.zero_grad()
        loss = F.cross_entropy(net(x), torch.from_numpy(labels))
        loss.backward()
        found[f"cnn/{step}/{name}/loss"] = np.array(loss.item())
        for key, parameter in zip(CNN, net.parameters(), strict=True):
            found[f"cnn/{step}/{name}/{key}"] = looked_at(in_keras(parameter.grad.numpy()))
        optimiser.step()


def optimisers() -> None:
    for decay in (0.0, 0.1):
        for name, make in {
            "sgd": lambda p, d: torch.optim.SGD(p, 0.1, weight_decay=d),
            "momentum": lambda p, d: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=d),
            "nesterov": lambda p, d: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=d),
            "rmsprop": lambda p, d: torch.optim.RMSprop(p, 0.1, alpha=0.9, eps=1e-7, weight_decay=d),
            "adam": lambda p, d: torch.optim.Adam(p, 0.1, eps=1e-7, weight_decay=d),
            "adamw": lambda p, d: torch.optim.AdamW(p, 0.1, eps=1e-7, weight_decay=d),
        }.items():
            weights = tensor(numbers((7,), 1)).requires_grad_()
            optimiser, course = make([weights], decay), []
            for step in range(5):
                # The last gradients are so small that epsilon shows.
                weights.grad = tensor(numbers((7,), 2 + step) * [1, 1, 1, 10, 1e-3, 1e-6, 1e-7])
                optimiser.step()
                course.append(weights.detach().numpy().copy())
            found[f"optimiser/{name}/{decay:g}"] = np.array(course)
    for most in (0.5, 100.0):
        weights = torch.zeros(7, dtype=torch.float64, requires_grad=True)
        weights.grad = tensor(numbers((7,), 3))
        nn.utils.clip_grad_norm_([weights], most)
        found[f"clip/{most:g}"] = weights.grad.numpy()


def schedules() -> None:
    steps, epoch = 24, 4
    from torch.optim import lr_scheduler as of

    for name, make in {
        "step:2,0.5": lambda o: of.StepLR(o, 2 * epoch, 0.5),
        "cosine": lambda o: of.CosineAnnealingLR(o, steps),
        "warm-up:2": lambda o: of.SequentialLR(
            o,
            [of.LinearLR(o, 1 / (2 * epoch), 1, 2 * epoch - 1), of.CosineAnnealingLR(o, steps - 2 * epoch)],
            [2 * epoch],
        ),
    }.items():
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
        schedule, course = make(optimiser), []
        for _ in range(steps):
            course.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            schedule.step()
        found[f"schedule/{name}"] = np.array(course)


def losses() -> None:
    z, shares = numbers((5, 3), 11) * 4, np.abs(numbers((5, 3), 12))
    labels = np.array([0, 2, 1, 2, 2])
    for name, compute in {
        "cross-entropy/labels": lambda y: F.cross_entropy(y, torch.from_numpy(labels)),
        "cross-entropy/dense": lambda y: F.cross_entropy(y, tensor(shares)),
        "binary-cross-entropy": lambda y: F.binary_cross_entropy_with_logits(y, tensor(shares)),
        "mean-squared": lambda y: F.mse_loss(y, tensor(shares)),
        "mean-absolute": lambda y: F.l1_loss(y, tensor(shares)),
        "huber": lambda y: F.huber_loss(y, tensor(shares)),
    }.items():
        y = tensor(z).requires_grad_()
        value = compute(y)
        value.backward()
        found[f"loss/{name}"], found[f"loss/{name}/slope"] = np.array(value.item()), y.grad.numpy()


def activations() -> None:
    given, pull = np.append(numbers((11,), 13) * 6, 0.0).reshape(4, 3), numbers((4, 3), 14)
    for name, function in {
        "relu": F.relu, "leaky-relu": F.leaky_relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
        "elu": F.elu, "gelu": F.gelu, "silu": F.silu, "softplus": F.softplus, "selu": F.selu,
        "hard-sigmoid": F.hardsigmoid, "hard-tanh": F.hardtanh,
        "softmax": lambda x: torch.softmax(x, 1),
    }.items():  # fmt: skip
        x = tensor(given).requires_grad_()
        y = function(x)
        (y * tensor(pull)).sum().backward()
        found[f"activation/{name}"] = y.detach().numpy()
        found[f"activation/{name}/slope"] = x.grad.numpy()


def main() -> None:
    torch.set_num_threads(1)
    for name, dtype in (("float32", torch.float32), ("float64", torch.float64)):
        cnn(name, dtype)
    optimisers()
    schedules()
    losses()
    activations()
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
