"""Which steps of a sequence are read: padded ones, and others that a mask leaves out, are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dlcli.commands.rnn.targets import LOSSES, Targets
from dlcli.errors import DlcliError, WrongUsage
from dlcli.tensor import Array, Tensor
from dlcli.words.number import counted, number


def given_mask(tensor: Tensor, steps: int) -> Array:
    """The mask (time,) that was typed or read: 1 where a step is read, 0 where it is not.

    Raises ``DlcliError`` for anything but as many zeros and ones as there are steps, and where all are 0.
    """
    data = tensor.data.ravel()
    if tensor.data.ndim > 2 or max(tensor.shape, default=0) != data.size or data.size != steps:
        raise DlcliError(
            f"--mask has a number for each of {counted(steps, 'step')}, 1 where it is read, else 0; received "
            f"{tensor.describe()}"
        )
    wrong = [] if data.dtype == bool else data[(data != 0) & (data != 1)]
    if len(wrong):
        said = str(wrong[0]) if data.dtype.kind == "c" else number(float(wrong[0]), 15)
        raise DlcliError(f"--mask is of 0 and 1, 1 where a step is read; received {said}")
    return _some_read(data.astype(bool), "--mask")


def expect_lengths(lengths: tuple[int, ...], inputs: int) -> None:
    """Raise ``WrongUsage`` unless there is a length for each of so many inputs."""
    if len(lengths) != inputs:
        raise WrongUsage(
            f"--lengths has {counted(len(lengths), 'number')}, and there {'is' if inputs == 1 else 'are'} "
            f"{counted(inputs, 'input')}: give a length for each"
        )


def padded(lengths: tuple[int, ...], place: int, steps: int) -> Array:
    """The mask (time,) of the sequence at this place among the inputs: true for its length.

    Raises ``DlcliError`` for a sequence that is shorter.
    """
    if lengths[place] > steps:
        raise DlcliError(
            f"--lengths: {lengths[place]} is more than the {steps} step{'s' * (steps > 1)} of input number "
            f"{place + 1}"
        )
    return np.arange(steps) < lengths[place]


def _some_read(mask: Array, flag: str) -> Array:
    if not mask.any():
        raise DlcliError(f"{flag} leaves out all steps: one at least must be read")
    return mask


def of_read_steps(targets: Targets, mask: Array, *, following: bool) -> Targets:
    """The targets without those of steps that are not read; they have no loss.

    With ``following`` each target is the input of the next step, which must be read, too. Raises
    ``DlcliError`` where none is left.
    """
    kept = mask & np.append(mask[1:], False) if following else mask
    gap = -1 if targets.loss == LOSSES[1] else np.nan
    values = targets.values.copy()
    values[~kept] = gap
    left = values >= 0 if targets.loss == LOSSES[1] else ~np.isnan(values)
    if not left.any():
        raise DlcliError("no step that is read has a target: read more steps, or give others with --targets")
    return replace(targets, values=values)
