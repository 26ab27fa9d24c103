"""``dlcli stft --emit mel|log-mel|mfcc``: options, stories, the arithmetic of a cell, what does not fit."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

HEARD = np.load(Path(__file__).parents[2] / "data" / "mel_sound.npz")
SOUND = Tensor(
    HEARD["x"], (Axis("time", start=0.0, step=1 / 8000, unit="s"),), "audio", {"sample_rate": 8000}
)
FLAGS = {
    "frame": "--frame", "hop": "--hop", "mels": "--mels", "low": "--fmin", "high": "--fmax", "scale": "--mel-scale",
    "norm": "--mel-norm", "ref": "--ref", "top_db": "--top-db", "count": "--mfccs",
}  # fmt: skip
SMALL = ("stft", "--frame", "64", "--mels", "6")


def asked(case: dict[str, Any], *without: str) -> list[str]:
    given = {name: value for name, value in case.items() if value is not None and name not in without}
    return [word for name, value in given.items() for word in (FLAGS[name], str(value))]


@pytest.mark.parametrize("library", ["librosa", "torchaudio"])
def test_the_options_are_those_of_librosa_and_torchaudio(library: str, cli: Any) -> None:
    cases = json.loads(str(HEARD[library]))
    for i, case in enumerate(cases):
        found = cli("stft", *asked(case, "count"), "--emit", "log-mel", stdin=SOUND).tensor
        np.testing.assert_allclose(found.data, HEARD[f"{library[0]}{i}"], atol=1e-8)
        assert (found.name, found.axis_names, found.attrs["quantity"]) == ("log-mel", ("mel", "frame"), "db")
        case["count"] = min(case["count"], case["mels"])
        found = cli("stft", *asked(case), "--emit", "mfcc", stdin=SOUND).tensor
        np.testing.assert_allclose(found.data, HEARD[f"{library[0]}m{i}"], atol=1e-8)
        assert (found.name, found.axis_names) == ("mfcc", ("coefficient", "frame"))


def test_a_net_is_told_of_other_mels(cli: Any) -> None:
    """What a net has learnt from are filters of librosa's defaults, 0 dB being a power of 1."""
    found = cli(*SMALL, "--emit", "log-mel", stdin=SOUND).tensor.attrs
    assert {name: found[name] for name in ("mel_scale", "mel_norm", "fmin", "fmax", "ref")} == {
        "mel_scale": "slaney", "mel_norm": "slaney", "fmin": 0.0, "fmax": 4000.0, "ref": 1.0,
    }  # fmt: skip
    assert "top_db" not in found
    found = cli(
        *SMALL, "--emit", "log-mel", "--mel-scale", "htk", "--ref", "max", "--top-db", "30", stdin=SOUND
    )
    assert [found.tensor.attrs[name] for name in ("mel_norm", "ref", "top_db")] == ["none", "max", 30.0]


@pytest.mark.parametrize(
    ("options", "terms"),
    [
        (("--emit", "mel"), {"sum": "power"}),
        (("--emit", "log-mel"), {"dB": "level"}),
        (("--emit", "log-mel", "--ref", "max", "--top-db", "20"), {"top-db": "level"}),
        (("--emit", "log-mel", "--mel-norm", "none", "--fmin", "500"), {"dB": "level"}),
    ],
)
def test_a_mel_is_explained_by_its_sum(options: tuple[str, ...], terms: dict[str, str], cli: Any) -> None:
    value = cli(*SMALL, *options, stdin=SOUND).tensor.data[3, 20]
    told = cli(*SMALL, *options, "--explain", "3,20", "-f", "plain", stdin=SOUND).out
    rows = [line.split() for line in told.splitlines()]
    products = [row for row in rows if len(row) == 6 and row[2] == "Hz"]
    assert len(products) >= 3
    numbers = np.array([[float(cell.replace("−", "-")) for cell in row[3:]] for row in products])
    np.testing.assert_allclose(numbers[:, 0] * numbers[:, 1], numbers[:, 2], rtol=0.2, atol=2e-9)
    (total,) = (float(row[1].replace("−", "-")) for row in rows if row[:1] == ["sum"])
    assert total == pytest.approx(numbers[:, 2].sum(), rel=2e-3)
    (name,) = terms
    last = next(row[-1] for row in reversed(rows) if row[:1] == [name])
    assert last == f"{value:.4g}".replace("-", "−").replace("e−0", "e−")


