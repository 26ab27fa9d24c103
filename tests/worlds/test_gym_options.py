"""Options of Gymnasium's worlds: read as what their defaults are, refused with what they can be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from dlcli.errors import BadData
from dlcli.worlds.gym_options import KnownOptions, by_its_look, split_options, typed_options

#: A table such as Gymnasium's lakes have.
SIZES = {"small": 4, "large": 8}


def lake(
    render_mode: str | None = None,
    rows: list[str] | None = None,
    size: str = "small",
    slippery: bool = True,
    rate: float = 0.5,
    holes: int = 2,
    pays: tuple[int, int] = (1, 0),
    seed: int | None = None,
) -> None:
    """Options of every kind."""


def pond(depth: int = 1, **others: Any) -> None:
    """Options of any name."""


def typed(query: str, make: Callable[..., Any] = lake) -> dict[str, Any]:
    word = f"gym:Lake-v1?{query}"
    return typed_options(word, split_options(word, query), KnownOptions.of(make, {}))


@pytest.mark.parametrize("word", ["true", "yes", "on", "1", "True", "YES", "On"])
@pytest.mark.parametrize(("opposite", "value"), [(False, True), (True, False)])
def test_an_option_that_is_on_or_off(word: str, opposite: bool, value: bool) -> None:
    words = {"true": "false", "yes": "no", "on": "off", "1": "0", "True": "False", "YES": "NO", "On": "Off"}
    found = typed(f"slippery={words[word] if opposite else word}")["slippery"]
    assert found is value


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("rate=0.25", 0.25),
        ("rate=1", 1),
        ("holes=3", 3),
        ("pays=1,-0.5", (1, -0.5)),
        ("size=large", "large"),
        ("size=none", "none"),
        ("size=8", "8"),
        ("rows=SF,FG", ["SF", "FG"]),
        ("rows=SG", ["SG"]),
        ("seed=3", 3),
        ("seed=none", None),
    ],
)
def test_an_option_is_what_its_default_is(query: str, value: object) -> None:
    ((_, found),) = typed(query).items()
    assert (found, type(found)) == (value, type(value))


def test_what_is_registered_goes_before_the_default() -> None:
    known = KnownOptions.of(lake, {"size": "large", "slippery": None})
    assert known.defaults["size"] == "large"
    assert "render_mode" not in known.defaults


def test_options_of_any_name_are_taken_by_their_look() -> None:
    assert typed("depth=3&colour=blue&deep=true", pond) == {"depth": 3, "colour": "blue", "deep": True}
    with pytest.raises(BadData, match="depth expects a number; received 'deep'"):
        typed("depth=deep", pond)


def test_of_a_world_that_tells_nothing_each_text_decides() -> None:
    assert typed_options("gym:X", {"a": "no", "b": "4x4", "c": "2"}, None) == {"a": "no", "b": "4x4", "c": 2}
    assert by_its_look("1e400") == "1e400"


def test_the_words_that_an_option_can_be_are_found_beside_it() -> None:
    known = KnownOptions.of(lake, {})
    assert known.choices("size") == ("small", "large")
    assert known.choices("rate") == known.choices("nothing") == ()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("slippery=maybe", "gym:Lake-v1?slippery=maybe: slippery expects true or false, yes or no, on or off; received 'maybe'"),
        ("slippery=2", "gym:Lake-v1?slippery=2: slippery expects true or false, yes or no, on or off; received '2'"),
        ("slippery=", "gym:Lake-v1?slippery=: slippery expects true or false, yes or no, on or off; received ''"),
        ("rate=x", "gym:Lake-v1?rate=x: rate expects a number; received 'x'"),
        ("rate=nan", "gym:Lake-v1?rate=nan: rate expects a number; received 'nan'"),
        ("rate=inf", "gym:Lake-v1?rate=inf: rate expects a number; received 'inf'"),
        ("pays=1", "gym:Lake-v1?pays=1: pays expects 2 numbers, such as 1,0; received '1'"),
        ("pays=1,x", "gym:Lake-v1?pays=1,x: pays expects 2 numbers, such as 1,0; received '1,x'"),
        ("sliper=1", "gym:Lake-v1 has no option sliper: did you mean slippery?"),
        ("xyz=1", "gym:Lake-v1 has no option xyz: there are rows, size, slippery, rate, holes, pays, seed"),
        ("slippery", "gym:Lake-v1?slippery: 'slippery' is no option; try gym:Lake-v1?key=value"),
        ("rate=1&rate=2", "gym:Lake-v1?rate=1&rate=2: rate is given twice"),
        ("render_mode=human", "gym:Lake-v1?render_mode=human: dlcli draws the world itself: leave out render_mode"),
        ("max_episode_steps=5", "gym:Lake-v1?max_episode_steps=5: dlcli td --max-steps N says when an episode is cut: leave out max_episode_steps"),
        ("\x1b=1", "gym:Lake-v1 has no option \\x1b: there are rows, size, slippery, rate, holes, pays, seed"),
    ],
)  # fmt: skip
def test_what_is_no_option_is_said(query: str, told: str) -> None:
    with pytest.raises(BadData, match=f"^{re.escape(told)}$"):
        typed(query)


def test_a_world_without_options_says_so() -> None:
    with pytest.raises(BadData, match=r"has no option x: it has none$"):
        typed("x=1", lambda: None)
