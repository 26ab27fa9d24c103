"""The story of a transform: lengths in every unit, frames, windows, pictures, the strongest, one number."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlcli.commands.kinds.sounds.framing import Length
from dlcli.commands.stft.command import Options, Transform
from dlcli.commands.stft.story import SPACING, explain, spectrogram, story
from dlcli.engines.spectral.peaks import note_name
from dlcli.errors import WrongUsage
from dlcli.tensor import Axis, Tensor
from dlcli.views.text.markdown import to_markdown
from dlcli.words.line import Line


def work(x: Any, rate: float | None = 8000, typed: tuple[tuple[str, ...], ...] = (), **options: Any) -> Any:
    for name in ("frame", "hop"):
        if name in options:
            options[name] = Length().convert(options[name], None, None)
    x = np.asarray(x)
    axes = [Axis("time", start=0.0, step=1 / rate, unit="s") if rate else Axis("time")]
    axes += [Axis("channel", ("left", "right"))] if x.ndim == 2 else []
    about = {"source": "x.wav", **({"sample_rate": rate} if rate else {})}
    tensor = Tensor(x, tuple(axes), "audio", about)
    return Transform(Options(**options), Line("stft", typed)).whole(tensor).work


def tone(hertz: float, seconds: float = 0.5, size: float = 1.0) -> Any:
    return size * np.sin(2 * np.pi * hertz * np.arange(int(8000 * seconds)) / 8000)


def flat(view: Any, draw: Callable[..., str], width: int = 80) -> str:
    return " ".join(draw(view, width).split())


def test_lengths_in_samples_time_and_hertz(draw: Callable[..., str]) -> None:
    told = draw(story(work(tone(440), frame="256", hop="8ms", n_fft=512)), 80)
    assert (
        "Frames  63, each 256 samples; padded with 128 before and 96 after: silence\n"
        "                  samples    time\n"
        "  frame               256   32 ms\n"
        "  hop                  64    8 ms  125 frames a second\n"
        "  transform           512   64 ms  15.625 Hz between frequencies\n"
        "  sound              4000  500 ms\n"
        "  frame 0     −128 to 127          −0.016 to 0.016 s\n"
        "  frame 62   3840 to 4095          0.48 to 0.512 s\n"
    ) in told
    assert "  s[k, t]  Σ w[n] · x[t·64 + n − 128] · exp(−2πi·k·(n + 128) / 512)\n" in told


def test_what_was_asked_for_is_not_called_librosas(draw: Callable[..., str]) -> None:
    told = flat(story(work(tone(440), center=False, frame="64")), draw)
    assert told.count("centred") == 0
    assert "Frames are centred" in flat(story(work(tone(440), frame="64")), draw)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"center": False, "frame": "300"}, "25 samples at the end are in no frame"),
        ({"convention": "torch", "frame": "64"}, "padded with 32 before and 32 after: the sound mirrored"),
        ({"convention": "torch"}, "Frames are centred as PyTorch has them, with the sound mirrored beyond its ends and no window. librosa and SciPy have silence there and a Hann window."),
        ({"convention": "torch"}, "Transform the defaults of torch.stft s[k, t]"),
        ({"center": False, "frame": "64", "window": "rect"}, "Transform the defaults of librosa.stft, but for --window, --no-center s[k, t]"),
        ({"convention": "scipy", "frame": "64"}, "exp(−2πi·k·(n − 32) / 64)"),
        ({"window": "kaiser:8", "frame": "64"}, "kaiser:8 w[n] = I₀(β √(1 − (2n/D − 1)²)) / I₀(β), D = 64"),
        ({"frame": "64", "hop": "64"}, "inverse there is none: windows 64 samples apart miss sample 32 of every 64"),
        ({"frame": "64", "hop": "16"}, "adding up windows 16 samples apart add up to 2 everywhere"),
        ({"scaling": "magnitude", "frame": "64"}, "s[k, t] 0.03125 · Σ w[n]"),
        ({"pad_mode": "edge"}, "before and 27 after: the outermost samples"),
    ],
)  # fmt: skip
def test_what_is_said_of_it(options: dict[str, Any], told: str, draw: Callable[..., str]) -> None:
    assert told in flat(story(work(tone(440), **options)), draw)


#: Windows, and tones: of those that a frame of 90 samples tells apart and those that it does not.
MERGED = [(440, 554.37), (440, 493.88), (330, 415.3), (987.77, 1108.73), (1046.5, 1174.66)]
APART = [(440, 880), (440, 1046.5), (659.26, 1318.51)]


@pytest.mark.parametrize("window", ["hann", "hamming", "blackman", "kaiser:8"])
@pytest.mark.parametrize("tones", MERGED + APART)
def test_the_note_between_two_tones_is_not_named(window: str, tones: tuple[float, float]) -> None:
    """A frame of 11 ms has a frequency every 89 Hz: of A4 and C♯5 it makes one peak, near the B4 between."""
    played = [note_name(hertz, cents=False) for hertz in tones]
    chord = sum(tone(hertz, seconds=2) for hertz in tones)
    notes = [note for _, _, note in work(chord, frame="90", window=window).strongest()]
    if tones in MERGED:
        assert notes == ["no single tone"]
    else:
        assert sorted(note.split()[0] for note in notes) == sorted(played)
    notes = [note for _, _, note in work(chord, frame="800", window=window).strongest()]
    assert sorted(note.split()[0] for note in notes) == sorted(played)


@pytest.mark.parametrize("window", ["hann", "hamming", "blackman", "kaiser:8"])
@pytest.mark.parametrize("more", [{}, {"n_fft": 512}, {"n_fft": 91}], ids=str)
def test_a_tone_alone_is_named_with_noise_too(window: str, more: dict[str, int]) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(8000)
    for key in range(57, 100):
        hertz = 440 * 2 ** ((key - 69) / 12)
        ((_, _, note), *_) = work(tone(hertz, 1) + noise, frame="90", window=window, **more).strongest()
        assert note.split()[0] in (note_name(hertz, cents=False), "too")


def test_the_strongest_have_names(draw: Callable[..., str]) -> None:
    told = draw(story(work(tone(440) + tone(1320, size=0.1), frame="1024")), 80)
    lines = told.split("\n")
    at = lines.index("Strongest")
    assert lines[at + 2 : at + 4] == [
        "   440.1 Hz  A4 ±0                 0 dB",
        "    1320 Hz  E6 +2             −20.1 dB",
    ]


@pytest.mark.parametrize(("frame", "filters"), [("16", 5), ("32", 15), ("64", 30), ("256", 40)])
def test_every_mel_of_a_picture_has_a_frequency(frame: str, filters: int) -> None:
    """In a short frame frequencies are far apart: filters between two of them would be dark in any sound."""
    noise = np.random.default_rng(0).standard_normal(4000)
    view: Any = spectrogram(work(noise, frame=frame, frequencies="mel"), 4)
    values = view.renderables[1].values
    assert len(values) == filters
    assert values.max(axis=1).min() > -40


@pytest.mark.parametrize("window", ["hann", "hamming", "blackman", "kaiser:8"])
@pytest.mark.parametrize("key", range(24, 108, 7))
def test_a_note_is_right_or_not_named(window: str, key: int) -> None:
    """A frame of 32 ms tells frequencies 31 Hz apart: below 47 Hz there is no saying which note it is."""
    hertz = 440 * 2 ** ((key - 69) / 12)
    ((found, _, note), *_) = work(tone(hertz, seconds=2), frame="32ms", window=window).strongest()
    if hertz < 1.5 * 8000 / 256:
        assert note == "too low to tell"
    else:
        name, _, cents = note.partition(" ")
        assert name == note_name(hertz).partition(" ")[0]
        assert cents in ("", "±0")
        assert (cents == "±0") == (hertz > {"hann": 1800, "hamming": 1800}.get(window, 700))
        assert found == pytest.approx(hertz, rel=0.01)


@pytest.mark.parametrize(
    ("frame", "note"), [("11.25ms", "G3"), ("32ms", "G3"), ("128ms", "G3"), ("300ms", "G3 ±0")]
)
def test_cents_are_told_by_frames_that_tell_them(frame: str, note: str) -> None:
    """Of an exact G3, 195.998 Hz, a frame of 11.25 ms shows 197.2 Hz, which is 11 cents more."""
    ((_, _, found), *others) = work(tone(440 * 2 ** (-14 / 12), seconds=2), frame=frame).strongest()
    assert (found, others) == (note, [])


@pytest.mark.parametrize("pad_mode", ["zeros", "reflect", "edge", "wrap"])
@pytest.mark.parametrize("convention", ["librosa", "torch", "scipy"])
@pytest.mark.parametrize("frame", ["11.25ms", "32ms"])
def test_a_steady_tone_is_one_line(convention: str, pad_mode: str, frame: str) -> None:
    """Frames that stick out of the sound hold the jump to the padding, which is all frequencies at once."""
    found = work(tone(1000, seconds=2), frame=frame, convention=convention, pad_mode=pad_mode).strongest()
    assert [place for place, _, _ in found] == [pytest.approx(1000, abs=20 if convention == "torch" else 3)]


def test_of_a_sound_shorter_than_its_frames_all_count() -> None:
    ((place, _, _), *_) = work(tone(1000)[:100], frame="128").strongest()
    assert place == pytest.approx(1000, abs=30)


def test_silence_and_short_sounds(draw: Callable[..., str]) -> None:
    assert "none: the sound is silent" in draw(story(work(np.zeros(1000))), 80)
    assert "Frames  2, each 90 samples" in draw(story(work(tone(440)[:30])), 80)
    assert "frame" in draw(story(work(np.ones(1), rate=None)), 40)


@pytest.mark.parametrize("frequencies", ["linear", "log", "mel"])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_pictures(frequencies: str, width: int, draw: Callable[..., str]) -> None:
    told = draw(story(work(np.stack([tone(440), tone(880)], axis=1), frequencies=frequencies)), width)
    assert f"decibels below the largest{SPACING[frequencies]}" in " ".join(told.split())
    assert "  frequency (Hz)\n" in told


@pytest.mark.parametrize("frequencies", ["linear", "log", "mel"])
@pytest.mark.parametrize("hertz", [1000, 2000])
def test_a_tone_stands_at_its_mark(frequencies: str, hertz: int, draw: Callable[..., str]) -> None:
    """The row of a picture that is labelled with the tone's frequency, or one beside it, is the loudest."""
    told = draw(story(work(tone(hertz), frame="1024", hop="256", frequencies=frequencies)), 80)
    rows = told[told.index("frequency (Hz)") :].splitlines()[1:21]
    loud = [sum(map(" .:-=+*#%@".find, re.split("[┤│]", row)[1])) for row in rows]
    (marked,) = (number for number, row in enumerate(rows) if row.strip().startswith(f"{hertz}┤"))
    assert abs(int(np.argmax(loud)) - marked) <= 1
    assert max(loud) > 100


