"""What a line of commands gave: numbers by name, the story, the arithmetic of a cell, files."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, overload

import numpy as np

from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.delivery import delivered
from dlcli.runner.handed import Handed
from dlcli.runner.outputs import check_emitted
from dlcli.tensor import Array, Axis, Tensor

#: Formats of ``-f`` that are bytes, or the story that a result is shown by anyway.
UNTOLD = (None, "frame", "npy", "rich", "plain")

#: A map of at least so many rows and columns is a picture, where its axes are called so.
PICTURE = 8
MAP = (("row", "column"), ("height", "width"))


class Notes(io.StringIO):
    """What is said beside results: it goes to standard error, and is kept."""

    def write(self, text: str) -> int:
        """Pass a text on and keep it."""
        if sys.stderr is not None:
            sys.stderr.write(text)
        return super().write(text)

    def flush(self) -> None:
        """Standard error has it at once."""
        if sys.stderr is not None:
            sys.stderr.flush()


class Arithmetic:
    """The arithmetic behind one cell, as ``--explain`` tells it; a notebook shows it as a page does."""

    def __init__(self, handed: Handed, cell: tuple[str, ...]) -> None:
        self._handed, self._cell = handed, cell
        self._text = self._told("plain")  # at once, for a cell that is not there is refused

    def __str__(self) -> str:
        return self._text.rstrip("\n")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self._handed.fragment((self._cell,))

    def _repr_markdown_(self) -> str:
        return self._told("markdown")

    def _told(self, format_: str) -> str:
        return self._handed.story(format_, (self._cell,))


class Outcome:
    """What the last command of a line gave.

    With several inputs it is a sequence of outcomes, one for each; what is asked of one result is refused
    then. A notebook shows the story, ``print`` prints it. Numbers are made when they are asked for.

    Attributes
    ----------
    line : str
        The line that does the same in a shell. An array of Python's that is not written out stands in it by
        the name of a file that it could be saved in: ``array.npy``.
    """

    def __init__(self, line: str, notes: Notes) -> None:
        self.line = line
        self._notes = notes
        self._handed: list[Handed] = []

    @property
    def handed(self) -> list[Handed]:
        """The results as the runner handed them over."""
        return self._handed

    def add(self, handed: Handed) -> None:
        """Take one result; the runner calls it."""
        self._handed.append(handed)

    def __len__(self) -> int:
        return len(self._handed)

    def __iter__(self) -> Iterator[Outcome]:
        return (self[place] for place in range(len(self)))

    @overload
    def __getitem__(self, name: str) -> Array: ...
    @overload
    def __getitem__(self, name: int) -> Outcome: ...
    def __getitem__(self, name: str | int) -> Array | Outcome:
        """The numbers of a result by its name, read-only; by a number, one of several outcomes."""
        if isinstance(name, str):
            return self.tensor(name).data
        one = Outcome(self.line, self._notes)
        one.add(self._handed[name])
        return one

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.tensor().data, dtype=dtype, copy=copy)

    @property
    def notes(self) -> list[str]:
        """The lines that were said on standard error beside the results."""
        return self._notes.getvalue().splitlines()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the results, the first of which a pipe carries."""
        return tuple(self._one().result.outputs)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of what a pipe would carry: their names, labels, units."""
        return self.tensor().axes

    def tensor(self, name: str | None = None) -> Tensor:
        """The result of this name with its axes; without a name, what a pipe would carry.

        ``feature_map`` is ``feature-map``, as it is among options.
        """
        one = self._one()
        if name is not None and name not in one.result.outputs:
            name = name.replace("_", "-")
        return one.tensor(name)

    @property
    def sent(self) -> list[Tensor]:
        """All tensors that a pipe would carry."""
        return [tensor for handed in self._handed for tensor in handed.sent()]

    def explain(self, *cell: int | str, of: str | None = None) -> Arithmetic:
        """The arithmetic behind one cell, by its 0-based indices or labels.

        ``of`` names the result whose cell it is, where the command explains several.
        """
        handed = self._one()
        if of is not None:
            check_emitted(handed.result, of)
            handed = replace(handed, options=replace(handed.options, emit=of))
        return Arithmetic(handed, tuple(map(str, cell)))

    def story(self, format: str = "plain") -> str:
        """The story as ``plain``, ``markdown``, ``html``, ``svg``, or ``rich`` with a terminal's colours."""
        between = "" if format in ("html", "svg") else "\n"
        return between.join(handed.story(format) for handed in self._handed)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        emit: str | None = None,
        format: str | None = None,
        scale: str | None = None,
        axes: bool = False,
        theme: str | None = None,
        fps: float | None = None,
        frames: int | None = None,
        magnify: int | None = None,
    ) -> None:
        """Write a file as ``-o`` does, by its suffix: the story, the numbers, a picture, a sound, a film.

        The arguments are the options of these names.
        """
        asked = {"fps": fps, "most_frames": frames, "magnify": magnify}
        look: dict[str, Any] = {} if theme is None else {"theme": theme}
        moving = {name: value for name, value in asked.items() if value is not None}
        delivered(
            self._handed,
            moving=moving,
            output=os.fspath(path),
            emit=emit or (self._handed[0].options.emit if self._handed else None),
            format_=format,
            scale=scale,
            axes=axes,
            **look,
        )

    def __str__(self) -> str:
        """The story; what ``-f`` asks for, where the line has it and it is text."""
        if self._format in UNTOLD:
            return self.story().rstrip("\n")
        return delivered(self._handed, output=None).decode(errors="replace").rstrip("\n")

    def __repr__(self) -> str:
        names = [", ".join(handed.result.outputs) for handed in self._handed]
        told = names[0] if len(names) == 1 else f"{len(names)} results"
        return f"<dlcli.Outcome of {self.line!r}: {told}>"

    def _repr_pretty_(self, page: Any, cycle: bool) -> None:
        """What IPython prints."""
        page.text(str(self))

    def _ipython_key_completions_(self) -> list[str]:
        """What may stand behind ``outcome[``."""
        return list(self.names) if len(self) == 1 else []

    def _repr_html_(self) -> str | None:
        if not self._handed or self._format not in UNTOLD:
            return None
        return "".join(handed.fragment() for handed in self._handed)

    def _repr_markdown_(self) -> str | None:
        return self.story("markdown") if self._handed and self._format in UNTOLD else None

    def _repr_png_(self) -> bytes | None:
        """The picture that ``-o FILE.png`` is, of a map of rows and columns."""
        if len(self) != 1 or self._format not in UNTOLD or not _is_picture(self._one()):
            return None
        with TemporaryDirectory() as folder:
            path = Path(folder, "map.png")
            try:
                delivered(self._handed, silent=True, output=str(path), format_=None)
            except DlcliError:  # numbers that no picture can show
                return None
            return path.read_bytes()

    @property
    def _format(self) -> str | None:
        return self._handed[0].options.format_ if self._handed else None

    def _one(self) -> Handed:
        if len(self._handed) == 1:
            return self._handed[0]
        if not self._handed:
            raise DlcliError(f"{self.line} gave no result")
        raise WrongUsage(
            f"{self.line} gave {len(self)} results: say of which one, as in outcome[0], or go through them"
        )


def _is_picture(handed: Handed) -> bool:
    name = handed.options.emit or next(iter(handed.result.outputs))
    tensor = handed.tensor(name)
    shape = tensor.shape
    return (
        name in handed.result.pictures
        or ("quantity" in tensor.attrs and len(shape) == 2)
        or (tensor.axis_names[:2] in MAP and min(shape[:2]) >= PICTURE and len(shape) <= 3)
    )
