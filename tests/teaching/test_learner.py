"""The path of a learner, as records that are written out here tell it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dlcli.engines.base.slips import SLIPS
from dlcli.teaching.dice import Dice
from dlcli.teaching.drawing import draw
from dlcli.teaching.learner import Event, Kind, Learner, append, events_of, path_of
from dlcli.teaching.task import Field, Pen, Say, Task
from dlcli.teaching.topic import Topic, topics
from dlcli.teaching.worked import given

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def drawn(dice: Dice, level: int) -> Task:
    """x + y; conv.flip: x − y, conv.mirror: 2x; they can be told apart where y is not 0 and not x."""
    x, y = given(dice.whole(0, 9)), given(dice.whole(0, 2))

    def solve(pen: Pen) -> None:
        pen("sum", x + y, {"conv.flip": x - y, "conv.mirror": 2 * x})

    return Task((Say("?"),), (Field("sum"),), solve, "sum = x + y", {"x": x.value, "y": y.value})


def topic(name: str, *needs: str) -> Topic:
    return Topic(name, name, "", ("", "", ""), "Add.", drawn, needs, chapter="Sums")


TOPICS = {one.name: one for one in (topic("a"), topic("b", "a"), topic("c", "b"), topic("d"))}


class Diary:
    """A learner's record, a minute between two lines."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.now = BEGIN
        self.counters: dict[tuple[str, int], int] = {}

    def line(
        self, kind: Kind, name: str, level: int, *, right: bool = False, slips: tuple[str, ...] = ()
    ) -> None:
        self.now += timedelta(minutes=1)
        counter = self.counters.get((name, level), 0)
        self.events.append(Event(self.now, kind, name, level, counter, right, slips))

    def task(self, name: str, level: int, *answers: str, hint: bool = False, review: bool = False) -> None:
        """A task with its answers: right, wrong, or the slip that was made; the last one may be skip."""
        self.line("review" if review else "asked", name, level)
        if hint:
            self.line("hint", name, level)
        for answer in answers:
            if answer == "skip":
                self.line("skipped", name, level)
            else:
                slips = () if answer in ("right", "wrong") else (answer,)
                self.line("answered", name, level, right=answer == "right", slips=slips)
        self.counters[(name, level)] = self.counters.get((name, level), 0) + 1

    def hold(self, name: str) -> None:
        for _ in range(3):
            self.task(name, 2, "right")

    def learner(self, days: float = 0) -> Learner:
        return Learner(self.events, TOPICS, self.now + timedelta(days=days))


def test_the_first_task_is_of_the_first_topic_and_easy() -> None:
    step = Diary().learner().next()
    assert (step.drawn.topic.name, step.drawn.level, step.why) == ("a", 1, "nothing comes before it")


def test_a_topic_is_held_after_three_in_a_row_at_level_2_at_first_and_without_a_hint() -> None:
    diary = Diary()
    diary.task("a", 1, "right")
    assert diary.learner().next().drawn.level == 2
    diary.task("a", 2, "right")
    diary.task("a", 2, "right")
    assert (diary.learner().held("a"), diary.learner().next().why) == (False, "2 of 3 in a row")
    diary.task("a", 2, "right", hint=True)
    assert diary.learner().standing["a"].row == 0
    diary.task("a", 2, "wrong", "right")
    diary.hold("a")
    assert diary.learner().held("a")
    assert diary.learner().next().drawn.topic.name == "b"


def test_two_of_level_3_hold_what_a_topic_needs_too() -> None:
    diary = Diary()
    diary.task("c", 3, "right")
    assert not diary.learner().held("c")
    diary.task("c", 3, "right")
    assert [diary.learner().held(name) for name in "abcd"] == [True, True, True, False]


def test_what_is_held_is_asked_again_after_2_7_and_21_days_and_every_third_task_at_most() -> None:
    diary = Diary()
    diary.hold("a")
    assert diary.learner(1.9).next().drawn.topic.name == "b"
    step = diary.learner(2.1).next()
    assert (step.drawn.topic.name, step.review) == ("a", True)
    diary.now += timedelta(days=2.1)
    diary.task("a", 2, "right", review=True)
    assert diary.learner(6.9).due() == []
    assert diary.learner(7.1).due() == ["a"]
    assert diary.learner(7.1).next().drawn.topic.name == "b"  # a review was just there
    diary.task("b", 1, "right")
    diary.task("b", 1, "right")
    assert diary.learner(7.1).next().review
    diary.now += timedelta(days=7.1)
    diary.task("a", 2, "right", review=True)
    diary.now += timedelta(days=22)
    diary.task("a", 2, "right", review=True)
    assert diary.learner(400).due() == []
    assert diary.learner(400).held("a")


