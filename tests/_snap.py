"""What every known command line gives, for a comparison before and after a change that should change nothing.

``python tests/snapshot.py FILE`` runs the lines of the README, the guide, the recorded screens, and the
examples of the manual pages: on a terminal of 80 columns, in a log, and in a pipe. FILE then holds, line by
line, what came on standard output and standard error, and the exit code. ``python tests/snapshot.py FILE
OTHER`` says which lines of two such files differ.
"""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import os
import re
import shlex
import sys
import tempfile
import traceback
import zipfile
from pathlib import Path

from PIL import Image

from dlcli.cli import COMMANDS, front_door, run
from dlcli.runner.command import LabCommand
from dlcli.runner.environment import Environment

ROOT = Path(__file__).parent.parent
FENCED = re.compile(r"^\$ (dlcli (?:.*\\\n)*.*)$", re.MULTILINE)
INDENTED = re.compile(r"^    (dlcli .*?)(?:  +#.*)?$", re.MULTILINE)
TYPED = re.compile(r'"(dlcli [^"\n]+)"')
MORE = re.compile(r"[<>&;$]|\|(?! dlcli )")
LONG = 20_000  # characters from which an output is kept as its hash

#: How a line is looked at: what the environment says, and whether standard output is a terminal.
WORLDS: dict[str, tuple[dict[str, str], bool]] = {
    "terminal": ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, True),
    "log": ({"NO_COLOR": "1"}, True),
    "pipe": ({}, False),
}


def lines() -> list[str]:
    """All lines that are known, without those that the shell does more with than pipe."""
    found: dict[str, None] = dict.fromkeys(f"dlcli {name} --help" for name in COMMANDS)
    found["dlcli --help"] = None
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = page.read_text()
        for pattern in (FENCED, INDENTED):
            found |= dict.fromkeys(re.sub(r"\s*\\\n\s*", " ", line) for line in pattern.findall(text))
    found |= dict.fromkeys(TYPED.findall((ROOT / "tests" / "test_screens.py").read_text()))
    for name in COMMANDS:
        command = front_door.get_command(front_door.make_context("dlcli", [], resilient_parsing=True), name)
        assert isinstance(command, LabCommand)
        found |= dict.fromkeys(command.manual.examples)
    return [line for line in found if not MORE.search(re.sub("'[^']*'", "", line))]


def given(task: tuple[str, str]) -> tuple[str, list[object]]:
    """What one line gives in one world, run in a process of its own and an empty folder."""
    line, world = task
    inbox, outbox = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(inbox)
        told = json.dumps(shown(line, world)).encode()
        with os.fdopen(outbox, "wb") as file:
            file.write(told)
        os._exit(0)
    os.close(outbox)
    with os.fdopen(inbox, "rb") as file:
        told = file.read()
    os.waitpid(child, 0)
    return f"{world}  {line}", json.loads(told)


def shown(line: str, world: str) -> list[object]:
    """Exit code, standard output and standard error of a line."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with Image.open(ROOT / "samples" / "cat.png") as cat:
            for name in ("photo.png", "photo.jpg", "a.png", "b.png"):
                cat.save(name)
        (Path(folder) / "data").symlink_to(ROOT / "tests" / "data")
        (Path(folder) / "out").mkdir()
        data, code, out, err = b"", 0, io.BytesIO(), io.StringIO()
        parts = line.split(" | ")
        sys.stdout = typed = io.StringIO()  # help goes there
        try:
            for place, part in enumerate(parts):
                variables, terminal = WORLDS[world] if place == len(parts) - 1 else WORLDS["pipe"]
                out = io.BytesIO()
                code = run(
                    shlex.split(part)[1:],
                    Environment(io.BytesIO(data), out, err, variables=variables, stdout_is_terminal=terminal),
                )
                data = out.getvalue()
        except BaseException:  # noqa: BLE001 (what went wrong is what is recorded)
            err.write(traceback.format_exc())
        text = typed.getvalue() + out.getvalue().decode("utf-8", "backslashreplace")
        files = {
            str(path.relative_to(folder)): content(path)
            for path in sorted(Path(folder).glob("**/*"))
            if path.is_file() and path.name not in ("photo.png", "photo.jpg", "a.png", "b.png")
        }
        os.chdir("/")
        text = text if len(text) < LONG else hashlib.sha256(text.encode()).hexdigest()
        return [code, text, err.getvalue().replace(folder, "."), files]


def content(path: Path) -> str:
    """A word for what a file holds, whenever it was written."""
    if path.suffix == ".npz":
        with zipfile.ZipFile(path) as file:
            return ", ".join(f"{one.filename} {one.CRC:08x}" for one in file.infolist())
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    """Take a snapshot, or compare two."""
    if len(sys.argv) == 3:
        before, after = (json.loads(Path(name).read_text()) for name in sys.argv[1:])
        gone, new = before.keys() - after.keys(), after.keys() - before.keys()
        differ = [line for line in before.keys() & after.keys() if before[line] != after[line]]
        for word, found in (("gone", gone), ("new", new), ("differs", differ)):
            for line in sorted(found):
                print(f"{word}: {line}")
        print(f"{len(before)} lines, {len(gone)} gone, {len(new)} new, {len(differ)} differ")
        return int(bool(differ or gone))
    tasks = [(line, world) for line in lines() for world in WORLDS]
    with multiprocessing.Pool() as pool:
        found = dict(pool.imap_unordered(given, tasks))
    Path(sys.argv[1]).write_text(json.dumps(found, indent=0, sort_keys=True, ensure_ascii=False))
    print(f"{len(found)} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
