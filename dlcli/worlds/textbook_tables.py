"""What the textbook prints: Sutton and Barto, Reinforcement Learning: An Introduction, 2nd edition, 2018.

Numbers of a table are printed to one decimal there; those of a curve are read off the printed figure.
"""

from __future__ import annotations

#: Figure 3.2: the 5 × 5 grid's values under the random policy, γ = 0.9.
GRID_RANDOM = (
    (3.3, 8.8, 4.4, 5.3, 1.5),
    (1.5, 3.0, 2.3, 1.9, 0.5),
    (0.1, 0.7, 0.7, 0.4, -0.4),
    (-1.0, -0.4, -0.4, -0.6, -1.2),
    (-1.9, -1.3, -1.2, -1.4, -2.0),
)

#: Figure 3.5: its optimal values, and the best actions (n, e, s, w for up, right, down, left).
GRID_OPTIMAL = (
    (22.0, 24.4, 22.0, 19.4, 17.5),
    (19.8, 22.0, 19.8, 17.8, 16.0),
    (17.8, 19.8, 17.8, 16.0, 14.4),
    (16.0, 17.8, 16.0, 14.4, 13.0),
    (14.4, 16.0, 14.4, 13.0, 11.7),
)
GRID_ACTIONS = (
    ("e", "nesw", "w", "nesw", "w"),
    ("ne", "n", "nw", "w", "w"),
    ("ne", "n", "nw", "nw", "nw"),
    ("ne", "n", "nw", "nw", "nw"),
    ("ne", "n", "nw", "nw", "nw"),
)

#: Figure 4.1: the 4 × 4 grid's values after k sweeps of iterative evaluation of the random policy; None is ∞.
SWEEPS: dict[int | None, tuple[tuple[float, ...], ...]] = {
    0: ((0.0,) * 4,) * 4,
    1: ((0.0, -1.0, -1.0, -1.0), (-1.0,) * 4, (-1.0,) * 4, (-1.0, -1.0, -1.0, 0.0)),
    2: (
        (0.0, -1.7, -2.0, -2.0),
        (-1.7, -2.0, -2.0, -2.0),
        (-2.0, -2.0, -2.0, -1.7),
        (-2.0, -2.0, -1.7, 0.0),
    ),
    3: (
        (0.0, -2.4, -2.9, -3.0),
        (-2.4, -2.9, -3.0, -2.9),
        (-2.9, -3.0, -2.9, -2.4),
        (-3.0, -2.9, -2.4, 0.0),
    ),
    10: (
        (0.0, -6.1, -8.4, -9.0),
        (-6.1, -7.7, -8.4, -8.4),
        (-8.4, -8.4, -7.7, -6.1),
        (-9.0, -8.4, -6.1, 0.0),
    ),
    None: (
        (0.0, -14.0, -20.0, -22.0),
        (-14.0, -18.0, -20.0, -20.0),
        (-20.0, -20.0, -18.0, -14.0),
        (-22.0, -20.0, -14.0, 0.0),
    ),
}

#: Example 6.2, the figure on the right: RMS error after 100 episodes by method and step size.
WALK_TD = {0.15: 0.070, 0.1: 0.055, 0.05: 0.036}
WALK_MC = {0.01: 0.096, 0.02: 0.083, 0.03: 0.095, 0.04: 0.108}

#: Example 6.4: A and B, by batch TD and by batch Monte Carlo.
PREDICTOR_TD = (0.75, 0.75)
PREDICTOR_MC = (0.0, 0.75)

#: Example 6.5: the shortest way through the wind, the length of episodes with ε = 0.1 in the end, and the
#: episodes that are over after 8000 steps.
WINDY_SHORTEST, WINDY_AVERAGE, WINDY_EPISODES = 15.0, 17.0, 170.0

#: Example 6.6: what the shortest way and the safe one pay, and what episodes do once the curves are level.
CLIFF_SHORTEST, CLIFF_SAFE, CLIFF_SARSA, CLIFF_Q = -13.0, -17.0, -27.0, -50.0

#: Figure 7.2: the n and α with the smallest error over the first ten episodes, and that error.
STEPS_BEST, STEPS_ALPHA, STEPS_ERROR = 4.0, 0.4, 0.27

#: Section 9.3, per cent of the time: in the start state, in each of the 100 around it, in the outermost.
WALK_START, WALK_NEAR, WALK_OUTER = 1.37, 0.17, 0.0147

#: Figure 9.2, right: the n and the step size with the smallest error over ten episodes, and that error.
AGGREGATED_BEST, AGGREGATED_ALPHA, AGGREGATED_ERROR = 4, 0.4, 0.29

#: Figure 2.2: ε of ε-greedy with sample averages -> average reward and % best actions at 1000 steps.
TESTBED = {0.0: (1.0, 35.0), 0.01: (1.3, 58.0), 0.1: (1.38, 80.0)}

#: The text of section 2.3: the best possible reward.
TESTBED_BEST = 1.54

#: Figure 2.3: % best actions at 1000 steps, Q₁ = 5 and greedy, Q₁ = 0 and ε = 0.1, both with α = 0.1.
OPTIMISTIC, REALISTIC = 84.0, 77.0

#: Figure 2.4: average reward at 1000 steps of UCB with c = 2, and of ε = 0.1.
UPPER_BOUNDS, BESIDE_THEM = 1.47, 1.38

#: Figure 4.2: its policies, and the outermost contours of the last: cars moved to either place.
CARS_POLICIES, CARS_MOST, CARS_BACK = 5.0, 5.0, 4.0

#: Example 6.7, %: how often ε-greedy with ε = 0.1 goes left at least.
BIAS_LEAST = 5.0

#: Example 5.4: a soft 13 beside a deuce is worth this to who sticks on 20 and 21 alone, and
#: the games of which that is the mean.
DEUCE, DEUCE_GAMES = -0.27726, 100_000_000

#: Figure 5.2: the least sum to stick at by what the dealer shows, from ace to 10: soft hands, then hard ones.
STICKS_SOFT = (19, 18, 18, 18, 18, 18, 18, 18, 19, 19)
STICKS_HARD = (17, 13, 13, 12, 12, 12, 17, 17, 17, 17)

#: Figure 8.2 and the text beside it: planned steps -> episodes until behaviour is as good as ε lets it be.
PLANNING = {0: 25.0, 5: 5.0, 50: 3.0}
