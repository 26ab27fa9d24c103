"""Where a tensor came from: in words, and as a word that can be typed again."""

from __future__ import annotations

import re

import numpy as np
from rich.text import Text

from dlcli.tensor import Tensor, default_axes
from dlcli.views.look import facts
from dlcli.views.text.text import clip
from dlcli.words.axes import CHANNELS_LAST
from dlcli.words.numeral import mostly_numbers

WHOLE = 1e15  # floats below this are written without a point where they need none
TYPED = 144  # numbers that somebody would still type as a literal
LETTERS = 200  # characters that are typed in the place of a file

#: What may be an array, a call or JSON when it is typed, or ends as the name of a file does.
_NO_SENTENCE = re.compile(
    r"(?!\[(?:CLS|MASK)\])(?:(?:\w+\s*=\s*)?(?:<tf\.|[\w.]*[\[({])|Parameter containing:).*|.*\.(?!\d+$)\w+",
    re.IGNORECASE,
)


def origin_words(tensor: Tensor, precision: int = 4) -> Text:
    """The origin of a tensor in words: its source, shape, dtype and range.

    What another command made of a source is called by its own name.

    >>> origin_words(Tensor([[1, 2]], attrs={"source": "sample:exercise"})).plain
    'sample:exercise, 1 × 2 (row, column), int64, 1 to 2'
    >>> flat = Tensor([[1, 2]], name="flat", attrs={"source": "cat.png", "command": "flatten cat.png"})
    >>> origin_words(flat).plain
    'flat of cat.png, 1 × 2 (row, column), int64, 1 to 2'

    A sentence is quoted, and its words are counted.
    """
    source = clip(str(tensor.attrs.get("source", tensor.name)), 40)
    before = {"literal": "", "-": "standard input, "}.get(source, f"{source}, ")
    if "command" in tensor.attrs:
        before = clip(tensor.name, 40) + ("" if source in ("-", "literal") else f" of {source}") + ", "
    elif is_sentence(tensor):
        words = tensor.axes[0].labels or ()
        many = f"{len(words)} token{'s' * (len(words) != 1)}, {len(set(words))} different"
        return Text(f"{before}“{clip(str(tensor.attrs['text']), 60)}”, {many}")
    return Text.assemble(before, facts(tensor, precision))


def is_sentence(tensor: Tensor) -> bool:
    """Whether the numbers are those of the words of a text."""
    return tensor.axis_names == ("token",) and tensor.axes[0].labels is not None and "text" in tensor.attrs


def source_word(tensor: Tensor) -> str | None:
    """The word that names a tensor on a command line; None when it cannot be typed again.

    >>> source_word(Tensor([[1, -2], [0.5, 4]], attrs={"source": "literal"}))
    '1 -2; 0.5 4'
    >>> source_word(Tensor([1, -2, 0.5], attrs={"source": "literal"}))
    '[1, -2, 0.5]'
    """
    source = str(tensor.attrs.get("source", "-"))
    if source == "-" or "command" in tensor.attrs:
        return None
    if source == "literal" and is_sentence(tensor):
        return str(tensor.attrs["text"])
    if source == "literal":
        return literal(tensor)
    return f"./{source}" if source.startswith("-") else source


def typed_word(tensor: Tensor) -> str | None:
    """The sentence or the matrix itself as it is typed; None where it cannot be, or is too long for a line.

    >>> typed_word(Tensor([[1, 2]])), typed_word(Tensor([[[1, 2]]]))
    ('1 2', None)
    """
    if is_sentence(tensor):
        words = str(tensor.attrs["text"]).split()
        if mostly_numbers(" ".join(words)) or _NO_SENTENCE.fullmatch(" ".join(words)):
            return None
        # A blank before it says that it is a sentence, no option, no sample and no slip for the name of one.
        typed = " " * (len(words) == 1 or words[0].startswith(("-", "sample:"))) + " ".join(words)
    elif tensor.axes in (default_axes(tensor.data.ndim), CHANNELS_LAST):
        typed = literal(tensor) or ""
    else:
        return None
    return typed if 0 < len(typed) <= LETTERS else None


def literal(tensor: Tensor) -> str | None:
    """A matrix as it is typed, rows by semicolons, a vector in brackets, the matrices of channels by ``|``.

    None for what cannot be typed.

    >>> literal(Tensor([[[1, 5], [2, 6]]], CHANNELS_LAST))
    '1 2 | 5 6'
    """
    values = tensor.data
    if (
        values.ndim not in (1, 2, 3)
        or (values.ndim == 3 and (tensor.axes != CHANNELS_LAST or values.shape[2] < 2))
        or values.size > TYPED
        or values.dtype.kind not in "iuf"
        or not np.isfinite(values).all()
    ):
        return None
    if values.ndim == 1:
        return f"[{', '.join(map(_typed, values.tolist()))}]"
    if values.ndim == 2:
        return "; ".join(" ".join(map(_typed, row)) for row in values.tolist())
    matrices = (Tensor(values[..., channel]) for channel in range(values.shape[2]))
    return " | ".join(literal(matrix) or "" for matrix in matrices)


def _typed(value: float) -> str:
    return str(int(value)) if abs(value) < WHOLE and value == int(value) else repr(value)
