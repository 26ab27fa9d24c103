import io
import re

import numpy as np
import pytest
from rich.console import Console

from dlcli.views.pictures.colour_scale import ColourScale
from dlcli.views.pictures.picture import Multiples, Picture
from dlcli.views.pictures.tone import Tone
from dlcli.views.shelf import Shelf

LIGHT = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [10, 20, 30]]], np.uint8)


def test_a_half_block_shows_two_pixels(paint):
    (line,) = paint(Picture(LIGHT, height=1, legend=False))
    assert line == [("▀", ((255, 0, 0), (0, 0, 255))), ("▀", ((0, 255, 0), (10, 20, 30)))]


def test_the_last_odd_row_has_no_lower_pixel(paint):
    lines = paint(Picture(np.array([[0], [255], [255]], np.uint8), height=2, legend=False))
    assert lines[1] == [("▀", ((255, 255, 255), None))]


def test_alpha_is_not_drawn(paint):
    with_alpha = np.concatenate([LIGHT, np.full((2, 2, 1), 7, np.uint8)], axis=2)
    assert paint(Picture(with_alpha)) == paint(Picture(LIGHT))


def test_signed_maps_are_blue_and_red_around_white(paint):
    (line,) = paint(Picture(np.array([[-1.0, 0.0, 1.0]] * 2), height=1, legend=False))
    assert [ink for _, (ink, _) in line] == [(5, 48, 97), (247, 247, 247), (103, 0, 31)]


def test_without_colour_characters_tell_brightness(draw):
    steps = np.repeat(np.arange(10)[None] * 28, 2, axis=0).astype(np.uint8)
    assert draw(Picture(steps, height=1)) == " .:-=+*#%@\n0 | .:-=+*#%@| 255"


def test_without_colour_characters_tell_the_sign(draw):
    assert draw(Picture(np.array([[-2.0, -1.3, -0.7, 0.0, 0.7, 1.3, 2.0]] * 2), height=1)) == (
        "=-, '+#\n−2 |=-, '+#| +2"
    )


def test_no_color_means_characters_even_on_a_terminal():
    page = Console(
        width=80,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        no_color=True,
        _environ={},
    )
    page.print(Picture(LIGHT, height=1, legend=False))
    assert "▀" not in page.file.getvalue()


@pytest.mark.parametrize("width", [20, 40, 80, 120])
@pytest.mark.parametrize("shape", [(300, 451), (451, 300, 3), (3, 1000), (1000, 3), (1, 1)])
def test_it_fits_whatever_its_shape(draw, paint, shape, width):
    view = Picture(np.random.default_rng(0).random(shape), legend=False)
    lines = draw(view, width).split("\n")
    assert len(lines) <= 24
    assert all(len(line) <= width for line in paint(view, width))


def test_the_proportions_are_kept(paint):
    lines = paint(Picture(np.zeros((200, 300)), legend=False))
    assert (2 * len(lines), len(lines[0])) == (48, 72)


def test_what_is_no_number_is_drawn_as_such(draw, paint):
    values = np.array([[1.0, np.nan], [2.0, 3.0]])
    assert draw(Picture(values, height=1, legend=False)).endswith("×")
    (line,) = paint(Picture(values, height=1, legend=False))
    assert [letter for letter, _ in line] == ["▀", "×"]


@pytest.mark.parametrize(
    "values", [np.full((3, 3), np.nan), np.zeros((3, 3)), np.full((20, 20), 7), np.full((3, 3), np.inf)]
)
def test_flat_and_empty_pictures_draw_without_warning(draw, values):
    assert draw(Picture(values))


def test_huge_numbers_do_not_overflow(draw):
    assert draw(Picture(np.full((50, 50), 3e38, np.float32)))


def test_no_cells(draw):
    assert draw(Picture(np.zeros((0, 5)))) == "(no cells)"


def test_complex_numbers_are_drawn_by_size(paint):
    assert paint(Picture(np.array([[3 + 4j, 0]] * 2), legend=False)) == paint(
        Picture(np.array([[5.0, 0.0]] * 2), legend=False)
    )


def test_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"received \(2, 2, 2\)$"):
        Picture(np.zeros((2, 2, 2)))


def test_multiples_stand_side_by_side_under_their_names(draw):
    values = np.zeros((20, 20, 3))
    values[..., 1] = -1
    lines = draw(Multiples(values, ["[red]", "gr\x1been", "blue"])).split("\n")
    assert lines[0] == "[red]" + " " * 17 + "gr␛een" + " " * 16 + "blue"
    assert lines[1] == " " * 22 + "=" * 20
    assert lines[-1] == "−1 |=-, '+#| +1"


def test_multiples_share_one_tone(paint):
    values = np.stack([np.full((20, 20), 1.0), np.full((20, 20), -4.0)], axis=-1)
    line = paint(Multiples(values, ["a", "b"]))[1]
    inks = [ink for letter, (ink, _) in line if letter == "▀"]
    assert inks[-1] == (5, 48, 97)
    assert inks[0] != (103, 0, 31)


def test_of_many_channels_some_are_drawn_and_the_others_counted(draw):
    lines = draw(Multiples(np.zeros((20, 20, 64)), [str(i) for i in range(64)])).split("\n")
    assert lines[-1] == "and 52 more channels"


def test_of_many_channels_a_sheet_has_all_small_and_in_one_tone(draw):
    values = np.zeros((20, 20, 70))
    values[..., 63] = 9
    lines = draw(Multiples(values, [f"map {i}" for i in range(70)], sheet=True)).split("\n")
    names = [word for line in lines for word in re.findall(r"map \d+", line)]
    assert names == [f"map {i}" for i in range(64)]
    assert lines[-3:] == ["0 | .:-=+*#%@| 9", "all in the same tone", "and 6 more channels"]
    last = next(i for i, line in enumerate(lines) if "map 63" in line)
    assert lines[last + 1].strip() == "@" * 10
    assert max(map(len, lines)) <= 80


def test_pictures_stand_on_a_shelf(draw):
    blocks = [
        ("a", Picture(np.zeros((4, 4)), height=2, legend=False)),
        ("b", Picture(np.ones((4, 4)), height=2, legend=False)),
    ]
    assert draw(Shelf(blocks)).split("\n")[0] == "a      b"


def test_words_say_how_large_a_smaller_picture_is_drawn():
    figure = Picture(np.zeros((300, 451)), height=5).figure()
    assert figure.words.startswith("picture, 300 × 451, ")
    height, width = figure.data.shape[:2]
    assert figure.words.endswith(f", drawn as {height} × {width}")
    assert "drawn as" not in Picture(np.zeros((3, 4))).figure().words


def test_several_pictures_have_one_scale(draw):
    scale = ColourScale(Tone(-0.5, 0.5, signed=True))
    assert draw(scale) == "−0.5 |=-, '+#| +0.5"
    assert (scale.figure().low, scale.figure().high) == ("−0.5", "+0.5")
