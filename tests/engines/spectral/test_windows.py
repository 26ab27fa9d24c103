"""Windows: by hand, by their symmetry, and beside SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import get_window

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.windows import window

SCIPY = {
    "hann": "hann", "hamming": "hamming", "blackman": "blackman", "bartlett": "bartlett", "rect": "boxcar",
    "kaiser:8.6": ("kaiser", 8.6), "kaiser:0": ("kaiser", 0), "gaussian:3": ("gaussian", 3),
}  # fmt: skip


@pytest.mark.parametrize("name", SCIPY)
@pytest.mark.parametrize("length", [1, 2, 7, 16])
@pytest.mark.parametrize("periodic", [True, False])
def test_as_scipys(name: str, length: int, periodic: bool) -> None:
    theirs = get_window(SCIPY[name], length, fftbins=periodic)
    np.testing.assert_allclose(window(name, length, periodic=periodic), theirs, atol=1e-14)


@pytest.mark.parametrize("name", SCIPY)
def test_symmetry(name: str) -> None:
    whole = window(name, 33, periodic=False)
    np.testing.assert_allclose(whole, whole[::-1], atol=1e-14)
    np.testing.assert_allclose(window(name, 32), whole[:-1], atol=1e-14)
    assert whole.max() == pytest.approx(1)


def test_weights_of_ones_own() -> None:
    assert window(np.array([1, 2, 3]), 3).tolist() == [1, 2, 3]


BAD = {
    "han": "window expects one of hann, hamming, blackman, bartlett, rect, kaiser, gaussian; received 'han'",
    "hann:3": "window hann",
    "kaiser": "window kaiser expects its beta, as in kaiser:14; received 'kaiser'",
    "kaiser:x": "window kaiser expects its beta, as in kaiser:14; received 'kaiser:x'",
    "kaiser:-1": "window kaiser expects a beta at least 0 and at most 700; received 'kaiser:-1'; try kaiser:14",
    "gaussian:0": "window gaussian expects a std above 0; received 'gaussian:0'; try gaussian:64",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_window(name: str) -> None:
    with pytest.raises(EngineError) as refused:
        window(name, 8)
    assert str(refused.value).startswith(BAD[name])


@pytest.mark.parametrize("weights", [[1.0, 2], [1.0, 2, np.nan], [0.0, 0, 0], [1j, 0, 0]])
def test_weights_that_are_none(weights: list[float]) -> None:
    with pytest.raises(EngineError, match="window expects"):
        window(np.array(weights), 3)
