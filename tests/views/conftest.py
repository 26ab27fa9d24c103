"""Views are drawn on a console of fixed width: as text, or as characters with their colours."""

import io
from collections.abc import Callable

import pytest
from rich.console import Console, RenderableType

Colours = tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]


def console(width: int, color_system: str | None = None) -> Console:
    return Console(
        width=width,
        color_system=color_system,
        force_terminal=color_system is not None,
        file=io.StringIO(),
        legacy_windows=False,
        _environ={},
    )


@pytest.fixture
def draw() -> Callable[..., str]:
    """What a view looks like without colour; every line must fit."""

    def drawn(view: RenderableType, width: int = 80) -> str:
        from rich.cells import cell_len

        page = console(width)
        with page.capture() as capture:
            page.print(view)
        text = capture.get()
        assert "\x1b" not in text
        assert max(map(cell_len, text.split("\n"))) <= width
        return "\n".join(line.rstrip() for line in text.rstrip("\n").split("\n"))

    return drawn


@pytest.fixture
def paint() -> Callable[..., list[list[tuple[str, Colours]]]]:
    """Each line as characters with their (ink, ground) in bytes of sRGB."""

    def painted(view: RenderableType, width: int = 80) -> list[list[tuple[str, Colours]]]:
        page = console(width, "truecolor")

        def rgb(colour):
            return tuple(colour.get_truecolor()) if colour is not None else None

        return [
            [
                (letter, (rgb(s.style.color), rgb(s.style.bgcolor)) if s.style else (None, None))
                for s in line
                for letter in s.text
            ]
            for line in page.render_lines(view, page.options, pad=False)
        ]

    return painted
