"""``dlcli predict`` with a net that translates: dates written in ISO 8601, and where it looked for each character."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.cli import run
from dlcli.nets.builtin import BUILTIN, builtin
from dlcli.runner.environment import Environment
from dlcli.tensor import Axis
from dlcli.wire.datasets.dates import VOCABULARY, WRITTEN

ISO = "2021-03-05"

#: What is learnt from.
DATES = "dates:6000"

#: Attributes of seq2seq-attention, and what they are here.
SMALLER = {96: 48, 32: 16}


def half() -> str:
    """The file of a model like seq2seq-attention, with half its units."""
    lines = []
    for layer in BUILTIN["seq2seq-attention"]["layer"]:
        told = {
            key: SMALLER.get(value, value) if key in ("units", "output_dim") else value
            for key, value in layer.items()
        }
        lines += ["[[layer]]", *(f"{key} = {json.dumps(value)}" for key, value in told.items())]
    return "\n".join(lines)


def test_texts_come_by_pipe_as_lines_and_as_another_net_wrote_them(cli: Any) -> None:
    told = cli("predict", "sample:dates", "-", "-f", "plain", stdin=b"5 March 2021\r\n7 May 1999\r\n").out
    assert "dlcli predict sample:dates '5 March 2021' --explain" in told
    assert "dlcli predict sample:dates '7 May 1999' --explain" in told
    made = cli("predict", "sample:dates", "5 March 2021")
    (again,) = cli("predict", "sample:dates", "-", stdin=made.raw).tensors
    (typed,) = cli("predict", "sample:dates", ISO).tensors
    assert again.attrs["text"] == typed.attrs["text"]


def trained(path: Path, *words: str) -> tuple[str, str]:
    """A net in a file, and the story of its training."""
    out = io.BytesIO()
    words = ("train", *words, "-o", str(path), "-f", "plain")
    assert run(words, Environment(io.BytesIO(), out, io.StringIO())) == 0
    return str(path), out.getvalue().decode()


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """seq2seq-attention with half its units, which learns in a third of the time: on three seeds, too."""
    folder = tmp_path_factory.mktemp("dates")
    (folder / "half.toml").write_text(half())
    more = ("--epochs", "5", "--lr", "0.015", "--batch", "64", "--schedule", "cosine")
    return trained(folder / "net.safetensors", str(folder / "half.toml"), DATES, *more)


@pytest.fixture
def net(learnt: tuple[str, str]) -> str:
    return learnt[0]


def test_at_least_99_of_100_unseen_dates_are_right_as_a_whole(learnt: tuple[str, str], cli: Any) -> None:
    found = cli("predict", learnt[0], DATES, "--emit", "measures").tensor
    assert found.axes == (Axis("measure", ("whole", "characters")),)
    assert 0.99 <= found.data[0] <= found.data[1] <= 1
    right = round(500 * float(found.data[0]))
    assert f"{right} of 500 examples are right in every character" in " ".join(learnt[1].split())
    story = cli("predict", learnt[0], DATES, "-f", "plain").out
    assert f"{right} of 500 in every character" in story


def test_what_is_measured_is_what_it_writes_by_itself(net: str, cli: Any) -> None:
    """Every fifth date that is held out, each by a line of its own file."""
    from dlcli.wire.datasets.dates import read_dates

    held = read_dates("dates:10").held_out
    assert held is not None
    pairs = [held.words(place) for place in range(0, 500, 25)]
    Path("dates.txt").write_text("\n".join(text for text, _ in pairs))
    written = cli("predict", net, "dates.txt", "--emit", "written").tensors
    assert np.mean([one.attrs["text"] == iso for one, (_, iso) in zip(written, pairs, strict=True)]) >= 0.95


def test_a_date_is_typed_in_any_form(net: str, cli: Any) -> None:
    forms = ("5 March 2021", "March 5, 2021", "friday, 5 march 2021", "05.03.21", "3/5/2021", "MAR 5, 2021")
    written = cli("predict", net, *forms, "--emit", "written").tensors
    for form, found in zip(forms, written, strict=True):
        assert (form, found.attrs["text"]) == (form, ISO)
        assert found.axes == (Axis("token", tuple(ISO)),)
        assert [VOCABULARY[one] for one in found.data.tolist()] == list(ISO)


def test_the_alignment_says_where_each_character_comes_from(net: str, cli: Any) -> None:
    found = cli("predict", net, "5 March 2021", "--emit", "alignment").tensor
    assert found.axes == (Axis("query", tuple(ISO)), Axis("key", tuple("5 March 2021")))
    np.testing.assert_allclose(found.data.sum(axis=1), 1)
    parts = {"year": slice(8, 12), "month": slice(2, 7), "day": slice(0, 2)}
    shares = {name: found.data[:, part].sum(axis=1) for name, part in parts.items()}
    assert shares["year"][1:4].min() > 0.5  # the 0 is known without
    assert shares["month"][6] > 0.5
    assert shares["day"][9] > 0.5
    story = cli("predict", net, "5 March 2021", "-f", "plain").out
    assert f"Written  {ISO}, p = " in story
    assert "5  ␣  M  a  r  c  h  ␣  2  0  2  1" in story


def test_a_step_is_taken_apart(net: str, cli: Any) -> None:
    story = cli("predict", net, "5 March 2021", "--explain", "3", "-f", "plain").out
    assert "“5 March 2021”, step 3, behind 202" in story
    assert "Looked at  the shares of its attention" in story
    assert "Written  1, the most probable" in story
    found = cli("predict", net, "5 March 2021", "--emit", "probabilities").tensor
    assert found.axes == (Axis("step"), Axis("class", WRITTEN))
    np.testing.assert_allclose(found.data.sum(axis=1), 1)
    assert "".join(WRITTEN[one] for one in found.data.argmax(axis=1)) == ISO


def test_a_net_that_looks_back_at_nothing_has_no_alignment(tmp_path: Path, cli: Any) -> None:
    plain, _ = trained(tmp_path / "plain.safetensors", "seq2seq", "dates:20", "--epochs", "1")
    story = cli("predict", plain, "5 March 2021", "-f", "plain").out
    assert "Alignment" not in story
    assert "It looks back at nothing" in story
    ended = cli("predict", plain, "5 March 2021", "--emit", "alignment")
    assert (ended.code, ended.raw) == (2, b"")
    assert "has none: it knows what was read by its last state alone" in ended.err
    wrong = cli("predict", plain, "dates:20", "-f", "plain").out
    assert "0 %: 0 of 500 in every character" in wrong
    assert "Wrong" in wrong
    assert "and 492 more sequences" in wrong


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("5 März 2021",), 1, "does not know 'ä': the characters that it has learnt are '0123456789- ,./abc"),
        (("",), 1, "the text is empty"),
        (("Wednesday the 5th of September 2021",), 1, "reads 30 characters at most; received 35"),
        (("reviews:20",), 1, "translates sequences of its own vocabulary, that of dates:6000; reviews:20 has inputs of 16 words of 87"),
        (("nothing.txt",), 1, "'nothing.txt' is neither a file nor a text"),
        (("5 March 2021", "--part", "all"), 2, "--part all is of a set of data"),
        (("5 March 2021", "--saliency"), 2, "--saliency is not for a net that translates"),
        (("5 March 2021", "--monte-carlo", "3"), 2, "--monte-carlo is not for a net that translates"),
        (("5 March 2021", "--explain", "10"), 2, "--explain 10: give the number of a step, 0 to 9"),
        (("5", "March", "2021"), 2, "put the sentence in quotes: '5 March 2021'"),
        (("dates:20", "--explain", "1"), 2, "what this line gives has no cells to be explained"),
    ],
)  # fmt: skip
def test_what_is_refused(words: tuple[str, ...], code: int, told: str, net: str, cli: Any) -> None:
    ended = cli("predict", net, *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2


def test_what_holds_no_translations_is_nothing_to_learn_from(cli: Any) -> None:
    ended = cli("train", "seq2seq", "reviews:20")
    assert (ended.code, ended.raw) == (1, b"")
    assert ended.err == (
        "dlcli train: reviews:20 holds nothing to be translated: seq2seq learns from sequences with a translation "
        "behind each, such as dates:4000 or a CSV with columns source and target\n"
    )


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--per-class", "5"), "in dates:20 each step has one of its own: leave it out"),
        (("--noise", "0.1"), "--noise is put on numbers; dates:20 has inputs of words: leave it out"),
    ],
)
def test_options_of_training_that_mean_nothing_here(more: tuple[str, ...], told: str, cli: Any) -> None:
    ended = cli("train", "seq2seq", "dates:20", "--epochs", "1", *more)
    assert (ended.code, ended.raw) == (2, b"")
    assert told in ended.err


def test_of_a_net_that_does_not_say_its_words_a_set_has_outputs(cli: Any, save: Any) -> None:
    said = {"vocabulary": len(VOCABULARY), "source": 30}
    save(builtin("seq2seq", input=(40,), classes=len(WRITTEN), said=said).as_mapping(), classes=())
    found = cli("predict", "w.safetensors", "dates:20", "--emit", "output").tensor
    assert found.shape == (500, 10, len(WRITTEN))
    assert found.axes[0].labels is None
