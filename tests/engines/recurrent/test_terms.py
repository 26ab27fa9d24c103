"""The arithmetic of a unit: its sums give its gates, of every kind of cell, at every step."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.recurrent.bidirectional import Layer, run_layer
from dlcli.engines.recurrent.cell_activations import activate
from dlcli.engines.recurrent.terms import layer_terms, unit_terms
from dlcli.engines.recurrent.unroll import unroll
from tests.engines.recurrent.cells import KINDS, cell

X = np.random.default_rng(0).normal(size=(5, 3))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("skip", [0, 2])
def test_every_sum_turned_by_its_activation_is_its_gate(name: str, skip: int) -> None:
    weights = cell(name, skip=skip)
    steps = unroll(X, weights)
    for t in range(5):
        for unit in range(4):
            found = {one.gate: one for one in unit_terms(weights, steps, t, unit)}
            assert set(weights.gates) <= set(found)
            for gate, terms in found.items():
                value = activate(terms.activation, np.array(terms.total))
                assert value == pytest.approx(terms.value, rel=1e-12), (t, unit, gate)
                known = steps.at(t).get(gate, steps.states[t])
                assert terms.value == known[unit]


def test_the_factors_are_named_and_the_state_is_that_of_the_step_before() -> None:
    weights = cell("lstm", skip=2)
    steps = unroll(X, weights)
    terms = unit_terms(weights, steps, 3, 1)[0]
    assert [name for name, _ in terms.sources] == ["x"] * 3 + ["h"] * 4 + ["skip"] * 4
    assert [i for _, i in terms.sources] == [0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3]
    np.testing.assert_array_equal(terms.values, [*X[3], *steps.states[2], *steps.states[1]])


def test_a_gru_shows_what_it_recalls() -> None:
    after, before = cell("gru"), cell("gru-reset-before")
    gates = [one.gate for one in unit_terms(after, unroll(X, after), 2, 0)]
    assert gates == ["update", "reset", "recall", "candidate"]
    steps = unroll(X, before)
    candidate = unit_terms(before, steps, 2, 0)[-1]
    assert candidate.sources[3] == ("r·h", 0)
    np.testing.assert_array_equal(candidate.values[3:], steps.at(2)["reset"] * steps.states[1])


@pytest.mark.parametrize("merge", ["concat", "sum"])
def test_the_units_of_a_layer_are_those_of_its_directions(merge: str) -> None:
    layer = Layer(cell("gru"), cell("gru", seed=1), merge)
    done = run_layer(X, layer)
    for t in range(5):
        for unit in range(layer.width):
            terms = layer_terms(layer, done, t, unit)
            assert terms.backwards == (unit >= 4)
            states = done.outputs if merge == "concat" else done.forward.states
            assert terms.value == states[t, unit]
            assert terms.cell is layer.cells[terms.backwards]
            assert terms.gates[-1].value == terms.steps.at(terms.t)["candidate"][terms.unit]
