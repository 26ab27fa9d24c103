"""``dlcli rnn``: first states, states carried on, masks and lengths, reading from the end."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

X = np.random.default_rng(3).normal(size=(6, 2))
CELLS = ["simple", "leaky", "lstm", "gru"]


def series(data: Any) -> Tensor:
    return Tensor(np.asarray(data), (Axis("time"), Axis("feature")), "series")


def rows(data: Any) -> str:
    return "; ".join(" ".join(map(repr, row)) for row in np.asarray(data).tolist())


@pytest.mark.parametrize("layers", ["1", "3"])
@pytest.mark.parametrize("cell", CELLS)
def test_in_two_pieces_with_the_state_carried_it_is_the_whole(cell: str, layers: str, cli: Any) -> None:
    words = ("rnn", "--cell", cell, "--layers", layers)
    whole = cli(*words, stdin=series(X)).tensor.data
    first = cli(*words, "--emit", "final-states", "-o", "state.npy", stdin=series(X[:4]))
    assert first.code == 0
    second = cli(*words, "--initial-state", "state.npy", stdin=series(X[4:])).tensor.data
    np.testing.assert_allclose(second, whole[4:], rtol=1e-12)
    pieces = cli(*words, "--stateful", rows(X[:4]), rows(X[4:])).tensors
    np.testing.assert_allclose(np.concatenate([one.data for one in pieces]), whole, rtol=1e-12)
    pieces = cli(*words, rows(X[:4]), rows(X[4:])).tensors
    assert not np.allclose(pieces[1].data, whole[4:])


def test_the_rows_of_a_table_of_states_are_h_then_c_of_each_layer_and_direction(cli: Any) -> None:
    words = ("rnn", "--cell", "lstm", "--layers", "2", "--bidirectional")
    found = cli(*words, "--emit", "final-states", stdin=series(X)).tensor
    names = ("h 0→", "h 0←", "h 1→", "h 1←", "c 0→", "c 0←", "c 1→", "c 1←")
    assert found.axes[0] == Axis("state", names)
    states = cli(*words, stdin=series(X)).tensor.data
    np.testing.assert_array_equal(found.data[2], states[-1, :2])
    np.testing.assert_array_equal(found.data[3], states[0, 2:])
    again = cli(*words, "--initial-state", rows(found.data), "--emit", "final-states", stdin=series(X))
    assert not np.allclose(again.tensor.data, found.data)


def test_gradients_go_back_to_what_the_first_state_gave(cli: Any) -> None:
    """dL/dU of a single step is hᵀ δ: nothing from zeros, all of it from a first state."""
    words = ("rnn", "2", "--targets", "1", "--emit", "weight-gradients", "--paths-of", "U")
    np.testing.assert_array_equal(cli(*words).tensor.data, 0)
    begun = cli(*words, "--initial-state", "0.5 -1").tensor.data
    np.testing.assert_allclose(begun[1], -2 * begun[0], rtol=1e-12)
    assert np.abs(begun).min() > 0
    assert cli("rnn", "1 2 3", "--initial-state", "0.5 -1", "--check").code == 0
    assert (
        cli("rnn", "1 2 3 4", "--mask", "1 1 0 1", "--targets", "1 2 1 2", "--cell", "lstm", "--check").code
        == 0
    )


def test_first_states_are_told_and_explained(cli: Any) -> None:
    words = ("rnn", "1 0 2", "--cell", "lstm", "--initial-state", "0.5 -0.25; 1 0")
    page = cli(*words, "-f", "plain").out
    table = page[page.index("\nFirst states") : page.index("\nSteps")]
    assert "from --initial-state 0.5 -0.25; 1 0" in " ".join(table.split())
    assert re.search(
        r"h +0.5 +−0.25\n +c +1 +0", table.replace(".50", ".5").replace("1.00", "1").replace("0.00", "0")
    )
    last = cli(*words).tensor.data[-1] - cli(*words[:4]).tensor.data[-1]
    assert f"Begun with zeros, the last state would differ by {np.abs(last).max():.3g}" in " ".join(
        page.split()
    )
    told = cli(*words, "--explain", "0,0", "-f", "plain").out
    assert re.search(r"h\[−1\] 1 +−0.25", told)
    assert re.search(r"c\[0\]  [\d.]+ · 1 \+", told)


@pytest.mark.parametrize("cell", CELLS)
def test_padding_is_not_read_whatever_it_is(cell: str, cli: Any) -> None:
    words = ("rnn", "--cell", cell, "--units", "3", "--layers", "2")
    alone = {
        name: cli(*words, "--emit", name, stdin=series(X[:4])).tensor.data
        for name in ("states", "loss", "gradients")
    }
    for padding in (0.0, 7.0):
        padded = np.concatenate([X[:4], np.full((2, 2), padding)])
        for more in (("--lengths", "4"), ("--mask", "1 1 1 1 0 0")):
            found = {
                name: cli(*words, *more, "--emit", name, stdin=series(padded)).tensor.data for name in alone
            }
            for name, values in alone.items():
                np.testing.assert_allclose(found[name][:4], values, rtol=1e-12, err_msg=name)
            np.testing.assert_array_equal(found["states"][4:], found["states"][[3, 3]])
            assert np.isnan(found["loss"][4:]).all()
            np.testing.assert_array_equal(found["gradients"][4:], 0)


def test_each_input_has_a_length_of_its_own(cli: Any) -> None:
    for given in ("2,3", "2 3"):
        found = cli("rnn", "1 2 0 0", "3 1 2 0", "--lengths", given).tensors
        for one, literal, length in zip(found, ("1 2", "3 1 2"), (2, 3), strict=True):
            np.testing.assert_array_equal(one.data[:length], cli("rnn", literal).tensor.data)
            np.testing.assert_array_equal(one.data[length:], one.data[[length - 1] * (4 - length)])


def test_the_next_line_has_the_length_of_its_own_input(cli: Any) -> None:
    page = cli("rnn", "1 2 0 0", "3 1 2 0", "--lengths", "2,3", "-f", "plain").out
    assert re.findall(r"^  (dlcli .*)$", page, re.MULTILINE) == [
        "dlcli rnn '1 2 0 0' --lengths 2 --bptt",
        "dlcli rnn '3 1 2 0' --lengths 3 --bptt",
    ]


def test_the_next_line_begins_where_the_input_began(cli: Any) -> None:
    line = ("rnn", "1 0 2", "2 0 1", "--initial-state", "0.5 -0.5", "--stateful")
    page = cli(*line, "-f", "plain").out
    first, second = re.findall(r"^  (dlcli .*(?:\\\n.*)?)$", page, re.MULTILINE)
    assert first == "dlcli rnn '1 0 2' --initial-state '0.5 -0.5' --stateful --bptt"
    (state,) = re.findall(r"--initial-state '([^']*)'", second)
    assert "--stateful" not in second
    again = cli("rnn", "2 0 1", "--initial-state", state).tensor.data
    np.testing.assert_allclose(again, cli(*line).tensors[1].data, atol=1e-3)


def test_the_answer_of_a_padded_sequence_is_that_of_its_last_step(cli: Any) -> None:
    words = ("--shape", "many-to-one", "--targets", "1", "--bidirectional")
    for emit in ("outputs", "weight-gradients"):
        padded = cli("rnn", "3 1 2 0 0", *words, "--lengths", "3", "--emit", emit).tensors
        alone = cli("rnn", "3 1 2", *words, "--emit", emit).tensors
        for one, other in zip(padded, alone, strict=True):
            np.testing.assert_allclose(one.data, other.data, rtol=1e-9, atol=1e-15)


def test_steps_that_are_not_read_are_told(cli: Any) -> None:
    page = cli("rnn", "3 1 2 0 0", "--lengths", "3", "--cell", "gru", "-f", "plain").out
    rows_ = re.findall(r"^  ([34]) .*$", page, re.MULTILINE)
    assert rows_
    assert "2 steps are not read (3, 4): they hand on the state that they were given" in " ".join(
        page.split()
    )
    assert "Steps 3 and 4 read the same" not in page
    gates = cli("rnn", "3 1 2 0 0", "--lengths", "3", "--cell", "gru", "--emit", "gates").tensor.data
    assert np.isnan(gates[:, 3:]).all()
    assert np.isfinite(gates[:, :3]).all()
    told = cli("rnn", "3 1 2 0", "--lengths", "3", "--explain", "3,1", "-f", "plain").out
    assert "step 3 is not read, and hands on the state that it was given" in " ".join(told.split())
    told = cli(
        "rnn",
        "3 1 2 4",
        "--mask",
        "1 1 0 1",
        "--targets",
        "1 1 1 1",
        "--emit",
        "gradients",
        "--explain",
        "1,0",
        "-f",
        "plain",
    ).out
    assert "dL/dh[t+1], for step 2 is not read" in told
    assert re.search(r"dL/dh\[2\] 0 +−?[\d.]+ × +1", told)
    told = cli(
        "rnn",
        "3 1 2 4",
        "--mask",
        "1 1 0 1",
        "--targets",
        "1 1 1 1",
        "--emit",
        "paths",
        "--explain",
        "3,2",
        "-f",
        "plain",
    ).out
    assert "is 0: step 2 is not read" in told
    drawn = cli("rnn", "3 1 2 4", "--mask", "1 0 1 1", "--shape", "many-to-many", "-f", "plain").out
    assert "x[0]" in drawn
    assert "x[1] " not in drawn[drawn.index("Unrolled") : drawn.index("Simple cell")]


@pytest.mark.parametrize("cell", CELLS)
def test_reading_from_the_end_is_reading_what_is_turned_round(cell: str, cli: Any) -> None:
    words = ("rnn", "--cell", cell, "--emit")
    for emit in ("states", "loss", "weight-gradients"):
        found = cli(*words, emit, "--go-backwards", stdin=series(X)).tensors
        turned = cli(*words, emit, stdin=series(X[::-1])).tensors
        for one, other in zip(found, turned, strict=True):
            np.testing.assert_array_equal(one.data, other.data)


def test_read_from_the_end_each_step_keeps_its_word_or_place(cli: Any) -> None:
    assert cli("rnn", "the cat sat", "--go-backwards").tensor.axes[0].labels == ("sat", "cat", "the")
    axis = cli("rnn", "1 2 3", "--go-backwards").tensor.axes[0]
    assert [axis.value(t) for t in range(3)] == [2, 1, 0]
    timed = Tensor(X, (Axis("time", start=1.0, step=0.5, unit="s"), Axis("feature")), "series")
    axis = cli("rnn", "--go-backwards", stdin=timed).tensor.axes[0]
    assert (axis.value(0), axis.value(5), axis.unit) == (3.5, 1.0, "s")
    page = cli("rnn", "the cat sat", "--go-backwards", "--bptt", "-f", "plain").out
    assert "sat → cat" in page
    assert "read from its end: the last step first" in page
    padded = cli("rnn", "1 2 0", "--go-backwards", "--lengths", "2").tensor.data
    np.testing.assert_array_equal(padded[0], 0)
    np.testing.assert_array_equal(padded[1:], cli("rnn", "2 1").tensor.data)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("1 2", "--cell", "lstm", "--initial-state", "1 2"), 1, "begins with 2 rows (h, c) of 2 numbers"),
        (("1 2", "--initial-state", "1 2 3"), 1, "begins with 1 row (h) of 2 numbers"),
        (("1 2", "--initial-state", "1 nan"), 1, "states are finite numbers"),
        (("1 2", "--initial-state", "1 2j"), 1, "begins with 1 row (h) of 2 numbers"),
        (("1 2", "--initial-state", "nothing.npy"), 1, "nothing.npy"),
        (("1 2", "--initial-state", "1 2", "--skip", "2"), 2, "does not go with --skip"),
        (("1 2", "--initial-state", "1 2", "--cell", "simple+2"), 2, "does not go with a skip connection"),
        (("1 2", "--initial-state", "1 2", "--cell", "lstm", "--cell", "gru"), 2, "changes nothing"),
        (("1 2", "--stateful", "--bidirectional"), 2, "does not go with --bidirectional"),
        (("1 2", "--stateful", "--step", "1"), 2, "does not go with --step"),
        (("1 2", "--stateful", "--weights", "both.npz"), 2, "that of --weights reads in both"),
        (("1 2", "--mask", "1"), 1, "a number for each of 2 steps"),
        (("1 2", "--mask", "1 2"), 1, "--mask is of 0 and 1, 1 where a step is read; received 2"),
        (("1 2", "--mask", "0 0"), 1, "leaves out all steps"),
        (("1 2", "--mask", "1 nan"), 1, "received nan"),
        (("1 2", "--mask", "1 1", "--lengths", "1"), 2, "does not go with --"),
        (("1 2", "--mask", "1 1", "--cell", "lstm+1"), 2, "does not go with a skip connection"),
        (("1 2", "--mask", "1 0", "--bptt"), 1, "no step that is read has a target"),
        (("1 2", "--lengths", "3"), 1, "3 is more than the 2 steps of input number 1"),
        (("1 2", "--lengths", "0"), 2, "lengths are whole numbers from 1 on"),
        (("1 2", "--lengths", "1.5"), 2, "lengths are whole numbers from 1 on"),
        (("1 2", "--go-backwards", "--bidirectional"), 2, "does not go with --bidirectional"),
        (("1 2", "--cell", "latch", "--mask", "1 1"), 2, "a latch has two signals"),
    ],
)
def test_what_does_not_fit_ends_in_words(words: tuple[str, ...], code: int, told: str, cli: Any) -> None:
    cli("rnn", "1 2", "--bidirectional", "--save-weights", "both.npz")
    ended = cli("rnn", *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2


def test_what_cannot_go_on_is_said_of_the_input_that_cannot(cli: Any) -> None:
    ended = cli("rnn", "1 2", "1 2; 3 4", "--stateful", "-f", "json")
    assert ended.code == 1
    assert "the input before had 1 feature a step, this one has 2" in ended.err
    ended = cli("rnn", "a b", "c d", "--stateful", "-f", "json")
    assert ended.code == 1
    assert "name all with --vocabulary" in ended.err
    both = cli("rnn", "a b", "c d", "--stateful", "--vocabulary", "a b c d").tensors
    whole = cli("rnn", "a b c d").tensor.data
    np.testing.assert_allclose(np.concatenate([one.data for one in both]), whole, rtol=1e-12)


def test_there_is_a_length_for_each_input_or_nothing_is_read(cli: Any) -> None:
    np.savez("two.npz", a=np.array([1.0, 2.0]), b=np.array([3.0, 4.0]))
    for inputs, lengths, said in (
        (["1 0 0"], "2,2", "--lengths has 2 numbers, and there is 1 input: give a length for each"),
        (["1 0 0", "1 0"], "2", "--lengths has 1 number, and there are 2 inputs: give a length for each"),
        (["two.npz", "1 2"], "1,1", "--lengths has 2 numbers, and there are 3 inputs"),
        (["two.npz"], "1,1,2", "--lengths has 3 numbers, and there are 2 inputs"),
    ):
        for more in ((), ("--cell", "gru", "--cell", "lstm")):
            ended = cli("rnn", *inputs, *more, "--lengths", lengths, "-f", "json")
            assert (ended.code, ended.raw) == (2, b"")
            assert said in ended.err
    assert len(cli("rnn", "two.npz", "1 2", "--lengths", "1,2,1").tensors) == 3
    ended = cli("rnn", "-", "--lengths", "2,2", stdin=series([[1.0], [2.0]]))
    assert (ended.code, ended.raw) == (2, b"")


def test_an_input_that_fails_keeps_its_length_for_itself(cli: Any) -> None:
    for bad in ("1 2", "there.npy"):
        ended = cli("rnn", bad, "1 2 3", "--lengths", "3,2", "-f", "csv")
        assert ended.code == 1
        assert ended.out == cli("rnn", "1 2 3", "--lengths", "2", "-f", "csv").out


def test_a_table_of_another_net_is_refused_by_its_rows(cli: Any) -> None:
    cli("rnn", "1 2", "--layers", "2", "--emit", "final-states", "-o", "two.json")
    ended = cli("rnn", "1 2", "--bidirectional", "--initial-state", "two.json")
    assert ended.code == 1
    assert "has the rows h 0, h 1; this net begins with h →, h ←" in ended.err
    assert json.loads(cli("rnn", "1 2", "--skip", "2", "-f", "json").out)["name"] == "states"
    ended = cli("rnn", "1 2", "--skip", "2", "--emit", "final-states")
    assert "this run gives no final-states" in ended.err


def test_steps_that_are_not_read_hand_on_what_they_were_given(cli: Any) -> None:
    told = " ".join(cli("rnn", "1 0 0 1 0", "--mask", "0 0 1 0 1", "-f", "plain").out.split())
    assert "3 steps are not read (0, 1, 3): they hand on the state that they were given" in told
    told = " ".join(cli("rnn", "1 0 0", "--mask", "0 1 1", "-f", "plain").out.split())
    assert "1 step is not read (0): it hands on the state that it was given" in told


def test_a_word_that_is_named_twice_is_told(cli: Any) -> None:
    for flag, words in (
        ("--vocabulary", ("rnn", "a b", "--vocabulary", "a a b")),
        ("--target-vocabulary", ("seq2seq", "1 0", "--target-vocabulary", "a a b")),
        ("--source-vocabulary", ("seq2seq", "a b", "--source-vocabulary", "a a b")),
    ):
        ended = cli(*words)
        assert ended.code == 0
        assert ended.err == f"dlcli: {flag} names 'a' twice: it counts once, where it stands first\n"
        assert cli(*words[:-1], "a b").err == ""
    ended = cli("rnn", "1 2", "--targets", "b a", "--classes", "a b a")
    assert (ended.code, ended.raw) == (2, b"")
    assert "'a' is one class, and stands more than once" in ended.err
