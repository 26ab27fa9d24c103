"""Sheets to be filled in: no number of what is to be found stands on them, and all that names it does."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
from rich.console import Console, Group, RenderableType
from rich.text import Text

from dlcli.tensor import Axis
from dlcli.views.before_after import BeforeAfter
from dlcli.views.blank import blank
from dlcli.views.charts.chart import LineChart
from dlcli.views.page.cells import listed
from dlcli.views.page.compose import figure_of
from dlcli.views.page.figures import Drawing
from dlcli.views.page.html import Writer
from dlcli.views.pictures.picture import Picture
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.matrix import MarkedMatrix, Matrix, PlacedMatrix
from dlcli.views.tables.step_table import Columns, StepTable
from dlcli.views.tables.sums import Summands, SumTable
from dlcli.views.tables.table import FactsTable, Table
from dlcli.views.text.formula import Formula
from dlcli.views.text.gaps import emptied, unmarked, without_numbers
from dlcli.views.text.markdown import block
from dlcli.views.worlds.grid_world import GridWorld
from dlcli.views.worlds.outcomes import Outcomes
from dlcli.views.worlds.state_list import StateList

NUMBERS = np.array([[7.25, -7.75], [7.5, 77.0]])
AXES = {"rows": Axis("token", ("the", "cat")), "columns": Axis("key", ("le", "chat"))}
NAMES = ("token", ("the", "cat")), ("key", ("le", "chat"))
MARKS = NUMBERS > 7.3


def shown(view: RenderableType, width: int = 80) -> str:
    page = io.StringIO()
    Console(file=page, width=width).print(view)
    return page.getvalue()


def in_page(view: RenderableType) -> str:
    """What stands in a page for a view, with all that can be had of it by a click."""
    return Writer().figure(figure_of(view))


#: A view with sevens where its numbers are -> the words that stay.
VIEWS: dict[str, tuple[Any, str]] = {
    "matrix": (Matrix(NUMBERS, **AXES), "token key the cat le chat"),
    "a matrix of which the middle is left out": (Matrix(np.full((66, 66), 7.7), **{
        name: Axis(name) for name in AXES}, max_cells=9), "rows columns ⋮ …"),
    "marked matrix": (MarkedMatrix(NUMBERS, MARKS, ~MARKS, *NAMES), "token key the cat le chat"),
    "placed matrix": (PlacedMatrix(NUMBERS, [["0,0", "0,1"], ["1,0", "1,1"]], **AXES), "the le"),
    "bars": (BarTable("word", ["the", "cat"], {"exp(v − 7.25)": np.array([7.25, 77]), "p": np.array([0.7, 0.77])},
                      totals=[("sum", {"p": 7.7})], marked=1), "word the cat exp(v − p sum"),
    "steps": (StepTable(Axis("time", ("the", "cat")), [Columns("h", "state", NUMBERS)]), "h state time the cat"),
    "summands": (Summands({"next": ["a", "b"]}, {"p": np.array([0.7, 0.77]), "p·v": np.array([7, -7.5])},
                          [("sum", 7.7)]), "next a b p p·v sum"),
    "sum": (SumTable([("x", 5.0, 0.2, 7.7)], {"b": 0.5}, 7.25, ("tanh(7.25)", 0.77)), "from value weight product b tanh sum 5 0.2 0.50"),
    "table": (Table(["axis", "length", "why"], [["row", "7", "as 7 of it"]], right=[1]), "axis length why row"),
    "facts": (FactsTable([("mean", "7.5 of 77"), ("deviation", "0.7")]), "mean deviation"),
    "states": (StateList(["A", "end"], np.array([7.7, 0.7]), [[("▸ go", "7")], []], "v(s)", "q(s, a)"), "A end v(s) q(s, a)"),
    "outcomes": (Outcomes(["a"], ["go"], np.array([0.7]), np.array([7]), ["b"], np.array([True])), "a go b ■"),
    "grid": (GridWorld(NUMBERS, arrows=np.ones((2, 2, 4)), marks={(0, 0): "S"}), "S"),
    "shelf": (Shelf([("with 7.7 bits", Matrix(NUMBERS, **AXES)), ("", Text("7 of them"))]), "with bits the of them"),
    "group": (Group(Formula("y", "w · x", "7 · 7.7", "77"), Text("7 and “ja 7”")), "y w · x = ____ · ____ = ____ and"),
    "picture": (Picture(np.full((30, 30), 7)), "┌ ┘"),
    "chart": (LineChart({"y": NUMBERS[0] * 7}), "┌ ┘"),
    "two": (BeforeAfter("was", Text("5 and 6"), "is", Matrix(NUMBERS)), "was 5 and 6 → is"),
}  # fmt: skip


@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize("name", VIEWS)
def test_a_view_keeps_its_names_and_loses_its_numbers(name: str, width: int) -> None:
    view, words = VIEWS[name]
    before = shown(view, width)
    sheet = emptied(view)
    assert "7" not in shown(sheet, width)
    assert "7" not in block(sheet, width)
    assert not re.search(r">[^<]*7|data-[\w-]+=\"[^\"]*7", in_page(sheet))
    assert all(word in shown(sheet, width) for word in words.split())
    assert "____" in shown(sheet, width) or name in ("picture", "chart", "grid")
    assert max(map(len, shown(sheet, width).split("\n"))) <= width
    assert shown(view, width) == before  # what is shown elsewhere is as it was


def test_what_went_in_stays_among_what_came_out() -> None:
    pair = emptied(Shelf([("x", Text("7")), ("y", Text("8"))]))
    assert shown(pair).split() == ["x", "y", "7", "____"]
    bars = emptied(BarTable("row", ["a"], {"x": np.array([7.0]), "p": np.array([0.5])}))
    assert shown(bars).split() == ["row", "x", "p", "a", "7", "____"]


@pytest.mark.parametrize("how", [{"ranks": [7, 2]}, {"found": True}])
def test_the_order_of_an_answer_is_in_no_page(how: Any) -> None:
    shares = {"p": np.array([0.75, 0.25])}
    bars = BarTable("class", ["cat", "dog"], shares, cells=listed("classes", [[7], [2]]), **how)
    assert 'data-cell="7"' in in_page(bars)
    assert "data-cell" not in in_page(emptied(bars))
    words = shown(emptied(bars)).split()
    assert words[2:] == (
        ["0", *["____"] * 2, "1", *["____"] * 2] if "found" in how else ["dog", "____", "cat", "____"]
    )


def test_a_winner_is_not_pointed_at_in_what_is_given() -> None:
    view = Group(Shelf([("a", MarkedMatrix(NUMBERS, MARKS, ~MARKS, *NAMES))]))
    assert "[" in shown(view)
    assert "[" not in shown(unmarked(view))
    assert re.findall(r"[−\d.]+", shown(unmarked(view))) == re.findall(r"[−\d.]+", shown(view))


@pytest.mark.parametrize(
    ("shape", "size"), [((30, 60), (400, 200)), ((60, 30), (200, 400)), ((2, 90), (400, 60))]
)
def test_a_page_frames_a_drawing_of_the_proportions_of_the_picture(
    shape: tuple[int, int], size: tuple[int, int]
) -> None:
    frame = figure_of(emptied(Picture(np.zeros(shape))))
    assert isinstance(frame, Drawing)
    assert (frame.width, frame.height) == size
    assert not re.search("[┌─│]", in_page(emptied(Picture(np.zeros(shape)))))


def test_of_many_drawings_a_few_are_framed() -> None:
    picture = Picture(np.zeros((9, 9)))
    many = Shelf([(str(i), Shelf([("a", picture), ("b", picture)])) for i in range(9)])
    assert shown(emptied(many)).count("┌") == 4


def test_a_story_gives_what_is_given_and_asks_for_what_is_found() -> None:
    story = Story(
        Section("input", "Input", Text("7 numbers"), Matrix(NUMBERS)),
        Section("formula", "Size", Text("input / stride + 1"), Formula("rows", "7 / 1 + 1", "8")),
        Section("parameters", "Kernel", Text("0 7; 1 0")),
        Section("parameters", "So far", Text("7 of 9"), found=True),
        Section("arithmetic", "Sum", Text("at 7")),
        Section("result", "Pooled", Text("9.5"), Text("“Haus”")),
        Section("notice", "Notice", Text("It is 9.5.")),
        Section("method", "Method", Text("9.5")),
        Section("next", "Try next", Text("dlcli")),
    )
    assert [line for line in shown(blank(story)).splitlines() if line] == [
        "Input  7 numbers",
        "    7.25  −7.75 ",
        "    7.50  77.00 ",
        "Size  input / stride + 1",
        "  rows  ____ / ____ + ____ = ____",
        "Kernel  0 7; 1 0",
        "So far  ____ of ____",
        "Sum  at ____",
        "Pooled  ____",
        "  “____”",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("h2 of conv2d, float32", "h2 of conv2d, float32"),
        ("1,442 of 1e−5, 37.5 % and 40%", "____ of ____, ____ % and ____"),
        ("−inf, nan and ∞; info", "____, ____ and ____; info"),
        ("|s| = 0.5−2.5i", "|s| = ____"),
        ("R_{t+k+1}, h[t−1] and x^2", "R_{t+k+1}, h[t−1] and x^2"),
        ("(−3) · 2 − 1", "(____) · ____ − ____"),
        ("3 × 4, at 0,1.", "____ × ____, at ____."),
    ],
)
def test_what_a_number_is(text: str, told: str) -> None:
    assert without_numbers(text) == told


LINES = {
    "conv '1 2 3; 4 5 6; 7 8 9' -k '1 0; 0 7'": ["36", "68"],
    "softmax '2 1 0.1'": ["0.659", "1.517"],
    "attn 'the cat sat'": ["0.983", "13.31"],
    "rnn '1 0 0 1' --cell lstm --explain 2,0": ["0.5"],
    "mdp gridworld:4x4": ["−14", "−22"],
    "td random-walk --runs 2": ["0.0"],
    "stft '0 1 0 -1 0 1 0 -1' --frame 4 --explain 1,1": ["3.142", "180°"],
    "returns '-1 2 6 3 2' --gamma 0.5": ["0.375", "2.000"],
    "normalize '1 2 6; 4 4 10'": ["1.389", "−0.926"],
}


@pytest.mark.parametrize("line", LINES)
def test_a_worksheet_and_its_solution(line: str, shell: Any) -> None:
    sheet, solution = shell(f"dlcli {line} -f plain --blank"), shell(f"dlcli {line} -f plain")
    assert (sheet.code, sheet.err) == (0, "")
    assert "____" in sheet.out
    assert "Try next" not in sheet.out
    task, given, rest = sheet.out.split("\n\n", 2)
    assert task == f"dlcli {line}"
    assert given.startswith(solution.out.splitlines()[0])
    headings = re.findall(r"^\w.*?(?=  |$)", sheet.out, re.MULTILINE)
    assert {"Input", "World", "Rewards"} & set(headings)
    for number in LINES[line]:
        assert number in solution.out
        assert number not in rest


def test_a_sheet_shows_the_numbers_that_came_in(cli: Any) -> None:
    assert "    0  −1   2   6   3   2\n" in cli("returns", "-1 2 6 3 2", "--blank", "-f", "plain").out
    assert "    0  −1   2   6   3   2\n" not in cli("returns", "-1 2 6 3 2", "-f", "plain").out


def test_a_sheet_is_a_file_and_its_solution_another(shell: Any) -> None:
    for more, suffix in ((" --blank", "md"), ("", "md"), (" --blank", "html"), (" --blank", "svg")):
        assert shell(f"dlcli pool '1 2; 3 4'{more} -o sheet{more.strip()}.{suffix}").code == 0
    with open("sheet--blank.md") as file:
        assert r"| 0 | \_\_\_\_ |" in file.read()
    refused = shell("dlcli pool '1 2; 3 4' --blank --explain all -o sheet.html")
    assert refused.code == 2
    assert "--blank does not go with --explain all: leave one of them out" in refused.err
    refused = shell("dlcli pool '1 2; 3 4' --blank -o sheet.csv")
    assert refused.code == 2
    assert "--blank says what a story tells, and none is told" in refused.err


#: A line -> what its sheet has, and what it has not: no answer is given away, nothing that is given is asked.
SHEETS = {
    "predict sample:digits-cnn sample:handwriting --fit center --invert":
        (r"Answer  ____\n[^▸]*\n  0 .*\n  1 .*\n  2 ", "\n  7 .*\n  3"),
    "seq2seq 'the cat sees a dog' --weights sample:translator":
        (r"\n  0 ____ .*\n  1 ____ (.|\n)*sum, product", "Katze|at each of ____"),
    "seq2seq 'the cat' --weights sample:translator --target 'die Katze'": ("\n  1 Katze ", "Haus"),
    "stft sample:speech": (r"frequency  note .*\n +____+ +____", "101"),
    "summary small-cnn": (r"kernel_size 3, (.|\n)*input 28×28×1 (.|\n)*maxpool +____", "27,562"),
    "rnn '1 2; 3 4' --bptt":
        (r"0 +1 2 +____(.|\n)*0 +_+ _+ +3 +4 (.|\n)*at \(h 0 → h 0\)(.|\n)*L\[2\]", r"\[____\]"),
    "td random-walk --episodes 3": (r"right, paid 1(.|\n)*after 3 episodes(.|\n)*of 3 episodes", "0.1·"),
    "flatten '1 2; 3 4'": (r"__ further on", r"\d further on| 1,0 "),
    "dropout '1 2 3 4' --seed 1": (r"kept  ____(.|\n)*0.4732  0.5118", "3 of 4"),
    "attn 'the cat sat'": ("adds up to 1", "0.983"),
    "conv '1 2; 3 4' -k diag": (r"/ ____ \+ 1 = ____", r"\+ ____ = ____"),
    "returns '1 2'": ("First step  t = 0", "t = ____"),
    "rnn 'the cat sat' --cell lstm": (r"i input +g candidate(.|\n)*\n  the +(_+ +){6}", r"0\.5504"),
    "rnn '1 2; 3 4' --mask '1; 0'": (r"m mask(.|\n)*\n +0 +1 +2 +1 ", "____ +1 "),
    "seq2seq 'the cat sat' --attention bahdanau": (r"step +the +cat +sat\n  _+ ", r"\d (the|sat)|\n *\d <end>"),
    "seq2seq 'the cat sat'": (r"Answer  ____\n", "nothing but"),
    "td random-walk --episodes 1": ("Ends  of 1 episode: ____", "left end"),
    "td random-walk --episodes 1 --explain 3":
        (r"V\(B\)  0\n  V\(A\)  0\n(.|\n)*in B came left, paid 0 and led to A", r"= 0\n"),
    "mdp gridworld:4x4 --explain 0,1": (r"left +0,0 +0\.25 +1 +−1 +0 +____", "sum +−"),
    "conv '1 2; 3 4' -k '1 0; 0 1' --stride 2 --padding 1 --pad-mode edge":
        (r"row +stride s = 2, dilation d = 1, padding \(edge\) p = 1 before, 1 after", "[^ ]+ = 4"),
    "pool '1 2; 3 4' --size 2 --stride 1":
        (r"y\[i, j\] +of the window x\[i·s .* its largest\n? +number", "4 +at"),
    "rnn '1 0 2' --cell lstm --units 2 --emit gates": (r"input +candidate(.|\n)*_____ +0 +_____", r"0\.5048"),
    "rnn '1 0 2' --cell lstm --units 2 --explain 1,0": (r"h\[0\] 0 +0\.1391 × .* = +____(.|\n)*\+ b +1", "= +−?0"),
    "attn 'the cat sat' --explain 1,0": (r"\n  0 +1\.089 +−1\.893 +____", "sum +−?\\d"),
    "stft '0 1 0 -1 0 1 0 -1' --frame 4 --hop 2 --explain 1,1":
        (r"√\(____² \+ \(____\)²\)(.|\n)*atan2\(____", r"atan2\(−?\d"),
    "normalize '1 2 3; 4 5 9' --explain 0,1": (r"\(____ − ____\)² \+", r"\(1 − 2\)"),
    "dropout '1 2 3; 4 5 6' --explain 0,1": ("  u  ____\n", "kept|dropped|≥ 0.5:"),
    "compare '1 2; 3 4' '1 2; 3 5' --explain 1,1": ("  within   ____\n", "[<>≤≥] ____"),
    "td cliff --control sarsa --explain 3":
        (r"Q\(3,0, left\) +0\n +Q\(s', up\) +−0.1(.|\n)*up +−0.1 +____", "= −1.1"),
    "conv '1 2; 3 4' -k '1 0; 0 1' --transposed --stride 2 --explain 1,1":
        (r"stride s = 2(.|\n)*× +1 = +____", "result +4"),
    "activate sigmoid '-1 0 2'": (r"Curve\n  ┌──", "[ab]⠉|0.2689"),
    "stft '1 2 3 4 3 2 1 0' --frame 4": (r"\n +1 +2 +3 +4 +3 +2 +1 +0\n", "4\\.000"),
}  # fmt: skip


@pytest.mark.parametrize("line", SHEETS)
def test_a_sheet_can_be_solved_and_does_not_tell(line: str, shell: Any) -> None:
    has, lacks = SHEETS[line]
    sheet = shell(f"dlcli {line} -f plain --blank").out
    assert re.search(has, sheet)
    assert not re.search(lacks, sheet)


def test_what_was_asked_for_stands_above_a_sheet(shell: Any) -> None:
    sheet = shell("dlcli tensor '1 2; 3 4' | dlcli conv -k box:2 --bias 5 --explain 0,0 --blank -f plain").out
    assert sheet.splitlines()[0] == ("dlcli tensor '1 2; 3 4' | dlcli conv -k box:2 --bias 5 --explain 0,0")
    assert not shell("dlcli conv '1 2; 3 4' -k box:2 -f plain").out.startswith("dlcli")
    assert shell("dlcli conv '1 2; 3 4' -k box:2 -o map.npz").code == 0  # what made a file is not typed again
    assert shell("dlcli softmax map.npz --blank -f plain").out.startswith("dlcli softmax map.npz\n")


@pytest.mark.parametrize("line", ["train mlp sample:digits8 --epochs 1", "show sample:cat", "kernels diag"])
def test_a_command_without_cells_to_explain_has_a_sheet(line: str, shell: Any) -> None:
    ended = shell(f"dlcli {line} --blank -f plain")
    assert (ended.code, "Traceback" in ended.err) == (0, False)
    assert "____" in ended.out


@pytest.mark.parametrize("other", ["1 2", "1 3"])
def test_the_sheet_of_a_comparison_keeps_the_verdict_to_itself(other: str, shell: Any) -> None:
    ended = shell(f"dlcli compare '1 2' '{other}' --blank -f plain")
    assert ended.code == (other != "1 2")
    assert "Verdict  ____\n" in ended.out
    assert not re.search("toleran.*1 of|beyond the", ended.out + ended.err)
