"""The next command line worth trying after a pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlcli.views.conv_facts import strongest
from dlcli.views.origin import source_word

if TYPE_CHECKING:
    from dlcli.views.pool_work import Work


def again(work: Work) -> list[str]:
    """The words of the same line, asking which cell won the window of the largest number.

    Built from what the run was, not from the line that came with the data. What cannot be typed again gives
    way to a sample.
    """
    cell = strongest(work.output)
    source = source_word(work.input)
    if source is None or cell is None:
        return ["dlcli", "pool", source or "sample:cat", "--size", "4"]
    return ["dlcli", "pool", source, *_options(work), "--explain", ",".join(map(str, cell))]


def _options(work: Work) -> list[str]:
    settings, where = work.settings, work.windows.where
    words = ["--kind", settings.kind] if settings.kind != "max" else []
    if settings.kind == "lp" and settings.p != 2:
        words += ["--p", repr(settings.p)]
    if settings.size is None:
        return [*words, "--global"]
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
