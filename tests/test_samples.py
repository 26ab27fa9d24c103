"""The samples: each is there, is what its page says, and has a source and a licence."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.commands.kinds.nets.net_file import read_net_file
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.layouts.seq2seq import read_seq2seq
from dlcli.engines.recurrent.seeded_cells import seeded_cell, seeded_readout
from dlcli.engines.recurrent.translation.seq2seq import Seq2Seq
from dlcli.runner.environment import Environment
from dlcli.runner.result import Run
from dlcli.tensor import Axis
from dlcli.wire.datasets.read import open_data
from dlcli.wire.read import open_input, read_tensors
from dlcli.wire.samples import samples
from dlcli.wire.stream import Limits
from dlcli.worlds.read import read_world

FOLDER = Path(__file__).parent.parent / "samples"
WORLDS = ("boat-race", "maze", "student")

#: Files of weights, which are several tensors.
WEIGHTS = ("translator", "digits-cnn", "denoiser", "writer", "dates", "vad", "speech-denoiser")

#: Sets of data, which are four arrays: 2,000 pictures of 28 x 28 do not go into less.
SETS = ("digits", "digits8", "spoken-digits", "other-voices")
PAGE = (FOLDER / "README.md").read_text()


@pytest.mark.parametrize("name", samples())
def test_every_sample_is_readable_small_and_has_a_source_and_a_licence(name: str) -> None:
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{name}` "))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert len(cells) == 4
    assert all(cells)
    assert cells[0].endswith(f"({samples()[name].name})")
    most = {"denoiser": 900_000, "vad": 1_000_000, **dict.fromkeys(SETS, 400_000)}.get(name, 300_000)
    assert len(samples()[name].read_bytes()) < most
    if name == "austen":
        assert open_data("sample:austen", limits=Limits()).vocabulary
        return
    if name in WORLDS:
        assert read_world(samples()[name].read_text()).transitions.state.size
        return
    with open_input(f"sample:{name}", stdin=None) as source:
        found = list(read_tensors(source, limits=Limits(), prose=True))
    assert len(found) == 1 or name in (*WEIGHTS, *SETS)
    assert all(
        tensor.attrs["source"] == f"sample:{name}" and (tensor.data.size or tensor.name == "history")
        for tensor in found
    )


def test_all_samples_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in samples().values()) < 4_000_000


@pytest.mark.parametrize(("noise", "least"), [("white", 6.0), ("pink", 2.0), ("brown", 1.0)])
def test_the_speech_denoiser_takes_noise_out_of_a_voice_that_it_does_not_know(
    noise: str, least: float
) -> None:
    script = script_of("make_speech_denoiser")
    with open_input("sample:speech", stdin=None) as source:
        (speech,) = read_tensors(source, limits=Limits())
    job = Run(Environment.of_process(), Limits(), 0, "")
    net = read_net_file("sample:speech-denoiser", job).net()
    found = script.gains(net, speech.data.astype(float), script.MEASURED[noise], 100)
    assert least < found["net"] < found["best"]
    if noise != "white":  # which is below every part of speech that counts: a level tells them apart
        assert found["net"] > found["plain"].max() + 0.5


def test_the_page_names_no_sample_that_is_missing() -> None:
    named = [line.split("`")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    assert sorted(named) == sorted(samples())


def test_the_samples_are_package_data() -> None:
    assert files("dlcli.samples").joinpath("cat.png").is_file()


def test_the_samples_are_found_in_a_source_tree_that_is_not_installed(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "samples")
    shutil.copytree(FOLDER.parent / "dlcli", tmp_path / "dlcli")
    program = (
        "import sys\n"
        "sys.meta_path = [finder for finder in sys.meta_path if 'editable' not in repr(finder).lower()]\n"
        "import importlib.util\n"
        "assert importlib.util.find_spec('dlcli.samples') is None\n"
        "from dlcli.wire.samples import samples\n"
        "print(*samples())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == list(samples())


def script_of(name: str) -> Any:
    """The module of a script that stands beside the samples."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_the_drawn_lines_are_what_their_script_draws() -> None:
    page = script_of("make_lines").draw()
    with Image.open(FOLDER / "lines.png") as image:
        np.testing.assert_array_equal(np.asarray(image), page)
    assert page[40, 40] == page[39, 39] == 255  # on the level line, and above it
    assert page[20, 40] == 0


@pytest.mark.parametrize("name", ["chirp", "tones"])
def test_the_made_sounds_are_what_their_script_makes(name: str) -> None:
    script = script_of("make_sounds")
    with open_input(f"sample:{name}", stdin=None) as source:
        (tensor,) = read_tensors(source, limits=Limits())
    assert tensor.attrs["sample_rate"] == 16000
    np.testing.assert_allclose(tensor.data, getattr(script, name)(), atol=2**-15)


def test_the_speech_is_a_sentence_of_three_seconds() -> None:
    with open_input("sample:speech", stdin=None) as source:
        (tensor,) = read_tensors(source, limits=Limits())
    assert (tensor.shape, tensor.attrs["sample_rate"]) == ((47840,), 16000)
    assert 0.2 < np.abs(tensor.data).max() < 1


