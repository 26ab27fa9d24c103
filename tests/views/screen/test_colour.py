"""Colours of numbers and of series."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pytest
from rich.console import Console

from dlcli.views.screen.colour import (
    COLOURS,
    LETTERS,
    SIXTEEN,
    STEPS,
    colour,
    coloured,
    letter,
    linear,
    oklab,
    on,
)
from dlcli.views.screen.screen import many_colours

# How red-green colour-blind people see light: Machado, Oliveira and Fernandes (2009), severity 1.0.
PROTANOPIA = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
]
DEUTERANOPIA = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
]


def test_sequential_grows_lighter_in_even_steps():
    steps = oklab(coloured("sequential", np.linspace(0, 1, STEPS)))
    assert np.all(np.diff(steps[:, 0]) > -0.002)
    even = np.linalg.norm(np.diff(steps[::32], axis=0), axis=1)
    assert even.max() / even.min() < 1.7


def test_diverging_is_lightest_at_zero_and_as_dark_on_both_sides():
    light = oklab(coloured("diverging", np.linspace(-1, 1, STEPS)))[:, 0]
    assert light.argmax() == STEPS // 2
    assert np.abs(light - light[::-1]).max() < 0.08


@pytest.mark.parametrize("deficiency", [PROTANOPIA, DEUTERANOPIA], ids=["protanopia", "deuteranopia"])
def test_the_two_sides_stay_apart_for_the_colour_blind(deficiency):
    def seen(share):
        light = (linear(coloured("diverging", np.array(share))) @ np.array(deficiency).T).clip(0, 1)
        return oklab(np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 255)

    # Two hundredths are a difference that one just notices.
    for size, apart in ((0.1, 0.02), (0.25, 0.06), (0.5, 0.1), (0.75, 0.1), (1.0, 0.1)):
        assert np.linalg.norm(seen(size) - seen(-size)) > apart


def test_ends_and_middle_are_the_published_colours():
    assert coloured("sequential", np.array([0, 0.5, 1])).tolist() == [
        [68, 1, 84],
        [33, 145, 140],
        [253, 231, 37],
    ]
    assert coloured("diverging", np.array([-1, 0, 1])).tolist() == [
        [5, 48, 97],
        [247, 247, 247],
        [103, 0, 31],
    ]


def test_beyond_the_ends_the_colour_stays_and_nan_has_one():
    assert coloured("diverging", np.array([-9, 9])).tolist() == [[5, 48, 97], [103, 0, 31]]
    assert coloured("diverging", np.array([np.nan])).shape == (1, 3)
    assert coloured("gray", np.array([-1, 2.0])).tolist() == [[0, 0, 0], [255, 255, 255]]


@pytest.mark.parametrize("scale", SIXTEEN)
def test_text_stands_out_on_every_colour(scale):
    for rgb in coloured(scale, np.linspace(-1 if scale == "diverging" else 0, 1, STEPS)):
        ink = np.array(on(rgb).color.get_truecolor())
        low, high = sorted(linear(colour) @ [0.2126, 0.7152, 0.0722] for colour in (ink, rgb))
        assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize("scale", SIXTEEN)
def test_the_steps_for_sixteen_colours_are_colours_of_such_a_terminal(scale):
    from rich.color import Color, ColorSystem

    low = -1 if scale == "diverging" else 0
    steps = coloured(scale, np.linspace(low, 1, 101), sixteen=True)
    shown = [Color.from_rgb(*rgb).downgrade(ColorSystem.STANDARD) for rgb in steps.tolist()]
    kinds = list(dict.fromkeys(colour.number for colour in shown))
    assert (
        kinds
        == {"diverging": [4, 12, 15, 9, 1], "gray": [0, 8, 7, 15], "sequential": [4, 5, 6, 10, 11]}[scale]
    )


@pytest.mark.parametrize("scale", ["gray", "sequential"])
def test_sixteen_colours_grow_lighter_too(scale):
    light = oklab(coloured(scale, np.linspace(0, 1, 101), sixteen=True))[:, 0]
    assert np.all(np.diff(light) >= 0)


BYTES = np.array([list(bytes.fromhex(code[1:])) for code in COLOURS])


def test_the_first_are_readable_on_black_and_on_white():
    light = linear(BYTES) @ [0.2126, 0.7152, 0.0722]
    worst = np.minimum(1.05 / (light + 0.05), (light + 0.05) / 0.05)
    assert (worst[:4] >= 3).all()  # WCAG 2.1, 1.4.11: graphical objects
    assert (worst >= 2).all()


def test_any_two_differ():
    for a, b in itertools.combinations(oklab(BYTES), 2):
        assert np.linalg.norm(a - b) > 0.1


def test_series_after_the_sixth_share_colours_and_not_letters():
    assert colour(6) == colour(0)
    assert letter(6) != letter(0)
    assert len(set(LETTERS)) == 52


@pytest.mark.parametrize(
    ("system", "expected"), [("truecolor", True), ("256", True), ("standard", False), (None, False)]
)
def test_sixteen_colours_are_not_many(system, expected):
    page = Console(file=io.StringIO(), color_system=system, force_terminal=True, _environ={})
    assert many_colours(page) is expected


def test_no_color_is_no_colour():
    page = Console(
        file=io.StringIO(), color_system="truecolor", force_terminal=True, no_color=True, _environ={}
    )
    assert not many_colours(page)


@pytest.mark.parametrize("scale", ["diverging", "gray", "sequential"])
@pytest.mark.parametrize("sixteen", [False, True])
def test_what_has_no_place_on_a_scale_is_gray(scale, sixteen):
    found = coloured(scale, np.array([np.nan, 1.0]), sixteen=sixteen)
    assert found[0].tolist() == [170] * 3
    np.testing.assert_array_equal(found[1], coloured(scale, np.array(1.0), sixteen=sixteen))
