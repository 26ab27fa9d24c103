"""The options of ``dlcli transformer``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import click

from dlcli.commands.kinds.attention.masks import MaskOptions, convention, mask_option
from dlcli.engines.transformer.layer_norm import EPS
from dlcli.runner.kinds import Reads, Real, Whole, WholeOr
from dlcli.runner.moving import Moving
from dlcli.runner.option import option

#: Features of a word's vector unless it is said, and blocks.
FEATURES, LAYERS = 16, 2

#: Options by their heading.
block_option = partial(option, under="Blocks")
token_option = partial(option, under="Tokens")
decoder_option = partial(option, under="Decoder")
looking_option = partial(option, under="Looking")


@dataclass(frozen=True)
class BlockOptions:
    """What blocks and tokens are like."""

    layers: int | None = block_option(
        "--layers",
        Whole(most=1000),
        help=f"Blocks one behind the other. [default: {LAYERS}, or those of --weights]",
    )
    heads: int | None = block_option(
        "--heads",
        Whole(),
        help="Attentions beside each other; they divide the features. Beside --weights it has to be said. "
        "[default: 2, or 1 if 2 does not divide]",
    )
    hidden: int | None = block_option(
        "--hidden",
        Whole(),
        help="Units of the feed-forward part. [default: four times the features]",
    )
    norm: str = block_option(
        "--norm",
        click.Choice(("post", "pre")),
        "post",
        help="Whether a norm stands behind each sum, or before each part.",
    )
    activation: str = block_option(
        "--activation", click.Choice(("relu", "gelu")), "relu", help="That of the feed-forward part."
    )
    eps: float = block_option(
        "--eps",
        Real("E", least=0),
        EPS,
        help="What the norms add to the variance.",
    )
    weights: str | None = block_option(
        "--weights",
        Reads("FILE"),
        help="Weights by the names of torch's TransformerEncoderLayer or TransformerDecoderLayer, one or a "
        "stack. [default: drawn from --seed, untrained]",
    )
    dim: int | None = token_option(
        "--dim",
        Whole(),
        help=f"Features of a word's vector. [default: {FEATURES}, or those of --weights]",
    )
    position: str | None = token_option(
        "--position",
        click.Choice(("sinusoidal", "none")),
        help="What is added to tell a token's place. [default: sinusoidal for sentences, none for tensors]",
    )


@dataclass(frozen=True)
class Options(MaskOptions, BlockOptions, Moving):
    """The options of ``dlcli transformer``."""

    mask_means: str = convention("--mask", "--memory-mask")
    memory_mask: str | None = mask_option(
        "--memory-mask",
        Reads("FILE"),
        needs="--memory",
        help="Who may look at whom of the memory (query, key), or one row for all: its padding.",
    )
    decoder: bool = decoder_option(
        "--decoder", help="Blocks of a decoder: causal, and with --memory also looking at that."
    )
    memory: str | None = decoder_option(
        "--memory",
        Reads("FILE"),
        needs="--decoder",
        help="What a decoder looks at: an encoder's output (token, feature), or a sentence to encode.",
    )
    layer: int | str | None = looking_option(
        "--layer",
        WholeOr("all"),
        help="The block that the story and --explain look into, from 0 on, or all of them: their heads as "
        "one sheet, rollout, and how each token changes. [default: the last]",
    )
    maps: str = looking_option(
        "--maps",
        click.Choice(("self", "memory")),
        "self",
        needs="--memory",
        help="Whether weights are those among the tokens or those at the memory.",
    )
