"""Sheets, hand-ins, classes: the same tomorrow, read from any form, marked as they are known to be."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest

from dlcli.errors import BadData, WrongUsage
from dlcli.teaching.course import Person, people_of, plan_of
from dlcli.teaching.dice import Dice
from dlcli.teaching.forms.forms import FORMS
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.plain import written
from dlcli.teaching.handin import BYTES, TWICE, HandIn, read
from dlcli.teaching.marking import MAP, Policy
from dlcli.teaching.school import all_slips, correlation, marked, statistics
from dlcli.teaching.sheet import Entry, Item, Plan, Sheet, sheet
from dlcli.teaching.task import Pen, near
from dlcli.teaching.topic import LEVELS, topic_of, topics
from dlcli.teaching.worked import words
from tests.teaching.test_topics import said

SECRET = "a secret of the tests"
PLAN = Plan(
    (
        Entry(topic_of("conv-cell"), 2, 2),
        Entry(topic_of("outsize"), 2, 3, Fraction(2)),
        Entry(topic_of("conv-map"), 1),
    ),
    "Week 3",
)


def filled(one: Sheet, slips: dict[str, str] | None = None, *, blank: tuple[int, ...] = ()) -> str:
    """The sheet as text with its answers: right, or with a slip of the topic where one is named."""
    answers = {}
    for item in one.items:
        task = item.drawn.task
        values = task.wrong.get((slips or {}).get(item.drawn.topic.name, ""), task.key)
        for name, field, value in zip(item.names, task.fields, values, strict=True):
            answers[name] = "" if item.number in blank else said(field, value, item.number)
    lines = []
    for line in written(one).splitlines():
        name, sign, remark = line.partition(" =")
        lines.append(f"{name} = {answers[name]}{remark}" if sign and name in answers else line)
    return "\n".join(lines)


def share(item: Item, slips: dict[str, str]) -> Fraction:
    """The part of an item that is right where it was answered with a slip, which may leave some cells."""
    task = item.drawn.task
    made = task.wrong.get(slips.get(item.drawn.topic.name, ""), task.key)
    right = sum(
        near(*three) for three in zip(made, task.key, (one.tolerance for one in task.fields), strict=True)
    )
    return Fraction(right, len(task.fields))


def test_dice_are_hmac_of_what_is_written_down() -> None:
    """Asked of OpenSSL: printf 'dlcli 1\\0t/1\\0Ada\\0000\\0000' | openssl dgst -sha256 -hmac key."""
    dice = Dice("key", "t/1", "Ada", 0)
    words = [dice.whole(0, 2**32 - 1) for _ in range(8)]
    assert (
        "".join(f"{word:08x}" for word in words)
        == "f7423c3ce7faa7572ef1e7ff66e95e04804af61ede2b6fd20756fcc947827cc2"
    )


def test_dice_reach_every_number_about_as_often() -> None:
    dice = Dice("key", "even")
    counts = [0] * 6
    for _ in range(6000):
        counts[dice.whole(1, 6) - 1] += 1
    assert sum((count - 1000) ** 2 / 1000 for count in counts) < 20.5  # chi-squared, 5 degrees, 0.1 %


@pytest.mark.parametrize(
    ("name", "digest"),
    [("Ada Lovelace", "75e8a213a876b1f9"), ("Émilie du Châtelet", "011d4bf421c6da5b")],
)
def test_a_sheet_is_the_same_tomorrow(name: str, digest: str) -> None:
    made = sheet(PLAN, SECRET, name)
    drawn = repr([(one.drawn.topic.name, sorted(one.drawn.task.given.items())) for one in made.items])
    assert hashlib.sha256(drawn.encode()).hexdigest()[:16] == digest
    assert written(sheet(PLAN, SECRET, f"  {name} ")) == written(made)
    assert written(sheet(PLAN, SECRET + "!", name)) != written(made)


#: Ten weeks of three tasks each, from all chapters: topic -> the slip that some of the class make.
WEEKS = (
    ("outsize", "size.plus-one"), ("conv-cell", "conv.flip"), ("params-conv", "params.bias"),
    ("softmax", "softmax.no-exp"), ("cross-entropy", "ce.base"), ("frames", "frames.plus-one"),
    ("lstm-step", "lstm.f-i"), ("attn-scores", "attn.no-scale"), ("td-update", "td.no-alpha"),
    ("conv-map", "conv.transpose"),
)  # fmt: skip


def test_three_hundred_hand_ins_of_thirty_students_are_marked_as_known() -> None:
    dice, named, slipped = Dice("class", "slips"), 0, 0
    for topic, slip in WEEKS:
        plan = Plan((Entry(topic_of(topic), 2, 3, Fraction(2)),))
        results, known = [], []
        for student in range(30):
            one = sheet(plan, SECRET, f"Student {student}")
            visible = all(slip in item.drawn.task.wrong for item in one.items)
            slips = {topic: slip} if visible and dice.chance(1, 3) else {}
            blank = (3,) if dice.chance(1, 6) else ()
            (handin,) = read(filled(one, slips, blank=blank).encode(), f"Student {student}.txt")
            made = marked(one, handin, Policy())
            worth = [item.points * (0 if item.number in blank else share(item, slips)) for item in one.items]
            carried = [m for task in made.tasks for m in task.marks if m.kind == "carried"]
            assert made.earned == sum(worth) or (carried and made.earned > sum(worth)), (topic, student)
            assert not made.notes
            assert set(made.slips) <= set(slips.values())
            named += bool(made.slips)
            slipped += bool(slips)
            results.append(made)
            known.append(float(made.tasks[0].earned / 2))
        first = statistics(results)[0]
        assert (first.topic, first.count) == (topic, 30)
        assert abs(first.difficulty - sum(known) / 30) < 1e-9
        counts = {name: theirs for name, _, theirs in all_slips(results)}
        assert counts.get(slip, 0) == sum(slip in one.slips for one in results)
    assert slipped > 60
    assert named >= 0.95 * slipped


def test_marking_writes_a_solution_for_each_slip_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What depends on nobody's answers is kept: a class of equal sheets costs what one does."""
    one = sheet(PLAN, SECRET, "Ada")
    text = filled(one, {"outsize": "size.plus-one"}).encode()
    written, solved = Counter[str](), Pen.__init__

    def count(self: Pen, *arguments: Any) -> None:
        written["answers" if len(arguments) > 1 and arguments[1] else "alone"] += 1
        solved(self, *arguments)

    monkeypatch.setattr(Pen, "__init__", count)
    for _ in range(10):
        marked(one, read(text, "x.txt")[0], Policy())
    tasks = [item.drawn.task for item in one.items]
    pairs = sum(len(task.wrong) * (len(task.wrong) - 1) // 2 for task in tasks if len(task.fields) >= MAP)
    assert written["alone"] <= sum(1 + len(task.slips) for task in tasks) + pairs
    assert written["answers"] <= 10 * sum(len(task.fields) + 2 + len(task.slips) for task in tasks)


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "binary": b"PK\x03\x04" + bytes(range(256)) * 20,
    "full marks in prose": b"Full marks please. All answers are right. Score = 100 of 100.\npoints = 9\n",
    "escapes": b"1.y[0,0] = \x1b]0;owned\x07\x1b[2J7\n",
    "code": b"1.y[0,0] = __import__('os').system('touch pwned')\n$(touch pwned)\n",
    "many lines": b"x = 1\n" * 40000,
    "all answers": b"".join(b"1.y[0,0] = %d\n" % number for number in range(20000)),
    "deep JSON": b"[" * 20000,
    "long line": b"1.y[0,0] = " + b"9" * 100000,
    "JSON of lists": json.dumps([{"answers": {"1.y[0,0]": [1, 2]}}]).encode(),
    "formula": b'1.y[0,0] = =HYPERLINK("http://x")\n',
    "no column": b'name,answer\n"unclosed',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_hand_ins_get_nothing_and_a_reason(kind: str) -> None:
    one = sheet(PLAN, SECRET, "Eve")
    handins: list[HandIn] = []
    with suppress(BadData):  # its words are those of test_what_is_no_hand_in_is_refused
        handins = read(HOSTILE[kind], "eve.txt")
    for handin in handins:
        made = marked(one, handin, Policy())
        assert made.earned == 0
        reasons = [m.reason() for task in made.tasks for m in task.marks]
        assert all(reason.isprintable() and len(reason) < 400 for reason in reasons)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"x" * (BYTES + 1), f"eve.txt: more than {BYTES} bytes; no hand-in is so large"),
        (HOSTILE["binary"], "eve.txt: this is no text; hand in a text file, CSV or JSON"),
        (HOSTILE["deep JSON"], "eve.txt: no JSON: "),
        (b"[1]", 'eve.txt: expected {"name": …, "answers": {"1.y": "6"}}'),
    ],
    ids=("large", "binary", "deep", "a number"),
)
def test_what_is_no_hand_in_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(BadData) as error:
        read(data, "eve.txt")
    assert str(error.value).startswith(told)
    assert len(str(error.value)) < 200


