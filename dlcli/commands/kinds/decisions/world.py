"""The worlds that the words of a command line stand for: by name, from a file, down a pipe, of Gymnasium."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO

import numpy as np

from dlcli.errors import BadData, WrongUsage, printable
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block, Reading
from dlcli.wire.read import Literal, open_input, read_tensors
from dlcli.wire.sniff import kind_of
from dlcli.wire.stream import STANDARD_INPUT, Limits, Source
from dlcli.wire.typed.text import read_text
from dlcli.words.near import did_you_mean, known_as
from dlcli.worlds.builtin import WORLDS as NAMED
from dlcli.worlds.builtin import builtin, listed
from dlcli.worlds.gym import PREFIX, SteppedWorld, gym_world
from dlcli.worlds.gym_box import BoxWorld
from dlcli.worlds.read import read_world, tensor_world
from dlcli.worlds.world import World

#: What a world may be called, and what it is.
WORLD_WORDS = {
    **{name + world.argument: world.what for name, world in NAMED.items()},
    "gym:ID[?KEY=VALUE&…]": "A toy text world of Gymnasium: gym:FrozenLake-v1?is_slippery=false.",
    "FILE": "A table state,action,next,probability,reward, or TOML with a grid: see sample:student "
    "and sample:maze.",
}

#: How the names of files end that may hold a world.
ENDINGS = (".toml", ".csv", ".tsv", ".json", ".npz", ".safetensors")

#: How many notes about one file are told.
NOTES = 3

#: A heading of TOML, which begins as a list of JSON does.
HEADING = re.compile(r"\s*\[\s*[A-Za-z_]")


def worlds(
    word: str, environment: Environment, limits: Limits, block: Block | None = None
) -> Iterator[World | SteppedWorld | BoxWorld]:
    """The worlds of one word: usually one, several where sizes are listed or several tensors arrive.

    Raises ``BadData`` when the word is no name, no file and no sample, with the nearest of them.
    """
    if word.startswith(PREFIX):
        yield gym_world(word)
        return
    named = listed(word if os.path.lexists(word) else known_as(word, NAMED))
    if builtin(named[0]) is not None:
        for each in named:
            made = builtin(each)
            assert made is not None
            yield made
        return
    literal = Literal("a world", f"the worlds with names are {', '.join(NAMED)}", lambda: NAMED, ENDINGS)
    with open_input(word, stdin=environment.stdin, literal=literal) as source:
        if source.at_end():
            source.bad("nothing in it (0 bytes)")
        for world in _read(source, limits):
            _tell(world.notes, source.name, environment)
            yield world


def _tell(notes: Sequence[str], name: str, environment: Environment) -> None:
    """Say what was made of a file, in a few lines on standard error."""
    for note in notes[:NOTES]:
        environment.say(f"dlcli: {printable(f'{name}: {note}')}")
    if len(notes) > NOTES:
        environment.say(f"dlcli: {printable(name)}: and {len(notes) - NOTES} more such")


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
    more = f" and {len(world.states) - 8} more" if len(world.states) > 8 else ""
    hint = did_you_mean(word, world.states, f"there are {', '.join(world.states[:8])}{more}")
    raise WrongUsage(printable(f"{option} {word}: there is no such state: {hint}"))


#: What the manual pages say of the words for worlds.
ABOUT = (
    "A WORLD is a name with what may follow it; gym:ID for a world of Gymnasium; a file; - or nothing for "
    "standard input; or sample:NAME for a world that comes with the program.",
    "A table (CSV or TSV) has the header state,action,next,probability,reward and a line for each outcome of "
    "each action. A state that no line begins with ends the episode, and so does one in which all that can "
    "be done is to stay for nothing; when the name of a state without a line is nearly that of another "
    "state, a line on standard error asks whether that one was meant. A line may name an end and nothing "
    "else (asleep,,,,); once one does, every end needs a line, and any other next state is refused. Episodes "
    "begin in the first state that is no end, or where a column start has their probability. The "
    "probabilities of an action in a state add up to 1; fractions such as 1/3 are numbers.",
    "A drawing is TOML: grid holds a letter for each cell, the table legend what letters mean. Known without "
    "a legend are . (floor), # (wall), S (start) and G (end). In the legend a letter is floor, wall, start, "
    "end, a reward, or a table of these: reward (for entering, instead of the step's), end, start, wall, "
    "to (who enters finds himself on the cell of that letter), jump (every action leads to the cell of that "
    "letter and pays reward), label. Beside the grid stand step_reward (0), bump_reward (for a move that "
    "stays on the spot; as the step's), slip (the probability of going to one side instead, half as often to "
    "either), wind (cells that each column carries up), moves (cross or king), gamma, name, and max_steps, "
    "after which td cuts an episode. Without a start, episodes begin anywhere but at an end.",
    "What --emit transitions wrote is a world, too.",
    "A world of Gymnasium has the options that its maker has, as KEY=VALUE behind a question mark: true or "
    "false (or yes and no, on and off), a number, a word; commas between several numbers or words. "
    "gym:Blackjack-v1 and others without a table of transitions can only be stepped in, by td; where what is "
    "observed is a row of numbers (gym:CartPole-v1), by td --control with --approximate.",
)

#: Worlds: a name, a file, a sample, a pipe.
WORLDS = Reading(
    worlds,
    "a world such as random-walk, a file or sample:NAME",
    names=lambda: NAMED,
    metavar="WORLD",
    bounds=("max_bytes",),
    about=ABOUT,
)
