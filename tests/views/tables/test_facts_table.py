"""Names with what is to be said of them."""

from __future__ import annotations

from collections.abc import Callable

from dlcli.views.tables.facts_table import FactsTable


def test_words_wrap_within_their_column(draw: Callable[..., str]) -> None:
    table = FactsTable([("source", "a b c"), ("command", "conv sample:cat -k diag | show")])
    assert draw(table, 24) == "source   a b c\ncommand  conv sample:cat\n         -k diag | show"


def test_outside_text_steers_nothing(draw: Callable[..., str]) -> None:
    assert draw(FactsTable([("x\n", "[bold]\x1b[31m"), ("y", "")])) == "x␊  [bold]␛[31m\ny"


def test_markdown_is_a_table() -> None:
    assert FactsTable([("a|b", "1")]).markdown() == "|  |  |\n| --- | --- |\n| a\\|b | 1 |"
