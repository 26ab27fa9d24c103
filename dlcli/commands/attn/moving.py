"""An attention query by query, picture by picture: scores, their shares, and the sum that these weigh."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType

from dlcli.commands.attn.record import Work
from dlcli.tensor import Array
from dlcli.views.frames import DIGITS, Frames, name_of_part, thinned
from dlcli.views.screen.colour import coloured
from dlcli.views.shelf import Shelf
from dlcli.views.tables.board import Board, in_decimals
from dlcli.views.text.text import clip, plain
from dlcli.words.number import counted, number

QUERIES = 60  # pictures
KEYS = 12  # keys and queries that are shown; of more, those with the largest shares
FEATURES = 5  # numbers of a value that are shown
TERMS = 8  # of a sum that are written out
WORD = 9  # letters of a label


def queries(work: Work, *, precision: int = DIGITS, most: int | None = None) -> Frames:
    """The queries of the head that is looked into, one after the other."""
    count = int(work.parts[0].shape[-2])
    shown = thinned(count, most or QUERIES)
    return Frames(_queries(work, shown, precision), len(shown), count, "queries", 1.0)


def _queries(work: Work, shown: list[int], precision: int) -> Iterator[RenderableType]:
    """Each query with its row of scores, the table of shares so far, and the values that it adds up."""
    query, key = work.axes
    count, keys = work.parts[0].shape[-2], work.parts[1].shape[-2]
    all_shares = np.stack([work.row(q).weights[0] for q in range(count)]) if count <= KEYS else None
    values = work.of_head(2)[:, :FEATURES]
    value_texts = in_decimals(values, precision)
    wide = max(precision + 4, *(len(text) for text in value_texts.ravel().tolist()))
    for q in shown:
        row = work.row(q)
        seen = np.sort(np.argsort(-row.weights[0], kind="stable")[:KEYS]) if keys > KEYS else np.arange(keys)
        names = tuple(clip(key.place(k), WORD) for k in seen.tolist())
        shares = row.weights[0]
        steps = [("score", row.scores[0])]
        steps += [("scaled", row.scaled[0])] if work.scales else []
        steps += [("masked", row.masked[0])] if work.alters else []
        steps.append(("share", shares))
        texts = np.array([in_decimals(numbers[seen], precision) for _, numbers in steps])
        lit = np.zeros(texts.shape, bool)
        lit[-1] = True
        board = Board(texts, lit=lit, rows=tuple(name for name, _ in steps), columns=names, wide=wide)
        word = clip(query.place(q), 24)
        of_head = f", head {work.head}" if work.heads > 1 else ""
        told = f"query {q + 1} of {count}: {word}{of_head}"
        title = plain(name_of_part(told, len(seen), keys, "keys, the largest shares"), "bold")
        below: list[tuple[str, RenderableType]] = []
        if all_shares is not None and keys <= KEYS:
            below.append(("shares", _table(work, all_shares, q, precision)))
        found = in_decimals(row.output[0, :FEATURES], precision)
        weighed = _weighed(in_decimals(shares[seen], precision), value_texts[seen], found, names, wide)
        below.append((_values_name(work), weighed))
        yield Group(title, board, Shelf(below), plain(_sum(shares, values, row.output[0], seen, precision)))


def _table(work: Work, shares: Array, q: int, precision: int) -> Board:
    """The shares of the queries so far."""
    query, key = work.axes
    texts = in_decimals(shares, precision)
    texts[q + 1 :] = ""
    lit = np.zeros(texts.shape, bool)
    lit[q] = True
    return Board(
        texts,
        lit=lit,
        grounds=coloured("sequential", np.nan_to_num(shares)),
        rows=tuple(clip(query.place(i), WORD) for i in range(len(shares))),
        columns=tuple(clip(key.place(i), WORD) for i in range(shares.shape[1])),
        wide=precision + 2,
    )


def _weighed(shares: Array, values: Array, found: Array, names: tuple[str, ...], wide: int) -> Board:
    """The values, each with its share, and below them what they add up to."""
    texts = np.concatenate([values, found[None]])
    below = np.full(texts.shape, "", object)
    below[:-1, 0] = [f"×{text}" for text in shares]
    lit = np.zeros(texts.shape, bool)
    lit[-1] = True
    return Board(texts, lit=lit, below=below, rows=(*names, "output"), wide=wide)


def _values_name(work: Work) -> str:
    """How many numbers of the values are shown."""
    return name_of_part("values", FEATURES, work.of_head(2).shape[1], "numbers")


def _sum(shares: Array, values: Array, output: Array, seen: Array, precision: int) -> str:
    """The first number of the output as the sum that it is."""
    terms = " + ".join(
        f"{number(shares[k], precision)}·{_factor(number(values[k, 0], precision))}"
        for k in seen.tolist()[:TERMS]
    )
    rest = len(shares) - min(len(seen), TERMS)
    more = f" + {counted(rest, 'term')} more" if rest else ""
    return f"output[0] = {terms}{more} = {number(output[0], precision)}"


def _factor(text: str) -> str:
    return text if text[:1].isdigit() else f"({text})"
