"""What all tests share: how Hypothesis works, which depends on no clock, and a command line to type at."""

from __future__ import annotations

import io
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from rich.console import Console, RenderableType

from dlcli.cli import run
from dlcli.runner import storyteller
from dlcli.runner.delivery import Delivery
from dlcli.runner.environment import Environment
from dlcli.runner.result import Result
from dlcli.tensor import Tensor
from dlcli.wire.read import read_tensors
from dlcli.wire.stream import Limits, Source
from dlcli.wire.tensors.frame import write_frame
from tests.told import Told

settings.register_profile("dlcli", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dlcli")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pass over what needs the folder of a real model where nobody has named one."""
    if os.environ.get("DLCLI_MODEL"):
        return
    for item in items:
        if item.get_closest_marker("model"):
            item.add_marker(pytest.mark.skip(reason="DLCLI_MODEL names no folder of all-MiniLM-L6-v2"))


@dataclass(frozen=True)
class Ended:
    """How a command line ended: its exit code and what it wrote."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        """Standard output as text."""
        return self.raw.decode()

    @property
    def tensors(self) -> list[Tensor]:
        """Standard output as tensors."""
        return list(read_tensors(Source(io.BytesIO(self.raw), "output"), limits=Limits()))

    @property
    def tensor(self) -> Tensor:
        """The one tensor on standard output of a command that ended well and said nothing."""
        assert (self.code, self.err) == (0, "")
        (tensor,) = self.tensors
        return tensor


Type = Callable[..., Ended]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Runs ``dlcli WORD...`` in an empty folder, its standard input and output not a terminal unless said so."""
    monkeypatch.chdir(tmp_path)

    def type_(
        *words: str, stdin: bytes | Tensor = b"", variables: dict[str, str] | None = None, **more: Any
    ) -> Ended:
        if isinstance(stdin, Tensor):
            frame = io.BytesIO()
            write_frame(stdin, frame)
            stdin = frame.getvalue()
        out, err = io.BytesIO(), io.StringIO()
        code = run(words, Environment(io.BytesIO(stdin), out, err, variables=variables or {}, **more))
        return Ended(code, out.getvalue(), err.getvalue())

    return type_


@pytest.fixture
def shell(cli: Type) -> Callable[..., Ended]:
    """Runs a line such as ``dlcli conv sample:cat -k diag | dlcli show`` as a shell would.

    What is passed by name is the last command's world; a command of the pipe that fails ends it.
    """

    def line(text: str, **world: Any) -> Ended:
        *before, last = text.partition("  #")[0].split(" | ")
        data = b""
        for part in before:
            ended = cli(*shlex.split(part)[1:], stdin=data)
            if ended.code:
                return ended
            data = ended.raw
        return cli(*shlex.split(last)[1:], stdin=data, **world)

    return line


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Told]:
    """The results of all lines of a test, and what was told of each."""
    tell_all, results = storyteller.tell_all, list[Told]()

    def tell(command: str, result: Result, *rest: Any, **more: Any) -> list[RenderableType]:
        stories = tell_all(command, result, *rest, **more)
        results.append(Told(command, result, stories))
        return stories

    monkeypatch.setattr(storyteller, "tell_all", tell)
    return results


@pytest.fixture
def also_on(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[io.BytesIO]]:
    """Has every story from now on told on other terminals too, and returns what will be on them.

    Each is what it differs in from the terminal of the run: ``also_on({"width": 40})``; under ``story`` also
    the form that is asked for. What is told is computed once, however many look at it.
    """

    def look(*others: dict[str, Any]) -> list[io.BytesIO]:
        pages = [io.BytesIO() for _ in others]
        tell = Delivery.tell

        def everywhere(delivery: Delivery, result: Any, *given: Any, **more: Any) -> None:
            if delivery.destination.story is not None:
                parts = delivery._parts(result)
                vars(delivery)["_parts"] = lambda _: parts
                own = vars(delivery).copy()
                for other, page in zip(others, pages, strict=True):
                    world = {key: value for key, value in other.items() if key != "story"}
                    form = other.get("story", delivery.destination.story)
                    delivery.destination = replace(delivery.destination, story=form)
                    delivery.environment = replace(
                        delivery.environment, stdout=page, stderr=io.StringIO(), **world
                    )
                    delivery.width = delivery.environment.width
                    tell(delivery, result, *given, **more)
                    vars(delivery).update(own)
            tell(delivery, result, *given, **more)
            vars(delivery).pop("_parts", None)

        monkeypatch.setattr(Delivery, "tell", everywhere)
        return pages

    return look


Colours = tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]


def console(width: int, color_system: str | None = None) -> Console:
    return Console(
        width=width,
        color_system=color_system,
        force_terminal=color_system is not None,
        file=io.StringIO(),
        legacy_windows=False,
        _environ={},
    )


@pytest.fixture
def draw() -> Callable[..., str]:
    """What a view looks like without colour; every line must fit."""

    def drawn(view: RenderableType, width: int = 80) -> str:
        from rich.cells import cell_len

        page = console(width)
        with page.capture() as capture:
            page.print(view)
        text = capture.get()
        assert "\x1b" not in text
        assert max(map(cell_len, text.split("\n"))) <= width
        return "\n".join(line.rstrip() for line in text.rstrip("\n").split("\n"))

    return drawn


@pytest.fixture
def paint() -> Callable[..., list[list[tuple[str, Colours]]]]:
    """Each line as characters with their (ink, ground) in bytes of sRGB."""

    def painted(view: RenderableType, width: int = 80) -> list[list[tuple[str, Colours]]]:
        page = console(width, "truecolor")

        def rgb(colour):
            return tuple(colour.get_truecolor()) if colour is not None else None

        return [
            [
                (letter, (rgb(s.style.color), rgb(s.style.bgcolor)) if s.style else (None, None))
                for s in line
                for letter in s.text
            ]
            for line in page.render_lines(view, page.options, pad=False)
        ]

    return painted
