"""Run what the guide shows: ``python docs/make.py`` writes the outputs anew, ``--check`` only compares.

In the README and in the pages beside this script, a fence of ``console`` holds command lines behind ``$``
and, below each, what it prints in a log 80 columns wide. A comment ``<!-- dlcli … -o FILE.svg -->`` above a
picture, which may move (.gif, .apng, .webp), is the line that draws it. A fence of ``toml NAME`` or ``sh
NAME`` is a file of that name. ``photo.jpg`` is the photo of the samples; ``all-MiniLM-L6-v2`` the folder of
a model, which ``DLCLI_MODEL`` names: without it the pages that use it stay as they are. Where the second
cell of a row of a table is a line, what stands in backquotes in the third is words of its screen, whose
numbers are written anew.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from dlcli.cli import AROUND
from dlcli.cli import run as run_dlcli
from dlcli.runner.environment import Environment

FOLDER = Path(__file__).parent
PAGES = [FOLDER.parent / "README.md", *sorted(FOLDER.glob("*.md"))]

FENCE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"^<!-- (dlcli .* -o (\S+\.(?:svg|gif|apng|webp))) -->$", re.MULTILINE)
SHOWN = re.compile(r"^!\[[^]]+\]\((?:docs/)?(\S+\.(?:svg|gif|apng|webp))\)$", re.MULTILINE)

#: Steps of 255 by which pictures that move may differ on the average: FreeTypes draw letters differently.
SAME = 2

#: A row of a table with a line to type, and the words of a screen that stand in one of its cells.
ROW = re.compile(r"^\|[^|\n]*\| `(dlcli (?:[^`|\n]|\\\|)+)` \|.*$", re.MULTILINE)
CELL = re.compile(r"(?<!\\)\|")
QUOTED = re.compile(r"`([^`]+)`")
NUMBER = re.compile(r"(\d+(?:[.,]\d+)*)")

WRITTEN = re.compile(r"^```(?:toml|sh) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

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
    for name, file in WRITTEN.findall(text):
        (folder / name).write_text(file)
    if needs_model(page):
        model = os.environ.get("DLCLI_MODEL")
        if not model:
            return
        if not (folder / MODEL).exists():
            (folder / MODEL).symlink_to(Path(model).resolve())
    made = FENCE.sub(lambda found: session(found[0], folder), text)
    made = ROW.sub(lambda found: row(found[0], found[1], folder), made)
    if made != text:
        yield page.name
        if mend:
            page.write_text(made)
    for line, file in PICTURE.findall(text):
        run(line, folder)
        picture, drawn = FOLDER / file, folder / file
        if not picture.exists() or not alike(picture, drawn):
            yield file
            if mend:
                picture.write_bytes(drawn.read_bytes())


def needs_model(page: Path) -> bool:
    """Whether a line of a page names the folder of a model."""
    text = page.read_text()
    return any(f" {MODEL}" in line for fence in FENCE.findall(text) for line in lines(fence))


def session(text: str, folder: Path) -> str:
    """The command lines of a fence, each with what it prints now."""
    return "\n".join(f"$ {line}\n{run(line, folder)}" for line in lines(text))


def row(text: str, line: str, folder: Path) -> str:
    """A row of a table, with the numbers that the screen of its line shows now."""
    screen = " ".join(run(line.replace(r"\|", "|"), folder).split())
    cells = CELL.split(text)
    if not QUOTED.search(cells[3]):
        raise SystemExit(f"nothing is quoted of the screen of {line}")
    cells[3] = QUOTED.sub(lambda quoted: f"`{on_the_screen(quoted[1], screen, line)}`", cells[3])
    return "|".join(cells)


def on_the_screen(words: str, screen: str, line: str) -> str:
    """Words as a screen has them: the same, else the first that differ in nothing but numbers."""
    sought = words.replace(r"\|", "|")
    if sought in screen:
        return words
    parts = [NUMBER.pattern if i % 2 else re.escape(part) for i, part in enumerate(NUMBER.split(sought))]
    found = re.search("".join(parts), screen)
    if not found:
        raise SystemExit(f"{line}\nshows nowhere: {words}\n{screen}")
    return found[0].replace("|", r"\|")


def lines(text: str) -> Iterator[str]:
    """The command lines of a fence; one that ends with a backslash goes on in the next."""
    for found in re.finditer(r"^\$ ((?:.*\\\n)*.*)$", text, re.MULTILINE):
        yield found[1]


def run(line: str, folder: Path) -> str:
    """What a line prints in a log: standard output, then standard error.

    The commands of ``dlcli`` that a pipe begins with run in this process, what follows in a shell. So does a
    line that is more than a pipe, with ``dlcli`` as a function.
    """
    last = piped(line)[-1].rpartition("&&")[2]
    name = re.search(r"\bdlcli (\w+)", last)
    tells = name is not None and name[1] not in AROUND and not re.search(r" (-f|-o|--format|--help)\b", last)
    told = " -f plain" if tells else ""
    parts = list(shlex.shlex(line + told, posix=True, punctuation_chars=True))
    unquoted = re.sub("'[^']*'", "", line)
    if any(part and set(part) <= set("();<>&") for part in parts) or set("$`*") & set(unquoted):
        return in_a_shell(line + told, folder)
    commands = piped(line + told)
    ours = list(takewhile(lambda words: words[:1] == ["dlcli"], map(shlex.split, commands)))
    if not ours:
        return in_a_shell(line + told, folder)
    before = os.getcwd()
    os.chdir(folder)
    try:
        out, err = in_this_process(ours)
    finally:
        os.chdir(before)
    if rest := commands[len(ours) :]:
        return in_a_shell("|".join(rest), folder, out) + shown(err)
    return shown(out + err)


def piped(line: str) -> list[str]:
    """The commands of a pipe; a bar in quotes is none."""
    return re.findall(r"""(?:[^|'"]|'[^']*'|"[^"]*")+""", line.replace("\\\n", " "))


def in_this_process(commands: list[list[str]]) -> tuple[str, str]:
    """What a pipe of dlcli's own commands prints on standard output and error; one that fails ends it."""
    data, told = b"", io.StringIO()
    for words in commands:
        out = io.BytesIO()
        world = Environment(io.BytesIO(data), out, told, variables={"NO_COLOR": "1"}, width=80)
        with contextlib.redirect_stdout(io.StringIO()) as typed:
            if run_dlcli(words[1:], world):
                break
        data = out.getvalue()
    return typed.getvalue() + out.getvalue().decode(), told.getvalue()


def shown(text: str) -> str:
    """Lines without blanks at their ends."""
    return "".join(f"{row.rstrip()}\n" for row in text.splitlines())


#: What a command in the middle of a pipe says here, and not on the terminal of whoever reads the page.
HINT = re.compile(r"^dlcli \w+: \d+ kB tensor frame; words: -f plain\n", re.MULTILINE)


def in_a_shell(line: str, folder: Path, given: str = "") -> str:
    """What bash prints of a line that is given something on its standard input."""
    dlcli = f'dlcli() {{ {shlex.quote(sys.executable)} -m dlcli "$@"; }}'
    world = {**WORLD, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONPATH": str(FOLDER.parent)}
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail\n{dlcli}\n{line}"],
        input=given, cwd=folder, env=world, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1, 2) or "Traceback" in done.stderr:
        raise SystemExit(f"{line}\n{done.stderr}")
    return shown(done.stdout + HINT.sub("", done.stderr))


def alike(one: Path, other: Path) -> bool:
    """Whether two drawings have the same words, or two films the same pictures, each for the same time."""
    if one.suffix == ".svg":
        return words(one.read_text()) == words(other.read_text())
    with Image.open(one) as first, Image.open(other) as second:
        if (first.size, getattr(first, "n_frames", 1)) != (second.size, getattr(second, "n_frames", 1)):
            return False
        for place in range(getattr(first, "n_frames", 1)):
            first.seek(place)
            second.seek(place)
            far = ImageStat.Stat(ImageChops.difference(first.convert("RGB"), second.convert("RGB"))).mean
            if first.info.get("duration") != second.info.get("duration") or max(far) > SAME:
                return False
    return True


def words(svg: str) -> list[str]:
    """The words in a picture, whatever the names and colours of its parts."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


if __name__ == "__main__":
    sys.exit(main())
