"""Cells beside each other: when gates help a gradient, why fresh ones may not, and what times are worth."""

from __future__ import annotations

import re
import shlex
from typing import Any

import numpy as np
import pytest

from dlcli.commands.rnn.command import MANUAL

PULSE = "1 0 0 0 0 0 0 0 0 0 0 0"


@pytest.fixture
def told(cli: Any) -> Any:
    """What a line tells in one row, without colour."""

    def tell(*words: str) -> str:
        ended = cli(*words, "-f", "plain")
        assert (ended.code, ended.err) == (0, "")
        return " ".join(str(ended.out).split())

    return tell


def left(page: str, cell: str) -> list[float]:
    """What is left of the gradient of a cell, by distance."""
    found = re.search(rf" {cell} ((?:[\d.]+(?:e−\d+)? )+)", page.partition("Gradient left")[2])
    assert found, page
    return [float(word.replace("−", "-")) for word in found[1].split()]


@pytest.mark.parametrize("seed", range(5))
def test_the_manual_s_comparison_shows_that_gates_keep_a_gradient(seed: int, told: Any) -> None:
    (line,) = (line for line in MANUAL.examples if "--bptt --cell simple --cell" in line)
    page = told(*shlex.split(line)[1:], "--seed", str(seed))
    simple, lstm, gru = (np.array(left(page, cell)) for cell in ("simple", "lstm", "gru"))
    assert (lstm > simple).all()
    assert (gru > simple).all()
    assert max(simple[-2:]) < 1e-15  # 200 steps back and more: less is lost in a sum with 1
    assert min(*lstm[-2:], *gru[-2:]) > 1e-13
    assert "Without gates each step multiplies by U and the slope of tanh" in page


@pytest.mark.parametrize("seed", range(5))
def test_of_fresh_nets_on_a_pulse_the_simple_one_keeps_more_and_the_story_says_why(
    seed: int, told: Any
) -> None:
    page = told("rnn", PULSE, "--cell", "simple", "--cell", "gru", "--seed", str(seed))
    simple, gru = left(page, "simple"), left(page, "gru")
    assert simple[-1] > gru[-1]
    assert "A fresh update gate keeps about 0." in page
    assert "--update-bias 5 begins with 0.993" in page
    assert "A fresh U is orthogonal, ρ = 1" in page


def test_at_seed_0_the_shares_are_those_that_were_wondered_at(told: Any) -> None:
    page = told("rnn", PULSE, "--cell", "simple", "--cell", "gru")
    assert (left(page, "simple")[-1], left(page, "gru")[-1]) == (0.561, 0.000135)
    opened = told("rnn", PULSE, "--cell", "simple", "--cell", "gru", "--update-bias", "5")
    assert left(opened, "gru")[-1] > 0.9
    assert "A fresh update gate" not in opened


def test_an_update_gate_begins_where_it_is_told_to(cli: Any) -> None:
    for more in ((), ("--reset-before",)):
        words = ("rnn", "0 0", "--cell", "gru", "--update-bias", "5", *more)
        gates = cli(*words, "--emit", "gates").tensor
        np.testing.assert_allclose(gates.data[0, 0], 1 / (1 + np.exp(-5)), rtol=1e-12)
        np.testing.assert_allclose(gates.data[1, 0], 0.5, rtol=1e-12)
    ended = cli("rnn", "1 0 0", "--cell", "lstm", "--update-bias", "5")
    assert ended.code == 2
    assert "add --cell gru, or leave --update-bias out" in ended.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--cell", "lstm", "--forget-bias", "5"), "beside c a gradient goes back over h, U and the gates"),
        (
            ("--cell", "simple", "--layers", "2", "--skip", "1", "--activation", "linear"),
            "there are several ways back, and what comes by all of them is added",
        ),
    ],
)
def test_a_share_above_1_is_explained(words: tuple[str, ...], why: str, told: Any) -> None:
    page = told("rnn", PULSE, "--bptt", *words)
    share = re.search(r"10 steps back, (\S+) of the gradient", page)
    assert share
    assert float(share[1]) > 1
    assert f"A share above 1: {why}" in page


