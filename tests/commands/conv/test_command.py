"""``dlcli conv``: the course's exercise by hand, every option, and words for whatever does not fit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.tensor import Array, Axis, Tensor
from dlcli.wire.write import save_tensors

DATA = Path(__file__).parents[2] / "data"

#: The exercise of the course, worked out by hand: kernel, bias, feature map (valid padding, stride 1).
EXERCISE = [
    (1, "0", [[57, 455, 83, 212], [201, 51, 390, 123], [350, 220, 20, 430]]),
    (2, "-1", [[275, 73, 211, 46], [193, 379, 59, 389], [389, 206, 229, 82]]),
    (
        3,
        "0.15",
        [
            [269.75, 338.45, -476.25, 54.95],
            [-247.55, -239.65, 331.85, -209.15],
            [-93.85, -319.15, 114.85, 442.75],
        ],
    ),
    (
        4,
        "-1.6",
        [[326.8, 431.9, 82.0, 173.6], [198.7, 262.6, 377.7, 321.1], [492.4, 211.1, 225.1, 449.4]],
    ),
]


@pytest.mark.parametrize(("number", "bias", "by_hand"), EXERCISE, ids=["1", "2", "3", "4"])
def test_the_exercise_of_the_course_is_exact(
    number: int, bias: str, by_hand: list[list[float]], cli: Any
) -> None:
    found = cli(
        "conv", "sample:exercise", "--kernel", f"sample:exercise-kernel-{number}", "--bias", bias
    ).tensor
    assert found.shape == (3, 4)
    np.testing.assert_allclose(found.data, by_hand, rtol=1e-15, atol=1e-12)


def test_one_cell_of_it_from_first_principles(cli: Any) -> None:
    assert pytest.approx(269.75) == 0.9 * 23 + 1.1 * 255 - 2.8 * 21 + 0.8 * 34 + 0.15
    told = cli(
        "conv",
        "sample:exercise",
        "-k",
        "0.9 1.1; -2.8 0.8",
        "--bias",
        "0.15",
        "--explain",
        "0,0",
        "-f",
        "plain",
    )
    assert told.code == 0
    for line in (
        r"0, 0 +23 × +0\.9 = +20\.70",
        r"0, 1 +255 × +1\.1 = +280\.50",
        r"1, 0 +21 × +−2\.8 = +−58\.80",
        r"1, 1 +34 × +0\.8 = +27\.20",
        r"sum +269\.60",
        r"\+ bias +0\.15",
        r"result +269\.75",
    ):
        assert re.search(line, told.out), told.out


def test_padded_cells_are_marked_in_the_arithmetic(cli: Any) -> None:
    told = cli("conv", "1 2; 3 4", "-k", "box:3", "--padding", "same", "--explain", "0,0", "-f", "plain").out
    assert len(re.findall("padding", told)) >= 5


RGB = "0 9 3; 4 1 5; 5 1 4 | 1 5 5; 1 4 3; 9 0 9 | 4 3 9; 0 9 3; 4 1 5"


def test_a_kernel_of_three_matrices_is_that_of_torch(cli: Any) -> None:
    """torch.nn.functional.conv2d of torch 2.13 gave the four numbers."""
    found = cli("conv", RGB, "-k", "1 0; 0 1 | 0 2; -1 0 | -3 0; 0.5 4").tensor
    assert found.data.tolist() == [[34, 27.5], [10, 4.5]]
    told = cli("conv", RGB, "-k", "1 0; 0 1 | 0 2; -1 0 | -3 0; 0.5 4", "--explain", "1,0", "-f", "plain").out
    assert re.search(r"2, 0, 1 +9 × +-?−1.0 = +−9", told)
    assert cli("conv", RGB, "-k", "1 | 2 | 3").tensor.data.tolist() == [
        [14, 28, 40],
        [6, 36, 20],
        [35, 4, 37],
    ]


def test_the_line_to_try_next_types_the_channels_again(cli: Any) -> None:
    told = cli("conv", "1 2; 3 4 | 5 6; 7 8", "-k", "1 | -1", "-f", "plain").out.rstrip().split("\n")[-1]
    assert told.strip() == "dlcli conv '1 2; 3 4 | 5 6; 7 8' --kernel '1 | -1' --explain 0,0"


def test_weights_that_sum_to_zero_over_channels_are_not_zero_times_a_value(cli: Any) -> None:
    told = " ".join(cli("conv", RGB, "-k", "1 | 0 | -1", "-f", "plain").out.split())
    assert "sum to 0: a flat area whose channels are alike answers with 0." in told


def test_a_photo_is_added_up_kept_apart_or_turned_gray(cli: Any) -> None:
    cat = cli("conv", "sample:cat", "-k", "identity:1").tensor
    assert (cat.shape, cat.axis_names, cat.data.dtype) == ((300, 451), ("height", "width"), np.float32)
    kept = cli("conv", "sample:cat", "-k", "identity:1", "--channels", "keep").tensor
    assert kept.axes[2].labels == ("red", "green", "blue")
    np.testing.assert_array_equal(cat.data, kept.data.sum(axis=2))
    gray = cli("conv", "sample:cat", "-k", "identity:1", "--channels", "gray").tensor
    np.testing.assert_allclose(gray.data, kept.data @ [0.299, 0.587, 0.114], rtol=1e-6)


def test_each_kernel_gives_a_channel(cli: Any) -> None:
    maps = cli("conv", "sample:lines", "-k", "sobel-x", "-k", "sobel-y", "--bias", "1", "--bias", "2").tensor
    assert maps.shape == (238, 318, 2)
    assert maps.axes[2].labels == ("sobel-x", "sobel-y")
    both = cli("conv", "sample:cat", "-k", "box", "-k", "outline", "--channels", "keep").tensor
    assert both.axes[2].labels == (
        "red box",
        "red outline",
        "green box",
        "green outline",
        "blue box",
        "blue outline",
    )


FULL = [[1, 3, 5, 3], [5, 12, 16, 9], [10, 22, 25, 13], [6, 13, 14, 7]]


@pytest.mark.parametrize(
    ("words", "by_hand"),
    [
        ((), [[12, 16], [22, 25]]),
        (("--stride", "2"), [[12]]),
        (("--stride", "1,2"), [[12], [22]]),
        (("--padding", "same"), [[12, 16, 9], [22, 25, 13], [13, 14, 7]]),
        (("--padding", "same", "--stride", "2"), [[12, 9], [13, 7]]),
        (("--padding", "same", "--pad-mode", "edge"), [[12, 16, 18], [22, 25, 26], [26, 28, 28]]),
        (("--padding", "1"), FULL),
        (("--padding", "full"), FULL),
        (("--dilation", "2"), [[1 + 3 + 6 + 7]]),
        (("--bias", "-20"), [[-8, -4], [2, 5]]),
        (("--bias", "-20", "--activation", "relu"), [[0, 0], [2, 5]]),
    ],
)
def test_options(words: tuple[str, ...], by_hand: list[list[float]], cli: Any) -> None:
    assert cli("conv", "1 2 3; 4 5 6; 6 7 7", "-k", "1 1; 1 1", *words).tensor.data.tolist() == by_hand


def test_flip_turns_the_kernel_round(cli: Any) -> None:
    straight = cli("conv", "1 2; 3 4", "-k", "1 10; 100 1000").tensor.data
    turned = cli("conv", "1 2; 3 4", "-k", "1 10; 100 1000", "--flip").tensor.data
    assert (straight.item(), turned.item()) == (4321, 1234)


def test_feature_maps_of_any_depth_and_kernels_as_deep(cli: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    maps, kernel = rng.standard_normal((6, 7, 5)), rng.standard_normal((2, 3, 5))
    np.save("kernel.npy", kernel)
    found = cli("conv", "-k", "kernel.npy", stdin=Tensor(maps)).tensor
    windows = np.lib.stride_tricks.sliding_window_view(maps, (2, 3), axis=(0, 1))  # (5, 5, 5, 2, 3)
    np.testing.assert_allclose(found.data, np.einsum("ijkrc,rck->ij", windows, kernel), rtol=1e-12)


def layer(kind: str) -> dict[str, Tensor]:
    rng = np.random.default_rng(2)
    kernel, bias = rng.standard_normal((3, 3, 3, 4)).astype(np.float32), np.arange(4, dtype=np.float32)
    if kind == "kernel":
        return {"kernel": Tensor(kernel), "bias": Tensor(bias)}
    return {"conv1.weight": Tensor(kernel.transpose(3, 2, 0, 1)), "conv1.bias": Tensor(bias)}


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_weights_of_keras_and_pytorch_give_the_same(suffix: str, cli: Any) -> None:
    for kind in ("kernel", "weight"):
        save_tensors(layer(kind), f"{kind}.{suffix}")
    keras = cli("conv", "sample:cat", "--weights", f"kernel.{suffix}", "--activation", "relu").tensor
    torch = cli("conv", "sample:cat", "--weights", f"weight.{suffix}", "--activation", "relu").tensor
    assert keras.shape == (298, 449, 4)
    np.testing.assert_array_equal(keras.data, torch.data)
    assert keras.data.min() == 0


def test_the_meaning_of_the_axes_goes_on(cli: Any) -> None:
    x = Tensor(
        np.ones((9, 4)),
        (Axis("time", start=1.0, step=0.5, unit="s"), Axis("unit", ("a", "b", "c", "d"))),
        "gates",
    )
    found = cli("conv", "-k", "box:3", "--stride", "2,1", stdin=x).tensor
    assert found.axes == (Axis("time", start=1.5, step=1.0, unit="s"), Axis("unit"))
    same = cli("conv", "-k", "box:3", "--padding", "same", stdin=x).tensor
    assert same.axes == x.axes
    assert same.attrs["command"] == "conv -k box:3 --padding same"
    assert same.attrs["source"] == "-"


def test_complex_numbers_and_special_numbers(cli: Any) -> None:
    spectrum = cli("conv", "1+2j 3; 4 -1j", "-k", "1 1; 1 1").tensor
    assert spectrum.data.tolist() == [[8 + 1j]]
    odd = cli("conv", "nan 1 1; 1 1 inf", "-k", "1 1; 1 1").tensor
    assert [str(value) for value in odd.data[0]] == ["nan", "inf"]


def test_transparency_is_left_out_and_said(cli: Any) -> None:
    x = Tensor(
        np.ones((3, 3, 4)),
        (Axis("height"), Axis("width"), Axis("channel", ("red", "green", "blue", "alpha"))),
    )
    ended = cli("conv", "-k", "1", stdin=x)
    assert ended.tensors[0].data[0, 0] == 3
    assert (
        ended.err
        == "dlcli: the alpha channel is left out (transparency is no colour); --channels keep filters it too\n"
    )


def test_random_kernels_repeat_by_seed(cli: Any) -> None:
    first, again, other = (
        cli("conv", "sample:exercise", "-k", "random", "--seed", s).tensor.data for s in "112"
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


CUBE = Tensor(
    np.ones((4, 4, 3)), name="maps", attrs={"source": "maps.npy", "command": "conv photo.png -k diag"}
)
BAD: dict[str, tuple[tuple[str, ...], Any, int, str]] = {
    "no kernel": (("sample:cat",), b"", 2, "dlcli conv: which kernel? Give --kernel a name (diag, sobel-x, box:5), a literal or a file"),
    "unknown kernel": (("sample:cat", "-k", "soble-x"), b"", 2, "dlcli conv: --kernel soble-x is neither a file nor a literal such as '0 1; 1 0', and there is no kernel 'soble-x': did you mean sobel-x?"),
    "kernel's argument": (("sample:cat", "-k", "box:0"), b"", 2, "dlcli conv: --kernel box:0: N is a whole number from 1 to 999; received '0': try box[:N=3]"),
    "ragged kernel": (("sample:cat", "-k", "1 2; 3"), b"", 2, "dlcli conv: --kernel '1 2; 3': the rows of a matrix need one length: row 1 has 2 values, row 2 has 1 value"),
    "ragged input": (("1 2; 3", "-k", "1"), b"", 1, "dlcli conv: literal: the rows of a matrix need one length: row 1 has 2 values, row 2 has 1 value"),
    "kernels of two depths": (("sample:cat", "-k", "1 0; 0 1 | 2 0; 0 2 | 3 0; 0 3", "-k", "diag"), b"", 2, "dlcli conv: the kernels of one run need one depth; received 1 0; 0 1 | 2 0; 0 2 | 3 0; 0 3 2x2x3, diag 2x2: run conv once for each depth, or write the matrix of each channel, '0 1; 1 0 | 0 1; 1 0 | 0 1; 1 0'"),
    "deep kernels of two depths": (("sample:cat", "-k", "1 | 2", "-k", "1 | 2 | 3"), b"", 2, "dlcli conv: the kernels of one run need one depth; received 1 | 2 1x1x2, 1 | 2 | 3 1x1x3: run conv once for each depth"),
    "kernels of two sizes": (("sample:cat", "-k", "diag", "-k", "box"), b"", 2, "dlcli conv: the kernels of one run need one size; received diag 2x2, box 3x3: run conv once for each size, or give N (box:3) where a kernel has one"),
    "too many biases": (("sample:cat", "-k", "diag", "--bias", "1", "--bias", "2"), b"", 2, "dlcli conv: 2 biases for 1 kernel; give one"),
    "too few biases": (("sample:cat", *("-k", "diag") * 3, "--bias", "1", "--bias", "2"), b"", 2, "dlcli conv: 2 biases for 3 kernels; give one for all, or one each: --bias 3 times, in the order of the kernels"),
    "biases in one word": (("sample:cat", *("-k", "diag") * 2, "--bias", "1 2"), b"", 2, "dlcli conv: invalid value for '--bias': '1 2' is not a number (for several: --bias 1 --bias 2)\nTry 'dlcli conv --help'."),
    "biases with a comma": (("sample:cat", *("-k", "diag") * 2, "--bias", "1,2"), b"", 2, "dlcli conv: invalid value for '--bias': '1,2' is not a number; with a decimal point it is 1.2 (for several: --bias 1 --bias 2)\nTry 'dlcli conv --help'."),
    "kernel larger than the picture": (("1 2; 3 4", "-k", "box:3"), b"", 1, "dlcli conv: literal: the kernel is larger than the picture: kernel 3x3, picture 2x2 with its padding; try a smaller kernel or --padding same"),
    "wrong depth": (("-k", "deep.npy"), CUBE, 1, "dlcli conv: maps.npy (from 'conv photo.png -k diag'): the kernel has a depth of 2 and the input 3 channels: they must be equal, or the kernel's 1 (the same weights for every channel)"),
    "four axes": (("-k", "diag"), Tensor(np.ones((1, 2, 2, 3))), 1, "dlcli conv: conv wants a picture or a matrix: 2 or 3 axes (height, width[, channel]), none of them empty; received tensor (axis0 1, axis1 2, axis2 2, axis3 3) float64; try dlcli tensor --index 0, the first of a batch"),
    "an empty axis": (("-k", "diag"), Tensor(np.ones((0, 2))), 1, "dlcli conv: conv wants a picture or a matrix: 2 or 3 axes (height, width[, channel]), none of them empty; received tensor (row 0, column 2) float64"),
    "activation of complex": (("1j 2", "-k", "1", "--activation", "relu"), b"", 1, "dlcli conv: literal: relu is not defined for complex numbers; leave --activation linear"),
    "groups that do not divide": (("1 2; 3 4", "-k", "diag", "--groups", "2"), b"", 1, "dlcli conv: literal: --groups 2 must divide the channels of the input; received 1: leave --groups out"),
    "groups of a photo": (("sample:cat", "-k", "diag", "--groups", "2"), b"", 1, "dlcli conv: sample:cat: --groups 2 must divide the channels of the input; received 3: try --groups 3, one for each"),
    "groups of too few kernels": (("sample:cat", "-k", "diag", "--groups", "3"), b"", 1, "dlcli conv: sample:cat: --groups 3 needs 3 kernels, or twice as many, …; received 1: give --kernel 3 times, or --channels keep in place of --groups, which gives each channel every kernel"),
    "groups of a gray picture": (("sample:cat", "-k", "diag", "--groups", "3", "--channels", "gray"), b"", 2, "dlcli conv: --groups does not go with --channels gray: leave one of them out"),
    "groups and each channel by itself": (("sample:cat", "-k", "diag", "--groups", "3", "--channels", "keep"), b"", 2, "dlcli conv: --groups does not go with --channels keep: leave one of them out"),
    "frame of no padding": (("1 2; 3 4", "-k", "diag", "--pad-mode", "reflect"), b"", 2, "dlcli conv: --pad-mode goes with --padding: add it, or leave --pad-mode out"),
    "frame of padding 0": (("1 2; 3 4", "-k", "diag", "--padding", "0", "--pad-mode", "edge"), b"", 2, "dlcli conv: --pad-mode does nothing beside --padding 0: give another, or leave --pad-mode out"),
    "stride 0": (("sample:cat", "-k", "diag", "--stride", "0"), b"", 2, "dlcli conv: invalid value for '--stride': '0' is neither a whole number from 1 on nor two of them (height,width), such as 2 or 2,1\nTry 'dlcli conv --help'."),
    "padding": (("sample:cat", "-k", "diag", "--padding", "sane"), b"", 2, "dlcli conv: invalid value for '--padding': 'sane' is none of valid, same, full, causal, nor a number of rows and columns such as 1\nTry 'dlcli conv --help'."),
    "weights and kernel": (("sample:cat", "-k", "diag", "--weights", "w.npz"), b"", 2, "dlcli conv: --weights and --kernel both name kernels; give one of them"),
    "cell outside": (("sample:exercise", "-k", "diag", "--explain", "9,9", "-f", "plain"), b"", 2, "dlcli conv: there is no cell 9,9 in the feature map: row 0 to 2, column 0 to 3"),
    "cell of too few": (("sample:exercise", "-k", "diag", "--explain", "9", "-f", "plain"), b"", 2, "dlcli conv: cell 9 has 1 of 2 indices; in the feature map: row 0 to 2, column 0 to 3"),
    "cell of two words": (("sample:exercise", "-k", "diag", "--explain", "a"), b"", 2, "dlcli conv: --explain 'a' is not a cell: give row,column, counted from 0 and up to 2,3"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_ends_in_words(case: str, cli: Any) -> None:
    words, stdin, code, message = BAD[case]
    np.save("deep.npy", np.ones((2, 2, 2)))
    ended = cli("conv", *words, stdin=stdin)
    assert (ended.code, ended.raw) == (code, b"")
    assert ended.err == message + "\n"


def test_the_file_of_a_kernel_that_is_misspelt_is_suggested(cli: Any) -> None:
    Path("mykernel.txt").write_text("0 1\n1 0\n")
    refused = cli("conv", "1 2; 3 4", "-k", "mykernel.tx")
    assert (refused.code, refused.raw) == (1, b"")
    assert refused.err.endswith("nor a literal such as '0 1; 1 0': did you mean mykernel.txt?\n")
    assert cli("conv", "1 2; 3 4", "-k", "mykernel.txt").tensor.data.tolist() == [[5]]


def test_kernels_of_one_name_are_told_apart(cli: Any) -> None:
    twice = cli("conv", "sample:exercise", "-k", "random:2", "-k", "random:2", "--seed", "3").tensor
    assert twice.axes[2].labels == ("random:2", "random:2#2")
    assert not np.array_equal(twice.data[..., 0], twice.data[..., 1])
    alone = cli("conv", "sample:exercise", "-k", "random:2", "--seed", "3").tensor
    np.testing.assert_array_equal(twice.data[..., 0], alone.data)
    words = ("sample:exercise", "-k", "diag", "-k", "diag", "--bias", "0", "--bias", "1")
    told = cli("conv", *words, "--explain", "0,0,diag#2", "-f", "plain").out
    assert re.search(r"\+ bias +1$", told, re.MULTILINE)
    assert "row 0, column 0, channel diag#2" in told
    assert "diag#2, bias 1" in cli("conv", *words, "-f", "plain").out


def test_a_variable_of_the_padding_waits_for_some(cli: Any) -> None:
    edge = {"DLCLI_CONV_PAD_MODE": "edge"}
    assert cli("conv", "1 2; 3 4", "-k", "diag", variables=edge).tensor.data.tolist() == [[5]]
    padded = cli("conv", "1 2; 3 4", "-k", "diag", "--padding", "1", variables=edge).tensor
    assert padded.data[0].tolist() == [2, 3, 4]


@pytest.mark.parametrize("mode", ["gray", "keep"])
def test_where_there_are_no_channels_and_that_is_said(mode: str, cli: Any) -> None:
    ended = cli("conv", "1 2; 3 4", "-k", "diag", "--channels", mode)
    assert (ended.code, ended.tensors[0].data.tolist()) == (0, [[5]])
    assert ended.err == f"dlcli: --channels {mode} changes nothing: the input has no channels\n"


def test_nothing_is_drawn_for_kernels_that_are_not_random(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(run: object) -> None:
        raise AssertionError("a generator takes longer to load than the kernel to make")

    monkeypatch.setattr("dlcli.runner.result.Run.generator", refuse)
    assert cli("conv", "1 2; 3 4", "-k", "diag").tensor.data.item() == 5
    assert cli("kernels", "diag").tensor.data.tolist() == [[0, 1], [1, 0]]
    with pytest.raises(AssertionError, match="a generator"):
        cli("conv", "1 2; 3 4", "-k", "random:2")


@pytest.mark.parametrize("outputs", [3, 6])
def test_as_many_groups_as_channels_are_pytorchs_depthwise_convolution(outputs: int, cli: Any) -> None:
    stored = np.load(DATA / "torch_depthwise.npz")
    Image.fromarray(stored["photo"]).save("photo.png")
    np.savez("layer.npz", weight=stored[f"weight-{outputs}"], bias=stored[f"bias-{outputs}"])
    sliding = ("--groups", "3", "--padding", "1", "--stride", "2,1")
    made = cli("conv", "photo.png", "--weights", "layer.npz", *sliding).tensor
    np.testing.assert_allclose(made.data, stored[f"output-{outputs}"], rtol=0, atol=2e-4)
    words = ("conv", "photo.png", "--weights", "layer.npz", *sliding, "--precision", "9", "-f", "plain")
    for cell in ((0, 0, outputs - 1), (3, 4, 1)):
        told = cli(*words, "--explain", ",".join(map(str, cell))).out
        (result,) = re.findall(r"^ +result in float32 +(−?[\d.]+)$", told, re.MULTILINE)
        assert float(result.replace("−", "-")) == pytest.approx(made.data[cell], abs=2e-4)
        (colour,) = set(re.findall(r", (red|green|blue) ", told))
        assert colour == ("red", "green", "blue")[cell[2] * 3 // outputs]


@pytest.mark.parametrize("kernels", [1, 2, 3])
def test_the_parts_of_a_deep_kernel_add_up_to_its_map_with_the_bias_once(kernels: int, cli: Any) -> None:
    rng = np.random.default_rng(12)
    words: list[str] = []
    for k in range(kernels):
        np.save(f"k{k}.npy", rng.standard_normal((2, 2, 3)))
        words += ["-k", f"k{k}.npy", "--bias", str(10 * k + 7)]
    photo = Tensor(
        rng.random((5, 6, 3)), (Axis("height"), Axis("width"), Axis("channel", ("red", "green", "blue")))
    )
    whole = cli("conv", *words, stdin=photo).tensor.data.reshape(4, 5, kernels)
    ended = cli("conv", *words, "--channels", "keep", stdin=photo)
    parts = ended.tensors[0].data.reshape(4, 5, 3, kernels)
    np.testing.assert_allclose(parts.sum(axis=2), whole, rtol=1e-12)
    assert ended.err == (
        "dlcli: --channels keep: each map is one channel's part of the kernel's sum; the bias is in the first part\n"
    )
    told = " ".join(
        cli("conv", *words, "--channels", "keep", "-f", "plain", "--width", "300", stdin=photo).out.split()
    )
    assert "each map is one channel's part of the sum, the bias in the first" in told
    assert "Notice The maps of all channels add up to the map of --channels sum." in told
    for k in range(kernels):
        assert f"bias {10 * k + 7}" in told


@pytest.mark.parametrize("option", ["-k", "--weights"])
@pytest.mark.parametrize("bias", [0, 7])
def test_parts_of_a_sum_are_said_and_go_through_no_activation(option: str, bias: int, cli: Any) -> None:
    kernel = np.random.default_rng(3).standard_normal((2, 2, 3, 1))
    np.save("kernel.npy", kernel[..., 0])
    np.savez("layer.npz", kernel=kernel)
    photo = Tensor(np.ones((3, 3, 3)), (Axis("height"), Axis("width"), Axis("channel")))
    words = ["conv", option, "kernel.npy" if option == "-k" else "layer.npz", "--channels", "keep"]
    words += ["--bias", str(bias)] * bool(bias)
    told = "each map is one channel's part of the kernel's sum" + "; the bias is in the first part" * bool(
        bias
    )
    assert cli(*words, stdin=photo).err == f"dlcli: --channels keep: {told}\n"
    assert cli(*words, "--activation", "linear", stdin=photo).code == 0
    ended = cli(*words, "--activation", "relu", stdin=photo)
    assert ended.code == 2
    assert "leave --activation out for the parts, or --channels for the activated sum" in ended.err
    assert cli("conv", "-k", "box", "--channels", "keep", "--activation", "relu", stdin=photo).err == ""


def test_a_flat_kernel_on_each_channel_has_its_bias_on_each(cli: Any) -> None:
    photo = Tensor(np.ones((2, 2, 3)), (Axis("height"), Axis("width"), Axis("channel")))
    words = (
        "-k",
        "1",
        "-k",
        "2",
        "-k",
        "3",
        "--bias",
        "5",
        "--bias",
        "6",
        "--bias",
        "7",
        "--channels",
        "keep",
    )
    assert cli("conv", *words, stdin=photo).tensor.data[0, 0].tolist() == [6, 8, 10] * 3
    told = cli("conv", *words, "-f", "plain", stdin=photo).out
    assert [f"{k}, bias {b}" in told for k, b in ((1, 5), (2, 6), (3, 7))] == [True] * 3


def depthwise_layers(outputs: int) -> Array:
    """Save a photo, and the same layer as PyTorch and both names of Keras store it; PyTorch's output."""
    stored = np.load(DATA / "torch_depthwise.npz")
    Image.fromarray(stored["photo"]).save("photo.png")
    weight, bias = stored[f"weight-{outputs}"], stored[f"bias-{outputs}"]
    keras = (
        weight[:, 0].reshape(3, outputs // 3, *weight.shape[2:]).transpose(2, 3, 0, 1)
    )  # (kh, kw, in, times)
    for name, kernel in {"weight": weight, "kernel": keras, "depthwise_kernel": keras}.items():
        np.savez(f"{name}.npz", **{name: kernel}, bias=bias)
    return stored[f"output-{outputs}"]


SLIDING = ("--padding", "1", "--stride", "2,1")


def test_weights_of_depth_one_on_as_many_channels_are_a_depthwise_layer(cli: Any) -> None:
    wanted = depthwise_layers(3)  # PyTorch's, tests/data/make_torch_depthwise.py
    ended = cli("conv", "photo.png", "--weights", "weight.npz", *SLIDING)
    np.testing.assert_allclose(ended.tensors[0].data, wanted, rtol=0, atol=2e-4)
    assert ended.err == (
        "dlcli: weight.npz is taken as a depthwise layer of 3 groups; the same weights on every channel, added "
        "up, as of a layer for gray pictures: --groups 1\n"
    )
    np.testing.assert_allclose(
        cli("conv", "photo.png", "--weights", "weight.npz", "--groups", "3", *SLIDING).tensor.data,
        wanted,
        atol=2e-4,
    )
    gray = cli("conv", "photo.png", "--weights", "weight.npz", "--groups", "1", *SLIDING).tensor
    assert np.abs(gray.data - wanted).max() > 100  # the other reading, asked for


@pytest.mark.parametrize("name", ["kernel", "depthwise_kernel"])
@pytest.mark.parametrize("outputs", [3, 6])
def test_what_keras_calls_a_depthwise_layer_is_one(name: str, outputs: int, cli: Any) -> None:
    wanted = depthwise_layers(outputs)
    made = cli("conv", "photo.png", "--weights", f"{name}.npz", *SLIDING).tensor
    np.testing.assert_allclose(made.data, wanted, rtol=0, atol=2e-4)
    ended = cli("conv", "photo.png", "--weights", f"{name}.npz", "--groups", "1")
    assert (ended.code, ended.err) == (
        2,
        f"dlcli conv: --groups 1: {name}.npz is a depthwise layer for 3 channels, a group each; leave --groups out\n",
    )


@pytest.mark.parametrize("name", ["kernel", "depthwise_kernel"])
@pytest.mark.parametrize(
    ("channels", "words", "code", "told"),
    [
        (1, (), 1, "and the input has 1: give it one of 3"),
        (4, (), 1, "and the input has 4: give it one of 3"),
        (4, ("--groups", "4"), 1, "and the input has 4: give it one of 3"),
        (1, ("--groups", "1"), 1, "and the input has 1: give it one of 3"),
        (3, ("--channels", "keep"), 2, "each with its own kernels; leave --channels out"),
        (3, ("--channels", "gray"), 2, "each with its own kernels; leave --channels out"),
    ],
)
def test_a_depthwise_layer_says_how_many_channels_it_is_for(
    name: str, channels: int, words: tuple[str, ...], code: int, told: str, cli: Any
) -> None:
    depthwise_layers(3)
    before = f"{' '.join(words)}: " if code == 2 else ""
    np.save("x.npy", np.ones((9, 10, channels)))
    source = "1 2 3; 4 5 6; 7 8 9" if channels == 1 else "x.npy"
    ended = cli("conv", source, "--weights", f"{name}.npz", *words)
    said = f"dlcli conv: {before}{name}.npz is a depthwise layer for 3 channels, {told}\n"
    assert (ended.code, ended.raw, ended.err) == (code, b"", said)


def test_a_layer_for_gray_pictures_is_read_alike_in_kerass_and_pytorchs_order(cli: Any) -> None:
    weight = np.random.default_rng(3).standard_normal((3, 1, 2, 2))
    np.savez("torch.npz", weight=weight, bias=np.arange(3.0))
    np.savez("keras.npz", kernel=weight.transpose(2, 3, 1, 0), bias=np.arange(3.0))
    np.save("x.npy", np.random.default_rng(4).random((4, 5, 3)))
    torch, keras = (cli("conv", "x.npy", "--weights", f"{name}.npz") for name in ("torch", "keras"))
    assert keras.err == torch.err.replace("torch.npz", "keras.npz") != ""
    np.testing.assert_array_equal(keras.tensors[0].data, torch.tensors[0].data)


def test_where_two_readings_of_the_weights_fit_the_groups_are_asked_for(cli: Any) -> None:
    wanted = depthwise_layers(6)
    ended = cli("conv", "photo.png", "--weights", "weight.npz", *SLIDING)
    assert (ended.code, ended.raw, ended.err) == (
        2,
        b"",
        "dlcli conv: weight.npz: 6 kernels of depth 1 on 3 channels are 2 for each channel, as of a depthwise layer "
        "(add --groups 3), or the same weights on every channel, added up, as of a layer for gray pictures "
        "(add --groups 1)\n",
    )
    made = cli("conv", "photo.png", "--weights", "weight.npz", "--groups", "3", *SLIDING).tensor
    np.testing.assert_allclose(made.data, wanted, rtol=0, atol=2e-4)


@pytest.mark.parametrize(
    ("shape", "channels", "groups", "told"),
    [
        (
            (5, 1, 2, 2),
            3,
            1,
            "w.npz has kernels of depth 1, and the input 3 channels: the same weights on every",
        ),
        ((4, 2, 2, 2), 4, 2, "w.npz is taken as a layer of 2 groups, each of 2 channels"),
        ((4, 4, 2, 2), 4, 1, ""),
        ((3, 1, 2, 2), 1, 1, ""),
    ],
    ids=["gray", "grouped", "plain", "one channel"],
)
def test_weights_that_fit_one_way_are_taken_so(
    shape: tuple[int, ...], channels: int, groups: int, told: str, cli: Any
) -> None:
    rng = np.random.default_rng(11)
    weight, x = rng.standard_normal(shape), rng.standard_normal((4, 5, channels))
    np.savez("w.npz", weight=weight)
    np.save("x.npy", x)
    ended = cli("conv", "x.npy", "--weights", "w.npz")
    assert (ended.code, bool(ended.err)) == (0, bool(told))
    assert told in ended.err
    depth = channels // groups
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(0, 1))  # (3, 4, channels, 2, 2)
    for out in range(shape[0]):
        first = out // (shape[0] // groups) * depth
        seen = windows[:, :, first : first + depth]
        by_hand = np.einsum("ijkrc,krc->ij", seen, np.broadcast_to(weight[out], (depth, 2, 2)))
        np.testing.assert_allclose(ended.tensors[0].data[..., out], by_hand, rtol=1e-12, atol=1e-12)


