"""Worlds of Gymnasium: ``gym:FrozenLake-v1?is_slippery=false``, by their table or by stepping in them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.transitions import Transitions
from dlcli.errors import BadData, DlcliError, printable, without_warnings
from dlcli.tensor import Attr
from dlcli.worlds.blackjack import hand_layout, hand_name
from dlcli.worlds.gym_box import BoxWorld, box_world, finite_reward, is_box
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
#: The four places of the taxi's world, in its order, and how many states it has.
STOPS, TAXI_STATES = ("R", "G", "Y", "B"), 500

#: What blackjack's observations count: the player's sum, the dealer's card, whether an ace counts 11.
HANDS = (32, 11, 2)

ARROWS = {"left": "←", "up": "↑", "right": "→", "down": "↓"}
MEANINGS = {"S": "start", "H": "hole", "G": "goal"}

#: What some of these worlds do beside what their table says: then that table is not theirs.
BESIDE = ("fickle_passenger",)

MOST = 1_000_000  # states


@dataclass(frozen=True)
class Counted:
    """The values of a space of Gymnasium's that can be counted: one whole number, or several at once.

    ``lengths`` are how many values each has, ``starts`` the least of them; ``single`` says that a value is
    the number itself, and no row of numbers. Values are numbered from 0, the last number of a row first.
    """

    lengths: tuple[int, ...]
    starts: tuple[int, ...]
    single: bool
    space: str = field(default="", compare=False, repr=False)

    @staticmethod
    def of(space: Any) -> Counted | None:
        """Those of a ``Discrete``, a ``MultiDiscrete``, or a ``Tuple`` of the first; None for any other.

        >>> from types import SimpleNamespace as Space
        >>> Counted.of(Space(n=3, start=5)), Counted.of(Space(shape=(2,), high=1))
        (Counted(lengths=(3,), starts=(5,), single=True), None)
        """
        counts, parts = np.asarray(getattr(space, "nvec", ())), getattr(space, "spaces", None)
        if counts.ndim == 1 and counts.size:
            begins = np.broadcast_to(getattr(space, "start", 0), counts.shape)
            return Counted(tuple(counts.tolist()), tuple(begins.tolist()), single=False, space=str(space))
        if isinstance(parts, tuple):
            found = [Counted.of(part) for part in parts]
            known = [one for one in found if one is not None and one.single]
            if not known or len(known) < len(found):
                return None
            lengths, starts = zip(*((*one.lengths, *one.starts) for one in known), strict=True)
            return Counted(lengths, starts, single=False, space=str(space))
        if getattr(space, "n", None) is None or getattr(space, "shape", ()) != ():
            return None
        start = int(getattr(space, "start", 0))
        return Counted((int(space.n),), (start,), single=True, space=str(space))

    @property
    def count(self) -> int:
        """How many values there are."""
        return math.prod(self.lengths)

    @property
    def plain(self) -> bool:
        """Whether the values are whole numbers from 0."""
        return self.single and self.starts == (0,)

    @property
    def names(self) -> tuple[str, ...]:
        """The values as they are written, in their order."""
        ranges = [range(start, start + n) for start, n in zip(self.starts, self.lengths, strict=True)]
        return tuple(",".join(map(str, each)) for each in itertools.product(*ranges))

    def number(self, value: Any) -> int:
        """The number of a value. Raises ``ValueError`` for one that is not in the space."""
        values = [value] if self.single else [*value]
        if len(values) != len(self.lengths):
            raise ValueError(f"{len(values)} numbers were observed; its space has {len(self.lengths)}")
        found = 0
        for one, start, length in zip(values, self.starts, self.lengths, strict=True):
            if not 0 <= int(one) - start < length:
                raise ValueError(f"it is in {value}, outside of {self.space}")
            found = found * length + int(one) - start
        return found

    def value(self, number: int) -> Any:
        """The value with a number.

        >>> pair = Counted((2, 3), (0, 5), single=False)
        >>> pair.value(4), pair.number((1, 6)), pair.names[:2]
        (array([1, 6]), 4, ('0,5', '0,6'))
        """
        if self.single:
            return self.starts[0] + number
        return np.array(np.unravel_index(number, self.lengths)) + self.starts


class Simulator:
    """An episode simulator: one agent in a Gymnasium world, seeded once.

    ``reset()`` gives the state in which an episode begins, ``step(action)`` the next state, the reward, and
    whether the episode is over; when it is, the state is the last one, ``end``.
    """

    def __init__(
        self, environment: Any, states: Counted, actions: Counted, seed: int, name: str = "the world"
    ) -> None:
        self._environment, self._states, self._actions, self._name = environment, states, actions, name
        self._seed: int | None = seed

    def reset(self) -> int:
        """Begin an episode. Raises ``DlcliError`` when the world cannot."""
        try:
            observation, _ = self._environment.reset(seed=self._seed)
            self._seed = None
            return self._states.number(observation)
        except Exception as error:  # noqa: BLE001 (whatever code that is not ours may raise)
            raise DlcliError(printable(f"{self._name} cannot begin an episode: {_why(error)}")) from None

    def step(self, action: int) -> tuple[int, float, bool]:
        """Do something. Raises ``DlcliError`` when the world cannot."""
        try:
            observation, reward, ended, _, _ = self._environment.step(self._actions.value(action))
            paid = finite_reward(reward)
            return self._states.count if ended else self._states.number(observation), paid, bool(ended)
        except Exception as error:  # noqa: BLE001 (whatever code that is not ours may raise)
            told = f"{self._name} cannot do action {action}: {_why(error)}"
            raise DlcliError(printable(told)) from None


@dataclass(frozen=True, eq=False)
class SteppedWorld:
    """A world without a table of its transitions; ``simulate(seed)`` makes an agent that steps in it.

    All ``actions`` are there in every one of the ``states`` but the last, in which episodes end. ``layout``
    has a place for each of these states.
    """

    name: str
    states: tuple[str, ...]
    actions: tuple[str, ...]
    simulate: Callable[[int], Simulator]
    gamma: float = 1.0
    layout: Layout | None = None
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
    space, acted = (getattr(environment, which, None) for which in ("observation_space", "action_space"))
    counted = _counted(acted, word, "actions")
    known_as = ACTIONS.get(_kind(name), ())
    actions = known_as if len(known_as) == counted.count else counted.names
    table = getattr(environment, "P", None)
    plain = counted.plain and getattr(space, "start", 0) == 0  # as the table counts
    if isinstance(table, Mapping) and plain and not any(getattr(environment, one, False) for one in BESIDE):
        return _tabled(word, name, environment, table, actions, options)
    make = partial(_made, word, name, options)
    if is_box(space):
        return box_world(word, name, environment, actions, make, counted.value)
    return _stepped(word, _counted(space, word, "states"), counted, actions, make)


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

    with without_warnings():
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


def _counted(space: Any, word: str, what: str) -> Counted:
    """The values of a space. Raises ``DlcliError`` where they cannot be counted, or are too many."""
    found = Counted.of(space)
    if found is None:
        told = f"{word} has {what} that cannot be counted: {' '.join(str(space).split())}"
        wanted = "Discrete or MultiDiscrete " + what
        wanted += "" if what == "actions" else ", or a Box of one row of numbers"
        raise DlcliError(printable(f"{told}; dlcli needs {wanted}"))
    if found.count > MOST:
        raise DlcliError(printable(f"{word} has {found.count} {what}; dlcli counts to {MOST}"))
    return found


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
    n_states = _counted(getattr(environment, "observation_space", None), word, "states").count
    rows = [row[:5] for row in listed if row[0] not in ends]
    start = getattr(environment, "initial_state_distrib", None)
    shape = _shape(environment, n_states)
    states = _named(environment, name, n_states)
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
    return World(
        PREFIX + name,
        states,
        actions,
        transitions,
        layout=layout,
        attrs={"source": word},
        time_limit=_time_limit(name),
    )


def _time_limit(name: str) -> int | None:
    """The steps after which Gymnasium calls an episode off; None where it never does."""
    import gymnasium

    try:
        return gymnasium.spec(name).max_episode_steps
    except Exception:  # noqa: BLE001 (whatever code that is not ours may raise)
        return None


def _named(environment: Any, name: str, n_states: int) -> tuple[str, ...]:
    """What the states of a world are called: of the taxi where it is, where its passenger is and wants to.

    Those of others have numbers. Source: the documentation of Gymnasium's Taxi, "Observation Space".
    """
    decode = getattr(environment, "decode", None)
    if _kind(name) != "Taxi" or n_states != TAXI_STATES or decode is None:
        return tuple(map(str, range(n_states)))
    places = (*STOPS, "aboard")
    known = [tuple(map(int, decode(state))) for state in range(n_states)]
    return tuple(f"{row},{column} {places[here]} to {STOPS[there]}" for row, column, here, there in known)


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
    word: str, states: Counted, counted: Counted, actions: tuple[str, ...], make: Callable[[], Any]
) -> SteppedWorld:
    """A world whose states are the values of its observation space, and one more when it is over."""

    def simulate(seed: int) -> Simulator:
        return Simulator(make(), states, counted, seed, word)

    names, layout = states.names, None
    if _kind(word.removeprefix(PREFIX).partition("?")[0]) == "Blackjack" and states.lengths == HANDS:
        ranges = (range(length) for length in HANDS)
        hands = [(total, shown, bool(ace)) for total, shown, ace in itertools.product(*ranges)]
        names = tuple(hand_name(*hand) if hand[1] else name for hand, name in zip(hands, names, strict=True))
        layout = hand_layout([*hands, None], actions, "; sums below 12 are not drawn")
    return SteppedWorld(word, (*names, "end"), actions, simulate, layout=layout, attrs={"source": word})


def _kind(name: str) -> str:
    """The name of a world without its package and version.

    >>> _kind("toy_text/Blackjack-v1")
    'Blackjack'
    """
    return name.rpartition("/")[2].partition("-")[0]
