"""Texts, series and tasks as sets of sequences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.errors import BadData
from dlcli.tensor import Axis, Tensor
from dlcli.wire.datasets.read import as_tensor, from_tensor, open_data
from dlcli.wire.datasets.series import series_set
from dlcli.wire.datasets.tasks import read_task
from dlcli.wire.datasets.texts import text_of, text_set
from dlcli.wire.datasets.vocabularies import in_vocabulary
from dlcli.wire.datasets.words import is_data
from dlcli.wire.stream import Limits


def spelled(data: object, numbers: np.ndarray) -> str:
    return "".join(data.vocabulary[i] for i in numbers)  # type: ignore[attr-defined]


def test_windows_of_a_text_follow_each_other_and_labels_are_one_behind() -> None:
    text = "it is a truth universally acknowledged"
    data = text_set("x", text, 5)
    inputs = [spelled(data, one) for one in data.take(np.arange(len(data)))]
    labels = [spelled(data, one) for one in data.labels]  # type: ignore[union-attr]
    assert len(data) == (len(text) - 1) // 5
    assert "".join(inputs) == text[: 5 * len(data)]
    assert "".join(labels) == text[1 : 5 * len(data) + 1]
    assert data.windowed(7).shape == (7,)
    assert data.vocabulary == tuple(sorted(set(text)))


def test_a_text_file_is_a_set_and_comes_back_whole_through_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\r\ntwo\n" * 30)
    data = open_data(str(tmp_path / "a.txt"), limits=Limits())
    assert "\r" not in data.vocabulary
    tensor = as_tensor(data)
    assert spelled(data, tensor.data) == "one\ntwo\n" * 30
    again = from_tensor(tensor)
    assert again.vocabulary == data.vocabulary
    np.testing.assert_array_equal(again.take(np.arange(3)), data.take(np.arange(3)))


def test_a_long_text_is_read_where_tensors_are_and_numbers_stay_numbers(tmp_path: Path) -> None:
    from dlcli.runner.environment import Environment
    from dlcli.runner.inputs import tensors

    environment = Environment.of_process()
    (tmp_path / "a.txt").write_text("one two\n" * 600)
    (made,) = tensors(str(tmp_path / "a.txt"), environment, Limits())
    assert text_of(made) == "one two\n" * 600
    (tmp_path / "n.txt").write_text("x y\n" + "12 345\n" * 600)
    assert not is_data(str(tmp_path / "n.txt"))
    (made,) = tensors(str(tmp_path / "n.txt"), environment, Limits())
    assert made.shape == (600, 2)


def test_a_text_shorter_than_a_window_says_what_to_try() -> None:
    short = text_set("x", "short")
    assert (len(short), len(short.windowed(4))) == (0, 1)
    with pytest.raises(
        BadData, match="x: a window of 64 characters and the one behind it are more than the 5"
    ):
        short.windowed(64)


def test_another_vocabulary_keeps_the_characters_and_names_those_it_lacks() -> None:
    data = text_set("x", "abcabcab", 3)
    other = in_vocabulary(data, ("c", "b", "a"), "net")
    np.testing.assert_array_equal(other.take(np.array([0]))[0], [2, 1, 0])
    with pytest.raises(BadData, match=r"^net lacks 2 characters of x: 'b', 'c'$"):
        in_vocabulary(data, ("a",), "net")


def test_windows_of_a_series_are_followed_by_their_labels() -> None:
    numbers = np.arange(20.0).reshape(10, 2)
    data = series_set("x", Tensor(numbers, (Axis("time"), Axis("feature"))), 3)
    assert (len(data), data.shape) == (7, (3, 2))
    np.testing.assert_array_equal(data.take(np.array([4]))[0], numbers[4:7])
    np.testing.assert_array_equal(data.labels[4], numbers[7])  # type: ignore[index]


def test_a_model_is_told_nothing_of_the_end_of_a_series() -> None:
    numbers = np.append(np.zeros(10), np.full(5, 1e6))
    data = series_set("x", Tensor(numbers, (Axis("time"),)), 4)
    said = data.said(learnt=6)
    assert said["mean"] == [0.0]
    assert said["variance"][0] < 1e-9


@pytest.mark.parametrize(
    ("numbers", "told"),
    [(np.zeros(2), "more than the 2 of the series"), (np.array([1, np.nan, 2, 3]), "step 1 of the series")],
)
def test_what_is_no_series_is_refused(numbers: np.ndarray, told: str) -> None:
    with pytest.raises(BadData, match=told):
        series_set("x", Tensor(numbers, (Axis("time"),)))


def test_the_letter_to_copy_stands_at_the_beginning() -> None:
    data = read_task("copy:20")
    inputs = data.take(np.arange(100))
    assert data.labels is not None
    np.testing.assert_array_equal(inputs[:, 0], data.labels[:100])
    assert (inputs[:, 1:-1] == data.vocabulary.index(".")).all()
    assert (inputs[:, -1] == data.vocabulary.index("?")).all()
    assert set(data.labels.tolist()) == set(range(8))


def test_the_sum_is_that_of_the_two_marked_numbers() -> None:
    data = read_task("adding:30")
    inputs = data.take(np.arange(50))
    assert data.labels is not None
    assert (inputs[..., 1].sum(axis=1) == 2).all()
    np.testing.assert_allclose((inputs[..., 0] * inputs[..., 1]).sum(axis=1), data.labels[:50], rtol=1e-6)
    assert data.held_out is not None
    assert not np.array_equal(data.held_out.take(np.arange(3)), data.take(np.arange(3)))


@pytest.mark.parametrize("word", ["copy:", "copy:-1", "adding:1", "copy:99999999", "copy:x"])
def test_a_task_without_a_number_of_steps_is_refused(word: str) -> None:
    with pytest.raises(BadData, match=f"{word.partition(':')[0]}:N says"):
        read_task(word)
