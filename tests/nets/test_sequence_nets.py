"""Nets over sequences as a whole: five steps of Adam beside PyTorch's, and what must be true of any of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.nets.generation import going_on
from dlcli.nets.gradient_check import check_gradients
from dlcli.nets.net import Net, picture_first
from dlcli.nets.optimisers import Optimiser, Rule
from dlcli.nets.spec import model_spec
from tests.nets.recipe import STEPS, Array, numbers, words_batch
from tests.nets.small import net_of

with np.load(Path(__file__).parents[1] / "data" / "torch_sequences.npz") as file:
    TORCH = dict(file)


@pytest.mark.parametrize(("dtype", "near"), [("float32", 1e-5), ("float64", 1e-11)])
@pytest.mark.parametrize("name", ["char-lstm", "tiny-gpt"])
def test_losses_over_five_steps_of_adam_are_those_of_torch(name: str, dtype: str, near: float) -> None:
    """The second bias that PyTorch's LSTM has stays 0 there."""
    told = json.loads(str(TORCH[f"adam/{name}"]))
    begun = net_of(told["layers"], told["input"], loss=told["loss"])
    net = Net(begun.spec, np.dtype(dtype)).load({key: one / 2 for key, one in begun.weights().items()})
    optimiser = Optimiser(Rule("adam"), net.trained, net.dtype)
    losses = []
    for step in range(STEPS):
        words, following = words_batch(step)
        loss, slope, _ = net.loss_of(net.batch(words), np.ascontiguousarray(following.T))
        net.backward(slope)
        optimiser.step(net.flat, net.gradient, 1e-2)
        losses.append(loss)
    assert losses[-1] < losses[0]
    np.testing.assert_allclose(losses, TORCH[f"adam/{name}/{dtype}"], rtol=near)


def layer(kind: str, **settings: Any) -> dict[str, Any]:
    return {"kind": kind, **settings}


def given(net: Net, x: Array) -> Array:
    """Outputs (sequence, time, feature)."""
    return picture_first(net.forward(net.batch(x))).copy()


WORDS = layer("embedding", input_dim=7, output_dim=4)
MASKED_WORDS = layer("embedding", input_dim=7, output_dim=4, mask_zero=True)

#: What looks at earlier steps alone.
CAUSAL: dict[str, list[dict[str, Any]]] = {
    "simple-rnn": [layer("simple-rnn", units=3)],
    "leaky": [layer("leaky", units=3, activation="tanh")],
    "lstm": [layer("lstm", units=3)],
    "gru": [layer("gru", units=3)],
    "gru, reset before": [layer("gru", units=3, reset_after=False)],
    "conv1d": [layer("conv1d", filters=3, padding="causal", dilation_rate=2), layer("conv1d", filters=2, padding="causal")],
    "attention": [layer("positions"), layer("attention", heads=2, causal=True)],
    "sines": [layer("positions", encoding="sinusoidal"), layer("attention", causal=True)],
    "transformer-block": [layer("positions"), layer("transformer-block", heads=2, causal=True)],
    "decoder-block": [layer("positions"), *[layer("decoder-block", heads=2, norm_first=True)] * 2, layer("layernorm")],
    "all": [layer("gru", units=4), layer("decoder-block"), layer("conv1d", filters=2, padding="causal"), layer("lstm", units=2)],
}  # fmt: skip


@pytest.mark.parametrize("name", CAUSAL)
def test_what_is_causal_sees_no_later_step(name: str) -> None:
    net = net_of([WORDS, *CAUSAL[name], layer("dense", units=2)], (8,))
    words = np.array([[1, 5, 2, 6, 3, 1, 4, 2], [3, 3, 1, 2, 5, 6, 6, 0]])
    changed = words.copy()
    changed[:, 5:] = [[0, 6, 6], [1, 1, 1]]
    one, other = given(net, words), given(net, changed)
    np.testing.assert_array_equal(one[:, :5], other[:, :5])
    assert (one[:, 5:] != other[:, 5:]).any(axis=(1, 2)).all()


#: What gives for a step what depends on later ones.
AHEAD: dict[str, list[dict[str, Any]]] = {
    "conv1d": [layer("conv1d", filters=3, padding="same")],
    "attention": [layer("attention", heads=2)],
    "transformer-block": [layer("transformer-block", heads=2)],
    "decoder-block": [layer("gru", units=4, name="read"), layer("decoder-block", memory="read")],
    "bidirectional": [layer("bidirectional", layer=layer("gru", units=2))],
    "initial": [layer("gru", units=3), layer("last-step", name="end"), layer("steps", after="embedding"), layer("gru", units=3, initial="end")],
    "reshape": [layer("flatten"), layer("dense", units=16), layer("reshape", target_shape=[8, 2])],
}  # fmt: skip