def test_a_review_that_goes_wrong_opens_the_topic_again() -> None:
    diary = Diary()
    diary.hold("a")
    diary.now += timedelta(days=3)
    diary.task("a", 2, "wrong", "right", review=True)
    assert not diary.learner().held("a")
    assert diary.learner().next().drawn.topic.name == "a"


def test_a_slip_made_twice_is_what_the_next_draw_is_about_and_thrice_what_comes_before() -> None:
    diary = Diary()
    diary.hold("a")
    diary.task("b", 1, "right")
    diary.task("b", 2, "conv.mirror", "right")
    diary.task("b", 2, "conv.mirror", "right")
    step = diary.learner().next()
    assert step.drawn.topic.name == "b"
    targeted = draw(TOPICS["b"], step.drawn.level, "learn", "", step.drawn.counter, ("conv.mirror",))
    assert step.drawn.task.given == targeted.task.given
    assert "conv.mirror" in step.drawn.task.wrong
    diary.task("b", 1, "conv.mirror", "right")
    step = diary.learner().next()
    assert (step.drawn.topic.name, step.drawn.level) == ("a", 1)
    assert step.why == f"for the third time it came out {SLIPS['conv.mirror'].says}: what comes before b"
    diary.task("a", 1, "right")
    assert diary.learner().next().drawn.topic.name == "b"


def test_the_open_task_is_the_same_task_again_until_it_is_solved_or_left() -> None:
    diary = Diary()
    diary.hold("a")
    diary.task("b", 2, "conv.flip")
    step = diary.learner().open()
    assert step is not None
    assert (step.drawn.topic.name, step.drawn.counter, step.open) == ("b", 0, True)
    diary.line("skipped", "b", 2)
    diary.events[-1] = Event(diary.now, "skipped", "b", 2, 0)
    assert diary.learner().open() is None
    assert diary.learner().next().drawn.topic.name == "d"  # another one, before b is tried again


@pytest.mark.parametrize("name", topics())
def test_every_target_can_be_what_the_next_draw_is_about(name: str) -> None:
    known = topics()[name]
    for level in (1, 2, 3):
        for slip in draw(known, level, "learn").task.targets:
            drawn = draw(known, level, "learn", "", 1, (slip,))
            assert slip in drawn.task.wrong or slip not in drawn.task.slips


def test_topic_and_start_go_before_all_else() -> None:
    learner = Diary().learner()
    assert learner.next(topic="c", level=3).drawn.topic.name == "c"
    assert learner.next(start="c").drawn.topic.name == "c"
    diary = Diary()
    for name in "abcd":
        diary.hold(name)
    assert diary.learner().next().why.startswith("all topics are held")


def test_records_are_lines_and_merge_by_concatenation(tmp_path: Path) -> None:
    diary, path = Diary(), str(tmp_path / "state" / "dlcli" / "learning.log")
    diary.hold("a")
    diary.task("b", 2, "conv.flip")
    append(path, diary.events)
    assert events_of(path) == diary.events
    text = Path(path).read_text()
    assert text.splitlines()[1] == "2026-03-01T12:02:00Z\tanswered\ta\t2\t0\tright\t"
    lines = text.splitlines(keepends=True)
    Path(path).write_text("garbage\n" + "".join(lines[4:]) + "".join(lines) + "1\t2\n\x00\n")
    assert events_of(path) == diary.events
    assert events_of(str(tmp_path / "none")) == []
    Path(path).write_text(text + "2026-03-01T1")
    append(path, diary.events[-1:])
    assert events_of(path) == diary.events


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ({"XDG_STATE_HOME": "/s", "HOME": "/h"}, "/s/dlcli/learning.log"),
        ({"HOME": "/h"}, "/h/.local/state/dlcli/learning.log"),
        ({"XDG_STATE_HOME": "here", "HOME": "/h"}, "/h/.local/state/dlcli/learning.log"),
    ],
)
def test_the_record_is_where_xdg_wants_it(variables: dict[str, str], path: str) -> None:
    assert path_of(variables) == path
