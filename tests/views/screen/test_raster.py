"""Pixels for terminals: where they stand among lines, and every escape sequence decoded again."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import zlib
from base64 import b64decode, b64encode
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from rich.console import RenderableType

from dlcli.tensor import Axis
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.pictures.area import PEAKS, shrink
from dlcli.views.pictures.picture import Multiples, Picture
from dlcli.views.pictures.tone import Tone
from dlcli.views.screen import raster as module
from dlcli.views.screen.raster import HOLE, SIXEL_COLOURS, iterm, kitty, palette, sixel
from dlcli.views.screen.screen import Drawing, Screen, drawing_of
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section

KITTY = Drawing("kitty", (20, 10))


def printed(body: RenderableType, drawing: Drawing = KITTY, width: int = 40) -> str:
    page = io.StringIO()
    screen = Screen(
        find=lambda: drawing,
        file=page,
        width=width,
        force_terminal=True,
        color_system="truecolor",
        _environ={},
    )
    screen.print(body)
    return page.getvalue()


def pictures(text: str) -> list[np.ndarray]:
    """The pixels in kitty's sequences."""
    found = []
    for whole in text.split("\x1b_Ga=T,")[1:]:
        size = re.match(r"f=32,o=z,s=(\d+),v=(\d+),", whole)
        assert size is not None
        data = "".join(re.findall(r"m=[01];([^\x1b]*)\x1b", whole))
        width, height = map(int, size.groups())
        found.append(np.frombuffer(zlib.decompress(b64decode(data)), np.uint8).reshape(height, width, 4))
    return found


def test_blanks_keep_the_room_and_the_cursor_comes_back() -> None:
    text = printed(Picture(np.array([[0, 255]], np.uint8), height=2, legend=False))
    # 39 columns of 10 and 2 rows of 20 pixels: two squares of 40.
    assert text.startswith(
        "        \n        \x1bD\x1b[A\x1b7\x1b[1A\x1b[8D\x1b_Ga=T,f=32,o=z,s=80,v=40,c=8,r=2,C=1,"
    )
    assert text.endswith("\x1b\\\x1b8\n")
    (image,) = pictures(text)
    assert (image[..., 3] == 255).all()
    assert (image[:, :40, :3] == 0).all()
    assert (image[:, 40:, :3] == 255).all()


def test_a_photo_shows_all_the_detail_there_is_room_for() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (300, 380, 3)).astype(np.uint8)
    (image,) = pictures(printed(Picture(photo, height=20, legend=False)))
    assert image.shape == (300, 380, 4)
    np.testing.assert_array_equal(image[..., :3], photo)


def test_what_does_not_fill_its_last_cells_is_transparent_there() -> None:
    (image,) = pictures(printed(Picture(np.zeros((31, 27)), tone=Tone(0, 1), height=2, legend=False)))
    assert image.shape == (40, 30, 4)
    assert (image[:31, :27, 3] == 255).all()
    assert (image[31:, :, 3] == 0).all()
    assert (image[:, 27:, 3] == 0).all()


def test_what_is_no_number_is_magenta() -> None:
    values = np.array([[0.0, np.nan], [np.inf, 1.0]])
    (image,) = pictures(printed(Picture(values, height=2, legend=False)))
    assert [tuple(image[i, j, :3]) for i, j in ((0, 0), (0, -1), (-1, 0), (-1, -1))] == [
        (0, 0, 0), HOLE, HOLE, (255, 255, 255)]  # fmt: skip


def test_side_by_side_and_indented_each_line_is_as_wide_as_its_blanks() -> None:
    one = Picture(np.zeros((40, 40), np.uint8), height=2, legend=False)
    text = printed(Section("result", "Two", body=Shelf([("a", one), ("b", one)])))
    bare = re.sub(r"\x1bD.*?\x1b8", "|", text, flags=re.DOTALL)
    bare = re.sub(r"\x1b\[[0-9;]*m", "", bare)
    rows = bare.split("\n")
    # Four columns each, one to spare, and three between blocks; nothing follows the last of a line.
    assert rows == ["Two", "  a       b", "  " + " " * 12, "  " + "    |" + "    " + "    |", ""]
    assert len(pictures(text)) == 2


def test_a_heat_map_has_its_axes_beside_the_pixels() -> None:
    time = Axis("frame", start=0.0, step=1.0, unit="s")
    hertz = Axis("frequency", start=0.0, step=10.0, unit="Hz")
    values = np.random.default_rng(0).uniform(0, 1, (400, 380))
    values[0, 0], values[-1, -1] = 0, 1
    text = printed(HeatMap(values, hertz, time, origin="lower", height=8, legend=False))
    (image,) = pictures(text)
    assert image.shape == (160, 340, 4)  # eight lines of 20, and 39 columns but for five of the axis
    scale = Tone(0, 1, scale="sequential")
    largest = shrink(values, 160, 340, PEAKS)[::-1]
    np.testing.assert_array_equal(image[..., :3], scale.rgb(largest))
    bare = re.sub(r"\x1bD.*?\x1b8", "|", text, flags=re.DOTALL)
    rows = re.sub(r"\x1b\[[0-9;]*m", "", bare).split("\n")
    assert rows[8] == "   0┤" + " " * 34 + "|"


