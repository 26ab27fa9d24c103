"""A causal transformer token by token, picture by picture: what the cache holds, what a token finds there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType

from dlcli.commands.transformer.record import Work
from dlcli.engines.attention.heads import MultiHead
from dlcli.errors import WrongUsage
from dlcli.tensor import Array
from dlcli.views.frames import DIGITS, Frames, name_of_part, thinned
from dlcli.views.screen.colour import coloured
from dlcli.views.shelf import Shelf
from dlcli.views.tables.board import Board, in_decimals
from dlcli.views.text.text import clip, plain

STEPS = 60  # pictures
SEEN = 12  # tokens beside each other, the last of longer ones
NUMBERS = 4  # of a key and of a value
WORD = 9  # letters of a label


def decoding(work: Work, *, precision: int = DIGITS, most: int | None = None) -> Frames:
    """The steps of decoding with a cache, in the first head of the block that is looked at.

    Raises ``WrongUsage`` where all tokens are seen at once.
    """
    if not work.design.causal:
        raise WrongUsage("nothing moves where all tokens are seen at once: add --causal")
    count = len(work.decoding)
    shown = thinned(count, most or STEPS)
    return Frames(_steps(work, shown, precision), len(shown), count, "steps", 1.0)


def _steps(work: Work, shown: list[int], precision: int) -> Iterator[RenderableType]:
    """Each token with what it adds to the cache, its shares of what is there, and what that saves."""
    part = next(step.part for step in work.block.steps if isinstance(step.part, MultiHead))
    attended, axis = part.attended, work.tokens.tensor.axes[0]
    keys, values, shares = (
        np.asarray(one).reshape(-1, *one.shape[-2:])[0]
        for one in (attended.key, attended.value, attended.weights)
    )
    count = len(keys)
    names = [clip(axis.place(i), WORD) for i in range(count)]
    of = f"; {SEEN} of {count} tokens side by side" if count > SEEN else ""
    for t in shown:
        last = max(SEEN, t + 1) if count > SEEN else count
        seen = range(max(0, last - SEEN), last)
        told = [names[i] for i in seen]
        lit = np.zeros(len(seen), bool)
        lit[t - seen.start] = True
        blocks: list[tuple[str, RenderableType]] = [
            (
                name_of_part(f"{name} in the cache", NUMBERS, one.shape[1], "numbers"),
                _cached(one[list(seen), :NUMBERS], told, lit, precision),
            )
            for name, one in (("keys", keys), ("values", values))
        ]
        row = shares[t, list(seen)]
        texts = in_decimals(row, precision)[:, None]
        texts[t + 1 - seen.start :] = ""
        grounds = coloured("sequential", row)[:, None]
        looked = Board(texts, grounds=grounds, rows=tuple(told), wide=precision + 2)
        blocks.append(("share", looked))
        took = work.decoding[t].products
        title = plain(
            f"step {t + 1} of {count}: {clip(axis.place(t), 24)}, block {work.layer}, head 0{of}", "bold"
        )
        saved = f"this step multiplies {took.cached:,} times; without the cache it would {took.again:,} times"
        yield Group(title, Shelf(blocks), plain(saved))


def _cached(numbers: Array, names: list[str], lit: Array, precision: int) -> Board:
    """What was kept until now, a row for each token, the new one lit up."""
    texts = in_decimals(numbers, precision)
    texts[int(lit.argmax()) + 1 :] = ""
    lit = np.repeat(lit[:, None], numbers.shape[1], axis=1)
    return Board(texts, lit=lit, rows=tuple(names), wide=precision + 4)
