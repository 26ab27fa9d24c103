"""One number of a token between the blocks: its way up to there."""

from __future__ import annotations

from rich.text import Text

from dlcli.commands.transformer.explain import way
from dlcli.commands.transformer.protocol import Work
from dlcli.views.origin import whence
from dlcli.views.story import Section, Story
from dlcli.views.text.cell import cell_words, checked
from dlcli.words.number import number


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """As of an output, through the blocks before that place alone; what comes in has no way behind it.

    Raises ``WrongUsage`` when there is no such cell.
    """
    layer, token, feature = checked(cell, work.layers)
    value = number(work.layers.data[layer, token, feature], precision)
    result = Section("result", "State", Text(f"{value} at {cell_words(cell, work.layers)}"))
    if layer:
        return way(work.behind(layer), (token, feature), result, precision)
    told = Text("the token as it comes in: no block has worked on it yet")
    return Story((Section("input", "Input", whence(work.input, precision), told), result))
