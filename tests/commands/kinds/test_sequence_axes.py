"""Commands that read steps find them by the names of the axes, and say so where they turned the tensor."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor
from dlcli.words.axes import reordered

#: (step, feature), as commands name them.
PAIRS = (("frame", "frequency"), ("token", "unit"), ("time", "unit"), ("token", "feature"),
         ("query", "feature"), ("key", "feature"), ("step", "unit"), ("frame", "mel"),
         ("sentence", "unit"))  # fmt: skip


def numbers(*names: str) -> Tensor:
    """Random numbers with axes of these names, each of another length."""
    data = np.random.default_rng(15).random((2, 6, 4)[-len(names) :])
    return Tensor(data, tuple(map(Axis, names)))


def same(one: Tensor, other: Tensor) -> None:
    """Assert that two tensors are equal, names and numbers."""
    assert one.axes == other.axes
    assert np.array_equal(one.data, other.data)


@pytest.mark.parametrize("names", PAIRS, ids=" ".join)
@pytest.mark.parametrize("command", ["attn", "transformer", "rnn"])
def test_steps_come_first_by_their_names(cli: Any, command: str, names: tuple[str, str]) -> None:
    steps = numbers(*names)
    ended = cli(command, stdin=reordered(steps, (1, 0)))
    same(ended.tensors[0], cli(command, stdin=steps).tensor)
    said = f"dlcli: the axes are taken by their names as ({', '.join(names)})\n"
    assert ended.err == (said if command != "rnn" else "")


@pytest.mark.parametrize(
    "names", [("head", "token", "unit"), ("channel", "frame", "frequency"), ("shot", "frame", "mel")]
)
def test_several_sequences_are_heads(cli: Any, names: tuple[str, ...]) -> None:
    wanted = cli("attn", stdin=numbers(*names)).tensor
    orders = permutations(range(3)) if names[0] != "shot" else [(0, 1, 2), (0, 2, 1)]
    for order in orders:
        ended = cli("attn", stdin=reordered(numbers(*names), order))
        same(ended.tensors[0], wanted)
        turned = list(order) != [0, 1, 2]
        assert ended.err == f"dlcli: the axes are taken by their names as ({', '.join(names)})\n" * turned


@pytest.mark.parametrize("option", ["--key", "--value"])
def test_attn_turns_what_else_it_reads(cli: Any, option: str) -> None:
    steps = numbers("token", "unit")
    ended = cli("attn", "1 2 3 4; 4 3 2 1; 1 1 1 1; 2 2 2 2; 0 1 0 1; 3 1 2 1", option, "-", stdin=steps)
    turned = cli("attn", "1 2 3 4; 4 3 2 1; 1 1 1 1; 2 2 2 2; 0 1 0 1; 3 1 2 1", option, "-",
                 stdin=reordered(steps, (1, 0)))  # fmt: skip
    same(turned.tensors[0], ended.tensor)


def test_a_memory_is_turned(cli: Any) -> None:
    memory = numbers("token", "unit")
    line = ("transformer", "1 2 3 4; 4 3 2 1", "--decoder", "--memory", "-")
    ended = cli(*line, stdin=reordered(memory, (1, 0)))
    same(ended.tensors[0], cli(*line, stdin=memory).tensor)
    assert ended.err == "dlcli: the axes are taken by their names as (token, unit)\n"


@pytest.mark.parametrize("command", ["attn", "transformer", "rnn"])
def test_what_axes_are_called_collides_with_no_name_of_a_result(cli: Any, command: str) -> None:
    names = ("frame", "frequency", "token", "unit", "query", "key", "layer", "head", "row", "other")
    emits = {
        "attn": ["output", "scores", "weights", "entropy", "queries", "values"],
        "transformer": ["output", "layers", "weights"],
        "rnn": ["states", "outputs", "gradients", "loss", "weight-gradients", "paths"],
    }
    for pair in permutations(names, 2):
        for emit in emits[command]:
            ended = cli(command, "--emit", emit, stdin=numbers(*pair))
            assert ended.code == 0, (pair, emit, ended.err)
