"""The story of an encoder and a decoder: the context, each word with its probability, their product."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.kinds.recurrence.timing_story import measured
from dlcli.commands.seq2seq.explain import explain, explain_alignment, explain_context, explain_logarithm
from dlcli.commands.seq2seq.moving import writing as frames
from dlcli.commands.seq2seq.record import Work
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.again import again
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.charts.series import Series
from dlcli.views.look import SMALL, look, range_words
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import Cells, listed, of_matrix
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.table import FactsTable, Table, with_rest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula, formulas, plus
from dlcli.views.text.gaps import answer, given
from dlcli.views.text.text import clip
from dlcli.words.number import Numbers, counted, number

__all__ = ["EXPLAIN", "explain", "frames", "story"]

FACTORS = 8  # of a product that is written out
OTHERS = 3  # words that are told of each step beside the one that was said
CHART = 8  # terminal rows of the chart of times
KEPT = 5  # sequences that are listed of those that a beam kept

#: Options that write or measure something beside what the next line is for.
ASIDE = ("--save-weights", "--layout", "--time")

CELLS = {"simple": "simple cells", "lstm": "LSTM cells", "gru": "GRU cells", "leaky": "leaky units"}


def story(work: Work, *, precision: int = 4) -> Story:
    """What was read, the context, what was said with which probability, and what it took."""
    sections = [
        Section("input", "Input", origin_words(work.input, precision)),
        _formulas(work),
        _course_notes(work),
        Section("parameters", "Weights", body=FactsTable(list(_parameters(work)))),
        *_conventions(work),
        Section("result", "Encoder", given(_states_words(work), "dim"), _encoder(work, precision)),
        Section("result", "Context", _context_words(work, precision)),
        Section("result", "Answer", _answer(work, precision)),
        Section("result", "Decoder", given(_how(work), "dim"), _steps(work, precision)),
        Section("result", "Product", body=Group(*_product(work, precision))),
    ]
    if work.translator.net.tokens > 1:
        title, body = _candidates(work, precision)
        sections.append(Section("result", title, body=body))
    sections += _alignment(work, precision)
    sections += _beam(work, precision)
    if work.times:
        sections.append(_times(work))
    sections += [
        Section("notice", "Notice", Text(" ".join(_notices(work, precision)))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    ]
    return Story(*sections)


def _formulas(work: Work) -> Section:
    net = work.translator.net
    last = len(work.encoded.states) - 1
    both = net.encoder[-1].backward is not None
    looks = net.attention
    fed = f", c{'[t]' * (looks is not None)}" if net.feeds_context else ""
    lines = {"h[t]": "f(x[t], h[t−1])"}
    if both:
        lines = {"h→[t]": "f(x[t], h→[t−1])", "h←[t]": "f(x[t], h←[t+1])", "h[t]": "[h→[t], h←[t]]"}
    lines |= {
        "c": f"[h→[{last}], h←[0]]" if both else f"h[{last}]",
        "s[t]": f"g(y[t−1], s[t−1]{fed})" + ",  s[−1] = c" * (looks is None),
    }
    if looks is not None:
        lines["s[−1]"] = "c"
        s = "s[t−1]" if looks.combine is None else "s[t]"
        score = {"additive": f"v · tanh({s} A + h[j] B)", "general": f"{s} W · h[j]"}
        lines["a[t, j]"] = f"softmax over j of {score.get(looks.similarity.name, f'{s} · h[j]')}"
        lines["c[t]"] = "Σ over j of a[t, j] h[j]"
    if looks is not None and looks.combine is not None:
        lines["s̃[t]"] = "tanh([c[t], s[t]] W_c)"
        lines["p(y[t] | …)"] = "softmax(s̃[t] V + a)"
    else:
        lines["p(y[t] | …)"] = "softmax(s[t] V + a)"
    lines["p(y | c)"] = "Π p(y[t] | …)"
    return Section("formula", "Formula", body=formulas([(name, [line]) for name, line in lines.items()]))


def _course_notes(work: Work) -> Section:
    """How the notes of the course count, beside how the steps are counted here."""
    last = len(work.encoded.states) - 1
    both = work.translator.net.encoder[-1].backward is not None
    end = f"h→[{last}] beside h←[0] here" if both else f"h[{last}]"
    said = f"they count from 1: x_1 is x[0], y_1 is y[0], and c = h_{{T_x}} is {end}."
    return Section("formula", "Course notes", Text(said, style="dim"))


def _conventions(work: Work) -> Iterator[Section]:
    """What the layout of a file's weights implies."""
    if known := list(work.translator.conventions.items()):
        yield Section("parameters", "Conventions", body=FactsTable(known), detail=True)


