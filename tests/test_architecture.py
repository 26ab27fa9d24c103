"""The house: which room may import which, and what a command line may load before it does its work."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

PACKAGE = Path(__file__).parent.parent / "dlcli"

#: Room -> the rooms whose doors it may open, beside itself.
ARROWS = {
    "errors": set(),
    "tensor": {"errors"},
    "engines": set(),
    "wire": {"tensor", "errors"},
    "worlds": {"engines", "tensor", "errors"},
    "views": {"tensor", "errors"},
    "runner": {"wire", "views", "tensor", "errors", "engines.checks"},
    "commands": {"runner", "wire", "views", "engines", "worlds", "tensor", "errors"},
    "cli": {"", "commands", "runner", "completion"},
    "completion": set(),
    "__main__": {"cli"},
    "": set(),
}

#: Room -> packages from outside that it may import, wherever it does so.
OUTSIDE = {
    "engines": {"numpy"},
    "tensor": {"numpy"},
    "errors": set(),
    "wire": {"numpy", "PIL", "soundfile"},
    "worlds": {"numpy", "gymnasium"},
    "views": {"numpy", "rich", "markdown_it", "PIL"},
    "runner": {"click", "numpy", "rich"},
    "commands": {"click", "numpy"},
    "cli": {"click"},
    "completion": {"click"},
    "__main__": set(),
    "": set(),
}

SOURCES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports for running, at its top or inside a function."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by the full name"
            assert node.module is not None
            yield node.module


def test_the_walk_sees_the_package() -> None:
    assert len(SOURCES) > 40
    assert "dlcli.wire.frame" in set(imports(PACKAGE / "runner" / "delivery.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_opens_only_the_doors_it_has(path: Path) -> None:
    room = room_of(path)
    for module in imports(path):
        package, _, inner = module.partition(".")
        if package == "dlcli":
            target = inner.split(".")[0]
            assert target == room or target in ARROWS[room] or inner in ARROWS[room], (
                f"{path} imports {module}"
            )
        elif package not in sys.stdlib_module_names:
            assert package in OUTSIDE[room], f"{path} imports {module}"


def loaded(argv: list[str], tmp_path: Path, stdin: bytes = b"") -> set[str]:
    """The modules that a command line has loaded when it ends, its output going down a pipe."""
    program = (
        "import sys, atexit\n"
        "atexit.register(lambda: open(sys.argv[1], 'w').write('\\n'.join(sys.modules)))\n"
        "from dlcli.cli import run\n"
        "sys.exit(run(sys.argv[2:]))\n"
    )
    record = tmp_path / "modules"
    done = subprocess.run(
        [sys.executable, "-c", program, str(record), *argv], input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return set(record.read_text().splitlines())


HEAVY = {"numpy", "rich", "PIL", "soundfile"}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_the_front_door_loads_click_and_nothing_else(option: str, tmp_path: Path) -> None:
    found = loaded([option], tmp_path)
    assert "click" in found
    assert not found & HEAVY
    assert not [module for module in found if module.startswith("dlcli.commands.")]


def test_a_piped_array_loads_only_what_arrays_need(tmp_path: Path) -> None:
    file = tmp_path / "x.npy"
    np.save(file, np.eye(4))
    found = loaded(["conv", str(file), "--kernel", "diag"], tmp_path)
    assert "numpy" in found
    assert not found & (HEAVY - {"numpy"})
    assert not found & {"zipfile", "csv", "tempfile", "difflib", "numpy.fft", "importlib.metadata"}


def test_a_picture_loads_no_sound_and_no_story_in_a_pipe(tmp_path: Path) -> None:
    found = loaded(["conv", "sample:cat", "--kernel", "diag"], tmp_path)
    assert "PIL" in found
    assert not found & {"rich", "soundfile"}