def test_explain_is_a_sum_that_adds_up(draw: Callable[..., str]) -> None:
    told = draw(
        explain(work([1, 2, 3, 4], rate=None, frame="4", hop="4", window="rect", center=False), (1, 0)), 80
    )
    assert told[told.index("  n ") : told.index("Size, power and phase")].split() == [
        "n",
        "x",
        "w",
        "angle°",
        "cos",
        "−sin",
        "w·x·cos",
        "w·x·(−sin)",
        "0",
        "1",
        "1",
        "0",
        "1",
        "0",
        "1",
        "0",
        "1",
        "2",
        "1",
        "90",
        "0",
        "−1",
        "0",
        "−2",
        "2",
        "3",
        "1",
        "180",
        "−1",
        "0",
        "−3",
        "0",
        "3",
        "4",
        "1",
        "270",
        "0",
        "1",
        "0",
        "4",
        "sum",
        "−2",
        "2",
    ]
    assert "|s|    √((−2)² + 2²) = 2.828" in told
    assert "phase  atan2(2, −2) = 2.356 = 135°" in told


def test_of_many_terms_the_largest_are_listed(draw: Callable[..., str]) -> None:
    told = draw(explain(work(tone(440), frame="256"), (14, 10)), 80)
    assert "248 others" in told
    assert "Frame 10  samples 512 to 767, 0.064 to 0.096 s\n" in told
    assert "highest near 440" in told
    assert "; 128 of them padding" in draw(explain(work(tone(440), frame="256"), (14, 0)), 80)


