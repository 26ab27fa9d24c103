"""What the page reads and writes: one folder, results in one of it, and no word on what exists elsewhere."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

from dlcli.cli import COMMANDS
from dlcli.errors import WrongUsage, printable
from dlcli.lab.answer import answer
from dlcli.lab.files import OUTSIDE, Folder
from dlcli.lab.forms import command_of

#: Words that lead out of the folder: one whose target is there, and one whose is not, of each kind.
PATHS = (
    "/etc/passwd", "/etc/nothing", "../secret.csv", "../nothing.csv", "inside/../../secret.csv", "~/.profile",
    "~root/.profile", "link.csv", "dangling.csv", "linked/secret.csv", "/proc/self/environ", "table\0.csv",
)  # fmt: skip

READING = [
    (name, max(option.opts, key=len) if isinstance(option, click.Option) else "")
    for name in COMMANDS
    for option in command_of(name).params
    if getattr(option.type, "file", "") == "read"
]
WRITING = [
    (name, flag)
    for name in COMMANDS
    for option in command_of(name).params
    if getattr(option.type, "file", "") == "write"
    for flag in option.opts
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A folder with a table, beside a secret that links in it lead to."""
    outer = tmp_path_factory.mktemp("outer")
    (outer / "secret.csv").write_text("secret\n42\n")
    start = outer / "start"
    (start / "inside").mkdir(parents=True)
    (start / "table.csv").write_text("a,b\n1,2\n")
    (start / "link.csv").symlink_to(outer / "secret.csv")
    (start / "dangling.csv").symlink_to(outer / "nothing.csv")
    (start / "linked").symlink_to(outer)
    (start / "circle").symlink_to(start / "circle")
    return Folder.at(start)


def refused(folder: Folder, *words: str) -> str:
    """What is said of a pipe that is not run."""
    found = answer({"run": {"stages": [list(words)]}}, folder)
    assert (found["stages"], "story" in found) == ([], False)
    return str(found["error"]["text"])


def test_no_option_that_reads_leads_out_of_the_folder(folder: Folder) -> None:
    assert len(READING) > 60
    for name, flag in READING:
        for path in PATHS:
            shown = path.replace("\0", "\\x00")
            for words in (
                ([flag, path], [f"{flag}={path}"], [f"{flag.upper()}={path}"]) if flag else ([path],)
            ):
                assert refused(folder, name, *words) == f"{shown}: {OUTSIDE}", (name, words)


@pytest.mark.parametrize(
    "word",
    [
        "secret.csv:/etc/passwd",
        "table.csv:../secret.csv",
        "a=/etc/passwd",
        "1,../secret.csv",
        "circle/x",
        "\ud800/..",
    ],
)
def test_what_hides_in_a_word_is_seen(folder: Folder, word: str) -> None:
    with pytest.raises(WrongUsage, match="the page reads files below the folder"):
        folder.check(word)


@pytest.mark.parametrize(
    "word", ["table.csv", "inside/new.csv", "1/3 2; -1/2 4", "sample:cat", "either/or", "-", "x" * 9999]
)
def test_what_may_be_meant_is_let_in(folder: Folder, word: str) -> None:
    folder.check(word)


def test_no_module_is_imported_by_its_name(folder: Folder) -> None:
    assert "registered" in refused(folder, "mdp", "gym:antigravity:Flight-v0")


def test_nothing_is_written_but_by_save(folder: Folder) -> None:
    for name, flag in WRITING:
        longest = next(max(one.opts, key=len) for one in command_of(name).params if flag in one.opts)
        forms = (
            [[flag, "x.npz"], [f"{flag}x.npz"]]
            if len(flag) == 2
            else [[flag, "x.npz"], [f"{flag.upper()}=x.npz"]]
        )
        for words in forms:
            assert refused(folder, name, "-1 2", *words).startswith(f"{longest}: "), (name, words)
    assert "limits of its own" in refused(folder, "show", "table.csv", "--max_bytes=9999999999")
    assert not (folder.root / "x.npz").exists()


def test_a_result_has_a_plain_name(folder: Folder, tmp_path: Path) -> None:
    for name in ("map 1.png", "ü.npy", "地図.png"):
        assert folder.result(name) == f"dlcli-lab/{name}"
    for name in (
        "../x.png",
        "a/b.png",
        ".x.png",
        "x",
        "",
        "/x.png",
        "x.png\n",
        "-o.png",
        "a\\b.png",
        f"{'地' * 70}.png",
    ):
        with pytest.raises(WrongUsage, match="plain name of letters") as refused_:
            folder.result(name)
        assert str(refused_.value).startswith(f"'{printable(name)}': ")
    (tmp_path / "start").mkdir()
    (tmp_path / "start" / "dlcli-lab").symlink_to(tmp_path)
    with pytest.raises(WrongUsage, match="below the folder"):
        Folder.at(tmp_path / "start").result("x.png")


