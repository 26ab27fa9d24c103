"""``dlcli rnn --step``: a net that learns, gradients that are checked, and those of every weight."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.recurrent.descent import Objective
from dlcli.engines.recurrent.layouts.read import read_net
from dlcli.engines.recurrent.net import StoredFacts
from dlcli.engines.recurrent.sequence_loss import cross_entropy
from dlcli.tensor import Axis, Tensor
from tests.engines.recurrent.test_descent import CASES, STORED, of, whole

SENTENCE = "the cat sat on the mat"
IDS = np.array([0, 1, 2, 3, 0, 4])


def loaded(path: Path) -> dict[str, Any]:
    with np.load(path) as file:
        return dict(file)


def value(text: str) -> float:
    return float(text.replace("−", "-"))


@pytest.mark.parametrize("i", range(len(CASES)), ids=[str([*case.values()]) for case in CASES])
def test_losses_and_saved_weights_are_those_of_pytorch_s_sgd(i: int, cli: Any, tmp_path: Path) -> None:
    case = CASES[i]
    np.savez("net.npz", **of(i, "w"))
    np.save("target.npy", STORED[f"{i}/target"])
    x = Tensor(STORED[f"{i}/x"], (Axis("time"), Axis("feature")))
    words = ["rnn", "--weights", "net.npz", "--targets", "target.npy", "--loss", case["loss"]]
    words += ["--step", str(case["rate"]), "--times", str(case["times"]), "--emit", "loss"]
    words += ["--save-weights", "after.npz", "--layout", "torch"]
    words += ["--activation", "tanh"] if case["kind"] == "rnn" else []
    words += [] if case["clip"] is None else ["--clip", str(case["clip"])]
    found = cli(*words, stdin=x).tensor
    assert found.axes == (Axis("step", start=0, step=1),)
    np.testing.assert_allclose(found.data, STORED[f"{i}/losses"], rtol=0, atol=1e-10)
    after = whole(loaded(tmp_path / "after.npz"), case["kind"])
    for name, array in whole(of(i, "after"), case["kind"]).items():
        np.testing.assert_allclose(after[name], array, rtol=0, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("emit", ["states", "outputs", "loss", "gradients", "weight-gradients"])
def test_all_that_is_emitted_is_of_the_weights_after_the_steps(emit: str, cli: Any) -> None:
    words = ("rnn", SENTENCE, "--cell", "lstm", "--emit", emit)
    # --times makes a curve of the loss
    steps = ("--step", "0.5") if emit == "loss" else ("--step", "0.1", "--times", "7", "--clip", "100")
    learnt = cli(*words, *steps, "--save-weights", "after.npz").tensors
    same = cli("rnn", SENTENCE, "--weights", "after.npz", "--emit", emit).tensors
    other = cli(*words).tensors
    for one, two, before in zip(learnt, same, other, strict=True):
        np.testing.assert_array_equal(one.data, two.data)
        assert not np.allclose(one.data, before.data, equal_nan=True)


def test_one_step_is_told_with_its_numbers(cli: Any, tmp_path: Path) -> None:
    words = ("rnn", SENTENCE, "--cell", "gru", "--units", "3", "--seed", "3")
    cli(*words, "--save-weights", "before.npz")
    gradients = {one.name: one for one in cli(*words, "--emit", "weight-gradients").tensors}
    ended = cli(*words, "--bptt", "--step", "0.25", "--save-weights", "after.npz", "-f", "plain", "--precision", "10", "--width", "120")  # fmt: skip
    assert (ended.code, ended.err) == (0, "")
    before, after = (loaded(tmp_path / name) for name in ("before.npz", "after.npz"))
    page = ended.out
    table = page[page.index("\nStep ") : page.index("\nSteps ")]
    letters = {
        "W": "kernel",
        "U": "recurrent_kernel",
        "b": "bias",
        "b′": "bias",
        "V": "dense",
        "b_y": "dense",
    }
    seen = set()
    for line in table.splitlines()[2:]:
        found = re.fullmatch(r"  (\S+) +(.*?)→ (\S+(?: \d)?) +(\S+) +− (\S+) · (\S+) += (\S+)", line)
        if not found:
            assert not line.strip() or "from" in line, line
            continue
        entry, met, to, *numbers = found.groups()
        letter, at = entry.rstrip("]").split("[")
        name = f"gru/gru_cell/{letters[letter]}"
        if letters[letter] == "dense":
            name = f"dense/{'kernel' if letter == 'V' else 'bias'}"
        axes = gradients[name].axes
        column = (axes[-1].labels or ()).index(to.replace(" ", ""))
        row = [int(letter == "b′")] if letter in ("b", "b′") else []
        if met:
            word = met.split()[1]
            row = [(axes[0].labels or ()).index(word) if letter == "W" else int(word)]
        place = (*row, column)
        assert [*map(int, at.split(","))] == [*place][-len(at.split(",")) :]
        known = before[name][place], gradients[name].data[place], after[name][place]
        old, rate, slope, new = (value(one.strip("()")) for one in numbers)
        assert (old, rate, slope, new) == pytest.approx((known[0], 0.25, *known[1:]), rel=1e-8, abs=1e-12)
        assert new == pytest.approx(old - rate * slope, rel=1e-8, abs=1e-9)
        seen.add(letter)
    assert {*letters} - seen <= {"b′"}  # of both biases the steepest are listed
    told = " ".join(page.split())
    first, last = (
        np.nansum(cli(*line, "--emit", "loss").tensor.data) for line in (words, (*words, "--step", "0.25"))
    )
    assert f"Σ L {first:.10g} → {last:.10g}; all that is told below" in told
    assert f"targets: the next word; Σ L = {last:.10g}" in told
    norm = np.sqrt(sum((one.data**2).sum() for one in gradients.values()))
    assert f"promised a fall of LR · ‖dL/dW‖² = {0.25 * norm**2:.3g}; it fell by {first - last:.3g}" in told
    assert "1 step of --step 0.25 from --seed 3: kernel Glorot uniform" in told


@pytest.mark.parametrize(
    "limits", [(), ("--truncate", "2"), ("--clip", "0.5"), ("--truncate", "1", "--clip", "0.5")], ids=str
)
def test_a_step_goes_against_the_gradient_that_is_emitted(
    limits: tuple[str, ...], cli: Any, tmp_path: Path
) -> None:
    words = ("rnn", SENTENCE, "--cell", "lstm+2", "--bidirectional", "--save-weights")
    gradients = cli(*words, "before.npz", *limits, "--emit", "weight-gradients").tensors
    assert cli(*words, "after.npz", "--step", "0.25", *limits).code == 0
    before, after = (loaded(tmp_path / name) for name in ("before.npz", "after.npz"))
    assert [one.name for one in gradients] == [*before] == [*after]
    for one in gradients:
        np.testing.assert_allclose(after[one.name], before[one.name] - 0.25 * one.data, rtol=0, atol=1e-15)


def test_what_a_clipped_gradient_was_is_said(cli: Any) -> None:
    words = ("rnn", SENTENCE, "--step", "0.1", "--clip", "0.5", "--truncate", "2", "-f", "plain")
    told = " ".join(cli(*words).out.split())
    found = re.search(r"‖dL/dW‖ = ([\d.]+), clipped: each gradient is what it was times ([\d.]+)", told)
    assert found
    assert value(found[2]) == pytest.approx(0.5 / value(found[1]), rel=1e-3)
    assert "each loss reaches back over 2 steps; gradients longer than 0.5 are clipped to it: 1 of 1" in told
    assert_lines_add_up(cli(*words, "--precision", "10", "--width", "120").out, more_than=10)
    assert "clipped:" not in cli(*words[:4], "--clip", "50", "-f", "plain").out


def assert_lines_add_up(page: str, more_than: int, times: str = r"") -> None:
    """Each line of a step is W − LR · dL/dW = new W."""
    rows = re.findall(rf"(\S+) +− {times}(\S+) · (\S+) += (\S+)$", page, re.MULTILINE)
    assert len(rows) > more_than
    factor = 2 if times else 1
    for old, rate, slope, new in ([value(one.strip("()")) for one in row] for row in rows):
        assert new == pytest.approx(old - factor * rate * slope, rel=1e-7, abs=1e-8)


def test_of_two_biases_that_are_added_up_both_go_a_step(cli: Any) -> None:
    cli("rnn", "1 2 3", "--cell", "lstm", "--layout", "torch", "--save-weights", "net.npz")
    page = cli("rnn", "1 2 3", "--weights", "net.npz", "--step", "0.1", "-f", "plain", "--precision", "10", "--width", "120").out  # fmt: skip
    assert_lines_add_up(page, more_than=2, times="2 · ")


def test_the_step_of_the_entry_that_is_asked_for_is_told(cli: Any) -> None:
    words = ("rnn", SENTENCE, "--cell", "gru", "--step", "0.1", "-f", "plain")
    assert "U[0,0]" not in cli(*words).out
    assert "U[0,0]" in cli(*words, "--paths-of", "U[0,0]").out


def test_many_steps_have_a_falling_sum_of_losses(cli: Any) -> None:
    words = ("rnn", SENTENCE, "--cell", "lstm", "--step", "0.2", "--times", "100")
    losses = cli(*words, "--emit", "loss").tensor.data
    assert losses.shape == (101,)
    assert (np.diff(losses) < 0).all()
    page = cli(*words, "-f", "plain").out
    rows = re.findall(r"^ +(\d+) +([\d.]+)(?: +[\d.]+)?$", page[page.index("Σ of losses") :], re.MULTILINE)
    assert [int(step) for step, _ in rows] == [0, 1, 2, 5, 10, 20, 50, 100]
    for step, loss in rows:
        assert float(loss) == pytest.approx(losses[int(step)], rel=1e-3)
    assert "\nHow they fall\n" in page


def test_steps_that_are_too_long_are_noticed(cli: Any) -> None:
    told = " ".join(cli("rnn", "1 2 3 4 5 6", "--step", "0.5", "--times", "5", "-f", "plain").out.split())
    assert re.search(r"Σ L has risen from 51.9 to [\d.e]+: try a smaller --step, or --clip\.", told)
    told = " ".join(
        cli("rnn", "1 2 3", "--step", "1", "--times", "20", "--clip", "1", "-f", "plain").out.split()
    )
    assert re.search(r"Σ L rose in \d+ of 20 steps, which were too long: try a smaller --step\.", told)


def test_cells_learn_beside_each_other(cli: Any) -> None:
    words = ("rnn", SENTENCE, "--step", "0.5", "--times", "10", "--truncate", "3", "--clip", "1")
    each = ("--cell", "simple", "--cell", "gru")
    found = cli(*words, *each, "--emit", "loss").tensor
    assert found.axes[0] == Axis("cell", ("simple", "gru"))
    assert found.axis_names == ("cell", "step")
    for kind, losses in zip(("simple", "gru"), found.data, strict=True):
        alone = cli(*words, "--cell", kind, "--units", "2", "--emit", "loss").tensor.data
        np.testing.assert_array_equal(losses, alone)
    page = cli(*words, *each, "-f", "plain").out
    assert re.search(rf"^ +10 +{found.data[0, -1]:.4g} +{found.data[1, -1]:.4g}$", page, re.MULTILINE)
    told = " ".join(page.split())
    assert "gradients longer than 1 are clipped to it: simple " in told
    assert f"simple has the least Σ L, {found.data[0, -1]:.3g}, gru the most, {found.data[1, -1]:.3g}" in told


def test_a_gate_that_has_learnt_is_not_called_fresh(cli: Any) -> None:
    words = ("rnn", "1 0 0 0 0 0 0 0 0 0", "--cell", "gru", "--cell", "simple", "-f", "plain")
    assert "A fresh update gate" in " ".join(cli(*words).out.split())
    assert "A fresh" not in " ".join(cli(*words, "--step", "0.001").out.split())


@pytest.mark.parametrize("cells", [(), ("--cell", "gru", "--cell", "simple")])
def test_a_loss_that_explodes_is_told_and_nothing_is_written(
    cells: tuple[str, ...], cli: Any, tmp_path: Path
) -> None:
    words = ["rnn", "1 2 3 4 5 6", *cells, "--step", "20", "--times", "300", "-o", "all.npz"]
    ended = cli(*words, *([] if cells else ["--save-weights", "after.npz"]))
    assert (ended.code, ended.raw) == (1, b"")
    assert re.fullmatch(
        r"dlcli rnn: learning( of gru)? explodes: after \d+ steps of --step 20 the (loss is inf|gradient has "
        r"the norm inf); the gradient before that had the norm [\d.]+e\d+; try --clip 1, or a smaller --step\n",
        ended.err,
    )
    assert not list(tmp_path.iterdir())


def test_states_that_learning_made_explode_want_a_smaller_step(cli: Any) -> None:
    ended = cli("rnn", "1 2 3 4 5 6", "--step", "0.5", "--times", "185", "--emit", "gradients")
    assert ended.code == 1
    assert ended.err.endswith("; try --clip 1, or a smaller --step\n")


@pytest.mark.parametrize(
    "more",
    [
        ("--cell", "simple"), ("--cell", "leaky+2"), ("--cell", "lstm"), ("--cell", "gru+1", "--reset-before"),
        ("--cell", "gru", "--layers", "2", "--bidirectional", "--merge", "mul", "--shape", "many-to-one",
         "--targets", "no", "--classes", "no yes"),
    ],
)  # fmt: skip
def test_gradients_of_every_weight_are_those_of_central_differences(
    more: tuple[str, ...], cli: Any, tmp_path: Path
) -> None:
    words = ("rnn", SENTENCE, *more)
    found = cli(*words, "--emit", "weight-gradients", "--save-weights", "net.npz")
    assert (found.code, found.err) == (0, "")
    weights = loaded(tmp_path / "net.npz")
    assert [one.name for one in found.tensors] == [*weights]
    final = "many-to-one" in more
    targets = np.array([-1] * 5 + [0]) if final else np.append(IDS[1:], -1)
    objective = Objective(np.eye(5)[IDS], lambda y: cross_entropy(y, targets), final=final)
    leaky = "leaky+2" in more
    facts = StoredFacts(
        alpha=0.9, skip=2 if leaky else 1, merge="mul", activation="linear" if leaky else "tanh"
    )
    for one in found.tensors:
        measured = np.empty(one.shape)
        for place in np.ndindex(one.shape):
            ends = []
            for h in (1e-5, -1e-5):
                moved = {name: array.copy() for name, array in weights.items()}
                moved[one.name][place] += h
                ends.append(objective.measured(read_net(moved, facts).net)[0])
            measured[place] = (ends[0] - ends[1]) / 2e-5
        np.testing.assert_allclose(one.data, measured, atol=1e-8, err_msg=one.name)


def test_gradients_of_every_weight_are_several_tensors(cli: Any, shell: Any, tmp_path: Path) -> None:
    words = ("rnn", SENTENCE, "--cell", "lstm", "--emit", "weight-gradients")
    names = ["lstm/lstm_cell/kernel", "lstm/lstm_cell/recurrent_kernel", "lstm/lstm_cell/bias",
             "dense/kernel", "dense/bias"]  # fmt: skip
    found = cli(*words).tensors
    assert [one.name for one in found] == names
    assert [one.axis_names for one in found] == [
        ("feature", "gate"), ("unit", "gate"), ("gate",), ("unit", "output"), ("output",)
    ]  # fmt: skip
    assert found[0].axes[0].labels == found[-1].axes[0].labels == ("the", "cat", "sat", "on", "mat")
    assert found[0].attrs["command"] == f"rnn '{SENTENCE}' --cell lstm --emit weight-gradients"
    lines = [json.loads(line) for line in cli(*words, "-f", "json").out.splitlines()]
    assert [line["name"] for line in lines] == names
    assert cli(*words, "-f", "csv").out.count("\n\n\n") == 4
    assert (
        shell(f"dlcli {words[0]} '{SENTENCE}' --emit weight-gradients | dlcli show -f plain").out.count(
            "Axes"
        )
        == 5
    )
    for path in ("grads.npz", "grads.safetensors"):
        assert cli(*words, "-o", path).code == 0
    assert {name: array.shape for name, array in loaded(tmp_path / "grads.npz").items()} == {
        one.name: one.shape for one in found
    }
    ended = cli(*words, "-o", "grads.csv")
    assert (ended.code, ended.err) == (
        2, "dlcli rnn: -o grads.csv: 5 tensors are to be written (weight-gradients), and such a file holds one; "
        "use .npz or .safetensors\n",
    )  # fmt: skip
    assert cli(*words, "--paths-of", "W", "-o", "one.csv").code == 0
    assert cli(*words, "--paths-of", "W").tensor.shape == found[0].shape
    clipped = cli(*words, "--clip", "0.01").tensors
    assert np.sqrt(sum((one.data**2).sum() for one in clipped)) == pytest.approx(0.01)


@pytest.mark.parametrize(
    "more", [("--cell", "lstm"), ("--activation", "relu"), ("--layers", "2", "--bidirectional", "--cell", "gru"),
             ("--cell", "leaky+2", "--truncate", "2", "--clip", "0.1", "--bptt")],
)  # fmt: skip
def test_gradients_are_checked(more: tuple[str, ...], cli: Any) -> None:
    ended = cli("rnn", "0 1 0 -1 0 1", *more, "--check", "-f", "plain")
    assert (ended.code, ended.err) == (0, "")
    section = ended.out[ended.out.index("\nGradients") : ended.out.index("\nSteps")]
    rows = [line for line in section.splitlines() if "/" in line and "±" not in line]
    assert all(line.endswith(" yes") for line in rows)
    assert len(rows) >= 4
    told = " ".join(section.split())
    assert ("off the kink of relu" in told) == ("relu" in more)
    assert ("without --truncate and --clip" in told) == ("--clip" in more)


def test_gradients_are_checked_where_the_steps_begin(cli: Any) -> None:
    words = ("rnn", SENTENCE, "--cell", "gru", "--check", "-f", "plain")
    before, after = (
        [line for line in cli(*words, *more).out.splitlines() if line.endswith(" yes")]
        for more in ((), ("--step", "0.5", "--times", "3"))
    )
    assert len(before) == 5
    assert before == after


def test_a_gradient_that_is_wrong_is_told_and_the_command_fails(cli: Any, monkeypatch: Any) -> None:
    bptt = import_module("dlcli.engines.recurrent.bptt")
    right = bptt.outer_sum
    monkeypatch.setattr(bptt, "outer_sum", lambda a, b: 1.01 * right(a, b))
    ended = cli("rnn", SENTENCE, "--cell", "gru", "--step", "0.1", "--check", "-f", "plain")
    assert ended.code == 1
    assert (
        ended.err == "dlcli rnn: derived and measured gradients differ in gru/kernel, gru/recurrent_kernel\n"
    )
    assert len(re.findall(r"no: \d\.\de-0[23]$", ended.out, re.MULTILINE)) == 2


def test_what_is_explained_says_that_the_net_has_learnt(cli: Any) -> None:
    words = ("rnn", SENTENCE, "--step", "0.1", "-f", "plain", "--explain")
    for emit, cell in (("states", "0,0"), ("outputs", "0,0"), ("gradients", "0,0"), ("loss", "0")):
        assert "weights after 1 step of --step 0.1" in cli(*words, cell, "--emit", emit).out
    ended = cli(*words, "0", "--emit", "loss", "--times", "3")
    assert ended.code == 2
    assert "--explain takes no Σ L over the steps of learning apart" in ended.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("1 2", "--times", "3"), 2, "--times goes with --step: add it, or leave --times out"),
        (("1 2", "--step", "0"), 2, "'0' is not a number above 0"),
        (("1", "--step", "0.1"), 1, "nothing comes next in a sequence of 1 step"),
        (("1", "--check"), 1, "nothing comes next in a sequence of 1 step"),
        (
            ("1 1; 0 0", "--cell", "latch", "--step", "1"),
            2,
            "--step: a latch has two signals and nothing to learn",
        ),
        (("1 2", "--cell", "gru", "--cell", "lstm", "--check"), 2, "--check changes nothing of how several"),
    ],
)
def test_what_does_not_fit_ends_in_words(words: tuple[str, ...], code: int, told: str, cli: Any) -> None:
    ended = cli("rnn", *words, "-f", "plain")
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err


@pytest.mark.parametrize("name", ["relu", "leaky-relu", "selu", "hard-tanh"])
def test_where_a_kink_is_the_check_moves_off_it(name: str, cli: Any) -> None:
    line = ("rnn", "0 0 0; 1 0 0", "--activation", name, "--bptt", "--check", "-f", "plain")
    ended = cli(*line)
    assert (ended.code, ended.err) == (0, "")
    assert f"off the kink of {name}" in " ".join(ended.out.split())
