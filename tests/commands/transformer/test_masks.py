"""``dlcli transformer``: padding, masks in both conventions, windows, and a memory of which parts are hidden."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

STORED = np.load(Path(__file__).parents[2] / "data" / "torch_masks.npz")
MATRIX = "1 0 2 1; 0 1 1 3; 2 2 0 1"
TAKEN = "taken: --norm post, --activation relu, --eps 1e-05"


def flat(told: str) -> str:
    return re.sub(r"\s+", " ", told)


def saved(folder: Path, **arrays: np.ndarray) -> dict[str, str]:
    files = {}
    for name, array in arrays.items():
        files[name] = str(folder / f"{name}.npy")
        np.save(files[name], array)
    return files


def weights(case: str, folder: Path) -> str:
    start = f"{case}/w/"
    file = folder / "weights.npz"
    np.savez(
        file, **{name.removeprefix(start): STORED[name] for name in STORED.files if name.startswith(start)}
    )
    return str(file)


def test_pytorchs_padding_is_read_as_it_means_it(cli: Any, tmp_path: Path) -> None:
    files = saved(tmp_path, x=STORED["padding/x"], mask=STORED["padding/src_key_padding_mask"][0])
    line = ("transformer", files["x"], "--weights", weights("padding", tmp_path), "--heads", "2")
    line += ("--norm", "post", "--activation", "relu", "--eps", "1e-5", "--mask", files["mask"])
    found = cli(*line, "--mask-means", "hidden")
    np.testing.assert_allclose(found.tensor.data, STORED["padding/y"], atol=1e-12)
    assert np.abs(cli(*line).tensor.data - STORED["padding/y"]).max() > 0.1
    told = flat(cli(*line, "--mask-means", "hidden", "-f", "plain").out)
    assert (
        "one row for all queries, 2 of 5 keys hidden; 1 was read as hidden, as by torch's MultiheadAttention"
        in told
    )
    assert "No token looks at 3, 4: the others come out as if there were none such" in told


def test_a_decoder_with_padding_on_both_sides(cli: Any, tmp_path: Path) -> None:
    files = saved(
        tmp_path, x=STORED["decoder/x"], memory=STORED["decoder/memory"],
        mask=STORED["decoder/tgt_key_padding_mask"][0], seen=STORED["decoder/memory_key_padding_mask"][0],
    )  # fmt: skip
    line = ("transformer", files["x"], "--weights", weights("decoder", tmp_path), "--heads", "2", "--decoder")
    line += ("--norm", "post", "--activation", "relu", "--eps", "1e-5", "--memory", files["memory"])
    line += ("--mask", files["mask"], "--memory-mask", files["seen"], "--mask-means", "hidden")
    np.testing.assert_allclose(cli(*line).tensor.data, STORED["decoder/y"], atol=1e-12)
    told = cli(*line, "-f", "plain").out
    assert "equal to the pass over all within" in flat(told)
    assert "memory mask" in told


def test_padding_of_a_sentence_is_hidden_in_the_encoder_of_the_memory_too(cli: Any) -> None:
    line = ("transformer", "le chat", "--decoder", "--memory")
    short = cli(*line, "the cat").tensor.data
    padded = cli(*line, "the cat [PAD]", "--memory-mask", "1 1 0").tensor.data
    np.testing.assert_allclose(padded, short, atol=1e-12)


def test_a_window_and_a_weight_that_is_hidden(cli: Any) -> None:
    found = cli("transformer", MATRIX, "--window", "2", "--causal", "--emit", "weights").tensor.data
    assert (found[:, :, 2, 0] == 0).all()
    assert (found[:, :, 2, 1] > 0).all()
    told = cli("transformer", MATRIX, "--window", "2", "--causal", "-f", "plain").out
    assert "a token sees those fewer than 2 places away" in flat(told)
    assert "Through 2 blocks a token is reached from 2 places away" in flat(told)
    told = cli(
        "transformer",
        MATRIX,
        "--mask",
        "0.5 0 -1.",
        "--emit",
        "weights",
        "--explain",
        "0,0,1,0",
        "-f",
        "plain",
    )
    assert re.search(r"masked  \S+ \+ 0.5 = ", told.out)


def test_a_token_that_sees_nothing(cli: Any) -> None:
    told = cli("transformer", MATRIX, "--mask", "0 0 0; 1 1 1; 1 1 1", "-f", "plain")
    assert (told.code, told.err) == (0, "")
    assert re.search(r"^  0 +nothing", told.out, re.MULTILINE)


BAD = {
    "size": (("--mask", "1 1"), 1, "--mask: a mask says of each query and key who may look, (query, key) 3 × 3,"),
    "column": (("--mask", "1; 1; 0"), 1, "--mask: a mask says of each query and key who may look, (query, key) 3 × 3,"),
    "row for a sentence": (
        ("--decoder", "--memory", "le chat", "--memory-mask", "1 1 1"), 1,
        "dlcli transformer: --memory-mask: a mask says of each query and key who may look, (query, key) 3 × 2, "
        "or of the 2 keys in one row; received shape (1, 3)\n",
    ),
    "no memory": (("--memory-mask", "1 1"), 2, "--memory-mask goes with --memory"),
    "memory's size": (
        ("--decoder", "--memory", MATRIX, "--memory-mask", "1 1; 1 0"), 1,
        "(query, key) 3 × 3, or of the 3 keys in one row; received shape (2, 2)",
    ),
    "no mask": (("--mask-means", "hidden"), 2, "--mask-means goes with --mask or --memory-mask"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_told(name: str, cli: Any) -> None:
    words, code, told = BAD[name]
    ended = cli("transformer", MATRIX, *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err


def test_tokens_that_see_nothing_are_told(cli: Any) -> None:
    told = flat(cli("transformer", MATRIX, "--mask", "0 0 0", "-f", "plain").out)
    assert "block 1: each row adds up to 1, unless it sees nothing" in told
    assert "No token may look at anything: what their heads find is 0." in told
    assert "the others" not in told
    told = flat(cli("transformer", MATRIX, "--mask", "0 0 0; 1 1 0; 1 1 0", "-f", "plain").out)
    assert "1 of the tokens may look at nothing: what its heads find is 0." in told
    assert "No token looks at 2: the others come out as if there were none such" in told
    told = flat(cli("transformer", MATRIX, "--mask", "1 1 0", "-f", "plain").out)
    assert "unless it sees nothing" not in told
    assert "may look at" not in told
