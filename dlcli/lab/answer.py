"""What the page is answered: a pipe of commands is run, and its stories come back as HTML."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import blake2b
from typing import Any

import click
import numpy as np

from dlcli.cli import COMMANDS, front_door, no_command
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.lab.cards import card
from dlcli.lab.files import Folder
from dlcli.lab.forms import command_of, form, left_out, typed
from dlcli.lab.limits import PIXELS, TENSOR
from dlcli.lab.messages import asked_line
from dlcli.lab.refusals import refusal, said
from dlcli.python.outcome import Outcome
from dlcli.python.session import run_commands
from dlcli.python.words import frames_of, split
from dlcli.runner.endings import usage_lines
from dlcli.runner.handed import Handed
from dlcli.runner.kinds import Writes
from dlcli.tensor import Array, Tensor
from dlcli.views.page.cells import called
from dlcli.views.page.compose import figure_of
from dlcli.views.page.explained import shows, word
from dlcli.views.page.html import Writer
from dlcli.views.page.png import png
from dlcli.views.story import Story
from dlcli.words.cell import place
from dlcli.words.near import plain

#: How much pictures of the page are packed: they are looked at for a moment.
LEVEL = 1

#: What one run may read, and how many stages a pipe may have.
VARIABLES = {"DLCLI_MAX_PIXELS": str(PIXELS), "DLCLI_MAX_BYTES": str(TENSOR)}
STAGES = 12

#: Numbers of one tensor that the page is given to name them under the pointer.
NUMBERS = 2_000_000

#: Stories that are shown of one line, where it has several inputs.
STORIES = 6

#: The largest number below the line of a fraction that stands in a grid in place of digits.
DENOMINATOR = 9999

#: What stands for each cell in a shell, and what the page has instead.
EACH, EVERY = "all", "here a click on a number explains it"

#: Options of a line that the page takes note of in its own way.
OWN = ("explain",)


@dataclass
class Pictures:
    """Input pictures by the hash of their pixels: those that the page has already are not sent again."""

    known: Collection[str]
    new: dict[str, str] = field(default_factory=dict)

    def address(self, data: Array, colours: Array | None) -> str:
        """Where the page finds a picture."""
        name = blake2b(np.ascontiguousarray(data).tobytes(), digest_size=16)
        name.update(repr(data.shape).encode() + (b"" if colours is None else colours.tobytes()))
        key = name.hexdigest()
        if key not in self.known and key not in self.new:
            self.new[key] = b64encode(png(data, colours, LEVEL)).decode("ascii")
        return f"/picture/{key}.png"


def answer(request: Mapping[str, Any], folder: Folder) -> dict[str, Any]:
    """The answer to a request of the page.

    ``{"run": …}`` has ``stages``, each the words of a command, and may have a ``cell`` whose arithmetic is
    asked for. What is wrong with it is in ``error``, with the stage and the flag that it is about.
    ``{"values": …}`` has ``stages``, too, and in ``of`` the name of the tensor whose numbers are wanted.
    In both, ``story`` says of which story, from 0 on, where a line with several inputs has several. A run
    is answered with ``marks`` of the files that it may have read; where a later request for a cell, for
    values or for a file has these, and they are no longer true, ``changed`` has the names of those files.
    ``{"parse": line}`` is answered by the stages of a line, the forms of their commands, and in ``left`` by
    a sentence for each option that the page leaves out; ``{"form": …}`` by one of these forms,
    ``{"matrix": kernel}`` by its weights, ``{"save": …}`` by the path of what was written.
    """
    match request:
        case {"parse": str(line)}:
            return _refused(lambda: opened(line, folder))
        case {"values": dict(asked)}:
            return _refused(lambda: _unchanged(asked, folder) or values(asked, folder))
        case {"form": str(name)} if name in COMMANDS:
            return form(name)
        case {"matrix": str(word)}:
            return _refused(lambda: {"matrix": matrix(word, folder)})
        case {"run": dict(asked)}:
            return run(asked, folder, request.get("known", ()))
        case {"save": dict(asked)}:
            return _refused(lambda: _unchanged(asked, folder) or save(asked, folder))
    return {"error": {"text": "this is no request of the page"}}


def run(asked: Mapping[str, Any], folder: Folder, known: Collection[str]) -> dict[str, Any]:
    """Run a pipe: the story of its last stage, or of the first that failed, and a card of each; or a cell."""
    stages: list[dict[str, str]] = []
    commands: list[list[str]] = []
    pictures = Pictures(known)
    writer = Writer(LEVEL, pictures.address)
    found: dict[str, Any] = {"stages": stages, "notes": [], **asked_line({"run": asked})}
    found["marks"] = _marks(asked, folder)
    cell = None if asked.get("cell") is None else str(asked["cell"])
    story = _place(asked)
    try:
        commands = _commands(asked, folder)
        stdin = None
        outcome: Outcome | None = None
        for place, words in enumerate(commands):
            found["stage"] = place
            asks = cell is not None and place == len(commands) - 1
            outcome = (_last if asks else run_commands)([words], variables=VARIABLES, stdin=stdin)
            found["notes"] += outcome.notes
            if cell is None:
                if place == 0:
                    found["input"] = card(_read(outcome), writer)
                stages.append(card(next(iter(outcome.sent[:1]), None), writer))
            if place < len(commands) - 1:
                stdin = frames_of(outcome.sent)
        if outcome is not None:
            found |= _told(outcome, writer, cell, story)
    except DlcliError as error:
        found["error"] = refusal(error, commands[found["stage"]] if "stage" in found else ())
        partly = error.outcome
        if isinstance(partly, Outcome):
            found["notes"] += partly.notes
            if len(partly):
                found |= _told(partly, writer, None)
    return found | _unchanged(asked, folder) | {"rules": writer.rules, "pictures": pictures.new}


def _marks(asked: Mapping[str, Any], folder: Folder) -> dict[str, str]:
    """What the files are now that the words of a pipe name."""
    return folder.marks(word for words in _lists(asked) for word in words)


def _unchanged(asked: Mapping[str, Any], folder: Folder) -> dict[str, Any]:
    """Nothing, or ``changed``: the files that are others than when the story was told."""
    before = asked.get("marks")
    if not isinstance(before, dict) or (now := _marks(asked, folder)) == before:
        return {}
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    return {"changed": changed, "error": {"text": f"{', '.join(changed)} has changed: run the line again"}}


def _lists(asked: Mapping[str, Any]) -> list[list[str]]:
    """The words of each stage, as far as they are words."""
    stages = asked.get("stages")
    lists = [stage for stage in stages if isinstance(stage, list)] if isinstance(stages, list) else []
    return [[word for word in stage if isinstance(word, str)] for stage in lists]


def opened(line: str, folder: Folder) -> dict[str, Any]:
    """The stages of a line as the page keeps them (command, inputs, values by flag), and their forms.

    Raises ``DlcliError`` for what is no line of commands.
    """
    left: list[str] = []
    stages = [_stage(words, left) for words in split(line, writes="Save… writes a file")]
    return {
        "stages": stages,
        "left": left,
        "forms": {stage["command"]: form(stage["command"]) for stage in stages},
    }


def values(asked: Mapping[str, Any], folder: Folder) -> dict[str, Any]:
    """The numbers of a result or of the input, by its name: ``data`` are float32, the first axis outermost.

    Raises ``WrongUsage`` for a tensor that is not there, that is complex, or that has too many numbers.
    """
    name = str(asked.get("of", ""))
    outcome = _last(_commands(asked, folder), variables=VARIABLES)
    tensor = _named(outcome, name, _place(asked))
    if tensor is None or tensor.data.dtype.kind == "c" or tensor.data.size > NUMBERS:
        raise WrongUsage(f"{name!r} is no tensor of up to {NUMBERS:,} real numbers that this line has")
    data = np.ascontiguousarray(tensor.data, dtype="<f4")
    return {
        "shape": list(tensor.shape),
        "axes": list(tensor.axis_names),
        "labels": _labels(tensor),
        "data": b64encode(data.tobytes()).decode("ascii"),
    }


def _last(commands: Sequence[Sequence[str]], **more: Any) -> Outcome:
    """What the last command of a pipe gave, be it that some of its inputs failed."""
    try:
        return run_commands(commands, **more)
    except DlcliError as error:
        if isinstance(error.outcome, Outcome) and len(error.outcome):
            return error.outcome
        raise


def _place(asked: Mapping[str, Any]) -> int:
    """Of which story something is asked, the first one by default."""
    found = asked.get("story")
    return found if isinstance(found, int) and found > 0 else 0


def _named(outcome: Outcome, name: str, story: int) -> Tensor | None:
    """The tensor of this name among what the result of a story has and what it was made of."""
    if story >= len(outcome.handed):
        return None
    handed = outcome.handed[story]
    if isinstance(handed.item, Tensor) and called(handed.item) == name:
        return handed.item
    with handed.at_work():
        makers = [handed.result.explained, *handed.result.outputs.values()]
        return next((tensor for make in makers if make and (tensor := make()).name == name), None)


def matrix(word: str, folder: Folder) -> str:
    """The weights of a kernel as they are typed: ``0 1; 1 0``."""
    outcome = run_commands(_commands({"stages": [["kernels", word]]}, folder), variables=VARIABLES)
    weights = outcome.sent[0].data
    if weights.ndim != 2:
        raise WrongUsage(f"{word!r} is {weights.ndim} axes deep; a kernel of rows and columns is edited here")
    return "; ".join(" ".join(map(_exactly, row)) for row in weights.tolist())


def _exactly(value: float) -> str:
    """A number as it is typed so that the same one is read.

    >>> _exactly(-2.0), _exactly(1 / 9), _exactly(0.1), _exactly(0.057118261131)
    ('-2', '1/9', '0.1', '0.057118261131')
    """
    digits = repr(value).removesuffix(".0")
    fraction = Fraction(value).limit_denominator(DENOMINATOR)
    exact = fraction.numerator / fraction.denominator == value
    return f"{fraction}" if exact and len(str(fraction)) < len(digits) else digits


def save(asked: Mapping[str, Any], folder: Folder) -> dict[str, Any]:
    """Run a pipe and write its result into the folder of results; the path is returned.

    It is what ``-o`` writes; where a command has an ``-o`` of its own for files of this ending, that one.
    """
    path = folder.result(str(asked.get("name", "")))
    (folder.root / path).parent.mkdir(exist_ok=True)
    *before, (name, *words) = _commands(asked, folder)
    own = any(_keeps(option, path) for option in command_of(name).params)
    outcome = run_commands([*before, [name, *["-o", path] * own, *words]], variables=VARIABLES)
    if not own:
        outcome.save(path)
    return {"saved": path, "notes": outcome.notes}


def _keeps(option: click.Parameter, path: str) -> bool:
    """Whether an option is a command's own ``-o``, and for such a file."""
    return (
        "-o" in option.opts and isinstance(option.type, Writes) and path.lower().endswith(option.type.endings)
    )