def test_alpha_is_no_channel_of_a_depthwise_layer_for_colours(cli: Any) -> None:
    wanted = depthwise_layers(3)
    with Image.open("photo.png") as photo:
        photo.putalpha(200)
        photo.save("alpha.png")
    ended = cli("conv", "alpha.png", "--weights", "weight.npz", *SLIDING)
    np.testing.assert_allclose(ended.tensors[0].data, wanted, rtol=0, atol=2e-4)
    assert "the alpha channel is left out" in ended.err


EQUAL = "they must be equal, or the kernel's 1 (the same weights for every channel)"
GROUPS = "or groups of 2 channels, each with its own kernels: --groups"


@pytest.mark.parametrize(
    ("channels", "kernels", "words", "told"),
    [
        (3, 1, (), f"the kernel has a depth of 2 and the input 3 channels: {EQUAL}"),
        (1, 1, (), f"the kernel has a depth of 2 and the input 1 channel: {EQUAL}"),
        (4, 2, (), f"and the input 4 channels: {EQUAL}; {GROUPS} 2"),
        (4, 1, (), f"and the input 4 channels: {EQUAL}; {GROUPS} 2 and 2 kernels, or twice as many, …"),
        (6, 3, ("--groups", "1"), f"and the input 6 channels: {EQUAL}; {GROUPS} 3"),
        (4, 4, ("--groups", "4"), f"and each of the groups 1 channel: {EQUAL}; {GROUPS} 2"),
        (2, 2, ("--groups", "2"), "and each of the groups 1 channel: leave --groups out"),
    ],
)
def test_kernels_of_another_depth_are_told_of_groups_where_these_fit(
    channels: int, kernels: int, words: tuple[str, ...], told: str, cli: Any
) -> None:
    np.save("k.npy", np.ones((2, 2, 2)))
    np.save("x.npy", np.ones((8, 9, channels)))
    line = ("conv", "x.npy", *("-k", "k.npy") * kernels)
    ended = cli(*line, *words)
    assert (ended.code, ended.raw) == (1, b"")
    assert ended.err.endswith(f"{told}\n")
    if GROUPS in told and "and 2 kernels" not in told:
        assert cli(*line, "--groups", told.rpartition(" ")[2]).code == 0
    if told.endswith("out"):
        assert cli(*line).code == 0


