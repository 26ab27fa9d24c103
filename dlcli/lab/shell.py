"""The frame of the page, and its style; what stands in it the script fetches."""

from __future__ import annotations

from importlib.resources import files

from dlcli.views.page.html import COLOURS, SHAPES
from dlcli.views.page.style import DRAWN_SHAPES, colour_rules

#: The modules of the script; ``lab`` begins.
SCRIPTS = (
    "lab", "address", "asking", "cells", "controls", "elements", "form", "grid", "inputs", "lesson", "pipe",
    "state", "story", "words",
)  # fmt: skip

FRAME = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>dlcli lab</title>
<link rel="stylesheet" href="/lab.css">
<link rel="icon" href="data:,">
{preloaded}
<script src="/script/figures.js" defer></script>
<script type="module" src="/script/lab.js"></script>
</head>
<body>
<a class="skip" href="#story">Skip to the story</a>
<header>
<h1>dlcli lab</h1>
<ol id="pipe" aria-label="Pipe"></ol>
<details id="plus"></details>
<div id="line-row"><span aria-hidden="true">$</span>
<textarea id="line" rows="1" spellcheck="false" aria-label="Command line: Enter runs it"></textarea>
<button id="copy" type="button">Copy</button>
<button id="save" type="button" aria-label="Save the result">Save…</button>
<p id="line-refused" class="refused" role="alert" hidden></p></div>
<div id="panes" role="group" aria-label="Parts of the page">
<button type="button" data-shows="nav">Commands</button>
<button type="button" data-shows="options">Options</button>
<button type="button" data-shows="story">Story</button></div>
</header>
<nav id="nav" aria-label="Commands and inputs"></nav>
<aside id="lesson" aria-label="Lesson" tabindex="-1"></aside>
<main>
<section id="form" aria-label="Options"><div id="fields"></div><p id="help" aria-hidden="true"></p></section>
<section id="told" aria-label="Story">
<p id="notes" role="status" aria-live="polite"></p>
<p id="busy" aria-hidden="true">running…</p>
<div id="story" tabindex="-1"></div>
<form id="any-cell" hidden><label for="cell">Explain cell</label>
<input type="text" id="cell" autocomplete="off" spellcheck="false" aria-describedby="cell-of">
<select id="cell-story" aria-label="Of which result" hidden></select>
<button>Explain</button> <small id="cell-of" class="quiet"></small></form>
<section id="arithmetic" aria-label="Arithmetic of a cell" aria-live="polite" tabindex="-1"></section>
<p id="tip" aria-hidden="true" hidden></p>
<p id="spoken" role="status"></p>
</section>
</main>
<noscript><p>The page needs its script.</p></noscript>
</body>
</html>
"""


def document() -> str:
    """The page before anything has been run."""
    links = (f'<link rel="modulepreload" href="/script/{name}.js">' for name in SCRIPTS)
    return FRAME.format(preloaded="\n".join(links))


def script(name: str) -> bytes | None:
    """A module of the script, or what pages that stand by themselves have, too; None for another name."""
    if name == "figures":
        return files("dlcli.views.page").joinpath("cells.js").read_bytes()
    if name not in SCRIPTS:
        return None
    return files("dlcli.lab").joinpath("script", f"{name}.js").read_bytes()


def stylesheet() -> str:
    """The style of stories and of what stands around them."""
    own = files("dlcli.lab").joinpath("lab.css").read_text(encoding="utf-8")
    return SHAPES + DRAWN_SHAPES + colour_rules("auto", COLOURS) + own
