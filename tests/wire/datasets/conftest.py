"""Opens a word of an empty folder as a set of data, and keeps what was said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlcli.errors import BadData
from dlcli.wire.datasets.dataset import DataSet
from dlcli.wire.datasets.read import open_data
from dlcli.wire.stream import Limits


@pytest.fixture
def said() -> list[str]:
    """What was said about the sets that were opened."""
    return []


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]) -> Callable[..., DataSet]:
    """Opens the set that a word names in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def opened(word: str, **limits: Any) -> DataSet:
        return open_data(
            word, limits=Limits(**limits), say=lambda line: said.append(line.removeprefix("dlcli: "))
        )

    return opened


@pytest.fixture
def refused(data: Callable[..., DataSet]) -> Callable[..., str]:
    """The sentence with which a word is refused."""

    def sentence(word: str, **limits: Any) -> str:
        with pytest.raises(BadData) as caught:
            data(word, **limits)
        return str(caught.value)

    return sentence
