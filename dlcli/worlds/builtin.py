"""The worlds that have a name, most of them from the textbook of the field."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlcli.engines.decisions.sampling import normal_quantile
from dlcli.engines.decisions.transitions import Transitions
from dlcli.errors import BadData, printable
from dlcli.worlds.access_control import SERVERS, access_control
from dlcli.worlds.bandit import ARMS, MOST_ARMS, bandit
from dlcli.worlds.blackjack import blackjack
from dlcli.worlds.cars import ROOM, cars
from dlcli.worlds.gambler import HEADS, gambler
from dlcli.worlds.toml_grid import read_grid
from dlcli.worlds.world import Layout, World

#: States that a built-in world may have; cars at each place; numbers that a reward which is spread may be.
MOST = 1_000_000
MOST_CARS = 20
MOST_SERVERS = 50
SPREAD = 20

JUMPS = """
name = "gridworld:5x5"
gamma = 0.9
bump_reward = -1
grid = '''
.A.B.
.....
...b.
.....
.a...
'''
[legend]
A = {jump = "a", reward = 10, label = "to a for 10"}
B = {jump = "b", reward = 5, label = "to b for 5"}
a = "floor"
b = "floor"
"""

CLIFF = """
name = "cliff"
step_reward = -1
grid = '''
............
............
............
SCCCCCCCCCCG
'''
[legend]
C = {reward = -100, to = "S", label = "cliff: −100, back to S"}
"""

WINDY = """
name = "windy"
step_reward = -1
wind = [0, 0, 0, 1, 1, 1, 2, 2, 1, 0]
grid = '''
..........
..........
..........
S......G..
..........
..........
..........
'''
"""

MAZE = """
name = "dyna-maze"
gamma = 0.95
grid = '''
.......#G
..#....#.
S.#....#.
..#......
.....#...
.........
'''
[legend]
G = {end = true, reward = 1, label = "goal: 1"}
"""

LAKE = """
name = "frozen-lake:{size}"
slip = 0.6666666666666666
grid = '''
{rows}
'''
[legend]
F = "floor"
H = {{end = true, label = "hole"}}
G = {{end = true, reward = 1, label = "goal: 1"}}
"""

LAKES = {
    "4x4": "SFFF FHFH FFFH HFFG",
    "8x8": "SFFFFFFF FFFFFFFF FFFHFFFF FFFFFHFF FFFHFFFF FHHFFFHF FHFFHFHF FFFHFFFG",
}


@dataclass(frozen=True)
class BuiltinWorld:
    """A built-in world: its description, what may follow its name, and the function that makes it."""

    argument: str
    what: str
    make: Callable[[str], World]


def random_walk(n: int = 5, *, left: float = 0.0) -> World:
    """A chain of n states between two ends; stepping off them pays ``left`` or 1, all else 0.

    State 0 is the left end, n + 1 the right one; episodes start in the middle. Up to 26 states are called
    A, B, C, …; more have numbers. Source: Sutton and Barto, Reinforcement Learning, 2nd edition, example
    6.2 (n = 5) and, with ``left=-1`` and n = 19, example 7.1.

    >>> walk = random_walk()
    >>> walk.states
    ('left end', 'A', 'B', 'C', 'D', 'E', 'right end')
    """
    inner = np.arange(1, n + 1)
    state = np.repeat(inner, 2)
    action = np.tile([0, 1], n)
    landing = state + 2 * action - 1
    reward = np.where(landing == n + 1, 1.0, np.where(landing == 0, left, 0.0))
    names = [chr(ord("A") + i) for i in range(n)] if n <= 26 else [str(i) for i in range(1, n + 1)]
    states = ("left end", *names, "right end")
    transitions = Transitions.of(
        state, action, landing, np.ones(2 * n), reward, n_states=n + 2, n_actions=2, start=(n + 1) // 2
    )
    places = np.stack([np.zeros(n + 2, np.intp), np.arange(n + 2)], axis=1)
    marks = {(0, i + 1): name for i, name in enumerate(names)}
    layout = Layout(places, np.zeros((1, n + 2), bool), "←→", marks)
    return World(f"random-walk:{n}", states, ("left", "right"), transitions, layout=layout)


def corners(rows: int, columns: int) -> World:
    """A grid whose top left and bottom right corners end the episode; every move before that costs 1.

    Source: Sutton and Barto, example 4.1 (4 × 4).
    """
    lines = [["."] * columns for _ in range(rows)]
    lines[0][0] = lines[-1][-1] = "T"
    drawing = "\n".join(map("".join, lines))
    world = f"name = 'gridworld:{rows}x{columns}'\nstep_reward = -1\ngrid = '''\n{drawing}\n'''\n"
    return read_grid(f"{world}[legend]\nT = 'end'\n")


def predictor() -> World:
    """Eight episodes as a world: one went A, 0, B, 0; six went B, 1; one went B, 0.

    Source: Sutton and Barto, example 6.4: the chain that makes these episodes most likely.
    """
    transitions = Transitions.of(
        [0, 1, 1], [0, 0, 0], [1, 2, 2], [1, 0.75, 0.25], [0, 1, 0], n_states=3, n_actions=1,
        start=[1 / 8, 7 / 8, 0],
    )  # fmt: skip
    return World("predictor", ("A", "B", "end"), ("go",), transitions)


def _walk(argument: str) -> World:
    text = argument or "5"
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MOST or len(text) > 8:
        raise BadData(f"'{printable(text)}' is no number of states from 1 to {MOST}; try random-walk:19")
    return random_walk(int(text))


def _bandit(argument: str) -> World:
    text = argument or str(ARMS)
    if not text.isdecimal() or len(text) > 8 or not 2 <= int(text) <= MOST_ARMS:
        raise BadData(f"'{printable(text)}' is no number of arms from 2 to {MOST_ARMS}; try bandit:10")
    return bandit(int(text))


def _grid(argument: str) -> World:
    size = re.fullmatch(r"(\d{1,7})x(\d{1,7})", argument or "4x4")
    if size is None:
        raise BadData(f"gridworld:{printable(argument)} is no size in rows x columns; try gridworld:4x4")
    rows, columns = int(size[1]), int(size[2])
    if (rows, columns) == (5, 5):
        return read_grid(JUMPS)
    if rows * columns < 3 or rows * columns > MOST:
        raise BadData(f"a gridworld has 3 to {MOST} cells; received {rows} × {columns}")
    return corners(rows, columns)


def _lake(argument: str) -> World:
    size = argument or "4x4"
    if size not in LAKES:
        raise BadData(f"there is no frozen-lake:{printable(size)}; try frozen-lake:4x4 or frozen-lake:8x8")
    return read_grid(LAKE.format(size=size, rows="\n".join(LAKES[size].split())))


def _cars(argument: str) -> World:
    text = argument or str(ROOM)
    if not text.isdecimal() or len(text) > 8 or not 1 <= int(text) <= MOST_CARS:
        raise BadData(f"'{printable(text)}' is no number of cars from 1 to {MOST_CARS}; try cars:20")
    return cars(int(text))


def _gambler(argument: str) -> World:
    try:
        heads = float(argument or HEADS)
    except ValueError:
        heads = -1.0
    if not 0 < heads < 1:
        raise BadData(f"'{printable(argument)}' is no chance of heads between 0 and 1; try gambler:0.4")
    return gambler(heads)


def maximization_bias(actions: int = 10) -> World:
    """From A to the right for nothing; or to the left, to B, whose actions all pay −0.1 on average.

    What they pay is spread by 1 about that: 20 numbers that are equally likely, as a normal distribution has
    them, so that some of the actions seem to be worth more than 0 for a long time.

    >>> world = maximization_bias(2)
    >>> world.states, world.actions, world.transitions.expected_reward[1].round(12)
    (('A', 'B', 'end'), ('right', 'left', 'left 1', 'left 2'), array([ 0. ,  0. , -0.1, -0.1]))

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, example 6.7.
    """
    spread = normal_quantile((np.arange(SPREAD) + 0.5) / SPREAD)
    spread /= np.sqrt(np.add.reduce(spread * spread) / SPREAD)
    transitions = Transitions.of(
        [0, 0, *[1] * (actions * SPREAD)],
        [0, 1, *np.repeat(np.arange(2, actions + 2), SPREAD)],
        [2, 1, *[2] * (actions * SPREAD)],
        [1.0, 1.0, *[1 / SPREAD] * (actions * SPREAD)],
        [0.0, 0.0, *np.tile(spread - 0.1, actions)],
        n_states=3,
        n_actions=actions + 2,
    )
    named = ("right", "left", *(f"left {a + 1}" for a in range(actions)))
    return World(f"maximization-bias:{actions}", ("A", "B", "end"), named, transitions)


def _access(argument: str) -> World:
    text = argument or str(SERVERS)
    if not text.isdecimal() or len(text) > 8 or not 1 <= int(text) <= MOST_SERVERS:
        raise BadData(
            f"'{printable(text)}' is no number of servers from 1 to {MOST_SERVERS}; try access-control:10"
        )
    return access_control(int(text))


def _bias(argument: str) -> World:
    text = argument or "10"
    if not text.isdecimal() or len(text) > 8 or not 1 <= int(text) <= MOST_ARMS:
        raise BadData(
            f"'{printable(text)}' is no number of actions from 1 to {MOST_ARMS}; try maximization-bias:10"
        )
    return maximization_bias(int(text))


#: Name -> the world.
WORLDS = {
    "random-walk": BuiltinWorld(
        "[:N,...]", "N states (5) in a row; stepping off its right end pays 1; 5,9,19: three worlds.", _walk
    ),
    "gridworld": BuiltinWorld(
        "[:RxC]", "4x4: a move costs 1, two corners are ends; 5x5: A and B jump and pay.", _grid
    ),
    "cliff": BuiltinWorld(
        "", "From S to G along a cliff; a step costs 1, a fall 100.", lambda _: read_grid(CLIFF)
    ),
    "windy": BuiltinWorld("", "From S to G across a wind that blows upwards.", lambda _: read_grid(WINDY)),
    "frozen-lake": BuiltinWorld("[:8x8]", "From S to G over slippery ice with holes in it.", _lake),
    "bandit": BuiltinWorld(
        "[:K]", "K arms (10) that pay about what each is worth; that is drawn anew for each run.", _bandit
    ),
    "cars": BuiltinWorld(
        "[:N]", "Jack's car rental: up to N cars (20) at two places, up to five moved over night.", _cars
    ),
    "gambler": BuiltinWorld(
        "[:P]", "A stake on a coin that shows heads with P (0.4), again and again, from 50 to 100.", _gambler
    ),
    "blackjack": BuiltinWorld(
        "", "Hit or stick against a dealer who stands on 17; the end pays 1, 0 or −1.", lambda _: blackjack()
    ),
    "maximization-bias": BuiltinWorld(
        "[:N]", "To the right for nothing, or to N actions (10) that pay −0.1 ± 1 on average.", _bias
    ),
    "dyna-maze": BuiltinWorld(
        "", "From S to G around walls, 14 steps at least; the goal pays 1.", lambda _: read_grid(MAZE)
    ),
    "access-control": BuiltinWorld(
        "[:N]", "N servers (10), customers who pay 1, 2, 4 or 8: accept or reject, without an end.", _access
    ),
    "predictor": BuiltinWorld("", "Two states, from eight episodes that were seen.", lambda _: predictor()),
}


def listed(word: str) -> tuple[str, ...]:
    """The words of several worlds that differ in their size alone, or the word itself.

    >>> listed("random-walk:5,9"), listed("random-walk"), listed("a,b.csv")
    (('random-walk:5', 'random-walk:9'), ('random-walk',), ('a,b.csv',))

    Raises ``BadData`` where a size is missing.
    """
    name, _, argument = word.partition(":")
    if name not in WORLDS or not WORLDS[name].argument or "," not in argument:
        return (word,)
    sizes = [part.strip() for part in argument.split(",")]
    if not all(sizes):
        raise BadData(
            f"{printable(word)}: a size is missing beside a comma; write sizes as in random-walk:5,9,19"
        )
    return tuple(f"{name}:{size}" for size in sizes)


def builtin(word: str) -> World | None:
    """The world of a name and what follows it after a colon; None when there is no such name.

    >>> built = builtin("random-walk:19")
    >>> built.transitions.n_states, built.attrs["source"]
    (21, 'random-walk:19')
    >>> builtin("conv") is None
    True

    Raises ``BadData`` when what follows the colon means nothing to that world.
    """
    name, _, argument = word.partition(":")
    if name not in WORLDS:
        return None
    world = WORLDS[name]
    if argument and not world.argument:
        raise BadData(f"nothing may follow the name of this world; received '{printable(argument)}'")
    return world.make(argument).with_attrs(source=word)
