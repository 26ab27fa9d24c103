"""Every factor in an explained gradient is a number that stands in the array whose name is beside it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.net_gradients import net_gradients
from dlcli.engines.recurrent.seeded_cells import seeded_cell, seeded_readout
from dlcli.engines.recurrent.sequence_loss import squared_error
from dlcli.engines.recurrent.stacked import run_stack
from dlcli.tensor import Axis, Tensor

X = np.array([[1.0, 0.5], [-1.0, 2.0], [0.0, 1.0], [1.0, -1.0], [0.3, 0.7]])
LETTERS = {"lstm": "ifgo", "gru": "zrn"}
ROW = re.compile(
    r"^  (\S.*?) +(−?[\d.]+(?:e[−+]?\d+)?) × +(−?[\d.]+(?:e[−+]?\d+)?) = +(−?[\d.]+(?:e[−+]?\d+)?)$"
)

CELLS = [
    (kind, skip, more)
    for kind in ("simple", "leaky", "lstm", "gru")
    for skip in (0, 2)
    for more in ([(), ("--reset-before",)] if kind == "gru" else [()])
]


class Net:
    """The net of such a line, its gradients, and every number that an explanation may name."""

    def __init__(self, kind: str, skip: int, more: tuple[str, ...]) -> None:
        rng = np.random.default_rng(0)
        self.cell: Any = seeded_cell(kind, 2, 2, rng, skip=skip, reset_after=not more)
        self.readout = seeded_readout(2, 2, rng)
        layers = [Layer(self.cell)]
        steps = run_stack(X, layers)
        loss = squared_error(self.readout(steps.outputs), np.concatenate([X[1:], np.full((1, 2), np.nan)]))
        found = net_gradients(layers, self.readout, steps, loss)
        self.steps, self.dy = steps.layers[0].forward, loss.doutputs
        self.deltas = found.layers.deltas[0].directions[0]
        self.letters = LETTERS.get(kind, "")

    def column(self, gate: str, unit: int) -> int:
        return self.letters.index(gate) * 2 + unit if gate else unit

    def delta(self, gate: str, step: int, unit: int) -> float:
        return float(self.deltas.sums[step, self.column(gate, unit)])

    def weights(self, name: str, unit: int, gate: str, column: int) -> float:
        return float(self.cell.arrays()[name][unit, self.column(gate, column)])


def rows(page: str) -> list[tuple[str, float, float, float]]:
    found = [ROW.match(line) for line in page.splitlines()]
    return [
        (one[1], *(float(one[i].replace("−", "-")) for i in (2, 3, 4)))  # type: ignore[misc]
        for one in found
        if one
    ]


def near(value: float) -> Any:
    return pytest.approx(value, rel=1e-6, abs=1e-10)


@pytest.mark.parametrize(("kind", "skip", "more"), CELLS)
def test_factors_of_a_state_gradient(kind: str, skip: int, more: tuple[str, ...], cli: Any) -> None:
    net, x = Net(kind, skip, more), Tensor(X, (Axis("time"), Axis("feature")))
    words = ("rnn", "--cell", f"{kind}+{skip}" if skip else kind, *more, "--emit", "gradients")
    kinds = set()
    for t in range(len(X)):
        for unit in range(2):
            page = cli(
                *words,
                "--explain",
                f"{t},{unit}",
                "-f",
                "plain",
                "--precision",
                "12",
                "--width",
                "120",
                stdin=x,
            ).out
            for name, value, weight, product in rows(page):
                assert product == near(value * weight)
                if one := re.fullmatch(r"dL/dy\[(\d)\] (\d)", name):
                    step, o = map(int, one.groups())
                    assert (step, value, weight) == (t, near(net.dy[t, o]), near(net.readout.kernel[unit, o]))
                    kinds.add("dy")
                elif one := re.fullmatch(r"dL/dh\[(\d)\] (\d)", name):
                    step, own = map(int, one.groups())
                    share = 0.9 if kind == "leaky" else net.steps.parts["update"][step, own]
                    assert (step, own) == (t + 1, unit)
                    assert (value, weight) == (near(net.deltas.hidden[step, own]), near(share))
                    kinds.add("dh")
                else:
                    one = re.fullmatch(r"(r·)?δ(?:_(\w))?\[(\d)\] (\d)", name)
                    assert one, name
                    reset, gate, step, own = one[1], one[2] or "", int(one[3]), int(one[4])
                    known = net.delta(gate, step, own)
                    if reset:
                        assert (kind, gate) == ("gru", "n")
                        known *= net.steps.parts["reset"][step, unit if more else own]
                    assert value == near(known)
                    array = "recurrent_kernel" if step == t + 1 else "skip_kernel"
                    assert step == t + (1 if array == "recurrent_kernel" else skip)
                    assert weight == near(net.weights(array, unit, gate, own))
                    kinds.add(f"{array}{reset or ''}")
    expected = {"dy"} | ({"skip_kernel"} if skip else set())
    expected |= {"dh"} if kind in ("leaky", "gru") else set()
    expected |= {"recurrent_kernel"} if kind != "leaky" else set()
    expected |= {"recurrent_kernelr·"} if kind == "gru" else set()
    assert kinds == expected


@pytest.mark.parametrize(("kind", "skip", "more"), CELLS)
def test_factors_of_a_weight_gradient(kind: str, skip: int, more: tuple[str, ...], cli: Any) -> None:
    net, x = Net(kind, skip, more), Tensor(X, (Axis("time"), Axis("feature")))
    words = ("rnn", "--cell", f"{kind}+{skip}" if skip else kind, *more, "--emit", "weight-gradients")
    h, reset = net.steps.states, net.steps.parts.get("reset")
    for letter in ["W", *["U"] * (kind != "leaky"), *["S"] * bool(skip)]:
        for column in range(len(net.cell.gates) * 2):
            page = cli(
                *words, "--paths-of", letter, "--explain", f"1,{column}", "-f", "plain", "--precision", "12",
                "--width", "120", stdin=x,
            ).out  # fmt: skip
            gate, unit = net.letters[column // 2 : column // 2 + 1], column % 2
            told = rows(page)
            assert told
            for name, value, delta, _ in told:
                one = re.fullmatch(r"step (\d): (r·)?([xh])\[(\d)\] 1", name)
                assert one, name
                k, met = int(one[1]), (X if one[3] == "x" else h)[int(one[4]), 1]
                if one[2]:
                    assert reset is not None
                    assert (bool(more), letter, gate) == (True, "U", "n")
                    met = met * reset[k, 1]
                assert value == near(met)
                known = net.delta(gate, k, unit)
                if re.search(r"^ +from .* r·δ +product$", page, re.MULTILINE):
                    assert reset is not None
                    assert (bool(more), letter, gate) == (False, "U", "n")
                    known *= reset[k, unit]
                assert delta == near(known)


def test_what_the_reset_gate_multiplies_is_said(cli: Any) -> None:
    x = Tensor(X, (Axis("time"), Axis("feature")))
    words = ("rnn", "--cell", "gru", "-f", "plain", "--width", "120")

    def told(*more: str) -> str:
        return " ".join(cli(*words, *more, stdin=x).out.split())

    gradient = ("--emit", "gradients", "--explain", "1,1")
    assert "+ r[t+1] · (δ_n[t+1] U_nᵀ) + z[t+1] · dL/dh[t+1]" in told("--reset-before", *gradient)
    assert "+ (r[t+1] · δ_n[t+1]) U_nᵀ + z[t+1] · dL/dh[t+1]" in told(*gradient)
    backwards = ("--bidirectional", "--emit", "gradients", "--explain", "1,2")
    assert "+ r[t−1] · (δ_n[t−1] U_nᵀ) + z[t−1] · dL/dh[t−1]" in told("--reset-before", *backwards)
    paths = ("--emit", "paths", "--explain", "2,1")
    assert "at what step 1 adds up, of n times r[1] term(2, 1) h[0]ᵀ · δ[1]" in told(*paths)
    page = told("--reset-before", *paths)
    assert "at what step 1 adds up term(2, 1) h[0]ᵀ · δ_z,r[1] beside r·h[0]ᵀ · δ_n[1]" in page
    assert "‖h[0]‖ · ‖δ_z,r[1]‖ = " in page
    assert "‖r·h[0]‖ · ‖δ_n[1]‖ = " in page
