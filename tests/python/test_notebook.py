"""The notebook of the guide: its cells run, and each shows something; ``.ci/run`` runs it in a kernel."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

import dlcli
from tests.python.test_magics import Shell

NOTEBOOK = json.loads((Path(__file__).parents[2] / "docs" / "notebook.ipynb").read_text())


def run_cell(text: str, shell: Shell) -> Any:
    """Run a cell as IPython does, and return what it shows."""
    if text.startswith("%%dlcli"):
        line, _, body = text.partition("\n")
        return shell.magic(line.removeprefix("%%dlcli"), body)
    text = re.sub(
        r"^%load_ext dlcli$", "dlcli.load_ipython_extension(get_ipython())", text, flags=re.MULTILINE
    )
    text = re.sub(r"%dlcli (.*)", lambda found: f"get_ipython().magic({found[1]!r})", text)
    tree = ast.parse(text)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), shell.user_ns)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), shell.user_ns) if last else None


def test_the_cells_of_the_notebook_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    shell = Shell()
    shell.user_ns["get_ipython"] = lambda: shell
    cells = ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    shown = [run_cell(cell, shell) for cell in cells]
    stories = [one for one in shown if isinstance(one, dlcli.Outcome | dlcli.Arithmetic)]
    assert len(stories) == 6
    assert all("<section" in str(one._repr_html_()) for one in stories)
    told = capsys.readouterr()
    assert "T = 0.5" in told.out
    assert "the window is larger than the picture" in told.out
    assert told.err == ""
    assert list(tmp_path.iterdir()) == []


def test_the_notebook_is_kept_without_outputs() -> None:
    code = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
