"""Steps of training over sequences, and of a decoder that writes with its cache, beside PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

Array = np.ndarray[Any, Any]

#: Symbols, steps of a sequence, sequences of a batch.
SYMBOLS, TIME, BATCH = 64, 64, 32

#: Units of the recurrent nets; features, heads, and hidden units of the decoder.
UNITS, WIDTH, HEADS, HIDDEN = 128, 64, 4, 256

#: name -> (net, goal)
NETS = {
    "char-LSTM, 128 units": ("lstm", 1.4),
    "char-GRU, 128 units": ("gru", 1.1),
    "tiny transformer, 2 blocks of 64": ("gpt", 1.25),
}

#: Words that the decoder writes behind a first one.
WRITTEN = TIME - 1


def contests(*, quick: bool) -> list[Contest]:
    """A step of each net, and a text written by the decoder."""
    steps = 1 if quick else 4
    found = [
        Contest(
            f"{name}, {steps} steps", ["dlcli", "torch"], {"net": net, "steps": steps}, {"torch": goal},
            memory_goal=72 << 20, rounds=3 if quick else 31,
        )
        for name, (net, goal) in NETS.items()
    ]  # fmt: skip
    writing = {"words": 4 if quick else WRITTEN}
    return [
        *found,
        Contest(
            f"a decoder writes {writing['words']} words", ["dlcli writes", "torch writes"], writing,
            {"torch writes": 1.2}, rounds=3 if quick else 31,
        ),
    ]  # fmt: skip


def net_of(name: str, dtype: type = np.float32) -> Any:
    """dlcli's net, with the bias that PyTorch has in two held in one."""
    from dlcli.nets import Net, model_spec

    words = {"kind": "embedding", "input_dim": SYMBOLS, "output_dim": WIDTH}
    block = {"kind": "decoder-block", "heads": HEADS, "hidden": HIDDEN, "norm_first": True}
    made: dict[str, list[dict[str, Any]]] = {
        "lstm": [{"kind": "lstm", "units": UNITS}],
        "gru": [{"kind": "gru", "units": UNITS}],
        "gpt": [{"kind": "positions"}, block, block, {"kind": "layernorm", "epsilon": 1e-5}],
    }
    layers = [words, *made[name], {"kind": "dense", "units": SYMBOLS}]
    return Net(model_spec({"input": [TIME], "layer": layers}), dtype).draw(0)


def data() -> tuple[Array, Array]:
    """Words (batch, time), and those that follow."""
    rng = np.random.default_rng(1)
    text = rng.integers(0, SYMBOLS, (BATCH, TIME + 1))
    return text[:, :-1], text[:, 1:]


def ours(net: str, steps: int) -> Work:
    """dlcli's steps of Adam with clipped gradients; returns their losses."""
    from dlcli.nets import Optimiser, Rule
    from dlcli.nets.optimisers import clip

    made = net_of(net)
    optimiser = Optimiser(Rule(), made.trained, made.dtype)
    inputs, wanted = data()
    target = np.ascontiguousarray(wanted.T)

    def step() -> float:
        loss, slope, _ = made.loss_of(made.batch(inputs), target)
        made.backward(slope)
        clip(made.gradient, 1.0)
        optimiser.step(made.flat, made.gradient, 1e-3)
        return float(loss)

    return lambda: np.array([step() for _ in range(steps)])


