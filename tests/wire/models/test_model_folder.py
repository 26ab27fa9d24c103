"""A model's folder: what its files say, and what is said of one that is broken."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dlcli.errors import BadData
from dlcli.wire.models.model_folder import open_model, read_vocabulary

TINY = Path(__file__).parents[2] / "data" / "tiny_bert"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small model that may be broken."""
    return Path(shutil.copytree(TINY, tmp_path / "model"))


def configure(folder: Path, file: str = "config.json", **values: object) -> None:
    """Set keys of a JSON file of the folder."""
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    told = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(told | values))


def test_what_the_files_say(folder: Path) -> None:
    model = open_model(str(folder))
    assert (model.layers, model.heads, model.width, model.activation, model.eps) == (2, 2, 8, "gelu", 1e-12)
    assert (model.most_tokens, model.pooling) == (16, "mean")
    assert (model.lower, model.accents, model.chinese) == (True, False, True)
    assert (len(model.vocabulary), model.vocabulary["[CLS]"], model.vocabulary["京"]) == (24, 2, 23)
    assert model.weights["embeddings.word_embeddings.weight"].shape == (24, 8)


def test_the_tokenizer_and_the_pooling_may_be_told(folder: Path) -> None:
    configure(folder, "tokenizer_config.json", do_lower_case=False, tokenize_chinese_chars=False)
    configure(folder, "sentence_bert_config.json", max_seq_length=9)
    configure(folder, "1_Pooling/config.json", pooling_mode_cls_token=True, pooling_mode_mean_tokens=False)
    model = open_model(str(folder))
    assert (model.lower, model.accents, model.chinese) == (False, True, False)
    assert (model.most_tokens, model.pooling) == (9, "cls")
    configure(folder, "sentence_bert_config.json", do_lower_case=True)  # before the tokenizer, accents stay
    model = open_model(str(folder))
    assert (model.lower, model.accents) == (True, True)
    configure(folder, "tokenizer_config.json", strip_accents=True)
    assert not open_model(str(folder)).accents


def test_lines_may_end_as_on_windows_and_a_piece_may_hold_any_sign(tmp_path: Path) -> None:
    file = tmp_path / "vocab.txt"
    file.write_bytes("[UNK]\r\n\u2028\r\ncat".encode())
    assert read_vocabulary(str(file)) == {"[UNK]": 0, "\u2028": 1, "cat": 2}


