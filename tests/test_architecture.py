"""The house: which room may import which, and what a command line may load before it does its work."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "dlcli"

#: Files of a command's folder that prepare, by how their names begin.
PREPARING = ("command", "record", "options")

#: Kind of room -> the rooms whose doors it may open, beside itself. ``nets`` is the room for what learns.
ARROWS = {
    "": {"errors", "tensor", "version", "python"},
    "errors": set(),
    "version": set(),
    "completion": set(),
    "__main__": {"cli"},
    "cli": {"version", "commands", "runner", "completion", "errors", "words"},
    "python": {"cli", "runner", "wire", "words", "tensor", "errors"},
    "lab": {"lab", "lessons", "cli", "python", "runner", "views", "wire", "words", "tensor", "errors"},
    "lessons": {"lessons", "cli", "runner", "views", "wire", "words", "errors"},
    "tensor": {"errors"},
    "words": {"errors", "tensor"},
    "engines": set(),
    "nets": {"engines"},
    "wire": {"tensor", "errors", "words"},
    "worlds": {"engines", "tensor", "errors", "words"},
    "views": {"tensor", "errors", "words"},
    "runner": {"wire", "views", "words", "tensor", "errors", "engines.base"},
    "teaching": {"engines", "python", "words", "errors"},
    "kinds": {"runner", "wire", "words", "engines", "nets", "worlds", "teaching", "tensor", "errors"},
    "command": {
        "kinds",
        "runner",
        "wire",
        "words",
        "engines",
        "nets",
        "worlds",
        "teaching",
        "tensor",
        "errors",
    },
    "story": {"kinds", "views", "words", "engines", "nets", "worlds", "teaching", "tensor", "errors"},
}

#: Kind of room -> packages from outside that it may import, wherever it does so.
OUTSIDE = {
    "": set(),
    "errors": set(),
    "completion": {"click"},
    "__main__": set(),
    "python": {"click", "numpy"},
    "lab": {"click", "numpy", "PIL", "starlette", "uvicorn"},
    "cli": {"click"},
    "lessons": {"click", "rich", "markdown_it"},
    "tensor": {"numpy"},
    "words": {"numpy"},
    "engines": {"numpy"},
    "nets": {"numpy"},
    "wire": {"numpy", "PIL", "soundfile"},
    "worlds": {"numpy", "gymnasium"},
    "views": {"numpy", "rich", "markdown_it", "PIL"},
    "runner": {"click", "numpy", "rich"},
    "teaching": {"numpy"},
    "kinds": {"click", "numpy"},
    "command": {"click", "numpy"},
    "story": {"numpy", "rich"},
}

SOURCES = sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    """The name that a file is imported by."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def kind_of(path: Path) -> str:
    """The kind of room that a file is in; of a command's folder, what prepares and what tells.

    What tells imports views; it is neither named in ``PREPARING`` nor imported by what is.
    """
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if parts[:2] == ("commands", "lab"):
        return "lab"  # it works with all commands
    if parts[:2] == ("commands", "lesson"):
        return "lessons"  # what it does they do
    if parts[0] != "commands":
        return "" if parts == ("__init__",) else parts[0]
    tells = path in STORIES
    if len(parts) > 1 and parts[1] == "kinds":
        return "story" if tells else "kinds"
    return "story" if tells else "command"


#: A statement that imports, and where it stands.
Import = tuple[ast.Import | ast.ImportFrom, Literal["top", "if", "inside"]]


@cache
def statements(text: str) -> tuple[Import, ...]:
    """The statements of a file that import: at its top, in an ``if`` there, or anywhere inside."""
    tree = ast.parse(text)
    top = set(tree.body)
    ifs = {inner for node in top if isinstance(node, ast.If) for inner in node.body}
    return tuple(
        (node, "top" if node in top else "if" if node in ifs else "inside")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    )


