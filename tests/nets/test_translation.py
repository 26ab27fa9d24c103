"""Translating step by step: what is written is what the net says when it is given what it wrote."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.nets.builtin import builtin
from dlcli.nets.net import Net
from dlcli.nets.translation import read_steps, translate

SAID = {"source": 5, "vocabulary": 7}
WORDS = [3, 4, 5]


def net(name: str = "seq2seq-attention") -> Net:
    return Net(builtin(name, input=(9,), classes=3, said=SAID), np.float64).draw(4)


@pytest.mark.parametrize("name", ["seq2seq", "seq2seq-attention"])
def test_each_step_is_the_most_probable_behind_those_before(name: str) -> None:
    made, read = net(name), [6, 2, 6]
    found = translate(made, read, 1, WORDS)
    whole = np.array([[*read, 0, 0, 1, *(WORDS[one.word] for one in found.draws[:-1])]])
    np.testing.assert_array_equal(found.inputs, whole[0])
    outputs = made.forward(made.batch(whole))[:, :, 0]  # all steps at once
    assert [one.word for one in found.draws] == outputs.argmax(axis=0).tolist()
    np.testing.assert_allclose(np.stack([one.logits for one in found.draws], axis=1), outputs, atol=1e-12)


def test_the_alignment_is_that_of_the_layer_over_what_was_read() -> None:
    made = net()
    found = translate(made, [6, 2, 6], 1, WORDS)
    assert found.alignment is not None
    assert found.alignment.shape == (1, 4, 3)
    np.testing.assert_allclose(found.alignment.sum(axis=2), 1)  # nothing goes to what fills up
    x = found.inputs[:, None]
    layers = {name: y[..., 0].copy() for name, y in made.activations(x)}
    values = made.values["alignment"]
    q, k, v = np.split(values["in_proj_kernel"], 3)
    query = q @ layers["decoder"] + values["in_proj_bias"][:96, None]
    key, value = (
        w @ layers["encoder"][:, :3] + b[:, None]
        for w, b in zip((k, v), np.split(values["in_proj_bias"], 3)[1:], strict=True)
    )
    scores = query.T @ key / np.sqrt(96)
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.alignment[0], shares, atol=1e-12)
    mixed = values["out_proj_kernel"] @ (value @ shares.T) + values["out_proj_bias"][:, None]
    np.testing.assert_allclose(layers["alignment"], mixed, atol=1e-10)


def test_nothing_is_written_behind_the_end_sign() -> None:
    made, read = net(), [6, 2, 6]
    whole = translate(made, read, 1, WORDS)
    words = [one.word for one in whole.draws]
    for end in range(3):
        length = words.index(end) + 1 if end in words else len(words)
        found = translate(made, read, 1, WORDS, end)
        assert [one.word for one in found.draws] == words[:length]
        assert found.alignment is not None
        assert whole.alignment is not None
        np.testing.assert_allclose(found.alignment, whole.alignment[:, :length], atol=1e-12)


def test_without_attention_there_is_none() -> None:
    assert translate(net("seq2seq"), [6], 1, WORDS).alignment is None


def test_what_cannot_be_translated() -> None:
    for read, told in (([], "reads 1 to 5 words at once; received 0"), ([2] * 6, "received 6")):
        with pytest.raises(EngineError, match=told):
            translate(net(), read, 1, WORDS)
    with pytest.raises(EngineError, match="writes 3 words; received the numbers of 2"):
        translate(net(), [2], 1, [3, 4])
    writer = Net(builtin("char-rnn", said={"vocabulary": 5}))
    assert read_steps(writer.spec) == 0
    with pytest.raises(EngineError, match="char-rnn translates nothing"):
        translate(writer, [2], 1, WORDS)
