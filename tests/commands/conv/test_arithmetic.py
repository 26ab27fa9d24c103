"""The arithmetic of a cell: the products that are listed, the padding, and what happens when it is narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlcli.commands.conv.arithmetic import Arithmetic
from dlcli.engines.base.padding import geometry
from dlcli.engines.convolution.terms import CellTerms, conv_terms
from dlcli.tensor import Axis

X = np.array([[23.0, 255, 40], [21, 34, 200]])[..., None]
W = np.array([[0.9, 1.1], [-2.8, 0.8]])[..., None]


def terms(x: np.ndarray = X, w: np.ndarray = W, cell: tuple[int, int] = (0, 0), **options: Any) -> CellTerms:
    bias = options.pop("bias", 0.15)
    return conv_terms(x, w, bias, geometry(x.shape[:2], w.shape[:2], **options), cell)


def test_the_products_add_up(draw: Callable[..., str]) -> None:
    assert draw(Arithmetic(terms(), result=terms().before)).split("\n") == [
        "input  value  weight   product",
        "0, 0      23 ×    0.9 =   20.70",
        "0, 1     255 ×    1.1 =  280.50",
        "1, 0      21 ×   −2.8 =  −58.80",
        "1, 1      34 ×    0.8 =   27.20",
        "                        ───────",
        "                   sum   269.60",
        "                + bias     0.15",
        "                        ───────",
        "                result   269.75",
    ]


def test_an_activation_and_a_result_of_lower_precision_have_a_name(draw: Callable[..., str]) -> None:
    lines = draw(Arithmetic(terms(w=-W), result=0.0, activation="relu")).split("\n")
    assert lines[-1].split() == ["relu(−269.45)", "0.00"]
    third = terms(np.full((1, 1, 1), 1 / 3), np.full((1, 1, 1), 1.0), bias=0.0)
    told = draw(Arithmetic(third, result=np.float32(1 / 3), precision=12))
    assert told.split("\n")[-1].split()[:3] == ["result", "in", "float32"]


def test_what_an_activation_makes_of_a_large_sum_keeps_its_digits(draw: Callable[..., str]) -> None:
    nine = terms(np.full((1, 1, 1), 3.0), np.full((1, 1, 1), 3.0), bias=0.0)
    told = draw(Arithmetic(nine, result=1 / (1 + np.exp(-9)), activation="sigmoid"))
    assert [line.rstrip() for line in told.split("\n")] == [
        "input  value  weight   product",
        "0, 0       3 ×      3 =  9",
        "                        ───────",
        "                   sum   9",
        "                + bias   0",
        "                        ───────",
        "            sigmoid(9)   0.9999",
    ]
    lines = draw(Arithmetic(nine, result=1.234e-12, activation="sigmoid")).split("\n")
    assert lines[-1].split() == ["sigmoid(9)", "1.234e−12"]


@pytest.mark.parametrize(
    ("mode", "place"), [("zeros", "padding"), ("edge", "padding (0, 0)"), ("wrap", "padding (1, 2)")]
)
def test_padding_is_named_with_the_number_that_was_repeated(
    mode: str, place: str, draw: Callable[..., str]
) -> None:
    told = terms(padding=1, pad_mode=mode)
    assert draw(Arithmetic(told, result=told.before)).split("\n")[1].startswith(f"{place} ")


def test_a_channel_is_named(draw: Callable[..., str]) -> None:
    photo = np.arange(12.0).reshape(2, 2, 3)
    told = terms(photo, np.ones((1, 1, 3)))
    colours = Axis("channel", ("red", "green", "\x1b[31mblue"))
    lines = draw(Arithmetic(told, result=3.15, channel=colours)).split("\n")
    assert [line.split(" ×")[0] for line in lines[1:4]] == [
        "0, 0, red            0",
        "0, 0, green          1",
        "0, 0, ␛[31mblue      2",
    ]


def test_of_many_products_the_largest_are_listed_and_the_sum_is_of_all(draw: Callable[..., str]) -> None:
    x, w = np.arange(36.0).reshape(6, 6, 1), np.ones((6, 6, 1))
    told = terms(x, w, bias=0.0)
    lines = draw(Arithmetic(told, result=told.before)).split("\n")
    assert [line.split(" ×")[0].split()[-1] for line in lines[1:13]] == [str(n) for n in range(24, 36)]
    assert lines[13].split() == ["24", "other", "terms", "276"]
    assert lines[15].split() == ["sum", "630"]


def test_only_what_adds_to_the_sum_is_coloured(paint: Callable[..., Any]) -> None:
    told = terms(w=np.array([[0.0, 1], [-1, 0]])[..., None])
    grounds = [{ground for _, (_, ground) in line} - {None} for line in paint(Arithmetic(told, result=1.0))]
    assert [len(ground) for ground in grounds[1:5]] == [0, 1, 1, 0]
    assert grounds[2] != grounds[3]


@pytest.mark.parametrize("complex_", [False, True])
def test_it_fits_40_columns(complex_: bool, draw: Callable[..., str]) -> None:
    x = X * (1.25 - 2.5j) if complex_ else X
    told = terms(x, w=W / 3, padding=1, pad_mode="edge")
    draw(Arithmetic(told, result=told.before), 40)


def test_markdown_is_a_table() -> None:
    lines = Arithmetic(terms(), result=terms().before).markdown().split("\n")
    assert lines[:3] == [
        "| input | value | weight | product |",
        "| --- | ---: | ---: | ---: |",
        "| 0, 0 | 23 | 0.9 | 20.70 |",
    ]
    assert lines[-1] == "| result |  |  | 269.75 |"
