"""From a view's renderable to text: on a terminal, in a log, in a slide."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TextIO, cast

from dlcli.errors import WrongUsage
from dlcli.runner.environment import Environment
from dlcli.runner.kinds import ALL
from dlcli.runner.options import Shared
from dlcli.runner.outputs import chosen
from dlcli.runner.result import OTHERS, Explain, Result, View
from dlcli.tensor import Tensor
from dlcli.words.cell import place

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dlcli.views.screen.screen import Drawing, Means, Screen
    from dlcli.views.story import Story

#: How many colours there are, as rich calls it.
Colours = Literal["standard", "256", "truecolor"]


def view_of(command: str, stem: str) -> View:
    """The module of a command's folder that tells of its results."""
    return cast(View, import_module(f"dlcli.commands.{command.replace('-', '_')}.{stem}"))


def told_by(tool: str) -> Any:
    """What tells of the work of a tool: the module ``story`` in its folder, whatever functions that has."""
    return view_of(tool, "story")


def tell_all(
    command: str, result: Result, asked: Shared, tell: Callable[[str], None] = lambda _: None, *, line: str
) -> Sequence[RenderableType]:
    """The story of a result; with cells to explain, their arithmetic instead: of what ``--emit`` asks for.

    ``tell`` takes a line for standard error; ``line`` is what made the result, and stands above a worksheet,
    which it is the task of. Raises ``WrongUsage`` where the cells of that have none that
    could be told, and where none of the sections that are asked for is there.
    """
    from dlcli.views.telling import Wishes, of_output, told, with_numbers

    view, emit, precision = view_of(command, result.view), asked.emit, asked.digits
    wishes = Wishes(asked.only, asked.without, asked.details, line if asked.blank else "")
    read = getattr(result.work, "input", None) if asked.blank else None

    def arithmetic(cell: tuple[int, ...]) -> list[Story]:
        made = explain(result.work, cell, precision=precision)
        stories = made if isinstance(made, list) else [made]
        return [with_numbers(one, read, precision) for one in stories]

    if asked.explain:
        explain, tensor = explanation(view, result, emit)
    if ALL[0] in asked.explain and asked.explain != ALL:
        raise WrongUsage("--explain all is of every cell: leave out the others, or all")
    if asked.explain and asked.explain != ALL:
        cells = [place(cell, tensor, tell) for cell in asked.explain]
        return told([one for cell in cells for one in arithmetic(cell)], wishes, tell)
    story = view.story(result.work, precision=precision)
    others = len(result.outputs) > 1 and emit not in getattr(view, "TELLS", ())
    if emit is not None and emit in result.outputs and others:
        story = of_output(story, emit, result.outputs[emit](), precision)
    stories = told([with_numbers(story, read, precision)], wishes, tell)
    if not asked.explain:
        return stories
    from dlcli.views.page.explained import Explained

    alike = replace(wishes, only=(), without=())
    by = getattr(view, "STRONGEST", {}).get(tensor.name)
    sizes = None if by is None else result.outputs[by]().data
    return [Explained(stories[0], tensor, lambda cell: told(arithmetic(cell), alike, tell), precision, sizes)]


def explanation(view: View, result: Result, emit: str | None) -> tuple[Explain, Tensor]:
    """What explains a cell of the result that is asked for, and the tensor that it is a cell of."""
    explainers: Mapping[str, Explain] = getattr(view, "EXPLAIN", {})
    if emit is not None and emit in explainers:
        return explainers[emit], chosen(result, emit)
    if emit is not None and explainers and OTHERS not in explainers:
        *names, last = explainers
        known = f"{', '.join(names)} or {last}" if names else last
        raise WrongUsage(f"--explain knows the arithmetic of {known}, not of {emit}: leave out --emit {emit}")
    if not hasattr(view, "explain"):
        raise WrongUsage("--explain: what this line gives has no cells to be explained; leave it out")
    return view.explain, (result.explained or next(iter(result.outputs.values())))()


def render(
    story: Sequence[RenderableType],
    format_: str,
    environment: Environment,
    width: int,
    pixels: str = "blocks",
    *,
    title: str = "dlcli",
    theme: str = "auto",
) -> str:
    """The story as text in one of the story formats; ``pixels`` says how pictures are drawn in ``rich``.

    ``title`` and ``theme`` are those of a page.
    """
    if format_ == "markdown":
        from dlcli.views.text.markdown import to_markdown

        return "\n".join(to_markdown(part, width=width) for part in story)
    if format_ in ("html", "svg"):
        page = import_module(f"dlcli.views.page.{format_}").page
        return cast(str, page(story, title=title, theme=theme))
    page = io.StringIO()
    colours = _colours(environment.variables or {}) if format_ == "rich" else None
    console = _console(page, environment, width, colours=colours, pixels=pixels)
    for number, part in enumerate(story):
        if number:
            console.print()
        console.print(part, crop=False)
    if format_ == "plain":
        return "\n".join(line.rstrip(" ") for line in page.getvalue().split("\n"))
    return page.getvalue()


def colourful(environment: Environment, *, terminal: bool) -> bool:
    """Whether a story for this stream is coloured: on a terminal that is not dumb, or by FORCE_COLOR.

    NO_COLOR forbids it.
    """
    variables = environment.variables or {}
    if variables.get("NO_COLOR"):
        return False
    return (terminal and not environment.dumb) or bool(variables.get("FORCE_COLOR"))


def found(pixels: str, environment: Environment) -> Drawing:
    """How pictures are drawn: as was asked for, or as the terminal says it can."""
    from dlcli.views.screen.screen import CELL, Drawing

    if pixels in ("blocks", "ascii"):
        return Drawing(cast("Means", pixels))
    from dlcli.runner.terminal import Answers, ask

    told = Answers()
    if environment.terminal is not None:
        told = ask(environment.terminal, environment.variables or {})
    means = (told.protocol or "blocks") if pixels == "auto" else pixels
    return Drawing(cast("Means", means), told.cell or CELL)


def _console(
    page: TextIO,
    environment: Environment,
    width: int,
    *,
    colours: Colours | None,
    pixels: str = "blocks",
) -> Screen:
    from dlcli.views.screen.screen import Screen

    variables = dict(environment.variables or {})
    variables.pop("COLUMNS", None)
    return Screen(
        find=lambda: found(pixels, environment),
        file=page,
        width=width,
        force_terminal=colours is not None,
        force_jupyter=False,  # a notebook is shown what comes back, not what is drawn on the way
        color_system=colours,
        no_color=colours is None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
        _environ=variables,
    )


def _colours(variables: Mapping[str, str]) -> Colours:
    """How many colours the terminal shows, as its environment says."""
    if variables.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "truecolor"
    term = variables.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        return "standard"
    return "256" if "256" in term or "kitty" in term else "standard"
