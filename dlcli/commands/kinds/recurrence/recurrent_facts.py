"""What a file of recurrent weights tells of its net, what it leaves open, and what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.layouts.read import LAYOUTS, LoadedNet
from dlcli.engines.recurrent.layouts.seq2seq import LoadedSeq2Seq
from dlcli.errors import WrongUsage, printable
from dlcli.runner.option import option
from dlcli.runner.result import Run

#: Where the reset gate of a GRU acts, in a net that is drawn or from a file that does not tell it.
reset_before_option = partial(
    option,
    "--reset-before",
    excludes="--reset-after",
    help="A GRU as in the paper of 2014: (r·h[t−1]) U in place of r·(h[t−1] U).",
)
reset_after_option = partial(
    option, "--reset-after", help="A GRU as PyTorch has it, and Keras: r·(h[t−1] U + b′)."
)


@dataclass(frozen=True)
class Fact:
    """Something that is true of a net.

    ``of`` finds it in each cell or layer that it can be true of, ``said`` puts it into words, and ``lacking``
    says what a net lacks in which there is none.
    """

    of: Callable[[Sequence[Layer]], list[Any]]
    said: Callable[[Any], str]
    lacking: str = ""


def _of_cells(one: Callable[[Cell], object]) -> Callable[[Sequence[Layer]], list[Any]]:
    """What there is of it in each cell; None is nothing."""
    return lambda layers: [
        found for layer in layers for cell in layer.cells if (found := one(cell)) is not None
    ]


def _count(of: str) -> Callable[[int], str]:
    return lambda count: f"it has {of.format(count)}{'s' * (count > 1)}"


FACTS = {
    "layers": Fact(lambda layers: [len(layers)], _count("{} layer")),
    "bidirectional": Fact(
        lambda layers: [layer.backward is not None for layer in layers],
        lambda both: f"it reads in {'both directions' if both else 'one direction'}",
    ),
    "activation": Fact(_of_cells(lambda cell: cell.activation), "its activation is {}".format),
    "recurrent_activation": Fact(
        _of_cells(lambda cell: getattr(cell, "recurrent_activation", None)),
        "the activation of its gates is {}".format,
        "has no gates",
    ),
    "alpha": Fact(
        _of_cells(lambda cell: getattr(cell, "alpha", None)),
        "its alpha is {:.15g}".format,
        "holds no leaky units",
    ),
    "skip": Fact(
        _of_cells(lambda cell: cell.skip.steps if cell.skip else None),
        _count("a skip connection of {} step"),
        "holds no skip connection",
    ),
    "reset_after": Fact(
        _of_cells(lambda cell: getattr(cell, "reset_after", None)),
        lambda after: f"its reset gate acts {'after' if after else 'before'} the product",
        "holds no GRU",
    ),
    "merge": Fact(
        lambda layers: [layer.merge for layer in layers if layer.backward],
        "it merges its directions by {}".format,
        "reads in one direction",
    ),
}


def expect_facts(source: str, layers: Sequence[Layer], asked: Mapping[str, tuple[str, object]]) -> None:
    """Raise ``WrongUsage`` where the net of a file contradicts what was asked for.

    ``asked`` has, by the name of a fact, the words of the line that ask for it, and the value they ask for.
    """
    for name, (words, value) in asked.items():
        fact = FACTS[name]
        found = fact.of(layers)
        if not found:
            raise WrongUsage(f"{source} {fact.lacking}; leave {words} out")
        for other in found:
            if other != value:
                raise WrongUsage(f"{source}: {fact.said(other)}, not as {words} has it; leave that out")


def say_untold(path: str, found: LoadedNet | LoadedSeq2Seq, layers: Sequence[Layer], run: Run) -> None:
    """A line on standard error for what a file does not tell of its net, with what was taken."""
    taken = []
    for name in found.untold:
        value = FACTS[name].of(layers)[0]
        if name != "reset_after":
            taken.append(f"--{name} {value}")
            continue
        exported = "; PyTorch exports --reset-after" if found.layout == "onnx" else ""
        default = f"{LAYOUTS[found.layout].title}'s default{exported}"
        taken.append(f"--reset-{'after' if value else 'before'} ({default})")
    if taken:
        run.warn(printable(f"{path} does not tell all of its net; taken: {', '.join(taken)}"))
    if found.order:
        run.warn(
            printable(
                f"{path} does not tell the order of its layers; taken, the lowest first: "
                f"{', '.join(found.order)}; for another, number their names (rnn_0, rnn_1)"
            )
        )
