"""The page and the exported files in Debian's Chromium: one browser and one server for all of it.

A browser is the only judge of what can be clicked, read and reached by keys, of what is fetched, and of what a
content security policy stops.
"""

from __future__ import annotations

import http.server
import io
import math
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from PIL import Image

import dlcli
from dlcli.cli import COMMANDS
from dlcli.lab.forms import command_of, form
from dlcli.lessons.shipped import found

pytestmark = pytest.mark.xdist_group("browser")

CHROMIUM = shutil.which("chromium") or ""
NEEDED = ("playwright", "axe_playwright_python", "starlette", "uvicorn")
REQUIRED = os.environ.get("DLCLI_NEEDS_BROWSER") == "1"
ROOT = Path(dlcli.__file__).parents[1]

#: A line of each command that says nothing of files and looks.
LINES = {
    name: re.sub(r" (-o|-f) \S+", "", command_of(name).manual.examples[0].partition("  #")[0])
    for name in COMMANDS
}
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module", autouse=True)
def _needs() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None] + ["chromium"] * (not CHROMIUM)
    if missing:
        told = f"pip install 'dlcli[browser,lab]', apt install chromium: {', '.join(missing)} not found"
        (pytest.fail if REQUIRED else pytest.skip)(told)


@dataclass
class Server:
    """A page that is being served."""

    address: str
    folder: Path
    process: subprocess.Popen[str]

    @property
    def origin(self) -> str:
        return self.address.partition("/?")[0]

    def processes(self) -> int:
        """How many work for it now."""

        def below(number: int) -> int:
            found = Path(f"/proc/{number}/task/{number}/children").read_text().split()
            return sum(1 + below(int(word)) for word in found)

        for _ in range(10):
            with suppress(FileNotFoundError):  # one has ended meanwhile
                return below(self.process.pid)
        raise AssertionError("processes come and go")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests: it loads everything once."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(ROOT / "samples" / "cat.png", folder / "photo.png")
    (folder / f"{MARKUP}.csv").write_text(f"{MARKUP},<b>b</b>\n1,2\n3,4\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    words = [sys.executable, "-m", "dlcli", "lab", "--no-browser"]
    process = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield Server(process.stdout.readline().strip(), folder, process)
    process.terminate()
    process.communicate(timeout=10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Tab:
    """A page that is open, and what went wrong in it."""

    page: Any
    server: Server
    wrong: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(20_000)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.wrong.append(said.text))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def after(self, act: Callable[[], Any]) -> None:
        """Do something, and wait until the page has nothing more to do."""
        before = self.page.evaluate("document.body.dataset.idle || '0'")
        act()
        self.page.wait_for_selector(f'body[data-idle]:not([data-idle="{before}"]):not(.busy)')

    def show(self, line: str) -> None:
        """Show a line, as a link does."""
        if unquote(urlsplit(self.page.url).fragment) == line:
            return
        self.after(lambda: self.page.evaluate("line => { location.hash = encodeURIComponent(line) }", line))

    @property
    def line(self) -> str:
        return str(self.page.input_value("#line"))

    def text(self, selector: str) -> str:
        return " ".join(self.page.inner_text(selector).split())


@pytest.fixture(scope="module")
def opened(browser: Any, server: Server) -> Iterator[Tab]:
    """The page in one tab for all tests, which begin with a line of their own."""
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.origin)
    tab = Tab(context.new_page(), server)
    tab.page.goto(server.address)
    tab.page.wait_for_selector("#story section")
    yield tab
    context.close()


@pytest.fixture
def tab(opened: Tab) -> Iterator[Tab]:
    opened.wrong.clear()
    opened.page.set_viewport_size({"width": 1300, "height": 900})
    opened.page.emulate_media(color_scheme="light")
    yield opened
    assert opened.wrong == []
    assert all(url.startswith((opened.server.origin, "data:")) for url in opened.asked)


def field_of(flag: str) -> str:
    return f'#fields [data-flag="{flag}"]'


def pixel(picture: Any, row: int, column: int) -> tuple[int, int]:
    """Where a pixel of a picture is that is as large as its map."""
    box = picture.bounding_box()
    return math.ceil(box["x"] + column), math.ceil(box["y"] + row)


