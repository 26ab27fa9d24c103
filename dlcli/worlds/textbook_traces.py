"""The textbook's figures of eligibility traces, on the walk of 19 states: 12.3 and 12.6."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dlcli.engines.decisions.learning.lambda_return import lambda_returns, learn_offline
from dlcli.engines.decisions.learning.prediction import Method, predict
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.walk import sample_episodes
from dlcli.tensor import Array
from dlcli.worlds.builtin import random_walk
from dlcli.worlds.comparison import Check, claim, otherwise

RUNS, EPISODES = 100, 10
DECAYS = (0.0, 0.4, 0.8, 0.9, 0.95, 0.975, 0.99, 1.0)
ALPHAS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)

#: Steps of n-step TD, and those of the figure's λ for which online and off-line are compared.
STEPS, NEAR = (1, 2, 4, 8, 16), (0.8, 0.9)

#: How many of the step sizes are far below the best ones, and what is between two ways to one number.
SMALL, ROUNDING = 2, 1e-9

#: The walk that pays −1 at its left end and 1 at its right one, and its values.
WALK = random_walk(19, left=-1).transitions
EXACT = np.where(WALK.terminal, 0.0, np.arange(-10, 11) / 10)


def offline_errors(generators: Sequence[np.random.Generator]) -> Array:
    """RMS errors of the off-line λ-return algorithm (λ, α, run), the mean over episodes of those over states.

    The textbook weighs all states the same, too.
    """
    decay = np.repeat(DECAYS, len(ALPHAS))
    alpha = np.tile(ALPHAS, len(DECAYS))
    seen = sample_episodes(WALK, random_policy(WALK), EPISODES, generators)
    total = np.zeros((len(generators), len(decay)))
    for run in range(len(generators)):
        values = np.zeros((len(decay), WALK.n_states))
        for episode in range(run * EPISODES, (run + 1) * EPISODES):
            steps = slice(*seen.offsets[episode : episode + 2])
            targets = lambda_returns(seen.reward[steps], values[:, seen.next[steps]], gamma=1.0, decay=decay)
            values = learn_offline(values, seen.state[steps].tolist(), targets, alpha=alpha)
            off = (values - EXACT)[:, 1:-1]
            total[run] += np.sqrt(np.add.reduce(off * off, axis=1) / off.shape[1])
    return (total.T / EPISODES).reshape(len(DECAYS), len(ALPHAS), len(generators))


def online_errors(methods: Sequence[Method], generators: Sequence[np.random.Generator]) -> Array:
    """Those of methods of prediction (M, run); inf where values grow without bounds."""
    with np.errstate(over="ignore", invalid="ignore"):
        found = predict(WALK, random_policy(WALK), methods, generators, episodes=EPISODES, exact=EXACT).rms
        assert found is not None
        errors: Array = found[..., 1:].mean(axis=2)
    return np.where(np.isfinite(errors), errors, np.inf)


def trace_errors(generators: Sequence[np.random.Generator]) -> Array:
    """Those of TD(λ) with accumulating traces (λ, α, run)."""
    methods = [Method("lambda", alpha, decay=decay) for decay in DECAYS for alpha in ALPHAS]
    return online_errors(methods, generators).reshape(len(DECAYS), len(ALPHAS), len(generators))


def twice(rng: np.random.Generator, runs: int) -> tuple[Sequence[np.random.Generator], ...]:
    """Generators for two algorithms that see the same episodes."""
    seeds = rng.integers(0, 2**63, runs)
    first, second = ([np.random.default_rng(seed) for seed in seeds] for _ in range(2))
    return first, second


def lambda_return_errors(rng: np.random.Generator, runs: int = RUNS) -> Iterator[Check]:
    """Figure 12.3: the off-line λ-return algorithm by λ and α, beside n-step TD from the same episodes."""
    generators, again = twice(rng, runs)
    errors = offline_errors(generators)
    best = errors.mean(axis=2).min(axis=1)
    yield claim("an intermediate λ is best", 0 < int(best.argmin()) < len(DECAYS) - 1, "the text")
    methods = [Method("n-step", alpha, n=n) for n in STEPS for alpha in ALPHAS]
    others = online_errors([*methods, *(Method("mc", alpha) for alpha in ALPHAS)], again)
    by_steps = others[: len(methods)].mean(axis=1).reshape(len(STEPS), -1).min(axis=1)
    comparable = abs(best.min() - by_steps.min()) < min(best[0], best[-1]) - best.min()
    yield claim("about as good as n-step TD", comparable, "the text")
    yield claim("an intermediate n is best, too", 0 < int(by_steps.argmin()) < len(STEPS) - 1, "the text")
    for i in (3, 6):
        ours, theirs = (float(one[i].mean()) for one in (errors[-1], others[len(methods) :]))
        label = f"λ = 1, α = {ALPHAS[i]:g}: error"
        yield otherwise(label, ours, theirs, ROUNDING, "Monte Carlo, which λ = 1 is")


def td_lambda_errors(rng: np.random.Generator, runs: int = RUNS) -> Iterator[Check]:
    """Figure 12.6: TD(λ) beside the off-line λ-return algorithm, from the same episodes."""
    generators, again = twice(rng, runs)
    online, offline = trace_errors(generators), offline_errors(again)
    resolution = offline.std(axis=2, ddof=1) / np.sqrt(runs)
    apart = np.abs(online.mean(axis=2) - offline.mean(axis=2))
    for decay in NEAR:
        i, best = DECAYS.index(decay), int(offline[DECAYS.index(decay)].mean(axis=1).argmin())
        same = apart[i, :SMALL] < resolution[i].max()
        yield claim(f"λ = {decay:g}: the same at small α", same.all(), "caption")
        worse = online[i, best + 1 :].mean(axis=1) > offline[i, best + 1 :].mean(axis=1)
        yield claim(f"λ = {decay:g}: TD(λ) is worse above the best α", worse.all(), "caption")
    worst = online[4:, -1].mean(axis=1)
    yield claim("λ from 0.95 on: TD(λ) blows up at α = 1", (worst > offline.max()).all(), "the text")
