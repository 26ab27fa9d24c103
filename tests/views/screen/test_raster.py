"""Pixels inside a story: the room they take, where the cursor goes, and what is drawn at which size."""

from __future__ import annotations

import io
import re
import zlib
from base64 import b64decode

import numpy as np
import pytest
from rich.console import RenderableType

from dlcli.tensor import Axis
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.pictures.area import shrink
from dlcli.views.pictures.picture import Multiples, Picture
from dlcli.views.pictures.tone import Tone
from dlcli.views.screen.raster import HOLE
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
    means = shrink(values, 160, 340)[::-1]
    np.testing.assert_array_equal(image[..., :3], scale.rgb(means))
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
