"""``dlcli td`` by n steps, traces, whole episodes, a model and the average: results, stories, refusals."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len

from dlcli.engines.decisions.learning.agents import AGENTS
from dlcli.tensor import Tensor

FEW = ("cliff", "--episodes", "8", "--max-steps", "200")


def told(cli: Any, *words: str) -> str:
    ended = cli("td", *words, "-f", "plain", "--width", "80")
    assert ended.code == 0, ended.err
    return str(ended.out)


def emitted(cli: Any, name: str, *words: str) -> Tensor:
    ended = cli("td", *words, "--emit", name)
    assert ended.code == 0, ended.err
    (tensor,) = ended.tensors
    assert isinstance(tensor, Tensor)
    return tensor


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("rule", AGENTS)
def test_every_rule_has_a_story_and_an_explanation_with_its_numbers(rule: str, cli: Any) -> None:
    text = told(cli, *FEW, "--control", rule)
    assert "Policy  the best actions after 8 episodes" in text
    text = told(cli, *FEW, "--control", rule, "--explain", "2", "--trace", "3")
    assert "Update 2" in text
    before, after = re.findall(r"goes from (\S+) to (\S+)", flat(text))[0]
    assert before != after
    assert "Updates  the first 3 of" in text


@pytest.mark.parametrize(
    ("words", "formula"),
    [
        (("n-step-sarsa", "--n", "1"), "G R₁ + γ·Q(s₁, a₁)"),
        (("n-step-sarsa", "--n", "3"), "G R₁ + γ·R₂ + γ²·R₃ + γ³·Q(s₃, a₃)"),
        (("n-step-sarsa", "--n", "12"), "G R₁ + γ·R₂ + … + γ¹¹·R₁₂ + γ¹²·Q(s₁₂, a₁₂)"),
        (("sarsa-lambda", "--lambda", "0.5"), "then each E γ · 0.5 · E"),
        (("sarsa-lambda", "--traces", "replacing"), "E(s, a) 1 each Q"),
        (("dyna-q", "--planning", "7"), "planning 7 known steps as well"),
        (("differential-sarsa", "--beta", "0.2"), "new R̄ R̄ + 0.2 · δ"),
        (("mc", "--exploring-starts"), "ε = 0.1, exploring starts"),
    ],
)
def test_formulas_have_the_numbers_of_the_run(words: tuple[str, ...], formula: str, cli: Any) -> None:
    assert formula in flat(told(cli, *FEW, "--control", *words))


def test_several_n_and_lambdas_stand_beside_each_other(cli: Any) -> None:
    text = told(cli, *FEW, "--control", "n-step-sarsa", "--n", "2", "--n", "4", "--control", "sarsa")
    for label in ("2-step SARSA", "4-step SARSA", "SARSA"):
        assert re.search(rf"^  {label}  +r? ?.*R₁|^  {label}  ", text, re.MULTILINE)


def test_a_target_is_its_rewards_and_what_stands_behind_them(cli: Any) -> None:
    line = (*FEW, "--control", "n-step-sarsa", "--n", "3", "--gamma", "0.5", "--explain", "0")
    text = told(cli, *line)
    assert re.search(r"^  0 +1\.00 +−1 +−1\.00", text, re.MULTILINE)
    assert re.search(r"^  2 +0\.25 +−1 +−0\.25", text, re.MULTILINE)
    assert re.search(r"^  G +−1\.75", text, re.MULTILINE)


def test_results_are_those_of_the_engine(cli: Any) -> None:
    q = emitted(cli, "q", *FEW, "--control", "mc", "--runs", "3")
    assert q.shape == (38, 4)
    lengths = emitted(cli, "lengths", *FEW, "--control", "mc", "--runs", "3")
    assert (lengths.shape, lengths.axis_names) == ((3, 8), ("run", "episode"))
    assert lengths.data.max() <= 200


def test_success_is_the_share_of_episodes_that_come_to_a_goal(cli: Any) -> None:
    line = ("frozen-lake", "--control", "q-learning", "--control", "mc", "--episodes", "50", "--runs", "9")
    success = emitted(cli, "success", *line)
    returns = emitted(cli, "returns", *line)
    assert success.axis_names == ("episode", "method")
    np.testing.assert_allclose(success.data, returns.data.mean(axis=1).T)  # the goal alone pays, and pays 1
    assert success.data.any()
    ended = cli(
        "td",
        "access-control:2",
        "--control",
        "mc",
        "--episodes",
        "2",
        "--max-steps",
        "5",
        "--emit",
        "success",
    )
    assert (ended.code, "no end of this world pays" in ended.err) == (1, True)


def test_exploration_falls_to_its_least(cli: Any) -> None:
    line = ("cliff", "--control", "q-learning", "--episodes", "5", "--explore", "epsilon-greedy:1:0.1:0.05")
    assert "ε-greedy 1·0.1ⁿ, at least 0.05" in told(cli, *line)
    last = int(emitted(cli, "lengths", *line).data[0].sum()) - 1
    assert "ε = 0.05" in flat(told(cli, *line, "--explain", str(last)))


def test_step_sizes_fall_to_their_least(cli: Any) -> None:
    line = (
        "cliff",
        "--control",
        "q-learning",
        "--control",
        "n-step-sarsa",
        "--episodes",
        "6",
        "--alpha",
        "0.5",
    )
    line = (*line, "--alpha-decay", "0.5:0.1")
    assert "α = 0.5·0.5ⁿ, at least 0.1" in told(cli, *line, "--explain", "3")
    trace = emitted(cli, "trace", *line)
    column = {name: trace.data[:, i] for i, name in enumerate(trace.axes[1].labels or ())}
    sizes = np.maximum(0.5 * 0.5 ** column["episode"], 0.1)
    np.testing.assert_allclose(column["alpha"], sizes)
    moved = column["before"] + column["alpha"] * column["delta"]
    np.testing.assert_allclose(column["after"], moved)


def test_an_average_reward_is_no_matter_of_cut_episodes(cli: Any) -> None:
    line = ("access-control:3", "--control", "differential-sarsa", "--episodes", "1", "--max-steps", "300")
    ended = cli("td", *line, "-f", "plain")
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("--control", "mc", "--n", "3"), "--n goes with --method n-step or --control n-step-sarsa"),
        (
            ("--control", "mc", "--lambda", "0.5"),
            "--lambda goes with --method lambda or --control sarsa-lambda",
        ),
        (("--control", "sarsa", "--planning", "3"), "--planning goes with --control dyna-q"),
        (("--control", "sarsa", "--beta", "0.3"), "--beta goes with --control differential-sarsa"),
        (
            ("--control", "sarsa", "--exploring-starts"),
            "--exploring-starts goes with --control n-step-sarsa or",
        ),
        (("--control", "off-policy-mc", "--alpha", "0.1"), "has W / C for its step size: leave out --alpha"),
        (("--control", "differential-sarsa", "--gamma", "0.9"), "has no discount: leave out --gamma"),
        (
            ("--control", "mc", "--approximate", "tiles"),
            "--control mc learns in a table: leave out --approximate",
        ),
        (("--control", "mc", "--exploring-starts", "--start", "0,0"), "--start"),
        (
            ("--control", "q-learning", "--explore", "epsilon-greedy:0.1:0.9:0.5"),
            "from 0 to 0.1; received 0.5",
        ),
        (("--control", "q-learning", "--explore", "greedy:1:1:1"), "greedy has no number"),
        (("--alpha-decay", "0.9"), "--alpha-decay goes with --control"),
        (
            ("--control", "mc", "--alpha", "1/n", "--alpha-decay", "0.9"),
            "--alpha-decay does not go with --alpha 1/n",
        ),
        (("--control", "mc", "--alpha-decay", "2"), "'2' is no factor from 0 to 1"),
        (("--control", "mc", "--alpha-decay", "0.9:nan"), "'0.9:nan' is no factor"),
        (("--control", "mc", "--alpha-decay", "0.9:0.1:0.1"), "is no factor"),
    ],
)
def test_what_does_not_go_together(words: tuple[str, ...], wrong: str, cli: Any) -> None:
    ended = cli("td", "cliff", *words)
    assert (ended.code, wrong in ended.err) == (2, True), ended.err


def test_a_bandit_has_no_longer_episodes(cli: Any) -> None:
    ended = cli("td", "bandit:3", "--control", "mc")
    assert (ended.code, "an episode of bandit:3 is one step" in ended.err) == (2, True), ended.err


@pytest.mark.parametrize("rule", [*AGENTS, "sarsa", "double-q", "expected-sarsa", "q-learning"])
def test_an_update_of_states_with_long_names_fits_a_narrow_screen(rule: str, cli: Any) -> None:
    line = ("access-control", "--control", rule, "--episodes", "1", "--max-steps", "40", "--explain", "3")
    ended = cli("td", *line, "-f", "plain", "--width", "40")
    assert ended.code == 0, ended.err
    assert max(map(cell_len, ended.out.split("\n"))) <= 40
    assert re.search(r"^  new Q.?\(.+, \w+\)$", ended.out, re.MULTILINE) or rule == "sarsa-lambda"
