import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import basic_indices

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.indexing import Pick, expanded, origin, picks, select

TORCH = json.loads((Path(__file__).parents[2] / "data" / "torch_tensors.json").read_text())
SHAPES = st.lists(st.integers(0, 5), max_size=4).map(tuple)


def index(text):
    """The items between the brackets, as Python reads them."""

    class Read:
        def __getitem__(self, items):
            return items if isinstance(items, tuple) else (items,)

    return eval(f"read[{text}]", {"read": Read()})


@pytest.mark.parametrize("text", TORCH["index"])
def test_parts_are_torch_s(text):
    x = np.arange(24).reshape(2, 3, 4)
    assert select(x, picks(index(text), x.shape)).tolist() == TORCH["index"][text]


@given(st.data())
def test_parts_are_numpy_s_and_every_cell_is_where_it_came_from(data):
    shape = data.draw(SHAPES)
    items = data.draw(basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    items = items if isinstance(items, tuple) else (items,)
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    taken = picks(items, shape)
    found = select(x, taken)
    np.testing.assert_array_equal(found, x[items])
    assert found.shape == tuple(pick.length for pick in taken if pick.length is not None)
    for cell, value in np.ndenumerate(found):
        assert x[origin(cell, taken)] == value


def test_picks_by_hand():
    assert picks(index("-1, None, 4:0:-2"), (3, 5, 7)) == (
        Pick(0, 2, 1, None),
        Pick(None, 0, 1, 1),
        Pick(1, 4, -2, 2),
        Pick(2, 0, 1, 7),
    )
    assert picks(index("5:9"), (3,)) == (Pick(0, 3, 1, 0),)
    assert list(Pick(0, 4, -2, 2).places) == [4, 2]


def test_nothing_is_copied():
    x = np.arange(10)
    assert np.shares_memory(select(x, picks(index("::-3"), x.shape)), x)


def test_the_dots_stand_for_whole_axes():
    assert expanded((..., "red"), 2) == [slice(None), "red"]
    assert expanded((1, None), 2) == [1, None, slice(None)]
    assert expanded((0, ..., 1), 2) == [0, 1]


BAD = {
    "after the end": ("3", (3, 2), "index 3 is outside axis row, which has length 3: 0 to 2, or -3 to -1 from the end"),
    "before the start": ("0, -3", (3, 2), "index -3 is outside axis column, which has length 2: 0 to 1, or -2 to -1 from the end"),
    "of no cells": ("0", (0, 2), "index 0 is outside axis row, which has length 0: no place at all"),
    "too many": ("0, 0, 0", (3, 2), "3 indices for 2 axes (row, column); give one for each axis, or fewer"),
    "two dots": ("..., ...", (3, 2), "an index can have one ... only: it stands for all axes that are not named"),
    "no step": ("::0", (3, 2), "a step of 0 never moves on axis row; leave it out, or give 1, 2, -1"),
    "a label": ("'red'", (3, 2), "axis row is indexed by whole numbers; received 'red'"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_there_ends_in_words(case):
    text, shape, message = BAD[case]
    with pytest.raises(EngineError) as refused:
        picks(index(text), shape, ("row", "column"))
    assert str(refused.value) == message


def test_a_scalar_and_a_vector_have_their_own_words():
    with pytest.raises(EngineError, match=r"^1 index for 0 axes; give one for each axis, or fewer$"):
        picks((0,), ())
    with pytest.raises(EngineError, match=r"^2 indices for 1 axis \(index\); give"):
        picks((0, 0), (3,), ("index",))
    with pytest.raises(EngineError, match=r"^index 3 is outside axis 0,"):
        picks((3,), (3,))
