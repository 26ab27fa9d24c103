"""The one thing that travels between commands: an array that knows what its numbers mean."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from dlcli.errors import BadTensor, printable

Attr = str | int | float | bool
Array = np.ndarray[Any, np.dtype[Any]]

#: Bytes per number of every dtype a tensor may hold.
DTYPES = ("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
          "float16", "float32", "float64", "complex64", "complex128")  # fmt: skip


#: How the attribute begins that holds the names of numbers, before the columns in which these stand.
NAMES = "names of "

#: The attribute that tells of the layers whose windows made each cell, and so what it sees: whatever moves
#: cells or mixes them otherwise loses it.
FIELD = "receptive field"

#: The attribute of a tensor whose cells have names and arithmetic, while its numbers stand for nothing.
PLACES = "places"

#: Between two columns there, and between two names: a tab is in no cell of a table.
AND, BETWEEN = ", ", "\t"


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension of a tensor and what its positions stand for.

    An axis is labelled (``labels``: one string a position), numeric (position ``i`` stands for
    ``start + i * step``, in ``unit``), or neither.

    >>> Axis("time", start=0.0, step=0.5, unit="s").value(3)
    1.5
    >>> Axis("token", labels=("the", "cat")).place(1)
    'cat'

    Raises ``BadTensor`` when the name is empty, when it is labelled and numeric at once, or when only one
    of ``start`` and ``step`` is given or is not finite.
    """

    name: str
    labels: tuple[str, ...] | None = None
    start: float | None = None
    step: float | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise BadTensor(f"an axis needs a name; received {self.name!r}")
        if self.labels is not None:
            labels: object = self.labels
            if isinstance(labels, str) or not all(isinstance(label, str) for label in self.labels):
                raise BadTensor(f"the labels of axis {self.name!r} must be strings; received {self.labels!r}")
            object.__setattr__(self, "labels", tuple(self.labels))
        if (self.start is None) != (self.step is None):
            raise BadTensor(f"axis {self.name!r} needs both start and step, or neither")
        if self.start is not None and self.step is not None:
            if self.labels is not None:
                raise BadTensor(f"axis {self.name!r} has labels and numbers; it can have one of them")
            object.__setattr__(self, "start", float(self.start))
            object.__setattr__(self, "step", float(self.step))
            if not (math.isfinite(self.start) and math.isfinite(self.step)):
                raise BadTensor(
                    f"start and step of axis {self.name!r} must be finite; "
                    f"received {self.start} and {self.step}"
                )

    @property
    def numeric(self) -> bool:
        """Whether positions stand for numbers."""
        return self.start is not None

    def value(self, index: float) -> float:
        """The number that a position stands for: ``start + index * step`` (the index itself without them)."""
        if self.start is None or self.step is None:
            return float(index)
        return self.start + index * self.step

    def place(self, index: int) -> str:
        """A position in words: its label, its number with the unit, or its index."""
        if self.labels is not None:
            return self.labels[index]
        if self.numeric:
            return f"{self.value(index):g} {self.unit}".rstrip()
        return str(index)


