"""The worlds that the words of a command line stand for: by name, from a file, down a pipe, of Gymnasium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from io import BytesIO

import numpy as np

from dlcli.errors import BadData, WrongUsage, printable
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block, Reading
from dlcli.wire.limits import Limits
from dlcli.wire.read import STANDARD_INPUT, Literal, open_input, read_tensors
from dlcli.wire.sniff import kind_of
from dlcli.wire.stream import Source
from dlcli.wire.text import read_text
from dlcli.worlds.builtin import WORLDS as NAMED
from dlcli.worlds.builtin import builtin
from dlcli.worlds.gym import PREFIX, SteppedWorld, gym_world
from dlcli.worlds.read import read_world, tensor_world
from dlcli.worlds.world import World

#: A heading of TOML, which begins as a list of JSON does.
HEADING = re.compile(r"\s*\[\s*[A-Za-z_]")


def worlds(
    word: str, environment: Environment, limits: Limits, block: Block | None = None
) -> Iterator[World | SteppedWorld]:
    """The worlds of one word: usually one, several where several tensors arrive in a pipe.

    Raises ``BadData`` when the word is no name, no file and no sample, with the nearest of them.
    """
    if word.startswith(PREFIX):
        yield gym_world(word)
        return
    named = builtin(word)
    if named is not None:
        yield named
        return
    names = ", ".join(NAMED)
    literal = Literal("a world", f"the worlds with names are {names}", lambda: NAMED)
    with open_input(word, stdin=environment.stdin, literal=literal) as source:
        if source.at_end():
            source.bad("nothing in it (0 bytes)")
        yield from _read(source, limits)


def _read(source: Source, limits: Limits) -> Iterator[World]:
    origin = "-" if source.name == STANDARD_INPUT else source.name
    kind = kind_of(source)
    if kind in ("text", "json"):
        text = read_text(source, limits=limits)
        if kind == "text" or HEADING.match(text):
            try:
                world = read_world(text)
            except BadData as error:
                source.bad(str(error))
            yield world.with_attrs(source=origin)
            return
        source = Source(BytesIO(text.encode()), source.name)
    for tensor in read_tensors(source, limits=limits):
        try:
            yield tensor_world(tensor)
        except BadData as error:
            source.bad(str(error))


def started(world: World, word: str | None) -> World:
    """The world whose episodes begin in the state that ``--start`` names; the world itself without one.

    Raises ``WrongUsage`` when there is no such state, or episodes end in it.
    """
    if word is None:
        return world
    state = place(world, word, "--start")
    moves = world.transitions
    if moves.terminal[state]:
        raise WrongUsage(f"--start {printable(word)}: episodes end in that state")
    start = np.zeros(moves.n_states)
    start[state] = 1.0
    start.flags.writeable = False
    return replace(world, transitions=replace(moves, start=start))


def place(world: World, word: str, option: str) -> int:
    """The number of a state, given by its name or by that number.

    Raises ``WrongUsage`` with the nearest name when there is none.
    """
    if word in world.states:
        return world.states.index(word)
    if word.isdecimal() and int(word) < len(world.states):
        return int(word)
    near = get_close_matches(word, world.states, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(world.states[:8])}"
    more = f" and {len(world.states) - 8} more" if not near and len(world.states) > 8 else ""
    raise WrongUsage(printable(f"{option} {word}: there is no such state: {hint}{more}"))


#: Worlds: a name, a file, a sample, a pipe.
WORLDS = Reading(
    worlds,
    "a world such as random-walk, a file or sample:NAME",
    names=lambda: NAMED,
    metavar="WORLD",
    bounds=("max_bytes",),
)
