"""``dlcli attn --model`` end to end, with a small random model and, where its folder is at hand, a real one."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from dlcli.engines.transformer.head_patterns import head_patterns
from dlcli.tensor import Axis
from dlcli.wire.models.model_folder import open_model

TINY = Path(__file__).parents[2] / "data" / "tiny_bert"
EXPECTED = np.load(TINY / "expected.npz")
MINILM = np.load(TINY.parent / "minilm.npz")
LINE = ("attn", "--model", str(TINY))
TEXT = "the kittens sat xyz"  # the tokens that the stored results are of
TOKENS = ("[CLS]", "the", "kit", "##ten", "##s", "sat", "[UNK]", "[SEP]")
UNKNOWN = "dlcli: 'xyz' is made of no pieces of the vocabulary: the model reads [UNK]\n"


def found(page: str, pattern: str) -> float:
    """The number that a pattern finds in a page."""
    (text,) = re.findall(pattern, page, re.MULTILINE)
    return float(text.replace("−", "-"))


def unlisted(folder: Path) -> str:
    """What is said of the vectors of a folder that lists no modules."""
    told = "has no modules.json, which would tell whether vectors get length 1; taken: they do"
    return f"dlcli: {folder} {told}\n"


def one(cli: Any, *words: str) -> Any:
    """The one tensor that a line over the stored sentence sends."""
    ended = cli(*LINE, TEXT, *words)
    assert (ended.code, ended.err) == (0, UNKNOWN)
    (tensor,) = ended.tensors
    return tensor


def test_the_output_equals_transformers_layer_by_layer(cli: Any) -> None:
    found = one(cli)
    assert found.axes == (Axis("token", TOKENS), Axis("unit"))
    np.testing.assert_allclose(found.data, EXPECTED["states"][2], atol=2e-6)
    np.testing.assert_allclose(one(cli, "--layer", "0").data, EXPECTED["states"][1], atol=2e-6)


def test_attention_of_all_heads_or_of_one(cli: Any) -> None:
    found = one(cli, "--emit", "weights", "--layer", "1")
    assert found.axis_names == ("head", "query", "key")
    assert found.axes[1].labels == found.axes[2].labels == TOKENS
    np.testing.assert_allclose(found.data, EXPECTED["weights"][1], atol=2e-6)
    single = one(cli, "--emit", "weights", "--layer", "1", "--head", "1")
    assert single.axis_names == ("query", "key")
    np.testing.assert_array_equal(single.data, found.data[1])
    scores, scaled = (one(cli, "--emit", name).data for name in ("scores", "scaled"))
    np.testing.assert_allclose(scores / 2, scaled, rtol=1e-6)  # heads of 4 features


def test_what_heads_compare_and_mix(cli: Any) -> None:
    parts = {name: one(cli, "--emit", name) for name in ("queries", "keys", "values", "scores", "entropy")}
    assert parts["queries"].axis_names == ("head", "query", "feature")
    assert parts["values"].axes[1] == Axis("key", TOKENS)
    products = parts["queries"].data @ parts["keys"].data.swapaxes(1, 2)
    np.testing.assert_allclose(parts["scores"].data, products, atol=1e-5)
    shares = EXPECTED["weights"][1]
    np.testing.assert_allclose(parts["entropy"].data, -(shares * np.log2(shares)).sum(axis=-1), atol=1e-5)
    assert one(cli, "--emit", "entropy", "--head", "1").axes == (Axis("query", TOKENS),)
    assert one(cli, "--emit", "masked").shape == (2, 8, 8)


def test_every_result_of_one_sentence_goes_into_a_file(cli: Any, tmp_path: Path) -> None:
    assert cli(*LINE, TEXT, "-o", str(tmp_path / "all.npz")).code == 0
    with np.load(tmp_path / "all.npz") as found:
        assert set(found) >= {"output", "weights", "entropy", "queries", "similarity", "vectors"}
        np.testing.assert_allclose(found["weights"], EXPECTED["weights"][1], atol=2e-6)


def test_a_sentence_becomes_the_mean_of_its_tokens(cli: Any) -> None:
    ended = cli(*LINE, TEXT, "--emit", "vectors")
    assert ended.err == UNKNOWN + unlisted(TINY)
    (found,) = ended.tensors
    mean = EXPECTED["states"][2].mean(axis=0)
    np.testing.assert_allclose(found.data[0], mean / np.linalg.norm(mean), atol=2e-6)
    assert found.axes == (Axis("sentence", (TEXT,)), Axis("unit"))


def test_several_sentences_are_compared(cli: Any) -> None:
    found = cli(*LINE, "the cat", "a mat!", "the cat").tensor
    assert found.name == "similarity"
    assert found.axes == (
        Axis("sentence", ("the cat", "a mat!", "the cat")),
        Axis("other", ("the cat", "a mat!", "the cat")),
    )
    np.testing.assert_allclose(np.diag(found.data), 1, atol=1e-6)
    assert found.data[0, 2] == pytest.approx(1, abs=1e-6)
    vectors = cli(*LINE, "the cat", "a mat!", "--emit", "vectors").tensors[0].data
    assert found.data[0, 1] == pytest.approx(float(vectors[0] @ vectors[1]), abs=1e-6)


def test_a_single_word_is_a_sentence_though_a_sample_or_a_file_has_its_name(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "mat.npy").touch()
    found = cli(*LINE, "cat", "mat").tensor
    assert found.axes[0].labels == ("cat", "mat")
    assert cli("attn", "cat").err.endswith("did you mean sample:cat?\n")


def test_lines_of_a_pipe_are_sentences(cli: Any) -> None:
    found = cli(*LINE, stdin=b"the cat\na mat!\n").tensor
    np.testing.assert_array_equal(found.data, cli(*LINE, "the cat", "a mat!").tensor.data)


@pytest.mark.parametrize("text", ["1984", "2 + 2 = 4", "[1, 2, 3]", "1 2; 3 4", "[MASK] it", "sample cat"])
def test_whatever_is_typed_is_text(text: str, cli: Any) -> None:
    (found,) = cli(*LINE, text, "--emit", "vectors").tensors
    assert found.axes[0].labels == (text,)


def test_each_line_of_a_file_is_a_sentence(cli: Any, tmp_path: Path) -> None:
    lines = ("room 1", "cat", "2 + 2 = 4", "1984")
    (tmp_path / "lines.txt").write_text("\n".join(lines) + "\n\n")
    assert cli(*LINE, "lines.txt").tensors[0].axes[0].labels == lines
    (tmp_path / "table.csv").write_text("the cat,1\na mat,2\n")
    assert cli(*LINE, "table.csv").tensors[0].axes[0].labels == ("the cat,1", "a mat,2")
    (tmp_path / "empty.txt").write_text(" \n")
    ended = cli(*LINE, "empty.txt")
    assert (ended.code, ended.err) == (1, "dlcli attn: empty.txt: a text without a word\n")


def test_what_the_model_does_not_read_is_said(cli: Any) -> None:
    ended = cli(*LINE, "the cat " * 10)
    assert ended.code == 0
    assert ended.err == "dlcli: the model reads 16 tokens of a sentence; 6 more were left out\n"
    assert ended.tensors[0].shape == (16, 8)
    twice = cli(*LINE, "xyz the", "xyz cat")
    assert twice.err == UNKNOWN


def test_the_story_of_one_sentence(cli: Any) -> None:
    page = cli(*LINE, TEXT, "-f", "plain", "--width", "80").out
    for words in (
        "tokens  8: [CLS] the kit ##ten ##s sat [UNK] [SEP]",
        "[UNK]   stands for xyz, which no pieces make up",
        "weights  softmax(Q Kᵀ / √d) = softmax(Q Kᵀ / √4)",
        "blocks      2, post-norm, gelu; trained",
        "heads       2, 4 of 8 features each",
        "layer 1 of 0 to 1, all heads: each row adds up to 1",
        "head 0",
        "8 numbers, the mean of all tokens, length 1",
    ):
        assert words in page
    page = cli(*LINE, TEXT, "--head", "0", "-f", "plain", "--width", "90").out
    assert re.search(r"query +\[CLS\] +the +kit", page)
    assert f"{EXPECTED['weights'][1][0, 0, 0]:.2f}" in page
    shares = head_patterns(EXPECTED["weights"][1]).shares
    rows = re.findall(
        r"^ +\d +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +[\d.]+ bits$", page, re.MULTILINE
    )
    np.testing.assert_allclose(np.array(rows, float), shares, atol=0.0051)


def test_the_story_of_several(cli: Any) -> None:
    page = cli(*LINE, "the cat", "a mat!", "the kittens", "-f", "plain").out
    assert "3 sentences" in page
    assert "cos(a, b)  Σ a·b / (|a| · |b|)" in page
    assert "“the cat”" in page
    assert "is nearest to" in page


def test_one_weight_in_full(cli: Any) -> None:
    page = cli(*LINE, TEXT, "--explain", "1,cat,0", "-f", "plain")
    assert page.code == 2
    assert "'cat' is no query and no index" in page.err
    page = cli(*LINE, TEXT, "--explain", "1,sat,the", "-f", "plain").out
    weight = EXPECTED["weights"][1][1, 5, 1]
    assert "layer 1, head 1: “sat” looks at “the”" in page
    assert found(page, r"^Weight  (\S+) at head 1, query sat, key the$") == pytest.approx(weight, rel=1e-3)
    products = [found(row, r"(\S+)$") for row in re.findall(r"^ +unit .*$", page, re.MULTILINE)]
    total = found(page, r"^ +sum +(\S+)$")
    assert len(products) == 4
    assert sum(products) == pytest.approx(total, abs=2e-3)
    assert total == pytest.approx(one(cli, "--emit", "scores").data[1, 5, 1], abs=2e-3)
    assert "/ √4 = " in page
    assert found(page, r"▸ the .* (0\.\d+)  ") == pytest.approx(weight, abs=1e-3)
    single = cli(*LINE, TEXT, "--head", "1", "--explain", "sat,the", "-f", "plain").out
    assert single.replace("at query", "at head 1, query") == page


def test_the_line_to_try_next_with_another_sentence_works(cli: Any) -> None:
    page = cli(*LINE, "the cat", "--layer", "0", "--head", "0", "-f", "plain", "--width", "200").out
    line = page.split("Try next\n  dlcli ")[1].strip()
    assert line == f"attn 'the cat' --model {TINY} 'a kitten is asleep'"
    assert cli(*shlex.split(line)).code == 0


def test_one_cosine_in_full(cli: Any) -> None:
    page = cli(*LINE, "the cat", "a mat!", "--explain", "0,1", "-f", "plain").out
    value = cli(*LINE, "the cat", "a mat!").tensor.data[0, 1]
    assert found(page, r"^ +sum +(\S+)$") == pytest.approx(value, abs=1e-3)
    assert found(page, r"^Similarity  (\S+): both") == pytest.approx(value, abs=1e-3)


BAD: dict[str, tuple[tuple[str, ...], int, str]] = {
    "layer": ((TEXT, "--layer", "2"), 2, "--layer 2: the model's are 0 to 1"),
    "head": ((TEXT, "--head", "2"), 2, "--head 2: the model's are 0 to 1"),
    "a layer of several": (("a", "b", "--layer", "0"), 2, "--layer 0 looks into one sentence; of 2 the vectors are compared"),
    "a head of several": (("a", "b", "--head", "1"), 2, "--head 1 looks into one sentence; of 2 the vectors are compared"),
    "numbers": (("sample:cat",), 1, "a model reads sentences, such as 'the cat sat'; received "),
    "a file that is not there": (("my text.txt",), 1, "'my text.txt' is neither a file nor a sentence"),
    "weights of several": (("the cat", "a mat", "--emit", "weights"), 1, "this run gives no weights; it gives similarity, vectors"),
    "an option of other runs": ((TEXT, "--mask", "1"), 2, "--model does not go with --mask: leave one of them out"),
    "causal": ((TEXT, "--causal"), 2, f"--causal: each token of {TINY} sees all others; leave it out"),
    "other heads": ((TEXT, "--heads", "4"), 2, f"--heads 4: {TINY} has 2"),
    "another width": ((TEXT, "--dim", "4"), 2, f"--dim 4: {TINY} has 8"),
    "another pooling": ((TEXT, "--pooling", "max"), 2, f"--pooling max: {TINY} has mean"),
}  # fmt: skip


@pytest.mark.parametrize("text", ["and/or", "km/h", "yes/no", "U.S.A", "example.com", "3.14", "c:/d"])
def test_what_is_no_file_is_text(text: str, cli: Any) -> None:
    assert cli(*LINE, text, "-f", "plain").out.startswith(f"Input  “{text}”\n")


@pytest.mark.parametrize("name", ["a/b.npz", "notes.md", "net.pt", "./a", "../a", "/x/a", "~/a", r"C:\a"])
def test_a_name_that_can_only_be_a_file_is_none_that_is_there(name: str, cli: Any) -> None:
    assert f"{name!r} is neither a file nor a sentence" in cli(*LINE, name).err


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_told(name: str, cli: Any) -> None:
    words, code, told = BAD[name]
    ended = cli(*LINE, *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err
    assert "Traceback" not in ended.err


def test_a_layer_without_a_model_is_refused(cli: Any) -> None:
    ended = cli("attn", "the cat", "--layer", "1")
    assert (ended.code, ended.err) == (
        2,
        "dlcli attn: --layer goes with --model: add it, or leave --layer out\n",
    )


def test_a_broken_folder_is_told(cli: Any, tmp_path: Path) -> None:
    ended = cli("attn", "--model", "nowhere", "the cat")
    assert (ended.code, ended.err) == (
        1,
        "dlcli attn: there is no folder nowhere; a model is a folder with config.json, vocab.txt (or tokenizer.json) and model.safetensors\n",
    )
    folder = Path(shutil.copytree(TINY, tmp_path / "model"))
    (folder / "vocab.txt").write_text((TINY / "vocab.txt").read_text() + "more\n")
    ended = cli("attn", "--model", str(folder), "the cat")
    assert (ended.code, ended.err) == (
        1,
        f"dlcli attn: {folder}: the vocabulary has 25 pieces; the weights have vectors for 24\n",
    )
    shutil.copy(TINY / "expected.npz", folder / "model.safetensors")
    ended = cli("attn", "--model", str(folder), "the cat")
    assert ended.code == 1
    assert "model.safetensors" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_the_folder_says_how_words_are_read(cli: Any, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TINY, tmp_path / "model"))
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false, "tokenize_chinese_chars": false}')
    labels = [
        cli("attn", "--model", model, "The zoë a京").tensors[0].axes[0].labels
        for model in (str(TINY), str(folder))
    ]
    assert labels[0] == ("[CLS]", "the", "z", "##oe", "a", "京", "[SEP]")
    assert labels[1] == ("[CLS]", "[UNK]", "[UNK]", "[UNK]", "[SEP]")


def written(path: Path, value: object) -> None:
    """A file of JSON."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value))


