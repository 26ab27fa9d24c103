"""QTI 2.1: an item for each task, with all its answers, and a test for each sheet, in a package.

Slips are a ``responseElseIf`` behind the key, in the order of marking; ``equal`` always has its tolerance.
Checked against ``imsqti_v2p1p2.xsd``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from dlcli.teaching.forms import html
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.markup import XML, Markup, block, joined, tag
from dlcli.teaching.forms.numbers import decimal
from dlcli.teaching.forms.package import Resource, manifest, package
from dlcli.teaching.forms.qti12 import ROUNDING, title_of
from dlcli.teaching.forms.questions import Blank, Question, ident_of, questions, ways
from dlcli.teaching.sheet import Sheet

SPACE = "http://www.imsglobal.org/xsd/imsqti_v2p1"

#: The namespace of a manifest, and what it says that the package is.
MANIFEST = ("http://www.imsglobal.org/xsd/imscp_v1p1", "IMS Content", "1.1")

#: Types of an item and of a test in a manifest.
ITEM, TEST = "imsqti_item_xmlv2p1", "imsqti_test_xmlv2p1"

#: Characters that fit into the field of a number, and of a word.
LENGTH = {"number": "8", "word": "16"}

#: Decimals of points: the seventh part of one is no decimal number.
DECIMALS = 9

#: Form of an answer -> how many values it has, and of which type.
TYPES = {
    "number": ("single", "float"),
    "choice": ("single", "identifier"),
    "order": ("ordered", "identifier"),
    "word": ("single", "string"),
}


def qti21(sheets: Sequence[Sheet], manner: Manner) -> bytes:
    """A package with a test for each sheet, and an item for each of its tasks."""
    found = questions(sheets, manner)
    items = [Resource(one.ident, ITEM, f"items/{one.ident}.xml", item(one)) for one in found]
    tests = []
    for number, sheet in enumerate(sheets, 1):
        ident = "-".join(filter(None, ("sheet", str(number), ident_of(sheet.name))))
        own = [one for one in found if one.sheet is sheet]
        needs = tuple(one.ident for one in own)
        tests.append(Resource(ident, TEST, f"{ident}.xml", assessment(ident, title_of(sheet), own), needs))
    resources = [*tests, *items]
    return package(manifest("dlcli", *MANIFEST, resources), resources)


def item(one: Question) -> str:
    """The assessment item of a task."""
    named = {id(blank): f"RESPONSE-{place}" for place, blank in enumerate(one.flat, 1)}

    def gap(place: int) -> Markup:
        parts = [_interaction(blank, named[id(blank)]) for blank in one.blanks[place]]
        return joined(parts[0], " + ", parts[1], " i") if len(parts) > 1 else parts[0]

    return (
        XML
        + block(
            "assessmentItem",
            *(_declaration(blank, named[id(blank)]) for blank in one.flat),
            _outcome("SCORE", "float", "0"),
            _outcome("MAXSCORE", "float", decimal(one.item.points, 6)),
            tag("outcomeDeclaration", identifier="FEEDBACK", cardinality="multiple", baseType="identifier"),
            block("itemBody", html.blocks(one.task), html.answers(one.fields, gap)),
            block("responseProcessing", *_processing(one, named)),
            *_feedbacks(one),
            xmlns=SPACE,
            identifier=one.ident,
            title=one.title,
            adaptive="false",
            timeDependent="false",
        )
        + "\n"
    )


def assessment(ident: str, title: str, own: Sequence[Question]) -> str:
    """The test of a sheet: its items in their order."""
    items = [tag("assessmentItemRef", identifier=one.ident, href=f"items/{one.ident}.xml") for one in own]
    section = block("assessmentSection", *items, identifier="section", title=title, visible="true")
    part = block(
        "testPart", section, identifier="part", navigationMode="nonlinear", submissionMode="individual"
    )
    points = tag("sum", tag("testVariables", variableIdentifier="SCORE"))
    return (
        XML
        + block(
            "assessmentTest",
            _outcome("SCORE", "float", "0"),
            part,
            block("outcomeProcessing", tag("setOutcomeValue", points, identifier="SCORE")),
            xmlns=SPACE,
            identifier=ident,
            title=title,
        )
        + "\n"
    )


def _outcome(ident: str, kind: str, value: str) -> Markup:
    default = tag("defaultValue", tag("value", value))
    return tag("outcomeDeclaration", default, identifier=ident, cardinality="single", baseType=kind)


def _options(blank: Blank) -> dict[str, str]:
    return {option: f"option-{place}" for place, option in enumerate(blank.options, 1)}


def _values(blank: Blank, value: Any) -> list[str]:
    """An answer as the values of a response."""
    if blank.form == "number":
        return [blank.written(value)]
    named = _options(blank)
    if blank.form == "order":
        return [named[option] for option in value]
    return [named[value] if blank.form == "choice" else ways(value)[0]]


def _declaration(blank: Blank, name: str) -> Markup:
    cardinality, kind = TYPES[blank.form]
    values = (tag("value", one) for one in _values(blank, blank.key))
    return block(
        "responseDeclaration",
        tag("correctResponse", *values),
        identifier=name,
        cardinality=cardinality,
        baseType=kind,
    )


def _interaction(blank: Blank, name: str) -> Markup:
    if blank.form in LENGTH:
        return tag("textEntryInteraction", responseIdentifier=name, expectedLength=LENGTH[blank.form])
    chosen = [
        tag("simpleChoice", html.prose(option), identifier=ident) for option, ident in _options(blank).items()
    ]
    if blank.form == "order":
        return block("orderInteraction", *chosen, responseIdentifier=name, shuffle="false")
    return block("choiceInteraction", *chosen, responseIdentifier=name, shuffle="true", maxChoices="1")


def _processing(one: Question, named: dict[int, str]) -> Iterator[Markup]:
    before = Fraction(0)
    for place, blank in enumerate(one.flat, 1):
        name = named[id(blank)]
        points = _score(_rounded(before + blank.share * one.item.points) - _rounded(before))
        before += blank.share * one.item.points
        cases = [block("responseIf", _is(blank, name, blank.key, blank.tolerance), points)]
        for number, wrong in enumerate(blank.wrong, 1):
            earned = [points] if wrong.right else []
            shows = _show(f"slip-{place}-{number}")
            cases.append(
                block("responseElseIf", _is(blank, name, wrong.value, wrong.tolerance), *earned, shows)
            )
        yield block("responseCondition", *cases)
    yield _show("solution")


def _rounded(points: Fraction) -> Fraction:
    """Points in the decimals that are written: differences of such numbers add up to the whole."""
    return Fraction(round(points * 10**DECIMALS), 10**DECIMALS)


def _score(points: Fraction) -> Markup:
    more = tag("baseValue", decimal(points, DECIMALS), baseType="float")
    return tag("setOutcomeValue", tag("sum", tag("variable", identifier="SCORE"), more), identifier="SCORE")


def _show(ident: str) -> Markup:
    more = tag("baseValue", ident, baseType="identifier")
    return tag(
        "setOutcomeValue",
        tag("multiple", tag("variable", identifier="FEEDBACK"), more),
        identifier="FEEDBACK",
    )


def _is(blank: Blank, name: str, value: Any, tolerance: Fraction) -> Markup:
    """Whether a response is this answer."""
    said = tag("variable", identifier=name)
    if blank.form == "number":
        margin = decimal(tolerance * (1 + ROUNDING), blank.places + 8)
        base = tag("baseValue", blank.written(value), baseType="float")
        return tag("equal", said, base, toleranceMode="absolute", tolerance=f"{margin} {margin}")
    if blank.form == "word":
        matches = (
            tag("stringMatch", said, tag("baseValue", way, baseType="string"), caseSensitive="false")
            for way in ways(value)
        )
        return tag("or", *matches)
    listed = [tag("baseValue", one, baseType="identifier") for one in _values(blank, value)]
    return tag("match", said, tag("ordered", *listed) if blank.form == "order" else listed[0])


def _feedbacks(one: Question) -> Iterator[Markup]:
    yield _feedback("solution", html.worked(one.task, shuffled=True))
    for place, blank in enumerate(one.flat, 1):
        for number, wrong in enumerate(blank.wrong, 1):
            says = f"{blank.label}: {wrong.says}" if len(one.flat) > 1 else wrong.says
            yield _feedback(f"slip-{place}-{number}", tag("p", html.prose(says)))


def _feedback(ident: str, said: Markup) -> Markup:
    return block("modalFeedback", said, outcomeIdentifier="FEEDBACK", identifier=ident, showHide="show")
