"""``dlcli rnn --cell latch``: sent, explained, refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

SIGNALS = "1 1; 0 0; 0 1; 1 0"


def test_what_is_sent(cli: Any) -> None:
    states = cli("rnn", "--cell", "latch", SIGNALS).tensor
    assert (states.name, states.data[:, 0].tolist()) == ("states", [1, 1, 1, 0])
    gates = cli("rnn", "--cell", "latch", SIGNALS, "--emit", "gates").tensor
    np.testing.assert_array_equal(gates.data.sum(axis=1), states.data[:, 0])


def test_the_places_of_the_steps_stay(cli: Any) -> None:
    signals = Tensor(np.eye(2), (Axis("time", ("first", "second")), Axis("signal", ("EN", "D"))))
    assert cli("rnn", "--cell", "latch", stdin=signals).tensor.axes[0].labels == ("first", "second")


def test_a_step_is_explained(cli: Any) -> None:
    told = cli("rnn", "--cell", "latch", SIGNALS, "--explain", "2,0", "-f", "plain").out
    assert "Q[2]  0 · 1 + (1 − 0) · 1 = 0 + 1 = 1\n" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("1 2 3; 4 5 6",), "a latch wants two signals a step, EN and D"),
        (("1 2; 0 1",), "EN and D of a latch must lie between 0 and 1"),
        ((SIGNALS, "--emit", "cell"), "cell"),
        ((SIGNALS, "--cell", "lstm"), "a latch has no weights to compare"),
    ],
)
def test_what_is_no_pair_of_signals_ends_in_words(words: tuple[str, ...], told: str, cli: Any) -> None:
    ended = cli("rnn", "--cell", "latch", *words)
    assert ended.code in (1, 2)
    assert ended.raw == b""
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2
