"""Axes by their names: every command that takes a picture, a sound or a sequence finds them in any order."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor
from dlcli.words.axes import reordered

RGB = Axis("channel", ("red", "green", "blue"))
PHOTO = Tensor(
    np.random.default_rng(10).integers(0, 256, (9, 11, 3), np.uint8), (Axis("height"), Axis("width"), RGB)
)
SPECTRUM = Tensor(
    np.random.default_rng(11).random((5, 6, 2)),
    (Axis("frequency", start=0, step=100, unit="Hz"), Axis("frame"), Axis("channel", ("left", "right"))),
)
MAPS = Tensor(np.random.default_rng(12).random((7, 8, 4)), (Axis("query"), Axis("key"), Axis("head")))

#: Lines that take a picture: each gives the same whatever the order of the axes.
LINES = [
    ("conv", "-k", "box:3"),
    ("conv", "-k", "sobel-x", "--channels", "gray"),
    ("conv", "-k", "sobel-x", "--channels", "keep"),
    ("pool",),
    ("pool", "--global", "--kind", "avg"),
    ("pool", "--emit", "argmax"),
]


def orders(tensor: Tensor) -> list[Tensor]:
    return [reordered(tensor, order) for order in permutations(range(tensor.data.ndim))][1:]


def same(found: Tensor, wanted: Tensor) -> None:
    assert (found.axes, found.data.tolist()) == (wanted.axes, wanted.data.tolist())


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_a_photo_is_found_by_the_names_of_its_axes_and_that_is_said(line: tuple[str, ...], cli: Any) -> None:
    wanted = cli(*line, stdin=PHOTO).tensor
    for turned in orders(PHOTO):
        ended = cli(*line, stdin=turned)
        names = ", ".join(turned.axis_names)
        assert ended.err.startswith(
            f"dlcli: the axes ({names}) are taken by their names as (height, width, channel); "
            "without names they would be taken in the order in which they stand\n"
        )
        same(ended.tensors[0], wanted)


@pytest.mark.parametrize("line", LINES, ids=" ".join)
@pytest.mark.parametrize("several", [SPECTRUM, MAPS], ids=["spectrum", "maps"])
def test_what_counts_matrices_comes_last(line: tuple[str, ...], several: Tensor, cli: Any) -> None:
    wanted = cli(*line, stdin=several).tensor
    for order in ((2, 0, 1), (0, 2, 1)):
        same(cli(*line, stdin=reordered(several, order)).tensors[0], wanted)


def test_a_kernel_from_a_file_is_as_deep_as_its_channels(cli: Any) -> None:
    deep = Tensor(np.random.default_rng(13).random((2, 2, 3)), PHOTO.axes)
    for place, one in enumerate([deep, *orders(deep)]):
        assert cli("tensor", "-o", f"{place}.npz", stdin=one).code == 0
    wanted = cli("conv", "-k", "0.npz", stdin=PHOTO).tensor
    for place in range(1, 6):
        same(cli("conv", "-k", f"{place}.npz", stdin=PHOTO).tensors[0], wanted)


@pytest.mark.parametrize(
    ("line", "what"), [(("conv", "-k", "1"), "conv"), (("pool",), "pool")], ids=["conv", "pool"]
)
@pytest.mark.parametrize(
    "names", [("axis0", "axis1", "width"), ("a", "height", "b"), ("head", "channel", "x"), ("x", "y", "time")]
)
def test_names_that_contradict_are_refused(
    line: tuple[str, ...], what: str, names: tuple[str, ...], cli: Any
) -> None:
    ended = cli(*line, stdin=Tensor(np.ones((4, 5, 6)), tuple(map(Axis, names))))
    assert (ended.code, ended.raw) == (1, b"")
    assert (
        f"{what} wants (height, width, channel), and the names of the axes do not tell which is" in ended.err
    )


def test_a_batch_is_no_channel_for_a_layer_that_adds_them_up(cli: Any) -> None:
    batch = Tensor(np.ones((2, 5, 6)), (Axis("batch"), Axis("height"), Axis("width")))
    ended = cli("conv", "-k", "box:3", stdin=batch)
    assert (ended.code, ended.raw) == (1, b"")
    assert "the pictures of a batch are no channels, which conv adds up; received tensor" in ended.err
    assert cli("conv", "-k", "box:3", "--channels", "keep", stdin=batch).tensors[0].shape == (3, 4, 2)
    assert cli("pool", stdin=batch).tensors[0].shape == (2, 3, 2)


@pytest.mark.parametrize(
    "line", [("pool",), ("pool", "--global"), ("conv", "-k", "box:3"), ("conv", "-k", "1 1")]
)
@pytest.mark.parametrize("turned", [False, True])
def test_a_window_never_mixes_channels_of_a_row(line: tuple[str, ...], turned: bool, cli: Any) -> None:
    row = Tensor(PHOTO.data[0], PHOTO.axes[1:])
    ended = cli(*line, stdin=reordered(row, (1, 0)) if turned else row)
    if line[-1] == "1 1" and turned:
        assert ended.code == 0  # one row high: each channel by itself
        return
    assert (ended.code, ended.raw) == (1, b"")
    assert "along channel would mix" in ended.err
    assert "which are no neighbours; try" in ended.err


def test_each_channel_of_a_row_can_be_filtered_by_itself(cli: Any) -> None:
    stereo = Tensor([[1, 10], [2, 20], [4, 40]], (Axis("time"), Axis("channel", ("left", "right"))))
    valid = cli("conv", "-k", "1; 1", "--padding", "valid", stdin=stereo).tensor
    assert valid.data.tolist() == [[3, 30], [6, 60]]
    assert cli("conv", "-k", "1; 1", stdin=stereo).tensor.data.tolist() == [[1, 10], [3, 30], [6, 60]]
    assert cli("pool", "--size", "2,1", stdin=stereo).tensor.data.tolist() == [[2, 20]]


@pytest.mark.parametrize(
    "line", [("conv", "-k", "1"), ("pool", "--size", "1"), ("show",), ("tensor",)], ids=" ".join
)
@pytest.mark.parametrize(
    ("shape", "hint"),
    [
        ((3, 8, 9), True),
        ((1, 8, 9), True),
        ((3, 8, 90), True),
        ((8, 20, 30), True),
        ((16, 20, 30), True),
        ((16, 20, 20), True),  # of PyTorch's Conv2d(_, 16, …) on a square picture
        ((8, 9, 3), False),
        ((7, 8, 9), False),
        ((3, 3, 3), False),
        ((20, 30, 8), False),  # what conv makes with 8, 16 and 24 kernels
        ((20, 30, 16), False),
        ((20, 30, 24), False),
        ((14, 14, 64), False),  # what layers of Keras make
        ((15, 20, 128), False),
        ((2, 3, 4), False),
        ((6, 8, 90), False),
    ],
    ids=str,
)
def test_an_array_without_names_that_may_have_its_channels_first_earns_a_hint(
    line: tuple[str, ...], shape: tuple[int, ...], hint: bool, cli: Any
) -> None:
    np.save("x.npy", np.ones(shape))
    ended = cli(line[0], "x.npy", *line[1:])
    assert ended.code == 0
    assert ("put them last: dlcli tensor INPUT --transpose 1,2,0" in ended.err) == hint
    assert bool(ended.err) == hint


@pytest.mark.parametrize("line", [("conv", "-k", "box:3", "--channels", "keep"), ("pool",)], ids=" ".join)
def test_three_axes_without_names_get_those_they_are_taken_for(line: tuple[str, ...], cli: Any) -> None:
    np.save("x.npy", np.random.default_rng(15).normal(size=(20, 30, 8)))
    ended = cli(*line, "x.npy")
    assert ended.tensor.axis_names == ("height", "width", "channel")
    told = cli(*line, "x.npy", "-f", "plain").out
    assert "channel 7" in told
    assert "axis" not in told


def test_pictures_sounds_and_sheets_are_written_by_the_names_of_their_axes(cli: Any) -> None:
    for place, turned in enumerate((PHOTO, reordered(PHOTO, (2, 0, 1)), reordered(PHOTO, (0, 2, 1)))):
        assert cli("tensor", "-o", f"{place}.png", stdin=turned).code == 0
        assert cli("tensor", "-o", f"view{place}.png", "--scale", "view", stdin=turned).code == 0
        same(cli("tensor", f"{place}.png").tensor, cli("tensor", "0.png").tensor)
        same(cli("tensor", f"view{place}.png").tensor, cli("tensor", "view0.png").tensor)
    np.testing.assert_array_equal(cli("tensor", "0.png").tensor.data, PHOTO.data)
    np.save("x.npy", np.ones((3, 8, 9)))
    assert cli("tensor", "x.npy", "--index", "...", "-o", "x.png").err.endswith(
        "; with the channels first, try dlcli tensor --transpose 1,2,0\n"
    )


STEREO = Tensor(
    np.random.default_rng(14).uniform(-1, 1, (900, 2)),
    (Axis("time", start=0, step=1 / 8000, unit="s"), Axis("channel", ("left", "right"))),
)


def test_a_sound_and_its_spectrum_are_found_by_the_names_of_their_axes(cli: Any) -> None:
    turned = reordered(STEREO, (1, 0))
    assert [cli("tensor", "-o", f"{n}.wav", stdin=x).code for n, x in enumerate((STEREO, turned))] == [0, 0]
    same(cli("tensor", "1.wav").tensor, cli("tensor", "0.wav").tensor)
    spectrum = cli("stft", "--frame", "64", stdin=STEREO).tensor
    same(cli("stft", "--frame", "64", stdin=turned).tensor, spectrum)
    wanted = cli("istft", stdin=spectrum).tensor
    for other in orders(spectrum):
        same(cli("istft", stdin=other).tensor, wanted)


def test_steps_and_tokens_are_found_by_the_names_of_their_axes(cli: Any) -> None:
    steps = Tensor(np.random.default_rng(15).random((6, 3)), (Axis("time"), Axis("unit")))
    same(cli("rnn", stdin=reordered(steps, (1, 0))).tensor, cli("rnn", stdin=steps).tensor)
    tokens = Tensor(
        np.random.default_rng(16).random((2, 6, 3)), tuple(map(Axis, ("head", "token", "feature")))
    )
    wanted = cli("attn", stdin=tokens).tensor
    for other in orders(tokens):
        ended = cli("attn", stdin=other)
        same(ended.tensors[0], wanted)
        assert ended.err == "dlcli: the axes are taken by their names as (head, token, feature)\n"
