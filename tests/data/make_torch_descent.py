"""Writes torch_descent.npz, steps of PyTorch's SGD: ``python tests/data/make_torch_descent.py``.

Needs PyTorch, which the tests do not. ``cases`` lists, as JSON, kind, layers, directions, learning rate, number
of steps and the norm that gradients are clipped to (null: none) of each case. Of case i, ``i/x`` (time, feature)
is the input and ``i/target`` what each step should give, (time, output) of ½ Σ (y − target)² and of a binary
cross entropy, and (time,) of a cross entropy, all added up over the steps; ``i/w/NAME`` and ``i/after/NAME`` are the weights before and behind
the steps, ``i/losses`` the losses before the first and after each.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

FILE = Path(__file__).with_name("torch_descent.npz")

CASES = [
    {"kind": "lstm", "layers": 1, "both": False, "loss": "squared", "rate": 0.125, "times": 5, "clip": None},
    {"kind": "lstm", "layers": 1, "both": False, "loss": "squared", "rate": 0.5, "times": 5, "clip": 0.75},
    {"kind": "gru", "layers": 2, "both": True, "loss": "cross-entropy", "rate": 0.25, "times": 5, "clip": None},
    {"kind": "rnn", "layers": 2, "both": False, "loss": "cross-entropy", "rate": 0.25, "times": 3, "clip": 1.0},
    {"kind": "lstm", "layers": 1, "both": False, "loss": "binary-cross-entropy", "rate": 0.5, "times": 5, "clip": None},
    {"kind": "gru", "layers": 1, "both": True, "loss": "binary-cross-entropy", "rate": 0.5, "times": 3, "clip": 0.5},
]  # fmt: skip
TIME, FEATURES, UNITS, OUTPUTS = 6, 3, 2, 3


class Net(torch.nn.Module):
    """A recurrent module and an output layer above it, weights small multiples of 1/64."""

    def __init__(self, case: dict[str, object]) -> None:
        super().__init__()
        made = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[str(case["kind"])]
        self.rnn = made(
            FEATURES, UNITS, num_layers=case["layers"], bidirectional=case["both"], dtype=torch.float64
        )
        self.fc = torch.nn.Linear(UNITS * (1 + bool(case["both"])), OUTPUTS, dtype=torch.float64)
        with torch.no_grad():
            for weight in self.parameters():
                weight.copy_(torch.randint(-64, 65, weight.shape) / 64)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.fc(self.rnn(x)[0])
        return made


def main() -> None:
    torch.manual_seed(0)
    found = {"cases": np.array(json.dumps(CASES))}
    for i, case in enumerate(CASES):
        net = Net(case)
        x = torch.randint(-128, 129, (TIME, FEATURES)).double() / 64
        if case["loss"] == "squared":
            target = torch.randint(-64, 65, (TIME, OUTPUTS)).double() / 64
        elif case["loss"] == "binary-cross-entropy":
            target = torch.randint(0, 2, (TIME, OUTPUTS)).double()
            target[0, 0] = 0.25
        else:
            target = torch.randint(0, OUTPUTS, (TIME,))

        def loss(
            net: Net = net, x: torch.Tensor = x, target: torch.Tensor = target, of: object = case["loss"]
        ) -> torch.Tensor:
            if of == "binary-cross-entropy":
                return torch.nn.BCEWithLogitsLoss(reduction="sum")(net(x), target)
            if target.dtype == torch.int64:
                return torch.nn.functional.cross_entropy(net(x), target, reduction="sum")
            return 0.5 * ((net(x) - target) ** 2).sum()

        found |= {f"{i}/x": x.numpy(), f"{i}/target": target.numpy()}
        found |= {f"{i}/w/{name}": w.detach().numpy().copy() for name, w in net.named_parameters()}
        optimiser = torch.optim.SGD(net.parameters(), lr=float(str(case["rate"])))
        losses = []
        for _ in range(int(str(case["times"]))):
            optimiser.zero_grad()
            value = loss()
            losses.append(value.item())
            value.backward()
            if case["clip"] is not None:
                # clip_grad_norm_ divides by the norm + 1e-6, Keras' global_clipnorm and ours by the norm.
                norm = torch.nn.utils.clip_grad_norm_(net.parameters(), float("inf"))
                for weight in net.parameters():
                    weight.grad *= min(1.0, float(str(case["clip"])) / norm.item())
            optimiser.step()
        losses.append(loss().item())
        found |= {f"{i}/after/{name}": w.detach().numpy() for name, w in net.named_parameters()}
        found[f"{i}/losses"] = np.array(losses)
    np.savez_compressed(FILE, **{name: np.asarray(array) for name, array in found.items()})


if __name__ == "__main__":
    main()
