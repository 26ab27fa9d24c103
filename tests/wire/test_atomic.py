"""Files are whole or not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from dlcli.errors import DlcliError
from dlcli.wire import atomic
from dlcli.wire.atomic import descriptor_of, replacing


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "y.txt"
    path.write_text("old")
    path.chmod(0o640)
    with replacing(str(path)) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["y.txt"]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_what_was_there(failure: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "y.txt"
    path.write_text("old")

    def fail() -> None:
        with replacing(str(path)) as file:
            file.write(b"half")
            raise failure

    with pytest.raises(failure):
        fail()
    assert (os.listdir(tmp_path), path.read_text()) == (["y.txt"], "old")


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    os.symlink("real", tmp_path / "link")
    with replacing(str(tmp_path / "link")) as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_device_is_written_to_as_it_is() -> None:
    with replacing(os.devnull) as file:
        file.write(b"gone")
    assert not os.path.isfile(os.devnull)


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with (
        pytest.raises(DlcliError, match=r"cannot write .*there is no folder"),
        replacing(str(tmp_path / "no" / "y")),
    ):
        pass
    with pytest.raises(DlcliError, match="it is a directory"), replacing(str(tmp_path)):
        pass
    (tmp_path / "file").write_text("")
    with pytest.raises(DlcliError, match="Not a directory"), replacing(str(tmp_path / "file" / "y")):
        pass


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="this system has no /proc")
def test_a_folder_that_takes_no_files_is_not_called_missing() -> None:
    with (
        pytest.raises(DlcliError, match=r"^cannot write /proc/y: the folder /proc takes no new files$"),
        replacing("/proc/y"),
    ):
        pass


def test_a_read_only_result_is_kept_and_said(tmp_path: Path) -> None:
    path = tmp_path / "y.txt"
    path.write_text("old")
    path.chmod(0o444)
    with (
        pytest.raises(DlcliError, match=r"cannot write .*y\.txt: it is read-only; give another name"),
        replacing(str(path)),
    ):
        pass
    assert (os.listdir(tmp_path), path.read_text()) == (["y.txt"], "old")


def test_a_descriptor_is_known_by_all_its_names(tmp_path: Path) -> None:
    os.symlink("/dev/stdout", tmp_path / "out.npy")
    os.symlink("circle", tmp_path / "circle")
    names = [
        "/dev/stdout",
        "/dev/stderr",
        "/dev/fd/3",
        "/proc/self/fd/63",
        "/dev/../dev/fd/1",
        "/dev//stdout",
    ]
    assert [descriptor_of(name) for name in names] == [1, 2, 3, 63, 1, 1]
    assert descriptor_of(str(tmp_path / "out.npy")) == 1
    assert [descriptor_of(name) for name in ("y", "/dev/null", str(tmp_path / "circle"), "fd/1")] == [
        None
    ] * 4


def test_a_descriptor_is_written_to_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    inode = path.stat().st_ino
    with open(path, "ab") as log:
        for word in (b"one\n", b"two\n"):
            with replacing(f"/dev/fd/{log.fileno()}") as file:
                file.write(word)
        os.write(log.fileno(), b"after\n")
    assert (path.read_text(), path.stat().st_ino) == ("before\none\ntwo\nafter\n", inode)
    with (
        pytest.raises(DlcliError, match="cannot write /dev/fd/987: Bad file descriptor"),
        replacing("/dev/fd/987"),
    ):
        pass


def test_what_a_killed_process_left_is_removed_by_the_next_that_writes_the_file(tmp_path: Path) -> None:
    program = (
        "import os, signal\n"
        "from dlcli.wire.atomic import replacing\n"
        "with replacing('y.npy') as file:\n"
        "    file.write(b'half')\n"
        "    {}\n"
    )

    def run(end: str) -> subprocess.Popen[str]:
        line = [sys.executable, "-c", program.format(end)]
        root = str(Path(__file__).parents[2])
        return subprocess.Popen(
            line, cwd=tmp_path, env={**os.environ, "PYTHONPATH": root}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    run("os.kill(os.getpid(), signal.SIGKILL)").communicate(timeout=60)
    (left,) = os.listdir(tmp_path)
    assert left.startswith(".y.npy.")
    assert left.endswith(".part")
    (tmp_path / ".y.npy.notes.part").write_text("somebody's own")
    (tmp_path / ".z.npy.1.part").write_text("another file's")
    writing = run("print('here', flush=True); input()")
    assert writing.stdout is not None
    assert writing.stdout.readline() == "here\n"
    assert left not in os.listdir(tmp_path)
    run("pass").communicate(timeout=60)  # what is being written is nobody's to remove
    writing.communicate("on\n", timeout=60)
    assert writing.returncode == 0
    assert sorted(os.listdir(tmp_path)) == [".y.npy.notes.part", ".z.npy.1.part", "y.npy"]


def test_a_part_that_another_process_sweeps_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, swept = atomic._lock, []

    def late(file: IO[bytes], *, wait: bool = False) -> bool:
        if wait and not swept:
            swept.append(os.unlink(tmp_path / f".y.{os.getpid()}.part"))
        return lock(file, wait=wait)

    monkeypatch.setattr(atomic, "_lock", late)
    with replacing(str(tmp_path / "y")) as file:
        file.write(b"whole")
    assert swept
    assert (os.listdir(tmp_path), (tmp_path / "y").read_bytes()) == (["y"], b"whole")


def test_no_sweep_takes_a_part_before_it_is_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def swept(part: str, target: str) -> None:
        atomic._parts.cache_clear()
        atomic._sweep(str(tmp_path), ".y")
        replace(part, target)

    monkeypatch.setattr(os, "replace", swept)
    with replacing(str(tmp_path / "y")) as file:
        file.write(b"whole")
    assert (tmp_path / "y").read_bytes() == b"whole"


def test_a_sweep_leaves_what_another_made_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = tmp_path / ".y.1.part"
    part.write_text("first")
    lock = atomic._lock

    def late(file: IO[bytes]) -> bool:
        os.replace(part, tmp_path / "y")
        part.write_text("second")
        return lock(file)

    atomic._parts.cache_clear()
    monkeypatch.setattr(atomic, "_lock", late)
    atomic._sweep(str(tmp_path), ".y")
    assert (part.read_text(), (tmp_path / "y").read_text()) == ("second", "first")
