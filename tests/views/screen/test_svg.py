"""Drawings whose text begins where it is, and not with blanks."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

from dlcli.views.screen.svg import unindented


def test_blanks_move_the_text() -> None:
    text = '<text class="a" x="1" y="2" textLength="14" clip-path="url(#b)">&#160;&#160;&lt;宽&#160;c</text>'
    assert unindented(text) == (
        '<text class="a" x="5" y="2" textLength="10" clip-path="url(#b)">&lt;宽&#160;c</text>'
    )


def test_text_without_blanks_stays_as_it_is() -> None:
    text = '<text class="a" x="1.5" y="2" textLength="48">a&#160;b</text>'
    assert unindented(text) == text


def test_a_story_has_every_word_in_its_column(cli: Any) -> None:
    svg = cli("conv", "sample:exercise", "-k", "diag", "-f", "svg", "--width", "80").raw.decode()
    plain = cli("conv", "sample:exercise", "-k", "diag", "-f", "plain", "--width", "80").raw.decode()
    assert ">&#160;" not in svg
    root = ElementTree.fromstring(svg)
    words = [
        (round(float(text.attrib["x"]) / 12.2), (text.text or "").split("\xa0")[0])
        for text in root.iter("{http://www.w3.org/2000/svg}text")
        if re.search(r"-r\d+$", text.attrib.get("class", "")) and (text.text or "").strip()
    ]
    lines = plain.split("\n")
    assert words
    for column, word in words:
        assert any(line[column:].startswith(word) for line in lines), (column, word)