@pytest.mark.parametrize("name", AHEAD)
def test_what_looks_ahead_is_known(name: str) -> None:
    net = net_of([WORDS, *AHEAD[name], layer("dense", units=2)], (8,))
    words = np.array([[1, 5, 2, 6, 3, 1, 4, 2], [3, 3, 1, 2, 5, 6, 6, 0]])
    changed = words.copy()
    changed[:, 7:] = [[0], [1]]
    assert (given(net, words)[:, :7] != given(net, changed)[:, :7]).any()
    assert net.spec.looking_ahead is not None
    assert net.spec.looking_ahead.kind.kind in (name, "flatten", "last-step")


@pytest.mark.parametrize("name", CAUSAL)
def test_what_looks_back_alone_is_known(name: str) -> None:
    assert net_of([WORDS, *CAUSAL[name], layer("dense", units=2)], (8,)).spec.looking_ahead is None


@pytest.mark.parametrize("name", [name for name in CAUSAL if name != "all"])
@pytest.mark.parametrize("each", [1, 3])
def test_step_by_step_it_gives_what_it_gives_at_once(name: str, each: int) -> None:
    """Each layer goes on where it ended: as a net that generates does."""
    net = net_of([WORDS, *CAUSAL[name], layer("dense", units=2)], (8,))
    words = np.array([[1, 5, 2, 6, 3, 1, 4, 2], [3, 3, 1, 2, 5, 6, 6, 0]])
    whole = given(net, words)
    for _ in range(2):  # and once more, begun anew
        with going_on(net):
            parts = [given(net, words[:, begin : begin + each]) for begin in range(0, 8, each)]
        np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ["attention", "decoder-block", "lstm", "gru"])
