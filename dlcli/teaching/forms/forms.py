"""The forms in which sheets are written, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from dlcli.teaching.forms.cartridge import cartridge
from dlcli.teaching.forms.data import data
from dlcli.teaching.forms.gift import gift
from dlcli.teaching.forms.latex import latex
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.markdown import markdown
from dlcli.teaching.forms.markup import clean
from dlcli.teaching.forms.moodle import moodle
from dlcli.teaching.forms.page import page
from dlcli.teaching.forms.plain import solved, written
from dlcli.teaching.forms.qti12 import qti12
from dlcli.teaching.forms.qti21 import qti21
from dlcli.teaching.sheet import Sheet

#: Writes sheets: as text, or as the bytes of a package.
Write = Callable[[Sequence[Sheet], Manner], str | bytes]


@dataclass(frozen=True)
class Form:
    """A form by its name; ``several`` says whether one file can hold several sheets."""

    name: str
    help: str
    suffix: str
    several: bool
    write: Write


def plain(sheets: Sequence[Sheet], manner: Manner) -> str:
    """Plain text; solutions stand below the sheet, or alone."""
    if manner.solutions == "after":
        manner.say("plain text has its solutions behind the tasks")
    parts = []
    for one in sheets:
        sheet = [written(one, manner.width)] if manner.solutions != "alone" else []
        parts.append(clean("\n".join([*sheet, *([solved(one)] if manner.solutions else [])])))
    return "\f".join(parts)


def _form(name: str, help: str, suffix: str, write: Write, several: bool = True) -> Form:
    return Form(name, help, suffix, several, write)


#: Name -> form, in the order in which they are listed.
FORMS: dict[str, Form] = {
    one.name: one
    for one in (
        _form("plain", "Plain text, which comes back filled in.", ".txt", plain, False),
        _form("markdown", "Markdown with tables, which comes back filled in.", ".md", markdown, False),
        _form("html", "A page that prints, each sheet on a new one.", ".html", page),
        _form("latex", "LaTeX for pdflatex and xelatex.", ".tex", latex),
        _form("moodle", "Moodle XML: a question bank by topic, with feedback for each slip.", ".xml", moodle),
        _form("gift", "GIFT: a question for each answer.", ".gift", gift),
        _form("qti12", "A QTI 1.2 package, for Canvas (Classic Quizzes).", ".zip", qti12),
        _form("qti21", "A QTI 2.1 package, for OpenOlat and others.", ".zip", qti21),
        _form("cartridge", "Common Cartridge 1.1, choices alone.", ".imscc", cartridge),
        _form(
            "cartridge12", "Common Cartridge 1.2, choices alone.", ".imscc", partial(cartridge, version="1.2")
        ),
        _form(
            "cartridge13", "Common Cartridge 1.3, choices alone.", ".imscc", partial(cartridge, version="1.3")
        ),
        _form("json", "All of a sheet, with its keys where solutions are wanted.", ".json", data),
    )
}
