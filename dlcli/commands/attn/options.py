"""The options of ``dlcli attn``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import click

from dlcli.commands.kinds.attention.masks import MaskOptions
from dlcli.engines.attention.attention import POLICIES, FullyMasked
from dlcli.engines.attention.similarities import NAMES
from dlcli.engines.transformer.sentence_vector import POOLINGS
from dlcli.runner.kinds import Reads, Real, Whole, WholeOr, Word
from dlcli.runner.moving import Moving
from dlcli.runner.option import option

#: Numbers of a word's vector unless it is said: few enough for a product of two to be done by hand.
FEATURES = 8

#: Words of --position that are no table of places.
POSITIONS = ("sinusoidal", "rotary", "rotary-interleaved", "alibi", "none")

#: Options by their heading; the first ones say how untrained attention works, which a model brings itself.
source_option = partial(option, under="Sources", excludes="--model")
head_option = partial(option, under="Heads", excludes="--model")
matrix_option = partial(option, under="Matrices")
score_option = partial(option, under="Scores", excludes="--model")
model_option = partial(option, under="Model")


@dataclass(frozen=True)
class SourceOptions:
    """What queries, keys and values are made of."""

    query: str | None = source_option(
        "--query", Reads("FILE"), help="What queries are made of, in place of INPUT."
    )
    key: str | None = source_option(
        "--key",
        Reads("FILE"),
        help="What keys are made of: a file or a sentence. [default: as the queries]",
    )
    value: str | None = source_option(
        "--value", Reads("FILE"), help="What values are made of. [default: as the keys]"
    )
    dim: int | None = option(
        "--dim",
        Whole(),
        under="Sources",
        help=f"Numbers of a word's vector. [default: {FEATURES}, or those of the matrices]",
    )
    position: str | None = source_option(
        "--position",
        Reads("|".join((*POSITIONS, "FILE"))),
        help="What tells a token's place: sines added; queries and keys turned, pairs of features in halves "
        "(GPT-NeoX, Llama) or interleaved (RoFormer, GPT-J); scores that fall with distance (ALiBi); or a "
        "table (place, feature) to add. [default: sinusoidal for sentences, none for tensors]",
    )
    heads: int | None = option(
        "--heads",
        Whole(),
        under="Heads",
        help="Attentions beside each other, which share the features. [default: 1, or those of --weights or "
        "a model]",
    )
    kv_heads: int | None = head_option(
        "--kv-heads",
        Whole(),
        needs="--heads",
        help="Heads of keys and values, which as many heads of queries share as N goes into --heads.",
    )
    head: int | str | None = option(
        "--head",
        WholeOr("mean"),
        under="Heads",
        help="The head that the story and --explain look into, or the mean of a model's. [default: 0; all of "
        "a model's]",
    )
    project: bool = option(
        "--project",
        under="Matrices",
        help="Make queries, keys, values and output by matrices of their own, drawn from --seed or as "
        "--weights and models have them.",
    )
    weights: str | None = matrix_option(
        "--weights",
        Reads("FILE"),
        excludes="--model",
        help="Such matrices by the names of torch's or Keras' MultiHeadAttention (.npz, .safetensors), or "
        "the weights of the similarity.",
    )
    w_query: str | None = matrix_option(
        "--w-query",
        Reads("FILE"),
        excludes=("--model", "--project", "--weights"),
        help="The matrix (feature, column) that makes queries of tokens, Q = X · W; together with --w-key "
        "and --w-value.",
    )
    w_key: str | None = matrix_option(
        "--w-key", Reads("FILE"), needs="--w-query", help="The matrix that makes keys."
    )
    w_value: str | None = matrix_option(
        "--w-value", Reads("FILE"), needs="--w-query", help="The matrix that makes values."
    )
    w_output: str | None = matrix_option(
        "--w-output",
        Reads("FILE"),
        needs="--w-query",
        help="The matrix that mixes what the heads found. [default: none; it stays side by side]",
    )
    b_query: str | None = matrix_option(
        "--b-query", Reads("FILE"), needs="--w-query", help="What is added to queries: one row. [default: 0]"
    )
    b_key: str | None = matrix_option(
        "--b-key", Reads("FILE"), needs="--w-query", help="What is added to keys. [default: 0]"
    )
    b_value: str | None = matrix_option(
        "--b-value", Reads("FILE"), needs="--w-query", help="What is added to values. [default: 0]"
    )
    b_output: str | None = matrix_option(
        "--b-output", Reads("FILE"), needs="--w-output", help="What is added to the output. [default: 0]"
    )


@dataclass(frozen=True)
class Options(MaskOptions, SourceOptions, Moving):
    """The options of ``dlcli attn``; most say how untrained attention works, which a model brings itself."""

    align: str = option(
        "--align",
        click.Choice(("top-left", "bottom-right")),
        "top-left",
        under="Masks",
        excludes="--model",
        help="Where queries stand when there are not as many keys: from the first key on, or up to the last, "
        "as behind keys from a cache.",
    )
    fully_masked: FullyMasked = option(
        "--fully-masked",
        click.Choice(POLICIES),
        "zero",
        under="Masks",
        excludes="--model",
        help="What a query gets that may look at nothing.",
    )
    similarity: str = score_option(
        "--similarity", click.Choice(NAMES), "scaled", help="How a query and a key are compared."
    )
    similarity_scale: float | None = score_option(
        "--similarity-scale",
        Real("S"),
        help="What scores are multiplied by. [default: 1/√d for scaled, 1 for others]",
    )
    softcap: float | None = score_option(
        "--softcap",
        Real("CAP", above=0),
        help="Keep scaled scores s within ± CAP: CAP · tanh(s / CAP), as in Gemma 2.",
    )
    without_scaling: bool = option(
        "--without-scaling",
        under="Scores",
        needs="--similarity scaled",
        excludes=("--model", "--similarity-scale"),
        help="Show beside the weights what they are without the division by √d.",
    )
    model: str | None = model_option(
        "--model",
        Reads("DIR"),
        excludes=("--mask", "--window"),
        help="A trained BERT-style encoder: a folder with config.json, vocab.txt or tokenizer.json, and "
        "model.safetensors.",
    )
    layer: int | str | None = model_option(
        "--layer",
        WholeOr("all"),
        needs="--model",
        help="The layer of a model that is looked into, from 0 on, or all of them: their heads as one sheet, "
        "rollout, and how each token changes. [default: the last]",
    )
    pair: str | None = model_option(
        "--pair",
        Word("TEXT"),
        needs="--model",
        help="A second sentence behind the first, [CLS] A [SEP] B [SEP]: who looks across.",
    )
    pooling: str | None = model_option(
        "--pooling",
        click.Choice(POOLINGS),
        needs="--model",
        help="How a model's tokens become one vector, where its folder does not tell. [default: mean]",
    )