@pytest.mark.parametrize("each", [1, 4])
def test_step_by_step_what_is_not_there_stays_unseen(name: str, each: int) -> None:
    net = net_of([MASKED_WORDS, *CAUSAL[name], layer("dense", units=2)], (8,))
    words = np.array([[1, 0, 2, 6, 3, 0, 0, 2], [3, 3, 1, 0, 5, 6, 6, 0]])
    whole = given(net, words)
    with going_on(net):
        if each == 1 and name in ("lstm", "gru"):
            given(net, words[:, :1])
            with pytest.raises(EngineError, match="has at least one step in each batch"):
                given(net, words[:, 1:2])
            return
        parts = [given(net, words[:, begin : begin + each]) for begin in range(0, 8, each)]
    there = (words > 0)[:, :, None]
    np.testing.assert_allclose(np.concatenate(parts, axis=1) * there, whole * there, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", ["lstm", "gru", "leaky"])
def test_a_stateful_net_goes_on_with_as_many_sequences(kind: str) -> None:
    net = net_of([layer(kind, units=3, stateful=True)], (4, 2))
    with net.following():
        given(net, numbers((2, 4, 2), 50))
        with pytest.raises(EngineError, match="goes on with the 2 sequences of the batch before; received 3"):
            given(net, numbers((3, 4, 2), 50))
        net.forget()
        given(net, numbers((3, 4, 2), 50))
        given(net, numbers((2, 4, 2), 50))  # the last of all may have fewer


@pytest.mark.parametrize("kind", ["lstm", "gru", "leaky", "simple-rnn"])
def test_a_stateful_net_begins_anew_where_no_batch_follows(kind: str) -> None:
    """Its gradients are measured on one batch, again and again."""
    net = net_of([layer(kind, units=3, stateful=True), layer("last-step"), layer("dense", units=2)], (4, 2))
    x = numbers((2, 4, 2), 50)
    first = given(net, x)
    np.testing.assert_array_equal(given(net, x), first)
    with net.following():
        given(net, x)
        assert (given(net, x) != first).any()
    labels = np.array([0, 1])
    for one in check_gradients(net, net.batch(x), labels):
        assert one.difference < 1e-6


@pytest.mark.parametrize("kind", ["simple-rnn", "leaky", "lstm", "gru"])
def test_two_batches_of_a_stateful_net_are_one_long_one(kind: str) -> None:
    settings = {"units": 3, "name": "first"}
    layers = [layer(kind, **settings), layer("gru", units=2, stateful=True), layer("dense", units=2)]
    long = net_of([layer(kind, **settings), layer("gru", units=2), layer("dense", units=2)], (8, 2))
    short = net_of([{**layers[0], "stateful": True}, *layers[1:]], (4, 2))
    x = numbers((3, 8, 2), 50)
    whole = given(long, x)
    with short.following():
        found = np.concatenate([given(short, x[:, :4]), given(short, x[:, 4:])], axis=1)
    np.testing.assert_allclose(found, whole, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(given(short, x[:, :4]), whole[:, :4], rtol=1e-12, atol=1e-13)


MEMORY = [
    layer("linear", name="all"), layer("steps", stop=4), layer("lstm", units=4, name="read"),
    layer("steps", start=4, after="all"),
]  # fmt: skip

#: What a batch may fill up with steps that are not there.
FILLED: dict[str, list[dict[str, Any]]] = {
    "simple-rnn": [layer("simple-rnn", units=3)],
    "leaky": [layer("leaky", units=3)],
    "lstm": [layer("lstm", units=3)],
    "gru": [layer("gru", units=3), layer("gru", units=2)],
    "bidirectional": [layer("bidirectional", layer=layer("lstm", units=3)), layer("bidirectional", layer=layer("gru", units=3))],
    "positions": [layer("positions")],
    "time-distributed": [layer("time-distributed", layer=layer("dense", units=3))],
    "attention": [layer("attention", heads=2)],
    "transformer-block": [layer("transformer-block", heads=2), layer("transformer-block", norm_first=True)],
    "decoder-block": [layer("decoder-block", heads=2)],
}  # fmt: skip


@pytest.mark.parametrize("name", FILLED)
@pytest.mark.parametrize("end", ["last-step", "global-avgpool"])
def test_in_a_batch_that_is_filled_up_each_sequence_gives_what_it_gives_alone(name: str, end: str) -> None:
    net = net_of([MASKED_WORDS, *FILLED[name], layer(end), layer("dense", units=2)], (7,))
    words = np.array(
        [[1, 5, 2, 6, 3, 1, 4], [3, 3, 1, 0, 0, 0, 0], [2, 6, 4, 4, 1, 0, 0], [5, 0, 0, 0, 0, 0, 0]]
    )
    together = given(net, words)
    for row, found in zip(words, together, strict=True):
        alone = given(net, row[None, row > 0])[0]
        np.testing.assert_allclose(found, alone, rtol=1e-12, atol=1e-13)


def test_the_loss_of_a_batch_that_is_filled_up_is_the_mean_over_the_steps_that_there_are() -> None:
    layers = [MASKED_WORDS, layer("lstm", units=3), layer("dense", units=7)]
    net = net_of(layers, (5,), loss="cross-entropy")
    words = np.array([[1, 5, 2, 6, 3], [3, 3, 0, 0, 0]])
    wanted = np.array([[5, 2, 6, 3, 1], [3, 1, 6, 6, 6]])
    together = net.loss_of(net.batch(words), wanted.T)[0]
    alone = [
        net.loss_of(net.batch(words[i : i + 1, :n]), wanted[i : i + 1, :n].T)[0] for i, n in enumerate((5, 2))
    ]
    assert together == pytest.approx((5 * alone[0] + 2 * alone[1]) / 7, rel=1e-12)


def test_a_memory_is_looked_at_where_it_is_there() -> None:
    """Of a translation: what fills up the sentence that is read changes nothing."""
    spec = model_spec(
        {
            "input": [7],
            "loss": "mean-squared",
            "layer": [MASKED_WORDS, *MEMORY, layer("lstm", units=4), layer("attention", memory="read"), layer("dense", units=2)],
        }
    )  # fmt: skip
    net = Net(spec, np.float64).draw(1)
    one = given(net, np.array([[1, 5, 0, 0, 6, 3, 1]]))
    net.values["embedding"]["embeddings"][0] += 1
    np.testing.assert_array_equal(given(net, np.array([[1, 5, 0, 0, 6, 3, 1]])), one)
    assert (given(net, np.array([[1, 5, 5, 0, 6, 3, 1]])) != one).any()


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        (
            {"kind": "conv1d", "filters": 2, "kernel_size": 20},
            "longer than the sequence: kernel_size 20, 12 steps with their padding; try a smaller kernel or padding",
        ),
        (
            {"kind": "conv1d", "filters": 2, "kernel_size": 6, "dilation_rate": 3, "padding": 1},
            "kernel_size 6 (dilation makes it span 16), 14 steps with their padding",
        ),
        ({"kind": "attention", "heads": 3}, "3 heads do not divide 8 features evenly; try another number of heads, or key_dim"),
        ({"kind": "decoder-block", "heads": 3}, "try another number of heads"),
        ({"kind": "transformer-block", "heads": 3}, "try another number of heads"),
    ],
)  # fmt: skip
def test_what_does_not_fit_a_sequence_is_told_in_its_words(layer: dict[str, Any], told: str) -> None:
    with pytest.raises(EngineError, match=re.escape(told)) as refused:
        model_spec({"input": [12, 8], "layer": [layer]})
    assert ("key_dim" in str(refused.value)) == (layer["kind"] == "attention")
