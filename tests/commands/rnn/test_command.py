"""``dlcli rnn``: what it reads, what it gives, what it tells, and words for what does not fit."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.lstm import LSTMCell, lstm
from dlcli.engines.recurrent.seeded_cells import seeded_cell, seeded_readout
from dlcli.engines.recurrent.sequence_loss import cross_entropy, squared_error
from dlcli.engines.recurrent.stacked import run_stack, stack_gradients
from dlcli.tensor import Axis, Tensor

DATA = Path(__file__).parents[2] / "data"

SENTENCE = "the cat sat on the mat"
RNG = np.random.default_rng(0)


def seeded(features: int, outputs: int, kind: str = "lstm", units: int = 2, **options: Any) -> Any:
    rng = np.random.default_rng(0)
    cell = seeded_cell(kind, features, units, rng, **options)
    return cell, seeded_readout(units, outputs, rng)


def series(*shape: int) -> Tensor:
    return Tensor(RNG.normal(size=shape), (Axis("time"), Axis("feature"))[: len(shape)], "series")


def test_states_gates_and_cell_are_the_engines(cli: Any) -> None:
    x = series(7, 3)
    cell, readout = seeded(3, 3)
    assert isinstance(cell, LSTMCell)
    steps = lstm(x.data, cell)
    assert steps.cell is not None
    found = {
        name: cli("rnn", "--cell", "lstm", "--emit", name, stdin=x).tensor
        for name in ("states", "gates", "cell", "outputs")
    }
    np.testing.assert_allclose(found["states"].data, steps.states)
    np.testing.assert_allclose(found["cell"].data, steps.cell)
    np.testing.assert_allclose(found["outputs"].data, readout(steps.states))
    gates = found["gates"]
    assert gates.axes[0] == Axis("gate", ("forget", "input", "candidate", "output"))
    for i, name in enumerate(gates.axes[0].labels or ()):
        np.testing.assert_allclose(gates.data[i], steps.parts[name])
    assert found["states"].axis_names == ("time", "unit")


def test_a_sentence_is_one_hot_and_its_words_label_the_steps(cli: Any) -> None:
    found = cli("rnn", SENTENCE, "--cell", "gru").tensor
    ids = [0, 1, 2, 3, 0, 4]
    cell, _ = seeded(5, 5, "gru")
    np.testing.assert_array_equal(found.data, run_stack(np.eye(5)[ids], [Layer(cell)]).outputs)
    assert found.axes[0] == Axis("time", tuple(SENTENCE.split()))


@pytest.mark.parametrize(
    ("tensor", "steps", "features"),
    [
        (Tensor(np.arange(5.0)), 5, 1),
        (Tensor(np.arange(5.0).reshape(1, 5)), 5, 1),
        (Tensor(np.arange(6.0).reshape(2, 3)), 2, 3),
        (Tensor(np.ones((3, 7)), (Axis("frequency"), Axis("frame"))), 7, 3),
        (Tensor(np.ones((3, 7), complex), (Axis("frequency"), Axis("frame"))), 7, 3),
        (Tensor(np.ones((3, 7)), (Axis("frame"), Axis("time"))), 3, 7),
    ],
)
def test_what_counts_as_a_step(tensor: Tensor, steps: int, features: int, cli: Any) -> None:
    found = cli("rnn", "--cell", "lstm", stdin=tensor).tensor
    cell, _ = seeded(features, features)
    expected = np.abs(tensor.data)
    expected = expected.T if expected.shape != (steps, features) and expected.ndim == 2 else expected
    np.testing.assert_allclose(found.data, lstm(expected.reshape(steps, features), cell).states)


def test_frames_of_a_sound_are_steps(shell: Any) -> None:
    found = shell("dlcli stft sample:chirp --emit mel --mels 8 | dlcli rnn --cell lstm").tensor
    assert found.axes[0].unit == "s"
    assert found.shape[1] == 2
    assert found.shape[0] > 600


def test_gradients_and_loss_are_those_of_the_next_input(cli: Any) -> None:
    x = series(6, 2)
    cell, readout = seeded(2, 2)
    net = [Layer(cell)]
    steps = run_stack(x.data, net)
    targets = np.concatenate([x.data[1:], np.full((1, 2), np.nan)])
    loss = squared_error(readout(steps.outputs), targets)
    whole = stack_gradients(net, steps, loss.doutputs @ readout.kernel.T)
    words = ("rnn", "--cell", "lstm", "--emit")
    np.testing.assert_allclose(cli(*words, "loss", stdin=x).tensor.data, loss.steps)
    np.testing.assert_allclose(
        cli(*words, "gradients", stdin=x).tensor.data, whole.deltas[0].directions[0].hidden
    )
    found = cli(*words, "weight-gradients", "--paths-of", "U", stdin=x).tensor
    np.testing.assert_allclose(found.data, whole.weights[0][0]["recurrent_kernel"])
    assert found.axes[1].labels == ("i0", "i1", "f0", "f1", "g0", "g1", "o0", "o1")
    assert cli(*words, "paths", stdin=x).tensor.axis_names == ("loss step", "step")


def test_of_words_the_next_one_is_the_target(cli: Any) -> None:
    found = cli("rnn", SENTENCE, "--emit", "loss").tensor.data
    cell, readout = seeded(5, 5, "simple")
    ids = np.array([0, 1, 2, 3, 0, 4])
    steps = run_stack(np.eye(5)[ids], [Layer(cell)])
    expected = cross_entropy(readout(steps.outputs), np.append(ids[1:], -1)).steps
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(
    ("targets", "more", "loss"),
    [
        ("1 2 3", (), "squared"),
        ("1 2; 3 4; 5 6", (), "squared"),
        ("0 1 1", ("--loss", "cross-entropy"), "cross-entropy"),
        ("DET NOUN VERB", (), "cross-entropy"),
    ],
)
def test_targets_as_they_are_typed(targets: str, more: tuple[str, ...], loss: str, cli: Any) -> None:
    words = ("rnn", "1 0 0", "--targets", targets, *more)
    found = cli(*words, "--emit", "loss").tensor.data
    outputs = cli(*words, "--emit", "outputs").tensor.data
    if loss == "squared":
        values = np.array([[float(n) for n in row.split()] for row in targets.split(";")])
        expected = squared_error(outputs, values.reshape(3, -1)).steps
    else:
        expected = cross_entropy(outputs, np.array([0, 1, 1] if more else [0, 1, 2])).steps
    np.testing.assert_allclose(found, expected)


def test_targets_from_a_file(cli: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", np.array([1.0, 2.0, 3.0]))
    found = cli("rnn", "1 0 0", "--targets", "y.npy", "--emit", "loss").tensor.data
    np.testing.assert_array_equal(
        found, cli("rnn", "1 0 0", "--targets", "1 2 3", "--emit", "loss").tensor.data
    )


def test_truncation_and_clipping_change_the_gradient(cli: Any) -> None:
    words = ("rnn", "1 0.5 -1 2 0 1 1 -2", "--emit")
    whole, short, clipped = (
        cli(*words, "weight-gradients", "--paths-of", "U", *more).tensor.data
        for more in ((), ("--truncate", "2"), ("--clip", "0.01"))
    )
    assert not np.allclose(whole, short)
    assert np.linalg.norm(clipped) < 0.01  # the others are part of the norm
    np.testing.assert_allclose(clipped / np.linalg.norm(clipped), whole / np.linalg.norm(whole))
    sizes = cli(*words, "paths", "--truncate", "2").tensor.data
    t, k = np.indices(sizes.shape)
    np.testing.assert_array_equal(sizes[t - k >= 2], 0)
    far = cli(*words, "gradients", "--truncate", "1").tensor.data
    assert not np.allclose(far, cli(*words, "gradients").tensor.data)


@pytest.mark.parametrize(
    ("more", "entry"),
    [
        ((), "U[0,1]"),
        ((), "W[0,1]"),
        (("--cell", "gru"), "U[1,5]"),
        (("--cell", "gru", "--reset-before"), "U[1,5]"),
        (("--cell", "lstm", "--truncate", "2"), "U[0,3]"),
        (("--cell", "gru+1"), "S[0,4]"),
    ],
)
def test_of_an_entry_the_signed_paths_and_its_own_gradient_are_emitted(
    more: tuple[str, ...], entry: str, cli: Any
) -> None:
    words = ("rnn", "1 0.5 -1 2", *more, "--emit")
    row, column = (int(n) for n in entry[2:-1].split(","))
    whole = cli(*words, "weight-gradients", "--paths-of", entry[0]).tensor
    own = cli(*words, "weight-gradients", "--paths-of", entry).tensor
    paths = cli(*words, "paths", "--paths-of", entry).tensor
    assert own.shape == (1, 1)
    assert (own.axes[0].place(0), own.axes[1].place(0)) == (str(row), whole.axes[1].place(column))
    assert own.attrs["weight"] == paths.attrs["weight"] == entry
    assert own.data.item() == whole.data[row, column] != 0
    np.testing.assert_allclose(paths.data.sum(), own.data.item(), rtol=1e-12)
    sizes = cli(*words, "paths", "--paths-of", entry[0]).tensor.data
    assert (np.abs(paths.data) <= sizes * (1 + 1e-12)).all()
    assert (paths.data < 0).any()
    for t, k in ((2, 2), (2, 1), (1, 2)):
        told = cli(*words, "paths", "--paths-of", entry, "--explain", f"{t},{k}", "-f", "plain", "--precision", "12").out  # fmt: skip
        result = told[told.index("Result") :]
        value = float(re.findall(r" is (−?[\d.]+(?:e−?\d+)?)", result)[0].replace("−", "-"))
        assert value == pytest.approx(paths.data[t, k], rel=1e-8)
        assert f"term({t}, {k}) of dL/d{entry}" in result
        assert "‖" not in result
    pages = {
        place: cli(*words, "weight-gradients", "--paths-of", entry, "--explain", place, "-f", "plain").out
        for place in ("0,0", f"{row},{column}")
    }
    assert len(set(pages.values())) == 1
    assert f"dL/d{entry[0]} at {row},{column} is" in pages["0,0"]
    ended = cli(*words, "weight-gradients", "--paths-of", entry, "--explain", "0,7")
    assert (ended.code, ended.err) == (2, f"dlcli rnn: --explain: --paths-of {entry} is the one entry that is emitted\n")  # fmt: skip


def test_the_paths_of_another_weight(cli: Any) -> None:
    x = series(6, 2)
    words = ("rnn", "--cell", "gru", "--skip", "2", "--emit")
    cell, readout = seeded(2, 2, "gru", skip=2)
    net = [Layer(cell)]
    steps = run_stack(x.data, net)
    loss = squared_error(readout(steps.outputs), np.concatenate([x.data[1:], np.full((1, 2), np.nan)]))
    whole = stack_gradients(net, steps, loss.doutputs @ readout.kernel.T).weights[0][0]
    for letter, name in {"U": "recurrent_kernel", "W": "kernel", "S": "skip_kernel"}.items():
        found = cli(*words, "weight-gradients", "--paths-of", letter, stdin=x).tensor
        np.testing.assert_allclose(found.data, whole[name])
        told = cli(
            "rnn", "--cell", "gru", "--skip", "2", "--bptt", "--paths-of", letter, "-f", "plain", stdin=x
        ).out
        assert f"‖dL/d{letter}‖ =" in told
    ended = cli("rnn", "--paths-of", "S", "--emit", "paths", stdin=x)
    assert ended.code == 1
    assert "a cell 'simple' like this has no S; it has U, W" in ended.err


def test_truncated_to_all_steps_nothing_is_left_out(cli: Any) -> None:
    words = ("rnn", "1 0.5 -1 2", "--cell", "gru", "--emit")
    for emit in ("gradients", "weight-gradients", "paths"):
        whole, short = (cli(*words, emit, *more).tensors for more in ((), ("--truncate", "4")))
        assert len(whole) == (5 if emit == "weight-gradients" else 1)
        for one, same in zip(whole, short, strict=True):
            np.testing.assert_allclose(one.data, same.data, atol=1e-15)


@pytest.mark.parametrize(
    ("shape", "steps", "outputs"),
    [("one-to-one", 1, 1), ("many-to-one", 3, 1), ("one-to-many", 3, 3), ("many-to-many", 3, 3)],
)
def test_shapes(shape: str, steps: int, outputs: int, cli: Any) -> None:
    words = ("rnn", "the cat sat", "--shape", shape, "--emit")
    states = cli(*words, "states").tensors[0]
    assert states.shape[0] == steps
    found = cli(*words, "outputs").tensors[0]
    assert found.shape[0] == outputs
    assert found.axes[0].labels == ("the", "cat", "sat")[steps - outputs : steps]
    if shape == "one-to-many":
        cell, _ = seeded(3, 3, "simple")
        x = np.array([[1.0, 0, 0], [0, 0, 0], [0, 0, 0]])
        np.testing.assert_array_equal(states.data, run_stack(x, [Layer(cell)]).outputs)


def test_of_two_directions_the_only_output_reads_where_each_ends(cli: Any) -> None:
    # Keras 3.15: Sequential([Bidirectional(LSTM(3)), Dense(2)]) with these weights, in the order of get_weights()
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(4, 2)), (Axis("time"), Axis("feature")))
    names = [
        f"bidirectional/{direction}_lstm/lstm_cell/{name}"
        for direction in ("forward", "backward")
        for name in ("kernel", "recurrent_kernel", "bias")
    ]
    shapes = 2 * ((2, 12), (3, 12), (12,))
    arrays = {name: rng.normal(size=shape) for name, shape in zip(names, shapes, strict=True)}
    dense = {"dense/kernel": rng.normal(size=(6, 2)), "dense/bias": rng.normal(size=2)}
    np.savez("keras.npz", **arrays, **dense)
    words = ("rnn", "--weights", "keras.npz", "--shape", "many-to-one", "--targets", "1 -1")
    found = cli(*words, "--emit", "outputs", stdin=x).tensor.data
    np.testing.assert_allclose(found, [[1.7908824626485218, 0.8850722542451054]], rtol=1e-6)
    loss = cli(*words, "--emit", "loss", stdin=x).tensor.data
    np.testing.assert_allclose(loss, [np.nan] * 3 + [2.089496236724857], rtol=1e-6)
    gradient = cli(*words, "--emit", "weight-gradients", "--paths-of", "U", stdin=x).tensor.data
    assert np.linalg.norm(gradient) == pytest.approx(0.39600742697441865)
    assert cli(*words, "--emit", "gradients", stdin=x).tensor.axes[1].labels == (
        "→0", "→1", "→2", "←0", "←1", "←2",
    )  # fmt: skip
    told = cli(*words, "--bptt", "-f", "plain", stdin=x).out
    assert "of all weights together 3.294" in told
    assert "h      [h→[3], h←[0]]\n" in told
    assert "y[3] reads each direction where its reading ends" in " ".join(told.split())
    assert "h← of y[3]" in told


#: PyTorch 2.13: the norm that ``clip_grad_norm_(all parameters, 1)`` returns, and ‖dL/dU‖ of the highest
#: forward cell after it; L = ½ Σ (y − target)² of y = Linear(module(x)), the module with 2 layers both ways.
CLIPPED = {
    "lstm": (2.22077322580401, 0.04090540486119094),
    "simple": (32.928496992844764, 0.07608994098964646),
    "gru": (14.990681008617614, 0.01543367781652487),
}


@pytest.mark.parametrize("kind", CLIPPED)
def test_clipping_counts_both_biases_of_pytorch(kind: str, cli: Any) -> None:
    rng = np.random.default_rng(2)
    x, targets = (Tensor(rng.normal(size=(5, 2)), (Axis("time"), Axis("feature"))) for _ in "xt")
    rows = 3 * {"lstm": 4, "simple": 1, "gru": 3}[kind]
    arrays = {
        f"rnn.{name}_l{layer}{side}": rng.normal(size=shape)
        for layer, features in enumerate((2, 6))
        for side in ("", "_reverse")
        for name, shape in (
            ("weight_ih", (rows, features)), ("weight_hh", (rows, 3)), ("bias_ih", rows), ("bias_hh", rows),
        )
    }  # fmt: skip
    np.savez("net.npz", **arrays, **{"fc.weight": rng.normal(size=(2, 6)), "fc.bias": rng.normal(size=2)})
    np.save("targets.npy", targets.data)
    norm, clipped = CLIPPED[kind]
    words = ("rnn", "--weights", "net.npz", "--targets", "targets.npy", "--clip", "1")
    words += ("--activation", "tanh") if kind == "simple" else ()
    found = cli(*words, "--emit", "weight-gradients", "--paths-of", "U", stdin=x).tensor.data
    assert np.linalg.norm(found) == pytest.approx(clipped, rel=1e-6)  # PyTorch adds 1e-6 to the norm
    told = " ".join(cli(*words, "--bptt", "-f", "plain", stdin=x).out.split())
    both = " (both biases of each cell counted)" if kind != "gru" else ""
    assert f"of all weights together {norm:.4g}{both}" in told


def test_losses_are_told_wherever_there_are_targets(cli: Any) -> None:
    told = cli("rnn", "a b a", "-f", "plain").out
    loss = np.nansum(cli("rnn", "a b a", "--emit", "loss").tensor.data)
    assert f"Loss  −log p(target); targets: the next word; Σ L = {loss:.4g}\n" in told
    told = cli("rnn", "1 2 3", "--targets", "2 3 4", "-f", "plain").out
    losses = cli("rnn", "1 2 3", "--targets", "2 3 4", "--emit", "loss").tensor.data
    for t, (target, loss) in enumerate(zip((2, 3, 4), losses, strict=True)):
        assert re.search(rf"^ +{t} .* {target} +{loss:.4g}$", told, re.MULTILINE)
    assert "‖dL/dh‖" not in told
    assert "Loss" not in cli("rnn", "3", "-f", "plain").out


def test_losses_nobody_asked_about_may_explode(cli: Any) -> None:
    ended = cli("rnn", "1 1e300 1", "-f", "plain")
    assert ended.code == 0
    assert "Loss  the losses explode" in ended.out


def test_layers_directions_and_merges(cli: Any) -> None:
    x = series(5, 3)
    deep = cli("rnn", "--layers", "2", "--units", "3", stdin=x).tensor
    assert deep.shape == (5, 3)
    both = cli("rnn", "--bidirectional", stdin=x).tensor
    assert both.axes[1].labels == ("→0", "→1", "←0", "←1")
    for merge in ("sum", "mul", "ave"):
        assert cli("rnn", "--bidirectional", "--merge", merge, stdin=x).tensor.shape == (5, 2)
    parts = {"sum": both.data[:, :2] + both.data[:, 2:], "mul": both.data[:, :2] * both.data[:, 2:]}
    for merge, expected in parts.items():
        found = cli("rnn", "--bidirectional", "--merge", merge, stdin=x).tensor.data
        np.testing.assert_allclose(found, expected)


def test_a_leaky_unit_keeps_its_input_and_its_old_value(cli: Any) -> None:
    np.testing.assert_array_equal(
        cli("rnn", "8 0 0", "--cell", "leaky", "--alpha", "0").tensor.data.ravel(), [8, 0, 0]
    )
    found = cli("rnn", "8 0 0", "--cell", "leaky:0.5").tensor.data.ravel()
    np.testing.assert_array_equal(found, [4, 2, 1])


def test_options_of_cells_change_what_they_do(cli: Any) -> None:
    plain = cli("rnn", "1 0 2 1", "--cell", "gru").tensor.data
    for more in (("--reset-before",), ("--skip", "2"), ("--activation", "relu"), ("--seed", "1")):
        assert not np.allclose(cli("rnn", "1 0 2 1", "--cell", "gru", *more).tensor.data, plain), more
    np.testing.assert_array_equal(
        cli("rnn", "1 0 2 1", "--cell", "gru+2").tensor.data,
        cli("rnn", "1 0 2 1", "--cell", "gru", "--skip", "2").tensor.data,
    )
    gates = cli("rnn", "0 0", "--cell", "lstm", "--forget-bias", "5", "--emit", "gates").tensor
    np.testing.assert_allclose(gates.data[0, 0], 1 / (1 + np.exp(-5)))


def test_cells_are_compared_along_an_axis(cli: Any) -> None:
    words = ("rnn", "1 0 0 0 1 1", "--cell", "simple", "--cell", "lstm", "--cell", "lstm")
    found = cli(*words).tensor
    assert found.axes[0] == Axis("cell", ("simple", "lstm (1)", "lstm (2)"))
    np.testing.assert_array_equal(found.data[1], cli("rnn", "1 0 0 0 1 1", "--cell", "lstm").tensor.data)
    told = cli(*words, "-f", "plain").out
    assert "Gradient left" in told
    assert "µs a step" in told
    assert cli(*words, "--emit", "cell").code == 1


def test_a_vocabulary_says_which_words_there_are(cli: Any) -> None:
    found = cli("rnn", "cat sat", "--vocabulary", "the cat sat on mat").tensor
    cell, _ = seeded(5, 5, "simple")
    np.testing.assert_array_equal(found.data, run_stack(np.eye(5)[[1, 2]], [Layer(cell)]).outputs)
    ended = cli("rnn", "cat sit", "--vocabulary", "the cat sat on mat")
    assert ended.code == 1
    assert "unknown word 'sit': it is none of the 5 of the vocabulary; did you mean sat?" in ended.err


def test_standardized_features_have_mean_0_and_deviation_1(cli: Any) -> None:
    found = cli("rnn", "10 20 30", "--standardize", "--cell", "leaky:0").tensor.data.ravel()
    np.testing.assert_allclose([found.mean(), found.std()], [0, 1], atol=1e-12)


@pytest.mark.parametrize("layout", ["keras", "torch", "onnx"])
@pytest.mark.parametrize("cell", ["simple", "lstm", "gru"])
def test_saved_weights_give_the_same_net_in_every_layout(layout: str, cell: str, cli: Any) -> None:
    words = ("rnn", SENTENCE, "--emit", "states")
    saved = cli(
        *words, "--cell", cell, "--units", "3", "--seed", "5", "--save-weights", "w.npz", "--layout", layout
    )
    read = cli(*words, "--weights", "w.npz")
    np.testing.assert_allclose(read.tensor.data, saved.tensor.data, rtol=1e-12)
    told = cli("rnn", SENTENCE, "--weights", "w.npz", "-f", "plain", "--details").out
    assert "Weights  w.npz" in told
    assert "Convention" in told


def test_weights_can_be_converted_in_one_line(cli: Any) -> None:
    cli("rnn", "1 0 0", "--cell", "gru", "--save-weights", "a.safetensors")
    cli("rnn", "1 0 0", "--weights", "a.safetensors", "--save-weights", "b.npz", "--layout", "torch")
    with np.load("b.npz") as file:
        assert any(name.endswith("weight_ih_l0") for name in file)


def test_weights_of_another_cell_or_size_are_refused(cli: Any) -> None:
    cli("rnn", "the cat sat", "--cell", "gru", "--save-weights", "w.npz")
    for words, code, told in (
        (
            ("the cat sat", "--cell", "lstm"),
            2,
            "holds the weights of a cell 'gru' (layer 0), --cell asks for 'lstm'",
        ),
        (("the cat sat", "--cell", "gru", "--units", "5"), 2, "--units asks for 5"),
        (("the cat",), 1, "reads 3 different words, the sentence has 2"),
        (("1 0 0",), 1, "are for 3 features a step; the sequence has 1"),
        (("1 0 0", "--cell", "gru", "--cell", "lstm"), 2, "weights are those of one net"),
    ):
        ended = cli("rnn", *words, "--weights", "w.npz")
        assert (ended.code, ended.raw) == (code, b"")
        assert told in ended.err
    ended = cli("rnn", "1 0 0", "--save-weights", "w.txt")
    assert ended.code == 2
    assert cli("rnn", "1 0 0", "--weights", "nowhere.npz").code == 1


def test_a_latch_is_a_cell_too(cli: Any) -> None:
    assert cli("rnn", "1 1; 0 0; 0 1; 1 0", "--cell", "latch").tensor.data.ravel().tolist() == [1, 1, 1, 0]
    ended = cli("rnn", "1 1; 0 0", "--cell", "latch", "--cell", "lstm")
    assert ended.code == 2


def test_everything_goes_into_one_file(cli: Any, tmp_path: Path) -> None:
    ended = cli("rnn", SENTENCE, "--cell", "lstm", "-o", "all.npz")
    assert (ended.code, ended.err) == (0, "")
    with np.load(tmp_path / "all.npz") as file:
        assert {"states", "outputs", "gates", "cell", "gradients", "loss", "paths"} <= set(file)


def test_a_long_or_aimless_sequence_goes_into_one_file_without_what_it_lacks(
    cli: Any, tmp_path: Path
) -> None:
    assert cli("rnn", "--cell", "gru", "-o", "long.npz", stdin=series(500, 2)).code == 0
    with np.load(tmp_path / "long.npz") as file:
        assert "weight-gradients/gru/gru_cell/kernel" in file
        assert file["paths"].shape == (400, 400)
    assert cli("rnn", "1 0 1", "--shape", "many-to-one", "-o", "aimless.npz").code == 0
    with np.load(tmp_path / "aimless.npz") as file:
        assert "outputs" in file
        assert "loss" not in file


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("1 0 0", "--targets", "1 2"), 1, "--targets has 2 rows; the sequence has 3 steps"),
        (("the cat sat", "--targets", "DET NOUN"), 1, "--targets has 2 words; the sequence has 3 steps"),
        (
            ("1 0 0", "--targets", "0 1.5 1", "--loss", "cross-entropy"),
            1,
            "received 1.5; for numbers as they are try",
        ),
        (("1 0 0", "--targets", "0 1 1e9", "--loss", "cross-entropy"), 1, "received 1e9"),
        (
            ("1 0 0", "--targets", "0 1; 1 0; 0 1", "--loss", "cross-entropy"),
            1,
            "wants one class for each step",
        ),
        (("1 0 0", "--targets", "0 inf 1"), 1, "received an infinity"),
        (("the cat", "--shape", "many-to-one", "--targets", "x y"), 1, "has 2 words; the last step needs 1"),
        (("1", "--bptt"), 1, "nothing comes next in a sequence of 1 step"),
        (("1 0 0", "--shape", "many-to-one", "--bptt"), 1, "say what it should be, such as --targets 1"),
        (("1 nan 0",), 1, "step 1 is not finite: feature 0 is nan"),
        (("1 0 0", "--cell", "simple", "--emit", "cell"), 1, "this run gives no cell; it gives states"),
        (("1 0 0", "--cell", "ltsm"), 2, "no cell is called 'ltsm': did you mean lstm?"),
        (("1 0 0", "--cell", "lstm:0.5"), 2, "such as leaky:0.9"),
        (("1 0 0", "--cell", "leaky:2"), 2, "from 0 to 1"),
        (("1 0 0", "--cell", "gru+0"), 2, "the number of steps of a skip connection"),
        (("1 0 0", "--alpha", "1.5"), 2, "not a number from 0 to 1"),
        (("1 0 0", "--alpha", "0.5"), 2, "--alpha is for another cell: add --cell leaky"),
        (
            ("1 0 0", "--cell", "lstm", "--reset-before"),
            2,
            "--reset-before is for another cell: add --cell gru",
        ),
        (("1 0 0", "--cell", "gru", "--forget-bias", "5"), 2, "add --cell lstm, or leave --forget-bias out"),
        (("1 0 0", "--merge", "sum"), 2, "--merge goes with --bidirectional or --weights: add it"),
        (("1 0 0", "--layout", "onnx"), 2, "--layout goes with --save-weights: add it"),
        (
            ("1 1; 0 0", "--cell", "latch", "--bptt"),
            2,
            "--bptt: a latch has two signals and nothing to learn",
        ),
        (
            ("1 0 0", "--weights", "w.npz", "--forget-bias", "2"),
            2,
            "--forget-bias is decided by the file of --weights",
        ),
        (("1 0 0", "--explain", "3,0"), 2, "there is no cell 3,0 in the states: time 0 to 2, unit 0 to 1"),
        (("1 0 0", "--cell", "gru", "--cell", "lstm", "--explain", "0,0,0"), 2, "give a single --cell"),
        (("the cat", "--vocabulary", "!?"), 1, "unknown word 'the'"),
        (
            ("1 2 3", "--loss", "cross-entropy"),
            2,
            "--loss cross-entropy is for classes; what comes next is numbers: give classes with --targets",
        ),
        (("1 2 3", "--loss", "cross-entropy", "--bptt"), 2, "or leave --loss out"),
        (("a b a", "--loss", "squared"), 2, "--loss squared is for numbers; what comes next is words"),
        (
            ("a b a", "--targets", "b z a", "--loss", "squared", "--bptt"),
            2,
            "--loss squared is for numbers; --targets are words: give numbers, or leave --loss out",
        ),
        (("1 1; 0 0", "--cell", "latch+2"), 2, "'latch+2': a latch has no skip connection; try --cell latch"),
        (
            ("1 2", "--cell", "leaky:0.3", "--alpha", "0.5"),
            2,
            "--alpha: leaky:0.3 says it already; leave one of them out",
        ),
        (("1 2", "--cell", "simple+1", "--skip", "2"), 2, "--skip: simple+1 says it already"),
        (
            ("1 2", "--cell", "leaky:0.3+1", "--cell", "gru+3", "--skip", "2"),
            2,
            "leaky:0.3+1 and gru+3 say it",
        ),
        (("1 2 3", "--paths-of", "U[2,0]", "--bptt"), 1, "U is 2 × 2 here, its last entry U[1,1]"),
        (
            ("1 2 3", "--paths-of", "W[0,1]", "--step", "0.1", "--times", "3"),
            2,
            "of many steps none is told: leave --times out, or add --bptt",
        ),
        (
            ("1 2 3", "--paths-of", "U", "--step", "0.1"),
            2,
            "name an entry whose step is told, such as U[0,1], or add --bptt",
        ),
        (("1 2 3", "--paths-of", "X", "--bptt"), 2, "'X' is none of U, W, S, nor one entry of them"),
        (("1 2 3", "--paths-of", "U[0", "--bptt"), 2, "such as U[0,1]"),
        (("1 2 3", "--paths-of", "S", "--bptt"), 1, "a cell 'simple' like this has no S; it has U, W"),
        (
            ("1 2 3", "--cell", "leaky", "--cell", "gru", "--paths-of", "U", "--emit", "paths"),
            1,
            "a cell 'leaky' like this has no U",
        ),
        (("a b", "--standardize"), 2, "--standardize is for numbers; words are one-hot: leave it out"),
        (
            ("1 2", "--vocabulary", "a b"),
            2,
            "--vocabulary is for words; the sequence is numbers: leave it out",
        ),
        (("a b", "--vocabulary", ""), 2, "'--vocabulary': it is empty"),
        (
            ("a b a", "--targets", "b z a", "--bptt", "--vocabulary", "a b"),
            1,
            "unknown word 'z': it is none of the 2 of --vocabulary; it has a, b; for classes of their own add",
        ),
        (
            ("1 2 3 4", "--shape", "many-to-one", "--targets", "1;2;3;4"),
            1,
            "--targets has 4 rows, one for each step, but only the last step has an output: give its own",
        ),
        (
            ("1 2 3", "--shape", "many-to-one", "--targets", "4 5 6"),
            1,
            "such as --targets 6, or leave --shape out",
        ),
        (("a b c", "--shape", "many-to-one", "--targets", "4 5 6"), 1, "has 3 numbers, one for each step"),
        (("1 2 3", "--targets", "nan nan nan"), 1, "--targets are all nan: no step would have one"),
        (("a b", "--shape", "many-to-one", "--targets", "good"), 1, "--classes 'good other'"),
        (("a b", "--targets", "DET DET"), 1, "one class, 'DET': a net with no other is always right"),
        (("a a a", "--bptt"), 1, "the only word is 'a': to say what comes next is no choice"),
        (("1 2", "--clip", "1"), 2, "--clip goes with --bptt or --step or --emit weight-gradients: add it"),
        (("1 2", "--clip", "1", "--emit", "gradients"), 2, "--clip goes with --bptt"),
        (("1 2", "--truncate", "1"), 2, "--truncate goes with --bptt or --step or --emit gradients"),
        (("1 2", "--truncate", "1", "--emit", "loss"), 2, "--truncate goes with --bptt"),
        (("1 2", "--paths-of", "W"), 2, "--paths-of goes with --bptt or --step or --emit weight-gradients"),
        (
            ("1 2", "--cell", "gru", "--cell", "lstm", "--bptt", "--clip", "1"),
            2,
            "--clip changes nothing of how several cells are compared: leave it out\n",
        ),
        (
            ("1 2", "--cell", "gru", "--cell", "lstm", "--bptt", "--truncate", "1"),
            2,
            "leave it out, or add --emit gradients",
        ),
        (("1 2", "--classes", "3"), 2, "--classes goes with --targets: add it"),
        (
            ("1 2", "--targets", "next", "--classes", "3"),
            2,
            "--classes does nothing beside --targets next: give another, or leave --classes out",
        ),
        (
            ("1 2", "--targets", "1 1", "--loss", "squared", "--classes", "3"),
            2,
            "does not go with --loss squared",
        ),
        (("1 2", "--targets", "1 1", "--classes", "1"), 2, "'1' is not a number from 2 to 10000"),
        (("1 2", "--targets", "1 1", "--classes", "yes"), 2, "there are at least 2 classes"),
        (("1 2", "--targets", "1 3", "--classes", "3"), 1, "received 3; try --classes 4"),
        (
            ("1 2", "--targets", "a b", "--classes", "a c"),
            1,
            "unknown word 'b': it is none of the 2 of --classes",
        ),
        (("1 2 3", "--targets", "a b c", "--classes", "2"), 1, "3 different words; --classes 2 are fewer"),
        (("1 2", "--targets", "1"), 1, "--targets has 1 row; the sequence has 2 steps: give one for each"),
        (("1", "--targets", "1; 2"), 1, "--targets has 2 rows; the sequence has 1 step: give one"),
        (("a b", "--targets", "x"), 1, "--targets has 1 word; the sequence has 2 steps"),
        (("sample:cat",), 1, "a sequence is (time, feature), or a vector of numbers"),
    ],
)
def test_what_does_not_fit_ends_in_words(words: tuple[str, ...], code: int, told: str, cli: Any) -> None:
    ended = cli("rnn", *words, "-f", "plain" if "--emit" not in words else "json")
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2


def test_values_that_explode_are_told_at_their_first_step(cli: Any) -> None:
    x = Tensor(np.full((400, 1), 1e300), (Axis("time"), Axis("feature")))
    ended = cli("rnn", "--activation", "linear", "--skip", "1", "--units", "4", stdin=x)
    assert ended.code == 1
    assert "the states explode: they are not finite from step " in ended.err
    assert "the recurrent matrix stretches by" in ended.err


def test_an_empty_sequence_is_refused(cli: Any) -> None:
    empty = Tensor(np.zeros((0, 3)), (Axis("time"), Axis("feature")))
    ended = cli("rnn", stdin=empty)
    assert ended.code == 1
    assert "an empty sequence: there is no step in" in ended.err


def test_options_of_one_of_the_cells_compared_are_no_slip(cli: Any) -> None:
    cells = ("--cell", "simple", "--cell", "lstm", "--cell", "leaky", "--cell", "gru")
    more = ("--alpha", "0.5", "--forget-bias", "3", "--reset-before")
    assert cli("rnn", "1 0 0", *cells, *more).code == 0


def test_what_the_environment_says_of_other_cells_is_no_slip(cli: Any) -> None:
    assert cli("rnn", "1 0 0", variables={"DLCLI_RNN_ALPHA": "0.5"}).code == 0


@pytest.mark.parametrize("bad", [np.nan, -np.inf])
def test_weights_that_are_no_numbers_are_told_before_anything_explodes(bad: float, cli: Any) -> None:
    np.savez("w.npz", kernel=np.ones((1, 2)), recurrent_kernel=np.array([[1.0, 0.0], [bad, 1.0]]))
    ended = cli("rnn", "1 0 0", "--weights", "w.npz")
    assert (ended.code, ended.raw) == (1, b"")
    assert f"w.npz: recurrent_kernel is {bad:g} at 1, 0; a net needs numbers it can add" in ended.err
    assert "explode" not in ended.err


@pytest.mark.parametrize("more", [("-f", "plain"), ("--emit", "loss", "-f", "csv")])
def test_losses_that_explode_are_told_at_their_first_step(more: tuple[str, ...], cli: Any) -> None:
    ended = cli("rnn", "1 1 1", "--bptt", "--targets", "1 1e300 1", *more)
    assert (ended.code, ended.raw) == (1, b"")
    assert "the losses explode: they are not finite from step 1 on; try smaller targets" in ended.err


def test_gradients_that_explode_are_told_at_the_first_step_of_their_way_back(cli: Any) -> None:
    np.savez("w.npz", kernel=np.ones((1, 1)), recurrent_kernel=np.array([[3.0]]))
    words = ("--weights", "w.npz", "--activation", "relu", "--targets", "targets.csv", "--bptt")
    x = Tensor(np.ones((300, 1)), (Axis("time"), Axis("feature")))
    np.savetxt("targets.csv", np.zeros((300, 1)))
    for more in (("-f", "plain"), ("--emit", "gradients", "-f", "csv"), ("--emit", "weight-gradients")):
        ended = cli("rnn", *words, *more, stdin=x)
        assert (ended.code, ended.raw) == (1, b"")
        found = re.search(r"the gradients explode: from step (\d+) back they are not finite", ended.err)
        assert found, ended.err
        assert 200 < int(found[1]) < 300
        assert "3 a step" in ended.err
    assert cli("rnn", *words, "-f", "plain", stdin=Tensor(x.data[:100], x.axes)).code == 1  # 300 targets
    np.savetxt("targets.csv", np.zeros((100, 1)))
    assert cli("rnn", *words, "-f", "plain", stdin=Tensor(x.data[:100], x.axes)).code == 0


def test_a_file_of_weights_is_written_for_one_net_only(cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    ended = cli("rnn", "1 2 3", "1 2; 3 4", "--save-weights", str(path), "-f", "csv")
    assert ended.code == 1
    assert f"--save-weights {path} holds one net, and an input before this one has filled it" in ended.err
    with np.load(path) as kept:
        assert (1, 2) in {kept[name].shape for name in kept.files if name != "dlcli.json"}


@pytest.mark.parametrize("command", [("rnn", "1 2"), ("seq2seq", "a b")])
def test_results_do_not_take_the_file_of_the_weights(
    command: tuple[str, ...], cli: Any, tmp_path: Path
) -> None:
    path = str(tmp_path / "net.npz")
    ended = cli(*command, "--save-weights", path, "-o", str(tmp_path / "." / "net.npz"))
    assert (ended.code, ended.out) == (1, "")
    assert "would be written twice" in ended.err
    assert cli(*command, "--weights", path).code == 0


def test_options_that_some_of_the_cells_leave_open_are_no_slip(cli: Any) -> None:
    cells = ("--cell", "leaky:0.3+1", "--cell", "leaky", "--alpha", "0.5", "--skip", "2")
    found = cli("rnn", "1 2 4 8", *cells, "--units", "1").tensor.data
    for i, cell in enumerate(("leaky:0.3+1", "leaky:0.5+2")):
        np.testing.assert_array_equal(
            found[i], cli("rnn", "1 2 4 8", "--cell", cell, "--units", "1").tensor.data
        )


def test_beside_words_a_target_is_a_word_though_a_sample_has_its_name(cli: Any) -> None:
    words = ("rnn", "the cat sat", "--shape", "many-to-one", "--emit", "loss")
    assert cli(*words, "--targets", "cat", "--classes", "cat dog").tensor.shape == (3,)
    ended = cli("rnn", "1 2 3", "--shape", "many-to-one", "--targets", "cat")
    assert "did you mean sample:cat?" in ended.err


@pytest.mark.parametrize(
    ("words", "classes"),
    [
        (("the cat sat", "--targets", "DET NOUN VERB"), ("DET", "NOUN", "VERB")),
        (("the cat sat", "--targets", "sat on the"), ("sat", "on", "the")),
        (
            ("the cat sat", "--shape", "many-to-one", "--targets", "sad", "--classes", "glad sad"),
            ("glad", "sad"),
        ),
        (("the cat", "--shape", "many-to-one", "--targets", "sad", "--classes", "3"), ("sad", "1", "2")),
        (("1 2 3", "--targets", "1 nan 0", "--loss", "cross-entropy"), ("0", "1")),
        (("1 2 3", "--targets", "1 1 0", "--classes", "4"), ("0", "1", "2", "3")),
        (("1 2 3", "--targets", "1 1 0", "--classes", "no yes"), ("no", "yes")),
        (("a b a", "--targets", "DET NOUN DET", "--vocabulary", "a b c"), ("DET", "NOUN")),
    ],
)
def test_targets_are_classes_of_their_own(words: tuple[str, ...], classes: tuple[str, ...], cli: Any) -> None:
    found = cli("rnn", *words, "--emit", "outputs")
    assert (found.code, found.err) == (0, "")
    assert found.tensor.axes[1].labels == classes


def test_a_single_class_is_one_of_two(cli: Any) -> None:
    words = ("rnn", "1 2 3", "--shape", "many-to-one", "--targets", "0", "--loss", "cross-entropy", "--emit")
    guessed = cli(*words, "loss", "-f", "csv")
    assert "--targets are read as 2 classes, 0 to 1; for more, add --classes N" in guessed.err
    words = (*words[:-1], "--classes", "2", "--emit")
    assert guessed.out == cli(*words, "loss", "-f", "csv").out
    found = cli(*words, "loss")
    y = cli(*words, "outputs").tensor.data
    assert y.shape == (1, 2)
    # −log of the softmax at class 0
    np.testing.assert_allclose(found.tensor.data[-1], np.log(np.exp(y).sum()) - y[0, 0], rtol=1e-12)
    assert found.tensor.data[-1] > 0.1
    assert np.abs(cli(*words, "weight-gradients").tensors[0].data).max() > 0.01


def test_the_classes_of_a_file_are_not_guessed(cli: Any) -> None:
    np.savez("w.npz", kernel=np.ones((1, 2)), recurrent_kernel=np.eye(2),
             **{"dense/kernel": np.ones((2, 3)), "dense/bias": np.zeros(3)})  # fmt: skip
    words = ("rnn", "1 2", "--weights", "w.npz", "--activation", "tanh", "--shape", "many-to-one")
    words += ("--emit", "loss", "--targets")
    ended = cli(*words, "sad")
    assert (ended.code, ended.raw) == (1, b"")
    assert "which of the 3 outputs of the file stands for 'sad'? Name the words of all" in ended.err
    ended = cli(*words, "sad", "--classes", "glad sad")
    assert (ended.code, ended.raw) == (2, b"")
    assert "--classes says 2, the file of --weights gives 3 outputs a step" in ended.err
    for more in (("sad", "--classes", "glad sad bored"), ("2", "--loss", "cross-entropy")):
        assert (cli(*words, *more).code, cli(*words, *more).err) == (0, "")


def test_outputs_of_a_file_are_as_many_as_it_says_though_there_are_as_many_steps(cli: Any) -> None:
    np.savez("w.npz", kernel=np.ones((1, 2)), recurrent_kernel=np.eye(2),
             **{"dense/kernel": np.ones((2, 2)), "dense/bias": np.zeros(2)})  # fmt: skip
    words = ("rnn", "1 2", "--weights", "w.npz", "--activation", "tanh", "--shape", "many-to-one")
    words += ("--targets", "1 2", "--emit")
    y = cli(*words, "outputs").tensor.data[0]
    assert cli(*words, "loss").tensor.data[-1] == pytest.approx(((y - [1, 2]) ** 2).sum() / 2)


def test_a_step_without_a_target_has_no_loss_and_a_number_without_one_no_part_of_it(cli: Any) -> None:
    words = ("rnn", "1 2; 3 4; 5 6", "--targets", "1 nan; nan nan; 2 3", "--emit")
    y = cli(*words, "outputs").tensor.data
    first, last = (y[0, 0] - 1) ** 2 / 2, ((y[2] - [2, 3]) ** 2).sum() / 2
    np.testing.assert_allclose(cli(*words, "loss").tensor.data, [first, np.nan, last])
    assert cli(*words, "loss", "-f", "csv").out.splitlines()[2] == "1,nan"
    nothing = cli("rnn", SENTENCE, "--emit", "loss").tensor.data
    assert np.isnan(nothing).tolist() == [False] * 5 + [True]
    told = cli(*words[:-1], "--bptt", "-f", "plain").out
    assert f"Σ L = {first + last:.4g}" in told
    explained = cli(*words, "outputs", "--explain", "0,1", "-f", "plain").out
    assert "part of the loss" not in explained


@pytest.mark.parametrize("targets", ["nan nan 3", "nan; nan; 3", "3"])
def test_of_many_to_one_the_last_target_counts(targets: str, cli: Any) -> None:
    words = ("rnn", "1 2 3", "--shape", "many-to-one", "--emit")
    y = cli(*words, "outputs", "--targets", targets).tensor.data
    assert y.shape == (1, 1)
    found = cli(*words, "loss", "--targets", targets).tensor.data
    assert found[-1] == pytest.approx((y[0, 0] - 3) ** 2 / 2)
    rows = "nan nan nan; nan nan nan; 1 2 3"
    assert cli(*words, "outputs", "--targets", rows).tensor.data.shape == (1, 3)


def test_a_vocabulary_names_the_words_of_targets_too(cli: Any) -> None:
    words = ("rnn", "a b a", "--targets", "b c a", "--vocabulary", "a b c", "--emit")
    assert cli(*words, "outputs").tensor.axes[1].labels == ("a", "b", "c")
    assert cli(*words, "loss").code == 0


@pytest.mark.parametrize("array", ["kernel", "recurrent_kernel", "bias"])
def test_complex_weights_are_refused(array: str, cli: Any, recwarn: Any) -> None:
    arrays = {"kernel": np.ones((1, 2)), "recurrent_kernel": np.eye(2), "bias": np.zeros(2)}
    np.savez("w.npz", **arrays | {array: arrays[array] * 1j})
    ended = cli("rnn", "1 2", "--weights", "w.npz", "-f", "csv")
    assert (ended.code, ended.raw) == (1, b"")
    assert f"w.npz: {array} is real numbers; received complex128" in ended.err
    assert not list(recwarn)


def weights_file(path: str, *, biases: int = 1, kind: str = "simple", skip: bool = False) -> None:
    """Weights of 2 units for 1 feature, as a file from elsewhere has them: no word beside them."""
    columns = {"simple": 2, "gru": 6}[kind]
    arrays = {
        "kernel": np.ones((1, columns)),
        "recurrent_kernel": np.arange(2.0 * columns).reshape(2, columns) / 9,
        **({"bias": np.ones((biases, columns))[slice(None) if biases == 2 else 0]} if biases else {}),
        **({"skip_kernel": np.ones((2, columns))} if skip else {}),
    }
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    ("file", "words", "told"),
    [
        ({}, ("--units", "3"), "w.npz holds the weights of 2 units (layer 0), --units asks for 3"),
        ({}, ("--skip", "2"), "w.npz holds no skip connection; leave --skip 2 out"),
        ({}, ("--cell", "simple+2"), "w.npz holds no skip connection; leave --cell simple+2 out"),
        ({}, ("--merge", "sum"), "w.npz reads in one direction; leave --merge sum out"),
        ({}, ("--layers", "2"), "w.npz: it has 1 layer, not as --layers 2 has it; leave that out"),
        ({}, ("--bidirectional",), "w.npz: it reads in one direction, not as --bidirectional has it"),
        ({}, ("--alpha", "0.5"), "w.npz holds no leaky units; leave --alpha 0.5 out"),
        ({}, ("--reset-after",), "w.npz holds no GRU; leave --reset-after out"),
        ({}, ("--reset-before",), "w.npz holds no GRU; leave --reset-before out"),
        (
            {"kind": "gru", "biases": 2},
            ("--reset-before",),
            "w.npz: its reset gate acts after the product, not as --reset-before has it; leave that out",
        ),
        (
            {"kind": "gru", "biases": 1},
            ("--reset-after",),
            "w.npz: its reset gate acts before the product, not as --reset-after has it; leave that out",
        ),
        ({}, ("--cell", "leaky:0.5"), "w.npz holds the weights of a cell 'simple' (layer 0)"),
    ],
)
def test_what_a_file_decides_is_not_asked_for(
    file: dict[str, Any], words: tuple[str, ...], told: str, cli: Any
) -> None:
    weights_file("w.npz", **file)
    ended = cli("rnn", "1 2 3", "--weights", "w.npz", *words)
    assert (ended.code, ended.raw) == (2, b"")
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2


def test_what_a_file_leaves_open_is_asked_for(cli: Any) -> None:
    words = ("rnn", "1 2 3", "--weights", "w.npz")

    def differs(*more: str) -> bool:
        one, other = (cli(*words, *options).tensors[0].data for options in (more, ()))
        return not np.array_equal(one, other)

    weights_file("w.npz", skip=True)
    assert differs("--skip", "2")
    assert differs("--cell", "simple+2")
    typed, set_ = cli(*words, "--skip", "2"), cli(*words, variables={"DLCLI_RNN_SKIP": "2"})
    np.testing.assert_array_equal(typed.tensors[0].data, set_.tensors[0].data)
    assert not differs("--units", "2", "--skip", "1")
    assert differs("--activation", "relu")
    weights_file("w.npz", kind="gru", biases=0)
    assert differs("--reset-before")
    weights_file("w.npz", kind="gru", biases=1)
    assert not differs("--reset-before")  # one bias is that of a reset gate before the product
    both = ("--bidirectional", "--merge", "sum", "--save-weights", "both.npz")
    cli("rnn", "1 2 3", *both)
    concat = cli("rnn", "1 2 3", "--weights", "both.npz", "--merge", "concat")
    assert concat.code == 2
    assert "both.npz: it merges its directions by sum, not as --merge concat has it" in concat.err


#: A net that is saved, by the options that draw it -> options beside its file that agree, and that do not.
SAVED = {
    "--layers 2": ("--layers 3", "it has 2 layers"),
    "--bidirectional": ("--layers 2", "it has 1 layer"),
    "--bidirectional --merge mul": ("--merge ave", "it merges its directions by mul"),
    "--cell leaky --alpha 0.8": ("--alpha 0.7", "its alpha is 0.8"),
    "--cell leaky:0.8": ("--cell leaky:0.7", "its alpha is 0.8"),
    "--skip 2": ("--skip 3", "it has a skip connection of 2 steps"),
    "--cell gru+2": ("--cell gru+3", "it has a skip connection of 2 steps"),
    "--activation linear": ("--activation relu", "its activation is linear"),
    "--cell gru --reset-before": ("--reset-after", "its reset gate acts before the product"),
    "--cell gru --reset-after": ("--reset-before", "its reset gate acts after the product"),
    "--cell lstm --units 3": ("--units 2", "holds the weights of 3 units"),
}


@pytest.mark.parametrize("drawn", SAVED)
def test_beside_a_file_what_agrees_is_taken_and_what_contradicts_is_refused(drawn: str, cli: Any) -> None:
    line = ("rnn", "1 2 3 4")
    made = cli(*line, *drawn.split(), "--save-weights", "net.npz").tensor.data
    for agreeing in ((), drawn.split()):
        np.testing.assert_array_equal(cli(*line, *agreeing, "--weights", "net.npz").tensor.data, made)
    against, told = SAVED[drawn]
    ended = cli(*line, *against.split(), "--weights", "net.npz")
    assert (ended.code, ended.raw) == (2, b"")
    assert ended.err.startswith(f"dlcli rnn: net.npz{' ' if told.startswith('holds') else ': '}{told}")
    assert against.split()[-1] in ended.err


def test_a_gru_that_pytorch_exported_to_onnx_is_asked_about(cli: Any) -> None:
    """ONNX' own evaluator computed the last states, without linear_before_reset and with it."""
    stored = np.load(DATA / "onnx_weights.npz")
    for i, flag in ((2, "--reset-before"), (3, "--reset-after")):
        np.savez("gru.npz", **{name: stored[f"{i}/{name}"] for name in ("W", "R", "B")})
        x = Tensor(stored[f"{i}/X"][:, 0], (Axis("time"), Axis("feature")))
        found = cli("rnn", "--weights", "gru.npz", flag, stdin=x).tensor
        np.testing.assert_allclose(found.data[-1], stored[f"{i}/Y_h"][0, 0], atol=1e-6)
        ended = cli("rnn", "--weights", "gru.npz", stdin=x)
        assert (ended.code, ended.err) == (0, (
            "dlcli: gru.npz does not tell all of its net; taken: --reset-before (ONNX's default; PyTorch "
            "exports --reset-after)\n"
        ))  # fmt: skip
        assert np.allclose(ended.tensors[0].data, found.data, atol=1e-6) == (i == 2)
        arrays = {name: stored[f"{i}/{name}"] for name in ("W", "R", "B")}
        np.savez("told.npz", **arrays, linear_before_reset=np.array(i - 2))
        np.testing.assert_array_equal(cli("rnn", "--weights", "told.npz", stdin=x).tensor.data, found.data)


