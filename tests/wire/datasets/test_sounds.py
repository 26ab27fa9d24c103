"""Sets of recorded words: as .npz and as folders, their windows and variants; and as log-mel frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from dlcli.commands.kinds.sounds.words_heard import in_frames, open_set
from dlcli.engines.spectral.log_mel import log_mel
from dlcli.errors import BadData
from dlcli.wire.datasets.read import open_data
from dlcli.wire.datasets.sounds import in_window, sound_set
from dlcli.wire.stream import Limits


def tone(hertz: float, rate: int = 8000, seconds: float = 0.3) -> Any:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def record(path: Path, samples: Any, rate: int = 8000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate)


def opened(word: str) -> tuple[Any, list[str]]:
    said: list[str] = []
    return open_data(word, limits=Limits(), say=said.append), said


def test_the_spoken_digits_are_recordings_with_other_takes_held_out() -> None:
    digits, _ = opened("sample:spoken-digits")
    assert (len(digits), digits.shape, len(digits.held_out)) == (18, (8000, 1), 15)
    assert digits.counts.tolist() == [1, 2, 2, 2, 2, 1, 2, 2, 2, 2]
    assert digits.held_out.counts.min() == 1
    assert digits.sound == {"sample_rate": 8000}
    assert 0.3 < np.abs(digits.take(np.arange(18))).max() <= 1
    other, _ = opened("sample:other-voices")
    assert (len(other), other.shape, other.held_out) == (16, (8000, 1), None)
    assert other.counts.tolist() == [1, 0, 2, 2, 4, 2, 1, 2, 1, 1]


def test_a_recording_is_in_the_middle_and_a_variant_is_the_same_each_time() -> None:
    made = sound_set("x", [np.ones(300), np.ones(400)], 1000, np.array([0, 1]), ("a", "b"))
    x = made.take(np.array([0]))[0, :, 0]
    assert np.flatnonzero(x).tolist() == [*range(350, 650)]
    vary = made.vary
    assert vary is not None
    np.testing.assert_array_equal(vary(np.array([0]), np.array([0]))[0, :, 0], x)
    first, again, other = vary(np.array([0, 0, 0]), np.array([3, 3, 4]))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1


def test_variants_keep_within_speed_loudness_and_noise() -> None:
    word = tone(100, 1000, 0.5)
    speeds, peaks, firsts = [], [], []
    for seed in range(40):
        x = in_window(word, 1000, np.random.default_rng(seed))
        speeds.append(np.abs(np.fft.rfft(x, 8000))[200:].argmax() / 8 / 100 + 0.25)
        peaks.append(np.abs(x).max())
        firsts.append(np.flatnonzero(np.abs(x) > 0.7 * peaks[-1])[0])
    assert 0.84 < min(speeds) < 0.9 < 1.1 < max(speeds) < 1.16
    assert 0.35 < min(peaks) < 0.6 < 0.9 < max(peaks) < 1.6
    assert min(firsts) < 100 < 350 < max(firsts)


def test_a_folder_of_words_is_such_a_set(tmp_path: Path) -> None:
    for name, hertz in (("high", 900), ("low", 200)):
        for take in range(2):
            record(tmp_path / "words" / name / f"{take}.wav", tone(hertz))
    (tmp_path / "words" / "low" / "notes.txt").write_text("mine")
    record(tmp_path / "words" / "low" / "9.flac", np.stack([tone(200), tone(200)], axis=1))
    found, said = opened(f"{tmp_path}/words")
    assert (found.classes, found.labels.tolist(), found.shape) == (
        ("high", "low"),
        [0, 0, 1, 1, 1],
        (8000, 1),
    )
    assert any("1 file passed over: low/notes.txt" in line for line in said)
    assert any("1 recording with several channels" in line for line in said)
    record(tmp_path / "parts" / "train" / "a" / "1.wav", tone(200))
    record(tmp_path / "parts" / "test" / "a" / "2.wav", tone(300))
    parts, _ = opened(f"{tmp_path}/parts")
    assert (len(parts), len(parts.held_out)) == (1, 1)
    record(tmp_path / "parts" / "test" / "b" / "3.wav", tone(300))
    with pytest.raises(BadData, match="none of the classes a"):
        opened(f"{tmp_path}/parts")


def test_recordings_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    record(tmp_path / "words" / "a" / "1.wav", tone(200))
    record(tmp_path / "words" / "b" / "1.wav", tone(200, 16000), 16000)
    with pytest.raises(BadData, match=r"a/1.wav has 8000 samples a second, b/1.wav 16000; .*ffmpeg"):
        opened(f"{tmp_path}/words")
    record(tmp_path / "long" / "a" / "1.wav", tone(200, 8000, 11))
    with pytest.raises(BadData, match=r"11.0 s long, and a word takes at most 10"):
        opened(f"{tmp_path}/long")
    np.savez(tmp_path / "p.npz", x=np.zeros((2, 8, 8)), y=np.array([0, 1]), sample_rate=8000)
    with pytest.raises(BadData, match="recordings are rows of samples"):
        opened(f"{tmp_path}/p.npz")
    np.savez(tmp_path / "r.npz", x=np.zeros((2, 8)), y=np.array([0, 1]), sample_rate=np.array([1, 2]))
    with pytest.raises(BadData, match="sample_rate is one number"):
        opened(f"{tmp_path}/r.npz")


def test_nets_see_log_mel_frames_of_25_ms() -> None:
    digits = open_set("sample:spoken-digits", limits=Limits())
    assert digits.shape == (101, 40)
    assert digits.sound == {"sample_rate": 8000, "samples": 8000, "frame": 200, "hop": 80, "mels": 40}
    raw, _ = opened("sample:spoken-digits")
    x = raw.held_out.take(np.array([2]))[0, :, 0]
    wanted = log_mel(x, 8000, frame=200, hop=80, mels=40).T
    np.testing.assert_allclose(digits.held_out.take(np.array([2]))[0], wanted, atol=1e-4)
    silent = in_frames(sound_set("x", [np.zeros(9)], 8000, np.array([0]), ("a",)))
    np.testing.assert_allclose(silent.take(np.array([0])), -100, rtol=1e-6)
