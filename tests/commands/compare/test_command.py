"""``dlcli compare``: exit codes for scripts, what is sent on, names of several, shapes that differ."""

from __future__ import annotations

import io
import shlex
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.tensor import Axis, Tensor


def test_within_the_tolerance_is_0_and_beyond_it_1(cli: Any) -> None:
    assert cli("compare", "1 2; 3 4", "1 2; 3 4").code == 0
    ended = cli("compare", "1 2; 3 4", "1 2; 3 4.5", "-f", "plain")
    assert ended.code == 1
    assert ended.err == (
        "dlcli compare: literal: 1 of 4 numbers is beyond the tolerance (rtol 1e-05, atol 1e-08): "
        "largest difference 0.5 at 1,1; --atol 0.5 lets all pass\n"
    )
    assert "Verdict  1 beyond the tolerance (exit code 1)" in ended.out  # the story is told first
    assert cli("compare", "1 2; 3 4", "1 2; 3 4.5", "--atol", "0.5").code == 0
    assert cli("compare", "1 2; 3 4", "1 2; 3 4.5", "--rtol", "1/8").code == 0
    assert cli("compare", "1 2; 3 4.5", "1 2; 3 4", "--rtol", "0.1249").code == 0  # of 4.5, the reference
    assert cli("compare", "1 2; 3 4", "1 2; 3 4.5", "--rtol", "0.1249").code == 1


@pytest.mark.parametrize("seed", range(20))
def test_the_tolerance_that_a_line_proposes_lets_all_pass(seed: int, cli: Any) -> None:
    generator = np.random.default_rng(seed)
    np.save("a.npy", generator.normal(size=5))
    np.save("b.npy", generator.normal(size=5))
    told = cli("compare", "a.npy", "b.npy").err
    atol = told.split("--atol ")[1].split()[0]
    assert cli("compare", "a.npy", "b.npy", "--atol", atol).code == 0


def test_the_signed_difference_goes_on_whatever_the_verdict(cli: Any) -> None:
    ended = cli("compare", "1 2; 3 4", "1 2; 3 4.5")
    (found,) = ended.tensors
    assert (found.data.tolist(), found.name, ended.code) == ([[0, 0], [0, 0.5]], "difference", 1)
    assert cli("compare", "1 2; 3 4", "1 2; 3 4.5", "-o", "d.npy").code == 1
    assert np.load("d.npy").tolist() == [[0, 0], [0, 0.5]]
    assert found.attrs["command"] == "compare '1 2; 3 4' '1 2; 3 4.5'"


def test_the_measures_are_for_scripts(cli: Any) -> None:
    found = cli("compare", "3 -4; 0 1", "3 -4.5; 1 1", "--emit", "measures", "--atol", "1", "-f", "json")
    (measures,) = found.tensors
    assert measures.axes == (Axis("measure", ("beyond", "largest", "rms", "snr")),)
    np.testing.assert_allclose(measures.data, [0, 1, np.sqrt(1.25 / 4), 10 * np.log10(26 / 1.25)])
    text = cli("compare", "1 2", "1 2", "--emit", "measures", "-f", "csv").out
    assert text == 'measure,"value"\nbeyond,0.0\nlargest,0.0\nrms,0.0\nsnr,inf\n'


def test_either_may_come_by_a_pipe(cli: Any) -> None:
    x = Tensor([[1, 2]])
    assert cli("compare", "1 2", stdin=x).code == 0
    assert cli("compare", "1 2", "-", stdin=x).code == 0
    assert cli("compare", "-", "1 2", stdin=x).code == 0
    assert cli("compare", "-", "1 3", stdin=x).code == 1


def test_several_inputs_are_held_against_one_reference(cli: Any) -> None:
    ended = cli("compare", "[1, 2]", "[1, 2]", "[1, 3]", "[2, 2]")
    assert [one.data.tolist() for one in ended.tensors] == [[0, 0], [0, 1], [1, 0]]
    assert (ended.code, ended.err.count("1 of 2 numbers is beyond")) == (1, 2)