def test_the_next_line_keeps_the_options(draw: Callable[..., str]) -> None:
    typed = (("--no-center",), ("--frame", "32ms"), ("--mels", "9"), ("--block", "1s"), ("--scaling", "psd"))
    told = flat(story(work(tone(440), frame="32ms", center=False, scaling="psd", typed=typed)), draw, 200)
    assert "dlcli stft x.wav --no-center --frame 32ms --scaling psd --explain 14," in told


def test_no_such_cell() -> None:
    with pytest.raises(
        WrongUsage, match="there is no cell 999,0 in the spectrum: frequency 0 to 45, frame 0 to"
    ):
        explain(work(tone(440)), (999, 0))


def test_markdown() -> None:
    told = to_markdown(story(work(tone(440), frame="64")))
    assert "| frame | 64 | 8 ms | 125 Hz between frequencies |" in told


def test_without_a_rate_what_is_counted_is_said(draw: Callable[..., str]) -> None:
    told = flat(story(work(tone(440), rate=None, frame="4", hop="2")), draw)
    assert "Notice Nothing says how many samples come in a second: times are in samples" in told
    assert "Nothing says how many" not in flat(story(work(tone(440), frame="4", hop="2")), draw)


def test_one_is_no_several(draw: Callable[..., str]) -> None:
    told = flat(story(work([1.0, 2, 3, 4, 5], rate=None, frame="1", hop="1", center=False)), draw)
    assert "Frames 5, each 1 sample " in told
    assert "windows 1 sample apart add up to 1 everywhere" in told
    told = flat(story(work([1.0, 2, 3, 4, 5], rate=None, frame="4", hop="2", center=False)), draw)
    assert "Frames 1, 4 samples; 1 sample at the end is in no frame" in told


