"""Hand-ins one after the other: whose each is, which sheet it answers, and what it is worth."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from dlcli.commands.kinds.exercises.handed_out import topic_named
from dlcli.errors import BadData, DlcliError, WrongUsage, printable
from dlcli.runner.environment import Environment
from dlcli.teaching.course import Person
from dlcli.teaching.handin import BYTES, HandIn, read
from dlcli.teaching.school import Result, marked, person_of
from dlcli.teaching.sheet import Entry, Plan, Sheet, sheet
from dlcli.words.near import did_you_mean

#: Files whose rows or objects may be of several people.
SEVERAL = (".csv", ".tsv", ".json")

#: What a sheet says of itself, and what it may say: a topic is no file, and a class no business of its own.
SAID = {"--level": "2", "--count": "1", "--seed": "0", "--name": ""}

#: Tasks that a sheet may say it has.
MOST = 500


@dataclass
class HandIns:
    """Marks the files of a line; ``plan`` is None where each says by itself which tasks it has."""

    environment: Environment
    plan: Plan | None
    secret: str
    people: list[Person]
    seen: dict[str, str] = field(default_factory=dict)

    def results(self, files: tuple[str, ...]) -> Iterator[Result]:
        """Every hand-in marked, in the order of the line; then those of the class who handed in nothing.

        What is wrong with one of several is told there; of one alone it is raised.
        """
        for source in files:
            for handin in self._read(source):
                try:
                    yield self._marked(handin)
                except DlcliError as error:
                    if len(files) == 1 and not self.people:
                        raise
                    self.environment.say(f"dlcli check: {error}")
                    yield Result(handin.source, handin.name, Sheet(()), (), trouble=str(error))
        for one in self.people:
            if one.name not in self.seen and self.plan is not None:
                nothing = marked(sheet(self.plan, self.secret, one.name), HandIn(""), self.plan.policy)
                yield replace(nothing, trouble="no hand-in")

    def _read(self, source: str) -> list[HandIn]:
        """The hand-ins of a file; one that is no text is one without answers, and why."""
        shown = printable("standard input" if source == "-" else source)
        try:
            data = self._bytes(source)
        except OSError as error:
            raise WrongUsage(f"{shown}: {os.strerror(error.errno or 0).lower()}") from error
        try:
            return read(data, shown)
        except BadData as error:
            return [HandIn(shown, trouble=str(error))]

    def _bytes(self, source: str) -> bytes:
        if source != "-":
            with open(source, "rb") as file:
                return file.read(BYTES + 1)
        if self.environment.stdin is None:
            raise WrongUsage("standard input is closed")
        return _up_to(self.environment.stdin, BYTES + 1)

    def _marked(self, handin: HandIn) -> Result:
        plan, secret, name = self._handed_out(handin)
        made = marked(sheet(plan, secret, name), handin, plan.policy)
        return replace(made, trouble=handin.trouble)

    def _handed_out(self, handin: HandIn) -> tuple[Plan, str, str]:
        """The tasks that somebody had, what they were drawn from, and the name of that person."""
        if self.plan is None:
            if handin.trouble:
                raise BadData(handin.trouble)
            return own(handin)
        if not self.people:
            return self.plan, self.secret, handin.name
        person = person_of(handin.source, self.people)
        in_it = handin.source.lower().endswith(SEVERAL) or handin.source == "standard input"
        word = handin.name if in_it and handin.name else handin.source
        person = person or person_of(word, self.people)  # what a file is called goes before what it says
        if person is None:
            near = did_you_mean(word, [one.name for one in self.people], "")
            told = f"{handin.source}: whose is it? Nobody of the class is called {word!r}"
            raise DlcliError(f"{told}: {near}" if near else told)
        if person.name in self.seen:
            raise DlcliError(f"a second hand-in of {person.name}, beside {self.seen[person.name]}: keep one")
        self.seen[person.name] = handin.source
        return self.plan, self.secret, person.name


def own(handin: HandIn) -> tuple[Plan, str, str]:
    """The tasks that a sheet says it has: topics, level, count, seed, name, and nothing else.

    Raises ``DlcliError`` where it does not say, or says something else.
    """
    told = f"{handin.source}: its first line is to say which tasks it has, as dlcli exercise writes it"
    if not handin.made:
        raise DlcliError(
            f"{told} ('# dlcli exercise TOPIC --level 2'); what was drawn from a file or a secret does not: "
            "add --topic, --level, --count and --seed, or --set, as exercise had them"
        )
    try:
        words = shlex.split(handin.made)[2:]
    except ValueError as error:
        raise DlcliError(f"{told}: {error}") from error
    found, topics = dict(SAID), []
    while words:
        word = words.pop(0)
        if word in found and words:
            found[word] = words.pop(0)
        elif word.startswith("-") or word.lower().endswith(".toml"):
            raise DlcliError(f"{told}; {printable(word)} is not believed: give it to check itself")
        else:
            topics.append(word)
    level, count, seed = (_whole(found[one]) for one in ("--level", "--count", "--seed"))
    if not topics or level not in (1, 2, 3) or count < 1 or seed < 0 or len(topics) * count > MOST:
        raise DlcliError(f"{told}; received {printable(handin.made)[:100]!r}")
    plan = Plan(tuple(Entry(topic_named(one), level, count) for one in topics))
    return plan, str(seed), found["--name"]


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _up_to(stream: BinaryIO, most: int) -> bytes:
    found = bytearray()
    while len(found) < most and (part := stream.read(most - len(found))):
        found += part
    return bytes(found)