def test_a_gru_of_keras_without_bias_is_asked_about(cli: Any) -> None:
    """The last states as Keras 3.15 has them of use_bias=False, for reset_after=False and True."""
    kernel, recurrent = (
        ((np.arange(6.0 * rows) * 37 % 19 - 9) / 8).reshape(rows, 6).astype(np.float32) for rows in (1, 2)
    )
    np.savez("gru.npz", **{"gru/gru_cell/kernel": kernel, "gru/gru_cell/recurrent_kernel": recurrent})
    x = Tensor(np.array([[1], [0], [2]], np.float32), (Axis("time"), Axis("feature")))
    line = ("rnn", "--weights", "gru.npz")
    keras = {"--reset-before": [0.89250034, 0.19797301], "--reset-after": [0.89253896, 0.19616893]}
    for flag, last in keras.items():
        np.testing.assert_allclose(cli(*line, flag, stdin=x).tensor.data[-1], last, atol=1e-6)
    ended = cli(*line, stdin=x)
    assert ended.err == (
        "dlcli: gru.npz does not tell all of its net; taken: --reset-after (Keras's default)\n"
    )
    np.testing.assert_allclose(ended.tensors[0].data[-1], keras["--reset-after"], atol=1e-6)


def test_a_gru_of_pytorch_resets_after_the_product_with_no_bias_either(cli: Any) -> None:
    np.savez("gru.npz", **{"rnn.weight_ih_l0": np.ones((6, 1)), "rnn.weight_hh_l0": np.ones((6, 2))})
    assert cli("rnn", "1 2 3", "--weights", "gru.npz").err == ""
    ended = cli("rnn", "1 2 3", "--weights", "gru.npz", "--reset-before")
    assert (ended.code, ended.raw) == (2, b"")
    assert "its reset gate acts after the product, not as --reset-before has it" in ended.err


