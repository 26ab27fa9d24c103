"""The same updates fast: for many runs at once, and in one long run without a wasted instruction."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning.backups import BackupKinds, Backups

STRETCH = 128  # updates of each run that are laid out at once
MANY = 48  # runs from which on one pass over all of them costs less than each by itself

#: Told which backups were made, in their order for each run, and the values that came out of them.
Note = Callable[[Array, Array], None]


def learn(values: Array, backups: Backups, alpha: float | Array, note: Note | None = None) -> None:
    """Update the values (R, S) of all runs in place.

    Equals ``backed_up`` run by run, to the last bit.

    >>> from dlcli.engines.decisions.learning.backups import td0_backups
    >>> episode = Episodes.of([0, 1], [0, 0], [0.0, 1.0], [1, 2], lengths=[2])
    >>> values = np.zeros((1, 3))
    >>> learn(values, td0_backups(episode, 1.0), 0.5, print)
    [0 1] [0.  0.5]
    >>> values
    array([[0. , 0.5, 0. ]])
    """
    runs, alphas = len(values), np.asarray(alpha, np.float64)
    if runs >= MANY:
        _beside(values, backups, alphas, note)
        return
    for run in range(runs):
        mine = slice(int(backups.offsets[run]), int(backups.offsets[run + 1]))
        after = _alone(values[run], backups, alphas[mine] if alphas.ndim else alphas, mine)
        if note is not None:
            note(np.arange(mine.start, mine.stop), np.array(after))


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


def _beside(values: Array, backups: Backups, alpha: Array, note: Note | None) -> None:
    """The i-th updates of all runs at once; a run with fewer of them than others updates a spare value.

    What a stretch of updates needs is laid out just before it, so that it is still in the cache.
    """
    runs, n_states = values.shape
    begin, end = backups.offsets[:-1], backups.offsets[1:]
    wide, kinds = _settled(values, backups.kinds)
    flat, first, spare = wide.reshape(-1), np.arange(runs) * wide.shape[1], n_states
    discounted, rewarded = bool((kinds.discount != 1).any()), bool(kinds.reward.any())
    sizes = np.full(runs, alpha) if alpha.ndim == 0 else None
    add, subtract, multiply = np.add, np.subtract, np.multiply
    counts = end - begin
    longest, shortest = int(counts.max()), int(counts.min())
    for t in range(0, longest, STRETCH):
        at = begin + np.arange(t, min(t + STRETCH, longest))[:, None]  # (up to STRETCH, R)
        beyond = at >= end if t + len(at) > shortest else None  # none: every run has all of these
        if beyond is not None:
            np.minimum(at, len(backups.kind) - 1, out=at)
        kind = backups.kind.take(at, mode="clip").astype(np.intp, copy=False)
        state, follower = kinds.state.take(kind, mode="clip"), kinds.follower.take(kind, mode="clip")
        if beyond is not None:
            np.copyto(state, spare, where=beyond)
            np.copyto(follower, spare, where=beyond)
        state += first
        follower += first
        unused = [sizes] * len(at)  # as many rows of what is the same for all, or is not looked at
        reward = kinds.reward.take(kind, mode="clip") if rewarded else unused
        discount = kinds.discount.take(kind, mode="clip") if discounted else unused
        size = alpha.take(at, mode="clip") if sizes is None else unused
        came_out = np.empty(at.shape)
        for here, there, paid, fading, share, out in zip(
            state, follower, reward, discount, size, came_out, strict=True
        ):
            move, value = flat[there], flat[here]
            if discounted:
                multiply(move, fading, move)
            if rewarded:
                add(move, paid, move)
            subtract(move, value, move)
            multiply(move, share, move)
            add(value, move, out)
            flat[here] = out
        if note is not None:
            made = slice(None) if beyond is None else ~beyond
            note(at[made], came_out[made])
    values[:] = wide[:, :n_states]


def _settled(values: Array, kinds: BackupKinds) -> tuple[Array, BackupKinds]:
    """Values (R, S+1+J): those of the states, one that stands for nothing, and J targets that never change.

    Such is a target that leads to a state whose value never moves, as that of an ending is: it is looked up
    like a value, without a reward and a discount. Where that spares no reward, J is 0.
    """
    runs, n_states = values.shape
    moving = np.zeros(n_states, bool)
    moving[kinds.state] = True
    never = ~moving[kinds.follower]
    still = np.flatnonzero(never)
    if len(still) > n_states or kinds.reward[~never].any():
        still = still[:0]
    wide = np.zeros((runs, n_states + 1 + len(still)))
    wide[:, :n_states] = values
    wide[:, n_states + 1 :] = kinds.reward[still] + kinds.discount[still] * values[:, kinds.follower[still]]
    reward, discount, follower = kinds.reward.copy(), kinds.discount.copy(), kinds.follower.copy()
    reward[still], discount[still], follower[still] = 0, 1, n_states + 1 + np.arange(len(still))
    return wide, BackupKinds(kinds.state, reward, discount, follower)


def td0_long(values: Array, episodes: Episodes, *, alpha: float, gamma: float) -> None:
    """TD(0) over one long run, in place (S,), when nobody asks what happened on the way.

    The value read as V(s′) is carried on as V(s) of the next step, states come as bytes where there are few
    of them, and a reward that every step but the last of an episode pays is no list. Equals ``backed_up`` to
    the last bit.
    """
    v = values.tolist()
    following = episodes.kinds.next.astype(np.min_scalar_type(len(v) - 1))[episodes.kind]
    follower = following.tobytes() if following.itemsize == 1 else following.tolist()
    lasts = episodes.offsets[1:] - 1
    usual = _usual_reward(episodes, lasts)
    reward = [] if usual is not None else episodes.reward.tolist()
    start = 0
    for state, last, end in zip(
        episodes.state[episodes.offsets[:-1]].tolist(),
        episodes.kinds.reward[episodes.kind[lasts]].tolist(),
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
    rewards = episodes.kinds.reward
    if not np.ptp(rewards):
        return float(rewards[0])
    inner = np.ones(len(episodes.kind), bool)
    inner[lasts] = False
    seen = rewards[episodes.kind[inner]]
    return float(seen[0]) if seen.size and not np.ptp(seen) else None
