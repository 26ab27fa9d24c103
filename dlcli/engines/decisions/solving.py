"""The Bellman equations of a chain, solved: component by component, those first to which others lead."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.chain import Chain
from dlcli.engines.decisions.graph import components, narrow_order
from dlcli.engines.decisions.linear_equations import band, bicgstab, solve_by_reduction

#: Products of a solution by elimination, up to which it is quicker than others, or waited for.
CHEAP, MOST = 30_000_000, 20_000_000_000

#: Numbers of a matrix that are held: 160 MB.
HELD = 20_000_000

#: Errors of the Bellman equation, by the size of the values: what an iterative solution aims at, and what it
#: may be left with.
ROUNDING, EXACT = 1e-14, 1e-12

#: Sweeps after which it is seen whether they help, and the most of them.
FIRST, LAST = 100, 100_000

#: How far probabilities may be from adding up to 1 by rounding alone.
WHOLE = 1e-14


def solve(chain: Chain, gamma: float, unknown: Array) -> Array:
    """The values (U,) of the unknown states, all others being worth 0.

    Within a strongly connected component by elimination, where that does not take too long: of few states,
    or of many in a row, each beside those to which it leads. In wide ones by products with the outcomes
    alone, so that memory is proportional to these. Raises ``EngineError`` when that does not come out.
    """
    n = unknown.size
    place = np.full(chain.n_states, -1)
    place[unknown] = np.arange(n)
    mine = np.flatnonzero(place[chain.state] >= 0)
    row, column = place[chain.state[mine]], place[chain.next[mine]]
    chance, inside = chain.weight[mine], column >= 0
    total = np.bincount(row, weights=chance, minlength=n)
    missing = np.where(np.abs(1 - total) > WHOLE, 1 - total, 0.0)
    # What is lost on each step, to discounting and to states worth 0: 1 less the weights of what stays.
    leave = missing + (1 - gamma) * total
    leave += gamma * np.bincount(row[~inside], weights=chance[~inside], minlength=n)
    row, column, weight = row[inside], column[inside], gamma * chance[inside]
    of, count = components(row, column, n)
    within = of[row] == of[column]
    leave += np.bincount(row[~within], weights=weight[~within], minlength=n)
    inner, outer = (_Steps(of, count, row[kept], column[kept], weight[kept]) for kept in (within, ~within))
    members = np.split(np.argsort(of, kind="stable"), np.bincount(of, minlength=count).cumsum()[:-1])
    b, out, x = chain.reward[unknown].tolist(), leave.tolist(), [0.0] * n
    for c, states in enumerate(members):
        for k in range(*outer.ends[c : c + 2]):
            b[outer.row[k]] += outer.weight[k] * x[outer.column[k]]
        if states.size == 1:
            (s,) = states.tolist()
            if not out[s] > 0:
                raise lost(1)
            x[s] = b[s] / out[s]
            continue
        place[states] = np.arange(states.size)
        steps = slice(*inner.ends[c : c + 2])
        found = solve_component(
            place[np.array(inner.row[steps])],
            place[np.array(inner.column[steps])],
            np.array(inner.weight[steps]),
            leave[states],
            np.array([b[s] for s in states.tolist()]),
        )
        for s, value in zip(states.tolist(), found.tolist(), strict=True):
            x[s] = value
    return np.array(x)


class _Steps:
    """Steps by the component in which they begin, in lists; those of c stand up to ``ends[c + 1]``."""

    def __init__(self, of: Array, count: int, row: Array, column: Array, weight: Array) -> None:
        order = np.argsort(of[row], kind="stable")
        self.row, self.column = row[order].tolist(), column[order].tolist()
        self.weight: list[float] = weight[order].tolist()
        self.ends = [0, *np.bincount(of[row], minlength=count).cumsum().tolist()]


def solve_component(row: Array, column: Array, weight: Array, leave: Array, b: Array) -> Array:
    """The solution of equations as those of ``solve_by_reduction``, by elimination or by products alone."""
    n = b.size
    order = np.arange(n)
    if _products(n, row, column) > CHEAP:
        order = np.argsort(narrow_order(row, column, n))  # the new place of each state
    products = _products(n, order[row], order[column])
    if products > CHEAP:
        try:
            return solve_sparse(row, column, weight, leave, b)
        except EngineError:
            if products > MOST:
                raise
    back = np.argsort(order)
    found = solve_by_reduction(order[row], order[column], weight, leave[back], b[back])
    if found is None:
        raise lost(n)
    return found[order]


def _products(size: int, row: Array, column: Array) -> float:
    """How many products elimination in a band takes; endless where its matrix is too large to hold."""
    lower, upper = band(row, column)
    return size * (lower + 1.0) * (upper + 1.0) if size * (lower + upper + 1) <= HELD else np.inf


def lost(n: int) -> EngineError:
    """What is said of equations whose solution is lost in rounding."""
    return EngineError(
        f"the values of {n} states do not come out: some leave their loop so rarely that it "
        "is lost in rounding; try a smaller gamma"
    )


def solve_sparse(row: Array, column: Array, weight: Array, leave: Array, b: Array) -> Array:
    """The same solution by products with the weights alone.

    BiCGSTAB is quick where an agent wanders about, and stalls where it runs straight to an end; there plain
    sweeps arrive after as many as the longest way has steps. They take turns, until rounding is all that is
    left. Raises ``EngineError`` when they do not get there.
    """
    n = b.size
    apart = row != column
    row, column, weight = row[apart], column[apart], weight[apart]
    diagonal = leave + np.bincount(row, weights=weight, minlength=n)
    weight = weight / diagonal[row]
    b = b / diagonal

    def coming(values: Array) -> Array:
        return np.bincount(row, weights=weight * values[column], minlength=n)

    def off(values: Array) -> float:
        error = float(np.abs(b + coming(values) - values).max())
        return error / max(1.0, float(np.abs(values).max())) if np.isfinite(error) else np.inf

    values, error, count = np.zeros(n), np.inf, FIRST
    while error > ROUNDING and count <= LAST:
        scale = max(1.0, float(np.abs(values).max()))
        found = bicgstab(lambda v: v - coming(v), b, values, enough=ROUNDING * scale / 10)
        if off(found) > error / 2:
            found = values
            for _ in range(count):
                found = b + coming(found)
            count *= 2
        now = off(found)
        if now > error / 2 and error <= EXACT:
            break
        values, error = (found, now) if now < error else (values, error)
    if error > EXACT:
        raise EngineError(
            f"the values of {n} states do not come out: their Bellman equations are off by {error:.2g} "
            "of the largest; try a smaller gamma"
        )
    return values
