"""``dlcli show`` of a set of data: what is told, passed on, drawn in a file, refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.wire.datasets.shapes import CLASSES, draw

TOLD = ("-f", "plain", "--width", "80")


def test_the_story_of_the_digits(cli: Any) -> None:
    ended = cli("show", "sample:digits", *TOLD)
    assert (ended.code, ended.err) == (0, "")
    lines = [line.rstrip() for line in ended.out.split("\n")]
    assert lines[:6] == [
        "Data  sample:digits, 1,600 pictures of 28 × 28 × 1 (height, width, channel),",
        "  uint8, 10 classes",
        "Held out  400 more, 40 of each class, from which nothing is learnt",
        "Licence  CC BY-SA 3.0, see digits.md",
        "",
        "Looks",
    ]
    sheet = lines[6 : lines.index("  and 1,580 more pictures")]
    names = [line.split() for line in sheet if re.fullmatch(r"  (\d +)+\d", line)]
    assert names == [["0", "0", "1", "1", "2"], ["2", "3", "3", "4", "4"], ["5", "5", "6", "6", "7"],
                     ["7", "8", "8", "9", "9"]]  # fmt: skip
    begin = lines.index("Classes")
    assert lines[begin + 1 : begin + 3] == [
        "  class  pictures  held out  share",
        "  0           160        40    0.1  ██▍",
    ]
    assert lines[begin + 12 : begin + 14] == ["         ────────  ────────", "  sum        1600       400"]
    assert lines[begin + 15 : begin + 18] == [
        "Numbers  of 1,000, spread evenly over all",
        "  least      0",
        "  largest    255",
    ]
    assert lines[-2] == "  dlcli train small-cnn sample:digits -o net.safetensors"


@pytest.mark.parametrize(
    ("shape", "model"),
    [
        ((28, 28, 1), "small-cnn"),
        ((28, 28, 3), "cnn"),
        ((20, 24, 1), "cnn"),
        ((19, 40, 3), "mlp"),
        ((5,), "mlp"),
    ],
)
def test_a_set_leads_to_a_net_that_takes_it(shape: tuple[int, ...], model: str, cli: Any) -> None:
    x = np.random.default_rng(0).integers(0, 256, (12, *shape), dtype=np.uint8)
    np.savez("set.npz", x_train=x[:8], y_train=np.arange(8) % 2, x_test=x[8:], y_test=np.arange(4) % 2)
    line = cli("show", "set.npz", *TOLD).out.split("\n")[-2].strip()
    assert line == f"dlcli train {model} set.npz -o net.safetensors"
    assert cli(*line.split()[1:], "--epochs", "1", "-f", "plain").code == 0


def test_what_no_classes_are_learnt_from_leads_to_another_view(cli: Any) -> None:
    x = np.random.default_rng(0).random((6, 5))
    for y in (np.zeros(6, int), x[:, 0]):
        np.savez("set.npz", x=x, y=y)
        assert cli("show", "set.npz", *TOLD).out.split("\n")[-2] == "  dlcli show set.npz --view histogram"


def test_the_pictures_go_on_and_know_their_classes(cli: Any) -> None:
    sent = cli("show", "shapes:20").tensor
    picture, height, width, channel = sent.axes
    assert (sent.name, picture.name, picture.labels) == ("pictures", "picture", CLASSES * 2)
    assert (height.name, width.name, channel.labels) == ("height", "width", ("red", "green", "blue"))
    assert sent.attrs["source"] == "shapes:20"
    assert sent.attrs["classes"] == "\t".join(CLASSES)
    np.testing.assert_array_equal(sent.data, draw(np.arange(20)))
    assert "classes  circle, ring, square, " in cli("show", *TOLD, stdin=sent).out


def test_what_is_passed_on_is_bounded(cli: Any) -> None:
    ended = cli("show", "shapes:100", "--max-bytes", "100000")
    assert (ended.code, ended.raw) == (1, b"")
    assert ended.err == (
        "dlcli show: shapes:100: its 100 inputs take 307200 bytes as one tensor, more than the 100000 allowed; "
        "--max-bytes 307200 passes them on, -f plain only looks\n"
    )
    assert cli("show", "shapes:100", "--max-bytes", "100000", *TOLD).code == 0
    assert cli("show", "shapes:1000000", *TOLD).code == 0  # 3 GB, of which some are drawn


@pytest.mark.parametrize("view", ["picture", "histogram", "numbers", "heat", "chart"])
def test_every_view_shows_a_set(view: str, cli: Any) -> None:
    ended = cli("show", "digits8", "--view", view, *TOLD)
    assert (ended.code, ended.err) == (0, "")
    assert "Classes" in ended.out


def test_a_pixel_is_explained(cli: Any) -> None:
    for cell in ("3,4,2", "3,4,2,0"):
        ended = cli("show", "digits8", "--explain", cell, *TOLD)
        assert ended.out.startswith("Tensor  picture 3, 3, 8 × 8 (height, width), uint8, 0 to 239\n")
        assert "Number  0 at height 4, width 2\n" in ended.out
        assert "0 % of the 64 numbers are smaller, 30 are equal" in ended.out
    told = cli("show", "shapes:20", "--explain", "11,3,4,2", *TOLD).out
    assert told.startswith("Tensor  picture 11, ring, 32 × 32 × 3 (height, width, channel)")
    blue = draw(np.array([11]))[0, 3, 4, 2]
    assert f"Number  {blue} at height 3, width 4, channel blue\n" in told


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("2000,0,0,0", "there is no cell 2000,0,0,0 in"),
        ("0,8,0", "there is no cell 0,8,0,0 in"),
        ("0,0", "cell 0,0 has 2 of 4 indices; in"),
    ],
)
def test_a_pixel_that_is_not_there_is_wrong_usage(cell: str, told: str, cli: Any) -> None:
    ended = cli("show", "digits8", "--explain", cell, *TOLD)
    assert (ended.code, ended.raw) == (2, b"")
    assert ended.err == (
        f"dlcli show: {told} the tensor: picture 0 to 1441, height 0 to 7, width 0 to 7, channel 0 to 0\n"
    )


def test_a_picture_file_is_a_contact_sheet(cli: Any) -> None:
    assert cli("show", "shapes:200", "-o", "sheet.png").code == 0
    with Image.open("sheet.png") as image:
        page = np.asarray(image)
    assert page.shape == (10 * 34 - 2, 10 * 34 - 2, 3)
    np.testing.assert_array_equal(page[34:66, 68:100], draw(np.array([21]))[0])  # the third ring
    assert cli("show", "digits8", "-o", "gray.png").code == 0
    with Image.open("gray.png") as image:
        assert image.size == (98, 98)


def test_what_was_passed_over_is_said_beside(cli: Any) -> None:
    for i, name in enumerate(["cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"]):
        Path("d", name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (40 * i, 0, 0)).save(Path("d", name))
    Path("d/cat/notes.txt").write_text("whiskers")
    ended = cli("show", "d/", *TOLD)
    assert ended.err.startswith("dlcli: d/: 1 file is no picture and was passed over: cat/notes.txt: ")
    assert "Data  d/, 4 pictures of 8 × 8 × 3 (height, width, channel), uint8, 2 classes\n" in ended.out
    assert "Passed over  1 file that is no picture\n" in ended.out
    assert cli("show", "d").tensors[0].axes[0].labels == ("cat", "cat", "dog", "dog")


def test_a_file_that_may_be_arrays_says_how_to_have_them(cli: Any) -> None:
    np.savez("x.npz", x=np.zeros((3, 8, 8)), y=[0, 1, 2])
    ended = cli("show", "x.npz", *TOLD)
    assert (
        ended.err == "dlcli: x.npz is shown as a set of data; its numbers as they are: dlcli show - < x.npz\n"
    )
    assert len(cli("show", "-", stdin=Path("x.npz").read_bytes()).tensors) == 2


def test_values_rows_and_sets_without_labels_are_told(cli: Any) -> None:
    np.savez("x.npz", x=np.arange(12.0).reshape(4, 3), y=[0.5, 1.5, 2.5, -1])
    told = cli("show", "x.npz", *TOLD).out
    assert told.startswith("Data  x.npz, 4 rows of 3 (feature), float64\n")
    assert "Values to be fitted  −1 to 2.5\n" in told
    assert cli("show", "x.npz", "--explain", "2,1", *TOLD).out.startswith("Tensor  row 2, 2.5, 3 (feature)")


@pytest.mark.parametrize(
    "command", [["conv", "1 2; 3 4", "-k", "diag"], ["show", "1 2; 3 4"], ["show", "a cat sat"]]
)
def test_who_shows_no_set_loads_nothing_of_sets(command: list[str]) -> None:
    program = (
        "import sys\n"
        "from dlcli.cli import run\n"
        "run([*sys.argv[1:], '-f', 'json'])\n"
        "print(*(name for name in sys.modules if name.startswith('dlcli.wire.datasets')), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command], capture_output=True, text=True, check=True
    )
    known = [f"dlcli.wire.datasets{name}" for name in ("", ".array_files", ".words")]
    assert sorted(done.stderr.split()) == (known if command[0] == "show" else [])


def test_a_folder_of_arrays_says_how_to_have_one_of_them(cli: Any) -> None:
    folder = Path("my pair")
    folder.mkdir()
    np.save(folder / "x.npy", np.zeros((4, 8, 8)))
    np.save(folder / "y.npy", [0, 1, 0, 1])
    assert "dlcli show - < 'my pair/x.npy'" in cli("show", "my pair", *TOLD).err


def test_points_are_rows(cli: Any) -> None:
    """Of rows as many are drawn as are counted; of pictures it is said how to have rows."""
    rng = np.random.default_rng(0)
    np.savez("rows.npz", x=rng.random((300, 2)), y=np.arange(300) % 2)
    assert len(re.findall("[01]", cli("show", "rows.npz", "--view", "scatter", *TOLD).out)) > 200
    ended = cli("show", "digits8", "--view", "scatter", *TOLD)
    assert ended.code == 2
    assert "digits8 has pictures of 8 x 8 x 1" in ended.err
    assert "dlcli show digits8 | dlcli tensor --reshape -1,64 | dlcli show --view scatter" in ended.err


def test_words_are_read_with_their_class_or_translation(cli: Any) -> None:
    told = cli("show", "reviews:20", "-f", "plain").out
    assert "Data  reviews:20, 20 sequences of 16 (step), int32, 2 classes" in told
    assert "   3  in a small cinema , i endured the dialogue                        negative" in told
    assert told.endswith("dlcli train sequence-classifier reviews:20 -o net.safetensors\n")
    told = cli("show", "dates:20", "-f", "plain").out
    assert "   1  14 May 2031                   2031-05-14" in told
    assert told.endswith("dlcli train seq2seq-attention dates:20 -o net.safetensors\n")
    assert cli("show", "copy:3", "-f", "plain").out.endswith("dlcli train memory copy:3 -o net.safetensors\n")
