"""Where queries stand beside keys when there are not as many: from the first key on, or up to the last."""

from __future__ import annotations

from dlcli.commands.attn.options import Options
from dlcli.errors import WrongUsage
from dlcli.runner.option import was_typed
from dlcli.runner.result import Run

#: The words of --position that turn queries and keys.
ROTARY = ("rotary", "rotary-interleaved")


def offset_of(options: Options, queries: int, keys: int, run: Run, *, added: bool) -> int:
    """At which key the first query stands; where that hides or turns and is not told, a line says so.

    ``added`` says whether places are added to the vectors of the queries. Raises ``WrongUsage`` for an
    ``--align`` that was typed and changes no number, whatever the counts.
    """
    matters = [
        flag
        for flag, used in (
            ("--causal", options.causal),
            ("--window", options.window is not None),
            (f"--position {options.position}", options.position in (*ROTARY, "alibi")),
        )
        if used
    ]
    if was_typed("align") and not (matters or added):
        raise WrongUsage(
            f"--align {options.align} says where queries stand, and nothing here depends on that: add "
            "--causal, --window or --position, or leave --align out"
        )
    if queries == keys or not (matters or added):
        return 0
    if matters and not was_typed("align") and options.align == "top-left":
        run.warn(
            f"{queries} queries and {keys} keys: for {' and '.join(matters)} the first query stands at the "
            "first key, --align top-left; for the last at the last: --align bottom-right"
        )
    return keys - queries if options.align == "bottom-right" else 0
