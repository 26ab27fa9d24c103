"""BERT-style encoders: embeddings of pieces, places and segments, a norm, and a stack of blocks over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.attention.attention import Attended
from dlcli.engines.attention.heads import MultiHead, MultiHeadWeights
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.transformer.blocks import BlockWeights, Design, Transformer, transformer
from dlcli.engines.transformer.feed_forward import FeedForwardWeights
from dlcli.engines.transformer.layer_norm import LayerNorm, NormWeights, layer_norm
from dlcli.engines.transformer.named_arrays import LayerArrays

#: The one array by which a BERT-style model is known; some models have ``bert.`` before each name.
_WORDS = "embeddings.word_embeddings.weight"


@dataclass(frozen=True)
class BertWeights:
    """V pieces, P places, two segments (or none at all) and F features; then the blocks.

    ``words`` (V, F), ``positions`` (P, F), ``segments`` (K, F).
    """

    words: Array
    positions: Array
    segments: Array
    norm: NormWeights
    layers: tuple[BlockWeights, ...]


@dataclass(frozen=True)
class Bert:
    """What became of one text; ``embedded`` is the norm of the sum of its three embeddings."""

    embedded: LayerNorm
    stack: Transformer

    def attention(self, layer: int) -> Attended:
        """The attention of one layer, all heads beside each other, with every number on the way."""
        part = self.stack.blocks[layer].steps[0].part
        assert isinstance(part, MultiHead)
        return part.attended

    @property
    def weights(self) -> Array:
        """What each token looks at, in every layer and head (layer, head, query, key)."""
        return np.stack([made.maps[0] for made in self.stack.blocks])


def bert(
    ids: Sequence[int], weights: BertWeights, design: Design, segments: Sequence[int] | None = None
) -> Bert:
    """Run the encoder over one text, or over two that ``segments`` tell apart, in float32.

    ids are the places of its T pieces in the vocabulary, [CLS] and [SEP] among them; segments (T,) are 0 for
    the first text and 1 for the second. Raises ``EngineError`` for an id or a segment that has no embedding
    and for more pieces than places.

    >>> from dlcli.engines.transformer.random_weights import random_layers
    >>> rng, norm = np.random.default_rng(0), NormWeights(np.ones(4), np.zeros(4))
    >>> words, places, segments = (rng.normal(size=(count, 4)) for count in (9, 5, 2))
    >>> made = bert([1, 7, 2], BertWeights(words, places, segments, norm, tuple(random_layers(rng, 2, 4, 8))),
    ...             Design(heads=2, activation="gelu"))
    >>> made.stack.output.shape, made.weights.shape
    ((3, 4), (2, 2, 3, 3))

    Source: Devlin et al., BERT: pre-training of deep bidirectional transformers, 2018.
    """
    places = np.asarray(ids, np.int64)
    count, most = len(weights.words), len(weights.positions)
    if places.size == 0 or places.min() < 0 or places.max() >= count:
        raise EngineError(f"ids of pieces go from 0 to {count - 1}; received {list(ids)[:8] or 'none'}")
    if places.size > most:
        raise EngineError(f"the model has {most} places for pieces; received {places.size}")
    x = weights.words[places].astype(np.float32)  # (T, F)
    x += weights.positions[: places.size].astype(np.float32)
    kinds = np.zeros_like(places) if segments is None else np.asarray(segments, np.int64)
    if kinds.any() and kinds.max() >= len(weights.segments):
        raise EngineError(
            f"the model has {len(weights.segments)} token types; a second text needs two: it reads one alone"
        )
    if len(weights.segments):
        x += weights.segments[kinds].astype(np.float32)
    embedded = layer_norm(x, weights.norm, design.eps)
    return Bert(embedded, transformer(embedded.output, weights.layers, design))


def read_bert(arrays: Mapping[str, Array], layers: int) -> BertWeights:
    """The weights of a model under the names that it was published with.

    An array is asked for once; what the encoder does not need is never touched. Raises ``EngineError`` for a
    name that is missing and a shape that does not fit.
    """
    prefix = next((name.removesuffix(_WORDS) for name in arrays if name.endswith(_WORDS)), None)
    if prefix is None:
        has = f"{', '.join(list(arrays)[:3])} …" if arrays else "nothing"
        raise EngineError(f"expected a BERT-style model with {_WORDS}; received {has}")
    reader = LayerArrays(
        arrays, prefix, "; expected a BERT-style model of as many layers as its config.json says", biased=True
    )
    words = reader.get(_WORDS, None, None)
    width = words.shape[1]
    types = "embeddings.token_type_embeddings.weight"
    return BertWeights(
        words=words,
        positions=reader.get("embeddings.position_embeddings.weight", None, width),
        segments=reader.get(types, None, width) if types in reader else np.empty((0, width)),
        norm=reader.norm("embeddings.LayerNorm", width),
        layers=tuple(_block(reader, f"encoder.layer.{number}.", width) for number in range(layers)),
    )


def parts_not_run(arrays: Mapping[str, Array], layers: int) -> tuple[str, ...]:
    """What a model has beside the encoder of so many layers that ``read_bert`` reads: heads, other layers.

    The pooler, which nothing but a head reads, is not among them.

    >>> names = [_WORDS, "pooler.dense.weight", "classifier.weight", "encoder.layer.2.output.dense.bias"]
    >>> parts_not_run(dict.fromkeys(names, np.zeros(1)), 2)
    ('classifier', 'encoder.layer.2')
    """
    prefix = next((name.removesuffix(_WORDS) for name in arrays if name.endswith(_WORDS)), "")
    parts: dict[str, None] = {}
    for name in arrays:
        words = name.removeprefix(prefix).split(".")
        if words[:2] == ["encoder", "layer"] and words[2].isdecimal():
            if int(words[2]) >= layers:
                parts[".".join(words[:3])] = None
            elif words[3] == "crossattention":
                parts[words[3]] = None
        elif words[0] not in ("embeddings", "pooler"):
            parts[words[0]] = None
    return tuple(parts)


def _block(arrays: LayerArrays, at: str, width: int) -> BlockWeights:
    """One layer."""
    own = f"{at}attention.self."
    hidden = arrays.get(f"{at}intermediate.dense.weight", None, width).shape[0]
    query, key, value = (arrays.dense(own + part, width, width) for part in ("query", "key", "value"))
    return BlockWeights(
        MultiHeadWeights(query, key, value, arrays.dense(f"{at}attention.output.dense", width, width)),
        FeedForwardWeights(
            arrays.dense(f"{at}intermediate.dense", hidden, width),
            arrays.dense(f"{at}output.dense", width, hidden),
        ),
        (arrays.norm(f"{at}attention.output.LayerNorm", width), arrays.norm(f"{at}output.LayerNorm", width)),
    )
