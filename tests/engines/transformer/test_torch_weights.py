"""Weights by PyTorch's names: what is found, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.transformer.torch_weights import read_stack

F, HIDDEN = 4, 6


def layer(at: str = "", decoder: bool = False) -> dict[str, Any]:
    shapes: dict[str, tuple[int, ...]] = {
        "linear1.weight": (HIDDEN, F), "linear1.bias": (HIDDEN,), "linear2.weight": (F, HIDDEN), "linear2.bias": (F,),
    }  # fmt: skip
    for name in ("self_attn", "multihead_attn")[: 1 + decoder]:
        shapes |= {f"{name}.in_proj_weight": (3 * F, F), f"{name}.in_proj_bias": (3 * F,),
                   f"{name}.out_proj.weight": (F, F), f"{name}.out_proj.bias": (F,)}  # fmt: skip
    for i in range(2 + decoder):
        shapes |= {f"norm{i + 1}.weight": (F,), f"norm{i + 1}.bias": (F,)}
    rng = np.random.default_rng(0)
    return {at + name: rng.normal(size=shape) for name, shape in shapes.items()}


def test_a_layer_alone_a_stack_and_a_whole_transformer() -> None:
    alone = read_stack(layer(), decoder=False)
    assert (len(alone.layers), alone.norm, alone.features, alone.hidden) == (1, None, F, HIDDEN)
    names = layer("encoder.layers.0.") | layer("encoder.layers.1.") | layer("decoder.layers.0.", decoder=True)
    names |= {"encoder.norm.weight": np.ones(F), "encoder.norm.bias": np.ones(F), "embedding": np.ones(3)}
    encoder, decoder = (read_stack(names, decoder=kind) for kind in (False, True))
    assert (len(encoder.layers), len(decoder.layers)) == (2, 1)
    assert encoder.norm is not None
    assert decoder.norm is None
    assert decoder.layers[0].memory is not None


def test_kernels_are_turned_to_inputs_by_outputs_and_keys_come_after_queries() -> None:
    names = layer()
    found = read_stack(names, decoder=False).layers[0]
    np.testing.assert_array_equal(found.attention.key.kernel, names["self_attn.in_proj_weight"][F : 2 * F].T)
    np.testing.assert_array_equal(found.attention.value.bias, names["self_attn.in_proj_bias"][2 * F :])
    np.testing.assert_array_equal(found.feed_forward.widen.kernel, names["linear1.weight"].T)


def test_without_biases_they_are_zero() -> None:
    names = {name: array for name, array in layer().items() if not name.endswith("bias")}
    found = read_stack(names, decoder=False).layers[0]
    assert not found.attention.query.bias.any()
    assert not found.norms[1].bias.any()


BAD: dict[str, tuple[Any, bool, str]] = {
    "other names": (lambda w: {"kernel": np.ones(2)}, False, "expected the names of torch's TransformerEncoderLayer .*; received kernel"),
    "nothing": (lambda w: {}, False, "received nothing"),
    "encoder for decoder": (lambda w: w, True, "these are the layers of an encoder; try decoder=False"),
    "decoder for encoder": (lambda w: layer(decoder=True), False, "these are the layers of a decoder; try decoder=True"),
    "two": (lambda w: layer("a.") | layer("b."), False, "expected one stack of layers; received 'a.', 'b.'"),
    "a hole": (lambda w: layer("layers.0.") | layer("layers.2."), False, r"numbered \[0, 2\]; expected 0 to 1"),
    "lacking": (lambda w: {k: v for k, v in w.items() if k != "norm2.weight"}, False, r"there is no norm2\.weight"),
    "a bias": (lambda w: {k: v for k, v in w.items() if k != "norm2.bias"}, False, r"there is no norm2\.bias; a layer has all of its biases or none"),
    "a bias of a memory": (lambda w: {k: v for k, v in layer(decoder=True).items() if k != "norm3.bias"}, True, r"there is no norm3\.bias"),
    "shape": (lambda w: w | {"linear2.weight": np.ones((F, F))}, False, r"linear2\.weight is floats \(4, 6\); received float64 \(4, 4\)"),
    "rank": (lambda w: w | {"self_attn.in_proj_weight": np.ones(3)}, False, r"in_proj_weight is floats \(any, any\)"),
    "rows": (lambda w: w | {"self_attn.in_proj_weight": np.ones((11, F))}, False, r"in_proj_weight is floats \(12, 4\); received float64 \(11, 4\)"),
    "integers": (lambda w: w | {"norm1.weight": np.ones(F, int)}, False, r"norm1\.weight is floats \(4\); received int64"),
    "widths": (lambda w: layer("layers.0.") | wide("layers.1."), False, "the layers have 4, 8 features"),
}  # fmt: skip


def wide(at: str) -> dict[str, Any]:
    """A layer of twice the features."""
    return {name: np.ones(tuple(2 * n for n in array.shape)) for name, array in layer(at).items()}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_told(name: str) -> None:
    change, decoder, told = BAD[name]
    with pytest.raises(EngineError, match=told):
        read_stack(change(layer()), decoder=decoder)
