"""Topics of values: a little world, returns, Bellman's equations, sweeps."""

from __future__ import annotations

from fractions import Fraction
from operator import itemgetter
from typing import Any

from dlcli.engines.base.exact import largest
from dlcli.engines.decisions.slips import terms, weighed, worth
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.literal import decimals, listed, vector
from dlcli.teaching.topics.slipping import those, turned_into
from dlcli.teaching.topics.translation import misleading
from dlcli.teaching.worked import given, words

HALF, NINE_TENTHS = Fraction(1, 2), Fraction(9, 10)

#: Probabilities of two outcomes: never equal.
SHARES = tuple(Fraction(one, 10) for one in (2, 3, 4, 6, 7, 8))


def _two(share: Fraction) -> list[Fraction]:
    return [share, 1 - share]


@topic(
    "mdp-read",
    "Probabilities and rewards of a little world",
    notes="5.2",
    levels=("the missing probability", "the most likely way", "the expected reward"),
    idea="What one action can lead to adds up to 1; along a way probabilities multiply.",
    products=4,
)
def mdp_read(dice: Dice, level: int) -> Task:
    """A table of transitions."""
    return (_missing, _way, _expected)[level - 1](dice)


def _missing(dice: Dice) -> Task:
    first, second = dice.one([(a, b) for a in range(1, 18) for b in range(1, 18) if a + b < 20 and a != b])
    shares, other = [Fraction(first, 20), Fraction(second, 20)], _two(dice.one(SHARES))
    rows = [["a", "A", words(shares[0])], ["a", "B", words(shares[1])], ["a", "C", "p"]]
    rows += [["b", "A", words(other[0])], ["b", "C", words(other[1])]]

    def solve(pen: Pen) -> None:
        listed = [*given(shares)]
        together = pen("given", listed[0] + listed[1], {"world.one-left-out": listed[0]})
        wrong = {"world.sum": together} | those("world.equal", listed)
        pen("p", 1 - together, wrong)

    return Task(
        (
            Say(
                "From a state the actions a and b lead to A, B or C with these probabilities. Which "
                "probability is p?"
            ),
            grid("", rows, ("action", "next", "probability")),
        ),
        (Field("p"),),
        solve,
        "Σ p = 1, over all that one action can lead to",
        {"shares": shares},
        f"dlcli tensor 1 --subtract {float(shares[0])} --subtract {float(shares[1])}",
        ("world.sum", "world.one-left-out"),
    )


def _way(dice: Dice) -> Task:
    first, *after = misleading(dice)

    def solve(pen: Pen) -> None:
        table, begin, ways, firsts = given(after), given(first), [], []
        for i, middle in enumerate("AB"):
            for j, end in enumerate("YZ"):
                line = begin[i], table[i][j]
                ways.append(pen(f"p(S {middle} {end})", line[0] * line[1], those("world.added", *line)))
                firsts.append(begin[i])
        pen("p", largest(*ways), those("world.first-step world.all-ways", firsts, ways))

    rows = [[words(one) for one in first] + ["", ""]]
    rows += [["", "", *map(words, row)] for row in after]
    return Task(
        (
            Say(
                "From S the world goes to A or B, from there to Y or Z, with these probabilities; a row is "
                "the state that is left. How probable is the most likely way from S over one of A and B to "
                "one of Y and Z?"
            ),
            grid("p", rows, ("A", "B", "Y", "Z"), ("S", "A", "B")),
        ),
        (Field("p"),),
        solve,
        "p(way) = p(first step)·p(second step), the largest of four",
        {"first": first, "after": after},
        f"dlcli tensor '{decimals([[one] for one in first])}' --multiply '{decimals(after)}'",
        ("world.first-step", "world.added", "world.all-ways"),
    )


