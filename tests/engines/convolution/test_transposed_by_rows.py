"""Row by row it is the same transposed convolution: PyTorch's numbers, the definition, all cells at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.convolution.transposed import (
    WIDE,
    conv_transpose2d,
    conv_transpose2d_plain,
    laid_at_once,
    laid_by_rows,
    stamps,
)

TORCH = np.load(Path(__file__).parents[2] / "data" / "torch_decoder.npz")
LAID = [name for name in TORCH.files if name.startswith("lay ") and name.split()[1].isdigit()]


@pytest.mark.parametrize("name", LAID)
def test_it_is_what_pytorch_gives(name: str) -> None:
    kernel, stride, padding, extra, dilation, groups = map(int, name.split()[1:])
    weight, bias = TORCH[f"lay weight {kernel} {groups}"], TORCH[f"lay bias {groups}"]
    w = weight.reshape(groups, 2 // groups, 4 // groups, kernel, kernel).transpose(3, 4, 1, 0, 2)
    x = TORCH["lay x"]
    where = stamps(
        (x.shape[1], x.shape[2]), (kernel, kernel), stride=stride, padding=padding, output_padding=extra,
        dilation=dilation,
    )  # fmt: skip
    made = laid_by_rows(x, w.reshape(kernel, kernel, 2 // groups, 4), bias, where, groups)
    np.testing.assert_allclose(made, TORCH[name], rtol=0, atol=1e-13)


CASES = [
    {"stride": 1}, {"stride": (2, 3)}, {"padding": "same", "stride": 2}, {"padding": "same", "stride": 5},
    {"dilation": 2, "padding": 3}, {"padding": 2, "stride": 3, "dilation": (1, 2)},
    {"stride": 4, "padding": 1, "output_padding": 3},
]  # fmt: skip


@pytest.mark.parametrize("options", CASES, ids=str)
@pytest.mark.parametrize("threads", [1, 3])
def test_the_definition(options: dict[str, int], threads: int) -> None:
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(2, 40, 5, 4)), rng.normal(size=(3, 4, 2, 6)), rng.normal(size=6)
    where = stamps((40, 5), (3, 4), **options)
    made = laid_by_rows(x, w, b, where, 2, threads)
    np.testing.assert_allclose(made, conv_transpose2d_plain(x, w, b, where, 2), rtol=0, atol=1e-12)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_wide_picture_is_laid_the_same_whichever_way(channels: int) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1, 3, WIDE, channels)).astype(np.float32)
    w = rng.normal(size=(4, 4, channels, channels)).astype(np.float32)
    made = conv_transpose2d(x, w, stride=2, padding=1)
    assert made.dtype == np.float32
    where = stamps((3, WIDE), (4, 4), stride=2, padding=1)
    np.testing.assert_allclose(made, laid_at_once(x, w, None, where), rtol=0, atol=2e-6)


def test_an_infinite_number_and_complex_ones_stay_in_their_stamps() -> None:
    x = np.zeros((1, 2, 6, 2), complex)
    x[0, 1, 3, 0], x[0, 0, 0, 1] = np.inf, 1j
    made = laid_by_rows(x, np.ones((3, 3, 2, 1)), None, stamps((2, 6), (3, 3), stride=2))[0, ..., 0]
    rows, columns = np.nonzero(~np.isfinite(made))
    assert (set(rows.tolist()), set(columns.tolist())) == ({2, 3, 4}, {6, 7, 8})
    assert made[0, 0] == 1j
