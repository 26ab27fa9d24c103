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
from dlcli.tensor import Axis, Tensor
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


def test_a_net_that_would_see_its_answers_is_refused(cli: Any, text: str, tmp_path: Path) -> None:
    conv = (
        '[[layer]]\nkind = "embedding"\ninput_dim = "vocabulary"\noutput_dim = 4\n[[layer]]\nkind = "conv1d"\n'
        'filters = 4\npadding = "same"\n[[layer]]\nkind = "dense"\nunits = "vocabulary"\n'
    )
    model = tmp_path / "conv.toml"
    model.write_text(conv)
    ended = cli("train", str(model), text, "--epochs", "1")
    assert ended.code == 1
    assert "conv would see its answers: each step of" in ended.err
    assert 'conv1d looks at later ones; give it padding = "causal"' in ended.err
    model.write_text(conv.replace("same", "causal"))
    assert cli("train", str(model), text, "--epochs", "1").code == 0


def test_the_best_epoch_of_a_net_over_text_has_the_least_loss(cli: Any, text: str) -> None:
    line = ("train", "char-rnn:cut", text, "--epochs", "6", "--lr", "0.3", "--batch", "8")
    (history,) = cli(*line).tensors
    losses = history.data[:, history.axes[1].labels.index("val-loss")]
    best = int(losses.argmin())
    assert best != int(history.data[:, history.axes[1].labels.index("val-accuracy")].argmax())
    told = " ".join(cli(*line, "-f", "plain").out.split())
    assert f"Best epoch {best + 1} of 6, with the least loss held out:" in told


def test_of_several_sets_each_has_its_parameters_and_the_last_its_chance(
    cli: Any, text: str, tmp_path: Path
) -> None:
    small = tmp_path / "small.txt"
    small.write_text("abc" * 600)
    line = ("char-rnn:cut", "--epochs", "1", "--batch", "2", "-f", "plain")
    told = cli("train", "char-rnn:cut,simple", text, str(small), *line[1:]).out
    assert re.search(r"char-rnn:cut +8,899 to 11,601 ", told)  # 3 characters, and 17


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
    better = f"Counting three characters in a row is better than char-rnn:gru, char-rnn:cut: {bits}."
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
    assert "a season takes 11 steps" in " ".join(told.split())
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
        ("char-rnn copy:5", 1, "copy:5 holds no text: char-rnn learns from the characters of a text, such as"),
        ("tiny-gpt sample:sunspots", 1, "sample:sunspots holds no text: tiny-gpt learns from the characters of a"),
        ("forecast copy:5", 1, "copy:5 holds no series: forecast learns from a series of numbers, such as"),
        ("forecast TEXT", 1, "TEXT holds no series: forecast learns from a series of numbers, such as"),
        ("speech-commands TEXT", 1, "TEXT holds no recorded words: speech-commands learns from recorded words"),
        ("sequence-classifier digits8", 1, "digits8 holds no sentences: sequence-classifier learns from sentences"),
        ("memory:gru copy:5,,6", 2, "copy:5,,6: nothing stands between two of its commas"),
        ("mlp digits8 --steps 3", 2, "--steps goes on behind the end of a series; mlp on digits8 foretells none"),
        ("forecast:gru,simple sample:sunspots --steps 3", 2, "--steps is of one model on one series"),
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
    hole = Tensor(np.array([1.0, np.nan, 2, 3, 4]), (Axis("time"),), "hole")
    save_tensors({"hole": hole}, str(tmp_path / "hole.json"))
    ended = cli("train", "forecast", str(tmp_path / "hole.json"))
    assert ended.code == 1
    assert "step 1 of the series is no finite number" in ended.err


SEASONS = [10 + 3 * math.sin(2 * math.pi * t / 12) for t in range(72)]


@pytest.fixture
def months(tmp_path: Path) -> str:
    """A series of six years by their months, with a season of twelve."""
    lines = (f"{2000 + t // 12}-{t % 12 + 1:02},{x:.4f}\n" for t, x in enumerate(SEASONS))
    (tmp_path / "months.csv").write_text("month,value\n" + "".join(lines))
    return str(tmp_path / "months.csv")