def _refused(make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return make()
    except DlcliError as error:
        return {"error": {"text": said(error)}}


def _commands(asked: Mapping[str, Any], folder: Folder) -> list[list[str]]:
    """The words of each stage; raises ``DlcliError`` for those that the page does not run."""
    match asked.get("stages"):
        case [*stages] if 0 < len(stages) <= STAGES:
            pass
        case _:
            raise WrongUsage(f"a pipe has 1 to {STAGES} commands, each a list of words")
    commands = []
    for stage in stages:
        match stage:
            case [str(name), *words] if all(isinstance(word, str) for word in words):
                _check(name, words, folder)
                commands.append(stage)
            case _:
                raise WrongUsage("a command is a list of words")
    return commands


def _check(name: str, words: Sequence[str], folder: Folder) -> None:
    """Raise ``WrongUsage`` for a command that does not exist, for what writes, and for files elsewhere.

    Words are taken apart as the command takes them; those that it refuses itself it never comes to heed.
    """
    if name not in COMMANDS:
        raise WrongUsage(printable(no_command(name)))
    values: list[str] = []
    with suppress(click.UsageError):
        for option, given in typed(command_of(name), words):
            if (reason := left_out(option)) and option.name not in OWN:
                raise WrongUsage(f"{max(option.opts, key=len)}: {reason}")
            values += given
    for value in (*values, *words):
        folder.check(value)


def _stage(words: Sequence[str], left: list[str]) -> dict[str, Any]:
    """A command of a line in parts; files are not looked at, and nothing is run.

    What the page leaves out is added to ``left``. Raises ``WrongUsage`` for an option that is none.
    """
    name, *rest = words
    if name not in COMMANDS:
        raise WrongUsage(printable(no_command(name)))
    command = command_of(name)
    try:
        list(typed(command, rest))
    except click.UsageError as error:
        raise WrongUsage(usage_lines(error, f"dlcli {name}")) from None
    known = {
        flag: (option, flag in option.secondary_opts)
        for option in command.get_params(click.Context(command, **front_door.context_settings))
        if isinstance(option, click.Option)
        for flag in (*option.opts, *option.secondary_opts)
    }
    inputs: list[str] = []
    options: dict[str, list[Any]] = {}
    queue = list(rest)
    while queue:
        word = queue.pop(0)
        if word == "--":
            inputs += queue
            break
        flag, equals, value = word.partition("=")
        flag = flag if flag in known else plain(flag)
        if flag not in known and word[:2] in known and not word.startswith("--") and len(word) > 2:
            flag, equals, value = word[:2], "=", word[2:]
        if flag not in known:
            inputs.append(word)
            continue
        option, off = known[flag]
        long = max(option.opts, key=len)
        if option.is_flag:
            if reason := left_out(option):
                left.append(f"{flag}: {reason}")
            else:
                options[long] = [not off]
            continue
        if not equals:
            if not queue:
                raise WrongUsage(f"{flag} wants a value")
            value = queue.pop(0)
        if (reason := left_out(option)) and option.name not in OWN:
            left.append(f"{flag} {printable(value)}: {reason}")
            continue
        options.setdefault(long, [])
        options[long] = [*options[long], value] if option.multiple else [value]
    cells = options.pop("--explain", [])
    left += [f"--explain {EACH}: {EVERY}" for one in cells if one == EACH]
    cell, *more = [one for one in cells if one != EACH] or [None]
    left += [f"--explain {printable(other)}: one cell is explained at a time" for other in more]
    return {"command": name, "inputs": inputs, "options": options, "cell": cell}


def _read(outcome: Outcome) -> Tensor | None:
    """What the first result was made of, where that is a tensor."""
    item = outcome.handed[0].item if outcome.handed else None
    return item if isinstance(item, Tensor) else None


def _told(outcome: Outcome, writer: Writer, cell: str | None, of: int = 0) -> dict[str, Any]:
    """The stories and of each the tensor whose cells can be asked for, or the arithmetic of a cell of one."""
    handed = outcome.handed
    if cell is not None:
        words = tuple(part.strip() for part in cell.split(",")) if cell != "()" else ()
        if cell == EACH:
            raise WrongUsage(f"{EACH} is for a page that stands by itself; {EVERY}")
        if of >= len(handed):
            raise WrongUsage(f"story {of}: there are {len(handed)} stories, counted from 0")
        parts = handed[of].parts((words,))
        with suppress(DlcliError):  # by its place, where it was named by words
            cell = word(place(words, handed[of].explained()))
        return {"arithmetic": "".join(_written(part, writer) for part in parts), "cell": cell}
    shown = handed[:STORIES]
    story = "".join(_written(part, writer, at) for at, one in enumerate(shown) for part in one.parts())
    more = len(handed) - STORIES
    if more > 0:
        story += f"<p>and {more} more results</p>"
    return {"story": story, "explained": [_explained(one, story) for one in shown]}


def _written(part: Any, writer: Writer, place: int | None = None) -> str:
    return writer.story(part, place=place) if isinstance(part, Story) else writer.figure(figure_of(part))


def _explained(handed: Handed, story: str) -> dict[str, Any] | None:
    """The tensor whose cells the command explains: its shape, axes, and the name under which they are shown.

    Where its numbers stand nowhere, that is another one whose cells are at the same places. None where
    nothing can be explained.
    """
    try:
        tensor = handed.explained()
    except DlcliError:
        return None
    return {
        "name": tensor.name if shows(story, tensor.name) else _beside(handed, tensor, story),
        "of": tensor.name,
        "shape": list(tensor.shape),
        "axes": list(tensor.axis_names),
        "labels": _labels(tensor),
    }


def _labels(tensor: Tensor) -> list[list[str] | None]:
    """What the first places of each axis are called, where they have names."""
    return [None if axis.labels is None else list(axis.labels[:200]) for axis in tensor.axes]


def _beside(handed: Handed, tensor: Tensor, story: str) -> str:
    """The name of another tensor of the same shape that a story shows; else its own.

    It is one that stands for the cells of several results, or what the result was made of.
    """
    with handed.at_work():
        others: list[Any] = [handed.result.explained and handed.result.explained(), handed.item]
    alike = (
        called(one) if isinstance(one, Tensor) else one.name
        for one in others
        if getattr(one, "shape", None) == tensor.shape
    )
    return next((name for name in alike if shows(story, name)), tensor.name)
