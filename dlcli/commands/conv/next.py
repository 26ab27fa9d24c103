"""The next command line worth trying after a correlation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlcli.commands.conv.notices import strongest
from dlcli.views.origin import literal, source_word

if TYPE_CHECKING:
    from dlcli.commands.conv.protocol import Kernel, Work

LEAST = 3  # rows and columns of a picture that the kernel suggested fits on


def again(work: Work) -> list[str]:
    """The words of the same line, asking why the strongest cell answered, or the first where none is finite.

    Built from what the run was, not from the line that came with the data: that line is outside text, and
    what is offered here gets pasted into a shell. What cannot be typed again (standard input, kernels from a
    file of weights) gives way to something that can.
    """
    cell = strongest(work.output) or (0,) * work.output.data.ndim
    source = source_word(work.input)
    kernels = [_kernel(kernel) for kernel in work.kernels]
    biases = (
        [literal(np.full((1, 1), bias)) for bias in np.atleast_1d(work.bias)] if np.any(work.bias) else []
    )
    if source is None or None in kernels or None in biases:
        fits = source is not None and min(work.input.shape[:2]) >= LEAST
        return ["dlcli", "conv", source if source and fits else "sample:cat", "--kernel", "sobel-x"]
    words = ["dlcli", "conv", source]
    for kernel in kernels:
        words += ["--kernel", str(kernel)]
    if work.seed is not None:
        words += ["--seed", str(work.seed)]
    for bias in biases:
        words += ["--bias", str(bias).strip()]
    return [*words, *_options(work), "--explain", ",".join(map(str, cell))]


def _options(work: Work) -> list[str]:
    words: list[str] = []
    for option, (rows, columns) in (
        ("--stride", work.geometry.stride),
        ("--dilation", work.geometry.dilation),
    ):
        if (rows, columns) != (1, 1):
            words += [option, str(rows) if rows == columns else f"{rows},{columns}"]
    for option, value, usual in (
        ("--padding", work.padding, "valid"),
        ("--pad-mode", work.geometry.pad_mode, "zeros"),
        ("--activation", work.activation, "linear"),
        ("--channels", work.channels or "sum", "sum"),
    ):
        if value != usual:
            words += [option, value]
    return [*words, "--flip"] if work.flip else words


def _kernel(kernel: Kernel) -> str | None:
    if kernel.word is not None:
        return kernel.word
    return literal(kernel.array[..., 0]) if kernel.array.shape[2] == 1 else None
