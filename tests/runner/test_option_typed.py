"""The options of a command line as they were typed."""

from __future__ import annotations

from dataclasses import dataclass

import click
import pytest

from dlcli.runner.command import command
from dlcli.runner.manual import Manual
from dlcli.runner.option import option, typed_options
from dlcli.runner.result import Run, Worker

SEEN: list[tuple[tuple[str, ...], ...]] = []


@dataclass(frozen=True)
class Options:
    size: int = option("--size", click.IntRange(1), 2, help="Size.")
    kernel: tuple[str, ...] = option("-k --kernel", str, many=True, help="Kernels.")
    bias: float | None = option("--bias", float, help="Bias.")
    flip: bool = option("--flip", help="Flip.")
    center: bool | None = option("--center/--no-center", help="Center.")


@command("lab", Manual({"x": ""}, ("dlcli lab 1",)), Options)
def lab(run: Run, options: Options) -> Worker:
    """Never called: only its options are looked at."""
    raise NotImplementedError


def typed(*words: str, names: tuple[str, ...] | None = None) -> list[str]:
    with lab.make_context("lab", list(words)) as context:
        found = typed_options(context, names or [str(option.name) for option in lab.params])
    return [" ".join(words) for words in found]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((), []),
        (("1 2", "--size", "03"), ["--size 03"]),
        (("--size=3", "1 2"), ["--size 3"]),
        (("-k", "box", "--size", "4", "--kernel", "diag"), ["--kernel box", "--size 4", "--kernel diag"]),
        (("-kbox",), ["--kernel box"]),
        (("--size", "3", "--flip", "--size", "4"), ["--flip", "--size 4"]),
        (("--bias", "-2", "-1 2"), ["--bias -2"]),
        (("--no-center",), ["--no-center"]),
        (("--no-center", "--center"), ["--center"]),
        (("--bias", "1", "--seed", "7", "-f", "csv"), ["--bias 1", "--seed 7", "--format csv"]),
        (("--size", "3", "--", "--flip"), ["--size 3"]),
    ],
)
def test_options_come_back_as_they_were_typed(words: tuple[str, ...], wanted: list[str]) -> None:
    assert typed(*words) == wanted


def test_only_those_that_are_named_come_back() -> None:
    assert typed("--size", "3", "--bias", "1", "-o", "x.npy", names=("bias",)) == ["--bias 1"]


def test_what_a_variable_sets_was_not_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLCLI_LAB_SIZE", "5")
    assert typed("--bias", "1") == ["--bias 1"]
