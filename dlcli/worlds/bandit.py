"""The bandit: one state with K arms, and what they are worth is drawn anew for each run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dlcli.engines.decisions.transitions import Transitions
from dlcli.tensor import Array
from dlcli.worlds.world import World

ARMS = 10
MOST_ARMS = 10_000


@dataclass(frozen=True, eq=False)
class Bandit(World):
    """K arms in one state; a pull of one of them is an episode, and nothing follows it.

    In each run arm a is worth q*(a) from a normal distribution of mean 0 and deviation 1, and a pull pays a
    number from one of mean q*(a) and deviation 1. ``transitions`` have what a pull pays on average: nothing,
    as long as nobody has drawn the arms.

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, section 2.3: the 10-armed testbed.

    >>> two = bandit(2)
    >>> arms = two.draw(np.random.default_rng(0).spawn(3))
    >>> arms.shape, two.with_arms(np.array([1.0, 2.0])).transitions.reward
    ((3, 2), array([1., 2.]))
    """

    def draw(self, generators: Sequence[np.random.Generator]) -> Array:
        """What each arm is worth in each run (R, K), from a generator for each."""
        return np.stack([generator.standard_normal(len(self.actions)) for generator in generators])

    def with_arms(self, arms: Array) -> Bandit:
        """The bandit whose arms (K,) are known."""
        return replace(self, transitions=replace(self.transitions, reward=arms))


def bandit(arms: int = ARMS) -> Bandit:
    """A bandit of so many arms, called arm 1, arm 2, …

    >>> bandit(3).actions
    ('arm 1', 'arm 2', 'arm 3')
    """
    moves = Transitions.of(
        [0] * arms, range(arms), [1] * arms, [1.0] * arms, [0.0] * arms, n_states=2, n_actions=arms
    )
    return Bandit(f"bandit:{arms}", ("bandit", "end"), tuple(f"arm {a + 1}" for a in range(arms)), moves)
