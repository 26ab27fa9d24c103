"""What Keras and PyTorch make of the code that ``dlcli summary`` writes: ``keras_models.json``, ``torch_models.json``.

    JAX_ENABLE_X64=1 KERAS_BACKEND=jax python tests/data/make_model_code.py keras
    python tests/data/make_model_code.py torch

Each in an environment that has the library, with dlcli on PYTHONPATH. For each model: the code that was run, the
parameters and output shapes of its layers, and the outputs for weights and inputs that are the same everywhere.
Asked were Keras 3 (JAX) and PyTorch 2.13, in double precision.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from dlcli.commands.summary.code import keras_code, torch_code
from dlcli.nets.builtin import builtin
from dlcli.nets.names import _canonical, write_names
from dlcli.nets.spec import ModelSpec, NamedLayer, model_spec

#: Every kind of layer, and every activation.
KINDS: dict[str, Any] = {
    "name": "kinds",
    "input": [13, 11, 3],
    "layer": [
        {"kind": "rescaling", "scale": 0.5, "offset": -0.25},
        {
            "kind": "conv",
            "filters": 4,
            "kernel_size": [3, 2],
            "padding": "same",
            "strides": 2,
            "activation": "leaky-relu",
        },
        {"kind": "batchnorm", "activation": "silu", "name": "norm"},
        {
            "kind": "conv",
            "filters": 4,
            "padding": "same",
            "groups": 2,
            "dilation_rate": 2,
            "use_bias": False,
            "activation": "gelu",
        },
        {"kind": "add", "source": "norm", "activation": "tanh"},
        {
            "kind": "depthwise-conv",
            "kernel_size": 2,
            "depth_multiplier": 2,
            "padding": "same",
            "activation": "elu",
        },
        {"kind": "prelu"},
        {"kind": "upsampling", "size": [2, 1]},
        {"kind": "separable-conv", "filters": 6, "depth_multiplier": 2, "activation": "softplus"},
        {"kind": "layernorm"},
        {"kind": "maxpool", "padding": "same", "pool_size": 3, "strides": 2},
        {"kind": "conv-transpose", "filters": 5, "strides": 2, "padding": "same", "activation": "relu"},
        {"kind": "avgpool", "padding": "same"},
        {"kind": "conv-transpose", "filters": 4, "kernel_size": [2, 4], "strides": 3},
        {"kind": "dropout", "rate": 0.25},
        {"kind": "noise", "stddev": 0.1},
        {"kind": "flatten"},
        {"kind": "dense", "units": 12, "use_bias": False, "activation": "sigmoid"},
        {"kind": "reshape", "target_shape": [2, 2, 3]},
        {"kind": "reshape", "target_shape": [1, 4, 3]},
        {"kind": "conv", "filters": 3, "kernel_size": 1, "activation": "softmax"},
        {"kind": "global-avgpool"},
        {"kind": "batchnorm", "momentum": 0.9},
        {"kind": "prelu"},
        {"kind": "layernorm", "epsilon": 1e-5},
        {"kind": "batchnorm", "activation": "selu"},
        {"kind": "batchnorm", "activation": "hard-sigmoid"},
        {"kind": "batchnorm", "activation": "hard-tanh"},
        {"kind": "hard-sigmoid"},
        {"kind": "hard-tanh"},
        {"kind": "relu"},
        {"kind": "reshape", "target_shape": [3]},
        {"kind": "leaky-relu"},
        {"kind": "softmax"},
    ],
}

#: Frames of all sorts around windows of all sorts, names that are no names of Python's, other recipes.
FRAMES: dict[str, Any] = {
    "name": "frames of 2",
    "input": [9, 8, 2],
    "initializer": "torch",
    "loss": "mean-squared",
    "layer": [
        {"kind": "noise", "stddev": 0.5, "low": 0.0, "high": 1.0},
        {"kind": "conv", "filters": 3, "padding": [[1, 0], [2, 1]], "activation": "relu", "name": "train"},
        {"kind": "conv", "filters": 3, "kernel_size": [2, 3], "padding": "full", "name": "a-b"},
        {"kind": "maxpool", "pool_size": 2, "strides": 1, "padding": "same"},
        {"kind": "maxpool", "pool_size": 3, "strides": 2, "padding": [[2, 1], [0, 1]]},
        {"kind": "avgpool", "pool_size": 2, "strides": 1, "padding": "same"},
        {"kind": "avgpool", "pool_size": 3, "strides": 2, "padding": 1},
        {"kind": "depthwise-conv", "padding": 1, "strides": [2, 2], "use_bias": False, "name": "a_b"},
        {"kind": "conv-transpose", "filters": 3, "kernel_size": 4, "strides": 2, "padding": "same"},
        {
            "kind": "conv-transpose",
            "filters": 2,
            "kernel_size": [1, 5],
            "strides": [2, 1],
            "padding": "same",
            "use_bias": False,
        },
        {
            "kind": "separable-conv",
            "filters": 2,
            "kernel_size": 2,
            "padding": "same",
            "strides": 2,
            "use_bias": False,
            "activation": "leaky-relu",
        },
    ],
}

#: Recurrent layers of all sorts, and what stands around them.
STEPS: dict[str, Any] = {
    "name": "steps",
    "input": [9],
    "layer": [
        {"kind": "embedding", "input_dim": 7, "output_dim": 6},
        {"kind": "positions"},
        {"kind": "conv1d", "filters": 6, "padding": "causal", "dilation_rate": 2, "activation": "relu"},
        {"kind": "lstm", "units": 5},
        {"kind": "batchnorm"},
        {"kind": "bidirectional", "layer": {"kind": "gru", "units": 3}},
        {"kind": "prelu"},
        {"kind": "simple-rnn", "units": 4, "skip": 3},
        {"kind": "leaky", "units": 4, "alpha": 0.75, "activation": "tanh"},
        {
            "kind": "bidirectional",
            "layer": {"kind": "lstm", "units": 4, "use_bias": False},
            "merge_mode": "sum",
        },
        {"kind": "conv1d", "filters": 4, "kernel_size": 2, "padding": 1, "groups": 2},
        {"kind": "time-distributed", "layer": {"kind": "dense", "units": 5, "activation": "sigmoid"}},
        {"kind": "layernorm", "epsilon": 1e-5},
        {"kind": "simple-rnn", "units": 4, "activation": "relu"},
        {"kind": "steps", "start": 2, "stop": -1},
        {"kind": "conv1d", "filters": 4, "strides": 2, "padding": "same"},
        {"kind": "reshape", "target_shape": [2, 8]},
        {"kind": "gru", "units": 4},
        {"kind": "last-step"},
        {"kind": "dense", "units": 3, "activation": "softmax"},
    ],
}

#: Attention of all sorts: encoder and decoder, what is looked at, what goes around.
LOOKING: dict[str, Any] = {
    "name": "looking",
    "input": [8, 4],
    "loss": "mean-squared",
    "layer": [
        {"kind": "normalization", "mean": [0.5, 0.25, 0, -1], "variance": [0.5, 1, 2, 4]},
        {"kind": "masking"},
        {"kind": "positions", "encoding": "sinusoidal", "name": "all"},
        {"kind": "steps", "stop": 5},
        {"kind": "transformer-block", "heads": 2, "activation": "gelu"},
        {"kind": "attention", "heads": 2, "name": "read"},
        {"kind": "last-step", "name": "end"},
        {"kind": "steps", "start": 5, "after": "all"},
        {"kind": "gru", "units": 4, "initial": "end"},
        {"kind": "leaky", "units": 4, "alpha": 0.5, "initial": "end", "name": "write"},
        {"kind": "attention", "memory": "read", "use_bias": False},
        {"kind": "concat", "source": "write"},
        {"kind": "dense", "units": 4, "activation": "tanh"},
        {"kind": "add", "source": "write"},
        {"kind": "normalization", "mean": [0.5], "variance": [4], "invert": True},
        {"kind": "decoder-block", "heads": 2, "memory": "read", "hidden": 6, "norm_first": True},
        {"kind": "decoder-block", "heads": 4, "activation": "silu"},
        {"kind": "attention", "causal": True},
        {"kind": "simple-rnn", "units": 4, "name": "one"},
        {"kind": "softmax"},
        {"kind": "global-avgpool"},
        {"kind": "reshape", "target_shape": [2, 2]},
        {"kind": "flatten"},
    ],
}

#: Samples, of which a net hears frequencies.
HEARD: dict[str, Any] = {
    "name": "heard",
    "input": [23, 1],
    "layer": [
        {"kind": "stft-spectrogram", "frame_length": 7, "frame_step": 3, "pad": [2, 5]},
        {"kind": "conv1d", "filters": 3, "activation": "relu"},
        {"kind": "reshape", "target_shape": [18, 1]},
        {"kind": "stft-spectrogram", "frame_length": 8, "frame_step": 2},
        {"kind": "lstm", "units": 2},
    ],
}

CASES: dict[str, ModelSpec] = {
    "kinds": model_spec(KINDS),
    "frames": model_spec(FRAMES),
    "steps": model_spec(STEPS),
    "looking": model_spec(LOOKING),
    "heard": model_spec(HEARD),
    "cnn": builtin("cnn"),
    "image-classifier": builtin("image-classifier", input=(20, 17, 3)),
    "small-cnn": builtin("small-cnn"),
    "mlp": builtin("mlp"),
    "autoencoder": builtin("autoencoder"),
    "conv-autoencoder": builtin("conv-autoencoder", input=(12, 14, 3)),
}


def numbers(shape: tuple[int, ...], seed: int) -> np.ndarray[Any, Any]:
    """Numbers from -0.5 to 0.5 that are the same on every machine."""
    count = int(np.prod(shape))
    return (((np.arange(count) + 31 * seed) * 7919 % 2003) / 2003 - 0.5).reshape(shape)


def weights_of(spec: ModelSpec) -> dict[str, np.ndarray[Any, Any]]:
    """Weights of a model in Keras' layout by ``layer/weight``."""
    made = {}
    for layer in spec.layers:
        for name, weight in layer.weights.items():
            values = numbers(weight.shape, len(made)) * 3 / max(1, weight.size // weight.shape[-1]) ** 0.5
            made[f"{layer.name}/{name}"] = values**2 + 0.5 if "variance" in name else values
    return made


def input_of(spec: ModelSpec) -> np.ndarray[Any, Any]:
    """Two inputs."""
    if spec.words:
        return np.arange(2 * spec.input[0]).reshape(2, -1) * 5 % spec.words
    return numbers((2, *spec.input), 99) + 0.5


def ask_keras(spec: ModelSpec, code: str) -> dict[str, Any]:
    """The parameters, shapes and outputs of the code's model."""
    import keras

    keras.config.set_floatx("float64")
    from keras.src.backend.common import dtypes

    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"  # else recurrent layers do not run in it
    keras.utils.clear_session()
    space: dict[str, Any] = {"__name__": "model"}
    exec(compile(code, "model.py", "exec"), space)
    model, weights = space["model"], weights_of(spec)
    named = {_canonical(name, "keras"): one for name, one in write_names(spec, weights).items()}
    variables = {_canonical(one.path.removeprefix(f"{model.name}/"), "keras"): one for one in model.weights}
    assert set(named) == set(variables)
    for name, one in variables.items():
        one.assign(named[name].reshape(one.shape))
    known = {layer.name for layer in model.layers}  # a last step may be part of the layer before it
    layers = {
        layer.name: [
            model.get_layer(layer.name).count_params(),
            list(model.get_layer(layer.name).output.shape[1:]),
        ]
        for layer in spec.layers
        if layer.name in known
    }
    output = np.asarray(model(input_of(spec), training=False))
    return {"parameters": model.count_params(), "layers": layers, "output": output}


def ask_torch(spec: ModelSpec, code: str) -> dict[str, Any]:
    """The parameters and outputs of the code's model; its state has the names of the layers."""
    import torch

    space: dict[str, Any] = {"__name__": "model"}
    exec(compile(code, "model.py", "exec"), space)
    model, weights = space["model"].double().eval(), weights_of(spec)
    state = model.state_dict()
    filled = set()
    for layer in spec.layers:
        for name, array in torch_weights(spec, layer, weights).items():
            state[name] = torch.from_numpy(array.copy()).reshape(state[name].shape)
            filled.add(name)
    assert filled == {name for name in state if not name.endswith("num_batches_tracked")}
    model.load_state_dict(state)
    x = input_of(spec)
    given = torch.from_numpy(x.transpose(0, 3, 1, 2).copy() if x.ndim == 4 else x)
    with torch.no_grad():
        y = model(given).numpy()
    learnt = sum(one.numel() for one in model.parameters())
    return {"parameters": learnt, "output": y.transpose(0, 2, 3, 1) if y.ndim == 4 else y}


#: What PyTorch calls the weights of Keras.
NAMES = {
    "kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias", "moving_mean": "running_mean",
    "moving_variance": "running_var", "alpha": "weight", "depthwise_kernel": "depthwise.weight",
    "pointwise_kernel": "pointwise.weight",
}  # fmt: skip


def torch_weights(
    spec: ModelSpec, layer: NamedLayer, weights: dict[str, np.ndarray[Any, Any]]
) -> dict[str, np.ndarray[Any, Any]]:
    """The weights of a layer by the names of the module's state."""
    called = {"train": "train_", "a-b": "a_b", "a_b": "a_b_"}.get(layer.name, layer.name)
    if len(spec.input) < 3:
        written = write_names(spec, weights, "torch")
        return {name: one for name, one in written.items() if name.partition(".")[0] == called}
    made = {}
    for name, weight in layer.weights.items():
        theirs = NAMES[name]
        if name == "bias" and "depthwise_kernel" in layer.weights:
            theirs = "pointwise.bias"
        made[f"{called}.{theirs}"] = weight.in_net(weights[f"{layer.name}/{name}"])
    return made


WRITE = {"keras": keras_code, "torch": torch_code}
ASK = {"keras": ask_keras, "torch": ask_torch}


def main(library: str) -> None:
    """Ask one of them for all models."""
    told = {}
    for name, spec in CASES.items():
        code = WRITE[library](spec)
        found = ASK[library](spec, code)
        found["output"] = [float(f"{value:.12g}") for value in found["output"].ravel().tolist()]
        told[name] = {"code": code.split("\n"), **found}
    path = Path(__file__).with_name(f"{library}_models.json")
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
