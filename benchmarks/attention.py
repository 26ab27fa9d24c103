"""Attention over many tokens, its scores never in memory at once, beside PyTorch's fused kernel."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, np.dtype[Any]]

WIDTH = 64
SIZES = ((1024, 1), (1024, 8), (8192, 1), (8192, 8))
MEMORY = 8_000_000

#: What else is compared, at the smaller size, and the ratio to hold where one is promised.
OTHERS = ("causal", "padding", "large scores")


def contests(*, quick: bool) -> list[Contest]:
    """Two lengths, one head and eight; masks, and scores so large that the shift must follow them."""
    found = []
    for tokens, heads in SIZES:
        n = tokens // 8 if quick else tokens
        name = f"{n} tokens, {heads} head{'s' * (heads > 1)}, d = {WIDTH}"
        options = {"tokens": n, "heads": heads, "kind": "plain"}
        found.append(
            Contest(name, ["dlcli", "torch"], options, {"torch": 1.15}, MEMORY, rounds=7 if n > 2000 else 15)
        )
    for kind in OTHERS:
        n = 256 if quick else 2048
        options = {"tokens": n, "heads": 8, "kind": kind}
        found.append(Contest(f"{n} tokens, 8 heads, {kind}", ["dlcli", "torch"], options, {}, MEMORY))
    return found


def inputs(tokens: int, heads: int, kind: str) -> tuple[tuple[Array, ...], Array | None]:
    """Queries, keys and values (batch, head, token, feature) in float32, and a mask."""
    rng = np.random.default_rng(1)
    q, k, v = (rng.normal(size=(1, heads, tokens, WIDTH)).astype(np.float32) for _ in range(3))
    if kind == "large scores":
        q *= 20
    mask = np.arange(tokens) < tokens * 3 // 4 if kind == "padding" else None
    return (q, k, v), mask


def ours(tokens: int, heads: int, kind: str) -> Work:
    """dlcli's engine."""
    from dlcli.engines.attention import attention_output

    (q, k, v), mask = inputs(tokens, heads, kind)
    return lambda: attention_output(q, k, v, mask=mask, causal=kind == "causal", threads=1)


def torch(tokens: int, heads: int, kind: str) -> Work:
    """PyTorch's scaled_dot_product_attention."""
    import torch

    torch.set_num_threads(1)
    arrays, mask = inputs(tokens, heads, kind)
    q, k, v = map(torch.from_numpy, arrays)
    allowed = None if mask is None else torch.from_numpy(np.broadcast_to(mask, (1, 1, tokens, tokens)).copy())
    function = torch.nn.functional.scaled_dot_product_attention

    def work() -> Array:
        with torch.no_grad():
            y: Array = function(q, k, v, attn_mask=allowed, is_causal=kind == "causal").numpy()
        return y

    return work


CONTENDERS = {"dlcli": ours, "torch": torch}
