"""The values of states by a net of their coordinates, for semi-gradient prediction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.nets.agents.deep_q import check_finite
from dlcli.nets.agents.nets import value_net
from dlcli.nets.net import Net
from dlcli.nets.optimisers import Optimiser, Rule
from dlcli.nets.optimisers import clip as clipped


class NetEstimate:
    """v(s) is what a net makes of the D coordinates of a state: R nets, one for each run.

    ``points`` (S, D) are these coordinates; terminal states are worth 0. An update is a step of Adam with the
    learning rate ``alpha`` along −δ ∇v(s): the semi-gradient of δ² / 2, no longer than ``clip``.

    >>> points, terminal = np.array([[0.0], [1.0]]), np.array([False, True])
    >>> one = NetEstimate(points, terminal, [0], (4,), alpha=0.01)
    >>> before = one.values(np.array([0]))
    >>> one.move(np.array([0]), np.array([0]), np.array([1.0]))
    >>> (one.values(np.array([0])) > before).tolist()
    [[True, False]]
    """

    def __init__(
        self,
        points: Array,
        terminal: Array,
        seeds: Sequence[int],
        hidden: Sequence[int],
        *,
        alpha: float,
        clip: float | None = None,
    ) -> None:
        spec = value_net(points.shape[1], hidden)
        self.nets = [Net(spec, np.float64).draw(seed) for seed in seeds]
        self.optimisers = [Optimiser(Rule(), net.trained, net.dtype) for net in self.nets]
        self.size, self.alpha, self.clip = spec.parameters, alpha, clip
        self.live, self.points = ~terminal, np.ascontiguousarray(points.T)
        self.updates = 0

    def values(self, runs: Array) -> Array:
        return np.stack([self.nets[r].forward(self.points)[0] * self.live for r in runs.tolist()])

    def look(self, runs: Array, states: Array) -> Array:
        pairs = zip(runs.tolist(), states.tolist(), strict=True)
        return np.array([self.nets[r].forward(self.points[:, [s]])[0, 0] * self.live[s] for r, s in pairs])

    def move(self, runs: Array, states: Array, delta: Array) -> None:
        """Raises ``NotFinite`` once an error is no number."""
        for r, s, error in zip(runs.tolist(), states.tolist(), delta.tolist(), strict=True):
            net = self.nets[r]
            gradient = self._gradient(r, s, -error)
            check_finite(error * error / 2, float(np.sqrt(gradient @ gradient)), self.updates)
            if self.clip is not None:
                clipped(gradient, self.clip)
            self.optimisers[r].step(net.flat[: net.trained], gradient, self.alpha)
        self.updates += 1

    def steep(self, run: int, state: int) -> float:
        return float(np.linalg.norm(self._gradient(run, state, 1.0)))

    def _gradient(self, run: int, state: int, slope: float) -> Array:
        """The gradient of slope · v(s) at the weights of a run."""
        net = self.nets[run]
        net.forward(self.points[:, [state]], training=True)
        net.backward(np.array([[slope]]))
        return net.gradient[: net.trained]
