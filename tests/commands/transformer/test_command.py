"""``dlcli transformer`` end to end: sentences, tensors, weights of PyTorch, memories, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.attention.positions import sinusoidal
from dlcli.engines.attention.word_vectors import word_vectors
from dlcli.engines.transformer.blocks import Design, transformer
from dlcli.engines.transformer.random_weights import random_layers
from dlcli.tensor import Axis, Tensor

TORCH = dict(np.load(Path(__file__).parents[2] / "data" / "torch_transformer.npz"))
MATRIX = "1 0 2 1; 0 1 1 3; 2 2 0 1"


def saved(name: str, tmp_path: Path, suffix: str = "npz") -> str:
    """The weights of a stored case as a file."""
    prefix = f"{name}/w/"
    arrays = {key.removeprefix(prefix): array for key, array in TORCH.items() if key.startswith(prefix)}
    file = tmp_path / f"{name}.{suffix}"
    if suffix == "npz":
        np.savez(file, **arrays)
    else:
        from safetensors.numpy import save_file

        save_file({key: np.ascontiguousarray(array) for key, array in arrays.items()}, file)
    return str(file)


def test_a_sentence_goes_through_seeded_blocks(cli: Any) -> None:
    found = cli("transformer", "the cat sat", "--dim", "8", "--heads", "4", "--layers", "3").tensor
    x = word_vectors(["the", "cat", "sat"], 8, 0) + sinusoidal(3, 8)
    layers = random_layers(np.random.default_rng(0), 3, 8, 32)
    wanted = transformer(x, layers, Design(4)).output
    np.testing.assert_allclose(found.data, wanted, atol=1e-12)
    assert found.name == "output"
    assert found.axes == (Axis("token", ("the", "cat", "sat")), Axis("unit"))


def test_the_same_line_gives_the_same_numbers_and_another_seed_others(cli: Any) -> None:
    first, again, other = (
        cli("transformer", "the cat", "--seed", seed).tensor.data for seed in ("0", "0", "1")
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
@pytest.mark.parametrize(
    "name", ["encoder-post-relu", "encoder-pre-gelu", "causal-post-gelu", "stack-post-relu"]
)
def test_pytorchs_weights_give_pytorchs_output(name: str, suffix: str, cli: Any, tmp_path: Path) -> None:
    kind, norm, activation = name.split("-")
    file = saved(name, tmp_path, suffix)
    x, y = TORCH[f"{name}/x"], TORCH[f"{name}/y"]
    if x.ndim == 3:
        x, y = x[0], y[0]
    words = (
        "--norm",
        norm,
        "--activation",
        activation,
        "--eps",
        "1e-5",
        *(["--causal"] if kind == "causal" else []),
    )
    found = cli("transformer", "--weights", file, "--heads", "2", *words, stdin=Tensor(x)).tensor
    np.testing.assert_allclose(found.data, y, atol=1e-12)


@pytest.mark.parametrize("name", ["decoder-post-relu", "decoders-pre-gelu"])
def test_a_decoder_of_pytorch_looks_at_a_memory(name: str, cli: Any, tmp_path: Path) -> None:
    _, norm, activation = name.split("-")
    np.save(tmp_path / "memory.npy", TORCH[f"{name}/memory"])
    words = (
        "--norm",
        norm,
        "--activation",
        activation,
        "--eps",
        "1e-5",
        "--decoder",
        "--memory",
        str(tmp_path / "memory.npy"),
    )
    more = ("--weights", saved(name, tmp_path), "--heads", "2")
    x = Tensor(TORCH[f"{name}/x"], (Axis("token"), Axis("unit")))
    found = cli("transformer", *words, *more, stdin=x).tensor
    np.testing.assert_allclose(found.data, TORCH[f"{name}/y"], atol=1e-12)
    assert found.axes == x.axes
    maps = cli("transformer", *words, *more, "--maps", "memory", "--emit", "weights", stdin=x).tensor
    assert maps.shape == (len(TORCH) and (2 if name.startswith("decoders") else 1), 2, 5, 3)
    np.testing.assert_allclose(maps.data.sum(axis=-1), 1)


def test_layers_and_weights_have_the_names_of_their_axes(cli: Any) -> None:
    layers = cli("transformer", "the cat sat", "--emit", "layers").tensor
    assert layers.shape == (3, 3, 16)
    assert layers.axes[0] == Axis("layer", ("input", "block 0", "block 1"))
    assert layers.axis_names == ("layer", "token", "unit")
    weights = cli("transformer", "the cat sat", "--causal", "--emit", "weights").tensor
    assert weights.axis_names == ("layer", "head", "query", "key")
    assert weights.axes[2].labels == weights.axes[3].labels == ("the", "cat", "sat")
    assert not np.triu(weights.data, 1).any()
    np.testing.assert_allclose(weights.data.sum(axis=-1), 1)


def test_an_encoders_output_as_memory_equals_the_sentence_itself(cli: Any, tmp_path: Path) -> None:
    file = str(tmp_path / "memory.npy")
    assert cli("transformer", "the cat sleeps", "-o", file).code == 0
    line = ("transformer", "le chat dort", "--decoder", "--memory")
    np.testing.assert_array_equal(cli(*line, file).tensor.data, cli(*line, "the cat sleeps").tensor.data)


def test_a_causal_token_does_not_know_what_follows(cli: Any) -> None:
    short, long = (cli("transformer", words, "--causal").tensor.data for words in ("the cat", "the cat sat"))
    np.testing.assert_allclose(long[:2], short, atol=1e-12)
    short, long = (cli("transformer", words).tensor.data for words in ("the cat", "the cat sat"))
    assert not np.allclose(long[:2], short)


def test_without_positions_the_order_of_the_words_does_not_matter(cli: Any) -> None:
    one, other = (
        cli("transformer", words, "--position", "none").tensor.data
        for words in ("dog bites man", "man bites dog")
    )
    np.testing.assert_allclose(one, other[::-1], atol=1e-12)
    added = cli("transformer", MATRIX, "--position", "sinusoidal").tensor.data
    assert not np.allclose(added, cli("transformer", MATRIX).tensor.data)


def test_an_odd_number_of_features_gets_one_head(cli: Any) -> None:
    assert cli("transformer", "1 2 3; 4 5 6", "--emit", "weights").tensor.shape == (2, 1, 2, 2)
    assert cli("transformer", MATRIX, "--emit", "weights").tensor.shape == (2, 2, 3, 3)


def test_single_precision_stays(cli: Any) -> None:
    x = Tensor(np.eye(4, dtype=np.float32))
    assert cli("transformer", "--causal", stdin=x).tensor.data.dtype == np.float32
    assert (
        "equal to the pass over all within 0.0001"
        in cli("transformer", "--causal", "-f", "plain", stdin=x).out
    )


BAD: dict[str, tuple[tuple[str, ...], int, str]] = {
    "heads": (("the cat", "--heads", "3"), 1, "dlcli transformer: literal: 3 heads do not divide 16 features evenly; try 2 or 4"),
    "memory alone": (("the cat", "--memory", "the dog"), 2, "dlcli transformer: --memory goes with --decoder: add it, or leave --memory out"),
    "maps of none": (("the cat", "--maps", "memory"), 2, "dlcli transformer: --maps goes with --memory: add it, or leave --maps out"),
    "layer": (("the cat", "--layer", "2"), 2, "dlcli transformer: --layer 2: the blocks are 0 to 1"),
    **{
        f"layer of {emit}": (("the cat", "--layer", "0", "--emit", emit), 2, f"dlcli transformer: --layer 0 does nothing beside --emit {emit}, which is of all blocks: leave one of them out")
        for emit in ("rollout", "norms", "first-cosine", "previous-cosine", "layers", "weights")
    },
    "dim of a tensor": ((MATRIX, "--dim", "8"), 2, "dlcli transformer: --dim 8 is for sentences; this input has 4 features"),
    "width of a memory": (("the cat", "--decoder", "--memory", "1 2; 3 4"), 1, "dlcli transformer: --memory 1 2; 3 4: a memory for tokens of 16 features is (token, 16); received matrix (row 2, column 2) int64"),
    "no weights": (("the cat", "--weights", "none.npz"), 1, "dlcli transformer: --weights: 'none.npz' is neither a file nor a sample: weights are .npz or .safetensors; see the name again"),
    "a picture": (("sample:cat",), 1, "dlcli transformer: transformer wants a sentence, or real numbers (token, feature), none of these axes empty; received image (height 300, width 451, channel 3) uint8"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_told(name: str, cli: Any) -> None:
    words, code, told = BAD[name]
    ended = cli("transformer", *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert ended.err == told + "\n"


def test_weights_that_do_not_fit_are_told(cli: Any, tmp_path: Path) -> None:
    encoder, decoder = saved("encoder-post-relu", tmp_path), saved("decoder-post-relu", tmp_path)
    stack = saved("stack-post-relu", tmp_path)
    x = Tensor(np.ones((2, 4)))
    for words, told in (
        ((encoder,), f"{encoder} is made for tokens of 6 features; received 4"),
        ((encoder, "--layers", "2"), f"--layers 2: {encoder} has 1"),
        ((stack, "--layers", "1"), f"--layers 1: {stack} has 2"),
        ((encoder, "--hidden", "9"), f"--hidden 9: {encoder} has 8"),
        ((encoder, "--dim", "9"), f"--dim 9: {encoder} has 6"),
        ((decoder,), f"{decoder}: these are the layers of a decoder; try --decoder with a --memory"),
        (
            (encoder, "--decoder", "--memory", "the cat"),
            f"{encoder}: these are the layers of an encoder; try without --memory",
        ),
    ):
        rows = Tensor(np.ones((2, 6))) if "--layers" in words else x
        ended = cli("transformer", "--heads", "2", "--weights", *words, stdin=rows)
        wrong_usage = {"--layers", "--hidden", "--dim"} & set(words)
        assert (ended.code, ended.raw) == (2 if wrong_usage else 1, b"")
        assert told in ended.err


def test_heads_are_asked_for_where_a_file_does_not_tell_them(cli: Any, tmp_path: Path) -> None:
    """With one head in place of its two PyTorch's layer gives something else, by up to 0.07."""
    file, x = saved("encoder-post-relu", tmp_path), Tensor(TORCH["encoder-post-relu/x"])
    ended = cli("transformer", "--weights", file, stdin=x)
    assert (ended.code, ended.raw) == (2, b"")
    told = "does not tell how many heads share its features: add --heads N"
    assert ended.err == f"dlcli transformer: {file} {told}\n"