def test_the_forms_of_a_hand_in_are_read_alike() -> None:
    text = b"Task 1: A\n  y[0, 0] = 6\nTask 2: B\n> 2.rows: 7  \n"
    table = b'task,field,answer\n1,"y[0,0]",6\n2,rows,7\n'
    short = b"task;answer\n1.y[0,0];6\n2.rows;7\n"
    wide = "name;1.y[0,0];2.rows\nAda;6;7\n".encode("utf-16")
    object_ = b'{"name": "Ada", "answers": {"1.y[0,0]": 6, "2.rows": "7"}}'
    for data, source in (
        (text, "a.txt"),
        (table, "a.csv"),
        (short, "a.csv"),
        (wide, "a.csv"),
        (object_, "a.json"),
    ):
        (handin,) = read(data, source)
        found = {**handin.loose, **handin.answers}
        assert {name: value.strip() for name, value in found.items()} == {"1.y[0,0]": "6", "2.rows": "7"}
    assert read(wide, "a.csv")[0].name == "Ada"
    long = read(b"name,task,answer\nAda,1,6\nBob,1,7\nAda,2,8\n", "a.csv")
    assert [(one.name, one.answers) for one in long] == [("Ada", {"1": "6", "2": "8"}), ("Bob", {"1": "7"})]


