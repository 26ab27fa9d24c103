"""``dlcli predict`` with nets that foretell the next character, or the next step of a series."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor
from dlcli.wire.write import save_tensors

TEXT = "the cat sat on the mat, and the dog sat on the cat; so the mat sat still.\n" * 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("writers")


@pytest.fixture
def text(folder: Path) -> str:
    (folder / "text.txt").write_text(TEXT)
    return str(folder / "text.txt")


@pytest.fixture
def writer(cli: Any, folder: Path, text: str) -> str:
    path = folder / "writer.safetensors"
    if not path.exists():
        assert cli("train", "tiny-gpt", text, "--window", "24", "--epochs", "3", "-o", str(path)).code == 0
    return str(path)


def test_what_may_come_next_adds_up_to_1_and_is_labelled_by_characters(cli: Any, writer: str) -> None:
    (shares,) = cli("predict", writer, "the c").tensors
    assert shares.axes == (Axis("word", tuple(sorted(set(TEXT)))),)
    assert shares.data.sum() == pytest.approx(1)
    (logits,) = cli("predict", writer, "the c", "--emit", "logits").tensors
    exp = np.exp(logits.data - logits.data.max())
    np.testing.assert_allclose(shares.data, exp / exp.sum(), rtol=1e-12)


def test_a_text_is_written_again_by_its_seed_and_otherwise_by_another(cli: Any, writer: str) -> None:
    line = ("predict", writer, "the cat", "--steps", "40", "--temperature", "1.5")
    first, again, other = (cli(*line, "--seed", seed).tensors[0] for seed in ("0", "0", "1"))
    assert first.attrs["text"] == again.attrs["text"] != other.attrs["text"]
    assert str(first.attrs["text"]).startswith("the cat")
    assert len(str(first.attrs["text"])) == len("the cat") + 40
    assert "".join(first.axes[0].labels or ()) == first.attrs["text"]
    cold = {cli(*line[:-2], "--temperature", "0", "--seed", seed).tensors[0].attrs["text"] for seed in "012"}
    assert len(cold) == 1


def test_each_step_is_told_with_what_was_cut_away(cli: Any, writer: str) -> None:
    line = (
        "predict",
        writer,
        "the c",
        "--steps",
        "9",
        "--temperature",
        "2",
        "--top-k",
        "5",
        "--top-p",
        "0.6",
    )
    (text,) = cli(*line).tensors
    (shares,) = cli(*line, "--emit", "probabilities").tensors
    assert shares.shape == (9, len(set(TEXT)))
    told = cli(*line, "--explain", "3", "-f", "plain").out
    kept = int((shares.data[3] > 0).sum())
    assert f"{len(set(TEXT))} in all, top-k leaves 5, top-p leaves {kept}" in told
    assert "cut by top-k" in told
    drawn = repr((text.axes[0].labels or ())[5 + 3])
    assert re.search(rf"u = 0\.\d+ falls into the part of {re.escape(drawn)}", told)
    assert f"▸ {drawn}" in told


def test_attention_and_cache_of_what_was_written(cli: Any, writer: str) -> None:
    line = ("predict", writer, "the cat sat", "--steps", "5")
    (maps,) = cli(*line, "--emit", "attention").tensors
    assert maps.axis_names == ("layer", "head", "query", "key")
    assert maps.shape == (2, 4, 16, 16)
    np.testing.assert_allclose(maps.data.sum(axis=-1), 1, rtol=1e-9)
    told = " ".join(cli(*line, "-f", "plain").out.split())
    assert "keys and values of 16 characters, 256 numbers of each, 4,096 in all" in told
    more = " ".join(cli(*line[:-1], "30", "-f", "plain").out.split())
    assert "behind 24 characters, as many as it has positions for, it reads the last 24 anew" in more


def test_the_text_of_a_file_is_foretold_and_with_steps_gone_on_with(cli: Any, writer: str, text: str) -> None:
    ended = cli("predict", writer, text, "-f", "plain")
    assert "held out in training (the last 0.2 of it)" in " ".join(ended.out.split())
    assert re.search(r"this net +\d\.\d+ +\d+\.?\d* %", ended.out)
    (measures,) = cli("predict", writer, text).tensors
    history = cli("show", writer, "-f", "json")
    assert history.code == 0
    assert measures.axes[0].labels == ("bits", "accuracy")
    assert 0 < measures.data[0] < 5
    (made,) = cli("predict", writer, text, "--steps", "3").tensors
    assert str(made.attrs["text"])[:-3] == TEXT


def test_a_text_is_piped_in(cli: Any, writer: str) -> None:
    (made,) = cli("predict", writer, "-", "--steps", "2", stdin=b"the dog").tensors
    assert str(made.attrs["text"]).startswith("the dog")


def test_texts_that_another_command_sends_are_gone_on_from(cli: Any, writer: str, tmp_path: Path) -> None:
    long = tmp_path / "long.txt"
    long.write_text(TEXT * 2)
    written = cli("predict", writer, "the c", "--steps", "9")
    whole = str(written.tensors[0].attrs["text"])
    (made,) = cli("predict", writer, "-", "--steps", "2", stdin=written.raw).tensors
    assert len(str(made.attrs["text"])) == len("the c") + 9 + 2
    assert str(made.attrs["text"]).startswith(whole)
    part = cli("tensor", str(long), "--index", "4:15").raw
    (made,) = cli("predict", writer, "-", "--steps", "1", stdin=part).tensors
    assert str(made.attrs["text"])[:-1] == TEXT[4:15]
    cut = cli("tensor", "-", "--index", "2:7", stdin=written.raw).raw
    (made,) = cli("predict", writer, "-", "--steps", "1", stdin=cut).tensors
    assert str(made.attrs["text"])[:-1] == whole[2:7]
    ended = cli("predict", writer, "-", stdin=cli("samples", "cat").raw)
    assert (ended.code, ended.raw) == (1, b"")
    assert "is no text; one comes from dlcli show FILE.txt or predict --steps" in ended.err


def test_lines_end_alike_whatever_wrote_them(cli: Any, writer: str) -> None:
    (made,) = cli("predict", writer, "-", "--steps", "1", stdin=b"the cat\r\nsat").tensors
    assert str(made.attrs["text"])[:-1] == "the cat\nsat"


def test_a_short_file_is_gone_on_from_as_a_typed_text_and_foretold(
    cli: Any, writer: str, tmp_path: Path
) -> None:
    short = tmp_path / "short.txt"
    short.write_text("the cat")
    (made,) = cli("predict", writer, str(short), "--steps", "5").tensors
    (typed,) = cli("predict", writer, "the cat", "--steps", "5").tensors
    assert made.attrs["text"] == typed.attrs["text"]
    (measures,) = cli("predict", writer, str(short)).tensors
    foretold = [cli("predict", writer, "the cat"[:count]).tensors[0] for count in range(1, 7)]
    shares = [
        one.data[(one.axes[0].labels or ()).index(true)] for one, true in zip(foretold, "he cat", strict=True)
    ]
    assert measures.data[0] == pytest.approx(-np.log2(shares).mean(), rel=1e-4)
    short.write_text("t")
    ended = cli("predict", writer, str(short))
    assert ended.code == 1
    assert "foretells 2 characters at least; received 1 character" in ended.err


@pytest.fixture
def remembers(cli: Any, folder: Path, text: str) -> str:
    """A net that goes on from window to window."""
    path = folder / "remembers.safetensors"
    line = ("train", "char-rnn:gru", text, "--window", "20", "--batch", "8", "--epochs", "1")
    if not path.exists():
        assert cli(*line, "-o", str(path)).code == 0
    return str(path)


def test_the_probabilities_of_a_file_are_those_of_its_bits(
    cli: Any, writer: str, remembers: str, text: str, tmp_path: Path
) -> None:
    for net in (writer, remembers):
        assert cli("predict", net, text, "--part", "all", "-o", str(tmp_path / "all.npz")).code == 0
        measures = np.load(tmp_path / "all.npz")["measures"]
        (shares,) = cli("predict", net, text, "--part", "all", "--emit", "probabilities").tensors
        assert shares.axis_names == ("true", "word")
        true, known = shares.axes[0].labels or (), shares.axes[1].labels or ()
        assert "".join(true) == TEXT[1 : len(true) + 1]
        of_true = shares.data[np.arange(len(true)), [known.index(one) for one in true]]
        assert -np.log2(of_true).mean() == pytest.approx(measures[0], rel=1e-5)


def test_layers_of_a_text_are_emitted_by_its_characters(
    cli: Any, writer: str, remembers: str, text: str
) -> None:
    (made,) = cli("predict", writer, "the cat", "--emit", "decoder_block", "--steps", "2").tensors
    (wrote,) = cli("predict", writer, "the cat", "--steps", "2").tensors
    assert (made.axes[0].name, made.axes[0].labels) == ("token", wrote.axes[0].labels)
    (states,) = cli("predict", remembers, "the cat", "--emit", "gru").tensors
    (logits,) = cli("predict", remembers, "the cat", "--emit", "logits").tensors
    with np.load(save_weights(cli, remembers)) as weights:
        head = states.data[-1] @ weights["dense/kernel"] + weights["dense/bias"]
    np.testing.assert_allclose(head, logits.data, rtol=1e-6)
    (begun,) = cli("predict", remembers, text, "--part", "all", "--emit", "gru").tensors
    assert "".join(begun.axes[0].labels or ()) == TEXT[: len(begun.data)]
    np.testing.assert_allclose(begun.data[:7], states.data, atol=1e-5)
    ended = cli("predict", writer, "the cat", "--emit", "gru")
    assert ended.code == 2
    assert "'gru' is not a layer of" in ended.err


def save_weights(cli: Any, net: str) -> str:
    """The weights of a net by Keras' names, in a file."""
    path = str(Path(net).with_suffix(".npz"))
    assert cli("summary", net, "--save-weights", path, "-f", "csv").code == 0
    return path


