"""The encoder against transformers: a small random model always, all-MiniLM-L6-v2 where its folder is at hand."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.transformer.bert import BertWeights, bert, read_bert
from dlcli.engines.transformer.blocks import Design
from dlcli.engines.transformer.sentence_vector import cosine_similarity, sentence_vector
from dlcli.engines.transformer.wordpiece import tokenize
from dlcli.wire.models.model_folder import ModelFolder, open_model

DATA = Path(__file__).parents[2] / "data"
TINY = open_model(str(DATA / "tiny_bert"))
EXPECTED = np.load(DATA / "tiny_bert" / "expected.npz")
MINILM = np.load(DATA / "minilm.npz")


def loaded(model: ModelFolder) -> tuple[BertWeights, Design]:
    design = Design(model.heads, activation=model.activation, eps=model.eps)
    return read_bert(model.weights, model.layers), design


@pytest.mark.parametrize("rename", ["", "bert.", "gamma"])
def test_equals_transformers_whatever_the_names(rename: str) -> None:
    arrays = dict(TINY.weights)
    if rename == "gamma":
        swap = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
        for new, old in swap.items():
            arrays = {name.replace(new, old): array for name, array in arrays.items()}
    else:
        arrays = {rename + name: array for name, array in arrays.items()}
    weights, design = read_bert(arrays, 2), loaded(TINY)[1]
    found = bert(EXPECTED["ids"], weights, design)
    np.testing.assert_allclose(found.stack.states, EXPECTED["states"], atol=2e-6)
    np.testing.assert_allclose(found.weights, EXPECTED["weights"], atol=2e-6)


@pytest.mark.parametrize("dtype", [np.float16, "bfloat16"])
def test_half_precision_weights_give_nearly_the_same(dtype: Any) -> None:
    def halved(array: Any) -> Any:
        if array.dtype.kind != "f" or dtype == np.float16:
            return array.astype(np.float16) if array.dtype.kind == "f" else array
        return ((np.ascontiguousarray(array).view(np.uint32) >> 16) << 16).view(np.float32)

    weights = read_bert({name: halved(array) for name, array in TINY.weights.items()}, 2)
    found = bert(EXPECTED["ids"], weights, loaded(TINY)[1]).stack
    assert found.output.dtype == np.float32
    np.testing.assert_allclose(found.states, EXPECTED["states"], atol=0.2)


def test_a_model_without_segments_adds_none() -> None:
    weights, design = loaded(TINY)
    without = replace(weights, segments=np.empty((0, 8)))
    zero = replace(weights, segments=np.zeros((2, 8), np.float32))
    ids = EXPECTED["ids"]
    np.testing.assert_array_equal(
        bert(ids, without, design).stack.output, bert(ids, zero, design).stack.output
    )


BAD: dict[str, tuple[Any, str]] = {
    "another model": (lambda w: {"wte.weight": np.ones(3)}, r"expected a BERT-style model with embeddings\.word_embeddings\.weight; received wte\.weight"),
    "a layer missing": (lambda w: {k: v for k, v in w.items() if "layer.1" not in k}, r"there is no encoder\.layer\.1\.intermediate\.dense\.weight; expected a BERT-style model of as many layers as its config\.json says"),
    "a bias missing": (lambda w: {k: v for k, v in w.items() if k != "encoder.layer.0.output.dense.bias"}, r"there is no encoder\.layer\.0\.output\.dense\.bias"),
    "a shape": (lambda w: w | {"encoder.layer.0.output.dense.weight": np.ones((8, 8))}, r"encoder\.layer\.0\.output\.dense\.weight is floats \(8, 12\); received float64 \(8, 8\)"),
    "integers": (lambda w: w | {"embeddings.LayerNorm.bias": np.ones(8, int)}, r"LayerNorm\.bias is floats \(8\); received int64"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_broken_weights_are_told(name: str) -> None:
    change, told = BAD[name]
    with pytest.raises(EngineError, match=told):
        read_bert(change(dict(TINY.weights)), 2)


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        ([24], r"go from 0 to 23; received \[24\]"),
        ([-1], r"go from 0 to 23; received \[-1\]"),
        ([], "received none"),
        ([1] * 17, "the model has 16 places for pieces; received 17"),
    ],
)
def test_ids_need_an_embedding(ids: list[int], told: str) -> None:
    with pytest.raises(EngineError, match=told):
        bert(ids, *loaded(TINY))


def test_pooling() -> None:
    states = np.array([[3.0, 0.0], [3.0, 8.0], [0.0, 1.0]])
    np.testing.assert_allclose(sentence_vector(states), np.array([2.0, 3.0]) / np.sqrt(13))
    np.testing.assert_allclose(sentence_vector(states, "cls"), [1, 0])
    np.testing.assert_allclose(sentence_vector(states, "max"), np.array([3.0, 8.0]) / np.sqrt(73))
    np.testing.assert_array_equal(sentence_vector(np.zeros((2, 3))), 0)
    with pytest.raises(EngineError, match="pooling is one of mean, cls, max; received 'sum'"):
        sentence_vector(states, "sum")
    with pytest.raises(EngineError, match="at least one"):
        sentence_vector(np.zeros((0, 3)))


def test_cosines_are_those_of_the_angles() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(5, 4))
    found = cosine_similarity(vectors)
    np.testing.assert_allclose(np.diag(found), 1)
    np.testing.assert_allclose(cosine_similarity(vectors * 7), found)
    one, two = vectors[:2]
    assert found[0, 1] == pytest.approx(one @ two / np.linalg.norm(one) / np.linalg.norm(two))
    np.testing.assert_array_equal(cosine_similarity(np.array([[0.0, 0.0], [1.0, 0.0]])), [[0, 0], [0, 1]])


@pytest.mark.model
class TestMiniLM:
    """all-MiniLM-L6-v2 beside what the libraries that it was made with say."""

    model = staticmethod(lambda: open_model(os.environ["DLCLI_MODEL"]))

    def test_sentence_vectors_equal_the_reference(self) -> None:
        model = self.model()
        weights, design = loaded(model)
        vectors = []
        for sentence in MINILM["sentences"].tolist():
            pieces = tokenize(sentence, model.vocabulary, most=model.most_tokens)
            states = bert(pieces.ids, weights, design).stack.output
            vectors.append(sentence_vector(states, model.pooling))
        np.testing.assert_allclose(np.stack(vectors), MINILM["vectors"], atol=2e-6)
        near = cosine_similarity(np.stack(vectors))
        assert near[0, 1] > 0.5 > 0.1 > near[0, 2]  # cat and kitten, cat and stocks

    def test_states_and_attention_weights_equal_the_reference(self) -> None:
        model = self.model()
        weights, design = loaded(model)
        found = bert(tokenize(MINILM["sentences"][5], model.vocabulary).ids, weights, design)
        np.testing.assert_allclose(found.stack.states[:, :, :16], MINILM["states"], atol=2e-5)
        np.testing.assert_allclose(found.weights, MINILM["weights"], atol=2e-5)
        np.testing.assert_allclose(found.weights.sum(axis=-1), 1, atol=1e-6)
