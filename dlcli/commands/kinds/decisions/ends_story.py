"""Which ends of a world are reached, on the screen; and what is said where nobody comes to the goal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.commands.kinds.decisions.ends import end_name, goals_of
from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.chain import Chain
from dlcli.engines.decisions.ends import Ends, ends_of
from dlcli.engines.decisions.graph import no_end, staying, steps_to
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.views.story import Section
from dlcli.views.tables.table import Table, with_rest
from dlcli.views.text.gaps import answer, given
from dlcli.views.text.text import clip, visible
from dlcli.words.number import counted, number, percent, setting
from dlcli.worlds.world import World

SMALL = 1000  # states of a world whose ends are shown unasked
ENDS = 8  # listed; of more those that are reached most often
NAME = 24
SURE = 1 - 1e-9

#: Discounts that are tried, the largest below the world's own first.
TRIED = (0.99, 0.95, 0.9, 0.8, 0.7, 0.5, 0.3, 0.1)


def small(world: World) -> bool:
    """Whether the ends of a world are shown unasked."""
    return world.transitions.n_states <= SMALL


def ends_section(world: World, ends: Ends, told: str, precision: int) -> Section:
    """Each end and how likely it is; in a sentence where it is the only one, or there is none."""
    if not ends.state.size or ends.chance.max() >= SURE:
        words = given(visible(told)).append(": ").append_text(answer(_certain(world, ends, precision)))
        return Section("result", "Ends", words)
    means = ends.steps, ends.reward
    order = np.argsort(-ends.chance, kind="stable")
    shown = np.sort(order[: ENDS if len(order) <= ENDS else ENDS - 1]).tolist()
    rows = []
    for i in shown:
        there = (number(float(part[i]), precision) if ends.chance[i] else "" for part in means)
        rows.append([clip(end_name(world, int(ends.state[i])), NAME), percent(float(ends.chance[i])), *there])
    if ends.never:
        pays = f"{number(ends.pace, precision)} a step" + (", no limit" if ends.pays else "")
        rows.append(["no end", percent(ends.never), "∞", pays])
    else:
        if ends.cut:
            steps, reward = (number(one, precision) for one in (ends.cut_steps, ends.cut_reward))
            rows.append(["cut before an end", percent(ends.cut), steps, reward])
        every = (number(mean, precision) for mean in (ends.mean_steps, ends.mean_reward))
        rows.append(["on average", "", *every])
    heads = ["end", "reached", "steps", "sum of rewards"]
    table = Table(heads, rows, right=(1, 2, 3), whole=(0,), heads=range(4))
    rest = with_rest(table, len(order) - len(shown), "ends, reached less often: --emit ends -f csv")
    return Section("result", "Ends", given(visible(f"{told}, nothing discounted"), "dim"), rest)


def _certain(world: World, ends: Ends, precision: int) -> str:
    """What happens for certain: the one end that is reached, or none."""
    if ends.cut:
        steps, reward = (number(one, precision) for one in (ends.cut_steps, ends.cut_reward))
        return f"all were cut before an end, after {steps} steps; undiscounted rewards add up to {reward}"
    if not ends.state.size or ends.never:
        pays = f"a step pays {number(ends.pace, precision)} on average"
        return f"no end, {pays}" + (", and the sum of rewards has no limit" if ends.pays else "")
    i = int(ends.chance.argmax())
    name = clip(end_name(world, int(ends.state[i])), NAME)
    steps, paid = (number(float(part[i]), precision) for part in (ends.steps, ends.reward))
    return f"{name} for certain, after {steps} steps; undiscounted rewards add up to {paid}"


def out_of_reach(world: World) -> Iterator[str]:
    """That no way leads from the start to an end, in a world that has some."""
    start = world.transitions.start
    if no_end(world.transitions, start):
        places = np.flatnonzero(start)
        where = clip(world.states[places[0]], NAME) if len(places) == 1 else "any start"
        yield f"No end can be reached from {where}: no way leads there."


def goal_missed(
    world: World,
    ends: Ends,
    gamma: float,
    precision: int,
    *,
    who: str = "the best actions",
    optimal: Ends | None = None,
    more: str = "",
) -> Iterator[str]:
    """That the best actions go round for rewards and never come to the goal; nothing where that is not so.

    ``optimal`` are the ends of the optimal policy, where ``ends`` are of another, and ``who`` says whose: if
    that one comes to an end it is not what was rewarded that keeps the others away, and ``more`` is what to
    try.
    """
    moves = world.transitions
    if ends.never < SURE or not ends.pace > 0:
        return
    found = goals_of(world)
    aim = np.isin(np.arange(moves.n_states), found)
    far = steps_to(aim, moves.state, moves.next)[moves.start > 0]
    if not (far >= 0).any():
        return
    name = clip(end_name(world, found[0]), NAME) if len(found) == 1 else f"one of {len(found)} goals"
    pace = number(ends.pace, precision)
    away = counted(int(far[far >= 0].min()), "step")
    missed = f"{who} never come to {name}, {away} away, but go round for {pace} a step"
    if optimal is not None and not optimal.never:
        yield f"There is more to gain: {missed}, and the optimal ones end.{more}"
        return
    yield f"What was rewarded is not the goal: {missed}."
    smaller = next((other for other in TRIED if other < gamma and _ends(world, other)), None)
    also = "They end with"
    if smaller is not None:
        also = f"--gamma {setting(smaller)} makes the best ones end, and so does"
    yield f"{also} a step that costs more than going round pays, or a bonus that comes only once."


def _ends(world: World, gamma: float) -> bool:
    """Whether whoever acts best with this discount comes to an end for certain, whatever tied actions are."""
    moves = world.transitions
    try:
        policy = policy_iteration(moves, gamma).policy
        reached = np.zeros(moves.n_states, bool)
        reached[Chain.of(moves, policy).begun(moves.start).state] = True
        loops = staying(moves, policy > 0, np.zeros(moves.n_states, bool))
        return not loops[reached].any() and ends_of(moves, policy).never == 0
    except EngineError:
        return False
