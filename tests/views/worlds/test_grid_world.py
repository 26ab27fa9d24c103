import numpy as np
import pytest
from rich.cells import cell_len

from dlcli.views.screen.colour import coloured
from dlcli.views.worlds.grid_world import GridWorld

#: Sutton and Barto, Reinforcement Learning (2018), figure 4.1: the values of the random policy and the
#: greedy actions (left, up, right, down).
VALUES = -np.array([[0, 14, 20, 22], [14, 18, 20, 20], [20, 20, 18, 14], [22, 20, 14, 0.0]])
ARROWS = ["", "←", "←", "←↓", "↑", "←↑", "←↓", "↓", "↑", "↑→", "→↓", "↓", "↑→", "→", "→", ""]
POLICY = np.array([[arrow in arrows for arrow in "←↑→↓"] for arrows in ARROWS]).reshape(4, 4, 4)
ENDS = VALUES == 0


def large(rows=10, columns=10):
    """A corridor to the last cell, its values growing on the way."""
    values = -1.234 * np.add.outer(np.arange(rows)[::-1], np.arange(columns)[::-1])
    arrows = np.zeros((rows, columns, 4))
    arrows[..., 2:] = 1
    return GridWorld(values, arrows=arrows, marks={(0, 0): "S", (rows - 1, columns - 1): "G"})


def test_the_grid_of_figure_4_1(draw):
    assert draw(GridWorld(VALUES, arrows=POLICY, ends=ENDS), 40).split("\n") == [
        "┌─────┬─────┬─────┬─────┐",
        "│  ■  │  ←  │  ←  │ ←↓  │",
        "│   0 │ −14 │ −20 │ −22 │",
        "├─────┼─────┼─────┼─────┤",
        "│  ↑  │ ←↑  │ ←↓  │  ↓  │",
        "│ −14 │ −18 │ −20 │ −20 │",
        "├─────┼─────┼─────┼─────┤",
        "│  ↑  │ ↑→  │ →↓  │  ↓  │",
        "│ −20 │ −20 │ −18 │ −14 │",
        "├─────┼─────┼─────┼─────┤",
        "│ ↑→  │  →  │  →  │  ■  │",
        "│ −22 │ −20 │ −14 │   0 │",
        "└─────┴─────┴─────┴─────┘",
        "■ end",
    ]


def test_colours_are_blue_below_and_red_above_zero(paint):
    lines = paint(GridWorld(np.array([[-2.0, 0.0, 2.0]])))
    grounds = [ground for letter, (_, ground) in lines[2] if letter in "02"]
    assert grounds == [tuple(coloured("diverging", np.array(share)).tolist()) for share in (-1.0, 0.0, 1.0)]


def test_limits_make_sweeps_comparable(paint):
    lines = paint(GridWorld(np.array([[1.0]]), limits=(-4, 4)))
    assert lines[2][2][1][1] == tuple(coloured("diverging", np.array(0.25)).tolist())


@pytest.mark.parametrize(
    ("width", "first"),
    [
        (80, "│−22.21│−20.98│−19.74│"),
        (61, "│−22.2│−21.0│−19.7│"),
        (60, "│ −22│ −21│ −20│"),
        (40, " −22 −21 −20"),
    ],
)
def test_values_lose_digits_then_the_lines_go(draw, width, first):
    lines = draw(large(), width).split("\n")
    assert lines[2 if first.startswith("│") else 1].startswith(first)


def test_without_room_for_values_the_arrows_stay(draw):
    lines = draw(large(), 38).split("\n")
    assert lines[1].split() == ["┌"] * 10  # beside the mark of the start there is room for one sign
    assert lines[0].split()[0] == "S┌"
    assert lines[-1] == "(too narrow for the values)"


def test_walls_have_neither_value_nor_arrow(draw):
    walls = np.array([[False, True]])
    view = GridWorld(np.array([[1.0, 9.0]]), arrows=np.ones((1, 2, 4)), walls=walls)
    assert draw(view).split("\n") == [
        "┌────┬────┐",
        "│←↑→↓│▒▒▒▒│",
        "│  1 │▒▒▒▒│",
        "└────┴────┘",
        "▒ wall",
    ]