def test_a_share_of_at_most_1_is_not(told: Any) -> None:
    assert "A share above 1" not in told("rnn", PULSE, "--bptt")


def test_times_say_on_what_how_often_and_how_far_they_differ(told: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("dlcli.commands.kinds.recurrence.timing_story.processors", lambda: 6)
    page = told("rnn", PULSE, "--cell", "lstm", "--cell", "gru")
    said = r"measured now, on one thread of 6 processors: the least of 9 runs; the middle run takes up to "
    said += r"[\d.]+ times that, the longest [\d.]+ times"
    assert re.search(f"times {said} cell", page)
    verdict = r"gru (takes [\d.]+ times the time of lstm, here and now|and lstm take as long as each other)"
    assert re.search(verdict, page)
    page = told("seq2seq", "the cat sees a dog", "--weights", "sample:translator", "--time")
    assert re.search(f"16 times the steps took [\\d.]+ times as long; {said} steps", page)


@pytest.mark.parametrize(
    ("ticks", "verdict"),
    [
        ([2.0, 1.0] * 9, "gru takes 0.5 times the time of lstm, here and now"),
        ([1.0, 2.0] * 9, "gru takes 2 times the time of lstm, here and now"),
        (
            [2.0, 1.9] + [4.0, 4.0] * 8,
            "gru and lstm take as long as each other here: their runs differ by more",
        ),
    ],
)
def test_neither_gru_nor_lstm_is_called_the_quicker_within_the_spread(
    ticks: list[float], verdict: str, told: Any, monkeypatch: Any
) -> None:
    taken = iter(ticks)
    monkeypatch.setattr("dlcli.engines.base.timing._seconds", lambda work, clock: next(taken))
    assert verdict in told("rnn", PULSE, "--cell", "lstm", "--cell", "gru")


def notice(cli: Any, *words: str) -> str:
    """What a line has noticed, in one row."""
    page = str(cli("rnn", *words, "-f", "plain").out)
    return " ".join(page[page.index("Notice") : page.index("Try next")].split())


def test_a_fresh_gate_is_not_told_to_begin_as_it_does(cli: Any) -> None:
    """Inputs of up to 50 close gates that begin open."""
    opened = ("--forget-bias", "5", "--update-bias", "5")
    both = ("--cell", "lstm", "--cell", "gru")
    large = "the inputs are large, up to 50.5; try --standardize."
    for words in ((*both, *opened), ("--cell", "lstm", *opened[:2], "--bptt")):
        told = notice(cli, "sample:serial", *words)
        assert "A fresh forget gate keeps about 0." in told
        assert f"though --forget-bias 5 begins with 0.993: {large}" in told
        assert "it has to learn" not in told
    assert f"though --forget-bias 1 begins with 0.731: {large}" in notice(cli, "sample:serial", *both)
    told = notice(cli, "sample:serial", "--cell", "lstm", "--standardize", "--forget-bias", "-2", "--bptt")
    assert "a step; --forget-bias -2 begins with 0.119." in told
    assert "large" not in told


def test_nobody_is_told_to_standardize_what_is_standardized(cli: Any) -> None:
    linear = ("--activation", "linear", "--skip", "1", "--units", "4", "--layers", "8")
    ramp = " ".join(str(t % 7) for t in range(2000))
    for words, tries in (
        ((ramp, *linear), "try --activation tanh, --standardize, or smaller weights"),
        ((ramp, *linear, "--standardize"), "try --activation tanh, or smaller weights"),
        (("ab " * 2000, *linear), "try --activation tanh, or smaller weights"),
    ):
        ended = cli("rnn", *words)
        assert ended.code == 1
        assert ended.err.endswith(f"{tries}\n")


def test_flat_states_of_standardized_inputs_want_smaller_ones(cli: Any) -> None:
    np.savez("w.npz", **{"rnn.weight_ih_l0": np.full((2, 1), 50.0), "rnn.weight_hh_l0": np.zeros((2, 2))})
    line = ("1 2 3 5", "--weights", "w.npz", "--activation", "tanh")
    assert "no gradient through: try --standardize, or smaller inputs." in notice(cli, *line)
    assert "no gradient through: try smaller inputs." in notice(cli, *line, "--standardize")
