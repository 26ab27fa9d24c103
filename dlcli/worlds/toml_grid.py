"""The grid format: TOML with a drawing, the rewards, and what the letters mean."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

from dlcli.errors import BadData, printable
from dlcli.words.near import did_you_mean
from dlcli.worlds.grid import MOVES, Drawing, Letter, grid_world
from dlcli.worlds.world import World

#: What a letter may be called instead of being described.
WORDS = {
    "floor": Letter(),
    "wall": Letter(wall=True),
    "start": Letter(start=True, label="start"),
    "end": Letter(end=True),
}

KEYS = ("name", "grid", "legend", "step_reward", "bump_reward", "slip", "wind", "moves", "gamma", "max_steps")
YES, TEXT = (bool, "true or false"), (str, "text in quotation marks")
LETTER_KEYS = {
    "wall": YES, "start": YES, "end": YES, "terminal": YES, "reward": None,
    "to": TEXT, "jump": TEXT, "label": TEXT,
}  # fmt: skip

Default = TypeVar("Default", float, None)

#: Cells that a wind may carry: more than any drawing has.
HURRICANE = 1_000_000

#: Steps after which an episode may be called off.
MOST_STEPS = 1_000_000

#: Tables in tables, or lists in lists, that a world has at most: a letter in its legend is the second.
DEEPEST = 8
TOO_DEEP = f"its tables and lists are nested more than {DEEPEST} deep; a world needs a grid and a [legend]"

EXAMPLE = 'grid = """\\nS..\\n.#G\\n"""'


def _deep(value: object) -> bool:
    """Whether a value is nested more than ``DEEPEST`` times."""
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [
            inner
            for one in level
            if isinstance(one, Mapping | list)
            for inner in (one.values() if isinstance(one, Mapping) else one)
        ]
    return bool(level)


def read_grid(text: str) -> World:
    """The world that a TOML text draws.

    Keys: ``grid`` (lines of letters), ``[legend]`` (letter = ``"start"``, ``"end"``, ``"wall"``, a reward,
    or a table of ``end``, ``start``, ``wall``, ``reward``, ``to``, ``jump``, ``label``), ``step_reward``,
    ``bump_reward``, ``slip``, ``wind``, ``moves`` (``"cross"`` or ``"king"``), ``gamma``, ``max_steps``,
    ``name``. What they do is said in ``dlcli.worlds.grid``.

    >>> world = read_grid('step_reward = -1\\ngrid = "S.G"\\n[legend]\\nG = {reward = 10, end = true}')
    >>> float(world.transitions.reward.max())
    10.0

    Raises ``BadData`` for what is not TOML, for keys that are not known, for a letter of which two things are
    said that exclude each other, and as ``grid_world`` does.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadData(f"not TOML: {error}") from None
    except RecursionError:
        raise BadData(TOO_DEEP) from None
    except ValueError:
        raise BadData("not TOML: it holds a number with too many digits") from None
    if _deep(table):
        raise BadData(TOO_DEEP)
    for key in table:
        if key not in KEYS:
            _unknown("key", key, KEYS)
    grid = table.get("grid")
    if not isinstance(grid, str):
        raise BadData(f"a world in TOML needs a drawing of its cells: {EXAMPLE}")
    rows = tuple(line.strip() for line in grid.splitlines() if line.strip())
    legend = table.get("legend", {})
    if not isinstance(legend, Mapping):
        raise BadData("[legend] expects letters and what they mean, such as G = {reward = 1, end = true}")
    moves = table.get("moves", "cross")
    if moves not in MOVES:
        raise BadData(f"moves expects {' or '.join(MOVES)}; received {printable(str(moves))}")
    name = table.get("name", "grid")
    if not isinstance(name, str) or not name:
        raise BadData("name expects a word")
    wind = table.get("wind", [])
    if not isinstance(wind, list) or not all(
        type(force) is int and 0 <= force <= HURRICANE for force in wind
    ):
        raise BadData("wind expects how many cells it carries up in each column, such as [0, 1, 2]")
    bump = _number(table, "bump_reward", None)
    letters = {letter: _letter(letter, meaning) for letter, meaning in legend.items()}
    step, slip = _number(table, "step_reward", 0.0), _number(table, "slip", 0.0, least=0, most=1)
    gamma = _number(table, "gamma", 1.0, least=0, most=1)
    most = table.get("max_steps")
    if most is not None and not (type(most) is int and 1 <= most <= MOST_STEPS):
        raise BadData(f"max_steps expects a whole number from 1 to {MOST_STEPS}; received {most!r}")
    world = grid_world(Drawing(rows, letters, name, step, bump, slip, tuple(wind), moves, gamma))
    return replace(world, max_steps=most)


def _letter(letter: str, meaning: Any) -> Letter:
    """The meaning of a letter from its line of the legend."""
    if len(letter) != 1:
        raise BadData(printable(f"the legend is about single letters; received {letter!r}"))
    if isinstance(meaning, str):
        if meaning not in WORDS:
            _unknown(f"meaning of {letter}", meaning, tuple(WORDS))
        return WORDS[meaning]
    if not isinstance(meaning, Mapping):
        meaning = {"reward": meaning}
    for key in meaning:
        if key not in LETTER_KEYS:
            _unknown(f"key for {letter}", key, tuple(LETTER_KEYS))
    for key, wanted in LETTER_KEYS.items():
        if wanted and key in meaning and not isinstance(meaning[key], wanted[0]):
            raise BadData(f"{key} of {printable(letter)} expects {wanted[1]}")
    said = {"end": meaning.get("terminal", False), **meaning, "reward": _number(meaning, "reward", None)}
    said.pop("terminal", None)
    found = Letter(**said)
    _check(letter, found)
    return found


def _check(letter: str, meaning: Letter) -> None:
    """Refuse what can have no effect beside something else that is said of the same letter."""
    said = {key for key, value in vars(meaning).items() if value is not None and value is not False}
    for key, why, idle in (
        ("wall", "is a wall, which nobody enters", ("start", "end", "reward", "to", "jump")),
        ("to", f"leads to {meaning.to}, so nobody is ever on it", ("start", "end", "jump")),
        ("end", "ends the episode, so nobody jumps from it", ("jump",)),
    ):
        found = [other for other in idle if key in said and other in said]
        if found:
            listed = " and ".join(filter(None, [", ".join(found[:-1]), found[-1]]))
            raise BadData(printable(f"{letter} {why}: leave out {listed}, or {key}"))


def _number(
    table: Mapping[str, Any], key: str, default: Default, *, least: float = -math.inf, most: float = math.inf
) -> float | Default:
    """A finite number in a range, or the default where there is none."""
    if key not in table:
        return default
    value = table[key]
    try:
        number = float(value) if type(value) in (int, float) else math.nan
    except OverflowError:
        raise BadData(f"{key} expects a number; received one with hundreds of digits") from None
    if not (math.isfinite(number) and least <= number <= most):
        between = f" from {least:g} to {most:g}" if math.isfinite(least) else ""
        raise BadData(f"{key} expects a number{between}; received {printable(repr(value))}")
    return number


def _unknown(what: str, word: str, known: tuple[str, ...]) -> NoReturn:
    """Refuse a word, with the nearest that is known."""
    hint = did_you_mean(word, known, f"there are {', '.join(known)}")
    raise BadData(printable(f"no {what} {word!r}: {hint}"))
