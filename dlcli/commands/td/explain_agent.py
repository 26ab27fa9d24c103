"""How an agent learns by weights: its rule, and one update in full: values, target, error, gradient."""

from __future__ import annotations

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.kinds.decisions.world_story import world_words
from dlcli.commands.td.record_agent import RULE_NAMES, Agents, Learner
from dlcli.commands.td.updates import discounted, update_of
from dlcli.engines.decisions.approximation.control import ActionUpdate
from dlcli.nets.agents.deep_q import QSettings, QStep
from dlcli.nets.agents.policy_gradient import PolicySettings, PolicyStep
from dlcli.tensor import Array
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table, with_rest
from dlcli.views.text.formula import bracketed, formulas
from dlcli.views.text.text import clip, plain
from dlcli.words.number import MINUS, counted, number, setting
from dlcli.worlds.gym_box import BoxWorld

LISTED = 12  # steps of an episode
NAME = 18

#: Rule -> what the next state is taken to be worth.
WORTH = {
    "sarsa": "q(s', a'), a' being what comes next",
    "expected-sarsa": "Σ π(a)·q(s', a)",
    "q-learning": "max q(s', a)",
}


def world_section(work: Agents) -> Section:
    """The world: what is observed there, between which bounds, and what can be done."""
    world = work.world
    if not isinstance(world, BoxWorld):
        return Section("input", "World", world_words(world))
    rows = [
        [name, _bound(low), _bound(high)]
        for name, low, high in zip(world.observed, world.low.tolist(), world.high.tolist(), strict=True)
    ]
    told = f"{clip(world.name, 40)}, {counted(len(world.observed), 'number')} observed, "
    told += f"{counted(len(world.actions), 'action')} ({', '.join(clip(one, NAME) for one in world.actions)})"
    told += f", episodes of up to {work.limit} steps"
    return Section("input", "World", plain(told), Table(["observed", "least", "largest"], rows, right=(1, 2)))


def _bound(value: float) -> str:
    return "no bound" if np.isinf(value) else number(value)


def formula(work: Agents, precision: int) -> Section:
    """The rules of learning, with the settings of this run."""
    rows: list[tuple[str, list[str]]] = []
    told = [f"γ = {setting(work.gamma, precision)}"]
    by_rule = {learner.rule: learner for learner in work.learners}
    for one in by_rule.values():
        rows += [row for row in _rows(one, len(by_rule) > 1) if row not in rows]
        told += [word for word in _told(one, precision) if word not in told]
    names = list(dict.fromkeys(RULE_NAMES[one.rule] for one in work.learners))
    label = names[0] if len(names) == 1 else "Learning"
    return Section("formula", label[0].upper() + label[1:], plain(", ".join(told), "dim"), formulas(rows))


def _rows(one: Learner, several: bool) -> list[tuple[str, list[str]]]:
    """The formulas of a rule; where there are several, with its name before what is its own."""
    own = f"{RULE_NAMES[one.rule]}: " if several else ""
    if isinstance(one.settings, PolicySettings):
        if not one.settings.baseline:
            return [(f"{own}L", [f"{MINUS}Σ G · log π(a|s) / T"])]
        return [
            (f"{own}L", [f"{MINUS}Σ (G {MINUS} b(s)) · log π(a|s) / T"]),
            ("L of b", [f"Σ (G {MINUS} b(s))² / T"]),
        ]
    if isinstance(one.settings, QSettings):
        ahead = "q'(s', argmax q(s', a))" if one.settings.double else "max q'(s', a)"
        return [
            (f"{own}target", [f"r + γ · {ahead}"]),
            ("L", [f"mean of h(q(s, a) {MINUS} target)"]),
            ("new q'", [f"q' + follow · (q {MINUS} q')"]),
        ]
    return [
        ("w of a", [f"w + α · [r + γ · worth {MINUS} q(s, a)] · x(s) / Σ xᵢ²"]),
        (f"{own}worth", [WORTH[one.rule]]),
    ]


