"""Nets to and from elsewhere: what is written, what is read, and what is said of it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from dlcli.commands.kinds.nets.net_convert import NetConvert, NetReading, save_net
from dlcli.commands.kinds.nets.net_file import NetFile, read_net_file
from dlcli.engines.base.checks import Array
from dlcli.errors import BadData, WrongUsage
from dlcli.nets.builtin import builtin
from dlcli.nets.net import Net
from dlcli.nets.spec import ModelSpec, model_spec
from dlcli.runner.environment import Environment
from dlcli.runner.option import parameters
from dlcli.runner.result import Run
from dlcli.wire.stream import Limits
from tests.nets.test_names import TORCH, stored

SPEC = builtin("cnn", input=(24, 24, 3), classes=4)
WEIGHTS = Net(SPEC).draw(0).weights()


def read(
    path: Path, model: ModelSpec | None = None, flatten: str | None = None, **limits: int
) -> tuple[NetFile, str]:
    """A net that is read, and what was said."""
    said = io.StringIO()
    run = Run(Environment(io.BytesIO(), io.BytesIO(), said), Limits(**limits), 0, "predict")
    return read_net_file(str(path), run, model, flatten), said.getvalue()


def same(weights: Any, wanted: dict[str, Array] = WEIGHTS) -> bool:
    return list(weights) == list(wanted) and all(np.array_equal(weights[key], wanted[key]) for key in wanted)


@pytest.mark.parametrize("flatten", [None, "channels-first"])
@pytest.mark.parametrize("layout", ["keras", "torch"])
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_what_is_saved_says_its_model(tmp_path: Path, suffix: str, layout: str, flatten: str | None) -> None:
    path = tmp_path / f"net{suffix}"
    save_net(str(path), SPEC, WEIGHTS, layout, flatten=flatten, facts={"classes": ["a", "b", "c", "d"]})
    file, said = read(path)
    assert (said, file.spec, file.classes) == ("", SPEC, ("a", "b", "c", "d"))
    assert same(file.weights)
    other = "channels-last" if flatten else "channels-first"
    assert same(read(path, flatten=other)[0].weights)  # the file knows


def test_keras_and_pytorch_find_their_names(tmp_path: Path) -> None:
    save_net(str(tmp_path / "k.npz"), SPEC, WEIGHTS)
    assert same(dict(np.load(tmp_path / "k.npz").items()))
    save_net(str(tmp_path / "t.safetensors"), SPEC, WEIGHTS, "torch")
    state = load_file(tmp_path / "t.safetensors")
    assert sorted(state)[:2] == ["conv2d.bias", "conv2d.weight"]
    np.testing.assert_array_equal(state["conv2d.weight"], WEIGHTS["conv2d/kernel"].transpose(3, 2, 0, 1))
    np.testing.assert_array_equal(state["dense.weight"], WEIGHTS["dense/kernel"].T)


def test_an_onnx_file_says_all_of_it(tmp_path: Path) -> None:
    save_net(str(tmp_path / "net.onnx"), SPEC, WEIGHTS, facts={"classes": ["a", "b", "c", "d"]})
    file, said = read(tmp_path / "net.onnx")
    assert (said, file.classes, file.spec.name) == ("", ("a", "b", "c", "d"), "net")
    assert file.spec.layers == SPEC.layers
    assert same(file.weights)


def foreign(path: Path, weights: dict[str, Array]) -> Path:
    save_file({name: np.ascontiguousarray(array) for name, array in weights.items()}, path)
    return path


def test_weights_of_pytorch_with_a_model(tmp_path: Path) -> None:
    """What was taken is said, and how to say the other."""
    path = foreign(tmp_path / "net.safetensors", stored("torch"))
    file, said = read(path, TORCH)
    order, flat = said.splitlines()
    assert order.startswith(f"dlcli: {path}: weights taken by order and shape: conv2d from features.0, ")
    assert flat == (
        f"dlcli: {path}: pictures become rows with their channels first, as PyTorch flattens; "
        "otherwise --flatten channels-last"
    )
    last, said = read(path, TORCH, "channels-last")
    assert len(said.splitlines()) == 1
    assert not np.array_equal(last.weights["dense/kernel"], file.weights["dense/kernel"])
    assert np.array_equal(
        read(path, TORCH, "channels-first")[0].weights["dense/kernel"], file.weights["dense/kernel"]
    )


def test_weights_under_the_names_of_the_printed_code(tmp_path: Path) -> None:
    save_net(str(tmp_path / "net.safetensors"), SPEC, WEIGHTS, "torch")
    path = foreign(tmp_path / "again.safetensors", load_file(tmp_path / "net.safetensors"))
    file, said = read(path, SPEC)
    assert same(file.weights)
    assert said == (
        f"dlcli: {path}: pictures become rows with their channels last, as summary -f torch writes it; "
        "otherwise --flatten channels-first\n"
    )


def test_an_onnx_file_with_a_model_of_ones_own(tmp_path: Path) -> None:
    """The weights by their order; the model says the loss."""
    save_net(str(tmp_path / "net.onnx"), SPEC, WEIGHTS)
    told = SPEC.as_mapping() | {"loss": "mean-squared"}
    told["layer"] = [{**one, "name": f"my-{one['name']}"} for one in told["layer"]]
    model = model_spec(told)
    file, _ = read(tmp_path / "net.onnx", model)
    assert (file.spec, next(iter(file.weights))) == (model, "my-conv2d/kernel")
    np.testing.assert_array_equal(file.weights["my-dense/kernel"], WEIGHTS["dense/kernel"])


CONV, END = {"kind": "conv", "filters": 4}, [{"kind": "flatten"}, {"kind": "dense", "units": 5}]


@pytest.mark.parametrize(
    "layers",
    [
        [CONV, {"kind": "prelu"}, *END, {"kind": "prelu"}],
        [{"kind": "prelu"}, CONV, *END[:1], {"kind": "prelu"}, *END[1:]],
        [CONV, {"kind": "batchnorm"}, *END[:1], {"kind": "batchnorm"}, *END[1:], {"kind": "batchnorm"}],
        [CONV, {"kind": "layernorm"}, *END[:1], {"kind": "layernorm"}, *END[1:], {"kind": "layernorm"}],
        [{"kind": "depthwise-conv", "depth_multiplier": 2, "use_bias": False}, *END],
        [{"kind": "separable-conv", "filters": 6}, {"kind": "separable-conv", "filters": 4}, *END],
        [
            CONV,
            {"kind": "separable-conv", "filters": 6, "use_bias": False, "depth_multiplier": 2},
            CONV,
            *END,
        ],
        [
            CONV,
            {"kind": "conv", "filters": 8, "groups": 4},
            {"kind": "conv", "filters": 4, "groups": 2},
            *END,
        ],
        [CONV, {"kind": "conv-transpose", "filters": 3, "strides": 2, "padding": "same"}, *END],
        [CONV, {"kind": "conv-transpose", "filters": 3, "strides": 3, "kernel_size": 2}, *END],
    ],
    ids=lambda layers: "-".join(str(one["kind"]) for one in layers),
)
@pytest.mark.parametrize("channels", [1, 2])
def test_each_kind_of_weights_out_of_onnx_with_its_model(
    channels: int, layers: list[dict[str, Any]], tmp_path: Path
) -> None:
    spec = model_spec({"input": [8, 8, channels], "layer": layers})
    rng = np.random.default_rng(0)
    weights = {
        key: rng.random(array.shape).astype(np.float32) for key, array in Net(spec).draw(0).weights().items()
    }
    save_net(str(tmp_path / "net.onnx"), spec, weights)
    file, said = read(tmp_path / "net.onnx", spec)
    assert (said, file.spec) == ("", spec)
    assert same(file.weights, weights)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = foreign(tmp_path / "net.safetensors", stored("torch"))
    with pytest.raises(BadData, match="does not say what model its weights are of; say it by --model"):
        read(path)
    with pytest.raises(BadData, match=r"net.safetensors: layer conv2d: its kernel has shape \(32, 3, 3, 3\)"):
        read(path, SPEC)
    with pytest.raises(BadData, match="neither a file nor a sample"):
        read(tmp_path / "none.onnx")
    (tmp_path / "x.onnx").write_bytes(b"no model at all")
    with pytest.raises(BadData, match=r"x.onnx: not an ONNX model, or a damaged one"):
        read(tmp_path / "x.onnx")
    save_net(str(tmp_path / "net.onnx"), SPEC, WEIGHTS)
    with pytest.raises(BadData, match="more than the 1000 bytes allowed"):
        read(tmp_path / "net.onnx", max_bytes=1000)
    broken = WEIGHTS | {"dense/bias": np.full(64, np.nan, np.float32)}
    save_net(str(tmp_path / "nan.onnx"), SPEC, broken)
    with pytest.raises(BadData, match="dense/bias is nan at 0"):
        read(tmp_path / "nan.onnx")


def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match=r"a net is saved as \.safetensors, \.npz, \.onnx"):
        save_net(str(tmp_path / "net.h5"), SPEC, WEIGHTS)
    with pytest.raises(WrongUsage, match="--layout torch: an ONNX file has an order of its own"):
        save_net(str(tmp_path / "net.onnx"), SPEC, WEIGHTS, "torch")
    assert list(tmp_path.iterdir()) == []


def test_the_options_are_declared() -> None:
    assert [one.name for one in parameters(NetConvert)] == ["save_weights", "layout"]
    assert [one.name for one in parameters(NetReading)] == ["model", "flatten"]


def test_train_keeps_an_onnx_file(cli: Any) -> None:
    ended = cli("train", "mlp", "digits8", "--epochs", "1", "-o", "net.onnx")
    assert ended.code == 0, ended.err
    file, said = read(Path("net.onnx"))
    assert (file.spec.input, file.classes, said) == ((8, 8, 1), tuple("0123456789"), "")


def test_an_onnx_file_where_numbers_are_wanted(cli: Any, tmp_path: Path) -> None:
    save_net("net.onnx", SPEC, WEIGHTS)
    ended = cli("conv", "net.onnx", "--kernel", "diag")
    assert (ended.code, "an ONNX model, which dlcli summary and predict read" in ended.err) == (1, True)
