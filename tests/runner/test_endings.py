"""How command lines end that do not end well, where no ordinary command line comes to that."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("words", [("td", "random-walk"), ("softmax", "1 2 3")])
def test_running_out_of_memory_advises_what_every_command_has(
    words: tuple[str, ...], cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("dlcli.runner.run._work", full)
    ended = cli(*words)
    told = f"dlcli {words[0]}: not enough memory; try a smaller input, or options that ask for less of it\n"
    assert (ended.code, ended.out, ended.err) == (1, "", told)


@pytest.mark.parametrize(
    "line",
    [
        ("rnn", "1 2", "--units", "9223372036854775808"),
        ("transformer", "a b", "--dim", "9223372036854775808"),
        ("conv", "1 2; 3 4", "-k", "1", "--padding", "99999999999"),
    ],
)
def test_arrays_that_fit_into_no_memory_are_told_like_those_that_do_not_fit_into_this(
    line: tuple[str, ...], cli: Any
) -> None:
    ended = cli(*line)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"dlcli {line[0]}: not enough memory; try a smaller input")


@pytest.mark.parametrize("words", [("rnn", "1 2"), ("transformer", "a b")])
def test_layers_have_a_bound(words: tuple[str, ...], cli: Any) -> None:
    ended = cli(*words, "--layers", "1001")
    assert (ended.code, ended.out) == (2, "")
    assert "1001 is not in the range 1<=x<=1000" in ended.err