def test_a_series_of_ones_own_is_learnt_gone_on_with_and_asked(cli: Any, months: str, tmp_path: Path) -> None:
    net = str(tmp_path / "net.safetensors")
    ended = cli("train", "forecast", months, "--epochs", "1", "-o", net)
    assert ended.code == 0, ended.err
    assert (
        f"{months}: column month holds the times, 72 steps of 1 month from 2000-01; the series is"
        in ended.err
    )
    assert cli("train", "--resume", net, "--epochs", "2").code == 0
    (path,) = cli("predict", net, months, "--steps", "3").tensors
    assert path.axes[0] == Axis("year", start=2006, step=1 / 12)
    assert path.axes[1].labels == ("value",)
    piped = cli("tensor", months).raw
    (again,) = cli("predict", net, "-", "--steps", "3", stdin=piped).tensors
    np.testing.assert_array_equal(again.data, path.data)
    assert cli("train", "forecast", "-", "--epochs", "1", stdin=piped).code == 0
    told = " ".join(cli("predict", net, months, "--steps", "30", "-f", "plain").out.split())
    assert "Beyond the end 30 steps, each from those foretold before it; a season takes 12 steps" in told
    assert "a what was b foretold c naive d seasonal naive" in told


def test_the_table_of_a_series_is_read_from_a_pipe_as_from_a_file(
    cli: Any, months: str, tmp_path: Path
) -> None:
    text, nets = Path(months).read_bytes(), [str(tmp_path / f"{name}.safetensors") for name in "ab"]
    assert cli("train", "forecast", months, "--epochs", "2", "-o", nets[0]).code == 0
    ended = cli("train", "forecast", "-", "--epochs", "2", "-o", nets[1], stdin=text)
    assert ended.code == 0, ended.err
    assert "standard input: column month holds the times, 72 steps of 1 month from 2000-01" in ended.err
    ways = (nets[0], months, None), (nets[1], months, None), (nets[1], "-", text)
    filed, learnt, asked = (
        cli("predict", net, word, "--steps", "2", **({} if sent is None else {"stdin": sent})).tensors[0]
        for net, word, sent in ways
    )
    np.testing.assert_array_equal(learnt.data, filed.data)
    np.testing.assert_array_equal(asked.data, filed.data)
    assert asked.axes == filed.axes == (Axis("year", start=2006, step=1 / 12), Axis("feature", ("value",)))


def test_without_steps_what_follows_is_the_next_step_behind_the_end(
    cli: Any, months: str, tmp_path: Path
) -> None:
    """A net reads its window: what stands before that one changes nothing."""
    rows = enumerate(Path(months).read_text().splitlines()[1:])
    text = "\n".join(
        ["month,value", *(f"{line.split(',')[0]},{SEASONS[t] + t / 10:.4f}" for t, line in rows)]
    )
    Path(months).write_text(text)
    net = str(tmp_path / "net.safetensors")
    assert cli("train", "forecast", months, "--epochs", "2", "-o", net).code == 0
    one, first = (cli("predict", net, months, *more).tensors[0] for more in ((), ("--steps", "1")))
    np.testing.assert_array_equal(one.data, first.data)
    assert one.axes == first.axes
    head, *lines = text.splitlines()
    (tmp_path / "end.csv").write_text("\n".join([head, *lines[-24:]]))
    end = str(tmp_path / "end.csv")
    np.testing.assert_array_equal(cli("predict", net, end).tensors[0].data, first.data)
    told = " ".join(cli("predict", net, months, "-f", "plain").out.split())
    assert "Beyond the end 1 step; a season takes 12 steps" in told
    assert "foretold ones among them" not in told
    for more in (("--emit", "output"), ("--emit", "gru"), ("--saliency",)):
        whole, window = (cli("predict", net, word, *more) for word in (months, end))
        np.testing.assert_array_equal(whole.tensors[0].data, window.tensors[0].data)
        assert f"takes a window of 24 steps: the last 24 of the 72 of {months} are looked at" in whole.err
        assert "are looked at" not in window.err
        if more == ("--saliency",):
            times = Axis("year", start=2004, step=1 / 12)
            assert whole.tensors[0].axes == window.tensors[0].axes == (times, Axis("feature", ("value",)))
    assert "Saliency of value 0, " in cli("predict", net, end, "--saliency", "-f", "plain").out.replace(
        "\n", " "
    ).replace("  ", " ")


