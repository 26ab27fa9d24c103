"""``dlcli train``: what it learns, what it keeps, how it goes on, and words for what does not fit."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.nets.layers.dense import DenseLayer
from dlcli.tensor import Axis, Tensor
from dlcli.wire.read import read_tensors
from dlcli.wire.stream import Limits, Source
from dlcli.wire.write import save_tensors

QUICK = ("mlp", "digits8", "--epochs", "2")


def arrays(path: str | Path) -> dict[str, np.ndarray]:
    with open(path, "rb", buffering=0) as file:
        return {one.name: one.data for one in read_tensors(Source(file, str(path)), limits=Limits())}


def test_the_history_goes_down_the_pipe_and_each_epoch_has_a_line(cli: Any) -> None:
    ended = cli(*QUICK[:0], "train", *QUICK)
    (history,) = ended.tensors
    assert ended.code == 0
    assert history.axes == (
        Axis("epoch", start=1, step=1),
        Axis("measure", ("loss", "accuracy", "val-loss", "val-accuracy", "rate")),
    )
    lines = ended.err.splitlines()
    assert len(lines) == 2
    assert re.fullmatch(
        r"epoch 1/2: loss \d\.\d{4}, accuracy 0\.\d{3}, held out: loss \d\.\d{4}, accuracy 0\.\d{3} \(best\)",
        lines[0],
    )
    assert history.data[1, 1] > history.data[0, 1] > 0.5  # ten classes: it has learnt something


def test_the_same_seed_gives_the_same_bits_another_one_others(cli: Any) -> None:
    first, second, other = (cli("train", *QUICK, "--seed", seed).tensors[0] for seed in ("1", "1", "2"))
    np.testing.assert_array_equal(first.data, second.data)
    assert (first.data != other.data).any()


def test_a_training_that_was_stopped_goes_on_to_the_same_bits(cli: Any, tmp_path: Path) -> None:
    line = (
        "train",
        "small-cnn",
        "sample:digits",
        "--per-class",
        "20",
        "--shift",
        "1",
        "--flip",
        "--schedule",
        "cosine",
    )
    cli(*line, "--epochs", "4", "-o", "whole.safetensors")
    program = (
        "import os, signal, sys\n"
        "from dlcli.nets.training import Training\n"
        "learn, steps = Training._learn, []\n"
        "def counted(self, order):\n"
        "    learn(self, order)\n"
        "    steps.append(1)\n"
        "    if len(steps) == 10: os.kill(os.getpid(), signal.SIGTERM)\n"
        "Training._learn = counted\n"
        "sys.argv = sys.argv[1:]\n"
        "from dlcli.cli import main\n"
        "main()\n"
    )
    stopped = subprocess.run(
        [sys.executable, "-c", program, "dlcli", *line, "--epochs", "4", "-o", "part.safetensors"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert stopped.returncode == 128 + signal.SIGTERM
    assert stopped.stderr.splitlines()[-1] == (
        "dlcli train: stopped in epoch 2 of 4, after step 3 of 7; part.safetensors holds what was learnt; "
        "dlcli train --resume part.safetensors goes on"
    )
    assert stopped.stdout == ""
    resumed = cli("train", "--resume", "part.safetensors")
    assert resumed.code == 0
    whole, part = arrays("whole.safetensors"), arrays("part.safetensors")
    assert list(whole) == list(part)
    for name in whole:
        np.testing.assert_array_equal(whole[name], part[name], err_msg=name)


def test_more_epochs_go_on_from_the_last(cli: Any) -> None:
    cli("train", *QUICK, "-o", "net.safetensors")
    more = cli("train", "--resume", "net.safetensors", "--epochs", "3").tensors[0]
    at_once = cli("train", "mlp", "digits8", "--epochs", "3").tensors[0]
    np.testing.assert_array_equal(more.data, at_once.data)


def test_a_training_goes_on_in_its_file(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("train", *QUICK, "-o", "net.safetensors")
    cli("train", "--resume", "net.safetensors", "--epochs", "3")
    assert len(arrays("net.safetensors")["history"]) == 3
    cli("train", "--resume", "net.safetensors", "--epochs", "4", "-o", "other.safetensors")
    assert [len(arrays(f"{name}.safetensors")["history"]) for name in ("net", "other")] == [3, 4]
    monkeypatch.setattr(os, "access", lambda path, mode: path != "net.safetensors")
    ended = cli("train", "--resume", "net.safetensors", "--epochs", "4")
    assert (ended.code, ended.raw) == (2, b"")
    assert (
        "the training goes on in this file, and it cannot be written; -o FILE keeps it in another"
        in ended.err
    )


@pytest.mark.parametrize(
    ("schedule", "last", "following"),
    [("cosine", "2.91e-07", "0.0005"), ("warm-up:1", "1.17e-06", "0.00075")],
)
def test_a_rate_that_falls_to_the_end_knows_where_it_ends(
    schedule: str, last: str, following: str, cli: Any
) -> None:
    cli("train", *QUICK, "--schedule", schedule, "-o", "net.safetensors")
    more = cli("train", "--resume", "net.safetensors", "--epochs", "4", "-o", "more.safetensors")
    assert more.err.splitlines()[0] == (
        f"dlcli: train: schedule {schedule} ends with the last epoch: {last} was the last rate, {following} is the "
        "next, as if there had been 4 epochs from the first on rather than 2; at once they give another net"
    )
    again = cli("train", "--resume", "net.safetensors")
    assert again.err == (
        "dlcli: train: the training in net.safetensors has had its 2 epochs; more --epochs go on\n"
    )
    at_once = cli("train", "mlp", "digits8", "--epochs", "4", "--schedule", schedule).tensors[0].data
    assert (more.tensors[0].data != at_once).any()


def test_a_rate_that_falls_in_steps_goes_on_as_at_once(cli: Any) -> None:
    cli("train", *QUICK, "--schedule", "step:1", "-o", "net.safetensors")
    more = cli("train", "--resume", "net.safetensors", "--epochs", "3")
    assert "schedule" not in more.err
    at_once = cli("train", "mlp", "digits8", "--epochs", "3", "--schedule", "step:1").tensors[0].data
    np.testing.assert_array_equal(more.tensors[0].data, at_once)


def test_fewer_epochs_than_it_has_had(cli: Any) -> None:
    cli("train", *QUICK, "-o", "net.safetensors")
    ended = cli("train", "--resume", "net.safetensors", "--epochs", "1")
    assert (ended.code, ended.raw) == (2, b"")
    assert ended.err.split("\nTry 'dlcli")[0].removesuffix("\n") == (
        "dlcli train: --epochs 1 counts from the first on; the training in net.safetensors has had 2 epochs "
        "already: give more"
    )


@pytest.mark.parametrize("ending", ["safetensors", "onnx", "npz"])
def test_without_an_epoch_the_net_is_kept_as_it_was_drawn(ending: str, cli: Any) -> None:
    line = ("train", "mlp", "digits8", "--epochs", "0", "--seed", "3")
    ended = cli(*line, "-o", f"net.{ending}", "-f", "plain")
    assert ended.code == 0
    if ending == "npz":
        found = np.load("net.npz")["dense/kernel"]
        from dlcli.nets.builtin import builtin
        from dlcli.nets.net import Net

        drawn = Net(builtin("mlp", input=(8, 8, 1), classes=10)).draw(3).weights()["dense/kernel"]
        np.testing.assert_array_equal(found, drawn)
        return
    assert f"dlcli predict net.{ending} digits8" in ended.out
    told = cli("predict", f"net.{ending}", "digits8", "-f", "plain")
    assert told.code == 0
    if ending == "safetensors":
        assert "from 1,442 of digits8, no whole epoch\n" in told.out
        more = cli("train", "--resume", "net.safetensors", "--epochs", "1").tensors[0]
        np.testing.assert_array_equal(more.data, cli(*line[:4], "1", *line[5:]).tensors[0].data)


@pytest.mark.parametrize("word", ["sample:digits-cnn", "net.npz", "net.onnx"])
def test_weights_alone_are_no_training(word: str, cli: Any) -> None:
    if not word.startswith("sample:"):
        cli("train", "mlp", "digits8", "--epochs", "0", "-o", word)
    for words in ((), ("mlp", "digits8")):
        ended = cli("train", *words, "--resume", word)
        assert (ended.code, ended.raw) == (1, b"")
        assert ended.err == (
            f"dlcli train: --resume {word}: it holds weights, no training to go on with; --from {word} begins with "
            "them\n"
        )


def test_another_set_is_told_before_its_shape(cli: Any) -> None:
    cli("train", "mlp", "sample:digits", "--per-class", "2", "--epochs", "1", "-o", "net.safetensors")
    ended = cli("train", "small-cnn", "digits8", "--resume", "net.safetensors", "--epochs", "2")
    assert ended.code == 1
    assert ended.err.startswith("dlcli train: net.safetensors learnt from sample:digits (SHA-256 ")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_killed_at_any_moment_it_leaves_the_last_whole_file(tmp_path: Path) -> None:
    line = [
        sys.executable,
        "-m",
        "dlcli",
        "train",
        "mlp",
        "digits8",
        "--epochs",
        "2000",
        "-o",
        "net.safetensors",
    ]
    running = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)
    while not (tmp_path / "net.safetensors").exists():
        assert running.poll() is None
        time.sleep(0.01)
    time.sleep(0.2)
    running.kill()
    running.wait()
    found = arrays(tmp_path / "net.safetensors")
    assert {"dense/kernel", "training/net/weights", "training/optimizer/velocity", "history"} <= found.keys()
    assert len(found["history"]) >= 1


def test_a_disk_that_is_full_is_said_and_the_older_file_stays(tmp_path: Path) -> None:
    (tmp_path / "net.safetensors").write_bytes(b"older")
    done = subprocess.run(
        [sys.executable, "-m", "dlcli", "train", *QUICK, "-o", "net.safetensors"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
        preexec_fn=lambda: (
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
        ),
    )  # fmt: skip
    assert done.returncode == 1
    assert "net.safetensors: File too large; it is tried again after the next epoch" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("dlcli train: the net is not kept: ")
    assert (tmp_path / "net.safetensors").read_bytes() == b"older"
    assert os.listdir(tmp_path) == ["net.safetensors"]


def test_other_data_are_refused_by_their_hash(cli: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (40, 4, 4), np.uint8), np.arange(40) % 2
    np.savez(tmp_path / "set.npz", x=x, y=y)
    assert cli("train", "mlp", "set.npz", "--epochs", "1", "-o", "net.safetensors").code == 0
    np.savez(tmp_path / "set.npz", x=x[::-1], y=y)
    ended = cli("train", "--resume", "net.safetensors", "--epochs", "2")
    assert ended.code == 1
    assert re.fullmatch(
        r"dlcli train: net\.safetensors learnt from set\.npz \(SHA-256 [0-9a-f]{12}…\); set\.npz holds something "
        r"else \([0-9a-f]{12}…\): go on with the same data, or begin anew with --from net\.safetensors\n",
        ended.err,
    )


def test_the_best_epoch_is_what_is_kept(cli: Any) -> None:
    ended = cli("train", "mlp", "digits8", "--epochs", "6", "--lr", "0.02", "-o", "net.safetensors")
    history = ended.tensors[0].data
    right = history[:, 3]
    best = max(range(6), key=lambda k: (right[k], -history[k, 2]))
    assert f"epoch {best + 1}/6" in [line for line in ended.err.splitlines() if "best" in line][-1]
    from dlcli.nets.builtin import builtin
    from dlcli.nets.evaluation import Examples, evaluate
    from dlcli.nets.net import Net
    from dlcli.wire.datasets.read import open_data

    held = open_data("digits8", limits=Limits()).held_out
    assert held is not None
    net = Net(builtin("mlp", input=(8, 8, 1), classes=10)).load(arrays("net.safetensors"))
    assert evaluate(net, Examples(len(held), held.take, held.labels)).accuracy == right[best]


def test_early_stopping(cli: Any) -> None:
    history = (
        cli("train", "mlp", "digits8", "--epochs", "40", "--lr", "0.03", "--early-stopping", "2")
        .tensors[0]
        .data
    )
    key = [(row[3], -row[2]) for row in history]
    assert len(history) < 40
    assert key.index(max(key)) == len(history) - 3


def test_classes_that_a_model_file_says_are_those_of_the_data(cli: Any) -> None:
    text = 'classes = {}\ninput = [8, 8, 1]\n[[layer]]\nkind = "flatten"\n[[layer]]\nkind = "dense"\n'
    for classes in (7, 10):
        Path(f"c{classes}.toml").write_text(f'{text.format(classes)}units = "classes"\n')
    ended = cli("train", "c7.toml", "digits8", "--epochs", "1")
    assert (ended.code, ended.raw, ended.err) == (
        1,
        b"",
        "dlcli train: c7.toml says classes = 7, and digits8 has 10: leave classes out, and there are as many as "
        "the data have\n",
    )
    line = ("--per-class", "3", "--epochs", "1", "-o", "n.safetensors")
    assert cli("train", "c10.toml", "digits8", *line).code == 0
    assert cli("train", "c10.toml", "digits8", "--resume", "n.safetensors", "--epochs", "2").code == 0
    assert cli("summary", "n.safetensors", "--save-weights", "w.onnx").code == 0
    assert cli("predict", "w.onnx", "digits8", "--model", "c10.toml").code == 0


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_log_of_every_epoch(ending: str, cli: Any, tmp_path: Path) -> None:
    history = cli("train", *QUICK, "--log", f"log.{ending}").tensors[0]
    text = (tmp_path / f"log.{ending}").read_text().splitlines()
    if ending == "csv":
        assert text[0] == "epoch,loss,accuracy,val-loss,val-accuracy,rate"
        rows = [list(map(float, line.split(","))) for line in text[1:]]
    else:
        rows = [list(json.loads(line).values()) for line in text]
    np.testing.assert_array_equal(rows, np.column_stack([[1, 2], history.data]))


def test_what_is_held_out(cli: Any) -> None:
    told = cli("train", *QUICK[:2], "--epochs", "0", "-f", "plain").out
    assert "1,442 to learn from, 355 held out (its own test part)" in told
    half = cli("train", *QUICK[:2], "--epochs", "0", "--validation", "0.5", "-f", "plain").out
    assert "721 held out (0.5 of each class)" in half or "held out (0.5 of each" in half
    none = cli("train", *QUICK[:2], "--epochs", "1", "--validation", "0")
    assert none.tensors[0].axes[1].labels == ("loss", "accuracy", "rate")
    few = cli("train", *QUICK[:2], "--epochs", "0", "--per-class", "3", "-f", "plain").out
    assert "30 to learn from" in few


def test_weights_of_another_net_as_a_beginning(cli: Any) -> None:
    cli("train", *QUICK, "-o", "net.safetensors")
    line = ("train", "mlp", "digits8", "--epochs", "2", "--per-class", "5", "--from", "net.safetensors")
    ended = cli(*line, "--freeze", "-o", "frozen.safetensors", "--compare", "-f", "plain")
    assert "0 of them learn" in ended.out
    assert re.search(
        r"Compared\n  held out +best epoch +right: best +last\n  with dense.*\n  without ", ended.out
    )
    before, after = arrays("net.safetensors"), arrays("frozen.safetensors")
    for name in ("dense/kernel", "dense_2/bias"):
        np.testing.assert_array_equal(before[name], after[name])


def test_gradients_are_compared_and_a_wrong_one_is_a_failure(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ("train", "mlp", "digits8", "--epochs", "0", "--check-gradients", "-f", "plain")
    good = cli(*line)
    assert (good.code, good.out.count(" yes\n")) == (0, 6)
    backward = DenseLayer.backward

    def wrong(self: Any, dy: Any) -> Any:
        dx = backward(self, dy)
        self.slopes["bias"] *= 1.01
        return dx

    monkeypatch.setattr(DenseLayer, "backward", wrong)
    bad = cli(*line)
    assert bad.code == 1
    assert bad.err == (
        "dlcli train: derived and measured gradients differ in dense/bias, dense_1/bias, dense_2/bias\n"
    )


def test_a_loss_that_is_no_number_ends_it_and_the_weights_before_are_kept(cli: Any) -> None:
    ended = cli("train", "mlp", "digits8", "--optimizer", "sgd", "--lr", "1e30", "-o", "net.safetensors")
    assert ended.code == 1
    assert re.fullmatch(
        r"dlcli train: the loss is nan in epoch 1, step 2; the first layer whose output is not finite is dense_1; "
        r"the last gradient had length \d\.\d+; try a lower learning rate, or clip the gradient to a length of 1; "
        r"net\.safetensors holds the weights before that\n",
        ended.err,
    )
    assert all(np.isfinite(array).all() for name, array in arrays("net.safetensors").items() if "/" in name)


def test_confusion_adds_up(cli: Any) -> None:
    counts = cli("train", *QUICK, "--emit", "confusion").tensors[0]
    assert [axis.name for axis in counts.axes] == ["true", "predicted"]
    assert counts.data.sum() == 355
    labels = tuple(map(str, range(10)))
    assert (counts.axes[0].labels, counts.axes[1].labels) == (labels, labels)


def test_an_autoencoder_learns_without_labels_to_take_noise_away(cli: Any) -> None:
    ended = cli("train", "autoencoder", "sample:digits", "--epochs", "2", "-f", "plain")
    assert "what it sees" in ended.out
    assert "Nobody told it what the pictures are" in ended.out
    assert re.search(r"with the\s+noise it was 0\.11\d, \d(\.\d)? times as much", ended.out)
    refused = cli("train", "autoencoder", "sample:digits", "--epochs", "1", "--emit", "confusion")
    assert refused.err.endswith("the answers of autoencoder are not right or wrong: leave it out\n")


def test_a_set_down_a_pipe(shell: Any) -> None:
    ended = shell("dlcli show shapes:40 | dlcli train cnn --epochs 1 --batch 20")
    assert ended.code == 0
    assert ended.tensors[0].shape == (1, 5)


def test_what_is_tried_next_has_the_words_that_were_typed(cli: Any, shell: Any, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/mlp.toml").write_text(MODEL.format(units=10))
    told = cli("train", "sub/mlp.toml", "digits8", "--epochs", "0", "-f", "plain").out
    assert "\n  dlcli train sub/mlp.toml digits8 --epochs 0 -o net.safetensors" in told
    piped = shell("dlcli show shapes:50 | dlcli train mlp --epochs 0 -f plain").out
    assert re.search(r"Data +shapes:50, piped in: 40 to learn from", piped)
    assert re.search(
        r"\n  dlcli show shapes:50 \| dlcli train mlp --epochs 0( \\\n +)? ?-o net.safetensors", piped
    )
    kept = shell("dlcli show shapes:50 | dlcli train mlp --epochs 1 -f plain -o net.safetensors").out
    assert "\n  dlcli show shapes:50 | dlcli predict net.safetensors\n" in kept
    told = cli("predict", "net.safetensors", "shapes:50", "-f", "plain").out
    assert re.search(r"\nLearnt +from 40 of shapes:50, 1 epoch,", told)
    history = shell("dlcli show shapes:50 | dlcli train mlp --epochs 1").tensors[0]
    assert history.attrs["source"] == "shapes:50"
    assert history.attrs["command"] == "show shapes:50 | train mlp --epochs 1"


MODEL = """
[[layer]]
kind = "flatten"
[[layer]]
kind = "dense"
units = {units}
"""


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("", 2, "which model? Name one, such as small-cnn, or a TOML file; dlcli summary lists them"),
        ("smal-cnn digits8", 1, "'smal-cnn' is neither a file nor a model: did you mean small-cnn?"),
        ("mlp sample:digit", 1, "there is no sample 'digit': did you mean sample:digits?"),
        ("mlp digits8 --schedule stp", 2, "--schedule stp: there is no schedule 'stp': did you mean step?"),
        ("mlp digits8 -o net.pt", 2, "-o net.pt: its ending says how it is written: .safetensors, .onnx, .npz"),
        ("mlp digits8 -o no/net.npz", 2, "-o no/net.npz: there is no folder no"),
        ("mlp digits8 --log log.txt", 2, "--log log.txt: its ending says how it is written: .csv, .jsonl"),
        ("mlp digits8 --freeze", 2, "--freeze goes with --from: add it, or leave --freeze out"),
        ("mlp digits8 --validation 1", 2, "--validation is a share from 0 to below 1, or a set; received 1"),
        ("--resume x.safetensors --lr 1", 2, "--lr does not go with --resume: leave one of them out"),
        ("five.toml digits8", 1, "digits8: labels are 0 to 4 for the 5 outputs of dense; example 5 (counted from 0) "
         "has 5 (719 of 1442 are out of range)"),
        ("cnn digits8", 1, "cnn: layer 3 (maxpool): the window is larger than the picture: window 2x2, picture "
         "1x1 with its padding; try a smaller window or padding = \"same\""),
    ],
)  # fmt: skip
def test_what_does_not_fit(words: str, code: int, told: str, cli: Any, tmp_path: Path) -> None:
    (tmp_path / "five.toml").write_text(MODEL.format(units=5))
    ended = cli("train", *words.split())
    assert (ended.code, ended.raw) == (code, b"")
    assert ended.err.split("\nTry 'dlcli")[0].removesuffix("\n") == f"dlcli train: {told}"


def test_examples_are_moved_and_mirrored_by_their_options(cli: Any) -> None:
    plain, moved, mirrored = (
        cli("train", "mlp", "digits8", "--epochs", "1", *more).tensors[0].data
        for more in ((), ("--shift", "1"), ("--flip",))
    )
    assert (plain != moved).any()
    assert (plain != mirrored).any()


@pytest.mark.parametrize(
    ("data", "words", "told"),
    [
        ("iris.csv", "--shift 1", "--shift is for pictures; iris.csv has inputs of 4 features: leave it out"),
        ("iris.csv", "--flip", "--flip is for pictures; iris.csv has inputs of 4 features: leave it out"),
        ("digits8", "--shift 8", "--shift 8 would move pictures out of sight; those of digits8 have 8 × 8 cells: "
         "try fewer"),
    ],
)  # fmt: skip
def test_rows_are_not_moved_and_pictures_stay_in_sight(
    data: str, words: str, told: str, cli: Any, tmp_path: Path
) -> None:
    rows = "".join(f"{k},{k % 3},{k % 5},{k % 7},{'ab'[k % 2]}\n" for k in range(20))
    (tmp_path / "iris.csv").write_text(f"a,b,c,d,label\n{rows}")
    ended = cli("train", "mlp", data, "--epochs", "1", *words.split())
    assert (ended.code, ended.raw) == (2, b"")
    assert ended.err.split("\nTry 'dlcli")[0].removesuffix("\n").endswith(f"dlcli train: {told}")


def test_what_is_told_of_the_data_is_told_by_dlcli(cli: Any, tmp_path: Path) -> None:
    np.savez(
        tmp_path / "x.npz", x=np.zeros((12, 4, 4), np.uint8), y=np.eye(3, dtype=np.uint8)[np.arange(12) % 3]
    )
    np.savez(
        tmp_path / "y.npz", x=np.ones((12, 4, 4), np.uint8), y=np.eye(3, dtype=np.uint8)[np.arange(12) % 3]
    )
    ended = cli("train", "mlp", "x.npz", "--epochs", "0", "--validation", "y.npz")
    assert ended.code == 0
    told = [line for line in ended.err.splitlines() if "a single 1 in each row" in line]
    assert [line.split(": ")[0] for line in told] == ["dlcli", "dlcli"]


def test_values_to_come_near(cli: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 3))
    np.savez(tmp_path / "line.npz", x=x, y=x @ [1.0, -2.0, 0.5])
    model = 'loss = "mean-squared"\n[[layer]]\nkind = "dense"\nunits = 1\n'
    (tmp_path / "line.toml").write_text(model)
    ended = cli("train", "line.toml", "line.npz", "--epochs", "60", "--lr", "0.05", "-o", "net.safetensors")
    assert ended.tensors[0].axes[1].labels == ("loss", "val-loss", "rate")
    np.testing.assert_allclose(arrays("net.safetensors")["dense/kernel"].ravel(), [1, -2, 0.5], atol=1e-3)


def test_a_tensor_without_labels_is_no_set(cli: Any) -> None:
    ended = cli("train", "mlp", "-", stdin=Tensor(np.zeros((3, 4))))
    assert (ended.code, "its axis 'row' has no labels" in ended.err) == (1, True)


def test_the_next_line_names_the_model_that_was_typed_and_the_pipe_that_data_came_by(
    cli: Any, shell: Any
) -> None:
    Path("tiny.toml").write_text(
        '[[layer]]\nkind = "flatten"\n[[layer]]\nkind = "dense"\nunits = "classes"\n'
    )
    line = "dlcli show digits8 | dlcli tensor --index 0:40 | dlcli train tiny.toml --epochs 1"
    pages = [shell(f"{line} {more} -f plain --width 200").out for more in ("", "-o n.safetensors")]
    assert pages[0].startswith("Data  digits8, piped in: ")
    before = "dlcli show digits8 | dlcli tensor --index 0:40 | dlcli"
    assert pages[0].endswith(f"Try next\n  {before} train tiny.toml --epochs 1 -o net.safetensors\n")
    assert pages[1].endswith(f"Try next\n  {before} predict n.safetensors\n")
    cli("train", "tiny.toml", "digits8", "--epochs", "1", "-o", "n.safetensors")
    onward = cli("train", "--resume", "n.safetensors", "--epochs", "2", "-f", "plain", "--width", "200").out
    assert onward.endswith("Try next\n  dlcli predict n.safetensors digits8\n")


def test_a_training_from_a_pipe_goes_on_with_a_pipe(cli: Any) -> None:
    data = cli("show", "digits8").raw
    assert cli("train", "mlp", "-", "--epochs", "1", "-o", "n.safetensors", stdin=data).code == 0
    line = ("train", "--resume", "n.safetensors", "--epochs", "2", "-f", "plain")
    ended = cli(*line, stdin_is_terminal=True)
    assert (ended.code, ended.out) == (2, "")
    assert (
        "it has learnt from what was piped in; pipe the same in again: … | dlcli train --resume" in ended.err
    )
    ended = cli(*line, stdin=data)
    assert (ended.code, "2 of 2 epochs" in ended.out) == (0, True)


def test_an_input_that_a_loss_cannot_be_compared_with_ends_the_training_where_it_comes(cli: Any) -> None:
    x = np.random.default_rng(0).random((200, 4)).astype(np.float32)
    x[150] = 7
    np.savez("rows.npz", x=x, y=np.arange(200) % 2)
    ended = cli(
        "train", "autoencoder", "rows.npz", "--validation", "0", "--epochs", "1", "-o", "n.safetensors"
    )
    assert (ended.code, ended.raw) == (1, b"")
    assert "the inputs of the data go from" in ended.err
    assert "to 7: scale them, or take a model with loss" in ended.err
    assert "n.safetensors holds the weights before that" in ended.err


@pytest.mark.parametrize("name", ["optimizer", "training", "net", "history", "model"])
def test_a_layer_may_be_called_as_what_a_file_holds_beside_the_weights(cli: Any, name: str) -> None:
    Path("m.toml").write_text(
        f'[[layer]]\nkind = "flatten"\n[[layer]]\nkind = "dense"\nunits = "classes"\nname = "{name}"\n'
    )
    line = ("train", "m.toml", "digits8", "--per-class", "5")
    assert cli(*line, "--epochs", "1", "-o", "n.safetensors").code == 0
    assert cli("predict", "n.safetensors", "digits8").code == 0
    onward = cli("train", "--resume", "n.safetensors", "--epochs", "2").tensors[0]
    np.testing.assert_array_equal(onward.data, cli(*line, "--epochs", "2").tensors[0].data)
    for layout in ("keras", "torch"):
        kept = cli("summary", "n.safetensors", "--save-weights", "w.safetensors", "--layout", layout)
        assert kept.code == 0


def test_a_log_that_cannot_be_written_for_a_while_gets_all_its_lines(cli: Any, monkeypatch: Any) -> None:
    from dlcli.commands.train import session

    write, calls = session.append_log, []

    def full(path: str, epochs: list[Any], *, begins: bool) -> None:
        calls.append([one.epoch for one in epochs])
        if len(calls) in failing:
            raise OSError(28, "No space left on device")
        write(path, epochs, begins=begins)

    monkeypatch.setattr(session, "append_log", full)
    line = ("train", "mlp", "digits8", "--per-class", "5", "--epochs", "4", "--log")
    failing: tuple[int, ...] = (1, 3)
    ended = cli(*line, "a.csv", "-o", "n.safetensors")
    assert (ended.code, calls) == (0, [[1], [1, 2], [3], [3, 4]])
    assert (
        ended.err.count("cannot write a.csv: No space left on device; it is tried again after") == 1
    )  # said once
    failing, calls = (), []
    assert cli(*line, "b.csv").code == 0
    assert Path("a.csv").read_text() == Path("b.csv").read_text()
    failing, calls = (4,), []
    ended = cli(*line, "c.csv")
    assert (ended.code, ended.raw) == (1, b"")
    assert ended.err.endswith("dlcli train: cannot write c.csv: No space left on device\n")


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_log_holds_all_of_an_epoch_or_nothing_of_it(ending: str, tmp_path: Path) -> None:

    from dlcli.commands.train.session import append_log
    from dlcli.nets.training import Measured

    path = str(tmp_path / f"log.{ending}")
    one, two = (Measured(i, 0.5, None, None, None, 0.001) for i in (1, 2))
    append_log(path, [one], begins=True)
    kept = Path(path).read_bytes()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(kept) + 5, before[1]))
        with pytest.raises(OSError, match="too large"):
            append_log(path, [two], begins=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert Path(path).read_bytes() == kept
    append_log(path, [two], begins=False)
    assert len(Path(path).read_text().splitlines()) == len(kept.splitlines()) + 1


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_the_log_of_a_resumed_training_is_that_of_one_that_never_stopped(ending: str, cli: Any) -> None:
    line = ("train", "mlp", "digits8", "--per-class", "5", "--epochs")
    cli(*line, "4", "--log", f"whole.{ending}")
    whole, log = Path(f"whole.{ending}").read_bytes(), Path(f"log.{ending}")
    lines = whole.splitlines(keepends=True)
    head = int(ending == "csv")
    cli(*line, "2", "-o", "net.safetensors")
    onward = ("train", "--resume", "net.safetensors", "--log", log.name, "-o", "more.safetensors", "--epochs")
    for there in (None, 0, head, head + 1, head + 2):
        log.unlink(missing_ok=True)
        if there is not None:
            log.write_bytes(b"".join(lines[:there]))
        assert cli(*onward, "4").code == 0
        assert log.read_bytes() == whole, there
    log.write_bytes(b"".join(lines[:1]))
    assert cli(*onward, "2").code == 0  # it is over already
    assert log.read_bytes() == b"".join(lines[: head + 2])
    for other in (whole, lines[0] + b"1,2\n", lines[0][:-1], b"\xff\n"):
        log.write_bytes(other)
        assert cli(*onward, "4").code == 0
        assert log.read_bytes() == other + b"".join(lines[head + 2 :])


def test_a_training_goes_on_with_the_seed_that_it_has(cli: Any) -> None:
    assert cli("train", "mlp", "digits8", "--epochs", "0", "-o", "n.safetensors", "--seed", "3").code == 0
    ended = cli("train", "--resume", "n.safetensors", "--seed", "4", "--epochs", "1")
    assert (ended.code, ended.raw) == (2, b"")
    assert "--seed does not go with --resume" in ended.err


def test_what_has_no_right_answers_has_no_confusion_and_learns_nothing_first(cli: Any) -> None:
    ended = cli("train", "autoencoder", "digits8", "--emit", "confusion", "--epochs", "1")
    assert (ended.code, ended.raw, "epoch 1" in ended.err) == (2, b"", False)
    assert "the answers of autoencoder are not right or wrong: leave it out" in ended.err


def test_noise_is_drawn_once_and_stays_among_the_pixels() -> None:
    from dlcli.commands.train.examples import with_noise
    from dlcli.nets.evaluation import Examples

    plain = Examples(3, lambda at: np.full((len(at), 40, 40, 1), 51, np.uint8))
    noisy = with_noise(plain, 0.1, 0, 0)
    first, again = noisy.take(np.array([0, 2])), noisy.take(np.array([2]))
    np.testing.assert_array_equal(first[1], again[0])
    assert (first[0] != first[1]).any()
    assert (with_noise(plain, 0.1, 0, 1).take(np.array([0])) != first[0]).any()
    assert abs(first.mean() - 0.2) < 0.005
    assert abs(first.std() - 0.1) < 0.01
    assert 0 <= first.min() <= first.max() <= 1


def test_another_set_to_measure_on(cli: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, count in (("here", 30), ("there", 12)):
        np.savez(
            tmp_path / f"{name}.npz", x=rng.integers(0, 256, (count, 4, 4), np.uint8), y=np.arange(count) % 2
        )
    told = cli("train", "mlp", "here.npz", "--validation", "there.npz", "--epochs", "0", "-f", "plain").out
    assert "30 to learn from, 12 held out (there.npz)" in told
    np.savez(tmp_path / "other.npz", x=np.zeros((6, 5, 5), np.uint8), y=np.arange(6) % 2)
    ended = cli("train", "mlp", "here.npz", "--validation", "other.npz", "--epochs", "0")
    assert ended.err.endswith(
        "--validation other.npz has inputs of 5 × 5 × 1 and 2 classes, here.npz has inputs of 4 × 4 × 1 and 2 classes: "
        "they must be alike\n"
    )
    for labels, code in ((["dog", "owl"], 1), (["dog", "dog"], 0)):
        for name, names in (("here", ["cat", "dog"]), ("there", labels)):
            x = rng.integers(0, 256, (30, 4, 4), np.uint8)
            np.savez(tmp_path / f"{name}.npz", x=x, y=np.array(names)[np.arange(30) % 2])
        ended = cli(
            "train", "mlp", "here.npz", "--validation", "there.npz", "--epochs", "0", "--emit", "confusion"
        )
        assert ended.code == code, ended.err
        if code:
            assert ended.err.endswith("there.npz has the class 'owl', which is none of cat, dog\n")
        else:
            assert ended.tensors[0].data.sum(axis=1).tolist() == [0, 30]


def test_nothing_is_measured_on_what_it_learns_from(cli: Any, tmp_path: Path) -> None:
    own = cli("train", *QUICK[:2], "--epochs", "0", "--validation", "digits8", "-f", "plain")
    assert own.err == (
        "dlcli: train: --validation digits8 has a test part of its own: its 355 inputs are measured on\n"
    )
    assert "1,442 to learn from, 355 held out (the test part of digits8)" in " ".join(own.out.split())
    x, y = np.random.default_rng(0).integers(0, 256, (30, 4, 4), np.uint8), np.arange(30) % 2
    for name in ("one", "same"):
        np.savez(tmp_path / f"{name}.npz", x=x, y=y)
    for name in ("one.npz", "same.npz"):
        ended = cli("train", "mlp", "one.npz", "--validation", name)
        assert (ended.code, ended.raw) == (2, b"")
        assert ended.err.split("\nTry 'dlcli")[0].removesuffix("\n") == (
            f"dlcli train: --validation {name} is what it learns from, and would be known by heart; a share such as "
            "--validation 0.2 holds some of it out"
        )
    np.savez(tmp_path / "partly.npz", x=np.concatenate([255 - x[:4], x[9:4:-1]]), y=np.arange(9) % 2)
    partly = cli("train", "mlp", "one.npz", "--validation", "partly.npz", "--epochs", "0", "-f", "plain")
    assert partly.err == (
        "dlcli: train: --validation partly.npz: 5 of the 9 inputs that are measured on are learnt from, too: "
        "what is measured is better than it will be\n"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--per-class 143", "--per-class 143: of 8 there are 140 to learn from; 2 classes have "
         "fewer"),
        ("--schedule step --epochs 10", "schedule step:10,0.1 first changes the rate after 10 epochs, and there are "
         "10: the rate is constant"),
        ("--schedule warm-up:2 --epochs 2", "schedule warm-up:2 rises over 2 epochs, and there are 2: the rate never "
         "falls"),
        ("--optimizer adamw --epochs 0", "adamw without --weight-decay is adam; try --weight-decay 0.01"),
        ("--early-stopping 2 --epochs 2", "--early-stopping 2 waits for as many epochs after the best, and there are "
         "2: it ends nothing"),
    ],
)  # fmt: skip
def test_an_option_that_does_nothing_says_so(words: str, told: str, cli: Any) -> None:
    more = () if "--epochs" in words else ("--epochs", "0")
    ended = cli("train", "mlp", "digits8", *words.split(), *more)
    assert ended.code == 0
    assert f"dlcli: train: {told}\n" in ended.err
    assert "dlcli:" not in cli("train", *QUICK, "--schedule", "step:1", "--early-stopping", "1").err


def test_options_leave_a_trace_in_the_story(cli: Any) -> None:
    line = ("train", "mlp", "digits8", "--epochs", "2", "--noise", "0.3", "--early-stopping", "1")
    told = " ".join(cli(*line, "--dtype", "float64", "-f", "plain").out.split())
    assert "; normal noise of deviation 0.3 on every input" in told
    assert "ending when an epoch brings nothing better, in float64, seed 0" in told
    assert "with the most right held out, then the least loss: " in told


@pytest.mark.parametrize(
    ("held", "least"),
    [([1, 2], None), ([1, 0.5, 2], None), ([1, 0.5, 0.7, 0.9], 2), ([0.5, 0.9, 0.6, 0.7], 1)],
)
def test_by_heart_is_said_after_two_rises(held: list[float], least: int | None) -> None:
    from dlcli.commands.train.story import _by_heart
    from dlcli.nets.training import Measured

    epochs = tuple(Measured(k + 1, 0.5**k, 0.5, loss, 0.5, 0.1) for k, loss in enumerate(held))
    assert _by_heart(epochs) == least


def test_one_class_is_nothing_to_tell_apart(cli: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", x=np.zeros((9, 4, 4), np.uint8), y=np.zeros(9, int))
    ended = cli("train", "mlp", "one.npz")
    assert (ended.code, ended.err) == (1, (
        "dlcli train: one.npz has one class, 0: there is nothing to tell apart; a model whose target is the input "
        "(autoencoder) learns without classes\n"
    ))  # fmt: skip


def test_a_net_for_elsewhere(cli: Any) -> None:
    cli("train", *QUICK, "-o", "net.onnx")
    cli("train", *QUICK, "-o", "net.safetensors")
    by_onnx, own = (
        cli("predict", f"net.{ending}", "digits8").tensors[0].data for ending in ("onnx", "safetensors")
    )
    np.testing.assert_allclose(by_onnx, own, atol=1e-6)


def test_what_learnt_from_rows_in_npy_is_asked_by_the_folder_that_holds_them_alone(cli: Any) -> None:
    for folder, names in (("one", ("x_train", "y_train")), ("two", ("a_x", "a_y", "b_x", "b_y"))):
        Path(folder).mkdir()
        for name in names:
            rows = np.random.default_rng(0).random((40, 4))
            np.save(f"{folder}/{name}.npy", rows if "x" in name else np.arange(40) % 2)
    line = ("-o", "net.safetensors", "--epochs", "1", "-f", "plain", "--show")
    for word, named in {"one": "one", "one/x_train.npy": "one", "two/a_x.npy": "two/a_x.npy"}.items():
        told = cli("train", "mlp", word, *line)
        assert f"dlcli predict net.safetensors {named}\n" in told.out + told.err
    told = cli("predict", "net.safetensors", "one", "-f", "plain")
    assert (told.code, "rows of one" in told.out) == (0, True)
    assert cli("show", "one", "-f", "plain").code == 0
    told = cli("show", "two", "-f", "plain")
    assert (told.code, "two holds 2 sets of .npy files" in told.err) == (1, True)


def test_inputs_and_labels_that_are_both_named_are_one_set(
    cli: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    np.save("X.npy", rng.integers(0, 256, (40, 8, 8), dtype=np.uint8))
    for name in ("Y", "Y2"):
        np.save(f"{name}.npy", np.arange(40) % 2)
    ended = cli("train", "mlp", "X.npy", "Y.npy", "--epochs", "1")
    assert (ended.code, len(ended.tensors)) == (0, 1)
    assert ended.err.splitlines()[:2] == [
        "dlcli: Y.npy is of the same set as X.npy: it is read once",
        "dlcli: X.npy: read with Y.npy, by the names of the files",
    ]
    assert len(cli("show", "X.npy", "Y.npy").tensors) == 1
    ended = cli("train", "mlp", "X.npy", "Y2.npy", "--epochs", "1")
    assert (ended.code, ended.raw) == (2, b"")
    assert ended.err.startswith(
        "dlcli train: Y2.npy belongs to no set: inputs and labels of .npy are found by their names, in one "
        "folder, as x.npy and y.npy or NAME-x.npy and NAME-y.npy; name the x file alone"
    )


@pytest.mark.parametrize("epochs", ["1", "3"])
def test_what_is_not_finite_after_an_epoch_is_never_kept(cli: Any, epochs: str) -> None:
    line = ("train", "mlp", "digits8", "--per-class", "5", "--epochs", epochs, "-o", "net.safetensors")
    for more in (
        ("--weight-decay", "1e30"),
        ("--optimizer", "sgd", "--weight-decay", "1e38", "--batch", "64"),
    ):
        ended = cli(*line, *more)
        assert ended.code == 1
        assert "not finite" in ended.err
        assert "less weight decay" in ended.err
        assert "(best)" not in ended.err
        held = {name: array for name, array in arrays("net.safetensors").items() if name != "history"}
        assert all(np.isfinite(array).all() for array in held.values())
        assert cli("predict", "net.safetensors", "digits8").code == 0


@pytest.mark.parametrize("validation", ["0", "0.2", "0.5"])
def test_an_example_that_is_not_finite_is_named(cli: Any, validation: str) -> None:
    x = np.random.default_rng(0).random((40, 6)).astype(np.float32)
    x[17, 3] = np.nan
    np.savez("rows.npz", x=x, y=np.arange(40) % 2)
    ended = cli("train", "mlp", "rows.npz", "--epochs", "1", "--validation", validation)
    assert ended.code == 1
    assert ended.err.endswith(
        "; the input of example 17 (counted from 0) in the data is not finite: leave it out\n"
    )


def test_more_outputs_than_classes_are_refused_before_it_learns(cli: Any) -> None:
    Path("wide.toml").write_text(
        '[[layer]]\nkind = "flatten"\n[[layer]]\nkind = "dense"\nunits = 64\n', encoding="utf-8"
    )
    ended = cli("train", "wide.toml", "digits8", "--epochs", "1")
    assert ended.code == 1
    assert ended.err == (
        "dlcli train: digits8 has 10 classes, and dense gives 64 outputs: end with a dense layer of 10 units, "
        'or units = "classes"\n'
    )


@pytest.mark.parametrize(("flag", "name"), [("-o", "pipe.safetensors"), ("--log", "pipe.csv")])
def test_a_pipe_is_no_file_to_keep_anything_in(cli: Any, flag: str, name: str) -> None:
    os.mkfifo(name)
    ended = cli("train", *QUICK, flag, name)
    assert ended.code == 2
    assert f"{flag} {name}: it is no plain file" in ended.err


def test_one_signal_ends_a_training_that_waits_to_write_its_log(cli: Any, tmp_path: Path) -> None:
    program = (
        "import os, signal, sys, threading\n"
        "from dlcli.commands.train.session import Session\n"
        "log = Session._log\n"
        "def waits(self, measured):\n"
        "    os.mkfifo('log.csv')\n"
        "    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()\n"
        "    log(self, measured)\n"
        "Session._log = waits\n"
        "sys.argv = sys.argv[1:]\n"
        "from dlcli.cli import main\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, "dlcli", "train", *QUICK, "--log", "log.csv"],
        capture_output=True, text=True, cwd=tmp_path, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode in (-signal.SIGTERM, 128 + signal.SIGTERM)


@pytest.mark.parametrize(("flag", "name"), [("-o", "net.safetensors"), ("--log", "log.csv")])
def test_two_trainings_do_not_share_a_file(cli: Any, flag: str, name: str) -> None:
    ended = cli("train", "mlp", "digits8", "shapes:20", "--epochs", "1", flag, name)
    assert ended.code == 2
    assert f"{flag} {name}: 2 trainings would all be written there" in ended.err
    assert not os.path.exists(name)


def test_a_file_that_is_read_is_never_written(cli: Any) -> None:
    rows = np.random.default_rng(0).random((20, 3))
    np.savez("self.npz", x=rows, y=np.arange(20) % 2)
    Path("self.csv").write_text(
        "a,b,label\n" + "".join(f"{one[0]},{one[1]},{place % 2}\n" for place, one in enumerate(rows)),
        encoding="utf-8",
    )
    cli("train", "mlp", "self.csv", "--epochs", "1", "-o", "net.safetensors")
    before = {name: Path(name).read_bytes() for name in ("self.npz", "self.csv", "net.safetensors")}
    for line in (
        ("mlp", "self.npz", "-o", "self.npz"),
        ("mlp", "self.csv", "--log", "./self.csv"),
        ("mlp", "self.csv", "--from", "net.safetensors", "-o", "net.safetensors"),
        ("--resume", "net.safetensors", "--epochs", "2", "--log", "self.csv"),
        ("mlp", "digits8", "--validation", "self.npz", "-o", "self.npz"),
    ):
        ended = cli("train", *line)
        assert ended.code == 2, line
        assert "it is read here, and would be lost" in ended.err
    assert before == {name: Path(name).read_bytes() for name in before}
    onward = cli("train", "--resume", "net.safetensors", "--epochs", "2", "-o", "net.safetensors")
    assert onward.code == 0


def test_beside_resume_a_single_word_is_the_data(cli: Any) -> None:
    np.savez("rows.npz", x=np.random.default_rng(0).random((20, 3)), y=np.arange(20) % 2)
    cli("train", "mlp", "rows.npz", "--epochs", "1", "-o", "net.safetensors")
    os.rename("rows.npz", "moved.npz")
    assert cli("train", "--resume", "net.safetensors", "moved.npz", "--epochs", "2").code == 0
    wrong = cli("train", "--resume", "net.safetensors", "digits8", "--epochs", "3")
    assert wrong.err.startswith("dlcli train: net.safetensors learnt from moved.npz (SHA-256 ")
    assert cli("train", "--resume", "net.safetensors", "mlp", "moved.npz", "--epochs", "3").code == 0


@pytest.mark.parametrize("shift", ["99999999999999999999", "1e308"])
def test_a_shift_beyond_the_pictures_is_refused(cli: Any, shift: str) -> None:
    ended = cli("train", *QUICK, "--shift", shift)
    assert ended.code == 2
    assert "would move pictures out of sight" in ended.err


def rewritten(path: str, facts: dict[str, Any], to: str) -> None:
    """The same file of a net, which says other facts."""
    with open(path, "rb", buffering=0) as file:
        tensors = {one.name: one for one in read_tensors(Source(file, path), limits=Limits())}
    history = tensors["history"]
    attrs = {**history.attrs, "facts": json.dumps(facts)}
    save_tensors({**tensors, "history": replace(history, attrs=attrs)}, to)


def test_a_file_with_other_facts_has_a_sentence_and_no_traceback(cli: Any) -> None:
    np.savez("rows.npz", x=np.random.default_rng(0).random((12, 3)), y=np.arange(12) % 2)
    cli("train", "mlp", "rows.npz", "--epochs", "1", "--noise", "0.1", "-o", "net.safetensors")
    with open("net.safetensors", "rb", buffering=0) as file:
        tensors = {one.name: one for one in read_tensors(Source(file, "net"), limits=Limits())}
    facts = json.loads(str(tensors["history"].attrs["facts"]))
    places = [(name,) for name in facts]
    places += [(part, name) for part in ("data", "settings", "progress") for name in facts[part]]
    places += [("settings", "rule", name) for name in facts["settings"]["rule"]]
    gone, told = object(), 0
    for *parts, name in places:
        for value in (gone, None, -1, 1e308, "x", [], {}, [None]):
            changed = json.loads(json.dumps(facts))
            holder = changed
            for part in parts:
                holder = holder[part]
            holder.pop(name)
            if value is not gone:
                holder[name] = value
            rewritten("net.safetensors", changed, "bad.safetensors")
            ended = cli("train", "--resume", "bad.safetensors", "--epochs", "2", "-o", "on.safetensors")
            assert ended.code in (0, 1), (parts, name, value, ended.err)
            assert "Traceback" not in ended.err
            told += "none of a training: " in ended.err
            if not parts or parts == ["data"]:
                predicted = cli("predict", "bad.safetensors", "rows.npz", "-f", "json")
                wrong = name == "classes" and value is not gone and value != []
                assert predicted.code == wrong
                assert ("the names of its classes are a list of texts" in predicted.err) == wrong
    assert told > 0.6 * 8 * len(places)


def test_facts_that_contradict_each_other_are_told(cli: Any) -> None:
    cli("train", *QUICK, "-o", "net.safetensors")
    with open("net.safetensors", "rb", buffering=0) as file:
        tensors = {one.name: one for one in read_tensors(Source(file, "net"), limits=Limits())}
    for part, name, value in (
        ("progress", "epoch", 1),
        ("progress", "best_epoch", 3),
        ("settings", "shift", 8),
        ("data", "validation", "1e308"),
    ):
        facts = json.loads(str(tensors["history"].attrs["facts"]))
        facts[part][name] = value
        rewritten("net.safetensors", facts, "bad.safetensors")
        ended = cli("train", "--resume", "bad.safetensors", "--epochs", "3")
        assert ended.code == 1
        assert ended.err.startswith(f"dlcli train: bad.safetensors: its {part} ")
        assert "none of a training: " in ended.err


def test_rows_are_not_called_pictures(cli: Any) -> None:
    np.savez("rows.npz", x=np.random.default_rng(0).random((40, 4)).astype(np.float32))
    told = " ".join(cli("train", "autoencoder", "rows.npz", "--epochs", "1", "-f", "plain").out.split())
    assert "Nobody told it what the rows are" in told
    assert "picture" not in told


def deep_folder(name: str, white: int) -> None:
    """Pictures of 16 bits in two classes: the upper half brighter, or the lower."""
    from PIL import Image

    for place in range(24):
        pixels = np.random.default_rng(place).integers(0, white // 2, (8, 8))
        pixels[:4] += white // 2 * (place % 2)
        folder = Path(name, str(place % 2))
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.astype(np.uint16)).save(folder / f"{place}.png")


@pytest.mark.parametrize("rescaling", [False, True])
def test_pixels_of_16_bits_are_as_bright_as_those_of_8(cli: Any, rescaling: bool) -> None:
    layers = '[[layer]]\nkind = "dense"\nunits = "classes"\n'
    first = '[[layer]]\nkind = "rescaling"\nscale = 0.00392156862745098\n' * rescaling
    Path("m.toml").write_text(first + '[[layer]]\nkind = "flatten"\n' + layers)
    x, y = np.random.default_rng(1).integers(0, 256, (40, 8, 8)), np.arange(40) % 2
    np.savez("d.npz", x=x.astype(np.uint8), y=y)
    np.savez("deep.npz", x=(x * 257).astype(np.uint16), y=y)
    (plain,) = cli("train", "m.toml", "d.npz", "--epochs", "2").tensors
    ended = cli("train", "m.toml", "deep.npz", "--epochs", "2", "-o", "net.safetensors")
    np.testing.assert_allclose(ended.tensors[0].data, plain.data, rtol=1e-4)
    assert "numbers up to" not in ended.err
    told = (
        "pixels divided by 257, to 0 to 255, which the model rescales"
        if rescaling
        else ("pixels divided by 65535")
    )
    for line in (
        ("train", "m.toml", "deep.npz", "--epochs", "1"),
        ("predict", "net.safetensors", "deep.npz"),
    ):
        assert told in " ".join(cli(*line, "-f", "plain").out.split())
    one, other = (
        cli(
            "predict",
            "net.safetensors",
            word,
            *(("--part", "all") if word == "deep.npz" else ()),
            "--emit",
            "logits",
        )
        .tensors[0]
        .data
        for word in ("d.npz", "deep.npz")
    )
    np.testing.assert_allclose(other, one, rtol=1e-3)


def test_dark_pictures_of_16_bits_are_16_bits_all_the_same(cli: Any) -> None:
    deep_folder("dark", 200)
    ended = cli("train", "mlp", "dark", "--epochs", "1", "-o", "net.safetensors", "-f", "plain")
    assert "pixels divided by 65535" in " ".join(ended.out.split())
    for word in ("dark", "dark/0/0.png"):
        told = " ".join(cli("predict", "net.safetensors", word, "-f", "plain").out.split())
        assert "pixels divided by 65535" in told
    np.savez("dark.npz", x=np.full((20, 8, 8), 200, np.uint16), y=np.arange(20) % 2)
    told = " ".join(cli("predict", "net.safetensors", "dark.npz", "-f", "plain").out.split())
    assert "pixels divided by 65535" in told  # what the net has learnt from decides
    told = " ".join(cli("train", "mlp", "dark.npz", "--epochs", "1", "-f", "plain").out.split())
    assert "pixels divided by 255" in told  # no file says it, and no pixel


def test_one_bright_pixel_tells_of_all_pictures_of_a_set(cli: Any) -> None:
    x = np.full((400, 4, 4), 200, np.uint16)
    x[399, 3, 3] = 60000
    np.savez("d.npz", x_train=x[:300], y_train=np.arange(300) % 2, x_test=x[300:], y_test=np.arange(100) % 2)
    told = " ".join(
        cli("train", "mlp", "d.npz", "--epochs", "1", "-o", "n.safetensors", "-f", "plain").out.split()
    )
    assert "pixels divided by 65535" in told
    for part in ("all", "learnt", "held-out"):
        told = " ".join(cli("predict", "n.safetensors", "d.npz", "--part", part, "-f", "plain").out.split())
        assert "pixels divided by 65535" in told
    values = cli("predict", "n.safetensors", "d.npz", "--part", "all", "--emit", "logits").tensors[0].data
    np.testing.assert_allclose(values[0], values[398], rtol=1e-5)  # the same picture beside another one


def test_fractions_that_are_no_pixels_of_the_models_range_are_told(cli: Any) -> None:
    x, y = np.random.default_rng(1).integers(0, 256, (20, 8, 8)), np.arange(20) % 2
    x[0, 0, 0] = 255
    np.savez("f.npz", x=x.astype(np.float32), y=y)
    np.savez("unit.npz", x=x.astype(np.float32) / 255, y=y)
    np.savez("whole.npz", x=x * 257, y=y)
    np.savez("centred.npz", x=(x - 127.0) / 40, y=y)
    line = ("--epochs", "0", "--validation", "0", "-f", "csv")
    assert (
        "dlcli: train: f.npz: numbers up to 255 are taken as they are, and mlp learns best from pixels of 0 to 1; "
        "where they are pixels of 0 to 255, save them as uint8 or divide them by 255\n"
    ) in cli("train", "mlp", "f.npz", *line).err
    assert (
        "dlcli: train: whole.npz: numbers up to 65535 of int64 are taken for pixels of 0 to 255; where they are "
        "pixels of 16 bits, save them as uint16\n"
    ) in cli("train", "mlp", "whole.npz", *line).err
    Path("m.toml").write_text(
        'name = "own"\n[[layer]]\nkind = "rescaling"\nscale = 0.00392156862745098\n[[layer]]\nkind = "flatten"\n'
        '[[layer]]\nkind = "dense"\nunits = "classes"\n'
    )
    assert (
        "dlcli: train: unit.npz: numbers up to 1 are taken as they are, and own divides its pixels by 255 itself; "
        "where they are pixels of 0 to 1, multiply them by 255\n"
    ) in cli("train", "m.toml", "unit.npz", *line).err
    for words in (("mlp", "unit.npz"), ("mlp", "centred.npz"), ("m.toml", "f.npz")):
        assert "numbers up to" not in cli("train", *words, *line).err


def test_the_range_of_pixels_is_told_before_noise_and_of_what_is_held_out(cli: Any) -> None:
    x, y = np.random.default_rng(1).integers(0, 256, (40, 8, 8)), np.arange(40) % 2
    x[0, 0, 0] = x[30, 0, 0] = 255
    np.savez("bytes.npz", x=x[:20].astype(np.uint8), y=y[:20])
    np.savez("f.npz", x=x[20:].astype(np.float32), y=y[20:])
    np.savez("whole.npz", x=x * 257, y=y)
    np.savez("own.npz", x_train=x[:20] / 255, y_train=y[:20], x_test=x[20:] / 1.0, y_test=y[20:])
    end = ("--epochs", "0", "-f", "csv")
    fractions = "numbers up to 255 are taken as they are, and mlp learns best from pixels of 0 to 1"
    for words, told in {
        ("f.npz", "--noise", "0.1"): f"train: f.npz: {fractions}",
        ("whole.npz", "--noise", "0.1"): "numbers up to 65535 of int64 are taken for pixels of 0 to 255",
        ("bytes.npz", "--validation", "f.npz"): f"train: f.npz: {fractions}",
        ("own.npz", "--noise", "0.1"): f"train: the test part of own.npz: {fractions}",
    }.items():
        assert cli("train", "mlp", *words, *end).err.count(told) == 1


@pytest.mark.parametrize("deep", [False, True])
def test_noise_keeps_pixels_between_the_darkest_and_the_brightest(deep: bool) -> None:
    from dlcli.commands.train.examples import with_noise
    from dlcli.nets.evaluation import Examples

    x = np.array([0.0, 1] if deep else [0, 65535]).reshape(1, 2, 1, 1)
    noisy = with_noise(Examples(1, lambda at: x[at]), 0.3, 1, 0, pixels=deep).take(np.array([0]))
    assert (noisy.min() >= 0, noisy.max() > 0.5 * x.max() / (1 if deep else 255)) == (True, True)
    assert noisy.max() <= x.max() / (1 if deep else 255)


@pytest.mark.parametrize("model", ["mlp", "own.toml"])
def test_rows_that_are_learnt_from_are_known_again_in_another_type(model: str, cli: Any) -> None:
    Path("own.toml").write_text(
        '[[layer]]\nkind = "rescaling"\nscale = 0.00392156862745098\n[[layer]]\nkind = "flatten"\n'
        '[[layer]]\nkind = "dense"\nunits = "classes"\n'
    )
    x, y = np.random.default_rng(1).integers(0, 256, (20, 4, 4)), np.arange(20) % 2
    np.savez("bytes.npz", x=x.astype(np.uint8), y=y)
    for name, pixels in {
        "u2": x.astype(np.uint16), "deep": (x * 257).astype(np.uint16), "f8": x / 1.0, "unit": x / 255,
    }.items():  # fmt: skip
        np.savez("held.npz", x=pixels, y=y)
        ended = cli("train", model, "bytes.npz", "--validation", "held.npz", "--epochs", "0")
        assert (ended.code, "--validation held.npz is what it learns from" in ended.err) == (2, True), name


def test_noise_on_whole_numbers_is_noise_on_pixels_of_0_to_1(cli: Any) -> None:
    x, y = np.random.default_rng(1).integers(0, 256, (20, 8, 8)), np.arange(20) % 2
    np.savez("bytes.npz", x=x.astype(np.uint8), y=y)
    np.savez("whole.npz", x=x, y=y)
    Path("m.toml").write_text(
        '[[layer]]\nkind = "rescaling"\nscale = 0.00392156862745098\n[[layer]]\nkind = "flatten"\n'
        '[[layer]]\nkind = "dense"\nunits = "classes"\n'
    )
    Path("plain.toml").write_text(
        '[[layer]]\nkind = "flatten"\n[[layer]]\nkind = "dense"\nunits = "classes"\n'
    )
    line = ("--epochs", "2", "--noise", "0.1")
    wanted = cli("train", "plain.toml", "bytes.npz", *line).tensors[0].data
    for words in (("plain.toml", "whole.npz"), ("m.toml", "bytes.npz")):
        np.testing.assert_allclose(cli("train", *words, *line).tensors[0].data, wanted, rtol=1e-4)


def test_classes_without_an_example_are_told(cli: Any) -> None:
    x, y = np.random.default_rng(1).random((40, 4, 4)).astype(np.float32), np.array([0, 3, 6, 9] * 10)
    np.savez("x.npz", x=x, y=y)
    np.savez("k.npz", x_train=x, y_train=y // 3, x_test=x[:3], y_test=np.array([4, 4, 0]))
    np.savez("rows.npz", x_train=x[:, 0], y_train=y, x_test=x[:3, 0], y_test=np.array([1, 2, 9]))
    Path("t.csv").write_text("a,label\n" + "1,0\n2,2\n" * 9)
    Path("d/none").mkdir(parents=True)
    deep_folder("d", 60000)
    many = "class '1' (and 5 more) has no example: it cannot be learnt"
    for word, told in {
        "x.npz": many,
        "k.npz": "class '4' has no example: it cannot be learnt, and 2 of what is held out are of it",
        "rows.npz": f"{many}, and 2 of what is held out are of these",
        "t.csv": "class '1' has no example: it cannot be learnt",
        "d": "class 'none' has no example: it cannot be learnt",
    }.items():
        err = cli("train", "mlp", word, "--epochs", "1", "-o", "net.safetensors", "-f", "csv").err
        assert f"dlcli: train: {word}: {told}\n" in err
        assert f"dlcli: {word}: {told}\n" in cli("show", word, "-f", "plain").err
        assert "no example" not in cli("predict", "net.safetensors", word, "-f", "csv").err
    for words in (("mlp", "digits8"), ("autoencoder", "x.npz")):
        assert "no example" not in cli("train", *words, "--epochs", "0").err


def test_one_is_no_plural(cli: Any) -> None:
    np.savez("one.npz", x=np.ones((1, 4)), y=np.array([0]))
    assert "one.npz has 1 example:" in cli("train", "mlp", "one.npz").err
    np.savez("thin.npz", x=np.arange(20.0)[:, None], y=np.arange(20) % 2)
    ended = cli("train", "mlp", "thin.npz", "--epochs", "1", "-o", "net.safetensors", "-f", "plain")
    assert "each 1 feature," in " ".join(ended.out.split())
    np.savez("wide.npz", x=np.ones((4, 3)), y=np.arange(4) % 2)
    assert "takes 1 feature\n" in cli("predict", "net.safetensors", "wide.npz").err


def test_one_layer_is_no_layers(cli: Any) -> None:
    Path("one.toml").write_text('input = [2]\nloss = "mean-squared"\n[[layer]]\nkind = "dense"\nunits = 1\n')
    np.savez("xy.npz", x=np.ones((10, 2)), y=np.ones(10))
    told = cli("train", "one.toml", "xy.npz", "--epochs", "0", "-f", "plain")
    assert "one: 1 layer, 3 parameters" in told.out
