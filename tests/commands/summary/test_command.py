"""``dlcli summary``: counts as numbers, stories, code in files; models by name, file and weights; what cannot be."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.commands.kinds.nets.net_file import history_tensor, write_net_file
from dlcli.commands.summary.arithmetic import parameter_lines, sight_words, work_lines
from dlcli.commands.summary.command import MANUAL
from dlcli.commands.summary.record import counted
from dlcli.nets.builtin import BUILTIN, builtin
from dlcli.nets.layers.kinds import KINDS
from dlcli.nets.net import Net
from dlcli.nets.spec import KEYS, model_spec
from dlcli.nets.training import Measured

PLAIN = ("-f", "plain", "--width", "80")


def words(page: str) -> str:
    return " ".join(page.split())


def test_the_counts_are_a_tensor_of_layers_and_measures(cli: Any) -> None:
    made = cli("summary", "cnn").tensor
    assert made.axis_names == ("layer", "measure")
    assert made.axes[0].labels[:2] == ("conv2d", "max_pooling2d")
    assert made.axes[1].labels == (
        "parameters",
        "trained",
        "multiply-adds",
        "numbers",
        "bytes",
        "field-height",
        "field-width",
    )
    assert made.data.dtype == np.int64
    assert made.data[0].tolist() == [896, 896, 777600, 28800, 115200, 3, 3]
    assert made.data[-1].tolist() == [650, 650, 640, 10, 40, 32, 32]
    assert made.data[:, 0].sum() == 122570
    rows = cli("summary", "cnn", "-f", "csv").out.strip().split("\n")
    assert rows[0].endswith("field-height,field-width")
    assert rows[1] == "conv2d,896,896,777600,28800,115200,3,3"


def test_the_story_has_every_layer_sums_and_a_drawing(cli: Any) -> None:
    page = cli("summary", "cnn", *PLAIN).out
    assert re.search(
        r"^  conv2d_1 +conv, relu +13×13×64 +18,496 +3,115,008 +43\.3 kB +8×8$", page, re.MULTILINE
    )
    assert "multiply-adds  4,548,608 for one picture" in page
    assert "activations    205 kB for one picture, 6.56 MB for 32" in page
    assert "dense holds 53.5 % of the parameters, conv2d_1 does 68.5 % of the multiply-adds." in words(page)
    drawn = page[page.index("Net  ") : page.index("Notice")]
    assert drawn.count("┌") == 9
    assert page.endswith("Try next\n  dlcli summary cnn --explain dense\n")
    assert "1.64 MB for 8" in cli("summary", "cnn", "--batch", "8", *PLAIN).out


def test_of_many_layers_below_one_box_those_in_the_middle_are_counted(cli: Any, tmp_path: Path) -> None:
    layers = "".join(f'[[layer]]\nkind = "relu"\nname = "r{i}"\n' for i in range(30))
    (tmp_path / "deep.toml").write_text(f"input = [8, 8, 4]\n{layers}{FLAT}")
    page = cli("summary", "deep.toml", *PLAIN).out
    drawn = page[page.index("Net  ") : page.index("Notice")]
    below = re.findall(r"relu|\d+ more|flatten", drawn)
    assert below == [*4 * ["relu"], "24 more", *2 * ["relu"], "flatten"]


def test_without_a_word_there_are_all_models(cli: Any) -> None:
    page = cli("summary", *PLAIN).out
    assert page.startswith(f"Models  {len(BUILTIN)}; ")
    assert all(re.search(rf"^  {name} ", page, re.MULTILINE) for name in BUILTIN)
    assert [tensor.name for tensor in cli("summary").tensors] == list(BUILTIN)
    assert cli("summary", "-f", "keras").out.count("import keras\n") == len(BUILTIN)
    assert cli("summary", "cnn", "mlp", "-f", "torch", "-o", "{stem}.py").code == 0
    assert Path("mlp.py").read_text().startswith('"""mlp: ')


