"""Markdown, read back by a parser of CommonMark and GitHub's tables: outside text stays text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Group
from rich.text import Text

from dlcli.views.pictures.picture import Picture
from dlcli.views.story import Section, Story
from dlcli.views.text.formula import Formula
from dlcli.views.text.markdown import escape, fence, table, to_markdown
from dlcli.views.text.text import visible

PARSER = MarkdownIt("gfm-like", {"linkify": False})
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


def read(markdown: str) -> list[tuple[str, str]]:
    """The blocks of a page: what each is, and the text in it."""
    blocks: list[tuple[str, str]] = []
    opened = ""
    for token in PARSER.parse(markdown):
        if token.type in ("fence", "code_block"):
            blocks.append((f"{token.type} {token.info}".strip(), token.content))
        elif token.type == "inline":
            kinds = {child.type for child in token.children or ()}
            assert kinds <= {"text", "text_special", "code_inline", "strong_open", "strong_close"}, kinds
            blocks.append((opened, "".join(child.content for child in token.children or ())))
        elif token.type.endswith("_open"):
            opened = token.type.removesuffix("_open")
    return blocks


SPECIAL = [
    "1. 2; 3 4",
    "12) a",
    "- a",
    "+ a",
    "---",
    "* a",
    "    a",
    "# a",
    "> a",
    "a|b",
    "a`b``c",
    "&amp; <b>x</b>",
    "![a](b)",
]


@given(TEXTS)
def test_outside_text_means_nothing(text: str) -> None:
    if shown := visible(text).strip():
        assert read(escape(text)) == [("paragraph", shown)]


@pytest.mark.parametrize("text", SPECIAL)
def test_nor_does_it_in_any_part_of_a_story(text: str) -> None:
    shown = text.strip()
    formula = Formula(text, text, "1")
    body = Group(formula, Formula("b", "2"))
    story = Story(
        Section("input", "Input"),
        Section("result", text, Text(text), body),
        Section("next", "Try", body=Text(text)),
        title=text,
    )
    assert read(to_markdown(story)) == [
        ("heading", shown),
        ("heading", "Input"),
        ("heading", shown),
        ("paragraph", shown),
        ("paragraph", f"{shown}: {text} = 1"),
        ("paragraph", "b: 2"),
        ("heading", "Try"),
        ("paragraph", shown),
    ]


@pytest.mark.parametrize("text", SPECIAL)
def test_a_table_keeps_its_cells(text: str) -> None:
    told = PARSER.parse(table([text, "b"], [[text, "1"], ["c", text]], right=[1]))
    cells = [token.children or [] for token in told if token.type == "inline"]
    shown = text.strip()
    assert ["".join(part.content for part in cell) for cell in cells] == [shown, "b", shown, "1", "c", shown]
    assert told[0].type == "table_open"
    assert sum(token.attrs.get("style") == "text-align:right" for token in told) == 3


def test_a_picture_is_drawn_in_letters_in_a_fence() -> None:
    photo = np.arange(64.0).reshape(8, 8)
    ((kind, text),) = read(to_markdown(Picture(photo, height=4), width=40))
    assert kind == "fence text"
    assert text.strip()
    assert max(map(len, text.split("\n"))) <= 40


@given(st.text("`a", max_size=9))
def test_a_fence_is_longer_than_what_is_in_it(text: str) -> None:
    assert read(fence(text)) == [("fence text", f"{text}\n")]
