"""A dot of the screen stands for many numbers, and hides none that stands out: one anywhere is found."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.look import look, thumbnail
from dlcli.views.pictures.area import ground_of, shrink
from dlcli.views.pictures.tone import Tone
from dlcli.views.screen.colour import coloured

HEIGHT, WIDTH, ROW, COLUMN = Axis("height"), Axis("width"), Axis("row"), Axis("column")
RGB = Axis("channel", ("red", "green", "blue"))
HERTZ, TIME = Axis("frequency", start=0, step=5, unit="Hz"), Axis("frame", start=0, step=0.1, unit="s")
SIZE = 217, 391

Place = tuple[int, int]


def spotted(ground: Array | float, value: Any, *axes: Axis, **attrs: Any) -> Callable[[Place], Tensor]:
    """A tensor that is the same everywhere, or noise, but for one place."""

    def at(place: Place) -> Tensor:
        data = np.array(np.broadcast_to(ground, SIZE + np.shape(ground)[2:]))
        data[place] = value
        return Tensor(data, axes or (HEIGHT, WIDTH), attrs=attrs)

    return at


NOISE = np.random.default_rng(0).normal(size=SIZE)


def even(level: float, other: float) -> Array:
    """A field of one number, with another one in it, so that both signs or a larger number occur."""
    field = np.full(SIZE, level)
    field[190, 30] = other
    return field


#: What is drawn -> the tensor with one number that stands out, and what colour and letter that has.
SPOTS = {
    "strong answer": (spotted(NOISE, 50.0), ("diverging", 1.0), "#"),
    "strong negative answer": (spotted(NOISE, -50.0), ("diverging", -1.0), "="),
    "after relu": (spotted(np.maximum(NOISE, 0), 50.0), ("gray", 1.0), "@"),
    "light on black": (spotted(np.uint8(0), 255), ("gray", 1.0), "@"),
    "ink on paper": (spotted(np.uint8(255), 0), ("gray", 0.0), " "),
    "ink on gray paper": (spotted(np.uint8(200), 0), ("gray", 0.0), " "),
    "a star in colour": (spotted(np.zeros((*SIZE, 3), np.uint8), 255, HEIGHT, WIDTH, RGB), ("gray", 1.0), "@"),
    "mask": (spotted(np.bool_(False), True), ("gray", 1.0), "@"),
    "hole in a mask": (spotted(np.bool_(True), False), ("gray", 0.0), " "),
    "large matrix": (spotted(NOISE, -50.0, ROW, COLUMN), ("diverging", -1.0), "="),
    "attention": (spotted(0.01, 1.0, Axis("query"), Axis("key")), ("sequential", 1.0), "@"),
    "costs": (spotted(-1.0, -100.0, ROW, COLUMN), ("sequential", 0.0), " "),
    "shadow on an even field": (spotted(even(150.0, 300.0), 0.0), ("gray", 0.0), " "),
    "tone": (spotted(-80.0, 0.0, HERTZ, TIME, quantity="db"), ("sequential", 1.0), "@"),
    "tone beside silence": (spotted(-np.inf, 0.0, HERTZ, TIME, quantity="db"), ("sequential", 0.0), " "),
}  # fmt: skip


#: A number that is everywhere but in one place, and the one that is there.
PAIRS = [(5, -4), (-5, 4), (-5, -1), (-3, 2), (-100, 0), (-100, 45), (100, -1), (-100, -130), (100, 130)]


def places(count: int) -> list[Place]:
    rng = np.random.default_rng(1)
    corners = [(0, 0), (SIZE[0] - 1, SIZE[1] - 1)]
    return corners + [(int(rng.integers(SIZE[0])), int(rng.integers(SIZE[1]))) for _ in range(count)]


def dots(lines: list[list[tuple[str, Any]]]) -> set[tuple[int, int, int] | None]:
    """The colours of the half blocks of a drawing, not those of its legend."""
    return {one for line in lines for letter, (ink, on) in line if letter == "▀" for one in (ink, on)}


@pytest.mark.parametrize("name", [name for name in SPOTS if name != "tone beside silence"])
@pytest.mark.parametrize("width", [24, 40, 79, 80, 131, 240])
def test_one_number_that_stands_out_is_seen_wherever_it_is(
    name: str, width: int, paint: Any, draw: Any
) -> None:
    make, (scale, share), letter = SPOTS[name]
    wanted = tuple(coloured(scale, np.array(share)).tolist())
    for place in places(2):
        for view in (look, thumbnail) if make(place).axes[0] == HEIGHT else (look,):
            assert wanted in dots(paint(view(make(place)), width)), (view, place)
        drawing = draw(look(make(place), legend=False), width)
        body = [re.sub(r"^[^│┤]*[│┤]", "", line) for line in drawing.split("\n")]
        assert letter in "".join(line.ljust(max(map(len, body))) for line in body), place


@pytest.mark.parametrize(("ground", "spike"), PAIRS)
@pytest.mark.parametrize("axes", [(HEIGHT, WIDTH), (ROW, COLUMN)])
def test_a_spike_on_a_ground_that_is_not_zero_is_seen(
    ground: int, spike: int, axes: tuple[Axis, Axis], paint: Any, draw: Any
) -> None:
    make = spotted(float(ground), spike, *axes)
    for width in (24, 80, 131):
        for place in places(2):
            view = look(make(place), legend=False)
            assert len(dots(paint(view, width)) - {None}) == 2, (width, place)
            body = draw(view, width).split("\n")
            if axes[0] == ROW:
                body = [re.split("[│┤]", line)[1] for line in body if "│" in line or "┤" in line]
            wide = max(map(len, body))
            assert len(set("".join(line.ljust(wide) for line in body))) == 2, (width, place)


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize(("ground", "spike"), PAIRS)
def test_no_area_that_holds_the_spike_shows_the_ground(ground: int, spike: int, light: bool) -> None:
    for place in places(10):
        values = spotted(float(ground), spike)(place).data
        for channels in (values, np.stack([values, -values], axis=2)):
            small = shrink(channels, 20, 30, ground_of(channels, light=light))
            assert np.count_nonzero(small[..., 0] == spike) == 1


@pytest.mark.parametrize("mean", [0.003, -0.003, 0.3])
def test_balanced_numbers_show_the_largest_sizes(mean: float) -> None:
    """As around 0, also where the median is not quite 0; a number that is nan changes nothing."""
    assert ground_of(NOISE + mean).tolist() == [0]
    assert ground_of(NOISE - 3) == pytest.approx(np.median(NOISE - 3))
    holed = NOISE - 3
    holed[5, 5] = np.nan
    assert ground_of(holed) == pytest.approx(np.median(NOISE - 3), abs=1e-3)
    assert ground_of(np.full((3, 3), np.nan)) == 0


def test_a_neuron_that_fires_beyond_its_bias_is_seen(cli: Any) -> None:
    """294.5 of 733.5 is to the right of the middle of the scale."""
    told = cli("conv", "sample:lines", "-k", "line:45", "--bias", "-500", "-f", "plain").out
    drawn = told.partition("Feature map")[2].rpartition("−733.5 |")[0]
    assert drawn.partition("\n")[2].count("'") > 5
    told = cli("conv", "sample:lines", "-k", "line:45", "--bias", "-1500", "-f", "plain").out
    drawn = told.partition("Feature map")[2].rpartition("−1734 |")[0]
    assert drawn.partition("\n")[2].count(",") > 5


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_one_active_unit_among_many_that_are_not(width: int, draw: Any) -> None:
    for place in places(6):
        values = np.random.default_rng(0).normal(-3, 0.2, SIZE)
        values[place] = 2.5
        assert "+" in draw(look(Tensor(values, (ROW, COLUMN)), legend=False), width)


def test_decibels_without_their_name_show_the_tone(cli: Any) -> None:
    sound = np.sin(2 * np.pi * 1000 / 16000 * np.arange(32000))
    time = Axis("time", start=0, step=1 / 16000, unit="s")
    cli("stft", "-", "--frame", "93ms", "--emit", "db", "-o", "d.csv", stdin=Tensor(sound, (time,)))
    told = cli("show", "d.csv", "-f", "plain").out.partition("Looks")[2]
    assert any(line.count("+") > 60 for line in told.split("\n"))


def test_silence_hides_no_tone(draw: Any) -> None:
    make, _, _ = SPOTS["tone beside silence"]
    assert "×" in draw(look(make((3, 5))))
    (legend,) = {draw(look(make(place))).split("\n")[-1] for place in places(4)}
    assert legend == "0 | .:-=+*#%@| 0"


def test_many_channels_are_drawn_alike(paint: Any) -> None:
    for place in places(4):
        data = np.repeat(NOISE[..., None], 4, axis=2)
        data[(*place, 2)] = -50.0
        view = look(Tensor(data, (HEIGHT, WIDTH, Axis("channel"))))
        assert tuple(coloured("diverging", np.array(-1.0)).tolist()) in dots(paint(view, 80))


@pytest.mark.parametrize("view", ["auto", "picture", "heat"])
@pytest.mark.parametrize("form", ["svg", "html"])
def test_views_and_files_show_it_too(view: str, form: str, cli: Any) -> None:
    wanted = coloured("diverging", np.array(-1.0))
    for place in places(1):
        told = cli("show", "--view", view, "-f", form, stdin=SPOTS["large matrix"][0](place))
        assert told.code == 0
        assert any((picture == wanted).all(axis=2).any() for picture in pictures(told.out)), place


def pictures(page: str) -> list[Any]:
    """The pictures in a page, without the scales of colours below them."""
    found = re.findall(r'"data:image/png;base64,([^"]+)"', page)
    arrays = [np.asarray(Image.open(io.BytesIO(b64decode(data))).convert("RGB")) for data in found]
    return [array for array in arrays if len(array) > 10]


@pytest.mark.parametrize("view", ["auto", "picture", "heat"])
def test_decibels_show_their_peaks_in_every_view(view: str, cli: Any) -> None:
    """The least of them, which are largest in size, hide none."""
    tensor = SPOTS["tone"][0]((100, 100))
    told = cli("show", "--view", view, "-f", "plain", stdin=tensor).out
    looks = told.partition("Looks")[2].partition("| 0")[0]
    assert "@" in looks.rpartition("\n")[0]
    assert "=-, '+#" not in looks


def test_a_picture_file_in_the_colours_of_the_screen_has_every_number(cli: Any) -> None:
    for place in places(1):
        written = cli("show", "--scale", "view", "-o", "map.png", stdin=SPOTS["large matrix"][0](place))
        assert written.code == 0
        with Image.open("map.png") as image:
            assert tuple(np.asarray(image)[place]) == tuple(coloured("diverging", np.array(-1.0)).tolist())


@pytest.mark.parametrize(("ground", "spike"), PAIRS)
def test_files_show_a_spike_on_any_ground(ground: int, spike: int, cli: Any) -> None:
    for place in places(1):
        tensor = spotted(float(ground), spike)(place)
        for form in ("svg", "html"):
            told = cli("show", "-f", form, stdin=tensor).out
            colour = Tone.of(tensor.data, tensor.data).rgb(np.array([[[float(spike)]]]))[0, 0]
            assert any((picture == colour).all(axis=2).any() for picture in pictures(told)), (place, form)
        cli("show", "--scale", "view", "-o", "map.png", stdin=tensor)
        with Image.open("map.png") as image:
            pixels = np.asarray(image)
        assert np.flatnonzero((pixels != pixels[100, 200]).any(axis=2)).tolist() == [
            np.ravel_multi_index(place, SIZE)
        ]


@pytest.mark.parametrize(("ground", "spike"), PAIRS)
def test_sixteen_colours_are_enough_for_it(ground: int, spike: int) -> None:
    tensor = spotted(float(ground), spike)((3, 5))
    rgb = Tone.of(tensor.data, tensor.data).rgb(tensor.data[..., None], sixteen=True)
    assert (rgb[3, 5] != rgb[0, 0]).any()


def test_a_photo_is_averaged_as_in_every_viewer(paint: Any) -> None:
    """Noise of all shades has the mean of each area: a checkerboard of black and white becomes gray."""
    board = (np.indices((200, 400)).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert dots(paint(look(Tensor(board, (HEIGHT, WIDTH))), 50)) <= {(127,) * 3, (128,) * 3, None}


def test_the_lines_that_a_kernel_looks_for_are_red(cli: Any, paint: Any) -> None:
    """The mean of an area says that the neuron does not fire: the sides of a line answer below zero."""
    answer = cli("conv", "sample:lines", "--kernel", "line:45").tensor
    peak = np.unravel_index(int(answer.data.argmax()), answer.shape)
    lines = paint(look(answer, legend=False), 80)
    width = len(lines[0])
    dot = peak[0] * 2 * len(lines) // answer.shape[0], peak[1] * width // answer.shape[1]
    _, colours = lines[dot[0] // 2][dot[1]]
    assert colours[dot[0] % 2] == tuple(coloured("diverging", np.array(1.0)).tolist())


@pytest.mark.parametrize("width", ["40", "80", "133"])
def test_a_pure_tone_is_a_bright_line_however_fine_its_spectrum(width: str, cli: Any) -> None:
    """The mean of the decibels of 19 frequencies, of which one sounds, is darkness."""
    sound = np.sin(2 * np.pi * 1000 / 16000 * np.arange(32000))
    line = "stft", "-", "--sample-rate", "16000", "--frame", "93ms", "-f", "plain", "--width", width
    told = cli(*line, stdin=Tensor(sound, (Axis("time", start=0, step=1 / 16000, unit="s"),))).out
    rows = [line.partition("│")[2] for line in told.partition("frequency (Hz)")[2].split("\n")]
    assert any(row and set(row[2:-2]) == {"@"} for row in rows)
