"""``dlcli mask``: levels, bands, and words for what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import soundfile

from dlcli.tensor import Axis, Tensor

SPECTRUM = Tensor(
    (np.arange(12.0).reshape(4, 3) + 1j),
    (Axis("frequency", start=0.0, step=100.0, unit="Hz"), Axis("frame", start=0.0, step=0.5, unit="s")),
    "spectrum",
)
LETTERS = Tensor(np.arange(1.0, 5), (Axis("unit", ("a", "b", "c", "d")),), "state")


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (("--above", "3"), [[0, -5, 0], [4, 0, -3]]),
        (("--below", "3"), [[1, 0, 2], [0, 0, -3]]),
        (("--above", "2", "--below", "4"), [[0, 0, 2], [4, 0, -3]]),
        (("--above", "0db"), [[0, -5, 0], [0, 0, 0]]),
        (("--above", "-6dB"), [[0, -5, 0], [4, 0, -3]]),
        (("--above", "50%"), [[0, -5, 0], [4, 0, -3]]),
        (("--keep", "column=1:"), [[0, -5, 2], [0, 0, -3]]),
        (("--keep", "column=#0:#0", "--keep", "0=:0"), [[1, 0, 0], [0, 0, 0]]),
        (("--keep", "column=0.5:1.5"), [[0, -5, 0], [0, 0, 0]]),
        (("--keep", "column=0:0", "--keep", "column=2:2"), [[1, 0, 2], [4, 0, -3]]),
        (("--keep", "column=0:0", "--keep", "1=#2:", "--keep", "row=1:1"), [[0, 0, 0], [4, 0, -3]]),
    ],
)  # fmt: skip
def test_levels_and_bands(words: tuple[str, ...], kept: list[list[int]], cli: Any) -> None:
    found = cli("mask", "1 -5 2; 4 0 -3", *words).tensor
    assert found.data.tolist() == kept
    mask = cli("mask", "1 -5 2; 4 0 -3", *words, "--emit", "mask").tensor
    assert (mask.name, mask.data.dtype) == ("mask", bool)
    np.testing.assert_array_equal(np.where(mask.data, [[1, -5, 2], [4, 0, -3]], 0), kept)


@pytest.mark.parametrize(
    ("band", "rows"),
    [
        ("frequency=100:200", [1, 2]),
        ("frequency=100Hz:250 Hz", [1, 2]),
        ("frequency=:0", [0]),
        ("0=#2:", [2, 3]),
    ],
)
def test_a_band_is_in_the_unit_of_its_axis(band: str, rows: list[int], cli: Any) -> None:
    found = cli("mask", "--keep", band, stdin=SPECTRUM).tensor
    assert sorted(set(np.nonzero(found.data)[0].tolist())) == rows
    assert found.axes == SPECTRUM.axes
    assert found.data.dtype == complex


def test_truth_values_have_levels_and_bands_may_have_no_end(cli: Any) -> None:
    truth = Tensor(np.array([True, False, True]), (Axis("unit"),))
    assert cli("mask", "--above", "90%", stdin=truth).tensor.data.tolist() == [True, False, True]
    assert cli("mask", "--keep", "unit=-inf:inf", stdin=truth).tensor.data.tolist() == [True, False, True]


def test_labels_are_places(cli: Any) -> None:
    assert cli("mask", "--keep", "unit=b:c", stdin=LETTERS).tensor.data.tolist() == [0, 2, 3, 0]


def test_noise_goes_and_tones_stay(cli: Any) -> None:
    """What is left of two tones in noise is nearer to the tones than what came in."""
    spectrum = cli("stft", "sample:tones", "--frame", "1024").raw
    clean = cli("istft", stdin=cli("mask", "--above", "-15db", stdin=spectrum).raw).tensor.data
    noisy = cli("istft", stdin=spectrum).tensor.data
    time = np.arange(len(noisy)) / 16000
    tones = 0.2 * np.sin(2 * np.pi * 440 * time) + 0.1 * np.sin(2 * np.pi * 660 * time)
    inner = slice(2000, 30_000)
    before, after = (
        10 * np.log10(np.square(tones[inner]).sum() / np.square(x - tones)[inner].sum())
        for x in (noisy, clean)
    )
    assert before == pytest.approx(10, abs=0.2)  # (0.2² + 0.1²) / 2 to 0.05², in decibels
    assert after > 25.5


@pytest.mark.parametrize(("quantity", "root"), [("magnitude", 1), ("power", 2), ("mel", 2)])
def test_decibels_are_of_powers_whatever_is_masked(quantity: str, root: int, cli: Any) -> None:
    sizes = cli("stft", "sample:tones", "--emit", quantity).tensor
    kept = cli("mask", "--above", "-20db", stdin=sizes).tensor.data != 0
    np.testing.assert_array_equal(kept, sizes.data >= sizes.data.max() * 0.1**root)


def test_a_level_that_counts_anew_in_every_block_says_so(cli: Any) -> None:
    blocks = cli("stft", "sample:tones", "--block", "0.5s").raw
    ended = cli("mask", "--above", "-20db", "--below", "99%", stdin=blocks)
    assert ended.err == "dlcli: mask: -20db and 99% count anew in every block of the sound\n"
    assert cli("mask", "--above", "3", "--keep", "frequency=300:", stdin=blocks).err == ""


def test_numbers_in_decibels_are_no_sizes(cli: Any) -> None:
    decibels = cli("stft", "sample:tones", "--emit", "db").raw
    ended = cli("mask", "--above", "-20db", stdin=decibels)
    assert (ended.code, ended.raw) == (1, b"")
    assert ended.err == (
        "dlcli mask: mask sets what is weak to 0, and 0 dB is as strong as 1: this tensor came from "
        "'stft sample:tones --emit db'; mask the spectrum, its magnitude or its power\n"
    )


def test_before_and_after_have_the_same_colours(cli: Any) -> None:
    """What is kept is drawn as it was, though the strongest was taken away."""
    loud_and_soft = Tensor(
        np.repeat([[100.0], [10.0]], 30, axis=1).repeat(10, axis=0), SPECTRUM.axes, "magnitude"
    )
    told = cli("mask", "--keep", "frequency=#10:", "-f", "plain", "--width", "80", stdin=loud_and_soft).out
    upper = told[told.index("masked, dB") :].splitlines()[3]
    left, right = upper.split("│")[1:]
    assert set(left.strip()) == set(right.strip()) == {"="}
    assert "−40 | .:-=+*#%@| 0" in told


BAD = {
    "nothing to keep": (("1 2",), 2, "dlcli mask: mask needs to know what to keep: --above LEVEL, --below LEVEL, --keep or --drop AXIS=FROM:TO, or --noise FROM:TO"),
    "no level": (("1 2", "--above", "loud"), 2, "dlcli mask: invalid value for '--above': 'loud' is no level: a size such as 0.5, -40db below the largest, or 90%\nTry 'dlcli mask --help'."),
    "negative size": (("1 2", "--above", "-3"), 2, "dlcli mask: invalid value for '--above': '-3' is no level: a size such as 0.5, -40db below the largest, or 90%\nTry 'dlcli mask --help'."),
    "share above 100": (("1 2", "--above", "101%"), 2, "dlcli mask: invalid value for '--above': '101%' is no level: a size such as 0.5, -40db below the largest, or 90%\nTry 'dlcli mask --help'."),
    "no band": (("1 2", "--keep", "column"), 2, "dlcli mask: invalid value for '--keep': 'column' is no range of an axis: frequency=300:3400, frame=0.5:1, by index frequency=#2:#9\nTry 'dlcli mask --help'."),
    "unknown axis": (("1 2", "--keep", "colum=0:1"), 2, "dlcli mask: --keep colum: there is no such axis: did you mean column? the axes are row (0), column (1)"),
    "no place": (("1 2", "--keep", "column=a:1"), 2, "dlcli mask: --keep column: 'a' is no place of it; give numbers, or indices as in column=#0:#1"),
    "nan": (("1 2", "--keep", "column=nan:1"), 2, "dlcli mask: --keep column: 'nan' is no place of it; give numbers, or indices as in column=#0:#1"),
    "empty band": (("1 2", "--keep", "column=2:5"), 2, "dlcli mask: --keep column=2:5 keeps nothing: the axis has 0 to 1"),
    "reversed band": (("1 2 3", "--keep", "column=2:1"), 2, "dlcli mask: --keep column=2:1 ends before it begins; try --keep column=1:2"),
    "reversed beyond the end": (("1 2 3", "--keep", "column=9:1"), 2, "dlcli mask: --keep column=9:1 ends before it begins; try --keep column=1:9"),
    "between two places": (("1 2", "--keep", "column=0.2:0.8"), 2, "dlcli mask: --keep column=0.2:0.8 keeps nothing: the axis has 0 and next 1"),
    "cell outside": (("1 2", "--above", "1", "--explain", "0,2", "-f", "plain"), 2, "dlcli mask: there is no cell 0,2 in the table: row 0 to 0, column 0 to 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_ends_in_words(case: str, cli: Any) -> None:
    words, code, message = BAD[case]
    ended = cli("mask", *words)
    assert (ended.code, ended.raw, ended.err) == (code, b"", message + "\n")


@pytest.mark.parametrize(
    ("band", "places"),
    [
        ("210:220", "200 Hz and next 300 Hz"), ("220:210", "200 Hz and next 300 Hz"),
        ("#2.2:#2.4", "200 Hz and next 300 Hz"), ("9000:9500", "0 Hz to 400 Hz"),
    ],
)  # fmt: skip
def test_a_band_with_no_place_in_it_names_the_nearest(band: str, places: str, cli: Any) -> None:
    axes = (Axis("frequency", start=0.0, step=100.0, unit="Hz"), Axis("frame"))
    ended = cli("mask", "--keep", f"frequency={band}", stdin=Tensor(np.ones((5, 2)), axes))
    message = f"dlcli mask: --keep frequency={band} keeps nothing: the axis has {places}\n"
    assert (ended.code, ended.raw, ended.err) == (2, b"", message)


def test_the_story(cli: Any) -> None:
    told = cli(
        "mask", "1 -5 2; 4 0 -3", "--above", "-6db", "--keep", "row=0:0", "-f", "plain", "--width", "80"
    ).out
    assert "  y  x if |x| ≥ 2.506 and row in its band else 0\n" in told
    assert "  above  -6db is 2.506: sizes ≥ 2.506 are kept\n  row    0 to 0, 1 of 2 places\n" in told
    assert "  kept    1 of 6 numbers (16.7 %)\n  energy  45.5 % of Σ |x|² is in them\n" in told
    assert told.endswith("  dlcli mask '1 -5 2; 4 0 -3' --above -6db --keep row=0:0 --explain 0,1\n")


def test_the_next_line_of_a_spectrum_leads_to_a_sound(shell: Any) -> None:
    told = shell("dlcli stft sample:tones | dlcli mask --above -15db -f plain").out
    line = " ".join(told.partition("Try next\n")[2].replace(" \\\n", " ").split())
    assert line == "dlcli stft sample:tones | dlcli mask --above -15db | dlcli istft -o masked.wav"
    assert shell(line).code == 0


def test_explain_holds_a_number_against_every_rule(cli: Any) -> None:
    line = ("mask", "1 -5 2; 4 0 -3", "--above", "3", "--keep", "row=0:0", "-f", "plain")
    told = cli(*line, "--explain", "1,0").out
    assert "  above  |x| = 4 ≥ 3 (3): yes\n  row    1 in 0 to 0: no\n" in told
    assert "Masked  0, set to 0, at row 1, column 0" in told
    assert "Masked  −5, kept, at row 0, column 1" in cli(*line, "--explain", "0,1").out


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
def test_the_lowest_integer_is_the_largest_size(dtype: Any, cli: Any) -> None:
    low = int(np.iinfo(dtype).min)
    x = Tensor(np.array([[low, 1]], dtype), (Axis("row"), Axis("column")), "x")
    for words in (("--above", "1"), ("--above", "0db"), ("--above", "100%")):
        found = cli("mask", *words, stdin=x).tensor.data
        assert (found[0, 0], found.dtype) == (low, dtype)
    assert cli("mask", "--below", "99%", stdin=x).tensor.data.tolist() == [[0, 1]]
    told = cli("mask", "--above", "1", "--explain", "0,0", "-f", "plain", "--precision", "17", stdin=x).out
    assert f"|x| = {-low} ≥ 1 (1): yes" in told
    assert f"Masked  −{-low}, kept" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--above 9", "Nothing is kept: try a lower --above."),
        ("--below 1", "Nothing is kept: try a higher --below."),
        ("--above 9 --keep column=0:0", "Nothing is kept: try a lower --above or a wider --keep."),
        ("--above 3 --below 2", "Nothing is kept: no size is ≥ 3 and ≤ 2 at once."),
        (
            "--above 9 --keep column=0:0 --keep column=1:1",
            "Nothing is kept: try a lower --above or a wider --keep.",
        ),
        ("--above 1", "Everything is kept: a higher --above would take something away."),
        ("--below 7", "Everything is kept: a lower --below would take something away."),
        ("--keep column=0:1", "Everything is kept: a narrower --keep would take something away."),
    ],
)
def test_what_would_change_it(words: str, told: str, cli: Any) -> None:
    story = cli("mask", "5 6", *words.split(), "-f", "plain").out
    assert f"Notice {told} Try next" in " ".join(story.split())


def test_two_bands_of_a_spectrum_are_both_kept(cli: Any) -> None:
    """As the union of two slices: what each band keeps alone, added up."""
    low, high = ("--keep", "frequency=0:100"), ("--keep", "frequency=300:")
    parts = [cli("mask", *words, stdin=SPECTRUM).tensor.data for words in (low, high)]
    both = cli("mask", *low, *high, stdin=SPECTRUM).tensor.data
    np.testing.assert_array_equal(both, sum(parts))
    assert sorted(set(np.nonzero(both)[0].tolist())) == [0, 1, 3]
    told = cli("mask", *low, *high, "--explain", "2,1", "-f", "plain", "--width", "80", stdin=SPECTRUM).out
    assert "  frequency  200 Hz in 0 Hz to 100 Hz or 300 Hz to 300 Hz: no\n" in told


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("1 -5 2; 4 0 -3", "--above", "9"), "try a lower --above"),
        (("1 -5 2; 4 0 -3", "--above", "3", "--below", "2"), "no size is ≥ 3 and ≤ 2 at once"),
        (("nan nan", "--keep", "column=0:"), "every number is NaN, which has no size"),
    ],
)
def test_what_keeps_nothing_is_told_beside_the_data(words: tuple[str, ...], why: str, cli: Any) -> None:
    ended = cli("mask", *words)
    assert (ended.code, ended.err) == (0, f"dlcli: mask: nothing is kept, and all is 0: {why}\n")
    assert not np.nan_to_num(ended.tensors[0].data).any()


def test_a_silent_block_among_others_is_not_told(cli: Any) -> None:
    soundfile.write("half.wav", np.repeat([0.0, 0.5], 4000), 8000)
    blocks = cli("stft", "half.wav", "--block", "0.1s", "--frame", "64").raw
    assert cli("mask", "--above", "1", stdin=blocks).err == ""
    lost = cli("mask", "--above", "1000", stdin=blocks)
    assert lost.err == "dlcli: mask: nothing is kept, and all is 0: try a lower --above\n"


def test_several_bands_of_one_axis_are_one_rule_of_the_formula(cli: Any) -> None:
    told = cli("mask", "5 6 7", "--keep", "column=0:1", "--keep", "column=1:2", "-f", "plain").out
    assert "  y  x if column in one of its 2 bands else 0\n" in told


@pytest.mark.parametrize("largest", ["1e200", "1e-200"])
def test_energy_of_what_no_float_holds_the_square_of(largest: str, cli: Any) -> None:
    told = cli("mask", f"{largest} {largest} 0", "--keep", "column=0:0", "-f", "plain").out
    assert "  energy  50 % of Σ |x|² is in them\n" in told


def test_what_is_not_finite_is_told(cli: Any) -> None:
    told = " ".join(cli("mask", "1 nan inf; 4 0 -3", "--above", "2", "-f", "plain").out.split())
    assert "energy Σ |x|² is infinite Notice" in told
    assert "1 of 6 numbers is NaN: NaN has no size and is set to 0. 1 infinite number is kept." in told
    told = cli("mask", "3 nan 4", "--above", "4", "-f", "plain").out
    assert "  energy  64 % of Σ |x|² is in them, without NaN\n" in told
    told = cli("mask", "3 nan 4", "--above", "4", "-f", "plain", "--explain", "0,1").out
    assert "  size   NaN has none: no\n" in told
    told = cli("mask", "nan nan", "--keep", "column=0:", "-f", "plain").out
    assert "2 of 2 numbers are NaN: NaN has no size and is set to 0.\n" in told
    assert "Nothing is kept" not in told


def test_a_rule_fits_a_narrow_screen(cli: Any) -> None:
    told = cli(
        "mask", "1 -5 2; 4 0 -3", "--keep", "column=0:1", "--keep", "row=1:1", "-f", "plain", "--width", "40"
    ).out
    assert max(map(len, told.split("\n"))) <= 40
    assert "  y  x if column in its band\n       and row in its band else 0\n" in told


@pytest.mark.parametrize("flag", ["--keep", "--drop"])
@pytest.mark.parametrize("span", ["#0:#10", "#300:#700", "1s:2s", "0.3s:1.2s", ":#90", "1.5s:", "#3:#3"])
def test_the_frames_of_blocks_are_those_of_the_whole_sound(flag: str, span: str, cli: Any) -> None:
    line = ("stft", "sample:speech")
    words = ("mask", flag, f"frame={span}", "--keep", "frequency=100:3000")
    whole = cli(*words, stdin=cli(*line).raw).tensor
    parts = cli(*words, stdin=cli(*line, "--block", "0.5s").raw)
    assert (parts.code, parts.err) == (0, "")
    joined = np.concatenate([part.data for part in parts.tensors], axis=1)
    np.testing.assert_array_equal(joined, whole.data)


def test_a_range_that_no_block_has_is_told_at_the_end(cli: Any) -> None:
    blocks = cli("stft", "sample:speech", "--block", "0.5s").raw
    ended = cli("mask", "--drop", "frame=9s:10s", "--drop", "frame=1s:", stdin=blocks)
    assert (ended.code, ended.err) == (0, "dlcli: mask: --drop frame=9s:10s has no frame of the sound\n")
    turned = cli("mask", "--drop", "frame=2s:1s", stdin=blocks)
    assert turned.err == "dlcli mask: --drop frame=2s:1s ends before it begins; try --drop frame=1s:2s\n"
    told = " ".join(cli("mask", "--drop", "frame=1s:2s", "-f", "plain", stdin=blocks).out.split())
    assert "frame dropped: nothing of this block" in told
    alone = cli("mask", "--drop", "frame=#0:#1", stdin=cli("mask", "--above", "0", stdin=blocks).tensors[2])
    assert "block 2 came where block 0 was due: by #INDEX its frames count from 0" in alone.err


@pytest.mark.parametrize("quantity", ["db", "log-mel", "mfcc", "phase"])
@pytest.mark.parametrize("words", [("--above", "1"), ("--noise", "#0:#9"), ("--drop", "frame=#0:#3")])
def test_what_is_no_size_is_refused(quantity: str, words: tuple[str, ...], cli: Any) -> None:
    ended = cli("mask", *words, stdin=cli("stft", "sample:tones", "--emit", quantity).raw)
    assert (ended.code, ended.raw) == (1, b"")
    assert ended.err.startswith("dlcli mask: mask sets what is weak to 0, and ")
    assert "mask the spectrum, its magnitude or its power" in ended.err


@pytest.mark.parametrize(
    ("quantity", "total"), [("power", "Σ |x|"), ("mel", "Σ |x|"), ("magnitude", "Σ |x|²")]
)
def test_powers_are_energy_already(quantity: str, total: str, cli: Any) -> None:
    sizes = Tensor([[3.0, 1, 0]], attrs={"quantity": quantity})
    told = cli("mask", "--above", "2", "-f", "plain", stdin=sizes).out
    assert f"energy  {75 if total == 'Σ |x|' else 90} % of {total} is in them\n" in told


def test_what_is_not_all_is_not_called_all(cli: Any) -> None:
    told = cli("mask", "1000000 1 0", "--above", "2", "-f", "plain").out
    assert "energy  over 99.9 % of Σ |x|² is in them\n" in told
    told = cli("mask", "1000000 1 0", "--above", "1", "-f", "plain").out
    assert "energy  100 % of Σ |x|² is in them\n" in told


def test_the_beginning_of_a_name_is_near_to_it(cli: Any) -> None:
    told = cli("mask", "--drop", "freq=45:55", stdin=SPECTRUM).err
    assert "there is no such axis: did you mean frequency? the axes are " in told
    told = cli("mask", "--drop", "fr=45:55", stdin=SPECTRUM).err
    assert "frequency (0), frame (1)" in told
