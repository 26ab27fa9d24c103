"""Writes textbook_worlds.npz: Jack's cars by SciPy's distributions, blackjack as Gymnasium deals it.

Run by hand where scipy and gymnasium (1.4.0 was asked) are installed. The cars are computed with requests and
returns counted up to 60, as matrices, and solved by value iteration; nothing of dlcli's is used. The games of
Blackjack-v1 (no natural, no sab) are played by the optimal strategy of the book's figure 5.2.
"""

from __future__ import annotations

from pathlib import Path

import gymnasium
import numpy as np
from scipy.stats import poisson

ROOM, MOST, GAMMA = 20, 60, 0.9
SOFT = (19, 18, 18, 18, 18, 18, 18, 18, 19, 19)
HARD = (17, 13, 13, 12, 12, 12, 17, 17, 17, 17)
GAMES = 1_000_000


def place(asked: float, back: float) -> tuple[np.ndarray, np.ndarray]:
    """From each number in the morning: the chances of those in the evening, and the expected rent."""
    numbers = np.arange(MOST)
    wanted, returned = poisson.pmf(numbers, asked), poisson.pmf(numbers, back)
    chances, rent = np.zeros((ROOM + 1, ROOM + 1)), np.zeros(ROOM + 1)
    for cars in range(ROOM + 1):
        for ask, p in enumerate(wanted):
            rented = min(ask, cars)
            rent[cars] += 10 * rented * p
            for more, q in enumerate(returned):
                chances[cars, min(cars - rented + more, ROOM)] += p * q
    return chances, rent


def cars() -> tuple[np.ndarray, np.ndarray]:
    """The optimal values and the cars that are moved, (21, 21)."""
    (p1, r1), (p2, r2) = place(3, 3), place(4, 2)
    values = np.zeros((ROOM + 1, ROOM + 1))
    for _ in range(600):
        ahead = r1[:, None] + r2[None, :] + GAMMA * p1 @ values @ p2.T
        q = np.full((11, ROOM + 1, ROOM + 1), -np.inf)
        for one in range(ROOM + 1):
            for two in range(ROOM + 1):
                for move in range(-min(5, two), min(5, one) + 1):
                    there = min(one - move, ROOM), min(two + move, ROOM)
                    q[move + 5, one, two] = ahead[there] - 2 * abs(move)
        values = q.max(axis=0)
    return values, q.argmax(axis=0) - 5


def games() -> tuple[float, float]:
    """The mean of what games pay, and its standard error."""
    world = gymnasium.make("Blackjack-v1", natural=False, sab=False).unwrapped
    paid = np.zeros(GAMES)
    for game in range(GAMES):
        (total, shown, ace), _ = world.reset(seed=1 if game == 0 else None)
        over = False
        while not over:
            least = (SOFT if ace else HARD)[shown - 1]
            (total, shown, ace), reward, over, _, _ = world.step(int(total < least))
        paid[game] = reward
    return float(paid.mean()), float(paid.std() / GAMES**0.5)


if __name__ == "__main__":
    values, moved = cars()
    mean, error = games()
    np.savez_compressed(
        Path(__file__).with_name("textbook_worlds.npz"),
        cars=values, moved=moved.astype(np.int8), blackjack=np.array([mean, error]),
    )  # fmt: skip
    print(values.min(), values.max(), mean, error)
