"""The drawn shapes: the same everywhere, and a task for a net that looks at neighbours."""

from __future__ import annotations

import hashlib
import math
import time
from typing import Any

import numpy as np
import pytest

from dlcli.wire.datasets.shapes import CLASSES, SINES, TURNS, UNIT, draw
from dlcli.wire.datasets.words import is_data

SUM = "0cc6fd36750125e8e8d981c01b0d803e900d8a1814f6f18c4fa5035d5170405f"


def test_a_set_of_shapes(data: Any) -> None:
    found = data("shapes:100")
    assert (len(found), found.shape, found.dtype, found.classes) == (100, (32, 32, 3), np.uint8, CLASSES)
    assert found.counts.tolist() == [10] * 10
    assert (len(found.held_out), len(data("shapes:10").held_out), len(data("shapes"))) == (25, 10, 10_000)
    np.testing.assert_array_equal(found.take(np.array([41, 3])), draw(np.array([41, 3])))
    assert not (found.held_out.take(np.arange(25)) == found.take(np.arange(25))).all(axis=(1, 2, 3)).any()


def test_a_picture_depends_on_its_number_alone() -> None:
    whole = draw(np.arange(200))
    np.testing.assert_array_equal(draw(np.array([150, 7, 150])), whole[[150, 7, 150]])


def test_they_are_the_same_on_every_machine() -> None:
    """The sum is of what was drawn when the rules were fixed: other pictures are another set."""
    assert hashlib.sha256(draw(np.arange(100)).data).hexdigest() == SUM
    edges = [UNIT * math.sin(2 * math.pi * turn / TURNS) % 1 for turn in range(TURNS)]
    assert min(abs(edge - 0.5) for edge in edges) > 1e-4  # no rounding of a library's sine moves these
    assert SINES[TURNS // 4] == UNIT


def test_drawing_is_fast() -> None:
    begun = time.process_time()
    draw(np.arange(1000))
    assert time.process_time() - begun < 1.5


def test_no_pixel_tells_the_class_by_itself() -> None:
    """A linear classifier of 3072 pixels does not get far on what it has not seen."""
    x, y = draw(np.arange(2000)).reshape(2000, -1) / 255 - 0.5, np.arange(2000) % 10
    test, z = draw(np.arange(500), part=1).reshape(500, -1) / 255 - 0.5, np.arange(500) % 10
    kernel = x @ x.T + 100 * np.eye(2000)
    scores = test @ (x.T @ np.linalg.solve(kernel, np.eye(10)[y] - 0.1))
    assert (scores.argmax(axis=1) == z).mean() < 0.3


@pytest.mark.parametrize(
    "word", ["shapes:0", "shapes:1000001", "shapes:9", "shapes:many", "shapes:-5", "shapes:1e3", "shapes:"]
)
def test_other_numbers_are_refused(word: str, refused: Any) -> None:
    assert is_data(word)
    assert refused(word) == (
        f"{word}: shapes:N draws N pictures, from 10, one of each class, to 1000000; try shapes:1000"
    )
