"""What is to be seen against what came."""

from __future__ import annotations

import pytest

from dlcli.lessons.compare import NOTHING, difference, lines_of, updated


@pytest.mark.parametrize(
    ("expected", "received", "first"),
    [
        ([], ["anything"], None),
        (["a", ""], ["a", ""], None),
        (["a.c"], ["abc"], ("a.c", "abc")),
        (["a"], ["ab"], ("a", "ab")),
        (["{*}b"], ["abc"], ("{*}b", "abc")),
        (["a  "], ["a"], None),
        (["{*}b{*}"], ["abc"], None),
        (["{*}b{*}"], ["ac"], ("{*}b{*}", "ac")),
        (["a"], [], ("a", NOTHING)),
        (["a"], ["a", "b"], (NOTHING, "b")),
        (["a", "..."], ["a"], None),
        (["...", "a"], ["b", "a", "c", "a"], None),
        (["...", "a"], ["b", "a", "c"], (NOTHING, "c")),
        (["...", "a", "...", "b"], ["a", "x", "b", "b"], None),
        (["a", "...", "b", "c"], ["a", "b", "b", "d"], ("c", "d")),
        (["..."], [], None),
        ([" ..."], ["x"], (" ...", "x")),
        (["..."] * 40 + ["b"], ["a"] * 400, ("b", NOTHING)),
    ],
)
def test_the_first_line_that_differs(
    expected: list[str], received: list[str], first: tuple[str, str] | None
) -> None:
    assert difference(expected, received) == first


@pytest.mark.parametrize(
    ("expected", "received", "written"),
    [
        ([], ["a", "b"], ["a", "b"]),
        (["a"], [], []),
        (["{*}", "..."], ["a", "b"], ["{*}", "..."]),
        (["a", "{*} ms", "b"], ["c", "3 ms", "d"], ["c", "{*} ms", "d"]),
        (["a", "{*} ms"], ["a", "3 s"], ["a", "3 s"]),
        (["a", "...", "z"], ["b", "x", "y", "z"], ["b", "...", "z"]),
        (["a", "...", "{*} ms"], ["a", "x", "y"], ["a", "...", "y"]),
        (["...", "z"], ["x", "y", "z", "w"], ["...", "z", "w"]),
    ],
)
def test_what_leaves_something_open_stays_where_it_fits(
    expected: list[str], received: list[str], written: list[str]
) -> None:
    assert updated(expected, received) == written
    assert difference(written, received) is None


def test_blanks_at_the_ends_do_not_count() -> None:
    assert lines_of(" a \n\n b\n \n") == [" a", "", " b"]
