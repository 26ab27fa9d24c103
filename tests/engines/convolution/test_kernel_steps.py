"""The steps to a weight are sums that come out, and end at the weight of the kernel."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from dlcli.engines.convolution.kernel_steps import weight_steps
from dlcli.engines.convolution.kernels import KERNELS, named
from dlcli.engines.convolution.rank_one import factors

NAMES = [
    "box", "box:4", "outline:5", "sharpen", "emboss", "laplacian", "laplacian:7", "unsharp", "unsharp:0.7,-2,5",
    "log", "log:5,0.8", "dog", "dog:0.5,2,7", "motion", "motion:5,30", "motion:7,-135", "line:0", "line:45",
    "line:-22.5,5", "gabor:0", "gabor:45,7,3", "gabor:100,5", *(f"{name}:{angle}" for name in ("sobel", "prewitt", "kirsch") for angle in (-45, 0, 225, 360)),
]  # fmt: skip

#: Their formula says the weight of each cell, or there is none.
SAID = {"diag", "antidiag", "diag-only", "roberts", "roberts-x", "roberts-y", "random"}


def worked_out(told: str) -> float:
    """What the words of a step come to."""
    words = told.replace("×", "*").replace("−", "-").replace("²", "**2").replace("⁴", "**4")
    words = re.sub(r"\|(.*)\|", r"abs(\1)", words)
    words = re.sub(r"√\(", "math.sqrt(", words)
    words = re.sub(r"√([\d.e-]+)", r"math.sqrt(\1)", words)
    words = re.sub(r"(sin|cos)\((.*?)°\)", r"math.\1(math.radians(\2))", words)
    words = words.replace("cos(2π *", "math.cos(2 * math.pi *").replace("exp(", "math.exp(")
    words = words.replace("°", "").replace("mod", "%")
    return float(eval(words, {"math": math}))


def bracketed(value: float) -> str:
    return f"({value!r})" if value < 0 else repr(value)


@pytest.mark.parametrize("name", NAMES)
def test_each_step_comes_out_and_the_last_is_the_weight(name: str) -> None:
    kernel = named(name)
    for cell in np.ndindex(kernel.array.shape):
        steps = weight_steps(kernel, cell)
        if not steps:
            assert cell == (1, 1)
            assert name == "emboss" or name.partition(":")[0] in ("sobel", "prewitt", "kirsch")
            continue
        known = dict[str, float]()
        for step in steps:
            if step.told.startswith("number"):
                place, weights = step.numbers[0], step.told.rpartition(" of ")[2].replace("−", "-").split()
                assert (step.value, place) == (float(weights[int(place)]), known["place"])
            else:
                told = step.told.format(*map(bracketed, step.numbers))
                assert worked_out(told) == pytest.approx(step.value, rel=1e-9, abs=1e-12), told
            known[step.name] = step.value
        assert steps[-1].name == "weight"
        assert steps[-1].value == pytest.approx(float(kernel.array[cell]), rel=1e-9, abs=1e-12)


def test_no_kernel_is_left_without_a_reason() -> None:
    for name, recipe in KERNELS.items():
        kernel = named(name + ":45" * any(one.needed for one in recipe.arguments))
        told = bool(weight_steps(kernel, (0, 1))) or factors(kernel.array) is not None
        assert told or name in SAID, name
