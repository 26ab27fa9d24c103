"""Writes silero_vad.npz, what onnxruntime makes of sample:speech: ``python tests/data/make_silero_vad.py``.

Needs onnx, onnxruntime, soundfile and the files of silero-vad 6.2.3 (``pip install --no-deps``), which the tests do
not. ``probabilities`` (chunk,) are those of ``silero_vad.onnx``, each chunk of 512 samples beginning with the state
that the one before left. ``chunk`` is the one at which they rise most; by the names of dlcli's layers it has what
goes on inside there, from the flat graph of the same weights (step, feature), (feature,).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import soundfile

HERE = Path(__file__).parent
PACKAGE = find_spec("silero_vad")
assert PACKAGE is not None
assert PACKAGE.submodule_search_locations
FILES = Path(PACKAGE.submodule_search_locations[0]) / "data"
CHUNK, BEFORE = 512, 64

#: Layer -> tensor of the flat graph (feature, step).
INNER = {
    "stft": "/stft/Sqrt_output_0", "conv1": "/Relu_output_0", "conv2": "/Relu_1_output_0",
    "conv3": "/Relu_2_output_0", "conv4": "/Relu_3_output_0", "relu": "/Transpose_1_output_0",
}  # fmt: skip


def main() -> None:
    """Run both graphs."""
    x, rate = soundfile.read(HERE.parents[1] / "samples" / "speech.flac", dtype="float32")
    assert rate == 16000
    count = -(-len(x) // CHUNK)
    padded = np.zeros(BEFORE + count * CHUNK, np.float32)
    padded[BEFORE : BEFORE + len(x)] = x
    rows = np.stack([padded[k * CHUNK :][: BEFORE + CHUNK] for k in range(count)])
    session = onnxruntime.InferenceSession(str(FILES / "silero_vad.onnx"))
    state, states, found = np.zeros((2, 1, 128), np.float32), [], []
    for row in rows:
        states.append(state)
        p, state = session.run(None, {"input": row[None], "state": state, "sr": np.array(16000, np.int64)})
        found.append(p[0, 0])
    chunk = int(np.argmax(np.abs(np.diff(found)))) + 1
    flat = onnx.load(FILES / "silero_vad_16k_sequence.onnx")
    for name in INNER.values():
        flat.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(flat.SerializeToString())
    h, c = states[chunk][:, None]
    names = [one.name for one in session.get_outputs()]
    made = dict(zip(names, session.run(None, {"input": rows[chunk][None], "h": h, "c": c}), strict=True))
    inner = {layer: np.squeeze(made[name], 0).T for layer, name in INNER.items()}
    np.savez_compressed(
        HERE / "silero_vad.npz", probabilities=np.array(found, np.float32), chunk=np.array(chunk),
        lstm=made["hn"].reshape(1, 128), **inner,
    )  # fmt: skip


if __name__ == "__main__":
    main()
