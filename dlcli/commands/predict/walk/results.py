"""Codes: which layer gives them, the way from one to another, and codes that come in to be decoded."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from dlcli.commands.kinds.nets.data import Data
from dlcli.commands.kinds.nets.model import layer_word
from dlcli.commands.predict.answers import Answers
from dlcli.commands.predict.inputs.checks import allow, check_numbers
from dlcli.commands.predict.inputs.preparing import Inputs, Preparing
from dlcli.commands.predict.inputs.read import inputs_of
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.walk.record import Decoded, Walk
from dlcli.engines.base.checks import Array
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.nets.net import Net, picture_first
from dlcli.runner.result import Result, Run
from dlcli.tensor import Axis, Tensor, default_axes
from dlcli.wire.datasets.read import as_tensor

#: The layer that gives the codes where nobody says which.
CODE = "code"


def code_layer(model: Model, at: str | None, run: Run, *, flag: str) -> str:
    """The layer whose outputs are the codes: ``at``, or the one called code, or the narrowest, which is told.

    Raises ``WrongUsage`` for a net that makes no pictures, for an unknown name, with the nearest, and for a
    layer whose output is not all that goes on.
    """
    word, spec = printable(model.word), model.spec
    if model.answers != "image":
        raise WrongUsage(
            f"{flag} is for a net that makes pictures of codes, and {word} gives {_given(model)}: try "
            "sample:denoiser, or dlcli train autoencoder"
        )
    names = [one.name for one in spec.layers]
    whole = [name for name in names if spec.beside(name) is None]
    if at is None and CODE in whole:
        return CODE
    if at is None:
        sizes = [prod(spec.layer(name).output) for name in whole]
        name = whole[len(sizes) - 1 - int(np.argmin(sizes[::-1]))]
        run.warn(
            f"{word} has no layer {CODE}; {flag} takes its narrowest, {printable(name)} ({min(sizes)} "
            "numbers): --at says another"
        )
        return name
    layer_word(spec, at, "--at")
    if beside := spec.beside(at):
        raise WrongUsage(
            printable(
                f"--at {at}: its output is not all that goes on, for {beside[0]} adds that of {beside[1]}; "
                f"try {', '.join(whole)}"
            )
        )
    return at


def _given(model: Model) -> str:
    many = "values" if model.answers == "values" else "classes"
    return f"{model.count} {many[:-1] if model.count == 1 else many}"


def walked(
    items: Sequence[Tensor | Data], *, preparing: Preparing, steps: int, at: str, noise: bool
) -> Result:
    """The outputs between all inputs of a command line, in their order.

    Raises ``WrongUsage`` where there are not two of them.
    """
    model, run = preparing.model, preparing.run
    parts = [inputs_of(item, preparing) for item in items]
    count = sum(part.count for part in parts)
    if count < 2:
        raise WrongUsage(
            "--walk goes from one input to another, and there is one: name another beside it, or pipe in a "
            "batch or a set of data"
        )
    total = (count - 1) * (steps - 1) + 1
    for shape in (model.spec.output, model.spec.layer(at).output):
        allow(shape, total, model, "--walk", run, of="steps")
    answers = Answers(model, count, _joined(parts, model.net), run.seed, noise)
    sources = dict.fromkeys(_source(item) for item in items)
    work = Walk(
        answers=answers,
        at=at,
        steps=steps,
        called=_called(items, parts),
        source=" and ".join(sources) if len(sources) < 3 else "",
        attrs=items[0].attrs,
        line=run.line,
        fitted=any(part.fitted for part in parts),
    )
    pictures = {"walk": work.sheet} if len(model.spec.output) == 3 else {}
    return Result(
        {"walk": lambda: work.walk, at: lambda: work.path}, work, view="walk.story", pictures=pictures
    )


def _joined(parts: Sequence[Inputs], net: Net) -> Callable[[Array], Array]:
    """Takes inputs of all parts by their numbers, as the net has them: one may be of pixels, another not."""
    begins = np.cumsum([0, *(part.count for part in parts)])

    def take(at: Array) -> Array:
        found = np.empty((len(at), *net.spec.input), net.dtype)
        for part, begin in zip(parts, begins.tolist(), strict=False):
            mine = (at >= begin) & (at < begin + part.count)
            if mine.any():
                found[mine] = picture_first(net.batch(part.take(at[mine] - begin)))
        return found

    return take


def _source(item: Tensor | Data) -> str:
    source = str(item.attrs.get("source", item.name))
    return item.name if source in ("-", "literal") else source


def _called(items: Sequence[Tensor | Data], parts: Sequence[Inputs]) -> tuple[str, ...]:
    """What each input is called: its class, the file that it came in, or its number among all."""
    called: list[str] = []
    for item, part in zip(items, parts, strict=True):
        for place in range(part.count):
            number = str(len(called))
            name = part.names[place] if part.names else None
            if name is None and part.alone and _source(item) != item.name:
                name = os.path.basename(_source(item))
            called.append(number if name is None else name)
    return tuple(called)


def decoded(x: Tensor | Data, *, model: Model, at: str, run: Run) -> Result:
    """What the layers behind one make of codes: of one, or of a row for each.

    Raises ``DlcliError`` for what are no codes of this layer.
    """
    if isinstance(x, Data):
        held = x.set.held_out
        x = as_tensor(x.set if held is None else held)
    check_numbers(x)
    shape = model.spec.layer(at).output
    alone = x.shape == shape or (x.shape == (1, *shape) and x.axes == default_axes(2))
    if not alone and x.shape[1:] != shape:
        size = " x ".join(map(str, shape))
        what = f"codes of {size} numbers, one row for each" if len(shape) == 1 else f"codes of {size}"
        raise DlcliError(
            f"--decode: layer {printable(at)} of {printable(model.word)} gives {what}; "
            f"received {x.describe()}"
        )
    codes = x.data.reshape(-1, *shape).astype(model.net.dtype)
    allow(model.spec.output, len(codes), model, "output", run, of="codes")
    work = Decoded(model, at, x, codes, None if alone else _counting(x.axes[0]), run.line)
    return Result({"output": lambda: work.output}, work, view="walk.story_decode")


def _counting(axis: Axis) -> Axis:
    """The axis that counts codes; a name that pictures have of their own is none for it."""
    return Axis("code") if axis.name in ("height", "width", "channel", "value") else axis
