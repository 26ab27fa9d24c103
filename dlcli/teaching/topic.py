"""A topic: what it is about, what must be known before it, and how a task of it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from dlcli.errors import WrongUsage
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Task
from dlcli.words.near import did_you_mean

#: Chapter of the course -> the modules of its topics, in the order in which they are learned -> their lesson.
CHAPTERS: dict[str, dict[str, str]] = {
    "Tensors": {"tensors": "tensors"},
    "See": {
        "windows": "convolution",
        "convolution": "convolution",
        "kernels": "convolution",
        "pooling": "convolution",
        "layers": "network",
    },
    "Learn": {"probabilities": "network", "training": "learning"},
    "Hear": {"hearing": "sound"},
    "Remember": {
        "recurrence": "recurrence",
        "gates": "gates",
        "through_time": "recurrence",
        "translation": "attention",
    },
    "Attend": {"attending": "attention"},
    "Decide": {"values": "decisions", "differences": "decisions", "policies": "decisions"},
    "All": {"mistakes": ""},
}

#: Levels of difficulty.
LEVELS = (1, 2, 3)

Draw = Callable[[Dice, int], Task]


@dataclass(frozen=True)
class Topic:
    """One thing that can be practised.

    ``levels`` say in a few words what each of the three asks, ``needs`` are the topics before it, ``notes``
    the section of the course. A draw of it takes at most so many ``products`` by hand, and its exact numbers
    have at most so many ``digits``. ``idea`` is the first hint, in a sentence or two, ``lesson`` the name of
    the lesson that tells of it.
    """

    name: str
    title: str
    notes: str
    levels: tuple[str, str, str]
    idea: str
    draw: Draw
    needs: tuple[str, ...] = ()
    products: int = 8
    digits: int = 4
    chapter: str = ""
    lesson: str = ""


_FOUND: dict[str, Topic] = {}


def topic(
    name: str,
    title: str,
    *,
    notes: str,
    levels: tuple[str, str, str],
    idea: str,
    needs: tuple[str, ...] = (),
    products: int = 8,
    digits: int = 4,
) -> Callable[[Draw], Draw]:
    """Name a function that draws a task from dice, at a level."""

    def decorate(draw: Draw) -> Draw:
        module = draw.__module__.rpartition(".")[2]
        chapter = next(chapter for chapter, modules in CHAPTERS.items() if module in modules)
        lesson = CHAPTERS[chapter][module]
        _FOUND[name] = Topic(name, title, notes, levels, idea, draw, needs, products, digits, chapter, lesson)
        return draw

    return decorate


@cache
def topics() -> Mapping[str, Topic]:
    """All topics, in the order in which they are learned."""
    for modules in CHAPTERS.values():
        for module in modules:
            import_module(f"dlcli.teaching.topics.{module}")
    return dict(_FOUND)


def topic_of(name: str) -> Topic:
    """The topic of that name. Raises ``WrongUsage`` where there is none, with the nearest."""
    known = topics()
    if name not in known:
        raise WrongUsage(f"no topic {name!r}: {did_you_mean(name, tuple(known), 'see dlcli exercise')}")
    return known[name]
