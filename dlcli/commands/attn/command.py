"""``dlcli attn``: every token looks at all others, and takes of each as much as it is like it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from dlcli.commands.attn.options import Options
from dlcli.commands.attn.places import ROTARY
from dlcli.commands.attn.record import Source, Work
from dlcli.commands.attn.sources import Sources
from dlcli.commands.kinds.attention.layers import EMITS, FORMULA
from dlcli.commands.kinds.attention.lost import lost_words
from dlcli.commands.kinds.attention.masks import checked_mask
from dlcli.commands.kinds.named_axes import in_order
from dlcli.commands.kinds.sounds.blocks import say_alone
from dlcli.engines.attention.attention import fitting
from dlcli.engines.attention.heads import MultiHeadWeights, even, projected, split_heads
from dlcli.engines.attention.positions import rotary
from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.dense import DenseWeights
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import SENTENCES
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Together, Worker
from dlcli.tensor import Axis, Tensor

#: Numbers of one head on the way from queries and keys to weights.
STAGES = ("scores", "scaled", "capped", "masked", "weights")

#: The headings of its stories.
SECTIONS = (
    "Input", "Attention", "Rollout", "Similarity", "Keys", "Model", "Output matrix", "Queries",
    "Queries = keys = values", "Queries, keys, values", "Tokens", "Values", "Heads", "Mean", "Mixed",
    "On its way", "Product", "Products", "Scaled", "Score", "Softmax", "Turned", "Value",
    "Values in their shares", "Ways", "A to B", "All layers", "B to A", "Capped", "Each query",
    "First-cosine", "How each token changes", "Looks most at", "Masked", "Means", "Nearest", "Norms",
    "Output", "Previous-cosine", "Scores", "Sentence", "Weight", "Weights", "What its heads look at",
    "What its layers look at", "Who looks across", "Without the division", "Notice", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "output": "What each query found: the weighted sum of the values (query, feature).",
        "scores": "How alike query and key are, (query, key), or (head, query, key).",
        "scaled": "The scores times the scale: divided by √d.",
        "masked": "Those with the mask: −inf where a query may not look; alibi takes off distance.",
        "weights": "The softmax of each row: shares that add up to 1.",
        "entropy": "How even each query's shares are, in bits (query).",
        "queries": "Q: what is compared with the keys (query, feature).",
        "keys": "K (key, feature).",
        "values": "V (key, feature).",
        "tokens": "X: what queries are made of, words as vectors with their places (token, feature).",
    },
    formulas={
        "Q, K, V": "X · Wq + bq, X · Wk + bk, X · Wv + bv;  X itself without matrices",
        "scores": "Q · Kᵀ",
        "scaled": "scores / √d;  d is the width of a query",
        "capped": "c · tanh(scaled / c)  with --softcap c",
        "masked": "capped − m · |i − j| + mask;  m = 2^(−8 h / H) for head h of H, from 1 on, with ALiBi",
        "weights": "softmax(masked)  over the keys of each query",
        "output": "weights · V, with an output matrix times Wo + bo",
        "rollout": FORMULA,
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
        "capped": "With --softcap: the scaled scores within ± it.",
        **{
            f"w-{name}": f"With matrices, typed or drawn: W{name[0]} (feature, column), "
            f"{'which mixes what the heads found' if name == 'output' else f'which makes {what} of tokens'}."
            for name, what in (("query", "queries"), ("key", "keys"), ("value", "values"), ("output", ""))
        },
        "layers": "With --model: the tokens before the first layer and behind each (layer, token, unit).",
        **{name: f"With --model: {told}" for name, told in EMITS.items()},
        "a-to-b": "With --pair: what words of the first sentence look at in the second (head, query, key).",
        "b-to-a": "With --pair: what words of the second look at in the first.",
        "similarity": "With --model: the cosine of every two sentences' vectors.",
        "vectors": "With --model: each sentence as one vector (sentence, feature), of length 1 unless the "
        "model's modules leave it as it is.",
    },
    explains="the table of scores (query, key), or of queries, keys, values, scores, scaled, capped, masked, "
    "weights, output or similarity where --emit asks for one",
    examples=(
        "dlcli attn 'the cat sat on the mat'",
        "dlcli attn 'the cat sat on the mat' --explain cat,mat",
        "dlcli attn '1 0; 0 1; 1 1' --key '2 0; 0 2' --value '10 0; 0 10' --similarity dot",
        "dlcli attn 'the cat sat on the mat' --causal --heads 2 --project",
        "dlcli attn 'le chat dort' --key 'the cat sleeps' --emit weights -f csv",
        "dlcli attn '1 0; 0 1; 1 1' --mask '1 1 0' --explain 2,0",
        "dlcli attn '1 0; 2 1' --w-query '1 0; 0 1' --w-key '0 1; 1 0' --w-value '1 2; 0 3'",
        "dlcli attn '1 0; 2 1' --w-query '1 0; 0 1' --w-key '0 1; 1 0' --w-value '1 2; 0 3' --emit values "
        "--explain 0,1",
        "dlcli attn 'the cat sat on the mat' --causal --window 3 --softcap 2",
        "dlcli attn 'the cat sat on the mat' -f plain --only weights,each-query",
        "dlcli attn 'the cat sat' --causal -o queries.gif",
    ),
    sections=SECTIONS,
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
    say_alone(tensor, [*range(tensor.data.ndim)], sources.run, "attn")
    options, head = sources.options, sources.options.head or 0
    if isinstance(head, str):
        raise WrongUsage(f"--head {head} is of a model's heads: give --model, or a number")
    query, key, value, offset = sources.of(tensor)
    joins = all(source.tensor.data.ndim == 2 for source in (query, key, value))
    projection = sources.projection(*(source.tensor.shape[-1] for source in (query, key, value)))
    parts = _parts(sources, (query, key, value), projection, joins, offset)
    heads, queries, width = parts[0].shape
    if head >= heads:
        are = "is one head, 0" if heads == 1 else f"are heads 0 to {heads - 1}"
        raise WrongUsage(f"--head {head}: there {are}")
    similarity = sources.similarity(width, parts[1].shape[-1])
    if sources.mask is not None:
        checked_mask("--mask", sources.mask, (heads, queries, parts[1].shape[-2]))
    work = Work(
        input=tensor,
        query=query,
        key=key,
        value=value,
        parts=parts,
        projection=projection,
        similarity=similarity,
        mask=sources.mask,
        mask_means=options.mask_means,
        causal=options.causal,
        window=options.window,
        offset=offset,
        scale=options.similarity_scale,
        cap=options.softcap,
        biased=options.position == "alibi",
        fully_masked=options.fully_masked,
        turned=options.position if options.position in ROTARY else None,
        joins=joins,
        head=head,
        without_scaling=options.without_scaling and options.similarity == "scaled",
        weights_file=options.weights or ("the line" if options.w_query is not None else None),
        seed=sources.run.seed,
        line=sources.run.line,
    )
    output = work.output
    outputs: dict[str, Callable[[], Tensor]] = {
        "output": lambda: output,
        **{name: partial(work.table, name) for name in STAGES if name != "capped" or work.cap is not None},
        "entropy": lambda: work.entropy,
        **{name: partial(work.part, place) for place, name in enumerate(("queries", "keys", "values"))},
        "tokens": lambda: work.query.tensor,
    }
    for name, layer in work.matrices:
        outputs[f"w-{name}"] = partial(matrix, name, layer)
    for name in ("weights", "entropy", "output"):
        outputs[name] = partial(_with_warning, outputs[name], work, sources.run)
    return Result(outputs, work, explained=lambda: work.cells)


def _with_warning(make: Callable[[], Tensor], work: Work, run: Run) -> Tensor:
    """A result; where queries come out as no numbers a line says so, for those whom no story tells it."""
    asked = work.fully_masked == "nan" and work.hides
    blind = np.asarray(work.survey.blind.any(axis=0)) if asked else None
    read = [source.tensor.data for source in (work.query, work.key, work.value)]
    if told := lost_words(work.output.data, read, "queries", blind):
        run.warn(told)
    return make()


def matrix(name: str, layer: DenseWeights) -> Tensor:
    """A matrix that tokens are multiplied by."""
    return Tensor(layer.kernel, (Axis("feature"), Axis("column")), f"w-{name}")


def _parts(
    sources: Sources,
    of: tuple[Source, Source, Source],
    projection: MultiHeadWeights | None,
    joins: bool,
    offset: int,
) -> tuple[Array, Array, Array]:
    """Queries (head, query, d), keys (head, key, d), values (head, key, d_v); fewer heads may share keys."""
    options = sources.options
    q, k, v = (source.tensor.data for source in of)
    shared = options.kv_heads or sources.heads
    if projection is not None and joins:
        q, k, v = projected(q, k, projection, sources.heads, values=v)
    elif joins:
        counts = (sources.heads, shared, shared)
        for name, x, heads in zip(("queries", "keys", "values"), (q, k, v), counts, strict=True):
            if x.shape[-1] % heads:
                raise DlcliError(
                    f"{heads} heads do not divide the {x.shape[-1]} features of the {name} evenly; "
                    f"{even(heads, x.shape[-1])}"
                )
        q, k, v = (split_heads(x, heads) for x, heads in zip((q, k, v), counts, strict=True))
        if q.shape[-1] != k.shape[-1] and options.kv_heads is not None:
            raise DlcliError(
                f"{shared} head{'s' * (shared != 1)} of keys for {sources.heads} of queries: keys of "
                f"{q.shape[-1] * shared} features fit these queries, or --project, which makes such; "
                f"received {k.shape[-1] * shared}"
            )
    else:
        if options.heads is not None or projection is not None:
            raise WrongUsage(
                "--heads and matrices are for the features of tokens (token, feature); "
                "this input has a head axis already"
            )
        q, k, v = (x if x.ndim == 3 else x[None] for x in (q, k, v))
        q = np.broadcast_to(q, (max(len(x) for x in (q, k, v)), *q.shape[1:])) if len(q) == 1 else q
    if options.position in ROTARY:
        interleaved = options.position == "rotary-interleaved"
        q, k = rotary(q, start=offset, interleaved=interleaved), rotary(k, interleaved=interleaved)
    q, k, v, _ = fitting(q, k, v)
    return q, k, v
