"""ONNX files: arrays of all types, numbers beside the file, and files that are damaged or lie."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.errors import BadData, WrongUsage
from dlcli.wire.models import onnx_model
from dlcli.wire.models.onnx_model import read_onnx, write_onnx
from dlcli.wire.models.protobuf import read_message, write_message
from dlcli.wire.stream import Limits, Source

MODEL: dict[str, Any] = {
    "producer": "dlcli", "opset": 17, "properties": {"loss": "mean-squared"},
    "inputs": [("input", (None, 3))], "outputs": [("y", (None, 2))],
    "initializers": {"w": np.arange(6, dtype=np.float32).reshape(3, 2), "n": np.array(3, np.int64)},
    "nodes": [
        {"op": "Gemm", "name": "dense", "domain": "", "inputs": ("input", "w"), "outputs": ("y",),
         "attributes": {"alpha": 0.5, "transB": 0, "axes": (1, 2), "mode": "nearest",
                        "value": np.ones(2, np.float32)}},
    ],
}  # fmt: skip


def written(model: dict[str, Any] = MODEL) -> bytes:
    buffer = io.BytesIO()
    write_onnx(model, buffer)
    return buffer.getvalue()


def read(data: bytes, folder: str | None = None, limits: Limits | None = None) -> dict[str, Any]:
    return read_onnx(Source(io.BytesIO(data), "net.onnx"), limits=limits or Limits(), folder=folder)


def with_tensor(**fields: Any) -> bytes:
    """A model with one tensor of these fields."""
    told = {"name": "w", **fields}
    model = {"graph": {"initializer": [told]}}
    return b"".join(write_message(model, onnx_model._MODEL))


def test_what_is_written_is_read() -> None:
    told = read(written())
    assert {key: told[key] for key in ("producer", "opset", "properties", "inputs", "outputs")} == {
        key: MODEL[key] for key in ("producer", "opset", "properties", "inputs", "outputs")
    }
    for name, array in MODEL["initializers"].items():
        np.testing.assert_array_equal(told["initializers"][name], array)
        assert told["initializers"][name].dtype == array.dtype
    (node,) = told["nodes"]
    value = node["attributes"].pop("value")
    assert value.tolist() == [1, 1]
    assert node["attributes"] == {"alpha": 0.5, "transB": 0, "axes": (1, 2), "mode": "nearest"}
    assert {key: node[key] for key in ("op", "name", "inputs", "outputs")} == {
        "op": "Gemm", "name": "dense", "inputs": ("input", "w"), "outputs": ("y",)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ({"data_type": 1, "float_data": [1.5, 2]}, [1.5, 2]),
        ({"data_type": 11, "double_data": [1.5, 2]}, [1.5, 2]),
        ({"data_type": 7, "int64_data": [-1, 2**40]}, [-1, 2**40]),
        ({"data_type": 6, "int32_data": [-1, 2]}, [-1, 2]),
        ({"data_type": 9, "int32_data": [1, 0]}, [True, False]),
        ({"data_type": 10, "int32_data": [0x3E00, 0xC000]}, [1.5, -2]),
        ({"data_type": 16, "int32_data": [0x3FC0, 0xC000]}, [1.5, -2]),
        ({"data_type": 10, "raw_data": np.array([1.5, -2], "<f2").tobytes()}, [1.5, -2]),
        ({"data_type": 13, "uint64_data": [3, 4]}, [3, 4]),
    ],
)
def test_numbers_of_all_types(fields: dict[str, Any], values: list[float]) -> None:
    assert read(with_tensor(dims=[2], **fields))["initializers"]["w"].tolist() == values


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "nothing in it"),
        (b"\x89PNG\r\n\x1a\n", "not an ONNX model, or a damaged one"),
        (b"\x08\x08", "it holds no graph"),
        (
            with_tensor(dims=[2], data_type=1, raw_data=b"1234"),
            r"w of shape \(2,\) takes 8 bytes; received 4",
        ),
        (with_tensor(dims=[2], data_type=1, float_data=[1]), r"holds 2 numbers; received 1"),
        (with_tensor(dims=[-2], data_type=1), r"w has the shape \(-2,\)"),
        (with_tensor(dims=[0, 2**60], data_type=1), "w has the shape"),
        (with_tensor(dims=[1] * 65, data_type=1, float_data=[1]), "w has the shape"),
        (with_tensor(dims=[1], data_type=8), "of type string, which is not read"),
        (with_tensor(dims=[1], data_type=1, data_location=1), "beside a file; this is none"),
    ],
)
def test_files_that_are_damaged_or_lie(data: bytes, words: str) -> None:
    with pytest.raises(BadData, match=words):
        read(data)


def refusal(data: bytes) -> str:
    """What is said of these bytes; nothing where they are a model."""
    try:
        read(data)
    except BadData as error:
        return str(error)
    return ""


def test_every_beginning_of_a_file_is_a_model_or_refused_in_a_sentence() -> None:
    data = written()
    told = [refusal(data[:length]) for length in range(len(data))]
    assert all(one.startswith("net.onnx: ") for one in told if one)
    assert sum(map(bool, told)) > 0.9 * len(data)


def test_bytes_that_are_changed_end_in_a_model_or_a_sentence() -> None:
    rng = np.random.default_rng(0)
    data = np.frombuffer(written(), np.uint8)
    for _ in range(500):
        changed = data.copy()
        changed[rng.integers(0, len(data), 3)] = rng.integers(0, 256, 3)
        assert "\n" not in refusal(changed.tobytes())


def test_numbers_beside_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "nets"
    folder.mkdir()
    (folder / "w.data").write_bytes(b"....\0\0\0\x40\0\0\x80\x3f")
    (tmp_path / "secret").write_bytes(b"12345678")
    (folder / "link").symlink_to(tmp_path / "secret")

    def external(location: str, offset: str = "4") -> bytes:
        entries = [{"key": "location", "value": location}, {"key": "offset", "value": offset}]
        return with_tensor(dims=[2], data_type=1, data_location=1, external_data=entries)

    assert read(external("w.data"), str(folder))["initializers"]["w"].tolist() == [2, 1]
    for location, offset, words in (
        ("../secret", "0", "outside the model's folder"),
        (str(tmp_path / "secret"), "0", "outside the model's folder"),
        ("link", "0", "outside the model's folder"),
        ("", "0", "outside the model's folder"),
        ("none.data", "0", "stand in none.data, which is not beside the model"),
        ("w.data", "8", "too short for w: 8 bytes from 8 on"),
        ("w.data", "-1", "not beside the model"),
        ("w.data", "x", "cannot be read from w.data"),
        ("a\0b", "0", "w"),
    ):
        with pytest.raises(BadData, match=words):
            read(external(location, offset), str(folder))
    with pytest.raises(BadData, match="more than the 4 "):
        read(external("w.data"), str(folder), Limits(max_bytes=4))


def test_a_model_that_is_larger_than_a_file_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_model, "MOST_BYTES", 100)
    with pytest.raises(WrongUsage, match="less than 100 bytes; this model takes"):
        written()


def test_a_graph_inside_an_attribute_is_not_looked_into() -> None:
    attribute = {"name": "then_branch", "type": 5, "g": b"\xff\xff"}
    model = {"graph": {"node": [{"op_type": "If", "attribute": [attribute]}]}}
    (node,) = read(b"".join(write_message(model, onnx_model._MODEL)))["nodes"]
    assert node["attributes"] == {"then_branch": None}
    assert "graph" in read_message(b"".join(write_message(model, onnx_model._MODEL)), onnx_model._MODEL)
