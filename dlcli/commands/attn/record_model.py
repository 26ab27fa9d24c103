"""One run of ``dlcli attn --model``: sentences, and what a trained encoder made of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.attention.attention import Attended
from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.softmax import entropy
from dlcli.engines.transformer.bert import Bert
from dlcli.engines.transformer.blocks import Design
from dlcli.engines.transformer.head_patterns import HeadPatterns, head_patterns
from dlcli.engines.transformer.sentence_vector import cosine_similarity
from dlcli.engines.transformer.wordpiece import Pieces
from dlcli.tensor import Axis, Tensor
from dlcli.wire.model_folder import ModelFolder
from dlcli.words.line import Line


@dataclass(frozen=True)
class Sentence:
    """A text, its pieces, and what the model made of them."""

    text: str
    pieces: Pieces
    made: Bert
    vector: Array

    @property
    def token(self) -> Axis:
        """The pieces as an axis."""
        return Axis("token", self.pieces.pieces)


@dataclass(frozen=True)
class Work:
    """Sentences in a trained encoder: of one, a layer and a head (None: all) are looked into."""

    folder: ModelFolder
    design: Design
    pooling: str
    sentences: tuple[Sentence, ...]
    layer: int
    head: int | None
    line: Line

    @property
    def parameters(self) -> int:
        """How many numbers the model has learnt."""
        files = (self.folder.weights, *(layer.weights for layer in self.folder.dense))
        return sum(array.size for file in files for array in file.values() if array.dtype.kind == "f")

    @cached_property
    def similarity(self) -> Tensor:
        """The cosine of every two sentences."""
        names = self.vectors.axes[0].labels
        near = cosine_similarity(self.vectors.data.astype(np.float64))
        return Tensor(near, (Axis("sentence", names), Axis("other", names)), "similarity")

    @property
    def vectors(self) -> Tensor:
        """Each sentence as one vector, of length 1 unless the model leaves it as it is."""
        names = tuple(sentence.text for sentence in self.sentences)
        rows = np.stack([sentence.vector for sentence in self.sentences])
        return Tensor(rows, (Axis("sentence", names), Axis("unit")), "vectors")

    @property
    def output(self) -> Tensor:
        """The tokens of the first sentence behind the block that is looked at."""
        sentence = self.sentences[0]
        return Tensor(sentence.made.stack.states[self.layer + 1], (sentence.token, Axis("unit")), "output")

    def stage(self, name: str) -> Tensor:
        """Scores, scaled, masked, weights, entropy, queries, keys or values of the first sentence."""
        attended = self.attended
        query, key = (Axis(role, self.sentences[0].token.labels) for role in ("query", "key"))
        data: Array
        axes: tuple[Axis, ...]
        match name:
            case "entropy":
                data, axes = entropy(attended.weights), (query,)
            case "queries":
                data, axes = attended.query, (query, Axis("feature"))
            case "keys" | "values":
                data, axes = (attended.key if name == "keys" else attended.value), (key, Axis("feature"))
            case _:
                data, axes = getattr(attended, name), (query, key)
        if self.head is not None:
            return Tensor(data[self.head], axes, name)
        return Tensor(data, (Axis("head"), *axes), name)

    @property
    def attended(self) -> Attended:
        """Every number of the attention in the layer that is looked at."""
        return self.sentences[0].made.attention(self.layer)

    @property
    def weights(self) -> Tensor:
        """What each token of the first sentence looks at."""
        return self.stage("weights")

    @cached_property
    def patterns(self) -> HeadPatterns:
        """What the heads of the block look at, whatever the words."""
        return head_patterns(self.attended.weights)
