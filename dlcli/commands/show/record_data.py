"""One look at a set of data by ``dlcli show``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.commands.kinds.pictures.sheet import sheet
from dlcli.engines.tensors.summary import Summary, summary
from dlcli.errors import BadData, called
from dlcli.tensor import Array, Attr, Axis, Tensor
from dlcli.wire.datasets.dataset import PADDING, DataSet
from dlcli.wire.datasets.read import PICTURE, as_tensor
from dlcli.wire.samples import page as page_of_samples
from dlcli.wire.stream import Limits, memory
from dlcli.words.line import Line

SHOWN = 20  # pictures of a sheet on the screen
EACH = 10  # pictures of a class on a sheet in a file
MOST = 20  # classes there
LOOKED_AT = 1000  # inputs whose numbers are counted


@dataclass(frozen=True)
class Work:
    """A set of data and how it is drawn; pictures are read, decoded or drawn when somebody looks at them."""

    data: DataSet
    view: str
    line: Line
    limits: Limits
    attrs: Mapping[str, Attr]

    @property
    def pictures(self) -> bool:
        """Whether the inputs are pictures rather than rows of numbers."""
        return len(self.data.shape) == 3

    @property
    def padded(self) -> bool:
        """Whether short sequences are filled up: sentences are, tasks have one length."""
        return PADDING in self.data.vocabulary

    @cached_property
    def shown(self) -> Array:
        """Which are on the sheet: as many of each class, the first ones, up to ``SHOWN`` in all."""
        return self.first(max(1, SHOWN // max(1, len(self.data.classes))), SHOWN)

    def first(self, each: int, most: int) -> Array:
        """The first inputs of each class, class by class; without classes the first of all."""
        if not self.data.classes or self.data.labels is None or self.data.labels.ndim > 1:
            return np.arange(min(most, len(self.data)))
        labels = self.data.labels
        of_class = [np.flatnonzero(labels == i)[:each] for i in range(len(self.data.classes))]
        return np.concatenate(of_class)[:most]

    @cached_property
    def facts(self) -> Summary:
        """What the numbers are like of ``LOOKED_AT`` inputs, spread evenly over the set, or of all."""
        return summary(self.data.take(self.looked_at))

    @property
    def looked_at(self) -> Array:
        """Which these are."""
        count = len(self.data)
        return np.arange(min(count, LOOKED_AT)) * count // min(count, LOOKED_AT)

    @cached_property
    def licence(self) -> str:
        """Under which licence a sample's pictures are; empty where nobody says."""
        name = "digits" if self.data.name == "digits:all" else self.data.name.removeprefix("sample:")
        entries = page_of_samples()
        return entries[name].licence if name in entries else ""

    def named(self, at: Array) -> tuple[str, ...]:
        """What the sheet calls these inputs: the class, the values, or the number of each."""
        labels = self.data.labels
        if labels is None:
            return tuple(map(str, at.tolist()))
        if self.data.classes:
            return tuple(self.data.classes[i] for i in labels[at].tolist())
        return tuple(" ".join(f"{value:.4g}" for value in np.atleast_1d(labels[i]).tolist()) for i in at)

    def tensor(self, at: Array) -> Tensor:
        """These inputs as a tensor that knows their classes."""
        return as_tensor(self.data, at)

    def whole(self) -> Tensor:
        """All that is not held out. Raises ``BadData`` where that is more than may be read at once."""
        size = len(self.data) * self.data.dtype.itemsize * int(np.prod(self.data.shape))
        most = self.limits.max_bytes if self.limits.chosen else min(self.limits.max_bytes, memory() // 2)
        if size > most:
            raise BadData(
                f"{called(self.data.name)}: its {len(self.data)} inputs take {size} bytes as one tensor, "
                f"more than the {most} allowed; --max-bytes {size} passes them on, -f plain only looks"
            )
        return as_tensor(self.data)

    def outline(self) -> Tensor:
        """A tensor of the set's shape, which takes no memory, for the cells that can be explained."""
        names = (PICTURE, "height", "width", "channel") if self.pictures else ("row", "feature")
        nothing = np.broadcast_to(np.zeros((), np.uint8), (len(self.data), *self.data.shape))
        return Tensor(nothing, tuple(map(Axis, names)))

    def sheet(self) -> Tensor:
        """The contact sheet as one picture: a row of ``EACH`` for each of the first ``MOST`` classes."""
        if self.data.classes and self.data.labels is not None:
            rows = [np.flatnonzero(self.data.labels == i)[:EACH] for i in range(len(self.data.classes))]
        else:
            at = np.arange(min(len(self.data), EACH * MOST))
            rows = [at[i : i + EACH] for i in range(0, len(at), EACH)]
        return sheet([self.data.take(row) for row in rows[:MOST]], "sheet")
