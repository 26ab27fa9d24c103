"""One run of ``dlcli compare``: the pairs of tensors, how far they are apart, what has no partner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.commands.kinds.level import no_level
from dlcli.engines.tensors.comparison import Comparison
from dlcli.engines.tensors.structural_similarity import WINDOW, structural_similarity
from dlcli.errors import called
from dlcli.tensor import Attr, Axis, Tensor, default_axes
from dlcli.words.axes import CHANNELS_LAST, COLOURS, PICTURE, reordered
from dlcli.words.line import Line

BYTES = 255.0


@dataclass(frozen=True)
class Group:
    """All tensors of an input."""

    word: str
    tensors: tuple[Tensor, ...]

    @property
    def name(self) -> str:
        """That of the first."""
        return self.tensors[0].name

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the first."""
        return self.tensors[0].shape

    @property
    def attrs(self) -> Mapping[str, Attr]:
        """Those of the first."""
        return self.tensors[0].attrs

    @property
    def called(self) -> str:
        """What it is called in a message."""
        typed = self.attrs.get("source") == "literal" and "command" not in self.attrs
        return "literal" if typed else called(self.word)

    @property
    def names(self) -> list[str]:
        """The names of all, in their order."""
        return [tensor.name for tensor in self.tensors]


@dataclass(frozen=True)
class Pair:
    """A tensor and its reference; ``found`` is None where their shapes differ.

    ``data_range`` is the range of a picture's numbers, where it is given.
    """

    reference: Tensor
    actual: Tensor
    found: Comparison | None
    data_range: float | None

    @property
    def name(self) -> str:
        """What the pair is called among others."""
        return self.reference.name

    @property
    def passes(self) -> bool:
        """Whether every number is within the tolerance."""
        return self.found is not None and not self.found.beyond

    @property
    def difference(self) -> Tensor:
        """The signed difference, with the axes of the reference where these say more."""
        assert self.found is not None
        attrs = no_level(self.actual, "difference")
        return Tensor(self.found.difference, self.axes, "difference", attrs)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Those of the reference, or of what is compared where only they are more than numbers."""
        plain = self.reference.axes == default_axes(self.reference.data.ndim)
        return self.actual.axes if plain else self.picture_axes or self.reference.axes

    @property
    def picture_axes(self) -> tuple[Axis, ...]:
        """The axes of what is a picture in one of both; none where neither is one.

        Arrays without names that could be one are, where the range of their numbers is given.
        """
        both = (self.reference, self.actual)
        named = next((one.axes for one in both if set(PICTURE) <= set(one.axis_names)), ())
        return CHANNELS_LAST[: len(self.reference.axes)] if self.data_range and self.may_be_picture else named

    @property
    def may_be_picture(self) -> bool:
        """Whether both lack names and have the shape of a picture, its channels last."""
        shape = self.reference.shape
        nameless = all(one.axes == default_axes(len(shape)) for one in (self.reference, self.actual))
        return nameless and (len(shape) == 2 or (len(shape) == 3 and shape[2] in COLOURS))

    @property
    def is_complex(self) -> bool:
        """Whether one of both is."""
        return "c" in self.reference.data.dtype.kind + self.actual.data.dtype.kind

    @property
    def range(self) -> float:
        """From which number to which a picture may go: 255 of bytes, else what the reference spans."""
        if self.data_range is not None:
            return self.data_range
        if self.reference.data.dtype == np.uint8:
            return BYTES
        finite = self.reference.data[np.isfinite(self.reference.data)].astype(np.float64)
        return float(np.ptp(finite)) if finite.size else 0.0

    @property
    def is_picture(self) -> bool:
        """Whether the measures of pictures mean something."""
        return bool(self.picture_axes) and not self.is_complex and self.found is not None and self.range > 0

    @cached_property
    def ssim(self) -> float | None:
        """The mean of SSIM over all places and channels; None for what is smaller than its window."""
        if not self.is_picture or self.found is None or not self.found.finite.all():
            return None
        names = tuple(axis.name for axis in self.picture_axes)
        order = (*PICTURE, *(name for name in names if name not in PICTURE))
        a, b = (
            reordered(Tensor(one.data, self.picture_axes), tuple(map(names.index, order))).data
            for one in (self.reference, self.actual)
        )
        if min(a.shape[:2]) < WINDOW or not a.size:
            return None
        return float(structural_similarity(a, b, data_range=self.range).mean())

    @property
    def measures(self) -> dict[str, float]:
        """How far both are apart, by name."""
        if self.found is None:
            return dict.fromkeys(("beyond", "largest", "rms", "snr"), np.nan)
        found = self.found
        told = {"beyond": float(found.beyond), "largest": found.largest, "rms": found.rms, "snr": found.snr}
        if self.is_picture:
            told["psnr"] = found.psnr(self.range)
        return told if self.ssim is None else {**told, "ssim": self.ssim}


@dataclass(frozen=True)
class Work:
    """What was held against what, and how.

    ``missing`` are the names that only the reference has, ``more`` those that only the other has.
    """

    reference: Group
    actual: Group
    pairs: tuple[Pair, ...]
    missing: tuple[str, ...]
    more: tuple[str, ...]
    rtol: float
    atol: float
    equal_nan: bool
    line: Line

    @property
    def alone(self) -> bool:
        """Whether there is one pair and nothing else."""
        return len(self.pairs) == 1 and not (self.missing or self.more)

    @property
    def total(self) -> int:
        """How many tensors there are in both, each name counted once."""
        return len(self.pairs) + len(self.missing) + len(self.more)

    @property
    def failed(self) -> int:
        """How many of these are beyond the tolerance, of another shape, or without a partner."""
        return sum(not pair.passes for pair in self.pairs) + len(self.missing) + len(self.more)

    @property
    def measures(self) -> Tensor:
        """The measures of the pair, or of each of several."""
        told = [pair.measures for pair in self.pairs]
        names = tuple(dict.fromkeys(name for one in told for name in one))
        numbers = np.array([[one.get(name, np.nan) for name in names] for one in told])
        measure = Axis("measure", names)
        attrs = {"source": str(self.actual.attrs.get("source", "-"))}
        if len(self.pairs) == 1:
            return Tensor(numbers[0], (measure,), "measures", attrs)
        return Tensor(
            numbers, (Axis("tensor", tuple(p.name for p in self.pairs)), measure), "measures", attrs
        )
