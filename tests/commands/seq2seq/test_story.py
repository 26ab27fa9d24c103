"""The story of an encoder and a decoder: what stands in it, what fits, what is pointed at."""

from __future__ import annotations

import re
from typing import Any

import pytest
from rich.cells import cell_len

TRANSLATOR = ("--weights", "sample:translator")


def told(cli: Any, *words: str, width: int = 80) -> str:
    ended = cli("seq2seq", *words, "-f", "plain", "--width", str(width))
    assert (ended.code, ended.err) == (0, "")
    out: str = ended.out
    return out


def test_the_parts_of_the_story_stand_in_the_house_s_order(cli: Any) -> None:
    page = told(cli, "the dog sings", *TRANSLATOR)
    heads = re.findall(r"^(\w[\w ]*?)(?=  |$)", page, re.MULTILINE)
    assert heads == ["Input", "Formula", "Course notes", "Weights", "Encoder", "Context", "Answer", "Decoder", "Product",
                     "Likeliest words", "Notice", "Try next"]  # fmt: skip


def test_the_net_and_its_convention_are_told(cli: Any) -> None:
    page = told(cli, "the dog sings", *TRANSLATOR, "--details")
    assert "  layout  as Keras has it: x W, inputs in rows; gates z r h\n" in page
    assert "  reset   after the product: n = tanh(x W + b + r·(h U + b′))\n" in page
    assert "  encoder f    16 → 32, GRU cells, 4800 parameters\n" in page
    assert "Context  c = h[2], 32 numbers for all that was read: " in page


def test_each_word_has_its_factor_and_the_product_is_written_out(cli: Any) -> None:
    page = told(cli, "the dog sings", *TRANSLATOR)
    assert "Answer  “der Hund singt”, p = 0.9895\n" in page
    assert re.search(r"  1 Hund +−0\.00\d+  0\.99\d+  █+", page)
    factors = re.search(r"p\(y \| c\) +([\d. ·]+) = 0\.9895\n", page)
    assert factors is not None
    product = 1.0
    for factor in factors[1].split(" · "):
        product *= float(factor)
    assert product == pytest.approx(0.9895, abs=3e-4)


def test_a_long_product_is_cut_in_the_middle(cli: Any) -> None:
    page = told(cli, "a b", "--target", " ".join("ab" * 6))
    assert "· … ·" in page
    assert "+ … −" in page.replace("\n                  ", " ")


def test_of_one_word_there_is_no_product(cli: Any) -> None:
    page = told(cli, "the cat sat")
    assert "Answer  nothing but the end, p = 0.2548\n" in page
    assert "  p(y | c)      0.2548\n" in page
    assert "Nobody has trained these weights" in page


def test_few_words_are_a_matrix_and_many_the_likeliest(cli: Any) -> None:
    assert "\nProbabilities\n" in told(cli, "the cat sat")
    page = told(cli, "the dog sings", *TRANSLATOR)
    assert "  step  likeliest" in page
    assert "     0  der 0.99" in page


@pytest.mark.parametrize(("width", "columns"), [(80, 4), (120, 5), (40, 2)])
def test_what_is_not_listed_of_a_beam_is_counted(width: int, columns: int, cli: Any) -> None:
    page = told(cli, "the cat sees a", *TRANSLATOR, "--beam", "9", width=width)
    beam, search = page[page.index("Beam") : page.index("Notice")].split("\nSearch")
    assert "9 side by side" in beam
    assert re.findall(r"^  and 4 more$", beam, re.MULTILINE)
    heads = next(line.split() for line in search.splitlines() if line.startswith("  step "))
    assert heads == ["step", *"12345"[:columns]]
    assert f"  and up to {9 - columns} more at each step\n" in search


def test_a_beam_that_is_listed_whole_has_no_more(cli: Any) -> None:
    page = told(cli, "hears woman", *TRANSLATOR, "--beam", "3")
    assert not re.search(r"and .*\d more", page)
    narrow = told(cli, "hears woman", *TRANSLATOR, "--beam", "3", width=40)
    assert re.search(r"and up to \d more at each step", narrow)


