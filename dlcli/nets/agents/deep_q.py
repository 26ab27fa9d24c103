"""Deep Q-learning: a net gives the values of all actions, and learns from a memory of what happened.

A step draws B experiences out of the memory and moves q(s, a) towards r + γ max q′(s′, ·). q′ is a second
net, the target net, whose weights follow those of the first one slowly; with double Q-learning the first net
says which action is the best there, and the second what it is worth. The loss is Huber's, whose gradient is
the error δ, no larger than 1.

Sources: Mnih et al., Human-level control through deep reinforcement learning, Nature, 2015, algorithm 1;
van Hasselt, Guez and Silver, Deep reinforcement learning with double Q-learning, 2016; Lillicrap et al.,
Continuous control with deep reinforcement learning, 2016, for the target net that follows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.approximation.acting import Experience
from dlcli.engines.decisions.approximation.control import exploring, tried
from dlcli.nets.net import Net
from dlcli.nets.optimisers import Optimiser, Rule, clip
from dlcli.nets.training import NotFinite


@dataclass(frozen=True, eq=False)
class Batch:
    """B experiences: ``observed`` and ``after`` (D, B), ``action``, ``reward`` and ``ended`` (B,)."""

    observed: Array
    action: Array
    reward: Array
    after: Array
    ended: Array


class ReplayMemory:
    """The last ``size`` experiences of D numbers each.

    >>> memory = ReplayMemory(2, 1, np.dtype(np.float64))
    >>> for reward in (1.0, 2.0, 3.0):
    ...     memory.add(Experience(np.zeros(1), 0, reward, np.ones(1), False, False))
    >>> len(memory), sorted(memory.take(np.arange(2)).reward.tolist())
    (2, [2.0, 3.0])
    """

    def __init__(self, size: int, dimensions: int, dtype: np.dtype[np.floating]) -> None:
        self.size, self.added = size, 0
        self.observed, self.after = np.zeros((2, size, dimensions), dtype)
        self.action = np.zeros(size, np.intp)
        self.reward, self.ended = np.zeros((2, size), dtype)

    def __len__(self) -> int:
        return min(self.added, self.size)

    def add(self, step: Experience) -> None:
        """Take an experience in, in the place of the oldest where it is full."""
        place = self.added % self.size
        self.observed[place], self.after[place] = step.observed, step.after
        self.action[place], self.reward[place], self.ended[place] = step.action, step.reward, step.ended
        self.added += 1

    def take(self, places: Array) -> Batch:
        """The experiences at places (B,)."""
        observed, after = (np.ascontiguousarray(each[places].T) for each in (self.observed, self.after))
        return Batch(observed, self.action[places], self.reward[places], after, self.ended[places])


@dataclass(frozen=True, eq=False)
class QStep:
    """One step of learning, the arrays copies.

    ``q`` and ``ahead`` (A, B) are the values of all actions at s by the net, and at s′ by the target net;
    ``chosen`` (B,) are the actions whose value at s′ counts. ``target`` and ``delta`` (B,), the ``loss``, and
    the ``norm`` of its gradient before it is clipped.
    """

    batch: Batch
    q: Array
    ahead: Array
    chosen: Array
    target: Array
    delta: Array
    loss: float
    norm: float


def q_step(net: Net, slow: Net, batch: Batch, *, gamma: float, double: bool = False) -> QStep:
    """The loss of a batch, and its gradient at all weights of the net, left in ``net.gradient``.

    >>> from dlcli.nets.agents.nets import q_net
    >>> net, slow = Net(q_net(1, 2, (3,)), np.float64).draw(0), Net(q_net(1, 2, (3,)), np.float64).draw(0)
    >>> one = Batch(np.ones((1, 1)), np.array([0]), np.array([1.0]), np.ones((1, 1)), np.array([1.0]))
    >>> q_step(net, slow, one, gamma=0.9).target
    array([1.])
    """
    places = np.arange(len(batch.action))
    ahead = slow.forward(batch.after)
    chosen = (net.forward(batch.after) if double else ahead).argmax(axis=0)
    target = batch.reward + net.dtype.type(gamma) * (1 - batch.ended) * ahead[chosen, places]
    q = net.forward(batch.observed, training=True)
    taken = q[batch.action, places]
    loss, slope = net.loss.compute(taken[None], target[None])
    dq = np.zeros_like(q)
    dq[batch.action, places] = slope[0]
    q, ahead = q.copy(), ahead.copy()
    net.backward(dq)
    gradient = net.gradient[: net.trained]
    return QStep(batch, q, ahead, chosen, target, target - taken, loss, math.sqrt(float(gradient @ gradient)))


@dataclass(frozen=True)
class QSettings:
    """How a deep Q-net learns.

    Once there are ``begin`` experiences there is a step after every ``every``-th, on ``batch`` of the last
    ``memory``; the target net comes nearer by the share ``follow`` then. ``epsilon`` falls from 1 over
    ``decay`` steps. ``clip`` is the length that no gradient exceeds.
    """

    rate: float = 0.001
    gamma: float = 0.99
    epsilon: float = 0.02
    decay: int = 5000
    memory: int = 50_000
    begin: int = 1000
    every: int = 1
    batch: int = 64
    follow: float = 0.005
    double: bool = False
    clip: float = 10.0


class DeepQ:
    """An agent with a net of action values.

    ``watched`` is the step of learning whose numbers are kept as ``update``: with it all ends.
    """

    def __init__(
        self, net: Net, settings: QSettings, generator: np.random.Generator, *, watched: int | None = None
    ) -> None:
        self.net, self.settings, self.generator = net, settings, generator
        self.slow = Net(net.spec, net.dtype)
        self.slow.flat[:] = net.flat
        self.optimiser = Optimiser(Rule(), net.trained, net.dtype)
        self.memory = ReplayMemory(settings.memory, net.spec.input[0], net.dtype)
        self.updates, self.finished, self.watched = 0, False, watched
        self.update: QStep | None = None

    def act(self, observed: Array) -> int:
        """An ε-greedy action."""
        settings, uniform = self.settings, self.generator.random()
        epsilon = exploring(settings.epsilon, settings.decay, self.memory.added)
        if uniform < epsilon:  # any will do: the net is not asked
            return tried(np.zeros(self.net.spec.output), epsilon, uniform)
        return tried(self.net.forward(observed[:, None].astype(self.net.dtype))[:, 0], epsilon, uniform)

    def see(self, step: Experience) -> None:
        """Remember what happened, and learn when it is time to. Raises ``NotFinite``."""
        settings, memory = self.settings, self.memory
        memory.add(step)
        if memory.added < settings.begin or memory.added % settings.every:
            return
        places = self.generator.integers(0, len(memory), settings.batch)
        done = q_step(self.net, self.slow, memory.take(places), gamma=settings.gamma, double=settings.double)
        check_finite(done.loss, done.norm, self.updates)
        if self.updates == self.watched:
            self.update, self.finished = done, True
        gradient = self.net.gradient[: self.net.trained]
        clip(gradient, settings.clip)
        self.optimiser.step(self.net.flat[: self.net.trained], gradient, settings.rate)
        self.slow.flat += self.net.dtype.type(settings.follow) * (self.net.flat - self.slow.flat)
        self.updates += 1

    def best(self, observed: Array) -> Array:
        """The best actions (n,) for observations (n, D)."""
        found: Array = self.net.forward(observed.T.astype(self.net.dtype)).argmax(axis=0)
        return found

    def parameters(self) -> Array:
        """All weights of the net."""
        return self.net.flat


def check_finite(loss: float, norm: float, update: int) -> None:
    """Raise ``NotFinite`` for a loss or a gradient that is no finite number, with the update and the norm."""
    if not (math.isfinite(loss) and math.isfinite(norm)):
        raise NotFinite(
            f"the loss is {loss:g} in update {update}, and the norm of its gradient {norm:g}: the net has "
            "exploded; try a smaller alpha, or clip the gradient to a length of 1"
        )
