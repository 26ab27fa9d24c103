import io
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from dlcli.views.text.text import JOINERS, STEERING, apart, clip, flush_left, flush_right, plain, visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat.png", "cat.png"),
        ("Katze äöü 猫 ёж", "Katze äöü 猫 ёж"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("a\nb\tc\r", "a␊b␉c␍"),
        ("\x00\x7f", "␀␡"),
        ("\x9b31m\x85", "\\x9b31m\\x85"),
        ("\u202egnp\u202c", "\\u202egnp\\u202c"),
        ("\u2066a\u2069", "\\u2066a\\u2069"),
        ("a\u200eb\u061c", "a\\u200eb\\u061c"),
        ("one\u2028two\u2029", "one\\u2028two\\u2029"),
        ("\ufeffbom\u00ad", "\\ufeffbom\\xad"),
        ("\U000e0041", "\\U000e0041"),
        (b"caf\xe9.png".decode("utf-8", "surrogateescape"), "caf\\xe9.png"),
        ("\ud800", "\\ud800"),
        ("می‌خواهم", "می‌خواهم"),
    ],
)
def test_steering_characters_become_visible_and_all_others_stay(text, expected):
    assert visible(text) == expected


def test_no_character_of_unicode_steers_after_visible():
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    left = {c for c in visible(every) if unicodedata.category(c) in STEERING}
    assert left == set(JOINERS)


@given(st.text(st.characters(categories=None), max_size=60))
def test_what_is_printed_is_one_line_that_encodes(text):
    page = Console(width=2000, file=io.StringIO(), color_system="truecolor", force_terminal=True, _environ={})
    page.print(plain(text))
    printed = page.file.getvalue()
    assert printed.count("\n") == 1
    assert "\x1b" not in printed
    printed.encode()


def test_brackets_are_no_markup():
    page = Console(width=80, file=io.StringIO(), force_terminal=True, color_system="truecolor", _environ={})
    page.print(plain("[bold red]x[/] [link=http://a]y[/link] :cat:"))
    assert page.file.getvalue() == "[bold red]x[/] [link=http://a]y[/link] :cat:\n"


@pytest.mark.parametrize(
    ("text", "cells", "expected"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("猫猫猫", 6, "猫猫猫"),
        ("猫猫猫", 5, "猫猫…"),
        ("猫猫猫", 4, "猫…"),
        ("a\x1b[31m", 3, "a␛…"),
        ("abc", 0, ""),
        ("", 4, ""),
    ],
)
def test_clip_counts_terminal_cells(text, cells, expected):
    assert clip(text, cells) == expected
    assert cell_len(clip(text, cells)) <= cells


def test_a_pile_of_accents_has_an_end():
    assert len(clip("e" + "\u0301" * 100_000, 10)) <= 41


def test_flushing_counts_wide_characters_twice():
    assert flush_left("猫", 4) == "猫  "
    assert flush_right("猫", 4) == "  猫"
    assert flush_right("longer", 2) == "longer"


@pytest.mark.parametrize(
    ("texts", "cells", "expected"),
    [
        (["TD(λ = 0.9), α = 0.01", "TD(λ = 0.9), α = 0.02"], 16, ["TD(λ = 0… = 0.01", "TD(λ = 0… = 0.02"]),
        (["the same", "the same"], 5, ["the …", "the …"]),
        (["猫猫猫猫1", "猫猫猫猫2"], 6, ["猫猫…1", "猫猫…2"]),
        (["abc1", "abc2"], 2, ["a…", "a…"]),
        (["abc1", "abc2"], 0, ["", ""]),
        (["a\x1bb1", "a\x1bb2"], 3, ["a…1", "a…2"]),
    ],
)
def test_what_is_cut_stays_apart(texts, cells, expected):
    assert apart(texts, cells) == expected


def test_a_great_many_texts_are_cut_at_once():
    texts = [f"the name of state {i}" for i in range(100_000)]
    assert len(set(apart(texts, 14))) > 90_000
