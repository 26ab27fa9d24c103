import numpy as np
import pytest

from dlcli.tensor import Axis
from dlcli.views.screen.colour import diverging, on
from dlcli.views.tables.placed import Placed

PLACES = [["0,0", "0,1", "0,2"], ["1,0", "1,1", "1,2"]]


def test_each_number_stands_above_its_place(draw):
    view = Placed(
        np.array([[1, -20, 3], [4, 5, 6]]), PLACES, rows=Axis("row"), columns=Axis("unit", tuple("abc"))
    )
    assert draw(view).split("\n") == [
        "      unit",
        "row     a    b    c",
        "  0     1  −20    3",
        "      0,0  0,1  0,2",
        "  1     4    5    6",
        "      1,0  1,1  1,2",
    ]


def test_without_axes_there_is_no_margin(draw):
    assert draw(Placed(np.array([[1.5]]), [["x"]])) == "  1.5\n    x"


@pytest.mark.parametrize("width", [9, 14, 19, 40])
def test_columns_that_do_not_fit_go_on_below(draw, width):
    text = draw(Placed(np.arange(24).reshape(1, -1), [[f"0,{i}" for i in range(24)]]), width)
    assert [word for line in text.split("\n")[0::3] for word in line.split()] == [str(i) for i in range(24)]


def test_the_colour_is_the_number_s_and_not_the_place_s(paint):
    lines = paint(Placed(np.array([[1.0, -2.0]]), [["a", "b"]], limits=(-2, 2)))
    grounds = [[ground for _, (_, ground) in line] for line in lines]
    shades = [on(colour).bgcolor for colour in diverging(np.array([0.5, -1.0]))]
    wanted = [tuple(shade.get_truecolor()) for shade in shades if shade is not None]
    assert [ground for ground in dict.fromkeys(grounds[0]) if ground is not None] == wanted
    assert len(wanted) == 2
    assert set(grounds[1]) == {None}


def test_places_are_outside_text(draw):
    text = draw(Placed(np.array([[1]]), [["[b]\x1b[2J" + "x" * 50]], columns=Axis("\x07")))
    assert "[b]␛[2J" in text
    assert "␇" in text


def test_markdown_keeps_number_and_place_together():
    view = Placed(np.array([[1, 2]]), [["a|b", "c"]], columns=Axis("index"))
    assert view.markdown() == "| index | 0 | 1 |\n| --- | ---: | ---: |\n|  | 1 (a\\|b) | 2 (c) |"
