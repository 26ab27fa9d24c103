"""What the next state is taken to be worth: every rule of learning by doing, and the numbers it looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.learning.control_definition import RULES
from dlcli.engines.decisions.policy import epsilon_greedy


@dataclass(frozen=True, eq=False)
class Ahead:
    """What s′ was taken to be ``worth``, and why.

    ``q`` (T, A) are the values Q(s′, a) in each table, nan where there is no such action. ``action`` is the
    one whose value is taken, None for expected SARSA, which takes them all, each as likely as ``policy`` (A,)
    says; the other rules have no ``policy``.
    """

    q: Array
    worth: float
    action: int | None = None
    policy: Array | None = None


def look_ahead(
    rule: str, q: Array, *, table: int = 0, then: int | None = None, epsilon: float = 0.1
) -> Ahead:
    """The worth of a state that is no end, by one of the rules.

    Parameters
    ----------
    rule : str
        One of ``RULES``.
    q : (T, A)
        Q(s′, a) before the update; of two tables for double Q-learning, otherwise of one.
    table : int
        Which of them is updated: it names the best action, and the other one tells what that is worth.
    then : int, optional
        The action that is taken next, which SARSA needs.
    epsilon : float
        How many actions are taken at random, which expected SARSA needs.

    Raises ``EngineError`` for a rule that is none, and for SARSA without its next action.

    >>> two = np.array([[1.0, 3.0], [8.0, 2.0]])
    >>> look_ahead("double-q", two).worth, look_ahead("double-q", two, table=1).worth
    (2.0, 1.0)
    >>> look_ahead("expected-sarsa", two[:1], epsilon=0.5).policy
    array([0.25, 0.75])

    Source: Sutton and Barto, 2nd edition, sections 6.4 to 6.7.
    """
    if rule not in RULES:
        raise EngineError(f"there is no rule {rule!r}; there are {', '.join(RULES)}")
    if rule == "expected-sarsa":
        policy = epsilon_greedy(q[:1], epsilon)[0]
        return Ahead(q, float(policy @ np.where(np.isnan(q[0]), 0.0, q[0])), policy=policy)
    if rule == "sarsa":
        if then is None:
            raise EngineError("sarsa needs the action that is taken next; received none")
        return Ahead(q, float(q[0, then]), then)
    best = int(np.nanargmax(q[table]))
    return Ahead(q, float(q[1 - table if rule == "double-q" else 0, best]), best)
