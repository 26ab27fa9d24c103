"""``dlcli rnn``: beside nets without memory."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

SENTENCE = "the cat sat on the mat"


def page(cli: Any, *words: str) -> str:
    ended = cli("rnn", *words, "-f", "plain", "--width", "80")
    assert (ended.code, ended.err) == (0, "")
    return str(ended.out)


def between(page: str, first: str, last: str) -> str:
    return page[page.index(f"\n{first}") : page.index(f"\n{last}", page.index(f"\n{first}"))]


def numbers(line: str) -> list[float]:
    return [float(word.replace("−", "-")) for word in re.findall(r"[−\d][\d.]*(?= |$)", line)]


@pytest.mark.parametrize("cell", ["simple", "leaky", "lstm", "gru", "simple+2"])
def test_only_the_recurrent_net_tells_orders_apart(cell: str, cli: Any) -> None:
    told = between(page(cli, SENTENCE, "--cell", cell, "--units", "2", "--without-memory"), "Orders", "Loss")
    rows = [line for line in told.split("\n") if line.startswith(("  as it is", "  last one", "  backwards"))]
    given, stays, backwards = (np.reshape(numbers(row), (3, 2)) for row in rows)
    np.testing.assert_array_equal(given[0], stays[0])
    np.testing.assert_array_equal(given[0], backwards[0])
    np.testing.assert_array_equal(given[1], stays[1])
    assert (given[1] != backwards[1]).any()
    assert (given[2] != stays[2]).any()
    assert (given[2] != backwards[2]).any()
    states = {name: cli("rnn", SENTENCE, "--cell", cell, "--units", "2", "--emit", name).tensor for name in ("added-up", "feedback-cut", "states")}  # fmt: skip
    for ours, name in zip(given, states, strict=True):
        np.testing.assert_allclose(ours, states[name].data[-1], atol=1e-4)
    assert states["added-up"].axes[0].labels == tuple(SENTENCE.split())


def test_what_the_orders_are_and_say_is_told(cli: Any) -> None:
    told = " ".join(page(cli, SENTENCE, "--without-memory").split())
    assert "last one stays: “the on sat cat the mat”; backwards: “mat the on sat cat the”" in told
    assert "In every order the net that adds its inputs up ends the same" in told
    assert "hears step 5 alone" in told
    told = " ".join(page(cli, "1 2", "--without-memory").split())
    assert "backwards: 1, 0" in told
    assert "The recurrent net differs by" in told
    told = page(cli, "1 1 1", "--without-memory")
    assert "All steps are alike: they have no other order" in told
    assert "\nOrders" not in told
    assert "added up" not in page(cli, SENTENCE)


@pytest.mark.parametrize("cell", ["simple", "lstm", "gru"])
@pytest.mark.parametrize("emit", ["added-up", "feedback-cut"])
def test_their_cells_are_explained(emit: str, cell: str, cli: Any) -> None:
    words = ("rnn", "1 0.5 -2", "--cell", cell, "--layers", "2", "--emit", emit)
    emitted = cli(*words).tensor.data
    told = cli(*words, "--explain", "2,1", "-f", "plain", "--precision", "10").out
    assert f"h[2] of unit 1 is {emitted[2, 1]:.10g}".replace("-", "−") in told
    assert "without memory: h[t−1] is 0" in told
    assert ("1 + 0.5 + (−2)" in told) == (emit == "added-up")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--bidirectional", "--without-memory"), "--without-memory does not go with --bidirectional"),
        (("--cell", "lstm", "--cell", "gru", "--without-memory"), "--without-memory changes nothing"),
        (("--cell", "latch", "--without-memory"), "--without-memory: a latch has two signals"),
        (("--weights", "both.npz", "--without-memory"), "that of --weights reads in both"),
        (("--bidirectional", "--emit", "added-up"), "added-up"),
    ],
)
def test_what_it_is_not_for_is_said(words: tuple[str, ...], told: str, cli: Any) -> None:
    cli("rnn", "1 2 3", "--bidirectional", "--save-weights", "both.npz")
    ended = cli("rnn", "1 2 3", *words)
    assert (ended.code, ended.raw) == (2 if "--emit" not in words else ended.code, b"")
    assert ended.code in (1, 2)
    assert told in ended.err


@pytest.mark.parametrize("cell", ["simple", "leaky", "lstm", "gru"])
def test_every_order_begins_with_the_first_states(cell: str, cli: Any) -> None:
    words = ("the cat sat", "--cell", cell, "--units", "2")
    begins = "0.9 -0.9; 0.5 0.1" if cell == "lstm" else "0.9 -0.9"
    begun = (*words, "--initial-state", begins)
    last = cli("rnn", *begun).tensor.data[-1]
    told = between(page(cli, *begun, "--without-memory"), "Orders", "Loss")
    (row,) = (line for line in told.split("\n") if line.startswith("  as it is"))
    np.testing.assert_allclose(np.reshape(numbers(row), (3, 2))[2], last, atol=1e-4)
    other = "cat the sat"
    (row,) = (line for line in told.split("\n") if line.startswith("  last one"))
    last = cli("rnn", other, *begun[1:], "--vocabulary", "the cat sat").tensor.data[-1]
    np.testing.assert_allclose(np.reshape(numbers(row), (3, 2))[2], last, atol=1e-4)


def test_every_order_begins_with_the_states_that_were_carried(cli: Any) -> None:
    words = ("1 0 0", "0 1 0", "--stateful")
    last = cli("rnn", *words).tensors[1].data[-1]
    told = between(page(cli, *words, "--without-memory").rpartition("\nInput")[2], "Orders", "Loss")
    (row,) = (line for line in told.split("\n") if line.startswith("  as it is"))
    np.testing.assert_allclose(numbers(row)[-len(last) :], last, atol=1e-4)


def test_a_sum_that_is_nothing_beside_its_terms_is_shown_as_nothing(cli: Any) -> None:
    words = ("rnn", "sample:sunspots", "--standardize")
    assert not cli(*words, "--emit", "added-up").tensor.data[-1].any()
    told = between(page(cli, *words[1:], "--without-memory"), "Orders", "Loss")
    rows = [line for line in told.split("\n") if line.startswith(("  as it is", "  last one", "  backwards"))]
    assert len(rows) == 3
    assert all(numbers(row)[:2] == [0, 0] for row in rows)
    told = cli(*words, "--emit", "added-up", "--explain", "308,0", "-f", "plain").out
    assert "h[308] of unit 0 is 0\n" in told


def test_steps_that_are_not_read_add_nothing_to_the_sum_that_is_explained(cli: Any) -> None:
    words = ("rnn", "1 2 4", "--mask", "1 0 1", "--emit", "added-up")
    value = cli(*words).tensor.data[2, 0]
    told = cli(*words, "--explain", "2,0", "-f", "plain", "--precision", "10").out
    assert f"h[2] of unit 0 is {value:.10g}".replace("-", "−") in told
    assert "1 + 0 + 4 = 5" in " ".join(told.split())


def test_above_the_lowest_layer_x_is_what_the_layer_below_made(cli: Any) -> None:
    words = ("rnn", "the cat sat", "--layers", "2")
    told = " ".join(cli(*words, "--emit", "added-up", "--explain", "sat,0", "-f", "plain").out.split())
    assert "layer 0 reads Σx, and x[t] is what it makes of that" in told
    assert "x[2] 0 −0.0193" in told
    assert "Σx 0" not in told
    told = " ".join(cli(*words, "--explain", "sat,0", "-f", "plain").out.split())
    assert "x[t] is h[t] of layer 0" in told
    told = " ".join(cli(*words[:2], "--emit", "added-up", "--explain", "sat,0", "-f", "plain").out.split())
    assert "Σx stands for x[t]" in told


@pytest.mark.parametrize("emit", ["added-up", "feedback-cut"])
def test_a_step_that_is_not_read_is_explained_of_the_net_that_was_asked_about(emit: str, cli: Any) -> None:
    words = ("rnn", "1 2 4", "--mask", "1 0 1", "--emit", emit)
    value = cli(*words).tensor.data[1, 0]
    told = " ".join(cli(*words, "--explain", "1,0", "-f", "plain", "--precision", "10").out.split())
    assert f"h[1] of unit 0 is {value:.10g}".replace("-", "−") in told
    assert ("step 1 is not read" in told) == (emit == "feedback-cut")
    assert ("1 + 0 = 1" in told) == (emit == "added-up")
