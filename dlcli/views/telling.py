"""What is told of a story: some of its sections, one result alone, a sheet to be filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.console import Group

from dlcli.tensor import Tensor
from dlcli.views.blank import blank
from dlcli.views.look import NUMBERS, facts, look, thumbnail
from dlcli.views.page.cells import Cells
from dlcli.views.story import Section, Story, named
from dlcli.views.tables.matrix import Matrix
from dlcli.views.text.gaps import Frame, emptied
from dlcli.words.headings import as_heading, key

#: How the headings of sections begin that say what others call what.
NOTES = "Course notes"

#: Numbers of a vector that are written out where it is told of alone.
VECTOR = 64


@dataclass(frozen=True)
class Wishes:
    """What was asked for: ``only`` some sections or all ``without`` some, ``details``.

    A sheet that is ``blank`` has the line above it whose numbers are to be found.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    details: bool = False
    blank: str = ""


def told(stories: Sequence[Story], wishes: Wishes, say: Callable[[str], None]) -> list[Story]:
    """The stories of one run as they were asked for; ``say`` takes a line on a section that none of them has.

    Where nothing would be left, all of it is told: the work is done, and may have taken long.

    >>> story = Story(Section("input", "Input"), Section("result", "Pooled"), Section("next", "Try next"))
    >>> [found] = told([story], Wishes(only=("pooled", "windows")), print)
    --only windows: this story has no such section; it has Input; Pooled; Try next
    >>> [section.name for section in found.sections]
    ['Pooled']
    """
    if wishes.only:
        stories = [*_kept(stories, wishes.only, "--only", say)]
    else:
        if wishes.without:
            stories = [*_kept(stories, wishes.without, "--without", say)]
        if not wishes.details:
            stories = [
                story.having(one for one in story.sections if not one.detail or (one.sheet and wishes.blank))
                for story in stories
            ]
    if not wishes.blank:
        return [*stories]
    return [blank(story, "" if place else wishes.blank) for place, story in enumerate(stories)]


def _kept(
    stories: Sequence[Story], words: tuple[str, ...], flag: str, say: Callable[[str], None]
) -> Iterator[Story]:
    """Each story with the sections that are named alone, or without them."""
    every = [section for story in stories for section in story.sections]
    there = "; ".join(dict.fromkeys(section.name for section in every))
    many = "this story has" if len(stories) == 1 else "these stories have"
    has = "it has" if len(stories) == 1 else "they have"
    missing = [word for word, found in zip(words, named(words, every), strict=True) if not found]
    if missing:
        line = f"{flag} {','.join(missing)}: {many} no such section; {has} {there}"
        if flag == "--only" and len(missing) == len(words):
            say(f"{line}; all is told")
            yield from stories
            return
        say(line)
    for story in stories:
        found = [section for each in named(words, story.sections) for section in each]
        less = story.having(one for one in story.sections if (one in found) == (flag == "--only"))
        if not less.sections and len(stories) == 1:
            say(f"{flag} {','.join(words)} leaves nothing of this story, which has {there}; all is told")
            less = story
        yield less


def with_numbers(story: Story, read: object, precision: int) -> Story:
    """The story with the numbers of what was read, where they are few and not written: a sheet needs them."""
    first, *others = story.sections
    if not isinstance(read, Tensor) or not 0 < read.data.size <= NUMBERS or first.part != "input":
        return story
    if first.body is None:
        return story.having([replace(first, body=thumbnail(read, precision)), *others])
    if read.data.size > max(read.shape) or not isinstance(emptied(first.body), Frame):
        return story
    numbers = Matrix(read.data.reshape(1, -1), precision=precision)
    return story.having([replace(first, body=Group(first.body, numbers)), *others])


def of_output(story: Story, name: str, tensor: Tensor, precision: int) -> Story:
    """The story with one result alone: as it tells of this one itself, or else by its numbers.

    What is to be noticed of the others is left out with them, and so are notes on letters and what is ``of``
    others alone; one that is told in a line has its numbers below.

    >>> story = Story(Section("input", "Input"), Section("result", "Pooled"), Section("notice", "Notice"))
    >>> found = of_output(story, "argmax", Tensor([1, 0]), 4)
    >>> [section.name for section in found.sections]
    ['Input', 'Argmax']
    """

    def tells(section: Section) -> bool:
        return section.part == "result" and (name in section.of or key(section.name) == key(name))

    def stays(section: Section) -> bool:
        alien = section.part in ("result", "notice") or section.name.startswith(NOTES)
        return tells(section) or not (alien or (section.of and name not in section.of))

    rest = [one for one in story.sections if stays(one)]
    if not any(tells(one) and one.body is not None for one in rest):
        its = [one for one in rest if tells(one) and key(one.name) == key(name)]
        numbers = _few(tensor, precision) or look(tensor, precision=precision)
        rest = [replace(one, body=numbers) if one in its else one for one in rest]
    if not any(map(tells, rest)):
        shown = look(tensor, precision=precision)
        rest.append(Section("result", as_heading(name), facts(tensor, precision), shown))
    return story.having(rest)


def _few(tensor: Tensor, precision: int) -> Matrix | None:
    """All numbers of a vector that is told of alone, where they are not too many to be read."""
    if tensor.data.ndim != 1 or not 0 < tensor.data.size <= VECTOR:
        return None
    (axis,) = tensor.axes
    cells = Cells(tensor.name, "c")
    return Matrix(tensor.data.reshape(1, -1), columns=axis, precision=precision, cells=cells)
