"""The story of a transformer: the tokens, what each part of each block did to them, who looked at whom."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import cast

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.kinds.attention.layers import CHANGES
from dlcli.commands.kinds.attention.layers_story import (
    change_notices,
    changes_section,
    mean_maps,
    rollout_section,
)
from dlcli.commands.kinds.attention.masks_story import mask_words
from dlcli.commands.transformer.explain import (
    explain,
    explain_changed,
    explain_rolled,
    explain_state,
    explain_weight,
)
from dlcli.commands.transformer.moving import decoding as frames
from dlcli.commands.transformer.record import Work
from dlcli.engines.attention.heads import MultiHead
from dlcli.engines.transformer.blocks import Step
from dlcli.engines.transformer.layer_norm import EPS
from dlcli.tensor import Array, Tensor
from dlcli.views.again import again
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.charts.map_sheet import MapSheet
from dlcli.views.look import SMALL, facts, look
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import Cells, whole
from dlcli.views.shares import share_map, share_matrix
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import FactsTable, Table, with_rest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import formulas
from dlcli.views.text.text import clip
from dlcli.words.number import Numbers, digits, number, rounded

__all__ = ["EXPLAIN", "explain", "frames", "story"]

MOST = 4  # layers whose states are drawn as colours
DRAWN = 8  # terminal rows of the states of one layer
LISTED = 12  # tokens and steps of decoding that are listed
ROUNDING = {4: 1e-4, 8: 1e-12}  # what two ways of adding up may differ by, by the bytes of a number
HEADS = 8  # heads whose maps are drawn
COLUMNS = 4  # blocks and heads that a table of the strongest keys has columns for
NUMBERS = 6  # tokens up to which attention weights are shown as numbers
DIGITS = 2  # of an attention weight
FEW = 4  # tokens that a notice names
CELLS = 2 * SMALL  # tokens of which each has a place of its own in a map


def story(work: Work, *, precision: int = 4) -> Story:
    """The tokens, the blocks, what each part did, the states layer by layer, the attention, the output."""
    order, count = "pre-norm" if work.design.norm_first else "post-norm", len(work.made.blocks)
    each = f", the same for each of {count}" if count > 1 else ""
    sections = [
        Section("input", "Input", origin_words(work.input, precision), FactsTable(_tokens(work))),
        Section("formula", "Block", Text(order + each, style="dim"), formulas([*_formulas(work)])),
        Section("parameters", "Model", body=FactsTable(_model(work))),
        Section("result", "What each part did", body=_parts(work, precision)),
        Section("result", "States", Text("the tokens before the first block and behind each", style="dim"),
                _states(work, precision)),
        *(_all_layers(work) if work.all_layers else attention(work, precision)),
    ]  # fmt: skip
    if work.design.causal:
        sections.append(_decoding(work))
    sections += [
        Section("result", "Output", facts(work.output, precision)),
        Section("notice", "Notice", Text(" ".join(_notices(work)))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    ]
    return Story(*sections)


def _tokens(work: Work) -> list[tuple[str, str]]:
    """How the tokens came to be vectors, and what a decoder looks at beside them."""
    rows: list[tuple[str, str]] = []
    if work.tokens.embedded:
        untrained = f"{work.model.features} numbers a word, drawn from seed {work.seed}: untrained"
        rows.append(("vectors", f"{untrained}; the same word has the same ones"))
    if work.tokens.positions:
        rows.append(("positions", "sines and cosines of the place are added"))
    elif work.tokens.embedded:
        rows.append(("positions", "none: the blocks cannot tell the order of the words"))
    if work.memory is not None:
        words = work.memory.axes[0].labels
        what = f"“{clip(' '.join(words), 40)}”" if words else facts(work.memory).plain
        rows.append(("memory M", f"{what}, {work.memory_made}"))
    for name, mask in (("mask", work.masks["mask"]), ("memory mask", work.masks["memory_mask"])):
        if mask is not None:
            rows.append((name, mask_words(mask, work.mask_means)))
    if work.design.window is not None:
        rows.append(("window", f"a token sees those fewer than {work.design.window} places away"))
    return rows


def _formulas(work: Work) -> Iterator[tuple[str, list[str]]]:
    """The parts in their order, with what they add and where the norm stands."""
    for step in work.block.steps:
        part = {"attention": "attention({})", "memory attention": "attention({}, M)",
                "feed-forward": "forward({})"}[step.name]  # fmt: skip
        side = f"x + {part.format('norm(x)')}" if work.design.norm_first else f"norm(x + {part.format('x')})"
        yield step.name, [f"x → {side}"]


def _model(work: Work) -> list[tuple[str, str]]:
    design, model = work.design, work.model
    what = f"{len(work.made.blocks)} of {'a decoder' if work.decoder else 'an encoder'}"
    sees = ", causal: a token sees itself and those before it" if design.causal else ""
    each = model.features // design.heads
    source = f"from {model.source}" if model.source else f"untrained: drawn from seed {work.seed}"
    order = "pre" if design.norm_first else "post"
    norms = [("norms", f"{order}-norm, ε {design.eps:g}")] if model.source or design.eps != EPS else []
    return [
        ("blocks", what + sees),
        ("heads", f"{design.heads}, {each} of {model.features} features each"),
        ("feed-forward", f"{model.features} → {model.hidden} → {model.features}, {design.activation}"),
        *norms,
        ("weights", f"{work.parameters}, {source}"),
    ]


def _parts(work: Work, precision: int) -> RenderableType:
    names = [f"{place} {step.name}" for place, made in enumerate(work.made.blocks) for step in made.steps]
    measured = [one for block in work.measured for one in block]
    columns = [
        Numbers(np.array([getattr(one, of) for one in measured]), digits(precision, 3)).texts
        for of in ("before", "change", "summed", "scaled", "after", "turned")
    ]
    rows = [
        (name, before, change, summed, f"× {scaled}", after, f"{turned}°")
        for name, before, change, summed, scaled, after, turned in zip(names, *columns, strict=True)
    ]
    header = ("block", "x", "change", "sum", "norm", "out", "turned")
    return Group(
        Table(header, rows, right=range(1, 7), whole=(0,)),
        Text("sizes: root mean square of the features, mean over tokens", style="dim"),
    )


def _states(work: Work, precision: int) -> RenderableType:
    """The states side by side: numbers of small ones, colours of large ones."""
    layers = work.layers
    count, tokens, features = layers.shape
    if max(tokens, features) <= SMALL and count <= SMALL:
        return look(layers, precision=digits(precision, 3, layers.data[0]))
    top = float(np.abs(layers.data[np.isfinite(layers.data)]).max(initial=0)) or 1.0
    names = layers.axes[0].labels or ()
    shown = range(count) if count <= MOST else [0, 1, count - 2, count - 1]
    maps = []
    for place in shown:
        view = HeatMap(layers.data[place], layers.axes[1], layers.axes[2], limits=(-top, top),
                       scale="diverging", height=DRAWN, legend=place == count - 1,
                       cells=whole(layers).where("layer", place).cells(*layers.axis_names[1:]))  # fmt: skip
        maps.append((names[place], view))
    return Shelf(maps)


def _decoding(work: Work) -> Section:
    """A line for each step: what it looked at, what it took, whether it gave the same."""
    steps = work.decoding
    bound = ROUNDING[work.made.output.dtype.itemsize]
    axis = work.tokens.tensor.axes[0]
    shown = list(range(len(steps))) if len(steps) <= LISTED else [*range(LISTED - 1), len(steps) - 1]
    rows = [
        (str(t), clip(axis.place(t), 12), str(t + 1), f"{steps[t].products.cached:,}",
         f"{steps[t].products.again:,}", "yes" if steps[t].difference <= bound else "no")
        for t in shown
    ]  # fmt: skip
    most = max(step.difference for step in steps)
    how = f"equal to the pass over all within {number(bound)}" if most <= bound else f"off by {number(most)}"
    header = ("step", "token", "keys", "with cache", "without", "equal")
    table = Table(header, rows, right=(0, 2, 3, 4, 5))
    below = Text("with and without: multiplications that a step takes", style="dim")
    kept = Text(f"keys and values stay; {how}", style="dim")
    return Section("result", "Step by step", kept, Group(table, below))


def _next(work: Work) -> list[list[str]]:
    """The same line made causal, looking at the memory, or asking for a number."""
    if not work.design.causal:
        return again(work.line, work.input, "--causal")
    if work.memory is not None and not work.at_memory:
        return again(work.line, work.input, "--maps", "memory", without=("--maps",))
    cell = np.unravel_index(int(np.abs(work.made.output).argmax()), work.made.output.shape)
    return again(work.line, work.input, "--explain", ",".join(map(str, cell)))


def _all_layers(work: Work) -> Iterator[Section]:
    """The heads of all blocks as one sheet; their means, rollout, and what became of each token."""
    weights = work.weights.data
    what = "at the memory" if work.at_memory else "rows of a map are queries"
    title = f"{len(weights)}, {_many_heads(work.design.heads)} each; {what}"
    yield Section("result", "All blocks", Text(title, style="dim"), MapSheet(weights, ("block", "head")))
    if not np.isfinite(work.own_weights).all():
        return
    among = " among the tokens, not at the memory" * work.at_memory
    means = Text(f"of the heads of each block{among}: A_l", style="dim")
    yield Section("result", "Means", means, mean_maps(work.own_weights, "block"))
    yield rollout_section(work.rollout, "block", leaves_out="the memory" * (work.memory is not None))
    yield changes_section(work.changes, work.tokens.tensor.axes[0])


def _many_heads(count: int) -> str:
    return f"{count} head{'s' * (count != 1)}"


def attention(work: Work, precision: int) -> Iterator[Section]:
    """The maps of one block, head by head, and each token's strongest key in all blocks."""
    weights = work.weights
    heads = weights.shape[1]
    of_weights = digits(precision, DIGITS)
    shown = min(heads, HEADS)
    top = _top(weights.data[work.layer, :shown])
    maps = [
        _map(weights, work.layer, head, top, of_weights, legend=top < 1 and head == shown - 1)
        for head in range(shown)
    ]
    more = f", {HEADS} of {heads} heads" if heads > HEADS else ""
    at = "at the memory" if work.at_memory else "each row adds up to 1"
    if work.blind.size and not work.at_memory:
        at += ", unless it sees nothing"
    which = Text(f"block {work.layer}{more}: {at}", style="dim")
    yield Section("result", "Attention", which, Shelf(maps))
    yield Section("result", "Looks most at", body=_strongest(weights, work.layer, of_weights))


