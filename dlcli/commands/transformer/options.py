"""The options of ``dlcli transformer``."""

from __future__ import annotations

from dataclasses import dataclass

import click

from dlcli.runner.option import option

#: Features of a word's vector unless it is said, and blocks.
FEATURES, LAYERS = 16, 2


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli transformer``."""

    layers: int | None = option(
        "--layers",
        click.IntRange(1, 1000),
        under="Blocks",
        metavar="N",
        help=f"Blocks one behind the other. [default: {LAYERS}, or all of --weights]",
    )
    heads: int | None = option(
        "--heads",
        click.IntRange(min=1),
        under="Blocks",
        metavar="N",
        help="Attentions beside each other; they divide the features. [default: 2, or 1 if 2 does not "
        "divide]",
    )
    hidden: int | None = option(
        "--hidden",
        click.IntRange(min=1),
        under="Blocks",
        metavar="N",
        help="Units of the feed-forward part. [default: four times the features]",
    )
    norm: str = option(
        "--norm",
        click.Choice(("post", "pre")),
        "post",
        under="Blocks",
        help="Whether a norm stands behind each sum, or before each part.",
    )
    activation: str = option(
        "--activation",
        click.Choice(("relu", "gelu")),
        "relu",
        under="Blocks",
        help="That of the feed-forward part.",
    )
    weights: str | None = option(
        "--weights",
        str,
        under="Blocks",
        metavar="FILE",
        help="Weights by the names of torch's TransformerEncoderLayer or TransformerDecoderLayer, one or a "
        "stack. [default: drawn from --seed, untrained]",
    )
    dim: int | None = option(
        "--dim",
        click.IntRange(min=1),
        under="Tokens",
        metavar="N",
        help=f"Features of a word's vector. [default: {FEATURES}, or those of --weights]",
    )
    position: str | None = option(
        "--position",
        click.Choice(("sinusoidal", "none")),
        under="Tokens",
        help="What is added to tell a token's place. [default: sinusoidal for sentences, none for tensors]",
    )
    causal: bool = option(
        "--causal",
        under="Decoder",
        help="A token sees only itself and those before it, as in decoding.",
    )
    decoder: bool = option(
        "--decoder",
        under="Decoder",
        help="Blocks of a decoder: causal, and with --memory also looking at that.",
    )
    memory: str | None = option(
        "--memory",
        str,
        under="Decoder",
        metavar="FILE",
        needs="--decoder",
        help="What a decoder looks at: an encoder's output (token, feature), or a sentence to encode.",
    )
    layer: int | None = option(
        "--layer",
        click.IntRange(min=0),
        under="Looking",
        metavar="N",
        help="The block that the story and --explain look into, from 0 on. [default: the last]",
    )
    maps: str = option(
        "--maps",
        click.Choice(("self", "memory")),
        "self",
        under="Looking",
        needs="--memory",
        help="Whether weights are those among the tokens or those at the memory.",
    )