def _expected(dice: Dice) -> Task:
    cuts = dice.some(range(1, 10), 2)
    parts = [min(cuts), max(cuts) - min(cuts), 10 - max(cuts)]
    shares = [Fraction(one, 10) for one in parts]
    rewards = dice.some((-5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 10), 3)
    rows = [[name, words(p), words(given(r))] for name, p, r in zip("ABC", shares, rewards, strict=True)]

    def solve(pen: Pen) -> None:
        listed = [*given(shares)], [*given(rewards)]
        each = [pen(f"{name}", p * r, {"bell.no-p": r}) for name, p, r in zip("ABC", *listed, strict=True)]
        whole = those("world.mean world.likeliest", *listed)
        pen("r", each[0] + each[1] + each[2], whole)

    return Task(
        (
            Say(
                "One action leads to A, B or C, and each pays its reward. Which reward is expected of the "
                "action?"
            ),
            grid("", rows, ("next", "probability", "reward")),
        ),
        (Field("r"),),
        solve,
        "r = Σ p·reward",
        {"shares": shares, "rewards": rewards},
        f"dlcli tensor {listed(rewards)} --multiply {listed(shares)} --sum 0",
        ("bell.no-p", "world.mean", "world.likeliest"),
    )


@topic(
    "returns",
    "The return of each step",
    notes="5.3-5.4",
    levels=("with γ = 1/2", "of every step", "a reward forever"),
    idea="From the end backwards: a return is its reward and γ times the return of the step after.",
    products=8,
    digits=5,
)
def returns(dice: Dice, level: int) -> Task:
    """Rewards and γ: G."""
    if level == 3:
        return _forever(dice)
    g = HALF if level == 1 else dice.one((HALF, NINE_TENTHS))
    rewards = [dice.one((-3, -2, -1, 1, 2, 3, 4, 5)) for _ in range(4)]
    slips = "ret.gamma-r2 ret.shift ret.last ret.no-gamma ret.linear ret.reversed ret.index"

    def solve(pen: Pen) -> None:
        gamma, listed = given(g), [*given(rewards)]
        if level == 1:
            made = those(slips, listed, gamma)
            parts = [
                pen(
                    f"term {k}",
                    right,
                    turned_into(turned_into(made, itemgetter(k)), given),
                )
                for k, right in enumerate(terms(listed, gamma))
            ]
            pen("G0", parts[0] + parts[1] + parts[2] + parts[3])
            return
        after = None
        for t in (3, 2, 1, 0):
            made = those(slips, listed[t:], gamma)
            wrong = turned_into(made, sum)
            after = pen(f"G{t}", listed[t] if after is None else listed[t] + gamma * after, wrong)

    paid = ", ".join(f"R{k} = {words(given(r))}" for k, r in enumerate(rewards, 1))
    ask = "the return G0 of the first step" if level == 1 else "the return of every step"
    return Task(
        (
            Say(
                f"An episode of four steps pays {paid}; R1 is the reward of step 0. Compute {ask}, with γ = "
                f"{words(g)}."
            ),
        ),
        tuple(Field(f"G{t}") for t in range(1 if level == 1 else 4)),
        solve,
        "G[t] = R[t+1] + γ·R[t+2] + γ²·R[t+3] + … = R[t+1] + γ·G[t+1]",
        {"rewards": rewards, "γ": g},
        f"dlcli returns '{vector(rewards)}' --gamma {float(g)} --explain 0,0",
        ("ret.gamma-r2", "ret.shift", "ret.no-gamma", "ret.linear" if level == 1 else "ret.last"),
    )


def _forever(dice: Dice) -> Task:
    g = dice.one((HALF, NINE_TENTHS, Fraction(4, 5), Fraction(3, 4)))
    r = dice.one((-3, -2, -1, 1, 2, 3))
    first = dice.one([one for one in range(-5, 6) if one not in (0, r)])

    def solve(pen: Pen) -> None:
        gamma, reward, begin = (given(one) for one in (g, r, first))
        after = pen("G1", reward / (1 - gamma), {"ret.shift": gamma * reward / (1 - gamma)})
        wrong = {
            "ret.gamma-r2": begin + after,
            "ret.shift": gamma * begin + gamma * after,
            "ret.index": after,
        }
        pen("G0", begin + gamma * after, wrong)

    return Task(
        (
            Say(
                f"A world without an end pays R1 = {words(given(first))} once, and then {words(given(r))} at "
                f"every step, forever. Compute the return G0 with γ = {words(g)}. (For 0 < γ < 1 the sum 1 + "
                "γ + γ² + … is 1/(1 − γ).)"
            ),
        ),
        (Field("G0"),),
        solve,
        "G1 = r / (1 − γ),  G0 = R1 + γ·G1",
        {"R1": first, "r": r, "γ": g},
        f"dlcli tensor {r} --broadcast 1,200 | dlcli returns --gamma {float(g)}"
        if r > 0
        else f"dlcli tensor {-r} --multiply=-1 --broadcast 1,200 | dlcli returns --gamma {float(g)}",
        ("ret.gamma-r2", "ret.shift", "ret.index"),
    )