def test_what_else_a_file_does_not_tell_is_said(cli: Any, tmp_path: Path) -> None:
    file, x = saved("encoder-post-relu", tmp_path), Tensor(TORCH["encoder-post-relu/x"])
    line = ("transformer", "--weights", file, "--heads", "2")
    taken = "--norm post, --activation relu, --eps 1e-05"
    assert (
        cli(*line, stdin=x).err
        == f"dlcli: {file} does not tell how its blocks were trained; taken: {taken}\n"
    )
    agreeing = ("--layers", "1", "--hidden", "8", "--norm", "post", "--activation", "relu", "--eps", "1e-5")
    ended = cli(*line, *agreeing, stdin=x)
    assert (ended.code, ended.err) == (0, "")
    np.testing.assert_allclose(ended.tensor.data, TORCH["encoder-post-relu/y"], atol=1e-12)


def test_an_epsilon_that_is_not_pytorchs_usual_one(cli: Any, tmp_path: Path) -> None:
    """The first token as torch 2.13 has it with layer_norm_eps=0.1, in double precision."""
    file, x = saved("encoder-post-relu", tmp_path), Tensor(TORCH["encoder-post-relu/x"])
    line = ("transformer", "--weights", file, "--heads", "2", "--norm", "post", "--activation", "relu")
    found = cli(*line, "--eps", "0.1", stdin=x).tensor.data
    torch = [0.77267868, -1.18672128, 0.06659395, 0.4991113, -1.6129162, 0.98140303]
    np.testing.assert_allclose(found[0], torch, atol=1e-8)


