"""A page of HTML that prints: each sheet begins on a new one, with lines to write on; it loads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlcli.teaching.forms import html
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.markup import Markup, block, escaped, joined, tag
from dlcli.teaching.forms.plain import MADE
from dlcli.teaching.sheet import Item, Sheet
from dlcli.teaching.task import Field
from dlcli.teaching.worked import words

#: Black on white, which prints; a gap is a line to write on.
STYLE = """
body { font: 12pt/1.45 system-ui, sans-serif; color: #000; background: #fff; max-width: 46rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 1.75rem 0 .5rem; }
.sheet + .sheet { break-before: page; margin-top: 4rem; }
.points, .made { font-weight: normal; color: #444; } .made { font-size: .8rem; }
section { break-inside: avoid; }
table { border-collapse: collapse; margin: .75rem 0; break-inside: avoid; }
caption { text-align: left; font-family: ui-monospace, monospace; padding-bottom: .15rem; }
td, th { border: 1px solid #444; padding: .2rem .6rem; text-align: right;
  font-variant-numeric: tabular-nums; }
th { font-weight: normal; font-size: .8rem; color: #444; border-color: #bbb; }
thead td { border: 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: .9rem/1.5 ui-monospace, monospace; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
ol { list-style: lower-alpha; }
.gap { display: inline-block; min-width: 9rem; height: 1.6em; border-bottom: 1px solid #000; }
td .gap { min-width: 4rem; border: 0; }
.solution { border-left: 3px solid #000; padding-left: 1rem; }
@media print { body { margin: 0; max-width: none; padding: 0; } .sheet + .sheet { margin-top: 0; } }
"""

GAP = tag("span", Markup(""), class_="gap")


def page(sheets: Sequence[Sheet], manner: Manner) -> str:
    """All sheets on one page, with their solutions where these are wanted."""
    title = next((one.title for one in sheets if one.title), _otherwise(manner))
    articles = [block("article", *_sheet(one, manner), class_="sheet") for one in sheets]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = block(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", **{"http-equiv": "Content-Security-Policy"}, content=policy),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    return (
        "<!DOCTYPE html>\n" + block("html", head, block("body", block("main", *articles)), lang="en") + "\n"
    )


def _otherwise(manner: Manner) -> str:
    return "Solutions" if manner.solutions == "alone" else "Exercise"


def _sheet(sheet: Sheet, manner: Manner) -> Iterator[Markup]:
    alone = manner.solutions == "alone"
    yield tag("h1", sheet.title or _otherwise(manner), ": solutions" if sheet.title and alone else "")
    yield tag("p", "Name: ", sheet.name or GAP)
    for item in sheet.items:
        task = item.drawn.task
        parts = [_heading(item)]
        if not alone:
            parts += [html.blocks(task), answers(item)]
        if alone or manner.solutions == "after":
            parts.append(block("div", html.worked(task), class_="solution"))
        yield block("section", *parts)
    if manner.solutions == "end":
        yield tag("h2", "Solutions")
        for item in sheet.items:
            yield block("section", tag("h3", f"Task {item.number}"), html.worked(item.drawn.task))
    if sheet.line and not alone:
        yield tag("p", tag("code", MADE + sheet.line.removeprefix(MADE)), class_="made")


def _heading(item: Item) -> Markup:
    points = f"({words(item.points)} point{'s' * (item.points != 1)})"
    return tag("h2", f"Task {item.number}: {item.drawn.topic.title} ", tag("span", points, class_="points"))


def answers(item: Item) -> Markup:
    """Lines to write on, under the names by which ``check`` knows them."""
    fields = item.drawn.task.fields
    return html.answers(fields, lambda place: _gap(fields[place]), f"{item.number}.")


def _gap(field: Field) -> Markup:
    if not field.options:
        return GAP
    options = block("ol", *(tag("li", html.prose(one)) for one in field.options), type="a")
    return joined(
        options,
        tag("p", escaped("Your choice: " if field.form == "choice" else "Your order: "), GAP),
        by="\n",
    )
