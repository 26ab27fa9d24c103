"""What the steps that compute did: which numbers met, which axes were stretched, what a dense layer is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.tensor.record import Meeting, Noise, Product, Step, Summing, is_typed
from dlcli.engines.tensors.arithmetic import OPERATIONS, combine
from dlcli.engines.tensors.broadcast import AxisRule
from dlcli.tensor import Array, Tensor
from dlcli.views.look import facts, thumbnail
from dlcli.views.page.cells import NOWHERE
from dlcli.views.story import Section
from dlcli.views.tables.table import FactsTable, Table
from dlcli.views.text.formula import formulas
from dlcli.views.text.text import clip
from dlcli.words.number import number, setting

NAME = 20  # cells that the name of an axis may take
FEW = 8  # numbers of a row that is written out
UNITS = 6  # units that are named

RULES = {
    "equal": "equal",
    "stretched": "1 is stretched",
    "missing": "missing, counts as 1",
}

FORMULAS = {
    "add": "x + y",
    "subtract": "x − y",
    "multiply": "x × y",
    "divide": "x / y",
    "power": "x ** y",
    "maximum": "max(x, y)",
    "minimum": "min(x, y)",
}


def rule_table(rules: Sequence[AxisRule]) -> Table | None:
    """How two shapes met, axis by axis from the last."""
    rows = []
    for rule in rules:
        lengths = ["–" if length is None else str(length) for length in (rule.left, rule.right, rule.result)]
        rows.append([number(rule.axis), *lengths, RULES[rule.rule]])
    return Table(["axis", "this", "other", "result", "rule"], rows, right=(0, 1, 2, 3)) if rows else None


def operands(operation: str, x: str, y: str) -> str:
    """Two numbers as an operation writes them.

    >>> operands("add", "1", "−2"), operands("power", "−2", "0.5"), operands("maximum", "1", "2")
    ('1 + (−2)', '(−2) ** 0.5', 'max(1, 2)')
    """
    sign = OPERATIONS[operation].sign
    if sign in ("max", "min"):
        return f"{sign}({x}, {y})"
    x = f"({x})" if operation == "power" and not x.isalnum() else x
    return f"{x} {sign} {f'({y})' if y[:1] in '−+' or '+' in y else y}"


def meeting(step: Meeting, precision: int) -> list[Section]:
    """The other tensor, how the two met, and what became of the numbers' dtype."""
    if step.noise:
        return [Section("parameters", "Noise", *_noise(step, step.noise, precision))]
    formula = FORMULAS[step.operation]
    one = not step.other.axes
    met = f"{formula} with y = {_setting(step.other.data.item())}" if one else f"{formula}, cell by cell"
    title = Text(f"{met}{_stretched(step)}")
    title.append(f"; {_dtypes(step.before, step.other, step.after)}", style="dim")
    sections = [Section("parameters", step.operation.capitalize(), title, rule_table(step.rules))]
    if not one:
        view = thumbnail(step.other, precision, at=NOWHERE)
        sections.insert(0, Section("parameters", "Other", facts(step.other, precision), view))
    return [*sections, *_three_ways(step, precision)]


def product_of(step: Product, precision: int) -> list[Section]:
    """The matrix, and which lengths met: those in the middle are added up."""
    x, w = step.before, step.other
    title = Text("x · W, every row of this with every column of the other")
    title.append(f"; {_dtypes(x, w, step.after)}", style="dim")
    shapes = [_shape(one) for one in (x, w, step.after)]
    lines = [
        ("shapes", [f"{shapes[0]} · {shapes[1]}", shapes[2]]),
        ("each number", [f"Σ x[{_index(x, 'i', 'k')}] · W[{_index(w, 'k', 'j')}] over {x.shape[-1]} of k"]),
    ]
    return [
        Section("parameters", "Other", facts(w, precision), thumbnail(w, precision, at=NOWHERE)),
        Section("parameters", "Matmul", title, formulas(lines)),
    ]


def sum_of(step: Summing, precision: int) -> Section:
    """How many numbers are one now."""
    x, axis = step.before, step.before.axes[step.axis]
    said = f"along {clip(axis.name, NAME)}, which goes: each number is the sum of {x.shape[step.axis]}"
    return Section("parameters", "Sum", Text(said))


