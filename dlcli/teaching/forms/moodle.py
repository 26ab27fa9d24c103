"""Moodle XML: a question for each task, in categories by topic, with feedback for each slip.

One number is ``numerical``, a choice ``multichoice``, an order ``matching``, a word ``shortanswer``; a task
with several answers is one ``cloze`` question whose tables have a gap in each cell. Written after what
Moodle's import reads: ``question/format/xml/format.php``, ``question/type/multianswer/questiontype.php``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import lcm

from dlcli.teaching.forms import html
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.markup import XML, Markup, block, clean, joined, tag
from dlcli.teaching.forms.numbers import decimal
from dlcli.teaching.forms.questions import Blank, Question, Wrong, by_category, questions, starless, ways
from dlcli.teaching.sheet import Sheet

#: Moodle keeps so many decimals of a mark.
DECIMALS = 7

#: What a gap of a cloze question and its text would read otherwise, as entities.
CLOZE = {one: f"&#{ord(one)};" for one in "&<>{}#~/\"\\'=%"}

#: A try that was wrong costs so much of the mark, where a quiz allows several.
PENALTY = "0.3333333"


def moodle(sheets: Sequence[Sheet], manner: Manner) -> str:
    """A question bank: a category for each topic and level, from which a quiz picks at random."""
    listed: list[Markup] = []
    for category, found in by_category(questions(sheets, manner)):
        listed.append(block("question", tag("category", _text(category)), type="category"))
        listed += map(_question, found)
    return XML + block("quiz", *listed) + "\n"


def _text(words: str) -> Markup:
    """An element ``text``; what is markup is escaped once more, for Moodle reads it as text."""
    return tag("text", str(words))


def _html(name: str, words: str) -> Markup:
    return tag(name, _text(words), format="html")


def _question(one: Question) -> Markup:
    if len(one.flat) > 1:
        return _cloze(one)
    blank = one.flat[0]
    kind, parts = {
        "number": ("numerical", _numerical),
        "choice": ("multichoice", _multichoice),
        "order": ("matching", _matching),
        "word": ("shortanswer", _shortanswer),
    }[blank.form]
    stem = html.asked(one.task, blank.label, blank.remark)
    return block(
        "question",
        *_head(one, stem),
        tag("defaultgrade", decimal(one.item.points, DECIMALS)),
        *_tail(one),
        *parts(blank),
        type=kind,
    )


def _head(one: Question, stem: str) -> Iterator[Markup]:
    yield tag("name", _text(one.title))
    yield _html("questiontext", stem)
    yield _html("generalfeedback", html.worked(one.task, shuffled=True))


def _tail(one: Question) -> Iterator[Markup]:
    yield tag("penalty", PENALTY)
    yield tag("hidden", "0")
    yield tag("idnumber", one.ident)
    if one.item.drawn.topic.idea:
        yield _html("hint", tag("p", html.prose(one.item.drawn.topic.idea)))
    tags = ("dlcli", one.item.drawn.topic.name)
    yield tag("tags", *(tag("tag", _text(each)) for each in tags))


def _answer(fraction: bool, words: str, says: str, *more: Markup, form: str = "moodle_auto_format") -> Markup:
    """An answer that is right or wrong: what lies between stands in no list of Moodle's."""
    feedback = _html("feedback", tag("p", html.prose(says)) if says else "")
    return block("answer", _text(words), feedback, *more, fraction="100" if fraction else "0", format=form)


def _numerical(blank: Blank) -> Iterator[Markup]:
    """The key, then what slips give: Moodle takes the first that fits."""
    yield _answer(True, blank.written(blank.key), "", tag("tolerance", blank.margin))
    for one in blank.wrong:
        yield _answer(one.right, blank.written(one.value), one.says, tag("tolerance", one.margin))
    if blank.unit:
        yield block("units", block("unit", tag("multiplier", "1"), tag("unit_name", blank.unit)))
    yield tag("unitgradingtype", "0")
    yield tag("showunits", "0" if blank.unit else "3")