def test_weights_that_are_no_numbers_are_refused(cli: Any, tmp_path: Path) -> None:
    arrays = {key: array.copy() for key, array in np.load(saved("encoder-post-relu", tmp_path)).items()}
    arrays["linear1.bias"][3] = np.nan
    np.savez(tmp_path / "w.npz", **arrays)
    for words in ((), ("--decoder", "--memory", "the cat")):
        ended = cli("transformer", "the cat", "--weights", str(tmp_path / "w.npz"), *words)
        assert (ended.code, ended.raw) == (1, b"")
        assert "w.npz: linear1.bias is nan at 3; a net needs numbers it can add" in ended.err


def test_a_whole_transformer_of_pytorch_encodes_the_memory_too(cli: Any, tmp_path: Path) -> None:
    arrays = {
        f"{kind}.layers.0.{key.removeprefix(prefix)}": array
        for kind, prefix in (("encoder", "encoder-post-relu/w/"), ("decoder", "decoder-post-relu/w/"))
        for key, array in TORCH.items()
        if key.startswith(prefix)
    }
    np.savez(tmp_path / "whole.npz", **arrays)
    told = ("--heads", "2", "--norm", "post", "--activation", "relu", "--eps", "1e-5")
    more = ("--weights", str(tmp_path / "whole.npz"), *told)
    memory = str(tmp_path / "memory.npy")
    assert cli("transformer", "the cat sleeps", *more, "-o", memory).code == 0
    line = ("transformer", "le chat dort", "--decoder", *more, "--memory")
    one, other = cli(*line, memory), cli(*line, "the cat sleeps")
    np.testing.assert_array_equal(one.tensor.data, other.tensor.data)
    assert "through the encoder of the weights" in cli(*line, "the cat sleeps", "-f", "plain").out.replace(
        "\n", " "
    )


