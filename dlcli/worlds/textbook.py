"""Figures and examples of the textbook, computed anew: ours beside what is printed, number by number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from dlcli.engines.decisions.bellman import evaluate
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning.agents import Settings
from dlcli.engines.decisions.learning.backups import monte_carlo_backups, td0_backups
from dlcli.engines.decisions.learning.batch import Batch
from dlcli.engines.decisions.learning.control import control
from dlcli.engines.decisions.learning.control_definition import Control
from dlcli.engines.decisions.learning.control_long import control_long
from dlcli.engines.decisions.learning.control_replay import greedy_return
from dlcli.engines.decisions.learning.exploration import Exploration
from dlcli.engines.decisions.learning.prediction import Method, predict
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.policy import epsilon_greedy, random_policy
from dlcli.engines.decisions.sweeps import sweeps
from dlcli.engines.decisions.transitions import Transitions
from dlcli.tensor import Array, Attr
from dlcli.worlds import textbook_tables as book
from dlcli.worlds.bandit import bandit
from dlcli.worlds.builtin import builtin, random_walk
from dlcli.worlds.comparison import Check, check, claim, otherwise
from dlcli.worlds.textbook_aggregation import aggregated_steps, aggregated_values
from dlcli.worlds.textbook_blackjack import best_strategy, deuce_errors, estimated_values
from dlcli.worlds.textbook_programming import car_policies, gambler_sweeps
from dlcli.worlds.textbook_traces import lambda_return_errors, td_lambda_errors
from dlcli.worlds.world import World

#: A table is printed to one decimal: rounded or cut, a number is at most so far from what is printed.
PRINTED = 0.0501

#: Runs of the 10-armed testbed, and the first, some early and the last steps of them.
RUNS, FIRST, EARLY, LATE = 2000, slice(30), slice(20, 100), slice(-100, None)

#: Runs of the maximization bias.
BIASED = 4000

#: What is between two numbers that were computed in two ways.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Figure:
    """A figure or example of the book: how it is computed, and the command line that shows it.

    ``chance`` says whether its numbers depend on the seed.
    """

    name: str
    title: str
    where: str
    compute: Callable[[np.random.Generator], Iterator[Check]]
    line: str
    chance: bool = True

    @property
    def attrs(self) -> Mapping[str, Attr]:
        """What messages call it by."""
        return {"source": self.name}


def world_of(name: str) -> World:
    """A built-in world that is known to be there."""
    world = builtin(name)
    assert world is not None
    return world


def random_walk_errors(rng: np.random.Generator) -> Iterator[Check]:
    """Example 6.2: RMS error, the mean over states, then over runs, after 100 episodes from V = 0.5."""
    methods = [Method(alpha=alpha) for alpha in book.WALK_TD] + [
        Method("mc", alpha) for alpha in book.WALK_MC
    ]
    found = _walk_errors(methods, rng.spawn(1000))[:, -1]
    printed = {f"TD, α = {a:g}": v for a, v in book.WALK_TD.items()}
    printed |= {f"MC, α = {a:g}": v for a, v in book.WALK_MC.items()}
    for ours, (label, value) in zip(found, printed.items(), strict=True):
        # The book's curves are means of 100 runs: their standard error is up to 0.0055 (MC) and 0.0025 (TD).
        tolerance = 0.006 if label.startswith("TD") else 0.012
        yield check(label, float(ours), value, tolerance, "two standard errors of 100 runs, and reading off")


def batch_errors(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 6.2: batch TD is better than batch Monte Carlo however many episodes there are."""
    td, mc = _walk_errors([Method(batch=True), Method("mc", batch=True)], rng.spawn(400))[:, 10:]
    yield claim("TD is ahead after 10 to 100 episodes", (td < mc).all(), "the text")
    yield check("error of TD after 100 episodes", float(td[-1]), 0.04, 0.015, "read off the figure")
    yield check("error of MC after 100 episodes", float(mc[-1]), 0.06, 0.015, "read off the figure")


