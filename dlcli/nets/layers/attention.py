"""Multi-head attention over a batch of sequences, and its way back.

    q, k, v = W_q x, W_k m, W_v m       for each head of D features; m is x itself, or a memory
    w = softmax(kᵀ q / √D)              over the steps of m that there are, and with ``causal`` not after t
    y = W_o (v w) + b_o

Back, with G the gradient at o = v w:

    dv = G wᵀ,  dw = vᵀ G,  ds = w (dw − Σ G o),  dq = k ds / √D,  dk = q dsᵀ / √D

Within a head features are rows and steps lie side by side, (sequence, head, feature, time), and the shares of
a step are a column: so every one of these is a product of matrices, and every sum one of whole rows. Σ G o,
over the features of a head, is Σ dw w over the steps looked at, of which there are more.

Source: Vaswani et al., Attention is all you need, 2017, section 3.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.nets.layers.base import (
    Arrays,
    Kind,
    Layer,
    Shape,
    Weight,
    Window,
    flat,
    positive,
    row_sums,
    sequence,
)


@dataclass(frozen=True, kw_only=True)
class Attention(Kind):
    """``heads`` queries a step, of ``key_dim`` features each (0: those that come in, shared out).

    A step looks at all steps that there are, with ``causal`` at none after it, or at those of the layer that
    is named ``memory``.
    """

    kind: ClassVar[str] = "attention"
    keras: ClassVar[str] = "multi_head_attention"

    heads: int = 1
    key_dim: int = 0
    causal: bool = False
    memory: str = ""
    use_bias: bool = True
    kernel_initializer: str = ""
    bias_initializer: str = ""

    @property
    def looks_ahead(self) -> bool:
        return not self.causal

    def __post_init__(self) -> None:
        positive(self, heads=self.heads)
        if self.causal and self.memory:
            raise EngineError("a causal attention looks at its own steps: leave memory or causal out")

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.memory,) if self.memory else ()

    def check_sources(self, x: Shape, others: tuple[Shape, ...]) -> None:
        check_memory(self.memory, x, others)

    def output(self, x: Shape) -> Shape:
        if not self.key_dim:
            check_heads(self.heads, sequence(self, x)[1], ", or key_dim")
        return x

    def width(self, x: Shape) -> int:
        """Features of all heads together."""
        return self.heads * (self.key_dim or x[1] // self.heads)

    def weights(self, x: Shape) -> dict[str, Weight]:
        f, e = x[1], self.width(x)
        made = {
            "in_proj_kernel": Weight((f, 3 * e), self.kernel_initializer, (1, 0), (f, e)),
            "in_proj_bias": Weight((3 * e,), self.bias_initializer, (0,), (f, e)),
            "out_proj_kernel": Weight((e, f), self.kernel_initializer, (1, 0), (e, f)),
            "out_proj_bias": Weight((f,), self.bias_initializer, (0,), (e, f)),
        }
        return {name: one for name, one in made.items() if self.use_bias or not name.endswith("bias")}

    def multiply_adds(self, x: Shape) -> int:
        return self.multiply_adds_with(x, (x,))

    def multiply_adds_with(self, x: Shape, others: tuple[Shape, ...]) -> int:
        e, seen = self.width(x), (others[0] if others else x)[0]
        return 2 * (x[0] + seen) * x[1] * e + 2 * x[0] * seen * e

    def window(self, x: Shape) -> Window | None:
        return None

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Attending(self.heads, self.causal, values, slopes, dtype)


def check_heads(heads: int, features: int, more: str = "") -> None:
    """Raise ``EngineError`` for heads that do not share the features out; ``more`` is what else to try."""
    if features % heads:
        raise EngineError(
            f"{heads} heads do not divide {features} features evenly; try another number of heads{more}"
        )


def check_memory(name: str, x: Shape, others: tuple[Shape, ...]) -> None:
    """Raise ``EngineError`` for a memory that has not as many features as what looks at it."""
    if others and (len(others[0]) != 2 or others[0][1] != x[1]):
        raise EngineError(
            f"a memory is (time, feature) with the {x[1]} features that come in; {name} gives {others[0]}"
        )


class Attending(Layer):
    """Attention at work.

    ``weights`` (sequence, head, step looked at, time) are the shares of the last batch. One that goes on
    keeps the keys and values of all steps so far, and looks at those of them that there are.
    """

    def __init__(self, heads: int, causal: bool, values: Arrays, slopes: Arrays, dtype: DType) -> None:
        super().__init__(values, slopes, dtype)
        self.heads, self.causal = heads, causal
        self.width = values["out_proj_kernel"].shape[1]
        self.scale = dtype.type(1 / math.sqrt(self.width // heads))
        self.weights: Array = np.empty(0)
        self._later: dict[tuple[int, int], Array] = {}

    def forward(self, x: Array, training: bool) -> Array:
        self.x, self.seen = x, self.others[0] if self.others else x
        e = self.width
        if self.others:
            query = self._project(x, slice(0, e), "query")
            key, value = self._project(self.seen, slice(e, 3 * e), "keys").reshape(2, *self._split(self.seen))
        else:
            query, key, value = self._project(x, slice(0, 3 * e), "all").reshape(3, *self._split(x))
            if self.carries:
                key, value = self._cached(key, value)
        query = query.reshape(self._split(x))
        query *= self.scale
        self.query, self.key, self.value = query, key, value
        w = self.weights = self._shares(query, key)
        self.heads_gave = np.matmul(value, w, out=self.memory.array("heads", query.shape))
        self.mixed = self._joined(self.heads_gave, "mixed")
        out = self.memory.array("y", x.shape)
        np.matmul(self.values["out_proj_kernel"], self.mixed, out=flat(out))
        if "out_proj_bias" in self.values:
            out += self.values["out_proj_bias"][:, None, None]
        return out

    def _split(self, x: Array) -> Shape:
        """(sequence, head, feature, time) of an activation."""
        return x.shape[2], self.heads, self.width // self.heads, x.shape[1]

    def _project(self, x: Array, rows: slice, name: str) -> Array:
        """Some rows of W x + b, head by head: (part, sequence, head, feature, time)."""
        kernel = self.values["in_proj_kernel"][rows]
        made = self.memory.array(f"{name} projected", (len(kernel), *x.shape[1:]))
        np.matmul(kernel, flat(x), out=flat(made))
        if "in_proj_bias" in self.values:
            made += self.values["in_proj_bias"][rows, None, None]
        n, heads, width, time = self._split(x)
        split = self.memory.array(name, (len(kernel) // self.width, n, heads, width, time))
        np.copyto(split, made.reshape(-1, heads, width, time, n).transpose(0, 4, 1, 2, 3))
        return split

    def _joined(self, split: Array, name: str) -> Array:
        """(sequence, head, feature, time) as (feature, place)."""
        n, heads, width, time = split.shape
        joined = self.memory.array(name, (heads, width, time, n))
        np.copyto(joined, split.transpose(1, 2, 3, 0))
        return joined.reshape(self.width, time * n)

    def _cached(self, key: Array, value: Array) -> tuple[Array, Array]:
        """The keys and values of all steps so far."""
        for name, new in (("key", key), ("value", value)):
            before = self.state.get(name)
            self.state[name] = new.copy() if before is None else np.concatenate([before, new], axis=3)
        there = np.ones((key.shape[3], key.shape[0]), bool) if self.mask is None else self.mask
        self.state["there"] = np.concatenate([self.state.get("there", there[:0]), there])
        return self.state["key"], self.state["value"]

    def _shares(self, query: Array, key: Array) -> Array:
        """softmax over what each query may look at; one that may look at nothing has shares of 0."""
        shape = (*query.shape[:2], key.shape[3], query.shape[3])
        w = np.matmul(key.transpose(0, 1, 3, 2), query, out=self.memory.array("weights", shape))
        if self.causal and shape[3] > 1:  # the last step may look at all
            w += self.later(*shape[2:])
        there = self.masks[0] if self.others else self.state["there"] if self.carries else self.mask
        if there is not None:
            w += np.where(there.T, 0, -np.inf).astype(self.dtype)[:, None, :, None]
        highest = w.max(axis=2, keepdims=True)
        if there is not None:
            highest[highest == -np.inf] = 0
        w -= highest
        np.exp(w, out=w)
        total = w.sum(axis=2, keepdims=True)
        if there is not None:
            total[total == 0] = 1
        w *= 1 / total
        return w

    def later(self, seen: int, time: int) -> Array:
        """−∞ where one of the last steps would look at one after it, (step looked at, time)."""
        found = self._later.get((seen, time))
        if found is None:
            found = self._later[seen, time] = np.tril(
                np.full((seen, time), -np.inf, self.dtype), time - seen - 1
            )
        return found

    def backward(self, dy: Array) -> Array:
        rows, e, w = flat(dy), self.width, self.weights
        np.matmul(rows, self.mixed.T, out=self.slopes["out_proj_kernel"])
        if "out_proj_bias" in self.slopes:
            row_sums(rows, self.slopes["out_proj_bias"], self.memory)
        n, heads, width, time = self._split(self.x)
        back = self.memory.array("dmixed", (e, rows.shape[1]))
        np.matmul(self.values["out_proj_kernel"].T, rows, out=back)
        g = self.memory.array("dheads", (n, heads, width, time))
        np.copyto(g, back.reshape(heads, width, time, n).transpose(3, 0, 1, 2))
        parts = self.memory.array("dparts", (3, *self.query.shape)) if not self.others else None
        dquery = self.memory.array("dquery", self.query.shape) if parts is None else parts[0]
        dkeys = self.memory.array("dkeys", (2, *self._split(self.seen))) if parts is None else parts[1:]
        np.matmul(g, w.transpose(0, 1, 3, 2), out=dkeys[1])
        ds = np.matmul(self.value.transpose(0, 1, 3, 2), g, out=self.memory.array("ds", w.shape))
        g *= self.heads_gave
        ds -= g.sum(axis=2, keepdims=True)
        ds *= w
        np.matmul(self.key, ds, out=dquery)
        dquery *= self.scale
        np.matmul(self.query, ds.transpose(0, 1, 3, 2), out=dkeys[0])
        if parts is None:
            dx = self._unproject(dquery[None], self.x, slice(0, e), "query")
            self.to_others = (self._unproject(dkeys, self.seen, slice(e, 3 * e), "keys"),)
            return dx
        return self._unproject(parts, self.x, slice(0, 3 * e), "all")

    def _unproject(self, split: Array, x: Array, rows: slice, name: str) -> Array:
        """The gradient at x, and those of W and b, from that at some rows of W x + b, head by head."""
        parts, n, heads, width, time = split.shape
        joined = self.memory.array(f"{name} projected", (parts * self.width, *x.shape[1:]))
        np.copyto(joined.reshape(parts, heads, width, time, n), split.transpose(0, 2, 3, 4, 1))
        np.matmul(flat(joined), flat(x).T, out=self.slopes["in_proj_kernel"][rows])
        if "in_proj_bias" in self.slopes:
            row_sums(flat(joined), self.slopes["in_proj_bias"][rows], self.memory)
        dx = self.memory.array(f"{name} dx", x.shape)
        np.matmul(self.values["in_proj_kernel"][rows].T, flat(joined), out=flat(dx))
        return dx
