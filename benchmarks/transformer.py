"""Encoders of the size of all-MiniLM-L6-v2 over short and long texts; decoding with and without a cache."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work
from dlcli.engines.transformer import BlockWeights, Design, random_layers

Array = np.ndarray[Any, np.dtype[Any]]

LAYERS, FEATURES, HIDDEN, HEADS = 6, 384, 1536, 12
TOKENS = (16, 128, 256)
DECODED = 64
GOALS = {"torch": 1.6}


def contests(*, quick: bool) -> list[Contest]:
    """The encoder beside PyTorch's; the cache beside a pass over all tokens at every step."""
    tokens = (16,) if quick else TOKENS
    found = [
        Contest(
            f"encoder of {LAYERS} blocks, {count} tokens",
            ["dlcli", "torch"],
            {"kind": "encoder", "tokens": count},
            GOALS,
        )
        for count in tokens
    ]
    count = 4 if quick else DECODED
    options = {"kind": "decoder", "tokens": count}
    found.append(
        Contest(f"decoding {count} tokens", ["dlcli", "torch", "again"], options, {"again": 0.25}, rounds=7)
    )
    return found


def layers() -> list[BlockWeights]:
    """Blocks with random weights in float32."""

    def single(record: Any) -> Any:
        if isinstance(record, np.ndarray):
            return record.astype(np.float32)
        if isinstance(record, tuple):
            return tuple(map(single, record))
        if record is None or isinstance(record, int):
            return record
        return type(record)(**{name: single(part) for name, part in vars(record).items()})

    made: list[BlockWeights] = single(
        tuple(random_layers(np.random.default_rng(0), LAYERS, FEATURES, HIDDEN))
    )
    return list(made)


def states(tokens: int) -> Array:
    """Tokens (token, feature) in float32."""
    return np.random.default_rng(1).standard_normal((tokens, FEATURES)).astype(np.float32)


def design(kind: str) -> Design:
    """As BERT has it; causal for decoding."""
    return Design(HEADS, activation="gelu", causal=kind == "decoder")


def ours(kind: str, tokens: int) -> Work:
    """dlcli's engines: an encoder's pass, or a decoder's steps with a cache."""
    from dlcli.engines.transformer import Decoder, transformer

    x, blocks, how = states(tokens), layers(), design(kind)
    if kind == "encoder":
        return lambda: transformer(x, blocks, how).output

    def decode() -> Array:
        decoder = Decoder(blocks, how, tokens)
        return np.stack([decoder.step(token)[0] for token in x])

    return decode


def again(kind: str, tokens: int) -> Work:
    """dlcli without a cache: at every step a pass over all tokens so far."""
    from dlcli.engines.transformer import transformer

    x, blocks, how = states(tokens), layers(), design(kind)
    return lambda: np.stack([transformer(x[: t + 1], blocks, how).output[-1] for t in range(tokens)])


def torch(kind: str, tokens: int) -> Work:
    """PyTorch's TransformerEncoder with the same weights; for decoding, over all tokens at every step."""
    import torch

    torch.set_num_threads(1)
    layer = torch.nn.TransformerEncoderLayer(
        FEATURES, HEADS, HIDDEN, 0.0, activation="gelu", batch_first=True
    )
    encoder = torch.nn.TransformerEncoder(layer, LAYERS).eval()
    with torch.no_grad():
        for one, weights in zip(encoder.layers, layers(), strict=True):
            attention = weights.attention
            parts = (attention.query, attention.key, attention.value)
            assert attention.output is not None
            one.self_attn.in_proj_weight.copy_(torch.from_numpy(np.concatenate([p.kernel.T for p in parts])))
            one.self_attn.in_proj_bias.zero_()
            for theirs, mine in (
                (one.self_attn.out_proj, attention.output),
                (one.linear1, weights.feed_forward.widen),
                (one.linear2, weights.feed_forward.narrow),
            ):
                theirs.weight.copy_(torch.from_numpy(np.ascontiguousarray(mine.kernel.T)))
                theirs.bias.zero_()
    x = torch.from_numpy(states(tokens))[None]

    def encode() -> Array:
        with torch.inference_mode():
            return encoder(x)[0].numpy()

    def decode() -> Array:
        with torch.inference_mode():
            rows = []
            for t in range(1, tokens + 1):
                mask = torch.nn.Transformer.generate_square_subsequent_mask(t)
                rows.append(encoder(x[:, :t], mask=mask, is_causal=True)[0, -1].numpy())
            return np.stack(rows)

    return encode if kind == "encoder" else decode


CONTENDERS = {"dlcli": ours, "torch": torch, "again": again}
