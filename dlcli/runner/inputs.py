"""The words of a command line become what a command works on, one after the other."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, Protocol

from dlcli.errors import BadData, WrongUsage, printable
from dlcli.runner.environment import Environment
from dlcli.tensor import Attr, Tensor
from dlcli.wire.foreign import foreign
from dlcli.wire.read import MATRIX, WEIGHTS, Literal, half_named, open_input, read_tensors
from dlcli.wire.sniff import kind_of
from dlcli.wire.stream import Limits
from dlcli.wire.write import TEXT
from dlcli.words.near import did_you_mean, some
from dlcli.words.numeral import DECIMAL_COMMA, is_number

SAMPLE = "sample:"

_SENTENCE = Literal("a sentence", "see the name again, or write words: 'the cat sat'")

#: What a file may be that holds no weights.
NO_WEIGHTS = {"image": "a picture", "audio": "a sound", "text": "a text or a table"}

#: How many samples of a sound to read at a time, by its sample rate.
Block = Callable[[int], int]


class Item(Protocol):
    """What a command works on: a tensor, or anything else that has a name and knows where it was read.

    ``attrs["source"]`` is what messages and file names call it by; ``attrs["command"]`` the commands that
    made it, where it came down a pipe.
    """

    @property
    def name(self) -> str: ...
    @property
    def attrs(self) -> Mapping[str, Attr]: ...


@dataclass(frozen=True)
class Reading:
    """What a command takes the words of its command line for.

    Parameters
    ----------
    items : function of a word, the environment, the limits and a block
        The things that the word stands for, one after the other; a block cuts sounds into pieces.
    typed : str
        What can be typed in place of a file's name, with an example.
    names : function
        Words beside files and samples that the shell may complete.
    metavar : str
        What help calls such a word.
    bounds : tuple of str
        The shared limits (``max_pixels``, ``max_bytes``) that mean something to this reading.
    about : tuple of str
        Paragraphs of the manual page on what can be read, where that is not what most commands read.
    option : str
        The name of an option of the command whose value stands for the input, where it has one.
    beside : bool
        Whether inputs may be named beside that option; then they are what is read.
    before : str
        The name of an argument of the command before the inputs: beside that option a single word that the
        argument does not know is no value of it, but an input.
    part : function of a word
        Whether what is typed is only a piece of an input: a lone number, a lone word of a sentence.
    once : function of all words and one that takes a line
        The words without those that another of them brings along; raises ``WrongUsage`` for what cannot
        stand beside another.
    """

    items: Callable[[str, Environment, Limits, Block | None], Iterator[Any]]
    typed: str
    names: Callable[[], Iterable[str]] = tuple
    metavar: str = "INPUT"
    bounds: tuple[str, ...] = ("max_pixels", "max_bytes")
    about: tuple[str, ...] = ()
    option: str = ""
    beside: bool = False
    before: str = ""
    part: Callable[[str], bool] = lambda _: False
    once: Callable[[tuple[str, ...], Callable[[str], None]], tuple[str, ...]] = lambda words, _: words


def words_of(
    inputs: Sequence[str], environment: Environment, example: str, reading: Reading
) -> tuple[str, ...]:
    """The inputs that were named, or ``-``; never a silent wait for a person to type a tensor."""
    words = tuple(inputs) or ("-",)
    if "-" in words and environment.stdin is None:
        raise WrongUsage(f"standard input is closed and no input is named\nTry '{example}'.")
    if not inputs and environment.stdin_is_terminal:
        raise WrongUsage(f"nothing to read: name {reading.typed}, or pipe something in\nTry '{example}'.")
    if words.count("-") > 1:
        raise WrongUsage("'-' (standard input) can be read once; it is named more than once")
    return words


def check_quotes(words: Sequence[str], reading: Reading) -> None:
    """Raise ``WrongUsage`` when the words are the pieces of one input: the quotes around them were left out.

    They are when each of them is but a piece; when all are numbers and a bracket or a comma is open; or when
    each may be one number with a decimal comma, as it is in quotes.
    """
    words = [word.strip() for word in words]  # a blank may stand before a minus
    numbers = reading.part("0") and all(map(_numbers, words))
    torn = numbers and any(map(_open_ended, words))
    commas = numbers and all("," in word and DECIMAL_COMMA.fullmatch(word) for word in words)
    if (
        len(words) < 2
        or any(map(os.path.lexists, words))
        or not (torn or commas or all(map(reading.part, words)))
    ):
        return
    what = "row of numbers" if all(map(is_number, words)) else "numbers" if numbers else "sentence"
    shown = [word.rstrip(",;") for word in words]
    rows = [word.replace(",", " ") for word in words]
    raise WrongUsage(
        f"{', '.join(shown[:-1])} and {shown[-1]} are {len(words)} inputs; "
        f"put the {what} in quotes: {shlex.join([' '.join(words)])}"
        f"{f' (decimal commas), or each row: {shlex.join(rows)}' if commas else ''}"
    )


def check_value(flag: str, value: str, after: Sequence[str], between: str, inputs: Sequence[str]) -> str:
    """Raise ``WrongUsage`` when numbers that belong to an option's value are inputs beside others.

    ``after`` are the words behind the value, ``between`` is what divides its numbers. Returns what is to be
    said where such a number is the only input, and something else was piped in; otherwise nothing.
    """
    numbers = [word.strip() for word in takewhile(_lone_number, after)]
    if not numbers or not _numbers(value):
        return ""
    told = (
        f"{flag} {value} takes one word, so {' '.join(numbers)} behind it is read as input{{}}; "
        f"for one value write {flag} {shlex.quote(between.join([value, *numbers]))}"
    )
    if len(inputs) > len(numbers):
        raise WrongUsage(told.format(""))
    return told.format(", and standard input is not") if len(inputs) == 1 else ""


def _lone_number(word: str) -> bool:
    return is_number(word.strip()) and not os.path.lexists(word)


def _numbers(word: str) -> bool:
    """Whether nothing but numbers stands in a word, and no blank between them: ``[1,``, ``2;``, ``3``."""
    return all(map(is_number, filter(None, re.split(r"[,;\[\]]+", word)))) and bool(word)


def _open_ended(word: str) -> bool:
    """Whether a word of numbers begins or ends with what stands between two, or leaves a bracket open."""
    return word[-1:] in tuple(",;") or word[:1] in tuple(",;") or word.count("[") != word.count("]")


def tensors(
    word: str, environment: Environment, limits: Limits, block: Block | None = None, *, column: str = ""
) -> Iterator[Tensor]:
    """The tensors of one input, each made when the one before it has been dealt with; a long text is one.

    With ``block``, which takes a sample rate, a sound is several tensors of about so many samples. Of a table
    with a ``column`` of this name columns of words are left out. One tensor of a file or a sample is had by
    its name, ``net.npz:dense/kernel``.
    """
    file, name = parted(word)
    if name:
        yield _by_name(tensors(file, environment, limits), file, name).with_attrs(source=word)
        return
    if word.startswith("sample:") or word.lower().endswith(TEXT):
        from dlcli.wire.datasets.words import is_long_text

        if is_long_text(word):
            from dlcli.wire.datasets.read import as_tensor, open_data

            yield as_tensor(open_data(word, limits=limits))
            return
    with open_input(word, stdin=environment.stdin, literal=MATRIX, say=environment.say) as source:
        yield from read_tensors(source, limits=limits, block=block, column=column)


def parted(word: str) -> tuple[str, str]:
    """A file or a sample, and the name of the tensor in it that is meant, where the word has both.

    >>> parted("sample:digits-cnn:dense/kernel"), parted("shapes:20")
    (('sample:digits-cnn', 'dense/kernel'), ('shapes:20', ''))
    """
    if os.path.lexists(word) or ":" not in word.removeprefix(SAMPLE):
        return word, ""
    if word.startswith(SAMPLE):
        from dlcli.wire.samples import samples

        sample, _, name = word.removeprefix(SAMPLE).partition(":")
        return (SAMPLE + sample, name) if sample in samples() else (word, "")
    for place in (i for i, letter in enumerate(word) if letter == ":"):
        if os.path.isfile(word[:place]) and not word[place + 1 :][:1].isspace():  # "note: the cat sat"
            return word[:place], word[place + 1 :]
    return word, ""


def _by_name(found: Iterable[Tensor], file: str, name: str) -> Tensor:
    names = []
    for tensor in found:
        if tensor.name == name:
            return tensor
        names.append(tensor.name)
    hint = did_you_mean(name, names, f"there {'is' if len(names) == 1 else 'are'} {some(names)}")
    raise BadData(printable(f"{file}: there is no tensor {name!r}: {hint}"))


def weights(
    word: str, environment: Environment, limits: Limits, literal: Literal = WEIGHTS
) -> dict[str, Tensor]:
    """The tensors by name of a file that holds those of a net.

    Raises ``BadData`` for a picture, a sound or a table, whatever numbers are in it.
    """
    with open_input(word, stdin=environment.stdin, literal=literal, say=environment.say) as source:
        kind = None if source.at_end() or foreign(source) else kind_of(source)
        if kind in NO_WEIGHTS:
            source.bad(f"{NO_WEIGHTS[kind]}, no file of weights; {literal.advice.partition(';')[0]}")
        return {tensor.name: tensor for tensor in read_tensors(source, limits=limits)}


def tensors_or_sentences(
    word: str, environment: Environment, limits: Limits, block: Block | None = None, *, slips: bool = True
) -> Iterator[Tensor]:
    """As ``tensors``; where words stand instead of numbers, each sentence is a vector of token numbers.

    Its axis ``token`` is labelled by the words: see ``dlcli.wire.typed.sentence``. A single word that names a
    sample, or a file but for its ending, is taken for a slip and refused; without ``slips`` it is a word.
    """
    from dlcli.wire.typed.sentence import looks_like_sentence, sentence

    if parted(word)[1]:
        yield from tensors(word, environment, limits)
        return
    if looks_like_sentence(word) and not (slips and half_named(word)):
        yield sentence(word).with_attrs(source="literal")
        return
    with open_input(word, stdin=environment.stdin, literal=_SENTENCE, say=environment.say) as source:
        yield from read_tensors(source, limits=limits, block=block, prose=True)


def texts(
    word: str, environment: Environment, limits: Limits, block: Block | None = None
) -> Iterator[Tensor]:
    """The sentences of one input: what was typed is one, in a text each line is."""
    from dlcli.wire.typed.sentence import lines_with_words, names_file, sentence
    from dlcli.wire.typed.text import read_text

    named = word == "-" or word.startswith("sample:") or os.path.lexists(word)
    if not named and not names_file(word):
        yield sentence(word).with_attrs(source="literal")
        return
    with open_input(word, stdin=environment.stdin, literal=_SENTENCE, say=environment.say) as source:
        if kind_of(source) not in ("text", "json"):
            yield from read_tensors(source, limits=limits, block=block)
            return
        lines = lines_with_words(read_text(source, limits=limits), source.tell)
        if not lines:
            source.bad("a text without a word")
        for line in lines:
            yield sentence(line).with_attrs(source="-" if word == "-" else source.name)


def _part_of_sentence(word: str) -> bool:
    from dlcli.wire.typed.sentence import looks_like_sentence

    return is_number(word) or (looks_like_sentence(word) and len(word.split()) == 1)


#: Numbers: a file, standard input, a sample, or a matrix typed by hand.
TENSORS = Reading(tensors, "a file, sample:NAME or a literal such as '1 2; 3 4'", part=is_number)

#: Numbers or words: the same, and sentences.
SENTENCES = Reading(
    tensors_or_sentences,
    "a file, sample:NAME or a sentence such as 'the cat sat'",
    part=_part_of_sentence,
)

#: Nothing but text, for what has no use for numbers or samples: ``cat`` and ``1984`` are words.
WORDS = replace(SENTENCES, items=texts, part=lambda _: False)
