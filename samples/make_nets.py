"""Train the nets of the samples anew, or those that are named.

``pip install '.[data]'`` brings the 5,000 digits that two of them learn from.

Each file keeps its history, which epoch its weights are of, and what it was trained on, but not the state of
a training that could go on.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from dlcli.cli import run
from dlcli.commands.kinds.nets.net_file import NetFile, read_net_file, write_net_file
from dlcli.runner.environment import Environment
from dlcli.runner.result import Run
from dlcli.wire.stream import Limits

FOLDER = Path(__file__).parent

#: Sample -> the line that trains it, and in how many bits its weights are kept.
NETS = {
    "digits-cnn": (
        "train small-cnn digits:all --epochs 20 --shift 2 --schedule cosine --batch 50 --lr 0.002 --seed 0",
        np.float32,
    ),
    "denoiser": (
        "train autoencoder digits:all --epochs 30 --schedule cosine --batch 64 --seed 0",
        np.float16,
    ),
    "writer": (
        "train tiny-gpt sample:austen --epochs 30 --lr 0.003 --schedule warm-up:2 --clip 1 --validation 0.1 "
        "--seed 0",
        np.float16,
    ),
    "dates": (
        "train seq2seq-attention dates:8000 --epochs 8 --lr 0.003 --schedule cosine --seed 0",
        np.float16,
    ),
}


def main() -> None:
    """Train, and keep what a net needs to be asked."""
    environment = Environment.of_process()
    job = Run(environment, Limits(), 0, "")
    for name, (line, dtype) in NETS.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/{name}.safetensors"
            if run([*line.split(), "-o", path, "-f", "plain"]):
                sys.exit(1)
            net = read_net_file(path, job)
        write(net, FOLDER / f"{name}.safetensors", dtype)


def write(net: NetFile, path: Path, dtype: type) -> None:
    """Write the weights of the best epoch."""
    progress = {"best_epoch": net.facts["progress"]["best_epoch"]}
    facts = {**net.facts, "data": {**net.facts["data"], "digest": ""}, "progress": progress}
    weights = {name: array.astype(dtype) for name, array in net.weights.items()}
    assert net.history is not None  # train writes one
    write_net_file(str(path), net.spec, weights, state={}, facts=facts, history=net.history)


if __name__ == "__main__":
    main()
