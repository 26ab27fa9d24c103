"""The story of a model: its layers in a table and as boxes, sums, and where most of it sits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

from rich.text import Text

from dlcli.commands.kinds.nets.counts import count_words
from dlcli.commands.summary.arithmetic import (
    memory_lines,
    output_lines,
    parameter_lines,
    shape_words,
    sight_lines,
    sight_words,
    work_lines,
)
from dlcli.commands.summary.record import BYTES, Counted, Work
from dlcli.errors import WrongUsage
from dlcli.views.charts.boxes import Box, Boxes
from dlcli.views.page.cells import listed
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import FactsTable, Table, no_room
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import formulas
from dlcli.views.text.gaps import given
from dlcli.views.text.text import apart, plain, visible
from dlcli.words.number import number, percent

#: Cells that the name of a layer may take.
NAME = 18

#: Prefixes of bytes, each a thousand times the one before.
PREFIXES = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def story(work: Work | Sequence[Work], *, precision: int = 4) -> Story:
    """One model in full; several in a table, one line each, or all of them with what they are."""
    if isinstance(work, Sequence):
        return _page(work)
    return Story(
        _heading(work),
        *_trained(work, precision),
        *_attributes(work),
        Section("result", "Layers", given(visible(_shape_title(work))), _table(work)),
        Section("result", "Total", body=FactsTable(list(_totals(work)))),
        Section("result", "Net", Text(_scale(work)), _drawing(work)),
        Section("notice", "Notice", plain(" ".join(_notices(work)))),
        Section("next", "Try next", body=_next(work)),
    )


def explain(work: Work | Sequence[Work], cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """How the counts of one layer come about.

    Raises ``WrongUsage`` where there is no such layer, or more than one model.
    """
    if isinstance(work, Sequence):
        raise WrongUsage("--explain tells of a layer of one model: name the model before it")
    place = cell[0]
    last = len(work.layers) - 1
    if len(cell) != 1 or not -len(work.layers) <= place <= last:
        told = ",".join(map(str, cell))
        raise WrongUsage(f"there is no layer {told}; {work.spec.name} has layers 0 to {last}")
    one = work.layers[place]
    shapes = f"{shape_words(one.layer.input)} → {shape_words(one.layer.output)}"
    return Story(
        Section("input", "Model", plain(work.spec.name)),
        Section("input", "Layer", plain(f"{place % len(work.layers)}: {one.name}, {_kind(one)}, {shapes}")),
        *([Section("parameters", "Attributes", plain(told))] if (told := _settings(one)) else []),
        Section("arithmetic", "Output", body=formulas(output_lines(one))),
        Section("arithmetic", "Parameters", plain(_weights(one)), formulas(parameter_lines(one))),
        Section("arithmetic", "Work", body=formulas(work_lines(one))),
        Section(
            "arithmetic", "Memory", Text(f"{BYTES} bytes a number"), formulas(memory_lines(one, work.batch))
        ),
        Section(
            "arithmetic",
            "Receptive field",
            Text("of a number of the output"),
            formulas(sight_lines(one, steps=work.is_sequences)),
        ),
    )


def _heading(work: Work) -> Section:
    """The name, what it is, what it learns."""
    told = f"{work.spec.name}: {work.about}" if work.about else work.spec.name
    return Section("input", "Model", plain(told))


def _shape_title(work: Work) -> str:
    what = "height × width × channels" if work.is_pictures else "features"
    if work.is_sequences:
        what = f"words, of {work.spec.words:,}" if work.spec.words else "time × features"
    return f"{len(work.layers)}; input {shape_words(work.spec.input)} ({what})"


def _scale(work: Work) -> str:
    """What the size of a box means."""
    if work.is_sequences:
        return "taller: more steps; wider: more features"
    return "taller: a larger picture; wider: more channels"


def _trained(work: Work, precision: int) -> Iterator[Section]:
    """What the file of a trained net says of its training: it comes from outside, nothing is sure of it."""
    if work.facts is None:
        return
    rows = list(trained_rows(work.facts, precision)) or [("training", "the file says nothing of it")]
    yield Section("input", "Trained", body=FactsTable(rows))


def trained_rows(facts: Mapping[str, Any], precision: int) -> Iterator[tuple[str, str]]:
    """Names and words of what a file says: data, classes, epochs, the best of them, settings.

    >>> list(trained_rows({"data": {"name": "shapes:1000", "count": 1000}, "seed": 1}, 4))
    [('data', 'shapes:1000, 1,000 examples'), ('seed', '1')]
    """
    data = facts.get("data")
    if isinstance(data, Mapping) and "name" in data:
        count = data.get("count")
        many = f", {count:,} example{'s' * (count != 1)}" if isinstance(count, int) else ""
        yield "data", f"{data.get('source') or data['name']}{many}"
    classes = facts.get("classes")
    if isinstance(classes, list) and classes:
        named = ", ".join(map(str, classes[:10])) + (", …" if len(classes) > 10 else "")
        yield "classes", f"{len(classes)}: {named}"
    progress = facts.get("progress")
    if isinstance(progress, Mapping):
        yield from _progress(progress, precision)
    if isinstance(facts.get("seed"), int):
        yield "seed", str(facts["seed"])
    if isinstance(facts.get("dtype"), str):
        yield "numbers", facts["dtype"]


def _progress(progress: Mapping[str, Any], precision: int) -> Iterator[tuple[str, str]]:
    """Epochs that are over, and what was measured in the best one."""
    history = progress.get("history")
    if not isinstance(history, list):
        return
    best = progress.get("best_epoch")
    chosen = f"; the weights are those of epoch {best}" if isinstance(best, int) else ""
    yield "epochs", f"{len(history)}{chosen}"
    named = ("loss", "accuracy", "held-out loss", "held-out accuracy")
    for row in history:
        if isinstance(row, list) and row and row[0] == best:
            told = [
                f"{name} {number(value, precision)}"
                for name, value in zip(named, row[1:], strict=False)
                if isinstance(value, int | float)
            ]
            if told:
                yield "figures", ", ".join(told)


def _attributes(work: Work) -> Iterator[Section]:
    """What the model file says of each layer: from this its output and its counts are computed."""
    names = apart([one.name for one in work.layers], NAME)
    rows = [
        (name, told) for name, one in zip(names, work.layers, strict=True) if (told := _all_settings(one))
    ]
    if rows:
        yield Section("parameters", "Attributes", body=FactsTable(rows), detail=True, sheet=True)


def _table(work: Work) -> Table:
    """A line for each layer."""
    names = apart([one.name for one in work.layers], NAME)
    rows = [
        (
            name, _kind(one), shape_words(one.layer.output), count_words(one.parameters),
            count_words(one.multiply_adds), byte_words(BYTES * one.numbers),
            sight_words(one.sight, steps=work.is_sequences),
        )
        for name, one in zip(names, work.layers, strict=True)
    ]  # fmt: skip
    heads = ("layer", "kind", "output", "parameters", "adds", "memory", "field")
    groups = ("", "", "", "", "multiply-", "", "")
    return Table(
        heads,
        rows,
        right=range(3, 7),
        whole=(0, 2),
        heads=range(7),
        groups=groups,
        missing=partial(_below, work.is_sequences),
        cells=listed(work.explained.name, ([layer] for layer in range(len(rows)))),
        under=0,
        given=(0, 1),
    )


def _below(steps: bool, left_out: Sequence[str]) -> str:
    """What stands under the table: which columns had no room, or what the last one is."""
    field = "field: rows and columns of the input that one number sees"
    if steps:
        field = "field: steps of the input that one number sees; past: all up to its own"
    return no_room(left_out) or field


def _kind(one: Counted) -> str:
    """The kind of a layer, and the activation that it ends with."""
    function = getattr(one.layer.kind, "function", "")
    return ", ".join(filter(None, (function or one.layer.kind.kind, one.activation)))


def _settings(one: Counted) -> str:
    """What its model file says of it."""
    told = one.layer.kind.settings()
    return ", ".join(f"{name} {_value(value)}" for name, value in told.items() if name != "function")


def _all_settings(one: Counted) -> str:
    """Every setting that its shapes and counts depend on, also those of which a file says nothing."""
    kind = one.layer.kind
    values = ((field.name, getattr(kind, field.name)) for field in fields(kind))
    told = ((name, value) for name, value in values if name != "function" and "initializer" not in name)
    return ", ".join(f"{name} {_value(value)}" for name, value in told if value is not None)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_value, value))
    if isinstance(value, Mapping):  # a layer inside
        return " ".join(
            _value(one) if name == "kind" else f"{name} {_value(one)}" for name, one in value.items()
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    return number(value) if isinstance(value, int | float) else str(value)


def _weights(one: Counted) -> str:
    """The arrays of a layer with their shapes, in Keras' layout."""
    return ", ".join(f"{name} {shape_words(weight.shape)}" for name, weight in one.layer.weights.items())


