"""REINFORCE with a baseline: a net gives the probabilities of actions, and makes good ones likelier.

After an episode of T steps, with the returns G and a baseline b(s) that a second net learns,

    L = −Σ (G − b(s)) log π(a | s) / T        gradient −Σ (G − b(s)) ∇ log π(a | s) / T

which is the cross-entropy of targets that are G − b(s) for the action that was taken and 0 for the others.
The baseline takes nothing from the mean of that gradient, and much from its variance.

Sources: Williams, Simple statistical gradient-following algorithms, 1992; Sutton and Barto, 2nd edition, the
box of section 13.4, here with one step for each episode, by Adam, and without γᵗ before it, as is usual.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.approximation.acting import Experience
from dlcli.nets.agents.deep_q import check_finite
from dlcli.nets.net import Net
from dlcli.nets.optimisers import Optimiser, Rule, clip


@dataclass(frozen=True, eq=False)
class PolicyStep:
    """One step of learning from an episode of T steps.

    ``observed`` (D, T), ``action``, ``returns`` and ``baseline`` (T,), ``probabilities`` (A, T), the ``loss``
    and the ``norm`` of its gradient before it is clipped.
    """

    observed: Array
    action: Array
    returns: Array
    baseline: Array
    probabilities: Array
    loss: float
    norm: float

    @property
    def advantage(self) -> Array:
        """G − b (T,): how much better it went than was expected."""
        return self.returns - self.baseline


def discounted_returns(rewards: Array, gamma: float, after: float = 0.0) -> Array:
    """G of each step (T,); ``after`` is what follows the last of them.

    >>> discounted_returns(np.array([1.0, 1.0]), 0.5, 4.0)
    array([2.5, 3. ])
    """
    returns, follows = np.empty_like(rewards), after
    for t in range(len(rewards) - 1, -1, -1):
        follows = rewards[t] + gamma * follows
        returns[t] = follows
    return returns


def policy_step(net: Net, observed: Array, action: Array, returns: Array, baseline: Array) -> PolicyStep:
    """The loss of an episode, and its gradient at all weights of the net, left in ``net.gradient``.

    >>> from dlcli.nets.agents.nets import policy_net
    >>> net = Net(policy_net(1, 2, (3,)), np.float64).draw(0)
    >>> step = policy_step(net, np.zeros((1, 1)), np.array([0]), np.array([3.0]), np.array([1.0]))
    >>> round(step.loss, 4)  # 2 log 2
    1.3863
    """
    target = np.zeros((net.spec.output[0], len(action)), net.dtype)
    target[action, np.arange(len(action))] = returns - baseline
    loss, slope, outputs = net.loss_of(observed, target)
    probabilities = net.probabilities(outputs.copy()).copy()
    net.backward(slope)
    gradient = net.gradient[: net.trained]
    norm = math.sqrt(float(gradient @ gradient))
    return PolicyStep(observed, action, returns, baseline.copy(), probabilities, loss, norm)


@dataclass(frozen=True)
class PolicySettings:
    """How a policy learns: the learning rate of both nets, the discount, the length no gradient exceeds.

    ``baseline`` says whether there is one; without it b(s) is 0.
    """

    rate: float = 0.001
    gamma: float = 0.99
    clip: float | None = None
    baseline: bool = True


class Reinforce:
    """An agent with a net of probabilities, and one of values as its baseline.

    ``watched`` is the step of learning whose numbers are kept as ``update``: with it all ends.
    """

    def __init__(
        self,
        net: Net,
        values: Net,
        settings: PolicySettings,
        generator: np.random.Generator,
        *,
        watched: int | None = None,
    ) -> None:
        self.net, self.values, self.settings, self.generator = net, values, settings, generator
        self.optimisers = [Optimiser(Rule(), one.trained, one.dtype) for one in (net, values)]
        self.updates, self.finished, self.watched = 0, False, watched
        self.update: PolicyStep | None = None
        self.episode: list[Experience] = []

    def act(self, observed: Array) -> int:
        """An action as likely as the policy has it."""
        z = self.net.forward(observed[:, None].astype(self.net.dtype))[:, 0].astype(np.float64)
        chances = np.cumsum(np.exp(z - z.max()))
        place = int(np.searchsorted(chances, self.generator.random() * chances[-1], side="right"))
        return min(place, len(z) - 1)

    def see(self, step: Experience) -> None:
        """Remember what happened; once the episode is over, learn from it. Raises ``NotFinite``."""
        self.episode.append(step)
        if not (step.ended or step.cut):
            return
        settings, dtype = self.settings, self.net.dtype
        observed = np.stack([one.observed for one in self.episode], axis=1).astype(dtype)
        action = np.array([one.action for one in self.episode])
        rewards = np.array([one.reward for one in self.episode], dtype)
        after = 0.0
        if step.cut and settings.baseline:  # what would have followed is worth something
            after = float(self.values.forward(step.after[:, None].astype(dtype))[0, 0])
        returns = discounted_returns(rewards, settings.gamma, after)
        baseline = np.zeros_like(returns)
        if settings.baseline:
            loss, slope, outputs = self.values.loss_of(observed, returns[None])
            baseline = outputs[0].copy()
            self._move(1, self.values, slope, loss)
        done = policy_step(self.net, observed, action, returns, baseline)
        check_finite(done.loss, done.norm, self.updates)
        if self.updates == self.watched:
            self.update, self.finished = done, True
        self._step(0, self.net)
        self.updates += 1
        self.episode = []

    def _move(self, place: int, net: Net, slope: Array, loss: float) -> None:
        net.backward(slope)
        gradient = net.gradient[: net.trained]
        check_finite(loss, math.sqrt(float(gradient @ gradient)), self.updates)
        self._step(place, net)

    def _step(self, place: int, net: Net) -> None:
        gradient = net.gradient[: net.trained]
        if self.settings.clip is not None:
            clip(gradient, self.settings.clip)
        self.optimisers[place].step(net.flat[: net.trained], gradient, self.settings.rate)

    def best(self, observed: Array) -> Array:
        """The likeliest actions (n,) for observations (n, D)."""
        found: Array = self.net.forward(observed.T.astype(self.net.dtype)).argmax(axis=0)
        return found

    def parameters(self) -> Array:
        """All weights of the policy's net."""
        return self.net.flat