def _top(weights: Array) -> float:
    """The share that has the strongest colour: all, or, where areas are drawn, the largest."""
    if max(weights.shape[1:]) <= CELLS:
        return 1.0
    return float(weights[np.isfinite(weights)].max(initial=0)) or 1.0


def _map(
    weights: Tensor, layer: int, head: int, top: float, shown: int, *, legend: bool
) -> tuple[str, RenderableType]:
    rows, columns = weights.axes[2:]
    data = weights.data[layer, head]
    cells = Cells(weights.name, f"{layer},{head},r,c")
    if max(data.shape) <= NUMBERS:
        view = share_matrix(rounded(data, shown), rows, columns, precision=shown, cells=cells)
        return f"head {head}", view
    return f"head {head}", share_map(data, rows, columns, top=top, legend=legend, cells=cells)


def _strongest(weights: Tensor, block: int, shown: int) -> RenderableType:
    """Each token's strongest key and its share: in all blocks and heads, or in some of one block."""
    layers, heads, queries, _ = weights.shape
    pairs = [(layer, head) for layer in range(layers) for head in range(heads)]
    if len(pairs) > COLUMNS:
        pairs = [(block, head) for head in range(min(heads, COLUMNS))]
    query, key = weights.axes[2:]
    rows = []
    for token in range(min(queries, LISTED)):
        row = [query.place(token)]
        for layer, head in pairs:
            shares: Array = weights.data[layer, head, token]
            at = int(shares.argmax())
            known = np.isfinite(shares[at])
            found = f"{clip(key.place(at), 10)} {shares[at]:.{shown}f}" if known else "nan"
            row.append("nothing" if shares[at] == 0 else found)
        rows.append(row)
    header = ("token", *(f"block {layer} head {head}" for layer, head in pairs))
    columns = range(1, len(header))
    table = Table(header, rows, whole=columns, heads=columns)
    return with_rest(table, queries - LISTED, "tokens")


