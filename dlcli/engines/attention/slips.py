"""Slips of attention: a scale forgotten, the wrong axis, a mask too late, heads cut across, a place misread.

Queries, keys, values and weights are arrays of exact numbers, one row a token.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.base.exact import Exact, cos, root, sin
from dlcli.engines.base.slips import slip

#: Numbers in a row.
Row = Sequence[Exact] | Array


def product(q: Array, k: Array, i: int, j: int) -> Exact:
    """How alike query i and key j are: Σ q[i,f] · k[j,f].

    >>> product(np.array([[1, 2]], object), np.array([[3, 4]], object), 0, 0)
    11
    """
    return (q[i] * k[j]).sum()


def scaled(raw: Exact, d: Exact) -> Exact:
    """A score: q·k / √d.

    >>> scaled(6, 4)
    Fraction(3, 1)
    """
    return raw / root(d)


@slip(
    "attn.transposed",
    "with query and key exchanged",
    "Row i of the scores belongs to query i, column j to key j.",
)
def exchanged(q: Array, k: Array, i: int, j: int) -> Exact:
    """q[j] · k[i]."""
    return product(q, k, j, i)


@slip("attn.no-scale", "without the division by √d", "q·k is divided by √d, d the width of a query.")
def unscaled(raw: Exact, d: Exact) -> Exact:
    """q·k."""
    return raw


@slip("attn.d-for-sqrt", "with d for √d", "q·k is divided by the root of d.")
def by_width(raw: Exact, d: Exact) -> Exact:
    """q·k / d."""
    return raw / d


@slip("attn.multiply", "with a product by √d", "q·k is divided by √d: long vectors have large products.")
def multiplied(raw: Exact, d: Exact) -> Exact:
    """q·k · √d."""
    return raw * root(d)


@slip(
    "attn.d-model",
    "with the width of the model for that of a head",
    "Each head divides by the root of its own width.",
)
def by_model(raw: Exact, d_model: Exact) -> Exact:
    """q·k / √d_model."""
    return raw / root(d_model)


@slip(
    "attn.axis",
    "with weights that add up to 1 over the queries, not over the keys",
    "Softmax runs over the keys: the weights of one query add up to 1.",
)
def over_queries(e: Array, keys: int) -> Array:
    """The exponentials divided by sums over the queries."""
    return e / e.sum(axis=1 - keys, keepdims=True)


@slip(
    "attn.scale-after",
    "with weights divided by √d, not scores",
    "Scores are divided before softmax: weights add up to 1.",
)
def scaled_after(weights: Exact, d: Exact) -> Exact:
    """softmax(q·k) / √d."""
    return weights / root(d)


@slip("attn.no-softmax", "with the scores themselves as weights", "Weights are the softmax of the scores.")
def scores_as_weights(scores: Row, j: int) -> Exact:
    """s[j]."""
    return scores[j]


def mixed(weights: Array, values: Array, i: int, f: int) -> Exact:
    """The output y[i,f] = Σ w[i,j] · v[j,f].

    >>> mixed(np.array([[1, 2]], object), np.array([[3], [4]], object), 0, 0)
    11
    """
    return (weights[i] * values[:, f]).sum()


@slip(
    "attn.values-t",
    "with a column of the weights",
    "Output i takes row i of the weights: what query i sees of each key.",
)
def mixed_by_column(weights: Array, values: Array, i: int, f: int) -> Exact:
    """Σ w[j,i] · v[j,f]."""
    return mixed(weights.T, values, i, f)


@slip("attn.hardest", "with the value of the largest weight alone", "All values come in, each by its weight.")
def of_largest(weights: Array, values: Array, i: int, f: int) -> Exact:
    """v of the key that is seen most."""
    row = [float(getattr(one, "value", one)) for one in weights[i]]
    return values[row.index(max(row)), f]


@slip("attn.even", "with the mean of the values", "Each value comes in by its own weight.")
def evenly(weights: Array, values: Array, i: int, f: int) -> Exact:
    """Σ v / n."""
    return values[:, f].sum() / len(values)


@slip("attn.unweighted", "with the sum of the values", "Each value comes in by its own weight.")
def unweighted(weights: Array, values: Array, i: int, f: int) -> Exact:
    """Σ v."""
    return values[:, f].sum()


def visible_share(e: Array, seen: Array, i: int) -> Array:
    """The weights of query i where it sees some keys (1) and others not (0); none where it sees nothing.

    >>> visible_share(np.array([[1.0, 3.0, 4.0]], object), np.array([[1, 1, 0]]), 0).tolist()
    [0.25, 0.75, 0]
    """
    if not seen[i].any():
        return np.zeros(len(seen[i]), object)
    total = sum(one for one, there in zip(e[i], seen[i], strict=True) if there)
    return _row(one / total if there else 0 for one, there in zip(e[i], seen[i], strict=True))


@slip(
    "mask.after",
    "with 0 put in after softmax, and the others left as they are",
    "What is left must add up to 1: mask before softmax, or divide by the sum again.",
)
def masked_after(e: Array, seen: Array, i: int) -> Array:
    """softmax(s) · m."""
    total = sum(e[i])
    return _row(one / total if there else 0 for one, there in zip(e[i], seen[i], strict=True))


@slip(
    "mask.zero",
    "with masked scores set to 0",
    "e^0 is 1, so they still count: a masked score is −∞.",
)
def scores_zeroed(e: Array, seen: Array, i: int) -> Array:
    """softmax(s · m)."""
    row = [one if there else Fraction(1) for one, there in zip(e[i], seen[i], strict=True)]
    total = sum(row)
    return _row(one / total for one in row)


@slip("mask.rows", "with queries hidden in place of keys", "A mask hides keys: a column, from every query.")
def queries_hidden(e: Array, seen: Array, i: int) -> Array:
    """The mask turned; a row that is hidden as a whole becomes even."""
    return _even_where_blind(e, seen.T, i)


@slip("mask.inverted", "with 1 taken for hidden", "Here 1 says that a key is seen.")
def inverted(e: Array, seen: Array, i: int) -> Array:
    """1 − m."""
    return _even_where_blind(e, 1 - seen, i)


@slip("mask.causal-strict", "with a token hidden from itself", "A token sees itself, and all before it.")
def without_itself(e: Array, seen: Array, i: int) -> Array:
    """j < i."""
    return _even_where_blind(e, np.tri(len(seen), k=-1, dtype=int), i)


@slip("mask.causal-late", "with one later token seen", "A token sees itself, and all before it.")
def with_next(e: Array, seen: Array, i: int) -> Array:
    """j ≤ i + 1."""
    return visible_share(e, np.tri(len(seen), k=1, dtype=int), i)


@slip("mask.forgotten", "without the mask", "What is hidden has the weight 0.")
def all_seen(e: Array, seen: Array, i: int) -> Array:
    """softmax(s)."""
    return visible_share(e, np.ones(seen.shape, int), i)


@slip(
    "mask.uniform",
    "with equal weights for a query that sees nothing, as from −1e9 for −∞",
    "Here such a query gets weights of 0.",
    convention=True,
)
def even_where_blind(e: Array, seen: Array, i: int) -> Array:
    """1/n for each key."""
    return _even_where_blind(e, seen, i)


def _even_where_blind(e: Array, seen: Array, i: int) -> Array:
    if seen[i].any():
        return visible_share(e, seen, i)
    return visible_share(np.ones(seen.shape, object) * (e[i, 0] / e[i, 0]), np.ones(seen.shape, int), i)


def _row(numbers: Iterable[Exact]) -> Array:
    listed = list(numbers)
    made = np.empty(len(listed), object)
    made[:] = listed
    return made


def split(x: Array, heads: int) -> Array:
    """Features cut into heads: (T, d) to (heads, T, d/heads).

    >>> split(np.array([[1, 2], [3, 4]], object), 2).tolist()
    [[[1], [3]], [[2], [4]]]
    """
    tokens, d = x.shape
    return x.reshape(tokens, heads, d // heads).transpose(1, 0, 2)


def joined(x: Array) -> Array:
    """Heads side by side again: (heads, T, width) to (T, heads · width).

    >>> joined(np.array([[[1], [3]], [[2], [4]]], object)).tolist()
    [[1, 2], [3, 4]]
    """
    heads, tokens, width = x.shape
    return x.transpose(1, 0, 2).reshape(tokens, heads * width)


@slip(
    "heads.split",
    "with the numbers cut in the order in which they stand",
    "Each head gets some features of every token: reshape to (T, h, d/h), then turn.",
)
def split_flat(x: Array, heads: int) -> Array:
    """reshape(h, T, d/h) alone, which mixes tokens."""
    tokens, d = x.shape
    return x.reshape(heads, tokens, d // heads)


@slip(
    "heads.interleaved",
    "with every h-th feature",
    "A head has neighbouring features: head 0 the first d/h of them.",
)
def split_strided(x: Array, heads: int) -> Array:
    """x[:, j::h] for head j."""
    tokens, d = x.shape
    return x.reshape(tokens, d // heads, heads).transpose(2, 0, 1)


@slip("heads.one-based", "with heads counted from 1", "Head 0 is the first.")
def split_one_based(x: Array, heads: int) -> Array:
    """Head j − 1 for head j."""
    return np.roll(split(x, heads), 1, axis=0)


@slip(
    "heads.concat",
    "with the heads written out one after the other",
    "Row t of the result has what each head has for token t: turn back, then reshape.",
)
def joined_flat(x: Array) -> Array:
    """reshape(T, d) alone."""
    heads, tokens, width = x.shape
    return x.reshape(tokens, heads * width)


@slip(
    "heads.join-interleaved",
    "with the features of the heads in turn",
    "Heads stand side by side: first all features of head 0.",
)
def joined_strided(x: Array) -> Array:
    """Feature 0 of every head, then feature 1."""
    heads, tokens, width = x.shape
    return x.transpose(1, 2, 0).reshape(tokens, heads * width)


@slip(
    "heads.join-sum", "with the heads added", "Heads stand side by side: the width is that of all together."
)
def joined_sum(x: Array) -> Array:
    """Σ over heads, once for each."""
    return np.tile(x.sum(axis=0), (1, len(x)))


def shapes(tokens: int, d: int, heads: int) -> tuple[str, str]:
    """The shapes of the queries and of the scores of all heads, as they are typed.

    >>> shapes(5, 8, 2)
    ('2,5,4', '2,5,5')
    """
    return f"{heads},{tokens},{d // heads}", f"{heads},{tokens},{tokens}"


@slip(
    "heads.unturned",
    "with the heads behind the tokens",
    "Heads come first, so that each is a matrix (token, feature) of its own.",
)
def shapes_unturned(tokens: int, d: int, heads: int) -> tuple[str, str]:
    """(T, h, d/h), whose products compare the heads of one token."""
    return f"{tokens},{heads},{d // heads}", f"{tokens},{heads},{heads}"


@slip("heads.undivided", "with all features in every head", "The heads share the features: d/h each.")
def shapes_undivided(tokens: int, d: int, heads: int) -> tuple[str, str]:
    """(h, T, d)."""
    return f"{heads},{tokens},{d}", f"{heads},{tokens},{tokens}"


@slip("heads.one-map", "with one map of scores for all heads", "Each head has its own scores.")
def shapes_one_map(tokens: int, d: int, heads: int) -> tuple[str, str]:
    """(T, T)."""
    return f"{heads},{tokens},{d // heads}", f"{tokens},{tokens}"


def angle(pos: Exact, j: int, d: Exact, base: Exact = 10000) -> Exact:
    """The angle of column j at a place: pos / base^(2i/d) with i = j div 2.

    >>> angle(3, 2, 8)
    0.3
    """
    i = j // 2
    return pos / base ** (2 * i / d) if i else pos


def sine(j: int, at: Exact) -> Exact:
    """The sine in even columns, the cosine in odd ones.

    >>> round(sine(0, 1), 4), round(sine(1, 1), 4)
    (0.8415, 0.5403)
    """
    return cos(at) if j % 2 else sin(at)


@slip("pos.2j", "with the column itself for i", "Columns 2i and 2i + 1 share an angle: i is column div 2.")
def by_column(pos: Exact, j: int, d: Exact) -> Exact:
    """pos / 10000^(2j/d)."""
    return pos / 10000 ** (2 * j / d) if j else pos


@slip(
    "pos.cos-own",
    "with an angle of its own for the cosine",
    "The cosine has the angle of the sine before it.",
)
def cosine_alone(pos: Exact, j: int, d: Exact) -> Exact:
    """pos / 10000^(j/d) in odd columns."""
    return pos / 10000 ** (j / d) if j % 2 else angle(pos, j, d)


@slip("pos.base", "with 1000 for 10000", "The base is 10000.")
def smaller_base(pos: Exact, j: int, d: Exact) -> Exact:
    """pos / 1000^(2i/d)."""
    return angle(pos, j, d, 1000)


@slip("pos.multiply", "with the place multiplied", "The place is divided: later columns turn more slowly.")
def faster(pos: Exact, j: int, d: Exact) -> Exact:
    """pos · 10000^(2i/d)."""
    return pos * 10000 ** (2 * (j // 2) / d) if j > 1 else pos


@slip("pos.one-based", "with places counted from 1", "The first token is at place 0.")
def counted_from_one(pos: Exact, j: int, d: Exact) -> Exact:
    """pos + 1."""
    return angle(pos + 1, j, d)


@slip("pos.degrees", "with a calculator set to degrees", "The angle is in radians.")
def in_degrees(j: int, at: Exact) -> Exact:
    """sin(π/180 · angle)."""
    return sine(j, at * (math.pi / 180))


@slip("pos.swapped", "with the cosine in even columns", "Even columns have the sine, odd ones the cosine.")
def swapped(j: int, at: Exact) -> Exact:
    """cos for sin."""
    return sine(j + 1, at)


def of_attention(tokens: Exact, d: Exact) -> Exact:
    """Products of attention, scores and outputs: T·T·d for each.

    >>> of_attention(4, 8)
    256
    """
    return 2 * tokens * tokens * d


def of_recurrent(tokens: Exact, d: Exact, n: Exact) -> Exact:
    """Products of a recurrent net of n units: d·n with the input and n·n with the state, T times.

    >>> of_recurrent(4, 8, 2)
    80
    """
    return tokens * (d * n + n * n)


@slip("cost.scores-only", "with the scores alone", "The outputs, weights · V, take as many again.")
def scores_alone(tokens: Exact, d: Exact) -> Exact:
    """T·T·d."""
    return tokens * tokens * d


@slip("cost.linear", "with each token counted once", "Each query meets every key: T · T pairs.")
def linear(tokens: Exact, d: Exact) -> Exact:
    """2·T·d."""
    return 2 * tokens * d


@slip(
    "cost.input-only",
    "without the products with the state",
    "The state is multiplied by n · n weights in each step.",
)
def without_state(tokens: Exact, d: Exact, n: Exact) -> Exact:
    """T·d·n."""
    return d * n * tokens


@slip("cost.one-step", "with one step of the recurrent net", "It takes a step for each token.")
def one_step(tokens: Exact, d: Exact, n: Exact) -> Exact:
    """d·n + n·n."""
    return d * n + n * n


def causal_pairs(tokens: Exact) -> Exact:
    """Scores that count under a causal mask: 1 + 2 + … + T.

    >>> causal_pairs(4)
    10
    """
    return tokens * (tokens + 1) // 2


@slip("cost.all-pairs", "with every query meeting every key", "A causal mask hides the later keys.")
def all_pairs(tokens: Exact) -> Exact:
    """T·T."""
    return tokens * tokens


@slip("cost.strict-pairs", "without a token's score with itself", "A token sees itself, and all before it.")
def strict_pairs(tokens: Exact) -> Exact:
    """T·(T − 1)/2."""
    return tokens * (tokens - 1) // 2


@slip(
    "cost.last-query",
    "with the scores of the last query alone",
    "Each of the T queries has its own scores.",
)
def last_query(tokens: Exact) -> Exact:
    """T."""
    return tokens


@slip(
    "cost.at-once",
    "with all steps of the recurrent net at once",
    "Each step needs the state of the one before it: they follow one another.",
)
def at_once(tokens: Exact) -> Exact:
    """1."""
    return 1
