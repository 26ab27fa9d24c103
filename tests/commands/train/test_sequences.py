"""``dlcli train`` on texts, series and tasks that need memory."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.language.ngram import ngram_bits
from dlcli.nets.training import Training
from dlcli.tensor import Tensor
from dlcli.wire.write import save_tensors
from tests.commands.train.test_command import arrays

TEXT = "the cat sat on the mat, and the dog sat on the cat; so the mat sat still. " * 60


@pytest.fixture
def text(tmp_path: Path) -> str:
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return str(path)


def test_a_net_over_text_tells_its_bits_beside_those_of_a_model_that_counts(cli: Any, text: str) -> None:
    ended = cli(
        "train", "char-rnn:gru", text, "--epochs", "2", "--window", "16", "--lr", "0.01", "-f", "plain"
    )
    told = " ".join(ended.out.split())
    assert ended.code == 0
    assert "each 16 characters of 17, 17 classes" in told
    assert "(the last 0.2 of it)" in told
    found = re.search(r"([\d.]+) bits a character, ([\d.]+) for a model that has counted three", told)
    assert found is not None
    loss = float(ended.err.splitlines()[-1].partition("held out: loss ")[2].partition(",")[0])
    assert float(found[1]) == pytest.approx(loss / math.log(2), abs=0.006)
    symbols = sorted(set(TEXT))
    numbers = np.array([symbols.index(one) for one in TEXT])
    count = (len(numbers) - 1) // 16
    learnt, held = np.split(numbers[: count * 16], [(count - round(0.2 * count)) * 16])
    assert float(found[2]) == pytest.approx(ngram_bits(learnt, held, 17), abs=0.005)


def test_a_stateful_net_that_was_stopped_goes_on_to_the_same_bits(
    cli: Any, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ("train", "char-rnn", text, "--window", "8", "--batch", "4")
    whole, part = str(tmp_path / "whole.safetensors"), str(tmp_path / "part.safetensors")
    assert cli(*line, "--epochs", "2", "-o", whole).code == 0
    learn, steps = Training._learn, [0]

    def broken(training: Training, order: np.ndarray) -> None:
        steps[0] += 1
        if steps[0] == 20:
            raise KeyboardInterrupt
        learn(training, order)

    monkeypatch.setattr(Training, "_learn", broken)
    state = {}

    def stopped(training: Training) -> None:
        state["now"] = training.state()

    training_epochs = Training.epochs

    def epochs(training: Training, **ways: Any) -> Any:
        return training_epochs(training, stop=lambda: steps[0] == 19, seen=ways["seen"])

    monkeypatch.setattr(Training, "epochs", epochs)
    cli(*line, "--epochs", "2", "-o", part)
    monkeypatch.undo()
    kept = arrays(part)
    assert any(name.startswith("training/state/lstm/") for name in kept)
    assert cli("train", "--resume", part).code == 0
    for name, array in arrays(whole).items():
        np.testing.assert_array_equal(arrays(part)[name], array, err_msg=name)


def test_the_cut_net_knows_no_more_than_pairs(cli: Any, text: str) -> None:
    lines = {
        cell: cli("train", f"char-rnn:{cell}", text, "--epochs", "4", "--window", "16", "--lr", "0.01")
        for cell in ("lstm", "cut")
    }
    losses = {cell: ended.tensors[0].data[:, 2].min() for cell, ended in lines.items()}
    symbols = sorted(set(TEXT))
    numbers = np.array([symbols.index(one) for one in TEXT])
    pairs = ngram_bits(numbers, numbers, 17, 2) * math.log(2)
    assert losses["cut"] > 0.95 * pairs
    assert losses["lstm"] < losses["cut"]


def test_several_models_on_several_tasks_stand_in_one_table(cli: Any) -> None:
    ended = cli(
        "train", "memory:simple,gru", "copy:2,40", "--epochs", "3", "--lr", "0.01", "--runs", "2", "--per-class", "150",
        "--emit", "errors",
    )  # fmt: skip
    (errors,) = ended.tensors
    assert errors.axes[0].labels == ("memory:simple", "memory:gru")
    assert errors.axes[1].labels == ("copy:2", "copy:40")
    assert errors.axes[2].labels == ("mean", "least", "largest")
    mean = errors.data[..., 0]
    assert (mean[:, 0] == 0).all()
    assert mean[1, 1] < 0.1 < 0.7 < mean[0, 1]  # the gates remember what the simple net forgets
    assert "memory:gru on copy:40, seed 1: wrong 0.0000" in ended.err


def test_what_cannot_be_trained_side_by_side_is_told_before_the_first_learns(cli: Any, text: str) -> None:
    ended = cli("train", "memory:gru,lstm", "copy:2", "adding:5", "--epochs", "1")
    assert ended.code == 2
    assert (
        "memory:gru on copy:2 is measured by the share of wrong answers, memory:gru on adding:5 by loss: errors of "
        "two kinds are not to be compared; train them in two lines"
    ) in ended.err
    ended = cli("train", "memory:gru,small-cnn", "copy:2", "--epochs", "1")
    assert ended.code == 1
    assert "small-cnn: layer 0 (conv)" in ended.err
    assert "seed 0" not in ended.err


def test_of_several_the_one_that_explodes_is_named(cli: Any) -> None:
    line = (
        "train",
        "forecast:gru,simple",
        "sample:sunspots",
        "--optimizer",
        "sgd",
        "--epochs",
        "2",
        "--lr",
        "1e30",
    )
    ended = cli(*line)
    assert ended.code == 1
    assert "forecast:gru on sample:sunspots, seed 0: the loss is" in ended.err
    assert "clip the gradient to a length of 1" in ended.err


def test_every_cell_learns_sums_from_numbers(cli: Any) -> None:
    line = ("train", "memory:simple,leaky,skip,lstm,gru,attention", "adding:5", "--per-class")
    assert "counts examples of classes" in cli(*line, "9").err
    (errors,) = cli(*line[:-1], "--epochs", "3", "--lr", "0.01", "--emit", "errors").tensors
    assert errors.shape == (6, 1)
    assert (errors.data < 0.17).all()  # 1/6 is the variance of the sum of two numbers from 0 to 1
    assert errors.data[5, 0] < 0.01


def test_models_of_several_names_stand_in_one_table(cli: Any) -> None:
    told = cli("train", "seq2seq,seq2seq-attention", "dates:60", "--epochs", "1", "-f", "plain").out
    assert re.search(r"^  seq2seq +[\d,]+ .*\n  seq2seq-attention +[\d,]+ ", told, re.M)
    told = cli("train", "memory:gru,memory:lstm,simple", "copy:1", "--epochs", "1", "-f", "plain").out
    assert re.search(r"^  memory:gru .*\n  memory:lstm .*\n  memory:simple ", told, re.M)


def test_nets_over_text_are_compared_by_bits_beside_a_model_that_counts(cli: Any, text: str) -> None:
    ended = cli("train", "char-rnn:gru,cut", text, "--epochs", "2", "--batch", "4", "-f", "plain")
    assert "Errors  bits a character on what is held out" in ended.out
    (bits,) = re.findall(r"counted, three in a row +([\d.]+)", ended.out)
    alone = cli("train", "char-rnn:gru", text, "--epochs", "2", "--batch", "4", "-f", "plain").out
    assert (
        f"; {re.findall(r'char-rnn:gru .* ([0-9.]+)$', ended.out, re.M)[0]} bits a character, {bits} for"
        in alone
    )
    better = "Counting three characters in a row is better than char-rnn:gru, char-rnn:cut."
    assert better in " ".join(ended.out.split())
    assert "--epochs 2 --batch 4 -o net.safetensors" in " ".join(ended.out.replace("\\", "").split())
    left = (
        "3 of the 55 windows are learnt from in no epoch: the net goes on from batch to batch, in 4 streams"
    )
    assert left in " ".join(alone.split())


def test_the_chart_of_errors_has_a_line_for_each_model(cli: Any) -> None:
    told = cli("train", "memory:simple,lstm", "copy:1,5", "--epochs", "1", "-f", "plain").out
    assert "a memory:simple   b memory:lstm" in told
    assert "Against length  wrong over copy:N" in told


def test_a_forecast_stands_beside_forecasts_without_a_net(cli: Any, tmp_path: Path) -> None:
    ended = cli("train", "forecast", "sample:sunspots", "--epochs", "3", "--runs", "2", "-f", "plain")
    told = ended.out
    assert re.search(r"naive +33 +52\.7\n", told)
    assert re.search(r"seasonal naive +38\.1 +48\.8\n", told)
    assert "a season takes 11 steps" in told
    (path,) = cli("train", "forecast", "sample:sunspots", "--epochs", "1", "--emit", "forecast").tensors
    assert path.shape == (57, 1)
    assert (path.axes[0].name, path.axes[0].start, path.axes[0].step) == ("year", 1952, 1)


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("char-rnn TEXT --window 9999", 1, "a window of 9999 characters and the one behind it are more than the"),
        ("char-rnn TEXT --batch 999", 1, "goes on from batch to batch, and takes whole ones: 55 examples are less"),
        ("mlp digits8 --window 3", 2, "--window is for texts and series; digits8 is neither: leave it out"),
        ("char-rnn TEXT --shift 1", 2, "--shift is for pictures; TEXT has inputs of 64 characters of 17"),
        ("memory:lstm,gru copy:5 -o x.npz", 2, "-o is of one training, and this line asks for several"),
        ("memory:elman copy:5", 1, "there is no memory:CELL 'elman'"),
        ("char-rnn copy:5", 1, "char-rnn gives (7, 10); put a last-step at its end"),
        ("memory TEXT", 1, "there is a class for each of 64 steps, and memory gives one for all"),
        ("small-cnn copy:5", 1, "conv takes (height, width, channel); received (7,)"),
        ("forecast sample:sunspots --window 400", 1, "a window of 400 steps and one behind it are more than the 309"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told(cli: Any, text: str, line: str, code: int, told: str) -> None:
    ended = cli("train", *(text if word == "TEXT" else word for word in line.split()))
    assert ended.code == code, ended.err
    assert told.replace("TEXT", text) in ended.err
    assert "Traceback" not in ended.err


def test_a_loss_that_explodes_names_the_step_and_proposes_to_clip(cli: Any, text: str) -> None:
    line = ("train", "forecast:simple", "sample:sunspots", "--optimizer", "sgd", "--epochs", "3")
    ended = cli(*line, "--lr", "1e30")
    assert ended.code == 1
    assert re.search(r"the loss is (inf|nan) in epoch 1, step \d+", ended.err)
    assert re.search(
        r"the last gradient had length [\d.e+]+; try a lower learning rate, or clip the", ended.err
    )


def test_a_loss_far_above_that_of_guessing_is_told_with_the_longest_gradient(cli: Any, text: str) -> None:
    line = ("train", "char-rnn", text, "--lr", "1000", "--epochs", "2", "--batch", "8", "-f", "plain")
    told = " ".join(cli(*line).out.split())
    assert re.search(
        r"The loss, [\d,.]+, is far above that of guessing, 2\.83: the steps were too long; the longest gradient, in "
        r"epoch \d, step \d+, had length [\d,.]+\. Try a lower --lr, or --clip 1\.",
        told,
    )  # 2.83 is log 17
    assert "it may get better still" not in told


def test_a_series_with_a_hole_is_refused(cli: Any, tmp_path: Path) -> None:
    from dlcli.tensor import Axis

    hole = Tensor(np.array([1.0, np.nan, 2, 3, 4]), (Axis("time"),), "hole")
    save_tensors({"hole": hole}, str(tmp_path / "hole.json"))
    ended = cli("train", "forecast", str(tmp_path / "hole.json"))
    assert ended.code == 1
    assert "step 1 of the series is no finite number" in ended.err


def test_weights_of_another_vocabulary_are_refused(cli: Any, text: str, tmp_path: Path) -> None:
    net, other = str(tmp_path / "net.safetensors"), tmp_path / "other.txt"
    assert cli("train", "char-rnn:gru", text, "--epochs", "1", "-o", net).code == 0
    other.write_text(TEXT.replace("a", "q"))
    ended = cli("train", "char-rnn:gru", str(other), "--epochs", "1", "--from", net)
    assert ended.code == 1
    assert f"--from {net}: its weights are of another vocabulary, without 'q'; learn from" in ended.err
    other.write_text(TEXT + "the end")
    assert cli("train", "char-rnn:gru", str(other), "--epochs", "1", "--from", net).code == 0
    other.write_text(TEXT.replace("c", "k"))
    ended = cli("predict", net, str(other))
    assert ended.code == 1
    assert f"lacks 1 character of {other}: 'k'" in ended.err


def test_a_text_that_is_piped_in_is_to_be_named(cli: Any) -> None:
    ended = cli("train", "char-rnn", "-", stdin=b"It is a truth\nuniversally acknowledged\n")
    assert ended.code == 1
    assert ended.err.endswith("; a text to learn from is named as a file, FILE.txt\n")