def _parameters(work: Work) -> Iterator[tuple[str, str]]:
    net = work.translator.net
    yield "from", work.translator.origin
    for name, layers in (("encoder f", net.encoder), ("decoder g", net.decoder)):
        first = layers[0].forward
        deep = f", {len(layers)} layers" if len(layers) > 1 else ""
        count = sum(layer.parameters for layer in layers)
        deep += ", both directions" * (layers[-1].backward is not None)
        yield name, f"{first.features} → {layers[-1].width}, {CELLS[first.kind]}{deep}, {count} parameters"
    width = net.decoder[-1].width
    if net.attention is not None:
        yield "attention", f"{net.attention.kind}, {net.attention.parameters} parameters"
    yield "output V, a", f"{width} → {net.tokens} tokens, {net.readout.parameters} parameters"


def _states_words(work: Work) -> str:
    steps, units = work.encoded.states.shape
    return f"h at each of {steps} step{'s' * (steps != 1)}, {units} unit{'s' * (units != 1)}"


def _encoder(work: Work, precision: int) -> RenderableType:
    """The states as numbers when there are few, else as a picture."""
    states = Tensor(work.encoded.states, (work.sequence.time, Axis("unit")), "states")
    if max(states.shape) <= SMALL:
        return Matrix(states.data, rows=states.axes[0], columns=states.axes[1], precision=precision)
    return look(states, precision=precision, height=12)


def _context_words(work: Work, precision: int) -> Text:
    context = work.encoded.context
    steps = len(work.encoded.states)
    name = f"h[{steps - 1}]"
    if work.translator.net.encoder[-1].backward is not None:
        name = f"[h→[{steps - 1}], h←[0]]"
    told = f"c = {name}, {len(context)} number{'s' * (len(context) != 1)} for all that was read"
    if work.encoded.last[-1].cell is not None:
        told += ", and as many of the cell state"
    return given(told).append(f": {range_words(context, precision)}")


def _answer(work: Work, precision: int) -> Text:
    shown = _sentence(work, work.decoded.tokens)
    p = number(math.exp(work.decoded.log_likelihood), precision)
    return Text(f"“{clip(shown, 100)}”, p = {p}") if shown else answer(f"nothing but the end, p = {p}")


def _sentence(work: Work, tokens: Array) -> str:
    """The words without the token that ends them."""
    return " ".join(work.words(tokens[:-1] if _ended(work, tokens) else tokens))


def _ended(work: Work, tokens: Array) -> bool:
    end = work.translator.net.end
    return end is not None and int(tokens[-1]) == end


def _how(work: Work) -> str:
    if work.target is not None:
        return "made to say --target: what it would have given each word"
    if work.trace:
        return f"the likeliest of {work.beam} followed"
    if (how := work.sampling) is not None:
        parts = [f"temperature {number(how.temperature, 15)}"]
        if how.top_k is not None:
            parts.append(f"among the {how.top_k} most probable")
        if how.top_p is not None:
            parts.append(f"among the fewest that have {number(how.top_p, 15)} of the probability")
        return f"each drawn by --seed {how.seed}: {', '.join(parts)}"
    return "at every step the likeliest token (greedy)"


def _steps(work: Work, precision: int) -> BarTable:
    decoded = work.decoded
    said = work.words(decoded.tokens)
    columns = {"log p": decoded.chosen, "p": np.exp(decoded.chosen)}
    together = {"log p": decoded.log_likelihood, "p": math.exp(decoded.log_likelihood)}
    labels = [f"{step} {word}" for step, word in enumerate(said)]
    cells = listed(work.output.name, enumerate(decoded.tokens.tolist()))
    return BarTable(
        "step", labels, columns, totals=[("sum, product", together)], cells=cells,
        found=work.target is None, precision=precision,
    )  # fmt: skip


def _product(work: Work, precision: int) -> Iterator[Formula]:
    decoded = work.decoded
    shares = [number(p, precision) for p in np.exp(decoded.chosen)]
    logs = [number(p, precision) for p in decoded.chosen]
    if len(shares) > FACTORS:
        half = FACTORS // 2
        shares = [*shares[:half], "…", *shares[-half:]]
        logs = [*logs[:half], "…", *logs[-half:]]
    added = " ".join([logs[0], *map(plus, logs[1:])])
    if len(decoded.tokens) == 1:
        yield Formula("p(y | c)", shares[0], name_width=12)
        yield Formula("log p(y | c)", logs[0], name_width=12)
        return
    result = number(math.exp(decoded.log_likelihood), precision)
    yield Formula("p(y | c)", " · ".join(shares), result, name_width=12)
    yield Formula("log p(y | c)", added, number(decoded.log_likelihood, precision), name_width=12)


