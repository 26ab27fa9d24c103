"""What is painted into pixels: letters that can be read, pictures that are averaged."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.views.page.layout import Block
from dlcli.views.page.raster import painted
from dlcli.views.page.shapes import Image, Letters


@pytest.mark.parametrize("place", [4, 4.25, 4.5, 4.75])
def test_a_bold_m_has_its_three_stems(place: float) -> None:
    bold, plain = (
        255 - painted(Block(16, 16, [Letters(place, 12, "m", bold=one)]))[..., 0].astype(int)
        for one in (True, False)
    )
    row = bold[9]
    gaps = [i for i in range(1, 15) if row[i] < row[i - 1] and row[i] <= row[i + 1] and row[i:].any()]
    assert len(gaps) == 2
    assert row[gaps].max() < 0.85 * row.max()
    assert bold.sum() > 1.15 * plain.sum()


def test_a_picture_that_is_painted_smaller_is_as_light() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (9, 100))[..., None].repeat(3, axis=2)
    small = painted(Block(130, 9, [Image(0, 0, 130, 9, stripes)]))[0, :, 0].astype(float)
    assert np.ptp(np.convolve(small, np.ones(13) / 13, "valid")) < 8