@pytest.mark.parametrize(("kind", "blocks"), [("gru", 3), ("lstm", 4)])
def test_gated_cells_of_pytorch_have_no_other_activation(kind: str, blocks: int, cli: Any) -> None:
    """torch.nn.LSTM and GRU have no option for it; RNN has ``nonlinearity``, tanh or relu."""
    ones = {"rnn.weight_ih_l0": np.ones((2 * blocks, 1)), "rnn.weight_hh_l0": np.ones((2 * blocks, 2))}
    np.savez("torch.npz", **ones)
    line = ("rnn", "1 2 3", "--weights", "torch.npz")
    ended = cli(*line, "--activation", "relu")
    told = "torch.npz: its activation is tanh, not as --activation relu has it; leave that out"
    assert (ended.code, ended.raw, ended.err) == (2, b"", f"dlcli rnn: {told}\n")
    plain = cli(*line).tensor.data
    np.testing.assert_array_equal(cli(*line, "--activation", "tanh").tensor.data, plain)
    set_ = cli(*line, variables={"DLCLI_RNN_ACTIVATION": "relu"})
    np.testing.assert_array_equal(set_.tensor.data, plain)


def test_a_simple_cell_of_pytorch_has_an_activation_that_it_can_have(cli: Any) -> None:
    np.savez("torch.npz", **{"rnn.weight_ih_l0": np.ones((2, 1)), "rnn.weight_hh_l0": np.ones((2, 2))})
    line = ("rnn", "1 2 3", "--weights", "torch.npz", "--activation")
    assert cli(*line, "relu").tensor.data.max() > 1
    ended = cli(*line, "linear")
    told = "a cell 'simple' of PyTorch knows tanh and relu, no activation linear"
    assert (ended.code, ended.raw, ended.err) == (1, b"", f"dlcli rnn: torch.npz: {told}\n")


