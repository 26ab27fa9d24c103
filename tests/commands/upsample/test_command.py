"""``dlcli upsample``: larger pictures, a pooling undone, and words for what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.engines.pooling.upsample import upsample2d
from dlcli.tensor import Axis, Tensor

POOLED = "1 3 2 0 9; 4 2 5 1 9; 0 1 7 2 9; 8 0 3 6 9"


@pytest.mark.parametrize(
    ("words", "by_hand"),
    [
        ((), [[1, 1, 5, 5], [1, 1, 5, 5]]),
        (("--size", "1,3"), [[1, 1, 1, 5, 5, 5]]),
        (("--output-size", "1,3"), [[1, 1, 5]]),
        (("--kind", "bilinear"), [[1, 2, 4, 5], [1, 2, 4, 5]]),
        (("--kind", "bilinear", "--align-corners", "--size", "1,2"), [[1, 7 / 3, 11 / 3, 5]]),
        (("--kind", "bilinear", "--output-size", "1,2"), [[1, 5]]),
    ],
    ids=str,
)
def test_by_hand(words: tuple[str, ...], by_hand: list[list[float]], cli: Any) -> None:
    np.testing.assert_allclose(cli("upsample", "1 5", *words).tensor.data, by_hand, rtol=1e-15)


def test_a_photo_stays_a_photo(cli: Any) -> None:
    found = cli("upsample", "sample:cat", "--size", "2,1").tensor
    assert (found.shape, found.data.dtype, found.name) == ((600, 451, 3), np.uint8, "upsampled")
    assert (found.axis_names, found.axes[2].labels) == (
        ("height", "width", "channel"),
        ("red", "green", "blue"),
    )


def test_axes_keep_their_places(cli: Any) -> None:
    """What stands at 2 s in the input stands at 2 s in the output, between its cells."""
    axes = Axis("mel", ("a", "b")), Axis("time", start=1.0, step=0.5, unit="s")
    x = Tensor(np.arange(6.0).reshape(2, 3), axes)
    for words, start, step in (((), 0.875, 0.25), (("--kind", "bilinear", "--align-corners"), 1.0, 0.2)):
        found = cli("upsample", *words, stdin=x).tensor
        assert found.axes[0] == Axis("mel")
        assert (found.axes[1].start, found.axes[1].unit) == (start, "s")
        assert found.axes[1].step == pytest.approx(step)
    assert cli("upsample", "--size", "1,1", stdin=x).tensor.axes == axes


def test_channels_first_are_put_last(cli: Any) -> None:
    x = Tensor(np.arange(12.0).reshape(3, 2, 2), (Axis("channel"), Axis("height"), Axis("width")))
    found = cli("upsample", stdin=x).tensors[0]
    np.testing.assert_array_equal(found.data, upsample2d(x.data.transpose(1, 2, 0)[None], 4)[0])


def test_a_pooling_undone(cli: Any) -> None:
    assert cli("pool", POOLED, "-o", "p.npz").code == 0
    ended = cli("upsample", "p.npz", "--winners", "p.npz")
    assert ended.err.strip().endswith("words: -f plain") or ended.err == ""
    found = ended.tensor.data
    assert found.tolist() == [[0, 0, 0, 0, 0], [4, 0, 5, 0, 0], [0, 0, 7, 0, 0], [8, 0, 0, 0, 0]]
    other = cli("upsample", "1 2; 3 4", "--winners", "p.npz").tensor.data  # further numbers, the same places
    assert other.tolist() == [[0, 0, 0, 0, 0], [1, 0, 2, 0, 0], [0, 0, 4, 0, 0], [3, 0, 0, 0, 0]]


def test_a_pooling_undone_gives_the_axes_back(cli: Any) -> None:
    axes = Axis("mel", tuple("abcd")), Axis("time", start=1.0, step=0.5, unit="s")
    x = Tensor(np.random.default_rng(0).permutation(24.0 + np.arange(24)).reshape(4, 6), axes)
    assert cli("pool", "--size", "2,3", "-o", "p.npz", stdin=x).code == 0
    found = cli("upsample", "p.npz", "--winners", "p.npz").tensor
    assert found.axes[0] == Axis("mel")
    assert (found.axes[1].start, found.axes[1].step, found.axes[1].unit) == (1.0, pytest.approx(0.5), "s")


def test_winners_without_their_picture(cli: Any) -> None:
    """Of an array nothing tells the width; windows side by side do, others are asked for."""
    np.save("w.npy", np.array([[5, 2], [8, 11]]))  # of 4 x 4
    ended = cli("upsample", "1 2; 3 4", "--winners", "w.npy", "-f", "csv")
    assert "taken to be 4 x 4; --output-size H,W says otherwise" in ended.err
    found = cli("upsample", "1 2; 3 4", "--winners", "w.npy", "--output-size", "4,4").tensor.data
    assert found.tolist() == [[0, 0, 2, 0], [0, 1, 0, 0], [3, 0, 0, 4], [0, 0, 0, 0]]
    np.save("w.npy", np.array([[6, 2], [10, 13]]))  # of 4 x 5
    ended = cli("upsample", "1 2; 3 4", "--winners", "w.npy")
    assert ended.code == 2
    assert (
        "do not lie in windows of 2 x 2 side by side in a picture of 4 x 4: give --output-size" in ended.err
    )
    assert cli("upsample", "1 2; 3 4", "--winners", "w.npy", "--output-size", "4,5").tensor.shape == (4, 5)


def test_each_channel_has_winners_of_its_own(cli: Any) -> None:
    assert cli("pool", "sample:cat", "--size", "3", "-o", "p.safetensors").code == 0
    found = cli("upsample", "p.safetensors", "--winners", "p.safetensors").tensor
    cat, pooled = (
        cli("conv", "sample:cat", "-k", "1", "--channels", "keep").tensor.data,
        cli("pool", "sample:cat", "--size", "3").tensor,
    )
    assert (found.shape, found.data.dtype) == (cat.shape, np.uint8)
    kept = found.data != 0
    np.testing.assert_array_equal(found.data[kept], cat[kept])
    assert kept.sum() <= pooled.data.size
    again = found.data[:300, :450].reshape(100, 3, 150, 3, 3).max(axis=(1, 3))
    np.testing.assert_array_equal(again, pooled.data)


BAD: dict[str, tuple[tuple[str, ...], Any, int, str]] = {
    "smaller": (("1 2; 3 4", "--output-size", "1,2"), b"", 2, "--output-size 1,2: upsample makes nothing smaller"),
    "both sizes": (("1 2", "--size", "2", "--output-size", "2,4"), b"", 2, "--output-size does not go with --size"),
    "corners of nearest": (("1 2", "--align-corners"), b"", 2, "--align-corners goes with --kind bilinear"),
    "a kind beside winners": (("1 2", "--winners", "p.npz", "--kind", "bilinear"), b"", 2, "--kind does not go with --winners"),
    "no picture": (("[1, 2]",), b"", 1, "upsample wants a picture or a matrix"),
    "five axes": ((), Tensor(np.zeros((2, 2, 2, 2))), 1, "dlcli tensor --index 0, the first of a batch"),
    "empty": ((), Tensor(np.zeros((0, 2))), 1, "none of them empty"),
    "no size": (("1 2", "--size", "0"), b"", 2, "neither a whole number from 1 on nor two of them"),
    "no such file": (("1 2", "--winners", "gone.npz"), b"", 1, "gone.npz"),
    "no winners": (("1 2", "--winners", "1.5 2"), b"", 1, "winners are whole numbers"),
    "another shape": (("1 2 3", "--winners", "0 1"), b"", 1, "one place for each number of the input: (row, column, …) 1 x 2"),
    "beyond": (("1 2", "--winners", "0 9", "--output-size", "2,4"), b"", 1, "at 0 to 7; one is 9"),
    "several": (("1 2", "3 4", "--winners", "0 2"), b"", 2, "give the one tensor whose numbers go back"),
    "too large": (("1 2", "--size", "999999999999"), b"", 1, "no array can be as large as"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit(name: str, cli: Any) -> None:
    words, stdin, code, told = BAD[name]
    cli("pool", POOLED, "-o", "p.npz")
    ended = cli("upsample", *words, stdin=stdin)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err
    assert len(ended.err.strip().split("\n")) <= 2


def test_sizes_that_contradict_the_winners(cli: Any) -> None:
    cli("pool", POOLED, "-o", "p.npz")
    for words in (("--output-size", "4,4"), ("--size", "3")):
        ended = cli("upsample", "p.npz", "--winners", "p.npz", *words)
        assert ended.code == 2
        assert f"leave {words[0]} out" in ended.err
    assert cli("upsample", "p.npz", "--winners", "p.npz", "--size", "2").code == 0
