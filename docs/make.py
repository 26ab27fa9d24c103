"""Run what the guide shows: ``python docs/make.py`` writes the outputs anew, ``--check`` only compares.

In the README and in the pages beside this script, a fence of ``console`` holds command lines behind ``$`` and,
below each, what it prints in a log 80 columns wide. A comment ``<!-- dlcli … -o FILE.svg -->`` above a picture is
the line that draws it.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent
PAGES = [FOLDER.parent / "README.md", *sorted(FOLDER.glob("*.md"))]

FENCE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"^<!-- (dlcli .* -o (\S+\.svg)) -->$", re.MULTILINE)

WORLD = {key: value for key, value in os.environ.items() if not key.startswith("DLCLI_")}


def main() -> int:
    """Write every page and picture anew, or say which are out of date."""
    check = "--check" in sys.argv[1:]
    stale: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for page in PAGES:
            text = page.read_text()
            made = FENCE.sub(lambda found: session(found[0], Path(folder)), text)
            if made != text:
                stale.append(page.name)
                if not check:
                    page.write_text(made)
            for line, file in PICTURE.findall(text):
                run(line, Path(folder))
                picture, drawn = FOLDER / file, (Path(folder) / file).read_text()
                if not picture.exists() or words(picture.read_text()) != words(drawn):
                    stale.append(file)
                if not check:
                    picture.write_text(drawn)
    if check:
        for file in stale:
            print(f"{file} shows what dlcli no longer says: run python docs/make.py", file=sys.stderr)
    return 1 if check and stale else 0


def session(text: str, folder: Path) -> str:
    """The command lines of a fence, each with what it prints now."""
    return "".join(f"$ {line}\n{run(line, folder)}" for line in lines(text))


def lines(text: str) -> Iterator[str]:
    """The command lines of a fence; one that ends with a backslash goes on in the next."""
    for found in re.finditer(r"^\$ ((?:.*\\\n)*.*)$", text, re.MULTILINE):
        yield found[1]


def run(line: str, folder: Path) -> str:
    """What a line prints in a shell in which ``dlcli`` is this one: standard output, then standard error."""
    dlcli = f'dlcli() {{ {shlex.quote(sys.executable)} -m dlcli "$@"; }}'
    last = line.rpartition("|")[2]
    told = " -f plain" if "dlcli " in last and not re.search(r" (-f|-o|--format|--help)\b", last) else ""
    world = {**WORLD, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONPATH": str(FOLDER.parent)}
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail\n{dlcli}\n{line}{told}"],
        cwd=folder, env=world, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1, 2) or "Traceback" in done.stderr:
        raise SystemExit(f"{line}\n{done.stderr}")
    return "".join(f"{row.rstrip()}\n" for row in (done.stdout + done.stderr).splitlines())


def words(svg: str) -> list[str]:
    """The words in a picture, whatever the names and colours of its parts."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


if __name__ == "__main__":
    sys.exit(main())
