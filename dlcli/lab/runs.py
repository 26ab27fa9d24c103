"""Runs of commands in processes of their own, which end with their answer, their time, or their reader."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from dlcli.lab.files import Folder
from dlcli.lab.limits import ANSWER, AT_ONCE, SECONDS, WAITING
from dlcli.lab.messages import LENGTH, PIECE, asked_line, packed

#: Libraries that would start threads of their own in each process.
ALONE = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL")}


class Busy(Exception):
    """So many runs go on and wait that this one is not begun."""


@dataclass(frozen=True)
class Line:
    """A process that waits for one request: its number, where it reads it, where it answers, what ends it."""

    number: int
    reader: StreamReader
    writer: StreamWriter
    kill: Callable[[], None]


class Workers(ABC):
    """Where processes for runs come from: one is got ready before it is asked for."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.next: asyncio.Task[Line] | None = None

    @abstractmethod
    async def _start(self) -> Line:
        """One more."""

    async def line(self) -> Line:
        """The one that is ready; another one takes its place."""
        waiting = self.next or asyncio.create_task(self._start())
        self.next = asyncio.create_task(self._start())
        try:
            line = await asyncio.shield(waiting)
        except asyncio.CancelledError:
            waiting.add_done_callback(_let_go)
            raise
        if line.reader.at_eof():  # something has ended it
            line.writer.close()
            line = await self._start()
        return line

    def close(self) -> None:
        """End all of them; a second time does nothing."""
        waiting, self.next = self.next, None
        if waiting is not None:
            waiting.add_done_callback(_let_go)
            waiting.cancel()

    async def ended(self) -> None:
        """Wait until what was ended has gone."""
        return


class Runs:
    """Runs requests, some at once; each has a process of its own, and ``seconds``.

    It is forked from one that has loaded everything. Where the system has no fork, a process that has
    loaded everything waits for the next request, and another one takes its place.
    """

    def __init__(self, folder: Folder, *, fork: bool = hasattr(os, "fork"), seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self.turn = asyncio.Semaphore(AT_ONCE)
        self.pending = 0
        self.workers: Workers = Forks(folder) if fork else Spares(folder)

    @property
    def full(self) -> bool:
        """Whether so many runs go on and wait that none is begun."""
        return self.pending >= AT_ONCE + WAITING

    def close(self) -> None:
        """End all processes."""
        self.workers.close()

    async def aclose(self) -> None:
        """End all processes, and wait until they have gone."""
        self.workers.close()
        await self.workers.ended()

    async def run(self, request: Mapping[str, Any], gone: Awaitable[Any]) -> dict[str, Any] | None:
        """The answer to a request, None when ``gone`` was there before it.

        Raises ``Busy`` where too many wait already.
        """
        if self.full:
            raise Busy
        self.pending += 1
        leaving = asyncio.ensure_future(gone)
        working = asyncio.ensure_future(self._answered(request))
        try:
            await asyncio.wait((leaving, working), return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
        finally:
            self.pending -= 1
            leaving.cancel()
            working.cancel()
            await asyncio.wait((leaving, working))

    async def _answered(self, request: Mapping[str, Any]) -> dict[str, Any]:
        said = asked_line(request)
        async with self.turn:
            try:
                async with asyncio.timeout(self.seconds), self._line() as line:
                    line.writer.write(packed(request))
                    (length,) = LENGTH.unpack(await line.reader.readexactly(LENGTH.size))
                    if length > ANSWER:
                        told = f"the answer has {length:,} bytes; the page shows up to {ANSWER:,}"
                        return _error(told, said)
                    found: dict[str, Any] = json.loads(await line.reader.readexactly(length))
                    return found
            except TimeoutError:
                took = f"it took longer than {self.seconds:g} seconds and was ended"
                return _error(f"{took}; in a shell it may take its time", said)
            except (EOFError, ConnectionError):
                told = "it was ended: it took more memory or time than the page gives a run"
                return _error(told, said)

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[Line]:
        """A process for one request; it ends with it."""
        line = await self.workers.line()
        try:
            yield line
        except (EOFError, ConnectionError):
            raise  # it has ended
        except BaseException:
            line.kill()
            raise
        finally:
            line.writer.close()


class Forks(Workers):
    """Forks a process for each run from one that has loaded everything: see ``dlcli.lab.zygote``."""

    def __init__(self, folder: Folder) -> None:
        super().__init__(folder)
        self._load()

    def _load(self) -> None:
        """Start the one that loads everything."""
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                _words("zygote", self.folder),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_variables(),
                start_new_session=True,
            )

    async def _start(self) -> Line:
        ours, theirs = socket.socketpair()
        with theirs:
            if not self._send(theirs):
                self._end()
                self._load()
                self._send(theirs)
        reader, writer = await asyncio.open_connection(sock=ours, limit=PIECE)
        try:
            (number,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        except BaseException:
            writer.close()
            raise
        return Line(number, reader, writer, partial(_kill, number))

    def _send(self, descriptor: socket.socket) -> bool:
        """Hand a socket over; whether there was somebody who takes it."""
        if self.process.poll() is not None:
            return False
        try:
            socket.send_fds(self.control, [b"."], [descriptor.fileno()])
        except ConnectionError:
            return False
        return True

    def close(self) -> None:
        """End all of them."""
        super().close()
        self._end()

    def _end(self) -> None:
        """End the one that has loaded everything, and those that were forked, which are of its group."""
        self.control.close()
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Spares(Workers):
    """Starts a process of its own for each run: see ``dlcli.lab.spare``."""

    def __init__(self, folder: Folder) -> None:
        super().__init__(folder)
        self.started: list[asyncio.subprocess.Process] = []

    async def _start(self) -> Line:
        process = await asyncio.create_subprocess_exec(
            *_words("spare", self.folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_variables(),
            limit=PIECE,
        )
        self.started = [one for one in self.started if one.stdout and not one.stdout.at_eof()]
        self.started.append(process)
        assert process.stdin is not None
        assert process.stdout is not None
        return Line(process.pid, process.stdout, process.stdin, partial(_end, process))

    def close(self) -> None:
        """End all of them."""
        super().close()
        for process in self.started:
            _end(process)

    async def ended(self) -> None:
        """Wait until what was ended has gone."""
        for process in self.started:
            await process.communicate()


def _let_go(waiting: asyncio.Task[Line]) -> None:
    """Let a process go that nobody waits for any more."""
    if not waiting.cancelled() and waiting.exception() is None:
        waiting.result().writer.close()


def _words(module: str, folder: Folder) -> list[str]:
    """What starts a process: no module of the folder takes the place of Python's own."""
    return [sys.executable, "-P", "-m", f"dlcli.lab.{module}", str(folder.root)]


def _variables() -> dict[str, str]:
    return {**os.environ, **ALONE, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _kill(number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)


def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()


def _error(text: str, line: dict[str, str]) -> dict[str, Any]:
    return {"error": {"text": text}, "stages": [], **line}
