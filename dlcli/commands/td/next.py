"""The next command line worth trying after learning: the one that was typed, and what is suggested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlcli.commands.td.protocol import ControlWork, Work
from dlcli.views.text.command_line import without

if TYPE_CHECKING:
    from dlcli.worlds.world import World

MOST = 10_000_000  # steps that a suggested line may take: some seconds
SMALLER = 0.3  # of the step size, which is compared with it

#: What an action's rule is compared with; the others with the one that counts its own trying in.
OTHERS = {"sarsa": "q-learning"}


def again(work: Work) -> list[str]:
    """The last update in full, where a line for each was asked for; more runs, another method, the updates.

    The words of a world that came by standard input cannot be typed again: another one takes its place.
    """
    source = _source(work.world)
    if source is None:
        return ["dlcli", "td", "random-walk", "--trace", "10"]
    typed, method = work.settings.typed, work.methods[0]
    words = ["dlcli", "td", source]
    steps = int(work.learnt.steps.sum())
    if work.settings.trace is not None:
        last = min(work.settings.trace, work.count) - 1
        return [*words, *without(typed, "--trace"), "--explain", str(last)]
    if method.batch or len(work.methods) > 1:
        return [*words, *without(typed, "--batch"), "--trace", "10"]
    if work.runs == 1:
        runs = next((runs for runs in (100, 20, 5) if runs * steps <= MOST), None)
        if runs is None:
            return [*words, *without(typed), "--trace", "10"]
        smaller = "0.1" if method.alpha is None else f"{SMALLER * method.alpha:.2g}"
        own = "1/n" if method.alpha is None else f"{method.alpha:g}"
        sizes = ["--alpha", smaller] if _has(typed, "--alpha") else ["--alpha", own, "--alpha", smaller]
        return [*words, *without(typed, "--runs"), "--runs", str(runs), *sizes]
    other = "td0" if method.name == "mc" else "mc"
    methods = ["--method", other] if _has(typed, "--method") else ["--method", method.name, "--method", other]
    return [*words, *without(typed, "--against"), *methods, "--against", "transitions"]


def again_control(work: ControlWork) -> list[str]:
    """The last update in full, where a line for each was asked for; another rule beside this, the updates."""
    source, rule = _source(work.world), work.rules[0]
    if source is None:
        return ["dlcli", "td", "cliff", "--control", rule.name, "--trace", "10"]
    typed = work.settings.typed
    words = ["dlcli", "td", source]
    if work.settings.trace is not None:
        last = min(work.settings.trace, work.count) - 1
        return [*words, *without(typed, "--trace"), "--explain", str(last)]
    if len(work.rules) > 1:
        return [*words, *without(typed), "--trace", "10"]
    steps = int(work.learnt[0].steps.sum())
    runs = ["--runs", "20"] if not _has(typed, "--runs") and 20 * steps <= MOST else []
    return [*words, *without(typed), "--control", OTHERS.get(rule.name, "sarsa"), *runs]


def _source(world: World) -> str | None:
    """The word that names a world on a command line; None when it came by standard input."""
    source = str(world.attrs.get("source", "-"))
    return None if source == "-" else f"./{source}" if source.startswith("-") else source


def _has(typed: tuple[tuple[str, ...], ...], option: str) -> bool:
    return any(words[0] == option for words in typed)
