"""The line worth trying after a recurrent net: the one that was typed, with one thing more, and it runs."""

from __future__ import annotations

import re
import shlex
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor


def unread_aside(err: str) -> str:
    """Standard error but for the inputs that a shape does not read."""
    return re.sub(r"dlcli: --shape one-to-(one|many): .*\n", "", err)


@pytest.fixture
def following(cli: Any) -> Any:
    """The words of the line that a line suggests, and they have been tried."""

    def follow(
        *words: str, stdin: Tensor | None = None, variables: dict[str, str] | None = None
    ) -> list[str]:
        ended = cli("rnn", *words, "-f", "plain", stdin=stdin, variables=variables or {})
        assert (ended.code, unread_aside(ended.err)) == (0, "")
        page = ended.out.split("\nTry next\n")[1]
        found = shlex.split(page.replace("\\\n", " "))
        if stdin is not None:
            assert found[:2] == ["…", "|"]
            found = found[2:]
        assert found[:2] == ["dlcli", "rnn"]
        tried = cli(*found[1:], "-f", "plain", stdin=stdin or b"", variables=variables or {})
        assert (tried.code, unread_aside(tried.err)) == (0, ""), (found, tried.err)
        return found[2:]

    return follow


def options(words: list[str]) -> dict[str, list[str]]:
    """Every option with its values."""
    found: dict[str, list[str]] = {}
    for word in words:
        if re.match("--[a-z]", word):
            found.setdefault(word, [])
            last = word
        elif found:
            found[last].append(word)
    return found


@pytest.mark.parametrize(
    "typed",
    [
        "'the cat sat on the mat'",
        "'the cat sat' --cell gru --reset-before --units 3",
        "'1 2 3 4' --units 5 --layers 2 --seed 7 --activation relu --skip 2",
        "'1 2 3 4' --bidirectional --merge ave",
        "'1 2 3 4' --cell leaky --alpha 0.123456789 --targets '1 0 1 0'",
        "'1 2 3 4' --cell leaky:0.5+2",
        "'1 2 3 4' --cell lstm --forget-bias -1.5 --standardize --targets '0 1 1 0' --loss cross-entropy",
        "'a b' --vocabulary 'a b c' --shape one-to-many",
        "sample:sunspots --standardize",
    ],
)
def test_what_made_the_net_is_typed_again(typed: str, following: Any) -> None:
    words = shlex.split(typed)
    back = following(*words)
    assert back == [*words, "--bptt"] or options(back) == options([*words, "--bptt"])
    beside = options(following(*words, "--bptt"))
    wanted = options([*words, "--bptt"])
    cells = beside.pop("--cell")
    first = wanted.pop("--cell", ["simple"])
    assert beside == wanted
    assert cells[0] == first[0]
    assert len(cells) == 2
    assert ("+2" in cells[1]) == ("+2" in first[0])


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("'the cat sat' --shape many-to-one", ("yes", "--classes", "no yes")),
        ("'the cat sat' --shape one-to-one", ("yes", "--classes", "no yes")),
        ("'the' --cell gru", ("yes", "--classes", "no yes")),
        ("'1 2 3 4' --shape many-to-one --units 3", ("1",)),
        ("'1 2; 3 4' --shape many-to-one", ("1",)),
        ("'3'", ("1",)),
    ],
)
def test_where_nothing_comes_next_a_target_is_proposed(
    typed: str, target: tuple[str, ...], following: Any
) -> None:
    words = shlex.split(typed)
    assert options(following(*words)) == options([*words, "--targets", *target, "--bptt"])


def test_of_a_net_from_a_file_the_largest_state_is_explained(following: Any, cli: Any) -> None:
    assert cli("rnn", "1 2 3", "--cell", "lstm", "--save-weights", "w.npz", "--layout", "torch").code == 0
    words = ("1 2 -9 3", "--weights", "w.npz")
    assert options(following(*words)) == options([*words, "--bptt"])
    states = np.abs(cli("rnn", *words).tensor.data)
    place = ",".join(map(str, np.unravel_index(int(states.argmax()), states.shape)))
    assert options(following(*words, "--bptt")) == options([*words, "--bptt", "--explain", place])
    output = {"dense/kernel": np.ones((2, 5)), "dense/bias": np.zeros(5)}
    np.savez("five.npz", kernel=np.ones((1, 2)), recurrent_kernel=np.eye(2), **output)
    assert "--explain" in following(
        "1 2 3", "--weights", "five.npz", "--activation", "tanh"
    )  # it has no targets to go back from


