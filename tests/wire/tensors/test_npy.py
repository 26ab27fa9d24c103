"""NumPy's own files: equal to what NumPy writes and reads, from a pipe too, and never a pickle."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import re
import subprocess
import sys
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.errors import BadData, DlcliError
from dlcli.tensor import DTYPES, Axis, Tensor
from dlcli.wire.read import read_tensors
from dlcli.wire.stream import Limits, Source
from dlcli.wire.tensors.npy import write_npy, write_npz


def saved(array: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def zipped(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def with_header(header: str) -> bytes:
    told = header.encode()
    return b"\x93NUMPY\x01\x00" + len(told).to_bytes(2, "little") + told


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 0, 3)])
def test_what_numpy_saves_is_read_and_what_we_write_numpy_loads(
    dtype: str, shape: tuple[int, ...], read: Any
) -> None:
    array = (np.arange(np.prod(shape, dtype=int)).reshape(shape) % 2).astype(dtype)
    (tensor,) = read(saved(array))
    stream = io.BytesIO()
    write_npy(tensor, stream)
    loaded = np.load(io.BytesIO(stream.getvalue()), allow_pickle=False)
    assert tensor.data.dtype == loaded.dtype == array.dtype
    np.testing.assert_array_equal(tensor.data, array)
    np.testing.assert_array_equal(loaded, array)


@pytest.mark.parametrize("words", [3, 20_000])
def test_other_programs_find_arrays_alone(words: int, read: Any) -> None:
    """Unless there is more to say than a comment takes; read here it is the same."""
    labels = tuple(f"label {place} \u03b8" for place in range(words))
    tensor = Tensor(np.arange(float(words)), (Axis("unit", labels),), "a", {"facts": "{}"})
    stream = io.BytesIO()
    write_npz({"a": tensor, "b": Tensor(np.ones(2))}, stream)
    loaded = np.load(io.BytesIO(stream.getvalue()), allow_pickle=False)
    assert loaded.files == ["a", "b", *["dlcli.json"] * (words > 3)]
    again, _ = read(stream.getvalue())
    assert (again.axes, again.attrs["facts"]) == (tensor.axes, "{}")
    foreign = io.BytesIO(zipped(a=np.ones(2)))
    with zipfile.ZipFile(foreign, "a") as archive:
        archive.comment = b"somebody else's"
    assert len(read(foreign.getvalue())) == 1
    with zipfile.ZipFile(foreign, "a") as archive:
        archive.comment = b'{"dlcli.json": {}'
    with pytest.raises(BadData, match=r"its dlcli\.json is not valid"):
        read(foreign.getvalue())


def test_columns_first_and_big_endian_arrays_keep_their_places(read: Any) -> None:
    array = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    (tensor,) = read(saved(array))
    np.testing.assert_array_equal(tensor.data, array)
    (tensor,) = read(saved(array.astype(">f4")))
    assert tensor.data.dtype == np.float32
    np.testing.assert_array_equal(tensor.data, array)
    for view in (array, array[::2], array.T):
        stream = io.BytesIO()
        write_npy(Tensor(view), stream)
        np.testing.assert_array_equal(np.load(io.BytesIO(stream.getvalue())), view)


def test_arrays_follow_each_other_in_one_stream(read: Any) -> None:
    assert [tensor.data.tolist() for tensor in read(saved([1]) + saved([2.5]))] == [[1], [2.5]]


def test_an_archive_gives_its_arrays_under_their_names(read: Any) -> None:
    found = read(zipped(kernel=np.eye(2), bias=np.zeros(2)))
    assert [(tensor.name, tensor.shape) for tensor in found] == [("kernel", (2, 2)), ("bias", (2,))]


def test_an_archive_of_ours_keeps_axes_and_numpy_loads_it(read: Any) -> None:
    tensor = Tensor(
        [[1, 2]], (Axis("time", start=0, step=0.5, unit="s"), Axis("unit", ("a", "b"))), "x", {"rate": 2}
    )
    stream = io.BytesIO()
    write_npz({"first": tensor}, stream)
    (back,) = read(stream.getvalue())
    assert (back.name, back.axes, back.attrs["rate"]) == ("first", tensor.axes, 2)
    with np.load(io.BytesIO(stream.getvalue()), allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["first"], [[1, 2]])


def archive_with(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return stream.getvalue()


BAD = {
    "a pickle in .npy": (
        saved(np.array([{}], object), allow_pickle=True),
        "this .npy array holds a pickle, which can run code: dlcli never loads one",
    ),
    "a pickle": (pickle.dumps([1, 2]), "this looks like a pickle, which can run code: dlcli never loads one"),
    "records": (saved(np.zeros(2, "i4,f4")), "this .npy array holds records; a tensor holds numbers or booleans"),
    "dates": (
        saved(np.array(["2020-01-01"], "M8[D]")),
        "this .npy array holds datetime64[D]; a tensor holds numbers or booleans",
    ),
    "text": (saved(np.array(["a"])), "this .npy array holds <U1; a tensor holds numbers or booleans"),
    "cut in the numbers": (saved(np.arange(4.0))[:-1], "the array is cut short: 31 of its 32 bytes"),
    "cut in the header": (saved([1.0])[:40], "the .npy header is cut short or not valid"),
    "cut in the magic": (saved([1.0])[:7], "the .npy array is cut short or of an unknown version"),
    "version 9": (b"\x93NUMPY\x09\x00" + bytes(100), "the .npy array is cut short or of an unknown version"),
    "no dictionary": (with_header("[1]"), "the .npy header is cut short or not valid"),
    "code": (with_header("{'descr': __import__('os')}"), "the .npy header is cut short or not valid"),
    "negative length": (
        with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }"),
        "the .npy header is cut short or not valid",
    ),
    "overflow": (
        with_header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({2**62}, {2**62}), }}"),
        f"the array takes {2**127} bytes, more than the 8589934592 allowed; raise --max-bytes to read it",
    ),
    "booleans of 2": (saved(np.array([True]))[:-1] + b"\2", "this .npy array holds booleans other than 0 and 1"),
    "empty archive": (b"PK\x05\x06" + bytes(18), "the .npz archive holds no array"),
    "archive cut short": (zipped(a=np.arange(9))[:-30], "the .npz archive is cut short or corrupt"),
    "archive without arrays": (archive_with(readme=b"hello"), "the .npz archive holds no array"),
    "member that is no array": (archive_with(a__npy=b"hello"), "not an .npy array"),
    "member with more": (archive_with(a__npy=saved([1.0]) + b"!"), "bytes are left over behind the array"),
    "note that is no JSON": (archive_with(a__npy=saved([1.0]), dlcli__json=b"{"), "its dlcli.json is not valid: "),
    "note that is a list": (archive_with(a__npy=saved([1.0]), dlcli__json=b"[]"), "its dlcli.json is not valid: it is"),
    "axes for another shape": (
        archive_with(a__npy=saved([1.0]), dlcli__json=b'{"a": {"axes": [{"name": "x"}, {"name": "y"}]}}'),
        "not a usable .npz archive: 1 dimensions of shape (1,) need as many axes; received 2: x, y",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_in_words(case: str, read: Any) -> None:
    data, message = BAD[case]
    with pytest.raises(BadData, match=r"^input.*: " + re.escape(message)):
        read(data)


def test_a_flipped_bit_in_an_archive_is_noticed(read: Any) -> None:
    data = bytearray(zipped(a=np.arange(100)))
    data[300] ^= 1
    with pytest.raises(BadData, match=r"the \.npz archive is cut short or corrupt"):
        read(bytes(data))


def test_a_zip_bomb_is_stopped_by_what_its_header_claims(read: Any) -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, a=np.zeros(10**6))
    with pytest.raises(
        BadData, match="array 'a': the array takes 8000000 bytes, more than the 1000000 allowed"
    ):
        read(stream.getvalue(), max_bytes=10**6)


@given(st.binary(max_size=300), st.integers(0, 200))
def test_arbitrary_bytes_give_tensors_or_a_dlcli_error(data: bytes, keep: int) -> None:
    for start in (saved(np.arange(3))[:keep], zipped(a=np.arange(3))[:keep], b"\x93NUMPY\x01\x00\x40\x00{"):
        with contextlib.suppress(DlcliError):
            list(read_tensors(Source(io.BytesIO(start + data), "input"), limits=Limits()))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is always full")
@pytest.mark.parametrize("format", ["npy", "frame", "json", "csv"])
def test_a_full_disk_ends_in_one_line_and_not_in_a_crash(format: str) -> None:
    """In a process of its own: with a view of the header that outlives it, Python 3.12 ends with a signal."""
    line = ["conv", "0 1; 1 0", "-k", "1 2", "-o", "/dev/full", "-f", format]
    done = subprocess.run([sys.executable, "-m", "dlcli", *line], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "dlcli conv: cannot write /dev/full: No space left on device\n"


def test_a_small_archive_that_unpacks_to_a_great_deal_is_refused_until_somebody_asks(cli: Any) -> None:
    count = 2**28 + 1
    with (
        zipfile.ZipFile("bomb.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("x.npy", "w", force_zip64=True) as member,
    ):
        member.write(with_header(str({"descr": "|u1", "fortran_order": False, "shape": (count,)})))
        for _ in range(2**8):
            member.write(bytes(2**20))
        member.write(bytes(1))
    packed = os.path.getsize("bomb.npz")
    assert packed * 200 < count
    refused = cli("show", "bomb.npz")
    assert (refused.code, refused.out) == (1, "")
    size = count + 10 + len(str({"descr": "|u1", "fortran_order": False, "shape": (count,)}))
    assert refused.err == (
        f"dlcli show: bomb.npz: the .npz archive of {packed} bytes unpacks to {size} bytes, more than the "
        f"{2**28} allowed; --max-bytes {size} reads it\n"
    )
    assert cli("rnn", "1 2", "--weights", "bomb.npz").err.startswith(
        "dlcli rnn: bomb.npz: the .npz archive of"
    )
    few = cli("show", "bomb.npz", "--max-bytes", "1000")
    assert f"the array takes {count} bytes, more than the 1000 allowed" in few.err


def test_what_is_unpacked_is_held_against_what_was_packed_and_the_memory_there_is(
    read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, a=np.zeros(10_000), b=np.zeros(10_000))
    packed = stream.getvalue()
    assert len(read(packed)) == 2
    monkeypatch.setattr("dlcli.wire.stream.UNPACKED", 100_000)
    assert len(packed) * 100 < 160_000, "together they are many times what was packed; each alone would pass"
    with pytest.raises(
        BadData, match=f"archive of {len(packed)} bytes unpacks to 160256 bytes, more than the 100000"
    ):
        read(packed)
    assert len(read(zipped(a=np.zeros(10_000), b=np.zeros(10_000)))) == 2
    monkeypatch.setattr("dlcli.wire.stream.memory", lambda: 300_000)
    with pytest.raises(
        BadData, match="unpacks to 160256 bytes, more than the 150000 allowed; --max-bytes 160256 reads"
    ):
        read(zipped(a=np.zeros(10_000), b=np.zeros(10_000)))


def test_a_sound_is_held_against_what_was_packed(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import soundfile

    stream = io.BytesIO()
    soundfile.write(stream, np.zeros(200_000), 8000, format="FLAC")
    packed = stream.getvalue()
    assert read(packed)[0].shape == (200_000,)
    monkeypatch.setattr("dlcli.wire.stream.UNPACKED", 100_000)
    with pytest.raises(
        BadData, match=f"the sound of {len(packed)} bytes unpacks to 800000 bytes, more than the"
    ):
        read(packed)
