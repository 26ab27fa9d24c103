"""What can be typed behind the options of ``dlcli td``."""

from __future__ import annotations

import math
from typing import Any

import click

from dlcli.engines.decisions.learning.prediction import Method
from dlcli.runner.kinds import Words
from dlcli.words.number import number

#: Method -> what its target is.
METHODS = {
    "td0": "r + γ · V(s'): the next state's value stands for all that is to come.",
    "n-step": "n rewards, then the value of the state they led to.",
    "lambda": "As td0, but each error reaches earlier states, too, by traces that fade with λ.",
    "mc": "The return of the whole episode (Monte Carlo), once it has ended.",
}

#: Rule -> what the next state is taken to be worth.
RULES = {
    "sarsa": "The value of the action that is taken next.",
    "expected-sarsa": "The mean over the actions that could be taken next, as likely as they are.",
    "q-learning": "The value of the best action there.",
    "double-q": "The same with two tables: one says which action is best, the other what it is worth.",
}


class Way(click.Choice[str]):
    """A way to learn, or a word about the option that the word belongs behind."""

    def __init__(self, own: dict[str, str], others: dict[str, str], elsewhere: str) -> None:
        super().__init__(tuple(own))
        self.others, self.elsewhere = others, elsewhere

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word itself."""
        if value in self.others:
            self.fail(f"{value} {self.elsewhere} {value}", param, ctx)
        return super().convert(value, param, ctx)


VALUES = Way(METHODS, RULES, "learns what to do, not what a policy is worth: type --control")
ACTIONS = Way(RULES, METHODS, "learns what a policy is worth, not what to do: type --method")


class StepSize(Words):
    """A step size above 0 and up to 1, or ``1/n``: one over the number of visits."""

    name = "A|1/n"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | str | None:
        """The number; ``1/n`` stays that word, since None means that nothing was typed."""
        if value == "1/n":
            return "1/n"
        top, slash, bottom = str(value).partition("/")
        try:
            size = float(top) / (float(bottom) if slash else 1.0)
        except (ValueError, ZeroDivisionError):
            size = math.nan
        if not 0 < size <= 1:
            self.fail(
                f"{str(value)!r} is no step size: give a number above 0 and up to 1, such as 0.1, or 1/n for "
                "one over the number of visits",
                param,
                ctx,
            )
        return size


def step_size(alpha: float | None) -> str:
    """A step size in words.

    >>> step_size(0.05), step_size(None)
    ('0.05', '1/n')
    """
    return "1/n" if alpha is None else number(alpha)


def method_name(method: Method) -> str:
    """A method as it is called.

    >>> method_name(Method("n-step", n=3)), method_name(Method("lambda", decay=0.8, traces="replacing"))
    ('3-step TD', 'TD(λ = 0.8), replacing')
    >>> method_name(Method("mc", first_visit=True, batch=True))
    'batch first-visit MC'
    """
    name = {
        "td0": "TD(0)",
        "mc": "first-visit MC" if method.first_visit else "MC",
        "n-step": f"{method.n}-step TD",
        "lambda": f"TD(λ = {number(method.decay)})",
    }[method.name]
    if method.name == "lambda" and method.traces != "accumulating":
        name += f", {method.traces}"
    return f"batch {name}" if method.batch else name
