"""A .safetensors file where it lies: the same numbers as its own library gives, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from dlcli.errors import BadData
from dlcli.wire.tensors.mapped import map_tensors


def saved(tmp_path: Path) -> Path:
    file = tmp_path / "model.safetensors"
    rng = np.random.default_rng(0)
    save_file(
        {
            "half": rng.normal(size=(3, 4)).astype(np.float16),
            "single": rng.normal(size=(5,)).astype(np.float32),
            "ids": np.arange(6).reshape(2, 3),
        },
        file,
    )
    return file


def test_equals_what_the_library_reads(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    file = saved(tmp_path)
    found, wanted = map_tensors(str(file)), load_file(file)
    assert len(found) == 3
    assert set(found) == set(wanted)
    for name, array in wanted.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
        assert not found[name].flags.writeable


def test_numbers_stay_in_the_file(tmp_path: Path) -> None:
    """A change of the file is seen in an array that was made before it."""
    file = saved(tmp_path)
    array = map_tensors(str(file))["single"]
    data = bytearray(file.read_bytes())
    place = data.index(array.tobytes())
    with file.open("r+b") as open_:
        open_.seek(place)
        open_.write(np.float32(42).tobytes())
    assert array[0] == 42


def test_bfloat16_becomes_float32_exactly(tmp_path: Path) -> None:
    header = b'{"x":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}}'
    values = np.array([1.0, -2.5, 3.140625], np.float32)
    raw = (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    file = tmp_path / "x.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header + raw)
    found = map_tensors(str(file))["x"]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, values)


def test_a_name_that_is_not_there_is_a_key_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        map_tensors(str(saved(tmp_path)))["other"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data[:5], "cut short: 5 bytes do not hold its header"),
        (lambda data: data[:20], "cut short: 20 bytes do not hold its header"),
        (lambda data: data[:-1], "cut short: 91 bytes of data, 92 announced"),
        (lambda data: data + b"x", "longer than its header says: 93 bytes of data, 92 announced"),
        (lambda data: b"\xff" * 8 + data[8:], "its header claims 18446744073709551615 bytes"),
        (lambda data: data[:8] + b"[" + data[9:], "no .safetensors file: its header is not valid"),
        (lambda data: b"", "cut short: 0 bytes do not hold its header"),
    ],
)
def test_what_is_broken_is_told(change: object, told: str, tmp_path: Path) -> None:
    file = saved(tmp_path)
    file.write_bytes(change(file.read_bytes()))  # type: ignore[operator]
    with pytest.raises(BadData, match=told.replace(".", r"\.")):
        map_tensors(str(file))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"cannot read .*none: No such file or directory"):
        map_tensors(str(tmp_path / "none"))
