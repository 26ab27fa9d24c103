"""Nets that foretell the next word of a text: what comes next, and texts that they write."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlcli.commands.predict.inputs.checks import allow
from dlcli.commands.predict.inputs.part import part_of
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.writing.record import Measured, Written
from dlcli.engines.base.checks import EngineError
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.nets.evaluation import Examples, evaluate
from dlcli.nets.generation import Writer
from dlcli.nets.net import Net
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block, Reading
from dlcli.runner.result import Result, Run
from dlcli.tensor import Attr
from dlcli.wire.read import Literal
from dlcli.wire.stream import Limits, Source
from dlcli.words.number import counted


@dataclass(frozen=True)
class Prompt:
    """A text to go on from: what was typed, piped in, or of a ``file``, which may be foretold, too."""

    text: str
    attrs: dict[str, Attr] = field(default_factory=dict)
    name: str = "text"
    file: bool = False


@dataclass(frozen=True)
class Writing:
    """How a text is written: so many ``steps``, and as ``draw`` takes the others."""

    steps: int
    temperature: float
    top_k: int | None
    top_p: float | None


def is_writer(model: Model) -> bool:
    """Whether a net foretells the next word at each step."""
    spec = model.spec
    return spec.words > 0 and len(spec.output) == 2 and spec.output[1] == spec.words


def prompts(
    word: str, environment: Environment, limits: Limits, block: Block | None = None
) -> Iterator[Prompt]:
    """The text of one input: typed, piped in, or of a file."""
    return texts_of(word, _TEXT, environment, limits)


def texts_of(word: str, literal: Literal, environment: Environment, limits: Limits) -> Iterator[Prompt]:
    """What was typed itself, where it names no file; else the text in there, or those that a command sent."""
    from dlcli.wire.read import open_input
    from dlcli.wire.typed.sentence import names_file

    named = word == "-" or word.startswith("sample:") or os.path.lexists(word) or names_file(word)
    if not named:
        yield Prompt(word, {"source": "literal"})
        return
    with open_input(word, stdin=environment.stdin, literal=literal, say=environment.say) as source:
        for text, attrs in _texts_in(source, limits):
            yield Prompt(text, {"source": word, **attrs}, file=word != "-")


def _texts_in(source: Source, limits: Limits) -> Iterator[tuple[str, dict[str, Attr]]]:
    """A text, or each of the tensors that hold one, with what made it."""
    from dlcli.wire.datasets.read import ORIGIN
    from dlcli.wire.datasets.texts import is_text, text_of
    from dlcli.wire.read import read_tensors
    from dlcli.wire.sniff import kind_of
    from dlcli.wire.typed.text import read_text

    if source.at_end() or kind_of(source) in (None, "text", "json"):
        yield read_text(source, limits=limits), {}
        return
    for tensor in read_tensors(source, limits=limits):
        if not is_text(tensor):
            source.bad(
                f"{tensor.describe()} is no text; one comes from dlcli show FILE.txt or predict --steps"
            )
        yield text_of(tensor), {name: tensor.attrs[name] for name in ORIGIN if name in tensor.attrs}


#: What can be typed in place of a file.
_TEXT = Literal("a text to go on from", "see the name again, or write a text: 'It was '")

#: What a net that writes reads.
PROMPTS = Reading(prompts, "a text to go on from, such as 'It was '", metavar="TEXT", bounds=("max_bytes",))


def written(
    x: Prompt, *, model: Model, how: Writing | None, layer: str | None, part: str | None, run: Run
) -> Result:
    """What the net writes behind a text, or with no ``how`` what may come next; how it foretells a file's."""
    if x.file and how is None:
        return _measured(x, model, layer, part, run)
    if part is not None:
        raise WrongUsage(f"--part {part} is of the text of a file that is foretold: leave it out")
    words = _numbers(x.text, model)
    # float64: what is drawn does not depend on how a processor rounds.
    net = Net(model.spec, np.float64).load(model.net.weights())
    try:
        writer = Writer(net, words)
        chosen = how or Writing(1, 1.0, None, None)
        rng = np.random.default_rng(run.seed)
        draws = tuple(
            writer.write(
                chosen.steps, rng, temperature=chosen.temperature, top_k=chosen.top_k, top_p=chosen.top_p
            )
        )
    except EngineError as error:
        raise DlcliError(f"{printable(model.word)}: {error}") from error
    work = Written(
        model, net, tuple(words), draws, how is not None, chosen.temperature, chosen.top_k, chosen.top_p,
        run.seed, dict(x.attrs), run.line,
    )  # fmt: skip
    outputs: dict[str, Any] = {
        "probabilities": lambda: work.probabilities,
        "logits": lambda: work.logits,
    }
    if how is not None:
        outputs = {"written": lambda: work.tensor, **outputs}
    if work.attends:
        outputs["attention"] = lambda: work.attention
    if layer is not None:
        allow(model.spec.layer(layer).output[1:], len(work.words), model, layer, run, of="characters")
        outputs[layer] = lambda: work.layer(layer)
    return Result(outputs, work, explained=lambda: work.steps, view="writing.story")


def _numbers(text: str, model: Model) -> list[int]:
    """The text in the numbers of the net's vocabulary. Raises ``DlcliError`` for what it does not know."""
    known = {one: place for place, one in enumerate(model.vocabulary)}
    if not text:
        raise DlcliError("the text is empty: give at least one character to go on from")
    missing = sorted(set(text) - set(known))
    if missing:
        shown = ", ".join(printable(repr(one)) for one in missing[:5])
        raise DlcliError(
            f"{printable(model.word)} does not know {shown}: its vocabulary is the {len(known)} characters "
            f"of what it learnt from, '{printable(''.join(model.vocabulary))}'"
        )
    return [known[one] for one in text]


def _measured(x: Prompt, model: Model, layer: str | None, part: str | None, run: Run) -> Result:
    """How well the net foretells a text, character by character."""
    from dlcli.wire.datasets.texts import text_set
    from dlcli.wire.datasets.vocabularies import in_vocabulary

    word, window = str(x.attrs["source"]), model.spec.input[0]
    if model.net.any_length:
        window = max(1, min(window, len(x.text) - 1))
    if len(x.text) <= window:
        raise DlcliError(
            f"{printable(word)}: {printable(model.word)} foretells {window + 1} characters at least; "
            f"received {counted(len(x.text), 'character')}"
        )
    data = text_set(word, x.text, window)
    found = part_of(data, part, model)
    in_vocabulary(data, model.vocabulary, printable(model.word))
    same = np.array([model.vocabulary.index(one) for one in data.vocabulary])
    labels = None if found.labels is None else same[found.labels]
    examples = Examples(found.count, lambda at: same[found.take(at)], labels)
    work = Measured(
        model, x.attrs, found.words, found.learnt, window, examples, evaluate(model.net, examples), run.line
    )
    outputs: dict[str, Any] = {"measures": lambda: work.tensor, "probabilities": lambda: work.probabilities}
    if layer is not None:
        allow(model.spec.layer(layer).output[1:], work.count, model, layer, run, of="characters")
        outputs[layer] = lambda: work.layer(layer)
    return Result(outputs, work, view="writing.story_measured")
