"""Writes torch_sequences.npz, PyTorch's layers over sequences: ``PYTHONPATH=. python tests/data/make_torch_sequences.py``.

``cases`` lists, as JSON, each with a label, the layers as a model file of dlcli has them, the shape of an input,
how many words there are, and which steps (sequence, step) are not. Of case LABEL, ``LABEL/y`` is the output for the inputs that
``tests/nets/recipe.py`` makes, ``LABEL/dx`` the gradient at them, and ``LABEL/LAYER/WEIGHT`` that at each weight in
Keras' layout, where the output is multiplied with numbers of the recipe; at steps that are not there these are 0.
``adam/NET/DTYPE`` are the losses of five steps of Adam of a small language model, and ``adam/NET`` what it is.

Asked was PyTorch 2.13, in double precision.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.nets.recipe import LONG, STEPS, WORDS, Array, words_batch
from tests.nets.small import net_of, sequences_of

FILE = Path(__file__).with_name("torch_sequences.npz")
found: dict[str, Array] = {}
cases: list[dict[str, Any]] = []

#: A parameter of PyTorch, the weight of dlcli's net that it is, and how one becomes the other, both ways.
Pair = tuple[nn.Parameter, str, Callable[[Array], Array], Callable[[Array], Array]]

#: Steps, features, and units.
TIME, F_IN, UNITS = 6, 4, 4

#: Steps that are not there, (sequence, step): what fills up short sequences, and gaps in both halves.
ENDS = [[1, 3], [1, 4], [1, 5], [2, 5]]
GAPS = [[1, 2], [2, 1], [2, 2], [1, 5], [2, 4], [2, 5]]


def turned(array: Array) -> Array:
    return array.T


def same(array: Array) -> Array:
    return array


def gates(array: Array, count: int) -> Array:
    """z r h of Keras as r z n of PyTorch, and the other way."""
    parts = np.split(array, count, axis=-1)
    return np.concatenate([parts[1], parts[0], parts[2]], axis=-1) if count == 3 else array


def recurrent_pairs(module: nn.RNNBase, layer: str) -> Iterable[Pair]:
    """All weights of a recurrent module of one layer; the second bias of what has one here stays 0."""
    count = {"LSTM": 4, "GRU": 3, "RNN": 1}[type(module).__name__]
    for way, end in (("forward_", ""), ("backward_", "_reverse")) if module.bidirectional else (("", ""),):
        for name, theirs in (("kernel", "weight_ih"), ("recurrent_kernel", "weight_hh")):
            yield (
                getattr(module, f"{theirs}_l0{end}"), f"{layer}/{way}{name}",
                lambda a: gates(a, count).T, lambda a: gates(a.T, count),
            )  # fmt: skip
        own, other = (getattr(module, f"bias_{part}_l0{end}") for part in ("ih", "hh"))
        if count == 3:
            for row, one in enumerate((own, other)):
                yield one, f"{layer}/{way}bias:{row}", lambda a: gates(a, count), lambda a: gates(a, count)
        else:
            yield own, f"{layer}/{way}bias", same, same
            with torch.no_grad():
                other.zero_()
            other.requires_grad_(False)


def linear_pairs(module: nn.Module, layer: str, front: str = "") -> Iterable[Pair]:
    yield module.weight, f"{layer}/{front}kernel", turned, turned
    yield module.bias, f"{layer}/{front}bias", same, same


def norm_pairs(module: nn.LayerNorm, layer: str, front: str = "") -> Iterable[Pair]:
    yield module.weight, f"{layer}/{front}gamma", same, same
    yield module.bias, f"{layer}/{front}beta", same, same


def attention_pairs(module: nn.MultiheadAttention, layer: str, front: str = "") -> Iterable[Pair]:
    yield module.in_proj_weight, f"{layer}/{front}in_proj_kernel", turned, turned
    yield module.in_proj_bias, f"{layer}/{front}in_proj_bias", same, same
    yield from linear_pairs(module.out_proj, layer, f"{front}out_proj_")


def block_pairs(module: nn.Module, layer: str) -> Iterable[Pair]:
    yield from attention_pairs(module.self_attn, layer, "attention_")
    if isinstance(module, nn.TransformerDecoderLayer):
        yield from attention_pairs(module.multihead_attn, layer, "memory_")
        yield from norm_pairs(module.norm3, layer, "norm3_")
    for part in ("linear1", "linear2"):
        yield from linear_pairs(getattr(module, part), layer, f"{part}_")
    for part in ("norm1", "norm2"):
        yield from norm_pairs(getattr(module, part), layer, f"{part}_")


def conv_pairs(module: nn.Conv1d, layer: str) -> Iterable[Pair]:
    yield module.weight, f"{layer}/kernel", lambda a: a.transpose(2, 1, 0), lambda a: a.transpose(2, 1, 0)
    yield module.bias, f"{layer}/bias", same, same


def embedding_pairs(module: nn.Embedding, layer: str) -> Iterable[Pair]:
    yield module.weight, f"{layer}/embeddings", same, same


def load(pairs: list[Pair], weights: dict[str, Array]) -> None:
    used = set()
    with torch.no_grad():
        for parameter, name, to, _ in pairs:
            key, _, row = name.partition(":")
            array = weights[key][int(row)] if row else weights[key]
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(to(array))))
            used.add(key)
    assert used == set(weights), (used, set(weights))


def case(
    label: str,
    layers: list[dict[str, Any]],
    pairs: Iterable[Pair],
    run: Callable[[torch.Tensor], torch.Tensor],
    *,
    gone: list[list[int]] | None = None,
    words: int = 0,
    time: int = TIME,
) -> None:
    """Ask for one case; ``run`` takes (sequence, time, feature)."""
    pairs = list(pairs)
    told: dict[str, Any] = {"label": label, "layers": layers, "input": [time] if words else [time, F_IN]}
    told |= {"gone": gone, "words": words}
    cases.append(told)
    given, pull = sequences_of(told)
    load(pairs, net_of(layers, told["input"]).weights())
    x = torch.from_numpy(given) if words else torch.from_numpy(given).requires_grad_()
    y = run(x)
    dy = pull(tuple(y.shape))
    (y * torch.from_numpy(dy)).sum().backward()
    found[f"{label}/y"] = y.detach().numpy()
    if not words:
        found[f"{label}/dx"] = x.grad.numpy()
    rows: dict[str, list[Array]] = {}
    for parameter, name, _, back in pairs:
        key, _, row = name.partition(":")
        slope = back(parameter.grad.numpy())
        if row:
            rows.setdefault(key, []).append(slope)
        else:
            found[f"{label}/{key}"] = slope
    for key, parts in rows.items():
        found[f"{label}/{key}"] = np.stack(parts)


def recurrent() -> None:
    masking = {"kind": "masking"}
    for kind, name, made in (
        ("lstm", "lstm", nn.LSTM),
        ("gru", "gru", nn.GRU),
        ("simple-rnn", "simple_rnn", nn.RNN),
    ):
        for both in (False, True):
            for gone in (None, ENDS):
                rnn = made(F_IN, UNITS, batch_first=True, bidirectional=both).double()
                listed: dict[str, Any] = {"kind": kind, "units": UNITS}
                layer = "bidirectional" if both else name
                if both:
                    listed = {"kind": "bidirectional", "layer": listed}

                def run(x: torch.Tensor, rnn: nn.Module = rnn, gone: Any = gone) -> torch.Tensor:
                    if gone is None:
                        return rnn(x)[0]
                    lengths = [TIME - sum(one == place for one, _ in gone) for place in range(len(x))]
                    packed = nn.utils.rnn.pack_padded_sequence(
                        x, torch.tensor(lengths), batch_first=True, enforce_sorted=False
                    )
                    return nn.utils.rnn.pad_packed_sequence(rnn(packed)[0], batch_first=True)[0]

                label = f"{kind}{' both ways' * both}{' packed' * bool(gone)}"
                case(
                    label,
                    [masking, listed] if gone else [listed],
                    recurrent_pairs(rnn, layer),
                    run,
                    gone=gone,
                )
    first, second = (
        nn.GRU(F_IN, UNITS, batch_first=True).double(),
        nn.GRU(F_IN, UNITS, batch_first=True).double(),
    )

    def onward(x: torch.Tensor) -> torch.Tensor:
        return second(x[:, 3:], first(x[:, :3])[1])[0]

    layers = [
        {"kind": "linear", "name": "all"}, {"kind": "steps", "stop": 3}, {"kind": "gru", "units": UNITS, "name": "one"},
        {"kind": "last-step", "name": "end"}, {"kind": "steps", "start": 3, "after": "all"},
        {"kind": "gru", "units": UNITS, "name": "two", "initial": "end"},
    ]  # fmt: skip
    case(
        "gru from a state", layers, [*recurrent_pairs(first, "one"), *recurrent_pairs(second, "two")], onward
    )


def convolutions() -> None:
    for label, settings, frame in (
        ("valid", {}, 0),
        ("strides 2", {"strides": 2, "padding": 1}, 1),
        ("dilation 2", {"dilation_rate": 2, "padding": 2}, 2),
        ("same, groups", {"padding": "same", "groups": 2}, 1),
        ("causal", {"padding": "causal", "dilation_rate": 2}, (4, 0)),
    ):
        more = {"stride": settings.get("strides", 1), "dilation": settings.get("dilation_rate", 1)}
        conv = nn.Conv1d(F_IN, 6, 3, groups=settings.get("groups", 1), **more).double()
        pads = frame if isinstance(frame, tuple) else (frame, frame)

        def run(x: torch.Tensor, conv: nn.Module = conv, pads: tuple[int, int] = pads) -> torch.Tensor:
            return conv(F.pad(x.transpose(1, 2), pads)).transpose(1, 2)

        case(
            f"conv1d {label}",
            [{"kind": "conv1d", "filters": 6, **settings}],
            conv_pairs(conv, "conv1d"),
            run,
            time=9,
        )


def embedding() -> None:
    table = nn.Embedding(7, 5).double()
    case("embedding", [{"kind": "embedding", "input_dim": 7, "output_dim": 5}], embedding_pairs(table, "embedding"),
         table, words=7)  # fmt: skip


def later(time: int) -> torch.Tensor:
    return torch.ones(time, time, dtype=torch.bool).triu(1)


#: An encoder of three steps whose outputs another layer looks at with the three after them.
APART = [
    {"kind": "steps", "stop": 3, "name": "memory"}, {"kind": "steps", "start": 3, "after": "all"},
]  # fmt: skip


def attention() -> None:
    def absent(gone: list[list[int]] | None, first: int = 0, last: int = TIME) -> torch.Tensor | None:
        if gone is None:
            return None
        mask = torch.zeros(3, TIME, dtype=torch.bool)
        mask[tuple(np.transpose(gone))] = True
        return mask[:, first:last]

    for gone in (None, GAPS):
        hidden, early, late = absent(gone), absent(gone, 0, 3), absent(gone, 3)
        masked = " with gaps" * bool(gone)
        front = [{"kind": "masking", "name": "all"} if gone else {"kind": "linear", "name": "all"}]
        for causal in (False, True):
            made = nn.MultiheadAttention(F_IN, 2, batch_first=True).double()

            def run(
                x: torch.Tensor, made: nn.Module = made, causal: bool = causal, hidden: Any = hidden
            ) -> Any:
                seen = later(TIME) if causal else None
                return made(x, x, x, key_padding_mask=hidden, attn_mask=seen, need_weights=False)[0]

            listed = {"kind": "attention", "heads": 2, "causal": causal}
            label = f"attention{' causal' * causal}{masked}"
            case(label, [*front, listed], attention_pairs(made, "multi_head_attention"), run, gone=gone)
        made = nn.MultiheadAttention(F_IN, 2, batch_first=True).double()

        listed = {"kind": "attention", "heads": 2, "memory": "memory"}
        case(
            f"attention to a memory{masked}", [*front, *APART, listed],
            attention_pairs(made, "multi_head_attention"),
            lambda x, made=made, early=early: made(
                x[:, 3:], x[:, :3], x[:, :3], key_padding_mask=early, need_weights=False
            )[0],
            gone=gone,
        )  # fmt: skip
        for first in (False, True):
            norm = " pre-norm" * first
            settings = {
                "heads": 2,
                "hidden": 7,
                "activation": "gelu" if first else "relu",
                "norm_first": first,
            }
            given = {
                "dim_feedforward": 7, "dropout": 0.0, "activation": settings["activation"], "norm_first": first,
                "batch_first": True,
            }  # fmt: skip
            for causal in (False, True):
                block = nn.TransformerEncoderLayer(F_IN, 2, **given).double()
                case(
                    f"transformer-block{norm}{' causal' * causal}{masked}",
                    [*front, {"kind": "transformer-block", "causal": causal, **settings}],
                    block_pairs(block, "transformer_block"),
                    lambda x, block=block, causal=causal, hidden=hidden: block(
                        x, src_mask=later(TIME) if causal else None, src_key_padding_mask=hidden
                    ),
                    gone=gone,
                )  # fmt: skip
            decoder = nn.TransformerDecoderLayer(F_IN, 2, **given).double()
            case(
                f"decoder-block{norm}{masked}",
                [*front, *APART, {"kind": "decoder-block", "memory": "memory", **settings}],
                block_pairs(decoder, "decoder_block"),
                lambda x, decoder=decoder, early=early, late=late: decoder(
                    x[:, 3:], x[:, :3], tgt_mask=later(3), tgt_key_padding_mask=late,
                    memory_key_padding_mask=early,
                ),
                gone=gone,
            )  # fmt: skip


CHAR_LSTM = [
    {"kind": "embedding", "input_dim": WORDS, "output_dim": 6}, {"kind": "lstm", "units": 10},
    {"kind": "dense", "units": WORDS},
]  # fmt: skip

BLOCK = {"kind": "decoder-block", "heads": 2, "hidden": 16, "norm_first": True, "activation": "gelu"}
TINY_GPT = [
    {"kind": "embedding", "input_dim": WORDS, "output_dim": 8}, {"kind": "positions"}, BLOCK, BLOCK,
    {"kind": "layernorm", "epsilon": 1e-5}, {"kind": "dense", "units": WORDS},
]  # fmt: skip


class CharLSTM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.lstm = nn.Embedding(WORDS, 6), nn.LSTM(6, 10, batch_first=True)
        self.dense = nn.Linear(10, WORDS)

    def pairs(self) -> Iterable[Pair]:
        yield from embedding_pairs(self.embedding, "embedding")
        yield from recurrent_pairs(self.lstm, "lstm")
        yield from linear_pairs(self.dense, "dense")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dense(self.lstm(self.embedding(x))[0])


class TinyGPT(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.positions = nn.Embedding(WORDS, 8), nn.Embedding(LONG, 8)
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(8, 2, 16, 0.0, "gelu", batch_first=True, norm_first=True)
            for _ in range(2)
        )
        self.norm, self.dense = nn.LayerNorm(8), nn.Linear(8, WORDS)

    def pairs(self) -> Iterable[Pair]:
        yield from embedding_pairs(self.embedding, "embedding")
        yield from embedding_pairs(self.positions, "position_embedding")
        for block, name in zip(self.blocks, ("decoder_block", "decoder_block_1"), strict=True):
            yield from block_pairs(block, name)
        yield from norm_pairs(self.norm, "layer_normalization")
        yield from linear_pairs(self.dense, "dense")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.embedding(x) + self.positions.weight
        for block in self.blocks:
            x = block(x, src_mask=later(LONG))
        return self.dense(self.norm(x))


def adam() -> None:
    for name, made, layers in (("char-lstm", CharLSTM, CHAR_LSTM), ("tiny-gpt", TinyGPT, TINY_GPT)):
        told = {"layers": layers, "input": [LONG], "loss": "cross-entropy"}
        found[f"adam/{name}"] = np.array(json.dumps(told))
        for dtype in (torch.float32, torch.float64):
            net = made().to(dtype)
            pairs = list(net.pairs())
            begun = net_of(layers, [LONG], loss="cross-entropy").weights()
            load(pairs, {name: one / 2 for name, one in begun.items()})
            learnt = [one for one in net.parameters() if one.requires_grad]
            optimiser, losses = torch.optim.Adam(learnt, lr=1e-2, eps=1e-7), []
            for step in range(STEPS):
                given, wanted = (torch.from_numpy(one.copy()) for one in words_batch(step))
                optimiser.zero_grad()
                loss = F.cross_entropy(net(given).flatten(0, 1), wanted.flatten())
                loss.backward()
                optimiser.step()
                losses.append(loss.item())
            found[f"adam/{name}/{str(dtype).removeprefix('torch.')}"] = np.array(losses)


def main() -> None:
    torch.set_num_threads(1)
    recurrent()
    convolutions()
    embedding()
    attention()
    adam()
    found["cases"] = np.array(json.dumps(cases))
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
