"""Runs of commands in processes of their own, which end with their answer, their time, or their reader."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Mapping
from typing import Any

from dlcli.lab.files import Folder
from dlcli.lab.limits import ANSWER, AT_ONCE, SECONDS, WAITING
from dlcli.lab.messages import LENGTH, packed


class Busy(Exception):
    """So many runs go on and wait that this one is not begun."""


class Runs:
    """Runs requests, some at once; each has a process that is forked from one that has loaded everything.

    Where the system has no fork, a process that has loaded everything waits for the next request, and another
    one takes its place.
    """

    def __init__(self, folder: Folder, *, fork: bool = hasattr(os, "fork")) -> None:
        self.folder = folder
        self.fork = fork
        self.turn = asyncio.Semaphore(AT_ONCE)
        self.pending = 0
        self.control: socket.socket | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start the process that loads everything."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        words = [sys.executable, "-m", "dlcli.lab.zygote" if self.fork else "dlcli.lab.spare"]
        ours, theirs = socket.socketpair()
        self.control = ours
        self.process = subprocess.Popen(
            [*words, str(self.folder.root)],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        theirs.close()

    def close(self) -> None:
        """End all processes."""
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    async def run(self, request: Mapping[str, Any], gone: Awaitable[Any]) -> dict[str, Any] | None:
        """The answer to a request, None when ``gone`` was there before it.

        Raises ``Busy`` where too many wait already.
        """
        if self.pending >= AT_ONCE + WAITING:
            raise Busy
        self.pending += 1
        try:
            leaving = asyncio.ensure_future(gone)
            working = asyncio.ensure_future(self._answered(request))
            try:
                await asyncio.wait((leaving, working), return_when=asyncio.FIRST_COMPLETED)
                return working.result() if working.done() else None
            finally:
                for one in (leaving, working):
                    one.cancel()
                    with contextlib.suppress(asyncio.CancelledError, Exception):
                        await one
        finally:
            self.pending -= 1

    async def _answered(self, request: Mapping[str, Any]) -> dict[str, Any]:
        async with self.turn:
            ours, theirs = socket.socketpair()
            with ours, theirs:
                ours.setblocking(False)
                if self.process is None or self.process.poll() is not None:
                    self.start()
                assert self.control is not None
                socket.send_fds(self.control, [b"."], [theirs.fileno()])
                theirs.close()
                return await self._asked(ours, request)

    async def _asked(self, line: socket.socket, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request to the process at the other end, and wait for its answer as long as it may take."""
        loop = asyncio.get_running_loop()
        number = 0
        try:
            async with asyncio.timeout(SECONDS):
                (number,) = LENGTH.unpack(await _exactly(line, LENGTH.size))
                await loop.sock_sendall(line, packed(request))
                (length,) = LENGTH.unpack(await _exactly(line, LENGTH.size))
                if length > ANSWER:
                    return _error(f"the answer has {length:,} bytes; the page shows up to {ANSWER:,}")
                found: dict[str, Any] = json.loads(await _exactly(line, length))
                number = 0
                return found
        except TimeoutError:
            return _error(
                f"it took longer than {SECONDS} seconds and was ended; in a shell it may take its time"
            )
        except EOFError:
            return _error("it was ended: it took more memory or time than the page gives a run")
        finally:
            if number:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)


def _error(text: str) -> dict[str, Any]:
    return {"error": {"text": text}, "stages": []}


async def _exactly(line: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = bytearray()
    while len(data) < count:
        try:
            part = await loop.sock_recv(line, min(count - len(data), 1 << 20))
        except ConnectionError:
            part = b""
        if not part:
            raise EOFError
        data += part
    return bytes(data)