#: Slips of what one outcome is worth.
OF_WORTH = "bell.no-gamma bell.gamma-r"


def _values(dice: Dice, count: int) -> tuple[list[int], list[int]]:
    """Rewards on entering and values of so many states."""
    return dice.some((-3, -2, -1, 1, 2, 3, 4), count), dice.some([one for one in range(-4, 9) if one], count)


def _states(names: str, rewards: list[int], values: list[int]) -> Any:
    """The table of states."""
    return grid("", [rewards, values], [*names], ("reward on entering", "value"))


@topic(
    "bellman",
    "Value of a state from its neighbours",
    notes="5.5",
    needs=("mdp-read", "returns"),
    levels=("one action", "a policy of two actions", "two equations"),
    idea="An outcome is worth its reward and γ times the value of where it leads; weigh them by shares.",
    products=8,
    digits=5,
)
def bellman(dice: Dice, level: int) -> Task:
    """Shares, rewards, values, γ: v(s)."""
    if level == 3:
        return _two_equations(dice)
    g, share, policy = dice.one((HALF, NINE_TENTHS)), dice.one(SHARES), dice.one(SHARES)
    names = "SAB" if level == 1 else "SABC"
    rewards, values = _values(dice, len(names))

    def solve(pen: Pen) -> None:
        r, v, gamma = [*given(rewards)], [*given(values)], given(g)
        slips = f"{OF_WORTH} bell.v-s bell.reward-state"
        worths = []
        for k, name in enumerate(names[1:], 1):
            line = r[k], v[k], gamma, r[0], v[0]
            worths.append(pen(f"to {name}", worth(*line), those(slips, *line)))
        outcomes = [*given(_two(share))], worths[:2]
        if level == 1:
            pen("v", weighed(*outcomes), those("bell.max bell.no-p", *outcomes))
            return
        first = pen("q(a)", weighed(*outcomes), those("bell.max bell.no-p", *outcomes))
        actions = [*given(_two(policy))], [first, worths[2]]
        pen("v", weighed(*actions), those("bell.policy", *actions))

    a = f"leads to A with probability {words(share)}, else to B"
    weights = [*_two(share)] if level == 1 else [*(policy * one for one in _two(share)), 1 - policy]
    said = (
        f"From S the one action {a}. "
        if level == 1
        else f"In S the policy takes action a with probability {words(policy)}, else b. Action a {a}; b "
        "always leads to C. "
    )
    return Task(
        (
            Say(
                f"{said}The reward is that of the state that is entered. Compute "
                f"v(S) {'by these values' if level == 1 else 'of this policy'}, with γ = {words(g)}."
            ),
            _states(names, rewards, values),
        ),
        (Field("v"),),
        solve,
        "v(s) = Σ p·(r + γ·v(s'))" if level == 1 else "v(s) = Σ π(a)·q(a),  q(a) = Σ p·(r + γ·v(s'))",
        {"shares": _two(share), "policy": _two(policy), "rewards": rewards, "values": values, "γ": g},
        f"dlcli tensor {listed(values[1:])} --multiply {float(g)} --add={listed(rewards[1:])} --multiply "
        f"{listed(weights)} --sum 0",
        ("bell.no-gamma", "bell.no-p", "bell.max", "bell.gamma-r" if level == 1 else "bell.policy"),
    )


