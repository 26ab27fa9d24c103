"""What a learner has answered, one line each, and what is to be asked next."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from dlcli.engines.base.slips import SLIPS
from dlcli.errors import DlcliError
from dlcli.teaching.drawing import Drawn, draw
from dlcli.teaching.topic import Topic

#: What happens: a task is asked (or asked again after a while), a hint is given, it is answered, or left.
Kind = Literal["asked", "review", "hint", "answered", "skipped"]
KINDS: tuple[Kind, ...] = ("asked", "review", "hint", "answered", "skipped")

#: A topic is held after so many tasks of level 2 in a row, right at first and without a hint ...
IN_A_ROW = 3

#: ... or so many of level 3, which hold what it needs, too.
TESTED_OUT = 2

#: Days after which what is held is asked again, from one time to the next.
REVIEWS = (2, 7, 21)

#: Of so many tasks at most one is a review.
BETWEEN = 3

#: A slip that is made so often is what the next draw is about; once more, and what comes before is.
TWICE, THRICE = 2, 3

#: What a learner's tasks are drawn from: the same for everybody, so that two can talk about one.
SECRET = "learn"


@dataclass(frozen=True)
class Event:
    """One line of the record."""

    time: datetime
    kind: Kind
    topic: str
    level: int
    counter: int
    right: bool = False
    slips: tuple[str, ...] = ()

    def __str__(self) -> str:
        verdict = "" if self.kind != "answered" else "right" if self.right else "wrong"
        stamp = self.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return "\t".join(
            (stamp, self.kind, self.topic, str(self.level), str(self.counter), verdict, ",".join(self.slips))
        )

    @classmethod
    def of(cls, line: str) -> Event | None:
        """The event of a line; None for a line that is none."""
        parts = line.rstrip("\n").split("\t")
        with suppress(ValueError, IndexError):
            time = datetime.strptime(parts[0], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            kind = next((one for one in KINDS if one == parts[1]), None)
            if kind is not None:
                slips = tuple(filter(None, parts[6].split(",")))
                return cls(time, kind, parts[2], int(parts[3]), int(parts[4]), parts[5] == "right", slips)
        return None

    @property
    def task(self) -> tuple[str, int, int]:
        """Which task it is about."""
        return self.topic, self.level, self.counter


def path_of(variables: Mapping[str, str]) -> str:
    """The file of the record, below ``XDG_STATE_HOME`` or ``~/.local/state``."""
    told = variables.get("XDG_STATE_HOME", "")
    own = os.path.join(variables.get("HOME") or os.path.expanduser("~"), ".local", "state")
    home = told if os.path.isabs(told) else own  # as the specification has it
    return os.path.join(home, "dlcli", "learning.log")


def append(path: str, events: Iterable[Event]) -> None:
    """Add lines to the record. Raises ``DlcliError`` where it cannot be written."""
    text = "".join(f"{one}\n" for one in events)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a+b") as file:
            if file.tell() and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
                text = f"\n{text}"  # a line that was cut off is no part of this one
            file.write(text.encode())  # one write of less than a page: two learners in two windows do not mix
    except OSError as error:
        raise DlcliError(f"the record {path} cannot be written: {os.strerror(error.errno or 0)}") from error


def events_of(path: str) -> list[Event]:
    """The record in the order of time; lines that are none are passed over, and doubles of joined records."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            found = dict.fromkeys(event for line in file if (event := Event.of(line)) is not None)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DlcliError(f"the record {path} cannot be read: {os.strerror(error.errno or 0)}") from error
    return sorted(found, key=lambda one: one.time)  # those of one second as they stand there