def test_a_text_that_was_written_is_a_file_of_text(cli: Any, writer: str, tmp_path: Path) -> None:
    path = tmp_path / "wrote.txt"
    line = ("predict", writer, "the c", "--steps", "9")
    assert cli(*line, "-o", str(path)).code == 0
    assert path.read_text() == cli(*line).tensors[0].attrs["text"]
    ended = cli(*line, "--emit", "logits", "-o", str(tmp_path / "no.txt"))
    assert ended.code == 2
    assert "no.txt: .txt is for a text, and this is logits (step 9, word 18)" in ended.err
    assert not (tmp_path / "no.txt").exists()
    assert cli(*line, "-f", "csv", "-o", str(path)).code == 0
    assert path.read_text().startswith("token,")


def test_the_next_line_names_one_text_of_several(cli: Any, writer: str) -> None:
    told = cli("predict", writer, "the c", "a dog", "--steps", "3", "-f", "plain").out
    nexts = [" ".join(part.replace("\\\n", "").split()) for part in told.split("Try next\n")[1:]]
    assert [re.search(r"safetensors (.*) --explain \d", line)[1] for line in nexts] == [  # type: ignore[index]
        "'the c' --steps 3",
        "'a dog' --steps 3",
    ]


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("WRITER 'the Xylophone'", 1, "does not know 'X', 'p', 'y': its vocabulary is the 18 characters of what it learnt from, '\\n ,.;"),
        ("WRITER ''", 1, "the text is empty: give at least one character"),
        ("WRITER the --top-k 3", 2, "--top-k"),
        ("WRITER the --steps 3 --explain 3", 2, "3"),
        ("WRITER the --steps 0", 2, "--steps"),
        ("WRITER the --steps 3 --temperature -1", 2, "--temperature"),
        ("WRITER the --steps 3 --top-p 1.5", 2, "--top-p"),
        ("WRITER the --saliency", 2, "--saliency is not for a text"),
        ("WRITER the --top 3", 2, "--top is not for a text"),
        ("WRITER nowhere.txt", 1, "nowhere.txt"),
        ("WRITER the --steps 3 --part learnt", 2, "--part learnt is of the text of a file"),
        ("sample:digits-cnn sample:digits --steps 3", 2, "--steps is for a net that foretells the next"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told(cli: Any, writer: str, line: str, code: int, told: str) -> None:
    import shlex

    ended = cli("predict", *(writer if word == "WRITER" else word for word in shlex.split(line)))
    assert ended.code == code, ended.err
    assert told in ended.err
    assert "Traceback" not in ended.err


def test_a_series_goes_on_from_its_end(cli: Any, tmp_path: Path) -> None:
    net = str(tmp_path / "net.safetensors")
    assert cli("train", "forecast", "sample:sunspots", "--epochs", "1", "-o", net).code == 0
    (made,) = cli("predict", net, "sample:sunspots", "--steps", "7").tensors
    assert (made.shape, made.axes[0].name, made.axes[0].start) == ((7, 1), "year", 2009)
    told = cli("predict", net, "sample:sunspots", "--steps", "7", "-f", "plain").out
    assert "7 steps, each from those foretold before it" in told
    ended = cli("predict", net, "1 2 3", "--steps", "2")
    assert ended.code == 1
    assert "takes a window of 24 steps; literal has 3" in ended.err
    ended = cli("predict", net, "sample:sunspots", "--steps", "2", "--temperature", "2")
    assert ended.code == 2
    assert "--temperature is for words that are drawn" in ended.err


def test_sequences_are_predicted_whatever_their_length(cli: Any, tmp_path: Path) -> None:
    net = str(tmp_path / "net.safetensors")
    assert cli("train", "memory:gru", "copy:6", "--epochs", "2", "--lr", "0.01", "-o", net).code == 0
    for lag in (2, 6, 12):
        (shares,) = cli("predict", net, " ".join(["3", *["8"] * lag, "9"])).tensors
        assert shares.axes[-1].labels == tuple("abcdefgh")
        assert "abcdefgh"[int(shares.data.argmax())] == "d"
    ended = cli("predict", net, "3 8 8 99")
    assert ended.code == 1
    assert "knows words by their numbers, 0 to 9; received 99" in ended.err
    save_tensors({"x": Tensor(np.zeros((2, 3, 4)))}, str(tmp_path / "x.npy"))
    ended = cli("predict", net, str(tmp_path / "x.npy"))
    assert "takes 8 steps, each a word by its number, one sequence for each input" in ended.err


def test_a_measured_text_tells_how_many_of_its_characters_are_foretold(cli: Any, writer: str) -> None:
    """The first character is not: nothing stands before it."""
    Path("w.txt").write_text("the sea " * 6 + "t")
    told = " ".join(cli("predict", writer, "w.txt", "-f", "plain").out.split())
    assert "Input w.txt: 48 characters foretold" in told
