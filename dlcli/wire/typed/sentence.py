"""Sentences as tensors: a vector of token numbers that is labelled by the words."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

import numpy as np

from dlcli.errors import BadData
from dlcli.tensor import Axis, Tensor
from dlcli.wire.sniff import promised
from dlcli.wire.typed.literal import holds_numbers_only, is_array, is_json
from dlcli.words.numeral import (
    is_number,
    keyboard,
    mostly_numbers,
)
from dlcli.words.table_text import (
    keyboard_outside_quotes,
    without_notes,
)

#: A marker such as [MASK] or <end>, a word with what it is joined by, or one sign that stands for itself.
_TOKEN = re.compile(r"\[[A-Z]+\]|</?\w+>|\w+(?:['’-]\w+)*|[^\w\s]")

#: What looks like the name of a file: a folder in it, or an ending. How a name begins that is surely one.
_FILE = re.compile(r"\S*[/\\]\S*|\S+\.\w{1,12}")
_PATH = re.compile(r"(?:(?:~|\.{0,2})/|[A-Za-z]:\\)[^\s/]\S*")

#: Endings of files that are text besides those that dlcli reads.
_TEXTS = (".md", ".markdown", ".toml", ".log")


def tokens(text: str) -> list[str]:
    """The words and signs of a text, as they stand in it.

    >>> tokens("Don't stop, well-known cat!")
    ["Don't", 'stop', ',', 'well-known', 'cat', '!']

    What marks a place in a sentence is one token, too.

    >>> tokens("<start>a [MASK] cat<end> 1 < 2 > 0")
    ['<start>', 'a', '[MASK]', 'cat', '<end>', '1', '<', '2', '>', '0']
    """
    return _TOKEN.findall(text)


def sentence(text: str) -> Tensor:
    """A text as a vector of token numbers, counted as the words first appear; they label axis ``token``.

    >>> the = sentence("the cat sat on the mat")
    >>> the.data.tolist(), the.axes[0].labels
    ([0, 1, 2, 3, 0, 4], ('the', 'cat', 'sat', 'on', 'the', 'mat'))

    The text itself travels in ``attrs["text"]``. Raises ``BadData`` when there is no word in it.
    """
    words = tokens(text)
    if not words:
        raise BadData("a sentence needs at least one word")
    numbers: dict[str, int] = {}
    ids = np.array([numbers.setdefault(word, len(numbers)) for word in words])
    return Tensor(ids, (Axis("token", tuple(words)),), "sentence", {"text": " ".join(text.split())})


def lines_with_words(text: str, tell: Callable[[str], None]) -> list[str]:
    """The lines of a text that have a word; how many others stand between them goes to ``tell``.

    >>> lines_with_words("the cat\\n\\nsat down\\n\\n", print)
    1 line without a word is passed over: results are of the other lines
    ['the cat', 'sat down']
    """
    lines = text.splitlines()
    places = [place for place, line in enumerate(lines) if tokens(line)]
    if between := places[-1] + 1 - len(places) if places else 0:
        verb = "line without a word is" if between == 1 else "lines without a word are"
        tell(f"{between:,} {verb} passed over: results are of the other lines")
    return [lines[place] for place in places]


def sentences(text: str, tell: Callable[[str], None] = lambda _: None) -> Iterator[Tensor]:
    """A sentence for each line that has a word; lines of one word each are one sentence together.

    >>> [made.attrs["text"] for made in sentences("the cat\\n\\nsat down")]
    ['the cat', 'sat down']
    >>> [made.attrs["text"] for made in sentences("the\\ncat\\nsat")]
    ['the cat sat']
    """
    lines = [line for line in text.splitlines() if tokens(line)]
    if not lines:
        raise BadData("a text without a word")
    one = all(len(line.split()) == 1 for line in lines)
    yield from map(sentence, [" ".join(lines)] if one else lines_with_words(text, tell))


#: A call as in a program, with a name for what it gives or without.
_CALL = re.compile(r"\s*(?:\w+\s*=\s*)?(?:\w+\.)*\w+\((.*)", re.DOTALL)


def _is_matrix(text: str) -> bool:
    """Whether most words are numbers, the first one too: "(1, 2)" is, "I think" and "3 cats" are not.

    So is what a program would compute of numbers alone: "torch.ones(2, 3)".
    """
    call = _CALL.match(text)
    if is_array(text) or is_json(text) or (call and holds_numbers_only(call[1])):
        return True
    return mostly_numbers(text)


#: A line that ends as a sentence does; blanks, or quotation marks and blanks, behind its commas.
_SENTENCE = re.compile(r"(?:[^,;|\t]|[,;](?=[\"'“”‘’«»)]*\s))*[.!?…][\"'“”‘’«»)]*\s*")

#: A number, in quotation marks or not, that is the first cell of a line.
_NUMBERED = re.compile(r'\s*"?([^\s,;"]+)"?\s*[,;]')

#: A cell in quotation marks; a comma between thousands; a divider with a cell behind it and no blank.
_QUOTED = re.compile(r'(^|[,;|\t])[ ]*"(?:[^"]|"")*"', re.MULTILINE)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_TIGHT = re.compile(r"[,;|\t]\S")

#: A cell between blanks, in quotation marks or not; what is between these.
_CELL = re.compile(r'"(?:[^"]|"")*"(?!\S)|\S+')
_IN_QUOTES = re.compile(r'^"(.*)"$')


def _are_sentences(lines: list[str]) -> bool:
    """Whether all lines end as sentences do, and are no cells that a number comes first of."""
    firsts = [found[1] for line in lines if (found := _NUMBERED.match(line))]
    numbered = len(firsts) == len(lines) and all(map(is_number, firsts))
    return not numbered and all(map(_SENTENCE.fullmatch, lines))


def _has_cells(lines: list[str]) -> bool:
    """Whether each of several lines has cells: as many as the others, or dividers without a blank behind."""
    if len(lines) < 2:
        return False
    for mark in "\t,;|":
        counts = {line.count(mark) for line in lines}
        inside = any(mark in line.rstrip(f"{mark} \t\r") for line in lines)
        tight = 0 not in counts and all(line.count(mark) == len(_TIGHT.findall(line)) for line in lines)
        if tight or (inside and len(counts) == 1):
            return True
    return False


def _has_columns(lines: list[str]) -> bool:
    """Whether each of several lines has as many cells between blanks, and a number begins all but a header.

    So are lines of numbers and quotation marks alone. A header may say nothing above the first column.

    >>> _has_columns(["   length species", "0 5.1 setosa"]), _has_columns(['"a" "b"', '"Fiat X" 1 "x y"'])
    (True, True)
    """
    head, *rows = (_CELL.findall(keyboard_outside_quotes(line)) for line in lines)
    quoted = all(cell[0] == cell[-1] == '"' or is_number(cell) for row in (head, *rows) for cell in row)
    return (
        len({len(row) for row in rows}) == 1 < len(rows[0])
        and len(head) in (len(rows[0]) - 1, len(rows[0]))
        and (quoted or all(is_number(_IN_QUOTES.sub(r"\1", row[0])) for row in rows))
    )


def is_prose(text: str) -> bool:
    """Whether a text is words rather than a table: it is not mostly numbers, and none ends a later line.

    >>> [is_prose(text) for text in ("I have 2 cats", "x,y\\n1,2", "1 2; 3 4", "the cat\\nsat down")]
    [True, False, False, True]

    Nor are lines that part evenly into cells, whatever stands in them.

    >>> is_prose("sepal,species\\n5.1,setosa"), is_prose("cat,dog\\nkitten,puppy\\n")
    (False, False)

    A first line that says what divides the values begins a table; notes in front of one are passed over.

    >>> is_prose("sep=;\\na;b\\nc;d"), is_prose("# my notes\\nsepal,species\\n5.1,setosa")
    (False, False)

    Lines that end as sentences do are some, and a comma that ends a line is one of a sentence.

    >>> is_prose("The cat, who sat, purred.\\nThe dog, who ran, barked.")
    True

    >>> is_prose("Roses are red,\\nViolets are blue,"), is_prose('He said, "No."\\nShe said, "Yes."')
    (True, True)

    A number with a full stop or a percent sign behind it ends a sentence; but lines of one word each, and
    numbers behind it, are a table.

    >>> [is_prose(text) for text in ("A cat.\\nBorn in 1990.", "Sales fell\\nby 5%", "name born\\ncat 1990")]
    [True, True, False]
    >>> is_prose("cat 5 %\\ndog 10 %")
    False
    """
    text, divider = without_notes(text, close=True)
    if divider or _is_matrix(text):
        return False
    text = _THOUSANDS.sub("", text)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return False
    ended = _are_sentences(lines)
    if not ended and _has_columns(lines):
        return False
    text = _QUOTED.sub(r'\1"', text)
    lines = [line for line in text.splitlines() if line.strip()]
    if not ended and _has_cells(lines):
        return False
    rows = [re.split(r"[\s,;]+", keyboard(line).strip()) for line in lines]
    named = [len(row) > 1 and not is_number(row[0]) and all(map(is_number, row[1:])) for row in rows]
    if not ended and all(named[1:]) and sum(named) > 1:
        return False
    return not any(is_number(row[-1]) and not row[-1].endswith((".", "%")) for row in rows[1:])


def is_running_text(text: str) -> bool:
    """Whether a text that cannot be read as a table is there to be read, and no table of words and numbers.

    Other than in prose, lines may end with a number: of verses, of chapters.

    >>> is_running_text("CHAPTER 1\\n\\nIt was a truth.\\n\\nCHAPTER 2\\n\\nIt was not.")
    True
    >>> is_running_text("name born\\ncat 1990\\ndog 1991"), is_running_text("a,b\\n1,x\\n2,y")
    (False, False)
    """
    if is_prose(text):
        return True
    words, lines = text.split(), [line for line in text.splitlines() if line.strip()]
    few = 4 * sum(map(is_number, words)) < len(words)
    return few and not _has_cells(lines) and not _has_columns(lines)


def looks_like_sentence(word: str) -> bool:
    """Whether a word of the command line is meant as a sentence: no file, no sample, no matrix.

    What ends like a file that dlcli reads is a file that is missing, blanks in its name or not.

    >>> [looks_like_sentence(word) for word in ("the cat", "cat", "cat.png", "a/b", "sample:cat", "1 2", "-")]
    [True, True, False, False, False, False, False]
    >>> looks_like_sentence("my text.txt"), looks_like_sentence("a full stop.")
    (False, True)
    """
    return not (
        word == "-"
        or word.startswith("sample:")
        or os.path.lexists(word)
        or _is_matrix(word)
        or is_missing_file(word)
        or not tokens(word)
    )


def is_missing_file(word: str) -> bool:
    """Whether a word that names no file looks like one: by an ending that dlcli reads, or as one piece.

    >>> [is_missing_file(word) for word in ("my text.txt", "notes.md", "a/b", "3.14", "and so on.")]
    [True, True, True, False, False]
    """
    return bool(promised(word) or (_FILE.fullmatch(word) and not is_number(word)))


def names_file(word: str) -> bool:
    """Whether a word that names no file can be nothing else, by a known ending or how a path begins.

    >>> [names_file(word) for word in ("my text.txt", "net.pt", "./a", "and/or", "U.S.A", "example.com")]
    [True, True, True, False, False, False]
    """
    from dlcli.wire.foreign import FOREIGN

    suffix = os.path.splitext(word)[1].lower()
    known = promised(word) or (suffix in (*FOREIGN, *_TEXTS) and len(word.split()) == 1)
    return bool(known or _PATH.fullmatch(word))
