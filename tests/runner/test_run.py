"""What all commands share: inputs, formats, files, stories, and how a command line ends."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.cli import CHAPTERS, TOOLS
from dlcli.commands.conv.command import MANUAL
from dlcli.errors import DlcliError
from dlcli.tensor import Axis, Tensor
from dlcli.wire.read import open_input
from dlcli.wire.tensors.frame import write_frame

CONV = ("conv", "-k", "1 1")


def frames(*tensors: Tensor) -> bytes:
    stream = io.BytesIO()
    for tensor in tensors:
        write_frame(tensor, stream)
    return stream.getvalue()


def test_a_pipe_gets_frames_and_a_terminal_the_story(cli: Any) -> None:
    piped = cli(*CONV, "1 2 3")
    assert piped.tensor.data.tolist() == [[3, 5]]
    shown = cli(*CONV, "1 2 3", stdout_is_terminal=True)
    assert (shown.code, shown.err) == (0, "")
    assert "\x1b[" in shown.out
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown.out).startswith("Input  1 × 3 (row, column), int64, 1 to 3")


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("csv", "3,5\n"),
        ("tsv", "3\t5\n"),
        (
            "json",
            '{"name": "feature map", "dtype": "float64", "shape": [1, 2], "axes": [{"name": "row"}, {"name": "column"}], '
            '"attrs": {"source": "literal", "receptive field": "the input; row, column; '
            'conv [window 1 1 1 1 1 0 zeros] [window 3 2 2 1 1 0 zeros]", "command": "conv -k \'1 1\' \'1 2 3\' -f json"}, "data": [[3.0, 5.0]]}\n',
        ),
    ],
)
def test_data_formats(format: str, text: str, cli: Any) -> None:
    written = cli(*CONV, "1 2 3", "-f", format)
    assert (written.code, written.err) == (0, "")
    assert written.out.replace("3.0,5.0", "3,5").replace("3.0\t5.0", "3\t5") == text


def test_npy_and_frame_go_down_a_pipe_and_never_to_a_terminal(cli: Any) -> None:
    assert np.load(io.BytesIO(cli(*CONV, "1 2 3", "-f", "npy").raw)).tolist() == [[3, 5]]
    for format in ("npy", "frame"):
        refused = cli(*CONV, "1 2 3", "-f", format, stdout_is_terminal=True)
        assert (refused.code, refused.raw) == (2, b"")
        assert (
            refused.err
            == f"dlcli conv: a terminal cannot show {format} bytes: pipe them on, or write a file with -o\n"
        )


@pytest.mark.parametrize("format", ["plain", "markdown", "html", "svg", "rich"])
def test_stories_in_every_format_say_the_same(format: str, cli: Any) -> None:
    told = cli(*CONV, "1 2 3", "-f", format, variables={"FORCE_COLOR": "1"})
    assert (told.code, told.err) == (0, "")
    assert ("\x1b[" in told.out) == (format == "rich")
    text = re.sub(r"<[^>]*>|&#160;|\x1b\[[0-9;]*m", " ", told.out)
    assert "1 × 3 (row, column), int64, 1 to 3" in text.replace("  ", " ")
    assert {"html": "<!DOCTYPE html>", "svg": "<svg", "markdown": "### Input"}.get(
        format, "Input"
    ) in told.out


def test_files_by_suffix_and_nothing_in_the_pipe(cli: Any) -> None:
    for name in ("y.npy", "y.npz", "y.safetensors", "y.csv", "y.tsv", "y.json"):
        assert cli(*CONV, "1 2 3", "-o", name).raw == b""
        assert cli("conv", "-k", "1", name).tensor.data.tolist() == [[3, 5]]
    with np.load("y.npz") as archive:
        assert archive["feature-map"].tolist() == [[3, 5]]
    for name, start in (("y.md", "### Input"), ("y.html", "<!DOCTYPE"), ("y.svg", "<svg")):
        assert cli(*CONV, "1 2 3", "-o", name).code == 0
        assert Path(name).read_text().startswith(start)


def test_a_picture_says_how_numbers_became_shades(cli: Any) -> None:
    ended = cli("conv", "sample:exercise", "-k", "sobel-x", "-o", "edges.png")
    assert (ended.code, ended.raw) == (0, b"")
    assert (
        ended.err == "dlcli: edges.png: symmetric: 0 became the middle gray 128, -326 black and 326 white\n"
    )
    assert np.asarray(Image.open("edges.png")).shape == (2, 3)
    clipped = cli("conv", "sample:exercise", "-k", "sobel-x", "-o", "edges.png", "--scale", "clip")
    assert clipped.err.startswith("dlcli: edges.png: clip: ")


@pytest.mark.parametrize(
    "words", [("-f", "csv"), (), ("-f", "plain"), ("-o", "edges.npz"), ("-o", "story.svg"), ("-o", "-")]
)
def test_a_scale_without_a_picture_file_is_refused(words: tuple[str, ...], cli: Any) -> None:
    ended = cli("show", "1 2", "--scale", "view", *words)
    assert (ended.code, ended.raw) == (2, b"")
    assert ended.err == (
        "dlcli show: --scale says how numbers become the shades of a picture file, and none is written: "
        "give one with -o, such as -o map.png, or leave out --scale\n"
    )
    assert cli("show", "1 2", *words, variables={"DLCLI_SCALE": "view"}).code == 0
    assert cli("show", "1 2", "--scale", "view", "-o", "{stem}.PNG").code == 0


def test_several_inputs_one_after_the_other(cli: Any) -> None:
    assert [t.data.tolist() for t in cli(*CONV, "1 2", "3 4 5").tensors] == [[[3]], [[7, 9]]]
    stream = frames(Tensor([[1, 2]], name="a"), Tensor([[5, 6]], name="b"))
    assert [t.data.tolist() for t in cli(*CONV, stdin=stream).tensors] == [[[3]], [[11]]]
    assert [t.data.tolist() for t in cli(*CONV, "1 1", "-", "2 2", stdin=stream).tensors] == [
        [[2]],
        [[3]],
        [[11]],
        [[4]],
    ]


def test_several_files_need_names_of_their_own(cli: Any) -> None:
    for name in ("a", "b"):
        np.save(f"{name}.npy", np.ones((1, 3)))
    ended = cli(*CONV, "a.npy", "b.npy", "-o", "out/{stem}-sum.npy")
    assert (ended.code, ended.err) == (1, "dlcli conv: a.npy: X\n") or ended.code == 1
    os.mkdir("out")
    assert cli(*CONV, "a.npy", "b.npy", "-o", "out/{stem}-sum.npy").code == 0
    assert sorted(os.listdir("out")) == ["a-sum.npy", "b-sum.npy"]
    refused = cli(*CONV, "a.npy", "b.npy", "-o", "sum.npy")
    assert refused.code == 2
    assert refused.err == (
        "dlcli conv: 2 inputs would all be written to 'sum.npy': give each its own file, for instance -o '{stem}.npy'\n"
    )
    assert not os.path.exists("sum.npy")
    refused = cli(*CONV, "a.npy", "-o", "{step}.npy")
    assert (
        refused.err == "dlcli conv: -o '{step}.npy' has a placeholder other than {stem}, {name} and {index}\n"
    )
    frames_twice = frames(Tensor([[1, 2]]), Tensor([[3, 4]]))
    twice = cli(*CONV, "-o", "one.npy", stdin=frames_twice)
    assert twice.code == 1
    assert (
        twice.err
        == "dlcli conv: one.npy would be written twice; give each result its own file, for instance -o 'one-{index}.npy'\n"
    )
    assert cli(*CONV, "-o", "{index}.npy", stdin=frames_twice).code == 0
    assert np.load("1.npy").tolist() == [[7]]


def test_a_suffix_that_is_no_format_is_refused_before_the_work(cli: Any) -> None:
    for name, why in (
        ("y.xyz", "the suffix '.xyz' names no format"),
        ("y", "it has no suffix to name its format"),
    ):
        refused = cli(*CONV, "1 2", "-o", name)
        assert refused.code == 2
        assert refused.err.startswith(
            f"dlcli conv: cannot write {name}: {why}; use one of .npy, .npz, .safetensors, .csv"
        )
        assert refused.err.endswith(".ogg, .apng, .md, .markdown, .html, .svg, of a text .txt, or give -f\n")
        assert not os.path.exists(name)
    assert cli(*CONV, "1 2", "-o", "y", "-f", "json").code == 0
    assert json.loads(Path("y").read_text())["data"] == [[3.0]]


@pytest.mark.parametrize("line", [
    ("conv", "-k", "diag", "--explain", "0,0"), ("pool", "--kind", "lp"), ("dropout",), ("show",),
    ("softmax", "--temperature", "0.01"), ("activate", "gelu"), ("show", "--view", "histogram"),
])  # fmt: skip
@pytest.mark.parametrize("numbers", [[[1e308, -1e308], [1e-320, 0]], [[1, np.nan], [np.inf, -np.inf]]])
def test_numbers_that_overflow_are_told_in_the_story_and_not_beside_it(
    line: tuple[str, ...], numbers: list[list[float]], cli: Any
) -> None:
    told = cli(*line, stdin=Tensor(np.array(numbers)), stdout_is_terminal=True)  # a warning would be an error
    assert (told.code, told.err) == (0, "")


def test_one_bad_input_does_not_stop_the_others(cli: Any) -> None:
    Path("bad.npy").write_bytes(b"\x93NUMPY")
    ended = cli(*CONV, "1 2", "bad.npy", "3 4")
    assert ended.code == 1
    assert [t.data.tolist() for t in ended.tensors] == [[[3]], [[7]]]
    assert ended.err == (
        "dlcli conv: bad.npy: the .npy array is cut short or of an unknown version\ndlcli conv: 1 of 3 inputs failed\n"
    )


def test_what_is_wrong_with_one_of_several_inputs_says_with_which(cli: Any) -> None:
    np.save("empty.npy", np.ones((2, 0)))
    ended = cli("mask", "1 2", "empty.npy", "--above", "2", "-f", "csv")
    told = "mask wants at least one number; received array (row 2, column 0) float64"
    assert ended.err == f"dlcli mask: empty.npy: {told}\ndlcli mask: 1 of 2 inputs failed\n"
    assert cli("mask", "empty.npy", "--above", "2").err == f"dlcli mask: {told}\n"


def test_a_stream_is_passed_on_frame_by_frame(cli: Any) -> None:
    good = frames(Tensor([[1, 2]]))
    ended = cli(*CONV, stdin=good + b"\0\1\2\3")
    assert ended.code == 1
    assert ended.err.startswith("dlcli conv: standard input: not a format that dlcli reads")
    assert ended.tensors[0].data.tolist() == [[3]]


def test_show_and_explain_go_to_standard_error_beside_the_data(cli: Any) -> None:
    shown = cli(*CONV, "1 2 3", "--show")
    assert shown.tensors[0].data.tolist() == [[3, 5]]
    assert shown.err.startswith("Input  1 × 3")
    explained = cli(*CONV, "1 2 3", "--explain", "0,1", "--explain", "0,0")
    assert explained.tensors[0].data.tolist() == [[3, 5]]
    assert "Feature map  5 at row 0, column 1" in explained.err
    assert "Feature map  3 at row 0, column 0" in explained.err
    alone = cli(*CONV, "1 2 3", "--explain", "0,1", "-f", "plain")
    assert (alone.err, "Feature map  5" in alone.out) == ("", True)


@pytest.mark.parametrize("format", ["plain", "rich", "markdown"])
def test_a_blank_line_stands_between_stories(format: str, cli: Any) -> None:
    for more in (("--explain", "0,0", "--explain", "0,1"), ("4 5 6",)):
        told = re.sub(r"\x1b\[[0-9;]*m", "", cli(*CONV, "1 2 3", *more, "-f", format).out)
        starts = [found.start() for found in re.finditer("^(### )?Input", told, re.MULTILINE)]
        assert len(starts) == 2
        assert (starts[0], told[starts[1] - 2 : starts[1]]) == (0, "\n\n")
        assert "\n\n\n" not in told
    beside = cli(*CONV, "1 2 3", "4 5 6", "--show").err
    assert beside.count("\n\nInput") == 1


def test_emit_names_the_result(cli: Any) -> None:
    assert cli(*CONV, "1 2 3", "--emit", "feature-map").tensor.data.tolist() == [[3, 5]]
    refused = cli(*CONV, "1 2 3", "--emit", "weights")
    assert refused.code == 2
    assert refused.err == (
        "dlcli conv: invalid value for '--emit': 'weights' is not one of 'feature-map', 'winner', 'strength'.\n"
        "Try 'dlcli conv --help'.\n"
    )


def test_precision_and_width(cli: Any) -> None:
    short, long = (cli("conv", "1/3 1", "-k", "1", "-f", "plain", "--precision", n).out for n in ("2", "5"))
    assert re.search(r"0 +0\.33 ", short)
    assert re.search(r"0 +0\.3333 ", long)
    for width in (40, 80, 120):
        told = cli("conv", "sample:exercise", "-k", "diag", "-f", "plain", "--width", str(width)).out
        assert max(map(len, told.splitlines())) <= width
    assert cli("conv", "1 2", "-k", "1", "--width", "3").code == 2


def test_options_come_from_the_environment(cli: Any) -> None:
    assert cli("conv", "1 2 3", "-k", "1", variables={"DLCLI_FORMAT": "csv"}).out == "1.0,2.0,3.0\n"
    assert cli("conv", "1 2 3", "-k", "1", variables={"DLCLI_CONV_STRIDE": "2"}).tensor.data.tolist() == [
        [1, 3]
    ]
    assert cli("conv", "1 2 3", variables={"DLCLI_CONV_KERNEL": "diag"}).code == 1
    both = cli(
        "conv",
        "1 2 3",
        "-k",
        "1",
        "-f",
        "tsv",
        variables={"DLCLI_FORMAT": "csv", "DLCLI_CONV_FORMAT": "json"},
    )
    assert both.out == "1.0\t2.0\t3.0\n"
    wrong = cli("conv", "1 2 3", "-k", "1", variables={"DLCLI_CONV_STRIDE": "x"})
    assert wrong.code == 2
    assert "DLCLI_CONV_STRIDE" in wrong.err


def test_colour_obeys_no_color_and_force_color(cli: Any) -> None:
    def coloured(terminal: bool, **variables: str) -> bool:
        ended = cli(
            *CONV,
            "1 2 3",
            *(() if terminal else ("--show",)),
            stdout_is_terminal=terminal,
            variables=variables,
        )
        return "\x1b[" in (ended.out if terminal else ended.err)

    assert coloured(True)
    assert not coloured(True, NO_COLOR="1")
    assert coloured(True, NO_COLOR="")
    assert not coloured(False)
    assert coloured(False, FORCE_COLOR="1")
    assert not coloured(False, FORCE_COLOR="1", NO_COLOR="1")
    assert not coloured(True, TERM="dumb")
    assert not coloured(True, TERM="unknown")
    assert coloured(True, TERM="dumb", FORCE_COLOR="1")


@pytest.mark.parametrize("pixels", ["auto", "kitty", "sixel", "blocks"])
def test_a_pipe_and_a_dumb_terminal_get_no_escape(pixels: str, cli: Any) -> None:
    line = ("conv", "sample:cat", "-k", "diag", "--pixels", pixels, "-f", "rich")
    plain = cli("conv", "sample:cat", "-k", "diag", "-f", "plain").out
    for world in ({}, {"stdout_is_terminal": True, "variables": {"TERM": "dumb"}}):
        told = cli(*line, **world)
        assert "\x1b" not in told.out
        assert [row.rstrip() for row in told.out.split("\n")] == plain.split("\n")
    aside = cli(*line[:4], "--show", stderr_is_terminal=True, variables={"TERM": "dumb"})
    assert "\x1b" not in aside.err


@pytest.mark.parametrize(
    "line",
    [
        ("conv", "evil\x1b[2J.pgn", "-k", "diag"),
        ("conv", "sample:exercise", "-k", "evil\x1b[2J.npx"),
        ("conv", "folder\x1b[2J", "-k", "diag"),
        ("conv", "sample:exercise", "-k", "diag", "-o", "folder\x1b[2J"),
        ("conv", "sample:exercise", "-k", "diag", "-o", "no\x1b[2J/y.npy"),
        ("conv", "sample:exercise", "-k", "diag", "-o", "y.\x1b[2J"),
        ("conv", "sample:exercise", "4", "-k", "1", "-o", "evil\x1b[2J.npy"),
        ("conv", "sample:exercise", "sample:exercise", "-k", "1", "-o", "evil\x1b[2J{stem}.npy"),
        ("rnn", "evil\x1b[2J.txx"),
        ("rnn", "1 2", "--weights", "evil\x1b[2J.npx"),
        ("mdp", "evil\x1b[2J.tomm"),
        ("mdp", "gridworld", "--policy", "evil\x1b[2J.npx"),
        ("attn", "a b", "--model", "folder\x1b[2J"),
        ("attn", "a b", "--model", "no\x1b[2J"),
        ("tensor", "1 2", "--index", "\x1b[2J"),
        ("softmax", "1 2", "--axis", "\x1b[2J"),
        ("evil\x1b[2J",),
        ("conv", "--evil\x1b[2J"),
        ("samples", "evil\x1b[2J"),
        ("kernels", "evil\x1b[2J"),
        ("activate", "evil\x1b[2J", "1"),
    ],
)
def test_no_message_moves_a_cursor(line: tuple[str, ...], cli: Any) -> None:
    for name in (
        "evil\x1b[2J.png",
        "evil\x1b[2J.npy",
        "evil\x1b[2J.txt",
        "evil\x1b[2J.npz",
        "evil\x1b[2J.toml",
    ):
        Path(name).write_bytes(b"?")
    Path("folder\x1b[2J").mkdir()
    ended = cli(*line)
    assert ended.code in (1, 2)
    assert "\x1b" not in ended.err
    assert "[2j" in ended.err.lower()


def test_nothing_to_read_is_said_and_never_waited_for(cli: Any) -> None:
    ended = cli("conv", "-k", "diag", stdin_is_terminal=True)
    assert (ended.code, ended.raw) == (2, b"")
    assert ended.err == (
        "dlcli conv: nothing to read: name a file, sample:NAME or a literal such as '1 2; 3 4', or pipe something in\n"
        "Try 'dlcli conv sample:cat --kernel diag'.\n"
    )
    empty = cli("conv", "-k", "diag")
    assert (empty.code, empty.err) == (1, "dlcli conv: standard input: nothing in it (0 bytes)\n")
    assert cli("conv", "-k", "diag", "-", "-").err == (
        "dlcli conv: '-' (standard input) can be read once; it is named more than once\n"
    )


def png(*, cut: int | None = None) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (30, 30), np.uint8)).save(stream, "PNG")
    return stream.getvalue()[:cut]


FILES: dict[str, tuple[bytes | None, str]] = {
    "empty.png": (b"", "empty.png: nothing in it (0 bytes)"),
    "cut.png": (png(cut=400), "cut.png: the picture is cut short or corrupt"),
    "head.png": (png(cut=10), "head.png: not a picture that dlcli reads, or one that is cut short: PNG, JPEG, GIF, BMP, TIFF or WebP"),
    "head.jpg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "head.jpg: the picture is cut short or corrupt"),
    "cut.wav": (b"RIFF\x24\0\0\0WAVE", "cut.wav: not a sound that dlcli reads, or one that is cut short: WAV, FLAC, OGG, AIFF or MP3"),
    "cut.npz": (b"PK\x03\x04", "cut.npz: the .npz archive is cut short or corrupt"),
    "pickle.npy": (b"\x80\x04\x95\0", "pickle.npy: the .npy array is cut short or of an unknown version"),
    "what.dat": (b"\0\1\2\3" * 9, "what.dat: not a format that dlcli reads: PNG, JPEG, GIF, BMP, TIFF, WebP; WAV, FLAC, OGG, AIFF, MP3; .npy, .npz, .safetensors, CSV, TSV, JSON, or what another dlcli command pipes"),
    "folder.png": (None, "folder.png is a directory; name the files in it, for instance folder.png/*.png"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_not_what_they_claim(name: str, cli: Any) -> None:
    content, message = FILES[name]
    if content is None:
        os.mkdir(name)
    else:
        Path(name).write_bytes(content)
    ended = cli("conv", name, "-k", "diag")
    assert (ended.code, ended.raw, ended.err) == (1, b"", f"dlcli conv: {message}\n")


def test_a_file_that_may_not_be_read_and_one_that_is_not_there(cli: Any) -> None:
    Path("photo.png").write_bytes(png())
    missing = cli("conv", "phto.png", "-k", "diag")
    assert (missing.code, missing.err) == (
        1, "dlcli conv: 'phto.png' is neither a file nor a matrix of numbers: did you mean photo.png?\n",
    )  # fmt: skip
    assert cli("conv", "sample:dog", "-k", "diag").err.startswith("dlcli conv: there is no sample 'dog': ")
    os.symlink("nowhere", "dangling.png")
    assert (
        cli("conv", "dangling.png", "-k", "diag").err
        == "dlcli conv: cannot read dangling.png: No such file or directory\n"
    )
    if os.path.exists("/proc/self/mem"):
        message = "dlcli conv: /proc/self/mem: cannot be read: Input/output error\n"
        assert cli("conv", "/proc/self/mem", "-k", "diag").err == message
    os.chmod("photo.png", 0)
    os.chmod(".", 0o755)
    reading = open_input("photo.png", stdin=None)
    everything = os.geteuid() == 0
    if everything:
        os.seteuid(65534)  # the superuser may read what nobody else may
    try:
        with pytest.raises(DlcliError, match=r"^cannot read photo\.png: Permission denied$"), reading:
            pass
    finally:
        if everything:
            os.seteuid(0)


@pytest.mark.parametrize(
    ("words", "result"),
    [
        (["-1 2", "-k", "-1"], [[1, -2]]),
        (["-k", "-1", "-1 2"], [[1, -2]]),
        (["--bias", "-1", "-.5", "-k1"], [[-1.5]]),
        (["-k1", "-1/2;-1e1"], [[-0.5], [-10]]),
        (["-k1", "--", "-1 2"], [[-1, 2]]),
        (["-k1", "-50% 3"], [[-0.5, 3]]),
        (["-½ 3", "-k1"], [[-0.5, 3]]),
        (["-k1", "-1 nan; inf -Inf"], [[-1, np.nan], [np.inf, -np.inf]]),
    ],
    ids=["first", "last", "after-a-value", "rows", "after-dashes", "percent", "half", "not-finite"],
)
def test_a_literal_that_starts_with_a_minus(cli: Any, words: list[str], result: list[list[float]]) -> None:
    np.testing.assert_array_equal(cli("conv", *words).tensor.data, result)


def test_an_option_that_starts_with_a_digit_is_none(cli: Any) -> None:
    refused = cli("conv", "-1x", "-k", "1")
    assert (refused.code, refused.err) == (
        2,
        "dlcli conv: no such option '-1'.\nTry 'dlcli conv --help'.\n",
    )


def test_limits_can_be_raised(cli: Any) -> None:
    Path("p.png").write_bytes(png())
    small = cli("conv", "p.png", "-k", "diag", "--max-pixels", "899")
    assert (
        small.err
        == "dlcli conv: p.png: a picture of 30x30 pixels, more than the 899 allowed; raise --max-pixels to read it\n"
    )
    assert cli("conv", "p.png", "-k", "diag", "--max-pixels", "900").code == 0


def test_where_nothing_can_be_written_nothing_is_left(cli: Any) -> None:
    Path("folder").mkdir()
    assert cli(*CONV, "1 2", "-o", "nowhere/y.npy").err == (
        f"dlcli conv: cannot write nowhere/y.npy: there is no folder {os.getcwd()}/nowhere\n"
    )
    os.mkdir("y.npy")
    assert cli(*CONV, "1 2", "-o", "y.npy").err == "dlcli conv: cannot write y.npy: it is a directory\n"
    assert cli("conv", "1 2 3 4 5 6", "-k", "1", "-o", "bad.png", "--channels", "keep").code == 0
    Path("kept.png").write_bytes(b"old")
    deep = Tensor(np.ones((2, 2, 7)))
    refused = cli("tensor", "-o", "kept.png", stdin=deep)
    assert refused.code == 1
    assert refused.err.startswith(
        "dlcli tensor: a picture is (height, width) or (height, width, 1 to 4 channels); received"
    )
    assert Path("kept.png").read_bytes() == b"old"
    assert sorted(os.listdir()) == ["bad.png", "folder", "kept.png", "y.npy"]


def test_provenance_grows_along_the_pipe(cli: Any) -> None:
    first = cli("conv", "sample:exercise", "-k", "diag").tensor
    second = cli("conv", "-k", "box:2", stdin=first).tensor
    assert second.attrs["source"] == "sample:exercise"
    assert second.attrs["command"] == "conv sample:exercise -k diag | conv -k box:2"
    wrong = cli("conv", "-k", "box:9", stdin=first)
    assert wrong.err.startswith(
        "dlcli conv: sample:exercise (from 'conv sample:exercise -k diag'): the kernel is larger"
    )


def test_text_from_outside_takes_no_effect(cli: Any) -> None:
    evil = "a\x1b[2J\x07[red]b[/red]\u202e\r\n"
    x = Tensor(
        np.ones((2, 2, 2)),
        (Axis("h"), Axis(evil), Axis("c", (evil, "[bold]x"))),
        evil,
        {"source": evil, "command": evil},
    )
    for words in (
        ("--show",),
        ("--explain", "0,0,0"),
        ("-f", "markdown"),
        ("-f", "html"),
        ("-f", "svg"),
        ("-f", "plain"),
    ):
        ended = cli("conv", "-k", "1", "--channels", "keep", *words, stdin=x)
        assert ended.code == 0
        told = ended.err if words[0] != "-f" else ended.out
        assert not {"\x1b", "\x07", "\u202e", "\r"} & set(told)
        assert "[2J" in told
    wrong = cli("conv", "-k", "box:9", stdin=x)
    assert not {"\x1b", "\x07", "\u202e", "\r"} & set(wrong.err)


def test_help_of_every_command_ends_with_lines_to_try(cli: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("conv", "--help").code == 0
    text = capsys.readouterr().out
    assert text.endswith("\nExamples:\n" + "".join(f"  {line}\n" for line in MANUAL.examples))
    assert "  dlcli conv sample:cat --kernel diag\n" in text


def test_an_unknown_command_or_option_names_the_near_one(cli: Any) -> None:
    assert cli("cnov").err == "dlcli: no command 'cnov': did you mean 'conv'?\nTry 'dlcli --help'.\n"
    assert cli("conv", "--krenel", "diag").err == (
        "dlcli conv: no such option '--krenel'. Did you mean '--kernel'?\nTry 'dlcli conv --help'.\n"
    )


def test_without_a_command_the_help_is_shown_as_it_is(cli: Any, capsys: pytest.CaptureFixture[str]) -> None:
    alone = cli()
    assert cli("--help").code == 0
    shown = capsys.readouterr().out
    assert (alone.code, alone.raw, alone.err) == (2, b"", shown)
    chapters = re.split(r"^(\w[\w ]+):\n", shown.partition("Options:\n")[2], flags=re.MULTILINE)[1:]
    named = {
        title: re.findall(r"^  (\S+) ", text, re.MULTILINE)
        for title, text in zip(chapters[::2], chapters[1::2], strict=True)
    }
    named["All of it"].remove("Start")  # the line that says where to start
    known = {**CHAPTERS, **TOOLS}
    assert named == {title: list(commands) for title, commands in known.items()}


def test_a_cell_that_is_not_there_sends_and_writes_nothing(cli: Any) -> None:
    for cell in ("0,9", "0", "x,0"):
        ended = cli(*CONV, "1 2 3", "--explain", cell)
        assert (ended.code, ended.raw) == (2, b"")
        ended = cli(*CONV, "1 2 3", "--explain", cell, "-o", "y.npy")
        assert ended.code == 2
        assert not os.path.exists("y.npy")
    good = cli(*CONV, "1 2 3", "--explain", "0,1", "-o", "y.npy")
    assert good.code == 0
    assert "Arithmetic" in good.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["softmax", "1", "2", "3"], "1, 2 and 3 are 3 inputs; put the row of numbers in quotes: '1 2 3'"),
        (
            ["attn", "the", "cat", "sat"],
            "the, cat and sat are 3 inputs; put the sentence in quotes: 'the cat sat'",
        ),
        (["conv", "-k", "diag", "1", "2"], "1 and 2 are 2 inputs; put the row of numbers in quotes: '1 2'"),
        (
            ["softmax", "1", "-2", "3"],
            "1, -2 and 3 are 3 inputs; put the row of numbers in quotes: '1 -2 3'",
        ),
        (
            ["returns", "-1", "-1", "10"],
            "-1, -1 and 10 are 3 inputs; put the row of numbers in quotes: '-1 -1 10'",
        ),
        (["activate", "relu", "-1", "2"], "-1 and 2 are 2 inputs; put the row of numbers in quotes: '-1 2'"),
        (["softmax", "1,", "2,", "3"], "1, 2 and 3 are 3 inputs; put the numbers in quotes: '1, 2, 3'"),
        (["softmax", "[1,", "2,", "3]"], "[1, 2 and 3] are 3 inputs; put the numbers in quotes: '[1, 2, 3]'"),
        (
            ["attn", "[[1,2],", "[3,4]]"],
            "[[1,2] and [3,4]] are 2 inputs; put the numbers in quotes: '[[1,2], [3,4]]'",
        ),
        (["softmax", "1;", "2"], "1 and 2 are 2 inputs; put the numbers in quotes: '1; 2'"),
        (
            ["softmax", "1,5", "2,5"],
            "1,5 and 2,5 are 2 inputs; put the numbers in quotes: '1,5 2,5' (decimal commas), "
            "or each row: '1 5' '2 5'",
        ),
    ],
)
def test_quotes_that_were_left_out(words: list[str], told: str, cli: Any) -> None:
    ended = cli(*words)
    assert (ended.code, ended.err) == (2, f"dlcli {words[0]}: {told}\n")


def test_pieces_beside_whole_inputs_need_no_quotes(cli: Any) -> None:
    assert cli("softmax", "1", "1 2").code == 0
    assert cli("softmax", "1 2;", "3").code == 0
    assert cli("softmax", "[1]", "[2]").code == 0
    for name in ("1", "2"):
        Path(name).write_text("1 2")
    assert cli("softmax", "1", "2").code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["conv", "sample:exercise", "-k", "1", "0"], "-k '1 0'"),
        (["conv", "-k", "1", "-1", "sample:exercise"], "-k '1 -1'"),
        (["conv", "sample:exercise", "-k", "diag", "--explain", "0", "0"], "--explain 0,0"),
        (["pool", "--size", "2", "2", "sample:exercise"], "--size 2,2"),
        (["tensor", "sample:exercise", "--transpose", "1", "0"], "--transpose 1,0"),
        (["attn", "the cat", "--query", "1", "0", "0"], "--query '1 0 0'"),
    ],
)
def test_quotes_that_were_left_out_of_an_option(words: list[str], told: str, cli: Any) -> None:
    ended = cli(*words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith(f"behind it is read as input; for one value write {told}\n")


def test_a_number_that_stands_in_the_way_of_a_pipe_is_said(cli: Any) -> None:
    told = (
        "dlcli: -k 1 takes one word, so 0 behind it is read as input, and standard input is not; "
        "for one value write -k '1 0'\n"
    )
    assert cli("conv", "-k", "1", "0", stdin=b"1 2; 3 4", stdin_piped=True).err == told
    for words, piped in ((("-k", "1", "0"), False), (("0", "-k", "1"), True), (("-k", "1 0"), True)):
        ended = cli("conv", *words, stdin=b"1 2; 3 4", stdin_piped=piped)
        assert (ended.code, ended.err) == (0, "")


def test_a_pipe_and_a_file_are_told_from_other_streams(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "dlcli", "conv", "-k", "1", "0", "-f", "csv"]
    (tmp_path / "x.txt").write_text("1 2; 3 4")
    with open(tmp_path / "x.txt", "rb") as file:
        streams: list[dict[str, Any]] = [{"input": b"1 2"}, {"stdin": file}, {"stdin": subprocess.DEVNULL}]
        ends = [subprocess.run(line, capture_output=True, check=True, **stream) for stream in streams]
    assert [b"standard input is not" in ended.stderr for ended in ends] == [True, True, False]


def test_one_number_behind_a_kernel_is_the_input(cli: Any) -> None:
    assert cli("conv", "-k", "2", "5").tensor.data.tolist() == [[10]]


@pytest.mark.parametrize("literal", ["1 0, 0 1", "1 2; 3", "[1, 2", "1 2 x", "1/0 2"])
@pytest.mark.parametrize(
    "words",
    [
        ["conv", "sample:exercise", "--kernel"],
        ["attn", "--query"],
        ["attn", "the cat", "--key"],
        ["attn", "the cat", "--value"],
        ["attn", "the cat", "--mask"],
        ["attn", "the cat", "--position"],
        ["attn", "the cat", "--weights"],
        ["tensor", "sample:exercise", "--broadcast"],
        ["rnn", "1 2", "--cell", "lstm", "--targets"],
        ["rnn", "1 2", "--weights"],
        ["transformer", "the cat", "--decoder", "--memory"],
        ["mdp", "random-walk", "--policy"],
    ],
    ids=lambda words: f"{words[0]}{words[-1]}",
)
def test_a_wrong_literal_in_an_option_is_wrong_usage_of_it(words: list[str], literal: str, cli: Any) -> None:
    ended = cli(*words, literal)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"dlcli {words[0]}: {words[-1]} {shlex.quote(literal)}: ")
    assert "literal" not in ended.err


def test_a_file_of_wrong_data_in_an_option_is_wrong_data(cli: Any) -> None:
    Path("k.csv").write_text("1,2\n3\n")
    assert cli("conv", "sample:exercise", "-k", "k.csv").code == 1
    assert cli("softmax", "1 2; 3").code == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-help"], "dlcli: no such option '-help'. Did you mean '--help'?"),
        (
            ["help", "conv", "pool"],
            "dlcli: help tells of one command at a time: dlcli help conv, dlcli help pool",
        ),
        (["conv", "help"], "dlcli conv: help is an option of a command: --help"),
        (["attn", "help"], "dlcli attn: help is an option of a command: --help"),
        (["conv", "sample:cat", "—kernel", "diag"], "dlcli conv: '—kernel' begins with a dash of print, "),
        (["conv", "sample:cat", "–k", "diag"], "dlcli conv: '–k' begins with a dash of print, "),
        (["–V"], "dlcli: '–V' begins with a dash of print, "),
        (["conv", "sample:cat", "−−kernel", "diag"], "dlcli conv: '−−kernel' begins with a dash of print, "),
        (["conv", "sample:cat", "−k", "diag"], "dlcli conv: '−k' begins with a dash of print, "),
        (
            ["conv", "sample:cat", "––kernel=diag"],
            "dlcli conv: '––kernel=diag' begins with a dash of print, ",
        ),
        (["attn", "the cat", "−−modell", "x"], "dlcli attn: '−−modell' begins with a dash of print, "),
    ],
)
def test_help_and_hyphens_that_are_not_quite_right(words: list[str], told: str, cli: Any) -> None:
    ended = cli(*words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(told)


def test_help_of_help_is_that_of_all(cli: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("help", "help").code == cli("help").code == cli("--help").code == 0
    told = capsys.readouterr().out
    assert told == 3 * told[: len(told) // 3]
    assert cli("attn", "—mask it", "-f", "csv").code == 0
    for number in ("−1", "−−1", "−.5", "−inf"):
        assert "dash of print" not in cli("activate", "relu", number, "-f", "csv").err


def test_the_word_sample_may_be_in_capitals(cli: Any) -> None:
    wanted = cli("show", "sample:exercise", "-f", "csv").out
    assert cli("show", "Sample:Exercise", "-f", "csv").out == wanted
    named = cli("conv", "sample:exercise", "-k", "sample:exercise-kernel-1", "-f", "csv")
    assert cli("conv", "SAMPLE:exercise", "-k", "Sample:exercise-kernel-1", "-f", "csv").out == named.out
    assert cli("attn", "the cat", "--key", "Sample:sentence", "-f", "csv").code == 0
    assert cli("show", "Sample: a text", "-f", "csv").code == 0


@pytest.mark.parametrize(
    ("stdin", "told"),
    [
        (b"%PDF-1.7\n%abc", "a PDF: pdftoppm -png FILE.pdf FILE makes pictures of its pages"),
        (b"<!DOCTYPE html><p>the cat sat</p>", "markup, not plain text: pandoc -t plain FILE.html"),
        (b"\n<html><p>the cat sat</p>", "markup, not plain text: pandoc -t plain FILE.html"),
        (b"<?xml version='1.0'?>\n<svg><text>cat</text></svg>", "magick FILE.svg FILE.png"),
        (b"<svg xmlns='x'><text>cat</text></svg>", "magick FILE.svg FILE.png"),
    ],
)
@pytest.mark.parametrize("name", ["show", "attn", "softmax"])
def test_markup_and_documents_on_standard_input_are_told(
    name: str, stdin: bytes, told: str, cli: Any
) -> None:
    ended = cli(name, stdin=stdin)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"dlcli {name}: standard input: ")
    assert told in ended.err
    assert cli("show", "-f", "csv", stdin=b"<start> the cat <end>").code == 0


def test_an_empty_policy_is_told(cli: Any) -> None:
    Path("none.csv").write_text("")
    ended = cli("mdp", "random-walk", "--policy", "none.csv")
    assert (ended.code, ended.err) == (1, "dlcli mdp: none.csv: nothing in it (0 bytes)\n")


def test_a_range_with_two_ends_is_told_in_words(cli: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("stft", "--help").code == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "from 1e-9 to 1e9]" in told
    assert "e-09" not in told
    ended = cli("stft", "sample:chirp", "--sample-rate", "0")
    assert "'0' is not a number from 1e-9 to 1e9" in ended.err


def test_tensors_of_one_file_have_files_by_their_names(cli: Any) -> None:
    np.savez("two.npz", u=np.ones((2, 2)), v=np.zeros((2, 2)))
    assert cli("tensor", "two.npz", "-o", "s-{name}.npy").code == 0
    assert (np.load("s-u.npy").tolist(), np.load("s-v.npy").tolist()) == ([[1, 1]] * 2, [[0, 0]] * 2)


def test_a_result_does_not_replace_what_an_option_reads(cli: Any) -> None:
    np.save("k.npy", np.ones((1, 1)))
    before = Path("k.npy").read_bytes()
    ended = cli("conv", "-k", "k.npy", "1 2; 3 4", "-o", "k.npy")
    assert ended.code == 2
    assert "-o 'k.npy' would replace what --kernel reads: give it another name" in ended.err
    assert Path("k.npy").read_bytes() == before
    np.save("x.npy", np.ones((2, 2)))
    assert cli("conv", "-k", "k.npy", "x.npy", "-o", "x.npy").code == 0  # in place, as it was asked for


@pytest.mark.parametrize(
    ("file", "kind"),
    [("x.gif", "csv"), ("x.png", "json"), ("x.npz", "npy"), ("x.html", "tsv"), ("{stem}.csv", "tsv"), ("x.apng", "frame")],
)  # fmt: skip
def test_a_format_that_the_file_has_not_is_refused(file: str, kind: str, cli: Any, tmp_path: Path) -> None:
    line = ("conv", "1 2; 3 4", "-k", "1 1", "-o", file)
    ended = cli(*line, "-f", kind)
    told = f"-o {file} is what its suffix says, and -f {kind} something else"
    assert (ended.code, ended.out, told in ended.err) == (2, "", True), ended.err
    assert [*tmp_path.iterdir()] == []
    assert cli(*line, variables={"DLCLI_FORMAT": kind}).code == 0  # nobody typed it here


@pytest.mark.parametrize("terminal", [True, False])
def test_a_story_that_is_asked_for_is_told_beside_a_file_of_another_kind(terminal: bool, cli: Any) -> None:
    for file in ("x.npz", "x.gif", "x.html"):
        ended = cli(
            "conv", "1 2; 3 4", "-k", "1 1", "-o", file, "-f", "markdown", stdout_is_terminal=terminal
        )
        assert (ended.code, "| --- |" in ended.out) == (0, True), ended.out[:90]
        assert Path(file).stat().st_size > 0
    for file, kind in (("x.md", "markdown"), ("y.txt", "markdown"), ("y", "csv"), ("y.csv", "csv")):
        ended = cli("conv", "1 2; 3 4", "-k", "1 1", "-o", file, "-f", kind)
        assert (ended.code, ended.out) == (0, "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("normalize", "1 2; 3 4", "--gain", "zzz"), "normalize: --gain: 'zzz' is neither a file nor"),
        (("upsample", "1 2; 3 4", "--winners=zzz"), "upsample: --winners: 'zzz' is neither a file nor"),
        (
            ("tensor", "1 2; 3 4", "--transpose", "zzz"),
            "tensor: literal: --transpose: there is no axis 'zzz'",
        ),
        (("normalize", "zzz", "--gain", "zzz"), "normalize: 'zzz' is neither a file nor"),
    ],
)
def test_a_message_on_the_value_of_an_option_names_it(words: tuple[str, ...], told: str, cli: Any) -> None:
    assert cli(*words).err.startswith(f"dlcli {told}")