def test_a_series_shorter_than_the_window_is_refused_by_every_road(
    cli: Any, months: str, tmp_path: Path
) -> None:
    net, lines = str(tmp_path / "net.safetensors"), Path(months).read_text().splitlines()
    assert cli("train", "forecast", months, "--epochs", "1", "-o", net).code == 0
    short = "\n".join([lines[0], *lines[-23:]]).encode()
    for more in ((), ("--steps", "3"), ("--emit", "gru"), ("--saliency",)):
        ended = cli("predict", net, "-", *more, stdin=short)
        assert ended.code == 1
        assert f"{net} takes a window of 24 steps; standard input has 23" in ended.err


def test_features_are_found_by_their_names(cli: Any, months: str, tmp_path: Path) -> None:
    """A table with its columns in another order gives the same; one of other columns is refused."""
    rows = [(line.split(",")[0], f"{x:.4f}", f"{t % 7}") for t, (line, x) in enumerate(
        zip(Path(months).read_text().splitlines()[1:], SEASONS, strict=True))]  # fmt: skip
    orders = {
        "two": ("month", "warm", "cloud"),
        "turned": ("cloud", "month", "warm"),
        "other": ("month", "cold", "cloud"),
    }
    for name, heads in orders.items():
        table = [dict(zip(("month", "warm", "cloud"), row, strict=True)) for row in rows]
        text = "\n".join(",".join(row.get(head, row["warm"]) for head in heads) for row in table)
        (tmp_path / f"{name}.csv").write_text(f"{','.join(heads)}\n{text}\n")
    two, turned, other = (str(tmp_path / f"{name}.csv") for name in orders)
    net = str(tmp_path / "net.safetensors")
    assert cli("train", "forecast", two, "--epochs", "1", "-o", net).code == 0
    for more in (("--steps", "2"), ("--emit", "output")):
        right, found = (cli("predict", net, word, *more).tensors[0] for word in (two, turned))
        np.testing.assert_array_equal(found.data, right.data)
        assert found.axes == right.axes
        ended = cli("predict", net, other, *more)
        assert ended.code == 1
        assert (
            f"has learnt from warm, cloud; {other} has cold, cloud: give its columns those names" in ended.err
        )
    ended = cli("predict", net, months, "--steps", "2")
    assert ended.code == 1
    assert f"{net} foretells 2 features, warm, cloud; {months} has 1, value" in ended.err
    bare = np.array([[float(a), float(b)] for _, a, b in rows])
    np.save(tmp_path / "bare.npy", bare)
    word = str(tmp_path / "bare.npy")
    ended = cli("predict", net, word, "--steps", "2")
    assert f"the columns of {word} have no names: they are taken for warm, cloud, in this order" in ended.err
    assert ended.tensors[0].axes[1].labels == ("warm", "cloud")
    ended = cli("train", "forecast", two, "--epochs", "1", "--validation", turned)
    assert ended.code == 1
    assert "its columns are cloud, warm; " in ended.err
    ended = cli("train", "forecast", months, "--epochs", "1", "-o", net)
    ended = cli("predict", net, "sample:sunspots", "--steps", "1")
    assert f"{net} has learnt from value; sample:sunspots is " in ended.err


@pytest.mark.parametrize("option", [
    ["--saliency"], ["--monte-carlo", "3"], ["--noise"], ["--rescale", "2"], ["--fit", "crop"], ["--invert"],
    ["--part", "all"], ["--top", "2"], ["--walk", "3"], ["--decode"],
])  # fmt: skip
def test_what_looks_at_one_answer_does_not_go_with_steps(
    option: list[str], cli: Any, months: str, tmp_path: Path
) -> None:
    net = str(tmp_path / "net.safetensors")
    assert cli("train", "forecast", months, "--epochs", "1", "-o", net).code == 0
    ended = cli("predict", net, months, "--steps", "2", *option)
    assert ended.code == 2
    assert f"{option[0]} does not go with --steps" in ended.err


def test_a_series_that_is_measured_on_another_says_that_nothing_is_foretold(
    cli: Any, months: str, tmp_path: Path
) -> None:
    head, *lines = Path(months).read_text().splitlines()
    (tmp_path / "other.csv").write_text("\n".join([head, *(f"{line}1" for line in lines)]))
    line = ("train", "forecast", months, "--validation", str(tmp_path / "other.csv"), "--epochs", "1")
    told = " ".join(cli(*line, "-f", "plain").out.split())
    assert "What is held out is another series: of this one nothing is foretold" in told
    ended = cli(*line, "--emit", "forecast")
    assert ended.code == 2
    assert "is measured on another series: add --steps N" in ended.err
    assert "epoch 1" not in ended.err
    assert cli(*line, "--steps", "2", "--emit", "forecast").tensors[0].shape == (2, 1)


