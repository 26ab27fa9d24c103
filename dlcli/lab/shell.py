"""The frame of the page, and its style; what stands in it the script fetches."""

from __future__ import annotations

from importlib.resources import files

from dlcli.views.page.html import COLOURS, SHAPES
from dlcli.views.page.style import DRAWN_SHAPES, colour_rules

FRAME = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>dlcli lab</title>
<link rel="stylesheet" href="/lab.css">
<link rel="icon" href="data:,">
<script src="/lab.js" defer></script>
</head>
<body>
<a class="skip" href="#story">Skip to the story</a>
<header>
<h1>dlcli lab</h1>
<ol id="pipe" aria-label="Pipe"></ol>
<div id="line-row"><output id="line" aria-label="Command line"></output>
<button id="copy" type="button">Copy</button>
<button id="save" type="button">Save…</button></div>
</header>
<nav id="chapters" aria-label="Commands and inputs"></nav>
<main>
<section id="form" aria-label="Options"></section>
<section id="told" aria-label="Story">
<p id="notes" role="status" aria-live="polite"></p>
<div id="story" tabindex="-1"></div>
<section id="arithmetic" aria-label="Arithmetic of a cell" aria-live="polite"></section>
</section>
</main>
<noscript><p>The page needs its script.</p></noscript>
</body>
</html>
"""


def document() -> str:
    """The page before anything has been run."""
    return FRAME


def stylesheet() -> str:
    """The style of stories and of what stands around them."""
    own = files("dlcli.lab").joinpath("lab.css").read_text(encoding="utf-8")
    return SHAPES + DRAWN_SHAPES + colour_rules("auto", COLOURS) + own
