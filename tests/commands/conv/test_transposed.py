"""``dlcli conv --transposed``: kernels laid down, their story, and words for what does not fit."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.commands.kinds.nets.net_file import history_tensor, write_net_file
from dlcli.nets.net import Net
from dlcli.nets.spec import model_spec
from dlcli.tensor import Axis, Tensor

TORCH = np.load(Path(__file__).parents[2] / "data" / "torch_decoder.npz")

LINE = ("conv", "1 2; 3 4", "--transposed", "--kernel", "1 2 1; 2 4 2; 1 2 1", "--stride", "2")


@pytest.mark.parametrize(
    ("words", "by_hand"),
    [
        ("--stride 1,2", [[1, 10, 102, 20, 200]]),
        ("--stride 1,2 --flip", [[100, 10, 201, 20, 2]]),
        ("--stride 1,2 --bias 0.5", [[1.5, 10.5, 102.5, 20.5, 200.5]]),
        ("--stride 1,2 --padding same", [[1, 10, 102, 20]]),
        ("--stride 2 --output-padding 1", [[1, 10, 102, 20, 200, 0], [0, 0, 0, 0, 0, 0]]),
        ("--stride 1,2 --dilation 1,2", [[1, 0, 12, 0, 120, 0, 200]]),
        ("--stride 1,2 --activation relu --bias -50", [[0, 0, 52, 0, 150]]),
        ("--stride 1,4 --output-padding 0", [[1, 10, 100, 0, 2, 20, 200]]),
    ],
)
def test_by_hand(words: str, by_hand: list[list[float]], cli: Any) -> None:
    found = cli("conv", "1 2", "--transposed", "-k", "1 10 100", *shlex.split(words)).tensor
    np.testing.assert_allclose(found.data, by_hand)


def test_a_kernel_below_the_stride_is_told_of(cli: Any) -> None:
    ended = cli("conv", "1 2", "--transposed", "-k", "1 10 100", "--stride", "1,4")
    assert "0 rows and 1 column are added behind" in ended.err
    assert ended.tensors[0].data.tolist() == [[1, 10, 100, 0, 2, 20, 200, 0]]


def test_the_weights_of_pytorch_and_keras(cli: Any) -> None:
    """Both have the channels of the output before, or in PyTorch behind, those of the input."""
    weight, bias, x = TORCH["lay weight 3 1"], TORCH["lay bias 1"], TORCH["lay x"][0]
    np.save("x.npy", x)
    np.savez("torch.npz", weight=weight, bias=bias)
    np.savez("keras.npz", kernel=weight.transpose(2, 3, 1, 0), bias=bias)
    line = ("conv", "x.npy", "--transposed", "--stride", "2", "--padding", "1", "--output-padding", "1")
    for file in ("torch.npz", "keras.npz"):
        found = cli(*line, "--weights", file).tensors[0]
        np.testing.assert_allclose(found.data, TORCH["lay 3 2 1 1 1 1"][0], rtol=0, atol=1e-13)
        assert found.shape == (6, 8, 4)


def test_a_layer_of_a_net_is_what_the_net_gives(cli: Any) -> None:
    """A layer of Keras' kind, with its kernel (height, width, out, in), its strides, padding and activation."""
    layers = [
        {
            "kind": "conv-transpose",
            "filters": 2,
            "kernel_size": 3,
            "strides": 2,
            "padding": "same",
            "activation": "relu",
        },
        {"kind": "flatten"},
        {"kind": "dense", "units": 2},
    ]
    spec = model_spec({"input": [4, 5, 3], "layer": layers})
    net = Net(spec).draw(0)
    rng = np.random.default_rng(1)
    net.load({name: rng.normal(size=array.shape) for name, array in net.weights().items()})
    write_net_file("w.safetensors", spec, net.weights(), state={}, facts={}, history=history_tensor([]))
    x = rng.random((4, 5, 3)).astype(np.float32)
    found = next(y for _, y in net.activations(net.batch(x[None])) if y.shape[:1] == (2,))
    picture = Tensor(x, (Axis("height"), Axis("width"), Axis("channel")))
    made = cli("conv", "--transposed", "--weights", "w.safetensors", stdin=picture).tensor
    np.testing.assert_allclose(made.data, found.transpose(3, 1, 2, 0)[0], rtol=1e-5, atol=1e-6)
    ended = cli("conv", "--weights", "w.safetensors", stdin=picture)
    assert "has no convolution whose kernels could slide alone" in ended.err


def test_each_colour_by_itself(cli: Any) -> None:
    words = ("--transposed", "-k", "1 1; 1 1", "--stride", "2")
    found = cli("conv", "sample:cat", *words, "--channels", "keep").tensor
    cat = cli("conv", "sample:cat", "-k", "1", "--channels", "keep").tensor
    assert found.axes[2].labels == ("red", "green", "blue")
    np.testing.assert_array_equal(found.data, cat.data.repeat(2, axis=0).repeat(2, axis=1))
    added = cli("conv", "sample:cat", *words).tensor
    np.testing.assert_array_equal(added.data, found.data.sum(axis=2))


def test_the_way_back_of_a_line_of_time(cli: Any) -> None:
    x = Tensor(np.ones((4, 1)), (Axis("time", start=0.0, step=0.5, unit="s"), Axis("unit")))
    forth = cli("conv", "-k", "1; 1", "--stride", "2,1", stdin=x)
    back = cli("conv", "--transposed", "-k", "1; 1", "--stride", "2,1", stdin=forth.raw).tensor
    assert back.axes[0] == x.axes[0]


