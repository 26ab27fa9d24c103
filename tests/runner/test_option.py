"""An option is said once: what click is told, what is refused, and where it stands in help."""

from __future__ import annotations

import re
from dataclasses import dataclass

import click
import pytest

from dlcli.errors import WrongUsage
from dlcli.runner.command import command
from dlcli.runner.kinds import Pair
from dlcli.runner.manual import Manual, grouped
from dlcli.runner.option import heeded, option
from dlcli.runner.result import Run, Worker


@dataclass(frozen=True)
class Sliding:
    stride: tuple[int, int] = option("--stride", Pair(), "1", under="Sliding", help="Step.")


@dataclass(frozen=True)
class Options(Sliding):
    kind: str = option("--kind", click.Choice(("max", "lp")), "max", under="Pooling", help="Kind.")
    p: float | None = option("--p", float, under="Pooling", needs="--kind lp", help="Power.")
    method: tuple[str, ...] = option("-m --method", str, many=True, under="Pooling", help="Methods.")
    whole: bool = option("--global", under="Pooling", excludes=("--stride", "--kind lp"), help="All.")
    n: int | None = option(
        "--n", int, under="Pooling", needs=("--method n-step", "--global", "--emit y"), help="Steps."
    )
    center: bool | None = option(
        "--center/--no-center", under="Pooling", excludes="--explain", help="Centre."
    )


@command("lab", Manual({"x": "", "y": ""}, ("dlcli lab 1",)), Options)
def lab(run: Run, options: Options) -> Worker:
    """Never called: only its options are looked at."""
    raise NotImplementedError


def given(*words: str, everything: bool = False) -> Options:
    """The options of a line, after the refusals."""
    with lab.make_context("lab", list(words)) as context:
        names = Options.__dataclass_fields__
        made = Options(**{name: context.params[name] for name in names})
        return heeded(made, context, everything=everything)


def test_defaults_are_those_of_the_command_line() -> None:
    assert given() == Options()
    assert Options().stride == (1, 1)
    assert (Options().method, Options().p, Options().whole, Options().center) == ((), None, False, None)


def test_values_are_those_that_were_typed() -> None:
    made = given("--stride", "2,1", "-m", "a", "--method", "b", "--no-center", "--kind", "lp", "--p", "3")
    assert made == Options(stride=(2, 1), method=("a", "b"), center=False, kind="lp", p=3.0)


def test_headings_stand_in_the_order_of_the_fields_and_the_shared_ones_last() -> None:
    found = {title: [option.name for option in group] for title, group in grouped(lab.params)}
    assert list(found) == ["Sliding", "Pooling", "Result", "Input", "Story"]
    assert found["Pooling"] == ["kind", "p", "method", "whole", "n", "center"]


def test_a_variable_has_the_name_of_the_flag() -> None:
    (whole,) = (param for param in lab.params if param.name == "whole")
    assert whole.envvar == "DLCLI_LAB_GLOBAL"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--p", "3"), "--p goes with --kind lp: add it, or leave --p out"),
        (("--n", "3"), "--n goes with --method n-step or --global or --emit y: add it, or leave --n out"),
        (
            ("--n", "3", "-m", "td0"),
            "--n goes with --method n-step or --global or --emit y: add it, or leave --n out",
        ),
        (("--global", "--stride", "2"), "--global does not go with --stride: leave one of them out"),
        (("--global", "--kind", "lp"), "--global does not go with --kind lp: leave one of them out"),
    ],
)
def test_what_lacks_what_it_needs_is_refused(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(WrongUsage, match=f"^{re.escape(message)}$"):
        given(*words)


@pytest.mark.parametrize(
    "words",
    [
        ("--p", "3", "--kind", "lp"),
        ("--n", "3", "-m", "td0", "-m", "n-step"),
        ("--n", "3", "--global"),
        ("--n", "3", "--emit", "y"),
        ("--global", "--stride", "1"),  # the default: nothing is lost
    ],
)
def test_what_has_what_it_needs_is_taken(words: tuple[str, ...]) -> None:
    assert given(*words) != Options()


def test_an_option_of_all_commands_stands_against_another_only_when_it_is_given() -> None:
    assert given("--no-center").center is False
    with pytest.raises(WrongUsage, match=r"^--no-center does not go with --explain: leave one of them out$"):
        given("--no-center", "--explain", "0,0")


def test_with_all_results_none_is_missing() -> None:
    assert given("--n", "3", everything=True).n == 3


def test_what_a_variable_says_is_never_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLCLI_LAB_P", "3")
    with lab.make_context("lab", []) as context:
        assert context.params["p"] == 3
        assert heeded(Options(p=3), context) == Options(p=3)


def test_what_a_variable_says_gives_way_to_what_it_does_not_go_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLCLI_LAB_GLOBAL", "1")
    with lab.make_context("lab", ["--stride", "2"]) as context:
        assert context.params["whole"] is True
        assert heeded(Options(stride=(2, 2), whole=True), context) == Options(stride=(2, 2))
