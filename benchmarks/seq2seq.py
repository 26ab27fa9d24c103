"""A decoder that writes token by token: what a step costs, and how time grows with the length."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work
from dlcli.engines.recurrent.translation import Seq2Seq

Array = np.ndarray[Any, np.dtype[Any]]

FEATURES, UNITS, TOKENS = 64, 128, 500
READ = 50
LENGTHS = (16, 64, 256)

#: Our time over PyTorch's: a step is some Python calls for both.
GOALS = {"gru": 1.1, "lstm": 0.5}


def contests(*, quick: bool) -> list[Contest]:
    """Greedy decoding at several lengths, beside the loop of PyTorch's tutorials."""
    return [
        Contest(
            f"{kind}, greedy, {steps} steps",
            ["dlcli", "torch"],
            {"kind": kind, "steps": steps},
            {"torch": goal},
        )
        for kind, goal in GOALS.items()
        for steps in (LENGTHS[:1] if quick else LENGTHS)
    ]


def net(kind: str) -> tuple[Seq2Seq, Array]:
    """The same float32 net for both, and what it reads (time, feature)."""
    from dlcli.engines.recurrent import Layer, seeded_cell, seeded_readout

    rng = np.random.default_rng(2)
    made = Seq2Seq(
        (Layer(seeded_cell(kind, FEATURES, UNITS, rng).astype(np.dtype(np.float32))),),
        (Layer(seeded_cell(kind, TOKENS, UNITS, rng).astype(np.dtype(np.float32))),),
        seeded_readout(UNITS, TOKENS, rng),
    )
    return made, rng.normal(size=(READ, FEATURES)).astype(np.float32)


def ours(kind: str, steps: int) -> Work:
    """dlcli's encoder and greedy decoder."""
    from dlcli.engines.recurrent.translation import encode, greedy

    made, x = net(kind)
    return lambda: greedy(made, encode(x, made), steps).log_probabilities


def torch(kind: str, steps: int) -> Work:
    """PyTorch's modules with the same weights, its decoder in a loop."""
    import torch

    from dlcli.engines.recurrent.layouts import write_seq2seq

    torch.set_num_threads(1)
    made, given = net(kind)
    weights = {
        name: torch.from_numpy(array.astype(np.float32))
        for name, array in write_seq2seq(made, "torch").items()
    }
    module = torch.nn.GRU if kind == "gru" else torch.nn.LSTM
    encoder, decoder = module(FEATURES, UNITS), module(TOKENS, UNITS)
    out = torch.nn.Linear(UNITS, TOKENS)
    for head, part in (("encoder.rnn.", encoder), ("decoder.rnn.", decoder), ("decoder.fc.", out)):
        part.load_state_dict(
            {name.removeprefix(head): w for name, w in weights.items() if name.startswith(head)}
        )
    x = torch.from_numpy(given)

    def work() -> Array:
        with torch.no_grad():
            _, state = encoder(x)
            spoken, found = torch.zeros(1, TOKENS), []
            for _ in range(steps):
                y, state = decoder(spoken, state)
                found.append(torch.log_softmax(out(y[0]), 0))
                spoken = torch.zeros(1, TOKENS)
                spoken[0, found[-1].argmax()] = 1
            result: Array = torch.stack(found).numpy()
        return result

    return work


CONTENDERS = {"dlcli": ours, "torch": torch}
