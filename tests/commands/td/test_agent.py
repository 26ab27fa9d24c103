"""``dlcli td --control --approximate``: agents in tables and on Gymnasium's boxes, told, explained, kept, refused."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

CLIFF = ("td", "cliff", "--control", "q-learning", "--episodes", "20", "--alpha", "0.5")
POLE = ("td", "gym:CartPole-v1", "--approximate", "mlp", "--hidden", "8", "--steps", "1100")


def plain(cli: Any, *words: str) -> str:
    told = cli(*words, "-f", "plain", "--width", "80")
    assert told.code == 0, told.err
    return str(told.out)


def test_in_a_table_weights_tell_what_every_action_is_worth(cli: Any) -> None:
    q = cli(*CLIFF, "--approximate", "linear", "--features", "one-hot", "--emit", "q").tensor
    assert (q.axis_names, q.shape) == (("state", "action"), (38, 4))
    assert np.isnan(q.data).all(axis=1).tolist() == [s == "3,11" for s in q.axes[0].labels]
    told = plain(cli, *CLIFF, "--approximate", "linear", "--features", "one-hot", "--runs", "2")
    assert re.search(r"\n +optimum +−13\n", told)
    assert "A table of this world has 148 numbers; one-hot learns 148." in told
    assert "Policy" in told


def test_rules_and_approximations_are_compared(cli: Any) -> None:
    words = ("td", "cliff", "--control", "sarsa", "--control", "q-learning", "--approximate", "tiles")
    returns = cli(*words, "--approximate", "linear", "--episodes", "3", "--max-steps", "50").tensors[0]
    assert returns.axes[0].labels == (
        "SARSA, 8 tilings of 4 tiles", "SARSA, position",
        "Q-learning, 8 tilings of 4 tiles", "Q-learning, position",
    )  # fmt: skip


def test_an_update_of_features_is_explained(cli: Any) -> None:
    told = plain(cli, *CLIFF, "--approximate", "tiles", "--explain", "0")
    assert re.search(r"target +−1 \+ 0 = −1\n", told)
    assert re.search(r"new q\(s, \w+\) +−0.5\n", told)


def test_a_deep_net_learns_in_a_table_too(cli: Any) -> None:
    words = ("td", "gridworld:4x4", "--control", "q-learning", "--approximate", "mlp", "--hidden", "8")
    q = cli(*words, "--episodes", "5", "--max-steps", "50", "--emit", "q").tensor
    assert q.shape == (16, 4)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("cliff", "--control", "sarsa", "--approximate", "mlp"), "a net learns by q-learning, double-q, reinforce"),
        (("cliff", "--control", "double-q", "--approximate", "tiles"), "features learn by sarsa, expected-sarsa, q-learning"),
        (("cliff", "--control", "reinforce"), "learns the probabilities of a net: add --approximate mlp"),
        (("cliff", "--control", "reinforce", "--approximate", "mlp", "--epsilon", "0.1"), "draws its actions from the policy: leave out --epsilon"),
        (("cliff", "windy", "--control", "sarsa", "--approximate", "tiles"), "learns in one world; received 2"),
        (("cliff", "--control", "q-learning", "--approximate", "mlp", "--save-weights", "a.txt"), "cannot write a.txt: a net is saved as .safetensors"),
        (("cliff", "--control", "q-learning", "--control", "double-q", "--approximate", "mlp", "--save-weights", "a.npz"), "--save-weights holds one net; here 2 ways"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_wrong_usage(words: tuple[str, ...], told: str, cli: Any) -> None:
    ended = cli("td", *words)
    assert ended.code == 2
    assert told in ended.err


def test_a_world_whose_states_lack_actions_is_told(cli: Any) -> None:
    words = ("--control", "q-learning", "--approximate", "linear", "--features", "one-hot")
    ended = cli("td", "sample:student", *words)
    assert ended.code == 1
    assert "has states without some of its actions" in ended.err


def test_without_gymnasium_the_way_to_install_it_is_told(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    ended = cli(*POLE, "--control", "q-learning")
    assert ended.code == 1
    assert "pip install 'dlcli[rl]'" in ended.err


class TestWithGymnasium:
    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        pytest.importorskip("gymnasium")

    @pytest.mark.parametrize("rule", ["q-learning", "reinforce"])
    def test_a_step_size_that_is_large_for_a_net_is_told_of(self, rule: str, cli: Any) -> None:
        words = (*POLE[:-1], "1010", "--control", rule, "--alpha")
        told = " ".join(plain(cli, *words, "1").split())
        assert "the learning rate 1 is large for a net, 0.001 is usual: try a smaller --alpha" in told
        assert "give it more --steps" in " ".join(plain(cli, *words, "0.002").split())

    @pytest.mark.parametrize("rule", ["q-learning", "double-q", "reinforce"])
    def test_a_net_is_kept_that_predict_takes(self, rule: str, cli: Any, tmp_path: Path) -> None:
        path = str(tmp_path / "agent.safetensors")
        told = plain(cli, *POLE, "--control", rule, "--save-weights", path)
        assert "4 numbers observed, 2 actions (left, right), episodes of up to 500 steps" in " ".join(
            told.split()
        )
        assert "no run solved it, which takes a mean of 475" in " ".join(told.split())
        answer = plain(cli, "predict", path, "0.1 0 0.05 0")
        assert re.search(r"Answer +(left|right)", answer)
        assert ("Probabilities" in answer) == (rule == "reinforce")

    def test_the_same_seed_gives_the_same_run_and_another_run_another(self, cli: Any) -> None:
        words = (*POLE, "--control", "q-learning", "--runs", "2", "--emit", "returns")
        first, again = cli(*words).tensor, cli(*words).tensor
        assert first.axis_names == ("run", "episode")
        np.testing.assert_array_equal(first.data, again.data)
        assert not np.array_equal(first.data[0], first.data[1], equal_nan=True)
        lengths = cli(*words[:-1], "lengths").tensor.data
        assert np.nansum(lengths, axis=1).tolist() == [1100, 1100]

    def test_what_new_episodes_pay_is_a_result(self, cli: Any) -> None:
        paid = cli(*POLE, "--control", "reinforce", "--emit", "evaluated").tensor
        assert paid.shape == (1, 100)
        assert paid.data.min() >= 1

    def test_cartpole_is_solved_with_a_large_margin_of_steps(self, cli: Any) -> None:
        words = (
            "td",
            "gym:CartPole-v1",
            "--control",
            "reinforce",
            "--approximate",
            "mlp",
            "--steps",
            "60000",
        )
        told = plain(cli, *words)  # some 10,000 steps do
        assert "1 of 1 run solved it after" in " ".join(told.split())

    def test_episodes_can_be_counted_instead(self, cli: Any) -> None:
        words = ("td", "gym:CartPole-v1", "--control", "reinforce", "--approximate", "mlp", "--hidden", "8")
        assert cli(*words, "--episodes", "7", "--emit", "returns").tensor.shape == (1, 7)

    def test_a_step_of_deep_q_learning_is_explained(self, cli: Any) -> None:
        told = plain(cli, *POLE, "--control", "q-learning", "--explain", "3")
        assert "Update 3" in told
        found = re.search(r"target +1 \+ 0.99·\(?(−?[\d.]+)\)? = (−?[\d.]+)", told)
        assert found is not None
        worth, target = (float(text.replace("−", "-")) for text in found.groups())
        assert target == pytest.approx(1 + 0.99 * worth, abs=2e-3)
        for word in ("q'(s', ·)", "‖∇L‖", "angular velocity"):
            assert word in told

    def test_a_step_of_the_policy_is_explained(self, cli: Any) -> None:
        told = plain(cli, *POLE, "--control", "reinforce", "--explain", "2")
        for word in ("Update 2", "π(a|s)", "G − b", "The episode", "‖∇L‖"):
            assert word in told

    def test_without_a_baseline_returns_count_as_they_are(self, cli: Any) -> None:
        told = plain(cli, *POLE, "--control", "reinforce", "--no-baseline", "--explain", "2")
        assert "L  −Σ G · log π(a|s) / T" in told
        first = next(line.split() for line in told.splitlines() if line.startswith("   0 "))
        assert first[3] == first[5]  # G and G − b
        assert first[4] == "0"
        assert "L of b" in plain(cli, *POLE, "--control", "reinforce", "--explain", "2")

    def test_features_need_bounds_and_tiles_learn_where_there_are_some(self, cli: Any) -> None:
        ended = cli("td", "gym:CartPole-v1", "--control", "sarsa", "--approximate", "tiles")
        assert ended.code == 1
        assert "tiles needs bounds, and there are none of velocity, angular velocity" in ended.err
        words = ("td", "gym:MountainCar-v0", "--control", "sarsa", "--approximate", "tiles", "--steps", "400")
        assert cli(*words, "--emit", "lengths").tensor.data.tolist() == [[200, 200]]

    @pytest.mark.parametrize("words", [(), ("--control", "q-learning"), ("--approximate", "mlp")])
    def test_a_table_has_no_room_for_numbers(self, words: tuple[str, ...], cli: Any) -> None:
        ended = cli("td", "gym:CartPole-v1", *words)
        assert ended.code == 1
        assert "too many values for a table: add --control q-learning --approximate mlp" in ended.err

    def test_mdp_sends_it_to_td(self, cli: Any) -> None:
        ended = cli("mdp", "gym:CartPole-v1")
        assert ended.code == 1
        assert "dlcli td gym:CartPole-v1 --control q-learning --approximate mlp" in ended.err

    def test_what_can_only_be_stepped_in_has_no_positions(self, cli: Any) -> None:
        ended = cli("td", "gym:Blackjack-v1", "--control", "q-learning", "--approximate", "tiles")
        assert ended.code == 1
        assert "leave out --approximate: a table holds them" in ended.err