STORY = """\
Size  (input − 1) × stride + kernel − cut before − cut after + output padding
  row     (2 − 1) × 2 + 3 − 0 − 0 + 0 = 5
  column  (2 − 1) × 2 + 3 − 0 − 0 + 0 = 5
"""

STAMPS = """\
  stamp of 4 at 1, 1         stamps on each cell
       column                     column
  row   0   1   2   3   4    row  0  1  2  3  4
    0   ·   ·   ·   ·   ·      0  1  1  2  1  1
    1   ·   ·   ·   ·   ·      1  1  1  2  1  1
    2   ·   ·   4   8   4      2  2  2  4  2  2
    3   ·   ·   8  16   8      3  1  1  2  1  1
    4   ·   ·   4   8   4      4  1  1  2  1  1
"""

ARITHMETIC = """\
Reach  cell + cut before = input × stride + cell of the kernel
  row     2 + 0 = 0 × 2 + 2 = 1 × 2 + 0
  column  2 + 0 = 0 × 2 + 2 = 1 × 2 + 0

Arithmetic
  input  kernel  value  weight   product
  0, 0   2, 2        1 ×      1 =       1
  0, 1   2, 0        2 ×      1 =       2
  1, 0   0, 2        3 ×      1 =       3
  1, 1   0, 0        4 ×      1 =       4
                                  ───────
                             sum       10
                          + bias        0
                                  ───────
                          result       10

Feature map  10 at row 2, column 2
"""


def test_the_story(cli: Any) -> None:
    told = "\n".join(line.rstrip() for line in cli(*LINE, "-f", "plain").out.split("\n"))
    assert STORY in told
    assert STAMPS in told
    assert "Cells get 1 to 4 stamps in turn, for 3 is no multiple of the stride 2" in " ".join(told.split())
    assert cli(*LINE, "--explain", "2,2", "-f", "plain").out.endswith(ARITHMETIC)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("-k box:4 --stride 2", "a multiple of the stride: 4 stamps on each inner cell, and no checkerboard"),
        ("-k box:3 --stride 1", "no inverse"),
        ("-k box:3 -k box:3", "parameters (3·3·1 + 1)·2 = 20 multiply-adds 2·2·1·(3·3·2) = 72"),
        ("-k box:3 --stride 2 --padding 1", "What stamps lay beyond the border is cut off."),
        ("-k 1 --stride 2", "a cell of them that no stamp reaches holds the bias alone"),
        ("-k 1 --stride 2 --explain 1,0", "no cell of the input reaches this one: nothing is added up"),
        (
            "-k 1 --stride 2 --bias 3 --explain 1,0",
            "no cell of the input reaches this one: the bias 3 is alone",
        ),
        ("-k box:3 --activation relu --explain 0,0", "relu(0.1111)"),
        ("-k '1 2; 3 4' --dilation 2 --explain 2,2", "row 2 + 0 = 0 × 1 + 2 × 1"),
        ("-k box:3 --dilation 2", "reach (3 − 1) × 2 + 1 = 5"),
    ],
)
def test_what_is_told(words: str, told: str, cli: Any) -> None:
    ended = cli("conv", "1 2; 3 4", "--transposed", *shlex.split(words), "-f", "plain")
    assert ended.code == 0
    assert max(map(len, ended.out.split("\n"))) <= 80
    assert told in " ".join(ended.out.split())


BAD = {
    "padding full": ("--padding full -k box:2", 2, "--transposed does not go with --padding full"),
    "pad mode": ("--padding same --pad-mode edge -k box:2", 2, "--transposed does not go with --pad-mode"),
    "output padding alone": (None, 2, "--output-padding goes with --transposed"),
    "too much": ("-k box:2 --output-padding 1", 1, "from 0 to below the stride 1 or the dilation 1"),
    "beside same": ("-k box:2 --stride 2 --padding same --output-padding 1", 2, "does not go with --padding same"),
    "nothing left": ("-k box:2 --padding 2", 1, "nothing would be left"),
    "a winner": ("-k box:2 -k box:2 --emit winner", 2, "who answers most is asked of kernels that slide"),
    "no kernel": ("", 2, "which kernel?"),
    "huge": ("-k box:2 --stride 99999999999", 1, "no array can be as large as"),
    "depthwise": ("--weights d.npz", 1, "is that of a depthwise layer"),
    "a bias of the inputs": ("--weights b.npz", 1, "weight (in, out, height, width) of shape (1, 3, 2, 2) gives 3 outputs"),
    "groups of a file": ("--weights w.npz --groups 2", 2, "--transposed lays the kernels of one group down"),
    "a net without one": ("--weights sample:digits-cnn", 2, "has no transposed convolution whose kernels could be laid down"),
}  # fmt: skip


def test_a_sound_is_not_laid_down(cli: Any) -> None:
    ended = cli("conv", "sample:speech", "--transposed", "-k", "1 1", "--stride", "2")
    assert (ended.code, ended.raw) == (2, b"")
    assert "--transposed is for pictures" in ended.err


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit(name: str, cli: Any) -> None:
    words, code, told = BAD[name]
    np.savez("d.npz", depthwise_kernel=np.ones((2, 2, 1, 1)))
    np.savez("b.npz", weight=np.ones((1, 3, 2, 2)), bias=np.ones(1))
    np.savez("w.npz", weight=np.ones((1, 3, 2, 2)))
    typed = (
        ["-k", "box:2", "--output-padding", "1"] if words is None else ["--transposed", *shlex.split(words)]
    )
    ended = cli("conv", "1 2; 3 4", *typed)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err
    assert len(ended.err.strip().split("\n")) <= 2
