"""Writes torch_agents.npz, what PyTorch makes of a step of agents: ``PYTHONPATH=. python tests/data/make_torch_agents.py``.

``RULE/loss``, ``RULE/norm``, ``RULE/gradient`` (all weights, flat, layer after layer, kernels as PyTorch has them)
and ``RULE/after``, the weights after a step of Adam with that gradient clipped to a length of 0.05. The nets and
what they learn from are ``numbers`` of ``tests/nets/recipe.py``: 3 observed, 5 hidden, 2 actions, 7 steps.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.nets.recipe import Array, numbers

FILE = Path(__file__).with_name("torch_agents.npz")
ACTION = torch.tensor([0, 1, 1, 0, 1, 0, 0])
ENDED = torch.tensor([0.0, 0, 1, 0, 0, 1, 0], dtype=torch.float64)
found: dict[str, Array] = {}


def net(seed: int) -> nn.Sequential:
    made = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)).double()
    with torch.no_grad():
        for i, weight in enumerate(made.parameters()):
            weight.copy_(torch.from_numpy(numbers(tuple(weight.shape), seed + i)))
    return made


def step(name: str, made: nn.Module, loss: torch.Tensor) -> None:
    adam = torch.optim.Adam(made.parameters(), lr=0.01, eps=1e-7)
    loss.backward()
    flat = torch.cat([weight.grad.reshape(-1) for weight in made.parameters()])
    found[f"{name}/loss"], found[f"{name}/gradient"] = np.array(loss.item()), flat.numpy().copy()
    found[f"{name}/norm"] = np.array(float(nn.utils.clip_grad_norm_(made.parameters(), 0.05)))
    adam.step()
    found[f"{name}/after"] = torch.cat([w.detach().reshape(-1) for w in made.parameters()]).numpy()


observed, after = (torch.from_numpy(numbers((7, 3), seed)) for seed in (30, 31))
reward = torch.from_numpy(3 * numbers((7,), 32))
for rule in ("q-learning", "double-q"):
    made, slow = net(40), net(50)
    with torch.no_grad():
        ahead = slow(after)
        chosen = (made(after) if rule == "double-q" else ahead).argmax(1)
        target = reward + 0.9 * (1 - ENDED) * ahead.gather(1, chosen[:, None])[:, 0]
    taken = made(observed).gather(1, ACTION[:, None])[:, 0]
    step(rule, made, F.smooth_l1_loss(taken, target))
made = net(40)
advantage = torch.from_numpy(numbers((7,), 33))
chances = torch.distributions.Categorical(logits=made(observed))
step("reinforce", made, -(advantage * chances.log_prob(ACTION)).mean())
np.savez_compressed(FILE, **found)
