"""``dlcli flatten``: the vector, its labels, and where each number came from."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.tensor import Axis, Tensor


def test_a_photo_becomes_one_row(cli: Any) -> None:
    flat = cli("flatten", "sample:cat").tensor
    assert (flat.shape, flat.axes, flat.name, flat.data.dtype) == (
        (405900,),
        (Axis("index"),),
        "flat",
        np.uint8,
    )
    picture = cli("conv", "sample:cat", "-k", "1", "--channels", "keep").tensor.data
    np.testing.assert_array_equal(flat.data, picture.ravel())
    assert flat.data[1353] == picture[1, 0, 0]


@pytest.mark.parametrize(
    ("order", "by_torch"),
    [
        ("height,width,channel", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        ("channel,height,width", [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]),
    ],
)
def test_the_order_of_the_axes_is_that_of_torch_flatten(order: str, by_torch: list[int], cli: Any) -> None:
    """What torch.flatten(x) and torch.flatten(x.permute(2, 0, 1)) give of arange(12).reshape(2, 3, 2)."""
    photo = Tensor(np.arange(12).reshape(2, 3, 2), (Axis("height"), Axis("width"), Axis("channel")))
    turned = cli("tensor", "--transpose", order, stdin=photo).tensor
    assert cli("flatten", stdin=turned).tensor.data.tolist() == by_torch


def test_the_help_says_what_comes_first_with_channels_first(
    cli: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli("flatten", "--help").code == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "of one of PyTorch's (channel, height, width) all of red comes before all of green" in told
    assert "--transpose channel,height,width" in told


@pytest.mark.parametrize(
    ("x", "numbers", "labels"),
    [
        (Tensor([[1, 2], [3, 4]]), [1, 2, 3, 4], None),
        (
            Tensor([[1, 2], [3, 4]], (Axis("city", ("Oslo", "Rome")), Axis("month", ("jan", "jul")))),
            [1, 2, 3, 4],
            ("Oslo,jan", "Oslo,jul", "Rome,jan", "Rome,jul"),
        ),
        (
            Tensor([[1.5], [2.5]], (Axis("time", start=0, step=0.5, unit="s"), Axis("unit"))),
            [1.5, 2.5],
            ("0 s,0", "0.5 s,0"),
        ),
        (Tensor([1, 2], (Axis("token", ("a", "b")),)), [1, 2], ("a", "b")),
        (Tensor(7), [7], None),
        (Tensor(np.zeros((0, 3))), [], None),
        (Tensor(np.array([[1 + 2j, 0]])), [1 + 2j, 0], None),
        (Tensor(np.array([[[True]]])), [True], None),
    ],
    ids=["matrix", "labels", "numeric axis", "vector", "scalar", "empty", "complex", "bool"],
)
def test_any_tensor(x: Tensor, numbers: list[Any], labels: tuple[str, ...] | None, cli: Any) -> None:
    flat = cli("flatten", stdin=x).tensor
    assert (flat.data.tolist(), flat.data.dtype, flat.axes[0].labels) == (numbers, x.data.dtype, labels)
    assert flat.axis_names == (x.axis_names if x.data.ndim == 1 else ("index",))
    for words in ((), ("--width", "40")):
        assert cli("flatten", "-f", "plain", *words, stdin=x).code == 0


def test_only_short_vectors_have_labels(cli: Any) -> None:
    def labels(n: int) -> Any:
        return cli(
            "flatten", stdin=Tensor(np.ones((n, 2)), (Axis("row"), Axis("c", ("a", "b"))))
        ).tensor.axes[0]

    assert len(labels(512).labels) == 1024
    assert labels(513) == Axis("index")


def test_a_cell_is_taken_apart_by_divisions(cli: Any) -> None:
    told = cli("flatten", "sample:cat", "--explain", "1353", "-f", "plain").out
    for line in (
        "channel  1353 = 451 × 3 + 0",
        "width    451 = 1 × 451 + 0",
        "height   1 = 0 × 300 + 1",
        "index    (1 × 451 + 0) × 3 + 0 = 1353",
        "Flat  146 at index 1353: height 1, width 0, channel red of the input",
        "width 1         1356        +3    145",
    ):
        assert line in told


def test_channels_first_are_drawn_in_colour_and_shuffled_as_whole_pixels(cli: Any) -> None:
    first = cli("tensor", "sample:cat", "--transpose", "2,0,1").tensor
    found, wanted = (
        re.split("Shuffled  |\nNotice", told)[1]
        for told in (
            cli("flatten", "-f", "plain", stdin=first).out,
            cli("flatten", "sample:cat", "-f", "plain").out,
        )
    )
    assert found.startswith("the same pixels in another order")
    assert found == wanted


def test_a_seed_is_another_shuffle_and_no_other_vector(cli: Any) -> None:
    stories = [cli("flatten", "sample:exercise", "-f", "plain", "--seed", seed).out for seed in "010"]
    assert stories[0] == stories[2] != stories[1]
    assert "(--seed 1)" in stories[1]
    first, other = (cli("flatten", "sample:exercise", "--seed", seed).tensor.data for seed in "01")
    np.testing.assert_array_equal(first, other)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("1 2; 3 4", "--explain", "4", "-f", "plain"), 2, "there is no cell 4 in the flat: index 0 to 3"),
        (
            ("1 2; 3 4", "--explain", "0,1", "-f", "plain"),
            2,
            "cell 0,1 has 2 of 1 indices; in the flat: index 0 to 3",
        ),
        (
            ("1 2; 3",),
            1,
            "literal: the rows of a matrix need one length: row 1 has 2 values, row 2 has 1 value",
        ),
    ],
)
def test_what_does_not_fit_ends_in_words(words: tuple[str, ...], code: int, message: str, cli: Any) -> None:
    ended = cli("flatten", *words)
    assert (ended.code, ended.raw, ended.err) == (code, b"", f"dlcli flatten: {message}\n")


def test_the_vector_of_a_picture_file_is_its_bytes(cli: Any) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 5, 3)).astype(np.uint8)
    Image.fromarray(pixels).save("p.png")
    assert cli("flatten", "p.png").tensor.data.tobytes() == pixels.tobytes()
