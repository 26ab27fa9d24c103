"""What dlcli does not read, and how it becomes something that it reads."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from dlcli.wire.stream import STANDARD_INPUT, Source
from dlcli.words.headings import HEADINGS

_TORCH = "in Python: safetensors.torch.save_file(model.state_dict(), 'net.safetensors')"
_KERAS = "in Python: numpy.savez('net.npz', **{w.path: w for w in model.weights})"
_SHEET = "a spreadsheet: save it as CSV in the program that made it"
_TEXT = "a document: save it as plain text (.txt)"
_SOUND = "a sound in a format that is not read: ffmpeg -i {name} {stem}.wav"
_PICTURE = "a picture in a format that is not read: magick {name} {stem}.png"
_PICKLE = "a pickle, which can run code: dlcli never loads one; in Python: numpy.savez('x.npz', x=x)"
_PACKED = "a packed file: unpack it first"

#: Ending of a file's name -> what such a file is, and what to do with it.
FOREIGN = {
    **dict.fromkeys((".pt", ".pth", ".ckpt"), f"a PyTorch file, whose pickle can run code; {_TORCH}"),
    ".keras": f"a Keras model; {_KERAS}",
    **dict.fromkeys((".h5", ".hdf5"), f"an HDF5 file; {_KERAS}"),
    ".onnx": "an ONNX model, which dlcli summary and predict read; of an RNN, LSTM or GRU in Python: "
    "numpy.savez('net.npz', W=w, R=r, B=b), its initializers by name",
    **dict.fromkeys((".xlsx", ".xls", ".ods", ".numbers"), _SHEET),
    **dict.fromkeys((".docx", ".doc", ".odt", ".rtf", ".pptx"), _TEXT),
    ".html": "markup, not plain text: pandoc -t plain {name} makes text of it",
    ".pdf": "a PDF: pdftoppm -png {name} {stem} makes pictures of its pages, pdftotext {name} its text",
    **dict.fromkeys((".m4a", ".aac", ".wma", ".amr", ".mp4", ".mov", ".mkv", ".webm"), _SOUND),
    **dict.fromkeys((".heic", ".heif", ".avif", ".svg", ".psd", ".jxl", ".ico"), _PICTURE),
    ".mat": "a MATLAB file; in Python: numpy.savez('x.npz', x=scipy.io.loadmat('{name}')['x'])",
    **dict.fromkeys((".parquet", ".feather"), "a table of pandas: save it with to_csv"),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), _PICKLE),
    ".ipynb": "a notebook; its numbers are written by numpy.save in it",
    **dict.fromkeys((".zip", ".gz", ".bz2", ".xz", ".7z", ".tar", ".tgz", ".zst"), _PACKED),
}

#: First bytes -> the ending that such a file would have.
MAGIC = {
    b"\x89HDF\r\n": ".h5", b"%PDF-": ".pdf", b"\x1f\x8b": ".gz", b"BZh91AY": ".bz2", b"\xfd7zXZ": ".xz",
    b"MATLAB 5.0 M": ".mat", b"\xd0\xcf\x11\xe0": ".xls",
}  # fmt: skip

#: What stands behind ``ftyp`` in a picture; otherwise it is sound or film.
BRANDS = {b"heic": ".heic", b"heix": ".heic", b"mif1": ".heic", b"avif": ".avif"}

#: Names in an archive -> the ending that such an archive would have.
MEMBERS = {
    "data.pkl": ".pt",
    "model.weights.h5": ".keras",
    "xl/workbook.xml": ".xlsx",
    "word/document.xml": ".docx",
}

#: The first line of a story in words or in Markdown; below that in words something is set in, and a heading
#: comes again, or empty lines of a picture, at which a table ends.
_HEADING = re.compile(rf"(?:### )?(?:{'|'.join(HEADINGS)})(?:  \S.*)?\n")
_SET_IN = re.compile(r"^  +\S", re.MULTILINE)
_APART = re.compile(r"\n\n(?:\S|\s*\Z)")

#: What follows in Markdown: another heading, a table, a list, code, a name in bold letters.
_MARKDOWN = re.compile(r"^(?:### |\| |- |```|\*\*)", re.MULTILINE)

#: How a story begins as a page or as a drawing.
_PAGE = re.compile(
    r"<svg data-generator=\"dlcli\"|<!DOCTYPE html>\s.{,80}<meta name=\"generator\" content=\"dlcli\">"
)
#: How markup begins, in the first bytes that are looked at; a drawing in it; how much is looked at then.
_MARKUP = re.compile(rb"\s*<(\?xml|!doctype|!--|html\b|svg\b)", re.IGNORECASE)
_DRAWING = re.compile(rb"\s*(<[?!][^>]*>\s*)*<svg\b", re.IGNORECASE)
PAGE = 4096

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

#: The line that stands above a worksheet, in as many lines as it takes.
_TASK = re.compile(r"\A(?:#+ )?dlcli \S[^\n]*\n(?:[^\n]+\n)*\n")

STORY = (
    "the story of a command, for people to read; here its numbers are wanted: leave out -f before the pipe, "
    "or give -f frame where DLCLI_FORMAT is set"
)

HELP = "the help of a command, for people to read; here numbers are wanted: leave out --help before the pipe"


def foreign(source: Source, members: Iterable[str] = ()) -> str | None:
    """What an input is that dlcli does not read, and what to do, by its first bytes or its name; else None.

    ``members`` are the names in it, where it is an archive.
    """
    start = source.peek(12)
    inside = (end for name in members for tail, end in MEMBERS.items() if name.endswith(tail))
    suffix = next((end for magic, end in MAGIC.items() if start.startswith(magic)), next(inside, ""))
    if _MARKUP.match(start):
        page = source.peek(PAGE)
        if is_story(page.decode(errors="replace")):
            return STORY
        suffix = ".svg" if _DRAWING.match(page) else ".html"
    if start[4:8] == b"ftyp":
        suffix = BRANDS.get(start[8:12], ".m4a")
    stem, promised = os.path.splitext(source.name)
    told = FOREIGN.get(promised.lower()) or FOREIGN.get(suffix)
    name = source.name
    if name == STANDARD_INPUT:
        stem, name = "FILE", f"FILE{suffix}"
    return told and told.replace("{name}", name).replace("{stem}", stem)


def is_story(text: str) -> bool:
    """Whether a text is what a command tells people, instead of what it sends to the next.

    >>> is_story("Input  5 × 2 (row, column), int64\\n\\nKernel\\n  1 0\\n"), is_story("Input\\n5\\n2\\n")
    (True, False)
    """
    start = _TASK.sub("", _COLOURS.sub("", text[:PAGE]).lstrip())
    if not (heading := _HEADING.match(start)):
        return _PAGE.match(start) is not None
    text = _TASK.sub("", _COLOURS.sub("", text).lstrip())
    if text.startswith("### "):
        return _MARKDOWN.search(text, heading.end()) is not None
    return (
        _SET_IN.search(text, heading.end()) is not None and _APART.search(text, heading.end() - 1) is not None
    )