def removed(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def written(name: str, data: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(data) and None


def told(**values: object) -> Callable[[Path], None]:
    return lambda folder: configure(folder, **values)  # type: ignore[arg-type]


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def tokenized(**model: object) -> Callable[[Path], None]:
    """A tokenizer.json in place of the vocabulary."""

    def change(folder: Path) -> None:
        (folder / "vocab.txt").unlink()
        usual = {"type": "WordPiece", "vocab": {"[UNK]": 0}}
        configure(folder, "tokenizer.json", model=usual | model)

    return change


def modules(*names: str, missing: bool = False) -> Callable[[Path], None]:
    """A modules.json with modules of these names."""

    def change(folder: Path) -> None:
        listed = [
            {"idx": i, "path": f"{i}_{name}" if i else "", "type": f"x.{name}"}
            for i, name in enumerate(names)
        ]
        (folder / "modules.json").write_text(json.dumps(listed))
        if missing:
            shutil.rmtree(folder / "1_Pooling")

    return change


def dense(**values: object) -> Callable[[Path], None]:
    """A dense module that no modules.json lists, its weights a pickle."""

    def change(folder: Path) -> None:
        configure(folder, "2_Dense/config.json", **{"in_features": 8} | values)
        (folder / "2_Dense" / "pytorch_model.bin").touch()

    return change


BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "no config": (removed("config.json"), "has no config.json: a model is a folder with config.json, vocab.txt (or tokenizer.json) and model.safetensors"),
    "no vocabulary": (removed("vocab.txt"), "has no vocab.txt: a model is a folder with"),
    "only a pickle": (pickled, "has no model.safetensors: pytorch_model.bin is a pickle, which can run code: save it as .safetensors first"),
    "no JSON": (written("config.json", b"{"), "config.json: not valid JSON: Expecting property name"),
    "no text": (written("config.json", b"\xff"), "config.json: not valid JSON: it is not UTF-8 text"),
    "a list": (written("config.json", b"[1]"), "config.json: expected a JSON object; received [1]"),
    "another kind": (told(model_type="gpt2"), "model_type is 'gpt2'; dlcli runs BERT-style encoders, whose model_type is 'bert'"),
    "places": (told(position_embedding_type="relative_key"), "position_embedding_type is 'relative_key'; dlcli runs models with 'absolute' ones"),
    "activation": (told(hidden_act="silu"), "hidden_act is 'silu'; dlcli knows gelu, relu"),
    "a list of activations": (told(hidden_act=["gelu"]), "hidden_act is ['gelu']; dlcli knows gelu, relu"),
    "heads": (told(num_attention_heads=3), "hidden_size 8 does not divide among 3 attention heads"),
    "layers": (told(num_hidden_layers=0), "num_hidden_layers is a whole number from 1 on; received 0"),
    "eps": (told(layer_norm_eps="small"), "layer_norm_eps is a number from 0 on; received 'small'"),
    "a long config": (written("config.json", b" " * (1 << 21)), "config.json: more than the 1048576 bytes such a file may have"),
    "vocabulary without": (written("vocab.txt", b"cat\ndog\n"), "vocab.txt: none of its 2 lines is [UNK]; is it a BERT model's vocab.txt?"),
    "vocabulary no text": (written("vocab.txt", b"\xff\xfe"), "vocab.txt: a vocabulary is UTF-8 text, one piece a line; this is not"),
    "weights cut": (written("model.safetensors", b"abc"), "model.safetensors: cut short: 3 bytes do not hold its header"),
    "places of pieces": (tokenized(vocab={"[UNK]": 0, "cat": 2}), "tokenizer.json: the places of its pieces are not 0, 1, 2, …, each once"),
    "another tokenizer": (tokenized(type="BPE"), "tokenizer.json: its model is 'BPE'; dlcli reads 'WordPiece', BERT's"),
    "other pieces": (tokenized(continuing_subword_prefix="@@"), "tokenizer.json: pieces go on with '@@'; dlcli reads those with '##'"),
    "pieces without": (tokenized(vocab={"cat": 0}), "tokenizer.json: none of its 1 pieces is [UNK]; is it a BERT model's vocab.txt?"),
    "another pooling": (lambda folder: configure(folder, "1_Pooling/config.json", pooling_mode="lasttoken"), "1_Pooling/config.json: expected one pooling_mode of mean, cls, max; received 'lasttoken'"),
    "two poolings": (lambda folder: configure(folder, "1_Pooling/config.json", pooling_mode=["mean", "max"]), "received ['mean', 'max']"),
    "a pooling of others": (lambda folder: configure(folder, "1_Pooling/config.json", embedding_dimension=9), "it is for tokens of 9 features; the model's have 8"),
    "no pooling where one is listed": (modules("Transformer", "Pooling", missing=True), "cannot read"),
    "other modules": (modules("Transformer", "Pooling", "CNN"), "its modules are Transformer, Pooling, CNN; dlcli runs a Transformer, a Pooling, then Dense layers and at last Normalize"),
    "a norm before": (modules("Transformer", "Pooling", "Normalize", "Dense"), "its modules are Transformer, Pooling, Normalize, Dense; dlcli runs"),
    "modules elsewhere": (written("modules.json", b'[{"idx": 0, "path": "../x", "type": "a.Pooling"}]'), "modules.json: expected a list of modules, each with a type and a path"),
    "dense without listing": (dense(), "2_Dense/config.json: out_features is a whole number from 1 on; received None"),
    "dense of others": (dense(out_features=5, in_features=9), "in_features is 9; what comes in has 8"),
    "dense activation": (dense(out_features=5, activation_function="torch.nn.SiLU"), "activation_function is 'torch.nn.SiLU'; dlcli knows Identity, Tanh, ReLU, GELU, Sigmoid"),
    "dense of tokens": (dense(out_features=5, module_input_name="token_embeddings"), "module_input_name is 'token_embeddings'; dlcli runs dense layers on 'sentence_embedding'"),
    "dense residual": (dense(out_features=5, use_residual=True), "use_residual is true; dlcli runs dense layers without"),
    "dense pickle": (dense(out_features=5), "pytorch_model.bin is a pickle, which can run code: save it as .safetensors first"),
    "pooling": (lambda folder: configure(folder, "1_Pooling/config.json", pooling_mode_mean_tokens=False, pooling_mode_weightedmean_tokens=True), "expected one of pooling_mode_mean_tokens, pooling_mode_cls_token, pooling_mode_max_tokens; received ['pooling_mode_weightedmean_tokens']"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_broken_folder_is_told(name: str, folder: Path) -> None:
    change, told = BAD[name]
    change(folder)
    with pytest.raises(BadData, match=re.escape(told)) as error:
        open_model(str(folder))
    assert len(str(error.value).splitlines()) <= 2


def test_no_folder_a_file_and_the_folder_above(folder: Path) -> None:
    with pytest.raises(BadData, match="there is no folder nowhere; a model is a folder with"):
        open_model("nowhere")
    with pytest.raises(BadData, match=r"config\.json is no folder; a model is a folder with"):
        open_model(str(folder / "config.json"))
    with pytest.raises(BadData, match=re.escape(f"did you mean {folder}?")):
        open_model(str(folder.parent))
    configure(folder, "1_Pooling/config.json", pooling_mode_mean_tokens=True)
    (folder / "config.json").unlink()
    with pytest.raises(BadData, match=r"has no config\.json: a model is a folder with"):
        open_model(str(folder))
