"""The textbook's figures of eligibility traces, on the walk of 19 states: 12.3 and 12.6."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dlcli.engines.decisions.learning.lambda_return import lambda_returns, learn_offline
from dlcli.engines.decisions.learning.prediction import Method, predict
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.walk import sample_episodes
from dlcli.tensor import Array
from dlcli.worlds import textbook_tables as book
from dlcli.worlds.builtin import random_walk

RUNS, EPISODES = 100, 10
DECAYS = (0.0, 0.4, 0.8, 0.9, 0.95, 0.975, 0.99, 1.0)
ALPHAS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)

#: A label, our number, the book's, the tolerance, and where that comes from.
Row = tuple[str, float, float, float, str]

#: The walk that pays −1 at its left end and 1 at its right one, and its values.
WALK = random_walk(19, left=-1).transitions
EXACT = np.where(WALK.terminal, 0.0, np.arange(-10, 11) / 10)


def offline_errors(generators: Sequence[np.random.Generator]) -> Array:
    """RMS errors of the off-line λ-return algorithm (λ, α), the mean over runs, episodes and states."""
    decay = np.repeat(DECAYS, len(ALPHAS))
    alpha = np.tile(ALPHAS, len(DECAYS))
    seen = sample_episodes(WALK, random_policy(WALK), EPISODES, generators)
    total = np.zeros(len(decay))
    for run in range(len(generators)):
        values = np.zeros((len(decay), WALK.n_states))
        for episode in range(run * EPISODES, (run + 1) * EPISODES):
            steps = slice(*seen.offsets[episode : episode + 2])
            targets = lambda_returns(seen.reward[steps], values[:, seen.next[steps]], gamma=1.0, decay=decay)
            values = learn_offline(values, seen.state[steps].tolist(), targets, alpha=alpha)
            off = (values - EXACT)[:, 1:-1]
            total += np.sqrt(np.add.reduce(off * off, axis=1) / off.shape[1])
    return (total / (len(generators) * EPISODES)).reshape(len(DECAYS), len(ALPHAS))


def trace_errors(generators: Sequence[np.random.Generator]) -> Array:
    """Those of TD(λ) with accumulating traces; nan where values grow without bounds."""
    methods = [Method("lambda", alpha, decay=decay) for decay in DECAYS for alpha in ALPHAS]
    with np.errstate(over="ignore", invalid="ignore"):
        found = predict(WALK, random_policy(WALK), methods, generators, episodes=EPISODES, exact=EXACT).rms
    assert found is not None
    with np.errstate(over="ignore", invalid="ignore"):
        errors: Array = found[..., 1:].mean(axis=(1, 2)).reshape(len(DECAYS), len(ALPHAS))
    return np.where(np.isfinite(errors), errors, np.inf)


def lambda_return_errors(rng: np.random.Generator) -> Iterator[Row]:
    """Figure 12.3: the off-line λ-return algorithm by λ and α."""
    errors = offline_errors(rng.spawn(RUNS))
    best = errors.min(axis=1)
    yield "the smallest error of any λ", float(best.min()), book.TRACES_ERROR, 0.02, "read off the figure"
    yield "the λ that has it", DECAYS[int(best.argmin())], book.TRACES_BEST, 0.0, "read off the figure"
    yield "λ = 0: its smallest error", float(best[0]), book.TRACES_ONE_STEP, 0.03, "read off the figure"
    yield "λ = 1: its smallest error", float(best[-1]), book.TRACES_WHOLE, 0.04, "read off the figure"
    between = float(best[2:5].max() < min(best[0], best[-1]))
    yield "a λ between 0 and 1 is best", between, 1.0, 0.0, "the text"


def td_lambda_errors(rng: np.random.Generator) -> Iterator[Row]:
    """Figure 12.6: TD(λ) beside the off-line λ-return algorithm, from the same episodes."""
    generators = rng.spawn(RUNS)
    states = [generator.bit_generator.state for generator in generators]
    online = trace_errors(generators)
    for generator, state in zip(generators, states, strict=True):
        generator.bit_generator.state = state
    offline = offline_errors(generators)
    for i in (2, 3):
        apart = float(online[i].min() - offline[i].min())
        yield (
            f"λ = {DECAYS[i]:g}: best error less the off-line one",
            apart,
            0.0,
            0.02,
            "the text: about as well",
        )
    small = float(np.abs(online[:5, :3] - offline[:5, :3]).max())
    yield "largest difference, α up to 0.05, λ to 0.95", small, 0.0, 0.01, "the text: virtually the same"
    worse = float((online[3:, -3:] > offline[3:, -3:]).all())
    yield "with large α TD(λ) is the worse one", worse, 1.0, 0.0, "the text"