def test_shape_and_classes_of_a_model_by_name(cli: Any) -> None:
    made = cli("summary", "mlp", "--input", "2,3,4", "--classes", "7").tensor
    assert made.data[:, 0].tolist() == [0, 25 * 128, 129 * 64, 65 * 7]
    assert cli("summary", "mlp", "--input", "24").tensor.data[1, 0] == 25 * 128


#: What is computed, and its sides.
FORMULA = re.compile(r"^  ([a-z, -]+?)  +(.*)$", re.MULTILINE)


@pytest.mark.parametrize("name", ["kinds", "frames", "cnn"])
def test_each_formula_gives_what_it_says(name: str, cli: Any) -> None:
    """Every first side, computed, is the number behind it; the count is that of the table."""
    spec = {"kinds": CASES.KINDS, "frames": CASES.FRAMES}.get(
        name, {"layer": BUILTIN["cnn"]["layer"], "input": [32, 32, 3], "classes": 10}
    )
    write_toml("m.toml", spec)
    counts = cli("summary", "m.toml").tensor
    for place, label in enumerate(counts.axes[0].labels):
        page = cli("summary", "m.toml", "--explain", str(place), "-f", "plain", "--width", "200").out
        assert f"Layer  {place}: {label}, " in page
        told = dict(FORMULA.findall(page))
        for what, line in told.items():
            first, *others = line.split(" = ")
            for other in others:
                given = re.match(r"[\d,.]+", other)
                assert given is not None, page
                if "·" in other:
                    assert worth(other) == worth(first)
                elif "max(" in first or re.search(r"[·+−]", first):
                    assert worth(first) == pytest.approx(
                        float(given[0].replace(",", "").rstrip(".")), rel=1e-3
                    ), (what, line)
        row = dict(zip(counts.axes[1].labels, counts.data[place].tolist(), strict=True))
        assert number_of(told["parameters"]) == row["parameters"]
        assert number_of(told["multiply-adds"]) == row["multiply-adds"]
        assert number_of(told["one input"]) == row["bytes"]


def number_of(line: str) -> int:
    """The number at the end of a formula, without the words behind it."""
    found = re.match(r"[\d,]+", line.split(" = ")[-1].strip())
    assert found is not None, line
    return int(found[0].strip(",").replace(",", ""))


def worth(formula: str) -> float:
    code = (
        formula.replace("·", "*").replace("−", "-").replace("⌊", "int(").replace("⌋", ")").replace(",", ", ")
    )
    code = re.sub(r"(\d), (\d{3})\b(?!\))", r"\1\2", code)
    return float(eval(code, {"max": max, "int": int, "__builtins__": {}}))


def test_the_arithmetic_of_a_convolution(cli: Any) -> None:
    page = cli("summary", "cnn", "--explain", "conv2d_1", "--explain", "dense", *PLAIN).out
    for line in ("height, width  15 − 3 + 1 = 13", "(3·3·32 + 1)·64 = 18,496", "13·13·64·(3·3·32) = 3,115,008",
                 "rows, columns      4 + (3 − 1)·2 = 8", "(1024 + 1)·64 = 65,600", "all of the input"):  # fmt: skip
        assert line in page


