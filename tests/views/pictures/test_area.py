import itertools
import time

import numpy as np
import pytest

from dlcli.views.pictures.area import PEAKS, averaged, fit, ground_of, resize, shrink
from dlcli.views.pictures.page_pixels import pixels_of


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float16, np.float32, np.float64, bool, np.int64])
def test_shrink_takes_the_mean_of_each_area(dtype):
    picture = (np.random.default_rng(0).random((9, 14, 3)) * 200).astype(dtype)
    small = shrink(picture, 4, 5)
    rows, columns = [0, 2, 4, 6, 9], [0, 2, 5, 8, 11, 14]
    expected = [
        [
            picture[top:bottom, left:right].astype(float).mean(axis=(0, 1))
            for left, right in itertools.pairwise(columns)
        ]
        for top, bottom in itertools.pairwise(rows)
    ]
    np.testing.assert_allclose(small, expected, rtol=1e-5)


def test_what_is_not_finite_is_in_the_averages_that_it_is_a_part_of():
    picture = np.ones((7, 3))
    picture[3] = np.nan, np.inf, 1
    small = averaged(picture, 3, 3)[..., 0]
    np.testing.assert_allclose(small, [[1, 1, 1], [np.nan, np.inf, 1], [1, 1, 1]])
    picture[2] = np.nan  # a third of it lies in the first part
    assert np.isnan(averaged(picture, 3, 3)[:2, :, 0]).all()
    assert np.isfinite(averaged(picture, 3, 3)[2]).all()


def test_what_stands_out_is_in_a_page_that_draws_less_than_all():
    paper = np.full((90, 90), 255, np.uint8)
    paper[40, 40] = 0
    assert pixels_of(paper, None, lambda: 255.0, height=9, width=9, whole=False).data.min() == 0
    assert pixels_of(paper, None, lambda: None, height=9, width=9, whole=False).data.min() > 0


@pytest.mark.parametrize("size", [(7, 9), (20, 33), (31, 1)])
def test_averages_count_a_number_at_an_edge_in_parts(size):
    picture = np.random.default_rng(0).normal(size=(31, 45))
    fine = picture.repeat(size[0], axis=0).repeat(size[1], axis=1)
    expected = fine.reshape(size[0], 31, size[1], 45).mean(axis=(1, 3))
    np.testing.assert_allclose(averaged(picture, *size)[..., 0], expected, atol=1e-12)
    picture[4, 4] = np.nan
    assert 1 <= np.isnan(averaged(picture, *size)).sum() <= 4


def test_shrink_of_a_gray_picture_has_a_channel_axis():
    assert shrink(np.arange(12).reshape(3, 4), 3, 4)[..., 0].tolist() == np.arange(12).reshape(3, 4).tolist()


@pytest.mark.parametrize(("height", "width"), [(4, 4), (3, 5), (0, 1)])
def test_shrink_does_not_enlarge(height, width):
    with pytest.raises(ValueError, match=f"^cannot shrink 3x4 cells to {height}x{width}$"):
        shrink(np.ones((3, 4)), height, width)


@pytest.mark.parametrize(
    ("size", "bounds", "expected"),
    [
        ((300, 451), (48, 80), (48, 72)),
        ((451, 300), (48, 80), (48, 32)),
        ((100, 1000), (48, 80), (8, 80)),
        ((5, 4), (48, 80), (45, 36)),
        ((48, 80), (48, 80), (48, 80)),
        ((1, 100_000), (48, 80), (1, 80)),
        ((100_000, 1), (48, 80), (48, 1)),
    ],
)
def test_fit_keeps_the_proportions_within_the_bounds(size, bounds, expected):
    assert fit(*size, *bounds) == expected


def test_resize_repeats_cells_of_a_small_picture():
    assert resize(np.array([[1, 2]]), 2, 4)[..., 0].tolist() == [[1, 1, 2, 2]] * 2


def test_twelve_megapixels_are_no_wait():
    picture = np.zeros((3000, 4000, 3), np.uint8)
    start = time.perf_counter()
    shrink(picture, 53, 80)
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64, bool])
@pytest.mark.parametrize("ground", [0.0, PEAKS, 100.0])
def test_shrink_from_a_ground_takes_the_number_farthest_from_it(dtype, ground):
    signed = 0 if np.dtype(dtype).kind in "ub" else 100
    picture = (np.random.default_rng(0).random((9, 14)) * 200 - signed).astype(dtype)
    small = shrink(picture, 4, 5, ground)[..., 0]
    for i, (top, bottom) in enumerate(itertools.pairwise([0, 2, 4, 6, 9])):
        for j, (left, right) in enumerate(itertools.pairwise([0, 2, 5, 8, 11, 14])):
            block = picture[top:bottom, left:right].astype(float).ravel().tolist()
            far = max if ground == PEAKS else lambda found: max(found, key=lambda x: (abs(x - ground), x))
            assert small[i, j] == far(block)


def test_what_is_not_finite_is_not_hidden():
    picture = np.array([[0, np.nan, 1, np.inf, 1, -np.inf, 2, -3.0]])
    np.testing.assert_array_equal(shrink(picture, 1, 4, 0.0)[0, :, 0], [np.nan, np.inf, -np.inf, -3])
    np.testing.assert_array_equal(shrink(picture, 1, 4, PEAKS)[0, :, 0], [np.nan, np.inf, 1, 2])


@pytest.mark.parametrize("every", [2, 3, 4, 5, 16, 61])
def test_lines_as_regular_as_the_sample_are_not_taken_for_the_paper(every):
    paper = np.full((1000, 1000), 255, np.uint8)
    paper[:, ::every] = 0
    ground = ground_of(paper, light=True)
    assert ground is None if every < 3 else ground.tolist() == [255]


def test_twelve_megapixels_have_their_ground_in_no_time():
    picture = np.zeros((3000, 4000, 3), np.uint8)
    start = time.perf_counter()
    shrink(picture, 53, 80, ground_of(picture, light=True))
    assert time.perf_counter() - start < 0.5
