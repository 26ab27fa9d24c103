"""Pitches and their names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.pitch import midi_number, note_name

LIBROSA = np.load(Path(__file__).parents[2] / "data" / "librosa_sound.npz")


def test_keys_are_librosas() -> None:
    np.testing.assert_allclose([midi_number(f) for f in (27.5, 261.63, 450.0)], LIBROSA["midi"])


@pytest.mark.parametrize(
    ("hertz", "name"),
    [(27.5, "A0"), (32.7032, "C1"), (261.6256, "C4"), (277.1826, "C♯4"), (432, "A4 −32"), (4186.009, "C8"),
     (466.1638, "A♯4"), (8.1758, "C-1"), (20000, "D♯10 +8")],
)  # fmt: skip
def test_names(hertz: float, name: str) -> None:
    assert note_name(hertz) == name.replace("-", "−" if " " in name else "-")


@pytest.mark.parametrize("hertz", [0, -1, np.nan, np.inf])
def test_what_is_no_tone(hertz: float) -> None:
    with pytest.raises(EngineError, match="a note expects a frequency above 0 Hz; received"):
        note_name(hertz)