def test_a_coefficient_is_explained_by_its_cosines(cli: Any) -> None:
    line = (*SMALL, "--emit", "mfcc", "--mfccs", "4")
    value = cli(*line, stdin=SOUND).tensor.data[2, 5]
    told = cli(*line, "--explain", "2,5", "-f", "plain", stdin=SOUND).out
    rows = [line.split() for line in told.splitlines()]
    terms = np.array([
        [float(cell.replace("−", "-")) for cell in row[3:]] for row in rows if len(row) == 6 and row[2] == "Hz"
    ])  # fmt: skip
    np.testing.assert_allclose(terms[:, 1], np.cos(np.pi * 2 * (2 * np.arange(6) + 1) / 12), atol=1e-4)
    assert terms[:, 2].sum() * np.sqrt(2 / 6) == pytest.approx(value, rel=1e-3)
    assert re.search(r"mfcc\[2\]  √\(2/6\) · \S+ = (\S+)", told)[1] == f"{value:.4g}".replace("-", "−")
    first = cli(*line, "--explain", "0,5", "-f", "plain", stdin=SOUND).out
    assert "√(1/6) · (−" in first


@pytest.mark.parametrize("emit", ["mel", "log-mel", "mfcc"])
def test_stories_of_every_size(emit: str, cli: Any) -> None:
    both = Tensor(
        np.stack([HEARD["x"], HEARD["x"] / 3], axis=1), (SOUND.axes[0], Axis("channel", ("l", "r")))
    )
    stereo = Tensor(both.data, both.axes, "audio", {"sample_rate": 8000})
    few = Tensor(HEARD["x"][:40], SOUND.axes, "audio", SOUND.attrs)
    for sound, mels in ((SOUND, "1"), (SOUND, "2"), (stereo, "20"), (few, "3")):
        told = cli("stft", "--frame", "64", "--emit", emit, "--mels", mels, "-f", "plain", stdin=sound)
        assert (told.code, told.err) == (0, "")
        assert "Their hertz\n  mel" in told.out
        assert ("MFCC  " in told.out) == (emit == "mfcc")
        assert f"--emit {emit} --explain" in told.out.replace("\\\n", "").replace("     ", "")
    silence = Tensor(np.zeros(300), SOUND.axes, "audio", SOUND.attrs)
    told = cli("stft", "--emit", emit, "-f", "plain", stdin=silence)
    assert told.code == 0
    assert "nan" not in told.out


def test_the_picture_is_what_was_emitted(cli: Any) -> None:
    for emit, rows in (("mel", 6), ("log-mel", 6), ("mfcc", 6)):
        found = cli(*SMALL, "--emit", emit, "-o", "x.npy", stdin=SOUND)
        assert found.code == 0
        assert len(np.load("x.npy")) == rows


def test_blocks_are_the_whole_but_for_the_floor_of_mfccs(cli: Any) -> None:
    line = ("stft", "sample:chirp", "--frame", "16ms", "--emit")
    whole = cli(*line, "log-mel", "--mel-norm", "none").tensor.data
    parts = cli(*line, "log-mel", "--mel-norm", "none", "--block", "0.3s").tensors
    np.testing.assert_array_equal(np.concatenate([part.data for part in parts], axis=1), whole)
    found = cli(*line, "mfcc", "--block", "0.3s")
    assert found.err == (
        "dlcli: stft: mfcc in blocks have no --top-db: nobody knows yet what is the largest of all\n"
    )
    whole = cli(*line, "mfcc", "--top-db", "1000").tensor.data
    np.testing.assert_allclose(np.concatenate([one.data for one in found.tensors], axis=1), whole, atol=1e-3)


REFUSED = {
    "beyond the end": (("--emit", "mel", "--fmax", "4001"), "--fmax 4001: at 8000 samples a second frequencies end at 4000 Hz; try --fmax 4000"),
    "turned": (("--emit", "mel", "--fmin", "900", "--fmax", "800"), "--fmin 900 is not below --fmax, 800 Hz"),
    "more than mels": (("--emit", "mfcc", "--mels", "6", "--mfccs", "7"), "--mfccs 7: 6 mels have 6 coefficients; try --mels 7, or fewer --mfccs"),
    "decibels of powers": (("--emit", "mel", "--top-db", "80"), "--top-db goes with --emit log-mel or --emit mfcc: add it, or leave --top-db out"),
    "coefficients of mels": (("--emit", "log-mel", "--mfccs", "3"), "--mfccs goes with --emit mfcc: add it, or leave --mfccs out"),
    "the largest of blocks": (("--emit", "log-mel", "--ref", "max", "--block", "1s"), "--block does not go with --ref max: leave one of them out"),
    "a floor in blocks": (("--emit", "log-mel", "--top-db", "9", "--block", "1s"), "--block does not go with --top-db: leave one of them out"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit(case: str, cli: Any) -> None:
    words, message = REFUSED[case]
    ended = cli("stft", *words, stdin=SOUND)
    assert (ended.code, ended.raw, ended.err) == (2, b"", f"dlcli stft: {message}\n")


@pytest.mark.parametrize("typed", ["0", "-1", "loud", "nan"])
def test_a_reference_is_a_power(typed: str, cli: Any) -> None:
    ended = cli("stft", "--emit", "log-mel", f"--ref={typed}", stdin=SOUND)
    assert ended.code == 2
    assert f"{typed!r} is neither a power above 0, such as 1.0, nor max" in ended.err
