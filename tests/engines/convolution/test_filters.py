"""Filters by name: by hand, by what they do to tones, and beside SciPy's ``firwin`` and ``freqz``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.convolution.filters import FILTERS, is_filter, named_filter, response, windowed_sinc

SCIPY = np.load(Path(__file__).parents[2] / "data" / "filters.npz")
RATE = 8000
NAMES = ["low-pass:1000,31", "high-pass:500", "band-pass:300,3400,51", "band-stop:900,1100,45"]


@pytest.mark.parametrize("place", range(len(json.loads(str(SCIPY["firs"])))))
def test_as_firwin(place: int) -> None:
    np.testing.assert_allclose(named_filter(NAMES[place], RATE).array, SCIPY[f"fir{place}"], atol=1e-15)


def test_responses_as_freqz() -> None:
    size, at = response(SCIPY["fir0"])
    np.testing.assert_allclose(np.interp(SCIPY["at"], at, size), SCIPY["size"], atol=1e-12)
    assert (at[0], at[-1], len(at)) == (0, 0.5, 513)
    long = np.zeros(5000)
    long[-1] = 1
    np.testing.assert_allclose(response(long)[0], 1)


@pytest.mark.parametrize("name", NAMES)
def test_what_they_let_through_and_what_not(name: str) -> None:
    size, at = response(named_filter(name, RATE).array)
    kind, _, words = name.partition(":")
    ends = [float(word) for word in words.split(",") if float(word) > 200]
    hertz, margin = at * RATE, 3.3 / 2 * RATE / len(named_filter(name, RATE).array) + 80
    inside = {
        "low-pass": hertz < ends[0], "high-pass": hertz > ends[0],
        "band-pass": (hertz > ends[0]) & (hertz < ends[-1]), "band-stop": (hertz < ends[0]) | (hertz > ends[-1]),
    }[kind]  # fmt: skip
    far = np.all([np.abs(hertz - end) > margin for end in ends], axis=0)
    if kind != "band-stop":  # whose band is narrower than so few taps can part
        np.testing.assert_allclose(size[inside & far], 1, atol=0.02)
        assert size[~inside & far].max(initial=0) < 0.02
    assert size[np.abs(hertz - ends[0]).argmin()] == pytest.approx(
        0.5, abs=0.3 if kind == "band-stop" else 0.02
    )
    weights = named_filter(name, RATE).array
    np.testing.assert_array_equal(weights, weights[::-1])


def test_pre_emphasis_by_hand() -> None:
    assert named_filter("pre-emphasis", None).array.tolist() == [-0.97, 1]
    assert named_filter("pre-emphasis:0.5", RATE).array.tolist() == [-0.5, 1]
    size, _ = response(named_filter("pre-emphasis:0.5", RATE).array)
    assert (size[0], size[-1]) == (0.5, 1.5)


def test_low_and_high_add_up_to_everything() -> None:
    low, high = (windowed_sinc(201, [band]) for band in ((0, 0.3), (0.3, 1)))
    whole = low + high
    assert whole[100] == pytest.approx(1, abs=2e-3)
    assert np.abs(np.delete(whole, 100)).max() < 2e-3


def test_names() -> None:
    assert all(map(is_filter, [*FILTERS, *NAMES]))
    assert not is_filter("box:3")


@pytest.mark.parametrize(
    ("text", "rate", "message"),
    [
        ("low-pass", RATE, "HZ is missing (a number from 1e-06 to 1e+09): try low-pass:HZ[,N=101]"),
        ("low-pass:loud", RATE, "HZ is a number from 1e-06 to 1e+09; received 'loud': try low-pass:HZ[,N=101]"),
        ("low-pass:100,50", RATE, "N is an odd number from 3 to 9999; received '50': try low-pass:HZ[,N=101]"),
        ("low-pass:4000", RATE, "frequencies of a sound of 8000 samples a second end at 4000 Hz; received 4000"),
        ("low-pass:400", None, "it is in hertz, and nothing tells the sample rate of this sound"),
        ("band-pass:900,800", RATE, "LOW lies below HIGH; received 900 and 800"),
        ("band-pass:900", RATE, "HIGH is missing (a number from 1e-06 to 1e+09): try band-pass:LOW,HIGH[,N=101]"),
        ("pre-emphasis:1,2", RATE, "too many arguments in 'pre-emphasis:1,2': try pre-emphasis[:A=0.97]"),
        ("all-pass", RATE, "there is no filter 'all-pass': the filters are pre-emphasis, low-pass, high-pass, band-pass, band-stop"),
    ],
)  # fmt: skip
def test_what_does_not_fit(text: str, rate: float | None, message: str) -> None:
    with pytest.raises(EngineError) as refused:
        named_filter(text, rate)
    assert str(refused.value) == message


@pytest.mark.parametrize(("taps", "band"), [(4, (0, 0.5)), (0, (0, 0.5)), (5, (0.5, 0.5)), (5, (0, 1.1))])
def test_weights_that_cannot_be(taps: int, band: tuple[float, float]) -> None:
    with pytest.raises(EngineError):
        windowed_sinc(taps, [band])
