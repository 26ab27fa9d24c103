"""QTI 1.2 and 2.1 and Common Cartridge: valid by their schemas, and what they say of an answer is what was meant."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from dlcli.errors import BadData
from dlcli.teaching.forms.cartridge import VERSIONS, cartridge
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.qti12 import documents, qti12
from dlcli.teaching.forms.qti21 import item, qti21
from dlcli.teaching.forms.questions import Blank, questions, ways
from dlcli.teaching.sheet import Sheet
from tests.teaching.forms import sheets

DATA = Path(__file__).parents[2] / "data" / "quizzes"

#: The schema of QTI 2.1 may not be passed on; this variable names the file ``imsqti_v2p1p2.xsd`` that IMS gives.
SCHEMAS = {
    "qti12": str(DATA / "qti12" / "ims_qtiasiv1p2.xsd"),
    "qti21": os.environ.get("DLCLI_QTI21_SCHEMA", ""),
}

WRITERS: dict[str, Any] = {"qti12": qti12, "qti21": qti21, "cartridge": cartridge}

#: A name that XML takes for an identifier.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*")


@pytest.fixture(autouse=True)
def _conventions(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets.known(monkeypatch)


def files(form: str, *listed: Sheet, **manner: Any) -> dict[str, str]:
    """What is in a package."""
    with ZipFile(io.BytesIO(WRITERS[form](listed, Manner(**manner)))) as package:
        assert package.testzip() is None
        return {name: package.read(name).decode() for name in package.namelist()}


def plain(root: ET.Element) -> ET.Element:
    """A document without its namespaces."""
    for one in root.iter():
        one.tag = one.tag.rpartition("}")[2]
    return root


def parsed(text: str) -> ET.Element:
    return plain(ET.fromstring(text.encode()))


@pytest.mark.skipif(
    shutil.which("xmllint") is None and "DLCLI_NEEDS_XMLLINT" not in os.environ, reason="libxml2's xmllint is not installed"
)  # fmt: skip
@pytest.mark.parametrize("form", SCHEMAS)
def test_the_schema_takes_it_and_no_fault(form: str, tmp_path: Path) -> None:
    if not SCHEMAS[form]:
        pytest.skip("DLCLI_QTI21_SCHEMA names no schema")
    found = files(form, sheets.made("Ada"), sheets.made("中 <x>"), sheets.hostile(), sheets.drawn())
    texts = {name.replace("/", "-"): text for name, text in found.items() if name != "imsmanifest.xml"}
    sample = (DATA / f"sample.{form}.xml").read_text()
    faulty = (
        sample.replace("<or><varequal", "<or><unequal").replace("</varequal><and>", "</unequal><and>")
        if form == "qti12"
        else sample.replace("toleranceMode", "tolerance-mode")
    )
    assert faulty != sample
    for name, text in (texts | {"sample.xml": sample, "faulty.xml": faulty}).items():
        (tmp_path / name).write_text(text)
    line = [
        "xmllint",
        "--noout",
        "--nonet",
        "--schema",
        SCHEMAS[form],
        *sorted(texts),
        "sample.xml",
        "faulty.xml",
    ]
    said = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False).stderr
    assert re.findall(r"^(.*) fails to validate$", said, re.MULTILINE) == ["faulty.xml"], said
    assert len(re.findall(r" validates$", said, re.MULTILINE)) == len(texts) + 1


@pytest.mark.parametrize("form", WRITERS)
def test_a_package_lists_its_files_and_names_are_unique(form: str) -> None:
    found = files(
        form,
        sheets.made("Ada"),
        sheets.made("Ada"),
        sheets.made("Adá"),
        sheets.hostile(),
        say=lambda note: None,
    )
    manifest = parsed(found.pop("imsmanifest.xml"))
    assert sorted(one.get("href", "") for one in manifest.iter("file")) == sorted(found)
    resources = [one.get("identifier", "") for one in manifest.iter("resource")]
    assert {one.get("identifierref") for one in manifest.iter("dependency")} <= set(resources)
    names = resources
    for text in found.values():
        root = parsed(text)
        inside = [
            one.get("ident") or one.get("identifier") or ""
            for one in root.iter()
            if one.tag in ("item", "responseDeclaration", "modalFeedback", "itemfeedback")
        ]
        for item_ in [*root.iter("item"), root]:
            feedbacks = [one.get("ident") for one in item_.findall("itemfeedback")]
            assert len(set(feedbacks)) == len(feedbacks)
            assert {one.get("linkrefid") for one in item_.findall(".//displayfeedback")} <= set(
                feedbacks
            ) or item_ is root
        names += [one.get("ident", "") for one in root.iter("item")]
        assert all(NAME.fullmatch(one) for one in inside), inside
    assert len(set(names)) == len(names)
    assert all(NAME.fullmatch(one) for one in names)
    assert files(form, sheets.made("Ada"), say=lambda note: None) == files(
        form, sheets.made("Ada"), say=lambda note: None
    )


# What a platform makes of an answer


class Attempt21:
    """The response processing of a QTI 2.1 item, as far as these items have it."""

    def __init__(self, root: ET.Element, responses: dict[str, Any]) -> None:
        self.values: dict[str, Any] = {"SCORE": 0.0, "FEEDBACK": [], **responses}
        for one in root.find("responseProcessing") or []:
            self.run(one)

    def run(self, one: ET.Element) -> None:
        if one.tag == "setOutcomeValue":
            self.values[one.get("identifier", "")] = self.value(one[0])
            return
        assert one.tag == "responseCondition"
        for case in one:
            if self.value(case[0]):
                for rule in case[1:]:
                    self.run(rule)
                return

    def value(self, one: ET.Element) -> Any:
        inner = [self.value(each) for each in one]
        if one.tag == "baseValue":
            return float(one.text or "") if one.get("baseType") == "float" else one.text
        if one.tag == "variable":
            return self.values.get(one.get("identifier", ""))
        if one.tag == "equal":
            assert one.get("toleranceMode") == "absolute"
            low, high = map(float, (one.get("tolerance") or "").split())
            return inner[0] is not None and -low <= inner[0] - inner[1] <= high
        if one.tag == "stringMatch":
            assert one.get("caseSensitive") == "false"
            return inner[0] is not None and inner[0].lower() == inner[1].lower()
        return {
            "sum": lambda: sum(inner),
            "multiple": lambda: [*inner[0], inner[1]],
            "ordered": lambda: inner,
            "match": lambda: inner[0] == inner[1],
            "or": lambda: any(inner),
        }[one.tag]()


def response(blank: Blank, value: Any, places: int = 0) -> Any:
    """An answer as a platform has it: a number as it is typed, options by their names."""
    if blank.form == "number":
        return float(f"{float(value):.{blank.places - places}f}")
    named = {option: f"option-{place}" for place, option in enumerate(blank.options, 1)}
    if blank.form == "order":
        return [named[one] for one in value]
    return named.get(value) or ways(value)[-1].upper()


@pytest.mark.parametrize("places", [0, 3])
def test_qti21_gives_points_and_says_what_slips_are(places: int) -> None:
    for one in questions([sheets.made(), sheets.drawn()], Manner()):
        root = parsed(item(one))
        keys = {
            f"RESPONSE-{place}": response(blank, blank.key, places) for place, blank in enumerate(one.flat, 1)
        }
        right = Attempt21(root, keys).values
        assert right["SCORE"] == pytest.approx(float(one.item.points), rel=1e-12)
        assert right["FEEDBACK"] == ["solution"]
        assert Attempt21(root, {}).values["SCORE"] == 0
        says = {
            each.get("identifier"): "".join(each.itertext()).strip() for each in root.iter("modalFeedback")
        }
        for place, blank in enumerate(one.flat, 1):
            for wrong in blank.wrong:
                said = Attempt21(
                    root, keys | {f"RESPONSE-{place}": response(blank, wrong.value, places)}
                ).values
                assert said["SCORE"] == pytest.approx(float(one.item.points * (1 - blank.share)))
                feedback, solution = said["FEEDBACK"]
                assert solution == "solution"
                assert says[feedback].endswith(wrong.says)


def test_qti21_takes_an_answer_at_the_edge_of_its_tolerance_and_an_accepted_convention() -> None:
    edge = sheets.task(
        lambda pen: pen("p", Fraction(1, 8), {sheets.OTHER: 3}), sheets.Field("p", Fraction(1, 200))
    )
    for manner, earned in ((Manner(), 0), (Manner(accept=frozenset({sheets.OTHER})), 1)):
        root = parsed(item(questions([Sheet((sheets.item(edge),))], manner)[0]))
        for typed, score in ((0.13, 1), (0.12, 1), (0.131, 0), (3.0, earned)):
            assert Attempt21(root, {"RESPONSE-1": typed}).values["SCORE"] == score


def test_a_test_of_qti21_refers_to_the_items_of_its_sheet() -> None:
    found = files("qti21", sheets.made("Ada"), sheets.made("Bob"))
    for name, text in found.items():
        if name.startswith("sheet-"):
            items = [f"items/{one.get('identifier')}.xml" for one in parsed(text).iter("assessmentItemRef")]
            assert len(items) == len(sheets.TASKS)
            assert set(items) <= set(found)


class Attempt12:
    """The response processing of a QTI 1.2 item, and what Canvas takes for right answers of a number."""

    def __init__(self, one: ET.Element, responses: dict[str, str]) -> None:
        self.responses, self.score, self.shown = responses, 0.0, ""
        for condition in one.iter("respcondition"):
            if all(self.holds(each) for each in condition.find("conditionvar") or []):
                for each in condition.iter("setvar"):
                    points = float(each.text or "")
                    self.score = self.score + points if each.get("action") == "Add" else points
                for each in condition.iter("displayfeedback"):
                    self.shown = each.get("linkrefid", "")
                if condition.get("continue") == "No":
                    break

    def holds(self, one: ET.Element) -> bool:
        if one.tag == "other":
            return True
        if one.tag in ("or", "and"):
            return {"or": any, "and": all}[one.tag](self.holds(each) for each in one)
        said = self.responses.get(one.get("respident", ""))
        if said is None:
            return False
        if one.tag == "varequal":
            return said.lower() == (one.text or "").lower() if one.get("case") == "No" else said == one.text
        value, limit = float(said), float(one.text or "")
        return value >= limit if one.tag == "vargte" else value <= limit


def test_qti12_gives_points_and_says_what_slips_are() -> None:
    found = [
        one for text in documents([sheets.made()], Manner()).values() for one in parsed(text).iter("item")
    ]
    points = 0.0
    for one in questions([sheets.made()], Manner()):
        for blank in one.flat:
            made = found.pop(0)
            fields = {
                each.findtext("fieldlabel"): each.findtext("fieldentry")
                for each in made.iter("qtimetadatafield")
            }
            points += float(fields["points_possible"] or "")
            named = {option: f"option_{place}" for place, option in enumerate(blank.options, 1)}
            if blank.form == "order":
                keys = {f"response_{place}": named[option] for place, option in enumerate(blank.key, 1)}
                assert Attempt12(made, keys).score == pytest.approx(100)
                assert 0 < Attempt12(made, {**keys, "response_1": named[blank.key[1]]}).score < 100
                continue

            def typed(value: Any, blank: Blank = blank, named: dict[str, str] = named) -> str:
                if blank.form == "number":
                    return f"{float(value):.{blank.places - 3}f}".rstrip("0").rstrip(".")
                return named.get(value) or ways(value)[-1].upper()

            assert Attempt12(made, {"response1": typed(blank.key)}).score == 100
            says = {each.get("ident"): "".join(each.itertext()) for each in made.iter("itemfeedback")}
            for wrong in blank.wrong:
                attempt = Attempt12(made, {"response1": typed(wrong.value)})
                assert attempt.score == 0
                shown = "" if blank.form == "word" else wrong.says
                assert shown in re.sub("<.*?>", "", says[attempt.shown])
            # Canvas takes each condition of a number with an "or" for a right answer, and each of a word
            assert blank.form != "number" or len(made.findall(".//respcondition/conditionvar/or")) == 1
            assert blank.form != "word" or len(made.findall(".//respcondition/setvar")) == 1
    assert not found
    assert points == pytest.approx(len(sheets.TASKS))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_cartridge_has_choices_and_names_what_it_leaves_out(version: str) -> None:
    notes: list[str] = []
    made = cartridge([sheets.made()], Manner(say=notes.append), version)
    with ZipFile(io.BytesIO(made)) as package:
        manifest, text = (package.read(name).decode() for name in package.namelist())
    assert f"<schemaversion>{version}.0</schemaversion>" in manifest
    assert VERSIONS[version][1] in manifest
    assert parsed(manifest).find("organizations/organization/item/item/title") is not None
    (only,) = parsed(text).iter("item")
    assert next(one.text for one in only.iter("fieldentry")) == "cc.multiple_choice.v0p1"
    assert parsed(text).findtext("assessment/qtimetadata/qtimetadatafield/fieldentry") == "cc.exam.v0p1"
    assert Attempt12(only, {"response1": "option_1"}).score == 100
    assert len(notes) == len(sheets.TASKS) - 1
    with pytest.raises(BadData, match="none of these tasks is a choice"):
        cartridge([Sheet((sheets.item(sheets.TASKS["whole"]),))], Manner(), version)
