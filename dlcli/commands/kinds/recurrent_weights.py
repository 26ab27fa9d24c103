"""Files of recurrent weights: .npz and .safetensors, in the layouts of Keras, PyTorch and ONNX."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from dlcli.commands.kinds.weights import finite_weights
from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.layouts.read import implied, read_net, write_net
from dlcli.engines.recurrent.layouts.seq2seq import SIDES
from dlcli.engines.recurrent.net import RecurrentNet, Told
from dlcli.errors import BadData, DlcliError, WrongUsage, printable
from dlcli.runner.result import Run
from dlcli.tensor import Tensor

#: Suffixes of other files with weights -> how to save the arrays in Python.
CONVERT = {
    **dict.fromkeys(
        (".pt", ".pth", ".ckpt", ".bin"),
        "safetensors.torch.save_file(model.state_dict(), 'net.safetensors')",
    ),
    **dict.fromkeys((".h5", ".keras"), "numpy.savez('net.npz', **{w.path: w for w in model.weights})"),
    ".onnx": "numpy.savez('net.npz', W=w, R=r, B=b), the inputs of its RNN, LSTM or GRU",
}

#: What a file of weights may be called.
SUFFIXES = (".npz", ".safetensors")


@dataclass(frozen=True)
class Loaded:
    """The net of a file, and what its layout says of it, in words."""

    net: RecurrentNet
    layout: str
    source: str
    embedded: bool = False

    @property
    def conventions(self) -> dict[str, str]:
        """Whose layout it is, and what that implies."""
        embedding = {"embedding": "multiplied into the first kernel"} if self.embedded else {}
        return {**implied(self.layout, self.net), **embedding}


def weight_tensors(path: str, run: Run) -> dict[str, Tensor]:
    """The tensors of a file by name. Raises ``DlcliError``, for foreign files with a line that saves them.

    So do weights that are no real numbers, and those that are not finite: what they make of any sequence
    would look like states that explode.
    """
    hint = CONVERT.get(os.path.splitext(path)[1].lower())
    if hint is not None and os.path.exists(path):
        raise DlcliError(
            f"{path}: weights are read from .npz and .safetensors; in Python, save them by\n  {hint}"
        )
    return finite_weights(path, run)


def load_net(path: str, run: Run, facts: Mapping[str, object] | None = None) -> Loaded:
    """The recurrent net whose weights a file holds.

    ``facts`` stand beside them, such as the activation; those that travel with the file come before what a
    layout takes for granted. Raises ``DlcliError`` when it is no such file.
    """
    tensors = weight_tensors(path, run)
    if all(any(side in name.lower() for name in tensors) for side in SIDES):
        raise BadData(f"{path} holds an encoder and a decoder; try dlcli seq2seq --weights {path}")
    known: dict[str, object] = {}
    for tensor in tensors.values():
        known |= tensor.attrs
    known |= {name: value for name, value in (facts or {}).items() if value is not None}
    try:
        read = read_net({name: tensor.data for name, tensor in tensors.items()}, Told.of(known))
    except EngineError as error:
        raise BadData(f"{path}: {error}") from error
    return Loaded(read.net, read.layout, path, read.embedded)


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


def save_net(net: RecurrentNet, path: str, layout: str) -> None:
    """Write the weights of a net, for users of PyTorch, Keras or ONNX to load by name.

    What the arrays do not tell goes with them. Raises ``WrongUsage`` where the layout has no place for it.
    """
    from dlcli.wire.write import save_tensors

    facts = Told.by(net).facts()
    try:
        arrays = write_net(net, layout)
    except EngineError as error:
        raise WrongUsage(f"--layout {layout}: {error}") from error
    tensors = {name: Tensor(array, (), name, facts) for name, array in arrays.items()}
    save_tensors(tensors, weight_file(path))
