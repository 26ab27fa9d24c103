"""Topics of temporal differences: one update, a trace of them, beside Monte Carlo, with actions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from dlcli.engines.base.exact import largest
from dlcli.engines.decisions.slips import epsilon_greedy, moved, weighed, worth
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Lines, Pen, Say, Task, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.literal import listed
from dlcli.teaching.topics.slipping import those
from dlcli.teaching.worked import given, words

HALF, NINE_TENTHS = Fraction(1, 2), Fraction(9, 10)

ALPHAS = (Fraction(1, 10), Fraction(1, 5), HALF)

#: What every update here says of itself.
TD = "δ = r + γ·V(s') − V(s),  new V(s) = V(s) + α·δ"

#: What holds where an episode ends.
OF_END = " No reward comes after the end: its value counts as 0, and what stands there is not used."

OF_TARGET = "td.no-gamma td.gamma-r"
OF_MOVE = "td.sign td.alpha-target td.no-alpha td.delta"


@topic(
    "td-update",
    "δ and the new value",
    notes="5.5.1, 5.6",
    needs=("returns",),
    levels=("δ", "δ and the new value at the end", "wherever the step leads"),
    idea="What came, the reward and γ times the next value, less what was expected; move by α of that.",
    products=3,
)
def td_update(dice: Dice, level: int) -> Task:
    """r, V(s), V(s'), α, γ: δ and V."""
    a, g = dice.one(ALPHAS), dice.one((HALF, NINE_TENTHS))
    r = dice.one((-3, -2, -1, 1, 2, 3, 4))
    v, after = dice.some([one for one in range(-4, 9) if one], 2)
    to = "the end" if level == 2 else "T" if level == 1 else dice.one(("the end", "S", "T"))
    ends = to == "the end"
    shown = {"S": v, to: after} if level < 3 else {"S": v, "T": after, "the end": dice.one((-2, -1, 1, 2))}
    after = shown[to]

    def solve(pen: Pen) -> None:
        reward, here, there, gamma, alpha = (given(one) for one in (r, v, after, g, a))
        if ends:
            target = pen("target", reward, those("td.terminal", reward, there, gamma))
        else:
            target = pen("target", worth(reward, there, gamma), those(OF_TARGET, reward, there, gamma))
        error = pen("delta", target - here, those("td.error-sign", target, here))
        if level > 1:
            line = here, alpha, error, target, there
            pen("V", moved(*line), those(f"{OF_MOVE} td.next-state", *line))

    ask = "the prediction error δ" if level == 1 else "the prediction error δ and the new V(S)"
    known = f", γ = {words(g)}" + f", α = {words(a)}" * (level > 1)
    drawn = {"r": r, "V(s)": v, "γ": g} | ({"V(end)": [after]} if ends else {"V(s')": after})
    where = "back to S" if to == "S" else f"to {to}"
    return Task(
        (
            Say(
                f"From S a step leads {where} and pays {words(given(r))}. Compute {ask} of TD(0){known}."
                f"{OF_END * (level > 1)}"
            ),
            grid("V", [*shown.values()], [*shown]),
        ),
        (Field("delta"), *((Field("V"),) * (level > 1))),
        solve,
        TD,
        drawn | ({"α": a} if level > 1 else {}),
        f"dlcli tensor {listed([0 if ends else after])} --multiply {float(g)}{_row(r, v, a, level > 1)}",
        ("td.no-gamma", "td.gamma-r", "td.error-sign")
        if level == 1
        else ("td.terminal" if ends else "td.no-gamma", "td.sign", "td.alpha-target", "td.no-alpha"),
    )


def _row(r: int, v: int, a: Fraction, moves: bool) -> str:
    """Options that make δ of γ·V(s'), and where the value moves a row of δ and the new value."""
    error = f" --add={r} --subtract={v}"
    return f"{error} --multiply {listed((1, a))} --add={listed((0, v))}" if moves else error


@topic(
    "td-trace",
    "A trace of steps",
    notes="5.6",
    needs=("td-update",),
    levels=("two steps", "three steps, a state twice", "two episodes"),
    idea="One update after each step, each with the values that the steps before have left.",
    products=8,
    digits=6,
)
def td_trace(dice: Dice, level: int) -> Task:
    """Steps between A and B: the value that each step changes."""
    a, g = HALF, HALF
    start = dict(zip("AB", [4 * one for one in dice.some((-2, -1, 1, 2, 3), 2)], strict=True))
    start["end"] = 4 * dice.one((-1, 1, 2))
    ways = {
        1: (("A", "B"), ("B", "A")),
        2: (("A", "B"), ("B", "A"), ("A", "end")),
        3: (("A", "B"), ("B", "end"), ("B", "A"), ("A", "end")),
    }[level]
    rewards = [2 * dice.one((-3, -2, -1, 1, 2, 3)) for _ in ways]

    def solve(pen: Pen) -> None:
        first = {name: given(value) for name, value in start.items()}
        now, gamma, alpha = dict(first), given(g), given(a)
        for k, (s, to) in enumerate(ways):
            r = given(rewards[k])
            line = r, now[to], gamma
            if to == "end":
                target = pen(f"target {k + 1}", r, those("td.terminal", *line))
            else:
                wrong = those("td.no-gamma", *line)
                if first[to].value != now[to].value:
                    wrong["td.order"] = r + gamma * those("td.order", first[to], now[to])["td.order"]()
                target = pen(f"target {k + 1}", worth(*line), wrong)
            error = target - now[s]
            move = now[s], alpha, error, target
            now[s] = pen(f"V{k + 1}({s})", moved(*move), those("td.sign td.alpha-target td.no-alpha", *move))

    rows = [[s, words(given(r)), to] for (s, to), r in zip(ways, rewards, strict=True)]
    more = " The third step begins a second episode." * (level == 3)
    shown = [name for name in start if name != "end" or level > 1]
    return Task(
        (
            Say(
                f"TD(0) with α = {words(a)} and γ = {words(g)} sees these steps and changes one value after "
                f"each.{more} Give the new value of the state that each step left, step by step: V1 behind "
                f"the first, and so on.{OF_END * (level > 1)}"
            ),
            grid("", rows, ("from", "reward", "to"), [str(k + 1) for k in range(len(ways))]),
            grid("V", [start[name] for name in shown], shown),
        ),
        tuple(Field(f"V{k + 1}({s})") for k, (s, _) in enumerate(ways)),
        solve,
        "V(s) = V(s) + α·(r + γ·V(s') − V(s)), after every step",
        {"ways": ways, "rewards": rewards, "start": start, "α": a, "γ": g},
        "",
        ("td.order", "td.no-gamma", "td.sign") + ("td.terminal",) * (level > 1),
    )


@topic(
    "mc-vs-td",
    "Monte Carlo and TD from one episode",
    notes="5.1",
    needs=("td-trace",),
    levels=("Monte Carlo", "both for one state", "which is which"),
    idea="Monte Carlo moves towards all that came; TD towards one reward and the value of the next state.",
    products=8,
    digits=6,
)
def mc_vs_td(dice: Dice, level: int) -> Task:
    """An episode A, B, C: new values."""
    if level == 3:
        return _which(dice)
    a, g = dice.one((HALF, Fraction(1, 10), Fraction(1, 5))), HALF
    rewards = [dice.one((-4, -2, 2, 4, 6)) for _ in range(3)]
    values = dice.some([2 * one for one in range(-4, 6) if one], 3)
    come = rewards[0] + g * (rewards[1] + g * rewards[2])
    if values[0] in (come, rewards[0] + g * values[1]):
        return mc_vs_td(dice, level)  # nothing would move

    def solve(pen: Pen) -> None:
        (r1, r2, r3), (va, vb, _) = given(rewards), given(values)
        gamma, alpha = given(g), given(a)
        after = pen(
            "G1", r2 + gamma * r3, {"ret.no-gamma": r2 + r3, "ret.shift": gamma * r2 + gamma * gamma * r3}
        )
        wrong = {"ret.no-gamma": r1 + after, "ret.shift": gamma * r1 + gamma * after}
        back = pen("G", r1 + gamma * after, wrong | those("mc.bootstrap", r1, vb, gamma))
        move = va, alpha, back - va, back
        pen("mc", moved(*move), those("td.sign td.alpha-target td.no-alpha", *move))
        if level == 2:
            target = pen(
                "target", worth(r1, vb, gamma), those("td.no-gamma", r1, vb, gamma) | those("td.whole", back)
            )
            move = va, alpha, target - va, target
            pen("td", moved(*move), those("td.sign td.alpha-target td.no-alpha", *move))

    ask = (
        "the return G of A, and mc, the new V(A) of every-visit Monte Carlo, which moves it by the share α "
        "towards G"
        if level == 1
        else "the new V(A): mc by Monte Carlo, and td by TD(0), each from the values below"
    )
    rule = "Both move V(A) by the share α towards their target."
    return Task(
        (
            Say(
                f"An episode goes A, B, C, end and pays {words(given(rewards[0]))} on leaving A, "
                f"{words(given(rewards[1]))} on leaving B, {words(given(rewards[2]))} on leaving C. With "
                f"γ = {words(g)} and α = {words(a)}, compute {ask}. {rule if level == 2 else ''}".rstrip()
            ),
            grid("V", values, [*"ABC"]),
        ),
        (Field("G"), Field("mc")) if level == 1 else (Field("mc"), Field("td")),
        solve,
        "mc: V + α·(G − V);  td: V + α·(r + γ·V(s') − V)",
        {"rewards": rewards, "values": values, "α": a, "γ": g},
        "",
        ("ret.no-gamma", "mc.bootstrap", "td.sign", "ret.shift")
        if level == 1
        else ("td.no-gamma", "mc.bootstrap", "td.whole", "td.sign"),
    )


def _which(dice: Dice) -> Task:
    """What both make of an episode, as two tables without names."""
    g, states = HALF, [*dice.mixed("ABC")]
    mc: dict[str, Any] = {}
    td: dict[str, Any] = {}
    while mc == td or mc[states[0]] == td[states[0]]:
        rewards = [dice.one((-4, -2, 2, 4, 6)) for _ in range(3)]
        values = dict(zip(states, dice.some([4 * one for one in range(-3, 4) if one], 3), strict=True))
        back = after = Fraction(0)
        for s, r in zip(states[::-1], rewards[::-1], strict=True):
            back = r + g * back
            mc[s] = values[s] + HALF * (back - values[s])
            td[s] = values[s] + HALF * (r + g * after - values[s])
            after = Fraction(values[s])
    first_is_mc = dice.chance(1, 2)
    tables = {"p": mc if first_is_mc else td, "q": td if first_is_mc else mc}

    def solve(pen: Pen) -> None:
        r, last = given(rewards), states[-1]
        right = "p" if first_is_mc else "q"
        back = pen("G", r[0] + given(g) * (r[1] + given(g) * r[2]))
        line = given(values[states[0]]), given(HALF), back - given(values[states[0]])
        moved_ = pen(f"mc({states[0]})", moved(*line))
        found = next((one for one, table in tables.items() if table[states[0]] == moved_.value), "neither")
        pen("mc", found, {"mc.exchanged": "q" if right == "p" else "p"}, f"its {states[0]} is that")
        pen("same", last, {"mc.first": states[0]}, "behind it nothing comes but its own reward")

    paid = ", ".join(f"{words(given(r))} on leaving {s}" for s, r in zip(states, rewards, strict=True))
    return Task(
        (
            Say(
                f"An episode goes {', '.join(states)}, end and pays {paid}. Every-visit Monte Carlo and "
                f"TD(0), each with α = 0.5 and γ = {words(g)} and from the V before, have made p and q of "
                "it. Which of them is Monte Carlo's? And of which state do both make the same in any such "
                "episode, whatever the numbers?"
            ),
            grid(
                "",
                [
                    [values[s] for s in "ABC"],
                    [tables["p"][s] for s in "ABC"],
                    [tables["q"][s] for s in "ABC"],
                ],
                [*"ABC"],
                ("V before", "p", "q"),
            ),
        ),
        (Field("mc", form="choice", options=("p", "q")), Field("same", form="choice", options=tuple("ABC"))),
        solve,
        "mc: V + α·(G − V);  td: V + α·(r + γ·V(s') − V)",
        {"states": states, "rewards": rewards, "values": values, "tables": tables},
        "",
        ("mc.exchanged", "mc.first"),
    )


#: New values of the action that was taken, by Q-learning, SARSA and expected SARSA.
UPDATES = (
    "Q-learning: Q(s, a) + α·(r + γ·max Q(s', ·) − Q(s, a))",
    "SARSA: Q(s, a) + α·(r + γ·Q(s', a') − Q(s, a)), a' what is then taken",
    "expected SARSA: Q(s, a) + α·(r + γ·Σ π(a')·Q(s', a') − Q(s, a))",
)


@topic(
    "q-update",
    "SARSA and Q-learning from one step",
    notes="5.6",
    needs=("td-update",),
    levels=("Q-learning", "both", "expected SARSA"),
    idea="They differ in what the next state is worth: the action taken, the largest Q, or their mean.",
    products=7,
    digits=5,
)
def q_update(dice: Dice, level: int) -> Task:
    """Q, r, α, γ, a': new Q(s, a)."""
    a, g = dice.one(ALPHAS), HALF if level == 3 else dice.one((HALF, NINE_TENTHS))
    r, old = dice.one((-3, -2, -1, 1, 2, 3, 4)), dice.one([one for one in range(-4, 9) if one])
    values = dice.some([one for one in range(-4, 9) if one], 3)
    best = values.index(max(values))
    taken, other = dice.mixed([one for one in range(3) if one != best])
    e = dice.one((Fraction(3, 10), Fraction(3, 5), Fraction(3, 20)))

    def update(pen: Pen, name: str, after: Any, slips: str) -> None:
        reward, gamma, here = given(r), given(g), given(old)
        line = reward, after, gamma
        target = pen(f"target {name}", worth(*line), those("td.no-gamma", *line))
        move = here, given(a), target - here, target, after
        pen(name, moved(*move), those(slips, *move))

    def solve(pen: Pen) -> None:
        q = [*given(values)]
        if level == 3:
            shares = [epsilon_greedy(given(e), 3, k == best) for k in range(3)]
            named = [given(share.value) for share in shares]
            line = q, named, given(e)
            greedy = [given(1 - e) if k == best else share for k, share in enumerate(named)]
            wrong = those("q.expected q.expected-max", *line) | {"eps.greedy": weighed(greedy, q)}
            update(pen, "Q", pen("mean", weighed(named, q), wrong), OF_MOVE)
            return
        if level == 2:
            right = given(values[taken])
            slips = those("q.sarsa-max q.resample", q, taken, other)
            update(pen, "sarsa", pen("after a'", right, slips), OF_MOVE)
        after = pen("largest", largest(*q), those("q.q-taken", q, taken, other))
        update(pen, "Q" if level == 1 else "qlearning", after, OF_MOVE)

    asked = {
        1: "the new Q(s, a) of Q-learning",
        2: "the new Q(s, a) of SARSA and of Q-learning, each from the old one",
        3: "the new Q(s, a) of expected SARSA. Its policy is ε-greedy with "
        f"ε = {words(e)}: with probability ε an action "
        "drawn uniformly from all three. First compute the mean of Q in s' by this policy",
    }[level]
    if level < 3:
        used = [values[best]] if level == 1 else [values[taken], values[best]]
        line = (
            f"dlcli tensor {listed(used)} --multiply {float(g)} --add={r} --subtract={old} "
            f"--multiply {float(a)} "
            f"--add={old}"
        )
    else:
        policy = [1 - e + e / 3 if k == best else e / 3 for k in range(3)]
        line = (
            f"dlcli tensor {listed(values)} --multiply {listed(policy)} --sum 0 --multiply {listed((1, g))} "
            f"--add={listed((0, r))} --subtract={listed((0, old))} --multiply {listed((1, a))} "
            f"--add={listed((0, old))}"
        )
    after_said = f" In s' the agent then takes action {taken}." * (level < 3)
    return Task(
        (
            Say(
                f"In s an agent takes an action with Q(s, a) = {words(given(old))}, is paid "
                f"{words(given(r))} and comes to s'.{after_said} With α = {words(a)} and γ = {words(g)}, "
                f"compute {asked}."
            ),
            Lines(tuple(UPDATES[one] for one in {1: (0,), 2: (1, 0), 3: (2,)}[level])),
            grid("Q(s', ·)", values, [f"action {k}" for k in range(3)]),
        ),
        {1: (Field("Q"),), 2: (Field("sarsa"), Field("qlearning")), 3: (Field("mean"), Field("Q"))}[level],
        solve,
        "Q = Q + α·(r + γ·worth of s' − Q);  worth: Q(s', a') for SARSA, max Q for Q-learning, Σ π·Q for "
        "expected SARSA",
        {"α": a, "γ": g, "r": r, "Q": old, "values": values} | ({"ε": e} if level == 3 else {"taken": taken}),
        line,
        {
            1: ("q.q-taken", "td.no-gamma", "td.sign", "td.alpha-target"),
            2: ("q.q-taken", "q.sarsa-max", "q.resample", "td.no-gamma"),
            3: ("q.expected", "q.expected-max", "eps.greedy", "td.no-gamma"),
        }[level],
    )
