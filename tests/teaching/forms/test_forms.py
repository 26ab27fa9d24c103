"""All forms by their names: each writes a draw of every topic, and each number in ASCII."""

from __future__ import annotations

import re
from typing import Any

from dlcli.errors import BadData
from dlcli.teaching.forms.forms import FORMS
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.questions import questions
from dlcli.teaching.marking import mark
from dlcli.teaching.reading import letter
from dlcli.teaching.sheet import Entry, Plan, sheet
from dlcli.teaching.topic import LEVELS, topics
from tests.teaching.forms import moodle_import, sheets

#: What a name says that it is.
SUFFIXES = re.compile(r"\.(txt|md|html|tex|xml|gift|zip|imscc|json)")


def test_every_form_writes_every_topic() -> None:
    made = [
        sheet(Plan(tuple(Entry(one, level) for one in topics().values()), "All"), "a test", "Ada")
        for level in LEVELS
    ]
    for name, form in FORMS.items():
        assert form.name == name
        assert SUFFIXES.fullmatch(form.suffix)
        assert form.help.endswith(".")
        notes: list[str] = []
        try:
            written: Any = form.write(made, Manner("end", say=notes.append))
        except BadData:
            assert name.startswith("cartridge")  # where no topic asks for a choice
            continue
        assert written
        assert isinstance(written, bytes) == (form.suffix in (".zip", ".imscc"))
    bank = FORMS["moodle"].write(made, Manner())
    assert isinstance(bank, str)
    assert len(moodle_import.xml(bank)) == len(LEVELS) * len(topics())
    for one in questions(made, Manner()):
        for blank in one.flat:
            if blank.form == "number":
                numbers = [
                    blank.written(blank.key),
                    blank.margin,
                    *(blank.written(wrong.value) for wrong in blank.wrong),
                ]
                assert all(re.fullmatch(r"-?\d+(\.\d*[1-9])?", number, re.ASCII) for number in numbers)
                assert (
                    abs(float(blank.written(blank.key)) - float(blank.key))
                    <= float(blank.tolerance) / 100 + 1e-12
                )


def test_every_form_can_be_written_whatever_a_sheet_says() -> None:
    for form in FORMS.values():
        written = form.write([sheets.hostile(), sheets.calm()], Manner("end"))
        assert written if isinstance(written, bytes) else written.encode()
        assert written == form.write([sheets.hostile(), sheets.calm()], Manner("end"))


def test_a_bank_of_thirty_variants_is_one_category() -> None:
    one = sheet(Plan((Entry(topics()["outsize"], 2, 30),)), "0")
    for name in ("moodle", "gift"):
        written = FORMS[name].write([one], Manner())
        assert isinstance(written, str)
        found = moodle_import.READERS[name](written)
        assert len({each.name for each in found}) == len(found) == 30
        assert {each.category for each in found} == {"$course$/top/dlcli/See/outsize level 2"}


def test_a_platform_names_the_slips_that_check_names() -> None:
    seen = 0
    for one in questions([sheets.drawn()], Manner()):
        if len(one.flat) > 1:
            continue
        (blank,) = one.flat
        for wrong in blank.wrong:
            if blank.form == "order":
                typed = " ".join(letter(blank.options.index(option)) for option in wrong.value)
            else:
                typed = str(wrong.value)  # a fraction as one: decimals of it are no slip to check
            (said,) = mark(one.item.drawn, {blank.name: typed}).marks
            if said.kind != "few":
                assert said.slips
                assert set(said.slips) <= set(wrong.slips)
                seen += 1
    assert seen > 5
