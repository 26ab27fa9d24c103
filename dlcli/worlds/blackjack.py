"""Blackjack against a dealer who stands on 17, with cards from decks without end: every chance is exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from dlcli.engines.decisions.transitions import Transitions
from dlcli.tensor import Axis
from dlcli.worlds.world import Layout, Numbers, World

#: What a card counts -> its chance: an ace is 1 here, ten and the three pictures are 10.
CARDS = {card: (4 if card == 10 else 1) / 13 for card in range(1, 11)}

#: The sum from which the dealer takes no further card, and that beyond which one has lost.
STANDS, MOST = 17, 21

#: The least sum of a state: below it another card can do no harm.
LEAST = 12

#: What the dealer's card is called, an ace first.
SHOWN = ("ace", *map(str, range(2, 11)))

ENDS = ("lost", "drawn", "won")
HIT, STICK = 0, 1


def with_card(total: int, ace: bool, card: int) -> tuple[int, bool]:
    """A sum with one card more, and whether an ace in it counts as 11.

    >>> with_card(12, False, 10), with_card(18, True, 6), with_card(10, False, 1)
    ((22, False), (14, False), (21, True))
    """
    total, aces = (total + 11, ace + 1) if card == 1 else (total + card, int(ace))
    while total > MOST and aces:
        total, aces = total - 10, aces - 1
    return total, aces > 0


@cache
def dealt(total: int, ace: bool, stands: int) -> Mapping[tuple[int, bool], float]:
    """What a sum becomes by cards taken until it is at least ``stands`` -> its chance.

    >>> round(sum(chance for (total, _), chance in dealt(16, False, 17).items() if total > 21), 4)
    0.6154
    """
    if total >= stands:
        return {(total, ace): 1.0}
    found: dict[tuple[int, bool], float] = {}
    for card, chance in CARDS.items():
        for end, likely in dealt(*with_card(total, ace, card), stands).items():
            found[end] = found.get(end, 0.0) + chance * likely
    return found


def sticking(total: int, shown: int) -> tuple[float, float, float]:
    """The chances of losing, drawing and winning of who sticks at a sum beside the card that a dealer shows.

    >>> [round(chance, 4) for chance in sticking(20, 10)]
    [0.1114, 0.3422, 0.5464]
    """
    chances = [0.0, 0.0, 0.0]
    for (theirs, _), chance in dealt(*with_card(0, False, shown), STANDS).items():
        chances[1 + (theirs > MOST or total > theirs) - (total < theirs <= MOST)] += chance
    return chances[0], chances[1], chances[2]


def blackjack() -> World:
    """The game as a table: a state for the player's sum, the dealer's card, and whether an ace counts 11.

    A hand with an ace that counts 11 is soft. Below 12 cards are taken without a question, so that games
    begin with 12 or more. The end pays 1, 0 or −1. A sum of 21 is the same with two cards as with more.

    >>> world = blackjack()
    >>> world.states[0], world.states[-4:], world.actions
    ('12 against ace', ('soft 21 against 10', 'lost', 'drawn', 'won'), ('hit', 'stick'))

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, example 5.1.
    """
    sums, shown = range(LEAST, MOST + 1), range(1, 11)
    keys = [(total, card, ace) for ace in (False, True) for total in sums for card in shown]
    place = {key: i for i, key in enumerate(keys)}
    lost = len(keys)
    rows: list[tuple[int, int, int, float, float]] = []
    for (total, card, ace), i in place.items():
        after: dict[int, float] = {}
        for drawn, chance in CARDS.items():
            there, soft = with_card(total, ace, drawn)
            end = lost if there > MOST else place[there, card, soft]
            after[end] = after.get(end, 0.0) + chance
        rows += [(i, HIT, end, chance, -1.0 * (end == lost)) for end, chance in after.items()]
        for end, chance in enumerate(sticking(total, card)):
            rows.append((i, STICK, lost + end, chance, end - 1.0))
    start = np.zeros(len(keys) + 3)
    for first, one in CARDS.items():
        for (total, ace), two in dealt(*with_card(0, False, first), LEAST).items():
            for card, chance in CARDS.items():
                start[place[total, card, ace]] += one * two * chance
    moves = Transitions.of(
        *zip(*rows, strict=True), n_states=len(keys) + 3, n_actions=2, start=start / start.sum()
    )
    return World(
        "blackjack",
        (*(hand_name(*key) for key in keys), *ENDS),
        ("hit", "stick"),
        moves,
        layout=hand_layout([*keys, *[None] * len(ENDS)], ("hit", "stick")),
    )


def hand_name(total: int, shown: int, ace: bool) -> str:
    """A hand as it is called: its sum, what the dealer shows, whether an ace counts 11.

    >>> hand_name(13, 1, True), hand_name(20, 10, False)
    ('soft 13 against ace', '20 against 10')
    """
    return f"{'soft ' * ace}{total} against {SHOWN[shown - 1]}"


def hand_layout(
    hands: Sequence[tuple[int, int, bool] | None], actions: Sequence[str], meaning: str = ""
) -> Layout:
    """Hands as two maps of the sum by the dealer's card, soft ones above hard ones; None is not drawn.

    Sums below 12 and above 21 are not drawn either. ``meaning`` is said behind what letters mean.
    """
    rows = MOST - LEAST + 1
    places = np.full((len(hands), 2), -1)
    for place, hand in zip(places, hands, strict=True):
        if hand is not None and LEAST <= hand[0] <= MOST and 1 <= hand[1] <= len(SHOWN):
            place[:] = (not hand[2]) * rows + hand[0] - LEAST, hand[1] - 1
    letters = [action[0].upper() for action in actions]
    told = ", ".join(f"{letter} {action}" for letter, action in zip(letters, actions, strict=True))
    numbers = Numbers(
        Axis("sum", start=LEAST, step=1),
        Axis("the dealer shows", SHOWN),
        tuple(letters),
        told + meaning,
        ("soft hand", "hard hand"),
    )
    return Layout(places, np.zeros((2 * rows, len(SHOWN)), bool), "".join(letters), numbers=numbers)
