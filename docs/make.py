"""Run what the guide shows: ``python docs/make.py`` writes the outputs anew, ``--check`` only compares.

In the README and in the pages beside this script, a fence of ``console`` holds command lines behind ``$``
and, below each, what it prints in a log 80 columns wide. A comment ``<!-- dlcli … -o FILE.svg -->`` above a
picture is the line that draws it. ``photo.jpg`` is the photo of the samples; ``all-MiniLM-L6-v2`` the folder
of a model, which ``DLCLI_MODEL`` names: without it the pages that use it stay as they are.
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

from PIL import Image

FOLDER = Path(__file__).parent
PAGES = [FOLDER.parent / "README.md", *sorted(FOLDER.glob("*.md"))]

FENCE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"^<!-- (dlcli .* -o (\S+\.svg)) -->$", re.MULTILINE)
SHOWN = re.compile(r"^!\[[^]]+\]\((?:docs/)?(\S+\.svg)\)$", re.MULTILINE)

MODEL = "all-MiniLM-L6-v2"

WORLD = {key: value for key, value in os.environ.items() if not key.startswith("DLCLI_")}


def main() -> int:
    """Write every page and picture anew, or say which are out of date."""
    check = "--check" in sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        stale = [file for page in PAGES for file in out_of_date(page, Path(folder), mend=not check)]
    if check:
        for file in stale:
            print(f"{file} shows what dlcli no longer says: run python docs/make.py", file=sys.stderr)
    return 1 if check and stale else 0


def out_of_date(page: Path, folder: Path, *, mend: bool = False) -> Iterator[str]:
    """The page, and those of its pictures, that show something else than their lines give in this folder."""
    for name in ("photo.jpg", "photo.png"):
        with Image.open(FOLDER.parent / "samples" / "cat.png") as cat:
            cat.save(folder / name)
    text = page.read_text()
    if needs_model(page):
        model = os.environ.get("DLCLI_MODEL")
        if not model:
            return
        if not (folder / MODEL).exists():
            (folder / MODEL).symlink_to(Path(model).resolve())
    made = FENCE.sub(lambda found: session(found[0], folder), text)
    if made != text:
        yield page.name
        if mend:
            page.write_text(made)
    for line, file in PICTURE.findall(text):
        run(line, folder)
        picture, drawn = FOLDER / file, (folder / file).read_text()
        if not picture.exists() or words(picture.read_text()) != words(drawn):
            yield file
            if mend:
                picture.write_text(drawn)


def needs_model(page: Path) -> bool:
    """Whether a line of a page names the folder of a model."""
    text = page.read_text()
    return any(f" {MODEL}" in line for fence in FENCE.findall(text) for line in lines(fence))


def session(text: str, folder: Path) -> str:
    """The command lines of a fence, each with what it prints now."""
    return "\n".join(f"$ {line}\n{run(line, folder)}" for line in lines(text))


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