def test_a_layer_that_fits_no_groups_is_not_told_to_have_more_kernels(cli: Any) -> None:
    np.savez("w.npz", weight=np.ones((3, 1, 2, 2)))
    np.save("x.npy", np.ones((8, 9, 4)))
    for groups, why in (
        ("3", "must divide the channels of the input; received 4"),
        ("4", "needs 4 kernels, or twice as many, …; received 3"),
    ):
        ended = cli("conv", "x.npy", "--weights", "w.npz", "--groups", groups)
        assert (ended.code, ended.raw) == (1, b"")
        assert ended.err == f"dlcli conv: x.npy: --groups {groups} {why}: leave --groups out\n"
    assert cli("conv", "x.npy", "--weights", "w.npz").code == 0


def test_kernels_of_a_group_see_its_channels_alone(cli: Any) -> None:
    x = Tensor(np.arange(24.0).reshape(2, 3, 4), (Axis("height"), Axis("width"), Axis("channel")))
    made = cli("conv", "-k", "1", "-k", "10", "--groups", "2", stdin=x).tensor
    np.testing.assert_array_equal(made.data[..., 0], x.data[..., :2].sum(axis=2))
    np.testing.assert_array_equal(made.data[..., 1], 10 * x.data[..., 2:].sum(axis=2))
    assert made.axes[2].labels == ("1", "10")


