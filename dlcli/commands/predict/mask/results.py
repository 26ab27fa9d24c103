"""Nets that give a mask: a spectrum goes in, times the mask it comes out, and istft makes a sound of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from dlcli.commands.kinds.nets.data import Data
from dlcli.commands.predict.inputs.checks import check_finite
from dlcli.commands.predict.mask.record import Masked
from dlcli.commands.predict.model import Model
from dlcli.errors import BadData, DlcliError, printable
from dlcli.runner.result import Result, Run
from dlcli.tensor import Tensor

#: What a file says of the spectra that its net has learnt from, beside "mask".
TOLD = ("sample_rate", "frame", "hop", "window")


def masking(model: Model) -> Mapping[str, Any] | None:
    """What a net says of the spectra that it masks; None of one that gives no mask.

    Raises ``BadData`` where its file contradicts itself.
    """
    told = model.data.get("sound")
    if not isinstance(told, dict) or told.get("mask") is not True:
        return None
    spec = model.spec
    whole = all(
        isinstance(told.get(name), int) and told[name] > 0 for name in ("sample_rate", "frame", "hop")
    )
    if not whole or len(spec.input) != 2 or spec.input != spec.output or not model.net.any_length:
        raise BadData(
            f"{printable(model.word)}: a net that gives a mask takes (frame, frequency), of any number of "
            f"frames, and gives as much; its file says {printable(str(told))}, {spec.input} and {spec.output}"
        )
    return told


def cleaned(
    x: Tensor | Data, *, model: Model, told: Mapping[str, Any], layer: str | None, run: Run
) -> Result:
    """A spectrum times the mask of a net.

    Raises ``DlcliError`` for what is no spectrum, or one of another transform than the net has learnt from.
    """
    word, frame = printable(model.word), 1000 * told["frame"] / told["sample_rate"]
    hop = "" if 4 * told["hop"] == told["frame"] else f" --hop {1000 * told['hop'] / told['sample_rate']:g}ms"
    line = f"dlcli stft noisy.wav --frame {frame:g}ms{hop} | dlcli predict {word} | dlcli istft -o clean.wav"
    if isinstance(x, Data):
        raise DlcliError(f"{word} takes the spectrum of a sound; received a set of {x.name}: {line}")
    quantity = x.attrs.get("quantity", "spectrum")
    if x.axis_names[:2] != ("frequency", "frame") or quantity not in ("spectrum", "magnitude"):
        raise DlcliError(f"{word} takes the spectrum of a sound; received {x.describe()}: {line}")
    check_finite(x)
    usual: dict[str, Any] = {name: told[name] for name in TOLD if name in told}
    usual |= {"n_fft": told["frame"], "scaling": "none"}
    other = {name: x.attrs[name] for name, value in usual.items() if x.attrs.get(name, value) != value}
    if x.shape[0] != model.spec.input[1] and not other:
        other, usual = {"frequencies": x.shape[0]}, {"frequencies": model.spec.input[1]}
    if other:
        had, wants = (", ".join(f"{name} {one[name]}" for name in other) for one in (other, usual))
        rate = ""
        if "sample_rate" in other:
            rate = (
                f"; another program converts the sound: ffmpeg -i x.wav -ar {told['sample_rate']} noisy.wav"
            )
        raise DlcliError(
            f"the spectrum has {printable(had)}, and {word} has learnt from {wants}: {line}{rate}"
        )
    if x.attrs.get("block", 0):
        run.warn(f"predict: {word} hears each block alone: leave out --block")
    work = Masked(model, x, run.line)
    outputs = {"masked": lambda: work.masked, "mask": lambda: work.mask}
    if layer is not None:
        outputs[layer] = partial(work.layer, layer)
    return Result(outputs, work, view="mask.story")
