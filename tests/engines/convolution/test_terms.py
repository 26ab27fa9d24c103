import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.base.padding import PAD_MODES, geometry
from dlcli.engines.convolution.definition import conv2d_plain
from dlcli.engines.convolution.terms import conv_terms


def test_the_corner_of_a_same_convolution_by_hand():
    x = np.array([[1, 2], [3, 4]])[..., None]
    w = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 90]])[..., None]
    terms = conv_terms(x, w, 0.5, geometry((2, 2), (3, 3), padding="same"), (0, 1))
    assert terms.rows.tolist() == [-1, -1, -1, 0, 0, -1, 1, 1, -1]
    assert terms.columns.tolist() == [-1, -1, -1, 0, 1, -1, 0, 1, -1]
    assert terms.channels.tolist() == [-1, -1, -1, 0, 0, -1, 0, 0, -1]
    assert terms.outside.tolist() == [True, True, True, False, False, True, False, False, True]
    assert terms.inputs.tolist() == [0, 0, 0, 1, 2, 0, 3, 4, 0]
    assert terms.weights.tolist() == [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert terms.products.tolist() == [0, 0, 0, 40, 100, 0, 210, 320, 0]
    assert (terms.total, terms.bias, terms.before) == (670, 0.5, 670.5)
    assert terms.kernel_rows.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert terms.kernel_columns.tolist() == [0, 1, 2] * 3


def test_a_repeated_border_names_the_place_that_was_repeated():
    x = np.array([[1, 2, 3]])[..., None]
    place = geometry((1, 3), (1, 3), padding=((0, 0), (1, 1)), pad_mode="wrap")
    terms = conv_terms(x, np.ones((1, 3, 1)), 0, place, (0, 0))
    assert terms.columns.tolist() == [2, 0, 1]
    assert terms.outside.tolist() == [True, False, False]
    assert terms.inputs.tolist() == [3, 1, 2]


@pytest.mark.parametrize("pad_mode", PAD_MODES)
@pytest.mark.parametrize("padding", ["valid", "same", "full", ((3, 0), (1, 4))])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), ((2, 3), 1), (1, (2, 1)), (2, 2)])
def test_every_cell_is_the_sum_that_the_definition_makes(pad_mode, padding, stride, dilation):
    draw = np.random.default_rng(0)
    x, w, b = draw.normal(size=(6, 7, 3)), draw.normal(size=(3, 2, 3)), 0.25
    how = {"stride": stride, "padding": padding, "dilation": dilation, "pad_mode": pad_mode}
    place = geometry((6, 7), (3, 2), **how)
    expected = conv2d_plain(x[None], w[..., None], np.array([b]), **how)[0, ..., 0]
    found = [
        [conv_terms(x, w, b, place, (i, j)).before for j in range(place.out_size[1])]
        for i in range(place.out_size[0])
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_places_lead_back_to_the_inputs():
    x = np.random.default_rng(1).normal(size=(5, 5, 2))
    terms = conv_terms(x, np.ones((3, 3, 2)), 0, geometry((5, 5), (3, 3), padding="same"), (4, 0))
    inside = terms.rows >= 0
    np.testing.assert_array_equal(
        terms.inputs[inside], x[terms.rows[inside], terms.columns[inside], terms.channels[inside]]
    )
    assert not terms.inputs[~inside].any()
    assert inside.sum() == 8


def test_complex_inputs_keep_their_phase():
    terms = conv_terms(np.array([[[1 + 2j]]]), np.array([[[3.0]]]), 1j, geometry((1, 1), (1, 1)), (0, 0))
    assert terms.before == 3 + 7j
    assert (terms.inputs.dtype, terms.weights.dtype) == (np.complex128, np.float64)


def test_small_integers_do_not_overflow():
    x, w = np.full((2, 2, 1), 200, np.uint8), np.full((2, 2, 1), 100, np.uint8)
    assert conv_terms(x, w, 0, geometry((2, 2), (2, 2)), (0, 0)).total == 80_000


@pytest.mark.parametrize("cell", [(2, 0), (0, 3), (-1, 0)])
def test_a_cell_outside_the_output_is_refused(cell):
    with pytest.raises(EngineError, match=rf"^cell {cell[0]},{cell[1]} is outside the output of 2x3$"):
        conv_terms(np.ones((3, 4, 1)), np.ones((2, 2, 1)), 0, geometry((3, 4), (2, 2)), cell)


def test_depths_that_differ_are_refused():
    with pytest.raises(EngineError, match=r"of one depth; received \(3, 4, 3\) and \(2, 2, 1\)$"):
        conv_terms(np.ones((3, 4, 3)), np.ones((2, 2, 1)), 0, geometry((3, 4), (2, 2)), (0, 0))
