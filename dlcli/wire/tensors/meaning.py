"""The meaning of a tensor (its axes and attributes) as plain JSON values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlcli.errors import BadTensor
from dlcli.tensor import Attr, Axis, Tensor
from dlcli.wire.strict_json import brief


def axes_as_json(tensor: Tensor) -> list[dict[str, Any]]:
    """Each axis with what it has: labels, or start, step and unit.

    >>> axes_as_json(Tensor([1, 2], (Axis("time", start=0, step=0.5, unit="s"),)))
    [{'name': 'time', 'start': 0.0, 'step': 0.5, 'unit': 's'}]
    """
    return [_axis_as_json(axis) for axis in tensor.axes]


def _axis_as_json(axis: Axis) -> dict[str, Any]:
    told: dict[str, Any] = {"name": axis.name}
    if axis.labels is not None:
        told["labels"] = list(axis.labels)
    if axis.numeric:
        told |= {"start": axis.start, "step": axis.step}
    if axis.unit:
        told["unit"] = axis.unit
    return told


def axes_from_json(told: Any) -> tuple[Axis, ...]:
    """The axes that a JSON value describes; nothing described gives none.

    Raises ``BadTensor`` when it describes something else.
    """
    if told is None:
        return ()
    if not isinstance(told, list):
        raise BadTensor(f"axes must be a list of objects with a name; received {brief(told)}")
    return tuple(_axis_from_json(item) for item in told)


def _axis_from_json(told: Any) -> Axis:
    if not isinstance(told, dict) or not isinstance(told.get("name"), str):
        raise BadTensor(f"an axis must be an object with a name; received {brief(told)}")
    labels, start, step, unit = (told.get(key) for key in ("labels", "start", "step", "unit"))
    if labels is not None and not isinstance(labels, list):
        raise BadTensor(
            f"the labels of axis {told['name']!r} must be a list of strings; received {brief(labels)}"
        )
    for key, number in (("start", start), ("step", step)):
        if number is not None and (isinstance(number, bool) or not isinstance(number, (int, float))):
            raise BadTensor(f"{key} of axis {told['name']!r} must be a number; received {brief(number)}")
    if unit is not None and not isinstance(unit, str):
        raise BadTensor(f"the unit of axis {told['name']!r} must be a string; received {brief(unit)}")
    try:
        return Axis(told["name"], None if labels is None else tuple(labels), start, step, unit or "")
    except OverflowError:
        raise BadTensor(f"start and step of axis {told['name']!r} must be finite") from None


def attrs_from_json(told: Any) -> Mapping[str, Attr]:
    """Attributes from a JSON value. Raises ``BadTensor`` when it is no object of plain values."""
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise BadTensor(f"attrs must be an object; received {brief(told)}")
    return told
