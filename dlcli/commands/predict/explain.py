"""Why a class: the sum behind its logit, and what softmax makes of that."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.text import Text

from dlcli.commands.predict.answers import BEHIND, Terms
from dlcli.commands.predict.net_facts import net_words
from dlcli.commands.predict.record import Work
from dlcli.errors import WrongUsage
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.sums import SumTable, largest, sum_of_others
from dlcli.views.text.cell import checked
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip, plain
from dlcli.words.number import number

TERMS = 10  # products that are listed
CLASSES = 10  # classes beside which one is listed


def explain_kept(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The same of a place among the classes that ``--top`` keeps, the most probable first."""
    rank = cell[-1] if work.alone else cell[-1] // 2  # of several a class and its probability stand in turn
    if work.top is not None and 0 <= rank < work.top:
        place = cell[0] if len(cell) > 1 and 0 <= cell[0] < work.answers.count else 0
        cell = (*cell[:-1], int(work.answers.order[place, rank]))
    return explain(work, cell, precision=precision)


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The largest terms of a logit, the others together, the bias, their sum; and its share of all classes.

    Raises ``WrongUsage`` for a class that is not there, and for a net whose output no dense layer gives.
    """
    _check_several(work, cell)
    if work.model.answers == "image":
        return _explain_image(work, cell, precision)
    cell = checked(cell, work.probabilities)
    place, at = (0, cell[0]) if work.alone else (cell[0], cell[1])
    unit = 0 if work.model.binary else at
    terms = _terms(work, place, unit)
    name = work.model.named(at)
    summed = "Sum of value" if work.model.answers == "values" else "Logit of"
    return Story(
        Section("input", "Input", _whence(work, place, precision)),
        Section("parameters", "Net", net_words(work.model)),
        Section("arithmetic", f"Logit of {clip(work.model.named(unit or at), 24)}" if work.model.binary
                else f"{summed} {clip(name, 24)}", _made_by(terms), table(terms, precision)),
        *_probability(work, place, at, precision),
    )  # fmt: skip


def _check_several(work: Work, cell: tuple[int, ...]) -> None:
    """Raise ``WrongUsage`` where an input among several has no number, with what is wanted and such a one."""
    axes = work.explained().axes
    if work.alone or len(cell) == len(axes):
        return
    model, place = work.model, min(19, work.answers.count - 1)
    one, wanted = axes[0].name, ",".join(axis.name.upper() for axis in axes)
    inner = tuple(size // 2 for size in model.spec.output)
    if model.answers != "image":
        inner = (cell[0] if len(cell) == 1 and 0 <= cell[0] < model.count else 0,)
    such = ",".join([str(place), *(axis.place(i) for axis, i in zip(axes[1:], inner, strict=True))])
    raise WrongUsage(
        f"--explain takes {wanted} of several {one}s, such as {such}: the {one} by its number, "
        f"0 to {work.answers.count - 1}; received {len(cell)} of {len(axes)}"
    )


def _explain_image(work: Work, cell: tuple[int, ...], precision: int) -> Story:
    cell = checked(cell, work.output)
    place, inner = (0, cell) if work.alone else (cell[0], cell[1:])
    unit = int(np.ravel_multi_index(inner, work.model.spec.output))
    terms = _terms(work, place, unit)
    value = work.answers.exact(place).outputs[0][inner]
    return Story(
        Section("input", "Input", _whence(work, place, precision)),
        Section("parameters", "Net", net_words(work.model)),
        Section("arithmetic", "Sum", _made_by(terms), table(terms, precision)),
        Section("result", "Output", Text(
            f"{terms.activation}({number(terms.total, precision)}) = {number(value, precision)} at "
            f"{', '.join(map(str, inner))}")),
    )  # fmt: skip


def _terms(work: Work, place: int, unit: int) -> Terms:
    terms = work.answers.exact(place).terms(0, unit)
    if terms is not None:
        return terms
    layers = work.model.spec.layers
    last = next((i for i in range(len(layers) - 1, -1, -1) if not isinstance(layers[i].kind, BEHIND)), 0)
    layer, word = layers[last], clip(work.model.word, 32)
    below = f"--emit {layers[last - 1].name} gives what goes into it" if last else "the input goes into it"
    if layer.kind.kind in ("conv", "depthwise-conv"):
        below += f"; dlcli conv --weights {word} --layer {layer.name} --explain tells its sums"
    raise WrongUsage(
        f"--explain tells the sum of a dense layer, and {word} ends with {layer.name} ({layer.kind.kind}): "
        f"{below}"
    )


def _whence(work: Work, place: int, precision: int) -> Text:
    if work.input is not None and work.alone:
        return origin_words(work.input, precision)
    one = "picture" if len(work.model.spec.input) == 3 else "row"
    of = f" of {clip(work.source, 32)}" if work.source not in ("-", "literal") else ""
    part = f", {work.part}" if work.part else ""
    name = f"; its label is {clip(work.names[place], 24)}" if work.names is not None else ""
    return plain(f"{one} {place}{of}{part}{name}")


def _made_by(terms: Terms) -> Text:
    below = "the input" if terms.below is None else clip(terms.below, 24)
    return plain(f"unit of {clip(terms.layer, 24)}: {len(terms.values)} products of {below} with its weights")


def table(terms: Terms, precision: int) -> SumTable:
    """The largest products with where they come from, the others together, the bias, the sum."""
    products = terms.values * terms.weights
    shown = largest(products, TERMS)
    rows = [(_from(terms, i), terms.values[i], terms.weights[i], products[i]) for i in shown.tolist()]
    extra = {}
    if rest := len(products) - len(shown):
        extra[f"{rest} other{'s' * (rest > 1)}"] = sum_of_others(products, shown)
    if terms.bias is not None:
        extra["bias"] = terms.bias
    below = clip(terms.below or "input", 16)
    return SumTable(
        rows, extra, terms.total, heads=(below, "value", "weight", "product"), precision=precision
    )


def _from(terms: Terms, i: int) -> str:
    """A number of the layer below by its place there."""
    if len(terms.shape) == 1:
        return f"unit {i}"
    row, column, channel = np.unravel_index(i, terms.shape)
    return f"{row}, {column}" + (f", channel {channel}" if terms.shape[2] > 1 else "")


def _probability(work: Work, place: int, at: int, precision: int) -> Iterator[Section]:
    model, answers = work.model, work.answers.exact(place)
    name, share = clip(model.named(at), 24), work.as_learnt(answers.shares[0])
    value = number(share[at], precision)
    if model.answers != "probabilities":
        if model.answers == "scores":
            yield Section("result", "Score", plain(f"{value}, {name}"))
            return
        wanted = (
            f"; wanted was {number(work.wanted[place, at], precision)}" if work.wanted is not None else ""
        )
        yield Section("result", "Output", plain(value + wanted))
        return
    logits = answers.logits[0]
    if model.binary:
        z = number(logits[0], precision)
        sides = [f"1 / (1 + exp({'−' if at else ''}{z if not z.startswith('−') else f'({z})'}))", value]
        yield Section("arithmetic", "Sigmoid", body=Formula(f"p[{name}]", *sides))
    else:
        order = answers.order[0]
        listed = order[:CLASSES] if at in order[:CLASSES] else np.append(order[: CLASSES - 1], at)
        exponentials = np.exp(logits - logits.max())
        columns = {"logit": logits, "exp(z − max)": exponentials, "probability": share}
        totals = [("sum", {"exp(z − max)": exponentials.sum(), "probability": share.sum()})]
        rest = np.delete(np.arange(len(order)), listed)
        if len(rest):
            told = {head: columns[head][rest].sum() for head in ("exp(z − max)", "probability")}
            totals.insert(0, (f"{len(rest)} other{'s' * (len(rest) > 1)}", told))
        yield Section("arithmetic", "Softmax", body=BarTable(
            "class", [model.named(i) for i in listed.tolist()],
            {head: values[listed] for head, values in columns.items()},
            totals=totals, marked=int(np.flatnonzero(listed == at)[0]), precision=precision))  # fmt: skip
    rank = int(np.flatnonzero(answers.order[0] == at)[0]) + 1
    where = "the most probable" if rank == 1 else f"number {rank} of {model.count}"
    yield Section("result", "Probability", plain(f"{value} for {name}, {where}"))
