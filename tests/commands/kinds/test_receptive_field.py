"""What a cell sees of the first picture: against nets, against changed pixels, and lost where it would be wrong."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.cli import CHAPTERS
from dlcli.commands.kinds.pictures.receptive_field import LineLayer, field_of
from dlcli.tensor import FIELD, Axis, Tensor

PIPES = [
    "conv -k box:3 | conv -k box:3",
    "conv -k box:3 --stride 2 | pool --size 2 --kind avg | conv -k box:2 --padding same",
    "conv -k box:3 --padding same --dilation 2 | pool --size 3 --stride 2 --padding 1 --kind avg",
    "conv -k box:2 --padding 3 --dilation 3 | conv -k box:2",
    "conv -k box:3 --padding full --pad-mode wrap | conv -k box:2 --dilation 2",
    "conv -k box:2 --padding full --dilation 4 --pad-mode symmetric | conv -k box:2",
    "conv -k box:5 --padding same --pad-mode reflect | conv -k box:3 --padding same --pad-mode wrap",
    "pool --size 2 --kind avg | upsample --kind bilinear --size 3",
    "pool --size 2 --kind avg | upsample --kind bilinear --align-corners --output-size 9,11",
    "conv -k box:2 --stride 2 | upsample | conv --transposed -k box:4 --stride 2 --padding 1",
    "conv -k box:3 | upsample --output-size 13,20 | conv -k box:3",
    "conv --transposed -k box:3 --stride 2 --dilation 2 | pool --size 2 --kind avg",
    "conv --transposed -k box:2 --dilation 2,3",
    "conv --transposed -k box:3 --stride 3 --padding same | conv -k box:2 --stride 2",
    "conv --transposed -k box:2 --stride 3 --output-padding 1 | activate linear | upsample",
]


def seen_by_changing(pipe: str, x: np.ndarray, shell: Any) -> np.ndarray:
    """For each output cell and each pixel whether the output changes with the pixel: (out, pixel)."""

    def made(values: np.ndarray) -> np.ndarray:
        np.save("x.npy", values)
        head, *rest = pipe.split(" | ")
        name, _, words = head.partition(" ")
        ended = shell(" | ".join([f"dlcli {name} x.npy {words}", *(f"dlcli {one}" for one in rest)]))
        assert ended.code == 0, ended.err
        return ended.tensors[0].data

    plain = made(x)
    changed = []
    for place in range(x.size):
        other = x.copy()
        other.flat[place] += 1
        changed.append((made(other) != plain).ravel())
    return np.array(changed).T


@pytest.mark.parametrize("pipe", PIPES)
def test_it_is_what_changing_each_pixel_changes(pipe: str, shell: Any) -> None:
    """The rows and columns of all pixels that a cell depends on, to the last."""
    x = np.random.default_rng(0).integers(1, 9, (8, 9)).astype(np.float64)
    changed = seen_by_changing(pipe, x, shell)
    np.save("x.npy", x)
    head, *rest = pipe.split(" | ")
    name, _, words = head.partition(" ")
    found = shell(" | ".join([f"dlcli {name} x.npy {words}", *(f"dlcli {one}" for one in rest)])).tensors[0]
    field = field_of(found)
    assert field is not None
    assert field.of == "x.npy"
    most = [0, 0]
    for place, cells in enumerate(changed):
        cell = np.unravel_index(place, found.shape)
        rows, columns = np.nonzero(cells.reshape(x.shape))
        found_rows, found_columns = field.seen(cell)
        if not len(rows):
            assert not (len(found_rows) and len(found_columns))
            continue
        assert (found_rows.tolist(), found_columns.tolist()) == (sorted({*rows}), sorted({*columns})), cell
        for axis, cells in enumerate((found_rows, found_columns)):
            most[axis] = max(most[axis], cells[-1] - cells[0] + 1)
    whole = [min(size, length) for size, length in zip(field.size, x.shape, strict=True)]
    if "padding" not in pipe:  # of a picture that is so small no cell may see the whole window
        assert most == whole


@pytest.mark.parametrize(
    ("layers", "pipe"),
    [
        (
            [("conv", {"kernel_size": 3}), ("maxpool", {"pool_size": 2}), ("conv", {"kernel_size": 3, "strides": 2})],
            "conv sample:cat -k box:3 | pool | conv -k box:3 --stride 2",
        ),
        (
            [("conv", {"kernel_size": 5, "padding": "same"}), ("avgpool", {"pool_size": 3, "strides": 2})],
            "conv sample:cat -k box:5 --padding same | pool --kind avg --size 3 --stride 2",
        ),
        (
            [("maxpool", {"pool_size": 4}), ("upsampling", {"size": 2}), ("conv-transpose", {"kernel_size": 4, "strides": 2})],
            "pool sample:cat --size 4 | upsample --size 2 | conv --transposed -k box:4 --stride 2",
        ),
    ],
)  # fmt: skip
def test_summary_counts_as_much(
    layers: list[tuple[str, dict[str, Any]]], pipe: str, cli: Any, shell: Any
) -> None:
    """The formula is that of the nets, layer by layer."""
    text = "input = [64, 64, 3]\n"
    for kind, facts in layers:
        text += f'[[layer]]\nkind = "{kind}"\n' + ("filters = 1\n" if "conv" in kind else "")
        text += "".join(f"{key} = {json.dumps(value)}\n" for key, value in facts.items())
    Path("net.toml").write_text(text)
    counted = cli("summary", "net.toml", "-f", "json")
    assert counted.code == 0, counted.err
    told = json.loads(counted.out)
    column = told["axes"][1]["labels"].index("field-height")
    field = field_of(shell(" | ".join(f"dlcli {one}" for one in pipe.split(" | "))).tensors[0])
    assert field is not None
    grown = [int(np.ceil(step.after)) for step in field.grown(0)]
    assert grown == [row[column] for row in told["data"]][-len(grown) :]


KEPT = {
    "activate relu", "dropout", "mask --above 0", "normalize --kind batch --weights w.npz", "show",
}  # fmt: skip
LOST = {
    "flatten", "tensor --index '::-1'", "tensor --index '0:2'", "tensor --transpose 1,0", "tensor --reshape 4,4",
    "tensor --add 1", "softmax", "normalize", "normalize --axis row --axis column", "attn", "rnn",
    "mask --above 0 --smooth 3,3",
}  # fmt: skip


@pytest.mark.parametrize("command", sorted(KEPT | LOST))
def test_what_moves_or_mixes_cells_forgets_them(command: str, shell: Any) -> None:
    """A square map, whose shape and names alone would not tell."""
    np.savez("w.npz", weight=np.ones(4), bias=np.zeros(4), running_mean=np.ones(4), running_var=np.ones(4))
    ended = shell(
        f"dlcli conv '1 2 3 4 5; 2 3 4 5 6; 1 2 1 2 1; 0 1 0 1 0; 1 2 3 4 5' -k '1 2; 3 4' | dlcli {command} -f frame"
    )
    assert ended.code == 0, ended.err
    assert (FIELD in ended.tensors[0].attrs) == (command in KEPT)


def test_of_a_turned_map_it_begins_anew(shell: Any) -> None:
    ended = shell(
        "dlcli conv sample:cat -k box:3 | dlcli tensor --index '::-1' | dlcli conv -k box:3 | dlcli pool"
    )
    field = field_of(ended.tensors[0])
    assert field is not None
    assert (field.of, len(field.layers), field.size) == ("the feature map of sample:cat", 2, (4, 4))


def test_a_map_whose_channels_come_first_is_put_in_order(shell: Any) -> None:
    """And so are its rows and columns, by their names; a transpose itself loses them."""
    ended = shell(
        "dlcli conv sample:cat -k box:3 -k box:3 | dlcli tensor --transpose 2,0,1 | dlcli pool | dlcli pool"
    )
    field = field_of(ended.tensors[-1])
    assert field is not None
    assert len(field.layers) == 2


@pytest.mark.parametrize(
    "told",
    [
        "",
        "a; row, column",
        "a; row, column; conv [window 4 3 2 1 1 0 zeros]",
        "a; row, column; conv [window 4 3 2 1 1 0 zeros] [window 4 2 2 1 1 0 zeros]",
        "a; height, width; conv [window 4 3 2 1 1 0 zeros] [window 4 3 2 1 1 0 zeros]",
        "a; row, column; conv [window 4 3 0 1 1 0 zeros] [window 4 3 2 1 1 0 zeros]",
        "a; row, column; conv [magic 4 3 2 1 1 0 zeros] [window 4 3 2 1 1 0 zeros]",
        "a; row, column; conv [window 4 3 2 1 1 0 magic] [window 4 3 2 1 1 0 zeros]",
        "a; row, column; conv [window 4 3 2 1 1 0 zeros 7] [window 4 3 2 1 1 0 zeros]",
        "a; row, column; conv [window] [window]",
        "a; row, column; conv [] []",
        "a; row, column" + "; conv [window 3 3 1 1 1 0 zeros] [window 3 3 1 1 1 0 zeros]" * 101,
    ],
)  # fmt: skip
def test_what_another_program_wrote_is_not_believed(told: str, cli: Any) -> None:
    x = Tensor(np.ones((3, 3)), (Axis("row"), Axis("column")), "map", {FIELD: told})
    assert field_of(x) is None
    assert cli("conv", "-k", "box:2", "-f", "plain", stdin=x).code == 0
    assert cli("show", stdin=x, stdout_is_terminal=True).code == 0


def test_a_known_one_is_read() -> None:
    told = "a; b; row, column; conv [window 4 3 2 1 1 0 zeros] [window 4 3 2 1 1 0 zeros]"
    field = field_of(Tensor(np.ones((3, 3)), (Axis("row"), Axis("column")), "map", {FIELD: told}))
    assert field is not None
    assert (field.of, field.size) == ("a; b", (2, 2))
    assert [cells.tolist() for cells in field.seen((2, 0))] == [[2, 3], [0, 1]]


def test_a_window_that_sees_nothing_but_padding() -> None:
    assert LineLayer("window", 3, 9, kernel=2, before=4).seen(np.array([0])).size == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "--padding full --pad-mode wrap",
            "height 0 to 2, 298 to 299, width 0 to 2, 449 to 450 of sample:cat: 5 × 5 cells",
        ),
        (
            "--padding full --pad-mode symmetric",
            "height 0 to 2, width 0 to 2 of sample:cat: 3 × 3 cells, 5 × 5 but for the border",
        ),
        (
            "--dilation 3",
            "height 0 to 8, width 0 to 8 of sample:cat: 9 × 9 cells",
        ),
    ],
)
def test_what_a_corner_sees_by_its_padding(words: str, told: str, shell: Any) -> None:
    """The cells that are there, not all between the first and the last."""
    ended = shell(f"dlcli conv sample:cat -k box:3 {words} | dlcli conv -k box:3 --explain 0,0 -f plain")
    assert re.search(r"Sees  (.*(?:\n  .*)*)", ended.out)[1].replace("\n  ", " ") == told


def test_cells_with_gaps_are_counted_without_them(shell: Any) -> None:
    ended = shell(
        "dlcli conv sample:cat -k box:2 --dilation 4 | dlcli conv -k box:3 --dilation 2 --explain 0,0 -f plain"
    )
    assert (
        "Sees height 0 to 8 in steps of 2, width 0 to 8 in steps of 2 of sample:cat: 5 × 5 cells of a field of 9 × 9"
        in " ".join(ended.out.split())
    )


def test_the_story_and_the_explained_cell(shell: Any) -> None:
    pipe = (
        "dlcli conv sample:cat -k box:3 --stride 2 | dlcli pool | dlcli conv -k box:3 --padding same -f plain"
    )
    told = shell(pipe).out
    rows = told.split("Receptive field")[1].split("\n")
    assert rows[0].strip() == "13 × 13 of sample:cat after 3 layers"
    assert [row.split() for row in rows[2:5]] == [
        ["1", "conv", "3", "2", "1", "+", "(3", "−", "1)", "·", "1", "3", "2"],
        ["2", "pool", "2", "2", "3", "+", "(2", "−", "1)", "·", "2", "5", "4"],
        ["3", "conv", "3", "1", "5", "+", "(3", "−", "1)", "·", "4", "13", "4"],
    ]
    corner = " ".join(shell(f"{pipe} --explain 0,0").out.split())
    assert "Sees height 0 to 8, width 0 to 8 of sample:cat: 9 × 9 cells, 13 × 13 but for the border" in corner
    assert (
        "Sees  height 16 to 28, width 16 to 28 of sample:cat: 13 × 13 cells\n"
        in shell(f"{pipe} --explain 5,5").out
    )
    shown = shell(pipe.replace(" -f plain", " | dlcli show -f plain")).out
    assert "receptive field  13 × 13 of sample:cat after 3 layers" in shown
    alone = shell("dlcli conv sample:cat -k box:3 -f plain").out
    assert "Receptive field" not in alone


def test_commands_that_keep_it_are_those_that_are_tried() -> None:
    """Every command that says that it works in place stands above."""
    root = Path(__file__).parents[3] / "dlcli" / "commands"
    in_place = {
        path.parent.name
        for path in root.glob("*/*.py")
        if re.search(r"in_place=(True|not )", path.read_text())
    }
    assert in_place == {shlex.split(line)[0] for line in KEPT}
    assert in_place <= {name for commands in CHAPTERS.values() for name in commands}


def test_a_hole_of_what_is_laid_down_is_no_padding(shell: Any) -> None:
    """Stamps of 2 cells, 3 apart: of three cells in a row the third gets nothing."""
    pipe = (
        "dlcli conv '1 2 3; 4 5 6; 7 8 9' -k '1 1; 1 1' -f frame"
        " | dlcli conv - -k '1 1; 1 1' --transposed --stride 3 --output-padding 0 "
    )
    hole = "Sees  nothing of the input: this cell lies where no kernel is laid down\n"
    assert hole in shell(pipe + "-f plain --explain 2,2").out
    assert hole not in shell(pipe + "-f plain --explain 1,1").out
    smaller = pipe + "-f frame | dlcli pool --size 1 --stride 2 -f plain --explain 1,0"
    assert "nothing of the input: what it sees lies where no kernel is laid down" in " ".join(
        shell(smaller).out.split()
    )
    padded = "dlcli conv '1 2; 3 4' -k 1 -f frame | dlcli conv - -k 1 --padding 1 -f plain --explain 0,0"
    assert "nothing of the input: only padding reaches this cell" in shell(padded).out
