"""The sums behind one feature of what a part adds to a token: by head, or by hidden unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rich.console import RenderableType

from dlcli.tensor import Array, Axis
from dlcli.views.tables.arithmetic import largest, sum_of_others
from dlcli.views.tables.sum_table import SumTable
from dlcli.views.tables.table import Table
from dlcli.views.text.text import clip
from dlcli.words.digits import digits
from dlcli.words.number import Numbers, number

if TYPE_CHECKING:
    from dlcli.engines.attention.heads import MultiHead
    from dlcli.engines.transformer.blocks import BlockWeights
    from dlcli.engines.transformer.feed_forward import FeedForward

LARGEST = 6  # terms of a long sum that are listed
DIGITS = 2  # of an attention weight


def attention_sum(
    terms: MultiHead, kernel: Array, bias: Array, cell: tuple[int, ...], key: Axis, precision: int
) -> RenderableType:
    """What each head found for a token, times its rows of the kernel: heads add up to the change.

    kernel and bias are those of the layer that mixes the heads.
    """
    token, feature = cell
    heads = terms.query.shape[0]
    products = (terms.joined[token] * kernel[:, feature]).reshape(heads, -1).sum(axis=1)
    rows = []
    for head in range(heads):
        shares = terms.weights[head, token]
        at = int(shares.argmax())
        share = number(shares[at], digits(precision, DIGITS))
        rows.append([f"head {head}", f"{clip(key.place(at), 16)} ({share})"])
    told = _column([*products, bias[feature], products.sum() + bias[feature]], precision)
    rows += [["+ bias", ""], ["= change", ""]]
    return Table(
        ("", "looks most at", "adds"),
        [[*a, b] for a, b in zip(rows, told, strict=True)],
        right=[2],
        whole=(0, 1),
    )


def forward_sum(
    terms: FeedForward, weights: BlockWeights, cell: tuple[int, ...], precision: int
) -> RenderableType:
    """Hidden units times their weights: the largest products, the others together, the bias."""
    token, feature = cell
    layer = weights.feed_forward.narrow
    hidden, kernel = terms.hidden[token], layer.kernel[:, feature]
    products = hidden * kernel
    shown = largest(products, LARGEST) if products.size > LARGEST else np.arange(products.size)
    rest = products.size - len(shown)
    rows = [(f"unit {unit}", hidden[unit], kernel[unit], products[unit]) for unit in shown.tolist()]
    extra = {f"{rest} others": sum_of_others(products, shown)} if rest else {}
    extra["bias"] = float(layer.bias[feature])
    total = float(products.sum()) + extra["bias"]
    return SumTable(rows, extra, total, heads=("", "hidden", "weight", "product"), precision=precision)


def _column(values: object, precision: int) -> list[str]:
    texts: list[str] = Numbers(np.asarray(values, np.float64), precision).texts.tolist()
    return texts