def _notices(work: Work) -> Iterator[str]:
    yield from _not_finite(work)
    if not np.isfinite(work.made.output).all():
        return
    trained = work.model.source is not None
    if work.design.norm_first:
        first, last = work.measured[0][0], work.measured[-1][-1]
        if first.before:
            times = number(last.after / first.before, 3)
            yield f"Pre-norm only adds to the tokens: behind the last block they are {times} times as large."
    elif trained:
        yield "Post-norm gives every token the size that the norm's gains say, whatever was added."
    elif not _overflow(work):
        yield "Post-norm brings every token back to the same size after each part."
    yield from _unseen(work)
    if work.all_layers:
        token = work.tokens.tensor.axes[0]
        yield from change_notices(work.changes, token, [*range(len(work.made.input))], "block")
    if not trained:
        yield "The weights are untrained: the maps show how it works, and mean nothing yet."
    if work.design.causal and len(work.decoding) > 1:
        steps = work.decoding[-1].products
        saved = number(steps.again / steps.cached, 3)
        yield f"The last step takes {saved} times fewer multiplications with the cache."


def _unseen(work: Work) -> Iterator[str]:
    """Tokens that see nothing, or that nobody sees, as padding; and what a window leaves to the blocks."""
    if blind := work.blind.size:
        every = blind == len(work.made.input)
        who = "No token may look at anything" if every else f"{blind} of the tokens may look at nothing"
        where = " of the memory" if work.at_memory else ""
        yield f"{who}{where}: what {'its' if blind == 1 else 'their'} heads find is 0."
    mask = work.masks["mask"]
    if mask is not None and mask.dtype.kind == "b":
        tokens = len(work.made.input)
        seen = (
            np.broadcast_to(mask, (*mask.shape[:-2], tokens, tokens)).reshape(-1, tokens, tokens).any(axis=0)
        )
        hidden = np.flatnonzero(~seen.any(axis=0)).tolist()
        if 0 < len(hidden) < tokens:
            names = ", ".join(clip(work.tokens.tensor.axes[0].place(i), 12) for i in hidden[:FEW])
            more = f" and {len(hidden) - FEW} more" if len(hidden) > FEW else ""
            yield (
                f"No token looks at {names}{more}: the others come out as if there were none such; what "
                "comes out in their own rows is to be left aside."
            )
    if work.design.window is not None and len(work.made.blocks) > 1:
        blocks = len(work.made.blocks)
        far = blocks * (work.design.window - 1)
        yield f"Through {blocks} blocks a token is reached from {far} places away, one window a block."


