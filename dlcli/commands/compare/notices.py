"""What is worth noticing where two tensors differ: what the one may be of the other, dtypes, NaN."""

from __future__ import annotations

import numpy as np

from dlcli.commands.compare.record import Pair
from dlcli.engines.tensors.comparison import Relation, relation
from dlcli.engines.tensors.structural_similarity import WINDOW
from dlcli.views.text.text import clip
from dlcli.words.number import number

#: Numbers of a tensor up to which it is tried what it may be of the reference.
TRIED = 2**22

#: Roundings of float32 up to which a difference may be its own.
ROUNDINGS = 64

#: Parts of a rounding at the largest number below which a difference is no rounding of sums with it.
LEAST = 1 / 4

NAME = 24


def notices(pair: Pair) -> list[str]:
    """What is worth noticing, the most telling first."""
    return [notice for notice in (_related(pair), _nan(pair), _rounded(pair), _picture(pair)) if notice]


def _picture(pair: Pair) -> str:
    """Bytes whose axes have no names, and which have the shape of a picture."""
    bytes_ = all(one.data.dtype == np.uint8 for one in (pair.reference, pair.actual))
    if pair.is_picture or not (bytes_ and pair.may_be_picture) or min(pair.reference.shape[:2]) < WINDOW:
        return ""
    return "If these bytes are a picture: --data-range 255 adds PSNR and SSIM."


def _related(pair: Pair) -> str:
    """A slip that explains all of the difference."""
    if pair.passes or pair.reference.data.size > TRIED:
        return ""
    found = relation(pair.reference.data, pair.actual.data)
    return "" if found is None else f"{_words(found, pair)}."


def _words(found: Relation, pair: Pair) -> str:
    axis = clip(pair.reference.axes[found.axis].name, NAME) if pair.reference.axes else ""
    value = number(found.value)
    match found.kind:
        case "scaled":
            return f"What is compared is the reference times {value}"
        case "offset":
            return f"What is compared is the reference with {value} added to every number"
        case "reversed":
            return f"What is compared is the reference in reverse along {axis}"
        case "transposed":
            return "What is compared is the transpose of the reference"
        case "turned":
            return (
                "What is compared is the reference turned by 180°: so do convolution and correlation differ"
            )
        case _:
            way = "later" if found.value > 0 else "earlier"
            return f"What is compared is the reference one place {way} along {axis}"


def _nan(pair: Pair) -> str:
    found = pair.found
    if found is None or not found.both_nan:
        return ""
    cells = f"{found.both_nan} {'cell is' if found.both_nan == 1 else 'cells are'} NaN in both"
    return f"{cells}: {'equal here; --unequal-nan would not have it so' if found.equal_nan else 'not equal'}."


def _rounded(pair: Pair) -> str:
    """Differences that the shorter of two dtypes makes by itself."""
    found = pair.found
    if found is None or not found.beyond or not np.isfinite(found.largest):
        return ""
    kinds = [one.data.dtype for one in (pair.reference, pair.actual) if one.data.dtype.kind in "fc"]
    coarse = max((float(np.finfo(kind).eps) for kind in kinds), default=0.0)
    largest = float(np.abs(found.reference[found.finite]).max()) if found.finite.any() else 0.0
    if not kinds or found.largest > ROUNDINGS * coarse * largest:
        return ""
    where = "at the largest number"
    if found.largest < LEAST * coarse * largest:  # too small for a sum of numbers as large as that one
        own = np.abs(found.reference[found.worst]).item()
        if found.largest > ROUNDINGS * coarse * own:
            return ""
        largest, where = own, "of its own number"
    name = next(kind for kind in kinds if float(np.finfo(kind).eps) == coarse)
    roundings = number(found.largest / (coarse * largest), 2)
    return (
        f"The largest difference is {roundings} roundings of {name} {where}: sums in another order differ so."
    )
