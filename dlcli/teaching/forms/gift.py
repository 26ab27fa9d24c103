"""GIFT: a question for each answer, for Moodle and what reads the same text.

Written after Moodle's ``question/format/gift/format.php``. A question ends at an empty line, so that line
breaks are written as ``\\n``; a number has its tolerance, and weights are 100 or 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlcli.teaching.forms import html
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.markup import clean, tag
from dlcli.teaching.forms.questions import Blank, Question, by_category, questions, starless, ways
from dlcli.teaching.sheet import Sheet

#: What GIFT reads as its own.
ESCAPES = {ord(one): "\\" + one for one in "\\~=#{}:"} | {ord("\n"): "\\n"}

#: What a weight or a form of text begins with, where an option begins.
BEGINS = {"%": "&#37;", "[": "&#91;"}


def gift(sheets: Sequence[Sheet], manner: Manner) -> str:
    """A question bank, a category for each topic and level."""
    parts = []
    for category, found in by_category(questions(sheets, manner)):
        parts.append(f"$CATEGORY: {category}")
        for one in found:
            parts += (_question(one, blank, manner) for blank in one.flat)
    return "\n\n".join(filter(None, parts)) + "\n"


def escaped(text: str) -> str:
    """A text in which nothing is GIFT's own.

    >>> print(escaped("a:b {x} = ~50 #"))
    a\\:b \\{x\\} \\= \\~50 \\#
    """
    return clean(text).translate(ESCAPES)


def _question(one: Question, blank: Blank, manner: Manner) -> str:
    if blank.form == "word" and "->" in blank.key:
        manner.say(
            f"{one.title}: the answer {blank.key!r} has an arrow, which GIFT takes for pairs; left out"
        )
        return ""
    title = one.title if len(one.flat) == 1 else f"{one.title}, {blank.label}"
    stem = html.asked(one.task, blank.label, blank.remark)
    kinds = {"number": _numbers, "choice": _choices, "order": _pairs, "word": _words}
    lines = "\n".join(kinds[blank.form](blank))
    worked = escaped(html.worked(one.task, shuffled=True))
    mark = "#" if blank.form == "number" else ""
    return f"::{escaped(title)}:: [html]{escaped(stem)} {{{mark}\n{lines}\n####{worked}\n}}"


def _feedback(says: str) -> str:
    return f"#{escaped(tag('p', html.prose(says)))}" if says else ""


def _numbers(blank: Blank) -> Iterator[str]:
    yield f"=%100%{blank.written(blank.key)}:{blank.margin}"
    for one in blank.wrong:
        yield f"=%{100 * one.right}%{blank.written(one.value)}:{one.margin}{_feedback(one.says)}"


def _choices(blank: Blank) -> Iterator[str]:
    says = {one.value: one for one in blank.wrong}
    for option in blank.options:
        wrong = says.get(option)
        sign = "=" if option == blank.key else "~%100%" if wrong and wrong.right else "~"
        yield f"{sign}{_option(option)}{_feedback(wrong.says if wrong else '')}"


def _option(option: str) -> str:
    text = html.prose(option)
    return escaped(BEGINS.get(text[:1], text[:1]) + text[1:])


def _pairs(blank: Blank) -> Iterator[str]:
    for place, option in enumerate(blank.key, 1):
        yield f"={_option(option)} -> {place}"


def _words(blank: Blank) -> Iterator[str]:
    """Words are no HTML, though what is said of them is."""
    for way in ways(blank.key):
        yield f"=%100%{escaped(starless(way))}"
    for one in blank.wrong:
        for way in ways(one.value):
            if "->" not in way:
                yield f"=%{100 * one.right}%{escaped(starless(way))}{_feedback(one.says)}"
