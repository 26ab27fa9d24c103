"""A mask in words: its shape, what it hides, and in which of the two conventions it was read."""

from __future__ import annotations

import numpy as np

from dlcli.tensor import Array

#: What 1 means in a mask -> who says it so.
CONVENTIONS = {
    "visible": "torch's scaled_dot_product_attention and Keras",
    "hidden": "torch's MultiheadAttention and key_padding_mask",
}


def mask_words(mask: Array, means: str) -> str:
    """What a mask is, which was read in the convention ``means``; booleans are true where a query may look.

    >>> mask_words(np.array([[0.0, -1.0]]), "visible")
    'one row for all queries, added to the scores'
    >>> print(mask_words(np.array([True, True, False]), "visible").replace("; ", ";\\n"))
    one row for all queries, 1 of 3 keys hidden;
    1 was read as visible, as by torch's scaled_dot_product_attention and Keras;
    the other way round: --mask-means hidden
    """
    row = mask.ndim == 1 or mask.shape[-2] == 1
    shape = "one row for all queries" if row else " × ".join(map(str, mask.shape))
    if mask.dtype.kind != "b":
        return f"{shape}, added to the scores"
    hidden = int(np.count_nonzero(~mask))
    (other,) = (name for name in CONVENTIONS if name != means)
    return (
        f"{shape}, {hidden} of {mask.size} {'keys' if row else 'pairs'} hidden; 1 was read as {means}, as by "
        f"{CONVENTIONS[means]}; the other way round: --mask-means {other}"
    )
