"""Where results go: the story or the data to standard output, and files that are whole or not there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import click

from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.inputs import Item
from dlcli.runner.option import was_typed
from dlcli.runner.options import DATA, STORIES, Shared
from dlcli.runner.result import Result, Run, View
from dlcli.tensor import Tensor
from dlcli.wire.atomic import descriptor_of, is_stream

#: File endings that hold the story of a run, and the format they stand for.
STORY_SUFFIXES = {".md": "markdown", ".markdown": "markdown", ".html": "html", ".svg": "svg"}

#: File endings that hold several tensors under their names.
MANY = (".npz", ".safetensors")


@dataclass(frozen=True)
class Destination:
    """What goes where, decided once from the options and the kind of standard output.

    ``data`` and ``story`` are what standard output gets (at most one of them); ``data`` may be the name of a
    text that the command has a format for; ``story_aside`` asks for the
    story on standard error; ``file`` is the pattern of the output file and ``file_format`` its format when
    the suffix does not decide, ``film`` that of a file whose pictures move. ``axes`` asks for a picture file
    as a page has it, in the colours of ``theme`` and with numbers of so many digits.
    """

    data: str | None
    story: str | None
    story_aside: bool
    file: str | None
    file_format: str | None
    emit: str | None
    scale: str | None
    axes: bool = False
    theme: str = "auto"
    precision: int = 4
    film: str | None = None

    @property
    def data_format(self) -> str | None:
        """The format of a data file whose suffix says nothing."""
        return self.file_format if self.file_format in DATA else None

    @property
    def text(self) -> str | None:
        """The format where it is one that only this command has: a text of its own."""
        return self.file_format if self.file_format not in (None, *DATA, *STORIES) else None

    @property
    def tells(self) -> bool:
        """Whether a story of each result is wanted, on a screen or in a file."""
        filed = self.file is not None and story_format(self.file, self) is not None
        return filed or self.story is not None or self.story_aside

    @property
    def everything(self) -> bool:
        """Whether a file takes all results of a run: its kind holds several, and none is asked for alone."""
        return self.emit is None and (self.file or "").lower().endswith(MANY)

    @classmethod
    def decide(
        cls, options: Shared, *, terminal: bool, received: bool = False, typed: bool = False
    ) -> Destination:
        """Standard output carries the data or the one story; ``-o`` takes the result away from it.

        Where results are ``received`` it carries nothing. A format that was ``typed`` beside a file of
        another kind is that of the story there, if it is one.

        Raises ``WrongUsage`` for a typed format of data that the file has not, and for bytes on a terminal.
        """
        format_ = options.format_
        output = options.output
        if output == "-" or (output and descriptor_of(output) == 1):
            output = None
        data: str | None = None
        story: str | None = None
        if output is not None:
            beside = format_ if typed and not _taken(output, format_) else None
            if beside in DATA:
                raise WrongUsage(
                    f"-o {output} is what its suffix says, and -f {beside} something else: leave out -f, or "
                    "give the file another name"
                )
            story = beside if beside in STORIES else "rich" if terminal else None
        elif format_ in STORIES:
            story = format_
        elif format_ is not None:
            data = format_
        elif terminal:
            story = "rich"
        else:
            data = "frame"
        if received:
            data = story = None
        if terminal and data in ("frame", "npy"):
            raise WrongUsage(f"a terminal cannot show {data} bytes: pipe them on, or write a file with -o")
        told = output is not None and os.path.splitext(output)[1].lower() in STORY_SUFFIXES
        wants_story = options.show or (bool(options.explain) and not told)
        return cls(
            data=data,
            story=story,
            story_aside=wants_story and story is None and not received,
            file=output,
            file_format=format_,
            emit=options.emit,
            scale=options.scale,
            axes=options.axes,
            theme=options.theme,
            precision=options.digits,
        )


def _taken(output: str, format_: str | None) -> bool:
    """Whether a format is that of a file: one with its suffix, or with none that says another."""
    from dlcli.wire.write import MOVING, SUFFIXES

    suffix = os.path.splitext(output)[1].lower()
    known = {**MOVING, **SUFFIXES, **STORY_SUFFIXES}
    return known.get(suffix, format_) == format_


class Files:
    """The files of one command line; no two results may land in the same one."""

    def __init__(
        self, destination: Destination, inputs: int, claim: Callable[[str], bool], *, moves: bool = False
    ) -> None:
        self.pattern = pattern = destination.file or ""
        self.claim = claim
        try:
            first = self._fill("stem", "name", 0)
        except (KeyError, IndexError, ValueError) as error:
            raise WrongUsage(
                f"-o {pattern!r} has a placeholder other than {{stem}}, {{name}} and {{index}}"
            ) from error
        if destination.text is not None:
            suffix = os.path.splitext(first)[1].lower()
            if suffix in STORY_SUFFIXES or suffix in _data_suffixes():
                raise WrongUsage(
                    f"-f {destination.text} is text, and {self.pattern} by its suffix is not: "
                    f"name a file such as {os.path.splitext(self.pattern)[0]}.py"
                )
        elif destination.film is None and story_format(first, destination) is None:
            from dlcli.wire.write import MOVING, SUFFIXES, file_format

            films = [one for one in MOVING if moves and one not in SUFFIXES]
            file_format(first, destination.data_format, also=(*films, *STORY_SUFFIXES))
        self.stream = is_stream(pattern)  # where one result follows the other
        self.held = False
        if inputs > 1 and not self.stream and first == self._fill("other", "other", 1):
            raise WrongUsage(
                f"{inputs} inputs would all be written to {pattern!r}: give each its own file, "
                f"for instance -o {suggest(pattern)!r}"
            )

    def _fill(self, stem: str, name: str, index: int) -> str:
        return self.pattern.format(stem=stem, name=name, index=index)

    def path(self, item: Item, index: int, *, several: bool = False) -> str:
        """Where a result goes; ``several`` says that its input has others.

        Raises ``DlcliError`` for a file that would be written twice, before it is once where that is known,
        and for an input that a pattern leads to.
        """
        name, source = file_word(item.name), str(item.attrs.get("source", ""))
        path = self._fill(stem(item), name, index)
        self._hold()
        if self.stream:
            return path
        numbered = suggest(self.pattern, numbered=True)
        alike = "{name" not in self.pattern and path == self._fill(stem(item), name, index + 1)
        follows = "block" in item.attrs and item.attrs.get("last") is False  # others will
        if not self.claim(path) or ((several or follows) and alike):
            raise DlcliError(
                f"{path} would be written twice; give each result its own file, for instance -o {numbered!r}"
            )
        if (
            path != self.pattern
            and os.path.isfile(path)
            and os.path.realpath(path) == os.path.realpath(source)
        ):
            raise DlcliError(f"{path} is what is read: another name keeps it, for instance -o {numbered!r}")
        return path

    def _hold(self) -> None:
        """Keep a named pipe open until the command ends: who reads it sees no end between two results."""
        context = click.get_current_context(silent=True)
        if self.held or context is None or not self.stream or descriptor_of(self.pattern) is not None:
            return
        self.held = True
        with contextlib.suppress(OSError):  # whoever writes tells of it
            context.with_resource(open(self.pattern, "wb", buffering=0))  # noqa: SIM115 (the context does)


def _data_suffixes() -> Container[str]:
    from dlcli.wire.write import SUFFIXES

    return SUFFIXES


def check_output(path: str | None, values: Mapping[str, Any], context: click.Context) -> None:
    """Raise ``WrongUsage`` where a result would replace a file that an option reads: weights, a policy, …"""
    if path is None or not os.path.isfile(path):
        return
    place = os.path.realpath(path)
    for one in context.command.params:
        value = values.get(one.name or "")
        for word in value if isinstance(value, tuple) else (value,):
            if isinstance(word, str) and os.path.isfile(word) and os.path.realpath(word) == place:
                what = one.human_readable_name if isinstance(one, click.Argument) else one.opts[-1]
                raise WrongUsage(f"-o {path!r} would replace what {what} reads: give it another name")


def suggest(pattern: str, *, numbered: bool = False) -> str:
    """A pattern like this one that gives every input its own file, or ``numbered`` every result.

    >>> suggest("a.npy"), suggest("a.npy", numbered=True), suggest("{stem}.npy")
    ('{stem}.npy', 'a-{index}.npy', '{stem}-{index}.npy')
    """
    folder, base = os.path.split(pattern)
    root, suffix = os.path.splitext(base)
    numbered = numbered or "{stem}" in root
    return os.path.join(folder, f"{root}-{{index}}{suffix}" if numbered else f"{{stem}}{suffix}")


def stem(item: Item) -> str:
    """The file name of an item's origin without folder and suffix: ``photo`` for ``shots/photo.png``.

    >>> stem(Tensor([1], attrs={"source": "shots/photo.png"}))
    'photo'
    >>> stem(Tensor([1], attrs={"source": "sample:cat"}))
    'cat'
    """
    source = str(item.attrs.get("source", "")).removeprefix("sample:")
    word = os.path.splitext(os.path.basename(source))[0]
    return file_word(word if word.strip("-. ") else item.name)


#: What no name of a file holds, on one system or another.
FORBIDDEN = frozenset('/\\\0<>:"|?*')


def file_word(text: str) -> str:
    """A text from outside as one harmless part of a file name, on other systems, too.

    >>> file_word("../a b\\x1b[2J"), file_word("=cmd|calc?")
    ('.._a b_[2J', '=cmd_calc_')
    """
    word = "".join("_" if char in FORBIDDEN or not char.isprintable() else char for char in text)[:100]
    return word if word.strip(". ") else "tensor"


def chosen(result: Result, emit: str | None) -> Tensor:
    """The result that ``--emit`` names, or the command's first.

    Raises ``DlcliError`` for one that the command knows and this run does not have.
    """
    check_emitted(result, emit)
    return result.outputs[emit or next(iter(result.outputs))]()


def check_emitted(result: Result, emit: str | None) -> None:
    """Raise ``DlcliError`` for a result that the command knows and this run does not have."""
    if emit is not None and emit in result.absent:
        raise WrongUsage(f"--emit {emit}: {result.absent[emit]}")
    if emit is not None and emit not in result.outputs:
        raise DlcliError(f"this run gives no {emit}; it gives {', '.join(result.outputs)}")


def all_chosen(result: Result, emit: str | None) -> Sequence[Tensor]:
    """The tensors of that result, where it may be several; raises as ``chosen`` does."""
    made = result.several.get(emit or next(iter(result.outputs)))
    return [chosen(result, emit)] if made is None else made()


def save(
    result: Result,
    path: str,
    destination: Destination,
    run: Run,
    view: Callable[[], View],
    *,
    follows: bool = False,
) -> None:
    """Write one result to a data file by its suffix, or by the format when that says nothing.

    In a stream it may be one that ``follows`` another. ``view`` gives what tells of it.
    """
    from dlcli.wire.write import PICTURES, file_format, save_tensors

    if destination.everything:
        tensors: dict[str, Tensor] = {}
        for name, make in result.outputs.items():
            several = result.several.get(name)
            tensors |= {name: make()} if several is None else {f"{name}/{one.name}": one for one in several()}
        for why in dict.fromkeys(result.absent.values()):
            names = ", ".join(name for name, reason in result.absent.items() if reason == why)
            run.warn(f"the file has no {names}: {why}")
    elif (emit := destination.emit or next(iter(result.outputs))) in result.several:
        tensors = {one.name: one for one in all_chosen(result, emit)}
        if len(tensors) > 1 and not path.lower().endswith(MANY):
            raise WrongUsage(
                f"-o {path}: {len(tensors)} tensors are to be written ({emit}), and such a file holds one; "
                "use .npz or .safetensors"
            )
    else:
        tensors = {emit: chosen(result, emit)}
    scale, told = destination.scale, None
    if file_format(path, destination.data_format) in PICTURES.values():
        if result.drawn and not destination.axes:
            run.warn(f"{path}: {result.drawn} is how the story draws it; in a picture file it needs --axes")
        if scale in (None, "view"):
            tensors = {
                name: result.pictures.get(name, lambda one=one: one)() for name, one in tensors.items()
            }
        elif set(tensors) & set(result.pictures):
            run.warn(
                f"{path}: --scale {scale} draws the numbers over their own axes, whatever else was asked"
            )
        from dlcli.views.paint import is_sheet, painted, sheet

        if destination.axes:
            from dlcli.views.plate import plate

            ((name, tensor),) = tensors.items()
            draw = getattr(view(), "with_axes", None)
            body = None if draw is None else draw(result.work, name, precision=destination.precision)
            page, told = plate(tensor, body, theme=destination.theme, precision=destination.precision)
            tensors, scale = {name: page}, None
        elif scale == "view":
            tensors, scale = {name: painted(tensor) for name, tensor in tensors.items()}, None
        elif any(map(is_sheet, tensors.values())):
            from dlcli.wire.pictures.image_write import shades

            ((name, tensor),) = tensors.items()
            page, told = sheet(tensor, None if scale is None else lambda one: shades(one, scale)[0])
            tensors, scale = {name: page}, None
        elif any("quantity" in tensor.attrs for tensor in tensors.values()):
            from dlcli.views.paint import spectrogram

            ((name, tensor),) = tensors.items()
            tensor, told = spectrogram(tensor, shaded=scale is not None)
            tensors = {name: tensor}
        elif all(tensor.data.dtype.kind != "c" for tensor in tensors.values()):
            scale = scale or result.scale
    note = save_tensors(tensors, path, format=destination.data_format, scale=scale, follows=follows)
    if note or told:
        run.warn(f"{path}: {'; '.join(filter(None, (told, note)))}")


#: What the options say that are for picture files alone.
OF_PICTURES = {
    "scale": "says how numbers become the shades of a picture file",
    "axes": "draws a picture file between its axes",
}


def for_pictures(destination: Destination, typed: Callable[[str], bool]) -> Destination:
    """The destination, without what a variable says of picture files where the line is against it.

    Raises ``WrongUsage`` where an option for picture files was ``typed`` and none is written, and for two
    that do not go together.
    """
    from dlcli.wire.write import MOVING, PICTURES

    for name, what in OF_PICTURES.items():
        suffix = os.path.splitext(destination.file or "")[1].lower()
        if getattr(destination, name) and typed(name) and suffix not in {**PICTURES, **MOVING}:
            aside = f"; a {suffix} has them anyway" if name == "axes" and suffix in (".html", ".svg") else ""
            raise WrongUsage(
                f"--{name} {what}, and none is written: "
                f"give one with -o, such as -o map.png, or leave out --{name}{aside}"
            )
    if not destination.axes or destination.scale in (None, "view"):
        return destination
    if typed("axes") and typed("scale"):
        raise WrongUsage(
            f"--axes draws in the colours of the screen, and --scale {destination.scale} in others: "
            "leave one of them out"
        )
    return replace(destination, scale=None) if typed("axes") else replace(destination, axes=False)


def needs_story(destination: Destination) -> None:
    """Raise ``WrongUsage`` where what a story tells was typed and none is told."""
    if destination.tells:
        return
    for name in ("only", "without", "details", "blank"):
        if was_typed(name):
            raise WrongUsage(
                f"--{name} says what a story tells, and none is told: add -f plain, --show or -o story.md, "
                f"or leave out --{name}"
            )


def needs_page(destination: Destination, typed: Callable[[str], bool] = was_typed) -> None:
    """Raise ``WrongUsage`` where a page's look was ``typed`` and none is written, nor a picture like one."""
    pages = ("html", "svg")
    filed = None if destination.file is None else story_format(destination.file, destination)
    if filed in pages or destination.story in pages or destination.axes or destination.film:
        return
    if typed("theme"):
        raise WrongUsage(
            "--theme is of pages, of pictures with --axes and of those that move, and none is written: add "
            "-o story.html, or --axes to -o map.png, or leave out --theme"
        )


def takes_all(destination: Destination) -> bool:
    """Whether one file is asked for that can hold every result of a run: a story, or tensors by name."""
    path = destination.file
    if path is None or "{" in path:
        return False
    return path.lower().endswith(MANY) or story_format(path, destination) is not None


def story_format(path: str, destination: Destination) -> str | None:
    """The format of a file that holds the story; None for a file of data."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix in STORY_SUFFIXES:
        return STORY_SUFFIXES[suffix]
    if destination.file_format in STORIES and suffix in ("", ".txt", ".log", ".ansi"):
        return destination.file_format
    return None
