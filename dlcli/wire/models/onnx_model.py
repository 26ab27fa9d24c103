"""ONNX files: a model as plain mappings of nodes, attributes and arrays, and back.

What a model looks like here: ``nodes``, each with ``op``, ``name``, ``domain``, ``inputs``, ``outputs`` and
``attributes``; ``initializers``, arrays by name; ``inputs`` and ``outputs`` as (name, lengths), None where a
length is open; ``opset``, ``producer``, and ``properties``, words by words.

Source: onnx.proto3 of ONNX, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from math import prod
from typing import Any, BinaryIO

import numpy as np

from dlcli.errors import WrongUsage, printable
from dlcli.tensor import Array
from dlcli.wire.atomic import write_all
from dlcli.wire.models.protobuf import Field, Malformed, Schema, read_message, write_message
from dlcli.wire.stream import Limits, Source

#: The version of the format that goes with opset 17.
IR_VERSION = 8

#: A message of Protocol Buffers holds fewer bytes than this, and so does an ONNX file.
MOST_BYTES = 2**31

#: An array of NumPy has no more axes.
MOST_AXES = 64

_ENTRY: Schema = {1: Field("key", "text"), 2: Field("value", "text")}
_TENSOR: Schema = {
    1: Field("dims", "int", many=True), 2: Field("data_type", "int"),
    4: Field("float_data", "float", many=True), 5: Field("int32_data", "int", many=True),
    7: Field("int64_data", "int", many=True), 8: Field("name", "text"), 9: Field("raw_data", "bytes"),
    10: Field("double_data", "double", many=True),
    11: Field("uint64_data", "int", many=True), 13: Field("external_data", _ENTRY, many=True),
    14: Field("data_location", "int"),
}  # fmt: skip
_ATTRIBUTE: Schema = {
    1: Field("name", "text"), 2: Field("f", "float"), 3: Field("i", "int"), 4: Field("s", "bytes"),
    5: Field("t", _TENSOR), 6: Field("g", "bytes"), 7: Field("floats", "float", many=True),
    8: Field("ints", "int", many=True), 9: Field("strings", "bytes", many=True), 20: Field("type", "int"),
}  # fmt: skip
_NODE: Schema = {
    1: Field("input", "text", many=True), 2: Field("output", "text", many=True), 3: Field("name", "text"),
    4: Field("op_type", "text"), 5: Field("attribute", _ATTRIBUTE, many=True), 7: Field("domain", "text"),
}  # fmt: skip
_DIMENSION: Schema = {1: Field("dim_value", "int"), 2: Field("dim_param", "text")}
_SHAPE: Schema = {1: Field("dim", _DIMENSION, many=True)}
_TENSOR_TYPE: Schema = {1: Field("elem_type", "int"), 2: Field("shape", _SHAPE)}
_VALUE: Schema = {1: Field("name", "text"), 2: Field("type", {1: Field("tensor_type", _TENSOR_TYPE)})}
_GRAPH: Schema = {
    1: Field("node", _NODE, many=True), 2: Field("name", "text"), 5: Field("initializer", _TENSOR, many=True),
    11: Field("input", _VALUE, many=True), 12: Field("output", _VALUE, many=True),
    15: Field("sparse_initializer", "bytes", many=True),
}  # fmt: skip
_OPSET: Schema = {1: Field("domain", "text"), 2: Field("version", "int")}
_MODEL: Schema = {
    1: Field("ir_version", "int"), 2: Field("producer_name", "text"),
    7: Field("graph", _GRAPH), 8: Field("opset_import", _OPSET, many=True),
    14: Field("metadata_props", _ENTRY, many=True),
}  # fmt: skip

#: Number of a type of numbers -> the type, and the field that holds such numbers where they are not raw.
TYPES = {
    1: ("<f4", "float_data"), 2: ("u1", "int32_data"), 3: ("i1", "int32_data"), 4: ("<u2", "int32_data"),
    5: ("<i2", "int32_data"), 6: ("<i4", "int32_data"), 7: ("<i8", "int64_data"), 9: ("?", "int32_data"),
    10: ("<f2", "int32_data"), 11: ("<f8", "double_data"), 12: ("<u4", "uint64_data"),
    13: ("<u8", "uint64_data"),
}  # fmt: skip
FLOAT, INT64, BFLOAT16 = 1, 7, 16

#: What other types are called.
NAMES = {8: "string", 14: "complex64", 15: "complex128", 17: "float8e4m3fn", 21: "uint4", 22: "int4"}

#: Field of an attribute -> the number that says that it is this field that holds the value.
VALUES = {"f": 1, "i": 2, "s": 3, "t": 4, "g": 5, "floats": 6, "ints": 7, "strings": 8}


def read_onnx(source: Source, *, limits: Limits, folder: str | None = None) -> dict[str, Any]:
    """The model of an ONNX file, as plain mappings.

    ``folder`` is where the file lies: numbers that stand in another file are read beside it, nowhere else.
    Raises ``BadData``.
    """
    data = source.read_rest(limits.max_bytes)
    if not data:
        source.bad("nothing in it (0 bytes)")
    try:
        model = read_message(data, _MODEL)
        if "graph" not in model:
            raise Malformed("it holds no graph")
        return _model(model, _Beside(folder, limits))
    except Malformed as error:
        source.bad(printable(f"not an ONNX model, or a damaged one: {error}"))


def read_onnx_tensor(data: bytes) -> Array:
    """The array of a file that holds one tensor, as those of ONNX' tests do. Raises ``Malformed``."""
    return _array(read_message(data, _TENSOR), _Beside(None, Limits()))


