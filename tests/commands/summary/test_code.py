"""The code for Keras and PyTorch: what those libraries made of it, stored; asked anew where they are installed."""

from __future__ import annotations

import ast
import importlib.util
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.commands.summary.code import torch_code
from dlcli.commands.summary.record import counted
from dlcli.commands.summary.sequence_code import ends_with_step
from dlcli.nets.layers.recurrent import LSTM, SimpleRNN
from dlcli.nets.names import read_names, write_names
from dlcli.nets.net import Net
from dlcli.nets.spec import BadModel, ModelSpec, model_spec

DATA = Path(__file__).parents[2] / "data"


def _maker() -> Any:
    spec = importlib.util.spec_from_file_location("make_model_code", DATA / "make_model_code.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = _maker()
TOLD = {library: json.loads((DATA / f"{library}_models.json").read_text()) for library in ("keras", "torch")}
EACH = pytest.mark.parametrize("name", MAKER.CASES)
BOTH = pytest.mark.parametrize("library", ["keras", "torch"])


def ours(name: str) -> np.ndarray[Any, Any]:
    spec = MAKER.CASES[name]
    net = Net(spec, np.float64).load(MAKER.weights_of(spec))
    *_, (_, y) = net.activations(net.batch(MAKER.input_of(spec)))
    return y.transpose(3, 1, 2, 0) if y.ndim == 4 else y.T


@BOTH
@EACH
def test_the_code_that_they_ran_is_the_code_that_is_written(name: str, library: str) -> None:
    assert MAKER.WRITE[library](MAKER.CASES[name]).split("\n") == TOLD[library][name]["code"]


@BOTH
@EACH
def test_from_the_same_weights_come_the_same_outputs(name: str, library: str) -> None:
    """Layer normalisation of Keras computes in single precision."""
    y = ours(name)
    theirs = np.reshape(TOLD[library][name]["output"], y.shape)
    close = 1e-6 if library == "keras" and name in ("kinds", "looking") else 1e-10
    np.testing.assert_allclose(y, theirs, rtol=close, atol=close)


@EACH
def test_counts_and_shapes_are_those_of_keras(name: str) -> None:
    spec, told = MAKER.CASES[name], TOLD["keras"][name]
    found = {layer.name: [layer.parameters, list(layer.output)] for layer in spec.layers}
    for layer, behind in pairwise(spec.layers):
        if ends_with_step(spec, layer):  # one layer there
            found[layer.name][1] = found.pop(behind.name)[1]
    assert found == told["layers"]
    assert spec.parameters == told["parameters"]


@EACH
def test_what_is_learnt_is_as_much_as_in_torch(name: str) -> None:
    layers = counted(MAKER.CASES[name])
    trained = sum(one.trained for one in layers)
    second = sum(  # recurrent layers have a second bias there
        one.layer.weights["bias"].size
        for one in layers
        if isinstance(one.layer.kind, LSTM | SimpleRNN) and one.layer.kind.use_bias
    )
    assert trained + second == TOLD["torch"][name]["parameters"]


def test_the_models_have_every_kind_of_layer_and_every_activation() -> None:
    from dlcli.nets.layers.activation import NAMES
    from dlcli.nets.layers.kinds import KINDS

    made = {layer.kind.kind for spec in MAKER.CASES.values() for layer in spec.layers}
    assert made == set(KINDS)
    endings = {getattr(layer.kind, "activation", "linear") for layer in MAKER.CASES["kinds"].layers}
    assert endings == set(NAMES)


@pytest.mark.filterwarnings("ignore")  # what they warn of is theirs
@BOTH
@EACH
def test_they_say_so_still(name: str, library: str) -> None:
    pytest.importorskip(library)
    spec = MAKER.CASES[name]
    found = MAKER.ASK[library](spec, MAKER.WRITE[library](spec))
    np.testing.assert_allclose(found["output"], ours(name), rtol=1e-5, atol=1e-5)
    assert found["parameters"] == TOLD[library][name]["parameters"]


def test_names_from_outside_stay_texts_of_the_code(cli: Any) -> None:
    name = 'a"); import os; (" \\u001b[31m\\u202e'
    Path("m.toml").write_text(f"input = [4]\n[[layer]]\nkind = \"dense\"\nunits = 2\nname = '''{name}'''\n")
    Path("n.toml").write_text(
        'input = [4]\nname = "\\"\\"\\"\\nimport os\\u001b"\n[[layer]]\nkind = "dense"\nunits = 2\nname = "x\\u001b\\n(\\""\n'
    )
    for file in ("m.toml", "n.toml"):
        for library in ("keras", "torch"):
            made = cli("summary", file, "-f", library)
            assert made.code == 0
            assert "\x1b" not in made.out
            compile(made.out, file, "exec")
            found = [node for node in ast.walk(ast.parse(made.out)) if isinstance(node, ast.Import)]
            assert {alias.name for node in found for alias in node.names} <= {"keras", "torch"}


def test_a_layer_that_keras_lacks_is_named() -> None:
    from dlcli.commands.summary.code import keras_code

    spec = model_spec(
        {"input": [9, 9, 1], "layer": [{"kind": "conv", "filters": 1, "strides": 2, "dilation_rate": 2}]}
    )
    with pytest.raises(
        ValueError, match="layer conv2d: Keras has no conv with strides and dilation_rate above 1"
    ):
        keras_code(spec)


def over_time(*layers: dict[str, Any]) -> ModelSpec:
    return model_spec({"input": [6, 4], "loss": "mean-squared", "layer": list(layers)})


@pytest.mark.parametrize(
    ("one", "library", "words"),
    [
        ({"kind": "gru", "units": 2, "reset_after": False}, "torch", "a gru of PyTorch resets after the product"),
        ({"kind": "lstm", "units": 2, "activation": "relu"}, "torch", "a lstm of PyTorch has the activation tanh, not"),
        ({"kind": "bidirectional", "layer": {"kind": "leaky", "units": 2}}, "torch", "PyTorch has no leaky in both"),
        ({"kind": "attention", "key_dim": 3}, "torch", "heads of PyTorch.s attention share the 4 features; it has no key_dim"),
        ({"kind": "conv1d", "filters": 2, "strides": 2, "dilation_rate": 2}, "keras", "Keras has no conv1d with strides"),
    ],
)  # fmt: skip
def test_a_layer_over_time_that_they_lack_is_named(one: dict[str, Any], library: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"layer {model_name(one)}: {words}"):
        MAKER.WRITE[library](over_time(one))
    MAKER.WRITE[{"keras": "torch", "torch": "keras"}[library]](over_time(one))


def model_name(one: dict[str, Any]) -> str:
    return over_time(one).layers[0].name


@BOTH
def test_a_skip_that_begins_with_a_state_is_named(library: str) -> None:
    layers = [
        {"kind": "simple-rnn", "units": 2},
        {"kind": "last-step", "name": "end"},
        {"kind": "linear", "after": "simple_rnn"},
    ]
    spec = over_time(*layers, {"kind": "simple-rnn", "units": 2, "skip": 2, "initial": "end", "name": "x"})
    with pytest.raises(
        ValueError, match="layer x: there is no way to write a simple-rnn that skips and begins"
    ):
        MAKER.WRITE[library](spec)


def test_what_is_otherwise_there_is_noted_above_the_code() -> None:
    spec = over_time({"kind": "masking"}, {"kind": "lstm", "units": 2, "stateful": True, "forget_bias": 2})
    torch, keras = torch_code(spec), MAKER.WRITE["keras"](spec)
    assert "Sequences are (batch, time, feature): (batch, 6, 4)." in torch
    assert "Steps that fill up short sequences are read like others here: pack them" in torch
    assert "two biases in PyTorch" in torch
    for code in (torch, keras):
        compile(code, "m.py", "exec")
        assert "Each batch begins anew; a stateful net" in code
        assert "set those of forget_bias, update_bias and chrono yourself" in code
    assert "unit_forget_bias=False" in keras
    words = model_spec(
        {"input": [5], "layer": [{"kind": "embedding", "input_dim": 9, "output_dim": 2, "mask_zero": True}]}
    )
    assert "Words are (batch, time) of whole numbers: (batch, 5)." in torch_code(words)
    conv = over_time({"kind": "masking"}, {"kind": "conv1d", "filters": 2})
    assert "A convolution hands on no mask in Keras" in MAKER.WRITE["keras"](conv)
    assert "A convolution hands on no mask" not in torch_code(conv)
    assert "dtype=torch.long" in torch_code(words)
    assert 'layers.Embedding(9, 2, mask_zero=True, name="embedding")' in MAKER.WRITE["keras"](words)


#: Pictures to rows, a dense layer, and back to pictures.
THERE_AND_BACK = model_spec(
    {
        "input": [6, 5, 2],
        "loss": "mean-squared",
        "layer": [
            {"kind": "conv", "filters": 3}, {"kind": "reshape", "target_shape": [36]}, {"kind": "batchnorm"},
            {"kind": "dense", "units": 24, "activation": "relu"}, {"kind": "reshape", "target_shape": [3, 4, 2]},
            {"kind": "conv", "filters": 2}, {"kind": "flatten"}, {"kind": "reshape", "target_shape": [1, 2, 2]},
            {"kind": "flatten"}, {"kind": "dense", "units": 2},
        ],
    }
)  # fmt: skip


def test_code_with_channels_first_has_flatten_alone_and_the_weights_fit() -> None:
    """Computed where PyTorch is installed."""
    code = torch_code(THERE_AND_BACK, channels_first=True)
    assert "Channels" not in code
    assert "nn.Unflatten(1, (2, 3, 4))" in code
    assert "--layout torch --flatten channels-first" in code
    assert "ChannelsLast()" in torch_code(THERE_AND_BACK)
    torch = pytest.importorskip("torch")
    net = Net(THERE_AND_BACK).draw(0)
    x = np.random.default_rng(0).random((3, 6, 5, 2), np.float32)
    for channels_first, flatten in ((True, "channels-first"), (False, "channels-last")):
        made: dict[str, Any] = {"__name__": "made"}
        exec(torch_code(THERE_AND_BACK, channels_first=channels_first), made)
        named = write_names(THERE_AND_BACK, net.weights(), "torch", flatten)
        state = {name: torch.tensor(array) for name, array in named.items()}
        made["model"].load_state_dict(state, strict=False)
        theirs = made["model"].eval()(torch.tensor(x.transpose(0, 3, 1, 2))).detach().numpy()
        np.testing.assert_allclose(net.predict(x), theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "layers",
    [
        [{"kind": "flatten"}, {"kind": "reshape", "target_shape": [1, 4, 2]}, {"kind": "conv", "filters": 1, "kernel_size": 1}],
        [{"kind": "reshape", "target_shape": [1, 4, 2], "name": "reshape"}],
        [{"kind": "conv", "filters": 2, "kernel_size": 1}, {"kind": "flatten", "name": "reshape"}],
    ],
)  # fmt: skip
def test_channels_first_is_refused_where_no_order_of_weights_makes_up_for_it(
    layers: list[dict[str, Any]],
) -> None:
    spec = model_spec({"input": [2, 2, 2], "loss": "mean-squared", "layer": layers})
    weights = Net(spec).draw(0).weights()
    words = "layer reshape: with channels first .*; with channels-last they stay as they are"
    with pytest.raises(BadModel, match=words):
        torch_code(spec, channels_first=True)
    with pytest.raises(BadModel, match=words):
        write_names(spec, weights, "torch", "channels-first")
    theirs = {
        f"0.{key.rpartition('.')[2]}": array for key, array in write_names(spec, weights, "torch").items()
    }
    if theirs:
        with pytest.raises(BadModel, match=words):
            read_names(spec, theirs)
        assert list(read_names(spec, theirs, flatten="channels-last").arrays) == list(weights)


#: Names that are no names of Python's, that Python or a module has a use for, and that come out the same.
NAMES = (
    "class",
    "größe",
    "a b",
    "a_b",
    "1st",
    "x.y",
    "forward",
    "_parameters",
    "register_forward_hook",
    "ﬁ",
    "fi",
)


@pytest.mark.parametrize("residual", [False, True])
def test_what_is_saved_for_torch_goes_into_the_program_that_is_printed(cli: Any, residual: bool) -> None:
    layers = [{"kind": "dense", "units": 3, "name": name} for name in NAMES]
    more = [{"kind": "add", "source": "a b", "name": "sum"}] if residual else []
    spec = model_spec({"input": [3], "layer": [*layers, *more, {"kind": "dense", "units": 2}]})
    weights = Net(spec).draw(0).weights()
    code, state = torch_code(spec), write_names(spec, weights, "torch")
    tree = ast.parse(code)
    made = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    made |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    modules = dict.fromkeys(name.rpartition(".")[0] for name in state)
    assert len(modules) == len(NAMES) + 1
    assert set(modules) <= made
    read = read_names(spec, state)
    assert (read.sources, read.flatten) == ({}, "channels-last")
    assert all(np.array_equal(read.arrays[name], array) for name, array in weights.items())


def test_weights_under_the_names_of_the_layers_are_theirs_too() -> None:
    """A model whose layers are called as the modules in a file, with dots: nothing is taken by order."""
    layers = [{"kind": "dense", "units": 3, "name": f"features.{place}"} for place in (1, 0)]
    spec = model_spec({"input": [3], "layer": layers})
    state = {
        name.replace("_", "."): w
        for name, w in write_names(spec, Net(spec).draw(0).weights(), "torch").items()
    }
    assert next(iter(state)) == "features.1.weight"
    assert read_names(spec, state).sources == {}


@BOTH
def test_a_net_that_hears_samples_is_written_too(library: str, cli: Any) -> None:
    ended = cli("summary", "sample:vad", "-f", library)
    assert ended.code == 0
    compile(ended.out, "vad.py", "exec")
    assert "Spectrogram(256, 128, pad=(0, 64)" in ended.out
