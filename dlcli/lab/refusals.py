"""What is said on the page of what was refused, and at which control."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import click

from dlcli.cli import COMMANDS
from dlcli.errors import DlcliError
from dlcli.lab.forms import command_of, left_out, typed

#: Advice that only a shell can follow, and what the page says instead.
ADVICE = (
    (r"raise (--max-(?:pixels|bytes)), or ", ""),
    (r"raise (--max-(?:pixels|bytes)) to read it( all)?", r"in a shell \1 reads it\2"),
    (r"(--max-bytes (?:\d+ \w+|allows))", r"in a shell \1"),
    (r", or give -f\b", ""),
)

#: Where a message says what is wrong no longer, but what to try: it may name other options.
TRY = re.compile(r"; (?:try|name|give|add|write) |, such as |: name a |^Try ", re.MULTILINE)


def refusal(error: DlcliError, words: Sequence[str]) -> dict[str, Any]:
    """What went wrong in a command, and the flag that it is about; or whether it is about an input."""
    text = said(error)
    if text.startswith("no such option"):  # those that it names may have been meant
        return {"text": text, "flag": None, "input": False}
    wrong = TRY.split(text)[0]
    flag = _named(wrong, words) or _of_value(text, words) or _about(wrong, words)
    if flag is None and (advised := _named(text, words)) in dict(_typed(words)):
        flag = advised
    about = flag is None and any(len(word) > 1 and word in text for word in words[1:])
    return {"text": text, "flag": flag, "input": about}


def said(error: DlcliError) -> str:
    """The words of an error, without advice that the page does not take; its form is the help."""
    lines = "\n".join([str(error), *getattr(error, "__notes__", ())]).split("\n")
    text = "\n".join(line for line in lines if not line.endswith(" --help'."))
    for pattern, instead in ADVICE:
        text = re.sub(pattern, instead, text)
    return text


def _named(text: str, words: Sequence[str]) -> str | None:
    """The first flag of the command that a message names, or the one that asks for something, as it says."""
    known = {flag: max(one.opts, key=len) for one in _options(words) for flag in one.opts}
    asking = re.findall(r"(--[\w-]+) asks for ", text)
    named = (word.strip("'\":,.;()") for word in text.split() if word.strip("'\"(").startswith("-"))
    return next((known[word] for word in (*asking, *named) if word in known), None)


def _of_value(text: str, words: Sequence[str]) -> str | None:
    """The option of a line whose value a message speaks of, where it is that of one and no number."""
    found = {
        flag
        for flag, value in _typed(words)
        if re.search(r"[^\W\d]", value) and re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text)
    }
    return found.pop() if len(found) == 1 else None


def _about(text: str, words: Sequence[str]) -> str | None:
    """The option of a line that a message speaks of by name, ``kernels`` for --kernel, where it is one."""
    found = {
        flag
        for flag, _ in _typed(words)
        if re.search(rf"\b{flag.removeprefix('--').replace('-', '[ -]')}s?\b", text, re.IGNORECASE)
    }
    return found.pop() if len(found) == 1 else None


def _typed(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The options of a line, each with each of its values; a switch has an empty one."""
    if words and words[0] in COMMANDS:
        with suppress(click.UsageError):
            for option, values in typed(command_of(words[0]), words[1:]):
                yield from ((max(option.opts, key=len), value) for value in values or [""])


def _options(words: Sequence[str]) -> list[click.Option]:
    """The options of the command that a stage begins with, as far as the page has controls for them."""
    params = command_of(words[0]).params if words and words[0] in COMMANDS else []
    return [one for one in params if isinstance(one, click.Option) and not left_out(one)]
