"""Frames: what goes into a pipe comes out of it, other programs understand it, and nothing is trusted."""

from __future__ import annotations

import contextlib
import io
import json
import re
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dlcli.errors import BadTensor, DlcliError
from dlcli.tensor import DTYPES, Axis, Tensor
from dlcli.wire.stream import Limits, Source
from dlcli.wire.tensors.frame import read_frame, write_frame, write_tensors
from dlcli.wire.tensors.header import encode


def written(*tensors: Tensor) -> bytes:
    stream = io.BytesIO()
    for tensor in tensors:
        write_frame(tensor, stream)
    return stream.getvalue()


def frame(header: Any, data: bytes = b"") -> bytes:
    """A frame with any header."""
    told = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(told).to_bytes(8, "little") + told + data


def entry(**changes: Any) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **changes}


axes = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {
            "start": st.floats(allow_nan=False, allow_infinity=False),
            "step": st.floats(allow_nan=False, allow_infinity=False),
            "unit": st.text(st.characters(exclude_categories=["Cs"])),
        }
    ),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
attrs = st.dictionaries(
    texts, st.one_of(texts, st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False))
)


@st.composite
def tensors(draw: st.DrawFn) -> Tensor:
    dtype = draw(st.sampled_from(DTYPES))
    data = draw(hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)))
    if draw(st.booleans()):
        data = data.T
    found = []
    for i, length in enumerate(data.shape):
        if draw(st.booleans()):
            found.append(Axis(f"a{i}", tuple(draw(texts) for _ in range(length))))
        else:
            found.append(Axis(f"a{i}", **draw(axes)))
    name = draw(texts.filter(lambda text: text != "__metadata__"))
    return Tensor(data, tuple(found), name, draw(attrs))


@given(tensors())
def test_any_tensor_comes_back_the_same(tensor: Tensor) -> None:
    (back,) = read_frame(Source(io.BytesIO(written(tensor)), "pipe"), limits=Limits())
    assert back.data.dtype == tensor.data.dtype
    assert back.shape == tensor.shape
    np.testing.assert_array_equal(back.data, tensor.data)
    assert (back.axes, back.name, dict(back.attrs)) == (tensor.axes, tensor.name, dict(tensor.attrs))


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if not dtype.startswith("complex")])
def test_the_safetensors_library_reads_ours_and_we_read_its(dtype: str, read: Any) -> None:
    array = (np.arange(6).reshape(2, 3) % 2).astype(dtype)
    np.testing.assert_array_equal(safetensors.numpy.load(written(Tensor(array, name="x")))["x"], array)
    (back,) = read(safetensors.numpy.save({"x": array}))
    assert back.data.dtype == array.dtype
    assert back.axis_names == ("row", "column")
    np.testing.assert_array_equal(back.data, array)


def test_several_tensors_in_one_file_come_in_the_order_of_their_numbers(read: Any) -> None:
    stream = io.BytesIO()
    write_tensors({"b": Tensor([1, 2]), "a": Tensor([[3.0]])}, stream)
    assert [tensor.name for tensor in read(stream.getvalue())] == ["b", "a"]


def test_numbers_begin_at_a_multiple_of_eight_bytes() -> None:
    for length in range(1, 20):
        told = encode({"n" * length: Tensor([1.0])})
        assert len(told) % 8 == 0


def test_frames_follow_each_other_and_each_is_read_only_when_asked_for() -> None:
    first, second = Tensor([1.0], name="first"), Tensor([2.0], name="second")
    stream = io.BytesIO(written(first, second))
    source = Source(stream, "pipe")
    (one,) = read_frame(source, limits=Limits())
    assert one.name == "first"
    assert stream.tell() == len(written(first))


def test_big_endian_and_strided_arrays_are_written_as_they_read() -> None:
    array = np.arange(24.0).reshape(2, 3, 4)
    for view in (
        array.T,
        array[:, ::-1],
        array[..., ::2],
        array.astype(">f8"),
        np.broadcast_to(array[0], (5, 3, 4)),
    ):
        (back,) = read_frame(Source(io.BytesIO(written(Tensor(view))), "pipe"), limits=Limits())
        np.testing.assert_array_equal(back.data, view)


def test_a_stream_that_takes_few_bytes_gets_them_all() -> None:
    class Narrow(io.BytesIO):
        def write(self, data: Any) -> int:
            return super().write(bytes(data[:3]))

    stream = Narrow()
    write_frame(Tensor(np.arange(100)), stream)
    assert stream.getvalue() == written(Tensor(np.arange(100)))


