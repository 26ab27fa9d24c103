"""GRU and LSTM layers over a batch and over one long sequence, forwards, and there and back for training."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, np.dtype[Any]]

#: name -> batch, steps, features, units.
SIZES = {"32 x 200, 64 to 128": (32, 200, 64, 128), "one sequence of 10000, 32 units": (1, 10_000, 32, 32)}

#: (cell, whether it goes back too, which size) -> our time over PyTorch's.
GOALS = {
    ("gru", False, 0): 0.95,
    ("gru", True, 0): 0.95,
    ("lstm", False, 0): 2.5,
    ("lstm", True, 0): 1.5,
    ("gru", False, 1): 0.6,
}


def contests(*, quick: bool) -> list[Contest]:
    """Both cells, both sizes, forwards and with all gradients; beside them the definition."""
    found = []
    for place, (size, lengths) in enumerate(SIZES.items()):
        for cell in ("gru", "lstm"):
            for back in (False, True):
                goal = GOALS.get((cell, back, place))
                found.append(
                    Contest(
                        name=f"{cell} {'and back, ' if back else ''}{size}",
                        contenders=("dlcli", "torch", "plain"),
                        options={
                            "cell": cell,
                            "back": back,
                            "lengths": [min(n, 20) for n in lengths] if quick else list(lengths),
                        },
                        goals={} if goal is None else {"torch": goal},
                        rounds=9,
                    )
                )
    return found


def start(cell: str, lengths: list[int]) -> tuple[Any, Array, Array]:
    """The cell, the sequences (batch, time, feature) and the gradients at the states."""
    from dlcli.engines.recurrent import seeded_cell

    batch, steps, features, units = lengths
    rng = np.random.default_rng(0)
    made = seeded_cell(cell, features, units, rng).astype(np.dtype(np.float32))
    x = rng.standard_normal((batch, steps, features)).astype(np.float32)
    return made, x, rng.standard_normal((batch, steps, units)).astype(np.float32)


def told(states: Array, gradients: Any) -> tuple[Array, ...]:
    """What all contenders bring back of a way there and back."""
    return states, gradients.inputs, gradients.weights["kernel"], gradients.weights["recurrent_kernel"]


def ours(cell: str, back: bool, lengths: list[int]) -> Work:
    """dlcli's fast layers."""
    from dlcli.engines.recurrent import bptt_fast, gru_states, lstm_states, record_fast

    made, x, pull = start(cell, lengths)
    if not back:
        return lambda: (gru_states if cell == "gru" else lstm_states)(x, made)

    def work() -> tuple[Array, ...]:
        kept: Any = record_fast(x, made)
        return told(kept.steps(x).states, bptt_fast(made, kept, pull))

    return work


def plain(cell: str, back: bool, lengths: list[int]) -> Work:
    """dlcli's definition, step by step."""
    from dlcli.engines.recurrent import bptt, unroll

    made, x, pull = start(cell, lengths)
    if not back:
        return lambda: unroll(x, made).states

    def work() -> tuple[Array, ...]:
        steps = unroll(x, made)
        return told(steps.states, bptt(made, steps, pull))

    return work


def torch(cell: str, back: bool, lengths: list[int]) -> Work:
    """PyTorch's layers with the same weights."""
    import torch

    torch.set_num_threads(1)
    made, x, pull = start(cell, lengths)
    layer = torch_layer(made, cell)
    inputs, upstream = torch.from_numpy(x), torch.from_numpy(pull)
    if not back:

        def forwards() -> Array:
            with torch.inference_mode():
                return layer(inputs)[0].numpy()

        return forwards
    inputs.requires_grad_(True)

    def work() -> tuple[Array, ...]:
        inputs.grad = None
        layer.zero_grad(set_to_none=True)
        states = layer(inputs)[0]
        states.backward(upstream)
        gradients = inputs.grad, layer.weight_ih_l0.grad, layer.weight_hh_l0.grad
        return states.detach().numpy(), *(gradient.numpy() for gradient in gradients)

    return work


def torch_layer(made: Any, cell: str) -> Any:
    """A layer of PyTorch's with the weights of a cell: its gates are i f g o and r z n."""
    import torch

    weights = made.arrays()
    order = (1, 0, 2) if cell == "gru" else (0, 1, 2, 3)

    def gates(array: Array) -> Any:
        parts = np.split(array, len(order), axis=-1)
        return torch.from_numpy(np.ascontiguousarray(np.concatenate([parts[i] for i in order], axis=-1).T))

    layer = (torch.nn.GRU if cell == "gru" else torch.nn.LSTM)(made.features, made.units, batch_first=True)
    bias = weights["bias"] if cell == "gru" else np.stack([weights["bias"], 0 * weights["bias"]])
    with torch.no_grad():
        layer.weight_ih_l0.copy_(gates(weights["kernel"]))
        layer.weight_hh_l0.copy_(gates(weights["recurrent_kernel"]))
        layer.bias_ih_l0.copy_(gates(bias[0]))
        layer.bias_hh_l0.copy_(gates(bias[1]))
    return layer


CONTENDERS = {"dlcli": ours, "torch": torch, "plain": plain}