@pytest.mark.parametrize(
    ("arrays", "more", "told"),
    [
        ({"rnn.weight_ih_l0": (2, 1), "rnn.weight_hh_l0": (2, 2)}, (), "--activation tanh"),
        (
            {"kernel": (1, 2), "recurrent_kernel": (2, 2), "skip_kernel": (2, 2)},
            ("--activation", "relu"),
            "--skip 1",
        ),
        ({"leaky/cell/kernel": (1, 2)}, (), "--alpha 0.9"),
        (
            {
                f"bidirectional/{one}_lstm/lstm_cell/{name}": shape
                for one in ("forward", "backward")
                for name, shape in {"kernel": (1, 8), "recurrent_kernel": (2, 8)}.items()
            },
            (),
            "--merge concat",
        ),
    ],
)
def test_what_was_taken_for_what_a_file_leaves_open_is_said(
    arrays: dict[str, tuple[int, ...]], more: tuple[str, ...], told: str, cli: Any
) -> None:
    np.savez("w.npz", **{name: np.ones(shape) / 8 for name, shape in arrays.items()})
    ended = cli("rnn", "1 2 3", "--weights", "w.npz", *more)
    assert (ended.code, ended.err) == (0, f"dlcli: w.npz does not tell all of its net; taken: {told}\n")
    found = cli("rnn", "1 2 3", "--weights", "w.npz", *more, *told.split()).tensor
    np.testing.assert_array_equal(found.data, ended.tensors[0].data)