@dataclass
class Try:
    """One task: ``number`` says as which it was asked, ``right`` whether the first answer to it was.

    ``hints`` were given in all, ``helped`` says whether one was before the first answer; ``slips`` are those
    of the first answer. It is over when it is ``solved``, or ``left``.
    """

    topic: str
    level: int
    counter: int
    number: int
    review: bool = False
    hints: int = 0
    helped: bool = False
    answered: datetime | None = None
    right: bool = False
    solved: bool = False
    left: bool = False
    slips: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Right at first, without a hint."""
        return self.right and not self.helped


@dataclass
class Standing:
    """What is known of one topic.

    ``held`` since when, which review is next and when it is ``due``; so many tasks of level 2 and of level 3
    right in a ``row``, so many wrong one after the other, and the ``best`` level that was right.
    """

    held: datetime | None = None
    stage: int = 0
    due: datetime | None = None
    row: int = 0
    high: int = 0
    wrong: int = 0
    best: int = 0


@dataclass(frozen=True)
class Step:
    """What is asked next, and why."""

    drawn: Drawn
    why: str
    review: bool = False
    open: bool = False
    hints: int = 0


class Learner:
    """A learner as their record tells: a function of it and of the time."""

    def __init__(self, events: Sequence[Event], topics: Mapping[str, Topic], now: datetime) -> None:
        self.topics, self.now = topics, now
        self.events = [one for one in events if one.topic in topics and 1 <= one.level <= 3]
        self.tries: dict[tuple[str, int, int], Try] = {}
        self.standing = {name: Standing() for name in topics}
        for event in self.events:
            self._take(event)

    def _take(self, event: Event) -> None:
        one = self.tries.setdefault(event.task, Try(*event.task, len(self.tries)))
        if event.kind == "review":
            one.review = True
        elif event.kind == "hint":
            one.hints += 1
            one.helped |= one.answered is None
        elif event.kind == "skipped":
            one.left = True
        elif event.kind == "answered" and not one.solved:
            one.solved = event.right
            if one.answered is None:
                one.answered, one.right, one.slips = event.time, event.right, event.slips
                self._count(one, event.time)

    def _count(self, one: Try, time: datetime) -> None:
        """What the first answer to a task means for its topic."""
        known = self.standing[one.topic]
        known.wrong = 0 if one.right else known.wrong + 1
        known.best = max(known.best, one.level if one.right else 0)
        if known.held is not None:
            if known.due is None or time < known.due:
                return  # practice beside the plan
            if not one.clean:
                self.standing[one.topic] = Standing(wrong=known.wrong, best=known.best)
                return
            known.stage += 1
            more = known.stage < len(REVIEWS)
            known.due = time + timedelta(days=REVIEWS[known.stage]) if more else None
            return
        if one.level == 2:
            known.row = known.row + 1 if one.clean else 0
        elif one.level == 3:
            known.high = known.high + 1 if one.clean else 0
        if known.high >= TESTED_OUT:
            for name in (one.topic, *self._before(one.topic)):
                self._hold(name, time)
        elif known.row >= IN_A_ROW:
            self._hold(one.topic, time)

    def _hold(self, name: str, time: datetime) -> None:
        known = self.standing[name]
        if known.held is None:
            known.held, known.stage, known.due = time, 0, time + timedelta(days=REVIEWS[0])

    def _before(self, name: str) -> Iterator[str]:
        for need in self.topics[name].needs:
            yield need
            yield from self._before(need)

    def held(self, name: str) -> bool:
        """Whether a topic is held."""
        return self.standing[name].held is not None

    def due(self) -> list[str]:
        """What is held and to be asked again, the longest due first."""
        waiting = [
            (one.due, name)
            for name, one in self.standing.items()
            if one.due is not None and one.due <= self.now
        ]
        return [name for _, name in sorted(waiting)]

    @property
    def last(self) -> Event | None:
        """The task that was asked last."""
        return next((one for one in reversed(self.events) if one.kind in ("asked", "review")), None)

    def open(self) -> Step | None:
        """The task that was asked last and is neither solved nor left."""
        last = self.last
        if last is None:
            return None
        one = self.tries[last.task]
        if one.solved or one.left:
            return None
        return Step(self._drawn(*last.task), "open", one.review, True, one.hints)

    def solved(self) -> Drawn | None:
        """The task that was solved last."""
        last = next((one for one in reversed(self.events) if one.kind == "answered" and one.right), None)
        return None if last is None else self._drawn(*last.task)

    def next(self, *, topic: str = "", level: int = 0, start: str = "") -> Step:
        """What is asked next: what somebody names, what is due, or the first topic whose needs are held."""
        if topic:
            return self._ask(topic, level or self._level(topic), "as you asked")
        if trouble := self._in_trouble():
            return trouble
        asked = [one for one in self.events if one.kind in ("asked", "review")]
        reviewed = any(one.kind == "review" for one in asked[-(BETWEEN - 1) :])
        if (due := self.due()) and not reviewed and not start:
            return self._ask(
                due[0],
                2,
                f"held since {_day(self.standing[due[0]].held)}: do you still know it?",
                review=True,
            )
        name = self._first(start)
        if name is None:
            waiting = sorted((one.due, name) for name, one in self.standing.items() if one.due is not None)
            name = waiting[0][1] if waiting else next(iter(self.topics))
            return self._ask(name, 3, "all topics are held: one for the pleasure of it")
        return self._ask(name, level or self._level(name), self._why(name))

    def _why(self, name: str) -> str:
        known = self.standing[name]
        if known.row:
            return f"{known.row} of {IN_A_ROW} in a row"
        return "its needs are held" if self.topics[name].needs else "nothing comes before it"

    def _level(self, name: str) -> int:
        known = self.standing[name]
        return 1 if known.best == 0 or known.wrong >= TWICE else 2

    def _first(self, start: str) -> str | None:
        names = [*self.topics]
        names = names[names.index(start) :] if start else names
        left = self._left()
        ready = [
            one
            for one in names
            if not self.held(one)
            and (start or all(self.held(need) for need in self.topics[one].needs if need in self.topics))
        ]
        return next((one for one in ready if one != left), ready[0] if ready else None)

    def _left(self) -> str:
        """The topic of the task that was asked last, where it was left."""
        last = self.last
        return last.topic if last is not None and self.tries[last.task].left else ""

    def _in_trouble(self) -> Step | None:
        """What comes before the last topic, where one slip was made in it three times."""
        last = self.last
        if last is None:
            return None
        slip, count = self._slip(last.topic)
        needs = [one for one in self.topics[last.topic].needs if one in self.topics]
        if count < THRICE or not needs:
            return None
        before = self.topics[needs[0]]
        lesson = f", and dlcli lesson {before.lesson}" if before.lesson else ""
        told = f"for the third time it came out {SLIPS[slip].says}" if slip in SLIPS else slip
        return self._ask(before.name, 1, f"{told}: what comes before {last.topic}{lesson}")

    def _slip(self, name: str, before: int | None = None) -> tuple[str, int]:
        """The slip that was made most often since a task of the topic was right, and how often.

        Tasks from number ``before`` on do not count.
        """
        seen: Counter[str] = Counter()
        for one in self.tries.values():
            if one.topic == name and one.answered and (before is None or one.number < before):
                if one.right:
                    seen.clear()
                seen.update(one.slips)
        return seen.most_common(1)[0] if seen else ("", 0)

    def _ask(self, name: str, level: int, why: str, *, review: bool = False) -> Step:
        known = [one.counter + 1 for one in self.tries.values() if (one.topic, one.level) == (name, level)]
        return Step(self._drawn(name, level, max(known, default=0)), why, review)

    def _drawn(self, name: str, level: int, counter: int) -> Drawn:
        """The task, which shows a slip that was made twice before it was asked."""
        mine = self.tries.get((name, level, counter))
        slip, count = self._slip(name, None if mine is None else mine.number)
        return draw(self.topics[name], level, SECRET, "", counter, (slip,) if count >= TWICE else ())

    def event(self, kind: Kind, drawn: Drawn, *, right: bool = False, slips: Sequence[str] = ()) -> Event:
        """A line for the record, now."""
        now = self.now.replace(microsecond=0)
        return Event(now, kind, drawn.topic.name, drawn.level, drawn.counter, right, tuple(slips))


def _day(time: datetime | None) -> str:
    return "" if time is None else time.strftime("%Y-%m-%d")
