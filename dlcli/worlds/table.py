"""The table format: one outcome a line, under the header ``state,action,next,probability,reward``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.engines.checks import Array, EngineError
from dlcli.engines.transitions import Transitions
from dlcli.errors import BadData, printable
from dlcli.worlds.lines import Line, heads, lines
from dlcli.worlds.world import World

HEADER = "state,action,next,probability,reward"

#: What a cell holds where the table has no such column: a chain has one action only.
DEFAULTS = {"action": "go", "probability": "1", "start": ""}

#: How alike two names are of which one must be a slip, and up to how many states that is looked for.
ALIKE, COMPARED = 0.85, 1000


def is_table(text: str) -> bool:
    """Whether a text begins with a header that has the columns ``state`` and ``next``.

    >>> is_table("state,action,next,probability,reward\\na,go,b,1,0"), is_table('grid = "S.G"')
    (True, False)
    """
    return {"state", "next"} <= set(heads(text))


def read_table(text: str) -> World:
    """The world of a table: states in the order of their first line, then those that are only come to.

    A state without an outcome is an end. A line may name a state and nothing else; once there are such
    lines, a next state that has no line is refused. Columns may stand in any order. Without ``action``
    there is one, without ``probability`` it is 1. A column ``start`` holds how likely episodes begin in a
    state; without it they begin in the first.

    >>> world = read_table("state,next,probability,reward\\nrain,rain,1/2,-1\\nrain,sun,1/2,5\\n")
    >>> world.states, world.transitions.probability
    (('rain', 'sun'), array([0.5, 0.5]))

    Raises ``BadData`` with the line of what is wrong, and with state, action and sum where probabilities do
    not add up to 1.
    """
    table = list(lines(text, ("state", "next", "reward"), DEFAULTS, HEADER))
    states, actions = _Numbers(), _Numbers()
    for line in table:
        states.of(line.cells["state"] or line.bad("there is no state"))
    known = list(states.numbers)
    outcomes = [line for line in table if line.cells["next"] or line.cells["reward"]]
    for line in outcomes:
        landing = line.cells["next"] or line.bad("there is no next state")
        if landing not in states.numbers:
            _check_end(line, landing, known, named=len(outcomes) < len(table))
    rows = [
        (
            states.of(line.cells["state"]),
            actions.of(line.cells["action"] or line.bad("there is no action")),
            states.of(line.cells["next"]),
            line.value("probability"),
            line.value("reward"),
        )
        for line in outcomes
    ]
    if not rows:
        raise BadData("a world without an outcome: below the header, each line says what an action leads to")
    try:
        transitions = Transitions.of(
            *zip(*rows, strict=True),
            n_states=len(states.numbers),
            n_actions=len(actions.numbers),
            start=_start(table, states),
            states=list(states.numbers),
            actions=list(actions.numbers),
        )
    except EngineError as error:
        raise BadData(printable(str(error))) from None
    return World("world", tuple(states.numbers), tuple(actions.numbers), transitions)


class _Numbers:
    """Names and their numbers, given out in the order in which the names come."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def of(self, name: str) -> int:
        return self.numbers.setdefault(name, len(self.numbers))


def _check_end(line: Line, name: str, known: Sequence[str], *, named: bool) -> None:
    """Refuse a next state that nothing else is said of where that must be a slip of the pen.

    That it is once other ends are named, and where a state is spelt nearly alike: another number at its end
    makes it another state, two letters that changed places do not.
    """
    from difflib import get_close_matches

    near = [state for state in known if state.casefold() == name.casefold()]
    if not near and (named or len(known) <= COMPARED):
        found = get_close_matches(name, known, n=1, cutoff=0.6 if named else ALIKE)
        near = [state for state in found if named or _letters(state) != _letters(name)]
    if not named and not near:
        return
    hint = f"did you mean {near[0]}? " if near else ""
    line.bad(f"there is no state {name!r} to come to: {hint}an end needs a line of its own, {name},,,,")


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalpha())


def _start(table: Sequence[Line], states: _Numbers) -> Array | int:
    """How likely an episode begins in each state."""
    chances: dict[str, float] = {}
    for line in table:
        if line.cells["start"]:
            state, chance = line.cells["state"], line.value("start")
            if chances.setdefault(state, chance) != chance:
                line.bad(f"the start of state {state} is {chances[state]:g} above; received {chance:g}")
    if not chances:
        return 0
    start = np.zeros(len(states.numbers))
    start[[states.of(state) for state in chances]] = list(chances.values())
    return start
