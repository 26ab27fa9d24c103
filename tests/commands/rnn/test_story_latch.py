"""A latch: what is sent, explained, refused, and its story with the LSTM beside it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from dlcli.commands.rnn.results import latched
from dlcli.commands.rnn.story_latch import explain, story
from dlcli.errors import DlcliError, WrongUsage
from dlcli.tensor import Axis, Tensor
from dlcli.views.charts.waves import Waves

SIGNALS = Tensor(np.array([[1, 1], [0, 0], [0, 1], [1, 0]]), name="signals", attrs={"source": "literal"})
TYPED = "1 1; 0 0; 0 1; 1 0"


def printed(view: RenderableType, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(view)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_signals_are_drawn_and_the_bit_stays_while_the_gate_is_shut() -> None:
    told = printed(story(latched(SIGNALS).work))
    assert "  step  0  1  2  3\n  EN    ███▁▁▁▁▁▁███\n  D     ███▁▁▁███▁▁▁\n  Q     █████████▁▁▁\n" in told
    assert "   1  0       1     0  taken from D\n" in told
    assert (
        "  t  EN  D  EN·D  (1−EN)·Q  Q\n  0   1  1     1         0  1\n  1   0  0     0         1  1\n"
        in told
    )
    assert "  3  0.0067  0.9933  0.0000  0.0066  0\n" in told
    assert "EN is 0 at 2 of 4 steps: whatever D does there, Q stays." in told.replace("\n  ", " ")


def test_of_a_long_run_the_first_steps_are_listed_and_the_signals_go_on_below() -> None:
    long = Tensor(np.tile(SIGNALS.data, (10, 1)), name="signals")
    told = printed(story(latched(long).work), width=60)
    assert "Steps  the first 16 of 40\n" in told
    assert told.count("  EN    ") == 3
    assert all(cell_len(line) <= 60 for line in told.splitlines())


def test_soft_signals_are_told_as_a_leaky_unit() -> None:
    told = printed(story(latched(Tensor([[0.5, 1], [0.5, 1]])).work))
    assert "a leaky unit whose share changes at every step" in told.replace("\n  ", " ")
    assert "  Q     ▅▅▅▆▆▆\n" in told


def test_a_step_is_explained() -> None:
    work = latched(SIGNALS).work
    assert "  Q[2]  0 · 1 + (1 − 0) · 1 = 0 + 1 = 1\n" in printed(explain(work, (2, 0)))
    with pytest.raises(WrongUsage, match="there is no cell 4,0"):
        explain(work, (4, 0))


def test_what_is_sent() -> None:
    outputs = latched(SIGNALS).outputs
    states, gates = outputs["states"](), outputs["gates"]()
    assert (states.axis_names, states.data[:, 0].tolist()) == (("row", "unit"), [1, 1, 1, 0])
    assert gates.axes[1].labels == ("taken", "kept")
    assert gates.data.tolist() == [[1, 0], [0, 1], [0, 1], [0, 0]]


def test_other_shapes_are_refused_in_words() -> None:
    with pytest.raises(DlcliError, match=r"a latch wants two signals a step.*received x \(row 1, column 3\)"):
        latched(Tensor([[1, 0, 1]], name="x"))


def test_waves_as_markdown() -> None:
    text = Waves({"Q": np.array([0.0, 1.0])}).markdown()
    assert "step  0  1\nQ     ▁▁▁███" in text


def test_what_the_command_sends(cli: Any) -> None:
    states = cli("rnn", "--cell", "latch", TYPED).tensor
    assert (states.name, states.data[:, 0].tolist()) == ("states", [1, 1, 1, 0])
    gates = cli("rnn", "--cell", "latch", TYPED, "--emit", "gates").tensor
    np.testing.assert_array_equal(gates.data.sum(axis=1), states.data[:, 0])


def test_the_places_of_the_steps_stay(cli: Any) -> None:
    signals = Tensor(np.eye(2), (Axis("time", ("first", "second")), Axis("signal", ("EN", "D"))))
    assert cli("rnn", "--cell", "latch", stdin=signals).tensor.axes[0].labels == ("first", "second")


def test_the_command_explains_a_step(cli: Any) -> None:
    told = cli("rnn", "--cell", "latch", TYPED, "--explain", "2,0", "-f", "plain").out
    assert "Q[2]  0 · 1 + (1 − 0) · 1 = 0 + 1 = 1\n" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("1 2 3; 4 5 6",), "a latch wants two signals a step, EN and D"),
        (("1 2; 0 1",), "EN and D of a latch must lie between 0 and 1"),
        ((TYPED, "--emit", "cell"), "cell"),
        ((TYPED, "--cell", "lstm"), "a latch has no weights to compare"),
    ],
)
def test_what_is_no_pair_of_signals_ends_in_words(words: tuple[str, ...], told: str, cli: Any) -> None:
    ended = cli("rnn", "--cell", "latch", *words)
    assert ended.code in (1, 2)
    assert ended.raw == b""
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2