def test_a_bias_beside_a_layers_own_is_the_same_or_refused(cli: Any) -> None:
    kernel = np.arange(8.0).reshape(2, 2, 1, 2)
    np.savez("layer.npz", kernel=kernel, bias=np.array([0.15, 2.0], np.float32))
    line = ("conv", "1 2 3; 4 5 6; 7 8 9", "--weights", "layer.npz")
    found = cli(*line).tensor.data
    np.testing.assert_array_equal(cli(*line, "--bias", "0.15", "--bias", "2").tensor.data, found)
    ended = cli(*line, "--bias", "0.15")
    assert (ended.code, ended.raw) == (2, b"")
    assert ended.err == "dlcli conv: --bias 0.15: layer.npz has 2 at 1; leave --bias out\n"


STROKES = "0 0 0 0 0 0; 9 9 9 0 5 0; 0 0 0 0 5 0; 0 0 0 0 5 0"


def test_the_winner_and_its_strength_at_each_place(cli: Any) -> None:
    line = ("conv", STROKES, "-k", "line:0:90:90,3")
    maps = cli(*line).tensor
    winner, strength = (cli(*line, "--emit", emit).tensor for emit in ("winner", "strength"))
    np.testing.assert_array_equal(strength.data, maps.data.max(axis=2))
    assert winner.data.tolist() == [[0, 0, 0, 1], [-1, 1, -1, 1]]
    assert (winner.axis_names, winner.data.dtype, winner.name) == (("row", "column"), np.int64, "winner")
    told = {key: winner.attrs[key] for key in ("kernels", "angles", "period")}
    assert told == {"kernels": "line:0,3\tline:90,3", "angles": "0\t90", "period": 180}