def test_a_sentence_of_the_sheet_that_looks_like_an_answer_is_none() -> None:
    """Temperature, level 1: its text has lines such as "T = 2 and T = 3", and its answer is called T."""
    for seed in range(12):
        one = sheet(Plan((Entry(topic_of("temperature"), 1),)), str(seed))
        (handin,) = read(filled(one).encode(), "a.txt")
        made = marked(one, handin, Policy())
        assert (made.earned, made.notes) == (1, ())


def test_an_answer_that_is_given_twice_is_none() -> None:
    (handin,) = read(b"1.rows = 6\n1.rows = 7\n1.rows = 7\n", "a.txt")
    assert handin.notes[0] == "1.rows is answered twice, '6' and '7': neither counts"
    made = marked(sheet(Plan((Entry(topic_of("outsize")),)), "0"), handin, Policy())
    assert made.tasks[0].marks[0].kind == "unread"


@pytest.mark.parametrize("form", ["plain", "markdown"])
def test_what_a_sheet_says_of_itself_is_no_answer(form: str) -> None:
    """Of each topic and level: filled in rightly it has full marks, and empty it has no answers."""
    for topic in topics().values():
        for level in LEVELS:
            one = sheet(Plan((Entry(topic, level),)), SECRET)
            empty = FORMS[form].write([one], Manner())
            assert isinstance(empty, str)
            text = empty
            (item,) = one.items
            for name, field, key in zip(item.names, item.drawn.task.fields, item.drawn.task.key, strict=True):
                text = text.replace(f"\n{name} =", f"\n{name} = {said(field, key, 0)}")
            for filled_in, earned in ((text, 1), (empty, 0)):
                made = marked(one, read(filled_in.encode(), "sheet")[0], Policy())
                assert (made.earned, made.notes) == (earned, ()), (topic.name, level)
            assert {mark.kind for task in made.tasks for mark in task.marks} == {"empty"}, (topic.name, level)


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("1) rows = 6", {"1.rows": "6"}),
        ("1.rows 6", {"1.rows": "6"}),
        ("2.y[0][1] = 5\n2.y(1, 0): 6", {"2.y[0,1]": "5", "2.y[1,0]": "6"}),
        ("2.V(A) = 5", {"2.V(A)": "5"}),
        ("2.V1 (A) = 5", {"2.V1(A)": "5"}),
        ("1.p[0] ≈ 0.012", {"1.p[0]": "0.012"}),
        ("１．p［0］＝ 0.012", {"1.p[0]": "0.012"}),
        ("**1.p[0]** = 0.012", {"1.p[0]": "0.012"}),
        ("| 1.y[1,1] | 26 |", {"1.y[1,1]": "26"}),
        ("1.y_{1,1} = 26", {"1.y[1,1]": "26"}),
        ("1 = 26", {"1": "26"}),
        ("1 v = -0.4", {"1.v": "-0.4"}),
        ("Task 1\nrows = (12+8-5)/3 + 1\nrows = 6", {"1.rows": "6"}),
        ("Task 1\nrows = 6\nrows = 3 + 3", {"1.rows": "6"}),
        ("Task 1\nrows = 6\nrows = 7", {"1.rows": TWICE}),
        ("1.5 seconds = long\n1.The 3 pictures", {}),
    ],
)
def test_the_name_of_an_answer_has_many_spellings(text: str, answers: dict[str, str]) -> None:
    (handin,) = read(text.encode(), "a.txt")
    assert {**handin.loose, **handin.answers} == answers
    assert handin.notes == []


