"""What ``dlcli kernels`` writes is read by ``conv --kernel``: from files, of several kernels, down a pipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

X = "sample:exercise"
RANGE = "line:0:90:45,3"


@pytest.mark.parametrize("name", ["K.npz", "K.safetensors", "K.csv"])
def test_a_file_of_several_kernels_is_all_of_them(name: str, cli: Any) -> None:
    if name.endswith("csv"):
        Path(name).write_text(cli("kernels", RANGE, "-f", "csv").out)
    else:
        assert cli("kernels", RANGE, "-o", name).code == 0
    biases = ("--bias", "1", "--bias", "20", "--bias", "300")
    named, read = (cli("conv", X, "-k", word, *biases).tensor for word in (RANGE, name))
    np.testing.assert_allclose(read.data, named.data, rtol=1e-12, atol=1e-12)
    if not name.endswith("csv"):
        assert read.axes[2].labels == named.axes[2].labels == ("line:0,3", "line:45,3", "line:90,3")
        winners = [cli("conv", X, "-k", word, "--emit", "winner").tensor for word in (RANGE, name)]
        assert winners[0].attrs["angles"] == winners[1].attrs["angles"] == "0\t45\t90"
    else:
        assert read.axes[2].labels == ("table", "table#2", "table#3")


def test_one_of_a_file_is_had_by_its_name(cli: Any) -> None:
    assert cli("kernels", RANGE, "-o", "K.npz").code == 0
    one, named = (cli("conv", X, "-k", word) for word in ("K.npz:line:45,3", "line:45,3"))
    np.testing.assert_array_equal(one.tensor.data, named.tensor.data)
    ended = cli("conv", X, "-k", "K.npz:line:46,3")
    assert (ended.code, ended.raw) == (1, b"")
    assert "K.npz: there is no tensor 'line:46,3': did you mean line:4" in ended.err


def test_a_pipe_of_kernels_beside_an_input(cli: Any, shell: Any) -> None:
    for words in ("sobel-x", RANGE):
        piped = shell(f"dlcli kernels {words} | dlcli conv {X} -k -")
        assert piped.code == 0, piped.err
        np.testing.assert_array_equal(piped.tensor.data, cli("conv", X, "-k", words).tensor.data)
    assert "Kernel  sobel-x, 3 × 3" in shell(f"dlcli kernels sobel-x | dlcli conv {X} -k - -f plain").out
    ended = shell("dlcli kernels sobel-x | dlcli conv -k -")
    assert (ended.code, ended.raw) == (2, b"")
    assert "--kernel cannot read standard input, which is the tensor" in ended.err


def test_rows_of_a_file_and_filters_of_a_sound_keep_their_order(cli: Any) -> None:
    np.savez("two.npz", a=np.array([[1.0, -1, 0]]), b=np.array([[0.0, 1, 0]]))
    tone = Tensor(np.array([3.0, 1, 4, 1, 5]), (Axis("time", start=0.0, step=1 / 8000, unit="s"),), "audio", {"sample_rate": 8000})  # fmt: skip
    words = ("-k", "low-pass:1000,3", "-k", "two.npz", "-k", "high-pass:1000,3")
    both = cli("conv", *words, stdin=tone).tensor
    assert both.axes[1].labels == ("low-pass:1000,3", "a", "b", "high-pass:1000,3")
    for place, word in enumerate(("low-pass:1000,3", "1 -1 0", "0 1 0", "high-pass:1000,3")):
        alone = cli("conv", "-k", word, stdin=tone).tensor
        np.testing.assert_allclose(both.data[:, place], alone.data, rtol=1e-12, atol=1e-12)


def test_a_kernel_that_is_only_called_like_one_has_no_angle(cli: Any) -> None:
    np.savez("odd.npz", **{"line": np.eye(2), "line:x": np.ones((2, 2))})
    ended = cli("conv", X, "-k", "odd.npz", "--emit", "winner")
    assert ended.code == 0, ended.err
    assert "angles" not in ended.tensor.attrs


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        (
            {"kernel": np.ones((3, 3, 1, 2))},
            "received kernel (axis0 3, axis1 3, axis2 1, axis3 2) float64; those of a layer are read by --weights",
        ),
        ({"a": np.ones((3, 3)), "b": np.ones(3)}, "the kernels of one run need one size; received a 3x3, b 1x3"),
        ({str(k): np.ones((1, 1)) for k in range(361)}, "361 kernels, and one run takes 360 at most"),
        ({"a": np.ones((3, 3)), "b": np.ones((2, 2))}, "need one size; received a 3x3, b 2x2"),
    ],
)  # fmt: skip
def test_what_is_no_bank_is_refused(arrays: dict[str, Any], words: str, cli: Any) -> None:
    np.savez("k.npz", **arrays)
    ended = cli("conv", X, "-k", "k.npz")
    assert ended.code in (1, 2)
    assert ended.raw == b""
    assert words in ended.err
