"""Picture files in the colours of the screen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.errors import DlcliError
from dlcli.tensor import Axis, Tensor
from dlcli.views.paint import GAP, LABEL, SIDE, painted
from dlcli.views.pictures.tone import Tone
from dlcli.views.screen.colour import coloured


def test_signed_numbers_are_blue_and_red_around_white() -> None:
    rgb = painted(Tensor([[-2.0, 0.0], [1.0, 2.0]])).data
    times = SIDE // 2
    assert rgb.shape == (2 * times, 2 * times, 3)
    np.testing.assert_array_equal(rgb[::times, ::times], coloured("diverging", np.array([[-1, 0], [0.5, 1]])))


def test_a_large_picture_keeps_its_size_and_bytes_their_shade() -> None:
    photo = np.arange(500 * 500, dtype=np.uint8).reshape(500, 500)
    rgb = painted(Tensor(photo, (Axis("height"), Axis("width")))).data
    np.testing.assert_array_equal(rgb, np.repeat(photo[..., None], 3, axis=2))


def test_light_is_shown_as_it_is() -> None:
    axes = Axis("height"), Axis("width"), Axis("channel", labels=("red", "green", "blue"))
    photo = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    np.testing.assert_array_equal(painted(Tensor(photo, axes)).data, photo)


def test_many_channels_stand_beside_each_other_in_one_tone() -> None:
    side = 300
    maps = np.zeros((side, side, 3))
    maps[..., 0], maps[..., 2] = -1, 1
    rgb = painted(Tensor(maps)).data
    assert rgb.shape == (2 * (LABEL + side) + GAP, 2 * side + GAP, 3)
    np.testing.assert_array_equal(rgb[LABEL, [0, -1]], coloured("diverging", np.array([-1, 0])))
    np.testing.assert_array_equal(rgb[-1, 0], coloured("diverging", np.array(1)))
    assert (rgb[LABEL + side] == 255).all()
    names = rgb[:LABEL]
    assert max(names[:, :side].min(), names[:, side + GAP :].min()) < 64  # "axis2 0" and "axis2 1" in black
    assert (names[:, :side] != names[:, side + GAP :]).any()


SHEET = ("conv", "1 2 1; 5 4 5; 9 8 7", *(word for k in range(1, 7) for word in ("-k", f"{k} -{k}")))


@pytest.mark.parametrize(
    ("scale", "told"),
    [
        ((), "6 maps, all in the same tone (--scale minmax: each by itself)"),
        (("--scale", "minmax"), "6 maps, each scaled by itself"),
        (("--scale", "view"), ""),
    ],
)
def test_a_picture_file_of_many_maps_is_a_sheet_and_says_how_it_is_scaled(
    scale: tuple[str, ...], told: str, cli: Any
) -> None:
    written = cli(*SHEET, *scale, "-o", "maps.png")
    assert (written.code, written.err) == (0, f"dlcli: maps.png: {told}\n" if told else "")
    with Image.open("maps.png") as image:
        rgb = np.asarray(image)
    times = SIDE // 8  # 2 and 2 and 2 cells, and 2 between them
    height, width = LABEL + 3 * times, 2 * times
    assert rgb.shape == (2 * height + times, 3 * width + 2 * times, 3)
    first, last = (rgb[top + LABEL, left] for top, left in ((0, 0), (height + times, 2 * (width + times))))
    if "minmax" in scale:
        np.testing.assert_array_equal(first, last)  # the same map, scaled by itself
        assert rgb[LABEL : LABEL + 3 * times, :width].max() == 255
    else:
        assert (first != last).any()  # six times as strong


def test_few_channels_stay_a_picture(cli: Any) -> None:
    assert cli("conv", "1 2 1; 5 4 5", "-k", "1", "-k", "2", "-k", "3", "-o", "rgb.png").code == 0
    with Image.open("rgb.png") as image:
        assert image.size == (3, 2)


@pytest.mark.parametrize("shape", [(3,), (0, 4), (2, 2, 2, 2)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    told = re.escape("a picture is (height, width) or (height, width, channel); received tensor (")
    with pytest.raises(DlcliError, match=told):
        painted(Tensor(np.zeros(shape)))


def test_the_option_writes_them(cli: Any) -> None:
    written = cli("conv", "1 2 1; 5 4 5", "-k", "1 -1", "--scale", "view", "-o", "map.png")
    assert (written.code, written.err, written.out) == (0, "", "")
    with Image.open(Path("map.png")) as image:
        assert image.mode == "RGB"
        times = SIDE // 2
        found = np.asarray(image)[::times, ::times]
    np.testing.assert_array_equal(found, coloured("diverging", np.array([[-1, 1], [1, -1]])))


def test_a_spectrogram_has_low_frequencies_at_the_bottom() -> None:
    axes = Axis("frequency", start=0.0, step=1.0, unit="Hz"), Axis("frame")
    levels = np.array([[-70.0, -40.0], [-20.0, 10.0]])
    picture = painted(Tensor(levels, axes, attrs={"quantity": "db"})).data
    corners = [picture[y, x].tolist() for y in (-1, 0) for x in (0, -1)]
    scale = Tone(-70, 10, scale="sequential")
    assert corners == scale.rgb(levels[..., None]).reshape(4, 3).tolist()


@pytest.mark.parametrize("extreme", [-9.0, 9.0])
def test_a_table_of_one_sign_has_the_colours_of_its_heat_map(extreme: float) -> None:
    data = np.zeros((20, 30))
    data[2, 3] = extreme
    low, high = min(extreme, 0.0), max(extreme, 0.0)
    scale = Tone(low, high, scale="sequential")
    colours = {tuple(pixel) for pixel in painted(Tensor(data)).data.reshape(-1, 3).tolist()}
    assert colours == {tuple(scale.rgb(np.array([[[value]]]))[0, 0].tolist()) for value in (low, high)}
