"""The frame around a picture: NumPy's modes, Keras' sizes, the formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.base.padding import PAD_MODES, geometry, pad, source_index

NUMPY = {
    "zeros": "constant",
    "reflect": "reflect",
    "mirror": "reflect",
    "symmetric": "symmetric",
    "edge": "edge",
    "wrap": "wrap",
}


@pytest.mark.parametrize("mode", PAD_MODES)
@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_every_mode_is_numpy_s_however_wide_the_frame(mode: str, length: int) -> None:
    x = np.arange(1.0, length + 1)
    for before in (0, 1, 5, 17):
        for after in (0, 2, 9):
            found = pad(x.reshape(1, 1, -1, 1), ((0, 0), (before, after)), mode).reshape(-1)
            expected = np.pad(x, (before, after), NUMPY[mode])  # type: ignore[call-overload]
            np.testing.assert_array_equal(found, expected)
            index = source_index(length, before, after, mode)
            np.testing.assert_array_equal(np.where(index < 0, 0, x[index]), expected)


@given(st.integers(1, 30), st.integers(1, 6), st.integers(1, 4), st.integers(1, 3))
def test_same_gives_ceil_of_n_over_stride_with_the_odd_cell_behind(
    n: int, k: int, stride: int, dilation: int
) -> None:
    where = geometry((n, n), (k, k), stride=stride, dilation=dilation, padding="same")
    (before, after), _ = where.pads
    assert where.out_size == (math.ceil(n / stride),) * 2
    assert after - before in (0, 1)


@given(
    st.integers(1, 20),
    st.integers(1, 5),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(0, 4),
    st.integers(0, 4),
)
def test_the_size_formula_counts_the_windows(
    n: int, k: int, stride: int, dilation: int, before: int, after: int
) -> None:
    span = (k - 1) * dilation + 1
    assume(span <= n + before + after)
    where = geometry(
        (n, n), (k, k), stride=stride, dilation=dilation, padding=((before, after), (before, after))
    )
    starts = range(0, n + before + after - span + 1, stride)
    assert where.out_size == (len(starts),) * 2
    assert where.span == (span, span)


@given(st.integers(1, 20), st.integers(1, 6))
def test_full_is_every_overlap(n: int, k: int) -> None:
    assert geometry((n, n), (k, k), padding="full").out_size == (n + k - 1,) * 2


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(
        EngineError, match="the kernel is larger than the picture: kernel 3x3, picture 2x9 with its padding"
    ):
        geometry((2, 9), (3, 3))
    assert geometry((3, 9), (3, 3)).out_size == (1, 7)
    for padding in (1.5, "1", (1, 2, 3), ((1,), (2, 3)), None):
        with pytest.raises(EngineError, match=r"padding expects"):
            geometry((5, 5), (3, 3), padding=padding)  # type: ignore[arg-type]
