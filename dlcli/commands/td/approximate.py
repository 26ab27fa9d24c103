"""``dlcli td --approximate``: values of tables by weights that are fewer than their states."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from dlcli.commands.kinds.decisions.policy import policy_of
from dlcli.commands.kinds.decisions.world import started
from dlcli.commands.td.options import Options
from dlcli.commands.td.record_approximate import Approximated, Compared, outputs
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.approximation.features import Features, Groups, OneHot, Position, Tiles
from dlcli.engines.decisions.approximation.prediction import (
    Estimate,
    Estimates,
    LinearEstimate,
    Updated,
    estimate,
)
from dlcli.engines.decisions.bellman import evaluate
from dlcli.nets.agents.value_estimate import NetEstimate
from dlcli.runner.result import Result, Run
from dlcli.tensor import PLACES, Axis, Tensor
from dlcli.worlds.positions import positions
from dlcli.worlds.world import World

#: Learning rate of a net whose --alpha was not typed.
RATE = 0.001

SEEDS = 2**31


def table_features(word: str, options: Options, world: World) -> tuple[Features, Array]:
    """The features of an approximation in a world with a table, and the points (S, D) they are made of.

    Raises ``BadData`` for a world without positions where these are needed.
    """
    if word == "table" or (word == "linear" and options.features == "one-hot"):
        inner = ~world.transitions.terminal  # an end has no number to learn; nobody looks at its feature
        return OneHot(int(inner.sum())), np.where(inner, np.cumsum(inner) - 1.0, 0.0)[:, None]
    points = positions(world)
    return features_of(word, options, points.shape[1]), points


def features_of(word: str, options: Options, dimensions: int) -> Features:
    """The features of points of so many coordinates from 0 to 1."""
    if word == "tiles":
        return Tiles(options.tilings, options.tiles, dimensions)
    name, _, groups = options.features.partition(":")
    return Groups(int(groups), dimensions) if name == "groups" else Position(dimensions)


def approximation_name(word: str, options: Options) -> str:
    """What an approximation is called.

    >>> approximation_name("tiles", Options()), approximation_name("linear", Options(features="groups:10"))
    ('8 tilings of 4 tiles', 'groups:10')
    """
    if word == "tiles":
        return f"{options.tilings} tilings of {options.tiles} tiles"
    if word == "mlp":
        return f"net {','.join(map(str, options.hidden))}"
    return options.features if word == "linear" else word


def alpha_of(word: str, options: Options, usual: float = 0.1) -> float:
    """The step size: what was typed, or what is usual; a net's is a learning rate."""
    if options.alpha:
        return float(options.alpha[0])
    return RATE if word == "mlp" else usual


def approximated(worlds: Sequence[World], options: Options, run: Run) -> Result:
    """Learn the values of each world by a table and by each approximation, and compare what that takes."""
    words = ("table", *dict.fromkeys(options.approximate))
    compared = []
    for world in worlds:
        run.doing = f"learning {world.title}"
        compared.append(_compared(started(world, options.start), words, options, run))
    run.doing = ""
    work = Approximated(tuple(compared), options, run.seed, run.line)
    cut = sum(one.learnt.cut for one in compared)
    if cut:
        total = len(compared) * options.runs * options.episodes
        steps = options.limit(compared[0].world)
        run.warn(f"{cut} of {total} episodes were cut after {steps} steps; --max-steps says when")
    count = compared[0].updates
    return Result(
        outputs(work),
        work,
        explained=lambda: Tensor(np.zeros(count), (Axis("update"),), "updates", {PLACES: True}),
        view="story_approximate",
        verdict="" if work.finite else "values have become too large for any number: try a smaller --alpha",
    )


def _compared(world: World, words: tuple[str, ...], options: Options, run: Run) -> Compared:
    moves, gamma = world.transitions, options.discount(world)
    policy = policy_of(options.policy, world, gamma, run)
    exact, why = None, ""
    try:
        exact = evaluate(moves, policy, gamma, states=world.states)
    except EngineError as error:
        why = str(error)
    generators = run.generator().spawn(options.runs)
    seeds = [int(one.integers(SEEDS)) for one in run.generator().spawn(options.runs)]
    made = [table_features(word, options, world) for word in words]

    def estimate_of(place: int) -> Estimate:
        word, (features, points) = words[place], made[place]
        alpha = alpha_of(word, options)
        if word == "mlp":
            return NetEstimate(points, moves.terminal, seeds, options.hidden, alpha=alpha, clip=options.clip)
        active = features(np.where(moves.terminal[:, None], points[~moves.terminal][0], points))
        return LinearEstimate(
            active, features.size, options.runs, alpha=alpha, terminal=moves.terminal, initial=options.initial
        )

    def learn(places: Sequence[int], seen: Callable[[Updated], bool] | None = None) -> Estimates:
        return estimate(
            moves,
            policy,
            [estimate_of(place) for place in places],
            run.generator().spawn(options.runs) if seen else generators,
            method=options.methods[0],
            episodes=options.episodes,
            gamma=gamma,
            exact=exact,
            limit=options.limit(world),
            seen=seen,
        )

    names = tuple(approximation_name(word, options) for word in words)
    learnt = learn(range(len(words)))
    sizes = tuple(one.size for one in learnt.learnt)
    used = None
    if "linear" in words:
        features, points = made[words.index("linear")]
        used = len(np.unique(features(points[~moves.terminal]).index))
    return Compared(
        world, words, names, sizes, learnt, exact, why, made[1][1], used,
        lambda update: _watched(update, lambda seen: learn([1], seen)),
    )  # fmt: skip


def _watched(update: int, learn: Callable[[Callable[[Updated], bool]], object]) -> Updated:
    """One update of the first run, learnt anew up to it."""
    found: list[Updated] = []
    count = 0

    def seen(one: Updated) -> bool:
        nonlocal count
        count += 1
        found[:] = [one]
        return count > update

    learn(seen)
    return found[0]
