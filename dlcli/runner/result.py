"""The results of a command, and the run that it is given."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from dlcli.tensor import Tensor
from dlcli.words.line import Line, typed

if TYPE_CHECKING:
    import numpy as np
    from rich.console import RenderableType

    from dlcli.runner.environment import Environment
    from dlcli.runner.inputs import Block, Reading
    from dlcli.views.frames import Frames
    from dlcli.views.story import Story
    from dlcli.wire.stream import Limits


@dataclass(frozen=True)
class Result:
    """What one run of a command on one input gave.

    ``outputs`` holds, under each name that ``--emit`` knows, a function that makes that tensor: what nobody
    asks for is never computed. ``work`` is the record that the command's view tells the story from.
    ``explained`` makes the tensor whose cells ``--explain`` names, where that is not the first output, and
    ``view`` is the stem of the module that tells of it, where that is not ``story``.
    ``verdict`` says what is wrong with a result that was to hold something true: it is delivered all the
    same, and then the command fails with these words. ``scale`` is how numbers become the shades of a picture
    file where ``--scale`` does not say. ``pictures`` are what a picture file shows of an output, by its name,
    where that is not the output itself. ``texts`` make what is written in the formats of ``Manual.texts``.
    ``several`` make the tensors of an output that is more than one, each with a name of its own: they go one
    after the other down a pipe, and by their names into a file; the one that ``outputs`` has under that name
    is then the one whose cells ``--explain`` knows.
    ``in_place`` says that each number of all outputs is made of the one at its place alone, so that what the
    input tells of its cells is true of theirs. ``absent`` are results that ``--emit`` knows and this run does
    not have, and why. ``drawn`` are the words of the line that say how the story draws the result, which a
    picture file has with --axes alone.
    """

    outputs: Mapping[str, Callable[[], Tensor]]
    work: Any
    explained: Callable[[], Tensor] | None = None
    view: str = "story"
    verdict: str = ""
    pictures: Mapping[str, Callable[[], Tensor]] = field(default_factory=dict)
    scale: str | None = None
    texts: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    several: Mapping[str, Callable[[], Sequence[Tensor]]] = field(default_factory=dict)
    in_place: bool = False
    absent: Mapping[str, str] = field(default_factory=dict)
    drawn: str = ""


@dataclass(frozen=True)
class Catalogue:
    """What a command that reads nothing has to give: results, each made when its turn comes.

    ``overview`` is the record that the view tells the story of all of them from; without it each result tells
    its own. ``names`` are those under which one file holds them; without them, it is the tensors' own.
    """

    entries: Sequence[Callable[[], Result]]
    overview: Any = None
    names: Sequence[str] | None = None


@dataclass(frozen=True)
class Together:
    """What works on all inputs of a command line at once, for what only shows between them: one result.

    What ``work`` raises is told of the first input, whose attributes travel with the result. ``reading`` says
    what the words of the line stand for, where that depends on the options.
    """

    work: Callable[[Sequence[Any]], Result]
    reading: Reading | None = None


@dataclass(frozen=True)
class Each:
    """A worker whose words stand for something else than those of its command: as ``reading`` says."""

    work: Callable[[Any], Result | None]
    reading: Reading


@dataclass
class Run:
    """What is true for one command line, whatever its inputs."""

    environment: Environment
    limits: Limits
    seed: int
    command_line: str
    #: What was typed, for the line that is to be tried next.
    line: Line = field(default_factory=Line)
    #: What is read as inputs: ``-`` where standard input is, whether it was typed or not.
    inputs: tuple[str, ...] = ()
    #: The result that ``--emit`` asks for, where a command or its story depends on that.
    emit: str | None = None
    #: Whether standard output is a terminal that is told the story, and can be shown pictures that move.
    screen: bool = False
    warned: set[str] = field(default_factory=set)
    waiting: list[str] | None = None
    #: What files of models say, by the words that name them.
    described: dict[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    #: What an option has read of standard input, which can be read once.
    beside: list[Tensor] = field(default_factory=list)
    #: A command may set it, to have sounds read in pieces.
    block: Block | None = None
    #: What a command is doing, in words, while it works for long; a terminal shows it.
    doing: str = ""

    def title(self, item: Any) -> str:
        """What a page of the result of an item is called: the line that makes it, the pipe before it, too.

        What made a file that is named on the line is no part of it.
        """
        piped = str(item.attrs.get("command", "")) if "-" in self.inputs or not self.inputs else ""
        return typed(" | ".join(filter(None, (piped, self.command_line))))

    def generator(self) -> np.random.Generator:
        """A fresh random generator from ``--seed``: two calls draw the same numbers."""
        import numpy as np

        return np.random.default_rng(self.seed)

    def claim(self, path: str) -> bool:
        """Take a path for something that is to be written; false when something else has it already."""
        place = os.path.realpath(path)
        if place in self.written:
            return False
        self.written.add(place)
        return True

    def warn(self, text: str) -> None:
        """A line on standard error, once, however many inputs it is true of."""
        if text in self.warned:
            return
        self.warned.add(text)
        if self.waiting is None:
            self.environment.say(f"dlcli: {text}")
        else:
            self.waiting.append(text)

    @contextmanager
    def once_ready(self) -> Iterator[None]:
        """Such lines wait until all of this has gone well: beside an error they would lead away from it."""
        waiting = self.waiting = list[str]()
        try:
            yield
        finally:
            self.waiting = None
        for text in waiting:
            self.environment.say(f"dlcli: {text}")


#: A command prepares itself once from its options, then works on one thing at a time: a tensor, or what else
#: its reading makes of the words of a command line. No result: it waits for more, as of a sound in blocks.
Worker = Callable[[Any], Result | None]


#: Explains one cell of a result: takes the record of the run, the cell and ``precision``.
Explain = Callable[..., "Story | list[Story]"]

#: In ``EXPLAIN``: all results that have no name there.
OTHERS = "*"


#: Takes the ``Run`` and the command's own options; returns what works on each input, or what is listed.
Prepare = Callable[..., Worker | Together | Each | Catalogue]


class View(Protocol):
    """The module ``story`` in a command's folder, or another of it.

    Where cells of several results can be explained, ``EXPLAIN`` says by what function: result -> function.
    Those of a result that is not in it are refused, unless ``"*"`` is: then ``explain`` explains the cells of
    the first result, or of ``Result.explained``, whatever is asked for. Without ``EXPLAIN`` it does so, too.
    ``TELLS`` are the results of which its story is as a whole, which then has no sections of others.
    ``STRONGEST`` says of results whose numbers are names which other result has the sizes of their cells.
    Where it has no ``frames``, ``STILL`` may say what somebody does who would see them.
    """

    def story(self, work: Any, *, precision: int) -> Story:
        """What came in, what was done to it, what came out."""

    def explain(self, work: Any, cell: tuple[int, ...], *, precision: int) -> Story | list[Story]:
        """The arithmetic behind one cell of the output; of several outputs a story each."""

    def frames(self, work: Any, *, precision: int, most: int | None) -> Frames:
        """What happened, in ``most`` pictures or as many as usual; only views of what moves have this."""

    def with_axes(self, work: Any, name: str, *, precision: int) -> RenderableType | None:
        """How the story draws the result of that name, for a picture file with --axes.

        Only views have this that draw a result otherwise than its axes and its size say (see
        ``dlcli.views.look.look``); None for a result that they do not.
        """
