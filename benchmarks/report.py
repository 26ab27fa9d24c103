"""What was measured, as a table for a person and as JSON for a script."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.contest import Contest, Measured
from benchmarks.referee import Ratio

Row = tuple[Contest, list[Measured], list[Ratio]]


def table(title: str, rows: Sequence[Row]) -> Table:
    """One line for each peer: both times, the ratio with its quartiles, the goal; then the memory."""
    page = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for heading in ("work", "dlcli ms", "peer", "ms", "ratio", "quartiles", "goal", ""):
        page.add_column(heading, justify="left" if heading in ("work", "peer", "") else "right", no_wrap=True)
    for contest, measured, found in rows:
        ours = measured[0]
        times = {one.name: median(one.seconds) * 1e3 for one in measured}
        for i, ratio in enumerate(found):
            page.add_row(
                contest.name if i == 0 else "",
                f"{times[ours.name]:.2f}" if i == 0 else "",
                ratio.peer,
                f"{times[ratio.peer]:.2f}",
                f"{ratio.median:.2f}",
                f"{ratio.low:.2f}-{ratio.high:.2f}",
                "" if ratio.goal is None else f"{ratio.goal:.2f}",
                verdict(ratio.held),
            )
        if not found:
            page.add_row(contest.name, f"{times[ours.name]:.2f}", "no peer is installed")
        if contest.memory_goal is not None and ours.memory is not None:
            page.add_row(
                "", "", "memory beyond both", "", f"{ours.memory / 1e6:.1f} MB", "",
                f"{contest.memory_goal / 1e6:.0f} MB", verdict(ours.memory <= contest.memory_goal),
            )  # fmt: skip
            for one in measured[1:]:
                if one.memory is not None:
                    page.add_row("", "", f"  {one.name}", "", f"{one.memory / 1e6:.1f} MB")
        for name, times_as_long in contest.more.items():
            for i, one in enumerate(measured):
                seconds = f"{times[one.name] * times_as_long / 1e3:.1f} s"
                page.add_row(*(("", seconds, name) if i == 0 else ("", "", f"  {one.name}", seconds)))
    return page


def verdict(held: bool | None) -> str:
    """Whether a goal is held, in a word."""
    return {True: "held", False: "MISSED", None: ""}[held]


def conditions() -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    return {
        "processor": processor(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "OPENBLAS_CORETYPE": os.environ.get("OPENBLAS_CORETYPE", "unset"),
        "threads": 1,
    }


def processor() -> str:
    """The processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "unknown")


def save(path: Path, rows: Sequence[Row]) -> None:
    """Write everything that was measured as JSON."""
    told = {
        "conditions": conditions(),
        "contests": [
            {
                "name": contest.name,
                "measured": [vars(one) for one in measured],
                "ratios": [{**vars(ratio), "held": ratio.held} for ratio in found],
                "memory_goal": contest.memory_goal,
            }
            for contest, measured, found in rows
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=1) + "\n")


def show(title: str, rows: Sequence[Row], missing: set[str]) -> None:
    """Print the table and what it leaves out."""
    console = Console(width=110)
    console.print(table(title, rows))
    if missing:
        console.print(f"not installed here: {', '.join(sorted(missing))}")
