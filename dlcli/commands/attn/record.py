"""One run of ``dlcli attn``: queries, keys and values, and every number between them and the output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from dlcli.engines.attention.attention import Attended, FullyMasked, attention
from dlcli.engines.attention.fast import attention_output
from dlcli.engines.attention.heads import MultiHeadWeights, join_heads
from dlcli.engines.attention.positions import alibi_slopes
from dlcli.engines.attention.similarities import Similarity
from dlcli.engines.attention.survey import Survey, survey
from dlcli.engines.attention.terms import PairTerms, pair_terms
from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.dense import DenseWeights, dense
from dlcli.tensor import PLACES, Axis, Tensor
from dlcli.words.line import Line

#: Scores up to which every number on the way is kept; of more, what nobody asks for is never there at once.
KEPT = 1 << 20


@dataclass(frozen=True)
class Source:
    """Vectors (token, feature) or (head, token, feature), and the tensor ``given`` that they were made of.

    ``words`` is true for a sentence, whose vectors nobody trained; ``place`` says what was added to tell the
    places: "sinusoidal", "learned", or "none".
    """

    tensor: Tensor
    words: bool
    place: str
    given: Tensor

    @property
    def axis(self) -> Axis:
        """The axis of the tokens."""
        return self.tensor.axes[-2]


@dataclass(frozen=True)
class Work:
    """One attention, looked into at one ``head``; the numbers on its way are computed when they are read.

    ``parts`` are the queries (head, query, d), keys (head, key, d) and values (head, key, d_v); ``turned``
    is the word of --position by which places turned queries and keys, ``joins`` says whether the output has
    heads side by side, which share the features of the tokens. ``mask_means`` is the convention in which the
    mask was read, ``offset`` the key at which the first query stands, ``biased`` whether distance is taken
    off the scores. Matrices and similarity are of ``weights_file``, or drawn from ``seed``.
    """

    input: Tensor
    query: Source
    key: Source
    value: Source
    parts: tuple[Array, Array, Array]
    projection: MultiHeadWeights | None
    similarity: Similarity
    mask: Array | None
    mask_means: str
    causal: bool
    window: int | None
    offset: int
    scale: float | None
    cap: float | None
    biased: bool
    fully_masked: FullyMasked
    turned: str | None
    joins: bool
    head: int
    without_scaling: bool
    weights_file: str | None
    seed: int
    line: Line

    @property
    def heads(self) -> int:
        """How many attentions there are."""
        return int(self.parts[0].shape[0])

    @property
    def width(self) -> int:
        """d, the numbers of a query."""
        return int(self.parts[0].shape[-1])

    @property
    def whole(self) -> bool:
        """Whether every number on the way is few enough to be kept."""
        (heads, queries, _), keys = self.parts[0].shape, self.parts[1].shape[-2]
        return heads * queries * keys * self.similarity.width <= KEPT

    @property
    def hides(self) -> bool:
        """Whether there is anything that a query may not see."""
        return self.causal or self.window is not None or self.mask is not None

    @property
    def alters(self) -> bool:
        """Whether what the softmax is of differs from the scaled and capped scores."""
        return self.hides or self.biased

    @property
    def scales(self) -> bool:
        """Whether the scores are multiplied by something."""
        return self.scale is not None or self.similarity.name == "scaled"

    @property
    def slopes(self) -> Array | None:
        """How much each head (head,) takes off for each place between query and key, if it does."""
        return alibi_slopes(self.heads) if self.biased else None

    @property
    def matrices(self) -> tuple[tuple[str, DenseWeights], ...]:
        """The layers that make queries, keys, values and, where there is one, output, by these words."""
        made = self.projection
        if made is None:
            return ()
        layers = zip(("query", "key", "value", "output"), (made.query, made.key, made.value, made.output),
                     strict=True)  # fmt: skip
        return tuple((name, layer) for name, layer in layers if layer is not None)

    @property
    def learnt(self) -> dict[str, int]:
        """How many numbers each matrix has and, where it adds anything, each bias, by its letters."""
        kernels = {f"W{name[0]}": layer.kernel.size for name, layer in self.matrices}
        return kernels | {f"b{name[0]}": layer.bias.size for name, layer in self.matrices if layer.bias.any()}

    @property
    def how(self) -> dict[str, Any]:
        """The keyword arguments of ``attention``: mask, scale, causality, places."""
        return {
            "mask": self.mask,
            "causal": self.causal,
            "window": self.window,
            "offset": self.offset,
            "scale": self.scale,
            "cap": self.cap,
            "slopes": self.slopes,
            "similarity": self.similarity,
            "fully_masked": self.fully_masked,
        }

    @cached_property
    def attended(self) -> Attended:
        """Every number on the way."""
        return attention(*self.parts, **self.how)

    @cached_property
    def survey(self) -> Survey:
        """What the weights are like, query by query."""
        return survey(*self.parts, **self.how)

    @cached_property
    def unscaled(self) -> Survey:
        """What they would be like without the division."""
        return survey(*self.parts, **self.how | {"scale": 1.0})

    @cached_property
    def output(self) -> Tensor:
        """What the queries found, heads side by side and mixed where there are weights for that."""
        data = self.attended.output if self.whole else attention_output(*self.parts, **self.how)
        axes = [self.axes[0], Axis("feature")]
        if not self.joins:
            return Tensor(data, (Axis("head"), *axes), "output", self.input.attrs)
        data = join_heads(data)
        if self.projection is not None:
            data = data if self.projection.output is None else dense(data, self.projection.output)
        if self.projection is None and self.value.tensor.shape[-1] == data.shape[-1]:
            own = self.value.tensor.axes[-1]
            axes[1] = replace(own, name="feature") if own.name == axes[0].name else own
        return Tensor(data, tuple(axes), "output", self.input.attrs)

    def table(self, name: str) -> Tensor:
        """Scores, scaled or masked scores or weights: (query, key), of several heads (head, query, key)."""
        return self._of_heads(getattr(self.attended, name), self.axes, name)

    @property
    def entropy(self) -> Tensor:
        """How even the weights of each query are, in bits: (query,), of several heads (head, query)."""
        return self._of_heads(self.survey.bits, self.axes[:1], "entropy")

    def part(self, place: int) -> Tensor:
        """Queries (0), keys (1) or values (2): (token, feature), of several heads (head, token, feature)."""
        name = ("queries", "keys", "values")[place]
        token = self.axes[min(place, 1)]
        return self._of_heads(self.parts[place], (token, Axis("feature")), name)

    def told_as(self, place: int) -> Tensor | None:
        """Those of queries, keys and values that stand for these in a story: the first that are the same.

        None where several heads have their own.
        """
        same = (
            one for one in range(place) if np.array_equal(self.parts[one], self.parts[place], equal_nan=True)
        )
        found = self.part(next(same, place))
        return found if found.data.ndim == 2 else None

    def _of_heads(self, data: Array, axes: tuple[Axis, ...], name: str) -> Tensor:
        if self.joins and len(data) == 1:
            return Tensor(data[0], axes, name, self.input.attrs)
        return Tensor(data, (Axis("head"), *axes), name, self.input.attrs)

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """The axes of one head's scores."""
        return replace(self.query.axis, name="query"), replace(self.key.axis, name="key")

    @property
    def cells(self) -> Tensor:
        """One head's scores by their places, for the words of a cell; the numbers are not looked at."""
        queries, keys = self.parts[0].shape[-2], self.parts[1].shape[-2]
        nothing = np.broadcast_to(np.float32(0), (queries, keys))
        return Tensor(nothing, self.axes, "table of scores", {PLACES: True})

    @property
    def all_cells(self) -> Tensor:
        """The places of the scores as they are emitted: of several heads (head, query, key)."""
        cells = self.cells
        shape = (self.heads, *cells.shape)
        return self._of_heads(np.broadcast_to(np.float32(0), shape), self.axes, cells.name)

    def row(self, query: int) -> Attended:
        """All numbers of one query in the head that is looked into, arrays (1, key)."""
        q, k, v = (self.of_head(place) for place in range(3))
        how = self.how
        if self.mask is not None:
            full = (self.heads, q.shape[0], k.shape[0])
            how["mask"] = np.broadcast_to(self.mask, full)[self.head, query : query + 1]
        if self.slopes is not None:
            how["slopes"] = self.slopes[self.head]
        return attention(q[query : query + 1], k, v, **how | {"offset": query + self.offset})

    def terms(self, query: int, key: int) -> PairTerms:
        """What one score is the sum of."""
        return pair_terms(self.similarity, self.of_head(0)[query], self.of_head(1)[key])

    def of_head(self, place: int) -> Array:
        """Queries (0), keys (1) or values (2) of the head that is looked into; heads may share them."""
        part = self.parts[place]
        return part[self.head * len(part) // self.heads]
