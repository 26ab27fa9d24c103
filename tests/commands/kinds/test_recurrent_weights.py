"""Files of recurrent weights: read by their names, written for others to read, refused in words."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from dlcli.commands.kinds.recurrence.recurrent_weights import NetFiles, expect_kind, load_net, save_net
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.net import RecurrentNet
from dlcli.engines.recurrent.seeded_cells import seeded_cell, seeded_readout
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.environment import Environment
from dlcli.runner.option import heading, option, parameters
from dlcli.runner.result import Run
from dlcli.wire.stream import Limits
from tests.engines.recurrent.cells import cell

DATA = Path(__file__).parents[2] / "data" / "recurrent_weights"
RUN = Run(Environment(io.BytesIO(), io.BytesIO(), io.StringIO()), Limits(), 0, "rnn")
LEAKY = RecurrentNet((Layer(cell("leaky"), cell("leaky"), "ave"),))


def net() -> RecurrentNet:
    rng = np.random.default_rng(0)
    return RecurrentNet((Layer(seeded_cell("gru", 3, 2, rng)),), seeded_readout(2, 5, rng))


@pytest.mark.parametrize("name", ["torch.safetensors", "keras.npz"])
def test_files_of_other_programs_are_read(name: str) -> None:
    loaded = load_net(str(DATA / name), RUN)
    assert loaded.layout == name.partition(".")[0]
    title = "PyTorch" if loaded.layout == "torch" else "Keras"
    assert loaded.conventions["layout"].startswith(f"as {title} has it: ")
    assert ("embedding" in loaded.conventions) == (loaded.layout == "torch")


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("layout", ["keras", "torch", "onnx"])
def test_what_is_written_is_read_back_the_same(layout: str, suffix: str, tmp_path: Path) -> None:
    path = str(tmp_path / f"net{suffix}")
    save_net(net(), path, layout)
    back = load_net(path, RUN)
    assert back.layout == layout
    for ours, theirs in zip(net().layers[0].cells, back.net.layers[0].cells, strict=True):
        for name, array in ours.arrays().items():
            np.testing.assert_array_equal(theirs.arrays()[name], array)
    with_numpy: Any = load_file(path) if suffix == ".safetensors" else np.load(path)
    first = {"keras": "gru/gru_cell/kernel", "torch": "rnn.weight_ih_l0", "onnx": "W"}[layout]
    assert with_numpy[first].size == 3 * 6


def test_what_arrays_do_not_tell_travels_with_them(tmp_path: Path) -> None:
    for suffix in (".npz", ".safetensors"):
        path = str(tmp_path / f"leaky{suffix}")
        save_net(LEAKY, path, "keras")
        (layer,) = load_net(path, RUN).net.layers
        assert (layer.merge, layer.forward.kind, getattr(layer.forward, "alpha", None)) == (
            "ave",
            "leaky",
            0.7,
        )
        again = load_net(path, RUN, {"alpha": 0.25})  # the file comes before the line
        assert getattr(again.net.layers[0].forward, "alpha", None) == 0.7


def test_weights_of_another_cell_or_width_are_refused() -> None:
    loaded = load_net(str(DATA / "torch.safetensors"), RUN)
    expect_kind(loaded, "lstm", 2)
    with pytest.raises(
        WrongUsage, match=r"weights of a cell 'lstm' \(layer 0\), --cell asks for 'gru'; try --cell lstm"
    ):
        expect_kind(loaded, "gru")
    with pytest.raises(WrongUsage, match=r"weights of 2 units \(layer 0\), --units asks for 3"):
        expect_kind(loaded, "lstm", 3)


@pytest.mark.parametrize(
    ("suffix", "line"),
    [
        (".pt", "safetensors.torch.save_file"),
        (".keras", "numpy.savez"),
        (".h5", "w.path"),
        (".onnx", "W=w, R=r, B=b"),
    ],
)
def test_a_file_of_another_format_is_told_how_to_be_saved(suffix: str, line: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{suffix}"
    path.write_bytes(b"something")
    with pytest.raises(DlcliError) as raised:
        load_net(str(path), RUN)
    assert line in str(raised.value)
    assert len(str(raised.value).splitlines()) == 2


def test_what_is_no_file_of_weights(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.ones(3))
    with pytest.raises(DlcliError, match=r"x.npz: expected a recurrent net's weights"):
        load_net(str(tmp_path / "x.npz"), RUN)
    with pytest.raises(DlcliError, match=r"'nowhere\.npz' is neither a file nor"):
        load_net("nowhere.npz", RUN)


def test_an_encoder_and_a_decoder_are_for_another_command() -> None:
    with pytest.raises(
        DlcliError, match="holds an encoder and a decoder; try dlcli seq2seq --weights sample:translator"
    ):
        load_net("sample:translator", RUN)


def test_where_weights_cannot_go() -> None:
    with pytest.raises(WrongUsage, match=r"--save-weights net.csv: weights are several arrays"):
        save_net(net(), "net.csv", "keras")
    with pytest.raises(WrongUsage, match="--layout torch: PyTorch only concatenates"):
        save_net(LEAKY, "net.npz", "torch")


@dataclass(frozen=True)
class Before:
    """One field that stands before the bundle."""

    net: bool = option("--net", under="Net", help="A net.")


@dataclass(frozen=True)
class Options(NetFiles, Before):
    """The bundle between two fields."""

    more: bool = option("--more", under="More", help="More.")


def test_a_bundle_stands_under_the_heading_of_the_option_before_it() -> None:
    found = [(param.name, heading(param)) for param in parameters(Options)]
    assert found == [("net", "Net"), ("save_weights", "Net"), ("layout", "Net"), ("more", "More")]
