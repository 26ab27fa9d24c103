"""What Moodle's import does with a file, as far as it refuses, marks or shows something else than was meant.

Written from Moodle's code: ``question/format/xml/format.php`` (elements, fractions by
``match_grade_options``), ``question/format/gift/format.php`` (placeholders, order of the tests for a kind,
weights, numbers by ``is_numeric``), ``question/type/multianswer/questiontype.php`` (the regular expressions
of a gap) and ``question/type/numerical`` (the first answer whose interval has the response).
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import Any

#: What a fraction may be, in percent (``question_bank::fraction_options_full``); negative ones, too.
FRACTIONS = (
    100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5, 11.11111,
    10, 5, 0,
)  # fmt: skip

#: PHP's ``is_numeric``: blanks at both ends, a sign, digits with a point, a power of ten.
NUMERIC = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


@dataclass
class Answer:
    """An answer of a question; without a tolerance it is no number."""

    text: str
    fraction: float
    feedback: str = ""
    tolerance: str | None = None


@dataclass
class Imported:
    """A question as Moodle has it; ``parts`` are the gaps of a cloze question, in the order of its text."""

    kind: str
    name: str
    text: str = ""
    answers: list[Answer] = field(default_factory=list)
    general: str = ""
    category: str = ""
    weight: float = 1
    parts: list[Imported] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)

    def mark(self, response: str) -> tuple[float, str]:
        """The fraction and the feedback of what is typed or chosen."""
        for one in self.answers:
            if one.tolerance is not None:
                if (
                    NUMERIC.fullmatch(response)
                    and abs(float(response) - float(one.text)) <= float(one.tolerance) + 1e-14
                ):
                    return one.fraction, one.feedback
            elif self.kind == "shortanswer":
                pattern = "".join(
                    ".*" if each == "*" else re.escape(each.replace(r"\*", "*"))
                    for each in re.split(r"((?<!\\)\*)", one.text)
                )
                if re.fullmatch(pattern, response, re.IGNORECASE):
                    return one.fraction, one.feedback
            elif one.text == response:
                return one.fraction, one.feedback
        return 0, ""


class Refused(ValueError):
    """What Moodle would not import, or would not import as it was meant."""


def _number(text: str, what: str) -> str:
    if not NUMERIC.fullmatch(text):
        raise Refused(f"{what} {text!r} is no number")
    return text.strip()


def _fraction(text: str) -> float:
    percent = float(_number(text, "fraction"))
    if not any(abs(abs(percent) - one) < 1e-3 for one in FRACTIONS):
        raise Refused(f"fraction {text}: in no list of Moodle")
    return percent / 100


def _checked(one: Imported) -> Imported:
    """A question with full marks for something, and of a choice with something to choose from."""
    listed = one.parts or [one]
    for part in listed:
        if part.kind in ("numerical", "multichoice", "shortanswer") and not any(
            a.fraction == 1 for a in part.answers
        ):
            raise Refused(f"{one.name}: no answer has full marks")
        if part.kind == "multichoice" and len(part.answers) < 2:
            raise Refused(f"{one.name}: a choice of one")
        if part.kind in ("matching", "match") and len(part.pairs) < 2:
            raise Refused(f"{one.name}: a matching of one")
        if any(not a.text.strip() for a in part.answers):
            raise Refused(f"{one.name}: an empty answer")
    if not one.name.strip():
        raise Refused("a question without a name")
    return one


# XML


def xml(text: str) -> list[Imported]:
    """The questions of a Moodle XML file."""
    try:
        root = ET.fromstring(text.encode())
    except ET.ParseError as error:
        raise Refused(f"no XML: {error}") from error
    if root.tag != "quiz":
        raise Refused(f"<{root.tag}> is no quiz")
    category, found, numbers = "", [], set()
    for one in root:
        kind = one.get("type", "")
        if kind == "category":
            category = (one.findtext("category/text") or "").strip()
            continue
        made = _checked(_xml_question(one, kind))
        made.category = category
        idnumber = one.findtext("idnumber")
        if idnumber and (idnumber in numbers or len(idnumber) > 100):
            raise Refused(f"idnumber {idnumber}: taken, or too long")
        numbers.add(idnumber)
        found.append(made)
    return found


def _text(one: ET.Element, path: str) -> str:
    return (one.findtext(f"{path}/text") or "").strip()


def _xml_question(one: ET.Element, kind: str) -> Imported:
    made = Imported(
        kind, _text(one, "name"), _text(one, "questiontext"), general=_text(one, "generalfeedback")
    )
    if kind == "cloze":
        made.text, made.parts = cloze(made.text)
        return made
    made.weight = float(_number(one.findtext("defaultgrade") or "1", "defaultgrade"))
    if kind == "matching":
        for each in one.findall("subquestion"):
            made.pairs.append((_text(each, "."), _text(each, "answer")))
        return made
    if kind not in ("numerical", "multichoice", "shortanswer"):
        raise Refused(f"no question of type {kind!r}")
    for each in one.findall("answer"):
        answer = Answer(_text(each, "."), _fraction(each.get("fraction", "0")), _text(each, "feedback"))
        if kind == "numerical":
            _number(answer.text, "answer")
            if each.find("tolerance") is None:
                raise Refused(f"{made.name}: an answer without a tolerance")
            answer.tolerance = _number(each.findtext("tolerance") or "", "tolerance")
        made.answers.append(answer)
    return made


# Cloze

_FRACTION = r"=|%(-?[0-9]+(?:[.,][0-9]*)?)%"
_ANSWER = r".+?(?<!\\|&)(?<!&amp;)(?=[~#}]|$)"
_ALTERNATIVE = rf"({_FRACTION})?({_ANSWER})(#(.*?(?<!\\)(?=[~}}]|$)))?"
_KINDS = {
    "numerical": "NUMERICAL|NM",
    "multichoice": "MULTICHOICE|MC|MULTICHOICE_V|MCV|MULTICHOICE_H|MCH|MULTICHOICE_S|MCS|MULTICHOICE_VS|MCVS",
    "shortanswer": "SHORTANSWER|SA|MW|SHORTANSWER_C|SAC|MWC",
}
_WHOLE = r"(?:=|%-?[0-9]+(?:[.,][0-9]*)?%)?" + _ANSWER + r"(?:#.*?(?<!\\)(?=[~}]|$))?"
_GAP = re.compile(rf"\{{([0-9]*):({'|'.join(_KINDS.values())}):({_WHOLE}(?:~{_WHOLE})*)\}}", re.DOTALL)
_ONE = re.compile("~?" + _ALTERNATIVE, re.DOTALL)
_NUMBER = r"-?(?:(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?)"
_NUMERICAL = re.compile(rf"({_NUMBER})(?::({_NUMBER}))?", re.DOTALL)


def cloze(text: str) -> tuple[str, list[Imported]]:
    """The text with its gaps as ``{#1}``, and what each gap is."""
    parts: list[Imported] = []
    if re.search(r"\{#\d", text):
        raise Refused("the text has a gap of Moodle's own making")
    while found := _GAP.search(text):
        kind = next(kind for kind, names in _KINDS.items() if found[2] in names.split("|"))
        part = Imported(kind, f"gap {len(parts) + 1}", weight=float(found[1] or 1))
        left = found[3]
        while one := _ONE.match(left):
            part.answers.append(_alternative(kind, one))
            left = left[one.end() :]
        if left:
            raise Refused(f"{left!r} is left of a gap")
        parts.append(part)
        text = text[: found.start()] + f"{{#{len(parts)}}}" + text[found.end() :]
    if not parts:
        raise Refused("a cloze question without a gap")
    if re.search(r"[{}]", re.sub(r"\{#\d+\}", "", text)):
        raise Refused("a brace that is no gap's: what was meant as a gap is text, or its end is")
    return text, parts


def _alternative(kind: str, one: re.Match[str]) -> Answer:
    fraction = 1.0 if one[1] == "=" else _fraction((one[2] or "0").replace(",", "."))
    feedback = html.unescape(one[5] or "").replace(r"\}", "}").replace(r"\#", "#")
    if kind == "numerical":
        number = _NUMERICAL.fullmatch(one[3])
        if not number:
            raise Refused(f"{one[3]!r} is no number in a gap")
        if number[2] is None:
            raise Refused(f"{one[3]!r}: a gap without a tolerance")
        return Answer(number[1], fraction, feedback, number[2])
    return Answer(html.unescape(one[3]).replace(r"\}", "}").replace(r"\#", "#"), fraction, feedback)


# GIFT

_PLACES = {
    r"\:": "&&058;",
    r"\#": "&&035;",
    r"\=": "&&061;",
    r"\{": "&&123;",
    r"\}": "&&125;",
    r"\~": "&&126;",
    r"\n": "&&010",
}
_WEIGHT = re.compile(r"%-*([0-9]{1,2})\.?([0-9]*)%")


def gift(text: str) -> list[Imported]:
    """The questions of a GIFT file: an empty line ends one."""
    category, found = "", []
    for lines in re.split(r"\n[ \t]*\n", text):
        kept = "\n".join(" " if line.strip().startswith("//") else line for line in lines.split("\n")).strip()
        if not kept:
            continue
        made = _gift_question(kept)
        if made.kind == "category":
            category = made.name
        else:
            made.category = category
            found.append(_checked(made))
    return found


def _hidden(text: str) -> str:
    text = text.replace("\\\\", "&&092;")
    for sign, place in _PLACES.items():
        text = text.replace(sign, place)
    return text.replace("&&092;", "\\")


def _shown(text: str) -> str:
    for sign, place in _PLACES.items():
        text = text.replace(place, "\n" if sign == r"\n" else sign[1])
    return text


def _formatted(text: str) -> str:
    text = text.strip()
    if text.startswith("[") and text[1 : text.find("]")] in ("html", "moodle", "plain", "markdown"):
        text = text[text.find("]") + 1 :]
    return _shown(text).strip()


def _gift_question(kept: str) -> Imported:
    text = _hidden(kept)
    if text.startswith("$CATEGORY:"):
        return Imported("category", text[10:].strip())
    if not text.startswith("::") or "::" not in text[2:]:
        raise Refused("a question without a name")
    name, _, text = text[2:].partition("::")
    begin, end = text.find("{"), text.find("}")
    if begin < 0 or end < begin:
        raise Refused(f"{name}: braces")
    answers = text[begin + 1 : end].strip()
    answers, mark, general = answers.rpartition("####") if "####" in answers else (answers, "", "")
    rest = text[:begin] + ("" if text.strip().endswith("}") else "_____") + text[end + 1 :]
    if "{" in rest or "}" in rest:
        raise Refused(f"{name}: more braces")
    made = Imported("", _shown(name), _formatted(rest), general=_formatted(general) if mark else "")
    _gift_answers(made, answers.strip())
    return made


def _weighted(answer: str, usual: float) -> tuple[str, float]:
    if not _WEIGHT.match(answer):
        return answer, usual
    weight, _, rest = answer[1:].partition("%")
    return rest, _fraction(weight)


def _commented(answer: str) -> tuple[str, str]:
    text, _, feedback = answer.partition("#")
    return _formatted(text), _formatted(feedback)


def _gift_answers(made: Imported, text: str) -> None:
    if text.startswith("#"):
        made.kind = "numerical"
        for one in [each.strip() for each in text[1:].partition("~")[0].split("=") if each.strip()]:
            answer, fraction = _weighted(one, 1)
            answer, feedback = _commented(answer)
            key, mark, tolerance = answer.partition(":")
            if not mark:
                raise Refused(f"{made.name}: an answer without a tolerance")
            # Moodle itself takes a key that is no number for a star, which every response fits
            made.answers.append(
                Answer(_number(key, "answer"), fraction, feedback, _number(tolerance, "tolerance"))
            )
    elif "~" in text:
        made.kind = "multichoice"
        for one in [each.strip() for each in text.replace("=", "~=").split("~")][
            0 if not text.startswith(("~", "=")) else 1 :
        ]:
            if not one:
                raise Refused(f"{made.name}: an empty answer")
            answer, fraction = (one[1:], 1.0) if one.startswith("=") else _weighted(one, 0)
            answer, feedback = _commented(answer)
            made.answers.append(Answer(answer, fraction, feedback))
    elif "=" in text and "->" in text:
        made.kind = "match"
        for one in [each.strip() for each in text.split("=") if each.strip()]:
            left, mark, right = one.partition("->")
            if not mark:
                raise Refused(f"{made.name}: {one!r} is no pair")
            made.pairs.append((_formatted(left), _shown(right).strip()))
    elif text.partition("#")[0].strip() in ("T", "F", "TRUE", "FALSE"):
        made.kind = "truefalse"
    else:
        made.kind = "shortanswer"
        for one in [each.strip() for each in text.split("=") if each.strip()]:
            answer, fraction = _weighted(one, 1)
            answer, feedback = _commented(answer)
            made.answers.append(Answer(answer, fraction, feedback))


#: How a file is read, by its form.
READERS: dict[str, Any] = {"moodle": xml, "gift": gift}
