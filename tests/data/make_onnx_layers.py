"""Writes onnx_layers.npz, node tests of ONNX for the operators of layers: ``python tests/data/make_onnx_layers.py``.

Needs onnx (1.23.2), which the tests do not. Of each case ``NAME/model`` is the file as bytes, ``NAME/in/I`` and
``NAME/out`` are its values. Also the nets of one layer that PyTorch exported for ONNX in 2017, which the package
carries. Cases of over 40 kB, of numbers that are no floats, and over other than pictures or features are left out, and
interpolations.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases

FILE = Path(__file__).with_name("onnx_layers.npz")
OPERATORS = {
    "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "Gemm", "MatMul", "Flatten",
    "Reshape", "BatchNormalization", "LayerNormalization", "Dropout", "Identity", "Relu", "LeakyRelu", "PRelu",
    "Sigmoid", "Tanh", "Elu", "Gelu", "Softplus", "Softmax", "Swish", "Resize", "Upsample", "ReduceMean",
}  # fmt: skip
MOST = 40_000


def fits(model: onnx.ModelProto, inputs: list[np.ndarray], outputs: list[np.ndarray]) -> bool:
    """Whether a case is one of a layer over pictures or features."""
    kinds = all(isinstance(one, np.ndarray) for one in [*inputs, *outputs])
    return (
        kinds and len(outputs) == 1 and model.ByteSize() + sum(one.nbytes for one in inputs) < MOST
        and inputs[0].dtype == np.float32 and inputs[0].ndim in (2, 4)
    )  # fmt: skip


def main() -> None:
    found: dict[str, np.ndarray] = {}

    def put(name: str, model: onnx.ModelProto, inputs: list[np.ndarray], outputs: list[np.ndarray]) -> None:
        if not fits(model, inputs, outputs):
            return
        found[f"{name}/model"] = np.frombuffer(model.SerializeToString(), np.uint8)
        found[f"{name}/out"] = outputs[0]
        for place, array in enumerate(inputs):
            found[f"{name}/in/{place}"] = array

    for case in sorted(collect_testcases(), key=lambda case: case.name):
        operators = {node.op_type for node in case.model.graph.node}
        if operators <= OPERATORS and not any(word in case.name for word in ("expanded", "cubic", "crop")):
            put(case.name, case.model, *[list(part) for part in case.data_sets[0]])
    root = Path(onnx.__file__).parent / "backend/test/data/pytorch-converted"
    for folder in sorted(root.iterdir()):
        model = onnx.load(folder / "model.onnx")
        data = folder / "test_data_set_0"
        inputs, outputs = (
            [
                numpy_helper.to_array(onnx.load_tensor(data / f"{end}_{place}.pb"))
                for place in range(len(list(data.glob(f"{end}_*.pb"))))
            ]
            for end in ("input", "output")
        )
        put(f"pytorch/{folder.name}", model, inputs, outputs)
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
