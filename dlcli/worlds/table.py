"""The table format: one outcome a line, under the header ``state,action,next,probability,reward``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.errors import BadData
from dlcli.words.near import did_you_mean
from dlcli.worlds.lines import Line, heads, lines, row
from dlcli.worlds.world import World, transitions_of, waiting, waiting_words

HEADER = "state,action,next,probability,reward"

#: What a cell holds where the table has no such column: a chain has one action only.
DEFAULTS = {"action": "go", "probability": "1", "start": ""}

#: Pairs of names up to which slips of the pen are looked for: a table with more was written by a machine.
COMPARED = 100_000

#: Letters, digits, and every other sign, each by itself; blanks and underscores only stand between them.
PART = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")

#: Letters from which on two words may be alike by mistake: A and B, bad and bed are so on purpose.
SHORTEST = 4


def is_table(text: str) -> bool:
    """Whether a text begins with a header that has the columns ``state`` and ``next``.

    >>> is_table("state,action,next,probability,reward\\na,go,b,1,0"), is_table('grid = "S.G"')
    (True, False)
    """
    return {"state", "next"} <= set(heads(text))


def read_table(text: str) -> World:
    """The world of a table: states in the order of their first line, then those that are only come to.

    A state that no line begins with is an end, and so is one that only stays where it is for nothing, which
    the ``notes`` of the world say; of one that may be a slip of the pen there is a word in the
    ``notes`` of the world. A line may name a state and nothing else; once there are such lines, a next state
    that has no line is refused. Columns may stand in any order. Without ``action`` there is one, without
    ``probability`` it is 1. A column ``start`` holds how likely episodes begin in a state; without it they
    begin in the first that is no end.

    >>> world = read_table("state,next,probability,reward\\nrain,rain,1/2,-1\\nrain,sun,1/2,5\\n")
    >>> world.states, world.transitions.probability
    (('rain', 'sun'), array([0.5, 0.5]))

    Raises ``BadData`` with the line of what is wrong, with state, action and sum where probabilities do not
    add up to 1, and with a state where episodes are to begin and have ended.
    """
    told: list[str] = []
    table = list(lines(text, ("state", "next", "reward"), DEFAULTS, HEADER, told.append))
    states: dict[str, int] = {}
    actions: dict[str, int] = {}
    for line in table:
        _number(states, line.cells["state"] or line.bad("there is no state"))
    columns = [name for name in HEADER.split(",")[1:] if name in heads(text)]
    outcomes = [line for line in table if any(line.cells[name] for name in columns)]
    for line in outcomes:
        if not line.cells["action"]:
            line.bad("there is no action")
        if not line.cells["next"]:
            line.bad("there is no next state")
    if len(outcomes) < len(table):
        _check_ends(outcomes, states, text)
        notes = tuple(told)
    else:
        notes = (*told, *_slips(outcomes, states))
    rows = [
        (
            states[line.cells["state"]],
            _number(states, line.cells["next"]),
            line.value("probability"),
            line.value("reward"),
        )
        for line in outcomes
    ]
    if not rows:
        raise BadData("a world without an outcome: below the header, each line says what an action leads to")
    state, next, chance, reward = map(np.array, zip(*rows, strict=True))
    ends = waiting(state, next, chance, reward)
    going = np.flatnonzero(~np.isin(state, ends))
    action = [_number(actions, outcomes[k].cells["action"]) for k in going.tolist()]
    if ends.size:
        notes = (*notes, waiting_words([[*states][s] for s in ends.tolist()]))
    start = _start(table, states, set(state[going].tolist()))
    kept = state[going], action, next[going], chance[going], reward[going]
    named = tuple(states), tuple(actions)
    return World("world", *named, transitions_of(kept, *named, start), notes=notes)


def _number(numbers: dict[str, int], name: str) -> int:
    """The number of a name, given out in the order in which the names come."""
    return numbers.setdefault(name, len(numbers))


def _check_ends(outcomes: Sequence[Line], known: Collection[str], text: str) -> None:
    """Refuse a next state that no line begins with, in a table that has a line for each of its ends."""
    for line in outcomes:
        name = line.cells["next"]
        if name not in known:
            hint = f"{did_you_mean(name, known)} ".lstrip()
            where = f"action {line.cells['action']} in state {line.cells['state']}"
            line.bad(
                f"{where} leads to {name!r}, which no line begins with: "
                f"{hint}an end needs a line of its own: {row(text, {'state': name})}"
            )


def _slips(outcomes: Sequence[Line], known: Collection[str]) -> Iterator[str]:
    """What to say of each state that no line begins with, and whose name is nearly that of another."""
    ends = {line.cells["next"]: line for line in reversed(outcomes) if line.cells["next"] not in known}
    if len(ends) * (len(known) + len(ends)) > COMPARED:
        return
    others = list(known)
    for name, line in sorted(ends.items(), key=lambda item: item[1].number):
        meant = slip_of(name, others)
        others.append(name)
        if meant is not None:
            yield (
                f"line {line.number}: {name} ends the episode, for no line begins with it; "
                f"did you mean {meant}?"
            )


def slip_of(name: str, others: Iterable[str]) -> str | None:
    """The first of the others that may have been meant by a name, or None.

    That is one of the same letters, large or small, with or without blanks; or one with a single word that
    becomes the same when at most one letter is left out of either: a letter too many or too few, a wrong one,
    two that changed places. Another number is another name.

    >>> slip_of("lectrue 1", ["exercise", "lecture 1"]), slip_of("Phone", ["phone"])
    ('lecture 1', 'phone')
    >>> slip_of("lecture 3", ["lecture 1"]), slip_of("state C", ["state B"]), slip_of("no end", ["low end"])
    (None, None, None)
    """
    parts = _parts(name)
    return next((other for other in others if other != name and _alike(parts, _parts(other))), None)


def _parts(name: str) -> list[str]:
    return PART.findall(name.casefold())


def _alike(parts: list[str], others: list[str]) -> bool:
    if parts and "".join(parts) == "".join(others):
        return True
    if len(parts) != len(others):
        return False
    differing = [pair for pair in zip(parts, others, strict=True) if pair[0] != pair[1]]
    return len(differing) == 1 and all(
        word.isalpha() and len(word) >= SHORTEST for word in differing[0]
    ) and not _shortened(differing[0][0]).isdisjoint(_shortened(differing[0][1]))  # fmt: skip


def _shortened(word: str) -> set[str]:
    """The word, and what is left of it without one of its letters."""
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def _start(table: Sequence[Line], states: Mapping[str, int], going: Collection[int]) -> Array | None:
    """How likely an episode begins in each state, when the table says so; those ``going`` are no ends."""
    chances: dict[str, float] = {}
    for line in table:
        if line.cells["start"]:
            state, chance = line.cells["state"], line.value("start")
            if chances.setdefault(state, chance) != chance:
                line.bad(f"the start of state {state} is {chances[state]:g} above; received {chance:g}")
            if chance and states[state] not in going:
                line.bad(f"episodes end in {state}, so none can start there: leave out its start {chance:g}")
    if not chances:
        return None
    start = np.zeros(len(states))
    start[[states[state] for state in chances]] = list(chances.values())
    return start
