"""What moves: options of the commands whose runs can be watched, and the files of such pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.kinds import Real, Whole
from dlcli.runner.option import converted, option, was_typed
from dlcli.runner.result import Run

if TYPE_CHECKING:
    from dlcli.runner.outputs import Destination
    from dlcli.tensor import Array
    from dlcli.views.frames import Frames

#: Seconds that the last picture of a file stands longer than the others.
HOLD = 1.5

#: Pixels that two pictures may take beside each other, and those around all.
WIDTH, MARGIN = 1200, 12

#: Pictures of a film that are asked for, at least.
LEAST = 2

#: Bytes of all pictures of a file, at most, before they are packed.
MOST = 1 << 30

moving_option = partial(option, under="Moving pictures")


@dataclass(frozen=True)
class Moving:
    """The options of a command whose story has pictures that move."""

    watch: bool = moving_option(
        "--watch",
        help="Show it picture by picture, on a terminal, before the story. -o FILE.gif, .apng or .webp "
        "writes the same pictures.",
    )
    fps: float | None = moving_option(
        "--fps",
        Real("N", least=0.1, most=50),
        needs=("--watch", "--output"),
        help="Pictures a second. [default: by what moves]",
    )
    most_frames: int | None = moving_option(
        "--frames",
        Whole(least=LEAST, most=2000),
        metavar="N",
        needs=("--watch", "--output"),
        help="Pictures at most: of more steps some are left out, and it is told. [default: by what moves]",
    )
    magnify: int = moving_option(
        "--magnify",
        Whole(most=8),
        1,
        metavar="N",
        needs="--output",
        help="Draw a file that moves N times as large.",
    )

    @property
    def film_file(self) -> str | None:
        """A file of moving pictures that an option of the command's own names, where it has such."""
        return None

    def check_watch(self, run: Run) -> None:
        """Raise ``WrongUsage`` where pictures are to move and nobody could see it."""
        if self.watch and not run.screen and was_typed("watch"):
            raise WrongUsage(
                "--watch shows pictures that move: it needs a terminal and -f rich, and a TERM other than "
                "dumb; leave it out here, or write a file with -o x.gif"
            )


def with_values(moving: Moving | None, values: Mapping[str, Any]) -> Moving | None:
    """The options with other values by their names, which are checked as typed ones are.

    Raises ``WrongUsage`` for a value out of its range, and where nothing moves.
    """
    if not values:
        return moving
    if moving is None:
        raise WrongUsage(f"{', '.join(values)}: nothing moves in what this command gives")
    return replace(moving, **converted(Moving, values))


#: The options that only show: a line that is typed next has none of them.
WATCHED = {one.name for one in fields(Moving)}


#: What asks for a picture that stands still.
STILL = ("emit", "scale", "axes")


def film(
    path: str | None,
    destination: Destination,
    options: Moving | None,
    typed: Callable[[str], bool] = was_typed,
) -> str | None:
    """The format of a file whose pictures move; None for any other file.

    GIF and WebP hold a still picture, too: they move where the command has something that does, unless one
    result is asked for by --emit, its colours by --scale, or its axes by --axes. ``typed`` says whether an
    option was: what a variable says of still pictures counts for no file that can do nothing but move.

    Raises ``WrongUsage`` for such a file of a command without pictures that move, and beside what is still.
    """
    from dlcli.wire.write import MOVING

    suffix = os.path.splitext(path or "")[1].lower()
    if suffix not in MOVING:
        return None
    still = [name for name in STILL if getattr(destination, name)]
    moves_only = suffix == ".apng" or (options is not None and options.film_file == path)
    if moves_only:
        still = [name for name in still if name == "emit" or typed(name)]
    if options is not None and not still:
        return MOVING[suffix]
    if not moves_only:
        return None
    if options is not None:
        raise WrongUsage(f"--{still[0]} is of a still picture, and -o {path} moves: leave one of them out")
    raise WrongUsage(f"-o {path}: nothing moves here; it does in {_those_that_move()}. Write a .png")