@pytest.mark.parametrize(
    ("layers", "sight"),
    [
        ([{"kind": "conv", "filters": 1}, {"kind": "conv", "filters": 1}], (5, 5)),
        ([{"kind": "conv", "filters": 1, "strides": 2}, {"kind": "conv", "filters": 1}], (7, 7)),
        ([{"kind": "conv", "filters": 1, "dilation_rate": [2, 1]}], (5, 3)),
        ([{"kind": "upsampling"}, {"kind": "conv", "filters": 1}], (2, 2)),
        ([{"kind": "conv-transpose", "filters": 1, "strides": 2}, {"kind": "conv", "filters": 1}], (3, 3)),
        ([{"kind": "conv", "filters": 1, "name": "a"}, {"kind": "conv", "filters": 1, "padding": "same"}, {"kind": "add", "source": "a"}], (5, 5)),
        ([{"kind": "conv", "filters": 1}, {"kind": "flatten"}, {"kind": "tanh"}, {"kind": "reshape", "target_shape": [14, 14, 1]}], (3, 3)),
        ([{"kind": "reshape", "target_shape": [256]}, {"kind": "reshape", "target_shape": [16, 16, 1]}, {"kind": "conv", "filters": 1}], (3, 3)),
        ([{"kind": "flatten"}, {"kind": "dense", "units": 9}, {"kind": "reshape", "target_shape": [3, 3, 1]}], (16, 16)),
    ],
)  # fmt: skip
def test_a_receptive_field_is_what_the_gradient_reaches(
    layers: list[dict[str, Any]], sight: tuple[int, int], cli: Any
) -> None:
    """The rows and columns where the gradient of one output cell is not 0, the most of all cells."""
    told = {"input": [16, 16, 1], "layer": layers}
    write_toml("m.toml", told)
    assert tuple(cli("summary", "m.toml").tensor.data[-1, -2:].tolist()) == sight
    net = Net(model_spec({**told, "loss": "mean-squared"}), np.float64)
    net.flat[...] = 1 + np.random.default_rng(0).random(net.flat.size)
    most = [0, 0]
    y = net.forward(net.batch(np.ones((1, 16, 16, 1))), training=True)
    for i in range(y.shape[1] // 2 - 1, y.shape[1] // 2 + 2):
        dy = np.zeros_like(y)
        dy[0, i, i, 0] = 1
        net.forward(net.batch(np.ones((1, 16, 16, 1))), training=True)
        dx = net.backward(dy, to_input=True)[0, :, :, 0]
        for axis in (0, 1):
            seen = np.flatnonzero(np.abs(dx).sum(axis=1 - axis))
            most[axis] = max(most[axis], int(np.ptp(seen)) + 1)
    assert tuple(most) == sight


@pytest.mark.parametrize(
    ("shape", "layers", "sights"),
    [
        ([8, 8, 2], [{"kind": "conv", "filters": 2}, {"kind": "flatten"}, {"kind": "relu"}, {"kind": "dense", "units": 2}, {"kind": "tanh"}], "3×3 3×3 3×3 all all"),
        ([8, 8, 1], [{"kind": "flatten"}, {"kind": "softmax"}], "1×1 all"),
        ([8, 8, 1], [{"kind": "reshape", "target_shape": [64]}, {"kind": "layernorm"}], "1×1 all"),
        ([8, 8, 1], [{"kind": "reshape", "target_shape": [4, 16, 1]}, {"kind": "relu"}, {"kind": "conv", "filters": 1}], "1×1 1×1 all"),
        ([64], [{"kind": "relu"}, {"kind": "reshape", "target_shape": [8, 8, 1]}, {"kind": "conv", "filters": 1}], "1×1 1×1 3×3"),
        ([64], [{"kind": "flatten"}, {"kind": "dense", "units": 2}], "1×1 all"),
    ],
)  # fmt: skip
def test_a_number_in_a_row_sees_what_the_number_below_sees(
    shape: list[int], layers: list[dict[str, Any]], sights: str, cli: Any
) -> None:
    work = [sight_words(one.sight) for one in counted(model_spec({"input": shape, "layer": layers}))]
    assert " ".join(work) == sights


def test_a_flatten_is_explained_by_the_number_below(cli: Any) -> None:
    page = cli("summary", "cnn", "--explain", "flatten", *PLAIN).out
    assert "each number  what the number below sees, 18×18" in page


def trained(path: str, **facts: Any) -> None:
    net = Net(builtin("mlp", input=(2, 2, 1), classes=2)).draw(0)
    epochs = [Measured(1, 0.5, 0.75, 0.25, 0.875, 0.001)]
    write_net_file(path, net.spec, net.weights(), state={}, facts=facts, history=history_tensor(epochs))


def test_a_file_of_weights_tells_of_its_training(cli: Any) -> None:
    trained(
        "net.safetensors", dtype="float32", classes=["no", "yes"], seed=3,
        data={"name": "shapes:100", "digest": "0", "count": 80},
        progress={"history": [[1, 0.5, 0.75, 0.25, 0.875, 0.001]], "best_epoch": 1},
    )  # fmt: skip
    page = words(cli("summary", "net.safetensors", *PLAIN).out)
    for told in ("data shapes:100, 80 examples", "classes 2: no, yes", "epochs 1; the weights are those of epoch 1",
                 "loss 0.5, accuracy 0.75, held-out loss 0.25, held-out accuracy 0.875", "seed 3"):  # fmt: skip
        assert told in page
    assert cli("summary", "net.safetensors", "-f", "torch").out.startswith(
        '"""mlp: 9,026 parameters, for PyTorch.'
    )
    ended = cli("summary", "net.safetensors", "--input", "3,3,1")
    assert (ended.code, "the net of a file keeps its shape" in ended.err) == (2, True)


@pytest.mark.parametrize(
    "facts",
    [{}, {"data": 3, "classes": {}, "progress": {"history": [3, [], ["x"]], "best_epoch": "x"}, "seed": []}],
)
def test_facts_that_say_nothing_are_passed_over(facts: dict[str, Any], cli: Any) -> None:
    trained("net.safetensors", **facts)
    ended = cli("summary", "net.safetensors", *PLAIN)
    assert ended.code == 0, ended.err
    assert "Trained" in ended.out


def test_code_goes_into_files_too(cli: Any) -> None:
    assert cli("summary", "cnn", "-f", "torch", "-o", "net.py").code == 0
    assert Path("net.py").read_text() == cli("summary", "cnn", "-f", "torch").out
    assert cli("summary", "cnn", "-f", "keras", stdout_is_terminal=True).out.startswith('"""cnn')
    told = cli("summary", "cnn", "-f", "keras", "--explain", "dense")
    assert "(1024 + 1)·64 = 65,600" in told.err
    assert "import keras" in told.out


def test_the_manual_page_tells_of_every_kind_and_its_example_is_a_model() -> None:
    assert set(KINDS) < set(MANUAL.tables["Kinds of layers"])
    assert "Takes filters, kernel_size=3" in MANUAL.tables["Kinds of layers"]["conv"]
    assert set(MANUAL.tables["Keys of a model file"]) == set(KEYS)
    spec = model_spec(tomllib.loads("\n".join(MANUAL.tables["A model file"])))
    assert [(layer.name, layer.output) for layer in spec.layers] == [("edges", (28, 28, 8))]


def write_toml(path: str, told: dict[str, Any]) -> None:
    """A model as a file; a list is TOML as it is JSON."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in told.items() if key != "layer"]
    for layer in told["layer"]:
        lines += ["[[layer]]", *(f"{key} = {json.dumps(value)}" for key, value in layer.items())]
    Path(path).write_text("\n".join(lines) + "\n")


FLAT = '[[layer]]\nkind = "flatten"\n'
BAD = {
    "kind": ('input = [8, 8, 1]\n[[layer]]\nkind = "convv"\n', "layer 0 (convv): there is no kind of layer 'convv': did you mean conv?"),
    "attribute": ('input = [8, 8, 1]\n[[layer]]\nkind = "conv"\nfilter = 3\n', "layer 0 (conv): there is no attribute of conv 'filter': did you mean filters?"),
    "activation": ('input = [8, 8, 1]\n[[layer]]\nkind = "conv"\nfilters = 3\nactivation = "rel"\n', "there is no activation of conv 'rel': did you mean relu?"),
    "initializer": ('input = [8, 8, 1]\n[[layer]]\nkind = "conv"\nfilters = 3\nkernel_initializer = "he-norm"\n', "there is no kernel_initializer of conv 'he-norm': did you mean he-normal?"),
    "attribute of an activation": ('input = [8, 8, 1]\n[[layer]]\nkind = "relu"\nalpha = 3\n', "relu as a layer takes nothing but a name; received alpha"),
    "key": ("inputs = [8, 8, 1]\n" + FLAT, "there is no key of a model 'inputs': did you mean input?"),
    "empty": ("# nothing\n", "there is nothing in it; a model has input = [height, width, channels]"),
    "no layer": ("input = [8, 8, 1]\n", "the model has no layer; begin each with [[layer]]"),
    "one table": ('input = [8, 8, 1]\n[layer]\nkind = "flatten"\n', "[layer] is one table: write [[layer]]"),
    "syntax": ("input = [8, 8, 1]\n[[layer]]\nkind = conv\n", "not TOML: Invalid value (at line 3, column 8); words stand in quotes"),
    "deep": ("input = " + "[" * 5000, "its lists stand too deep in each other"),
    "digits": ("input = [8, 8, 1" + "0" * 5000 + "]\n" + FLAT, "a number in it has too many digits"),
    "nothing to flatten": ("input = [8, 8, 0]\n" + FLAT, "whole numbers from 1 on; received [8, 8, 0]"),
    "gray": ('input = [8, 8]\n[[layer]]\nkind = "conv"\nfilters = 3\n', "conv takes (height, width, channel); received (8, 8); gray pictures are (8, 8, 1)"),
    "batch": ("input = [1, 8, 8, 1]\n" + FLAT, "leave the batch out: [8, 8, 1]"),
    "dense on pictures": ('input = [8, 8, 1]\n[[layer]]\nkind = "dense"\nunits = 3\n', "dense takes (feature,) or (time, feature); received (8, 8, 1); put a flatten before it"),
    "lstm on words": ('input = [8]\n[[layer]]\nkind = "lstm"\nunits = 3\n', "lstm takes (time, feature); received (8,); an embedding before it makes features of words"),
    "state of sequences": ('input = [8, 3]\n[[layer]]\nkind = "gru"\nunits = 4\nname = "a"\n[[layer]]\nkind = "gru"\nunits = 4\ninitial = "a"\n', "a gives (8, 4); a last-step behind a gives its last"),
    "memory": ('input = [8, 3]\n[[layer]]\nkind = "gru"\nunits = 4\nname = "a"\n[[layer]]\nkind = "attention"\nmemory = "b"\n', "there is no layer 'b' before this one: before it stands a"),
    "nobody": ('input = [8, 3]\n[[layer]]\nkind = "gru"\nunits = 4\nname = "a"\n[[layer]]\nkind = "gru"\nunits = 4\nname = "b"\n[[layer]]\nkind = "gru"\nunits = 4\nafter = "a"\n', "layer b: nobody takes its output: the next layer is after a"),
    "conv on features": ('input = [8]\n[[layer]]\nkind = "conv"\nfilters = 3\n', "conv takes (height, width, channel); received (8,); a reshape"),
    "kernel": ('input = [8, 8, 1]\n[[layer]]\nkind = "conv"\nfilters = 3\nkernel_size = 9\n', 'kernel 9x9, picture 8x8 with its padding; try a smaller kernel or padding = "same"'),
    "strides": ('input = [8, 8, 1]\n[[layer]]\nkind = "conv"\nfilters = 3\nstrides = 0\n', "strides expects at least 1; received 0; try strides = 1"),
    "groups": ('input = [8, 8, 3]\n[[layer]]\nkind = "conv"\nfilters = 3\ngroups = 2\n', "2 groups do not divide 3 channels and 3 filters evenly; try groups = 1"),
    "add": ('input = [8, 8, 1]\n[[layer]]\nkind = "add"\nsource = "x"\n', "add takes the output of an earlier layer, and there is none before it"),
    "reshape": ('input = [8, 8, 1]\n[[layer]]\nkind = "reshape"\ntarget_shape = [8, 9, 1]\n', "takes 72 numbers; received (8, 8, 1), which holds 64"),
    "twice": ('input = [8]\n[[layer]]\nkind = "relu"\nname = "a"\n[[layer]]\nkind = "relu"\nname = "a"\n', "layer 1 (relu): layer 0 is called 'a' already"),
    "classes": ('input = [8]\n[[layer]]\nkind = "dense"\nunits = "classes"\n', "nobody says how many classes there are; write classes = 10 above the layers"),
    "classes that are a word": ('classes = "ten"\ninput = [8]\n[[layer]]\nkind = "dense"\nunits = "classes"\n', "classes is a whole number from 1 on; received 'ten'"),
    "fewer than no classes": ('classes = -3\ninput = [8]\n[[layer]]\nkind = "dense"\nunits = "classes"\n', "classes is a whole number from 1 on; received -3"),
    "classes for nobody": ('classes = 3\ninput = [8]\n[[layer]]\nkind = "dense"\nunits = 10\n', "and there is none: leave it out"),
    "large units": (f'input = [8]\n[[layer]]\nkind = "dense"\nunits = {10**30}\n', "units of dense is at most 576460752303423487"),
    "large input": (f"input = [8, 8, {10**30}]\n{FLAT}", "a length of the input is at most 576460752303423487"),
    "large product": ('input = [8, 8, 1]\n[[layer]]\nkind = "upsampling"\nsize = 100000000000\n', "no array can be as large as 800000000000 × 800000000000 × 1"),
    "infinite": ('input = [8]\n[[layer]]\nkind = "dense"\nunits = inf\n', "units of dense is a whole number; received inf"),
    "not a number": ('input = [8]\n[[layer]]\nkind = "rescaling"\nscale = nan\n', "scale of rescaling is a finite number; received nan"),
    "no kind": ("input = [8]\n[[layer]]\nunits = 3\n", 'it says no kind; write kind = "conv" or another'),
    "target": ('input = [8, 8, 1]\ntarget = "input"\n' + FLAT, "the output is (64,); let a dense layer make as many, and a reshape"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_describes_no_net_is_refused(name: str, cli: Any) -> None:
    text, told = BAD[name]
    Path("m.toml").write_text(text)
    ended = cli("summary", "m.toml")
    assert (ended.code, ended.raw) == (1, b""), ended.err
    assert ended.err.startswith("dlcli summary: m.toml: ")
    assert told in ended.err
    assert len(ended.err) < 330


OVER_TIME = {
    "translator": [
        {"kind": "embedding", "input_dim": 20, "output_dim": 8, "name": "all"}, {"kind": "steps", "stop": 6},
        {"kind": "gru", "units": 8, "name": "read"}, {"kind": "last-step", "name": "end"},
        {"kind": "steps", "start": 6, "after": "all"}, {"kind": "gru", "units": 8, "initial": "end", "name": "write"},
        {"kind": "attention", "memory": "read", "heads": 2}, {"kind": "concat", "source": "write"},
        {"kind": "dense", "units": 8, "name": "narrow"}, {"kind": "decoder-block", "memory": "all", "hidden": 5},
        {"kind": "dense", "units": 20},
    ],
    "stack": [
        {"kind": "embedding", "input_dim": 20, "output_dim": 6}, {"kind": "positions"},
        {"kind": "conv1d", "filters": 4, "padding": "causal", "dilation_rate": 2, "groups": 2, "activation": "relu"},
        {"kind": "leaky", "units": 4}, {"kind": "lstm", "units": 5}, {"kind": "simple-rnn", "units": 4, "skip": 3},
        {"kind": "decoder-block", "heads": 2, "name": "block"}, {"kind": "attention", "key_dim": 3, "use_bias": False},
        {"kind": "bidirectional", "layer": {"kind": "gru", "units": 3, "reset_after": False}}, {"kind": "layernorm"},
        {"kind": "conv1d", "filters": 3, "strides": 2}, {"kind": "time-distributed", "layer": {"kind": "dense", "units": 2}},
        {"kind": "global-avgpool"}, {"kind": "dense", "units": 3},
    ],
}  # fmt: skip


def sides(told: str) -> int:
    """What a formula says, as Python reckons it."""
    formula = told.replace("·", "*").replace("−", "-").replace(",", "").replace("/", "//")
    return int(eval(formula))  # a formula of this program


@pytest.mark.parametrize("name", OVER_TIME)
def test_the_formulas_of_layers_over_time_give_their_counts(name: str) -> None:
    spec = model_spec({"input": [12], "layer": OVER_TIME[name]})
    for one in counted(spec):
        for lines, count in ((parameter_lines(one), one.parameters), (work_lines(one), one.multiply_adds)):
            last = lines[-1][1]
            assert last[-1].split(":")[0] == f"{count:,}", (one.name, lines)
            parts = [words[0] for _, words in lines[:-1]] or last[:1]
            assert sum(map(sides, parts)) == count, (one.name, lines)


def test_a_memory_counts_with_as_many_steps_as_it_has() -> None:
    """2 (T + S) F E + 2 T S E: ten steps look at the first two."""
    layers = [
        {"kind": "linear", "name": "all"}, {"kind": "steps", "stop": 2, "name": "two"},
        {"kind": "linear", "after": "all"}, {"kind": "attention", "memory": "two"},
        {"kind": "decoder-block", "memory": "two"},
    ]  # fmt: skip
    attention, block = counted(model_spec({"input": [10, 4], "loss": "mean-squared", "layer": layers}))[-2:]
    assert attention.multiply_adds == 2 * (10 + 2) * 4 * 4 + 2 * 10 * 2 * 4
    own, dense, norms = 4 * 10 * 4 * 4 + 2 * 10 * 10 * 4, 2 * 10 * 4 * 16, 3 * 2 * 10 * 4
    assert block.multiply_adds == attention.multiply_adds + own + dense + norms


def test_what_a_step_sees(cli: Any) -> None:
    spec = model_spec({"input": [12], "layer": OVER_TIME["stack"]})
    seen = {one.name: sight_words(one.sight, steps=True) for one in counted(spec)}
    assert (seen["position_embedding"], seen["conv1d"]) == ("1", "5")
    assert {seen[name] for name in ("leaky", "lstm", "simple_rnn", "block")} == {"past"}
    assert {seen[name] for name in ("multi_head_attention", "bidirectional", "dense")} == {"all"}
    of_two = {
        one.name: sight_words(one.sight, steps=True)
        for one in counted(model_spec({"input": [12], "layer": OVER_TIME["translator"]}))
    }
    assert of_two == {
        "all": "1", "steps": "1", "read": "past", "end": "all", "steps_1": "1", "write": "all",
        "multi_head_attention": "all", "concatenate": "all", "narrow": "all", "decoder_block": "all", "dense": "all",
    }  # fmt: skip


def test_the_story_of_a_net_over_words(cli: Any) -> None:
    tables = [
        "[[layer]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in one.items())
        for one in OVER_TIME["translator"]
    ]
    Path("m.toml").write_text("input = [12]\n" + "".join(tables))
    page = cli("summary", "m.toml", *PLAIN).out
    assert "input 12 (words, of 20)" in page
    assert "past: all up to its own" in page
    assert re.search(r"^  read +gru +6×8 +432 +2,304 +192 B +past$", page, re.MULTILINE)
    assert "of all:" in page
    assert "attention read" in page
    told = words(cli("summary", "m.toml", "--explain", "read", *PLAIN).out)
    assert "parameters 3·(8 + 8 + 2)·8 = 432" in told
    assert "multiply-adds 6·3·(8 + 8)·8 = 2,304" in told
    assert "all steps up to its own" in told


def test_a_net_that_no_memory_holds_is_summed_up(cli: Any) -> None:
    Path("m.toml").write_text(
        'input = [1000000, 1000000, 3]\n[[layer]]\nkind = "conv"\nfilters = 1000\nkernel_size = 999\n[[layer]]\nkind = "conv"\nfilters = 9999\n'
    )
    page = cli("summary", "m.toml", *PLAIN)
    assert page.code == 0, page.err
    assert "2,994,004,000" in page.out
    assert (
        cli("summary", "m.toml").tensor.data.dtype == np.float64
    )  # more multiply-adds than a whole number holds
    assert cli("summary", "m.toml", "--explain", "0", *PLAIN).code == 0


@pytest.mark.parametrize(
    ("typed", "code", "told"),
    [
        (("mpl",), 1, "'mpl' is neither a file nor a model: did you mean mlp?"),
        (("none.safetensors", "--save-weights", "x.npz"), 1, "'none.safetensors' is neither a file nor"),
        (("mlp", "--model", "cnn"), 2, "--model is for files of weights; mlp is a model itself"),
        (("cnnn",), 1, "'cnnn' is neither a file nor a model: did you mean cnn?"),
        (("folder",), 1, "folder is a directory; a model is a TOML file or a name that dlcli summary lists"),
        (("sample:cat",), 1, "sample:cat: not TOML; a model is a TOML file or a name that dlcli summary lists"),
        (("1 2 3",), 1, "'1 2 3' is neither a file nor a model: the models with names are cnn,"),
        (("w.npz",), 1, "w.npz does not say what model its weights are of; say it by --model, or train one"),
        (("cnn", "--input", "28,28"), 2, "'28,28' has no channels: try 28,28,1 for gray pictures"),
        (("cnn", "--input", "3,3,1"), 1, "cnn: layer 1 (maxpool): the window is larger than the picture"),
        (("autoencoder", "--classes", "3"), 2, "--classes has no place beside autoencoder: its output is its input"),
        (("m.toml", "--input", "9,9,1"), 2, "m.toml says its input itself, 8,8,1: leave --input out"),
        (("m.toml", "--classes", "9"), 2, 'no layer of it has units = "classes"'),
        (("c.toml", "--classes", "12"), 2, "c.toml says classes = 7: leave --classes out, or leave classes out of the file"),
        (("cnn", "--explain", "con2d"), 2, "'con2d' is no layer and no index: did you mean conv2d?"),
        (("cnn", "--explain", "99"), 2, "there is no layer 99; cnn has layers 0 to 7"),
        (("cnn", "mlp", "--explain", "dense"), 2, "--explain tells of a layer of one model"),
        (("cnn", "-f", "keras", "-o", "x.npz"), 2, "-f keras is text, and x.npz by its suffix is not: name a file such as x.py"),
        (("cnn", "mlp", "-f", "keras", "-o", "x.py"), 2, "2 inputs would all be written to 'x.py'"),
        (("cnn", "-f", "keros"), 2, "'keros' is not one of"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_is_refused(typed: tuple[str, ...], code: int, told: str, cli: Any) -> None:
    Path("folder").mkdir()
    np.savez("w.npz", a=np.ones(2))
    Path("m.toml").write_text("input = [8, 8, 1]\n" + FLAT)
    classes = 'classes = 7\ninput = [8]\n[[layer]]\nkind = "dense"\nunits = "classes"\n'
    Path("c.toml").write_text(classes)
    assert cli("summary", "c.toml", "--classes", "7").code == 0
    ended = cli("summary", *typed)
    assert (ended.code, ended.raw) == (code, b""), ended.err
    assert told in ended.err


def test_nothing_is_taken_out_of_a_pipe_to_see_what_it_is(shell: Any, cli: Any) -> None:
    assert cli("summary", "-", stdin=b"input = [8, 8, 1]\n" + FLAT.encode()).tensor.data.shape == (1, 7)


CASES: Any = None


@pytest.fixture(autouse=True, scope="module")
def _cases() -> None:
    import importlib.util

    global CASES
    spec = importlib.util.spec_from_file_location(
        "cases", Path(__file__).parents[2] / "data" / "make_model_code.py"
    )
    assert spec is not None
    assert spec.loader is not None
    CASES = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(CASES)
