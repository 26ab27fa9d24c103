import numpy as np
import pytest
from rich.cells import cell_len

from dlcli.tensor import Axis
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.series import Series

BRAILLE = [chr(code) for code in range(0x2801, 0x2900)]
EPISODE = Axis("episode")


def inks(lines):
    """The hue of each braille cell of each line."""
    return [[ink for letter, (ink, _) in line if letter in BRAILLE] for line in lines]


def test_one_series_with_ticks_at_the_left_and_below(draw):
    view = LineChart(
        {"y": np.arange(5) ** 2}, Axis("time", start=0, step=0.5, unit="s"), y="size (V)", height=4
    )
    assert draw(view, 40).split("\n") == [
        "size (V)",
        "20┤                                    ⣀",
        "  │                            ⢀⣀⡠⠤⠔⠒⠉⠉",
        "10┤                   ⢀⣀⣀⠤⠤⠒⠒⠊⠉⠁",
        " 0┤⣀⣀⣀⣀⣀⠤⠤⠤⠤⠤⠤⠔⠒⠒⠒⠒⠉⠉⠉⠁",
        "  └┬────────┬────────┬────────┬────────┬",
        "   0.0     0.5      1.0      1.5     2.0",
        "                 time (s)",
    ]


def test_several_series_have_letters_at_their_ends_and_in_the_legend(draw):
    view = LineChart({"up": np.arange(3), "down": np.arange(3)[::-1]}, EPISODE, height=4)
    assert draw(view, 40).split("\n") == [
        "a up   b down",
        "2┤⠉⠑⠒⠢⠤⠤⣀⣀                    ⢀⣀⣀⠤⠤⠔⠒⠊⠉a",
        " │        ⠉⠉⠑⠒⠢⠤⠤b⣀  ⢀⣀⡠⠤⠤⠒a⠊⠉⠁",
        "1┤         ⢀⣀⣀⠤⠤⠔⠒⠒⠉⠉⠑⠒⠒⠤⠤⠤⣀⣀⡀",
        "0┤⣀⡠⠤⠤⠒a⠊⠉⠉⠁                 ⠈⠉⠉⠒⠒⠒⠤⠤⢄⣀b",
        " └┬─────────────────┬─────────────────┬",
        "  0                 1                 2",
        "                 episode",
    ]


def test_letters_on_the_lines_only_where_colours_do_not_tell(draw, paint):
    view = LineChart({"up": np.arange(50), "down": -np.arange(50)}, EPISODE)
    plain = draw(view).split("\n")[1:-3]
    assert sum(line.count("a") for line in plain) == 5
    coloured = ["".join(letter for letter, _ in line) for line in paint(view)[1:-3]]
    assert sum(line.count("a") for line in coloured) == 1


def test_series_have_different_colours(paint):
    lines = paint(LineChart({"up": np.ones(9), "down": np.zeros(9)}, EPISODE, height=4))
    assert set(inks(lines)[1]) == {(0, 114, 178)}
    assert set(inks(lines)[4]) == {(213, 94, 0)}


def test_lines_that_end_in_one_place_have_their_letters_side_by_side(draw):
    view = LineChart({"a": np.array([0, 1]), "b": np.array([1, 1]), "c": np.array([2, 1])}, height=6)
    assert [line[-3:] for line in draw(view, 40).split("\n") if line.endswith("abc")] == ["abc"]


def test_each_series_may_have_places_of_its_own(draw):
    long = Series("long", np.zeros(9), x=np.arange(9))
    short = Series("short", np.ones(3), x=np.array([0.0, 1.0, 2.0]))
    lines = draw(LineChart([long, short], height=4), 40).split("\n")
    assert lines[1].endswith("b")
    assert len(lines[1]) < 16 < len(lines[4])
    assert lines[-1].split() == ["0", "2", "4", "6", "8"]


def test_one_number_in_a_million_is_seen(draw):
    values = np.zeros(1_000_000)
    values[123_456] = 9
    lines = draw(LineChart({"y": values})).split("\n")
    assert any(letter in BRAILLE for letter in lines[1])