def test_ten_digits_of_a_score_stay_within_forty_columns(cli: Any) -> None:
    words = ("the cat sees a dog", *TRANSLATOR, "--explain", "3,einen", "--precision", "10")
    page = told(cli, *words, width=40)
    assert max(map(cell_len, page.splitlines())) <= 40
    wide = told(cli, *words, width=120)
    digits = re.compile(r"[\d.−]{4,}")
    cut = slice(page.index("Score"), page.index("Softmax"))
    assert digits.findall(page[cut]) == digits.findall(wide[wide.index("Score") : wide.index("Softmax")])


def test_a_beam_is_told_with_its_way(cli: Any) -> None:
    page = told(cli, "hears woman", *TRANSLATOR, "--beam", "3")
    assert "  1  −1.659  0.1903  die Frau hört eine Frau <end>\n" in page
    assert "  step  1           2            3\n     0  hört 0.344  die 0.306    das 0.156\n" in page


def test_a_decoder_that_did_not_end_is_told(cli: Any) -> None:
    page = told(cli, "1 0 1", "--target-vocabulary", "up down", "--steps", "3", "--seed", "3")
    assert "The decoder did not end by itself: --steps 3 ended it." in " ".join(page.split())
    assert "did not end" not in told(cli, "the dog sings", *TRANSLATOR)


def test_an_lstm_hands_on_two_states(cli: Any) -> None:
    assert "and as many of the cell state" in " ".join(told(cli, "a b", "--cell", "lstm").split())


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize(
    "line", [("--beam", "9"), ("--target", "die Hund singt"), ("--time",)], ids=lambda v: v[0]
)
def test_it_fits(line: tuple[str, ...], width: int, cli: Any) -> None:
    page = told(cli, "a dog sees the woman", *TRANSLATOR, *line, width=width)
    assert all(
        cell_len(row) <= width
        for row in page.split("\n")
        if "dlcli" not in row and not row.startswith("      ")
    )


@pytest.mark.parametrize(
    ("typed", "next_"),
    [
        (("--steps", "9", "--save-weights", "n.npz", "--layout", "torch"), "--steps 9 --explain 2,singt"),
        (("--target", "die Hund singt"), "--beam 3"),
        (("--steps", "9", "--beam", "3"), "--steps 9"),
    ],
    ids=("greedy", "target", "beam"),
)
def test_the_next_line_is_the_typed_one_with_or_without_a_thing(
    typed: tuple[str, ...], next_: str, cli: Any
) -> None:
    page = told(cli, "the dog sings", *TRANSLATOR, *typed, width=120)
    assert page.endswith(f"\n  dlcli seq2seq 'the dog sings' --weights sample:translator {next_}\n")


def test_the_next_line_keeps_the_sentence_though_nobody_trained_the_net(cli: Any) -> None:
    page = told(cli, "the cat sat", width=120)
    assert page.endswith("\n  dlcli seq2seq 'the cat sat' --explain '0,<end>'\n")
    assert cli("seq2seq", "the cat sat", "--explain", "0,<end>").code == 0


def test_the_next_line_keeps_the_weights_of_another_net(cli: Any) -> None:
    words = ("a b c", "--weights", "mine.npz")
    assert cli("seq2seq", "a b c", "--save-weights", "mine.npz").code == 0
    assert "\n  dlcli seq2seq 'a b c' --weights mine.npz --explain " in told(cli, *words, width=120)


def test_what_comes_from_outside_steers_nothing(cli: Any) -> None:
    page = told(cli, "\x1b[31mred [bold]x[/]", "--target-vocabulary", "a\u202eb [red]x[/]")
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "[red]x[/]" in page


def test_on_a_narrow_screen_sequences_and_probabilities_are_whole(cli: Any) -> None:
    page = told(cli, "hears woman", *TRANSLATOR, "--beam", "3", width=40)
    beam, rest = page[page.index("Beam") :].split("\nSearch")
    for sequence in ("die Frau hört eine Frau <end>", "die Frau hört eine Katze <end>"):
        assert sequence in beam
    assert "…" not in beam  # no number is cut, and none is left out
    assert re.search(r"^      log p +p$", beam, re.MULTILINE)
    assert "…" not in rest[: rest.index("\nNotice")]
    assert "hört 0.344" in rest
    likeliest = told(cli, "hears woman", *TRANSLATOR, width=40)
    table = likeliest[likeliest.index("Likeliest words") : likeliest.index("\nNotice")]
    assert "…" not in table
    assert "<end>" in table
    assert re.search(r"^  step  third$", table, re.MULTILINE)
