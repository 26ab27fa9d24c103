"""The mel scale: frequencies as far apart as they sound, and triangular filters evenly spaced on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, whole
from dlcli.engines.spectral.frames import check_word

#: Slaney's scale is a straight line up to here (Hz), of so many hertz a mel, and logarithmic above.
KNEE, LINE = 1000.0, 200 / 3
STEP = np.log(6.4) / 27


def _slaney(hertz: Array) -> Array:
    above = KNEE / LINE + np.log(np.maximum(hertz, KNEE) / KNEE) / STEP
    return np.where(hertz < KNEE, hertz / LINE, above)


def _slaney_back(mel: Array) -> Array:
    above = KNEE * np.exp(STEP * (np.maximum(mel, KNEE / LINE) - KNEE / LINE))
    return np.where(mel < KNEE / LINE, mel * LINE, above)


#: Scale -> the functions from hertz to mel and back.
SCALES: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "slaney": (_slaney, _slaney_back),
    "htk": (
        lambda hertz: 2595 * np.log10(1 + hertz / 700),
        lambda mel: 700 * (10 ** (mel / 2595) - 1),
    ),
}

#: What a filter is divided by, by name: nothing, so that its peak is 1, or its area in hertz.
NORMS = ("peak", "area")


def hertz_to_mel(hertz: Any, scale: str = "slaney") -> Array:
    """Frequencies in mel.

    >>> hertz_to_mel([200, 1000]), hertz_to_mel([1000], "htk").round(3)
    (array([ 3., 15.]), array([999.986]))

    Raises ``EngineError`` when there is no such scale.
    Source: Slaney, Auditory Toolbox, 1998; O'Shaughnessy, Speech Communication, 1987, for ``htk``.
    """
    return np.asarray(_scale(scale)[0](np.asarray(hertz, float)), float)


def mel_to_hertz(mel: Any, scale: str = "slaney") -> Array:
    """Mels in hertz, the inverse of ``hertz_to_mel``.

    >>> mel_to_hertz([3, 15]).round(6)
    array([ 200., 1000.])
    """
    return np.asarray(_scale(scale)[1](np.asarray(mel, float)), float)


def mel_centres(mels: int, low: float, high: float, scale: str = "slaney", *, ends: bool = False) -> Array:
    """The frequencies (mels,) in hertz at which the filters are highest, evenly spaced on the scale.

    With ``ends`` also where the first begins and the last ends, (mels + 2,).

    >>> mel_centres(3, 0, 800, ends=True)
    array([  0., 200., 400., 600., 800.])
    """
    edges = mel_to_hertz(np.linspace(hertz_to_mel(low, scale), hertz_to_mel(high, scale), mels + 2), scale)
    return edges if ends else edges[1:-1]


def mel_filterbank(
    sample_rate: float,
    n_fft: int,
    mels: int = 128,
    *,
    low: float = 0.0,
    high: float | None = None,
    scale: str = "slaney",
    norm: str = "area",
) -> Array:
    """Triangular filters (mel, frequency) that sum a power spectrum into mels.

    Filter m rises from the centre of its lower neighbour to its own and falls to that of its upper one, all
    in hertz; frequency k is k * sample_rate / n_fft. ``norm="area"`` divides each filter by half its width
    in hertz, so that noise is flat; ``"peak"`` leaves its top at 1. librosa's defaults are these (``norm=``
    ``"slaney"`` there), torchaudio's are scale ``htk`` with norm ``peak``. A filter narrower than the
    distance of two frequencies may be all 0.

    >>> mel_filterbank(8, 8, 2, scale="htk", norm="peak").round(2)
    array([[0.  , 0.75, 0.5 , 0.  , 0.  ],
           [0.  , 0.  , 0.5 , 0.75, 0.  ]])

    Raises ``EngineError`` when a number is out of range or there is no such scale or norm.
    Source: Davis and Mermelstein, Comparison of parametric representations, 1980; Slaney, 1998.
    """
    mels, n_fft = whole("mels", mels), whole("n_fft", n_fft, unit="samples")
    half = sample_rate / 2
    high = half if high is None else high
    if not sample_rate > 0:
        raise EngineError(f"sample_rate expects hertz above 0; received {sample_rate!r}")
    if not 0 <= low < high:
        raise EngineError(f"low and high expect hertz with 0 <= low < high; received {low:g} and {high:g}")
    check_word("norm", norm, NORMS)
    edges = mel_centres(mels, low, high, scale, ends=True)[:, None]
    f = np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)
    rising = (f - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - f) / (edges[2:] - edges[1:-1])
    bank: Array = np.maximum(0, np.minimum(rising, falling))
    return bank * (2 / (edges[2:] - edges[:-2])) if norm == "area" else bank


def _scale(name: str) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    check_word("scale", name, SCALES)
    return SCALES[name]