def test_nan_is_a_gap_and_what_cannot_be_drawn_is_counted(draw):
    values = np.ones(100)
    values[40:60], values[3], values[4] = np.nan, np.inf, -np.inf
    lines = draw(LineChart({"y": values}, height=3)).split("\n")
    drawn = next(line for line in lines if any(letter in BRAILLE for letter in line))
    assert " " * 14 in drawn
    assert lines[-1] == "not drawn: 20 nan, 2 infinite"


def test_a_logarithmic_axis_has_decades_and_leaves_out_what_has_no_logarithm(draw):
    lines = draw(LineChart({"loss": np.array([100.0, 10.0, 1.0, 0.0, -1.0])}, log=True, height=6), 40).split(
        "\n"
    )
    assert [line.split("┤")[0].strip() for line in lines if "┤" in line] == ["100", "10", "1"]
    assert lines[0] == "100┤⠑⠢⣀"
    assert lines[-1] == "not drawn: 2 not above 0"


def test_a_logarithmic_axis_ends_where_its_numbers_stop_to_mean_something(draw):
    falling, steady = 10.0 ** -np.arange(0, 200, 10), np.linspace(1, 0.1, 20)
    lines = draw(LineChart({"falling": falling, "steady": steady}, log=True, least=1e-16), 60)
    assert "1e−15" in lines or "1e−16" in lines
    assert "1e−20" not in lines
    assert "not drawn: 18 below 1e−16" in lines
    assert "below" not in draw(LineChart({"steady": steady}, log=True, least=1e-16), 60)


def test_a_band_is_shaded_around_its_line(paint, draw):
    y = np.full(40, 2.0)
    lines = draw(LineChart([Series("m", y, band=(y - 1, y + 1))], height=6), 40).split("\n")
    assert sum(any(letter in BRAILLE for letter in line) for line in lines) >= 5
    assert lines[2][3:-1] == lines[2][3] * 36


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("count", [1, 2, 9])
def test_every_line_fits(draw, paint, width, count):
    random = np.random.default_rng(0)
    series = {f"a rather long name {i}": random.normal(size=300) * 1e5 for i in range(count)}
    view = LineChart(series, EPISODE, y="y" * 200)
    assert draw(view, width)
    assert all(sum(cell_len(letter) for letter, _ in line) <= width for line in paint(view, width))


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (np.full(9, 3.0), ["4", "3", "2"]),
        (np.array([5.0]), ["8", "6", "4", "2"]),
        (np.zeros(4), ["1", "0", "−1"]),
        (np.array([True, False]), ["1.0", "0.5", "0.0"]),
        (np.array([3 + 4j, 0]), ["6", "4", "2", "0"]),
        (np.array([1e308, -1e308]), []),
        (np.array([1e-320, 2e-320]), []),
    ],
)
def test_constant_single_and_extreme_numbers(draw, values, labels):
    lines = draw(LineChart({"y": values}, height=9), 60).split("\n")
    found = [line.split("┤")[0].strip() for line in lines if "┤" in line]
    assert any(letter in BRAILLE for line in lines for letter in line)
    if labels:
        assert found == labels


@pytest.mark.parametrize("values", [np.array([]), np.array([np.nan, np.nan]), np.array([np.inf])])
def test_nothing_to_draw(draw, values):
    assert draw(LineChart({"y": values})).startswith("(nothing to draw)")


def test_an_empty_series_among_others_is_said_so(draw):
    view = LineChart([Series("x", np.array([])), Series("y", np.ones(3))], EPISODE)
    assert draw(view).split("\n")[0] == "a x (empty)   b y"


def test_no_series_at_all(draw):
    assert draw(LineChart({})) == "(nothing to draw)"


def test_labels_of_the_axis_stand_below(draw):
    lines = draw(LineChart({"y": np.arange(3)}, Axis("gate", labels=("\x1b[31m", "new", "out"))), 40).split(
        "\n"
    )
    assert lines[-2].split() == ["␛[31m", "new", "out"]
    assert lines[-1].strip() == "gate"


