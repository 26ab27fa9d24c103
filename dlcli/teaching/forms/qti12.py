"""QTI 1.2: an item for each answer, as Canvas (Classic Quizzes) reads them.

The metadata ``question_type`` is Canvas'. Its reader takes every condition of a number that has an ``or`` or
an ``and`` in it for a right answer, so that what slips give is a ``varequal`` alone; and every condition of a
word, so that of words there are no others (``qti_exporter/lib/qti/numeric_interaction.rb`` and
``extended_text_interaction.rb``). Checked against ``ims_qtiasiv1p2.xsd``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from dlcli.teaching.forms import html
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.markup import XML, Markup, block, tag
from dlcli.teaching.forms.numbers import decimal
from dlcli.teaching.forms.package import Resource, manifest, package
from dlcli.teaching.forms.questions import Blank, Question, Wrong, ident_of, questions, ways
from dlcli.teaching.sheet import Sheet

SPACE = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"

#: The namespace of a manifest, and what it says that the package is.
MANIFEST = ("http://www.imsglobal.org/xsd/imscp_v1p1", "IMS Content", "1.1.3")

#: What floats may lose, as a part of a tolerance: an answer at its very edge is right.
ROUNDING = Fraction(1, 10**6)

KINDS = {
    "number": "numerical_question",
    "choice": "multiple_choice_question",
    "order": "matching_question",
    "word": "short_answer_question",
}

#: Full marks of an item, in percent; what they are worth stands in its metadata.
FULL = "100"


def qti12(sheets: Sequence[Sheet], manner: Manner) -> bytes:
    """A package with an assessment for each sheet."""
    resources = [
        Resource(ident, "imsqti_xmlv1p2", f"{ident}/{ident}.xml", text)
        for ident, text in documents(sheets, manner).items()
    ]
    return package(manifest("dlcli", *MANIFEST, resources), resources)


def documents(sheets: Sequence[Sheet], manner: Manner) -> dict[str, str]:
    """The assessments, a file for each sheet, by names that no two share."""
    found = questions(sheets, manner)
    made = {}
    for number, sheet in enumerate(sheets, 1):
        ident = "-".join(filter(None, ("sheet", str(number), ident_of(sheet.name))))
        items = [
            item(one, blank, place)
            for one in found
            if one.sheet is sheet
            for place, blank in enumerate(one.flat, 1)
        ]
        made[ident] = document(ident, title_of(sheet), items)
    return made


def title_of(sheet: Sheet) -> str:
    """What a sheet is called in a list of them."""
    return " ".join(" - ".join(filter(None, (sheet.title or "Exercise", sheet.name))).split())


def document(ident: str, title: str, items: Sequence[Markup], metadata: str = "", space: str = SPACE) -> str:
    """An assessment of one section."""
    section = block("section", *items, ident=f"{ident}-section")
    made = block("assessment", Markup(metadata), section, ident=ident, title=title)
    return XML + block("questestinterop", made, xmlns=space) + "\n"


def item(one: Question, blank: Blank, place: int) -> Markup:
    """The item of one answer of a task."""
    ident = one.ident if len(one.flat) == 1 else f"{one.ident}.{place}"
    title = one.title if len(one.flat) == 1 else f"{one.title}, {blank.label}"
    fields = {
        "question_type": KINDS[blank.form],
        "points_possible": decimal(one.item.points * blank.share, 6),
        "assessment_question_identifierref": f"{ident}.q",
    }
    return _item(one, blank, ident, title, fields)


def profiled(one: Question, blank: Blank, profile: str) -> Markup:
    """The item of a choice by the profile of Common Cartridge, which says its kind in ``cc_profile``."""
    fields = {"cc_profile": profile, "cc_weighting": decimal(one.item.points, 6)}
    return _item(one, blank, one.ident, one.title, fields)


def _item(one: Question, blank: Blank, ident: str, title: str, fields: dict[str, str]) -> Markup:
    listed = [
        block("qtimetadatafield", tag("fieldlabel", name), tag("fieldentry", value))
        for name, value in fields.items()
    ]
    stem = html.asked(one.task, blank.label, blank.remark)
    kinds = {"number": _number, "choice": _choice, "order": _order, "word": _word}
    response, conditions = kinds[blank.form](blank)
    outcomes = block(
        "outcomes", tag("decvar", maxvalue=FULL, minvalue="0", varname="SCORE", vartype="Decimal")
    )
    always = block(
        "respcondition", block("conditionvar", tag("other")), _shows("general_fb"), continue_="Yes"
    )
    feedbacks = [_feedback(f"slip_{number}", one.says) for number, one in _known(blank)]
    return block(
        "item",
        block("itemmetadata", block("qtimetadata", *listed)),
        block("presentation", _material(stem), *response),
        block("resprocessing", outcomes, always, *conditions),
        _feedback("general_fb", html.worked(one.task, shuffled=True)),
        *feedbacks,
        ident=ident,
        title=title,
    )


def _known(blank: Blank) -> list[tuple[int, Wrong]]:
    """The slips that an item can tell, with their numbers: of a word what is accepted, of an order none."""
    if blank.form == "order":
        return []
    return [(at, one) for at, one in enumerate(blank.wrong, 1) if one.right or blank.form != "word"]


def _material(words: str) -> Markup:
    return tag("material", tag("mattext", str(words), texttype="text/html"))


def _feedback(ident: str, says: str) -> Markup:
    says = says if isinstance(says, Markup) else tag("p", html.prose(says))
    return block("itemfeedback", block("flow_mat", _material(says)), ident=ident)


def _shows(ident: str) -> Markup:
    return tag("displayfeedback", feedbacktype="Response", linkrefid=ident)


def _condition(*conditions: Markup, score: str, shows: str = "", action: str = "Set") -> Markup:
    return block(
        "respcondition",
        block("conditionvar", *conditions),
        tag("setvar", score, action=action, varname="SCORE"),
        _shows(shows) if shows else Markup(""),
        continue_="No" if action == "Set" else None,
    )


def _equal(value: str, ident: str = "response1") -> Markup:
    return tag("varequal", value, respident=ident)


#: What is answered, and how that is marked.
Parts = tuple[list[Markup], list[Markup]]


def _typed(fibtype: str) -> list[Markup]:
    label = tag("response_label", ident="answer1")
    return [
        block(
            "response_str",
            block("render_fib", label, fibtype=fibtype),
            ident="response1",
            rcardinality="Single",
        )
    ]


def _number(blank: Blank) -> Parts:
    conditions = [_condition(_near(blank, blank.key), score=FULL)]
    for number, one in _known(blank):
        value = _near(blank, one.value) if one.right else _equal(blank.typed(one.value))
        conditions.append(_condition(value, score=FULL if one.right else "0", shows=f"slip_{number}"))
    return _typed("Decimal"), conditions


def _near(blank: Blank, value: Fraction) -> Markup:
    """What counts as a number: itself as it is written, and all that lies within the tolerance."""
    margin = blank.tolerance * (1 + ROUNDING)
    low, high = (decimal(value + side, blank.places + 6) for side in (-margin, margin))
    between = block(
        "and", tag("vargte", low, respident="response1"), tag("varlte", high, respident="response1")
    )
    return block("or", _equal(blank.written(value)), between)


def _word(blank: Blank) -> Parts:
    def ways_of(word: str) -> Markup:
        return block("or", *(tag("varequal", way, respident="response1", case="No") for way in ways(word)))

    conditions = [_condition(ways_of(blank.key), score=FULL)]
    for number, one in _known(blank):
        conditions.append(_condition(ways_of(one.value), score=FULL, shows=f"slip_{number}"))
    return _typed("String"), conditions


def _options(options: Sequence[str], shuffle: str) -> Markup:
    labels = (
        block("response_label", _material(html.prose(option)), ident=f"option_{place}")
        for place, option in enumerate(options, 1)
    )
    return block("render_choice", *labels, shuffle=shuffle)


def _choice(blank: Blank) -> Parts:
    """The option that is right, then those that slips choose; the others are wrong and nothing is said."""
    named = {option: f"option_{place}" for place, option in enumerate(blank.options, 1)}
    response = [
        block("response_lid", _options(blank.options, "Yes"), ident="response1", rcardinality="Single")
    ]
    conditions = [_condition(_equal(named[blank.key]), score=FULL)]
    for number, one in _known(blank):
        conditions.append(
            _condition(_equal(named[one.value]), score=FULL if one.right else "0", shows=f"slip_{number}")
        )
    return response, conditions


def _order(blank: Blank) -> Parts:
    """A list of all options for each place: Canvas has no question that asks for an order."""
    named = {option: f"option_{place}" for place, option in enumerate(blank.options, 1)}
    response, conditions = [], []
    parts = _shared(len(blank.key))
    for place, (option, part) in enumerate(zip(blank.key, parts, strict=True), 1):
        ident = f"response_{place}"
        response.append(
            block(
                "response_lid",
                _material(tag("p", f"place {place}")),
                _options(blank.options, "No"),
                ident=ident,
            )
        )
        conditions.append(_condition(_equal(named[option], ident), score=part, action="Add"))
    return response, conditions


def _shared(count: int) -> Iterator[str]:
    """Full marks in so many parts of two decimals that add up."""
    for place in range(count):
        before, after = (Fraction(10000 * one, count) // 1 for one in (place, place + 1))
        yield decimal(Fraction(after - before, 100), 2)