def test_a_forecast_as_good_as_the_net_is_not_called_nearer(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "same.csv").write_text("x\n" + "5\n" * 90)
    told = cli("train", "forecast", str(tmp_path / "same.csv"), "--epochs", "2", "-f", "plain").out
    assert "naive" in told
    assert "nearer" not in told
    several = cli(
        "train", "forecast:gru,simple", str(tmp_path / "same.csv"), "--epochs", "2", "-f", "plain"
    ).out
    assert "is better than" not in several


def test_the_season_of_the_training_is_kept(cli: Any, tmp_path: Path) -> None:
    net = str(tmp_path / "net.safetensors")
    assert cli("train", "forecast", "sample:sunspots", "--epochs", "1", "-o", net).code == 0
    told = " ".join(cli("predict", net, "sample:sunspots", "--steps", "5", "-f", "plain").out.split())
    assert "a season takes 11 steps" in told  # of the whole series it would be 10


def test_any_horizon_has_a_band_from_several_seeds(cli: Any, months: str) -> None:
    line = ("train", "forecast", months, "--epochs", "1", "--runs", "2", "--steps", "40")
    told = " ".join(cli(*line, "-f", "plain").out.split())
    band = "each from those foretold before it; the mean of 2 nets from other seeds, in dots from the least of them"
    assert f"Beyond the end 40 steps, {band} to the largest" in told
    (path,) = cli(*line, "--emit", "forecast").tensors
    assert path.shape == (40, 1, 3)
    assert path.axes[2].labels == ("mean", "least", "largest")
    mean, least, largest = path.data[:, 0].T
    np.testing.assert_allclose(mean, (least + largest) / 2, rtol=1e-6)  # of two
    (alone,) = cli(*line[:-4], "--steps", "3", "--validation", "0", "--emit", "forecast").tensors
    assert (alone.shape, alone.axes[0].start) == ((3, 1), 2006)


def test_every_feature_is_foretold_and_named(cli: Any, tmp_path: Path) -> None:
    series = np.stack([SEASONS, [t % 7 for t in range(72)]], axis=1)
    tensor = Tensor(series, (Axis("time"), Axis("feature", ("warm", "day"))), "two")
    save_tensors({"two": tensor}, str(tmp_path / "two.json"))
    line = ("train", "forecast", str(tmp_path / "two.json"), "--epochs", "1", "--runs", "2")
    (path,) = cli(*line, "--emit", "forecast").tensors
    assert path.shape == (10, 2, 3)
    assert path.axes[1].labels == ("warm", "day")
    told = cli(*line, "-f", "plain").out
    assert "\n  a what was   b foretold\n  warm\n" in told
    assert re.search(r"Forecast  day\n.*\n  day\n", told)
    naive = math.sqrt(np.square(np.diff(series[-11:, 1])).mean())
    assert re.search(rf"day +naive +{naive:.3g} ", told)


def test_a_net_that_loses_to_no_net_is_told(cli: Any) -> None:
    line = ("train", "forecast", "sample:sunspots", "--epochs", "1", "-f", "plain")
    told = " ".join(cli(*line).out.split())
    assert re.search(
        r"At the next step the naive forecast is nearer than the net: off by 33, the net by \d", told
    )
    told = " ".join(cli(*line, "--runs", "2").out.split())
    (spots,) = cli("tensor", "sample:sunspots").tensors
    naive = np.square(np.diff(spots.data[-58:, 0])).mean()  # of the 57 steps that are held out
    assert f"The naive forecast of the next step is better than forecast: {naive:.0f}." in told
    assert "is best" not in told


def test_all_that_are_equally_good_are_best(cli: Any) -> None:
    told = cli("train", "memory:gru,lstm", "copy:1", "--epochs", "4", "--lr", "0.01", "-f", "plain").out
    assert "On copy:1 memory:gru and memory:lstm are best: 0 %." in " ".join(told.split())


def test_where_nothing_is_held_out_nothing_is_said_of_it(cli: Any, months: str) -> None:
    line = ("--validation", "0", "--epochs", "1", "-f", "plain")
    told = cli("train", "memory:lstm", "copy:2", *line, "--runs", "2").out
    assert "share of wrong answers on what was learnt from, the mean of 2 runs" in " ".join(told.split())
    told = cli("train", "forecast", months, *line).out
    assert re.search(r"Best  epoch 1 of 1, with the least loss on what it learnt from: [\d.]+\n", told)
    assert "what is held out" not in told


