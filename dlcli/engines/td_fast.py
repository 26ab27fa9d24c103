"""The same updates fast: for many runs at once, and in one long run without a wasted instruction."""

from __future__ import annotations

import numpy as np

from dlcli.engines.backups import Backups
from dlcli.engines.checks import Array
from dlcli.engines.episodes import Episodes

STRETCH = 128  # updates of each run that are laid out at once
MANY = 48  # runs from which on one pass over all of them costs less than each by itself


def learn(values: Array, backups: Backups, alpha: float | Array) -> Array:
    """Update the values (R, S) of all runs in place; returns each value as it came out of its backup (N,).

    Equals ``backed_up`` run by run, to the last bit.

    >>> from dlcli.engines.backups import td0_backups
    >>> episode = Episodes.of([0, 1], [0, 0], [0.0, 1.0], [1, 2], lengths=[2])
    >>> values = np.zeros((1, 3))
    >>> learn(values, td0_backups(episode, 1.0), 0.5), values
    (array([0. , 0.5]), array([[0. , 0.5, 0. ]]))
    """
    runs, alphas = len(values), np.asarray(alpha, np.float64)
    if runs >= MANY:
        return _beside(values, backups, alphas)
    after = np.empty(len(backups.state))
    for run in range(runs):
        mine = slice(int(backups.offsets[run]), int(backups.offsets[run + 1]))
        after[mine] = _alone(values[run], backups, alphas[mine] if alphas.ndim else alphas, mine)
    return after


def _alone(values: Array, backups: Backups, alpha: Array, mine: slice) -> list[float]:
    """One run: Python's own numbers and lists are quicker, one at a time, than arrays of one."""
    v = values.tolist()
    after: list[float] = []
    keep = after.append
    columns = [
        column[mine].tolist()
        for column in (backups.state, backups.reward, backups.discount, backups.follower)
    ]
    steps = alpha.tolist() if alpha.ndim else [float(alpha)] * len(columns[0])
    for state, reward, discount, follower, step in zip(*columns, steps, strict=True):
        value = v[state]
        value += step * (reward + discount * v[follower] - value)
        v[state] = value
        keep(value)
    values[:] = v
    return after


def _beside(values: Array, backups: Backups, alpha: Array) -> Array:
    """All runs: their i-th updates at once; a run that has fewer than another moves a value nobody reads.

    What a stretch of updates needs is laid out just before it, so that it is still in the cache.
    """
    runs, n_states = values.shape
    begin, end = backups.offsets[:-1], backups.offsets[1:]
    wide = np.zeros((runs, n_states + 1))  # the last value of each run stands for nothing
    wide[:, :n_states] = values
    flat, first, spare = wide.reshape(-1), np.arange(runs) * (n_states + 1), n_states
    undiscounted = len(backups.discount) and backups.discount.min() == 1  # it is never more
    after = np.empty(len(backups.state))
    steps = np.broadcast_to(alpha, (STRETCH, runs)).copy() if alpha.ndim == 0 else None
    add, subtract, multiply = np.add, np.subtract, np.multiply
    counts = end - begin
    longest, shortest = int(counts.max()), int(counts.min())
    for t in range(0, longest, STRETCH):
        at = begin + np.arange(t, min(t + STRETCH, longest))[:, None]  # (up to STRETCH, R)
        beyond = at >= end if t + len(at) > shortest else None  # none: every run has all of these
        if beyond is not None:
            np.minimum(at, len(after) - 1, out=at)
        state, follower, reward = backups.state[at], backups.follower[at], backups.reward[at]
        if beyond is not None:
            for column, nothing in ((state, spare), (follower, spare), (reward, 0)):
                np.copyto(column, nothing, where=beyond)
        state += first
        follower += first
        discount = reward if undiscounted else backups.discount[at]
        size = alpha[at] if steps is None else steps[: len(at)]
        came_out = np.empty(at.shape)
        for here, there, paid, fading, share, out in zip(
            state, follower, reward, discount, size, came_out, strict=True
        ):
            move, value = flat[there], flat[here]
            if not undiscounted:
                multiply(move, fading, move)
            add(move, paid, move)
            subtract(move, value, move)
            multiply(move, share, move)
            add(value, move, out)
            flat[here] = out
        made = slice(None) if beyond is None else ~beyond
        after[at[made]] = came_out[made]
    values[:] = wide[:, :n_states]
    return after


def td0_long(values: Array, episodes: Episodes, *, alpha: float, gamma: float) -> None:
    """TD(0) over one long run, in place (S,), when nobody asks what happened on the way.

    The value read as V(s′) is carried on as V(s) of the next step, states come as bytes where there are few
    of them, and a reward that every step but the last of an episode pays is no list. Equals ``backed_up`` to
    the last bit.
    """
    v = values.tolist()
    followers = episodes.next
    follower = followers.astype(np.uint8).tobytes() if len(v) <= 256 else followers.tolist()
    lasts = episodes.offsets[1:] - 1
    usual = _usual_reward(episodes, lasts)
    reward = [] if usual is not None else episodes.reward.tolist()
    start = 0
    for state, last, end in zip(
        episodes.state[episodes.offsets[:-1]].tolist(),
        episodes.ways.reward[episodes.way[lasts]].tolist(),
        lasts.tolist(),
        strict=True,
    ):
        value = v[state]
        if usual is not None:
            for onward in follower[start:end]:
                v[state] = value + alpha * (usual + gamma * v[onward] - value)
                state = onward
                value = v[state]
        else:
            for onward, paid in zip(follower[start:end], reward[start:end], strict=True):
                v[state] = value + alpha * (paid + gamma * v[onward] - value)
                state = onward
                value = v[state]
        v[state] = value + alpha * (last + gamma * v[follower[end]] - value)
        start = end + 1
    values[:] = v


def _usual_reward(episodes: Episodes, lasts: Array) -> float | None:
    """What every step pays that is not the last of an episode, when that is one number."""
    rewards = episodes.ways.reward
    if not np.ptp(rewards):
        return float(rewards[0])
    inner = np.ones(len(episodes.way), bool)
    inner[lasts] = False
    seen = rewards[episodes.way[inner]]
    return float(seen[0]) if seen.size and not np.ptp(seen) else None
