"""What each slip of decisions makes of numbers that tell all of them apart, written out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.slips import SLIPS
from dlcli.engines.decisions import slips

#: Slip -> what it is given, what it makes of that.
MADE: dict[str, tuple[tuple[Any, ...], Any]] = {
    "world.equal": (([0.5, 0.2],), 1 / 3),
    "world.sum": (([0.5, 0.2],), 0.7),
    "world.one-left-out": (([0.6, 0.2],), 0.4),
    "world.added": ((0.5, 0.2), 0.7),
    "world.first-step": (([2, 5, 3], [7, 11, 13]), 11),
    "world.all-ways": (([2, 5, 3], [7, 11, 13]), 31),
    "world.mean": (([0.5, 0.25, 0.25], [3, 5, 10]), 6),
    "world.likeliest": (([0.2, 0.5, 0.3], [3, 5, 10]), 5),
    # R = 2, 3, 5, 7 with gamma = 10: each digit is a term
    "ret.gamma-r2": (([2, 3, 5, 7], 10), [2, 3, 500, 7000]),
    "ret.shift": (([2, 3, 5, 7], 10), [20, 300, 5000, 70000]),
    "ret.last": (([2, 3, 5, 7], 10), [2, 30, 500, 0]),
    "ret.no-gamma": (([2, 3, 5, 7], 10), [2, 3, 5, 7]),
    "ret.linear": (([2, 3, 5, 7], 10), [2, 30, 100, 210]),
    "ret.reversed": (([2, 3, 5, 7], 10), [2000, 300, 50, 7]),
    "ret.index": (([2, 3, 5, 7], 10), [0, 3, 50, 700]),
    # r = 2, v(s') = 3, gamma = 5, R(s) = 7, v(s) = 11
    "bell.no-gamma": ((2, 3, 5, 7, 11), 5),
    "bell.gamma-r": ((2, 3, 5, 7, 11), 25),
    "bell.reward-state": ((2, 3, 5, 7, 11), 22),
    "bell.v-s": ((2, 3, 5, 7, 11), 57),
    "bell.max": (([0.25, 0.75], [4, 8]), 8),
    "bell.no-p": (([0.25, 0.75], [4, 8]), 12),
    "bell.policy": (([0.25, 0.75], [4, 8]), 8),
    "bell.mean": (([4, 8, 3],), 5),
    "bell.worst": (([4, 8, 3],), 3),
    "bell.reward-alone": (([1, 3, 2], [9, 5, 7]), 1),
    "bell.value-alone": (([1, 3, 2], [9, 5, 7]), 0),
    "vi.in-place": (([1, 2], [3, 4], 1), 4),
    "vi.old-values": (([1, 2], [3, 4], 1), 2),
    "vi.no-gamma": ((2, 3), 5),
    # r = 2, V(s') = 3, gamma = 5; then V = 2, alpha = 10, delta = 3, target = 7, V(s') = 11
    "td.no-gamma": ((2, 3, 5), 5),
    "td.gamma-r": ((2, 3, 5), 25),
    "td.terminal": ((2, 3, 5), 17),
    "td.error-sign": ((2, 3), 1),
    "td.sign": ((2, 10, 3, 7, 11), -28),
    "td.alpha-target": ((2, 10, 3, 7, 11), 72),
    "td.no-alpha": ((2, 10, 3, 7, 11), 5),
    "td.delta": ((2, 10, 3, 7, 11), 3),
    "td.next-state": ((2, 10, 3, 7, 11), 41),
    "td.order": ((2, 3), 2),
    "mc.bootstrap": ((2, 3, 5), 17),
    "q.sarsa-max": (([2, 7, 3], 0, 2), 7),
    "q.q-taken": (([2, 7, 3], 0, 2), 2),
    "q.resample": (([2, 7, 3], 0, 2), 3),
    "q.expected": (([2, 7, 3], [0.1, 0.8, 0.1], 0.3), 4),
    "q.expected-max": (([2, 7, 3], [0.1, 0.8, 0.1], 0.3), 7),
    # epsilon = 0.2, four actions, the best
    "eps.greedy": ((0.2, 4, True), 0.8),
    "eps.rest": ((0.3, 4, False), 0.1),
    "eps.inverted": ((0.2, 4, True), 0.4),
    "eps.explore": ((0.2, 4, True), 0.05),
    "eps.first-best": ((0.2, 4, True), 0.85),
}


@pytest.mark.parametrize("name", MADE)
def test_a_slip_makes_what_its_formula_says(name: str) -> None:
    numbers, expected = MADE[name]
    assert np.allclose(np.array(SLIPS[name].wrong(*numbers), float), expected, rtol=1e-12)


def test_moves_that_slips_choose() -> None:
    worths = {"up": 1, "down": 3, "left": 3, "right": -2}
    assert SLIPS["policy.least"].wrong(worths) == ("right",)
    assert SLIPS["policy.turned"].wrong(("up", "right")) == ("left", "down")
    assert SLIPS["policy.first"].wrong(slips.greedy(worths)) == ("down",)
    assert SLIPS["policy.cost-forgotten"].wrong({}, worths) == ("down", "left")


@pytest.mark.parametrize("ties", [1, 2])
def test_probabilities_of_epsilon_greedy_add_up_and_only_two_slips_do(ties: int) -> None:
    def whole(function: Any) -> float:
        return sum(function(0.3, 5, k < ties, ties) for k in range(5))

    assert whole(slips.epsilon_greedy) == pytest.approx(1)
    sums = {
        name: whole(SLIPS[name].wrong) for name in ("eps.greedy", "eps.rest", "eps.inverted", "eps.explore")
    }
    expected = {"eps.greedy": 1 - 0.3 * ties / 5, "eps.rest": 1, "eps.inverted": 1, "eps.explore": 0.3}
    assert sums == pytest.approx(expected)
