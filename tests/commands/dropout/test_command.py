"""``dlcli dropout``: which units are dropped, what is emitted, and words for what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.engines.tensors.dropout import dropout
from dlcli.tensor import Axis, Tensor

MAPS = Tensor(
    np.ones((4, 5, 8), np.float32),
    (Axis("height"), Axis("width"), Axis("channel", tuple("abcdefgh"))),
    "maps",
    {"source": "photo.png"},
)


def test_it_is_the_engine_with_the_seed(cli: Any) -> None:
    for seed in (0, 7):
        found = cli("dropout", "1 2 3 4; 5 6 7 8", "--rate", "0.25", "--seed", str(seed)).tensor
        x = np.arange(1.0, 9).reshape(2, 4)
        np.testing.assert_array_equal(found.data, dropout(x, 0.25, np.random.default_rng(seed))[0])
        assert (found.name, found.data.dtype) == ("dropped", np.float64)


def test_what_it_emits_belongs_together(cli: Any) -> None:
    line = ("dropout", "1 2 3 4; 5 6 7 8", "--rate", "0.5")
    dropped, mask, mean = (cli(*line, "--emit", emit).tensor for emit in ("dropped", "mask", "mean"))
    np.testing.assert_array_equal(dropped.data, np.where(mask.data, np.arange(2.0, 17, 2).reshape(2, 4), 0))
    assert (mask.name, mask.data.dtype) == ("mask", bool)
    np.testing.assert_array_equal(mean.data, dropped.data)
    assert mean.name == "mean"


def test_the_mean_of_masks_begins_with_the_one_that_is_shown(cli: Any) -> None:
    line = ("dropout", "1 2 3 4; 5 6 7 8", "--masks", "3", "--seed", "5")
    generator, x = np.random.default_rng(5), np.arange(1.0, 9).reshape(2, 4)
    masks = [dropout(x, 0.5, generator)[0] for _ in range(3)]
    np.testing.assert_array_equal(cli(*line).tensor.data, masks[0])
    np.testing.assert_allclose(cli(*line, "--emit", "mean").tensor.data, np.mean(masks, axis=0), rtol=1e-14)


def test_inference_changes_nothing(cli: Any) -> None:
    for emit, expected in (("dropped", [[1, 2]]), ("mask", [[True, True]]), ("mean", [[1, 2]])):
        assert cli("dropout", "1 2", "--inference", "--emit", emit).tensor.data.tolist() == expected


@pytest.mark.parametrize("words", [("--per", "channel"), ("--per", "2"), ("--per", "-1", "--per=channel")])
def test_whole_channels(words: tuple[str, ...], cli: Any) -> None:
    found = cli("dropout", *words, stdin=MAPS).tensor
    sums = found.data.sum(axis=(0, 1))
    assert set(sums) == {0, 40}
    assert found.axes == MAPS.axes
    assert found.attrs == {"source": "photo.png", "command": " ".join(["dropout", *words])}


def test_every_input_gets_a_mask_of_its_own(cli: Any) -> None:
    row = " ".join(["1"] * 64)
    first, second = cli("dropout", row, row).tensors
    assert (first.data != second.data).any()
    again, _ = cli("dropout", row, row).tensors
    np.testing.assert_array_equal(first.data, again.data)


def test_complex_numbers_are_dropped_whole(cli: Any) -> None:
    found = cli("dropout", "1+2j 3j 4 5; 1 2 3 4").tensor.data
    assert set(found.ravel()) <= {0, 2 + 4j, 6j, 8, 10, 2, 4, 6}
    assert (found == 0).any()


BAD: dict[str, tuple[tuple[str, ...], Any, int, str]] = {
    "rate above 1": (("1 2", "--rate", "1.5"), b"", 2, "dlcli dropout: invalid value for '--rate': '1.5' is not a number from 0 to 1\nTry 'dlcli dropout --help'."),
    "rate below 0": (("1 2", "--rate", "-0.1"), b"", 2, "dlcli dropout: invalid value for '--rate': '-0.1' is not a number from 0 to 1\nTry 'dlcli dropout --help'."),
    "rate nan": (("1 2", "--rate", "nan"), b"", 2, "dlcli dropout: invalid value for '--rate': 'nan' is not a number from 0 to 1\nTry 'dlcli dropout --help'."),
    "no masks": (("1 2", "--masks", "0"), b"", 2, "dlcli dropout: invalid value for '--masks': 0 is not in the range x>=1.\nTry 'dlcli dropout --help'."),
    "masks in inference": (("1 2", "--masks", "9", "--inference"), b"", 2, "dlcli dropout: --masks does not go with --inference: leave one of them out"),
    "unknown axis": (("--per", "chanel"), MAPS, 2, "dlcli dropout: --per chanel: there is no such axis: did you mean channel? the axes are height (0), width (1), channel (2)"),
    "empty": ((), Tensor(np.ones((0, 2)), name="maps"), 1, "dlcli dropout: dropout wants at least one number; received maps (row 0, column 2) float64"),
    "cell outside": (("1 2", "--explain", "0,2", "-f", "plain"), b"", 2, "dlcli dropout: there is no cell 0,2 in the dropped: row 0 to 0, column 0 to 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_ends_in_words(case: str, cli: Any) -> None:
    words, stdin, code, message = BAD[case]
    ended = cli("dropout", *words, stdin=stdin)
    assert (ended.code, ended.raw, ended.err) == (code, b"", message + "\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--emit", "mask"), ["m 1 if u ≥ 0.25 else 0", "seed 0 u 0.2698 ≥ 0.25: kept", "Mask 1 (kept) at row 0, column 3"]),
        (("--emit", "mask", "--seed", "3"), [": dropped Mask 0 (dropped) at row 0, column 3"]),
        (("--emit", "mask", "--inference"), ["m 1 Mask 1 (kept) at row 0, column 3"]),
        (("--emit", "mean", "--masks", "7"), ["mean kept × x / (1 − 0.25) / 7", "kept by 4 of 7 masks",
                                              "mean 4 × (−4) / (1 − 0.25) / 7 = −3.048", "Mean −3.048 at row 0, column 3"]),
        (("--emit", "mean"), ["y (−4) / (1 − 0.25) = −5.333"]),
        (("--emit", "dropped", "--masks", "7"), ["y (−4) / (1 − 0.25) = −5.333"]),
    ],
)  # fmt: skip
def test_it_explains_what_it_emits(words: tuple[str, ...], told: list[str], cli: Any) -> None:
    line = ("dropout", "1 2 3 -4", "--rate", "0.25", *words)
    page = " ".join(cli(*line, "--explain", "0,3", "-f", "plain").out.split())
    for words_told in told:
        assert words_told in page
    value = float(cli(*line).tensor.data[0, 3])
    assert f" {value:.4g} ".replace("-", "−") in page


@pytest.mark.parametrize("words", [("--rate", "1"), ("--rate", "0"), ("--masks", "9"), ("--inference",), ()])
def test_after_a_single_number_another_line_is_suggested(words: tuple[str, ...], cli: Any) -> None:
    np.save("s.npy", np.array(2.0))
    line = ["dropout", "s.npy", *words]
    told = cli(*line, "-f", "plain").out.rstrip().split("\n")[-1].split()
    assert told[1:] != line
    assert cli(*told[1:]).code == 0


def test_a_mean_of_what_no_mask_kept_is_0(cli: Any) -> None:
    page = cli(
        "dropout", "1 2", "--rate", "1", "--masks", "3", "--emit", "mean", "--explain", "0,1", "-f", "plain"
    ).out
    assert "  kept  by 0 of 3 masks\n  mean  0 / 3 = 0\n" in page
