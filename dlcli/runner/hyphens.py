"""Options whose hyphens are not what they should be: one too few, or a dash of print."""

from __future__ import annotations

from collections.abc import Iterable

import click

from dlcli.words.near import plain

#: What editors and web pages make of hyphens: the dashes from U+2010 to U+2015.
DASHES = "".join(map(chr, range(0x2010, 0x2016)))


def check_hyphens(ctx: click.Context, word: str, params: Iterable[click.Parameter]) -> None:
    """Raise ``click.UsageError`` for a word that is an option but for its hyphens, naming the option.

    ``-kernel`` would be ``-k`` with the value ``ernel``, and ``\N{EM DASH}kernel`` an input.
    """
    name = word.partition("=")[0]
    name = plain(name) if len(name.lstrip(DASHES + "-")) > 1 else name
    bare = name.lstrip(DASHES + "-")
    names = {one for param in params if isinstance(param, click.Option) for one in param.opts}
    meant = f"-{bare}" if len(bare) == 1 else f"--{bare}"
    if meant not in names:
        return
    if any(sign in DASHES for sign in name[: len(name) - len(bare)]):
        raise click.UsageError(
            f"{word!r} begins with a dash of print, as text copied from a page may: write {meant}", ctx
        )
    if len(bare) > 1 and name == f"-{bare}":
        raise click.NoSuchOption(word, possibilities=[meant], ctx=ctx)