def test_what_the_environment_says_is_not_typed(following: Any) -> None:
    said = {"DLCLI_RNN_STANDARDIZE": "1", "DLCLI_RNN_UNITS": "3", "DLCLI_RNN_ALPHA": "0.5"}
    assert following("a b a", "--layers", "2", variables=said) == ["a b a", "--layers", "2", "--bptt"]


def test_what_is_saved_is_not_saved_again(following: Any) -> None:
    words = ("1 2 3", "--cell", "gru", "--save-weights", "w.npz", "--layout", "torch")
    assert following(*words) == ["1 2 3", "--cell", "gru", "--bptt"]


@pytest.mark.parametrize(
    ("cells", "more", "kept"),
    [
        (("simple", "lstm", "lstm"), ("--forget-bias", "2"), ("--cell", "lstm", "--forget-bias", "2")),
        (("lstm", "gru"), ("--forget-bias", "2", "--layers", "2"), ("--cell", "gru", "--layers", "2")),
        (("leaky", "simple"), ("--alpha", "0.5", "--seed", "3"), ("--cell", "simple", "--seed", "3")),
        (("gru", "leaky:0.3"), (), ("--cell", "leaky:0.3", "--units", "2")),
        (("lstm", "simple+1"), ("--skip", "2"), ("--cell", "simple+1")),
        (("simple+1", "lstm"), ("--skip", "2"), ("--cell", "lstm", "--skip", "2")),
        (("leaky", "leaky:0.3"), ("--alpha", "0.5"), ("--cell", "leaky:0.3", "--units", "2")),
    ],
)
def test_after_several_cells_the_last_one_stands_alone(
    cells: tuple[str, ...], more: tuple[str, ...], kept: tuple[str, ...], following: Any
) -> None:
    words = ("1 2; 3 4; 5 6", *(word for cell in cells for word in ("--cell", cell)), *more)
    assert options(following(*words)) == options(["1 2; 3 4; 5 6", *kept, "--bptt"])


def test_after_one_step_of_learning_come_many_and_then_another_cell(following: Any) -> None:
    words = ("a b a c", "--cell", "gru", "--step", "0.1", "--clip", "1")
    many = following(*words, "--check", "--save-weights", "w.npz")
    assert many == [*words, "--times", "100"]
    beside = following(*many, "--check")
    assert options(beside) == options([*many, "--cell", "lstm"])
    assert options(following(*beside)) == {**options([*many, "--bptt"]), "--cell": ["lstm"]}


def test_what_came_down_a_pipe_stands_before_the_bar(following: Any, cli: Any) -> None:
    x = Tensor(np.arange(6.0).reshape(3, 2), (Axis("time"), Axis("feature")))
    words = ("--cell", "gru", "--units", "3", "--shape", "many-to-one", "--targets", "1 2")
    assert following(*words, stdin=x) == [*words, "--bptt"]
    assert cli("rnn", "--cell", "lstm", "--save-weights", "w.npz", stdin=x).code == 0
    assert following("--weights", "w.npz", stdin=x) == ["--weights", "w.npz", "--bptt"]


def test_a_latch_is_followed_by_an_lstm_on_the_same_signals(following: Any) -> None:
    assert following("0 1; 1 1", "--cell", "latch") == ["0 1; 1 1", "--cell", "lstm", "--units", "1"]


def test_a_value_that_came_down_a_pipe_is_kept_there(following: Any) -> None:
    x = Tensor(np.arange(3.0), (Axis("time"),))
    words = ("1 2 3", "--targets", "-", "--units", "3")
    assert following(*words, stdin=x) == [*words, "--bptt"]
