"""SSIM: scikit-image's numbers, window by window, and what is true of it."""

import json
from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.comparison import compare
from dlcli.engines.tensors.structural_similarity import K1, K2, structural_similarity, window

DATA = Path(__file__).parents[2] / "data"
SKIMAGE = json.loads((DATA / "skimage_similarity.json").read_text())
CASES = [name for name in SKIMAGE if name != "scikit-image"]


def drawn(height, width, channels, twist):
    """As ``make_skimage_similarity.py`` draws it."""
    y, x, c = np.mgrid[:height, :width, :channels].astype(np.int64)
    wave = 7 * x + 13 * y + 31 * c + x * y // 3 + (twist * (x * x + y)).astype(np.int64)
    return (wave % 256).astype(np.uint8)


def pair_of(name):
    case = SKIMAGE[name]
    a, b = (drawn(*case["shape"], twist) for twist in case["twists"])
    return (a, b) if name.endswith("uint8") else (a / 255, b / 255)


@pytest.mark.parametrize("name", CASES)
def test_it_is_scikit_image_s(name):
    case, (a, b) = SKIMAGE[name], pair_of(name)
    found = structural_similarity(a, b, data_range=case["range"])
    assert found.mean() == pytest.approx(case["ssim"], abs=1e-12)
    np.testing.assert_allclose(found.ravel()[::7], case["middle"], atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_the_ratio_of_the_peak_is_scikit_image_s(name):
    case, (a, b) = SKIMAGE[name], pair_of(name)
    found = compare(a, b).psnr(case["range"])
    assert found == (np.inf if case["psnr"] is None else pytest.approx(case["psnr"], abs=1e-10))


def test_it_is_the_formula_of_each_window():
    a, b = pair_of("gray uint8")
    a, b = a[..., 0].astype(float), b[..., 0].astype(float)
    weights = np.outer(window(), window())
    c1, c2 = (K1 * 255) ** 2, (K2 * 255) ** 2
    found = structural_similarity(a, b, data_range=255)
    assert found.shape == (14, 21)
    for i, j in ((0, 0), (3, 20), (13, 7)):
        x, y = a[i : i + 11, j : j + 11], b[i : i + 11, j : j + 11]
        mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
        variance_x, variance_y = (weights * (x - mean_x) ** 2).sum(), (weights * (y - mean_y) ** 2).sum()
        covariance = (weights * (x - mean_x) * (y - mean_y)).sum()
        above = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
        assert found[i, j] == pytest.approx(
            above / ((mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)), abs=1e-12
        )


def test_a_picture_of_several_strips_is_that_of_one():
    a, b = drawn(200, 13, 1, 0.0), drawn(200, 13, 1, 0.05)
    whole = structural_similarity(a, b, data_range=255)
    for start in (0, 60, 64, 120, 127, 128, 189):
        part = structural_similarity(a[start : start + 11], b[start : start + 11], data_range=255)
        np.testing.assert_array_equal(part[0], whole[start])


def test_it_is_symmetric_and_at_most_1():
    a, b = pair_of("colour uint8")
    one, other = (structural_similarity(*both, data_range=255) for both in ((a, b), (b, a)))
    np.testing.assert_allclose(one, other, atol=1e-14)
    assert one.max() <= 1
    np.testing.assert_allclose(structural_similarity(a, a, data_range=255), 1, atol=1e-14)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.ones((12, 12)), np.ones((12, 13)), r"received \(12, 12\) and \(12, 13\)"),
        (np.ones((10, 12)), np.ones((10, 12)), r"11 × 11 pixels; received shape \(10, 12\)"),
        (np.ones(12), np.ones(12), r"11 × 11 pixels"),
    ],
)
def test_pictures_that_it_cannot_see_are_refused(a, b, message):
    with pytest.raises(EngineError, match=message):
        structural_similarity(a, b, data_range=1)