def test_names_from_outside_steer_nothing(draw):
    view = LineChart({"[bold]a": np.ones(2), "b\x1b[31m\n": np.zeros(2)}, EPISODE)
    assert draw(view).split("\n")[0] == "a [bold]a   b b␛[31m␊"


def test_markdown_is_a_table_when_short_and_a_drawing_when_long():
    short = LineChart({"v|": np.array([0.5, 0.25])}, Axis("time", start=0, step=0.5, unit="s"))
    assert short.markdown() == "| time | v\\| |\n| ---: | ---: |\n| 0 s | 0.50 |\n| 0.5 s | 0.25 |"
    long = LineChart({"v": np.arange(21)}).markdown(40)
    assert long.startswith("```text\n20┤")
    assert long.endswith("index\n```")


def test_more_numbers_than_places_are_refused():
    with pytest.raises(ValueError, match="2 places for 3 numbers"):
        LineChart({"y": np.ones(3)}, np.arange(2))


def test_an_axis_names_the_places_that_series_have_of_their_own(draw):
    series = [Series("a", np.ones(3), x=np.array([0.0, 5.0, 10.0]))]
    assert draw(LineChart(series, EPISODE), 40).split("\n")[-1].strip() == "episode"


def test_what_stands_nowhere_is_not_drawn(draw):
    places = np.array([0.0, 1.0, np.inf, np.nan, 4.0])
    lines = draw(LineChart([Series("a", np.array([0.0, 1, 99, 99, 2]), x=places)], height=6), 40).split("\n")
    assert lines[0].startswith("2")
    assert lines[-1].split() == ["0", "1", "2", "3", "4"]


def test_a_tight_chart_ends_with_its_numbers(draw):
    """The ticks beyond them would leave nearly half of the rows empty."""
    y = np.array([-0.21, 0.21])
    loose, tight = (
        draw(LineChart({"y": y}, height=5, tight=tight), 40).splitlines() for tight in (False, True)
    )
    assert [loose[0][:5], loose[4][:5]] == [" 0.4┤", "−0.4┤"]
    assert [line.strip()[:4] for line in tight[:5] if "┤" in line] == ["0.2┤", "0.0┤", "−0.2"]
    assert tight[0].rstrip()[-1] not in "┤│"
    assert tight[4].replace("−0.2┤", "").strip()
    assert draw(LineChart({"y": np.zeros(3)}, height=5, tight=True), 40) == draw(
        LineChart({"y": np.zeros(3)}, height=5), 40
    )


def test_a_very_long_line_is_drawn_as_it_is(draw, monkeypatch):
    """The outermost numbers of small parts, a single one among half a million too, give the same drawing."""
    y = np.sin(np.arange(1 << 19) / 20_000)
    y[300_001] = 7
    axis = Axis("time", start=0.0, step=1 / 44_100, unit="s")
    found = LineChart({"y": y}, axis)
    assert len(found.points[0].x) < 1 << 16
    assert found.limits == [(y.min(), 7.0)]
    drawn = draw(found, 80)
    monkeypatch.setattr("dlcli.views.charts.chart.LONG", 1 << 20)
    whole = LineChart({"y": y}, axis)
    assert len(whole.points[0].x) == 1 << 19
    assert draw(whole, 80) == drawn


def test_gaps_of_a_very_long_line_stay_as_long_as_they_are():
    y = np.ones(1 << 19)
    y[5] = np.nan
    assert len(LineChart({"y": y}).points[0].x) == 1 << 19


def test_no_two_names_in_the_legend_are_alike(draw):
    names = [f"TD(λ = 0.9), replacing, α = {alpha}" for alpha in ("0.01", "0.02")]
    legend = draw(LineChart({name: np.arange(3) for name in names}, EPISODE), 80).split("\n")[0]
    assert legend == "a TD(λ = 0.9),…g, α = 0.01   b TD(λ = 0.9),…g, α = 0.02"
