import numpy as np
import pytest
from rich.cells import cell_len

from dlcli.views.charts.histogram import Histogram, bin_count


def heading(text):
    return text.split("\n")[0]


def test_one_number_is_no_numbers(draw):
    assert draw(Histogram(np.array([5]))).startswith("1 number of 1 value\n")
    assert draw(Histogram(np.array([3 + 4j]))).startswith("1 complex size of 1 value\n")
    assert draw(Histogram(np.array([5, 5]))).startswith("2 numbers of 1 value\n")


def test_few_whole_numbers_have_a_column_each(draw):
    view = Histogram(np.array([1, 2, 2, 3, 3, 3]), height=3, name="stride")
    assert draw(view, 40).split("\n") == [
        "6 numbers of 3 values",
        "3┤                  ████████",
        "2┤         ████████ ████████",
        "1┤████████ ████████ ████████",
        " └────┬────────┬────────┬───",
        "      1        2        3",
        "            stride",
    ]


def test_a_number_that_never_occurs_keeps_its_place(draw):
    lines = draw(Histogram(np.array([-1, 1, 1], np.int8), height=2), 40).split("\n")
    assert lines[1:3] == ["2┤                  ████████", "1┤████████          ████████"]
    assert lines[4].split() == ["−1", "0", "1"]


def test_few_numbers_far_apart_stand_side_by_side(draw):
    text = draw(Histogram(np.array([0, 1000, -50000, 1000])))
    assert heading(text) == "4 numbers of 3 values"
    assert text.split("\n")[-1].split() == ["−50000", "0", "1000"]


def test_bins_of_real_numbers(draw):
    values = np.array([0.0, 0.1, 0.2, 0.9, 1.0, 1.9, 2.0, 2.0])
    assert draw(Histogram(values, bins=4, height=3), 30).split("\n") == [
        "8 numbers in 4 bins of 0.5",
        "3┤███████              ███████",
        "2┤███████              ███████",
        "1┤████████████████████████████",
        " └┬──────┬──────┬─────┬──────┬",
        "  0.0   0.5    1.0   1.5   2.0",
    ]


def test_the_columns_hold_every_number():
    values = np.random.default_rng(0).normal(size=5000)
    low, high, counts = Histogram(values, bins=30)._binned(80)
    expected, edges = np.histogram(values, bins=30)
    assert counts.tolist() == expected.tolist()
    assert (low, high) == (edges[0], edges[-1])


@pytest.mark.parametrize("size", [2, 10, 1000, 10_000])
def test_the_larger_of_two_counts_is_numpys(size):
    values = np.random.default_rng(size).normal(size=size)
    counts = [len(np.histogram_bin_edges(values, rule)) - 1 for rule in ("fd", "sturges")]
    assert bin_count(values) == max(counts)


@pytest.mark.parametrize("values", [np.array([1.0, 1, 1, 1, 5]), np.array([0.0, 1e-300, 1e300] * 2 + [0.0])])
def test_rules_on_odd_numbers_end(values):
    assert bin_count(values) >= 1


def test_bins_of_whole_numbers_hold_equally_many(draw):
    every = np.repeat(np.arange(256, dtype=np.uint8), 4)
    low, high, counts = Histogram(every, bins=22)._binned(80)
    assert (low, high, set(counts.tolist())) == (-0.5, 255.5, {64})


def test_a_single_number_is_seen_beside_a_million(draw):
    values = np.concatenate([np.zeros(1_000_000), [1.0, 2.0, 3.0]])
    assert draw(Histogram(values, bins=4, height=2), 40).split("\n")[2].endswith("▁")


def test_what_is_no_number_is_counted_apart(draw):
    lines = draw(Histogram(np.array([1.0, 2.0, np.nan, np.nan, np.inf]))).split("\n")
    assert lines[0].startswith("2 numbers")
    assert lines[-1] == "not counted: 2 nan, 1 infinite"


def test_complex_numbers_are_counted_by_size(draw):
    draw(Histogram(np.array([3 + 4j, 5.25, 0, 1j, 2])), 40)
    text = draw(Histogram(np.array([3 + 4j, 5, 0, 1j, 2])))
    assert heading(text).startswith("5 complex sizes in ")
    assert text.split("\n")[-1].split()[-1] == "5.0"


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize(
    "values",
    [
        np.array([0.3]),
        np.full(7, 3),
        np.array([True, False]),
        np.array([1e308, -1e308]),
        np.array([0, 2**64 - 1], np.uint64),
        np.array([-(2**63), 2**63 - 1]),
        np.arange(20) * 10**12,
        np.random.default_rng(0).standard_cauchy(10_000),
        np.random.default_rng(0).integers(0, 4000, 10_000),
        np.zeros((3, 0)),
    ],
)
def test_every_line_fits(draw, paint, values, width):
    assert draw(Histogram(values, name="n" * 99), width)
    assert all(
        sum(cell_len(letter) for letter, _ in line) <= width for line in paint(Histogram(values), width)
    )


def test_markdown_is_a_table_of_few_values_and_a_drawing_of_bins():
    assert Histogram(np.array([1, 2, 2]), name="a|b").markdown() == (
        "| a\\|b | count |\n| ---: | ---: |\n| 1 | 1 |\n| 2 | 2 |"
    )
    assert Histogram(np.linspace(0, 1, 50)).markdown(40).startswith("```text\n50 numbers in 7 bins")


def test_labels_that_would_touch_leave_each_number_a_bin(draw):
    assert heading(draw(Histogram(np.arange(20)), 40)) == "20 numbers in 20 bins of 1"
    assert heading(draw(Histogram(np.arange(10)), 40)) == "10 numbers of 10 values"
