"""``dlcli normalize``: which numbers share a mean, gain and bias from anywhere, and words for what does not fit."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import FIELD, Axis, Tensor

TORCH = np.load(Path(__file__).parents[2] / "data" / "torch_decoder.npz")
NAMES = ("batch", "height", "width", "channel")
X = Tensor(TORCH["norm x"], tuple(map(Axis, NAMES)))  # (3, 2, 3, 6)
UNNAMED = Tensor(TORCH["norm x"])

AFFINE = ("--gain", "gain.npy", "--bias", "bias.npy")


@pytest.fixture(autouse=True)
def files(cli: Any) -> None:
    """What PyTorch and Keras call the arrays of a layer, in the folder of the test."""
    gain, bias, mean, variance = (TORCH[f"norm {name}"] for name in ("gain", "shift", "mean", "variance"))
    np.save("gain.npy", gain)
    np.save("bias.npy", bias)
    torch = {"weight": gain, "bias": bias, "running_mean": mean, "running_var": variance}
    keras = {"gamma": gain, "beta": bias, "moving_mean": mean, "moving_variance": variance}
    np.savez("torch.npz", **torch)
    np.savez("keras.npz", **{f"bn/{name}": array for name, array in keras.items()})
    np.savez("two.npz", **{f"{layer}.{name}": array for layer in ("a", "b") for name, array in torch.items()})


@pytest.mark.parametrize("x", [X, UNNAMED], ids=["named", "unnamed"])
@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("--kind batch", "batch"),
        ("--kind instance", "instance"),
        ("--kind layer", "layer"),
        ("--kind group --groups 1", "group 1"),
        ("--kind group --groups 2", "group 2"),
        ("--kind group --groups 3 --eps 1e-3", "group 3"),
    ],
)
def test_it_is_what_pytorch_gives(x: Tensor, words: str, name: str, cli: Any) -> None:
    found = cli("normalize", *shlex.split(words), *AFFINE, stdin=x).tensor
    np.testing.assert_allclose(found.data, TORCH[f"norm {name}"], rtol=0, atol=1e-13)
    assert (found.axes, found.name) == (x.axes, "normalized")


def test_the_other_kinds_of_pytorch(cli: Any) -> None:
    rms = cli("normalize", "--kind", "rms", "--gain", "gain.npy", stdin=X).tensor
    np.testing.assert_allclose(rms.data, TORCH["norm rms"], rtol=0, atol=1e-13)
    whole = cli("normalize", "--axis", "height", "--axis", "2", "--axis", "channel", stdin=X).tensor
    np.testing.assert_allclose(whole.data, TORCH["norm layer all"], rtol=0, atol=1e-13)
    response = cli("normalize", "--kind", "local-response", stdin=X).tensor
    np.testing.assert_allclose(response.data, TORCH["norm response 5"], rtol=0, atol=1e-14)
    words = ("--size", "4", "--alpha", "0.5", "--beta", "0.6", "--k", "2")
    response = cli("normalize", "--kind", "local-response", *words, stdin=X).tensor
    np.testing.assert_allclose(response.data, TORCH["norm response 4"], rtol=0, atol=1e-14)


def test_what_a_net_has_kept_from_training(cli: Any) -> None:
    for file in ("torch.npz", "keras.npz"):
        line = ("normalize", "--kind", "batch", "--weights", file)
        found = cli(*line, "--eps", "1e-3", stdin=X).tensor
        np.testing.assert_allclose(found.data, TORCH["norm batch moving"], rtol=0, atol=1e-13)
        found = cli(*line, "--training", "--eps", "1e-5", stdin=X).tensor
        np.testing.assert_allclose(found.data, TORCH["norm batch"], rtol=0, atol=1e-13)
    ended = cli("normalize", "--weights", "torch.npz", stdin=X)
    assert "the moving statistics of torch.npz are left out: --kind batch alone has such" in ended.err
    np.testing.assert_allclose(ended.tensors[0].data, TORCH["norm layer"], rtol=0, atol=1e-13)
    one = cli("normalize", "--kind", "batch", "--weights", "two.npz", "--layer", "b", stdin=X).tensors[0]
    two = cli("normalize", "--kind", "batch", "--weights", "torch.npz", stdin=X).tensors[0]
    np.testing.assert_array_equal(one.data, two.data)


def test_epsilon_is_that_of_whose_names_a_file_has(cli: Any) -> None:
    """Keras' 1e-3 or PyTorch's 1e-5, and it is said; of a net of ours what its model says."""
    sharing = X.data.mean(axis=(0, 1, 2)), X.data.var(axis=(0, 1, 2))
    gain, bias = TORCH["norm gain"], TORCH["norm shift"]

    def expected(eps: float, mean: Any = TORCH["norm mean"], variance: Any = TORCH["norm variance"]) -> Any:
        return (X.data - mean) / np.sqrt(variance + eps) * gain + bias

    for file, eps, told in (
        ("keras.npz", 1e-3, "keras.npz has Keras' names: epsilon is Keras' 0.001; --eps sets another"),
        ("torch.npz", 1e-5, "torch.npz has PyTorch's names: epsilon is PyTorch's 1e-05; --eps sets another"),
    ):
        line = ("normalize", "--kind", "batch", "--weights", file)
        ended = cli(*line, stdin=X)
        np.testing.assert_allclose(ended.tensors[0].data, expected(eps), rtol=0, atol=1e-13)
        assert told in ended.err
        ended = cli(*line, "--training", stdin=X)
        np.testing.assert_allclose(ended.tensors[0].data, expected(eps, *sharing), rtol=0, atol=1e-13)
        ended = cli(*line, "--eps", "0.5", stdin=X)
        np.testing.assert_allclose(ended.tensors[0].data, expected(0.5), rtol=0, atol=1e-13)
        assert ended.err == ""
        assert "epsilon" not in cli("normalize", "--kind", "rms", "--weights", file, stdin=X).err


NET = """\
input = [4]