def today(folder: Path, pooling: object, *behind: str) -> Path:
    """The small model as sentence-transformers 6.2 and transformers 5.24 write it, with modules behind it.

    A dense layer of theirs has Tanh, and weights that are easy to write down.
    """
    shutil.copytree(TINY, folder, ignore=shutil.ignore_patterns("1_Pooling", "vocab.txt", "expected.npz"))
    pieces = (TINY / "vocab.txt").read_text().split()
    normalizer = {
        "type": "BertNormalizer",
        "handle_chinese_chars": True,
        "strip_accents": None,
        "lowercase": True,
    }
    model = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##"}
    vocabulary = {"vocab": {piece: place for place, piece in enumerate(pieces)}}
    written(folder / "tokenizer.json", {"normalizer": normalizer, "model": model | vocabulary})
    written(
        folder / "tokenizer_config.json",
        {"do_lower_case": True, "model_max_length": 16, "strip_accents": None},
    )
    names = ("Transformer", "Pooling", *behind)
    where = "sentence_transformers.base.modules.x."
    paths = [f"{i}_{name}" if i else "" for i, name in enumerate(names)]
    written(
        folder / "modules.json",
        [{"idx": i, "name": str(i), "path": paths[i], "type": where + name} for i, name in enumerate(names)],
    )
    written(folder / "1_Pooling" / "config.json", {"embedding_dimension": 8, "pooling_mode": pooling})
    if "Dense" in behind:
        tanh = {"activation_function": "torch.nn.modules.activation.Tanh"}
        widths = {"in_features": 8, "out_features": 5, "bias": True}
        written(folder / "2_Dense" / "config.json", tanh | widths)
        weights = {
            "linear.weight": ((np.arange(40) * 7 % 16 - 8) / 8).reshape(5, 8).astype(np.float32),
            "linear.bias": ((np.arange(5) - 2) / 4).astype(np.float32),
        }
        save_file(weights, folder / "2_Dense" / "model.safetensors")
    return folder