def test_the_order_of_equal_layers_is_said_where_nothing_tells_it(cli: Any) -> None:
    def layer(name: str, features: int, units: int, value: float) -> dict[str, np.ndarray[Any, Any]]:
        return {
            f"{name}.weight_ih_l0": np.full((4 * units, features), value),
            f"{name}.weight_hh_l0": np.full((4 * units, units), value),
        }

    np.savez("equal.npz", **layer("zeta", 2, 2, 0.1), **layer("alpha", 2, 2, 0.3))
    ended = cli("rnn", "1 2; 3 4", "--weights", "equal.npz")
    assert (ended.code, ended.err) == (0, (
        "dlcli: equal.npz does not tell the order of its layers; taken, the lowest first: zeta, alpha; for "
        "another, number their names (rnn_0, rnn_1)\n"
    ))  # fmt: skip
    np.savez("numbered.npz", **layer("rnn_1", 2, 2, 0.3), **layer("rnn_0", 2, 2, 0.1))
    numbered = cli("rnn", "1 2; 3 4", "--weights", "numbered.npz").tensor
    np.testing.assert_array_equal(numbered.data, ended.tensors[0].data)
    np.savez("shapes.npz", **layer("alpha", 3, 4, 0.3), **layer("zeta", 2, 3, 0.1))
    assert cli("rnn", "1 2; 3 4", "--weights", "shapes.npz").tensor.shape == (2, 4)


