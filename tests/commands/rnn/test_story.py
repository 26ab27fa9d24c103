"""The story of a recurrent net: equations, weights, steps, arithmetic, the gradient's way back, comparisons."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from dlcli.commands.rnn.unrolled import Unrolled
from dlcli.tensor import Axis, Tensor

SENTENCE = "the cat sat on the mat"
EQUATIONS = {
    "simple": ["h[t]   tanh(x[t] W + h[t−1] U + b)"],
    "leaky": ["h[t]   a · h[t−1] + (1 − a) · (x[t] W + b)", "0.9 · h[t−1] + 0.1 · (x[t] W + b)"],
    "lstm": [
        "f[t]   σ(x[t] W_f + h[t−1] U_f + b_f)",
        "c[t]   f[t] · c[t−1] + i[t] · g[t]",
        "h[t]   o[t] · tanh(c[t])",
    ],
    "gru": [
        "n[t]   tanh(x[t] W_n + b_n + r[t] · (h[t−1] U_n + b′_n))",
        "h[t]   z[t] · h[t−1] + (1 − z[t]) · n[t]",
    ],
}


def unread_aside(err: str) -> str:
    """Standard error but for the inputs that a shape does not read."""
    return re.sub(r"dlcli: --shape one-to-(one|many): .*\n", "", err)


@pytest.fixture
def told(cli: Any) -> Any:
    """What a line tells, without colour, 80 columns wide."""

    def tell(*words: str, width: int = 80) -> str:
        ended = cli("rnn", *words, "-f", "plain", "--width", str(width))
        assert (ended.code, unread_aside(ended.err)) == (0, "")
        assert max(map(len, ended.out.split("\n"))) <= width
        return str(ended.out)

    return tell


def section(page: str, name: str) -> str:
    """The lines of one section, the heading among them."""
    found = re.search(rf"^{re.escape(name)}.*?(?=^\S|\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, (name, page)
    return found[0]


@pytest.mark.parametrize("cell", EQUATIONS)
def test_the_equations_and_sizes_are_those_of_the_cell(cell: str, told: Any) -> None:
    page = told(SENTENCE, "--cell", cell)
    for line in EQUATIONS[cell]:
        assert line in page
    parameters = {"simple": 16, "leaky": 30, "lstm": 64, "gru": 54}[cell]
    assert f": {parameters} parameters" in page
    assert "--seed 0" in section(page, "Weights")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--cell", "gru", "--reset-before"), "tanh(x[t] W_n + b_n + (r[t] · h[t−1]) U_n)"),
        (("--skip", "3"), "tanh(x[t] W + h[t−1] U + h[t−3] S + b)"),
        (("--cell", "lstm", "--activation", "linear"), "o[t] · c[t]"),
        (("--cell", "simple", "--activation", "relu"), "relu(x[t] W + h[t−1] U + b)"),
    ],
)
def test_options_change_the_equations(words: tuple[str, ...], line: str, told: Any) -> None:
    assert line in told("1 0 2", *words)


def test_steps_have_a_row_each_and_their_words_before_them(told: Any, cli: Any) -> None:
    page = section(told(SENTENCE, "--cell", "lstm"), "Steps")
    for word in SENTENCE.split():
        assert re.search(rf"^  {word} ", page, re.MULTILINE)
    for group in (
        "f forget",
        "i input",
        "g candidate",
        "o output",
        "c cell",
        "h state",
        "h feedback cut",
        "y output",
    ):
        assert group in page
    states = cli("rnn", SENTENCE, "--cell", "lstm").tensor.data
    assert f"{states[0, 0]:.4f}".replace("-", "−") in page


def test_equal_words_give_equal_states_only_with_the_feedback_cut(told: Any) -> None:
    page = told(SENTENCE)
    assert "Steps 0 and 4 read the same word “the”, but h differs by up to" in re.sub(r"\s+", " ", page)
    rows = [line.split() for line in section(page, "Steps").split("\n") if line.startswith("  the ")]
    assert rows[0][3:5] == rows[1][3:5]
    assert rows[0][1:3] != rows[1][1:3]


def test_explain_walks_through_every_gate_of_a_unit(told: Any, cli: Any) -> None:
    for cell, names in {
        "lstm": ("Forget gate f[2]", "Input gate i[2]", "Candidate g[2]", "Output gate o[2]"),
        "gru": ("Update gate z[2]", "Reset gate r[2]", "Recalled q[2]", "Candidate n[2]"),
        "leaky": ("Candidate g[2]",),
        "simple": ("State h[2]",),
    }.items():
        page = told(SENTENCE, "--cell", cell, "--explain", "sat,1")
        for name in names:
            assert name in page, (cell, name)
        assert "step 2 (sat), unit 1" in page
        value = cli("rnn", SENTENCE, "--cell", cell).tensor.data[2, 1]
        last = re.search(r"h\[2\] of unit 1 is (\S+)", page)
        assert last
        assert float(last[1].replace("−", "-")) == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize("cell", ["lstm", "gru", "leaky"])
def test_the_weighing_of_old_and_new_is_written_out(cell: str, told: Any) -> None:
    page = section(told("1 -2 3", "--cell", cell, "--explain", "2,0", "--precision", "6"), "State")
    line = next(line for line in page.split("\n") if line.startswith("  h[2]"))
    _, formula, value = re.split(r"  +| = ", line.strip())
    formula = formula.replace("−", "-").replace("·", "*").replace("tanh", "np.tanh")
    assert eval(formula, {"np": np}) == pytest.approx(float(value.replace("−", "-")), rel=1e-4)


def test_the_arithmetic_adds_up(told: Any) -> None:
    page = told("1 -2 3", "--cell", "simple", "--explain", "2,0", "--precision", "10")
    products = [float(line.split("=")[1].replace("−", "-")) for line in page.split("\n") if " = " in line]
    assert len(products) == 3
    total = re.search(r"sum +(\S+)", page)
    assert total
    assert sum(products) == pytest.approx(float(total[1].replace("−", "-")))


def test_what_reads_backwards_is_explained_from_its_own_side(told: Any) -> None:
    page = told("1 2 3", "--bidirectional", "--explain", "0,2")
    assert "unit 0, reading backwards" in page


BACKWARDS = {
    "simple": ["h[t]   tanh(x[t] W + h[t+1] U + h[t+2] S + b)"],
    "leaky": ["h[t]   a · h[t+1] + (1 − a) · (x[t] W + h[t+2] S + b)"],
    "lstm": ["f[t]   σ(x[t] W_f + h[t+1] U_f + h[t+2] S_f + b_f)", "c[t]   f[t] · c[t+1] + i[t] · g[t]"],
    "gru": ["r[t] · (h[t+1] U_n + b′_n))", "h[t]   z[t] · h[t+1] + (1 − z[t]) · n[t]"],
}


@pytest.mark.parametrize("cell", BACKWARDS)
def test_what_reads_backwards_hears_of_the_steps_behind_it(cell: str, told: Any, cli: Any) -> None:
    words = ("1 2 -3 4", "--cell", cell, "--units", "2", "--skip", "2", "--bidirectional")
    page = told(*words, "--explain", "0,2", "--precision", "8")
    for line in BACKWARDS[cell]:
        assert line in re.sub(r"\s+(?=[+·])", " ", page), (line, page)
    assert "t−" not in page
    states = cli("rnn", *words).tensor.data
    heard = re.findall(r"^  h\[(\S+)\] (\d)\s+(\S+) ×", page, re.MULTILINE)
    assert {step for step, _, _ in heard} == ({"2"} if cell == "leaky" else {"1", "2"})
    for step, unit, value in heard:
        assert float(value.replace("−", "-")) == pytest.approx(states[int(step), 2 + int(unit)], abs=1e-6)
    assert re.search(r"h←\[0\] of unit 0 is", page)


@pytest.mark.parametrize("cell", BACKWARDS)
def test_both_directions_have_equations_and_weights_of_their_own(cell: str, told: Any) -> None:
    page = told("1 2 -3 4", "--cell", cell, "--units", "2", "--skip", "2", "--bidirectional")
    name = {"simple": "Simple cell", "leaky": "Leaky unit", "lstm": "LSTM", "gru": "GRU"}[cell]
    ahead, behind = section(page, f"{name} →"), section(page, f"{name} ←")
    for line in BACKWARDS[cell]:
        assert line in re.sub(r"\s+(?=[+·])", " ", behind)
    assert "t+" not in ahead
    assert "t−" not in behind
    ahead, behind = section(page, "Weights →"), section(page, "Weights ←")
    assert "h[t−2] 1" in ahead
    assert "h[t+2] 1" in behind
    assert "t−" not in behind
    if cell != "leaky":
        assert "h[t+1] 0" in behind


@pytest.mark.parametrize(
    ("merge", "line"),
    [
        ("concat", "h[t]   [h→[t], h←[t]]"),
        ("sum", "h[t]   h→[t] + h←[t]"),
        ("mul", "h[t]   h→[t] · h←[t]"),
        ("ave", "h[t]   ½ (h→[t] + h←[t])"),
    ],
)
def test_how_directions_become_one_is_a_formula_too(merge: str, line: str, told: Any) -> None:
    assert line in section(told("1 2 3", "--bidirectional", "--merge", merge), "Both directions")


@pytest.mark.parametrize(
    ("shape", "inputs", "outputs"),
    [
        ("one-to-one", ["the"], ["y[0]"]),
        ("many-to-one", ["the", "cat", "sat"], ["y[2]"]),
        ("one-to-many", ["the"], ["y[0]", "y[1]", "y[2]"]),
        ("many-to-many", ["the", "cat", "sat"], ["y[0]", "y[1]", "y[2]"]),
    ],
)
def test_the_four_shapes_are_drawn(shape: str, inputs: list[str], outputs: list[str], told: Any) -> None:
    page = section(told("the cat sat", "--shape", shape), "Unrolled").split("\n")
    assert page[1].split() == outputs
    assert page[-2 if not page[-1].strip() else -1].split() == inputs or page[7].split() == inputs
    assert page[4].count("simple") == (1 if shape == "one-to-one" else 3)


BOTH = """
           y[0]          y[1]
            ▲             ▲
       ┌────┤        ┌────┤
       │┌───┴────┐   │┌───┴────┐
  h[0]◀┼┤  gru   ├◀──┼┤  gru   ├◀h[2]
       │└─────┬──┘   │└─────┬──┘
       └──┐   └───┐  └──┐   └───┐
        ┌─┴──────┐│   ┌─┴──────┐│
  h[−1]▶┤  gru   ├┼──▶┤  gru   ├┼▶h[1]
        └───┬────┘│   └───┬────┘│
            ├─────┘       ├─────┘
            ▲             ▲
           x[0]          x[1]"""

ENDS = """
        h← of y[1]    h→ of y[1]
            ▲             ▲
            │        ┌────┘
        ┌───┴────┐   │┌────────┐
  h[0]◀─┤  gru   ├◀──┼┤  gru   ├◀h[2]"""


def test_both_directions_read_every_input_and_both_are_read_out(draw: Any) -> None:
    def drawn(outputs: list[str], *, ends: bool = False) -> str:
        net = Unrolled("gru", ["x[0]", "x[1]"], outputs, bidirectional=True, ends=ends)
        return "\n" + "\n".join(f"  {line}".rstrip() for line in draw(net).rstrip("\n").split("\n"))

    assert drawn(["y[0]", "y[1]"]) == BOTH
    assert drawn(["h← of y[1]", "h→ of y[1]"], ends=True).startswith(ENDS)


def test_of_many_steps_some_are_drawn_and_layers_and_directions_are(draw: Any) -> None:
    drawing = draw(Unrolled("gru", [f"x[{t}]" for t in range(20)], [""] * 20, layers=2, bidirectional=True))
    lines = drawing.split("\n")
    assert sum("▶┤  gru   ├" in line for line in lines) == 2
    assert sum("├◀──" in line for line in lines) == 2
    assert "x[19]" in lines[-1]
    assert "x[8]" not in drawing
    assert "…" in drawing


def test_the_way_back_tells_losses_paths_and_distances(told: Any) -> None:
    page = told("1 0.5 -1 2 0 1", "--bptt", "--targets", "0 1 0 1 0 1", width=120)
    assert "½ Σ (y − target)²; targets: those given; Σ L = " in page
    rows = [line.split() for line in section(page, "Paths").split("\n") if re.match(r" +(L\[\d\]|Σ) ", line)]
    terms = np.array([[float(n.replace("−", "-")) for n in row[1:]] for row in rows])
    assert terms.shape == (7, 7)
    np.testing.assert_allclose(terms[:-1, :-1].sum(axis=0), terms[-1, :-1], atol=1e-3)
    np.testing.assert_allclose(terms[:-1, :-1].sum(), terms[-1, -1], atol=1e-3)
    assert np.abs(terms[-1, -1]) > 0.01
    assert "ρ^d" in section(page, "By distance")
    assert "ρ is the size of U's largest eigenvalue" in section(page, "By distance")
    assert "of all weights together" in page


@pytest.mark.parametrize("cell", ["lstm", "gru", "leaky"])
def test_beside_gates_the_eigenvalues_of_u_say_nothing_and_are_not_told(cell: str, told: Any) -> None:
    assert "ρ" not in told("1 0.5 -1 2 0 1", "--cell", cell, "--bptt")
    cells = section(told("1 0.5 -1 2 0 1", "--cell", cell, "--cell", "simple", width=120), "Cells")
    (row,) = (line for line in cells.split("\n") if line.startswith(f"  {cell} "))
    assert "ρ of U" in cells
    assert len(row.split()) == 7  # kept a step is two words, ρ none


def test_the_entry_that_is_asked_for_is_told_path_by_path(told: Any) -> None:
    page = told("1 0.5 -1 2", "--bptt", "--paths-of", "U[1,0]", width=120)
    assert "dL/dU at (h 1 → h 0)" in section(page, "Paths")
    assert "dL/dU at (h 1 → h 0)" in section(page, "Chain")


def test_the_product_of_forget_gates_stands_beside_the_gradient(told: Any) -> None:
    page = told(SENTENCE, "--cell", "lstm", "--bptt")
    assert "Π f" in section(page, "By distance")
    assert "Along the cell state alone" in page
    assert "the → cat" in section(page, "Loss")


def test_truncation_and_clipping_are_told(told: Any) -> None:
    page = re.sub(r"\s+", " ", told("1 0.5 -1 2 0 1 1 0 1", "--bptt", "--truncate", "2", "--clip", "0.001"))
    assert "none from 2 on" in page
    assert "truncated to 2 steps ‖dL/dU‖ =" in page
    assert "clipped to 0.001: every gradient times" in page
    page = re.sub(r"\s+", " ", told("1 0.5 -1 2", "--bptt", "--clip", "1000"))
    assert "not longer than 1000: nothing to clip" in page


def test_cells_are_compared_by_parameters_time_and_gradient(told: Any) -> None:
    cells = ("simple", "leaky:0.95", "lstm", "gru", "simple+3")
    page = told("1 0 0 0 0 0 0 0 0 1", *(word for cell in cells for word in ("--cell", cell)))
    for cell in cells:
        assert re.search(rf"^  {re.escape(cell)} ", section(page, "Cells"), re.MULTILINE)
        assert re.search(rf"^  {re.escape(cell)} ", section(page, "Gradient left"), re.MULTILINE)
    assert "lstm has 32 parameters" in re.sub(r"\s+", " ", page)


def test_on_a_narrow_screen_cells_keep_their_names_and_numbers(told: Any) -> None:
    cells = ("simple", "leaky:0.95", "lstm", "simple+11")
    words = ("sample:sunspots", *(word for cell in cells for word in ("--cell", cell)))
    page = told(*words, width=40)
    for name in ("Cells", "Gradient left"):
        rows = section(page, name).split("\n  cell ")[1].split("\n", 1)[1]
        assert "…" not in rows
        for cell in cells:
            assert re.search(rf"^  {re.escape(cell)} .*\d", rows, re.MULTILINE), (name, cell)
    assert "d = 307" in page
    assert "d = 200" in told(*words)


@pytest.mark.parametrize("width", [40, 60, 120])
def test_everything_fits(width: int, told: Any) -> None:
    told(SENTENCE, "--cell", "lstm", "--bptt", width=width)
    told(SENTENCE, "--cell", "gru", "--explain", "1,0", width=width)
    told(SENTENCE, "--layers", "2", "--bidirectional", "--shape", "many-to-many", width=width)
    told("1 0 0 0 1 1 1", "--cell", "lstm", "--cell", "leaky", width=width)
    told(SENTENCE, "--cell", "gru", "--bidirectional", "--step", "0.1", "--check", width=width)
    told(SENTENCE, "--cell", "gru", "--step", "0.1", "--times", "20", "--clip", "1", width=width)
    told(SENTENCE, "--cell", "gru", "--cell", "lstm", "--step", "0.1", "--times", "20", width=width)


def test_labels_from_outside_do_no_harm(cli: Any) -> None:
    ended = cli("rnn", "a [bold]b[/] \x1b[31mc", "-f", "plain")
    assert ended.code == 0
    assert "\x1b" not in ended.out


def test_the_chain_of_the_last_loss_is_written_out_and_adds_up(told: Any) -> None:
    page = section(told("1 0.5 -1 2", "--bptt", "--targets", "0 1 0 1", width=120), "Chain")
    terms = [float(line.split("=")[-1].replace("−", "-")) for line in page.split("\n") if "k = " in line]
    assert "dL[3]/dh[3] · dh[3]/dh[2] · ∂h[2]/∂U" in page
    total = re.search(r"Σ +(\S+)", page)
    assert total
    assert sum(terms) == pytest.approx(float(total[1].replace("−", "-")), abs=1e-3)
    assert "s = (h, c)" in told("1 0 1", "--cell", "lstm", "--bptt")
    assert "\nChain" not in told("1 0 1", "--layers", "2", "--bptt")


def test_terms_that_are_not_written_out_are_summed_up(told: Any) -> None:
    page = section(told("1 0.5 -1 2 1 1 -1 2 3 0", "--bptt", width=120), "Chain")
    found = {name: float(value.replace("−", "-")) for name, value in
             re.findall(r"^  (k = \d|others|Σ) .*?(\S+)$", page, re.MULTILINE)}  # fmt: skip
    assert list(found) == ["k = 8", "k = 7", "k = 6", "k = 5", "k = 4", "k = 0", "others", "Σ"]
    assert sum(value for name, value in found.items() if name != "Σ") == pytest.approx(found["Σ"], abs=1e-3)
    assert found["others"] != 0


def test_of_a_long_sequence_the_last_steps_tell_the_paths(cli: Any) -> None:
    x = Tensor(np.sin(np.arange(450.0))[:, None], (Axis("time"), Axis("feature")))
    ended = cli("rnn", "--bptt", "-f", "plain", stdin=x)
    assert (ended.code, ended.err) == (0, "")
    assert "the last 400 steps" in ended.out.replace("\n  ", " ")
    assert "dL[448]/dh[448]" in ended.out


@pytest.mark.parametrize(
    ("words", "notice"),
    [
        (("3",), "A single step has nothing to remember"),
        (("1 1", "--cell", "leaky:1"), "Steps 0 and 1 read the same input, and h is the same"),
        (("1 2 4",), "With the feedback cut, the last state would differ by"),
        (("100 200 400", "--bptt"), "% of the states are beyond ±0.99, where tanh is flat"),
        (("1 2", "--cell", "lstm"), "The forget gate is 0."),
        (("1 2 3", "--cell", "lstm", "--bptt"), "by the forget gates: their product over 1 step is 0."),
        (("1 2 3", "--bptt", "--truncate", "1"), "truncated to 1 step ‖dL/dU‖"),
        (("1", "--targets", "1", "--cell", "lstm", "--cell", "gru"), "--seed 0, 1 step; times measured now"),
        (("1 2 3", "--bptt", "--activation", "relu"), "1 step back,"),
        (("1 2 3", "--bptt", "--activation", "relu"), "and by the slope of relu."),
    ],
)
def test_what_is_worth_noticing(words: tuple[str, ...], notice: str, told: Any) -> None:
    assert notice in re.sub(r"\s+", " ", told(*words))


def test_outputs_are_named_by_what_they_stand_for(told: Any) -> None:
    page = section(told("a b c", "--targets", "DET NOUN VERB"), "Steps")
    assert re.search(r"output\n.* DET +NOUN +VERB$", page, re.MULTILINE)


def test_the_chart_of_cells_ends_at_what_rounding_leaves(told: Any) -> None:
    compared = ("--bptt", "--units", "4", "--cell", "simple", "--cell", "lstm")
    page = section(told("sample:sunspots", *compared), "How far back")
    assert "drawn down to 1e−16: less is lost in a sum with 1" in " ".join(page.split())
    powers = [int(power) for power in re.findall(r"1e−(\d+)┤", page)]
    assert powers
    assert max(powers) <= 16
    assert re.search(r"not drawn: \d+ below 1e−16", page)


def test_the_chart_of_one_cell_ends_there_too(told: Any) -> None:
    page = section(told("sample:sunspots", "--bptt", "--units", "4"), "How far back")
    assert "drawn down to 1e−16" in " ".join(page.split())
    assert "e−30" not in page


@pytest.mark.parametrize(
    ("words", "formulas"),
    [
        ((SENTENCE,), ["y[t]   h[t] V + b_y", "p[t]   softmax(y[t])"]),
        (("1 2 3",), ["y[t]   h[t] V + b_y"]),
    ],
)
def test_where_outputs_stand_their_formula_and_weights_do(
    words: tuple[str, ...], formulas: list[str], told: Any
) -> None:
    page = told(*words)
    for line in formulas:
        assert line in page
    assert ("softmax" in page) == (len(formulas) > 1)
    assert "--seed 0: Glorot uniform" in section(page, "Output weights")
    assert "b_y" in section(page, "Output weights")


def test_outputs_are_what_the_output_weights_shown_make_of_the_states(told: Any) -> None:
    page = told("1 2 3", "--units", "1", "--precision", "6")
    kernel, bias = (
        float(line.split()[-1].replace("−", "-"))
        for line in section(page, "Output weights").splitlines()
        if re.match(r" +(h 0|b_y) ", line)
    )
    rows = [
        [float(value.replace("−", "-")) for value in line.split()]
        for line in section(page, "Steps").splitlines()
        if re.match(r"  \d ", line) and len(line.split()) == 5
    ]
    assert len(rows) == 3
    for _, _, state, _, output in rows:
        assert output == pytest.approx(state * kernel + bias, abs=1e-5)


def test_output_weights_that_a_file_does_not_have_are_said_to_be_seeded(
    cli: Any, told: Any, tmp_path: Any
) -> None:
    path = tmp_path / "cell.npz"
    np.savez(path, **{"rnn.weight_ih_l0": np.ones((2, 1)), "rnn.weight_hh_l0": np.eye(2)})
    page = told("1 2 3", "--weights", "cell.npz", "--activation", "tanh")
    assert "--seed 0: Glorot uniform; the file has none" in " ".join(section(page, "Output weights").split())
    whole = tmp_path / "whole.npz"
    assert cli("rnn", "1 2 3", "--save-weights", str(whole), "-f", "plain").code == 0
    kept = section(told("1 2 3", "--weights", "whole.npz"), "Output weights")
    assert "whole.npz" in kept
    assert "--seed" not in kept


def test_outputs_too_many_to_list_have_their_formula_but_no_table(told: Any) -> None:
    page = told("1 2 3 4 5 6 7 8 9; 2 1 2 1 2 1 2 1 2")
    assert "y[t]   h[t] V + b_y" in page
    assert "V 2 × 9, b_y 9" in section(page, "Output weights")
    assert "h 0" not in section(page, "Output weights")


def value_of(page: str, pattern: str) -> float:
    """The number behind a pattern on a page."""
    found = re.search(rf"{pattern} *([−\d.e]+)", re.sub(r"\s+", " ", page))
    assert found, (pattern, page)
    return float(found[1].replace("−", "-"))


def test_an_output_is_explained_when_outputs_are_what_is_emitted(told: Any, cli: Any) -> None:
    words = (SENTENCE, "--cell", "gru", "--emit", "outputs")
    page = told(*words, "--explain", "cat,sat", "--precision", "8")
    assert "step 1 (cat), output sat" in page
    outputs = cli("rnn", *words).tensor
    scores = outputs.data[1]
    assert outputs.axes[1].labels[2] == "sat"
    products = [float(line.split("=")[1].replace("−", "-")) for line in page.split("\n") if " × " in line]
    assert len(products) == 2
    assert sum(products) == pytest.approx(value_of(page, " sum"), rel=1e-6)
    assert value_of(page, " sum") == pytest.approx(scores[2], rel=1e-6)
    p = np.exp(scores[2]) / np.exp(scores).sum()
    assert value_of(page, "p =") == pytest.approx(p, rel=1e-6)
    assert value_of(page, "the target: L = −log p =") == pytest.approx(-np.log(p), rel=1e-6)
    assert "the target" not in told(*words, "--explain", "cat,on")


def test_of_numbers_an_output_is_a_sum_and_its_loss_a_square(told: Any) -> None:
    page = told("1 2 4", "--emit", "outputs", "--explain", "1,0", "--precision", "8")
    assert "softmax" not in page
    y = value_of(page, " sum")
    assert value_of(page, "½ \\(y − 4\\)² =") == pytest.approx((y - 4) ** 2 / 2, rel=1e-6)
    last = told("1 2 4", "--emit", "outputs", "--explain", "2,0")
    assert "½" not in last  # nothing comes next


@pytest.mark.parametrize("cell", ["0,cat", "2,cat", "sat,1", "y[2],cat"])
def test_of_many_to_one_the_only_output_is_the_last(cell: str, told: Any, cli: Any) -> None:
    words = ("the cat sat", "--shape", "many-to-one", "--emit", "outputs")
    assert "step 2 (sat), output cat" in told(*words, "--explain", cell)
    ended = cli("rnn", *words, "--explain", "1,0")
    assert (ended.code, ended.raw) == (2, b"")
    assert "there is no y[1]: only the last step has an output, y[2]" in ended.err


#: What is explained of each result, by its indices.
CELLS = {
    "states": ["0,1", "h[2],0"], "outputs": ["1,0", "y[3],1"], "gates": ["0,2,1", "1,h[0],0"],
    "cell": ["3,1", "c[0],0"], "loss": ["0", "L[2]"], "gradients": ["0,0", "1,1", "3,0", "h[2],1"],
    "weight-gradients": ["0,0", "1,2"], "paths": ["3,0", "2,2", "1,1", "0,2"],
}  # fmt: skip


def explained(page: str, emit: str = "") -> float:
    """The number of the result, printed with all its digits."""
    result = " ".join(page[page.index("\nResult") :].split())
    before = "−log p =" if emit == "loss" and "−log p =" in result else "is"
    found = re.search(rf"{before} (−?[\d.]+(?:e−?\d+)?)", result)
    assert found, result
    return float(found[1].replace("−", "-"))


@pytest.mark.parametrize(
    "more",
    [
        ("--cell", "simple"),
        ("--cell", "leaky+2"),
        ("--cell", "lstm"),
        ("--cell", "gru"),
        ("--cell", "gru+2", "--reset-before", "--paths-of", "S"),
        ("--cell", "gru", "--reset-before"),
        ("--cell", "lstm", "--layers", "2", "--paths-of", "W"),
        ("--cell", "gru", "--bidirectional"),
        ("--cell", "lstm", "--bidirectional", "--merge", "mul"),
        ("--cell", "simple", "--bidirectional", "--merge", "ave"),
        ("--cell", "gru", "--targets", "0 1 nan 1", "--loss", "cross-entropy"),
        ("--cell", "lstm", "--clip", "0.01"),
        ("--cell", "simple", "--truncate", "2"),
    ],
)
def test_what_is_explained_is_the_number_that_is_emitted(more: tuple[str, ...], cli: Any) -> None:
    words = ("rnn", "1 0.5; -1 2; 0 1; 1 -1", *more)
    for emit, cells in CELLS.items():
        own = [flag for flag in ("--clip", "--truncate", "--paths-of") if flag in words]
        line = list(words)
        for flag in own:
            if cli(*line, "--emit", emit).code:  # it would change nothing of this result
                at = line.index(flag)
                del line[at : at + 2]
        if emit == "weight-gradients" and "--paths-of" not in line:  # the one that is explained
            line += ["--paths-of", "W" if "leaky+2" in line else "U"]
        if f"this run gives no {emit}" in cli(*line, "--emit", emit).err:
            continue
        found = cli(*line, "--emit", emit).tensor.data
        for cell in cells:
            place = tuple(map(int, re.findall(r"\d+", cell)))
            if "--truncate" in line and emit == "gradients":
                assert "leave --truncate out" in cli(*line, "--emit", emit, "--explain", cell).err
                continue
            if not all(index < length for index, length in zip(place, found.shape, strict=True)):
                continue
            if np.isnan(found[place]):
                assert "has no target" in cli(*line, "--emit", emit, "--explain", cell).err
                continue
            page = cli(*line, "--emit", emit, "--explain", cell, "-f", "plain", "--precision", "12")
            assert (page.code, page.err) == (0, "")
            if emit == "states" and "--merge" in more:  # the direction is told first, then the merged state
                assert f"{found[place]:.6f}"[:-1].replace("-", "−") in page.out
                continue
            assert explained(page.out, emit) == pytest.approx(found[place], rel=1e-8, abs=1e-11), (emit, cell)


@pytest.mark.parametrize(
    "more", [("--cell", "gru+2", "--reset-before", "--bidirectional", "--merge", "mul"), ()]
)
def test_explanations_fit_a_narrow_screen(more: tuple[str, ...], told: Any) -> None:
    for emit, cells in CELLS.items():
        if (more and emit != "cell") or (not more and emit not in ("cell", "gates")):
            told("1 0.5; -1 2; 0 1; 1 -1", *more, "--emit", emit, "--explain", cells[0], width=40)


def test_gradients_of_the_only_output_of_two_directions_are_explained(cli: Any) -> None:
    words = (
        "rnn",
        "1 2 3",
        "--bidirectional",
        "--shape",
        "many-to-one",
        "--targets",
        "1",
        "--emit",
        "gradients",
    )
    found = cli(*words).tensor.data
    for t in range(3):
        for unit in range(4):
            page = cli(*words, "--explain", f"{t},{unit}", "-f", "plain", "--precision", "12").out
            assert explained(page) == pytest.approx(found[t, unit], rel=1e-8), page
    assert "dL/dy[2] 0" in cli(*words, "--explain", "h←[0],2", "-f", "plain").out


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("rnn", SENTENCE, "--explain", "the,1"), "time 0 and 4 have that name, 0 is taken"),
        (("rnn", SENTENCE, "--emit", "outputs", "--explain", "the,cat"), "time 0 and 4 have that name"),
        (("rnn", "a b a a", "--emit", "gradients", "--explain", "a,0"), "time 0, 2 and 3 have that name"),
        (("attn", SENTENCE, "--explain", "the,cat"), "query 0 and 4 have that name, 0 is taken"),
        (("transformer", SENTENCE, "--explain", "the,0"), "token 0 and 4 have that name"),
    ],
)
def test_every_index_of_a_repeated_word_is_told(command: tuple[str, ...], told: str, cli: Any) -> None:
    ended = cli(*command, "-f", "plain")
    assert ended.code == 0
    assert told in ended.err
    assert "for another one give its index" in ended.err
    by_index = cli(*command[:-1], command[-1].replace("the", "4").replace("a,", "2,"), "-f", "plain")
    assert (by_index.code, by_index.err) == (0, "")


def test_an_output_that_is_not_there_is_refused(cli: Any) -> None:
    ended = cli("rnn", "1 2 4", "--emit", "outputs", "--explain", "2,1")
    assert ended.code == 2
    assert "there is no cell 2,1 in the outputs: time 0 to 2, output 0 to 0" in ended.err


def test_one_step_is_no_steps(told: Any) -> None:
    assert "1 step back, " in " ".join(told("1 0 1", "--cell", "simple", "--cell", "gru").split())


def test_with_a_skip_connection_u_alone_says_nothing_of_the_way_back(cli: Any) -> None:
    words = ("rnn", "1 0 0 2 1", "--bptt", "-f", "plain")
    told = " ".join(cli(*words, "--cell", "simple+2").out.split())
    assert "ρ^d" not in told
    assert "Each step back multiplies by U" not in told
    assert "gradient left" in told
    told = " ".join(cli(*words, "--cell", "simple").out.split())
    assert "ρ^d" in told
    assert "Each step back multiplies by U" in told


def test_the_skip_connection_that_is_not_drawn_is_told(cli: Any) -> None:
    words = ("rnn", "the cat sat", "--shape", "many-to-many", "-f", "plain")
    told = cli(*words, "--cell", "simple+2").out
    assert "Unrolled  many-to-many; not drawn: h[t−2] goes into step t, too\n" in told
    assert "not drawn" not in cli(*words).out


@pytest.mark.parametrize("layers", [1, 2])
def test_both_directions_are_drawn_from_their_first_states_to_their_last(layers: int, cli: Any) -> None:
    words = ("rnn", "the cat sat", "--bidirectional", "--layers", str(layers), "--shape")
    for shape in ("many-to-one", "many-to-many"):
        told = cli(*words, shape, "-f", "plain").out
        rows = [line for line in told.split("\n") if "┤ simple ├" in line]
        assert len(rows) == 2 * layers
        for backwards, forwards in zip(rows[::2], rows[1::2], strict=True):
            assert re.match(r" *h\[0\]◀[─┼]┤ simple ├◀", backwards)
            assert backwards.endswith("├◀h[3]")
            assert re.match(r" *h\[−1\]▶┤ simple ├", forwards)
            assert forwards.endswith("▶h[2]")


def test_of_a_single_step_nothing_is_said_of_a_way_back(cli: Any) -> None:
    told = cli("rnn", "1 0", "--cell", "simple", "--cell", "gru", "-f", "plain").out
    notice = " ".join(told[told.index("\nNotice") :].split())
    assert "step back" not in notice
    assert "below 1" not in notice
    assert "gru has 30 parameters, simple 8" in notice
    told = cli("rnn", "1 0 2", "--cell", "simple", "--cell", "gru", "-f", "plain").out
    assert "1 step back, " in " ".join(told.split())
