"""The README: its lines run, and what it shows is what they give."""

from __future__ import annotations

import doctest
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()

#: Indented blocks of the README, line by line.
BLOCKS = [
    [line[4:] for line in block.split("\n")]
    for block in README.split("\n\n")
    if all(line.startswith("    ") for line in block.strip("\n").split("\n"))
]
LINES = [line for block in BLOCKS for line in block if line.startswith("dlcli ")]


def test_the_set_up_takes_two_lines() -> None:
    made = [line for block in BLOCKS for line in block if line.startswith("python3 -m venv")]
    assert [line.split()[3] for line in made] == [".dlcli", ".venv"]
    assert made[0].endswith(".dlcli/bin/dlcli conv sample:cat --kernel line:45 -f rich")
    assert made[1].endswith(".venv/bin/pytest")
    assert ["source .dlcli/bin/activate  # in fish: activate.fish"] in BLOCKS  # .ci/run goes on from it


def test_the_first_line_shows_the_story_captured_or_not(shell: Any) -> None:
    first = next(line for block in BLOCKS for line in block if ".dlcli/bin/dlcli" in line)
    line = first.rpartition(".dlcli/bin/")[2]
    for terminal in (False, True):
        told = shell(line, stdout_is_terminal=terminal)
        assert (told.code, told.err) == (0, "")
        assert "Feature map" in told.out
        assert ("\x1b" in told.out) == terminal
    assert all(word in README for word in ("`-f plain`", "DLCLI_FORMAT"))


def test_python_blocks_give_what_they_show() -> None:
    failed, tried = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert (failed, tried > 3) == (0, True)


@pytest.mark.parametrize("line", [line for line in LINES if "photo" not in line and "a.png" not in line])
def test_lines_on_samples_and_literals_run(line: str, shell: Any) -> None:
    assert shell(line).code == 0


def test_lines_on_the_readers_own_files_run(shell: Any) -> None:
    lines = [line for line in LINES if "photo" in line or "a.png" in line]
    assert len(lines) == 7
    cat = ROOT / "samples" / "cat.png"
    with Image.open(cat) as image:
        image.save("photo.jpg")
    for name in ("photo.png", "a.png", "b.png"):
        Path(name).write_bytes(cat.read_bytes())
    Path("out").mkdir()
    np.savez("layer.npz", kernel=np.ones((3, 3, 3, 2), np.float32), bias=np.zeros(2, np.float32))
    for line in lines:
        ended = shell(line)
        assert ended.code == 0, ended.err
    assert sorted(path.name for path in Path("out").iterdir()) == ["a-relief.png", "b-relief.png"]
    assert Path("edges.npy").exists()
