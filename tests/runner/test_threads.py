"""One thread of BLAS: two beside the program's own made a training step many times slower."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
from dlcli import cli

def run(argv):
    assert "numpy" not in sys.modules
    import numpy as np
    x = np.ones((600, 600))
    for _ in range(3):
        x @ x
    print(*(os.environ.get(name) for name in sys.argv[1:]), len(os.listdir("/proc/self/task")))
    return 0

cli.run = run
cli.main()
"""
VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def ran(**chosen: str) -> list[str]:
    """The variables, and how many threads there are after a product of matrices."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES} | chosen
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *VARIABLES],
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.split()


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="the system does not list threads")
def test_numpy_computes_in_one_thread() -> None:
    assert ran() == ["1", "1", "1", "1"]


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="the system does not list threads")
def test_somebody_may_say_another_number() -> None:
    *variables, _ = ran(OPENBLAS_NUM_THREADS="2")
    assert variables == ["2", "1", "1"]
