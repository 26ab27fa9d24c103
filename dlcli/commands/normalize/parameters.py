"""gamma, beta and the statistics that a net has kept: typed, or from a file of weights."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass

import numpy as np

from dlcli.commands.kinds.nets.net_convert import MODEL
from dlcli.commands.kinds.one_tensor import check_free
from dlcli.commands.kinds.weights import check_finite, check_no_model
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.normalise import EPS
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.nets.spec import model_spec
from dlcli.runner.inputs import tensors
from dlcli.runner.result import Run
from dlcli.words.near import did_you_mean

#: What Keras and PyTorch call the arrays of such a layer, by what they are.
NAMES = {
    "gamma": "gain", "weight": "gain", "gain": "gain",
    "beta": "bias", "bias": "bias",
    "moving_mean": "mean", "running_mean": "mean",
    "moving_variance": "variance", "running_var": "variance",
}  # fmt: skip


#: Whose names these are, and what is added to the variance there.
KERAS = ("gamma", "beta", "moving_mean", "moving_variance")
TORCH = ("weight", "running_mean", "running_var")
KERAS_EPS = 1e-3


@dataclass(frozen=True)
class Parameters:
    """Vectors, one number for each channel or feature; those that nobody gave are missing.

    ``eps`` is what the file they are from stands for, and ``why`` says so.
    """

    gain: Array | None = None
    bias: Array | None = None
    mean: Array | None = None
    variance: Array | None = None
    eps: float | None = None
    why: str = ""


def typed(gain: str | None, bias: str | None, run: Run) -> Parameters:
    """What ``--gain`` and ``--bias`` say: one number for all, or a vector, as a literal or a file."""
    return Parameters(_vector(gain, "--gain", run), _vector(bias, "--bias", run))


def _vector(word: str | None, option: str, run: Run) -> Array | None:
    if word is None:
        return None
    if word == "-":
        check_free(run, option)
    found = list(tensors(word, run.environment, run.limits))
    shape = found[0].shape if len(found) == 1 else ()
    if len(found) != 1 or found[0].data.size != max(shape, default=1) or not found[0].data.size:
        told = " and ".join(one.describe() for one in found[:3]) or "nothing"
        raise WrongUsage(
            f"{option} {printable(word)}: expected one number for all, or one for each channel, such as "
            f"'1 0.5 2'; received {told}"
        )
    check_finite(option, {found[0].name: found[0].data})
    return np.asarray(found[0].data.reshape(-1), np.float64)


def of_file(path: str, layer: str | None, run: Run) -> Parameters:
    """The arrays of one normalisation layer in a file of weights, in Keras' or PyTorch's names."""
    if path == "-":
        check_free(run, "--weights")
    check_no_model(path)
    heads: dict[str, dict[str, Array]] = {}
    words: dict[str, set[str]] = {}
    model: object = None
    for tensor in tensors(path, run.environment, run.limits):
        head, _, tail = tensor.name.replace("/", ".").rpartition(".")
        name = NAMES.get(tail.removesuffix(":0"))
        model = model or tensor.attrs.get(MODEL)
        if name and tensor.data.ndim == 1 and tensor.data.size:
            heads.setdefault(head, {})[name] = tensor.data
            words.setdefault(head, set()).add(tail.removesuffix(":0"))
    layers = {head: arrays for head, arrays in heads.items() if "gain" in arrays or "mean" in arrays}
    chosen = _chosen(layers, layer, path)
    check_finite(path, chosen)
    if ("mean" in chosen) != ("variance" in chosen):
        raise DlcliError(
            f"{path}: a moving mean goes with a moving variance; there is only the "
            f"{'mean' if 'mean' in chosen else 'variance'}"
        )
    if (chosen.get("variance", np.zeros(1)) < 0).any():
        raise DlcliError(f"{path}: a variance is from 0 on; received {chosen['variance'].min():g}")
    if len({array.size for array in chosen.values()}) > 1:
        told = ", ".join(f"{name} {array.shape}" for name, array in chosen.items())
        raise DlcliError(f"{path}: the arrays of one layer are of one length; received {told}")
    head = next(head for head, arrays in layers.items() if arrays is chosen)
    eps, why = _epsilon(path, head, words[head], model)
    return Parameters(
        **{name: np.asarray(array, np.float64) for name, array in chosen.items()}, eps=eps, why=why
    )


def _epsilon(path: str, head: str, words: Set[str], model: object) -> tuple[float | None, str]:
    """What is added to the variance of a layer of a file, and why: its model says it, or whose names it
    has."""
    told = printable(path)
    eps = _of_model(model, head) if isinstance(model, str) else None
    if eps is not None:
        return eps, f"epsilon is {eps:g}, as the model in {told} has it; --eps sets another"
    for whose, names, eps in (("Keras", KERAS, KERAS_EPS), ("PyTorch", TORCH, EPS)):
        if not words.isdisjoint(names):
            own = f"{whose}'" + "s" * (whose != "Keras")
            return eps, f"{told} has {own} names: epsilon is {own} {eps:g}; --eps sets another"
    return None, ""


def _of_model(model: str, head: str) -> float | None:
    """The epsilon of a layer of a net of ours; None where it has none, or what is told is no net."""
    try:
        told = json.loads(model)
        if not isinstance(told, dict):
            return None
        spec = model_spec(told)
    except (ValueError, TypeError, EngineError):
        return None
    found = (getattr(layer.kind, "epsilon", None) for layer in spec.layers if layer.name == head)
    return next(found, None)


def _chosen(layers: Mapping[str, dict[str, Array]], layer: str | None, path: str) -> dict[str, Array]:
    if layer is not None:
        if layer not in layers:
            hint = did_you_mean(layer, layers, f"there are {', '.join(layers) or 'none'}")
            raise WrongUsage(printable(f"--layer {layer}: {path} has no such normalisation: {hint}"))
        return layers[layer]
    if len(layers) > 1:
        raise WrongUsage(printable(f"which layer of {path}? Add --layer: {', '.join(layers)}"))
    if not layers:
        raise DlcliError(
            printable(
                f"{path}: expected gamma and beta (PyTorch: weight and bias) of a normalisation, and perhaps "
                "moving_mean and moving_variance (running_mean and running_var), each a vector; found none"
            )
        )
    return next(iter(layers.values()))
