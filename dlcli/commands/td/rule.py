"""The rule by which values are learnt, with the discount and the step size of the run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.td.protocol import Work
from dlcli.views.story import Section
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip, plain
from dlcli.words.number import MINUS, number

if TYPE_CHECKING:
    from dlcli.engines.decisions.learning.prediction import Method


def formula(work: Work, precision: int) -> Section:
    """The update rule of the first method, with the discount and the step size of this run."""
    method, settings = work.methods[0], work.settings
    alphas = dict.fromkeys("1/n" if one.alpha is None else number(one.alpha) for one in work.methods)
    told = [f"γ = {number(settings.gamma, precision)}", _policy(work.policy_word)]
    if not method.batch:
        told.insert(0, f"α = {', '.join(alphas)}")
    lines: list[tuple[str, str]] = []
    for one in work.methods:
        lines += _rule(one.name, one.n, one.traces)
    names = list(dict.fromkeys(lines))
    wide = max(cell_len(name) for name, _ in names)
    body: list[RenderableType] = [Formula(name, side, name_width=wide) for name, side in names]
    if method.batch:
        body.append(
            Text("all updates of all episodes so far, again and again, until nothing moves", style="dim")
        )
    same = len({method_kind(one) for one in work.methods}) == 1
    label = work.labels[0].partition(", α")[0] if same else "Updates of values"
    return Section("formula", label, plain(", ".join(told), "dim"), Group(*body))


def method_kind(method: Method) -> tuple[object, ...]:
    """What a method is, its step size aside."""
    return method.name, method.n, method.decay, method.traces, method.first_visit, method.batch


def _policy(word: str) -> str:
    if word in ("random", "greedy", "optimal"):
        return f"π is the {word} policy"
    return f"π is the policy in {clip(word, 40)}"


def _rule(name: str, n: int, traces: str) -> Iterator[tuple[str, str]]:
    """The lines of one method's rule."""
    if name == "mc":
        yield "G", "r + γ·r' + γ²·r'' + … to the end"
        yield "new V(s)", f"V(s) + α · [G {MINUS} V(s)]"
    elif name == "n-step" and n > 1:
        yield f"G of {n}", f"r + γ·r' + … + γ^{n} · V(s after {n} steps)"
        yield "new V(s)", f"V(s) + α · [G of {n} {MINUS} V(s)]"
    elif name == "lambda":
        yield "δ", f"r + γ · V(s') {MINUS} V(s)"
        yield "trace of s", "1" if traces == "replacing" else "γ · λ · trace + 1"
        yield "others", "γ · λ · trace"
        yield "new V", "V + α · δ · trace"
    else:
        yield "new V(s)", f"V(s) + α · [r + γ · V(s') {MINUS} V(s)]"
