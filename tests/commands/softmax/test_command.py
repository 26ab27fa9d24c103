"""``dlcli softmax``: by hand, along any axis, what is emitted, and words for what does not fit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import special

from dlcli.tensor import Axis, Tensor

PHOTO = Tensor(
    np.arange(24, dtype=np.uint8).reshape(2, 4, 3),
    (Axis("height"), Axis("width"), Axis("channel", ("red", "green", "blue"))),
    "photo",
    {"source": "photo.png"},
)


def test_by_hand(cli: Any) -> None:
    found = cli("softmax", "2 1 0.1").tensor
    total = math.exp(2) + math.exp(1) + math.exp(0.1)
    by_hand = [[math.exp(x) / total for x in (2, 1, 0.1)]]
    np.testing.assert_allclose(found.data, by_hand, rtol=1e-14)
    assert (found.name, found.data.dtype) == ("probabilities", np.float64)


@pytest.mark.parametrize(
    ("words", "axis"),
    [
        ((), 2),
        (("--axis", "channel"), 2),
        (("--axis", "-1"), 2),
        (("--axis", "height"), 0),
        (("--axis=1",), 1),
    ],
)
def test_any_axis_by_name_or_place(words: tuple[str, ...], axis: int, cli: Any) -> None:
    found = cli("softmax", *words, stdin=PHOTO).tensor
    np.testing.assert_allclose(found.data, special.softmax(PHOTO.data.astype(float), axis), rtol=1e-5)
    assert found.data.dtype == np.float32
    assert found.axes == PHOTO.axes
    assert found.attrs == {"source": "photo.png", "command": " ".join(["softmax", *words])}


def test_temperature(cli: Any) -> None:
    found = cli("softmax", "2 1 0.1", "--temperature", "3").tensor.data
    np.testing.assert_allclose(found[0], special.softmax(np.array([2, 1, 0.1]) / 3), rtol=1e-14)


def test_what_it_emits(cli: Any) -> None:
    for emit, by_hand in {
        "probabilities": [0.25, 0.75, 0],
        "log-probabilities": [math.log(0.25), math.log(0.75), -math.inf],
        "exponentials": [1 / 3, 1, 0],
    }.items():
        found = cli("softmax", f"0 {2 * math.log(3)} -inf", "--temperature", "2", "--emit", emit).tensor
        np.testing.assert_allclose(found.data[0], by_hand, rtol=1e-12)
        assert found.name == emit


def test_all_results_into_one_file(cli: Any) -> None:
    assert cli("softmax", "2 1 0.1", "-o", "all.npz").code == 0
    with np.load("all.npz") as file:
        assert {"exponentials", "log-probabilities", "probabilities"} == set(file)


def test_several_inputs_each_by_itself(cli: Any) -> None:
    first, second = cli("softmax", "1 1", "2; 3", "--axis", "0").tensors
    assert first.data.tolist() == [[1, 1]]
    np.testing.assert_allclose(second.data.sum(axis=0), 1)


BAD: dict[str, tuple[tuple[str, ...], Any, int, str]] = {
    "unknown axis": (("--axis", "chanel"), PHOTO, 2, "dlcli softmax: --axis chanel: there is no such axis: did you mean channel? the axes are height (0), width (1), channel (2)"),
    "axis too far": (("1 2", "--axis", "2"), b"", 2, "dlcli softmax: --axis 2: there is no such axis: the axes are row (0), column (1)"),
    "temperature 0": (("1 2", "--temperature", "0"), b"", 2, "dlcli softmax: invalid value for '--temperature': '0' is not a number above 0\nTry 'dlcli softmax --help'."),
    "temperature below 0": (("1 2", "--temperature", "-1"), b"", 2, "dlcli softmax: invalid value for '--temperature': '-1' is not a number above 0\nTry 'dlcli softmax --help'."),
    "temperature nan": (("1 2", "--temperature", "nan"), b"", 2, "dlcli softmax: invalid value for '--temperature': 'nan' is not a number above 0\nTry 'dlcli softmax --help'."),
    "temperature inf": (("1 2", "--temperature", "inf"), b"", 2, "dlcli softmax: invalid value for '--temperature': 'inf' is not a number above 0\nTry 'dlcli softmax --help'."),
    "temperature warm": (("1 2", "--temperature", "warm"), b"", 2, "dlcli softmax: invalid value for '--temperature': 'warm' is not a number above 0\nTry 'dlcli softmax --help'."),
    "complex": (("1j 2",), b"", 1, "dlcli softmax: literal: softmax is not defined for complex numbers; received complex128; try their sizes or real parts"),
    "empty": ((), Tensor(np.ones((0, 2)), name="maps"), 1, "dlcli softmax: softmax wants at least one axis, and none of them empty; received maps (row 0, column 2) float64"),
    "a single number": ((), Tensor(3.0, name="loss"), 1, "dlcli softmax: softmax wants at least one axis, and none of them empty; received loss () float64"),
    "cell outside": (("1 2", "--explain", "0,2", "-f", "plain"), b"", 2, "dlcli softmax: there is no cell 0,2 in the probabilities: row 0 to 0, column 0 to 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_ends_in_words(case: str, cli: Any) -> None:
    words, stdin, code, message = BAD[case]
    ended = cli("softmax", *words, stdin=stdin)
    assert (ended.code, ended.raw) == (code, b"")
    assert ended.err == message + "\n"


def test_the_environment_can_set_the_temperature(cli: Any) -> None:
    hot = cli("softmax", "2 1", variables={"DLCLI_SOFTMAX_TEMPERATURE": "1e9"}).tensor.data
    np.testing.assert_allclose(hot, 0.5, rtol=1e-8)
    ended = cli("softmax", "2 1", variables={"DLCLI_SOFTMAX_TEMPERATURE": "0"})
    assert ended.err == (
        "dlcli softmax: invalid value for '--temperature': '0' is not a number above 0 "
        "(from DLCLI_SOFTMAX_TEMPERATURE)\nTry 'dlcli softmax --help'.\n"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--emit", "log-probabilities"), ["log p[i] x[i] − max − log Σ exp(x[j] − max)",
                                           "log p[1] 1 − 2 − log(1.517) = −1 − 0.417 = −1.417",
                                           "Log-probabilities −1.417 at row 0, column 1"]),
        (("--emit", "log-probabilities", "--temperature", "3"),
         ["log p[1] (1 − 2) / 3 − log(2.247) = −0.3333 − 0.8098 = −1.143"]),
        (("--emit", "exponentials", "--temperature", "3"),
         ["Largest along column at row 0 max 2", "e[1] exp((1 − 2) / 3) = exp(−0.3333) = 0.7165",
          "Exponentials 0.7165 at row 0, column 1"]),
        (("--emit", "probabilities"), ["Probabilities 0.2424 at row 0, column 1"]),
        ((), ["Probabilities 0.2424 at row 0, column 1"]),
    ],
)  # fmt: skip
def test_it_explains_what_it_emits(words: tuple[str, ...], told: list[str], cli: Any) -> None:
    line = ("softmax", "2 1 0.1", *words)
    page = " ".join(cli(*line, "--explain", "0,1", "-f", "plain").out.split())
    for words_told in told:
        assert words_told in page
    value = cli(*line).tensor.data[0, 1]
    assert f" {value:.4g} at row 0, column 1".replace("-", "−") in page
