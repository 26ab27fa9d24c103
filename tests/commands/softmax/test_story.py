"""The story of a softmax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlcli.commands.softmax.command import Options, turned
from dlcli.commands.softmax.story import explain, story
from dlcli.errors import WrongUsage
from dlcli.tensor import Axis, Tensor
from dlcli.views.text.markdown import to_markdown
from dlcli.words.line import Line

WORDS = Axis("word", ("the", "cat", "sat"))


def work(data: Any, axis: str = "-1", temperature: float = 1.0, **more: Any) -> Any:
    options = Options(axis=axis, temperature=temperature)
    typed = [("--axis", axis)] * (axis != "-1") + [("--temperature", repr(temperature))] * (temperature != 1)
    return turned(Tensor(np.array(data), **more), options=options, line=Line("softmax", tuple(typed))).work


def lines(view: Any, draw: Callable[..., str], width: int = 80) -> list[str]:
    return draw(view, width).split("\n")


def test_a_vector_is_a_table_from_score_to_share(draw: Callable[..., str]) -> None:
    told = draw(story(work([2.0, 1, 0.1], axes=(WORDS,), attrs={"source": "scores.npy"})))
    assert told == (
        "Input  scores.npy, 3 (word), float64, 0.1 to 2\n"
        "\n"
        "Softmax  i and j along word\n"
        "  p[i]  exp(x[i] − max) / Σ exp(x[j] − max) = exp(x[i] − 2) / 1.517\n"
        "\n"
        "Probabilities  3 (word), float64, 0.09857 to 0.659\n"
        "  word    x  x − max    exp  probability\n"
        "  the   2.0      0.0  1.000        0.659  ███████████████▉\n"
        "  cat   1.0     −1.0  0.368        0.242  █████▉\n"
        "  sat   0.1     −1.9  0.150        0.099  ██▍\n"
        "                      ─────  ───────────\n"
        "  sum                 1.517        1.000\n"
        "\n"
        "Largest  0.659 at word the\n"
        "Evenness  entropy 1.222 bits of at most 1.585: as uncertain as 2.332 of 3\n"
        "  places alike\n"
        "Notice  The shift by max changes no share, and no exponential can overflow.\n"
        "  The order stays; a temperature above 1 makes the shares more even, below 1\n"
        "  sharper.\n"
        "\n"
        "Try next\n"
        "  dlcli softmax scores.npy --temperature 3"
    )


def test_a_matrix_has_its_sums_beside_it(draw: Callable[..., str]) -> None:
    told = draw(story(work([[0, 0], [0, np.log(3)]])))
    assert "  row     0     1     Σ\n    0  0.50  0.50  1.00\n    1  0.25  0.75  1.00\n" in told
    told = draw(story(work([[0, 0], [0, np.log(3)]], axis="row")))
    assert "    0  0.50  0.25\n    1  0.50  0.75\n    Σ  1.00  1.00\n" in told


def test_a_long_vector_lists_the_largest_and_sums_up_the_others(draw: Callable[..., str]) -> None:
    told = draw(story(work(np.arange(100.0) / 10)))
    assert (
        "\n  index        x  x − max    exp  probability\n  88         8.8     −1.1   0.33        0.032  ▊\n"
        in told
    )
    assert (
        "\n  88 others                 3.16        0.301\n  sum                      10.51        1.000\n"
        in told
    )
    assert "⠤" in told


def test_explain_gives_the_quotient_and_points_at_the_cell(draw: Callable[..., str]) -> None:
    told = draw(explain(work([[5, 5, 5], [2.0, 1, 0.1]], temperature=3, axes=(Axis("row"), WORDS)), (1, 1)))
    assert "  p[i]  exp((x[i] − max) / 3) / Σ exp((x[j] − max) / 3)\n" in told
    assert "Arithmetic  along word at row 1\n    word    x  (x − max) / 3    exp  probability\n" in told
    assert "  ▸ cat   1.0        −0.3333  0.717        0.319  ███████▋\n" in told
    assert "  p[1]  exp((1 − 2) / 3) / 2.247 = 0.7165 / 2.247 = 0.3188\n" in told
    assert told.endswith("Probabilities  0.3188 at row 1, word cat")


def test_the_cell_is_listed_however_small_it_is(draw: Callable[..., str]) -> None:
    told = draw(explain(work(np.arange(100.0) / 10), (3,)))
    assert "  ▸ 3 " in told
    assert "87 others" in told


def test_a_negative_maximum_is_added(draw: Callable[..., str]) -> None:
    assert "exp(x[i] + 2) / 1.368" in draw(story(work([-2.0, -3])))


@pytest.mark.parametrize(
    ("data", "more", "told"),
    [
        ([1000.0, 1], {}, "Without the shift by max, exp(1000) would be more than float64 holds: inf / inf is nan."),
        ([800.0, 1], {"temperature": 4.0}, "The shift by max changes no share, and no exponential can overflow."),
        ([1.0, 2], {"temperature": 4.0}, "Divided by temperature 4 the scores give more even shares than at 1; the order stays."),
        ([1.0, 2], {"temperature": 0.5}, "Divided by temperature 0.5 the scores give sharper shares than at 1; the order stays."),
        ([1.0, -np.inf], {}, "exp(−inf) is 0: 1 score of −inf gets no probability."),
        ([[1.0, -np.inf], [-np.inf, -np.inf]], {}, "1 of 2 slices has no probabilities (nan): NaN or inf is in it, or nothing but −inf."),
        ([-np.inf, -np.inf], {}, "Evenness unknown: no slice has probabilities"),
        ([[1.0], [2]], {}, "One place alone has probability 1, whatever its score."),
        ([[1.0, 1], [1, 1]], {}, "Evenness entropy 1 bits of at most 1: as uncertain as 2 of 2 places alike"),
        ([[1.0, 1], [1, 1e4]], {}, "Evenness entropy 0 to 1 bits of at most 1, on average 0.5: as uncertain as 1.414 of 2 places alike"),
    ],
)  # fmt: skip
def test_what_is_said_of_it(data: Any, more: dict[str, Any], told: str, draw: Callable[..., str]) -> None:
    assert told in " ".join(draw(story(work(data, **more))).split())


@pytest.mark.parametrize(
    ("data", "more", "line"),
    [
        ([[2, 1]], {}, "dlcli softmax '2 1' --temperature 3"),
        ([[2, 1]], {"temperature": 0.5}, "dlcli softmax '2 1' --temperature 0.5 --explain 0,0"),
        ([[2, 1], [0, 5]], {"axis": "row"}, "dlcli softmax '2 1; 0 5' --axis row --temperature 3"),
        ([[2], [1]], {}, "dlcli softmax '2; 1' --axis 0"),
        ([[-2, 1]], {}, "dlcli softmax '-2 1' --temperature 3"),
        ([[np.inf, 1]], {}, "… | dlcli softmax --temperature 3"),
    ],
)
def test_the_next_line_runs(
    data: Any, more: dict[str, Any], line: str, draw: Callable[..., str], shell: Callable[..., Any]
) -> None:
    told = draw(story(work(data, attrs={"source": "literal"}, **more)), 100)
    assert told.endswith("Try next\n  " + line)
    assert "…" in line or shell(line).code == 0


def test_pictures_and_several_axes(draw: Callable[..., str]) -> None:
    rng = np.random.default_rng(0)
    for shape in ((40, 50, 3), (2, 3, 4, 5), (30, 40)):
        for width in (40, 80):
            assert "Evenness" in draw(story(work(rng.normal(size=shape))), width)


def test_no_such_cell() -> None:
    with pytest.raises(WrongUsage, match="there is no cell 3 in the probabilities: word 0 to 2"):
        explain(work([2.0, 1, 0.1], axes=(WORDS,)), (3,))


def test_markdown() -> None:
    told = to_markdown(story(work([2.0, 1, 0.1], axes=(WORDS,))))
    assert "- p\\[i\\]: `exp(x[i] − max) / Σ exp(x[j] − max) = exp(x[i] − 2) / 1.517`" in told
    assert "| the | 2.0 | 0.0 | 1.000 | 0.659 |" in told
