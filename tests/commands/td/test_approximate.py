"""``dlcli td --approximate`` in worlds with tables: sizes beside errors, what is refused, what is explained."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

WALKS = ("td", "random-walk:5,9", "--approximate", "tiles", "--approximate", "linear", "--episodes", "5")


def test_several_worlds_stand_in_one_table(cli: Any) -> None:
    sizes = cli(*WALKS, "--emit", "sizes").tensor
    assert sizes.axis_names == ("world", "estimate", "column")
    assert sizes.axes[0].labels == ("random-walk:5", "random-walk:9")
    assert sizes.axes[1].labels == ("table", "8 tilings of 4 tiles", "position")
    assert sizes.data[:, :, 0].tolist() == [[5, 5, 5], [9, 9, 9]]
    assert sizes.data[:, :, 1].tolist() == [[5, 40, 2], [9, 40, 2]]
    rms = cli(*WALKS, "--emit", "rms").tensor
    assert rms.shape == (2, 3, 6)
    np.testing.assert_allclose(rms.data[..., -1], sizes.data[..., 2])
    told = cli(*WALKS, "-f", "plain", "--width", "80").out
    assert re.search(r"random-walk:9 +9 +9 +72 ", told)
    assert "Error by states" in told


def test_one_feature_for_each_state_is_the_table_of_td(cli: Any) -> None:
    words = ("td", "random-walk", "--episodes", "30", "--runs", "2", "--alpha", "0.2", "--initial", "0.5")
    table = cli(*words).tensor.data
    both = cli(*words, "--approximate", "linear", "--features", "one-hot").tensor
    assert both.axes[1].labels == ("table", "one-hot")
    np.testing.assert_allclose(both.data, np.stack([table, table], axis=1), atol=1e-12)


def test_a_guess_begins_every_value_where_features_can_tell_it(cli: Any) -> None:
    for more in (("tiles",), ("linear",), ("linear", "--features", "groups:2")):
        words = ("td", "random-walk", "--episodes", "1", "--initial", "0.5", "--approximate", *more)
        first = cli(*words, "--emit", "rms").tensor.data[:, 0]
        assert first[0] == pytest.approx(first[1], abs=1e-12)


def test_a_net_learns_beside_the_others(cli: Any) -> None:
    words = ("td", "random-walk", "--episodes", "40", "--approximate", "mlp", "--hidden", "8")
    rms = cli(*words, "--alpha", "0.01", "--emit", "rms").tensor
    assert rms.axes[0].labels == ("table", "net 8")
    assert rms.data[1, -1] < rms.data[1, 0]


def test_an_update_is_explained_with_the_numbers_that_were_there(cli: Any) -> None:
    told = cli("td", "random-walk", "--approximate", "tiles", "--explain", "2", "-f", "plain").out
    assert "Update 2" in told
    assert re.search(r"δ +target − v\(E\) = 1 − 0 = 1\n", told)
    assert re.search(r"‖∇v‖ +2.828\n", told)  # the root of 8 tiles
    assert re.search(r"new v\(E\) +0.1\n", told)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--alpha", "0.1", "--alpha", "0.2"), "--approximate takes one --alpha"),
        (("--alpha", "1/n"), "--approximate takes one --alpha, a number"),
        (("--method", "lambda"), "--approximate takes one --method of td0, n-step and mc"),
        (("--method", "td0", "--method", "mc"), "--approximate takes one --method"),
        (("--first-visit", "--method", "mc"), "--first-visit does not go with --approximate"),
        (("--against", "transitions"), "--against transitions does not go with --approximate"),
        (("--steps", "9"), "--steps goes with --control"),
        (("--approximate", "mlp", "--save-weights", "a.npz"), "--save-weights goes with --control"),
        (("--batch",), "--approximate does not go with --batch"),
        (("--trace", "3"), "--approximate does not go with --trace"),
        (("--features", "one-hot"), "--features goes with --approximate linear"),
        (("--hidden", "8"), "--hidden goes with --approximate mlp"),
        (("--approximate", "mlp", "--initial", "1"), "--initial does not go with --approximate mlp"),
        (("--approximate", "mlp", "--hidden", "8,0"), "'8,0' are no sizes of layers: give 1 to 10000 units"),
        (("--approximate", "linear", "--features", "groups"), "'groups' is none of position, one-hot, groups:N"),
        (("--approximate", "linear", "--features", "groups:x"), "groups are counted from 1 on"),
        (("--explain", "99999"), "--explain 99999"),
    ],
)  # fmt: skip
def test_what_means_nothing_to_weights_is_wrong_usage(words: tuple[str, ...], told: str, cli: Any) -> None:
    ended = cli("td", "random-walk", "--episodes", "2", "--approximate", "tiles", *words)
    assert ended.code == 2
    assert told in ended.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("predictor",), "predictor has no drawing that says where its states are"),
        (("random-walk:5,9", "--emit", "values"), "this run gives no values; it gives sizes, rms"),
        (("random-walk:5,x",), "'x' is no number of states"),
        (("random-walk:5,,9",), "random-walk:5,,9: a size is missing beside a comma; write sizes as in random-walk:5,9,19"),
        (("random-walk", "--tiles", "10000", "--tilings", "1000"), "10001000 tiles are more than 10000000"),
    ],
)  # fmt: skip
def test_worlds_that_weights_cannot_learn_are_told(words: tuple[str, ...], told: str, cli: Any) -> None:
    ended = cli("td", *words, "--approximate", "tiles", "--episodes", "2")
    assert ended.code == 1
    assert told in ended.err


def test_a_world_without_a_drawing_can_have_one_feature_for_each_state(cli: Any) -> None:
    words = ("td", "predictor", "--approximate", "linear", "--features", "one-hot", "--episodes", "3")
    assert cli(*words).tensor.shape == (3, 2)


def test_several_worlds_without_weights_are_told_one_by_one(cli: Any) -> None:
    told = cli("td", "random-walk:3,5", "--episodes", "2", "-f", "plain").out
    assert "random-walk:3, 5 states" in told
    assert "random-walk:5, 7 states" in told


def test_an_end_has_no_number_to_learn(cli: Any) -> None:
    words = ("--approximate", "linear", "--features", "one-hot", "--emit", "sizes")
    assert cli("td", "random-walk", *words).tensor.data[:, :2].tolist() == [[5, 5], [5, 5]]
    assert cli("td", "sample:student", *words).tensor.data[:, :2].tolist() == [[4, 4], [4, 4]]


def test_groups_without_a_state_and_errors_that_are_alike_are_told_of(cli: Any) -> None:
    words = ("--approximate", "linear", "--features", "groups:99", "-f", "plain")
    text = " ".join(cli("td", "random-walk", *words).out.split())
    assert "Only 5 of the 99 groups have a state in them." in text
    assert "The table and groups:99 end with the same error there, the smallest." in text


def test_a_sample_is_called_by_its_name(cli: Any) -> None:
    assert "sample:student has no drawing" in cli("td", "sample:student", "--approximate", "tiles").err
    words = ("--approximate", "linear", "--features", "one-hot", "-f", "plain")
    assert " sample:student       4 " in cli("td", "sample:student", *words).out


def test_of_several_worlds_only_what_there_is_is_listed(cli: Any) -> None:
    ended = cli("td", "random-walk:5,9", "--approximate", "tiles", "--episodes", "2", "--emit", "ends")
    assert ended.err.endswith("this run gives no ends; it gives sizes, rms\n")
