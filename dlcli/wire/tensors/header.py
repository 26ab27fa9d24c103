"""The header of the safetensors format: which tensors follow, of what type and shape, and what they mean.

A file or frame is 8 bytes (the header's length, little-endian), the header (a JSON object), and the numbers
of all tensors, one after the other without a gap. The header maps each name to ``dtype``, ``shape`` and
``data_offsets`` [begin, end); ``__metadata__`` maps strings to strings, and we keep axes and attributes there
under ``dlcli``. Format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from dlcli.errors import BadTensor
from dlcli.tensor import NAMES, Array, Tensor
from dlcli.wire.strict_json import BadJson, brief, is_shape, loads
from dlcli.wire.tensors.meaning import attrs_from_json, axes_as_json, axes_from_json

#: A longer header is refused: no honest one comes near.
MAX_HEADER = 1 << 20

#: NumPy's name of a dtype -> the format's. BF16 has no dtype in NumPy and is read as float32; complex128 is
#: none of the format's types and travels as F64 with a trailing axis (real, imaginary).
CODES = {
    "bool": "BOOL", "uint8": "U8", "int8": "I8", "uint16": "U16", "int16": "I16", "uint32": "U32",
    "int32": "I32", "uint64": "U64", "int64": "I64", "float16": "F16", "float32": "F32", "float64": "F64",
    "complex64": "C64",
}  # fmt: skip
DTYPES = {code: np.dtype(name).newbyteorder("<") for name, code in CODES.items()}
DTYPES["BF16"] = np.dtype("<u2")


@dataclass(frozen=True)
class Entry:
    """One tensor that a header announces: its numbers stand at ``begin`` up to ``end`` of the data."""

    name: str
    code: str
    shape: tuple[int, ...]
    begin: int
    end: int
    meaning: Mapping[str, Any]

    def tensor(self, raw: Array) -> Tensor:
        """The tensor, from its numbers as they stood in the data. Raises ``BadTensor``."""
        data = raw.reshape(self.shape)
        if self.code == "BF16":
            data = (data.astype(np.uint32) << 16).view(np.float32)
        elif self.code == "BOOL":
            if data.size and data.view(np.uint8).max() > 1:
                raise BadTensor(f"tensor {self.name!r} holds booleans other than 0 and 1")
        elif self.meaning.get("complex"):
            if self.code != "F64" or self.shape[-1:] != (2,):
                raise BadTensor(
                    f"tensor {self.name!r} is marked complex; this needs F64 pairs, not {self.code} "
                    f"{list(self.shape)}"
                )
            data = data.view("<c16")[..., 0]
        axes = axes_from_json(self.meaning.get("axes"))
        return Tensor(data, axes, self.name, attrs_from_json(self.meaning.get("attrs")))


def encode(tensors: Mapping[str, Tensor]) -> bytes:
    """The first bytes of a frame or file that holds these tensors under these names, in this order.

    The header is padded with blanks so that the numbers begin at a multiple of 8 bytes.
    """
    header: dict[str, Any] = {}
    meaning: dict[str, Any] = {}
    begin = 0
    for name, tensor in tensors.items():
        paired = tensor.data.dtype == np.complex128
        end = begin + tensor.data.nbytes
        header[name] = {
            "dtype": "F64" if paired else CODES[tensor.data.dtype.name],
            "shape": [*tensor.shape, 2] if paired else list(tensor.shape),
            "data_offsets": [begin, end],
        }
        meaning[name] = {"axes": axes_as_json(tensor), "attrs": dict(tensor.attrs)}
        if paired:
            meaning[name]["complex"] = True
        begin = end
    told = json.dumps({"__metadata__": {"dlcli": json.dumps(meaning, separators=(",", ":"))}, **header},
                      separators=(",", ":")).encode()  # fmt: skip
    told += b" " * (-len(told) % 8)
    if len(told) > MAX_HEADER:
        raise BadTensor(
            f"the axes and attributes take {len(told)} bytes, a header holds {MAX_HEADER}; shorten the labels"
        )
    return len(told).to_bytes(8, "little") + told


def encode_what_fits(tensors: Mapping[str, Tensor]) -> tuple[bytes, str | None]:
    """As ``encode``, without the names of positions that make the header too long, and a sentence on these.

    >>> from dlcli.tensor import Axis
    >>> long = Tensor(range(200_000), (Axis("state", tuple(map(str, range(200_000)))),))
    >>> first, note = encode_what_fits({"values": long})
    >>> decode(first[8:])[0].meaning["axes"], note[:30]
    ([{'name': 'state'}], 'the names of state take more t')
    """
    kept, left_out = dict(tensors), dict[str, None]()
    while True:
        try:
            first = encode(kept)
            break
        except BadTensor:
            size, name, place = max(_names(kept), default=(0, "", ""))
            if not size:
                raise
            tensor = kept[name]
            if isinstance(place, str):
                attrs = {key: value for key, value in tensor.attrs.items() if key != place}
                kept[name] = replace(tensor, attrs=attrs)
                left_out[place.removeprefix(NAMES)] = None
            else:
                bare = replace(tensor.axes[place], labels=None)
                kept[name] = replace(tensor, axes=(*tensor.axes[:place], bare, *tensor.axes[place + 1 :]))
                left_out[bare.name] = None
    if not left_out:
        return first, None
    return first, (
        f"the names of {', '.join(left_out)} take more than the {MAX_HEADER} bytes of a header and are left "
        "out; json, csv and .npz keep them: -f json, or -o FILE.npz"
    )


def _names(tensors: Mapping[str, Tensor]) -> Iterator[tuple[int, str, int | str]]:
    """Whatever has names for positions or numbers: how long these are, the tensor, its axis or attribute."""
    for name, tensor in tensors.items():
        for place, axis in enumerate(tensor.axes):
            if axis.labels:
                yield sum(map(len, axis.labels)) + len(axis.labels), name, place
        for key, value in tensor.attrs.items():
            if key.startswith(NAMES):
                yield len(str(value)), name, key


def decode(told: bytes) -> list[Entry]:
    """The tensors that a header announces, in order of the data; ``BadTensor`` when it contradicts itself.

    >>> first = encode({"x": Tensor([1.0, 2.0])})
    >>> [(e.name, e.code, e.shape, e.begin, e.end) for e in decode(first[8:])]
    [('x', 'F64', (2,), 0, 16)]
    """
    try:
        header = loads(told)
    except BadJson as error:
        raise BadTensor(f"its header is not valid: {error}") from None
    if not isinstance(header, dict):
        raise BadTensor("its header is not valid: it is no object")
    meaning = _meaning(header.pop("__metadata__", {}))
    entries = [_entry(name, value, meaning.get(name, {})) for name, value in header.items()]
    entries.sort(key=lambda entry: (entry.begin, entry.end))
    place = 0
    for entry in entries:
        if entry.begin != place:
            kind = "overlaps what stands before it" if entry.begin < place else "leaves a hole before it"
            raise BadTensor(f"tensor {entry.name!r} {kind}: it begins at byte {entry.begin}, not {place}")
        place = entry.end
    return entries


def _entry(name: str, value: Any, meaning: Any) -> Entry:
    if not isinstance(value, dict) or not isinstance(meaning, dict):
        raise BadTensor(f"its header describes tensor {name!r} by no object")
    code, shape, offsets = (value.get(key) for key in ("dtype", "shape", "data_offsets"))
    if code not in DTYPES:
        raise BadTensor(f"tensor {name!r} has dtype {code!r}; dlcli reads {', '.join(DTYPES)}")
    if not is_shape(shape) or len(shape) > 64:
        raise BadTensor(f"tensor {name!r} needs a shape of whole numbers; received {brief(shape)}")
    if not is_shape(offsets) or len(offsets) != 2:
        raise BadTensor(f"tensor {name!r} needs two data_offsets; received {brief(offsets)}")
    wanted = prod(shape) * DTYPES[code].itemsize
    if offsets[1] - offsets[0] != wanted:
        raise BadTensor(
            f"tensor {name!r} of shape {brief(shape)} and dtype {code} takes {wanted} bytes; "
            f"its data_offsets give it {offsets[1] - offsets[0]}"
        )
    return Entry(name, code, tuple(shape), offsets[0], offsets[1], meaning)


def _meaning(metadata: Any) -> Mapping[str, Any]:
    """Axes and attributes of each tensor as dlcli noted them; empty when another program wrote them."""
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise BadTensor("its header's __metadata__ must map strings to strings")
    if "dlcli" not in metadata:
        return {}
    try:
        meaning = loads(metadata["dlcli"])
    except BadJson as error:
        raise BadTensor(f"its header's note on axes is not valid: {error}") from None
    if not isinstance(meaning, dict):
        raise BadTensor("its header's note on axes is not valid: it is no object")
    return meaning