def named(node: ast.Import | ast.ImportFrom, path: Path) -> list[str]:
    """The modules that a statement of a file imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, f"{path}: import by the full name"
    assert node.module is not None
    inner = [f"{node.module}.{alias.name}" for alias in node.names]
    return [name if name in MODULES else node.module for name in inner]


def imports(path: Path) -> list[str]:
    """Every module that a file imports: at its top, inside a function, or for its types alone."""
    found = [name for node, _ in statements(path.read_text()) for name in named(node, path)]
    return list(dict.fromkeys(found))


MODULES = {module_of(path): path for path in SOURCES}


def stories() -> set[Path]:
    """What is loaded for a story alone: the modules ``story``, and those of the same folder they import."""
    found: set[Path] = set()
    waiting = [
        path
        for path in SOURCES
        if (PACKAGE / "commands" in path.parents and path.stem.startswith(("story", "explain", "notices")))
        or path.match("kinds/*/*_story.py")
    ]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        waiting += [
            MODULES[module]
            for module in imports(path)
            if module in MODULES
            and MODULES[module].parent == path.parent
            and not MODULES[module].stem.startswith(PREPARING)
            and any(name.startswith(("dlcli.views", "rich")) for name in imports(MODULES[module]))
        ]
    return found


STORIES = stories()


def room_of(module: str) -> str:
    """The room that a module of dlcli is in, as ``ARROWS`` names it."""
    parts = module.split(".")
    if parts[1:2] == ["commands"] and len(parts) > 2:
        return "kinds" if parts[2] == "kinds" else f"commands.{parts[2]}"
    return parts[1] if len(parts) > 1 else ""


def may_open(path: Path, module: str) -> bool:
    """Whether a file may import a module of dlcli."""
    kind, target = kind_of(path), room_of(module)
    own = room_of(module_of(path))
    if target == own:
        # What prepares a run does not know how it is told, and what tells it not how it was prepared.
        if kind == "story" and module.endswith(".command"):
            return False
        return kind not in ("command", "kinds") or MODULES.get(module) not in STORIES
    if target == "kinds" and kind == "command" and MODULES.get(module) in STORIES:
        return False
    inner = module.removeprefix("dlcli.")
    return any(target == arrow or inner.startswith(f"{arrow}.") for arrow in ARROWS[kind])


def forbidden(path: Path) -> list[str]:
    """The imports of a file that no arrow allows."""
    return [
        module
        for module in imports(path)
        if (
            not may_open(path, module)
            if module.partition(".")[0] == "dlcli"
            else module.partition(".")[0] not in sys.stdlib_module_names
            and module.partition(".")[0] not in OUTSIDE[kind_of(path)]
        )
    ]


def test_the_walk_sees_the_package() -> None:
    assert PACKAGE / "wire" / "tensors" / "frame.py" in SOURCES
    assert "dlcli.wire.write" in imports(PACKAGE / "runner" / "delivery.py")
    assert "rich.console" in imports(PACKAGE / "runner" / "storyteller.py")  # for its types alone


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_opens_only_the_doors_it_has(path: Path) -> None:
    assert forbidden(path) == []


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("commands/conv/command.py", "from dlcli.commands.pool.command import Options"),
        ("commands/conv/story.py", "from dlcli.commands.pool.record import Work"),
        ("commands/conv/command.py", "from dlcli.commands.conv.story import story"),
        ("commands/conv/story.py", "from dlcli.commands.conv.command import Options"),
        ("commands/conv/record.py", "from dlcli.views.look import look"),
        ("commands/conv/record.py", "import rich"),
        ("commands/conv/story.py", "import click"),
        ("commands/conv/notices.py", "from dlcli.runner.result import Run"),
        ("commands/kinds/pictures/kernel.py", "from dlcli.commands.conv.record import Work"),
        ("views/look.py", "from dlcli.commands.conv.record import Work"),
        ("views/look.py", "if TYPE_CHECKING:\n    from dlcli.engines.base.padding import Geometry"),
        ("engines/base/padding.py", "def late():\n    from dlcli.tensor import Tensor"),
        ("engines/base/padding.py", "import scipy"),
        ("runner/run.py", "from dlcli.engines.convolution.conv2d import conv2d"),
        ("wire/tensors/frame.py", "from dlcli.runner.run import run"),
        ("nets/net.py", "from dlcli.tensor import Tensor"),
        ("nets/spec.py", "import click"),
        ("nets/onnx/write.py", "from dlcli.wire.models.onnx_model import write_onnx"),
        ("views/charts/boxes.py", "from dlcli.nets.spec import ModelSpec"),
        ("engines/base/padding.py", "from dlcli.nets.memory import Memory"),
        ("wire/datasets/dataset.py", "from dlcli.nets.evaluation import Examples"),
        ("commands/train/story.py", "from dlcli.commands.predict.record import Work"),
    ],
)
def test_a_forbidden_arrow_is_found(where: str, line: str, tmp_path: Path, monkeypatch: Any) -> None:
    read = Path.read_text
    path = PACKAGE / where
    assert forbidden(path) == []
    monkeypatch.setattr(Path, "read_text", lambda self: line if self == path else read(self))
    assert len(forbidden(path)) == 1


def test_no_circle_of_imports() -> None:
    """Nowhere in the files: not under TYPE_CHECKING, nor in a function.

    The doors of the engines are left out: to name what stands behind them is what they are for.
    """
    graph = {
        module: {name for name in imports(path) if name in MODULES and name != module}
        for module, path in MODULES.items()
        if not (module.startswith("dlcli.engines.") and path.name == "__init__.py")
    }
    while graph:
        leaves = [module for module, needs in graph.items() if not needs & graph.keys()]
        assert leaves, f"a circle among {sorted(graph)}"
        for module in leaves:
            del graph[module]


@pytest.mark.parametrize("path", sorted(STORIES), ids=module_of)
def test_what_a_story_loads_knows_neither_the_command_line_nor_the_runner(path: Path) -> None:
    """Not by way of its record either."""
    assert [name for name in reached(path) if name.startswith(("click", "dlcli.runner"))] == []


def test_a_record_that_knows_the_runner_is_found(monkeypatch: Any) -> None:
    record = PACKAGE / "commands" / "conv" / "record.py"
    read = Path.read_text
    for line in ("import click", "from dlcli.commands.conv.kernels import kernel_bank"):
        monkeypatch.setattr(Path, "read_text", lambda self: line if self == record else read(self))  # noqa: B023
        assert any(
            name.startswith(("click", "dlcli.runner")) for name in reached(record.with_name("story.py"))
        )


def reached(path: Path) -> set[str]:
    """All modules that are loaded with a file, by whatever way."""
    found, waiting = set(), [path]
    while waiting:
        new = set(top_imports(waiting.pop(), types=False)) - found
        found |= new
        waiting += [MODULES[name] for name in new if name in MODULES]
    return found


def top_imports(path: Path, *, types: bool = True) -> list[str]:
    """The modules that are loaded with a file, or with ``types`` named for its types."""
    places = ("top", "if") if types else ("top",)
    return [
        name for node, place in statements(path.read_text()) if place in places for name in named(node, path)
    ]


def test_every_folder_is_packaged() -> None:
    """The list in setup.cfg is written by hand, as the samples stand beside the package."""
    parser = configparser.ConfigParser()
    parser.read(PACKAGE.parent / "setup.cfg")
    listed = set(parser["options"]["packages"].split())
    assert listed == {module_of(path) for path in PACKAGE.rglob("__init__.py")} | {"dlcli.samples"}


@pytest.mark.parametrize("name", sorted(path.parent.name for path in PACKAGE.glob("commands/*/command.py")))
def test_every_command_has_tests_beside_it(name: str) -> None:
    assert (TESTS / "commands" / name / "test_command.py").is_file()


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
    assert not found & {"dlcli.runner.player", "dlcli.runner.storyteller"}


@pytest.mark.parametrize(
    ("line", "needed", "idle"),
    [
        ("conv sample:exercise --kernel diag", "engines.convolution", "nets"),
        ("show sample:exercise", "engines.tensors.summary", "nets wire.datasets.read"),
        (
            "summary small-cnn -f csv",
            "nets.spec",
            "nets.onnx nets.training wire.datasets commands.summary.code",
        ),
        (
            "predict sample:digits-cnn sample:digits --top 1",
            "nets.net",
            "nets.onnx nets.training nets.optimisers",
        ),
        ("train mlp digits8 --epochs 0 -f csv", "nets.training", "nets.onnx"),
    ],
)
def test_what_a_line_does_not_use_is_not_loaded(line: str, needed: str, idle: str, tmp_path: Path) -> None:
    found = loaded(line.split(), tmp_path)
    assert f"dlcli.{needed}" in found
    assert not [name for name in found for room in idle.split() if f"{name}.".startswith(f"dlcli.{room}.")]
    assert not found & {"rich", "PIL", "soundfile"}


def test_a_picture_loads_no_sound_and_no_story_in_a_pipe(tmp_path: Path) -> None:
    found = loaded(["conv", "sample:cat", "--kernel", "diag"], tmp_path)
    assert "PIL" in found
    assert not found & {"rich", "soundfile"}
