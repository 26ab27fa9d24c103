"""Nets that hear: a sound goes in as it is, cut into the chunks that the net's file says."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial

from dlcli.commands.kinds.nets.data import Data
from dlcli.commands.kinds.sounds.sound import sound_of
from dlcli.commands.predict.inputs.checks import allow
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.sound.record import Heard
from dlcli.errors import BadData, DlcliError, WrongUsage, printable
from dlcli.nets.layers.dense import Dense
from dlcli.runner.option import was_typed
from dlcli.runner.result import Result, Run
from dlcli.tensor import Axis, Tensor

#: What a file says of the sounds that its net hears, and of a chunk of them.
SOUND, RATE, CHUNK = "sound", "sample_rate", "chunk"

#: Options that a net that hears leaves alone.
OWN = ("weights", "emit", "explain", "model", "flatten")


@dataclass(frozen=True)
class Hearing:
    """How many samples a second a net hears, and how many are a chunk."""

    rate: float
    chunk: int


def hearing(model: Model) -> Hearing | None:
    """How a net hears; None of one that takes no sound.

    Raises ``BadData`` where its file contradicts itself.
    """
    told = model.data.get(SOUND)
    if not isinstance(told, dict) or CHUNK not in told:
        return None
    rate, chunk, spec = told.get(RATE), told[CHUNK], model.spec
    fits = len(spec.input) == 2 and spec.input[1] == 1 and model.binary
    fits = fits and isinstance(spec.layers[-1].kind, Dense) and len(spec.layers) > 1
    if not fits or not isinstance(rate, int) or not isinstance(chunk, int) or not 0 < chunk <= spec.input[0]:
        raise BadData(
            f"{printable(model.word)}: a net that hears has inputs (sample, 1), a chunk of at most so many, "
            f"and one probability at its end; its file says {printable(str(told))} and inputs {spec.input}"
        )
    return Hearing(rate, chunk)


def check_options(model: Model, options: object) -> None:
    """Raise ``WrongUsage`` for an option that is of other inputs than sounds."""
    for one in fields(options):  # type: ignore[arg-type]
        if one.name not in OWN and was_typed(one.name):
            flag = {"target": "class", "passes": "monte-carlo"}.get(one.name, one.name.replace("_", "-"))
            raise WrongUsage(f"--{flag} is not for a net that hears a sound, as {printable(model.word)} does")


def heard(x: Tensor | Data, *, model: Model, how: Hearing, layer: str | None, run: Run) -> Result:
    """What the net makes of each chunk of a sound.

    Raises ``DlcliError`` for what is no sound of one channel, or has another rate than the net hears.
    """
    word = printable(model.word)
    if isinstance(x, Data):
        raise WrongUsage(f"{word} hears a sound, such as sample:speech; received a set of {x.name}")
    sound = sound_of(x)
    name = str(x.attrs.get("source", x.name))
    file = printable(name) if name not in ("-", "literal") else "sound.wav"
    if sound.channel is not None and sound.samples.shape[1] > 1:
        raise DlcliError(
            f"{word} hears one channel; received {x.describe()}: take one of them, "
            f"dlcli tensor {file} --index :,0 | dlcli predict {word}"
        )
    if sound.rate is None:
        run.warn(f"{x.describe()} does not say how many samples come a second: {how.rate:g} are taken")
    elif sound.rate != how.rate:
        raise DlcliError(
            f"{word} hears {how.rate:g} samples a second; received {sound.rate:g}; another program converts "
            f"it: ffmpeg -i {file} -ar {how.rate:g} converted.wav"
        )
    work = Heard(model, x, sound, how.rate, how.chunk, run.line)
    outputs = {
        "probabilities": lambda: work.probabilities,
        "logits": lambda: work.tensor(work.logits, (Axis("unit"),), "logits"),
        "classes": lambda: work.classes,
    }
    if layer is not None:
        allow(model.spec.layer(layer).output, len(work.rows), model, layer, run, of="chunks")
        outputs[layer] = partial(work.layer, layer)
    return Result(outputs, work, view="sound.story")
