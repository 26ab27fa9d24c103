"""Draw the pictures of the documentation with dlcli itself: ``python docs/make.py``."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent

#: File -> the line whose story it shows.
PICTURES = {"conv.svg": "conv sample:cat --kernel diag"}


def main() -> None:
    """Write every picture anew."""
    for file, line in PICTURES.items():
        words = [*shlex.split(line), "--width", "80", "-o", str(FOLDER / file)]
        subprocess.run([sys.executable, "-m", "dlcli", *words], check=True)


if __name__ == "__main__":
    main()
