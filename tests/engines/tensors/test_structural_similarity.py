"""SSIM: scikit-image's numbers, window by window, and what is true of it."""

import json
from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.comparison import compare
from dlcli.engines.tensors.structural_similarity import structural_similarity, structural_similarity_plain

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


@pytest.mark.parametrize("name", CASES)
def test_the_plain_definition_is_scikit_image_s_too(name):
    case, (a, b) = SKIMAGE[name], pair_of(name)
    found = structural_similarity_plain(a, b, data_range=case["range"])
    np.testing.assert_allclose(found.ravel()[::7], case["middle"], atol=1e-12)


@pytest.mark.parametrize(
    "shape", [(11, 11), (60, 14), (13, 300), (12, 130, 3), (12, 12, 300), (14, 12, 2, 2)]
)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_it_is_the_formula_of_each_window(shape, dtype):
    rng = np.random.default_rng(3)
    a = rng.integers(0, 256, shape).astype(dtype)
    b = np.clip(a + rng.normal(0, 30, shape), 0, 255).astype(dtype)
    found = structural_similarity(a, b, data_range=255)
    assert found.shape == (shape[0] - 10, shape[1] - 10, *shape[2:])
    np.testing.assert_allclose(found, structural_similarity_plain(a, b, data_range=255), rtol=0, atol=1e-12)


@pytest.mark.parametrize("threads", [1, 3])
def test_tiles_and_threads_change_nothing(threads):
    a, b = drawn(120, 700, 1, 0.0)[..., 0], drawn(120, 700, 1, 0.05)[..., 0]
    whole = structural_similarity(a, b, data_range=255, threads=threads)
    for top, left in ((0, 0), (47, 0), (48, 256), (47, 255), (109, 689)):
        part = structural_similarity(a[top : top + 11, left : left + 11], b[top : top + 11, left : left + 11],
                                     data_range=255)  # fmt: skip
        np.testing.assert_array_equal(part[0, 0], whole[top, left])


def test_nan_reaches_the_windows_that_hold_it():
    a, b = (one[..., 0].astype(float) for one in (drawn(70, 300, 1, 0.0), drawn(70, 300, 1, 0.05)))
    a[58, 266] = np.nan
    found = structural_similarity(a, b, data_range=255)
    rows, columns = np.nonzero(np.isnan(found))
    assert (rows.min(), rows.max(), columns.min(), columns.max(), len(rows)) == (48, 58, 256, 266, 121)


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
