"""``%dlcli`` and ``%%dlcli``: with what IPython hands over, and in IPython itself where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dlcli
from dlcli.python.magics import run_line


class Shell:
    """As much of an IPython shell as the extension uses."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {}
        self.shown: list[Any] = []
        self.magic: Callable[..., Any] = lambda line: None
        self.display_formatter = self.display_pub = self

    def register_magic_function(self, function: Callable[..., Any], magic_kind: str, magic_name: str) -> None:
        assert (magic_kind, magic_name) == ("line_cell", "dlcli")
        self.magic = function

    def format(self, value: Any) -> tuple[Any, Any]:
        return {"text/plain": str(value)}, {}

    def publish(self, data: Any, metadata: Any) -> None:
        self.shown.append(data["text/plain"])


@pytest.fixture
def shell() -> Shell:
    shell = Shell()
    dlcli.load_ipython_extension(shell)
    return shell


def test_a_line_returns_its_outcome(shell: Shell) -> None:
    assert shell.magic("conv sample:exercise --kernel diag | pool --size 2").names == ("pooled", "argmax")


def test_the_text_of_a_cell_is_what_comes_down_the_pipe(shell: Shell) -> None:
    shares = shell.magic("softmax --axis row", "1 2\n3 4\n")
    assert str(shares) == str(run_line("softmax --axis row", {}, "1 2; 3 4"))
    np.testing.assert_allclose(shares["probabilities"].sum(axis=0), 1)
    assert shell.magic("attn", "the cat sat\n").tensor("weights").axes[0].labels == ("the", "cat", "sat")


def test_the_outcome_of_a_cell_may_have_a_name(shell: Shell) -> None:
    assert shell.magic("shares = softmax --axis row", "1 2\n3 4\n") is None
    assert shell.user_ns["shares"].line == "dlcli softmax --axis row"


def test_a_name_in_braces_is_a_value_of_the_notebook(shell: Shell) -> None:
    shell.user_ns |= {
        "scores": [[1, 2], [3, 4]],
        "axis": "row",
        "kernel": np.eye(2, dtype=int),
        "name": "sample:cat",
    }
    assert shell.magic("softmax {scores} --axis {axis}").line == "dlcli softmax '1 2; 3 4' --axis row"
    line = shell.magic("conv {name} --kernel {kernel}").line
    assert line == "dlcli conv sample:cat --kernel '1 0; 0 1'"
    shell.user_ns["map"] = shell.magic("conv {scores} --kernel {kernel}")
    assert shell.magic("show {map}").line == "dlcli conv '1 2; 3 4' --kernel '1 0; 0 1' | dlcli show"
    assert (
        shell.magic("compare {map} {map}").line
        == "dlcli compare feature-map.safetensors feature-map-2.safetensors"
    )


def test_other_braces_stay_as_they_are(shell: Shell, tmp_path: Path) -> None:
    shell.user_ns["name"] = "no"
    shell.magic(f"show sample:exercise -o '{tmp_path}/{{stem}}-{{name}}.npy'")
    assert [file.name for file in tmp_path.iterdir()] == ["exercise-table.npy"]
    with pytest.raises(dlcli.WrongUsage, match="nothing has the name sotres"):
        shell.magic("softmax {sotres}")
    with pytest.raises(dlcli.WrongUsage, match="a value of Python's is a word by itself"):
        shell.magic("show sample:{name}")


def test_an_error_is_shown_in_its_own_words_alone(shell: Shell) -> None:
    with pytest.raises(dlcli.DlcliError) as raised:
        shell.magic("conv '1 2; 3 4' -k diag | pool --size 9")
    first, second = raised.value._render_traceback_()  # type: ignore[attr-defined]
    assert first.startswith("dlcli: literal (from 'conv '1 2; 3 4' -k diag'): the window is larger")
    assert second == "in command 2 of 2: dlcli pool --size 9"


def test_a_comparison_that_fails_is_shown_before_its_error(shell: Shell) -> None:
    with pytest.raises(dlcli.DlcliError, match="beyond the tolerance"):
        shell.magic("compare '1 2' '1 3'")
    assert "Largest" in shell.shown[0] or "largest" in shell.shown[0]


def test_help_is_printed_and_shows_nothing_else(shell: Shell, capsys: Any) -> None:
    assert shell.magic("pool --help") is None
    assert "Usage: dlcli pool" in capsys.readouterr().out


def test_in_ipython() -> None:
    pytest.importorskip("IPython")
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    run = shell.run_cell
    assert run("%load_ext dlcli").success
    assert run("scores = [[1, 2], [3, 4]]\nshares = %dlcli softmax {scores} --axis row").success
    assert shell.user_ns["shares"].line == "dlcli softmax '1 2; 3 4' --axis row"
    ended = run("%%dlcli table = softmax\n1 2 3\n")
    assert (ended.success, ended.result) == (True, None)
    assert shell.user_ns["table"]["probabilities"].shape == (1, 3)
    assert run("%%dlcli pool --size 2\n1 2\n3 4").result["pooled"].tolist() == [[4]]
    data, _ = shell.display_formatter.format(shell.user_ns["shares"])
    assert data["text/plain"] == str(shell.user_ns["shares"])
    failed = run("%dlcli softmax nix.npy")
    assert isinstance(failed.error_in_exec, dlcli.BadData)


def test_the_text_of_a_cell_that_is_not_read_is_told(shell: Shell, capsys: Any) -> None:
    shell.magic("softmax sample:exercise --axis row", "9 9\n")
    assert capsys.readouterr().err == (
        "dlcli softmax: what was to be read is not read: the line names its input\n"
    )
