"""Pictures of the page for docs/lab.md: ``python docs/make_lab.py`` takes them, by hand, in Chromium.

It needs the extras ``lab`` and ``browser``. Colours are reduced to a palette, so that a picture is small.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

FOLDER = Path(__file__).parent

#: Colours of the palette: the fewer only where a picture has too many bytes with the more.
COLOURS = 256, 128

#: The most bytes of a picture.
MOST = 120_000


def main() -> None:
    """Start a page over a folder with a photo, and take its pictures."""
    from playwright.sync_api import sync_playwright

    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        shutil.copy(FOLDER.parent / "samples" / "cat.png", Path(folder, "photo.png"))
        words = [sys.executable, "-m", "dlcli", "lab", "--no-browser"]
        server = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            assert server.stdout is not None
            page = browser.new_page(viewport={"width": 1200, "height": 760})
            page.goto(server.stdout.readline().strip())
            page.wait_for_selector("body[data-idle]")
            take(page)
        finally:
            browser.close()
            server.terminate()
            server.communicate()


def take(page: Any) -> None:
    """The pictures of the page, one after the other."""

    def show(line: str) -> None:
        after(page, lambda: page.evaluate("line => { location.hash = encodeURIComponent(line) }", line))

    show("conv sample:exercise --kernel '0.9 1.1; -2.8 0.8' --bias 0.15 --explain 0,1")
    keep(page, "lab.png")
    show("conv photo.png --kernel diag | pool --size 4")
    page.locator('section[data-part="result"]').first.scroll_into_view_if_needed()
    box = page.locator('section[data-part="result"] img').first.bounding_box()
    page.mouse.move(box["x"] + 220, box["y"] + 100)
    page.wait_for_selector("#tip:has-text(':')")
    keep(page, "lab-pipe.png")
    page.mouse.move(0, 0)
    page.emulate_media(color_scheme="dark")
    show("attn 'the cat sat on the mat' --causal")
    page.locator("section", has_text="Weights").last.scroll_into_view_if_needed()
    page.focus('[id="option--causal"]')
    keep(page, "lab-dark.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 420, "height": 760})
    show("pool sample:exercise --size 2")
    page.click("[data-shows=options]")
    size = '[data-flag="--size"] input[type=text]'
    page.fill(size, "0")
    after(page, lambda: page.press(size, "Enter"))
    keep(page, "lab-narrow.png")


def after(page: Any, act: Callable[[], Any]) -> None:
    """Do something, and wait until the page has nothing more to do."""
    before = page.evaluate("document.body.dataset.idle")
    act()
    page.wait_for_selector(f'body:not([data-idle="{before}"]):not(.busy)')


def keep(page: Any, name: str) -> None:
    """Write what is seen, in few colours."""
    with Image.open(io.BytesIO(page.screenshot())) as taken:
        for colours in COLOURS:
            small = taken.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
            small.save(FOLDER / name, optimize=True)
            size = (FOLDER / name).stat().st_size
            if size <= MOST:
                print(f"{name}: {size:,} bytes, {colours} colours")
                return
    raise SystemExit(f"{name} has more than {MOST:,} bytes")


if __name__ == "__main__":
    main()
