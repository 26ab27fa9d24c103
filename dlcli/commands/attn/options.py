"""The options of ``dlcli attn``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import click

from dlcli.engines.attention.attention import POLICIES, FullyMasked
from dlcli.engines.attention.similarities import NAMES
from dlcli.engines.transformer.sentence_vector import POOLINGS
from dlcli.runner.kinds import Whole, Word
from dlcli.runner.option import option

#: Numbers of a word's vector unless it is said: few enough for a product of two to be done by hand.
FEATURES = 8


#: Options by their heading; the first three say how untrained attention works, which a model brings itself.
source_option = partial(option, under="Sources", excludes="--model")
head_option = partial(option, under="Heads", excludes="--model")
score_option = partial(option, under="Scores", excludes="--model")
model_option = partial(option, under="Model")


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli attn``; most say how untrained attention works, which a model brings itself."""

    query: str | None = source_option(
        "--query", Word("FILE"), help="What queries are made of, in place of INPUT."
    )
    key: str | None = source_option(
        "--key",
        Word("FILE"),
        help="What keys are made of: a file or a sentence. [default: as the queries]",
    )
    value: str | None = source_option(
        "--value", Word("FILE"), help="What values are made of. [default: as the keys]"
    )
    dim: int | None = option(
        "--dim",
        Whole(),
        under="Sources",
        help=f"Numbers of a word's vector. [default: {FEATURES}, or those of --weights]",
    )
    position: str | None = source_option(
        "--position",
        Word("sinusoidal|rotary|none|FILE"),
        help="What tells a token's place: sines added, queries and keys turned, or a table (place, feature) "
        "to add. [default: sinusoidal for sentences, none for tensors]",
    )
    heads: int | None = option(
        "--heads",
        Whole(),
        under="Heads",
        help="Attentions beside each other, which share the features. [default: 1, or those of --weights or "
        "a model]",
    )
    head: int | None = option(
        "--head",
        Whole(least=0),
        under="Heads",
        help="The head that the story and --explain look into. [default: 0; all of a model's]",
    )
    project: bool = option(
        "--project",
        under="Heads",
        help="Make queries, keys, values and output by matrices of their own, drawn from --seed or as "
        "--weights and models have them.",
    )
    weights: str | None = head_option(
        "--weights",
        Word("FILE"),
        help="Such matrices by the names of torch's or Keras' MultiHeadAttention (.npz, .safetensors), or "
        "the weights of the similarity.",
    )
    similarity: str = score_option(
        "--similarity", click.Choice(NAMES), "scaled", help="How a query and a key are compared."
    )
    causal: bool = option(
        "--causal", under="Scores", help="A query sees only keys up to its own place; a model says itself."
    )
    mask: str | None = score_option(
        "--mask",
        Word("FILE"),
        help="Who may look (query, key), or one row for all: 1 and 0, or floats that are added to the "
        "scores.",
    )
    fully_masked: FullyMasked = option(
        "--fully-masked",
        click.Choice(POLICIES),
        "zero",
        under="Scores",
        excludes="--model",
        help="What a query gets that may look at nothing.",
    )
    without_scaling: bool = score_option(
        "--without-scaling",
        needs="--similarity scaled",
        help="Show beside the weights what they are without the division by √d.",
    )
    model: str | None = model_option(
        "--model",
        Word("DIR"),
        help="A trained BERT-style encoder: a folder with config.json, vocab.txt or tokenizer.json, and "
        "model.safetensors.",
    )
    layer: int | None = model_option(
        "--layer",
        Whole(least=0),
        needs="--model",
        help="The layer of a model that is looked into, from 0 on. [default: the last]",
    )
    pooling: str | None = model_option(
        "--pooling",
        click.Choice(POOLINGS),
        needs="--model",
        help="How a model's tokens become one vector, where its folder does not tell. [default: mean]",
    )