def _multichoice(blank: Blank) -> Iterator[Markup]:
    yield tag("single", "true")
    yield tag("shuffleanswers", "true")
    yield tag("answernumbering", "abc")
    says = {one.value: one for one in blank.wrong}
    for option in blank.options:
        wrong = says.get(option)
        right = option == blank.key or bool(wrong and wrong.right)
        yield _answer(right, tag("p", html.prose(option)), wrong.says if wrong else "", form="html")


def _matching(blank: Blank) -> Iterator[Markup]:
    yield tag("shuffleanswers", "true")
    for place, option in enumerate(blank.key, 1):
        yield block(
            "subquestion",
            _text(tag("p", html.prose(option))),
            tag("answer", _text(str(place))),
            format="html",
        )


def _shortanswer(blank: Blank) -> Iterator[Markup]:
    yield tag("usecase", "0")
    for way in ways(blank.key):
        yield _answer(True, starless(way), "")
    for one in blank.wrong:
        for way in ways(one.value):
            yield _answer(one.right, starless(way), one.says)


def _cloze(one: Question) -> Markup:
    """All answers in one text; each gap counts its share of the points, in whole numbers."""
    weights = iter(_weights(one))
    gaps = [" + ".join(_gap(blank, next(weights)) for blank in blanks) for blanks in one.blanks]
    gaps = [gap + " i" if len(blanks) > 1 else gap for gap, blanks in zip(gaps, one.blanks, strict=True)]
    answers = html.answers(one.fields, lambda place: Markup(f"\0{place}\0"))
    text = str(joined(html.blocks(one.task), answers, by="\n"))
    text = text.replace("{", CLOZE["{"]).replace("}", CLOZE["}"])  # what is no gap is none, whatever it says
    for place, gap in enumerate(gaps):
        text = text.replace(f"\0{place}\0", gap)
    return block("question", *_head(one, text), *_tail(one), type="cloze")


def _weights(one: Question) -> list[int]:
    """Whole numbers in the ratio of the shares: the points themselves where these are whole for every gap."""
    shares = [blank.share / (len(blank.options) if blank.form == "order" else 1) for blank in one.flat]
    points = [one.item.points * share for share in shares]
    if all(each.denominator == 1 and each > 0 for each in points):
        return [int(each) for each in points]
    whole = lcm(*(share.denominator for share in shares))
    return [int(share * whole) for share in shares]


def _gap(blank: Blank, weight: int) -> str:
    """The gap of an answer; of an order one for each place."""
    says = {one.value: one for one in blank.wrong}
    if blank.form == "number":
        key = f"={blank.written(blank.key)}:{blank.margin}"
        wrong = (
            f"%{100 * one.right}%{blank.written(one.value)}:{one.margin}#{_inside(html.prose(one.says))}"
            for one in blank.wrong
        )
        return f"{{{weight}:NUMERICAL:{'~'.join((key, *wrong))}}}"
    if blank.form == "word":
        listed = [f"={_inside(starless(way))}" for way in ways(blank.key)]
        for one in blank.wrong:
            listed += [
                f"%{100 * one.right}%{_inside(starless(way))}#{_inside(html.prose(one.says))}"
                for way in ways(one.value)
            ]
        return f"{{{weight}:SHORTANSWER:{'~'.join(listed)}}}"
    if blank.form == "choice":
        options = "~".join(_option(blank, one, says.get(one)) for one in blank.options)
        return f"{{{weight}:MULTICHOICE_V:{options}}}"
    drops = (
        "~".join(("=" if one == right else "%0%") + _inside(html.prose(one)) for one in blank.options)
        for right in blank.key
    )
    return ", ".join(f"{{{weight}:MULTICHOICE:{drop}}}" for drop in drops)


def _option(blank: Blank, option: str, wrong: Wrong | None) -> str:
    right = option == blank.key or bool(wrong and wrong.right)
    said = f"#{_inside(html.prose(wrong.says))}" if wrong else ""
    return ("=" if right else "%0%") + _inside(html.prose(option)) + said


def _inside(words: str) -> str:
    """Words inside a gap, where Moodle decodes entities once before it takes them for HTML or for a word.

    >>> _inside("a } b")
    'a &#125; b'
    """
    return "".join(CLOZE.get(one, one) for one in " ".join(clean(words).split()))
