"""The next command line worth trying after a correlation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from dlcli.tensor import Array
from dlcli.views.conv_facts import strongest

if TYPE_CHECKING:
    from dlcli.views.conv_work import Kernel, Work

#: A kernel that the command line knows by name, with its arguments.
NAMED = re.compile(r"[a-z][a-z0-9-]*(:[0-9.,-]+)?")

TYPED = 144  # numbers that somebody would still type as a literal


def again(work: Work) -> list[str]:
    """The words of the same line, asking why the strongest cell answered.

    Built from what the run was, not from the line that came with the data: that line is outside text, and
    what is offered here gets pasted into a shell. What cannot be typed again (standard input, kernels from a
    file of weights) gives way to something that can.
    """
    cell = strongest(work.output)
    source = _source(work)
    kernels = [_kernel(kernel) for kernel in work.kernels]
    if source is None or cell is None or None in kernels:
        return ["dlcli", "conv", source or "sample:cat", "--kernel", "sobel-x"]
    words = ["dlcli", "conv", source]
    for kernel in kernels:
        words += ["--kernel", str(kernel)]
    if np.any(work.bias):
        for bias in np.atleast_1d(work.bias):
            words += ["--bias", _typed(bias.item())]
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


def _source(work: Work) -> str | None:
    if work.source == "-":
        return None
    if work.source == "literal":
        return _literal(work.input.data)
    return f"./{work.source}" if work.source.startswith("-") else work.source


def _kernel(kernel: Kernel) -> str | None:
    if NAMED.fullmatch(kernel.name):
        return kernel.name
    return _literal(kernel.array[..., 0]) if kernel.array.shape[2] == 1 else None


def _literal(values: Array) -> str | None:
    """A matrix as it is typed, rows by semicolons; None when it is none that can be typed."""
    if (
        values.ndim != 2
        or values.size > TYPED
        or values.dtype.kind not in "iuf"
        or not np.isfinite(values).all()
    ):
        return None
    text = "; ".join(" ".join(map(_typed, row)) for row in values.tolist())
    return f" {text}" if text.startswith("-") else text  # a word that starts with a dash is an option


def _typed(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
