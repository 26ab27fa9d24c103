"""What a command costs before it works: beside a bare import of the libraries that it cannot do without."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO

import numpy as np

from benchmarks.command import dlcli, installed
from benchmarks.contest import Contest, Work
from dlcli import run

PIPE = "conv sample:cat --kernel diag | pool --size 2 | show"


def contests(*, quick: bool) -> list[Contest]:
    """The front door, and a command on a small array in a pipe."""
    return [
        Contest("dlcli --help", ["help", "import click"], {}, {"import click": 1.4}, same=False, rounds=41),
        Contest(
            "conv of a small .npy in a pipe",
            ["piped conv", "import click, numpy"],
            {},
            {"import click, numpy": 1.35},
            same=False,
            rounds=41,
        ),
        Contest(
            "a pipe of three again, from Python",
            ["dlcli.run", "shell"],
            {},
            {"shell": 0.2},
            same=False,
            rounds=21,
        ),
    ]


def help_() -> Work:
    """The list of commands."""
    return silent([dlcli(), "--help"])


def piped() -> Work:
    """An array of 8 by 8 through a 2 by 2 kernel."""
    array = BytesIO()
    np.save(array, np.arange(64, dtype=np.float32).reshape(8, 8))
    return silent([dlcli(), "conv", "--kernel", "0 1; 1 0"], array.getvalue())


def from_python() -> Work:
    """A photo through a kernel and a pooling window, in this process."""
    return lambda: run(PIPE)


def shell() -> Work:
    """The same by a shell and three processes."""
    line = " | ".join(f"{dlcli()} {command}" for command in PIPE.split(" | "))
    return silent(["sh", "-c", line])


def silent(argv: list[str], stdin: bytes = b"") -> Work:
    """A command line with its standard input, its output going down a pipe."""

    def work() -> None:
        subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, check=True, env=installed())

    return work


CONTENDERS = {
    "dlcli.run": from_python,
    "shell": shell,
    "help": help_,
    "piped conv": piped,
    "import click": lambda: silent([sys.executable, "-c", "import click"]),
    "import click, numpy": lambda: silent([sys.executable, "-c", "import click, numpy"]),
}
