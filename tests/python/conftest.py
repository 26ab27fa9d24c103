"""What is run from Python writes where it stands: each test stands in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of one test."""
    monkeypatch.chdir(tmp_path)
