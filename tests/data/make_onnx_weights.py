"""Writes onnx_weights.npz, RNN, LSTM and GRU of ONNX with random weights: ``python tests/data/make_onnx_weights.py``.

Needs onnx, which the tests do not: its reference evaluator computes them. The weights of ONNX' own node tests are all
alike, so that they say nothing of the order of the gates; these do. ``cases`` lists, as JSON, operator and attributes;
of case i, ``i/X`` is (time, batch, feature), ``i/W``, ``i/R``, ``i/B`` the weights and ``i/Y_h`` the last state.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

FILE = Path(__file__).with_name("onnx_weights.npz")
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
CASES = [
    {"operator": "RNN", "attributes": {}},
    {"operator": "LSTM", "attributes": {}},
    {"operator": "GRU", "attributes": {"linear_before_reset": 0}},
    {"operator": "GRU", "attributes": {"linear_before_reset": 1}},
]
FEATURES, UNITS, STEPS = 3, 2, 4


def main() -> None:
    rng = np.random.default_rng(0)
    found = {"cases": np.array(json.dumps(CASES))}
    for i, case in enumerate(CASES):
        rows = GATES[case["operator"]] * UNITS
        shapes = {
            "X": (STEPS, 1, FEATURES),
            "W": (1, rows, FEATURES),
            "R": (1, rows, UNITS),
            "B": (1, 2 * rows),
        }
        given = {
            name: (rng.integers(-64, 65, shape) / 64).astype(np.float32) for name, shape in shapes.items()
        }
        node = helper.make_node(
            case["operator"], list(shapes), ["", "Y_h"], hidden_size=UNITS, **case["attributes"]
        )
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()
        ]
        outputs = [helper.make_tensor_value_info("Y_h", TensorProto.FLOAT, (1, 1, UNITS))]
        model = helper.make_model(helper.make_graph([node], "one", inputs, outputs))
        onnx.checker.check_model(model)
        (last,) = ReferenceEvaluator(model).run(None, given)
        found |= {f"{i}/{name}": array for name, array in (*given.items(), ("Y_h", last))}
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