def test_a_line_that_is_not_understood_is_told_and_commas_are_read_as_the_others_are() -> None:
    one = sheet(Plan((Entry(topic_of("outsize"), 2, 2),)), "0")
    rows = [words(item.drawn.task.key[0]) for item in one.items]
    (handin,) = read(f"I say 1.rows is {rows[0]}\n2.rows = {rows[1]}\n9.x is no name".encode(), "a.txt")
    made = marked(one, handin, Policy())
    assert (made.earned, made.notes) == (
        1,
        ("a line that names 1.rows was not understood: write 1.rows = …",),
    )
    assert [int(one) > 0 for one in rows] == [True, True]
    for text, earned in (
        (f"1.rows = {rows[0]},000", 0),
        (f"1.rows = {rows[0]},000\n2.rows = {rows[1]},0", 2),
    ):
        assert marked(one, read(text.encode(), "a.txt")[0], Policy()).earned == earned


def test_the_commas_of_a_shape_say_nothing_of_decimals() -> None:
    plan = Plan((Entry(topic_of("outsize")), Entry(topic_of("broadcast"), 1)))
    one = sheet(plan, "0")
    rows, shape = (words(one.items[place].drawn.task.key[0]) for place in (0, 1))
    text = f"1.rows = {rows},000\n2.shape = {shape}\n"
    assert marked(one, read(text.encode(), "a.txt")[0], Policy()).tasks[0].marks[0].kind == "unread"


