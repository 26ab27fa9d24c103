"""Make ``vad.safetensors``: the weights of the voice detector silero-vad 6.2.3, for layers of dlcli.

``pip install --no-deps silero-vad==6.2.3``, then ``python samples/make_vad.py`` writes it beside this file.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from dlcli.commands.kinds.nets.net_file import history_tensor, write_net_file
from dlcli.nets.spec import ModelSpec, model_spec
from dlcli.tensor import Array
from dlcli.wire.models.onnx_model import read_onnx
from dlcli.wire.stream import Limits, Source

#: The file of the package: all its ONNX files for 16 kHz hold the same numbers, its .safetensors others.
FILE = "data/silero_vad_16k_op15.onnx"

#: Samples of a chunk, and of what came before it that the net sees again.
CHUNK, BEFORE = 512, 64

FACTS = {
    "dtype": "float32",
    "classes": ["quiet", "speech"],
    "data": {"source": "silero-vad 6.2.3", "sound": {"sample_rate": 16000, "chunk": CHUNK}},
}


def _conv(number: int, filters: int, strides: int) -> dict[str, Any]:
    return {
        "kind": "conv1d", "name": f"conv{number}", "filters": filters, "kernel_size": 3, "strides": strides,
        "padding": 1, "activation": "relu",
    }  # fmt: skip


MODEL = {
    "name": "silero-vad",
    "input": [BEFORE + CHUNK, 1],
    "loss": "binary-cross-entropy",
    "layer": [
        {"kind": "stft-spectrogram", "name": "stft", "pad": [0, 64]},
        _conv(1, 128, 1), _conv(2, 64, 2), _conv(3, 64, 2), _conv(4, 128, 1),
        {"kind": "lstm", "name": "lstm", "units": 128, "stateful": True},
        {"kind": "last-step", "name": "last"},
        {"kind": "relu", "name": "relu"},
        {"kind": "dense", "name": "output", "units": 1, "activation": "sigmoid"},
    ],
}  # fmt: skip


def spec() -> ModelSpec:
    """The model."""
    return model_spec(MODEL)


def weights(found: dict[str, Array]) -> dict[str, Array]:
    """The numbers of silero's graph in Keras' layout, by ``layer/weight``.

    ``found`` has PyTorch's names without ``model.``. The gates of both are i, f, g, o; the two biases of
    PyTorch are only ever added.
    """
    made: dict[str, Array] = {}
    for i in range(4):
        conv = f"encoder.{i}.reparam_conv"
        made[f"conv{i + 1}/kernel"] = found[f"{conv}.weight"].transpose(2, 1, 0)
        made[f"conv{i + 1}/bias"] = found[f"{conv}.bias"]
    made["lstm/kernel"] = found["decoder.rnn.weight_ih"].T
    made["lstm/recurrent_kernel"] = found["decoder.rnn.weight_hh"].T
    made["lstm/bias"] = found["decoder.rnn.bias_ih"] + found["decoder.rnn.bias_hh"]
    made["output/kernel"] = found["decoder.decoder.2.weight"][:, :, 0].T
    made["output/bias"] = found["decoder.decoder.2.bias"]
    return {name: np.ascontiguousarray(array, np.float32) for name, array in made.items()}


def main() -> None:
    """Read the package's file, whose code is not run, and write the net."""
    package = find_spec("silero_vad")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("silero-vad is not installed: pip install --no-deps silero-vad==6.2.3")
    path = Path(package.submodule_search_locations[0]) / FILE
    with path.open("rb") as stream:
        graph = read_onnx(Source(stream, FILE), limits=Limits())
    found = {name.removeprefix("model."): array for name, array in graph["initializers"].items()}
    target = Path(__file__).with_name("vad.safetensors")
    write_net_file(str(target), spec(), weights(found), state={}, facts=FACTS, history=history_tensor([]))


if __name__ == "__main__":
    main()
