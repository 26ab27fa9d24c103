"""Slips of decisions: the discount forgotten, outcomes not weighted, the value of a state that has none.

Each takes what one line of the calculation takes, and gives what that line becomes. The right lines stand
beside them.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlcli.engines.base.exact import Exact, largest, least
from dlcli.engines.base.slips import slip

# What a table of a world says.


def weighed(shares: Sequence[Exact], values: Sequence[Exact]) -> Exact:
    """Σ p·value, over outcomes or over actions.

    >>> weighed([2, 3], [4, 5])
    23
    """
    return sum(p * value for p, value in zip(shares, values, strict=True))


@slip(
    "world.equal",
    "when all outcomes are equally likely",
    "The shares of the others are given: 1 less their sum.",
)
def equally_likely(shares: Sequence[Exact]) -> Exact:
    """1/n of n outcomes, the missing one among them."""
    return 1 / (shares[0] * 0 + len(shares) + 1)


@slip(
    "world.sum",
    "when the given shares are added up",
    "Together all outcomes are 1: what is missing is 1 less them.",
)
def sum_of_given(shares: Sequence[Exact]) -> Exact:
    """Σ p of those that are given."""
    return sum(shares)


@slip("world.one-left-out", "with one outcome left out", "All outcomes of the action count, each once.")
def first_alone(shares: Sequence[Exact]) -> Exact:
    """1 − p of the first."""
    return 1 - shares[0]


@slip("world.added", "with the probabilities of a way added", "Both steps must happen: multiply.")
def way_added(first: Exact, second: Exact) -> Exact:
    """p + q."""
    return first + second


@slip("world.first-step", "with the likeliest first step", "The whole way counts, not its first step.")
def likeliest_first_step(firsts: Sequence[Exact], ways: Sequence[Exact]) -> Exact:
    """The way that begins with the likeliest step."""
    place = max(range(len(firsts)), key=lambda one: firsts[one])
    return ways[place]


@slip("world.all-ways", "with all ways together", "One way is asked for, the most likely one.")
def all_ways(firsts: Sequence[Exact], ways: Sequence[Exact]) -> Exact:
    """Σ of the ways."""
    return sum(ways)


@slip("world.mean", "with the plain mean of the rewards", "Each reward counts as often as its outcome comes.")
def plain_mean(shares: Sequence[Exact], values: Sequence[Exact]) -> Exact:
    """Σ r / n."""
    return sum(values) / len(values)


@slip("world.likeliest", "with the likeliest outcome alone", "All outcomes count, each with its probability.")
def likeliest_alone(shares: Sequence[Exact], values: Sequence[Exact]) -> Exact:
    """The value of the likeliest outcome."""
    return values[max(range(len(shares)), key=lambda one: shares[one])]


# Returns: the terms R[1], γ·R[2], γ²·R[3], …


def discounted(g: Exact, power: int, r: Exact) -> Exact:
    """γ^k · r, written without a power that does nothing.

    >>> discounted(2, 3, 5), discounted(2, 0, 5)
    (40, 5)
    """
    return r if not power else g * r if power == 1 else g**power * r


def terms(rewards: Sequence[Exact], g: Exact) -> list[Exact]:
    """The terms of G[0].

    >>> terms([1, 2, 3], 2)
    [1, 4, 12]
    """
    return [discounted(g, k, r) for k, r in enumerate(rewards)]


@slip(
    "ret.gamma-r2",
    "without γ before the second reward, as a formula in the notes prints it",
    "The second reward comes one step later: it has one γ.",
)
def second_whole(rewards: Sequence[Exact], g: Exact) -> list[Exact]:
    """R1 + R2 + γ²·R3 + …"""
    return [r if k == 1 else discounted(g, k, r) for k, r in enumerate(rewards)]


@slip("ret.shift", "with every reward one power too far", "The first reward is not discounted.")
def shifted(rewards: Sequence[Exact], g: Exact) -> list[Exact]:
    """γ·R1 + γ²·R2 + …"""
    return [discounted(g, k + 1, r) for k, r in enumerate(rewards)]


@slip("ret.last", "without the last reward", "The reward of the step into the end counts, too.")
def without_last(rewards: Sequence[Exact], g: Exact) -> list[Exact]:
    """All but the last."""
    return [*terms(rewards[:-1], g), 0]


@slip("ret.no-gamma", "without γ", "A reward that comes k steps later is multiplied by γ^k.")
def undiscounted(rewards: Sequence[Exact], g: Exact) -> list[Exact]:
    """Σ R."""
    return [*rewards]


@slip("ret.linear", "with k·γ in place of γ to the power k", "Each further step multiplies by γ once more.")
def linear(rewards: Sequence[Exact], g: Exact) -> list[Exact]:
    """R1 + γ·R2 + 2γ·R3 + …"""
    return [discounted(g, min(k, 1), r) * max(k, 1) for k, r in enumerate(rewards)]


@slip("ret.reversed", "with the early rewards discounted", "The later a reward, the higher its power of γ.")
def early_discounted(rewards: Sequence[Exact], g: Exact) -> list[Exact]:
    """γ^(T−1)·R1 + … + R[T]."""
    return [discounted(g, len(rewards) - 1 - k, r) for k, r in enumerate(rewards)]


@slip(
    "ret.index",
    "with the return of the step after",
    "The return of a step begins with the reward of that step.",
)
def a_step_on(rewards: Sequence[Exact], g: Exact) -> list[Exact]:
    """G[t+1] for G[t]."""
    return [0, *terms(rewards[1:], g)]


# Bellman: an outcome is worth r + γ·v(s'), a state the outcomes by their shares.


def worth(r: Exact, after: Exact, g: Exact, own_r: Exact = None, own_v: Exact = None) -> Exact:
    """r + γ·v(s').

    ``own_r`` and ``own_v`` are of the state that is left, which only slips ask for.

    >>> worth(1, 4, 2)
    9
    """
    return r + g * after


@slip("bell.no-gamma", "without γ", "What the next state is worth is discounted by γ.")
def worth_undiscounted(r: Exact, after: Exact, g: Exact, own_r: Exact = None, own_v: Exact = None) -> Exact:
    """r + v(s')."""
    return r + after


@slip("bell.gamma-r", "with γ on the reward, too", "The reward comes at once: γ is before v(s') alone.")
def worth_all_discounted(r: Exact, after: Exact, g: Exact, own_r: Exact = None, own_v: Exact = None) -> Exact:
    """γ·(r + v(s'))."""
    return g * (r + after)


@slip(
    "bell.reward-state",
    "with the reward of the state that is left",
    "Here the reward is that of the state that is entered.",
    convention=True,
)
def worth_of_left(r: Exact, after: Exact, g: Exact, own_r: Exact = None, own_v: Exact = None) -> Exact:
    """R(s) + γ·v(s')."""
    return own_r + g * after


@slip(
    "bell.v-s",
    "with the value of the state itself",
    "After the step it is the next state that counts: v(s').",
)
def worth_of_own(r: Exact, after: Exact, g: Exact, own_r: Exact = None, own_v: Exact = None) -> Exact:
    """r + γ·v(s)."""
    return r + g * own_v


@slip(
    "bell.max", "with the best outcome alone", "Outcomes cannot be chosen: each counts with its probability."
)
def best_outcome(shares: Sequence[Exact], values: Sequence[Exact]) -> Exact:
    """max (r + γ·v(s'))."""
    return largest(*values)


@slip("bell.no-p", "when outcomes are not weighted", "Each outcome is multiplied by its probability.")
def unweighted(shares: Sequence[Exact], values: Sequence[Exact]) -> Exact:
    """Σ (r + γ·v(s'))."""
    return sum(values)


@slip("bell.policy", "with the best action", "The policy is given: each action counts with its share.")
def best_action(shares: Sequence[Exact], values: Sequence[Exact]) -> Exact:
    """max q for Σ π·q."""
    return largest(*values)


@slip("bell.mean", "with the mean over the actions", "The best action is taken: the largest q.")
def mean_action(values: Sequence[Exact]) -> Exact:
    """Σ q / n."""
    return sum(values) / len(values)


@slip("bell.worst", "with the smallest q", "The best action is taken: the largest q.")
def worst_action(values: Sequence[Exact]) -> Exact:
    """min q."""
    return least(*values)


@slip("bell.reward-alone", "when the reward alone decides", "An action is worth its reward and γ·v(s').")
def by_reward(rewards: Sequence[Exact], afters: Sequence[Exact]) -> int:
    """The place of the largest reward."""
    return max(range(len(rewards)), key=lambda one: rewards[one])


@slip(
    "bell.value-alone", "when the value of the next state alone decides", "The reward on the way counts, too."
)
def by_value(rewards: Sequence[Exact], afters: Sequence[Exact]) -> int:
    """The place of the largest v(s')."""
    return max(range(len(afters)), key=lambda one: afters[one])


# Sweeps: all states once, each from the values of the sweep before.


@slip(
    "vi.in-place",
    "with values of the same sweep",
    "Here a sweep uses the values of the sweep before alone.",
    convention=True,
)
def newest(old: Sequence[Exact], new: Sequence[Exact], place: int) -> Exact:
    """The value as it is by now."""
    return new[place]


@slip(
    "vi.old-values",
    "with the values of the sweep before",
    "Here a sweep works in place: what it has set already is used.",
    convention=True,
)
def oldest(old: Sequence[Exact], new: Sequence[Exact], place: int) -> Exact:
    """The value as it was before the sweep."""
    return old[place]


@slip("vi.sweeps", "after one sweep more", "Count the sweeps: the values given are those before the first.")
def sweep_more(sweeps: int) -> int:
    """k + 1 sweeps."""
    return sweeps + 1


@slip(
    "vi.sweep-less", "after one sweep less", "Count the sweeps: the values given are those before the first."
)
def sweep_less(sweeps: int) -> int:
    """k − 1 sweeps."""
    return sweeps - 1


@slip("vi.no-gamma", "without γ", "What the next state is worth is discounted by γ.")
def sweep_undiscounted(r: Exact, after: Exact) -> Exact:
    """r + V(s')."""
    return r + after


# TD(0): target = r + γ·V(s'), δ = target − V(s), new V(s) = V(s) + α·δ.


@slip(
    "td.no-gamma",
    "without γ, as the notes print the prediction error",
    "The value of the next state is discounted: r + γ·V(s').",
)
def target_undiscounted(r: Exact, after: Exact, g: Exact) -> Exact:
    """r + V(s')."""
    return r + after


@slip("td.gamma-r", "with γ on the reward, too", "The reward comes at once: γ is before V(s') alone.")
def target_all_discounted(r: Exact, after: Exact, g: Exact) -> Exact:
    """γ·(r + V(s'))."""
    return g * (r + after)


@slip("td.terminal", "with a value for the end", "Behind the end nothing comes: its value is 0.")
def target_beyond_end(r: Exact, shown: Exact, g: Exact) -> Exact:
    """r + γ·V(end) for r."""
    return r + g * shown


@slip("td.error-sign", "with the prediction error turned round", "δ is what came less what was expected.")
def error_turned(target: Exact, v: Exact) -> Exact:
    """V(s) − target."""
    return v - target


def moved(v: Exact, a: Exact, error: Exact, target: Exact = None, after: Exact = None) -> Exact:
    """The new value V(s) + α·δ.

    >>> moved(1, 2, 3)
    7
    """
    return v + a * error


@slip("td.sign", "with α·δ subtracted", "The value moves towards the target: add α·δ.")
def moved_away(v: Exact, a: Exact, error: Exact, target: Exact = None, after: Exact = None) -> Exact:
    """V − α·δ."""
    return v - a * error


@slip("td.alpha-target", "with α of the target added", "α multiplies δ, the target less V(s).")
def moved_by_target(v: Exact, a: Exact, error: Exact, target: Exact = None, after: Exact = None) -> Exact:
    """V + α·target."""
    return v + a * target


@slip("td.no-alpha", "without α", "The value moves by the share α of δ.")
def moved_whole(v: Exact, a: Exact, error: Exact, target: Exact = None, after: Exact = None) -> Exact:
    """V + δ."""
    return v + error


@slip("td.delta", "when δ is given for the new value", "The new value is the old one and α·δ.")
def error_alone(v: Exact, a: Exact, error: Exact, target: Exact = None, after: Exact = None) -> Exact:
    """δ."""
    return error


@slip("td.next-state", "with the next state changed", "It is the state that was left whose value moves.")
def moved_next(v: Exact, a: Exact, error: Exact, target: Exact = None, after: Exact = None) -> Exact:
    """V(s') + α·δ."""
    return after + a * error


@slip(
    "td.order",
    "with the next state as it was at the start",
    "Each step uses the values that the steps before have left.",
)
def first_value(before: Exact, now: Exact) -> Exact:
    """V of the next state before any step."""
    return before


@slip("mc.bootstrap", "with the value of the next state for the rest", "Monte Carlo waits for all rewards.")
def bootstrapped(r: Exact, after: Exact, g: Exact) -> Exact:
    """r + γ·V(s') for the return."""
    return r + g * after


@slip("td.whole", "with the whole return", "TD(0) takes one reward, and V(s') for the rest.")
def whole_return(returned: Exact) -> Exact:
    """G for r + γ·V(s')."""
    return returned


@slip(
    "mc.exchanged", "with the two methods exchanged", "Monte Carlo uses the rewards alone, TD the next value."
)
def exchanged(mc: str, td: str) -> str:
    """Each for the other."""
    return td


@slip(
    "mc.first", "with the first state", "Before the end there is one reward left: there both targets are it."
)
def first_state(states: Sequence[str]) -> str:
    """The state in which the episode begins."""
    return states[0]


# Control: what s' is worth.


@slip("q.sarsa-max", "with the largest Q for the action taken", "SARSA uses the action that is taken next.")
def largest_for_taken(values: Sequence[Exact], taken: int, other: int) -> Exact:
    """max Q(s', ·)."""
    return largest(*values)


@slip(
    "q.q-taken",
    "with the action taken for the largest Q",
    "Q-learning uses the largest Q, whatever is taken.",
)
def taken_for_largest(values: Sequence[Exact], taken: int, other: int) -> Exact:
    """Q(s', a')."""
    return values[taken]


@slip("q.resample", "with another action than the one chosen", "SARSA uses the action that was chosen.")
def another_action(values: Sequence[Exact], taken: int, other: int) -> Exact:
    """Q(s', a'') of another action."""
    return values[other]


@slip(
    "q.expected", "with the plain mean of the Q", "The mean is by the ε-greedy probabilities of the actions."
)
def uniform_mean(values: Sequence[Exact], shares: Sequence[Exact], e: Exact) -> Exact:
    """Σ Q / n."""
    return sum(values) / len(values)


@slip(
    "q.expected-max",
    "with the largest Q",
    "Expected SARSA takes the mean by the probabilities of the actions.",
)
def largest_for_mean(values: Sequence[Exact], shares: Sequence[Exact], e: Exact) -> Exact:
    """max Q(s', ·)."""
    return largest(*values)


# ε-greedy: with 1 − ε the best action, with ε any, the best among them.


def epsilon_greedy(e: Exact, n: int, best: bool, ties: int = 1) -> Exact:
    """The probability of an action; ``ties`` actions are the best.

    >>> from fractions import Fraction
    >>> [str(epsilon_greedy(Fraction(1, 10), 2, best)) for best in (True, False)]
    ['19/20', '1/20']
    """
    return _shared(1 - e, ties) + e / n if best else e / n


def _shared(share: Exact, ties: int) -> Exact:
    return share if ties == 1 else share / ties


@slip(
    "eps.greedy",
    "when the random choice never falls on the best",
    "With ε any action is taken, the best among them.",
)
def best_left_out(e: Exact, n: int, best: bool, ties: int = 1) -> Exact:
    """1 − ε for the best, ε/n for the others."""
    return _shared(1 - e, ties) if best else e / n


@slip(
    "eps.rest",
    "when the random choice is among the others alone",
    "Here the random choice is among all actions.",
    convention=True,
)
def among_others(e: Exact, n: int, best: bool, ties: int = 1) -> Exact:
    """1 − ε for the best, ε/(n − 1) for the others."""
    return _shared(1 - e, ties) if best else e / (n - ties)


@slip(
    "eps.inverted",
    "with ε as the share of the best action",
    "ε is the share of steps that are taken at random.",
)
def greedy_share(e: Exact, n: int, best: bool, ties: int = 1) -> Exact:
    """ε + (1 − ε)/n for the best, (1 − ε)/n for the others."""
    return _shared(e, ties) + (1 - e) / n if best else (1 - e) / n


@slip("eps.explore", "with the random steps alone", "The best action is taken in the other steps, too.")
def exploring_share(e: Exact, n: int, best: bool, ties: int = 1) -> Exact:
    """ε/n."""
    return e / n


@slip("eps.first-best", "when one of the best has it all", "Actions that are equally good share 1 − ε.")
def first_of_ties(e: Exact, n: int, best: bool, ties: int = 1) -> Exact:
    """1 − ε + ε/n for the first of the best, ε/n for the others."""
    return 1 - e + e / n if best else e / n


# The greedy policy on a grid.

#: Moves by name: rows down, columns to the right.
MOVES = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


def greedy(worths: dict[str, Exact]) -> tuple[str, ...]:
    """All moves with the largest worth.

    >>> greedy({"up": 1, "left": 2, "right": 2})
    ('left', 'right')
    """
    best = max(worths.values())
    return tuple(move for move, worth in worths.items() if worth == best)


@slip("policy.least", "with the lowest value", "Better is larger: −1 is more than −3.")
def lowest(worths: dict[str, Exact]) -> tuple[str, ...]:
    """The moves with the smallest worth."""
    return greedy({move: -worth for move, worth in worths.items()})


@slip(
    "policy.turned", "with rows and columns exchanged", "A row is a line of the grid: up and down change it."
)
def turned(moves: Sequence[str]) -> tuple[str, ...]:
    """Up for left, down for right."""
    other = {"up": "left", "left": "up", "down": "right", "right": "down"}
    return tuple(other[move] for move in moves)


@slip(
    "policy.cost-forgotten",
    "when the cost of a move is forgotten",
    "A move is worth its reward and the next value.",
)
def by_values(rewards: dict[str, Exact], afters: dict[str, Exact]) -> tuple[str, ...]:
    """The moves to the largest value."""
    return greedy(afters)


@slip(
    "policy.first",
    "when the first of equally good moves is taken alone",
    "All moves with the largest worth are best.",
)
def first_move(moves: Sequence[str]) -> tuple[str, ...]:
    """One of them."""
    return tuple(moves[:1])
