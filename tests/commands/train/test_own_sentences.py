"""``dlcli train`` of own sentences, and what ``predict`` makes of them: which words a net knows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import soundfile

from dlcli.tensor import BETWEEN, Tensor
from dlcli.wire.datasets.reviews import VOCABULARY

GOOD, BAD = ("good", "great"), ("bad", "weak")


def written(name: str, rows: Sequence[tuple[str, str]], heads: str = "text,label") -> str:
    Path(name).write_text("\n".join([heads, *(f"{a},{b}" for a, b in rows)]))
    return name


def judged(count: int) -> list[tuple[str, str]]:
    """Sentences of which each good or bad word occurs often, and each number once."""
    things = ("film", "plot", "cast")
    return [
        (f"the {things[i % 3]} was {(BAD, GOOD)[i % 2][i // 2 % 2]} {i}", ("neg", "pos")[i % 2])
        for i in range(count)
    ]


TRAIN = ("train", "sequence-classifier")
LEARN = ("--epochs", "6", "--lr", "0.05", "--batch", "8")


@pytest.fixture
def net(cli: Any) -> str:
    """A net that has learnt from 60 sentences, in ``net.safetensors``."""
    written("own.csv", judged(60))
    ended = cli(*TRAIN, "own.csv", *LEARN, "-o", "net.safetensors", "-f", "csv")
    assert ended.code == 0, ended.err
    return "net.safetensors"


def test_a_validation_set_is_read_in_the_words_that_are_learnt(cli: Any) -> None:
    """Other sentences of the same words, most frequent in another order, one of them longer."""
    written("own.csv", judged(60))
    rows = [(text.replace("film", "plot") + " x y z", label) for text, label in judged(20)[::-1]]
    other = written("other.csv", [*rows, ("good", "pos")])
    ended = cli(*TRAIN, "own.csv", "--validation", other, *LEARN, "--emit", "confusion")
    assert ended.code == 0, ended.err
    assert np.trace(ended.tensors[0].data) == 21
    assert "train: own.csv lacks 23 words of other.csv, read as [UNK]: " in ended.err
    assert "train: other.csv: of 20 sentences the first 5 words are read" in ended.err


def test_what_is_learnt_from_is_known_again_whatever_the_frequencies(cli: Any) -> None:
    rows = [(f"{word} film", "pos" if word in GOOD else "neg") for word in (*GOOD, *BAD)]
    written("own.csv", rows * 10)
    written("some.csv", [*rows[2:] * 5, ("other words", "pos")])
    ended = cli(*TRAIN, "own.csv", "--validation", "some.csv", "--epochs", "1")
    assert "10 of the 11 inputs that are measured on are learnt from, too" in ended.err


def test_words_that_occur_once_in_a_file_are_words_that_the_net_knows(cli: Any, net: str) -> None:
    written("two.csv", [("the plot was weak", "neg"), ("the plot was great", "pos")])
    rows = cli("predict", net, "two.csv", "--emit", "probabilities").tensor.data
    alone = [cli("predict", net, f"the plot was {word}").tensor.data for word in ("weak", "great")]
    np.testing.assert_allclose(rows, alone, rtol=1e-6)
    assert rows.argmax(axis=1).tolist() == [0, 1]


def test_a_word_that_is_only_held_out_is_the_unknown_word(cli: Any) -> None:
    """At first the share held out of 20 sentences is known; then two of these hold a word of their own."""
    from dlcli.commands.kinds.nets.net_file import net_in
    from dlcli.commands.kinds.nets.parts import split
    from dlcli.wire.datasets.read import open_data
    from dlcli.wire.read import read_tensors
    from dlcli.wire.stream import Limits, Source

    rows = judged(20)
    data = open_data(written("own.csv", rows), limits=Limits())
    held = split(data, 0.2, 0)[1].tolist()
    for place in held[:2]:
        rows[place] = (f"{rows[place][0]} heldword heldword", rows[place][1])
    written("own.csv", rows)
    ended = cli(*TRAIN, "own.csv", "--epochs", "1", "-o", "net.safetensors")
    assert (
        "train: own.csv: 21 words are read as the unknown word, [UNK]: they occur once, or in what"
        in ended.err
    )
    with open("net.safetensors", "rb") as file:
        found = {one.name: one for one in read_tensors(Source(file, "net"), limits=Limits())}
    file = net_in("net", found)
    known = file.facts["data"]["vocabulary"]
    assert set(known) == {"[PAD]", "[UNK]", "the", "was", "film", "plot", "cast", *GOOD, *BAD}
    assert file.weights["embedding/embeddings"].shape[0] == len(known)
    assert "has not learnt 'heldword'" in cli("predict", "net.safetensors", "the heldword").err


def test_a_training_goes_on_and_its_part_held_out_is_found_again(cli: Any, net: str) -> None:
    told = " ".join(cli("predict", net, "own.csv", "-f", "plain").out.split())
    assert "12 sequences of own.csv, held out in training (0.2 of each class)" in told
    ended = cli("train", "--resume", net, "--epochs", "7", "-f", "csv")
    assert ended.code == 0, ended.err
    whole = cli(*TRAIN, "own.csv", *LEARN[2:], "--epochs", "7", "-f", "csv")
    assert ended.out.splitlines()[-1] == whole.out.splitlines()[-1]


def test_a_net_that_begins_with_another_keeps_its_words(cli: Any, net: str) -> None:
    other = written("other.csv", [(f"a {text}", label) for text, label in judged(30)])
    ended = cli(*TRAIN, other, "--epochs", "0", "--from", net, "-f", "plain")
    assert ended.code == 0, ended.err
    assert f"{net} lacks 31 words of other.csv" in ended.err


def test_sentences_on_both_sides_are_told(cli: Any) -> None:
    rows = [("so good", "pos"), ("so bad", "neg")] * 10
    ended = cli(*TRAIN, written("own.csv", rows), "--epochs", "0")
    assert (
        "own.csv: 4 of the 4 sentences held out are learnt from, too: what is measured is better" in ended.err
    )
    assert "sentences held out" not in cli(*TRAIN, "reviews:20", "--validation", "0.2", "--epochs", "0").err


def test_three_classes_are_told_apart_by_a_softmax(cli: Any) -> None:
    rows = [(f"{word} it is", label) for word, label in (("good", "pos"), ("bad", "neg"), ("odd", "so"))]
    ended = cli(*TRAIN, written("own.csv", rows * 8), *LEARN, "--emit", "confusion")
    assert ended.code == 0, ended.err
    assert np.diag(ended.tensors[0].data).tolist() == [2, 2, 2]
    Path("one.toml").write_text(
        'loss = "binary-cross-entropy"\nlayer = [{kind = "embedding", input_dim = "vocabulary", output_dim = 2}, '
        '{kind = "last-step"}, {kind = "dense", units = 1, activation = "sigmoid"}]'
    )
    refused = cli("train", "one.toml", "own.csv")
    assert refused.err.endswith(
        "one tells two classes apart by its one output, and own.csv has 3: neg, pos, so; end with a dense layer of "
        'units = "classes", and leave loss = "binary-cross-entropy" out\n'
    )


def test_reviews_keep_their_words_in_a_pipe(shell: Any, cli: Any) -> None:
    piped = shell("dlcli show reviews:40 | dlcli train sequence-classifier - --epochs 1 -f csv")
    named = cli(*TRAIN, "reviews:40", "--validation", "0.2", "--epochs", "1", "-f", "csv")
    assert piped.code == named.code == 0, piped.err
    assert piped.out == named.out
    other = cli("show", "reviews:40").tensors[0]
    attrs = {**other.attrs, "vocabulary": BETWEEN.join(VOCABULARY[:9])}
    refused = cli(*TRAIN, "-", stdin=Tensor(other.data, other.axes, other.name, attrs))
    assert "standard input: words are numbers from 0 to 8 here; received 0 to" in refused.err


PAIRS = [
    (f"{a} {b} {c}".replace("  ", " "), f"{x} {y} {z}".replace("  ", " "))
    for a, x in (("I am", "Ich bin"), ("he is", "er ist"), ("we are", "wir sind"), ("you are", "ihr seid"))
    for b, y in (("", ""), ("not", "nicht"), ("very", "sehr"))
    for c, z in (("cold", "kalt"), ("old", "alt"), ("late", "spät"))
]


def test_own_pairs_are_translated_word_by_word(cli: Any) -> None:
    written("pairs.csv", PAIRS, "source,target")
    words = ("--epochs", "60", "--lr", "0.01", "--batch", "8", "-o", "net.safetensors", "-f", "csv")
    ended = cli("train", "seq2seq-attention", "pairs.csv", *words)
    assert ended.code == 0, ended.err
    held = cli("predict", "net.safetensors", "pairs.csv", "--emit", "measures").tensor
    assert held.axes[0].labels == ("whole", "words")
    assert held.data[0] == 1
    asked = cli("predict", "net.safetensors", "We are not late").tensor
    assert asked.attrs["text"] == "wir sind nicht spät"
    assert asked.axes[0].labels == ("wir", "sind", "nicht", "spät", "[END]")
    assert cli("predict", "net.safetensors", "I am old", "--emit", "alignment").tensor.shape == (4, 3)
    told = " ".join(
        cli("predict", "net.safetensors", "He is cold", "--explain", "2", "-f", "plain").out.split()
    )
    assert "step 2, behind er ist" in told
    assert "kalt, the most probable" in told
    other = cli("predict", "net.safetensors", "he is green")
    assert "has not learnt 'green': read as its unknown word" in other.err
    long = cli("predict", "net.safetensors", "he is not very very old")
    assert (long.code, "reads 4 words at most; received 6" in long.err) == (1, True)
    again = cli("train", "--resume", "net.safetensors", "--epochs", "61", "-f", "csv")
    assert again.code == 0, again.err


def test_translations_to_measure_on_that_are_shorter_and_of_other_words(cli: Any) -> None:
    written("pairs.csv", PAIRS, "source,target")
    written("few.csv", [("he is old", "er ist alt"), ("he is green", "er ist grün")], "source,target")
    line = ("train", "seq2seq", "pairs.csv", "--epochs", "1", "--validation", "few.csv", "-f", "plain")
    ended = cli(*line)
    assert ended.code == 0, ended.err
    assert "pairs.csv lacks 2 words of few.csv, read as [UNK]: 'green', 'grün'" in ended.err
    assert "of 8 words held out are right" in " ".join(ended.out.split())  # three words and an end, twice
    dates = cli("train", "seq2seq", "pairs.csv", "--epochs", "1", "--validation", "dates:20")
    assert (
        "dates:20 has inputs of up to 30 characters to read and 10 to write, of 53 and 11 classes, pairs.csv"
        in dates.err
    )


def test_a_text_to_measure_on_has_some_of_the_characters(cli: Any) -> None:
    Path("abc.txt").write_text("the cat sat on the mat. " * 20)
    Path("ab.txt").write_text("a hat sat on the tent. no cat")
    Path("z.txt").write_text("a zebra, that is")
    line = ("train", "char-rnn:simple", "abc.txt", "--epochs", "1", "--window", "6", "--validation")
    ended = cli(*line, "ab.txt", "-f", "plain")
    assert ended.code == 0, ended.err
    assert "79 to learn from, 4 held out (ab.txt)" in " ".join(ended.out.split())
    told = cli(*line, "z.txt").err
    assert told.endswith("--validation z.txt: abc.txt lacks 5 characters of z.txt: ',', 'b', 'i', 'r', 'z'\n")
    short = cli(*line[:5], "--validation", "ab.txt")
    assert "--validation ab.txt: a window of 64 characters" in short.err


def test_characters_that_are_held_out_alone_are_told(cli: Any) -> None:
    Path("a.txt").write_text("abcd" * 200 + "xyz" * 20)
    ended = cli("train", "char-rnn:simple", "a.txt", "--epochs", "0", "--window", "10")
    assert "a.txt: what is held out alone has 'x', 'y', 'z': nothing can be learnt of it" in ended.err
    Path("one.txt").write_text("a" * 200)
    assert "one.txt holds one character alone, 'a'" in cli("train", "char-rnn", "one.txt").err


def recordings(folder: str, rate: int, samples: int = 2000) -> str:
    for name in ("no", "yes"):
        for take in range(4):
            path = Path(folder, name, f"{take}.wav")
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, np.sin(np.arange(samples) * (1 + take)), rate)
    return folder


def test_recordings_of_another_rate_are_not_measured_on(cli: Any) -> None:
    own, other = recordings("own", 8000), recordings("other", 16000)
    ended = cli("train", "speech-commands", own, "--validation", other, "--epochs", "0")
    assert ended.code == 1
    assert "--validation other has 16,000 samples a second, own has 8,000" in ended.err


def test_recordings_shorter_than_a_frame_are_named(cli: Any) -> None:
    soundfile.write(Path(recordings("own", 8000), "yes", "short.wav"), np.ones(8), 8000)
    ended = cli("train", "speech-commands", "own", "--epochs", "0")
    assert "1 file passed over: yes/short.wav: 8 samples, 1 ms, are less than a frame of 25 ms" in ended.err
    np.savez("rows.npz", x=np.ones((4, 100)), y=[0, 1, 0, 1], sample_rate=8000)
    assert (
        "received rows of 100 samples, 12.5 ms, are less" in cli("train", "speech-commands", "rows.npz").err
    )


LSTM = '[[layer]]\nkind = "lstm"\nunits = 3\n{}[[layer]]\nkind = "dense"\nunits = "classes"\n'


def test_arrays_of_three_axes_are_sequences_where_the_model_takes_these(cli: Any) -> None:
    x = np.random.default_rng(0).normal(size=(20, 6, 3)).astype(np.float32)
    Path("last.toml").write_text(LSTM.format('[[layer]]\nkind = "last-step"\n'))
    Path("each.toml").write_text(LSTM.format(""))
    np.savez("last.npz", x=x, y=np.arange(20) % 2)
    np.savez("each.npz", x=x, y=np.arange(120).reshape(20, 6) % 4)
    for name, shape in (("last", (20, 2)), ("each", (20, 6, 4))):
        ended = cli(
            "train", f"{name}.toml", f"{name}.npz", "--epochs", "1", "-o", f"{name}.safetensors", "-f", "csv"
        )
        assert ended.code == 0, ended.err
        assert f"{name}.npz: read as sequences (time, feature) of 6 x 3, which {name}.toml takes" in ended.err
        asked = cli("predict", f"{name}.safetensors", f"{name}.npz", "--part", "all")
        assert asked.tensors[0].shape == shape
    assert "not as pictures" not in cli("train", "mlp", "last.npz", "--epochs", "0").err


def test_a_model_that_comes_down_a_pipe_is_read_once(cli: Any) -> None:
    np.savez("last.npz", x=np.random.default_rng(0).normal(size=(20, 6, 3)), y=np.arange(20) % 2)
    model = LSTM.format('[[layer]]\nkind = "last-step"\n')
    os.mkfifo("model")
    writing = Thread(target=Path("model").write_text, args=(model,), daemon=True)
    writing.start()
    for word, stdin, name in (("-", model, "standard input"), ("model", "", "model")):
        ended = cli("train", word, "last.npz", "--epochs", "1", "-f", "plain", stdin=stdin.encode())
        assert ended.code == 0, ended.err
        assert f"read as sequences (time, feature) of 6 x 3, which {name} takes" in ended.err
        assert f"Model  {name}: " in ended.out
    writing.join()


def test_lines_of_a_file_without_a_word_are_told(cli: Any, net: str) -> None:
    Path("three.txt").write_text("the plot was good\n\nthe film was bad\n\n")
    ended = cli("predict", net, "three.txt", "--emit", "classes")
    assert len(ended.tensors) == 2
    assert "three.txt: 1 line without a word is passed over: results are of the other lines" in ended.err


def test_signs_that_a_net_does_not_know_are_told(cli: Any, net: str) -> None:
    assert (
        f"{net} has not learnt '!': read as its unknown word"
        in cli("predict", net, "the film was good!!").err
    )


def test_sentences_with_commas_are_read_from_a_pipe_as_from_a_file(cli: Any) -> None:
    rows = [(f'"well, {text}"', label) for text, label in judged(40)]
    text = Path(written("own.csv", rows)).read_bytes()
    line = (*TRAIN, "--epochs", "2", "--emit", "confusion")
    filed, piped = cli(*line, "own.csv"), cli(*line, "-", stdin=text)
    assert piped.code == 0, piped.err
    np.testing.assert_array_equal(piped.tensors[0].data, filed.tensors[0].data)


@pytest.mark.parametrize(
    ("line", "stdin", "told"),
    [
        ("seq2seq pairs.csv", "english,german\ni am cold,mir ist kalt\n",
         "received english, german; sentences stand in a column text, and what they are translated into in source and target"),
        ("sequence-classifier pairs.csv", "review,sentiment\ngood,1\n", "received review, sentiment; sentences stand in a column text"),
        ("mlp pairs.csv", "a,b\n1,2\n3,4\n", "received a, b; without labels it is a series, for dlcli train forecast"),
        ("sequence-classifier pairs.csv", "text,label\n" + "so good,pos\nvery so,pos\n" * 9, "pairs.csv has one class, pos: there is nothing to tell apart"),
    ],
)  # fmt: skip
def test_one_error_that_says_what_is_wanted_and_nothing_beside_it(
    line: str, stdin: str, told: str, cli: Any
) -> None:
    Path("pairs.csv").write_text(stdin)
    ended = cli("train", *line.split())
    assert ended.code == 1
    assert told in ended.err
    assert ended.err.count("\n") == 1


def test_a_validation_set_with_another_class_is_refused_without_notices(cli: Any) -> None:
    written("own.csv", judged(60))
    written("other.csv", [("the film was odd", "neutral"), ("the plot was good", "pos")])
    ended = cli(*TRAIN, "own.csv", "--validation", "other.csv")
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "--validation other.csv has the class 'neutral', which is none of neg, pos" in ended.err


def test_translations_side_by_side_are_compared_by_words_and_by_characters(cli: Any) -> None:
    line = ("train", "seq2seq,seq2seq-attention", "--epochs", "1", "-f", "plain")
    written("pairs.csv", PAIRS, "source,target")
    told = " ".join(cli(*line, "pairs.csv").out.split())
    assert "Errors share of wrong words, each behind the right ones, on what is held out" in told
    told = " ".join(cli(*line, "dates:40").out.split())
    assert "Errors share of wrong characters, each behind the right ones, on what is held out" in told


def test_a_training_from_a_pipe_goes_on_only_with_a_pipe(cli: Any) -> None:
    text = Path(written("own.csv", judged(40))).read_bytes()
    assert cli(*TRAIN, "-", "--epochs", "1", "-o", "n.safetensors", stdin=text).code == 0
    empty = cli("train", "--resume", "n.safetensors", "--epochs", "2", stdin=b"")
    assert empty.code == 1
    assert "pipe the same in again: … | dlcli train --resume n.safetensors" in empty.err
    assert cli("train", "--resume", "n.safetensors", "--epochs", "2", stdin=text).code == 0
    told = " ".join(cli("predict", "n.safetensors", "the film was good", "-f", "plain").out.split())
    assert "Learnt from 32 of standard input, 2 epochs" in told


def test_a_piped_table_is_the_set_that_it_is_as_a_file(cli: Any, net: str) -> None:
    """For predict, for show, and as what is measured on."""
    table = Path("own.csv").read_bytes()
    for line in (("predict", net, "--emit", "confusion"), ("show",)):
        filed, piped = cli(*line, "own.csv"), cli(*line, "-", stdin=table)
        assert piped.code == 0, piped.err
        np.testing.assert_array_equal(piped.tensors[0].data, filed.tensors[0].data)
    assert cli("show", "-", "-f", "plain", stdin=table).out.startswith("Data  standard input, 60 ")
    other = Path(
        written("other.csv", [(f"was {text[3:-2]}", label) for text, label in judged(21)])
    ).read_bytes()
    ended = cli(*TRAIN, "own.csv", "--validation", "-", "--epochs", "1", "-f", "plain", stdin=other)
    assert ended.code == 0, ended.err
    assert "21 held out (standard input)" in " ".join(ended.out.split())
    twice = cli(*TRAIN, "-", "--validation", "-", stdin=table)
    assert twice.code == 2
    assert "standard input is what is learnt from" in twice.err


def test_translations_are_read_from_a_pipe_as_from_a_file(cli: Any) -> None:
    text = Path(written("pairs.csv", PAIRS, "source,target")).read_bytes()
    assert cli("train", "seq2seq", "pairs.csv", "--epochs", "1", "-o", "n.safetensors").code == 0
    filed, piped = (
        cli("predict", "n.safetensors", "pairs.csv"),
        cli("predict", "n.safetensors", "-", stdin=text),
    )
    assert piped.code == 0, piped.err
    np.testing.assert_array_equal(piped.tensors[0].data, filed.tensors[0].data)


@pytest.mark.parametrize(
    ("stdin", "told"),
    [
        ("text,label\nthe good, the bad,yes\na film,no\n", "standard input: line 2 has 3 values; there are 2 headings"),
        ("text,label\n", "standard input: a table without a line below its headings"),
        ("source,target\ni am, cold,mir\n", "standard input: line 2 has 3 values; there are 2 headings"),
    ],
)  # fmt: skip
def test_a_broken_table_in_a_pipe_is_told_of_as_one(stdin: str, told: str, cli: Any) -> None:
    ended = cli(*TRAIN, "-", stdin=stdin.encode())
    assert ended.code == 1
    assert told in ended.err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("forecst own.csv", "'forecst' is neither a file nor a model: did you mean forecast?"),
        ("forecst -", "'forecst' is neither a file nor a model: did you mean forecast?"),
        ("adding:5", "which model? adding:5 is a set of data; name one before it"),
        ("own.csv forecast", "own.csv: not TOML; a model is a TOML file or a name that dlcli summary lists, and st"),
        ("sample:sunspots forecast", "sample:sunspots: not TOML; a model is a TOML file or a name"),
        ("sample:cat mlp", "sample:cat: not TOML; a model is a TOML file or a name"),
        (". mlp", ". is a directory; a model is a TOML file or a name that dlcli summary lists, and stands before"),
    ],
)  # fmt: skip
def test_a_model_that_there_is_not_is_told_of_before_the_data_are_read(
    line: str, told: str, cli: Any
) -> None:
    written("own.csv", judged(60))
    ended = cli("train", *line.split(), stdin=b"1 2 3\n")
    assert ended.code in (1, 2)
    assert told in ended.err
    assert ended.err.count("\n") == 1


def test_words_and_characters_side_by_side_are_both_named(cli: Any) -> None:
    written("pairs.csv", PAIRS, "source,target")
    told = cli("train", "seq2seq", "pairs.csv", "dates:40", "--runs", "2", "--epochs", "1", "-f", "plain").out
    assert "share of wrong characters or words, each behind the right ones" in " ".join(told.split())


def test_several_translations_do_not_land_in_one_file_nor_in_what_is_read(cli: Any) -> None:
    written("pairs.csv", PAIRS, "source,target")
    assert cli("train", "seq2seq", "pairs.csv", "--epochs", "1", "-o", "n.safetensors").code == 0
    Path("in.txt").write_text("i am cold\nhe is cold\n")
    for name in ("w.txt", "{stem}.txt", "{stem}-w.txt"):
        ended = cli("predict", "n.safetensors", "in.txt", "-o", name)
        assert ended.code == 1
        assert "would be written twice" in ended.err
        assert "{index}" in ended.err
    assert sorted(path.name for path in Path().glob("*.txt")) == ["in.txt"]
    assert Path("in.txt").read_text() == "i am cold\nhe is cold\n"
    assert cli("predict", "n.safetensors", "in.txt", "-o", "w-{index}.txt").code == 0
    Path("in.txt").write_text("i am cold\n")
    ended = cli("predict", "n.safetensors", "in.txt", "-o", "{stem}.txt")
    assert (ended.code, Path("in.txt").read_text()) == (1, "i am cold\n")
    assert "in.txt is what is read: another name keeps it" in ended.err


def test_a_table_in_utf_16_is_a_set_as_a_file_as_from_a_pipe(cli: Any) -> None:
    """So Excel saves what it calls Unicode text."""
    text = Path(written("own.csv", judged(60))).read_text()
    Path("wide.csv").write_text(text, encoding="utf-16")
    line = (*TRAIN, "--epochs", "1", "--emit", "confusion")
    plain, filed = cli(*line, "own.csv"), cli(*line, "wide.csv")
    piped = cli(*line, "-", stdin=Path("wide.csv").read_bytes())
    for found in (filed, piped):
        np.testing.assert_array_equal(found.tensors[0].data, plain.tensors[0].data)
    assert cli("show", "wide.csv", "-f", "plain").out.startswith("Data  wide.csv, 60 ")


def test_what_show_says_of_a_table_shown_as_a_set_gives_its_numbers(cli: Any) -> None:
    Path("numbers.csv").write_text("label,a\n0,1.5\n1,2.5\n")
    assert "its numbers as they are: dlcli tensor numbers.csv | dlcli show" in cli("show", "numbers.csv").err
    assert cli("tensor", "numbers.csv").tensors[0].data.tolist() == [[0, 1.5], [1, 2.5]]
    told = cli("show", written("own.csv", judged(60))).err
    assert "own.csv is shown as a set of data" in told
    assert "as they are" not in told
