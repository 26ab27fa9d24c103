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

#: What is added to the scores or done to them: PyTorch's kernel takes it as a mask, or not at all.
FLEXIBLE = ("window", "alibi", "soft cap")
WINDOW, CAP = 256, 30.0


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
    for kind in FLEXIBLE:
        n = 256 if quick else 2048
        options = {"tokens": n, "heads": 8, "kind": kind}
        peers = ["dlcli", "by hand", *(["torch"] if kind != "soft cap" else [])]
        found.append(Contest(f"{n} tokens, 8 heads, {kind}", peers, options, {"by hand": 0.8}, MEMORY))
    return found


def slopes(heads: int) -> Array:
    """The slopes of ALiBi: powers of 1/2."""
    return 2.0 ** -np.arange(1, heads + 1)


def allowed_places(tokens: int) -> Array:
    """Which keys lie in the window of a query that looks back: (query, key)."""
    apart = np.arange(tokens)[:, None] - np.arange(tokens)
    return (apart >= 0) & (apart < WINDOW)


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
    kinds: dict[str, dict[str, Any]] = {
        "window": {"causal": True, "window": WINDOW},
        "alibi": {"slopes": slopes(heads)},
        "soft cap": {"cap": CAP},
        "causal": {"causal": True},
    }
    options = kinds.get(kind, {})
    return lambda: attention_output(q, k, v, mask=mask, threads=1, **options)


def torch(tokens: int, heads: int, kind: str) -> Work:
    """PyTorch's scaled_dot_product_attention."""
    import torch

    torch.set_num_threads(1)
    arrays, mask = inputs(tokens, heads, kind)
    q, k, v = map(torch.from_numpy, arrays)
    allowed = None if mask is None else torch.from_numpy(np.broadcast_to(mask, (1, 1, tokens, tokens)).copy())
    if kind == "window":
        allowed = torch.from_numpy(allowed_places(tokens))
    if kind == "alibi":
        apart = np.abs(np.arange(tokens)[:, None] - np.arange(tokens))
        allowed = torch.from_numpy((-slopes(heads)[:, None, None] * apart).astype(np.float32))
    function = torch.nn.functional.scaled_dot_product_attention

    def work() -> Array:
        with torch.no_grad():
            y: Array = function(q, k, v, attn_mask=allowed, is_causal=kind == "causal").numpy()
        return y

    return work


def by_hand(tokens: int, heads: int, kind: str) -> Work:
    """PyTorch's products and its softmax, all scores in memory, as is written where no kernel is at hand."""
    import torch

    torch.set_num_threads(1)
    q, k, v = map(torch.from_numpy, inputs(tokens, heads, kind)[0])
    apart = torch.from_numpy((-slopes(heads)[:, None, None]).astype(np.float32)) * torch.from_numpy(
        np.abs(np.arange(tokens, dtype=np.float32)[:, None] - np.arange(tokens, dtype=np.float32))
    )
    hidden = torch.from_numpy(~allowed_places(tokens))

    def work() -> Array:
        with torch.no_grad():
            scores = q @ k.transpose(-1, -2) / WIDTH**0.5
            if kind == "soft cap":
                scores = CAP * torch.tanh(scores / CAP)
            elif kind == "alibi":
                scores = scores + apart
            else:
                scores = scores.masked_fill(hidden, -torch.inf)
            y: Array = (torch.softmax(scores, -1) @ v).numpy()
        return y

    return work


CONTENDERS = {"dlcli": ours, "torch": torch, "by hand": by_hand}
