"""The story of an attention: tokens, scores, the division by √d, the shares of each row, the weighted sum."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.attn.explain import explain, explain_of_heads
from dlcli.commands.attn.explain_parts import explain_keys, explain_output, explain_queries, explain_values
from dlcli.commands.attn.moving import queries as frames
from dlcli.commands.attn.notices import notices
from dlcli.commands.attn.products import products
from dlcli.commands.attn.record import Source, Work
from dlcli.commands.kinds.attention.masks_story import mask_words
from dlcli.tensor import Array, Axis
from dlcli.views.again import again
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.look import SMALL, facts, look
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import UNKNOWN, Cells, of_matrix
from dlcli.views.pictures.picture import HEIGHT
from dlcli.views.shares import share_matrix
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.table import FactsTable, Table, no_room, with_rest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import bracketed, formulas, plus
from dlcli.views.text.gaps import given
from dlcli.views.text.text import clip
from dlcli.words.number import digits, number

__all__ = ["explain", "frames", "story", "with_axes"]

DIGITS = 3  # of a share and of an entropy
NOTICED = 3

#: Similarity -> the score of a query and a key.
FORMULAS = {
    "scaled": "Q · Kᵀ",
    "dot": "Q · Kᵀ",
    "cosine": "Q · Kᵀ / (|q| · |k|)",
    "general": "Q · W · Kᵀ",
    "additive": "v · tanh(q A + k B)",
}
HEADS = 8  # heads that are drawn
FEW = 6  # queries and keys up to which two tables of numbers stand beside each other
WORDS = 32  # queries up to which each has a line of a map to itself, with its word beside it
TALL = 12  # terminal rows of the map of one head among several
LISTED = 12  # queries that are listed


def story(work: Work, *, precision: int = 4) -> Story:
    """What looks at what, the formulas, the scores on their way to shares, row by row, and the output."""
    heads = None
    if work.heads > 1:
        heads = Text(f"{work.heads} heads beside each other; head {work.head} below", style="dim")
    sections = [
        Section("input", "Input", origin_words(work.input, precision), FactsTable(_sources(work, precision))),
        Section("formula", "Attention", heads, formulas([*_formulas(work, precision)])),
        *_tokens(work, precision),
        *_scores(work, precision),
        Section("result", "Each query", body=by_query(work, precision)),
        Section("result", "Output", facts(work.output, precision), look(work.output, precision=precision)),
        Section("notice", "Notice", Text(" ".join([*notices(work)][:NOTICED]))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    ]
    if work.without_scaling:
        at = next(i for i, section in enumerate(sections) if section.name == "Each query")
        sections.insert(at, _without_scaling(work, precision))
    return Story(*sections)


def _sources(work: Work, precision: int) -> list[tuple[str, str]]:
    """What queries, keys and values are made of, and how words became numbers."""
    rows: list[tuple[str, str]] = []
    for name, source, before in (("keys from", work.key, work.query), ("values from", work.value, work.key)):
        if source.given is not before.given:
            rows.append((name, origin_words(source.given, precision).plain))
    words = [source for source in (work.query, work.key, work.value) if source.words]
    if words:
        drawn = f"{words[0].tensor.shape[1]} numbers a word, drawn from seed {work.seed}: untrained"
        rows.append(("vectors", f"{drawn}; equal words get equal ones"))
    place = work.query.place
    if work.turned:
        pairs = "2i and 2i + 1" if work.turned == "rotary-interleaved" else f"i and i + {work.width // 2}"
        rows.append(("positions", f"queries and keys are turned by their places, features {pairs} as a pair"))
    elif work.biased:
        rows.append(("positions", "scores fall with the distance of query and key, by m in each head"))
    elif place != "none":
        what = "sines and cosines of the place" if place == "sinusoidal" else "learnt vectors of the place"
        rows.append(("positions", f"{what} are added"))
    elif words:
        rows.append(("positions", "none: attention cannot tell the order of the words"))
    drawn = work.weights_file or f"seed {work.seed}, untrained"
    if work.projection is not None:
        names, count = ", ".join(work.learnt), sum(work.learnt.values())
        rows.append(("matrices", f"{names}: {count} number{'s' * (count != 1)} from {drawn}"))
    elif work.similarity.arrays():
        count = sum(array.size for array in work.similarity.arrays().values())
        rows.append(("similarity", f"{count} numbers from {drawn}"))
    groups = work.heads // len(work.parts[1])
    if groups > 1 and work.joins:
        each = f"{groups} heads of queries use each"
        rows.append(
            ("key heads", f"{len(work.parts[1])}, {each}: {groups} times fewer keys and values to keep")
        )
    if work.mask is not None:
        rows.append(("mask", mask_words(work.mask, work.mask_means)))
    if work.window is not None:
        most = work.window if work.causal else 2 * work.window - 1
        rows.append(
            ("window", f"keys fewer than {work.window} places away: at most {_many(str(most), 'key')}")
        )
    queries, keys = work.cells.shape
    if queries != keys and (
        work.offset or work.causal or work.window is not None or work.turned or work.biased
    ):
        rows.append(("places", _aligned(work, queries, keys)))
    return rows


def _aligned(work: Work, queries: int, keys: int) -> str:
    """Where queries stand beside keys, when there are not as many."""
    if work.offset:
        return (
            f"the last query stands at the last key (bottom-right), so query i at key i "
            f"{plus(number(work.offset))}, as behind a cache"
        )
    many = f"{queries} queries, {keys} keys"
    return f"{many}: query i stands at key i (top-left), as with torch's is_causal"


def _formulas(work: Work, precision: int) -> Iterator[tuple[str, list[str]]]:
    if work.projection is not None:
        biased = any(layer.bias.any() for name, layer in work.matrices if name != "output")
        yield "Q, K, V", [", ".join(f"X · W{one}" + f" + b{one}" * biased for one in "qkv")]
    yield "scores", [FORMULAS[work.similarity.name]]
    before = "scores"
    if work.scale is not None:
        yield "scaled", [f"scores · {bracketed(number(work.scale, precision))}"]
        before = "scaled"
    elif work.scales:
        root = number(work.width**0.5, precision)
        yield "scaled", [f"scores / √{work.width}", f"scores / {root}"]
        before = "scaled"
    if work.cap is not None:
        cap = number(work.cap, precision)
        yield "capped", [f"{cap} · tanh({before} / {cap})"]
        before = "capped"
    if work.alters:
        shift = f" {plus(number(work.offset))}" if work.offset else ""
        apart = f" − m · |i{shift} − j|" if work.biased else ""
        yield "masked", [f"{before}{apart}" + " + mask" * work.hides]
        before = "masked"
    if work.slopes is not None:
        m = number(float(work.slopes[work.head]), precision)
        yield "m", [f"slope of head {work.head} of {work.heads}", m]
    yield "weights", [f"softmax({before})", f"exp({before}) / Σ exp({before}) by row"]
    heads = "weights · V, heads side by side" if work.heads > 1 and work.joins else "weights · V"
    mixes = work.projection.output if work.projection is not None else None
    if mixes is not None:
        heads = f"({heads}) · Wo" + " + bo" * bool(mixes.bias.any())
    yield "output", [heads]


def _tokens(work: Work, precision: int) -> Iterator[Section]:
    """Queries, keys and values of the head, those that are the same once; with matrices how they are made."""
    if work.projection is not None:
        yield from products(work, precision)
        return
    groups: list[tuple[list[str], Array, Source]] = []
    sources = (work.query, work.key, work.value)
    for name, place, source in zip(("queries", "keys", "values"), range(3), sources, strict=True):
        data = work.of_head(place)
        same = next((group for group in groups if np.array_equal(group[1], data, equal_nan=True)), None)
        if same:
            same[0].append(name)
        else:
            groups.append(([name], data, source))
    if any(max(data.shape) > SMALL for _, data, _ in groups):
        return
    views = []
    for names, data, source in groups:
        shown = digits(precision, DIGITS, data)
        one = work.told_as(("queries", "keys", "values").index(names[0]))
        cells = UNKNOWN if one is None else of_matrix(one)
        view = Matrix(data, rows=source.axis, columns=Axis("feature"), precision=shown, cells=cells)
        views.append((" = ".join(names), view))
    if len(views) == 1:
        ((title, view),) = views
        yield Section("parameters", title.capitalize(), body=view)
    else:
        yield Section("parameters", "Queries, keys, values", body=Shelf(views))


def _scores(work: Work, precision: int) -> Iterator[Section]:
    """Scores, scaled, masked, weights: numbers of small ones, colours of large ones."""
    small = max(work.cells.shape) <= SMALL
    if work.heads > 1:
        axes = Text("what each of them looks at; rows are queries, columns keys", style="dim")
        yield Section("result", "Heads", axes, heads_maps(work, precision))
    if not small:
        in_blocks = work.survey.picture.shape[-2:] != work.cells.shape
        shown = _blocks(work) if in_blocks else given("each row adds up to 1", "dim")
        yield Section("result", "Weights", shown, weights_table(work, precision))
        return
    like = {"cosine": "from −1 to 1", "general": "by W", "additive": "by a small network"}
    steps = [("scores", like.get(work.similarity.name, "how far each key points along each query"))]
    if work.scale is not None:
        steps.append(("scaled", f"· {number(work.scale, precision)}"))
    elif work.scales:
        steps.append(("scaled", f"÷ √{work.width} = {number(work.width**0.5, precision)}"))
    if work.cap is not None:
        cap = number(work.cap, precision)
        steps.append(("capped", f"{cap} · tanh(x / {cap}): none beyond ±{cap}"))
    if work.alters:
        masked = work.attended.masked[work.head]
        hidden = int(np.count_nonzero(np.isneginf(masked)))
        told = ["less m for each place between"] * work.biased
        told += [f"{hidden} of {masked.size} hidden: exp(−inf) is 0"] * work.hides
        steps.append(("masked", "; ".join(told)))
    rows, columns = work.axes
    for name, words in steps:
        data = getattr(work.attended, name)[work.head]
        view = Matrix(data, rows=rows, columns=columns, precision=precision, cells=of_matrix(work.cells))
        yield Section("result", name.capitalize(), Text(words, style="dim"), view)
    adds_up = given("the softmax of each row adds up to 1", "dim")
    if work.survey.blind[work.head].any():
        adds_up.append(", unless it sees nothing")
    yield Section("result", "Weights", adds_up, weights_table(work, precision))


def _blocks(work: Work) -> Text:
    queries, keys = work.cells.shape
    kept = "" if work.whole else ", never there at once"
    return Text(f"{queries} × {keys} of them{kept}: the largest of each block", style="dim")


def _without_scaling(work: Work, precision: int) -> Section:
    """The weights with and without the division, in the same colours."""
    maps = []
    for name, survey in (("with", work.survey), ("without", work.unscaled)):
        bits, picture = survey.bits[work.head], survey.picture[work.head]
        maps.append((f"{name}: {_even(bits, precision)}", beside(work, picture, precision)))
    both = f"softmax(scores / √{work.width}) beside softmax(scores)"
    return Section("result", "Without the division", Text(both, style="dim"), Shelf(maps))


def _even(bits: Array, precision: int) -> str:
    return f"{number(float(np.mean(bits)), digits(precision, DIGITS))} bits"


def _next(work: Work) -> list[list[str]]:
    """The same line asking why the last query looks where it looks, other than at itself."""
    last = work.cells.shape[0] - 1
    shares = np.nan_to_num(work.row(last).weights[0])
    if work.query.given is work.key.given and len(shares) > 1:
        shares[last] = -1
    cell = f"{last},{int(shares.argmax())}"
    return again(work.line, work.input, "--explain", cell, without=("--query", "--without-scaling"))


def with_axes(work: Work, name: str, *, precision: int = 4) -> RenderableType | None:
    """The weights of one head in the colours of shares."""
    return weights_table(work, precision) if name == "weights" and work.heads == 1 else None


def weights_table(work: Work, precision: int) -> RenderableType:
    """The shares, and what each row adds up to; of many a map."""
    query, key = work.axes
    if max(work.cells.shape) > SMALL:
        words = query.labels is not None and len(query.labels) <= WORDS
        height, cells = WORDS if words else HEIGHT, of_matrix(work.cells)
        return weights_map(work, work.survey.picture[work.head], height=height, cells=cells)
    return share_matrix(
        work.attended.weights[work.head], query, key, precision=precision, along=1,
        cells=of_matrix(work.cells),
    )  # fmt: skip


def weights_map(
    work: Work,
    picture: Array,
    *,
    height: int = HEIGHT,
    legend: bool = True,
    top: float | None = None,
    cells: Cells = UNKNOWN,
) -> RenderableType:
    """Shares as colours up to ``top``, or to the largest; of blocks of them, without labels and ``cells``."""
    axes = [
        axis if length == blocks else _coarser(axis, length / blocks)
        for axis, length, blocks in zip(work.axes, work.cells.shape, picture.shape, strict=True)
    ]
    limits = (0.0, top or _largest(picture))
    cells = cells if picture.shape == work.cells.shape else UNKNOWN
    return HeatMap(
        picture, *axes, scale="sequential", limits=limits, height=height, legend=legend, cells=cells
    )


def _coarser(axis: Axis, tokens: float) -> Axis:
    """The places of blocks of so many tokens along an axis: numbers where it has such, or indices."""
    return Axis(axis.name, start=axis.start or 0.0, step=(axis.step or 1.0) * tokens, unit=axis.unit)


def _largest(picture: Array) -> float:
    return float(picture[np.isfinite(picture)].max(initial=0)) or 1.0


def heads_maps(work: Work, precision: int) -> RenderableType:
    """A small map of each head in the same colours, with how even its rows are on average."""
    shown = min(work.heads, HEADS)
    bits, pictures = work.survey.bits, work.survey.picture
    top = _largest(pictures[:shown])
    maps = []
    for head in range(shown):
        cells = of_matrix(work.cells) if head == work.head else UNKNOWN
        view = weights_map(work, pictures[head], height=TALL, legend=False, top=top, cells=cells)
        maps.append((f"head {head}: {_even(bits[head], precision)}", view))
    return with_rest(Shelf(maps), work.heads - shown, "heads")


def beside(work: Work, picture: Array, precision: int) -> RenderableType:
    """A map to stand beside another, both from 0 to 1: numbers of few weights."""
    if max(picture.shape) <= FEW:
        return share_matrix(picture, *work.axes, precision=digits(precision, 2))
    return weights_map(work, picture, height=TALL, legend=False)


def by_query(work: Work, precision: int) -> RenderableType:
    """The strongest key of each query, its share, and how even the row is."""
    survey, (query, key) = work.survey, work.axes
    bits, strongest, share, blind = (
        part[work.head] for part in (survey.bits, survey.strongest, survey.share, survey.blind)
    )
    shown, rows = digits(precision, DIGITS), []
    for i in range(min(len(bits), LISTED)):
        place = [query.place(i), number(i + work.offset)] if query.labels else [query.place(i)]
        if blind[i] or np.isnan(share[i]):
            rows.append([*place, "nothing" if blind[i] else "no number", "", "", ""])
            continue
        at = int(strongest[i])
        seen = f"{clip(key.place(at), 16)} ({at})" if key.labels else key.place(at)
        part, even, keys = (number(value, shown) for value in (share[i], bits[i], 2.0 ** bits[i]))
        rows.append([*place, seen, part, _many(even, "bit"), _many(keys, "key")])
    header = ["query", *["place"] * bool(query.labels), "looks most at", "share", "entropy", "as even as"]
    right = range(len(header) - 3, len(header))
    spare = [*[1] * bool(query.labels), len(header) - 1]
    table = Table(header, rows, right=right, spare=spare, missing=no_room)
    most = number(float(np.log2(max(work.parts[1].shape[-2], 1))), shown)
    more = f"and {len(bits) - LISTED} more queries; " if len(bits) > LISTED else ""
    below = f"{more}a row of shares all alike has {_many(most, 'bit')}"
    return Group(table, Text(below, style="dim"))


def _many(number: str, what: str) -> str:
    return f"{number} {what}{'s' * (number != '1')}"


#: Result -> what explains its cells: the way from a query and a key to a weight, and the sums around it.
EXPLAIN = {
    **dict.fromkeys(("scores", "scaled", "capped", "masked", "weights"), explain_of_heads),
    "queries": explain_queries,
    "keys": explain_keys,
    "values": explain_values,
    "output": explain_output,
}