def test_a_small_heat_map_has_sharp_cells() -> None:
    (image,) = pictures(
        printed(HeatMap(np.array([[0.0, 1], [1, 0]]), Axis("row"), Axis("column"), legend=False))
    )
    for y in range(0, image.shape[0], image.shape[0] // 2):
        block = image[y : y + image.shape[0] // 2, : image.shape[1] // 2]
        assert (block == block[0, 0]).all()


def test_many_channels_get_a_picture_each() -> None:
    text = printed(Multiples(np.zeros((60, 60, 3)), ["a", "b", "c"]))
    assert [image.shape[1] for image in pictures(text)] == [60, 60, 60]


@pytest.mark.parametrize(
    ("means", "sign"), [("iterm", "\x1b]1337;File="), ("sixel", '\x1bP0;1;0q"'), ("kitty", "\x1b_Ga=T")]
)
def test_each_protocol(means: str, sign: str) -> None:
    assert sign in printed(Picture(np.eye(4)), Drawing(means, (20, 10)))  # type: ignore[arg-type]


def test_letters_on_request_though_there_are_colours() -> None:
    text = printed(Picture(np.array([[0, 255]], np.uint8), height=1, width=2), Drawing("ascii"))
    assert text.replace("\x1b[2m", "").replace("\x1b[0m", "") == " @\n0 | .:-=+*#%@| 255\n"


def test_a_console_without_colour_gets_letters_and_nobody_is_asked() -> None:
    def asked() -> Drawing:
        raise AssertionError("asked")

    screen = Screen(find=asked, file=io.StringIO(), color_system=None, _environ={})
    assert drawing_of(screen) == Drawing("ascii")


def test_a_small_picture_byte_for_byte() -> None:
    rgba = np.array([[[1, 2, 3, 255], [4, 5, 6, 0]]], np.uint8)
    data = b64encode(zlib.compress(bytes([1, 2, 3, 255, 4, 5, 6, 0]))).decode()
    told = kitty(rgba, 1, 2)
    assert told == f"\x1b_Ga=T,f=32,o=z,s=2,v=1,c=2,r=1,C=1,q=2,m=0;{data}\x1b\\"


@pytest.mark.parametrize(
    ("length", "sizes"), [(4, [4]), (12, [12]), (16, [12, 4]), (24, [12, 12]), (28, [12, 12, 4])]
)
def test_the_chunks_are_cut_where_the_protocol_wants_them(
    length: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 12)
    data = "abcdefgh" * 4
    expected = []
    start = 0
    for place, size in enumerate(sizes):
        head = "HEAD," if place == 0 else ""
        more = 0 if place == len(sizes) - 1 else 1
        expected.append(f"\x1b_G{head}m={more};{data[start : start + size]}\x1b\\")
        start += size
    assert list(module._chunks("HEAD,", data[:length])) == expected


def test_a_large_picture_comes_back_from_its_chunks() -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (90, 111, 4)).astype(np.uint8)
    told = kitty(rgba, 5, 12)
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", told)
    assert "".join(f"\x1b_G{head};{data}\x1b\\" for head, data in chunks) == told
    assert len(chunks) > 5
    assert chunks[0][0] == "a=T,f=32,o=z,s=111,v=90,c=12,r=5,C=1,q=2,m=1"
    assert [head for head, _ in chunks[1:]] == ["m=1"] * (len(chunks) - 2) + ["m=0"]
    assert all(len(data) == 4096 for _, data in chunks[:-1])
    assert len(chunks[-1][1]) % 4 == 0
    raw = zlib.decompress(b64decode("".join(data for _, data in chunks)))
    np.testing.assert_array_equal(np.frombuffer(raw, np.uint8).reshape(rgba.shape), rgba)


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
    assert len(colours) <= SIXEL_COLOURS
    assert index.max() < SIXEL_COLOURS
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


@pytest.mark.parametrize("columns", [Axis("column"), Axis("time", start=0, step=0.1, unit="s")])
@pytest.mark.parametrize("shape", [(7, 9), (130, 23), (257, 200), (3, 61)])
def test_the_cells_of_a_map_are_whole_pixels_and_alike(shape: tuple[int, int], columns: Axis) -> None:
    values = np.random.default_rng(2).random(shape)
    text = printed(HeatMap(values, Axis("row"), columns))
    (picture,) = pictures(text)
    height, width = (int(places.max()) + 1 for places in (picture[..., 3] == 255).nonzero())
    down, across = height // shape[0], width // shape[1]
    assert min(down, across) >= 1
    assert down == across or columns.numeric
    rgb = Tone.of_map(values, values).rgb(values[..., None]).repeat(down, axis=0).repeat(across, axis=1)
    np.testing.assert_array_equal(picture[:height, :width, :3], rgb)
    assert "\x1b[48;2;" in text.splitlines()[-1]  # the scale of its colours


def test_labels_stand_at_the_middle_of_cells_that_are_whole() -> None:
    """3 pixels for each of 130 rows: the middle of row 100 is at pixel 301, in line 15 of 20 pixels."""
    lines = printed(HeatMap(np.eye(130, 20), Axis("row"), Axis("column")))
    at = {
        found[1]: place
        for place, line in enumerate(lines.split("\n")[1:])
        if (found := re.search(r"(\d+)┤", line))
    }
    assert (at["0"], at["100"], at["120"]) == (0, 15, 18)
