"""The story of a transformer, and one of its numbers in full."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len

from dlcli.engines.transformer.blocks import Design, transformer
from dlcli.engines.transformer.random_weights import random_layers
from dlcli.engines.transformer.residual import angles, measures

TORCH = dict(np.load(Path(__file__).parents[2] / "data" / "torch_transformer.npz"))


def told(cli: Any, *words: str, width: int = 80) -> str:
    ended = cli("transformer", *words, "-f", "plain", "--width", str(width))
    assert (ended.code, ended.err) == (0, "")
    return str(ended.out)


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def test_untrained_weights_are_said_to_be_so(cli: Any) -> None:
    page = told(cli, "the cat sat on the mat", "--seed", "3")
    assert "16 numbers a word, drawn from seed 3: untrained" in page
    assert "untrained: drawn from seed 3" in page
    assert "the maps show how it works, and mean nothing yet" in " ".join(page.split())
    assert page.rstrip().endswith("--seed 3 --causal")


def test_what_each_part_did_is_the_measures(cli: Any) -> None:
    page = told(cli, "1 0 2 1; 0 1 1 3; 2 2 0 1")
    x = np.array([[1, 0, 2, 1], [0, 1, 1, 3], [2, 2, 0, 1]])
    made = transformer(x, random_layers(np.random.default_rng(0), 2, 4, 16), Design(2))
    rows = re.findall(r"^  (\d) (attention|feed-forward) +(.*)$", page, re.MULTILINE)
    assert len(rows) >= 4
    for (_, _, numbers), step in zip(rows, [s for b in made.blocks for s in b.steps], strict=False):
        wanted = measures(step)
        before, change, summed, scaled, after, turned = map(number, re.findall(r"−?[\d.]+", numbers))
        assert (before, change, summed) == pytest.approx(
            (wanted.before, wanted.change, wanted.summed), abs=0.006
        )
        assert (scaled, after, turned) == pytest.approx(
            (wanted.scaled, wanted.after, wanted.turned), abs=0.06
        )


def test_the_way_of_a_number_ends_at_the_output_and_its_sums_are_its_changes(cli: Any) -> None:
    page = told(cli, "the cat sat", "--norm", "pre", "--explain", "cat,5", "--precision", "6", width=120)
    rows = re.findall(r"^  \d +(?:attention|feed-forward) +(.*)$", page, re.MULTILINE)
    assert len(rows) == 4
    numbers = [[number(text) for text in row.split()] for row in rows]
    for before, change, *_, after in numbers:
        assert before + change == pytest.approx(after, abs=1e-4)
    for one, following in pairwise(numbers):
        assert one[-1] == pytest.approx(following[0], abs=1e-5)
    sums = [number(text) for text in re.findall(r"^ +(?:= change|sum) +(\S+)$", page, re.MULTILINE)]
    assert sums == pytest.approx([row[1] for row in numbers[2:]], abs=1e-5)
    output = cli("transformer", "the cat sat", "--norm", "pre").tensor.data[1, 5]
    assert number(
        re.findall(r"^Output +(\S+) at token cat, unit 5$", page, re.MULTILINE)[0]
    ) == pytest.approx(output, abs=1e-5)


def test_post_norm_is_the_formula_with_its_numbers(cli: Any) -> None:
    page = told(cli, "the cat sat", "--explain", "2,0", "--precision", "7", "--layer", "0", width=120)
    rows = re.findall(r"^  \d +(?:attention|feed-forward) +(.*)$", page, re.MULTILINE)
    assert len(rows) == 4
    for row in rows:
        x, change, mean, deviation, out = (number(text) for text in row.split())
        assert (x + change - mean) / deviation == pytest.approx(out, abs=1e-5)
    assert "Change by attention  block 0" in page


def test_step_by_step_is_told_when_it_is_causal(cli: Any) -> None:
    page = told(cli, "the cat sat", "--causal", "--layers", "1", "--dim", "4", "--hidden", "8")
    assert "keys and values stay; equal to the pass over all within 1e−12" in page
    steps = re.findall(r"^ +(\d)  (\w+) +(\d) +([\d,]+) +([\d,]+) +yes$", page, re.MULTILINE)
    assert [step[:3] for step in steps] == [("0", "the", "1"), ("1", "cat", "2"), ("2", "sat", "3")]
    # 4 F² + 2 F H a token, and 2 F for each key.
    assert [step[3] for step in steps] == ["136", "144", "152"]
    assert [step[4] for step in steps] == ["136", "288", "456"]
    assert "Step by step" not in told(cli, "the cat sat")


def test_a_decoder_tells_of_its_memory(cli: Any) -> None:
    page = told(cli, "le chat dort", "--decoder", "--memory", "the cat", "--maps", "memory")
    assert "memory M   “the cat”, through an encoder of 2 blocks" in page
    last = re.sub(r"[\s\\]+", " ", page)
    assert re.search(r"--decoder --memory 'the cat' --maps memory --explain \d,\d+ $", last)
    one = told(cli, "le chat dort", "--decoder", "--memory", "the cat", "--layers", "1")
    assert re.sub(r"[\s\\]+", " ", one).endswith("--memory 'the cat' --layers 1 --maps memory ")
    assert "through an encoder of 1 block drawn" in re.sub(r"\s+", " ", one)
    assert "x → norm(x + attention(x, M))" in page
    assert "block 1: at the memory" in page
    assert re.search(r"query +the +cat", page)
    explained = told(cli, "le chat dort", "--decoder", "--memory", "the cat", "--explain", "chat,1")
    assert "Change by memory attention  block 1" in explained


def test_a_sign_from_outside_does_nothing(cli: Any) -> None:
    from dlcli.tensor import Axis, Tensor

    x = Tensor(np.eye(2), (Axis("token", ("\x1b[31mred", "[bold]b")), Axis("unit")))
    ended = cli("transformer", "-f", "plain", "--causal", stdin=x)
    assert "\x1b" not in ended.out
    assert "[bold]b" in ended.out


def test_long_inputs_are_cut_short(cli: Any) -> None:
    words = " ".join(f"w{i}" for i in range(30))
    page = told(cli, words, "--heads", "16", "--causal", "--layers", "3")
    assert "and 18 more tokens" in page
    assert "8 of 16 heads" in page
    assert re.search(r"^ +29  w29 +30 ", page, re.MULTILINE)
    assert re.search(
        r"token +block 2 head 0 +block 2 head 1 +block 2 head 2 +block 2 head 3$", page, re.MULTILINE
    )
    other = told(cli, words, "--heads", "16", "--layers", "3", "--layer", "1")
    assert re.search(r"token +block 1 head 0 +block 1 head 1 ", other)
    assert not re.search(r"^ +15  w15 +16 ", page, re.MULTILINE)


def test_numbers_that_are_none_are_told(cli: Any) -> None:
    page = told(cli, "1 nan; 2 3", "--causal")
    assert "A number that is none (nan, inf) spreads to every token that looks at it" in " ".join(
        page.split()
    )
    assert re.findall(r"^ +0 +nan  nan ", page, re.MULTILINE)
    assert len(re.findall(r" yes$", page, re.MULTILINE)) == 2
    assert "equal to the pass over all within 1e−12" in page
    huge = told(cli, "1e308 1e308; 2 3")
    assert "e−15°" not in huge


def test_where_numbers_grew_too_large_is_told(cli: Any) -> None:
    """The input is finite: no number of it is none."""
    page = " ".join(told(cli, "1e200 1; 2 3").split())
    assert "A number that is none" not in page
    assert "In block 0 the scores of the attention are more than floats hold, 1.798e308" in page
    assert "it reaches 2 of 2 tokens." in page
    assert re.search(r" x change sum norm out turned 0 attention 3\.54e199 ", page)
    page = " ".join(told(cli, "1.7e308 1.7e308 1.7e308").split())
    assert "In block 0 the queries, keys or values of the attention are more" in page
    page = " ".join(told(cli, "1e200 1; 2 3", "--norm", "pre").split())
    assert "In block 0 the squares in the norm of the attention are more than floats hold" in page
    assert "it divides by inf, which leaves zeros. Pre-norm only adds" in page


def test_pre_norm_tells_how_the_tokens_grew(cli: Any) -> None:
    page = " ".join(told(cli, "the cat", "--norm", "pre").split())
    layers = cli("transformer", "the cat", "--norm", "pre", "--emit", "layers").tensor.data
    first, last = (np.sqrt((layers[place] ** 2).mean(axis=-1)).mean() for place in (0, -1))
    assert f"behind the last block they are {last / first:.3g} times as large" in page


def test_no_such_cell(cli: Any) -> None:
    ended = cli("transformer", "the cat", "--explain", "2,0", "-f", "plain")
    assert ended.code == 2
    assert "there is no cell 2,0 in the output: token 0 to 1, unit 0 to 15" in ended.err


def test_angles() -> None:
    a = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [1e300, 1e300], [np.nan, 1]])
    b = np.array([[2.0, 2.0], [-3.0, 0.0], [1.0, 1e-9], [1.0, 0.0], [0.0, 1e-300], [1.0, 1.0]])
    np.testing.assert_allclose(angles(a, b), [45, 180, np.degrees(1e-9), 0, 45, np.nan], rtol=1e-6)


def test_all_digits_that_are_asked_for_are_shown(cli: Any) -> None:
    words = ("a b", "--dim", "4")
    page = told(cli, *words, "--precision", "12", width=120)
    layers = cli("transformer", *words, "--emit", "layers").tensor.data
    weights = cli("transformer", *words, "--emit", "weights").tensor.data
    states = page[page.index("States") : page.index("Attention")].replace("−", "-")
    for value in layers[1].flat:
        assert f"{value:.14f}"[:10] in states
    assert f"{weights[1, 0, 0, 0]:.14f}"[:10] in page[page.index("Attention") :]
    assert re.search(r"^  0 +attention +\d\.\d{9,}", page, re.MULTILINE)


def test_rounding_is_no_number(cli: Any) -> None:
    """What equal directions and summands of 0 leave behind is not shown as an angle or a sum."""
    page = told(cli, "1e9 2e-7; 3 4; -5 123456789.123", "--causal")
    assert len(re.findall(r" 0\.0°$", page, re.MULTILINE)) == 3
    assert "e−" not in page[page.index("What each part did") : page.index("States")]
    page = told(cli, "a b", "--dim", "2", "--explain", "0,0")
    assert re.search(r"^ +\+ 2 others +0\.0000$", page, re.MULTILINE)


def test_forty_columns_cut_no_number(cli: Any) -> None:
    page = told(cli, "the cat sat", width=40)
    assert re.search(r"^  0 attention( +[\d.]+){3}$", page, re.MULTILINE)
    assert re.search(r"^  0 attention +× [\d.]+( +[\d.]+)? +[\d.]+°$", page, re.MULTILINE)


@pytest.mark.parametrize("width", [40, 80])
def test_parts_have_their_names_where_norms_have_gains_and_biases(
    width: int, cli: Any, tmp_path: Path
) -> None:
    """No part is cut and no column lost: what has no room goes on below."""
    prefix = "stack-post-relu/w/"
    arrays = {key.removeprefix(prefix): array for key, array in TORCH.items() if key.startswith(prefix)}
    np.savez(tmp_path / "w.npz", **arrays)
    np.save(tmp_path / "x.npy", TORCH["stack-post-relu/x"][0])
    page = told(
        cli, str(tmp_path / "x.npy"), "--weights", str(tmp_path / "w.npz"), "--norm", "pre", "--heads", "2", "--activation", "relu",
        "--eps", "1e-5", "--explain", "1,2", width=width,
    )  # fmt: skip
    way = page[page.index("Its way") : page.index("Change by")]
    heads = [word for line in re.findall(r"^  block +(.*)$", way, re.MULTILINE) for word in line.split()]
    assert heads == ["x", "change", "mean", "σ", "gain", "bias", "out"]
    assert re.search(r"^  1 feed-forward ", way, re.MULTILINE)
    assert "…" not in way


@pytest.mark.parametrize("precision", ["4", "12"])
def test_no_share_of_a_strongest_key_is_cut(precision: str, cli: Any) -> None:
    memory = ("--decoder", "--memory", "the cat sleeps", "--maps", "memory")
    line = ("le chat dort", *memory, "--precision", precision)
    page = told(cli, *line, width=40)
    table = page[page.index("Looks most at") : page.index("Step by step")]
    assert "…" not in table
    for layer in range(2):
        for head in range(2):
            assert f"block {layer} head {head}" in table
    page = told(cli, *line, "--explain", "1,2", width=40)
    shares = re.findall(r"^  head \d +\w+ \(([\d.]+)\)", page, re.MULTILINE)
    assert len(shares) == 4


@pytest.mark.parametrize("precision", ["9", "17"])
def test_many_digits_stay_within_forty_columns(precision: str, cli: Any) -> None:
    line = ("the cat sat on the mat", "--precision", precision, "--dim", "4", "--norm", "pre")
    for more in (("--explain", "2,3"), ("--emit", "weights", "--explain", "1,0,2,3")):
        page = told(cli, *line, *more, width=40)
        assert max(map(cell_len, page.splitlines())) <= 40


def test_many_tokens_are_seen_in_their_map(cli: Any) -> None:
    words = " ".join(f"w{place}" for place in range(100))
    page = told(cli, words, "--layers", "1", "--heads", "1")
    drawn = page[page.index("  head 0\n") : page.index("Looks most at")]
    assert re.search(r"^ +\d*[│┤].*[*#%@]", drawn, re.MULTILINE)
    top = number(re.findall(r"^ *0 +\|.*\| (\S+)$", drawn, re.MULTILINE)[0])
    assert 1 / 100 < top < 1