def predictor_values(rng: np.random.Generator) -> Iterator[Check]:
    """Example 6.4: eight episodes, A 0 B 0, six times B 1, once B 0, learnt in a batch."""
    seen = Episodes.of(
        [0, *[1] * 8], [0] * 9, [0.0, 0.0, *[1.0] * 6, 0.0], [1, *[2] * 8], lengths=[2, *[1] * 7]
    )
    for label, backups, printed in (
        ("TD", td0_backups(seen, 1.0), book.PREDICTOR_TD),
        ("MC", monte_carlo_backups(seen, 1.0), book.PREDICTOR_MC),
    ):
        batch = Batch(1, 3)
        batch.see(backups, np.arange(len(backups.state)))
        values = batch.values(np.zeros(3))[0]
        for state, ours, value in zip("AB", values, printed, strict=False):
            yield check(f"V({state}) by batch {label}", float(ours), value, ROUNDING, "exact")


def grid_random(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 3.2: the linear equations of the random policy."""
    world = world_of("gridworld:5x5")
    values = evaluate(world.transitions, random_policy(world.transitions), 0.9)
    yield check(
        "v(s), random policy", _drawn(world, values), np.array(book.GRID_RANDOM), PRINTED, "one decimal"
    )


def grid_optimal(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 3.5: optimal values, and the actions that have them."""
    world = world_of("gridworld:5x5")
    best = policy_iteration(world.transitions, 0.9)
    yield check("v*(s)", _drawn(world, best.values), np.array(book.GRID_OPTIMAL), PRINTED, "one decimal")
    letters = ["nesw"[["up", "right", "down", "left"].index(action)] for action in world.actions]
    ours = [
        frozenset(letter for letter, share in zip(letters, row, strict=True) if share > 0)
        for row in best.policy
    ]
    printed = [frozenset(cell) for row in book.GRID_ACTIONS for cell in row]
    same = sum(one == other for one, other in zip(ours, printed, strict=True))
    yield check("cells with the same best actions", same, 25.0, 0.0, "exact")


def sweep_values(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 4.1: iterative evaluation of the random policy, sweep by sweep, and its end."""
    world = world_of("gridworld:4x4")
    policy = random_policy(world.transitions)
    every = sweeps(world.transitions, policy, 1.0)
    swept = dict(enumerate(islice(every, 11)))
    for k, printed in book.SWEEPS.items():
        values = evaluate(world.transitions, policy, 1.0) if k is None else swept[k]
        told = "∞" if k is None else str(k)
        yield check(
            f"v(s) after k = {told}", _drawn(world, values), np.array(printed), PRINTED, "one decimal"
        )


def windy_lengths(rng: np.random.Generator) -> Iterator[Check]:
    """Example 6.5: SARSA with ε = 0.1 and α = 0.5 in the wind."""
    moves = world_of("windy").transitions
    best = policy_iteration(moves, 1.0)
    start = int(moves.start.argmax())
    shortest = -float(best.values[start])
    yield check("steps of the shortest way", shortest, book.WINDY_SHORTEST, ROUNDING, "exact")
    trying = -float(evaluate(moves, epsilon_greedy(best.q, 0.1), 1.0)[start])
    yield check("steps with ε = 0.1 on it, on average", trying, book.WINDY_AVERAGE, 0.5, "the text: about 17")
    learnt = control(moves, "sarsa", rng.spawn(50), episodes=600, alpha=0.5, steps=8000)
    over = float((learnt.steps > 0).sum(axis=1).mean())
    yield check("episodes in 8000 steps", over, book.WINDY_EPISODES, 30.0,
                "the figure shows one run; runs differ by 10")  # fmt: skip


def cliff_returns(rng: np.random.Generator) -> Iterator[Check]:
    """Example 6.6: SARSA and Q-learning with ε = 0.1 at the cliff; α = 0.5, which the book does not say."""
    moves = world_of("cliff").transitions
    for rule, shortest, printed, tolerance, paid in (
        ("q-learning", book.CLIFF_SHORTEST, book.CLIFF_Q, 6.0, "the shortest way"),
        ("sarsa", book.CLIFF_SAFE, book.CLIFF_SARSA, 5.0, "the safe way"),
    ):
        learnt = control(moves, rule, rng.spawn(50), episodes=500, alpha=0.5)
        pays = greedy_return(moves, learnt.q.mean(axis=0), 1.0)
        name = {"q-learning": "Q-learning", "sarsa": "SARSA"}[rule]
        yield check(f"{name}: its way, {paid}", pays, shortest, ROUNDING, "exact")
        level = float(learnt.returns[:, 100:].mean())
        yield check(f"{name}: reward of an episode", level, printed, tolerance, "read off the figure")


def n_step_errors(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 7.2: the 19-state walk with −1 at its left end, the mean over 10 episodes.

    Twice the book's 100 runs: over these the smallest error still varies by 0.005 from seed to seed.
    """
    walk = random_walk(19, left=-1).transitions
    methods = [
        Method("n-step", alpha, n=n)
        for n in (1, 2, 4, 8, 16, 32)
        for alpha in np.round(np.arange(1, 11) / 10, 1).tolist()
    ]
    exact = np.where(walk.terminal, 0.0, np.arange(-10, 11) / 10)
    learnt = predict(walk, random_policy(walk), methods, rng.spawn(200), episodes=10, exact=exact)
    assert learnt.rms is not None
    errors = learnt.rms[..., 1:].mean(axis=(1, 2))
    best = int(errors.argmin())
    yield check("n with the smallest error", methods[best].n, book.STEPS_BEST, 0.0, "exact")
    yield check("its α", float(methods[best].alpha or 0), book.STEPS_ALPHA, 0.1001, "read off the figure")
    yield check("its error", float(errors[best]), book.STEPS_ERROR, 0.02, "read off the figure")
    one = float(errors[:10].min())
    yield claim("n = 1: its error is the larger one", one > errors[best], "the figure")


def maximization_shares(rng: np.random.Generator) -> Iterator[Check]:
    """Example 6.7: how often Q-learning and double Q-learning go left, ε = 0.1, α = 0.1, ten actions in B."""
    generators = rng.spawn(BIASED)
    left = {}
    for rule in ("q-learning", "double-q"):
        learnt = control(world_of("maximization-bias").transitions, rule, deepcopy(generators), episodes=300)
        left[rule] = 100 * (learnt.steps == 2).mean(axis=0)  # who goes left takes a second step
    single, double = left["q-learning"], left["double-q"]
    error = 50 / float(np.sqrt(BIASED))  # of a share, at most
    yield claim("Q-learning goes left more often at first", single.max() > 50 + 3 * error, "caption")
    yield claim("always more often than 5 %, which is for ε", single.min() > book.BIAS_LEAST + 3 * error,
                "caption")  # fmt: skip
    yield claim("double Q never goes left more often", double.max() < 50 + 4 * error,
                "caption")  # fmt: skip
    means = single.reshape(30, 10).mean(axis=1), double.reshape(30, 10).mean(axis=1)
    yield claim("double Q goes left less often throughout", (means[1] < means[0]).all(), "the figure")
    yield otherwise("first episode: % left", single[0], 50.0, 3 * error, "a tie: three errors of 4000 runs")


def blackjack_values(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 5.1: first-visit Monte Carlo for who sticks on 20 and 21 alone, beside the exact values."""
    yield from estimated_values(rng)


def blackjack_strategy(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 5.2: the best strategy, exactly and by Monte Carlo with exploring starts."""
    yield from best_strategy(rng)


def importance_errors(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 5.3: ordinary and weighted importance sampling of one state."""
    yield from deuce_errors(rng)


def planned_steps(rng: np.random.Generator, runs: int = 30) -> Iterator[Check]:
    """Figure 8.2: Dyna-Q in the maze with 0, 5 and 50 planned steps, ε = 0.1, α = 0.1, 30 runs."""
    world = world_of("dyna-maze")
    moves = world.transitions
    start, counting = int(moves.start.argmax()), replace(moves, reward=-np.ones(len(moves.reward)))
    best = policy_iteration(moves, world.gamma)
    shortest = -float(policy_iteration(counting, 1.0).values[start])
    by_value = 1 + float(np.log(best.values[start]) / np.log(world.gamma))
    yield otherwise("steps of the shortest way", by_value, shortest, ROUNDING, "discounted and counted")
    good = -float(evaluate(counting, epsilon_greedy(best.q, 0.1), 1.0)[start])
    generators, found = rng.spawn(runs), {}
    for planning, printed in book.PLANNING.items():
        steps = np.array([
            control_long(
                moves, "dyna-q", deepcopy(generator), episodes=50 if planning == 0 else 15, gamma=world.gamma,
                settings=Settings(planning=planning),
            ).steps[0]
            for generator in generators
        ])  # fmt: skip
        if planning == 0:
            mean, error = _walk_steps(moves, start)
            yield otherwise("steps of the first episode", steps[:, 0].mean(), mean, 3 * error / runs**0.5,
                            "the random walk that it is, exactly: three errors of the runs")  # fmt: skip
        found[planning] = float(_needed(steps.mean(axis=0), good))
        again = [_needed(steps[rng.integers(0, runs, runs)].mean(axis=0), good) for _ in range(200)]
        # The book's numbers are means of 30 runs, too, and whole.
        within = max(1.0, 3 * float(np.sqrt(2) * np.std(again)))
        label = f"{planning} planned: episodes until near the best"
        yield check(label, found[planning], printed, within, "three errors of a difference, by bootstrap")
    yield claim("more planned steps, fewer episodes", found[50] < found[5] < found[0], "the text")


def _walk_steps(moves: Transitions, start: int) -> tuple[float, float]:
    """The steps of an episode of the random policy, mean and standard deviation: T² is (1 + T′)²."""
    policy = random_policy(moves)
    mean = evaluate(replace(moves, reward=np.ones(len(moves.reward))), policy, 1.0)
    square = evaluate(replace(moves, reward=1 + 2 * mean[moves.next]), policy, 1.0)
    return float(mean[start]), float(np.sqrt(square[start] - mean[start] ** 2))


def _needed(steps: Array, good: float) -> int:
    """Episodes before the first one that is at most a quarter longer than the best actions and ε make it."""
    return int(np.argmax(steps <= 1.25 * good))


def car_rental(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 4.2: policy iteration from the policy that moves no car."""
    yield from car_policies()


def gamblers_problem(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 4.3: value iteration sweep by sweep, and the final policy."""
    yield from gambler_sweeps()


def offline_lambda(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 12.3: the off-line λ-return algorithm by λ and α."""
    yield from lambda_return_errors(rng)


def online_lambda(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 12.6: TD(λ) beside the off-line λ-return algorithm."""
    yield from td_lambda_errors(rng)


def aggregation(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 9.1: the walk of 1000 states by gradient Monte Carlo in ten groups."""
    yield from aggregated_values(rng)


def aggregation_steps(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 9.2: the same walk by semi-gradient TD, and by n-step TD in twenty groups."""
    yield from aggregated_steps(rng)


def testbed_greediness(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 2.2: greedy and ε-greedy with sample averages, 2000 runs of 1000 steps."""
    generators = rng.spawn(RUNS)
    ended = {}
    for epsilon, (reward, best) in book.TESTBED.items():
        learnt, possible = _pulled(Exploration(value=epsilon), None, generators)
        ended[epsilon] = _end(learnt)
        yield check(f"ε = {epsilon:g}: reward", ended[epsilon][0], reward, 0.1, "read off the figure")
        yield check(f"ε = {epsilon:g}: % best actions", ended[epsilon][1], best, 6.0, "read off the figure")
    yield check("the best possible reward", possible, book.TESTBED_BEST, 0.06, "2000 runs differ by 0.03")
    rising = all(one < two for one, two in zip(ended[0.0], ended[0.01], strict=True))
    yield claim("greedy is the worst of them in the end", rising, "the text")


def testbed_optimism(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 2.3: optimistic first guesses and greedy, beside ε-greedy, both with α = 0.1."""
    generators = rng.spawn(RUNS)
    hopeful, plain = (
        _pulled(explore, 0.1, generators)[0] for explore in (Exploration("optimistic", 5.0), Exploration())
    )
    for label, learnt, printed in (
        ("Q₁ = 5, greedy", hopeful, book.OPTIMISTIC),
        ("Q₁ = 0, ε = 0.1", plain, book.REALISTIC),
    ):
        yield check(f"{label}: % best actions", _end(learnt)[1], printed, 6.0, "read off the figure")
    early, late = (_share(hopeful)[part].mean() - _share(plain)[part].mean() for part in (EARLY, LATE))
    yield claim("the optimist is behind at first", early < 0, "the text")
    yield claim("and ahead in the end", late > 0, "the text")
    yield check("its spike of % best actions, at step", float(_share(hopeful)[FIRST].argmax() + 1), 11.0, 0.0,
                "exercise 2.6: once all ten were tried")  # fmt: skip


def testbed_bounds(rng: np.random.Generator) -> Iterator[Check]:
    """Figure 2.4: upper confidence bounds beside ε-greedy, with sample averages."""
    generators = rng.spawn(RUNS)
    bounds, plain = (
        _pulled(explore, None, generators)[0] for explore in (Exploration("ucb", 2.0), Exploration())
    )
    yield check("UCB, c = 2: reward", _end(bounds)[0], book.UPPER_BOUNDS, 0.1, "read off the figure")
    yield check("ε = 0.1: reward", _end(plain)[0], book.BESIDE_THEM, 0.1, "read off the figure")
    ahead = _end(bounds)[0] > _end(plain)[0]
    yield claim("UCB is ahead in the end", ahead, "the text")
    spike = float(bounds.returns.mean(axis=0)[FIRST].argmax() + 1)
    yield check("its spike of reward, at step", spike, 11.0, 0.0, "exercise 2.8: once all ten were tried")


def _pulled(
    explore: Exploration, alpha: float | None, generators: Sequence[np.random.Generator]
) -> tuple[Control, float]:
    """What 1000 pulls of the 10-armed testbed taught in each run, and what the best arm pays on average."""
    world, some = bandit(), deepcopy(generators)
    moves, arms = world.transitions, world.draw(some)
    best = (arms == arms.max(axis=1, keepdims=True))[:, None]
    learnt = control(moves, "q-learning", some, episodes=1000, alpha=alpha, explore=explore, arms=arms,
                     best=best)  # fmt: skip
    return learnt, float(arms.max(axis=1).mean())


def _share(learnt: Control) -> Array:
    """The percentage of runs that took the best action, at each step."""
    assert learnt.best is not None
    share: Array = 100 * learnt.best.mean(axis=0)
    return share


def _end(learnt: Control) -> tuple[float, float]:
    """The average reward and the percentage of best actions in the last hundred of 1000 steps."""
    return float(learnt.returns[:, LATE].mean()), round(float(_share(learnt)[LATE].mean()), 2)


def _walk_errors(methods: Sequence[Method], generators: Sequence[np.random.Generator]) -> Array:
    """RMS errors on the walk of five states before each of 100 episodes and at the end (M, 101)."""
    walk, exact = random_walk().transitions, np.array([0, 1, 2, 3, 4, 5, 0]) / 6
    learnt = predict(walk, random_policy(walk), methods, generators, episodes=100, initial=0.5, exact=exact)
    assert learnt.rms is not None
    return learnt.rms.mean(axis=1)


def _drawn(world: World, values: Array) -> Array:
    assert world.layout is not None
    return world.layout.grid(values)


#: Figures of which nothing depends on chance.
CERTAIN = ("fig3.2", "fig3.5", "fig4.1", "fig4.2", "fig4.3", "ex6.4")

#: Name -> what is computed anew.
FIGURES = {
    name: Figure(name, title, where, compute, f"dlcli {line}", name not in CERTAIN)
    for name, where, title, compute, line in (
        ("fig2.2", "figure 2.2", "10-armed testbed: greedy and ε-greedy", testbed_greediness,
         "td bandit:10 --control q-learning --explore greedy --explore epsilon-greedy:0.01 "
         "--explore epsilon-greedy:0.1 --alpha 1/n --runs 2000 --episodes 1000"),
        ("fig2.3", "figure 2.3", "10-armed testbed: optimistic first guesses", testbed_optimism,
         "td bandit:10 --control q-learning --explore optimistic:5 --explore epsilon-greedy:0.1 "
         "--alpha 0.1 --runs 2000 --episodes 1000"),
        ("fig2.4", "figure 2.4", "10-armed testbed: upper confidence bounds", testbed_bounds,
         "td bandit:10 --control q-learning --explore ucb:2 --explore epsilon-greedy:0.1 "
         "--alpha 1/n --runs 2000 --episodes 1000"),
        ("ex6.2", "example 6.2", "random walk: TD and constant-α MC, RMS error after 100 episodes",
         random_walk_errors,
         "td random-walk --initial 0.5 --runs 100 --alpha 0.15 --alpha 0.1 --alpha 0.05"),
        ("fig6.2", "figure 6.2, elsewhere counted as 6.3", "random walk: batch TD and batch MC", batch_errors,
         "td random-walk --initial 0.5 --runs 100 --batch --method td0 --method mc"),
        ("ex6.4", "example 6.4", "you are the predictor: eight episodes in a batch", predictor_values,
         "td predictor --batch --method td0 --method mc"),
        ("fig3.2", "figure 3.2", "5 × 5 grid: values of the random policy", grid_random,
         "mdp gridworld:5x5"),
        ("fig3.5", "figure 3.5", "5 × 5 grid: optimal values and policy", grid_optimal,
         "mdp gridworld:5x5 --optimal"),
        ("fig4.1", "figure 4.1", "4 × 4 grid: iterative policy evaluation", sweep_values,
         "mdp gridworld:4x4 --sweeps 3"),
        ("fig4.2", "figure 4.2", "Jack's car rental: policy iteration", car_rental, "mdp cars --optimal"),
        ("fig4.3", "figure 4.3", "the gambler's problem: value iteration", gamblers_problem,
         "mdp gambler --optimal --sweeps 3"),
        ("fig5.1", "figure 5.1", "blackjack: Monte Carlo values of who sticks on 20 and 21", blackjack_values,
         "td blackjack --method mc --first-visit --alpha 1/n --episodes 10000"),
        ("fig5.2", "figure 5.2", "blackjack: the best strategy, by exploring starts", blackjack_strategy,
         "td blackjack --control mc --exploring-starts --explore greedy --alpha 1/n --episodes 20000"),
        ("fig5.3", "figure 5.3", "blackjack: ordinary and weighted importance sampling", importance_errors,
         "td blackjack --policy optimal --method mc --off-policy ordinary --off-policy weighted "
         "--start 111 --episodes 5000"),
        ("ex6.5", "example 6.5", "windy gridworld: SARSA", windy_lengths,
         "td windy --control sarsa --alpha 0.5 --episodes 170"),
        ("ex6.6", "example 6.6", "cliff walking: SARSA and Q-learning", cliff_returns,
         "td cliff --control sarsa --control q-learning --alpha 0.5 --episodes 500 --runs 50"),
        ("ex6.7", "example 6.7, figure 6.5", "maximization bias: Q-learning and double Q-learning",
         maximization_shares,
         "td maximization-bias --control q-learning --control double-q --episodes 300 --runs 1000"),
        ("fig7.2", "figure 7.2", "19-state random walk: n-step TD by n and α", n_step_errors,
         "td random-walk:19 --method n-step --n 1 --n 4 --alpha 0.4 --episodes 10 --runs 100"),
        ("fig8.2", "figure 8.2", "maze: Dyna-Q with 0, 5 and 50 planned steps", planned_steps,
         "td dyna-maze --control dyna-q --planning 50 --episodes 50"),
        ("fig9.1", "figure 9.1", "1000-state random walk: gradient Monte Carlo with state aggregation",
         aggregation,
         "td random-walk:99 --approximate linear --features groups:9 --method mc --alpha 0.01"),
        ("fig9.2", "figure 9.2", "1000-state random walk: semi-gradient TD with state aggregation",
         aggregation_steps,
         "td random-walk:99 --approximate linear --features groups:9 --method n-step --n 4"),
        ("fig12.3", "figure 12.3", "19-state random walk: off-line λ-return by λ and α", offline_lambda,
         "td random-walk:19 --method lambda --lambda 0.8 --alpha 0.3 --episodes 10 --runs 100"),
        ("fig12.6", "figure 12.6", "19-state random walk: TD(λ) beside the off-line λ-return", online_lambda,
         "td random-walk:19 --method lambda --lambda 0.8 --lambda 0.9 --alpha 0.1 --episodes 10 --runs 100"),
    )
}  # fmt: skip

#: Other names under which a figure may be asked for.
ALIASES = {"fig6.3": "fig6.2", "fig6.5": "ex6.7", "fig6.7": "ex6.7"}
ALL = "all"

#: What can be reproduced: figures by either name, or each of them.
NAMES = (*FIGURES, *ALIASES, ALL)
