"""Nets that foretell the next word of a text: what comes next, and texts that they write."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlcli.commands.kinds.data import Data
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.part import part_of
from dlcli.commands.predict.record_writing import Measured, Written
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
from dlcli.wire.stream import Limits


@dataclass(frozen=True)
class Prompt:
    """A text to go on from: what was typed, or piped in."""

    text: str
    attrs: dict[str, Attr] = field(default_factory=dict)
    name: str = "text"


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
) -> Iterator[Prompt | Data]:
    """The text of one input, typed or piped in; a file is a set of windows."""
    from dlcli.wire.datasets.texts import text_set
    from dlcli.wire.read import open_input
    from dlcli.wire.sentence import names_file
    from dlcli.wire.text import read_text

    named = word.startswith("sample:") or os.path.lexists(word) or names_file(word)
    if word != "-" and not named:
        yield Prompt(word, {"source": "literal"})
        return
    with open_input(word, stdin=environment.stdin, literal=_TEXT, say=environment.say) as source:
        text = read_text(source, limits=limits)
    yield Prompt(text, {"source": "-"}) if word == "-" else Data(text_set(word, text), {"source": word})


#: What can be typed in place of a file.
_TEXT = Literal("a text to go on from", "see the name again, or write a text: 'It was '")

#: What a net that writes reads.
PROMPTS = Reading(prompts, "a text to go on from, such as 'It was '", metavar="TEXT", bounds=("max_bytes",))


def written(x: Prompt | Data, *, model: Model, how: Writing | None, part: str | None, run: Run) -> Result:
    """What the net writes behind a text, or with no ``how`` what may come next; how it foretells a file's."""
    if isinstance(x, Data) and how is None:
        return _measured(x, model, part, run)
    if part is not None:
        raise WrongUsage(f"--part {part} is of the text of a file that is foretold: leave it out")
    text = x.text if isinstance(x, Prompt) else _text_of(x)
    words = _numbers(text, model)
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
    return Result(outputs, work, explained=lambda: work.steps, view="story_writing")


def _text_of(x: Data) -> str:
    from dlcli.wire.datasets.texts import text_of, text_tensor

    return text_of(text_tensor(x.set))


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


def _measured(x: Data, model: Model, part: str | None, run: Run) -> Result:
    """How well the net foretells a text, character by character."""
    from dlcli.wire.datasets.vocabularies import in_vocabulary

    data = x.set.windowed(model.spec.input[0])
    found = part_of(data, part, model)
    in_vocabulary(data, model.vocabulary, printable(model.word))
    same = np.array([model.vocabulary.index(one) for one in data.vocabulary])
    labels = None if found.labels is None else same[found.labels]
    evaluation = evaluate(model.net, Examples(found.count, lambda at: same[found.take(at)], labels))
    count = found.count * data.shape[0]
    work = Measured(model, x.attrs, found.words, found.learnt, count, evaluation, run.line)
    return Result({"measures": lambda: work.tensor}, work, view="story_measured")
