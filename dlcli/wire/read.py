"""From a word of the command line to tensors: a file, standard input, a sample or a literal."""

from __future__ import annotations

import io
import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from dlcli.errors import BadData, printable
from dlcli.tensor import Tensor
from dlcli.wire.foreign import foreign
from dlcli.wire.sniff import kind_of, promised
from dlcli.wire.stream import LITERAL, STANDARD_INPUT, Limits, Source
from dlcli.words.near import nearest
from dlcli.words.numeral import is_number


@dataclass(frozen=True)
class Literal:
    """A kind of input that is typed in place of a file's name, for the messages about unknown words.

    Files with other ``endings`` than these, where there are some, are not meant.
    """

    what: str
    advice: str
    words: Callable[[], Iterable[str]] = tuple
    endings: tuple[str, ...] = ("",)


MATRIX = Literal("a matrix of numbers", "see the name again, or write numbers: '0 1; 1 0'")

WEIGHTS = Literal(
    "a sample", "weights are .npz or .safetensors; see the name again", endings=(".npz", ".safetensors")
)

READABLE = (
    "PNG, JPEG, GIF, BMP, TIFF, WebP; WAV, FLAC, OGG, AIFF, MP3; .npy, .npz, .safetensors, "
    "CSV, TSV, JSON, or what another dlcli command pipes"
)

TOML = "TOML, which describes a world or a model; numbers are wanted here"

#: A line of TOML that gives something a name; ``sep=`` says what divides the values of a table.
ASSIGNMENT = re.compile(r"^[ \t]*(?!(?i:sep)=)[\w-]+[ \t]*=[ \t]*(?:[\"'\[{+\d-]|true|false)", re.MULTILINE)


class Held(str):
    """A name like that of a file, of tensors which are held in memory, in ``frames``, and in no file."""

    __slots__ = ("frames",)
    frames: bytes

    @classmethod
    def of(cls, name: str, frames: bytes) -> Held:
        """The name together with what it stands for."""
        held = cls(name)
        held.frames = frames
        return held


@contextmanager
def open_input(
    word: str,
    *,
    stdin: BinaryIO | None,
    literal: Literal = MATRIX,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Source]:
    """The bytes behind a word: ``-``, ``sample:NAME``, a file, a matrix written out, or what is held.

    Raises ``BadData`` when it is none of them, with the nearest file or sample (``literal`` says what else
    could have been typed), and when the file cannot be read.
    """
    name = word.encode(errors="surrogateescape").decode(errors="replace")
    with ExitStack() as stack:
        if isinstance(word, Held):
            yield Source(io.BytesIO(word.frames), word, say)
            return
        if word == "-":
            if stdin is None:
                raise BadData("standard input is closed")
            yield Source(stdin, STANDARD_INPUT, say)
            return
        if word.startswith("sample:"):
            from dlcli.wire.datasets.words import is_data, is_long_text
            from dlcli.wire.samples import known_sample

            if is_data(word) and not is_long_text(word):
                say(f"dlcli: {name} is a set of data: its arrays are read one by one; {_as_one(word)}")
            yield Source(_open(str(known_sample(word.removeprefix("sample:"))), name, stack), name, say)
            return
        if os.path.lexists(word):
            yield Source(_open(word, name, stack), name, say)
            return
        from dlcli.wire.typed.literal import looks_like

        if not looks_like(word):
            raise BadData(_unknown(word, name, literal))
        try:
            yield Source(io.BytesIO(word.encode()), LITERAL, say)
        except BadData as error:
            error.typed = word
            raise


def _open(path: str, name: str, stack: ExitStack) -> BinaryIO:
    try:
        if os.path.isdir(path):
            raise BadData(
                f"{printable(name)} is a directory; name the files in it, "
                f"for instance {printable(name).rstrip('/')}/*.png"
            )
        return stack.enter_context(open(path, "rb", buffering=0))
    except OSError as error:
        raise BadData(f"cannot read {printable(name)}: {os.strerror(error.errno or 0)}") from error


def half_named(word: str) -> bool:
    """Whether a word is the name of a sample, or of a file of this folder but for its ending.

    >>> half_named("cat"), half_named("the cat")
    (True, False)
    """
    from dlcli.wire.samples import samples

    return word in samples() or any(os.path.splitext(file)[0] == word for file in _files("."))


def _files(folder: str) -> list[str]:
    """The names of the files in a folder that can be looked into."""
    try:
        return os.listdir(folder)
    except (OSError, ValueError):
        return []


def _as_one(word: str) -> str:
    return f"as one tensor: dlcli show {printable(shlex.quote(word))} | …"


def _unknown(word: str, name: str, literal: Literal) -> str:
    """Why a word is nothing that can be read, and what may have been meant."""
    from dlcli.wire.datasets.words import form_of
    from dlcli.wire.samples import samples

    if word not in literal.words() and form_of(word)[0]:
        return f"{name!r} is a set of data, which show, train and predict read; {_as_one(word)}"
    folder, base = os.path.split(word)
    choices = {
        file.lower(): os.path.join(folder, file)
        for file in _files(folder or ".")
        if not file.startswith(".") and file.lower().endswith(literal.endings)
    }
    if not folder:
        choices |= {
            sample: f"sample:{sample}"
            for sample, path in samples().items()
            if path.name.endswith(literal.endings)
        }
    choices |= {other: other for other in literal.words()}
    known = [] if folder else list(literal.words())
    near = nearest(base.lower(), choices, cutoff=0.7) or nearest(base.lower(), known)
    hint = literal.advice if near is None else f"did you mean {printable(choices[near])}?"
    return f"{name!r} is neither a file nor {literal.what}: {hint}"


