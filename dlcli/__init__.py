"""A deep-learning laboratory for the shell, and the same for Python and notebooks: ``dlcli.run``.

Nothing is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dlcli.version import __version__

if TYPE_CHECKING:
    from dlcli.errors import BadData, BadTensor, DlcliError, WrongUsage
    from dlcli.python.outcome import Arithmetic, Outcome
    from dlcli.python.session import run
    from dlcli.tensor import Axis, Tensor

__all__ = [
    "Arithmetic",
    "Axis",
    "BadData",
    "BadTensor",
    "DlcliError",
    "Outcome",
    "Tensor",
    "WrongUsage",
    "__version__",
    "run",
]

#: Module -> the names that it has for whoever writes ``dlcli.NAME``.
HOMES = {
    "errors": ("BadData", "BadTensor", "DlcliError", "WrongUsage"),
    "python.outcome": ("Arithmetic", "Outcome"),
    "python.session": ("run",),
    "tensor": ("Axis", "Tensor"),
}


def __getattr__(name: str) -> Any:
    for home, names in HOMES.items():
        if name in names:
            return getattr(import_module(f"dlcli.{home}"), name)
    raise AttributeError(f"module 'dlcli' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext dlcli``: a notebook, or IPython, knows ``%dlcli`` and ``%%dlcli`` from then on."""
    import_module("dlcli.python.magics").load(shell)
