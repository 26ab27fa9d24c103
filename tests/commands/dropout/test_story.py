"""The story of a dropout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlcli.commands.dropout.command import Options, dropped
from dlcli.commands.dropout.story import explain, story
from dlcli.errors import WrongUsage
from dlcli.tensor import Axis, Tensor
from dlcli.views.text.markdown import to_markdown
from dlcli.words.line import Line

LITERAL = {"source": "literal"}


def work(data: Any, seed: int = 0, axes: Any = (), attrs: Any = None, **values: Any) -> Any:
    typed = [("--seed", str(seed))] * (seed != 0)
    for name, value in values.items():
        words = [] if value is True else value if isinstance(value, tuple) else [str(value)]
        typed.append((f"--{name}", *words))
    return dropped(
        Tensor(np.array(data), axes, attrs=attrs or {}),
        options=Options(**values),
        generator=np.random.default_rng(seed),
        seed=seed,
        line=Line("dropout", tuple(typed)),
    ).work


def test_a_small_matrix_stands_beside_its_mask(draw: Callable[..., str]) -> None:
    told = draw(story(work([[1, 2, 3, 4], [5, 6, 7, 8]], attrs=LITERAL)))
    assert told == (
        "Input  2 × 4 (row, column), int64, 1 to 8\n"
        "\n"
        "Dropout\n"
        "  y  x / (1 − 0.5) = 2·x if u ≥ 0.5 else 0\n"
        "\n"
        "Mask\n"
        "  seed  0: the same seed drops the same units\n"
        "  kept  3 of 8 (37.5 %); expected 4 ± 1.41\n"
        "\n"
        "Draws  u, one for each number\n"
        "       column\n"
        "  row       0       1       2       3\n"
        "    0  0.8506  0.6370  0.5111  0.2698\n"
        "    1  0.3078  0.0410  0.0752  0.0165\n"
        "\n"
        "Dropped  2 × 4 (row, column), float64, 0 to 6\n"
        "  x                  mask               y\n"
        "       column             column             column\n"
        "  row  0  1  2  3    row  0  1  2  3    row  0  1  2  3\n"
        "    0  1  2  3  4      0  1  1  1  0      0  2  4  6  0\n"
        "    1  5  6  7  8      1  0  0  0  0      1  0  0  0  0\n"
        "\n"
        "Notice  A kept number is 2 times as large, so that the mean over many masks is\n"
        "  x; gradients pass where numbers do, times 2 too.\n"
        "\n"
        "Try next\n"
        "  dlcli dropout '1 2 3 4; 5 6 7 8' --masks 1000"
    )


def test_the_mean_comes_nearer_line_by_line(draw: Callable[..., str]) -> None:
    told = draw(story(work([[1.0, 2], [3, 4]], masks=4)))
    assert "Mean  over 4 masks, " in told
    assert "  masks  distance from x  expected\n" in told
    assert [
        line.split()[-3] for line in told.split("\n") if line.endswith((" 2.739", " 1.936", " 1.369"))
    ] == ["1", "2", "4"]
    assert "its distance shrinks with the root of their number" in " ".join(told.split())


@pytest.mark.parametrize(
    ("data", "masks", "told"),
    [
        ([[0.0, 0, 0]], 3, "Notice Every mask gives x itself: what it sets to 0 is 0 already."),
        (
            [[np.nan, np.nan]],
            3,
            "Notice How far the mean is from x is no finite number: NaN, inf or what is too large",
        ),
        ([[1.0, np.inf]], 9, "Notice How far the mean is from x is no finite number"),
        ([[1.0, 1, 1, 1]], 2, "Notice The first mask alone is 1 from x, the mean of 2 masks 0.5. "),
        ([[1e300, 1]], 2, "what is too large to be squared is in it."),
    ],
    ids=["zeros", "nan", "inf", "two masks", "huge"],
)
def test_of_the_mean_it_says_what_was_measured(
    data: Any, masks: int, told: str, draw: Callable[..., str]
) -> None:
    page = " ".join(draw(story(work(data, masks=masks))).split())
    assert told in page
    assert "their mean is not" not in page


@pytest.mark.parametrize(
    ("cell", "seed", "data", "told"),
    [
        (
            (1, 2),
            3,
            [[1, 2, 3, 4], [5, 6, 7, 8]],
            "u  0.8692 ≥ 0.25: kept\n\nOutput\n  y  7 / (1 − 0.25) = 9.333\n",
        ),
        ((1, 3), 0, [[1, 2, 3, 4], [5, 6, 7, 8]], "u  0.01653 < 0.25: dropped\n\nOutput\n  y  0\n"),
        ((1, 2), 3, [[1, 2, 3, 4], [5, 6, -7, 8]], "  y  (−7) / (1 − 0.25) = −9.333\n"),
    ],
    ids=["kept", "dropped", "negative"],
)
def test_explain_gives_the_draw_and_the_scaling(
    cell: tuple[int, int], seed: int, data: Any, told: str, draw: Callable[..., str]
) -> None:
    assert told in draw(explain(work(data, rate=0.25, seed=seed), cell))


def test_explain_says_who_shares_a_draw(draw: Callable[..., str]) -> None:
    maps = work(
        np.ones((2, 2, 3)),
        per=("channel",),
        axes=(Axis("height"), Axis("width"), Axis("channel", ("red", "green", "blue"))),
    )
    told = draw(explain(maps, (0, 1, 2)))
    assert "Arithmetic  seed 0, one draw for channel blue\n" in told
    assert told.endswith("at height 0, width 1, channel blue")


def test_a_draw_near_the_rate_gets_the_digits_that_tell(draw: Callable[..., str]) -> None:
    u = work([1.0]).draw((0,))
    assert "u  0.85062 < 0.85063: dropped" in draw(explain(work([1.0], rate=u + 1e-6), (0,)))
    assert "u  0.8506 ≥ 0.8: kept" in draw(explain(work([1.0], rate=0.8), (0,)))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"rate": 0.0}, "Rate 0 drops nothing: the output is the input."),
        ({"rate": 1.0}, "Rate 1 drops everything: no number and no gradient passes."),
        ({"rate": 1.0}, "y 0, since no u is 1 or more"),
        ({"rate": 1.0, "masks": 2}, "over 2 masks, 1.581 from x"),
        ({"inference": True}, "In inference nothing is dropped and nothing scaled"),
        ({"per": ("column",)}, "draws one for each column, shared by all that lies along the other axes"),
        ({"per": ("column",)}, "dropped none"),
        ({"per": ("column",), "rate": 1.0}, "dropped 0, 1"),
    ],
)  # fmt: skip
def test_what_is_said_of_it(options: dict[str, Any], told: str, draw: Callable[..., str]) -> None:
    assert told in " ".join(draw(story(work([[1.0, 2]], **options))).split())


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({}, "dlcli dropout '1 2' --masks 1000"),
        ({"seed": 3, "rate": 0.25}, "dlcli dropout '1 2' --seed 3 --rate 0.25 --masks 1000"),
        ({"masks": 9, "per": ("column",)}, "dlcli dropout '1 2' --per column --explain 0,1"),
        ({"inference": True}, "dlcli dropout '1 2'"),
        ({"rate": 1.0}, "dlcli dropout '1 2' --rate 1.0 --explain 0,1"),
    ],
)
def test_the_next_line_runs(
    options: dict[str, Any], line: str, draw: Callable[..., str], shell: Callable[..., Any]
) -> None:
    told = draw(story(work([[1, 2]], attrs=LITERAL, **options)), 100)
    assert told.endswith("Try next\n  " + line)
    assert shell(line).code == 0


def test_other_shapes(draw: Callable[..., str]) -> None:
    for shape in ((), (5,), (100,), (40, 50, 3), (2, 3, 4, 5)):
        for width in (40, 80):
            assert "Notice" in draw(story(work(np.ones(shape), masks=2)), width)
    assert draw(explain(work(2.0), ())).endswith(("Dropped  4", "Dropped  0"))


def test_no_such_cell() -> None:
    with pytest.raises(WrongUsage, match="there is no cell 3 in the dropped: index 0 to 2"):
        explain(work([2.0, 1, 0.1]), (3,))


def test_markdown() -> None:
    assert "| masks | distance from x | expected |" in to_markdown(story(work([[1.0, 2]], masks=2)))
