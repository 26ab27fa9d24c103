"""The story of an attention."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest


def story(cli: Any, *words: str, **more: Any) -> str:
    ended = cli("attn", *words, "-f", "plain", **more)
    assert ended.code == 0, ended.err
    return ended.out


def flat(told: str) -> str:
    """The words of a page in one line."""
    return re.sub(r"\s+", " ", told)


def section(told: str, name: str) -> str:
    """The lines of one section."""
    found = re.search(rf"^{re.escape(name)}\b.*?(?=^\S|\Z)", told, re.MULTILINE | re.DOTALL)
    assert found, told
    return "\n".join(line.rstrip() for line in found[0].strip().splitlines())


def test_scores_by_hand(cli: Any) -> None:
    told = story(cli, "1 0; 0 1; 1 1", "--key", "2 0; 0 2", "--value", "10 0; 0 10")
    assert section(told, "Scores").splitlines()[1:] == [
        "         key", "  query  0  1", "      0  2  0", "      1  0  2", "      2  2  2",
    ]  # fmt: skip
    assert section(told, "Scaled").splitlines()[0] == "Scaled  ÷ √2 = 1.414"
    assert "      0  1.414  0.000" in section(told, "Scaled")
    assert "      0  0.804  0.196  1.000" in section(told, "Weights")
    assert "  0      0              0.804  0.713 bits   1.64 keys" in section(told, "Each query")
    assert "  2      0                0.5       1 bit      2 keys" in section(told, "Each query")
    assert "      0  8.044  1.956" in section(told, "Output")
    assert "a row of shares all alike has 1 bit" in told
    assert "keys from    2 × 2 (row, column), int64, 0 to 2" in section(told, "Input")


def test_words_are_said_to_be_untrained(cli: Any) -> None:
    told = story(cli, "the cat sat on the mat")
    assert "8 numbers a word, drawn from seed 0: untrained" in told
    assert "Untrained vectors know no meaning" in told
    assert "sines and cosines of the place are added" in told
    assert "Queries = keys = values" in told
    assert "  the    4      the (4)        0.805" in section(told, "Each query")
    assert section(told, "Try next").endswith("dlcli attn 'the cat sat on the mat' --explain 5,0")
    told = story(cli, "the cat", "--position", "none", "--dim", "4", "--seed", "3")
    assert "4 numbers a word, drawn from seed 3" in told
    assert "none: attention cannot tell the order of the words" in told
    assert "--position none --dim 4 --seed 3 --explain 1,0" in section(told, "Try next")


def test_what_may_not_be_seen(cli: Any) -> None:
    told = story(cli, "1 0; 0 1", "--causal")
    assert section(told, "Masked").startswith("Masked  1 of 4 hidden: exp(−inf) is 0")
    assert "−inf" in section(told, "Masked")
    assert "softmax(masked)" in section(told, "Attention")
    assert "no output depends on what comes later" in re.sub(r"\s+", " ", told)
    told = story(cli, "1 0; 0 1", "--mask", "0 0; 1 1")
    assert "1 query may look at nothing and gets zeros." in told
    assert "  0      nothing" in section(told, "Each query")
    assert "2 queries may look at nothing; each gets NaN, which is no number." in re.sub(
        r"\s+", " ", story(cli, "1 0; 0 1", "--mask", "0 0", "--fully-masked", "nan")
    )


def test_forty_columns_cut_no_number(cli: Any) -> None:
    told = section(story(cli, "the cat sat", "--width", "40"), "Each query")
    assert "  query  looks most …  share     entropy\n  the    the (0)       0.983  0.142 bits\n" in told
    assert "  no room for place, as even as\n" in told
    assert "no room" not in story(cli, "the cat sat")


def test_a_row_of_zeros_is_not_said_to_add_up_to_one(cli: Any) -> None:
    told = story(cli, "1 0; 0 1", "--mask", "0 0; 1 1")
    assert "the softmax of each row adds up to 1, unless it sees nothing\n" in told
    assert "the softmax of each row adds up to 1\n" in story(cli, "1 0; 0 1")


def test_what_is_no_number_is_said(cli: Any) -> None:
    told = story(cli, "1 2; nan 4")
    assert re.search(r"^  0      no number\n  1      no number\n", section(told, "Each query"), re.MULTILINE)
    assert "A number that is none (nan, inf) reaches 2 of 2 queries: it is in the sum of every" in flat(told)
    told = story(cli, "1 2; nan 4", "--causal")
    assert "reaches 2 of 2 queries: it is in the sum of every row, and 0 times it is no number" in flat(told)
    assert "no output depends on what comes later" not in flat(told)
    assert "  0      0                  1   0 bits" in section(told, "Each query")
    assert "  1      no number\n" in section(told, "Each query")
    assert "is none" not in story(cli, "1 2; 3 4")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("1e200 1; 2 3",), "Scores of more than floats hold, 1.798e308, are inf"),
        (("1e200 1; 2 3",), "has no numbers: none is left for 1 of 2 queries."),
        (
            ("1 2; 3 4", "--key", "nan 1; 1 1", "--value", "1; 2"),
            "reaches 2 of 2 queries: all that see its key.",
        ),
        (("nan 2; 3 4", "--key", "2 1; 1 1"), "reaches 1 of 2 queries: its own."),
        (("1 2; 3 4", "--value", "1; inf"), "reaches 2 of 2 queries: it is in the sum of every row"),
        (("1e200 0", "--key", "-1e200 0"), "All scores of 1 query are below −1.798e308"),
        (("1.7e308", "--project", "--seed", "1"), "hold, 1.798e308: no number is left for 1 of 1 query."),
    ],
)
def test_whence_an_output_is_no_number(line: tuple[str, ...], words: str, cli: Any) -> None:
    told = flat(story(cli, *line))
    assert words in told
    assert ("A number that is none" in told) == ("reaches" in words)


def test_heads_stand_beside_each_other(cli: Any) -> None:
    told = story(cli, "the cat sat on the mat", "--heads", "2", "--head", "1", "--project")
    assert section(told, "Attention").startswith("Attention  2 heads beside each other; head 1 below")
    assert "Q, K, V  X · Wq, X · Wk, X · Wv" in told
    assert re.search(r"head 0: [\d.]+ bits +head 1: [\d.]+ bits", section(told, "Heads"))
    assert "256 numbers from seed 0, untrained" in told


def test_with_and_without_the_division(cli: Any) -> None:
    told = story(cli, "4 0 0 0; 0 4 0 0", "--without-scaling")
    shown = section(told, "Without the division")
    assert re.search(r"with: 0\.00435 bits +without: 2\.76e−6 bits", shown)
    assert "0        1  0.00034        0       1  1.1e−7" in shown
    assert "softmax(scores / √4) beside softmax(scores)" in shown
    assert "varies √4 times as much" in flat(told)
    assert "gives nearly everything to one key, 1 in the mean (1 divided), and its gradient" in flat(told)


def test_what_the_division_changes_is_measured(cli: Any) -> None:
    """No softmax is said to collapse that does not; the bits are those above the maps."""
    line = ("the cat sat on the mat", "--causal", "--heads", "4", "--project", "--without-scaling")
    told = story(cli, *line)
    assert "nearly everything" not in flat(told)
    found = re.search(r"with: ([\d.]+) bits.*without: ([\d.]+) bits", told, re.DOTALL)
    assert found is not None
    assert f"undivided, the rows are sharper, {found[2]} bits for {found[1]}," in flat(told)
    weights, scaled = (
        cli("attn", *line[:-1], "--emit", emit).tensor.data[0] for emit in ("weights", "scores")
    )
    undivided = np.exp(np.where(np.tril(np.ones((6, 6))), scaled, -np.inf))
    undivided /= undivided.sum(axis=1, keepdims=True)
    means = [f"{shares[1:].max(axis=1).mean():.3g}" for shares in (undivided, weights)]
    assert "the strongest key of each has {} in the mean for {}.".format(*means) in flat(told)


def test_all_digits_that_are_asked_for_are_shown(cli: Any) -> None:
    words = ("1.23456789 2;3 4", "--precision", "12", "--width", "120")
    told = story(cli, *words)
    score, weight = 1.23456789**2 + 4, cli("attn", words[0], "--emit", "weights").tensor.data[0, 0]
    bits = cli("attn", words[0], "--emit", "entropy").tensor.data[0]
    for name, digits in (
        ("Queries = keys = values", "1.23456789"),
        ("Scores", f"{score:.9f}"),
        ("Scaled", f"{score / np.sqrt(2):.10f}"),
        ("Weights", f"{weight:.14f}"[:10]),
        ("Each query", f"{bits:.11g}"),
    ):
        assert digits in section(told, name)
    assert f"{score:.9f}" not in story(cli, words[0])
    value = section(story(cli, *words, "--explain", "0,0"), "Value")
    assert f"{1.23456789 * weight:.9f}" in value


def test_the_bits_of_the_notice_are_those_of_the_maps_where_a_query_sees_nothing(cli: Any) -> None:
    told = story(cli, "1 0; 0 1; 1 1", "--mask", "0 0 0; 1 1 1; 1 1 1", "--without-scaling")
    found = re.search(r"with: ([\d.]+) bits.*without: ([\d.]+) bits", told, re.DOTALL)
    assert found is not None
    assert f"the rows are sharper, {found[2]} bits for {found[1]}," in flat(told)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("1; 2",), "√1 is 1: with one feature nothing is divided."),
        (("1 1; 2 2", "--mask", "1 0"), "no query has more than one key to choose from here"),
        (("1e-5 0; 0 2e-5",), "here the rows are as even undivided: 1 bits."),
    ],
)
def test_a_division_that_changes_nothing(line: tuple[str, ...], words: str, cli: Any) -> None:
    assert words in flat(story(cli, *line, "--without-scaling"))


def test_the_sum_of_a_row_is_no_key(cli: Any) -> None:
    """Folded, a table says which of the keys stand there: the column Σ is none of them."""
    words = "antidisestablishmentarianism floccinaucinihilipilification is long"
    told = section(story(cli, words), "Weights")
    assert re.findall(r"^  key .*$", told, re.MULTILINE) == ["  key 0 to 2 of 4", "  key 3 of 4, Σ"]
    told = section(story(cli, words, "--width", "50"), "Weights")
    assert re.findall(r"^  (?:key .*|Σ)$", told, re.MULTILINE) == [
        *(f"  key {place} of 4" for place in range(4)),
        "  Σ",
    ]


@pytest.mark.parametrize(
    ("similarity", "formula"),
    [("dot", "Q · Kᵀ"), ("cosine", "Q · Kᵀ / (|q| · |k|)"), ("general", "Q · W · Kᵀ"), ("additive", "v · tanh(q A + k B)")],
)  # fmt: skip
def test_similarities_have_their_formula_and_no_division(similarity: str, formula: str, cli: Any) -> None:
    told = story(cli, "1 2; 3 4", "--similarity", similarity)
    assert f"scores   {formula}\n" in told
    assert "Scaled" not in told
    assert "softmax(scores)" in told
    explained = story(cli, "1 2; 3 4", "--similarity", similarity, "--explain", "0,1")
    assert {"dot": "q  k  product", "cosine": "11 / (2.236 · 5)", "general": "q W", "additive": "q A + k B"}[
        similarity
    ] in explained


def test_one_score_from_products_to_share(cli: Any) -> None:
    told = story(cli, "1 2; 3 4", "--key", "5 6; 7 8; 0 1", "--explain", "0,1")
    assert [line.rstrip() for line in told.splitlines()] == [
        "Input  2 × 2 (row, column), int64, 1 to 4",
        "",
        "Score  query 0, key 1",
        "  feature  q  k  product",
        "  0        1  7        7",
        "  1        2  8       16",
        "  sum                 23",
        "",
        "On its way",
        "  score   23",
        "  scaled  score / √2 = 23 / 1.414 = 16.26",
        "",
        "Softmax  of the row of query 0",
        "    key  scaled  exp(x − 16.26)   weight",
        "    0     12.02           0.014    0.014  ▍",
        "  ▸ 1     16.26           1.000    0.986  ███████████████████████▋",
        "    2      1.41         3.56e−7  3.51e−7",
        "                 ──────────────  ───────",
        "    sum                   1.014    1.000",
        "",
        "Value  0.9858 of the value of 1",
        "            feature",
        "  row           0      1",
        "     value  7.000  8.000",
        "  × weight  6.901  7.887",
        "    output  6.972  7.972",
        "  output: what all keys add up to",
        "",
        "Weight  0.9858: query 0 at key 1",
    ]


def test_a_long_row_is_cut_and_many_products_are_added_up(cli: Any) -> None:
    row = " ".join(map(str, range(40)))
    matrix = "; ".join([row] * 30)
    told = story(cli, matrix, "--explain", "3,20")
    assert "32 others" in section(told, "Score")
    assert "others" in section(told, "Softmax")
    assert "▸ 20" in section(told, "Softmax")
    assert "28 more features" in section(told, "Value")


def test_what_is_masked_is_explained(cli: Any) -> None:
    told = story(cli, "1 0; 0 1", "--causal", "--explain", "0,1")
    assert "masked  0 − inf = −inf" in told
    assert section(told, "Weight") == "Weight  0: query 0 at key 1"
    told = story(cli, "0 0; 0 1", "--mask", "0.5 1.5", "--explain", "0,1")
    assert "masked  0 + 1.5 = 1.5" in told


def test_a_map_of_a_sentence_names_every_word(cli: Any) -> None:
    told = section(story(cli, "sample:sentence"), "Weights")
    rows = [line.split("┤")[0].strip() for line in told.splitlines() if "┤" in line]
    assert rows[:5] == ["He", "was", "not", "an", "ill-disposed"]
    assert len(rows) == 22
