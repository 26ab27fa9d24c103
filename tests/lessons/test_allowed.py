"""What was allowed is known by its digest, as long as nothing changes in it."""

from __future__ import annotations

from pathlib import Path

from dlcli.lessons.allowed import allow, is_allowed, record
from dlcli.lessons.read import parse


def test_what_was_allowed_is_remembered_until_a_letter_changes(tmp_path: Path) -> None:
    world = {"XDG_STATE_HOME": str(tmp_path / "state"), "HOME": "/nowhere"}
    lesson = parse("echo a\n", "a.sh")
    assert not is_allowed(lesson, world)
    allow(lesson, world)
    allow(parse("echo c\n"), world)
    assert is_allowed(lesson, world)
    assert is_allowed(parse("echo a\n", "elsewhere.sh"), world)
    assert not is_allowed(parse("echo b\n", "a.sh"), world)
    assert len(record(world).read_text().splitlines()) == 2


def test_where_nothing_can_be_written_it_is_asked_for_again(tmp_path: Path) -> None:
    (tmp_path / "dlcli").write_text("")
    world = {"XDG_STATE_HOME": str(tmp_path)}
    allow(parse("echo a\n"), world)
    assert not is_allowed(parse("echo a\n"), world)
