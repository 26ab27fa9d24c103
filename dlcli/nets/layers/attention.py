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
from collections.abc import Iterator
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

#: Weights that are worked on at once.
CACHED = 1 << 16


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
        self.x = self._turned(x, "x")
        self.seen = self._turned(self.others[0], "seen") if self.others else self.x
        e = self.width
        if self.others:
            (query,) = self._project(self.x, slice(0, e), "query")
            key, value = self._project(self.seen, slice(e, 3 * e), "keys")
        else:
            query, key, value = self._project(self.x, slice(0, 3 * e), "all")
            if self.carries:
                key, value = self._cached(key, value)
        query *= self.scale
        self.query, self.key, self.value = query, key, value
        self.weights = self.memory.array("weights", (*query.shape[:2], key.shape[3], query.shape[3]))
        self.mixed = self.memory.array("mixed", (e, *self.x.shape[1:]))
        self.heads_gave = self._by_head(self.mixed)[0]
        for some in self._stretches():
            shares = self._shares(some)
            np.matmul(value[some], shares, out=self.heads_gave[some])
        out = self.memory.array("out", self.x.shape)
        np.matmul(self.values["out_proj_kernel"], flat(self.mixed), out=flat(out))
        if "out_proj_bias" in self.values:
            out += self.values["out_proj_bias"][:, None, None]
        return self._turned(out, "y")

    def _turned(self, x: Array, name: str) -> Array:
        """(feature, time, sequence) as (feature, sequence, time), or back: a head works on one sequence."""
        if 1 in x.shape[1:]:  # it lies as it is to lie
            return x.reshape(len(x), x.shape[2], x.shape[1])
        turned = self.memory.array(f"{name} turned", (len(x), x.shape[2], x.shape[1]))
        np.copyto(turned, x.transpose(0, 2, 1))
        return turned

    def _by_head(self, rows: Array) -> Array:
        """(part·head·feature, sequence, time) as (part, sequence, head, feature, time): a view of it."""
        each = self.width // self.heads
        return rows.reshape(-1, self.heads, each, *rows.shape[1:]).transpose(0, 3, 1, 2, 4)

    def _project(self, x: Array, rows: slice, name: str) -> Array:
        """Some rows of W x + b, head by head: (part, sequence, head, feature, time)."""
        kernel = self.values["in_proj_kernel"][rows]
        made = self.memory.array(f"{name} projected", (len(kernel), *x.shape[1:]))
        np.matmul(kernel, flat(x), out=flat(made))
        if "in_proj_bias" in self.values:
            made += self.values["in_proj_bias"][rows, None, None]
        return self._by_head(made)

    def _cached(self, key: Array, value: Array) -> tuple[Array, Array]:
        """The keys and values of all steps so far."""
        for name, new in (("key", key), ("value", value)):
            before = self.state.get(name)
            self.state[name] = new.copy() if before is None else np.concatenate([before, new], axis=3)
        there = np.ones((key.shape[3], key.shape[0]), bool) if self.mask is None else self.mask
        self.state["there"] = np.concatenate([self.state.get("there", there[:0]), there])
        return self.state["key"], self.state["value"]

    def _stretches(self) -> Iterator[slice]:
        """The sequences, so few at a time that their weights stay in the cache."""
        n, *each = self.weights.shape
        together = max(1, CACHED // max(1, math.prod(each)))
        return (slice(first, min(first + together, n)) for first in range(0, n, together))

    def _shares(self, some: slice) -> Array:
        """softmax over what each query may look at; one that may look at nothing has shares of 0."""
        w = self.weights[some]
        np.matmul(self.key[some].transpose(0, 1, 3, 2), self.query[some], out=w)
        if self.causal and w.shape[3] > 1:  # the last step may look at all
            w += self.later(*w.shape[2:])
        there = self.masks[0] if self.others else self.state["there"] if self.carries else self.mask
        if there is not None:
            w += np.where(there.T[some], 0, -np.inf).astype(self.dtype)[:, None, :, None]
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
        rows, e, shape = flat(self._turned(dy, "dy")), self.width, self.x.shape[1:]
        np.matmul(rows, flat(self.mixed).T, out=self.slopes["out_proj_kernel"])
        if "out_proj_bias" in self.slopes:
            row_sums(rows, self.slopes["out_proj_bias"], self.memory)
        back = self.memory.array("dmixed", (e, *shape))
        np.matmul(self.values["out_proj_kernel"].T, rows, out=flat(back))
        (g,) = self._by_head(back)
        if self.others:
            at_query = self.memory.array("dquery", (e, *shape))
            at_keys = self.memory.array("dkeys", (2 * e, *self.seen.shape[1:]))
        else:
            whole = self.memory.array("dparts", (3 * e, *shape))
            at_query, at_keys = whole[:e], whole[e:]
        (dquery,), (dkey, dvalue) = self._by_head(at_query), self._by_head(at_keys)
        for some in self._stretches():
            w, here = self.weights[some], g[some]
            np.matmul(here, w.transpose(0, 1, 3, 2), out=dvalue[some])
            ds = self.memory.array("ds", w.shape)
            np.matmul(self.value[some].transpose(0, 1, 3, 2), here, out=ds)
            here *= self.heads_gave[some]
            ds -= here.sum(axis=2, keepdims=True)
            ds *= w
            np.matmul(self.key[some], ds, out=dquery[some])
            np.matmul(self.query[some], ds.transpose(0, 1, 3, 2), out=dkey[some])
        at_query *= self.scale
        if self.others:
            dx = self._unproject(at_query, self.x, slice(0, e), "query")
            self.to_others = (self._unproject(at_keys, self.seen, slice(e, 3 * e), "keys"),)
            return dx
        return self._unproject(whole, self.x, slice(0, 3 * e), "all")

    def _unproject(self, parts: Array, x: Array, rows: slice, name: str) -> Array:
        """The gradient at x, and those of W and b, from that at some rows of W x + b."""
        np.matmul(flat(parts), flat(x).T, out=self.slopes["in_proj_kernel"][rows])
        if "in_proj_bias" in self.slopes:
            row_sums(flat(parts), self.slopes["in_proj_bias"][rows], self.memory)
        dx = self.memory.array(f"{name} dx", x.shape)
        np.matmul(self.values["in_proj_kernel"][rows].T, flat(parts), out=flat(dx))
        return self._turned(dx, f"{name} at x")
