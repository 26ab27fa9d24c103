"""``dlcli transformer``: blocks of attention and feed-forward parts, and what each does to the tokens."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dlcli.commands.kinds.attention.layers import CHANGES, EMITS, FORMULA, OF_ALL
from dlcli.commands.kinds.attention.lost import lost_words
from dlcli.commands.kinds.attention.masks import checked_mask
from dlcli.commands.kinds.attention.one_layer import check_layer
from dlcli.commands.kinds.named_axes import in_order
from dlcli.commands.transformer.options import Options
from dlcli.commands.transformer.parts import Parts
from dlcli.commands.transformer.record import Masks, Work
from dlcli.engines.transformer.blocks import transformer
from dlcli.errors import WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import SENTENCES
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor

#: The headings of its stories.
SECTIONS = (
    "Input", "Block", "Rollout", "Model", "Change by feed-forward", "Change by …", "Its way", "On its way",
    "Products", "Score", "Softmax", "Ways", "All blocks", "Attention", "First-cosine",
    "How each token changes", "Looks most at", "Means", "Norms", "Output", "Previous-cosine", "State",
    "States", "Step by step", "Weight", "What each part did", "Notice", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "output": "The tokens behind the last block (token, feature).",
        "layers": "The tokens before the first block and behind each (layer, token, feature).",
        "weights": "What each token looks at (layer, head, query, key); see --maps.",
        **{name: told[0].upper() + told[1:] for name, told in EMITS.items()},
    },
    formulas={
        "attention": "softmax(Q Kᵀ / √d + mask) V in every head, heads side by side, times Wo",
        "feed-forward": "activation(x W1 + b1) W2 + b2, every token by itself",
        "post-norm": "norm(x + part(x))",
        "pre-norm": "x + part(norm(x))",
        "rollout": f"{FORMULA} among the tokens, a memory left out",
        "norm(x)": "(x − mean) / √(variance + ε) · gain + bias, over a token's features; ε is --eps",
    },
    explains="output, or of layers, weights, rollout, norms or cosines where --emit asks for these",
    examples=(
        "dlcli transformer 'the cat sat on the mat'",
        "dlcli transformer 'the cat sat on the mat' --layers 3 --heads 4 --norm pre --explain cat,5",
        "dlcli transformer 'the cat sat' --causal",
        "dlcli transformer 'the cat sat [PAD] [PAD]' --mask '0 0 0 1 1' --mask-means hidden",
        "dlcli transformer 'the cat sat' --emit weights --explain 0,1,sat,cat",
        "dlcli transformer 'the cat sat on the mat' --layers 4 --layer all",
        "dlcli transformer 'le chat dort' --decoder --memory 'the cat sleeps'",
        "dlcli transformer '1 0 2 1; 0 1 1 3; 2 2 0 1' --emit weights -f csv",
        "dlcli transformer 'the cat sat' -o memory.npz",
        "dlcli transformer 'the cat sat' --causal -o cache.gif",
    ),
    sections=SECTIONS,
)


@subcommand("transformer", MANUAL, Options, reads=SENTENCES)
def command(run: Run, options: Options) -> Worker:
    """Send tokens through blocks of attention and feed-forward parts, and see what each of them does.

    In every block each token looks at the others, then is worked on by itself; residual connections add what
    came out to what went in, and norms keep its size. INPUT is a sentence, whose words get untrained vectors
    from --seed, or a tensor (token, feature): a file, - for standard input, or a literal such as '1 2; 3 4'.
    """
    check_layer(options.layer, run.emit, (*OF_ALL, "weights"), "block")
    return partial(transformed, parts=Parts(options, run))


def transformed(tensor: Tensor, *, parts: Parts) -> Result:
    """One sentence or tensor through all blocks."""
    options = parts.options
    tensor = in_order(tensor, parts.run)
    tokens = parts.tokens(tensor)
    features = tokens.tensor.shape[1]
    model, design = parts.model(features), parts.design(features)
    if isinstance(options.layer, int) and options.layer >= len(model.layers):
        raise WrongUsage(f"--layer {options.layer}: the blocks are 0 to {len(model.layers) - 1}")
    memory, memory_made = parts.memory(features, tokens.tensor.shape[0])
    seen = None if memory is None else memory.data
    masks: Masks = {"mask": parts.mask, "memory_mask": parts.memory_mask}
    for flag, mask, keys in (
        ("--mask", parts.mask, tokens.tensor.shape[0]),
        ("--memory-mask", parts.memory_mask, 0 if seen is None else len(seen)),
    ):
        if mask is not None:
            checked_mask(flag, mask, (design.heads, tokens.tensor.shape[0], keys))
    made = transformer(tokens.tensor.data, model.layers, design, memory=seen, norm=model.norm, **masks)
    work = Work(
        input=tensor,
        tokens=tokens,
        model=model,
        design=design,
        made=made,
        memory=memory,
        memory_made=memory_made,
        masks=masks,
        mask_means=options.mask_means,
        layer=options.layer if isinstance(options.layer, int) else len(model.layers) - 1,
        all_layers=options.layer == "all",
        decoder=options.decoder,
        at_memory=options.maps == "memory" and memory is not None,
        seed=parts.run.seed,
        line=parts.run.line,
    )
    outputs: dict[str, Callable[[], Tensor]] = {
        "output": lambda: work.output,
        "layers": lambda: work.layers,
        "weights": lambda: work.weights,
        "rollout": lambda: work.rollout,
        **{name: partial(work.change, name) for name in CHANGES},
    }
    return Result(
        {name: partial(_with_warning, make, work, parts.run) for name, make in outputs.items()}, work
    )


def _with_warning(make: Callable[[], Tensor], work: Work, run: Run) -> Tensor:
    """A result; where tokens come out as no numbers a line says so, for those whom no story tells it."""
    read = [work.made.input, *([] if work.memory is None else [work.memory.data])]
    if told := lost_words(work.made.output, read, "tokens"):
        run.warn(told)
    return make()
