"""``dlcli transformer``: blocks of attention and feed-forward parts, and what each does to the tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import click
import numpy as np

from dlcli.commands.transformer_parts import FEATURES, LAYERS, Model, Options, Parts, Tokens
from dlcli.engines.checks import Array
from dlcli.engines.decoding import Decoder, Products, products
from dlcli.engines.residual import Measures, measures
from dlcli.engines.transformer import Block, BlockWeights, Design, Transformer, transformer
from dlcli.errors import WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import SENTENCES
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Axis, Tensor

MANUAL = Manual(
    emits={
        "output": "The tokens behind the last block (token, feature).",
        "layers": "The tokens before the first block and behind each (layer, token, feature).",
        "weights": "What each token looks at (layer, head, query, key); see --maps.",
    },
    formulas={
        "attention": "softmax(Q Kᵀ / √d) V in every head, heads side by side, times Wo",
        "feed-forward": "activation(x W1 + b1) W2 + b2, every token by itself",
        "post-norm": "norm(x + part(x))",
        "pre-norm": "x + part(norm(x))",
        "norm(x)": "(x − mean) / √(variance + 1e-5) · gain + bias, over a token's features",
    },
    groups={
        "Blocks": ("layers", "heads", "hidden", "norm", "activation", "weights"),
        "Tokens": ("dim", "position"),
        "Decoder": ("causal", "decoder", "memory"),
        "Looking": ("layer", "maps"),
    },
    examples=(
        "dlcli transformer 'the cat sat on the mat'",
        "dlcli transformer 'the cat sat on the mat' --layers 3 --heads 4 --norm pre --explain cat,5",
        "dlcli transformer 'the cat sat' --causal",
        "dlcli transformer 'le chat dort' --decoder --memory 'the cat sleeps'",
        "dlcli transformer '1 0 2 1; 0 1 1 3; 2 2 0 1' --emit weights -f csv",
        "dlcli transformer 'the cat sat' -o memory.npz",
    ),
)


@dataclass(frozen=True)
class DecodedStep:
    """One step of decoding with a cache: how far it is from the pass over all tokens, and what it took."""

    difference: float
    products: Products


@dataclass(frozen=True)
class Work:
    """What the view is told."""

    input: Tensor
    tokens: Tokens
    model: Model
    design: Design
    made: Transformer
    memory: Tensor | None
    memory_made: str
    layer: int
    options: Options

    @property
    def output(self) -> Tensor:
        """The tokens behind the last block."""
        return Tensor(self.made.output, self.tokens.tensor.axes, "output", self.input.attrs)

    @property
    def layers(self) -> Tensor:
        """The tokens before the first block and behind each."""
        names = ("input", *(f"block {number}" for number in range(len(self.made.blocks))))
        axes = (Axis("layer", names), *self.tokens.tensor.axes)
        return Tensor(self.made.states, axes, "layers", self.input.attrs)

    @property
    def weights(self) -> Tensor:
        """What each token looks at, in every block and head."""
        memory = self.options.maps == "memory" and self.memory is not None
        data = np.stack([block.maps[int(memory)] for block in self.made.blocks])
        query = self.tokens.tensor.axes[0]
        key = self.memory.axes[0] if memory and self.memory is not None else query
        axes = (Axis("layer"), Axis("head"), named("query", query), named("key", key))
        return Tensor(data, axes, "weights", self.input.attrs)

    @property
    def block(self) -> Block:
        """The block that is looked at."""
        return self.made.blocks[self.layer]

    @property
    def block_weights(self) -> BlockWeights:
        """Its weights."""
        return self.model.layers[self.layer]

    @property
    def parameters(self) -> int:
        """How many numbers could be trained."""
        of_blocks = sum(count(weights) for weights in self.model.layers)
        return of_blocks + (count(self.model.norm) if self.model.norm is not None else 0)

    @cached_property
    def measured(self) -> tuple[tuple[Measures, ...], ...]:
        """What each part of each block did, in a few numbers."""
        return tuple(tuple(map(measures, block.steps)) for block in self.made.blocks)

    @property
    def words(self) -> tuple[str, ...]:
        """The options that decide about the result, as they would be typed again."""
        return tuple(self.options.words())

    @cached_property
    def decoding(self) -> tuple[DecodedStep, ...]:
        """Token by token with a cache, each step beside its row of the pass over all tokens."""
        x = self.made.input
        memory = None if self.memory is None else self.memory.data
        decoder = Decoder(self.model.layers, self.design, len(x), memory=memory, norm=self.model.norm)
        sizes = self.model.features, self.model.hidden, len(self.model.layers)
        found = []
        for place, token in enumerate(x):
            row, _ = decoder.step(token)
            wanted = self.made.output[place]
            # No number is as good as no number: both passes lose the same ones.
            apart = np.where(np.isnan(row) & np.isnan(wanted), 0, np.abs(row - wanted))
            difference = float(apart.max())
            took = products(place + 1, *sizes, 0 if memory is None else len(memory))
            found.append(DecodedStep(difference, took))
        return tuple(found)


def named(name: str, axis: Axis) -> Axis:
    """An axis under another name."""
    return Axis(name, axis.labels, axis.start, axis.step, axis.unit)


def count(weights: object) -> int:
    """Numbers in a record of arrays and of further records."""
    if isinstance(weights, np.ndarray):
        return int(weights.size)
    parts = weights if isinstance(weights, tuple) else vars(weights).values() if weights is not None else ()
    return sum(map(count, parts))


@subcommand("transformer", MANUAL, reads=SENTENCES)
@click.option(
    "--layers",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"Blocks one behind the other. [default: {LAYERS}, or all of --weights]",
)
@click.option(
    "--heads",
    type=click.IntRange(min=1),
    metavar="N",
    help="Attentions beside each other; they divide the features. [default: 2, or 1 if 2 does not divide]",
)
@click.option(
    "--hidden",
    type=click.IntRange(min=1),
    metavar="N",
    help="Units of the feed-forward part. [default: four times the features]",
)
@click.option(
    "--norm",
    type=click.Choice(("post", "pre")),
    default="post",
    show_default=True,
    help="Whether a norm stands behind each sum, or before each part.",
)
@click.option(
    "--activation",
    type=click.Choice(("relu", "gelu")),
    default="relu",
    show_default=True,
    help="That of the feed-forward part.",
)
@click.option(
    "--weights",
    metavar="FILE",
    help="Weights by the names of torch's TransformerEncoderLayer or TransformerDecoderLayer, one or a "
    "stack. [default: drawn from --seed, untrained]",
)
@click.option(
    "--dim",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"Features of a word's vector. [default: {FEATURES}, or those of --weights]",
)
@click.option(
    "--position",
    type=click.Choice(("sinusoidal", "none")),
    help="What is added to tell a token's place. [default: sinusoidal for sentences, none for tensors]",
)
@click.option("--causal", is_flag=True, help="A token sees only itself and those before it, as in decoding.")
@click.option(
    "--decoder", is_flag=True, help="Blocks of a decoder: causal, and with --memory also looking at that."
)
@click.option(
    "--memory",
    metavar="FILE",
    help="What a decoder looks at: an encoder's output (token, feature), or a sentence to encode.",
)
@click.option(
    "--layer",
    type=click.IntRange(min=0),
    metavar="N",
    help="The block that the story and --explain look into, from 0 on. [default: the last]",
)
@click.option(
    "--maps",
    type=click.Choice(("self", "memory")),
    default="self",
    show_default=True,
    help="Whether weights are those among the tokens or those at the memory.",
)
def command(run: Run, **values: object) -> Worker:
    """Send tokens through blocks of attention and feed-forward parts, and see what each of them does.

    In every block each token looks at the others, then is worked on by itself; residual connections add what
    came out to what went in, and norms keep its size. INPUT is a sentence, whose words get untrained vectors
    from --seed, or a tensor (token, feature): a file, - for standard input, or a literal such as '1 2; 3 4'.
    """
    options = Options(**values, seed=run.seed)  # type: ignore[arg-type]
    if options.memory is not None and not options.decoder:
        raise WrongUsage("--memory is what a decoder looks at; add --decoder")
    if options.maps == "memory" and options.memory is None:
        raise WrongUsage("--maps memory: there is none; give a decoder one with --memory")
    parts = Parts(options, run)
    if parts.stack is not None and options.hidden not in (None, parts.stack.hidden):
        raise WrongUsage(f"--hidden {options.hidden}: {options.weights} has {parts.stack.hidden}")
    return lambda tensor: transformed(tensor, parts)


def transformed(tensor: Tensor, parts: Parts) -> Result:
    """One sentence or tensor through all blocks."""
    options = parts.options
    tokens = parts.tokens(tensor)
    features = tokens.tensor.shape[1]
    model, design = parts.model(features), parts.design(features)
    if options.layer is not None and options.layer >= len(model.layers):
        raise WrongUsage(f"--layer {options.layer}: the blocks are 0 to {len(model.layers) - 1}")
    memory = parts.memory(features)
    seen: Array | None = None if memory is None else memory[0].data
    made = transformer(tokens.tensor.data, model.layers, design, memory=seen, norm=model.norm)
    work = Work(
        input=tensor,
        tokens=tokens,
        model=model,
        design=design,
        made=made,
        memory=None if memory is None else memory[0],
        memory_made="" if memory is None else memory[1],
        layer=len(model.layers) - 1 if options.layer is None else options.layer,
        options=options,
    )
    outputs = {"output": lambda: work.output, "layers": lambda: work.layers, "weights": lambda: work.weights}
    return Result(outputs, work)
