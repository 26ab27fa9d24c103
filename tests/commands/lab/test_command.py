"""``dlcli lab`` from the shell: its first line, what it refuses, and how it ends, with all of its processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from dlcli.commands.lab import command as module

needs_lab = pytest.mark.skipif(
    any(find_spec(name) is None for name in module.NEEDED), reason="pip install 'dlcli[lab]'"
)


def group_of(server: int) -> int:
    """The group of the processes that work for a server: the one that forks leads it."""
    (number,) = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return int(number)


def until(done: Callable[[], bool], most: float) -> None:
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < most, "it did not come"
        time.sleep(0.01)


def members(group: int) -> list[int]:
    """The processes of a group that have not ended."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            state, _, its = place.joinpath("stat").read_text().rpartition(") ")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(its) == group and state not in "ZX":
            found.append(int(place.name))
    return found


@needs_lab
@pytest.mark.skipif(sys.platform != "linux", reason="what processes are there is read from /proc")
@pytest.mark.parametrize(("number", "code"), [("INT", 130), ("TERM", 143), ("KILL", -9)])
def test_with_the_server_all_of_it_ends(tmp_path: Path, number: str, code: int) -> None:
    """A process of its own, for it is killed, in the middle of a run, by three signals."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-m", "dlcli", "lab", "--no-browser"]
    server = subprocess.Popen(
        words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # A shell has what runs in its background ignore this signal.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        address = re.fullmatch(r"http://(127\.0\.0\.1:(\d+))/\?token=([\w-]{32})\n", line)
        assert address, line
        host, port, token = address.groups()
        group = group_of(server.pid)
        body = b'{"run": {"stages": [["td", "random-walk", "--episodes", "10000000"]]}}'
        with socket.create_connection(("127.0.0.1", int(port))) as asking:
            asking.sendall(
                f"POST /ask HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\ncontent-type: application/json\r\n"
                f"cookie: dlcli-lab-{port}={token}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
                + body
            )
            until(lambda: len(members(group)) > 2, most=30)
            server.send_signal(signal.Signals[f"SIG{number}"])
            out, err = server.communicate(timeout=10)
    finally:
        server.kill()
        server.wait()
    assert (server.returncode, out, err) == (code, "", "")
    until(lambda: not members(group), most=1)


@needs_lab
def test_a_port_that_is_taken_and_files_that_are_not_there(cli: Any, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = cli("lab", "--port", str(port), "--no-browser")
        assert (ended.code, ended.out) == (1, "")
        assert ended.err == f"dlcli lab: port {port} of 127.0.0.1: Address already in use; try another\n"
    assert (cli("lab", "nothing.png").code, cli("lab", "--port", "65536").code) == (2, 2)
    assert "'x' is not a whole number" in cli("lab", "--port", "x").err
    ended = cli("lab", "sample:catt")
    assert (ended.code, ended.err) == (2, "dlcli lab: there is no sample 'catt': did you mean cat?\n")
    told = [cli("lab", path).err.replace(path, "") for path in ("/etc/passwd", "/etc/nothing")]
    assert told[0] == told[1]
    assert "below the folder" in told[0]


def test_small_answers_do_not_wait() -> None:
    """asyncio sets TCP_NODELAY where it sees the protocol; otherwise the system holds each back for 40 ms."""
    with module.listening(0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
        assert listener.getsockname()[0] == "127.0.0.1"


def test_what_it_needs_is_named(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    ended = cli("lab")
    assert (ended.code, ended.err) == (
        1, "dlcli lab: the page needs starlette and uvicorn: pip install 'dlcli[lab]'\n",
    )  # fmt: skip
