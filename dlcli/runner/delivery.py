"""Each result of a command line on its way: to a file, to standard output, and the story beside it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from click import get_current_context

from dlcli.errors import WrongUsage
from dlcli.runner.handed import Handed
from dlcli.runner.inputs import Item
from dlcli.runner.kinds import ALL
from dlcli.runner.moving import film, with_values
from dlcli.runner.option import converted
from dlcli.runner.options import Shared
from dlcli.runner.outputs import (
    Destination,
    Files,
    all_chosen,
    check_emitted,
    for_pictures,
    needs_page,
    save,
    story_format,
    takes_all,
)
from dlcli.runner.progress import Progress
from dlcli.runner.result import Result, Run
from dlcli.tensor import Tensor

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dlcli.runner.moving import Moving
    from dlcli.views.frames import Frames


class Delivery:
    """Takes each result to where it is wanted: a file, standard output, standard error."""

    def __init__(
        self,
        command: str,
        destination: Destination,
        inputs: int,
        job: Run,
        options: Shared,
        moving: Moving | None = None,
    ) -> None:
        self.command = command
        self.destination = destination
        self.job = job
        self.environment = job.environment
        self.options = options
        self.width = options.width or job.environment.width
        self.pixels = options.pixels
        self.theme = options.theme
        self.title = "dlcli"
        self.cells = options.explain
        self.moving = moving
        if self.cells == ALL and not self._has_page(destination):
            raise WrongUsage("--explain all makes a page whose cells can be clicked: add -o story.html")
        self.files = None
        if destination.file:
            self.files = Files(destination, inputs, job.claim, moves=moving is not None)
        self.index = 0
        self.count = 0  # tensors sent
        self.sent = 0  # bytes of numbers in them
        self.told = False  # whether a story has been told: the next one stands apart from it

    def _has_page(self, destination: Destination) -> bool:
        """Whether a story goes to a page, or may."""
        file = destination.file
        filed = file is not None and story_format(file, destination) == "html"
        return filed or destination.story == "html" or self.environment.receive is not None

    @property
    def tells(self) -> bool:
        """Whether a story of each result is wanted, on a screen or in a file, or may be."""
        return self.environment.receive is not None or self.destination.tells

    def deliver(self, result: Result, item: Item) -> None:
        """File first, then standard output, then the story beside it; nothing when a cell is not there."""
        check_emitted(result, self.destination.emit)
        self.title = self.job.title(item)
        explained = self._parts(result) if self.cells else None
        self.save(result, item)
        self.send(result)
        self.tell(result, item, explained)

    def deliver_all(self, page: Result, entries: Sequence[tuple[Result, Tensor]]) -> None:
        """The one story of what a catalogue lists, and each of it as data.

        A file that can hold it all takes the page, any other file one entry.
        """
        first, whole = entries[0][1], takes_all(self.destination)
        self.title = self.job.title(first)
        self.tell(page, first, entries=entries)
        if whole:
            self.save(page, first)
        for result, tensor in entries:
            if not whole:
                self.save(result, tensor)
            self.send(result)

    def save(self, result: Result, item: Item) -> None:
        """The file, where one is wanted; its name may depend on the input."""
        if self.files is None:
            return
        several = str(item.attrs.get("source", "")) in self.job.line.several
        path = self.files.path(item, self.index, several=several)
        format_ = story_format(path, self.destination)
        if self.destination.film is not None:
            self._film(result, path, self.destination.film)
        elif self.destination.text is None and format_ is None:
            from dlcli.runner.storyteller import view_of

            save(
                result, path, self.destination, self.job, partial(view_of, self.command, result.view),
                follows=self.index > 0,
            )  # fmt: skip
        else:
            from dlcli.wire.atomic import replacing

            if self.destination.text is not None:
                text = result.texts[self.destination.text]()
            else:
                text = self._rendered(self._parts(result), format_ or "plain")
            with replacing(path) as file:
                file.write(text.encode(errors="replace"))
        self.index += 1

    def send(self, result: Result) -> None:
        """The data for standard output, where it is wanted."""
        format_ = self.destination.data
        if format_ is None:
            return
        if format_ == self.destination.text:
            self._put("\n" * (self.count > 0) + result.texts[format_]())
            self.count += 1
            return
        from dlcli.wire.write import write_tensor

        for tensor in all_chosen(result, self.destination.emit):
            if note := write_tensor(tensor, self.environment.stdout, format=format_, first=not self.count):
                self.job.warn(note)
            self.count += 1
            self.sent += tensor.data.nbytes

    def hint(self) -> None:
        """Where a frame that nobody asked for went where nobody may look, how to have words instead."""
        if self.sent and self.environment.unwatched and not self.destination.file_format:
            size = max(1, round(self.sent / 1000))
            self.environment.say(f"dlcli {self.command}: {size} kB tensor frame; words: -f plain")

    def tell(
        self,
        result: Result,
        item: Item,
        parts: Sequence[RenderableType] | None = None,
        entries: Sequence[tuple[Result, Tensor]] = (),
    ) -> None:
        """The story, where one is wanted; ``parts`` of it that have been made already are not made again.

        Who receives results has this one, and makes the story if there is use for it.
        """
        if self.environment.receive is not None:
            context = get_current_context()
            handed = Handed(self.command, result, item, self.job, self.options, context, entries, self.moving)
            self.environment.receive(handed)
            return
        if self.moving is not None and self.moving.watch and self.job.screen:
            self._play(result, self.moving)
        if self.destination.story is not None:
            self._print(parts or self._parts(result), self.destination.story)
        if self.destination.story_aside:
            format_ = "rich" if self._coloured(self.environment.stderr_is_terminal) else "plain"
            text = self._rendered(parts or self._parts(result), format_).rstrip("\n")
            self.environment.show(self._apart(format_) + text)
        self.told = True

    def _film(self, result: Result, path: str, format_: str) -> None:
        """A file of the pictures of a result."""
        from dlcli.runner.moving import write

        assert self.moving is not None

        def tell(told: str) -> None:
            self.job.doing = f"dlcli {self.command} -o {told}"

        with Progress(f"dlcli {self.command} -o {path}", self.environment, doing=lambda: self.job.doing):
            frames = self._frames(result, self.moving, f"-o {path}")
            notes = write(frames, path, format_, self.moving, theme=self.theme, tell=tell)
        self.job.doing = ""
        for note in notes:
            self.job.warn(note)

    def _play(self, result: Result, moving: Moving) -> None:
        """The pictures of a result one after the other in the same place."""
        from dlcli.runner.moving import left_out
        from dlcli.runner.player import play
        from dlcli.views.frames import words_behind

        format_ = "rich" if self._coloured(self.environment.stdout_is_terminal) else "plain"
        frames = self._frames(result, moving, "--watch")
        pictures = (
            (
                self._rendered([one], format_, self.pixels),
                self._rendered(words_behind(one), format_).count("\n"),
            )
            for one in frames.pictures
        )
        play(pictures, self.environment.stdout, rate=moving.fps or frames.rate)
        if thin := left_out(frames):
            self.job.warn(thin)

    def _frames(self, result: Result, moving: Moving, asked: str) -> Frames:
        """What moves in a result. Raises ``WrongUsage`` where nothing does."""
        from dlcli.runner.storyteller import view_of
        from dlcli.views.frames import DIGITS

        view = view_of(self.command, result.view)
        if not hasattr(view, "frames"):
            instead = getattr(view, "STILL", "leave it out, or write the story as .svg")
            raise WrongUsage(f"{asked}: nothing moves in what this line gives; {instead}")
        return view.frames(result.work, precision=self.options.precision or DIGITS, most=moving.most_frames)

    def _print(self, parts: Sequence[RenderableType], format_: str) -> None:
        if format_ == "rich" and not self._coloured(self.environment.stdout_is_terminal):
            format_ = "plain"
        self._put(self._apart(format_) + self._rendered(parts, format_, self.pixels))

    def _put(self, text: str) -> None:
        """A text on standard output, all of it."""
        view = memoryview(text.encode(errors="replace"))
        while view:
            view = view[self.environment.stdout.write(view) :]

    def _apart(self, format_: str) -> str:
        """What stands between a story and the one before it, where they are lines of text."""
        return "\n" if self.told and format_ in ("rich", "plain", "markdown") else ""

    def _coloured(self, terminal: bool) -> bool:
        from dlcli.runner.storyteller import colourful

        return colourful(self.environment, terminal=terminal)

    def _parts(self, result: Result) -> Sequence[RenderableType]:
        from dlcli.runner.storyteller import tell_all

        return tell_all(self.command, result, self.options, self.job.warn, line=self.title)

    def _rendered(self, parts: Sequence[RenderableType], format_: str, pixels: str = "blocks") -> str:
        from dlcli.runner.storyteller import render

        return render(
            parts, format_, self.environment, self.width, pixels,
            title=self.title, theme=self.theme,
        )  # fmt: skip


def delivered(
    results: Sequence[Handed],
    *,
    silent: bool = False,
    moving: Mapping[str, Any] | None = None,
    **options: Any,
) -> bytes:
    """Deliver results of one line that were handed over, as the line would have with these options of all.

    ``moving`` are options of films, by the fields of ``Moving``.

    Returns what standard output would have got; files are written. Unless it is to be ``silent``, what there
    is to say of it goes to standard error.
    """
    stdout = io.BytesIO()
    delivery: Delivery | None = None
    for handed in results:
        if delivery is None:
            checked = {name: value for name, value in options.items() if name not in ("output", "emit")}
            asked = replace(handed.options, **{**options, **converted(Shared, checked)})
            films = with_values(handed.moving, moving or {})
            destination = replace(Destination.decide(asked, terminal=False), story_aside=False)
            with handed.at_work():
                destination = replace(
                    destination, film=film(asked.output, destination, films, options.__contains__)
                )
            destination = for_pictures(destination, options.__contains__)
            needs_page(destination, options.__contains__)
            if moving and destination.film is None:
                names = ", ".join(name.removeprefix("most_") for name in moving)
                raise WrongUsage(f"{names}: {asked.output} does not move: write a .gif, .apng or .webp")
            world = replace(handed.job.environment, receive=None, stdout=stdout)
            world = replace(world, stderr=io.StringIO()) if silent else world
            job = replace(handed.job, environment=world, written=set(), warned=set())
            inputs = 1 if takes_all(destination) else len(handed.entries) or len(results)
            delivery = Delivery(handed.command, destination, inputs, job, asked, films)
        with handed.at_work():
            if handed.entries:
                delivery.deliver_all(handed.result, handed.entries)
            else:
                delivery.deliver(handed.result, handed.item)
    return stdout.getvalue()