def _two_equations(dice: Dice) -> Task:
    g, q = HALF, Fraction(4, 5)
    r = [dice.one((-4, -2, 2, 4, 6)), dice.one((-4, -2, 2, 4, 8))]

    def solve(pen: Pen) -> None:
        gamma, back, (a, b) = given(g), given(q), given(r)
        first = pen(
            "R", a + gamma * b, {"bell.no-gamma": a + b, "bell.gamma-r": gamma * a + gamma * gamma * b}
        )
        share = pen("k", gamma * gamma * back, {"bell.no-gamma": back, "bell.no-p": gamma * gamma})
        va = pen("v(A)", first / (1 - share), {"bell.v-s": a / (1 - gamma)})
        wrong = {"bell.no-gamma": b + back * va, "bell.no-p": b + gamma * va}
        wrong |= {"bell.gamma-r": gamma * b + gamma * back * va, "bell.v-s": b / (1 - gamma * back)}
        pen("v(B)", b + gamma * back * va, wrong)

    return Task(
        (
            Say(
                f"From A the world goes to B and pays {words(given(r[0]))}. From B it pays "
                f"{words(given(r[1]))} in any case, and goes back to A with probability {words(q)}, else to "
                f"the end, whose value is 0. Write the Bellman equation of A and of B, with γ = {words(g)}, "
                "and solve them: v(A) and v(B)."
            ),
        ),
        (
            Field("v(A)", Fraction(1, 200), says="to 2 decimals"),
            Field("v(B)", Fraction(1, 200), says="to 2 decimals"),
        ),
        solve,
        "v(A) = r + γ·v(B),  v(B) = r' + γ·p·v(A),  so v(A) = (r + γ·r') / (1 − γ²·p)",
        {"r": r, "γ": g, "p": q},
        "",
        ("bell.no-gamma", "bell.gamma-r", "bell.no-p", "bell.v-s"),
    )


@topic(
    "bellman-opt",
    "Optimality: the best action",
    notes="5.5",
    needs=("bellman",),
    levels=("q of both", "the larger of them", "which action is best"),
    idea="Outcomes are weighed, actions are chosen: the largest q is the value.",
    products=8,
    digits=5,
)
def bellman_opt(dice: Dice, level: int) -> Task:
    """Two or three actions: q, v* and the best."""
    if level == 3:
        return _improved(dice)
    g, shares = dice.one((HALF, NINE_TENTHS)), [dice.one(SHARES) for _ in range(2)]
    rewards, values = _values(dice, 3)

    def solve(pen: Pen) -> None:
        r, v, gamma = [*given(rewards)], [*given(values)], given(g)
        worths = []
        for k, name in enumerate("ABC"):
            line = r[k], v[k], gamma
            worths.append(pen(f"to {name}", worth(*line), those(OF_WORTH, *line)))
        q = []
        for k, name in enumerate("ab"):
            outcomes = [*given(_two(shares[k]))], worths[k : k + 2]
            q.append(pen(f"q({name})", weighed(*outcomes), those("bell.max bell.no-p", *outcomes)))
        if level == 2:
            pen("v", largest(*q), those("bell.mean bell.worst", q))

    (to_a, else_b), (to_b, else_c) = (_two(one) for one in shares)
    columns = ((to_a, 0), (else_b, to_b), (0, else_c))
    ask = "the value of each action, q(a) and q(b)" if level == 1 else "the optimal value v(S)"
    return Task(
        (
            Say(
                f"In S there are two actions: a leads to A with probability {words(shares[0])}, else to B; b "
                f"leads to B with probability {words(shares[1])}, else to C. The reward is that of the state "
                f"that is entered, and the values below are optimal. Compute {ask}, with γ = {words(g)}."
            ),
            _states("ABC", rewards, values),
        ),
        (Field("q(a)"), Field("q(b)")) if level == 1 else (Field("v"),),
        solve,
        "q(a) = Σ p·(r + γ·v(s')),  v(s) = max q(a)",
        {"shares": [_two(one) for one in shares], "rewards": rewards, "values": values, "γ": g},
        f"dlcli tensor {listed(values)} --multiply {float(g)} --add={listed(rewards)} --matmul "
        f"'{decimals(columns)}'",
        ("bell.max", "bell.no-gamma", "bell.no-p", "bell.gamma-r" if level == 1 else "bell.mean"),
    )


