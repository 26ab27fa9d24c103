"""A lesson as slides for a browser, and as Markdown: what steps show is what the file says."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib.resources import files

from markdown_it import MarkdownIt

from dlcli.lessons.lesson import Block, Command, Lesson, Question, Slide, Text
from dlcli.views.page.elements import element, text
from dlcli.views.page.style import INK, LETTERS, LINK, MONOSPACED, PAPER, QUIET, RULE, SHADE, colour_rules
from dlcli.views.text.markdown import fence

COLOURS = (
    ("body", "color", INK),
    ("body", "background", PAPER),
    ("nav,.code", "color", QUIET),
    (".slide,th,td", "border-color", RULE),
    ("code,pre.typed", "background", SHADE),
    ("pre.typed,.question,button", "border-color", LINK),
    ("pre.typed,a", "color", LINK),
)

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="generator" content="dlcli">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'; \
script-src 'sha256-{digest}'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title><style>{style}</style></head>
<body><main>
{slides}
</main>
<nav aria-label="Slides"><button id="back" type="button" aria-label="Back">←</button>
<span id="place" role="status"></span><button id="forth" type="button" aria-label="Next">→</button></nav>
<script>{script}</script></body></html>
"""


def slides(lesson: Lesson) -> str:
    """A page that stands by itself: a slide at a time, all of them on paper and without a script."""
    script = _file("slides.js")
    style = f"body{{font-family:{LETTERS}}}code,pre{{font-family:{MONOSPACED}}}" + _file("slides.css")
    sections = (
        element("section", slide_html(slide), class_="slide", aria_label=f"Slide {number}", tabindex=-1)
        for number, slide in enumerate(lesson.slides, 1)
    )
    return PAGE.format(
        digest=b64encode(sha256(script.encode()).digest()).decode(),
        title=text(lesson.title),
        style=style + colour_rules("auto", COLOURS),
        slides="\n".join(sections),
        script=script,
    )


def slide_html(slide: Slide, line: Callable[[Command], str | None] = lambda command: None) -> str:
    """What stands on a slide; what follows a question in a part of its own, ``then``.

    A step whose ``line`` is not None has it as data, for a page that can run it.
    """
    parts: list[list[Block]] = [[]]
    for block in slide.blocks:
        parts[-1].append(block)
        if isinstance(block, Question):
            parts.append([])
    first, *others = ["".join(block_html(block, line) for block in part) for part in parts if part]
    return first + "".join(element("div", part, class_="then") for part in others)


def block_html(block: Block, line: Callable[[Command], str | None]) -> str:
    """Text, a question in a frame, or a command and below it what it shows."""
    if isinstance(block, Text):
        return rendered(block.markdown)
    if isinstance(block, Question):
        return element("div", rendered(block.markdown), class_="question", role="note")
    inside = element("pre", element("code", lines(block.text.split("\n"))), class_="typed")
    if block.expected:
        inside += element("pre", element("code", lines(block.expected)), class_="shown", tabindex=0)
    if block.code:
        inside += element("p", f"exit code {block.code}", class_="code")
    return element("div", inside, class_="step", data_line=line(block))


def lines(shown: Sequence[str]) -> str:
    """Lines as they stand: what is left open is an ellipsis."""
    return "\n".join(text(line.replace("{*}", "…") if line != "..." else "…") for line in shown)


def rendered(markdown: str) -> str:
    """Markdown as HTML: tags in it are text, and what it links to is looked at by markdown-it.

    >>> rendered("a *b* <i>")
    '<p>a <em>b</em> &lt;i&gt;</p>\\n'
    """
    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown))


def markdown(lesson: Lesson) -> str:
    """The lesson for a README or a course's page: commands and what they show in fences."""
    return "\n\n---\n\n".join("\n\n".join(map(_block, slide.blocks)) for slide in lesson.slides) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Text):
        return block.markdown.strip("\n")
    if isinstance(block, Question):
        return "\n".join(f"> {line}" for line in block.markdown.split("\n"))
    return "\n\n".join(_fences(block))


def _fences(command: Command) -> list[str]:
    fences = [fence(command.text, "sh")]
    if command.expected:
        fences.append(fence("\n".join(command.expected), "text"))
    return fences


def _file(name: str) -> str:
    return files("dlcli.lessons").joinpath(name).read_text(encoding="utf-8")