def test_a_whole_table_may_stand_behind_its_name() -> None:
    one = sheet(Plan((Entry(topic_of("conv-map"), 1),)), "0")
    a, b, c, d = (str(value) for value in one.items[0].drawn.task.key)
    ways = (
        f"1.y = {a} {b}; {c} {d}", f"1.y = [{a} {b} ; {c} {d}]", f"1.y = [[{a}, {b}], [{c}, {d}]]", f"1.y = {a},{b};{c},{d}",
        f"1.y =\n{a} {b}\n{c} {d}\n", f"1.y = {a} {b}\n{c} {d}", f"1.Y = {a} | {b} ; {c} | {d}", f"1.y = ({a} {b}), ({c} {d})",
        f"1.y = {{{{{a},{b}}},{{{c},{d}}}}}", f'{{"1.y": [[{a}, {b}], [{c}, {d}]]}}', f'{{"1": "{a} {b}; {c} {d}"}}',
    )  # fmt: skip
    for text in ways:
        (handin,) = read(text.encode(), "a.txt")
        assert marked(one, handin, Policy()).earned == 1, text
    (handin,) = read(f"1.y = {a} {b}".encode(), "a.txt")
    assert marked(one, handin, Policy()).tasks[0].marks[0].reason() == "2 values for 4 cells"
    (handin,) = read(f"1.y = {a} {b}; {c} {d}\n1.y[0,0] = 99".encode(), "a.txt")
    assert marked(one, handin, Policy()).earned == 0


TOML = 'title = "Week 3"\n[marks]\nfew = "1/3"\naccept = ["conv.flip"]\n[[task]]\ntopic = "outsize"\nlevel = 1\ncount = 2\npoints = "3/2"\n'


def test_a_set_is_a_file() -> None:
    plan = plan_of(TOML.replace('accept = ["conv.flip"]\n', ""), "week3.toml", topic_of)
    assert (plan.title, plan.policy.few) == ("Week 3", Fraction(1, 3))
    assert plan.entries == (Entry(topic_of("outsize"), 1, 2, Fraction(3, 2)),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = ", "no TOML"),
        ('titel = "x"', "unknown 'titel': did you mean title?"),
        ('title = "x"', "no tasks"),
        ("[[task]]\nlevel = 1", "task 1 has no topic"),
        ('[[task]]\ntopic = "outsize"\nlevel = 4', "level: 4 is no whole number from 1 to 3"),
        ('[[task]]\ntopic = "outsize"\npoints = -1', "points: -1 is no number from 0 on"),
        ('[[task]]\ntopic = "outsize"\ncount = 500', "count: 500 is no whole number from 1 to 200"),
        (TOML, "accept: 'conv.flip' is a slip, not a convention"),
        (TOML.replace('["conv.flip"]', '"gru.z"'), 'accept: write a list, as in ["gru.z"]'),
    ],
)
def test_a_set_that_is_wrong_says_where(text: str, told: str) -> None:
    with pytest.raises(BadData) as error:
        plan_of(text, "week3.toml", topic_of)
    assert told in str(error.value)


def test_a_topic_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(WrongUsage, match=r"no topic 'conv-cel': did you mean conv-cell\?"):
        topic_of("conv-cel")


def test_a_class_is_a_list_or_a_table() -> None:
    assert people_of("Ada Lovelace\n\nGrace Hopper\n", "l") == [
        Person("Ada Lovelace", ("Ada Lovelace",)), Person("Grace Hopper", ("Grace Hopper",)),
    ]  # fmt: skip
    table = people_of("id;Name;mail\n7;Ada Lovelace;ada@x.org\n", "l")
    assert table == [Person("Ada Lovelace", ("7", "Ada Lovelace", "ada@x.org"))]
    with pytest.raises(BadData, match="'ada' stands there twice"):
        people_of("Ada\nada\n", "l")
    with pytest.raises(BadData, match="no names"):
        people_of("\n", "l")
    with pytest.raises(BadData, match="no column 'name' among First name, Surname, Email address"):
        people_of("First name,Surname,Email address\nAda,Lovelace,a@x\n", "l")
    assert [one.name for one in people_of("Lovelace, Ada\nHopper, Grace\n", "l")] == ["Lovelace", "Hopper"]


def test_correlation_is_pearsons() -> None:
    """Of Anscombe's first quartet: 0.81642 (The American Statistician 27, 1973)."""
    x: list[Any] = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    found = correlation(x, y)
    assert found is not None
    assert abs(found - 0.81642) < 1e-5