def test_marks_stand_beside_the_arrows_and_are_named(draw):
    arrows = np.zeros((1, 2, 4))
    arrows[0, 0, 2] = 1
    view = GridWorld(
        np.array([[-10.0, 0.0]]),
        arrows=arrows,
        marks={(0, 0): "S", (0, 1): "G"},
        names={"S": "start", "x": "no"},
    )
    lines = draw(view).split("\n")
    assert lines[1] == "│ S → │  G  │"
    assert lines[-1] == "S start"


def test_a_marked_end_keeps_its_mark(draw):
    view = GridWorld(np.zeros((1, 2)), ends=np.array([[False, True]]), marks={(0, 1): "G"})
    assert "■" not in draw(view)


@pytest.mark.parametrize(
    ("taken", "sign"),
    [("←↑→↓", "┼"), ("←→", "↔"), ("↑↓", "↕"), ("→↓", "┌"), ("←↑", "┘"), ("↑→↓", "├"), ("→", "→")],
)
def test_tied_arrows_become_one_sign_where_it_is_narrow(draw, taken, sign):
    arrows = np.array([[[arrow in taken for arrow in "←↑→↓"]] * 30])
    signs, *legend = draw(GridWorld(None, arrows=arrows), 40).split("\n")
    assert signs.strip() == sign * 30
    assert [line.strip() for line in legend] == ([f"{sign} {taken}"] if len(taken) > 1 else [])


def test_several_arrows_are_written_alike_in_all_cells(draw):
    """There is room for four arrows alone, and not beside a mark."""
    view = GridWorld(np.zeros((1, 2)), arrows=np.ones((1, 2, 4)), marks={(0, 0): "S"})
    lines = draw(view, 20).split("\n")
    assert lines[1].split("│")[1:3] == ["S ┼ ", " ┼  "]
    assert lines[-1].endswith("┼ ←↑→↓")


def test_other_directions(draw):
    view = GridWorld(None, arrows=np.array([[[1, 0, 0], [0, 0, 1]]]), directions="↖↗↘")
    assert draw(view).split("\n")[1].replace(" ", "") == "│↖│↘│"


def test_nothing_is_written_for_nan(draw):
    assert draw(GridWorld(np.array([[np.nan, 0.5]]))).split("\n")[2] == "│     │ 0.5 │"


def test_marks_from_outside_steer_nothing(draw):
    text = draw(GridWorld(np.zeros((1, 2)), marks={(0, 0): "\x1b[31m", (0, 1): "[bold]"}), 40)
    assert "␛" in text


@pytest.mark.parametrize("width", [30, 40, 80])
@pytest.mark.parametrize("shape", [(1, 1), (10, 10), (3, 25), (7, 10)])
def test_every_line_fits(draw, paint, shape, width):
    for view in (large(*shape), GridWorld(np.random.default_rng(0).normal(size=shape) * 1e-9)):
        assert draw(view, width)
        assert all(sum(cell_len(letter) for letter, _ in line) <= width for line in paint(view, width))


def test_no_cells(draw):
    assert draw(GridWorld(np.zeros((0, 3)))) == "(no cells)"


def test_markdown_is_the_drawing():
    assert GridWorld(np.zeros((1, 1))).markdown().startswith("```text\n┌")


@pytest.mark.parametrize(
    "parts",
    [
        {"values": None},
        {"values": np.zeros(4)},
        {"values": np.zeros((2, 2)), "walls": np.zeros((2, 3))},
        {"values": np.zeros((2, 2)), "arrows": np.zeros((2, 2, 3))},
    ],
)
def test_other_shapes_are_refused(parts):
    with pytest.raises(ValueError, match="received"):
        GridWorld(**parts)


def test_what_marks_stand_for_goes_on_below(draw):
    names = {"S": "where it begins", "G": "where it ends"}
    view = GridWorld(np.zeros((1, 2)), marks={(0, 0): "S", (0, 1): "G"}, names=names)
    assert draw(view, 24).split("\n")[-2:] == ["S where it begins", "G where it ends"]
    assert draw(view, 40).split("\n")[-1] == "S where it begins   G where it ends"
