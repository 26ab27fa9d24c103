"""How the stories of commands begin."""

from __future__ import annotations

#: Headings of what a command works on, with which every story begins: by them one is recognised in a pipe.
HEADINGS = (
    "Data", "Figure", "Input", "Kernel", "Kernels", "Model", "Models", "Reference", "Rewards", "Sample",
    "Samples", "Tensor", "World",
)  # fmt: skip
