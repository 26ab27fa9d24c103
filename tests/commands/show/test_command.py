"""``dlcli show``: passes everything on, and says what it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

TOLD = ("-f", "plain", "--width", "80")


@pytest.mark.parametrize("dtype", ["bool", "uint8", "float16", "complex64", "complex128"])
def test_what_comes_in_goes_out(dtype: str, cli: Any) -> None:
    axes = Axis("token", labels=("a", "b")), Axis("time", start=0.5, step=0.25, unit="s")
    tensor = Tensor(np.arange(6).reshape(2, 3).astype(dtype), axes, "state", {"hop": 4})
    out = cli("show", stdin=tensor).tensor
    np.testing.assert_array_equal(out.data, tensor.data)
    assert (out.data.dtype, out.axes, out.name) == (tensor.data.dtype, axes, "state")
    assert out.attrs == {"hop": 4, "source": "-", "command": "show"}


def test_the_story_of_a_small_matrix(cli: Any) -> None:
    told = cli("show", "sample:exercise", *TOLD)
    assert (told.code, told.err) == (0, "")
    assert [line.rstrip() for line in told.out.split("\n")] == [
        "Tensor  table, 4 × 5 (row, column), int64, 3 to 255",
        "",
        "Axes",
        "  row     4",
        "  column  5",
        "",
        "Origin",
        "  source  sample:exercise",
        "",
        "Looks",
        "       column",
        "  row    0    1    2    3    4",
        "    0   23  255   40   12    4",
        "    1   21   34  200   43  200",
        "    2  160  180   17  190   80",
        "    3  210  190   40    3  240",
        "",
        "Numbers",
        "  least      3 at row 3, column 3",
        "  largest    255 at row 0, column 1",
        "  mean       107.1",
        "  deviation  89.87",
        "  memory     160 bytes, 8 each",
        "",
        "Try next",
        "  dlcli show sample:exercise --view histogram",
        "",
    ]


def test_axes_tell_what_their_positions_stand_for(cli: Any) -> None:
    axes = (
        Axis("token", labels=("the", "cat", "sat", "on", "the", "mat", "\x1b[31mnow")),
        Axis("time", start=0.0, step=0.5, unit="s"),
    )
    told = cli("show", *TOLD, stdin=Tensor(np.zeros((7, 3)), axes, "x", {"sample_rate": 8000})).out
    assert "  token  7: the, cat, sat, on, the, mat, …\n" in told
    assert "  time   3: 0 s to 1 s, in steps of 0.5\n" in told
    assert "  sample_rate  8000\n" in told
    assert "  zeros      21 of 21, 100 %\n" in told


def test_what_is_no_number_is_counted(cli: Any) -> None:
    told = cli("show", *TOLD, stdin=Tensor(np.array([1.0, np.nan, np.inf, -np.inf]))).out
    assert "  least      1 at index 0\n" in told
    assert "  nan        1 of 4, 25 %\n" in told
    assert "  infinite   2 of 4, 50 %\n" in told
    assert "largest" not in cli("show", *TOLD, stdin=Tensor(np.full(3, np.nan))).out


@pytest.mark.parametrize(
    ("view", "sign"),
    [
        ("numbers", "0   23  255   40   12    4"),
        ("histogram", "20 numbers"),
        ("chart", "a row 0   b row 1   c row 2   d row 3"),
        ("heat", "─┬─"),
        ("picture", "3 | .:-=+*#%@| 255"),
    ],
)
def test_every_view(view: str, sign: str, cli: Any) -> None:
    told = cli("show", "sample:exercise", "--view", view, *TOLD)
    assert (told.code, told.err) == (0, "")
    assert sign in told.out


@pytest.mark.parametrize("view", ["numbers", "histogram", "chart", "heat", "picture", "auto"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (4, 3, 3), (2, 3, 4, 5)])
def test_every_view_of_every_rank(view: str, shape: tuple[int, ...], cli: Any) -> None:
    told = cli("show", "--view", view, *TOLD, stdin=Tensor(np.ones(shape)))
    if view in ("heat", "picture") and len(shape) < 2 and 0 not in shape:
        assert told.code == 2
        assert told.err.startswith(f"dlcli show: --view {view} needs two axes or more; received tensor (")
    else:
        assert (told.code, told.err) == (0, "")


def test_a_number_among_its_neighbours(cli: Any) -> None:
    told = cli("show", "sample:exercise", "--explain", "0,4", *TOLD).out
    assert "Number  4 at row 0, column 4\n" in told
    assert (
        "       column\n  row    2    3    4\n    0   40   12    4\n    1  200   43  200\n    2   17  190   80\n"
        in told
    )
    assert "5 % of the 20 numbers are smaller, 0 are equal; −1.147 deviations" in told.replace("\n  ", " ")
    assert (
        "is no finite number" in cli("show", "--explain", "0", *TOLD, stdin=Tensor(np.array([np.nan, 1]))).out
    )
    assert "100 0 200" in " ".join(cli("show", "100 0 200", "--explain", "0,1", *TOLD).out.split())


def test_a_cell_that_is_not_there(cli: Any) -> None:
    ended = cli("show", "1 2; 3 4", "--explain", "2,0", *TOLD)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "dlcli show: there is no cell 2,0 in the matrix: row 0 to 1, column 0 to 1\n"


def test_a_stream_passes_one_after_the_other(cli: Any) -> None:
    twice = cli("samples", "exercise", "lines").raw
    assert [tensor.shape for tensor in cli("show", stdin=twice).tensors] == [(4, 5), (240, 320)]


def test_a_sentence_is_shown_by_its_words(cli: Any) -> None:
    made = cli("show", "the cat sat on the mat").tensor
    assert made.data.tolist() == [0, 1, 2, 3, 0, 4]
    assert made.axes[0].labels == ("the", "cat", "sat", "on", "the", "mat")
    told = cli("show", "the cat sat on the mat", "-f", "plain").out
    assert "dlcli show 'the cat sat on the mat' --view histogram" in told


def test_the_name_of_a_sample_or_a_file_without_its_ending_is_a_slip(cli: Any) -> None:
    Path("photo.jpg").touch()
    for word, meant in (("cat", "sample:cat"), ("photo", "photo.jpg")):
        ended = cli("show", word)
        assert (ended.code, ended.raw) == (1, b"")
        assert ended.err == f"dlcli show: {word!r} is neither a file nor a sentence: did you mean {meant}?\n"
    assert cli("show", "cat sat").tensor.shape == (2,)
    assert cli("show", "hello").tensor.axes[0].labels == ("hello",)


def test_a_name_that_is_no_file_is_no_sentence(cli: Any) -> None:
    ended = cli("show", "cat.pgn")
    assert (ended.code, ended.raw) == (1, b"")
    assert ended.err.startswith("dlcli show: 'cat.pgn' is neither a file nor a sentence: ")


def test_words_from_a_pipe_are_a_sentence_a_line(cli: Any) -> None:
    sent = cli("show", stdin=b"the cat\nsat down\n")
    assert [t.attrs["text"] for t in sent.tensors] == ["the cat", "sat down"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("9007199254740993 1",), "largest 9007199254740993 at row 0, column 0"),
        (("1e-320 2e-320",), "deviation 5e−321"),
        (("5", "--explain", "0,0"), "Among all it is the only number"),
        (("5 5", "--explain", "0,0"), "0 % of the 2 numbers are smaller, 1 is equal"),
        (("1 2; 3 4", "--view", "histogram"), "Try next dlcli show '1 2; 3 4' --explain 1,1"),
        (("nan; nan", "--view", "numbers"), "memory 16 bytes"),
    ],
)
def test_what_it_says(words: tuple[str, ...], told: str, cli: Any) -> None:
    assert told in " ".join(cli("show", *words, *TOLD).out.split())


@pytest.mark.parametrize("data", [np.array(2.0), np.array([2.0, 3]), np.array([np.nan]), np.zeros((0, 3))])
@pytest.mark.parametrize("view", ["auto", "histogram"])
def test_the_next_line_is_another_one_and_runs(data: Any, view: str, cli: Any) -> None:
    np.save("x.npy", data)
    line = ["dlcli", "show", "x.npy", "--view", view]
    suggested = cli(*line[1:], *TOLD).out.split("Try next\n")[1].split()
    assert suggested not in (line, line[:3])
    assert cli(*suggested[1:]).code == 0


@pytest.mark.parametrize("view", ["auto", "numbers", "heat", "picture"])
def test_three_axes_are_the_matrices_of_the_first_in_every_view(view: str, cli: Any) -> None:
    """In one tone: the legends, where there are any, name the same ends."""
    told = cli("show", "--view", view, "-f", "plain", stdin=Tensor(np.arange(30.0).reshape(3, 2, 5))).out
    looks = told.partition("Looks")[2].partition("Numbers")[0]
    assert re.findall(r"axis0 \d", looks) == ["axis0 0", "axis0 1", "axis0 2"]
    assert {line.strip() for line in looks.split("\n") if "| 29" in line} <= {"0 | .:-=+*#%@| 29"}
    assert "| 9\n" not in looks


def test_names_of_numbers_stand_apart_by_commas(shell: Any) -> None:
    told = shell("dlcli td sample:student --emit trace --trace 4 | dlcli show -f plain").out
    assert "names of action       listen, scroll, put away, go to bed, solve, café\n" in told
    assert "names of state, next  lecture 1, phone, lecture 2, exercise, asleep\n" in told


def test_points_in_a_plane_by_their_classes(cli: Any) -> None:
    points = np.array([[0.0, 0], [4, 0], [0, 2], [4, 2]])
    tensor = Tensor(
        points, (Axis("picture", ("cat", "dog", "cat", "dog")), Axis("unit", ("one", "two"))), "codes"
    )
    told = cli("show", "--view", "scatter", "-f", "plain", stdin=tensor).out
    assert "a cat   b dog\n  two\n" in told
    wide = Tensor(np.hstack([points, points]), (tensor.axes[0], Axis("unit")), "codes")
    assert "component 1: 80 % of variance" in cli("show", "--view", "scatter", "-f", "plain", stdin=wide).out


def test_what_are_no_points(cli: Any) -> None:
    ended = cli("show", "1 2 3", "--view", "scatter", "-f", "plain")
    assert (
        ended.code,
        "--view scatter needs points (point, feature), two or more of both" in ended.err,
    ) == (2, True)
