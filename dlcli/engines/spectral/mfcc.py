"""Mel-frequency cepstral coefficients: the shape of a log-mel frame as a few sums of cosines."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, whole


def dct_basis(count: int, size: int) -> Array:
    """The first ``count`` cosines of the orthonormal DCT-II of ``size`` numbers, (coefficient, number).

    Row n is √(2/size) · cos(πn(2m + 1) / (2 size)) over the numbers m, row 0 by 1/√2 smaller: every row has
    length 1 and stands at right angles to all others.

    >>> dct_basis(2, 4).round(4)
    array([[ 0.5   ,  0.5   ,  0.5   ,  0.5   ],
           [ 0.6533,  0.2706, -0.2706, -0.6533]])

    Raises ``EngineError`` when more coefficients are asked for than there are numbers.
    Source: Ahmed, Natarajan and Rao, Discrete cosine transform, 1974; ``scipy.fft.dct(norm="ortho")``.
    """
    count, size = whole("count", count), whole("size", size)
    if count > size:
        raise EngineError(f"a cosine transform of {size} numbers has {size} coefficients; received {count}")
    n, m = np.arange(count)[:, None], np.arange(size)
    basis: Array = np.sqrt(2 / size) * np.cos(np.pi * (n * (2 * m + 1) % (4 * size)) / (2 * size))
    basis[0] = np.sqrt(1 / size)
    return basis


def mfcc(log_mel: Array, count: int = 13) -> Array:
    """The first coefficients (coefficient, frame[, channel]) of log-mel frames (mel, frame[, channel]).

    >>> mfcc(np.array([[-10.0], [-20.0], [-30.0], [-40.0]]), 2).round(3)
    array([[-50.   ],
           [ 22.304]])

    Raises ``EngineError`` when there are fewer mels than that.
    Source: Davis and Mermelstein, Comparison of parametric representations, 1980; librosa's ``mfcc`` with
    ``dct_type=2, norm="ortho", lifter=0``, its defaults.
    """
    basis = dct_basis(count, len(log_mel)).astype(np.result_type(log_mel.dtype, np.float32))
    return np.tensordot(basis, log_mel, axes=1)
