"""Deep Q-learning: a step equal to PyTorch's, the memory, the target net, and what explodes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.decisions.approximation.acting import Experience
from dlcli.nets.agents.deep_q import Batch, DeepQ, QSettings, ReplayMemory, q_step
from dlcli.nets.agents.nets import policy_net, q_net
from dlcli.nets.agents.policy_gradient import policy_step
from dlcli.nets.net import Net
from dlcli.nets.optimisers import Optimiser, Rule, clip
from dlcli.nets.training import NotFinite
from tests.nets.recipe import Array, numbers

with np.load(Path(__file__).parents[2] / "data" / "torch_agents.npz") as file:
    TORCH = dict(file)

ACTION = np.array([0, 1, 1, 0, 1, 0, 0])
BATCH = Batch(
    np.ascontiguousarray(numbers((7, 3), 30).T),
    ACTION,
    3 * numbers((7,), 32),
    np.ascontiguousarray(numbers((7, 3), 31).T),
    np.array([0.0, 0, 1, 0, 0, 1, 0]),
)


def recipe_net(seed: int, made: object = q_net) -> Net:
    """A net of 3, 5 and 2 units with the weights of ``make_torch_agents.py``."""
    net = Net(made(3, 2, (5,)), np.float64)  # type: ignore[operator]
    for i, weight in enumerate(weight for layer in net.values.values() for weight in layer.values()):
        weight[...] = numbers(weight.shape, seed + i)
    return net


def gradient_of(net: Net) -> Array:
    """The gradient as PyTorch orders it."""
    return np.concatenate([one.reshape(-1) for layer in net.slopes.values() for one in layer.values()])


def moved(net: Net) -> Array:
    """The weights after a step of Adam along the gradient, clipped to a length of 0.05."""
    gradient = net.gradient[: net.trained]
    clip(gradient, 0.05)
    Optimiser(Rule(), net.trained, net.dtype).step(net.flat, gradient, 0.01)
    return np.concatenate([one.reshape(-1) for layer in net.values.values() for one in layer.values()])


@pytest.mark.parametrize("rule", ["q-learning", "double-q"])
def test_a_step_is_that_of_torch(rule: str) -> None:
    net = recipe_net(40)
    done = q_step(net, recipe_net(50), BATCH, gamma=0.9, double=rule == "double-q")
    assert done.loss == pytest.approx(float(TORCH[f"{rule}/loss"]), abs=1e-12)
    assert done.norm == pytest.approx(float(TORCH[f"{rule}/norm"]), abs=1e-12)
    np.testing.assert_allclose(gradient_of(net), TORCH[f"{rule}/gradient"], atol=1e-12)
    np.testing.assert_allclose(moved(net), TORCH[f"{rule}/after"], atol=1e-6)
    assert np.abs(done.delta).max() > 1 > np.abs(done.delta).min()  # both branches of Huber's loss


def test_a_step_of_the_policy_is_that_of_torch() -> None:
    net = recipe_net(40, policy_net)
    done = policy_step(net, BATCH.observed, ACTION, numbers((7,), 33), np.zeros(7))
    assert done.loss == pytest.approx(float(TORCH["reinforce/loss"]), abs=1e-12)
    np.testing.assert_allclose(gradient_of(net), TORCH["reinforce/gradient"], atol=1e-12)
    np.testing.assert_allclose(moved(net), TORCH["reinforce/after"], atol=1e-6)


def test_targets_are_the_formula() -> None:
    net, slow = recipe_net(40), recipe_net(50)
    for double in (False, True):
        done = q_step(net, slow, BATCH, gamma=0.9, double=double)
        ahead = slow.forward(BATCH.after).copy()
        judge = net.forward(BATCH.after) if double else ahead
        for b in range(7):
            worth = 0.0 if BATCH.ended[b] else ahead[int(judge[:, b].argmax()), b]
            assert done.target[b] == pytest.approx(BATCH.reward[b] + 0.9 * worth, abs=1e-12)
            assert done.delta[b] == pytest.approx(done.target[b] - done.q[ACTION[b], b], abs=1e-12)


def _steps(count: int, reward: float = 1.0) -> list[Experience]:
    return [Experience(row, i % 2, reward, row, False, False) for i, row in enumerate(numbers((count, 3), 5))]


def test_the_memory_forgets_the_oldest() -> None:
    memory = ReplayMemory(4, 3, np.dtype(np.float64))
    steps = _steps(6)
    for step in steps:
        memory.add(step)
    batch = memory.take(np.arange(len(memory)))
    kept = {tuple(column) for column in batch.observed.T.tolist()}
    assert kept == {tuple(step.observed.tolist()) for step in steps[2:]}


def test_it_learns_once_enough_is_remembered_and_the_target_net_follows() -> None:
    net = recipe_net(40)
    settings = QSettings(begin=5, every=2, batch=4, follow=0.25, rate=0.01)
    agent = DeepQ(net, settings, np.random.default_rng(0))
    before = net.flat.copy()
    steps = _steps(8)
    for step in steps[:5]:
        agent.see(step)
    assert agent.updates == 0
    agent.see(steps[5])
    assert agent.updates == 1
    np.testing.assert_allclose(agent.slow.flat, before + 0.25 * (net.flat - before), atol=1e-15)


def test_at_first_it_tries_everything_and_then_does_what_it_thinks_best() -> None:
    net = recipe_net(40)
    agent = DeepQ(net, QSettings(epsilon=0.0, decay=100, begin=10_000), np.random.default_rng(0))
    observed = numbers((3,), 9)
    assert {agent.act(observed) for _ in range(50)} == {0, 1}
    for step in _steps(100):
        agent.see(step)
    best = int(agent.best(observed[None])[0])
    assert {agent.act(observed) for _ in range(50)} == {best}


def test_a_loss_that_explodes_is_told_with_update_and_norm() -> None:
    agent = DeepQ(recipe_net(40), QSettings(begin=4, batch=4), np.random.default_rng(0))
    *first, last = _steps(4, reward=np.nan)
    for step in first:
        agent.see(step)
    told = r"the loss is nan in update 0, and the norm of its gradient nan: .* smaller alpha, or clip"
    with pytest.raises(NotFinite, match=told):
        agent.see(last)