def _improved(dice: Dice) -> Task:
    """Three actions; reward alone and value alone each mislead."""
    g = HALF
    while True:
        rewards, values = _values(dice, 3)
        q = [r + g * v for r, v in zip(rewards, values, strict=True)]
        best = q.index(max(q))
        if len({*q}) == 3 == len({best, rewards.index(max(rewards)), values.index(max(values))}):
            break
    options = tuple("abc")

    def solve(pen: Pen) -> None:
        r, v, gamma = [*given(rewards)], [*given(values)], given(g)
        worths = [
            pen(f"q({name})", worth(r[k], v[k], gamma), those(OF_WORTH, r[k], v[k], gamma))
            for k, name in enumerate(options)
        ]
        chosen = those("bell.reward-alone bell.value-alone", r, v)
        at = turned_into(chosen, options.__getitem__)
        action = pen("best", lambda: options[_place(worths)], at, "the largest q")
        pen("v", worths[options.index(action)], those("bell.mean", worths))

    return Task(
        (
            Say(
                "A policy has these values. In S there are three actions, each with one outcome: a leads to "
                "A, b to B, c to C, and the reward is that of the state that is entered. With γ = "
                f"{words(g)}, which action does the improved policy take in S, and what is that action "
                "worth, q?"
            ),
            _states("ABC", rewards, values),
        ),
        (Field("best", form="choice", options=options), Field("v", says="q of that action")),
        solve,
        "q = r + γ·v(s'),  best = the action with the largest q",
        {"rewards": rewards, "values": values, "γ": g},
        f"dlcli tensor {listed(values)} --multiply 0.5 --add={listed(rewards)}",
        ("bell.reward-alone", "bell.value-alone", "bell.mean"),
    )


def _place(values: list[Any]) -> int:
    return max(range(len(values)), key=lambda one: values[one])


@topic(
    "sweep",
    "One sweep of evaluation",
    notes="5.5",
    needs=("bellman",),
    levels=("one sweep", "two sweeps", "in place"),
    idea="A sweep computes every state once, all of them from the values before it.",
    products=8,
    digits=5,
)
def sweep(dice: Dice, level: int) -> Task:
    """Three states in a ring, their rewards and values: the values behind the sweeps."""
    g, names = HALF, "ABC"
    goes = dice.one(([2, 0, 1], [1, 2, 0]))
    rewards = dice.some((-3, -2, -1, 1, 2, 3, 4), 3)
    start = [4 * one for one in dice.some((-2, -1, 1, 2, 3), 3)]
    sweeps = 2 if level == 2 else 1
    in_place = level == 3

    def solve(pen: Pen) -> None:
        gamma, r = given(g), [*given(rewards)]
        old = [*given(start)]
        more = _swept(start, rewards, goes, g, sweeps + 1, in_place)
        less = _swept(start, rewards, goes, g, sweeps - 1, in_place)
        for k in range(1, sweeps + 1):
            new = [*old]
            for s, to in enumerate(goes):
                used, other = (new, old) if in_place else (old, new)
                wrong = {
                    "vi.old-values" if in_place else "vi.in-place": r[s] + gamma * other[to],
                    "vi.no-gamma": r[s] + used[to],
                }
                if k == sweeps:
                    wrong |= {"vi.sweeps": given(more[s]), "vi.sweep-less": given(less[s])}
                name = f"V({names[s]})" if k == sweeps else f"first V({names[s]})"
                new[s] = pen(name, r[s] + gamma * used[to], wrong)
            old = new

    ways = ", ".join(f"{names[s]} to {names[to]}" for s, to in enumerate(goes))
    how = (
        "A sweep goes through A, B, C in this order and works in place: a state uses the values that the "
        "sweep has set already."
        if in_place
        else "A sweep goes through A, B, C in this order and uses the values from before the sweep alone."
    )
    times = "two sweeps" if sweeps == 2 else "one sweep"
    return Task(
        (
            Say(
                f"The world goes from {ways}; the reward is paid on leaving a state. {how} Compute the "
                f"values behind {times} from these, with γ = {words(g)}."
            ),
            grid("", [rewards, start], [*names], ("reward on leaving", "value")),
        ),
        tuple(Field(f"V({name})") for name in names),
        solve,
        "new V(s) = r(s) + γ·V(s')",
        {"rewards": rewards, "start": start, "goes": tuple(goes), "γ": g},
        "",
        ("vi.old-values" if in_place else "vi.in-place", "vi.no-gamma", "vi.sweeps"),
    )


def _swept(
    start: list[int], rewards: list[int], goes: list[int], g: Fraction, sweeps: int, in_place: bool
) -> list[Any]:
    """Values behind so many sweeps."""
    values: list[Any] = [*start]
    for _ in range(sweeps):
        new = values if in_place else [*values]
        for s, to in enumerate(goes):
            new[s] = rewards[s] + g * values[to]
        values = new
    return values
