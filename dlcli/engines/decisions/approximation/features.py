"""Features: what of a state the estimate of its value is made of, v(s) = Σ wᵢ xᵢ(s).

Of all P features of a state only a few are not 0: K of them, by their numbers and what they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, whole

#: Features that a set of tilings may have.
MOST = 10_000_000


@dataclass(frozen=True, eq=False)
class Active:
    """The features of n states that are not 0: their numbers ``index`` (n, K) and ``value`` (n, K)."""

    index: Array
    value: Array

    def __getitem__(self, rows: Array | slice) -> Active:
        """Those of some of the states."""
        return Active(self.index[rows], self.value[rows])

    def weighted(self, weights: Array) -> Array:
        """Σ wᵢ xᵢ (n,) for weights (P,)."""
        return np.einsum("nk,nk->n", weights[self.index], self.value)


class Features(Protocol):
    """What makes features of points (n, D)."""

    @property
    def size(self) -> int:
        """How many there are, P."""

    def __call__(self, points: Array) -> Active:
        """Those of n points (n, D)."""


@dataclass(frozen=True)
class Position:
    """A bias of 1 and the coordinates themselves: v(s) is a plane.

    >>> Position(1)(np.array([[0.25]])).value
    array([[1.  , 0.25]])
    """

    dimensions: int

    @property
    def size(self) -> int:
        return 1 + self.dimensions

    def __call__(self, points: Array) -> Active:
        n = len(points)
        index = np.broadcast_to(np.arange(self.size), (n, self.size))
        return Active(index, np.concatenate([np.ones((n, 1)), points], axis=1))


@dataclass(frozen=True)
class OneHot:
    """One feature for each state, whose number is its only coordinate: the weights are the table.

    >>> OneHot(3)(np.array([[2.0]])).index
    array([[2]])
    """

    states: int

    @property
    def size(self) -> int:
        return self.states

    def __call__(self, points: Array) -> Active:
        return Active(points.astype(np.intp), np.ones((len(points), 1)))


@dataclass(frozen=True)
class Groups:
    """State aggregation: ``count`` groups along each coordinate from 0 to 1, one of which a state is in.

    As many groups as there are states make it the table.

    >>> Groups(4, 1)(np.array([[0.0], [0.3], [1.0]])).index.ravel()
    array([0, 1, 3])

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, section 9.3.
    """

    count: int
    dimensions: int

    def __post_init__(self) -> None:
        whole("groups", self.count)
        _check_size(self.size, "groups")

    @property
    def size(self) -> int:
        return int(self.count**self.dimensions)

    def __call__(self, points: Array) -> Active:
        cells = np.clip((points * self.count).astype(np.intp), 0, self.count - 1)
        index = np.ravel_multi_index(tuple(cells.T), (self.count,) * self.dimensions)
        return Active(index[:, None], np.ones((len(points), 1)))


@dataclass(frozen=True)
class Tiles:
    """Tile coding: ``tilings`` grids of ``tiles`` along each coordinate, each moved by a share of a tile.

    A point from 0 to 1 lies in one tile of every tiling. Tiling k is moved by k / tilings of a tile along
    the first coordinate, three times that along the second, five times along the third, and so on; for that
    each grid has one tile more along every coordinate.

    >>> coding = Tiles(tilings=2, tiles=2, dimensions=1)
    >>> coding.size, coding(np.array([[0.0], [0.3], [0.6]])).index.tolist()
    (6, [[0, 3], [0, 4], [1, 4]])

    Source: Sutton and Barto, 2nd edition, section 9.5.4; the offsets are Miller and Glanz' (1996).
    """

    tilings: int
    tiles: int
    dimensions: int

    def __post_init__(self) -> None:
        whole("tilings", self.tilings)
        whole("tiles", self.tiles)
        _check_size(self.size, "tiles")

    @property
    def size(self) -> int:
        return int(self.tilings * (self.tiles + 1) ** self.dimensions)

    def __call__(self, points: Array) -> Active:
        cells = (points[:, None] * self.tiles + self._moved).astype(np.intp)  # (n, tilings, D)
        np.minimum(np.maximum(cells, 0, out=cells), self.tiles, out=cells)
        index = cells @ self._strides + self._begins  # (n, tilings)
        return Active(index, np.ones(index.shape))

    @cached_property
    def _moved(self) -> Array:
        """How far each tiling is moved, in tiles (tilings, D)."""
        odd = 2 * np.arange(self.dimensions) + 1
        moved: Array = (np.arange(self.tilings)[:, None] * odd % self.tilings) / self.tilings
        return moved

    @cached_property
    def _strides(self) -> Array:
        """Tiles from one to the next along each coordinate (D,)."""
        return (self.tiles + 1) ** np.arange(self.dimensions - 1, -1, -1)

    @cached_property
    def _begins(self) -> Array:
        """The first tile of each tiling (tilings,)."""
        return np.arange(self.tilings) * (self.tiles + 1) ** self.dimensions


@dataclass(frozen=True, eq=False)
class Scaled:
    """Features of points that lie between ``low`` and ``high`` (D,), brought to 0 to 1 first.

    >>> Scaled(Position(1), np.array([-1.0]), np.array([3.0]))(np.array([[0.0]])).value
    array([[1.  , 0.25]])
    """

    features: Features
    low: Array
    high: Array

    @property
    def size(self) -> int:
        return self.features.size

    def __call__(self, points: Array) -> Active:
        return self.features((points - self.low) / (self.high - self.low))


def _check_size(size: int, what: str) -> None:
    if size > MOST:
        raise EngineError(f"{size} {what} are more than {MOST}; take fewer, or a net")
