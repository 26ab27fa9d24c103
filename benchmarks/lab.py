"""``python -m benchmarks.lab``: how long the page takes, from a moved control to what is seen.

It needs Debian's Chromium and playwright. Values are never repeated. Times are those of the page's own clock,
from the event of the control to the second frame after the story was put in, so that it has been painted.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import click

#: What is shown, the flag that is moved, and the values that it takes.
CASES: tuple[tuple[str, str, Sequence[str]], ...] = (
    ("conv sample:cat --kernel diag", "--bias", [f"{0.5 + i / 7:.3f}" for i in range(200)]),
    ("pool sample:exercise --kind lp", "--p", [f"{1.5 + i / 9:.3f}" for i in range(200)]),
    ("softmax '2 1 0.1; 0.5 3 1'", "--temperature", [f"{0.5 + i / 11:.3f}" for i in range(200)]),
    ("attn 'the cat sat on the mat'", "--softcap", [f"{0.5 + i / 13:.3f}" for i in range(200)]),
    ("mdp gridworld:4x4", "--gamma", [f"{0.5 + i / 450:.4f}" for i in range(200)]),
)
GOALS = {"median": 100, "95 %": 150}

MOVE = """([selector, value]) => new Promise(done => {
    const control = document.querySelector(selector);
    const before = document.body.dataset.painted;
    const begun = performance.now();
    new MutationObserver((_, watch) => {
        if (document.body.dataset.painted === before) return;
        watch.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
    }).observe(document.body, { attributes: true });
    control.value = value;
    control.dispatchEvent(new Event("change", { bubbles: true }));
})"""

DRAG = """([selector, values]) => new Promise(async done => {
    const control = document.querySelector(selector);
    const before = Number(document.body.dataset.painted);
    const begun = performance.now();
    for (let i = 0; performance.now() - begun < 1500; i += 1) {
        control.value = values[i % values.length];
        control.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise(next => setTimeout(next, 16));
    }
    done([Number(document.body.dataset.painted) - before, control.value]);
})"""

CLICK = """column => new Promise(done => {
    const picture = document.querySelector(".over.asks");
    const box = picture.getBoundingClientRect();
    const before = document.body.dataset.explained;
    const begun = performance.now();
    new MutationObserver((_, watch) => {
        if (document.body.dataset.explained === before) return;
        watch.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
    }).observe(document.body, { attributes: true });
    const place = { clientX: box.x + column, clientY: box.y + 100 };
    picture.dispatchEvent(new MouseEvent("click", { ...place, bubbles: true }));
})"""


class Tab:
    """The page in a tab."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def show(self, line: str) -> None:
        """Show a line, and wait until nothing more is to be done."""
        before = self.page.evaluate("document.body.dataset.idle")
        self.page.evaluate("line => { location.hash = encodeURIComponent(line) }", line)
        self.page.wait_for_selector(f'body:not([data-idle="{before}"]):not(.busy)')

    def moved(self, flag: str, values: Sequence[str]) -> list[float]:
        """Milliseconds for each value of an option."""
        selector = f'[id="option{flag}"]'
        return [self.page.evaluate(MOVE, [selector, value]) for value in values]


def report(name: str, value: float, goal: float, unit: str = "ms", *, least: bool = False) -> None:
    """One line of the table."""
    kept = value >= goal if least else value <= goal
    sign = "≥" if least else "≤"
    print(f"{name:<58} {value:8.0f} {unit}  {sign} {goal:g}  {'' if kept else 'missed'}".rstrip())


@click.command()
@click.option(
    "--rounds", type=click.IntRange(5, 200), default=60, show_default=True, help="Moves of each case."
)
def main(rounds: int) -> None:
    """Start a page and move its controls."""
    from playwright.sync_api import sync_playwright

    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        words = [sys.executable, "-m", "dlcli", "lab", "--no-browser"]
        server = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            time.sleep(2)  # everything is loaded while the browser starts
            measure(browser, address, rounds)
        finally:
            browser.close()
            server.terminate()
            server.communicate()


def measure(browser: Any, address: str, rounds: int) -> None:
    """Print the table."""
    firsts, stories = [], []
    for _ in range(5):
        page = browser.new_page(viewport={"width": 1300, "height": 900})
        begun = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.wait_for_selector("#story section")
        stories.append(1000 * (time.perf_counter() - begun))
        firsts.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        page.close()
    report("first paint of the page, median of 5", median(firsts), 250)
    report("first story, median of 5", median(stories), 1000)
    tab = Tab(browser.new_page(viewport={"width": 1300, "height": 900}))
    tab.page.goto(address)
    tab.page.wait_for_selector("body[data-idle]")
    for line, flag, values in CASES:
        tab.show(line)
        times = sorted(tab.moved(flag, values[: rounds + 5])[5:])
        report(f"{line} {flag}, median", median(times), GOALS["median"])
        report(f"{line} {flag}, 95 %", times[int(0.95 * (len(times) - 1))], GOALS["95 %"])
    tab.show("conv sample:cat --kernel diag --bias 1")
    selector = '[data-flag="--bias"] input[type=range]'
    painted, last = tab.page.evaluate(DRAG, [selector, [f"{i / 8:g}" for i in range(-31, 32)]])
    tab.page.wait_for_selector("body:not(.busy)")
    report("stories of a drag of 1.5 s", painted, 15, "  ", least=True)
    line = tab.page.input_value("#line")
    print(f"{'it ends with':<58} {line.rpartition(' ')[2]:>8}     = {last}")
    cells = sorted(tab.page.evaluate(CLICK, column) for column in range(10, 10 + min(rounds, 40)))
    report("the arithmetic of a cell, from the click, median", median(cells), 100)


if __name__ == "__main__":
    main()
