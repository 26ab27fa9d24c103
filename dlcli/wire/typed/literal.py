"""Numbers as text: as a person types them (``0 1; 1 0``, ``1/9``, ``1+2j``), and as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from dlcli.errors import BadData
from dlcli.tensor import Array, Tensor
from dlcli.wire.strict_json import BadJson, loads
from dlcli.words.axes import CHANNELS_LAST
from dlcli.words.numeral import is_number, is_odd, keyboard, number

#: An array as NumPy, PyTorch, TensorFlow and R write it: a name, a call with options behind the numbers.
_PRINTED = re.compile(
    r"""(?:Parameter\ containing:\s*)? (?:\w+\s*=\s*)? (?:<tf\.\w+[^\[]*?\bnumpy=\s*)?
        (?: (?:\w+\.)*(?:(?P<r>c)|array|asarray|matrix|tensor)\( (?P<called>.*?) (?:,\s*\w+\s*=.*)? \)?
          | (?P<plain>[\[({].*?) ) >?""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)

#: How such an array begins.
_BEGUN = re.compile(r"\s*(?:Parameter containing:|<tf\.|(?:\w+\s*=\s*)?[\w.]*[\[({])", re.IGNORECASE)

#: A number with its type around it, as NumPy prints it in a list, or in parentheses that say nothing.
_TYPED = re.compile(r"(?:\b(?:np|numpy)\.\w+)?\(([^\s,;()\[\]{}]+)\)")

_BRACKETS = str.maketrans("({})", "[[]]")

#: What may stand in an array besides numbers -> JSON.
_NO_NUMBERS = {"true": "true", "false": "false", "none": "null", "null": "null", "...": "...", "…": "..."}

#: The pieces of an array: brackets, commas, numbers; what divides its numbers.
_PIECES = re.compile(r"[\[\],;]|[^\s\[\],;]+")
_DIVIDERS = re.compile(r"[\s\[\],;]+")

#: A number with commas between its thousands, or several.
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")

#: What JSON has no numbers for, as strings.
SPECIAL = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}

#: Numbers turned into text at a time: the words of a large array are never all in memory.
PIECE = 1 << 14


def looks_like(text: str) -> bool:
    """Whether a word of the command line is meant as numbers: its first value is one, or it is an array.

    >>> [looks_like(word) for word in ("0 1; 1 0", "1/9", "3 x", "[[1, 0], [0, 1]]", "photo.png", "3d.png")]
    [True, True, True, True, False, False]
    """
    if is_array(text) or is_json(text):
        return True
    words = re.split(r"[\s,;|]+", text.strip(), maxsplit=1)
    return is_number(words[0])


def is_array(text: str) -> bool:
    """Whether a text is numbers in brackets, as Python, NumPy, PyTorch, MATLAB, R and JSON write an array.

    >>> [is_array(text) for text in ("[1, 2, 3]", "[[1. 0.]\\n [0. 1.]]", "[1 2; 3 4]", "[MASK]", "1 2")]
    [True, True, True, False, False]
    >>> [is_array(text) for text in ("x = np.array([1, 2])", "c(1, 2)", "[True, False]", "sqrt(2)")]
    [True, True, True, False]
    """
    return _inside(text) is not None


def is_json(text: str) -> bool:
    """Whether a text is a list or an object as JSON has them.

    >>> is_json('{"data": [1, 2]}'), is_json('["the", "cat"]'), is_json("[MASK]"), is_json("1")
    (True, True, False, False)
    """
    if text.lstrip()[:1] not in tuple("[{"):
        return False
    try:
        loads(text.encode())
    except BadJson:
        return False
    return True


def holds_numbers_only(text: str) -> bool:
    """Whether nothing but numbers, brackets and options stands in a text, one of them at least.

    >>> [holds_numbers_only(text) for text in ("[1, 2]", "2, 3), dtype=int)", "the cat (2)", "()")]
    [True, True, False, False]
    """
    words = [word for word in re.split(r"[\s,;()\[\]{}]+", keyboard(text)) if word]
    return any(map(_is_element, words)) and all(_is_element(word) or "=" in word[1:] for word in words)


def _is_element(word: str) -> bool:
    return is_number(word) or word.lower() in _NO_NUMBERS


def array_as_json(text: str) -> str:
    """The same array with a comma between any two values, and rows between semicolons in brackets.

    >>> array_as_json("[[1. 0.]\\n [1/2 −1]]"), array_as_json("[1 2; 3 4]"), array_as_json("[[1 2]; [3 4]]")
    ('[[1.0, 0.0], [0.5, -1]]', '[[1, 2], [3, 4]]', '[[1, 2], [3, 4]]')

    What is no array comes back with the same faults. Raises ``ValueError`` where a fraction divides by zero.
    """
    inside = _inside(text)
    if inside is None:
        return text
    text = inside
    if ";" in text:
        rows = [
            row.strip().removeprefix("[").removesuffix("]") for row in text[1:-1].strip("; \n").split(";")
        ]
        if not text.endswith("]") or not any(rows) or re.search(r"[\[\]]", "".join(rows)):
            return text
        text = f"[[{'],['.join(rows)}]]"
    made = ""
    for piece in _PIECES.findall(text):
        if made and made[-1] not in "[," and piece not in "],":
            made += ","
        word = _NO_NUMBERS.get(piece.lower(), piece)
        made += SPECIAL.get(piece) or (str(number(piece)) if is_number(piece) else word)
    return made.replace(",", ", ")


def _inside(text: str) -> str | None:
    """The numbers of an array in square brackets, or the one number of a call; None where it is no array."""
    if not _BEGUN.match(text):
        return None
    printed = _PRINTED.fullmatch(keyboard(text).strip())
    if printed is None:
        return None
    called = printed["called"] is not None
    typed = _TYPED.sub(r"\1", printed["called"] if called else printed["plain"]).strip()
    inside = f"[{typed}]" if printed["r"] else typed.translate(_BRACKETS)
    words = [word for word in _DIVIDERS.split(inside) if word]
    one = called and len(words) == 1
    known = all(map(_is_element, words)) and (words or typed.startswith("["))
    return inside if known and (one or inside.startswith("[")) else None


def refuse_comma_rows(line: str) -> None:
    """Raise ``BadData`` for ``1 0, 0 1``, where the comma stands for the end of a row or does nothing."""
    rows = [row.split() for row in line.rstrip(" ,").split(",")]
    even = len(rows) > 1 and len({len(row) for row in rows}) == 1 < len(rows[0])
    if even and all(is_number(word) for row in rows for word in row):
        told = "; ".join(map(" ".join, rows))
        raise BadData(f"{line!r} has commas as well as blanks; if they end the rows, write {told!r}")


def rows_told(text: str) -> str:
    """How rows are written, for a literal with a word in it that may have been meant to end one.

    >>> rows_told("1 0 / 0 1"), rows_told("1 none 2")
    ("; ';' ends a row: '1 0; 0 1'", '; write nan where one is missing')
    """
    rows = re.sub(r"\s*(?:/(?!\S)|\\n|\\)\s*", "; ", text)
    if rows != text:
        return f"; ';' ends a row: {rows!r}"
    missing = any(is_odd(word) and not any(map(str.isdigit, word)) for word in text.split())
    return "; write nan where one is missing" * missing


def parse_row(text: str) -> Tensor:
    """The row of a literal that has commas between some of its values and blanks between others.

    Raises ``BadData`` as ``parse`` does, and for a comma that may stand between thousands.

    >>> parse_row("1, 2 3").data
    array([[1, 2, 3]])
    """
    for word in keyboard(text).split():
        if _GROUPED.fullmatch(word):
            whole, parts = word.replace(",", ""), word.replace(",", " and ")
            raise BadData(f"{word!r} may be {whole} or {parts}: write it without a comma")
    try:
        return parse(text)
    except BadData as error:
        raise BadData(f"{error}{rows_told(text)}") from None


def parse_channels(text: str) -> Tensor:
    """Several matrices of one size divided by ``|``, one for each channel: (height, width, channel).

    >>> red_and_green = parse_channels("1 2; 3 4 | 5 6; 7 8")
    >>> red_and_green.shape, red_and_green.data[0, 1].tolist()
    ((2, 2, 2), [2, 6])

    Raises ``BadData`` as ``parse`` does, with the number of the matrix, and when matrices differ in size.
    """
    matrices = []
    for i, part in enumerate(keyboard(text).split("|")):
        try:
            matrices.append(parse_row(part).data)
        except BadData as error:
            raise BadData(f"matrix {i + 1}: {error}") from None
    for i, matrix in enumerate(matrices):
        if matrix.shape != matrices[0].shape:
            first, other = ("x".join(map(str, one.shape)) for one in (matrices[0], matrix))
            raise BadData(
                f"matrices divided by '|' are the channels and need one size: matrix 1 is {first}, matrix "
                f"{i + 1} is {other}"
            )
    return Tensor(np.stack(matrices, axis=-1), CHANNELS_LAST, name="matrices")


def parse(text: str) -> Tensor:
    """The matrix (row, column) that a literal stands for.

    Rows are divided by ``;`` or a new line, values by blanks or commas. Whole numbers give int64, any other
    real number float64, an imaginary part complex128.

    >>> parse("23 255 40; 21 34 200").data
    array([[ 23, 255,  40],
           [ 21,  34, 200]])

    Raises ``BadData`` when rows differ in length, a value is no number, or there is none.
    """
    lines = [line.strip() for line in re.split(r"[;\n]", keyboard(text))]
    refuse_comma_rows(lines[0])
    rows = [re.split(r"\s*,\s*|\s+", line.rstrip(",").rstrip()) for line in lines if line]
    if not rows:
        raise BadData("a matrix needs at least one number")
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise BadData(
                f"the rows of a matrix need one length: row 1 has {_values(rows[0])}, "
                f"row {i + 1} has {_values(row)}"
            )
    values = []
    for i, row in enumerate(rows):
        for j, word in enumerate(row):
            try:
                values.append(number(word))
            except ValueError as error:
                what = "an empty value" if not word else str(error)
                raise BadData(f"row {i + 1}, value {j + 1}: {what}") from None
    return Tensor(np.array(values).reshape(len(rows), len(rows[0])), name="matrix")


def _values(row: list[str]) -> str:
    return f"{len(row)} value{'s' * (len(row) != 1)}"


def written(array: Array) -> Iterator[list[str]]:
    """The numbers of an array in C order as words, piece by piece, in the fewest digits that read back alike.

    >>> list(written(np.array([0.1, 2.0, np.inf], np.float32)))
    [['0.1', '2.0', 'inf']]
    """
    flat = array.reshape(-1)
    for start in range(0, flat.size, PIECE):
        yield _words(flat[start : start + PIECE])


def _words(piece: Array) -> list[str]:
    if piece.dtype.kind == "b":
        return ["1" if value else "0" for value in piece.tolist()]
    if piece.dtype.kind in "iu" or piece.dtype == np.float64:
        return list(map(repr, piece.tolist()))
    if piece.dtype.kind == "f":
        return list(map(str, piece))  # the repr of a Python float would have too many
    real = _words(piece.real)
    imaginary = _words(piece.imag)
    return [f"{a}{b if b.startswith('-') else '+' + b}j" for a, b in zip(real, imaginary, strict=True)]
