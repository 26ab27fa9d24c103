"""Who may look at whom, as commands with attention are told: causal, a window, a mask by its convention."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import click
import numpy as np

from dlcli.commands.kinds.one_tensor import one_tensor
from dlcli.engines.attention.masks import check_mask
from dlcli.engines.base.checks import Array, EngineError
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.kinds import Reads, Whole
from dlcli.runner.option import option, was_typed
from dlcli.runner.result import Run

mask_option = partial(option, under="Masks")


def convention(*needs: str) -> Any:
    """The option of what 1 means in masks, which does nothing without one of these options."""
    return mask_option(
        "--mask-means",
        click.Choice(("visible", "hidden")),
        "visible",
        needs=needs,
        help="What 1 says of a key: visible as in torch's scaled_dot_product_attention, or hidden as in its "
        "MultiheadAttention.",
    )


@dataclass(frozen=True)
class MaskOptions:
    """The options of who may look at whom."""

    causal: bool = mask_option("--causal", help="A query sees only keys up to its own place, as in decoding.")
    window: int | None = mask_option(
        "--window",
        Whole(),
        help="A query sees only keys fewer than N places away (sliding window); with --causal the last N.",
    )
    mask: str | None = mask_option(
        "--mask",
        Reads("FILE"),
        help="Who may look (query, key), or one row for all, as for padding: 1 and 0, or floats that are "
        "added to the scores.",
    )
    mask_means: str = convention("--mask")


def read_mask(word: str, means: str, run: Run, flag: str = "--mask") -> Array:
    """The mask that a word names: booleans, true where a query may look, or floats that are added.

    Whole numbers and truth values mean what ``means`` says. Raises ``DlcliError`` for others, and
    ``WrongUsage`` for floats with a convention that was typed.
    """
    mask = np.atleast_1d(one_tensor(word, run, flag).data)
    if mask.dtype.kind == "f":
        if not (mask < np.inf).all():
            wrong = mask[~(mask < np.inf)].flat[0]
            raise DlcliError(
                f"{flag}: floats are added to the scores, and -inf hides a key; received {wrong:g}, which "
                "leaves no number"
            )
        if was_typed("mask_means"):
            raise WrongUsage(
                f"--mask-means {means}: {flag} holds floats, which are added to the scores; leave it out, or "
                "give whole numbers or true and false"
            )
        if np.isin(mask, (0, 1)).all() and (mask == 1).any():
            run.warn(
                "the mask has 0 and 1 as floats, which are added to the scores; "
                "to allow and forbid, give whole numbers or true and false"
            )
        return mask
    if mask.dtype.kind not in "biu" or not np.isin(mask, (0, 1)).all():
        range_ = f" from {mask.min()} to {mask.max()}" if mask.dtype.kind in "iu" else ""
        raise DlcliError(
            f"{flag} {word}: whole numbers say who may look, 1, and who may not, 0 (the other way round with "
            f"--mask-means hidden); floats are added to the scores; received {mask.dtype}{range_}"
        )
    return mask.astype(bool) if means == "visible" else ~mask.astype(bool)


def checked_mask(flag: str, mask: Array, scores: tuple[int, int, int]) -> None:
    """Raise ``DlcliError`` where a mask fits no scores (head, query, key) of this shape.

    A column is refused, too: what says of each query whether it sees anything is most often meant of keys.
    """
    queries, keys = scores[1:]
    try:
        check_mask(mask, scores if mask.ndim > 2 else scores[1:])
        fits = mask.shape[-1] == keys
    except EngineError:
        fits = False
    if fits:
        return
    column = mask.ndim > 1 and mask.shape[-1] == 1 and keys > 1
    hint = "; what is meant of keys is one row, such as '1 1 0', not a column" if column else ""
    raise DlcliError(
        f"{flag}: a mask says of each query and key who may look, (query, key) {queries} × {keys}, or of the "
        f"{keys} key{'s' * (keys != 1)} in one row; received shape {mask.shape}{hint}"
    )
