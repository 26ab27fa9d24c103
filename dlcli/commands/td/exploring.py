"""The ways to explore as they are typed behind ``--explore``."""

from __future__ import annotations

from typing import Any

import click

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.learning.exploration import USUAL, WAYS, Exploration
from dlcli.runner.kinds import Words
from dlcli.words.near import did_you_mean, plain
from dlcli.words.numeral import number as literal_number

#: Way to explore, as it is typed -> what it does.
EXPLORING = {
    "greedy": WAYS["greedy"],
    "epsilon-greedy[:E[:D[:L]]]": WAYS["epsilon-greedy"],
    "optimistic[:Q]": WAYS["optimistic"],
    "softmax[:T[:D[:L]]]": WAYS["softmax"],
    "ucb[:C[:D[:L]]]": WAYS["ucb"],
}

#: Other names of these.
ALSO = {"boltzmann": "softmax"} | dict.fromkeys(("e-greedy", "eps-greedy", "ε-greedy"), "epsilon-greedy")


class ExploreWord(Words):
    """A way to explore, its number, the factor it falls by, its least: ``epsilon-greedy:1:0.99:0.05``."""

    name = "WAY[:N[:D[:L]]]"
    words = tuple(WAYS)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Exploration:
        """What the word says; numbers are typed as everywhere."""
        if isinstance(value, Exploration):
            return value
        word, *numbers = str(value).split(":")
        name = ALSO.get(plain(word), plain(word))
        if name not in WAYS:
            hint = did_you_mean(word, [*WAYS, "boltzmann"], f"there are {', '.join(WAYS)}")
            self.fail(f"{word!r} is no way to choose actions: {hint}", param, ctx)
        most = {"greedy": 0, "optimistic": 1}.get(name, 3)
        try:
            typed = [float(literal_number(text.strip()).real) for text in numbers]
            if len(typed) > most:
                raise EngineError(f"{name} has {('no number', 'one number', '', 'three numbers')[most]}")
            return Exploration(name, *(typed or [USUAL[name]]))
        except EngineError as error:
            self.fail(f"{value!r}: {error}", param, ctx)
        except ValueError:
            shown = f"{name}:{USUAL[name] or 1:g}"
            self.fail(f"{value!r}: what follows {name} is a number, as in {shown}", param, ctx)