def test_outputs_of_a_file_without_an_output_layer_are_said_to_be_drawn(cli: Any) -> None:
    np.savez("w.npz", **{"rnn.weight_ih_l0": np.ones((8, 1)), "rnn.weight_hh_l0": np.ones((8, 2))})
    for more in (("--emit", "outputs"), ("--step", "0.1")):
        ended = cli("rnn", "1 2 3", "--weights", "w.npz", *more)
        assert (ended.code, ended.err) == (
            0,
            "dlcli: w.npz has no output layer: y is made by one drawn from --seed 0\n",
        )


@pytest.mark.parametrize("more", [("--bptt", "-f", "plain"), ("--targets", "1 2 3"), ("--emit", "loss")])
def test_an_output_layer_of_a_file_that_gives_other_outputs_than_targets_is_told(
    more: tuple[str, ...], cli: Any
) -> None:
    output = {"dense/kernel": np.ones((2, 5)), "dense/bias": np.zeros(5)}
    np.savez("w.npz", kernel=np.ones((1, 2)), recurrent_kernel=np.eye(2), **output)
    ended = cli("rnn", "1 2 3", "--weights", "w.npz", *more)
    assert (ended.code, ended.raw) == (1, b"")
    if "loss" in more:
        assert "this run gives no loss" in ended.err
    else:
        assert "w.npz gives 5 outputs a step, these targets are for 1: give --targets for 5" in ended.err
    assert cli("rnn", "1 2 3", "--weights", "w.npz", "-o", "all.npz").code == 0
    fitting = "1 2 3 4 5; 1 2 3 4 5; 1 2 3 4 5"
    assert cli("rnn", "1 2 3", "--weights", "w.npz", "--targets", fitting, "--emit", "loss").code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("'0 1 2' --classes 2", "--classes 2: --targets are from 0 to 1; received 2; try --classes 3"),
        ("'2 1 4' --classes 2", "--classes 2: --targets are from 0 to 1; received 4; try --classes 5"),
        ("'0 1 2' --classes 'no yes'", "from 0 to 1: --classes names 2; received 2"),
        ("'0 1 20000'", "from 0 to 9999: there are no more; received 20000"),
        ("'0 1 2.5'", "0, 1, 2 and so on; received 2.5; for numbers as they are try --loss squared"),
        ("'0 1 2.5' --classes 3", "0, 1, 2 and so on; received 2.5"),
        ("'0 -1 9' --classes 3", "0, 1, 2 and so on; received −1"),
        ("'0 1 3' --weights net.npz", "from 0 to 1: the file of --weights gives 2 outputs; received 3"),
    ],
)
def test_the_number_that_is_no_class_is_named(words: str, told: str, cli: Any) -> None:
    assert cli("rnn", "1 2", "--targets", "0 1", "--classes", "2", "--save-weights", "net.npz").code == 0
    ended = cli("rnn", "1 0 0", "--loss", "cross-entropy", "--targets", *shlex.split(words))
    assert (ended.code, ended.raw) == (1, b"")
    assert ended.err.endswith(told + "\n")