[[layer]]
kind = "dense"
units = 6

[[layer]]
kind = "batchnorm"
name = "bn"
epsilon = 0.25

[[layer]]
kind = "layernorm"
name = "ln"

[[layer]]
kind = "dense"
units = 2
activation = "softmax"
"""


def test_epsilon_of_a_net_of_ours_is_what_its_model_says(cli: Any) -> None:
    Path("net.toml").write_text(NET)
    Path("rows.csv").write_text("a,b,c,d,label\n" + "1,2,3,4,x\n2,3,1,0,y\n" * 4)
    assert cli("train", "net.toml", "rows.csv", "--epochs", "1", "-o", "net.npz").code == 0
    kept = np.load("net.npz")
    ended = cli("normalize", "--kind", "batch", "--weights", "net.npz", "--layer", "bn", stdin=X)
    mean, variance, gain, bias = (
        kept[f"bn/{name}"].astype(float) for name in ("moving_mean", "moving_variance", "gamma", "beta")
    )
    found = (X.data - mean) / np.sqrt(variance + 0.25) * gain + bias
    np.testing.assert_allclose(ended.tensors[0].data, found, rtol=0, atol=1e-13)
    assert "epsilon is 0.25, as the model in net.npz has it; --eps sets another" in ended.err
    ended = cli("normalize", "--weights", "net.npz", "--layer", "ln", stdin=X)
    assert "epsilon is 0.001, as the model in net.npz has it" in ended.err


def test_which_axes_are_taken(cli: Any) -> None:
    """Rows and columns are examples and features; a gray picture has no channels, a coloured one no batch."""
    matrix = np.array([[1.0, 2, 6], [4, 4, 10]])
    found = cli("normalize", "1 2 6; 4 4 10", "--kind", "batch", "--emit", "mean").tensor
    assert (found.data.tolist(), found.axis_names) == ([2.5, 3, 8], ("column",))
    found = cli("normalize", "1 2 6; 4 4 10", "--emit", "mean").tensor
    assert (found.data.tolist(), found.axis_names) == ([3, 6], ("row",))
    gray = Tensor(matrix, (Axis("height"), Axis("width")))
    for kind in ("batch", "instance"):
        found = cli("normalize", "--kind", kind, "--emit", "mean", stdin=gray).tensor
        assert (found.data.tolist(), found.axes) == (4.5, ())
    colours = cli("normalize", "sample:cat", "--kind", "batch", "--emit", "deviation").tensor
    cat = cli("conv", "sample:cat", "-k", "1", "--channels", "keep").tensor.data.astype(np.float64)
    np.testing.assert_allclose(colours.data, cat.std(axis=(0, 1)), rtol=1e-6)
    for words in ("", "--kind batch --weights torch.npz"):
        found = cli("normalize", "--eps", "0.5", "--emit", "deviation", *shlex.split(words), stdin=X).tensor
        deviation = np.sqrt(TORCH["norm variance"]) if words else X.data.std(axis=-1)
        np.testing.assert_allclose(found.data, deviation, rtol=1e-13)
    assert colours.axes[0].labels == ("red", "green", "blue")
    first = Tensor(X.data[0].transpose(2, 0, 1), (Axis("channel"), Axis("height"), Axis("width")))
    found = cli("normalize", "--kind", "instance", "--emit", "mean", stdin=first).tensor
    np.testing.assert_allclose(found.data, X.data[0].mean(axis=(0, 1)), rtol=1e-14)
    found = cli("normalize", "--kind", "group", "--groups", "2", "--emit", "mean", stdin=X).tensor
    assert (found.shape, found.axis_names) == ((3, 2), ("batch", "group"))
    turned = cli("normalize", "1 2 6; 4 4 10", "--kind", "batch", "--channel", "row", "--emit", "mean").tensor
    assert turned.data.tolist() == [3, 6]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("'1 2 6'", [[-0.925819, -0.46291, 1.388729]]),
        ("[1,2,6]", [-0.925819, -0.46291, 1.388729]),
        ("'3 4' --kind rms", [[0.848528, 1.131371]]),
        ("'1 2 6' --gain 10", [[-9.25819, -4.6291, 13.88729]]),
        ("'1 2 6' --gain '1 0 0' --bias '0 5 7'", [[-0.925819, 5, 7]]),
        ("'1 2 6; 3 6 6' --axis row --gain '10 100' --eps 0", [[-10, -10, np.nan], [100, 100, np.nan]]),
        ("'5 5 5'", [[0, 0, 0]]),
        ("'5 5 5' --eps 0", [[np.nan] * 3]),
    ],
)
def test_by_hand(typed: str, expected: list[Any], cli: Any) -> None:
    np.testing.assert_allclose(cli("normalize", *shlex.split(typed)).tensor.data, expected, rtol=2e-6)


def test_what_a_cell_sees_is_kept_where_no_cell_is_mixed_with_another(shell: Any) -> None:
    pipe = "dlcli conv sample:cat -k sobel-x -k box:3 | dlcli normalize -f frame "
    np.savez("w.npz", weight=np.ones(2), bias=np.zeros(2), running_mean=np.ones(2), running_var=np.ones(2))
    for words, kept in {
        "": True,
        "--kind local-response": True,
        "--kind batch": False,
        "--kind instance": False,
        "--kind group --groups 2": False,
        "--axis height": False,
        "--kind batch --weights w.npz": True,
        "--kind batch --weights w.npz --training": False,
    }.items():
        assert (FIELD in shell(pipe + words).tensors[0].attrs) == kept, words


def test_where_the_channels_are_guessed_it_is_said(cli: Any) -> None:
    """PyTorch's order without names; not where a name or an option tells, nor where no channel counts."""
    pictures = np.arange(3 * 20 * 30.0).reshape(3, 20, 30)
    for kind in ("batch", "instance", "group --groups 3", "local-response"):
        ended = cli("normalize", "--kind", *shlex.split(kind), stdin=Tensor(pictures))
        assert "has no names: normalize takes its last axis for 30 channels" in ended.err, kind
        assert "if the channels come first, 3 of 20 x 30, say --channel 0" in ended.err
        ended = cli("normalize", "--kind", *shlex.split(kind), "--channel", "0", stdin=Tensor(pictures))
        assert ended.err == ""
    batch = Tensor(np.stack([pictures, pictures]))
    told = cli("normalize", "--kind", "batch", stdin=batch).err
    assert "of shape (3, 20, 30) has no names" in told
    assert "3 of 20 x 30, say --channel 1" in told
    for quiet in (Tensor(pictures.transpose(1, 2, 0)), Tensor(pictures, tuple(map(Axis, NAMES[1:])))):
        assert cli("normalize", "--kind", "batch", stdin=quiet).err == ""
    for words in ("--kind layer", "--kind rms", "--kind batch --axis 0"):
        assert cli("normalize", *shlex.split(words), stdin=Tensor(pictures)).err == "", words


