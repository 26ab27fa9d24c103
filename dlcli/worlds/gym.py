"""Worlds of Gymnasium: ``gym:FrozenLake-v1?is_slippery=false``, by their table or by stepping in them."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.transitions import Transitions
from dlcli.errors import BadData, DlcliError, printable
from dlcli.tensor import Attr
from dlcli.worlds.gym_box import BoxWorld, box_world, is_box
from dlcli.worlds.gym_options import KnownOptions, split_options, typed_options
from dlcli.worlds.world import Layout, World

PREFIX = "gym:"
INSTALL = "pip install 'dlcli[rl]'"

#: What the actions of these worlds are called, in their order; those of others have numbers.
ACTIONS = {
    "FrozenLake": ("left", "down", "right", "up"),
    "FrozenLake8x8": ("left", "down", "right", "up"),
    "CliffWalking": ("up", "right", "down", "left"),
    "CliffWalkingSlippery": ("up", "right", "down", "left"),
    "Taxi": ("south", "north", "east", "west", "pickup", "dropoff"),
    "Blackjack": ("stick", "hit"),
    "CartPole": ("left", "right"),
    "MountainCar": ("left", "coast", "right"),
    "LunarLander": ("nothing", "left engine", "main engine", "right engine"),
}
ARROWS = {"left": "←", "up": "↑", "right": "→", "down": "↓"}
MEANINGS = {"S": "start", "H": "hole", "G": "goal"}

#: What some of these worlds do beside what their table says: then that table is not theirs.
BESIDE = ("fickle_passenger",)

MOST = 1_000_000  # states


class Simulator:
    """An episode simulator: one agent in a Gymnasium world, seeded once.

    ``reset()`` gives the state in which an episode begins, ``step(action)`` the next state, the reward, and
    whether the episode is over; when it is, the state is the last one, ``end``.
    """

    def __init__(
        self, environment: Any, place: Callable[[Any], int], end: int, seed: int, name: str = "the world"
    ) -> None:
        self._environment, self._place, self._end, self._name = environment, place, end, name
        self._seed: int | None = seed

    def reset(self) -> int:
        """Begin an episode. Raises ``DlcliError`` when the world cannot."""
        try:
            observation, _ = self._environment.reset(seed=self._seed)
            self._seed = None
            return self._place(observation)
        except Exception as error:  # noqa: BLE001 (whatever code that is not ours may raise)
            raise DlcliError(printable(f"{self._name} cannot begin an episode: {_why(error)}")) from None

    def step(self, action: int) -> tuple[int, float, bool]:
        """Do something. Raises ``DlcliError`` when the world cannot."""
        try:
            observation, reward, ended, _, _ = self._environment.step(action)
            return self._end if ended else self._place(observation), float(reward), bool(ended)
        except Exception as error:  # noqa: BLE001 (whatever code that is not ours may raise)
            told = f"{self._name} cannot do action {action}: {_why(error)}"
            raise DlcliError(printable(told)) from None


@dataclass(frozen=True, eq=False)
class SteppedWorld:
    """A world without a table of its transitions; ``simulate(seed)`` makes an agent that steps in it.

    All ``actions`` are there in every one of the ``states`` but the last, in which episodes end.
    """

    name: str
    states: tuple[str, ...]
    actions: tuple[str, ...]
    simulate: Callable[[int], Simulator]
    gamma: float = 1.0
    attrs: Mapping[str, Attr] = field(default_factory=dict)


def gym_world(word: str) -> World | SteppedWorld | BoxWorld:
    """The Gymnasium world of a word such as ``gym:Blackjack-v1?sab=true``.

    Its table ``P`` is used where it has one: what ends an episode leads to a terminal state. Otherwise it
    can be stepped in; observations are counted states, or rows of numbers. Raises ``DlcliError`` when
    Gymnasium is not installed, with what to type, when it knows no such world or option, and for a space of
    states or actions that is neither.
    """
    try:
        import gymnasium  # noqa: F401
    except ModuleNotFoundError:
        raise DlcliError(f"{printable(word)} needs Gymnasium, which is not installed: {INSTALL}") from None
    name, _, query = word.removeprefix(PREFIX).partition("?")
    given = split_options(word, query)
    known = _known(word, name) if given else None
    options = typed_options(word, given, known)
    environment = _made(word, name, options, known)
    actions = _actions(name, word, getattr(environment, "action_space", None))
    table = getattr(environment, "P", None)
    if isinstance(table, Mapping) and not any(getattr(environment, one, False) for one in BESIDE):
        return _tabled(word, name, environment, table, actions, options)
    if is_box(getattr(environment, "observation_space", None)):
        return box_world(word, name, environment, actions, lambda: _made(word, name, options))
    return _stepped(word, name, options, environment, actions)


def _known(word: str, name: str) -> KnownOptions | None:
    """The options of a world; None when it cannot be made without any, or keeps them to itself."""
    from gymnasium.envs.registration import load_env_creator

    try:
        spec = _made(word, name, {}).spec
        entry = spec.entry_point
        return KnownOptions.of(load_env_creator(entry) if isinstance(entry, str) else entry, spec.kwargs)
    except (DlcliError, AttributeError, TypeError, ValueError):
        return None


def _made(word: str, name: str, options: Mapping[str, Any], known: KnownOptions | None = None) -> Any:
    """The world itself. Raises ``DlcliError`` with what Gymnasium, or the world, says when it cannot be made.

    Steps are bounded by whoever takes them, not by a wrapper that would end episodes early.
    """
    import gymnasium

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return gymnasium.make(name, **options).unwrapped
        except Exception as error:  # noqa: BLE001 (whatever code that is not ours may raise)
            if known is not None and isinstance(error, KeyError) and error.args:
                _refuse_choice(word, options, error.args[0], known)
            raise DlcliError(printable(f"Gymnasium cannot make {word}: {_why(error)}")) from None


def _refuse_choice(word: str, options: Mapping[str, Any], value: object, known: KnownOptions) -> None:
    """Say what an option can be whose value was looked up in vain; nothing where nobody knows."""
    for key in options:
        choices = known.choices(key) if options[key] == value else ()
        if choices:
            raise BadData(printable(f"{word}: {key} expects {' or '.join(choices)}; received {value!r}"))


def _why(error: Exception) -> str:
    """The first sentence of what went wrong in code that is not ours, without its references to itself."""
    if isinstance(error, KeyError) and error.args:
        return f"there is no {error.args[0]!r} in it"
    text = str(error).partition(" was raised from the environment creator")[0]
    return text.splitlines()[0].replace("`", "'") if text else type(error).__name__


def _actions(name: str, word: str, space: Any) -> tuple[str, ...]:
    count = _length(space, word, "actions")
    known = ACTIONS.get(name.rpartition("/")[2].partition("-")[0], ())
    return known if len(known) == count else tuple(map(str, range(count)))


def _length(space: Any, word: str, what: str) -> int:
    """How many values a space has, when it is one of whole numbers from 0."""
    count = getattr(space, "n", None) if getattr(space, "shape", ()) == () else None
    if count is None or getattr(space, "start", 0) != 0:
        told = f"{word} has {what} that cannot be counted: {' '.join(str(space).split())}"
        wanted = (
            "Discrete actions" if what == "actions" else "Discrete states, or a Box of one row of numbers"
        )
        raise DlcliError(printable(f"{told}; dlcli needs {wanted}"))
    return int(count)


def _tabled(
    word: str,
    name: str,
    environment: Any,
    table: Mapping[int, Any],
    actions: tuple[str, ...],
    options: Mapping[str, Any],
) -> World:
    """The world of a table P[state][action] = [(probability, next state, reward, ended), …].

    What Gymnasium lists for a state in which episodes have ended is never seen by anybody, and is left out.
    """
    try:
        listed = [
            (int(state), int(action), int(there), float(chance), float(reward), bool(ended))
            for state, row in table.items()
            for action, outcomes in row.items()
            for chance, there, reward, ended in outcomes
        ]
    except (AttributeError, TypeError, ValueError) as error:
        wanted = "P[state][action] = [(probability, next state, reward, ended), …]"
        raise DlcliError(printable(f"{word} has another table than {wanted}: {error}")) from None
    ends = {there for state, _, there, _, _, ended in listed if ended}
    n_states = _length(getattr(environment, "observation_space", None), word, "states")
    rows = [row[:5] for row in listed if row[0] not in ends]
    start = getattr(environment, "initial_state_distrib", None)
    shape = _shape(environment, n_states)
    states = tuple(map(str, range(n_states)))
    if shape:
        states = tuple(f"{i // shape[1]},{i % shape[1]}" for i in range(n_states))
    try:
        transitions = Transitions.of(
            *(zip(*rows, strict=True) if rows else [()] * 5),
            n_states=n_states,
            n_actions=len(actions),
            start=None if start is None else np.asarray(start, float) / np.sum(start),
            states=states,
            actions=actions,
        )
    except EngineError as error:
        tried = [key for key, value in options.items() if not isinstance(value, bool)]
        hint = f"; try another {' or '.join(tried)}" if tried else ""
        raise DlcliError(printable(f"{word}: {error}{hint}")) from None
    layout = _layout(environment, shape, actions, transitions) if shape else None
    return World(PREFIX + name, states, actions, transitions, layout=layout, attrs={"source": word})


def _shape(environment: Any, n_states: int) -> tuple[int, int] | None:
    """The rows and columns of a world whose states are the cells of a grid."""
    drawn = getattr(environment, "desc", None)
    shape = getattr(environment, "shape", None) if drawn is None else np.shape(drawn)
    if shape is None or len(shape) != 2 or math.prod(shape) != n_states:
        return None
    return int(shape[0]), int(shape[1])


def _layout(
    environment: Any, shape: tuple[int, int], actions: tuple[str, ...], transitions: Transitions
) -> Layout:
    places = np.argwhere(np.ones(shape, bool))
    drawn = getattr(environment, "desc", None)
    marks: dict[tuple[int, int], str] = {}
    if drawn is not None:
        letters = {(row, column): bytes(drawn[row][column]).decode() for row, column in places.tolist()}
        marks = {place: letter for place, letter in letters.items() if letter in MEANINGS}
    else:
        starts = np.flatnonzero(transitions.start)
        marks = {(int(places[s, 0]), int(places[s, 1])): "S" for s in starts[:1]}
    arrows = "".join(ARROWS.get(action, "•") for action in actions)
    names = {mark: MEANINGS[mark] for mark in sorted(set(marks.values()))}
    return Layout(places, np.zeros(shape, bool), arrows, marks, names)


def _stepped(
    word: str, name: str, options: Mapping[str, Any], environment: Any, actions: tuple[str, ...]
) -> SteppedWorld:
    """A world whose states are the values of its observation space, and one more when it is over."""
    space: Any = getattr(environment, "observation_space", None)
    parts = list(space.spaces) if isinstance(getattr(space, "spaces", None), tuple) else [space]
    lengths = [_length(part, word, "states") for part in parts]
    if math.prod(lengths) > MOST:
        raise DlcliError(printable(f"{word} has {math.prod(lengths)} states; dlcli counts to {MOST}"))
    strides = [math.prod(lengths[i + 1 :]) for i in range(len(lengths))]
    single = parts == [space]
    states = (*(",".join(map(str, each)) for each in itertools.product(*map(range, lengths))), "end")

    def place(observation: Any) -> int:
        values = [int(value) for value in ((observation,) if single else observation)]
        if any(not 0 <= value < length for value, length in zip(values, lengths, strict=True)):
            raise ValueError(f"it is in {observation}, outside of {space}")
        return sum(value * stride for value, stride in zip(values, strides, strict=True))

    def simulate(seed: int) -> Simulator:
        return Simulator(_made(word, name, options), place, len(states) - 1, seed, word)

    return SteppedWorld(word, states, actions, simulate, attrs={"source": word})
