"""Words where weights are wanted, and names where others are known: what is said of those that do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

MODEL = "input = [4, 4, 1]\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("predict", "cnn", "x.npy"), "cnn is a model without weights; train one first: dlcli train cnn DATA -o net.safetensors"),
        (("predict", "m.toml", "x.npy"), "m.toml is a model without weights; train one first: dlcli train m.toml DATA"),
        (("summary", "cnn", "--save-weights", "w.npz"), "cnn is a model without weights; train one first"),
        (("train", "small-cnn", "sample:digits", "--from", "cnn"), "cnn is a model without weights; train one first"),
        (("conv", "0 1 0; 1 0 1", "--weights", "cnn"), "cnn is a model without weights; train one first"),
        (("kernels", "--weights", "cnn"), "cnn is a model without weights; train one first"),
        (("predict", "nett", "x.npy"), "'nett' is neither a file nor a sample: weights are .safetensors, .npz or .onnx"),
        (("predict", "p.png", "x.npy", "--model", "small-cnn"), "p.png: a picture, no file of weights; weights are .safetensors"),
        (("predict", "t.csv", "x.npy", "--model", "small-cnn"), "t.csv: a text or a table, no file of weights; weights are"),
        (("train", "--resume", "t.csv"), "t.csv: a text or a table, no file of weights; weights are .npz or .safetensors"),
        (("summary", "relu.toml"), "there is no activation of dense 'Relu': did you mean relu?"),
        (("summary", "optimizer.toml"), "no key of a model 'optimizer': it belongs to the training; dlcli train has --optimizer"),
        (("summary", "size.toml"), "try kernel_size = 3"),
        (("summary", "source.toml"), "there is no layer 'bottom' before this one: before it stands a"),
    ],
)  # fmt: skip
def test_what_does_not_fit(words: tuple[str, ...], told: str, cli: Any) -> None:
    dense = '[[layer]]\nkind = "dense"\nunits = 2\nname = "a"\n'
    files = {
        "m": MODEL + dense,
        "relu": MODEL + dense + 'activation = "Relu"\n',
        "optimizer": MODEL + 'optimizer = "adam"\n' + dense,
        "size": MODEL + '[[layer]]\nkind = "conv"\nfilters = 2\nkernel_size = [3]\n',
        "source": "input = [2]\n" + dense + '[[layer]]\nkind = "add"\nsource = "bottom"\n',
    }
    for name, text in files.items():
        Path(f"{name}.toml").write_text(text)
    np.save("x.npy", np.zeros((28, 28, 1)))
    Image.new("L", (5, 4)).save("p.png")
    Path("t.csv").write_text("length,label\n1.5,setosa\n2.5,virginica\n")
    got = cli(*words)
    assert got.code in (1, 2)
    assert told in " ".join(got.err.split())


def test_what_is_said_to_belong_to_the_training_is_an_option_of_train() -> None:
    from dlcli.commands.kinds.nets.model import OF_TRAINING
    from dlcli.commands.train.command import command

    options = {flag for one in command.params for flag in one.opts}
    assert {f"--{one}" for one in OF_TRAINING.values()} <= options
