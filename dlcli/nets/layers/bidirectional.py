"""A recurrent layer twice: one reads the sequence forward, one backward, and both say what each step means.

Going back, each gets its share of the gradient; those at the input add up. Where steps are not there the
backward one begins at the last that is, and there both give 0, as in Keras.

Source: Schuster and Paliwal, Bidirectional recurrent neural networks, 1997.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Weight, Window, one_of
from dlcli.nets.layers.recurrent import Recurrent

#: How what both say becomes one, as in Keras.
MERGES = ("concat", "sum", "ave", "mul")

#: In front of the names of the weights of each direction.
FORWARD, BACKWARD = "forward", "backward"


@dataclass(frozen=True, kw_only=True)
class Bidirectional(Kind):
    """A recurrent ``layer`` in both directions; ``merge_mode`` says how what they give becomes one."""

    kind: ClassVar[str] = "bidirectional"
    keras: ClassVar[str] = "bidirectional"

    layer: Kind
    merge_mode: str = "concat"

    def __post_init__(self) -> None:
        one_of(self, "merge_mode", self.merge_mode, MERGES)
        if not isinstance(self.layer, Recurrent):
            raise EngineError(
                f"bidirectional takes a recurrent layer, such as lstm; received {self.layer.kind}"
            )
        if self.layer.sources or self.layer.stateful:
            raise EngineError(
                "the backward layer begins at the end of a sequence: leave initial and stateful out"
            )

    @property
    def looks_ahead(self) -> bool:
        return True

    @property
    def recurrent(self) -> Recurrent:
        """The layer, which is a recurrent one."""
        assert isinstance(self.layer, Recurrent)
        return self.layer

    def output(self, x: Shape) -> Shape:
        time, units = self.layer.output(x)
        return time, units * (2 if self.merge_mode == "concat" else 1)

    def weights(self, x: Shape) -> dict[str, Weight]:
        inner = self.layer.weights(x)
        return {f"{way}_{name}": one for way in (FORWARD, BACKWARD) for name, one in inner.items()}

    def begin(self, values: Arrays, recipe: str) -> None:
        for way in (FORWARD, BACKWARD):
            self.layer.begin(one_way(values, way), recipe)

    def multiply_adds(self, x: Shape) -> int:
        return 2 * self.layer.multiply_adds(x)

    def window(self, x: Shape) -> Window | None:
        return None

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        both = [
            self.layer.build(x, one_way(values, way), one_way(slopes, way), dtype)
            for way in (FORWARD, BACKWARD)
        ]
        return BothWays(self, both[0], both[1], values, slopes, dtype)


def one_way(arrays: Arrays, way: str) -> dict[str, Array]:
    """The arrays of one direction by their own names."""
    return {
        name.removeprefix(f"{way}_"): array for name, array in arrays.items() if name.startswith(f"{way}_")
    }


class BothWays(Layer):
    """Both directions at work."""

    def __init__(
        self, kind: Bidirectional, forward: Layer, backward: Layer, values: Arrays, slopes: Arrays,
        dtype: DType,
    ) -> None:  # fmt: skip
        super().__init__(values, slopes, dtype)
        self.merge, self.units = kind.merge_mode, kind.recurrent.units
        self.ways = forward, backward
        self.given: tuple[Array, Array] = (np.empty(0), np.empty(0))

    def forward(self, x: Array, training: bool) -> Array:
        if self.carries:
            raise EngineError("a bidirectional layer reads a sequence from its end: it cannot go on with it")
        for way in self.ways:
            way.first = False
        self.ways[0].mask = self.mask
        self.ways[1].mask = None if self.mask is None else self.mask[::-1]
        one = self.ways[0].forward(x, training)
        other = self.ways[1].forward(x[:, ::-1], training)[:, ::-1]
        self.given = one, other
        merge: dict[str, Callable[[], Array]] = {
            "concat": lambda: np.concatenate([one, other]),
            "sum": lambda: one + other,
            "ave": lambda: (one + other) / 2,
            "mul": lambda: one * other,
        }
        merged = merge[self.merge]()
        return merged if self.mask is None else merged * self.mask

    def backward(self, dy: Array) -> Array:
        one, other = self.given
        if self.mask is not None:
            dy = dy * self.mask
        share: dict[str, Callable[[], tuple[Array, Array]]] = {
            "concat": lambda: (dy[: self.units], dy[self.units :]),
            "sum": lambda: (dy, dy),
            "ave": lambda: (dy / 2, dy / 2),
            "mul": lambda: (dy * other, dy * one),
        }
        forward, backward = share[self.merge]()
        for way in self.ways:
            way.first = self.first
        dx = self.ways[0].backward(forward)
        back = self.ways[1].backward(backward[:, ::-1])
        return dy if self.first else dx + back[:, ::-1]
