"""Nets over sequences under Keras' and PyTorch's names: read, they give what those gave; written, they are theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import Array
from dlcli.nets.flat_order import check_channels_first
from dlcli.nets.names import read_names, write_names
from dlcli.nets.net import DifferentWeights, Net
from dlcli.nets.spec import BadModel, ModelSpec, model_spec

STORED = np.load(Path(__file__).parents[1] / "data" / "sequence_names.npz")  # make_sequence_names.py


def layer(kind: str, **settings: Any) -> dict[str, Any]:
    return {"kind": kind, **settings}


def spec_of(layers: list[dict[str, Any]], *input: int) -> ModelSpec:
    return model_spec({"input": list(input), "loss": "mean-squared", "layer": layers})


KERAS = spec_of(
    [
        layer("embedding", input_dim=5, output_dim=4),
        layer("bidirectional", layer=layer("lstm", units=2)), layer("gru", units=4, name="second"),
        layer("bidirectional", layer=layer("gru", units=4, reset_after=False), merge_mode="sum", name="third"),
        layer("time-distributed", layer=layer("dense", units=4)), layer("attention", heads=2, key_dim=3),
        layer("conv1d", filters=3, kernel_size=2, padding="causal"), layer("simple-rnn", units=2), layer("last-step"),
    ], 6,
)  # fmt: skip
TORCH = spec_of(
    [
        layer("embedding", input_dim=5, output_dim=4),
        layer("bidirectional", layer=layer("gru", units=2)), layer("lstm", units=4), layer("lstm", units=4),
        layer("attention", heads=2), layer("transformer-block", heads=2, hidden=6, name="memory"),
        layer("decoder-block", heads=2, hidden=5, norm_first=True, memory="memory"),
        layer("simple-rnn", units=3, activation="relu", use_bias=False), layer("last-step"), layer("dense", units=2),
    ], 6,
)  # fmt: skip

#: Layers that one of them or both lack, or that have other weights without a bias.
MORE = spec_of(
    [
        layer("leaky", units=4), layer("simple-rnn", units=4, skip=2), layer("positions"),
        layer("lstm", units=4, use_bias=False), layer("gru", units=4, use_bias=False),
        layer("bidirectional", layer=layer("simple-rnn", units=2, skip=1)), layer("attention", heads=2, use_bias=False),
        layer("decoder-block"), layer("time-distributed", layer=layer("prelu")),
    ], 6, 4,
)  # fmt: skip


def stored(whose: str) -> dict[str, Array]:
    """The arrays of a file by their names there."""
    start = f"{whose}/w/"
    return {key.removeprefix(start): STORED[key] for key in STORED.files if key.startswith(start)}


@pytest.mark.parametrize(("whose", "spec"), [("keras", KERAS), ("torch", TORCH)])
def test_what_they_saved(whose: str, spec: ModelSpec) -> None:
    read = read_names(spec, stored(whose))
    assert (read.layout, read.flattens) == (whose, False)
    net = Net(spec, np.float64).load(read.arrays)
    np.testing.assert_allclose(net.predict(STORED["words"]), STORED[f"{whose}/y"], rtol=1e-5, atol=1e-6)
    if whose == "keras":
        assert read.sources == {}  # whatever numbers Keras has counted
        renamed = {f"my_{key.replace('second', 'lstm_5')}": one for key, one in stored(whose).items()}
        assert read_names(spec, renamed).sources["second"] == "my_lstm_5"
    else:
        assert read.sources["lstm"] == "stack"
        assert read.sources["lstm_1"] == "stack layer 1"


@pytest.mark.parametrize(("whose", "spec"), [("keras", KERAS), ("torch", TORCH)])
def test_what_is_written_has_their_names(whose: str, spec: ModelSpec) -> None:
    ours = write_names(spec, read_names(spec, stored(whose)).arrays, whose)
    theirs = stored(whose)
    if whose == "torch":
        pairs = {
            "table": "embedding", "both": "bidirectional", "look": "multi_head_attention", "encode": "memory",
            "decode": "decoder_block", "plain": "simple_rnn", "head": "dense",
        }  # fmt: skip
        for mine, module in pairs.items():
            theirs = {key.replace(f"{mine}.", f"{module}."): one for key, one in theirs.items()}
        theirs = {
            key.replace("stack", "lstm_1" if "_l1" in key else "lstm").replace("_l1", "_l0"): one
            for key, one in theirs.items()
        }
    else:  # Keras counts what is inside, too
        theirs = {key.replace("ward_lstm_1/", "ward_lstm/").replace("ward_gru_1/", "ward_gru/"): one for key, one in theirs.items()}  # fmt: skip
    assert set(ours) == set(theirs)
    for key, one in theirs.items():
        if "lstm" in key and "bias_" in key:  # two, added up
            continue
        np.testing.assert_array_equal(ours[key], one, err_msg=key)
    for name in ("lstm", "lstm_1") if whose == "torch" else ():
        both = theirs[f"{name}.bias_ih_l0"] + theirs[f"{name}.bias_hh_l0"]
        np.testing.assert_array_equal(ours[f"{name}.bias_ih_l0"], both)
        assert not ours[f"{name}.bias_hh_l0"].any()


@pytest.mark.parametrize("layout", ["keras", "torch"])
@pytest.mark.parametrize("spec", [KERAS, TORCH, MORE], ids=["keras", "torch", "more"])
def test_what_is_written_is_read_again(spec: ModelSpec, layout: str) -> None:
    if spec is KERAS and layout == "torch":
        pytest.skip("its third layer is none of PyTorch's")
    weights = Net(spec).draw(0).weights()
    named = write_names(spec, weights, layout)
    for told in (named, dict(sorted(named.items())), {f"net{'/' if layout == 'keras' else '.'}{key}": one for key, one in named.items()}):  # fmt: skip
        read = read_names(spec, told)
        assert (read.layout, read.sources) == (layout, {})
        assert set(read.arrays) == set(weights)
        for key, array in weights.items():
            np.testing.assert_array_equal(read.arrays[key], array)


def test_what_is_ours_alone_is_called_as_it_would_be_there() -> None:
    shapes = {key: one.shape for key, one in write_names(MORE, Net(MORE).draw(0).weights(), "torch").items()}
    assert shapes["leaky.weight"] == (4, 4)
    assert shapes["simple_rnn.weight_skip_l0"] == (4, 4)
    assert shapes["position_embedding.weight"] == (6, 4)
    assert shapes["decoder_block.self_attn.in_proj_weight"] == (12, 4)
    assert shapes["bidirectional.weight_skip_l0_reverse"] == (2, 2)
    named = write_names(MORE, Net(MORE).draw(0).weights())
    assert {"leaky/leaky_cell/kernel", "simple_rnn/simple_rnn_cell/skip_kernel"} <= set(named)
    assert named["decoder_block/attention/query/kernel"].shape == (4, 1, 4)
    assert named["decoder_block/norm2/gamma"].shape == (4,)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (layer("gru", units=2, reset_after=False), "layer gru: a GRU of PyTorch resets after"),
        (layer("lstm", units=2, activation="relu"), "layer lstm: a cell 'lstm' of PyTorch knows tanh"),
    ],
)
def test_what_pytorch_computes_otherwise_is_refused(one: dict[str, Any], words: str) -> None:
    spec = spec_of([one], 5, 3)
    weights = Net(spec).draw(0).weights()
    assert len(write_names(spec, weights)) == 3
    with pytest.raises(BadModel, match=words):
        write_names(spec, weights, "torch")


@pytest.mark.parametrize(
    ("whose", "change", "words"),
    [
        ("torch", {"stack.bias_hh_l1": None}, "layer lstm_1: its bias_hh_l0 .* would be bias_hh_l0 of stack layer 1"),
        ("torch", {"encode.norm1.bias": None}, "layer memory: its norm1.bias .* would be norm1.bias of encode, which has"),
        ("keras", {"second/gru_cell/kernel": np.zeros((4, 8))}, r"layer second: its gru_cell/kernel has shape \(4, 12\) in Keras's layout; kernel of second"),
    ],
)  # fmt: skip
def test_the_first_layer_that_differs(whose: str, change: dict[str, Array | None], words: str) -> None:
    told = stored(whose) | change
    with pytest.raises(DifferentWeights, match=words):
        read_names(
            {"keras": KERAS, "torch": TORCH}[whose],
            {key: one for key, one in told.items() if one is not None},
        )


@pytest.mark.parametrize(
    ("input", "layers", "stuck"),
    [
        ((2, 2, 2), [layer("reshape", target_shape=[2, 4])], "reshape"),
        ((2, 2, 2), [layer("flatten"), layer("reshape", target_shape=[2, 4])], "reshape"),
        ((2, 2, 2), [layer("flatten"), layer("normalization", mean=[0] * 8, variance=[1] * 8), layer("dense", units=1)],
         "normalization"),
        ((4, 1), [layer("reshape", target_shape=[2, 1, 2])], "reshape"),
        ((2, 2, 2), [layer("flatten"), layer("concat", source="flatten")], "concatenate"),
        ((2, 2, 2), [layer("flatten"), layer("dense", units=2), layer("relu", after="flatten"),
                     layer("concat", source="dense"), layer("dense", units=1)], "concatenate"),
        ((2, 2, 2), [layer("flatten"), layer("dense", units=4), layer("reshape", target_shape=[4, 1])], None),
    ],
)  # fmt: skip
def test_rows_with_channels_first_beside_sequences(
    input: tuple[int, ...], layers: list[dict[str, Any]], stuck: str | None
) -> None:
    if stuck is None:
        check_channels_first(spec_of(layers, *input))
        return
    with pytest.raises(BadModel, match=f"layer {stuck}: with channels first"):
        check_channels_first(spec_of(layers, *input))
