"""What the stories of commands look like to whoever wants numbers, and what only looks so."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlcli.wire.foreign import is_story
from dlcli.words.headings import HEADINGS

SCREENS = sorted((Path(__file__).parents[1] / "screens").glob("*.txt"))


@pytest.mark.parametrize("screen", SCREENS, ids=[screen.stem for screen in SCREENS])
def test_every_recorded_screen_is_a_story(screen: Path) -> None:
    assert is_story(screen.read_text())


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_list_or_a_table_below_such_a_word_is_none(heading: str) -> None:
    for text in (
        f"{heading}\nTrain\nPlane\n",
        f"{heading}\nModel\n",
        f"{heading}  Output\n  1.5       2\n  3         4\n",
        f"{heading}\n\nThe cat sat.\n\nThe dog ran.\n",
        f"{heading}  Train\n",
        f"### {heading}\n\nThe cat sat.\n",
    ):
        assert not is_story(text)
