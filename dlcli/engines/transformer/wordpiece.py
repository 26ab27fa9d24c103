"""WordPiece: the words of a text, cut into the longest pieces that a vocabulary has, as BERT reads them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dlcli.engines.base.checks import EngineError

#: Markers that stand for themselves wherever they occur in a text.
UNKNOWN, START, END, MASK, PADDING = "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[PAD]"
SPECIAL = re.compile(r"(\[(?:UNK|CLS|SEP|MASK|PAD)\])")

#: What stands before a piece that does not begin its word.
CONTINUES = "##"

#: A longer word is unknown without a look.
LONGEST_WORD = 100

#: Code points of Chinese characters, each of which is a word.
CHINESE = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F),
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """How a text becomes words: whether capitals and accents are dropped, and Chinese characters parted."""

    lower: bool = True
    accents: bool = False
    chinese: bool = True


@dataclass(frozen=True)
class Pieces:
    """A text as a model reads it.

    ``ids`` are the places of ``pieces`` in the vocabulary, markers at both ends included; ``unknown`` the
    words that no pieces make up, each of which is one [UNK]; ``dropped`` how many pieces the limit cut off.
    ``second`` is the place where a second text begins, where there is one.
    """

    ids: tuple[int, ...]
    pieces: tuple[str, ...]
    unknown: tuple[str, ...]
    dropped: int = 0
    second: int | None = None

    @property
    def segments(self) -> tuple[int, ...]:
        """0 for each piece of the first text with its markers, 1 for those of the second (token types)."""
        count = len(self.pieces)
        first = count if self.second is None else self.second
        return (0,) * first + (1,) * (count - first)


def words(text: str, rules: Rules = Rules()) -> list[str]:
    """The words of a text: parted at blanks, around every punctuation sign, around Chinese characters.

    Control characters vanish; without ``accents`` letters lose theirs; markers such as [MASK] stay whole.

    >>> words("Don't, Zoë! [MASK]")
    ['don', "'", 't', ',', 'zoe', '!', '[MASK]']

    Source: Devlin et al., BERT, 2018, and the tokenizer released with it.
    """
    found: list[str] = []
    for part in SPECIAL.split(text):
        found += [part] if SPECIAL.fullmatch(part) else _cleaned(part, rules).split()
    return found


def _cleaned(text: str, rules: Rules) -> str:
    """A text with blanks wherever two words part."""
    text = "".join(_kept(char) for char in text)
    if rules.chinese:
        text = "".join(f" {char} " if _is_chinese(char) else char for char in text)
    if not rules.accents:
        parted = unicodedata.normalize("NFD", text)
        text = "".join(char for char in parted if unicodedata.category(char) != "Mn")
    if rules.lower:
        # Letter by letter: the sigma that ends a word is the same letter as any other.
        text = "".join(char.lower() for char in text)
    return "".join(f" {char} " if _is_punctuation(char) else char for char in text)


def _kept(char: str) -> str:
    """A character, a blank for what is one, nothing for what only controls."""
    if char in "\t\n\r" or unicodedata.category(char) == "Zs":
        return " "
    if char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs"):
        return ""
    return char


def _is_punctuation(char: str) -> bool:
    """Whether it is: every sign of ASCII is, the dollar and the caret too."""
    return ("!" <= char <= "~" and not char.isalnum()) or unicodedata.category(char).startswith("P")


def _is_chinese(char: str) -> bool:
    code = ord(char)
    return code >= CHINESE[0][0] and any(first <= code <= last for first, last in CHINESE)


def pieces_of(word: str, vocabulary: Mapping[str, int]) -> list[str] | None:
    """A word as the longest piece that begins it, the longest that goes on from there, and so forth.

    >>> pieces_of("kittens", {"kit": 0, "kitten": 1, "##s": 2, "##tens": 3})
    ['kitten', '##s']

    None when at some place no piece goes on: the word is unknown.

    Source: Wu et al., Google's neural machine translation system, 2016, section 4.1, for the pieces.
    """
    if len(word) > LONGEST_WORD:
        return None
    found: list[str] = []
    begin = 0
    while begin < len(word):
        before = CONTINUES if begin else ""
        ends = range(len(word), begin, -1)
        end = next((end for end in ends if before + word[begin:end] in vocabulary), None)
        if end is None:
            return None
        found.append(before + word[begin:end])
        begin = end
    return found


def tokenize(
    text: str,
    vocabulary: Mapping[str, int],
    rules: Rules = Rules(),
    *,
    most: int | None = None,
    pair: str | None = None,
) -> Pieces:
    """A text as pieces between [CLS] and [SEP]; what no pieces make up is [UNK].

    Parameters
    ----------
    vocabulary : mapping
        From pieces to their places, [CLS], [SEP] and [UNK] among them.
    most : int, optional
        Pieces that a model takes, the markers included; the last ones beyond are dropped, of two texts those
        of the longer one.
    pair : str, optional
        A second text, which stands between the first [SEP] and another.

    Raises ``EngineError`` when the vocabulary lacks a marker, or ``most`` leaves no room for a piece.

    >>> vocabulary = {name: i for i, name in enumerate(["[UNK]", "[CLS]", "[SEP]", "cat", "##s"])}
    >>> tokenize("Cats sat", vocabulary)
    Pieces(ids=(1, 3, 4, 0, 2), pieces=('[CLS]', 'cat', '##s', '[UNK]', '[SEP]'), unknown=('sat',), dropped=0,
           second=None)
    >>> found = tokenize("cat", vocabulary, pair="cats")
    >>> " ".join(found.pieces), found.second, found.segments
    ('[CLS] cat [SEP] cat ##s [SEP]', 3, (0, 0, 0, 1, 1, 1))
    """
    lacking = [marker for marker in (UNKNOWN, START, END) if marker not in vocabulary]
    if lacking:
        told = " and no ".join(lacking)
        raise EngineError(f"the vocabulary has no {told}; is it a BERT model's vocab.txt?")
    if most is not None and most < 3:
        raise EngineError(f"[CLS], [SEP] and a piece between them are 3 tokens; received room for {most}")
    unknown: list[str] = []
    texts = (text,) if pair is None else (text, pair)
    found = [list(_all_pieces(words(one, rules), vocabulary, unknown)) for one in texts]
    count = sum(map(len, found))
    if most is not None:
        room = most - 1 - len(texts)
        sizes = shared(len(found[0]), len(found[1]), room) if len(found) > 1 else (room,)
        found = [one[:size] for one, size in zip(found, sizes, strict=True)]
    dropped = count - sum(map(len, found))
    pieces = (START, *found[0], END, *(piece for one in found[1:] for piece in (*one, END)))
    second = None if pair is None else len(found[0]) + 2
    return Pieces(tuple(vocabulary[piece] for piece in pieces), pieces, tuple(unknown), dropped, second)


def shared(first: int, second: int, room: int) -> tuple[int, int]:
    """How many pieces of two texts are kept where there is room for so many: the longer one is cut first.

    >>> shared(3, 20, 10), shared(20, 3, 10), shared(8, 9, 5), shared(9, 8, 5), shared(8, 8, 5)
    ((3, 7), (7, 3), (2, 3), (3, 2), (2, 3))

    Source: the strategy "longest_first" of Hugging Face's tokenizers.
    """
    if first + second <= room:
        return first, second
    short = min(first, second)
    long = max(short, room - short)
    if short + long > room:
        short = room // 2
        long = room - short
    return (short, long) if first <= second else (long, short)


def _all_pieces(found: list[str], vocabulary: Mapping[str, int], unknown: list[str]) -> Iterator[str]:
    for word in found:
        special = SPECIAL.fullmatch(word) and word in vocabulary
        pieces = [word] if special else pieces_of(word, vocabulary)
        if pieces is None:
            unknown.append(word)
            yield UNKNOWN
        else:
            yield from pieces
