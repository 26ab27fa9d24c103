"""From tensors to bytes: in a pipe by the name of a format, in a file by its suffix."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from dlcli.errors import WrongUsage
from dlcli.tensor import Tensor

#: Suffix of a picture -> Pillow's name of its format.
PICTURES = {
    ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF", ".bmp": "BMP", ".tif": "TIFF",
    ".tiff": "TIFF", ".webp": "WEBP",
}  # fmt: skip
#: The same of a file whose pictures can move.
MOVING = {".gif": "GIF", ".apng": "PNG", ".webp": "WEBP"}

#: Suffix of a sound -> libsndfile's name of its format.
SOUNDS = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG"}

#: Suffix of a data file -> its format.
SUFFIXES = {
    ".npy": "npy", ".npz": "npz", ".safetensors": "frame", ".csv": "csv", ".tsv": "tsv", ".json": "json",
    **PICTURES, **SOUNDS,
}  # fmt: skip

#: Suffix of a file that holds a text, where no format is given.
TEXT = ".txt"


def file_format(path: str, fallback: str | None, also: Iterable[str] = ()) -> str:
    """The format of a data file: what its suffix says, or the fallback when it says nothing.

    Without a fallback what ends with .txt is a text.

    Raises ``WrongUsage`` for a suffix that is no format's, naming those that are, and ``also`` these.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    if fallback is not None:
        return fallback
    if suffix == TEXT:
        return "text"
    told = f"the suffix {suffix!r} names no format" if suffix else "it has no suffix to name its format"
    known = f"{', '.join((*SUFFIXES, *also))}, of a text {TEXT}"
    raise WrongUsage(f"cannot write {path}: {told}; use one of {known}, or give -f")


def write_tensor(tensor: Tensor, stream: BinaryIO, *, format: str, first: bool = True) -> str | None:
    """Write one tensor to a stream as ``json``, ``csv``, ``tsv``, ``npy`` or ``frame``.

    Two empty lines stand in front of a table that is not the ``first``. Returns a sentence on what a frame
    has no room for.
    """
    match format:
        case "frame":
            from dlcli.wire.tensors.frame import write_frame

            return write_frame(tensor, stream)
        case "npy":
            from dlcli.wire.tensors.npy import write_npy

            write_npy(tensor, stream)
        case "json":
            from dlcli.wire.tensors.json_lines import write_json

            write_json(tensor, stream)
        case "csv" | "tsv":
            from dlcli.wire.atomic import write_all
            from dlcli.wire.typed.table_write import write_table

            write_all(stream, b"" if first else b"\n\n")
            write_table(tensor, stream, delimiter="\t" if format == "tsv" else ",")
        case _:
            raise ValueError(f"format expects json, csv, tsv, npy or frame; received {format!r}")
    return None


def save_tensors(
    tensors: Mapping[str, Tensor],
    path: str,
    *,
    format: str | None = None,
    scale: str | None = None,
    follows: bool = False,
) -> str | None:
    """Write a file, whole or not at all, by its suffix (``format`` when that says nothing).

    An .npz or .safetensors file takes all tensors under the names given here; any other file takes the
    first, which in a stream may be one that ``follows`` another. For a picture, returns a sentence on how
    numbers became colours, by ``scale`` or by content; for a sound, on what was clipped; for a .safetensors
    file, on what its header has no room for.
    """
    from dlcli.wire.atomic import is_stream, replacing

    kind = file_format(path, format)
    first = next(iter(tensors.values()))
    if kind == "text":
        from dlcli.wire.datasets.texts import is_text, text_of

        if not is_text(first):
            raise WrongUsage(
                f"cannot write {path}: .txt is for a text, and this is {first.describe()}; use .csv, or give "
                "-f csv"
            )
        text = text_of(first).encode()
    with replacing(path) as file:
        if kind == "text":
            file.write(text)
        elif kind == "npz":
            from dlcli.wire.tensors.npy import write_npz

            write_npz(tensors, file)
        elif kind == "frame":
            from dlcli.wire.tensors.frame import write_tensors

            return write_tensors(tensors, file)
        elif kind in SOUNDS.values():
            from dlcli.wire.sounds.audio_write import write_audio

            return write_audio(first, file, format=kind)
        elif kind in PICTURES.values():
            from dlcli.wire.pictures.image_write import write_image

            return write_image(first, file, format=kind, scale=scale)
        else:
            write_tensor(first, file, format=kind, first=not (follows and is_stream(path)))
    return None
