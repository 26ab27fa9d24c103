"""The sections of the stories of commands: how a story begins, and how one section is named on a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

#: Headings of what a command works on, with which every story begins: by them one is recognised in a pipe.
HEADINGS = (
    "Data", "Figure", "Input", "Kernel", "Kernels", "Model", "Models", "Reference", "Rewards", "Sample",
    "Samples", "Tensor", "World",
)  # fmt: skip

#: What came in, how its numbers make the result, what was set, the arithmetic of one cell, what came out,
#: what to notice, how it was computed, what to try.
PARTS = ("input", "formula", "parameters", "arithmetic", "result", "notice", "method", "next")

#: In a heading that is declared: whatever a run has in this place, such as the number of an update.
ANY = "…"


def key(text: str) -> str:
    """A heading without its capitals, blanks and signs between words.

    >>> key("Feature map"), key("feature-map"), key("By distance,")
    ('featuremap', 'featuremap', 'bydistance')
    """
    return re.sub(r"[\s,;:_‐-]+", "", text).casefold()


def as_heading(name: str) -> str:
    """The heading over a result that is told of alone.

    >>> as_heading("log-probabilities")
    'Log-probabilities'
    """
    return name[:1].upper() + name[1:]


def meant(word: str, headings: Iterable[str]) -> list[str]:
    """The headings that a word names: those that it is; else those that begin so; else in the other number.

    A heading with ``…`` stands for all that differ from it in this place alone.

    >>> meant("feature-map", ["Input", "Feature map", "Feature map of c"])
    ['Feature map']
    >>> meant("update", ["Update 3", "Updates"]), meant("kernels", ["Kernel"]), meant("upd", ["Update 3"])
    (['Update 3'], ['Kernel'], [])
    >>> meant("update 7", ["Update …"])
    ['Update …']
    """
    headings = list(headings)
    typed = key(word)
    ways = (
        lambda heading: _pattern(heading).fullmatch(typed),
        lambda heading: typed in _beginnings(heading),
        lambda heading: key(heading).removesuffix("s") == typed.removesuffix("s"),
    )
    return next((found for way in ways if (found := [one for one in headings if way(one)])), [])


def is_known(word: str, headings: Iterable[str]) -> bool:
    """Whether a word names one of the declared headings, or goes on from one, as a run may.

    >>> is_known("LSTM, layer 1", ["Input", "LSTM"]), is_known("Inputs of it", ["Input"])
    (True, False)
    """
    headings = list(headings)
    return bool(meant(word, headings)) or not _beginnings(word).isdisjoint(map(key, headings))


def divided(text: str, headings: Sequence[str]) -> list[str]:
    """The names of a list with commas, of which a heading may hold some itself.

    >>> divided("input, queries, keys, values", ["Input", "Queries, keys, values"])
    ['input', 'queries, keys, values']
    """
    pieces, found = text.split(","), list[str]()
    while pieces:
        many = range(len(pieces), 1, -1)
        known = {key(heading) for heading in headings if "," in heading}
        count = next((n for n in many if key(",".join(pieces[:n])) in known), 1)
        found.append(",".join(pieces[:count]).strip())
        del pieces[:count]
    return [word for word in found if word]


def _pattern(heading: str) -> re.Pattern[str]:
    """What the key of a heading looks like."""
    return re.compile(".+".join(re.escape(key(part)) for part in heading.split(ANY)))


def _beginnings(heading: str) -> set[str]:
    """The keys of the first words of a heading, one and more of them."""
    words = re.split(r"[\s,:“”([…]+", heading)
    return {key(" ".join(words[:n])) for n in range(1, len(words))} - {""}