def _told(one: Learner, precision: int) -> list[str]:
    settings = one.settings
    if isinstance(settings, PolicySettings):
        told = [f"{one.name}, Adam {setting(settings.rate, precision)}", "a step an episode"]
        told.append("a second net b as baseline" if settings.baseline else "no baseline")
        return told if settings.clip is None else [*told, f"clip {setting(settings.clip)}"]
    if isinstance(settings, QSettings):
        return [
            f"{one.name}, Adam {setting(settings.rate, precision)}",
            f"batch {settings.batch} of the last {settings.memory}",
            "Huber's loss h",
            f"a target net q', follow {setting(settings.follow)}",
            _exploring(settings.epsilon, settings.decay),
            f"clip {setting(settings.clip)}",
        ]
    alpha, epsilon, decay = settings
    return [f"α = {setting(alpha, precision)}", _exploring(epsilon, decay)]


def _exploring(epsilon: float, decay: int) -> str:
    return f"ε from 1 to {setting(epsilon)} in {decay} steps" if decay else f"ε = {setting(epsilon)}"


def explain(work: Agents, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One update of the first learner in its first run, in full.

    Raises ``WrongUsage`` when there was no such update.
    """
    one = work.learners[0]
    i = update_of(cell, int(one.updates[0]))
    done = work.again(i)
    told = f"{work.labels[0]}, run 1 of {len(one.courses)}" if len(one.courses) > 1 else work.labels[0]
    if isinstance(done, QStep):
        parts = _q_step(work, one, done, precision)
    elif isinstance(done, PolicyStep):
        parts = _policy_step(work, done, precision)
    else:
        parts = _action_update(work, one, done, precision)
    head, *more = parts
    section = Section("arithmetic", f"Update {i}", plain(f"{told}; {head.name}", "dim"), head.body)
    return Story(world_section(work), formula(work, precision), section, *more)


def _observed(work: Agents, columns: dict[str, Array], precision: int) -> Table:
    """A line for each number that is observed, a column for each observation (D,)."""
    texts = [[number(value, precision) for value in column.tolist()] for column in columns.values()]
    count = len(texts[0])
    names = [clip(name, NAME) for name in work.world.observed] if isinstance(work.world, BoxWorld) else ()
    rows = [[names[i] if names else str(i), *(text[i] for text in texts)] for i in range(count)]
    return Table(["observed", *columns], rows, right=range(1, len(columns) + 1), whole=(0,))


def _actions(work: Agents, columns: dict[str, Array], precision: int) -> Table:
    """A line for each action: what it is worth, by each of the columns."""
    texts = [[number(value, precision) for value in column.tolist()] for column in columns.values()]
    rows = [[clip(name, NAME), *(text[a] for text in texts)] for a, name in enumerate(work.world.actions)]
    return Table(["action", *columns], rows, right=range(1, len(columns) + 1), whole=(0,))


def _q_step(work: Agents, one: Learner, done: QStep, precision: int) -> list[Section]:
    """The first experience of the batch in full, then what all of them make."""
    batch, settings = done.batch, one.settings
    assert isinstance(settings, QSettings)
    action, reward, ended = int(batch.action[0]), float(batch.reward[0]), bool(batch.ended[0])
    q, ahead = done.q[:, 0], done.ahead[:, 0]
    name = clip(work.world.actions[action], NAME)
    worth = number(0.0 if ended else ahead[int(done.chosen[0])], precision)
    paid, target, before, delta = (
        number(value, precision) for value in (reward, done.target[0], q[action], done.delta[0])
    )
    added = paid if ended else f"{paid} + {discounted(worth, settings.gamma, precision)}"
    rows = [
        ("target", [added, target]),
        ("δ", [f"target {MINUS} q(s, {name})", f"{target} {MINUS} {bracketed(before)}", delta]),
        ("h'", [f"δ between {MINUS}1 and 1", number(np.clip(done.delta[0], -1, 1), precision)]),
    ]
    seen = _observed(work, {"s": batch.observed[:, 0], "s'": batch.after[:, 0]}, precision)
    columns = {"q(s, ·)": q, "q'(s', ·)": ahead}
    body = Group(formulas(rows), Text(""), _actions(work, columns, precision), Text(""), seen)
    told = f"experience 1 of {len(batch.action)} drawn: {name} paid {paid}" + ", and it was over" * ended
    size, most = number(done.norm, precision), float(np.abs(done.delta).max())
    all_of_them = [
        ("L", [number(done.loss, precision)]),
        (
            "|δ|",
            [f"{number(np.abs(done.delta).mean(), precision)} on average, up to {number(most, precision)}"],
        ),
        ("‖∇L‖", [size, _clipped(done.norm, settings.clip, precision)]),
    ]
    return [Section("arithmetic", told, None, body), _whole("The batch", all_of_them)]


def _clipped(norm: float, most: float | None, precision: int) -> str:
    if most is None or norm <= most:
        return "not clipped"
    return f"clipped to {setting(most, precision)}"


def _whole(name: str, rows: list[tuple[str, list[str]]]) -> Section:
    joined = [(label, [", ".join(sides)]) for label, sides in rows]
    return Section("arithmetic", name, None, formulas(joined))


def _policy_step(work: Agents, done: PolicyStep, precision: int) -> list[Section]:
    """The first steps of the episode: what was done, how likely it was, and how much better it went."""
    count = len(done.action)
    shown = min(count, LISTED)
    places = np.arange(shown)
    chances = done.probabilities[done.action[:shown], places]
    columns = [chances, done.returns[:shown], done.baseline[:shown], done.advantage[:shown]]
    texts = [[number(value, precision) for value in column.tolist()] for column in columns]
    rows = [
        [str(t), clip(work.world.actions[int(done.action[t])], NAME), *(text[t] for text in texts)]
        for t in range(shown)
    ]
    heads = ["t", "a", "π(a|s)", "G", "b(s)", f"G {MINUS} b"]
    table = with_rest(Table(heads, rows, right=(0, 2, 3, 4, 5), whole=(0, 1)), count - shown, "steps")
    first = _observed(work, {"s at 0": done.observed[:, 0]}, precision)
    settings = work.learners[0].settings
    most = settings.clip if isinstance(settings, PolicySettings) else None
    all_of_them = [
        ("L", [number(done.loss, precision)]),
        ("‖∇L‖", [number(done.norm, precision), _clipped(done.norm, most, precision)]),
    ]
    told = f"an episode of {counted(count, 'step')}"
    return [
        Section("arithmetic", told, None, Group(table, Text(""), first)),
        _whole("The episode", all_of_them),
    ]


def _action_update(work: Agents, one: Learner, done: ActionUpdate, precision: int) -> list[Section]:
    """An update of the weights of one action."""
    step = done.step
    name = clip(work.world.actions[step.action], NAME)
    reward, worth, target, before, delta, after = (
        number(value, precision)
        for value in (step.reward, done.worth, done.target, done.q[step.action], done.delta, done.after)
    )
    added = reward if step.ended else f"{reward} + {discounted(worth, work.gamma, precision)}"
    rows = [
        ("target", [added, target]),
        ("δ", [f"target {MINUS} q(s, {name})", f"{target} {MINUS} {bracketed(before)}", delta]),
        (f"new q(s, {name})", [after]),
    ]
    columns = {"q(s, ·)": done.q, "q(s', ·)": done.ahead}
    seen = _observed(work, {"s": step.observed, "s'": step.after}, precision)
    body = Group(formulas(rows), Text(""), _actions(work, columns, precision), Text(""), seen)
    told = f"{name} paid {reward}" + ", and it was over" * step.ended
    return [Section("arithmetic", told, None, body)]
