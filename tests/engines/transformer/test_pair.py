"""Two sentences in one: pieces, token types and what the model makes of them, against transformers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.transformer.bert import bert, read_bert
from dlcli.engines.transformer.blocks import Design
from dlcli.engines.transformer.wordpiece import Rules, tokenize
from dlcli.wire.models.model_folder import open_model

DATA = Path(__file__).parents[2] / "data"
STORED = np.load(DATA / "bert_pair.npz")
TOKENS = json.loads(str(STORED["tokens"]))


@pytest.mark.parametrize("case", range(len(TOKENS)))
def test_pieces_and_types_are_those_of_transformers(case: int) -> None:
    first, second, pieces, types = TOKENS[case]
    folder = open_model(str(DATA / "tiny_bert"))
    found = tokenize(first, folder.vocabulary, Rules(), most=int(STORED["most"]), pair=second)
    assert list(found.pieces) == pieces
    assert list(found.segments) == types
    whole = tokenize(first, folder.vocabulary, Rules(), pair=second)
    assert found.dropped == len(whole.pieces) - len(found.pieces)


def test_states_and_weights_are_those_of_transformers() -> None:
    folder = open_model(str(DATA / "tiny_bert"))
    weights = read_bert(folder.weights, folder.layers)
    pieces = tokenize(TOKENS[0][0], folder.vocabulary, Rules(), pair=TOKENS[0][1])
    design = Design(folder.heads, activation=folder.activation, eps=folder.eps)
    found = bert(pieces.ids, weights, design, pieces.segments)
    np.testing.assert_allclose(found.stack.states, STORED["states"], atol=2e-6)
    np.testing.assert_allclose(found.weights, STORED["weights"], atol=2e-6)
    alone = bert(pieces.ids, weights, design)
    assert np.abs(alone.stack.states - STORED["states"]).max() > 0.01


def test_a_model_with_one_type_reads_one_text() -> None:
    folder = open_model(str(DATA / "tiny_bert"))
    weights = read_bert(folder.weights, folder.layers)
    narrow = type(weights)(
        weights.words, weights.positions, weights.segments[:1], weights.norm, weights.layers
    )
    with pytest.raises(EngineError, match="the model has 1 token types; a second text needs two"):
        bert([2, 5, 3, 6, 3], narrow, Design(2), [0, 0, 0, 1, 1])
