"""Tensor and Axis: immutable, checked when they are made, and clear about what is wrong."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np
import pytest

from dlcli.errors import BadTensor, DlcliError
from dlcli.tensor import DTYPES, Axis, Tensor


def test_nothing_in_a_tensor_can_be_changed() -> None:
    source = np.arange(6.0).reshape(2, 3)
    tensor = Tensor(source, attrs={"rate": 2})
    with pytest.raises(ValueError, match="read-only"):
        tensor.data[0, 0] = 9
    with pytest.raises(dataclasses.FrozenInstanceError):
        tensor.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        tensor.attrs["rate"] = 3  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        tensor.axes[0].name = "other"  # type: ignore[misc]
    source[0, 0] = 9  # its owner may still write to the array
    assert source[0, 0] == 9


@pytest.mark.parametrize(
    ("shape", "names"),
    [((), ()), ((2,), ("index",)), ((1, 2), ("row", "column")), ((1, 2, 3), ("axis0", "axis1", "axis2"))],
)
def test_axes_without_names_get_some(shape: tuple[int, ...], names: tuple[str, ...]) -> None:
    assert Tensor(np.zeros(shape)).axis_names == names


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_and_byte_order(dtype: str) -> None:
    assert Tensor(np.zeros(2, dtype)).data.dtype == dtype
    assert Tensor(np.zeros(2, np.dtype(dtype).newbyteorder(">"))).data.dtype.isnative


def test_positions_in_words() -> None:
    assert Axis("token", ("the", "cat")).place(1) == "cat"
    assert Axis("time", start=0, step=0.5, unit="s").place(3) == "1.5 s"
    assert Axis("row").place(3) == "3"
    assert Tensor([[1, 2]], name="x").describe() == "x (row 1, column 2) int64"
    assert Tensor([1]).with_attrs(rate=3).attrs == {"rate": 3}


WRONG: dict[str, tuple[Any, str]] = {
    "axis without a name": (lambda: Axis(""), "an axis needs a name; received ''"),
    "one string as labels": (lambda: Axis("a", "bc"), "the labels of axis 'a' must be strings; received 'bc'"),  # type: ignore[arg-type]
    "numbers as labels": (lambda: Axis("a", (1, 2)), "the labels of axis 'a' must be strings; received (1, 2)"),  # type: ignore[arg-type]
    "start without step": (lambda: Axis("a", start=0.0), "axis 'a' needs both start and step, or neither"),
    "labels and numbers": (lambda: Axis("a", ("b",), 0, 1), "axis 'a' has labels and numbers; it can have one of them"),
    "infinite step": (lambda: Axis("a", start=0, step=float("inf")), "start and step of axis 'a' must be finite; received 0.0 and inf"),
    "objects": (lambda: Tensor(np.array([{}])), "a tensor holds numbers or booleans; received dtype object"),
    "text": (lambda: Tensor(np.array(["a"])), "a tensor holds numbers or booleans; received dtype <U1"),
    "too few axes": (lambda: Tensor([[1]], (Axis("a"),)), "2 dimensions of shape (1, 1) need as many axes; received 1: a"),
    "axes of one name": (lambda: Tensor([[1]], (Axis("a"), Axis("a"))), "the axes of a tensor need different names; received a, a"),
    "labels of another length": (lambda: Tensor([1, 2], (Axis("a", ("b",)),)), "axis 'a' has 2 positions and 1 labels"),
    "no name": (lambda: Tensor([1], name=""), "a tensor needs a name; received ''"),
    "attribute": (lambda: Tensor([1], attrs={"a": [1]}), "attribute 'a' must be a string, an integer, a float or a boolean; received [1]"),  # type: ignore[dict-item]
    "NaN attribute": (lambda: Tensor([1], attrs={"a": float("nan")}), "attribute 'a' must be finite; received nan"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_tensor_that_contradicts_itself_is_refused_in_words(case: str) -> None:
    make, message = WRONG[case]
    with pytest.raises(BadTensor, match=f"^{re.escape(message)}$") as caught:
        make()
    assert isinstance(caught.value, DlcliError)
    assert isinstance(caught.value, ValueError)
