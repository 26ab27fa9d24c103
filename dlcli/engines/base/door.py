"""Doors: the public names of a package, each loaded from its module when it is first asked for."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any


def open_door(package: str) -> None:
    """Let a package give what its ``if TYPE_CHECKING:`` imports name, without loading it before.

    Called at the end of the package's ``__init__.py``, whose import block is the one table of its public
    names: type checkers and editors read it as it stands, the door when a name is asked for. A module that
    bears the name of its function does not take the function's place when it is imported::

        from dlcli.engines.tensors import softmax                # the function
        from dlcli.engines.tensors.softmax import softmax_terms  # out of the module beside it
    """
    sys.modules[package].__class__ = Door


class Door(ModuleType):
    """A package with a door; see ``open_door``.

    >>> import dlcli.engines.tensors
    >>> import dlcli.engines.tensors.softmax
    >>> callable(dlcli.engines.tensors.softmax), "relu" in dir(dlcli.engines.tensors)
    (True, True)
    """

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return sorted(public_names(self.__name__))
        if not name.startswith("__"):
            module = public_names(self.__name__).get(name)
            if module is not None:
                value = getattr(import_module(module), name)
                super().__setattr__(name, value)
                return value
            if (submodule := sys.modules.get(f"{self.__name__}.{name}")) is not None:
                return submodule
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        """Take everything but submodules, which the import of one would put here; they are looked up."""
        if not isinstance(value, ModuleType) or sys.modules.get(f"{self.__name__}.{name}") is not value:
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *public_names(self.__name__)})


@cache
def public_names(package: str) -> Mapping[str, str]:
    """The public names of a package, and the module that each is loaded from.

    >>> public_names("dlcli.engines.tensors")["log_softmax"]
    'dlcli.engines.tensors.softmax'

    Raises ``OSError`` for a package that is installed without its source.
    """
    source = inspect.getsource(import_module(package))
    return {alias.name: module for module, alias in _imports_for_types(ast.parse(source))}


def _imports_for_types(tree: ast.Module) -> Iterator[tuple[str, ast.alias]]:
    """What the blocks ``if TYPE_CHECKING:`` of a module import."""
    for block in tree.body:
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for line in block.body:
                if isinstance(line, ast.ImportFrom) and line.module:
                    yield from ((line.module, alias) for alias in line.names)