def test_a_folder_is_another_when_a_file_in_it_is(tmp_path: Path) -> None:
    inner = tmp_path / "net" / "layers"
    inner.mkdir(parents=True)
    (tmp_path / "net" / "out").symlink_to(os.devnull)
    (inner / "a.csv").write_text("1")
    folder = Folder.at(tmp_path)
    before = folder.marks(["net", "./net/layers/a.csv", "the cat", "no.csv", ".", "../x", "sample:cat"])
    assert list(before) == ["net/layers/a.csv", "net"]
    (inner / "a.csv").write_text("12")
    after = folder.marks(["net", "net/layers/a.csv"])
    assert all(before[name] != after[name] for name in before)


def test_files_are_listed_by_their_names_from_the_start(folder: Folder) -> None:
    assert folder.listed() == ["table.csv"]


GUARDED = """
import os, pathlib, socket, subprocess, sys, tempfile, urllib.request
from dlcli.lab.files import Folder, guard
os.chdir(sys.argv[1])
tempfile.gettempdir()
guard(Folder.at("."))
def ends(make):
    try: return make()
    except Exception as error: return f"{type(error).__name__} {getattr(error, 'errno', None)}"
os.makedirs("dlcli-lab", exist_ok=True)
for make in (
    lambda: open("table.csv").read(), lambda: open("dlcli-lab/x", "w").write("1"), lambda: os.stat("table.csv").st_size,
    lambda: tempfile.TemporaryFile().write(b"1"), lambda: os.path.exists("/etc/passwd"),
    lambda: os.access("/etc/passwd", os.R_OK), lambda: pathlib.Path("../secret.csv").is_file(),
    lambda: open("../secret.csv").read(), lambda: open("link.csv").read(), lambda: open("linked/secret.csv").read(),
    lambda: open("/proc/self/environ").read(), lambda: open("/etc/nothing").read(), lambda: os.listdir("/etc"),
    lambda: os.readlink("link.csv"), lambda: "link.csv" in os.listdir("."), lambda: Folder.at(".").check("link.csv"),
    lambda: open("table.csv", "a").close(), lambda: os.open("new", os.O_CREAT),
    lambda: os.rename("dlcli-lab/x", "x"), lambda: os.remove("table.csv"), lambda: os.mkdir("../new"),
    lambda: subprocess.run(["true"]), lambda: os.system("true"), lambda: os.fork(), lambda: os.kill(os.getpid(), 0),
    lambda: socket.create_connection(("127.0.0.1", 9)), lambda: urllib.request.urlopen("http://127.0.0.1:9"),
): print(ends(make))
"""


def test_a_process_that_is_guarded_sees_nothing_else(folder: Folder) -> None:
    """In a process of its own: there is no way back."""
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, str(folder.root)],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    nothing, denied, forbidden = "FileNotFoundError 2", "PermissionError 13", "PermissionError 1"
    assert done.stdout.replace("a,b\n1,2\n\n", "read\n").split("\n")[:-1] == [
        "read", "1", "8", "1", "False", "False", "False", *[nothing] * 7, "False", "WrongUsage None", *[denied] * 5, *[forbidden] * 5,
        "URLError None",
    ]  # fmt: skip
    assert sorted(os.listdir(folder.root / "dlcli-lab")) == ["x"]


#: What an option goes with.
EYE = "; ".join(" ".join("1" if i == j else "0" for j in range(8)) for i in range(8))
MATRICES = {f"--w-{name}": EYE for name in ("query", "key", "value", "output")}
BESIDE = {
    **dict.fromkeys((*MATRICES, "--b-query", "--b-key", "--b-value", "--b-output"), MATRICES),
    "--memory": {"--decoder": ""},
    "--memory-mask": {"--decoder": "", "--memory": "sample:sentence"},
}


#: A line in place of a command's first example.
INSTEAD = {
    ("conv", "--weights"): "conv sample:cat",
    ("train", ""): "train small-cnn",
    ("summary", "--model"): "summary weights.npz",
    ("predict", "--model"): "predict weights.npz sample:digits",
}


def test_every_option_that_reads_refuses_a_file_that_is_not_there(cli: Any) -> None:
    np.savez("weights.npz", kernel=np.zeros((2, 2)))
    told = {}
    for name, flag in READING:
        example = command_of(name).manual.examples[0].partition("  #")[0].split(" | ")[-1]
        words = shlex.split(INSTEAD.get((name, flag), example.removeprefix("dlcli ")))
        for beside, value in BESIDE.get(flag, {}).items():
            words += [beside, value][: 2 if value else 1] if beside != flag else []
        ended = cli(*words, *([flag] if flag else []), "not-there.npz")
        if ended.code not in (1, 2) or "not-there.npz" not in ended.err:
            told[name, flag] = ended
    assert told == {}


def test_every_option_whose_name_is_a_file_says_what_is_done_to_it() -> None:
    """The names under which help shows them: what is added has to say so, too."""
    files = ("FILE", "DIR", "WEIGHTS", "MODEL", "WORLD", "DATA", "INPUT", "KERNEL", "OTHER")
    for name in COMMANDS:
        command = command_of(name)
        for option in command.params:
            shown = option.make_metavar(click.Context(command))
            if any(word in shown.strip("[].").split("|") for word in files):
                assert getattr(option.type, "file", "") in ("read", "write"), (name, option.name)
