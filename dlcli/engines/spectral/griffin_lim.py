"""Griffin-Lim: a sound for a spectrum that has lost its phase, by going there and back again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, compute_dtype, whole
from dlcli.engines.spectral.istft import Coverage, inverse, sound_end
from dlcli.engines.spectral.stft import transform
from dlcli.engines.spectral.stft_plan import Plan, StftOptions

TINY = 1e-16


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """A sound (time[, channel]), the spectrum it was made of, and how far each step's magnitudes were off.

    ``spectrum`` has the given magnitudes and the phases that were found. A distance is the norm of the
    difference divided by the norm of the magnitudes: 0 when some sound has exactly these.
    """

    sound: Array
    spectrum: Array
    distances: tuple[float, ...]


def griffin_lim(
    magnitude: Array,
    generator: np.random.Generator,
    *,
    iterations: int = 32,
    momentum: float = 0.99,
    length: int | None = None,
    **options: Unpack[StftOptions],
) -> Reconstruction:
    """A sound whose magnitudes come near the given ones.

    magnitude (frequency, frame[, channel]) holds real numbers, none below 0; ``options`` are those of
    ``stft``, ``length`` that of ``istft``. It begins with random phases; each of the ``iterations`` makes a
    sound of magnitudes and phases and takes over the phases of that sound's spectrum c, going further in the
    direction it went last: with momentum α and the spectrum p before,

        phase of  c − p α / (1 + α)

    >>> found = griffin_lim(np.ones((3, 4)), np.random.default_rng(0), iterations=4, frame=4, hop=2)
    >>> found.sound.shape, len(found.distances)
    ((6,), 4)

    Raises ``EngineError`` for magnitudes that are complex or negative and as ``istft`` does.
    Source: Griffin and Lim, 1984; Perraudin, Balazs and Søndergaard, A fast Griffin-Lim algorithm, 2013.
    """
    iterations = whole("iterations", iterations)
    if magnitude.dtype.kind == "c" or not (magnitude >= 0).all():
        raise EngineError("magnitudes expect real numbers, none below 0 and none NaN; try their sizes")
    if not 0 <= momentum < 1:
        raise EngineError(f"momentum expects a number from 0 to below 1; received {momentum!r}")
    magnitude = magnitude.astype(compute_dtype(magnitude), copy=False)
    waves = np.exp(2j * np.pi * generator.random(magnitude.shape))
    angles = waves.astype(np.result_type(magnitude.dtype, np.complex64))
    total = float(np.linalg.norm(magnitude)) or 1.0
    distances: list[float] = []
    before: Array | None = None
    plan = Plan.of(**options)
    # The wanted length may end before the last frame: with this one the spectrum has all of them.
    settled = length and max(length, sound_end(Coverage(plan, magnitude.shape[1])))
    for _ in range(iterations):
        sound = inverse(magnitude * angles, plan, length=settled, uncovered="zero")
        found = transform(sound, plan)[:, : magnitude.shape[1]]
        distances.append(float(np.linalg.norm(np.abs(found) - magnitude)) / total)
        angles = found if before is None else found - (momentum / (1 + momentum)) * before
        angles = angles / (np.abs(angles) + TINY)
        before = found
    spectrum = magnitude * angles
    sound = inverse(spectrum, plan, length=length, uncovered="zero")
    return Reconstruction(sound, spectrum, tuple(distances))
