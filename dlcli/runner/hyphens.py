"""Options whose hyphens are not what they should be: one too few, or a dash of print."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from dlcli.words.near import plain
from dlcli.words.numeral import MINUS

#: What editors and web pages make of hyphens: the dashes from U+2010 to U+2015, and the minus sign.
DASHES = "".join(map(chr, range(0x2010, 0x2016))) + MINUS


#: What only an option is behind two dashes, misspelt or not.
_OPTION = re.compile(r"[a-z][a-z-]+")


def check_hyphens(ctx: click.Context, word: str, params: Iterable[click.Parameter]) -> None:
    """Raise ``click.UsageError`` for a word that is an option but for its hyphens, naming the option.

    ``-kernel`` would be ``-k`` with the value ``ernel``, and ``\N{EM DASH}kernel`` an input.
    """
    name = word.partition("=")[0]
    name = plain(name) if len(name.lstrip(DASHES + "-")) > 1 else name
    bare = name.lstrip(DASHES + "-")
    names = {one for param in params if isinstance(param, click.Option) for one in param.opts}
    meant = f"-{bare}" if len(bare) == 1 else f"--{bare}"
    begin = name[: len(name) - len(bare)]
    if meant not in names and not (len(begin) > 1 and _OPTION.fullmatch(bare)):
        return
    if any(sign in DASHES for sign in begin):
        raise click.UsageError(
            f"{word!r} begins with a dash of print, as text copied from a page may: write {meant}", ctx
        )
    if len(bare) > 1 and name == f"-{bare}":
        raise click.NoSuchOption(word, possibilities=[meant], ctx=ctx)
