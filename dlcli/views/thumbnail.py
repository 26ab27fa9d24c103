"""The small look at what came in with which a story begins."""

from __future__ import annotations

import numpy as np
from rich.console import RenderableType

from dlcli.tensor import Tensor
from dlcli.views.look import look
from dlcli.views.pictures.tone import finite_range

HEIGHT = 7  # terminal rows of a picture


def thumbnail(tensor: Tensor, precision: int = 4) -> RenderableType:
    """Numbers or a low picture without a legend, in gray unless there are negative numbers.

    >>> from rich.console import Console
    >>> Console(width=40).print(thumbnail(Tensor([[1, 2], [3, 4]])))
           column
      row  0  1
        0  1  2
        1  3  4
    """
    sizes = np.abs(tensor.data) if tensor.data.dtype.kind == "c" else tensor.data
    signed = sizes.dtype != np.uint8 and finite_range(sizes)[0] < 0
    scale = "diverging" if signed else "gray"
    return look(tensor, precision=precision, height=HEIGHT, scale=scale, legend=False)