def test_pictures_have_the_measures_of_pictures(cli: Any) -> None:
    picture = cli("tensor", "sample:cat").tensor.data
    Image.fromarray(np.clip(picture.astype(int) + 9, 0, 255).astype(np.uint8)).save("bright.png")
    (found,) = cli("compare", "sample:cat", "bright.png", "--emit", "measures").tensors
    told = dict(zip(found.axes[0].labels or (), found.data.tolist(), strict=True))
    assert list(told) == ["beyond", "largest", "rms", "snr", "psnr", "ssim"]
    assert (told["largest"], told["rms"]) == (9, 9)
    assert told["psnr"] == pytest.approx(20 * np.log10(255 / 9))
    assert 0.9 < told["ssim"] < 1
    (half,) = cli(
        "compare", "sample:cat", "bright.png", "--emit", "measures", "--data-range", "127.5"
    ).tensors
    assert half.data[4] == pytest.approx(told["psnr"] - 20 * np.log10(2))


def test_one_s_own_array_is_held_against_a_picture(cli: Any) -> None:
    """Without names of its axes; what (height, width) says of the one is true of the other."""
    np.save("mine.npy", np.asarray(cli("tensor", "sample:cat").tensor.data))
    for words in (("sample:cat", "mine.npy"), ("mine.npy", "sample:cat")):
        ended = cli("compare", *words, "--emit", "measures")
        assert (ended.code, ended.tensors[0].data[-1]) == (0, pytest.approx(1))
    assert cli("compare", "sample:cat", "mine.npy").tensor.axis_names == ("height", "width", "channel")


def test_arrays_without_names_are_pictures_where_a_range_is_given(cli: Any) -> None:
    """What a student's own program writes: its SSIM is that of the same numbers as pictures."""
    picture = np.asarray(cli("tensor", "sample:cat").tensor.data)
    noisy = picture ^ 8
    Image.fromarray(picture).save("a.png")
    Image.fromarray(noisy).save("b.png")
    np.save("a.npy", picture)
    np.save("b.npy", noisy)
    (expected,) = cli("compare", "a.png", "b.png", "--emit", "measures").tensors
    (found,) = cli("compare", "a.npy", "b.npy", "--data-range", "255", "--emit", "measures").tensors
    assert found.axes == expected.axes
    np.testing.assert_array_equal(found.data, expected.data)
    told = cli("compare", "a.npy", "b.npy", "-f", "plain").out
    assert "--data-range 255 adds PSNR and SSIM" in " ".join(told.split())
    assert "--data-range" not in cli("compare", "a.png", "b.png", "-f", "plain").out
    for shape in ((20,), (20, 20, 5), (2, 20, 20, 3)):
        np.save("other.npy", np.ones(shape))
        refused = cli("compare", "other.npy", "other.npy", "--data-range", "1")
        assert (refused.code, refused.raw) == (2, b"")
        assert refused.err.startswith("dlcli compare: --data-range is for pictures, of (height, width)")


def test_pictures_too_small_for_a_window_have_no_ssim(cli: Any) -> None:
    Image.fromarray(np.zeros((9, 20), np.uint8)).save("low.png")
    (found,) = cli("compare", "low.png", "low.png", "--emit", "measures").tensors
    assert (found.axes[0].labels or ())[-1] == "psnr"
    assert "smaller than its window of 11 × 11" in cli("compare", "low.png", "low.png", "-f", "plain").out


