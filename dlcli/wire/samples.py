"""The small inputs that come with the package: ``sample:NAME``."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from dlcli.errors import BadData
from dlcli.words.near import did_you_mean, known_as

PAGE = "README.md"


@dataclass(frozen=True, slots=True)
class Entry:
    """A sample's entry on the page of samples: what it is, its source, its licence."""

    what: str
    source: str
    licence: str


def samples() -> dict[str, Path]:
    """Every sample by name, which is its file's name up to the first dot."""
    found = {
        item.name.partition(".")[0]: item
        for item in folder().iterdir()
        if item.is_file() and not item.name.endswith((".md", ".py", ".pyc"))
    }
    return dict(sorted(found.items()))


def page() -> dict[str, Entry]:
    """The entries of the page that comes with the samples, by name."""
    found: dict[str, Entry] = {}
    for line in folder().joinpath(PAGE).read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            name, *cells = (cell.strip() for cell in line.strip("| ").split(" | "))
            found[name.split("`")[1]] = Entry(*(cell.replace("`", "") for cell in cells))
    return found


def folder() -> Path:
    """Where they are."""
    # Not by importlib.resources: it loads what unpacks archives, and NumPy would run in none.
    try:
        package = import_module("dlcli.samples").__file__
    except ModuleNotFoundError:  # a source tree that is not installed has them beside the package
        return Path(__file__).parents[2] / "samples"
    assert package is not None  # it has an __init__.py
    return Path(package).parent


def known_sample(name: str) -> Path:
    """The sample of a name. Raises ``BadData`` with the nearest name when there is none."""
    found = samples()
    name = known_as(name, found)
    if name not in found:
        hint = did_you_mean(name, found, f"the samples are {', '.join(found)}", called="sample:{}")
        raise BadData(f"there is no sample {name!r}: {hint}")
    return found[name]
