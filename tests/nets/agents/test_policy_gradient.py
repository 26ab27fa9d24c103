"""REINFORCE: its gradient is the plain sum, by central differences; returns, draws, the baseline."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.decisions.approximation.acting import Budget, Experience, learn
from dlcli.nets.agents.nets import policy_net, value_net
from dlcli.nets.agents.policy_gradient import PolicySettings, Reinforce, discounted_returns, policy_step
from dlcli.nets.net import Net
from tests.nets.recipe import Array, numbers

OBSERVED, ACTION = np.ascontiguousarray(numbers((6, 3), 1).T), np.array([0, 2, 1, 1, 0, 2])
RETURNS, BASELINE = 4 * numbers((6,), 2), numbers((6,), 3)


def policy(seed: int = 0) -> Net:
    return Net(policy_net(3, 3, (4,)), np.float64).draw(seed)


def test_the_gradient_is_the_plain_sum() -> None:
    net = policy()

    def objective() -> float:
        """Σ (G − b) log π(a | s) / T, written out."""
        total = 0.0
        for t in range(6):
            z = net.forward(np.ascontiguousarray(OBSERVED[:, [t]]))[:, 0]
            total += (RETURNS[t] - BASELINE[t]) * (z[ACTION[t]] - np.log(np.exp(z).sum()))
        return total / 6

    done = policy_step(net, OBSERVED, ACTION, RETURNS, BASELINE)
    gradient = net.gradient.copy()
    assert done.loss == pytest.approx(-objective(), abs=1e-12)
    for place in range(net.trained):
        kept, ends = net.flat[place], []
        for step in (1e-6, -1e-6):
            net.flat[place] = kept + step
            ends.append(-objective())
        net.flat[place] = kept
        assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-7)
    assert done.norm == pytest.approx(float(np.linalg.norm(gradient)))
    np.testing.assert_allclose(done.probabilities.sum(axis=0), 1)


def test_a_baseline_changes_nothing_of_the_mean_gradient() -> None:
    net, observed = policy(), np.ascontiguousarray(OBSERVED[:, :1])
    chances = net.probabilities(net.forward(observed))[:, 0].copy()
    mean = []
    for baseline in (0.0, 7.0):
        total = np.zeros(net.trained)
        for action, chance in enumerate(chances):  # what each action pays: its number
            policy_step(net, observed, np.array([action]), np.array([float(action)]), np.array([baseline]))
            total += chance * net.gradient
        mean.append(total)
    np.testing.assert_allclose(*mean, atol=1e-12)


def test_returns_are_those_of_the_definition() -> None:
    rewards = numbers((9,), 4)
    expected = [sum(0.9**k * rewards[t + k] for k in range(9 - t)) + 0.9 ** (9 - t) * 5 for t in range(9)]
    np.testing.assert_allclose(discounted_returns(rewards, 0.9, 5.0), expected)


def agent_of(settings: PolicySettings, seed: int = 0) -> Reinforce:
    values = Net(value_net(3, (4,)), np.float64).draw(seed + 1)
    return Reinforce(policy(seed), values, settings, np.random.default_rng(seed))


def test_actions_are_drawn_as_likely_as_the_policy_has_them() -> None:
    agent = agent_of(PolicySettings())
    drawn = np.bincount([agent.act(OBSERVED[:, 0]) for _ in range(4000)], minlength=3) / 4000
    chances = agent.net.probabilities(agent.net.forward(np.ascontiguousarray(OBSERVED[:, :1])))[:, 0]
    np.testing.assert_allclose(drawn, chances, atol=0.03)


def episode(agent: Reinforce, *, cut: bool) -> None:
    for t in range(6):
        last = t == 5
        agent.see(
            Experience(OBSERVED[:, t], int(ACTION[t]), 1.0, OBSERVED[:, 0], last and not cut, last and cut)
        )


@pytest.mark.parametrize("cut", [False, True])
def test_what_follows_a_cut_is_worth_what_the_baseline_says(cut: bool) -> None:
    agent = agent_of(PolicySettings(gamma=0.5))
    agent.watched = 0
    after = float(agent.values.forward(np.ascontiguousarray(OBSERVED[:, :1]))[0, 0])
    episode(agent, cut=cut)
    assert agent.update is not None
    assert agent.update.returns[-1] == pytest.approx(1 + 0.5 * after if cut else 1.0)
    assert agent.finished


def test_without_a_baseline_nothing_is_taken_from_the_returns() -> None:
    agent = agent_of(PolicySettings(gamma=1.0, baseline=False))
    agent.watched = 0
    episode(agent, cut=False)
    assert agent.update is not None
    assert agent.update.advantage.tolist() == [6, 5, 4, 3, 2, 1]


class Bandit:
    """One step: the middle action pays 1, the others nothing."""

    def reset(self) -> Array:
        return np.ones(3)

    def step(self, action: int) -> tuple[Array, float, bool]:
        return np.ones(3), float(action == 1), True


def test_what_pays_becomes_likelier() -> None:
    agent = agent_of(PolicySettings(rate=0.01))
    learn(agent, Bandit(), Budget(episodes=300))
    assert agent.best(np.ones((1, 3))).tolist() == [1]
    chances = agent.net.probabilities(agent.net.forward(np.ones((3, 1))))[:, 0]
    assert chances[1] > 0.9
