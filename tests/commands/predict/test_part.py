"""``dlcli predict --part``: of the set that a net learnt from, what its training held out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.commands.kinds.nets.parts import few, split
from dlcli.wire.datasets.read import open_data
from dlcli.wire.stream import Limits

RNG = np.random.default_rng(3)
X = RNG.random((40, 4)).astype(np.float32)
Y = np.arange(40) % 2
MODEL = 'input = [4]\n[[layer]]\nkind = "dense"\nunits = "classes"\n'


@pytest.fixture
def learnt(cli: Any) -> Any:
    """Trains a net of one layer on ``data.npz`` as the words say, into ``own.safetensors``."""

    def train(*words: str) -> None:
        np.savez("data.npz", x=X, y=Y)
        with open("m.toml", "w") as file:
            file.write(MODEL)
        ended = cli(
            "train", "m.toml", "data.npz", "-o", "own.safetensors", "--epochs", "1", *words, "-f", "csv"
        )
        assert ended.code == 0, ended.err

    return train


def logits(cli: Any, *words: str) -> Any:
    return cli("predict", "own.safetensors", *words, "--emit", "logits").tensor.data


def story(cli: Any, *words: str) -> str:
    return " ".join(cli("predict", "own.safetensors", *words, "-f", "plain").out.split())


def test_the_very_examples_that_training_held_out(cli: Any, learnt: Any) -> None:
    learnt("--validation", "0.3", "--seed", "5", "--per-class", "6")
    everything = logits(cli, "data.npz", "--part", "all")
    assert len(everything) == 40
    data = open_data("data.npz", limits=Limits())
    rest, held = split(data, 0.3, 5)
    rest = few(data.labels, rest, 6, 5)
    for words, places in (((), held), (("--part", "held-out"), held), (("--part", "learnt"), rest)):
        np.testing.assert_allclose(logits(cli, "data.npz", *words), everything[places], rtol=1e-6)
    assert "12 rows of data.npz, held out in training (0.3 of each class)" in story(cli, "data.npz")
    told = story(cli, "data.npz", "--part", "learnt")
    assert "12 rows of data.npz, which it learnt from" in told
    assert "The net has learnt from these" in told


def test_the_accuracy_is_that_of_the_training(cli: Any, learnt: Any) -> None:
    learnt()
    history = cli("predict", "own.safetensors", "data.npz", "-f", "plain").out
    (told,) = [line for line in history.splitlines() if "right on what was held out" in line]
    assert told.split(", ")[-1].split()[0] in history.split("Accuracy")[1]


def test_a_set_that_holds_the_same_is_known_by_another_name_and_a_changed_one_is_not(
    cli: Any, learnt: Any
) -> None:
    learnt()
    np.savez("copy.npz", x=X, y=Y)
    np.savez("other.npz", x=X + 1, y=Y)
    assert len(logits(cli, "copy.npz")) == 8
    assert len(logits(cli, "other.npz")) == 40
    ended = cli("predict", "own.safetensors", "other.npz", "--part", "learnt")
    assert (ended.code, ended.err) == (
        2,
        "dlcli predict: --part learnt: nothing is held out of other.npz; leave --part out\n",
    )


def test_where_nothing_was_held_out_all_was_learnt(cli: Any, learnt: Any) -> None:
    learnt("--validation", "0")
    assert len(logits(cli, "data.npz")) == len(logits(cli, "data.npz", "--part", "learnt")) == 40
    assert "The net has learnt from these" in story(cli, "data.npz")
    assert cli("predict", "own.safetensors", "data.npz", "--part", "held-out").code == 2


def test_what_is_piped_in_is_predicted_whole_unless_a_part_is_asked_for(cli: Any, learnt: Any) -> None:
    learnt()
    from dlcli.wire.datasets.read import as_tensor

    piped = as_tensor(open_data("data.npz", limits=Limits()))
    assert len(cli("predict", "own.safetensors", stdin=piped).tensor.data) == 40
    assert len(cli("predict", "own.safetensors", "--part", "held-out", stdin=piped).tensor.data) == 8


CHANGED = (
    "dlcli: data.npz has changed since own.safetensors learnt from a set of this name: its rows may be among what "
    "was learnt from\n"
)


def test_a_set_that_has_changed_since_is_told(cli: Any, learnt: Any) -> None:
    learnt()
    np.savez("other.npz", x=X[1:], y=Y[1:])
    for word in ("data.npz", "other.npz"):
        assert cli("predict", "own.safetensors", word, "-f", "csv").err == ""
    np.savez("data.npz", x=X[1:], y=Y[1:])
    ended = cli("predict", "own.safetensors", "data.npz", "-f", "plain")
    assert ended.err == CHANGED
    assert "has learnt from these" not in ended.out
    np.savez("data.npz", x=X + 1, y=Y)  # as many of them
    assert cli("predict", "own.safetensors", "data.npz", "-f", "csv").err == CHANGED


@pytest.mark.parametrize("part", ["held-out", "learnt", "all"])
def test_a_part_of_a_set_that_has_changed_since_is_refused(part: str, cli: Any, learnt: Any) -> None:
    learnt()
    for x, y in ((X[1:], Y[1:]), (X + 1, Y)):
        np.savez("data.npz", x=x, y=y)
        ended = cli("predict", "own.safetensors", "data.npz", "--part", part)
        assert (ended.code, ended.err) == (
            2,
            f"dlcli predict: --part {part}: nothing is held out of data.npz, which has changed since "
            "own.safetensors learnt from a set of this name; leave --part out\n",
        )


@pytest.mark.parametrize("head", ["label", "y"])
def test_a_table_that_has_changed_since_is_told(cli: Any, head: str) -> None:
    lines = [f"{a:.3f},{b:.3f},{i % 2}" for i, (a, b) in enumerate(X[:, :2])]

    def saved(some: list[str]) -> None:
        with open("ds.csv", "w") as file:
            file.write("\n".join([f"a,b,{head}", *some]))

    saved(lines)
    cli("train", "mlp", "ds.csv", "-o", "net.safetensors", "--epochs", "1", "-f", "csv")
    assert cli("predict", "net.safetensors", "ds.csv", "-f", "csv").err == ""
    saved(lines[1:])
    assert "ds.csv has changed since" in cli("predict", "net.safetensors", "ds.csv", "-f", "csv").err


def test_a_set_is_read_for_its_digest_once_and_only_under_the_name_that_was_learnt_from(
    cli: Any, learnt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dlcli.wire.datasets.dataset import DataSet

    learnt("--validation", "0")
    np.savez("other.npz", x=X[1:], y=Y[1:])
    pieces, read = DataSet.pieces, []

    def counted(self: DataSet) -> Any:
        read.append(self.name)
        return pieces(self)

    monkeypatch.setattr(DataSet, "pieces", counted)
    cli("predict", "own.safetensors", "other.npz")
    assert read == []
    cli("predict", "own.safetensors", "data.npz")
    assert read == ["data.npz"]


def test_a_test_part_of_its_own_was_never_learnt_from(cli: Any) -> None:
    def saved(x: Any) -> None:
        np.savez("k.npz", x_train=x, y_train=Y, x_test=X[:6], y_test=Y[:6])

    with open("m.toml", "w") as file:
        file.write(MODEL)
    saved(X)
    cli("train", "m.toml", "k.npz", "-o", "net.safetensors", "--epochs", "1", "-f", "csv")
    saved(X + 1)
    assert cli("predict", "net.safetensors", "k.npz", "-f", "csv").err == ""
    assert (
        "k.npz has changed since"
        in cli("predict", "net.safetensors", "k.npz", "--part", "all", "-f", "csv").err
    )