def test_what_passes_without_meaning_it_is_said(cli: Any) -> None:
    """No number at all, and two sounds whose samples stand at other times."""
    np.save("empty.npy", np.zeros((0, 3)))
    ended = cli("compare", "empty.npy", "empty.npy", "-f", "csv")
    assert (ended.code, ended.err) == (
        0,
        "dlcli: empty.npy: nothing was compared: 0 × 3 (row, column) holds no number\n",
    )

    def sound(rate: float, **attrs: Any) -> Tensor:
        return Tensor(np.ones(4), (Axis("time", start=0, step=1 / rate, unit="s"),), "audio", attrs)

    with open("a.safetensors", "wb") as file:
        file.write(cli("tensor", stdin=sound(16000, sample_rate=16000)).raw)
    ended = cli("compare", "a.safetensors", stdin=sound(22050, sample_rate=22050))
    assert (ended.code, ended.err) == (
        0,
        "dlcli: standard input: time goes by 22050 samples a second, in the reference by 16000 samples a "
        "second: numbers are compared by their places\n",
    )
    frames = cli("compare", "a.safetensors", stdin=sound(100)).err
    assert frames.startswith("dlcli: standard input: time goes by 0.01 s, in the reference by 16000 samples")
    assert cli("compare", "a.safetensors", stdin=sound(16000)).err == ""


@pytest.fixture
def nets(cli: Any) -> None:
    np.savez("a.npz", kernel=np.eye(2), bias=np.zeros(2), old=np.ones(1))
    np.savez("g.npz", a=np.ones(3), b=np.eye(2))
    np.savez("h.npz", a=np.ones(2), b=np.eye(3))
    np.save("alone.npy", np.array(2.0))
    np.savez("b.npz", bias=np.array([0, 0.5]), kernel=np.eye(2), new=np.ones(1))
    np.savez("c.npz", kernel=np.eye(2), bias=np.zeros(2), old=np.ones(1))
    np.savez("d.npz", kernel=np.eye(3), bias=np.zeros(2), old=np.ones(1))
    np.savez("f.npz", bias=np.zeros(2), other=np.ones(1))
    np.savez("e.npz", x=np.ones(1), y=np.ones(1))


@pytest.mark.usefixtures("nets")
def test_files_of_several_tensors_are_compared_by_name(cli: Any) -> None:
    ended = cli("compare", "a.npz", "b.npz")
    assert {one.name: one.data.tolist() for one in ended.tensors} == {
        "kernel": [[0, 0], [0, 0]],
        "bias": [0, 0.5],
    }
    assert (ended.code, ended.err) == (
        1,
        "dlcli compare: b.npz: 3 of 4 tensors differ: bias; not there: old; not in the reference: new\n",
    )
    for name, suffix in (("one", "csv"), ("several", "npz")):
        assert (
            "and such a file holds one" not in cli("compare", "b.npz", "f.npz", "-o", f"{name}.{suffix}").err
        )
    assert np.loadtxt("one.csv", delimiter=",").tolist() == [0, -0.5]
    refused = cli("compare", "a.npz", "b.npz", "-o", "d.csv").err
    assert "-o d.csv: 2 tensors are to be written (difference), and such a file holds one" in refused
    assert cli("compare", "a.npz", "c.npz").code == 0
    assert cli("compare", "a.npz:bias", "c.npz:bias").code == 0
    shape = cli("compare", "a.npz", "d.npz")
    assert (shape.code, shape.err) == (1, "dlcli compare: d.npz: 1 of 3 tensors differ: kernel\n")
    (measures,) = cli("compare", "a.npz", "c.npz", "--emit", "measures").tensors
    assert measures.axes[0] == Axis("tensor", ("kernel", "bias", "old"))


