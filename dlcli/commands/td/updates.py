"""Updates of values and of action values: a line for each of the first, and parts of one in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.td.record import Learnt, step_size
from dlcli.engines.decisions.learning.control_replay import Rule
from dlcli.engines.decisions.learning.exploration import STEADY, Fall
from dlcli.errors import WrongUsage
from dlcli.tensor import Array
from dlcli.views.page.cells import listed
from dlcli.views.story import Section
from dlcli.views.tables.sums import Summands
from dlcli.views.text.formula import bracketed
from dlcli.views.text.text import clip
from dlcli.words.number import number, setting

NAME = 16

#: The tables of double Q-learning.
TABLES = ("Q₁", "Q₂")


def updates_section(
    work: Learnt, columns: Mapping[str, Array], before: str, after: str, precision: int, *more: RenderableType
) -> Section:
    """The first updates below each other: s, a, s', r, target, error δ, the value before and after.

    ``columns`` are those of ``Replay.columns``; the number of an episode stands where it begins.
    """
    world, episodes = work.world, columns["episode"].tolist()
    names: dict[str, Sequence[str]] = {
        "episode": [str(e) if i == 0 or e != episodes[i - 1] else "" for i, e in enumerate(episodes)],
        "s": [world.states[s] for s in columns["state"]],
        "a": [world.actions[a] for a in columns["action"]],
        "s'": [world.states[s] for s in columns["next"]],
    }
    if "table" in columns:
        names["table"] = [TABLES[table - 1] for table in columns["table"]]
    if "planned" in columns:
        names["from"] = ["model" if planned else "world" for planned in columns["planned"]]
    heads = {"reward": "r", "target": "target", "delta": "δ"}
    if work.methods[0].alpha is None or Fall(*work.options.alpha_decay) != STEADY:
        heads["alpha"] = "α"
    if "trace" in columns:
        heads["trace"] = "trace"
    heads |= {"before": before, "after": after}
    numbers = {head: columns[name] for name, head in heads.items()}
    cells = listed("updates", ([update] for update in range(len(episodes))))
    table = Summands(names, numbers, cells=cells, under=after, precision=precision)
    told = f"the first {len(episodes)} of {work.replay.count}"
    told += f", {work.traced}" if work.traced else ""
    return Section("arithmetic", "Updates", Text(told, style="dim"), Group(table, *more) if more else table)


def update_of(cell: tuple[int, ...], count: int) -> int:
    """The update that ``--explain`` names; raises ``WrongUsage`` when there was none like it."""
    if len(cell) != 1 or not 0 <= cell[0] < count:
        written = ",".join(map(str, cell))
        raise WrongUsage(f"--explain {written} is no update of the first run: there are 0 to {count - 1}")
    return cell[0]


def happened(work: Learnt, update: int, state: int, action: int, reward: float, follow: int) -> str:
    """What happened at the step of an update, in words."""
    world, (episode, step) = work.world, work.replay.place(update)
    here, done, there = (
        clip(name, NAME) for name in (world.states[state], world.actions[action], world.states[follow])
    )
    when = f"{work.traced}; " if work.traced else ""
    when += f"episode {episode}, step {step}"
    return f"{when}: in {here} came {done}, paid {number(reward)} and led to {there}"


def step_sizes(work: Learnt) -> str:
    """The step sizes of the run, each once."""
    sizes = ", ".join(dict.fromkeys(step_size(method.alpha) for method in work.methods))
    fall = next((method.fall for method in work.methods if isinstance(method, Rule)), STEADY)
    if fall.decay != 1:
        sizes += f"·{setting(fall.decay)}ⁿ" + (f", at least {setting(fall.least)}" if fall.least else "")
    return f"α = {sizes}"


def discounted(value: str, gamma: float, precision: int) -> str:
    """A value behind an operator, with its discount where there is one.

    >>> discounted("−0.5", 0.9, 4), discounted("2", 1, 4)
    ('0.9·(−0.5)', '2')
    """
    return bracketed(value) if gamma == 1 else f"{setting(gamma, precision)}·{bracketed(value)}"


def falling_step(alpha: float | None, came: float, precision: int) -> Iterator[tuple[str, list[str]]]:
    """How a step size that falls came to be what it is; nothing for one that stays (not None).

    >>> [*falling_step(None, 0.25, 4)], [*falling_step(0.1, 0.1, 4)]
    ([('α', ['1/n', '1/4', '0.25'])], [])
    """
    if alpha is None:
        yield "α", ["1/n", f"1/{round(1 / came)}", number(came, precision)]


def ends_of(count: int, most: int) -> tuple[Array, Array]:
    """Which of so many terms are listed, and which in the middle are too many.

    >>> ends_of(5, 3)
    (array([0, 3, 4]), array([1, 2]))
    """
    places = np.arange(count)
    if count <= most:
        return places, places[:0]
    first, last = most // 2, count - (most - most // 2)
    return np.concatenate([places[:first], places[last:]]), places[first:last]