def write_onnx(model: Mapping[str, Any], stream: BinaryIO) -> None:
    """Write a model, told as ``read_onnx`` tells it, as an ONNX file.

    Raises ``WrongUsage`` for one that is larger than such a file can be.
    """
    pieces = write_message(_message(model), _MODEL)
    size = sum(len(piece) for piece in pieces)
    if size >= MOST_BYTES:
        raise WrongUsage(f"an ONNX file holds less than {MOST_BYTES} bytes; this model takes {size}")
    for piece in pieces:
        write_all(stream, piece)


class _Beside:
    """Files with numbers beside a model's own."""

    def __init__(self, folder: str | None, limits: Limits) -> None:
        self.folder, self.limits = folder, limits

    def read(self, told: Mapping[str, str], name: str, size: int) -> bytes:
        """So many bytes of the file that a tensor names."""
        location = told.get("location", "")
        if self.folder is None:
            raise Malformed(f"the numbers of {name} stand in {location}, beside a file; this is none")
        if size > self.limits.max_bytes:
            raise Malformed(f"{name} takes {size} bytes, more than the {self.limits.max_bytes} allowed")
        try:
            root = os.path.realpath(self.folder or ".")
            path = os.path.realpath(os.path.join(root, location))
            if not location or os.path.isabs(location) or os.path.commonpath([root, path]) != root:
                raise Malformed(f"the numbers of {name} stand outside the model's folder: {location}")
            offset = int(told.get("offset", "0"))
            if offset < 0 or not os.path.isfile(path):
                raise Malformed(f"the numbers of {name} stand in {location}, which is not beside the model")
            with open(path, "rb") as file:
                if os.fstat(file.fileno()).st_size - offset < size:
                    raise Malformed(f"{location} is too short for {name}: {size} bytes from {offset} on")
                file.seek(offset)
                return file.read(size)
        except Malformed:
            raise
        except (OSError, ValueError, OverflowError) as error:
            raise Malformed(f"the numbers of {name} cannot be read from {location}") from error


def _model(model: Mapping[str, Any], beside: _Beside) -> dict[str, Any]:
    graph = model["graph"]
    if graph.get("sparse_initializer"):
        raise Malformed("it has sparse initializers, which are not read")
    opsets = {one.get("domain", ""): one.get("version", 0) for one in model.get("opset_import", [])}
    return {
        "producer": model.get("producer_name", ""),
        "opset": opsets.get("", opsets.get("ai.onnx", 0)),
        "properties": {one.get("key", ""): one.get("value", "") for one in model.get("metadata_props", [])},
        "inputs": [_value(one) for one in graph.get("input", [])],
        "outputs": [_value(one) for one in graph.get("output", [])],
        "initializers": {
            one.get("name", ""): _array(one, beside) for one in graph.get("initializer", [])
        },
        "nodes": [_node(one, beside) for one in graph.get("node", [])],
    }  # fmt: skip


def _value(told: Mapping[str, Any]) -> tuple[str, tuple[int | None, ...] | None]:
    """The name of an input or output, and its lengths; None where it does not say any."""
    shape = told.get("type", {}).get("tensor_type", {}).get("shape")
    if shape is None:
        return told.get("name", ""), None
    return told.get("name", ""), tuple(one.get("dim_value") for one in shape.get("dim", []))


def _node(told: Mapping[str, Any], beside: _Beside) -> dict[str, Any]:
    return {
        "op": told.get("op_type", ""),
        "name": told.get("name", ""),
        "domain": told.get("domain", ""),
        "inputs": tuple(told.get("input", ())),
        "outputs": tuple(told.get("output", ())),
        "attributes": {
            one.get("name", ""): _attribute(one, beside) for one in told.get("attribute", [])
        },
    }  # fmt: skip


