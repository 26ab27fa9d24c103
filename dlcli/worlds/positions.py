"""Where the states of a world are, as numbers from 0 to 1 that features can be made of."""

from __future__ import annotations

import numpy as np

from dlcli.errors import BadData, printable
from dlcli.tensor import Array
from dlcli.worlds.world import World


def positions(world: World) -> Array:
    """The middle of each state's place in its row and column (S, D), without a coordinate that is the same.

    States that do not end an episode lie between 0 and 1. Raises ``BadData`` for a world that has no drawing.

    >>> from dlcli.worlds.builtin import random_walk
    >>> positions(random_walk(4)).ravel()
    array([-0.125,  0.125,  0.375,  0.625,  0.875,  1.125])
    """
    if world.layout is None:
        raise BadData(
            f"{printable(world.title)} has no drawing that says where its states are: "
            "--approximate linear --features one-hot needs none"
        )
    places = world.layout.places.astype(np.float64)
    inner = places[~world.transitions.terminal]
    low, extent = inner.min(axis=0), np.ptp(inner, axis=0) + 1
    found: Array = ((places - low + 0.5) / extent)[:, extent > 1]
    return found if found.shape[1] else np.full((len(places), 1), 0.5)
