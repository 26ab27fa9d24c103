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
