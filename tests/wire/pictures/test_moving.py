"""Films: what Pillow reads back of them is what was written, for as long as it was to stand."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from dlcli.tensor import Array
from dlcli.wire.pictures.moving import durations, write_moving


def read_back(data: bytes) -> tuple[list[Array], list[int]]:
    """The pictures (height, width, 3) of a film, and how many milliseconds each of them stands."""
    pictures, times = [], []
    with Image.open(io.BytesIO(data)) as film:
        for place in range(film.n_frames):
            film.seek(place)
            film.load()
            pictures.append(np.asarray(film.convert("RGB")))
            times.append(round(film.info["duration"]))
    return pictures, times


def written(pictures: list[Array], times: list[int], format: str) -> tuple[bytes, str | None]:
    file = io.BytesIO()
    told = write_moving(pictures, times, file, format=format)
    return file.getvalue(), told


def squares() -> list[Array]:
    """Four pictures of few colours, the second and the third of them alike, the last like the first."""
    blank = np.full((12, 20, 3), 255, np.uint8)
    lit, other = blank.copy(), blank.copy()
    lit[2:6, 3:9] = (200, 10, 10)
    other[5:11, 8:15] = (0, 40, 90)
    return [blank, lit, lit.copy(), other, blank.copy()]


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_equal_neighbours_become_one_that_stands_as_long_as_both(format: str) -> None:
    pictures = squares()
    data, told = written(pictures, [100, 200, 300, 100, 500], format)
    seen, times = read_back(data)
    assert (times, told) == ([100, 500, 100, 500], None)
    for one, other in zip(seen, [pictures[0], pictures[1], *pictures[3:]], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_what_never_changes_stands_no_longer_than_a_file_can_say(format: str) -> None:
    data, _ = written([*squares()[1:3], squares()[3]], [60_000, 60_000, 60_000], format)
    assert read_back(data)[1] == [65_530 if format == "GIF" else 65_535, 60_000]


def photo() -> list[Array]:
    """A picture of more colours than a palette has, of which row after row is covered."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)
    pictures = [noise.copy() for _ in range(4)]
    for place, one in enumerate(pictures):
        one[: 8 * place] = 255
    return pictures


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_every_colour_is_kept_but_in_a_gif(format: str) -> None:
    data, told = written(photo(), [100] * 4, format)
    assert told is None
    for one, other in zip(read_back(data)[0], photo(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_gif_of_too_many_colours_has_one_palette_and_says_what_is_lost() -> None:
    data, told = written(photo(), [100] * 4, "GIF")
    assert told is not None
    assert told.startswith("a GIF has 256 colours, these pictures have 2,4")
    assert told.endswith(".apng keeps them all")
    seen, _ = read_back(data)
    assert len(np.unique(np.concatenate([one.reshape(-1, 3) for one in seen]), axis=0)) <= 255
    np.testing.assert_array_equal(seen[3][:24], photo()[3][:24])  # white, the most frequent, stays white


def test_a_large_gif_that_an_apng_would_be_far_smaller_than_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlcli.wire.pictures.moving.LARGE", 0)
    monkeypatch.setattr("dlcli.wire.pictures.moving.FAR", 0)
    monkeypatch.setattr("dlcli.wire.pictures.moving.DENSE", 0)
    assert "as an .apng it has" in str(written(squares(), [100] * 5, "GIF")[1])
    monkeypatch.setattr("dlcli.wire.pictures.moving.DENSE", 9)  # of what is small for its pixels nobody asks
    monkeypatch.setattr("dlcli.wire.pictures.moving._with_alpha", None)
    assert written(squares(), [100] * 5, "GIF")[1] is None


def test_the_same_pictures_are_the_same_bytes() -> None:
    assert written(photo(), [100] * 4, "GIF") == written(photo(), [100] * 4, "GIF")


@pytest.mark.parametrize(("format", "tick"), [("GIF", 10), ("PNG", 1)])
@pytest.mark.parametrize("rate", [3.0, 12.0, 29.97, 50.0])
def test_pictures_begin_when_they_should_to_the_nearest_tick(format: str, tick: int, rate: float) -> None:
    times = durations(100, rate, 1.5, format)
    begins = np.cumsum([0, *times[:-1]])
    assert np.abs(begins - 1000 * np.arange(100) / rate).max() <= tick / 2
    assert times[-1] >= 1500