def test_a_frame_of_one_sample_is_left_as_it_is(draw: Callable[..., str]) -> None:
    for window in ("hann", "kaiser:8", "gaussian:1"):
        told = flat(story(work([5, 6], rate=None, frame="1", window=window)), draw)
        assert "w[0] = 1: a frame of one sample is left as it is" in told
        assert "D = 1" not in told
    told = draw(explain(work([5, 6], rate=None, frame="1"), (0, 0)), 80)
    assert "Frame 0  sample 0\n" in told
    assert "Its spectrum  as strong everywhere\n" in told


@pytest.mark.parametrize("size", [0.1, 0.3, 5, 1e-9])
def test_a_single_sample_has_no_strongest_frequency(size: float, draw: Callable[..., str]) -> None:
    told = draw(story(work([size])), 80)
    assert "Strongest\n  none: all are equally strong\n" in told
    assert "e−1" not in told.partition("Spectrum")[2].partition("Strongest")[0].partition("frame (s)")[2]


def test_nothing_is_above_the_strongest(draw: Callable[..., str]) -> None:
    """Of two tones nearly as strong the highest between its frequencies comes first."""
    for off in np.linspace(0, 1, 11):
        n = np.arange(256)
        x = np.sin(2 * np.pi * 20 * n / 256) + 1.02 * np.sin(2 * np.pi * (60 + off) * n / 256)
        levels = [level for _, level, _ in work(x, frame="256", hop="256", center=False).strongest()]
        assert levels[0] == 0
        assert levels == sorted(levels, reverse=True)


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("precision", [2, 4, 8])
def test_the_terms_are_whole_at_any_width(precision: int, width: int, draw: Callable[..., str]) -> None:
    told = draw(explain(work(tone(440)), (5, 3), precision=precision), width)
    terms = told[told.index("Arithmetic") : told.index("Size, power")]
    assert "…" not in terms
    assert max(map(len, told.splitlines())) <= width
    for head in ("angle°", "cos", "−sin", "w·x·cos", "w·x·(−sin)", "82 others"):
        assert head in terms.split() or head in terms


def test_what_is_not_listed_of_nothing_is_nothing(draw: Callable[..., str]) -> None:
    """A few loud samples and silence else: the others add up to 0, not to the rounding of a difference."""
    x = np.zeros(64)
    x[[3, 8, 9, 20, 21, 37, 46, 60]] = 12345.6 * np.arange(1, 9) ** 3
    told = draw(explain(work(x, frame="64", hop="64", window="rect", center=False), (3, 0)), 80)
    (others,) = (line.split() for line in told.splitlines() if "56 others" in line)
    assert [float(text) for text in others[2:]] == [0, 0]