def test_the_sentence_takes_up_its_beginning() -> None:
    with open_input("sample:sentence", stdin=None) as source:
        (tensor,) = read_tensors(source, limits=Limits(), prose=True)
    words = tensor.axes[0].labels
    assert words is not None
    assert (len(words), words[0], words[4], words[-2]) == (22, "He", "ill-disposed", "ill-disposed")
    assert tensor.data[4] == tensor.data[-2]


def test_the_sunspots_know_their_years() -> None:
    with open_input("sample:sunspots", stdin=None) as source:
        (tensor,) = read_tensors(source, limits=Limits())
    years, feature = tensor.axes
    assert (tensor.shape, feature.labels) == ((309, 1), ("sunspots",))
    most = int(tensor.data[:, 0].argmax())
    assert (years.place(0), years.place(most), tensor.data[most, 0]) == ("1700", "1957", 190.2)
    table = ["YEAR,SUNACTIVITY", *(f"{1700 + i},{n}" for i, n in enumerate(tensor.data[:, 0]))]
    made = script_of("make_sunspots").sunspots(table)
    np.testing.assert_array_equal(made.data, tensor.data)
    assert made.axes == tensor.axes


def test_a_year_that_is_missing_is_told() -> None:
    with pytest.raises(ValueError, match="a year is missing"):
        script_of("make_sunspots").sunspots(["year,n", "1700,5", "1702,16"])


def test_the_times_of_a_net_and_of_attention_are_those_of_a_clock() -> None:
    with open_input("sample:serial", stdin=None) as source:
        (tensor,) = read_tensors(source, limits=Limits())
    tokens, net = tensor.axes
    assert (tokens.place(0), tokens.place(15), net.labels) == ("256", "4096", ("GRU", "attention"))
    assert (tensor.data > 0).all()
    growth = tensor.data[15] / tensor.data[3]  # four times the tokens
    assert growth[0] < 8 < growth[1]
    ticks = iter(range(100))
    made = script_of("make_serial").serial([4, 8], runs=2, clock=lambda: next(ticks) ** 2)
    # Each run takes the difference of two squares; all have their turn before the first has its second.
    assert made.data.tolist() == [[1000, 5000], [9000, 13000]]
    assert made.axes == (Axis("tokens", start=4, step=4), net)
    for attrs in (tensor.attrs, made.attrs):  # the numbers say what they ran on and how far to trust them
        assert re.fullmatch(r"one thread of \d+ processors", str(attrs["machine"]))
        assert re.search(r"processor time, the least of \d+ runs", str(attrs["measured"]))
    assert made.attrs["spread"] == "the middle run up to 9 times the least, the longest 17 times"


def test_the_translator_is_as_good_as_its_page_says() -> None:
    script = script_of("make_translator")
    with open_input("sample:translator", stdin=None) as source:
        found = {tensor.name: tensor for tensor in read_tensors(source, limits=Limits())}
    assert sum(tensor.data.size for tensor in found.values()) == 10_902
    attrs = next(iter(found.values())).attrs
    english, german = (str(attrs[f"{side}_vocabulary"]).split() for side in ("source", "target"))
    weights = {name: tensor.data for name, tensor in found.items()}
    net = read_seq2seq(weights, end=german.index("<end>")).net
    pairs = [(a.split(), [*b.split(), "<end>"]) for a, b in script.sentences()]
    assert len(pairs) == 826
    assert round(826 * script.right(net, pairs, english, german)) == 825


def test_a_step_of_the_translator_s_training_goes_down_hill() -> None:
    script = script_of("make_translator")
    rng = np.random.default_rng(0)
    net = Seq2Seq(
        (Layer(seeded_cell("gru", 4, 3, rng)),),
        (Layer(seeded_cell("gru", 5, 3, rng)),),
        seeded_readout(3, 5, rng),
    )
    x, tokens = rng.normal(size=(2, 6, 4)), rng.integers(0, 5, (2, 3))
    found, _ = script.gradients(net, x, tokens)
    weights = script.weights_of(net)
    for name, gradient in found.items():
        at = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
        losses = []
        for step in (1e-5, -1e-5):
            moved = {key: array.copy() for key, array in weights.items()}
            moved[name][at] += step
            losses.append(script.gradients(script.with_weights(net, moved), x, tokens)[1])
        assert (losses[0] - losses[1]) / 2e-5 == pytest.approx(gradient[at], rel=1e-5), name


def test_the_exercise_is_the_course_s() -> None:
    with open_input("sample:exercise", stdin=None) as source:
        (tensor,) = read_tensors(source, limits=Limits())
    assert tensor.data.tolist() == [
        [23, 255, 40, 12, 4],
        [21, 34, 200, 43, 200],
        [160, 180, 17, 190, 80],
        [210, 190, 40, 3, 240],
    ]


@pytest.mark.parametrize("name", ["digits-cnn", "denoiser", "writer", "dates"])
def test_a_net_says_which_epoch_its_weights_are_of(name: str) -> None:
    """That of the least loss where each step has an answer, otherwise that with the most right."""
    net = read_net_file(f"sample:{name}", Run(Environment.of_process(), Limits(), 0, ""))
    assert net.history is not None
    names, history = net.history.axes[1].labels or (), net.history.data
    right = history[:, names.index("val-accuracy")] if name == "digits-cnn" else 0 * history[:, 0]
    least = history[:, names.index("val-loss")]
    order = np.lexsort([least, -right])
    assert net.facts["progress"] == {"best_epoch": order[0] + 1}
