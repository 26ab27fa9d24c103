"""Tab in bash, zsh and fish: commands, options, kernels, samples, results."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from dlcli.completion import joined

ROOT = Path(__file__).parent.parent


def program(folder: Path) -> None:
    """An executable ``dlcli`` of this source tree."""
    file = folder / "dlcli"
    file.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m dlcli "$@"\n')
    file.chmod(0o755)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    program(tmp_path)
    return {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
    }


@cache
def source(shell: str) -> str:
    """What a shell runs to learn how dlcli's words are completed."""
    asked = {**os.environ, "_DLCLI_COMPLETE": f"{shell}_source"}
    done = subprocess.run(
        [sys.executable, "-m", "dlcli"], env=asked, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "_DLCLI_COMPLETE" in done.stdout
    return done.stdout


def run(shell: list[str], script: str, environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [*shell, script],
        env=environment,
        cwd=environment["HOME"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


#: What is typed before Tab -> what is offered, among others.
TYPED = {
    "dlcli con": ["conv"],
    "dlcli conv --pad": ["--padding", "--pad-mode"],
    "dlcli conv -k sobel": ["sobel-x", "sobel-y"],
    "dlcli conv -k gab": ["gabor:"],
    "dlcli conv sample:exercise-kernel": [f"sample:exercise-kernel-{i}" for i in range(1, 5)],
    "dlcli conv sample:cat --emit ": ["feature-map"],
    "dlcli conv -k diag sample:li": ["sample:lines"],
    "dlcli conv --padding s": ["same"],
    "dlcli mdp ran": ["random-walk"],
    "dlcli mdp cliff --policy gr": ["greedy"],
    "dlcli kernels ga": ["gaussian", "gabor:"],
    "dlcli samples li": ["lines"],
    "dlcli activate soft": ["softplus"],
    "dlcli stft sample:tones --window kai": ["kaiser:"],
    "dlcli mdp grid": ["gridworld"],
    "dlcli mdp sample:ma": ["sample:maze"],
}


@pytest.mark.parametrize("typed", TYPED)
def test_bash(typed: str, environment: dict[str, str]) -> None:
    # Bash divides at its COMP_WORDBREAKS, the colon among them, and replaces what follows the last of them.
    script = (
        f"{source('bash')}\n"
        "compopt() { :; }\n"
        f"COMP_WORDS=({' '.join(typed.replace(':', ' : ').split())}{' ' + repr('') if typed.endswith(' ') else ''})\n"
        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
        "_dlcli_completion dlcli\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    offered = run(["bash", "--norc", "-c"], script, environment)
    kept = typed.rpartition(" ")[2]
    kept = kept[: kept.rfind(":") + 1]
    assert set(TYPED[typed]) <= {kept + word for word in offered}


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish(typed: str, environment: dict[str, str]) -> None:
    script = f"{source('fish')}\ncomplete --do-complete {shlex.quote(typed)}"
    offered = [line.partition("\t")[0] for line in run(["fish", "--no-config", "-c"], script, environment)]
    assert set(TYPED[typed]) <= set(offered)


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh(typed: str, environment: dict[str, str]) -> None:
    # The builtins of zsh that offer words need a terminal; here they write what they are given.
    words = shlex.split(typed) + ([""] if typed.endswith(" ") else [])
    script = (
        "compdef() { :; }\n"
        f"{source('zsh')}\n"
        "compadd() { print -rl -- $completions; }\n"
        "_describe() { print -rl -- $completions_with_descriptions; }\n"
        "_path_files() { :; }\n"
        f"words=({' '.join(map(shlex.quote, words))}); CURRENT={len(words)}\n"
        "_dlcli_completion\n"
    )
    lines = run(["zsh", "-f", "-c"], script, environment)
    offered = {line.replace("\\:", "\0").partition(":")[0].replace("\0", ":") for line in lines}
    assert set(TYPED[typed]) <= offered | set(lines)


def test_files_are_left_to_the_shell(environment: dict[str, str]) -> None:
    asked = {
        **environment,
        "_DLCLI_COMPLETE": "zsh_complete",
        "COMP_WORDS": "dlcli conv pho",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(["dlcli"], env=asked, capture_output=True, text=True, check=True)
    assert done.stdout == "file\npho\n_\n"


def test_words_are_joined_at_colons_only() -> None:
    assert joined(["conv", "a", "b", ":"]) == ["conv", "a", "b:"]
    assert joined([":", "x", ""]) == [":x", ""]
