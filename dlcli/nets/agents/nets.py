"""The nets of agents: dense layers from an observation to a number for each action, or to one."""

from __future__ import annotations

from collections.abc import Sequence

from dlcli.nets.spec import ModelSpec, model_spec


def _dense(name: str, observed: int, outputs: int, hidden: Sequence[int], loss: str) -> ModelSpec:
    layers = [
        {"kind": "dense", "name": f"hidden_{i}", "units": units, "activation": "relu"}
        for i, units in enumerate(hidden, 1)
    ]
    layers.append({"kind": "dense", "name": "output", "units": outputs})
    return model_spec({"name": name, "input": [observed], "loss": loss, "layer": layers})


def q_net(observed: int, actions: int, hidden: Sequence[int]) -> ModelSpec:
    """The values of all actions of an observation of so many numbers.

    >>> q_net(4, 2, (64,)).parameters
    450
    """
    return _dense("deep-q", observed, actions, hidden, "huber")


def policy_net(observed: int, actions: int, hidden: Sequence[int]) -> ModelSpec:
    """The probabilities of all actions."""
    return _dense("policy", observed, actions, hidden, "cross-entropy")


def value_net(observed: int, hidden: Sequence[int]) -> ModelSpec:
    """The value of an observation."""
    return _dense("value", observed, 1, hidden, "mean-squared")
