"""One's own picture as a net has learnt from such: size, colours, place."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.commands.predict.inputs.fit import centred, channels, fitted
from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.resize import resize
from dlcli.wire.datasets.read import open_data
from dlcli.wire.stream import Limits


def test_a_digit_that_is_enlarged_and_moved_comes_back_as_mnist_has_it() -> None:
    digits = open_data("sample:digits", limits=Limits()).take(np.arange(0, 1600, 160))[..., 0] / 255
    for digit in digits:
        page = np.zeros((300, 400))
        page[20:216, 150:346] = resize(digit, 196, 196)
        made = centred(page, 28, 28)
        assert np.corrcoef(made.ravel(), digit.ravel())[0, 1] > 0.8
        for axis in (0, 1):
            centres = [page.sum(axis=axis) @ np.arange(28) / page.sum() for page in (digit, made)]
            assert max(abs(centre - 14) for centre in centres) < 0.51
        rows, columns = np.flatnonzero((made > 0.2).any(1)), np.flatnonzero((made > 0.2).any(0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)


def test_uneven_paper_is_no_ink() -> None:
    page = np.full((60, 40), 0.3)
    page[20:40, 18:22] = 0.9
    np.testing.assert_allclose(centred(page, 28, 28), centred(page - 0.3, 28, 28), atol=1e-12)
    assert centred(page, 28, 28).max() == pytest.approx(1)


def test_the_middle_is_cut_out_in_the_shape_of_the_net() -> None:
    picture = np.arange(6 * 10, dtype=float).reshape(6, 10, 1)
    np.testing.assert_allclose(fitted(picture, 6, 6, "crop"), picture[:, 2:8])
    np.testing.assert_allclose(fitted(picture, 3, 6, "crop"), resize(picture[:5], 3, 6))
    np.testing.assert_allclose(fitted(picture, 3, 4, "stretch"), resize(picture, 3, 4))


def test_colours() -> None:
    red = np.zeros((2, 2, 3))
    red[..., 0] = 1
    assert channels(red, ("red", "green", "blue"), 1)[0, 0, 0] == pytest.approx(0.299)
    assert channels(red, (), 1)[0, 0, 0] == pytest.approx(0.299)
    assert channels(red[..., :1], (), 3).shape == (2, 2, 3)
    half = np.dstack([red, np.full((2, 2), 0.5)])
    np.testing.assert_allclose(channels(half, ("red", "green", "blue", "alpha"), 3)[0, 0], [1, 0.5, 0.5])
    with pytest.raises(EngineError, match="5 channels, the net takes 3"):
        channels(np.zeros((2, 2, 5)), (), 3)
    with pytest.raises(EngineError, match="--fit crop"):
        fitted(red, 4, 4, "center")
