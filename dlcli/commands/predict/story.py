"""The story of one input: what the net saw, what it takes it for, how sure it is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.predict.explain import explain as explain
from dlcli.commands.predict.explain import explain_kept
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.net_facts import again, learnt, net_words
from dlcli.commands.predict.record import Work
from dlcli.views.before_after import BeforeAfter
from dlcli.views.look import LOW, facts, look, thumbnail
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import listed
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.table import Table, with_rest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.gaps import answer
from dlcli.views.text.text import clip, plain, visible
from dlcli.words.number import number

#: Whose cells can be explained: of what was asked for by name.
EXPLAIN = {"probabilities": explain_kept, "output": explain_kept, "logits": explain}

LISTED = 10  # classes that are told where nobody says how many
SURE, UNSURE = 0.9, 0.2  # how far the first class is before the second
WORDS = 30  # of a sentence that have a bar
LITTLE = 0.001  # a probability that is not told more exactly


def story(work: Work, *, precision: int = 4) -> Story:
    """The input, the net, its answer as bars or beside the input, and what to make of it."""
    sections = [
        Section("input", "Input", _whence(work, precision), _input(work, precision)),
        Section("parameters", "Net", net_words(work.model)),
        *(Section("parameters", "Learnt", told) for told in learnt(work.model, precision)),
        *_answer(work, precision),
    ]
    if work.saliency:
        sections.append(_saliency(work, precision))
    if told := " ".join(_notices(work, precision)):
        sections.append(Section("notice", "Notice", plain(told)))
    sections.append(Section("next", "Try next", body=CommandLine(*_next(work))))
    return Story(*sections)


def _whence(work: Work, precision: int) -> Text:
    assert work.input is not None
    return origin_words(work.input, precision).append(work.pixels and f"; {work.pixels}")


def _input(work: Work, precision: int) -> RenderableType | None:
    """The picture as it came, and beside it as the net saw it where that is another."""
    if work.saliency and len(work.model.spec.input) == 3:
        return None  # it stands beside the saliency
    if work.model.answers == "image" and not work.fitted:
        return None  # it stands beside the output
    assert work.input is not None
    if work.words and work.input.axis_names == ("token",):
        return None  # it is read above
    if not work.fitted:
        return thumbnail(work.input, precision)
    return BeforeAfter(
        "as it came",
        thumbnail(work.input, precision),
        "as the net sees it",
        look(work.picture(0), precision=precision, height=LOW * 2, scale="gray", legend=False),
    )


def _answer(work: Work, precision: int) -> Iterator[Section]:
    if work.model.answers == "image":
        yield _image(work, precision)
        return
    if work.model.answers == "values":
        yield Section(
            "result", "Output", facts(work.output, precision), look(work.output, precision=precision)
        )
        if work.answers.passes:
            yield _spread(work, precision)
        return
    order = work.answers.order[0]
    best = int(order[0])
    yield Section("result", "Answer", answer(visible(clip(work.model.named(best), 40))))
    count = min(work.top or LISTED, len(order))
    yield Section("result", "Probabilities" if work.model.answers == "probabilities" else "Scores",
                  _of_how_many(count, len(order)), bars(work, order[:count], precision))  # fmt: skip


def _spread(work: Work, precision: int) -> Section:
    """Values with dropout left on: of each the mean and the standard deviation."""
    passes = work.answers.passes
    rows = [
        [str(i), number(mean, precision), number(spread, precision)]
        for i, (mean, spread) in enumerate(zip(*(part[0] for part in work.answers.spread), strict=True))
    ]
    left = len(rows) - len(rows[:LISTED])
    table = Table(["value", "mean", "standard deviation"], rows[:LISTED], right=range(3))
    told = Text(f"{passes} pass{'es' * (passes > 1)}")
    return Section("result", "Dropout left on", told, with_rest(table, left, f"value{'s' * (left > 1)}"))


def _of_how_many(count: int, all_: int) -> Text | None:
    return None if count == all_ else Text(f"the {count} largest of {all_}")


def bars(work: Work, shown: np.ndarray, precision: int) -> RenderableType:
    """The classes that are listed with their numbers; what is left in one line."""
    answers, model, exact = work.answers, work.model, work.answers.exact(0)
    columns: dict[str, np.ndarray] = {}
    if model.answers == "probabilities" and not model.binary:
        columns["logit"] = work.as_learnt(exact.logits[0])
    columns["probability" if model.answers == "probabilities" else "score"] = work.as_learnt(exact.shares[0])
    if answers.passes:
        columns["spread"] = answers.spread[1][0]
        columns["mean"] = answers.spread[0][0]
    last = list(columns)[-1]
    totals = []
    rest = len(answers.shares[0]) - len(shown)
    if rest and model.answers == "probabilities":
        totals.append((f"{rest} other{'s' * (rest > 1)}", {last: np.delete(columns[last], shown).sum()}))
    return BarTable(
        "class",
        [model.named(i) for i in shown.tolist()],
        {head: values[shown] for head, values in columns.items()},
        totals=totals,
        ranks=shown.tolist(),
        cells=listed("classes", ([i] for i in shown.tolist())),
        under="probability" if model.answers == "probabilities" else "score",
        precision=precision,
    )


def _image(work: Work, precision: int) -> Section:
    """The output of a net whose target is its input, beside that."""
    seen = work.answers.noised(0) if work.answers.noise else work.answers.seen(0)
    output = work.answers.outputs[0]
    if work.model.spec.target != "input":
        return Section(
            "result", "Output", facts(work.output, precision), look(work.output, precision=precision)
        )
    limits = (0.0, 1.0) if min(seen.min(), output.min()) >= 0 and max(seen.max(), output.max()) <= 1 else None
    drawn = [
        look(
            work.as_picture(data),
            precision=precision,
            height=2 * LOW,
            scale="gray",
            legend=False,
            limits=limits,
        )
        for data in (seen, output)
    ]
    error = number(work.answers.errors[0], precision)
    told = f"mean square difference {error} from the input"
    if work.answers.noise:
        before = np.square(seen - work.answers.seen(0)).mean()
        told += f"; with the noise it was {number(before, precision)}"
    name = "input with noise" if work.answers.noise else "input"
    return Section("result", "Output", Text(told), BeforeAfter(name, drawn[0], "output", drawn[1]))


def _saliency(work: Work, precision: int) -> Section:
    model = work.model
    of = int(work.answers.order[0, 0]) if work.target is None else work.target
    title = plain(f"of {_target(model, of)}, ")
    title.append_text(facts(work.salient, precision))
    if model.spec.words:
        return _words(work, precision)
    if len(model.spec.input) < 3:
        return Section("result", "Saliency", title, look(work.salient, precision=precision))
    seen = look(work.picture(0), precision=precision, height=2 * LOW, scale="gray", legend=False)
    over = look(work.overlay(), precision=precision, height=2 * LOW, legend=False)
    return Section("result", "Saliency", title, BeforeAfter("input", seen, "where it counts", over))


def _target(model: Model, of: int) -> str:
    """The number whose gradient is shown, in words."""
    return f"{'value' if model.answers == 'values' else 'the logit of'} {clip(model.named(of), 24)}"


def _shares_of_words(work: Work) -> np.ndarray:
    """Gradient times embedding of each word (time,), computed in float64."""
    return np.asarray(work.as_learnt(work.answers.exact(0).share_of_words(work.target)[0]))


def _words(work: Work, precision: int) -> Section:
    """A bar for each word, to the right where it speaks for the class; of many words the largest."""
    found = _shares_of_words(work)
    shown = np.sort(np.argsort(-np.abs(found), kind="stable")[:WORDS])
    labels = [work.tokens.place(i) for i in shown.tolist()]
    left = len(found) - len(shown)
    of = int(work.answers.order[0, 0]) if work.target is None else work.target
    title = plain(f"gradient times embedding, for {_target(work.model, of)}")
    bars_ = BarTable("word", labels, {"share": found[shown]}, signed=True, precision=precision)
    return Section("result", "Saliency", title, with_rest(bars_, left, f"word{'s' * (left > 1)}"))


def _notices(work: Work, precision: int) -> Iterator[str]:
    model, answers = work.model, work.answers
    if model.answers == "probabilities" and answers.shares.shape[1] > 1:
        second, margin = int(answers.order[0, 1]), float(answers.margins[0])
        of_second = float(answers.exact(0).shares[0, second])
        share = number(of_second, 3) if of_second >= LITTLE else f"less than {LITTLE}"
        after = f"the next class, {clip(model.named(second), 24)}, has {share}"
        if margin >= SURE:
            yield f"The net is sure: {after}."
        elif margin < UNSURE:
            yield f"It is close: {after}, and little would turn the answer."
        else:
            yield f"T{after[1:]}."
    if answers.passes and model.answers == "probabilities":
        place = int(answers.order[0, 0])
        mean, spread = (float(part[0, place]) for part in answers.spread)
        told = f"{clip(model.named(place), 24)} has {number(mean, 3)} ± {number(spread, 3)}"
        yield f"With dropout left on {told} over {answers.passes} passes."
    if work.saliency and model.spec.words:
        yield _deciding(work)
    if work.saliency and len(model.spec.input) == 3:
        yield "Where it is bright a small change of the picture changes the logit most."
    if work.fitted and model.answers == "probabilities":
        yield "Probabilities add up to 1 over the classes it knows, whatever the picture shows."


def _deciding(work: Work) -> str:
    """The word that speaks most for the class, or that none does."""
    found = _shares_of_words(work)
    word = work.tokens.place(int(found.argmax()))
    of = clip(work.model.named(int(work.answers.order[0, 0]) if work.target is None else work.target), 24)
    if work.target is not None and work.target != int(work.answers.order[0, 0]):
        told = f"What speaks most for {of}, which is not the answer, is {word}."
        return told if found.max() > 0 else f"No word speaks for {of}."
    if found.max() > 0:
        return f"The word that decided is {word}."
    return f"No word speaks for {of}: what the net begins with does, whatever it reads."


def _next(work: Work) -> list[list[str]]:
    """Why this class; or a layer on the way; of a net that makes pictures what it keeps of them."""
    model = work.model
    if model.answers == "image":
        names = [one.name for one in model.spec.layers]
        layer = "code" if "code" in names else names[len(names) // 2]
        return [*again(work, "--emit", layer, without=("--emit",)), ["dlcli", "show"]]
    drawn = ("--explain", "--saliency", "--class", "--emit")
    best = model.named(int(work.answers.order[0, 0])) if model.answers != "values" else "0"
    if work.saliency or (len(model.spec.input) < 3 and not work.words):
        return again(work, "--explain", best, without=drawn)
    return again(work, "--saliency", without=drawn)
