"""The doors of the engines: what stands at them, what a name loads, and what importing a module does not do."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import dlcli.engines
from dlcli.engines.base.door import Door, public_names

PACKAGES = [
    found.name for found in pkgutil.walk_packages(dlcli.engines.__path__, "dlcli.engines.") if found.ispkg
]


def loaded(line: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after a line."""
    program = f"import sys\n{line}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("package", PACKAGES)
def test_every_subject_has_a_door_and_every_name_is_behind_it(package: str) -> None:
    door = importlib.import_module(package)
    assert isinstance(door, Door)
    names = public_names(package)
    assert names
    for name, module in names.items():
        assert module.startswith(f"{package}.")
        assert getattr(door, name) is getattr(importlib.import_module(module), name)
        assert not isinstance(getattr(door, name), ModuleType)
    assert set(names) <= set(dir(door))


def test_the_doors_load_no_numpy() -> None:
    found = loaded("; ".join(f"import {package}" for package in PACKAGES))
    assert set(PACKAGES) <= found
    assert "numpy" not in found


def test_a_name_loads_no_more_than_it_needs() -> None:
    found = loaded("from dlcli.engines.convolution import conv2d")
    engines = {name for name in found if name.startswith("dlcli.engines.") and name not in PACKAGES}
    assert engines == {
        f"dlcli.engines.{name}"
        for name in (
            "base.checks",
            "base.door",
            "base.padding",
            "convolution.conv2d",
            "convolution.definition",
            "convolution.plan",
            "convolution.rank_one",
        )
    }


@pytest.fixture
def paint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package with a door, whose module ``red`` has a function of that name and whose ``blue`` has none."""
    folder = tmp_path / "paint"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from typing import TYPE_CHECKING\n"
        "from dlcli.engines.base.door import open_door\n"
        "if TYPE_CHECKING:\n"
        "    from paint.red import red as red\n"
        "    from paint.blue import navy as navy\n"
        "open_door(__name__)\n"
    )
    (folder / "red.py").write_text("def red(): return 'red'\ndef pink(): return 'pink'\n")
    (folder / "blue.py").write_text("def navy(): return 'navy'\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    public_names.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "paint"]:
        del sys.modules[name]


@pytest.mark.usefixtures("paint")
@pytest.mark.parametrize(
    "lines",
    [
        "from paint import red",
        "import paint.red; from paint import red",
        "from paint.red import pink; from paint import red",
        "from paint import red; import paint.red",
        "import paint.red; red = paint.red",
        "from paint import *",
    ],
)
def test_a_function_is_not_hidden_by_the_module_that_bears_its_name(lines: str) -> None:
    scope: dict[str, Any] = {}
    exec(lines, scope)
    assert scope["red"]() == "red"
    assert importlib.import_module("paint.red").pink() == "pink"


@pytest.mark.usefixtures("paint")
def test_a_module_without_a_function_of_its_name_is_found_as_ever() -> None:
    scope: dict[str, Any] = {}
    exec("from paint import blue", scope)
    assert scope["blue"] is sys.modules["paint.blue"]


@pytest.mark.usefixtures("paint")
def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(ImportError, match="cannot import name 'rde'"):
        exec("from paint import rde", {})
    with pytest.raises(AttributeError, match="module 'paint' has no attribute 'blue'"):
        exec("import paint; paint.blue", {})


@pytest.mark.usefixtures("paint")
def test_an_attribute_can_be_set() -> None:
    scope: dict[str, Any] = {}
    exec("import paint; paint.shade = None; paint.red = max", scope)
    assert scope["paint"].shade is None
    assert scope["paint"].red is max
