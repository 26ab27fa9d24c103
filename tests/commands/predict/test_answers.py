"""What a net says of inputs, in the numbers that it learnt in and in more digits."""

from __future__ import annotations

import numpy as np

from dlcli.commands.predict.answers import Answers
from dlcli.commands.predict.model import Model
from dlcli.nets.builtin import builtin
from dlcli.nets.net import Net


def test_one_input_alone_in_float64() -> None:
    inputs = np.random.default_rng(0).integers(0, 256, (5, 14, 14, 1), np.uint8)
    net = Net(builtin("small-cnn", input=(14, 14, 1), classes=3)).draw(0)
    answers = Answers(Model("net.safetensors", net, (), {}, None), 5, lambda at: inputs[at])
    exact = answers.exact(3)
    assert (answers.logits.dtype, exact.logits.dtype, exact.count) == (np.float32, np.float64, 1)
    np.testing.assert_allclose(exact.logits[0], answers.logits[3], rtol=1e-4)
    assert (exact.logits[0] != answers.logits[3]).any()
    terms = exact.terms(0, 1)
    assert terms is not None
    np.testing.assert_allclose(terms.total, exact.logits[0, 1], rtol=1e-12)
    np.testing.assert_allclose(exact.gradient(1)[0], answers.gradient(1)[3], rtol=1e-3, atol=1e-6)