def test_bfloat16_becomes_float32(read: Any) -> None:
    bits = np.array([0x3F80, 0xC000, 0x7F80], np.uint16)  # 1, -2, infinity
    (tensor,) = read(frame({"x": entry(dtype="BF16", shape=[3], data_offsets=[0, 6])}, bits.tobytes()))
    assert tensor.data.dtype == np.float32
    assert tensor.data.tolist() == [1, -2, float("inf")]


def test_a_tensor_cannot_have_the_name_of_the_metadata() -> None:
    with pytest.raises(BadTensor, match="cannot be named '__metadata__'"):
        write_frame(Tensor([1], name="__metadata__"), io.BytesIO())


META = "not a tensor frame: "
NOTE = json.dumps({"x": {"axes": [{"name": "time"}]}})
HOSTILE = {
    "cut in the length": (b"\x10\0\0", "not a format that dlcli reads"),
    "huge header": (
        (2**60).to_bytes(8, "little") + b"{}",
        f"the frame's header claims {2**60} bytes; at most 1048576 are read",
    ),
    "header cut short": (
        (100).to_bytes(8, "little") + b'{"x"',
        "the frame is cut short: 4 of the 100 bytes of its header",
    ),
    "no tensor": (frame({}), "the frame holds no tensor"),
    "not JSON": (frame(b'{"x": '), META + "its header is not valid: "),
    "not UTF-8": (frame(b'{"\xff": 1}'), META + "its header is not valid: it is not UTF-8 text"),
    "numbers cut short": (frame({"x": entry()}, b"1234"), "tensor 'x' is cut short: 4 of its 8 bytes"),
    "overlap": (
        frame({"x": entry(), "y": entry(data_offsets=[4, 12])}, bytes(12)),
        META + "tensor 'y' overlaps what stands before it: it begins at byte 4, not 8",
    ),
    "hole": (
        frame({"x": entry(), "y": entry(data_offsets=[12, 20])}, bytes(20)),
        META + "tensor 'y' leaves a hole before it: it begins at byte 12, not 8",
    ),
    "hole at the start": (
        frame({"x": entry(data_offsets=[8, 16])}, bytes(16)),
        META + "tensor 'x' leaves a hole before it: it begins at byte 8, not 0",
    ),
    "negative length": (
        frame({"x": entry(shape=[-2])}),
        META + "tensor 'x' needs a shape of whole numbers; received [-2]",
    ),
    "negative offset": (
        frame({"x": entry(data_offsets=[-8, 0])}),
        META + "tensor 'x' needs two data_offsets; received [-8, 0]",
    ),
    "backward offsets": (
        frame({"x": entry(data_offsets=[8, 0])}),
        META + "tensor 'x' of shape [2] and dtype F32 takes 8 bytes; its data_offsets give it -8",
    ),
    "fraction in shape": (
        frame({"x": entry(shape=[2.0])}),
        META + "tensor 'x' needs a shape of whole numbers; received [2.0]",
    ),
    "true in shape": (
        frame({"x": entry(shape=[True])}),
        META + "tensor 'x' needs a shape of whole numbers; received [True]",
    ),
    "shape overflow": (
        frame({"x": entry(shape=[2**62, 2**62])}),
        META + f"tensor 'x' of shape [{2**62}, {2**62}] and dtype F32 takes {2**126} bytes; "
        "its data_offsets give it 8",
    ),
    "too many dimensions": (
        frame({"x": entry(shape=[1] * 65, data_offsets=[0, 4])}, bytes(4)),
        META + "tensor 'x' needs a shape of whole numbers; received [1, 1, 1",
    ),
    "duplicate names": (
        frame(b'{"x": {}, "x": {}}'),
        META + "its header is not valid: it names 'x' twice",
    ),
    "NaN in JSON": (
        frame(b'{"x": {"dtype": "F32", "shape": [NaN], "data_offsets": [0, 4]}}', bytes(4)),
        META + 'its header is not valid: NaN is no JSON number; write it as the string "NaN"',
    ),
    "deep nesting": (
        frame(b'{"x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
        META + "its header is not valid: it is nested too deeply",
    ),
    "unknown dtype": (
        frame({"x": entry(dtype="F8_E4M3")}),
        META + "tensor 'x' has dtype 'F8_E4M3'; dlcli reads BOOL, U8",
    ),
    "no object": (frame({"x": 3}), META + "its header describes tensor 'x' by no object"),
    "header a list": (b"\x03\0\0\0\0\0\0\0{ ]", META + "its header is not valid: "),
    "booleans of 2": (
        frame({"x": entry(dtype="BOOL", shape=[1], data_offsets=[0, 1])}, b"\2"),
        META + "tensor 'x' holds booleans other than 0 and 1",
    ),
    "metadata of numbers": (
        frame({"__metadata__": {"a": 1}, "x": entry()}, bytes(8)),
        META + "its header's __metadata__ must map strings to strings",
    ),
    "note that is no JSON": (
        frame({"__metadata__": {"dlcli": "{{"}, "x": entry()}, bytes(8)),
        META + "its header's note on axes is not valid: ",
    ),
    "note that is a list": (
        frame({"__metadata__": {"dlcli": "[]"}, "x": entry()}, bytes(8)),
        META + "its header's note on axes is not valid: it is no object",
    ),
    "axes for another shape": (
        frame({"__metadata__": {"dlcli": NOTE}, "x": entry(shape=[1, 2])}, bytes(8)),
        META + "2 dimensions of shape (1, 2) need as many axes; received 1: time",
    ),
    "axes that are numbers": (
        frame({"__metadata__": {"dlcli": '{"x": {"axes": [3]}}'}, "x": entry()}, bytes(8)),
        META + "an axis must be an object with a name; received 3",
    ),
    "infinite step": (
        frame(
            {
                "__metadata__": {"dlcli": '{"x": {"axes": [{"name": "t", "start": 0, "step": 1e999}]}}'},
                "x": entry(),
            },
            bytes(8),
        ),
        META + "start and step of axis 't' must be finite; received 0.0 and inf",
    ),
    "attrs that are a list": (
        frame({"__metadata__": {"dlcli": '{"x": {"attrs": [3]}}'}, "x": entry()}, bytes(8)),
        META + "attrs must be an object; received [3]",
    ),
    "nested attrs": (
        frame({"__metadata__": {"dlcli": '{"x": {"attrs": {"a": [3]}}}'}, "x": entry()}, bytes(8)),
        META + "attribute 'a' must be a string, an integer, a float or a boolean; received [3]",
    ),
    "complex of one": (
        frame({"__metadata__": {"dlcli": '{"x": {"complex": true}}'}, "x": entry()}, bytes(8)),
        META + "tensor 'x' is marked complex; this needs F64 pairs, not F32 [2]",
    ),
    "more behind it": (written(Tensor([1.0])) + b"\0\1\2", "not a format that dlcli reads"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_frame_is_refused_in_words(case: str, read: Any) -> None:
    data, message = HOSTILE[case]
    with pytest.raises(DlcliError, match="^" + re.escape(f"input: {message}")) as caught:
        read(data)
    assert caught.value.exit_code == 1


def test_a_good_neighbour_of_the_hostile_frames_is_read(read: Any) -> None:
    (tensor,) = read(frame({"__metadata__": {"dlcli": NOTE}, "x": entry()}, np.float32([1, 2]).tobytes()))
    assert tensor.axis_names == ("time",)
    assert tensor.data.tolist() == [1, 2]


def test_the_limit_is_kept_before_memory_is_taken(read: Any) -> None:
    size = 2**50
    with pytest.raises(
        DlcliError, match=f"takes {size} bytes, more than the 8589934592 allowed; raise --max-bytes"
    ):
        read(frame({"x": entry(dtype="U8", shape=[size], data_offsets=[0, size])}))
    with pytest.raises(DlcliError, match="takes 8 bytes, more than the 7 allowed"):
        read(frame({"x": entry()}, bytes(8)), max_bytes=7)
    assert read(frame({"x": entry()}, bytes(8)), max_bytes=8)


@given(st.binary(max_size=200), st.integers(0, 200))
def test_arbitrary_bytes_give_tensors_or_a_dlcli_error(data: bytes, length: int) -> None:
    for start in (b"", length.to_bytes(8, "little") + b"{", written(Tensor([1.0]))[: length % 90]):
        with contextlib.suppress(DlcliError):
            list(read_frame(Source(io.BytesIO(start + data), "pipe"), limits=Limits()))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
headers = st.dictionaries(
    st.sampled_from(["x", "y", "__metadata__"]),
    json_values
    | st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(["F32", "BOOL", "C64", "BF16"]),
            "shape": json_values,
            "data_offsets": json_values,
        }
    )
    | st.fixed_dictionaries({"dlcli": json_values.map(json.dumps)}),
)


@given(headers, st.binary(max_size=16))
def test_arbitrary_headers_give_tensors_or_a_dlcli_error(header: Any, data: bytes) -> None:
    with contextlib.suppress(DlcliError):
        list(read_frame(Source(io.BytesIO(frame(header, data)), "pipe"), limits=Limits()))
