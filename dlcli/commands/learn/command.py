"""``dlcli learn``: the next task, an answer, and what comes after it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from dlcli.commands.kinds.exercises.handed_out import TopicWord
from dlcli.commands.kinds.exercises.record import learner_of
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.command import tool
from dlcli.runner.environment import Environment
from dlcli.runner.kinds import Whole
from dlcli.runner.manual import Manual
from dlcli.runner.option import option
from dlcli.runner.storyteller import colourful, render, told_by

if TYPE_CHECKING:
    from dlcli.teaching.drawing import Drawn
    from dlcli.teaching.learner import Kind, Learner, Step
    from dlcli.teaching.marking import Marked

#: What looks like the name of an answer.
NAMED = re.compile(r"[^\W\d][\w']*(?:\[[\d, ]+\]|\(\w+\))?")

MANUAL = Manual(
    emits={},
    examples=(
        "dlcli learn",
        "dlcli learn --answer 12",
        "dlcli learn --topic conv-map --level 3",
        "dlcli learn --from td-update",
        "dlcli learn --status",
    ),
    tables={
        "At the prompt": {
            "hint": "The next of three hints: idea, formula with these numbers, first line.",
            "skip": "Leave this task; another comes.",
            "Enter": "Leave it open for the next time.",
        },
    },
)

#: Words at the prompt that are no answers.
HINT, SKIP = "hint", "skip"


@dataclass(frozen=True)
class Options:
    """Which task, and the answer to it."""

    answers: tuple[str, ...] = option(
        "--answer", str, many=True, under="Answer", metavar="ANSWER",
        help="The answer to the open task, for each part in its order, or NAME=ANSWER. Repeatable.",
    )  # fmt: skip
    skip: bool = option(
        "--skip", under="Answer", excludes="--answer", help="Leave the open task, and take another."
    )
    topic: str | None = option(
        "--topic", TopicWord(), under="Path", help="A task of this topic, whatever is next."
    )
    level: int | None = option("--level", Whole("1|2|3", most=3), under="Path", help="A task of this level.")
    from_: str | None = option(
        "--from",
        TopicWord(),
        under="Path",
        excludes="--topic",
        help="Go on from this topic, whatever is held before it.",
    )
    now: datetime | None = option(
        "--now",
        click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ")),
        under="Path",
        metavar="DATE",
        help="As if it were that day, to see what will be due.",
    )
    status: bool = option(
        "--status",
        under="Path",
        excludes=("--answer", "--skip"),
        help="Tell what is held and what is due, and ask nothing.",
    )


@tool("learn", MANUAL, Options)
def command(environment: Environment, options: Options) -> None:
    """Ask the next task of the course, mark the answer, and remember it.

    A topic is held after three tasks of level 2 in a row, right at first and without a hint, or two of level
    3, which hold what it needs, too. What is held is asked again after 2, 7 and 21 days. The record is a text
    file with a line for each answer, below XDG_STATE_HOME; two records are merged by cat.
    """
    now = None if options.now is None else options.now.replace(tzinfo=UTC)
    learner, path = learner_of(environment, now)
    desk = Desk(environment, path)
    for name in (options.topic, options.from_):
        if name is not None and name not in learner.topics:
            from dlcli.teaching.topic import topic_of

            topic_of(name)
            raise WrongUsage(f"{name}: learn knows the topics of dlcli exercise alone")
    if options.status:
        desk.status(learner)
        return
    step = learner.open()
    if step is not None and options.skip:
        learner = desk.note(learner, "skipped", step.drawn)
        step = None
    wished = options.topic or options.from_ or options.level
    if step is not None and wished and not options.answers and not _fits(step, options):
        learner = desk.note(learner, "skipped", step.drawn)
        step = None
    if step is None:
        if options.answers:
            raise DlcliError("there is no open task to answer: dlcli learn asks one")
        step = learner.next(topic=options.topic or "", level=options.level or 0, start=options.from_ or "")
        learner = desk.note(learner, "review" if step.review else "asked", step.drawn)
    desk.work(learner, step, options.answers)


def _fits(step: Step, options: Options) -> bool:
    """Whether the open task is what is asked for."""
    return (
        options.topic in (None, step.drawn.topic.name)
        and options.level in (None, step.drawn.level)
        and not options.from_
    )


class Desk:
    """Where a task is shown and answered: on a terminal with a prompt, otherwise with what is piped in."""

    def __init__(self, environment: Environment, path: str) -> None:
        self.environment, self.path = environment, path
        self.story = told_by("learn")
        self.prompts = environment.stdin_is_terminal and environment.stdout_is_terminal

    def note(
        self, learner: Learner, kind: Kind, drawn: Drawn, *, right: bool = False, slips: Sequence[str] = ()
    ) -> Learner:
        """Add a line to the record; returns the learner as it tells now."""
        from dlcli.teaching.learner import Learner, append

        event = learner.event(kind, drawn, right=right, slips=slips)
        append(self.path, [event])
        return Learner([*learner.events, event], learner.topics, learner.now)

    def show(self, *parts: Any) -> None:
        """Write renderables, in colour on a terminal."""
        coloured = colourful(self.environment, terminal=self.environment.stdout_is_terminal)
        text = render(parts, "rich" if coloured else "plain", self.environment, self.environment.width)
        self.environment.stdout.write(text.encode(errors="replace"))

    def status(self, learner: Learner) -> None:
        """What is held, what is due, what is next."""
        self.show(*self.story.standing(learner))

    def work(self, learner: Learner, step: Step, given: Sequence[str]) -> None:
        """Show the task unless it has just been answered, take answers, mark them."""
        piped = () if given or self.prompts else self._piped()
        if not given and not piped:
            self.show(*self.story.asked(learner, step))
        if given or piped:
            marked = self._mark(step, self._named(step, [*given, *piped]))
            self._tell(learner, step, marked)
            if not marked.right:
                raise DlcliError("not right yet: try again, dlcli hint, or dlcli learn --skip")
            return
        if self.prompts:
            self.show(*self.story.prompt())
        while self.prompts:
            answers = self._prompt(step)
            if answers is None:
                self.show(*self.story.left_open())
                return
            if answers == HINT:
                learner = self._hint(learner, step)
                continue
            if answers == SKIP:
                learner = self.note(learner, "skipped", step.drawn)
                step = learner.next()
                learner = self.note(learner, "review" if step.review else "asked", step.drawn)
                self.show("", *self.story.asked(learner, step))
                continue
            assert not isinstance(answers, str)
            marked = self._mark(step, answers)
            learner = self._tell(learner, step, marked)
            if marked.right:
                return

    def _hint(self, learner: Learner, step: Step) -> Learner:
        task = (step.drawn.topic.name, step.drawn.level, step.drawn.counter)
        given = learner.tries[task].hints + 1
        learner = self.note(learner, "hint", step.drawn, slips=[str(given)])
        self.show(*self.story.hinted(step.drawn, given))
        return learner

    def _prompt(self, step: Step) -> Mapping[str, str] | str | None:
        """An answer for each part; a word in place of them; None where it ends."""
        found: dict[str, str] = {}
        for one in step.drawn.task.fields:
            self.environment.stdout.write(f"{one.name} = ".encode())
            line = self._line()
            if line is None:  # the terminal's own end of line is missing
                self.environment.stdout.write(b"\n")
            if line is None or not line.strip():
                return found or None
            if line.strip().lower() in (HINT, SKIP):
                return line.strip().lower()
            found[one.name] = line.strip()
        return found

    def _line(self) -> str | None:
        """The next line of standard input, None at its end."""
        assert self.environment.stdin is not None
        line = self.environment.stdin.readline()
        return line.decode(errors="replace") if line else None

    def _piped(self) -> list[str]:
        """The lines that are piped in."""
        if self.environment.stdin is None or not self.environment.stdin_piped:
            return []
        text = self.environment.stdin.read(1 << 16).decode(errors="replace")
        return [line.strip() for line in text.splitlines() if line.strip()]

    def _named(self, step: Step, given: Sequence[str]) -> dict[str, str]:
        """Answers by the names of the parts: as they are named, the others in their order."""
        names = [one.name for one in step.drawn.task.fields]
        found: dict[str, str] = {}
        rest = []
        for text in given:
            name, sign, value = text.partition("=")
            if sign and name.strip() in names:
                found[name.strip()] = value
            elif sign and NAMED.fullmatch(name.strip()):
                raise WrongUsage(f"no answer {printable(name.strip())} here: there are {', '.join(names)}")
            else:
                rest.append(text)
        left = [name for name in names if name not in found]
        if len(rest) == 1 and len(left) > 1:
            rest = rest[0].replace(";", " ").split()
        if len(rest) > len(left):
            wanted = ", ".join(left) or "nothing"
            raise WrongUsage(f"{len(rest)} answers, and only {wanted} is asked for: {printable(rest[-1])}")
        return found | dict(zip(left, rest, strict=False))

    def _mark(self, step: Step, answers: Mapping[str, str]) -> Marked:
        from dlcli.teaching.marking import mark, together

        return together([mark(step.drawn, answers)])[0]

    def _tell(self, learner: Learner, step: Step, marked: Marked) -> Learner:
        """Note an answer that could be read, and tell what it is worth."""
        from dlcli.teaching.marking import behind

        if any(one.kind not in ("unread", "empty") for one in marked.marks):
            slips = [*filter(None, [behind(marked)])]
            learner = self.note(learner, "answered", step.drawn, right=marked.right, slips=slips)
        self.show(*self.story.told(learner, step, marked))
        return learner
