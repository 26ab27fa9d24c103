"""Cars, gambler, blackjack and the bias of a maximum: by their rules, by properties, by other programs."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.decisions.bellman import evaluate
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.policy import random_policy
from dlcli.errors import BadData
from dlcli.worlds import textbook_tables as book
from dlcli.worlds.blackjack import CARDS, STICK, blackjack, dealt, sticking, with_card
from dlcli.worlds.builtin import builtin, maximization_bias
from dlcli.worlds.cars import MOVED, cars, day, poisson
from dlcli.worlds.gambler import GOAL, gambler
from dlcli.worlds.positions import positions
from dlcli.worlds.textbook_blackjack import maps, sticking_on
from dlcli.worlds.textbook_programming import bold, improvements

ASKED = np.load(Path(__file__).parents[1] / "data" / "textbook_worlds.npz")


def test_what_is_beyond_a_poisson_distribution_goes_to_its_last_number() -> None:
    plain = [math.exp(-3.0) * 3.0**n / math.factorial(n) for n in range(4)]
    np.testing.assert_allclose(poisson(3.0, 4), [*plain, 1 - sum(plain)], rtol=1e-14)
    assert poisson(3.0, 0).tolist() == [1.0]


def test_a_day_is_the_sum_over_all_that_may_be_asked_for_and_brought_back() -> None:
    room = 4
    chance, rent = day(room, 3.0, 2.0)
    count = range(40)
    for morning in range(room + 1):
        plain, paid = np.zeros(room + 1), np.zeros(room + 1)
        for asked in count:
            for back in count:
                likely = math.exp(-5.0) * 3.0**asked * 2.0**back
                likely /= math.factorial(asked) * math.factorial(back)
                rented = min(asked, morning)
                plain[min(morning - rented + back, room)] += likely
                paid[min(morning - rented + back, room)] += likely * 10 * rented
        np.testing.assert_allclose(chance[morning], plain, atol=1e-12)
        np.testing.assert_allclose(chance[morning] * rent[morning], paid, atol=1e-10)


def test_cars_are_as_scipy_has_them() -> None:
    world = cars()
    best = policy_iteration(world.transitions, 0.9)
    np.testing.assert_allclose(best.values.reshape(21, 21), ASKED["cars"], rtol=1e-9)
    np.testing.assert_array_equal(best.policy.argmax(axis=1).reshape(21, 21) - MOVED, ASKED["moved"])


def test_each_policy_of_the_cars_is_better_than_the_one_before() -> None:
    found = list(improvements())
    assert [int(np.abs(moved).max()) for moved, _ in found] == [0, 5, 5, 5, 5]
    for (_, before), (_, after) in itertools.pairwise(found):
        assert (after >= before - 1e-9).all()
        assert (after > before + 0.01).any()
    np.testing.assert_array_equal(found[-1][0], ASKED["moved"])


@pytest.mark.parametrize("heads", [0.1, 0.25, 0.4, 0.49])
def test_with_a_bad_coin_bold_play_is_best(heads: float) -> None:
    values = policy_iteration(gambler(heads).transitions, 1.0).values
    np.testing.assert_allclose(values[1:GOAL], bold(heads)[1:GOAL], atol=1e-12)


def test_with_a_fair_coin_nothing_matters_and_with_a_good_one_the_least_stake_is_best() -> None:
    fair = gambler(0.5).transitions
    np.testing.assert_allclose(evaluate(fair, random_policy(fair), 1.0)[1:GOAL], np.arange(1, GOAL) / GOAL)
    best = policy_iteration(gambler(0.6).transitions, 1.0)
    ruin = (0.4 / 0.6) ** np.arange(1, GOAL)  # the chance of ruin with stakes of 1, from Feller
    np.testing.assert_allclose(best.values[1:GOAL], (1 - ruin) / (1 - (0.4 / 0.6) ** GOAL), rtol=1e-9)
    assert (best.policy[1:GOAL].argmax(axis=1) == 0).all()


def test_aces_count_eleven_as_long_as_they_can() -> None:
    assert with_card(11, True, 1) == (12, True)
    assert with_card(12, True, 10) == (12, False)
    assert with_card(20, False, 1) == (21, False)
    assert with_card(21, False, 1) == (22, False)


def test_what_is_dealt_has_all_the_chance_there_is() -> None:
    for start in range(4, 21):
        assert sum(dealt(start, False, 17).values()) == pytest.approx(1.0, abs=1e-14)
    for shown in CARDS:
        assert sum(sticking(18, shown)) == pytest.approx(1.0, abs=1e-14)


def test_a_soft_thirteen_beside_a_deuce_is_worth_what_the_book_says() -> None:
    world = blackjack()
    values = evaluate(world.transitions, sticking_on(20), 1.0)
    assert values[world.states.index("soft 13 against 2")] == pytest.approx(book.DEUCE, abs=2e-4)


def test_the_best_strategy_is_that_of_figure_5_2() -> None:
    world = blackjack()
    best = policy_iteration(world.transitions, 1.0).policy[:, STICK]
    for part, printed in zip(maps(world, best), (book.STICKS_SOFT, book.STICKS_HARD), strict=True):
        least = 12 + (part == 1).argmax(axis=0)
        assert least.tolist() == list(printed)
        assert (np.diff(part, axis=0) >= 0).all()  # who sticks on a sum sticks on all above


def test_games_are_worth_what_gymnasium_pays() -> None:
    world = blackjack()
    mean, error = ASKED["blackjack"]
    exact = float(world.transitions.start @ policy_iteration(world.transitions, 1.0).values)
    assert abs(exact - mean) < 3 * error


def test_where_states_are_numbers_ends_have_no_place() -> None:
    world = blackjack()
    assert world.layout is not None
    values = np.arange(len(world.states), dtype=np.float64)
    assert np.isfinite(world.layout.grid(values)).all()
    assert np.sort(world.layout.grid(values).ravel()).tolist() == list(range(200))
    assert positions(world).shape == (203, 2)
    assert np.isfinite(positions(world)).all()


def test_the_actions_of_b_pay_less_than_nothing_and_are_spread_by_one() -> None:
    moves = maximization_bias(3).transitions
    pays = moves.reward[(moves.state == 1) & (moves.action == 3)]
    assert pays.mean() == pytest.approx(-0.1, abs=1e-14)
    assert pays.std() == pytest.approx(1.0, abs=1e-14)
    assert (pays > 0).mean() == 0.45
    assert moves.allowed.tolist() == [[True, True] + [False] * 3, [False, False] + [True] * 3, [False] * 5]


@pytest.mark.parametrize(
    ("word", "wrong"),
    [
        ("cars:0", "'0' is no number of cars from 1 to 20; try cars:20"),
        ("cars:21", "'21' is no number of cars from 1 to 20"),
        ("cars:x", "'x' is no number of cars"),
        ("gambler:1", "'1' is no chance of heads between 0 and 1; try gambler:0.4"),
        ("gambler:nan", "'nan' is no chance of heads"),
        ("gambler:0,4", "'0,4' is no chance of heads"),
        ("blackjack:2", "nothing may follow the name of this world; received '2'"),
        ("maximization-bias:0", "'0' is no number of actions from 1"),
    ],
)
def test_what_these_worlds_cannot_be(word: str, wrong: str) -> None:
    with pytest.raises(BadData, match=wrong):
        builtin(word)
