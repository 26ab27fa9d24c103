"""``dlcli why``: the tests of learn go the whole way; here is what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_before_an_answer_is_right_there_is_no_why(cli: Any, tmp_path: Path) -> None:
    ended = cli("why", variables={"XDG_STATE_HOME": str(tmp_path)})
    assert ended.code == 1
    assert ended.err == "dlcli why: no answer has been right yet: dlcli learn asks, dlcli hint helps\n"
