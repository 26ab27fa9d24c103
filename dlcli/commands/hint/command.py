"""``dlcli hint``: help in three steps."""

from __future__ import annotations

from dataclasses import dataclass

from dlcli.commands.kinds.exercises.handed_out import TopicWord, topic_named
from dlcli.commands.kinds.exercises.record import learner_of
from dlcli.errors import DlcliError
from dlcli.runner.command import tool
from dlcli.runner.environment import Environment
from dlcli.runner.kinds import Whole
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument, option

MANUAL = Manual(emits={}, examples=("dlcli hint", "dlcli hint conv-cell --level 2 --seed 7 --step 2"))


@dataclass(frozen=True)
class Options:
    """Which task, and which of the three hints."""

    topic: str | None = argument(TopicWord(), metavar="[TOPIC]", needed=False)
    step: int | None = option(
        "--step",
        Whole("1|2|3", most=3),
        under="Task",
        help="Idea, formula with the numbers, first line. [default: the next]",
    )
    level: int = option(
        "--level", Whole("1|2|3", most=3), 2, under="Task", help="Of a topic: the level of its task."
    )
    seed: int = option(
        "--seed", Whole("N", least=0), 0, under="Task", help="Of a topic: the seed of its sheet."
    )
    number: int = option(
        "--task", Whole("N"), 1, under="Task", help="Of a topic: which of its tasks on the sheet."
    )


@tool("hint", MANUAL, Options)
def command(environment: Environment, options: Options) -> None:
    """Help with the task that dlcli learn asked: idea, formula with its numbers, first line.

    Each call gives the next of the three; an answer after a hint does not count as one in a row. With TOPIC
    it is about the task that dlcli exercise draws with this level and seed, and nothing is noted.
    """
    from dlcli.teaching.hints import STEPS, hint
    from dlcli.teaching.sheet import Entry, Plan, sheet

    if options.topic is not None:
        plan = Plan((Entry(topic_named(options.topic), options.level, options.number),))
        drawn = sheet(plan, str(options.seed)).items[-1].drawn
        step = options.step or 1
    else:
        from dlcli.teaching.learner import append

        learner, path = learner_of(environment)
        found = learner.open()
        if found is None:
            raise DlcliError("there is no open task: dlcli learn asks one; dlcli hint TOPIC is about a sheet")
        drawn, step = found.drawn, options.step or min(found.hints + 1, STEPS)
        append(path, [learner.event("hint", drawn, slips=[str(found.hints + 1)])])
    text = "\n".join(hint(drawn, step))
    environment.stdout.write(f"hint {step} of {STEPS}: {text}\n".encode(errors="replace"))
