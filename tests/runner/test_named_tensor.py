"""One tensor of several by its name, as an input and as the value of an option."""

from __future__ import annotations

from typing import Any

import numpy as np


def test_an_input_is_one_tensor_of_a_file_or_a_sample_by_its_name(cli: Any) -> None:
    np.savez("two.npz", **{"a": np.array([1]), "b/c:0": np.array([2])})
    assert cli("show", "two.npz:b/c:0").tensor.data.tolist() == [2]
    (bias,) = [one for one in cli("show", "sample:digits-cnn").tensors if one.name == "dense/bias"]
    found = cli("show", "sample:digits-cnn:dense/bias").tensor
    np.testing.assert_array_equal(found.data, bias.data)
    assert found.attrs["source"] == "sample:digits-cnn:dense/bias"


def test_a_file_whose_name_has_a_colon_is_that_file(cli: Any) -> None:
    np.savez("two.npz", a=np.array([1]))
    np.save("x.npy", np.array([7]))
    with open("x.npy", "rb") as source, open("two.npz:a", "wb") as copy:
        copy.write(source.read())
    assert cli("show", "two.npz:a").tensor.data.tolist() == [7]


def test_a_name_that_is_not_there_is_told_with_those_that_are(cli: Any) -> None:
    np.savez("two.npz", kernel=np.array([1]), bias=np.array([2]))
    assert cli("show", "two.npz:kernle").err == (
        "dlcli show: two.npz: there is no tensor 'kernle': did you mean kernel?\n"
    )
    assert cli("show", "two.npz:x").err == (
        "dlcli show: two.npz: there is no tensor 'x': there are kernel, bias\n"
    )


def test_the_line_to_try_next_keeps_the_name(cli: Any) -> None:
    np.savez("two.npz", a=np.array([[1, 2]]), b=np.array([2]))
    assert "dlcli show two.npz:a --view" in cli("show", "two.npz:a", "-f", "plain").out


def test_a_sentence_with_a_colon_behind_a_file_s_name_is_one(cli: Any) -> None:
    np.save("note.npy", np.array([1]))
    with open("note.npy", "rb") as source, open("note", "wb") as copy:
        copy.write(source.read())
    assert cli("attn", "note: the cat sat").tensor.axes[0].labels[:2] == ("note", ":")