REFUSED: dict[str, tuple[tuple[str, ...], bytes, int, str]] = {
    "turned": (("1 2 3", "1; 2; 3"), b"", 1, "literal: 3 × 1 (row, column), and the reference is 1 × 3 (row, column): nothing is compared\nthey would have one shape by dlcli tensor '1; 2; 3' --transpose reverse | dlcli compare '1 2 3'"),
    "as many numbers": (("1 2; 3 4", "1 2 3 4"), b"", 1, "literal: 1 × 4 (row, column), and the reference is 2 × 2 (row, column): nothing is compared\nthey would have one shape by dlcli tensor '1 2 3 4' --reshape 2,2 | dlcli compare '1 2; 3 4'"),
    "to be stretched": (("1 2; 3 4", "[1, 2]"), b"", 1, "literal: 2 (index), and the reference is 2 × 2 (row, column): nothing is compared\nthey would have one shape by dlcli tensor '[1, 2]' --broadcast 2,2 | dlcli compare '1 2; 3 4'"),
    "no way": (("1 2; 3 4", "1 2 3"), b"", 1, "literal: 1 × 3 (row, column), and the reference is 2 × 2 (row, column): nothing is compared"),
    "a number alone": (("alone.npy", "3"), b"", 1, "literal: 1 × 1 (row, column), and the reference is a single number: nothing is compared\nthey would have one shape by dlcli tensor 3 --reshape '()' | dlcli compare alone.npy"),
    "longer": (("[1, 2]", "[1, 2, 3]"), b"", 1, "literal: 3 (index), and the reference is 2 (index): nothing is compared\nthey would have one shape by dlcli tensor '[1, 2, 3]' --index :2 | dlcli compare '[1, 2]'"),
    "shorter": (("1 2 3; 4 5 6; 7 8 9", "1 2; 4 5"), b"", 1, "literal: 2 × 2 (row, column), and the reference is 3 × 3 (row, column): nothing is compared\nthey would have one shape by dlcli tensor '1 2 3; 4 5 6; 7 8 9' --index :2,:2 | dlcli compare - '1 2; 4 5'"),
    "colours": (("1 2; 3 4", "[[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [1, 2, 3]]]"), b"", 1, "literal: 2 × 2 × 3 (axis0, axis1, axis2), and the reference is 2 × 2 (row, column): nothing is compared\nthey would have one shape by dlcli tensor '[[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [1, 2, 3]]]' --index :,:,0 | dlcli compare '1 2; 3 4'"),
    "no shape in both": (("g.npz", "h.npz"), b"", 1, "all 2 tensors whose names stand in both have another shape than in g.npz: a 2, not 3; b 3 × 3, not 2 × 2"),
    "another from a pipe": (("1 2; 3 4",), b"1 2 3 4\n", 1, "standard input: 1 × 4 (row, column), and the reference is 2 × 2 (row, column): nothing is compared\nthey would have one shape by … | dlcli tensor --reshape 2,2 | dlcli compare '1 2; 3 4'"),
    "no name in both": (("a.npz", "e.npz"), b"", 1, "no name stands in both: a.npz holds kernel, bias, old; e.npz holds x, y; name one of each, as in net.npz:kernel"),
    "one of several": (("1 2", "e.npz"), b"", 1, "no name stands in both: literal holds table; e.npz holds x, y; name one of each, as in net.npz:table"),
    "both from a pipe": (("-",), b"1 2\n", 2, "REFERENCE cannot read standard input, which is the tensor; name the input, or give a file"),
    "no such file": (("nowhere.npy", "1 2"), b"", 2, "'nowhere.npy' is neither a file nor a matrix of numbers: see the name again, or write numbers: '0 1; 1 0'"),
    "a tolerance below 0": (("1", "1", "--atol", "-1"), b"", 2, "invalid value for '--atol': '-1' is not a number from 0\nTry 'dlcli compare --help'."),
    "no tolerance": (("1", "1", "--rtol", "nan"), b"", 2, "invalid value for '--rtol': 'nan' is not a number from 0\nTry 'dlcli compare --help'."),
    "no range": (("1", "1", "--data-range", "0"), b"", 2, "invalid value for '--data-range': '0' is not a number above 0\nTry 'dlcli compare --help'."),
    "a cell of several": (("a.npz", "c.npz", "--explain", "0,0"), b"", 2, "--explain tells of one tensor, and here are several: name one of each, as net.npz:kernel"),
}  # fmt: skip