@pytest.mark.parametrize(("shape", "other"), [("one-to-one", "many-to-one"), ("one-to-many", "many-to-many")])
def test_inputs_that_a_shape_does_not_read_are_said(shape: str, other: str, cli: Any) -> None:
    for typed, unread in (("1 2 3", "steps 1 to 2 are"), ("the cat", "step 1 is")):
        told = f"step 0 alone is read, {unread} not"
        ended = cli("rnn", typed, "--shape", shape, "-f", "plain")
        assert ended.err == f"dlcli: --shape {shape}: {told}; --shape {other} reads all\n"
        assert told in ended.out
        whole = cli("rnn", typed, "--shape", other, "-f", "plain")
        assert (whole.err, "alone is read" in whole.out) == ("", False)
    several = ("--cell", "gru", "--cell", "lstm", "--targets", "1" if other == "many-to-one" else "1 2 3")
    assert cli("rnn", "1 2 3", "--shape", shape, *several).err.count("alone is read") == 1
    assert cli("rnn", "5", "--shape", shape).err == ""
    assert (cli("rnn", "1 0 0", "--shape", shape).err == "") == (shape == "one-to-many")


@pytest.mark.parametrize("more", [(), ("--bidirectional",), ("--cell", "lstm"), ("--layers", "2")])
@pytest.mark.parametrize(
    ("time", "last"),
    [
        (Axis("row"), 2.0),
        (Axis("time", start=1990, step=5, unit="year"), 2000.0),
        (Axis("token", ("the", "cat", "sat")), "sat"),
    ],
)
def test_the_only_output_is_that_of_the_last_step(
    time: Axis, last: float | str, more: tuple[str, ...], cli: Any
) -> None:
    x = Tensor(RNG.normal(size=(3, 2)), (time, Axis("feature")))
    told = cli("rnn", "--shape", "many-to-one", "--emit", "outputs", *more, stdin=x).tensor
    found = told.axes[0]
    assert (told.shape[0], found.labels[0] if found.labels else found.value(0)) == (1, last)


def test_the_paths_of_a_long_sequence_are_those_of_its_last_steps(cli: Any) -> None:
    told = cli("rnn", "-", "--emit", "paths", stdin=b"1\n0\n" * 203).tensor
    assert [(axis.start, axis.step) for axis in told.axes] == [(6, 1), (6, 1)]
    assert told.shape == (400, 400)
