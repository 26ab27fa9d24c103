"""A decoder that writes, picture by picture: what it may say next, and what it has said."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.seq2seq.record import Work
from dlcli.tensor import Array
from dlcli.views.frames import DIGITS, Frames, name_of_part, thinned
from dlcli.views.screen.colour import coloured
from dlcli.views.shelf import Shelf
from dlcli.views.tables.board import Board, in_decimals
from dlcli.views.text.text import clip, plain
from dlcli.words.number import counted, number

STEPS = 60  # pictures
WORDS = 8  # tokens that are shown at a step, the likeliest
READ = 12  # states of the encoder beside each other
UNITS = 6  # numbers of a state
WORD = 12  # letters of a label


def writing(work: Work, *, precision: int = DIGITS, most: int | None = None) -> Frames:
    """The steps of the decoder, one after the other."""
    count = len(work.decoded.tokens)
    shown = thinned(count, most or STEPS)
    return Frames(_steps(work, shown, precision), len(shown), count, "steps", 1.0)


def _steps(work: Work, shown: list[int], precision: int) -> Iterator[RenderableType]:
    """Each step: its state, where it looks, the likeliest tokens, what has been said until then."""
    decoded, target = work.decoded, work.translator.target
    said = [clip(word, WORD) for word in work.words(decoded.tokens)]
    count, chances = len(said), decoded.probabilities
    read = [clip(work.read_axis.place(i), WORD) for i in range(len(work.encoded.states))][:READ]
    for t in shown:
        before = " ".join(said[:t]) or "nothing"
        title = plain(f"step {t + 1} of {count}: “{said[t]}”, after {clip(before, 60)}", "bold")
        best = np.argsort(-chances[t], kind="stable")[:WORDS]
        if decoded.tokens[t] not in best:
            best[-1] = decoded.tokens[t]
        lit = (best == decoded.tokens[t])[:, None]
        odds = Board(
            in_decimals(chances[t, best], precision)[:, None], lit=lit,
            rows=tuple(f"{clip(target[token], WORD):<{WORD}}" for token in best.tolist()), wide=precision + 4,
        )  # fmt: skip
        state = in_decimals(decoded.states[t : t + 1, :UNITS], precision).T
        units = tuple(f"unit {i}" for i in range(len(state)))
        blocks: list[tuple[str, RenderableType]] = [
            (
                name_of_part("state", UNITS, decoded.states.shape[1], "units"),
                Board(state, rows=units, wide=precision + 4),
            ),
            (name_of_part("p of the next", WORDS, chances.shape[1], "tokens"), odds),
        ]
        if decoded.alignment is not None:
            looked = decoded.alignment[:, : len(read)]
            texts = in_decimals(looked, precision)
            texts[t + 1 :] = ""
            lit = np.zeros(texts.shape, bool)
            lit[t] = True
            looks = name_of_part("looks at", READ, len(work.encoded.states), "steps")
            blocks.append((looks, Board(
                texts, lit=lit, grounds=coloured("sequential", looked), rows=tuple(said), columns=tuple(read),
                wide=precision + 4,
            )))  # fmt: skip
        product = plain(_product(np.exp(decoded.chosen[: t + 1]), precision))
        yield Group(title, *_chosen(work), Shelf(blocks), product)


def _chosen(work: Work) -> list[Text]:
    """Why a token may be said although another one was likelier."""
    if work.sampling is not None:
        return [plain("the tokens are drawn: it is not always the likeliest that is said")]
    if work.trace:
        kept = counted(len(work.trace[-1]), "answer")
        return [
            plain(f"of the {kept} that --beam {work.beam} followed, this one is the likeliest as a whole")
        ]
    return [plain("it is made to say the target")] if work.target is not None else []


def _product(chances: Array, precision: int) -> str:
    """The probability of all that has been said, as the product that it is."""
    factors = [number(chance, precision) for chance in chances.tolist()]
    if len(factors) == 1:
        return f"p = {factors[0]}"
    shown = " · ".join(factors if len(factors) <= WORDS else [factors[0], "…", *factors[-2:]])
    return f"p = {shown} = {number(float(np.prod(chances)), precision)}"
