"""Nets that read a sequence and write another: what they make of a text, and how many of a set are right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from dlcli.commands.kinds.nets.data import Data, or_data
from dlcli.commands.predict.inputs.part import part_of
from dlcli.commands.predict.inputs.words import known_words, renumbered
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.translating.record import Measured, Translation
from dlcli.commands.predict.writing.results import Prompt, texts_of
from dlcli.errors import BadData, DlcliError, WrongUsage, called, printable
from dlcli.nets.evaluation import Examples, evaluate
from dlcli.nets.net import Net
from dlcli.nets.translation import Translated, read_steps, translate
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block, Reading
from dlcli.runner.result import Result, Run
from dlcli.wire.datasets.dataset import END, PADDING, START
from dlcli.wire.datasets.vocabularies import with_classes
from dlcli.wire.read import Literal
from dlcli.wire.stream import Limits
from dlcli.wire.typed.sentence import lines_with_words, tokens

#: Examples of a set that are shown.
SHOWN = 8


def is_translator(model: Model) -> bool:
    """Whether a net writes words of its vocabulary behind those that it reads."""
    return (
        read_steps(model.spec) > 0
        and START in model.vocabulary
        and len(model.classes) == model.spec.output[1]
        and set(model.classes) <= set(model.vocabulary)
    )


def texts(
    word: str, environment: Environment, limits: Limits, block: Block | None = None
) -> Iterator[Prompt]:
    """What one word stands for: the lines of a text, or what was typed itself."""

    def tell(message: str) -> None:
        environment.say(f"dlcli: {called(word)}: {message}")

    for text in texts_of(word, _TEXT, environment, limits):
        lines = lines_with_words(text.text, tell)
        if not lines and text.attrs["source"] != "literal":
            raise BadData(f"{called(word)}: there is no line to be translated in it")
        yield from (replace(text, text=line) for line in lines or [""])


#: What can be typed in place of a file.
_TEXT = Literal("a text", "see the name again, or write what is to be translated: '5 March 2021'")

#: What a net that translates reads.
TEXTS = or_data(
    Reading(
        texts,
        "what is to be translated, such as '5 March 2021', or dates:500",
        metavar="TEXT",
        bounds=("max_bytes",),
        part=lambda word: re.fullmatch(r"\w+,?", word) is not None,
    )
)


def translated(x: Prompt | Data, *, model: Model, layer: str | None, part: str | None, run: Run) -> Result:
    """What the net writes for a text, or how many of a set it has right."""
    # float64: what is written does not depend on how a processor rounds.
    net = Net(model.spec, np.float64).load(model.net.weights())
    if isinstance(x, Data):
        return _measured(x, model, net, part, run)
    if part is not None:
        raise WrongUsage(f"--part {part} is of a set of data; received a text: leave it out")
    read = _numbers(x.text.strip(), model, run)
    found = _translate(net, model, read)
    work = Translation(model, net, tuple(read), found, dict(x.attrs), run.line)
    outputs = {
        "written": lambda: work.tensor,
        "probabilities": lambda: work.probabilities,
        "logits": lambda: work.logits,
    }
    if found.alignment is not None:
        outputs["alignment"] = lambda: work.alignment
    elif run.emit == "alignment":
        raise WrongUsage(
            f"--emit alignment is where an attention looks, and {printable(model.word)} has none: it knows "
            "what was read by its last state alone; seq2seq-attention looks back"
        )
    if layer is not None:
        outputs[layer] = lambda: work.layer(layer)
    return Result(outputs, work, explained=lambda: work.steps, view="translating.story")


def _translate(net: Net, model: Model, read: list[int]) -> Translated:
    numbers = {word: place for place, word in enumerate(model.vocabulary)}
    end = model.classes.index(END) if END in model.classes else None
    return translate(net, read, numbers[START], [numbers[word] for word in model.classes], end)


def _numbers(text: str, model: Model, run: Run) -> list[int]:
    """The characters of a text by their numbers, or its words where the net reads such.

    A character that the net has not learnt is read as a small letter, or a capital, where it has learnt that.
    Raises ``DlcliError`` for any other, for an empty text, and for a longer one than the net reads.
    """
    if model.by_words:
        return _words(text, model, run)
    known = {one: place for place, one in enumerate(model.vocabulary)}
    most, where = read_steps(model.spec), printable(model.word)
    found = [next((one for one in (c, c.lower(), c.upper()) if one in known), c) for c in text]
    missing = sorted({one for one in found if one not in known})
    if missing:
        shown = ", ".join(printable(repr(one)) for one in missing[:5])
        letters = "".join(one for one in model.vocabulary if len(one) == 1)
        raise DlcliError(f"{where} does not know {shown}: the characters that it has learnt are {letters!r}")
    if not found:
        raise DlcliError("the text is empty: there is nothing to be translated")
    if len(found) > most:
        raise DlcliError(
            f"{where} reads {most} characters at most; received {len(found)}: '{printable(text[:40])}'"
        )
    return [known[one] for one in found]


def _words(text: str, model: Model, run: Run) -> list[int]:
    """The words of a text by their numbers. Raises ``DlcliError`` for more than the net reads."""
    words, numbers = known_words(tokens(text), model, run)
    most = read_steps(model.spec)
    if len(words) > most:
        raise DlcliError(
            f"{printable(model.word)} reads {most} words at most; received {len(words)}: "
            f"'{printable(text[:40])}'"
        )
    return list(map(int, numbers))


def _measured(x: Data, model: Model, net: Net, part: str | None, run: Run) -> Result:
    """How many translations of a set are right in every character, and some of them."""
    data, where = x.set, printable(model.word)
    if model.by_words and data.source and not data.spelled:
        data = with_classes(renumbered(data, model, run), model.classes)
    if data.vocabulary != model.vocabulary or data.classes != model.classes:
        raise DlcliError(
            f"{where} translates sequences of its own vocabulary, that of "
            f"{printable(str(model.data.get('name', 'what it learnt from')))}; {called(data.name)} has "
            f"inputs of {data.size_words()}"
        )
    if data.shape != model.spec.input:
        raise DlcliError(
            f"{where} takes {model.spec.input} steps; those of {called(data.name)} are {data.shape}"
        )
    found = part_of(data, part, model)
    assert found.labels is not None
    evaluation = evaluate(model.net, Examples(found.count, found.take, found.labels))
    assert evaluation.whole is not None
    wrong = np.flatnonzero(~evaluation.whole)
    shown = (wrong if len(wrong) else np.arange(found.count))[:SHOWN]
    padding = model.vocabulary.index(PADDING) if PADDING in model.vocabulary else -1
    rows = []
    for place in shown.tolist():
        inputs = found.take(np.array([place]))[0, : read_steps(model.spec)]
        read = [one for one in inputs.tolist() if one != padding]
        written = [one.word for one in _translate(net, model, read).draws]
        wanted = [one for one in found.labels[place].tolist() if one >= 0]
        rows.append((model.joined(read, model.vocabulary), model.joined(written), model.joined(wanted)))
    work = Measured(model, dict(x.attrs), found.words, found.learnt, evaluation, tuple(rows), run.line)
    return Result({"measures": lambda: work.tensor}, work, view="translating.story_measured")
