"""A lesson as a page of slides and as Markdown."""

from __future__ import annotations

import os
import re
import shutil
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from dlcli.lessons.read import parse
from dlcli.lessons.shipped import found, shipped
from dlcli.lessons.slides import markdown, slides

LESSON = """# # A <b>
#
# See [x](javascript:alert(1)), ![p](http://127.0.0.1/p.png) and *this*.

echo '</script><i>'
#> </script><i>
#> ...
#> 3{*}
#! 3

#? Why `<i>`?
# Because.
# ---
# ## B
echo ```
"""


class Reader(HTMLParser):
    """The elements of a page, and the text of each kind."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.names: list[str] = []
        self.feed(page)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1], data))


def test_the_page_holds_all_of_the_lesson_and_nothing_of_it_is_markup() -> None:
    reader = Reader(slides(parse(LESSON)))
    assert reader.open == []
    assert reader.names.count("section") == 2
    assert reader.names.count("script") == 1
    assert [text for tag, text in reader.texts if tag in ("h1", "h2")] == ["A <b>", "B"]
    codes = [text for tag, text in reader.texts if tag == "code"]
    assert codes == ["echo '</script><i>'", "</script><i>\n…\n3…", "<i>", "echo ```"]
    assert ("p", "exit code 3") in reader.texts
    assert "i" not in reader.names
    assert "a" not in reader.names


def test_the_page_asks_nothing_of_a_network() -> None:
    page = slides(parse(LESSON))
    assert "default-src 'none'" in page
    assert "img-src data:;" not in page
    assert re.findall(r'(?:src|href)="(?!http://127)[^"]*"', page) == []


def test_the_text_is_markdown() -> None:
    said = markdown(parse(LESSON))
    assert said.startswith("# A <b>\n\nSee [x]")
    assert (
        "```sh\necho '</script><i>'\n```\n\n```text\n</script><i>\n...\n3{*}\n```\n\n> Why `<i>`?\n" in said
    )
    assert said.endswith("Because.\n\n---\n\n## B\n\n````sh\necho ```\n````\n")


@pytest.mark.xdist_group("browser")
def test_each_slide_of_the_lessons_that_come_along_fits_a_projector(tmp_path: Path) -> None:
    """A browser, for only it knows how large letters are; one for all of it."""
    chromium = shutil.which("chromium")
    if chromium is None or find_spec("playwright") is None:
        told = "pip install 'dlcli[browser,lab]', apt install chromium"
        (pytest.fail if os.environ.get("DLCLI_NEEDS_BROWSER") == "1" else pytest.skip)(told)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        for name in shipped():
            file = tmp_path / f"{name}.html"
            file.write_text(slides(found(name)))
            page.goto(file.as_uri())
            for number in range(1, len(found(name).slides) + 1):
                assert page.inner_text("#place") == f"{number} / {len(found(name).slides)}"
                zoom, over = page.evaluate(OVER)
                assert float(zoom) >= 0.8, f"{name}, slide {number}: too much on it"
                assert over == [], f"{name}, slide {number}"
                _to_the_next(page)
            _on_paper(page, tmp_path / "a.pdf", len(found(name).slides))
        _keys(page)
        _without_script(browser, file)
        browser.close()
        assert wrong == []


#: Of the slide in sight: how its letters are reduced, and the elements that reach beyond it.
OVER = """() => {
  const slide = document.querySelector(".here");
  const over = [slide, ...slide.querySelectorAll("pre")];
  return [getComputedStyle(slide).zoom, over.filter((one) => one.scrollWidth > one.clientWidth + 1
    || (one === slide && one.scrollHeight > one.clientHeight + 1)).map((one) => one.outerHTML)];
}"""


def _to_the_next(page: Any) -> None:
    for _ in range(page.locator(".here .then").count() + 1):
        page.keyboard.press("ArrowRight")


def _keys(page: Any) -> None:
    """Home, what a question hides, and back again."""
    page.keyboard.press("Home")
    seen = page.locator(".here .then.open")
    assert page.inner_text("#place").startswith("1 /")
    assert seen.count() == 0
    page.keyboard.press(" ")
    assert page.inner_text("#place").startswith("1 /")
    assert seen.count() == 1
    page.keyboard.press("Shift+ ")
    assert seen.count() == 0
    page.click("#forth")
    page.click("#forth")
    assert page.inner_text("#place").startswith("2 /")
    page.keyboard.press("PageUp")
    assert page.inner_text("#place").startswith("1 /")
    assert seen.count() == 1


def _without_script(browser: Any, file: Path) -> None:
    reader = browser.new_page(java_script_enabled=False, color_scheme="dark")
    reader.goto(file.as_uri())
    hidden = [one for one in reader.locator("section *").all() if not one.is_visible()]
    assert hidden == []
    assert not reader.locator("nav").is_visible()
    assert reader.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"


def _on_paper(page: Any, file: Path, count: int) -> None:
    """A page for each slide: what has no room stands on a second one, and is counted."""
    page.pdf(path=file, prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", file.read_bytes())) == count
