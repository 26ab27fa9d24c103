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


def test_pictures_belong_to_a_line_and_lines_to_a_picture() -> None:
    drawn = {file for page in MAKE.PAGES for _, file in MAKE.PICTURE.findall(page.read_text())}
    assert {file.name for file in (ROOT / "docs").glob("*.svg")} == drawn
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
