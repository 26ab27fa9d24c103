"""Sweeps over the states of a world, picture by picture: how values spread."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
from rich.console import Group, RenderableType

from dlcli.commands.kinds.decisions.world_story import drawing, still
from dlcli.commands.mdp.record import Work
from dlcli.engines.decisions.bellman import q_values
from dlcli.engines.decisions.policy import best_actions
from dlcli.errors import WrongUsage
from dlcli.tensor import Array
from dlcli.views.frames import DIGITS, Frames, thinned
from dlcli.views.tables.table import Table
from dlcli.views.text.text import clip, plain
from dlcli.words.number import Numbers, counted, number

SWEEPS = 60  # pictures
LISTED = 16  # states of a world without a drawing
NAME = 20


def sweeping(work: Work, *, precision: int = DIGITS, most: int | None = None) -> Frames:
    """The values before the first sweep and after each.

    Raises ``WrongUsage`` where there are no sweeps: equations are solved at once.
    """
    if work.sweep_count is None or work.plan is not None:
        raise WrongUsage("nothing moves where values are found at once: add --sweeps 20")
    shown = thinned(work.sweep_count + 1, most or SWEEPS)
    pictures = _sweeps(work, shown, precision)
    said = f"the start and {len(shown) - 1} of {counted(work.sweep_count, 'sweep')} are shown"
    return Frames(pictures, len(shown), work.sweep_count + 1, "sweeps", 2.0, said)


def _sweeps(work: Work, shown: list[int], precision: int) -> Iterator[RenderableType]:
    """Each sweep with its values, the best actions by them, and the largest change."""
    low = min(0.0, float(work.values.min()))
    limits = low, max(0.0, float(work.values.max()))
    before = None
    for k, values in enumerate(islice(work.all_sweeps(), (work.sweep_count or 0) + 1)):
        if k in shown:
            told = "before the first sweep: every value is 0"
            if before is not None:
                change = float(np.abs(values - before).max())
                told = f"after sweep {k} of {work.sweep_count}: the largest change is "
                told += number(change, precision)
            yield Group(plain(told, "bold"), _drawn(work, values, limits, precision))
        before = values.copy()


def _drawn(work: Work, values: Array, limits: tuple[float, float], precision: int) -> RenderableType:
    q = q_values(work.world.transitions, values, work.gamma)
    drawn = still(drawing(work.world, values, best_actions(q) if work.optimal else None, precision, limits))
    if drawn is not None:
        return drawn
    count = min(len(values), LISTED)
    texts = Numbers(values[:count], precision).texts.tolist()
    rows = [[clip(work.world.states[s], NAME), texts[s]] for s in range(count)]
    return Table(["state", "V(s)"], rows, right=[1])
