"""``dlcli predict --walk`` and ``--decode``: from code to code, from a code to a picture, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.tensor import Axis, Tensor

W = "w.safetensors"
RNG = np.random.default_rng(8)
PICTURES = RNG.random((4, 4, 4, 1)).astype(np.float32)


def autoencoder(*, name: str = "code", inner: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "input": [4, 4, 1],
        "target": "input",
        "loss": "binary-cross-entropy",
        "layer": [
            {"kind": "noise", "stddev": 0.5, "low": 0.0, "high": 1.0},
            {"kind": "flatten"},
            {"kind": "dense", "units": 3, "activation": "tanh", "name": name},
            *([inner] if inner else []),
            {"kind": "dense", "units": 16, "activation": "sigmoid"},
            {"kind": "reshape", "target_shape": [4, 4, 1]},
        ],
    }


AUTOENCODER = autoencoder()


def batch(count: int = 4, labels: tuple[str, ...] | None = None) -> Tensor:
    axes = (Axis("picture", labels), Axis("height"), Axis("width"), Axis("channel"))
    return Tensor(PICTURES[:count], axes, "pictures")


def by_hand(net: Any, shares: list[float]) -> np.ndarray:
    """The walk through the first inputs by its formula, in doubles."""
    w = {name: array.astype(float) for name, array in net.weights().items()}
    codes = np.tanh(PICTURES.reshape(4, 16) @ w["code/kernel"] + w["code/bias"])
    made = []
    for share in shares:
        begin = min(int(share), 2)
        t = share - begin
        code = (1 - t) * codes[begin] + t * codes[begin + 1]
        made.append(1 / (1 + np.exp(-(code @ w["dense/kernel"] + w["dense/bias"]))))
    return np.array(made).reshape(-1, 4, 4, 1)


def refused(ended: Any, code: int, told: str) -> None:
    assert (ended.code, ended.raw) == (code, b""), ended.err
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2


def test_what_is_drawn_lies_on_the_straight_line_between_the_codes(cli: Any, save: Any) -> None:
    net = save(AUTOENCODER, classes=())
    walk = cli("predict", W, "--walk", "5", stdin=batch(2)).tensor
    assert (walk.name, walk.axis_names) == ("walk", ("step", "height", "width", "channel"))
    shares = [walk.axes[0].value(i) for i in range(5)]
    assert shares == [0, 0.25, 0.5, 0.75, 1]
    np.testing.assert_allclose(walk.data, by_hand(net, shares), rtol=1e-5)
    output = cli("predict", W, stdin=batch(2)).tensor
    np.testing.assert_allclose(walk.data[[0, -1]], output.data, rtol=1e-5)


def test_several_inputs_are_joined_one_to_the_next(cli: Any, save: Any) -> None:
    net = save(AUTOENCODER, classes=())
    walk = cli("predict", W, "--walk", "3", stdin=batch(4)).tensor
    shares = [0, 0.5, 1, 1.5, 2, 2.5, 3]
    assert [walk.axes[0].value(i) for i in range(len(walk.data))] == shares
    np.testing.assert_allclose(walk.data, by_hand(net, shares), rtol=1e-5)
    for i, one in enumerate(PICTURES[:3]):
        np.save(f"{i}.npy", one)
    files = cli("predict", W, "0.npy", "1.npy", "2.npy", "--walk", "3").tensor
    np.testing.assert_allclose(files.data, walk.data[:5], rtol=1e-5)


def test_pixels_and_floats_are_walked_between(cli: Any, save: Any) -> None:
    save(AUTOENCODER, classes=())
    pixels = np.rint(PICTURES[0, ..., 0] * 255).astype(np.uint8)
    Image.fromarray(pixels).save("a.png")
    np.save("b.npy", PICTURES[1])
    np.save("a.npy", pixels[..., None] / np.float32(255))
    mixed = cli("predict", W, "a.png", "b.npy", "--walk", "2").tensor
    floats = cli("predict", W, "a.npy", "b.npy", "--walk", "2").tensor
    np.testing.assert_allclose(mixed.data, floats.data, rtol=1e-6)


def test_a_set_of_data_and_other_sizes(cli: Any, save: Any) -> None:
    save(AUTOENCODER, classes=())
    np.savez("set.npz", x_train=PICTURES[:1], y_train=[0], x_test=PICTURES[1:], y_test=[0, 1, 2])
    assert cli("predict", W, "set.npz", "--walk", "4").tensor.shape == (7, 4, 4, 1)
    assert cli("predict", W, "set.npz", "--part", "all", "--walk", "4").tensor.shape == (10, 4, 4, 1)
    np.save("a.npy", PICTURES[0])
    np.save("b.npy", RNG.random((6, 9)))
    refused(
        cli("predict", W, "a.npy", "b.npy", "--walk", "4"), 1, "b.npy is 6 x 9 x 1 (height, width, channel)"
    )
    ended = cli("predict", W, "a.npy", "b.npy", "--walk", "4", "--fit", "crop")
    assert ended.tensors[0].shape == (4, 4, 4, 1)
    assert ended.err == "dlcli: --fit crop changes nothing of a.npy: it is 4 x 4 x 1 already\n"


def test_noise_is_put_on_each_input(cli: Any, save: Any) -> None:
    save(AUTOENCODER, classes=())
    same = np.stack([PICTURES[0]] * 2)
    plain, noisy, other = (
        cli("predict", W, "--walk", "2", *more, stdin=Tensor(same)).tensor.data
        for more in ((), ("--noise",), ("--noise", "--seed", "1"))
    )
    assert (plain[0] == plain[1]).all()
    assert (noisy[0] != noisy[1]).any()
    assert (noisy != other).any()


def test_the_codes_of_a_walk_go_on_and_are_decoded(cli: Any, save: Any) -> None:
    save(AUTOENCODER, classes=())
    walk = cli("predict", W, "--walk", "5", stdin=batch(3)).tensor
    codes = cli("predict", W, "--walk", "5", "--emit", "code", stdin=batch(3)).tensor
    assert (codes.name, codes.axis_names, codes.shape) == ("code", ("step", "unit"), (9, 3))
    ends = cli("predict", W, "--emit", "code", stdin=batch(3)).tensor
    np.testing.assert_array_equal(codes.data[::4], ends.data)
    drawn = cli("predict", W, "--decode", stdin=codes).tensor
    assert (drawn.name, drawn.axes[0]) == ("output", walk.axes[0])
    np.testing.assert_array_equal(drawn.data, walk.data)


@pytest.mark.parametrize("at", ["gaussian_noise", "flatten", "code", "dense", "reshape"])
def test_an_output_is_decoded_from_any_layer(at: str, cli: Any, save: Any) -> None:
    save(AUTOENCODER, classes=())
    labels = ("a", "b", "a", "c")
    output = cli("predict", W, stdin=batch(4, labels)).tensor
    codes = cli("predict", W, "--emit", at, stdin=batch(4, labels)).tensor
    drawn = cli("predict", W, "--decode", "--at", at, stdin=codes).tensor
    assert drawn.axes[0].labels == labels
    np.testing.assert_allclose(drawn.data, output.data, rtol=1e-5)
    one = cli("predict", W, "--decode", "--at", at, stdin=Tensor(codes.data[1])).tensor
    assert one.axis_names == ("height", "width", "channel")
    np.testing.assert_allclose(one.data, output.data[1], rtol=1e-5)


def test_a_code_that_is_typed_is_one(cli: Any, save: Any) -> None:
    save(AUTOENCODER, classes=())
    assert cli("predict", W, "--decode", "0.5 0 -1").tensor.shape == (4, 4, 1)
    assert cli("predict", W, "--decode", "0.5 0 -1; 1 1 1").tensor.axis_names[0] == "row"
    refused(cli("predict", W, "--decode", "0.5 0"), 1, "gives codes of 3 numbers, one row for each; received")
    refused(
        cli("predict", W, "--decode", "--at", "reshape", "1 2 3"), 1, "gives codes of 4 x 4 x 1; received"
    )
    refused(cli("predict", W, "--decode", "0.5 nan 1"), 1, "is nan; every output would be NaN")
    refused(cli("predict", W, "--decode", "--fit", "crop", "1 2 3"), 2, "--decode does not go with --fit")
    refused(cli("predict", W, "--decode", "--emit", "code", "1 2 3"), 2, "--decode, which gives output")


def test_without_a_layer_code_the_narrowest_is_taken_and_told(cli: Any, save: Any) -> None:
    model = autoencoder(name="low", inner={"kind": "relu", "name": "bent"})
    save(model, classes=())
    ended = cli("predict", W, "--walk", "2", "-f", "npy", stdin=batch(2))
    assert ended.code == 0
    assert ended.err == (
        "dlcli: w.safetensors has no layer code; --walk takes its narrowest, bent (3 numbers): --at says another\n"
    )
    said = cli("predict", W, "--walk", "2", "--at", "bent", "-f", "npy", stdin=batch(2))
    assert (said.err, said.raw) == ("", ended.raw)


def test_a_layer_that_a_residual_goes_past_is_no_code(cli: Any, save: Any) -> None:
    layers = [
        {"kind": "dense", "units": 6, "name": "a"},
        {"kind": "dense", "units": 2, "name": "b"},
        {"kind": "dense", "units": 6, "name": "c"},
        {"kind": "add", "source": "a"},
        {"kind": "dense", "units": 4, "name": "d"},
    ]
    model = {"input": [4], "target": "input", "loss": "mean-squared", "layer": layers}
    save(model, classes=())
    two = Tensor(RNG.random((2, 4)))
    ended = cli("predict", W, "--walk", "3", "--at", "b", stdin=two)
    refused(ended, 2, "--at b: its output is not all that goes on, for add adds that of a; try a, add, d")
    ended = cli("predict", W, "--walk", "3", stdin=two)
    assert "its narrowest, d (4 numbers)" in ended.err
    (walk,) = ended.tensors
    assert (walk.axis_names, walk.shape) == (("step", "value"), (3, 4))
    told = cli("predict", W, "--walk", "3", "--at", "a", "-f", "plain", stdin=two).out
    assert "2 rows" in told


def test_what_cannot_be_walked(cli: Any, save: Any) -> None:
    save(AUTOENCODER, classes=())
    np.save("a.npy", PICTURES[0])
    refused(
        cli("predict", W, "a.npy", "--walk", "5"),
        2,
        "--walk goes from one input to another, and there is one",
    )
    refused(cli("predict", W, "a.npy", "a.npy", "--walk", "1"), 2, "1 is not in the range x>=2")
    refused(cli("predict", W, "--walk", "5", "--at", "cod", stdin=batch()), 2, "did you mean code?")
    refused(cli("predict", W, "--at", "code", stdin=batch()), 2, "--at goes with --walk or --decode")
    refused(cli("predict", W, "--emit", "walk", stdin=batch()), 2, "--emit walk goes with --walk")
    ended = cli("predict", W, "--walk", "5", "--emit", "dense", stdin=batch())
    refused(ended, 2, "--emit dense does not go with --walk, which gives walk and code")
    refused(cli("predict", W, "--walk", "5", "--emit", "dens", stdin=batch()), 2, "did you mean dense?")
    ended = cli("predict", W, "--walk", "5", "--explain", "1,1,1", "-f", "plain", stdin=batch())
    refused(ended, 2, "--walk does not go with --explain")
    refused(
        cli("predict", W, "--walk", "5", "--decode", stdin=batch()), 2, "--walk does not go with --decode"
    )
    refused(cli("predict", W, "--walk", "1e12", stdin=batch()), 1, "--walk of 2999999999998 steps takes")


@pytest.mark.parametrize("option", [("--walk", "5"), ("--decode",)])
def test_a_net_that_tells_classes_apart_has_no_pictures_of_codes(option: Any, cli: Any, save: Any) -> None:
    save()
    ended = cli("predict", W, *option, stdin=Tensor(np.ones((2, 8, 8, 1))))
    refused(
        ended, 2, f"{option[0]} is for a net that makes pictures of codes, and w.safetensors gives 3 classes"
    )


def test_the_story_of_a_walk(cli: Any, save: Any) -> None:
    save(AUTOENCODER, classes=())
    for name in "ab":
        Image.fromarray(RNG.integers(0, 256, (4, 4), dtype=np.uint8)).save(f"{name}.png")
    ended = cli("predict", W, "a.png", "b.png", "--walk", "5", "-f", "plain", "--width", "80")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.split("\n")
    assert max(map(len, lines)) <= 80
    assert lines[0] == "Input  2 pictures of a.png and b.png"
    ends = lines.index("Ends  inputs, and what their codes draw")
    assert lines[ends + 1].split() == ["a.png", "→", "at", "0", "b.png", "→", "at", "1"]
    walk = lines.index("Walk  5 steps from a.png to b.png")
    assert lines[walk + 1].split() == ["0", "0.25", "0.5", "0.75", "1"]  # one row
    assert lines[-2] == "  dlcli predict w.safetensors a.png b.png --walk 5 --at gaussian_noise"
    told = cli("predict", W, "--walk", "3", "-f", "plain", stdin=Tensor(RNG.random((9, 4, 4, 1)))).out
    assert "3 steps from each input to the next" in told
    assert "and 4 more ways" in told
    assert " to " in next(line for line in told.split("\n") if line.startswith("Codes"))
    same = cli("predict", W, "a.png", "a.png", "--walk", "4", "-f", "plain").out
    assert "have the same code" in same


def test_the_picture_of_a_walk_is_a_row_of_pictures(cli: Any, save: Any) -> None:
    save(AUTOENCODER, classes=())
    assert cli("predict", W, "--walk", "5", "-o", "all.png", stdin=batch(3)).code == 0
    with Image.open("all.png") as image:
        assert image.size == (5 * 4 + 4 * 2, 2 * 4 + 2)


def test_the_codes_of_a_set_are_points_of_its_classes(shell: Any) -> None:
    line = "dlcli predict sample:denoiser sample:digits --emit code"
    codes = shell(line).tensor
    assert (codes.shape, codes.axis_names) == ((400, 64), ("picture", "unit"))
    assert codes.axes[0].labels == tuple("0123456789" * 40)
    told = shell(f"{line} | dlcli show --view scatter -f plain --width 80").out.split("\n")
    looks = told.index("Looks")
    plot = told[looks : told.index("Numbers")]
    assert plot[1].startswith("  component 2: ")
    assert plot[-2].strip().startswith("component 1: ")
    assert max(map(len, told)) <= 80
    assert set("".join(row.partition("│")[2] for row in plot)) >= set("0123456789")
    again = shell("dlcli predict sample:denoiser sample:digits -f plain --width 80").out
    assert f"{line} | dlcli show \\\n      --view scatter" in again