def _totals(work: Work) -> Iterator[tuple[str, str]]:
    size = BYTES * work.parameters
    yield "parameters", f"{count_words(work.parameters)}, {byte_words(size)}" if work.parameters else "0"
    measured = work.parameters - work.trained
    yield "trained", count_words(work.trained)
    yield "not trained", f"{count_words(measured)}{': means and variances' if measured else ''}"
    yield "multiply-adds", f"{count_words(work.multiply_adds)} for one {_one(work)}"
    memory = BYTES * work.numbers
    yield (
        "activations",
        f"{byte_words(memory)} for one {_one(work)}, {byte_words(work.batch * memory)} for {work.batch}",
    )


def _one(work: Work) -> str:
    return "picture" if work.is_pictures else "input"


def byte_words(size: int) -> str:
    """A size in bytes, in three digits.

    >>> byte_words(640), byte_words(115200), byte_words(9_000_000)
    ('640 B', '115 kB', '9 MB')
    """
    power = 0
    while size >= 1000 ** (power + 1) and power + 1 < len(PREFIXES):
        power += 1
    if power + 1 == len(PREFIXES) and size >= 10**21:
        return f"{count_words(size)} B"
    return f"{number(size / 1000**power, 3)} {PREFIXES[power]}"


#: How many lines at the most name the layers that a box is the output of.
BELOW = 8