def read_tensors(
    source: Source,
    *,
    limits: Limits,
    block: Callable[[int], int] | None = None,
    prose: bool = False,
    column: str = "",
) -> Iterator[Tensor]:
    """The tensors of an input, one after the other; each carries where it was read in ``attrs["source"]``.

    Frames and .npy arrays may follow each other in a stream, so that a stream of any length needs the memory
    of one tensor; with ``block`` (samples by sample rate) so does a sound of any length. With ``prose``
    a text of words is a sentence a line, unless the name promises numbers, as .npy does; otherwise it is
    refused as a table without a number. Of a table with a ``column`` of this name
    columns of words are left out.
    What they hold decides how bytes are read, then the suffix of the name. Raises ``BadData``.
    """
    if source.at_end():
        source.bad("nothing in it (0 bytes)")
    origin = "-" if source.name == STANDARD_INPUT else source.name
    if told := foreign(source):
        source.bad(told)
    while not source.at_end():
        for tensor in _read(kind_of(source), source, limits, block, prose, column):
            yield tensor if "source" in tensor.attrs else tensor.with_attrs(source=origin)
            del tensor


def _read(
    kind: str | None,
    source: Source,
    limits: Limits,
    block: Callable[[int], int] | None,
    prose: bool,
    column: str,
) -> Iterator[Tensor]:
    match kind:
        case "frame":
            from dlcli.wire.tensors.frame import read_frame

            yield from read_frame(source, limits=limits)
        case "npy":
            from dlcli.wire.tensors.npy import read_npy

            yield read_npy(source, limits=limits)
        case "npz":
            from dlcli.wire.tensors.npy import read_npz

            yield from read_npz(source, limits=limits)
            _finish(source)
        case "image":
            from dlcli.wire.pictures.image import read_image

            yield read_image(source, limits=limits)
            _finish(source)
        case "audio":
            from dlcli.wire.sounds.audio import read_audio, read_audio_blocks

            if block is None:
                yield read_audio(source, limits=limits)
            else:
                yield from read_audio_blocks(source, limits=limits, block=block)
            _finish(source)
        case "json":
            from dlcli.wire.tensors.json_lines import read_json

            yield from read_json(source, limits=limits)
        case "text":
            yield from _read_text(source, limits, prose, column)
        case "pickle":
            source.bad("this looks like a pickle, which can run code: dlcli never loads one")
        case _:
            if source.peek(1) == b"\x1b":  # colours
                from dlcli.wire.typed.text import read_text

                read_text(source, limits=limits)  # it knows a story with colours
            source.bad(f"not a format that dlcli reads: {READABLE}")


def _read_text(source: Source, limits: Limits, prose: bool, column: str) -> Iterator[Tensor]:
    """The tables of a text one after the other, an array as a program prints it, or sentences."""
    from dlcli.wire.typed.literal import is_array
    from dlcli.wire.typed.table import is_notes, read_table, texts_of_tables

    prose = prose and not source.name.lower().endswith((".csv", ".tsv"))
    prose = prose and promised(source.name) in (None, "text")
    for line, text in (tables := texts_of_tables(source, limits=limits)):
        if source.name.lower().endswith(".toml"):
            source.bad(TOML)
        if line > 1 and is_notes(text):
            continue
        if line == 1 and is_array(text):
            from dlcli.wire.tensors.json_lines import read_json

            text += "".join(more for _, more in tables)
            yield from read_json(source.again(text), limits=limits)
            return
        if prose and line == 1:
            from dlcli.wire.typed.sentence import is_prose, sentences

            if is_prose(text):
                text += "".join(more for _, more in tables)
                if is_prose(text):
                    yield from sentences(text, source.tell)
                    return
        try:
            tensor = read_table(text, source, column, line)
        except BadData as error:
            if ASSIGNMENT.search(text):
                source.bad(TOML)
            raise BadData(f"{error}{_other_reading(text, prose)}") from None
        yield tensor


def _other_reading(text: str, prose: bool) -> str:
    """What else the lines of a text that is no table may be, and how this is said."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all("|" in line for line in lines):
        return "; if '|' divides its values, write sep=| in a line above them"
    if prose and len(lines) > 1 and all(re.search(r"[^\W\d]", line) for line in lines):
        from dlcli.wire.typed.sentence import is_prose

        words = text.split()
        ended = "".join(f"{line.rstrip()}.\n" for line in lines)
        if 2 * sum(map(is_number, words)) <= len(words) and is_prose(ended):
            return "; if its lines are sentences, end each with a full stop"
    return ""


def _finish(source: Source) -> None:
    """Leave nothing of a file whose reader has seen all that matters."""
    if source.raw.seekable():
        source.raw.seek(0, os.SEEK_END)