#: What SentenceTransformer.encode of version 6.2 has of TEXT, "the cat", "a mat!": the cosines of 0 and 1, 0 and 2,
#: 1 and 2, and the first numbers of the first vector.
ENCODED = {
    "mean": ((0.99916, 0.99804, 0.99917), (0.39601, -0.33629, -0.73158, 0.08387)),
    "cls": ((0.99544, 0.98263, 0.99552), (0.42383, -0.36185, -0.71403, 0.08002)),
    "max": ((0.99566, 0.99482, 0.99713), (0.43246, -0.27890, -0.66578, 0.11383)),
}


@pytest.mark.parametrize("pooling", ENCODED)
@pytest.mark.parametrize("listed", [False, True])
def test_a_folder_of_today_is_pooled_as_it_says(pooling: str, listed: bool, cli: Any, tmp_path: Path) -> None:
    folder = today(tmp_path / "model", [pooling] if listed else pooling, "Normalize")
    line = ("attn", "--model", str(folder), TEXT, "the cat", "a mat!")
    cosines, first = ENCODED[pooling]
    found = cli(*line)
    assert found.err == UNKNOWN
    np.testing.assert_allclose(found.tensors[0].data[np.triu_indices(3, 1)], cosines, atol=2e-5)
    vectors = cli(*line, "--emit", "vectors").tensors[0].data
    np.testing.assert_allclose(vectors[0, :4], first, atol=2e-5)
    how = {"mean": "the mean of all tokens", "cls": "the token [CLS]", "max": "the largest of all tokens"}
    assert f"8 numbers, {how[pooling]}, length 1" in cli(*line[:4], "-f", "plain").out


