"""What a learner is shown: the task and why it is this one, hints, verdicts, and how far they are."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dlcli.commands.kinds.exercises.task_story import task_parts
from dlcli.engines.base.slips import SLIPS
from dlcli.teaching.drawing import Drawn
from dlcli.teaching.hints import STEPS, hint
from dlcli.teaching.learner import IN_A_ROW, Learner, Step
from dlcli.teaching.marking import Marked
from dlcli.views.story import Section


def asked(learner: Learner, step: Step) -> Iterator[RenderableType]:
    """The task, with how many topics are held and why this one is next."""
    topic = step.drawn.topic
    held = sum(map(learner.held, learner.topics))
    due = len(learner.due())
    yield Text(
        f"{held} of {len(learner.topics)} topics held" + (f", {due} due for review" if due else ""),
        style="dim",
    )
    why = Text(f"{topic.name}, level {step.drawn.level}; {step.why}", style="dim")
    yield Section("result", topic.title, why, task_parts(step.drawn.task, numbered=""))


def hinted(drawn: Drawn, step: int) -> Iterator[RenderableType]:
    """A hint."""
    first, *others = hint(drawn, min(step, STEPS))
    yield Text("\n").join(
        [Text.assemble((f"hint {min(step, STEPS)} of {STEPS}: ", "bold"), first), *map(Text, others)]
    )


def told(learner: Learner, step: Step, marked: Marked) -> Iterator[RenderableType]:
    """What an answer is worth, and what comes next."""
    name = step.drawn.topic.name
    if marked.right:
        known = learner.standing[name]
        said = f"{known.row} of {IN_A_ROW} in a row at level 2. " if step.drawn.level == 2 else ""
        said = f"{name} is held. " if known.held else said
        ending = f" {said}dlcli why: the whole way; dlcli learn: the next task."
        yield Text.assemble(("Right.", "bold green"), ending)
        return
    wrong = [one for one in marked.marks if one.kind != "right"]
    lines = [Text.assemble((f"{one.field.name}: ", "bold"), one.reason()) for one in wrong]
    yours = dict.fromkeys(slip for one in wrong if one.yours for slip in one.slips)
    yield Text("\n").join([*lines, *(Text(SLIPS[slip].instead) for slip in yours)])


def prompt() -> Iterator[RenderableType]:
    """What may be typed in place of an answer."""
    yield Text("hint: help in three steps; skip: another task; Enter: it stays open", style="dim")


def left_open() -> Iterator[RenderableType]:
    """What is said where no answer was given."""
    yield Text("It stays open: dlcli learn goes on with it.", style="dim")


def standing(learner: Learner) -> Iterator[RenderableType]:
    """By chapter: what is held, what is due, how far the others are."""
    due = set(learner.due())
    for chapter in dict.fromkeys(one.chapter for one in learner.topics.values()):
        table = Table.grid(padding=(0, 2))
        for name, one in learner.topics.items():
            if one.chapter != chapter:
                continue
            known = learner.standing[name]
            if known.held:
                said = "held" + (
                    "; due" if name in due else f"; again on {known.due:%Y-%m-%d}" if known.due else ""
                )
            else:
                said = (
                    f"{known.row} of {IN_A_ROW}"
                    if known.row
                    else "begun"
                    if known.best or known.wrong
                    else "-"
                )
            table.add_row(Text(name, style="bold" if known.held else ""), one.title, Text(said))
        yield Section("result", chapter, None, table)
    yield Text(f"{sum(map(learner.held, learner.topics))} of {len(learner.topics)} topics held")
