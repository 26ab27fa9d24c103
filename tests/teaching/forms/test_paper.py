"""What people read and write on: headers, lines for answers, solutions in their places, texts that stay texts."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

import pytest

from dlcli.teaching.forms import latex as tex
from dlcli.teaching.forms.forms import FORMS
from dlcli.teaching.forms.latex import latex
from dlcli.teaching.forms.manner import Manner, Solutions
from dlcli.teaching.forms.markdown import markdown
from dlcli.teaching.forms.page import page
from dlcli.teaching.handin import read
from dlcli.teaching.reading import typed
from dlcli.teaching.sheet import Sheet
from dlcli.teaching.task import Field
from tests.teaching.forms import sheets

PAPER = ("plain", "markdown", "html", "latex")

#: A line of the solution of one task, and what is asked there.
SOLVED, ASKED = (
    {"plain": "n = −27", "markdown": "n = −27", "html": "n = −27", "latex": r"n = \ensuremath{-}27"},
    "What is it?",
)


@pytest.fixture(autouse=True)
def _conventions(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets.known(monkeypatch)


@pytest.mark.parametrize("form", PAPER)
def test_solutions_stand_where_they_are_wanted(form: str) -> None:
    def places(solutions: Solutions) -> tuple[int, int, int]:
        made = FORMS[form].write([sheets.made()], Manner(solutions))
        assert isinstance(made, str)
        return made.find(SOLVED[form]), made.find(ASKED), made.rfind(ASKED)

    solved, first, last = places("")
    assert solved == -1
    assert 0 < first < last
    solved, first, last = places("after")
    assert first < solved
    assert solved < last or form == "plain"
    solved, first, last = places("end")
    assert 0 < first < last < solved
    assert places("alone")[1:] == (-1, -1)
    assert places("alone")[0] > 0
    alone = FORMS[form].write([sheets.made()], Manner("alone"))
    assert "first: b c a" in str(alone)


def body(text: str) -> ET.Element:
    return ET.fromstring(text.partition("\n")[2])


def test_the_page_is_markup_that_loads_nothing_and_its_tables_have_headers() -> None:
    for made in ([sheets.made(), sheets.made("Bob")], [sheets.hostile()]):
        root = body(page(made, Manner("after")))
        tags = {one.tag for one in root.iter()}
        assert not tags & {"script", "link", "img", "iframe", "object", "form", "base"}
        assert not any(
            name in ("src", "href", "style") or name.startswith("on")
            for one in root.iter()
            for name in one.attrib
        )
        assert "default-src 'none'" in [one.get("content", "").partition(";")[0] for one in root.iter("meta")]
        assert "url(" not in (root.findtext("head/style") or "")
        assert len(root.findall(".//article[@class='sheet']")) == len(made)
        for table in root.iter("table"):
            assert table.findtext("caption")
            heads = [one.get("scope") for one in table.iter("th")]
            assert heads
            assert set(heads) <= {"col", "row"}


def test_each_answer_of_the_page_has_a_line_or_a_cell_under_its_name() -> None:
    root = body(page([sheets.made()], Manner()))
    gaps = root.findall(".//span[@class='gap']")
    assert len(gaps) == sum(len(one.fields) for one in sheets.TASKS.values())
    table = next(one for one in root.iter("table") if one.findtext("caption") == "4.y")
    assert [one.text for one in table.iter("th")] == ["col 0", "col 1", "row 0", "row 1"]


@pytest.mark.parametrize("form", PAPER)
def test_an_answer_that_may_be_off_by_more_than_its_last_digit_says_how_far(form: str) -> None:
    wide, exact = (
        Field("p", Fraction(1, 100), says="to 3 decimals"),
        Field("q", Fraction(1, 2000), says="to 3 decimals"),
    )
    task = sheets.task(lambda pen: (pen("p", 0.25), pen("q", 0.5)), wide, exact)
    text = FORMS[form].write([Sheet((sheets.item(task, 1, "", "x"),))], Manner())
    assert isinstance(text, str)
    assert text.count("to 3 decimals") == 2
    assert text.replace("{}", "").count("(to 3 decimals, right within 0.01)") == 1


@pytest.mark.parametrize("form", ["plain", "markdown"])
def test_what_is_filled_in_comes_back(form: str) -> None:
    text = FORMS[form].write([sheets.made()], Manner())
    assert isinstance(text, str)
    names = [name for item in sheets.made().items for name in item.names]
    for place, name in enumerate(names):
        text = re.sub(rf"^{re.escape(name)} =", f"{name} = {place}", text, flags=re.MULTILINE)
    (back,) = read(text.encode(), "sheet." + FORMS[form].suffix)
    fields = [one for item in sheets.made().items for one in item.drawn.task.fields]
    said = [typed(back.answers[name], one).text for name, one in zip(names, fields, strict=True)]
    assert said == [str(place) for place in range(len(names))]
    assert not back.notes
    assert back.made == "dlcli exercise conv-cell --seed 1"


def test_markdown_has_no_markup_from_texts() -> None:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark").enable("table")
    kinds = [
        [one.type for one in reader.parse(markdown([made], Manner("end")))]
        for made in (sheets.calm(), sheets.hostile())
    ]
    assert kinds[0] == kinds[1]
    inline = [
        child.type
        for one in reader.parse(markdown([sheets.hostile()], Manner()))
        for child in one.children or []
    ]
    assert set(inline) <= {"text", "text_special", "code_inline", "strong_open", "strong_close", "softbreak"}


# LaTeX

#: All that a document may ask of TeX, beside signs.
WORDS = {
    "begin", "end", "item", "section", "subsection", "texttt", "ttfamily", "small", "footnotesize", "par", "gap", "cell",
    "hline", "clearpage", "setcounter", "ensuremath", "uni", "char", "mbox", "raggedright",
}  # fmt: skip
WORDS |= {
    one
    for value in (*tex.SIGNS.values(), *tex.TEXT.values(), *tex.ASCII.values())
    for one in re.findall(r"\\([A-Za-z]+)", str(value))
}
WORDS |= {one[1:] for one in tex.ACCENTS.values() if one[1:].isalpha()}


@pytest.mark.parametrize("made", ["made", "hostile", "drawn"])
def test_latex_is_ascii_with_its_braces_closed_and_no_word_from_a_text(made: str) -> None:
    text = latex([getattr(sheets, made)()], Manner("after"))
    assert text.isascii()
    assert text.startswith(tex.PREAMBLE)
    inside = text.removeprefix(tex.PREAMBLE).removesuffix(tex.END)
    assert set(re.findall(r"\\([A-Za-z]+)", inside.replace(r"\\", ""))) <= WORDS
    bare = re.sub(r"\\[\\{}$&#%_]", "", inside)
    depth = 0
    for one in bare:
        depth += (one == "{") - (one == "}")
        assert depth >= 0
    assert depth == 0
    assert not re.search(r"[$#%~]|(?<!\\)&(?! |amp)", re.sub(r"\\char\"[0-9A-F]+|~", "", bare))
    ends = re.findall(r"\\(begin|end)\{(\w+)\}", bare)
    assert sorted(name for kind, name in ends if kind == "begin") == sorted(
        name for kind, name in ends if kind == "end"
    )
    assert "document" not in {name for _, name in ends}


def test_latex_keeps_the_name_of_a_table_on_its_page_and_breaks_a_long_last_line() -> None:
    made = latex([sheets.made()], Manner())
    captions = re.findall(r"\\begin\{flushleft\}\\texttt\{.*?\}(\S+)\n\\begin\{tabular\}", made)
    assert captions == [r"\\*[2pt]"] * made.count(r"\begin{tabular}") != []
    assert r"{\raggedright\footnotesize \texttt{\# dlcli exercise" in made


def test_latex_keeps_the_blanks_of_a_line_and_what_it_begins_with() -> None:
    made = tex.lines(["  a  b c", "", "* x", "[1]", "\\ y"]).splitlines()
    assert made[1:-1] == [
        r"\ \ a\ \ b c\\", r"\mbox{}\\", r"{*} x\\", r"{[}1{]}\\", r"\textbackslash{} y",
    ]  # fmt: skip


@pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="no TeX here, and none is installed for one test"
)
def test_latex_compiles(tmp_path: Path) -> None:
    text = latex([sheets.made(), sheets.hostile()], Manner("end"))
    signs = "".join((*tex.SIGNS, *tex.TEXT)) + "".join(map(chr, range(33, 127))) + "ŽčąőůÿğİẾ中"
    (tmp_path / "sheet.tex").write_text(text.replace(tex.END, tex.escaped(signs) + "\n" + tex.END))
    line = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "sheet.tex"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
