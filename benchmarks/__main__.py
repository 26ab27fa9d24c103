"""``python -m benchmarks [NAME]...``: run the contests, print a table, write JSON to benchmarks/results/."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import click

from benchmarks.contest import Contest
from benchmarks.referee import compare, ratios
from benchmarks.report import Row, conditions, save, show

BENCHMARKS = (
    "correlation",
    "conv_layer",
    "pooling",
    "decoder",
    "normalise",
    "compare",
    "recurrent",
    "seq2seq",
    "spectral",
    "filters",
    "temporal",
    "attention",
    "serial",
    "transformer",
    "training",
    "sequences",
    "mdp",
    "command",
    "pipe",
    "start_up",
    "teaching",
)
RESULTS = Path(__file__).parent / "results"


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(BENCHMARKS))
@click.option("--quick", is_flag=True, help="Small sizes and three rounds: does everything still run?")
@click.option("--only", metavar="TEXT", help="Only the contests whose name contains TEXT.")
@click.option("--rounds", type=click.IntRange(1), help="Rounds of each contest. [default: its own]")
def main(names: tuple[str, ...], quick: bool, only: str | None, rounds: int | None) -> None:
    """Measure dlcli beside its peers: paired, interleaved, each contender in a process of its own.

    A ratio is our time over the peer's, the median of all rounds, with its quartiles; below 1 we are faster.
    """
    print(", ".join(f"{key} {value}" for key, value in conditions().items()))
    missed = 0
    for name in names or BENCHMARKS:
        module = f"benchmarks.{name}"
        rows: list[Row] = []
        missing: set[str] = set()
        contests: list[Contest] = import_module(module).contests(quick=quick)
        for contest in contests:
            if only and only not in contest.name:
                continue
            if quick:  # a small size says nothing about a goal
                contest = replace(contest, goals={}, memory_goal=None, more={})
            measured, absent = compare(module, contest, rounds or (3 if quick else contest.rounds))
            rows.append((contest, measured, ratios(contest, measured)))
            missing |= set(absent)
        show(name, rows, missing)
        save(RESULTS / f"{name}.json", rows)
        missed += sum(ratio.held is False for _, _, found in rows for ratio in found)
    if missed:
        print(f"{missed} goals missed")
        sys.exit(1)


if __name__ == "__main__":
    main()
