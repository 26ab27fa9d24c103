"""TD(λ): each error reaches all states that were visited lately, by traces of these visits that fade."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning.td import Updates, td_error

#: How a visit adds to the trace of its state: it comes on top of what is left, or takes its place.
TRACES = ("accumulating", "replacing")


def td_lambda_plain(
    values: Array,
    episodes: Episodes,
    *,
    alpha: float | Array,
    gamma: float,
    decay: float,
    traces: str = "accumulating",
    keep: int | None = None,
) -> tuple[Updates, Array]:
    """TD(λ) over one run, values (S,) in place: the definition; beside its updates, all traces (N, S).

    At each step the trace of every state fades by γλ and that of the state in which the step began rises;
    then every value moves by α δ times its trace. λ = 0 is TD(0); λ = 1 comes close to Monte Carlo.

    Parameters
    ----------
    values : (S,)
        The values before; they are changed.
    episodes : Episodes
        One run.
    alpha, gamma, decay : float
        Step size, which may be one for each step (N,), discount, and λ from 0 to 1.
    traces : str
        One of ``TRACES``.
    keep : int, optional
        Return the traces of the last so many steps only: all of them are steps times states.

    Raises ``EngineError`` for traces of another name and for a λ outside of [0, 1].

    >>> values = np.zeros(3)
    >>> one = Episodes.of([0, 1], [0, 0], [0.0, 1.0], [1, 2], lengths=[2])
    >>> happened, traces = td_lambda_plain(values, one, alpha=0.5, gamma=1.0, decay=0.8)
    >>> values, traces
    (array([0.4, 0.5, 0. ]), array([[1. , 0. , 0. ], [0.8, 1. , 0. ]]))

    Source: Sutton and Barto, 2nd edition, section 12.2 for one feature per state, and the first edition,
    sections 7.3 and 7.8.
    """
    checked_traces(decay, traces)
    count = len(episodes.state)
    begins = np.zeros(count, bool)
    begins[episodes.offsets[:-1]] = True
    alphas = np.broadcast_to(np.asarray(alpha, np.float64), (count,))
    kept_from = 0 if keep is None else max(count - keep, 0)
    trace, kept = np.zeros(len(values)), np.empty((count - kept_from, len(values)))
    target, delta, before, after, ahead, own = np.empty((6, count))
    for t in range(count):
        s, ahead[t] = episodes.state[t], values[episodes.next[t]]
        trace = np.zeros_like(trace) if begins[t] else gamma * decay * trace
        trace[s] = trace[s] + 1.0 if traces == "accumulating" else 1.0
        before[t] = values[s]
        target[t] = episodes.reward[t] + gamma * ahead[t]
        delta[t] = td_error(target[t], before[t])
        values[:] = values + alphas[t] * trace * delta[t]
        after[t], own[t] = values[s], trace[s]
        if t >= kept_from:
            kept[t - kept_from] = trace
    return Updates(np.arange(count), target, delta, alphas, before, after, ahead, own), kept


def td_lambda(
    values: Array,
    episodes: Episodes,
    *,
    alpha: float | Array,
    gamma: float,
    decay: float,
    traces: str = "accumulating",
) -> Array:
    """TD(λ) over all runs at once, values (R, S) in place; returns them after each episode (R·E, S).

    Equals ``td_lambda_plain`` run by run, to the last bit. ``alpha`` may be one number for each step (N,).

    >>> values = np.zeros((1, 3))
    >>> one = Episodes.of([0, 1], [0, 0], [0.0, 1.0], [1, 2], lengths=[2])
    >>> td_lambda(values, one, alpha=0.5, gamma=1.0, decay=0.8)
    array([[0.4, 0.5, 0. ]])

    Raises ``EngineError`` as ``td_lambda_plain`` does.
    """
    checked_traces(decay, traces)
    runs, n_states = values.shape
    first = episodes.run_offsets
    lengths = np.diff(first)
    order = np.argsort(-lengths, kind="stable")  # the longest run first: those still going are in front
    going = np.searchsorted(-lengths[order], -np.arange(int(lengths.max(initial=0))), side="left")
    v, trace = values[order], np.zeros((runs, n_states))
    fades = np.full(len(episodes.state), gamma * decay)
    fades[episodes.offsets[:-1]] = 0.0
    ends = np.full(len(episodes.state), -1)
    ends[episodes.offsets[1:] - 1] = np.arange(len(episodes.lengths))
    alphas = np.broadcast_to(np.asarray(alpha, np.float64), (len(episodes.state),))
    after = np.empty((len(episodes.lengths), n_states))
    rows = np.arange(runs)
    for t, alive in enumerate(going.tolist()):
        at = first[order[:alive]] + t
        row, state = rows[:alive], episodes.state[at]
        part, fading = v[:alive], trace[:alive]
        target = episodes.reward[at] + gamma * part[row, episodes.next[at]]
        fading *= fades[at][:, None]
        fading[row, state] = fading[row, state] + 1.0 if traces == "accumulating" else 1.0
        delta = td_error(target, part[row, state])
        part[:] = part + alphas[at][:, None] * fading * delta[:, None]
        over = np.flatnonzero(ends[at] >= 0)
        if over.size:
            after[ends[at[over]]] = part[over]
    values[order] = v
    return after


def checked_traces(decay: float, traces: str) -> None:
    """Raise ``EngineError`` when these are no traces."""
    if traces not in TRACES:
        raise EngineError(f"traces are {' or '.join(TRACES)}; received {traces!r}")
    if not 0 <= decay <= 1:
        raise EngineError(f"lambda expects a number from 0 to 1; received {decay}")