BAD: dict[str, tuple[str, Any, int, str]] = {
    "one number": ("", Tensor(np.float64(3)), 1, "normalize wants at least one axis"),
    "no numbers": ("", Tensor(np.zeros((2, 0))), 1, "none of them empty"),
    "complex": ("'1+2j 3'", b"", 1, "not defined for complex numbers"),
    "groups that do not divide": ("--kind group --groups 4", X, 1, "divides the 6 channels; received 4; try one of 1, 2, 3, 6"),
    "32 groups": ("sample:cat --kind group", b"", 1, "divides the 3 channels; received 32; try one of 1, 3"),
    "groups of a gray picture": ("--kind group --groups 1", Tensor(np.ones((2, 2)), (Axis("height"), Axis("width"))), 1, "there are none"),
    "responses of a gray picture": ("--kind local-response", Tensor(np.ones((2, 2)), (Axis("height"), Axis("width"))), 1, "looks across channels"),
    "one row as an instance": ("'1 2' --kind instance", b"", 1, "each has one number"),
    "a batch of one vector": ("[1,2] --kind batch", b"", 1, "one number for each channel"),
    "unknown axis": ("--axis chanel", X, 2, "did you mean channel?"),
    "axis of groups": ("--kind group --axis 0", X, 2, "--axis does not go with --kind group"),
    "channel of layer": ("'1 2' --channel 0 --kind layer", b"", 2, "--channel does not go with --kind layer"),
    "groups of batch": ("--groups 2 --kind batch", X, 2, "--groups goes with --kind group"),
    "size of batch": ("--size 3 --kind batch", X, 2, "--size goes with --kind local-response"),
    "gain of a response": ("--gain 2 --kind local-response", X, 2, "--gain does not go with --kind local-response"),
    "gain of another length": ("--gain '1 2 3'", X, 1, "the gain has one number for all, or one for each of 6 (channel); received 3"),
    "gain of two axes": ("--gain '1 2; 3 4'", X, 2, "one number for all, or one for each channel"),
    "gain of nan": ("--gain nan", X, 1, "is nan"),
    "eps below 0": ("--eps -1", X, 2, "is not a number from 0"),
    "several layers": ("--kind batch --weights two.npz", X, 2, "which layer of two.npz? Add --layer: a, b"),
    "no such layer": ("--kind batch --weights two.npz --layer c", X, 2, "has no such normalisation"),
    "no layer": ("--weights gain.npy", X, 1, "expected gamma and beta"),
    "a mean alone": ("--kind batch --weights m.npz", X, 1, "there is only the mean"),
    "a variance below 0": ("--kind batch --weights v.npz", X, 1, "a variance is from 0 on; received -1"),
    "two lengths": ("--kind batch --weights l.npz", X, 1, "are of one length"),
    "of other channels": ("'1 2 3; 4 5 6' --kind batch --weights torch.npz", b"", 1, "one for each of 3 (column); received 6"),
    "training without a file": ("'1 2' --training", b"", 2, "--training goes with --weights"),
    "mean of a response": ("--kind local-response --emit mean", X, 2, "takes no mean"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit(name: str, cli: Any) -> None:
    words, stdin, code, told = BAD[name]
    np.savez("m.npz", running_mean=np.ones(6))
    np.savez("v.npz", running_mean=np.ones(6), running_var=-np.ones(6))
    np.savez("l.npz", weight=np.ones(6), bias=np.ones(5))
    ended = cli("normalize", *shlex.split(words), stdin=stdin)
    assert (ended.code, ended.raw) == (code, b""), ended.err
    assert told in ended.err
    assert len(ended.err.strip().split("\n")) <= 2
