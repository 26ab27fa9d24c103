"""Spectra in decibels, in every command that draws them, and as picture files: upright and not black."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.tensor import Axis, Tensor
from dlcli.views.charts.spectrogram import in_decibels, is_spectrum, mel_marks
from dlcli.views.pictures.tone import BRIGHTNESS
from dlcli.words.axes import hertz_of

RATE = 8000
TIME = Axis("time", start=0.0, step=1 / RATE, unit="s")
#: Most of its power is below 500 Hz: the lower half of a picture is the brighter one.
LOW = Tensor(
    np.sin(2 * np.pi * 375 * np.arange(8000) / RATE) + 1e-3 * np.random.default_rng(0).standard_normal(8000),
    (TIME,), "low", {"sample_rate": RATE},
)  # fmt: skip
FRAMES = Axis("frequency", start=0.0, step=125.0, unit="Hz"), Axis("frame", start=0.0, step=0.1, unit="s")
SIZES = ("spectrum", "magnitude", "power", "mel")
LINES = {
    "show": ("show",),
    "show --view heat": ("show", "--view", "heat"),
    "conv": ("conv", "-k", "1", "--padding", "same"),
    "pool": ("pool", "--kind", "avg", "--size", "1"),
    "tensor": ("tensor", "--index", ":,0:40"),
}


@pytest.mark.parametrize(
    ("quantity", "worth"), [("magnitude", 20), ("spectrum", 20), ("power", 10), ("mel", 10)]
)
def test_decibels_are_ten_times_the_logarithm_of_powers(quantity: str, worth: int) -> None:
    """As 10 log10(p / max p) by hand, and ``librosa.power_to_db(p, ref=np.max, top_db=80)``."""
    size = np.array([[1.0, 0.1], [0.0, 0.5]]) * (1 if quantity != "spectrum" else 1j)
    found = in_decibels(Tensor(size, FRAMES, attrs={"quantity": quantity}))
    np.testing.assert_allclose(found.data, [[0, -worth], [-80, worth * np.log10(0.5)]], atol=1e-12)
    assert not is_spectrum(found)
    assert found.attrs["quantity"] == "db"


def test_what_is_no_spectrum_is_left_as_it_is() -> None:
    assert not is_spectrum(Tensor(np.ones((3, 4)), FRAMES))
    assert not is_spectrum(Tensor(-np.ones((3, 4)), FRAMES, attrs={"quantity": "magnitude"}))
    assert not is_spectrum(Tensor(np.ones((3, 4)), FRAMES, attrs={"quantity": "phase"}))
    assert not is_spectrum(Tensor(np.ones((3, 4)), attrs={"quantity": "magnitude"}))


def test_mels_are_marked_in_hertz() -> None:
    assert hertz_of(Axis("mel", ("a", "b"))) is None
    assert hertz_of(Axis("unit", ("74 Hz",))) is None
    assert mel_marks(np.array([0.0, 1.0])) == {}


@pytest.mark.parametrize("emit", SIZES)
@pytest.mark.parametrize("line", LINES)
def test_every_command_draws_a_spectrum_in_decibels_with_hertz_and_seconds(
    line: str, emit: str, cli: Any
) -> None:
    spectrum = cli("stft", "--frame", "128", "--emit", emit, stdin=LOW).tensor
    told = cli(*LINES[line], "-f", "plain", "--width", "80", stdin=spectrum).out
    picture = told[told.rindex("decibels below the largest\n") :]
    assert ("  mel (Hz)\n" if emit == "mel" else "  frequency (Hz)\n") in picture
    assert " frame (s)\n" in picture
    assert "−80 |" in picture
    rows = [row.partition("│")[2] or row.partition("┤")[2] for row in picture.split("\n")]
    rows = [row for row in rows if row.strip()]
    assert max(rows, key=lambda row: sum(map(BRIGHTNESS.find, row))) in rows[len(rows) // 2 :]  # a low tone


@pytest.mark.parametrize(
    "words", [(), ("--frequencies", "log"), ("--frequencies", "mel"), ("--scale", "view")]
)
@pytest.mark.parametrize("emit", [*SIZES, "db"])
def test_a_picture_file_is_upright_and_not_black(emit: str, words: tuple[str, ...], cli: Any) -> None:
    ended = cli("stft", "--frame", "128", "--emit", emit, *words, "-o", "s.png", stdin=LOW)
    assert ended.code == 0
    shown = np.asarray(Image.open("s.png").convert("L"), float)
    half = len(shown) // 2
    assert shown[half:].mean() > shown[:half].mean() + 5
    assert shown.max() > 150
    assert np.unique(shown).size > 20
    brightest = 1 - int(shown.mean(axis=1).argmax()) / len(shown)  # from the bottom up, of the height
    if emit != "mel":
        place = {"log": np.log(375 / 62.5) / np.log(64), "mel": 0.175}.get((words or ("", ""))[1], 375 / 4000)
        assert brightest == pytest.approx(place, abs=0.06)


@pytest.mark.parametrize("scale", ["minmax", "clip", "symmetric"])
def test_shades_that_were_asked_for_are_upright_too(scale: str, cli: Any) -> None:
    cli("stft", "--frame", "128", "--emit", "power", "--scale", scale, "-o", "s.png", stdin=LOW)
    shown = np.asarray(Image.open("s.png"), float)
    assert shown.ndim == 2
    assert shown.mean(axis=1).argmax() == len(shown) - 1 - 6


def test_a_picture_file_says_how_numbers_became_colours(cli: Any) -> None:
    ended = cli("stft", "--frame", "128", "--emit", "magnitude", "-o", "s.png", stdin=LOW)
    assert ended.err == (
        "dlcli: s.png: decibels below the largest, down to −80, in the colours of --scale view, "
        "low frequencies at the bottom\n"
    )


@pytest.mark.parametrize("emit", [*SIZES, "db"])
def test_a_spectrum_that_lies_on_its_side_is_turned_by_the_names_of_its_axes(emit: str, cli: Any) -> None:
    upright = cli("stft", "--frame", "128", "--emit", emit, stdin=LOW).tensor
    ended = cli("tensor", "--transpose", "1,0", "-o", "turned.png", stdin=upright)
    first = upright.axis_names[0]
    assert ended.err.startswith(f"dlcli: turned.png: turned to ({first}, frame), decibels")
    cli("tensor", "--index", ":,:", "-o", "upright.png", stdin=upright)
    with Image.open("turned.png") as turned, Image.open("upright.png") as expected:
        np.testing.assert_array_equal(np.asarray(turned), np.asarray(expected))
    cli("tensor", "--transpose", "1,0", "-o", "view.png", "--scale", "view", stdin=upright)
    with Image.open("turned.png") as turned, Image.open("view.png") as expected:
        np.testing.assert_array_equal(np.asarray(turned), np.asarray(expected))
    across = cli("tensor", "--transpose", "1,0", stdin=upright).tensor
    for words in ((), ("--view", "heat")):
        told = cli("show", *words, "-f", "plain", stdin=across).out.partition("Looks\n")[2]
        wanted = cli("show", *words, "-f", "plain", stdin=upright).out.partition("Looks\n")[2]
        end = wanted.index("frame (s)")
        assert told.startswith("  turned by the names of its axes\n" + wanted[:end])


def test_shades_that_were_asked_for_are_turned_and_it_is_said(cli: Any) -> None:
    spectrum = cli("stft", "--frame", "128", "--emit", "power", stdin=LOW).tensor
    ended = cli("tensor", "--transpose", "1,0", "--scale", "minmax", "-o", "s.png", stdin=spectrum)
    assert ended.err.startswith("dlcli: s.png: turned to (frequency, frame); minmax: ")
    with Image.open("s.png") as shown:
        assert np.asarray(shown, float).mean(axis=1).argmax() == spectrum.shape[0] - 1 - 6


def test_frequencies_beside_another_axis_are_in_decibels_too(cli: Any) -> None:
    axes = Axis("token"), FRAMES[0]
    powers = Tensor(np.random.default_rng(0).random((2, 65)) ** 20, axes, attrs={"quantity": "power"})
    ended = cli("tensor", "--index", ":,:", "-o", "s.png", stdin=powers)
    assert ended.err == (
        "dlcli: s.png: decibels below the largest, down to −80, in the colours of --scale view\n"
    )
    assert "decibels below the largest" in cli("show", "-f", "plain", stdin=powers).out
