"""How alike a query and a key are: one score for each pair, by product, angle, or weights that are learnt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, EngineError


@dataclass(frozen=True)
class Similarity(ABC):
    """A score for each pair of a query (..., query, d) and a key (..., key, d')."""

    name: ClassVar[str]

    def scores(self, q: Array, k: Array) -> Array:
        """The scores (..., query, key): the dot products of ``as_products``, where there are such."""
        products = self.as_products(q, k)
        assert products is not None
        return products[0] @ np.swapaxes(products[1], -1, -2)

    @abstractmethod
    def backward(self, ds: Array, q: Array, k: Array) -> tuple[Array, Array, dict[str, Array]]:
        """The gradients at queries, keys and weights, from ``ds`` at the scores (..., query, key).

        Leading axes are those of the scores; the gradients at the weights, by name, are sums over them.
        """

    def as_products(self, q: Array, k: Array) -> tuple[Array, Array] | None:
        """Queries and keys whose dot products are the scores; None where there are none such."""
        return None

    @property
    def width(self) -> int:
        """How many numbers each pair has on the way to its score."""
        return 1

    def usual_scale(self, width: int) -> float:
        """What scores are multiplied by before the softmax unless it is said: 1 but for ``Scaled``."""
        return 1.0

    def check(self, q: Array, k: Array) -> None:
        """Raise ``EngineError`` where queries and keys do not fit each other."""
        if q.shape[-1] != k.shape[-1]:
            raise EngineError(
                f"a query and a key need the same width for similarity '{self.name}'; received queries "
                f"of {q.shape[-1]} numbers and keys of {k.shape[-1]}; try 'general' or 'additive'"
            )

    def arrays(self) -> Mapping[str, Array]:
        """The weights by name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True)
class Dot(Similarity):
    """q · k: large when both point the same way, and when they are long.

    >>> Dot().scores(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [0.0, 1.0]]))
    array([[11.,  2.]])
    """

    name: ClassVar[str] = "dot"

    def as_products(self, q: Array, k: Array) -> tuple[Array, Array] | None:
        return q, k

    def backward(self, ds: Array, q: Array, k: Array) -> tuple[Array, Array, dict[str, Array]]:
        """Each query receives the keys, each key the queries, in the shares of ``ds``."""
        return ds @ k, np.swapaxes(ds, -1, -2) @ q, {}


@dataclass(frozen=True)
class Scaled(Dot):
    """q · k, to be divided by √d: a sum of d products of unit variance has variance d.

    Source: Vaswani et al., Attention is all you need, 2017, section 3.2.1.

    >>> Scaled().usual_scale(64)
    0.125
    """

    name: ClassVar[str] = "scaled"

    def usual_scale(self, width: int) -> float:
        return 1 / np.sqrt(max(width, 1)).item()


@dataclass(frozen=True)
class Cosine(Similarity):
    """q · k / (|q| |k|), the cosine of the angle between them, from −1 to 1; 0 where one has no length.

    >>> Cosine().scores(np.array([[3.0, 4.0]]), np.array([[6.0, 8.0], [-4.0, 3.0], [0.0, 0.0]])).round(9) + 0
    array([[1., 0., 0.]])
    """

    name: ClassVar[str] = "cosine"

    def as_products(self, q: Array, k: Array) -> tuple[Array, Array] | None:
        return directions(q), directions(k)

    def backward(self, ds: Array, q: Array, k: Array) -> tuple[Array, Array, dict[str, Array]]:
        """As for ``Dot``; along its own direction a vector changes no angle."""
        u, w = directions(q), directions(k)
        return _turned(ds @ w, u, q), _turned(np.swapaxes(ds, -1, -2) @ u, w, k), {}


@dataclass(frozen=True)
class General(Similarity):
    """q W k with ``weight`` W (d, d'): which feature of a query asks for which feature of a key is learnt.

    Source: Luong, Pham and Manning, Effective approaches to attention-based neural machine translation,
    2015, equation 8.

    >>> General(np.array([[0.0, 1.0], [0.0, 0.0]])).scores(np.array([[2.0, 9.0]]), np.array([[9.0, 3.0]]))
    array([[6.]])
    """

    name: ClassVar[str] = "general"
    weight: Array

    def as_products(self, q: Array, k: Array) -> tuple[Array, Array] | None:
        return q @ self.weight.astype(q.dtype, copy=False), k

    def backward(self, ds: Array, q: Array, k: Array) -> tuple[Array, Array, dict[str, Array]]:
        """Through the product on either side of the weight."""
        w = self.weight.astype(q.dtype, copy=False)
        at_keys = ds @ k  # (..., query, d')
        dk = np.swapaxes(ds, -1, -2) @ (q @ w)
        return at_keys @ w.T, dk, {"weight": _joined(q, at_keys)}

    def check(self, q: Array, k: Array) -> None:
        """The weight stands between the widths of queries and keys."""
        _fits(self.name, "weight", self.weight, (q.shape[-1], k.shape[-1]))


@dataclass(frozen=True)
class Additive(Similarity):
    """v · tanh(q A + k B): a small network looks at both.

    ``query_kernel`` A (d, unit), ``key_kernel`` B (d', unit), ``vector`` v (unit,). It has a number for each
    query, key and unit on the way, so it is the one that takes memory.

    Source: Bahdanau, Cho and Bengio, Neural machine translation by jointly learning to align and translate,
    2015, appendix A.1.2.

    >>> one = np.ones((1, 1))
    >>> Additive(one, one, np.array([2.0])).scores(np.array([[0.5]]), np.array([[-0.5], [0.0]])).round(4)
    array([[0.    , 0.9242]])
    """

    name: ClassVar[str] = "additive"
    query_kernel: Array
    key_kernel: Array
    vector: Array

    @property
    def width(self) -> int:
        """A number for each hidden unit."""
        return max(int(self.vector.size), 1)

    def _hidden(self, q: Array, k: Array) -> Array:
        a, b = (w.astype(q.dtype, copy=False) for w in (self.query_kernel, self.key_kernel))
        return np.tanh((q @ a)[..., :, None, :] + (k @ b)[..., None, :, :])  # (..., query, key, unit)

    def scores(self, q: Array, k: Array) -> Array:
        """The weighted sum of the hidden units of each pair."""
        return self._hidden(q, k) @ self.vector.astype(q.dtype, copy=False)

    def backward(self, ds: Array, q: Array, k: Array) -> tuple[Array, Array, dict[str, Array]]:
        """tanh' = 1 − tanh²."""
        hidden = self._hidden(q, k)
        dz = ds[..., None] * self.vector.astype(q.dtype, copy=False) * (1 - hidden**2)
        dq, dk = dz.sum(axis=-2), dz.sum(axis=-3)  # (..., query, unit), (..., key, unit)
        gradients = {
            "query_kernel": _joined(q, dq),
            "key_kernel": _joined(k, dk),
            "vector": (ds[..., None] * hidden).reshape(-1, hidden.shape[-1]).sum(axis=0),
        }
        return dq @ self.query_kernel.T.astype(q.dtype), dk @ self.key_kernel.T.astype(q.dtype), gradients

    def check(self, q: Array, k: Array) -> None:
        """Both kernels end in the units of the vector."""
        units = self.vector.shape[0] if self.vector.ndim == 1 else 0
        _fits(self.name, "vector", self.vector, (units,))
        _fits(self.name, "query_kernel", self.query_kernel, (q.shape[-1], units))
        _fits(self.name, "key_kernel", self.key_kernel, (k.shape[-1], units))


#: Those that need no weights, by name.
PLAIN: dict[str, Similarity] = {one.name: one for one in (Scaled(), Dot(), Cosine())}

#: All, in the order in which they are taught.
NAMES = (*PLAIN, General.name, Additive.name)


def similarity_of(similarity: str | Similarity) -> Similarity:
    """The similarity of that name; one that is given as itself is returned.

    >>> similarity_of("dot")
    Dot()

    Raises ``EngineError`` for a name that is none, or whose weights are missing.
    """
    if isinstance(similarity, Similarity):
        return similarity
    if similarity in PLAIN:
        return PLAIN[similarity]
    if similarity in NAMES:
        raise EngineError(
            f"similarity '{similarity}' has weights: give it as an object with them, not by name"
        )
    raise EngineError(f"there is no similarity {similarity!r}; try one of {', '.join(NAMES)}")


def directions(x: Array) -> Array:
    """Vectors divided by their length; those without one stay 0.

    >>> directions(np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    length = _lengths(x)
    return x / np.where(length == 0, 1, length)


def _lengths(x: Array) -> Array:
    return np.linalg.norm(x, axis=-1, keepdims=True)


def _turned(gradient: Array, u: Array, x: Array) -> Array:
    """What of a gradient at the direction ``u`` of ``x`` turns it, per unit of length."""
    across = gradient - u * (gradient * u).sum(axis=-1, keepdims=True)
    length = _lengths(x)
    return np.where(length == 0, 0, across / np.where(length == 0, 1, length))


def _joined(x: Array, gradient: Array) -> Array:
    """The gradient (d, d') at a weight between ``x`` (..., n, d) and what has ``gradient`` (..., n, d')."""
    x = np.broadcast_to(x, (*gradient.shape[:-1], x.shape[-1]))
    return x.reshape(-1, x.shape[-1]).T @ gradient.reshape(-1, gradient.shape[-1])


def _fits(similarity: str, name: str, array: Array, wanted: tuple[int, ...]) -> None:
    if array.shape != wanted or not all(wanted):
        raise EngineError(
            f"{name} of similarity '{similarity}' needs shape {wanted} for these queries and keys; "
            f"received {array.shape}"
        )
