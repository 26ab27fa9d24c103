"""Standard input is read once: for the input, or for the value of one option."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

TABLE = Tensor(np.array([[1.0], [0.0], [1.0]]), (Axis("time"), Axis("feature")), "x")


@pytest.mark.parametrize("typed", [("-",), ()])
@pytest.mark.parametrize(
    "words",
    [
        ("rnn", "--mask"),
        ("rnn", "--initial-state"),
        ("rnn", "--targets"),
        ("rnn", "--weights"),
        ("seq2seq", "--weights"),
        ("attn", "--weights"),
        ("attn", "--mask"),
        ("conv", "--weights"),
        ("normalize", "--weights"),
        ("normalize", "--gain"),
        ("upsample", "--winners"),
    ],
)
def test_an_option_cannot_read_what_the_input_is(words: tuple[str, str], typed: tuple[str, ...], cli: Any) -> None:  # fmt: skip
    command, flag = words
    ended = cli(command, *typed, flag, "-", stdin=TABLE)
    assert (ended.code, ended.raw) == (2, b"")
    assert f"{flag} cannot read standard input, which is the tensor; name the input, or give a file" in ended.err  # fmt: skip


@pytest.mark.parametrize("flag", ["--mask", "--targets"])
def test_beside_several_inputs_and_several_cells_it_is_read_once(flag: str, cli: Any) -> None:
    for more in (("1 2 3", "3 1 2"), ("1 2 3", "--cell", "gru", "--cell", "lstm")):
        words = ("rnn", *more, "--emit", "states" if flag == "--mask" else "loss", flag)
        piped = cli(*words, "-", stdin=TABLE)
        assert (piped.code, piped.err) == (0, "")
        typed = cli(*words, "1 0 1")
        for one, other in zip(piped.tensors, typed.tensors, strict=True):
            np.testing.assert_array_equal(one.data, other.data)
    ended = cli("rnn", "1 2 3", "--mask", "-", "--targets", "-", stdin=TABLE)
    assert (ended.code, ended.raw) == (2, b"")
    assert "'-' (standard input) can be read once; it is named more than once" in ended.err


def test_of_several_tensors_one_is_to_be_named(cli: Any) -> None:
    np.savez("many.npz", a=np.array([[0.5, 0.5]]), b=np.array([1.0, 1.0]))
    for flag in ("--initial-state", "--mask", "--targets"):
        ended = cli("rnn", "1 2", flag, "many.npz")
        assert (ended.code, ended.raw) == (1, b"")
        assert f"for one of them write {flag} many.npz:a" in ended.err
    assert cli("rnn", "1 2", "--initial-state", "many.npz:a").code == 0


def test_a_single_number_is_a_state_a_mask_and_a_target(cli: Any) -> None:
    words = ("rnn", "2", "--units", "1", "--emit", "loss")
    ended = cli(*words, "--initial-state", "0.5", "--mask", "1", "--targets", "3")
    assert (ended.code, ended.err) == (0, "")
