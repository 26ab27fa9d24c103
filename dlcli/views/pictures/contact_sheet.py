"""A contact sheet: many small pictures under their names, all drawn in the same tone."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderResult

from dlcli.tensor import Array
from dlcli.views.page.figures import Row
from dlcli.views.pictures.picture import Picture
from dlcli.views.pictures.tone import Tone
from dlcli.views.shelf import Shelf

WIDTH = 14  # columns of one picture
HEIGHT = 7  # terminal rows of one
GAP = 2


class ContactSheet:
    """Pictures (n, height, width, channel) in rows, each under its (outside) name.

    Three channels are red, green and blue, a fourth is not drawn; of any other number of channels the first
    is drawn alone.
    """

    def __init__(self, pictures: Array, names: Sequence[str]) -> None:
        coloured = pictures.shape[3] in (3, 4)
        self.pictures = pictures[..., :3] if coloured else pictures[..., 0]
        self.names = tuple(names)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._shelf()

    def figure(self) -> Row:
        """The pictures beside each other."""
        return self._shelf().figure()

    def _shelf(self) -> Shelf:
        flat = self.pictures.reshape(len(self.pictures), -1)
        tone = Tone.of(flat, flat)
        return Shelf(
            [
                (name, Picture(picture, tone=tone, width=WIDTH, height=HEIGHT, legend=False))
                for name, picture in zip(self.names, self.pictures, strict=True)
            ],
            gap=GAP,
        )