def test_a_cell_of_the_layers_is_explained_as_far_as_it_has_come(cli: Any) -> None:
    line = ("transformer", "the cat sat", "--norm", "pre", "--emit", "layers")
    layers = cli(*line).tensor.data
    told = cli(*line, "--explain", "1,cat,5", "-f", "plain").out
    assert f"State  {layers[1, 1, 5]:.4g} at block 0, token cat, unit 5".replace("-", "−") in told
    assert "  0 attention " in told
    assert "  1 attention " not in told
    assert "Change by feed-forward  block 0" in told
    told = cli(*line, "--explain", "input,cat,5", "-f", "plain").out
    assert "no block has worked on it yet" in told
    assert f"State  {layers[0, 1, 5]:.4g} at input, token cat".replace("-", "−") in told
    output = cli("transformer", "the cat sat", "--explain", "cat,5", "-f", "plain").out
    assert (
        cli("transformer", "the cat sat", "--emit", "output", "--explain", "cat,5", "-f", "plain").out
        == output
    )


def test_a_weight_is_explained_by_its_score_and_its_row(cli: Any) -> None:
    line = ("transformer", "the cat sat", "--causal", "--emit", "weights")
    weights = cli(*line).tensor.data
    told = cli(*line, "--explain", "1,0,sat,cat", "-f", "plain").out
    assert "Score  block 1, head 0: “sat” looks at “cat”" in told
    assert f"Weight  {weights[1, 0, 2, 1]:.4g} at layer 1, head 0, query sat, key cat" in told
    products = re.findall(r"^  unit \d +\S+ × +\S+ = +(\S+)$", told, re.MULTILINE)
    (total,) = re.findall(r"^ +sum +(\S+)$", told[: told.index("On its way")], re.MULTILINE)
    numbers = [float(text.replace("−", "-")) for text in (*products, total)]
    assert len(products) == 8
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=1e-2)
    hidden = cli(*line, "--explain", "1,0,the,cat", "-f", "plain").out
    assert re.search(r"^  masked  \S+ − inf = −inf$", hidden, re.MULTILINE)
    assert "Weight  0 at layer 1, head 0, query the, key cat" in hidden


def test_the_weights_at_a_memory_are_explained(cli: Any) -> None:
    line = (
        "transformer",
        "le chat",
        "--decoder",
        "--memory",
        "the cat",
        "--maps",
        "memory",
        "--emit",
        "weights",
    )
    weight = cli(*line).tensor.data[0, 1, 1, 0]
    told = cli(*line, "--explain", "0,1,chat,the", "-f", "plain").out
    assert "block 0, head 1: “chat” looks at “the”" in told
    assert f"Weight  {weight:.4g} at" in told


def test_a_memory_that_a_variable_names_is_for_decoders(cli: Any) -> None:
    variables = {"DLCLI_TRANSFORMER_MEMORY": "the cat sleeps", "DLCLI_TRANSFORMER_MAPS": "memory"}
    for words, same in (((), ()), (("--decoder",), ("--memory", "the cat sleeps", "--maps", "memory"))):
        line = ("transformer", "le chat dort", *words, "--emit", "weights")
        found = cli(*line, variables=variables).tensor
        np.testing.assert_array_equal(found.data, cli(*line, *same).tensor.data)
