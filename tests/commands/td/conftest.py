"""Figures of the textbook with fewer runs than the command takes, for tests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlcli.worlds.textbook import FIGURES, planned_steps
from dlcli.worlds.textbook_blackjack import best_strategy
from dlcli.worlds.textbook_traces import td_lambda_errors

FEWER = {
    "fig5.2": lambda rng: best_strategy(rng, 60_000),
    "fig8.2": lambda rng: planned_steps(rng, 8),
    "fig12.6": lambda rng: td_lambda_errors(rng, 30),
}


@pytest.fixture
def fewer_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the slowest figures be computed with fewer runs: their tolerances follow from how many there are."""
    cheap = {name: replace(FIGURES[name], compute=compute) for name, compute in FEWER.items()}
    monkeypatch.setattr("dlcli.commands.td.reproduce.FIGURES", {**FIGURES, **cheap})
    monkeypatch.setattr("dlcli.worlds.textbook.BIASED", 1000)
