"""The line that is typed again after a pipe, from a file, beside several inputs; what must not be repeated."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.runner.environment import Environment
from dlcli.runner.inputs import tensors_or_sentences, texts
from dlcli.tensor import Axis, Tensor
from dlcli.views.again import again
from dlcli.views.origin import typed_word
from dlcli.views.text.command_line import CommandLine
from dlcli.wire.stream import Limits
from dlcli.wire.typed.sentence import sentence, tokens
from dlcli.words.line import Line


def words(text: str) -> Tensor:
    """A sentence as it is read."""
    labels = tuple(text.split())
    return Tensor(range(len(labels)), (Axis("token", labels),), "sentence", {"text": text})


DOTS = "… | dlcli pool --explain 0"


@pytest.mark.parametrize(
    ("inputs", "attrs", "line"),
    [
        (
            (),
            {"source": "a.png", "command": "conv a.png -k box"},
            "dlcli conv a.png -k box | dlcli pool --explain 0",
        ),
        (("-",), {"source": "a.png", "command": "conv a.png"}, "dlcli conv a.png | dlcli pool --explain 0"),
        ((), {"source": "-", "command": "conv -k box"}, "… | dlcli conv -k box | dlcli pool --explain 0"),
        (
            (),
            {"source": "a b.png", "command": "conv 'a b.png' -k '0 | 1'"},
            "dlcli conv 'a b.png' -k '0 | 1' | dlcli pool --explain 0",
        ),
        (("my.npz",), {"source": "a.png", "command": "conv a.png"}, "dlcli pool my.npz --explain 0"),
        ((" -1 2",), {"source": "literal"}, "dlcli pool '-1 2' --explain 0"),
        (("a.png", "b.png"), {"source": "b.png"}, "dlcli pool b.png --explain 0"),
        ((), {"source": "-"}, DOTS),
        ((), {}, DOTS),
        # What a stranger's frame says of itself is no line to copy where it would write, or is none at all.
        ((), {"source": "a", "command": "conv a -o /etc/passwd"}, DOTS),
        ((), {"source": "a", "command": "conv a --output=x.npy"}, DOTS),
        ((), {"source": "a", "command": "rnn a --save-weights w.npz"}, DOTS),
        ((), {"source": "a", "command": "../evil a"}, DOTS),
        ((), {"source": "a", "command": "conv 'a"}, DOTS),
        ((), {"source": "a", "command": "… conv | flatten"}, DOTS),
        ((), {"source": "a", "command": "conv a; reboot"}, "dlcli conv 'a;' reboot | dlcli pool --explain 0"),
    ],
)
def test_the_pipe_is_kept_and_nothing_is_written(
    inputs: tuple[str, ...], attrs: dict[str, str], line: str
) -> None:
    typed = Line("pool", (), inputs)
    assert CommandLine(*again(typed, Tensor([1.0], attrs=attrs), "--explain", "0")).text == line


def test_an_option_that_came_by_the_pipe_keeps_its_bar() -> None:
    typed = Line("rnn", (("--targets", "-"),), ("1 2 3",))
    line = again(typed, Tensor([1.0], attrs={"source": "literal"}), "--bptt")
    assert CommandLine(*line).text == "… | dlcli rnn '1 2 3' --targets - --bptt"


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (Tensor([[1, 2.5]]), "dlcli pool '1 2.5' --explain 0"),
        (words("the cat"), "dlcli pool 'the cat' --explain 0"),
        (words("cat"), "dlcli pool ' cat' --explain 0"),
        (words("sample:cat is a cat"), "dlcli pool ' sample:cat is a cat' --explain 0"),
        (words("[CLS] a cat (big)"), "dlcli pool '[CLS] a cat (big)' --explain 0"),
        (words("a cat of 1.5 kg."), "dlcli pool 'a cat of 1.5 kg.' --explain 0"),
        (words("-1 degrees"), "dlcli pool ' -1 degrees' --explain 0"),
        # What would be another thing when it is typed stays in its file: the others may have no such cell.
        (words("1 2"), "dlcli show many.txt"),
        (words("1 2 x"), "dlcli show many.txt"),
        (words("sqrt(2)"), "dlcli show many.txt"),
        (words("x = [1, 2]"), "dlcli show many.txt"),
        (words("the file is cat.png"), "dlcli show many.txt"),
        (words("word " * 200), "dlcli show many.txt"),
        (Tensor(np.zeros((13, 13))), "dlcli show many.txt"),
        (Tensor(np.full((1, 100), 7)), f"dlcli pool '{'7 ' * 99}7' --explain 0"),
        (Tensor(np.full((1, 101), 7)), "dlcli show many.txt"),
        (Tensor(np.full((4, 4), 1 / 3)), "dlcli show many.txt"),
        (Tensor(np.zeros((2, 2, 2))), "dlcli show many.txt"),
        (Tensor([[1, 2]], (Axis("time"), Axis("x"))), "dlcli show many.txt"),
    ],
)
@pytest.mark.parametrize("inputs", [("many.txt",), ("other.txt", "many.txt")])
def test_one_of_several_in_a_file_stands_in_its_place(
    one: Tensor, line: str, inputs: tuple[str, ...]
) -> None:
    typed = Line("pool", (), inputs, {"many.txt"})
    assert CommandLine(*again(typed, one.with_attrs(source="many.txt"), "--explain", "0")).text == line


PIECES = [
    "cat",
    "The",
    "x",
    "I",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "1",
    "0.5",
    "%",
    "5%",
    "1/2",
    "½",
    "inf",
    "=",
    ",",
    ";",
    ":",
    ".",
    "...",
    "/",
    "-",
    "'",
    '"',
    "np.",
    "array",
    "tensor(",
    "c(",
    "<tf.",
    "dtype=int",
    "Parameter",
    "containing:",
    "true",
    "null",
    "NaN",
    "[MASK]",
    "[CLS]",
    "sample:",
    ".png",
    ".pt",
    ".txt",
    "a/b",
    "http://a.bc",
]


@given(st.lists(st.sampled_from([*PIECES, " ", " "]), min_size=1, max_size=8).map("".join))
def test_a_sentence_that_is_typed_again_is_read_as_itself(text: str) -> None:
    if not tokens(text) or (typed := typed_word(one := sentence(text))) is None:
        return
    for read in (tensors_or_sentences, texts):
        (again,) = read(typed, Environment(None, io.BytesIO(), io.StringIO()), Limits())
        assert again.axes == one.axes


def test_of_several_no_option_is_added_that_fits_one_alone() -> None:
    one = Tensor(np.zeros((13, 13)))
    typed = Line("show", (("--view", "histogram"),), ("many.npz",), {"many.npz"})
    assert again(typed, one, "--explain", "0,1") == [["dlcli", "tensor", "many.npz"]]
    assert again(typed, one, "--view", "numbers", without=("--view",)) == [
        ["dlcli", "show", "many.npz", "--view", "numbers"]
    ]
    made = one.with_attrs(source="a.png", command="attn a.png")
    piped = Line("tensor", (), (), {"-"})
    assert CommandLine(*again(piped, made, "--reshape", "1,169")).text == "dlcli attn a.png | dlcli show"
    assert CommandLine(*again(Line("tensor"), made, "--axis", "1")).text.endswith("dlcli tensor --axis 1")
    block = Line("conv", (), ()), made.with_attrs(block=2)
    assert CommandLine(*again(*block, "--explain", "1,1")).text == "dlcli attn a.png | dlcli show"
    assert again(Line("stft", (("--block", "9"),), ()), block[1], "--explain", "1")[1][-1] == "1"
