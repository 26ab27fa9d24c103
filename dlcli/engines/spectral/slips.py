"""Slips of frames and spectra: a frame forgotten, a bin counted from 1, a fold or a sign lost.

All numbers may be exact; a transform is of four samples, so that its twiddles are 1, −i, −1 and i.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

from dlcli.engines.base.exact import Exact
from dlcli.engines.base.slips import slip

#: Samples, or the numbers of a spectrum.
Row = Sequence[Exact]

HALF = Fraction(1, 2)


def frames(n: Exact, f: Exact, h: Exact, centred: bool = False) -> Exact:
    """How many frames of f samples fit into n, a new one every h: (n − f) div h + 1; centred n div h + 1.

    >>> frames(20, 8, 4), frames(20, 8, 4, centred=True)
    (4, 6)
    """
    return (n // h if centred else (n - f) // h) + 1


@slip(
    "frames.n-hop", "with the samples divided by the hop", "The last frame must fit whole: (n − f) div h + 1."
)
def samples_by_hop(n: Exact, f: Exact, h: Exact, centred: bool = False) -> Exact:
    """n div h."""
    return n // h


@slip(
    "frames.plus-one", "without the first frame", "The steps are counted, and the first frame besides: + 1."
)
def steps_alone(n: Exact, f: Exact, h: Exact, centred: bool = False) -> Exact:
    """(n − f) div h."""
    return (n - f) // h


@slip(
    "frames.centred",
    "with frames centred on samples 0, h, 2h, …, and zeros at both ends",
    "Here no sample stands before the first or behind the last: (n − f) div h + 1.",
    convention=True,
)
def centred(n: Exact, f: Exact, h: Exact, centred: bool = False) -> Exact:
    """n div h + 1."""
    return n // h + 1


@slip(
    "frames.uncentred",
    "with frames that lie in the sound as a whole, none centred beyond its ends",
    "Here frames are centred, and half of the first lies before the sound: n div h + 1.",
    convention=True,
)
def uncentred(n: Exact, f: Exact, h: Exact, centred: bool = False) -> Exact:
    """(n − f) div h + 1."""
    return (n - f) // h + 1


@slip(
    "frames.multiple",
    "without the frame at sample 0",
    "A frame is centred on sample 0, and on every hop behind it: n div h + 1.",
)
def first_forgotten(n: Exact, f: Exact, h: Exact, centred: bool = False) -> Exact:
    """n div h, where frames are centred."""
    return n // h


@slip(
    "frames.nfft",
    "with the length of the window for that of the frame",
    "Here the window stands in a frame that is longer, and that one must fit.",
    convention=True,
)
def of_window(n: Exact, window: Exact, h: Exact) -> Exact:
    """(n − window) div h + 1."""
    return (n - window) // h + 1


@slip(
    "frames.next-start",
    "with the start of one frame more",
    "Frame t begins at sample t·h, from t = 0 on.",
)
def start_after(count: Exact, h: Exact) -> Exact:
    """count · h for (count − 1) · h."""
    return count * h


def frequency(k: Exact, rate: Exact, n: Exact) -> Exact:
    """The frequency of bin k of a transform of n samples: k · rate / n.

    >>> frequency(3, 8000, 256)
    93.75
    """
    return k * rate / n


@slip(
    "bin.one-based", "with bins counted from 1", "Bins are counted from 0: bin 0 is 0 Hz, bin k is k · fs/N."
)
def counted_from_one(k: Exact, rate: Exact, n: Exact) -> Exact:
    """(k − 1) · rate / n."""
    return (k - 1) * rate / n


@slip("bin.centre", "with the middle between two bins", "Bin k stands at k · fs/N itself.")
def between_bins(k: Exact, rate: Exact, n: Exact) -> Exact:
    """(k + 1/2) · rate / n."""
    return (k + HALF) * rate / n


@slip("bin.half", "with N/2 bins spread over all of fs", "N bins are spread over fs, N/2 over its half.")
def spread(k: Exact, rate: Exact, n: Exact) -> Exact:
    """2k · rate / n."""
    return 2 * k * rate / n


@slip("bin.half-rate", "with N bins spread over half of fs", "N bins are spread over fs, N/2 over its half.")
def squeezed(k: Exact, rate: Exact, n: Exact) -> Exact:
    """k · rate / (2n)."""
    return k * rate / (2 * n)


@slip("bin.count", "without the last bin, that of half of fs", "Bins 0 to N/2 are N/2 + 1.")
def last_forgotten(n: Exact) -> Exact:
    """N/2."""
    return n // 2


@slip(
    "bin.count-all", "with the mirrored half counted, too", "Of real samples bins 0 to N/2 say all: N/2 + 1."
)
def all_bins(n: Exact) -> Exact:
    """N."""
    return n


@slip("bin.floor", "with the bin below, not the nearer one", "The nearest bin is asked for: round f·N/fs.")
def bin_below(place: Exact) -> int:
    """f·N/fs, rounded down."""
    return math.floor(place)


def nearest(place: Exact) -> int:
    """The bin nearest to f·N/fs.

    >>> nearest(31.25), nearest(31.75)
    (31, 32)
    """
    return round(place)


@slip("bin.next", "with the bin after it, as if counted from 1", "Bins are counted from 0.")
def bin_after(place: Exact) -> int:
    """One more."""
    return nearest(place) + 1


@slip(
    "bin.nyquist",
    "with fs for the highest frequency",
    "At a rate fs all frequencies up to fs/2 can be told apart.",
)
def whole_rate(rate: Exact) -> Exact:
    """fs for fs/2."""
    return rate


def mirrored(f: Exact, rate: Exact) -> Exact:
    """What a frequency between half the rate and the rate is heard as: rate − f.

    >>> mirrored(5, 8)
    3
    """
    return rate - f


@slip("alias.none", "when nothing is folded", "Above fs/2 a frequency comes back as another below it.")
def unfolded(f: Exact, rate: Exact) -> Exact:
    """f."""
    return f


@slip(
    "alias.from-half",
    "with the excess over fs/2",
    "It is mirrored at fs/2: fs − f, as far below it as f is above.",
)
def excess(f: Exact, rate: Exact) -> Exact:
    """f − fs/2."""
    return f - rate / 2


@slip("alias.once", "with one fold alone", "What is left above fs/2 is folded once more.")
def folded_once(f: Exact, rate: Exact) -> Exact:
    """f − fs."""
    return f - rate


@slip("alias.least-rate", "with f for the least rate", "A period needs more than two samples: fs above 2f.")
def rate_of_tone(f: Exact) -> Exact:
    """f for 2f."""
    return f


@slip(
    "alias.halved", "with half of f for the least rate", "A period needs more than two samples: fs above 2f."
)
def half_of_tone(f: Exact) -> Exact:
    """f/2 for 2f."""
    return f / 2


#: The twiddle e^(−2πi·m/4), as its real and imaginary part, for m = 0, 1, 2, 3.
TURNS = ((1, 0), (0, -1), (-1, 0), (0, 1))


def dft4(x: Row, k: int) -> tuple[Exact, Exact]:
    """Real and imaginary part of X[k] = Σ x[n] · e^(−2πi·kn/4).

    >>> dft4([1, 2, 3, 4], 1)
    (-2, 2)
    """
    return _turned(x, [k * n for n in range(4)])


@slip("dft.sign", "with e^(+2πi…)", "The transform turns clockwise: e^(−2πi·kn/N).")
def counterclockwise(x: Row, k: int) -> tuple[Exact, Exact]:
    """The conjugate, of real samples."""
    return _turned(x, [-k * n for n in range(4)])


@slip(
    "dft.norm",
    "with the sum divided by N",
    "Here the transform is the plain sum, as in NumPy and librosa.",
    convention=True,
)
def divided(x: Row, k: int) -> tuple[Exact, Exact]:
    """X[k] / 4."""
    real, imaginary = dft4(x, k)
    return real / 4, imaginary / 4


@slip(
    "dft.neg-power",
    "with the signs of the powers lost",
    "(−1)^n is 1 for even n, −1 for odd; and (−i)² is −1.",
)
def powers_lost(x: Row, k: int) -> tuple[Exact, Exact]:
    """−1 for all powers of −1, and 1 for (−i)²."""
    turns = {0: (0, 0, 0, 0), 1: (0, 1, 0, 1), 2: (0, 2, 2, 2), 3: (0, 3, 0, 3)}
    return _turned(x, turns[k])


@slip(
    "dft.real-only", "without the imaginary part", "Real and imaginary part together are the number of a bin."
)
def real_alone(x: Row, k: int) -> tuple[Exact, Exact]:
    """Re X[k]."""
    return dft4(x, k)[0], 0


def inverse4(real: Row, imaginary: Row, n: int) -> Exact:
    """x[n] = Σ X[k] · e^(+2πi·kn/4) / 4, of a spectrum whose samples are real.

    >>> inverse4([10, -2, -2, -2], [0, 2, 0, -2], 1)
    2.0
    """
    return _real_of(real, imaginary, [k * n for k in range(4)]) / 4


@slip("dft.forward-again", "with e^(−2πi…) on the way back", "Back it turns the other way: e^(+2πi·kn/N).")
def inverse_clockwise(real: Row, imaginary: Row, n: int) -> Exact:
    """The samples from the end."""
    return _real_of(real, imaginary, [-k * n for k in range(4)]) / 4


@slip("dft.back-undivided", "without the division by N", "Back the sum is divided by N = 4.")
def inverse_undivided(real: Row, imaginary: Row, n: int) -> Exact:
    """Four times as much."""
    return _real_of(real, imaginary, [k * n for k in range(4)])


@slip(
    "dft.back-real",
    "with the imaginary parts left out",
    "i·i is −1: imaginary parts come back as real numbers.",
)
def inverse_of_real(real: Row, imaginary: Row, n: int) -> Exact:
    """Of Re X alone."""
    return _real_of(real, [0, 0, 0, 0], [k * n for k in range(4)]) / 4


def _turned(x: Row, turns: Sequence[int]) -> tuple[Exact, Exact]:
    real, imaginary = zip(*(TURNS[m % 4] for m in turns), strict=True)
    return _signed_sum(zip(x, real, strict=True)), _signed_sum(zip(x, imaginary, strict=True))


def _real_of(real: Row, imaginary: Row, turns: Sequence[int]) -> Exact:
    """Σ of Re(X · w) with w = e^(+2πi·m/4): Re X · Re w − Im X · Im w."""
    twiddles = [TURNS[m % 4] for m in turns]
    products = [(one, w[0]) for one, w in zip(real, twiddles, strict=True)]
    return _signed_sum([*products, *((one, w[1]) for one, w in zip(imaginary, twiddles, strict=True))])


def _signed_sum(terms: Iterable[tuple[Exact, int]]) -> Exact:
    """Σ ± of numbers with signs 1, −1 or 0: a plain sum, without products by 1."""
    total: Exact = None
    for one, sign in terms:
        if sign:
            total = (one if sign > 0 else -one) if total is None else total + one if sign > 0 else total - one
    return 0 if total is None else total


def hann(n: Exact, size: int) -> Exact:
    """The periodic Hann window (1 − cos(2πn/N)) / 2, exact where the cosine is.

    >>> hann(1, 4), hann(2, 6), hann(1, 8)
    (Fraction(1, 2), Fraction(3, 4), 0.1464466094067262)
    """
    return (1 - turn_cosine(n, size)) / 2


#: Cosines of parts of a turn that are exact.
COSINES = {
    Fraction(0): Fraction(1),
    Fraction(1, 6): HALF,
    Fraction(1, 4): Fraction(0),
    Fraction(1, 3): -HALF,
    Fraction(1, 2): Fraction(-1),
}


def turn_cosine(n: Exact, size: Exact) -> Exact:
    """cos(2πn/N)."""
    part = Fraction(n, size) % 1
    part = min(part, 1 - part)
    return COSINES.get(part, math.cos(2 * math.pi * part))


@slip(
    "hann.symmetric",
    "with N − 1 for N, a symmetric window",
    "For spectra the window is periodic: its N + 1st value would be its first again.",
    convention=True,
)
def symmetric(n: Exact, size: int) -> Exact:
    """(1 − cos(2πn/(N − 1))) / 2."""
    return (1 - turn_cosine(n, size - 1)) / 2


@slip("hann.plus", "with 1 + cos for 1 − cos", "The window begins at 0: 1 − cos.")
def upside_down(n: Exact, size: int) -> Exact:
    """(1 + cos(2πn/N)) / 2."""
    return (1 + turn_cosine(n, size)) / 2


@slip("hann.no-half", "without the half", "Its largest value is 1: (1 − cos) / 2.")
def not_halved(n: Exact, size: int) -> Exact:
    """1 − cos(2πn/N)."""
    return 1 - turn_cosine(n, size)


@slip("hann.half-turn", "with half a turn in N samples", "A whole turn goes into N samples: cos(2πn/N).")
def half_turn(n: Exact, size: int) -> Exact:
    """(1 − cos(πn/N)) / 2."""
    return (1 - turn_cosine(n, 2 * size)) / 2


@slip("hann.none", "without the window", "Each sample is multiplied by the window at its place.")
def rectangular(n: Exact, size: int) -> Exact:
    """1."""
    return Fraction(1)