def _attribute(told: Mapping[str, Any], beside: _Beside) -> Any:
    """A number, a word, an array, a tuple of numbers or words; None for a graph, which is not looked into."""
    holds = next((field for field, number in VALUES.items() if number == told.get("type")), None)
    if holds is None:
        holds = next((field for field in VALUES if field in told), "g")
    match holds:
        case "f" | "i":
            return told.get(holds, 0)
        case "s":
            return str(told.get("s", b""), "utf-8", "replace")
        case "t":
            return _array(told.get("t", {}), beside)
        case "floats" | "ints":
            return tuple(told[holds].tolist()) if holds in told else ()
        case "strings":
            return tuple(str(one, "utf-8", "replace") for one in told.get(holds, []))
    return None


def _array(told: Mapping[str, Any], beside: _Beside) -> Array:
    """The numbers of a tensor in their shape, in this processor's order of bytes."""
    name = told.get("name") or "a tensor"
    shape = tuple(told["dims"].tolist()) if "dims" in told else ()
    most = prod(length for length in shape if length)
    if any(length < 0 for length in shape) or len(shape) > MOST_AXES or most > MOST_BYTES:
        raise Malformed(f"{name} has the shape {shape[:MOST_AXES]}")
    code = told.get("data_type", 0)
    if code not in TYPES and code != BFLOAT16:
        raise Malformed(f"{name} is of type {NAMES.get(code, code)}, which is not read")
    kind, field = TYPES.get(code, ("<u2", "int32_data"))
    dtype, count = np.dtype(kind), prod(shape)
    raw = told.get("raw_data")
    if told.get("data_location") == 1:
        entries = {one.get("key", ""): one.get("value", "") for one in told.get("external_data", [])}
        raw = beside.read(entries, name, count * dtype.itemsize)
    if raw is not None:
        if len(raw) != count * dtype.itemsize:
            raise Malformed(
                f"{name} of shape {shape} takes {count * dtype.itemsize} bytes; received {len(raw)}"
            )
        flat = np.frombuffer(raw, dtype)
    else:
        held = told.get(field, np.empty(0))
        if len(held) != count:
            raise Malformed(f"{name} of shape {shape} holds {count} numbers; received {len(held)}")
        bits = kind in ("<f2",) or code == BFLOAT16
        flat = held.astype(np.uint16).view(dtype) if bits else held.astype(dtype)
    if code == BFLOAT16:
        flat = (flat.astype(np.uint32) << 16).view(np.float32)
    return flat.astype(flat.dtype.newbyteorder("="), copy=False).reshape(shape)


def _message(model: Mapping[str, Any]) -> dict[str, Any]:
    """A model as the fields of its message."""
    return {
        "ir_version": IR_VERSION,
        "producer_name": model["producer"],
        "opset_import": [{"domain": "", "version": model["opset"]}],
        "metadata_props": [{"key": key, "value": value} for key, value in model["properties"].items()],
        "graph": {
            "name": "net",
            "node": [_node_message(one) for one in model["nodes"]],
            "initializer": [_tensor_message(array, name) for name, array in model["initializers"].items()],
            "input": [
                _value_message(*one, whole=one[0] in model.get("whole", ())) for one in model["inputs"]
            ],
            "output": [_value_message(*one) for one in model["outputs"]],
        },
    }


def _node_message(node: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "input": node["inputs"],
        "output": node["outputs"],
        "name": node["name"],
        "op_type": node["op"],
        "attribute": [_attribute_message(name, value) for name, value in node["attributes"].items()],
    }


def _attribute_message(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, np.ndarray):
        told: dict[str, Any] = {"t": _tensor_message(value, name)}
    elif isinstance(value, str):
        told = {"s": value.encode()}
    elif isinstance(value, tuple) and value and isinstance(value[0], str):
        told = {"strings": [one.encode() for one in value]}
    elif isinstance(value, tuple):
        told = {"ints": value}
    else:
        told = {"i": value} if isinstance(value, int) else {"f": value}
    (field,) = told
    return {"name": name, "type": VALUES[field], **told}


def _tensor_message(array: Array, name: str) -> dict[str, Any]:
    code = next(code for code, (kind, _) in TYPES.items() if np.dtype(kind) == array.dtype)
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    raw = little.reshape(-1).view(np.uint8).data
    return {"name": name, "dims": array.shape, "data_type": code, "raw_data": raw}


def _value_message(name: str, lengths: tuple[int | None, ...], *, whole: bool = False) -> dict[str, Any]:
    """An input or output of numbers of 32 bits, or whole ones of 64; the length that is open is called N."""
    dim = [{"dim_param": "N"} if length is None else {"dim_value": length} for length in lengths]
    return {
        "name": name,
        "type": {"tensor_type": {"elem_type": INT64 if whole else FLOAT, "shape": {"dim": dim}}},
    }