def test_what_cannot_be_read_is_told_apart_from_a_difference(cli: Any) -> None:
    """As ``cmp`` and ``diff`` have it: 1 is a difference, 2 is trouble; no verdict is lost beside it."""
    with open("broken.npy", "wb") as file:
        file.write(b"\x93NUMPY")
    assert cli("compare", "1 2", "nowhere.npy").code == 2
    assert cli("compare", "1 2", "broken.npy").code == 2
    assert cli("compare", "1 2", "-", stdin=b"").code == 2
    ended = cli("compare", "[1, 2]", "[1, 2]", "[1, 3]", "nowhere.npy", "[1, 2]")
    assert ended.code == 2
    unread, verdict, counted = ended.err.splitlines()
    assert unread.startswith("dlcli compare: 'nowhere.npy' is neither")
    assert verdict.startswith("dlcli compare: literal: 1 of 2 numbers is beyond the tolerance")
    assert counted == "dlcli compare: 1 of 4 inputs failed, 1 more did not pass"
    other_shape = cli("compare", "[1, 2]", "[1, 2, 3]", "[1, 2]")
    assert (other_shape.code, other_shape.err.splitlines()[-1]) == (
        1,
        "dlcli compare: 1 of 2 inputs failed",
    )


@pytest.mark.usefixtures("nets")
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_compared_ends_in_words(case: str, cli: Any) -> None:
    words, stdin, code, message = REFUSED[case]
    ended = cli("compare", *words, stdin=stdin)
    assert ended.err == f"dlcli compare: {message}\n"
    assert (ended.code, ended.raw) == (code, b"")


@pytest.mark.parametrize(
    "case", ["turned", "as many numbers", "to be stretched", "a number alone", "longer", "shorter", "colours"]
)
@pytest.mark.usefixtures("nets")
def test_the_line_that_an_error_gives_makes_one_shape(case: str, cli: Any, shell: Any) -> None:
    line = cli("compare", *REFUSED[case][0]).err.split(" by ")[1].strip()
    assert "nothing is compared" not in shell(line).err


def test_names_that_come_twice_go_by_their_order_or_not_at_all(cli: Any) -> None:
    twice = cli("tensor", "[1, 2]", "[3, 4]").raw
    with open("twice.safetensors", "wb") as file:
        file.write(twice)
    assert cli("compare", "twice.safetensors", stdin=twice).code == 0
    three = cli("tensor", "[1, 2]", "[3, 4]", "[5, 6]").raw
    ended = cli("compare", "twice.safetensors", stdin=three)
    assert ended.code == 1
    assert "stands more than once in twice.safetensors" in ended.err


def test_a_script_runs_on_or_ends_by_the_exit_code(cli: Any) -> None:
    """As in ``dlcli conv … | dlcli compare mine.npy && echo passed``."""
    made = cli("conv", "sample:exercise", "-k", "sobel-x").raw
    x = np.load(io.BytesIO(cli("conv", "sample:exercise", "-k", "sobel-x", "-f", "npy").raw))
    np.save("mine.npy", x)
    np.save("flipped.npy", -x)
    assert cli("compare", "mine.npy", stdin=made).code == 0
    assert cli("compare", "flipped.npy", stdin=made).code == 1
    words = shlex.split("compare flipped.npy -f plain")
    assert "What is compared is the reference times −1." in cli(*words, stdin=made).out


def test_a_layer_of_a_trained_net_by_hand_is_that_layer(cli: Any) -> None:
    digit = cli("tensor", "--index", "400", stdin=cli("show", "sample:digits").raw).raw
    with open("dense.safetensors", "wb") as file:
        file.write(cli("predict", "sample:digits-cnn", "--emit", "dense", stdin=digit).raw)
    flat = cli("predict", "sample:digits-cnn", "--emit", "flatten", stdin=digit).raw
    net = "sample:digits-cnn:dense"
    layer = ("--matmul", f"{net}/kernel", "--add", f"{net}/bias")
    by_hand = cli("tensor", *layer, "--maximum", "0", stdin=flat).raw
    assert cli("compare", "dense.safetensors", "--atol", "1e-5", stdin=by_hand).code == 0
    linear = cli("tensor", *layer, stdin=flat).raw  # without relu it is another
    assert cli("compare", "dense.safetensors", "--atol", "1e-5", stdin=linear).code == 1
