"""Pictures of another size, against Pillow."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.resize import resize


@pytest.mark.parametrize(("height", "width"), [(28, 28), (7, 50), (1, 1), (40, 31), (97, 3)])
def test_resize_is_pillows(height: int, width: int) -> None:
    x = np.random.default_rng(0).random((40, 31)).astype(np.float32)
    theirs = Image.fromarray(x).resize((width, height), Image.Resampling.BILINEAR)
    np.testing.assert_allclose(resize(x, height, width), np.asarray(theirs), atol=1e-6)


def test_each_channel_is_resized_by_itself_and_an_even_picture_stays_even() -> None:
    x = np.random.default_rng(1).random((9, 12, 3))
    made = resize(x, 5, 20)
    for channel in range(3):
        np.testing.assert_allclose(made[..., channel], resize(x[..., channel], 5, 20))
    np.testing.assert_allclose(resize(np.full((9, 12), 7, np.uint8), 4, 5), 7, rtol=1e-6)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(EngineError, match=r"received \(3,\) and 2 x 2"):
        resize(np.ones(3), 2, 2)
    with pytest.raises(EngineError, match="0 x 2"):
        resize(np.ones((3, 3)), 0, 2)
