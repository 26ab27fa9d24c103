"""``dlcli attn``: every token looks at all others, and takes of each as much as it is like it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import click
import numpy as np
from click.core import ParameterSource

from dlcli.commands.attn.options import Options
from dlcli.commands.attn.record import Work
from dlcli.commands.attn.sources import FEATURES, Source, Sources
from dlcli.engines.attention.attention import POLICIES, fitting
from dlcli.engines.attention.heads import MultiHeadWeights, projected, split_heads
from dlcli.engines.attention.masks import check_mask
from dlcli.engines.attention.positions import rotary
from dlcli.engines.attention.similarities import NAMES
from dlcli.engines.base.checks import Array
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import SENTENCES
from dlcli.runner.kinds import Words
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Together, Worker
from dlcli.tensor import Tensor

MANUAL = Manual(
    emits={
        "output": "What each query found: the weighted sum of the values (query, feature).",
        "scores": "How alike query and key are, (query, key), or (head, query, key).",
        "scaled": "The scores times the scale: divided by √d.",
        "masked": "Those with the mask: −inf where a query may not look.",
        "weights": "The softmax of each row: shares that add up to 1.",
        "entropy": "How even each query's shares are, in bits (query).",
        "queries": "Q: what is compared with the keys (query, feature).",
        "keys": "K (key, feature).",
        "values": "V (key, feature).",
    },
    formulas={
        "scores": "Q · Kᵀ",
        "scaled": "scores / √d;  d is the width of a query",
        "weights": "softmax(scaled + mask)  over the keys of each query",
        "output": "weights · V",
    },
    tables={
        "Similarities": {
            "scaled": "q · k / √d",
            "dot": "q · k",
            "cosine": "q · k / (|q| · |k|)",
            "general": "q · W · k  (Luong); W drawn from --seed, or `weight` of --weights",
            "additive": "v · tanh(q A + k B)  (Bahdanau); drawn, or `query_kernel`, `key_kernel`, `vector`",
        }
    },
    groups={
        "Sources": ("query", "key", "value", "dim", "position"),
        "Heads": ("heads", "head", "project", "weights"),
        "Scores": ("similarity", "causal", "mask", "fully_masked", "without_scaling"),
        "Model": ("model", "layer"),
    },
    sometimes={
        "similarity": "With --model: the cosine of every two sentences' vectors.",
        "vectors": "With --model: each sentence as one vector of length 1 (sentence, feature).",
    },
    explains="the table of scores (query, key), or of scores, scaled, masked, weights or similarity where "
    "--emit asks for one",
    examples=(
        "dlcli attn 'the cat sat on the mat'",
        "dlcli attn 'the cat sat on the mat' --explain cat,mat",
        "dlcli attn '1 0; 0 1; 1 1' --key '2 0; 0 2' --value '10 0; 0 10' --similarity dot",
        "dlcli attn 'the cat sat on the mat' --causal --heads 2 --project",
        "dlcli attn 'le chat dort' --key 'the cat sleeps' --emit weights -f csv",
        "dlcli attn '1 0; 0 1; 1 1' --mask '1 1 0' --explain 2,0",
    ),
)


class Position(Words):
    """``sinusoidal``, ``rotary``, ``none``, or a file with a learnt table."""

    name = "sinusoidal|rotary|none|FILE"


@subcommand("attn", MANUAL, reads=replace(SENTENCES, option="query"))
@click.option("--query", metavar="FILE", help="What queries are made of, in place of INPUT.")
@click.option(
    "--key", metavar="FILE", help="What keys are made of: a file or a sentence. [default: as the queries]"
)
@click.option("--value", metavar="FILE", help="What values are made of. [default: as the keys]")
@click.option(
    "--dim",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"Numbers of a word's vector. [default: {FEATURES}, or those of --weights]",
)
@click.option(
    "--position",
    type=Position(),
    help="What tells a token's place: sines added, queries and keys turned, or a table (place, feature) to "
    "add. [default: sinusoidal for sentences, none for tensors]",
)
@click.option(
    "--heads",
    type=click.IntRange(min=1),
    metavar="N",
    help="Attentions beside each other, which share the features. [default: 1, or those of --weights]",
)
@click.option(
    "--head",
    type=click.IntRange(min=0),
    metavar="N",
    help="The head that the story and --explain look into. [default: 0; all of a model's]",
)
@click.option(
    "--project",
    is_flag=True,
    help="Make queries, keys, values and output by matrices of their own, drawn from --seed.",
)
@click.option(
    "--weights",
    metavar="FILE",
    help="Such matrices by the names of torch's or Keras' MultiHeadAttention (.npz, .safetensors), or the "
    "weights of the similarity.",
)
@click.option(
    "--similarity",
    type=click.Choice(NAMES),
    default="scaled",
    show_default=True,
    help="How a query and a key are compared.",
)
@click.option("--causal", is_flag=True, help="A query sees only keys up to its own place.")
@click.option(
    "--mask",
    metavar="FILE",
    help="Who may look (query, key), or one row for all: 1 and 0, or floats that are added to the scores.",
)
@click.option(
    "--fully-masked",
    type=click.Choice(POLICIES),
    default="zero",
    show_default=True,
    help="What a query gets that may look at nothing.",
)
@click.option(
    "--without-scaling",
    is_flag=True,
    help="Show beside the weights what they are without the division by √d.",
)
@click.option(
    "--model",
    metavar="DIR",
    help="A trained BERT-style encoder: a folder with config.json, vocab.txt and model.safetensors.",
)
@click.option(
    "--layer",
    type=click.IntRange(min=0),
    metavar="N",
    help="The layer of a model that is looked into, from 0 on. [default: the last]",
)
def command(run: Run, **values: Any) -> Worker | Together:
    """Let every token look at all others and take of each as much as its key is like the token's query.

    Without --weights or --project queries, keys and values are the tokens themselves. INPUT is a sentence,
    whose words get untrained vectors from --seed, or a tensor (token, feature): a file, - for standard input,
    or a literal such as '1 2; 3 4'. With --model sentences go through all layers of a trained encoder:
    of one its attention is shown, of several how near their meanings are.
    """
    model, layer = values.pop("model"), values.pop("layer")
    if model is not None:
        from dlcli.commands.attn.model import with_model

        _alone(values)
        return with_model(run, model, layer, values["head"])
    if layer is not None:
        raise WrongUsage("--layer is a model's; name one with --model")
    options = Options(**{**values, "head": values["head"] or 0}, seed=run.seed)
    if options.without_scaling and options.similarity != "scaled":
        raise WrongUsage(f"--without-scaling: similarity '{options.similarity}' is not divided by √d")
    sources = Sources(options, run)
    return lambda tensor: attended(tensor, sources)


def _alone(values: Mapping[str, Any]) -> None:
    """Refuse what a model brings itself."""
    context = click.get_current_context()
    for name in values:
        source = context.get_parameter_source(name)
        if name != "head" and source not in (None, ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP):
            option = f"--{name.replace('_', '-')}"
            raise WrongUsage(f"{option} says how untrained attention works; --model brings its own")


def attended(tensor: Tensor, sources: Sources) -> Result:
    """One sentence or tensor looks at itself, or at what was named."""
    options = sources.options
    query, key, value = sources.of(tensor)
    joins = all(source.tensor.data.ndim == 2 for source in (query, key, value))
    projection = sources.projection(*(source.tensor.shape[-1] for source in (query, key, value)))
    parts = _parts(sources, (query, key, value), projection, joins)
    heads, queries, width = parts[0].shape
    if options.head >= heads:
        raise WrongUsage(f"--head {options.head}: there {_are(heads)}")
    similarity = sources.similarity(width, parts[1].shape[-1])
    if sources.mask is not None:
        shape = (heads, queries, parts[1].shape[-2])
        check_mask(sources.mask, shape if sources.mask.ndim > 2 else shape[1:])
    work = Work(tensor, query, key, value, parts, projection, similarity, sources.mask, joins, options)
    output = work.output

    def table(name: str) -> Callable[[], Tensor]:
        return lambda: work.table(name)

    def part(place: int) -> Callable[[], Tensor]:
        return lambda: work.part(place)

    outputs = {name: table(name) for name in ("scores", "scaled", "masked", "weights")}
    outputs |= {"entropy": lambda: work.entropy}
    outputs |= {name: part(place) for place, name in enumerate(("queries", "keys", "values"))}
    return Result(
        {"output": lambda: output, **outputs},
        work,
        explained=lambda: work.cells,
    )


def _are(heads: int) -> str:
    return "is one head, 0" if heads == 1 else f"are heads 0 to {heads - 1}"


def _parts(
    sources: Sources,
    found: tuple[Source, Source, Source],
    projection: MultiHeadWeights | None,
    joins: bool,
) -> tuple[Array, Array, Array]:
    """Queries (head, query, d), keys (head, key, d), values (head, key, d_v); fewer heads may share keys."""
    options = sources.options
    q, k, v = (source.tensor.data for source in found)
    rotate = options.position == "rotary"
    if projection is not None and joins:
        return projected(q, k, projection, sources.heads, values=v, rotate=rotate)
    if joins:
        for name, x in (("queries", q), ("keys", k), ("values", v)):
            if x.shape[-1] % sources.heads:
                raise DlcliError(
                    f"{sources.heads} heads do not divide the {x.shape[-1]} features of the {name} evenly"
                )
        q, k, v = (split_heads(x, sources.heads) for x in (q, k, v))
    else:
        if options.heads is not None or projection is not None:
            raise WrongUsage(
                "--heads, --project and --weights divide the features of tokens (token, feature); "
                "this input has a head axis already"
            )
        q, k, v = (x if x.ndim == 3 else x[None] for x in (q, k, v))
        q = np.broadcast_to(q, (max(len(x) for x in (q, k, v)), *q.shape[1:])) if len(q) == 1 else q
    if rotate:
        q, k = rotary(q), rotary(k)
    q, k, v, _ = fitting(q, k, v)
    return q, k, v
