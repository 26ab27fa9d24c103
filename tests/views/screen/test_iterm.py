"""iTerm2's inline pictures: the place they take, and the PNG inside."""

from __future__ import annotations

import io
import re
from base64 import b64decode

import numpy as np
from PIL import Image

from dlcli.views.screen.iterm import iterm


def test_the_picture_comes_back() -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (40, 31, 4)).astype(np.uint8)
    found = re.fullmatch(
        r"\x1b\]1337;File=inline=1;size=(\d+);width=4;height=2;preserveAspectRatio=0;doNotMoveCursor=1:"
        r"([A-Za-z0-9+/=]+)\x07",
        iterm(rgba, 2, 4),
    )
    assert found is not None
    data = b64decode(found[2])
    assert len(data) == int(found[1])
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.mode) == ("PNG", "RGBA")
        np.testing.assert_array_equal(np.asarray(image), rgba)
