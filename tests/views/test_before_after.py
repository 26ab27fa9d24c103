import numpy as np
from rich.text import Text

from dlcli.views.before_after import BeforeAfter
from dlcli.views.charts.chart import LineChart
from dlcli.views.tables.matrix import Matrix

LARGE, SMALL = Matrix(np.arange(16).reshape(4, 4)), Matrix(np.array([[5, 7], [13, 15]]))
CHART = LineChart({"y": np.arange(9)}, height=4)


def test_side_by_side_with_an_arrow_half_way_down(draw):
    assert draw(BeforeAfter("input", LARGE, "pooled", SMALL), 40).split("\n") == [
        "input                pooled",
        "  0   1   2   3        5   7",
        "  4   5   6   7   →   13  15",
        "  8   9  10  11",
        " 12  13  14  15",
    ]


def test_one_above_the_other_when_it_is_narrow(draw):
    assert draw(BeforeAfter("input", LARGE, "pooled", SMALL), 24).split("\n") == [
        "input",
        "  0   1   2   3",
        "  4   5   6   7",
        "  8   9  10  11",
        " 12  13  14  15",
        "↓",
        "pooled",
        "  5   7",
        " 13  15",
    ]


def test_drawings_share_the_width(draw):
    lines = draw(BeforeAfter("in", CHART, "out", CHART), 80).split("\n")
    assert lines[0].split() == ["in", "out"]
    assert lines[1].count("┤") == 2
    assert [line for line in lines if "→" in line] == [lines[4]]


def test_drawings_stand_below_each_other_at_40_columns(draw):
    lines = draw(BeforeAfter("in", CHART, "out", CHART), 40).split("\n")
    assert [line for line in lines if line in ("in", "↓", "out")] == ["in", "↓", "out"]
    assert max(line.count("┤") for line in lines) == 1


def test_a_matrix_is_never_folded_to_stand_beside_another(draw):
    wide = Matrix(np.arange(60).reshape(3, 20))
    assert len(draw(BeforeAfter("in", wide, "out", wide), 80).split("\n")) == 9


def test_names_from_outside_steer_nothing(draw):
    text = draw(BeforeAfter("[bold]", Text("1"), "\x1b[31m", Text("2")), 40)
    assert text.split("\n")[0] == "[bold]     ␛[31m"


def test_markdown_has_both_under_their_names():
    assert BeforeAfter("a", Text("1"), "b", Text("2")).markdown() == "**a**\n\n1\n\n**b**\n\n2"
