"""``dlcli rnn``: probabilities of its outputs, binary cross entropy, and gates that open by another function."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, softmax

from dlcli.tensor import Axis, Tensor

X = Tensor(np.random.default_rng(0).normal(size=(5, 2)), (Axis("time"), Axis("feature")), "series")
SENTENCE = "the cat sat on the mat"


def test_probabilities_of_words_are_softmax_and_of_what_is_true_or_not_sigma(cli: Any) -> None:
    y, p = (cli("rnn", SENTENCE, "--emit", name).tensor for name in ("outputs", "probabilities"))
    np.testing.assert_allclose(p.data, softmax(y.data, axis=1), rtol=1e-12)
    assert p.axes == y.axes
    for more in (("--readout-activation", "sigmoid"), ("--loss", "binary-cross-entropy")):
        words = ("rnn", "1 0 0 1; 0 1 0 1", *more, "--emit")
        y, p = (cli(*words, name).tensor.data for name in ("outputs", "probabilities"))
        np.testing.assert_allclose(p, expit(y), rtol=1e-12)
    p = cli("rnn", "--readout-activation", "softmax", "--emit", "probabilities", stdin=X).tensor.data
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    last = cli("rnn", SENTENCE, "--shape", "many-to-one", "--targets", "1", "--loss", "binary-cross-entropy", "--emit", "probabilities")  # fmt: skip
    assert last.tensor.shape == (1, 1)
    ended = cli("rnn", "1 2 3", "--emit", "probabilities")
    assert "this run gives no probabilities" in ended.err


def test_losses_and_gradients_are_those_of_the_formula(cli: Any) -> None:
    targets = "1 0; 0 1; 1 1; 0.25 0; nan 1"
    wanted = np.array([[float(one) for one in row.split()] for row in targets.split(";")])
    words = ("rnn", "--targets", targets, "--loss", "binary-cross-entropy", "--emit")
    p, loss, slopes = (cli(*words, name, stdin=X) for name in ("probabilities", "loss", "weight-gradients"))
    parts = -(wanted * np.log(p.tensor.data) + (1 - wanted) * np.log(1 - p.tensor.data))
    np.testing.assert_allclose(loss.tensor.data, np.nansum(parts, axis=1), rtol=1e-12)
    (bias,) = (one.data for one in slopes.tensors if one.name == "dense/bias")
    np.testing.assert_allclose(bias, np.nansum(p.tensor.data - wanted, axis=0), rtol=1e-12)
    assert cli("rnn", "--targets", targets, "--loss", "binary-cross-entropy", "--check", stdin=X).code == 0


def test_the_story_has_p_its_loss_and_the_arithmetic_of_both(cli: Any) -> None:
    words = ("rnn", "1 0 0 1 0", "--loss", "binary-cross-entropy")
    page = cli(*words, "--bptt", "-f", "plain").out
    assert "p[t]   σ(y[t])" in page
    assert "−Σ (target · log p + (1 − target) · log(1 − p)); targets: the next input" in " ".join(
        page.split()
    )
    y, p, loss = (cli(*words, "--emit", name).tensor.data for name in ("outputs", "probabilities", "loss"))
    told = cli(*words, "--emit", "probabilities", "--explain", "1,0", "-f", "plain", "--precision", "9").out
    assert f"1 / (1 + exp(−{y[1, 0]:.9g})) = {p[1, 0]:.9g}" in told
    assert f"the target is 0: its part of the loss is −log(1 − p) = {loss[1]:.9g}" in " ".join(told.split())
    told = cli(*words, "--emit", "outputs", "--explain", "2,0", "-f", "plain", "--precision", "9").out
    assert f"−log p = {loss[2]:.9g}" in " ".join(told.split())
    told = cli(*words, "--emit", "loss", "--explain", "2", "-f", "plain", "--precision", "9").out
    assert f"L[2] is {loss[2]:.9g}" in told
    assert re.search(rf"0 +{y[2, 0]:.9g} +1 +{p[2, 0]:.9g} +{loss[2]:.9g}", told)
    told = cli(*words, "--emit", "gradients", "--explain", "1,0", "-f", "plain").out
    assert "p[t] − target" in told
    told = cli("rnn", "1 2", "--targets", "0.3 1", "--loss", "binary-cross-entropy", "--emit", "outputs", "--explain", "0,0", "-f", "plain").out  # fmt: skip
    assert "−0.3 · log p − (1 − 0.3) · log(1 − p)" in " ".join(told.split())


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("1 2", "--loss", "binary-cross-entropy"), 1, "are from 0 to 1; received 2"),
        (("1 2", "--loss", "binary-cross-entropy", "--targets", "0 -1"), 1, "from 0 to 1; received −1"),
        (
            ("1 2", "--loss", "binary-cross-entropy", "--targets", "a b"),
            2,
            "is for numbers; --targets are words",
        ),
        (("a b", "--loss", "binary-cross-entropy"), 2, "is for numbers; what comes next is words"),
        (("1 2", "--readout-activation", "softmax"), 1, "softmax of a single output is always 1"),
        (
            ("1 2", "--readout-activation", "softmax", "--loss", "squared"),
            2,
            "--readout-activation softmax goes with --loss cross-entropy, not with squared",
        ),
        (
            ("1 0", "--targets", "1 0", "--readout-activation", "sigmoid", "--classes", "3"),
            2,
            "--classes does not go with --readout-activation sigmoid",
        ),
        (("1 0", "--recurrent-activation", "relu"), 2, "add --cell lstm or --cell gru"),
        (("1 0", "--cell", "lstm", "--recurrent-activation", "gelu"), 2, "'gelu'"),
        (
            (
                "1 0",
                "--cell",
                "gru",
                "--recurrent-activation",
                "tanh",
                "--layout",
                "torch",
                "--save-weights",
                "net.npz",
            ),
            2,
            "the gates of PyTorch are sigmoid; received tanh",
        ),
    ],
)
def test_what_does_not_fit_ends_in_words(words: tuple[str, ...], code: int, told: str, cli: Any) -> None:
    ended = cli("rnn", *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("function", ["tanh", "relu", "softplus"])
def test_gates_that_open_by_another_function(cell: str, function: str, cli: Any) -> None:
    words = ("rnn", "1 0.5 -1 2", "--cell", cell, "--recurrent-activation", function)
    gates = cli(*words, "--emit", "gates").tensor
    sigma = cli(*words[:4], "--emit", "gates").tensor
    assert not np.allclose(gates.data[0], sigma.data[0])
    place = gates.axes[0].labels.index("input" if cell == "lstm" else "update")
    told = cli(*words, "--emit", "gates", "--explain", f"{place},0,1", "-f", "plain", "--precision", "9").out
    assert f"{function}(" in told
    assert "σ(" not in told
    page = cli(*words, "--bptt", "-f", "plain").out
    assert f"{function}(x[t] W_" in page
    assert cli(*words, "--check").code == 0
    saved = cli(*words, "--save-weights", "net.npz").tensor.data
    again = cli(*words[:2], "--weights", "net.npz").tensor.data
    np.testing.assert_allclose(again, saved, rtol=1e-12)
    ended = cli(*words[:2], "--weights", "net.npz", "--recurrent-activation", "sigmoid")
    assert f"the activation of its gates is {function}" in ended.err


def test_what_is_no_share_of_the_old_state_is_not_told_as_one(cli: Any) -> None:
    page = cli("rnn", "1 -3 2 1", "--cell", "lstm", "--recurrent-activation", "tanh", "--forget-bias", "-1", "--bptt", "-f", "plain").out  # fmt: skip
    assert "Π f" not in page
    assert "Π f" in cli("rnn", "1 -3 2 1", "--cell", "lstm", "--bptt", "-f", "plain").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("a b a", "--readout-activation", "sigmoid", "--bptt"),
            "--readout-activation sigmoid is for numbers; what comes next is words",
        ),
        (
            ("a b a", "--readout-activation", "sigmoid", "--targets", "x y z"),
            "or leave --readout-activation out",
        ),
        (
            ("1 0 2", "--readout-activation", "softmax", "--bptt"),
            "--readout-activation softmax is for classes",
        ),
        (
            ("1 0 2", "--readout-activation", "sigmoid", "--bptt"),
            "for numbers as they are leave --readout-activation out",
        ),
        (
            ("1 0 2", "--readout-activation", "softmax", "--targets", "1 0.5 0"),
            "for numbers as they are leave --readout-activation out",
        ),
        (
            ("1 0", "--readout-activation", "softmax", "--targets", "1 0;1 1"),
            "--readout-activation softmax wants one class",
        ),
    ],
)
def test_what_a_readout_activation_does_not_fit_is_not_said_of_a_loss(
    words: tuple[str, ...], told: str, cli: Any
) -> None:
    ended = cli("rnn", *words)
    assert ended.code in (1, 2)
    assert ended.raw == b""
    assert told in ended.err
    assert "--loss" not in ended.err
