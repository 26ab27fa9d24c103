"""A policy as a table: an action a line, or a state a line with a column for each action."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.policy import checked_policy
from dlcli.errors import BadData, printable
from dlcli.words.near import did_you_mean
from dlcli.worlds.lines import Line, lines
from dlcli.worlds.world import World

HEADER = "state,action,probability"


def read_policy(text: str, world: World) -> Array:
    """The policy (S, A) of a text, checked against a world.

    Under the header ``state,action,probability`` each line gives one action its probability; without the
    last column it is 1. A table with a column for each action (``state,left,right``) has the probabilities
    in it. Terminal states need no line.

    >>> from dlcli.worlds.builtin import random_walk
    >>> read_policy("state,action\\nA,right\\nB,left", random_walk(2))
    array([[0., 0.],
           [0., 1.],
           [1., 0.],
           [0., 0.]])

    Raises ``BadData`` for states and actions that the world does not have, and for probabilities that do not
    add up to 1 in a state that is not terminal.
    """
    states = {name: i for i, name in enumerate(world.states)}
    actions = {name: i for i, name in enumerate(world.actions)}
    policy = np.zeros((len(states), len(actions)))
    given: set[tuple[int, int]] = set()
    for line in lines(text, ("state",), {"probability": "1"}, HEADER):
        row = _place(line, "state", line.cells["state"], states)
        long = "action" in line.cells
        taken = [line.cells["action"]] if long else [head for head in line.cells if head in actions]
        if not taken:
            names = printable(", ".join(list(actions)[:8]))
            raise BadData(f"the header of a policy is {HEADER}, or state and the names of actions: {names}")
        for word in taken:
            place = row, _place(line, "action", word, actions)
            if place in given:
                line.bad(f"action {word} in state {line.cells['state']} has a line above")
            given.add(place)
            policy[place] = line.value("probability" if long else word)
    try:
        return checked_policy(policy, world.transitions, world.states, world.actions)
    except EngineError as error:
        raise BadData(printable(str(error))) from None


def _place(line: Line, what: str, word: str, numbers: Mapping[str, int]) -> int:
    if word in numbers:
        return numbers[word]
    hint = did_you_mean(word, numbers, f"there are {', '.join(list(numbers)[:8])}")
    line.bad(f"the world has no {what} {word!r}: {hint}")
