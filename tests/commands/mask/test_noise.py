"""``dlcli mask --noise|--drop|--soft|--reduction|--smooth``: gains, their stories, and what does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

GATED = np.load(Path(__file__).parents[2] / "data" / "noise_gate.npz")
HISS = GATED["noise"].shape[1]
AXES = (
    Axis("frequency", start=0.0, step=250.0, unit="Hz"),
    Axis("frame", start=0.0, step=0.001, unit="s"),
)
#: The frames of the noise, then those of the sound.
BOTH = Tensor(
    np.concatenate([GATED["noise"], GATED["sound"]], axis=1), AXES, "spectrum", {"quantity": "spectrum"}
)
PASSAGE = ("--noise", f"0s:{HISS - 1}ms")


def of_sound(data: np.ndarray) -> np.ndarray:
    return data[:, HISS:]


@pytest.mark.parametrize(
    "passage", [f"0s:{HISS - 1}ms", f"#0:#{HISS - 1}", f":{(HISS - 1) / 1000}s", f":#{HISS - 1}"]
)
def test_a_gate_as_noisereduces(passage: str, cli: Any) -> None:
    mask = cli("mask", "--noise", passage, "--emit", "mask", stdin=BOTH).tensor
    np.testing.assert_array_equal(of_sound(mask.data), GATED["mask"])
    found = cli("mask", "--noise", passage, stdin=BOTH).tensor
    np.testing.assert_array_equal(of_sound(found.data), GATED["sound"] * GATED["mask"])
    assert (found.name, found.axes, found.data.dtype) == ("spectrum", AXES, complex)


def test_smoothing_and_reduction_as_noisereduces(cli: Any) -> None:
    gain = cli(
        "mask", *PASSAGE, "--reduction", f"{-20 * np.log10(0.25)}", "--emit", "gain", stdin=BOTH
    ).tensor
    np.testing.assert_allclose(of_sound(gain.data), GATED["weak"], rtol=1e-12)
    assert (gain.name, gain.attrs["quantity"], gain.axes) == ("gain", "gain", AXES)
    gain = cli("mask", *PASSAGE, "--smooth", "2,3", "--emit", "gain", stdin=BOTH).tensor.data
    np.testing.assert_allclose(of_sound(gain)[2:-2, 3:-3], GATED["smooth"][2:-2, 3:-3], atol=1e-12)


@pytest.mark.parametrize("power", [1, 2])
def test_a_soft_mask_as_librosas(power: int, cli: Any) -> None:
    line = ("mask", *PASSAGE, "--soft", f"ratio:{power}")
    gain = cli(*line, "--emit", "gain", stdin=BOTH).tensor.data
    np.testing.assert_allclose(of_sound(gain), GATED[f"soft{power}"], atol=1e-12)
    found = cli(*line, stdin=BOTH).tensor.data
    np.testing.assert_allclose(of_sound(found), GATED["sound"] * GATED[f"soft{power}"], atol=1e-12)
    mask = cli(*line, "--emit", "mask", stdin=BOTH).tensor.data
    np.testing.assert_array_equal(of_sound(mask), GATED["mask"])


def test_gains_are_of_sizes_and_powers_get_their_squares(cli: Any) -> None:
    power = Tensor(np.abs(BOTH.data) ** 2, AXES, "power", {"quantity": "power"})
    for soft in (
        (),
        ("--soft", "wiener"),
        ("--soft", "subtract:1.5"),
        ("--soft", "ratio:3"),
        ("--reduction", "6"),
    ):
        line = ("mask", *PASSAGE, *soft)
        whole, squares = cli(*line, stdin=BOTH).tensor.data, cli(*line, stdin=power).tensor.data
        np.testing.assert_allclose(squares, np.abs(whole) ** 2, rtol=1e-9, atol=1e-15)
        gain = cli(*line, "--emit", "gain", stdin=power).tensor.data
        np.testing.assert_allclose(power.data * gain, squares, rtol=1e-6, atol=1e-15)
    half = cli(
        "mask", "--above", "4", "--soft", "ratio", "--emit", "gain", stdin=Tensor([[2.0, 4, 8]])
    ).tensor.data
    np.testing.assert_allclose(half, [[0.2, 0.5, 0.8]])


def test_wiener_and_subtraction_are_of_the_mean_of_the_passage(cli: Any) -> None:
    size = np.abs(BOTH.data)
    power = np.square(size[:, :HISS]).mean(axis=1, keepdims=True)
    gain = cli("mask", *PASSAGE, "--soft", "wiener:2", "--emit", "gain", stdin=BOTH).tensor.data
    np.testing.assert_allclose(gain, np.maximum(0, 1 - 2 * power / size**2))
    gain = cli("mask", *PASSAGE, "--soft", "subtract", "--emit", "gain", stdin=BOTH).tensor.data
    np.testing.assert_allclose(gain, np.maximum(0, 1 - size[:, :HISS].mean(axis=1, keepdims=True) / size))


def test_every_channel_has_noise_of_its_own(cli: Any) -> None:
    both = np.stack([BOTH.data, 100 * BOTH.data[:, ::-1]], axis=2)
    x = Tensor(both, (*AXES, Axis("channel", ("left", "right"))), "spectrum")
    alone = cli("mask", *PASSAGE, stdin=Tensor(both[..., 1], AXES, "spectrum")).tensor.data
    np.testing.assert_array_equal(cli("mask", *PASSAGE, stdin=x).tensor.data[..., 1], alone)
    told = cli("mask", *PASSAGE, "-f", "plain", stdin=x)
    assert (told.code, told.err) == (0, "")
    assert "further apart by" in told.out


def test_what_is_dropped_is_what_is_not_kept(cli: Any) -> None:
    x = "1 -5 2; 4 0 -3"
    assert cli("mask", x, "--drop", "column=1:1").tensor.data.tolist() == [[1, 0, 2], [4, 0, -3]]
    assert cli("mask", x, "--drop", "column=0:0", "--drop", "1=#2:").tensor.data.tolist() == [
        [0, -5, 0],
        [0, 0, 0],
    ]
    found = cli("mask", x, "--keep", "row=0:0", "--drop", "column=1:1").tensor.data
    assert found.tolist() == [[1, 0, 2], [0, 0, 0]]
    kept = cli("mask", "--keep", "frequency=1000:2000", "--emit", "mask", stdin=BOTH).tensor.data
    dropped = cli("mask", "--drop", "frequency=1000:2000", "--emit", "mask", stdin=BOTH).tensor.data
    np.testing.assert_array_equal(kept, ~dropped)
    told = cli("mask", x, "--drop", "column=1:1", "--explain", "0,1", "-f", "plain").out
    assert "  y  x if column not in its band else 0\n" in told
    assert "  column  1 in 1 to 1: dropped\n" in told
    assert (
        "column  dropped: 1 to 1, 1 of 3 places\n"
        in cli("mask", x, "--drop", "column=1:1", "-f", "plain").out
    )
    gone = cli("mask", x, "--drop", "column=:")
    assert gone.err == "dlcli: mask: nothing is kept, and all is 0: try a narrower --drop\n"
    assert cli("mask", x, "--drop", "column=:", "--reduction", "20").err == ""
    weaker = cli("mask", x, "--drop", "column=1:1", "--reduction", "20").tensor.data
    np.testing.assert_allclose(weaker, [[1, -0.5, 2], [4, 0, -3]])


def test_bands_hold_for_soft_gains_too(cli: Any) -> None:
    gain = cli("mask", *PASSAGE, "--soft", "wiener", "--drop", "frequency=:500", "--emit", "gain", stdin=BOTH)
    assert not gain.tensor.data[:3].any()
    assert gain.tensor.data[3:].any()


def cells(told: str, name: str) -> list[str]:
    (row,) = (line for line in told.splitlines() if line.startswith(f"  {name} "))
    return row[2 + len(name) :].strip().split(" = ")


@pytest.mark.parametrize("reduction", ["10", "0.01"])
@pytest.mark.parametrize("soft", ["ratio:1", "wiener:2", "subtract"])
def test_a_soft_gain_is_explained(soft: str, reduction: str, cli: Any) -> None:
    line = ("mask", *PASSAGE, "--soft", soft, "--reduction", reduction)
    place = (5, HISS + 25)
    gain = cli(*line, "--emit", "gain", stdin=BOTH).tensor.data[place]
    told = cli(*line, "--explain", ",".join(map(str, place)), "-f", "plain", stdin=BOTH).out
    formula, value = cells(told, "gain")
    shown = formula.replace("^", "**").replace("²", "**2").replace("−", "-").replace("·", "*")
    assert eval(shown, {"max": max}) == pytest.approx(float(value), abs=2e-3)
    assert float(cells(told, "reduction")[-1]) == pytest.approx(gain, rel=1e-3)
    assert (0.32 < gain < 1) if reduction == "10" else gain == pytest.approx(10 ** (-0.01 / 20))


def test_a_gate_is_explained(cli: Any) -> None:
    power = Tensor(np.abs(BOTH.data) ** 2, AXES, "power", {"quantity": "power"})
    level = 20 * np.log10(np.abs(GATED["noise"][7]))
    for x, size in ((BOTH, abs(BOTH.data[7, 40])), (power, abs(BOTH.data[7, 40]))):
        told = cli("mask", *PASSAGE, "--n-std", "2", "--explain", "7,40", "-f", "plain", stdin=x).out
        said = cells(told, "L, in dB")
        assert said[0] == f"{level.mean():.4g} + 2 · {level.std():.4g}".replace("-", "−")
        assert float(said[1].replace("−", "-")) == pytest.approx(level.mean() + 2 * level.std(), abs=5e-3)
        threshold = 10 ** ((level.mean() + 2 * level.std()) / 20)
        assert float(cells(told, "threshold")[-1]) == pytest.approx(threshold, rel=1e-3)
        sign = ">" if size > threshold else "≤"
        assert f" {sign} " in cells(told, "gain")[0]


def test_the_story_says_how_much_was_gained(cli: Any) -> None:
    told = cli("mask", *PASSAGE, "--n-std", "1", "-f", "plain", "--width", "80", stdin=BOTH).out
    found = cli("mask", *PASSAGE, "--n-std", "1", stdin=BOTH).tensor.data

    def level(x: np.ndarray) -> float:
        return float(10 * np.log10(np.square(np.abs(x)).mean()))

    inside = level(found[:, :HISS]) - level(BOTH.data[:, :HISS])
    outside = level(of_sound(found)) - level(of_sound(BOTH.data))
    assert f"further apart by {outside - inside:+.3g} dB" in " ".join(told.split())
    share = np.count_nonzero(found[:, :HISS]) / found[:, :HISS].size
    assert f"{100 * share:.3g} % of the numbers of the passage are kept" in " ".join(told.split())
    assert "  t  10^(L / 20) of each frequency\n  L  mean + 1 · deviation of 20 log10 |x|\n" in told
    assert f"Noise  frame 0 s to {(HISS - 1) / 1000:g} s, {HISS} frames\n" in told
    gone = " ".join(cli("mask", *PASSAGE, "--n-std", "3", "-f", "plain", stdin=BOTH).out.split())
    assert " dB silent the other frames" in gone
    assert "further apart" not in gone
    short = cli("mask", "--noise", "#0:#2", "-f", "plain", stdin=BOTH).out
    assert "3 frames say little of how noise varies" in " ".join(short.split())


def test_a_silent_passage_teaches_nothing(cli: Any) -> None:
    data = BOTH.data.copy()
    data[:, :4] = 0
    found = cli("mask", "--noise", "#0:#3", stdin=Tensor(data, AXES, "spectrum"))
    np.testing.assert_array_equal(found.tensor.data, data)
    told = cli("mask", "--noise", "#0:#3", "-f", "plain", stdin=Tensor(data, AXES, "spectrum")).out
    assert "The passage is silent, and nothing can be learnt from it" in " ".join(told.split())


def test_blocks_use_what_the_first_has_taught(cli: Any) -> None:
    line = ("stft", "sample:speech", "--frame", "32ms")
    options = ("--noise", "0s:0.2s", "--soft", "wiener", "--reduction", "12")
    whole = cli("mask", *options, stdin=cli(*line).raw).tensor
    blocks = cli(*line, "--block", "0.5s").raw
    parts = cli("mask", *options, stdin=blocks)
    assert parts.err == ""
    np.testing.assert_array_equal(np.concatenate([part.data for part in parts.tensors], axis=1), whole.data)
    behind = cli("mask", "--noise", "1s:1.5s", stdin=blocks)
    assert behind.err.startswith("dlcli mask: --noise 1s:1.5s goes beyond the first block, which ends at 0.4")
    late = cli("mask", "--noise", "0s:0.9s", stdin=blocks)
    assert (late.code, late.raw) == (2, b"")
    assert late.err.startswith("dlcli mask: --noise 0s:0.9s goes beyond the first block, which ends at 0.4")
    assert cli("mask", *options, "-f", "plain", stdin=blocks).code == 0
    told = cli("mask", "--noise", "0s:0.2s", "--smooth", "1", stdin=blocks).err
    assert (
        told
        == "dlcli: mask --smooth works on the frames of each block alone; without --block on the whole sound\n"
    )


BAD = {
    "no frames": (("1 2; 3 4", "--noise", "0:1"), 1, "--noise learns from the frames of a spectrum (frequency, frame); received matrix (row 2, column 2) int64; dlcli stft makes one of a sound"),
    "beside a level": (("1 2", "--noise", "0:1", "--above", "3"), 2, "--noise does not go with --above: leave one of them out"),
    "wiener of a level": (("1 2", "--above", "1", "--soft", "wiener"), 2, "--soft wiener is of the noise of a passage: give --noise, or take --soft ratio"),
    "deviations of wiener": (("1 2", "--noise", "0:1", "--n-std", "2", "--soft", "subtract"), 2, "--n-std is for a threshold, and --soft subtract has none: leave it out, or make the gain stronger, as --soft subtract:2"),
    "deviations of nothing": (("1 2", "--above", "1", "--n-std", "2"), 2, "--n-std goes with --noise: add it, or leave --n-std out"),
    "soft of nothing": (("1 2", "--keep", "row=0:0", "--soft", "ratio"), 2, "--soft goes with --noise or --above: add it, or leave --soft out"),
    "nothing to drop": (("1 2", "--drop", "column=2:5"), 2, "--drop column=2:5 drops nothing: the axis has 0 to 1"),
    "a smooth vector": (("[1, 2]", "--above", "1", "--smooth", "1"), 1, "--smooth averages over rows and columns; received matrix (index 2) int64"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit(case: str, cli: Any) -> None:
    words, code, message = BAD[case]
    ended = cli("mask", *words)
    assert (ended.code, ended.raw, ended.err) == (code, b"", f"dlcli mask: {message}\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--noise", "9s:10s"), "--noise 9s:10s has no frame: the axis has 0 s to "),
        (("--noise", "20ms:10ms"), "--noise 20ms:10ms ends before it begins; try --noise 10ms:20ms"),
        (
            ("--noise", "now:later"),
            "--noise: 'now' is no place of it; give numbers in s, or indices as in #0:#",
        ),
        (("--noise", "0.5s"), "'0.5s' is no passage of a sound: 0s:0.5s, 200ms:1s, by index #0:#40"),
        (("--noise", "frame=0:1"), "'frame=0:1' is no passage of a sound"),
        ((*PASSAGE, "--soft", "hard"), "'hard' is none of ratio, wiener, subtract, such as wiener:2"),
        ((*PASSAGE, "--soft", "wiener:0"), "0"),
        ((*PASSAGE, "--smooth", "1,2,3"), "'1,2,3' is neither a whole number nor two of them"),
        ((*PASSAGE, "--smooth=-1"), "'-1' is neither a whole number nor two of them"),
    ],
)
def test_values_that_are_none(words: tuple[str, ...], told: str, cli: Any) -> None:
    ended = cli("mask", *words, stdin=BOTH)
    assert (ended.code, ended.raw) == (2, b"")
    assert told in ended.err


def test_numbers_that_are_not_finite(cli: Any) -> None:
    data = BOTH.data.copy()
    data[3, HISS + 1], data[4, HISS + 1] = np.nan, np.inf
    found = cli("mask", *PASSAGE, stdin=Tensor(data, AXES, "spectrum"))
    assert found.tensor.data[3, HISS + 1] == 0
    assert np.isinf(found.tensor.data[4, HISS + 1])
    assert (
        cli("mask", *PASSAGE, "--soft", "wiener", "-f", "plain", stdin=Tensor(data, AXES, "spectrum")).code
        == 0
    )
    data[3, 2] = np.nan
    ended = cli("mask", *PASSAGE, stdin=Tensor(data, AXES, "spectrum"))
    assert (ended.code, "the passage has NaN or infinity; try another" in ended.err) == (1, True)


@pytest.mark.parametrize("words", [("--drop", "frequency=1000:2000"), ("--keep", "frequency=:1000")])
def test_smoothing_puts_nothing_back_that_a_range_took_away(words: tuple[str, ...], cli: Any) -> None:
    line = ("mask", *PASSAGE, *words)
    hard = cli(*line, "--emit", "gain", stdin=BOTH).tensor.data
    hertz = np.array([AXES[0].value(i) for i in range(len(hard))])
    outside = (hertz >= 1000) & (hertz <= 2000) if words[0] == "--drop" else hertz > 1000
    smooth = cli(*line, "--smooth", "2,3", "--emit", "gain", stdin=BOTH).tensor.data
    assert not smooth[outside].any()
    assert np.abs(smooth - hard)[~outside].max() > 0.1
    weak = cli(*line, "--smooth", "2,3", "--reduction", "20", "--emit", "gain", stdin=BOTH).tensor.data
    np.testing.assert_allclose(weak[outside], 0.1)
    cell = str(int(np.flatnonzero(outside)[0]))
    told = cli(*line, "--smooth", "2,3", "--explain", f"{cell},20", "-f", "plain", stdin=BOTH).out
    assert "its place is not kept, whatever its neighbours are = 0\n" in told
    told = cli("mask", *PASSAGE, "--smooth", "2,3", "--explain", "3,20", "-f", "plain", stdin=BOTH).out
    assert "averaged, a triangle over ±2 frequencies × ±3 frames\n" in told
    assert "the mean with its neighbours', a triangle over ±2 frequencies × ±3 frames = " in " ".join(
        told.split()
    )


def test_the_picture_of_a_gain_shows_means(shell: Any) -> None:
    line = "dlcli stft sample:speech --frame 32ms | dlcli mask --noise 0s:0.2s"
    told = shell(f"{line} -f plain --width 80").out
    told = told[told.index("\nGain  ") : told.index("\nKept")]
    assert "; the picture shows means" in " ".join(told.split())
    drawn = [one[7:80].ljust(73) for one in told.split("\n") if one[6:7] in ("│", "┤")]
    shades = " .:-=+*#%@"
    shown = np.mean([shades.index(letter) / 9 for row in drawn for letter in row])
    assert len(drawn) == 10
    assert shown == pytest.approx(shell(f"{line} --emit gain").tensor.data.mean(), abs=0.05)


def test_notices_of_noise_recommend_what_helps(cli: Any) -> None:
    def told(*words: str) -> str:
        ended = cli("mask", "--noise", *words, "-f", "plain", stdin=BOTH)
        assert ended.code == 0
        return " ".join(ended.out.split())

    assert "1 frame says little of how noise varies" in told("#3:#3")
    assert "Nothing of the passage is kept. 1 frame" in told("#3:#3", "--n-std", "1")
    assert "a larger --n-std keeps fewer, --smooth blurs them, --soft and --reduction leave" in told("#0:#9")
    assert "--smooth blurs them, --soft leaves some noise" in told("#0:#9", "--reduction", "6")
    assert "by a gain of a half at least" not in told("#0:#9")
    soft = told("#0:#9", "--soft", "ratio")
    assert "%), by a gain of a half at least" in soft
    assert "what is louder kept" not in soft
    whole = cli("mask", "--noise", "0:40", stdin=BOTH)
    assert whole.code == 0
    assert whole.err.startswith("dlcli: mask: --noise 0:40 is all of the sound, whose last frame is at ")
    assert cli("mask", "--noise", "#0:#9", stdin=BOTH).err == ""


def test_the_picture_of_a_mask_is_in_no_decibels(shell: Any) -> None:
    ended = shell("dlcli stft sample:tones | dlcli mask --above -15db --emit mask -o m.png")
    assert (ended.code, "decibels" in ended.err) == (0, False)
