"""``dlcli attn``: every token looks at all others, and takes of each as much as it is like it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from dlcli.commands.attn.options import Options
from dlcli.commands.attn.record import Source, Work
from dlcli.commands.attn.sources import Sources
from dlcli.commands.kinds.named_axes import in_order
from dlcli.engines.attention.attention import fitting
from dlcli.engines.attention.heads import MultiHeadWeights, even, projected, split_heads
from dlcli.engines.attention.masks import check_mask
from dlcli.engines.attention.positions import rotary
from dlcli.engines.base.checks import Array
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import SENTENCES
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
    sometimes={
        "similarity": "With --model: the cosine of every two sentences' vectors.",
        "vectors": "With --model: each sentence as one vector (sentence, feature), of length 1 unless the "
        "model's modules leave it as it is.",
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


@subcommand("attn", MANUAL, Options, reads=replace(SENTENCES, option="query"))
def command(run: Run, options: Options) -> Worker | Together:
    """Let every token look at all others and take of each as much as its key is like the token's query.

    Without --weights or --project queries, keys and values are the tokens themselves. INPUT is a sentence,
    whose words get untrained vectors from --seed, or a tensor (token, feature): a file, - for standard input,
    or a literal such as '1 2; 3 4'. With --model sentences go through all layers of a trained encoder:
    of one its attention is shown, of several how near their meanings are.
    """
    if options.model is not None:
        from dlcli.commands.attn.model import with_model

        return with_model(run, options, options.model)
    return partial(attended, sources=Sources(options, run))


def attended(tensor: Tensor, *, sources: Sources) -> Result:
    """One sentence or tensor looks at itself, or at what was named."""
    tensor = in_order(tensor, sources.run)
    options, head = sources.options, sources.options.head or 0
    query, key, value = sources.of(tensor)
    joins = all(source.tensor.data.ndim == 2 for source in (query, key, value))
    projection = sources.projection(*(source.tensor.shape[-1] for source in (query, key, value)))
    parts = _parts(sources, (query, key, value), projection, joins)
    heads, queries, width = parts[0].shape
    if head >= heads:
        are = "is one head, 0" if heads == 1 else f"are heads 0 to {heads - 1}"
        raise WrongUsage(f"--head {head}: there {are}")
    similarity = sources.similarity(width, parts[1].shape[-1])
    if sources.mask is not None:
        shape = (heads, queries, parts[1].shape[-2])
        check_mask(sources.mask, shape if sources.mask.ndim > 2 else shape[1:])
    work = Work(
        input=tensor,
        query=query,
        key=key,
        value=value,
        parts=parts,
        projection=projection,
        similarity=similarity,
        mask=sources.mask,
        causal=options.causal,
        fully_masked=options.fully_masked,
        turned=options.position == "rotary",
        joins=joins,
        head=head,
        without_scaling=options.without_scaling and options.similarity == "scaled",
        weights_file=options.weights,
        seed=sources.run.seed,
        line=sources.run.line,
    )
    output = work.output
    outputs: dict[str, Callable[[], Tensor]] = {
        "output": lambda: output,
        **{name: partial(work.table, name) for name in ("scores", "scaled", "masked", "weights")},
        "entropy": lambda: work.entropy,
        **{name: partial(work.part, place) for place, name in enumerate(("queries", "keys", "values"))},
    }
    return Result(outputs, work, explained=lambda: work.cells)


def _parts(
    sources: Sources,
    of: tuple[Source, Source, Source],
    projection: MultiHeadWeights | None,
    joins: bool,
) -> tuple[Array, Array, Array]:
    """Queries (head, query, d), keys (head, key, d), values (head, key, d_v); fewer heads may share keys."""
    options = sources.options
    q, k, v = (source.tensor.data for source in of)
    rotate = options.position == "rotary"
    if projection is not None and joins:
        return projected(q, k, projection, sources.heads, values=v, rotate=rotate)
    if joins:
        for name, x in (("queries", q), ("keys", k), ("values", v)):
            if x.shape[-1] % sources.heads:
                raise DlcliError(
                    f"{sources.heads} heads do not divide the {x.shape[-1]} features of the {name} evenly; "
                    f"{even(sources.heads, x.shape[-1])}"
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
