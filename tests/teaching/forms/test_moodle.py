"""Moodle XML and GIFT: what Moodle's import makes of them marks as it was meant, whatever the texts say."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from dlcli.teaching.forms.gift import gift
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.moodle import moodle
from dlcli.teaching.forms.questions import Question, questions, ways
from dlcli.teaching.sheet import Sheet
from tests.teaching.forms import moodle_import, sheets
from tests.teaching.forms.moodle_import import Imported, Refused

DATA = Path(__file__).parents[2] / "data" / "quizzes"

WRITERS: dict[str, Any] = {"moodle": moodle, "gift": gift}

#: What Moodle would not import, or import otherwise than it was meant: a place in a sample -> what stands there.
FAULTS = {
    "moodle": (
        ("<text>3</text><feedback", "<text>−3</text><feedback"),
        ('fraction="50"', 'fraction="45"'),
        ("<tolerance>0</tolerance>", ""),
        ("0#right~", "0#right} ~"),
        ("=-0.5:0.005~", "=−0.5:0.005~"),
        ("%50%-223", "%45%-223"),
        ("=240:0}", "=240}"),
        ("=diagonal~antidiagonal#the kernel", "=diagonal#the kernel"),
    ),
    "gift": (
        ("=%100%3:0", "=%100%−3:0"),
        ("=%50%5:0", "=%45%5:0"),
        ("{#0.5:0.005}", "{#0.5}"),
        ("\\{a, b\\}", "{a, b}"),
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _conventions(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets.known(monkeypatch)


def read(form: str, *listed: Sheet, **manner: Any) -> list[Imported]:
    """What Moodle has of these sheets."""
    found: list[Imported] = moodle_import.READERS[form](WRITERS[form](listed, Manner(**manner)))
    return found


@pytest.mark.parametrize(("form", "file"), [("moodle", "sample.moodle.xml"), ("gift", "sample.gift")])
def test_the_reader_takes_what_moodle_took_and_no_fault(form: str, file: str) -> None:
    text = (DATA / file).read_text()
    assert len(moodle_import.READERS[form](text)) == {"moodle": 4, "gift": 6}[form]
    for right, fault in FAULTS[form]:
        assert right in text
        with pytest.raises(Refused):
            moodle_import.READERS[form](text.replace(right, fault, 1))


def test_the_reader_reads_gift_as_gift_pegjs_does() -> None:
    stored = json.loads((DATA / "gift_questions.json").read_text())
    theirs = [one for one in stored["questions"] if one["type"] != "Category"]
    kinds = {"numerical": "Numerical", "multichoice": "MC", "match": "Matching", "shortanswer": "Short"}
    for ours, one in zip(moodle_import.gift(stored["text"]), theirs, strict=True):
        assert (kinds[ours.kind], ours.name) == (one["type"], one["title"])
        assert ours.text == one["stem"]
        if ours.kind == "match":
            assert [list(pair) for pair in ours.pairs] == one["pairs"]
        for answer, (right, weight, text, feedback) in zip(ours.answers, one["choices"], strict=True):
            said = [float(answer.text), float(answer.tolerance)] if answer.tolerance else answer.text
            assert said == ([text["number"], text["range"]] if isinstance(text, dict) else text)
            assert answer.fraction == (1.0 if right and weight is None else (weight or 0) / 100)
            assert answer.feedback == (feedback or "")


def gaps(form: str, made: list[Imported]) -> list[Imported]:
    """The answers of all questions one by one, as GIFT has them."""
    if form == "gift":
        return made
    return [part for one in made for part in (one.parts or [one])]


def blanks() -> list[tuple[Question, Any]]:
    return [(one, blank) for one in questions([sheets.made()], Manner()) for blank in one.flat]


@pytest.mark.parametrize("form", WRITERS)
def test_keys_have_full_marks_and_slips_their_sentence(form: str) -> None:
    listed = gaps(form, read(form, sheets.made()))
    seen = 0
    for _, blank in blanks():
        if blank.form == "order":
            if form == "moodle" and listed[0].kind == "multichoice":  # a list for each place
                for option in blank.key:
                    assert listed.pop(0).mark(option) == (1, "")
            else:
                pairs = listed.pop(0).pairs
                assert [re.sub("<.*?>", "", left) for left, _ in pairs] == list(blank.key)
                assert [right for _, right in pairs] == [str(place) for place in range(1, len(pairs) + 1)]
            continue
        part = listed.pop(0)
        for value, says, earned in ((blank.key, "", 1), *((one.value, one.says, 0) for one in blank.wrong)):
            for typed in said(blank, value, form, part):
                fraction, feedback = part.mark(typed)
                assert fraction == earned, (part, typed)
                assert re.sub("<.*?>", "", feedback) == says
                seen += 1
    assert not listed
    assert seen > 30


def said(blank: Any, value: Any, form: str, part: Imported) -> list[str]:
    """What somebody types or chooses for a value: its decimals, and the words of all notations."""
    if blank.form == "number":
        return [f"{float(value):.{places}f}" for places in (blank.places, blank.places - 3)]
    if blank.form == "word":
        return [*ways(value), ways(value)[0].upper()]
    shown = value.replace("%", "&#37;") if form == "gift" and value.startswith("%") else value
    return [f"<p>{shown}</p>" if part.name.startswith("Topic") and form == "moodle" else shown]


@pytest.mark.parametrize("form", WRITERS)
def test_nothing_that_a_text_says_is_markup(form: str) -> None:
    calm, wild = (
        [(one.kind, len(one.answers), len(one.parts), len(one.pairs)) for one in read(form, made)]
        for made in (sheets.calm(), sheets.hostile())
    )
    assert calm == wild
    for one in read(form, sheets.hostile()):
        assert "<script" not in one.text + one.general
        assert all(
            "<script" not in each.text + each.feedback
            for part in (one.parts or [one])
            for each in part.answers
        )


def words(markup: str) -> str:
    """What somebody reads, however lines and blanks stand."""
    return " ".join(unescape(re.sub("<[^<>]*>", " ", markup)).split())


@pytest.mark.parametrize("form", WRITERS)
def test_texts_come_through_as_they_are(form: str) -> None:
    first, *_ = made = read(form, sheets.hostile())
    assert first.name.startswith("]]> {1:NUMERICAL:=0:9} {#0:9} ~%100%x =y \\ \\n #z :: // ")
    assert words(first.text).count("$CATEGORY: top \\end{document}\\input{x}") >= 5
    for text in (first.text, first.general):
        assert " \\ \\n #z :: // -> % $x$ " in words(text)
        assert "_u_ * & &lt; &&058; \"q\" 'p' <script>alert(1)</script>" in words(text)
    choice = next(one for one in made if one.kind == "multichoice")
    listed = [words(one.text) for one in choice.answers]
    assert listed[2:] == ["[html]x", "%50%x", "#", "50 % -> all"]
    assert listed[0].startswith("]]> {1:NUMERICAL:=0:9} {#0:9} ~%100%x =y ")
    assert listed[1].startswith("=]]> {1:NUMERICAL:=0:9} {#0:9} ~%100%x =y ")
    short = next(one for one in made if one.kind == "shortanswer")
    assert short.mark("a*b}~#=\\:{c")[0] == 1
    assert short.mark("axxb}~#=\\:{c")[0] == 0
    assert [words(left) for left, _ in next(one for one in made if one.pairs).pairs] == listed[::-1]


def test_a_cloze_shows_the_words_of_its_choices_as_they_are() -> None:
    (first, *_) = read("moodle", sheets.hostile())
    listed = [words(one.text) for one in first.parts[0].answers]
    assert listed[2:] == ["[html]x", "%50%x", "#", "50 % -> all"]
    assert listed[0].startswith("]]> {1:NUMERICAL:=0:9} {#0:9} ~%100%x =y \\ \\n #z :: // -> % $x$ ")


def test_points_are_the_mark_and_letters_of_shuffled_choices_say_nothing() -> None:
    (one,) = read("moodle", Sheet((sheets.item(sheets.TASKS["choice"], points="5/3"),)))
    assert one.weight == 1.6666667
    assert "each sums to 1" in one.general
    assert "axis: a" not in one.general


@pytest.mark.parametrize("form", WRITERS)
def test_a_bank_has_a_category_for_each_topic_and_level(form: str) -> None:
    made = read(form, sheets.drawn(), sheets.drawn())
    assert len({one.category for one in made}) == len(sheets.drawn().items)
    assert all(one.category.startswith("$course$/top/dlcli/") for one in made)
    assert made[0].category == "$course$/top/dlcli/Tensors/index level 2"


def test_marks_of_gaps_are_the_points_where_these_are_whole_and_in_their_ratio() -> None:
    def weights(points: int) -> list[float]:
        one = Sheet((sheets.item(sheets.TASKS["mixed"], points=points),))
        return [part.weight for part in read("moodle", one)[0].parts]

    assert weights(1) == weights(5) == [3, 1, 1, 1, 3, 3]
    assert weights(12) == [3, 1, 1, 1, 3, 3]
    assert weights(24) == [6, 2, 2, 2, 6, 6]


@pytest.mark.parametrize("form", WRITERS)
def test_an_accepted_convention_has_full_marks(form: str) -> None:
    def earned(**manner: Any) -> list[float]:
        return [
            part.mark("9")[0]
            for part in gaps(form, read(form, Sheet((sheets.item(sheets.TASKS["table"]),)), **manner))
        ]

    assert earned() == [0, 0, 0, 0]
    assert earned(accept=frozenset({sheets.OTHER})) == [1, 1, 1, 1]


def test_a_word_that_gift_cannot_have_is_left_out_and_named() -> None:
    arrow = sheets.task(lambda pen: pen("w", "a->b"), sheets.Field("w", form="word"))
    notes: list[str] = []
    made = read("gift", Sheet((sheets.item(arrow), sheets.item(sheets.TASKS["whole"], 2))), say=notes.append)
    assert [one.kind for one in made] == ["numerical"]
    assert len(notes) == 1
    assert "arrow" in notes[0]