def _drawing(work: Work) -> Boxes:
    """A box for each activation that has another shape than the one before it."""
    boxes = [_box(work.spec.input, ["input"])]
    if work.spec.words:
        boxes = [Box(work.spec.input[0], 1, (shape_words(work.spec.input), "input"))]
    last = work.spec.input
    waiting: list[str] = []
    for one in work.layers:
        kind = one.layer.kind
        if one.layer.after:
            if waiting:
                boxes.append(_box(last, waiting))
            waiting = [f"of {one.layer.after}:"]
        waiting.append(" ".join((getattr(kind, "function", kind.kind), *kind.sources)))
        last = one.layer.output
        if one.layer.output != one.layer.input or one is work.layers[-1]:
            boxes.append(_box(one.layer.output, waiting))
            waiting = []
    return Boxes(boxes)


def _box(shape: tuple[int, ...], words: list[str]) -> Box:
    height, channels = (shape[0], shape[-1]) if len(shape) > 1 else (1, shape[0])
    if len(words) > BELOW:
        words = [*words[: BELOW // 2], f"{len(words) - BELOW + 1} more", *words[-BELOW // 2 + 1 :]]
    return Box(height, channels, (shape_words(shape), *words))


def _notices(work: Work) -> Iterator[str]:
    """Where most parameters and most of the work sit, and why."""
    if not work.parameters:
        yield "Nothing in it can learn: no layer has parameters."
        return
    large, busy = work.most("parameters"), work.most("multiply_adds")
    kinds = {large.name: large.layer.kind.kind, busy.name: busy.layer.kind.kind}
    shares = percent(large.parameters, work.parameters), percent(busy.multiply_adds, work.multiply_adds)
    if large is busy or not work.multiply_adds:
        what = f"and {shares[1]} of the multiply-adds" if work.multiply_adds else ""
        yield f"{large.name} holds {shares[0]} of the parameters {what}".rstrip() + "."
    else:
        yield f"{large.name} holds {shares[0]} of the parameters,"
        yield f"{busy.name} does {shares[1]} of the multiply-adds."
    if kinds[large.name] == "dense" and len(large.layer.input) == 1 and kinds[busy.name] != "dense":
        other = "a layer over steps uses its own again at each of them"
        if len(busy.layer.input) == 3:
            other = "a convolution uses its few again at every place"
        yield f"A dense layer uses each weight once, {other}."


def _next(work: Work) -> CommandLine:
    name = work.most("parameters").name if work.parameters else work.layers[0].name
    # A layer may have the name of an option.
    place = [one.name for one in work.layers].index(name)
    word = name if not name.startswith("-") and "," not in name and visible(name) == name else str(place)
    return CommandLine(work.line.again(work.word, "--explain", word, without=("--explain",)))


def _page(works: Sequence[Work]) -> Story:
    """Models beside each other."""
    described = [one for one in works if one.about]
    rows = [
        (
            one.spec.name, shape_words(one.spec.input), shape_words(one.spec.output), str(len(one.layers)),
            count_words(one.parameters), count_words(one.multiply_adds), byte_words(BYTES * one.numbers),
        )
        for one in works
    ]  # fmt: skip
    heads = ("model", "input", "output", "layers", "parameters", "adds", "memory")
    groups = ("", "", "", "", "", "multiply-", "")
    table = Table(heads, rows, right=range(3, 7), whole=(0,), heads=range(7), groups=groups)
    sections = [Section("result", "Models", Text(f"{len(works)}; for one input of each"), table)]
    if described:
        listed = FactsTable([(one.spec.name, one.about) for one in described])
        sections.append(Section("result", "What they are", body=listed))
    least = min(works, key=lambda one: one.parameters)
    words = least.line.again(least.word, without=("--explain",))
    return Story(*sections, Section("next", "Try next", body=CommandLine(words)))
