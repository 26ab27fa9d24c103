"""Which sheets are meant: topics or a set, a class, a secret or a seed."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.environment import Environment
from dlcli.runner.kinds import Reads, Whole, Words
from dlcli.runner.option import option

if TYPE_CHECKING:
    from dlcli.teaching.course import Person
    from dlcli.teaching.sheet import Plan
    from dlcli.teaching.topic import Topic

#: What a file that says more than this is not: a set, a class, a secret.
BYTES = 1 << 20

#: Characters that a secret has at least.
SHORTEST = 12


class TopicWord(Words):
    """The name of a topic, or the file of an exercise of one's own."""

    name = "TOPIC"
    file = "read"

    @property
    def words(self) -> Any:  # type: ignore[override]
        """All topics."""
        from dlcli.teaching.topic import topics

        return tuple(topics())

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word as it was typed; what it names is looked up when it is used."""
        return value


@dataclass(frozen=True)
class HandedOut:
    """The options that say which sheets are meant."""

    level: int = option(
        "--level", Whole("1|2|3", most=3), 2, under="Tasks", excludes="--set", help="How hard the tasks are."
    )
    count: int = option(
        "--count",
        Whole("N", most=200),
        1,
        under="Tasks",
        excludes="--set",
        help="So many tasks of each topic.",
    )
    seed: int = option(
        "--seed",
        Whole("N", least=0),
        0,
        under="Tasks",
        excludes="--secret",
        help="Other numbers for each N, the same tomorrow; anybody can draw them again.",
    )
    set_: str | None = option(
        "--set",
        Reads("FILE.toml"),
        under="Tasks",
        help="The tasks that this file lists: title, and a [[task]] each with topic, level, count, points.",
    )
    list_: str | None = option(
        "--for",
        Reads("LIST"),
        under="Class",
        needs="--secret",
        help="A sheet for each person of this list: a name on each line, or a table with a column 'name'.",
    )
    secret: str | None = option(
        "--secret",
        Reads("FILE"),
        under="Class",
        help="What this file says goes into each draw: who does not know it cannot draw the sheets.",
    )

    def key_word(self) -> str:
        """What sheets are drawn from beside their topic and name.

        Raises ``DlcliError`` for a secret that is short, ``WrongUsage`` for a file that is not there.
        """
        if self.secret is None:
            return str(self.seed)
        word = text_of(self.secret, "--secret").strip()
        if len(word) < SHORTEST:
            raise DlcliError(
                f"--secret {self.secret}: {len(word)} characters; a secret has {SHORTEST} at least: "
                "head -c 24 /dev/urandom | base64 > secret"
            )
        return word

    def check_kept(self, *written: str | None, read: tuple[str, ...] = ()) -> None:
        """Raise ``WrongUsage`` where a file would be written that is read, or two would be written to one."""
        inputs = filter(None, (*read, self.set_, self.list_, self.secret))
        kept = {os.path.realpath(one) for one in inputs if one != "-"}
        seen: set[str] = set()
        for path in filter(None, written):
            place = os.path.realpath(path)
            if place in kept:
                raise WrongUsage(f"{printable(path)} is what is read: another name keeps it")
            if place in seen:
                raise WrongUsage(f"{printable(path)} would be written twice: give each its own name")
            seen.add(place)

    def warn(self, environment: Environment) -> None:
        """Say that others can read the secret, where they can."""
        if self.secret and os.name == "posix":
            mode = os.stat(self.secret).st_mode
            if mode & (stat.S_IRGRP | stat.S_IROTH):
                environment.say(
                    f"dlcli: others can read {printable(self.secret)}: chmod 600 {printable(self.secret)}"
                )

    def plan(self, words: tuple[str, ...]) -> Plan:
        """The tasks of these topics, or of the set. Raises ``WrongUsage`` for both, or neither."""
        from dlcli.teaching.course import plan_of
        from dlcli.teaching.sheet import Entry, Plan

        if self.set_ is not None:
            if words:
                raise WrongUsage(
                    f"--set says which tasks there are; {printable(words[0])} is named beside it"
                )
            folder = os.path.dirname(self.set_)
            return plan_of(text_of(self.set_, "--set"), self.set_, lambda word: topic_named(word, folder))
        if not words:
            raise WrongUsage("which tasks are meant: name a topic, or give --set FILE.toml")
        return Plan(tuple(Entry(topic_named(word), self.level, self.count) for word in words))

    def people(self) -> list[Person]:
        """The class; nobody where there is none."""
        from dlcli.teaching.course import people_of

        return [] if self.list_ is None else people_of(text_of(self.list_, "--for"), self.list_)


def topic_named(word: str, folder: str = "") -> Topic:
    """The topic of a name, or the exercise that a file holds; a path is seen from the folder."""
    from dlcli.teaching.topic import topic_of

    if word.lower().endswith(".toml"):
        from dlcli.teaching.own import topic_of_file

        path = os.path.join(folder, word)
        return topic_of_file(text_of(path, "the exercise"), path)
    return topic_of(word)


def text_of(path: str, what: str) -> str:
    """A small text file. Raises ``WrongUsage`` where there is none, ``DlcliError`` for what is no text."""
    try:
        with open(path, "rb") as file:
            data = file.read(BYTES + 1)
    except OSError as error:
        raise WrongUsage(f"{what} {printable(path)}: {os.strerror(error.errno or 0).lower()}") from error
    if len(data) > BYTES:
        raise DlcliError(f"{what} {printable(path)}: more than {BYTES} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DlcliError(f"{what} {printable(path)}: this is no text in UTF-8") from error
