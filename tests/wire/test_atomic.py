"""Files are whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dlcli.errors import DlcliError
from dlcli.wire.atomic import replacing


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
