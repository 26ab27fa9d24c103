"""The story of an activation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlcli.commands.activate.command import activated
from dlcli.commands.activate.story import explain, filled, story
from dlcli.engines.tensors.activations import ACTIVATIONS, activation
from dlcli.errors import WrongUsage
from dlcli.tensor import Axis, Tensor
from dlcli.views.text.markdown import to_markdown
from dlcli.words.line import Line


def work(name: str, data: Any, *, derivative: bool = False, **more: Any) -> Any:
    typed = (("--derivative",),) if derivative else ()
    made = activated(
        Tensor(np.array(data), **more),
        function=activation(name),
        derivative=derivative,
        line=Line("activate", typed),
    )
    return made.work


def words(view: Any, draw: Callable[..., str], width: int = 80) -> str:
    return " ".join(draw(view, width).split())


def test_a_small_matrix_stands_beside_what_became_of_it(draw: Callable[..., str]) -> None:
    told = draw(story(work("relu", [[1, -2], [0, 3]], attrs={"source": "literal"})))
    before, curve = told.split("Curve\n")
    assert before == (
        "Input  2 × 2 (row, column), int64, −2 to 3\n\n"
        "Relu\n  f(x)   max(0, x)\n  f′(x)  1 if x > 0 else 0\n\n"
    )
    assert curve.startswith("  a f(x)   b f′(x)\n")
    assert curve[curve.index("Activated") :] == (
        "Activated  2 × 2 (row, column), float64, 0 to 3\n"
        "  x              f(x)          f′(x)\n"
        "       column         column        column\n"
        "  row   0   1    row  0  1     row  0  1\n"
        "    0   1  −2      0  1  0       0  1  0\n"
        "    1   0   3      1  0  3       1  0  1\n\n"
        "Effect\n"
        "  set to 0  1 of 4 (25 %)\n"
        "  slope     0.5 on average: so much of a gradient passes\n\n"
        "Notice  Where relu gives 0 its slope is 0, too: no gradient passes, and a unit\n"
        "  that is never above 0 stops learning.\n\n"
        "Try next\n"
        "  dlcli activate relu '1 -2; 0 3' --explain 0,1"
    )


def test_with_derivative_that_is_the_result(draw: Callable[..., str]) -> None:
    told = words(story(work("sigmoid", [[0.0, 2]], derivative=True, attrs={"source": "literal"})), draw)
    assert "Derivative 1 × 2 (row, column), float64, 0.105 to 0.25" in told
    assert "Activated" not in told
    assert told.endswith("dlcli activate sigmoid '0 2' --derivative --explain 0,0")


@pytest.mark.parametrize("name", [*ACTIVATIONS, "leaky-relu:0", "leaky-relu:-7", "elu:0", "hard-sigmoid:0.2"])
@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize(
    "data",
    [
        np.linspace(-3, 3, 400).reshape(20, 20),
        np.linspace(-3, 3, 5),
        np.linspace(-3, 3, 500),
        np.linspace(-3, 3, 24).reshape(2, 3, 4),
        np.array(-2.0),
        np.array([[True, False]]),
        np.array([[np.nan, np.inf, -np.inf]]),
        np.array([[-1.7e308, 1.7e308]]),
        np.array([[-3e38, 3e38]], np.float32),
    ],
    ids=["map", "vector", "line", "three axes", "number", "truth", "special", "huge", "huge floats"],
)
def test_anything_can_be_told(name: str, width: int, data: Any, draw: Callable[..., str]) -> None:
    told = work(name, data)
    assert "Effect" in draw(story(told), width)
    assert "Arithmetic" in draw(explain(told, (0,) * data.ndim), width)


@pytest.mark.parametrize(
    ("name", "x", "lines"),
    [
        ("linear", -2.0, ["f(−2) −2", "f′(−2) 1"]),
        ("relu", -2.0, ["Arithmetic −2 is not above 0", "f(−2) max(0, −2) = 0", "f′(−2) 0 "]),
        ("relu", 3.0, ["Arithmetic 3 > 0", "f(3) max(0, 3) = 3", "f′(3) 1 "]),
        ("leaky-relu", -2.0, ["f(−2) 0.01·(−2) = −0.02", "f′(−2) 0.01 "]),
        ("leaky-relu", 2.0, ["f(2) 2 f′(2) 1 "]),
        ("prelu:-0.5", -2.0, ["f′(x) 1 if x > 0 else −0.5", "f(−2) (−0.5)·(−2) = 1 ", "f′(−2) −0.5 "]),
        ("hard-sigmoid", -2.0, ["f(−2) max(0, min(1, (−2)/6 + 1/2)) = 0.1667", "f′(−2) 1/6 if −3 < (−2) < 3 else 0 = 0.1667"]),
        ("elu:0.5", -1.0, ["f(−1) 0.5·(exp(−1) − 1) = 0.5·(0.3679 − 1) = −0.3161", "f′(−1) 0.5·exp(−1) = 0.5·0.3679 = 0.1839"]),
        ("selu", -1.0, ["1.7580993408473766·(0.3679 − 1) = −1.111", "1.7580993408473766·0.3679 = 0.6468"]),
        ("sigmoid", -2.0, ["f(−2) 1 / (1 + exp(−(−2))) = 1 / (1 + 7.389) = 0.1192",
                           "f′(−2) f(−2)·(1 − f(−2)) = 0.1192·(1 − 0.1192) = 0.105 "]),
        ("tanh", 1.0, ["f(1) (exp(1) − exp(−1)) / (exp(1) + exp(−1)) = (2.718 − 0.3679) / (2.718 + 0.3679) = 0.7616",
                       "f′(1) 1 − f(1)² = 1 − 0.7616² = 0.42 "]),
        ("tanh", -1.0, ["1 − (−0.7616)² = 0.42 "]),
        ("elu", -1.0, ["f(−1) exp(−1) − 1 = 0.3679 − 1 = −0.6321", "f′(−1) exp(−1) = 0.3679"]),
        ("elu", 1.0, ["f(1) 1 f′(1) 1"]),
        ("gelu", -1.0, ["f(−1) (−1)·P(−1) = (−1)·0.1587 = −0.1587",
                        "f′(−1) P(−1) + (−1)·p(−1) = 0.1587 + (−1)·0.242 = −0.08332"]),
        ("silu", -1.0, ["f(−1) (−1) / (1 + exp(−(−1))) = (−1) / (1 + 2.718) = −0.2689",
                        "f′(−1) f(−1) + (1 − f(−1)) / (1 + exp(−(−1))) = (−0.2689) + (1 − (−0.2689)) / (1 + 2.718) = 0.07233"]),
        ("silu", -1000.0, ["f(−1000) (−1000)·exp(−1000) / (1 + exp(−1000)) = (−1000)·0 / (1 + 0) = 0 "]),
        ("softplus", 1.0, ["f(1) log(1 + exp(1)) = log(1 + 2.718) = 1.313",
                           "f′(1) 1 / (1 + exp(−1)) = 1 / (1 + 0.3679) = 0.7311"]),
        ("sigmoid", -1000.0, ["f(−1000) exp(−1000) / (1 + exp(−1000)) = 0 / (1 + 0) = 0 "]),
        ("sigmoid", -720.0, ["= 2.032e−313 / (1 + 2.032e−313) = 2.032e−313 "]),
        ("sigmoid", 10.0, ["f(10)·(1 − f(10)) = 0.999955·(1 − 0.999955) = 4.54e−5 "]),
        ("sigmoid", 40.0, ["f′(40) exp(−40) / (1 + exp(−40))² = 4.248e−18 / (1 + 4.248e−18)² = 4.248e−18 "]),
        ("tanh", 1000.0, ["Arithmetic written so that no exp is too large and no digits are lost f(1000) (1 − exp(−2·1000)) / (1 + exp(−2·1000)) = (1 − 0) / (1 + 0) = 1 "]),
        ("tanh", -1000.0, ["= (0 − 1) / (0 + 1) = −1 "]),
        ("tanh", 10.0, ["f′(10) 4·exp(−2·10) / (1 + exp(−2·10))² = 4·2.061e−9 / (1 + 2.061e−9)² = 8.245e−9 "]),
        ("tanh", 0.0001, ["= (1.0001 − 0.9999) / (1.0001 + 0.9999) = 0.0001 "]),
        ("softplus", 1000.0, ["f(1000) 1000 + log(1 + exp(−1000)) = 1000 + log(1 + 0) = 1000 "]),
        ("softplus", math.inf, ["f(inf) log(1 + exp(inf)) = log(1 + inf) = inf "]),
        ("elu", -1e-9, ["exp(−1e−9) − 1 = 0.999999999 − 1 = −1e−9 "]),
        ("elu", -1e-20, ["exp(−1e−20) − 1 = −1e−20 "]),
        ("elu", math.nan, ["f(nan) exp(nan) − 1 = nan − 1 = nan"]),
    ],
)  # fmt: skip
def test_explain_fills_the_number_in(name: str, x: float, lines: list[str], draw: Callable[..., str]) -> None:
    told = words(explain(work(name, [[1.0, x]]), (0, 1)), draw, 200)
    for line in lines:
        assert line in told
    assert told.endswith("at row 0, column 1")


def test_few_digits_and_small_kinds_of_number_are_true_too(draw: Callable[..., str]) -> None:
    told = words(explain(work("sigmoid", [[3.0]]), (0, 0), precision=1), draw)
    assert "f′(3) f(3)·(1 − f(3)) = 0.953·(1 − 0.953) = 0.05 " in told
    told = words(explain(work("elu", np.array([[-100.0]], np.float32)), (0, 0)), draw)
    assert "f′(−100) exp(−100) = 3.8e−44 Activated" in told


def test_with_derivative_that_is_what_is_explained(draw: Callable[..., str]) -> None:
    told = draw(explain(work("relu", [[3.0]], derivative=True), (0, 0)))
    assert told.endswith("Derivative  1, activated 3 at row 0, column 0")


def test_an_x_in_a_word_is_none() -> None:
    assert filled("max(0, x)·exp(x)", 5.0, {}, 7.0, 4)[0] == "max(0, 5)·exp(5)"


MAP = [[-1.0, 1, 0], [-2, 2, 0], [-3, -5, 0]]


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("relu", MAP, "set to 0 4 of 9 (44.4 %)"),
        ("relu", MAP, "dead units 2 of 3 (unit a, c): slope 0 everywhere"),
        ("sigmoid", [[-9.0, 0, 9]], "saturated 2 of 3 (66.7 %), slope below 0.01"),
        ("tanh", [[-3.0, 0, 9]], "saturated 2 of 3 (66.7 %), slope below 0.01"),
        ("elu", [[-9.0, 0, 9]], "flat 1 of 3 (33.3 %), slope below 0.01"),
        ("linear", [[-9.0, 0, 9]], "Effect slope 1 on average: so much of a gradient passes"),
        ("relu", [[1.0, 0, 9]], "No number is below 0: relu changes nothing here."),
        ("relu", [[np.nan, np.inf, 1]], "not finite 2 of 3 (66.7 %)"),
    ],
)
def test_what_it_did(name: str, data: Any, told: str, draw: Callable[..., str]) -> None:
    axes = (Axis("example"), Axis("unit", ("a", "b", "c")))
    assert told in words(story(work(name, data, axes=axes)), draw)


def test_no_unit_is_dead_that_is_not(draw: Callable[..., str]) -> None:
    for name, data in (
        ("relu", [[1.0], [-1]]),
        ("leaky-relu", MAP),
        ("relu", [[-1.0, -2]]),
        ("relu", [-1.0]),
    ):
        assert "dead" not in words(story(work(name, data)), draw)


def test_many_dead_units_are_not_all_named(draw: Callable[..., str]) -> None:
    assert "dead units 30 of 30 (column 0, 1, 2, 3, …)" in words(
        story(work("relu", np.full((20, 30), -1.0))), draw
    )


def test_a_large_map_is_seen_before_and_after(draw: Callable[..., str]) -> None:
    told = draw(story(work("tanh", np.linspace(-3, 3, 1200).reshape(30, 40))), 80)
    assert "→" in told
    assert "\n  input " in told


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ([[5, -2], [0, 3]], "dlcli activate elu '5 -2; 0 3' --explain 0,1"),
        ([[5, -2], [np.nan, 3]], "… | dlcli activate elu --explain 0,1"),
        ([[np.nan, np.inf]], "… | dlcli show"),
    ],
)
def test_the_next_line_runs(data: Any, line: str, draw: Callable[..., str], shell: Any) -> None:
    told = draw(story(work("elu", data, attrs={"source": "literal"})))
    assert told.endswith("Try next\n  " + line)
    assert "…" in line or shell(line).code == 0


def test_no_such_cell() -> None:
    with pytest.raises(WrongUsage, match="there is no cell 0,2 in the activated: row 0 to 0, column 0 to 1"):
        explain(work("relu", [[1, 2]]), (0, 2))


def test_markdown() -> None:
    told = to_markdown(story(work("relu", [[1, -2]])))
    assert "- f(x): `max(0, x)`\n- f′(x): `1 if x > 0 else 0`" in told
    assert "| set to 0 | 1 of 2 (50 %) |" in told
