"""The lessons that come along, and what a word of a command line means: one of them, or a file."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from dlcli.errors import WrongUsage, printable
from dlcli.lessons.lesson import Lesson
from dlcli.lessons.read import read_lesson
from dlcli.words.near import did_you_mean

FOLDER = Path(__file__).parent / "shipped"


@cache
def shipped() -> dict[str, Path]:
    """Where each is, by name, in the order of the course.

    >>> list(shipped())[:2]
    ['tensors', 'convolution']
    """
    return {path.stem.partition("-")[2]: path for path in sorted(FOLDER.glob("*.sh"))}


@cache
def _shipped(name: str) -> Lesson:
    lesson = read_lesson(str(shipped()[name]))
    return Lesson(name, lesson.source, lesson.slides)


def found(word: str) -> Lesson:
    """The lesson of a name or a file; ``WrongUsage`` where there is neither."""
    if word in shipped():
        return _shipped(word)
    if not os.path.lexists(word):
        near = did_you_mean(word, shipped(), f"the lessons are {', '.join(shipped())}")
        raise WrongUsage(f"there is no lesson and no file {printable(word)!r}: {near}")
    return read_lesson(word)


def is_shipped(lesson: Lesson) -> bool:
    """Whether it is, to the letter, one that comes along."""
    return any(path.read_text(encoding="utf-8") == lesson.source for path in shipped().values())
