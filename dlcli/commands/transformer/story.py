"""The story of a transformer: the tokens, what each part of each block did to them, who looked at whom."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.transformer.explain import explain, explain_state, explain_weight
from dlcli.commands.transformer.maps import attention
from dlcli.commands.transformer.notices import notices
from dlcli.commands.transformer.record import Work
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.look import SMALL, facts, look
from dlcli.views.origin import origin_words, source_word
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.facts_table import FactsTable
from dlcli.views.tables.table import Table
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import Numbers, digits, number

__all__ = ["explain", "story"]

MOST = 4  # layers whose states are drawn as colours
DRAWN = 8  # terminal rows of the states of one layer
LISTED = 12  # steps of decoding that are listed
SENTENCE = "the cat sat on the mat"  # to try where the input cannot be typed again
ROUNDING = {4: 1e-4, 8: 1e-12}  # what two ways of adding up may differ by, by the bytes of a number


def story(work: Work, *, precision: int = 4) -> Story:
    """The tokens, the blocks, what each part did, the states layer by layer, the attention, the output."""
    sections = [
        Section("input", "Input", origin_words(work.input, precision), FactsTable(_tokens(work))),
        Section("formula", "Block", Text(_order(work), style="dim"), Group(*_formulas(work))),
        Section("parameters", "Model", body=FactsTable(_model(work))),
        Section("result", "What each part did", body=_parts(work, precision)),
        Section("result", "States", _states_words(work), _states(work, precision)),
        *attention(work, precision),
    ]
    if work.design.causal:
        sections.append(_decoding(work))
    sections += [
        Section("result", "Output", facts(work.output, precision)),
        Section("notice", "Notice", Text(notices(work))),
        Section("next", "Try next", body=CommandLine(_next(work))),
    ]
    return Story(tuple(sections))


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
    return rows


def _order(work: Work) -> str:
    order = "pre-norm" if work.design.norm_first else "post-norm"
    return f"{order}, the same for each of {len(work.made.blocks)}" if len(work.made.blocks) > 1 else order


def _formulas(work: Work) -> Iterator[Formula]:
    """The parts in their order, with what they add and where the norm stands."""
    names = [step.name for step in work.block.steps]
    wide = max(map(len, names))
    for name in names:
        part = {"attention": "attention({})", "memory attention": "attention({}, M)",
                "feed-forward": "forward({})"}[name]  # fmt: skip
        side = f"x + {part.format('norm(x)')}" if work.design.norm_first else f"norm(x + {part.format('x')})"
        yield Formula(name, f"x → {side}", name_width=wide)


def _model(work: Work) -> list[tuple[str, str]]:
    design, model = work.design, work.model
    kind = "decoder" if work.decoder else "encoder"
    blocks = len(work.made.blocks)
    what = f"{blocks} of a{'n' * (kind == 'encoder')} {kind}"
    sees = ", causal: a token sees itself and those before it" if design.causal else ""
    each = model.features // design.heads
    source = model.source
    return [
        ("blocks", what + sees),
        ("heads", f"{design.heads}, {each} of {model.features} features each"),
        ("feed-forward", f"{model.features} → {model.hidden} → {model.features}, {design.activation}"),
        ("weights", f"{work.parameters}, {f'from {source}' if source else 'untrained: drawn from seed '}"
                    f"{'' if source else work.seed}"),
    ]  # fmt: skip


def _parts(work: Work, precision: int) -> RenderableType:
    """A line for each part of each block: sizes, the turn, and what the norm did."""
    names = [f"{place} {step.name}" for place, made in enumerate(work.made.blocks) for step in made.steps]
    measured = [one for block in work.measured for one in block]
    columns = [
        Numbers(np.array([getattr(one, of) for one in measured]), digits(precision, 3)).texts
        for of in ("before", "change", "summed", "scaled", "after", "turned")
    ]
    rows = [
        (
            name,
            *(column[i] for column in columns[:3]),
            f"× {columns[3][i]}",
            columns[4][i],
            f"{columns[5][i]}°",
        )
        for i, name in enumerate(names)
    ]
    header = ("block", "x", "change", "sum", "norm", "out", "turned")
    return Group(
        Table(header, rows, right=range(1, 7), whole=(0,)),
        Text("sizes: root mean square of the features, mean over tokens", style="dim"),
    )


def _states_words(work: Work) -> Text:
    return Text("the tokens before the first block and behind each", style="dim")


def _states(work: Work, precision: int) -> RenderableType:
    """The states side by side: numbers of small ones, colours of large ones."""
    layers = work.layers
    count, tokens, features = layers.shape
    if max(tokens, features) <= SMALL and count <= SMALL:
        return look(layers, precision=digits(precision, 3))
    top = float(np.abs(layers.data[np.isfinite(layers.data)]).max(initial=0)) or 1.0
    names = layers.axes[0].labels or ()
    shown = range(count) if count <= MOST else [0, 1, count - 2, count - 1]
    return Shelf(
        [
            (
                names[place],
                HeatMap(layers.data[place], layers.axes[1], layers.axes[2], limits=(-top, top),
                        scale="diverging", height=DRAWN, legend=place == count - 1),
            )
            for place in shown
        ]
    )  # fmt: skip


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


def _next(work: Work) -> list[str]:
    """The same line made causal, looking at the memory, or asking for a number."""
    source = source_word(work.input) or SENTENCE
    if work.line.piped:
        return ["dlcli", "transformer", SENTENCE, "--causal"]
    if not work.design.causal:
        return work.line.again(source, "--causal")
    if work.memory is not None and not work.at_memory:
        return work.line.again(source, "--maps", "memory", without=("--maps",))
    cell = np.unravel_index(int(np.abs(work.made.output).argmax()), work.made.output.shape)
    return work.line.again(source, "--explain", ",".join(map(str, cell)))


#: Result -> what explains its cells.
EXPLAIN = {"output": explain, "layers": explain_state, "weights": explain_weight}
