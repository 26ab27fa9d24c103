"""The named kernels: their numbers, what they add up to, what they answer to, and bad arguments."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage, signal

from dlcli.engines.base.checks import EngineError
from dlcli.engines.convolution.conv2d import conv2d
from dlcli.engines.convolution.kernels import KERNELS, expanded, named, orientations

BY_HAND = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "box:2": [[0.25, 0.25], [0.25, 0.25]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "outline": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "sobel-x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel-y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "sobel-x:5": [[-1, -2, 0, 2, 1], [-4, -8, 0, 8, 4], [-6, -12, 0, 12, 6], [-4, -8, 0, 8, 4], [-1, -2, 0, 2, 1]],
    "prewitt-x": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "prewitt-y": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "scharr-x": [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]],
    "scharr-y": [[-3, -10, -3], [0, 0, 0], [3, 10, 3]],
    "roberts": [[1, 0], [0, -1]],
    "roberts-x": [[1, 0], [0, -1]],
    "roberts-y": [[0, 1], [-1, 0]],
    "laplacian:5": [[2, 4, 4, 4, 2], [4, 0, -8, 0, 4], [4, -8, -24, -8, 4], [4, 0, -8, 0, 4], [2, 4, 4, 4, 2]],
    "prewitt-x:5": [[-2, -1, 0, 1, 2]] * 5,
    "prewitt:45": [[0, 1, 1], [-1, 0, 1], [-1, -1, 0]],
    "prewitt:180": [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
    "sobel:0": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel:90": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    "sobel:-45": [[-2, -1, 0], [-1, 0, 1], [0, 1, 2]],
    "kirsch:0": [[-3, -3, 5], [-3, 0, 5], [-3, -3, 5]],
    "kirsch:45": [[-3, 5, 5], [-3, 0, 5], [-3, -3, -3]],
    "kirsch:90": [[5, 5, 5], [-3, 0, -3], [-3, -3, -3]],
    "kirsch:270": [[-3, -3, -3], [-3, 0, -3], [5, 5, 5]],
    "motion:3": [[0, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0, 0, 0]],
    "motion:3,90": [[0, 1 / 3, 0], [0, 1 / 3, 0], [0, 1 / 3, 0]],
    "horizontal": [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]],
    "vertical": [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]],
    "diag": [[0, 1], [1, 0]],
    "antidiag": [[1, 0], [0, 1]],
    "diag-only": [[-1, 1], [1, -1]],
    "diag:3": [[0, 0, 1], [0, 1, 0], [1, 0, 0]],
    "diag-only:3": [[-1, -1, 1], [-1, 1, -1], [1, -1, -1]],
    "line:0,3": [[-1 / 18**0.5] * 3, [2 / 18**0.5] * 3, [-1 / 18**0.5] * 3],
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_numbers_by_hand(name: str) -> None:
    np.testing.assert_allclose(named(name).array, BY_HAND[name], atol=1e-12)


def test_gaussian_is_scipy_s() -> None:
    bell = signal.windows.gaussian(7, 1.5)
    np.testing.assert_allclose(
        named("gaussian:7,1.5").array, np.outer(bell, bell) / bell.sum() ** 2, rtol=1e-12
    )
    bell = signal.windows.gaussian(5, 1.1)  # OpenCV's sigma for 5: 0.3 * (2 - 1) + 0.8
    np.testing.assert_allclose(named("gaussian").array, np.outer(bell, bell) / bell.sum() ** 2, rtol=1e-12)


def test_laplacian_of_gaussian_is_scipy_s_in_the_limit() -> None:
    size, sigma = 41, 4.0
    impulse = np.zeros((size, size))
    impulse[size // 2, size // 2] = 1
    np.testing.assert_allclose(
        named(f"log:{size},{sigma}").array, ndimage.gaussian_laplace(impulse, sigma, truncate=6), atol=2e-5
    )


SKIMAGE = Path(__file__).parents[2] / "data" / "skimage_kernels.npz"


def kernel(name: str, size: int) -> np.ndarray:
    """A named kernel in the middle of so many cells."""
    array = named(name).array
    return np.pad(array, (size - len(array)) // 2)


def test_scales_are_told_apart_as_by_scikit_image() -> None:
    with np.load(SKIMAGE) as stored:
        np.testing.assert_allclose(kernel("unsharp:1.5,0.7", 25), stored["unsharp"], atol=1e-15)
        # scikit-image cuts the narrower curve off earlier, 4 of its own deviations from the middle.
        np.testing.assert_allclose(kernel("dog:1,2", 25), stored["dog"], atol=1e-5)
        np.testing.assert_allclose(kernel("dog:1.5", 25), stored["dog_default"], atol=1e-5)
    np.testing.assert_allclose(named("dog:1.5").array, named("dog:1.5,2.4,21").array, atol=1e-15)


def test_a_difference_of_gaussians_is_that_of_scipy_s_over_as_many_cells() -> None:
    point = np.zeros((21, 21))
    point[10, 10] = 1
    one, two = (ndimage.gaussian_filter(point, sigma, mode="constant", radius=7) for sigma in (1.2, 3))
    np.testing.assert_allclose(kernel("dog:1.2,3,15", 21), one - two, atol=1e-16)


#: What scikit-image's weights are of ours.
SCALED = {
    "prewitt_x": 1 / 3, "prewitt_y": 1 / 3, "scharr_x": 1 / 16, "scharr_y": 1 / 16, "laplacian": -1,
    "roberts_x": 1, "roberts_y": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", SCALED)
def test_edges_are_those_of_scikit_image(name: str) -> None:
    """It convolves: its Roberts kernels are ours and slide upside down, the others it turns beforehand."""
    slide = ndimage.convolve if name.startswith("roberts") else ndimage.correlate
    with np.load(SKIMAGE) as stored:
        answers = slide(stored["noise"], named(name.replace("_", "-")).array) * SCALED[name]
        inside = (slice(1, -1), slice(1, -1))
        np.testing.assert_allclose(answers[inside], stored[name][inside], rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize("size", [3, 5, 9])
def test_a_prewitt_is_the_slope_of_savitzky_and_golay(size: int) -> None:
    slope = signal.savgol_coeffs(size, 1, deriv=1, use="dot")
    half = size // 2
    weights = np.arange(-half, half + 1)
    np.testing.assert_allclose(named(f"prewitt-y:{size}").array[:, 0] / (weights**2).sum(), slope, atol=1e-14)


@pytest.mark.parametrize("name", ["kirsch", "prewitt", "sobel"])
def test_a_compass_turns_by_a_quarter_as_the_array_does(name: str) -> None:
    for angle in range(0, 360, 45):
        one, turned = named(f"{name}:{angle}").array, named(f"{name}:{angle + 90 - 360}").array
        np.testing.assert_array_equal(turned, np.rot90(one))


@pytest.mark.parametrize("angle", [0, 22.5, 45, 77, 90, 135])
def test_a_smear_lies_along_its_angle(angle: float) -> None:
    w = named(f"motion:15,{angle}").array
    y, x = np.mgrid[7:-8:-1, -7:8]
    assert w.sum() == pytest.approx(1)
    across = x * np.sin(np.radians(angle)) - y * np.cos(np.radians(angle))
    assert np.sqrt((w * across**2).sum()) < 0.5  # 0.41 of a triangle two cells wide
    along = x * np.cos(np.radians(angle)) + y * np.sin(np.radians(angle))
    assert np.sqrt((w * along**2).sum()) == pytest.approx((15**2 / 12) ** 0.5, rel=0.05)  # of an even line
    np.testing.assert_allclose(w, w[::-1, ::-1], atol=1e-15)


def test_gabor_is_its_formula() -> None:
    w = named("gabor:30,9,4").array
    raw = np.empty((9, 9))
    for i in range(9):
        for j in range(9):
            y, x = 4 - i, j - 4  # y upwards
            across = -x * np.sin(np.pi / 6) + y * np.cos(np.pi / 6)
            along = x * np.cos(np.pi / 6) + y * np.sin(np.pi / 6)
            bell = np.exp(-(across**2 + along**2 / 4) / (2 * (0.56 * 4) ** 2))
            raw[i, j] = bell * np.cos(2 * np.pi * across / 4)
    np.testing.assert_allclose(w, raw - raw.mean(), atol=1e-12)


@pytest.mark.parametrize("name", ["outline", "laplacian", "log", "sobel-x", "sobel-y", "prewitt-x", "prewitt-y",
                                  "scharr-x", "scharr-y", "roberts", "roberts-y", "dog", "dog:0.3,9,5", "kirsch:45", "prewitt:90", "sobel:135",
                                  "laplacian:7", "prewitt-x:9", "horizontal", "vertical", "line:25", "gabor:70"])  # fmt: skip
def test_detectors_say_nothing_about_an_even_area(name: str) -> None:
    assert abs(named(name).array.sum()) < 1e-12


@pytest.mark.parametrize(
    "name",
    [
        "identity",
        "box",
        "gaussian",
        "gaussian:9,3",
        "sharpen",
        "emboss",
        "unsharp",
        "unsharp:2,5,7",
        "motion",
        "motion:9,30",
    ],
)
def test_smoothers_keep_the_brightness(name: str) -> None:
    assert named(name).array.sum() == pytest.approx(1)


def drawn(angle: float) -> np.ndarray:
    """A bright line at an angle, degrees from level, rising to the right."""
    y, x = np.meshgrid(10 - np.arange(21), np.arange(21) - 10, indexing="ij")
    distance = np.abs(-x * np.sin(np.radians(angle)) + y * np.cos(np.radians(angle)))
    return np.clip(1.5 - distance, 0, 1)


@pytest.mark.parametrize("kind", ["line", "gabor"])
@pytest.mark.parametrize("angle", [0, 30, 45, 90, 120, 135, 165])
def test_a_line_is_answered_best_by_the_kernel_of_its_angle(kind: str, angle: int) -> None:
    picture = drawn(angle)[None, ..., None]
    answers = {
        turned: conv2d(picture, named(f"{kind}:{turned}").array[..., None, None]).max()
        for turned in range(0, 180, 15)
    }
    assert max(answers, key=lambda turned: answers[turned]) == angle


@pytest.mark.parametrize("angle", [0, 7.5, 15, 30, 45, 60, 75, 90, 135, 165, -20])
@pytest.mark.parametrize("size", [3, 9, 21])
def test_lines_have_unit_energy(angle: float, size: int) -> None:
    w = named(f"line:{angle},{size}").array
    np.testing.assert_allclose([np.square(w).sum(), w.sum()], [1, 0], atol=1e-12)


@pytest.mark.parametrize("kind", ["line", "gabor"])
@pytest.mark.parametrize("step", [15, 30, 45])
def test_a_bank_is_fair(kind: str, step: int) -> None:
    """On white noise each angle answers most in as many places, within 1.5 points of an equal share."""
    noise = np.random.default_rng(0).normal(size=(1, 500, 500, 1))
    bank = np.stack([named(f"{kind}:{angle}").array for angle in range(0, 180, step)], axis=-1)
    winners = conv2d(noise, bank[:, :, None]).argmax(axis=-1)
    shares = 100 * np.bincount(winners.ravel(), minlength=180 // step) / winners.size
    assert np.abs(shares - step / 1.8).max() < 1.5


@pytest.mark.parametrize(("size", "points"), [(5, 3.2), (9, 1.2)])
def test_a_bank_of_small_lines_is_less_fair_as_the_guide_says(size: int, points: float) -> None:
    noise = np.random.default_rng(0).normal(size=(1, 500, 500, 1))
    bank = np.stack([named(f"line:{angle},{size}").array for angle in range(0, 180, 15)], axis=-1)
    winners = conv2d(noise, bank[:, :, None]).argmax(axis=-1)
    shares = 100 * np.bincount(winners.ravel(), minlength=12) / winners.size
    assert np.abs(shares - 100 / 12).max() == pytest.approx(points, abs=0.15)


def test_diag_answers_to_a_line_that_rises_to_the_right() -> None:
    rising, falling = np.eye(6)[::-1][None, ..., None], np.eye(6)[None, ..., None]
    for name in ("diag", "diag-only"):
        w = named(name).array[..., None, None]
        assert conv2d(rising, w).max() == 2
        assert conv2d(falling, w).max() < 2
    full = np.ones((1, 6, 6, 1))
    assert conv2d(full, named("diag").array[..., None, None]).max() == 2  # inside a shape too
    assert conv2d(full, named("diag-only").array[..., None, None]).max() == 0  # only alone


def test_random_draws_from_the_generator_it_is_given() -> None:
    first, again = (named("random:4", np.random.default_rng(7)).array for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first, np.random.default_rng(7).standard_normal((4, 4)))


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_has_a_line_of_help_and_can_be_made(name: str) -> None:
    recipe = KERNELS[name]
    assert recipe.summary
    array = named(name if not recipe.arguments or not recipe.arguments[0].needed else f"{name}:45").array
    assert array.ndim == 2
    assert array.dtype == np.float64
    assert np.isfinite(array).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("diagg", "there is no kernel 'diagg': did you mean diag?"),
        ("xyzzy", "there is no kernel 'xyzzy': the kernels are identity, box, gaussian"),
        ("line", "ANGLE is missing (a number from -360 to 360): try line:ANGLE[,N=9]"),
        ("line:x", "ANGLE is a number from -360 to 360; received 'x': try line:ANGLE[,N=9]"),
        ("line:nan", "ANGLE is a number from -360 to 360; received 'nan': try line:ANGLE[,N=9]"),
        ("box:0", "N is a whole number from 1 to 999; received '0': try box[:N=3]"),
        ("box:2.5", "N is a whole number from 1 to 999; received '2.5': try box[:N=3]"),
        ("box:", "N is a whole number from 1 to 999; received '': try box[:N=3]"),
        ("gaussian:4", "N is an odd number from 1 to 999; received '4': try gaussian[:N=5[,SIGMA]]"),
        ("gaussian:5,0", "SIGMA is a number from 0.01 to 999; received '0': try gaussian[:N=5[,SIGMA]]"),
        (
            "roberts:3",
            "too many arguments in 'roberts:3': try roberts; it is 2x2; sobel-x and sobel-y have sizes",
        ),
        (
            "sharpen:5",
            "too many arguments in 'sharpen:5': try sharpen; it is 3x3; a wider one is unsharp:SIGMA",
        ),
        ("emboss:5", "too many arguments in 'emboss:5': try emboss; its weights are known for 3x3 alone"),
        ("scharr-x:5", "too many arguments in 'scharr-x:5': try scharr-x; it is 3x3; sobel-x and sobel-y"),
        ("kirsch:30", "ANGLE is a multiple of 45 from -360 to 360; received '30': try kirsch:ANGLE"),
        ("prewitt", "ANGLE is missing (a multiple of 45 from -360 to 360): try prewitt:ANGLE"),
        ("dog:2,1", "SIGMA2 is the wider one; received 2 and 1"),
        ("motion:4", "N is an odd number from 1 to 999; received '4': try motion[:N=9[,ANGLE=0]]"),
        (
            "unsharp:0",
            "SIGMA is a number from 0.01 to 99; received '0': try unsharp[:SIGMA=1[,AMOUNT=1[,N]]]",
        ),
        ("box:3,4", "too many arguments in 'box:3,4': try box[:N=3]"),
    ],
)
def test_bad_names_and_arguments_are_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(EngineError, match=f"^{re.escape(message)}"):
        named(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("line:0:165:15", [f"line:{angle}" for angle in range(0, 180, 15)]),
        ("line:0:165:15,11", [f"line:{angle},11" for angle in range(0, 180, 15)]),
        ("gabor:0:90:22.5,9,4", [f"gabor:{angle},9,4" for angle in ("0", "22.5", "45", "67.5", "90")]),
        ("line:90:-90:-90", ["line:90", "line:0", "line:-90"]),
        ("line:0:0.3:0.1", ["line:0", "line:0.1", "line:0.2", "line:0.3"]),
        ("line:0:50:20", ["line:0", "line:20", "line:40"]),
        ("line:7:7:1", ["line:7"]),
        ("box:3:7:2", ["box:3", "box:5", "box:7"]),
        ("line:30,5", ["line:30,5"]),
        ("diag", ["diag"]),
        ("C:/a.npy", ["C:/a.npy"]),
    ],
)
def test_a_range_is_several_kernels(text: str, names: list[str]) -> None:
    assert list(expanded(text)) == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("line:0:165", "a range is START:STOP:STEP, as in line:0:165:15; received '0:165' for ANGLE"),
        ("line:0:165:0", "a range is START:STOP:STEP, as in line:0:165:15; received '0:165:0' for ANGLE"),
        ("line:0:165:-15", "a range is START:STOP:STEP, as in line:0:165:15; received '0:165:-15' for ANGLE"),
        ("box:3:x:2", "a range is START:STOP:STEP, as in box:3:9:2; received '3:x:2' for N"),
        ("line:0:nan:1", "a range is START:STOP:STEP, as in line:0:165:15; received '0:nan:1' for ANGLE"),
        ("line:0:1:0.001", "'line:0:1:0.001' is 1001 kernels; a range has 360 at most"),
    ],
)
def test_a_range_that_leads_nowhere_is_refused(text: str, message: str) -> None:
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        expanded(text)


def test_kernels_of_one_name_have_orientations() -> None:
    assert orientations(["line:0", "line:-15,9", "line:0#2"]) == (180, [0, -15, 0])
    assert orientations(["line:0", "gabor:15"]) is None
    assert orientations(["box:3", "box:5"]) is None
    assert orientations(["0 1; 1 0", "1 0; 0 1"]) is None
