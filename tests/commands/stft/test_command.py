"""``dlcli stft``: results, axes, conventions, blocks, stories, and words for what does not fit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from dlcli.engines.spectral.stft import stft
from dlcli.tensor import Axis, Tensor

RATE = 8000


def sound(samples: int = 1000, channels: int = 0, rate: Any = RATE) -> Tensor:
    data = (
        np.random.default_rng(0)
        .uniform(-1, 1, (samples, channels) if channels else samples)
        .astype(np.float32)
    )
    axes = [Axis("time", start=0.0, step=1 / rate, unit="s")] if rate else [Axis("time")]
    axes += [Axis("channel", tuple(f"c{i}" for i in range(channels)))] if channels else []
    return Tensor(data, tuple(axes), "audio", {"sample_rate": rate} if rate else {})


def test_it_is_the_engine_with_librosas_defaults(cli: Any) -> None:
    x = sound()
    found = cli("stft", "--frame", "64", stdin=x).tensor
    np.testing.assert_array_equal(found.data, stft(x.data, frame=64, hop=16, pad_mode="zeros"))
    assert found.axes == (
        Axis("frequency", start=0.0, step=RATE / 64, unit="Hz"),
        Axis("frame", start=0.0, step=16 / RATE, unit="s"),
    )
    assert found.attrs == {
        "sample_rate": RATE, "frame": 64, "hop": 16, "n_fft": 64, "window": "hann", "center": True,
        "pad_mode": "zeros", "edges": "fit", "phase": "start", "scaling": "none", "samples": 1000,
        "quantity": "spectrum", "source": "-", "command": "stft --frame 64",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("convention", "options"),
    [
        ("librosa", {"hop": 16, "pad_mode": "zeros"}),
        ("torch", {"hop": 16, "pad_mode": "reflect", "window": "rect"}),
        ("scipy", {"hop": 32, "pad_mode": "zeros", "edges": "touch", "phase": "middle"}),
    ],
)
def test_conventions(convention: str, options: dict[str, Any], cli: Any) -> None:
    x = sound()
    found = cli("stft", "--frame", "64", "--convention", convention, stdin=x).tensor
    np.testing.assert_array_equal(found.data, stft(x.data, frame=64, **options))
    assert found.axes[1].start == 0


def test_options_go_before_the_convention(cli: Any) -> None:
    x = sound()
    line = ("stft", "--convention", "torch", "--frame", "8ms", "--hop", "2.5ms", "--window", "kaiser:8", "--n-fft", "100",
            "--no-center", "--scaling", "psd")  # fmt: skip
    expected = stft(
        x.data, frame=64, hop=20, window="kaiser:8", n_fft=100, center=False, scale="psd", sample_rate=8000
    )
    np.testing.assert_array_equal(cli(*line, stdin=x).tensor.data, expected)


def test_psd_is_power_per_hertz_as_scipy_has_it(cli: Any) -> None:
    """``ShortTimeFFT(hann(64, sym=False), 32, fs=8000, scale_to="psd").spectrogram(x)[8, 20]`` of SciPy 1.17."""
    n = np.arange(2000)
    x = np.sin(2 * np.pi * 1000 * n / 8000) * 0.5 + 0.1 * np.cos(n**2 / 1000)
    tensor = Tensor(x, (Axis("time", start=0.0, step=1 / 8000, unit="s"),), "x", {"sample_rate": 8000})
    line = ("stft", "--convention", "scipy", "--scaling", "psd", "--frame", "64")
    found = cli(*line, "--emit", "power", stdin=tensor).tensor
    assert found.shape == (33, 64)
    assert found.data[8, 20] == pytest.approx(0.0003333713708542177, rel=1e-9)
    decibels = cli(*line, "--emit", "db", stdin=tensor).tensor.data
    np.testing.assert_allclose(decibels[8, 20], -34.77072, atol=1e-4)
    assert decibels.min() < -100  # the floor is that of the unscaled spectrum
    told = cli(*line, "--explain", "8,20", "-f", "plain", stdin=tensor).out
    assert "  dB     10 log10(0.0003334) = −34.77\n" in told
    back = cli("istft", stdin=cli(*line, stdin=tensor).raw).tensor.data
    np.testing.assert_allclose(back, x, atol=1e-12)
    other = cli("istft", "--sample-rate", "4000", stdin=cli(*line, stdin=tensor).raw).tensors[0]
    np.testing.assert_allclose(other.data, x, atol=1e-12)
    assert other.attrs["sample_rate"] == 4000


def test_every_result(cli: Any) -> None:
    x = sound(channels=2)
    spectrum = stft(x.data, frame=64, hop=16, pad_mode="zeros")
    results = {
        "spectrum": spectrum, "magnitude": np.abs(spectrum), "power": np.abs(spectrum) ** 2,
        "db": 10 * np.log10(np.maximum(np.abs(spectrum) ** 2, 1e-10)), "phase": np.angle(spectrum),
    }  # fmt: skip
    for emit, data in results.items():
        found = cli("stft", "--frame", "64", "--emit", emit, stdin=x).tensor
        np.testing.assert_allclose(found.data, data, rtol=1e-4, atol=1e-5)
        assert found.axis_names == ("frequency", "frame", "channel")
        assert (found.name, found.attrs["quantity"], found.data.itemsize) == (
            emit,
            emit,
            8 if emit == "spectrum" else 4,
        )


def test_frames_are_the_pieces_of_the_sound(cli: Any) -> None:
    x = sound()
    found = cli("stft", "--frame", "64", "--emit", "frames", stdin=x).tensor
    np.testing.assert_array_equal(found.data[3], x.data[3 * 16 - 32 : 3 * 16 + 32])
    assert found.axes == (
        Axis("frame", start=-32 / RATE, step=16 / RATE, unit="s"), Axis("time", start=0.0, step=1 / RATE, unit="s"),
    )  # fmt: skip


def test_mel(cli: Any) -> None:
    from dlcli.engines.spectral.mel import mel_filterbank

    x = sound()
    power = np.abs(stft(x.data, frame=256, hop=64, pad_mode="zeros")) ** 2
    for scale, norm in (("slaney", "area"), ("htk", "peak")):
        line = ("stft", "--frame", "256", "--emit", "mel", "--mels", "10", "--mel-scale", scale)
        found = cli(*line, stdin=x).tensor
        bank = mel_filterbank(RATE, 256, 10, scale=scale, norm=norm)
        np.testing.assert_allclose(found.data, bank @ power, rtol=1e-4)
        assert found.axes[0].labels is not None
        assert found.axes[0].labels[0].endswith(" Hz")


#: Options, and how many filters ``librosa.filters.mel(sr=8000, n_fft=88, n_mels=128)`` and its like have that
#: are all 0, in librosa 0.11.
EMPTY = {("11ms", "128"): 49, ("11ms", "40"): 0, ("32ms", "128"): 0}


@pytest.mark.parametrize(("frame", "mels"), EMPTY)
@pytest.mark.parametrize("block", [(), ("--block", "0.1s")])
def test_empty_filters_are_told(frame: str, mels: str, block: tuple[str, ...], cli: Any) -> None:
    soundfile.write("x.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 4000), 8000, "FLOAT")
    line = ("stft", "x.wav", "--frame", frame, "--mels", mels, *block)
    empty, told = EMPTY[frame, mels], ""
    if empty:
        told = (
            f"dlcli: stft: {empty} of {mels} mel filters are empty and stay 0: they lie between frequencies, "
            "which are 90.91 Hz apart; try fewer --mels, or a longer --frame or --n-fft\n"
        )
    found = cli(*line, "--emit", "mel")
    assert (found.code, found.err) == (0, told)
    assert np.count_nonzero(~found.tensors[0].data.any(axis=1)) == empty
    if not block:
        assert cli(*line, "--emit", "mel", "-f", "plain").err == told
        assert cli(*line, "-o", "all.npz").err == told
        assert cli("stft", "x.wav", "--frame", frame, "-f", "plain").err == ""


@pytest.mark.parametrize(
    ("rate", "mels", "first"),
    [("8000", "20", "112 Hz"), ("8000", "500", "4.7 Hz"), ("0.01", "3", "0.0013 Hz")],
)
def test_mels_have_names_of_their_own(rate: str, mels: str, first: str, cli: Any) -> None:
    line = ("stft", "--frame", "64", "--sample-rate", rate, "--emit", "mel", "--mels", mels)
    labels = cli(*line, stdin=sound()).tensors[0].axes[0].labels
    assert labels[0] == first
    assert len(set(labels)) == int(mels)


@pytest.mark.parametrize(
    ("rate", "frame"), [(8000, 90), (16000, 180), (44100, 512), (48000, 540), (None, 500)]
)
def test_a_frame_is_about_11_milliseconds(rate: Any, frame: int, cli: Any) -> None:
    found = cli("stft", stdin=sound(1000, rate=rate)).tensor
    assert found.attrs["frame"] == (frame if rate else 256)


def test_literals_tables_and_files(cli: Any) -> None:
    assert cli("stft", "0 1 0 -1", "--frame", "4", "--no-center").tensor.data.shape == (3, 1)
    Path("two.csv").write_text("left,right\n" + "1,2\n" * 20)
    two = cli("stft", "two.csv", "--frame", "4").tensor
    assert two.axis_names == ("frequency", "frame", "column")
    soundfile.write("x.wav", sound().data, RATE)
    assert cli("stft", "x.wav").tensor.attrs["source"] == "x.wav"


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    "options", [(), ("--convention", "scipy"), ("--convention", "torch"), ("--no-center",)]
)
@pytest.mark.parametrize("where", ["file", "pipe"])
def test_blocks_are_the_whole(channels: int, options: tuple[str, ...], where: str, cli: Any) -> None:
    soundfile.write("x.wav", sound(10_007, channels).data, RATE, "FLOAT")
    piped = {"stdin": Path("x.wav").read_bytes()} if where == "pipe" else {}
    words = () if where == "pipe" else ("x.wav",)
    whole = cli("stft", *words, *options, **piped).tensor
    for block in ("0.2s", "1500", "1"):
        parts = cli("stft", *words, *options, "--block", block, **piped).tensors
        assert len(parts) > 3
        np.testing.assert_array_equal(np.concatenate([part.data for part in parts], axis=1), whole.data)
        place = 0
        for i, part in enumerate(parts):
            assert part.axes[1].start == pytest.approx(whole.axes[1].value(place))
            assert (part.attrs["block"], part.attrs["last"]) == (i, i == len(parts) - 1)
            place += part.shape[1]


def test_a_block_tells_its_own_story(cli: Any) -> None:
    soundfile.write("x.wav", sound(10_007).data, RATE)
    told = cli("stft", "x.wav", "--block", "4000", "-f", "plain").out
    assert told.count("Strongest\n") == 3
    refused = cli("stft", "x.wav", "--block", "4000", "--explain", "1,1", "-f", "plain")
    assert refused.err == "dlcli stft: --block does not go with --explain: leave one of them out\n"
    refused = cli("stft", "x.wav", "--block", "4000", "--emit", "frames")
    assert refused.err == "dlcli stft: --block does not go with --emit frames: leave one of them out\n"
    refused = cli("stft", "x.wav", "--block", "4000", "-o", "all.npz")
    assert refused.err.startswith("dlcli stft: all.npz would be written twice; give each result its own")


NAN = Tensor(np.array([0, 1, np.nan, 0]), (Axis("time"),), "audio")
BAD: dict[str, tuple[tuple[str, ...], Any, int, str]] = {
    "frame 0": (("1 2", "--frame", "0"), b"", 2, "dlcli stft: invalid value for '--frame': '0' is no length of sound above 0: 512 (samples), 11ms, 0.5s\nTry 'dlcli stft --help'."),
    "hop 0": (("1 2", "--hop", "0"), b"", 2, "dlcli stft: invalid value for '--hop': '0' is no length of sound above 0: 512 (samples), 11ms, 0.5s\nTry 'dlcli stft --help'."),
    "half a sample": (("1 2", "--hop", "1.5"), b"", 2, "dlcli stft: invalid value for '--hop': '1.5' is no length of sound above 0: 512 (samples), 11ms, 0.5s\nTry 'dlcli stft --help'."),
    "rate 0": (("1 2", "--sample-rate", "0"), b"", 2, "dlcli stft: invalid value for '--sample-rate': '0' is not a number from 1e-9 to 1e9\nTry 'dlcli stft --help'."),
    "a sound of rate 0": ((), Tensor(np.ones(9), (Axis("time"),), "audio", {"sample_rate": 0}), 1, "dlcli stft: a sample rate is above 0 Hz, at most 1e+09; audio (time 9) float64 has 0; give --sample-rate"),
    "unknown window": (("1 2", "--window", "han"), b"", 2, "dlcli stft: invalid value for '--window': window expects one of hann, hamming, blackman, bartlett, rect, kaiser, gaussian; received 'han'\nTry 'dlcli stft --help'."),
    "too many samples": (("1 2", "--hop", "99999999999"), b"", 2, "dlcli stft: 99999999999 is more than the 2147483648 samples that a length can be; try less"),
    "rate beyond all sounds": (("1 2", "--sample-rate", "1e10"), b"", 2, "dlcli stft: invalid value for '--sample-rate': '1e10' is not a number from 1e-9 to 1e9\nTry 'dlcli stft --help'."),
    "time without a rate": (("1 2", "--frame", "11ms"), b"", 2, "dlcli stft: 11ms needs a sample rate: give --sample-rate, or a number of samples"),
    "mel without a rate": (("1 2", "--emit", "mel"), b"", 2, "dlcli stft: mel needs hertz: give --sample-rate"),
    "n-fft below the frame": (("1 2", "--frame", "4", "--n-fft", "3"), b"", 2, "dlcli stft: --n-fft 3 is less than a frame of 4 samples; try --n-fft 4"),
    "shorter than a frame": (("1 2", "--frame", "4", "--no-center"), b"", 1, "dlcli stft: literal: a frame of 4 samples does not fit in a sound of 2; try centred frames, or frames of at most 2 samples"),
    "nan": ((), NAN, 1, "dlcli stft: a sound has finite samples; sample 2 is nan; try without it"),
    "complex": (("1j 2",), b"", 1, "dlcli stft: a sound has real samples; received table (row 1, column 2) complex128; try istft, or its real part"),
    "a picture": (("sample:lines",), b"", 1, "dlcli stft: a sound is (time) or (time, channel), not empty; received image (height 240, width 320) uint8"),
    "a cut file": ((), b"RIFF\x24\x00\x00\x00WAVEfmt ", 1, "dlcli stft: standard input: not a sound that dlcli reads, or one that is cut short: WAV, FLAC, OGG, AIFF or MP3"),
    "an empty file": ((), b"", 1, "dlcli stft: standard input: nothing in it (0 bytes)"),
    "cell outside": (("1 2", "--frame", "2", "--explain", "5,0", "-f", "plain"), b"", 2, "dlcli stft: there is no cell 5,0 in the spectrum: frequency 0 to 1, frame 0 to 2"),
    "wrap in blocks": (("sample:tones", "--block", "1s", "--pad-mode", "wrap"), b"", 1, "dlcli stft: sample:tones: --pad-mode: a stream cannot be padded with 'wrap': its end is not known; try 'reflect'"),
}  # fmt: skip


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1e30, 1e300])
def test_the_story_of_a_sound_whose_powers_no_float_holds(size: float, cli: Any) -> None:
    """What is told is told in proportion: the same as of a sound of usual size."""
    told = [
        cli(
            "stft",
            "--frame",
            "64",
            "-f",
            "plain",
            "--width",
            "80",
            stdin=Tensor(scale * sound().data.astype(float), sound().axes),
        ).out
        for scale in (1, size)
    ]
    usual, extreme = (text[text.index("decibels below") : text.index("Notice")] for text in told)
    assert usual == extreme


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_ends_in_words(case: str, cli: Any) -> None:
    words, stdin, code, message = BAD[case]
    ended = cli("stft", *words, stdin=stdin)
    assert (ended.code, ended.raw, ended.err) == (code, b"", message + "\n")


def test_blocks_take_no_more_memory_for_a_longer_sound(tmp_path: Path) -> None:
    """The peaks of two processes: ten times the sound must not take a tenth of what it would hold at once."""
    program = (
        "import re, sys\n"
        "from dlcli.cli import run\n"
        "code = run(['stft', sys.argv[1], '--block', '1s', '--emit', 'magnitude', '-f', 'frame'])\n"
        "peak = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]\n"
        "sys.stderr.write(peak)\n"
        "sys.exit(code)\n"
    )
    peaks = []
    for seconds in (6, 60):
        path = tmp_path / f"{seconds}.wav"
        soundfile.write(path, np.tile(sound(44100).data, seconds), 44100, "PCM_16")
        with open(os.devnull, "wb") as nowhere:
            done = subprocess.run(
                [sys.executable, "-c", program, str(path)], stdout=nowhere, stderr=subprocess.PIPE, check=True
            )
        peaks.append(int(done.stderr) * 1024)
    assert peaks[1] - peaks[0] < 4_000_000


def test_every_block_counts_in_the_whole_sound(cli: Any) -> None:
    soundfile.write("x.wav", sound(2000).data, RATE, "FLOAT")
    told = cli("stft", "x.wav", "--block", "100ms", "-f", "plain", "--width", "80").out
    first, second, last = told.split("\nInput")
    assert "are in no frame" not in told  # what one block leaves over, the next one frames
    assert "Frames  35 in this block, each 90 samples; padded with 45 before: silence\n" in first
    assert "Frames  36 in this block, each 90 samples\n" in second
    assert "  block               800    100 ms\n  until now          1600    200 ms\n" in second
    assert "  frame 35     725 to 814 " in second
    assert "  block              400     50 ms\n  sound             2000    250 ms\n" in last
    for part, frames in ((first, range(35)), (second, range(35, 71)), (last, range(71, 91))):
        line = part.partition("Try next\n")[2].split("\n")[0].split()
        frame = int(line[-1].split(",")[1])
        assert frame in frames
        assert f"Frame {frame}  " in cli(*line[1:], "-f", "plain").out


def test_a_tail_that_no_frame_holds_is_told_of_the_last_block(cli: Any) -> None:
    soundfile.write("x.wav", sound(2001).data, RATE, "FLOAT")
    line = ("stft", "x.wav", "--frame", "90", "--hop", "90", "--no-center", "--block", "100ms", "-f", "plain")
    told = " ".join(cli(*line).out.split())
    assert told.count("are in no frame") == 1
    assert "; 21 samples at the end are in no frame" in told.rpartition("Input")[2]


@pytest.mark.parametrize("emit", ["spectrum", "magnitude", "power", "db", "phase"])
def test_the_cell_of_what_is_emitted_is_explained(emit: str, cli: Any) -> None:
    line = ("stft", "0 3 0 -1 0 1 0 -1", "--frame", "4", "--hop", "2", "--emit", emit)
    told = cli(*line, "--explain", "1,1", "-f", "plain").out
    value = cli(*line).tensor.data[1, 1]
    if emit == "spectrum":
        assert "Spectrum  0−2i at frequency 0.25, frame 2" in told
    else:
        name = {"magnitude": "|s|", "power": "|s|²", "db": "dB", "phase": "phase"}[emit]
        (row,) = (row for row in told.splitlines() if row.startswith(f"  {name} "))
        assert f"{value:.4g}".replace("-", "−") in row.split(" = ")


def test_decibels_of_nothing_are_explained(cli: Any) -> None:
    told = cli("stft", "0 0 0 0", "--frame", "4", "--emit", "db", "--explain", "1,1", "-f", "plain").out
    assert "  dB     10 log10(max(0, 1e−10)) = −100\n" in told


def test_what_has_no_arithmetic_is_refused(cli: Any) -> None:
    ended = cli("stft", "sample:tones", "--emit", "frames", "--explain", "150,2", "-f", "plain")
    assert (ended.code, ended.raw) == (2, b"")
    assert ended.err == (
        "dlcli stft: --explain knows the arithmetic of spectrum, magnitude, power, db or phase, "
        "not of frames: leave out --emit frames\n"
    )


IDLE = {
    "mels": (("0 1", "--mels", "4"), "--mels goes with --emit mel or --emit log-mel or --emit mfcc or --frequencies mel: add it, or leave --mels out"),
    "mel scale": (("0 1", "--mel-scale", "htk"), "--mel-scale goes with --emit mel or --emit log-mel or --emit mfcc or --frequencies mel: add it, or leave --mel-scale out"),
    "block": (("0 1", "--block", "2"), "--block reads a sound file in pieces; table (row 1, column 2) int64 is here whole: leave out --block"),
    "no hertz": (("0 1", "--emit", "mel"), "mel needs hertz: give --sample-rate"),
    "no hertz of a picture": (("0 1", "--frequencies", "mel", "-o", "x.png"), "mel needs hertz: give --sample-rate"),
}  # fmt: skip


@pytest.mark.parametrize("case", IDLE)
@pytest.mark.parametrize("terminal", [False, True])
def test_what_would_do_nothing_is_refused_in_a_pipe_and_on_a_terminal(
    case: str, terminal: bool, cli: Any
) -> None:
    words, message = IDLE[case]
    ended = cli("stft", *words, stdout_is_terminal=terminal)
    assert (ended.code, ended.raw, ended.err) == (2, b"", f"dlcli stft: {message}\n")


@pytest.mark.parametrize("emit", ["phase", "frames", "mel"])
@pytest.mark.parametrize("kind", ["log", "mel"])
def test_a_picture_without_the_axis_that_was_asked_for_says_so(emit: str, kind: str, cli: Any) -> None:
    line = ("stft", "sample:tones", "--emit", emit)
    shows = {"phase": "all frequencies evenly spaced", "frames": "no frequencies", "mel": "mels"}[emit]
    said = (
        f"dlcli: stft: --frequencies {kind} is not for {emit}, whose picture has {shows}; it is for spectrum, "
        "magnitude, power and db\n"
    )
    asked = cli(*line, "--frequencies", kind, "-o", "asked.png")
    assert (asked.code, asked.err.count(said)) == (0, int(emit != kind))
    assert said not in cli(*line, "--frequencies", kind, "-o", "asked.npy").err
    cli(*line, "-o", "plain.png")
    assert Path("asked.png").read_bytes() == Path("plain.png").read_bytes()


def test_shades_of_the_numbers_themselves_have_their_own_axes(cli: Any) -> None:
    line = ("stft", "sample:tones", "--emit", "magnitude", "--scale", "minmax")
    said = "dlcli: x.png: --scale minmax draws the numbers over their own axes, whatever else was asked\n"
    assert said in cli(*line, "--frequencies", "log", "-o", "x.png").err
    assert said not in cli(*line, "-o", "x.png").err


@pytest.mark.parametrize(("mels", "empty"), [("20", 0), ("128", 27)])
def test_a_picture_has_as_many_mels_as_were_asked_for(mels: str, empty: int, cli: Any) -> None:
    """``librosa.filters.mel(sr=16000, n_fft=180, n_mels=128)`` of librosa 0.11 has 27 empty filters."""
    line = ("stft", "sample:chirp", "--frequencies", "mel", "--mels", mels)
    ended = cli(*line, "-o", "x.png")
    said = f"dlcli: stft: {empty} of {mels} mel filters are empty and stay 0: they lie between frequencies"
    assert (ended.code, said in ended.err) == (0, bool(empty))
    with Image.open("x.png") as picture:
        assert picture.height == int(mels)
    told = " ".join(cli(*line, "-f", "plain").out.split())
    assert (f"{empty} of {mels} mel filters are empty" in told) == bool(empty)


def test_filters_are_for_mels_wherever_they_are_seen(cli: Any) -> None:
    assert cli("stft", "sample:tones", "--mels", "4", "-o", "all.npz").code == 0
    assert np.load("all.npz")["mel"].shape[0] == 4
    assert cli("stft", "sample:tones", "--mel-scale", "htk", "--frequencies", "mel", "-f", "plain").code == 0
    assert cli("stft", "sample:tones", variables={"DLCLI_STFT_MELS": "4"}).code == 0


def test_sums_beyond_the_largest_number_are_told(cli: Any) -> None:
    line = ("stft", "1e308 1e308 1e308 -1e308", "--frame", "4", "--hop", "2", "-f", "plain")
    told = cli(*line).out
    assert "       0.25  inf  inf  inf\n" in told
    assert "Strongest\n  nobody can tell: not all numbers are finite\n" in told
    assert (
        "Notice 9 of 9 numbers are not finite: sums of samples as large as 1e308 are more than float64 holds, "
        "1.798e308 at most" in " ".join(told.split())
    )
    assert "Its spectrum  nobody can tell: not all numbers are finite\n" in cli(*line, "--explain", "0,1").out


def test_an_archive_has_what_there_is_and_says_what_is_not(cli: Any) -> None:
    ended = cli("stft", "1 2 3 4 5 6 7 8", "--frame", "4", "-o", "l.npz")
    told = "dlcli: the file has no mel, log-mel, mfcc: mel needs hertz: give --sample-rate\n"
    assert (ended.code, ended.err) == (0, told)
    with np.load("l.npz") as file:
        assert sorted(file) == ["db", "frames", "magnitude", "phase", "power", "spectrum"]
    line = ("stft", "sample:speech", "--block", "0.5s", "-o")
    ended = cli(*line, "b-{index}.npz")
    told = "the file has no frames: the frames of a sound read in blocks cannot be had: leave out --block"
    assert (ended.code, ended.err) == (0, f"dlcli: {told}\n")
    with np.load("b-3.npz") as file:
        assert "mel" in file
        assert "frames" not in file


@pytest.mark.parametrize(
    "line",
    [
        "dlcli stft sample:speech --block 0.5s -o x.npz",
        "dlcli stft sample:speech --block 0.5s | dlcli istft --stream -o x.wav",
        "dlcli stft sample:speech --block 0.5s | dlcli mask --above 1 -o x.npy",
    ],
)
def test_no_block_is_left_in_a_file_that_cannot_take_all(line: str, shell: Any) -> None:
    ended = shell(line)
    name = line.rpartition(" ")[2]
    root, suffix = name.split(".")
    assert ended.code == 1
    assert ended.err.endswith(
        f"{name} would be written twice; give each result its own file, "
        f"for instance -o '{root}-{{index}}.{suffix}'\n"
    )
    assert not os.path.exists(name)
    assert shell(line.replace("0.5s", "100s")).code == 0
    assert os.path.exists(name)


@pytest.mark.parametrize("emit", ["power", "db", "mel", "log-mel", "mfcc"])
def test_squares_that_no_float_holds_are_told(emit: str, cli: Any) -> None:
    line = ("--sample-rate", "8000", "--frame", "4", "--mels", "2", "--emit", emit)
    line = line if emit in ("mel", "log-mel", "mfcc") else (*line[:4], *line[6:])
    told = "a size of 1e300 has a square that float64 does not hold: powers are infinite there, and mels NaN"
    assert told in cli("stft", "1e300 1 2 3 4 5 6 7", *line).err
    assert "does not hold" not in cli("stft", "1e150 1 2 3 4 5 6 7", *line).err
