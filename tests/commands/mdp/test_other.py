"""``dlcli mdp`` for some steps, on average, sweep by sweep, and in worlds whose states are numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Tensor


def told(cli: Any, *words: str) -> str:
    ended = cli("mdp", *words, "-f", "plain", "--width", "80")
    assert ended.code == 0, ended.err
    return str(ended.out)


def flat(text: str) -> str:
    return " ".join(text.split())


def emitted(cli: Any, name: str, *words: str) -> Tensor:
    found = cli("mdp", *words, "--emit", name).tensor
    assert isinstance(found, Tensor)
    return found


def test_a_plan_has_a_policy_for_each_step(cli: Any) -> None:
    line = ("sample:maze", "--optimal", "--horizon", "9")
    plan, values = (emitted(cli, name, *line) for name in ("plan", "by-step"))
    assert (plan.shape, plan.axis_names) == ((9, 19, 4), ("step", "state", "action"))
    assert values.shape == (10, 19)
    assert not values.data[-1].any()
    np.testing.assert_array_equal(emitted(cli, "values", *line).data, values.data[0])
    np.testing.assert_array_equal(emitted(cli, "policy", *line).data, plan.data[0])
    swept = emitted(cli, "values", "sample:maze", "--optimal", "--sweeps", "9")
    np.testing.assert_allclose(values.data[0], swept.data, atol=1e-12)


def test_the_story_of_a_plan_says_where_actions_change(cli: Any) -> None:
    text = told(cli, "sample:maze", "--optimal", "--horizon", "9")
    assert "v(s), k steps left  max Σ p · (r + γ · v(s') with k − 1 left)" in text
    assert "no single policy is the best one for all steps" in flat(text)
    assert "     8     1    −0.04  any of 4" in text
    explained = told(cli, "sample:maze", "--optimal", "--horizon", "1", "--explain", "0,4")
    assert "v(0,4) = −0.04 with 1 step left" in explained
    many = told(cli, "sample:maze", "--horizon", "40")
    assert "…" in many
    assert "done at 0,0" in many


def test_the_average_reward_is_told_with_its_differential_values(cli: Any) -> None:
    text = told(cli, "access-control", "--optimal", "--average-reward")
    assert "g = 2.748 a step, in the long run, of the best policy" in text
    assert "h(s)  max Σ p · (r − g + h(s'))" in text
    explained = told(cli, "access-control:1", "--average-reward", "--explain", "0")
    assert "r − g" in explained
    assert "h(s')" in explained
    values = emitted(cli, "values", "access-control", "--optimal", "--average-reward")
    assert values.data[values.axes[0].labels.index("pays 1 with 10 free")] == 0  # type: ignore[union-attr]


def test_convergence_is_the_change_of_each_sweep_and_what_is_left(cli: Any) -> None:
    found = emitted(cli, "convergence", "gridworld:4x4", "--sweeps", "5")
    assert (found.shape, found.axes[1].labels) == ((5, 2), ("change", "away"))
    np.testing.assert_allclose(found.data[:2], [[1, 21], [1, 20.25 + 0.0]], atol=0.3)
    before = emitted(cli, "values", "gridworld:4x4", "--sweeps", "4").data
    after = emitted(cli, "values", "gridworld:4x4", "--sweeps", "5").data
    assert found.data[4, 0] == pytest.approx(np.abs(after - before).max())
    exact = emitted(cli, "values", "gridworld:4x4").data
    assert found.data[4, 1] == pytest.approx(np.abs(after - exact).max())
    assert "\nConvergence\n" in told(cli, "gridworld:4x4", "--sweeps", "5")
    assert "Convergence" not in told(cli, "gridworld:4x4", "--sweeps", "4")


@pytest.mark.parametrize("world", ["blackjack", "cars:3", "gambler"])
@pytest.mark.parametrize("words", [(), ("--optimal",), ("--sweeps", "3", "--in-place"), ("--horizon", "3")])
def test_where_states_are_numbers_the_actions_stand_beside_the_values(
    world: str, words: tuple[str, ...], cli: Any
) -> None:
    text = told(cli, world, *words)
    assert "too many cells" not in text
    assert "by capital" in text if world == "gambler" else "best actions" in text


@pytest.mark.parametrize(
    ("words", "code", "wrong"),
    [
        (("cliff", "--average-reward"), 1, "episodes end in this world"),
        (("cars:2", "--average-reward", "--gamma", "0.9"), 2, "--average-reward does not go with --gamma"),
        (("cars:2", "--average-reward", "--horizon", "3"), 2, "does not go with --horizon"),
        (("cliff", "--horizon", "3", "--sweeps", "3"), 2, "--horizon does not go with --sweeps"),
        (("cliff", "--horizon", "0"), 2, "--horizon"),
        (("gridworld:300x300", "--horizon", "1000"), 1, "try a smaller --horizon"),
        (("cliff", "--sweeps", "3", "--emit", "plan"), 1, "this run gives no plan"),
        (("access-control", "--optimal"), 1, "try gamma 0.9, or --average-reward"),
    ],
)
def test_what_cannot_be(words: tuple[str, ...], code: int, wrong: str, cli: Any) -> None:
    ended = cli("mdp", *words)
    assert (ended.code, wrong in ended.err) == (code, True), ended.err


def test_what_a_time_limit_costs_stands_beside_the_value_without_it(cli: Any) -> None:
    pytest.importorskip("gymnasium")
    lake = flat(told(cli, "gym:FrozenLake-v1", "--optimal"))
    assert (
        "worth 0.8235 at 0,0 without a limit, 0.6009 with the limit of 100 steps that Gymnasium sets" in lake
    )
    assert "--horizon 100 plans for it" in lake
    taxi = flat(told(cli, "gym:Taxi-v4", "--optimal"))
    assert "with the limit of 200 steps that Gymnasium sets or without" in taxi
    assert "(4 ends, 300 starts, 96 out of reach)" in taxi
    assert "0,0 G to G −8 out of reach: ▸ south −8" in taxi
    plan = emitted(cli, "values", "gym:FrozenLake-v1", "--optimal", "--horizon", "100")
    assert plan.data[0] == pytest.approx(0.7442, abs=5e-5)
