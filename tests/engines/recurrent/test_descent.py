"""Gradient descent beside PyTorch's SGD, and what it says where a loss explodes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.descent import Exploded, Objective, gradient_descent
from dlcli.engines.recurrent.layouts.read import read_net, write_net
from dlcli.engines.recurrent.net import RecurrentNet
from dlcli.engines.recurrent.seeded_cells import seeded_readout
from dlcli.engines.recurrent.sequence_loss import Loss, binary_cross_entropy, cross_entropy, squared_error
from tests.engines.recurrent.cells import KINDS, cell

Array = np.ndarray[Any, Any]

with np.load(Path(__file__).parents[2] / "data" / "torch_descent.npz") as file:
    STORED = dict(file)
LOSSES = {
    "squared": squared_error,
    "cross-entropy": cross_entropy,
    "binary-cross-entropy": binary_cross_entropy,
}
CASES = json.loads(str(STORED["cases"]))


def of(i: int, what: str) -> dict[str, Array]:
    head = f"{i}/{what}/"
    return {name.removeprefix(head): array for name, array in STORED.items() if name.startswith(head)}


def whole(arrays: dict[str, Array], kind: str) -> dict[str, Array]:
    """With the sum of two biases in the first, where nothing stands between them."""
    if kind == "gru":
        return arrays
    return {
        name: array + arrays[name.replace("_ih", "_hh")] if "bias_ih" in name else array
        for name, array in arrays.items()
        if "bias_hh" not in name
    }


@pytest.mark.parametrize("i", range(len(CASES)), ids=[str([*case.values()]) for case in CASES])
def test_steps_losses_and_weights_are_those_of_pytorch_s_sgd(i: int) -> None:
    case, target = CASES[i], STORED[f"{i}/target"]
    function = LOSSES[case["loss"]]
    net = read_net(of(i, "w")).net
    objective = Objective(STORED[f"{i}/x"], lambda y: function(y, target), two_biases=True)
    found = gradient_descent(net, objective, case["rate"], case["times"], clip=case["clip"])
    np.testing.assert_allclose(found.losses, STORED[f"{i}/losses"], rtol=0, atol=1e-10)
    after, wanted = (whole(one, case["kind"]) for one in (write_net(found.net, "torch"), of(i, "after")))
    assert after.keys() == wanted.keys()
    for name, array in wanted.items():
        np.testing.assert_allclose(after[name], array, rtol=0, atol=1e-10, err_msg=name)
    assert found.losses[-1] < found.losses[0]


@pytest.mark.parametrize("truncate", [None, 2])
@pytest.mark.parametrize("kind", [*KINDS])
def test_the_first_step_of_every_cell_goes_down(kind: str, truncate: int | None) -> None:
    rng = np.random.default_rng(0)
    one = cell(kind)
    x = rng.normal(size=(5, one.features))
    target = rng.normal(size=(5, 2))
    net = RecurrentNet((Layer(one),), seeded_readout(one.units, 2, rng))
    objective = Objective(x, lambda y: squared_error(y, target), truncate=truncate)
    found = gradient_descent(net, objective, 1e-4)
    # The loss falls by rate · ‖dL/dW‖²; a truncated gradient is another one, and falls less.
    fall = 1e-4 * found.norms[0] ** 2
    assert found.losses[0] - found.losses[1] == pytest.approx(fall, rel=0.02 if truncate is None else 1)
    weights = found.net.arrays()
    for name, array in net.arrays().items():
        np.testing.assert_allclose(weights[name], array - 1e-4 * found.gradients.weights[name], atol=1e-15)


def test_an_exploding_loss_is_told_by_its_step_and_the_last_norm() -> None:
    rng = np.random.default_rng(0)
    net = RecurrentNet((Layer(cell("lstm")),), seeded_readout(4, 1, rng))
    x, target = rng.normal(size=(4, net.features)), np.ones((4, 1))
    with pytest.raises(Exploded) as told:
        gradient_descent(net, Objective(x, lambda y: squared_error(y, target)), 1e3, 1000)
    assert 1 < told.value.steps < 1000
    assert told.value.norm is not None
    assert told.value.norm > 1e100
    seen: list[int] = []
    gradient_descent(
        net, Objective(x, lambda y: squared_error(y, target)), 1e3, 50, clip=1e-3,
        seen=lambda steps, loss: seen.append(steps),
    )  # fmt: skip
    assert seen == [*range(51)]


def test_a_gradient_that_is_not_finite_is_told_with_its_norm() -> None:
    rng = np.random.default_rng(0)
    net = RecurrentNet((Layer(cell("simple")),), seeded_readout(4, 1, rng))

    def steep(y: Array) -> Loss:
        return Loss(np.zeros(len(y)), np.full_like(y, 1e200), np.ones(len(y), bool))

    with pytest.raises(Exploded, match="norm inf") as told:
        gradient_descent(net, Objective(rng.normal(size=(4, net.features)), steep), 0.1)
    assert told.value.steps == 0
