"""One command line from its words to its results: what all commands share, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from dlcli.engines.checks import EngineError
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import TENSORS, Item, Reading, words_of
from dlcli.runner.outputs import Destination, Files, chosen, save, story_format, takes_all
from dlcli.runner.progress import Progress
from dlcli.runner.result import Catalogue, Result, Run, Worker
from dlcli.tensor import Tensor
from dlcli.wire.limits import Limits

if TYPE_CHECKING:
    from rich.console import RenderableType

SHARED = ("inputs", "format_", "output", "emit", "show", "scale", "seed", "pixels", "precision", "width",
          "max_pixels", "max_bytes", "explain")  # fmt: skip

#: The line of commands that made a tensor is kept to this many characters.
HISTORY = 2000


def run(
    command: str,
    prepare: Callable[..., Worker | Catalogue],
    values: dict[str, Any],
    reading: Reading | None = TENSORS,
) -> None:
    """Prepare the command from its options, then read, work and write, one thing at a time.

    Raises ``DlcliError``, at the end, when any input failed.
    """
    context = click.get_current_context()
    environment: Environment = context.obj or Environment.of_process()
    destination = Destination.decide(values, terminal=environment.stdout_is_terminal)
    job = Run(
        environment=environment,
        limits=Limits(**{bound: values[bound] for bound in ("max_bytes", "max_pixels") if bound in values}),
        seed=values["seed"],
        command_line=context.meta["dlcli.line"],
    )
    words: tuple[str, ...] = ()
    if reading is not None:
        words = words_of(values["inputs"], environment, context.meta["dlcli.example"], reading)
    own = {name: value for name, value in values.items() if name not in SHARED}
    work = prepare(job, **own)
    if isinstance(work, Catalogue):
        whole = work.overview is not None and takes_all(destination)
        _list(work, whole, Delivery(command, destination, 1 if whole else len(work.entries), job, values))
    elif reading is not None:
        _each(work, words, reading, Delivery(command, destination, len(words), job, values))


def _each(worker: Worker, words: tuple[str, ...], reading: Reading, delivery: Delivery) -> None:
    """Work on every input; one that fails is told and passed over while there are others.

    What is wrong with the command line itself ends everything at once.
    """
    command, job = delivery.command, delivery.job
    failures = 0
    for word in words:
        try:
            for item in _arriving(command, word, reading, job):
                with Progress(f"dlcli {command} {word}", job.environment):
                    result = _work(worker, item, job)
                delivery.deliver(result, item)
                del item, result
        except WrongUsage:
            raise
        except DlcliError as error:
            failures += 1
            if len(words) == 1:
                raise
            job.environment.say(f"dlcli {command}: {error}")
    if failures:
        raise DlcliError(f"{failures} of {len(words)} inputs failed")


def _list(catalogue: Catalogue, whole: bool, delivery: Delivery) -> None:
    """Deliver what a command has to give; with an overview, one story tells it all.

    When ``whole``, the file that was asked for takes that story, or all tensors, at once.
    """
    results = [(result, chosen(result, None)) for make in catalogue.entries for result in [make()]]
    results = [(_signed(result, tensor, delivery.job), tensor) for result, tensor in results]
    if catalogue.overview is None:
        for result, tensor in results:
            delivery.deliver(result, tensor)
        return
    together = {tensor.name: next(iter(result.outputs.values())) for result, tensor in results}
    page = Result(together, catalogue.overview)
    delivery.tell(page)
    if whole:
        delivery.save(page, results[0][1])
    for result, tensor in results:
        if not whole:
            delivery.save(result, tensor)
        delivery.send(result)


def _arriving(command: str, word: str, reading: Reading, job: Run) -> Iterator[Any]:
    """The things of one input; what a pipe brings is waited for in silence: its sender may be talking."""
    arriving = reading.items(word, job.environment, job.limits, job.block)
    while True:
        waiting = nullcontext() if word == "-" else Progress(f"dlcli {command} {word}", job.environment)
        with waiting:
            item = next(arriving, None)
        if item is None:
            return
        yield item
        del item


def _work(worker: Worker, item: Item, job: Run) -> Result:
    try:
        result = worker(item)
    except EngineError as error:
        source = item.attrs.get("source", item.name)
        raise DlcliError(f"{_whence(item, str(source))}: {error}") from error
    return _signed(result, item, job)


def _signed(result: Result, item: Item, job: Run) -> Result:
    """The result with the attributes of its input, and the line of commands that made it."""
    history = " | ".join(filter(None, (str(item.attrs.get("command", "")), job.command_line)))
    if len(history) > HISTORY:
        history = "… " + history[-HISTORY:]

    def signed(make: Callable[[], Tensor]) -> Callable[[], Tensor]:
        def made() -> Tensor:
            plain = make()
            return replace(plain, attrs={**item.attrs, **plain.attrs, "command": history})

        return made

    return replace(result, outputs={name: signed(make) for name, make in result.outputs.items()})


def _whence(item: Item, source: str) -> str:
    """The input in words: where it was read and, when it came down a pipe, what made it."""
    made_by = item.attrs.get("command")
    source = "standard input" if source == "-" else source
    return printable(f"{source} (from '{made_by}')" if made_by else source)


class Delivery:
    """Takes each result to where it is wanted: a file, standard output, standard error."""

    def __init__(
        self, command: str, destination: Destination, inputs: int, job: Run, values: dict[str, Any]
    ) -> None:
        self.command = command
        self.destination = destination
        self.job = job
        self.environment = job.environment
        self.precision: int = values["precision"]
        self.width: int = values["width"] or job.environment.width
        self.pixels: str = values["pixels"]
        self.cells: tuple[tuple[str, ...], ...] = values.get("explain") or ()
        self.files = Files(destination, inputs) if destination.file else None
        self.index = 0

    def deliver(self, result: Result, item: Item) -> None:
        """File first, then standard output, then the story beside it; nothing when a cell is not there."""
        explained = self._parts(result) if self.cells else None
        self.save(result, item)
        self.send(result)
        self.tell(result, explained)

    def save(self, result: Result, item: Item) -> None:
        """The file, where one is wanted; its name may depend on the input."""
        if self.files is None:
            return
        path = self.files.path(item, self.index)
        format_ = story_format(path, self.destination)
        if format_ is None:
            save(result, path, self.destination, self.job)
        else:
            from dlcli.wire.atomic import replacing

            with replacing(path) as file:
                file.write(self._rendered(self._parts(result), format_).encode(errors="replace"))
        self.index += 1

    def send(self, result: Result) -> None:
        """The data for standard output, where it is wanted."""
        format_ = self.destination.data
        if format_ is None:
            return
        tensor = chosen(result, self.destination.emit)
        if format_ == "frame":
            from dlcli.wire.frame import write_frame

            write_frame(tensor, self.environment.stdout)
            return
        from dlcli.wire.write import write_tensor

        write_tensor(tensor, self.environment.stdout, format=format_)

    def tell(self, result: Result, parts: list[RenderableType] | None = None) -> None:
        """The story, where one is wanted; ``parts`` of it that have been made already are not made again."""
        if self.destination.story is not None:
            self._print(parts or self._parts(result), self.destination.story)
        if self.destination.story_aside:
            format_ = "rich" if self._coloured(self.environment.stderr_is_terminal) else "plain"
            self.environment.say(self._rendered(parts or self._parts(result), format_).rstrip("\n"))

    def _print(self, parts: list[RenderableType], format_: str) -> None:
        if format_ == "rich" and not self._coloured(True):
            format_ = "plain"
        text = self._rendered(parts, format_, self.pixels).encode(errors="replace")
        view = memoryview(text)
        while view:
            view = view[self.environment.stdout.write(view) :]

    def _coloured(self, wanted: bool) -> bool:
        from dlcli.runner.storyteller import colourful

        return colourful(self.environment, terminal=wanted)

    def _parts(self, result: Result) -> list[RenderableType]:
        from dlcli.runner.storyteller import tell_all

        return tell_all(self.command, result, self.cells, self.precision)

    def _rendered(self, parts: list[RenderableType], format_: str, pixels: str = "blocks") -> str:
        from dlcli.runner.storyteller import render

        return render(parts, format_, self.environment, self.width, pixels)
