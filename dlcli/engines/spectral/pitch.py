"""Pitches: frequencies by the names of the notes they are nearest to."""

from __future__ import annotations

import math

from dlcli.engines.base.checks import EngineError

NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
A4 = 440.0  # hertz; number 69 on a MIDI keyboard


def midi_number(hertz: float) -> float:
    """The key of a frequency, in equal temperament; whole numbers are exactly in tune.

    >>> midi_number(440.0), midi_number(880.0)
    (69.0, 81.0)

    Raises ``EngineError`` when the frequency is not above 0.
    """
    if not (hertz > 0 and math.isfinite(hertz)):
        raise EngineError(f"a note expects a frequency above 0 Hz; received {hertz!r}")
    return 69 + 12 * math.log2(hertz / A4)


def note_name(hertz: float) -> str:
    """The nearest note with its octave, and how many hundredths of a semitone the frequency is off.

    >>> note_name(440.0), note_name(450.0), note_name(261.63)
    ('A4', 'A4 +39', 'C4')

    Raises ``EngineError`` as ``midi_number`` does.
    """
    key = midi_number(hertz)
    nearest = math.floor(key + 0.5)
    cents = round(100 * (key - nearest))
    name = f"{NAMES[nearest % 12]}{nearest // 12 - 1}"
    return f"{name} {cents:+d}".replace("-", "−") if cents else name