def check_moving(path: str | None, destination: Destination, options: Moving | None, run: Run) -> str | None:
    """The format of a file whose pictures move; None for any other file.

    Raises ``WrongUsage`` for what is asked of moving pictures where there are none.
    """
    moves = film(path, destination, options)
    if options is None:
        return None
    options.check_watch(run)
    if was_typed("blank") and (moves or (options.watch and was_typed("watch"))):
        asked = f"-o {path}" if moves else "--watch"
        raise WrongUsage(f"--blank is a worksheet without numbers, and {asked} moves: leave one of them out")
    for name, flag in (("fps", "--fps"), ("most_frames", "--frames"), ("magnify", "--magnify")):
        if was_typed(name) and not moves and not (options.watch and name != "magnify"):
            raise WrongUsage(
                f"{flag} is of pictures that move: write them with -o x.gif, .apng or .webp"
                f"{', or add --watch' * (name != 'magnify')}, or leave {flag} out"
            )
    return moves


def _those_that_move() -> str:
    """The commands that have such options, in words."""
    root = click.get_current_context().find_root()
    names: list[str] = []
    if isinstance(root.command, click.Group):
        for name in root.command.list_commands(root):
            command = root.command.get_command(root, name)
            if command is not None and any(one.name == "magnify" for one in command.params):
                names.append(name)
    return f"{', '.join(names[:-1])} and {names[-1]}" if names[1:] else "no command of this group"


def write(
    frames: Frames,
    path: str,
    format_: str,
    options: Moving,
    *,
    theme: str,
    tell: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Write pictures as a file that moves, whole or not at all, and return what is to be said of them.

    ``tell`` takes what is being done, in words, which may last.
    Raises ``DlcliError`` where they would be too large.
    """
    from dlcli.views.page.compose import figure_of
    from dlcli.views.page.layout import Block, around, block
    from dlcli.views.page.raster import painted
    from dlcli.wire.atomic import replacing
    from dlcli.wire.pictures.moving import durations, write_moving

    blocks = []
    for place, one in enumerate(frames.pictures, 1):
        tell(f"{path}: laying out picture {place} of {frames.shown}")
        blocks.append(around(block(figure_of(one), WIDTH), 0, MARGIN))
    if not blocks:
        raise WrongUsage(f"-o {path}: of these steps nothing was kept; name the file on the line itself")
    width, height = max(one.width for one in blocks), max(one.height for one in blocks)
    size = round(width * options.magnify) * round(height * options.magnify) * 3 * len(blocks)
    if size > MOST:
        raise DlcliError(
            f"{path}: {len(blocks)} pictures of {round(width * options.magnify)} × "
            f"{round(height * options.magnify)} are {size / 1e9:.1f} GB before they are packed; try a "
            "smaller --magnify or fewer --frames"
        )

    def pictures() -> Iterator[Array]:
        for place, one in enumerate(blocks, 1):
            tell(f"{path}: painting picture {place} of {len(blocks)}")
            yield painted(Block(width, height, one.shapes), theme=theme, times=options.magnify)
        tell(f"{path}: packing {len(blocks)} pictures")

    times = durations(len(blocks), options.fps or frames.rate, HOLD, format_)
    with replacing(path) as file:
        told = write_moving(pictures(), times, file, format=format_)
    notes = [f"{path}: {told}"] if told else []
    if thin := left_out(frames):
        notes.insert(0, f"{path}: {thin}")
    return notes


def left_out(frames: Frames) -> str:
    """What is to be said where not every step has its picture, or there is but one."""
    if frames.shown >= frames.total:
        return "one picture, in which nothing moves: there is no second step" if frames.shown == 1 else ""
    said = frames.said or f"{frames.shown} of {frames.total:,} {frames.what} are shown"
    return f"{said}; --frames N shows more{' or fewer' * (frames.shown > LEAST)}"
