"""Writes onnx_recurrent.npz, the node tests of ONNX for RNN, LSTM and GRU: ``python tests/data/make_onnx_recurrent.py``.

Needs onnx, which the tests do not. ``cases`` lists, as JSON, name, operator, attributes, and the names of inputs
and outputs of each case; ``i/in/NAME`` and ``i/out/NAME`` are their values. The test with peepholes is left out:
they are weights that neither Keras nor PyTorch has.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import numpy as np
import onnx
from onnx.backend.test.case.node import collect_testcases

FILE = Path(__file__).with_name("onnx_recurrent.npz")
OPERATORS = ("RNN", "LSTM", "GRU")


def main() -> None:
    for operator in OPERATORS:
        import_module(f"onnx.backend.test.case.node.{operator.lower()}")
    tests = {case.name: case for operator in OPERATORS for case in collect_testcases(operator)}
    cases, found = [], {}
    for name, case in sorted(tests.items()):
        (node,) = case.model.graph.node
        if node.op_type not in OPERATORS or "peephole" in name:
            continue
        attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        told = {
            key: value.decode() if isinstance(value, bytes) else value for key, value in attributes.items()
        }
        inputs, outputs = case.data_sets[0]
        place = len(cases)
        cases.append({"name": name, "operator": node.op_type, "attributes": told})
        for side, names, arrays in (("in", node.input, inputs), ("out", node.output, outputs)):
            for key, array in zip(filter(None, names), arrays, strict=True):
                found[f"{place}/{side}/{key}"] = np.asarray(array)
    np.savez_compressed(FILE, cases=np.array(json.dumps(cases)), **found)
    print("\n".join(str(case) for case in cases))


if __name__ == "__main__":
    main()
