"""Why a class: the sum behind its logit, and what softmax makes of that."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.text import Text

from dlcli.commands.predict.answers import BEHIND, Terms
from dlcli.commands.predict.net_facts import net_words
from dlcli.commands.predict.record import Work
from dlcli.errors import WrongUsage
from dlcli.nets.layers.activation import Activation
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
    bending, head = _functions(work, terms)
    name = clip(work.model.named((unit or at) if work.model.binary else at), 24)
    summed = "Sum of value" if work.model.answers == "values" else "Sum of" if bending else "Logit of"
    logit = work.answers.exact(place).logits[0, unit]
    bent = [
        Section("arithmetic", "Activation", plain(f"{_of(bending, terms.total, precision)} = "
                f"{number(logit, precision)}")),
    ]  # fmt: skip
    return Story(
        Section("input", "Input", _whence(work, place, precision)),
        Section("parameters", "Net", net_words(work.model)),
        Section("arithmetic", f"{summed} {name}", _made_by(terms), table(terms, precision)),
        *bent * bool(bending),
        *_probability(work, place, at, head, precision),
    )


def _functions(work: Work, terms: Terms) -> tuple[list[str], str | None]:
    """What is done to a sum behind its layer, in order: up to the logit, and what the loss includes."""
    net, layers = work.model.net, work.model.spec.layers
    behind = layers[1 + [one.name for one in layers].index(terms.layer) :]
    names = [terms.activation, *(one.kind.function for one in behind if isinstance(one.kind, Activation))]
    names = [name for name in names if name != "linear"]
    return (names[:-1], names[-1]) if net.head else (names, net.loss.head)


def _of(functions: list[str], value: float, precision: int) -> str:
    """Functions of a number, the last outermost: ``sigmoid(tanh(0.5))``."""
    text = number(value, precision)
    for name in functions:
        text = f"{name}({text}{', …' * (name == 'softmax')})"  # that takes all units
    return text


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
    bending, head = _functions(work, terms)
    made = _of([*bending, *([head] if head else [])], terms.total, precision)
    return Story(
        Section("input", "Input", _whence(work, place, precision)),
        Section("parameters", "Net", net_words(work.model)),
        Section("arithmetic", "Sum", _made_by(terms), table(terms, precision)),
        Section(
            "result", "Output", Text(f"{made} = {number(value, precision)} at {', '.join(map(str, inner))}")
        ),
    )


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
    one = work.model.one
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


def sigmoid_formula(what: str, z: float, value: str, precision: int, *, sign: str = "−") -> Formula:
    """Its formula with numbers; with another ``sign`` that of the other class."""
    shown = number(z, precision)
    if shown.startswith("−"):
        shown = f"({shown})"
    return Formula(what, f"1 / (1 + exp({sign}{shown}))", value)


def _probability(work: Work, place: int, at: int, head: str | None, precision: int) -> Iterator[Section]:
    model, answers = work.model, work.answers.exact(place)
    name, share = clip(model.named(at), 24), work.as_learnt(answers.shares[0])
    value = number(share[at], precision)
    if model.answers != "probabilities":
        if head == "sigmoid":
            yield Section(
                "arithmetic",
                "Sigmoid",
                body=sigmoid_formula(f"output[{name}]", answers.logits[0, at], value, precision),
            )
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
        yield Section(
            "arithmetic", "Sigmoid",
            body=sigmoid_formula(f"p[{name}]", logits[0], value, precision, sign="−" if at else ""),
        )  # fmt: skip
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
