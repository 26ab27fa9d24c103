"""Files of recurrent weights: .npz and .safetensors, in the layouts of Keras, PyTorch and ONNX."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import click

from dlcli.commands.kinds.one_tensor import check_free
from dlcli.commands.kinds.recurrence.recurrent_facts import say_untold
from dlcli.commands.kinds.weights import finite_weights
from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.layouts.read import LAYOUTS, LoadedNet, implied, read_net, write_net
from dlcli.engines.recurrent.layouts.seq2seq import SIDES
from dlcli.engines.recurrent.net import RecurrentNet, StoredFacts
from dlcli.errors import BadData, DlcliError, WrongUsage, printable
from dlcli.runner.kinds import Writes
from dlcli.runner.option import option
from dlcli.runner.result import Run
from dlcli.tensor import Array, Tensor

#: Suffixes of other files with weights -> how to save the arrays in Python.
CONVERT = {
    **dict.fromkeys(
        (".pt", ".pth", ".ckpt", ".bin"),
        "safetensors.torch.save_file(model.state_dict(), 'net.safetensors')",
    ),
    **dict.fromkeys((".h5", ".keras"), "numpy.savez('net.npz', **{w.path: w for w in model.weights})"),
    ".onnx": "numpy.savez('net.npz', W=w, R=r, B=b), the inputs of its RNN, LSTM or GRU; of a GRU "
    "linear_before_reset=1, too, where it has that attribute",
}

#: What a file of weights may be called.
SUFFIXES = (".npz", ".safetensors")

Net = TypeVar("Net")


@dataclass(frozen=True)
class NetFiles:
    """Where the weights of a net are saved, and by whose names; the heading is that of the option before."""

    save_weights: str | None = option(
        "--save-weights", Writes("FILE"), under="", help="Write the weights, as .npz or .safetensors."
    )
    layout: str = option(
        "--layout",
        click.Choice(tuple(LAYOUTS)),
        "keras",
        under="",
        needs="--save-weights",
        help="Whose names and order --save-weights gives them.",
    )


@dataclass(frozen=True)
class Loaded:
    """The net of a file, and whose layout it has; ``conventions`` says what that implies, in words."""

    net: RecurrentNet
    layout: str
    source: str
    conventions: dict[str, str]


def read_weights(
    path: str,
    run: Run,
    read: Callable[[dict[str, Array], StoredFacts], Net],
    more: Mapping[str, object] | None = None,
) -> tuple[Net, dict[str, object]]:
    """What ``read`` makes of the arrays of a file by name, and the facts that travel with them.

    ``more`` facts fill in what the file leaves open, as far as they have values. Raises ``DlcliError``, for
    foreign files with a line that saves them. So do weights that are no real numbers, and those that are not
    finite: what they make of any sequence would look like states that explode.
    """
    if path == "-":
        check_free(run, "--weights")
    hint = CONVERT.get(os.path.splitext(path)[1].lower())
    if hint is not None and os.path.exists(path):
        raise DlcliError(
            f"{path}: weights are read from .npz and .safetensors; in Python, save them by\n  {hint}"
        )
    tensors = finite_weights(path, run)
    facts = {name: value for name, value in (more or {}).items() if value is not None}
    for tensor in tensors.values():
        facts |= tensor.attrs
    try:
        return read({name: tensor.data for name, tensor in tensors.items()}, StoredFacts.of(facts)), facts
    except EngineError as error:
        raise BadData(f"{path}: {error}") from error


def load_net(path: str, run: Run, facts: Mapping[str, object] | None = None) -> Loaded:
    """The recurrent net whose weights a file holds.

    ``facts``, such as the activation, fill in what the file leaves open; what is left open even so is said,
    with what was taken. Raises ``DlcliError`` when it is no such file.
    """

    def read(arrays: dict[str, Array], known: StoredFacts) -> LoadedNet:
        if all(any(side in name.lower() for name in arrays) for side in SIDES):
            raise BadData(f"{path} holds an encoder and a decoder; try dlcli seq2seq --weights {path}")
        return read_net(arrays, known)

    found, _ = read_weights(path, run, read, facts)
    say_untold(path, found, found.net.layers, run)
    embedding = {"embedding": "multiplied into the first kernel"} if found.embedded else {}
    return Loaded(found.net, found.layout, path, implied(found.layout, found.net) | embedding)


def expect_kind(loaded: Loaded, kind: str | None, units: int | None = None) -> None:
    """Raise ``WrongUsage`` when the cells of a file are others than those that are asked for, if any are."""
    for place, layer in enumerate(loaded.net.layers):
        cell = layer.forward
        if kind is not None and cell.kind != kind:
            raise WrongUsage(
                f"{loaded.source} holds the weights of a cell '{cell.kind}' (layer {place}), --cell asks for "
                f"'{kind}'; try --cell {cell.kind}"
            )
        if units is not None and cell.units != units:
            raise WrongUsage(
                f"{loaded.source} holds the weights of {cell.units} unit{'s' * (cell.units > 1)} "
                f"(layer {place}), --units asks for {units}; leave --units out"
            )


def weight_file(path: str) -> str:
    """The path itself, when it can hold several arrays. Raises ``WrongUsage`` for another suffix."""
    if not path.lower().endswith(SUFFIXES):
        raise WrongUsage(f"--save-weights {path}: weights are several arrays; use .npz or .safetensors")
    return path


def claimed(path: str, run: Run) -> str:
    """The path itself, for the first net that is to be saved in it. Raises ``DlcliError`` for another one."""
    if not run.claim(path):
        raise DlcliError(
            f"--save-weights {printable(path)} holds one net, and an input before this one has filled it; "
            "name one input at a time"
        )
    return path


def save_weights(
    write: Callable[[str], dict[str, Array]],
    path: str,
    layout: str,
    facts: Mapping[str, str | int | float | bool],
) -> None:
    """Write what ``write`` gives in a layout, for users of PyTorch, Keras or ONNX to load by name.

    The ``facts``, what the arrays do not tell, go with them. Raises ``WrongUsage`` where the layout has no
    place for a net.
    """
    from dlcli.wire.write import save_tensors

    try:
        arrays = write(layout)
    except EngineError as error:
        raise WrongUsage(f"--layout {layout}: {str(error).replace('layout=', '--layout ')}") from error
    save_tensors({name: Tensor(array, (), name, facts) for name, array in arrays.items()}, weight_file(path))


def save_net(net: RecurrentNet, path: str, layout: str) -> None:
    """Write the weights of a net. Raises ``WrongUsage`` as ``save_weights`` does."""
    save_weights(partial(write_net, net), path, layout, StoredFacts.by(net).facts())
