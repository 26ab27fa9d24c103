import pytest

from dlcli.tensor import Axis
from dlcli.views.charts.ruler import Ruler, axis_name, positions


def test_ticks_stand_below_their_columns():
    ruler = Ruler([0, 5, 10], ["0", "5", "10"], 11, side=2, name="time (s)")
    assert list(ruler.texts()) == [" └┬────┬────┬", "  0    5   10", "   time (s)"]


def test_a_label_without_room_goes_with_its_tick():
    assert list(Ruler([0, 2, 9], ["one", "two", "six"], 10).texts()) == ["┬────────┬", "one    six"]


def test_labels_from_outside_steer_nothing():
    assert list(Ruler([0], ["\x1b[31m"], 9, name="a\nb").texts())[1:] == ["␛[31m", "   a␊b"]


@pytest.mark.parametrize(
    ("axis", "length", "room", "expected"),
    [
        (Axis("time", start=0, step=0.5), 11, 40, ([0, 2, 4, 6, 8, 10], ["0", "1", "2", "3", "4", "5"])),
        (Axis("time", start=10, step=-1), 11, 20, ([10, 5, 0], ["0", "5", "10"])),
        (Axis("time", start=3, step=0), 2, 40, ([0, 1], ["0", "1"])),
        (Axis("index"), 4, 40, ([0, 1, 2, 3], ["0", "1", "2", "3"])),
        (Axis("token", labels=("the", "cat")), 2, 40, ([0, 1], ["the", "cat"])),
        (
            Axis("token", labels=("the",) * 30),
            30,
            40,
            ([0, 5, 10, 15, 20, 25], ["0", "5", "10", "15", "20", "25"]),
        ),
        (Axis("time", start=2, step=1), 1, 40, ([0], ["2"])),
        (Axis("episode", start=0, step=1), 3, 70, ([0, 1, 2], ["0", "1", "2"])),
        (Axis("episode", start=0, step=2), 2, 70, ([0, 0.5, 1], ["0", "1", "2"])),
        (Axis("time", start=0, step=1, unit="s"), 2, 16, ([0, 0.5, 1], ["0.0", "0.5", "1.0"])),
    ],
)
def test_positions_are_labels_or_round_numbers(axis, length, room, expected):
    assert positions(axis, length, room) == expected


def test_the_unit_stands_once_beside_the_name():
    assert axis_name(Axis("frequency", start=0, step=1, unit="Hz")) == "frequency (Hz)"
    assert axis_name(Axis("token")) == "token"


def test_labels_that_would_touch_go_deeper_and_hang_on_a_line():
    far, near = (Ruler([2, place, 12], ["query", "key", "value"], 16, lines=2) for place in (5, 4))
    assert list(far.texts()) == ["──┬──┬──────┬───", "query│    value", "    key"]
    assert list(near.texts()) == ["──┬─┬───────┬───", "query     value", "   key"]
    assert near.left_out == 0


def test_it_tells_how_many_labels_have_no_room():
    assert Ruler([2, 4, 6], ["query", "key", "value"], 16, lines=2).left_out == 1