def test_a_loss_far_above_that_of_a_constant_is_told(cli: Any, tmp_path: Path) -> None:
    ended = cli("train", "forecast", "sample:sunspots", "--lr", "1e10", "--epochs", "2", "-f", "plain")
    told = " ".join(ended.out.split())
    assert re.search(
        r"The loss, [\d.e]+, is far above that of always the same answer, 1296: the steps were too", told
    )
    assert "it may get better still" not in told
    far = "".join(f"{1000 + t % 5}\n" for t in range(40))
    (tmp_path / "far.csv").write_text(far)  # what has just begun is far off, too
    told = cli("train", "memory:gru", "far.csv", "--epochs", "1", "-f", "plain").out
    assert "far above" not in told
    assert re.search(r"epoch 2/2: loss [\d.]+e\+\d\d, held out: loss [\d.]+e\+\d\d", ended.err)


def test_sums_are_compared_with_always_the_same_answer(cli: Any) -> None:
    told = " ".join(
        cli("train", "memory:lstm,simple", "adding:30", "--epochs", "1", "-f", "plain").out.split()
    )
    (constant,) = re.findall(r"always the same ([\d.]+)", told)
    assert float(constant) == pytest.approx(1 / 6, rel=0.05)
    assert f"better than always the same answer, whose loss is {constant}" in told


def test_a_series_too_large_to_be_squared_is_named(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "huge.csv").write_text("".join(f"{t % 5}e300\n" for t in range(30)))
    ended = cli("train", "forecast", str(tmp_path / "huge.csv"))
    assert (ended.code, "huge.csv: the series has numbers up to 4e+300, whose squares" in ended.err) == (
        1,
        True,
    )


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


@pytest.mark.parametrize("name", ["-", "verses.md", "verses"])
def test_a_text_is_learnt_from_whatever_it_is_called(cli: Any, tmp_path: Path, name: str) -> None:
    text = "".join(
        f"CHAPTER {one}\n\n\nIt is a truth, {one}\nuniversally acknowledged\n\n" for one in range(30)
    )
    word = name if name == "-" else str(tmp_path / name)
    if name != "-":
        Path(word).write_text(text)
    (tmp_path / "named.txt").write_text(text)
    line = ("--epochs", "1", "--batch", "8", "-f", "csv")
    wanted = cli("train", "char-rnn", str(tmp_path / "named.txt"), *line)
    ended = cli("train", "char-rnn", word, *line, stdin=text.encode() if name == "-" else b"")
    assert (ended.code, ended.out) == (0, wanted.out)


@pytest.mark.parametrize(
    ("rows", "classes"),
    [
        ("text,label\ngood film,+\nbad film,-\ngood plot,+\nbad plot,-\n", ("+", "-")),
        ("a,b,label\n1,2,x\n3,4,y\n1,3,x\n3,3,y\n", ("x", "y")),
    ],
)
def test_a_table_with_labels_is_piped_in(cli: Any, rows: str, classes: tuple[str, ...]) -> None:
    model = "sequence-classifier" if rows.startswith("text") else "mlp"
    line = ("train", model, "-", "--validation", "0", "--epochs", "1", "--emit", "confusion")
    (made,) = cli(*line, stdin=rows.encode()).tensors
    assert made.axes[0].labels == classes
    assert made.data.sum() == 4


def test_what_is_neither_text_nor_table_is_told_how_a_text_is_named(cli: Any) -> None:
    ended = cli("train", "char-rnn", "-", stdin=b"a b kind\n1 2 x\n3 4 y\n")
    assert ended.code == 1
    assert "'x' is not a number" in ended.err
    assert ended.err.endswith("; a text to learn from is named as a file, FILE.txt\n")


def test_what_a_net_wrote_is_learnt_from_again(cli: Any) -> None:
    made = cli("predict", "sample:writer", "It was ", "--steps", "90").raw
    ended = cli("train", "char-rnn", "-", "--window", "8", "--batch", "4", "--epochs", "1", stdin=made)
    assert ended.code == 0, ended.err


def test_the_file_of_several_trainings_is_refused_for_what_it_is(cli: Any) -> None:
    ended = cli("train", "memory:lstm,gru", "copy:5", "-o", "side.csv")
    assert ended.code == 2
    assert "-o is of one training" in ended.err
    assert ended.err.endswith("their table as a file: -f csv > FILE\n")