def test_dense_layers_behind_the_pooling_are_run(cli: Any, tmp_path: Path) -> None:
    folder = today(tmp_path / "model", "mean", "Dense", "Normalize")
    line = ("attn", "--model", str(folder), TEXT, "the cat", "a mat!")
    found = cli(*line, "--emit", "vectors").tensors[0].data
    reference = [  # of SentenceTransformer.encode, version 6.2
        [-0.489081, -0.428290, -0.485803, -0.337392, -0.477001],
        [-0.496702, -0.419323, -0.494162, -0.309478, -0.487322],
        [-0.501787, -0.412996, -0.499539, -0.290834, -0.493478],
    ]
    np.testing.assert_allclose(found, reference, atol=2e-6)
    page = " ".join(cli(*line[:4], "-f", "plain").out.split())
    assert "5 numbers, the mean of all tokens through a dense layer 8 → 5 and tanh, length 1" in page


def test_vectors_get_length_1_only_where_the_modules_say_so(cli: Any, tmp_path: Path) -> None:
    folders = {
        behind: today(tmp_path / "-".join(("model", *behind)), "mean", *behind)
        for behind in ((), ("Normalize",), ("Dense",), ("Dense", "Normalize"))
    }
    pooled = EXPECTED["states"][2].mean(axis=0)  # as transformers has the states, and Pooling their mean
    line = (TEXT, "the cat", "a mat!")
    for behind, folder in folders.items():
        words = ("attn", "--model", str(folder))
        ended = cli(*words, TEXT, "--emit", "vectors")
        assert ended.err == UNKNOWN
        vector = ended.tensors[0].data[0]
        length = float(np.linalg.norm(vector))
        assert (length == pytest.approx(1, abs=1e-6)) == ("Normalize" in behind)
        if not behind:
            np.testing.assert_allclose(vector, pooled, atol=2e-6)
        told = " ".join(cli(*words, TEXT, "-f", "plain").out.split())
        (size,) = re.findall(r"length ([\d.]+): ", told)
        assert float(size) == pytest.approx(length, abs=5e-4)
        near = cli(*words, *line).tensors[0].data
        other = (
            cli(
                "attn",
                "--model",
                str(folders[(*(part for part in behind if part == "Dense"), "Normalize")]),
                *line,
            )
            .tensors[0]
            .data
        )
        np.testing.assert_allclose(near, other, atol=1e-6)  # the norm changes no cosine
        page = cli(*words, *line, "--explain", "0,1", "-f", "plain", "--precision", "7").out
        assert found(page, r"^ +sum +([\d.−]+)") == pytest.approx(near[0, 1], abs=2e-6)
        how = "have length 1" if "Normalize" in behind else "are divided by their lengths"
        assert f": both vectors {how}" in page