def _candidates(work: Work, precision: int) -> tuple[str, RenderableType]:
    """All probabilities when there are few words, else the likeliest of every step."""
    output = work.output
    said = work.words(work.decoded.tokens)
    if max(output.shape) <= SMALL:
        rows = Axis("step", tuple(f"{step} {word}" for step, word in enumerate(said)))
        return "Probabilities", Matrix(
            output.data,
            rows=rows,
            columns=output.axes[1],
            precision=precision,
            scale="sequential",
            limits=(0, 1),
            cells=of_matrix(output),
            found=work.target is None,
        )
    best = np.argsort(-output.data, axis=1, kind="stable")[:, :OTHERS]
    digits = Numbers(np.take_along_axis(output.data, best, axis=1), precision).texts.tolist()
    rows_ = [
        [str(step), *(f"{clip(word, 12)} {text.strip()}" for word, text in zip(words, texts, strict=True))]
        for step, (words, texts) in enumerate(zip((work.words(row) for row in best), digits, strict=True))
    ]
    heads = ["step", "likeliest", "second", "third"][: 1 + best.shape[1]]
    return "Likeliest words", Table(heads, rows_, right=(0,), whole=(1, 2, 3))


def _alignment(work: Work, precision: int) -> Iterator[Section]:
    """How much of each state that was read goes into each step that is written."""
    shares = work.decoded.alignment
    if shares is None:
        return
    said = Axis("step", tuple(f"{t} {word}" for t, word in enumerate(work.words(work.decoded.tokens))))
    told = Text("a[t, j]: in a row what is written, in its columns what was read", style="dim")
    body: RenderableType
    if max(shares.shape) <= SMALL:
        body = Matrix(
            shares, rows=said, columns=work.read_axis, precision=precision, scale="sequential", limits=(0, 1),
            cells=Cells("alignment", "r,c"), found=work.target is None,
        )  # fmt: skip
    else:
        body = HeatMap(
            shares, said, work.read_axis, scale="sequential", limits=(0, float(shares.max())), height=12,
            cells=Cells("alignment", "r,c"),
        )  # fmt: skip
    yield Section("result", "Alignment", told, body)


def _looks(work: Work) -> Iterator[str]:
    """Where the decoder looks, and how sharply."""
    shares = work.decoded.alignment
    if shares is None:
        return
    step, place = (int(at) for at in np.unravel_index(int(shares.argmax()), shares.shape))
    word, labels = clip(work.words(work.decoded.tokens)[step], 20), work.read_axis.labels
    read = f"h[{place}]" if labels is None else f"“{clip(labels[place], 20)}”"
    yield (
        f"Each step looks back at all {counted(shares.shape[1], 'state')}; the most of one, "
        f"{number(shares[step, place], 3)}, is of {read} for “{word}” (evenly it would be "
        f"{number(1 / shares.shape[1], 3)})."
    )


def _drawn(work: Work) -> Iterator[str]:
    """How often another than the likeliest was drawn."""
    draws = work.decoded.draws
    if not draws:
        return
    other = sum(one.word != one.greedy for one in draws)
    yield f"In {other} of {counted(len(draws), 'step')} another than the likeliest token was drawn."


def _notices(work: Work, precision: int) -> Iterator[str]:
    decoded, net = work.decoded, work.translator.net
    if not work.translator.trained:
        yield "Nobody has trained these weights: every word is about as likely as any other, 1 of " + (
            f"{net.tokens} being {number(1 / net.tokens, precision)}."
        )
    if work.target is not None:
        yield from _beside_greedy(work, precision)
    if not _ended(work, decoded.tokens) and work.target is None:
        yield f"The decoder did not end by itself: --steps {work.steps} ended it."
    yield from _looks(work)
    yield from _drawn(work)
    read, wrote = len(work.encoded.states), len(decoded.tokens)
    measure = "" if work.times else " (--time measures it)"
    through = "" if decoded.alignment is not None else "All that goes from reader to writer is c. "
    yield (
        f"{through}Each of {read} + {wrote} steps waits for the one before: "
        f"no machine can do them at once{measure}."
    )


def _beside_greedy(work: Work, precision: int) -> Iterator[str]:
    """The target beside what the net would have said."""
    ours, theirs = work.decoded, work.greedy
    if ours.tokens.tolist() == theirs.tokens.tolist():
        yield "The target is just what the decoder would have said."
        return
    lowest = int(ours.chosen.argmin())
    word = work.words(ours.tokens)[lowest]
    said = clip(_sentence(work, theirs.tokens), 60)
    yield f"By itself the decoder says “{said}”, p = {number(math.exp(theirs.log_likelihood), precision)}."
    yield f"Of the target, “{clip(word, 20)}” at step {lowest} is the least expected."


