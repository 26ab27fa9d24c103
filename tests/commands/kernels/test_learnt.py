"""``dlcli kernels --weights``: the kernels that a net has learnt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.commands.kinds.nets.net_file import history_tensor, write_net_file
from dlcli.nets.net import Net
from dlcli.nets.spec import model_spec

W = "w.safetensors"


@pytest.fixture
def net(cli: Any) -> Net:
    layers = [
        {"kind": "conv", "filters": 4, "activation": "relu"},
        {"kind": "conv", "filters": 2, "use_bias": False},
        {"kind": "flatten"},
        {"kind": "dense", "units": 2},
    ]
    spec = model_spec({"input": [8, 8, 1], "layer": layers})
    made = Net(spec).draw(0)
    write_net_file(W, spec, made.weights(), state={}, facts={}, history=history_tensor([]))
    return made


def test_the_kernels_of_the_first_convolution_follow_each_other(net: Net, cli: Any) -> None:
    sent = cli("kernels", "--weights", W).tensors
    assert [one.name for one in sent] == [f"conv2d:{i}" for i in range(4)]
    kernel = net.weights()["conv2d/kernel"]
    for place, one in enumerate(sent):
        assert one.axis_names == ("height", "width")
        np.testing.assert_array_equal(one.data, kernel[:, :, 0, place])
    page = cli("kernels", "--weights", W, "-f", "plain").out
    sizes = np.abs(kernel).sum(axis=(0, 1, 2))
    named = [line.split()[-1] for line in page.split("\n") if " conv2d:" in line]
    assert named == [f"conv2d:{i}" for i in np.argsort(-sizes)]
    assert "then relu" in page


def test_kernels_that_see_several_channels_have_an_axis_for_them(net: Net, cli: Any) -> None:
    sent = cli("kernels", "--weights", W, "--layer", "conv2d_1").tensors
    assert [one.shape for one in sent] == [(3, 3, 4)] * 2
    assert sent[0].axis_names == ("height", "width", "channel")
    page = cli("kernels", "--weights", W, "--layer", "conv2d_1", "-f", "plain").out
    assert page.startswith("Kernels  2 of conv2d_1 in w.safetensors, each 3 × 3 × 4, the largest first")
    assert "bias" not in page


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--layer", "conv2d_2"), 2, "did you mean conv2d"),
        (("--layer", "dense"), 2, "it is a layer of kind dense"),
        (("box",), 2, "are kernels that were learnt, and box has a name; give one of them"),
        (("--explain", "1,1", "-f", "plain"), 2, "these were learnt: dlcli conv --weights w.safetensors"),
    ],
)
def test_what_does_not_go_with_learnt_kernels(
    words: tuple[str, ...], code: int, told: str, net: Net, cli: Any
) -> None:
    ended = cli("kernels", "--weights", W, *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err


def test_other_weights_are_refused(cli: Any) -> None:
    np.savez("plain.npz", kernel=np.ones((3, 3, 1, 2)))
    ended = cli("kernels", "--weights", "plain.npz")
    assert (ended.code, "does not say what model" in ended.err) == (1, True)
    ended = cli("kernels", "--layer", "conv2d")
    assert (ended.code, "--layer goes with --weights" in ended.err) == (2, True)
