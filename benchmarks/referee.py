"""Lets the contenders of a contest take turns and compares them round by round."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from benchmarks.contest import Contest, Measured

#: One thread for everybody.
SINGLE = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Differs(Exception):
    """Two contenders did not compute the same thing, so that their times mean nothing."""


@dataclass(frozen=True)
class Ratio:
    """Our time over a peer's: the median of all rounds, and the quartiles around it."""

    peer: str
    median: float
    low: float
    high: float
    goal: float | None

    @property
    def held(self) -> bool | None:
        """Whether the goal is held; none when there is none."""
        return None if self.goal is None else self.median <= self.goal


def compare(module: str, contest: Contest, rounds: int) -> tuple[list[Measured], list[str]]:
    """Run a contest; returns what was measured, ours first, and the names of peers that are not installed."""
    workers: dict[str, subprocess.Popen[str]] = {}
    told: dict[str, Mapping[str, Any]] = {}
    missing = []
    try:
        for name in contest.contenders:
            worker = start(module, name, contest.options)
            first = json.loads(answer(worker, name))
            if "missing" in first:
                missing.append(name)
                worker.wait()
                continue
            workers[name], told[name] = worker, first
        prints = {name: first["print"] for name, first in told.items()}
        ours = prints[contest.contenders[0]]
        if contest.same and any(abs(value - ours) > 1e-3 * abs(ours) for value in prints.values()):
            raise Differs(f"{contest.name}: the results differ: {prints}")
        seconds: dict[str, list[float]] = {name: [] for name in workers}
        for _ in range(rounds):
            for name, worker in workers.items():
                assert worker.stdin is not None
                worker.stdin.write("go\n")
                worker.stdin.flush()
                seconds[name].append(float(answer(worker, name)))
    finally:
        for worker in workers.values():
            worker.communicate()
    measured = [Measured(n, tuple(seconds[n]), told[n]["memory"]) for n in workers]
    return measured, missing


def start(module: str, name: str, options: Mapping[str, Any]) -> subprocess.Popen[str]:
    """The process of one contender."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.worker", module, name, json.dumps(dict(options))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **SINGLE},
    )


def answer(worker: subprocess.Popen[str], name: str) -> str:
    """The next line that a contender says."""
    assert worker.stdout is not None
    line = worker.stdout.readline()
    if not line:
        raise RuntimeError(f"the contender {name} ended with code {worker.wait()}")
    return line


def ratios(contest: Contest, measured: list[Measured]) -> list[Ratio]:
    """Our time over each peer's, round by round."""
    ours, *peers = measured
    found = []
    for peer in peers:
        rounds = [a / b for a, b in zip(ours.seconds, peer.seconds, strict=True)]
        low, _, high = quantiles(rounds, n=4) if len(rounds) > 1 else (rounds[0],) * 3
        found.append(Ratio(peer.name, median(rounds), low, high, contest.goals.get(peer.name)))
    return found