@dataclass(frozen=True, eq=False)
class Tensor:
    """An immutable array with named axes, a name and attributes.

    ``data`` is exposed read-only. Without ``axes`` a matrix gets ``row`` and ``column``, a vector ``index``,
    and anything else ``axis0``, ``axis1``, …; ``attrs`` hold strings, integers, finite floats and booleans
    (``source``: where it was read; ``command``: the commands that made it; ``sample_rate``, ``hop``, …).

    >>> t = Tensor([[1, 2], [3, 4]], name="digits")
    >>> t.describe()
    'digits (row 2, column 2) int64'

    Raises ``BadTensor`` when the dtype is none of ``DTYPES``, when the axes do not match the dimensions or
    share a name, when labels do not match a length, or when an attribute is of another type.
    """

    data: Array
    axes: tuple[Axis, ...] = ()
    name: str = "tensor"
    attrs: Mapping[str, Attr] = field(default_factory=dict)
    #: Whether a command has read it; what is made of it, be it under the same name, was not read.
    read: bool = field(default=False, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        data = np.asarray(self.data)
        if data.dtype.name not in DTYPES:
            raise BadTensor(f"a tensor holds numbers or booleans; received dtype {data.dtype}")
        if not data.dtype.isnative:
            data = data.astype(data.dtype.newbyteorder("="))
        data = data.view(np.ndarray)
        data.flags.writeable = False
        axes = tuple(self.axes) or default_axes(data.ndim)
        if len(axes) != data.ndim:
            raise BadTensor(
                f"{data.ndim} dimensions of shape {data.shape} need as many axes; received {len(axes)}: "
                f"{', '.join(axis.name for axis in axes)}"
            )
        names = [axis.name for axis in axes]
        if len(set(names)) != len(names):
            raise BadTensor(f"the axes of a tensor need different names; received {', '.join(names)}")
        for axis, length in zip(axes, data.shape, strict=True):
            if axis.labels is not None and len(axis.labels) != length:
                raise BadTensor(f"axis {axis.name!r} has {length} positions and {len(axis.labels)} labels")
        if not isinstance(self.name, str) or not self.name:
            raise BadTensor(f"a tensor needs a name; received {self.name!r}")
        for key, value in self.attrs.items():
            if not isinstance(key, str) or not isinstance(value, Attr):
                raise BadTensor(
                    f"attribute {key!r} must be a string, an integer, a float or a boolean; "
                    f"received {value!r}"
                )
            if isinstance(value, float) and not math.isfinite(value):
                raise BadTensor(f"attribute {key!r} must be finite; received {value}")
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "axes", axes)
        object.__setattr__(self, "attrs", MappingProxyType(dict(self.attrs)))

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return tuple(self.data.shape)

    @property
    def axis_names(self) -> tuple[str, ...]:
        """The name of each axis."""
        return tuple(axis.name for axis in self.axes)

    def describe(self) -> str:
        """Name, axes with lengths and dtype, in one line."""
        lengths = ", ".join(f"{axis.name} {n}" for axis, n in zip(self.axes, self.shape, strict=True))
        return printable(f"{self.name} ({lengths}) {self.data.dtype}")

    def as_read(self) -> Tensor:
        """The same tensor as a command reads it: a page tells it from a result of the same name."""
        other = replace(self)
        object.__setattr__(other, "read", True)
        return other

    def with_attrs(self, **attrs: Attr) -> Tensor:
        """The same numbers with further attributes."""
        return replace(self, attrs={**self.attrs, **attrs})


def default_axes(rank: int) -> tuple[Axis, ...]:
    """Axes for an array that came without names.

    >>> [axis.name for axis in default_axes(2)]
    ['row', 'column']
    """
    known = {1: ("index",), 2: ("row", "column")}
    return tuple(Axis(name) for name in known.get(rank, [f"axis{i}" for i in range(rank)]))


def named(columns: Sequence[str], names: Sequence[str]) -> dict[str, Attr]:
    """The attribute that says what the numbers 0, 1, … in these columns of a matrix are called.

    >>> named(("state", "next"), ("rain", "sun"))
    {'names of state, next': 'rain\\tsun'}
    """
    return {NAMES + AND.join(columns): BETWEEN.join(names)}


def names_of(tensor: Tensor) -> dict[str, tuple[str, ...]]:
    """The columns whose numbers have names, with these; a table shows the names instead.

    >>> axes = (Axis("outcome"), Axis("column", ("state", "reward")))
    >>> names_of(Tensor([[1, 5]], axes, attrs=named(("state", "next"), ("rain", "sun"))))
    {'state': ('rain', 'sun')}
    """
    labels = tensor.axes[1].labels if tensor.data.ndim == 2 else None
    return {
        column: tuple(told.split(BETWEEN))
        for key, told in tensor.attrs.items()
        if key.startswith(NAMES) and isinstance(told, str)
        for column in key.removeprefix(NAMES).split(AND)
        if column in (labels or ())
    }
