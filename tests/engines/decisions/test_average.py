"""Average rewards and differential values: two loops by hand, a property, a stationary distribution, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.average import average_reward, best_average
from dlcli.engines.decisions.bellman import evaluate
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.transitions import Transitions
from dlcli.worlds.access_control import access_control

#: From 0 a short loop by 1 pays 1 on its way back, a long one by 2, 3 pays 6 on its last step.
LOOPS = Transitions.of(
    [0, 0, 1, 2, 3], [0, 1, 0, 0, 0], [1, 2, 0, 3, 0], [1] * 5, [0, 0, 1, 0, 6], n_states=4, n_actions=2
)
WORLD = access_control()


def test_of_two_loops_the_one_that_pays_more_in_a_step_is_best() -> None:
    best = best_average(LOOPS)
    assert best.gain == pytest.approx(2.0, abs=1e-14)  # 6 in three steps, against 1 in two
    np.testing.assert_allclose(best.values, [0, -1, 2, 4], atol=1e-13)
    assert best.policy[0].tolist() == [0, 1]
    short = average_reward(LOOPS, np.array([[1.0, 0], [1, 0], [1, 0], [1, 0]]))
    assert short.gain == pytest.approx(0.5, abs=1e-14)


def test_the_random_policy_pays_by_its_stationary_distribution() -> None:
    moves, policy = WORLD.transitions, random_policy(WORLD.transitions)
    n = moves.n_states
    chain, paid = np.zeros((n, n)), np.zeros(n)
    weight = policy[moves.state, moves.action] * moves.probability
    np.add.at(chain, (moves.state, moves.next), weight)
    np.add.at(paid, moves.state, weight * moves.reward)
    equations = np.vstack([chain.T - np.eye(n), np.ones(n)])
    share = np.linalg.lstsq(equations, np.append(np.zeros(n), 1.0), rcond=None)[0]
    assert average_reward(moves, policy).gain == pytest.approx(float(share @ paid), rel=1e-10)


def test_differential_values_satisfy_their_equation_and_the_start_is_worth_nothing() -> None:
    moves, policy = WORLD.transitions, random_policy(WORLD.transitions)
    found = average_reward(moves, policy)
    np.testing.assert_allclose(np.nansum(policy * found.q, axis=1), found.values, atol=1e-11)
    assert found.values[int(moves.start.argmax())] == 0


def test_with_a_discount_near_one_values_come_to_the_same() -> None:
    best = best_average(WORLD.transitions)
    gamma = 1 - 1e-6
    near = policy_iteration(WORLD.transitions, gamma)
    first = int(WORLD.transitions.start.argmax())
    assert (1 - gamma) * near.values[first] == pytest.approx(best.gain, rel=1e-4)
    np.testing.assert_allclose(near.values - near.values[first], best.values, atol=1e-3)
    assert best.gain > average_reward(WORLD.transitions, random_policy(WORLD.transitions)).gain


def test_better_customers_are_accepted_with_fewer_servers_free() -> None:
    assert WORLD.layout is not None
    accepts = WORLD.layout.grid(best_average(WORLD.transitions).policy[:, 1])
    least = [int((row == 1).argmax()) if row.any() else 99 for row in accepts]
    assert least == [99, 4, 1, 1]
    assert not accepts[:, 0].any()


def test_where_episodes_end_or_the_start_matters_there_is_no_average() -> None:
    ending = Transitions.of([0], [0], [1], [1], [1], n_states=2, n_actions=1)
    with pytest.raises(EngineError, match="episodes end in this world"):
        average_reward(ending, np.array([[1.0], [0.0]]))
    apart = Transitions.of([0, 1], [0, 0], [0, 1], [1, 1], [1, 2], n_states=2, n_actions=1)
    with pytest.raises(EngineError, match="in one of 2 parts of the world, such as those of 0 and 1"):
        average_reward(apart, np.ones((2, 1)))


def test_a_state_that_is_left_for_good_is_worth_what_it_pays_beside_the_rest() -> None:
    way = Transitions.of([0, 1], [0, 0], [1, 1], [1, 1], [5, 2], n_states=2, n_actions=1)
    found = average_reward(way, np.ones((2, 1)))
    assert (found.gain, found.values.tolist()) == (2.0, [0.0, -3.0])


def test_the_servers_and_the_customers_are_those_of_the_book() -> None:
    moves = WORLD.transitions
    assert moves.n_states == 44
    pair = WORLD.states.index("pays 8 with 10 free") * 2 + 1
    rows = slice(*moves.pairs[pair : pair + 2])
    assert set(moves.reward[rows].tolist()) == {8.0}
    freed = [s.endswith("10 free") for s in np.array(WORLD.states)[moves.next[rows]]]
    assert moves.probability[rows][freed].sum() == pytest.approx(0.06)
    none = WORLD.states.index("pays 2 with 0 free")
    assert moves.allowed[none].tolist() == [True, False]
    assert np.isfinite(evaluate(moves, random_policy(moves), 0.9)).all()
