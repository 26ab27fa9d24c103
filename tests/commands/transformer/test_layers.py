"""``dlcli transformer`` in all blocks: the sheet of heads, rollout, and how each token changes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from dlcli.engines.transformer.rollout import attention_rollout

LINE = ("transformer", "the cat sat on the mat", "--layers", "3", "--heads", "4")


def flat(told: str) -> str:
    return re.sub(r"\s+", " ", told)


def test_rollout_and_changes_are_of_the_weights_and_states(cli: Any) -> None:
    weights, states, rollout = (
        cli(*LINE, "--emit", name).tensor for name in ("weights", "layers", "rollout")
    )
    np.testing.assert_allclose(rollout.data, attention_rollout(weights.data), rtol=1e-12)
    assert rollout.axis_names == ("layer", "query", "key")
    norms, first, previous = (
        cli(*LINE, "--emit", n).tensor for n in ("norms", "first-cosine", "previous-cosine")
    )
    np.testing.assert_allclose(norms.data, np.linalg.norm(states.data, axis=-1))
    x = states.data
    by_hand = (x[3] * x[2]).sum(axis=-1) / norms.data[3] / norms.data[2]
    np.testing.assert_allclose(previous.data[3], by_hand)
    np.testing.assert_allclose(first.data[3], (x[3] * x[0]).sum(axis=-1) / norms.data[3] / norms.data[0])
    assert norms.axes[0].labels == ("input", "block 0", "block 1", "block 2")


def test_the_story_of_all_blocks(cli: Any) -> None:
    told = cli(*LINE, "--layer", "all", "-f", "plain").out
    assert "All blocks  3, 4 heads each; rows of a map are queries" in told
    assert re.search(r"^  block  0 +1 +2 +3$", told, re.MULTILINE)
    previous = cli(*LINE, "--emit", "previous-cosine").tensor.data
    layer = int(previous[1:].mean(axis=1).argmin())
    assert f"Block {layer} turns the tokens most" in flat(told)
    row = " ".join(f"{value:.2f}".replace("-", "−") for value in previous[:, 1])
    assert f"cat {row}" in flat(told)
    assert "Looks most at" not in told
    one = cli("transformer", "a", "--layer", "all", "-f", "plain")
    assert (one.code, one.err) == (0, "")
    memory = cli(
        *LINE, "--decoder", "--memory", "le chat", "--maps", "memory", "--layer", "all", "-f", "plain"
    )
    assert "4 heads each; at the memory" in memory.out


@pytest.mark.parametrize("emit", ["rollout", "norms", "first-cosine", "previous-cosine"])
def test_cells_are_explained(emit: str, cli: Any) -> None:
    numbers = cli(*LINE, "--emit", emit).tensor.data
    cell = (2, 1, 4) if emit == "rollout" else (2, 4)
    told = cli(*LINE, "--emit", emit, "--explain", ",".join(map(str, cell)), "-f", "plain").out
    value = f"{numbers[cell]:.4g}".replace("-", "−")
    assert re.search(rf"^{emit.capitalize()}  {value} at ", told, re.MULTILINE)
    assert "behind block" in told


def test_numbers_that_are_none_leave_a_story(cli: Any) -> None:
    ended = cli("transformer", "1 nan; 2 3", "--layer", "all", "-f", "plain")
    assert ended.code == 0
    assert "A number that is none" in ended.out


def test_a_layer_that_a_variable_names_stands_beside_results_of_all(cli: Any) -> None:
    found = cli("transformer", "a b", "--emit", "rollout", variables={"DLCLI_TRANSFORMER_LAYER": "0"})
    assert found.tensor.shape == (2, 2, 2)


def test_rollout_beside_a_memory_says_what_it_is_of(cli: Any) -> None:
    line = ("transformer", "the cat sat", "--decoder", "--layer", "all", "-f", "plain")
    for words, among, left in (
        (("--memory", "le chat", "--maps", "memory"), True, True),
        (("--memory", "le chat"), False, True),
        ((), False, False),
    ):
        told = " ".join(cli(*line, *words).out.split())
        assert ("of the heads of each block among the tokens, not at the memory: A_l" in told) == among
        assert ("by attention among them, the memory left out" in told) == left
        assert ("by attention alone" in told) != left


def test_a_state_is_told_by_the_name_of_its_block(cli: Any) -> None:
    told = cli(*LINE, "--emit", "layers", "--explain", "1,1,1", "-f", "plain").out
    assert re.search(r"^State  \S+ at block 0, token \S+, unit 1$", told, re.M)
    told = cli(
        "transformer", "a b", "--heads", "1", "--emit", "rollout", "--explain", "0,0,0", "-f", "plain"
    ).out
    assert "A is the mean of 1 head\n" in told
