"""``dlcli conv`` over sounds: as SciPy's and librosa's filters, paddings, channels, blocks, stories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from dlcli.tensor import Axis, Tensor

SCIPY = np.load(Path(__file__).parents[2] / "data" / "filters.npz")
RATE = 8000
TIME = Axis("time", start=0.0, step=1 / RATE, unit="s")
BOTH = Tensor(SCIPY["x"], (TIME, Axis("channel", ("left", "right"))), "audio", {"sample_rate": RATE})
ONE = Tensor(SCIPY["x"][:, 0], (TIME,), "audio", {"sample_rate": RATE})
NAMES = ["low-pass:1000,31", "high-pass:500", "band-pass:300,3400,51", "band-stop:900,1100,45"]


@pytest.mark.parametrize("place", range(4))
def test_named_filters_as_scipys(place: int, cli: Any) -> None:
    found = cli("conv", "-k", NAMES[place], stdin=BOTH).tensor
    np.testing.assert_allclose(found.data, SCIPY[f"y{place}"], atol=1e-12)
    assert (found.axes, found.name, found.attrs["sample_rate"]) == (BOTH.axes, "audio", RATE)
    np.testing.assert_allclose(
        cli("conv", "-k", NAMES[place], stdin=ONE).tensor.data, SCIPY[f"y{place}"][:, 0], atol=1e-12
    )


def test_typed_weights_meet_samples_in_their_order(cli: Any) -> None:
    for words in (("0.5 -2 1",), ("0.5; -2; 1",), ("1 -2 0.5", "--flip")):
        np.testing.assert_allclose(
            cli("conv", "-k", *words, stdin=BOTH).tensor.data, SCIPY["ramp"], atol=1e-12
        )
    for word in ("-0.95 1", "pre-emphasis:0.95"):
        found = cli("conv", "-k", word, stdin=BOTH).tensor.data
        np.testing.assert_allclose(found, SCIPY["preemphasis"], atol=1e-12)


@pytest.mark.parametrize("mode", ["same", "valid", "full", "3"])
def test_paddings_as_numpys(mode: str, cli: Any) -> None:
    weights = np.array([0.5, -2, 1, 3, 0.25])
    x = ONE.data if mode != "3" else np.pad(ONE.data, 3)
    found = cli("conv", "-k", "0.5 -2 1 3 0.25", "--padding", mode, stdin=ONE).tensor
    expected = np.convolve(x, weights[::-1], "valid" if mode == "3" else mode)
    np.testing.assert_allclose(found.data, expected, atol=1e-12)
    start = {"same": 0, "valid": 2, "full": -2, "3": -1}[mode]
    assert found.axes[0].start == pytest.approx(start / RATE)


def test_bias_activation_stride_and_dilation(cli: Any) -> None:
    x = ONE.data
    found = cli("conv", "-k", "1 2", "--bias", "0.5", "--activation", "relu", stdin=ONE).tensor.data
    causal = 2 * x + np.concatenate([[0], x[:-1]])
    np.testing.assert_allclose(found, np.maximum(0, causal + 0.5))
    found = cli("conv", "-k", "1 2", "--stride", "3", stdin=ONE).tensor
    np.testing.assert_allclose(found.data, causal[::3])
    assert (found.attrs["sample_rate"], found.axes[0]) == (
        RATE / 3,
        Axis("time", start=0.0, step=3 / RATE, unit="s"),
    )
    found = cli("conv", "-k", "1 2", "--dilation", "4", stdin=ONE).tensor.data
    np.testing.assert_allclose(found, 2 * x + np.concatenate([[0] * 4, x[:-4]]))
    found = cli("conv", "-k", "1 2", "--padding", "causal", "--pad-mode", "edge", stdin=ONE).tensor.data
    np.testing.assert_allclose(found[:2], [3 * x[0], 2 * x[1] + x[0]])
    assert cli("conv", "-k", "1 2", stdin=ONE, variables={"DLCLI_CONV_PADDING": "full"}).tensor.shape == (
        301,
    )


def test_several_filters_are_several_channels(cli: Any) -> None:
    two = ("-k", "low-pass:1000,31", "-k", "high-pass:1000,31")
    found = cli("conv", *two, stdin=ONE).tensor
    assert found.axes[1] == Axis("channel", ("low-pass:1000,31", "high-pass:1000,31"))
    np.testing.assert_allclose(found.data[:, 0], SCIPY["y0"][:, 0], atol=1e-12)
    found = cli("conv", *two, stdin=BOTH).tensor
    assert found.axes[1].labels[1:3] == ("left high-pass:1000,31", "right low-pass:1000,31")
    np.testing.assert_allclose(found.data[:, 2], SCIPY["y0"][:, 1], atol=1e-12)
    told = cli("conv", *two, "-f", "plain", stdin=BOTH)
    assert told.code == 0
    assert "low-pass:1000,31, high-pass:1000,31\n" in told.out


def test_a_sound_file_stays_one(cli: Any) -> None:
    quiet = SCIPY["x"] / 4  # a file clips what is beyond 1
    soundfile.write("x.wav", quiet, RATE, "FLOAT")
    assert cli("conv", "x.wav", "-k", "pre-emphasis", "-o", "y.wav").code == 0
    y, rate = soundfile.read("y.wav")
    assert (y.shape, rate) == ((300, 2), RATE)
    exact = quiet - 0.97 * np.concatenate([np.zeros((1, 2)), quiet[:-1]])
    np.testing.assert_allclose(y, exact, atol=1e-6)
    spectrum = cli("stft", "--frame", "64", stdin=cli("conv", "x.wav", "-k", "pre-emphasis").raw).tensor
    assert spectrum.axes[0].unit == "Hz"


def test_whole_numbers_one_sample_and_no_rate(cli: Any) -> None:
    assert cli("conv", "-k", "1 1", stdin=Tensor(np.arange(4, dtype=np.int16))).tensor.data.tolist() == [
        0,
        1,
        3,
        5,
    ]
    assert cli("conv", "-k", "1 1 1", stdin=Tensor([7.0])).tensor.data.tolist() == [7]
    for x in (Tensor([7.0]), Tensor(np.zeros(50)), Tensor(np.arange(5))):
        told = cli("conv", "-k", "-0.5 1", "-f", "plain", stdin=x)
        assert (told.code, "nan" in told.out) == (0, False)


def test_blocks_are_filtered_as_the_whole(cli: Any) -> None:
    spectra = cli("stft", "sample:chirp", "--frame", "256", "--block", "0.3s").raw
    pieces = cli("istft", "--stream", stdin=spectra).raw
    whole = cli("conv", "-k", "low-pass:800", stdin=cli("istft", stdin=spectra).raw).tensor.data
    parts = cli("conv", "-k", "low-pass:800", stdin=pieces).tensors
    assert len(parts) > 3
    np.testing.assert_allclose(np.concatenate([part.data for part in parts]), whole, atol=1e-6)
    ended = cli("conv", "-k", "1 2", "--padding", "same", stdin=pieces)
    assert (ended.code, "joined with --padding causal and --stride 1 alone" in ended.err) == (2, True)
    assert cli("conv", "-k", "1 2", "-f", "plain", stdin=pieces).code == 0


def rows_of(told: str) -> dict[str, list[float]]:
    part = told.partition("Arithmetic\n")[2].partition("\n\n")[0]
    lines = [line.strip().replace("−", "-") for line in part.splitlines()[1:] if "─" not in line]
    return {
        line.split()[0]: [float(one) for one in line.split() if one.lstrip("-").replace(".", "").isdigit()][
            1:
        ]
        for line in lines
    }


def test_a_sample_is_explained(cli: Any) -> None:
    line = ("conv", "-k", "0.5 -2 1", "--bias", "0.25", "--activation", "tanh")
    value = cli(*line, stdin=BOTH).tensor.data[9, 1]
    told = cli(*line, "--explain", "9,1", "-f", "plain", stdin=BOTH).out
    rows = rows_of(told)
    x = SCIPY["x"][:, 1]
    for sample, weight in ((7, 0.5), (8, -2), (9, 1)):
        np.testing.assert_allclose(rows[str(sample)], [x[sample], weight, x[sample] * weight], atol=2e-3)
    assert "Under the weights  samples 7 to 9, 0.000875 to 0.001125 s\n" in told
    assert f"= {value:.4g}".replace("-", "−") in told.partition("Then\n")[2]
    first = cli("conv", "-k", "0.5 -2 1", "--explain", "1", "-f", "plain", stdin=ONE).out
    assert "  −1 (padding)" in first
    assert "1 of 3 samples comes from the padding (zeros)." in first
    many = cli("conv", "-k", "low-pass:900", "--explain", "150", "-f", "plain", stdin=ONE).out
    assert "  89 others" in many


def test_the_story(cli: Any) -> None:
    told = cli("conv", "-k", "-0.97 1", "-f", "plain", "--width", "80", stdin=ONE).out
    words = " ".join(told.split())
    assert "  y[n]    −0.97 · x[n − 1] + 1 · x[n]\n  length  ⌊(300 + 1 + 0 − 2) / 1⌋ + 1 = 300\n" in told
    assert "    4000 Hz   1.97   5.89\n" in told
    assert "scipy.signal.lfilter has the newest first, as --flip has" in words
    rms = [
        np.sqrt(np.square(y).mean()) for y in (ONE.data, cli("conv", "-k", "-0.97 1", stdin=ONE).tensor.data)
    ]
    assert f"RMS {rms[0]:.4g} before, {rms[1]:.4g} after: {20 * np.log10(rms[1] / rms[0]):.3g} dB" in words
    assert "--explain " in words
    late = " ".join(cli("conv", "-k", "low-pass:900,41", "-f", "plain", stdin=ONE).out.split())
    assert "So the sound comes 20 samples late, 2.5 ms, every tone alike." in late
    assert "1 in the middle" not in late
    half = " ".join(cli("conv", "-k", "1", "--stride", "2", "-f", "plain", stdin=ONE).out.split())
    assert "One sample in 2 is kept: 4000 a second. Tones above 2000 Hz come back as lower ones" in half
    loud = " ".join(cli("conv", "-k", "100", "-f", "plain", stdin=ONE).out.split())
    assert "a sound file clips what is beyond 1." in loud


BAD = {
    "a picture's kernel": (("-k", "diag"), ONE, 2, "--kernel diag is 2x2x1: a sound takes one row of weights, such as '-0.97 1', or a filter such as low-pass:3400"),
    "a filter for a picture": (("-k", "low-pass:100"), Tensor(np.ones((9, 9))), 1, "--kernel low-pass:100 is a filter for sounds (time[, channel]); received tensor (row 9, column 9) float64"),
    "causal for a picture": (("-k", "diag", "--padding", "causal"), Tensor(np.ones((9, 9))), 2, "--padding causal is for sounds, which have a before and a behind; received tensor (row 9, column 9) float64: try --padding same"),
    "channels": (("-k", "1 2", "--channels", "sum"), BOTH, 2, "--channels is for pictures: the channels of a sound are filtered each by itself; leave --channels out"),
    "groups": (("-k", "1 2", "--groups", "2"), BOTH, 2, "--groups is for pictures: the channels of a sound are filtered each by itself; leave --groups out"),
    "two strides": (("-k", "1 2", "--stride", "2,3"), BOTH, 2, "--stride 2,3: a sound has one direction; try --stride 2"),
    "two lengths": (("-k", "1 2", "-k", "pre-emphasis", "-k", "low-pass:100"), ONE, 2, "the filters of one run need one length; received 1 2 2, pre-emphasis 2, low-pass:100 101: run conv once for each length"),
    "beyond the end": (("-k", "low-pass:4000"), ONE, 2, "--kernel low-pass:4000: frequencies of a sound of 8000 samples a second end at 4000 Hz; received 4000"),
    "no rate": (("-k", "low-pass:400"), Tensor([1.0, 2]), 2, "--kernel low-pass:400: it is in hertz, and nothing tells the sample rate of this sound"),
    "no argument": (("-k", "high-pass"), ONE, 2, "--kernel high-pass: HZ is missing (a number from 1e-06 to 1e+09): try high-pass:HZ[,N=101]"),
    "complex": (("-k", "1 2"), Tensor([1j, 2]), 1, "a sound has real samples; received tensor (index 2) complex128; try istft, or its real part"),
    "not finite": (("-k", "1 2"), Tensor([1.0, np.nan]), 1, "a sound has finite samples; sample 1 is nan; try without it"),
    "no such sample": (("-k", "1 2", "--explain", "300"), ONE, 2, "there is no cell 300 in the audio: time 0 to 299"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit(case: str, cli: Any) -> None:
    words, x, code, message = BAD[case]
    ended = cli("conv", *words, stdin=x)
    assert (ended.code, ended.raw, ended.err) == (code, b"", f"dlcli conv: {message}\n")


def test_names_that_are_nearly_filters_and_where_filters_are_none(cli: Any) -> None:
    assert "did you mean low-pass?" in cli("conv", "-k", "low-pas:1000", stdin=ONE).err
    ended = cli("conv", "-k", "low-pass:100", "-k", "high-pass:100", "--emit", "winner", stdin=ONE)
    assert (ended.code, ended.err) == (
        2, "dlcli conv: --emit winner is of pictures, and low-pass:100 is a filter for sounds\n",
    )  # fmt: skip
    ended = cli("kernels", "low-pass:100")
    assert ended.code == 2
    assert ended.err.endswith("shown by dlcli conv sample:speech --kernel low-pass:100\n")


def test_a_word_that_is_no_padding(cli: Any) -> None:
    ended = cli("conv", "-k", "1 2", "--padding", "before", stdin=ONE)
    assert (
        "'before' is none of valid, same, full, causal, nor a number of rows and columns such as 1"
        in ended.err
    )


def test_a_vector_is_a_filter(cli: Any) -> None:
    np.save("fir.npy", np.array([0.5, -2, 1]))
    Path("w.csv").write_text("0.5,-2,1\n")
    for word in ("fir.npy", "[0.5, -2, 1]", "w.csv"):
        found = cli("conv", "-k", word, stdin=BOTH).tensor.data
        np.testing.assert_allclose(found, SCIPY["ramp"], atol=1e-12)
    refused = cli("conv", "1 2 3; 4 5 6", "-k", "fir.npy")
    assert (refused.code, refused.raw) == (1, b"")
    assert refused.err == (
        "dlcli conv: --kernel fir.npy is a vector of 3, the filter of a sound (time[, channel]); received "
        "matrix (row 2, column 3) int64, whose kernel has a height and a width\n"
    )
    row = cli("conv", "1 2 3 4", "-k", "pre-emphasis")
    assert row.code == 1
    assert row.err.endswith("; in brackets, as in '[1, 2, 3]', a row of numbers is a sound\n")


def test_a_delay_is_told_of_what_is_linear(cli: Any) -> None:
    line = ("conv", "-k", "low-pass:1000,31", "-f", "plain")
    assert "samples late" in " ".join(cli(*line, stdin=ONE).out.split())
    assert "samples late" not in " ".join(cli(*line, "--activation", "relu", stdin=ONE).out.split())