def torch_steps(net: str, steps: int) -> Work:
    """The same net with the same weights in PyTorch."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    module = torch_net(net)
    optimiser = torch.optim.Adam([one for one in module.parameters() if one.requires_grad], lr=1e-3, eps=1e-7)
    inputs, wanted = data()
    recurrent = net != "gpt"
    x = torch.from_numpy(np.ascontiguousarray(inputs.T if recurrent else inputs))
    y = torch.from_numpy(np.ascontiguousarray(wanted.T if recurrent else wanted)).reshape(-1)

    def step() -> float:
        optimiser.zero_grad(set_to_none=False)
        loss = nn.functional.cross_entropy(module(x).reshape(-1, SYMBOLS), y)
        loss.backward()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()
        return float(loss.item())

    return lambda: np.array([step() for _ in range(steps)])


def torch_net(name: str) -> Any:
    """The module, with dlcli's weights."""
    import torch
    from torch import nn

    net = net_of(name)
    values = {key: dict(one) for key, one in net.values.items()}

    def filled(module: nn.Module, arrays: dict[str, Array]) -> nn.Module:
        with torch.no_grad():
            for key, parameter in module.named_parameters():
                if key in arrays:
                    parameter.copy_(torch.from_numpy(np.ascontiguousarray(arrays[key])))
                else:
                    parameter.zero_()
                    parameter.requires_grad_(False)
        return module

    def dense(arrays: dict[str, Array], front: str = "") -> nn.Linear:
        kernel = arrays[f"{front}kernel"]
        made = nn.Linear(kernel.shape[1], kernel.shape[0])
        filled(made, {"weight": kernel, "bias": arrays[f"{front}bias"]})
        return made

    words = filled(nn.Embedding(SYMBOLS, WIDTH), {"weight": values["embedding"]["embeddings"]})
    last = dense(values["dense"])
    if name != "gpt":
        kind = nn.LSTM if name == "lstm" else nn.GRU
        inner = kind(WIDTH, UNITS)
        filled(inner, recurrent_arrays(name, values[name]))

        class Recurrent(nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
            def __init__(self) -> None:
                super().__init__()
                self.words, self.inner, self.last = words, inner, last

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return self.last(self.inner(self.words(x))[0])

        return Recurrent()
    return torch_decoder(values, words, last, dense)


def recurrent_arrays(name: str, arrays: dict[str, Array]) -> dict[str, Array]:
    """Weights as PyTorch's recurrent layers have them; what lacks is 0 and stays so."""

    def turned(kernel: Array) -> Array:
        rows = kernel.T if kernel.ndim == 2 else kernel
        if name == "lstm":
            return rows
        update, reset, candidate = np.split(rows, 3)
        return np.concatenate([reset, update, candidate])

    found = {
        "weight_ih_l0": turned(arrays["kernel"]),
        "weight_hh_l0": turned(arrays["recurrent_kernel"]),
    }
    if name == "lstm":
        return found | {"bias_ih_l0": arrays["bias"]}
    return found | {"bias_ih_l0": turned(arrays["bias"][0]), "bias_hh_l0": turned(arrays["bias"][1])}


def torch_decoder(values: dict[str, dict[str, Array]], words: Any, last: Any, dense: Any) -> Any:
    """Blocks with norms in front, by PyTorch's own attention, and a cache of keys and values for writing."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    def norm(arrays: dict[str, Array], front: str = "") -> nn.LayerNorm:
        made = nn.LayerNorm(WIDTH)
        with torch.no_grad():
            made.weight.copy_(torch.from_numpy(arrays[f"{front}gamma"]))
            made.bias.copy_(torch.from_numpy(arrays[f"{front}beta"]))
        return made

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self, arrays: dict[str, Array]) -> None:
            super().__init__()
            self.inside, self.outside = (dense(arrays, f"attention_{way}_proj_") for way in ("in", "out"))
            self.first, self.second = norm(arrays, "norm1_"), norm(arrays, "norm2_")
            self.widen, self.narrow = dense(arrays, "linear1_"), dense(arrays, "linear2_")

        def forward(self, x: torch.Tensor, cache: list[torch.Tensor] | None = None) -> torch.Tensor:
            n, time, _ = x.shape
            parts = self.inside(self.first(x)).reshape(n, time, 3, HEADS, WIDTH // HEADS)
            q, k, v = parts.permute(2, 0, 3, 1, 4)
            if cache is not None:
                if cache:
                    k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
                cache[:] = [k, v]
            y = F.scaled_dot_product_attention(q, k, v, is_causal=cache is None)
            x = x + self.outside(y.transpose(1, 2).reshape(n, time, WIDTH))
            return x + self.narrow(torch.relu(self.widen(self.second(x))))

    class Decoder(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.words, self.last = words, last
            self.places = nn.Parameter(torch.from_numpy(values["position_embedding"]["embeddings"].copy()))
            names = ("decoder_block", "decoder_block_1")
            self.blocks = nn.ModuleList([Block(values[one]) for one in names])
            self.norm = norm(values["layer_normalization"])

        def forward(self, x: torch.Tensor, caches: list[list[torch.Tensor]] | None = None) -> torch.Tensor:
            begin = caches[0][0].shape[2] if caches and caches[0] else 0
            h = self.words(x) + self.places[begin : begin + x.shape[1]]
            for place, block in enumerate(self.blocks):
                h = block(h, None if caches is None else caches[place])
            return self.last(self.norm(h))

    return Decoder()


def writes(words: int) -> Work:
    """dlcli's decoder goes on with one word, taking the most probable each time; returns what it wrote."""
    from dlcli.nets.generation import Writer

    net = net_of("gpt")

    def work() -> Array:
        writer = Writer(net, [1])
        for _ in writer.write(words, None):
            pass
        return np.array(writer.words)

    return work


def torch_writes(words: int) -> Work:
    """PyTorch's does the same."""
    import torch

    torch.set_num_threads(1)
    module = torch_net("gpt").eval()

    def work() -> Array:
        found = [1]
        caches: list[list[torch.Tensor]] = [[], []]
        with torch.inference_mode():
            for _ in range(words):
                scores = module(torch.tensor([found[-1:]]), caches)[0, -1]
                found.append(int(scores.argmax()))
        return np.array(found)

    return work


CONTENDERS = {"dlcli": ours, "torch": torch_steps, "dlcli writes": writes, "torch writes": torch_writes}