def test_a_decoder_looks_only_back(cli: Any, tmp_path: Path) -> None:
    """The second token behind the last layer as transformers 5.24 has it of a BertModel with is_decoder."""
    folder = Path(shutil.copytree(TINY, tmp_path / "model"))
    config = json.loads((folder / "config.json").read_text())
    written(folder / "config.json", config | {"is_decoder": True})
    line = ("attn", "--model", str(folder), TEXT)
    second = [0.505010, -0.580748, -2.211142, 0.285187, 1.386944, -0.450103, 0.929190, 0.642118]
    np.testing.assert_allclose(cli(*line).tensors[0].data[1], second, atol=2e-6)
    weights = cli(*line, "--causal", "--emit", "weights").tensors[0].data
    assert not np.triu(weights, 1).any()
    assert "causal: a token sees itself and those" in cli(*line, "-f", "plain").out
    page = cli(*line, "--explain", "0,the,sat", "-f", "plain").out
    assert re.findall(r"^ +▸? +(\S+) +−?[\d.inf]+ +[\d.]+ +[\d.]+", page, re.MULTILINE) == [
        "[CLS]",
        "the",
        "sat",
    ]
    assert re.search(r"^ +▸ sat +−inf +0\.000 +0\.000", page, re.MULTILINE)


def test_what_agrees_with_a_model_is_taken_beside_it(cli: Any) -> None:
    agreeing = ("--heads", "2", "--dim", "8", "--project", "--similarity", "scaled", "--pooling", "mean")
    np.testing.assert_array_equal(one(cli, *agreeing).data, one(cli).data)