def test_a_threshold_is_a_share_of_the_strongest(cli: Any) -> None:
    line = ("conv", STROKES, "-k", "line:0:90:90,3", "--emit", "winner", "--threshold")
    counts = [int((cli(*line, share).tensor.data >= 0).sum()) for share in ("0", "0.5", "1")]
    assert counts[0] > counts[1] > counts[2] >= 1


def test_a_file_of_many_has_winner_and_strength_too(cli: Any) -> None:
    assert cli("conv", STROKES, "-k", "diag", "-k", "antidiag", "-o", "all.npz").code == 0
    with np.load("all.npz") as file:
        assert {name: file[name].shape for name in file.files} == {
            "feature-map": (3, 5, 2), "winner": (3, 5), "strength": (3, 5),
        }  # fmt: skip
    assert cli("conv", STROKES, "-k", "diag", "-o", "one.npz").code == 0
    with np.load("one.npz") as file:
        assert file.files == ["feature-map"]


def test_the_line_that_is_tried_next_explains_the_winner(cli: Any) -> None:
    line = ("conv", STROKES, "-k", "line:0:90:90,3", "--emit", "winner", "--threshold", "0")
    told = cli(*line, "-f", "plain").out.rstrip().split("Try next\n")[1]
    assert " ".join(told.replace("\\", " ").split()).endswith(
        "--kernel line:0:90:90,3 --threshold 0 --emit winner --explain 0,0"
    )
    assert "Winner  line:0,3" in cli(*line, "--explain", "0,1", "-f", "plain").out


