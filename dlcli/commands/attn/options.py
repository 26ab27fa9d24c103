"""The options of ``dlcli attn``."""

from __future__ import annotations

from dataclasses import dataclass

import click

from dlcli.engines.attention.attention import POLICIES, FullyMasked
from dlcli.engines.attention.similarities import NAMES
from dlcli.runner.kinds import Words
from dlcli.runner.option import option

#: Numbers of a word's vector unless it is said: few enough for a product of two to be done by hand.
FEATURES = 8


class Position(Words):
    """``sinusoidal``, ``rotary``, ``none``, or a file with a learnt table."""

    name = "sinusoidal|rotary|none|FILE"


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli attn``; most say how untrained attention works, which a model brings itself."""

    query: str | None = option(
        "--query",
        str,
        under="Sources",
        metavar="FILE",
        excludes="--model",
        help="What queries are made of, in place of INPUT.",
    )
    key: str | None = option(
        "--key",
        str,
        under="Sources",
        metavar="FILE",
        excludes="--model",
        help="What keys are made of: a file or a sentence. [default: as the queries]",
    )
    value: str | None = option(
        "--value",
        str,
        under="Sources",
        metavar="FILE",
        excludes="--model",
        help="What values are made of. [default: as the keys]",
    )
    dim: int | None = option(
        "--dim",
        click.IntRange(min=1),
        under="Sources",
        metavar="N",
        excludes="--model",
        help=f"Numbers of a word's vector. [default: {FEATURES}, or those of --weights]",
    )
    position: str | None = option(
        "--position",
        Position(),
        under="Sources",
        excludes="--model",
        help="What tells a token's place: sines added, queries and keys turned, or a table (place, feature) "
        "to add. [default: sinusoidal for sentences, none for tensors]",
    )
    heads: int | None = option(
        "--heads",
        click.IntRange(min=1),
        under="Heads",
        metavar="N",
        excludes="--model",
        help="Attentions beside each other, which share the features. [default: 1, or those of --weights]",
    )
    head: int | None = option(
        "--head",
        click.IntRange(min=0),
        under="Heads",
        metavar="N",
        help="The head that the story and --explain look into. [default: 0; all of a model's]",
    )
    project: bool = option(
        "--project",
        under="Heads",
        excludes="--model",
        help="Make queries, keys, values and output by matrices of their own, drawn from --seed.",
    )
    weights: str | None = option(
        "--weights",
        str,
        under="Heads",
        metavar="FILE",
        excludes="--model",
        help="Such matrices by the names of torch's or Keras' MultiHeadAttention (.npz, .safetensors), or "
        "the weights of the similarity.",
    )
    similarity: str = option(
        "--similarity",
        click.Choice(NAMES),
        "scaled",
        under="Scores",
        excludes="--model",
        help="How a query and a key are compared.",
    )
    causal: bool = option(
        "--causal", under="Scores", excludes="--model", help="A query sees only keys up to its own place."
    )
    mask: str | None = option(
        "--mask",
        str,
        under="Scores",
        metavar="FILE",
        excludes="--model",
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
    without_scaling: bool = option(
        "--without-scaling",
        under="Scores",
        needs="--similarity scaled",
        excludes="--model",
        help="Show beside the weights what they are without the division by √d.",
    )
    model: str | None = option(
        "--model",
        str,
        under="Model",
        metavar="DIR",
        help="A trained BERT-style encoder: a folder with config.json, vocab.txt and model.safetensors.",
    )
    layer: int | None = option(
        "--layer",
        click.IntRange(min=0),
        under="Model",
        metavar="N",
        needs="--model",
        help="The layer of a model that is looked into, from 0 on. [default: the last]",
    )