def _not_finite(work: Work) -> Iterator[str]:
    """Where numbers first were none, and how many tokens that reached."""
    output = work.made.output
    lost = int(np.count_nonzero(~np.isfinite(output).all(axis=-1)))
    reached = f"it reaches {lost} of {len(output)} token{'s' * (len(output) != 1)}"
    memory = work.memory is not None and not np.isfinite(work.memory.data).all()
    if lost and (memory or not np.isfinite(work.made.input).all()):
        where = " of the memory" if memory else ""
        yield (
            f"A number{where} that is none (nan, inf) spreads to every token that looks at it, and by every "
            f"norm: {reached}."
        )
    elif (overflow := _overflow(work)) and lost:
        yield f"{overflow}: the input is finite, and what is no number comes up there; {reached}."
    elif overflow:
        yield f"{overflow}: it divides by inf, which leaves zeros."


def _overflow(work: Work) -> str:
    """The first numbers on the way that floats do not hold, in words; nothing where there are none."""
    for place, made in enumerate(work.made.blocks):
        for step in made.steps:
            if what := _too_large(step, norm_first=work.design.norm_first):
                return _beyond(f"In block {place} {what} of the {step.name}", work)
    last = work.made.norm
    if last is not None and not np.isfinite(last.deviation).all():
        return _beyond("The squares in the norm behind the last block", work)
    return ""


def _too_large(step: Step, *, norm_first: bool) -> str:
    """What of one part, in the order of its work, is larger than floats hold; nothing where all fit."""
    norm = "the squares in the norm" * (not np.isfinite(step.norm.deviation).all())
    if norm and norm_first:
        return norm
    if step.name != "feed-forward":
        attended = cast("MultiHead", step.part).attended
        if not all(np.isfinite(array).all() for array in (attended.query, attended.key, attended.value)):
            return "the queries, keys or values"
        # Scores of −inf alone hide a key, and nothing more; a row of them is no softmax.
        if not np.isfinite(attended.weights).all() and not np.isfinite(attended.scores).all():
            return "the scores"
    return norm if np.isfinite(step.part.output).all() else "the sums"


def _beyond(what: str, work: Work) -> str:
    most = number(float(np.finfo(work.made.output.dtype).max))
    return f"{what} are more than floats hold, {most}"


#: Result -> what explains its cells.
EXPLAIN = {
    "output": explain,
    "layers": explain_state,
    "weights": explain_weight,
    "rollout": explain_rolled,
    **{name: partial(explain_changed, name=name) for name in CHANGES},
}
