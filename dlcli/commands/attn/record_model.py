"""One run of ``dlcli attn --model``: sentences, and what a trained encoder made of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.commands.kinds.attention.layers import change_tensor, rollout_tensor
from dlcli.engines.attention.attention import Attended
from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.softmax import entropy
from dlcli.engines.transformer.bert import Bert
from dlcli.engines.transformer.blocks import Design
from dlcli.engines.transformer.head_patterns import HeadPatterns, head_patterns
from dlcli.engines.transformer.sentence_vector import cosine_similarity
from dlcli.engines.transformer.token_changes import TokenChanges, token_changes
from dlcli.engines.transformer.wordpiece import Pieces
from dlcli.tensor import Axis, Tensor
from dlcli.wire.models.model_folder import ModelFolder
from dlcli.words.line import Line


@dataclass(frozen=True)
class Sentence:
    """A text, or two, their pieces, and what the model made of them."""

    text: str
    pieces: Pieces
    made: Bert
    vector: Array
    pair: str | None = None

    @property
    def token(self) -> Axis:
        """The pieces as an axis."""
        return Axis("token", self.pieces.pieces)


@dataclass(frozen=True)
class Work:
    """Sentences in a trained encoder: of one, a layer and a head (None: all; "mean") are looked into."""

    folder: ModelFolder
    design: Design
    pooling: str
    sentences: tuple[Sentence, ...]
    layer: int | None
    head: int | str | None
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
    def last(self) -> int:
        """The layer that is looked into; of all the last one."""
        return self.folder.layers - 1 if self.layer is None else self.layer

    @property
    def output(self) -> Tensor:
        """The tokens of the first sentence behind the layer that is looked at."""
        sentence = self.sentences[0]
        return Tensor(sentence.made.stack.states[self.last + 1], (sentence.token, Axis("unit")), "output")

    def stage(self, name: str) -> Tensor:
        """Scores, scaled, masked, weights, entropy, queries, keys or values of the first sentence.

        (head, …), without that axis of one head or the mean of all; of all layers (layer, …) before it.
        """
        query, key = (Axis(role, self.sentences[0].token.labels) for role in ("query", "key"))
        axes: tuple[Axis, ...] = {
            "entropy": (query,),
            "queries": (query, Axis("feature")),
            "keys": (key, Axis("feature")),
            "values": (key, Axis("feature")),
        }.get(name, (query, key))
        if self.head is None:
            axes = (Axis("head"), *axes)
        if self.layer is not None:
            return Tensor(self._stage(name, self.layer), axes, name)
        data = np.stack([self._stage(name, layer) for layer in range(self.folder.layers)])
        return Tensor(data, (Axis("layer"), *axes), name)

    def _stage(self, name: str, layer: int) -> Array:
        attended = self.attention(layer)
        data: Array
        match name:
            case "entropy":
                data = entropy(attended.weights)
            case "queries" | "keys" | "values":
                data = {"queries": attended.query, "keys": attended.key, "values": attended.value}[name]
            case _:
                data = getattr(attended, name)
        if self.head is None:
            return data
        found: Array = data.mean(axis=0) if isinstance(self.head, str) else data[self.head]
        return found

    def attention(self, layer: int) -> Attended:
        """Every number of the attention in one layer."""
        return self.sentences[0].made.attention(layer)

    @property
    def weights(self) -> Tensor:
        """What each token of the first sentence looks at."""
        return self.stage("weights")

    @cached_property
    def patterns(self) -> HeadPatterns:
        """What the heads of the layer look at, whatever the words."""
        return head_patterns(self.attention(self.last).weights)

    @cached_property
    def rollout(self) -> Tensor:
        """How much of each token of the input is in each token behind a layer, by attention alone."""
        return rollout_tensor(self.sentences[0].made.weights, self.sentences[0].token)

    @property
    def layers(self) -> Tensor:
        """The tokens before the first layer and behind each."""
        states = self.sentences[0].made.stack.states
        return Tensor(states, (self.behind, self.sentences[0].token, Axis("unit")), "layers")

    @property
    def behind(self) -> Axis:
        """The axis of what comes in and of what each layer leaves."""
        return Axis("layer", ("input", *(f"layer {number}" for number in range(self.folder.layers))))

    @cached_property
    def changes(self) -> TokenChanges:
        """How each token's vector changes from layer to layer."""
        return token_changes(self.sentences[0].made.stack.states)

    def change(self, name: str) -> Tensor:
        """Of each token before the first layer and behind each its norm, or a cosine."""
        return change_tensor(name, self.changes, self.behind, self.sentences[0].token)

    def across(self, name: str) -> Tensor:
        """Weights of the words of one sentence of a pair at those of the other, the markers left out."""
        weights, (first, second) = self.weights, self.words
        queries, keys = (first, second) if name == "a-to-b" else (second, first)
        *before, query, key = weights.axes
        cut = (Axis(one.name, (one.labels or ())[part]) for one, part in ((query, queries), (key, keys)))
        axes = (*before, *cut)
        return Tensor(weights.data[..., queries, keys], axes, name)

    @property
    def words(self) -> tuple[slice, slice]:
        """Where the words of the two sentences of a pair stand."""
        pieces = self.sentences[0].pieces
        assert pieces.second is not None  # asked for of pairs alone
        return slice(1, pieces.second - 1), slice(pieces.second, len(pieces.pieces) - 1)
