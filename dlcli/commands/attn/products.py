"""Queries, keys and values as products of tokens and matrices, laid out as in the exercise."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.attn.record import Work
from dlcli.tensor import Array, Axis
from dlcli.views.look import SMALL
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section
from dlcli.views.tables.matrix import Matrix
from dlcli.words.number import digits

DIGITS = 3  # of a number in a matrix
ROLES = (("queries", "Q"), ("keys", "K"), ("values", "V"))
MATRICES = ("query", "key", "value")


def products(work: Work, precision: int) -> Iterator[Section]:
    """Tokens, then a matrix and what it makes of them, for queries, keys and values; small ones only."""
    sources = (work.query, work.key, work.value)
    letters: list[str] = []
    for place, source in enumerate(sources):
        same = next((i for i in range(place) if sources[i].given is source.given), None)
        letters.append(f"X{'′' * len(set(letters))}" if same is None else letters[same])
    first = {letter: sources[letters.index(letter)] for letter in dict.fromkeys(letters)}
    if any(max(source.tensor.shape) > SMALL for source in first.values()):
        return
    tokens: list[tuple[str, RenderableType]] = [
        (f"{letter} of {_who(letter, letters)}" if len(first) > 1 else letter,
         _matrix(source.tensor.data, source.axis, precision))
        for letter, source in first.items()
    ]  # fmt: skip
    yield Section("parameters", "Tokens", Text("a row for each", style="dim"), Shelf(tokens))
    layers = dict(work.matrices)
    for place, ((role, letter), name_of, source) in enumerate(zip(ROLES, MATRICES, sources, strict=True)):
        part, layer = work.parts[place], layers[name_of]
        width, group = part.shape[-1], work.head * len(part) // work.heads
        columns = slice(group * width, (group + 1) * width)
        kernel, bias = layer.kernel[:, columns], layer.bias[columns]
        if max(*kernel.shape, width) > SMALL:
            continue
        name = f"W{role[0]}"
        start = columns.start
        blocks: list[tuple[str, RenderableType]] = [
            (name, _matrix(kernel, Axis("feature"), precision, start))
        ]
        if bias.any():
            blocks.append((f"b{role[0]}", _matrix(bias[None], Axis("feature", ("bias",)), precision, start)))
        turned = work.turned is not None and place < 2
        blocks.append((letter, _matrix(work.of_head(place), source.axis, precision, start)))
        said = f"{letter} = {letters[place]} · {name}" + f" + b{role[0]}" * bool(bias.any())
        if len(part) > 1 or work.heads > 1:
            span = f"s {columns.start} to {columns.stop - 1}" if width > 1 else f" {columns.start}"
            said += f", column{span} of {len(part) * width}: head {work.head}"
        said += ", then turned by its place" * turned
        yield Section("parameters", role.capitalize(), Text(said, style="dim"), Shelf(blocks))
    output = layers.get("output")
    if output is not None and max(output.kernel.shape) <= SMALL:
        views: list[tuple[str, RenderableType]] = [("Wo", _matrix(output.kernel, Axis("feature"), precision))]
        if output.bias.any():
            views.append(("bo", _matrix(output.bias[None], Axis("feature", ("bias",)), precision)))
        said = "mixes what the heads found, side by side" if work.heads > 1 else "mixes what was found"
        yield Section("parameters", "Output matrix", Text(said, style="dim"), Shelf(views))


def _who(letter: str, letters: list[str]) -> str:
    return " and ".join(role for (role, _), one in zip(ROLES, letters, strict=True) if one == letter)


def _matrix(data: Array, rows: Axis, precision: int, start: int = 0) -> Matrix:
    """A matrix whose first column is the one of this number."""
    columns = Axis("column", start=start, step=1)
    return Matrix(data, rows=rows, columns=columns, precision=digits(precision, DIGITS, data))