def axe(page: Any, rules: str = "all") -> list[str]:
    """What axe-core finds in a page; it stands in a package of PyPI, so that no other registry is needed."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    only = "{resultTypes: ['violations']" + (", runOnly: ['color-contrast']" if rules != "all" else "") + "}"
    found = page.evaluate(f"axe.run(document, {only})")
    return [
        f"{one['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


# ---- exported files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_exported_files_fetch_nothing_fit_and_can_be_read_by_all(
    name: str, browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = dlcli.run(LINES[name])
    context = browser.new_context(viewport={"width": 420, "height": 800})
    page = context.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    try:
        for form_ in ("svg", "html"):
            outcome.save(f"story.{form_}")
            page.goto(f"file://{tmp_path}/story.{form_}")
            ground = "getComputedStyle(document.querySelector('body, svg text')).color"
            page.emulate_media(color_scheme="light")
            light = page.evaluate(ground), page.screenshot(clip={"x": 0, "y": 0, "width": 300, "height": 200})
            page.emulate_media(color_scheme="dark")
            dark = page.evaluate(ground), page.screenshot(clip={"x": 0, "y": 0, "width": 300, "height": 200})
            assert light[1] != dark[1]
        assert {url.partition(":")[0] for url in fetched} <= {"file", "data"}
        assert [url for url in fetched if url.startswith("file:") and "/story." not in url] == []
        assert axe(page, "contrast") == []
        page.emulate_media(color_scheme="light")
        assert axe(page) == []
        for width in (420, 1200):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        context.close()


def test_a_page_of_a_thousand_explanations_stands_alone(browser: Any, tmp_path: Path) -> None:
    dlcli.run("pool sample:cat --size 8 --explain all").save(tmp_path / "all.html")
    assert (tmp_path / "all.html").stat().st_size <= 2_000_000
    context = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    page = context.new_page()
    wrong: list[Any] = []
    page.on("pageerror", lambda error: wrong.append(error))
    try:
        begun = time.monotonic()
        page.goto(f"file://{tmp_path}/all.html")
        page.wait_for_selector("#arithmetic[data-ready]", state="attached")
        assert time.monotonic() - begun < 5
        picture = page.locator(".asks")
        assert picture.count() == 1  # what is left, not what was read
        box = picture.bounding_box()
        place = box["x"] + box["width"] * 2.5 / 56, box["y"] + box["height"] * 20.5 / 37
        page.mouse.move(*place)
        assert picture.evaluate("one => one.querySelector('[title]').title").startswith(
            "height 20, width 2, channel red: "
        )
        assert axe(page) == []
        page.fill("#cell", "36, 0, 0")
        page.press("#cell", "Enter")
        told = page.inner_text("#arithmetic")
        value = dlcli.run("pool sample:cat --size 8").sent[0].data[36, 0, 0]
        assert told.startswith(f"Cell 36,0,0: {value}")
    finally:
        context.close()
    assert wrong == []


# ---- the page -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["conv", "softmax", "stft", "attn", "train", "mdp"])
def test_the_page_can_be_read_by_all_and_fits(name: str, tab: Tab) -> None:
    tab.show(LINES[name])
    for width in (420, 1000, 1300):
        tab.page.set_viewport_size({"width": width, "height": 900})
        for pane in ("nav", "options", "story") if width < 1300 else ("story",):
            tab.page.evaluate(f"document.querySelector('[data-shows={pane}]').click()")
            assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    for group in tab.page.query_selector_all("#fields details"):
        group.evaluate("one => { one.open = true }")
    assert axe(tab.page) == []
    tab.page.emulate_media(color_scheme="dark")
    assert axe(tab.page, "contrast") == []


def test_the_form_has_every_option_and_its_help(tab: Tab) -> None:
    for name in ("conv", "attn", "td"):
        tab.show(LINES[name])
        made = tab.page.evaluate(
            "[...document.querySelectorAll('#fields [data-flag]')].map(one => one.dataset.flag)"
        )
        options = [option for group in form(name)["groups"] for option in group["options"]]
        assert {option["flag"] for option in options} <= set(made)
        told = tab.page.evaluate(
            "[...document.querySelectorAll('#fields [aria-describedby]')].map(one => "
            "[one.id.replace('option', ''), document.getElementById(one.getAttribute('aria-describedby')).textContent])"
        )
        helps = {option["flag"]: option["help"] for option in options if not option["elsewhere"]}
        assert {flag for flag, words in told if words.startswith(helps.get(flag, "\0"))} == set(helps)


def test_a_lesson_stands_beside_the_form_and_its_steps_run(tab: Tab) -> None:
    tab.show(LINES["conv"])
    page = tab.page
    page.evaluate("document.getElementById('lesson-recurrence').closest('details').open = true")
    page.click("#lesson-recurrence")
    page.wait_for_selector("#lesson h1")
    assert page.evaluate("document.activeElement.id") == "lesson"
    assert not page.is_visible("#nav")
    assert not page.is_visible("#lesson .then")
    lesson = found("recurrence")
    tab.after(lambda: page.click("#lesson .step button"))
    typed = lesson.commands[0].text.removesuffix(" -f rich")  # the page tells every story in its own way
    assert tab.line == " ".join(typed.replace('"', "'").split())
    assert page.inner_text("#story h2") == "Orders"
    page.click("#lesson >> text=Go on >> nth=0")
    assert page.is_visible("#lesson .then >> nth=0")
    needs = [command for command in lesson.commands if command.pipe is None]
    buttons = page.locator("#lesson >> text=Copy, for a shell")
    assert buttons.count() == len(needs) == 1
    page.evaluate("document.querySelectorAll('#lesson .then').forEach(one => { one.hidden = false })")
    buttons.click()
    assert page.evaluate("navigator.clipboard.readText()") == needs[0].text
    page.evaluate("document.querySelectorAll('#lesson details').forEach(one => { one.open = true })")
    assert axe(page) == []
    page.emulate_media(color_scheme="dark")
    assert axe(page, "contrast") == []
    for width in (420, 1000):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("document.querySelector('[data-shows=nav]').click()")
        assert page.is_visible("#lesson h1")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("#lesson .head button")
    assert page.evaluate("document.activeElement.id") == "lesson-recurrence"
    assert page.is_visible("#nav")


def test_a_slider_that_is_dragged_is_live_and_ends_with_the_right_story(tab: Tab) -> None:
    tab.show("conv sample:cat --kernel diag")
    painted = int(tab.page.evaluate("document.body.dataset.painted"))
    drag = """async selector => {
        const slider = document.querySelector(selector);
        for (const value of [2, 3, 4, 5, 6, 7, 8, 7, 6, 5]) {
            slider.value = value;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            await new Promise(done => setTimeout(done, 60));
        }
        slider.dispatchEvent(new Event("change", { bubbles: true }));
    }"""
    tab.after(lambda: tab.page.evaluate(drag, f"{field_of('--stride')} input[type=range]"))
    tab.page.wait_for_selector("#story :text('60 × 90')")
    assert tab.line == "dlcli conv sample:cat --kernel diag --stride 5"
    assert int(tab.page.evaluate("document.body.dataset.painted")) >= painted + 3
    assert unquote(urlsplit(tab.page.url).fragment) == tab.line
    tab.after(tab.page.go_back)
    assert tab.line == "dlcli conv sample:cat --kernel diag"


def test_a_cell_that_is_clicked_is_explained_and_everything_comes_back(tab: Tab, shell: Any) -> None:
    tab.show("conv sample:cat --kernel diag")
    picture = tab.page.locator("section[data-part=result] .over").first
    picture.scroll_into_view_if_needed()
    tab.after(lambda: tab.page.mouse.click(*pixel(picture, 99, 199)))
    told = tab.text("#arithmetic")
    assert told.startswith("Cell 99,199 Close")
    plain = shell("dlcli conv sample:cat --kernel diag --explain 99,199 -f csv")
    value = re.search(
        r"\n(\S+) at height 99", shell("dlcli conv sample:cat -k diag --explain 99,199 -f plain").out
    )
    assert plain.code == 0
    assert value is None or value[1] in told
    assert picture.locator("svg.marks rect.chosen").count() == 1
    tab.after(tab.page.reload)
    assert tab.text("#arithmetic") == told
    link = tab.page.url
    tab.show("softmax '1 2'")
    assert tab.page.locator("#arithmetic section").count() == 0
    other = tab.page.context.new_page()
    other.goto(link)
    other.wait_for_selector("#arithmetic section")
    assert " ".join(other.inner_text("#arithmetic").split()) == told
    other.close()
    tab.after(tab.page.go_back)
    assert tab.text("#arithmetic") == told


def test_the_cells_that_a_number_came_from_are_framed(tab: Tab) -> None:
    tab.show("conv sample:exercise --kernel '0.9 1.1; -2.8 0.8' --explain 0,1")
    lit = (
        "[...document.querySelectorAll('#story section[data-part=input] .lit')].map(one => one.dataset.cell)"
    )
    assert tab.page.evaluate(lit) == ["0,1", "0,2", "1,1", "1,2"]
    tab.after(lambda: tab.page.click("#story [data-part=result] [data-cell='2,0']"))
    assert tab.page.evaluate(lit) == ["2,0", "2,1", "3,0", "3,1"]
    tab.page.focus("#story [data-part=result] [data-cell='2,0']")
    tab.page.keyboard.press("ArrowRight")
    tab.after(lambda: tab.page.keyboard.press("Enter"))
    assert tab.line.endswith("'0.9 1.1; -2.8 0.8'")
    assert tab.page.evaluate(lit) == ["2,1", "2,2", "3,1", "3,2"]
    tab.show("conv sample:cat --kernel diag --stride 4 --explain 30,60")
    framed = "[...document.querySelectorAll('[data-part=input] rect.lit')].map(one => [one.x.baseVal.value, one.y.baseVal.value])"
    found = {tuple(place) for place in tab.page.evaluate(framed)}
    assert found == {(240, 120), (241, 120), (240, 121), (241, 121)}


def test_the_pointer_tells_place_and_value(tab: Tab, shell: Any) -> None:
    tab.show("conv sample:cat --kernel diag")
    picture = tab.page.locator("section[data-part=result] .over").first
    picture.scroll_into_view_if_needed()
    tab.page.mouse.move(*pixel(picture, 50, 100))
    tab.page.wait_for_selector("#tip:has-text(':')")
    value = shell("dlcli conv sample:cat --kernel diag").tensor.data[50, 100]
    assert tab.text("#tip") == f"height 50, width 100: {value:g}"
    sentence = "the cat sat on the mat and the dog ran to the other side"
    tab.show(f"attn '{sentence}' --emit weights")
    heat = tab.page.locator("svg image.asks").first
    heat.scroll_into_view_if_needed()
    box = heat.bounding_box()
    side = box["width"] / 14
    place = box["x"] + 5.5 * side, box["y"] + 1.5 * box["height"] / 14
    tab.page.mouse.move(*place)
    tab.page.wait_for_selector("#tip:has-text('query cat, key mat: ')")
    tab.after(lambda: tab.page.mouse.click(*place))
    assert tab.text("#arithmetic").startswith("Cell 1,5")
    assert tab.page.locator("svg.framed rect.chosen").count() == 1


def test_keys_alone_choose_a_command_a_value_and_a_cell(tab: Tab) -> None:
    tab.show("pool sample:cat --size 4")
    page = tab.page
    tab.after(page.reload)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    for _ in range(20):
        if page.evaluate("document.activeElement.className").startswith("over"):
            break
        page.keyboard.press("Tab")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        page.keyboard.press(key)
    page.wait_for_selector("#spoken:has-text('height 1, width 12')")
    tab.after(lambda: page.keyboard.press("Enter"))
    assert tab.text("#arithmetic").startswith("Cell 1,12")
    assert tab.line == "dlcli pool sample:cat --size 4"
    page.focus("#choose-conv")
    tab.after(lambda: page.keyboard.press("Enter"))
    assert tab.line == "dlcli conv sample:cat --kernel diag"
    assert page.evaluate("document.activeElement.id") == "choose-conv"
    page.focus(f"{field_of('--stride')} input[type=range]")
    tab.after(lambda: page.keyboard.press("ArrowRight"))
    assert tab.line.endswith("--stride 2")
    page.focus("#plus summary")
    page.keyboard.press("Enter")
    page.focus("#plus button:text-is('flatten')")
    tab.after(lambda: page.keyboard.press("Enter"))
    assert tab.line.endswith("| dlcli flatten")
    cards = [one.inner_text() for one in page.query_selector_all("#pipe b")]
    assert cards == ["sample:cat", "conv", "flatten"]
    offered = {name for name in COMMANDS if page.locator(f"#plus button:text-is('{name}')").count()}
    assert set(COMMANDS) - offered - {"lab"} == {name for name in COMMANDS if form(name)["reads"] is None} - {
        "lab"
    }


def test_what_is_refused_stands_at_its_control(tab: Tab) -> None:
    tab.show("conv sample:cat --kernel diag")
    stride = tab.page.locator(f"{field_of('--stride')} input[type=text]")
    stride.fill("0")
    tab.after(lambda: stride.press("Enter"))
    refusal = tab.page.locator(f"{field_of('--stride')} .refusal")
    assert "whole number from 1 on" in refusal.inner_text()
    assert stride.get_attribute("aria-errormessage") == refusal.get_attribute("id")
    assert tab.page.locator("#story.stale").count() == 1
    stride.fill("")
    tab.after(lambda: stride.press("Enter"))
    assert tab.page.locator(".refusal, #story.stale, [aria-invalid]").count() == 0


def test_an_option_is_quiet_where_it_does_nothing(tab: Tab) -> None:
    tab.show("conv sample:cat --kernel diag")
    quiet = tab.page.locator(f"{field_of('--pad-mode')} label.quiet")
    assert quiet.count() == 1
    padding = tab.page.locator(f"{field_of('--padding')} input[type=text]")
    padding.fill("1")
    tab.after(lambda: padding.press("Enter"))
    assert quiet.count() == 0
    assert tab.page.locator(f"{field_of('--groups')} label.quiet").count() == 0
    tab.show("pool sample:cat --size 4 --kind avg")
    assert tab.page.locator(f"{field_of('--p')} label.quiet").count() == 1
    tab.show("pool sample:cat --size 4 --kind lp")
    assert tab.page.locator(f"{field_of('--p')} label.quiet").count() == 0


def test_a_kernel_is_edited_as_numbers_and_the_copied_line_does_the_same_in_a_shell(
    tab: Tab, monkeypatch: pytest.MonkeyPatch, shell: Any
) -> None:
    tab.show("conv photo.png --kernel diag | pool --size 2")
    tab.after(lambda: tab.page.click("#stage-0"))
    kernel = field_of("--kernel")
    tab.after(lambda: tab.page.click(f"{kernel} :text('Edit as numbers')"))
    cell = tab.page.locator(f"{kernel} .grid input[type=text]").nth(1)
    cell.fill("-0.5")
    tab.after(lambda: cell.press("Enter"))
    tab.after(lambda: tab.page.click(f"{kernel} [aria-label='add a row']"))
    tab.page.click("#copy")
    tab.page.wait_for_selector("#copy:has-text('Copied')")
    line = tab.page.evaluate("navigator.clipboard.readText()")
    assert line == "dlcli conv photo.png --kernel '0 -0.5; 1 0; 0 0' | dlcli pool --size 2"
    tab.page.click("#save")
    tab.page.fill("#name", "mine.npy")
    tab.page.press("#name", "Enter")
    tab.page.wait_for_selector("#notes:has-text('Saved as')")
    tab.page.wait_for_selector("#nav button:text-is('dlcli-lab/mine.npy')")
    monkeypatch.chdir(tab.server.folder)
    ended = shell(f"{line} -o shells.npy")
    assert ended.code == 0
    assert Path("shells.npy").read_bytes() == Path("dlcli-lab/mine.npy").read_bytes()


def test_pictures_tables_and_sentences_come_in(tab: Tab) -> None:
    tab.show("show sample:cat")
    page = tab.page
    page.evaluate("for (const one of document.querySelectorAll('#nav details')) one.open = true")
    tab.after(lambda: page.set_input_files("#picture", str(tab.server.folder / "photo.png")))
    assert re.fullmatch(r"dlcli show dlcli-lab/pasted-[0-9a-f]+\.png", tab.line)
    drop = """([kind, data]) => {
        const held = new DataTransfer();
        held.items.add(new File([Uint8Array.from(atob(data), letter => letter.charCodeAt(0))], "any.png"));
        dispatchEvent(kind === "drop" ? new DragEvent(kind, { dataTransfer: held, cancelable: true })
            : new ClipboardEvent(kind, { clipboardData: held }));
    }"""
    for kind, shade in (("drop", 10), ("paste", 200)):
        picture = io.BytesIO()
        Image.new("L", (3, 2), shade).save(picture, "png")
        before = tab.line
        tab.after(
            lambda kind=kind, data=picture: page.evaluate(drop, [kind, b64encode(data.getvalue()).decode()])
        )
        assert tab.line != before
        assert "2 × 3 (height, width), uint8" in tab.text("#story")
    page.evaluate("for (const one of document.querySelectorAll('#nav details')) one.open = true")
    page.fill("#typed", "1 2 3\n4 5 6")
    tab.after(lambda: page.click("#use"))
    assert tab.line == "dlcli show '1 2 3; 4 5 6'"
    page.evaluate("for (const one of document.querySelectorAll('#nav details')) one.open = true")
    page.fill("#typed", "the cat sat")
    tab.after(lambda: page.click("#use"))
    assert tab.line == "dlcli show 'the cat sat'"
    page.fill("#line", "dlcli dropout '1 2 3 4' --seed 7")
    tab.after(lambda: page.press("#line", "Enter"))
    told = tab.text("#story")
    tab.after(page.reload)
    assert (tab.line, tab.text("#story")) == ("dlcli dropout '1 2 3 4' --seed 7", told)


def test_tables_of_a_spreadsheet_are_read_as_in_a_shell(tab: Tab) -> None:
    def used(text: str) -> None:
        tab.page.evaluate("for (const one of document.querySelectorAll('#nav details')) one.open = true")
        tab.page.fill("#typed", text)
        tab.after(lambda: tab.page.click("#use"))

    tab.show("softmax '1 2'")
    used("1,5\t2,5\n3\t4")
    assert re.fullmatch(r"dlcli softmax dlcli-lab/pasted-[0-9a-f]+\.tsv", tab.line)
    assert "2 × 2" in tab.text("#story")
    tab.after(lambda: tab.page.click("#choose-show"))
    assert "1.5 to 4" in tab.text("#story")
    used("1\t\t3\n4\t5\t6")
    assert "an empty cell is not a number" in tab.text(f"{field_of('Input')} .refusal")
    tab.show("attn 'a b'")
    used("the cat sat\nthe dog ran")
    assert tab.line.endswith(".txt")
    assert "the cat sat" in tab.text("#story")


def test_a_cell_is_explained_in_its_own_story(tab: Tab) -> None:
    (tab.server.folder / "one.csv").write_text("1,2\n3,5\n")
    (tab.server.folder / "two.csv").write_text("7,1\n0,5\n")
    tab.show("softmax one.csv two.csv")
    assert tab.text("#stage-input b") == "one.csv and 1 more"
    second = "#story article:nth-of-type(2) [data-part=result] [data-cell='0,1']"
    tab.after(lambda: tab.page.click(second))
    told = tab.text("#arithmetic")
    assert told.startswith("Cell 0,1 of result 2 Close")
    value = "0.002473"
    assert value in told
    assert tab.page.locator("#story article:nth-of-type(1) :is(.lit, .chosen)").count() == 0
    assert tab.page.locator(f"{second}.chosen").count() == 1
    tab.after(tab.page.reload)
    assert tab.text("#arithmetic") == told


def test_what_is_clicked_last_wins(tab: Tab) -> None:
    tab.show("softmax '2 1'")
    answers = tab.page.context
    held = "**/ask"

    def late(route: Any) -> None:
        body = route.request.post_data or ""
        if '"form":"stft"' in body or '"parse":"dlcli stft' in body or '"parse":"attn' in body:
            time.sleep(0.3)
        route.continue_()

    answers.route(held, late)
    try:
        clicks = "for (const name of ['stft', 'conv', 'stft', 'pool']) document.getElementById(`choose-${name}`).click()"
        tab.after(lambda: tab.page.evaluate(clicks))
        tab.page.wait_for_timeout(800)
        assert tab.line == "dlcli pool sample:cat --size 4"
        slow = "location.hash = encodeURIComponent(\"attn 'a b c'\"); setTimeout(() => document.getElementById('choose-conv').click(), 50)"
        tab.page.evaluate(slow)
        tab.page.wait_for_timeout(1500)
        assert tab.line.startswith("dlcli conv sample:cat")
    finally:
        answers.unroute(held)


def test_menus_and_lines_that_are_none(tab: Tab) -> None:
    page = tab.page
    tab.show("conv sample:cat --kernel diag | pool --size 4")
    page.set_viewport_size({"width": 420, "height": 900})
    left = "one => one.getBoundingClientRect().left + parseFloat(getComputedStyle(one, '::before').left)"
    assert all(
        place >= 0
        for place in page.locator("#pipe li:not(:first-child)").evaluate_all(f"all => all.map({left})")
    )
    page.set_viewport_size({"width": 1300, "height": 900})
    tab.show("kernels")
    page.evaluate("for (const one of document.querySelectorAll('#nav details')) one.open = true")
    tab.after(lambda: page.click("#nav button:text-is('sample:cat')"))
    assert tab.line == "dlcli show sample:cat"
    tab.show("conv sample:cat --kernel diag | pool --size 4")
    tab.after(lambda: page.click("#choose-upsample"))
    assert tab.line.startswith("dlcli conv sample:cat --kernel diag | dlcli upsample")
    tab.after(lambda: page.evaluate("document.getElementById('choose-attn').click()"))
    assert tab.line == "dlcli attn 'the cat sat on the mat'"
    page.fill("#line", "softmax '2 1' -o x.npz")
    tab.after(lambda: page.press("#line", "Enter"))
    assert tab.line == "dlcli softmax '2 1'"
    assert "x.npz" in tab.text("#notes")
    page.fill("#line", "softmax '2 1")
    tab.after(lambda: page.press("#line", "Enter"))
    assert page.locator("#story.stale").count() == 1
    page.click("#copy")
    page.wait_for_selector("#copy:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == "softmax '2 1"
    tab.show("conv no-such-file.png --kernel diag")
    tab.show("conv no-other-file.png --kernel diag")
    assert "no-other-file" in tab.text("#story")
    assert page.locator("#story.stale").count() == 0
    tab.show("conv sample:exercise --kernel '0 1; 1 0'")
    cell = page.locator(f"{field_of('--kernel')} .grid input[type=text]").nth(1)
    for typed in ("x", ""):
        cell.fill(typed)
        tab.after(lambda: cell.press("Enter"))
        assert "is not a number" in tab.text(f"{field_of('--kernel')} .refusal")
    cell.fill("2")
    tab.after(lambda: cell.press("Enter"))
    assert tab.line.endswith("--kernel '0 2; 1 0'")


def test_lines_to_try_next_are_links(tab: Tab) -> None:
    tab.show("conv sample:cat --kernel diag")
    link = tab.page.locator('[data-part="next"] a').first
    typed = link.inner_text()
    tab.after(link.click)
    assert unquote(urlsplit(tab.page.url).fragment).replace("'", "") == typed.replace("'", "")
    assert tab.page.locator("#arithmetic section").count() > 0


def test_an_input_that_begins_with_a_hyphen_comes_back_with_its_cell(tab: Tab) -> None:
    (tab.server.folder / "-dash.csv").write_text("1,2\n3,4\n")
    tab.show("softmax --axis 0 -- -dash.csv")
    tab.page.fill("#cell", "1,0")
    tab.after(lambda: tab.page.press("#cell", "Enter"))
    told = tab.text("#arithmetic")
    assert told.startswith("Cell 1,0 Close")
    tab.after(tab.page.reload)
    assert (tab.line, tab.text("#arithmetic")) == ("dlcli softmax --axis 0 -- -dash.csv", told)


def test_a_file_that_has_changed_is_told_anew(tab: Tab) -> None:
    table = tab.server.folder / "grows.csv"
    table.write_text("1 2\n3 4\n")
    tab.show("softmax grows.csv")
    table.write_text("1 2\n3 9\n")
    tab.after(lambda: tab.page.click("#story [data-part=result] [data-cell='1,1']"))
    assert tab.text("#notes") == "grows.csv has changed: this is the story of what it holds now"
    assert "1 to 9" in tab.text("#story")
    assert "0.998" in tab.text("#arithmetic")
    table.write_text("1 2\n3 5\n")
    tab.page.click("#save")
    tab.page.fill("#name", "grown.csv")
    tab.page.press("#name", "Enter")
    tab.page.wait_for_selector("#notes:has-text('Nothing is saved yet')")
    assert "1 to 5" in tab.text("#story")
    assert not (tab.server.folder / "dlcli-lab" / "grown.csv").exists()
    tab.page.press("#name", "Enter")
    tab.page.wait_for_selector("#notes:has-text('Saved as')")
    assert "0.880797" in (tab.server.folder / "dlcli-lab" / "grown.csv").read_text()


def test_the_focus_stays_where_the_arithmetic_was_closed(tab: Tab) -> None:
    tab.show("softmax '2 1'")
    tab.after(lambda: tab.page.click("#story [data-part=result] [data-cell='0,1']"))
    tab.page.click("#close")
    assert tab.page.evaluate("document.activeElement.id") == "cell"


def test_what_is_saved_is_what_stands_in_the_line(tab: Tab) -> None:
    def save(line: str, name: str, told: str) -> None:
        tab.page.fill("#line", line)
        tab.page.click("#save")
        tab.page.fill("#name", name)
        tab.page.press("#name", "Enter")
        tab.page.wait_for_selector(f"#notes:has-text('{told}')")

    tab.show("softmax '1 2'")
    save("softmax '3 3'", "même.csv", "Saved as")
    assert tab.line == "dlcli softmax '3 3'"
    assert "0.5" in (tab.server.folder / "dlcli-lab" / "même.csv").read_text()
    save("softmax '3 3' --temprature 2", "no.csv", "Nothing is saved")
    assert "no such option" in tab.text("#line-refused")
    assert not (tab.server.folder / "dlcli-lab" / "no.csv").exists()


def test_a_link_with_a_line_that_is_none_leaves_a_page_to_go_on_from(tab: Tab) -> None:
    page = tab.page.context.new_page()
    page.goto(f"{tab.server.origin}/#conv%20x.png%20--kernl%20diag")
    page.wait_for_selector("#line-refused:has-text('no such option')")
    assert page.input_value("#line") == "conv x.png --kernl diag"
    assert page.locator("#nav li > button").count() > 30
    page.evaluate("location.hash = '#%E0%A4%A'")
    page.wait_for_selector("#line-refused:has-text('no command')")
    assert page.input_value("#line") == "%E0%A4%A"
    page.click("#plus summary")
    page.click("#plus button:text-is('flatten')")
    page.wait_for_selector("#pipe b:text-is('flatten')")
    assert page.input_value("#line") == "dlcli conv sample:cat --kernel diag | dlcli flatten"
    assert page.evaluate("document.activeElement.id") == "stage-1"
    assert page.locator("#line-refused").is_hidden()
    page.close()


def test_any_cell_can_be_asked_for_by_its_place(tab: Tab) -> None:
    for line, typed in (("td random-walk --episodes 3", "5"), ("transformer 'the cat sat'", "cat,3")):
        tab.show(line)
        assert tab.page.locator("#story .asks").count() == 0
        tab.page.fill("#cell", typed)
        tab.after(lambda: tab.page.press("#cell", "Enter"))
        assert tab.text("#arithmetic").startswith(f"Cell {typed.replace('cat', '1')} Close")
        assert tab.page.locator("#arithmetic section").count() > 1
    tab.show("compare '1 2; 3 4' '1 2; 3 5' --explain 1,1")  # which fails, and has a story all the same
    assert tab.page.locator("#story .chosen").count() == 1
    tab.show("train mlp sample:digits8 --epochs 1 --per-class 5")
    assert tab.page.locator("#any-cell").is_hidden()


def test_a_command_that_cannot_read_what_is_there_begins_as_its_manual_does(tab: Tab) -> None:
    tab.show("returns '-1 2 6 3 2' --gamma 0.5")
    tab.after(lambda: tab.page.evaluate("document.getElementById('choose-mdp').click()"))
    assert tab.line == "dlcli mdp gridworld:4x4"
    assert "does not take the input" in tab.text("#notes")


def test_menus_and_lines_keep_their_place_and_the_focus(tab: Tab) -> None:
    page = tab.page
    tab.show("conv sample:cat --kernel diag | pool --size 4 | pool --size 2")
    for width in (1000, 420):
        page.set_viewport_size({"width": width, "height": 900})
        page.click("#plus summary")
        box = page.locator("#plus .menu").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1300, "height": 900})
    fits = "(one => one.scrollHeight <= one.clientHeight + 4)(document.getElementById('line'))"
    tab.show(f"softmax '{'1 2 3 ' * 16}' --axis last --temperature 0.5 | flatten")
    page.click("#save")
    assert page.evaluate(fits)
    page.keyboard.press("Escape")
    page.focus("[aria-label='Remove flatten']")
    tab.after(lambda: page.keyboard.press("Enter"))
    assert page.evaluate("document.activeElement.id") == "stage-0"
    tab.show("conv sample:cat --kernel diag")
    assert page.locator(f"{field_of('--groups')} input[type=range]").is_hidden()
    page.evaluate("for (const one of document.querySelectorAll('#nav details')) one.open = true")
    page.fill("#typed", " ")
    page.click("#use")
    page.wait_for_selector("#notes:has-text('There is nothing to use')")
    (tab.server.folder / "new.csv").write_text("1\n")
    page.evaluate("dispatchEvent(new Event('focus'))")
    page.wait_for_selector("#nav button:text-is('new.csv')")


def test_the_story_is_pale_when_nothing_answers(tab: Tab) -> None:
    tab.show("softmax '1 2'")
    tab.page.route("**/ask", lambda route: route.abort())
    try:
        tab.page.fill(f"{field_of('--temperature')} input[type=text]", "2")
        tab.after(lambda: tab.page.press(f"{field_of('--temperature')} input[type=text]", "Enter"))
        assert "nothing answers" in tab.text("#notes")
        assert tab.page.locator("#story.stale").count() == 1
    finally:
        tab.page.unroute("**/ask")
        tab.wrong.clear()  # the browser tells of requests that fail


def test_what_others_wrote_is_text(tab: Tab) -> None:
    tab.show(f"show '{MARKUP}.csv'")
    assert MARKUP in tab.text("#story")
    assert tab.page.locator("img[onerror], #story b").count() == 0
    assert MARKUP in tab.text("#nav")
    tab.show(f"show '{MARKUP}'")
    tab.show(f"conv '{MARKUP}' --kernel '{MARKUP}'")
    assert tab.page.locator(".refusal").count() >= 1
    assert tab.page.locator("img[onerror]").count() == 0


def test_a_page_on_another_port_gets_nothing(tab: Tab) -> None:
    """The browser sends the cookie to every port of the host: names in the request have to tell them apart."""

    class Quiet(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    page = tab.page.context.new_page()
    answered: list[int] = []
    page.on(
        "response", lambda answer: answer.url.startswith(tab.server.origin) and answered.append(answer.status)
    )
    try:
        page.goto(f"http://127.0.0.1:{other.server_address[1]}/")
        ask = """async ([url, mode]) => {
            const body = JSON.stringify({ form: "conv" });
            try {
                const answer = await fetch(url, mode ? { method: "POST", mode, body, credentials: "include" } : { credentials: "include" });
                return await answer.text();
            } catch (error) { return "failed"; }
        }"""
        for path, mode in (("/ask", "cors"), ("/ask", "no-cors"), ("/state", ""), ("/script/lab.js", "")):
            assert page.evaluate(ask, [tab.server.origin + path, mode]) in ("failed", "")
        asked = tab.page.evaluate(ask, [tab.server.origin + "/state", ""])
        assert '"chapters"' in asked
    finally:
        page.close()
        other.shutdown()
        other.server_close()


def test_a_browser_that_goes_ends_its_run(tab: Tab) -> None:
    before = tab.server.processes()
    page = tab.page.context.new_page()
    line = "td gridworld:4x4 --episodes 5000000"
    page.goto(f"{tab.server.origin}/#{quote(line)}")
    page.wait_for_selector("#fields h2:text-is('td')")
    time.sleep(0.5)
    assert tab.server.processes() > before
    page.close()
    time.sleep(1)
    assert tab.server.processes() <= before
