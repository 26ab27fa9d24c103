"""The guide: every line in it runs, and what it shows is what the line gives."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
from pathlib import Path
from types import ModuleType

import pytest

from dlcli.cli import CHAPTERS, COMMANDS

ROOT = Path(__file__).parent.parent


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "docs" / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKE = script()


@pytest.mark.parametrize("page", MAKE.PAGES, ids=lambda page: page.name)
def test_a_page_shows_what_its_lines_give(page: Path, tmp_path: Path) -> None:
    if MAKE.needs_model(page) and not os.environ.get("DLCLI_MODEL"):
        pytest.skip("DLCLI_MODEL names no folder of all-MiniLM-L6-v2")
    assert list(MAKE.out_of_date(page, tmp_path)) == []


@pytest.mark.parametrize(
    "page", [page for page in MAKE.PAGES if ">>> " in page.read_text()], ids=lambda page: page.name
)
def test_python_on_a_page_gives_what_it_shows(page: Path) -> None:
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert (failed, tried > 1) == (0, True)


def test_a_page_that_shows_something_else_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ dlcli conv '1 2' -k 1 -f csv\n1.0,3.0\n```\n")
    assert list(MAKE.out_of_date(page, tmp_path)) == ["page.md"]
    page.write_text("```console\n$ dlcli conv '1 2' -k 1 -f csv\n1.0,2.0\n```\n")
    assert list(MAKE.out_of_date(page, tmp_path)) == []


def test_the_words_of_a_screen_in_a_table_are_what_it_shows_now(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    row = "| 1 | `dlcli conv '1 2' -k 1 -f csv \\| dlcli show` | a row: `{}` | `as it is` |\n"
    page.write_text(row.format("table, 9 × 7 (row, column)"))
    assert list(MAKE.out_of_date(page, tmp_path, mend=True)) == ["page.md"]
    assert page.read_text() == row.format("table, 1 × 2 (row, column)")
    assert list(MAKE.out_of_date(page, tmp_path)) == []
    for words in ("table of 1 × 2", ""):
        page.write_text(row.format(words))
        with pytest.raises(SystemExit, match=r"shows nowhere|nothing is quoted"):
            list(MAKE.out_of_date(page, tmp_path))


#: The sections of the course notes that tell of something to see.
NOTES = [
    *("1.1", "1.2", *(f"2.{section}" for section in range(1, 14)), "3", "3.0.1"),
    *("4.1", "4.2", *(f"4.3.{section}" for section in range(1, 10)), "4.4"),
    *(f"4.4.{section}" for section in range(1, 10)),
    *("4.5", "4.5.1", "4.5.2", "4.5.3", "4.6", "4.6.1"),
    *("5.1", "5.2", "5.3", "5.4", "5.5", "5.5.1", "5.6"),
]


def test_no_section_of_the_notes_is_without_a_line() -> None:
    text = (ROOT / "docs" / "course.md").read_text()
    first = [found[0].split("|")[1] for found in MAKE.ROW.finditer(text)]
    heads = [re.match(r" [\d., ]+", cell) for cell in first]
    told = {number.strip() for head in heads if head for number in head[0].split(",")}
    assert sorted(set(NOTES) - told) == []
    headings = re.findall(r"^## (\w+)$", text, re.MULTILINE)
    assert headings == list(CHAPTERS)
    asked = sum(line.startswith("| ") and "`dlcli " in line for line in text.splitlines())
    assert asked == len(first)


def test_pictures_belong_to_a_line_and_lines_to_a_picture() -> None:
    drawn = {file for page in MAKE.PAGES for _, file in MAKE.PICTURE.findall(page.read_text())}
    assert {file.name for file in (ROOT / "docs").iterdir() if file.suffix in (".svg", ".gif")} == drawn
    shown = [file for page in MAKE.PAGES for file in MAKE.SHOWN.findall(page.read_text())]
    assert sorted(shown) == sorted(drawn)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_chapter_has_a_page_with_a_picture(chapter: str) -> None:
    page = ROOT / "docs" / f"{chapter.lower()}.md"
    assert f"(docs/{page.name})" in (ROOT / "README.md").read_text()
    assert MAKE.SHOWN.search(page.read_text())


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_in_the_guide(name: str) -> None:
    assert any(re.search(rf"^\$ .*\bdlcli {name}\b", page.read_text(), re.MULTILINE) for page in MAKE.PAGES)
