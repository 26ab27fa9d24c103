"""What is read and answered, as HTML that is well-formed XML: for the page, Moodle, GIFT and QTI alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dlcli.teaching.forms.answers import groups, headed
from dlcli.teaching.forms.markup import Markup, block, joined, tag
from dlcli.teaching.forms.solution import solution
from dlcli.teaching.task import Block, Field, Grid, Say, Task

#: What stands where a field is answered.
Gap = Callable[[int], Markup]


def prose(text: str) -> Markup:
    """A paragraph's words; what stands between backticks is code.

    >>> prose("type `x < 1` here")
    'type <code>x &lt; 1</code> here'
    """
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick without its partner is one
        parts[-2:] = ["`".join(parts[-2:])]
    return joined(*(tag("code", one) if place % 2 else one for place, one in enumerate(parts)))


def blocks(task: Task) -> Markup:
    """What is given and asked."""
    return joined(*map(of_block, task.blocks), by="\n")


def of_block(one: Block) -> Markup:
    """A paragraph, a table with its headers, or lines as they stand."""
    if isinstance(one, Say):
        return tag("p", prose(one.text))
    if isinstance(one, Grid):
        across, down = headed(one)
        return table(one.name, [[*row] for row in one.rows], across, down)
    return lines([f"({place}) {line}" if one.numbered else line for place, line in enumerate(one.lines, 1)])


def lines(listed: Sequence[str]) -> Markup:
    """Lines that stand as they are."""
    return tag("pre", "\n".join(listed))


def table(
    name: str, rows: Sequence[Sequence[str]], across: Sequence[str] = (), down: Sequence[str] = ()
) -> Markup:
    """A table with a caption, and headers that say whether they are of a row or of a column."""
    head = []
    if across:
        heads = [tag("th", one, scope="col") for one in across]
        head = [block("thead", block("tr", tag("td", Markup("")) if down else Markup(""), *heads))]
    body = [
        block(
            "tr", *([tag("th", down[place], scope="row")] if down else []), *(tag("td", one) for one in row)
        )
        for place, row in enumerate(rows)
    ]
    return block("table", tag("caption", name) if name else Markup(""), *head, block("tbody", *body))


def asked(task: Task, label: str, said: str) -> Markup:
    """A task of which one answer is asked for, with what is said of it."""
    return joined(blocks(task), tag("p", tag("code", label), said), by="\n")


def answers(fields: Sequence[Field], gap: Gap, prefix: str = "") -> Markup:
    """Where each field is answered: ``gap`` makes what is typed into, of its place.

    What a choice is made from is a block, and stands below its name.
    """
    return joined(*_answers(fields, gap, prefix), by="\n")


def _answers(fields: Sequence[Field], gap: Gap, prefix: str) -> Iterator[Markup]:
    for group in groups(fields):
        if isinstance(group, int):
            one = fields[group]
            said = f" {one.remark}".rstrip()
            if one.options:
                yield block("div", tag("p", tag("code", prefix + one.name), said), gap(group))
            else:
                yield tag("p", tag("code", prefix + one.name), " = ", gap(group), said)
            continue
        name = joined(prefix, group.name, group.says)
        yield table(name, [[gap(place) for place in row] for row in group.rows], group.across, group.down)


def worked(task: Task, *, shuffled: bool = False) -> Markup:
    """The worked solution; where a platform shuffles what is chosen from, its letters say nothing."""
    made = solution(task)
    shown = made.reasons if shuffled else made.all
    return joined(lines(shown), *([tag("p", "See: ", tag("code", made.see))] if made.see else []), by="\n")
