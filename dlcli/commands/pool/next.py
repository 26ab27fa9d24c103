"""The next command line worth trying after a pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlcli.views.extremes import strongest
from dlcli.views.origin import source_word

if TYPE_CHECKING:
    from dlcli.commands.pool.protocol import Settings, Work


def again(work: Work) -> list[str]:
    """The words of the same line, asking how its largest number came about, or the first if none is finite.

    Built from what the run was, not from the line that came with the data. What cannot be typed again gives
    way to a sample, on which the windows may not fit: they are left out.
    """
    source = source_word(work.input)
    if source is None:
        return ["dlcli", "pool", "sample:cat", *_kind(work.settings), "--size", "4"]
    cell = strongest(work.output) or (0,) * work.output.data.ndim
    return ["dlcli", "pool", source, *_options(work), "--explain", ",".join(map(str, cell))]


def _kind(settings: Settings) -> list[str]:
    words = ["--kind", settings.kind] if settings.kind != "max" else []
    if settings.kind == "lp" and settings.p != 2:
        words += ["--p", f"{settings.p!r}".removesuffix(".0")]
    return words


def _options(work: Work) -> list[str]:
    settings, where = work.settings, work.windows.where
    words = _kind(settings)
    if settings.size is None:
        return [*words, "--global", *(["--count-padding"] if settings.count_padding else [])]
    for option, pair, usual in (
        ("--size", where.kernel, (2, 2)),
        ("--stride", where.stride, where.kernel),
        ("--dilation", where.dilation, (1, 1)),
    ):
        if pair != usual:
            words += [option, str(pair[0]) if pair[0] == pair[1] else f"{pair[0]},{pair[1]}"]
    if settings.padding != "valid":
        words += ["--padding", str(settings.padding)]
    if settings.ceil:
        words.append("--ceil")
    return [*words, "--count-padding"] if settings.count_padding else words
