"""What a command says of itself, and how ``--help`` lays it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import click

from dlcli.runner.option import OTHERS, SHARED, heading


@dataclass(frozen=True)
class Manual:
    """The facts that help, manual page and tests take from one place.

    ``emits`` says what each result is (the first is the default), ``examples`` are whole command lines,
    ``formulas`` what is computed (what it gives -> how), ``tables`` explain words that options know, under a
    title each.
    ``sometimes`` are results that only some runs have, such as what compares several inputs, and ``explains``
    says which results ``--explain`` knows the cells of, where those are others than the first alone.
    ``sections`` are the headings of its stories, with ``…`` for what depends on the run.
    ``texts`` are formats of ``-f`` that this command has beside those of all, each a text of its own: what
    it is, as in "keras: the model as code for Keras".
    """

    emits: Mapping[str, str]
    examples: tuple[str, ...]
    formulas: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sometimes: Mapping[str, str] = field(default_factory=dict)
    explains: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    sections: tuple[str, ...] = ()

    @property
    def results(self) -> Mapping[str, str]:
        """All that ``--emit`` knows."""
        return {**self.emits, **self.sometimes}


def grouped(parameters: list[click.Parameter]) -> Iterator[tuple[str, list[click.Option]]]:
    """The options under their headings: the command's own ones first, ``--help`` among the last."""
    own: dict[str, list[click.Option]] = {}
    others: dict[str, list[click.Option]] = {title: [] for title in (OTHERS, *SHARED)}
    for option in parameters:
        if isinstance(option, click.Option) and not option.hidden:
            title = heading(option)
            (others if title in others else own).setdefault(title, []).append(option)
    if len(others[SHARED[-1]]) == 1:  # a tool tells no story: --help is all that would stand there
        others[OTHERS] += others.pop(SHARED[-1])
    yield from ((title, options) for title, options in {**own, **others}.items() if options)


def write_options(
    formatter: click.HelpFormatter, context: click.Context, parameters: list[click.Parameter]
) -> None:
    """The options by groups, all descriptions in one column."""
    for title, options in grouped(parameters):
        records = [record for option in options if (record := help_record(option, context))]
        with formatter.section(title):
            formatter.write_dl(records)


def help_record(option: click.Option, context: click.Context) -> tuple[str, str] | None:
    """The names of an option and what it does, with the range of its numbers where its type tells one."""
    record = option.get_help_record(context)
    range_ = getattr(option.type, "range", "")
    if record is None or not range_:
        return record
    names, text = record
    return names, f"{text[:-1]}; {range_}]" if text.endswith("]") else f"{text}  [{range_}]"


def write_formulas(formatter: click.HelpFormatter, manual: Manual) -> None:
    """What is computed, one formula a line, the equal signs below each other."""
    if manual.formulas:
        wide = max(map(len, manual.formulas))
        with formatter.section("Formulas"):
            for what, formula in manual.formulas.items():
                formatter.write(f"{'':{formatter.current_indent}}{what:{wide}} = {formula}\n")


def write_tables(formatter: click.HelpFormatter, manual: Manual) -> None:
    """Words that options know, then lines to try, whole and unwrapped."""
    for title, entries in manual.tables.items():
        with formatter.section(title):
            formatter.write_dl(list(entries.items()))
    if manual.sections:
        with formatter.section("Sections"):
            formatter.write_text("; ".join(manual.sections))
    with formatter.section("Examples"):
        for example in manual.examples:
            formatter.write(f"{'':{formatter.current_indent}}{example}\n")
