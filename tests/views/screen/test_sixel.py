"""Sixel: small pictures by hand, any picture through a plain decoder and through libsixel's own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from dlcli.views.screen.sixel import COLOURS, palette, sixel


def opaque(rgb: np.ndarray) -> np.ndarray:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def percent(rgb: np.ndarray) -> np.ndarray:
    """Bytes of light as the format has them: whole hundredths."""
    return np.rint(np.asarray(rgb) / 2.55).astype(int)


def decoded(text: str) -> np.ndarray:
    """The picture (height, width, 3) in hundredths, -1 where nothing was drawn; one character after the other."""
    head = re.match(r'\x1bP0;1;0q"1;1;(\d+);(\d+)', text)
    assert head is not None
    width, height = int(head[1]), int(head[2])
    assert text.endswith("\x1b\\")
    page = np.full((height + 6, width, 3), -1)
    colours: dict[int, tuple[int, ...]] = {}
    now, column, top = 0, 0, 0
    for token in re.finditer(
        r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|(\$)|(-)", text[head.end() : -2]
    ):
        if token[1]:
            colours[int(token[1])] = tuple(int(token[i]) for i in (2, 3, 4))
        elif token[5]:
            now = int(token[5])
        elif token[9]:
            column = 0
        elif token[10]:
            column, top = 0, top + 6
        else:
            count, bits = int(token[6] or 1), ord(token[7] or token[8]) - 63
            for row in range(6):
                if bits >> row & 1:
                    assert (page[top + row, column : column + count] == -1).all(), "a pixel is drawn twice"
                    page[top + row, column : column + count] = colours[now]
            column += count
    assert (page[height:] == -1).all()
    return page[:height]


def test_two_colours_by_hand() -> None:
    red, blue = (255, 0, 0), (0, 0, 255)
    picture = np.array([[red] * 5 + [blue] * 2, [red] * 5 + [blue] * 2], np.uint8)
    told = '\x1bP0;1;0q"1;1;7;2#0;2;0;0;100#1;2;100;0;0#0!5?BB$#1!5B-\x1b\\'
    assert sixel(opaque(picture)) == told


def test_what_is_transparent_is_not_drawn() -> None:
    rgba = opaque(np.zeros((7, 3, 3), np.uint8))
    rgba[:, 1, 3] = 0
    page = decoded(sixel(rgba))
    assert (page[:, 1] == -1).all()
    assert (page[:, [0, 2]] == 0).all()
    rgba[..., 3] = 0
    assert (decoded(sixel(rgba)) == -1).all()


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 15), st.integers(1, 20), st.just(3)),
                  elements=st.sampled_from([0, 51, 102, 255])))  # fmt: skip
def test_few_colours_are_exact(rgb: np.ndarray) -> None:
    np.testing.assert_array_equal(decoded(sixel(opaque(rgb))), percent(rgb))


def test_many_colours_become_near_ones() -> None:
    y, x = np.mgrid[:60, :80]
    rgb = np.stack([y * 4, x * 3, (x + y) * 1.8], axis=-1).astype(np.uint8)
    index, colours = palette(rgb)
    assert len(colours) <= COLOURS
    assert index.max() < COLOURS
    page = decoded(sixel(opaque(rgb)))
    np.testing.assert_array_equal(page, percent(colours[index]))
    assert np.abs(page - percent(rgb)).mean() < 3


@pytest.mark.skipif(
    shutil.which("sixel2png") is None and "DLCLI_NEEDS_SIXEL2PNG" not in os.environ,
    reason="libsixel's sixel2png is not installed",
)
@pytest.mark.parametrize("kind", ["cat", "few", "tall"])
def test_libsixel_decodes_the_same(kind: str, tmp_path: Path) -> None:
    if kind == "cat":
        with Image.open(Path(__file__).parents[3] / "samples" / "cat.png") as image:
            rgb = np.asarray(image)
    else:
        shape = (13, 40) if kind == "few" else (121, 2)
        rgb = np.random.default_rng(0).choice(np.array([0, 51, 204], np.uint8), (*shape, 3))
    told = sixel(opaque(rgb))
    (tmp_path / "picture.six").write_text(told)
    subprocess.run(["sixel2png", "-i", "picture.six", "-o", "picture.png"], cwd=tmp_path, check=True)
    with Image.open(tmp_path / "picture.png") as image:
        seen = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(percent(seen), decoded(told))