def _beam(work: Work, precision: int) -> list[Section]:
    """The sequences that were kept last, and the path of the search there; none without a beam."""
    if not work.trace:
        return []
    final = work.trace[-1]
    logs = np.array([one.log_probability for one in final[:KEPT]])
    columns = Numbers(logs, precision).texts.tolist(), Numbers(np.exp(logs), precision).texts.tolist()
    rows = [
        [str(rank), *numbers, " ".join(work.words(np.array(one.tokens))) + ("" if one.ended else " …")]
        for rank, (one, *numbers) in enumerate(zip(final[:KEPT], *columns, strict=True), 1)
    ]
    greedy = work.greedy.log_likelihood
    gained = final[0].log_probability - greedy
    told = (
        f"{math.exp(gained):.{max(precision - 1, 1)}f} times as likely as the greedy answer"
        if gained > 1e-9
        else "the greedy answer is the likeliest of them"
    )
    table = Table(["", "log p", "p", "sequence"], rows, right=(0, 1, 2), whole=(3,))
    return [
        Section("result", "Beam", Text(f"{work.beam} side by side; {told}", style="dim"),
                with_rest(table, len(final) - len(rows))),
        Section("result", "Search", Text("the last word of what was kept, and p so far", style="dim"),
                _search(work)),
    ]  # fmt: skip


def _search(work: Work) -> Table:
    """A row a step: the sequences that were kept, each by its last word."""
    rows = []
    for step, kept in enumerate(work.trace):
        cells = []
        for one in kept[:KEPT]:
            (word,) = work.words(np.array(one.tokens[-1:]))
            cells.append(f"{word} {number(math.exp(one.log_probability), 3)}")
        rows.append([str(step), *cells, *[""] * (min(work.beam, KEPT) - len(cells))])
    ranks = [str(rank) for rank in range(1, min(work.beam, KEPT) + 1)]
    spare = tuple(range(len(ranks), 1, -1))
    most = max(map(len, work.trace))

    def missing(heads: Sequence[str]) -> str:
        others = most - (len(ranks) - len(heads))
        return f"and up to {others} more at each step" if others > 0 else ""

    whole = range(1, len(ranks) + 1)
    return Table(["step", *ranks], rows, right=(0,), spare=spare, whole=whole, missing=missing)


def _times(work: Work) -> Section:
    """How the decoder's time grows, measured just now: steps that wait for each other, and what need not."""
    times = work.times
    steps = np.array([one.steps for one in times])
    serial = np.array([one.serial.least for one in times])
    together = np.array([one.together.least for one in times])
    rows = [
        [str(count), f"{number(1e3 * one, 3)} ms", f"{number(1e6 * one / count, 3)} µs",
         f"{number(1e3 * at_once, 3)} ms"]
        for count, one, at_once in zip(steps, serial, together, strict=True)
    ]  # fmt: skip
    slower, longer = (number(values[-1] / values[0], 3) for values in (serial, steps))
    table = Table(["steps", "one by one", "a step", "x W at once"], rows, right=range(4))
    lines = [
        Series(name, 1e3 * y, steps) for name, y in {"one by one": serial, "x W at once": together}.items()
    ]
    chart = LineChart(lines, Axis("steps"), y="ms", height=CHART)
    grown = f"of the processor: {longer} times the steps took {slower} times as long"
    told = Text(f"{grown}; {measured([one.serial for one in times])}", style="dim")
    return Section("result", "Time", told, Group(table, Text(""), chart))


def _next(work: Work) -> list[list[str]]:
    """The same line, asking why a word was said; after a target with a beam, after a beam without one."""
    line, x, translator = work.line, work.input, work.translator
    if work.target is not None:
        return again(line, x, "--beam", "3", without=(*ASIDE, "--target"))
    if work.trace:
        return again(line, x, without=(*ASIDE, "--beam"))
    if (shares := work.decoded.alignment) is not None:
        cell = ",".join(map(str, np.unravel_index(int(shares.argmax()), shares.shape)))
        return again(line, x, "--emit", "alignment", "--explain", cell, without=ASIDE)
    step = int(work.decoded.chosen.argmin())
    token = int(work.decoded.tokens[step])
    word = translator.target[token]
    return again(line, x, "--explain", f"{step},{token if ',' in word else word}", without=ASIDE)


#: Result -> what explains its cells.
EXPLAIN = {
    "probabilities": explain,
    "log-probabilities": explain_logarithm,
    "alignment": explain_alignment,
    "contexts": explain_context,
}
