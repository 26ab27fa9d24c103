"""``dlcli predict`` of nets that give values: the error of a set, and what dropout makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

MODEL = {
    "input": [2],
    "loss": "mean-squared",
    "layer": [{"kind": "dropout", "rate": 0.5}, {"kind": "dense", "units": 1}],
}
TABLE = "a,y,b\n1,1.5,2\n0,0.5,1\n2,-1,3\n"


@pytest.fixture
def fitted(cli: Any, save: Any) -> None:
    """y = a + b in ``w.safetensors``, and a table of three rows."""
    weights = {"dense/kernel": np.ones((2, 1)), "dense/bias": np.zeros(1)}
    save(MODEL, classes=(), weights=weights)
    with open("t.csv", "w") as file:
        file.write(TABLE)


def story(cli: Any, *words: str) -> str:
    return " ".join(cli("predict", "w.safetensors", *words, "-f", "plain").out.split())


@pytest.mark.usefixtures("fitted")
def test_a_table_with_a_column_y_is_a_set_whose_error_is_measured(cli: Any) -> None:
    made = cli("predict", "w.safetensors", "t.csv").tensor
    assert made.data[:, 0].tolist() == [3, 1, 5]
    told = story(cli, "t.csv")
    # Differences 1.5, 0.5, 6; the variance of y is 19 / 18.
    assert "Error mean square 12.83 (root 3.582), mean absolute 2.667, R² −11.2" in told
    assert "row wanted output difference 2 −1 5 6 0 1.5 3 1.5" in told
    assert told.endswith("--explain 2,0")
    assert "Output 5; wanted was −1" in story(cli, "t.csv", "--explain", "2,0")
    assert "--explain takes ROW,VALUE of several rows, such as 2,0" in str(
        cli("predict", "w.safetensors", "t.csv", "--explain", "2", "-f", "plain").err
    )


@pytest.mark.usefixtures("fitted")
def test_a_table_that_came_by_pipe_too_and_one_of_the_right_width_is_rows(cli: Any) -> None:
    heads = Axis("column", ("a", "y", "b"))
    piped = Tensor(np.array([[1, 1.5, 2]]), (Axis("row"), heads), "table")
    assert cli("predict", "w.safetensors", stdin=piped).tensor.data.tolist() == [[3]]
    rows = Tensor(np.array([[1, 2.0]]), (Axis("row"), Axis("column", ("a", "y"))), "table")
    assert cli("predict", "w.safetensors", stdin=rows).tensor.data.tolist() == [[3]]


@pytest.mark.usefixtures("fitted")
def test_the_passes_with_dropout_are_told_of_one_input_and_of_many(cli: Any) -> None:
    told = story(cli, "t.csv", "--monte-carlo", "20")
    spread = cli("predict", "w.safetensors", "t.csv", "--monte-carlo", "20", "--emit", "spread").tensor
    assert spread.axis_names == ("row", "value")
    assert f"Dropout left on 20 passes: standard deviation {spread.data.mean():.3g} on average" in told
    alone = story(cli, "1 2", "--monte-carlo", "20")
    assert "Dropout left on 20 passes value mean standard deviation" in alone


def test_the_passes_over_a_labelled_set_tell_right_from_wrong(cli: Any, save: Any) -> None:
    layers = [{"kind": "dropout", "rate": 0.5}, {"kind": "dense", "units": 2}]
    save({"input": [3], "layer": layers}, classes=("0", "1"))
    x = np.random.default_rng(0).normal(size=(30, 3))
    y = np.arange(30) % 2
    np.savez("set.npz", x=x, y=y)
    words = ("predict", "w.safetensors", "set.npz", "--monte-carlo", "9")
    mean, spread = (cli(*words, "--emit", name).tensor.data for name in ("mean", "spread"))
    best = mean.argmax(axis=1)
    right, of_best = best == y, spread[np.arange(30), best]
    told = story(cli, *words[2:])
    assert f"9 passes: their mean is right for {right.sum()} of 30" in told
    found = told.split("on average ")[1].split()
    assert [found[i] for i in (0, 5)] == [f"{of_best[which].mean():.3g}" for which in (right, ~right)]


def test_a_column_y_of_words_has_the_classes(cli: Any, save: Any) -> None:
    save({"input": [2], "layer": [{"kind": "dense", "units": 2}]}, classes=("cat", "dog"))
    with open("words.csv", "w") as file:
        file.write("a,b,y\n1,2,dog\n2,1,cat\n")
    made = cli("predict", "w.safetensors", "words.csv", "--emit", "confusion").tensor
    assert made.data.sum() == 2
