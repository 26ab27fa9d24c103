"""``dlcli kernels``: one kernel, several, all of them; as numbers, stories and pictures."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.engines.convolution.kernels import KERNELS

PLAIN = ("-f", "plain", "--width", "80")


def test_one_kernel_is_a_tensor_under_its_name(cli: Any) -> None:
    made = cli("kernels", "gaussian:3,1").tensor
    assert (made.name, made.axis_names) == ("gaussian:3,1", ("height", "width"))
    bell = np.exp(-np.array([1, 0, 1]) / 2)
    np.testing.assert_allclose(made.data, np.outer(bell, bell) / bell.sum() ** 2)


def test_without_a_name_there_is_every_kernel(cli: Any) -> None:
    sent = cli("kernels").tensors
    assert [tensor.name.partition(":")[0] for tensor in sent] == list(KERNELS)
    page = cli("kernels", *PLAIN).out
    assert page.startswith(f"Kernels  {len(KERNELS)}, each with what it answers to")
    assert all(re.search(rf" {name}(:45)?$", page, re.MULTILINE) for name in KERNELS)


def test_a_random_kernel_is_drawn_by_its_seed(cli: Any) -> None:
    first, same, other = (
        cli("kernels", "random", "--seed", seed, "-f", "csv").out for seed in ("1", "1", "2")
    )
    assert first == same != other


def test_two_random_kernels_differ_and_the_line_to_try_has_the_seed(cli: Any) -> None:
    first, second = cli("kernels", "random:2", "random:2", "--seed", "3").tensors
    assert not np.array_equal(first.data, second.data)
    told = cli("kernels", "random:2", "random:2", "--seed", "3", *PLAIN).out
    assert told.endswith("  dlcli kernels random:2 --seed 3\n")
    np.testing.assert_array_equal(cli("kernels", "random:2", "--seed", "3").tensor.data, first.data)
    told = cli("kernels", "random", "--seed", "3", *PLAIN).out
    assert told.endswith("  dlcli conv sample:cat --kernel random --seed 3\n")
    assert cli("kernels", "box", *PLAIN).out.endswith("  dlcli conv sample:cat --kernel box\n")


def test_a_column_times_a_row_is_told_as_in_the_formula(cli: Any) -> None:
    page = cli("kernels", "sobel-x", *PLAIN).out
    assert "Formula  1 2 1 downwards times −1 0 1 to the right\n" in page
    separable = page[page.index("Separable") : page.index("Notice")].split("\n")
    assert [line.split() for line in separable[2:5]] == [["1", "−1", "0", "1"], ["2"], ["1"]]
    assert "add up to 0" in page
    assert "Separable" not in cli("kernels", "laplacian", *PLAIN).out


def test_each_of_several_kernels_is_explained_by_itself(cli: Any) -> None:
    page = cli("kernels", "box", "sobel-x", "--explain", "1,0", *PLAIN).out
    heads = re.findall(r"^(Kernel|Formula|From the middle|Share)", page, re.MULTILINE)
    assert heads == ["Kernel", "Formula", "From the middle", "Share"] * 2
    assert "\n\nKernel  sobel-x" in page
    assert "weight  2 × −1 = −2\n\nShare  25 %: −2 of 8" in page
    told = cli("kernels", "box", "sobel-x", "--explain", "1,0", "-f", "markdown").out
    assert told.count("### Kernel") == 2
    assert "```" not in told


def test_a_picture_has_large_weights_bright(cli: Any) -> None:
    assert cli("kernels", "line:0,5", "-o", "line.png").code == 0
    with Image.open("line.png") as image:
        shades = np.asarray(image.convert("L"))
    assert shades.shape == (5, 5)
    assert shades[2].min() > shades[[0, 1, 3, 4]].max()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("sobelx",), "there is no kernel 'sobelx': did you mean sobel-x?"),
        (("gabor",), "ANGLE is missing"),
        (("box:0",), "N is a whole number from 1 to 999; received '0'"),
        (("box", "--explain", "3,0"), "there is no cell 3,0 in the box: height 0 to 2, width 0 to 2"),
        (("box", "log", "-o", "k.png"), "would all be written to 'k.png'"),
    ],
)
def test_what_cannot_be_is_wrong_usage(words: tuple[str, ...], told: str, cli: Any) -> None:
    ended = cli("kernels", *words)
    assert (ended.code, ended.raw) == (2, b"")
    assert told in ended.err


def test_an_explained_weight_shows_what_it_is_made_of(cli: Any) -> None:
    """5 of Kirsch's kernel, the smear of a way, a difference of bells: with the numbers of the cell."""
    told = cli("kernels", "kirsch:45", "--explain", "0,1", *PLAIN).out
    assert "  place   (90° − 45°) mod 360° / 45° = 1\n" in told
    assert "  weight  number 1, counted from 0, of 5 5 −3 −3 −3 −3 −3 5 = 5\n" in told
    told = cli("kernels", "motion:3,45", "--explain", "0,2", *PLAIN).out
    assert "  beside  1 × sin(45°) + (−1) × cos(45°) = 0\n" in told
    assert "  beyond  max(0, 1.414 − (3 − 1) / 2) = 0.4142\n" in told
    told = cli("kernels", "dog:1,2,5", "--explain", "2,2", *PLAIN).out
    assert re.search(r"  weight  0\.162\d* − 0\.06\d* = 0\.0\d*\n", told)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gaussian:5,1/2", "gaussian:5,0.5"),
        ("line:−30,5", "line:-30,5"),
        ("line:1/2:3:1", "line:0.5:3:1"),
        ("line:4500%,5", "line:45,5"),
    ],
)
def test_numbers_behind_a_colon_are_read_as_everywhere(typed: str, meant: str, cli: Any) -> None:
    one, other = (cli("kernels", word) for word in (typed, meant))
    assert (one.code, [x.data.tolist() for x in one.tensors]) == (0, [x.data.tolist() for x in other.tensors])


@pytest.mark.parametrize(("size", "numbers"), [(7, True), (9, False)])
def test_a_kernel_above_7_x_7_is_a_picture_wherever_it_is_shown(size: int, numbers: bool, cli: Any) -> None:
    kernel = f"gaussian:{size},2"
    for words in (
        ("kernels", kernel, "--only", "weights"),
        ("conv", "sample:lines", "-k", kernel, "--only", "kernel"),
        ("conv", "sample:lines", "-k", kernel, "--explain", "40,61", "--only", "window-and-weights"),
    ):
        written = re.findall(r"0\.0\d+", cli(*words, "-f", "plain").out)
        assert len(written) >= size**2 if numbers else len(written) <= 2  # the ends of the scale
    row = cli("conv", "sample:lines", "-k", "1 " * size, "-f", "plain", "--only", "kernel").out
    assert row.endswith("  1" * size + "\n")  # a single row is a row of numbers