def test_winners_are_drawn_in_their_colours_by_show_and_in_a_picture(cli: Any) -> None:
    frame = cli("conv", STROKES, "-k", "line:0:90:90,3", "--emit", "winner").raw
    told = cli("show", "-f", "plain", stdin=frame).out
    assert "- 0°  | 90°  · no winner" in told
    assert cli("show", "-o", "w.png", "--scale", "view", stdin=frame).code == 0
    with Image.open("w.png") as picture:
        colours = {
            picture.convert("RGB").getpixel((x, y)) for x in range(0, 480, 60) for y in range(0, 240, 60)
        }
    assert (28, 28, 28) in colours
    assert len(colours) == 3


def test_an_explained_place_has_the_answers_of_all_kernels_sorted(cli: Any) -> None:
    told = cli(
        "conv", STROKES, "-k", "line:0:135:45,3", "--emit", "winner", "--explain", "0,0", "-f", "plain"
    ).out
    names = re.findall(r"line:\d+,3", told.partition("Answers")[2].partition("Winner")[0])
    answers = cli("conv", STROKES, "-k", "line:0:135:45,3").tensor.data[0, 0]
    labels = [f"line:{angle},3" for angle in (0, 45, 90, 135)]
    assert names[0] == "line:0,3"
    assert sorted(names) == sorted(labels)
    assert [answers[labels.index(name)] for name in names] == sorted(answers, reverse=True)
    assert re.search(
        r"\nWinner  line:0,3 with [\d.]+, before line:\d+,3 with [\d.−]+, at row 0, column 0\n", told
    )
    assert told.rstrip().endswith("--kernel line:0:135:45,3 --explain 0,0,0")


