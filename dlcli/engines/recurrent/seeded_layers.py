"""Layers over each other with weights to begin with, each drawn after the one below it."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.seeded_cells import seeded_cell

#: Units of a layer unless it is said: few enough to follow each by eye.
UNITS = 2

#: Features up to which a leaky layer has a unit for each.
LEAKY = 8


def seeded_layers(
    kind: str,
    features: int,
    rng: np.random.Generator,
    *,
    units: int | None = None,
    layers: int = 1,
    bidirectional: bool = False,
    merge: str = "concat",
    **cell: Any,
) -> tuple[Layer, ...]:
    """The layers of a net for sequences (time, ``features``), the lowest first.

    All cells are of a ``kind`` in ``CELLS`` and hand on so many ``units``: unless given 2, of leaky cells as
    many as they receive, as long as these are at most 8. With ``bidirectional`` each layer has a second cell
    that reads backwards, and ``merge`` says how their states become one. ``cell`` is what else
    ``seeded_cell`` is told.

    >>> net = seeded_layers("gru", 3, np.random.default_rng(0), layers=2, bidirectional=True)
    >>> [(layer.forward.features, layer.width) for layer in net]
    [(3, 4), (4, 4)]

    Raises ``EngineError`` as ``seeded_cell`` does.
    """
    made: list[Layer] = []
    for _ in range(layers):
        width = made[-1].width if made else features
        usual = width if kind == "leaky" and width <= LEAKY else UNITS
        ahead = seeded_cell(kind, width, units or usual, rng, **cell)
        behind = seeded_cell(kind, width, units or usual, rng, **cell) if bidirectional else None
        made.append(Layer(ahead, behind, merge))
    return tuple(made)