def dense_layer(before: Sequence[Step], step: Step) -> list[Section]:
    """What a matrix product with a bias behind it is; nothing where the last two steps are none."""
    if not is_dense(before, step):
        return []
    product = before[-1]
    assert isinstance(product, Product)
    assert isinstance(step, Meeting)
    w, b = product.other, step.other
    inputs, units = w.shape
    axis = w.axes[1]
    names = [clip(axis.place(unit), NAME) for unit in range(min(units, UNITS))]
    more = ", …" * (units > UNITS)
    weights, biases = inputs * units, b.data.size
    facts_of = [
        ("y", "x · W + b"),
        ("units", f"{', '.join(names)}{more}: the columns of W, one bias each"),
        ("parameters", f"{inputs} × {units} + {biases} = {weights + biases}"),
    ]
    said = Text(f"{inputs} input{'s' * (inputs != 1)}, {units} unit{'s' * (units != 1)}")
    layout = Text("W is (in, out) as in Keras; PyTorch's Linear keeps (out, in).")
    return [
        Section("parameters", "Dense layer", said, FactsTable(facts_of)),
        Section("method", "Conventions", layout, detail=True),
    ]


def is_dense(before: Sequence[Step], step: Step) -> bool:
    """Whether a step adds a bias, one number a unit, to a product with a matrix."""
    return (
        isinstance(step, Meeting)
        and step.operation == "add"
        and step.noise is None
        and bool(before)
        and isinstance(before[-1], Product)
        and before[-1].other.data.ndim == 2
        and step.other.data.size == step.before.shape[-1]
        and step.other.shape[-1:] == step.before.shape[-1:]
    )


def _noise(step: Meeting, noise: Noise, precision: int) -> tuple[Text, RenderableType]:
    drawn, size = step.other.data, setting(noise.size, precision)
    if noise.kind == "gaussian":
        what = f"gaussian, mean 0, deviation {size}"
    else:
        what = f"uniform from {number(-noise.size, precision)} to {size}"
    title = Text(f"{what}, a draw for each number")
    title.append(f" (--seed {noise.seed}); {_dtypes(step.before, None, step.after)}", style="dim")
    lines = []
    if drawn.size:
        lines = [
            ("mean", [number(float(drawn.mean(dtype=np.float64)), precision)]),
            ("deviation", [number(float(drawn.std(dtype=np.float64)), precision)]),
        ]
    return title, formulas(lines) if lines else Text("(no cells)")


def _stretched(step: Meeting) -> str:
    """Whose numbers are repeated, in how many cells each."""
    found = []
    for name, one in (("x", step.before), ("y", step.other)):
        if one.data.size and step.after.data.size > one.data.size:
            times = step.after.data.size // one.data.size
            each = f"each of {name}" if one.data.size > 1 else name
            found.append(f"{each} stands in {times} cells")
    return f"; {', '.join(found)}" if found else ""


def _three_ways(step: Meeting, precision: int) -> list[Section]:
    """A number, a tensor of that number alone and one of as many give the same, where a row can show it."""
    x, after = step.before.data, step.after.data
    row = x.ndim == 1 or (x.ndim == 2 and x.shape[0] == 1)
    if not (row and step.other.data.size == 1 and 1 < x.size <= FEW and after.shape == x.shape):
        return []
    value = step.other.data.ravel()[0]
    full = np.full(x.shape, value)
    ways = [("a number", _setting(value)), ("y alone", f"[{_setting(value)}]"), ("z as many", _row(full))]
    answers = [combine(step.operation, x, np.full(shape, value))[0] for shape in ((), (1,), x.shape)]
    lines = [
        (name, [operands(step.operation, _row(x), text), _row(answer)])
        for (name, text), answer in zip(ways, answers, strict=True)
    ]
    said = Text("x with a number, with a tensor of it alone, with one of as many: all the same", style="dim")
    return [Section("parameters", "Course notes", said, formulas(lines))]


def _row(values: Array) -> str:
    return f"[{', '.join(_setting(value) for value in values.ravel())}]"


def _setting(value: Any) -> str:
    """A number that was typed; of a quotient no more digits than tell it."""
    real = isinstance(value, float | np.floating) and np.isfinite(value)
    return setting(float(value)) if real else number(value)


def _dtypes(x: Tensor, y: Tensor | None, after: Tensor) -> str:
    """What the dtypes of two tensors make; what is typed takes that of the other one."""
    both = [x, *([] if y is None else [y])]
    names = [str(one.data.dtype) for one in both]
    if len(set(names)) == 1 and names[0] == str(after.data.dtype):
        return names[0]
    if y is not None and is_typed(x) != is_typed(y):
        typed = "a typed number" if (x if is_typed(x) else y).data.size == 1 else "typed numbers"
        names = [next(str(one.data.dtype) for one in both if not is_typed(one)), typed]
    return f"{' and '.join(names)} make{'s' * (len(names) == 1)} {after.data.dtype}"


def _shape(x: Tensor) -> str:
    return f"({', '.join(map(str, x.shape))}{',' * (x.data.ndim == 1)})"


def _index(x: Tensor, row: str, column: str) -> str:
    if x.data.ndim == 1:
        return "k"
    return f"{'…, ' * (x.data.ndim > 2)}{row}, {column}"
