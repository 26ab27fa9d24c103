"""Writes onnx_attention.npz, the node tests of ONNX for Attention: ``python tests/data/make_onnx_attention.py``.

Needs onnx, which the tests do not. ``cases`` lists, as JSON, name and attributes of each case; ``i/in/NAME`` and
``i/out/NAME`` are its inputs and outputs, bfloat16 ones left out. ``left_out`` holds, as JSON, the cases that are
not here and why: they need something that dlcli's attention does not do. Each case has a twin "expanded" with the
same numbers, in which the node is written out in simpler ones.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx.backend.test.case.node import attention, collect_testcases  # noqa: F401

FILE = Path(__file__).with_name("onnx_attention.npz")

#: What of a name, or which attribute, says that a case is none of ours -> why.
REASONS = {
    "bf16": "NumPy has no bfloat16",
}


def main() -> None:
    cases, left_out, found = [], {}, {}
    for case in sorted(collect_testcases("Attention"), key=lambda case: case.name):
        if case.name.endswith("_expanded") or len(case.model.graph.node) != 1:
            continue
        (node,) = case.model.graph.node
        if node.op_type != "Attention":
            continue
        attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        why = next((REASONS[word] for word in REASONS if word in attributes or word in case.name), None)
        if why is not None:
            left_out[case.name] = why
            continue
        place = len(cases)
        cases.append({"name": case.name, "attributes": attributes})
        inputs, outputs = case.data_sets[0]
        for side, names, arrays in (("in", node.input, inputs), ("out", node.output, outputs)):
            for key, array in zip(filter(None, names), arrays, strict=True):
                found[f"{place}/{side}/{key}"] = np.asarray(array)
    np.savez_compressed(
        FILE, cases=np.array(json.dumps(cases)), left_out=np.array(json.dumps(left_out)), **found
    )
    print(len(cases), "cases;", *(f"{name}: {why}" for name, why in left_out.items()), sep="\n")


if __name__ == "__main__":
    main()