@pytest.mark.parametrize(
    ("cell", "more", "why"),
    [
        ("0,0", ("-k", "1 | 1"), "none: 1 | 0 and 1 | 1 answer alike"),
        ("1,1", (), "none: 0 is not above 0"),
        ("0,1", (), "none: 1 is below 50 % of the largest, 2"),
        ("1,0", (), "none: an answer is no number"),
    ],
)
def test_why_nobody_wins_is_told(cell: str, more: tuple[str, ...], why: str, cli: Any) -> None:
    words = ("--emit", "winner", "--explain", cell, "--threshold", "1/2", "-f", "plain")
    told = cli("conv", "4 1; nan 0 | 0 0; 0 0", "-k", "1 | 0", "-k", "0 | 1", *more, *words).out
    assert f"\nWinner  {why}, at height {cell[0]}, width {cell[2]}\n" in told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("-k", "diag", "--emit", "winner"),
            "dlcli conv: --emit winner is of several kernels, and there is one: give --kernel again, or a range "
            "of them such as --kernel line:0:165:15",
        ),
        (
            ("-k", "line:0:90:45", "--emit", "strength", "--channels", "keep"),
            "dlcli conv: --emit strength: with --channels keep each kernel has several answers at a place; try "
            "--channels sum or gray",
        ),
        (
            ("-k", "line:0:90:45", "--threshold", "0.1"),
            "dlcli conv: --threshold goes with --emit winner: add it, or leave --threshold out",
        ),
        (
            ("-k", "line:0:90:45", "--emit", "strength", "--threshold", "0.1"),  # a strength has no winner
            "dlcli conv: --threshold goes with --emit winner: add it, or leave --threshold out",
        ),
        (
            ("-k", "line:0:90"),
            "dlcli conv: --kernel: a range is START:STOP:STEP, as in line:0:165:15; received '0:90' for ANGLE",
        ),
    ],
)
def test_a_contest_that_cannot_be_held_is_refused(words: tuple[str, ...], message: str, cli: Any) -> None:
    ended = cli("conv", "sample:lines", *words)
    assert (ended.code, ended.raw) == (2, b"")
    assert ended.err.splitlines()[0] == message


def test_complex_answers_have_no_winner(cli: Any) -> None:
    ended = cli("conv", "1j 2; 3 4", "-k", "1", "-k", "2", "--emit", "winner")
    assert (ended.code, ended.raw) == (1, b"")
    assert ended.err == (
        "dlcli conv: literal: --emit winner: complex answers have no order; try the sizes or real parts\n"
    )