def test_a_head_that_is_not_run_and_a_layer_too_many_are_said(cli: Any, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TINY, tmp_path / "model"))
    weights = dict(open_model(str(TINY)).weights)
    own = {f"bert.{name}": np.ascontiguousarray(array) for name, array in weights.items()}
    more = {name: np.ones(3, np.float32) for name in ("classifier.bias", "bert.pooler.dense.bias")}
    save_file(own | more, folder / "model.safetensors")
    ended = cli("attn", "--model", str(folder), "the cat")
    assert (ended.code, ended.err) == (
        0,
        f"dlcli: {folder}: its classifier is not run; what is shown is its encoder\n",
    )
    config = json.loads((folder / "config.json").read_text())
    written(folder / "config.json", config | {"num_hidden_layers": 1})
    ended = cli("attn", "--model", str(folder), "the cat")
    assert "its encoder.layer.1, classifier is not run" in ended.err


def test_a_pooling_that_nobody_tells_is_said_where_it_matters(cli: Any, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TINY, tmp_path / "model"))
    shutil.rmtree(folder / "1_Pooling")
    line = ("attn", "--model", str(folder))
    told = f"dlcli: {folder} does not tell how its tokens become one vector; taken: --pooling mean\n"
    for words, more in ((("the cat", "a mat!"), ""), (("the cat", "--emit", "vectors"), unlisted(folder))):
        assert cli(*line, *words).err == told + more
        assert cli(*line, *words, "--pooling", "max").err == more
    assert cli(*line, "the cat").err == ""
    found = cli(*line, TEXT, "the cat", "a mat!", "--pooling", "cls").tensors[0].data
    np.testing.assert_allclose(found[np.triu_indices(3, 1)], ENCODED["cls"][0], atol=2e-5)


