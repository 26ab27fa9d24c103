"""LaTeX for pdflatex and xelatex: ``article`` and packages that every TeX has, in ASCII alone.

Whatever stands in a name or a text is escaped; signs of mathematics and Greek letters are macros, accents
are put on their letters. A letter that no macro writes is taken from the font where the engine has it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from dlcli.teaching.forms.answers import Table, groups, headed
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.markup import clean
from dlcli.teaching.forms.plain import MADE
from dlcli.teaching.forms.solution import solution
from dlcli.teaching.reading import letter
from dlcli.teaching.sheet import Item, Sheet
from dlcli.teaching.task import Block, Grid, Say, Task
from dlcli.teaching.worked import words

PREAMBLE = r"""\documentclass[a4paper,11pt]{article}
\ifdefined\Umathchar\else\usepackage[T1]{fontenc}\fi
\usepackage{textcomp}
\usepackage[a4paper,margin=2.5cm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
\pagestyle{plain}
\frenchspacing
\emergencystretch=3em
% a line to write on, and a cell of a table to write in
\newcommand{\gap}{\rule[-2pt]{4cm}{0.4pt}}
\newcommand{\cell}{\rule[-8pt]{0pt}{24pt}\hspace{1.4cm}}
% a letter that no macro writes: from the font of xelatex, or its number
\newcommand{\uni}[2]{\ifdefined\Umathchar\iffontchar\font"#1 #2\else[U+#1]\fi\else[U+#1]\fi}
\begin{document}
"""

END = "\\end{document}\n"

#: What TeX reads as its own, and signs that print otherwise than they are typed.
ASCII = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}", "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}", "-": "-{}", ",": ",{}", "!": "!{}", "?": "?{}", "*": "{*}", "[": "{[}",
    "]": "{]}",
}  # fmt: skip

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi",
    "ρ": "rho", "σ": "sigma", "ς": "varsigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi",
    "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi",
    "Σ": "Sigma", "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip

SIGNS = {
    "−": "-", "×": r"\times", "·": r"\cdot", "⋅": r"\cdot", "÷": r"\div", "±": r"\pm", "∓": r"\mp",
    "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "≡": r"\equiv", "∝": r"\propto", "∞": r"\infty",
    "∂": r"\partial", "∇": r"\nabla", "√": r"\surd", "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∈": r"\in",
    "∉": r"\notin", "∪": r"\cup", "∩": r"\cap", "⊂": r"\subset", "⊆": r"\subseteq", "∅": r"\emptyset",
    "∀": r"\forall", "∃": r"\exists", "∧": r"\wedge", "∨": r"\vee", "¬": r"\neg", "⊙": r"\odot",
    "⊗": r"\otimes", "⊕": r"\oplus", "∘": r"\circ", "∗": r"\ast", "→": r"\to", "←": r"\leftarrow",
    "↔": r"\leftrightarrow", "↑": r"\uparrow", "↓": r"\downarrow", "⇒": r"\Rightarrow", "⇐": r"\Leftarrow",
    "⇔": r"\Leftrightarrow", "↦": r"\mapsto",
    "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "⟨": r"\langle", "⟩": r"\rangle",
    "‖": r"\Vert", "′": r"{}'", "″": r"{}''", "°": r"{}^\circ", "µ": r"\mu", "ϵ": r"\epsilon", "ϕ": r"\phi",
    "ϑ": r"\vartheta", "ℓ": r"\ell", "ℝ": r"\mathbf{R}", "ᵀ": r"{}^T", "⁺": "{}^+", "⁻": "{}^-", "⁽": "{}^(",
    "⁾": "{}^)", "ⁿ": "{}^n", "ᵢ": "{}_i", "ⱼ": "{}_j", "ₜ": "{}_t", "ₖ": "{}_k", "ₙ": "{}_n", "₊": "{}_+",
    "₋": "{}_-", "⋯": r"\cdots", "⋮": r"\vdots", "■": r"\bullet", "•": r"\bullet",
}  # fmt: skip
SIGNS |= {one: f"{{}}^{digit}" for digit, one in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
SIGNS |= {one: f"{{}}_{digit}" for digit, one in enumerate("₀₁₂₃₄₅₆₇₈₉")}
SIGNS |= {one: f"\\{name}" for one, name in GREEK.items()}

TEXT = {
    "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ø": r"\o{}", "Ø": r"\O{}",
    "ł": r"\l{}", "Ł": r"\L{}", "đ": r"\dj{}", "Đ": r"\DJ{}", "ð": r"\dh{}", "Ð": r"\DH{}", "þ": r"\th{}",
    "Þ": r"\TH{}", "ı": r"\i{}", "…": r"\dots{}", "–": r"\textendash{}", "—": r"\textemdash{}", "‐": "-{}",
    "‘": r"\textquoteleft{}", "’": r"\textquoteright{}", "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}", "„": r"\quotedblbase{}", "«": r"\guillemotleft{}",
    "»": r"\guillemotright{}", "§": r"\S{}", "€": r"\texteuro{}", "£": r"\pounds{}", "©": r"\textcopyright{}",
    "½": r"\textonehalf{}", "¼": r"\textonequarter{}", "¾": r"\textthreequarters{}",
    "¡": r"\textexclamdown{}", "¿": r"\textquestiondown{}", "\N{NO-BREAK SPACE}": "~",
}  # fmt: skip

#: Accents, by the mark that a letter is composed with.
ACCENTS = {
    "\u0300": r"\`", "\u0301": r"\'", "\u0302": r"\^", "\u0303": r"\~", "\u0304": r"\=", "\u0306": r"\u",
    "\u0307": r"\.", "\u0308": r"\"", "\u030a": r"\r", "\u030b": r"\H", "\u030c": r"\v", "\u0327": r"\c",
    "\u0328": r"\k", "\u0323": r"\d", "\u0331": r"\b",
}  # fmt: skip


def latex(sheets: Sequence[Sheet], manner: Manner) -> str:
    """All sheets in one document, each on new pages that are counted from 1."""
    pages = "\n\\clearpage\\setcounter{page}{1}\n".join("\n\n".join(_sheet(one, manner)) for one in sheets)
    return PREAMBLE + pages + "\n" + END


def escaped(text: str) -> str:
    r"""A text as TeX prints it, in ASCII.

    >>> print(escaped("100 % of Žofie's x₁ ≤ −2"))
    100 \% of \v{Z}ofie\textquotesingle{}s x\ensuremath{{}_1} \ensuremath{\le} \ensuremath{-}2
    """
    return "".join(
        map(_sign, unicodedata.normalize("NFC", clean(text)).replace("\n", " ").replace("\t", " "))
    )


def _sign(one: str) -> str:
    if one in ASCII:
        return ASCII[one]
    if one.isascii():
        return one
    if one in SIGNS:
        return rf"\ensuremath{{{SIGNS[one]}}}"
    if one in TEXT:
        return TEXT[one]
    base, marks = (found := unicodedata.normalize("NFD", one))[0], found[1:]
    if base.isascii() and base.isalpha() and len(marks) == 1 and marks[0] in ACCENTS:
        return f"{ACCENTS[marks[0]]}{{{base}}}"
    return rf"\uni{{{ord(one):04X}}}{{{_native(one)}}}"


def _native(one: str) -> str:
    """A letter by its number, as the engines that have Unicode write it."""
    return f'\\char"{ord(one):04X} '


def prose(text: str) -> str:
    """A paragraph's words; what stands between backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escaped(text)
    return "".join(_code(one) if place % 2 else escaped(one) for place, one in enumerate(parts))


def _code(text: str) -> str:
    return rf"\texttt{{{escaped(text)}}}"


def lines(listed: Sequence[str]) -> str:
    """Lines that stand as they are, one below the other; a long one is broken at a blank."""
    text = "\\\\\n".join(map(_line, listed))
    return f"\\begin{{flushleft}}\\ttfamily\\small\n{text}\n\\end{{flushleft}}"


def _line(line: str) -> str:
    """A line with all its blanks; an empty one is a line, too."""
    parts = re.split("(^ +| {2,})", line)
    made = (r"\ " * len(one) if place % 2 else escaped(one) for place, one in enumerate(parts))
    return "".join(made) or r"\mbox{}"


def _sheet(sheet: Sheet, manner: Manner) -> Iterator[str]:
    alone = manner.solutions == "alone"
    otherwise = "Solutions" if alone else "Exercise"
    title = escaped(sheet.title or otherwise) + (": solutions" if sheet.title and alone else "")
    yield rf"\section*{{{title}}}"
    yield f"Name: {escaped(sheet.name)}" if sheet.name else r"Name: \gap"
    for item in sheet.items:
        yield _heading(item)
        if not alone:
            yield from _task(item)
        if alone or manner.solutions == "after":
            yield from _worked(item.drawn.task)
    if manner.solutions == "end":
        yield r"\clearpage"
        yield r"\section*{Solutions}"
        for item in sheet.items:
            yield rf"\subsection*{{Task {item.number}}}"
            yield from _worked(item.drawn.task)
    if sheet.line and not alone:
        yield rf"{{\raggedright\footnotesize {_code(MADE + sheet.line.removeprefix(MADE))}\par}}"


def _heading(item: Item) -> str:
    points = f"{words(item.points)} point{'s' * (item.points != 1)}"
    return rf"\subsection*{{{escaped(f'Task {item.number}: {item.drawn.topic.title} ({points})')}}}"


def _task(item: Item) -> Iterator[str]:
    fields = item.drawn.task.fields
    for one in item.drawn.task.blocks:
        yield of_block(one)
    for group in groups(fields):
        if isinstance(group, Table):
            rows = [[r"\cell"] * len(row) for row in group.rows]
            name = escaped(f"{item.number}.{group.name}") + escaped(group.says)
            yield table(name, rows, group.across, group.down)
            continue
        field = fields[group]
        if field.options:
            options = "\n".join(
                rf"\item[{letter(place)})] {prose(one)}" for place, one in enumerate(field.options)
            )
            yield f"\\begin{{itemize}}\n{options}\n\\end{{itemize}}"
        said = escaped(f" {field.remark}".rstrip())
        yield rf"{_code(item.names[group])} = \gap{said}"


def _worked(task: Task) -> Iterator[str]:
    made = solution(task)
    yield lines(made.all)
    if made.see:
        yield rf"\begin{{flushleft}}See: {_code(made.see)}\end{{flushleft}}"


def of_block(one: Block) -> str:
    """A paragraph, a table with its headers, or lines as they stand."""
    if isinstance(one, Say):
        return prose(one.text)
    if isinstance(one, Grid):
        across, down = headed(one)
        return table(escaped(one.name), [[escaped(each) for each in row] for row in one.rows], across, down)
    return lines([f"({place}) {line}" if one.numbered else line for place, line in enumerate(one.lines, 1)])


def table(
    name: str, rows: Sequence[Sequence[str]], across: Sequence[str] = (), down: Sequence[str] = ()
) -> str:
    """A table below its name; rows and names are LaTeX already, headers are not."""
    columns = max((*map(len, rows), len(across)))
    made = []
    if across:
        heads = [rf"{{\footnotesize {escaped(one)}}}" for one in across]
        made.append(" & ".join(([""] if down else []) + heads) + r"\\ \hline")
    for place, row in enumerate(rows):
        lead = [rf"{{\footnotesize {escaped(down[place])}}}"] if down else []
        made.append(" & ".join([*lead, *row]) + r"\\ \hline")
    rule = "" if across else r"\hline "
    layout = ("r|" if down else "|") + "r|" * columns
    inside = "\n".join(made)
    return (
        f"\\begin{{flushleft}}\\texttt{{{name}}}\\\\*[2pt]\n"
        f"\\begin{{tabular}}{{{layout}}}\n{rule}{inside}\n\\end{{tabular}}\\end{{flushleft}}"
    )