def test_a_text_that_a_model_wants_before_each_is_said(cli: Any, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TINY, tmp_path / "model"))
    prompts = {"query": "the cat ", "document": ""}
    for name, told in (("query", True), ("document", False), (None, False)):
        written(
            folder / "config_sentence_transformers.json", {"prompts": prompts, "default_prompt_name": name}
        )
        ended = cli("attn", "--model", str(folder), "the cat")
        assert ("was trained with 'the cat ' before each text; it is not added" in ended.err) == told


@pytest.mark.parametrize("code", ["F16", "BF16"])
def test_half_precision_weights_from_the_file(code: str, cli: Any, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TINY, tmp_path / "model"))
    header: dict[str, Any] = {}
    parts = []
    for name, array in open_model(str(TINY)).weights.items():
        bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
        halved = array.astype("<f2") if code == "F16" else (bits >> 16).astype("<u2")
        begin = sum(map(len, parts))
        parts.append(halved.tobytes())
        header[name] = {
            "dtype": code,
            "shape": list(array.shape),
            "data_offsets": [begin, begin + len(parts[-1])],
        }
    told = json.dumps(header).encode()
    file = folder / "model.safetensors"
    file.write_bytes(len(told).to_bytes(8, "little") + told + b"".join(parts))
    near = cli("attn", "--model", str(folder), TEXT).tensors[0].data
    assert near.dtype == np.float32
    whole = EXPECTED["states"][2]
    assert 1e-5 < np.abs(near - whole).max() < {"F16": 0.01, "BF16": 0.2}[code]


@pytest.mark.model
class TestMiniLM:
    """all-MiniLM-L6-v2 on the command line."""

    line = staticmethod(lambda *words: ("attn", "--model", os.environ["DLCLI_MODEL"], *words))

    def test_vectors_equal_the_reference(self, cli: Any) -> None:
        chosen = [place for place, text in enumerate(MINILM["sentences"].tolist()) if len(text) < 100]
        found = cli(*self.line(*MINILM["sentences"][chosen].tolist(), "--emit", "vectors")).tensor.data
        assert len(found) == 8
        np.testing.assert_allclose(found, MINILM["vectors"][chosen], atol=2e-6)

    def test_cat_is_nearer_to_kitten_than_to_stocks(self, cli: Any) -> None:
        near = cli(*self.line("cat", "kitten", "stocks")).tensor.data
        assert near[0, 1] > 0.7
        assert near[0, 2] < 0.3

    @pytest.mark.parametrize("layer", range(6))
    def test_rows_add_up_to_one_in_every_layer(self, layer: int, cli: Any) -> None:
        words = self.line("the cat sat on the mat", "--emit", "weights", "--layer", str(layer))
        weights = cli(*words).tensor.data
        assert weights.shape == (12, 8, 8)
        np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-6)
